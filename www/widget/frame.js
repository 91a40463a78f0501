// The page for an iframe: one element, set by the address, and its height told to the page around.
const FIELDS = { check: ['domain'], lint: ['kind'] };
const SCRIPTS = { check: () => import('./mta-sts-check.js'), lint: () => import('./mta-sts-lint.js') };

/** What the address asks for; what stands behind the # is not sent to the host of this page. */
function asked() {
  const behind = new URLSearchParams(location.hash.slice(1));
  return behind.size ? behind : new URLSearchParams(location.search);
}

/** Whom a check asks says the site alone, in its config.json: an address could be anybody's. */
async function configured() {
  try {
    const response = await fetch('config.json', { cache: 'no-store', signal: AbortSignal.timeout(5000) });
    return (response.ok && await response.json()) || {};
  } catch {
    return {};
  }
}

/** Counts the addresses: of two the later one counts. */
let turn = 0;

async function show() {
  turn += 1;
  const mine = turn;
  const wanted = asked();
  const what = wanted.has('lint') ? 'lint' : 'check';
  const made = document.createElement(`mta-sts-${what}`);
  for (const name of [...FIELDS[what], 'lang', 'theme']) {
    if (wanted.has(name)) made.setAttribute(name, wanted.get(name));
  }
  document.documentElement.lang = wanted.get('lang') ?? navigator.language;
  made.toggleAttribute('autorun', wanted.has('autorun'));
  if (what === 'check') {
    const { companion, resolver } = await configured();
    for (const [name, value] of Object.entries({ companion, resolver })) {
      if (value && typeof value === 'string' && URL.canParse(value, document.baseURI)) made.setAttribute(name, value);
    }
  }
  await SCRIPTS[what]();
  if (mine === turn) document.body.replaceChildren(made);
}

new ResizeObserver(() => {
  parent.postMessage({ type: 'mta-sts-resize', height: Math.ceil(document.documentElement.getBoundingClientRect().height) }, '*');
}).observe(document.documentElement);

addEventListener('hashchange', show);
show();
