// Programs that a demonstration or a test starts: each in a process group of its own, each ended with its starter,
// however that ends.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const running = new Set();

export class Failure extends Error {}

export function fail(why) {
	throw new Failure(why);
}

function signalGroup(child, signal) {
	if (child.exitCode !== null || child.signalCode !== null) return;
	try {
		process.kill(-child.pid, signal);
	} catch {
		// It ended in the meantime.
	}
}

function killAll() {
	for (const program of running) signalGroup(program.child, 'SIGKILL');
}

// Ends what runs, waits until it is gone, and exits.
async function leave(status) {
	killAll();
	await Promise.all([...running].map((program) => program.exited));
	process.exit(status);
}

process.on('exit', killAll);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => leave(1));

// A promise that fails with `why` after `ms` unless `promise` settles first.
export async function within(ms, promise, why) {
	let timer;
	const late = new Promise((_, reject) => {
		timer = setTimeout(() => reject(new Failure(`${why} (waited ${Math.round(ms / 1000)} s)`)), ms);
	});
	try {
		return await Promise.race([promise, late]);
	} finally {
		clearTimeout(timer);
	}
}

export class Program {
	// `extra` pipes besides stdin, stdout and stderr; `onLine(line)` sees every line of stdout and stderr.
	constructor(command, args, { env, cwd, extra = 0, onLine, stdin = 'ignore' } = {}) {
		this.name = command.split('/').pop();
		this.lines = [];
		this.watchers = new Set();
		// setpriv: the kernel ends it even if this process is killed outright.
		this.child = spawn('setpriv', ['--pdeathsig', 'KILL', command, ...args], {
			env: env ?? process.env,
			cwd,
			detached: true,
			stdio: [stdin, 'pipe', 'pipe', ...Array(extra).fill('pipe')],
		});
		running.add(this);
		this.exited = new Promise((resolve) => {
			this.child.on('error', (error) => resolve({ code: null, signal: null, error }));
			this.child.on('close', (code, signal) => resolve({ code, signal }));
		}).then((how) => {
			running.delete(this);
			this.how = how;
			for (const watcher of [...this.watchers]) watcher.ended();
			return how;
		});
		for (const stream of [this.child.stdout, this.child.stderr]) {
			createInterface({ input: stream }).on('line', (line) => {
				this.lines.push(line);
				onLine?.(line);
				for (const watcher of [...this.watchers]) watcher.line(line);
			});
		}
	}

	// The first line, already said or still to come, that `pattern` matches.
	line(pattern, ms) {
		const said = this.lines.find((line) => pattern.test(line));
		if (said !== undefined) return Promise.resolve(said);
		if (this.how) return Promise.reject(new Failure(this.lastWords()));
		let watcher;
		const seen = new Promise((resolve, reject) => {
			watcher = {
				line: (line) => pattern.test(line) && resolve(line),
				ended: () => reject(new Failure(this.lastWords())),
			};
			this.watchers.add(watcher);
		});
		return within(ms, seen, `${this.name} did not say ${pattern}`).finally(() => this.watchers.delete(watcher));
	}

	// The same, of what is said from now on.
	next(pattern, ms) {
		const said = this.lines;
		this.lines = [];
		return this.line(pattern, ms).finally(() => this.lines.unshift(...said));
	}

	lastWords() {
		const { code, signal, error } = this.how ?? {};
		const how = error ? error.message : signal ? `was ended by ${signal}` : `ended with ${code}`;
		const last = this.lines.filter((line) => line.trim()).slice(-3).join(' / ');
		return `${this.name} ${how}${last ? `; its last words: ${last}` : ''}`;
	}

	signal(name) {
		signalGroup(this.child, name);
	}

	// Waits for its end; a program that does not end in time is killed and that is a failure.
	async ended(ms) {
		try {
			return await within(ms, this.exited, `${this.name} did not end`);
		} catch (error) {
			this.signal('SIGKILL');
			await this.exited;
			throw error;
		}
	}
}

// Runs a program to its end and gives its lines; any other exit status than 0 is a failure.
export async function run(command, args, { ms = 120000, ...options } = {}) {
	const program = new Program(command, args, options);
	const { code } = await program.ended(ms);
	if (code !== 0) fail(program.lastWords());
	return program.lines;
}

// Runs `main`; a failure is one line on standard error and exit status 1.
export async function script(name, main) {
	try {
		await main();
		await leave(0);
	} catch (error) {
		console.error(`${name}: ${error instanceof Failure ? error.message : error.stack}`);
		await leave(1);
	}
}

// A virtual screen of its own; the server picks a free number.
export async function startDisplay(width = 1280, height = 800) {
	const server = new Program('Xvfb', ['-displayfd', '3', '-screen', '0', `${width}x${height}x24`, '-nolisten', 'tcp', '-noreset'], {
		extra: 1,
	});
	const number = new Promise((resolve, reject) => {
		let text = '';
		server.child.stdio[3].on('data', (data) => {
			text += data;
			if (text.includes('\n')) resolve(text.trim());
		});
		server.exited.then(() => reject(new Failure(server.lastWords())));
	});
	server.display = `:${await within(30000, number, 'Xvfb did not start')}`;
	return server;
}
