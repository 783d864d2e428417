// The session while it is on: what is pressed in which tick, the time, and what everybody answers.
import { el, write } from './dom.js';
import { Result } from './result.js';
import { Speech, clock } from './speech.js';
import { surface } from './surface.js';
import { text } from './texts.js';

const changeEvery_ms = 250; // of dials, all together
const tryOut_ms = 1200; // how long a try-out is seen
// Everybody says "present" at another point of the tick, but never near its edges.
const presentAt = 0.3 + 0.4 * Math.random();

const calm = matchMedia('(prefers-reduced-motion: reduce)');

export class Stage {
	#rows; // per target: what a dial is to say and when it last did, and when something was tried out
	#changedAt = -Infinity; // when a dial's change was last sent
	#key = ''; // the tick that the buttons show
	#ringOf = ''; // what the ring was set off for
	#presentIn = ''; // the tick in which "present" has been said

	// `respond(value, target, again)` sends a response; `again`: nothing new.
	constructor(session, keep, respond) {
		Object.assign(this, { keep, respond, names: session.targets, latched: session.mode === 'latched' });
		this.speech = new Speech(session);
		this.result = new Result(session);
		this.board = surface(session, (place, value, done) => this.#pressed(place, value, done));
		this.#rows = this.names.map((name) => ({ wanted: keep.pressed[name]?.[0] ?? null, saidAt: -Infinity, tried: 0 }));
		this.names.forEach((_, place) => this.#mark(place));
		this.parts = [el('p', { id: 'hint', role: 'status' }), this.board.element, this.result.element];
	}

	// How the playback stood at the steady time `at`; `seen`: the buttons are on screen.
	playback(message, at, seen) {
		const waited = seen && !this.speech.takes;
		this.speech.take(message, at);
		if (!message.revealed) this.result.forget();
		// Who waited for the start could try as long as they liked: their first press counts.
		if (waited && this.speech.takes) this.keep.tried = true;
		this.#ringOf = '';
	}

	// It is on screen, or has changed.
	update() {
		this.#showHint(this.latched ? 'hintDial' : 'hintPress');
		this.showResult();
		this.beat();
	}

	showResult() {
		this.result.show(this.speech.state === 'playing' ? this.speech.tick(performance.now()).tick : Infinity);
	}

	#showHint(words) {
		const { takes } = this.speech;
		const trying = takes && !this.keep.tried;
		this.board.element.classList.toggle('trying', trying || !takes);
		write('hint', text(trying ? 'tryFirst' : takes ? words : 'tryOut'));
	}

	// The value of a target: a dial's holds, a button's does so for its tick.
	#held(place) {
		const [value, key] = this.keep.pressed[this.names[place]] ?? [null];
		return this.latched || key === this.speech.tick(performance.now()).key ? value : null;
	}

	#mark(place, value = this.#held(place)) {
		this.board.mark(place, value);
	}

	#pressed(place, value, done) {
		const row = this.#rows[place];
		this.#mark(place, value);
		if (!this.speech.takes || !this.keep.tried) return done && this.#triedOut(row);
		row.tried = 0;
		row.wanted = value;
		if (this.latched) this.#sendDials();
		else if (value !== this.#held(place)) this.#say(place, value);
	}

	// Before the start, and the first time of who comes later: felt and seen, but nobody's reaction.
	#triedOut(row) {
		row.tried = performance.now();
		if (this.keep.tried) return;
		this.keep.tried = true;
		this.keep.write();
		this.#showHint('nowCounts');
	}

	#say(place, value, again = false) {
		const now = performance.now();
		this.#rows[place].saidAt = now;
		this.keep.pressed[this.names[place]] = [value, this.speech.tick(now).key];
		this.respond(value, this.names[place], again);
	}

	// What has changed, the longest silent dial first; and what is to be said again, half a tick after the last time.
	#sendDials() {
		const now = performance.now();
		const places = [...this.#rows.keys()].sort((a, b) => this.#rows[a].saidAt - this.#rows[b].saidAt);
		const changed = (place) => ![null, this.#held(place)].includes(this.#rows[place].wanted);
		const next = places.find(changed);
		if (next !== undefined && now - this.#changedAt >= changeEvery_ms) {
			this.#changedAt = now;
			this.#say(next, this.#rows[next].wanted);
		}
		if (!this.#runs) return;
		for (const place of places) {
			const due = now - this.#rows[place].saidAt >= this.speech.tick_ms / 2;
			if (due && !changed(place) && this.#held(place) !== null) this.#say(place, this.#held(place), true);
		}
	}

	get #runs() {
		return this.speech.state === 'playing' && !document.hidden;
	}

	// The page goes: a dial's last value does not wait for its turn.
	finish() {
		this.names.forEach(() => {
			this.#changedAt = -Infinity;
			this.beat();
		});
	}

	// Called ten times a second.
	beat() {
		const now = performance.now();
		const { key, done } = this.speech.tick(now);
		this.#rows.forEach((row, place) => {
			const seen = row.tried && now - row.tried > tryOut_ms;
			if (seen) row.tried = 0;
			if (seen || (!this.latched && !row.tried && key !== this.#key)) this.#mark(place);
		});
		this.#key = key;
		if (this.latched && this.speech.takes) this.#sendDials();
		if (this.#runs && done >= this.speech.soon(presentAt) && this.#presentIn !== key) {
			this.#presentIn = key;
			if (this.names.every((_, place) => this.#held(place) === null)) this.respond(null, this.names[0], true);
		}
		write('time', clock(this.speech.position(now)));
		// Only then a finger on a button scrolls.
		this.board.element.classList.toggle('scrolls', document.documentElement.scrollHeight > visualViewport.height + 1);
		this.#runRing(key, done);
	}

	// It is set off once a tick, or when the playback was told anew, and runs by itself.
	#runRing(key, done) {
		const { state, rate, tick_ms } = this.speech;
		const run = `${key} ${calm.matches}`;
		if (run === this.#ringOf) return;
		this.#ringOf = run;
		const ring = document.getElementById('ring');
		for (const old of ring.getAnimations()) old.cancel();
		const strokeDashoffset = 100 - 100 * done;
		ring.style.strokeDashoffset = strokeDashoffset;
		if (state !== 'playing') return;
		ring.animate([{ strokeDashoffset }, { strokeDashoffset: 0 }], {
			duration: ((1 - done) * tick_ms) / rate,
			easing: calm.matches ? 'steps(4)' : 'linear',
			fill: 'forwards',
		});
	}
}
