// The page in German and French: nothing is said in English, and the language changes in place.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { browse, check, finished, open, overflowing, serve, unfold } from './harness.mjs';
import { mixed, report } from './reports.mjs';
import { catalogue, formsOfHtml, formsOfScripts, pastTheCatalogues, saidTooEarly } from './words.mjs';

const LANGUAGES = { de: 'de-AT', fr: 'fr-CA' };
const DRAFTS = [
  'version: STSv1\nmode: enforced\nmx: mx.example.com.\nmax_age: 604800\nfoo\n',
  '\uFEFFversion: STSv1\r\nmode: testing\r\nmx: *.example.com\r\nmx: 192.0.2.1\r\nmax_age: 60\r\n',
  'v=STSv1; id=2026-01-01;',
  '_mta-sts.example.com. 3600 IN TXT "v=STSv1; id=1; id=2"',
  'v=TLSRPTv1; rua=reports@example.com',
];
/** One that each says other things. */
const DOMAINS = [
  'enforce-good', 'no-record', 'policy-redirect', 'wildcard-two-labels', 'mx-expired-cert', 'testing-failing', 'two-records',
  'policy-invalid', 'record-bogus', 'policy-addresses-differ', 'dane-mismatch', 'beside-broken', 'null-mx', 'mx-ehlo-554',
  'tls10-only', 'delegated-policy', 'mx-no-intermediate', 'none', 'mx-private-address', 'policy-404',
  'tlsrpt-one-of-two', 'tlsrpt-https-no-address', 'tlsrpt-target-servfail', 'tlsrpt-wrong-name',
];

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

/** A page for a reader of some languages; nothing may go wrong on it. */
async function read(locale, work, { hash = '', prepare } = {}) {
  const context = await browser.newContext({ locale, serviceWorkers: 'block' });
  const page = await open(context, `${server.url}/${hash}`, async (made) => {
    made.asked = [];
    made.on('request', (request) => made.asked.push(new URL(request.url()).pathname));
    await prepare?.(made);
  });
  try {
    await work(page);
    assert.deepEqual(page.errors, []);
  } finally {
    await context.close();
  }
}

/** What is English where another language is spoken: whole texts, and what stands between the values of longer ones. */
function english(language) {
  const said = Object.values(catalogue(language)).flatMap(Object.entries);
  const other = said.filter(([form, text]) => form !== text).map(([form]) => form.toLowerCase());
  const texts = said.map(([, text]) => text.toLowerCase());
  const all = texts.join('\n');
  const parts = other.flatMap((form) => form.split(/\{\w+\}|`[^`]*`/)).map((part) => part.replace(/^[\s\P{L}]+|[\s\P{L}]+$/gu, ''));
  return {
    whole: new Set(other.filter((form) => !texts.includes(form))),
    parts: [...new Set(parts)].filter((part) => part.length >= 12 && /\s/.test(part) && !all.includes(part)),
  };
}

/** What the page says: its texts, but for code, and what its attributes tell a reader. */
function texts(page) {
  return page.evaluate(() => {
    const found = [document.title];
    const take = (node) => {
      if (node.nodeType === Node.TEXT_NODE) found.push(node.data);
      if (node.nodeType !== Node.ELEMENT_NODE || node.matches('code, pre, kbd, script, style, noscript, textarea')) return;
      for (const name of ['title', 'aria-label', 'placeholder', 'alt', 'data-label']) found.push(node.getAttribute(name) ?? '');
      for (const child of node.childNodes) take(child);
    };
    take(document.body);
    return [...new Set(found.map((text) => text.trim()).filter(Boolean))];
  });
}

/** Holds that nothing on the page is English. */
async function holds(page, { whole, parts }, where) {
  const found = (await texts(page)).map((text) => text.toLowerCase().replace(/\s+/g, ' '));
  const wrong = found.filter((text) => whole.has(text.replace(/^[^\p{L}{]+/u, '')) || parts.some((part) => text.includes(part)));
  assert.deepEqual(wrong, [], where);
}

const sentence = (page) => page.textContent('.verdict .sentence');
const speaks = (page, language) => page.waitForFunction((name) => document.documentElement.lang === name, language);

/** Chooses a language, and waits until nothing is said in another. */
async function choose(page, language) {
  await page.selectOption('#language', language);
  await speaks(page, language);
}

test('the catalogues have what the page says and no more', async () => {
  const { forms, past } = formsOfHtml();
  const page = [...new Set([...formsOfScripts(), ...forms])].sort();
  const { zoo } = await (await fetch(`${server.url}/config.json`)).json();
  const domains = [...new Set(zoo.domains.map((one) => one.sentence))].sort();
  for (const language of Object.keys(LANGUAGES)) {
    const has = catalogue(language);
    assert.deepEqual(Object.keys(has.page).sort(), page, language);
    assert.deepEqual(Object.keys(has.reports).sort(), [...formsOfScripts(true)].sort(), language);
    assert.deepEqual(Object.keys(has.zoo).sort(), domains, language);
  }
  // The modes of a policy.
  assert.deepEqual(past, ['testing', 'enforce']);
});

test('nothing that a reader sees goes past the catalogues, and nothing is said before the language is known', () => {
  // Examples of what is typed.
  const examples = /: (MX |TLS |mailto:tlsrpt@|mx1\.new\.example, mx2\.new\.example|example\.com|version: STSv1\n[^]*)$/;
  assert.deepEqual(pastTheCatalogues().filter((one) => !examples.test(one)), []);
  assert.deepEqual(saidTooEarly(), []);
});

for (const [language, locale] of Object.entries(LANGUAGES)) {
  const words = english(language);

  test(`${language}: checks say nothing in English`, { timeout: 300_000 }, () => read(locale, async (page) => {
    await speaks(page, language);
    await unfold(page);
    await holds(page, words, 'the form');
    for (const name of DOMAINS) {
      const { report } = await check(page, `${name}.zoo.test`);
      assert.equal(await sentence(page), report.summary.replaceAll('`', ''));
      await unfold(page);
      await page.waitForLoadState('networkidle');
      await unfold(page);
      await holds(page, words, name);
    }
    for (const typed of ['localhost', '192.0.2.1', 'a b', '-a.example', `${'a'.repeat(70)}.example`]) {
      await page.fill('#domain', typed);
      await page.press('#domain', 'Enter');
      await page.waitForFunction(() => document.getElementById('domain').getAttribute('aria-invalid') === 'true');
      await holds(page, words, typed);
      await page.evaluate(() => document.getElementById('domain').removeAttribute('aria-invalid'));
    }
    // What another reader reads is not loaded.
    const others = page.asked.filter((path) => /^\/(rules|prose-\w+)\.json$/.test(path) || /\.(de|fr)[-.]/.exec(path)?.[1] === (language === 'de' ? 'fr' : 'de'));
    assert.deepEqual(others, []);
  }));

  test(`${language}: drafts, plans and rules say nothing in English`, { timeout: 300_000 }, () => read(locale, async (page) => {
    await page.waitForSelector('#view-draft[data-mends]', { state: 'attached' });
    for (const draft of DRAFTS) {
      await page.fill('#draft-text', draft);
      await page.waitForSelector('#draft-result .finding');
      for (const button of await page.$$('.finding button[aria-expanded=false]')) await button.click();
      await page.waitForFunction(() => [...document.querySelectorAll('.finding .why')].every((why) => why.textContent.length > 20));
      // How senders read a TLSRPT record is not known.
      if (!draft.includes('TLSRPT')) await page.waitForSelector('#draft-senders:not([hidden])');
      await unfold(page);
      await holds(page, words, draft);
    }
    await page.fill('#draft-text', 'version: STSv1\nmode: enforce\nmx: mx9.enforce-good.zoo.test\nmax_age: 604800\n');
    await page.fill('#against-domain', 'enforce-good.zoo.test');
    await page.press('#against-domain', 'Enter');
    await page.waitForSelector('#against-result .sentence');
    await unfold(page);
    await holds(page, words, 'the draft at a domain');

    await page.click('#nav-setup');
    await page.fill('#setup-domain', 'mx-expired-cert.zoo.test');
    await page.press('#setup-domain', 'Enter');
    await page.waitForSelector('#setup-result:not([hidden])');
    for (const goal of ['enforce', 'testing', 'none']) {
      await page.waitForSelector('#plan-to');
      await page.selectOption('#plan-to', goal);
      await unfold(page);
      await holds(page, words, `the plan for ${goal}`);
    }

    await page.click('#nav-rules');
    await page.waitForSelector('#rule-policy-mode');
    await unfold(page);
    await holds(page, words, 'the rules');
  }, { hash: '#draft' }));
}

/** Opens TLS reports: some that fail in every way, and files that are none. */
async function openReports(page) {
  await page.waitForSelector('#reports-files', { state: 'attached' });
  const types = ['certificate-host-mismatch', 'certificate-not-trusted', 'validation-failure', 'tlsa-invalid', 'dnssec-invalid', 'dane-required', 'sts-policy-fetch-error', 'sts-policy-invalid', 'sts-webpki-invalid'];
  const failing = report({ organization: '', domain: 'enforce-good.zoo.test', days: 3, failures: types.map((type, index) => [type, 1 + index % 2, index % 3 ? undefined : '']) });
  failing.policies[0].summary['total-failure-session-count'] = 99;
  const odd = { 'report-id': 5, 'date-range': { 'start-datetime': 'yesterday' }, policies: [{ policy: { 'policy-type': 'x', 'mx-host': 'a' }, summary: null, 'failure-details': {} }, null], more: 1 };
  const files = { ...mixed(), 'failing.json': JSON.stringify(failing), 'odd.json': JSON.stringify(odd), 'empty.json': '', 'cut.gz': Buffer.from([0x1f, 0x8b, 8]), 'mail.eml': 'Subject: hello\r\n\r\nno report\r\n', 'bad.json': '{"a" 1}', 'array.json': '[1]' };
  await page.setInputFiles('#reports-files', Object.entries(files).map(([name, content]) => ({ name: name.replace('/', '-'), mimeType: 'application/octet-stream', buffer: Buffer.from(content) })));
  await page.waitForFunction(() => document.querySelector('#reports-result > *') && !document.getElementById('reports-message').textContent);
}

for (const [language, locale] of Object.entries(LANGUAGES)) {
  test(`${language}: TLS reports say nothing in English`, { timeout: 120_000 }, () => read(locale, async (page) => {
    await page.waitForSelector('#reports-files', { state: 'attached' });
    const words = english(language);
    await unfold(page);
    await holds(page, words, 'the form');
    await openReports(page);
    await unfold(page);
    await holds(page, words, 'the reports');
    // Longer words take more room.
    await page.setViewportSize({ width: 360, height: 800 });
    assert.deepEqual(await overflowing(page), []);
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.click('[data-result=certificate-expired] [data-live] button');
    await page.waitForSelector('[data-result=certificate-expired] .live-said a', { timeout: 60_000 });
    await page.click('#reports-safe-check');
    await page.waitForSelector('#reports-safe summary', { timeout: 60_000 });
    await unfold(page);
    await holds(page, words, 'with a check');
    // The files are read anew: what the engine said of them it says in the other language.
    await choose(page, 'en');
    await page.waitForFunction(() => /sessions failed/.test(document.querySelector('#reports-result .sentence')?.textContent) && /it ends in the middle/.test(document.querySelector('[data-key=refused]').textContent));
    await choose(page, language);
    await page.waitForFunction(() => !/it ends in the middle/.test(document.querySelector('[data-key=refused]').textContent));
    await unfold(page);
    await holds(page, words, 'again');
  }, { hash: '#reports' }));
}

test('who reads English loads no other language', () => read('en-GB', async (page) => {
  await check(page, 'mx-expired-cert.zoo.test');
  for (const view of ['draft', 'setup', 'reports', 'rules']) {
    await page.click(`#nav-${view}`);
    await page.waitForSelector(`#view-${view}:not([hidden])`);
    await page.waitForLoadState('networkidle');
  }
  assert.deepEqual(page.asked.filter((path) => /\.(de|fr)[-.]/.test(path)), []);
}));

/** A part of a sentence in each language, by what says it. */
const SAID = {
  verdict: { en: /refuse mail to/, de: /stellen Mail an .* nicht zu/, fr: /refusent le courrier/ },
  mode: { en: /The mode is not/, de: /Der Modus ist nicht/, fr: /Le mode n’est ni/ },
  setup: { en: /Then publish these records/, de: /Dann diese Records veröffentlichen/, fr: /Puis publier ces enregistrements/ },
  rule: { en: /Senders look for the record first/, de: /Sender suchen zuerst den Record/, fr: /Les expéditeurs cherchent d’abord/ },
};

/** Waits until a text is in a language. */
function says(page, selector, what, language) {
  const { source } = SAID[what][language];
  return page.waitForFunction(([where, text]) => new RegExp(text).test(document.querySelector(where)?.textContent ?? ''), [selector, source]);
}

test('the language changes in place: a result, a draft and a form stay, and nobody is asked anew', { timeout: 120_000 }, () => read('en-GB', async (page) => {
  const { evidence } = await check(page, 'mx-expired-cert.zoo.test');
  const first = await sentence(page);
  await page.click('[data-stage=policy] > details > summary');
  await page.fill('#domain', 'typed.example');
  page.asked.length = 0;
  for (const language of ['de', 'fr', 'en', 'fr']) {
    await choose(page, language);
    await says(page, '.verdict .sentence', 'verdict', language);
    assert.match(await page.title(), /^mx-expired-cert\.zoo\.test – /);
    assert.equal(await page.evaluate(() => document.querySelector('[data-stage=policy] > details').open), true);
    assert.equal(await page.inputValue('#domain'), 'typed.example');
    assert.deepEqual(await page.evaluate(() => window.mtaSts.evidence), evidence);
    assert.match(await page.evaluate(() => window.mtaSts.report.summary), SAID.verdict[language]);
    if (language === 'en') assert.equal(await sentence(page), first);
    else await holds(page, english(language), language);
  }
  assert.deepEqual(page.asked.filter((path) => !/^\/(pkg-page\/engine-\w+\.js|pkg-page\/\w+\.(de|fr)-\w+\.js|prose-\w+(\.\w+)?\.json)$/.test(path)), []);

  await page.click('#nav-draft');
  await page.waitForSelector('#view-draft[data-mends]', { state: 'attached' });
  await page.fill('#draft-text', DRAFTS[0]);
  await page.selectOption('#draft-kind', 'policy');
  await says(page, '.finding[data-code=policy-mode] h3', 'mode', 'fr');
  await choose(page, 'de');
  await says(page, '.finding[data-code=policy-mode] h3', 'mode', 'de');
  assert.equal(await page.inputValue('#draft-text'), DRAFTS[0]);
  assert.equal(await page.inputValue('#draft-kind'), 'policy');

  await page.click('#nav-setup');
  await page.fill('#setup-domain', 'example.org');
  await page.fill('#setup-hosts', 'mx.example.org');
  await page.selectOption('#setup-mode', 'enforce');
  await says(page, '#setup-result', 'setup', 'de');
  const policy = await page.textContent('#setup-result .block pre');
  await choose(page, 'fr');
  await says(page, '#setup-result', 'setup', 'fr');
  assert.equal(await page.inputValue('#setup-hosts'), 'mx.example.org');
  assert.equal(await page.inputValue('#setup-mode'), 'enforce');
  assert.equal(await page.textContent('#setup-result .block pre'), policy);

  await page.click('#nav-rules');
  await says(page, '#rule-record-absent', 'rule', 'fr');
  await choose(page, 'de');
  await says(page, '#rule-record-absent', 'rule', 'de');
  await page.click('#nav-draft');
  await says(page, '.finding[data-code=policy-mode] h3', 'mode', 'de');
  assert.equal(await page.inputValue('#draft-text'), DRAFTS[0]);

  // It is kept in this browser, and comes before what the browser says.
  await page.reload();
  await speaks(page, 'de');
  assert.equal(await page.inputValue('#language'), 'de');
}));

test('the language can be changed while a check runs', { timeout: 60_000 }, () => read('en-GB', async (page) => {
  await page.evaluate(() => { location.hash = 'domain=policy-slow.zoo.test'; });
  await page.waitForSelector('html[data-state=running] [data-stage=policy]', { state: 'attached' });
  await choose(page, 'de');
  await finished(page);
  assert.equal(await page.evaluate(() => document.documentElement.dataset.state), 'done');
  await unfold(page);
  await page.waitForLoadState('networkidle');
  await holds(page, english('de'), 'the end');
}));

test('where the words of a language cannot be had the page stays as it is', { timeout: 60_000 }, () => read('de-DE', async (page) => {
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
  assert.equal(await page.inputValue('#language'), 'en');
  await check(page, 'mx-expired-cert.zoo.test');
  assert.match(await sentence(page), SAID.verdict.en);
  await page.selectOption('#language', 'de');
  await page.waitForFunction(() => document.getElementById('language').value === 'en');
  assert.match(await sentence(page), SAID.verdict.en);
}, { prepare: (page) => page.route(/page\.de-/, (route) => route.abort()) }));
