// overlay_browser_memory: memory: what OBS maps more (RSS), and what all of Chromium's
// processes have, shared parts in proportion (PSS). What is compared: overlay/against_browser.mjs.
//
// needs: pulseline pulseline_module
import { script } from '../../ci/lib/processes.mjs';
import { compare } from './overlay/against_browser.mjs';

script('overlay_browser_memory', () => compare({ name: 'overlay_browser_memory', of: 'memory_MiB', unit: 'MiB', review: true, seconds: 2 }));
