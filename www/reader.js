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
/** What is being read; what comes meanwhile waits for it. */
let reading = Promise.resolve();
/** Counts how often the reader stopped it: what began before then ends. */
let stops = 0;

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
    stops += 1;
    const built = await loading;
    await reading;
    reports.free();
    reports = new built.Reports();
  },
  stop() {
    stops += 1;
  },
  read(sources, most) {
    const before = stops;
    // What was told to stop is over, however it ended.
    const mine = reading.then(() => read(sources, most, before));
    reading = mine.catch(() => {});
    return mine;
  },
  count: () => reports.count,
  views: (filter) => JSON.parse(reports.views(JSON.stringify(filter), seconds())),
  summary: (filter) => JSON.parse(reports.summary(JSON.stringify(filter))),
  csv: (filter) => reports.csv(JSON.stringify(filter)),
  ready: (domain, days, report) => JSON.parse(reports.ready(domain, days, seconds(), report && JSON.stringify(report))),
};

/**
 * Reads `[{ name, file }]`, one after the other, up to so many reports, and says how far it is. Gives which part of it was not read, from 0 to
 * 1, as where the reader stopped it after `before` stops.
 */
async function read(sources, most, before) {
  const total = sources.reduce((sum, { file }) => sum + file.size, 0);
  let done = 0;
  let at = 0;
  let told = performance.now();
  const stopped = () => before !== stops || reports.count >= most;
  /** Says how far it is; whether it is to go on. */
  const goesOn = async (inside) => {
    at = done + inside;
    if (performance.now() - told > EVERY) {
      told = performance.now();
      postMessage({ progress: { done: at, total, count: reports.count } });
      await new Promise((heard) => { setTimeout(heard); }); // what the page asks for comes in between
    }
    return !stopped();
  };
  for (const { name, file } of sources) {
    if (!await goesOn(0)) return 1 - at / (total || 1);
    try {
      await readOne(name, file, goesOn);
    } catch {
      reports.refuse(name, false);
    }
    if (stopped() && at < done + file.size) return 1 - at / (total || 1);
    done += file.size;
  }
  return 0;
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
    let { bytes, tooLong } = await unpacked(next);
    if (!bytes && !tooLong && next.how === 'gzip') ({ bytes, tooLong } = await ungzipped(next.bytes));
    reports.unpacked(bytes, tooLong);
    await goesOn(done);
  }
}

/** The first bytes of what is packed by gzip (RFC 1952 §2.3.1). */
const isMember = (bytes, at) => bytes[at] === 0x1f && bytes[at + 1] === 0x8b && bytes[at + 2] === 8;
/** What may stand behind it: padding, and ends of lines. */
const PADDING = [0, 0x0a, 0x0d, 0x20];
/** Most places where a member may end. */
const MOST_ENDS = 200;

/**
 * The same, of several members, or with something behind them, which gzip itself lets go and a browser does not. Where a member ends cannot be
 * told but by trying.
 */
async function ungzipped(bytes) {
  let last = bytes.length;
  while (PADDING.includes(bytes[last - 1])) last -= 1;
  // The length at the end of a member may have zeros.
  const ends = [last, last + 1, last + 2, last + 3].filter((end) => end <= bytes.length);
  for (let at = bytes.length - 3; at > 0; at -= 1) if (isMember(bytes, at)) ends.push(at);
  ends.sort((one, other) => one - other);
  const parts = [];
  let length = 0;
  let start = 0;
  while (isMember(bytes, start)) {
    let member;
    for (const end of ends.filter((one) => one > start).slice(0, MOST_ENDS)) {
      member = await unpacked({ how: 'gzip', bytes: bytes.subarray(start, end) });
      if (member.tooLong) return member;
      if (member.bytes) {
        start = end;
        break;
      }
    }
    if (!member?.bytes) return {};
    parts.push(member.bytes);
    length += member.bytes.length;
    if (length > MAX_REPORT) return { tooLong: true };
  }
  return parts.length ? { bytes: joined(parts, length) } : {};
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
