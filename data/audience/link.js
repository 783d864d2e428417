// The code of a session, and the connection to it: one WebSocket at a time, made again whenever it is lost, and the
// clock's round trip over it.
const first_ms = 400;
const most_ms = 8000;
const silent_ms = 15000; // the server says something at least every 10 s
const answer_ms = 6000; // how long an answer may take when one is due
const clockEvery_ms = 30000;

const shape = /^[2-9A-HJKMNP-Z]{6}(\.[2-9A-HJKMNP-Z]{16})?$/;

// CODE, or CODE.TICKET.
export function readCode(typed) {
	const code = typed.toUpperCase().replace(/[\s-]/g, '');
	return shape.test(code) ? code : null;
}

// Tells by onopen, onmessage, onlost.
export class Link {
	#socket = null;
	#tries = 0;
	#retry = 0;
	#watch = 0;
	#heardAt = 0;
	#dueSince = 0; // since when an answer is awaited; 0: none is
	#askedAt = 0;
	#stopped = true;
	#best_ms = Infinity;

	constructor(url) {
		this.url = url;
	}

	get halfTrip_ms() {
		return this.#best_ms === Infinity ? 0 : this.#best_ms / 2;
	}

	get open() {
		return this.#socket?.readyState === WebSocket.OPEN;
	}

	start() {
		this.#stopped = false;
		this.#connect();
	}

	stop() {
		this.#stopped = true;
		clearTimeout(this.#retry);
		this.#drop();
	}

	// It went well: the next loss starts with a short wait again.
	settled() {
		this.#tries = 0;
	}

	// Something changed outside (screen on, network back): try at once, or see whether the connection is still alive.
	nudge() {
		if (this.#stopped) return;
		if (this.open) {
			this.#askClock();
		} else if (!this.#socket) {
			// One that is being closed has yet to say why.
			this.#connect();
		}
	}

	send(message, answered = false) {
		if (!this.open) return false;
		this.#socket.send(JSON.stringify(message));
		if (answered) this.#dueSince ||= performance.now();
		return true;
	}

	#connect() {
		clearTimeout(this.#retry);
		this.#drop();
		const socket = new WebSocket(this.url, 'pulseline.v1');
		this.#socket = socket;
		this.#best_ms = Infinity;
		this.#dueSince = this.#heardAt = performance.now();
		socket.onopen = () => {
			this.#askClock();
			this.onopen?.();
		};
		socket.onmessage = ({ data }) => this.#take(data);
		socket.onclose = ({ code }) => this.#lost(socket, code);
		this.#watch = setInterval(() => this.#look(), 1000);
	}

	#drop() {
		clearInterval(this.#watch);
		const socket = this.#socket;
		this.#socket = null;
		if (!socket) return;
		socket.onopen = socket.onmessage = socket.onclose = null;
		socket.close();
	}

	#lost(socket, code) {
		if (socket !== this.#socket) return;
		this.#drop();
		// Whoever listens may stop us here.
		this.onlost?.(code);
		if (this.#stopped) return;
		const most = Math.min(most_ms, first_ms * 2 ** this.#tries++);
		// A whole room loses its connection at once; it should not come back at once.
		this.#retry = setTimeout(() => this.#connect(), most * (0.5 + Math.random() / 2));
	}

	#look() {
		const now = performance.now();
		const dead = now - this.#heardAt > silent_ms || (this.#dueSince && now - this.#dueSince > answer_ms);
		if (dead) this.#lost(this.#socket, 0);
		else if (this.open && now - this.#askedAt > clockEvery_ms) this.#askClock();
	}

	#askClock() {
		this.#askedAt = performance.now();
		this.send({ type: 'clock', t0: this.#askedAt }, true);
	}

	#take(data) {
		const now = performance.now();
		this.#heardAt = now;
		this.#dueSince = 0;
		const message = JSON.parse(data);
		if (message.type === 'clock') this.#best_ms = Math.min(this.#best_ms, now - message.t0);
		else this.onmessage?.(message);
	}
}
