// What happens to a session reaches programs as vendor events, and its hotkeys do what they say, in real OBS.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { withObs } from '../../ci/lib/obs.mjs';
import { differ, ink, pixels } from '../../ci/lib/pictures.mjs';
import { fail, run, script } from '../../ci/lib/processes.mjs';
import { query } from './files.mjs';
import { ask, equal, module } from './plugin.mjs';
import { Voter } from './voter.mjs';

const build = resolve(process.argv[2]);
const dir = `${build}/e2e/obs control`;
const TICK_MS = 250;

const said = [];

// The next event of ours of this type that has not been looked at yet.
async function told(obs, type) {
	await obs.until(() => said.some((event) => event.eventType === type), Boolean, 20000, `no ${type} came`);
	const index = said.findIndex((event) => event.eventType === type);
	return said.splice(index, 1)[0].eventData;
}

const press = (obs, name) => obs.call('TriggerHotkeyByName', { hotkeyName: `pulseline.${name}` });
const status = (obs) => ask(obs, 'GetStatus');
const layout = (obs) => obs.vendor('GetLayout', { source: 'Reactions' }); // an error before the first frame
const until = (obs, question, good, why) => obs.until(() => question(obs), good, 20000, why);

async function picture(obs) {
	return pixels(await obs.picture('Reactions'));
}

// Fully transparent.
async function nothingDrawn(obs, why) {
	await obs.until(() => picture(obs), (seen) => ink(seen).share === 0, 20000, why);
}

async function blindSession(obs) {
	const path = join(dir, 'blind.pulse');
	const { url, code } = await ask(obs, 'StartSession', { path, title: 'Blind', tick_ms: TICK_MS, blind: true });
	equal(await told(obs, 'SessionStarted'), { path, title: 'Blind' }, 'SessionStarted');
	await until(obs, layout, ({ state }) => state === 'blind', 'the timeline is not blind');
	await nothingDrawn(obs, 'a blind session is drawn');
	const { blind, revealed, notice } = await status(obs);
	if (!blind || revealed || !notice.includes('blind')) fail(`GetStatus says of a blind session: ${blind}, ${revealed}, ${notice}`);

	const voters = await Promise.all(Array.from({ length: 6 }, () => Voter.join(url, code)));
	await press(obs, 'play_pause');
	await voters[0].until('playing');
	await Promise.all(voters.map((voter, i) => voter.respond(i < 4 ? 1 : -1)));
	const { tick, start_ms, end_ms } = await told(obs, 'TickClosed');
	equal([tick, start_ms, end_ms], [0, 0, TICK_MS], 'the first TickClosed');
	equal((await told(obs, 'TickClosed')).tick, 1, 'the second closed tick');
	const { rows } = await ask(obs, 'GetSeries', { segment: 'All', min_n: 1 });
	equal(rows.reduce((sum, { n }) => sum + n, 0), 6, 'GetSeries of a blind session');
	await nothingDrawn(obs, 'a blind session with responses is drawn');

	await press(obs, 'play_pause');
	await voters[0].until('paused');
	await press(obs, 'add_marker');
	const marker = await told(obs, 'MarkerAdded');
	equal([marker.text, marker.position_ms], ['1', voters[0].playback.position_ms], 'MarkerAdded by the hotkey');
	// And by the key that the profile has for it; a letter, as xdotool presses Alt with a function key in some keymaps.
	await obs.xdotool('keydown', 'm');
	equal((await told(obs, 'MarkerAdded')).text, '2', 'MarkerAdded by the key');
	await obs.xdotool('keyup', 'm');
	await ask(obs, 'AddMarker', { text: 'applause', position_ms: 100 });
	const { text, position_ms } = await told(obs, 'MarkerAdded');
	equal([text, position_ms], ['applause', 100], 'MarkerAdded by request');

	await press(obs, 'reveal');
	await until(obs, layout, ({ state }) => state === 'paused', 'reveal does not reveal');
	await obs.until(() => picture(obs), (seen) => ink(seen).colours > 6, 20000, 'a revealed session is not drawn');
	return { path, voters };
}

// Timelines of the same session beside the first: counted by another lag, and named by its file.
async function otherViews(obs, path) {
	const lagged = () => obs.vendor('GetLayout', { source: 'Lagged' });
	const kept = () => obs.vendor('GetLayout', { source: 'Kept' });
	await obs.add('Studio', 'pulseline_timeline', 'Lagged', { width: 960, height: 200, lag_ms: 500 });
	await obs.add('Studio', 'pulseline_timeline', 'Kept', { width: 960, height: 200, session: `${dir}/./blind.pulse` });
	await until(obs, lagged, ({ state }) => state === 'paused', 'the running session is not counted by another lag');
	if (!differ(pixels(await obs.picture('Lagged')), await picture(obs))) fail('another lag draws the same picture');
	await until(obs, kept, ({ state }) => state === 'paused', 'the session is not seen to run in its file');
	return async () => {
		await ask(obs, 'CloseSession');
		await until(obs, lagged, ({ state }) => state === 'no_session', 'a closed session is still counted');
		await until(obs, kept, ({ state }) => state === 'review', 'a closed session is not looked at');
		await ask(obs, 'StartSession', { path });
		await told(obs, 'SessionStarted');
		await until(obs, kept, ({ state }) => state !== 'review', 'a session that goes on is still looked at as closed');
		await ask(obs, 'StopSession');
		await told(obs, 'SessionStopped');
		for (const view of [lagged, kept]) await until(obs, view, ({ state }) => state === 'review', 'a stopped session is not looked at');
	};
}

// The transcript as a setting of the source: its statements come into the session, and the running one's words are shown.
async function transcript(obs, path) {
	const file = join(dir, 'speech.srt');
	writeFileSync(file, '1\n00:00:00,000 --> 00:00:30,000\nNobody shall pay\nfor that.\n\n2\n00:00:30,000 --> 00:00:40,000\nThank you.\n');
	const before = await picture(obs);
	await obs.call('SetInputSettings', { inputName: 'Reactions', inputSettings: { show_words: true, transcript: file } });
	const kept = () => query(path, 'SELECT text FROM statement ORDER BY start_ms');
	await obs.until(kept, (rows) => String(rows.map(({ text }) => text)) === 'Nobody shall pay for that.,Thank you.', 20000, 'the session has not the statements');
	await obs.until(() => picture(obs), (seen) => differ(before, seen), 20000, 'the words are not drawn');
}

async function showAndHide(obs) {
	const seen = await picture(obs);
	await press(obs, 'hide');
	await nothingDrawn(obs, 'the hotkey does not hide');
	await press(obs, 'show');
	await obs.until(() => picture(obs), (now) => !differ(seen, now), 20000, 'the hotkey does not show what was there');
}

script('obs_control', async () => {
	mkdirSync(dir, { recursive: true });
	await run('rm', ['-rf', dir]);
	await withObs({ dir, ...module(build), hotkeys: { 'pulseline.add_marker': 'OBS_KEY_M' } }, async (obs) => {
		obs.socket.on('VendorEvent', (event) => event.vendorName === 'pulseline' && said.push(event));
		await obs.scene('Studio');
		await obs.add('Studio', 'pulseline_timeline', 'Reactions', { width: 960, height: 200 });
		const { path, voters } = await blindSession(obs);
		await transcript(obs, path);
		await showAndHide(obs);
		const goOn = await otherViews(obs, path);
		await Promise.all(voters.map((voter) => voter.leave()));
		await press(obs, 'stop');
		equal(await told(obs, 'SessionStopped'), { path }, 'SessionStopped');
		await until(obs, status, ({ state }) => state === 'review', 'the hotkey does not stop');
		await goOn();
		await ask(obs, 'CloseSession');
		// As the dock's form says: a new file, a live clock.
		await press(obs, 'start');
		await told(obs, 'SessionStarted');
		await until(obs, status, ({ state }) => state === 'running', 'the hotkey does not start');
		const again = said.filter(({ eventType }) => eventType.startsWith('Session'));
		equal(again, [], 'events that were told twice');
	});
});
