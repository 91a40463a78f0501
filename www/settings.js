// Whom the page asks. The site's defaults come from config.json beside the page, the reader's own
// choice from this browser's storage; a link changes neither.
import { element } from './dom.js';

const RESOLVERS = [
  ['Cloudflare', 'https://cloudflare-dns.com/dns-query'],
  ['Google', 'https://dns.google/dns-query'],
  ['DNS.SB', 'https://doh.dns.sb/dns-query'],
];
const OWN = 'own';
const STORED = 'mta-sts-settings';

const byId = (id) => document.getElementById(id);
let config = {};

/** Reads config.json and the stored choice, and fills the form. */
export async function loadSettings() {
  try {
    const response = await fetch('config.json', { cache: 'no-store' });
    if (response.ok) config = await response.json();
  } catch {
    config = {}; // a page without a companion and without defaults of its own
  }
  const select = byId('resolver');
  select.replaceChildren(
    ...RESOLVERS.map(([name, url]) => element('option', { value: url }, name)),
    element('option', { value: OWN }, 'another one …'),
  );
  const stored = read();
  const resolver = stored.resolver ?? config.resolver ?? RESOLVERS[0][1];
  const known = RESOLVERS.some(([, url]) => url === resolver);
  select.value = known ? resolver : OWN;
  byId('resolver-url').value = known ? '' : resolver;
  byId('companion').value = stored.companion ?? config.companion ?? '';
  byId('settings-form').addEventListener('input', store);
  byId('settings-form').addEventListener('submit', (event) => event.preventDefault());
  show();
  return config;
}

/** What the engine is told: resolvers in the order they are tried, companion, zoo. */
export function settings() {
  const chosen = resolver();
  const others = RESOLVERS.map(([, url]) => url).filter((url) => url !== chosen);
  const companion = byId('companion').value.trim();
  return {
    resolvers: [chosen, ...others].filter(Boolean),
    companion: companion ? new URL(companion, document.baseURI).href : undefined,
    zoo: config.zoo && { suffix: config.zoo.suffix, resolver: new URL(config.zoo.resolver, document.baseURI).href },
  };
}

function resolver() {
  const value = byId('resolver').value;
  return value === OWN ? byId('resolver-url').value.trim() : value;
}

function read() {
  try {
    return JSON.parse(localStorage.getItem(STORED)) ?? {};
  } catch {
    return {}; // no storage, or something else in it
  }
}

function store() {
  const companion = byId('companion').value.trim();
  const choice = { resolver: resolver() || undefined };
  if (companion !== (config.companion ?? '')) choice.companion = companion;
  try {
    localStorage.setItem(STORED, JSON.stringify(choice));
  } catch {
    // The choice holds until the page is left.
  }
  show();
}

function show() {
  const own = byId('resolver').value === OWN;
  byId('resolver-url-row').hidden = !own;
  const name = RESOLVERS.find(([, url]) => url === resolver())?.[0] ?? (resolver() || 'no resolver');
  const companion = byId('companion').value.trim();
  const shown = companion === '.' ? 'this site' : companion;
  byId('settings-shown').textContent =
    `DNS by ${name}, mail servers by ${shown ? `the companion at ${shown}` : 'nobody (no companion)'}`;
}
