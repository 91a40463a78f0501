// Without a network: drafts and TLS reports work after the first visit, a new release is taken up, and a page that is taken down is gone.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { WWW, browse, check, open, serve, staticSite } from './harness.mjs';
import { mixed } from './reports.mjs';

const BAD = 'version: STSv1\nmode: enforced\nmx: mx.example.com.\nmax_age: 604800\n';

let browser;

before(async () => { browser = await browse(); });
after(() => browser.close());

/** Visits the page until it is kept, and closes it; the context is that of the next visit. */
async function visited(url) {
  const context = await browser.newContext();
  const page = await open(context, url);
  await page.evaluate(() => navigator.serviceWorker.ready.then(({ active }) => active.state === 'activated'
    || new Promise((done) => { active.addEventListener('statechange', done); })));
  assert.deepEqual(page.errors, []);
  await page.close();
  return context;
}

/** Waits until an asynchronous function says yes in the page. */
async function until(page, said, argument) {
  while (!await page.evaluate(said, argument)) await page.waitForTimeout(50);
}

/** What is kept: names of caches, each with the paths in it. */
const keptBy = (page) => page.evaluate(async () => {
  const names = await caches.keys();
  return Promise.all(names.map(async (name) => [name, (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname.slice(1))]));
});

/** What the worker of a folder says it keeps, by path. */
const listed = (folder) => Object.fromEntries([...readFileSync(join(folder, 'worker.js'), 'utf8').matchAll(/"([^"]+)":"(sha256-[^"]+)"/g)].map(([, path, hash]) => [path, hash]));

/** Of these files those that a reader of a language has: what is said in another is not kept. */
const readIn = (language, paths) => paths.filter((path) => [undefined, language].includes(/\.(de|fr)[-.]/.exec(path)?.[1]));

const hashOf = (file) => `sha256-${createHash('sha256').update(readFileSync(file)).digest('base64')}`;

test('the worker keeps the files of its own build, and nothing that asks others', () => {
  const kept = listed(WWW);
  for (const [path, hash] of Object.entries(kept)) assert.equal(hash, hashOf(join(WWW, path)), path);
  for (const path of ['index.html', 'style.css', 'pkg-page/app.js', 'pkg-mend/mta_sts_bg.wasm', 'pkg-reports/mta_sts_bg.wasm', 'pkg-page/reader.js', 'prose-policy.json', 'rules.json']) assert.ok(kept[path], path);
  assert.deepEqual(Object.keys(kept).filter((path) => /^(config|pkg\/|pkg-look|pkg-setup|worker)/.test(path)), []);
});

test('a draft is looked at and mended without a network, TLS reports are read, and a check says that nobody can be asked', { timeout: 120_000 }, async () => {
  const kept = listed(WWW);
  const server = await serve('--zoo');
  const context = await visited(server.url);
  let page = await open(context, server.url);
  assert.equal(await page.evaluate(() => Boolean(navigator.serviceWorker.controller)), true);
  const fromWorker = [];
  context.on('response', (response) => {
    if (response.fromServiceWorker()) fromWorker.push(new URL(response.url()).pathname.slice(1) || 'index.html');
  });
  await check(page, 'enforce-good.zoo.test');
  await page.reload();
  await page.waitForFunction(() => 'ready' in document.documentElement.dataset);
  assert.ok(fromWorker.includes('index.html'), String(fromWorker));
  assert.deepEqual(fromWorker.filter((path) => !kept[path]), []);
  assert.deepEqual((await keptBy(page)).map(([, files]) => files.sort()), [readIn('en', Object.keys(kept)).sort()]);
  await page.close();

  await server.stop();
  await context.setOffline(true);
  const missed = [];
  page = await open(context, `${server.url}/#draft`, (made) => {
    made.on('requestfailed', (request) => missed.push(new URL(request.url()).pathname));
  });
  await page.fill('#draft-text', BAD);
  await page.waitForSelector('#draft-result [data-kind=policy][data-valid=false]');
  await page.waitForSelector('#view-draft[data-mends]', { state: 'attached' });
  await page.click('.finding button[aria-expanded=false]');
  await page.waitForFunction(() => document.querySelector('.finding .why')?.textContent.length > 40);
  await page.click('#draft-fix-all');
  await page.waitForSelector('#draft-result [data-kind=policy][data-valid=true]');
  await page.fill('#draft-text', 'v=STSv1; id=1');
  await page.waitForSelector('#draft-result [data-kind=record][data-valid=true]');
  await page.click('#draft-link');
  await page.waitForFunction(() => document.getElementById('draft-link-text').value.includes('#draft=z'));
  await page.click('#nav-reports');
  await page.waitForSelector('#reports-files', { state: 'attached' });
  await page.setInputFiles('#reports-files', Object.entries(mixed()).map(([name, buffer]) => ({ name: name.split('/').at(-1), mimeType: 'application/octet-stream', buffer })));
  await page.waitForSelector('#reports-result .verdict');
  assert.match(await page.textContent('#reports-result .sentence'), /^47 of 1,280/);
  await page.click('#nav-rules');
  await page.waitForSelector('#rule-policy-mode');
  assert.deepEqual(missed, []);
  await page.click('#nav-reports');
  await page.click('#reports-safe-check');
  await page.waitForFunction(() => /nobody can be asked/.test(document.getElementById('reports-safe').textContent));

  await page.click('#nav-check');
  await page.fill('#domain', 'example.com');
  await page.press('#domain', 'Enter');
  await page.waitForFunction(() => /nobody can be asked/.test(document.getElementById('domain-message').textContent));
  await page.click('#nav-setup');
  await page.waitForFunction(() => /no network/.test(document.getElementById('setup-problem').textContent));
  assert.deepEqual(page.errors, []);
  await context.close();
});

/** Makes another release of the page in `folder`: its brand says so, and its worker keeps that. */
function release(folder, name) {
  const [page, worker] = ['index.html', 'worker.js'].map((file) => join(folder, file));
  const before = hashOf(page);
  writeFileSync(page, readFileSync(page, 'utf8').replace(/(<a class="brand"[^>]*>)[^<]*/, `$1${name}`));
  const text = readFileSync(worker, 'utf8');
  assert.ok(text.includes(before));
  writeFileSync(worker, text.replace(before, hashOf(page)).replace(/(mta-sts \$\{registration\.scope\} `,\w+=\w+\+")[^"]*/, `$1${name}`));
}

test('a new release shows on the next load, is kept in place of the old one, and a page that is taken down is gone', { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mta-sts-release-'));
  cpSync(WWW, folder, { recursive: true });
  const site = await staticSite(folder);
  try {
    const context = await visited(site.url);
    let page = await open(context, site.url);
    const brand = () => page.textContent('.brand');
    const [[old]] = await keptBy(page);
    assert.notEqual(await brand(), 'Second release');

    release(folder, 'Second release');
    await page.reload();
    assert.equal(await brand(), 'Second release');
    await until(page, async (was) => { const names = await caches.keys(); return names.length === 1 && names[0] !== was; }, old);
    await page.close();
    await context.setOffline(true);
    page = await open(context, `${site.url}/#draft`);
    assert.equal(await brand(), 'Second release');
    await page.close();

    // A release that is not whole yet is not kept.
    await context.setOffline(false);
    page = await open(context, site.url);
    const whole = await keptBy(page);
    release(folder, 'Third release');
    writeFileSync(join(folder, 'style.css'), `${readFileSync(join(folder, 'style.css'), 'utf8')}\n`);
    await page.reload();
    assert.equal(await brand(), 'Third release');
    await page.evaluate(() => navigator.serviceWorker.getRegistration().then((one) => one.update()).catch(() => {}));
    await until(page, async () => { const { installing, waiting } = await navigator.serviceWorker.getRegistration(); return !installing && !waiting; });
    assert.deepEqual(await keptBy(page), whole);

    renameSync(join(folder, 'index.html'), join(folder, 'gone.html'));
    await page.reload();
    await page.goto(`${site.url}/icon.svg`);
    const left = await page.evaluate(async () => [await caches.keys(), (await navigator.serviceWorker.getRegistrations()).length]);
    assert.deepEqual(left, [[], 0]);
    await context.close();
  } finally {
    site.close();
    rmSync(folder, { recursive: true });
  }
});
