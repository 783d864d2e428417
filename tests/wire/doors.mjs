// Certificates, metrics and wrong usage of `pulseline serve`, as Node sees them:   node doors.mjs PULSELINE
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { dirname, join } from 'node:path';
import { connect } from 'node:tls';
import { need } from '../modules.mjs';
import { run } from './serve.mjs';

const { WebSocket } = need('ws');
const pulseline = process.argv[2];

// A self-signed certificate and its key, as NAME.crt and NAME.key beside the session.
function certificate(session, name) {
	const folder = dirname(session.file);
	const files = { cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
	execFileSync('openssl', [
		...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
		...['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', files.key, '-out', files.cert],
	], { stdio: 'pipe' });
	return files;
}

const tls = (files) => ['--live', '--tls-cert', files.cert, '--tls-key', files.key];

// The name in the certificate that the server shows now.
function nameAt(session) {
	return new Promise((resolve, reject) => {
		const socket = connect({ port: session.port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
			resolve(socket.getPeerCertificate().subject.CN);
			socket.destroy();
		});
		socket.on('error', reject);
	});
}

function text(url, options) {
	return new Promise((resolve, reject) => {
		get(url, { rejectUnauthorized: false, ...options }, (response) => {
			let body = '';
			response.on('data', (piece) => (body += piece));
			response.on('end', () => resolve({ status: response.statusCode, body }));
		}).on('error', reject);
	});
}

async function joined(session, options) {
	const socket = new WebSocket(session.ws, 'pulseline.v1', { rejectUnauthorized: false, ...options });
	await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
	const answer = new Promise((resolve) => socket.once('message', (data) => resolve(JSON.parse(data))));
	socket.send(JSON.stringify({ type: 'join', session: session.code }));
	return { socket, answer: await answer };
}

function refused(session, options, status) {
	const done = spawnSync(pulseline, ['serve', session.file, '--port', '0', ...options], { encoding: 'utf8' });
	assert.equal(done.status, status, `${options.join(' ')}: ${done.stderr}`);
	assert.match(done.stderr, /^[^\n]+\n$/, 'one line');
	assert.equal(done.stdout, '');
	return done.stderr;
}

await run(pulseline, {
	async 'serves the page, the WebSocket and metrics over TLS'(session) {
		await session.serve(...tls(certificate(session, 'first')));
		assert.match(session.url, /^https:\/\/127\.0\.0\.1:\d+\/$/);
		const { socket, answer } = await joined(session);
		assert.equal(answer.type, 'joined');
		assert.equal((await text(`${session.url}healthz`)).body, 'ok\n');
		assert.match((await text(session.url)).body, /<html/);
		socket.send(JSON.stringify({ type: 'respond', seq: 1, value: 1, position_ms: 0 }));
		await new Promise((resolve) =>
			socket.on('message', (data) => JSON.parse(data).type === 'ack' && resolve()));
		assert.match((await text(`${session.url}metrics`)).body, /^pulseline_responses_total\{outcome="counted"\} 1$/m);
		assert.equal(await session.stop(), 0);
	},

	async 'takes a new certificate on SIGHUP, and no bad one'(session) {
		const first = certificate(session, 'first');
		const second = certificate(session, 'second');
		const third = certificate(session, 'third');
		await session.serve(...tls(first));
		const { socket } = await joined(session);
		assert.equal(await nameAt(session), 'first');
		renameSync(second.cert, first.cert);
		renameSync(second.key, first.key);
		session.signal('SIGHUP');
		while ((await nameAt(session)) !== 'second');
		renameSync(third.cert, first.cert);
		session.signal('SIGHUP');
		await session.complaint();
		assert.equal(await nameAt(session), 'second');
		assert.equal(socket.readyState, WebSocket.OPEN, 'who is there stays');
		assert.equal(await session.stop(), 0);
	},

	async 'says what is wrong with a certificate'(session) {
		const first = certificate(session, 'first');
		const second = certificate(session, 'second');
		const nonsense = join(dirname(session.file), 'nonsense.pem');
		writeFileSync(nonsense, 'nonsense');
		assert.match(refused(session, tls({ cert: '/nowhere.pem', key: first.key }), 1), /nowhere\.pem/);
		assert.match(refused(session, tls({ cert: nonsense, key: first.key }), 1), /nonsense\.pem/);
		assert.match(refused(session, tls({ cert: first.cert, key: nonsense }), 1), /nonsense\.pem/);
		assert.match(refused(session, tls({ cert: first.cert, key: second.key }), 1), /does not belong/);
		assert.match(refused(session, ['--tls-cert', first.cert], 2), /together/);
	},

	async 'is used wrongly with addresses that are none'(session) {
		for (const bind of ['foo', '', 'http://127.0.0.1', '127.0.0.1:80']) {
			refused(session, ['--bind', bind], 2);
		}
		for (const url of ['foo', 'ftp://x.example/', 'https://', 'https://a b/', 'https://x@y.example/', 'https://x:99999/']) {
			refused(session, ['--public-url', url], 2);
		}
		refused(session, ['--rate', '-1'], 2);
		refused(session, ['--max-connections', '0'], 2);
		refused(session, ['--bind', '192.0.2.1'], 1);
	},

	async 'goes by its public name too, behind a proxy'(session) {
		await session.serve('--live', '--public-url', 'https://Vote.Example.org/');
		assert.equal(session.public_url, 'https://Vote.Example.org/');
		assert.match(session.url, /^http:\/\/127\.0\.0\.1:/);
		const { answer } = await joined(session, {
			headers: { Host: 'vote.example.org', Origin: 'https://vote.example.org', 'X-Forwarded-For': '192.0.2.7' },
		});
		assert.equal(answer.type, 'joined');
		for (const headers of [
			{ Host: 'vote.example.org.evil.example' },
			{ Host: 'vote.example.org', Origin: 'https://evil.example' },
			{ Host: 'vote.example.org', Origin: 'null' },
		]) {
			await assert.rejects(joined(session, { headers }), /403/, JSON.stringify(headers));
		}
	},
});
