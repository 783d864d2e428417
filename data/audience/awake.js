// Keeps the screen on. The Wake Lock API is for secure contexts only, which a page on a local network is not; there a film
// does it, two seconds of black and silence:
//   ffmpeg -f lavfi -i color=black:s=16x16:r=1 -f lavfi -i anullsrc=r=8000:cl=mono -t 2 -c:v libx264 -profile:v baseline \
//     -pix_fmt yuv420p -g 2 -bsf:v filter_units=remove_types=6 -c:a aac -b:a 8k -movflags +faststart -use_editlist 0 \
//     -map_metadata -1 -fflags +bitexact awake.mp4
// A film keeps a screen on only if it could be heard, so it has a sound track and is not muted; and WebKit lets one with
// `loop` not count (HTMLMediaElement::shouldDisableSleep). As a data: URL it needs no byte ranges of the server.
const black = 'data:video/mp4;base64,AAAAIGZ0eXBpc29tAAACAGlzb21pc28yYXZjMW1wNDEAAAUXbW9vdgAAAGxtdmhkAAAAAAAAAAAAAAAAAAAD6AAACFEAAQAAAQAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAwAAAj10cmFrAAAAXHRraGQAAAADAAAAAAAAAAAAAAABAAAAAAAACFEAAAAAAAAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAABAAAAAABAAAAAQAAAAAAHZbWRpYQAAACBtZGhkAAAAAAAAAAAAAAAAAABAAAAAiDJVxAAAAAAALWhkbHIAAAAAAAAAAHZpZGUAAAAAAAAAAAAAAABWaWRlb0hhbmRsZXIAAAABhG1pbmYAAAAUdm1oZAAAAAEAAAAAAAAAAAAAACRkaW5mAAAAHGRyZWYAAAAAAAAAAQAAAAx1cmwgAAAAAQAAAURzdGJsAAAAuHN0c2QAAAAAAAAAAQAAAKhhdmMxAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAABAAEABIAAAASAAAAAAAAAABDExhdmMgbGlieDI2NAAAAAAAAAAAAAAAAAAAAAAAAAAAGP//AAAALmF2Y0MBQsAK/+EAFmdCwArZHsBEAAADAAQAAAMACDxImSABAAVoy4PLIAAAABBwYXNwAAAAAQAAAAEAAAAUYnRydAAAAAAAAABpAAAAAAAAACBzdHRzAAAAAAAAAAIAAAABAABIMgAAAAEAAEAAAAAAFHN0c3MAAAAAAAAAAQAAAAEAAAAcc3RzYwAAAAAAAAABAAAAAQAAAAEAAAABAAAAHHN0c3oAAAAAAAAAAAAAAAIAAAASAAAACgAAABhzdGNvAAAAAAAAAAIAAAVLAAAFfQAAAil0cmFrAAAAXHRraGQAAAADAAAAAAAAAAAAAAACAAAAAAAACFAAAAAAAAAAAAAAAAEBAAAAAAEAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAHFbWRpYQAAACBtZGhkAAAAAAAAAAAAAAAAAAAfQAAAQoBVxAAAAAAALWhkbHIAAAAAAAAAAHNvdW4AAAAAAAAAAAAAAABTb3VuZEhhbmRsZXIAAAABcG1pbmYAAAAQc21oZAAAAAAAAAAAAAAAJGRpbmYAAAAcZHJlZgAAAAAAAAABAAAADHVybCAAAAABAAABNHN0YmwAAAB+c3RzZAAAAAAAAAABAAAAbm1wNGEAAAAAAAAAAQAAAAAAAAAAAAEAEAAAAAAfQAAAAAAANmVzZHMAAAAAA4CAgCUAAgAEgICAF0AVAAAAAAAfQAAAAP8FgICABRWIVuUABoCAgAECAAAAFGJ0cnQAAAAAAAAfQAAAAP8AAAAgc3R0cwAAAAAAAAACAAAAEAAABAAAAAABAAACgAAAAChzdHNjAAAAAAAAAAIAAAABAAAAAQAAAAEAAAACAAAACAAAAAEAAAAUc3RzegAAAAAAAAAEAAAAEQAAABxzdGNvAAAAAAAAAAMAAAVHAAAFXQAABYcAAAAac2dwZAEAAAByb2xsAAAAAgAAAAH//wAAABxzYmdwAAAAAHJvbGwAAAABAAAAEQAAAAEAAAA9dWR0YQAAADVtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABtZGlyYXBwbAAAAAAAAAAAAAAAAAhpbHN0AAAACGZyZWUAAABobWRhdAEYIAcAAAAOZYiEBb///w9FAAFPf4ABGCAHARggBwEYIAcBGCAHARggBwEYIAcBGCAHARggBwAAAAZBmjgK+oABGCAHARggBwEYIAcBGCAHARggBwEYIAcBGCAHARggBw==';

let wanted = false;
let lock = null;
let film = null;

function roll() {
	if (!film) {
		film = document.createElement('video');
		film.setAttribute('playsinline', '');
		film.src = black;
		film.addEventListener('timeupdate', () => {
			if (film.currentTime > 1) film.currentTime = 0;
		});
	}
	return film.play();
}

async function hold() {
	const on = wanted && !document.hidden;
	try {
		if (!navigator.wakeLock) await (on ? roll() : film?.pause());
		else if (on && (!lock || lock.released)) lock = await navigator.wakeLock.request('screen');
		else if (!on) await lock?.release();
	} catch {
		// Not before the first touch, or the battery is low: asked again with the next touch.
	}
}

document.addEventListener('click', hold);
document.addEventListener('visibilitychange', hold);

export function stayAwake(yes) {
	wanted = yes;
	hold();
}
