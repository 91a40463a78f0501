// How named senders and checkers read a text. Both views show it, once there is time for it.
import { capital, element, prose } from './dom.js';
import { t } from './t.js';

/** The fold, whole, of what they make of a text; nothing where nobody was asked. */
export function sendersFold(all) {
  if (!all.length) return undefined;
  const senders = all.filter((sender) => !isRfc(sender));
  const usable = senders.filter((sender) => sender.usable).length;
  const title = t`What senders make of it: ${usable} of ${senders.length} can use it`;
  const headings = [t`Sender`, t`Outcome`].map((text) => element('th', { scope: 'col' }, text));
  const rows = all.map((sender) => element('tr', {}, senderCell(sender), element('td', {}, outcomeOf(sender))));
  return element(
    'details',
    { class: 'senders', 'data-fold': 'senders', 'data-key': 'senders' },
    element('summary', {}, title),
    element(
      'div',
      { class: 'scroll', role: 'region', 'aria-label': title, tabindex: 0 },
      element('table', {}, element('thead', {}, element('tr', {}, headings)), element('tbody', {}, rows)),
    ),
  );
}

/** The RFC, which all of them are measured by, is none of them. */
export const isRfc = ({ sender }) => sender === 'RFC 8461';

/** Who it is. */
export function senderCell({ sender, version }) {
  if (isRfc({ sender })) return element('th', { scope: 'row' }, t`By the letter of ${sender}`);
  return element('th', { scope: 'row' }, sender, version && element('span', { class: 'hint' }, ` ${version}`));
}

/** Whether it can use a text, and what it reads there. */
export function outcomeOf(sender) {
  const [style, sign, word] = sender.usable ? ['good', '✓', t`usable`] : ['bad', '✕', t`not usable`];
  const text = reads(sender);
  return [element('span', { class: `usable ${style}` }, `${sign} ${word}`), text ? ': ' : '', ...[prose(text)].flat()];
}

function reads({ mode, max_age: maxAge, mx, id, rua, unmatched, why }) {
  const parts = [mode && `mode ${mode}`, maxAge !== undefined && `max_age ${maxAge}`, mx?.length && `mx ${mx.join(', ')}`, id && `id ${id}`, rua?.length && `rua ${rua.join(', ')}`];
  const without = unmatched?.length && t`Finds no pattern for ${unmatched.join(', ')}`;
  return [parts.filter(Boolean).join('; '), without, why && capital(why)].filter(Boolean).join('. ');
}
