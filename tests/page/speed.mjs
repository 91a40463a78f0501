// How long the page takes to be of use on a slow line and a slow machine: prints it, and fails where it takes longer than it may.
// Run by `cargo xtask speed`; with `told`, as in the tests, it fails by no time, but where anything moves.
import { browse, serve } from './harness.mjs';

/** 1.6 Mbit/s down, 150 ms added round trip, a processor four times as slow: Lighthouse's "slow 4G" phone. */
const LINE = { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 750e3 / 8 };
const CPU = 4;
/** What may be had when, in milliseconds from navigation. */
const LIMITS = { 'the field takes input': 1000, 'the first lookup begins': 2000 };
const ROUNDS = 5;

/** Notes what the browser itself measures. */
function observe() {
  window.seen = { shift: 0, lcp: 0, inp: 0 };
  const on = (type, take, options) => new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true, ...options });
  on('layout-shift', (entry) => { window.seen.shift += entry.hadRecentInput ? 0 : entry.value; });
  on('largest-contentful-paint', (entry) => { window.seen.lcp = entry.startTime; });
  on('event', (entry) => { if (entry.interactionId) window.seen.inp = Math.max(window.seen.inp, entry.duration); }, { durationThreshold: 16 });
  // The field has the focus as soon as it is there.
  const look = () => {
    if (document.activeElement?.id === 'domain') window.seen.input = performance.now();
    else requestAnimationFrame(look);
  };
  look();
}

/** One visit from nothing: a domain is typed and entered as soon as the page lets one. */
async function visit(browser, url, domain) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', LINE);
  await session.send('Emulation.setCPUThrottlingRate', { rate: CPU });
  let bytes = 0;
  let lookup;
  let upTo;
  session.on('Network.dataReceived', ({ encodedDataLength }) => { bytes += encodedDataLength; });
  page.on('request', (request) => {
    if (!lookup && /[?&]dns=/.test(request.url())) {
      lookup = request;
      upTo = bytes;
    }
  });
  await page.addInitScript(observe);
  const gone = page.goto(url, { waitUntil: 'commit' });
  // Nobody types into what is not to be seen, and what is typed before the field has the focus goes nowhere.
  await page.waitForFunction(() => document.activeElement?.id === 'domain' && performance.getEntriesByName('first-contentful-paint').length);
  await page.keyboard.type(domain);
  await page.keyboard.press('Enter');
  await gone;
  await page.waitForFunction(() => document.documentElement.dataset.state === 'done', null, { timeout: 60_000 });
  const seen = await page.evaluate(() => {
    const first = performance.getEntriesByType('resource').filter(({ name }) => /[?&]dns=/.test(name));
    return { ...window.seen, lookup: Math.min(...first.map(({ startTime }) => startTime)), done: performance.now() };
  });
  await context.close();
  return { ...seen, bytes: upTo };
}

const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

const server = await serve('--zoo');
const browser = await browse();
const visits = [];
for (let round = 0; round < ROUNDS; round += 1) visits.push(await visit(browser, server.url, 'no-record.zoo.test'));
await browser.close();
server.stop();

const of = (name) => median(visits.map((one) => one[name]));
const times = { 'the field takes input': of('input'), 'the first lookup begins': of('lookup') };
let late = false;
for (const [what, time] of Object.entries(times)) {
  const ok = time < LIMITS[what];
  late ||= !ok;
  console.log(`${what.padEnd(28)} ${time.toFixed(0).padStart(6)} ms  ${ok ? '' : `more than ${LIMITS[what]} ms`}`);
}
console.log(`${'the check is over'.padEnd(28)} ${of('done').toFixed(0).padStart(6)} ms`);
console.log(`${'largest contentful paint'.padEnd(28)} ${of('lcp').toFixed(0).padStart(6)} ms`);
console.log(`${'interaction to next paint'.padEnd(28)} ${of('inp').toFixed(0).padStart(6)} ms`);
console.log(`${'cumulative layout shift'.padEnd(28)} ${of('shift').toFixed(3).padStart(6)}`);
console.log(`${'loaded before the lookup'.padEnd(28)} ${of('bytes').toString().padStart(6)} bytes`);
const moved = of('shift') > 0;
if (moved) console.log('something moved while the page was loading');
process.exitCode = moved || (late && process.argv[2] !== 'told') ? 1 : 0;
