// The page's parts without a browser, and what goes over the line for it.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { script } from '../../ci/lib/processes.mjs';
import { top } from '../e2e/files.mjs';

const data = process.env.PULSELINE_DATA ?? join(top, 'data');
const folder = join(data, 'audience');
const observe = join(data, 'observe');
const at = (path) => JSON.stringify(pathToFileURL(path).href);
// The server has the audience page at its top, and so the observer page imports it.
const atTop = `export const resolve = (name, context, next) => next(context.parentURL?.startsWith(${at(observe)}) && name.startsWith('/') ? ${at(folder)} + name : name, context);`;
register(`data:text/javascript,${encodeURIComponent(atTop)}`);
const part = (name) => import(join(folder, name));
const theWires = ['stopped', 'paused', 'ended', 'like', 'dislike', 'neutral', 'divided', 'suppressed', 'forbidden', 'unknown_session', 'active', 'ticket_used'];
const mostBytes = 60 * 1024;

const list = {
	async 'every language has every text, and the same things to fill in'() {
		const holes = (words) => [...words.matchAll(/\{(\w+)\}/g)].map((hole) => hole[1]).sort();
		for (const page of [folder, observe]) {
			const { texts } = await import(join(page, 'texts.js'));
			assert.deepEqual(Object.keys(texts).sort(), ['de', 'en', 'es', 'ru']);
			for (const [language, words] of Object.entries(texts)) {
				assert.deepEqual(Object.keys(words), Object.keys(texts.en), language);
				for (const [key, value] of Object.entries(words)) {
					assert.ok(value.trim(), `${language}.${key} is empty`);
					assert.deepEqual(holes(value), holes(texts.en[key]), `${language}.${key}`);
				}
			}
		}
		const { pickLanguage } = await part('texts.js');
		assert.equal(pickLanguage(['fr-FR', 'de-CH', 'en']), 'de');
		assert.equal(pickLanguage(['ja']), 'en');
		assert.equal(pickLanguage([]), 'en');
	},

	async 'every text is used, and every text that is used is there'() {
		for (const page of [folder, observe]) {
			const { texts } = await import(join(page, 'texts.js'));
			const names = (await readdir(page)).filter((name) => name.endsWith('.js') && name !== 'texts.js');
			const code = (await Promise.all(names.map((name) => readFile(join(page, name), 'utf8')))).join('\n');
			for (const [, key] of code.matchAll(/\btext\('(\w+)'/g)) assert.ok(key in texts.en, `${key} is missing`);
			for (const key of Object.keys(texts.en)) {
				// Those of states and majorities are used by the server's own name of them.
				if (theWires.includes(key) && (page === observe || key === 'ticket_used')) continue;
				assert.match(code, new RegExp(`['.\\s]${key}\\b`), `${key} is not used`);
			}
		}
	},

	async 'a code as it is typed'() {
		const { readCode } = await part('link.js');
		assert.equal(readCode('abc234'), 'ABC234');
		assert.equal(readCode(' abc-2 34 '), 'ABC234');
		assert.equal(readCode('abc234.ABCD-EFGH-JKMN-PQRS'), 'ABC234.ABCDEFGHJKMNPQRS');
		for (const wrong of ['', 'ABC23', 'ABC2345', 'ABC230', 'ABC23O', 'ABC231', 'ABC23I', 'ABC23L', 'ÄBC234', 'ABC234.', 'ABC234.ABCD']) assert.equal(readCode(wrong), null, wrong);
	},

	async 'the levels of a scale'() {
		const { levelsOf } = await part('surface.js');
		assert.deepEqual(levelsOf({ min: -1, max: 1, neutral: 0 }), [-1, 1]);
		assert.deepEqual(levelsOf({ min: 1, max: 3, neutral: 2 }), [1, 3]);
		assert.deepEqual(levelsOf({ min: -2, max: 2, neutral: 0 }), [-2, -1, 0, 1, 2]);
		assert.deepEqual(levelsOf({ min: 1, max: 4, neutral: 2.5 }), [1, 2, 3, 4]);
		assert.deepEqual(levelsOf({ min: 0, max: 1, neutral: 0 }), [0, 1]);
		assert.deepEqual(levelsOf({ min: 0, max: 100, neutral: 50 }), [0, 25, 50, 75, 100]);
	},

	async 'ticks of the speech: lag, pause, rate, a new pass, and no step back'() {
		const { Speech } = await part('speech.js');
		const speech = new Speech({ tick_ms: 1000, lag_ms: 200, duration_ms: 9000 });
		const at = (now) => {
			const { key, done } = speech.tick(now);
			return [key, Math.round(done * 100)];
		};
		assert.equal(speech.takes, false);
		speech.take({ state: 'playing', position_ms: 0, rate: 1, pass: 0 }, 100);
		assert.deepEqual(at(200), ['0:0', 0]);
		assert.deepEqual(at(1299), ['0:0', 100]);
		assert.deepEqual(at(1301), ['0:1', 0]);
		speech.take({ state: 'playing', position_ms: 1180, rate: 1, pass: 0 }, 1310);
		assert.deepEqual(at(1310), ['0:1', 0]);
		speech.take({ state: 'playing', position_ms: 3000, rate: 2, pass: 0 }, 2000);
		assert.equal(speech.position(2500), 4000);
		speech.take({ state: 'paused', position_ms: 4000, rate: 1, pass: 0 }, 2500);
		assert.equal(speech.position(9999), 4000);
		assert.equal(speech.takes, true);
		speech.take({ state: 'playing', position_ms: 300, rate: 1, pass: 1 }, 3000);
		assert.deepEqual(at(3000), ['1:0', 10]);
		assert.equal(speech.position(1e9), 9000);
		speech.take({ state: 'ended', position_ms: 9000, rate: 1, pass: 1 }, 20000);
		assert.equal(speech.takes, false);
	},

	async 'in every tick there is a moment at which the page looks and is "present", however short the tick'() {
		const { Speech } = await part('speech.js');
		for (const [tick_ms, rate] of [[250, 1], [250, 1.5], [300, 1], [500, 2], [1000, 1], [5000, 1]]) {
			for (const share of [0.3, 0.5, 0.7]) {
				for (let first = 0; first < 100; first += 7) {
					const speech = new Speech({ tick_ms, lag_ms: 0 });
					speech.take({ state: 'playing', position_ms: 0, rate, pass: 0 }, 0);
					const ticks = new Set();
					for (let now = first; now <= (20 * tick_ms) / rate; now += 100) {
						const { tick, done } = speech.tick(now);
						if (done >= speech.soon(share)) ticks.add(tick);
					}
					for (let tick = 0; tick < 20; ++tick) assert.ok(ticks.has(tick), `${tick} of ${tick_ms} ms, at ${rate}, ${share}, from ${first}`);
				}
			}
		}
	},

	async 'the figures that an observer is sent'() {
		const { Figures } = await import(join(observe, 'figures.js'));
		const { clock } = await part('speech.js');
		const figures = new Figures();
		const columns = (n, mean) => ({ n, mean });
		figures.series({ target: 'main', from_tick: 0, base: 'present', segments: { A: columns([1, 2], [null, 3]), All: columns([4, 5], [6, 7]) } });
		figures.tick({ target: 'main', tick: 3, base: 'present', segments: { All: { n: 8, mean: 9 } } });
		assert.deepEqual(figures.names('main'), ['All', 'A']);
		assert.equal(figures.ticks('main'), 4);
		assert.equal(figures.base('main'), 'present');
		assert.deepEqual(figures.column('main', 'All', 'mean'), [6, 7, null, 9]);
		assert.deepEqual(figures.column('main', 'A', 'mean', 2), [null, 6, null, null]);
		figures.series({ target: 'main', from_tick: 0, base: 'active', segments: { All: columns([1], [2]) } });
		assert.deepEqual(figures.column('main', 'All', 'mean'), [2]);
		figures.series({ target: 'main', from_tick: 4096, base: 'active', segments: { All: columns([6], [7]) } });
		assert.deepEqual([figures.at('main', 'All', 0).n, figures.at('main', 'All', 4096).n], [1, 6]);
		assert.deepEqual(figures.names('other'), []);
		assert.equal(clock(65_000), '1:05');
		assert.equal(clock(3_665_000), '1:01:05');
	},

	async 'a connection that is just being closed still tells why'() {
		const { Link } = await part('link.js');
		const { WebSocket: real } = globalThis;
		const made = [];
		globalThis.WebSocket = class {
			static OPEN = 1;
			static CLOSING = 2;
			constructor() {
				made.push(this);
			}
			close() {}
			send() {}
		};
		const link = new Link('ws://here/');
		const told = [];
		link.onlost = (code) => {
			told.push(code);
			link.stop();
		};
		link.start();
		made[0].readyState = WebSocket.CLOSING;
		link.nudge();
		made[0].onclose?.({ code: 4001 });
		globalThis.WebSocket = real;
		assert.deepEqual([made.length, told], [1, [4001]]);
	},

	async 'the age of a press: by the steady clock, and by the other one where that stood still'() {
		const { age } = await part('keep.js');
		const press = { wall: 1_000_000, steady: 5000 };
		assert.equal(age(press, 5800, 1_009_000), 800);
		assert.equal(age({ wall: 1_000_000 }, 100, 1_009_000), 9000);
		assert.equal(age({ wall: 1_000_000 }, 100, 900_000), 0);
	},

	async 'an entry that makes no sense is as good as none'() {
		const { Keep } = await part('keep.js');
		for (const damaged of ['{}', '[]', '7', '"x"', 'null', '{', '{"queue":5}', '{"queue":[null]}']) {
			globalThis.localStorage = { getItem: () => damaged, setItem() {} };
			try {
				const keep = new Keep('ABC234');
				keep.add(1, 'main');
				assert.match(keep.token, /^[0-9a-f]{32}$/, damaged);
				assert.deepEqual(keep.queue.map((item) => item.seq), [1], damaged);
			} finally {
				delete globalThis.localStorage;
			}
		}
	},

	async 'only what is old, of another session and has nothing to send is forgotten'() {
		const { forgetOld } = await part('keep.js');
		const entry = (used, ...queue) => JSON.stringify({ used, queue });
		const [press, repeat] = [[1, 1, 'main', 0, 0], [2, 1, 'main', 0, 1]];
		const stored = {
			'pulseline.OLD234': entry(0, repeat),
			'pulseline.BAD234': '{',
			'pulseline.WAIT23': entry(0, press),
			'pulseline.MINE23': entry(0),
			'pulseline.NEW234': entry(Date.now()),
			other: entry(0),
		};
		const methods = { getItem: (key) => stored[key], removeItem: (key) => delete stored[key] };
		for (const [name, value] of Object.entries(methods)) Object.defineProperty(stored, name, { value });
		globalThis.localStorage = stored;
		try {
			forgetOld({ key: 'pulseline.MINE23' });
		} finally {
			delete globalThis.localStorage;
		}
		assert.deepEqual(Object.keys(stored).sort(), ['other', 'pulseline.MINE23', 'pulseline.NEW234', 'pulseline.WAIT23']);
	},

	async 'what must be there before the server is asked fits into one round of requests'() {
		const page = await readFile(join(folder, 'index.html'), 'utf8');
		const [, first] = page.match(/<script type="module" src="\/(.*?)">/);
		const needed = new Set([first]);
		for (const name of needed) {
			const words = await readFile(join(folder, name), 'utf8');
			for (const [, other] of words.matchAll(/^import .* from '\.\/(.*?)';$/gm)) needed.add(other);
		}
		const order = [...page.matchAll(/(?:src|href)="\/(\w+\.(?:js|css))"/g)].map(([, name]) => name);
		needed.add('page.css');
		// A browser has six connections to a host.
		assert.ok(needed.size <= 6, [...needed].join());
		assert.deepEqual(order.slice(0, needed.size).sort(), [...needed].sort());
		const sizes = await Promise.all(['index.html', ...needed].map(async (name) => gzipSync(await readFile(join(folder, name)), { level: 9 }).length));
		const bytes = sizes.reduce((all, one) => all + one);
		console.log(`before the server is asked: ${needed.size + 1} requests, ${bytes} bytes`);
		assert.ok(bytes <= 18 * 1024, `${bytes} bytes`);
	},

	async 'small, with nothing from elsewhere and nothing that the content policy refuses'() {
		let bytes = 0;
		for (const name of await readdir(folder)) {
			if (name.startsWith('.')) continue;
			const body = await readFile(join(folder, name));
			bytes += body.length;
			const words = body.toString();
			if (/\.(js|css|html)$/.test(name)) {
				assert.doesNotMatch(words, /(https?:)?\/\/[a-z0-9-]+\.[a-z]{2,}/i, `${name} names another host`);
				assert.doesNotMatch(words, /\b(eval|innerHTML|document\.write|new Function)\b/, name);
			}
			if (name.endsWith('.html')) {
				assert.doesNotMatch(words, /<style|\sstyle=|\son\w+=/i, name);
				assert.doesNotMatch(words, /<script(?![^>]*\ssrc=)/i, name);
			}
		}
		assert.ok(bytes <= mostBytes, `${bytes} bytes are more than ${mostBytes}`);
		console.log(`the page has ${bytes} bytes`);
	},
};

await script('page parts', async () => {
	for (const [what, run] of Object.entries(list)) {
		await run();
		console.log(`ok: ${what}`);
	}
});
