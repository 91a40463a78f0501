// The view that lists every rule, each at its own anchor.
import { capital, element, prose } from './dom.js';
import { allRules, levelOf, sectionUrl } from './findings.js';
import { t } from './t.js';
import { update } from './update.js';

const byId = (id) => document.getElementById(id);
const GROUPS = ['record', 'policy', 'mx', 'tlsrpt'];
let drawn;
/** The rule that was gone to. */
let shown = null;

/** Shows the rules; `#rule=code` goes to one of them. */
export async function show(fragment) {
  byId('rule-filter').oninput = narrow;
  drawn ??= draw().catch((error) => {
    drawn = undefined; // tried again the next time
    byId('rule-list').replaceChildren(element('p', { class: 'problem' }, t`The rules could not be loaded: ${error.message}`));
  });
  await drawn;
  shown = fragment.get('rule');
  const code = fragment.get('rule');
  if (code === null || byId('view-rules').hidden) return;
  byId('rule-filter').value = '';
  narrow();
  const rule = document.getElementById(`rule-${code}`);
  byId('rule-message').textContent = rule ? '' : t`There is no rule “${code.slice(0, 60)}”.`;
  if (!rule) return;
  document.title = t`${code} – MTA-STS checker`;
  rule.scrollIntoView();
  rule.focus({ preventScroll: true });
}

/** Draws the rules anew, in another language. */
export async function redraw() {
  if (!drawn) return;
  byId('rule-message').textContent = '';
  if (shown !== null && !byId('view-rules').hidden) document.title = t`${shown} – MTA-STS checker`;
  await draw();
}

async function draw() {
  const rules = Object.entries(await allRules());
  const groupOf = (code) => GROUPS.find((prefix) => code.startsWith(`${prefix}-`)) ?? '';
  const titles = {
    record: t`The MTA-STS record`, policy: t`The policy: its text, and how it is served`, mx: t`The mail hosts`, tlsrpt: t`The TLSRPT record`, '': t`The rest`,
  };
  const groups = [...GROUPS, ''].map((prefix) => [titles[prefix], rules.filter(([code]) => groupOf(code) === prefix)]);
  update(byId('rule-list'), groups.filter(([, members]) => members.length).flatMap(([title, members]) => [
    element('h2', {}, title),
    ...members.map(([code, rule]) => item(code, rule)),
  ]));
  narrow();
}

/** Leaves the rules in which stands what was typed. */
function narrow() {
  const wanted = byId('rule-filter').value.trim().toLowerCase();
  let last;
  for (const part of byId('rule-list').children) {
    if (part.localName === 'h2') last = part;
    part.hidden = part.localName === 'h2' ? wanted !== '' : !part.textContent.toLowerCase().includes(wanted);
    if (!part.hidden) last.hidden = false;
  }
}

function item(code, rule) {
  const [style, level] = levelOf(rule.level);
  return element(
    'article',
    { class: `finding rule ${style}`, id: `rule-${code}`, tabindex: '-1', 'aria-labelledby': `title-${code}` },
    element('h3', { id: `title-${code}` }, element('span', { class: 'level' }, level), capital(rule.title)),
    element('p', {}, prose(rule.why)),
    rule.fix && element('p', { class: 'fix', 'data-label': t`Fix:` }, prose(rule.fix)),
    sample(t`An example of it`, rule.bad),
    sample(t`The same, done right`, rule.good),
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
