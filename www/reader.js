// Reads TLS reports beside the page, as a worker: the page stays free meanwhile. It imports nothing of the page, whose scripts stay as
// they are.

/** What the engine says in each language but English: what it says of checks, and what it says of reports. */
const CATALOGUES = {
  de: () => Promise.all([import('./text/engine.de.js'), import('./text/tlsrpt.de.js')]),
  fr: () => Promise.all([import('./text/engine.fr.js'), import('./text/tlsrpt.fr.js')]),
};
/** The largest report that is unpacked, in bytes, as the engine has it. */
const MAX_REPORT = 16 * 2 ** 20;
/** The largest file that is read as a whole, in bytes; an mbox is read mail by mail, however large it is. */
const MAX_FILE = 256 * 2 ** 20;
/** How often the page is told how far it is, in milliseconds. */
const EVERY = 100;

const loading = load();
let reports;
/** Counts what is being read: what is behind the last one stops. */
let turn = 0;

async function load() {
  const built = await import(new URL('../pkg-reports/mta_sts.js', import.meta.url));
  await built.default();
  reports = new built.Reports();
  return built;
}

const seconds = () => Math.floor(Date.now() / 1000);

/** What the page can ask for. */
const answers = {
  async speak(language) {
    const parts = await CATALOGUES[language]?.().catch(() => []) ?? [];
    // Sorted, as each of them is: that is how the engine finds a form.
    const lines = parts.flatMap((part) => part.default.split('\n').filter(Boolean)).sort();
    (await loading).speak(lines.map((line) => `${line}\n`).join(''));
  },
  async clear() {
    turn += 1;
    const built = await loading;
    reports.free();
    reports = new built.Reports();
  },
  stop() {
    turn += 1;
  },
  read,
  views: (filter) => JSON.parse(reports.views(JSON.stringify(filter), seconds())),
  summary: (filter) => JSON.parse(reports.summary(JSON.stringify(filter))),
  csv: (filter) => reports.csv(JSON.stringify(filter)),
  ready: (domain, days, report) => JSON.parse(reports.ready(domain, days, seconds(), report && JSON.stringify(report))),
};

/** Reads `[{ name, file }]`, one after the other. Says how far it is, and in the end how many reports there are. */
async function read(sources) {
  await loading;
  turn += 1;
  const mine = turn;
  const total = sources.reduce((sum, { file }) => sum + file.size, 0);
  let before = 0;
  let told = performance.now();
  /** Says how far it is; whether it is to go on. */
  const goesOn = async (inside) => {
    if (performance.now() - told > EVERY) {
      told = performance.now();
      postMessage({ progress: { done: before + inside, total, count: reports.count } });
      await new Promise((heard) => { setTimeout(heard); }); // what the page asks for comes in between
    }
    return mine === turn;
  };
  for (const { name, file } of sources) {
    if (!await goesOn(0)) break;
    try {
      await readOne(name, file, goesOn);
    } catch {
      reports.refuse(name, false);
    }
    before += file.size;
  }
  return reports.count;
}

async function readOne(name, file, goesOn) {
  if (await file.slice(0, 5).text() !== 'From ') {
    if (file.size > MAX_FILE) return reports.refuse(name, true);
    reports.take(name, new Uint8Array(await file.arrayBuffer()));
    return unpackAll(goesOn, file.size);
  }
  reports.beginMbox(name);
  const reader = file.stream().getReader();
  for (let done = 0; ;) {
    const piece = await reader.read();
    reports.piece(piece.value);
    await unpackAll(goesOn, done);
    if (piece.done) return undefined;
    done += piece.value.length;
    if (!await goesOn(done)) return reader.cancel();
  }
}

/** Unpacks whatever is packed in what came last, and in that. */
async function unpackAll(goesOn, done) {
  for (let next = reports.packed(); next; next = reports.packed()) {
    const { bytes, tooLong } = await unpacked(next);
    reports.unpacked(bytes, tooLong);
    await goesOn(done);
  }
}

/** What something unpacks to, unless it cannot be or is too long. */
async function unpacked({ how, bytes }) {
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream(how)).getReader();
  const parts = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return { bytes: joined(parts, length) };
      length += value.length;
      if (length > MAX_REPORT) {
        reader.cancel();
        return { tooLong: true };
      }
      parts.push(value);
    }
  } catch {
    return {};
  }
}

function joined(parts, length) {
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

addEventListener('message', async ({ data: { id, ask, args } }) => {
  try {
    await loading;
    postMessage({ id, answer: await answers[ask](...args) });
  } catch (error) {
    postMessage({ id, error: String(error?.message ?? error) });
  }
});
