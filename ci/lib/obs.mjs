// A real OBS of one's own: its own screen, its own settings (the user's are not touched), driven through
// obs-websocket with a client that others wrote.
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { need } from '../../tests/modules.mjs';
import { Failure, Program, fail, run, startDisplay, within } from './processes.mjs';

const { default: ObsWebSocket, EventSubscription } = need('obs-websocket-js');

// What OBS 30.2 or 32 itself says as a warning or an error on a machine without a GPU, sound, camera or D-Bus.
// Each may come as often as it says there.
const KNOWN_NOISE = [
	[/dbus connection|D-Bus|org\.freedesktop\.portal|\[portals\]|g_dbus_proxy_new_sync/, 9],
	[/decklink|DeckLink/, 9],
	[/window manager does not support Extended Window Manager Hints/, 1],
	[/v4l2loopback not installed/, 1],
	[/\[rtmp-services plugin\] Remote update of URL/, 2],
	[/os_dlopen\(lib(vlc|nvidia|cuda|va)|[Nn][Vv][Ee][Nn][Cc]|VAAPI|\bQSV\b/, 9],
	// Said until the first scene collection is saved.
	[/^warning: Failed to glob scene collections/, 4],
	[/^warning: Unable to open DRM render node/, 9],
	// Said each time that the canvas or the frame rate is changed.
	[/^warning: Number of remaining views: 1/, 9],
	// Said where OBS has to wait for the processor.
	[/^warning: (Max audio buffering reached!|Source .* audio is lagging .* at max audio buffering)/, 9],
	// obs-websocket takes its callback back after the frontend has let go of all of them.
	[/^error: Tried to call obs_frontend_remove_event_callback with no callbacks!/, 2],
];

// What a log line that needs an explanation looks like: OBS's own levels, then those of Qt, GLib, the sanitizers and libc.
const SUSPICIOUS = [
	/^(error|warning): /,
	/^Q[A-Z]\w*(::|:|\()/,
	/CRITICAL|[Aa]ssertion|terminate called|Segmentation|runtime error:|Sanitizer|double free|corrupted/,
];

export function freePort() {
	return new Promise((resolve, reject) => {
		const server = createServer();
		server.on('error', reject);
		server.listen(0, '127.0.0.1', () => {
			const { port } = server.address();
			server.close(() => resolve(port));
		});
	});
}

function ini(sections) {
	return Object.entries(sections)
		.map(([name, keys]) => `[${name}]\n${Object.entries(keys).map(([k, v]) => `${k}=${v}\n`).join('')}\n`)
		.join('');
}

function writeSettings(home, { width, height, fps, port, password, records, preview, hotkeys }) {
	const config = join(home, 'obs-studio');
	const profile = join(config, 'basic/profiles/Pulseline');
	const socket = join(config, 'plugin_config/obs-websocket');
	for (const dir of [profile, socket, join(config, 'basic/scenes'), records]) mkdirSync(dir, { recursive: true });
	const general = { FirstRun: true, LastVersion: 0x7fffffff, InfoIncrement: 99, EnableAutoUpdates: false, ConfirmOnExit: false };
	const names = { Profile: 'Pulseline', ProfileDir: 'Pulseline', SceneCollection: 'Pulseline', SceneCollectionFile: 'Pulseline' };
	const all = ini({ General: general, Basic: names, BasicWindow: { PreviewEnabled: preview, WarnBeforeStoppingRecord: false } });
	for (const file of ['global.ini', 'user.ini']) writeFileSync(join(config, file), all);
	writeFileSync(
		join(profile, 'basic.ini'),
		ini({
			General: { Name: 'Pulseline' },
			Video: { BaseCX: width, BaseCY: height, OutputCX: width, OutputCY: height, FPSType: 0, FPSCommon: fps },
			Audio: { SampleRate: 48000, ChannelSetup: 'Stereo' },
			Output: { Mode: 'Advanced' },
			Hotkeys: hotkeys,
			AdvOut: { RecType: 'Standard', RecFilePath: records, RecFormat2: 'mkv', RecEncoder: 'obs_x264', RecTracks: 1, RecAudioEncoder: 'ffmpeg_aac' },
		}),
	);
	writeFileSync(join(profile, 'recordEncoder.json'), JSON.stringify({ rate_control: 'CRF', crf: 21, preset: 'ultrafast', keyint_sec: 2 }));
	writeFileSync(
		join(socket, 'config.json'),
		JSON.stringify({ first_load: false, server_enabled: true, server_port: port, alerts_enabled: false, auth_required: true, server_password: password }),
	);
}

export class Obs {
	// `dir`: used for settings, log and recordings; emptied first unless `keep`. `plugins`, `data`: folders with a module
	// to load besides OBS's own.
	// `hotkeys`: name -> key, as in `OBS_KEY_F9`. `more`: environment variables for OBS.
	static async start({ dir, plugins, data, width = 960, height = 540, fps = 20, preview = true, keep = false, hotkeys = {}, more = {} }) {
		const obs = new Obs();
		obs.dir = dir = resolve(dir);
		if (!keep) rmSync(dir, { recursive: true, force: true });
		const records = join(dir, 'recordings');
		const port = await freePort();
		const password = randomBytes(12).toString('hex');
		const keys = Object.entries(hotkeys).map(([name, key]) => [name, JSON.stringify({ bindings: [{ key }] })]);
		writeSettings(join(dir, 'config'), { width, height, fps, port, password, records, preview, hotkeys: Object.fromEntries(keys) });
		const runtime = join(dir, 'runtime');
		mkdirSync(runtime, { recursive: true, mode: 0o700 });
		obs.screen = await startDisplay();
		const env = {
			...process.env,
			DISPLAY: obs.screen.display,
			HOME: dir,
			XDG_CONFIG_HOME: join(dir, 'config'),
			XDG_CACHE_HOME: join(dir, 'cache'),
			XDG_DATA_HOME: join(dir, 'data'),
			XDG_RUNTIME_DIR: runtime,
			QT_QPA_PLATFORM: 'xcb',
			LIBGL_ALWAYS_SOFTWARE: '1',
			...more,
		};
		for (const name of ['WAYLAND_DISPLAY', 'DBUS_SESSION_BUS_ADDRESS', 'OBS_PLUGINS_PATH', 'OBS_PLUGINS_DATA_PATH']) delete env[name];
		if (plugins) Object.assign(env, { OBS_PLUGINS_PATH: resolve(plugins), OBS_PLUGINS_DATA_PATH: resolve(data) });
		// Not --disable-missing-files-check: with it OBS 30.2 itself leaks when it loads a scene collection.
		const flags = ['--multi', '--disable-updater', '--disable-shutdown-check'];
		obs.program = new Program('obs', flags, { env, cwd: dir });
		try {
			await obs.connect(port, password);
		} catch (error) {
			obs.kill();
			throw error;
		}
		return obs;
	}

	kill() {
		this.keepLog();
		this.program.signal('SIGKILL');
		this.screen.signal('SIGKILL');
	}

	async connect(port, password) {
		await this.program.line(/obs-websocket\].*Server started successfully/, 60000);
		this.socket = new ObsWebSocket();
		const events = EventSubscription.All;
		await within(20000, this.socket.connect(`ws://127.0.0.1:${port}`, password, { eventSubscriptions: events }), 'OBS did not take the connection');
		const NOT_READY = 207;
		const version = () => this.socket.call('GetVersion').catch((error) => error);
		await this.until(version, (answer) => answer.code !== NOT_READY, 30000, 'OBS did not get ready');
		// OBS 32 answers before its window is whole, and hangs if a scene is made by then; this waits for the window.
		const { currentProgramSceneName: sceneName } = await this.call('GetCurrentProgramScene');
		await this.call('SetCurrentProgramScene', { sceneName });
	}

	call(type, data, ms = 20000) {
		return within(ms, this.socket.call(type, data), `OBS did not answer ${type}`).catch((error) => {
			throw new Failure(`${type}: ${error.message}${this.program.how ? `; ${this.program.lastWords()}` : ''}`);
		});
	}

	// A request to the plugin.
	async vendor(type, data = {}, ms = 20000) {
		const answer = await this.call('CallVendorRequest', { vendorName: 'pulseline', requestType: type, requestData: data }, ms);
		return answer.responseData;
	}

	// The next event `name` for which `accept` holds. Ask before doing what causes it.
	event(name, accept = () => true, ms = 20000) {
		let listener;
		const seen = new Promise((resolve, reject) => {
			listener = (data) => accept(data) && resolve(data);
			this.socket.on(name, listener);
			this.program.exited.then(() => reject(new Failure(this.program.lastWords())));
		});
		return within(ms, seen, `no ${name} came from OBS`).finally(() => this.socket.off(name, listener));
	}

	// The next event of the plugin.
	vendorEvent(type, ms = 20000) {
		return this.event('VendorEvent', (e) => e.vendorName === 'pulseline' && e.eventType === type, ms).then((e) => e.eventData);
	}

	async scene(name) {
		await this.call('CreateScene', { sceneName: name });
		await this.call('SetCurrentProgramScene', { sceneName: name });
	}

	// Adds a source to a scene; gives its id in the scene and its UUID.
	add(sceneName, inputKind, inputName, inputSettings = {}) {
		return this.call('CreateInput', { sceneName, inputKind, inputName, inputSettings });
	}

	// A video as Media Source, filling the canvas, stopped at its start.
	async addVideo(sceneName, inputName, file) {
		const { baseWidth, baseHeight } = await this.call('GetVideoSettings');
		const { sceneItemId, inputUuid } = await this.add(sceneName, 'ffmpeg_source', inputName, {
			local_file: file,
			looping: false,
			hw_decode: false,
			restart_on_activate: false,
			close_when_inactive: false,
			clear_on_media_end: false,
		});
		await this.mediaState(inputName, 'PLAYING');
		await this.call('SetSceneItemTransform', {
			sceneName,
			sceneItemId,
			sceneItemTransform: { boundsType: 'OBS_BOUNDS_SCALE_INNER', boundsWidth: baseWidth, boundsHeight: baseHeight, boundsAlignment: 0 },
		});
		await this.media(inputName, 'STOP');
		await this.mediaState(inputName, 'STOPPED');
		return { sceneItemId, inputUuid };
	}

	async media(inputName, action) {
		const mediaAction = `OBS_WEBSOCKET_MEDIA_INPUT_ACTION_${action}`;
		const told = this.event('MediaInputActionTriggered', (e) => e.inputName === inputName && e.mediaAction === mediaAction);
		await this.call('TriggerMediaInputAction', { inputName, mediaAction });
		await told;
	}

	// Waits for a state (`PLAYING`, `PAUSED`, `STOPPED`, `ENDED`); OBS has no event for all of them.
	mediaState(inputName, state, ms = 20000) {
		const ask = () => this.call('GetMediaInputStatus', { inputName });
		return this.until(ask, ({ mediaState }) => mediaState === `OBS_MEDIA_STATE_${state}`, ms, `${inputName} did not get ${state}`);
	}

	// Asks until `accept` holds for the answer, a few times a second, as there is no event for it.
	async until(ask, accept, ms, why) {
		let stop = false;
		const polling = (async () => {
			for (;;) {
				const answer = await ask();
				if (accept(answer)) return answer;
				if (stop) return undefined;
				await new Promise((resolve) => setTimeout(resolve, 100));
			}
		})();
		return within(ms, polling, why).finally(() => (stop = true));
	}

	stats() {
		return this.call('GetStats');
	}

	// Waits until so many frames more were composed, however long OBS takes over them.
	async composed(frames) {
		const count = async () => {
			const { renderTotalFrames, renderSkippedFrames } = await this.stats();
			return renderTotalFrames - renderSkippedFrames;
		};
		const first = await count();
		await this.until(count, (now) => now >= first + frames, 30000, `OBS does not compose ${frames} frames`);
	}

	async recordStart() {
		const started = this.event('RecordStateChanged', (e) => e.outputState === 'OBS_WEBSOCKET_OUTPUT_STARTED');
		await this.call('StartRecord');
		await started;
	}

	async recordStop() {
		const stopped = this.event('RecordStateChanged', (e) => e.outputState === 'OBS_WEBSOCKET_OUTPUT_STOPPED', 60000);
		const { outputPath } = await this.call('StopRecord');
		await stopped;
		return outputPath;
	}

	// PNG bytes of one source or scene.
	async picture(sourceName, imageWidth) {
		const { imageData } = await this.call('GetSourceScreenshot', { sourceName, imageFormat: 'png', ...(imageWidth && { imageWidth }) });
		return Buffer.from(imageData.split(',')[1], 'base64');
	}

	// A picture of the screen with OBS's windows, or of one of them.
	screenshot(file, window = 'root') {
		return run('import', ['-display', this.screen.display, '-window', window, file], { ms: 30000 });
	}

	// OBS's own menu: copies the topmost source of the current scene and pastes it as a new source.
	async duplicateTopSource() {
		let made;
		this.socket.once('InputCreated', ({ inputName }) => (made = inputName));
		// The sources' list of a window with OBS's default layout; without undo steps Copy is the menu's first live entry.
		const keys = ['ctrl+c', 'alt+e', 'Down', 'Down'];
		// Now and then the menu loses keys: all of them, or one and pastes a reference, the entry above; then there is a
		// step to undo, too.
		for (let tries = 0; made === undefined && tries < 4; tries++) {
			const pasted = this.event('SceneItemCreated', undefined, 5000).catch(() => null);
			await this.xdotool('mousemove', 270, 523, 'click', 1, 'key', ...keys, 'Return');
			const item = await pasted;
			if (made !== undefined) break;
			if (!item) {
				await this.xdotool('key', 'Escape', 'Escape'); // what may be open still
				continue;
			}
			await this.call('RemoveSceneItem', { sceneName: item.sceneName, sceneItemId: item.sceneItemId });
			if (keys.length < 5) keys.push('Down');
		}
		return made ?? fail('OBS does not duplicate a source');
	}

	// Shows the dock that was added last (they start hidden), as a window of its own, and gives the window's number.
	async showLastDock(title) {
		await this.xdotool('mousemove', 270, 300, 'key', 'alt+d', 'Up', 'Return');
		const [window] = await this.xdotool('search', '--sync', '--onlyvisible', '--name', `^${title}$`);
		return window;
	}

	xdotool(...args) {
		return run('xdotool', args.map(String), { env: { ...process.env, DISPLAY: this.screen.display }, ms: 20000 });
	}

	// Closes OBS as a user would; fails unless it went cleanly: exit status 0, no leak, nothing unexpected in the log.
	// `only`: judge only the log lines that match it, where it is not known what OBS itself says.
	async quit({ only = /./ } = {}) {
		// An event on its way to somebody who is leaving would be an error in obs-websocket's log.
		await this.socket.reidentify({ eventSubscriptions: EventSubscription.None });
		await this.socket.disconnect();
		this.program.signal('SIGINT');
		const { code } = await this.program.ended(60000);
		this.screen.signal('SIGTERM');
		await this.screen.ended(10000);
		this.keepLog();
		if (code !== 0) fail(this.program.lastWords());
		const leaks = this.program.lines.find((line) => line.includes('Number of memory leaks:'));
		if (!leaks) fail('OBS ended without counting its memory leaks');
		if (!leaks.endsWith('leaks: 0')) fail(`OBS: ${leaks}`);
		const bad = this.unexpected().filter((line) => only.test(line));
		if (bad.length > 0) fail(`OBS's log has ${bad.length} unexpected line(s), the first: ${bad[0]}`);
	}

	// Everything OBS said, as `obs.log` in its folder.
	keepLog() {
		const file = join(this.dir, 'obs.log');
		writeFileSync(file, this.program.lines.join('\n') + '\n');
		return file;
	}

	// Lines that OBS alone does not print here.
	unexpected() {
		const noise = KNOWN_NOISE.map(([pattern, most]) => ({ pattern, left: most }));
		return this.program.lines.filter((line) => {
			if (!SUSPICIOUS.some((pattern) => pattern.test(line))) return false;
			const known = noise.find(({ pattern }) => pattern.test(line));
			return !known || known.left-- <= 0;
		});
	}
}

// Starts OBS, does `work(obs)` and closes it cleanly; if anything fails, OBS is killed and its log kept.
export async function withObs(options, work, quit = {}) {
	const obs = await Obs.start(options);
	try {
		await work(obs);
		await obs.quit(quit);
	} catch (error) {
		if (!obs.program.how) await obs.screenshot(join(obs.dir, 'failed.png')).catch(() => {});
		obs.kill();
		error.message += ` (log: ${join(obs.dir, 'obs.log')})`;
		throw error;
	}
}
