// By keyboard alone, and by ear: every view can be used with Tab, Enter, Space and arrows, the focus is always seen and never lost,
// and what is spoken is what matters.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { browse, copiedText, finished, open, serve, unfold } from './harness.mjs';
import { mixed } from './reports.mjs';

let server;
let browser;

before(async () => {
  server = await serve('--zoo');
  browser = await browse();
});
after(async () => {
  await browser.close();
  await server.stop();
});

/** A page that is used without a mouse, closed again; nothing may go wrong on it. */
async function byKeyboard(hash, work, prepare) {
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'], serviceWorkers: 'block' });
  const page = await open(context, `${server.url}/${hash}`, prepare);
  try {
    await work(page);
    assert.deepEqual(page.errors, []);
  } finally {
    await context.close();
  }
}

/** Where the focus is: what to call it, whether it is there, whether it is seen. */
const focus = (page) => page.evaluate(() => {
  const node = document.activeElement;
  if (!node || node === document.body || node === document.documentElement) return { name: 'nothing', lost: true };
  // The editor and the fields for files show the focus of what is in them or beside them.
  const shown = node.closest('.editor') ?? (node.matches('.visually-hidden') ? node.nextElementSibling : node);
  const { outlineStyle, outlineWidth } = getComputedStyle(shown);
  const { top, bottom, left, right, width, height } = shown.getBoundingClientRect();
  return {
    name: `${node.localName}#${node.id}.${node.className} ${node.textContent.slice(0, 30).trim()}`,
    seen: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2,
    place: `${top} to ${bottom} of ${innerHeight}, scrolled by ${scrollY}`,
    onScreen: width > 0 && height > 0 && bottom > 0 && top < innerHeight && right > 0 && left < innerWidth,
  };
});

/** The focus is somewhere, and is seen. */
async function holds(page, when) {
  const { name, lost, seen, onScreen, place } = await focus(page);
  assert.ok(!lost, `${when}: the focus is lost`);
  assert.ok(seen, `${when}: the focus is not seen on ${name}`);
  assert.ok(onScreen, `${when}: the focus is off the screen on ${name}, ${place}`);
}

const isOn = (page, selector) => page.evaluate((wanted) => document.activeElement.matches(wanted), selector);

/** Presses a key, and looks where the focus is then. */
async function press(page, key) {
  await page.keyboard.press(key);
  await holds(page, `after ${key}`);
}

/** Goes on with Tab, or back, until the focus is on what is wanted. */
async function tabTo(page, selector, key = 'Tab') {
  for (let count = 0; count < 120; count += 1) {
    await press(page, key);
    if (await isOn(page, selector)) return;
  }
  assert.fail(`${key} does not lead to ${selector}`);
}

/** Waits for a condition in the page; the focus may not get lost meanwhile. */
async function until(page, condition, argument) {
  await page.waitForFunction(condition, argument, { timeout: 60_000 });
  await holds(page, String(condition));
}

const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText());

test('a domain is checked, its stages opened, its fixes copied, and another resolver chosen', { timeout: 120_000 }, () => byKeyboard('', async (page) => {
  assert.ok(await isOn(page, '#domain'), 'the field is there to type in');
  await page.keyboard.type('mx-not-listed.zoo.test');
  await press(page, 'Enter');
  await until(page, () => document.documentElement.dataset.state === 'done');

  await tabTo(page, '[data-stage=record] summary');
  await press(page, 'Enter');
  await until(page, () => document.querySelector('[data-stage=record] details[open] .command'));
  await tabTo(page, '[data-stage=policy] summary');
  await press(page, 'Space');
  await until(page, () => document.querySelector('[data-stage=policy] details[open] .raw'));
  await tabTo(page, '[data-stage=policy] .raw > summary');
  await press(page, 'Enter');
  await tabTo(page, '[data-stage=policy] .command button');
  await press(page, 'Enter');
  await copiedText(page, (text) => /^(curl|dig) /.test(text));

  await tabTo(page, '.finding button.copy, .finding .fix button');
  await press(page, 'Space');
  await copiedText(page, (text) => text.includes('mx1.mx-not-listed.zoo.test'));
  await tabTo(page, '.finding button[aria-expanded]');
  await press(page, 'Enter');
  await until(page, () => document.querySelector('.finding .why')?.textContent.length > 40);
  assert.match(await clipboard(page), /^(?!curl|dig)/);

  await tabTo(page, '#settings > summary', 'Shift+Tab');
  await press(page, 'Enter');
  await tabTo(page, '#resolver');
  const before = await page.textContent('#settings-shown');
  await press(page, 'ArrowDown');
  await until(page, (was) => document.getElementById('settings-shown').textContent !== was, before);
  await tabTo(page, '#fallback');
  await press(page, 'Space');
  assert.equal(await page.isChecked('#fallback'), false);
}));

test('a check is cancelled, and one that cannot be done says so', { timeout: 120_000 }, () => byKeyboard('', async (page) => {
  await page.keyboard.type('enforce-good.zoo.test');
  await press(page, 'Enter');
  await until(page, () => document.querySelector('[data-stage=record][data-state=valid]'));
  await tabTo(page, '#cancel-button');
  await press(page, 'Enter');
  await until(page, () => document.documentElement.dataset.state === 'cancelled');
  await tabTo(page, '#domain', 'Shift+Tab');
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('no domain');
  await press(page, 'Enter');
  await until(page, () => document.querySelector('#domain-message.wrong'));
  assert.ok(await isOn(page, '#domain'));
}, (page) => page.route('**/v1/**', () => {})));

test('a draft is looked at, mended and left again', { timeout: 120_000 }, () => byKeyboard('', async (page) => {
  await tabTo(page, '#nav-draft', 'Shift+Tab');
  await press(page, 'Enter');
  await page.waitForSelector('#view-draft[data-mends]', { state: 'attached' });
  await tabTo(page, '#draft-text');
  await page.keyboard.type('version: STSv1\nmode: enforced\nmx: mx.example.com.\nmax_age: 604800\n');
  await until(page, () => document.querySelectorAll('#draft-result .finding').length === 2);
  await press(page, 'F8');
  await press(page, 'Alt+Enter');
  await until(page, () => document.querySelectorAll('#draft-result .finding').length === 1);

  await tabTo(page, '.finding button.mend');
  await press(page, 'Enter');
  await until(page, () => document.querySelector('#draft-result [data-valid=true]'));
  assert.ok(await isOn(page, '#draft-text'), 'where the text was mended');
  await press(page, 'Tab');
  assert.ok(!await isOn(page, '#draft-text'), 'Tab leaves the editor');
  await press(page, 'Shift+Tab');
  assert.ok(await isOn(page, '#draft-text'));
  await page.keyboard.press('ControlOrMeta+Z');
  await until(page, () => document.querySelector('#draft-result [data-valid=false]'));
  await tabTo(page, '#draft-fix-all', 'Shift+Tab');
  await press(page, 'Space');
  await until(page, () => document.querySelector('#draft-result [data-valid=true]'));
  await tabTo(page, '#draft-kind', 'Shift+Tab');
  await press(page, 'ArrowDown');
  await press(page, 'ArrowDown');
  await until(page, () => document.querySelector('#draft-result [data-kind=record]'));

  await tabTo(page, '#against-domain');
  await page.keyboard.type('enforce-good.zoo.test');
  await press(page, 'Enter');
  await until(page, () => document.querySelector('#against-result[data-domain]'));
}));

test('a domain is set up, and a change planned', { timeout: 120_000 }, () => byKeyboard('#setup', async (page) => {
  await tabTo(page, '#setup-domain');
  await page.keyboard.type('no-record.zoo.test');
  await press(page, 'Enter');
  await until(page, () => !document.getElementById('setup-result').hidden && !document.getElementById('plan').hidden);
  await tabTo(page, '#setup-mode');
  await press(page, 'ArrowDown');
  await press(page, 'ArrowDown');
  await until(page, () => document.querySelector('#setup-result pre').textContent.includes('mode: enforce'));
  await tabTo(page, '#setup-result .command button');
  await press(page, 'Enter');
  await copiedText(page, (text) => text.startsWith('version: STSv1'));
  await tabTo(page, '#setup-form-of-records');
  await press(page, 'ArrowDown');
  await until(page, () => document.getElementById('setup-form-of-records').selectedIndex === 1);
  await tabTo(page, '#plan-to');
  await tabTo(page, '#plan-form button[type=submit]');
  await press(page, 'Enter');
  await until(page, () => document.querySelector('.plan li'));
  await tabTo(page, '.plan li button.small:not(.command *)');
  await press(page, 'Enter');
  await until(page, () => document.querySelector('.step-said')?.childElementCount);
  await press(page, 'Tab');
}));

test('the rules are read', () => byKeyboard('#rule=policy-mode', async (page) => {
  await until(page, () => document.activeElement.id === 'rule-policy-mode');
  await tabTo(page, '#rule-policy-mode summary');
  await press(page, 'Enter');
  await until(page, () => document.querySelector('#rule-policy-mode details').open);
}));

test('another language is chosen, and the focus stays', () => byKeyboard('#domain=enforce-good.zoo.test', async (page) => {
  await finished(page);
  await tabTo(page, '#language');
  await press(page, 'ArrowDown');
  await until(page, () => document.documentElement.lang !== 'en');
  assert.ok(await isOn(page, '#language'));
  await press(page, 'Shift+Tab');
}));

/** What Tab has to reach. */
const REACHABLE = 'a[href], button:not(:disabled), input:not(:disabled), select, textarea, summary, [tabindex="0"]';

for (const [name, hash, ready] of [
  ['a check with everything unfolded', '#domain=testing-failing.zoo.test', (page) => finished(page)],
  ['a draft with faults', '#draft', async (page) => {
    await page.fill('#draft-text', 'version: STSv1\nmode: enforced\nmx: mx.example.com.\nmax_age: 604800\n');
    await page.waitForSelector('.mend');
  }],
  ['a set-up with a plan', '#setup=no-record.zoo.test', async (page) => {
    await page.waitForSelector('#plan:not([hidden])');
    await page.click('#plan-form button[type=submit]');
    await page.waitForSelector('.plan li');
  }],
]) {
  test(`Tab goes through ${name}, in the order of the page, and out again`, { timeout: 120_000 }, () => byKeyboard(hash, async (page) => {
    await ready(page);
    await unfold(page);
    const count = await page.evaluate((reachable) => {
      document.activeElement.blur();
      scrollTo(0, 0);
      const all = [...document.querySelectorAll(reachable)].filter((node) => node.checkVisibility({ visibilityProperty: true }) && node.tabIndex >= 0);
      all.forEach((node, index) => { node.dataset.order = index; });
      return all.length;
    }, REACHABLE);
    const reached = [];
    await page.evaluate(() => { document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex'); });
    for (let presses = 0; presses < count * 2 + 20; presses += 1) {
      await page.keyboard.press('Tab');
      const order = await page.evaluate(() => document.activeElement.dataset.order);
      if ((await focus(page)).lost || Number(order) === reached[0]) break; // out at the end, or from the beginning again
      await holds(page, 'on the way');
      if (order !== undefined && Number(order) !== reached.at(-1)) reached.push(Number(order)); // a date has several parts
    }
    assert.deepEqual(reached, Array.from({ length: count }, (_, index) => index));
  }));
}

/** Collects what a screen reader would speak: every text that a live region comes to, in order. */
const listen = (page) => page.evaluate(() => {
  window.heard = [];
  const said = new Map();
  const hear = () => {
    for (const region of document.querySelectorAll('[role=status], [role=alert], [aria-live]')) {
      const text = region.textContent.trim();
      const isLive = (region.getAttribute('aria-live') ?? 'polite') !== 'off';
      if (isLive && text && text !== said.get(region) && region.checkVisibility()) window.heard.push(text);
      said.set(region, text);
    }
  };
  new MutationObserver(hear).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
});

test('of a check its beginning and its verdict are spoken, once, and none of its stages', () => byKeyboard('', async (page) => {
  await listen(page);
  for (const domain of ['mx-many.zoo.test', 'no-record.zoo.test']) {
    await page.evaluate(() => { window.heard = []; });
    await page.fill('#domain', domain);
    await page.press('#domain', 'Enter');
    await page.waitForFunction((asked) => window.mtaSts?.report.domain === asked && document.documentElement.dataset.state === 'done', domain, { timeout: 60_000 });
    const summary = await page.evaluate(() => window.mtaSts.report.summary);
    const heard = await page.evaluate(() => window.heard);
    assert.deepEqual(heard.filter((text) => text.includes(summary)).length, 1, JSON.stringify(heard));
    assert.equal(heard.at(-1), summary);
    assert.ok(heard.length <= 2, JSON.stringify(heard));
    assert.ok(heard[0].includes(domain));
  }
}));

test('of a draft the outcome is spoken when the typing stops, and not every letter', () => byKeyboard('#draft', async (page) => {
  await page.waitForSelector('#view-draft[data-mends]', { state: 'attached' });
  await listen(page);
  await page.focus('#draft-text');
  await page.keyboard.type('version: STSv1\nmode: enforced\nmx: mx1.enforce-good.zoo.test\nmax_age: 604800\n');
  await page.waitForFunction(() => window.heard.length);
  assert.deepEqual(await page.evaluate(() => window.heard), ['A policy, not usable, 1 error']);
}));

test('while a domain is looked at for a set-up or a draft, steps are not counted aloud', () => byKeyboard('#setup', async (page) => {
  await listen(page);
  await page.fill('#setup-domain', 'mx-many.zoo.test');
  await page.press('#setup-domain', 'Enter');
  await page.waitForSelector('#setup-result:not([hidden])', { timeout: 60_000 });
  const heard = await page.evaluate(() => window.heard);
  assert.ok(heard.length <= 3, JSON.stringify(heard));
  await page.click('#nav-draft');
  await page.fill('#draft-text', 'version: STSv1\nmode: testing\nmx: mx1.enforce-good.zoo.test\nmax_age: 604800\n');
  await page.waitForFunction(() => document.getElementById('draft-spoken').textContent);
  await page.evaluate(() => { window.heard = []; });
  await page.fill('#against-domain', 'enforce-good.zoo.test');
  await page.press('#against-domain', 'Enter');
  await page.waitForSelector('#against-result[data-domain]', { timeout: 60_000 });
  const told = await page.evaluate(() => window.heard);
  assert.ok(told.length <= 3, JSON.stringify(told));
  assert.equal(told.at(-1), await page.textContent('#against-result .sentence'));
}));

test('TLS reports are opened, chosen from, explained and exported', { timeout: 120_000 }, () => byKeyboard('#reports', async (page) => {
  const opened = page.waitForEvent('filechooser'); // the browser needs a moment until it says so
  await page.waitForSelector('#reports-files', { state: 'attached' });
  await tabTo(page, '#reports-files');
  await page.keyboard.press('Enter');
  const chooser = await opened;
  assert.equal(chooser.isMultiple(), true);
  await chooser.setFiles(Object.entries(mixed()).map(([name, buffer]) => ({ name: name.split('/').at(-1), mimeType: 'application/octet-stream', buffer })));
  await until(page, () => document.querySelector('#reports-result .verdict'));
  assert.equal(await page.textContent('#reports-spoken'), '47 of 1,280 sessions failed (3.7%).');
  await tabTo(page, '#reports-folder');
  await tabTo(page, '#reports-drop summary');
  await tabTo(page, '#reports-domain');
  await press(page, 'ArrowDown');
  await until(page, () => /^7 of 1,040/.test(document.getElementById('reports-spoken').textContent));
  assert.ok(await isOn(page, '#reports-domain'));
  await tabTo(page, '#reports-json');
  await Promise.all([page.waitForEvent('download'), press(page, 'Enter')]);
  await tabTo(page, '#reports-safe-days');
  await press(page, 'ArrowDown');
  await tabTo(page, '#reports-safe-check');
  await press(page, 'Enter');
  await until(page, () => document.querySelector('#reports-safe summary'));
  assert.ok(await isOn(page, '#reports-safe-check'));
  await tabTo(page, '[data-live] button');
  await press(page, 'Space');
  await until(page, () => document.querySelector('.live-said a'));
  assert.ok(await isOn(page, '[data-live] button'));
  await tabTo(page, '.by-day summary');
  await press(page, 'Enter');
  await tabTo(page, '.by-day .scroll');
  await tabTo(page, '#reports-clear', 'Shift+Tab');
  await press(page, 'Enter');
  await until(page, () => document.activeElement.id === 'reports-files');
}));
