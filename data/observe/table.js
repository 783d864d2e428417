// The figures of one tick as a table, which is also what tells the curves apart: a row for each segment.
import { el, picture } from '/dom.js';

// The segment's line as it is on the chart.
function swatch({ colour, dash, width }) {
	const line = picture('line', { x1: 1, x2: 39, y1: 5, y2: 5, 'stroke-width': width, 'stroke-dasharray': dash.join(' ') });
	line.style.stroke = `var(${colour})`;
	return picture('svg', { viewBox: '0 0 40 10', class: 'swatch', 'aria-hidden': 'true' }, line);
}

// `show(figures)`: name → the row's figures. `toggled(name, shown)` is called when a curve is to come or go.
export function makeTable({ segments, scale, base, text, language, toggled }) {
	const digits = scale.max - scale.min >= 20 ? 1 : 2;
	const number = new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
	const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0, signDisplay: 'exceptZero' });
	const percent = new Intl.NumberFormat(language, { maximumFractionDigits: 0, style: 'percent' });
	const shown = (value, format) => (value === null || value === undefined ? '–' : format.format(value));
	const columns = {
		n: (row) => (!row ? '–' : row.present === null ? String(row.n) : text('ofPresent', row)),
		mean: (row) => shown(row?.mean, number),
		ci: (row) => (row && row.ci_low !== null ? `${number.format(row.ci_low)} – ${number.format(row.ci_high)}` : '–'),
		net: (row) => shown(row?.net, whole),
		activity: (row) => shown(row?.activity, percent),
		majority: (row) => (row ? text(row.majority) : '–'),
	};
	const titles = { net: `${text('net')} (${text(base)})` };
	const heads = Object.keys(columns).map((key) => el('th', { scope: 'col' }, titles[key] ?? text(key)));
	const rows = segments.map(({ name, style, shown: on }) => {
		const box = el('input', { type: 'checkbox', checked: on, onchange: () => toggled(name, box.checked) });
		const cells = Object.fromEntries(Object.keys(columns).map((key) => [key, el('td', { 'data-key': key })]));
		const head = el('th', { scope: 'row' }, el('label', {}, box, swatch(style), el('span', {}, name)));
		return { name, cells, element: el('tr', { 'data-segment': name }, head, ...Object.values(cells)) };
	});
	const element = el(
		'table',
		{},
		el('caption', { class: 'unseen' }, text('table')),
		el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, text('segment')), ...heads)),
		el('tbody', {}, ...rows.map((row) => row.element)),
	);
	const show = (figures) => {
		for (const { name, cells, element: line } of rows) {
			const row = figures.get(name);
			line.dataset.majority = row?.majority ?? '';
			for (const [key, write] of Object.entries(columns)) {
				const words = write(row);
				if (cells[key].textContent !== words) cells[key].textContent = words;
			}
		}
	};
	return { element, show };
}
