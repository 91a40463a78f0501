// Building elements. Text goes in as text nodes only: much of it was written by strangers.

/**
 * An element. `attributes` become attributes, but for `on…` listeners; children are nodes, strings, or nothing.
 */
export function element(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** The same for an element that is there. */
export function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) listen(made, name.slice(2), value);
    else made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false && child !== ''));
  return made;
}

/** Lets a node listen, and notes it there: it can be made to do what another one does. */
export function listen(node, type, listener) {
  node.addEventListener(type, listener);
  (node.heard ??= {})[type] = listener;
}

/** A sentence whose parts in backticks are set as code. */
export function prose(text) {
  return text.split('`').map((part, index) => (index % 2 ? element('code', {}, part) : part));
}

/** A sentence, or what stands for one, with a capital in front. */
export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
