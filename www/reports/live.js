// What a check says of a domain now, beside what reports say of it.
import { capital, element } from '../dom.js';
import { checkEngine } from '../engine.js';
import { readyFold, readyTable } from '../ready.js';
import { loadSettings, settings } from '../settings.js';
import { single, t } from '../t.js';
import { update } from '../update.js';
import { hostOnTheWay } from '../way.js';
import { ask } from './ask.js';
import { count } from './words.js';

const byId = (id) => document.getElementById(id);

/** What was seen of domains: a check that is under way or over, as `{ waiting, report, error }`. */
const seen = new Map();
/** Over how many days, and of which domain, it is asked whether to enforce. */
const asked = { days: 14, domain: undefined };
/** The domains that there are. */
let domains = [];

/** Nothing of it counts any more, as in another language. */
export function forget() {
  seen.clear();
}

/** Checks a domain, unless that is done already; what comes of it is shown wherever it is asked for. */
async function check(domain) {
  const known = seen.get(domain);
  if (known && !known.report && !known.error) return; // it is under way
  const state = { waiting: 0 };
  seen.set(domain, state);
  redrawLive();
  try {
    const [engine] = await Promise.all([checkEngine(), loadSettings()]);
    const { domain: name } = engine.readDomain(domain);
    const { report } = await engine.check(name, settings(), new AbortController().signal, ({ waiting }) => {
      state.waiting = waiting;
      if (seen.get(domain) === state) redrawLive();
    });
    state.report = report;
  } catch (error) {
    state.error = capital(error.message ?? String(error));
  }
  if (seen.get(domain) === state) redrawLive();
}

/** Buttons that check the domains of a failure, and room for what comes of it; `hosts` are those that failed. */
export function liveButtons(key, all, hosts) {
  return element('div', { class: 'live', 'data-key': 'live' }, all.slice(0, 3).map((domain) => element(
    'div',
    { 'data-live': domain, 'data-hosts': hosts.join(' '), 'data-key': domain },
    element('p', {}, element('button', { type: 'button', class: 'quiet small', onclick: () => check(domain) }, t`Check ${domain} now`)),
    element('div', { class: 'live-said', role: 'status', 'data-own': true, 'data-key': `${key} ${domain}` }),
  )));
}

/** Shows what is known by now. */
export function redrawLive() {
  for (const node of document.querySelectorAll('#reports-result [data-live]')) {
    const state = seen.get(node.dataset.live);
    update(node.querySelector('.live-said'), state ? said(node.dataset.live, state, node.dataset.hosts.split(' ')) : '');
  }
  drawSafe();
}

const SIGNS = { deliver: ['good', '✓'], refuse: ['bad', '✕'], 'deliver-and-report': ['doubt', '!'], 'no-sts': ['doubt', '!'], unknown: ['note', '?'] };

/** What a check came to: its sentence, and the hosts that the reports name. */
function said(domain, { report, error, waiting }, hosts) {
  if (error) return element('p', { class: 'message wrong' }, error);
  if (!report) return element('p', { class: 'hint' }, waiting ? single(waiting) ? t`Looking at ${domain}: ${waiting} step to go` : t`Looking at ${domain}: ${waiting} steps to go` : t`Loading …`);
  const [style, sign] = SIGNS[report.delivery];
  const named = report.mx.filter(({ host }) => hosts.includes(host));
  return [
    element('p', { class: style }, `${sign} ${report.summary}`),
    named.map((host) => {
      const { sign: [hostStyle, hostSign], word } = hostOnTheWay(host, report, 'done');
      return element('p', {}, element('code', {}, host.host), ': ', element('span', { class: hostStyle }, `${hostSign} ${word}`));
    }),
    element('p', {}, element('a', { href: `#${new URLSearchParams({ domain: report.domain })}` }, t`The whole check`)),
  ];
}

/** Whether a domain can go to mode enforce, by reports and by a check. */
export function safeToEnforce(views) {
  domains = views.domains.map(({ name }) => name).filter(Boolean);
  if (!domains.length) return '';
  if (!domains.includes(asked.domain)) [asked.domain] = domains;
  const pick = (id, label, options, key) => element('p', {}, element('label', { for: id }, label), element('select', { id, onchange: ({ target }) => {
    asked[key] = key === 'days' ? Number(target.value) : target.value;
    drawSafe();
  } }, options.map(([value, name]) => element('option', { value, selected: value === asked[key] }, name))));
  return element(
    'section',
    { 'data-key': 'safe', 'aria-labelledby': 'reports-safe-title' },
    element('h2', { id: 'reports-safe-title' }, t`Safe to enforce?`),
    element(
      'div',
      { class: 'choose' },
      domains.length > 1 && pick('reports-safe-domain', t`Domain`, domains.map((name) => [name, name]), 'domain'),
      pick('reports-safe-days', t`By the reports of the last`, [7, 14, 30, 90, 365].map((days) => [days, t`${count(days)} days`]), 'days'),
      element('p', {}, element('button', { type: 'button', id: 'reports-safe-check', onclick: () => check(asked.domain) }, t`Check it now as well`)),
    ),
    element('div', { id: 'reports-safe', 'data-own': true }),
  );
}

async function drawSafe() {
  if (!byId('reports-safe')) return;
  const { domain, days } = asked;
  byId('reports-safe-days').value = days;
  if (byId('reports-safe-domain')) byId('reports-safe-domain').value = domain;
  const { report, error, waiting } = seen.get(domain) ?? {};
  let parts;
  if (report) {
    const ready = await ask('ready', domain, days, { record: report.record, policy: report.policy, dane: report.dane, ready: report.ready });
    const fold = readyFold({ ready, policy: report.policy, record: report.record });
    fold.open = true;
    parts = fold;
  } else {
    const items = await ask('ready', domain, days);
    const blocks = items.some(({ state }) => state === 'blocks');
    const unseen = items.every(({ state }) => state === 'unseen');
    parts = [
      element('p', { class: blocks ? 'bad' : '' }, blocks ? t`By the reports, no: with mode enforce, mail like this would be refused.` : unseen ? t`The reports do not tell.` : t`The reports have nothing against it. A check now says whether the hosts pass.`),
      readyTable(items, t`What the reports say`),
      seen.has(domain) && said(domain, { error, waiting }, []),
    ];
  }
  // Meanwhile something else may have been asked for.
  if (byId('reports-safe') && domain === asked.domain && days === asked.days) update(byId('reports-safe'), parts);
}
