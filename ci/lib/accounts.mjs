// Tables of series and whether they say the same.
import { fail } from './processes.mjs';

const WHOLE = ['present', 'n', 'likes', 'dislikes'];
const REAL = ['mean', 'sd', 'ci_low', 'ci_high', 'net', 'activity'];
const TEXT = ['majority', 'base'];

// CSV with a header (RFC 4180) as objects; empty cells are left out.
export function readCsv(text) {
	const rows = [[]];
	for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
		rows.at(-1).push(quoted !== undefined ? quoted.replaceAll('""', '"') : plain);
		if (end !== ',') rows.push([]);
		if (end === '') break;
	}
	const [header, ...body] = rows.filter((row) => row.length > 1);
	return body.map((row) => Object.fromEntries(header.map((name, i) => [name, row[i]]).filter(([, cell]) => cell !== '')));
}

function close(a, b) {
	if (a === undefined || b === undefined) return a === b;
	return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));
}

function number(cell) {
	return cell === undefined || cell === null ? undefined : Number(cell);
}

// Which columns of two rows differ.
function differences(a, b) {
	return [
		...WHOLE.filter((name) => number(a[name]) !== number(b[name])),
		...REAL.filter((name) => !close(number(a[name]), number(b[name]))),
		...TEXT.filter((name) => a[name] !== b[name]),
	];
}

// Fails unless both tables have the same rows with the same figures; gives how many figures were compared.
export function checkSame(ours, theirs, what) {
	const key = (row) => `${row.segment}, ${row.target}, tick ${row.tick}`;
	const others = new Map(theirs.map((row) => [key(row), row]));
	if (ours.length === 0) fail(`${what}: there are no rows`);
	if (ours.length !== theirs.length) fail(`${what}: ${ours.length} rows against ${theirs.length}`);
	for (const row of ours) {
		const other = others.get(key(row));
		if (!other) fail(`${what}: one side has no row for ${key(row)}`);
		const [column] = differences(row, other);
		if (column) fail(`${what}: ${key(row)}: ${column} is ${row[column]} against ${other[column]}`);
	}
	return ours.length * (WHOLE.length + REAL.length + TEXT.length);
}

// The tick in which the segments' means lie farthest apart, among equals the first; of one segment alone, the tick
// farthest from neutral.
export function liveliest(rows, neutral) {
	let best = { tick: 0, spread: -1 };
	for (const tick of new Set(rows.map((row) => Number(row.tick)))) {
		const means = rows.filter((row) => Number(row.tick) === tick && number(row.mean) !== undefined).map((row) => Number(row.mean));
		if (means.length === 0) continue;
		const spread = means.length > 1 ? Math.max(...means) - Math.min(...means) : Math.abs(means[0] - neutral);
		if (spread > best.spread) best = { tick, spread };
	}
	return best;
}
