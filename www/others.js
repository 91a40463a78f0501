// What others do with the mail than a sender that goes by the RFC: named senders, and those that know no MTA-STS.
import { capital, element, prose } from './dom.js';

const DELIVERIES = {
  deliver: ['good', '✓ delivers'],
  refuse: ['bad', '✕ refuses'],
  'deliver-and-report': ['', '! delivers and reports'],
  'no-sts': ['', '– as if there were no MTA-STS'],
  unknown: ['', '? cannot be told'],
};

/** The fold, whole; nothing where there is nobody to speak of. */
export function othersFold({ others = [], senders, delivery }) {
  const named = senders.delivery ?? [];
  if (!others.length) return undefined;
  const differ = named.filter((sender) => sender.delivery !== delivery).length;
  const title = `What other senders do${differ ? `: ${differ} of ${named.length} known ones something else` : ''}`;
  const rows = named.map((sender) => element(
    'tr',
    { class: DELIVERIES[sender.delivery][0] },
    element('th', { scope: 'row' }, sender.sender, element('span', { class: 'hint' }, ` ${sender.version}`)),
    element('td', { class: 'usable' }, DELIVERIES[sender.delivery][1]),
    element('td', {}, prose(capital(sender.why ?? ''))),
  ));
  const headings = ['Sender', 'What it does', 'Why'].map((text) => element('th', { scope: 'col' }, text));
  return element(
    'details',
    { id: 'others', class: 'senders' },
    element('summary', { id: 'others-title' }, title),
    element('dl', { class: 'others' }, others.flatMap(({ who, sentence, source }) => [
      element('dt', {}, who),
      element('dd', {}, prose(sentence), source && element('span', { class: 'hint' }, ` ${source}`)),
    ])),
    rows.length ? element(
      'div',
      { class: 'scroll', role: 'region', 'aria-labelledby': 'others-title', tabindex: 0 },
      element('table', {}, element('thead', {}, element('tr', {}, headings)), element('tbody', {}, rows)),
    ) : undefined,
  );
}
