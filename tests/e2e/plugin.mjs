// The plugin as it was built, and its vendor requests.
import { fail } from '../../ci/lib/processes.mjs';

// The folders that OBS loads it from.
export function module(build) {
	return { plugins: `${build}/rundir/obs-plugins`, data: `${build}/rundir/data/obs-plugins` };
}

// What the plugin answers, which must not be an error.
export async function ask(obs, type, data) {
	const answer = (await obs.vendor(type, data, 60000)) ?? {};
	if (answer.error) fail(`${type}: ${answer.error}`);
	return answer;
}

// A request that must be refused, with one line.
export async function refuses(obs, type, data, why) {
	const { error } = (await obs.vendor(type, data)) ?? {};
	if (!error || error.includes('\n')) fail(`${type} ${why} was not refused with one line: ${error}`);
}

export function equal(got, wanted, what) {
	if (JSON.stringify(got) !== JSON.stringify(wanted)) fail(`${what}: ${JSON.stringify(got)}, not ${JSON.stringify(wanted)}`);
}
