// How named senders and checkers read a text. Both views show it, once there is time for it.
import { capital, element, prose } from './dom.js';
import { t } from './t.js';

/** A row for each. */
function senderRows(senders) {
  return senders.map((sender) => element(
    'tr',
    { class: sender.usable ? 'good' : 'bad' },
    element('th', { scope: 'row' }, sender.sender, sender.version && element('span', { class: 'hint' }, ` ${sender.version}`)),
    element('td', { class: 'usable' }, sender.usable ? `✓ ${t`usable`}` : `✕ ${t`not usable`}`),
    element('td', {}, prose(reads(sender))),
  ));
}

/** The fold, whole, of what they make of the `record`, the `policy` or `it`; nothing where nobody was asked. */
export function sendersFold(senders, what) {
  if (!senders.length) return undefined;
  const usable = senders.filter((sender) => sender.usable).length;
  const title = {
    record: t`What senders make of the record: ${usable} of ${senders.length} can use it`,
    policy: t`What senders make of the policy: ${usable} of ${senders.length} can use it`,
    it: t`What senders make of it: ${usable} of ${senders.length} can use it`,
  }[what];
  const headings = [t`Sender`, t`Outcome`, t`What it reads`].map((text) => element('th', { scope: 'col' }, text));
  return element(
    'details',
    { class: 'senders', 'data-fold': `senders-${what}`, 'data-key': `senders-${what}` },
    element('summary', {}, title),
    element(
      'div',
      { class: 'scroll', role: 'region', 'aria-label': title, tabindex: 0 },
      element('table', {}, element('thead', {}, element('tr', {}, headings)), element('tbody', {}, senderRows(senders))),
    ),
  );
}

function reads({ mode, max_age: maxAge, mx, id, rua, unmatched, why }) {
  const parts = [mode && `mode ${mode}`, maxAge !== undefined && `max_age ${maxAge}`, mx?.length && `mx ${mx.join(', ')}`, id && `id ${id}`, rua?.length && `rua ${rua.join(', ')}`];
  const without = unmatched?.length && t`Finds no pattern for ${unmatched.join(', ')}`;
  return [parts.filter(Boolean).join('; '), without, why && capital(why)].filter(Boolean).join('. ');
}
