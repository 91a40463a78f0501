// The view that makes what a domain publishes: the policy, the records, the files of a web host, and the way there.
import { download, sourced, textBlock } from './blocks.js';
import { capital, element, prose } from './dom.js';
import { checkEngine, setupEngine } from './engine.js';
import { planner, redrawPlan } from './plan.js';
import { sayIn } from './progress.js';
import { loadSettings, settings } from './settings.js';
import { mixed, single, t } from './t.js';

const byId = (id) => document.getElementById(id);

/** What a check saw of the domain: `{ domain, evidence }`. */
let seen;
let running;
/** The hosts that a look filled in. */
let filled;
/** When what is shown was made: the id is of that time, and stays while the policy does. */
let stamp = {};
let started;
/** What the engine said last. */
let made;
/** The web host and the form of the records that were chosen. */
const chosen = { hosting: 'github-pages', form: 'plain' };

/** Shows the view; `#setup=…` brings a domain along, and looks it up. */
export async function show(fragment) {
  started ??= start();
  await started;
  const domain = fragment.get('setup');
  if (!domain || domain === seen?.domain) return;
  byId('setup-domain').value = domain;
  await look();
}

/** Shows everything anew, in another language; what was seen is read again in it. */
export async function redraw() {
  if (!started) return;
  if (seen) {
    const { replay } = await checkEngine();
    seen.report = replay(seen.evidence).report;
    byId('setup-message').textContent = seen.report.summary;
  }
  await make();
  redrawPlan();
}

async function start() {
  byId('setup-form').addEventListener('submit', (event) => {
    event.preventDefault();
    look();
  });
  byId('setup-domain').addEventListener('input', () => {
    // Hosts that came with a domain go with it.
    if (filled !== undefined && byId('setup-hosts').value === filled) byId('setup-hosts').value = '';
    filled = undefined;
    byId('setup-message').textContent = '';
    make();
  });
  byId('setup-wishes').addEventListener('input', make);
  byId('setup-wishes').addEventListener('submit', (event) => event.preventDefault());
  setupEngine().then(make, (error) => problem(t`The engine could not be loaded: ${error.message ?? error}`));
}

/** Looks the domain up, unless a check of it was just made, and fills its MX hosts in. */
async function look() {
  const message = byId('setup-message');
  running?.abort();
  const controller = new AbortController();
  running = controller;
  sayIn(message, t`Loading …`);
  try {
    const [engine] = await Promise.all([checkEngine(), loadSettings()]);
    const read = engine.readDomain(byId('setup-domain').value);
    const done = window.mtaSts?.report.domain === read.domain ? window.mtaSts
      : await engine.check(read.domain, settings(), controller.signal, ({ waiting }) => {
        if (running !== controller) return;
        sayIn(message, single(waiting) ? t`Looking at ${read.domain}: ${waiting} step to go` : t`Looking at ${read.domain}: ${waiting} steps to go`, 'counted');
      });
    if (running !== controller) return;
    const { evidence, report } = done;
    seen = { domain: read.domain, evidence, report };
    byId('setup-domain').value = read.domain;
    filled = report.mx.map(({ host }) => host).join('\n');
    byId('setup-hosts').value = filled;
    sayIn(message, report.summary);
    // The reader may be on the way to another view.
    if (new URLSearchParams(location.hash.slice(1)).has('setup')) history.replaceState(null, '', `#${new URLSearchParams({ setup: read.domain })}`);
    byId('nav-check').href = `#${new URLSearchParams({ domain: read.domain })}`;
    make();
  } catch (error) {
    if (running !== controller) return;
    sayIn(message, capital(error.message ?? String(error)), 'wrong');
    byId('setup-domain').focus();
  }
}

/** The hosts that were typed. Of a line of a zone file it is the last word, and of any other line every word but preferences. */
function typedHosts() {
  const names = byId('setup-hosts').value.split('\n').flatMap((line) => {
    const words = line.trim().split(/[\s,]+/);
    return /\sMX\s/i.test(line) ? words.slice(-1) : words.filter((word) => !/^\d+$/.test(word));
  });
  return names.filter(Boolean).map((name) => aLabel(name.replace(/(.)\.$/, '$1')));
}

/** A name in A-labels, which the engine has no tables for. */
function aLabel(name) {
  if (/^[\x21-\x7e]+$/.test(name)) return name;
  try {
    return new URL(`https://${name}`).hostname;
  } catch {
    return name; // and the engine says what is wrong with it
  }
}

function wishes() {
  const reports = byId('setup-reports').value.split(/[\s,]+/).filter(Boolean);
  const mode = byId('setup-mode').value;
  return { mode: mode || undefined, wide: byId('setup-wide').checked, reports: reports.map((to) => (to.includes(':') || !to.includes('@') ? to : `mailto:${to}`)) };
}

/** What is known of the domain, for the engine. */
function known() {
  const domain = aLabel(byId('setup-domain').value.trim());
  const evidence = seen?.domain === domain ? seen.evidence : undefined;
  const hosts = typedHosts();
  const key = JSON.stringify([domain, hosts, byId('setup-mode').value, byId('setup-wide').checked, Boolean(evidence)]);
  if (stamp.key !== key) stamp = { key, now: Math.floor(Date.now() / 1000) };
  return { domain: domain || 'example.com', hosts, evidence, now: stamp.now };
}

/** Makes it anew, whenever something was typed. */
async function make() {
  const box = byId('setup-result');
  const engine = await setupEngine();
  const given = known();
  problem('');
  if (!given.hosts.length) {
    box.hidden = true;
    byId('plan').hidden = true;
    if (given.evidence) problem(t`No MX host of the domain was seen: type the hosts that are to come.`);
    return;
  }
  try {
    made = engine.setUp(given, wishes());
  } catch (error) {
    box.hidden = true;
    byId('plan').hidden = true;
    problem(`${capital(error.message ?? String(error))}.`);
    return;
  }
  const open = new Set([...box.querySelectorAll('details[open]')].map((details) => details.id));
  const focused = document.activeElement?.id;
  box.replaceChildren(...parts(engine, given));
  for (const details of box.querySelectorAll('details')) details.open = open.has(details.id);
  if (focused && box.querySelector(`#${CSS.escape(focused)}`)) byId(focused).focus();
  box.hidden = false;
  planner(byId('plan'), engine, known, given);
}

function problem(text) {
  byId('setup-problem').textContent = text;
}

/** What keeps senders from any policy, whatever it says. */
function hostFaults(domain) {
  if (seen?.domain !== domain || !['fetch-error', 'webpki-invalid'].includes(seen.report.policy.state)) return [];
  const faults = seen.report.findings.filter(({ level, code, at }) => level === 'error' && code.startsWith('policy-') && !at);
  return faults.map(({ title, fix }) => element('p', { class: 'problem' }, element('strong', {}, `${capital(title)}. `), prose(fix ?? '')));
}

/** What is said where all of it is published already. */
function standing(domain) {
  const { findings } = seen.report;
  if (!findings.some(({ level }) => level === 'error')) {
    return element('p', { class: 'stands' }, `✓ ${t`${domain} publishes this policy already, and its record is valid: there is nothing to do.`}`);
  }
  const { title } = findings.find(({ level }) => level === 'error');
  const check = element('a', { href: `#${new URLSearchParams({ domain })}` }, capital(title));
  return element('p', { class: 'problem' }, mixed`${domain} publishes this policy already, and its record is valid. What is wrong lies elsewhere: ${check}`);
}

function parts(engine, given) {
  const { setup, forms, hostings } = made;
  byId('setup-reports').placeholder = `mailto:tlsrpt@${setup.domain}`;
  const url = `https://mta-sts.${setup.domain}/.well-known/mta-sts.txt`;
  const host = choice('setup-hosting', t`Web host`, hostings, 'hosting');
  const form = choice('setup-form-of-records', t`In the form of`, forms, 'form', () => make());
  const name = (key) => hostings.find((one) => one.key === key).name;
  const zip = element('button', { type: 'button', id: 'setup-zip' }, t`Download the files`);
  zip.addEventListener('click', () => {
    const bytes = engine.setUpZip(given, wishes(), chosen.hosting);
    download(`mta-sts-${setup.domain}-${chosen.hosting}.zip`, bytes, 'application/zip');
    byId('setup-zip-said').textContent = t`The README inside says what to do at ${name(chosen.hosting)}.`;
  });
  const served = seen?.domain === setup.domain && seen.report.policy.body === setup.policy;
  const there = served && seen.report.record.state === 'valid';
  const nobody = byId('setup-domain').value.trim() ? undefined
    : element('p', { class: 'hint' }, t`No domain is typed, so this is for example.com: type yours above.`);
  const steps = [
    element('h2', {}, t`1. Serve this policy`),
    element('p', {}, mixed`At ${element('code', {}, url)}, as ${element('code', {}, 'text/plain')} and without a redirect.`),
    element('p', { class: 'hint' }, mixed`The name ${element('code', {}, `mta-sts.${setup.domain}`)} needs a record in DNS that leads to the web host, and there a certificate for that name.`),
    textBlock(setup.policy),
    ...hostFaults(setup.domain),
    served && !there ? element('p', { class: 'stands' }, `✓ ${t`That is what is served there now.`}`) : '',
    element('div', { class: 'choose' }, host, zip),
    element('p', { id: 'setup-zip-said', class: 'hint', role: 'status' }, t`A zip with everything ready to deploy, and a README.`),
    element('h2', {}, setup.records.length === 1 ? t`2. Then publish this record` : t`2. Then publish these records`),
    element('p', { class: 'hint' }, setup.records.length === 1 ? t`It takes the place of whatever record of its kind is there: two count as none.` : t`Each takes the place of whatever record of its kind is there: two count as none.`),
    element('div', { class: 'choose' }, form),
    textBlock(forms.find(({ key }) => key === chosen.form).text.trimEnd()),
  ];
  return [
    nobody ?? '',
    there ? standing(setup.domain) : '',
    ...setup.notes.filter(({ instead }) => instead).map(({ about, text }) => element('p', { class: 'problem' }, element('strong', {}, `${about}: `), prose(text))),
    ...there ? [element('details', { id: 'setup-published', class: 'senders' }, element('summary', {}, t`What is published, and its files`), steps)] : steps,
    there ? '' : element('h2', {}, t`3. Check`),
    element('p', {}, element('a', { class: 'button', href: `#${new URLSearchParams({ domain: setup.domain })}` }, t`Check ${setup.domain}`)),
    reasons(setup.reasons),
    notes(setup.notes),
  ];
}

/** A select over things with a key and a name. */
function choice(id, label, all, what, changed) {
  const select = element('select', { id }, all.map(({ key, name }) => element('option', { value: key, selected: key === chosen[what] }, name)));
  select.addEventListener('change', (event) => {
    // The form around it would take it for a wish.
    event.stopPropagation();
    chosen[what] = select.value;
    changed?.();
  });
  return element('p', {}, element('label', { for: id }, label), select);
}

function reasons(all) {
  return element(
    'details',
    { id: 'setup-reasons', class: 'senders' },
    element('summary', {}, t`Why these values`),
    element('dl', { class: 'others' }, all.flatMap(({ value, why }) => [
      element('dt', {}, element('code', {}, value)),
      element('dd', {}, prose(why)),
    ])),
  );
}

function notes(all) {
  if (!all.length) return '';
  return element(
    'details',
    { id: 'setup-notes', class: 'senders' },
    element('summary', {}, t`Your mail hosts: ${[...new Set(all.map(({ about }) => about))].join(', ')}`),
    element('dl', { class: 'others' }, all.flatMap(({ about, hosts, text, source }) => [
      element('dt', {}, `${about} (${hosts.join(', ')})`),
      element('dd', {}, prose(text), source && element('span', { class: 'hint' }, ' ', mixed`Source: ${sourced(source)}`)),
    ])),
  );
}

