// The curves, drawn by uPlot: a line for each segment, told apart by colour and dashes, with its band.
import uPlot from '/observe/uplot/uPlot.esm.js';
import { el } from '/dom.js';
import { everyone } from '/observe/figures.js';
import { clock } from '/speech.js';

const dashes = [[], [12, 5], [4, 4], [12, 4, 2, 4], [2, 3]];
const colours = 7;
const least_s = 60; // of the time axis while the speech's length is not known

// What can be drawn: which figure, the text that explains it, its scale and the line it is read against.
export function measures({ min, max, neutral }) {
	return {
		mean: { key: 'mean', says: 'meanText', times: 1, range: [min, max], middle: neutral, band: ['ci_low', 'ci_high'] },
		net: { key: 'net', says: 'netText', times: 1, range: [-100, 100], middle: 0 },
		activity: { key: 'activity', says: 'activityText', times: 100, range: [0, 100] },
		sd: { key: 'sd', says: 'sdText', times: 1, range: [0, 0.6 * (max - min)] },
	};
}

// How a segment looks, on the curve and beside its name.
export function styleOf(name, place) {
	if (name === everyone) return { colour: '--everyone', dash: [], width: 3 };
	return { colour: `--segment${place % colours}`, dash: dashes[place % dashes.length], width: 2 };
}

// A figure between two gaps has no line; it is shown as a point.
function alone({ data }, place) {
	const column = data[place];
	const known = (tick) => (column[tick] ?? null) !== null;
	return [...column.keys()].filter((tick) => known(tick) && !known(tick - 1) && !known(tick + 1));
}

function lines(segments, measure, paint) {
	const series = [{}];
	const bands = [];
	for (const { name, style, shown } of segments) {
		const stroke = paint(style.colour);
		series.push({ label: name, stroke, dash: style.dash, width: style.width, show: shown, points: { size: 6, fill: stroke, filter: alone } });
		if (!measure.band) continue;
		const edge = { show: shown, stroke: 'transparent', points: { show: false } };
		bands.push({ series: [series.length + 1, series.length], fill: `${stroke}28` });
		series.push({ ...edge }, { ...edge });
	}
	return { series, bands };
}

export class Chart {
	#plot;
	#head = document.createElement('div');
	#chosen = document.createElement('div');
	#marks = []; // { at_s, element }, by position
	#tick_ms;
	#pointed = [null, null];

	// `segments`: [{ name, style, shown }]; `choose(tick)` is called when somebody points at one.
	constructor(place, { segments, measure, tick_ms, duration_ms, choose }) {
		const look = getComputedStyle(document.documentElement);
		const paint = (name) => look.getPropertyValue(name).trim();
		const axis = { stroke: paint('--soft'), grid: { stroke: paint('--line'), width: 1 }, ticks: { show: false }, font: '14px system-ui, sans-serif' };
		const most = () => Math.max(duration_ms ? duration_ms / 1000 : least_s, (this.#plot?.data[0].length ?? 0) * (tick_ms / 1000));
		this.#tick_ms = tick_ms;
		this.#plot = new uPlot(
			{
				...this.#size(place),
				...lines(segments, measure, paint),
				padding: [14, 22, 4, 0],
				legend: { show: false },
				cursor: { show: false },
				scales: { x: { time: false, range: () => [0, most()] }, y: { range: measure.range } },
				axes: [
					{ ...axis, size: 36, values: (_, at) => at.map((s) => clock(s * 1000)) },
					{ ...axis, size: 56 },
				],
				hooks: { drawAxes: [(plot) => middle(plot, measure.middle, paint('--edge'))] },
			},
			[[]],
			place,
		);
		this.#head.className = 'head';
		this.#chosen.className = 'chosen';
		this.#plot.over.append(this.#chosen, this.#head);
		this.#plot.over.addEventListener('click', ({ offsetX }) => choose(Math.floor((this.#plot.posToVal(offsetX, 'x') * 1000) / tick_ms)));
		this.watch = new ResizeObserver(() => {
			this.#plot.setSize(this.#size(place));
			this.#placeMarks();
			this.point(...this.#pointed);
		});
		this.watch.observe(place);
	}

	#size(place) {
		return { width: Math.max(place.clientWidth, 200), height: Math.max(place.clientHeight, 160) };
	}

	// The columns of all segments, in the order of `segments`.
	set(columns) {
		const n = columns[0]?.length ?? 0;
		const at_s = Array.from({ length: n }, (_, tick) => ((tick + 0.5) * this.#tick_ms) / 1000);
		this.#plot.setData([at_s, ...columns]);
		this.#placeMarks();
	}

	// `markers`: [{ position_ms, text }], by position.
	mark(markers) {
		for (const { element } of this.#marks) element.remove();
		this.#marks = markers.map(({ position_ms, text }) => ({ at_s: position_ms / 1000, element: el('div', { class: 'mark' }, el('bdi', {}, text)) }));
		this.#plot.over.append(...this.#marks.map(({ element }) => element));
		this.#placeMarks();
	}

	// Each has the room up to the next one for its words.
	#placeMarks() {
		const end = this.#plot.over.clientWidth;
		const lefts = this.#marks.map(({ at_s }) => this.#plot.valToPos(at_s, 'x'));
		this.#marks.forEach(({ element }, place) => {
			element.hidden = lefts[place] > end;
			element.style.transform = `translateX(${lefts[place]}px)`;
			element.style.width = `${Math.max(0, Math.min(lefts[place + 1] ?? end, end) - lefts[place])}px`;
		});
	}

	// Where the speech is, and which tick the figures are of; null: nowhere.
	point(position_ms, tick) {
		this.#pointed = [position_ms, tick];
		this.#put(this.#head, position_ms, 0);
		this.#put(this.#chosen, tick === null ? null : tick * this.#tick_ms, this.#tick_ms);
	}

	#put(element, from_ms, long_ms) {
		element.hidden = from_ms === null;
		if (from_ms === null) return;
		const left = this.#plot.valToPos(from_ms / 1000, 'x');
		element.style.transform = `translateX(${left}px)`;
		if (long_ms) element.style.width = `${this.#plot.valToPos((from_ms + long_ms) / 1000, 'x') - left}px`;
	}

	remove() {
		this.watch.disconnect();
		this.#plot.destroy();
	}
}

// The line that curves are read against.
function middle({ ctx, bbox, valToPos }, value, colour) {
	if (value === undefined) return;
	const y = Math.round(valToPos(value, 'y', true));
	ctx.save();
	ctx.strokeStyle = colour;
	ctx.lineWidth = 2 * devicePixelRatio;
	ctx.beginPath();
	ctx.moveTo(bbox.left, y);
	ctx.lineTo(bbox.left + bbox.width, y);
	ctx.stroke();
	ctx.restore();
}
