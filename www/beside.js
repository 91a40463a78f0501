// What stands beside MTA-STS: SPF, DMARC and DKIM, a sentence each.
import { element, prose } from './dom.js';

const NAMES = { spf: 'SPF', dmarc: 'DMARC', dkim: 'DKIM' };
const STATES = {
  found: ['good', '✓ found', 'found'],
  absent: ['', '– absent', 'absent'],
  broken: ['bad', '✕ broken', 'broken'],
  'none-of-these': ['', '– none of these selectors', 'under none of the selectors tried'],
  'not-observed': ['', '? not seen', 'not seen'],
};
/** How many selectors are named in the title. */
const FEW = 3;

/** What one of them comes to, in a few words. */
function few({ state, selectors = [] }) {
  const under = selectors.length > FEW ? `${selectors.length} selectors` : selectors.join(', ');
  return STATES[state][2] + (under ? ` under ${under}` : '');
}

/** The fold, whole, with its steps as they are shown elsewhere; nothing where these are not looked at. */
export function besideFold({ beside }, steps) {
  if (!beside) return undefined;
  const all = Object.entries(NAMES).map(([key, name]) => [name, beside[key]]);
  const title = `Beside MTA-STS: ${all.map(([name, one]) => `${name} ${few(one)}`).join(', ')}`;
  const rows = all.map(([name, one]) => element(
    'tr',
    { class: STATES[one.state][0] },
    element('th', { scope: 'row' }, name),
    element('td', { class: 'usable' }, STATES[one.state][1]),
    element('td', {}, prose(one.sentence)),
  ));
  return element(
    'details',
    { id: 'beside', class: 'senders' },
    element('summary', { id: 'beside-title' }, title),
    element(
      'div',
      { class: 'scroll', role: 'region', 'aria-labelledby': 'beside-title', tabindex: 0 },
      element('table', {}, element('tbody', {}, rows)),
    ),
    element('details', { id: 'beside-steps' }, element('summary', {}, 'What was asked'), steps),
  );
}
