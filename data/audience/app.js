// The audience page: who is here, what the state is, and when which response goes out.
import { el, show, write } from './dom.js';
import { Keep, age, forgetOld } from './keep.js';
import { Link } from './link.js';
import { askCode, askQuestions, readCode } from './questions.js';
import { Result } from './result.js';
import { resetRing, showTime } from './ring.js';
import { Speech } from './speech.js';
import { surface } from './surface.js';
import { direction, language, text, texts } from './texts.js';
import { stayAwake } from './awake.js';

const mostInFlight = 256;
const changeEvery_ms = 250; // of a dial
const beat_ms = 100;
const tryOut_ms = 1200; // how long a try-out is seen
const again_ms = 4000; // until the server is asked again for what it could not do
const byId = (id) => document.getElementById(id);

let code = null;
let ticket; // of one's own, if the address has it
let keep = null;
let link = null;
let session = null; // as the server described it
let speech = null;
let board = null; // the surface on screen
let sentUpTo = 0; // on this connection
let said = false; // who we are, on this connection
let joined = false; // on this connection
let state = 'connecting';
let rows = []; // per target: what was pressed in which tick, and what a dial is to send
let presentIn = ''; // the tick in which "present" has been said
let result = null; // of everybody, if the session shows it
let unsaved = 0; // the seq that the server could not save, until it has
let retry = 0; // the timer of what is tried again
// Everybody says "present" at another point of the tick, but never near its edges.
const presentAt = 0.3 + 0.4 * Math.random();

// ---- the state in words ----

const words = { live: 'connected', asking: 'connected', code: 'codeTitle' };
const asleep = ['code', 'ended', 'over', 'elsewhere', 'notLetIn']; // the screen may go dark

function setState(next) {
	if (state !== next) {
		state = next;
		document.body.dataset.state = next;
		stayAwake(!asleep.includes(next));
	}
	for (const id of ['state', 'live']) write(id, text(words[next] ?? next));
	showWaiting();
}

function showWaiting() {
	const n = keep && state !== 'live' ? keep.waiting : 0;
	write('waiting', n ? `· ${text('unsent', { n })}` : '');
}

let noticeTimer = 0;
function notice(words) {
	write('notice', words);
	clearTimeout(noticeTimer);
	noticeTimer = setTimeout(write, 6000, 'notice', '');
}

function followPlayback() {
	if (!session || !joined) return;
	const states = { playing: 'live', paused: 'paused', stopped: 'waiting', ended: 'ended' };
	setState(unsaved ? 'unsaved' : session.own_time ? 'ownTime' : (states[speech.state] ?? 'waiting'));
	showStage();
}

// ---- screens ----

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
	if (speech.state === 'ended') {
		card('ended', heading(text('thanks')), el('p', {}, text('endedText')), result.element);
		return showResult();
	}
	if (screen !== 'stage') {
		screen = 'stage';
		board = surface(session, pressed);
		show(el('p', { id: 'hint', role: 'status' }), board.element, result.element);
		session.targets.forEach((name, place) => board.mark(place, keep.held[name] ?? null));
	}
	showHint(session.mode === 'latched' ? 'hintDial' : 'hintPress');
	showResult();
	beat();
}

function showHint(words) {
	const trying = speech.takes && !keep.tried;
	board.element.classList.toggle('trying', trying || !speech.takes);
	write('hint', text(trying ? 'tryFirst' : speech.takes ? words : 'tryOut'));
}

function showResult() {
	result.show(speech.state === 'playing' ? speech.tick(performance.now()).tick : Infinity);
}

function describe(message) {
	session = message;
	document.title = message.title || 'Pulseline';
	write('title', document.title);
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

// ---- pressing ----

// Before the start, and the first time of who comes later: felt and seen, but nobody's reaction.
function tryOut(place, value, done) {
	board.mark(place, value);
	if (!done) return;
	rows[place].tried = performance.now();
	if (keep.tried) return;
	keep.triedOut();
	showHint('nowCounts');
}

function pressed(place, value, done) {
	if (!speech.takes || !keep.tried) return tryOut(place, value, done);
	const row = rows[place];
	row.tried = 0;
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
	if (!joined || !link.open || unsaved) return;
	let inFlight = keep.queue.reduce((n, item) => n + (item.seq <= sentUpTo ? 1 : 0), 0);
	for (const item of keep.queue) {
		if (item.seq <= sentUpTo) continue;
		if (inFlight++ >= mostInFlight) return;
		const age_ms = Math.round(age(item) + link.halfTrip_ms);
		link.send({ type: 'respond', seq: item.seq, value: item.value, target: item.target, age_ms }, true);
		sentUpTo = item.seq;
		item.putOff = false;
	}
}

// ---- time ----

function beat() {
	if (!speech || screen !== 'stage') return;
	const now = performance.now();
	const { key, done } = speech.tick(now);
	rows.forEach((row, place) => {
		if (row.tried && now - row.tried > tryOut_ms) {
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
	showTime(speech, now, key, done);
}

// ---- the server ----

function everybody(message) {
	result?.take(message);
	if (speech) showResult();
}

const take = {
	session(message) {
		describe(message);
		const why = { closed: 'doors_closed', tickets: !ticket && 'ticket_needed' }[message.doors];
		if (why) return notLetIn(text(why));
		if (message.attributes.length === 0) return join({});
		setState('asking');
		if (screen !== 'questions') askQuestions(message.attributes, join);
		screen = 'questions';
	},
	joined(message) {
		describe(message);
		keep.joined(message);
		joined = true;
		sentUpTo = 0;
		link.settled();
		if (!speech || speech.tick_ms !== message.tick_ms) {
			speech = new Speech(message);
			result = new Result(session);
			rows = session.targets.map((name) => ({ key: '', value: null, wanted: keep.held[name] ?? null, sentAt: -Infinity, tried: 0 }));
			screen = '';
		}
		const { duration_ms, revealed } = message;
		take.playback({ ...message.playback, duration_ms, revealed });
		flush();
	},
	playback(message) {
		if (!speech) return;
		const waited = screen === 'stage' && !speech.takes;
		speech.take(message, performance.now() - link.halfTrip_ms);
		if (!message.revealed) result.forget();
		// Who waited for the start could try as long as they liked: their first press counts.
		if (waited && speech.takes && !keep.tried) keep.triedOut();
		resetRing();
		followPlayback();
	},
	series: everybody,
	tick: everybody,
	ack({ seq }) {
		keep.acknowledged(seq);
		flush();
		if (state === 'unsaved') followPlayback();
		showWaiting();
	},
	error(message) {
		const { code: problem, seq } = message;
		if (problem === 'unknown_session') toCode(text('codeWrong'));
		else if (problem === 'session_closed') over();
		else if (problem === 'not_writable' && (seq || !joined)) putOff(seq ?? 0);
		else if (problem === 'rate_limited') joined || later('busy', hello);
		else if (seq !== undefined) refused(seq, message);
		else if (!joined) notLetIn(known(message));
		else if (problem === 'not_writable') notice(text('unsaved'));
		else notice(text('serverSays', { why: message.message }));
	},
};

function later(state, what) {
	setState(state);
	clearTimeout(retry);
	retry = setTimeout(what, again_ms * (1 + Math.random()));
}

// The server could not save what was sent with `seq`, or, with 0, who we are.
function putOff(seq) {
	if (!seq) return later('unsaved', hello);
	keep.putOff(seq);
	sentUpTo = Math.min(sentUpTo, seq - 1);
	unsaved = seq;
	later('unsaved', () => {
		unsaved = 0;
		flush();
	});
}

function refused(seq, { code: problem, message }) {
	const item = keep.refused(seq);
	flush();
	showWaiting();
	if (item && !item.again) notice(problem === 'bad_position' ? text('refused') : text('serverSays', { why: message }));
}

function join(answers) {
	keep.answer(answers);
	hello();
}

// What is said first: who we are, or, if no tab has been told yet, which session this is.
function hello() {
	if (!link?.open || joined) return;
	if (!keep.mine) keep.read();
	else if (keep.taken()) return elsewhere();
	const { answers: attributes, token } = keep;
	if (!attributes) return link.send({ type: 'look', session: code }, true);
	said = link.send({ type: 'join', session: code, role: 'participant', attributes, ticket, token }, true);
}

// The end of it, as far as this page goes: a card, and the way to another session.
function leave(name, title, ...children) {
	joined = said = false;
	link.stop();
	setState(name);
	byId('clock').hidden = true;
	card(name, heading(text(title)), ...children);
}

const otherCode = () => el('button', { class: 'link', type: 'button', onclick: () => (location.hash = '') }, text('otherCode'));

function over() {
	leave('over', 'thanks', el('p', {}, text('overText')), result?.element, otherCode());
}

function known({ reason = '', message }) {
	const key = reason.replace('unknown', 'needed');
	return key in texts.en ? text(key) : text('serverSays', { why: message });
}

function notLetIn(why) {
	leave('notLetIn', 'notLetIn', el('p', {}, why), otherCode());
}

function elsewhere() {
	keep.mine = false;
	const takeOver = () => {
		keep.read();
		screen = '';
		setState('connecting');
		link.start();
	};
	leave('elsewhere', 'elsewhere', el('p', {}, text('elsewhereText')), el('button', { class: 'primary', type: 'button', onclick: takeOver }, text('takeOver')));
}

function lost(closed) {
	joined = said = false;
	unsaved = 0;
	if (closed === 4001 || keep.taken()) return elsewhere();
	if (state === 'over') return link.stop();
	setState(session ? 'reconnecting' : 'connecting');
}

// ---- beginning ----

function leaveSession() {
	link?.stop();
	clearTimeout(retry);
	link = keep = session = speech = board = result = null;
	joined = said = false;
	unsaved = 0;
	rows = [];
	screen = '';
	byId('clock').hidden = true;
	write('title', 'Pulseline');
}

function begin() {
	[code, ticket] = readCode(location.hash.slice(1))?.split('.') ?? [];
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
	// A session that was ended may go on, doors may open; one look is enough.
	if (state === 'over' || state === 'notLetIn') link.start();
	else link.nudge();
}

document.documentElement.lang = language;
document.documentElement.dir = direction;
document.addEventListener('visibilitychange', wake);
for (const event of ['online', 'offline', 'pageshow']) addEventListener(event, wake);
addEventListener('hashchange', begin);
addEventListener('storage', ({ key }) => {
	if (key !== keep?.key || !keep.taken()) return;
	// The server knows which of two tabs was the last to say who it is; without it, the one that it let in stays.
	if (said) link.nudge();
	else elsewhere();
});
setInterval(beat, beat_ms);
forgetOld();
begin();
