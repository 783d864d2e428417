// Where the speech is, from what the server last said of it. Without a page, so that it can be tested alone.
// 1:05, 1:01:05; no speech takes a day.
export const clock = (ms) => new Date(ms).toISOString().slice(11, 19).replace(/^(00:)?0?/, '');

// The columns of a `series` as figures by tick, beside those of its earlier parts.
export function byTick(columns, from, ticks = []) {
	columns.n.forEach((_, i) => (ticks[from + i] = Object.fromEntries(Object.entries(columns).map(([key, values]) => [key, values[i]]))));
	return ticks;
}

export class Speech {
	state = 'stopped';
	position_ms = 0;
	rate = 1;
	pass = 0;
	at = 0;
	reached = { pass: -1, tick: 0 };

	constructor({ tick_ms, lag_ms, duration_ms }) {
		Object.assign(this, { tick_ms, lag_ms, duration_ms });
	}

	// `at`: the steady time at which this was so.
	take({ state, position_ms, rate, pass, duration_ms }, at) {
		Object.assign(this, { state, position_ms, rate, pass, at });
		this.duration_ms = duration_ms ?? this.duration_ms;
	}

	position(now) {
		const moved = this.state === 'playing' ? this.rate * Math.max(0, now - this.at) : 0;
		const position = this.position_ms + moved;
		return this.duration_ms && this.state === 'playing' ? Math.min(position, this.duration_ms) : position;
	}

	// The tick that a press would count in now, and how much of it is over (0 to 1). It goes back only with a new pass:
	// a correction by some milliseconds at a tick's edge is not one.
	tick(now) {
		const shifted = Math.max(0, this.position(now) - this.lag_ms);
		let tick = Math.floor(shifted / this.tick_ms);
		let done = shifted / this.tick_ms - tick;
		const { reached } = this;
		if (this.state === 'playing' && reached.pass === this.pass && tick === reached.tick - 1) {
			tick = reached.tick;
			done = 0;
		}
		this.reached = { pass: this.pass, tick };
		return { key: `${this.pass}:${tick}`, tick, done };
	}

	// A share of the tick, early enough that the page, which looks every 100 ms, looks twice before the tick is over.
	soon(share) {
		return Math.min(share, 1 - (200 * this.rate) / this.tick_ms);
	}

	// Whether a press would count.
	get takes() {
		return this.state === 'playing' || this.state === 'paused';
	}
}
