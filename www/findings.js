// Findings: what is wrong or worth knowing. Every view shows them.
import { capital, element, prose } from './dom.js';
import { inLanguage, t } from './t.js';

const STYLES = { error: 'bad', warning: 'doubt', note: 'note' };

/** The style of a level, and its name. */
export function levelOf(level) {
  return [STYLES[level] ?? 'note', { error: t`Error`, warning: t`Warning`, note: t`Note` }[level] ?? ''];
}

const rules = {};

/** The rules by their codes, with their long prose: fetched when it is first asked for. */
export function allRules() {
  const file = inLanguage('rules.json');
  rules[file] ??= fetch(file).then((response) => {
    if (!response.ok) throw new Error(t`status ${response.status}`);
    return response.json();
  }).catch((error) => {
    rules[file] = undefined; // asked for again the next time
    throw error;
  });
  return rules[file];
}

/** Where the page shows something: `rule`, `domain` or `setup`, and its name. */
export const pageLink = (what, name) => `#${new URLSearchParams({ [what]: name })}`;

/** Why a rule matters, at length. */
export const whyOf = async (code) => (await allRules())[code]?.why ?? '';

/**
 * The list. All options can be left out: `link` and `why` give addresses and explanations where they are not the page's
 * own, `where` says where a finding stands, `place` goes there, `fix` mends it and `light` lights it up, each called with the
 * number of the finding; `fixed` gives what stands behind its fix, `beside` what stands below.
 */
export function findingList(findings, options = {}) {
  return element('ul', { class: 'findings' }, findings.map((finding, id) => findingItem(finding, id, options)));
}

export function findingItem(finding, id, { link = pageLink, why = whyOf, where = inText, place, fix, light, fixed, beside }) {
  const [style, level] = levelOf(finding.level);
  const lights = light && {
    onmouseenter: () => light([id]),
    onmouseleave: () => light([]),
    onfocusin: () => light([id]),
    onfocusout: () => light([]),
  };
  const [whyButton, whyText] = explained(() => why(finding.code));
  const [at, rule] = [where(finding), link('rule', finding.code)];
  return element(
    'li',
    { class: `finding ${style}`, 'data-code': finding.code, 'data-level': finding.level, 'data-id': id, 'data-key': finding.key, ...lights },
    element('h3', {}, element('span', { class: 'level' }, level), capital(finding.title)),
    element('p', {}, prose(capital(finding.message))),
    finding.fix && element('p', { class: 'fix', 'data-label': t`Fix:` }, prose(finding.fix), fixed?.(finding)),
    beside?.(finding),
    element(
      'div',
      { class: 'meta' },
      at && (place ? element('button', { type: 'button', onclick: () => place(id) }, at) : element('span', {}, at)),
      fix && finding.edit && element('button', { type: 'button', class: 'mend', onclick: () => fix(id) }, t`Fix it`),
      element('a', { href: sectionUrl(finding.section), rel: 'noreferrer' }, finding.section),
      whyButton,
      rule ? element('a', { href: rule, class: 'mono' }, finding.code) : element('span', { class: 'mono' }, finding.code),
    ),
    whyText,
  );
}

function inText({ at }) {
  return at && at.source !== 'mx' ? t`line ${at.line}, column ${at.column}` : undefined;
}

/** A button, and the explanation that it shows; both keep what they are while the list around them changes. */
function explained(why) {
  const text = element('p', { class: 'why', hidden: true, 'data-own': true });
  const button = element('button', { type: 'button', 'aria-expanded': 'false', 'data-own': true, onclick: show }, t`Why it matters`);
  async function show() {
    text.hidden = !text.hidden;
    button.setAttribute('aria-expanded', String(!text.hidden));
    if (text.hidden || text.textContent) return;
    try {
      text.replaceChildren(...prose(await why()));
    } catch {
      text.textContent = t`The explanation could not be loaded.`;
    }
  }
  return [button, text];
}

/** `RFC 8461 §3.2` at the RFC editor's site. */
export function sectionUrl(section) {
  const [, number, part] = /^RFC (\d+)(?: §([\d.]+))?/.exec(section) ?? [];
  return `https://www.rfc-editor.org/rfc/rfc${number}${part ? `#section-${part}` : ''}`;
}
