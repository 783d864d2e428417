// One connection of Node's `ws` to a session, for tests.
import assert from 'node:assert/strict';
import { need } from '../modules.mjs';

const { WebSocket } = need('ws');

export class Client {
	#messages = [];
	#waiting = [];
	closed = null;

	constructor(socket) {
		this.socket = socket;
		this.pongs = [];
		socket.on('message', (data, binary) => {
			assert.equal(binary, false);
			this.#messages.push(JSON.parse(data));
			this.#waiting.splice(0).forEach((wake) => wake());
		});
		socket.on('pong', (data) => this.pongs.push(String(data)));
		this.closed = new Promise((resolve) => socket.on('close', resolve));
		this.closed.then(() => this.#waiting.splice(0).forEach((wake) => wake()));
		socket.on('error', () => {});
	}

	static async open(url, protocols = 'pulseline.v1', options = {}) {
		const socket = new WebSocket(url, protocols, { perMessageDeflate: false, ...options });
		const client = new Client(socket);
		await new Promise((resolve, reject) => {
			socket.once('open', resolve);
			socket.once('error', reject);
		});
		return client;
	}

	send(message) {
		this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
	}

	// The next message of this type; others before it are passed over, unless they are errors nobody asked for.
	async next(type) {
		for (;;) {
			const index = this.#messages.findIndex((message) => message.type === type || message.type === 'error');
			if (index >= 0) {
				const [message] = this.#messages.splice(index, 1);
				assert.equal(message.type, type, JSON.stringify(message));
				return message;
			}
			assert.ok(this.socket.readyState === WebSocket.OPEN, `closed while waiting for ${type}`);
			await new Promise((resolve) => this.#waiting.push(resolve));
		}
	}

	// What has come and was not asked for.
	rest() {
		return this.#messages.splice(0);
	}

	async join(session, more = {}) {
		this.send({ type: 'join', session: session.code, role: 'participant', ...more });
		return this.next('joined');
	}

	async acknowledged(seq) {
		let upTo = 0;
		while (upTo < seq) {
			const ack = await this.next('ack');
			assert.ok(ack.seq >= upTo);
			upTo = ack.seq;
		}
		return upTo;
	}
}
