// The audience page: who is here, what the state is, and when which response goes out.
import { el, show } from './dom.js';
import { Keep, age, forgetOld } from './keep.js';
import { Link } from './link.js';
import { askCode, askQuestions, readCode } from './questions.js';
import { Speech } from './speech.js';
import { surface } from './surface.js';
import { direction, language, text } from './texts.js';
import { stayAwake } from './awake.js';

const mostInFlight = 256;
const changeEvery_ms = 250; // of a dial
const beat_ms = 100;
const byId = (id) => document.getElementById(id);

let code = null;
let keep = null;
let link = null;
let session = null; // as the server described it
let speech = null;
let board = null; // the surface on screen
let sentUpTo = 0; // on this connection
let joined = false; // on this connection
let state = 'connecting';
let rows = []; // per target: what was pressed in which tick, and what a dial is to send
let presentIn = ''; // the tick in which "present" has been said
let ringOf = '';
// Everybody says "present" at another point of the tick, but never near its edges.
const presentAt = 0.3 + 0.4 * Math.random();

// ---- the state in words -------------------------------------------------------------------------------------------

const words = {
	live: 'connected',
	asking: 'connected',
	code: 'codeTitle',
};

function setState(next) {
	if (state !== next) {
		state = next;
		document.body.dataset.state = next;
		byId('live').textContent = text(words[next] ?? next);
	}
	byId('state').textContent = text(words[next] ?? next);
	showWaiting();
}

function showWaiting() {
	const n = keep && state !== 'live' ? keep.waiting : 0;
	byId('waiting').textContent = n ? `· ${text('unsent', { n })}` : '';
}

let noticeTimer = 0;
function notice(words) {
	byId('notice').textContent = words;
	clearTimeout(noticeTimer);
	noticeTimer = setTimeout(() => (byId('notice').textContent = ''), 6000);
}

function followPlayback() {
	if (!session || !joined) return;
	const states = { playing: 'live', paused: 'paused', stopped: 'waiting', ended: 'ended' };
	setState(session.own_time ? 'ownTime' : (states[speech.state] ?? 'waiting'));
	showStage();
}

// ---- screens ------------------------------------------------------------------------------------------------------

let screen = '';

function card(name, ...children) {
	if (screen === name) return;
	screen = name;
	board = null;
	show(el('section', { class: 'card' }, ...children));
}

const heading = (words) => el('h2', { 'data-heading': true, tabindex: -1 }, words);

function showStage() {
	byId('clock').hidden = session.own_time || speech.state === 'stopped' || speech.state === 'ended';
	if (session.own_time) return card('ownTime', heading(text('ownTime')), el('p', {}, text('ownTimeText')));
	if (speech.state === 'ended') return card('ended', heading(text('thanks')), el('p', {}, text('endedText')));
	if (screen !== 'stage') {
		screen = 'stage';
		board = surface(session, pressed);
		show(board.element, el('p', { id: 'hint', class: 'hint' }));
		session.targets.forEach((name, place) => board.mark(place, keep.held[name] ?? null));
	}
	const hint = session.mode === 'latched' ? 'hintDial' : 'hintPress';
	byId('hint').textContent = text(speech.state === 'stopped' ? 'tryOut' : hint);
	beat();
}

function describe(message) {
	const { title, mode, scale, tick_ms, targets, own_time, attributes } = message;
	session = { title, mode, scale, tick_ms, targets, own_time, attributes };
	byId('title').textContent = title || 'Pulseline';
	document.title = title || 'Pulseline';
}

function toCode(problem) {
	leaveSession();
	setState('code');
	screen = 'code';
	askCode(problem, (typed) => {
		if (location.hash === `#${typed}`) begin();
		else location.hash = typed;
	});
}

// ---- pressing -----------------------------------------------------------------------------------------------------

function pressed(place, value) {
	const row = rows[place];
	stayAwake();
	if (!speech.takes) {
		// A try-out before the start: felt and seen, but nobody's reaction.
		board.mark(place, value);
		row.tried = performance.now();
		return;
	}
	if (session.mode === 'latched') {
		row.wanted = value;
		board.mark(place, value);
		return sendDial(place);
	}
	const { key } = speech.tick(performance.now());
	if (row.key === key && row.value === value) return;
	Object.assign(row, { key, value });
	board.mark(place, value);
	respond(value, place);
}

function respond(value, place, again = false) {
	keep.add(value, session.targets[place], again);
	flush();
	showWaiting();
}

// The dial's value if it changed, or again if it is time to say it again.
function sendDial(place) {
	const row = rows[place];
	const name = session.targets[place];
	const now = performance.now();
	const held = keep.held[name] ?? null;
	const changed = row.wanted !== null && row.wanted !== held;
	if (changed && now - row.sentAt >= changeEvery_ms) {
		row.sentAt = now;
		keep.hold(name, row.wanted);
		respond(row.wanted, place);
	} else if (!changed && held !== null && speech.state === 'playing' && !document.hidden && now - row.sentAt >= speech.tick_ms / 2) {
		row.sentAt = now;
		respond(held, place, true);
	}
}

function flush() {
	if (!joined || !link.open) return;
	let inFlight = keep.queue.reduce((n, item) => n + (item.seq <= sentUpTo ? 1 : 0), 0);
	for (const item of keep.queue) {
		if (item.seq <= sentUpTo) continue;
		if (inFlight++ >= mostInFlight) return;
		const age_ms = Math.round(age(item) + link.halfTrip_ms);
		link.send({ type: 'respond', seq: item.seq, value: item.value, target: item.target, age_ms }, true);
		sentUpTo = item.seq;
	}
}

// ---- time ---------------------------------------------------------------------------------------------------------

function beat() {
	if (!speech || screen !== 'stage') return;
	const now = performance.now();
	const { key, done } = speech.tick(now);
	rows.forEach((row, place) => {
		if (row.tried && now - row.tried > speech.tick_ms / 2) {
			row.tried = 0;
			board.mark(place, keep.held[session.targets[place]] ?? null);
		}
		if (session.mode === 'latched') {
			if (speech.takes) sendDial(place);
		} else if (row.key && row.key !== key) {
			Object.assign(row, { key: '', value: null });
			board.mark(place, null);
		}
	});
	if (speech.state === 'playing' && !document.hidden && done >= presentAt && presentIn !== key) {
		presentIn = key;
		const silent = session.mode === 'latched' ? rows.every((_, i) => (keep.held[session.targets[i]] ?? null) === null) : rows.every((row) => row.key !== key);
		if (silent) respond(null, 0, true);
	}
	showTime(now, key, done);
}

const calm = matchMedia('(prefers-reduced-motion: reduce)');

// The ring is set off once a tick and runs by itself.
function showTime(now, key, done) {
	const seconds = Math.floor(speech.position(now) / 1000);
	const shown = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
	if (byId('time').textContent !== shown) byId('time').textContent = shown;
	const run = `${key} ${speech.state} ${speech.rate} ${calm.matches}`;
	if (run === ringOf) return;
	ringOf = run;
	const ring = byId('ring');
	ring.getAnimations?.().forEach((animation) => animation.cancel());
	ring.style.strokeDashoffset = String(100 - 100 * done);
	if (speech.state !== 'playing' || !ring.animate) return;
	ring.animate([{ strokeDashoffset: 100 - 100 * done }, { strokeDashoffset: 0 }], {
		duration: ((1 - done) * speech.tick_ms) / speech.rate,
		easing: calm.matches ? 'steps(4)' : 'linear',
		fill: 'forwards',
	});
}

// ---- the server ---------------------------------------------------------------------------------------------------

const take = {
	session(message) {
		describe(message);
		if (message.attributes.length === 0) return join({});
		setState('asking');
		if (screen === 'questions') return;
		screen = 'questions';
		askQuestions(message.attributes, (answers) => {
			screen = '';
			join(answers);
		});
	},
	joined(message) {
		describe(message);
		keep.joined(message);
		joined = true;
		sentUpTo = 0;
		link.settled();
		if (!speech || speech.tick_ms !== message.tick_ms) {
			speech = new Speech(message);
			rows = session.targets.map((name) => ({ key: '', value: null, wanted: keep.held[name] ?? null, sentAt: -Infinity, tried: 0 }));
			screen = '';
		}
		take.playback({ ...message.playback, duration_ms: message.duration_ms });
		flush();
	},
	playback(message) {
		if (!speech) return;
		speech.take(message, performance.now() - link.halfTrip_ms);
		ringOf = '';
		followPlayback();
	},
	ack({ seq }) {
		keep.acknowledged(seq);
		flush();
		showWaiting();
	},
	error(message) {
		const { code: problem, seq } = message;
		if (problem === 'unknown_session') toCode(text('codeWrong'));
		else if (problem === 'session_closed') over();
		else if (problem === 'rate_limited') return;
		else if (seq !== undefined) refused(seq, message);
		else notice(text('serverSays', { why: message.message }));
	},
};

function refused(seq, { code: problem, message }) {
	const item = keep.refused(seq);
	flush();
	showWaiting();
	if (!item || item.again) return;
	notice(problem === 'bad_position' ? text('refused') : text('refusedOther', { why: message }));
}

function join(answers) {
	keep.answers = answers;
	hello();
}

// What is said first: who we are, or, if that is not known yet, which session this is.
function hello() {
	if (!link.open) return;
	if (keep.answers === null && !keep.token) return link.send({ type: 'look', session: code }, true);
	const message = { type: 'join', session: code, role: 'participant', attributes: keep.answers ?? {} };
	if (keep.token) message.token = keep.token;
	link.send(message, true);
}

function over() {
	joined = false;
	link.stop();
	setState('over');
	byId('clock').hidden = true;
	card(
		'over',
		heading(text('thanks')),
		el('p', {}, text('overText')),
		el('button', { class: 'link', type: 'button', onclick: () => (location.hash = '') }, text('otherCode')),
	);
}

function elsewhere() {
	joined = false;
	keep.lend();
	link.stop();
	setState('elsewhere');
	byId('clock').hidden = true;
	const takeOver = () => {
		screen = '';
		setState('connecting');
		link.start();
	};
	card(
		'elsewhere',
		heading(text('elsewhere')),
		el('p', {}, text('elsewhereText')),
		el('button', { class: 'primary', type: 'button', onclick: takeOver }, text('takeOver')),
	);
}

function lost(closed) {
	joined = false;
	if (closed === 4001 || keep.taken()) return elsewhere();
	if (state === 'over') return link.stop();
	setState(session ? 'reconnecting' : 'connecting');
}

// ---- beginning ----------------------------------------------------------------------------------------------------

function leaveSession() {
	link?.stop();
	link = keep = session = speech = board = null;
	joined = false;
	rows = [];
	screen = '';
	byId('clock').hidden = true;
	byId('title').textContent = 'Pulseline';
}

function begin() {
	code = readCode(decodeURIComponent(location.hash.slice(1)));
	if (!code) return toCode(location.hash.length > 1 ? text('codeShape') : null);
	leaveSession();
	setState('connecting');
	keep = new Keep(code);
	byId('main').replaceChildren();
	link = new Link(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/`);
	link.addEventListener('open', hello);
	link.addEventListener('message', ({ detail }) => take[detail.type]?.(detail));
	link.addEventListener('lost', ({ detail }) => lost(detail.code));
	link.start();
}

function wake() {
	if (document.hidden || !link) return;
	if (state === 'over') {
		// A session that was ended may go on; one look is enough.
		link.start();
	} else {
		link.nudge();
	}
}

document.documentElement.lang = language;
document.documentElement.dir = direction;
document.addEventListener('visibilitychange', wake);
for (const event of ['online', 'offline', 'pageshow']) addEventListener(event, wake);
addEventListener('hashchange', begin);
addEventListener('storage', ({ key }) => {
	if (keep && key === keep.key && !keep.lent && keep.taken()) elsewhere();
});
setInterval(beat, beat_ms);
forgetOld();
begin();
