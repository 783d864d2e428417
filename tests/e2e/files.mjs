// Where things are, and looking into files with programs that others wrote.
import { fileURLToPath } from 'node:url';
import { run } from '../../ci/lib/processes.mjs';

export const top = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');
export const speech = `${top}/build/demo-speech/speech.mp4`;

// What ffprobe knows of a file's format and streams.
export async function probe(file, ...args) {
	const lines = await run('ffprobe', ['-v', 'error', '-show_format', '-show_streams', '-of', 'json', ...args, file]);
	return JSON.parse(lines.join('\n'));
}

// Rows of an SQLite file, as objects, read by SQLite's own shell.
export async function query(file, sql) {
	const lines = await run('sqlite3', ['-readonly', '-json', file, sql]);
	return JSON.parse(lines.join('\n') || '[]');
}
