// What others do with the mail than a sender that goes by the RFC: named senders, and those that know no MTA-STS.
import { capital, element, prose } from './dom.js';
import { t } from './t.js';

const SIGNS = { deliver: ['good', '✓'], refuse: ['bad', '✕'], 'deliver-and-report': ['', '!'], 'no-sts': ['', '–'], unknown: ['', '?'] };
const deliveryWord = (delivery) => ({
  deliver: t`delivers`, refuse: t`refuses`, 'deliver-and-report': t`delivers and reports`,
  'no-sts': t`as if there were no MTA-STS`, unknown: t`cannot be told`,
})[delivery];

/** The fold, whole; nothing where there is nobody to speak of. */
export function othersFold({ others = [], senders, delivery }) {
  const named = senders.delivery ?? [];
  if (!others.length) return undefined;
  const differ = named.filter((sender) => sender.delivery !== delivery).length;
  const title = differ ? t`What other senders do: ${differ} of ${named.length} known ones something else` : t`What other senders do`;
  const rows = named.map((sender) => element(
    'tr',
    { class: SIGNS[sender.delivery][0] },
    element('th', { scope: 'row' }, sender.sender, element('span', { class: 'hint' }, ` ${sender.version}`)),
    element('td', { class: 'usable' }, `${SIGNS[sender.delivery][1]} ${deliveryWord(sender.delivery)}`),
    element('td', {}, prose(capital(sender.why ?? ''))),
  ));
  const headings = [t`Sender`, t`What it does`, t`Why`].map((text) => element('th', { scope: 'col' }, text));
  return element(
    'details',
    { class: 'senders', 'data-fold': 'others', 'data-key': 'others' },
    element('summary', {}, title),
    element('dl', { class: 'others' }, others.flatMap(({ who, sentence, source }) => [
      element('dt', {}, who),
      element('dd', {}, prose(sentence), source && element('span', { class: 'hint' }, ` ${source}`)),
    ])),
    rows.length ? element(
      'div',
      { class: 'scroll', role: 'region', 'aria-label': title, tabindex: 0 },
      element('table', {}, element('thead', {}, element('tr', {}, headings)), element('tbody', {}, rows)),
    ) : undefined,
  );
}
