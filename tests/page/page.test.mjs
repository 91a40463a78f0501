// What the page does beside a plain check: addresses, bad input, cancelling, missing companions and
// resolvers, hostile text, drafts.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { WWW, browse, check, finished, open, resolveBy, serve, staticSite } from './harness.mjs';

let server;
let browser;
let site;

before(async () => {
  server = await serve('--zoo');
  browser = await browse();
  site = await staticSite();
});
after(async () => {
  await browser.close();
  site.close();
  server.stop();
});

/** A page that is closed again. */
async function withPage(url, work, prepare) {
  const page = await open(browser, url, prepare);
  try {
    await work(page);
    assert.deepEqual(page.errors, []);
  } finally {
    await page.close();
  }
}

const text = (page, selector) => page.textContent(selector);

test('a typed domain moves into the fragment and is checked', () => withPage(server.url, async (page) => {
  await page.fill('#domain', '  Testing-Good.ZOO.test. ');
  await page.press('#domain', 'Enter');
  await finished(page);
  assert.match(new URL(page.url()).hash, /^#domain=/);
  assert.equal(await page.inputValue('#domain'), 'testing-good.zoo.test');
  assert.match(await text(page, '.verdict .sentence'), /passes the test/);
  assert.match(await text(page, '#result [role=status]'), /passes the test/);
}));

test('?domain= is accepted and moved where no log sees it', () => withPage(`${server.url}/?domain=enforce-good.zoo.test`, async (page) => {
  await finished(page);
  assert.equal(new URL(page.url()).search, '');
  assert.equal(new URL(page.url()).hash, '#domain=enforce-good.zoo.test');
}));

test('going back shows the domain before', () => withPage(server.url, async (page) => {
  await check(page, 'enforce-good.zoo.test');
  await check(page, 'no-record.zoo.test');
  await page.goBack();
  await page.waitForFunction(() => window.mtaSts?.report.domain === 'enforce-good.zoo.test');
  assert.match(await text(page, '.verdict .sentence'), /is enforced/);
}));

test('back at the start the page is as it was', () => withPage(server.url, async (page) => {
  await check(page, 'no-record.zoo.test');
  assert.equal(await page.isVisible('#examples'), false);
  await page.goBack();
  await page.waitForSelector('#result', { state: 'hidden' });
  assert.equal(await page.isVisible('#examples'), true);
  assert.equal(await page.inputValue('#domain'), '');
  assert.equal(await page.title(), 'MTA-STS checker');
  // A check that still runs is left behind, too.
  await page.evaluate(() => { location.hash = 'domain=mx-silent.zoo.test'; });
  await page.waitForSelector('[data-stage=record][data-state=valid]');
  await page.click('#nav-check');
  await page.waitForSelector('#result', { state: 'hidden' });
  assert.equal(await page.isVisible('#cancel-button'), false);
}));

test('bad input is answered with what to type', () => withPage(server.url, async (page) => {
  for (const [typed, message] of [
    ['', /type a mail domain/i],
    ['   ', /type a mail domain/i],
    ['192.0.2.1', /IP address/],
    ['[2001:db8::1]', /IP address/],
    ['localhost', /no dot/],
    ['exa mple.com', /space/],
    [`${'a'.repeat(64)}.com`, /64 characters/],
    ['_dmarc.example.com', /underscore/],
    ['１２７.０.０.１', /IP address/],
    ['ex%41mple.com', /“%”/],
  ]) {
    await page.fill('#domain', typed);
    await page.click('#check-button');
    await page.waitForFunction((source) => new RegExp(source, 'i').test(document.getElementById('domain-message').textContent), message.source);
    assert.equal(await page.isVisible('#result'), false, typed);
    assert.equal(await page.getAttribute('#domain', 'aria-invalid'), 'true', typed);
  }
}));

test('a URL or a mail address gives its domain, and says so', () => withPage(server.url, async (page) => {
  for (const [typed, domain, said] of [
    ['https://user@no-record.zoo.test:8443/path?x', 'no-record.zoo.test', /The mail domain in that is no-record/],
    ['postmaster@two-records.zoo.test', 'two-records.zoo.test', /The mail domain in that is two-records/],
  ]) {
    await page.fill('#domain', typed);
    await page.click('#check-button');
    await page.waitForFunction((asked) => window.mtaSts?.report.domain === asked, domain);
    assert.match(await text(page, '#domain-message'), said);
  }
}));

test('a Unicode domain is checked by its A-labels', () => withPage(server.url, async (page) => {
  await page.fill('#domain', 'bücher.zoo.test');
  await page.click('#check-button');
  await page.waitForFunction(() => window.mtaSts?.report.domain === 'xn--bcher-kva.zoo.test');
  assert.equal(await page.inputValue('#domain'), 'xn--bcher-kva.zoo.test');
  assert.equal(await text(page, '#domain-message'), 'In DNS bücher.zoo.test is xn--bcher-kva.zoo.test.');
}));

/** Lets no answer about a mail host come, so that a check does not end. */
const withoutHosts = (page) => page.route('**/v1/smtp*', () => {});

test('stages show before the check is over, and it can be cancelled', () => withPage(server.url, async (page) => {
  await page.evaluate(() => { location.hash = 'domain=mx-expired-cert.zoo.test'; });
  await page.waitForSelector('[data-stage=record][data-state=valid]');
  assert.match(await text(page, '.verdict .sentence'), /^Checking mx-expired-cert/);
  assert.equal(await page.getAttribute('[data-stage=hosts]', 'data-state'), 'waiting');
  assert.equal(await page.isVisible('#check-button'), false);
  await page.click('#cancel-button');
  await page.waitForFunction(() => document.documentElement.dataset.state === 'cancelled');
  assert.match(await text(page, '.verdict .sentence'), /was cancelled/);
  assert.equal(await page.getAttribute('[data-stage=record]', 'data-state'), 'valid');
  assert.equal(await page.isVisible('#check-button'), true);
}, withoutHosts));

test('a second check ends the first', () => withPage(server.url, async (page) => {
  await page.evaluate(() => { location.hash = 'domain=mx-expired-cert.zoo.test'; });
  await page.waitForSelector('[data-stage=record][data-state=valid]');
  await page.unroute('**/v1/smtp*');
  const { shown } = await check(page, 'enforce-good.zoo.test');
  assert.match(shown.sentence, /enforce-good.zoo.test is enforced/);
}, withoutHosts));

test('every stage shows who saw what, and the command that repeats it', () => withPage(server.url, async (page) => {
  await check(page, 'mx-expired-cert.zoo.test');
  for (const [stage, command, seen] of [
    ['record', 'dig +dnssec -t TXT -q _mta-sts.mx-expired-cert.zoo.test.', /your browser by the zoo/],
    ['policy', 'curl --include --max-redirs 0 --max-time 60 https://mta-sts.mx-expired-cert.zoo.test/.well-known/mta-sts.txt', /the companion/],
    ['hosts', 'openssl s_client -starttls smtp', /certificate-expired/],
    ['tlsrpt', 'dig +dnssec -t TXT -q _smtp._tls.mx-expired-cert.zoo.test.', /v=TLSRPTv1/],
  ]) {
    await page.click(`[data-stage=${stage}] > details > summary`);
    await page.waitForSelector(`[data-stage=${stage}] .step`, { state: 'attached' });
    const shown = await text(page, `[data-stage=${stage}] .stage-body`);
    assert.ok(shown.includes(command), `${stage}: ${shown}`);
    assert.match(shown, seen);
  }
  assert.match(await text(page, '[data-stage=hosts] .stage-body'), /220 mx1\.mx-expired-cert\.zoo\.test ESMTP/);
  await page.click('.finding button[aria-expanded]');
  await page.waitForFunction(() => document.querySelector('.finding .why')?.textContent.length > 40);
}));

test('how senders read the texts folds out, once the check is over', () => withPage(`${server.url}/#domain=policy-redirect.zoo.test`, async (page) => {
  await finished(page);
  assert.equal(await page.textContent('[data-fold=others] > summary'), 'What other senders do');
  await page.click('[data-fold=others] > summary');
  const rowOf = (name) => page.$eval(`[data-fold=others] tr[data-key="${name}"]`, (row) => [...row.cells].map((cell) => cell.textContent));
  const [who, record, policy, does] = await rowOf('postfix-mta-sts-resolver');
  assert.match(who, /^postfix-mta-sts-resolver \d/);
  assert.match(record, /^✓ usable: id /);
  assert.equal(policy, '–', 'there is no policy');
  assert.equal(does, '–');
  assert.equal((await rowOf('RFC 8461'))[0], 'By the letter of RFC 8461');
  await check(page, 'wildcard-two-labels.zoo.test');
  assert.match((await rowOf('RFC 8461'))[2], /Finds no pattern for /);
  assert.match((await rowOf('postfix-tlspol'))[2], /one label or more/i);
  assert.doesNotMatch((await rowOf('postfix-tlspol'))[2], /Finds no pattern/);
  assert.match((await rowOf('RFC 8461'))[3], /^✕ refuses/);
  assert.match((await rowOf('postfix-tlspol'))[3], /^✓ delivers/);
}));

test('what senders that know DANE do is in the verdict where nobody else fails', () => withPage(`${server.url}/#domain=dane-mismatch.zoo.test`, async (page) => {
  await finished(page);
  assert.match(await text(page, '.verdict .sentence'), /^Senders that know DANE do not deliver mail to dane-mismatch\.zoo\.test, .* Others deliver it\.$/);
  assert.match(await page.getAttribute('.path', 'aria-label'), /fails DANE\. In the end: delivered, not by DANE\.$/);
  await page.click('[data-fold=others] > summary');
  assert.match(await page.textContent('[data-fold=others] dl'), /^Senders that know DANESenders that know DANE do not deliver/);
}));

test('where senders refuse mail the way out stands below the findings', () => withPage(`${server.url}/#domain=mx-not-listed.zoo.test`, async (page) => {
  await finished(page);
  assert.match(await text(page, '.way-out'), /^Where that takes time: serve the policy with mode: testing/);
  await check(page, 'enforce-good.zoo.test');
  assert.equal(await page.locator('.way-out').count(), 0);
}));

test('rules are found by what they say', () => withPage(`${server.url}/#rules`, async (page) => {
  const shown = () => page.locator('.rule:visible').count();
  await page.waitForSelector('.rule');
  const all = await shown();
  await page.fill('#rule-filter', 'MAX_AGE');
  const some = await shown();
  assert.ok(some > 0 && some < all / 2, `${some} of ${all}`);
  assert.equal(await page.isVisible('h2:has-text("The policy:")'), true);
  await page.fill('#rule-filter', 'nothing says this');
  assert.deepEqual([await shown(), await page.locator('#rule-list h2:visible').count()], [0, 0]);
  await page.evaluate(() => { location.hash = 'rule=policy-mode'; });
  await page.waitForFunction(() => document.activeElement.id === 'rule-policy-mode');
  assert.equal(await shown(), all);
}));

test('SPF, DMARC and DKIM fold out, and a selector can be named', () => withPage(server.url, async (page) => {
  await check(page, 'beside-spf-typo.zoo.test');
  assert.equal(
    await page.textContent('[data-fold=beside] > summary'),
    'Beside MTA-STS: SPF broken, DMARC found, DKIM under none of the selectors tried',
  );
  await page.click('[data-fold=beside] > summary');
  assert.match(await page.textContent('[data-fold=beside] tbody'), /`?v=spf1 ipv4:192\.0\.2\.1 -all`? is no SPF record that can be used/);
  await page.click('#settings summary');
  await page.fill('#selectors', 'x6, X7');
  await page.click('#check-button');
  await page.waitForFunction(() => /DKIM found under x7$/.test(document.querySelector('[data-fold=beside] > summary')?.textContent ?? ''));
}));

test('whether a domain is ready for enforce folds out, once the check is over', () => withPage(server.url, async (page) => {
  for (const [domain, title, first] of [
    ['testing-failing.zoo.test', 'Ready for enforce? No', /✕ blocks.*mx1\.testing-failing\.zoo\.test \(.*\) shows an expired certificate/],
    ['enforce-good.zoo.test', 'Does enforce hold? Yes', /✓ passes.*takes mail over verified TLS/],
  ]) {
    await check(page, domain);
    assert.equal(await page.textContent('[data-fold=ready] summary'), title);
    await page.click('[data-fold=ready] summary');
    assert.match(await page.textContent('[data-fold=ready] tbody'), first);
  }
}));

test('what strangers wrote is text', () => withPage(server.url, async (page) => {
  for (const [domain, stage, shown] of [
    ['mx-hostile-banner.zoo.test', 'hosts', "<script>document.title='owned'</script> \\x1B[31m \\xC3\\xA9"],
    ['policy-hostile.zoo.test', 'policy', "mx: <img src=x onerror=document.title='owned'>"],
    ['policy-html.zoo.test', 'policy', "<script>document.title = 'owned'</script>"],
  ]) {
    await check(page, domain);
    await page.click(`[data-stage=${stage}] > details > summary`);
    await page.waitForSelector(`[data-stage=${stage}] .step`, { state: 'attached' });
    assert.ok((await text(page, `[data-stage=${stage}]`)).includes(shown), domain);
    assert.equal(await page.title(), `${domain} – MTA-STS checker`);
    assert.equal(await page.evaluate(() => document.querySelectorAll('main script, main img').length), 0);
  }
}));

test('a problem of the companion is “not observed”, with its reason', () => withPage(
  server.url,
  async (page) => {
    const { report } = await check(page, 'enforce-good.zoo.test');
    assert.equal(report.mx[0].result, 'not-observed');
    assert.equal(report.mx[0].addresses[0].reason, 'companion-declined');
    assert.equal(report.delivery, 'unknown');
    await page.click('[data-stage=hosts] > details > summary');
    await page.waitForSelector('[data-stage=hosts] .step', { state: 'attached' });
    assert.match(await text(page, '[data-stage=hosts]'), /too many: come back later/);
    assert.equal(report.findings.some((finding) => finding.level === 'error'), false);
  },
  (page) => page.route('**/v1/smtp*', (route) => route.fulfill({
    status: 429,
    contentType: 'application/problem+json',
    body: JSON.stringify({ type: 'urn:x', title: 'too many', detail: 'come back later', status: 429 }),
  })),
));

test('a companion that is gone is “not observed”, and the terminal is offered', () => withPage(
  server.url,
  async (page) => {
    const { report, shown } = await check(page, 'enforce-good.zoo.test');
    assert.equal(report.policy.state, 'not-observed');
    assert.equal(report.delivery, 'unknown');
    assert.match(shown.sentence, /cannot be told from here/);
    assert.ok((await text(page, '.unseen-part')).includes('mta-sts check enforce-good.zoo.test'));
  },
  (page) => page.route('**/v1/*', (route) => route.abort()),
));

test('on a host of files alone the page checks what a browser can see, and says what it cannot', () => withPage(
  site.url,
  async (page) => {
    assert.equal(await page.isVisible('#examples'), false, 'test domains are shown with a zoo only');
    assert.match(await text(page, '#settings-shown'), /nobody \(no companion\)/);
    const { report, shown } = await check(page, 'enforce-good.zoo.test');
    assert.equal(report.record.state, 'valid');
    assert.equal(report.policy.state, 'not-observed');
    assert.equal(report.mx_lookup, 'found');
    assert.deepEqual(report.mx.map((mx) => mx.result), ['not-observed', 'not-observed']);
    assert.equal(report.tlsrpt.state, 'valid');
    assert.match(shown.sentence, /its policy could not be seen/);
    assert.ok((await text(page, '.unseen-part')).includes('mta-sts check enforce-good.zoo.test'));
    assert.equal(report.findings.some((finding) => finding.level === 'error'), false);
  },
  resolveByZoo,
));

test('the companion is named as people write addresses', () => withPage(
  site.url,
  async (page) => {
    await page.click('#settings summary');
    for (const wrong of ['http://', 'http://probe.example', 'ftp://probe.example', 'a b', 'https://exa mple/']) {
      await page.fill('#companion', wrong);
      assert.match(await text(page, '#companion-message'), /^Type the address of the companion/, wrong);
    }
    await page.fill('#companion', new URL(server.url).host);
    assert.equal(await text(page, '#companion-message'), '');
    const { report } = await check(page, 'enforce-good.zoo.test');
    assert.equal(report.delivery, 'deliver');
  },
  resolveByZoo,
));

test('the policy waits for the word of the companion', () => withPage(
  site.url,
  async (page) => {
    await page.click('#settings summary');
    await page.fill('#companion', server.url);
    await page.evaluate(() => { location.hash = 'domain=enforce-good.zoo.test'; });
    await page.click('[data-stage=policy] > details > summary');
    await page.waitForSelector('[data-stage=policy] dd:not(.running)', { state: 'attached' });
    await page.waitForSelector('[data-stage=tlsrpt][data-state=valid]');
    assert.equal(await page.getAttribute('[data-stage=policy]', 'data-state'), 'waiting');
    assert.match(await text(page, '.verdict .aside'), /[1-9]\d* steps? to go/);
    await finished(page);
    assert.equal(await page.getAttribute('[data-stage=policy]', 'data-state'), 'valid');
  },
  async (page) => {
    await resolveByZoo(page);
    await page.route('**/v1/policy*', async (route) => {
      await new Promise((done) => { setTimeout(done, 2000); });
      await route.continue();
    });
  },
));

/** Every public resolver answers as the zoo does; `dead` ones do not answer at all. */
const resolveByZoo = (page, dead) => resolveBy(server, page, dead);

test('a resolver that does not answer is passed over for the next', async () => {
  let asked;
  await withPage(
    site.url,
    async (page) => {
      const { report } = await check(page, 'enforce-good.zoo.test');
      assert.equal(report.record.state, 'valid');
      assert.ok(asked.includes('cloudflare-dns.com') && asked.includes('dns.google'));
      const steps = report.steps.filter(({ step }) => step.dns);
      assert.ok(steps.every(({ seen }) => seen[0].via === 'https://dns.google/dns-query'));
    },
    async (page) => { asked = await resolveByZoo(page, ['cloudflare-dns.com']); },
  );
});

test('without any resolver nothing is said of the domain', () => withPage(
  site.url,
  async (page) => {
    const { report } = await check(page, 'enforce-good.zoo.test');
    assert.deepEqual(
      [report.record.state, report.policy.state, report.mx_lookup, report.tlsrpt.state, report.delivery],
      ['not-observed', 'not-observed', 'not-observed', 'not-observed', 'unknown'],
    );
    assert.equal(report.findings.some((finding) => finding.level === 'error'), false);
  },
  (page) => resolveByZoo(page, ['cloudflare-dns.com', 'dns.google', 'doh.dns.sb']),
));

test('the resolver is chosen and remembered', () => withPage(
  site.url,
  async (page) => {
    await page.click('#settings summary');
    await page.selectOption('#resolver', { label: 'DNS.SB' });
    assert.match(await text(page, '#settings-shown'), /DNS by DNS\.SB or another/);
    await page.reload();
    await page.waitForFunction(() => 'ready' in document.documentElement.dataset);
    assert.match(await text(page, '#settings-shown'), /DNS by DNS\.SB/);
    const { report } = await check(page, 'enforce-good.zoo.test');
    assert.equal(report.steps[0].seen[0].via, 'https://doh.dns.sb/dns-query');
    await page.click('#settings summary');
    await page.selectOption('#resolver', 'own');
    await page.fill('#resolver-url', 'https://dns.google/dns-query?own');
    const again = await check(page, 'testing-good.zoo.test');
    assert.equal(again.report.steps[0].seen[0].via, 'https://dns.google/dns-query?own');
  },
  resolveByZoo,
));

test('a resolver may be the only one asked', async () => {
  let asked;
  await withPage(
    site.url,
    async (page) => {
      await page.click('#settings summary');
      await page.uncheck('#fallback');
      assert.match(await text(page, '#settings-shown'), /DNS by Cloudflare alone/);
      const { report, shown } = await check(page, 'enforce-good.zoo.test');
      assert.equal(report.record.state, 'not-observed');
      assert.match(shown.sentence, /no DNS resolver could be reached/);
      assert.deepEqual([...new Set(asked)], ['cloudflare-dns.com']);
    },
    async (page) => { asked = await resolveByZoo(page, ['cloudflare-dns.com']); },
  );
});

test('a draft is linted as it is typed, and nothing leaves the browser', () => withPage(`${server.url}/#draft`, async (page) => {
  const requests = [];
  await page.fill('#draft-text', 'v=STSv1; id=1'); // loads the engine, if that is not done
  await page.waitForSelector('#draft-result [data-kind=record][data-valid=true]');
  await page.waitForSelector('#view-draft[data-mends]'); // what mends comes after the first findings
  page.on('request', (request) => requests.push(request.url()));

  await page.fill('#draft-text', 'version: STSv1\nmode: enforced\nmx: mx.example.com.\nmax_age: 604800\n');
  await page.waitForSelector('#draft-result [data-kind=policy][data-valid=false]');
  const codes = () => page.$$eval('#draft-result .finding', (items) => items.map((item) => item.dataset.code));
  assert.deepEqual(await codes(), ['policy-mode', 'policy-mx']);

  await page.click('#draft-result .finding[data-code=policy-mode] .meta button');
  const selected = await page.$eval('#draft-text', (area) => area.value.slice(area.selectionStart, area.selectionEnd));
  assert.equal(selected, 'enforced');

  await page.fill('#draft-text', 'version: STSv1\nmode: enforce\nmx: mx.example.com\nmax_age: 604800\n');
  await page.waitForSelector('#draft-result [data-kind=policy][data-valid=true]');
  await page.selectOption('#draft-kind', 'tlsrpt');
  await page.waitForSelector('#draft-result [data-kind=tlsrpt][data-valid=false]');
  await page.fill('#draft-text', '');
  await page.waitForFunction(() => document.getElementById('draft-result').childElementCount === 0);
  assert.deepEqual(requests, []);
}));

test('places in a draft count as the reader does', () => withPage(`${server.url}/#draft`, async (page) => {
  await page.fill('#draft-text', 'version: STSv1\nnote: 🌟 é\nmode: Enforce\nmx: a.example\nmax_age: 60\n');
  await page.click('#draft-result .finding[data-code=policy-mode] .meta button');
  const selected = await page.$eval('#draft-text', (area) => area.value.slice(area.selectionStart, area.selectionEnd));
  assert.equal(selected, 'Enforce');
  await page.fill('#draft-text', '\uFEFFversion: STSv1\nmode: Testing\nmx: a.example\nmax_age: 60\n');
  await page.click('#draft-result .finding[data-code=policy-mode] .meta button');
  assert.equal(await page.evaluate(() => getSelection().toString()), 'Testing');
}));

test('only what was asked for is asked', () => withPage(
  server.url,
  async (page) => {
    const hosts = new Set();
    page.on('request', (request) => hosts.add(new URL(request.url()).host));
    await check(page, 'enforce-good.zoo.test');
    assert.deepEqual([...hosts].sort(), [new URL(server.url).host, 'mta-sts.enforce-good.zoo.test'].sort());
  },
));

test('the page carries its policy and runs nothing inline', async () => {
  const response = await fetch(server.url);
  const policy = response.headers.get('content-security-policy');
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe-inline/);
  assert.match(policy, /frame-ancestors 'none'/);
  const html = await response.text();
  assert.doesNotMatch(html, /<style|<script(?! type="module" src=)|\son\w+=|style=/);
  assert.equal((await fetch(`${server.url}/pkg/mta_sts_bg.wasm`)).headers.get('content-type'), 'application/wasm');
});

test('files are sent packed, and sent again only where they changed', async () => {
  const url = new URL('style.css', server.url);
  const plain = await readFile(join(WWW, 'style.css'), 'utf8');
  for (const [accepted, coding] of [['identity', null], ['gzip', 'gzip'], ['gzip, br', 'br']]) {
    const response = await fetch(url, { headers: { 'accept-encoding': accepted } });
    assert.equal(response.headers.get('content-encoding'), coding);
    assert.equal(await response.text(), plain);
    const again = await fetch(url, { headers: { 'accept-encoding': accepted, 'if-none-match': response.headers.get('etag') } });
    assert.equal(again.status, 304);
    assert.equal(await again.text(), '');
  }
  const other = await fetch(url, { headers: { 'if-none-match': 'W/"0"' } });
  assert.equal(other.status, 200);
  assert.equal((await fetch(server.url)).headers.get('cache-control'), 'no-cache');
});

test('what is typed and entered before the scripts are there is taken', async () => {
  for (const late of ['**/pkg-page/check-*.js', '**/pkg-page/app.js']) {
    const page = await browser.newPage();
    let go;
    const held = new Promise((done) => { go = done; });
    await page.route(late, async (route) => { await held; await route.continue(); });
    await page.goto(server.url, { waitUntil: 'commit' });
    await page.waitForSelector('#domain');
    await page.locator('#domain').pressSequentially('no-record.zoo.');
    if (late.includes('check')) await page.waitForFunction(() => document.querySelector('link[rel=modulepreload]'));
    go();
    await page.waitForFunction(() => 'ready' in document.documentElement.dataset);
    assert.equal(await page.inputValue('#domain'), 'no-record.zoo.');
    await page.close();
  }
  const page = await browser.newPage();
  let go;
  const held = new Promise((done) => { go = done; });
  await page.route('**/pkg-page/check-*.js', async (route) => { await held; await route.continue(); });
  await page.goto(server.url, { waitUntil: 'commit' });
  await page.waitForFunction(() => document.querySelector('link[rel=modulepreload]'));
  await page.fill('#domain', 'no-record.zoo.test');
  await page.press('#domain', 'Enter');
  go();
  await finished(page);
  assert.equal(await page.evaluate(() => window.mtaSts.report.domain), 'no-record.zoo.test');
  await page.close();
});

test('a double click begins a check, and does not end it', () => withPage(server.url, async (page) => {
  await page.route('**/v1/smtp*', async (route) => {
    await page.waitForFunction(() => window.clicked);
    await route.continue();
  });
  await page.evaluate(() => document.addEventListener('dblclick', () => { window.clicked = true; }, { capture: true }));
  await page.fill('#domain', 'enforce-good.zoo.test');
  const box = await page.locator('#check-button').boundingBox();
  await page.mouse.dblclick(box.x + box.width / 2, box.y + box.height / 2, { delay: 30 });
  await page.evaluate(() => { window.clicked = true; });
  await finished(page);
  assert.equal(await page.evaluate(() => document.documentElement.dataset.state), 'done');
}));
