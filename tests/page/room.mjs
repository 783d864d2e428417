// Thirty people in one room: what each of them pressed is what is stored and counted, no more and no less.
import assert from 'node:assert/strict';
import { query } from '../e2e/files.mjs';
import { Road, cases, delivered, kept, press, ready, state } from './lib.mjs';

const people = 30;
const targets = ['Ms Adams', 'Mr Baker'];
const opinion = (person, place) => ((person + place) % 3 === 0 ? 'Dislike' : 'Like');

await cases('page room', {
	async 'thirty pages in thirty contexts'(bench) {
		const server = await bench.serve('room', '--tick-ms', '60000', '--attribute', 'Row=front|back', ...targets.flatMap((name) => ['--target', name]));
		const road = await new Road().start(server.port);
		const pages = [];
		const everyone = (each) => Promise.all(pages.map(each));
		for (let i = 0; i < people; ++i) {
			const page = await bench.phone(i % 3 ? server.url : road.url, server.code);
			pages.push(page);
			await page.getByRole('button', { name: i % 2 ? 'front' : 'back', exact: true }).tap();
			await ready(page);
		}
		const vote = (page, i, place) => press(page.locator(`.row[data-target="${targets[place]}"]`), opinion(i, place));
		await everyone((page, i) => vote(page, i, 0));
		// Every third loses the network, presses all the same, and comes back.
		road.close();
		await everyone((page, i) => (i % 3 ? null : state(page, 'reconnecting')));
		await everyone((page, i) => vote(page, i, 1));
		road.reopen();
		await everyone((page) => state(page, 'live'));
		await everyone((page) => delivered(page, 2));
		const participants = (await everyone(kept)).map(({ participant }) => participant);
		await server.stop();

		const rows = await server.responses();
		assert.equal(new Set(participants).size, people);
		const [{ n }] = await query(server.file, 'select count(*) as n from participant');
		assert.equal(n, people);
		const values = { Like: 1, Dislike: -1 };
		assert.equal(rows.length, people * targets.length);
		participants.forEach((participant, i) => {
			const own = rows.filter((row) => row.participant === participant);
			assert.deepEqual(own.map((row) => row.value), targets.map((_, place) => values[opinion(i, place)]), `person ${i}`);
		});
		const table = (await server.table()).filter((row) => row.segment === 'All');
		targets.forEach((target, place) => {
			const sum = (key) => table.filter((row) => row.target === target).reduce((all, row) => all + Number(row[key] || 0), 0);
			const likes = pages.filter((_, i) => opinion(i, place) === 'Like').length;
			assert.deepEqual([sum('n'), sum('likes'), sum('dislikes')], [people, likes, people - likes], target);
		});
		console.log(`${people} people, ${rows.length} presses, all of them there once`);
	},
});
