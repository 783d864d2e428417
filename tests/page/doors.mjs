// Who may come in: doors that close, and tickets that let in one person each.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { query } from '../e2e/files.mjs';
import { audit, button, cases, delivered, loseJoined, press, ready, state } from './lib.mjs';

const pressed = 'value is not null';

// What the cards of a printed sheet say under their QR codes.
const ticketsOf = async (sheet) => [...(await readFile(sheet, 'utf8')).matchAll(/<b>(.*?)<\/b>/g)].map((found) => found[1]);

await cases('page doors', {
	async 'closed doors: who is in stays in and comes back, who is new is told in words'(bench) {
		const server = await bench.serve('doors', '--attribute', 'Age=young|old');
		const member = await bench.phone(server.url, server.code);
		await button(member, 'young').tap();
		await ready(member);
		const late = await bench.phone(server.url, server.code);
		await button(late, 'young').waitFor();
		await server.ask('SetDoors', { doors: 'closed' });
		await press(member, 'Like');
		await delivered(member, 1);
		await member.reload();
		await ready(member);
		await press(member, 'Dislike');
		await delivered(member, 2);

		// Who was at the questions already, and who comes only now.
		await button(late, 'young').tap();
		await late.getByText('The doors are closed.').waitFor();
		const [none, german] = [await bench.phone(server.url, server.code), await bench.phone(server.url, server.code, { locale: 'de-DE' })];
		await none.getByText('The doors are closed').waitFor();
		await state(none, 'notLetIn');
		assert.equal(await none.locator('.choice').count(), 0);
		assert.deepEqual(await audit(none), []);
		await german.getByText('Die Türen sind zu').waitFor();

		await server.ask('SetDoors', { doors: 'open' });
		await none.reload();
		await button(none, 'old').tap();
		await ready(none);
		await server.stop();
		assert.equal((await query(server.file, 'select * from participant')).length, 2);
		assert.equal((await server.responses(pressed)).length, 2);
	},

	async 'a ticket lets in one person: the same browser again, another one never'(bench) {
		const sheet = `${(await bench.serve('spare')).file}.html`;
		const server = await bench.serve('tickets', '--title', 'The town library', '--tickets', '3', '--ticket-sheet', sheet);
		const [first, second] = await ticketsOf(sheet);
		const context = await bench.context();
		const page = await bench.tab(context);
		await page.goto(`${server.url}#${first}`);
		await ready(page);
		await press(page, 'Like');
		await page.waitForFunction(() => Object.values(localStorage).some((entry) => JSON.parse(entry).queue.every((item) => item[4])));
		const again = await bench.tab(context);
		await page.close();
		await again.goto(`${server.url}#${first}`);
		await ready(again);
		await press(again, 'Dislike');

		const other = await bench.phone(server.url, first);
		await other.getByText('This ticket has been used on another device.').waitFor();
		await state(other, 'notLetIn');
		const without = await bench.phone(server.url, server.code, { locale: 'es-ES' });
		await without.getByText('Se necesita una entrada').waitFor();
		const wrong = await bench.phone(server.url, `${server.code}.ABCDEFGHJKMNPQRS`);
		await wrong.getByText('This session needs a ticket').waitFor();
		// By hand, as it is printed.
		await wrong.goto(server.url);
		await wrong.getByLabel('Code from the screen').fill(second.toLowerCase());
		await wrong.keyboard.press('Enter');
		await ready(wrong);
		await again.waitForFunction(() => Object.values(localStorage).some((entry) => JSON.parse(entry).queue.every((item) => item[4])));

		// Also after a restart.
		await server.stop();
		server.args.splice(-4);
		await server.start();
		await other.reload();
		await other.getByText('This ticket has been used').waitFor();
		await server.stop();
		assert.equal((await query(server.file, 'select * from participant')).length, 2);
		assert.deepEqual((await server.responses(pressed)).map((row) => row.value), [1, -1]);
		// The file knows the tickets by their hashes alone.
		const kept = await query(server.file, 'select * from ticket');
		assert.deepEqual(kept.map(({ participant }) => !!participant).sort(), [false, true, true]);
		const bytes = (await readFile(server.file)).toString('latin1');
		for (const ticket of [first, second]) assert.ok(!bytes.includes(ticket.split('.')[1].replaceAll('-', '')));
	},

	async 'two tabs with one ticket are one person'(bench) {
		const sheet = `${(await bench.serve('spare3')).file}.html`;
		const server = await bench.serve('twoTabs', '--attribute', 'Age=young|old', '--tickets', '1', '--ticket-sheet', sheet);
		const [ticket] = await ticketsOf(sheet);
		const context = await bench.context();
		const tabs = [await bench.tab(context), await bench.tab(context)];
		for (const page of tabs) {
			await page.addInitScript(() => addEventListener('storage', (event) => event.stopImmediatePropagation(), true));
			await page.goto(`${server.url}#${ticket}`);
			await button(page, 'old').waitFor();
		}
		await Promise.all(tabs.map((page) => button(page, 'old').tap()));
		const left = await Promise.any(tabs.map(async (page) => (await state(page, 'elsewhere'), page)));
		const stays = tabs.find((page) => page !== left);
		await ready(stays);
		await button(left, 'Use this tab instead').tap();
		await ready(left);
		await state(stays, 'elsewhere');
		await server.stop();
		assert.equal((await query(server.file, 'select * from participant')).length, 1);
	},

	async 'a ticket whose answer was lost is not lost'(bench) {
		const sheet = `${(await bench.serve('spare2')).file}.html`;
		const server = await bench.serve('lostTicket', '--tickets', '1', '--ticket-sheet', sheet);
		const [ticket] = await ticketsOf(sheet);
		const page = await bench.tab(await bench.context());
		const { lost } = await loseJoined(page);
		await page.goto(`${server.url}#${ticket}`);
		await lost;
		await ready(page);
		await press(page, 'Like');
		await page.waitForFunction(() => Object.values(localStorage).some((entry) => JSON.parse(entry).queue.every((item) => item[4])));
		await server.stop();
		assert.equal((await query(server.file, 'select * from participant')).length, 1);
		assert.equal((await server.responses(pressed)).length, 1);
	},

	async 'who is taken out of the count is gone from the figures, and comes back'(bench) {
		const server = await bench.serve('out', '--tick-ms', '60000', '--duration-ms', '60000');
		const observer = await bench.tab(await bench.context({ viewport: { width: 1024, height: 768 } }));
		await observer.goto(`${server.url}observe#${server.code}.${server.keys.observer}`);
		const pages = [];
		for (let i = 0; i < 6; ++i) {
			pages.push(await bench.phone(server.url, server.code));
			await ready(pages[i]);
			await press(pages[i], i ? 'Like' : 'Dislike');
			await delivered(pages[i], 1);
		}
		const net = observer.locator('tr[data-segment="All"] [data-key="net"]');
		const n = observer.locator('tr[data-segment="All"] [data-key="n"]');
		await n.getByText('6 of 6', { exact: true }).waitFor();
		await net.getByText('+67', { exact: true }).waitFor();
		const { participant } = await pages[0].evaluate(() => JSON.parse(Object.values(localStorage)[0]));
		await server.ask('SetParticipant', { participant, counts: false });
		await n.getByText('5 of 5', { exact: true }).waitFor();
		await net.getByText('+100', { exact: true }).waitFor();
		// What they do meanwhile is kept, too; and it stays so over a restart.
		await press(pages[0], 'Like');
		await delivered(pages[0], 2);
		await server.kill();
		await server.start();
		await state(observer, 'live');
		await n.getByText('5 of 5', { exact: true }).waitFor();
		await server.ask('SetParticipant', { participant, counts: true });
		await n.getByText('6 of 6', { exact: true }).waitFor();
		await net.getByText('+100', { exact: true }).waitFor();
		await server.stop();
		assert.equal((await server.responses(pressed)).length, 7);
	},
});
