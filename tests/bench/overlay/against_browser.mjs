// What a timeline adds to OBS, and what a browser needs for the same chart: 12 lines of 1,440 ticks at 960x160, 30
// frames a second, a playhead that moves. OBS is real, on a screen of its own and drawn in software, without its preview;
// what an image of the same size adds is taken off, so that blending counts for neither. The browser is headless
// Chromium with uPlot, all of its processes.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Program, fail, run } from '../../../ci/lib/processes.mjs';

const ROUNDS = Number(process.argv[3] ?? 5);
const FPS = 30;
const WIDTH = 960;
const HEIGHT = 160;
const TICKS = 1440;
const TICK_MS = 5000;
const GROUPS = 11; // and everybody: twelve lines

const top = resolve(import.meta.dirname, '../../..');
const build = resolve(process.argv[2] ?? join(top, 'build/bench'));
const dir = join(build, 'overlay_browser');
const image = join(dir, 'image.png');
const session = join(dir, 'session.pulse');

async function makeSession() {
	const people = ['participant,group'];
	const rows = ['participant,position_ms,value'];
	for (let group = 1; group <= GROUPS; group++) {
		for (let k = 0; k < 8; k++) {
			const name = `p${group}-${k}`;
			people.push(`${name},g${group}`);
			for (let tick = 0; tick < TICKS; tick++) {
				const wave = Math.sin((tick / TICKS) * 6.3 * (1 + 0.3 * group) + 0.9 * group);
				rows.push(`${name},${tick * TICK_MS + 10 * k},${Math.sign(Math.round(wave * 2 + Math.sin(tick * (k + 1.7))))}`);
			}
		}
	}
	writeFileSync(join(dir, 'people.csv'), people.join('\n') + '\n');
	writeFileSync(join(dir, 'rows.csv'), rows.join('\n') + '\n');
	await run(join(build, 'bin/pulseline'), ['import', join(dir, 'rows.csv'), '-o', session, '--layout', 'long', '--participants', join(dir, 'people.csv')]);
	// As if they had all watched at once: then the session has a clock, and the playhead moves.
	await run('sqlite3', [session, "UPDATE session SET value = '0' WHERE key = 'own_time'"]);
}

// Seconds of the processor's time that the processes have had, and what they have in memory, in MiB: of a single one
// all that it maps, of several their parts in what they share.
function used(pids) {
	const kind = pids.length === 1 ? /^Rss:\s+(\d+)/m : /^Pss:\s+(\d+)/m;
	let cpu_s = 0;
	let memory_MiB = 0;
	for (const pid of pids) {
		const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
		cpu_s += (Number(fields[11]) + Number(fields[12])) / 100;
		memory_MiB += Number(kind.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]) / 1024;
	}
	return { cpu_s, memory_MiB };
}

// A process and all that came from it.
function family(pid) {
	const parents = new Map();
	for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
		try {
			parents.set(Number(name), Number(readFileSync(`/proc/${name}/stat`, 'utf8').replace(/^.*\) /, '').split(' ')[1]));
		} catch {
			// It ended in the meantime.
		}
	}
	const all = [pid];
	for (const one of all) all.push(...[...parents].filter(([, parent]) => parent === one).map(([child]) => child));
	return all;
}

async function measured(pids, seconds) {
	const before = used(pids);
	const began = performance.now();
	await pause(seconds * 1000);
	const after = used(pids);
	return { cpu_s: after.cpu_s - before.cpu_s, seconds: (performance.now() - began) / 1000, memory_MiB: after.memory_MiB };
}

// On a machine that has others' work to do there may be fewer frames: what 30 a second would cost.
function perFrame({ cpu_s, seconds, memory_MiB }, frames) {
	return { cores: (cpu_s / frames) * FPS, memory_MiB, fps: frames / seconds };
}

async function inObs(what, review, seconds) {
	const { withObs } = await import('../../../ci/lib/obs.mjs');
	const plugin = what === 'timeline' && { plugins: `${build}/rundir/obs-plugins`, data: `${build}/rundir/data/obs-plugins` };
	let found;
	await withObs({ dir: join(dir, what), width: 960, height: 540, fps: FPS, preview: false, ...plugin }, async (obs) => {
		await obs.scene('Show');
		if (what === 'timeline') {
			const answer = await obs.vendor(review ? 'OpenSession' : 'StartSession', { path: session });
			if (answer?.error) fail(answer.error);
			if (!review) await obs.vendor('SetPlayback', { state: 'playing', position_ms: (TICKS / 2) * TICK_MS });
			await obs.add('Show', 'pulseline_timeline', 'Timeline', { width: WIDTH, height: HEIGHT, reveal: false });
			const layout = () => obs.vendor('GetLayout', { source: 'Timeline' });
			await obs.until(layout, ({ state }) => ['live', 'stale', 'review'].includes(state), 30000, 'the timeline shows nothing');
		} else {
			await obs.add('Show', 'image_source', 'Image', { file: image });
		}
		await pause(4000); // until OBS has come to rest
		const before = await obs.stats();
		found = await measured([obs.program.child.pid], seconds);
		const { renderTotalFrames } = await obs.stats();
		found = perFrame(found, renderTotalFrames - before.renderTotalFrames);
		if (what === 'timeline') {
			writeFileSync(image, await obs.picture('Timeline'));
			await obs.vendor(review ? 'CloseSession' : 'StopSession');
		}
	});
	return found;
}

async function inChromium(query, seconds) {
	const types = { html: 'text/html', js: 'text/javascript', css: 'text/css' };
	let frames = 0;
	const server = createServer((request, response) => {
		const [path, query] = request.url.split('?');
		if (path === '/frames') frames = Number(query);
		const file = path === '/' ? join(import.meta.dirname, 'chart.html') : join(top, 'data/observe', path);
		response.setHeader('content-type', types[file.split('.').pop()] ?? 'text/plain');
		response.end(path.startsWith('/uplot/') || path === '/' ? readFileSync(file) : '');
	});
	await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
	const flags = ['--headless=new', '--no-sandbox', `--user-data-dir=${join(dir, 'chromium')}`, `--window-size=${WIDTH},${HEIGHT}`, '--hide-scrollbars'];
	const browser = new Program('chromium', [...flags, '--no-first-run', `http://127.0.0.1:${server.address().port}/${query}`]);
	try {
		for (let waited = 0; frames < 60; waited++) {
			if (waited > 300) fail('Chromium does not draw');
			await pause(100);
		}
		await pause(2000);
		const before = frames;
		const found = await measured(family(browser.child.pid), seconds);
		return perFrame(found, frames - before);
	} finally {
		browser.signal('SIGKILL');
		await browser.exited;
		server.closeAllConnections();
		server.close();
	}
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

// `of`: `cores` or `memory_MiB`. Prints two rows: a browser that draws the playhead into the chart, and one that moves a
// layer over a chart that it drew once.
// `review`: the session is closed, so that OBS holds figures, as the page does, and no participants and their responses.
export async function compare({ name, of, unit, review = false, seconds }) {
	await run(join(top, 'ci/node-modules.sh'), []);
	rmSync(dir, { recursive: true, force: true });
	mkdirSync(dir, { recursive: true });
	await makeSession();
	const ours = [];
	const drawn = [];
	const layer = [];
	for (let round = 0; round < ROUNDS; round++) {
		const timeline = await inObs('timeline', review, seconds);
		const plain = await inObs('image', review, seconds);
		const browsers = { drawn: await inChromium('?redraw', seconds), layer: await inChromium('', seconds) };
		console.error(JSON.stringify({ round, timeline, plain, ...browsers }));
		ours.push(timeline[of] - plain[of]);
		drawn.push(browsers.drawn[of]);
		layer.push(browsers.layer[of]);
	}
	const against = (peer, end, how) => {
		const row = { name: name + end, ours: median(ours), peer: median(peer), unit, ratio: median(ours) / median(peer), runs: ROUNDS };
		console.log(JSON.stringify({ ...row, against: `uPlot in headless Chromium, ${how}` }));
	};
	against(drawn, '', 'playhead in the chart');
	against(layer, '_layer', 'playhead a layer over it');
}
