// `pulseline simulate` against `pulseline serve`, and what is in the file afterwards:   node simulate.mjs PULSELINE
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { run } from './serve.mjs';

const pulseline = process.argv[2];

function simulate(session, args, env = {}) {
	const child = spawn(pulseline, ['simulate', '--url', session.url, '--code', session.code, ...args], {
		stdio: ['ignore', 'pipe', 'pipe'],
		env: { ...process.env, ...env },
	});
	let out = '';
	let err = '';
	child.stdout.on('data', (data) => (out += data));
	child.stderr.on('data', (data) => (err += data));
	child.result = new Promise((resolve) => child.on('close', (status) => resolve({ status, out, err })));
	return child;
}

const one = (session, sql) => Object.values(session.query(sql)[0])[0];

await run(pulseline, {
	async 'what it says it sent is what is stored, by whom and from where'(session) {
		await session.serve('--live', '--tick-ms', '1000', '--attribute', 'party=left|right', '--attribute', 'age=young|old');
		const people = ['--participants', '120', '--attribute', 'party=left:70|right:30', '--attribute', 'age=young|old'];
		const { status, out, err } = await simulate(session, [...people, '--duration-s', '5', '--rate', '2']).result;
		assert.equal(status, 0, err);
		assert.equal(err, '', 'nothing on standard error where it is no terminal');
		assert.equal(out.trim().split('\n').length, 1);
		const said = JSON.parse(out);
		assert.equal(await session.stop(), 0);
		assert.equal(said.participants, 120);
		assert.ok(said.sent > 500);
		assert.deepEqual([said.acked, said.refused, said.unacknowledged, said.errors], [said.sent, 0, 0, 0]);
		assert.equal(one(session, 'select count(*) from response'), said.sent);
		assert.equal(one(session, 'select count(*) from (select distinct participant, seq from response)'), said.sent);
		assert.equal(one(session, 'select count(*) from participant where simulated'), 120);
		assert.equal(one(session, 'select count(*) from stratum'), 4);
		assert.ok(said.resumed >= 6, 'five in a hundred lose their connection');
		assert.ok(said.duplicates > 0 && said.late > 0);
		assert.ok(one(session, 'select count(*) from response where value is null') > 0);
		assert.ok(said.ack_p50_ms > 0 && said.ack_p99_ms >= said.ack_p50_ms);
	},

	async 'the same seed brings the same people'(session) {
		await session.serve('--live', '--attribute', 'party=left|right');
		const people = ['--participants', '40', '--duration-s', '0.1', '--attribute', 'party=left|right'];
		const strata =
			'select json_extract(s.attributes, \'$.party\') as party from participant p join stratum s on s.id = p.stratum order by p.rowid';
		for (const seed of ['5', '5', '6']) {
			const { status, err } = await simulate(session, [...people, '--seed', seed]).result;
			assert.equal(status, 0, err);
		}
		await session.stop();
		const rows = session.query(strata).map((row) => row.party);
		assert.equal(rows.length, 120);
		// They come in in any order, so it is how many there are of each that can be compared.
		const lefts = (from) => rows.slice(from, from + 40).filter((party) => party === 'left').length;
		assert.equal(lefts(0), lefts(40));
		assert.notEqual(lefts(0), 0);
	},

	async 'ends at SIGINT with its line'(session) {
		await session.serve('--live', '--tick-ms', '500');
		const child = simulate(session, ['--participants', '10']);
		while (session.query('select count(*) as n from response')[0].n === 0) {
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
		child.kill('SIGINT');
		const { status, out } = await child.result;
		assert.equal(status, 0);
		const said = JSON.parse(out);
		assert.equal(said.sent, said.acked);
		await session.stop();
		assert.equal(one(session, 'select count(*) from response'), said.sent);
	},

	async 'ends with the session'(session) {
		await session.serve('--live', '--tick-ms', '500');
		const child = simulate(session, ['--participants', '10']);
		while (session.query('select count(*) as n from response')[0].n === 0) {
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
		assert.equal(await session.stop(), 0);
		const { status, out } = await child.result;
		assert.equal(status, 0);
		const said = JSON.parse(out);
		assert.equal(one(session, 'select count(*) from response'), said.acked);
	},

	async 'says in one line what is wrong'(session) {
		await session.serve('--live');
		const wrong = [
			[{ ...session, code: 'ZZZZZZ', url: session.url }, [], 1, /no session has this code/],
			[{ ...session, url: 'http://127.0.0.1:1/' }, [], 1, /cannot connect to .*refused/],
			[{ ...session, url: 'nonsense' }, [], 2, /ws:\/\//],
			[session, ['--attribute', 'party'], 2, /name=a:60\|b:40/],
			[session, ['--rate', 'often'], 2, /--rate/],
		];
		for (const [where, args, expected, pattern] of wrong) {
			const { status, out, err } = await simulate(where, ['--participants', '2', ...args]).result;
			assert.equal(status, expected, err);
			assert.equal(out, '');
			assert.match(err, pattern);
			assert.equal(err.trim().split('\n').length, 1);
		}
	},

	async 'comes in over TLS, and only to whom it can trust'(session) {
		await session.serve('--live');
		const folder = mkdtempSync(join(tmpdir(), 'pulseline-tls-'));
		const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
		const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
		const made = ['-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-days', '2', ...subject];
		execFileSync('openssl', ['req', '-x509', ...made], { stdio: 'ignore' });
		const proxy = tls.createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (secure) => {
			const plain = net.connect(session.port, '127.0.0.1');
			secure.pipe(plain).pipe(secure);
			secure.on('error', () => plain.destroy());
			plain.on('error', () => secure.destroy());
		});
		proxy.on('tlsClientError', () => {});
		await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
		const there = { url: `wss://localhost:${proxy.address().port}/`, code: session.code };
		const args = ['--participants', '5', '--duration-s', '1'];
		const trusted = await simulate(there, args, { SSL_CERT_FILE: cert }).result;
		assert.equal(trusted.status, 0, trusted.err);
		assert.equal(JSON.parse(trusted.out).participants, 5);
		const unknown = await simulate(there, args).result;
		assert.equal(unknown.status, 1);
		assert.match(unknown.err, /cert/);
		proxy.close();
		rmSync(folder, { recursive: true });
	},
});
