// The demonstration: demo.mjs BUILD VIDEO OUT. See ci/demo.
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, parse, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkSame, liveliest, readCsv } from './accounts.mjs';
import { withObs } from './obs.mjs';
import { ink, pixels } from './pictures.mjs';
import { Program, fail, run, script } from './processes.mjs';

const PEOPLE = 320;
const CANVAS = { width: 1280, height: 720, fps: 20, preview: false };
const SCENE = 'Showing';
const VIDEO = 'Speech';
const OVERLAY = 'Reactions';
const ATTRIBUTES = [
	{ name: 'age', label: 'Age', share: { '18-34': 0.3, '35-59': 0.4, '60+': 0.3 } },
	{ name: 'district', label: 'District', share: { Hillside: 0.5, Riverside: 0.5 } },
];

const [build, video, out] = process.argv.slice(2).map((path) => resolve(path));
const pulseline = join(build, 'bin/pulseline');
const top = fileURLToPath(new URL('../../', import.meta.url));

function clock(ms) {
	const s = Math.round(ms / 1000);
	return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`;
}

async function probe(file) {
	const lines = await run('ffprobe', ['-v', 'error', '-show_streams', '-show_format', '-of', 'json', file]).catch(() => {
		fail(`${file} cannot be read as a video`);
	});
	const { streams = [], format = {} } = JSON.parse(lines.join('\n'));
	const pictures = streams.filter((s) => s.codec_type === 'video' && !s.disposition?.attached_pic);
	return { pictures, duration_ms: Math.round(1000 * Number(format.duration ?? pictures[0]?.duration)) };
}

// How long the video is; a file without a moving picture or an end cannot be shown.
async function measure(file) {
	const { pictures, duration_ms } = await probe(file);
	if (pictures.length === 0) fail(`${file} has no moving picture; the overlay needs a video to stand on`);
	if (!(duration_ms >= 5000)) fail(`${file} is shorter than 5 s, or its length is unknown`);
	return duration_ms;
}

async function ask(obs, type, data) {
	const answer = (await obs.vendor(type, data, 60000)) ?? {};
	if (answer.error) fail(`${type}: ${answer.error}`);
	return answer;
}

async function setStage(obs) {
	await obs.scene(SCENE);
	const { inputUuid } = await obs.addVideo(SCENE, VIDEO, video);
	const { baseWidth, baseHeight } = await obs.call('GetVideoSettings');
	const height = Math.round(baseHeight * 0.34);
	const { sceneItemId } = await obs.add(SCENE, 'pulseline_timeline', OVERLAY, { width: baseWidth, height });
	const sceneItemTransform = { positionX: 0, positionY: baseHeight - height };
	await obs.call('SetSceneItemTransform', { sceneName: SCENE, sceneItemId, sceneItemTransform });
	return inputUuid;
}

function openDoors(obs, path, follow, duration_ms) {
	return ask(obs, 'StartSession', {
		path,
		title: parse(video).name,
		// Some forty points over a speech of a minute or two, five seconds each on anything longer.
		tick_ms: duration_ms < 200000 ? 2000 : 5000,
		lag_ms: 500,
		attributes: ATTRIBUTES.map(({ name, label, share }) => ({ name, label, values: Object.keys(share).map((value) => ({ value })) })),
		follow,
	});
}

// The audience. It ends by itself when the speech is over and all is acknowledged, with its count as a line of JSON.
function invite(url, code) {
	const attributes = ATTRIBUTES.flatMap(({ name, share }) => {
		const values = Object.entries(share).map(([value, p]) => `${value}:${p}`);
		return ['--attribute', `${name}=${values.join('|')}`];
	});
	const where = ['--url', url.replace(/^http/, 'ws'), '--code', code, '--participants', String(PEOPLE)];
	return new Program(pulseline, ['simulate', ...where, '--seed', '7', ...attributes]);
}

// Follows the showing to its end and says how it goes. Gives how long after `began` the speech was at its start.
async function watch(obs, duration_ms, began) {
	const offsets = [];
	const every = process.stdout.isTTY ? 1000 : 10000;
	let next = 0;
	const look = async () => {
		const { mediaCursor, mediaState } = await obs.call('GetMediaInputStatus', { inputName: VIDEO });
		if (mediaState === 'OBS_MEDIA_STATE_PLAYING' && mediaCursor > 0) offsets.push(performance.now() - began - mediaCursor);
		if (mediaCursor >= next && mediaState === 'OBS_MEDIA_STATE_PLAYING') {
			next = mediaCursor + every;
			const { participants = 0, counted = 0 } = await ask(obs, 'GetStatus');
			const line = `${clock(mediaCursor)} of ${clock(duration_ms)}   ${participants} people, ${counted} responses counted`;
			process.stdout.write(process.stdout.isTTY ? `\r${line}  ` : `${line}\n`);
		}
		return mediaState;
	};
	await obs.until(look, (state) => state === 'OBS_MEDIA_STATE_ENDED', duration_ms + 60000, 'the video does not come to its end');
	if (process.stdout.isTTY) process.stdout.write('\n');
	return offsets.sort((a, b) => a - b)[offsets.length >> 1];
}

// Has OBS count every stratum too, by a source that nobody sees: so the comparison goes down to the single cells.
async function askForStrata(obs, { segments }) {
	const [first, ...others] = ATTRIBUTES.map(({ name, share }) => Object.keys(share).map((value) => [`${name}=${value}`]));
	const strata = others.reduce((all, more) => all.flatMap((one) => more.map((other) => [...one, ...other])), first);
	const wanted = strata.map((conditions, i) => ({ value: `stratum ${i + 1}=${conditions.join(';')}` }));
	const hidden = { sceneName: SCENE, inputKind: 'pulseline_timeline', inputName: 'Strata', sceneItemEnabled: false };
	await obs.call('CreateInput', { ...hidden, inputSettings: { segments: wanted } });
	const all = (status) => status.segments.length >= segments.length + strata.length;
	return (await obs.until(() => ask(obs, 'GetStatus'), all, 20000, 'OBS does not count the strata')).segments;
}

// The rows of these segments as OBS counted them live, when they have come to rest.
async function liveRows(obs, segments) {
	const everyRow = async () => {
		const rows = [];
		for (const { name } of segments) rows.push(...((await ask(obs, 'GetSeries', { segment: name, min_n: 1 })).rows ?? []));
		return rows;
	};
	// What OBS shows may be a tenth of a second old: the same twice in a row, a little later, is the last.
	let last = '';
	const same = (rows) => last === (last = JSON.stringify(rows));
	return obs.until(everyRow, same, 20000, 'the live table does not come to rest');
}

async function showing(obs, path, duration_ms) {
	const follow = await setStage(obs);
	const { url, code } = await openDoors(obs, path, follow, duration_ms);
	console.log(`${url}  code ${code}`);
	const audience = invite(url, code);
	const gathered = ({ participants }) => participants >= PEOPLE || audience.how;
	await obs.until(() => ask(obs, 'GetStatus'), gathered, 60000, 'the audience does not come');
	if (audience.how) fail(audience.lastWords());
	const before = await obs.stats();
	await obs.recordStart();
	const began = performance.now();
	await obs.media(VIDEO, 'RESTART');
	const offset_ms = await watch(obs, duration_ms, began);
	const after = await obs.stats();
	const recording = await obs.recordStop();
	const { code: status } = await audience.ended(60000);
	if (status !== 0) fail(audience.lastWords());
	const told = JSON.parse(audience.lines.findLast((line) => line.startsWith('{')) ?? '{}');
	const settled = ({ counted, stored }) => counted === stored;
	const live = await obs.until(() => ask(obs, 'GetStatus'), settled, 20000, 'not every response gets written');
	const segments = await askForStrata(obs, live);
	const rows = await liveRows(obs, segments);
	const { colours } = ink(pixels(await obs.picture(OVERLAY)));
	if (colours < 6) fail('the overlay is empty at the end of the speech');
	await ask(obs, 'StopSession');
	const during = (key) => after[key] - before[key];
	const lagged = during('renderSkippedFrames') + during('outputSkippedFrames');
	return { told, live, segments, rows, recording, offset_ms, frames: during('renderTotalFrames'), lagged };
}

// Moves a file, also to another disk.
function take(from, to) {
	copyFileSync(from, to);
	rmSync(from);
}

// What must be equal, and is said to the reader.
async function checkAccounts({ told, live, rows }, session) {
	const { sent, acked, errors } = told;
	const [stored] = (await run('sqlite3', ['-readonly', session, 'SELECT count(*) FROM response'])).map(Number);
	const { responses, participants } = JSON.parse((await run(pulseline, ['info', session])).join('\n'));
	if (!(sent > 0)) fail('the audience sent nothing');
	if (errors) fail(`the audience met ${errors} error(s)`);
	if (participants < PEOPLE) fail(`the session has ${participants} participants, not ${PEOPLE}`);
	const numbers = { sent, acked, stored, counted: live.counted, 'in pulseline info': responses };
	if (new Set(Object.values(numbers)).size !== 1) fail(`the counts differ: ${JSON.stringify(numbers)}`);
	if (live.segments.length < 4) fail(`there are ${live.segments.length} segments, not four`);
	if (rows.length === 0) fail('the live table is empty');
	return { participants, sent, acked, stored, counted: live.counted };
}

// The table of the file by `pulseline table`, and the same by separate code: both must be what was counted live, row by
// row, those of too few people too.
async function checkTables({ live, segments, rows }, session, table) {
	const named = (list) => list.flatMap(({ name, expression }) => ['--segment', `${name}=${expression ?? ''}`]);
	const every = [...named(segments), '--min-n', '1'];
	const ours = await run(pulseline, ['table', session, ...every]);
	checkSame(rows, readCsv(ours.join('\n')), 'the live table against the file by `pulseline table`');
	const recount = await run('python3', [join(top, 'tests/e2e/recount.py'), session, 'table', ...every]);
	const compared = checkSame(rows, readCsv(recount.join('\n')), 'the live table against the recount of the file');
	await run(pulseline, ['table', session, ...named(live.segments), '-o', table]);
	return compared;
}

// The frame of the recording at the end of the liveliest tick, when all of it is drawn.
async function takePoster({ live, rows, offset_ms, recording_ms }, annotated, poster) {
	const shown = live.segments.map(({ name }) => name).filter((name) => name !== 'All');
	const { tick, spread } = liveliest(rows.filter(({ segment }) => shown.includes(segment)), live.scale.neutral);
	const position_ms = (tick + 1) * live.tick_ms + live.lag_ms + 250;
	const at_ms = Math.max(0, Math.min(position_ms + offset_ms, recording_ms - 200));
	await run('ffmpeg', ['-v', 'error', '-y', '-ss', String(at_ms / 1000), '-i', annotated, '-frames:v', '1', poster]);
	if (!existsSync(poster)) fail('no poster could be taken from the recording');
	return { start_ms: tick * live.tick_ms, spread };
}

async function checkRecording(file, duration_ms) {
	const { duration_ms: recording_ms } = await probe(file);
	if (!(recording_ms >= duration_ms - 500)) fail(`the recording is ${clock(recording_ms)} long, the video ${clock(duration_ms)}`);
	return recording_ms;
}

async function finish(done, files, duration_ms) {
	const recording_ms = await checkRecording(files['annotated.mkv'], duration_ms);
	const numbers = await checkAccounts(done, files['session.pulse']);
	const compared = await checkTables(done, files['session.pulse'], files['table.csv']);
	const moment = await takePoster({ ...done, recording_ms }, files['annotated.mkv'], files['poster.png']);
	const summary = { ...numbers, obs_frames: done.frames, obs_lagged: done.lagged, duration_ms };
	writeFileSync(files['summary.json'], `${JSON.stringify(summary, null, 2)}\n`);
	const { sent, acked, stored, counted, participants } = numbers;
	console.log(`
responses   ${sent} sent = ${acked} acknowledged = ${stored} stored = ${counted} counted live, by ${participants} people
cells       ${done.rows.length} rows of ${done.live.segments.length} segments and ${done.segments.length - done.live.segments.length} strata, ${compared} figures: live = file = recount by other code
OBS         ${done.frames} frames, ${done.lagged} lagged; no memory leak, no error of the plugin
liveliest   ${clock(moment.start_ms)}, where the segments' means lie ${moment.spread.toFixed(2)} apart
files       ${Object.values(files).join('\n            ')}`);
}

async function main() {
	const duration_ms = await measure(video);
	mkdirSync(out, { recursive: true });
	const names = ['annotated.mkv', 'poster.png', 'session.pulse', 'table.csv', 'summary.json'];
	const files = Object.fromEntries(names.map((name) => [name, join(out, name)]));
	for (const file of Object.values(files)) rmSync(file, { force: true });
	// OBS's own folder, one for each place that files go to.
	const dir = join(build, 'demo', createHash('sha256').update(out).digest('hex').slice(0, 8));
	const path = join(dir, 'session.pulse');
	const stage = { dir, plugins: join(build, 'rundir/obs-plugins'), data: join(build, 'rundir/data/obs-plugins'), ...CANVAS };
	let done;
	await withObs(stage, async (obs) => (done = await showing(obs, path, duration_ms)), { only: /pulseline/i });
	if (existsSync(`${path}-wal`)) fail('the session was not closed into one file');
	take(done.recording, files['annotated.mkv']);
	take(path, files['session.pulse']);
	await finish(done, files, duration_ms);
}

script('ci/demo', main);
