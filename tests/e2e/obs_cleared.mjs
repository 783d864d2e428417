// OBS clears its scenes, at a change of the scene collection and when it is closed, and nothing stays behind: also where a
// scene is destroyed, on another thread, before OBS has looked which is the next.
import { resolve } from 'node:path';
import { withObs } from '../../ci/lib/obs.mjs';
import { script } from '../../ci/lib/processes.mjs';
import { speech } from './files.mjs';
import { equal, module } from './plugin.mjs';

const build = resolve(process.argv[2]);

async function fill(obs) {
	for (const name of ['One', 'Two', 'Three']) {
		await obs.scene(name);
		await obs.addVideo(name, `Video ${name}`, speech);
		await obs.add(name, 'pulseline_timeline', `Reactions ${name}`, { follow: `Video ${name}` });
	}
}

const more = { LD_PRELOAD: `${build}/e2e/slow_release.so` };

script('obs_cleared', () =>
	withObs({ dir: `${build}/e2e/obs_cleared`, ...module(build), more }, async (obs) => {
		await fill(obs);
		const changed = obs.event('CurrentSceneCollectionChanged', () => true, 60000);
		await obs.call('CreateSceneCollection', { sceneCollectionName: 'Elsewhere' }, 60000);
		await changed;
		equal((await obs.call('GetInputList')).inputs, [], 'sources of a new scene collection');
		await fill(obs);
	}),
);
