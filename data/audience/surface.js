// What a participant presses: for each target two buttons, levels or a dial, as the session's mode and scale say.
import { el, icon } from './dom.js';
import { text } from './texts.js';

const mostLevels = 11;
const slop = 8; // pixels that a finger may tremble
const clickAfter_ms = 500; // of its finger
const minus = '\u2212';

// The values of a push-button session's buttons, rising.
export function levelsOf({ min, max, neutral }) {
	const whole = [min, max].every(Number.isInteger) && max - min < mostLevels;
	if (whole) {
		const levels = Array.from({ length: max - min + 1 }, (_, i) => min + i);
		const sides = levels.filter((value) => value !== neutral);
		return sides.length === 2 && sides[0] < neutral && neutral < sides[1] ? sides : levels;
	}
	return neutral > min && neutral < max ? [min, (min + neutral) / 2, neutral, (neutral + max) / 2, max] : [min, max];
}

export function written(value) {
	return String(Math.round(value * 100) / 100).replace('-', minus);
}

// With a sign where the scale's middle is 0.
function signed(value, neutral) {
	return (neutral === 0 && value > 0 ? '+' : '') + written(value);
}

function kindOf(value, neutral) {
	return value > neutral ? 'like' : value < neutral ? 'dislike' : 'neutral';
}

function felt(kind) {
	navigator.vibrate?.(kind === 'dislike' ? [12, 50, 12] : 18);
}

const ends = () => el('div', { class: 'ends', 'aria-hidden': 'true' }, el('span', {}, text('dislike')), el('span', {}, text('like')));

// Calls `act` once for each press. Browsers make no click of a finger that slides or is not the only one: so it counts when
// it is lifted, and a click only if no finger made it, but a key, say.
function pressable(act) {
	let liftedAt = -Infinity;
	return {
		onpointerdown({ button, pointerId, currentTarget: it }) {
			if (button) return;
			it.setPointerCapture(pointerId);
			it.classList.add('down');
		},
		onpointerup({ pointerId, timeStamp, clientX: x, clientY: y, currentTarget: it }) {
			if (!it.hasPointerCapture(pointerId)) return;
			liftedAt = timeStamp;
			const { left, right, top, bottom } = it.getBoundingClientRect();
			if (x > left - slop && x < right + slop && y > top - slop && y < bottom + slop) act();
		},
		onlostpointercapture: ({ currentTarget: it }) => it.classList.remove('down'),
		onclick: ({ detail, timeStamp }) => (detail && timeStamp - liftedAt < clickAfter_ms) || act(),
	};
}

// A row tells `pressed(value, done)`, `done` false while a finger still moves; `mark(value)` shows a value, null none.
function buttonRow({ scale }, pressed) {
	const levels = levelsOf(scale);
	const pair = levels.length === 2 && levels[0] < scale.neutral && levels[1] > scale.neutral;
	const buttons = levels.map((value) => {
		const kind = kindOf(value, scale.neutral);
		const name = text(kind);
		const button = el('button', {
			class: `press ${kind}`,
			'aria-label': pair ? undefined : `${signed(value, scale.neutral)}, ${name}`,
			...pressable(() => {
				felt(kind);
				pressed(value, true);
			}),
		});
		if (pair) button.append(icon('thumb', kind), el('span', {}, name));
		else button.append(signed(value, scale.neutral), ' ', el('small', {}, value === levels[0] || value === levels.at(-1) ? name : ''));
		return button;
	});
	// The thumb up is what hands look for first.
	const shown = pair ? [buttons[1], buttons[0]] : buttons;
	const mark = (value) => buttons.forEach((button, i) => button.setAttribute('aria-pressed', levels[i] === value));
	const group = el('div', { class: pair ? 'pair' : 'levels' }, ...shown);
	return { parts: pair ? [group] : [group, ends()], mark, thumbs: pair ? 4 : levels.length };
}

function dialRow({ scale }, pressed, label) {
	const { min, max, neutral } = scale;
	const whole = [min, max].every(Number.isInteger) && max - min >= 5;
	const value = el('output', { class: 'value', 'aria-hidden': 'true' });
	const input = el('input', { type: 'range', class: 'dial', min, max, step: whole ? 1 : (max - min) / 100, 'aria-label': label });
	input.value = neutral;
	let shown = null;
	let grip = null; // what holds the thumb: a finger is `sure` once it has moved along
	const mark = (at) => {
		shown = at;
		const held = at !== null;
		input.classList.toggle('held', held);
		if (!grip) input.value = at ?? neutral;
		value.textContent = held ? signed(at, neutral) : text('untouched');
		input.setAttribute('aria-valuetext', held ? `${signed(at, neutral)}, ${text(kindOf(at, neutral))}` : text('untouched'));
		value.dataset.kind = held ? kindOf(at, neutral) : '';
	};
	input.style.setProperty('--middle', `${((neutral - min) / (max - min)) * 100}%`);
	let side = 'neutral';
	const say = () => {
		const now = Number(input.value);
		const kind = kindOf(now, neutral);
		if (kind !== side) felt(kind);
		side = kind;
		pressed(now, !grip);
	};
	// A finger that only wants to scroll the page comes down on the dial as well: it says nothing until it moves along, or
	// is lifted. A tap on the thumb changes nothing, but it says: here.
	Object.assign(input, {
		onpointerdown: ({ button, pointerType, clientX: x }) => (grip = button ? null : { x, sure: pointerType === 'mouse' }),
		onpointermove({ clientX }) {
			if (grip?.sure !== false || Math.abs(clientX - grip.x) < slop) return;
			grip.sure = true;
			say();
		},
		onpointerup() {
			if (!grip) return;
			grip = null;
			say();
		},
		onpointercancel() {
			const { sure } = grip ?? {};
			grip = null;
			if (sure) say();
			else mark(shown);
		},
		oninput: () => grip?.sure !== false && say(),
	});
	return { parts: [value, input, ends()], mark };
}

// One row for each target. `pressed(place, value, done)` is called for every press; `mark(place, value)` shows one.
export function surface(session, pressed) {
	const { targets, mode } = session;
	const rows = targets.map((name, place) => {
		const lone = targets.length === 1 && name === 'main';
		const label = lone ? session.title || 'Pulseline' : text('target', { name });
		const make = mode === 'latched' ? dialRow : buttonRow;
		const { parts, ...row } = make(session, (value, done) => pressed(place, value, done), label);
		row.mark(null);
		const heading = lone ? null : el('h2', { dir: 'auto' }, name);
		return { ...row, element: el('div', { class: 'row', role: 'group', 'aria-label': label, 'data-target': name }, heading, ...parts) };
	});
	const element = el('section', { class: `stage ${targets.length > 1 ? 'many' : 'one'} ${mode}` }, ...rows.map((row) => row.element));
	element.style.setProperty('--thumbs', rows[0].thumbs ?? 1);
	return { element, mark: (place, value) => rows[place].mark(value) };
}
