// The clock of the page: the time of the speech, and a ring that fills once a tick.
import { write } from './dom.js';
import { clock } from './speech.js';

const calm = matchMedia('(prefers-reduced-motion: reduce)');
let ringOf = '';

// The playback was told anew.
export function resetRing() {
	ringOf = '';
}

// The ring is set off once a tick and runs by itself.
export function showTime(speech, now, key, done) {
	write('time', clock(speech.position(now)));
	const run = `${key} ${speech.state} ${speech.rate} ${calm.matches}`;
	if (run === ringOf) return;
	ringOf = run;
	const ring = document.getElementById('ring');
	ring.getAnimations?.().forEach((animation) => animation.cancel());
	ring.style.strokeDashoffset = String(100 - 100 * done);
	if (speech.state !== 'playing' || !ring.animate) return;
	ring.animate([{ strokeDashoffset: 100 - 100 * done }, { strokeDashoffset: 0 }], {
		duration: ((1 - done) * speech.tick_ms) / speech.rate,
		easing: calm.matches ? 'steps(4)' : 'linear',
		fill: 'forwards',
	});
}
