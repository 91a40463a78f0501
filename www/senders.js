// How named senders and checkers read a text. Both views show it, once there is time for it.
import { capital, element, prose } from './dom.js';

/** What the fold says, closed. */
function sendersTitle(senders, what) {
  const usable = senders.filter((sender) => sender.usable).length;
  return `What senders make of ${what}: ${usable} of ${senders.length} can use it`;
}

/** A row for each. */
function senderRows(senders) {
  return senders.map((sender) => element(
    'tr',
    { class: sender.usable ? 'good' : 'bad' },
    element('th', { scope: 'row' }, sender.sender, sender.version && element('span', { class: 'hint' }, ` ${sender.version}`)),
    element('td', { class: 'usable' }, sender.usable ? '✓ usable' : '✕ not usable'),
    element('td', {}, prose(reads(sender))),
  ));
}

/** The fold, whole; nothing where nobody was asked. */
export function sendersFold(id, senders, what) {
  if (!senders.length) return undefined;
  const headings = ['Sender', 'Outcome', 'What it reads'].map((text) => element('th', { scope: 'col' }, text));
  return element(
    'details',
    { id, class: 'senders' },
    element('summary', { id: `${id}-title` }, sendersTitle(senders, what)),
    element(
      'div',
      { class: 'scroll', role: 'region', 'aria-labelledby': `${id}-title`, tabindex: 0 },
      element('table', {}, element('thead', {}, element('tr', {}, headings)), element('tbody', {}, senderRows(senders))),
    ),
  );
}

function reads({ mode, max_age: maxAge, mx, id, rua, unmatched, why }) {
  const parts = [mode && `mode ${mode}`, maxAge !== undefined && `max_age ${maxAge}`, mx?.length && `mx ${mx.join(', ')}`, id && `id ${id}`, rua?.length && `rua ${rua.join(', ')}`];
  const without = unmatched?.length && `Finds no pattern for ${unmatched.join(', ')}`;
  return [parts.filter(Boolean).join('; '), without, why && capital(why)].filter(Boolean).join('. ');
}
