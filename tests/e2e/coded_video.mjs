// A video whose every frame says which one it is: its number in binary, as ten squares, black or white, beside one that
// is always white. So a picture of OBS's output tells exactly which frame is on screen.
import { existsSync, renameSync } from 'node:fs';
import { run } from '../../ci/lib/processes.mjs';
import { pixel } from '../../ci/lib/pictures.mjs';

const BITS = 10;
export const coded = { width: 640, height: 360, fps: 30, seconds: 10 };

export async function codedVideo(file) {
	if (existsSync(file)) return;
	const { width, height, fps, seconds } = coded;
	const square = (k, when) => `drawbox=x=${20 + 50 * k}:y=20:w=40:h=40:color=white:t=fill:enable='${when}'`;
	const squares = Array.from({ length: BITS }, (_, k) => square(k, `mod(floor(n/${2 ** k})\\,2)`));
	squares.push(square(BITS, '1'));
	// B-frames and a key frame every two seconds, as videos have; a tone, as the media's clock counts sound too.
	const args = ['-v', 'error', '-y', '-f', 'lavfi', '-i', `color=c=black:s=${width}x${height}:r=${fps}:d=${seconds}`];
	args.push('-f', 'lavfi', '-i', `sine=frequency=330:sample_rate=48000:duration=${seconds}`, '-vf', squares.join());
	args.push('-c:v', 'libx264', '-preset', 'veryfast', '-crf', '18', '-g', `${2 * fps}`, '-bf', '2', '-pix_fmt', 'yuv420p');
	await run('ffmpeg', [...args, '-c:a', 'aac', '-shortest', `${file}.part.mp4`]);
	renameSync(`${file}.part.mp4`, file);
}

// Which frame a picture shows, null for none; `scale` is the picture's size by the video's, `y` a row in the squares.
export function frameShown(picture, scale, y = Math.round(40 * scale)) {
	const white = (k) => pixel(picture, Math.round((40 + 50 * k) * scale), y)[0] > 127;
	if (!white(BITS)) return null;
	let number = 0;
	for (let k = 0; k < BITS; k++) number += white(k) ? 2 ** k : 0;
	return number;
}
