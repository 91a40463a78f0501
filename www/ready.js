// Whether a domain is ready for mode enforce, host by host and address by address.
import { element, prose } from './dom.js';
import { t } from './t.js';

const SIGNS = { passes: ['good', '✓'], blocks: ['bad', '✕'], unseen: ['', '–'] };
const stateWord = (state) => ({ passes: t`passes`, blocks: t`blocks`, unseen: t`not seen` })[state];

/** The fold, whole; nothing where there is nothing to look at. */
export function readyFold({ ready: { ready, sentence, items }, policy, record }) {
  if (!items.length) return undefined;
  const blocks = items.some(({ state }) => state === 'blocks');
  const title = policy.mode === 'enforce' && record.state === 'valid'
    ? ready ? t`Does enforce hold? Yes` : blocks ? t`Does enforce hold? No` : t`Does enforce hold? It cannot be told from here`
    : ready ? t`Ready for enforce? Yes` : blocks ? t`Ready for enforce? No` : t`Ready for enforce? It cannot be told from here`;
  return element(
    'details',
    { class: 'senders', 'data-print': true, 'data-fold': 'ready', 'data-key': 'ready' },
    element('summary', {}, title),
    element('p', {}, prose(sentence)),
    readyTable(items, title),
  );
}

/** What it comes from, one thing a row. */
export function readyTable(items, title) {
  const rows = items.map(({ about, state, what }) => element(
    'tr',
    { class: SIGNS[state][0] },
    element('td', { class: 'usable' }, `${SIGNS[state][1]} ${stateWord(state)}`),
    element('td', {}, `${about} `, prose(what)),
  ));
  return element('div', { class: 'scroll', role: 'region', 'aria-label': title, tabindex: 0 }, element('table', {}, element('tbody', {}, rows)));
}
