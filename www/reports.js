// The view of TLS reports: what was sent about a domain is read here, and goes nowhere.
import { download } from './blocks.js';
import { element } from './dom.js';
import { ask, askWithProgress } from './reports/ask.js';
import { chosenFiles, droppedFiles } from './reports/files.js';
import { filters, settle } from './reports/filter.js';
import { forget, redrawLive } from './reports/live.js';
import { resultParts } from './reports/result.js';
import { count } from './reports/words.js';
import { unfoldForPrint } from './print.js';
import { sayIn } from './progress.js';
import { language, load, single, t } from './t.js';
import { update } from './update.js';

const byId = (id) => document.getElementById(id);

/** What this view alone says in each language but English. */
const WORDS = { de: () => import('./text/reports.de.js'), fr: () => import('./text/reports.fr.js') };

/** How many files are handed over at once. */
const AT_ONCE = 50;

let started;
/** What was opened, in its order, as `[{ name, file }]`: in another language it is read again. */
let sources = [];
/** What is chosen to be shown. */
let filter = {};
/** Counts what was opened: of two that are read at once the later one is shown. */
let turn = 0;
/** Counts what was drawn, as `turn` does. */
let drawing = 0;
/** What was read: all of it, and what is chosen of it. */
let shown;
/** Which part of what was opened was not read, from 0 to 1, as the reader stopped it; and how many reports there were by then. */
let unread = { part: 0 };

export async function show() {
  started ??= start();
  await started;
}

/** Shows everything anew, in another language. */
export async function redraw() {
  if (!started) return;
  await speak();
  form();
  forget();
  if (sources.length) await readAll();
}

async function speak() {
  if (language() !== 'en') await load(language(), WORDS).catch(() => {}); // without it this is said in English
  await ask('speak', language());
}

async function start() {
  const view = byId('view-reports');
  for (const type of ['dragover', 'dragleave', 'drop']) {
    view.addEventListener(type, (event) => byId('reports-drop').classList.toggle('over', type === 'dragover' && Boolean(event.dataTransfer?.types.includes('Files'))));
  }
  view.addEventListener('drop', async ({ dataTransfer }) => {
    if (dataTransfer.types.includes('Files')) add(await droppedFiles(dataTransfer));
    else if (dataTransfer.getData('text/plain')) add([pasted(dataTransfer.getData('text/plain'))]);
  });
  view.addEventListener('paste', (event) => {
    if (event.target.matches?.('textarea, input')) return;
    const { files } = event.clipboardData;
    const text = event.clipboardData.getData('text/plain');
    if (files.length) add([...files].map((file) => ({ name: file.name, file })));
    else if (text.trim()) add([pasted(text)]);
  });
  if (language() !== 'en') await load(language(), WORDS).catch(() => {});
  form();
  unfoldForPrint(view);
  speak().catch((error) => sayIn(byId('reports-message'), t`The reader could not be loaded: ${error.message}`, 'wrong'));
}

const pasted = (text) => ({ name: t`pasted text`, file: new Blob([text]) });

/** The part of the view that takes files. What was typed stays. */
function form() {
  const files = (id, label, attributes) => [
    element('input', { id, type: 'file', class: 'visually-hidden', multiple: true, ...attributes, onchange: ({ target }) => {
      add(chosenFiles(target));
      target.value = ''; // the same can be opened again
    } }),
    element('label', { for: id, class: 'button' }, label),
  ];
  update(
    byId('view-reports'),
    element('h1', { id: 'reports-title' }, t`What do TLS reports say?`),
    element('p', { class: 'hint' }, t`Senders mail them to the address in the TLSRPT record. They are read in your browser, and nothing of them leaves it.`),
    element(
      'div',
      { id: 'reports-drop', class: 'drop' },
      element('p', {}, files('reports-files', t`Open files`, { accept: '.json,.gz,.zip,.eml,.mbox,.mbx,.txt,application/json,application/gzip,application/zip,message/rfc822,application/mbox,*' }), ' ', files('reports-folder', t`Open a folder`, { webkitdirectory: true }), ' ', element('span', {}, t`or drop them here`)),
      element('p', { class: 'hint' }, t`Reports as .json, .json.gz or .zip, mails as .eml or mbox, folders of them: many at once.`),
      element(
        'details',
        {},
        element('summary', {}, t`Paste a report`),
        element('form', { onsubmit: paste }, element('label', { for: 'reports-text' }, t`A report, or a mail with one`), element('textarea', { id: 'reports-text', class: 'mono', rows: 6, spellcheck: 'false', autocapitalize: 'none' }), element('p', {}, element('button', { type: 'submit', class: 'quiet' }, t`Read it`))),
      ),
    ),
    element('p', { id: 'reports-message', class: 'message', role: 'status', 'data-own': true }),
    element('p', { id: 'reports-spoken', class: 'visually-hidden', role: 'status', 'data-own': true }),
    element('p', { id: 'reports-progress', class: 'reading', hidden: true, 'data-own': true }),
    element('div', { id: 'reports-filters', 'data-own': true }),
    element('div', { id: 'reports-result', class: 'mta-sts', 'data-own': true }),
  );
}

function paste(event) {
  event.preventDefault();
  const field = byId('reports-text');
  if (!field.value.trim()) {
    field.focus();
    return;
  }
  add([pasted(field.value)]);
  field.value = '';
}

/** Reads more, beside what was read before. */
async function add(more) {
  if (!more.length) {
    sayIn(byId('reports-message'), t`There is no file in it.`, 'wrong');
    return;
  }
  sources.push(...more);
  await reading(async () => {
    const part = await read(more);
    if (part) unread = { part, most: await ask('count') };
  });
}

/** Hands files to the reader, some at a time: to send thousands at once blocks the page. Gives which part was not read. */
async function read(files, most) {
  for (let at = 0; at < files.length; at += AT_ONCE) await ask('more', files.slice(at, at + AT_ONCE));
  return askWithProgress(progress, 'read', most);
}

/** Reads everything again, as far as it was read. */
const readAll = () => reading(async () => {
  await ask('clear');
  await read(sources, unread.most);
});

async function reading(work) {
  turn += 1;
  const mine = turn;
  sayIn(byId('reports-message'), t`Reading …`);
  try {
    await work();
    if (mine !== turn) return;
    await draw();
    sayIn(byId('reports-message'), '');
  } catch (error) {
    if (mine === turn) sayIn(byId('reports-message'), t`The reports could not be read: ${error.message}`, 'wrong');
  } finally {
    if (mine === turn) byId('reports-progress').hidden = true;
  }
}

/** How far the reading is, and a way to end it. */
function progress({ done, total, count: reports }) {
  const line = byId('reports-progress');
  if (line.hidden) {
    line.replaceChildren(
      element('progress', { 'aria-label': t`Reading …` }),
      ' ',
      element('span'),
      ' ',
      element('button', { type: 'button', class: 'quiet small', onclick: () => ask('stop') }, t`Stop`),
    );
    line.hidden = false;
  }
  Object.assign(line.querySelector('progress'), { max: total, value: done });
  line.querySelector('span').textContent = single(reports) ? t`${count(reports)} report` : t`${count(reports)} reports`;
}

const pause = () => new Promise((done) => { setTimeout(done); });

/** Shows what was read, as far as it is chosen; in steps, as all of it at once blocks a page that has just been opened. */
async function draw() {
  drawing += 1;
  const mine = drawing;
  const isFiltered = Object.values(filter).some((wish) => wish !== undefined);
  const [views, summary, all = views] = await Promise.all([ask('views', filter), ask('brief', filter), isFiltered ? ask('views', {}) : undefined]);
  if (mine !== drawing) return;
  shown = { all, views, summary };
  update(byId('reports-filters'), all.reports ? filters(all, filter, choose) : '');
  settle(filter);
  await pause();
  if (mine !== drawing) return;
  const parts = resultParts({ ...shown, filter, unread: unread.part, actions: actions() });
  await pause();
  if (mine !== drawing) return;
  update(byId('reports-result'), parts);
  byId('reports-spoken').textContent = byId('reports-result').querySelector('.sentence, .problem')?.textContent ?? '';
  redrawLive();
}

function choose(wish) {
  filter = { ...filter, ...wish };
  draw();
}

/** What can be done with all of it. */
function actions() {
  const button = (id, label, onclick) => element('button', { type: 'button', id, class: 'quiet small', onclick }, label);
  return element(
    'p',
    { class: 'actions' },
    shown.views.reports > 0 && [
      button('reports-csv', t`Export as CSV`, async () => download('tls-reports.csv', await ask('csv', filter), 'text/csv')),
      ' ',
      button('reports-json', t`Export as JSON`, async () => download('tls-reports.json', await ask('json', filter), 'application/json')),
      ' ',
    ],
    button('reports-clear', t`Remove all reports`, clear),
  );
}

async function clear() {
  turn += 1;
  drawing += 1;
  sources = [];
  filter = {};
  unread = { part: 0 };
  shown = undefined;
  forget();
  await ask('clear');
  for (const id of ['reports-filters', 'reports-result', 'reports-message', 'reports-spoken']) byId(id).replaceChildren();
  byId('reports-files').focus();
}
