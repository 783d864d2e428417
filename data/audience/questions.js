// What is asked before the session: the code, and then what the session wants to know of a participant.
import { el, heading, show } from './dom.js';
import { readCode } from './link.js';
import { text } from './texts.js';

export function askCode(wrong, take) {
	const problem = el('p', { id: 'problem', class: 'problem', role: 'alert' }, wrong ?? '');
	const input = el('input', {
		id: 'code',
		type: 'text',
		autocomplete: 'off',
		autocapitalize: 'characters',
		spellcheck: 'false',
		enterkeyhint: 'go',
		maxlength: 40,
		dir: 'ltr',
		'aria-describedby': 'problem',
		'aria-invalid': !!wrong && 'true',
	});
	const submit = (event) => {
		event.preventDefault();
		const code = readCode(input.value);
		if (code) return take(code);
		problem.textContent = text('codeShape');
		input.setAttribute('aria-invalid', 'true');
		input.focus();
	};
	show(
		el(
			'form',
			{ class: 'card', novalidate: true, onsubmit: submit },
			heading(text('codeTitle')),
			el('label', { for: 'code' }, text('codeLabel')),
			input,
			problem,
			el('button', { class: 'primary', type: 'submit' }, text('join')),
		),
	);
	input.focus({ preventScroll: true });
}

// One question at a time; `done` gets the answers, without those that were rather not given.
export function askQuestions(attributes, done) {
	const answers = { __proto__: null };
	const ask = (place) => {
		const attribute = attributes[place];
		const answer = (value) => {
			if (value) answers[attribute.name] = value;
			else delete answers[attribute.name];
			if (place + 1 < attributes.length) return ask(place + 1);
			section.inert = true;
			done({ ...answers });
		};
		const section = el(
			'section',
			{ class: 'card', 'aria-labelledby': 'heading' },
			attributes.length > 1 && el('p', { class: 'hint' }, text('step', { n: place + 1, all: attributes.length })),
			heading(attribute.label || attribute.name),
			attribute.values.length ? choices(attribute, answers, answer) : typed(attribute, answers, answer),
			el('button', { class: 'quiet', onclick: () => answer('') }, text('ratherNot')),
			place > 0 && el('button', { class: 'link', onclick: () => ask(place - 1) }, text('back')),
		);
		show(section);
	};
	ask(0);
}

function choices(attribute, answers, answer) {
	const mark = (button) => button.setAttribute('aria-pressed', answers[attribute.name] === button.textContent);
	const onclick = ({ currentTarget }) => {
		answer(currentTarget.textContent);
		buttons.forEach(mark);
	};
	const buttons = attribute.values.map((value) => el('button', { class: 'choice', dir: 'auto', onclick }, value));
	buttons.forEach(mark);
	return el('div', { class: 'choices' }, ...buttons);
}

function typed(attribute, answers, answer) {
	const input = el('input', { id: 'answer', type: 'text', dir: 'auto', maxlength: 60, autocomplete: 'off', 'aria-labelledby': 'heading' });
	input.value = answers[attribute.name] ?? '';
	const submit = (event) => {
		event.preventDefault();
		answer(input.value.trim());
	};
	return el('form', { class: 'choices', onsubmit: submit }, input, el('button', { class: 'primary', type: 'submit' }, text('next')));
}
