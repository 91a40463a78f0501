// The view that lints a pasted text, as it is typed. Nothing leaves the browser.
import { element } from './dom.js';
import { engine } from './engine.js';
import { findingList } from './findings.js';

const byId = (id) => document.getElementById(id);
const KINDS = { policy: 'policy', record: 'MTA-STS record', tlsrpt: 'TLSRPT record' };

/** Makes the form live. */
export function startDraft() {
  const text = byId('draft-text');
  const look = () => show(text);
  text.addEventListener('input', look);
  byId('draft-kind').addEventListener('change', look);
  byId('draft-form').addEventListener('submit', (event) => event.preventDefault());
}

async function show(text) {
  const result = byId('draft-result');
  const { value } = text;
  if (!value.trim()) return result.replaceChildren();
  const { lint } = await engine();
  if (value !== text.value) return undefined; // typed on meanwhile; that look shows it
  const report = lint(new TextEncoder().encode(value), byId('draft-kind').value || undefined);
  const errors = report.findings.filter((finding) => finding.level === 'error').length;
  const kind = KINDS[report.kind];
  const sentence = report.valid
    ? `A ${kind} that senders can use.`.replace('A MTA', 'An MTA')
    : `A sender that holds to ${report.kind === 'tlsrpt' ? 'RFC 8460' : 'RFC 8461'} cannot use this ${kind}: ${errors === 1 ? 'one error' : `${errors} errors`}.`;
  return result.replaceChildren(
    element(
      'section',
      { class: `verdict ${report.valid ? 'good' : 'bad'}`, 'data-kind': report.kind, 'data-valid': report.valid ? 'true' : 'false' },
      element('span', { class: 'sign', 'aria-hidden': 'true' }, report.valid ? '✓' : '✕'),
      element('p', { class: 'sentence' }, sentence),
    ),
    findingList(report.findings, (finding) => select(text, finding.at.utf16)),
  );
}

/** Shows a place in the text: selected, and in view. A place without width takes the letter before it. */
function select(text, place) {
  // Places are counted in the text as a decoder shows it, without the byte order mark a field keeps.
  const mark = text.value.startsWith('\uFEFF') ? 1 : 0;
  const [start, end] = place.map((at) => at + mark);
  text.focus();
  text.setSelectionRange(start === end ? Math.max(0, start - 1) : start, end);
}
