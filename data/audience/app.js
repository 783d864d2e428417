// The audience page: who is here, what the state is, and when which response goes out.
import { el, heading, show, write } from './dom.js';
import { Keep, age, forgetOld } from './keep.js';
import { Link, readCode } from './link.js';
import { direction, language, text, texts } from './texts.js';

const mostInFlight = 256;
const beat_ms = 100;
const again_ms = 4000; // until the server is asked again for what it could not do
const byId = (id) => document.getElementById(id);

let code = null;
let ticket; // of one's own, if the address has it
let keep = null;
let link = null;
let session = null; // as the server described it
let stage = null;
let sentUpTo = 0; // on this connection
let said = false; // who we are, on this connection
let joined = false; // on this connection
let state = 'connecting';
let unsaved = 0; // the seq that the server could not save, until it has
let retry = 0; // the timer of what is tried again

// What is needed only once the server has answered is loaded while it is being asked.
let later = null;
const loaded = Promise.all([import('./questions.js'), import('./stage.js')]).then((parts) => {
	later = Object.assign({}, ...parts);
});
loaded.catch(() => setTimeout(() => location.reload(), again_ms));
const awake = loaded.then(() => import('./awake.js'));

// ---- the state in words ----

const words = { live: 'connected', asking: 'connected', code: 'codeTitle' };
const asleep = ['code', 'ended', 'over', 'elsewhere', 'notLetIn']; // the screen may go dark

function setState(next) {
	if (state !== next) {
		state = next;
		document.body.dataset.state = next;
		awake.then(({ stayAwake }) => stayAwake(!asleep.includes(state)));
	}
	write('state', text(words[next] ?? next));
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
	setState(unsaved ? 'unsaved' : session.own_time ? 'ownTime' : (states[stage.speech.state] ?? 'waiting'));
	showStage();
}

// ---- screens ----

let screen = '';

function card(name, ...children) {
	if (screen === name) return;
	screen = name;
	show(el('section', { class: 'card' }, ...children));
}

function showStage() {
	const { speech, result, parts } = stage;
	byId('clock').hidden = session.own_time || speech.state === 'stopped' || speech.state === 'ended';
	if (session.own_time) return card('ownTime', heading(text('ownTime')));
	if (speech.state === 'ended') {
		card('ended', heading(text('thanks')), el('p', {}, text('endedText')), result.element);
		return stage.showResult();
	}
	if (screen !== 'stage') {
		screen = 'stage';
		show(...parts);
	}
	stage.update();
}

function describe(message) {
	session = message;
	document.title = message.title || 'Pulseline';
	write('title', document.title);
	byId('title').onclick = () => notice(document.title); // where it is cut short
}

function toCode(problem) {
	leaveSession();
	setState('code');
	screen = 'code';
	const enter = (typed) => {
		if (location.hash === `#${typed}`) begin();
		else location.hash = typed;
	};
	loaded.then(() => later.askCode(problem, enter));
}

// ---- what goes out ----

function respond(value, target, again) {
	keep.add(value, target, again);
	flush();
	showWaiting();
}

function flush() {
	if (!joined || !link.open || unsaved) return;
	let inFlight = keep.queue.filter((item) => item.seq <= sentUpTo).length;
	for (const item of keep.queue) {
		if (item.seq <= sentUpTo) continue;
		if (inFlight++ >= mostInFlight) return;
		const age_ms = Math.round(age(item) + link.halfTrip_ms);
		link.send({ type: 'respond', seq: item.seq, value: item.value, target: item.target, age_ms }, true);
		sentUpTo = item.seq;
		item.putOff = false;
	}
}

// ---- the server ----

function everybody(message) {
	stage?.result.take(message);
	stage?.showResult();
}

const take = {
	session(message) {
		describe(message);
		const why = { closed: 'doors_closed', tickets: !ticket && 'ticket_needed' }[message.doors];
		if (why) return notLetIn(text(why));
		if (message.attributes.length === 0) return join({});
		setState('asking');
		if (screen !== 'questions') later.askQuestions(message.attributes, join);
		screen = 'questions';
	},
	joined(message) {
		describe(message);
		const same = keep.mine && stage?.speech.tick_ms === message.tick_ms;
		keep.joined(message);
		joined = true;
		sentUpTo = 0;
		link.settled();
		if (!same) {
			stage = new later.Stage(session, keep, respond);
			screen = '';
		}
		const { duration_ms, revealed } = message;
		take.playback({ ...message.playback, duration_ms, revealed });
		flush();
	},
	playback(message) {
		stage?.playback(message, performance.now() - link.halfTrip_ms, screen === 'stage');
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
		said = joined; // or may be said again
		if (problem === 'unknown_session') toCode(text('codeWrong'));
		else if (problem === 'session_closed') over();
		else if (problem === 'not_writable' && (seq || !joined)) putOff(seq ?? 0);
		else if (problem === 'rate_limited') joined || tryLater('busy', hello);
		else if (seq !== undefined) refused(seq, message);
		else if (!joined) notLetIn(known(message));
		else if (problem === 'not_writable') notice(text('unsaved'));
		else notice(text('serverSays', { why: message.message }));
	},
};

function tryLater(state, what) {
	setState(state);
	clearTimeout(retry);
	retry = setTimeout(what, again_ms * (1 + Math.random()));
}

// The server could not save what was sent with `seq`, or, with 0, who we are.
function putOff(seq) {
	if (!seq) return tryLater('unsaved', hello);
	keep.putOff(seq);
	sentUpTo = Math.min(sentUpTo, seq - 1);
	unsaved = seq;
	tryLater('unsaved', () => {
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
	if (!link?.open || said) return;
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

const otherCode = () => el('button', { class: 'link', onclick: () => (location.hash = '') }, text('otherCode'));

function over() {
	leave('over', 'thanks', el('p', {}, text('overText')), stage?.result.element, otherCode());
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
	leave('elsewhere', 'elsewhere', el('button', { class: 'primary', onclick: takeOver }, text('takeOver')));
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
	link = keep = session = stage = null;
	joined = said = false;
	unsaved = 0;
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
	const mine = (link = new Link(location.origin.replace('http', 'ws')));
	link.onopen = hello;
	link.onmessage = async (message) => {
		await loaded;
		if (mine === link && link.open) take[message.type]?.(message);
	};
	link.onlost = lost;
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
addEventListener('pagehide', () => screen === 'stage' && stage.finish());
addEventListener('storage', ({ key }) => {
	if (key !== keep?.key || !keep.taken()) return;
	// The server knows which of two tabs was the last to say who it is; without it, the one that it let in stays.
	if (said) link.nudge();
	else elsewhere();
});
setInterval(() => screen === 'stage' && stage.beat(), beat_ms);
begin();
forgetOld(keep);
