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

/** What a text can be, as the smallest build numbers it: 0 is by its looks. */
const KINDS = [undefined, 'policy', 'record', 'tlsrpt'];

/**
 * What finds: the smallest build, with the same findings as the others, but for edits. It takes and gives bytes;
 * what its rules say in general is a file of its own.
 */
export function lintEngine() {
  return once('lint', async () => {
    const [{ lint, namesIn }, said] = await Promise.all([started('pkg-lint'), fetched('prose.json')]);
    const number = (kind) => Math.max(KINDS.indexOf(kind), 0);
    const decoded = (bytes) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
    return {
      lint(bytes, kind, { aLabels }) {
        const labels = Object.entries(aLabels).map((pair) => pair.join(' ')).join('\n');
        const report = JSON.parse(decoded(lint(bytes, number(kind), new TextEncoder().encode(labels))));
        for (const finding of report.findings) {
          const [title, section, fix] = said[finding.code];
          Object.assign(finding, { title, section, fix: finding.fix ?? fix });
        }
        return report;
      },
      namesIn: (bytes, kind) => decoded(namesIn(bytes, number(kind))).split('\n').filter(Boolean),
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
