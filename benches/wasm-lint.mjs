// How fast the builds of the engine that lint are in wasm, the one that finds and the one that mends, beside mailauth's parsePolicy in the same Node run.
// Prints medians; it is no test.
//
//   cargo xtask page && npm install --prefix target/bench mailauth@7.1.0 && node benches/wasm-lint.mjs
//
// mailauth reads a policy and says nothing of its faults; it is here as the measure of what a parser in
// JavaScript costs.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = new URL('..', import.meta.url);
async function started(folder) {
  const engine = await import(new URL(`www/${folder}/mta_sts.js`, root));
  engine.initSync({ module: readFileSync(new URL(`www/${folder}/mta_sts_bg.wasm`, root)) });
  return engine;
}
const finds = await started('pkg-policy');
const mends = await started('pkg-mend');

const beside = new URL('target/bench/node_modules/mailauth/lib/mta-sts.js', root);
const parsePolicy = existsSync(beside) ? createRequire(import.meta.url)(fileURLToPath(beside)).parsePolicy : undefined;

const SIZE = 65_536;
/** A text of 64 KiB: `part` again and again, cut. */
const filled = (part, head = '') => (head + part.repeat(Math.ceil(SIZE / part.length))).slice(0, SIZE);
const HEAD = 'version: STSv1\nmode: enforce\nmax_age: 604800\n';
let host = 0;
const listed = () => {
  let text = HEAD;
  while (text.length < SIZE - 40) text += `mx: mx${host += 1}.example.com\n`;
  return text;
};

const TEXTS = {
  'six lines': 'version: STSv1\nmode: enforce\nmx: mx1.example.com\nmx: mx2.example.com\nmx: *.example.net\nmax_age: 604800\n',
  'six lines, four faults': 'Version: STSv1\nmode: enforced\nmx: mx1.example.com.\nmx: mx2.example.com\nmx *.example.net\nmax_age: 1w\n',
  '64 KiB: other mx lines': listed(),
  '64 KiB: one mx line again': filled('mx: mx.example.com\n', HEAD),
  '64 KiB: mx lines with a fault': filled('mx: mx_1.example.com.\n', HEAD),
  '64 KiB: extension lines': filled('x-note: something to read\n', `${HEAD}mx: mx.example.com\n`),
  '64 KiB: colons': filled(':'),
  '64 KiB: lines of a colon': filled(':\n'),
  '64 KiB: lines of a short name': filled('ab:\n'),
  '64 KiB: spaces': filled(' '),
  '64 KiB: line feeds': filled('\n'),
  '64 KiB: carriage returns': filled('\r'),
  '64 KiB: one line': filled('a'),
  '64 KiB: NUL': filled('\0'),
  '64 KiB: U+FFFD': Buffer.alloc(SIZE, 0xff),
};

/** The median time of a call, in milliseconds, and the longest. */
function measure(call) {
  const [times, until] = [[], performance.now() + 1000];
  for (let run = 0; run < 5; run += 1) call(); // what is compiled when it is first used
  while (times.length < 5 || performance.now() < until && times.length < 2000) {
    const begun = performance.now();
    call();
    times.push(performance.now() - begun);
  }
  times.sort((a, b) => a - b);
  return [times[times.length >> 1], times.at(-1)];
}

const shown = (time) => (time === undefined ? '' : time.toFixed(3)).padStart(10);
console.log(`Node ${process.version}; milliseconds${parsePolicy ? '' : '; mailauth is not installed, see the head of this file'}`);
console.log(`${'text'.padEnd(32)}${['find', 'longest', 'lint', 'fixAll', 'parsePolicy'].map((name) => name.padStart(12)).join('')}`);
for (const [name, text] of Object.entries(TEXTS)) {
  const bytes = Buffer.isBuffer(text) ? new Uint8Array(text) : new TextEncoder().encode(text);
  const string = new TextDecoder().decode(bytes);
  const [find, longest] = measure(() => JSON.parse(new TextDecoder().decode(finds.lintPolicy(bytes, new Uint8Array()))));
  const [lint] = measure(() => mends.lint(bytes, 'policy'));
  const [fix] = measure(() => mends.fixAll(bytes, 'policy'));
  const other = parsePolicy && measure(() => {
    try {
      parsePolicy(string);
    } catch {
      // It throws at some of these; the time counts all the same.
    }
  })[0];
  console.log(`${name.padEnd(32)}${[find, longest, lint, fix, other].map((time) => `  ${shown(time)}`).join('')}`);
}
