// Somebody joins, answers and presses; what the file holds and counts is what was pressed.
import assert from 'node:assert/strict';
import { query } from '../e2e/files.mjs';
import { audit, button, cases, delivered, finger, fingers, kept, middle, press, ready, state } from './lib.mjs';

// The dial when its try-out is over.
const atRest = (page) => page.waitForFunction(() => [...document.querySelectorAll('.value')].every((one) => one.textContent === 'Move to begin'));

await cases('page flow', {
	async 'a code, a question, Like, then Dislike within the tick'(bench) {
		const server = await bench.serve('vote', '--tick-ms', '60000', '--title', 'The town library', '--attribute', 'Age=18-34|35-54|55+', '--attribute', 'Region=North|South');
		const page = await bench.tab(await bench.context());
		await page.goto(`${server.url}#%`);
		await page.getByText('without 0, O, 1, I and L').waitFor();
		await page.goto(server.url);
		await state(page, 'code');
		await page.waitForFunction(() => document.getElementById('problem')?.textContent === '');
		assert.equal(await page.evaluate(() => document.activeElement.id), 'code');
		await page.getByLabel('Code from the screen').fill('ZZZZ0Z');
		await page.keyboard.press('Enter');
		await page.getByText('without 0, O, 1, I and L').waitFor();
		await page.getByLabel('Code from the screen').fill('ZZZZZZ');
		await button(page, 'Join').tap();
		await page.getByText('No session has this code').waitFor();
		await page.getByLabel('Code from the screen').fill(` ${server.code.toLowerCase().slice(0, 3)} ${server.code.slice(3)}`);
		await button(page, 'Join').tap();

		await state(page, 'asking');
		await button(page, '35-54').waitFor();
		assert.equal(await button(page, 'Rather not say').count(), 1);
		await button(page, '35-54').tap();
		await button(page, 'Rather not say').tap();
		// From here two taps: one to try it out, which counts for nothing, and the first that counts.
		await page.getByText('the first time does not count').waitFor();
		assert.equal(await page.title(), 'The town library');
		await press(page, 'Dislike');
		await page.getByText('From now on it counts').waitFor();
		assert.equal((await kept(page)).queue.filter(([, value]) => value !== null).length, 0);

		await press(page, 'Like');
		await press(page, 'Dislike');
		assert.equal(await button(page, 'Like').getAttribute('aria-pressed'), 'false');
		await delivered(page, 2);
		// In another tick nothing is pressed any more.
		await server.ask('SetPlayback', { state: 'playing', position_ms: 65000 });
		await page.locator('.press[aria-pressed="true"]').waitFor({ state: 'detached' });
		await server.stop();

		const rows = await server.responses();
		assert.deepEqual(rows.map((row) => row.value), [1, -1]);
		const ticks = (await server.table()).filter((row) => Number(row.n) > 0);
		assert.equal(ticks.length, 1);
		assert.deepEqual([ticks[0].present, ticks[0].n, ticks[0].likes, ticks[0].dislikes, ticks[0].mean], ['1', '1', '0', '1', '-1']);
		const people = await query(server.file, 'select stratum.* from participant join stratum on stratum.id = participant.stratum');
		assert.equal(people.length, 1);
		assert.match(JSON.stringify(people[0]), /35-54/);
		assert.doesNotMatch(JSON.stringify(people[0]), /North|South/);
	},

	async 'who presses nothing is present once a tick, and nothing more'(bench) {
		const server = await bench.serve('present', '--tick-ms', '3000');
		const page = await bench.phone(server.url, server.code);
		await state(page, 'live');
		await page.waitForFunction(() => Object.values(localStorage).some((entry) => JSON.parse(entry).seq >= 2));
		await page.waitForFunction(() => Object.values(localStorage).every((entry) => JSON.parse(entry).queue.length === 0));
		await server.stop();
		const rows = await server.responses('1');
		assert.ok(rows.length >= 2);
		assert.ok(rows.every((row) => row.value === null));
		const ticks = rows.map((row) => Math.floor(row.position_ms / 3000));
		assert.deepEqual(ticks, [...new Set(ticks)]);
	},

	async 'a debate: each target by itself'(bench) {
		const server = await bench.serve('debate', '--tick-ms', '60000', '--target', 'Ms Adams', '--target', 'Mr Baker');
		const page = await bench.phone(server.url, server.code);
		const row = (name) => page.locator(`.row[data-target="${name}"]`);
		await ready(page);
		await row('Ms Adams').getByRole('button', { name: 'Like', exact: true }).tap();
		await row('Mr Baker').getByRole('button', { name: 'Dislike', exact: true }).tap();
		assert.equal(await row('Ms Adams').locator('.press.like').getAttribute('aria-pressed'), 'true');
		assert.equal(await row('Mr Baker').locator('.press.like').getAttribute('aria-pressed'), 'false');
		await delivered(page, 2);
		await server.stop();
		const counted = (await server.table()).filter((tick) => Number(tick.n) > 0);
		assert.deepEqual(
			counted.map((tick) => [tick.target, tick.likes, tick.dislikes]),
			[
				['Ms Adams', '1', '0'],
				['Mr Baker', '0', '1'],
			],
		);
	},

	async 'five levels, by keyboard'(bench) {
		const server = await bench.serve('levels', '--tick-ms', '60000', '--scale', '-2:2:0');
		const page = await bench.phone(server.url, server.code);
		await ready(page);
		await button(page, '+2, Like').focus();
		await page.keyboard.press('Space');
		await page.keyboard.press('Shift+Tab');
		await page.keyboard.press('Enter');
		await delivered(page, 2);
		await server.stop();
		assert.deepEqual((await server.responses()).map((row) => row.value), [2, 1]);
	},

	async 'by keyboard alone, from the code to a press: each screen begins at its top'(bench) {
		const server = await bench.serve('tabs', '--title', 'The town library', '--tick-ms', '60000', '--attribute', 'Age=young|old', '--attribute', 'Town=North|South');
		const page = await bench.tab(await bench.context());
		const at = (words) => page.waitForFunction((wanted) => document.activeElement.textContent.trim() === wanted, words);
		const keys = async (...names) => {
			for (const name of names) await page.keyboard.press(name);
		};
		await page.goto(server.url);
		await page.getByLabel('Code from the screen').waitFor();
		await page.keyboard.type(server.code);
		await keys('Enter');
		await at('Age');
		await keys('Tab', 'Tab');
		await at('old');
		await keys('Enter');
		await at('Town');
		await keys('Tab', 'Tab', 'Tab');
		await at('Rather not say');
		await keys('Enter');
		await at('The town library');
		await keys('Tab');
		await at('Like');
		await keys('Space');
		await page.locator('.stage:not(.trying)').waitFor();
		await keys('Tab', 'Enter');
		await delivered(page, 1);
		await server.stop();
		assert.deepEqual((await server.responses()).map((row) => row.value), [-1]);
		const [{ attributes }] = await query(server.file, 'select attributes from stratum');
		assert.deepEqual(JSON.parse(attributes), { Age: 'old', Town: '' });
	},

	async 'a dial by touch and keyboard, its value said again'(bench) {
		const server = await bench.serve('dial', '--mode', 'latched', '--tick-ms', '1000');
		const page = await bench.phone(server.url, server.code);
		const dial = page.getByRole('slider');
		await page.getByText('Move to begin').waitFor();
		await ready(page);
		const box = await dial.boundingBox();
		await page.touchscreen.tap(box.x + box.width * 0.8, box.y + box.height / 2);
		await page.waitForFunction(() => JSON.parse(Object.values(localStorage)[0]).pressed.main?.[0] > 70);
		await dial.focus();
		await page.keyboard.press('Home');
		await page.keyboard.press('ArrowRight');
		await page.waitForFunction(() => JSON.parse(Object.values(localStorage)[0]).pressed.main?.[0] === 1);
		const { seq } = await kept(page);
		await delivered(page, seq + 4);
		await page.reload();
		await page.getByRole('slider').waitFor();
		assert.equal(await page.getByRole('slider').inputValue(), '1');
		await delivered(page, seq + 6);
		await server.stop();
		const values = (await server.responses()).map((row) => row.value);
		assert.ok(values[0] > 70 || values[1] > 70, `the first values were ${values.slice(0, 2)}`);
		assert.ok(values.slice(seq).length >= 4 && values.slice(seq).every((value) => value === 1), `then ${values}`);
		// Two ticks in a row without a move are two ticks with the value.
		const ticks = (await server.table()).filter((tick) => tick.mean === '1');
		assert.ok(ticks.length >= 2);
	},

	async 'a finger on a dial: one that scrolls the page says nothing, one that moves along or taps does'(bench) {
		const server = await bench.serve('fingers', '--mode', 'latched', '--tick-ms', '60000', '--target', 'Ms Adams', '--target', 'Mr Baker');
		const page = await bench.tab(await bench.context({ viewport: { width: 320, height: 480 } }));
		await page.goto(`${server.url}#${server.code}`);
		await ready(page);
		const hand = await finger(page);
		const dial = page.getByRole('slider').first();
		await atRest(page);
		const place = async (share) => {
			await dial.scrollIntoViewIfNeeded();
			const box = await dial.boundingBox();
			return [box.x + box.width * share, box.y + box.height / 2];
		};
		const saidNow = async () => (await kept(page)).pressed['Ms Adams']?.[0];

		let [x, y] = await place(0.9);
		await hand('touchStart', x, y);
		for (let by = 10; by <= 120; by += 10) await hand('touchMove', x + 1, y - by);
		await page.waitForFunction(() => scrollY > 0);
		await hand('touchEnd');
		assert.equal(await dial.inputValue(), '50');
		assert.equal(await saidNow(), undefined);
		assert.equal(await dial.getAttribute('aria-valuetext'), 'Move to begin');

		// Right on the thumb, where it rests: nothing moves, and yet it says: the middle.
		[x, y] = await place(0.5);
		await hand('touchStart', x, y);
		await hand('touchEnd');
		await page.waitForFunction(() => document.querySelector('.value').textContent === '50');
		await delivered(page, 1);
		assert.equal(await saidNow(), 50);

		[x, y] = await place(0.5);
		await hand('touchStart', x, y);
		for (let by = 10; by <= 80; by += 10) await hand('touchMove', x + by, y);
		await page.waitForFunction(() => document.querySelector('.value').textContent > 60);
		await hand('touchEnd');
		const last = Number(await dial.inputValue());
		await page.waitForFunction((value) => JSON.parse(Object.values(localStorage)[0]).pressed['Ms Adams'][0] === value, last);

		// And by mouse, on the other one; but not one that was pressed elsewhere.
		const other = page.getByRole('slider').nth(1);
		await other.scrollIntoViewIfNeeded();
		const box = await other.boundingBox();
		const middle = [box.x + box.width / 2, box.y + box.height / 2];
		await page.mouse.move(middle[0], box.y - 20);
		await page.mouse.down();
		await page.mouse.move(...middle);
		await page.mouse.up();
		await other.click({ button: 'right' });
		assert.equal((await kept(page)).pressed['Mr Baker'], undefined);
		await other.click();
		await page.waitForFunction(() => JSON.parse(Object.values(localStorage)[0]).pressed['Mr Baker']?.[0] === 50);
		await delivered(page, 3);
		await server.stop();
		const rows = await server.responses();
		assert.deepEqual([rows[0].value, rows.at(-1).value, rows.at(-1).target === rows[0].target], [50, 50, false]);
		assert.ok(rows.every(({ value }) => value >= 50 && value <= Math.max(50, last)), `said ${rows.map(({ value }) => value)}`);
	},

	async 'the dial by keyboard, and what it says of itself'(bench) {
		const server = await bench.serve('keys', '--mode', 'latched', '--tick-ms', '60000');
		const page = await bench.phone(server.url, server.code);
		await ready(page);
		await atRest(page);
		const dial = page.getByRole('slider');
		await dial.focus();
		const after = [];
		for (const key of ['ArrowRight', 'ArrowUp', 'ArrowLeft', 'ArrowDown', 'ArrowDown', 'PageUp', 'PageDown', 'End', 'Home']) {
			await page.keyboard.press(key);
			after.push(await dial.getAttribute('aria-valuetext'));
		}
		const last = after.splice(5);
		assert.deepEqual(after, ['51, Like', '52, Like', '51, Like', '50, Neutral', '49, Dislike']);
		assert.match(last[0], /^(5[4-9]|6\d), Like$/);
		assert.deepEqual(last.slice(1), ['49, Dislike', '100, Like', '0, Dislike']);
		assert.deepEqual(await audit(page), []);
		await page.waitForFunction(() => JSON.parse(Object.values(localStorage)[0]).pressed.main?.[0] === 0);
		await delivered(page, 1);
		await server.stop();
		assert.equal((await server.responses()).at(-1).value, 0);
	},

	async 'two dials that move at once: four changes a second between them, and the last value of each'(bench) {
		const server = await bench.serve('quick', '--mode', 'latched', '--tick-ms', '60000', '--target', 'Ms Adams', '--target', 'Mr Baker');
		const page = await bench.tab(await bench.context());
		await page.addInitScript(() => {
			window.sent = [];
			const { send } = WebSocket.prototype;
			WebSocket.prototype.send = function (text) {
				const { type, target, value } = JSON.parse(text);
				if (type === 'respond' && value !== null) window.sent.push({ target, value, at: performance.now() });
				return send.call(this, text);
			};
		});
		await page.goto(`${server.url}#${server.code}`);
		await ready(page);
		await page.evaluate(async () => {
			const dials = [...document.querySelectorAll('.dial')];
			const move = (dial, value) => {
				dial.value = value;
				dial.dispatchEvent(new Event('input', { bubbles: true }));
			};
			for (let value = 1; window.sent.length < 8; value = (value % 40) + 1) {
				dials.forEach((dial, i) => move(dial, value + 50 * i));
				await new Promise((next) => setTimeout(next, 20));
			}
			move(dials[0], 45);
			move(dials[1], 95);
		});
		await page.waitForFunction(() => ['Ms Adams', 'Mr Baker'].every((name, i) => window.sent.findLast(({ target }) => target === name).value === 45 + 50 * i));
		const sent = await page.evaluate(() => window.sent);
		const apart = sent.slice(1).map(({ at }, i) => at - sent[i].at);
		assert.ok(Math.min(...apart) >= 249, `${apart}`);
		// Neither waits for the other one to stop.
		assert.deepEqual([...new Set(sent.slice(0, 2).map(({ target }) => target))].length, 2);
		await delivered(page, sent.length);
		// Not even when the page goes before its turn has come.
		await page.evaluate(() => {
			for (const value of [10, 20]) {
				for (const dial of document.querySelectorAll('.dial')) {
					dial.value = value;
					dial.dispatchEvent(new Event('input', { bubbles: true }));
				}
			}
			location.reload();
		});
		await page.waitForFunction(() => [...document.querySelectorAll('.dial')].map(({ value }) => value).join() === '20,20' && window.sent.length > 0);
		await delivered(page, sent.length + 2);
		await server.stop();
		const values = (await server.responses()).map(({ value }) => value);
		assert.deepEqual(values.slice(0, sent.length), sent.map(({ value }) => value));
		assert.deepEqual(values.slice(-2), [20, 20]);
	},

	async 'a press counts once, whatever fingers do: two thumbs, one that rests, one that slides; but not one that leaves or scrolls'(bench) {
		const server = await bench.serve('thumbs', '--tick-ms', '60000', '--target', 'A', '--target', 'B');
		const page = await bench.phone(server.url, server.code);
		await ready(page);
		const hand = await fingers(page);
		const [likeA, dislikeA, likeB, dislikeB] = await Promise.all([0, 1, 2, 3].map((i) => middle(page.locator('.press').nth(i), i)));
		const said = async (n) => {
			await page.waitForFunction((least) => Object.values(localStorage).some((entry) => JSON.parse(entry).seq >= least), n);
			const { pressed, seq } = await kept(page);
			assert.equal(seq, n);
			return [pressed.A?.[0], pressed.B?.[0]];
		};
		// Both at once, and lifted one by one.
		await hand('touchStart', likeA, likeB);
		assert.equal(await page.locator('.down').count(), 2);
		await hand('touchEnd', likeB);
		await hand('touchEnd');
		assert.deepEqual(await said(2), [1, 1]);
		// The second comes while the first is still down.
		await hand('touchStart', dislikeA);
		await hand('touchStart', dislikeA, dislikeB);
		await hand('touchEnd', dislikeA);
		await hand('touchEnd');
		assert.deepEqual(await said(4), [-1, -1]);
		// One that rests on the title.
		const rests = await middle(page.locator('#title'), 7);
		await hand('touchStart', rests);
		await hand('touchStart', rests, likeA);
		await hand('touchEnd', rests);
		await hand('touchEnd');
		assert.deepEqual(await said(5), [1, -1]);
		for (const [from, by] of [[dislikeA, { x: 30 }], [likeA, { y: 18 }], [dislikeA, { y: -18 }]]) {
			await hand('touchStart', from);
			await hand('touchMove', { ...from, x: from.x + (by.x ?? 0), y: from.y + (by.y ?? 0) });
			await hand('touchEnd');
		}
		assert.deepEqual(await said(8), [-1, -1]);
		// Who slides off the button has thought better of it; and so has who scrolls, where there is more than is seen.
		await hand('touchStart', likeB);
		await hand('touchMove', { ...likeB, y: likeB.y + 10 });
		await hand('touchMove', { ...likeB, y: 5 });
		await hand('touchEnd');
		await page.setViewportSize({ width: 390, height: 300 });
		await page.locator('.scrolls').waitFor();
		const low = await middle(page.locator('.press').first());
		await hand('touchStart', low);
		for (let by = 10; by <= 80; by += 10) await hand('touchMove', { ...low, y: low.y - by });
		await page.waitForFunction(() => scrollY > 0);
		await hand('touchEnd');
		// Keys, the mouse, and what a screen reader does.
		const first = page.locator('.press').first();
		await first.press('Enter');
		assert.deepEqual(await said(9), [1, -1]);
		await page.locator('.press').nth(1).click();
		assert.deepEqual(await said(10), [-1, -1]);
		await first.evaluate((one) => one.click());
		assert.deepEqual(await said(11), [1, -1]);
		await delivered(page, 11);
		await server.stop();
		assert.deepEqual((await server.responses()).map(({ value }) => value), [1, 1, -1, -1, 1, -1, 1, -1, 1, -1, 1]);
	},

	async 'a double tap answers one question, and the last one joins once'(bench) {
		const server = await bench.serve('double', '--tick-ms', '60000', '--attribute', 'constructor=one|two', '--attribute', '__proto__=three|four', '--target', 'toString', '--target', '__proto__');
		const page = await bench.tab(await bench.context());
		const joins = [];
		let letIn;
		let isIn = false;
		await page.routeWebSocket(/.*/, (socket) => {
			const far = socket.connectToServer();
			socket.onMessage((text) => {
				if (isIn || JSON.parse(text).type !== 'join') return far.send(text);
				joins.push(text);
				letIn = () => far.send(text);
			});
		});
		await page.goto(`${server.url}#${server.code}`);
		const hand = await fingers(page);
		const tap = async (place) => {
			await hand('touchStart', place);
			await hand('touchEnd');
		};
		// The time in which a second tap is held to be of the same double tap does not pass here until it is let go on.
		const devtools = await page.context().newCDPSession(page);
		await devtools.send('Animation.enable');
		const pass = (playbackRate) => devtools.send('Animation.setPlaybackRate', { playbackRate });
		await pass(0);
		await button(page, 'two').waitFor();
		const two = await middle(button(page, 'two'));
		await tap(two);
		await page.getByText('Question 2 of 2').waitFor();
		await tap(two);
		assert.equal(joins.length, 0);
		await pass(1);
		await button(page, 'four').tap();
		await page.locator('.choice[aria-pressed="true"]', { hasText: 'four' }).waitFor();
		await page.locator('.choice').first().evaluate((one) => one.click());
		assert.deepEqual(joins.map((text) => JSON.parse(text).attributes), [JSON.parse('{"constructor":"two","__proto__":"four"}')]);
		isIn = true;
		await pass(0);
		letIn();
		// Nor does it press what comes then.
		await page.locator('.press').first().waitFor();
		await tap(await middle(page.locator('.press').first()));
		await page.locator('.trying').waitFor();
		await pass(1);
		await ready(page);
		await page.locator('.press').nth(2).tap();
		await delivered(page, 1);
		assert.equal(await page.locator('#notice').textContent(), '');
		await page.reload();
		await page.locator('.press.like[aria-pressed="true"]').waitFor();
		await server.stop();
		assert.deepEqual((await server.responses()).map(({ value }) => value), [1]);
		assert.deepEqual((await query(server.file, 'select attributes from participant join stratum on stratum.id = participant.stratum')).map(({ attributes }) => attributes), ['{"constructor":"two","__proto__":"four"}']);
	},

	async 'a session at own time says where to answer'(bench) {
		const server = await bench.serveOwnTime('own', '--duration-ms', '60000');
		const page = await bench.phone(server.url, server.code);
		await state(page, 'ownTime');
		await page.getByRole('heading', { name: 'Answered in the player' }).waitFor();
		assert.equal(await page.locator('.press').count(), 0);
	},

	async 'before the start one can try, and nothing is sent'(bench) {
		const server = await bench.serve('early');
		const page = await bench.tab(await bench.context());
		const sent = [];
		await page.routeWebSocket(/.*/, (socket) => {
			const far = socket.connectToServer();
			socket.onMessage((text) => {
				sent.push(JSON.parse(text).type);
				far.send(text);
			});
			far.onMessage((text) => {
				const message = JSON.parse(text);
				if (message.type === 'joined') message.playback = { ...message.playback, state: 'stopped', position_ms: 0 };
				if (message.type !== 'playback') socket.send(JSON.stringify(message));
			});
		});
		await page.goto(`${server.url}#${server.code}`);
		await state(page, 'waiting');
		await page.getByText('nothing counts before the start').waitFor();
		await press(page, 'Like');
		await page.locator('.press[aria-pressed="true"]').waitFor({ state: 'detached' });
		assert.ok(!sent.includes('respond'));
		assert.equal((await kept(page)).seq, 0);
	},

	async 'the speech ends, and then the session does'(bench) {
		const server = await bench.serve('end', '--duration-ms', '60000');
		const page = await bench.phone(server.url, server.code);
		await ready(page);
		await press(page, 'Like');
		await delivered(page, 1);
		await server.ask('SetPlayback', { state: 'playing', position_ms: 59000 });
		await state(page, 'ended');
		assert.equal(await page.locator('.press').count(), 0);
		await page.getByText('Thank you').waitFor();
		await server.stop();
		await state(page, 'over');
		await page.getByText('You can close this page').waitFor();
		await button(page, 'Enter another code').tap();
		await state(page, 'code');
		assert.deepEqual((await server.responses()).map((row) => row.value), [1]);
	},

	async 'what everybody answers is seen only while the session shows it, and is what was counted'(bench) {
		const server = await bench.serve('shown', '--tick-ms', '1000', '--duration-ms', '60000');
		const page = await bench.tab(await bench.context());
		const told = [];
		page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => told.push(JSON.parse(payload).type)));
		const figures = () => told.filter((type) => type === 'series' || type === 'tick').length;
		await page.goto(`${server.url}#${server.code}`);
		await ready(page);
		const audience = server.simulate(12, 12);
		await press(page, 'Like');
		await delivered(page, 1);
		assert.equal(figures(), 0);
		assert.ok(await page.locator('.result').isHidden());

		await server.ask('Reveal');
		await page.locator('.result').getByText(/^Everyone \d+ % Like · \d+ % Dislike · n = \d+$/).waitFor();
		assert.ok(figures() > 0);
		assert.deepEqual(await audit(page), []);
		await server.ask('SetPlayback', { state: 'playing', position_ms: 57000 });
		await page.getByText('The speech has ended').first().waitFor();
		await audience;
		const shares = ({ n, likes, dislikes }) => `Everyone ${Math.round((100 * likes) / n)} % Like · ${Math.round((100 * dislikes) / n)} % Dislike · n = ${n}`;
		const last = (await server.table(5)).at(-1);
		const words = last.majority === 'suppressed' ? `Everyone too few people · n = ${last.n}` : shares(last);
		await page.locator('.result').getByText(words, { exact: true }).waitFor();

		// Whoever comes later sees it as well; and nobody once it is hidden again.
		const late = await bench.phone(server.url, server.code);
		await late.locator('.result').getByText(words, { exact: true }).waitFor();
		await server.ask('Reveal', { revealed: false });
		await page.locator('.result').waitFor({ state: 'hidden' });
		assert.ok(!told.includes('cells') && !told.includes('markers'));
	},

	async 'a session that is revealed from its start'(bench) {
		const server = await bench.serve('open', '--reveal');
		await server.simulate(12, 2);
		const page = await bench.phone(server.url, server.code);
		await page.locator('.result').getByText(/^Everyone/).waitFor();
	},

	async 'the screen is kept on without a secure context, until the session is over'(bench) {
		const server = await bench.serve('awake');
		const context = await bench.context();
		await context.addInitScript(() => {
			const { play } = HTMLMediaElement.prototype;
			HTMLMediaElement.prototype.play = function () {
				this.rewound = 0;
				this.onseeked = () => ++this.rewound;
				window.film = this;
				return play.call(this);
			};
		});
		const page = await bench.tab(context);
		await page.goto(`${server.url}#${server.code}`);
		await ready(page);
		await page.waitForFunction(() => window.film?.rewound > 0);
		// What Chromium and WebKit ask of a film that is to keep a screen on.
		const film = await page.evaluate(() => [film.paused, film.muted, film.loop, film.volume, film.videoWidth > 0, film.webkitAudioDecodedByteCount > 0, film.playsInline]);
		assert.deepEqual(film, [false, false, false, 1, true, true, true]);
		await server.stop();
		await page.waitForFunction(() => window.film.paused);
	},

	async 'on a slow phone in a slow network it is there soon, from few requests and bytes'(bench) {
		const server = await bench.serve('slow', '--attribute', 'Age=young|old');
		const page = await bench.tab(await bench.context());
		await page.addInitScript(() => {
			new MutationObserver(() => (window.there ??= document.querySelector('.choice') && performance.now())).observe(document, { subtree: true, childList: true });
		});
		const devtools = await page.context().newCDPSession(page);
		await devtools.send('Network.enable');
		// Slow 4G as Lighthouse has it, and a processor of a quarter of the speed.
		await devtools.send('Network.emulateNetworkConditions', { offline: false, latency: 150, downloadThroughput: (1.6 * 1024 * 1024) / 8, uploadThroughput: (750 * 1024) / 8 });
		await devtools.send('Emulation.setCPUThrottlingRate', { rate: 4 });
		const found = []; // what the browser learns of only by running something, or by another file
		devtools.on('Network.requestWillBeSent', ({ request, initiator }) => {
			if (initiator.type !== 'parser') found.push(new URL(request.url).pathname);
		});
		let [requests, bytes] = [0, 0];
		devtools.on('Network.loadingFinished', ({ encodedDataLength }) => {
			++requests;
			bytes += encodedDataLength;
		});
		await page.goto(`${server.url}#${server.code}`);
		await button(page, 'young').waitFor();
		const there = Math.round(await page.evaluate(() => window.there));
		console.log(`the first question can be answered after ${there} ms, with ${requests} requests and ${bytes} bytes`);
		assert.ok(requests <= 16 && bytes <= 40 * 1024, `${requests} requests, ${bytes} bytes`);
		// The page itself names all that the first question needs; nothing waits for a third round.
		assert.deepEqual(found.filter((path) => !['/', '/icon.svg', '/awake.js'].includes(path)), []);
	},

	async 'without localStorage it works all the same'(bench) {
		const server = await bench.serve('private');
		const context = await bench.context();
		await context.addInitScript(() => {
			Object.defineProperty(window, 'localStorage', {
				get() {
					throw new DOMException('denied', 'SecurityError');
				},
			});
		});
		const page = await bench.tab(context);
		const acked = page.waitForEvent('websocket').then((socket) => socket.waitForEvent('framereceived', (frame) => JSON.parse(frame.payload).type === 'ack'));
		await page.goto(`${server.url}#${server.code}`);
		await ready(page);
		await press(page, 'Like');
		await acked;
		await server.stop();
		assert.deepEqual((await server.responses()).map((row) => row.value), [1]);
	},
});
