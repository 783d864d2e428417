// What everybody answers, once the session shows it to those who respond: the figures of the last whole tick.
import { el } from './dom.js';
import { byTick } from './speech.js';
import { levelsOf, written } from './surface.js';
import { text } from './texts.js';

export class Result {
	#rows = { __proto__: null }; // of each target: everybody's figures, by tick
	element = el('section', { class: 'result', hidden: true, 'aria-label': text('everyone') });

	constructor({ targets, mode, scale }) {
		this.targets = targets;
		this.pair = mode === 'reset' && levelsOf(scale).length === 2;
	}

	forget() {
		this.#rows = { __proto__: null };
	}

	// A `series` or a `tick`, as it came.
	take({ type, target, from_tick, tick, segments: { All } }) {
		if (type === 'tick') return ((this.#rows[target] ??= [])[tick] = All);
		this.#rows[target] = byTick(All, from_tick, from_tick ? this.#rows[target] : []);
	}

	// `now`: the tick that is not over yet.
	show(now) {
		const lines = this.targets.map((name) => [name, this.#rows[name]?.slice(0, now).at(-1)]).filter(([, row]) => row);
		const many = this.targets.length > 1;
		this.element.replaceChildren(...lines.map(([name, row]) => el('p', {}, el('strong', {}, text('everyone'), many && ', ', many && el('bdi', {}, name)), ` ${this.#words(row)}`)));
		this.element.hidden = lines.length === 0;
	}

	#words({ n, likes, dislikes, mean, majority }) {
		const share = (part, name) => `${Math.round((100 * part) / n)} % ${text(name)}`;
		const figures = () => (this.pair ? `${share(likes, 'like')} · ${share(dislikes, 'dislike')}` : text('meanIs', { mean: written(mean) }));
		return `${majority === 'suppressed' ? text('tooFew') : figures()} · n = ${n}`;
	}
}
