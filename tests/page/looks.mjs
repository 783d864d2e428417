// Pictures of every screen in the sizes that people hold, light and dark, to be looked at:
//   ci/enter node tests/page/looks.mjs BUILD FOLDER
// As a test it sees that nothing is cut off, too small for a thumb, or wider than the screen.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { build, cases, phone, state } from './lib.mjs';

const folder = process.argv[3] ?? join(build, 'page-pictures');
const sizes = [
	[390, 844],
	[844, 390],
	[320, 568],
	[568, 320],
	[1024, 768],
];
const target = 44; // pixels; one of seven levels side by side on a small phone may be narrower, as it is tall
const narrowest = 36;

async function fits(page, name) {
	const problems = await page.evaluate(([least, narrowest]) => {
		const found = [];
		if (document.documentElement.scrollWidth > innerWidth) found.push(`wider than the screen: ${document.documentElement.scrollWidth}`);
		for (const element of document.querySelectorAll('button, input')) {
			const box = element.getBoundingClientRect();
			const words = element.textContent || element.type;
			if (box.width < narrowest || box.height < least || box.width * box.height < least * least) found.push(`${words}: ${box.width} x ${box.height}`);
			if (box.left < 0 || box.right > innerWidth + 0.5) found.push(`${words} is cut off`);
			if (element.scrollWidth > element.clientWidth + 1) found.push(`${words}: its text is cut off`);
		}
		return found;
	}, [target, narrowest]);
	assert.deepEqual(problems, [], name);
}

// Opens one page, brings it into its state, and looks at it in every size and both colour schemes.
async function look(bench, name, server, { prepare, language = 'en-GB', change, hash = server.code } = {}) {
	const context = await bench.context({ ...phone, locale: language, deviceScaleFactor: 1 });
	const page = await bench.tab(context);
	if (change) {
		await page.routeWebSocket(/.*/, (socket) => {
			const far = socket.connectToServer();
			far.onMessage((text) => socket.send(JSON.stringify(change(JSON.parse(text)))));
		});
	}
	await page.goto(`${server.url}#${hash}`);
	await prepare(page);
	for (const colorScheme of ['light', 'dark']) {
		await page.emulateMedia({ colorScheme });
		for (const [width, height] of sizes) {
			await page.setViewportSize({ width, height });
			await page.screenshot({ path: join(folder, `${name}-${width}x${height}-${colorScheme}.png`), animations: 'allow' });
			await fits(page, `${name} at ${width} x ${height}`);
		}
	}
	await context.close();
}

const playback = (changes) => (message) => {
	if (message.type === 'joined') return { ...message, playback: { ...message.playback, ...changes } };
	return message.type === 'playback' ? { ...message, ...changes } : message;
};

await mkdir(folder, { recursive: true });
await cases('page looks', {
	async 'two buttons, and every state'(bench) {
		const server = await bench.serve('pair', '--title', 'The town library: a speech', '--tick-ms', '60000');
		const like = (page) => page.locator('.press.like').tap();
		await look(bench, 'pair', server, { prepare: like });
		for (const language of ['de', 'ru', 'es']) await look(bench, `pair-${language}`, server, { language, prepare: (page) => state(page, 'live') });
		await look(bench, 'waiting', server, { change: playback({ state: 'stopped', position_ms: 0 }), prepare: (page) => state(page, 'waiting') });
		await look(bench, 'paused', server, { change: playback({ state: 'paused', position_ms: 61000 }), prepare: (page) => state(page, 'paused') });
		await look(bench, 'ended', server, { change: playback({ state: 'ended' }), prepare: (page) => state(page, 'ended') });
		await look(bench, 'wrong', server, { hash: 'ZZZZZZ', prepare: (page) => page.getByText('No session has this code').waitFor() });
		await look(bench, 'elsewhere', server, {
			async prepare(page) {
				await state(page, 'live');
				const second = await bench.tab(page.context());
				await second.goto(`${server.url}#${server.code}`);
				await state(page, 'elsewhere');
			},
		});
	},
	async 'questions'(bench) {
		const server = await bench.serve('ask', '--title', 'The town library', '--attribute', 'Age=18–34|35–54|55 and over', '--attribute', 'Region=North|South');
		await look(bench, 'question', server, { prepare: (page) => page.getByText('55 and over').waitFor() });
	},
	async 'two, three and four targets'(bench) {
		const names = ['Ms Adams', 'Mr Baker', 'Dr Chandrasekharan-Worthington', 'Cllr Davies'];
		for (const n of [2, 3, 4]) {
			const server = await bench.serve(`debate${n}`, '--title', 'Debate of the candidates', ...names.slice(0, n).flatMap((name) => ['--target', name]));
			await look(bench, `targets${n}`, server, { prepare: (page) => page.locator('.press.dislike').first().tap() });
		}
	},
	async 'levels'(bench) {
		for (const [name, scale] of [
			['five', '-2:2:0'],
			['four', '1:4:2.5'],
			['seven', '1:7:4'],
		]) {
			const server = await bench.serve(name, '--title', 'The town library', '--scale', scale);
			await look(bench, `levels-${name}`, server, { prepare: (page) => page.locator('.press').nth(1).tap() });
		}
	},
	async 'dials'(bench) {
		const one = await bench.serve('dial', '--title', 'The town library', '--mode', 'latched');
		await look(bench, 'dial', one, { prepare: (page) => page.getByRole('slider').fill('72') });
		await look(bench, 'dial-new', one, { prepare: (page) => page.getByRole('slider').waitFor() });
		const two = await bench.serve('dials', '--title', 'Debate', '--mode', 'latched', '--scale', '1:7:4', '--target', 'Ms Adams', '--target', 'Mr Baker');
		await look(bench, 'dials', two, { prepare: (page) => page.getByRole('slider').first().fill('2') });
	},
});
