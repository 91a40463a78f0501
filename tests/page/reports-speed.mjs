// How long the page takes to read 2,000 TLS reports, and how long it is blocked meanwhile: prints it, and fails where it takes longer
// than it may. Run by `cargo xtask reports page`, which makes `reports.mbox` and the folder `packed` in the folder that is given.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { browse, open, staticSite } from './harness.mjs';

/** How long it may take until the result shows, and how long anything may block the page, in milliseconds. */
const LIMITS = { shown: 3000, task: 50 };
const ROUNDS = 5;

/** Notes when files are chosen, when the result shows, and what the browser itself measures meanwhile. */
function observe() {
  window.seen = { tasks: [], events: [] };
  const on = (type, take, options) => new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, ...options });
  on('longtask', ({ startTime, duration }) => window.seen.tasks.push([startTime, duration]));
  on('event', ({ name, startTime, duration }) => window.seen.events.push([startTime, duration, name]), { durationThreshold: 16 });
  addEventListener('change', ({ target }) => {
    if (target.type !== 'file') return;
    window.seen.chosen = performance.now();
    const look = () => {
      window.seen.progress ||= Boolean(document.querySelector('#reports-progress:not([hidden]) progress'));
      if (document.querySelector('#reports-result .verdict')) window.seen.shown = performance.now();
      else requestAnimationFrame(look);
    };
    look();
  }, { capture: true });
  // The task of the choice is also the browser's, which makes the list of files, and a test's, which chooses: ours is this.
  addEventListener('change', ({ target }) => {
    if (target.type === 'file') window.seen.tasks.push([window.seen.chosen, performance.now() - window.seen.chosen]);
  });
}

/** Opens files on a new page, and types and clicks until they are read. */
async function visit(browser, url, files) {
  const page = await open(browser, `${url}/#reports`, (made) => made.addInitScript(observe));
  await page.waitForSelector('#reports-files', { state: 'attached' });
  await page.click('#reports-drop summary');
  await page.focus('#reports-text');
  // The worker has loaded the engine, as it has for whoever looks for a file first.
  await page.waitForTimeout(1000);
  await page.setInputFiles('#reports-files', files);
  let typed = 0;
  for (; !await page.evaluate(() => window.seen.shown); typed += 1) {
    await page.keyboard.press('x');
    await page.click('#reports-title');
    await page.focus('#reports-text');
  }
  await page.waitForTimeout(500); // what comes right behind the result counts, too
  const seen = await page.evaluate(() => ({
    ...window.seen,
    said: document.querySelector('#reports-result .verdict p:last-child').textContent,
    text: document.getElementById('reports-text').value.length,
  }));
  await page.close();
  const behind = (all) => Math.max(0, ...all.filter(([start]) => start >= seen.chosen - 1).map(([, duration]) => duration));
  if (page.errors.length || seen.text !== typed) throw new Error(`${page.errors} ${seen.text} of ${typed} letters`);
  return { shown: seen.shown - seen.chosen, task: behind(seen.tasks), event: behind(seen.events), progress: seen.progress, said: seen.said, typed };
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const [folder] = process.argv.slice(2);
const mbox = join(folder, 'reports.mbox');
const packed = readdirSync(join(folder, 'packed')).map((name) => join(folder, 'packed', name));
const size = (files) => files.reduce((sum, file) => sum + statSync(file).size, 0) / 1e6;

const site = await staticSite();
const browser = await browse();
let late = false;
for (const [what, files] of [[`an mbox of ${size([mbox]).toFixed(0)} MB`, [mbox]], [`${packed.length} files .json.gz of ${size(packed).toFixed(1)} MB`, packed]]) {
  const visits = [];
  for (let round = 0; round < ROUNDS; round += 1) visits.push(await visit(browser, site.url, files));
  const all = (name) => visits.map((one) => one[name]);
  console.log(`${what}: ${visits[0].said}`);
  for (const [title, name] of [['the result shows after', 'shown'], ['longest task of the page', 'task'], ['slowest key or click', 'event']]) {
    const ok = !(median(all(name)) > LIMITS[name]);
    late ||= !ok;
    console.log(`  ${title.padEnd(26)} ${median(all(name)).toFixed(0).padStart(6)} ms  (${all(name).map((one) => one.toFixed(0)).join(', ')})${ok ? '' : `  more than ${LIMITS[name]} ms`}`);
  }
  console.log(`  keys and clicks meanwhile  ${median(all('typed'))}, progress ${all('progress').every(Boolean) ? 'shown' : 'not shown in every round'}`);
}
await browser.close();
site.close();
process.exitCode = late ? 1 : 0;
