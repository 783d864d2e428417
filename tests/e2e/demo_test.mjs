// The demonstration with a video of one's own, a short one without sound and with spaces in its name; and with files
// that are no videos.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readCsv } from '../../ci/lib/accounts.mjs';
import { Program, fail, run, script } from '../../ci/lib/processes.mjs';
import { probe, query, speech, top } from './files.mjs';
import { equal } from './plugin.mjs';

const build = resolve(process.argv[2]);
const dir = join(build, 'e2e/the demo');
const out = join(dir, 'what came out');

function demo(video) {
	return new Program(process.execPath, [join(top, 'ci/lib/demo.mjs'), build, video, out]);
}

async function refuses(video, words) {
	const program = demo(video);
	const { code } = await program.ended(60000);
	const lines = program.lines.filter(Boolean);
	equal([code, lines.length], [1, 1], `exit status and lines for ${video}`);
	if (!lines[0].includes(words)) fail(`${video}: ${lines[0]}`);
}

async function shows(video) {
	const program = demo(video);
	const { code } = await program.ended(240000);
	if (code !== 0) fail(program.lastWords());
	const summary = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'));
	const [{ stored, people }] = await query(join(out, 'session.pulse'), 'SELECT count(*) stored, (SELECT count(*) FROM participant) people FROM response');
	const { participants, sent, acked, counted, duration_ms } = summary;
	equal([sent, acked, summary.stored, counted, participants], [stored, stored, stored, stored, people], 'the summary');
	if (people < 300) fail(`only ${people} people`);
	const { format, streams } = await probe(join(out, 'annotated.mkv'));
	if (Number(format.duration) * 1000 < duration_ms - 500) fail(`the recording has ${format.duration} s of ${duration_ms} ms`);
	const { streams: poster } = await probe(join(out, 'poster.png'));
	equal([poster[0].width, poster[0].height], [streams[0].width, streams[0].height], 'the size of the poster');
	const rows = readCsv(readFileSync(join(out, 'table.csv'), 'utf8'));
	const segments = new Set(rows.map((row) => row.segment));
	const voices = rows.filter((row) => row.segment === 'All').reduce((sum, row) => sum + Number(row.n), 0);
	if (segments.size < 4 || !(voices > 0 && voices <= stored)) fail(`the table has ${segments.size} segments and ${voices} voices`);
}

script('demo_test', async () => {
	rmSync(dir, { recursive: true, force: true });
	mkdirSync(dir, { recursive: true });
	const sound = join(dir, 'sound alone.m4a');
	await run('ffmpeg', ['-v', 'error', '-i', speech, '-vn', '-c', 'copy', sound]);
	await refuses(sound, 'no moving picture');
	await refuses(join(top, 'LICENSE'), 'cannot be read as a video');
	if (existsSync(out)) fail('a refused video leaves files behind');
	const video = join(dir, 'my own (short) video.mov');
	const made = ['-f', 'lavfi', '-i', 'testsrc2=s=480x852:r=25:d=9', '-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p'];
	await run('ffmpeg', ['-v', 'error', ...made, video]);
	await shows(video);
});
