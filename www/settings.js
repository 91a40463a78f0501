// Whom the page asks. The site's defaults come from config.json beside the page, the reader's own
// choice from this browser's storage; a link changes neither.
import { RESOLVERS } from './doh.js';
import { capital, element } from './dom.js';
import { t } from './t.js';

const OWN = 'own';
const STORED = 'mta-sts-settings';
/** How long config.json may take, in milliseconds. */
const WAIT = 5000;

const byId = (id) => document.getElementById(id);
let config = {};

let loaded;

/** Reads config.json and the stored choice, and fills the form; once. */
export function loadSettings() {
  loaded ??= load();
  return loaded;
}

async function load() {
  try {
    const response = await fetch('config.json', { cache: 'no-store', signal: AbortSignal.timeout(WAIT) });
    if (response.ok) config = usable(await response.json());
  } catch {
    // a page without a companion and without defaults of its own
  }
  const select = byId('resolver');
  select.replaceChildren(
    ...RESOLVERS.map(([name, url]) => element('option', { value: url }, name)),
    element('option', { value: OWN }, t`another one …`),
  );
  const stored = read();
  const resolver = stored.resolver ?? config.resolver ?? RESOLVERS[0][1];
  const known = RESOLVERS.some(([, url]) => url === resolver);
  select.value = known ? resolver : OWN;
  byId('resolver-url').value = known ? '' : resolver;
  byId('fallback').checked = stored.fallback ?? true;
  byId('companion').value = stored.companion ?? defaultCompanion();
  byId('settings-form').addEventListener('input', store);
  byId('settings-form').addEventListener('submit', (event) => event.preventDefault());
  show();
  return config;
}

/** Of what the site says, what can be used. */
function usable(said) {
  const { companion, resolver, zoo } = said ?? {};
  const url = (text) => (typeof text === 'string' && URL.canParse(text, document.baseURI) ? text : undefined);
  const text = (value) => typeof value === 'string';
  const whole = text(zoo?.suffix) && url(zoo.resolver) && Array.isArray(zoo.domains)
    && zoo.domains.every((one) => text(one?.domain) && text(one.sentence));
  return { companion: url(companion), resolver: url(resolver), zoo: whole ? zoo : undefined };
}

/** Shows them anew, in another language. */
export function redrawSettings() {
  const other = byId('resolver').querySelector(`[value=${OWN}]`);
  if (!other) return; // not loaded yet
  other.textContent = t`another one …`;
  show();
}

/** What the engine is told: resolvers in the order they are tried, companion, zoo, and DKIM selectors, which are not stored. */
export function settings() {
  const chosen = resolverUrl();
  const others = byId('fallback').checked ? RESOLVERS.map(([, url]) => url).filter((url) => url !== chosen) : [];
  return {
    resolvers: [chosen, ...others].filter(Boolean),
    companion: companionUrl(),
    selectors: byId('selectors').value,
    zoo: config.zoo && { suffix: config.zoo.suffix, resolver: new URL(config.zoo.resolver, document.baseURI).href },
  };
}

/** The companion that the site names, as a whole URL. */
function defaultCompanion() {
  return config.companion ? new URL(config.companion, document.baseURI).href : '';
}

function resolver() {
  const value = byId('resolver').value;
  return value === OWN ? byId('resolver-url').value.trim() : value;
}

function companion() {
  return byId('companion').value.trim();
}

/** The resolver's URL; throws what to type where it is none. */
function resolverUrl() {
  return checked(resolver(), t`type the whole URL of the resolver, such as https://resolver.example/dns-query`);
}

/** The companion's URL, nothing without one; throws what to type where it is none. */
function companionUrl() {
  return checked(companion(), t`type the address of the companion, such as https://probe.example or localhost:8080`);
}

function checked(text, whatToType) {
  const url = text ? urlOf(text) : undefined;
  if (text && !url) throw new Error(whatToType);
  return url;
}

/** What was typed as a URL: relative to this page where it begins with a dot or a slash, and with a scheme put in front where it has none. */
function urlOf(text) {
  if (/\s/.test(text)) return undefined; // Chromium would take it
  const host = !/^[./]/.test(text) && !/^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  const scheme = /^(localhost|127\.|\[::1\])/i.test(text) ? 'http://' : 'https://';
  try {
    const url = new URL(host ? scheme + text : text, document.baseURI);
    return isAllowed(url) ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the page's own policy lets it ask there: over HTTPS, on this machine, or where the page itself comes from. */
function isAllowed({ protocol, hostname, origin }) {
  return protocol === 'https:' || origin === location.origin || protocol === 'http:' && /^(localhost|127\.0\.0\.1)$/.test(hostname);
}

/** What is wrong with a setting, as a sentence; nothing where it is fine. */
function problemOf(read) {
  try {
    read();
    return '';
  } catch (error) {
    return capital(`${error.message}.`);
  }
}

function read() {
  try {
    return JSON.parse(localStorage.getItem(STORED)) ?? {};
  } catch {
    return {}; // no storage, or something else in it
  }
}

function store() {
  const choice = { resolver: resolver() || undefined, fallback: byId('fallback').checked };
  if (companion() !== defaultCompanion()) choice.companion = companion();
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
  const name = RESOLVERS.find(([, url]) => url === resolver())?.[0] ?? (resolver() || t`no resolver`);
  let wrong = false;
  for (const [id, url] of [['resolver-url', resolverUrl], ['companion', companionUrl]]) {
    const problem = problemOf(url);
    byId(`${id}-message`).textContent = problem;
    byId(id).setAttribute('aria-invalid', String(Boolean(problem)));
    wrong ||= Boolean(problem);
  }
  const shown = companion() === new URL('.', document.baseURI).href ? t`this site` : companion();
  const dns = byId('fallback').checked ? t`DNS by ${name} or another` : t`DNS by ${name} alone`;
  byId('settings-shown').textContent = wrong ? t`not set right`
    : shown ? t`${dns}, mail servers by the companion at ${shown}` : t`${dns}, mail servers by nobody (no companion)`;
}
