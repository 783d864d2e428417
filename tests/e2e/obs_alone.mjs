// OBS without the plugin: what the other tests see beyond this is the plugin's doing.
import { resolve } from 'node:path';
import { withObs } from '../../ci/lib/obs.mjs';
import { fail, script } from '../../ci/lib/processes.mjs';
import { probe, speech } from './files.mjs';

const build = resolve(process.argv[2]);

script('obs_alone', () =>
	withObs({ dir: `${build}/e2e/obs_alone` }, async (obs) => {
		// In the one scene that there is: OBS 32 alone may stumble over several when it is closed (plugin/obs/README.md).
		const { currentProgramSceneName } = await obs.call('GetCurrentProgramScene');
		await obs.addVideo(currentProgramSceneName, 'Video', speech);
		await obs.recordStart();
		await obs.media('Video', 'RESTART');
		const later = ({ mediaCursor }) => mediaCursor >= 2000;
		await obs.until(() => obs.call('GetMediaInputStatus', { inputName: 'Video' }), later, 30000, 'the video does not play');
		const { format, streams } = await probe(await obs.recordStop());
		if (Number(format.duration) < 1.5) fail(`two seconds of play gave a recording of ${format.duration} s`);
		const kinds = streams.map((stream) => stream.codec_type).sort().join();
		if (kinds !== 'audio,video') fail(`the recording has ${kinds || 'nothing'}`);
	}),
);
