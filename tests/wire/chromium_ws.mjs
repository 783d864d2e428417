// The wire as a browser's own WebSocket sees it, from the page that the server itself gives out and from a page that
// it does not:   node chromium_ws.mjs PULSELINE
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { need } from '../modules.mjs';
import { run } from './serve.mjs';

const { chromium } = need('playwright-core');

const browser = await chromium.launch({
	executablePath: '/usr/bin/chromium',
	args: [
		'--no-sandbox',
		'--disable-gpu',
		'--disable-quic',
		'--no-first-run',
		'--disable-background-networking',
		'--disable-component-update',
		'--disable-sync',
	],
});

// Runs in the page: says these messages one after the other, each when the answer to the one before it has come.
// Returns what was heard, or how the connection ended.
async function talk({ url, messages, until }) {
	return new Promise((resolve) => {
		const heard = [];
		const socket = new WebSocket(url, 'pulseline.v1');
		const next = () => messages.length > 0 && socket.send(JSON.stringify(messages.shift()));
		socket.onopen = next;
		socket.onmessage = (event) => {
			const message = JSON.parse(event.data);
			heard.push(message);
			if (message.type === until) {
				socket.close(1000);
			} else if (message.type !== 'playback') {
				next();
			}
		};
		socket.onclose = (event) =>
			resolve({ heard, code: event.code, clean: event.wasClean, protocol: socket.protocol });
	});
}

await run(process.argv[2], {
	async 'a page of the server joins and responds'(session) {
		await session.serve('--live');
		const page = await browser.newPage();
		const refused = [];
		page.on('console', (message) => /Content.Security.Policy/i.test(message.text()) && refused.push(message.text()));
		const response = await page.goto(session.url);
		const headers = response.headers();
		assert.match(headers['content-security-policy'], /default-src 'none'/);
		assert.equal(headers['x-content-type-options'], 'nosniff');
		assert.equal(headers['cache-control'], 'no-cache');
		const { heard, code, clean, protocol } = await page.evaluate(talk, {
			url: session.ws,
			messages: [
				{ type: 'look', session: session.code },
				{ type: 'join', session: session.code, role: 'participant' },
				{ type: 'respond', seq: 1, value: -1 },
			],
			until: 'ack',
		});
		assert.deepEqual(
			heard.map((message) => message.type).filter((type) => type !== 'playback'),
			['session', 'joined', 'ack'],
		);
		assert.deepEqual([code, clean, protocol], [1000, true, 'pulseline.v1']);
		assert.deepEqual(refused, []);
		await session.stop();
		assert.deepEqual(session.query('select value from response'), [{ value: -1 }]);
	},

	async 'a page of the server can load nothing from elsewhere'(session) {
		await session.serve('--live');
		const page = await browser.newPage();
		await page.goto(session.url);
		const inline = await page.evaluate(async () => {
			const missing = new Set(['script-src-elem', 'connect-src']);
			const refused = new Promise((resolve) =>
				document.addEventListener('securitypolicyviolation', (event) => {
					missing.delete(event.effectiveDirective);
					if (missing.size === 0) {
						resolve();
					}
				}),
			);
			const script = document.createElement('script');
			script.textContent = 'window.inline = true';
			document.body.append(script);
			await fetch('http://127.0.0.2:9/').catch(() => {});
			await refused;
			return window.inline === true;
		});
		assert.equal(inline, false);
	},

	async 'a page from elsewhere is refused'(session) {
		await session.serve('--live');
		const elsewhere = createServer((request, response) => response.end('<p>elsewhere</p>'));
		await new Promise((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
		const page = await browser.newPage();
		await page.goto(`http://127.0.0.1:${elsewhere.address().port}/`);
		const { heard, code } = await page.evaluate(talk, {
			url: session.ws,
			messages: [{ type: 'look', session: session.code }],
			until: 'session',
		});
		elsewhere.closeAllConnections();
		elsewhere.close();
		assert.deepEqual(heard, []);
		assert.equal(code, 1006);
	},
});
