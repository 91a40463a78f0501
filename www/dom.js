// Building elements. Text goes in as text nodes only: much of it was written by strangers.

/**
 * An element. `attributes` become attributes, but for `class` names and `on…` listeners; children are
 * nodes, strings, or nothing.
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== ''));
  return made;
}

/** A sentence whose parts in backticks are set as code. */
export function prose(text) {
  return text.split('`').map((part, index) => (index % 2 ? element('code', {}, part) : part));
}

/** A sentence, or what stands for one, with a capital in front. */
export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
