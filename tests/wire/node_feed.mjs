// A feed and mirrors over Node's `ws`, and what `pulseline table` says afterwards:   node node_feed.mjs PULSELINE
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { Client } from './client.mjs';
import { run } from './serve.mjs';

const pulseline = process.argv[2];
const ages = ['18-34', '35+', ''];
const targets = ['Ms Adams', 'Mr Bell'];
const dial = ['--mode', 'latched', '--scale', '1:7:4', '--tick-ms', '1000', '--duration-ms', '60000']
	.concat(['--attribute', 'age=18-34|35+'])
	.concat(targets.flatMap((target) => ['--target', target]));

// The same numbers every time (mulberry32).
function randomFrom(seed) {
	return (below) => {
		seed = (seed + 0x6d2b79f5) | 0;
		let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) % below;
	};
}

async function feedOf(session) {
	const feed = await Client.open(session.ws);
	await feed.join(session, { role: 'feed', key: session.keys.feed });
	return feed;
}

const batch = (number, rows) => ({
	type: 'respond_many',
	batch: number,
	participant: rows.map((row) => row.who),
	seq: rows.map((row) => row.seq),
	position_ms: rows.map((row) => row.at),
	value: rows.map((row) => row.value),
	target: rows.map((row) => row.target),
});

// What a mirror makes of its messages.
class Mirror {
	cells = new Map();
	strata = [];
	parts = [];

	constructor(client) {
		this.client = client;
	}

	static async open(session) {
		const client = await Client.open(session.ws);
		await client.join(session, { role: 'mirror', key: session.keys.mirror });
		return new Mirror(client);
	}

	take(message) {
		if (message.part === 'first') {
			this.cells.clear();
			this.strata = [];
		}
		assert.equal(message.tick_ms, 1000);
		assert.equal(message.lag_ms, 0);
		this.parts.push(message.part);
		this.strata.push(...message.strata);
		for (const [stratum, target, tick, ...figures] of message.rows) {
			this.cells.set(JSON.stringify([this.strata[stratum].age, target, tick]), figures);
		}
	}

	async until(good) {
		while (!good(this)) {
			this.take(await this.client.next('cells'));
		}
	}

	total() {
		return [...this.cells.values()].reduce((sum, figures) => sum + figures[1], 0);
	}
}

// Every cell that is not empty, as `pulseline table` counts the file.
function table(session) {
	const segments = ages.flatMap((age) => ['--segment', `${age || 'none'}=age=${age}`]);
	const csv = execFileSync(pulseline, ['table', session.file, '--min-n', '1', ...segments], { encoding: 'utf8' });
	const [head, ...rows] = csv
		.trim()
		.split(/\r?\n/)
		.map((line) => line.split(','));
	const cells = new Map();
	for (const row of rows) {
		const at = (name) => row[head.indexOf(name)];
		const [present, n, likes, dislikes] = ['present', 'n', 'likes', 'dislikes'].map((name) => Number(at(name)));
		if (present > 0) {
			const age = at('segment') === 'none' ? '' : at('segment');
			const key = JSON.stringify([age, at('target'), Number(at('tick'))]);
			cells.set(key, { present, n, likes, dislikes, mean: n > 0 ? Number(at('mean')) : null });
		}
	}
	return cells;
}

function assertSame(mirror, counted) {
	assert.deepEqual([...mirror.cells.keys()].sort(), [...counted.keys()].sort());
	for (const [key, [present, n, likes, dislikes, sum]] of mirror.cells) {
		const expected = counted.get(key);
		assert.deepEqual([present, n, likes, dislikes], [expected.present, expected.n, expected.likes, expected.dislikes]);
		assert.ok(n === 0 || Math.abs(sum / n - expected.mean) < 1e-9, key);
	}
}

await run(pulseline, {
	async 'what a feed sends is what mirrors, the file and the table have'(session) {
		await session.serve(...dial);
		const random = randomFrom(1);
		const early = await Mirror.open(session);
		const feed = await feedOf(session);
		const people = Array.from({ length: 200 }, (_, i) => `p${i}`);
		const items = Object.fromEntries(people.slice(0, 150).map((who, i) => [who, i % 3 < 2 ? { age: ages[i % 3] } : {}]));
		feed.send({ type: 'participants', items });
		const rows = people.flatMap((who) =>
			Array.from({ length: 30 }, (_, i) => ({
				who,
				seq: i + 1,
				at: random(60001),
				value: random(5) === 0 ? null : 1 + random(61) / 10,
				target: random(3) === 0 ? null : targets[random(2)],
			})),
		);
		const sent = rows.map((row) => [random(1e9), row]).sort((a, b) => a[0] - b[0]);
		const wrong = { who: 'p0', seq: 99, at: 0, value: 8, target: null };
		let batches = 0;
		while (sent.length > 0) {
			const some = sent.splice(0, 500).map(([, row]) => row);
			feed.send(batch(++batches, [some[0], wrong, ...some, { ...wrong, value: 4, at: 60001 }]));
		}
		for (let number = 1; number <= batches; ++number) {
			const ack = await feed.next('ack');
			assert.equal(ack.batch, number, 'in order');
			assert.deepEqual(ack.refused.map(([, code]) => code), ['bad_field', 'bad_position']);
			assert.equal(ack.refused[0][0], 1);
		}
		const late = await Mirror.open(session);
		await late.until((mirror) => mirror.parts.includes('last'));
		assert.equal(late.parts[0], 'first');
		await early.until((mirror) => mirror.parts.includes('last') && mirror.total() === late.total());
		assert.deepEqual(early.parts.slice(0, 2), ['first', 'last']);
		assert.equal(await session.stop(), 0);
		assert.deepEqual(session.query('select count(*) as n from response'), [{ n: rows.length }]);
		assert.equal(session.query("select count(*) as n from participant where id like 'feed/p%'")[0].n, 200);
		const counted = table(session);
		assertSame(late, counted);
		assertSame(early, counted);
	},

	async 'people and responses are found again after a restart'(session) {
		await session.serve(...dial);
		const rows = [
			{ who: 'a', seq: 1, at: 0, value: 4, target: null },
			{ who: 'b', seq: 1, at: 500, value: 7, target: 'Mr Bell' },
		];
		const first = await feedOf(session);
		first.send({ type: 'participants', items: { a: { age: '35+' } } });
		first.send(batch(1, rows));
		assert.deepEqual(await first.next('ack'), { type: 'ack', batch: 1, refused: [] });
		await session.stop('SIGKILL');
		await session.serve();
		const second = await feedOf(session);
		second.send({ type: 'participants', items: { a: { age: '18-34' } } });
		second.send(batch(1, [...rows, { who: 'a', seq: 2, at: 1000, value: null, target: null }]));
		assert.deepEqual(await second.next('ack'), { type: 'ack', batch: 1, refused: [] });
		await session.stop();
		assert.deepEqual(session.query('select participant, seq, value from response order by rowid'), [
			{ participant: 'feed/a', seq: 1, value: 4 },
			{ participant: 'feed/b', seq: 1, value: 7 },
			{ participant: 'feed/a', seq: 2, value: null },
		]);
		const [{ attributes }] = session.query(
			"select s.attributes from participant p join stratum s on s.id = p.stratum where p.id = 'feed/a'",
		);
		assert.match(attributes, /35\+/, 'the first attributes stand');
	},

	async 'a whole minute of a hall in one message of four megabytes'(session) {
		await session.serve(...dial);
		const feed = await feedOf(session);
		const rows = Array.from({ length: 60_000 }, (_, i) => ({
			who: `seat-${i % 1000}`,
			seq: 1 + Math.floor(i / 1000),
			at: 1000 * Math.floor(i / 1000),
			value: 1 + (i % 7),
			target: targets[i % 2],
		}));
		const message = batch(7, rows);
		message.pad = 'x'.repeat(4 * 1024 * 1024 - JSON.stringify(message).length - 9);
		assert.equal(JSON.stringify(message).length, 4 * 1024 * 1024);
		feed.send(message);
		assert.deepEqual(await feed.next('ack'), { type: 'ack', batch: 7, refused: [] });
		const mirror = await Mirror.open(session);
		await mirror.until(({ parts }) => parts.includes('last'));
		assert.equal(mirror.total(), 60_000);
		feed.send({ ...message, pad: `${message.pad}x` });
		assert.equal((await feed.next('error')).code, 'too_large');
		assert.equal(await feed.closed, 1009);
	},

	async 'each role has its own key and says only its own'(session) {
		await session.serve(...dial);
		const refused = async (client, message, code, batchNumber) => {
			client.send(message);
			const error = await client.next('error');
			assert.deepEqual([error.code, error.batch], [code, batchNumber], JSON.stringify(message));
		};
		const client = await Client.open(session.ws);
		const some = batch(3, [{ who: 'a', seq: 1, at: 0, value: 4, target: null }]);
		await refused(client, some, 'not_joined', 3);
		await refused(client, { type: 'participants', items: {} }, 'not_joined');
		for (const role of ['feed', 'mirror', 'observer']) {
			for (const [name, key] of Object.entries(session.keys)) {
				if (name !== role) {
					await refused(client, { type: 'join', session: session.code, role, key }, 'forbidden');
				}
			}
			await refused(client, { type: 'join', session: session.code, role }, 'forbidden');
		}
		const mirror = await Mirror.open(session);
		await refused(mirror.client, some, 'forbidden', 3);
		const feed = await feedOf(session);
		await refused(feed, { type: 'respond', seq: 1, value: 4, position_ms: 0 }, 'forbidden');
		await refused(feed, { ...some, seq: [1, 2] }, 'bad_field', 3);
		await refused(feed, { ...some, value: undefined }, 'bad_field', 3);
		await refused(feed, { ...some, participant: 'a' }, 'bad_field', 3);
		await refused(feed, { ...some, batch: 'three' }, 'bad_field');
		await refused(feed, { type: 'participants', items: [] }, 'bad_field');
		await refused(feed, { type: 'participants', items: { a: { age: 35 } } }, 'bad_field');
		await refused(feed, { type: 'participants', items: { [`${'x'.repeat(65)}`]: {} } }, 'bad_field');
		feed.send(some);
		assert.deepEqual(await feed.next('ack'), { type: 'ack', batch: 3, refused: [] });
	},
});
