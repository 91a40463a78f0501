// Pictures of the page, run by `cargo xtask screenshots`: those of the README into the folder that is named, and with `all` every state of
// every view at three widths in light and dark.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { browse, open, serve } from './harness.mjs';
import { states } from './states.mjs';

const [folder, every] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const server = await serve('--zoo');
const browser = await browse();

/** A picture of a state of the page, whole or of a part of it. */
async function picture(name, { hash = '', prepare, reach }, { width, height = 900, colorScheme = 'light', scale = 1, locale = 'en-GB', whole = false, clip }) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, deviceScaleFactor: scale, locale, reducedMotion: 'reduce' });
  const page = await open(context, `${server.url}/${hash}`, prepare);
  await reach?.(page);
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: whole, clip, animations: 'disabled' });
  await context.close();
}

const done = (page) => page.waitForFunction(() => document.documentElement.dataset.state === 'done', null, { timeout: 60_000 });

if (every === 'all') {
  for (const state of states(await (await fetch(`${server.url}/zoo.json`)).json())) {
    for (const width of [1280, 768, 360]) {
      for (const colorScheme of ['light', 'dark']) {
        await picture(`${state.name.replace(/[^\w]+/g, '-')}-${width}-${colorScheme}`, state, { width, colorScheme, whole: true });
      }
    }
  }
} else {
  await picture('check', { hash: '#domain=one-of-two.zoo.test', reach: done }, { width: 1000, height: 1120, scale: 1.25 });
  await picture('draft', {
    hash: '#draft',
    async reach(page) {
      await page.fill('#draft-text', 'version: STSv1\nmode: enforced\nmx: mx1.example.com.\nmx: *.example.com\nmaxage: 604800\n');
      await page.waitForSelector('#view-draft[data-mends]', { state: 'attached' });
      await page.waitForSelector('.finding .mend');
    },
  }, { width: 1000, height: 900, scale: 1.25, colorScheme: 'dark' });
  await picture('check-phone', { hash: '#domain=mx-expired-cert.zoo.test', reach: done }, { width: 390, height: 844, scale: 1.5, locale: 'de-DE' });
}
await browser.close();
await server.stop();
