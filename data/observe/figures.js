// The figures of every segment and tick, from what the server sends. Without a page, so that it can be tested alone.
import { byTick } from '/speech.js';

export const everyone = 'All';

export class Figures {
	#targets = new Map(); // name → { base, segments: name → figures by tick }

	// Replaces what was known of a target; a later part adds to it.
	series({ target, from_tick, base, segments }) {
		const known = (from_tick > 0 && this.#targets.get(target)?.segments) || new Map();
		for (const [name, columns] of Object.entries(segments)) {
			known.set(name, byTick(columns, from_tick, known.get(name)));
		}
		this.#targets.set(target, { base, segments: known });
	}

	tick({ target, tick, base, segments }) {
		if (!this.#targets.has(target)) this.#targets.set(target, { segments: new Map() });
		const known = this.#targets.get(target);
		known.base = base;
		for (const [name, figures] of Object.entries(segments)) {
			if (!known.segments.has(name)) known.segments.set(name, []);
			known.segments.get(name)[tick] = figures;
		}
	}

	base(target) {
		return this.#targets.get(target)?.base ?? 'active';
	}

	// Everyone first.
	names(target) {
		const names = [...(this.#targets.get(target)?.segments.keys() ?? [])];
		return names.sort((a, b) => (b === everyone) - (a === everyone) || a.localeCompare(b));
	}

	ticks(target) {
		const all = [...(this.#targets.get(target)?.segments.values() ?? [])];
		return Math.max(0, ...all.map((ticks) => ticks.length));
	}

	at(target, name, tick) {
		return this.#targets.get(target)?.segments.get(name)?.[tick];
	}

	// One figure of a segment over all ticks; null where there is none.
	column(target, name, key, times = 1) {
		return Array.from({ length: this.ticks(target) }, (_, tick) => {
			const value = this.at(target, name, tick)?.[key] ?? null;
			return value === null ? null : value * times;
		});
	}
}
