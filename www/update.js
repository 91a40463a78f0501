// Changing what is shown without making it anew.
import { element, filled, listen } from './dom.js';

/** An element of SVG, as `element` makes them of HTML. */
export function drawn(tag, attributes = {}, ...children) {
  return filled(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

const keyOf = (node) => node.dataset?.key;
const fits = (node, wanted) => node.nodeName === wanted.nodeName && keyOf(node) === keyOf(wanted);

/**
 * Makes the children of a node what `parts` are: nodes, strings, or nothing. Nodes that stay are kept, and with them focus,
 * selection, scrolling and what is unfolded. Nodes are known again by `data-key`, and without one by their order; what
 * has `data-own` changes itself and is left alone.
 */
export function update(parent, ...parts) {
  replace(parent, [...element('div', {}, parts).childNodes]);
}

function replace(parent, wanted) {
  const keys = new Set(wanted.map(keyOf));
  const known = new Map();
  for (const child of [...parent.childNodes]) {
    const key = keyOf(child);
    if (key === undefined) continue;
    if (keys.has(key)) known.set(key, child);
    else child.remove(); // before it stands in the way of one that stays
  }
  let at = parent.firstChild;
  for (const one of wanted) {
    const found = keyOf(one) === undefined ? at : known.get(keyOf(one));
    if (found && fits(found, one)) {
      if (found === at) at = at.nextSibling;
      else parent.insertBefore(found, at);
      become(found, one);
    } else {
      parent.insertBefore(one, at);
    }
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

function become(node, wanted) {
  if (node.nodeType === Node.TEXT_NODE) {
    if (node.data !== wanted.data) node.data = wanted.data;
    return;
  }
  if (node.hasAttribute('data-own')) return;
  for (const { name } of [...node.attributes]) {
    // Whether it is unfolded is the reader's.
    if (name !== 'open' && !wanted.hasAttribute(name)) node.removeAttribute(name);
  }
  for (const { name, value } of wanted.attributes) {
    if (name !== 'open' && node.getAttribute(name) !== value) node.setAttribute(name, value);
  }
  for (const [type, listener] of Object.entries(wanted.heard ?? {})) {
    node.removeEventListener(type, node.heard?.[type]);
    listen(node, type, listener);
  }
  replace(node, [...wanted.childNodes]);
}
