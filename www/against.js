// A draft against a domain: the domain is checked as it is, and then judged as if the draft were published.
import { sentence } from './result.js';
import { capital, element, prose } from './dom.js';
import { checkEngine } from './engine.js';
import { findingList } from './findings.js';
import { sayIn } from './progress.js';
import { loadSettings, settings } from './settings.js';
import { single, t } from './t.js';

const byId = (id) => document.getElementById(id);
const SIGNS = { kept: ' ', removed: '−', added: '+' };
/** How many lines that stay are shown around those that change. */
const CONTEXT = 3;

let running;
/** What the last check saw: later drafts are judged by it, without another look. */
let seen;
let waiting;

/** Checks a domain, and judges the draft that `draft` gives by what was seen. */
export async function checkAgainst(typed, draft) {
  const message = byId('against-message');
  running?.abort();
  const controller = new AbortController();
  running = controller;
  seen = undefined;
  byId('against-result').replaceChildren();
  sayIn(message, t`Loading …`);
  try {
    const [engine] = await Promise.all([checkEngine(), loadSettings()]);
    const read = engine.readDomain(typed);
    byId('against-domain').value = read.domain;
    sayIn(message, t`Checking ${read.domain} …`);
    const { evidence } = await engine.check(read.domain, settings(), controller.signal, ({ waiting }) => {
      if (running !== controller) return;
      sayIn(message, single(waiting) ? t`Checking ${read.domain}: ${waiting} step to go` : t`Checking ${read.domain}: ${waiting} steps to go`, 'counted');
    });
    if (running !== controller) return;
    seen = { engine, evidence, domain: read.domain };
    sayIn(message, read.notice ?? '');
    show(...draft());
    byId('against-form').scrollIntoView({ block: 'start' }); // the result is below, mostly out of sight
    byId('draft-spoken').textContent = byId('against-result').querySelector('.sentence')?.textContent ?? '';
  } catch (error) {
    if (running !== controller) return;
    sayIn(message, capital(error.message ?? String(error)), 'wrong');
    byId('against-domain').focus();
  }
}

/** Judges a changed draft by what was seen before, once the typing has stopped. */
export function judge(bytes, kind) {
  if (!seen) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => show(bytes, kind), 300);
}

function show(bytes, kind) {
  if (!seen) return;
  const box = byId('against-result');
  let against;
  try {
    against = seen.engine.draftAgainst(seen.evidence, bytes, kind);
  } catch (error) {
    box.replaceChildren(element('p', { class: 'problem' }, capital(error.message ?? String(error))));
    return;
  }
  const open = box.querySelector('details')?.open;
  const refused = against.report.delivery === 'refuse';
  box.replaceChildren(
    element('h3', {}, t`${seen.domain}, as if this draft were published`),
    sentence(against.report),
    hosts(against),
    refused ? element('p', { class: 'problem' }, t`Do not publish this draft as it is.`) : idAdvice(against.id),
    diff(against.diff),
    findings(against.report.findings, open),
  );
  box.dataset.domain = seen.domain;
}

function hosts({ mx }) {
  if (!mx.length) return element('p', {}, t`The domain has no mail host.`);
  const failing = mx.filter((host) => host.passes === false).length;
  return element(
    'section',
    { class: 'against-mx' },
    element('h4', {}, failing ? t`Mail hosts: ${failing} of ${mx.length} would fail` : t`Mail hosts`),
    element('ul', {}, mx.map((host) => {
      const [style, sign, word] = host.passes === undefined || host.passes === null ? ['note', '?', unknown(host)]
        : host.passes ? ['good', '✓', t`passes`] : ['bad', '✕', host.why ?? t`fails`];
      return element(
        'li',
        { 'data-passes': String(host.passes ?? null) },
        element('span', { class: style, 'aria-hidden': 'true' }, `${sign} `),
        element('strong', {}, host.host),
        ` ${word}`,
      );
    })),
  );
}

function unknown({ matched, result }) {
  if (matched === true) return t`is admitted; the host itself could not be looked at`;
  return t`is asked nothing (seen: ${result})`;
}

function idAdvice({ change, message }) {
  const [style, sign] = { must: ['doubt', '!'], first: ['doubt', '!'], no: ['good', '✓'] }[change] ?? ['note', '–'];
  return element(
    'section',
    { class: 'against-id', 'data-change': change },
    element('h4', {}, t`The id of the record`),
    element('p', {}, element('span', { class: style, 'aria-hidden': 'true' }, `${sign} `), prose(message)),
  );
}

function diff(lines) {
  const title = element('h4', {}, t`What changes`);
  if (!lines) return element('section', {}, title, element('p', {}, t`No published text was seen to compare with.`));
  const near = lines.map((_, index) => lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some((line) => line.change !== 'kept'));
  if (!near.includes(true)) return element('section', {}, title, element('p', {}, t`Nothing: the draft is what is published.`));
  const rows = lines.flatMap((line, index) => {
    if (near[index]) return [row(line)];
    return index === 0 || near[index - 1] ? [element('li', { class: 'gap' }, '…')] : [];
  });
  return element('section', { class: 'against-diff' }, title, element('ol', { class: 'diff' }, rows));
}

/** One line; a carriage return at its end is what two lines may differ by. */
function row({ change, text }) {
  const spoken = { removed: t`removed:`, added: t`added:` }[change];
  return element(
    'li',
    { class: change },
    element('span', { class: 'sign', 'aria-hidden': 'true' }, SIGNS[change]),
    spoken && element('span', { class: 'visually-hidden' }, `${spoken} `),
    element('code', {}, text.replace(/\r$/, '␍')),
  );
}

function findings(list, open) {
  if (!list.length) return element('p', {}, t`There would be nothing to change.`);
  return element(
    'details',
    { open: open ?? true },
    element('summary', {}, single(list.length) ? t`${list.length} finding on the domain, with the draft` : t`${list.length} findings on the domain, with the draft`),
    findingList(list),
  );
}
