// The playhead against the picture, in real OBS: a video whose frames carry their number plays, pauses and is sought in
// while OBS records; in the recorded frames the playhead must stand within one frame of the video's frame beneath it.
// VERBOSE=1 shows every frame.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { withObs } from '../../ci/lib/obs.mjs';
import { fail, script } from '../../ci/lib/processes.mjs';
import { coded, codedVideo, frameShown } from './coded_video.mjs';
import { MAGENTA, playhead, playheadRow } from './playhead.mjs';
import { ask, module } from './plugin.mjs';

const build = resolve(process.argv[2]);
const dir = `${build}/e2e/obs_clock`;
const video = join(build, `e2e/coded-${coded.seconds}s.mp4`);
const OVERLAY = { width: 960, height: 220 };
const canvas = { width: 960, height: 540, fps: 20 };
const FRAME_MS = 1000 / coded.fps;

async function stage(obs) {
	await obs.scene('Clock');
	const { inputUuid } = await obs.addVideo('Clock', 'Video', video);
	const settings = { ...OVERLAY, window_ms: 0, motion: false, playhead_color: MAGENTA };
	const { sceneItemId } = await obs.add('Clock', 'pulseline_timeline', 'Reactions', settings);
	const sceneItemTransform = { positionX: 0, positionY: canvas.height - OVERLAY.height };
	await obs.call('SetSceneItemTransform', { sceneName: 'Clock', sceneItemId, sceneItemTransform });
	await ask(obs, 'StartSession', { path: join(dir, 'clock.pulse'), follow: inputUuid, tick_ms: 1000 });
}

// What is done to the video while OBS records: [name, action or position, then play on to this media time].
const STEPS = [
	['play', 'RESTART', 3000],
	['pause', 'PAUSE', null],
	['resume', 'PLAY', 5500],
	['seek back', 2000, 4500],
	['seek forth', 6000, 8500],
	['restart', 'RESTART', 2500],
	['pause again', 'PAUSE', null],
	['seek while paused', 4000, null],
];

// Gives how many milliseconds were recorded before the video was told to play.
async function perform(obs) {
	const input = { inputName: 'Video' };
	const status = () => obs.call('GetMediaInputStatus', input);
	const recorded = async () => (await obs.call('GetRecordStatus')).outputDuration;
	const before = await recorded();
	for (const [name, what, until] of STEPS) {
		if (typeof what === 'number') await obs.call('SetMediaInputCursor', { ...input, mediaCursor: what });
		else await obs.media('Video', what);
		const from = await recorded();
		const there = ({ mediaCursor }) => mediaCursor >= until && mediaCursor < until + 1400;
		if (until === null) await obs.until(recorded, (now) => now > from + 2200, 20000, 'the recording stands');
		else await obs.until(status, there, 30000, `${name}: the video does not get to ${until} ms`);
	}
	return before;
}

// For each frame of the recording the video's frame that is in it, and where the playhead stands; null where either
// cannot be seen.
function readRecording(file, layout) {
	const { width, height } = canvas;
	const scale = width / coded.width;
	const bits = Math.round(40 * scale);
	const low = height - OVERLAY.height + playheadRow(layout);
	const rows = `[0:v]split[a][b];[a]crop=${width}:2:0:${bits}[bits];[b]crop=${width}:2:0:${low}[head];[bits][head]vstack,format=rgba`;
	const args = ['-v', 'error', '-i', file, '-filter_complex', rows, '-fps_mode', 'passthrough', '-f', 'rawvideo', '-'];
	const raw = execFileSync('ffmpeg', args, { maxBuffer: 1 << 30 });
	const size = width * 4 * 4;
	const frames = [];
	for (let at = 0; at + size <= raw.length; at += size) {
		const picture = { width, height: 4, rgba: raw.subarray(at, at + size) };
		frames.push({ frame: frameShown(picture, scale, 0), playhead_ms: playhead(picture, 2, layout) });
	}
	return frames;
}

// The error in each recorded frame that shows one of the video's, in source frames, rounded; and how often each came.
// What is more than one off is left for a moment that nobody sees: one frame in a hundred.
function judge(frames, msPerPixel) {
	const errors = new Map();
	let good = 0;
	const shown = frames.filter(({ frame }) => frame !== null);
	for (const { frame, playhead_ms } of shown) {
		const off = playhead_ms === null ? Infinity : playhead_ms - frame * FRAME_MS;
		const rounded = Math.round(off / FRAME_MS);
		errors.set(rounded, (errors.get(rounded) ?? 0) + 1);
		if (Math.abs(off) <= FRAME_MS + msPerPixel) good++;
	}
	const list = [...errors].sort(([a], [b]) => a - b).map(([error, times]) => `${error}:${times}`);
	const share = good / shown.length;
	console.log(`${shown.length} recorded frames, ${(100 * share).toFixed(2)} % within one; ${list.join(' ')}`);
	if (shown.length < 200) fail(`only ${shown.length} frames could be judged`);
	if (share < 0.99) fail('the playhead is off');
}

script('obs_clock', async () => {
	mkdirSync(`${build}/e2e`, { recursive: true });
	await codedVideo(video);
	await withObs({ dir, ...module(build), ...canvas }, async (obs) => {
		await stage(obs);
		await obs.recordStart();
		const before = await perform(obs);
		const recording = await obs.recordStop();
		const layout = await ask(obs, 'GetLayout', { source: 'Reactions' });
		await ask(obs, 'StopSession');
		const frames = readRecording(recording, layout);
		if (process.env.VERBOSE) for (const [i, f] of frames.entries()) console.log(i, f.frame, f.playhead_ms?.toFixed(0));
		// A frame that was on its way when OBS stopped the video may stand there until it plays: it has no playhead.
		judge(frames.slice(Math.ceil((before * canvas.fps) / 1000)), (layout.end_ms - layout.start_ms) / layout.width);
	});
});
