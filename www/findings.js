// Findings: what is wrong or worth knowing. Both views show them.
import { capital, element, prose } from './dom.js';

const LEVELS = { error: ['bad', 'Error'], warning: ['doubt', 'Warning'], note: ['note', 'Note'] };
const SOURCES = { record: 'MTA-STS record', policy: 'policy', tlsrpt: 'TLSRPT record' };

let rules;

/** The long prose of the rules, fetched when it is first asked for. */
function prosaic(code) {
  rules ??= fetch('rules.json').then((response) => {
    if (!response.ok) throw new Error(`status ${response.status}`);
    return response.json();
  }).catch((error) => {
    rules = undefined; // asked for again the next time
    throw error;
  });
  return rules.then((all) => all[code]?.why ?? '');
}

/** The list. `onPlace` is called with a finding whose place is clicked; without it places are plain. */
export function findingList(findings, onPlace) {
  return element('ul', { class: 'findings' }, findings.map((finding) => findingItem(finding, onPlace)));
}

function findingItem(finding, onPlace) {
  const [style, level] = LEVELS[finding.level];
  const why = element('p', { class: 'why', hidden: true });
  return element(
    'li',
    { class: `finding ${style}`, 'data-code': finding.code, 'data-level': finding.level },
    element('h3', {}, element('span', { class: 'level' }, level), capital(finding.title)),
    element('p', {}, prose(capital(finding.message))),
    finding.fix && element('p', { class: 'fix' }, prose(finding.fix)),
    element(
      'div',
      { class: 'meta' },
      place(finding, onPlace),
      element('a', { href: sectionUrl(finding.section), rel: 'noreferrer' }, finding.section),
      whyButton(finding.code, why),
      element('span', { class: 'mono' }, finding.code),
    ),
    why,
  );
}

function place(finding, onPlace) {
  if (!finding.at || !SOURCES[finding.at.source]) return undefined;
  const { line, column, source } = finding.at;
  const text = onPlace ? `line ${line}, column ${column}` : `${SOURCES[source]}, line ${line}, column ${column}`;
  return onPlace
    ? element('button', { type: 'button', onclick: () => onPlace(finding) }, text)
    : element('span', {}, text);
}

function whyButton(code, why) {
  const button = element('button', { type: 'button', 'aria-expanded': 'false' }, 'Why it matters');
  button.addEventListener('click', async () => {
    why.hidden = !why.hidden;
    button.setAttribute('aria-expanded', String(!why.hidden));
    if (why.hidden || why.textContent) return;
    try {
      why.replaceChildren(...prose(await prosaic(code)));
    } catch {
      why.textContent = 'The explanation could not be loaded.';
    }
  });
  return button;
}

/** `RFC 8461 §3.2` at the RFC editor's site. */
function sectionUrl(section) {
  const [, number, part] = /^RFC (\d+)(?: §([\d.]+))?/.exec(section) ?? [];
  return `https://www.rfc-editor.org/rfc/rfc${number}${part ? `#section-${part}` : ''}`;
}
