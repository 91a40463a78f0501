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
/** What is to be read, as `[{ name, file }]`, and the reading of it; what comes meanwhile is read behind it. */
let queue = [];
let reading;
/** Counts how often the reader stopped it. */
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
    answers.stop();
    const built = await loading;
    await reading?.catch(() => {});
    reports.free();
    reports = new built.Reports();
  },
  stop() {
    stops += 1;
  },
  more(sources) {
    queue.push(...sources);
  },
  /** Reads what came; gives which part of it was not read, from 0 to 1, where it was stopped or has `most` reports. */
  read(most) {
    reading ??= read(most).finally(() => {
      queue = [];
      reading = undefined;
    });
    return reading;
  },
  count: () => reports.count,
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

/** Reads the queue, one after the other, and says how far it is. */
async function read(most) {
  await loading;
  const before = stops;
  const sources = queue;
  const opened = [];
  let [total, sized, done, at] = [0, 0, 0, 0];
  let told = performance.now();
  const size = () => { for (; sized < sources.length; sized += 1) total += sources[sized].file.size; };
  const isStopped = () => before !== stops || reports.count >= most;
  const unread = () => {
    size();
    return 1 - at / (total || 1);
  };
  /** Says how far it is; whether it is to go on. */
  const goesOn = async (inside) => {
    at = done + inside;
    if (performance.now() - told > EVERY) {
      told = performance.now();
      size();
      postMessage({ progress: { done: at, total, count: reports.count } });
      await new Promise((heard) => { setTimeout(heard); }); // what the page asks for comes in between
    }
    return !isStopped();
  };
  for (let index = 0; index < sources.length; index += 1) {
    while (opened.length < Math.min(index + AHEAD, sources.length)) opened.push(open(sources[opened.length].file));
    const made = await opened[index];
    opened[index] = undefined; // it may go
    if (!await goesOn(0)) return unread();
    const { name, file } = sources[index];
    let isWhole = true;
    try {
      isWhole = await readOne(name, file, goesOn, made);
    } catch {
      reports.refuse(name, false);
    }
    if (!isWhole) return unread();
    done += file.size;
  }
  return 0;
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

/** Reads a file; says whether that is all of it. */
async function readOne(name, file, goesOn, { bytes, inside }) {
  const begins = bytes ? String.fromCharCode(...bytes.subarray(0, 5)) : await file.slice(0, 5).text();
  if (begins !== 'From ') {
    if (file.size > MAX_FILE) reports.refuse(name, true);
    else reports.take(name, bytes ?? new Uint8Array(await file.arrayBuffer()));
    await unpackAll(goesOn, file.size, inside);
    return true;
  }
  reports.beginMbox(name);
  const reader = file.stream().getReader();
  for (let done = 0; ;) {
    const piece = await reader.read();
    reports.piece(piece.value);
    await unpackAll(goesOn, done);
    if (piece.done) return true;
    done += piece.value.length;
    if (!await goesOn(done)) {
      reader.cancel();
      return false;
    }
  }
}

/** Unpacks whatever is packed in what came last, and in that; of the first it may be known already. */
async function unpackAll(goesOn, done, inside) {
  let known = inside;
  for (let next = reports.packed(); next; next = reports.packed()) {
    let { bytes, tooLong } = known ?? await unpacked(next);
    known = undefined;
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
