// The plugin in real OBS beside OBS's own: a source added, duplicated and removed, a session with a followed video
// through play, pause, seeks and end, review, and a close while a session runs.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { withObs } from '../../ci/lib/obs.mjs';
import { fail, run, script } from '../../ci/lib/processes.mjs';
import { query, speech } from './files.mjs';
import { differ, ink, pixels } from '../../ci/lib/pictures.mjs';
import { ask, equal, module, refuses } from './plugin.mjs';
import { Voter } from './voter.mjs';

const build = resolve(process.argv[2]);
const dir = `${build}/e2e/obs flow`;
const TICK_MS = 1000;

async function picture(obs, name) {
	const png = await obs.picture(name);
	return { png, ...pixels(png) };
}

async function sourceInAndOut(obs) {
	const kinds = (await obs.call('GetInputKindList')).inputKinds;
	if (!kinds.includes('pulseline_timeline')) fail('OBS does not know the source pulseline_timeline');
	const loaded = obs.program.lines.filter((line) => /^info:\s+\w[\w-]*\.so$/.test(line)).map((line) => line.split(/\s+/)[1]);
	for (const name of ['pulseline.so', 'obs-websocket.so', 'obs-ffmpeg.so', 'text-freetype2.so']) {
		if (!loaded.includes(name)) fail(`${name} is not among the loaded modules`);
	}
	const { sceneItemId } = await obs.add('Speech', 'pulseline_timeline', 'Reactions', { width: 960, height: 200 });
	const { sceneItemId: copy } = await obs.call('DuplicateSceneItem', { sceneName: 'Speech', sceneItemId });
	await obs.call('RemoveSceneItem', { sceneName: 'Speech', sceneItemId: copy });
	// The windows of newer versions lie differently; there duplicates are tested in libobs alone.
	if (!(await obs.call('GetVersion')).obsVersion.startsWith('30.')) return;
	const inputName = await obs.duplicateTopSource();
	const { inputKind } = await obs.call('GetInputSettings', { inputName });
	equal(inputKind, 'pulseline_timeline', 'what the menu duplicated');
	await obs.call('RemoveInput', { inputName });
}

// Six people: `values` in the order they joined; null: present, no press.
async function vote(voters, values) {
	await Promise.all(voters.map((voter, i) => voter.respond(values[i])));
}

// The series row of a tick once all `counted` responses are in it.
async function row(obs, segment, tick) {
	const { rows } = await ask(obs, 'GetSeries', { segment, from_tick: tick, to_tick: tick, min_n: 1 });
	equal(rows?.length, 1, `rows of tick ${tick}`);
	return rows[0];
}

function figures({ present, n, likes, dislikes, mean }) {
	return { present, n, likes, dislikes, mean };
}

const FIRST = [1, 1, -1, null, 1, 0];
const SECOND = [-1, -1, -1, -1, null, null];

// Plays, pauses, seeks forth and back, to the end; votes at each. Gives the rows to expect.
async function speechWithVotes(obs, voters) {
	const [one] = voters;
	const seen = [];
	const paused = async (values, what) => {
		await one.until('paused');
		// OBS shows a few frames more after it says so, and a pass is counted when a sought picture stays.
		await obs.composed(10);
		const { position_ms: drawn } = await ask(obs, 'GetLayout', { source: 'Reactions' });
		await vote(voters, values);
		const { position_ms, pass } = one.playback;
		if (Math.abs(drawn - position_ms) > 34) fail(`${what}: drawn at ${drawn} ms, told to be at ${position_ms} ms`);
		seen.push({ tick: Math.floor(position_ms / TICK_MS), pass, position_ms });
	};
	await one.refused('bad_position');
	await obs.media('Video', 'RESTART');
	await one.until('playing');
	await obs.until(() => obs.call('GetMediaInputStatus', { inputName: 'Video' }), ({ mediaCursor }) => mediaCursor > 3000, 20000, 'the video stands');
	await obs.media('Video', 'PAUSE');
	await paused(FIRST, 'pause');
	const seek = async (mediaCursor, near) => {
		const moved = one.next((m) => m.type === 'playback' && Math.abs(m.position_ms - near) < 2500);
		await obs.call('SetMediaInputCursor', { inputName: 'Video', mediaCursor });
		await moved;
	};
	await seek(20000, 20000);
	await paused(FIRST, 'seek forth');
	await seek(6000, 6000);
	await paused(SECOND, 'seek back');
	equal(seen.map((s) => s.pass), [0, 0, 1], 'passes');
	await seek(72000, 72000);
	await obs.media('Video', 'PLAY');
	await one.until('ended', 20000);
	await one.refused('bad_position');
	return seen;
}

async function checkCounts(obs, seen, sent) {
	const status = await ask(obs, 'GetStatus');
	equal([status.counted, status.participants], [sent, 6], 'counted and participants');
	const [first, forth, back] = seen;
	const likes3 = { present: 6, n: 5, likes: 3, dislikes: 1, mean: 0.4 };
	equal(figures(await row(obs, 'All', first.tick)), likes3, 'the row of the pause');
	equal(figures(await row(obs, 'All', forth.tick)), likes3, 'the row after the seek forth');
	equal(figures(await row(obs, 'All', back.tick)), { present: 6, n: 4, likes: 0, dislikes: 4, mean: -1 }, 'the row after the seek back');
	const { rows } = await ask(obs, 'GetSeries', { segment: 'old', from_tick: first.tick, to_tick: first.tick });
	const hidden = { n: rows[0].n, majority: rows[0].majority, mean: rows[0].mean };
	equal(hidden, { n: 2, majority: 'suppressed' }, 'a row of too few');
}

async function session(obs, path, follow) {
	const attributes = [{ name: 'age', label: 'Age', values: [{ value: 'young' }, { value: 'old' }] }];
	await refuses(obs, 'StartSession', { path: `${path}.no`, scale: { min: 1, max: -1, neutral: 0 } }, 'with an impossible scale');
	await refuses(obs, 'StopSession', {}, 'without a session');
	const started = await ask(obs, 'StartSession', { path, title: 'A test', tick_ms: TICK_MS, attributes, follow });
	await refuses(obs, 'StartSession', { path: `${path}.no` }, 'during a session');
	await refuses(obs, 'SetPlayback', { state: 'playing' }, 'while a video is followed');
	return started;
}

async function rowsOf(obs) {
	return (await ask(obs, 'GetSeries', { segment: 'All', min_n: 1 })).rows;
}

async function flow(obs) {
	await obs.scene('Speech');
	const { inputUuid } = await obs.addVideo('Speech', 'Video', speech);
	await sourceInAndOut(obs);
	const path = join(dir, 'Rede über Bücher.pulse');
	const { url, code, keys } = await session(obs, path, inputUuid);
	for (const page of ['', 'observe']) equal((await fetch(url + page)).status, 200, `asking for /${page}`);
	if (!/^[2-9A-HJKMNP-Z]{6}$/.test(code) || !keys?.observer) fail(`StartSession answers no usable code or keys: ${code}`);
	const voters = [];
	for (let i = 0; i < 6; i++) voters.push(await Voter.join(url, code, { age: i < 3 ? 'young' : 'old' }));
	const empty = await picture(obs, 'Reactions');
	const seen = await speechWithVotes(obs, voters);
	await checkCounts(obs, seen, 18);
	const full = await picture(obs, 'Reactions');
	writeFileSync(join(dir, 'overlay.png'), full.png);
	if (!differ(empty, full)) fail('eighteen votes changed nothing in the picture');
	if (ink(full).colours < 6) fail('the overlay has hardly any colours');
	await obs.screenshot(join(dir, 'dock.png'), await obs.showLastDock('Audience Reaction'));
	await obs.screenshot(join(dir, 'window.png'));
	await review(obs, path, voters);
}

async function review(obs, path, voters) {
	const live = await rowsOf(obs);
	await Promise.all(voters.map((voter) => voter.leave()));
	await ask(obs, 'StopSession');
	if (existsSync(`${path}-wal`)) fail('the stopped session is not one file');
	equal((await ask(obs, 'GetStatus')).state, 'review', 'the state after StopSession');
	equal(await rowsOf(obs), live, 'the rows in review');
	const [{ responses, mode }] = await query(path, 'SELECT count(*) responses, (SELECT * FROM pragma_journal_mode) mode FROM response');
	equal([responses, mode], [18, 'delete'], 'responses and journal of the file');
	await ask(obs, 'CloseSession');
	equal((await ask(obs, 'GetStatus')).state, 'idle', 'the state after CloseSession');
	await refuses(obs, 'OpenSession', { path: `${path}.none` }, 'of a file that is not there');
	await ask(obs, 'OpenSession', { path });
	equal(await rowsOf(obs), live, 'the rows of the opened file');
	await ask(obs, 'CloseSession');
}

// OBS is closed while people are in and the video plays.
async function closeInTheMiddle(obs) {
	const path = join(dir, 'cut off.pulse');
	const { url, code } = await session(obs, path, 'Video');
	const voter = await Voter.join(url, code);
	await obs.media('Video', 'RESTART');
	await voter.until('playing');
	await voter.respond(1);
	return path;
}

function checkNothingLeftBehind() {
	const scenes = join(dir, 'config/obs-studio/basic/scenes');
	for (const name of readdirSync(scenes).filter((file) => file.endsWith('.json'))) {
		const { sources } = JSON.parse(readFileSync(join(scenes, name), 'utf8'));
		const video = sources.find((source) => source.name === 'Video');
		if (video?.filters?.length) fail(`the saved scene collection ${name} has a filter of ours on the video`);
	}
}

script('obs_flow', async () => {
	let path;
	mkdirSync(dir, { recursive: true });
	await run('rm', ['-rf', dir]);
	await withObs({ dir, ...module(build) }, async (obs) => {
		await flow(obs);
		path = await closeInTheMiddle(obs);
	});
	if (existsSync(`${path}-wal`)) fail('the session that OBS was closed in is not one file');
	equal((await query(path, 'SELECT count(*) n FROM response'))[0].n, 1, 'responses of the session that OBS was closed in');
	checkNothingLeftBehind();
	// The collection as it was saved loads again, with the source in it.
	await withObs({ dir, ...module(build), keep: true }, async (obs) => {
		const { inputs } = await obs.call('GetInputList', { inputKind: 'pulseline_timeline' });
		equal(inputs.map((input) => input.inputName), ['Reactions'], 'timelines after a restart');
		equal((await ask(obs, 'GetStatus')).state, 'idle', 'the state after a restart');
	});
});
