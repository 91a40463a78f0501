// The view that lints a draft, as it is typed, dropped or linked. Nothing leaves the browser: what goes
// further than this machine is asked for in against.js, which is loaded when it is asked for.
import { element } from './dom.js';
import { editor } from './editor.js';
import { lintEngine, mendEngine } from './engine.js';
import { findingList, levelOf } from './findings.js';
import { sentence, stripped, told } from './linted.js';
import { styled } from './style.js';
import { language, single, t } from './t.js';

/** Most bytes of a file that is opened: a policy has 64 KiB at most. */
const MAX_FILE = 1 << 20;
const KINDS = ['policy', 'record', 'tlsrpt'];

const byId = (id) => document.getElementById(id);
let engine;
/** What draws how senders read the text; it comes with what mends. */
let senders;
/** Whether what mends could not be loaded. */
let unmended = false;
let started;
let field;
let report;
/** The look that waits for the typing to stop, and whether the last one took so long that the next waits. */
let waiting;
let slow = false;
/** How long a look may take, in milliseconds, before the next is put off until the typing stops. */
const SLOW_LOOK = 30;
/** What the address held when a draft was taken from it last. */
let linked;
/** Called with the bytes of every later draft, once one was checked against a domain. */
let alsoTell;

/** Shows the view; `#draft=…` brings a draft along. */
export async function show(fragment) {
  started ??= start();
  await started;
  const link = fragment.get('draft');
  if (!link || link === linked) return;
  linked = link;
  const { open } = await import('./link.js');
  const bytes = await open(link, say);
  if (!bytes) return;
  byId('draft-kind').value = KINDS.includes(fragment.get('kind')) ? fragment.get('kind') : '';
  field.load(bytes);
  say(t`The draft of the link is shown.`);
}

/** Shows everything anew, in another language. */
export function redraw() {
  if (!field) return;
  say('');
  look();
}

async function start() {
  const area = byId('draft-text');
  field = editor(area, byId('draft-layer'), typed);
  byId('draft-form').addEventListener('submit', (event) => event.preventDefault());
  byId('draft-kind').addEventListener('change', look);
  byId('draft-file').addEventListener('change', (event) => {
    open(event.target.files[0]);
    event.target.value = ''; // so that the same file can be opened again
  });
  byId('draft-fix-all').addEventListener('click', fixAll);
  byId('draft-link').addEventListener('click', copyLink);
  byId('against-form').addEventListener('submit', check);
  area.addEventListener('keydown', pressed);
  document.addEventListener('selectionchange', () => {
    if (document.activeElement !== area) return;
    lightAtCaret();
    // What was shown of a finding goes when the caret leaves it; what went wrong stays.
    const message = byId('draft-message');
    if (field.chosen() === undefined && !message.classList.contains('wrong')) message.textContent = '';
  });
  const box = byId('view-draft');
  box.addEventListener('dragover', (event) => {
    if (event.dataTransfer?.types.includes('Files')) box.classList.add('dropping');
  });
  box.addEventListener('dragleave', (event) => {
    if (!box.contains(event.relatedTarget)) box.classList.remove('dropping');
  });
  box.addEventListener('drop', (event) => {
    box.classList.remove('dropping');
    if (event.dataTransfer?.files.length) open(event.dataTransfer.files[0]);
  });
  if (await load()) (window.requestIdleCallback ?? setTimeout)(mend);
}

/** Loads what finds in the text at hand, and looks: at what was typed meanwhile, or kept by the browser. */
async function load() {
  try {
    const finds = await lintEngine(field.bytes(), chosen());
    if (!engine?.fixAll) engine = finds; // what mends may have come first
  } catch (error) {
    say(t`The engine could not be loaded: ${error.message ?? error}`, true);
    return false;
  }
  look();
  return true;
}

/** The kind that was chosen, if any. */
function chosen() {
  return byId('draft-kind').value || undefined;
}

/** Loads what mends, once the first findings are shown; where that fails, the next look tries again. */
async function mend() {
  try {
    [engine, senders] = await Promise.all([mendEngine(), import('./senders.js'), styled('details.css')]);
  } catch {
    unmended = true;
    return;
  }
  byId('view-draft').dataset.mends = '';
  const box = byId('draft-result');
  const focused = box.contains(document.activeElement) && document.activeElement;
  const [id, text] = focused ? [focused.closest('.finding')?.dataset.id, focused.textContent] : [];
  look();
  if (!focused) return;
  const controls = [...box.querySelectorAll(`.finding[data-id="${id}"] :is(a, button)`)];
  controls.find((control) => control.textContent === text)?.focus();
}

async function open(file) {
  if (!file) return;
  if (file.size > MAX_FILE) {
    say(t`${file.name} has ${file.size} bytes. A policy has 65536 at most.`, true);
    return;
  }
  field.load(new Uint8Array(await file.arrayBuffer()));
  byId('draft-text').focus();
  say(t`${file.name} is shown.`);
}

/** Looks at what was typed: at once, or with a text that takes long once the typing stops. */
function typed() {
  if (!slow) {
    look();
    return;
  }
  field.draw([]);
  clearTimeout(waiting);
  waiting = setTimeout(look, 200);
}

/** Takes the look that waits, so that the report is that of the text; says whether there was one. */
function settled() {
  const late = waiting !== undefined;
  if (late) look();
  return !late;
}

/** Lints what the field holds, and shows it. */
function look() {
  if (!engine) return;
  clearTimeout(waiting);
  waiting = undefined;
  const begun = performance.now();
  if (linked && !field.about().fromFile) {
    // The address names another text than the one shown.
    linked = undefined;
    history.replaceState(null, '', '#draft');
  }
  const bytes = field.bytes();
  if (!bytes.length) field.forget();
  const blank = !byId('draft-text').value.trim() && bytes.length < 3;
  if (!blank && engine.reads?.(bytes, chosen()) === false) {
    load(); // a policy where a record stood, or the other way round, before what mends was there
    return;
  }
  report = blank ? undefined : engine.lint(...told(engine, bytes, chosen()));
  const findings = report?.findings ?? [];
  field.draw(findings);
  byId('draft-guess').textContent = guessed();
  byId('draft-text').setAttribute('aria-invalid', String(report ? !report.valid : false));
  byId('draft-fix-all').disabled = !findings.some((finding) => finding.edit);
  byId('draft-link').disabled = !report;
  byId('draft-link-row').hidden = true; // a link shown is that of another text
  byId('draft-about').textContent = report ? about(bytes) : '';
  byId('draft-result').replaceChildren(...(report ? [sentence(report), stripped(report), ...list(findings)].filter(Boolean) : []));
  tellSenders(bytes);
  announce();
  // The first look takes long at any text, as the engine is compiled then.
  slow = bytes.length > 4096 && performance.now() - begun > SLOW_LOOK;
  alsoTell?.(bytes, chosen());
  if (unmended && !engine.fixAll) {
    unmended = false;
    mend();
  }
}

/** What the text is taken for where no kind is chosen. */
function guessed() {
  if (!report || byId('draft-kind').value) return t`what it looks like`;
  return {
    policy: t`what it looks like: a policy`, record: t`what it looks like: an MTA-STS record`, tlsrpt: t`what it looks like: a TLSRPT record`,
  }[report.kind];
}

function list(findings) {
  if (!findings.length) return [];
  const light = (ids) => {
    field.light(ids);
    if (ids.length) field.reveal(ids[0]);
  };
  return [
    element('h2', { class: 'visually-hidden' }, t`What to change, and what to know`),
    findingList(findings, { place: (id) => settled() && goTo(id), fix, light }),
  ];
}

/** What the text is made of, beside what is seen. */
function about(bytes) {
  const { lines, ends, fromFile, lost } = field.about();
  const parts = [
    single(lines) ? t`${lines} line` : t`${lines} lines`,
    single(bytes.length) ? t`${bytes.length} byte` : t`${bytes.length} bytes`,
    ends.length && t`line ends ${new Intl.ListFormat(language()).format(ends)}`,
    fromFile && t`the bytes of the file, as they are`,
    lost && t`bytes that were not UTF-8 became U+FFFD when the text was changed`,
  ];
  return parts.filter(Boolean).join(' · ');
}

/** Asks how senders read the text: at once, or of a large one, which each of them reads, once the typing stops. */
let asking;
function tellSenders(bytes) {
  clearTimeout(asking);
  const tell = () => showSenders(report ? engine.senders?.(bytes, chosen()) ?? [] : []);
  if (bytes.length <= 4096) {
    tell();
  } else {
    showSenders([]);
    asking = setTimeout(tell, 200);
  }
}

function showSenders(readings) {
  const box = byId('draft-senders');
  const fold = senders?.sendersFold(readings);
  box.hidden = !fold;
  if (fold) box.replaceChildren(...fold.children);
}

/** Says what was found, once the typing has stopped. */
let speaking;
function announce() {
  clearTimeout(speaking);
  speaking = undefined;
  if (!report) return;
  const mine = setTimeout(async () => {
    const { summaryOf } = await import('./spoken.js');
    if (speaking === mine) say(summaryOf(report));
  }, 1000);
  speaking = mine;
}

function say(text, wrong = false, seen = wrong) {
  clearTimeout(speaking);
  speaking = undefined;
  byId('draft-spoken').textContent = text;
  byId('draft-message').textContent = seen ? text : '';
  byId('draft-message').classList.toggle('wrong', wrong);
}

/** The keys of the field: mend what the caret stands on, go to the next finding. */
function pressed(event) {
  if (event.altKey && event.key === 'Enter' || event.ctrlKey && event.key === '.') {
    event.preventDefault();
    settled();
    const here = field.atCaret().find((id) => report?.findings[id].edit);
    if (here !== undefined) fix(here);
    else say(t`There is no edit to make here. F8 goes to the next finding.`, true);
  } else if (event.key === 'F8') {
    event.preventDefault();
    step(event.shiftKey ? -1 : 1);
  }
}

/** Shows where a finding stands, and says it. The selection may be what it was, so that nothing else tells of it. */
function goTo(id) {
  field.select(id);
  lightAtCaret();
  const { level, message, edit } = report.findings[id];
  const [, name] = levelOf(level);
  const plain = message.replaceAll('`', '');
  say(edit ? t`${name}: ${plain}. Alt and Enter mends it` : t`${name}: ${plain}`, false, true);
}

/** Goes to the next finding that has a place, or the one before. */
function step(by) {
  settled();
  const next = field.next(by);
  if (next !== undefined) goTo(next);
}

function fix(id) {
  if (!settled()) return; // the list was that of another text
  const { edit } = report?.findings[id] ?? {};
  if (!edit) return;
  field.apply(edit);
  say(t`Mended. Control and Z takes it back.`);
}

function fixAll() {
  settled();
  const fixed = engine.fixAll(...told(engine, field.bytes(), chosen()));
  field.applyAll(fixed.text);
  say(single(fixed.edits) ? t`${fixed.edits} edit made. Control and Z takes it back.` : t`${fixed.edits} edits made. Control and Z takes them back.`);
}

function lightAtCaret() {
  const ids = field.atCaret();
  field.light(ids);
  for (const item of byId('draft-result').querySelectorAll('.finding')) {
    item.classList.toggle('lit', ids.includes(Number(item.dataset.id)));
  }
}

async function copyLink() {
  const { copy } = await import('./link.js');
  await copy(field.bytes(), byId('draft-kind').value, say);
}

async function check(event) {
  event.preventDefault();
  const [{ checkAgainst, judge }] = await Promise.all([import('./against.js'), styled('details.css', 'views.css')]);
  alsoTell = judge;
  await checkAgainst(byId('against-domain').value, () => [field.bytes(), chosen()]);
}
