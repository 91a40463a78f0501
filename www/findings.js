// Findings: what is wrong or worth knowing. Both views show them.
import { capital, element, prose } from './dom.js';

export const LEVELS = { error: ['bad', 'Error'], warning: ['doubt', 'Warning'], note: ['note', 'Note'] };
const SOURCES = { record: 'MTA-STS record', policy: 'policy', tlsrpt: 'TLSRPT record' };

let rules;

/** The rules by their codes, with their long prose: fetched when it is first asked for. */
export function allRules() {
  rules ??= fetch('rules.json').then((response) => {
    if (!response.ok) throw new Error(`status ${response.status}`);
    return response.json();
  }).catch((error) => {
    rules = undefined; // asked for again the next time
    throw error;
  });
  return rules;
}

/**
 * The list. Where there is a text to show places in, `actions` has `place`, `fix` and `light`, called with
 * the number of a finding, and with the numbers of those to light up.
 */
export function findingList(findings, actions) {
  return element('ul', { class: 'findings' }, findings.map((finding, id) => findingItem(finding, id, actions)));
}

function findingItem(finding, id, actions) {
  const [style, level] = LEVELS[finding.level];
  const why = element('p', { class: 'why', hidden: true });
  const light = actions && {
    onmouseenter: () => actions.light([id]),
    onmouseleave: () => actions.light([]),
    onfocusin: () => actions.light([id]),
    onfocusout: () => actions.light([]),
  };
  return element(
    'li',
    { class: `finding ${style}`, 'data-code': finding.code, 'data-level': finding.level, 'data-id': id, ...light },
    element('h3', {}, element('span', { class: 'level' }, level), capital(finding.title)),
    element('p', {}, prose(capital(finding.message))),
    finding.fix && element('p', { class: 'fix' }, prose(finding.fix)),
    element(
      'div',
      { class: 'meta' },
      place(finding, id, actions),
      actions && finding.edit && element('button', { type: 'button', class: 'mend', onclick: () => actions.fix(id) }, 'Fix it'),
      element('a', { href: sectionUrl(finding.section), rel: 'noreferrer' }, finding.section),
      whyButton(finding.code, why),
      element('a', { href: `#${new URLSearchParams({ rule: finding.code })}`, class: 'mono' }, finding.code),
    ),
    why,
  );
}

function place(finding, id, actions) {
  if (!finding.at || !SOURCES[finding.at.source]) return undefined;
  const { line, column, source } = finding.at;
  const text = actions ? `line ${line}, column ${column}` : `${SOURCES[source]}, line ${line}, column ${column}`;
  return actions
    ? element('button', { type: 'button', onclick: () => actions.place(id) }, text)
    : element('span', {}, text);
}

function whyButton(code, why) {
  const button = element('button', { type: 'button', 'aria-expanded': 'false' }, 'Why it matters');
  button.addEventListener('click', async () => {
    why.hidden = !why.hidden;
    button.setAttribute('aria-expanded', String(!why.hidden));
    if (why.hidden || why.textContent) return;
    try {
      why.replaceChildren(...prose((await allRules())[code]?.why ?? ''));
    } catch {
      why.textContent = 'The explanation could not be loaded.';
    }
  });
  return button;
}

/** `RFC 8461 §3.2` at the RFC editor's site. */
export function sectionUrl(section) {
  const [, number, part] = /^RFC (\d+)(?: §([\d.]+))?/.exec(section) ?? [];
  return `https://www.rfc-editor.org/rfc/rfc${number}${part ? `#section-${part}` : ''}`;
}
