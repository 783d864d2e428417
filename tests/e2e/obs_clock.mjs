// The playhead against the picture, in real OBS: a video whose frames carry their number plays, pauses and is sought in;
// in every screenshot the playhead must stand within one frame of the frame that is on screen.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withObs } from '../../ci/lib/obs.mjs';
import { fail, script } from '../../ci/lib/processes.mjs';
import { coded, codedVideo, frameShown } from './coded_video.mjs';
import { ask, module } from './plugin.mjs';
import { column, pixels } from '../../ci/lib/pictures.mjs';

const [build] = process.argv.slice(2);
const dir = `${build}/e2e/obs_clock`;
const video = join(build, `e2e/coded-${coded.seconds}s.mp4`);
const OVERLAY = { width: 960, height: 220 };
const canvas = { width: 960, height: 540 };
const FRAME_MS = 1000 / coded.fps;
const PLAYHEAD = { colour: [255, 0, 255], setting: 0xffff00ff };

// One picture of the scene: the frame in it, and where the playhead stands, in ms.
async function look(obs, name) {
	const png = await obs.picture('Clock');
	const picture = pixels(png);
	const { x, y, width, height, start_ms, end_ms } = await ask(obs, 'GetLayout', { source: 'Reactions' });
	const top = canvas.height - OVERLAY.height + y;
	const at = column(picture, PLAYHEAD.colour, Math.ceil(top + 0.2 * height), Math.floor(top + 0.8 * height));
	const frame = frameShown(picture, canvas.width / coded.width);
	if (at === null) {
		writeFileSync(join(dir, `${name}.png`), png);
		fail(`${name}: no playhead in the picture (${name}.png)`);
	}
	const msPerPixel = (end_ms - start_ms) / width;
	return { name, png, frame_ms: frame * FRAME_MS, playhead_ms: start_ms + (at - x) * msPerPixel, msPerPixel };
}

async function stage(obs) {
	await obs.scene('Clock');
	const { inputUuid } = await obs.addVideo('Clock', 'Video', video);
	const { sceneItemId } = await obs.add('Clock', 'pulseline_timeline', 'Reactions', { ...OVERLAY, window_ms: 0, playhead_color: PLAYHEAD.setting });
	const sceneItemTransform = { positionX: 0, positionY: canvas.height - OVERLAY.height };
	await obs.call('SetSceneItemTransform', { sceneName: 'Clock', sceneItemId, sceneItemTransform });
	const attributes = [{ name: 'age', values: [{ value: 'any' }] }];
	await ask(obs, 'StartSession', { path: join(dir, 'clock.pulse'), follow: inputUuid, tick_ms: 1000, attributes });
}

async function watch(obs, looks) {
	const cursor = () => obs.call('GetMediaInputStatus', { inputName: 'Video' });
	const past = (ms) => obs.until(cursor, ({ mediaCursor }) => mediaCursor >= ms, 20000, 'the video stands');
	const several = async (name, n) => {
		for (let i = 0; i < n; i++) looks.push(await look(obs, `${name} ${i}`));
	};
	await obs.media('Video', 'RESTART');
	await past(1500);
	await several('play', 12);
	await obs.media('Video', 'PAUSE');
	await obs.mediaState('Video', 'PAUSED');
	await several('pause', 2);
	await obs.media('Video', 'PLAY');
	await several('resume', 6);
	for (const [name, ms] of [['forth', 9000], ['back', 3000], ['forth again', 11500]]) {
		await obs.call('SetMediaInputCursor', { inputName: 'Video', mediaCursor: ms });
		await several(`seek ${name}`, 6);
	}
}

script('obs_clock', async () => {
	mkdirSync(`${build}/e2e`, { recursive: true });
	await codedVideo(video);
	const looks = [];
	await withObs({ dir, ...module(build), ...canvas }, async (obs) => {
		await stage(obs);
		await watch(obs, looks);
		await ask(obs, 'StopSession');
	});
	const off = ({ frame_ms, playhead_ms }) => playhead_ms - frame_ms;
	const frames = new Set(looks.map((l) => l.frame_ms));
	if (frames.size < 15) fail(`the video hardly moved: ${frames.size} different frames in ${looks.length} pictures`);
	for (const l of looks) {
		console.log(`${l.name}: frame ${l.frame_ms.toFixed(0)} ms, playhead ${l.playhead_ms.toFixed(0)} ms, off ${off(l).toFixed(0)} ms`);
	}
	for (const l of looks) {
		if (Math.abs(off(l)) <= FRAME_MS + l.msPerPixel) continue;
		writeFileSync(join(dir, `${l.name}.png`), l.png);
		fail(`${l.name}: the playhead is ${off(l).toFixed(0)} ms off the picture, more than one frame`);
	}
});
