// The observer page: the curves of a running session as they grow, and the figures behind them.
import { el, heading, show, write } from '/dom.js';
import { Link, readCode } from '/link.js';
import { Speech, clock } from '/speech.js';
import { direction, language, translator } from '/texts.js';
import { Chart, measures, styleOf } from '/observe/chart.js';
import { Figures } from '/observe/figures.js';
import { makeTable } from '/observe/table.js';
import { texts } from '/observe/texts.js';

const text = translator(texts);
const byId = (id) => document.getElementById(id);
const stored = 'pulseline.observe'; // for as long as the tab is open
const beat_ms = 250;

// Where a browser forbids to remember, the key is asked for again after a reload.
function memory(use) {
	try {
		return use(sessionStorage);
	} catch {
		return null;
	}
}

let who = null; // { code, key }
let link = null;
let session = null;
let speech = null;
let figures = new Figures();
let markers = []; // as the server told them, by position
let statements = [];
let view = null; // what is on screen once there is a session
let state = '';
let stale = true; // something came that is not drawn yet
const wish = { target: null, measure: 'mean', tick: null, hidden: new Set() }; // tick null: the latest

function setState(next) {
	if (state === next) return;
	state = next;
	document.body.dataset.state = next;
	for (const id of ['state', 'live']) write(id, text(next));
}

// ---- who may look -------------------------------------------------------------------------------------------------

function askKey(problem) {
	link?.stop();
	setState('form');
	view = null;
	const code = el('input', { id: 'code', type: 'text', autocomplete: 'off', autocapitalize: 'characters', spellcheck: 'false', maxlength: 12, dir: 'ltr' });
	const key = el('input', { id: 'key', type: 'password', autocomplete: 'off', dir: 'ltr', 'aria-describedby': 'hint' });
	const said = el('p', { id: 'problem', class: 'problem', role: 'alert' }, problem ?? '');
	code.value = who?.code ?? '';
	const submit = (event) => {
		event.preventDefault();
		const typed = { code: readCode(code.value), key: key.value.trim() };
		if (typed.code && typed.key) return begin(typed);
		said.textContent = typed.code ? text('form') : text('codeShape');
		(typed.code ? key : code).focus();
	};
	show(
		el(
			'form',
			{ class: 'card', novalidate: true, onsubmit: submit },
			heading(text('formTitle')),
			el('label', { for: 'code' }, text('code')),
			code,
			el('label', { for: 'key' }, text('key')),
			key,
			el('p', { id: 'hint', class: 'hint' }, text('keyHint')),
			said,
			el('button', { class: 'primary', type: 'submit' }, text('watch')),
		),
	);
	(code.value ? key : code).focus({ preventScroll: true });
}

// The key may come after `#CODE.`; it does not stay in the address, where others could read it or it be kept.
function readAddress() {
	const [code, key] = location.hash.slice(1).split('.');
	if (key) history.replaceState(null, '', `#${code}`);
	const kept = JSON.parse(memory((storage) => storage.getItem(stored)) ?? 'null');
	const known = readCode(code ?? '');
	if (known && key) return { code: known, key };
	return kept && (!known || known === kept.code) ? kept : { code: known ?? '', key: '' };
}

function start() {
	who = readAddress();
	if (who.code && who.key) begin(who);
	else askKey();
}

function begin(now) {
	link?.stop();
	who = now;
	session = speech = view = null;
	figures = new Figures();
	markers = statements = [];
	Object.assign(wish, { target: null, tick: null, hidden: new Set() });
	byId('main').replaceChildren();
	setState('connecting');
	link = new Link(location.origin.replace('http', 'ws'));
	link.onopen = () => link.send({ type: 'join', session: who.code, role: 'observer', key: who.key }, true);
	link.onmessage = (message) => take[message.type]?.(message);
	link.onlost = () => setState(state === 'over' ? 'over' : session ? 'reconnecting' : 'connecting');
	link.start();
}

function forget() {
	memory((storage) => storage.removeItem(stored));
	history.replaceState(null, '', location.pathname);
	who = session = null;
	askKey();
}

const take = {
	joined(message) {
		memory((storage) => storage.setItem(stored, JSON.stringify(who)));
		session = message;
		speech = new Speech(message);
		wish.target ??= message.targets[0];
		link.settled();
		setState('live');
		write('title', message.title || 'Pulseline');
		document.title = `${message.title || 'Pulseline'} · ${text('page')}`;
		write('simulated', message.simulated ? text('simulated') : '');
		take.playback({ ...message.playback, duration_ms: message.duration_ms });
		view ??= makeView();
		stale = true;
	},
	playback(message) {
		speech?.take(message, performance.now() - link.halfTrip_ms);
		beat();
	},
	series(message) {
		figures.series(message);
		stale = true;
	},
	tick(message) {
		figures.tick(message);
		stale = true;
	},
	markers({ items }) {
		markers = items.toSorted((a, b) => a.position_ms - b.position_ms);
		showMarkers();
	},
	statements({ items }) {
		statements = items;
		beat();
	},
	error({ code, message }) {
		if (code === 'session_closed') {
			link.stop();
			setState('over');
			beat();
		} else if (!session || code === 'forbidden' || code === 'unknown_session') {
			askKey(code === 'rate_limited' ? text('busy') : code in texts.en ? text(code) : text('saysNo', { why: message }));
		}
	},
};

// ---- what is seen -------------------------------------------------------------------------------------------------

function choice(name, label, values, named, changed) {
	const select = el('select', { id: name, onchange: () => changed(select.value) }, ...values.map((value) => el('option', { value }, named(value))));
	return el('p', { class: 'field' }, el('label', { for: name }, label), select);
}

// The frame: it lasts until another session is watched.
function makeView() {
	const chart = el('div', { class: 'chart', role: 'img', dir: 'ltr' });
	const said = el('blockquote', { id: 'said', dir: 'auto', hidden: true });
	const marks = el('ol', { id: 'marks', 'aria-label': text('markers'), hidden: true });
	const explain = el('p', { class: 'hint' });
	const at = el('input', { id: 'at', type: 'range', min: 0, max: 0, step: 1, dir: 'ltr', oninput: () => choose(Number(at.value)) });
	const when = el('output', { id: 'when', for: 'at' });
	const table = el('div', { class: 'figures', role: 'region', tabindex: 0, 'aria-label': text('table') });
	const again = (key) => (value) => {
		wish[key] = value;
		view.parts = '';
		stale = true;
		beat();
	};
	const controls = el(
		'div',
		{ class: 'controls' },
		session.targets.length > 1 && choice('target', text('target'), session.targets, (name) => name, again('target')),
		choice('measure', text('measure'), Object.keys(measures(session.scale)), (name) => text(name), again('measure')),
	);
	const field = el('p', { class: 'field at' }, el('label', { for: 'at' }, text('at')), at, when);
	show(el('section', { class: 'watch' }, controls, explain, said, chart, marks, field, table));
	return { chart, explain, said, marks, at, table, parts: '' };
}

function choose(tick) {
	const last = latest();
	wish.tick = tick >= last ? null : Math.max(0, tick);
	stale = true;
	beat();
}

// The last tick that is complete, as far as the speech goes on.
function latest() {
	const known = figures.ticks(wish.target) - 1;
	const running = speech.state === 'playing' ? speech.tick(performance.now()).tick : Infinity;
	return Math.max(0, Math.min(known, running - 1));
}

// Chart and table anew, where what they are made of has changed.
function assemble() {
	const names = figures.names(wish.target);
	const base = figures.base(wish.target);
	const parts = JSON.stringify([names, wish.target, wish.measure, base, speech.duration_ms]);
	if (view.parts === parts) return;
	view.parts = parts;
	view.segments = names.map((name, place) => ({ name, style: styleOf(name, place - 1), shown: !wish.hidden.has(name) }));
	const { scale, tick_ms } = session;
	const measure = measures(scale)[wish.measure];
	view.curves?.remove();
	view.curves = new Chart(view.chart, { segments: view.segments, measure, tick_ms, duration_ms: speech.duration_ms, choose });
	showMarkers();
	view.chart.setAttribute('aria-label', text('chart', { measure: text(wish.measure) }));
	view.explain.textContent = text(measure.says, { ...scale, base: text(base) });
	const toggled = (name, shown) => {
		wish.hidden[shown ? 'delete' : 'add'](name);
		view.parts = '';
		stale = true;
		beat();
		view.table.querySelector(`[data-segment="${CSS.escape(name)}"] input`).focus();
	};
	view.rows = makeTable({ segments: view.segments, scale, base, text, language, toggled });
	view.table.replaceChildren(view.rows.element);
}

function draw() {
	assemble();
	const { key, times, band = [] } = measures(session.scale)[wish.measure];
	const columns = view.segments.flatMap(({ name }) => [key, ...band].map((one) => figures.column(wish.target, name, one, times)));
	view.curves.set(columns);
}

// On the chart, and as a list with all their words.
function showMarkers() {
	if (!view?.curves) return;
	view.curves.mark(markers);
	view.marks.replaceChildren(...markers.map((marker) => el('li', {}, el('span', {}, clock(marker.position_ms)), ' ', el('bdi', {}, marker.text))));
	view.marks.hidden = markers.length === 0;
}

// What is being said; a pause of the picture does not end it.
function showStatement() {
	const now = speech.position(performance.now());
	const running = session.own_time || !speech.takes ? null : statements.find(({ start_ms, end_ms }) => start_ms <= now && now < end_ms);
	view.said.hidden = statements.length === 0;
	write('said', running?.text ?? '');
}

function showTick() {
	const last = latest();
	const tick = wish.tick ?? last;
	const known = figures.ticks(wish.target) > 0;
	const [from, to] = [clock(tick * session.tick_ms), clock((tick + 1) * session.tick_ms)];
	const words = known ? text(wish.tick === null ? 'latest' : 'earlier', { from, to }) : text('none');
	view.at.max = last;
	view.at.value = tick;
	view.at.setAttribute('aria-valuetext', words);
	write('when', words);
	view.rows.show(new Map(view.segments.map(({ name }) => [name, figures.at(wish.target, name, tick)])));
	const playing = !session.own_time && speech.state !== 'stopped';
	view.curves.point(playing ? speech.position(performance.now()) : null, known ? tick : null);
}

function showPlayback() {
	const { duration_ms } = speech;
	const values = { time: clock(speech.position(performance.now())), all: clock(duration_ms ?? 0) };
	const key = speech.state === 'playing' && duration_ms ? 'playingOf' : speech.state;
	const words = session.own_time || state === 'over' ? '' : `· ${text(key, values)}`;
	write('playing', words);
}

function beat() {
	if (!view) return;
	if (stale) draw();
	stale = false;
	showTick();
	showStatement();
	showPlayback();
}

document.documentElement.lang = language;
document.documentElement.dir = direction;
document.title = `Pulseline · ${text('page')}`;

const licence = el('a', { href: '/observe/uplot/LICENSE.txt' }, text('licence'));
const other = el('button', { class: 'link', type: 'button', onclick: forget }, text('otherSession'));
byId('about').append(el('span', {}, `${text('drawnWith')} uPlot, © Leon Sorokin, `, licence), other);

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
	if (!view) return;
	view.parts = '';
	stale = true;
	beat();
});
document.addEventListener('visibilitychange', () => document.hidden || link?.nudge());
addEventListener('online', () => link?.nudge());
addEventListener('hashchange', start);
setInterval(beat, beat_ms);
start();
