// overlay_browser_cpu: processor time, in cores. What is compared: overlay/against_browser.mjs.
//
// needs: pulseline pulseline_module
import { script } from '../../ci/lib/processes.mjs';
import { compare } from './overlay/against_browser.mjs';

script('overlay_browser_cpu', () => compare({ name: 'overlay_browser_cpu', of: 'cores', unit: 'cores', seconds: 10 }));
