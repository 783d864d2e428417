// A real `pulseline serve` for clients that others wrote, on a session file of its own.
import { spawn, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export class Session {
	#folder = mkdtempSync(join(tmpdir(), 'pulseline-wire-'));
	#server = null;
	#complaints = [];
	#heard = () => {};
	file = join(this.#folder, 'session.pulse');

	constructor(pulseline) {
		this.pulseline = pulseline;
	}

	// Resolves once it listens; sets url, code and keys. Called again, it goes on at the same address.
	async serve(...options) {
		const server = spawn(this.pulseline, ['serve', this.file, '--port', this.port ?? '0', ...options], {
			stdio: ['ignore', 'pipe', 'pipe'],
		});
		createInterface(server.stderr).on('line', (line) => {
			console.error(line);
			this.#complaints.push(line);
			this.#heard();
		});
		this.#server = server;
		this.ended = new Promise((resolve) => server.on('exit', (code, signal) => resolve(code ?? signal)));
		const line = await Promise.race([
			new Promise((resolve) => createInterface(server.stdout).once('line', resolve)),
			this.ended.then((status) => {
				throw new Error(`pulseline serve ended with ${status}`);
			}),
		]);
		const started = JSON.parse(line);
		Object.assign(this, started, { keys: { ...this.keys, ...started.keys } });
		this.port = new URL(started.url).port;
		return this;
	}

	get ws() {
		return this.url.replace('http', 'ws');
	}

	signal(signal) {
		this.#server.kill(signal);
	}

	// The next line on its standard error.
	async complaint() {
		while (this.#complaints.length === 0) {
			await new Promise((resolve) => (this.#heard = resolve));
		}
		return this.#complaints.shift();
	}

	// Ends it cleanly and gives its exit status.
	async stop(signal = 'SIGINT') {
		this.#server.kill(signal);
		const status = await this.ended;
		this.#server = null;
		return status;
	}

	// What is in the file, by another program's eyes.
	query(sql) {
		const text = execFileSync('sqlite3', ['-json', this.file, sql], { encoding: 'utf8' });
		return text.trim() === '' ? [] : JSON.parse(text);
	}

	remove() {
		this.#server?.kill('SIGKILL');
		rmSync(this.#folder, { recursive: true, force: true });
	}
}

// Runs the cases one after the other, each with a session of its own; exits with 1 if one of them failed.
export async function run(pulseline, cases) {
	let failed = 0;
	for (const [name, test] of Object.entries(cases)) {
		const session = new Session(pulseline);
		let timer;
		const late = new Promise((_, reject) => {
			timer = setTimeout(() => reject(new Error('took longer than 60 s')), 60_000);
		});
		try {
			await Promise.race([test(session), late]);
			console.log(`ok - ${name}`);
		} catch (error) {
			++failed;
			console.log(`not ok - ${name}\n${error.stack}`);
		} finally {
			clearTimeout(timer);
			session.remove();
		}
	}
	process.exit(failed > 0 ? 1 : 0);
}
