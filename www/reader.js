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
/** How much is unpacked at once, in bytes. */
const PIECE = 2 ** 14;
/** How many files are opened and unpacked ahead, and how large they may be: that takes time, and of a processor little. */
const AHEAD = 8;
const SMALL = 2 ** 20;
/** How often the page is told how far it is, in milliseconds. */
const EVERY = 100;

const loading = load();
loading.catch(() => {}); // whoever asks is told
let reports;
/** What is still to be read, as `[{ name, file }]`, and who reads. */
let queue = [];
let reading;
/** Counts how often it was stopped. */
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
    answers.stop();
    const built = await loading;
    reports.free();
    reports = new built.Reports();
  },
  stop() {
    turn += 1;
    queue = [];
    reading = undefined;
  },
  more(sources) {
    queue.push(...sources);
  },
  read: () => (reading ??= read()),
  views: (filter) => JSON.parse(reports.views(JSON.stringify(filter), seconds())),
  /** What of the summary the page shows: a list of all reports would take it long to receive. */
  brief(filter) {
    const { refused, duplicates } = JSON.parse(reports.summary(JSON.stringify(filter)));
    return { refused, duplicates };
  },
  json: (filter) => JSON.stringify(JSON.parse(reports.summary(JSON.stringify(filter))), null, 2),
  csv: (filter) => reports.csv(JSON.stringify(filter)),
  ready: (domain, days, report) => JSON.parse(reports.ready(domain, days, seconds(), report && JSON.stringify(report))),
};

/** Reads what is to be read, one after the other. Says how far it is, and in the end how many reports there are. */
async function read() {
  await loading;
  const mine = turn;
  const sources = queue;
  const opened = [];
  let [before, total, sized] = [0, 0, 0];
  let told = performance.now();
  /** Says how far it is; whether it is to go on. */
  const goesOn = async (inside) => {
    if (performance.now() - told > EVERY) {
      told = performance.now();
      for (; sized < sources.length; sized += 1) total += sources[sized].file.size;
      postMessage({ progress: { done: before + inside, total, count: reports.count } });
      await new Promise((heard) => { setTimeout(heard); }); // what the page asks for comes in between
    }
    return mine === turn;
  };
  for (let index = 0; index < sources.length; index += 1) {
    while (opened.length < Math.min(index + AHEAD, sources.length)) opened.push(open(sources[opened.length].file));
    const made = await opened[index];
    if (!await goesOn(0)) return reports.count;
    const { name, file } = sources[index];
    try {
      await readOne(name, file, goesOn, made);
    } catch {
      reports.refuse(name, false);
    }
    opened[index] = undefined; // it may go
    before += file.size;
  }
  if (mine === turn) answers.stop(); // there is nothing left
  return reports.count;
}

/** Opens a file: its bytes, and of one in gzip what it unpacks to; of a large one nothing yet. */
async function open(file) {
  if (file.size > SMALL) return {};
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    return { bytes, inside: bytes[0] === 0x1f && bytes[1] === 0x8b ? await unpacked({ how: 'gzip', bytes }) : undefined };
  } catch {
    return {}; // which shows when it is read
  }
}

async function readOne(name, file, goesOn, { bytes, inside }) {
  const begins = bytes ? String.fromCharCode(...bytes.subarray(0, 5)) : await file.slice(0, 5).text();
  if (begins !== 'From ') {
    if (file.size > MAX_FILE) return reports.refuse(name, true);
    reports.take(name, bytes ?? new Uint8Array(await file.arrayBuffer()));
    return unpackAll(goesOn, file.size, inside);
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

/** Unpacks whatever is packed in what came last, and in that; of the first it may be known already. */
async function unpackAll(goesOn, done, inside) {
  let known = inside;
  for (let next = reports.packed(); next; next = reports.packed()) {
    const { bytes, tooLong } = known ?? await unpacked(next);
    known = undefined;
    reports.unpacked(bytes, tooLong);
    await goesOn(done);
  }
}

/** Writes bytes into a stream, not much at once: all that they unpack to is made at once. What goes wrong its reader is told. */
async function fill(writer, bytes) {
  try {
    for (let at = 0; at < bytes.length; at += PIECE) await writer.write(bytes.subarray(at, at + PIECE));
    await writer.close();
  } catch {
    // nobody reads any more
  }
}

/** What something unpacks to, unless it cannot be or is too long. */
async function unpacked({ how, bytes }) {
  const stream = new DecompressionStream(how);
  fill(stream.writable.getWriter(), bytes);
  const reader = stream.readable.getReader();
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
