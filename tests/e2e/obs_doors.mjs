// Who may come in, in real OBS: the timeline shows a QR code that a phone's camera reads until the speech begins, doors
// and tickets do what they say, and who is taken out of the count is out of every figure until they are put back.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { withObs } from '../../ci/lib/obs.mjs';
import { fail, run, script } from '../../ci/lib/processes.mjs';
import { ask, equal, module, refuses } from './plugin.mjs';
import { Voter } from './voter.mjs';

const build = resolve(process.argv[2]);
const dir = `${build}/e2e/obs doors`;
let pictures = 0;

// What a camera reads in a picture of the timeline; '' without a code in it.
async function scanned(obs) {
	const file = join(dir, `picture${++pictures}.png`);
	writeFileSync(file, await obs.picture('Reactions'));
	const lines = await run('sh', ['-c', 'zbarimg --quiet --raw "$0" || test $? = 4', file]);
	return lines.find((line) => line.startsWith('http')) ?? '';
}

async function people(obs) {
	const { rows } = await ask(obs, 'GetSeries', { segment: 'All', min_n: 1 });
	return rows.reduce((sum, { n }) => sum + n, 0);
}

async function keptOut(url, code, why) {
	const outcome = await Voter.join(url, code).then(
		() => 'in',
		({ message }) => message,
	);
	if (!outcome.includes('forbidden')) fail(`${why}: ${outcome}`);
}

script('obs_doors', async () => {
	mkdirSync(dir, { recursive: true });
	await run('rm', ['-rf', dir]);
	await withObs({ dir, ...module(build) }, async (obs) => {
		await obs.scene('Studio');
		await obs.add('Studio', 'pulseline_timeline', 'Reactions', { width: 1280, height: 480, show_invitation: true });
		const { url, code } = await ask(obs, 'StartSession', { path: join(dir, 'a.pulse'), tick_ms: 500 });
		await obs.until(() => scanned(obs), (text) => text === `${url}#${code}`, 30000, `the timeline shows no code of ${url}#${code}`);

		const voters = await Promise.all([1, 2, 3].map(() => Voter.join(url, code)));
		await ask(obs, 'SetDoors', { doors: 'closed' });
		await keptOut(url, code, 'somebody came in through closed doors');
		await obs.until(() => scanned(obs), (text) => text === '', 30000, 'closed doors are still offered');
		await refuses(obs, 'SetDoors', { doors: 'ajar' }, 'with doors that are neither open nor closed');

		const sheet = join(dir, 'tickets.html');
		await ask(obs, 'MakeTickets', { count: 3, path: sheet });
		const cards = readFileSync(sheet, 'utf8').match(/<svg/g)?.length;
		equal(cards, 3, 'the cards of the sheet');
		await refuses(obs, 'MakeTickets', { count: 3, path: sheet }, 'over a sheet that is there');

		await ask(obs, 'SetDoors', { doors: 'open' });
		await ask(obs, 'SetPlayback', { state: 'playing', position_ms: 0 });
		await voters[0].until('playing');
		await obs.until(() => scanned(obs), (text) => text === '', 30000, 'the invitation stays when the speech has begun');
		await Promise.all(voters.map((voter) => voter.respond(1)));
		await obs.until(() => people(obs), (n) => n === 3, 20000, 'not everybody is counted');
		const participant = voters[0].joined.participant;
		await ask(obs, 'SetParticipant', { participant, counts: false });
		await obs.until(() => people(obs), (n) => n === 2, 20000, 'who was taken out is counted');
		await ask(obs, 'SetParticipant', { participant, counts: true });
		await obs.until(() => people(obs), (n) => n === 3, 20000, 'who was put back is not counted');
		await refuses(obs, 'SetParticipant', { participant: 'nobody', counts: false }, 'of an unknown participant');
		await Promise.all(voters.map((voter) => voter.leave()));
		await ask(obs, 'StopSession');
	});
});
