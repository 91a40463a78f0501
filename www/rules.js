// The view that lists every rule, each at its own anchor.
import { capital, element, prose } from './dom.js';
import { allRules, levelOf, sectionUrl } from './findings.js';

const byId = (id) => document.getElementById(id);
const GROUPS = [
  ['record', 'The MTA-STS record'], ['policy', 'The policy: its text, and how it is served'],
  ['mx', 'The mail hosts'], ['tlsrpt', 'The TLSRPT record'],
];
let drawn;

/** Shows the rules; `#rule=code` goes to one of them. */
export async function show(fragment) {
  drawn ??= draw().catch((error) => {
    drawn = undefined; // tried again the next time
    byId('rule-list').replaceChildren(element('p', { class: 'problem' }, `The rules could not be loaded: ${error.message}`));
  });
  await drawn;
  const code = fragment.get('rule');
  if (code === null || byId('view-rules').hidden) return;
  const rule = document.getElementById(`rule-${code}`);
  byId('rule-message').textContent = rule ? '' : `There is no rule “${code}”.`;
  if (!rule) return;
  document.title = `${code} – MTA-STS checker`;
  rule.scrollIntoView();
  rule.focus({ preventScroll: true });
}

async function draw() {
  const rules = Object.entries(await allRules());
  const groupOf = (code) => GROUPS.find(([prefix]) => code.startsWith(`${prefix}-`))?.[0] ?? '';
  const groups = [...GROUPS, ['', 'The rest']].map(([prefix, title]) => [prefix, title, rules.filter(([code]) => groupOf(code) === prefix)]);
  byId('rule-list').replaceChildren(...groups.filter(([, , members]) => members.length).flatMap(([, title, members]) => [
    element('h2', {}, title),
    ...members.map(([code, rule]) => item(code, rule)),
  ]));
}

function item(code, rule) {
  const [style, level] = levelOf(rule.level);
  return element(
    'article',
    { class: `finding rule ${style}`, id: `rule-${code}`, tabindex: '-1', 'aria-labelledby': `title-${code}` },
    element('h3', { id: `title-${code}` }, element('span', { class: 'level' }, level), capital(rule.title)),
    element('p', {}, prose(rule.why)),
    rule.fix && element('p', { class: 'fix' }, prose(rule.fix)),
    sample('Sets it off', rule.bad),
    sample('Does not', rule.good),
    element(
      'div',
      { class: 'meta' },
      element('a', { href: `#${new URLSearchParams({ rule: code })}`, class: 'mono' }, code),
      element('a', { href: sectionUrl(rule.section), rel: 'noreferrer' }, rule.section),
    ),
  );
}

function sample(title, text) {
  if (text === null || text === undefined) return undefined;
  const shown = text.replace(/[\0-\x08\x0b-\x1f]/g, (c) => String.fromCodePoint(0x2400 + c.charCodeAt(0))).replaceAll('\t', '→').replaceAll('\xa0', '⍽').replaceAll('\ufeff', '[BOM]');
  return element('details', {}, element('summary', {}, title), element('pre', { class: 'body-text' }, shown));
}
