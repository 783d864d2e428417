// el('button', { class: 'x', onclick }, 'text' or children …)
export function el(name, attributes = {}, ...children) {
	const element = document.createElement(name);
	for (const [key, value] of Object.entries(attributes)) {
		if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
		else if (value !== undefined && value !== false) element.setAttribute(key, value === true ? '' : value);
	}
	element.append(...children.filter((child) => child !== undefined && child !== null && child !== false));
	return element;
}

export function icon(name, kind = '') {
	const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
	const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
	use.setAttribute('href', `#${name}`);
	svg.setAttribute('class', `icon ${kind}`);
	svg.setAttribute('aria-hidden', 'true');
	svg.append(use);
	return svg;
}

// Shows one thing in the page's main part and takes the reader there.
export function show(...children) {
	document.getElementById('main').replaceChildren(...children);
	const heading = document.querySelector('#main [data-heading]') ?? document.getElementById('title');
	heading.focus({ preventScroll: true });
	scrollTo(0, 0);
}
