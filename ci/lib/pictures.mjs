// Pictures as pixels.
import { execFileSync } from 'node:child_process';

// A PNG as {width, height, rgba}.
export function pixels(png) {
	const options = { input: png, maxBuffer: 1 << 28, stdio: ['pipe', 'pipe', 'inherit'] };
	const rgba = execFileSync('convert', ['png:-', '-depth', '8', 'rgba:-'], options);
	return { width: png.readUInt32BE(16), height: png.readUInt32BE(20), rgba };
}

export function pixel({ width, rgba }, x, y) {
	const at = 4 * (y * width + x);
	return [...rgba.subarray(at, at + 4)];
}

// The share of pixels that are not fully transparent, and how many colours there are among them (in steps of 16).
export function ink({ rgba }) {
	let seen = 0;
	const colours = new Set();
	for (let i = 0; i < rgba.length; i += 4) {
		if (rgba[i + 3] === 0) continue;
		seen++;
		colours.add(((rgba[i] >> 4) << 8) | ((rgba[i + 1] >> 4) << 4) | (rgba[i + 2] >> 4));
	}
	return { share: (4 * seen) / rgba.length, colours: colours.size };
}

export function differ(a, b) {
	return a.width !== b.width || a.height !== b.height || !a.rgba.equals(b.rgba);
}

// The middle of the columns in which at least `share` of the given rows are near a colour; null if there are none.
export function column(picture, [r, g, b], top, bottom, share = 0.5) {
	const found = [];
	for (let x = 0; x < picture.width; x++) {
		let near = 0;
		for (let y = top; y < bottom; y++) {
			const [pr, pg, pb] = pixel(picture, x, y);
			if (Math.abs(pr - r) + Math.abs(pg - g) + Math.abs(pb - b) < 120) near++;
		}
		if (near >= share * (bottom - top)) found.push(x);
	}
	return found.length ? (found[0] + found[found.length - 1] + 1) / 2 : null;
}
