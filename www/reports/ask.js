// The worker that reads TLS reports, as a thing to ask.
import { trusted } from '../trusted.js';

const READER = 'pkg-page/reader.js';

let worker;
/** Who waits for an answer, by number. */
const waiting = new Map();
let count = 0;
/** Called with `{ done, total, count }`: bytes that were read, all of them, and reports. */
let onProgress = () => {};

function start() {
  worker = new Worker(trusted(READER), { type: 'module' });
  worker.addEventListener('message', ({ data }) => {
    if (data.progress) {
      onProgress(data.progress);
      return;
    }
    const { answered, failed } = waiting.get(data.id);
    waiting.delete(data.id);
    if ('error' in data) failed(new Error(data.error));
    else answered(data.answer);
  });
  worker.addEventListener('error', ({ message }) => {
    for (const { failed } of waiting.values()) failed(new Error(message || READER));
    waiting.clear();
    worker = undefined; // the next question starts another
  });
}

/** Asks the worker for something; it starts with the first question. */
export function ask(what, ...args) {
  if (!worker) start();
  count += 1;
  const id = count;
  return new Promise((answered, failed) => {
    waiting.set(id, { answered, failed });
    worker.postMessage({ id, ask: what, args });
  });
}

/** The same, for what takes its time. */
export function askWithProgress(progress, what, ...args) {
  onProgress = progress;
  return ask(what, ...args);
}
