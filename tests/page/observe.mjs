// The observer page: its figures are those of `pulseline table`, also after a cut; its key stays where it belongs.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Road, audit, build, button, cases, state } from './lib.mjs';

const columns = ['n', 'mean', 'ci', 'net', 'activity', 'majority'];
const party = ['--attribute', 'party=Red:0.5|Blue:0.3|Grey:0.2'];

// The table of one tick as it is read: a line of words for each segment.
const read = (page) =>
	page.locator('tbody tr').evaluateAll((rows, keys) => Object.fromEntries(rows.map((row) => [row.dataset.segment, keys.map((key) => row.querySelector(`[data-key=${key}]`).textContent)])), columns);

// The same from a row of `pulseline table`.
function written({ n, present, mean, ci_low, ci_high, net, activity, majority }) {
	if (majority === 'suppressed') return [n, '–', '–', '–', '–', 'too few people'];
	const places = (value) => new Intl.NumberFormat('en-GB', { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(value);
	const whole = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0, signDisplay: 'exceptZero' }).format(net);
	return [`${n} of ${present}`, places(mean), `${places(ci_low)} – ${places(ci_high)}`, whole, `${new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 }).format(activity * 100)}%`, majority];
}

const address = (url, { code, keys }) => `${url}observe#${code}.${keys.observer}`;
const folder = join(build, 'page-pictures');
await mkdir(folder, { recursive: true });
const tablet = { viewport: { width: 1024, height: 768 } };

await cases('page observe', {
	async 'the figures of every tick, segment and target, with a cut in the middle'(bench) {
		const server = await bench.serve('figures', '--tick-ms', '1000', '--duration-ms', '8000', '--attribute', 'party=Red|Blue|Grey', '--target', 'Ms Adams', '--target', 'Mr Baker');
		await server.ask('SetPlayback', { state: 'paused', position_ms: 1000 });
		const road = await new Road().start(server.port);
		const page = await bench.tab(await bench.context(tablet));
		await page.goto(address(road.url, server));
		await state(page, 'live');
		await server.ask('SetPlayback', { state: 'playing', position_ms: 1000 });
		const audience = server.simulate(40, 8, ...party);
		await page.locator('tr[data-segment="All"][data-majority]:not([data-majority="suppressed"]):not([data-majority=""])').waitFor();
		road.close();
		await state(page, 'reconnecting');
		await page.getByText('not the latest').first().waitFor();
		await audience;
		road.reopen();
		await state(page, 'live');
		await page.getByText('The speech has ended').waitFor();

		const table = await server.table(5);
		const ticks = 1 + Math.max(...table.map(({ tick }) => Number(tick)));
		assert.ok(table.some(({ majority }) => majority === 'suppressed') && table.some(({ majority }) => majority === 'like'));
		const slider = page.getByLabel('Figures for');
		await page.waitForFunction((last) => document.getElementById('at').max === String(last), ticks - 1);
		for (const target of ['Ms Adams', 'Mr Baker']) {
			await page.getByLabel('Reactions to').selectOption(target);
			for (let tick = 0; tick < ticks; ++tick) {
				await slider.fill(String(tick));
				const rows = table.filter((row) => row.target === target && Number(row.tick) === tick);
				const expected = Object.fromEntries(rows.map((row) => [row.segment, written(row)]));
				const seen = await read(page);
				assert.deepEqual(Object.keys(seen), ['All', 'Blue', 'Grey', 'Red']);
				assert.deepEqual(seen, { ...seen, ...expected }, `${target}, tick ${tick}`);
			}
		}
		await server.stop();
		await state(page, 'over');
		assert.deepEqual(Object.keys(await read(page)), ['All', 'Blue', 'Grey', 'Red']);
	},

	async 'markers, and the words that are being said, also after a cut'(bench) {
		const server = await bench.serve('notes', '--tick-ms', '1000', '--duration-ms', '60000');
		const transcript = `${server.file}.csv`;
		await writeFile(transcript, 'start_ms,end_ms,text\n1000,20000,Good evening.\n20000,50000,We will build the library.\n');
		await server.ask('SetPlayback', { state: 'paused', position_ms: 10000 });
		const road = await new Road().start(server.port);
		const page = await bench.tab(await bench.context(tablet));
		const marks = () => page.locator('#marks li').allTextContents();
		await page.goto(address(road.url, server));
		await state(page, 'live');
		assert.ok(await page.locator('#said').isHidden());
		assert.ok(await page.locator('#marks').isHidden());
		await server.ask('OpenTranscript', { path: transcript });
		await page.getByText('Good evening.').waitFor();
		await server.ask('AddMarker', { text: 'applause' });
		await server.ask('AddMarker', { text: 'boos', position_ms: 5000 });
		await page.getByRole('listitem').nth(1).waitFor();
		assert.deepEqual(await marks(), ['0:05 boos', '0:10 applause']);
		// On the time axis, each where its tick would be: at a twelfth and a sixth of the minute.
		const place = async (text) => {
			const [mark, over] = await page.evaluate((words) => {
				const found = [...document.querySelectorAll('.mark')].find((one) => one.textContent === words);
				return [found, document.querySelector('.u-over')].map((one) => one.getBoundingClientRect().toJSON());
			}, text);
			return Math.round((60 * (mark.left - over.left)) / over.width);
		};
		assert.deepEqual([await place('boos'), await place('applause')], [5, 10]);

		road.close();
		await state(page, 'reconnecting');
		await server.ask('SetPlayback', { state: 'paused', position_ms: 30000 });
		await server.ask('AddMarker', { text: 'interruption' });
		road.reopen();
		await state(page, 'live');
		await page.getByText('We will build the library.').waitFor();
		await page.getByRole('listitem').nth(2).waitFor();
		assert.deepEqual(await marks(), ['0:05 boos', '0:10 applause', '0:30 interruption']);
		assert.deepEqual(await audit(page), []);
		await page.screenshot({ path: join(folder, 'observe-notes.png') });
		await server.ask('SetPlayback', { state: 'paused', position_ms: 55000 });
		await page.waitForFunction(() => document.getElementById('said').textContent === '');
	},

	async 'the key: asked for, in no request, and forgotten with the tab'(bench) {
		const server = await bench.serve('key');
		const page = await bench.tab(await bench.context(tablet));
		const asked = [];
		page.on('request', (request) => asked.push(request.url()));
		await page.goto(`${server.url}observe`);
		await page.getByLabel('Code of the session').fill(server.code);
		await page.getByLabel('Observer key').fill('nonsense');
		await button(page, 'Watch').click();
		await page.getByText('not the observer key').waitFor();
		await page.getByLabel('Observer key').fill(server.keys.observer);
		await page.keyboard.press('Enter');
		await state(page, 'live');
		await page.reload();
		await state(page, 'live');
		await page.goto(address(server.url, server));
		await page.waitForFunction((code) => location.hash === `#${code}`, server.code);
		await state(page, 'live');
		const kept = await page.evaluate(() => [JSON.stringify(localStorage), document.cookie]);
		assert.ok(!asked.concat(kept, page.url()).some((words) => words.includes(server.keys.observer)));
		await page.getByText('Watch another session').click();
		await state(page, 'form');
		assert.equal(await page.evaluate(() => sessionStorage.length), 0);
	},

	async 'by keyboard alone'(bench) {
		const server = await bench.serve('keys', '--tick-ms', '1000', '--duration-ms', '6000', '--attribute', 'party=Red|Blue|Grey');
		const page = await bench.tab(await bench.context(tablet));
		await page.goto(address(server.url, server));
		await server.simulate(20, 6, ...party);
		await page.getByText('The speech has ended').waitFor();
		await page.locator('#title').focus();
		const focused = (what) => page.waitForFunction((wanted) => document.activeElement.matches(wanted), what);
		await page.keyboard.press('Tab');
		await focused('#measure');
		await page.keyboard.press('ArrowDown');
		await page.getByText('Likes minus dislikes, in % of those who answered.').waitFor();
		await page.keyboard.press('Tab');
		await focused('#at');
		await page.keyboard.press('Home');
		await page.getByText('0:00 to 0:01', { exact: true }).waitFor();
		await page.keyboard.press('End');
		await page.getByText('the latest').waitFor();
		await page.keyboard.press('Tab');
		await focused('.figures');
		await page.keyboard.press('Tab');
		await page.keyboard.press('Space');
		await focused('[data-segment="All"] input:not(:checked)');
		await page.keyboard.press('Space');
		await focused('[data-segment="All"] input:checked');
	},
});
