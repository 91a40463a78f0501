// The domains that were checked last, in this browser's storage alone.
import { element } from './dom.js';
import { t } from './t.js';

const STORED = 'mta-sts-recent';
const MOST = 10;

/** Whether domains are kept, and which; the newest first. */
function read() {
  try {
    const { off = false, domains = [] } = JSON.parse(localStorage.getItem(STORED)) ?? {};
    return { off: off === true, domains: domains.filter((domain) => typeof domain === 'string').slice(0, MOST) };
  } catch {
    return { off: false, domains: [] }; // no storage, or something else in it
  }
}

function write(kept) {
  try {
    localStorage.setItem(STORED, JSON.stringify(kept));
  } catch {
    // Storage is refused: nothing is kept.
  }
  if (list) draw();
}

/** Keeps a domain that was checked, unless the reader wants none kept. */
export function remember(domain) {
  const { off, domains } = read();
  if (!off) write({ off, domains: [domain, ...domains.filter((known) => known !== domain)].slice(0, MOST) });
}

/** What shows them. */
let list;

/** Shows them in a node, each to be checked again or removed. */
export function showIn(node) {
  list = node;
  draw();
}

function draw() {
  const { off, domains } = read();
  const remove = (domain) => {
    write({ off, domains: domains.filter((known) => known !== domain) });
    (list.querySelector('button') ?? list.querySelector('input')).focus();
  };
  const keep = element('input', { type: 'checkbox', id: 'recent-keep', checked: !off, onchange: () => {
    write({ off: !keep.checked, domains: [] });
    list.querySelector('input').focus();
  } });
  list.replaceChildren(
    domains.length ? element('ul', {}, domains.map((domain) => element(
      'li',
      {},
      element('a', { href: `#${new URLSearchParams({ domain })}` }, domain),
      element('button', { type: 'button', class: 'link', 'aria-label': t`Remove ${domain}`, onclick: () => remove(domain) }, '✕'),
    ))) : element('p', { class: 'hint' }, off ? t`None are kept.` : t`None yet.`),
    element(
      'p',
      { class: 'tick' },
      keep,
      element('label', { for: 'recent-keep' }, t`Keep the last ${MOST}, in this browser alone`),
    ),
    domains.length ? element('button', { type: 'button', class: 'quiet small', onclick: () => write({ off, domains: [] }) }, t`Clear all`) : '',
  );
}
