// What stands beside MTA-STS: SPF, DMARC and DKIM, a sentence each.
import { element, prose } from './dom.js';
import { stepList } from './inside.js';
import { t } from './t.js';

const NAMES = { spf: 'SPF', dmarc: 'DMARC', dkim: 'DKIM' };
const SIGNS = { found: ['good', '✓'], broken: ['bad', '✕'], absent: ['', '–'], 'none-of-these': ['', '–'], 'not-observed': ['', '?'] };
/** How many selectors are named in the title. */
const FEW = 3;

/** What one of them comes to, in a few words. */
function few(name, { state, selectors = [] }) {
  const under = selectors.length > FEW ? t`${selectors.length} selectors` : selectors.join(', ');
  if (under) return t`${name} found under ${under}`;
  return {
    found: t`${name} found`, absent: t`${name} absent`, broken: t`${name} broken`,
    'none-of-these': t`${name} under none of the selectors tried`, 'not-observed': t`${name} not seen`,
  }[state];
}

const stateWord = (state) => ({
  found: t`found`, absent: t`absent`, broken: t`broken`, 'none-of-these': t`none of these selectors`, 'not-observed': t`not seen`,
})[state];

/** The fold, whole, with the steps of a check `now`; nothing where these are not looked at. */
export function besideFold(now, steps) {
  const { beside } = now.report;
  if (!beside) return undefined;
  const all = Object.entries(NAMES).map(([key, name]) => [name, beside[key]]);
  const title = t`Beside MTA-STS: ${all.map(([name, one]) => few(name, one)).join(', ')}`;
  const rows = all.map(([name, { state, sentence }]) => element(
    'tr',
    { class: SIGNS[state][0] },
    element('th', { scope: 'row' }, name),
    element('td', { class: 'usable' }, `${SIGNS[state][1]} ${stateWord(state)}`),
    element('td', {}, prose(sentence)),
  ));
  return element(
    'details',
    { class: 'senders', 'data-print': true, 'data-fold': 'beside', 'data-key': 'beside' },
    element('summary', {}, title),
    element('div', { class: 'scroll', role: 'region', 'aria-label': title, tabindex: 0 }, element('table', {}, element('tbody', {}, rows))),
    element('details', {}, element('summary', {}, t`What was asked`), stepList(steps, now)),
  );
}
