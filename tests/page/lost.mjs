// Connections, servers, tabs and pages are lost; no press is, and none counts twice.
import assert from 'node:assert/strict';
import { query } from '../e2e/files.mjs';
import { Road, button, cases, delivered, kept, loseJoined, passed, phone, press, ready, state } from './lib.mjs';

const people = async (server) => (await query(server.file, 'select count(*) as n from participant'))[0].n;
const values = async (server) => (await server.responses()).map((row) => row.value);

await cases('page lost', {
	async 'a reload in the middle: the same person, no question twice'(bench) {
		const server = await bench.serve('reload', '--tick-ms', '60000', '--attribute', 'Age=young|old');
		const page = await bench.phone(server.url, server.code);
		await button(page, 'old').tap();
		await ready(page);
		await press(page, 'Like');
		// At once: the press may be on its way, or on disk without our knowing.
		await page.reload();
		await ready(page);
		// It is still the press of this tick, and is shown as such.
		await page.locator('.press.like[aria-pressed="true"]').waitFor();
		await press(page, 'Dislike');
		await delivered(page, 2);
		await page.reload();
		await page.locator('.press.dislike[aria-pressed="true"]').waitFor();
		await server.ask('SetPlayback', { state: 'playing', position_ms: 65000 });
		await page.locator('.press[aria-pressed="true"]').waitFor({ state: 'detached' });
		await server.stop();
		assert.deepEqual(await values(server), [1, -1]);
		assert.equal(await people(server), 1);
	},

	async 'a clock that was a year behind and is set right: the same person, no question twice'(bench) {
		const server = await bench.serve('clock', '--tick-ms', '60000', '--attribute', 'Age=young|old');
		const page = await bench.tab(await bench.context());
		await page.addInitScript(() => {
			const { now } = Date;
			Date.now = () => now() - (sessionStorage.set ? 0 : 365 * 86400000);
		});
		await page.goto(`${server.url}#${server.code}`);
		await button(page, 'old').tap();
		await ready(page);
		await press(page, 'Like');
		await delivered(page, 1);
		await page.evaluate(() => (sessionStorage.set = 'right'));
		await page.reload();
		await page.locator('.press.like[aria-pressed="true"]').waitFor();
		await server.stop();
		assert.deepEqual(await values(server), [1]);
		assert.equal(await people(server), 1);
	},

	async 'the network is cut: presses wait, and land where they were made'(bench) {
		const server = await bench.serve('cut');
		const road = await new Road().start(server.port);
		const page = await bench.phone(road.url, server.code);
		await ready(page);
		await press(page, 'Like');
		await delivered(page, 1);
		road.close();
		await state(page, 'reconnecting');
		const [first] = await server.responses();
		await press(page, 'Dislike');
		await page.getByText('1 waiting to be sent').waitFor();
		// Long enough to tell it from the moment of arrival.
		await page.waitForFunction((since) => Date.now() - since > 2000, Date.now());
		await press(page, 'Like');
		const waiting = (await kept(page)).queue.filter((item) => !item[4]);
		assert.equal(waiting.length, 2);
		road.reopen();
		await ready(page);
		await delivered(page, 3);
		await server.stop();
		const rows = await server.responses();
		assert.deepEqual(rows.map((row) => row.value), [1, -1, 1]);
		// The distance between the two late ones is that of the presses, not that of their arrival.
		const apart = rows[2].position_ms - rows[1].position_ms;
		const made = waiting[1][3] - waiting[0][3];
		assert.ok(Math.abs(apart - made) < 1000, `${apart} ms apart instead of ${made}`);
		assert.ok(rows[1].position_ms > first.position_ms);
	},

	async 'a connection that silently goes nowhere is noticed and made anew'(bench) {
		const server = await bench.serve('silent');
		const road = await new Road().start(server.port);
		const page = await bench.phone(road.url, server.code);
		await ready(page);
		road.swallow();
		await press(page, 'Like');
		await delivered(page, 1);
		await passed(page, 'reconnecting');
		await server.stop();
		assert.deepEqual(await values(server), [1]);
	},

	async 'the server is killed and started again'(bench) {
		const server = await bench.serve('killed');
		const page = await bench.phone(server.url, server.code);
		await ready(page);
		await press(page, 'Like');
		await delivered(page, 1);
		const before = await kept(page);
		await server.kill();
		await state(page, 'reconnecting');
		await press(page, 'Dislike');
		await page.getByText('1 waiting to be sent').waitFor();
		await server.start();
		await ready(page);
		await delivered(page, 2);
		assert.equal((await kept(page)).participant, before.participant);
		await server.stop();
		assert.deepEqual(await values(server), [1, -1]);
		assert.equal(await people(server), 1);
	},

	async 'a page closed with unsent presses sends them when it is opened again'(bench) {
		const server = await bench.serve('closed');
		const road = await new Road().start(server.port);
		const context = await bench.context();
		const page = await bench.tab(context);
		await page.goto(`${road.url}#${server.code}`);
		await ready(page);
		road.close();
		await state(page, 'reconnecting');
		await press(page, 'Like');
		await page.close();
		road.reopen();
		const later = await bench.tab(context);
		await later.goto(`${road.url}#${server.code}`);
		await ready(later);
		await delivered(later, 1);
		await server.stop();
		assert.deepEqual(await values(server), [1]);
		assert.equal(await people(server), 1);
	},

	async 'two tabs are one person, and either can be the one'(bench) {
		const server = await bench.serve('tabs');
		const context = await bench.context();
		const [first, second] = [await bench.tab(context), await bench.tab(context)];
		await first.goto(`${server.url}#${server.code}`);
		await ready(first);
		await press(first, 'Like');
		await second.goto(`${server.url}#${server.code}`);
		await ready(second);
		await state(first, 'elsewhere');
		assert.equal(await first.locator('.press').count(), 0);
		await press(second, 'Dislike');
		await button(first, 'Use this tab instead').tap();
		await ready(first);
		await state(second, 'elsewhere');
		await press(first, 'Like');
		await delivered(first, 3);
		await server.stop();
		assert.deepEqual(await values(server), [1, -1, 1]);
		assert.equal(await people(server), 1);
	},

	async 'two tabs at the questions are one person, and so are two that answer without hearing of each other'(bench) {
		const server = await bench.serve('asked', '--attribute', 'Age=young|old');
		for (const deaf of [false, true]) {
			const context = await bench.context();
			const tabs = [await bench.tab(context), await bench.tab(context)];
			for (const page of tabs) {
				if (deaf) await page.addInitScript(() => addEventListener('storage', (event) => event.stopImmediatePropagation(), true));
				await page.goto(`${server.url}#${server.code}`);
				await button(page, 'old').waitFor();
			}
			const [first, second] = tabs;
			await button(first, 'young').tap();
			await ready(first);
			if (deaf) {
				await button(second, 'old').tap();
				await state(first, 'elsewhere');
			} else {
				await state(second, 'elsewhere');
				await button(second, 'Use this tab instead').tap();
			}
			await ready(second);
			await press(second, 'Like');
			await delivered(second, 1);
		}
		await server.stop();
		assert.deepEqual(await values(server), [1, 1]);
		assert.equal(await people(server), 2);
	},

	async 'two tabs opened at the same moment are one person'(bench) {
		const server = await bench.serve('at-once');
		for (let i = 0; i < 3; ++i) {
			const context = await bench.context();
			const tabs = [await bench.tab(context), await bench.tab(context)];
			await Promise.all(tabs.map((page) => page.goto(`${server.url}#${server.code}`)));
			const left = await Promise.any(tabs.map(async (page) => (await state(page, 'elsewhere'), page)));
			const stays = tabs.find((page) => page !== left);
			await ready(stays);
			await press(stays, 'Like');
			await delivered(stays, 1);
		}
		await server.stop();
		assert.deepEqual(await values(server), [1, 1, 1]);
		assert.equal(await people(server), 3);
	},

	async 'a join whose answer is lost is said again by the same person'(bench) {
		const server = await bench.serve('lostJoin', '--attribute', 'Age=young|old');
		const page = await bench.tab(await bench.context());
		const { lost } = await loseJoined(page);
		await page.goto(`${server.url}#${server.code}`);
		await button(page, 'old').tap();
		await lost;
		// The page is loaded anew before it could try again: the answer is not asked for twice.
		await page.reload();
		await ready(page);
		await press(page, 'Like');
		await delivered(page, 1);
		await server.stop();
		assert.deepEqual(await values(server), [1]);
		assert.equal(await people(server), 1);
	},

	async 'what the tab that was left still writes does not drive the other one away'(bench) {
		const server = await bench.serve('late');
		const context = await bench.context();
		const [first, second] = [await bench.tab(context), await bench.tab(context)];
		// As on a slow phone: the first tab is not told that the other one has taken over.
		await first.addInitScript(() => addEventListener('storage', (event) => event.stopImmediatePropagation(), true));
		await first.routeWebSocket(/.*/, (socket) => {
			socket.connectToServer().onClose(() => {});
		});
		await first.goto(`${server.url}#${server.code}`);
		await ready(first);
		await second.goto(`${server.url}#${server.code}`);
		await ready(second);
		const before = await kept(second);
		await press(first, 'Like');
		await second.waitForFunction((seq) => JSON.parse(localStorage.getItem(`pulseline.${location.hash.slice(1)}`)).seq > seq, before.seq);
		await press(second, 'Dislike');
		await delivered(second, 1);
		await server.stop();
		assert.deepEqual(await values(server), [-1]);
		assert.equal(await people(server), 1);
	},

	async 'what one tab could not send, the other one sends'(bench) {
		const server = await bench.serve('heir');
		const road = await new Road().start(server.port);
		const context = await bench.context();
		const [first, second] = [await bench.tab(context), await bench.tab(context)];
		await first.goto(`${road.url}#${server.code}`);
		await ready(first);
		await second.goto(`${road.url}#${server.code}`);
		await ready(second);
		await state(first, 'elsewhere');
		road.close();
		await state(second, 'reconnecting');
		await press(second, 'Like');
		await second.close();
		await button(first, 'Use this tab instead').tap();
		road.reopen();
		await ready(first);
		await press(first, 'Dislike');
		await delivered(first, 2);
		await server.stop();
		assert.deepEqual(await values(server), [1, -1]);
		assert.equal(await people(server), 1);
	},

	async 'a session that was ended and goes on is found again'(bench) {
		const server = await bench.serve('goes-on');
		const page = await bench.phone(server.url, server.code);
		await ready(page);
		await press(page, 'Like');
		await server.stop();
		await state(page, 'over');
		await server.start();
		await page.evaluate(() => dispatchEvent(new Event('online')));
		await ready(page);
		await press(page, 'Dislike');
		await delivered(page, 2);
		await server.stop();
		assert.deepEqual(await values(server), [1, -1]);
		assert.equal(await people(server), 1);
	},

	async 'a server that forgot the person: the presses are those of a new one'(bench) {
		const server = await bench.serve('forgot');
		const page = await bench.phone(server.url, server.code);
		await ready(page);
		await press(page, 'Like');
		await delivered(page, 1);
		await page.evaluate(() => {
			const key = `pulseline.${location.hash.slice(1)}`;
			const entry = JSON.parse(localStorage.getItem(key));
			localStorage.setItem(key, JSON.stringify({ ...entry, token: 'unknown', seq: 7, queue: [[7, -1, 'main', Date.now(), 0]] }));
		});
		await page.reload();
		await ready(page);
		await delivered(page, 1);
		await server.stop();
		const rows = await server.responses();
		assert.deepEqual(rows.map((row) => [row.seq, row.value]).sort(), [
			[1, -1],
			[1, 1],
		]);
	},

	async 'a refused response is dropped and said'(bench) {
		const server = await bench.serve('refused');
		const page = await bench.tab(await bench.context(phone));
		await page.routeWebSocket(/.*/, (socket) => {
			const far = socket.connectToServer();
			socket.onMessage((text) => {
				const message = JSON.parse(text);
				if (message.type === 'respond' && message.value === -1) {
					socket.send(JSON.stringify({ type: 'error', code: 'bad_position', message: 'not now', seq: message.seq }));
				} else far.send(text);
			});
		});
		await page.goto(`${server.url}#${server.code}`);
		await ready(page);
		await press(page, 'Dislike');
		await page.getByText('Not counted').waitFor();
		await press(page, 'Like');
		await delivered(page, 2);
		assert.deepEqual((await kept(page)).queue, []);
		await server.stop();
		assert.deepEqual(await values(server), [1]);
	},

	async 'what the server cannot save is kept and sent again, in order'(bench) {
		const server = await bench.serve('full');
		const page = await bench.tab(await bench.context(phone));
		let full = false;
		await page.routeWebSocket(/.*/, (socket) => {
			const far = socket.connectToServer();
			socket.onMessage((text) => {
				const { type, seq } = JSON.parse(text);
				if (type === 'respond' && full) socket.send(JSON.stringify({ type: 'error', code: 'not_writable', message: 'the disk is full', seq }));
				else far.send(text);
			});
		});
		await page.goto(`${server.url}#${server.code}`);
		await ready(page);
		full = true;
		await press(page, 'Like');
		await state(page, 'unsaved');
		await page.getByText('1 waiting to be sent').waitFor();
		await press(page, 'Dislike');
		await page.getByText('2 waiting to be sent').waitFor();
		full = false;
		await state(page, 'live');
		await delivered(page, 2);
		await server.stop();
		assert.deepEqual(await values(server), [1, -1]);
	},

	async 'who was asked to wait comes in later, without doing anything'(bench) {
		const server = await bench.serve('busy');
		const page = await bench.tab(await bench.context(phone));
		let asked = 0;
		await page.routeWebSocket(/.*/, (socket) => {
			const far = socket.connectToServer();
			socket.onMessage((text) => {
				const look = JSON.parse(text).type === 'look';
				if (look && asked++ === 0) socket.send(JSON.stringify({ type: 'error', code: 'rate_limited', message: 'too often' }));
				else far.send(text);
			});
		});
		await page.goto(`${server.url}#${server.code}`);
		await state(page, 'busy');
		await page.getByText('trying again').first().waitFor();
		await ready(page);
	},
});
