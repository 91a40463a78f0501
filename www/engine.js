// The only file that knows how the engine was packed: for the first findings, for mending, and with everything.
const ready = {};

/** What was loaded under a name, or is being loaded; what failed is tried again the next time. */
function once(name, load) {
  ready[name] ??= load().catch((error) => {
    ready[name] = undefined;
    throw error;
  });
  return ready[name];
}

/** A build of the engine, started. */
async function started(folder) {
  const engine = await import(new URL(`${folder}/mta_sts.js`, document.baseURI));
  await engine.default();
  return engine;
}

/** What a text can be, as the smallest builds number it. */
const KINDS = [undefined, 'policy', 'record', 'tlsrpt'];

const decoded = (bytes) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);

/**
 * What finds in a text: the smaller of two builds that has its kind, with the same findings as the larger ones, but
 * for edits. `reads` says whether it has the kind of another text as well.
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
    const [built, said] = await Promise.all([started(policy ? 'pkg-policy' : 'pkg-record'), once('prose', () => fetched('prose.json'))]);
    const kindOf = (bytes, kind) => kind ?? KINDS[built.kindOf(bytes)];
    return {
      reads: (bytes, kind) => (kindOf(bytes, kind) === 'policy') === policy,
      lint(bytes, kind, { aLabels }) {
        const labels = Object.entries(aLabels).map((pair) => pair.join(' ')).join('\n');
        const report = JSON.parse(decoded(policy ? built.lintPolicy(bytes, new TextEncoder().encode(labels))
          : built.lintRecord(bytes, kindOf(bytes, kind) === 'tlsrpt')));
        for (const finding of report.findings) {
          const [title, section, fix] = said[finding.code];
          Object.assign(finding, { title, section, fix: finding.fix ?? fix });
        }
        return report;
      },
      namesIn: (bytes) => (policy ? decoded(built.namesIn(bytes)).split('\n').filter(Boolean) : []),
    };
  });
}

async function fetched(name) {
  const response = await fetch(name);
  if (!response.ok) throw new Error(`${name}: status ${response.status}`);
  return response.json();
}

/** What finds and mends, and knows how named senders read a text. */
export function mendEngine() {
  return once('mend', () => started('pkg-mend'));
}

/** What checks a domain, and lints. */
export function checkEngine() {
  return once('check', () => started('pkg'));
}

/** What makes what a domain publishes, and plans changes. */
export function setupEngine() {
  return once('setup', () => started('pkg-setup'));
}
