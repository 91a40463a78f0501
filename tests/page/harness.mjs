// What the page tests share: a server with the zoo, browsers that know its names or do not.
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { launch } from 'puppeteer-core';

export const BINARY = process.env.MTA_STS ?? 'target/debug/mta-sts';
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FIREFOX = process.env.FIREFOX ?? '/usr/bin/firefox-esr';
const CERTUTIL = process.env.CERTUTIL ?? 'certutil';

/** How long the companion's steps may take here: long enough for what answers, short for what does not. */
export const TIMEOUT = '10';

/** Starts `mta-sts serve` on a free port, and gives its address and a way to end it. */
export async function serve(...args) {
  return serveWithTimeout(TIMEOUT, ...args);
}

/** The same with other patience, in seconds. */
export async function serveWithTimeout(timeout, ...args) {
  const child = spawn(BINARY, [
    'serve', '--listen', '127.0.0.1:0', '--timeout', timeout, '--log-level', 'warn', ...args,
  ]);
  child.stderr.pipe(process.stderr);
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /http:\/\/\S+/.exec(line)?.[0];
    if (url) return { url, stop: () => stopped(child) };
  }
  throw new Error('mta-sts serve ended before it said where it serves');
}

/** Tells a server to stop, and waits until it has. */
function stopped(child) {
  const gone = new Promise((done) => { child.once('exit', done); });
  child.kill('SIGTERM');
  return gone;
}

/** The page as it was built. */
export const WWW = fileURLToPath(new URL('../../www/', import.meta.url));
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm', '.json': 'application/json', '.svg': 'image/svg+xml' };

/** A host that serves the files of a folder and nothing else. */
export async function staticSite(folder = WWW) {
  const files = createServer(async (request, response) => {
    const path = new URL(request.url, 'http://host').pathname;
    const name = path === '/' ? 'index.html' : path.slice(1);
    try {
      const body = await readFile(join(folder, name));
      response.writeHead(200, { 'Content-Type': TYPES[extname(name)] ?? 'application/octet-stream' }).end(body);
    } catch {
      response.writeHead(404).end('not found');
    }
  });
  await new Promise((listening) => { files.listen(0, '127.0.0.1', listening); });
  files.url = `http://localhost:${files.address().port}`;
  return files;
}

/** Makes every public resolver answer as the zoo of `server` does; `dead` ones do not answer at all. Gives whom the page asked. */
export async function resolveBy(server, page, dead = []) {
  const asked = [];
  await page.route(/cloudflare-dns\.com|dns\.google|doh\.dns\.sb/, async (route) => {
    const url = new URL(route.request().url());
    asked.push(url.host);
    if (dead.includes(url.host)) return route.abort();
    const answer = await fetch(`${server.url}/dns-query${url.search}`);
    return route.fulfill({
      status: 200,
      contentType: 'application/dns-message',
      headers: { 'access-control-allow-origin': '*' },
      body: Buffer.from(await answer.arrayBuffer()),
    });
  });
  return asked;
}

/**
 * A browser. With `zoo`, the index of a zoo, the names of its policy hosts lead to its ports and its
 * authority is trusted; `cors` chooses the ports that let a page read what they answer.
 */
export async function browse({ zoo, cors = false } = {}) {
  const args = [
    '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-sync',
    '--disable-background-networking', '--disable-component-update',
  ];
  const home = mkdtempSync(join(tmpdir(), 'mta-sts-browser-'));
  const rules = [];
  if (zoo) {
    const store = join(home, '.pki/nssdb');
    mkdirSync(store, { recursive: true });
    writeFileSync(join(home, 'ca.pem'), zoo.ca);
    execFileSync(CERTUTIL, ['-d', `sql:${store}`, '-N', '--empty-password']);
    execFileSync(CERTUTIL, ['-d', `sql:${store}`, '-A', '-t', 'C,,', '-n', 'zoo', '-i', join(home, 'ca.pem')]);
    rules.push(...zoo.policy_hosts.map(({ host, port, cors_port: corsPort }) =>
      `MAP ${host}:443 127.0.0.1:${cors ? corsPort : port}`));
  }
  // Of all other names there is none: the system's resolver is not waited for.
  args.push(`--host-resolver-rules=${[...rules, 'MAP * ~NOTFOUND', 'EXCLUDE localhost', 'EXCLUDE 127.0.0.1'].join(',')}`);
  const browser = await chromium.launch({ executablePath: CHROMIUM, args, env: { ...process.env, HOME: home } });
  browser.on('disconnected', () => rmSync(home, { recursive: true, force: true, maxRetries: 3 }));
  return browser;
}

/** A Firefox with a profile of its own and some preferences. What is downloaded goes to `downloads`. */
export async function browseInFirefox(downloads, preferences = {}) {
  return launch({
    browser: 'firefox',
    executablePath: FIREFOX,
    downloadBehavior: { policy: 'allow', downloadPath: downloads },
    extraPrefsFirefox: { 'intl.locale.requested': 'en-US', ...preferences },
  });
}

/**
 * A page of the checker; `prepare` sees it before it loads. Opened in a browser, and not in a context of it, the page keeps nothing
 * for when there is no network: that would come in between the requests that a test looks at.
 */
export async function open(browser, url, prepare) {
  const page = await browser.newPage();
  if ('newContext' in browser) await page.addInitScript(() => { delete Navigator.prototype.serviceWorker; });
  page.errors = [];
  page.on('pageerror', (error) => page.errors.push(String(error)));
  page.on('console', (message) => {
    if (/Content Security Policy|Trusted/.test(message.text())) page.errors.push(message.text());
  });
  await prepare?.(page);
  await page.goto(url);
  await page.waitForFunction(() => 'ready' in document.documentElement.dataset);
  return page;
}

/** Checks a domain by the address of the page, and gives `{ report, evidence, shown }`. */
export async function check(page, domain) {
  await page.evaluate((asked) => { location.hash = `domain=${asked}`; }, domain);
  await page.waitForFunction(
    (asked) => document.documentElement.dataset.state === 'done' && window.mtaSts?.report.domain === asked,
    domain,
    { timeout: 60_000 },
  );
  const result = await page.evaluate(() => window.mtaSts);
  const shown = await page.evaluate(() => ({
    title: document.title,
    sentence: document.querySelector('.verdict .sentence')?.textContent,
    codes: [...document.querySelectorAll('.finding')].map((item) => item.dataset.code),
    stages: Object.fromEntries([...document.querySelectorAll('[data-stage]')]
      .map((item) => [item.dataset.stage, item.dataset.state])),
  }));
  return { ...result, shown };
}

/** Waits until a check has come to its end. */
export function finished(page) {
  return page.waitForFunction(
    () => ['done', 'failed', 'cancelled'].includes(document.documentElement.dataset.state),
    null,
    { timeout: 60_000 },
  );
}

/** What the clipboard holds, once it is as it should be. (A page's own wait takes a promise for an answer, whatever comes of it.) */
export async function copiedText(page, fits) {
  let text;
  for (let tries = 0; tries < 200; tries += 1) {
    text = await page.evaluate(() => navigator.clipboard.readText());
    if (fits(text)) return text;
    await page.waitForTimeout(50);
  }
  return assert.fail(`the clipboard holds ${JSON.stringify(text)}`);
}

/** Runs `work` with a page on every item, on a few pages at once. */
export async function eachOnPages(items, { browser, url, prepare }, work) {
  const queue = [...items];
  await Promise.all(Array.from({ length: 4 }, async () => {
    const page = await open(browser, url, prepare);
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(page, item);
    if (page.errors.length) throw new Error(page.errors.join('; '));
  }));
}

/**
 * What reaches over the edge of the screen: boxes, and texts that nothing cuts. What a box scrolls or hides may be as wide as it likes.
 */
export function overflowing(page) {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const found = document.documentElement.scrollWidth > width ? [`the page is ${document.documentElement.scrollWidth} wide`] : [];
    const reaches = ({ left, right, height }) => height > 1 && (right > width + 1 || left < -1); // one pixel high is what is for screen readers
    const walk = (node, cut) => {
      const box = node.getBoundingClientRect();
      const { display, overflowX } = getComputedStyle(node);
      if (reaches(box) && !(cut && display === 'inline')) {
        found.push(`${node.localName}${node.id && `#${node.id}`}${node.classList.length ? `.${[...node.classList].join('.')}` : ''} from ${Math.round(box.left)} to ${Math.round(box.right)}`);
      }
      if (['auto', 'hidden', 'scroll'].includes(overflowX) || box.height <= 1) return;
      for (const child of node.childNodes) {
        if (child.nodeType === Node.ELEMENT_NODE) {
          walk(child, cut || overflowX === 'clip');
        } else if (!cut && overflowX !== 'clip' && child.nodeType === Node.TEXT_NODE) {
          const range = document.createRange();
          range.selectNodeContents(child);
          if (reaches(range.getBoundingClientRect())) found.push(`a text in ${node.localName}: ${child.data.slice(0, 40)}`);
        }
      }
    };
    walk(document.body, false);
    return found.slice(0, 5);
  });
}

/** Buttons and fields without an edge, where colours are the reader's and backgrounds say nothing. */
export function edgeless(page) {
  return page.evaluate(() => [...document.querySelectorAll('button, input:not([type=checkbox], [type=file]), select, textarea')].filter((node) => {
    const seen = node.checkVisibility() && node.getBoundingClientRect();
    if (!seen || seen.width <= 1) return false;
    const { borderTopStyle, borderTopWidth, textDecorationLine } = getComputedStyle(node.closest('.editor') ?? node);
    return textDecorationLine === 'none' && (borderTopStyle === 'none' || borderTopWidth === '0px');
  }).map((node) => `${node.localName}#${node.id}.${node.className} ${node.textContent.slice(0, 40)}`));
}

/** Unfolds whatever is folded, and what that holds. */
export async function unfold(page) {
  const folded = () => page.evaluate(() => {
    const shut = [...document.querySelectorAll('main details:not([open])')].filter((one) => one.checkVisibility());
    for (const one of shut) one.querySelector('summary').click();
    return shut.length;
  });
  while (await folded());
}

/** The command line sees of a domain of the zoo what a browser saw, or is about to see, and comes to the same. */
export async function sameInTerminal(domain, seen) {
  const folder = mkdtempSync(join(tmpdir(), 'mta-sts-evidence-'));
  const file = join(folder, 'evidence');
  try {
    const args = ['check', domain, '--zoo', '--timeout', TIMEOUT, '--format', 'json', '--save', file];
    const { stdout } = await promisify(execFile)(BINARY, args, { maxBuffer: 1 << 24 }).catch((error) => {
      assert.equal(error.code, 1, `${domain}: ${error.stderr}`); // the exit code of findings
      return error;
    });
    const inBrowser = await seen;
    assert.deepEqual(comparable(inBrowser.evidence), comparable(JSON.parse(readFileSync(file, 'utf8'))), domain);
    assert.deepEqual(comparableReport(inBrowser.report), comparableReport(JSON.parse(stdout)), domain);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Evidence without what differs between two runs: who, when, how long, message ids, and certificates. */
function comparable({ domain, entries }) {
  const steps = entries.map(({ step, outcome }) => {
    const message = outcome.message && Buffer.from(outcome.message, 'base64');
    message?.fill(0, 0, 2);
    // What a TLSA record holds is made of a certificate.
    if (step.dns?.rrtype === 'TLSA') message?.fill(0, 12);
    return { step, outcome: message ? { message: message.toString('base64') } : plain(outcome) };
  });
  return { domain, steps: steps.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) };
}

/** The certificates of two zoos have other keys and other times, and a stage takes as long as it takes. */
function plain(value) {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'string') return value.replace(/\b[0-9a-f]{32,}\b/g, 'HEX');
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value).filter(([name]) => !['der', 'sha256', 'not_before', 'not_after', 'took_ms'].includes(name));
  return Object.fromEntries(kept.map(([name, inner]) => [name, plain(inner)]));
}

/** A stage takes as long as it takes. */
const untimed = (text) => text.replace(/\b\d+ ms\b/g, 'MS');

function comparableReport(report) {
  const steps = report.steps.map(({ seen, ...step }) => ({
    ...step,
    seen: seen.map(({ text, lines }) => ({ text, lines: (lines ?? []).map(untimed) })),
  }));
  // A fix may hold the time of the check, as a fresh id.
  const findings = report.findings.map((finding) => ({
    ...finding, message: untimed(finding.message), fix: finding.fix?.replace(/\d{14}Z/, 'TIME'),
  }));
  return plain({ ...report, steps, findings });
}
