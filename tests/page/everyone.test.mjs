// For everyone: assistive technology, keyboards, small and magnified screens, other colours, no motion.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { browse, edgeless, open, overflowing, serve } from './harness.mjs';
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

/** Texts and boxes that are cut off where nobody can scroll to the rest. What ends in an ellipsis says so, and has the whole elsewhere. */
function cutOff(page) {
  return page.evaluate(() => [...document.querySelectorAll('main *, header *, footer *')].filter((node) => {
    const { clipPath, overflowX, overflowY, textOverflow } = getComputedStyle(node);
    // A field scrolls by itself, and what is cut away whole is for screen readers.
    if (!node.checkVisibility() || node.matches('input, select') || clipPath === 'inset(50%)') return false;
    const hides = (overflow) => overflow === 'hidden' || overflow === 'clip';
    return hides(overflowX) && node.scrollWidth > node.clientWidth + 1 && textOverflow !== 'ellipsis'
      || hides(overflowY) && node.scrollHeight > node.clientHeight + 1;
  }).slice(0, 5).map((node) => `${node.localName}#${node.id}.${node.className} cuts off ${node.textContent.slice(0, 60)}`));
}

/** The distances between letters, words, lines and paragraphs that a reader may choose (WCAG 2.2, 1.4.12). */
const SPACING = '* { letter-spacing: .12em !important; line-height: 1.5 !important; word-spacing: .16em !important; } p { margin-bottom: 2em !important; }';

/** What was found wrong in the states, by what was looked at. */
const wrong = { axe: [], room: [], spacing: [], colours: [] };

test('every state is looked at', { timeout: 600_000 }, async () => {
  await inEveryState(async (page, name) => {
    const note = (kind, found, how) => { for (const one of found) wrong[kind].push([one, `${name}, ${how}`]); };
    await page.evaluate(AXE);
    for (const [colorScheme, width] of [['light', 1280], ['dark', 360]]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      note('axe', await violations(page), `${colorScheme}, ${width}px`);
    }
    for (const width of [640, 320]) {
      await page.setViewportSize({ width, height: 450 });
      note('room', [...await overflowing(page), ...await cutOff(page)], `${width}px`);
    }
    const session = await page.context().newCDPSession(page);
    await page.setViewportSize({ width: 1280, height: 900 });
    await session.send('Page.setFontSizes', { fontSizes: { standard: 32, fixed: 26 } });
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).fontSize), '32px');
    note('room', [...await overflowing(page), ...await cutOff(page)], 'letters of twice the size');
    await session.send('Page.setFontSizes', { fontSizes: { standard: 16, fixed: 13 } });
    await page.evaluate((rules) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(rules);
      document.adoptedStyleSheets.push(sheet);
    }, SPACING);
    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: 900 });
      note('spacing', [...await overflowing(page), ...await cutOff(page)], `${width}px`);
    }
    await page.evaluate(() => document.adoptedStyleSheets.pop());
    await page.emulateMedia({ forcedColors: 'active' });
    note('colours', await edgeless(page), 'forced colours');
  });
});

/** What is wrong, each said once, with the place it was found in first. */
function summary(found) {
  const places = new Map();
  for (const [what, place] of found) places.set(what, [...places.get(what) ?? [], place]);
  return [...places].map(([what, [first, ...others]]) => `${what} (in: ${first}${others.length ? ` and ${others.length} more` : ''})`);
}

test('axe finds nothing, light and wide, dark and narrow', () => assert.deepEqual(summary(wrong.axe), []));
test('at 200 %, with letters of twice the size and at 320 pixels nothing is cut or wider than the screen', () => assert.deepEqual(summary(wrong.room), []));
test('with more space between letters, words and lines nothing is cut or wider than the screen', () => assert.deepEqual(summary(wrong.spacing), []));
test('with forced colours every button and field has an edge', () => assert.deepEqual(summary(wrong.colours), []));
