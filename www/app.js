// Starts the page: the view that the address asks for. Each view is loaded when it is first shown.
import { begin, choosable, wished } from './language.js';
import { styled } from './style.js';
import { inLanguage, t } from './t.js';

const byId = (id) => document.getElementById(id);

const VIEWS = {
  check: () => import('./check.js'),
  draft: () => import('./draft.js'),
  setup: () => import('./setup.js'),
  reports: () => import('./reports.js'),
  rules: () => import('./rules.js'),
};
const titleOf = (view) => (view === 'check' ? '' : `${byId(`nav-${view}`).textContent} – `) + t`MTA-STS checker`;

/** The style of each view, beside that of all. */
const STYLES = {
  check: ['stages.css'],
  draft: ['editor.css', 'draft.css'],
  setup: ['details.css', 'views.css'],
  reports: ['details.css', 'views.css', 'reports.css'],
  rules: ['views.css'],
};

/** The files that each view needs, put in when the scripts are bundled. */
const parts = JSON.parse(PARTS);

/**
 * Begins to load all that a view needs: found out one after the other, each would wait for the one before.
 */
function preload(view) {
  for (const part of parts[view] ?? []) {
    // What a reader of another language does not read is not loaded either.
    const file = /^(prose-\w+|rules)\.json$/.test(part) ? inLanguage(part) : part;
    const link = document.createElement('link');
    link.href = file;
    link.rel = file.endsWith('.js') ? 'modulepreload' : 'preload';
    if (link.rel === 'preload') {
      link.as = 'fetch';
      link.crossOrigin = 'anonymous';
    }
    document.head.append(link);
  }
  parts[view] = [];
}

/** The views that were shown, as they are loaded. */
const shown = {};

/** Draws what is there anew, in another language. */
async function redraw() {
  const { respeak } = await import('./engine.js');
  await respeak();
  for (const [name, loading] of Object.entries(shown)) {
    if (!byId(`view-${name}`).hidden) document.title = titleOf(name);
    await loading.then((view) => view.redraw(), () => {}); // what was not loaded is drawn when it is
  }
}

/** Counts the changes of the address: of two that wait for a view the later one counts. */
let turn = 0;

/** What the address asks for: `#domain=…`, `#draft`, `#draft=…`, `#setup`, `#setup=…`, `#reports`, `#rules`, `#rule=…`, or nothing. */
async function route() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const asked = ['draft', 'setup', 'reports', 'rules'].find((name) => fragment.has(name)) ?? (fragment.has('rule') ? 'rules' : 'check');
  for (const name of Object.keys(VIEWS)) {
    if (name !== asked) byId(`view-${name}`).hidden = true;
    if (name === asked) byId(`nav-${name}`).setAttribute('aria-current', 'page');
    else byId(`nav-${name}`).removeAttribute('aria-current');
  }
  // From elsewhere the way back leads to the domain that was shown.
  const last = window.mtaSts?.report.domain;
  byId('nav-check').href = asked !== 'check' && last ? `#${new URLSearchParams({ domain: last })}` : '#check';
  preload(asked);
  document.title = titleOf(asked);
  turn += 1;
  const mine = turn;
  const loading = VIEWS[asked]();
  shown[asked] = loading;
  const style = styled(...STYLES[asked]);
  if (asked !== 'check') await style; // its form needs none
  if (mine === turn) byId(`view-${asked}`).hidden = false;
  const view = await loading;
  if (mine !== turn) return;
  const showing = view.show(fragment);
  if (asked === 'check') byId('check-form').removeEventListener('submit', entered);
  await showing;
}

/** What is entered before the view is there is kept for it. */
function entered(event) {
  event.preventDefault();
  location.hash = `#${new URLSearchParams({ domain: byId('domain').value })}`;
}

/** `?domain=` is taken for easy linking, and moved to where no server's log sees it. */
function moveQuery() {
  const domain = new URLSearchParams(location.search).get('domain');
  if (domain === null) return;
  const fragment = new URLSearchParams({ domain });
  history.replaceState(null, '', `${location.pathname}#${fragment}`);
}

/** How long nothing comes in any more, in milliseconds, before it counts as quiet. */
const QUIET = 5_000;

/** Resolves once the page has loaded what it needs. */
function quiet() {
  return new Promise((done) => {
    let waiting;
    const wait = () => {
      clearTimeout(waiting);
      waiting = setTimeout(done, QUIET);
    };
    new PerformanceObserver(wait).observe({ type: 'resource' });
    wait();
  });
}

async function start() {
  moveQuery();
  // A file that misses its place does not take the reader away from the page.
  for (const kind of ['dragover', 'drop']) {
    document.addEventListener(kind, (event) => {
      if (event.dataTransfer?.types.includes('Files')) event.preventDefault();
    });
  }
  window.addEventListener('hashchange', route);
  byId('check-form').addEventListener('submit', entered);
  const name = wished();
  if (name !== 'en') await begin(name);
  choosable(byId('language'), redraw);
  await route();
  document.documentElement.dataset.ready = '';
  // What works without a network is kept last: a first visit has the line for itself. Who saves data is not given more than they
  // asked for.
  if (!navigator.serviceWorker || navigator.connection?.saveData) return;
  await quiet();
  import('./keep.js').then(({ keep }) => keep()).catch(() => {}); // without it the page works as before
}

start();
