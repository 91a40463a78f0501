// The only file that knows how the engine was packed: for the first findings, for mending, and with everything.
import { inLanguage, language, t } from './t.js';

/** What the engine says in each language but English: loaded when an engine first speaks it. */
const CATALOGUES = {
  de: () => import('./text/engine.de.js'),
  fr: () => import('./text/engine.fr.js'),
};
/** The builds that take bytes and give bytes, and where it stands what their rules say in general, which they leave out. */
const SMALL = { 'pkg-look': 'prose-record.json', 'pkg-policy': 'prose-policy.json', 'pkg-record': 'prose-record.json' };

const ready = {};
/** The builds that were started, each with the language it speaks. */
const builds = new Map();
/** What the rules of those builds say in general. */
let said;

/** What was loaded under a name, or is being loaded; what failed is tried again the next time. */
function once(name, load) {
  ready[name] ??= load().catch((error) => {
    ready[name] = undefined;
    throw error;
  });
  return ready[name];
}

/** A load of what is of use with a network alone, so that offline.js does not keep it. */
const withNetwork = (load) => BROUGHT ? load : () => load().catch((error) => {
  throw navigator.onLine ? error : new Error(t`there is no network, so nobody can be asked; a draft can be looked at all the same`);
});

/** Resolves when what is being loaded is there, or failed. */
export const settled = () => Promise.allSettled(Object.values(ready));

/**
 * Where the builds of the engine come from, and what their rules say in general: from files beside the page, or brought along, as with a
 * widget. BROUGHT says which, put in when the scripts are bundled.
 */
let source = BROUGHT ? undefined : { build: loaded, prose: (file) => once(file, () => fetched(file)) };

/** `build(folder)` gives a build, started, and `prose(file, folder)` what stands in a file of what rules say, as far as that build needs it. */
export function bring(brought) {
  source = brought;
}

async function loaded(folder) {
  const engine = await import(new URL(`${folder}/mta_sts.js`, document.baseURI));
  await engine.default();
  return engine;
}

/** A build of the engine, started, which speaks the page's language. */
async function started(folder) {
  const engine = await source.build(folder);
  const say = (catalogue) => engine.speak(folder in SMALL ? encoded(catalogue) : catalogue);
  builds.set(say, 'en');
  await respeak();
  return engine;
}

/**
 * Lets every build speak the page's language; what cannot be loaded is said in English. What is to be said in it whatever is spoken
 * meanwhile, as by another widget on the page, `work` says.
 */
export async function respeak(work) {
  const name = language();
  const all = [...builds.keys()];
  const catalogue = name !== 'en' && all.length ? CATALOGUES[name]().then((module) => module.default, () => '') : '';
  const [words, learnt] = await Promise.all([catalogue, said && general().catch(() => {})]);
  if (!work && name !== language()) return undefined;
  if (learnt) said = { ...said, ...learnt };
  for (const say of all) {
    if (builds.get(say) === name) continue;
    say(words);
    builds.set(say, name);
  }
  return work?.();
}

/** Those that were asked for. */
const silent = new Set();

/** What the rules say in general, in the page's language. */
async function general() {
  return Object.assign({}, ...await Promise.all([...silent].map((folder) => source.prose(inLanguage(SMALL[folder]), folder))));
}

/** A build that leaves that out, and what it leaves out. */
async function startedSilent(folder) {
  silent.add(folder);
  const [engine, learnt] = await Promise.all([started(folder), general()]);
  said = { ...said, ...learnt };
  return engine;
}

/** What a text can be, as the smallest builds number it. */
const KINDS = [undefined, 'policy', 'record', 'tlsrpt'];

const decoded = (bytes) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
const encoded = (text) => new TextEncoder().encode(text);
const parsed = (bytes) => JSON.parse(decoded(bytes));

/**
 * What finds the errors of a text: the smaller of two builds that has its kind. The larger ones find the same, with edits, and what
 * is no error. `reads` says whether it has the kind of another text as well.
 */
export async function lintEngine(bytes, kind) {
  // What a text is the engine says; that a record is one line, or names its version, mostly spares loading both builds.
  const text = decoded(bytes).trim();
  const policy = kind ? kind === 'policy' : !bytes.length || text.includes('\n') && !/v=(sts|tlsrpt)v1/i.test(text);
  const likely = await finder(policy);
  return likely.reads(bytes, kind) ? likely : finder(!policy);
}

/** The build that reads policies, or the one that reads records. They take and give bytes; what the rules say in
 * general is a file of its own. */
function finder(policy) {
  return once(`lint ${policy}`, async () => {
    const built = await startedSilent(policy ? 'pkg-policy' : 'pkg-record');
    const kindOf = (bytes, kind) => kind ?? KINDS[built.kindOf(bytes)];
    return {
      reads: (bytes, kind) => (kindOf(bytes, kind) === 'policy') === policy,
      lint(bytes, kind, { aLabels }) {
        const labels = Object.entries(aLabels).map((pair) => pair.join(' ')).join('\n');
        return whole(parsed(policy ? built.lintPolicy(bytes, encoded(labels))
          : built.lintRecord(bytes, kindOf(bytes, kind) === 'tlsrpt')));
      },
      namesIn: (bytes) => (policy ? decoded(built.namesIn(bytes)).split('\n').filter(Boolean) : []),
    };
  });
}

/** A report of a build that leaves out what the rules say in general, with that put in. */
function whole(report) {
  for (const finding of report.findings) {
    const [title, section, fix] = said[finding.code];
    Object.assign(finding, { title, section, fix: finding.fix ?? fix });
  }
  return report;
}

/**
 * What looks at a domain first, by lookups of its own names alone. `readDomain` gives the `{ domain, notice, command }` in what
 * was typed, or throws what to type instead; `look` calls `onReport` with what it sees, a part of a report.
 */
export function lookEngine() {
  return once('look', withNetwork(async () => {
    const built = await startedSilent('pkg-look');
    return {
      readDomain(typed) {
        let read = parsed(built.readDomain(encoded(typed)));
        if (read.unicode) read = parsed(built.readDomain(encoded(typed), encoded(aLabel(read.unicode))));
        if (read.error) throw new Error(read.error);
        return read;
      },
      async look(domain, ask, onReport) {
        const look = built.Look.begin(encoded(domain), Math.floor(Date.now() / 1000));
        const advance = () => Promise.all(parsed(look.questions()).map(async ({ index, name }) => {
          const { message, timeout } = await ask(look.query(index), name);
          look.feed(index, message, Boolean(timeout));
          onReport(whole(parsed(look.report())));
          await advance();
        }));
        try {
          await advance();
        } finally {
          look.free();
        }
      },
    };
  }));
}

/** The A-labels of a name, which a browser makes for URLs; nothing where it cannot. */
function aLabel(name) {
  try {
    return new URL(`https://${name}`).hostname;
  } catch {
    return '';
  }
}

async function fetched(name) {
  const response = await fetch(name);
  if (!response.ok) throw new Error(t`${name}: status ${response.status}`);
  return response.json();
}

/** What finds and mends, and knows how named senders read a text. */
export function mendEngine() {
  return once('mend', () => started('pkg-mend'));
}

/**
 * What checks a domain, and lints. `check` takes who is asked (see `settings`), a signal that ends it, what is called with a
 * report after every outcome, and the resolvers where they were asked before.
 */
export function checkEngine() {
  return once('check', withNetwork(async () => {
    const built = await started('pkg');
    const check = async (domain, settings, signal, onReport, resolvers) => {
      const { ask } = resolvers ?? new (await import('./doh.js')).Resolvers(settings, signal);
      return built.check(domain, settings, ask, signal, onReport);
    };
    return { ...built, check };
  }));
}

/** What makes what a domain publishes, and plans changes. */
export function setupEngine() {
  return once('setup', withNetwork(() => started('pkg-setup')));
}
