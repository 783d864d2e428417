// The wire as Node's `ws` sees it:   node node_ws.mjs PULSELINE
import assert from 'node:assert/strict';
import { Client } from './client.mjs';
import { run } from './serve.mjs';

const live = ['--live', '--attribute', 'age=18-34|35+', '--title', 'Über die Bücherei'];

await run(process.argv[2], {
	async 'joins, responds, is acknowledged, and it is in the file'(session) {
		await session.serve(...live);
		const client = await Client.open(session.ws);
		assert.equal(client.socket.protocol, 'pulseline.v1');
		const joined = await client.join(session, { attributes: { age: '35+' } });
		assert.equal(joined.title, 'Über die Bücherei');
		assert.deepEqual(joined.scale, { min: -1, max: 1, neutral: 0 });
		assert.equal(joined.mode, 'reset');
		assert.equal(joined.tick_ms, 5000);
		assert.equal(joined.lag_ms, 0);
		assert.deepEqual(joined.targets, ['main']);
		assert.deepEqual(joined.attributes, [{ name: 'age', label: 'age', values: ['18-34', '35+'] }]);
		assert.equal(joined.playback.state, 'playing');
		assert.equal(joined.last_seq, 0);
		assert.equal(joined.revealed, false);
		const values = [1, -1, null, 0, 0.5];
		values.forEach((value, i) => client.send({ type: 'respond', seq: i + 1, value }));
		assert.equal(await client.acknowledged(5), 5);
		assert.equal(await session.stop(), 0);
		assert.equal(await client.closed, 1001);
		const rows = session.query('select seq, value from response order by seq');
		assert.deepEqual(
			rows.map((row) => row.value),
			values,
		);
		assert.equal(session.query('pragma integrity_check')[0].integrity_check, 'ok');
	},

	async 'acknowledges duplicates again and stores them once'(session) {
		await session.serve(...live);
		const client = await Client.open(session.ws);
		await client.join(session);
		client.send({ type: 'respond', seq: 1, value: 1 });
		await client.acknowledged(1);
		client.send({ type: 'respond', seq: 1, value: -1 });
		await client.acknowledged(1);
		await session.stop();
		assert.deepEqual(session.query('select value from response'), [{ value: 1 }]);
	},

	async 'resumes by token, over a cut connection and a restarted server'(session) {
		await session.serve(...live);
		const first = await Client.open(session.ws);
		const joined = await first.join(session, { attributes: { age: '18-34' } });
		first.send({ type: 'respond', seq: 1, value: 1 });
		await first.acknowledged(1);
		first.socket.terminate();
		await first.closed;
		const second = await Client.open(session.ws);
		const again = await second.join(session, { token: joined.token });
		assert.equal(again.participant, joined.participant);
		assert.equal(again.last_seq, 1);
		second.send({ type: 'respond', seq: 2, value: -1 });
		await second.acknowledged(2);
		const code = session.code;
		assert.equal(await session.stop(), 0);
		await session.serve('--live');
		assert.equal(session.code, code);
		const third = await Client.open(session.ws);
		const last = await third.join(session, { token: joined.token });
		assert.equal(last.participant, joined.participant);
		assert.equal(last.last_seq, 2);
		await session.stop();
		assert.equal(session.query('select count(*) as n from participant')[0].n, 1);
	},

	async 'a second connection with the token takes over'(session) {
		await session.serve(...live);
		const first = await Client.open(session.ws);
		const { token } = await first.join(session);
		const second = await Client.open(session.ws);
		await second.join(session, { token });
		assert.equal(await first.closed, 4001);
		second.send({ type: 'respond', seq: 1, value: 1 });
		await second.acknowledged(1);
	},

	async 'refuses with a code and keeps the connection'(session) {
		await session.serve(...live);
		const client = await Client.open(session.ws);
		const refused = async (message, code, seq) => {
			client.send(message);
			const error = await client.next('error');
			assert.equal(error.code, code, JSON.stringify(message));
			assert.equal(error.seq, seq);
			assert.ok(error.message.length > 5);
		};
		await refused('{', 'bad_json');
		await refused('[1,2]', 'bad_json');
		await refused({ type: 'respond', seq: 3, value: 1 }, 'not_joined', 3);
		await refused({ type: 'wave' }, 'unknown_type');
		await refused({ type: 'join', session: 'ZZZZZZ' }, 'unknown_session');
		await refused({ type: 'join', session: session.code, role: 'observer', key: 'no' }, 'forbidden');
		await refused({ type: 'join', session: session.code, attributes: [] }, 'bad_field');
		client.socket.send(Buffer.from('{"type":"clock","t0":1}'));
		assert.equal((await client.next('error')).code, 'bad_json');
		await client.join(session);
		await refused({ type: 'respond', seq: 0, value: 1 }, 'bad_field');
		await refused({ type: 'respond', seq: 1, value: 1.5 }, 'bad_field', 1);
		await refused({ type: 'respond', seq: 1, value: '1' }, 'bad_field', 1);
		await refused({ type: 'respond', seq: 1, value: 1, target: 'nobody' }, 'bad_field', 1);
		await refused({ type: 'respond', seq: 1, value: 1, age_ms: -5 }, 'bad_field', 1);
		await refused({ type: 'respond', seq: 1, value: 1, position_ms: -5 }, 'bad_position', 1);
		await refused({ type: 'respond', seq: 1, value: 1, position_ms: 86_400_000 }, 'bad_position', 1);
		client.send({ type: 'respond', seq: 1, value: 1 });
		await client.acknowledged(1);
	},

	async 'reads fragments, answers pings, closes only on what is too large'(session) {
		await session.serve(...live);
		const client = await Client.open(session.ws, []);
		assert.equal(client.socket.protocol, '');
		const join = JSON.stringify({ type: 'join', session: session.code.toLowerCase() });
		client.socket.send(join.slice(0, 9), { fin: false });
		client.socket.ping('here');
		client.socket.send(join.slice(9), { fin: true });
		await client.next('joined');
		client.send({ type: 'clock', t0: 12.5, pad: 'x'.repeat(60_000) });
		const clock = await client.next('clock');
		assert.equal(clock.t0, 12.5);
		assert.ok(Math.abs(clock.server_ms - Date.now()) < 60_000);
		assert.deepEqual(client.pongs, ['here']);
		client.send({ type: 'clock', t0: 1, pad: 'x'.repeat(70_000) });
		assert.equal((await client.next('error')).code, 'too_large');
		assert.equal(await client.closed, 1009);
	},

	async 'observers get the series and the running tick'(session) {
		await session.serve(...live, '--tick-ms', '250');
		const observer = await Client.open(session.ws);
		observer.send({ type: 'join', session: session.code, role: 'observer', key: session.keys.observer });
		const joined = await observer.next('joined');
		assert.equal(joined.token, undefined);
		const series = await observer.next('series');
		assert.equal(series.target, 'main');
		assert.deepEqual(Object.keys(series.segments), ['All', '18-34', '35+']);
		const voters = [];
		for (let i = 0; i < 6; ++i) {
			const voter = await Client.open(session.ws);
			await voter.join(session, { attributes: { age: '35+' } });
			voters.push(voter);
		}
		voters.forEach((voter, i) => voter.send({ type: 'respond', seq: 1, value: i === 0 ? -1 : 1, position_ms: 0 }));
		for (;;) {
			const tick = await observer.next('tick');
			if (tick.tick !== 0 || tick.segments.All.n < 6) {
				continue;
			}
			assert.equal(tick.start_ms, 0);
			const { All, '18-34': young, '35+': old } = tick.segments;
			assert.deepEqual([All.present, All.n, All.likes, All.dislikes], [6, 6, 5, 1]);
			assert.ok(Math.abs(All.mean - 4 / 6) < 1e-12);
			assert.ok(Math.abs(All.net - 400 / 6) < 1e-9);
			assert.equal(All.activity, 1);
			assert.deepEqual(old, All);
			assert.deepEqual([young.n, young.mean, young.majority], [0, null, 'suppressed']);
			break;
		}
		observer.send({ type: 'respond', seq: 1, value: 1 });
		assert.equal((await observer.next('error')).code, 'forbidden');
	},

	async 'lets no foreign page in'(session) {
		await session.serve(...live);
		const tries = [
			[{ origin: 'http://evil.example' }, 403],
			[{ headers: { Host: 'evil.example' } }, 403],
		];
		for (const [options, status] of tries) {
			await assert.rejects(Client.open(session.ws, 'pulseline.v1', options), new RegExp(String(status)));
		}
		await assert.rejects(Client.open(`${session.ws}elsewhere`), /404/);
		await assert.rejects(Client.open(session.ws, 'other.v9'), /400/);
		const ours = await Client.open(session.ws, 'pulseline.v1', { origin: session.url.slice(0, -1) });
		await ours.join(session);
	},
});
