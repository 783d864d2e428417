// Several overlays in real OBS while everything changes around them: the followed video is renamed, removed and made
// anew, scenes and scene collections are switched, overlays copied, hidden and shown, the canvas and its frame rate
// changed; and OBS is closed in the middle. The playhead is right in the picture or there is honestly no media.
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { withObs } from '../../ci/lib/obs.mjs';
import { pixels } from '../../ci/lib/pictures.mjs';
import { fail, script } from '../../ci/lib/processes.mjs';
import { coded, codedVideo, frameShown } from './coded_video.mjs';
import { MAGENTA, playhead, playheadRow } from './playhead.mjs';
import { ask, equal, module } from './plugin.mjs';

const build = resolve(process.argv[2]);
const dir = `${build}/e2e/obs_life`;
const video = join(build, `e2e/coded-${coded.seconds}s.mp4`);
const canvas = { width: 640, height: 480, fps: 20 };
const OVERLAY = { width: 640, height: 120, window_ms: 0, motion: false, playhead_color: MAGENTA };
const FRAME_MS = 1000 / coded.fps;

async function place(obs, sceneName, sceneItemId, positionY = coded.height) {
	const sceneItemTransform = { positionX: 0, positionY, scaleX: 1, scaleY: 1 };
	await obs.call('SetSceneItemTransform', { sceneName, sceneItemId, sceneItemTransform });
}

async function addOverlay(obs, sceneName, name) {
	const { sceneItemId } = await obs.add(sceneName, 'pulseline_timeline', name, OVERLAY);
	await place(obs, sceneName, sceneItemId);
	return sceneItemId;
}

async function addVideo(obs, sceneName, name) {
	const settings = { local_file: video, looping: true, hw_decode: false, restart_on_activate: false };
	await obs.add(sceneName, 'ffmpeg_source', name, settings);
	await obs.mediaState(name, 'PLAYING');
}

// What is first seen in mid-play is approximate for a moment.
async function found(obs, wanted) {
	const there = ({ playback: { media_found, approximate } }) => media_found === wanted && !(wanted && approximate);
	await obs.until(() => ask(obs, 'GetStatus'), there, 20000, `media_found does not get ${wanted}`);
}

// Ten pictures of a scene show as many frames of the video and the playhead at them; but for one, which may be that of
// a jump.
async function right(obs, sceneName, overlay, when) {
	await found(obs, true);
	const good = new Set();
	const bad = [];
	const look = async () => {
		const layout = await ask(obs, 'GetLayout', { source: overlay });
		const picture = pixels(await obs.picture(sceneName));
		const frame = frameShown(picture, 1);
		const position = playhead(picture, coded.height + playheadRow(layout), layout);
		return { frame, off: position === null || frame === null ? null : position - frame * FRAME_MS };
	};
	// Until the video is on screen and its length is known.
	const near = ({ off }) => off !== null && Math.abs(off) < 1000;
	await obs.until(look, near, 20000, `${when}: there is no playhead at the video's frame`);
	while (good.size < 9) {
		const { frame, off } = await look();
		if (off !== null && Math.abs(off) <= FRAME_MS + 10) good.add(frame);
		else bad.push(`${off} ms off at frame ${frame}`);
		if (bad.length > 1) fail(`${when}: the playhead is ${bad.join(', ')}`);
	}
}

async function begin(obs) {
	await obs.scene('One');
	await addVideo(obs, 'One', 'Video');
	await addOverlay(obs, 'One', 'Reactions');
	await ask(obs, 'StartSession', { path: join(dir, 'life.pulse'), follow: 'Video', tick_ms: 1000 });
	await right(obs, 'One', 'Reactions', 'at first');
}

async function media(obs) {
	await obs.call('SetInputName', { inputName: 'Video', newInputName: 'Film' });
	await right(obs, 'One', 'Reactions', 'after the video got another name');
	await obs.call('RemoveInput', { inputName: 'Film' });
	await found(obs, false);
	await obs.until(() => ask(obs, 'GetStatus'), ({ playback }) => playback.state === 'stopped', 20000, 'the playback without a video does not stop');
	await addVideo(obs, 'One', 'Video');
	// Above what was there: below the overlay again.
	const { sceneItems } = await obs.call('GetSceneItemList', { sceneName: 'One' });
	const { sceneItemId } = sceneItems.find(({ sourceName }) => sourceName === 'Video');
	await obs.call('SetSceneItemIndex', { sceneName: 'One', sceneItemId, sceneItemIndex: 0 });
	await right(obs, 'One', 'Reactions', 'after the video was made anew');
}

async function scenes(obs) {
	const { sceneItems } = await obs.call('GetSceneItemList', { sceneName: 'One' });
	await obs.call('CreateScene', { sceneName: 'Two' });
	for (const { sceneItemId } of [...sceneItems].sort((a, b) => a.sceneItemIndex - b.sceneItemIndex)) {
		await obs.call('DuplicateSceneItem', { sceneName: 'One', sceneItemId, destinationSceneName: 'Two' });
	}
	for (let i = 0; i < 4; i++) await addOverlay(obs, 'Two', `Reactions ${i}`);
	for (const sceneName of ['Two', 'One', 'Two']) {
		await obs.call('SetCurrentProgramScene', { sceneName });
		await right(obs, sceneName, 'Reactions', `in the scene ${sceneName}`);
	}
	const copies = (await obs.call('GetSceneItemList', { sceneName: 'Two' })).sceneItems;
	for (const sceneItemEnabled of [false, true]) {
		for (const { sceneItemId, sourceName } of copies) {
			if (sourceName !== 'Video') await obs.call('SetSceneItemEnabled', { sceneName: 'Two', sceneItemId, sceneItemEnabled });
		}
	}
	await right(obs, 'Two', 'Reactions 3', 'after all were hidden and shown');
}

// The settings of an overlay beside the one that is looked at change as fast as OBS takes them.
async function settings(obs) {
	for (let i = 0; i < 300; i++) {
		const inputSettings = { width: 400 + (i % 100), layout: ['lines', 'heat', 'bars'][i % 3], window_ms: (i % 2) * 4000 };
		await obs.call('SetInputSettings', { inputName: 'Reactions 0', inputSettings });
	}
	await obs.call('RemoveInput', { inputName: 'Reactions 0' });
	await right(obs, 'Two', 'Reactions 3', 'after many changes of settings');
}

async function collections(obs) {
	const { currentSceneCollectionName: home } = await obs.call('GetSceneCollectionList');
	const change = async (request, sceneCollectionName) => {
		const changed = obs.event('CurrentSceneCollectionChanged', () => true, 60000);
		await obs.call(request, { sceneCollectionName }, 60000);
		await changed;
	};
	await change('CreateSceneCollection', 'Elsewhere');
	await found(obs, false);
	await change('SetCurrentSceneCollection', home);
	await right(obs, 'Two', 'Reactions 3', 'after the scene collection came back');
}

async function changeCanvas(obs) {
	const sizes = [[800, canvas.height, 30], [canvas.width, 600, canvas.fps], [canvas.width, canvas.height, canvas.fps]];
	for (const [baseWidth, baseHeight, fpsNumerator] of sizes) {
		const size = { baseWidth, baseHeight, outputWidth: baseWidth, outputHeight: baseHeight };
		await obs.call('SetVideoSettings', { ...size, fpsNumerator, fpsDenominator: 1 });
		// Since OBS 31 places and sizes are relative to the canvas.
		const { sceneItems } = await obs.call('GetSceneItemList', { sceneName: 'Two' });
		for (const { sceneItemId, sourceName } of sceneItems) await place(obs, 'Two', sceneItemId, sourceName === 'Video' ? 0 : coded.height);
		await right(obs, 'Two', 'Reactions 3', `on a canvas of ${baseWidth}x${baseHeight} with ${fpsNumerator} frames a second`);
	}
}

script('obs_life', async () => {
	mkdirSync(`${build}/e2e`, { recursive: true });
	await codedVideo(video);
	// It is closed with the session running and the video playing.
	await withObs({ dir, ...module(build), ...canvas, preview: false }, async (obs) => {
		await begin(obs);
		await media(obs);
		await scenes(obs);
		await settings(obs);
		await collections(obs);
		await changeCanvas(obs);
		equal((await ask(obs, 'GetStatus')).state, 'running', 'the state when OBS is closed');
	});
});
