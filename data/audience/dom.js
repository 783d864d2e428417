// el('button', { class: 'x', onclick }, 'text' or children …)
export function el(name, attributes = {}, ...children) {
	const element = document.createElement(name);
	if (name === 'button') element.type = name;
	for (const [key, value] of Object.entries(attributes)) {
		if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
		else if (value !== undefined && value !== false) element.setAttribute(key, value === true ? '' : value);
	}
	element.append(...children.filter((child) => (child ?? false) !== false));
	return element;
}

export function picture(name, attributes, ...children) {
	const element = document.createElementNS('http://www.w3.org/2000/svg', name);
	for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
	element.append(...children);
	return element;
}

export const icon = (name, kind) => picture('svg', { class: `icon ${kind}`, 'aria-hidden': 'true' }, picture('use', { href: `#${name}` }));

export const heading = (words) => el('h2', { id: 'heading', dir: 'auto', tabindex: -1 }, words);

// Only what changes is written, so that nothing is read out twice.
export function write(id, words) {
	const element = document.getElementById(id);
	if (element.textContent !== words) element.textContent = words;
}

// Shows one thing in the page's main part and takes the reader there.
export function show(...children) {
	const main = document.getElementById('main');
	main.classList.toggle('next', main.firstChild);
	main.replaceChildren(...children);
	const top = document.getElementById('heading') ?? document.getElementById('title');
	top.focus({ preventScroll: true });
	scrollTo(0, 0);
}
