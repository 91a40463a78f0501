// The view of TLS reports: what it takes, what it says of it, and what it lets a reader do with it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { BINARY, browse, open, serve, unfold } from './harness.mjs';
import { dayBefore, mail, mbox, mixed, report, zip } from './reports.mjs';

let server;
let browser;
/** A folder with the files of `mixed`, and their paths. */
let folder;
let paths;

before(async () => {
  server = await serve('--zoo');
  browser = await browse();
  folder = mkdtempSync(join(tmpdir(), 'mta-sts-reports-'));
  paths = Object.entries(mixed()).map(([name, content]) => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  });
});
after(async () => {
  await browser.close();
  await server.stop();
  rmSync(folder, { recursive: true });
});

/** Runs `work` with the view; nothing may go wrong on it. */
async function withPage(work, prepare) {
  const page = await open(browser, `${server.url}/#reports`, prepare);
  try {
    await page.waitForSelector('#reports-files', { state: 'attached' });
    await work(page);
    assert.deepEqual(page.errors, []);
  } finally {
    await page.close();
  }
}

/** Opens files, and waits until they are read. */
async function read(page, files, field = '#reports-files') {
  await page.setInputFiles(field, files);
  await isRead(page);
}

const file = (name, content) => ({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content)) });
const isRead = (page) => page.waitForFunction(() => document.querySelector('#reports-result > *') && !document.getElementById('reports-message').textContent, null, { timeout: 30_000 });
const sentence = (page) => page.textContent('#reports-result .verdict .sentence');
const text = (page, selector) => page.textContent(selector);
/** A table, row by row. */
const rows = (page, selector) => page.$$eval(`${selector} tbody tr`, (found) => found.map((row) => [...row.cells].map((cell) => cell.textContent)));
/** What failed: its type, and how often. */
const failures = (page) => page.$$eval('#reports-result [data-result]', (found) => found.map((item) => [item.dataset.result, item.querySelector('.count').textContent]));

test('files, mails, archives and an mbox are read at once, and what is none is named', () => withPage(async (page) => {
  await read(page, paths);
  assert.equal(await sentence(page), '47 of 1,280 sessions failed (3.7%).');
  assert.match(await text(page, '#reports-result .verdict'), /7 reports of 3 senders, .*\. 1 came again and counts once\.$/);
  assert.deepEqual(await failures(page), [['certificate-expired', '40 ×'], ['starttls-not-supported', '5 ×'], ['unheard-of', '2 ×']]);
  const refused = (await rows(page, '[data-key=refused]')).map(([name, why]) => `${name}: ${why}`).sort();
  assert.deepEqual(refused, [
    'cut.json: it ends in the middle of the JSON: a part of it is missing',
    'notes.txt: it is neither JSON nor gzip, zip or a mail',
    "package.json: it is JSON and no TLS report: it has name, version, and neither policies nor organization-name nor report-id",
  ]);
}));

test('a folder is read with all in it, and comes to the same as in the terminal', () => withPage(async (page) => {
  await read(page, folder, '#reports-folder');
  const [json] = await Promise.all([page.waitForEvent('download'), page.click('#reports-json')]);
  const [csv] = await Promise.all([page.waitForEvent('download'), page.click('#reports-csv')]);
  assert.deepEqual([json.suggestedFilename(), csv.suggestedFilename()], ['tls-reports.json', 'tls-reports.csv']);
  const terminal = (format) => {
    try {
      return execFileSync(BINARY, ['report', folder, '--format', format], { encoding: 'utf8' });
    } catch ({ stdout, status }) {
      assert.equal(status, 1); // the exit code of failures
      return stdout;
    }
  };
  const inBrowser = JSON.parse(readFileSync(await json.path(), 'utf8'));
  const inTerminal = JSON.parse(terminal('json'));
  const bare = ({ file: name, reason }) => ({ file: name.split('/').at(-1), reason });
  const sorted = (refused) => refused.map(bare).sort((one, other) => (one.file < other.file ? -1 : 1));
  assert.deepEqual(sorted(inBrowser.refused), sorted(inTerminal.refused));
  assert.deepEqual({ ...inBrowser, refused: [] }, { ...inTerminal, refused: [] });
  assert.deepEqual(inBrowser.totals, { successful: 1233, failed: 47 });
  assert.equal(readFileSync(await csv.path(), 'utf8'), terminal('csv'));
}));

test('what failed is explained: what it means, who must act, where, and who saw it', () => withPage(async (page) => {
  await read(page, paths);
  const expired = await text(page, '[data-result=certificate-expired]');
  for (const part of ['has expired', 'In mode testing senders delivered it all the same.', 'Who has to act: whoever runs the mail host', 'At: mx1.mx-expired-cert.zoo.test (40)', 'Addresses: 192.0.2.25', 'Mail to: mx-expired-cert.zoo.test', 'Seen by: Google Inc.', 'Reasons given: CERT_EXPIRED']) {
    assert.ok(expired.includes(part), `${part}: ${expired}`);
  }
  assert.match(await text(page, '[data-result=certificate-expired] .fix'), /^Renew the certificate/);
  const unheard = await text(page, '[data-result=unheard-of]');
  assert.match(unheard, /RFC 8460 does not have this result type/);
  assert.doesNotMatch(unheard, /At:/);
}));

test('sessions are drawn day by day, and stand in a table', () => withPage(async (page) => {
  await read(page, paths);
  const bars = await page.$$eval('.chart rect[class]', (all) => all.filter((bar) => bar.closest('g')).map((bar) => [bar.getAttribute('class'), bar.querySelector('title').textContent]));
  assert.deepEqual(bars.map(([kind]) => kind).sort(), [...Array(4).fill('failed'), ...Array(7).fill('succeeded')]);
  assert.ok(bars.some(([, title]) => /: 10 succeeded, 30 failed$/.test(title)), String(bars));
  await page.click('.by-day summary');
  const days = await rows(page, '.by-day');
  assert.equal(days.length, 9);
  assert.deepEqual(days.map(([, successful, failed]) => [successful, failed]), [
    ['100', '0'], ['90', '10'], ['no report', ''], ['30', '5'], ['no report', ''], ['200', '0'], ['10', '30'], ['800', '0'], ['3', '2'],
  ]);
}));

test('years of reports are drawn by months, and a quarter by weeks', () => withPage(async (page) => {
  const on = (days) => file(`${days}.json`, report({ organization: 'a', domain: 'example.com', days, successful: 1 }));
  await read(page, [on(1), on(200)]);
  assert.equal(await text(page, '.by-day h2'), 'Sessions by week');
  await read(page, [on(1500)]);
  assert.equal(await text(page, '.by-day h2'), 'Sessions by month');
  assert.equal((await rows(page, '.by-day')).reduce((sum, [, count]) => sum + (Number(count) || 0), 0), 3);
}));

test('sessions are counted by sender, by mail host and by domain', () => withPage(async (page) => {
  await read(page, paths);
  const figures = async (key) => (await rows(page, `[data-key=${key}]`)).map((row) => row.slice(0, 4));
  assert.deepEqual(await figures('senders'), [
    ['Microsoft Corporation', '2', '1,000', '0'], ['Google Inc.', '3', '200', '40'], ['mail.example', '2', '33', '7'],
  ]);
  assert.deepEqual((await figures('hosts')).map((row) => row.slice(0, 3)), [
    ['mx1.mx-expired-cert.zoo.test', '200', '40'], ['mx1.enforce-good.zoo.test', '1,033', '5'], ['(not told)', '', '2'],
  ]);
  assert.deepEqual((await figures('domains')).map((row) => row.slice(0, 3)), [
    ['mx-expired-cert.zoo.test', '200', '40'], ['enforce-good.zoo.test', '1,033', '7'],
  ]);
}));

test('anything can be chosen, and taken back', () => withPage(async (page) => {
  await read(page, paths);
  const all = await sentence(page);
  const chooses = async (field, value, wanted) => {
    await page.selectOption(`#reports-${field}`, `=${value}`);
    await page.waitForFunction((said) => document.querySelector('#reports-result .sentence')?.textContent === said, wanted);
  };
  await chooses('organization', 'Google Inc.', '40 of 240 sessions failed (17%).');
  assert.deepEqual(await failures(page), [['certificate-expired', '40 ×']]);
  await chooses('result_type', 'certificate-expired', '40 sessions failed like this; 100 succeeded under the same policies.');
  await page.click('.reports-filters button');
  await page.waitForFunction((said) => document.querySelector('#reports-result .sentence')?.textContent === said, all);
  assert.deepEqual(await page.$$eval('.reports-filters select', (selects) => selects.map((select) => select.value)), ['', '', '', '']);
  await chooses('domain', 'enforce-good.zoo.test', '7 of 1,040 sessions failed (0.67%).');
  await chooses('mx', 'mx1.enforce-good.zoo.test', '5 sessions failed like this; 30 succeeded under the same policies.');
  await page.click('.reports-filters button');
  await page.fill('#reports-since', dayBefore(2));
  await page.waitForFunction(() => /^2 of 805/.test(document.querySelector('#reports-result .sentence').textContent));
  await page.fill('#reports-until', dayBefore(2));
  await page.waitForFunction(() => /^All 800/.test(document.querySelector('#reports-result .sentence').textContent));
  // What is chosen is what is exported.
  const [json] = await Promise.all([page.waitForEvent('download'), page.click('#reports-json')]);
  assert.deepEqual(JSON.parse(readFileSync(await json.path(), 'utf8')).totals, { successful: 800, failed: 0 });
  await page.selectOption('#reports-organization', '=Google Inc.');
  await page.waitForFunction(() => /No report is like that/.test(document.getElementById('reports-result').textContent));
}));

test('a domain that failed is checked now, and its host with it', () => withPage(async (page) => {
  await read(page, paths);
  await page.click('[data-result=certificate-expired] [data-live] button');
  await page.waitForSelector('[data-result=certificate-expired] .live-said a', { timeout: 60_000 });
  const said = await text(page, '[data-result=certificate-expired] .live-said');
  assert.match(said, /mx-expired-cert\.zoo\.test/);
  assert.match(said, /mx1\.mx-expired-cert\.zoo\.test: ✕ certificate expired/);
  assert.equal(await page.getAttribute('[data-result=certificate-expired] .live-said a', 'href'), '#domain=mx-expired-cert.zoo.test');
}));

test('safe to enforce: by reports, and by a check now', () => withPage(async (page) => {
  await read(page, paths);
  const items = () => rows(page, '#reports-safe');
  await page.selectOption('#reports-safe-domain', 'mx-expired-cert.zoo.test');
  await page.waitForFunction(() => /certificate-expired/.test(document.getElementById('reports-safe').textContent));
  assert.match(await text(page, '#reports-safe'), /By the reports, no/);
  assert.deepEqual((await items()).map(([state]) => state), ['✕ blocks']);
  assert.match((await items())[0][1], /^Google Inc\. reported certificate-expired for 40 sessions at mx1\.mx-expired-cert\.zoo\.test, the last on \d{4}-\d\d-\d\d$/);

  // What was mended since does not count any more, and what is older than is asked for neither.
  await page.selectOption('#reports-safe-domain', 'enforce-good.zoo.test');
  await page.waitForFunction(() => /starttls-not-supported/.test(document.getElementById('reports-safe').textContent));
  const states = Object.fromEntries((await items()).map(([state, what]) => [/starttls|unheard|Microsoft/.exec(what)[0], state]));
  assert.deepEqual(states, { unheard: '✕ blocks', starttls: '– not seen', Microsoft: '✓ passes' });
  await page.selectOption('#reports-safe-days', '365');
  await page.click('#reports-safe-check');
  await page.waitForSelector('#reports-safe summary', { timeout: 60_000 });
  assert.match(await text(page, '#reports-safe'), /enforce-good\.zoo\.test is not ready for enforce: mail\.example reported unheard-of for 2 sessions/);
  const all = (await items()).map(([, what]) => what).join('\n');
  assert.match(all, /the policy is valid/);
  assert.match(all, /takes mail over verified TLS/);
}));

test('of a domain without reports the reports tell nothing', () => withPage(async (page) => {
  await read(page, [file('old.json', report({ organization: 'a', domain: 'enforce-good.zoo.test', days: 100, successful: 3 }))]);
  await page.waitForFunction(() => /tell nothing of the last 14 days/.test(document.getElementById('reports-safe').textContent));
  await page.click('#reports-safe-check');
  await page.waitForFunction(() => /cannot be told from here/.test(document.getElementById('reports-safe').textContent), null, { timeout: 60_000 });
}));

test('days without a report of a sender that used to report are shown', () => withPage(async (page) => {
  const on = (days) => file(`${days}.json`, report({ organization: 'daily.example', domain: 'example.com', days, successful: 1 }));
  await read(page, [12, 11, 10, 7].map(on));
  await page.click('[data-key=fold-gaps] summary');
  const found = await rows(page, '[data-key=fold-gaps]');
  assert.deepEqual(found.map(([sender, domain, days]) => [sender, domain, days]), [['daily.example', 'example.com', '2'], ['daily.example', 'example.com', '5']]);
}));

test('where reports are not as RFC 8460 has them is said, with the place', () => withPage(async (page) => {
  await read(page, paths);
  await page.click('[data-key=fold-deviations] summary');
  const found = await rows(page, '[data-key=fold-deviations]');
  assert.ok(found.some(([sender, reports, place, what]) => sender === 'Microsoft Corporation' && reports === '1' && place === 'date-range.start-datetime' && /zone/.test(what)), JSON.stringify(found));
}));

test('a report, or a mail with one, is pasted', () => withPage(async (page) => {
  await page.click('#reports-drop summary');
  await page.fill('#reports-text', mail(report({ organization: 'a', domain: 'example.com', days: 2, successful: 5 }), { type: 'application/tlsrpt+json', name: 'x.json' }));
  await page.click('#reports-drop form button');
  await isRead(page);
  assert.equal(await sentence(page), 'All 5 sessions succeeded.');
  // Anywhere on the view, too.
  await page.evaluate((pasted) => {
    const data = new DataTransfer();
    data.setData('text/plain', pasted);
    document.getElementById('reports-title').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }));
  }, JSON.stringify(report({ organization: 'b', domain: 'example.com', days: 2, successful: 7 })));
  await page.waitForFunction(() => /^All 12/.test(document.querySelector('#reports-result .sentence').textContent));
  await page.fill('#reports-text', 'no report');
  await page.click('#reports-drop form button');
  await page.waitForSelector('[data-key=refused]');
  assert.deepEqual(await rows(page, '[data-key=refused]'), [['pasted text', 'it is neither JSON nor gzip, zip or a mail']]);
}));

test('files are dropped anywhere on the view', () => withPage(async (page) => {
  await page.evaluate((dropped) => {
    const data = new DataTransfer();
    data.items.add(new File([dropped], 'dropped.json'));
    document.getElementById('reports-title').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  }, JSON.stringify(report({ organization: 'a', domain: 'example.com', days: 2, successful: 5 })));
  await isRead(page);
  assert.equal(await sentence(page), 'All 5 sessions succeeded.');
}));

test('more is read beside what is there, the same again counts once, and all of it can be cleared', () => withPage(async (page) => {
  const one = file('one.json', report({ organization: 'a', domain: 'example.com', days: 2, successful: 5 }));
  await read(page, [one]);
  await read(page, [one, file('two.json', report({ organization: 'a', domain: 'example.com', days: 1, successful: 6 }))]);
  assert.equal(await sentence(page), 'All 11 sessions succeeded.');
  await page.click('#reports-clear');
  await page.waitForFunction(() => !document.querySelector('#reports-result > *'));
  await read(page, [one]);
  assert.equal(await sentence(page), 'All 5 sessions succeeded.');
}));

test('what is packed beyond all measure, or damaged, is refused, and the rest is read', () => withPage(async (page) => {
  const zeros = Buffer.alloc(20 << 20);
  const good = JSON.stringify(report({ organization: 'a', domain: 'example.com', days: 2, successful: 5 }));
  let nested = Buffer.from(good);
  for (let depth = 0; depth < 12; depth += 1) nested = gzipSync(nested);
  await read(page, [
    file('bomb.json.gz', gzipSync(zeros)), file('bomb.zip', zip({ 'bomb.json': zeros, 'good.json': good })), file('nested.gz', nested),
    file('damaged.gz', gzipSync(good).subarray(0, 100)), file('empty.json', ''), file('damaged.zip', zip({ 'x.json': good }).subarray(0, 60)),
  ]);
  assert.equal(await sentence(page), 'All 5 sessions succeeded.');
  const found = Object.fromEntries((await rows(page, '[data-key=refused]')).map(([name, why]) => [name.replace(/(\.gz)+$/, '.gz'), why]));
  assert.match(found['bomb.json.gz'], /unpacked it has more than 16 MiB/);
  assert.match(found['bomb.zip/bomb.json'], /unpacked it has more than 16 MiB/);
  assert.match(found['damaged.gz'], /damaged/);
  assert.match(found['empty.json'], /there is nothing in it/);
  assert.match(found['damaged.zip'], /zip archive cannot be read/);
  assert.ok(Object.entries(found).some(([name, why]) => name.startsWith('nested') && /too deep/.test(why)), JSON.stringify(found));
}));

/** An mbox of many mails, and of some megabytes: what is not part of a report is as long as it takes. */
const manyMails = (count) => mbox(Array.from({ length: count }, (_, index) => mail(
  { ...report({ organization: `sender${index % 7}.example`, domain: 'example.com', days: 1 + (index % 30), successful: 2, id: String(index) }), 'x-more': 'abcdefgh'.repeat(40).repeat(1 + (index % 3)) },
  { type: 'application/tlsrpt+json', name: 'r.json' },
)));

test('an mbox of thousands of reports is read to its end, with its progress shown', { timeout: 120_000 }, () => withPage(async (page) => {
  await page.evaluate(() => {
    window.seen = [];
    new MutationObserver(() => {
      const bar = document.querySelector('#reports-progress progress');
      if (bar) window.seen.push([bar.value / bar.max, document.querySelector('#reports-progress span').textContent]);
    }).observe(document.getElementById('reports-progress'), { subtree: true, childList: true, characterData: true, attributes: true });
  });
  await read(page, [file('many.mbox', manyMails(6_000))]);
  assert.equal(await sentence(page), 'All 12,000 sessions succeeded.');
  const seen = await page.evaluate(() => window.seen);
  assert.ok(seen.length > 0 && seen.every(([part]) => part >= 0 && part <= 1), JSON.stringify(seen.slice(0, 5)));
  assert.match(seen.at(-1)[1], /^[\d,]+ reports$/);
  assert.equal(await page.isHidden('#reports-progress'), true);
}));

test('reading can be stopped, and what was read by then is shown', { timeout: 120_000 }, () => withPage(async (page) => {
  await page.setInputFiles('#reports-files', Array.from({ length: 4 }, (_, index) => file(`${index}.mbox`, manyMails(4_000).replaceAll('"report-id":"', `"report-id":"${index}-`))));
  await page.click('#reports-progress button');
  await isRead(page);
  assert.equal(await page.isHidden('#reports-progress'), true);
  const read = Number((await text(page, '#reports-result .verdict')).match(/([\d,]+) reports/)[1].replaceAll(',', ''));
  assert.ok(read > 0 && read < 16_000, String(read));
  assert.match(await sentence(page), /^Reading was stopped: \d+(\.\d+)?% of it is not read\. /);
  assert.equal(await page.$('#reports-result .verdict.good'), null);
}));

test('what is opened while something is read is read behind it', { timeout: 120_000 }, () => withPage(async (page) => {
  await page.setInputFiles('#reports-files', [file('many.mbox', manyMails(4_000))]);
  await page.setInputFiles('#reports-files', [file('one.json', report({ organization: 'a', domain: 'example.com', days: 2, successful: 5 }))]);
  await isRead(page);
  assert.equal(await sentence(page), 'All 8,005 sessions succeeded.');
}));

test('gzip of several members, and with something behind it, is read', () => withPage(async (page) => {
  const one = (days) => JSON.stringify(report({ organization: 'a', domain: 'example.com', days, successful: 5 }));
  await read(page, [
    file('padded.json.gz', Buffer.concat([gzipSync(one(1)), Buffer.alloc(512)])), file('line.json.gz', Buffer.concat([gzipSync(one(2)), Buffer.from('\r\n')])),
    file('two.json.gz', Buffer.concat([gzipSync(one(3)), gzipSync(one(4)), Buffer.from('\n')])),
  ]);
  assert.equal(await sentence(page), 'All 20 sessions succeeded.');
}));

test('the mails of a Maildir are read, and what a system keeps for itself is not', () => withPage(async (page) => {
  const root = mkdtempSync(join(tmpdir(), 'mta-sts-maildir-'));
  const put = (path, days) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), mail(report({ organization: 'a', domain: 'example.com', days, successful: 5 })));
  };
  put('cur/1.host:2,S', 1);
  put('.TLSRPT/new/2.host', 2);
  put('.cache/3.eml', 3);
  await read(page, root, '#reports-folder');
  assert.equal(await sentence(page), 'All 10 sessions succeeded.');
  rmSync(root, { recursive: true });
}));

test('reports without a time, or of one to come, are counted and said', () => withPage(async (page) => {
  const undated = report({ organization: 'a', domain: 'example.com', days: 2, successful: 5, id: 'x' });
  delete undated['date-range'];
  await read(page, [file('a.json', undated), file('b.json', report({ organization: 'a', domain: 'example.com', days: -400, successful: 7 })), file('c.json', report({ organization: 'a', domain: 'example.com', days: 1, successful: 1 }))]);
  assert.equal(await sentence(page), 'All 13 sessions succeeded.');
  assert.match(await text(page, '#reports-result .verdict'), /1 does not say what day it is of\. 1 is of a day that is still to come\.$/);
  assert.equal(await text(page, '.by-day h2'), 'Sessions by day');
}));

test('a print has what is folded, and no form', () => withPage(async (page) => {
  await read(page, paths);
  await page.emulateMedia({ media: 'print' });
  await page.waitForFunction(() => document.querySelector('[data-key=fold-deviations]').open && document.querySelector('.by-day details').open);
  for (const gone of ['#reports-drop', '#reports-filters', '[data-live] button', '#reports-safe-check']) assert.equal(await page.isVisible(gone), false, gone);
  await page.emulateMedia({ media: 'screen' });
  await page.waitForFunction(() => !document.querySelector('[data-key=fold-deviations]').open);
}));

test('without its reader the view says so', () => withPage(async (page) => {
  await page.waitForSelector('#reports-message.wrong');
  assert.match(await text(page, '#reports-message'), /^The reader could not be loaded/);
}, (page) => page.route('**/pkg-reports/*', (route) => route.abort())));

test('what was chosen, unfolded and typed stays where the result is drawn anew', () => withPage(async (page) => {
  await read(page, paths);
  await unfold(page);
  await page.focus('#reports-domain');
  await page.selectOption('#reports-domain', '=enforce-good.zoo.test');
  await page.waitForFunction(() => /1,040/.test(document.querySelector('#reports-result .sentence').textContent));
  assert.equal(await page.evaluate(() => document.activeElement.id), 'reports-domain');
  assert.equal(await page.evaluate(() => document.querySelector('.by-day details').open), true);
}));
