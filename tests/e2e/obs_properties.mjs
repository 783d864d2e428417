// A timeline's properties in real OBS: a preset is seen at once, while the dialogue is open, and OBS's undo takes it back.
import { resolve } from 'node:path';
import { withObs } from '../../ci/lib/obs.mjs';
import { script } from '../../ci/lib/processes.mjs';
import { equal, module } from './plugin.mjs';

const build = resolve(process.argv[2]);

script('obs_properties', () =>
	withObs({ dir: `${build}/e2e/obs_properties`, ...module(build) }, async (obs) => {
		const inputName = 'Reactions';
		await obs.scene('Studio');
		await obs.add('Studio', 'pulseline_timeline', inputName, { width: 800, height: 200, theme: 'light' });
		const settings = async () => (await obs.call('GetInputSettings', { inputName })).inputSettings;
		const size = async () => {
			const { sceneItems } = await obs.call('GetSceneItemList', { sceneName: 'Studio' });
			const { sourceWidth, sourceHeight } = sceneItems[0].sceneItemTransform;
			return [sourceWidth, sourceHeight];
		};
		const has = (wanted, why) => obs.until(size, (now) => String(now) === String(wanted), 20000, why);
		const before = await settings();
		await has([800, 200], 'the timeline has not its size');

		await obs.call('OpenInputPropertiesDialog', { inputName });
		const [dialog] = await obs.xdotool('search', '--sync', '--onlyvisible', '--name', `^Properties for '${inputName}'$`);
		await obs.call('PressInputPropertiesButton', { inputName, propertyName: 'preset_full' });
		await has([960, 540], 'a preset does not take effect while the dialogue is open');
		await obs.xdotool('windowfocus', '--sync', dialog, 'key', 'Return');
		const gone = () => obs.xdotool('search', '--name', `^Properties for '${inputName}'$`).catch(() => []);
		await obs.until(gone, (windows) => windows.filter(Boolean).length === 0, 20000, 'the dialogue does not close');

		await obs.xdotool('mousemove', 270, 523, 'click', 1, 'key', 'ctrl+z'); // the sources' list of OBS's default layout
		await has([800, 200], "OBS's undo does not take a preset back");
		const { undo_uuid, ...after } = await settings(); // OBS leaves a mark of its own
		equal(after, before, 'the settings after undo');
	}),
);
