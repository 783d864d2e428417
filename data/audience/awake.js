// Keeps the screen on where the browser lets a page ask for it.
let lock = null;
let wanted = false;

async function ask() {
	if (!wanted || document.hidden || !navigator.wakeLock || (lock && !lock.released)) return;
	try {
		lock = await navigator.wakeLock.request('screen');
	} catch {
		lock = null; // low on battery, or not allowed: the screen does as it likes
	}
}

document.addEventListener('visibilitychange', ask);

export function stayAwake() {
	wanted = true;
	ask();
}
