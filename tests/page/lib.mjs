// The pages in Debian's Chromium against a real `pulseline serve`, as a phone meets them: over plain http, at an address
// that is not loopback, so that the browser grants nothing that is for secure contexts only.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createServer, connect } from 'node:net';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Program, run, script, within } from '../../ci/lib/processes.mjs';
import { query } from '../e2e/files.mjs';
import { need } from '../modules.mjs';

const { chromium } = need('playwright-core');

export const address = '10.77.0.1';

// The address is that of a network of our own, in which the test runs a second time.
if (!Object.values(networkInterfaces()).flat().some((one) => one.address === address)) {
	const rights = process.getuid() === 0 ? [] : ['--map-root-user'];
	const enter = `ip link set lo up && ip address add ${address}/32 dev lo && exec "$0" "$@"`;
	const { status } = spawnSync('unshare', [...rights, '--net', 'sh', '-c', enter, process.execPath, ...process.argv.slice(1)], { stdio: 'inherit' });
	process.exit(status ?? 1);
}

export const build = resolve(process.argv[2] ?? 'build/dev');
const pulseline = join(build, 'bin', 'pulseline');
const calm = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];

export const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true, locale: 'en-GB' };

// A session file and its server, which may be killed and started again on the same port.
export class Server {
	constructor(folder, name, args) {
		this.file = join(folder, `${name}.pulse`);
		this.args = args;
		this.port = '0';
	}

	async start() {
		this.program = new Program(pulseline, ['serve', this.file, '--port', this.port, '--bind', address, '--steer', ...this.args], { stdin: 'pipe' });
		const said = JSON.parse(await this.program.line(/^\{/, 30000));
		this.code ??= said.code;
		this.keys = { ...this.keys, ...said.keys };
		this.url = said.url;
		this.port = new URL(said.url).port;
		return this;
	}

	// What OBS's vendor would be asked; its answer.
	async ask(request, fields = {}) {
		const answered = this.program.next(/^\{"/, 30000);
		this.program.child.stdin.write(`${JSON.stringify({ request, ...fields })}\n`);
		const answer = JSON.parse(await answered);
		assert.equal(answer.error, undefined);
		return answer;
	}

	async kill() {
		this.program.signal('SIGKILL');
		await this.program.exited;
	}

	async stop() {
		this.program.signal('SIGINT');
		const { code } = await this.program.ended(30000);
		assert.equal(code, 0, this.program.lastWords());
	}

	// A synthetic audience; until all of it is gone.
	simulate(participants, seconds, ...args) {
		const size = ['--participants', String(participants), '--duration-s', String(seconds)];
		return run(pulseline, ['simulate', '--url', this.url.replace('http', 'ws'), '--code', this.code, ...size, ...args]);
	}

	// What the file holds of presses, in order of sending.
	responses(where = 'value is not null') {
		return query(this.file, `select participant, target, seq, position_ms, value from response where ${where} order by participant, seq`);
	}

	async table(least = 1) {
		const [head, ...lines] = await run(pulseline, ['table', this.file, '--min-n', String(least)]);
		const names = head.split(',');
		return lines.map((line) => Object.fromEntries(line.split(',').map((field, i) => [names[i], field])));
	}
}

// A way to the server that can be cut without either side being told to stop.
export class Road {
	#open = new Set();

	async start(port) {
		this.cut = false;
		this.listener = createServer((near) => {
			if (this.cut) return near.destroy();
			const far = connect(Number(port), address);
			for (const [from, to] of [
				[near, far],
				[far, near],
			]) {
				this.#open.add(from);
				from.on('error', () => {});
				from.on('close', () => {
					this.#open.delete(from);
					to.destroy();
				});
				from.pipe(to);
			}
		});
		await new Promise((listening) => this.listener.listen(0, address, listening));
		this.url = `http://${address}:${this.listener.address().port}/`;
		return this;
	}

	close() {
		this.cut = true;
		for (const socket of this.#open) socket.destroy();
	}

	// Nothing arrives any more, and nobody says so.
	swallow() {
		for (const socket of this.#open) {
			socket.unpipe();
			socket.resume();
		}
	}

	reopen() {
		this.cut = false;
	}
}

// Everything a case needs; what it opens is closed behind it.
class Bench {
	constructor(browser, folder) {
		this.browser = browser;
		this.folder = folder;
		this.contexts = [];
		this.servers = [];
	}

	async #serve(name, args) {
		const server = await new Server(this.folder, name, args).start();
		this.servers.push(server);
		return server;
	}

	serve(name, ...args) {
		return this.#serve(name, ['--live', ...args]);
	}

	serveOwnTime(name, ...args) {
		return this.#serve(name, args);
	}

	async context(options = {}) {
		const context = await this.browser.newContext({ ...phone, ...options });
		context.setDefaultTimeout(60000);
		this.contexts.push(context);
		return context;
	}

	// A tab in which every complaint of the browser and every request to another host is remembered.
	async tab(context) {
		const page = await context.newPage();
		page.complaints = [];
		// Some states last for less than a glance.
		await page.addInitScript(() => {
			window.states = [];
			const note = () => window.states.push(document.body.dataset.state);
			new MutationObserver(note).observe(document, { subtree: true, attributeFilter: ['data-state'] });
		});
		page.on('pageerror', (error) => page.complaints.push(String(error)));
		page.on('console', (message) => {
			const expected = /WebSocket connection to .* failed|ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|SOCKET_NOT_CONNECTED)/.test(message.text());
			if (message.type() === 'error' && !expected) page.complaints.push(message.text());
		});
		page.on('request', (request) => {
			const { protocol, hostname } = new URL(request.url());
			if (protocol !== 'data:' && hostname !== address) page.complaints.push(`asked ${request.url()}`);
		});
		return page;
	}

	async phone(url, code, options) {
		const page = await this.tab(await this.context(options));
		await page.goto(`${url}#${code}`);
		return page;
	}

	async close() {
		for (const context of this.contexts) {
			for (const page of context.pages()) {
				assert.deepEqual(page.complaints, []);
				assert.equal(await page.evaluate(() => isSecureContext), false);
			}
			await context.close();
		}
		for (const { program } of this.servers) {
			program.signal('SIGKILL');
			await program.exited;
		}
	}
}

export const state = (page, wanted) => page.locator(`body[data-state="${wanted}"]`).waitFor();
export const passed = (page, wanted) => page.waitForFunction((one) => window.states.includes(one), wanted);
export const button = (page, name) => page.getByRole('button', { name, exact: true });
export const kept = (page) => page.evaluate(() => JSON.parse(localStorage.getItem(`pulseline.${location.hash.slice(1)}`)));

// Until the server has everything on disk that is not a mere sign of life, and the page knows.
export async function delivered(page, seq = 1) {
	await page.waitForFunction((least) => {
		const entry = JSON.parse(localStorage.getItem(`pulseline.${location.hash.slice(1)}`) ?? '{}');
		return entry.seq >= least && entry.queue.every((item) => item[4]);
	}, seq);
}

// The first `joined` never comes: the connection is lost with it. `lost` resolves when that has happened.
export async function loseJoined(page) {
	let resolve;
	const lost = new Promise((tell) => (resolve = tell));
	let cut = true;
	await page.routeWebSocket(/.*/, (socket) => {
		const far = socket.connectToServer();
		far.onMessage((text) => {
			if (!cut || JSON.parse(text).type !== 'joined') return socket.send(text);
			cut = false;
			far.close();
			socket.close();
			resolve();
		});
	});
	return { lost };
}

// Somebody who comes when the speech is on has tried it out once; the next press counts.
export async function ready(page) {
	await state(page, 'live');
	if ((await page.locator('.stage.trying').count()) === 0) return;
	const dial = page.locator('.dial').first();
	if (await dial.count()) await dial.press('ArrowRight');
	else await page.locator('.press').first().tap();
	await page.locator('.stage:not(.trying)').waitFor();
}

// The look of the button is taken at the very press: a moment later its tick may be over.
export async function press(page, name) {
	const it = button(page, name);
	await it.evaluate((one) => one.addEventListener('click', () => queueMicrotask(() => (one.felt = one.getAttribute('aria-pressed'))), { once: true }));
	await it.tap();
	assert.equal(await it.evaluate((one) => one.felt), 'true');
}

// A finger on the screen, which the browser may take to scroll.
export async function finger(page) {
	const devtools = await page.context().newCDPSession(page);
	return (type, x, y) => devtools.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x, y }] });
}

// All fingers that are on the screen: each is a place, named by its id; `touchEnd` names those that are left.
export async function fingers(page) {
	const devtools = await page.context().newCDPSession(page);
	return (type, ...touchPoints) => devtools.send('Input.dispatchTouchEvent', { type, touchPoints });
}

export async function middle(locator, id = 1) {
	const { x, y, width, height } = await locator.boundingBox();
	return { x: x + width / 2, y: y + height / 2, id };
}

const axe = await readFile(need.resolve('axe-core/axe.min.js'), 'utf8');
const rules = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] };

// What axe has against the page as it is now.
export async function audit(page) {
	await page.evaluate(`${axe}; undefined`);
	const { violations } = await page.evaluate((options) => globalThis.axe.run(document, options), rules);
	return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(' ')}`);
}

// Runs all of them, or with ONLY=words in the environment those whose names have these words.
export function cases(name, list) {
	return script(name, async () => {
		const browser = await chromium.launch({
			executablePath: '/usr/bin/chromium',
			args: ['--no-sandbox', '--disable-gpu', '--disable-quic', ...calm],
		});
		const folder = await mkdtemp(join(tmpdir(), 'pulseline-page-'));
		try {
			for (const [what, run] of Object.entries(list).filter(([what]) => what.includes(process.env.ONLY ?? ''))) {
				const bench = new Bench(browser, folder);
				await within(200000, run(bench), `${what}: did not end`);
				await bench.close();
				console.log(`ok: ${what}`);
			}
		} finally {
			await browser.close();
			await rm(folder, { recursive: true, force: true });
		}
	});
}
