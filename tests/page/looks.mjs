// Pictures of every screen in the sizes that people hold, light and dark, to be looked at:
//   ci/enter node tests/page/looks.mjs BUILD FOLDER
// As a test it sees that nothing is cut off, too small for a thumb, or wider than the screen, and that axe has nothing to
// say against it.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { audit, build, cases, phone, ready, state } from './lib.mjs';

const folder = process.argv[3] ?? join(build, 'page-pictures');
const sizes = [
	[390, 844],
	[844, 390],
	[320, 568],
	[568, 320],
	[1024, 768],
	[768, 1024],
];
const target = 44; // pixels

async function fits(page, name) {
	const problems = await page.evaluate((least) => {
		const found = [];
		if (document.documentElement.scrollWidth > innerWidth) found.push(`wider than the screen: ${document.documentElement.scrollWidth}`);
		for (const element of document.querySelectorAll('button, input, select')) {
			if (element.getClientRects().length === 0) continue;
			const box = (element.closest('label') ?? element).getBoundingClientRect();
			const words = element.textContent || element.type;
			if (box.width < least || box.height < least) found.push(`${words}: ${box.width} x ${box.height}`);
			if (box.left < 0 || box.right > innerWidth + 0.5) found.push(`${words} is cut off`);
			if (element.scrollWidth > element.clientWidth + 1) found.push(`${words}: its text is cut off`);
		}
		return found;
	}, target);
	assert.deepEqual(problems, [], name);
}

// Opens one page, brings it into its state, and looks at it in every size and both colour schemes.
async function look(bench, name, server, { prepare, language = 'en-GB', change, path = `#${server.code}` } = {}) {
	const context = await bench.context({ ...phone, locale: language, deviceScaleFactor: 1 });
	const page = await bench.tab(context);
	if (change) {
		await page.routeWebSocket(/.*/, (socket) => {
			const far = socket.connectToServer();
			far.onMessage((text) => socket.send(JSON.stringify(change(JSON.parse(text)))));
		});
	}
	await page.goto(`${server.url}${path}`);
	await prepare(page);
	for (const colorScheme of ['light', 'dark']) {
		await page.emulateMedia({ colorScheme });
		assert.deepEqual(await audit(page), [], `${name}, ${colorScheme}`);
		for (const [width, height] of sizes) {
			await page.setViewportSize({ width, height });
			await page.screenshot({ path: join(folder, `${name}-${width}x${height}-${colorScheme}.png`), animations: 'allow' });
			await fits(page, `${name} at ${width} x ${height}`);
		}
	}
	await context.close();
}

// What the server would say if it showed the result to those who respond.
const everybody = { present: [30], n: [24], likes: [15], dislikes: [6], mean: [0.375], majority: ['like'] };
const revealed = (message) => {
	if (message.type === 'playback') return { type: 'series', target: 'main', from_tick: 0, base: 'active', segments: { All: everybody } };
	return playback({ state: 'paused', position_ms: 61000 })(message);
};

const refusal = (code) => (message) => (message.type === 'session' ? { type: 'error', code, message: 'the doors are closed' } : message);

const playback = (changes) => (message) => {
	if (message.type === 'joined') return { ...message, playback: { ...message.playback, ...changes } };
	return message.type === 'playback' ? { ...message, ...changes } : message;
};

await mkdir(folder, { recursive: true });
await cases('page looks', {
	async 'two buttons, and every state'(bench) {
		const server = await bench.serve('pair', '--title', 'The town library: a speech', '--tick-ms', '60000');
		const like = (page) => ready(page).then(() => page.locator('.press.like').tap());
		await look(bench, 'pair', server, { prepare: like });
		for (const language of ['de', 'ru', 'es']) await look(bench, `pair-${language}`, server, { language, prepare: ready });
		await look(bench, 'try', server, { prepare: (page) => page.locator('.trying').waitFor() });
		await look(bench, 'code', server, { path: '', prepare: (page) => state(page, 'code') });
		await look(bench, 'waiting', server, { change: playback({ state: 'stopped', position_ms: 0 }), prepare: (page) => state(page, 'waiting') });
		await look(bench, 'paused', server, { change: playback({ state: 'paused', position_ms: 61000 }), prepare: (page) => state(page, 'paused') });
		await look(bench, 'ended', server, { change: playback({ state: 'ended' }), prepare: (page) => state(page, 'ended') });
		await look(bench, 'wrong', server, { path: '#ZZZZZZ', prepare: (page) => page.getByText('No session has this code').waitFor() });
		await look(bench, 'revealed', server, { change: revealed, prepare: (page) => page.getByText('n = 24').waitFor() });
		await look(bench, 'busy', server, { change: refusal('rate_limited'), prepare: (page) => state(page, 'busy') });
		await look(bench, 'closed', server, { change: refusal('forbidden'), prepare: (page) => state(page, 'notLetIn') });
		await look(bench, 'elsewhere', server, {
			async prepare(page) {
				await state(page, 'live');
				const second = await bench.tab(page.context());
				await second.goto(`${server.url}#${server.code}`);
				await state(page, 'elsewhere');
			},
		});
	},
	async 'from right to left'(bench) {
		const server = await bench.serve('rtl', '--title', 'The town library', '--tick-ms', '60000', '--target', 'Ms Adams', '--target', 'Mr Baker');
		const turn = (page) => page.evaluate(() => (document.documentElement.dir = 'rtl'));
		await look(bench, 'rtl', server, {
			async prepare(page) {
				await ready(page);
				await turn(page);
				const [like, dislike, clock] = await Promise.all(['.press.like', '.press.dislike', '#clock'].map((one) => page.locator(one).first().boundingBox()));
				assert.ok(like.x > dislike.x && clock.x < 100);
			},
		});
		const dial = await bench.serve('rtl-dial', '--mode', 'latched');
		await look(bench, 'rtl-dial', dial, {
			async prepare(page) {
				await ready(page);
				await turn(page);
				const box = await page.getByRole('slider').boundingBox();
				await page.touchscreen.tap(box.x + box.width * 0.1, box.y + box.height / 2);
				assert.ok(Number(await page.getByRole('slider').inputValue()) > 80);
			},
		});
	},
	async 'a title of 256 characters and long names leave the buttons where they are'(bench) {
		const title = 'What the candidates want for the town library and its children '.repeat(5).slice(0, 256);
		const names = ['Ms Adams', 'Mr Baker'].map((name) => `${name} ${'of the citizens’ movement '.repeat(8)}`.trim());
		for (const targets of [[], names]) {
			const server = await bench.serve(`long${targets.length}`, '--title', title, ...targets.flatMap((name) => ['--target', name]));
			const page = await bench.phone(server.url, server.code, { deviceScaleFactor: 1 });
			await ready(page);
			for (const [width, height] of [[320, 568], [568, 320]]) {
				await page.setViewportSize({ width, height });
				await page.screenshot({ path: join(folder, `long${targets.length}-${width}x${height}.png`) });
				const lowest = await page.locator('.press').evaluateAll((all) => Math.max(...all.map((one) => one.getBoundingClientRect().bottom)));
				assert.ok(lowest <= height, `${width} x ${height}, ${targets.length} targets: the buttons end at ${lowest}`);
			}
			await page.locator('#title').tap();
			await page.locator('#notice', { hasText: title }).waitFor();
		}
	},
	async 'texts of the session in another direction than the page'(bench) {
		const title = 'مناظرة (2025): مكتبة المدينة!';
		const server = await bench.serve('arabic', '--title', title, '--target', 'السيدة آدمز', '--target', 'Mr Baker', '--attribute', 'Alter=أقل من 35 (سنة)!|35+');
		await look(bench, 'arabic-question', server, { prepare: (page) => page.locator('.choice').first().waitFor() });
		await look(bench, 'arabic', server, {
			async prepare(page) {
				await page.locator('.choice').first().tap();
				await ready(page);
				const directions = await page.locator('h1, .row h2').evaluateAll((all) => all.map((one) => getComputedStyle(one).direction));
				assert.deepEqual(directions, ['rtl', 'rtl', 'ltr']);
			},
		});
	},
	async 'the observer page'(bench) {
		const party = ['--attribute', 'party=Red:0.4|Green:0.5|Blue:0.1'];
		const server = await bench.serve('watch', '--title', 'The town library', '--tick-ms', '1000', '--duration-ms', '20000', '--attribute', 'party=Red|Green|Blue');
		await look(bench, 'observe-form', server, { path: 'observe', prepare: (page) => state(page, 'form') });
		await server.simulate(40, 8, ...party);
		await look(bench, 'observe', server, {
			path: `observe#${server.code}.${server.keys.observer}`,
			prepare: (page) => page.locator('[data-segment="Red"][data-majority="like"], [data-segment="Red"][data-majority="dislike"], [data-segment="Red"][data-majority="divided"]').waitFor(),
		});
	},
	async 'without motion'(bench) {
		const server = await bench.serve('calm');
		const page = await bench.phone(server.url, server.code, { reducedMotion: 'reduce' });
		await ready(page);
		const easing = await page.evaluate(() => document.getElementById('ring').getAnimations()[0].effect.getTiming().easing);
		assert.match(easing, /^steps\(4/);
		assert.equal(await page.locator('.press').first().evaluate((it) => getComputedStyle(it).transitionDuration), '0s');
	},
	async 'questions'(bench) {
		const server = await bench.serve('ask', '--title', 'The town library', '--attribute', 'Age=18–34|35–54|55 and over', '--attribute', 'Region=North|South');
		await look(bench, 'question', server, { prepare: (page) => page.getByText('55 and over').waitFor() });
	},
	async 'two, three and four targets'(bench) {
		const names = ['Ms Adams', 'Mr Baker', 'Dr Chandrasekharan-Worthington', 'Cllr Davies'];
		for (const n of [2, 3, 4]) {
			const server = await bench.serve(`debate${n}`, '--title', 'Debate of the candidates', ...names.slice(0, n).flatMap((name) => ['--target', name]));
			await look(bench, `targets${n}`, server, { prepare: (page) => ready(page).then(() => page.locator('.press.dislike').first().tap()) });
		}
	},
	async 'levels'(bench) {
		for (const [name, scale] of [
			['five', '-2:2:0'],
			['four', '1:4:2.5'],
			['seven', '1:7:4'],
		]) {
			const server = await bench.serve(name, '--title', 'The town library', '--scale', scale);
			await look(bench, `levels-${name}`, server, { prepare: (page) => ready(page).then(() => page.locator('.press').nth(1).tap()) });
		}
	},
	// Zoomed to 400 % in a window of 1280 by 1024, or with letters twice as large: nothing is a sliver, or cut.
	async 'levels and buttons in narrow rows'(bench) {
		for (const [name, scale, ...targets] of [['two', '-1:1:0'], ['five', '-2:2:0'], ['seven', '1:7:4'], ['eleven', '0:10:5'], ['eleven-two', '-5:5:0', '--target', 'Ms Adams', '--target', 'Mr Baker']]) {
			const server = await bench.serve(`narrow-${name}`, '--tick-ms', '60000', '--scale', scale, ...targets);
			for (const locale of ['de-DE', 'ru-RU']) {
				const page = await bench.phone(server.url, server.code, { locale, deviceScaleFactor: 1 });
				await ready(page);
				for (const [width, height] of [[320, 256], ...sizes]) {
					await page.setViewportSize({ width, height });
					await fits(page, `${name} at ${width} x ${height}`);
				}
				await page.setViewportSize({ width: 320, height: 256 });
				assert.deepEqual(await audit(page), [], name);
				await page.setViewportSize({ width: 320, height: 568 });
				await page.evaluate(() => (document.documentElement.style.fontSize = '200%'));
				await page.screenshot({ path: join(folder, `narrow-${name}-${locale}.png`), fullPage: true });
				await fits(page, `${name} in large letters`);
				await page.context().close();
				bench.contexts.pop();
			}
		}
	},
	async 'dials'(bench) {
		const one = await bench.serve('dial', '--title', 'The town library', '--mode', 'latched');
		await look(bench, 'dial', one, { prepare: (page) => ready(page).then(() => page.getByRole('slider').fill('72')) });
		await look(bench, 'dial-new', one, { prepare: (page) => page.getByRole('slider').waitFor() });
		const two = await bench.serve('dials', '--title', 'Debate', '--mode', 'latched', '--scale', '1:7:4', '--target', 'Ms Adams', '--target', 'Mr Baker');
		await look(bench, 'dials', two, { prepare: (page) => ready(page).then(() => page.getByRole('slider').first().fill('2')) });
	},
});
