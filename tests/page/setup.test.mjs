// The view that makes what a domain publishes, plans changes, and a check that was saved.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { BINARY, browse, check, open, serve } from './harness.mjs';

let server;
let browser;
let folder;

before(async () => {
  server = await serve('--zoo');
  browser = await browse();
  folder = mkdtempSync(join(tmpdir(), 'mta-sts-setup-'));
});
after(async () => {
  await browser.close();
  server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A page of the view, closed again; nothing may go wrong on it. */
async function withSetup(work, { hash = '#setup', width = 1280 } = {}) {
  const page = await open(browser, `${server.url}/${hash}`, async (made) => {
    await made.setViewportSize({ width, height: 900 });
    made.asked = [];
    made.on('request', (request) => made.asked.push(request.url()));
  });
  try {
    await work(page);
    assert.deepEqual(page.errors, []);
  } finally {
    await page.close();
  }
}

const text = (page, selector) => page.textContent(selector);
const policy = (page) => text(page, '#setup-result .block pre');
const shown = (page) => page.waitForSelector('#setup-result:not([hidden])');

/** The file that a click downloads. */
async function downloaded(page, selector) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(selector)]);
  const path = join(folder, download.suggestedFilename());
  await download.saveAs(path);
  return { name: download.suggestedFilename(), path };
}

test('typed hosts give policy and records, and nobody is asked', () => withSetup(async (page) => {
  await page.fill('#setup-domain', 'example.org');
  await page.fill('#setup-hosts', '10 mx1.example.org.\nMX2.example.org\n\nbücher.example');
  await shown(page);
  assert.equal(await policy(page), 'version: STSv1\nmode: testing\nmx: mx1.example.org\nmx: mx2.example.org\nmx: xn--bcher-kva.example\nmax_age: 86400\n');
  const all = await text(page, '#setup-result');
  assert.match(all, /_mta-sts\.example\.org/);
  assert.match(all, /v=STSv1; id=\d{14}Z;/);
  assert.match(all, /mailto:tlsrpt@example\.org/);
  // What was typed goes nowhere: nothing but the page's own files is asked for.
  assert.deepEqual(page.asked.filter((url) => !url.startsWith(`${server.url}/`)), []);
  assert.deepEqual(page.asked.filter((url) => url.includes('/v1/')), []);
}));

test('every form of the records and the wishes are taken up', () => withSetup(async (page) => {
  await page.fill('#setup-domain', 'example.org');
  await page.fill('#setup-hosts', 'example-org.mail.protection.outlook.com');
  await shown(page);
  assert.match(await policy(page), /^mx: example-org\.mail\.protection\.outlook\.com$/m);
  assert.match(await text(page, '#setup-notes'), /every tenant/);
  await page.check('#setup-wide');
  await page.waitForFunction(() => /^mx: \*\.mail\.protection\.outlook\.com$/m.test(document.querySelector('#setup-result pre').textContent));
  await page.selectOption('#setup-mode', 'enforce');
  await page.waitForFunction(() => document.querySelector('#setup-result pre').textContent.includes('mode: enforce'));
  await page.fill('#setup-reports', 'tls@example.net');
  await page.waitForFunction(() => document.querySelector('#setup-result').textContent.includes('rua=mailto:tls@example.net'));
  for (const [form, part] of [['bind', '$ORIGIN example.org.'], ['route53', '"UPSERT"'], ['terraform', 'aws_route53_record'], ['octodns', 'type: TXT'], ['dnscontrol', 'D_EXTEND("example.org"'], ['zone-file', '_mta-sts.example.org. 3600 IN TXT "v=STSv1;']]) {
    await page.selectOption('#setup-form-of-records', form);
    await page.waitForFunction((wanted) => document.querySelector('#setup-result').textContent.includes(wanted), part);
  }
  await page.fill('#setup-reports', 'http://example.net');
  await page.waitForFunction(() => document.querySelector('#setup-problem').textContent.includes('no place for reports'));
  assert.equal(await page.isHidden('#setup-result'), true);
  await page.fill('#setup-reports', '');
  await shown(page);
  await page.fill('#setup-hosts', 'mx..example.org');
  await page.waitForFunction(() => document.querySelector('#setup-problem').textContent.includes('mx..example.org'));
}));

test('what a provider does itself comes first, and hosts go with their domain', () => withSetup(async (page) => {
  await shown(page);
  assert.match(await text(page, '#setup-result .stands'), /publishes this policy already/);
  const id = async () => /id=(\d+)Z/.exec(await text(page, '#setup-result'))[1];
  const first = await id();
  await page.click('#setup-published > summary');
  await page.waitForTimeout(1100);
  await page.selectOption('#setup-form-of-records', 'bind');
  assert.equal(await id(), first, 'the id stays while the policy does');
  await page.fill('#setup-domain', 'example.org');
  assert.equal(await page.inputValue('#setup-hosts'), '');
  await page.fill('#setup-hosts', 'mail.tutanota.de mx.example.org\nexample.org. 3600 IN MX 10 mx2.example.org.');
  await shown(page);
  assert.match(await text(page, '#setup-result > .problem'), /^Tuta: .*publish none of these files/);
  assert.match(await policy(page), /mx: mail\.tutanota\.de\nmx: mx\.example\.org\nmx: mx2\.example\.org\n/);
  await page.fill('#setup-domain', 'user@example.net');
  await page.waitForFunction(() => document.querySelector('#setup-result').textContent.includes('//mta-sts.example.net/'));
}, { hash: '#setup=enforce-good.zoo.test' }));

test('a domain that is looked up fills its hosts in, and a zip is ready to deploy', () => withSetup(async (page) => {
  await shown(page);
  assert.equal(await page.inputValue('#setup-hosts'), 'mx1.enforce-good.zoo.test\nmx2.enforce-good.zoo.test');
  assert.match(await policy(page), /^mode: enforce$/m);
  await page.click('#setup-published > summary');
  for (const hosting of ['github-pages', 'nginx', 'azure-static-web-apps']) {
    await page.selectOption('#setup-hosting', hosting);
    const { name, path } = await downloaded(page, '#setup-zip');
    assert.equal(name, `mta-sts-enforce-good.zoo.test-${hosting}.zip`);
    const list = execFileSync('python3', ['-c', 'import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nprint("\\n".join(z.namelist()))\nprint(z.read([n for n in z.namelist() if n.endswith("mta-sts.txt")][-1]).decode())', path], { encoding: 'utf8' });
    assert.match(list, new RegExp(`^${hosting}/README\\.md$`, 'm'));
    assert.ok(list.includes(await policy(page)), list);
    if (hosting === 'github-pages') assert.match(list, /^github-pages\/\.nojekyll$/m);
  }
}, { hash: '#setup=enforce-good.zoo.test' }));

test('a plan has dated steps, each of which is checked by a click', () => withSetup(async (page) => {
  await page.waitForSelector('#plan:not([hidden])');
  await page.selectOption('#plan-to', 'enforce');
  await page.click('#plan-form button[type=submit]');
  await page.waitForSelector('.plan li');
  const titles = await page.$$eval('.plan h4', (all) => all.map((one) => one.textContent));
  assert.deepEqual(titles.slice(0, 2), ['Publish a policy of mode testing', 'Publish the record']);
  assert.doesNotMatch(await text(page, '#plan-result'), /\[object/);
  assert.equal(await page.locator('.held').count(), 0, 'no record led to the body that is there');
  assert.match(await text(page, '.plan li:first-child'), /text\/plain:.*version: STSv1/s);
  assert.match(await text(page, '#plan-result h3'), /enforces MTA-STS on \d{4}-\d\d-\d\d at the earliest, from step \d of \d on/);
  await page.click('.plan li:nth-child(2) button:has-text("Check now")');
  await page.waitForFunction(() => document.querySelectorAll('.step-said')[1].textContent.includes('There is no valid record'), null, { timeout: 60_000 });
  const markdown = await downloaded(page, '#plan-result button:has-text("Markdown")');
  assert.match(readFileSync(markdown.path, 'utf8'), /^# MTA-STS for no-record\.zoo\.test/);
  const calendar = await downloaded(page, '#plan-result button:has-text("Calendar")');
  assert.match(readFileSync(calendar.path, 'utf8'), /^BEGIN:VCALENDAR\r\n/);
}, { hash: '#setup=no-record.zoo.test' }));

test('of a policy host that fails the fault comes first, and a policy behind a spoilt record stays', async () => {
  await withSetup(async (page) => {
    await page.waitForSelector('#plan:not([hidden])');
    assert.match(await text(page, '#setup-result > .problem'), /certificate is for another name\. Ask whoever runs policies\.own\.hosting/);
    await page.click('#plan-form button[type=submit]');
    await page.waitForSelector('.plan li');
    assert.equal(await text(page, '.plan li:first-child h4'), 'Mend the policy host');
    await page.click('.plan li:first-child button:has-text("Check now")');
    await page.waitForFunction(() => document.querySelector('.step-said').textContent.includes('Senders still get no policy'), null, { timeout: 60_000 });
  }, { hash: '#setup=delegated-wrong-name.zoo.test' });
  await withSetup(async (page) => {
    await page.waitForSelector('#plan:not([hidden])');
    assert.match(await policy(page), /^mode: enforce$/m);
    assert.match(await text(page, '#setup-result .stands'), /That is what is served there now/);
    await page.click('#plan-form button[type=submit]');
    await page.waitForSelector('.plan li');
    assert.deepEqual(await page.$$eval('.plan h4', (all) => all.map((one) => one.textContent)), ['Publish the record']);
  }, { hash: '#setup=two-records.zoo.test' });
});

test('earlier policies are waited for, and what senders hold is said', () => withSetup(async (page) => {
  await page.waitForSelector('#plan:not([hidden])');
  await page.selectOption('#plan-to', 'none');
  await page.click('#plan-earlier summary');
  await page.fill('#plan-bodies', 'version: STSv1\nmode: enforce\nmx: old.example.com\nmax_age: 31557600\n');
  await page.click('#plan-form button[type=submit]');
  await page.waitForSelector('.held');
  assert.match(await text(page, '.held'), /mode enforce, mx old\.example\.com, until .*admits no MX host of today, so they refuse mail/);
  const years = /on (\d{4})-/.exec(await text(page, '#plan-result h3'));
  assert.ok(Number(years[1]) > new Date().getUTCFullYear(), years);
  await page.fill('#plan-bodies', 'version: STSv1\nmode: enforced\n');
  await page.click('#plan-form button[type=submit]');
  await page.waitForFunction(() => document.querySelector('#plan-message').textContent.includes('Earlier policy 1 is none'));
  await page.fill('#plan-bodies', '{"at": 1, broken');
  await page.click('#plan-form button[type=submit]');
  await page.waitForFunction(() => document.querySelector('#plan-message').textContent.includes('Line 1 of the history is no JSON'));
  await page.fill('#plan-bodies', '{"a": 1}');
  await page.click('#plan-form button[type=submit]');
  await page.waitForFunction(() => document.querySelector('#plan-message').textContent.includes('Line 1 is none of a history'));
}, { hash: '#setup=enforce-good.zoo.test' }));

test('a check is saved, and looked at again without asking anybody', async () => {
  const page = await open(browser, server.url);
  const { report } = await check(page, 'mx-expired-cert.zoo.test');
  const saved = await downloaded(page, '#save');
  assert.match(saved.name, /^mx-expired-cert\.zoo\.test-\d{4}-\d\d-\d\d\.json$/);
  await page.close();

  const again = await open(browser, server.url);
  const asked = [];
  again.on('request', (request) => asked.push(request.url()));
  await again.setInputFiles('#check-file', saved.path);
  await again.waitForFunction(() => document.documentElement.dataset.state === 'done');
  assert.deepEqual((await again.evaluate(() => window.mtaSts)).report, report);
  assert.match(await text(again, '#domain-message'), /^As it was seen on .*, from mx-expired-cert/);
  assert.match(await text(again, '.verdict .sentence'), /expired certificate/);
  assert.deepEqual(asked.filter((url) => !/\/pkg|\/config\.json|\.css$/.test(url)), []);
  assert.equal(new URL(again.url()).hash, '');
  // The command line takes the same file.
  const said = spawnSync(BINARY, ['check', '--replay', saved.path, '--format', 'json'], { encoding: 'utf8' });
  assert.equal(JSON.parse(said.stdout).summary, report.summary);
  assert.deepEqual(again.errors, []);

  for (const [name, content, wrong] of [['empty.json', '', 'is no JSON'], ['other.json', '{"a": [1, "\\u001b[31m<img src=x onerror=alert(1)>"]}', 'open a file'], ['list.json', '[]', 'open a file'], ['report.json', JSON.stringify(report), 'is a report']]) {
    writeFileSync(join(folder, name), content);
    await again.setInputFiles('#check-file', join(folder, name));
    await again.waitForFunction((part) => document.querySelector('#domain-message.wrong')?.textContent.includes(part), wrong);
    assert.match(await text(again, '.verdict .sentence'), /expired certificate/, 'what was shown stays');
  }
  assert.deepEqual(again.errors, []);
  await again.close();
});

test('on a phone nothing is wider than the screen', () => withSetup(async (page) => {
  await page.waitForSelector('#plan:not([hidden])');
  await page.selectOption('#plan-to', 'none');
  await page.click('#plan-form button[type=submit]');
  await page.waitForSelector('.plan li');
  for (const fold of ['setup-reasons', 'setup-notes', 'plan-earlier']) {
    await page.evaluate((id) => { const details = document.getElementById(id); if (details) details.open = true; }, fold);
  }
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), true);
}, { hash: '#setup=enforce-good.zoo.test', width: 320 }));
