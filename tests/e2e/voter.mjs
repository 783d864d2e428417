// One participant, on the `ws` package.
import { Failure, fail, within } from '../../ci/lib/processes.mjs';
import { need } from '../modules.mjs';

const WebSocket = need('ws');

export class Voter {
	// `url`: the session's http address, as StartSession gives it.
	static async join(url, code, attributes = {}) {
		const voter = new Voter();
		voter.messages = [];
		voter.waiting = new Set();
		voter.seq = 0;
		voter.socket = new WebSocket(url.replace(/^http/, 'ws'), 'pulseline.v1');
		voter.socket.on('message', (data) => voter.take(JSON.parse(data.toString())));
		const open = new Promise((resolve, reject) => {
			voter.socket.on('open', resolve);
			voter.socket.on('error', reject);
		});
		voter.closed = new Promise((resolve) => voter.socket.on('close', resolve));
		await within(10000, open, `no connection to ${url}`);
		voter.send({ type: 'join', session: code, role: 'participant', attributes });
		voter.joined = await voter.next((message) => message.type === 'joined');
		voter.playback = voter.joined.playback;
		return voter;
	}

	take(message) {
		if (message.type === 'playback') this.playback = message;
		this.messages.push(message);
		for (const waiter of [...this.waiting]) {
			if (waiter.accept(message)) waiter.resolve(message);
			else if (message.type === 'error') waiter.reject(new Failure(`the server says ${message.code}: ${message.message}`));
		}
	}

	send(message) {
		this.socket.send(JSON.stringify(message));
	}

	// The first message from now on that is accepted; an error that is not is a failure.
	next(accept, ms = 15000) {
		let waiter;
		const seen = new Promise((resolve, reject) => {
			waiter = { accept, resolve, reject };
			this.waiting.add(waiter);
		});
		return within(ms, seen, 'the awaited message did not come').finally(() => this.waiting.delete(waiter));
	}

	// Votes and waits until it is on disk.
	async respond(value, extra = {}) {
		const seq = ++this.seq;
		const acked = this.next((message) => message.type === 'ack' && message.seq >= seq);
		this.send({ type: 'respond', seq, value, ...extra });
		await acked;
	}

	// Votes and waits until it is refused with this code; a refused response does not take its seq.
	async refused(code, value = 1) {
		const answer = this.next((message) => message.type === 'error' && message.seq === this.seq + 1);
		this.send({ type: 'respond', seq: this.seq + 1, value });
		const got = await answer;
		if (got.code !== code) fail(`a response was refused with ${got.code}, not ${code}`);
	}

	// Waits until the session is in this state.
	async until(state, ms = 15000) {
		if (this.playback?.state === state) return this.playback;
		return this.next((message) => message.type === 'playback' && message.state === state, ms);
	}

	async leave() {
		this.send({ type: 'leave' });
		this.socket.close();
		await within(10000, this.closed, 'the connection did not close');
	}
}
