// The view that checks a domain.
import { besideFold } from './beside.js';
import { commandLine, download } from './blocks.js';
import { capital, element, prose } from './dom.js';
import { checkEngine } from './engine.js';
import { findingList } from './findings.js';
import { othersFold } from './others.js';
import { readyFold } from './ready.js';
import { sendersFold } from './senders.js';
import { loadSettings, settings } from './settings.js';

const byId = (id) => document.getElementById(id);

/** The test domains shown at once: one of each kind. */
const FIRST = ['enforce-good', 'no-record', 'policy-redirect', 'wildcard-two-labels', 'mx-expired-cert', 'testing-failing'];

const VERDICTS = {
  deliver: ['good', '✓'],
  refuse: ['bad', '✕'],
  'deliver-and-report': ['doubt', '!'],
  'no-sts': ['doubt', '!'],
  unknown: ['note', '?'],
};
const STATES = {
  valid: ['good', '✓'], found: ['good', '✓'], implicit: ['good', '✓'],
  absent: ['bad', '✕'], invalid: ['bad', '✕'], multiple: ['bad', '✕'], 'dns-error': ['bad', '✕'],
  'fetch-error': ['bad', '✕'], 'webpki-invalid': ['bad', '✕'], none: ['bad', '✕'],
  null: ['doubt', '!'], 'not-observed': ['note', '?'],
};
/** Most bytes of a saved check: the largest there is has some 20 MB. */
const MAX_SAVED = 64 << 20;
const WITNESSES = { browser: 'your browser', companion: 'the companion', terminal: 'the terminal' };

let running;

let started;
let hasExamples = false;

/** Shows the view for what the address asks: the domain, or the form alone. */
export async function show(fragment) {
  started ??= start();
  await started;
  if (byId('view-check').hidden) return; // gone elsewhere meanwhile
  const domain = fragment.get('domain');
  if (domain === null) {
    leaveCheck();
    byId('examples').hidden = !hasExamples;
    return;
  }
  byId('domain').value = domain;
  if (domain.trim()) document.title = `${domain} – MTA-STS checker`;
  startCheck(domain);
}

async function start() {
  byId('check-form').addEventListener('submit', submit);
  byId('cancel-button').addEventListener('click', cancelCheck);
  byId('check-file').addEventListener('change', (event) => {
    openSaved(event.target.files[0]);
    event.target.value = ''; // so that the same file can be opened again
  });
  // Anywhere on the page, as long as this view is shown.
  document.addEventListener('drop', (event) => {
    if (byId('view-check').hidden || !event.dataTransfer?.files.length) return;
    openSaved(event.dataTransfer.files[0]);
  });
  checkEngine().catch((error) => {
    byId('domain-message').classList.add('wrong');
    byId('domain-message').textContent = `The engine could not be loaded: ${error.message ?? error}`;
  });
  showExamples((await loadSettings()).zoo);
}

function submit(event) {
  event.preventDefault();
  const typed = byId('domain').value;
  const fragment = `#${new URLSearchParams({ domain: typed })}`;
  if (!typed.trim() || location.hash === fragment) startCheck(typed);
  else location.hash = fragment; // and the change of the address starts the check
}

/** The first few test domains, and the others behind a fold. */
function showExamples(zoo) {
  if (!zoo) return;
  hasExamples = true;
  const item = ({ domain, sentence }) => element(
    'li',
    {},
    element('a', { href: `#${new URLSearchParams({ domain })}` }, element('strong', {}, domain), element('span', {}, sentence)),
  );
  const first = zoo.domains.filter(({ domain }) => FIRST.some((name) => domain === `${name}.${zoo.suffix}`));
  byId('example-list').replaceChildren(...first.map(item));
  byId('all-examples').replaceChildren(...zoo.domains.map(item));
  byId('all-examples-count').textContent = `All ${zoo.domains.length} test domains`;
}

/** Checks what was typed. */
async function startCheck(typed) {
  cancelCheck();
  const message = byId('domain-message');
  message.className = 'message';
  message.textContent = '';
  let read;
  try {
    read = (await checkEngine()).readDomain(typed);
  } catch (error) {
    message.classList.add('wrong');
    message.textContent = capital(error.message ?? String(error));
    byId('domain').setAttribute('aria-invalid', 'true');
    byId('domain').focus();
    byId('result').hidden = true;
    return;
  }
  byId('domain').removeAttribute('aria-invalid');
  byId('domain').value = read.domain;
  message.textContent = read.notice ?? '';
  run(read);
}

/** What the engine makes of a saved check. What it says of another file is about its own insides. */
function replayed(engine, evidence) {
  try {
    return engine.replay(evidence);
  } catch {
    throw new Error('the file is no saved check');
  }
}

/** Shows a check that was saved, as it was then; nobody is asked. */
async function openSaved(file) {
  const message = byId('domain-message');
  leaveCheck();
  message.className = 'message';
  message.textContent = `Reading ${file.name} …`;
  try {
    if (file.size > MAX_SAVED) throw new Error('the file is larger than a saved check can be');
    const evidence = await file.text().then((text) => {
      try {
        return JSON.parse(text);
      } catch {
        throw new Error('the file is no JSON');
      }
    });
    const engine = await checkEngine();
    const done = replayed(engine, evidence);
    const read = engine.readDomain(done.report.domain);
    const result = byId('result');
    history.replaceState(null, '', location.pathname + location.search);
    byId('domain').value = read.domain;
    byId('examples').hidden = true;
    result.hidden = false;
    window.mtaSts = done;
    draw(result, done.report, { read, state: 'done' });
    const when = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
    message.textContent = `As it was seen on ${when.format(evidence.now * 1000)}, from ${file.name}.`;
    byId('spoken').textContent = done.report.summary;
    document.documentElement.dataset.state = 'done';
  } catch (error) {
    message.classList.add('wrong');
    message.textContent = `${capital(error.message ?? String(error))}: open a file that this page or mta-sts check --save wrote.`;
  }
}

/** Ends the check that runs; what is there stays. */
function cancelCheck() {
  running?.controller.abort();
}

/** Ends the check that runs, and shows nothing of it. */
function leaveCheck() {
  cancelCheck();
  running = undefined;
  setBusy(false);
  byId('result').hidden = true;
  byId('domain').value = '';
  byId('domain').removeAttribute('aria-invalid');
  byId('domain-message').textContent = '';
  byId('spoken').textContent = '';
  document.documentElement.dataset.state = 'idle';
}

async function run(read) {
  const { check } = await checkEngine();
  cancelCheck(); // of two that waited for the engine the later one counts
  const controller = new AbortController();
  const mine = { controller };
  running = mine;
  const result = byId('result');
  result.hidden = false;
  result.replaceChildren();
  byId('examples').hidden = true;
  setBusy(true);
  byId('spoken').textContent = `Checking ${read.domain}`;
  // The page's tests and the curious read the last result here.
  const { dataset } = document.documentElement;
  dataset.state = 'running';
  window.mtaSts = undefined;
  try {
    const done = await check(read.domain, settings(), controller.signal, (report) => {
      if (running === mine) draw(result, report, { read, state: 'running' });
    });
    if (running !== mine) return;
    const state = controller.signal.aborted ? 'cancelled' : 'done';
    draw(result, done.report, { read, state });
    byId('spoken').textContent = state === 'done' ? done.report.summary : 'Cancelled';
    window.mtaSts = done;
    dataset.state = state;
  } catch (error) {
    if (running !== mine) return;
    result.replaceChildren(element('p', { class: 'problem' }, `The check stopped: ${error.message ?? error}`));
    dataset.state = 'failed';
  }
  running = undefined;
  setBusy(false);
}

/** Shows one button for the other; the focus goes along. */
function setBusy(busy) {
  const [shown, gone] = busy ? ['cancel-button', 'check-button'] : ['check-button', 'cancel-button'];
  const had = document.activeElement === byId(gone);
  byId(shown).hidden = false;
  byId(gone).hidden = true;
  if (had) byId(shown).focus();
}

/** Shows a report, in place of the one before; what the reader has opened stays open. */
function draw(result, report, context) {
  const open = new Set([...result.querySelectorAll('details[open]')].map((details) => details.id));
  const focused = document.activeElement?.id;
  const asked = report.steps.filter((one) => one.stage === 'beside').map((one) => step(one, context.state));
  const parts = [verdict(report, context), stages(report, context), besideFold(report, asked) ?? ''];
  if (report.findings.length) {
    parts.push(element('h2', {}, 'What to change, and what to know'), findingList(report.findings));
  } else if (context.state === 'done') {
    parts.push(element('p', {}, 'Nothing to change.'));
  }
  if (context.state === 'done') parts.push(readyFold(report.ready) ?? '', othersFold(report) ?? '', nextSteps(report));
  for (const text of ['record', 'policy']) {
    parts.push(sendersFold(`senders-${text}`, report.senders[text], `the ${text}`) ?? '');
  }
  result.replaceChildren(...parts);
  for (const details of result.querySelectorAll('details')) details.open = open.has(details.id);
  if (focused && result.querySelector(`#${CSS.escape(focused)}`)) byId(focused).focus();
}

/** What to do with the result: set the domain up, keep what was seen. */
function nextSteps({ domain, mx_lookup: mx, delivery }) {
  const save = element('button', { type: 'button', class: 'quiet small', id: 'save' }, 'Save this check');
  save.addEventListener('click', () => {
    const { evidence } = window.mtaSts;
    const day = new Date(evidence.now * 1000).toISOString().slice(0, 10);
    download(`${domain}-${day}.json`, JSON.stringify(evidence), 'application/json');
  });
  const setup = mx === 'null' || delivery === 'unknown' ? ''
    : element('a', { href: `#${new URLSearchParams({ setup: domain })}` }, `What to publish for ${domain}, and in which order`);
  return element('p', { class: 'next' }, setup, save);
}

function verdict(report, { read, state }) {
  const waiting = report.waiting === 1 ? '1 step' : `${report.waiting} steps`;
  if (state === 'running' && report.undecided > 0) {
    return banner('running', '●', `Checking ${report.domain} …`, `${waiting} to go`);
  }
  if (state === 'cancelled') {
    return banner('note', '■', `The check of ${report.domain} was cancelled.`, 'What was seen until then is below.');
  }
  const box = sentence(report);
  if (state === 'running') box.lastElementChild.append(element('p', { class: 'aside' }, `Looking closer, ${waiting} to go.`));
  if (missesCompanion(report)) {
    box.lastElementChild.append(
      element('p', { class: 'aside' }, 'A browser cannot talk to mail servers, and no companion was there to ask. In a terminal, this sees everything:'),
      commandLine(read.command),
    );
  }
  return box;
}

/** The verdict of a finished report, in one sentence. */
export function sentence(report) {
  const errors = report.findings.some((finding) => finding.level === 'error');
  // A domain that wants no mail gets none.
  const none = report.delivery === 'refuse' && report.mx_lookup === 'null';
  const [style, sign] = none ? ['note', '–']
    : report.delivery === 'deliver' && errors ? ['doubt', '!'] : VERDICTS[report.delivery];
  return banner(style, sign, report.summary, report.dane?.sentence);
}

function banner(style, sign, sentence, aside) {
  return element(
    'section',
    { class: `verdict ${style}`, 'aria-label': 'Verdict' },
    element('span', { class: 'sign', 'aria-hidden': 'true' }, sign),
    element('div', {}, element('p', { class: 'sentence' }, sentence), aside && element('p', { class: 'aside' }, aside)),
  );
}

function missesCompanion(report) {
  const reasons = [report.policy, ...report.mx.flatMap((mx) => mx.addresses)].map((part) => part.reason);
  return reasons.some((reason) => ['no-companion', 'browser-cannot-tell', 'unreachable'].includes(reason));
}

function stages(report, context) {
  const { record, policy, tlsrpt } = report;
  const rows = [
    ['record', 'Record', record.state, record.text.flatMap((text, index) => [index ? ' and ' : '', element('code', {}, text)])],
    ['policy', 'Policy', policy.state, policySaid(policy)],
    ['mx', 'MX records', report.mx_lookup, report.mx.map((mx) => mx.host).join(', ')],
    ['hosts', 'Mail hosts', undefined, hostsSaid(report)],
    ['tlsrpt', 'TLS reports', tlsrpt.state, (tlsrpt.rua ?? []).join(', ')],
  ];
  return element('ul', { class: 'stages' }, rows.map((row) => stage(report, context, ...row)));
}

function policySaid({ mode, max_age: maxAge, mx }) {
  if (!mode) return '';
  const admits = mx?.length ? `, admits ${mx.join(', ')}` : '';
  return `mode ${mode}, kept for ${duration(maxAge)}${admits}`;
}

function duration(seconds) {
  const [size, unit] = [[86400, 'day'], [3600, 'hour'], [60, 'minute'], [1, 'second']]
    .find(([size]) => seconds >= size * 2 || seconds === size) ?? [1, 'second'];
  const count = Math.floor(seconds / size);
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** Whether the policy keeps senders from a host; with mode none there is nothing to be listed in. */
function isUnlisted({ matched }, { mode }) {
  return matched === false && mode !== 'none';
}

function hostsSaid({ mx, policy }) {
  if (!mx.length) return '';
  const passing = mx.filter((host) => host.result === 'ok' && !isUnlisted(host, policy)).length;
  const unlisted = mx.filter((host) => isUnlisted(host, policy)).length;
  const unseen = mx.filter((host) => host.result === 'not-observed' && !isUnlisted(host, policy)).length;
  const parts = [`${passing} of ${mx.length} ${passing === 1 ? 'passes' : 'pass'}`];
  if (unlisted) parts.push(`${unlisted} not in the policy`);
  if (unseen) parts.push(`${unseen} not observed`);
  return parts.join(', ');
}

function stage(report, context, id, name, state, said) {
  const steps = report.steps.filter((step) => step.stage === id);
  const open = steps.length === 0 || steps.some((step) => step.waiting && step.decides);
  const waiting = open && context.state === 'running';
  const cut = open && context.state === 'cancelled';
  const [style, sign] = waiting ? ['running', '●'] : cut ? ['note', '■'] : stateSign(report, id, state);
  // A missing TLSRPT record breaks nothing.
  const mild = id === 'tlsrpt' && state === 'absent' ? ['note', '–'] : [style, sign];
  const word = waiting ? 'waiting …' : cut ? 'cancelled' : state;
  const told = id === 'hosts' && (waiting || cut) ? '' : said;
  return element(
    'li',
    { 'data-stage': id, 'data-state': waiting ? 'waiting' : state ?? 'done' },
    element(
      'details',
      { id: `stage-${id}` },
      element(
        'summary',
        { id: `summary-${id}` },
        element('span', { class: `sign ${mild[0]}`, 'aria-hidden': 'true' }, mild[1]),
        element('span', { class: 'name' }, name),
        element('span', { class: 'said' }, word && element('span', { class: `state ${mild[0]}` }, word), word && told?.length ? ' ' : '', told),
      ),
      element('div', { class: 'stage-body' }, body(report, id), steps.map((one) => step(one, context.state))),
    ),
  );
}

/** The style and the sign of a stage that is over. */
function stateSign(report, id, state) {
  if (id === 'hosts') return hostsState(report);
  if (id === 'policy' && state === 'valid' && differs(report.policy)) return ['doubt', '!'];
  return STATES[state] ?? ['note', '?'];
}

/** Whether some address of the policy host does not give the policy that another one gives. */
function differs({ addresses = [] }) {
  return addresses.some(({ result }) => !['valid', 'not-observed'].includes(result));
}

function hostsState({ mx, policy, dane }) {
  if (!mx.length) return ['note', '–'];
  const bad = mx.some((host) => !['ok', 'not-observed'].includes(host.result) || isUnlisted(host, policy));
  if (bad) return ['bad', '✕'];
  // Some senders deliver there and others, by DANE, do not.
  if (dane?.delivery === 'refuse') return ['doubt', '!'];
  return mx.some((host) => host.result === 'not-observed') ? ['note', '?'] : ['good', '✓'];
}

function body(report, id) {
  if (id === 'policy') return policyBody(report.policy);
  if (id === 'hosts' && report.mx.length) return hostList(report);
  if (id === 'record') {
    const aside = report.record.set_aside ?? [];
    return [
      aliasLine(report.record.aliases),
      ...(aside.length ? [element('h3', {}, 'Set aside'), element('pre', { class: 'body-text' }, aside.join('\n'))] : []),
    ];
  }
  return undefined;
}

/** The names that an alias leads through. */
function aliasLine(aliases = []) {
  if (!aliases.length) return undefined;
  const names = aliases.flatMap((name, index) => [index ? ', an alias of ' : '', element('code', {}, name)]);
  return element('p', { class: 'alias' }, 'An alias (CNAME) of ', names);
}

function policyBody({ body: text, aliases, addresses = [] }) {
  return [
    aliasLine(aliases),
    // One address alone has nothing to say beside the policy.
    addresses.length > 1 ? element('ul', { class: 'hosts addresses' }, addresses.map(policyAddress)) : undefined,
    ...(text === undefined ? [] : [element('h3', {}, 'The policy'), element('pre', { class: 'body-text' }, text)]),
  ];
}

function policyAddress({ address, result, seen, reason }) {
  return element(
    'li',
    {},
    element('span', { class: 'mono' }, address),
    ' ',
    outcome(result, reason, 'valid'),
    seen && ' ',
    seen && element('span', { class: 'seen-there' }, prose(seen)),
  );
}

function hostList({ mx }) {
  return element('ul', { class: 'hosts' }, mx.map(hostItem));
}

function hostItem({ host, preference, implicit, result, reason, action, addresses, dane }) {
  const aside = [implicit && 'the domain itself, as there is no MX record', daneSaid(dane)].filter(Boolean);
  // Said once where it is the same everywhere.
  const differ = addresses.some((address) => address.action.sentence !== action.sentence);
  return element(
    'li',
    {},
    element('p', {}, element('span', { class: 'preference' }, `${preference} `), element('strong', {}, host), ' ', outcome(result, reason)),
    differ ? undefined : element('p', { class: 'action' }, prose(action.sentence)),
    aside.length ? element('p', { class: 'hint' }, capital(`${aside.join('; ')}.`)) : undefined,
    element('ul', {}, addresses.map((address) => element(
      'li',
      {},
      element('span', { class: 'mono' }, address.address),
      ' ',
      outcome(address.result, address.reason),
      address.tls ? element('span', { class: 'hint' }, ` ${tlsSaid(address.tls)}`) : undefined,
      differ ? element('p', { class: 'action' }, prose(address.action.sentence)) : undefined,
    ))),
    dane.records?.length ? tlsaList(dane) : undefined,
  );
}

/** A TLS version as the RFCs write it; `TLSv1.1` is how libraries do. */
const protocol = (version) => version.replace('TLSv', 'TLS ');

/** What was seen of the TLS of an address, in a few words. */
function tlsSaid({ version, cipher, tls12, tls13, old, without_sni: withoutSni }) {
  // TLS 1.2 is the newest that was offered then, so it is no limit of the server's.
  if (!version) return old && old !== 'TLSv1.2' ? `${protocol(old)} at most` : '';
  const versions = tls12 === undefined ? protocol(version)
    : tls12 && tls13 ? 'TLS 1.2 and 1.3' : tls13 ? 'TLS 1.3 alone' : 'TLS 1.2 alone';
  const nameless = { other: ', another certificate without SNI', fails: ', no handshake without SNI' }[withoutSni] ?? '';
  return `${versions}, ${cipher}${nameless}`;
}

/** What a host comes to by its TLSA records, where it has some. */
function daneSaid({ state, report }) {
  return {
    ok: 'DANE: a TLSA record matches',
    failed: `DANE: fails; senders report ${report}`,
    unusable: 'DANE: none of the TLSA records can be used',
    'dns-error': `DANE: the TLSA records cannot be looked up; senders report ${report}`,
  }[state];
}

function tlsaList({ base, records }) {
  return element(
    'div',
    {},
    element('p', { class: 'hint' }, `TLSA records of ${base}:`),
    element('ul', { class: 'tlsa' }, records.map(({ text, usable, matches }) => element(
      'li',
      {},
      element('code', {}, text),
      ' ',
      !usable ? 'cannot be used' : matches === null ? 'not compared' : matches ? 'matches' : 'does not match',
    ))),
  );
}

function outcome(value, reason, good = 'ok') {
  const style = value === good ? 'good' : value === 'not-observed' ? 'note' : 'bad';
  const shown = reason && reason !== 'waiting' ? `${value} (${reason})` : value;
  return element('span', { class: `outcome ${style}` }, shown);
}

function step({ command, seen, waiting }, state) {
  const rows = seen.map((one) => element(
    'div',
    {},
    element('dt', {}, witness(one)),
    element('dd', {}, prose(one.text), one.lines?.length ? element('pre', {}, one.lines.join('\n')) : undefined),
  ));
  if (waiting) rows.push(element('div', {}, element('dt', {}, ''), element('dd', { class: 'running' }, state === 'running' ? 'waiting …' : 'not waited for')));
  return element('div', { class: 'step' }, commandLine(command), element('dl', { class: 'seen' }, rows));
}

function witness({ by, via, took_ms: took }) {
  const host = via?.startsWith('https://') ? new URL(via).host : via;
  return [WITNESSES[by], host && ` by ${host}`, `, ${took} ms`].filter(Boolean).join('');
}
