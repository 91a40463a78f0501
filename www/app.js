// Starts the page: settings, the view that the address asks for, the forms.
import { cancelCheck, leaveCheck, startCheck } from './check.js';
import { element } from './dom.js';
import { startDraft } from './draft.js';
import { engine } from './engine.js';
import { loadSettings } from './settings.js';

/** The test domains shown at once: one of each kind. */
const FIRST = ['enforce-good', 'no-record', 'policy-redirect', 'wildcard-two-labels', 'mx-expired-cert', 'testing-failing'];

const byId = (id) => document.getElementById(id);
let hasExamples = false;

/** What the address asks for: `#domain=…`, `#draft`, or nothing. */
function route() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const draft = fragment.has('draft');
  byId('view-check').hidden = draft;
  byId('view-draft').hidden = !draft;
  for (const [id, here] of [['nav-check', !draft], ['nav-draft', draft]]) {
    if (here) byId(id).setAttribute('aria-current', 'page');
    else byId(id).removeAttribute('aria-current');
  }
  // From the draft the way back leads to the domain that was shown.
  const last = window.mtaSts?.report.domain;
  byId('nav-check').href = draft && last ? `#${new URLSearchParams({ domain: last })}` : '#check';
  document.title = draft ? 'Lint a draft – MTA-STS checker' : 'MTA-STS checker';
  const domain = fragment.get('domain');
  if (!draft && domain !== null) {
    byId('domain').value = domain;
    if (domain.trim()) document.title = `${domain} – MTA-STS checker`;
    startCheck(domain);
  } else if (!draft) {
    leaveCheck();
    byId('examples').hidden = !hasExamples;
  }
}

/** `?domain=` is taken for easy linking, and moved to where no server's log sees it. */
function moveQuery() {
  const domain = new URLSearchParams(location.search).get('domain');
  if (domain === null) return;
  const fragment = new URLSearchParams({ domain });
  history.replaceState(null, '', `${location.pathname}#${fragment}`);
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

async function start() {
  moveQuery();
  startDraft();
  byId('check-form').addEventListener('submit', submit);
  byId('cancel-button').addEventListener('click', cancelCheck);
  const config = await loadSettings();
  showExamples(config.zoo);
  window.addEventListener('hashchange', route);
  route();
  document.documentElement.dataset.ready = '';
  engine().catch((error) => {
    byId('domain-message').classList.add('wrong');
    byId('domain-message').textContent = `The engine could not be loaded: ${error.message ?? error}`;
  });
}

start();
