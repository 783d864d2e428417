// What must outlive a reload: who this browser is in a session, and every response until the server has it on disk.
// One entry of localStorage for each join code; without localStorage it all lives as long as the page.
const prefix = 'pulseline.';
const forgetAfter_ms = 30 * 24 * 3600 * 1000;
const mostKept = 4000; // about six hours without a connection; beyond it the oldest repeats go, never a press

function attempt(what) {
	try {
		return what();
	} catch {
		return null; // localStorage may be switched off, full or broken
	}
}

let hiddenAt = -1;
globalThis.document?.addEventListener('visibilitychange', () => {
	if (document.hidden) hiddenAt = performance.now();
});

// How long ago a response was made. The steady clock may stand still while a phone sleeps, and starts anew with each
// page; the wall clock may be set. So the steady one, unless the page was hidden or loaded since.
export function age(item, now = performance.now(), wall = Date.now()) {
	const byWall = wall - item.wall;
	const bySteady = now - (item.steady ?? now);
	const sure = item.steady !== undefined && hiddenAt < item.steady;
	return Math.max(0, sure ? bySteady : Math.max(bySteady, byWall));
}

const secret = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(16).padStart(8, '0')).join('');

export class Keep {
	token = secret(); // our own from the first: a join whose answer was lost can be said again, by any tab
	participant = '';
	answers = null;
	turn = 0; // one more whenever a tab becomes the person
	mine = false; // this tab is the person
	seq = 0;
	pressed = { __proto__: null }; // of each target: the last value, and the tick it was for
	tried = false; // knows how it works
	queue = [];

	constructor(code) {
		this.key = prefix + code;
		this.read();
		if (!this.stored) this.write();
	}

	get stored() {
		return attempt(() => JSON.parse(localStorage.getItem(this.key)));
	}

	// What this tab or another one has written, if it makes sense.
	read() {
		attempt(() => {
			const { stored } = this;
			const queue = stored.queue.map(([seq, value, target, wall, again]) => ({ seq, value, target, wall, again: !!again }));
			Object.assign(this, stored, { queue, pressed: { __proto__: null, ...stored.pressed } });
		});
	}

	write() {
		if (this.taken()) return;
		const { key, mine, ...kept } = this;
		const queue = this.queue.map((item) => [item.seq, item.value, item.target, item.wall, item.again ? 1 : 0]);
		attempt(() => localStorage.setItem(key, JSON.stringify({ ...kept, queue, used: Date.now() })));
	}

	// The first answers stand, whichever tab they were given in.
	answer(answers) {
		this.read();
		this.answers ??= answers;
		this.write();
	}

	// Whether another tab has become this person since. What a tab that was left still writes has an earlier turn.
	taken() {
		return this.stored?.turn > this.turn;
	}

	// The server knows us: what it has is done, and this tab is the person from now on.
	joined({ participant, token, last_seq }) {
		if (!this.mine || this.taken()) this.read();
		if (this.participant && this.participant !== participant) {
			// The server took us for somebody new; what we still have is theirs, counted from 1.
			this.queue.forEach((item, i) => (item.seq = i + 1));
			this.seq = this.queue.length;
		}
		this.queue = this.queue.filter((item) => item.seq > last_seq);
		this.seq = Math.max(this.seq, last_seq);
		Object.assign(this, { participant, token, mine: true, turn: this.turn + 1 });
		this.write();
	}

	add(value, target, again = false) {
		const item = { seq: ++this.seq, value, target, wall: Date.now(), steady: performance.now(), again };
		this.queue.push(item);
		if (this.queue.length > mostKept) {
			const oldest = this.queue.findIndex((other) => other.again);
			this.queue.splice(oldest < 0 ? 0 : oldest, 1);
		}
		this.write();
		return item;
	}

	acknowledged(seq) {
		const before = this.queue.length;
		this.queue = this.queue.filter((item) => item.seq > seq || item.putOff);
		if (this.queue.length !== before) this.write();
	}

	// Takes out a response that the server refused, and gives it.
	refused(seq) {
		const item = this.queue.find((other) => other.seq === seq);
		this.queue = this.queue.filter((other) => other !== item);
		this.write();
		return item;
	}

	// The server could not take it now: it stays, whatever is acknowledged, until it has been sent again.
	putOff(seq) {
		const item = this.queue.find((other) => other.seq === seq);
		if (item) item.putOff = true;
	}

	// Presses that still wait; repeats and "present" are nobody's worry.
	get waiting() {
		return this.queue.filter((item) => !item.again).length;
	}
}

// Sessions that this browser has not seen for a month, where nothing waits, but not `mine`: clocks go wrong.
export function forgetOld(mine) {
	attempt(() => {
		for (const key of Object.keys(localStorage)) {
			if (!key.startsWith(prefix) || key === mine?.key) continue;
			const { used = 0, queue = [] } = attempt(() => JSON.parse(localStorage.getItem(key))) ?? {};
			if (Date.now() - used > forgetAfter_ms && queue.every((item) => item[4])) localStorage.removeItem(key);
		}
	});
}
