// The page in Firefox, as readers use it: by typing, clicking and pressing keys. What a check comes to is the same as in Chromium and
// in the terminal; what is drawn is drawn by another engine, so places are measured here again.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { browseInFirefox, edgeless, overflowing, sameInTerminal, serve, staticSite, unfold } from './harness.mjs';
import { mixed } from './reports.mjs';
import { catalogue } from './words.mjs';

const GOOD = 'version: STSv1\nmode: enforce\nmx: mx1.enforce-good.zoo.test\nmax_age: 604800\n';
const BAD = 'version: STSv1\nmode: enforced\nmx: mx.example.com.\nmax_age: 604800\n';

let server;
let site;
let folder;
let browser;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mta-sts-firefox-'));
  [server, site, browser] = await Promise.all([serve('--zoo'), staticSite(), browseInFirefox(folder)]);
});
after(async () => {
  await browser.close();
  site.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

/** What Firefox says of the look of a browser at a policy host that exists in the zoo alone. */
const UNREACHED = /Cross-Origin Request Blocked: .* https:\/\/mta-sts\.[\w.-]+\/\.well-known\/mta-sts\.txt\. \(Reason: CORS request did not succeed\)/;

/** A page in a context, with an ear for what goes wrong on it. */
async function opened(context, url, { width = 1280, height = 900, kept = false, prepare } = {}) {
  const page = await context.newPage();
  page.errors = [];
  const note = (text) => { if (!UNREACHED.test(text)) page.errors.push(text); };
  page.on('pageerror', ({ message }) => note(message));
  page.on('console', (message) => note(`${message.type()}: ${message.text()}`));
  await page.setViewport({ width, height });
  await page.evaluateOnNewDocument((keeps) => {
    window.refused = [];
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => window.refused.push(`${effectiveDirective}: ${blockedURI}`));
    if (!keeps) delete Navigator.prototype.serviceWorker;
  }, kept);
  await prepare?.(page);
  await page.goto(url);
  await page.waitForSelector('html[data-ready]');
  return page;
}

/** What went wrong on a page: what its console says, and what its policy refused. */
const wrongOn = async (page) => [...page.errors, ...await page.evaluate(() => window.refused)];

/** Pages with a storage of their own. What they download goes to the folder. */
const ownStorage = () => browser.createBrowserContext({ downloadBehavior: { policy: 'allow', downloadPath: folder } });

/** A page with a storage of its own, closed again; nothing may go wrong on it. */
async function withPage(work, { hash = '', url = server.url, ...options } = {}) {
  const context = await ownStorage();
  try {
    const page = await opened(context, `${url}/${hash}`, options);
    await work(page);
    assert.deepEqual(await wrongOn(page), []);
  } finally {
    await context.close();
  }
}

const text = (page, selector) => page.$eval(selector, (node) => node.textContent);
const texts = (page, selector) => page.$$eval(selector, (nodes) => nodes.map((node) => node.textContent));
const value = (page, selector = '#draft-text') => page.$eval(selector, (field) => field.value);
const codes = (page) => page.$$eval('#draft-result .finding', (items) => items.map((item) => item.dataset.code));

/** Presses keys together, such as `Control+z`. */
async function press(page, keys) {
  const names = keys.split('+');
  for (const name of names) await page.keyboard.down(name);
  for (const name of names.reverse()) await page.keyboard.up(name);
}

/** Types a text in place of what is in a field. */
async function fill(page, selector, typed) {
  await page.focus(selector);
  await press(page, 'Control+a');
  await page.keyboard.press('Delete');
  await page.keyboard.type(typed);
}

/** Waits until a check has come to its end, and gives what there is. */
async function done(page, domain) {
  await page.waitForFunction(
    (asked) => document.documentElement.dataset.state === 'done' && window.mtaSts?.report.domain === asked,
    { timeout: 60_000 },
    domain,
  );
  // As a text: WebDriver describes every value by itself.
  return JSON.parse(await page.evaluate(() => JSON.stringify(window.mtaSts)));
}

/** Types a domain, and waits until it is checked. */
async function check(page, domain) {
  await fill(page, '#domain', domain);
  await page.keyboard.press('Enter');
  return done(page, domain);
}

/** What a reader has after pressing a button that copies: it is put into a field by the keys for that. */
async function copied(page, selector) {
  await page.click(selector);
  await page.waitForFunction((button) => document.querySelector(button).textContent === 'Copied', {}, selector);
  return pasted(page);
}

async function pasted(page) {
  await page.evaluate(() => {
    const field = document.body.appendChild(document.createElement('textarea'));
    field.id = 'pasted';
    field.focus();
  });
  await press(page, 'Control+v');
  await page.waitForFunction(() => document.getElementById('pasted').value);
  return page.$eval('#pasted', (field) => {
    field.remove();
    return field.value;
  });
}

/** The file that a click downloads: its name is known by then. */
async function downloaded(page, selector, name) {
  const file = join(folder, name);
  rmSync(file, { force: true });
  await page.click(selector);
  const whole = () => existsSync(file) && readFileSync(file).length > 0 && !existsSync(`${file}.part`);
  for (let tries = 0; !whole(); tries += 1) {
    assert.ok(tries < 200, `${name} was not downloaded`);
    await new Promise((again) => { setTimeout(again, 50); });
  }
  return file;
}

/** Waits until what mends was loaded. */
const mends = (page) => page.waitForSelector('#view-draft[data-mends]');

const DOMAINS = [
  'enforce-good', 'no-record', 'policy-redirect', 'wildcard-two-labels', 'mx-expired-cert', 'testing-failing', 'two-records',
  'policy-invalid', 'null-mx', 'mx-ehlo-554', 'delegated-wrong-name',
];
const ENDS = { deliver: 'good', refuse: 'bad', 'deliver-and-report': 'doubt', 'no-sts': 'doubt', unknown: 'note' };

test('domains of every kind come to what the terminal says of them', () => withPage(async (page) => {
  for (const name of DOMAINS) {
    const domain = `${name}.zoo.test`;
    const { report, evidence } = await check(page, domain);
    await sameInTerminal(domain, { report, evidence });
    const end = report.mx_lookup === 'null' ? 'note' : ENDS[report.delivery];
    await page.waitForSelector(`.path[data-end=${end}]`);
    assert.equal(await text(page, '.verdict .sentence'), report.summary);
    assert.equal(await text(page, '#result [role=status]'), report.summary);
    assert.deepEqual((await page.$$eval('.finding', (items) => items.map((item) => item.dataset.code))).sort(), report.findings.map(({ code }) => code).sort(), domain);
    assert.equal(await page.title(), `${domain} – MTA-STS checker`);
    // The boxes of the way stand side by side, and their texts within them.
    const [boxes, over] = await page.$$eval('.path .node', (nodes) => [
      nodes.map((node) => node.querySelector('rect').getBoundingClientRect()).map(({ left, right, width }) => [left, right, width]),
      nodes.filter((node) => {
        const box = node.querySelector('rect').getBoundingClientRect();
        return [...node.querySelectorAll('text')].some((part) => part.getBoundingClientRect().right > box.right);
      }).map((node) => node.textContent),
    ]);
    assert.deepEqual(over, [], domain);
    assert.ok(boxes.length >= 4 && boxes.every(([, , width]) => width > 30), domain);
    for (const [index, [left]] of boxes.slice(1, 3).entries()) assert.ok(left > boxes[index][1], domain);
  }
}));

test('what goes wrong on a page is heard', async () => {
  const context = await ownStorage();
  const page = await opened(context, server.url);
  assert.deepEqual(await wrongOn(page), []);
  await page.evaluate(() => {
    document.body.setAttribute('style', 'color: red');
    setTimeout(() => { throw new Error('thrown for the test'); });
  });
  await page.waitForFunction(() => window.refused.length);
  while (!page.errors.some((error) => error.includes('thrown'))) await page.evaluate(() => new Promise(requestAnimationFrame));
  assert.match(String(await wrongOn(page)), /style-src/);
  await context.close();
});

test('stages unfold, and what was seen, said and measured stands in them', () => withPage(async (page) => {
  const { evidence } = await check(page, 'mx-expired-cert.zoo.test');
  for (const [stage, command] of [
    ['record', 'dig +dnssec -t TXT -q _mta-sts.mx-expired-cert.zoo.test.'],
    ['policy', 'curl --include --max-redirs 0 --max-time 60 https://mta-sts.mx-expired-cert.zoo.test/.well-known/mta-sts.txt'],
    ['hosts', 'openssl s_client -starttls smtp'],
  ]) {
    await page.click(`[data-stage=${stage}] > details > summary`);
    await page.waitForSelector(`[data-stage=${stage}] .step`);
    assert.ok((await text(page, `[data-stage=${stage}] .stage-body`)).includes(command), stage);
  }
  await page.click('[data-stage=hosts] .raw > summary');
  const { session } = evidence.entries.find(({ step }) => step.smtp).outcome;
  const raw = await text(page, '[data-stage=hosts] .raw');
  for (const { us, text: line } of session.transcript) assert.ok(raw.includes(`${us ? '>' : '<'} ${line}`), line);
  // By the keyboard they fold again.
  await page.focus('[data-stage=record] summary');
  await page.keyboard.press('Enter');
  assert.equal(await page.$('[data-stage=record] > details[open]'), null);
  // A box of the way leads to its stage.
  await page.click('.path [data-node=record]');
  await page.waitForSelector('[data-stage=record] > details[open]');
  assert.equal(await page.evaluate(() => document.activeElement.closest('[data-stage]')?.dataset.stage), 'record');
}));

test('a finding says why and where, and what it has to be copied is', () => withPage(async (page) => {
  const { report } = await check(page, 'policy-invalid.zoo.test');
  const finding = '.finding[data-code=policy-mode]';
  await page.click(`${finding} [aria-expanded]`);
  await page.waitForFunction((item) => document.querySelector(`${item} .why`).textContent.length > 40, {}, finding);
  await page.click(`${finding} .meta button`);
  await page.waitForSelector('[data-stage=policy] .about');
  assert.equal(await text(page, '[data-stage=policy] .lines mark'), 'enforced');
  assert.equal(await copied(page, `${finding} .fix .copy`), 'mode: enforce');
  assert.equal(await copied(page, '.actions .copy'), `${server.url}/#domain=policy-invalid.zoo.test`);
  const ticket = await copied(page, '.actions .copy ~ .copy');
  assert.ok(ticket.startsWith('## MTA-STS of policy-invalid.zoo.test') && ticket.includes(report.findings[0].code), ticket);
  await page.click(`${finding} .mended summary`);
  await page.waitForSelector('.mended .block pre');
  assert.equal(await copied(page, '.mended .block .copy'), await text(page, '.mended .block pre'));
}));

test('an address leads to its domain, and the buttons back and forward to others', () => withPage(async (page) => {
  await done(page, 'enforce-good.zoo.test');
  await check(page, 'no-record.zoo.test');
  await page.goBack();
  await done(page, 'enforce-good.zoo.test');
  assert.match(await text(page, '.verdict .sentence'), /is enforced/);
  await page.goForward();
  await done(page, 'no-record.zoo.test');
  assert.equal(await value(page, '#domain'), 'no-record.zoo.test');
}, { hash: '#domain=enforce-good.zoo.test' }));

test('a check that runs is cancelled, and what was seen stays', () => withPage(async (page) => {
  await fill(page, '#domain', 'mx-silent.zoo.test');
  await page.keyboard.press('Enter');
  await page.waitForSelector('[data-stage=record][data-state=valid]');
  await page.click('#cancel-button');
  await page.waitForSelector('html[data-state=cancelled]');
  assert.match(await text(page, '.verdict .sentence'), /was cancelled/);
  assert.ok(await page.$('[data-stage=record][data-state=valid]'));
  await page.waitForSelector('#check-button', { visible: true });
}));

test('a check is saved, and opened again', () => withPage(async (page) => {
  const { report, evidence } = await check(page, 'two-records.zoo.test');
  const day = new Date(evidence.now * 1000).toISOString().slice(0, 10);
  const file = await downloaded(page, '#save', `two-records.zoo.test-${day}.json`);
  assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), evidence);
  await page.click('#nav-check');
  await page.waitForSelector('#result .result[hidden]');
  await (await page.$('#check-file')).uploadFile(file);
  assert.deepEqual((await done(page, 'two-records.zoo.test')).report, report);
  assert.match(await text(page, '#domain-message'), /^As it was seen on .*, from two-records/);
}));

/** Where the marks of the field are, and which letters of the text the browser has there. */
function marksOverText(page) {
  return page.evaluate(() => {
    const field = document.getElementById('draft-text');
    const at = (x, y) => {
      const found = document.caretPositionFromPoint(x, y);
      return found.offsetNode === field ? found.offset : undefined;
    };
    return [...document.querySelectorAll('#draft-layer .under')].map((mark) => {
      mark.scrollIntoView({ block: 'center' });
      const boxes = [...mark.getClientRects()];
      const [first, last] = [boxes[0], boxes.at(-1)];
      const [start, end] = [at(first.left + 1, first.top + first.height / 2), at(last.right - 1, last.top + last.height / 2)];
      return [mark.textContent, field.value.slice(start, end)];
    });
  });
}

/** The text lies over its marks; without one of them the field would look otherwise. */
async function marksAreSeen(page) {
  await page.evaluate(() => document.activeElement.blur()); // or the caret would blink
  const field = await page.$('.editor');
  const look = async () => Buffer.from(await field.screenshot());
  const whole = await look();
  assert.ok(whole.equals(await look()));
  for (const mark of await page.$$('#draft-layer .under')) {
    const show = (visibility) => mark.evaluate((node, how) => { node.style.visibility = how; }, visibility);
    await show('hidden');
    assert.ok(!whole.equals(await look()), await mark.evaluate((node) => node.textContent));
    await show('');
  }
}

test('a draft is linted as it is typed, and its faults are marked where they stand', async () => {
  for (const width of [1280, 360]) {
    await withPage(async (page) => {
      await mends(page);
      await page.focus('#draft-text');
      await page.keyboard.type('version: STSv1\nmode: enforced\n');
      await page.waitForSelector('#draft-result .finding[data-code=policy-mode]');
      const long = `${'a-long-name-'.repeat(4)}x.${'another-long-one.'.repeat(4)}example.com.`;
      await page.keyboard.type(`mx: mx.example.com.\nmx: ${long}\nmax_age: 6o4800\n`);
      await page.waitForSelector('#draft-result .finding[data-code=policy-max-age]');
      assert.deepEqual(await marksOverText(page), [['enforced', 'enforced'], ['.', '.'], ['.', '.'], ['6o4800', '6o4800']]);
      const [layer, field, inner] = await page.evaluate(() => {
        const area = document.getElementById('draft-text');
        return [document.getElementById('draft-layer').getBoundingClientRect().height, area.getBoundingClientRect().height, area.scrollHeight];
      });
      assert.equal(field, layer);
      assert.ok(inner <= Math.ceil(layer), `${inner} in ${layer}`);
      // A click on a marked word lights its finding.
      const { left, top, width: wide, height } = await page.$eval('#draft-layer .under', (mark) => {
        mark.scrollIntoView({ block: 'center' });
        return mark.getBoundingClientRect().toJSON();
      });
      await page.mouse.click(left + wide / 2, top + height / 2);
      await page.waitForSelector('.finding.lit[data-code=policy-mode]');
      assert.deepEqual(await texts(page, '#draft-layer .lit'), ['enforced']);
      await marksAreSeen(page);
      await fill(page, '#draft-text', 'v=STSv1; id=2026-01-01');
      await page.waitForSelector('#draft-result .finding[data-code=record-id]');
      assert.deepEqual(await marksOverText(page), [['2026-01-01', '2026-01-01']]);
    }, { hash: '#draft', width });
  }
});

test('faults are mended one by one and all at once, and undo takes each back', () => withPage(async (page) => {
  await mends(page);
  await fill(page, '#draft-text', BAD);
  assert.deepEqual(await codes(page), ['policy-mode', 'policy-mx']);
  await page.click('.finding[data-code=policy-mx] .mend');
  assert.equal(await value(page), BAD.replace('.com.', '.com'));
  await press(page, 'Control+z');
  assert.equal(await value(page), BAD);
  await page.click('#draft-fix-all');
  assert.equal(await value(page), BAD.replace('enforced', 'enforce').replace('.com.', '.com'));
  await page.waitForSelector('#draft-result [data-valid=true]');
  await press(page, 'Control+z');
  assert.equal(await value(page), BAD);
  assert.deepEqual(await codes(page), ['policy-mode', 'policy-mx']);
  await press(page, 'Control+Shift+z');
  assert.equal(await value(page), BAD.replace('enforced', 'enforce').replace('.com.', '.com'));
  await press(page, 'Control+z');

  await press(page, 'Control+Home');
  await page.keyboard.press('F8');
  const chosen = () => page.$eval('#draft-text', ({ value: all, selectionStart, selectionEnd }) => all.slice(selectionStart, selectionEnd));
  assert.equal(await chosen(), 'enforced');
  await press(page, 'Alt+Enter');
  assert.equal(await value(page), BAD.replace('enforced', 'enforce'));
  await page.keyboard.press('F8');
  assert.equal(await chosen(), '.');
  await press(page, 'Control+z');
  assert.equal(await value(page), BAD);
}, { hash: '#draft' }));

test('a draft comes from a file, and goes by a link', () => withPage(async (page) => {
  await mends(page);
  const file = join(folder, 'mta-sts.txt');
  writeFileSync(file, BAD.replaceAll('\n', '\r\n'));
  await (await page.$('#draft-file')).uploadFile(file);
  await page.waitForSelector('#draft-result .finding[data-code=policy-mx]');
  assert.equal(await value(page), BAD);
  assert.match(await text(page, '#draft-about'), /4 lines · \d+ bytes · line ends CRLF · the bytes of the file/);
  // A dropped one takes its place.
  await page.$eval('#draft-text', (area, dropped) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([dropped], 'other.txt', { type: 'text/plain' }));
    area.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
  }, `\uFEFF${GOOD}`);
  await page.waitForSelector('#draft-result .finding[data-code=policy-byte-order-mark]');
  const link = await copied(page, '#draft-link');
  assert.match(link, /\/#draft=z[\w-]+$/);
  await withPage(async (other) => {
    await other.waitForSelector('#draft-result .finding[data-code=policy-byte-order-mark]');
    assert.equal(await value(other), `\uFEFF${GOOD}`);
  }, { hash: new URL(link).hash });
  await fill(page, '#draft-text', GOOD);
  await fill(page, '#against-domain', 'no-record.zoo.test');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#against-result[data-domain="no-record.zoo.test"] .sentence');
  assert.match(await text(page, '#against-result'), /mx1\.no-record\.zoo\.test/);
}, { hash: '#draft' }));

test('a reload leaves nothing half filled in', () => withPage(async (page) => {
  await mends(page);
  await page.focus('#draft-text');
  await page.keyboard.type('v=STSv1;');
  await page.select('#draft-kind', 'policy');
  await page.waitForSelector('#draft-result [data-kind=policy]');
  await page.reload();
  await mends(page);
  assert.deepEqual([await value(page), await value(page, '#draft-kind')], ['', '']);
  await page.click('#nav-setup');
  await fill(page, '#setup-domain', 'example.org');
  await fill(page, '#setup-hosts', 'mx.example.org');
  await page.select('#setup-mode', 'enforce');
  await page.waitForSelector('#setup-result:not([hidden])');
  await page.reload();
  await page.waitForSelector('html[data-ready]');
  assert.deepEqual([await value(page, '#setup-domain'), await value(page, '#setup-hosts'), await value(page, '#setup-mode')], ['', '', '']);
}, { hash: '#draft' }));

/** Has one public resolver answer as the zoo does, and no other; says whom the page asked. */
async function resolveBy(page, host, asked) {
  await page.setRequestInterception(true);
  page.on('request', async (request) => {
    const url = new URL(request.url());
    // Firefox brings along the letters of its marks of folds, as data.
    if (url.origin === site.url || url.protocol === 'data:') return request.continue();
    asked.push(url.host);
    if (url.host !== host) return request.abort();
    const answer = await fetch(`${server.url}/dns-query${url.search}`);
    return request.respond({
      status: 200,
      contentType: 'application/dns-message',
      headers: { 'access-control-allow-origin': '*' },
      body: Buffer.from(await answer.arrayBuffer()),
    });
  });
}

test('another resolver and no companion are shown with the result, and kept', () => {
  const asked = [];
  return withPage(async (page) => {
    await page.click('#settings summary');
    await page.select('#resolver', await page.$$eval('#resolver option', (all) => all.find(({ textContent }) => textContent === 'Google').value));
    await page.click('#fallback');
    await fill(page, '#companion', 'https://');
    assert.match(await text(page, '#companion-message'), /^Type the address of the companion/);
    await fill(page, '#companion', '');
    const shown = 'DNS by Google alone, mail servers by nobody (no companion)';
    assert.equal(await text(page, '#settings-shown'), shown);
    const { report } = await check(page, 'enforce-good.zoo.test');
    assert.deepEqual([report.record.state, report.policy.state, report.delivery], ['valid', 'not-observed', 'unknown']);
    assert.match(await text(page, '.verdict .aside'), /DNS by dns\.google, without a companion$/);
    assert.match(await text(page, '.unseen-part'), /there is no companion to ask/i);
    assert.deepEqual([...new Set(asked)].sort(), ['dns.google', 'mta-sts.enforce-good.zoo.test']);
    await page.reload();
    await page.waitForFunction((wanted) => document.getElementById('settings-shown').textContent === wanted, {}, shown);
    assert.equal(await page.$eval('#fallback', ({ checked }) => checked), false);
    // Firefox says it of a file that a host of files alone does not have.
    page.errors = page.errors.filter((error) => !/config\.json/.test(error));
  }, { url: site.url, prepare: (page) => resolveBy(page, 'dns.google', asked) });
});

test('a domain is set up: policy, records, files for a web host, and a plan', () => withPage(async (page) => {
  await fill(page, '#setup-domain', 'no-record.zoo.test');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#setup-result:not([hidden]) .block pre', { timeout: 60_000 });
  assert.equal(await value(page, '#setup-hosts'), 'mx1.no-record.zoo.test');
  const policy = await text(page, '#setup-result .block pre');
  assert.match(policy, /^version: STSv1\nmode: testing\nmx: mx1\.no-record\.zoo\.test\nmax_age: \d+\n$/);
  assert.match(await text(page, '#setup-result'), /_mta-sts\.no-record\.zoo\.test.*v=STSv1; id=\d{14}Z;/s);
  await page.select('#setup-hosting', 'nginx');
  const file = await downloaded(page, '#setup-zip', 'mta-sts-no-record.zoo.test-nginx.zip');
  const list = execFileSync('python3', ['-c', 'import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nprint("\\n".join(z.namelist()))\nprint(z.read([n for n in z.namelist() if n.endswith("mta-sts.txt")][-1]).decode())', file], { encoding: 'utf8' });
  assert.match(list, /^nginx\/README\.md$/m);
  assert.ok(list.includes(policy), list);
  await page.select('#plan-to', 'enforce');
  await page.click('#plan-form button[type=submit]');
  await page.waitForSelector('.plan li');
  assert.deepEqual((await texts(page, '.plan h4')).slice(0, 2), ['Publish a policy of mode testing', 'Publish the record']);
  assert.match(await text(page, '#plan-result h3'), /enforces MTA-STS on \d{4}-\d\d-\d\d at the earliest, from step \d of \d on/);
}, { hash: '#setup' }));

/** Opens TLS reports, as `{ name: bytes }`. */
async function openReports(page, files) {
  await page.waitForSelector('#reports-files');
  await page.evaluate((given) => {
    const data = new DataTransfer();
    for (const [name, content] of given) data.items.add(new File([Uint8Array.from(atob(content), (c) => c.charCodeAt(0))], name.split('/').at(-1)));
    const field = document.getElementById('reports-files');
    field.files = data.files;
    field.dispatchEvent(new Event('change'));
  }, Object.entries(files).map(([name, content]) => [name, Buffer.from(content).toString('base64')]));
  await page.waitForFunction(() => document.querySelector('#reports-result > *') && !document.getElementById('reports-message').textContent);
}

test('TLS reports are read, chosen from, exported, and their domain checked', () => withPage(async (page) => {
  await openReports(page, mixed());
  assert.equal(await text(page, '#reports-result .sentence'), '47 of 1,280 sessions failed (3.7%).');
  assert.equal((await texts(page, '[data-key=refused] tbody tr')).length, 3);
  assert.equal((await page.$$('.chart g rect')).length, 11);
  const table = await downloaded(page, '#reports-csv', 'tls-reports.csv');
  assert.equal(readFileSync(table, 'utf8').split('\r\n').length, 13);
  await page.select('#reports-domain', '=enforce-good.zoo.test');
  await page.waitForFunction(() => /^7 of 1,040/.test(document.querySelector('#reports-result .sentence').textContent));
  await page.click('#reports-safe-check');
  await page.waitForSelector('#reports-safe summary', { timeout: 60_000 });
  assert.match(await text(page, '#reports-safe'), /is not ready for enforce: mail\.example reported unheard-of/);
}, { hash: '#reports' }));

test('the language changes in place', () => withPage(async (page) => {
  const { report } = await check(page, 'mx-expired-cert.zoo.test');
  await page.evaluate(() => { window.stayed = true; });
  const [heading, title] = ['What will senders do with mail to your domain?', await text(page, '.finding h3')];
  for (const language of ['de', 'fr']) {
    const { page: said } = catalogue(language);
    await page.select('#language', language);
    await page.waitForFunction((wanted) => document.getElementById('check-title').textContent === wanted, {}, said[heading]);
    await page.waitForFunction((old) => document.querySelector('.verdict .sentence').textContent !== old, {}, report.summary);
    assert.notEqual(await text(page, '.finding h3'), title);
    assert.equal(await text(page, '#nav-setup'), said['Set up']);
    assert.equal(await page.$eval('html', ({ lang }) => lang), language);
  }
  await page.select('#language', 'en');
  await page.waitForFunction((old) => document.querySelector('.verdict .sentence').textContent === old, {}, report.summary);
  assert.equal(await text(page, '.finding h3'), title);
  assert.equal(await page.evaluate(() => window.stayed), true);
}));

test('after the first visit drafts need no network, and a check says that nobody can be asked', async () => {
  const gone = await serve('--zoo');
  const context = await ownStorage();
  try {
    let page = await opened(context, gone.url, { kept: true });
    await page.evaluate(() => navigator.serviceWorker.ready.then(({ active }) => active.state === 'activated'
      || new Promise((activated) => { active.addEventListener('statechange', activated); })));
    assert.deepEqual(await wrongOn(page), []);
    await page.close();
    await gone.stop();

    page = await opened(context, `${gone.url}/#draft`, { kept: true });
    await mends(page);
    await fill(page, '#draft-text', BAD);
    await page.waitForSelector('#draft-result .finding[data-code=policy-mx]');
    await page.click('#draft-fix-all');
    await page.waitForSelector('#draft-result [data-valid=true]');
    await page.click('#nav-rules');
    await page.waitForSelector('#rule-policy-mode');
    await page.setOfflineMode(true);
    await page.click('#nav-check');
    await fill(page, '#domain', 'example.com');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => /nobody can be asked/.test(document.getElementById('domain-message').textContent));
  } finally {
    await context.close();
  }
});

/** Each view, in the state that has most in it. */
const VIEWS = {
  check: ['', async (page) => {
    await unfold(page);
    await check(page, 'wildcard-two-labels.zoo.test');
    await unfold(page);
  }],
  draft: ['#draft', async (page) => {
    await mends(page);
    await fill(page, '#draft-text', `${BAD}mx: ${'label.'.repeat(30)}example\n`);
    await page.waitForSelector('#draft-senders:not([hidden])');
    await unfold(page);
  }],
  setup: ['#setup=testing-failing.zoo.test', async (page) => {
    await page.waitForSelector('#plan:not([hidden])', { timeout: 60_000 });
    await page.select('#plan-to', 'none');
    await page.click('#plan-form button[type=submit]');
    await page.waitForSelector('.plan li');
    await unfold(page);
  }],
  reports: ['#reports', async (page) => {
    await openReports(page, mixed());
    await unfold(page);
  }],
  rules: ['#rules', async (page) => {
    await page.waitForSelector('#rule-policy-mode');
    await unfold(page);
  }],
};

for (const [view, [hash, reach]] of Object.entries(VIEWS)) {
  test(`nothing is wider than the screen: ${view}`, () => withPage(async (page) => {
    await reach(page);
    for (const width of [1280, 768, 360]) {
      await page.setViewport({ width, height: 900 });
      await page.waitForFunction((wanted) => innerWidth === wanted, {}, width);
      assert.deepEqual(await overflowing(page), [], `${width} pixels`);
    }
  }, { hash }));
}

for (const width of [1280, 360]) {
  test(`nothing moves while answers come in, at ${width} pixels`, async () => {
    for (const domain of ['mx-expired-cert.zoo.test', 'policy-redirect.zoo.test']) {
      await withPage(async (page) => {
        // Firefox tells of no layout shifts, so the places are looked at in every frame.
        await page.evaluate(() => {
          const places = {};
          window.moved = [];
          window.frames = 0;
          const look = () => {
            const parts = [...document.querySelectorAll('.verdict, .way, [data-stage], .finding')].filter((node) => node.checkVisibility());
            if (parts.length) window.frames += 1;
            for (const node of parts) {
              const name = node.dataset.stage ?? node.dataset.code ?? node.className.split(' ')[0];
              const { top, height } = node.getBoundingClientRect();
              const place = [top + scrollY, ...node.matches('.finding') ? [] : [height]].map(Math.round).join();
              places[name] ??= place;
              if (places[name] !== place) window.moved.push(`${name}: ${places[name]} to ${place}`);
            }
            if (document.documentElement.dataset.state !== 'done') requestAnimationFrame(look);
          };
          look();
        });
        await check(page, domain);
        await page.waitForSelector('.path[data-end]');
        assert.deepEqual(await page.evaluate(() => window.moved), []);
        assert.ok(await page.evaluate(() => window.frames) > 2, domain);
      }, { width });
    }
  });
}

test('a print has every stage unfolded', () => withPage(async (page) => {
  await check(page, 'policy-invalid.zoo.test');
  const print = await page.pdf({ width: '21cm', height: '29.7cm' });
  assert.equal(await page.$('.stages > li > details[open]'), null, 'folded again');
  // Firefox reads it, too.
  const host = createServer((request, response) => { response.writeHead(200, { 'Content-Type': 'application/pdf' }).end(print); });
  await new Promise((listening) => { host.listen(0, '127.0.0.1', listening); });
  const viewer = await browser.newPage();
  try {
    await viewer.setViewport({ width: 1280, height: 3000 });
    await viewer.goto(`http://127.0.0.1:${host.address().port}/print.pdf`);
    await viewer.waitForSelector('.textLayer .endOfContent');
    const pages = await viewer.$$eval('.page', (all) => all.length);
    let words = '';
    for (let number = 1; number <= pages; number += 1) {
      const layer = `.page[data-page-number="${number}"] .textLayer`;
      await viewer.$eval(`.page[data-page-number="${number}"]`, (one) => one.scrollIntoView());
      await viewer.waitForSelector(`${layer} .endOfContent`);
      words += await text(viewer, layer);
    }
    words = words.replace(/\s+/g, '');
    for (const part of ['dig+dnssec-tTXT-q_mta-sts.policy-invalid.zoo.test.', 'mode:enforced', 'dig+dnssec-tMX-q', 'TLS1.2and1.3,TLS_AES_256_GCM_SHA384', 'dig+dnssec-tTXT-q_smtp._tls.']) {
      assert.ok(words.includes(part), `${part}: ${words}`);
    }
    assert.ok(!words.includes('Copylink') && !words.includes('Whoisasked'), words);
  } finally {
    await viewer.close();
    host.close();
  }
}));

/** Looks at a check and a draft in a Firefox with other preferences. */
async function lookWith(preferences, look) {
  const other = await browseInFirefox(folder, preferences);
  try {
    const page = await opened(other, server.url);
    await check(page, 'mx-expired-cert.zoo.test');
    await look(page);
    await page.click('#nav-draft');
    await mends(page);
    await fill(page, '#draft-text', BAD);
    await page.waitForSelector('#draft-layer .under');
    await look(page);
    assert.deepEqual(await wrongOn(page), []);
  } finally {
    await other.close();
  }
}

/** How bright a colour is that `getComputedStyle` says, from 0 to 255. */
const brightness = (colour) => colour.match(/\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 3;

test('where the reader has it dark, so is the page', () => lookWith({ 'layout.css.prefers-color-scheme.content-override': 0 }, async (page) => {
  const [ground, ...inks] = await page.evaluate(() => [
    getComputedStyle(document.documentElement).backgroundColor,
    ...[...document.querySelectorAll('h1, p, label, textarea, .sentence, .said, .hint')].filter((node) => node.checkVisibility()).map((node) => getComputedStyle(node).color),
  ]);
  assert.ok(brightness(ground) < 60, ground);
  for (const ink of inks) assert.ok(brightness(ink) > 120, ink);
}));

test('with the reader\'s own colours every button and field has an edge, and a draft its marks', () => lookWith({ 'browser.display.document_color_use': 2 }, async (page) => {
  assert.equal(await page.evaluate(() => matchMedia('(forced-colors: active)').matches), true);
  assert.deepEqual(await edgeless(page), []);
  if (await page.$('#view-draft:not([hidden])')) await marksAreSeen(page);
}));
