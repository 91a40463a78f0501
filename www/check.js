// The view that checks a domain: its form, whom the address asks for, and what there is to take along. What a check has come
// to is drawn in result.js.
import { copyButton, download } from './blocks.js';
import { check } from './checking.js';
import { capital, element } from './dom.js';
import { checkEngine, lookEngine, mendEngine } from './engine.js';
import { resultIn } from './result.js';
import { loadSettings, redrawSettings, settings } from './settings.js';
import { styled } from './style.js';
import { language, load, t } from './t.js';
import { isoTime, timeOf } from './when.js';

const byId = (id) => document.getElementById(id);

/** The test domains shown at once: one of each kind. */
const FIRST = ['enforce-good', 'no-record', 'policy-redirect', 'wildcard-two-labels', 'mx-expired-cert', 'testing-failing'];
/** Most bytes of a saved check: the largest there is has some 20 MB. */
const MAX_SAVED = 64 << 20;

let running;

let started;
let hasExamples = false;
let result;
/** What there is to take along. */
let toTake;
/** Makes what is said of the domain or the file. */
let told = () => '';
/** What is shown: a domain's last report, and once there is some its evidence. */
let shown;

/** Whether the view was shown before. */
let visited = false;

/** Shows the view for what the address asks: the domain, or the form alone. */
export async function show(fragment) {
  started ??= start();
  await started;
  if (byId('view-check').hidden) return; // gone elsewhere meanwhile
  const domain = fragment.get('domain');
  if (domain === null) {
    if (visited) leaveCheck(); // else what was typed meanwhile stays
    visited = true;
    byId('examples').hidden = !hasExamples;
    return;
  }
  visited = true;
  byId('domain').value = domain;
  startCheck(domain);
}

/** Shows everything anew, in another language; a check that is over is read again in it. */
export async function redraw() {
  if (!result) return;
  redrawSettings();
  showExamples((await loadSettings()).zoo);
  if (byId('recent').open) (await import('./recent.js')).showIn(byId('recent-list'));
  toTake.replaceChildren(...actions().childNodes);
  byId('domain-message').textContent = told();
  if (!shown) return;
  const was = shown;
  if (!byId('view-check').hidden) document.title = t`${was.report.domain} – MTA-STS checker`;
  if (was.evidence) {
    const done = (await checkEngine()).replay(was.evidence);
    if (shown !== was) return; // another check began meanwhile
    window.mtaSts = done;
    shown = { ...was, ...done };
  }
  await result.draw(shown);
}

async function start() {
  byId('check-form').addEventListener('submit', submit);
  // The second click of a double click was meant for the button that stood there before.
  byId('cancel-button').addEventListener('click', ({ detail }) => detail < 2 && cancelCheck());
  byId('check-file').addEventListener('change', (event) => {
    openSaved(event.target.files[0]);
    event.target.value = ''; // so that the same file can be opened again
  });
  // Anywhere on the page, as long as this view is shown.
  document.addEventListener('drop', (event) => {
    if (byId('view-check').hidden || !event.dataTransfer?.files.length) return;
    openSaved(event.dataTransfer.files[0]);
  });
  byId('recent').addEventListener('toggle', async () => {
    if (byId('recent').open) (await import('./recent.js')).showIn(byId('recent-list'));
  });
  toTake = actions();
  result = resultIn(byId('result'), { actions: toTake, mend: mendEngine, style: () => styled('details.css') });
  lookEngine().catch((error) => tell(() => t`The engine could not be loaded: ${error.message ?? error}`, true));
  showExamples((await loadSettings()).zoo);
  await styled('stages.css');
}

function submit(event) {
  event.preventDefault();
  const typed = byId('domain').value;
  const fragment = `#${new URLSearchParams({ domain: typed })}`;
  if (!typed.trim() || location.hash === fragment) startCheck(typed);
  else location.hash = fragment; // and the change of the address starts the check
}

/** What the zoo says of its domains, in the languages beside English. */
const ZOO = { de: () => import('./text/zoo.de.js'), fr: () => import('./text/zoo.fr.js') };

/** The first few test domains, and the others behind a fold. */
async function showExamples(zoo) {
  if (!zoo) return;
  hasExamples = true;
  if (language() !== 'en') await load(language(), ZOO).catch(() => {}); // without it they are said in English
  const item = ({ domain, sentence }) => element(
    'li',
    {},
    element('a', { href: `#${new URLSearchParams({ domain })}` }, element('strong', {}, domain), element('span', {}, t([sentence]))),
  );
  const first = zoo.domains.filter(({ domain }) => FIRST.some((name) => domain === `${name}.${zoo.suffix}`));
  byId('example-list').replaceChildren(...first.map(item));
  byId('all-examples').replaceChildren(...zoo.domains.map(item));
  byId('all-examples-count').textContent = t`All ${zoo.domains.length} test domains`;
}

/** Checks what was typed. */
async function startCheck(typed) {
  cancelCheck();
  tell(() => '');
  let engine;
  let read;
  try {
    engine = await lookEngine();
    read = engine.readDomain(typed);
  } catch (error) {
    tell(() => capital(engine ? errorOf(() => engine.readDomain(typed)) : error.message ?? String(error)), true);
    byId('domain').setAttribute('aria-invalid', 'true');
    byId('domain').focus();
    forget();
    return;
  }
  byId('domain').removeAttribute('aria-invalid');
  byId('domain').value = read.domain;
  document.title = t`${read.domain} – MTA-STS checker`;
  tell(() => [engine.readDomain(typed).notice, withoutWww(read.domain)].filter(Boolean).join(' '));
  run(read);
}

/** Whoever copies the address of a site or of a policy brings its host along. */
function withoutWww(domain) {
  const [, host, rest] = /^(www|mta-sts)\.(.+\..+)/.exec(domain) ?? [];
  return host && t`Mail seldom goes to a name that begins with ${host}; perhaps ${rest} is meant.`;
}

/** What an engine says is wrong. */
function errorOf(ask) {
  try {
    ask();
    return '';
  } catch (error) {
    return error.message ?? String(error);
  }
}

/** Says something of the domain or the file: `make` gives it, also anew in another language. */
function tell(make, wrong = false) {
  told = make;
  byId('domain-message').classList.toggle('wrong', wrong);
  byId('domain-message').textContent = make();
}

/** What the engine makes of a saved check. What it says of another file is about its own insides. */
function replayed(engine, evidence) {
  try {
    return engine.replay(evidence);
  } catch {
    throw new Error(t`the file is no saved check`);
  }
}

/** Shows a check that was saved, as it was then; nobody is asked. */
async function openSaved(file) {
  tell(() => t`Reading ${file.name} …`);
  try {
    if (file.size > MAX_SAVED) throw new Error(t`the file is larger than a saved check can be`);
    const evidence = await file.text().then((text) => {
      try {
        return JSON.parse(text);
      } catch {
        throw new Error(t`the file is no JSON`);
      }
    });
    if (evidence?.findings) throw new Error(t`this is a report, and a report cannot be looked at again; “Save this check” makes a file that can`);
    const engine = await checkEngine();
    const done = replayed(engine, evidence);
    const read = engine.readDomain(done.report.domain);
    leaveCheck();
    history.replaceState(null, '', location.pathname + location.search);
    byId('domain').value = read.domain;
    byId('examples').hidden = true;
    window.mtaSts = done;
    const when = () => timeOf(evidence.now, { dateStyle: 'medium', timeStyle: 'short' });
    tell(() => t`As it was seen on ${when()}, from ${file.name}.`);
    await draw({ ...done, read, state: 'done' });
    document.documentElement.dataset.state = 'done';
  } catch (error) {
    tell(() => t`${capital(error.message ?? String(error))}: open a file that this page or mta-sts check --save wrote.`, true);
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
  forget();
  byId('domain').value = '';
  byId('domain').removeAttribute('aria-invalid');
  tell(() => '');
  document.documentElement.dataset.state = 'idle';
}

async function run(read) {
  cancelCheck(); // of two that waited for the engine the later one counts
  const controller = new AbortController();
  const mine = { controller };
  running = mine;
  byId('examples').hidden = true;
  setBusy(true);
  // The page's tests and the curious read the last result here.
  const { dataset } = document.documentElement;
  dataset.state = 'running';
  window.mtaSts = undefined;
  result.clear();
  draw({ report: { domain: read.domain }, read, state: 'running' });
  try {
    const asked = settings();
    const done = await check(read.domain, asked, controller.signal, (report) => {
      if (running === mine) draw({ report, read, state: 'running' });
    });
    if (running !== mine) return;
    const state = controller.signal.aborted ? 'cancelled' : 'done';
    window.mtaSts = done;
    await draw({ ...done, read, state, companion: asked.companion });
    if (running !== mine) return;
    dataset.state = state;
    if (state === 'done') import('./recent.js').then(({ remember }) => remember(read.domain));
  } catch (error) {
    if (running !== mine) return;
    forget();
    tell(() => t`The check stopped: ${error.message ?? error}`, true);
    dataset.state = 'failed';
  }
  running = undefined;
  setBusy(false);
}

/** Shows no result any more. */
function forget() {
  result.clear();
  shown = undefined;
}

function draw({ report, evidence, read, state, companion }) {
  shown = { report, evidence, state, command: read.command, companion };
  for (const button of byId('result').querySelectorAll('.needs-evidence')) button.disabled = !evidence;
  return result.draw(shown);
}

/** What there is to take along; links bring others to the domain, and to no setting of ours. */
function actions() {
  const day = () => isoTime(shown.evidence.now).slice(0, 10);
  const link = () => `${location.origin}${location.pathname}#${new URLSearchParams({ domain: shown.report.domain })}`;
  const button = (id, label, onclick) => element('button', { type: 'button', class: 'quiet small needs-evidence', id, onclick }, label);
  const markdown = copyButton(async () => (await import('./markdown.js')).markdown(shown, link()), t`Copy for a ticket`);
  markdown.classList.add('needs-evidence');
  markdown.title = t`Verdict, stages and findings as Markdown`;
  return element(
    'p',
    { class: 'actions' },
    element('button', { type: 'button', class: 'small', onclick: () => result.openFindings() }, t`What to change`),
    copyButton(link, t`Copy link`),
    markdown,
    button('save-report', t`Report as JSON`, () => download(`${shown.report.domain}-${day()}-report.json`, JSON.stringify(shown.report, null, 2), 'application/json')),
    button('save', t`Save this check`, () => download(`${shown.report.domain}-${day()}.json`, JSON.stringify(shown.evidence), 'application/json')),
    button('print-button', t`Print`, () => print()),
  );
}

/** Shows one button for the other; the focus goes along. */
function setBusy(busy) {
  const [shownButton, gone] = busy ? ['cancel-button', 'check-button'] : ['check-button', 'cancel-button'];
  const had = document.activeElement === byId(gone);
  byId(shownButton).hidden = false;
  byId(gone).hidden = true;
  if (had) byId(shownButton).focus();
}
