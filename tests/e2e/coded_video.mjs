// A video whose every frame says which one it is: its number in binary, as twelve squares, black or white. So a picture
// of OBS's output tells exactly which frame is on screen.
import { existsSync, renameSync } from 'node:fs';
import { run } from '../../ci/lib/processes.mjs';
import { pixel } from '../../ci/lib/pictures.mjs';

const BITS = 12;
export const coded = { width: 640, height: 360, fps: 30, seconds: 16 };

export async function codedVideo(file) {
	if (existsSync(file)) return;
	const { width, height, fps, seconds } = coded;
	const squares = Array.from(
		{ length: BITS },
		(_, k) => `drawbox=x=${20 + 50 * k}:y=20:w=40:h=40:color=white:t=fill:enable='mod(floor(n/${2 ** k})\\,2)'`,
	);
	// B-frames and a key frame every two seconds, as videos have; a tone, as the media's clock counts sound too.
	const args = ['-v', 'error', '-y', '-f', 'lavfi', '-i', `color=c=black:s=${width}x${height}:r=${fps}:d=${seconds}`];
	args.push('-f', 'lavfi', '-i', `sine=frequency=330:sample_rate=48000:duration=${seconds}`, '-vf', squares.join());
	args.push('-c:v', 'libx264', '-preset', 'veryfast', '-crf', '18', '-g', `${2 * fps}`, '-bf', '2', '-pix_fmt', 'yuv420p');
	await run('ffmpeg', [...args, '-c:a', 'aac', '-shortest', `${file}.part.mp4`]);
	renameSync(`${file}.part.mp4`, file);
}

// Which frame a picture shows; `scale` is the picture's size by the video's.
export function frameShown(picture, scale) {
	let number = 0;
	for (let k = 0; k < BITS; k++) {
		const [r] = pixel(picture, Math.round((40 + 50 * k) * scale), Math.round(40 * scale));
		if (r > 127) number += 2 ** k;
	}
	return number;
}
