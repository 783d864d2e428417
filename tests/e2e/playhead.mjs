// Where the overlay's playhead stands in a picture, when it is magenta, which nothing else is.
export const MAGENTA = 0xffff00ff;

// The middle of what is magenta in a row; soft, as a recorded video's colours are coarser than its pixels.
function magenta({ width, rgba }, y) {
	let sum = 0;
	let moment = 0;
	for (let x = 0; x < width; x++) {
		const at = 4 * (y * width + x);
		const strength = Math.min(rgba[at], rgba[at + 2]) - rgba[at + 1];
		if (strength < 60) continue;
		sum += strength;
		moment += strength * (x + 0.5);
	}
	return sum > 0 ? moment / sum : null;
}

// The position that it marks, null if there is none; `layout` as GetLayout answers, of an overlay at the left edge.
export function playhead(picture, y, layout) {
	const x = magenta(picture, y);
	return x === null ? null : layout.start_ms + ((x - layout.x) / layout.width) * (layout.end_ms - layout.start_ms);
}

// A row of the overlay in which it can be seen: below what the overlay has to say.
export function playheadRow(layout) {
	return layout.y + layout.height - 6;
}
