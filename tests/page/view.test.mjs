// The check view: the way of a message, findings in their order, what is copied and kept, prints, and that nothing moves
// while answers come in.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import MarkdownIt from 'markdown-it';
import { browse, check, copiedText, finished, open, resolveBy, serve, staticSite } from './harness.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let server;
let browser;
let site;
let zoo;

before(async () => {
  server = await serve('--zoo');
  zoo = await (await fetch(`${server.url}/zoo.json`)).json();
  browser = await browse();
  site = await staticSite();
});
after(async () => {
  await browser.close();
  site.close();
  server.stop();
});

/** A page with a window of that size that may read the clipboard. */
async function withPage(work, { url = server.url, width = 1280, height = 900, prepare, ...context } = {}) {
  const window = await browser.newContext({ viewport: { width, height }, permissions: ['clipboard-read', 'clipboard-write'], ...context });
  try {
    const page = await open(window, url, prepare);
    await work(page);
    assert.deepEqual(page.errors, []);
  } finally {
    await window.close();
  }
}

const text = (page, selector) => page.textContent(selector);
const texts = (page, selector) => page.$$eval(selector, (found) => found.map((node) => node.textContent));

/** Presses a button that copies, and gives what was copied. */
async function copied(page, selector) {
  const before = `nothing yet, ${Math.random()}`;
  await page.evaluate((text) => navigator.clipboard.writeText(text), before);
  await copiedText(page, (now) => now === before);
  await page.click(selector);
  return copiedText(page, (now) => now !== before);
}

/** Each box of the drawing: its style, its sign and words, and its title. */
const boxes = (page) => page.$$eval('.path .node', (nodes) => nodes.map((node) => ({
  style: node.classList[1],
  shown: [...node.querySelectorAll('text')].map((part) => part.textContent),
  title: node.querySelector('title').textContent,
})));

/**
 * Draws reports that were made up, one after the other, into a fresh node of the page; with `shadow` into a shadow root. The node is
 * `made` in the page.
 */
function drawReports(page, reports, { shadow = false, state = 'running' } = {}) {
  return page.evaluate(async ({ reports, shadow, state }) => {
    const { resultIn } = await import('/result.js');
    const host = document.createElement('div');
    document.querySelector('main').prepend(host);
    const root = shadow ? host.attachShadow({ mode: 'open' }).appendChild(document.createElement('div')) : host;
    window.made = root;
    const view = resultIn(root);
    for (const report of reports) await view.draw({ report, state });
  }, { reports, shadow, state });
}

/** What a check of a domain came to, for others to be made of. */
async function reportOf(page, domain) {
  return (await check(page, `${domain}.zoo.test`)).report;
}

test('the way of a message leads to where it ends', () => withPage(async (page) => {
  for (const [domain, style, end, host] of [
    ['enforce-good', 'good', 'delivered: verified TLS', 'mx1.enforce-good.zoo.test: verified TLS'],
    ['mx-expired-cert', 'bad', 'refused: returned later', 'mx1.mx-expired-cert.zoo.test: certificate expired'],
    ['testing-failing', 'doubt', 'delivered: unverified', 'mx1.testing-failing.zoo.test: certificate expired'],
    ['no-record', 'doubt', 'delivered: unverified', 'mx1.no-record.zoo.test: TLS, not required'],
    ['null-mx', 'note', 'no mail: none is wanted', 'MX records: null MX: no mail'],
    ['wildcard-two-labels', 'bad', 'refused: returned later', 'mx1.eu.wildcard-two-labels.zoo.test: not in the policy'],
  ]) {
    const { report } = await check(page, `${domain}.zoo.test`);
    await page.waitForSelector(`.path[data-end=${style}]`);
    const shown = await boxes(page);
    assert.equal(shown.at(-1).title, end, domain);
    assert.equal(shown[3].title, host, domain);
    // The same in words, for who cannot see it; and a sign beside each colour.
    const label = await page.getAttribute('.path', 'aria-label');
    assert.ok(label.startsWith(`A message to ${report.domain}: the record: `) && label.endsWith(`${end.replace(': ', ', ')}.`), label);
    assert.equal(await page.getAttribute('.path', 'role'), 'img');
    for (const box of shown.slice(1)) assert.match(box.shown[0], /^[✓✕!?–]$/, domain);
  }
}));

test('where nobody can look the way ends in the unknown', () => withPage(async (page) => {
  await check(page, 'enforce-good.zoo.test');
  assert.equal((await boxes(page)).at(-1).title, 'not known: not seen');
  assert.equal(await page.getAttribute('.path', 'data-end'), 'note');
  assert.equal(await page.locator('.path .bad').count(), 0);
}, { url: site.url, prepare: (page) => resolveBy(server, page) }));

test('every box of the way leads to its stage', () => withPage(async (page) => {
  await check(page, 'enforce-good.zoo.test');
  for (const stage of ['record', 'policy', 'hosts']) {
    await page.click(`.path [data-node=${stage}] >> nth=0`);
    await page.waitForSelector(`[data-stage=${stage}] > details[open]`);
    assert.equal(await page.evaluate(() => document.activeElement.closest('[data-stage]')?.dataset.stage), stage);
  }
}));

test('hundreds of mail hosts fold into one box, and long names are whole in its title', () => withPage(async (page) => {
  const report = await reportOf(page, 'enforce-good');
  const long = `${'a-rather-long-label.'.repeat(8)}example`;
  const [host] = report.mx;
  const mx = Array.from({ length: 300 }, (_, index) => ({ ...host, host: index ? `mx${index}.example` : long }));
  mx[200] = { ...host, host: 'mx200.example', result: 'certificate-expired', action: { does: 'next-host', sentence: '' } };
  await drawReports(page, [{ ...report, mx }], { state: 'done' });
  for (const [width, rows] of [[1280, 3], [360, 2]]) {
    await page.setViewportSize({ width, height: 900 });
    await page.waitForFunction((count) => made.querySelectorAll('.path .node').length === 4 + count, rows);
    const shown = await boxes(page);
    assert.equal(shown[3].title, `${long}: verified TLS`);
    assert.match(shown[3].shown[1], /^a-rather-long.*…$/);
    assert.deepEqual([shown[2 + rows].shown[1], shown[2 + rows].title.split(': ').slice(1).join(': ')], [`and ${301 - rows} more`, '1 of them: certificate expired']);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
    // Texts stay within their boxes.
    const over = await page.$$eval('.path .node', (nodes) => nodes.filter((node) => {
      const box = node.querySelector('rect').getBoundingClientRect();
      return [...node.querySelectorAll('text')].some((part) => part.getBoundingClientRect().right > box.right);
    }).map((node) => node.textContent));
    assert.deepEqual(over, []);
  }
}));

test('a report that is only begun is drawn, in a shadow root too, and what it lacks is waited for', () => withPage(async (page) => {
  const partial = {
    schema: 1, domain: 'example.com', record: { state: 'valid', id: '1', text: ['v=STSv1; id=1'] },
    mx_lookup: 'found', mx: [{ host: 'mx1.example.com', preference: 10 }, { host: 'mx2.example.com', preference: 20 }],
    tlsrpt: { state: 'not-observed', text: [] }, findings: [], waiting: 1,
  };
  const absent = { ...partial, record: { state: 'absent', text: [] }, findings: [
    { code: 'record-absent', level: 'error', title: 'there is no record', message: 'none', section: 'RFC 8461 §3.1', fix: 'Publish one.' },
    { code: 'tlsrpt-absent', level: 'note', title: 'there is no TLSRPT record', message: 'none', section: 'RFC 8460 §3' },
  ] };
  for (const shadow of [false, true]) {
    await drawReports(page, [{ domain: 'example.com' }, partial], { shadow });
    const states = () => page.evaluate(() => Object.fromEntries([...made.querySelectorAll('[data-stage]')].map(({ dataset }) => [dataset.stage, dataset.state])));
    assert.deepEqual(await states(), { record: 'valid', policy: 'waiting', mx: 'found', hosts: 'waiting', tlsrpt: 'waiting' });
    await page.waitForFunction(() => made.querySelectorAll('.path .running').length > 3);
    assert.equal(await page.evaluate(() => made.querySelectorAll('[id]').length), 0, 'ids of two results would clash');
    await drawReports(page, [absent], { shadow });
    // An error at once; a note that something may still come above of, later.
    assert.deepEqual(await page.evaluate(() => [...made.querySelectorAll('.finding')].map(({ dataset }) => dataset.code)), ['record-absent']);
  }
}));

test('what matters comes first, and what is shown stays where it is', () => withPage(async (page) => {
  const whole = await reportOf(page, 'enforce-good');
  const finding = (code, level) => ({ code, level, title: code, message: code, section: 'RFC 8461 §3' });
  const report = (findings, waiting, undecided) => {
    const steps = whole.steps.map((step) => ({ ...step, waiting: waiting.includes(step.stage) && (step.stage !== 'hosts' || Boolean(step.step.smtp)) }));
    return { ...whole, findings, steps, waiting: waiting.length, undecided };
  };
  const shown = () => page.evaluate(() => [...made.querySelectorAll('.finding')].map(({ dataset }) => dataset.code));
  const tlsrpt = finding('tlsrpt-rua-uri', 'error');
  const [mx, expired] = [finding('mx-starttls-missing', 'error'), finding('mx-certificate-expired', 'error')];
  const [warning, late, note] = [finding('policy-slow', 'warning'), finding('policy-address-fails', 'warning'), finding('policy-mode-testing', 'note')];
  await drawReports(page, [report([tlsrpt, warning, note], ['hosts'], 1)]);
  assert.deepEqual(await shown(), [], 'an error at a mail host would go above all of them');
  await page.evaluate(async (reports) => {
    const { resultIn } = await import('/result.js');
    const view = resultIn(made.parentNode.insertBefore(document.createElement('div'), made));
    window.made = made.previousSibling;
    window.seen = [];
    for (const [report, state] of reports) {
      await view.draw({ report, state });
      window.seen.push([...made.querySelectorAll('.finding')].map(({ dataset }) => dataset.code));
    }
  }, [
    [report([mx, tlsrpt, warning, note], ['hosts'], 1), 'running'],
    [report([expired, mx, tlsrpt, warning, note], ['hosts'], 1), 'running'],
    [report([expired, mx, tlsrpt, warning, note], ['policy'], 0), 'running'],
    [report([expired, mx, tlsrpt, late, warning, note], ['policy'], 0), 'running'],
    [report([expired, mx, tlsrpt, late, warning, note], [], 0), 'done'],
  ]);
  assert.deepEqual(await page.evaluate(() => seen), [
    [mx.code],
    [mx.code, expired.code],
    [mx.code, expired.code, tlsrpt.code, warning.code],
    [mx.code, expired.code, tlsrpt.code, warning.code, late.code],
    [mx.code, expired.code, tlsrpt.code, warning.code, late.code, note.code],
  ]);
  // A check that is over when it is first shown, such as a saved one, is in the order of the report.
  await drawReports(page, [report([expired, mx, tlsrpt, late, warning, note], [], 0)], { state: 'done' });
  assert.deepEqual(await shown(), [expired, mx, tlsrpt, late, warning, note].map(({ code }) => code));
}));

test('a finding says where it stands and why, and its fix is copied', () => withPage(async (page) => {
  await check(page, 'policy-invalid.zoo.test');
  const finding = '.finding[data-code=policy-mode]';
  assert.equal(await page.getAttribute(`${finding} .meta a`, 'href'), 'https://www.rfc-editor.org/rfc/rfc8461#section-3.2');
  assert.equal(await copied(page, `${finding} .fix .copy`), 'mode: enforce', 'what is to be written, and not the sentence around it');
  await page.click(`${finding} [aria-expanded]`);
  await page.waitForFunction((item) => document.querySelector(`${item} .why`).textContent.length > 40, finding);
  // The place leads to the line, and the line back to the finding.
  const place = await text(page, `${finding} .meta button`);
  assert.match(place, /^Policy, line \d+, column \d+$/);
  await page.click(`${finding} .meta button`);
  const about = page.locator('[data-stage=policy] .about[data-finding="policy-mode 1"]');
  await about.waitFor();
  assert.match(await about.textContent(), /▲ Error: The mode is not/);
  const { from, to, body } = await page.evaluate(() => {
    const { at } = mtaSts.report.findings.find(({ code }) => code === 'policy-mode');
    return { from: at.utf16[0], to: at.utf16[1], body: mtaSts.report.policy.body };
  });
  assert.equal(await text(page, '[data-stage=policy] .lines mark'), body.slice(from, to));
  await about.click();
  assert.equal(await page.evaluate(() => document.activeElement.closest('.finding')?.dataset.code), 'policy-mode');
  // Of a record that is to be published it is the record that is copied.
  await check(page, 'no-record.zoo.test');
  assert.match(await copied(page, '.finding[data-code=record-absent] .fix .copy'), /^v=STSv1; id=\w+$/);
}));

test('the text that a finding stands in is mended when it is asked for', () => withPage(async (page) => {
  const loaded = [];
  page.on('request', (request) => loaded.push(new URL(request.url()).pathname));
  await check(page, 'policy-invalid.zoo.test');
  assert.deepEqual(loaded.filter((path) => path.startsWith('/pkg-mend')), []);
  await page.click('.finding[data-code=policy-mode] .mended summary');
  await page.waitForSelector('.mended .block pre');
  const mended = await copied(page, '.mended .block .copy');
  assert.equal(mended, await text(page, '.mended .block pre'));
  const lint = await page.evaluate(async (body) => {
    const engine = await import('/pkg-mend/mta_sts.js');
    return engine.lint(new TextEncoder().encode(body), 'policy', {});
  }, mended);
  assert.deepEqual([lint.valid, lint.findings.filter(({ level }) => level === 'error')], [true, []]);
  assert.match(await text(page, '.mended'), /give the record a new id/);
}));

test('the link brings others to the domain and to nothing else of ours', () => withPage(async (page) => {
  await page.click('#settings summary');
  await page.fill('#selectors', 'secret-selector');
  await check(page, 'enforce-good.zoo.test');
  assert.equal(await copied(page, '.actions .copy >> nth=0'), `${server.url}/#domain=enforce-good.zoo.test`);
}));

test('report and evidence are taken along as files', () => withPage(async (page) => {
  const { report, evidence } = await check(page, 'mx-expired-cert.zoo.test');
  for (const [button, name, content] of [
    ['#save-report', /^mx-expired-cert\.zoo\.test-\d{4}-\d\d-\d\d-report\.json$/, report],
    ['#save', /^mx-expired-cert\.zoo\.test-\d{4}-\d\d-\d\d\.json$/, evidence],
  ]) {
    const [download] = await Promise.all([page.waitForEvent('download'), page.click(button)]);
    assert.match(download.suggestedFilename(), name);
    assert.deepEqual(JSON.parse(readFileSync(await download.path(), 'utf8')), content);
  }
}));

test('a check as Markdown says what to do', () => withPage(async (page) => {
  const { report } = await check(page, 'mx-expired-cert.zoo.test');
  const markdown = await copied(page, '.actions .copy >> nth=1');
  const html = new MarkdownIt({ html: true, linkify: true }).render(markdown);
  const words = html.replace(/<[^>]*>/g, '');
  for (const part of ['MTA-STS of mx-expired-cert.zoo.test', report.summary, 'Record (_mta-sts.mx-expired-cert.zoo.test): valid v=STSv1;', 'mx1.mx-expired-cert.zoo.test: certificate-expired', report.findings[0].fix, 'mx-certificate-expired']) {
    assert.ok(words.includes(part), `${part}: ${markdown}`);
  }
  const links = [...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href);
  assert.deepEqual([...new Set(links)], [`${server.url}/#domain=mx-expired-cert.zoo.test`, 'https://www.rfc-editor.org/rfc/rfc8461#section-4.2']);
}));

test('in Markdown strangers\' text does nothing', () => withPage(async (page) => {
  const hostile = [
    '`</code><script>alert(1)</script>', '``` ` ``\n\n# heading\n\n- [x](javascript:alert(1))', '<img src=x onerror=alert(1)>', '![](https://evil.example/pixel)',
    '@everyone #1 http://evil.example www.evil.example a@evil.example', '| a | b |\n|---|---|', '**bold** _it_ ~~no~~', '\\`<b>\\`', '\u202e\u0007\u2028<b>', '&lt;b&gt; &#60;i>', '[id]: https://evil.example', '`', '``', ' ',
  ];
  const report = await reportOf(page, 'mx-expired-cert');
  for (const bad of hostile) {
    // What the engine quotes it puts in backticks, without backticks inside.
    const quoted = `\`${bad.replaceAll('`', "'")}\``;
    const made = {
      ...report,
      record: { ...report.record, text: [bad, bad] }, tlsrpt: { ...report.tlsrpt, rua: [bad] },
      mx: report.mx.map((host) => ({ ...host, host: bad, action: { ...host.action, sentence: `They report ${quoted}.` } })),
      findings: [{ ...report.findings[0], message: `the banner is ${quoted}`, fix: `Change ${quoted}.` }],
    };
    const markdown = await page.evaluate(async (shown) => (await import('/markdown.js')).markdown(shown, 'https://checker.example/#domain=x'), {
      report: made, evidence: { now: 0 }, state: 'done',
    });
    const html = new MarkdownIt({ html: true, linkify: true }).render(markdown);
    const links = new Set([...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href));
    assert.deepEqual([...links], ['https://checker.example/#domain=x', 'https://www.rfc-editor.org/rfc/rfc8461#section-4.2'], markdown);
    const tags = new Set([...html.matchAll(/<\/?(\w+)/g)].map(([, tag]) => tag));
    const known = ['h2', 'h3', 'p', 'strong', 'a', 'ul', 'ol', 'li', 'code', 'br'];
    assert.deepEqual([...tags].filter((tag) => !known.includes(tag)), [], markdown);
    assert.equal(html.split('<h').length, 3, `one heading above all and one above the findings: ${markdown}`);
    // Nothing of it stands outside of code, where a forge would call people or link numbers.
    const outside = html.replace(/<code>[^]*?<\/code>/g, '').replace(/<a href[^]*?<\/a>/g, '');
    assert.doesNotMatch(outside, /@everyone|#1|evil|alert|heading|bold/, markdown);
  }
}));

test('domains that were checked are kept in this browser, and leave it one by one or all at once', () => withPage(async (page) => {
  const stored = () => page.evaluate(() => JSON.parse(localStorage.getItem('mta-sts-recent')));
  const remembered = (domain) => page.waitForFunction((first) => JSON.parse(localStorage.getItem('mta-sts-recent'))?.domains[0] === first, domain);
  for (const name of ['enforce-good', 'no-record', 'enforce-good']) {
    await check(page, `${name}.zoo.test`);
    await remembered(`${name}.zoo.test`);
  }
  assert.deepEqual(await stored(), { off: false, domains: ['enforce-good.zoo.test', 'no-record.zoo.test'] });
  await page.evaluate(() => localStorage.setItem('mta-sts-recent', JSON.stringify({ domains: Array.from({ length: 10 }, (_, index) => `d${index}.zoo.test`) })));
  await check(page, 'null-mx.zoo.test');
  await remembered('null-mx.zoo.test');
  assert.equal((await stored()).domains.length, 10, 'the oldest goes');

  await page.click('#recent summary');
  await page.waitForSelector('#recent-list a');
  assert.deepEqual((await texts(page, '#recent-list a')).slice(0, 2), ['null-mx.zoo.test', 'd0.zoo.test']);
  await page.click('#recent-list [aria-label="Remove d0.zoo.test"]');
  assert.deepEqual((await texts(page, '#recent-list a')).slice(0, 2), ['null-mx.zoo.test', 'd1.zoo.test']);
  await page.click('#recent-list a >> nth=0');
  await finished(page);
  await page.click('#recent-list .small');
  assert.deepEqual([await texts(page, '#recent-list a'), (await stored()).domains], [[], []]);
  // Who wants none kept has none.
  await page.uncheck('#recent-keep');
  await check(page, 'no-record.zoo.test');
  await page.waitForFunction(() => performance.getEntriesByType('resource').some(({ name }) => name.includes('recent-')));
  assert.deepEqual(await stored(), { off: true, domains: [] });
  await page.reload();
  await page.waitForFunction(() => 'ready' in document.documentElement.dataset);
  await page.click('#recent summary');
  assert.equal(await page.isChecked('#recent-keep'), false);
}));

test('without storage nothing is kept, and nothing breaks', () => withPage(async (page) => {
  await check(page, 'enforce-good.zoo.test');
  await page.click('#recent summary');
  await page.waitForSelector('#recent-list p');
  assert.match(await text(page, '#recent-list'), /None yet/);
}, {
  prepare: (page) => page.addInitScript(() => {
    Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('refused', 'SecurityError'); } });
  }),
}));

test('a print has what matters, unfolded and black on white', () => withPage(async (page) => {
  await check(page, 'policy-invalid.zoo.test');
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  await page.waitForSelector('[data-stage=policy] > details[open] .lines');
  assert.equal(await page.isVisible('[data-stage=policy] .lines'), true);
  for (const gone of ['#check-form', 'nav', '.actions', '#settings', '#recent', '.fix .copy', '.raw']) {
    assert.equal(await page.isVisible(gone), false, gone);
  }
  assert.deepEqual(await page.evaluate(() => {
    const link = document.querySelector('.finding a[href^=https]');
    const paint = (node) => [getComputedStyle(node).color, getComputedStyle(node).backgroundColor];
    return [getComputedStyle(link, '::after').content, paint(document.querySelector('.verdict')), getComputedStyle(document.documentElement).backgroundColor];
  }), ['" (https://www.rfc-editor.org/rfc/rfc8461#section-3.2)"', ['rgb(0, 0, 0)', 'rgb(255, 255, 255)'], 'rgb(255, 255, 255)']);
  await page.emulateMedia({ media: 'screen' });
  await page.waitForFunction(() => !document.querySelector('.stages > li > details[open]'));
}));

/** A page that counts layout shifts from its beginning. */
const counted = (page) => page.addInitScript(() => {
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries()) {
      if (!hadRecentInput) shifts.push([value, sources.map(({ node }) => node?.className || node?.nodeName)]);
    }
  }).observe({ type: 'layout-shift', buffered: true });
});

for (const width of [1280, 360]) {
  test(`nothing moves while answers come in, at ${width} pixels`, async () => {
    for (const name of ['enforce-good', 'policy-redirect', 'mx-expired-cert', 'testing-failing', 'no-record', 'null-mx', 'mx-many', 'mx-wildcard-cert-two-labels']) {
      await withPage(async (page) => {
        await finished(page);
        assert.equal(await page.evaluate(() => mtaSts.report.domain), `${name}.zoo.test`);
        await page.waitForSelector('.path[data-end]');
        // Shifts are told of after the frame they are in.
        await page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))); }));
        assert.deepEqual(await page.evaluate(() => shifts), [], name);
      }, { url: `${server.url}/#domain=${name}.zoo.test`, width, height: 800, prepare: counted });
    }
  });
}

test('what the reader opened and where the focus is stays while answers come in', () => withPage(async (page) => {
  let answer;
  const held = new Promise((release) => { answer = release; });
  await page.route('**/v1/smtp*', async (route) => {
    await held;
    await route.continue();
  });
  await page.evaluate(() => { location.hash = 'domain=mx-expired-cert.zoo.test'; });
  await page.waitForSelector('[data-stage=record][data-state=valid]');
  // By keyboard alone.
  await page.focus('[data-stage=record] summary');
  await page.keyboard.press('Enter');
  await page.waitForSelector('[data-stage=record] .step');
  await page.focus('[data-stage=record] .step .copy');
  await page.evaluate(() => {
    window.kept = [document.activeElement, document.querySelector('[data-stage=record] pre').firstChild];
    getSelection().selectAllChildren(document.querySelector('[data-stage=record] pre'));
    window.selected = String(getSelection());
  });
  assert.equal(await page.getAttribute('[data-stage=hosts]', 'data-state'), 'waiting');
  answer();
  await finished(page);
  assert.equal(await page.getAttribute('[data-stage=hosts]', 'data-state'), 'done');
  assert.deepEqual(await page.evaluate(() => [
    document.activeElement === kept[0], document.querySelector('[data-stage=record] details').open,
    kept[1].isConnected, String(getSelection()) === selected && selected.length > 10,
  ]), [true, true, true, true]);
}));

test('the verdict is spoken, and not every stage', () => withPage(async (page) => {
  await page.evaluate(() => {
    window.spoken = [];
    const status = document.querySelector('#result [role=status]');
    new MutationObserver(() => { if (status.textContent) spoken.push(status.textContent); }).observe(status, { childList: true, characterData: true, subtree: true });
  });
  const { report } = await check(page, 'mx-expired-cert.zoo.test');
  assert.deepEqual(await page.evaluate(() => spoken), ['Checking mx-expired-cert.zoo.test', report.summary]);
}));

test('what could not be seen has its reason, and is no failure', () => withPage(async (page) => {
  await check(page, 'enforce-good.zoo.test');
  const shown = await text(page, '.unseen-part');
  assert.match(shown, /Policy/);
  assert.match(shown, /mx1\.enforce-good\.zoo\.test/);
  assert.match(shown, /A browser cannot do this, and there is no companion to ask/i);
  assert.match(shown, /mta-sts check enforce-good\.zoo\.test/);
  assert.equal(await page.locator('.unseen-part .bad, .stages .sign.bad, .path .bad').count(), 0);
  await page.click('.unseen-part button >> nth=0');
  await page.waitForSelector('[data-stage=policy] > details[open]');
}, { url: site.url, prepare: (page) => resolveBy(server, page) }));

test('what the browser could not fetch itself stands beside what the companion fetched', () => withPage(async (page) => {
  await page.click('#settings summary');
  await page.fill('#companion', server.url);
  const { report } = await check(page, 'enforce-good.zoo.test');
  assert.equal(report.policy.state, 'valid');
  assert.match(await text(page, '.unseen-part'), /Policy, by your browser itself.*The companion fetched it, and what it saw counts/);
  await page.click('[data-stage=policy] summary');
  await page.waitForSelector('[data-stage=policy] .step', { state: 'attached' });
  const [fetch] = await page.$$eval('[data-stage=policy] .step', (steps) => steps.filter((step) => step.textContent.includes('curl')).map((step) => [...step.querySelectorAll('.seen > div > dt')].map((who) => who.textContent)));
  assert.deepEqual(fetch.map((who) => who.split(',')[0]), ['your browser', 'the companion']);
}, { url: site.url, prepare: (page) => resolveBy(server, page) }));

test('the raw evidence is whole', () => withPage(async (page) => {
  const { evidence } = await check(page, 'enforce-good.zoo.test');
  await page.click('[data-stage=policy] > details > summary');
  await page.click('[data-stage=policy] .raw > summary');
  const policy = await text(page, '[data-stage=policy] .raw');
  const { http } = evidence.entries.find(({ step, outcome }) => step.policy && outcome.http).outcome;
  for (const { name, value } of http.headers) assert.ok(policy.includes(`${name}: ${value}`), name);
  const [leaf] = http.tls.chain;
  for (const part of [leaf.subject, leaf.issuer, leaf.key, leaf.sha256, ...leaf.dns_ids]) assert.ok(policy.includes(part), part);
  await page.click('[data-stage=hosts] > details > summary');
  await page.click('[data-stage=hosts] .raw > summary');
  const hosts = await text(page, '[data-stage=hosts] .raw');
  const { session } = evidence.entries.find(({ step }) => step.smtp).outcome;
  for (const { us, text: line } of session.transcript) assert.ok(hosts.includes(`${us ? '>' : '<'} ${line}`), line);
}));

test('addresses that say the very same are shown once', () => withPage(async (page) => {
  const { report } = await check(page, 'mx-many-addresses.zoo.test');
  const probes = report.steps.filter(({ step }) => step.smtp);
  await page.click('[data-stage=hosts] > details > summary');
  await page.click('[data-stage=hosts] .raw > summary');
  const shown = await page.$$eval('[data-stage=hosts] .step', (steps) => steps.filter((step) => step.querySelector('.command').textContent.includes('s_client')).length);
  assert.ok(probes.length > 4 && shown < probes.length, `${shown} of ${probes.length}`);
  const raw = await text(page, '[data-stage=hosts] .raw');
  for (const { step, command } of probes) assert.ok(raw.includes(step.smtp.address) && raw.includes(command));
}));

test('“nothing to change” does not hide that something beside it is broken', () => withPage(async (page) => {
  const { report } = await check(page, 'beside-spf-typo.zoo.test');
  assert.deepEqual(report.findings, []);
  assert.equal(await text(page, '.nothing'), 'MTA-STS: nothing to change. But SPF: broken, see below.');
  await check(page, 'enforce-good.zoo.test');
  assert.equal(await text(page, '.nothing'), 'Nothing to change.');
}));

test('where TLS reports go stands with their record', () => withPage(async (page) => {
  const { report } = await check(page, 'tlsrpt-one-of-two.zoo.test');
  const items = '[data-stage=tlsrpt] .addresses > li';
  assert.equal(await page.locator(items).count(), 0); // it comes once it is unfolded
  await page.click('[data-stage=tlsrpt] > details > summary');
  await page.waitForSelector(items);
  assert.deepEqual(await texts(page, items), [
    'tlsrpt@reports.tlsrpt-one-of-two.zoo.test ✕ no-domain reports.tlsrpt-one-of-two.zoo.test does not exist',
    'tlsrpt@tlsrpt-one-of-two.zoo.test ✓ found mail for tlsrpt-one-of-two.zoo.test goes to mx1.tlsrpt-one-of-two.zoo.test',
  ]);
  assert.equal(await text(page, '[data-stage=tlsrpt] .sign'), '!');
  // The finding marks the address in the record.
  assert.equal(await text(page, '[data-stage=tlsrpt] mark'), report.tlsrpt.targets[0].uri);
  await check(page, 'enforce-good.zoo.test');
  assert.equal(await text(page, '[data-stage=tlsrpt] .sign'), '✓');
}));

test('who was asked stands with the result', () => withPage(async (page) => {
  await check(page, 'enforce-good.zoo.test');
  assert.match(await text(page, '.verdict .aside'), new RegExp(`^Seen on .*: DNS by the zoo, mail servers by the companion at ${new URL(server.url).host}$`));
}));

test('with everything unfolded nothing is wider than a small phone, and nothing moves that is not to', () => withPage(async (page) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await eachWide(page);
  assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
}, { width: 320 }));

async function eachWide(page) {
  for (const name of ['mx-hostile-banner', 'policy-hostile', 'policy-redirect', 'dane-good', 'mx-many']) {
    if (!zoo.domains.some(({ domain }) => domain === `${name}.zoo.test`)) continue;
    await check(page, `${name}.zoo.test`);
    await unfold(page);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320, name);
  }
}

/** Unfolds all there is, and what there is then. */
async function unfold(page) {
  for (let round = 0; round < 2; round += 1) {
    await page.evaluate(() => { for (const details of document.querySelectorAll('#result details')) details.open = true; });
    await page.waitForFunction(() => [...document.querySelectorAll('.stage-body')].every((body) => body.childElementCount > 0));
  }
}

test('assistive technology finds nothing amiss', async () => {
  const findings = async (page, what) => {
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
    assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.slice(0, 3).map(({ html }) => html)]), [], what);
  };
  for (const colorScheme of ['light', 'dark']) {
    await withPage(async (page) => {
      await findings(page, 'the form');
      await page.route('**/v1/smtp*', () => {}); // nobody answers
      await page.evaluate(() => { location.hash = 'domain=testing-failing.zoo.test'; });
      await page.waitForSelector('[data-stage=policy][data-state=valid]');
      await findings(page, 'running');
      await page.click('#cancel-button');
      await finished(page);
      await findings(page, 'cancelled');
      await page.unroute('**/v1/smtp*');
      for (const name of ['enforce-good', 'policy-invalid', 'mx-expired-cert', 'null-mx', 'testing-failing']) {
        await check(page, `${name}.zoo.test`);
        await unfold(page);
        await findings(page, name);
      }
      await page.click('#recent summary');
      await page.waitForSelector('#recent-list a');
      await findings(page, 'recent domains');
    }, { colorScheme });
  }
});

test('a saved check that holds times no calendar has is shown all the same', () => withPage(async (page) => {
  const { evidence } = await check(page, 'mx-expired-cert.zoo.test');
  const far = 2 ** 53 - 1;
  evidence.now = far;
  for (const { outcome } of evidence.entries) {
    for (const certificate of outcome.session?.tls?.chain ?? []) Object.assign(certificate, { not_before: -far, not_after: far, subject: 'CN=\u202eevil\n' });
  }
  await page.setInputFiles('#check-file', { name: 'far.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(evidence)) });
  await page.waitForFunction((name) => document.querySelector('#domain-message').textContent.includes(name), 'from far.json');
  await unfold(page);
  const shown = await text(page, '[data-stage=hosts] .certificates');
  assert.ok(shown.includes(String(far)) && shown.includes('CN=<U+202E>evil<U+000A>'), shown);
  assert.equal(await page.locator('#result .problem').count(), 0);
  assert.match(await copied(page, '.actions .copy >> nth=1'), new RegExp(`Seen at ${far}`));
}));

test('on a slow device what has come is shown although nothing follows it', () => withPage(async (page) => {
  await page.route('**/v1/smtp*', () => {}); // and so the check does not end
  const protocol = await page.context().newCDPSession(page);
  await protocol.send('Emulation.setCPUThrottlingRate', { rate: 20 });
  await page.evaluate(() => { location.hash = 'domain=enforce-good.zoo.test'; });
  for (const [stage, state] of [['record', 'valid'], ['policy', 'valid'], ['mx', 'found'], ['tlsrpt', 'valid']]) {
    await page.waitForSelector(`[data-stage=${stage}][data-state=${state}]`);
  }
  assert.equal(await page.getAttribute('[data-stage=hosts]', 'data-state'), 'waiting');
}));

test('the first stage shows in the frame of its answer', () => withPage(async (page) => {
  await page.evaluate(() => { location.hash = 'domain=enforce-good.zoo.test'; });
  await page.waitForSelector('[data-stage=record][data-state=valid]');
  const { answered, shown } = await page.evaluate(() => window.seenIn);
  assert.ok(answered > 0 && shown - answered <= 1, `answered in frame ${answered}, shown in frame ${shown}`);
}, {
  // Of all answers the record's comes first.
  prepare: async (page) => {
    await page.route(/[?&]dns=/, async (route) => {
      const query = Buffer.from(new URL(route.request().url()).searchParams.get('dns'), 'base64url').toString('latin1');
      if (query.includes('_mta-sts')) await route.continue();
    });
    await page.addInitScript(() => {
      window.seenIn = { now: 0 };
      const count = () => {
        seenIn.now += 1;
        requestAnimationFrame(count);
      };
      requestAnimationFrame(count);
      const { read } = ReadableStreamDefaultReader.prototype;
      ReadableStreamDefaultReader.prototype.read = async function answered() {
        const part = await read.call(this);
        if (part.done) seenIn.answered ??= seenIn.now;
        return part;
      };
      new MutationObserver(() => {
        if (document.querySelector('[data-stage=record][data-state=valid]')) seenIn.shown ??= seenIn.now;
      }).observe(document, { attributes: true, childList: true, subtree: true });
    });
  },
}));

test('wasm is compiled as it comes in, once, and not before it is needed', () => withPage(async (page) => {
  const go = async (hash, ready) => {
    await page.evaluate((to) => { location.hash = to; }, hash);
    await page.waitForSelector(ready, { state: 'attached' });
    return page.evaluate(() => window.compiled.splice(0).map((url) => new URL(url).pathname.split('/')[1]).sort());
  };
  assert.deepEqual(await go('rules', '#rule-policy-mode'), []);
  assert.deepEqual(await go('draft', '#view-draft[data-mends]'), ['pkg-mend', 'pkg-policy']);
  assert.deepEqual(await go('domain=no-record.zoo.test', 'html[data-state=done]'), ['pkg', 'pkg-look']);
  assert.deepEqual(await go('domain=enforce-good.zoo.test', '.path[data-end=good]'), []);
  assert.deepEqual(await go('setup=no-record.zoo.test', '#setup-result:not([hidden])'), ['pkg-setup']);
  assert.deepEqual(await go('draft', '#view-draft:not([hidden])'), []);
  assert.deepEqual(await page.evaluate(() => window.otherwise), []);
}, {
  url: `${server.url}/#rules`,
  prepare: (page) => page.addInitScript(() => {
    window.compiled = [];
    window.otherwise = [];
    const { instantiateStreaming } = WebAssembly;
    WebAssembly.instantiateStreaming = async (response, imports) => {
      compiled.push((await response).url);
      return instantiateStreaming.call(WebAssembly, response, imports);
    };
    for (const name of ['compile', 'instantiate', 'compileStreaming']) {
      const real = WebAssembly[name];
      WebAssembly[name] = (...given) => {
        otherwise.push(name);
        return real.apply(WebAssembly, given);
      };
    }
  }),
}));
