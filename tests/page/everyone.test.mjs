// For everyone: assistive technology, keyboards, small and magnified screens, other colours, no motion.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { browse, open, overflowing, serve } from './harness.mjs';
import { states } from './states.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let server;
let browser;
let all;

before(async () => {
  server = await serve('--zoo');
  browser = await browse();
  all = states(await (await fetch(`${server.url}/zoo.json`)).json());
});
after(async () => {
  await browser.close();
  await server.stop();
});

/** A page in some state. */
async function reached({ hash = '', prepare, reach }) {
  const page = await open(browser, `${server.url}/${hash}`, async (made) => {
    await made.setViewportSize({ width: 1280, height: 900 });
    await prepare?.(made);
  });
  await reach?.(page);
  return page;
}

/** What axe finds, by every rule it has for WCAG 2.2 A and AA, best practice and trial. */
async function violations(page) {
  return page.evaluate(async () => {
    const { violations: found } = await window.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice', 'experimental'],
      resultTypes: ['violations'],
    });
    return found.flatMap(({ id, nodes }) => nodes.slice(0, 3).map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary.replace(/\s+/g, ' ').slice(0, 160)}`));
  });
}

/** Runs `work` on every state, on two pages at once. */
async function inEveryState(work) {
  const queue = [...all];
  await Promise.all([1, 2].map(async () => {
    for (let state = queue.shift(); state; state = queue.shift()) {
      const page = await reached(state);
      await work(page, state.name);
      assert.deepEqual(page.errors, [], state.name);
      await page.close();
    }
  }));
}

/** What is wrong, each said once, with the place it was found in first. */
function summary(wrong) {
  const places = new Map();
  for (const [what, place] of wrong) places.set(what, [...places.get(what) ?? [], place]);
  return [...places].map(([what, [first, ...others]]) => `${what} (in: ${first}${others.length ? ` and ${others.length} more` : ''})`);
}

test('axe finds nothing in any state, light and wide, dark and narrow', { timeout: 600_000 }, async () => {
  const wrong = [];
  await inEveryState(async (page, name) => {
    await page.evaluate(AXE);
    for (const [colorScheme, width] of [['light', 1280], ['dark', 360]]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      for (const one of await violations(page)) wrong.push([one, `${name}, ${colorScheme}, ${width}px`]);
    }
  });
  assert.deepEqual(summary(wrong), []);
});
