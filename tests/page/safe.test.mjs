// What the page may do, whom it asks, and what strangers' texts do to it, which is nothing.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { browse, open, serve } from './harness.mjs';

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
