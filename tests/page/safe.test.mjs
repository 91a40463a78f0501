// What the page may do, whom it asks, and what strangers' texts do to it, which is nothing.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { WWW, browse, check, open, resolveBy, serve, staticSite, unfold } from './harness.mjs';
import { mixed } from './reports.mjs';

let server;
let browser;

before(async () => {
  server = await serve('--zoo');
  browser = await browse();
});
after(async () => {
  await browser.close();
  server.stop();
});

/** The directives of a Content Security Policy. */
const directives = (policy) => policy.split(';').map((one) => one.trim()).filter(Boolean).sort();

test('the page says the same policy of itself as the companion does, but for what a header alone can say', async () => {
  const response = await fetch(server.url);
  const page = await open(browser, server.url);
  const meta = await page.getAttribute('meta[http-equiv=Content-Security-Policy]', 'content');
  await page.close();
  const header = directives(response.headers.get('content-security-policy'));
  assert.deepEqual([...directives(meta), "frame-ancestors 'none'"].sort(), header);
  for (const strict of ["default-src 'none'", "style-src 'self'", "script-src 'self' 'wasm-unsafe-eval'", "base-uri 'none'", "require-trusted-types-for 'script'"]) {
    assert.ok(header.includes(strict), strict);
  }
});

test('no text becomes markup or code, and nothing inline runs', async () => {
  const page = await open(browser, server.url);
  const tried = await page.evaluate(async () => {
    const violated = [];
    document.addEventListener('securitypolicyviolation', ({ violatedDirective }) => violated.push(violatedDirective));
    const outcomes = {};
    // What the browser's protocol calls may evaluate texts until it first waits.
    await new Promise((resolve) => { setTimeout(resolve); });
    const attempt = (name, work) => {
      try {
        work();
        outcomes[name] = 'done';
      } catch (error) {
        outcomes[name] = error.name;
      }
    };
    const made = document.createElement('div');
    attempt('markup', () => { made.innerHTML = '<img src=x>'; });
    attempt('code', () => { (0, eval)('1'); });
    attempt('script', () => { document.createElement('script').src = 'other.js'; });
    attempt('policy', () => { trustedTypes.createPolicy('another', {}); });
    attempt('handler', () => { made.setAttribute('onclick', 'window.pwned = 1'); });
    made.setAttribute('style', 'color: red');
    document.body.append(made);
    made.click();
    await new Promise((resolve) => { setTimeout(resolve); });
    return { outcomes, violated, ran: window.pwned, colour: made.style.color };
  });
  await page.close();
  for (const [name, outcome] of Object.entries(tried.outcomes)) assert.notEqual(outcome, 'done', name);
  assert.equal(tried.ran, undefined);
  assert.equal(tried.colour, '');
  assert.ok(tried.violated.includes('style-src-attr') && tried.violated.includes('require-trusted-types-for'), String(tried.violated));
});

/** The page's own files, as they were built, and what a site says of itself. */
const own = new Set(['', 'config.json', ...readdirSync(WWW, { recursive: true }).map(String)]);

/**
 * The requests of a run: which of the page's own files there were, and who else was asked for what. Of any request, whatever it is for,
 * nobody learns where it comes from, and code and style come from this origin alone.
 */
async function requestsOf(name, url, work, prepare) {
  const context = await browser.newContext();
  const seen = [];
  context.on('request', (request) => seen.push(request));
  const page = await open(context, url, prepare);
  await work(page);
  assert.deepEqual(page.errors, []);
  const origin = new URL(url).origin;
  const files = new Set();
  const others = new Set();
  for (const request of seen) {
    const to = new URL(request.url());
    if (to.protocol === 'blob:') continue; // a file that was made here
    const path = to.pathname.slice(1);
    const { referer, cookie } = await request.allHeaders();
    assert.ok(!referer && !cookie, request.url());
    if (['script', 'stylesheet', 'image', 'font', 'media', 'manifest', 'other', 'document'].includes(request.resourceType())) assert.equal(to.origin, origin, request.url());
    if (to.origin === origin && own.has(path)) {
      // What is looked at is no business of who serves the page.
      assert.ok(to.search === '' || path === 'worker.js', request.url());
      files.add(path.replace(/^pkg-page\/.*/, 'pkg-page/…') || 'index.html');
    } else {
      others.add(`${to.origin === origin ? 'this site' : to.origin} ${to.pathname}`);
    }
  }
  await context.close();
  console.log(`${name}:\n  own files: ${[...files].sort().join(' ')}\n  others: ${[...others].sort().join(', ') || 'none'}`);
  return [...others].sort();
}

const POLICY = 'https://mta-sts.enforce-good.zoo.test /.well-known/mta-sts.txt';
const COMPANION = ['/dns-query', '/v1/policy', '/v1/smtp'];

test('nobody is asked but the resolver, the policy host and the companion', { timeout: 240_000 }, async () => {
  const site = await staticSite();
  const domain = 'enforce-good.zoo.test';
  const folder = mkdtempSync(join(tmpdir(), 'mta-sts-safe-'));
  const saved = join(folder, 'saved.json');
  const withCompanion = [POLICY, ...COMPANION.map((path) => `this site ${path}`)].sort();
  try {
    assert.deepEqual(await requestsOf('a check, with the companion that serves the page', server.url, async (page) => {
      const { evidence } = await check(page, domain);
      writeFileSync(saved, JSON.stringify(evidence));
      await unfold(page);
    }), withCompanion);

    assert.deepEqual(await requestsOf('a check, without a companion', site.url, (page) => check(page, domain), (page) => resolveBy(server, page)), ['https://cloudflare-dns.com /dns-query', POLICY]);

    assert.deepEqual(await requestsOf('a check, with a companion elsewhere', site.url, async (page) => {
      await page.evaluate(() => { document.getElementById('settings').open = true; });
      await page.fill('#companion', server.url);
      await check(page, domain);
    }, (page) => resolveBy(server, page)), [`${server.url} /v1/policy`, `${server.url} /v1/smtp`, 'https://cloudflare-dns.com /dns-query', POLICY]);

    assert.deepEqual(await requestsOf('a saved check', server.url, async (page) => {
      await page.setInputFiles('#check-file', saved);
      await page.waitForFunction(() => document.documentElement.dataset.state === 'done');
      await unfold(page);
    }), []);

    assert.deepEqual(await requestsOf('a draft that is looked at, mended and linked', `${server.url}/#draft`, async (page) => {
      await page.waitForSelector('#view-draft[data-mends]', { state: 'attached' });
      await page.fill('#draft-text', 'version: STSv1\nmode: enforced\nmx: mx.example.com.\nmax_age: 604800\n');
      await page.click('#draft-fix-all');
      await page.waitForSelector('#draft-result [data-valid=true]');
      await page.fill('#draft-text', 'v=STSv1; id=1-');
      await page.waitForSelector('#draft-result [data-kind=record][data-valid=false]');
      await page.click('#draft-link');
      await page.waitForFunction(() => document.getElementById('draft-link-text').value);
      await unfold(page);
    }), []);

    assert.deepEqual(await requestsOf('a draft against a domain', `${server.url}/#draft`, async (page) => {
      await page.fill('#draft-text', 'version: STSv1\nmode: testing\nmx: mx.example.com\nmax_age: 604800\n');
      await page.fill('#against-domain', domain);
      await page.press('#against-domain', 'Enter');
      await page.waitForSelector(`#against-result[data-domain="${domain}"]`);
    }), withCompanion);

    assert.deepEqual(await requestsOf('a set-up of typed hosts', `${server.url}/#setup`, async (page) => {
      await page.fill('#setup-domain', 'example.org');
      await page.fill('#setup-hosts', 'mx1.example.org');
      await page.waitForSelector('#setup-result:not([hidden])');
      await Promise.all([page.waitForEvent('download'), page.click('#setup-zip')]);
      await page.click('#plan-form button[type=submit]');
      await page.waitForSelector('.plan li');
    }), []);

    assert.deepEqual(await requestsOf('a set-up of a domain', `${server.url}/#setup=${domain}`, (page) => page.waitForSelector('#setup-result:not([hidden])')), withCompanion);

    const reports = Object.entries(mixed()).map(([name, buffer]) => ({ name: name.split('/').at(-1), mimeType: 'application/octet-stream', buffer }));
    const opened = async (page) => {
      await page.waitForSelector('#reports-files', { state: 'attached' });
      await page.setInputFiles('#reports-files', reports);
      await page.waitForSelector('#reports-result .verdict');
    };
    assert.deepEqual(await requestsOf('TLS reports', `${server.url}/#reports`, async (page) => {
      await opened(page);
      await unfold(page);
      await page.selectOption('#reports-organization', '=Google Inc.');
      await Promise.all([page.waitForEvent('download'), page.click('#reports-csv')]);
    }), []);
    assert.deepEqual(await requestsOf('TLS reports, and their domain', `${server.url}/#reports`, async (page) => {
      await opened(page);
      await page.selectOption('#reports-safe-domain', domain);
      await page.click('#reports-safe-check');
      await page.waitForSelector('#reports-safe summary');
    }), withCompanion);

    assert.deepEqual(await requestsOf('the rules', `${server.url}/#rules`, (page) => page.waitForSelector('#rule-policy-mode')), []);

    assert.deepEqual(await requestsOf('what is kept for when there is no network', `${server.url}/#draft`, (page) => page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))), []);
  } finally {
    site.close();
    rmSync(folder, { recursive: true });
  }
});

test('a link chooses nobody who is asked', async () => {
  const stranger = 'https://stranger.example';
  const wishes = new URLSearchParams({ companion: stranger, resolver: `${stranger}/dns-query`, config: `${stranger}/config.json`, settings: stranger });
  for (const address of [`?${wishes}&domain=enforce-good.zoo.test`, `#domain=enforce-good.zoo.test&${wishes}`, `embed.html#domain=enforce-good.zoo.test&autorun&${wishes}`]) {
    const page = await browser.newPage();
    await resolveBy(server, page);
    const asked = [];
    page.on('request', (request) => asked.push(request.url().split('#')[0].split('?')[0]));
    await page.goto(`${server.url}/${address}`);
    await page.waitForFunction(() => document.documentElement.dataset.state === 'done' || document.querySelector('mta-sts-check')?.report);
    assert.deepEqual(asked.filter((url) => url.startsWith(stranger)), [], address);
    assert.ok(asked.some((url) => url === `${server.url}/v1/smtp`), address);
    await page.close();
  }
});

test('of a config.json that cannot be used the page takes what can be', async () => {
  const zoo = { suffix: 'zoo.test', resolver: 'dns-query', domains: [] };
  const wrong = [5, {}, { ...zoo, suffix: 5 }, { ...zoo, resolver: 'http://[' }, { ...zoo, domains: null }, { ...zoo, domains: [5] }];
  const unusable = [
    'null', '[]', '{',
    ...wrong.map((one) => JSON.stringify({ companion: {}, resolver: 5, zoo: one })),
    '{"companion":"http://[","resolver":"http://["}',
    undefined, // never answered
  ];
  for (const body of unusable) {
    for (const path of body?.includes('zoo') ? [''] : ['', 'embed.html']) {
      const page = await open(browser, server.url, async (made) => {
        await made.route('**/config.json', (route) => (body === undefined ? undefined : route.fulfill({ contentType: 'application/json', body })));
        await resolveBy(server, made);
      });
      await page.goto(`${server.url}/${path}#domain=no-record.zoo.test&autorun`);
      await page.waitForFunction(() => document.documentElement.dataset.state === 'done' || document.querySelector('mta-sts-check')?.report);
      const { record } = await page.evaluate(() => (window.mtaSts ?? document.querySelector('mta-sts-check')).report);
      assert.equal(record.state, 'absent', body);
      assert.deepEqual(page.errors, [], body);
      await page.close();
    }
  }
});
