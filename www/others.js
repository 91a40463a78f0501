// What others do with the mail than a sender that goes by the RFC: named senders, and those that know no MTA-STS.
import { sourced } from './blocks.js';
import { element, prose } from './dom.js';
import { isRfc, outcomeOf, senderCell } from './senders.js';
import { t } from './t.js';

const SIGNS = { deliver: ['good', '✓'], refuse: ['bad', '✕'], 'deliver-and-report': ['', '!'], 'no-sts': ['', '–'], unknown: ['', '?'] };
const deliveryWord = (delivery) => ({
  deliver: t`delivers`, refuse: t`refuses`, 'deliver-and-report': t`delivers and reports`,
  'no-sts': t`as if there were no MTA-STS`, unknown: t`cannot be told`,
})[delivery];

/** The fold, whole; nothing where there is nobody to speak of. */
export function othersFold({ others: some = [], senders, delivery, dane }) {
  const rows = rowsOf(senders);
  if (!some.length && !rows.length) return undefined;
  const byDane = ['deliver', 'refuse'].includes(dane?.delivery);
  const others = byDane ? [{ who: t`Senders that know DANE`, sentence: dane.sentence }, ...some] : some;
  const known = rows.filter((row) => row.does && !isRfc(row));
  const differ = known.filter(({ does }) => does.delivery !== delivery).length;
  const title = differ ? t`What other senders do: ${differ} of ${known.length} known ones something else` : t`What other senders do`;
  const headings = [t`Sender`, ...labels()].map((text) => element('th', { scope: 'col' }, text));
  return element(
    'details',
    { class: 'senders', 'data-fold': 'others', 'data-key': 'others' },
    element('summary', {}, title),
    element('dl', { class: 'others' }, others.flatMap(({ who, sentence, source }) => [
      element('dt', {}, who),
      element('dd', {}, prose(sentence), source && element('span', { class: 'hint' }, ' ', sourced(source))),
    ])),
    rows.length ? element(
      'div',
      { class: 'scroll', role: 'region', 'aria-label': title, tabindex: 0 },
      element('table', { class: 'all' }, element('thead', {}, element('tr', {}, headings)), element('tbody', {}, rows.map(rowItem))),
    ) : undefined,
  );
}

const labels = () => [t`Record`, t`Policy`, t`What it does`];

/** One for each that is known: what it makes of the `record` and of the `policy`, and what it `does`. */
function rowsOf({ record = [], policy = [], delivery = [] }) {
  const rows = new Map();
  for (const [what, all] of Object.entries({ record, policy, does: delivery })) {
    for (const one of all) rows.set(one.sender, { ...one, ...rows.get(one.sender), [what]: one });
  }
  return [...rows.values()];
}

function rowItem(row) {
  const [record, policy, does] = labels();
  return element(
    'tr',
    { 'data-key': row.sender },
    senderCell(row),
    element('td', { 'data-label': record }, row.record ? outcomeOf(row.record) : '–'),
    element('td', { 'data-label': policy }, row.policy ? outcomeOf(row.policy) : '–'),
    element('td', { 'data-label': does }, row.does ? doesOf(row) : '–'),
  );
}

/** Why it takes no record or no policy stands beside it. */
function doesOf({ record, policy, does }) {
  const [style, sign] = SIGNS[does.delivery];
  const said = record?.usable === false || policy?.usable === false || !does.why;
  return [element('span', { class: `usable ${style}` }, `${sign} ${deliveryWord(does.delivery)}`), said ? '' : [' ', prose(does.why)]].flat();
}
