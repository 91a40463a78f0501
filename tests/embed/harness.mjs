// What these tests share: the companion with the zoo, sites of other origins that embed from it, and a browser.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BINARY = process.env.MTA_STS ?? join(ROOT, 'target/debug/mta-sts');
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const TYPES = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.mjs': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8',
  '.json': 'application/json', '.svg': 'image/svg+xml', '.wasm': 'application/wasm', '.woff2': 'font/woff2', '.txt': 'text/plain; charset=utf-8',
};

/** Starts `mta-sts serve --zoo` on a free port, and gives its address and a way to end it. */
export async function serveZoo() {
  const child = spawn(BINARY, ['serve', '--zoo', '--listen', '127.0.0.1:0', '--timeout', '10', '--log-level', 'warn']);
  child.stderr.pipe(process.stderr);
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /http:\/\/\S+/.exec(line)?.[0];
    if (url) return { url, stop: () => child.kill('SIGTERM') };
  }
  throw new Error('mta-sts serve ended before it said where it serves');
}

/**
 * A site of its own origin: files of a folder, and pages that are given as texts, by their paths. A page is a text, or
 * `{ body, headers }`.
 */
export async function site({ folder, pages = {}, headers = {} } = {}) {
  const asked = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://host');
    asked.push(pathname);
    try {
      const page = pages[pathname];
      if (page !== undefined) {
        const { body = page, headers: own = {} } = typeof page === 'string' ? {} : page;
        response.writeHead(200, { 'Content-Type': TYPES[extname(pathname)] ?? TYPES['.html'], ...headers, ...own }).end(body);
        return;
      }
      if (!folder) throw new Error('no such page');
      const name = decodeURIComponent(pathname).replace(/\/$/, '/index.html');
      const file = await readFile(join(folder, name)).catch(() => readFile(join(folder, `${name}.html`)));
      response.writeHead(200, { 'Content-Type': TYPES[extname(name)] ?? TYPES['.html'], ...headers }).end(file);
    } catch {
      response.writeHead(404, { 'Content-Type': 'text/plain' }).end('not found');
    }
  });
  await new Promise((listening) => { server.listen(0, '127.0.0.1', listening); });
  return { url: `http://127.0.0.1:${server.address().port}`, asked, stop: () => server.close() };
}

export function browse() {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-sync', '--disable-background-networking', '--disable-component-update',
      '--host-resolver-rules=MAP * ~NOTFOUND,EXCLUDE localhost,EXCLUDE 127.0.0.1'],
  });
}

/** A page with what went wrong in it, every request it made, and every report that it was told. */
export async function open(browser, url, options = {}) {
  const page = await browser.newPage(options);
  page.errors = [];
  page.requests = [];
  page.on('pageerror', (error) => page.errors.push(String(error)));
  page.on('request', (request) => page.requests.push(request.url()));
  await page.addInitScript(() => {
    window.told = [];
    addEventListener('mta-sts-report', ({ detail, target }) => window.told.push({ detail, of: target.localName }));
  });
  await page.goto(url);
  return page;
}

/** Waits until as many reports were told, and gives them. */
export async function reports(page, count = 1) {
  await page.waitForFunction((wanted) => window.told.length >= wanted, count, { timeout: 60_000 });
  return page.evaluate(() => window.told);
}
