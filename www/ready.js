// Whether a domain is ready for mode enforce, host by host and address by address.
import { element } from './dom.js';

const STATES = { passes: ['good', '✓ passes'], blocks: ['bad', '✕ blocks'], unseen: ['', '– not seen'] };

/** The fold, whole; nothing where there is nothing to look at. */
export function readyFold({ ready, sentence, items }) {
  if (!items.length) return undefined;
  const blocks = items.some(({ state }) => state === 'blocks');
  const title = `Ready for enforce? ${ready ? 'Yes' : blocks ? 'No' : 'It cannot be told from here'}`;
  const rows = items.map(({ about, state, what }) => element(
    'tr',
    { class: STATES[state][0] },
    element('td', { class: 'usable' }, STATES[state][1]),
    element('td', {}, `${about} ${what}`),
  ));
  return element(
    'details',
    { id: 'ready', class: 'senders' },
    element('summary', { id: 'ready-title' }, title),
    element('p', {}, sentence),
    element(
      'div',
      { class: 'scroll', role: 'region', 'aria-labelledby': 'ready-title', tabindex: 0 },
      element('table', {}, element('tbody', {}, rows)),
    ),
  );
}
