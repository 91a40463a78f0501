// The elements on other people's pages: from another origin, under strict policies, more than once, and where they are refused.
import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ROOT, browse, open, reports, serveZoo, site } from './harness.mjs';
import { MANIFEST, manifest } from './manifest.mjs';

const EMBED = join(ROOT, 'www/embed');
const AXE = new URL('node_modules/axe-core/axe.min.js', import.meta.url);

let zoo;
let browser;

before(async () => {
  zoo = await serveZoo();
  browser = await browse();
});
after(async () => {
  await browser.close();
  zoo.stop();
});

/** The two lines that embed a check of a domain of the zoo. */
function check(domain, attributes = '', content = '') {
  return `<script type="module" src="${zoo.url}/embed/mta-sts-check.js"></script>
<mta-sts-check domain="${domain}" companion="${zoo.url}" resolver="${zoo.url}/dns-query" ${attributes}>${content}</mta-sts-check>`;
}

function lint(attributes = '', content = '') {
  return `<script type="module" src="${zoo.url}/embed/mta-sts-lint.js"></script>
<mta-sts-lint ${attributes}>${content}</mta-sts-lint>`;
}

const html = (body, head = '') => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Docs</title>${head}</head><body><main><h1>Docs</h1>${body}</main></body></html>`;

/** Opens a page of another origin with this in it. */
async function embedded(body, work, { headers, head, pages, options } = {}) {
  const docs = await site({ pages: { '/': html(body, head), ...pages }, headers });
  const page = await open(browser, docs.url, options);
  try {
    await work(page, docs);
  } finally {
    await page.close();
    docs.stop();
  }
}

const inCheck = (selector) => `mta-sts-check ${selector}`;
const message = (page, element = 'mta-sts-check') => page.textContent(`${element} [part=message]`);
const said = (page, element, text) => page.waitForFunction(
  ([of, source]) => new RegExp(source).test(document.querySelector(of).shadowRoot?.querySelector('[part=message]')?.textContent ?? ''),
  [element, text.source],
);

test('nobody is asked anything before the visitor asks, and then nobody but whom the page names', () => embedded(check('enforce-good.zoo.test'), async (page, docs) => {
  await page.waitForSelector(inCheck('button'));
  const before = [...page.requests];
  assert.ok(before.every((url) => url === `${docs.url}/` || url.startsWith(`${zoo.url}/embed/`)), before.join('\n'));
  assert.ok(!before.some((url) => /engine|view/.test(url)), `what checks is not loaded yet: ${before.join('\n')}`);

  await page.click(inCheck('button'));
  const [{ detail, of }] = await reports(page);
  assert.equal(of, 'mta-sts-check');
  assert.equal(detail.domain, 'enforce-good.zoo.test');
  assert.equal(detail.delivery, 'deliver');
  assert.match(await page.textContent(inCheck('.verdict .sentence')), /is enforced/);
  const asked = ['/embed/', '/dns-query?', '/v1/'].map((path) => zoo.url + path);
  const strangers = page.requests.slice(before.length).filter((url) => !asked.some((start) => url.startsWith(start)));
  assert.deepEqual([...new Set(strangers)], ['https://mta-sts.enforce-good.zoo.test/.well-known/mta-sts.txt']);
  assert.deepEqual(page.errors, []);
  // Whom it asks stands there before and after.
  assert.match(await page.textContent(inCheck('[part=asked]')), new RegExp(new URL(zoo.url).host));
  assert.equal(await page.evaluate(() => document.querySelector('mta-sts-check').report.domain), 'enforce-good.zoo.test');
}));

test('its report is told once for each check, out of whatever it stands in', () => embedded(`<div id="outer"></div>
<script type="module">
  const root = document.getElementById('outer').attachShadow({ mode: 'open' });
  root.innerHTML = '<mta-sts-check domain="no-record.zoo.test" companion="${zoo.url}" resolver="${zoo.url}/dns-query"></mta-sts-check>';
  window.inner = root.firstChild;
  window.events = [];
  addEventListener('mta-sts-report', (event) => window.events.push([event.bubbles, event.composed, event.constructor.name, event.detail.domain, event.target.id]));
</script><script type="module" src="${zoo.url}/embed/mta-sts-check.js"></script>`, async (page) => {
  await page.waitForSelector('mta-sts-check button');
  const returned = await page.evaluate(async () => (await window.inner.check()).domain);
  assert.equal(returned, 'no-record.zoo.test');
  const expected = [true, true, 'CustomEvent', 'no-record.zoo.test', 'outer'];
  assert.deepEqual(await page.evaluate(() => window.events), [expected]);
  await page.press('mta-sts-check input', 'Enter');
  await reports(page, 2);
  assert.deepEqual(await page.evaluate(() => window.events), [expected, expected]);
}));

test('what is no domain is said beside the field', () => embedded(check(''), async (page) => {
  await page.fill(inCheck('input'), 'localhost');
  await page.press(inCheck('input'), 'Enter');
  await said(page, 'mta-sts-check', /no dot/);
  assert.equal(await page.getAttribute(inCheck('input'), 'aria-invalid'), 'true');
  await page.fill(inCheck('input'), 'https://user@no-record.zoo.test/path');
  await page.press(inCheck('input'), 'Enter');
  assert.equal((await reports(page))[0].detail.domain, 'no-record.zoo.test');
  assert.match(await message(page), /The mail domain in that is /);
  assert.equal(await page.getAttribute(inCheck('input'), 'aria-invalid'), null);
}));

test('a language that changes before the first drawing, or is none, leaves no element blank', () => embedded(`<script>document.documentElement.lang = 'de'</script>${check('')}${lint()}<div id="more"></div>
<script type="module">
  for (const name of ['mta-sts-check', 'mta-sts-lint']) {
    for (const lang of ['fr', 'constructor', '__proto__', 'x'.repeat(1e5)]) {
      const made = document.createElement(name);
      made.lang = 'de';
      document.getElementById('more').append(made);
      made.lang = lang;
    }
  }
  document.documentElement.lang = 'fr';
</script>`, async (page) => {
  const buttons = () => [...document.querySelectorAll('mta-sts-check, mta-sts-lint')].map((one) => one.shadowRoot.querySelector('button')?.textContent ?? '');
  await page.waitForFunction(`(${buttons})().every(Boolean)`);
  assert.deepEqual(await page.evaluate(buttons), ['Vérifier', 'Vérifier', ...Array(2).fill(['Vérifier', 'Check', 'Check', 'Check']).flat()]);
  assert.deepEqual(page.errors, []);
}));

test('what a text is said to be that there is nothing of, is not said', () => embedded(lint('kind="constructor" autorun', '<pre>v=STSv1; id=1</pre>'), async (page) => {
  const [{ detail }] = await reports(page);
  assert.equal(detail.valid, true);
  assert.equal(await page.textContent('mta-sts-lint label'), 'Policy or record');
}));

test('a text beyond all policies is refused, and the next one is linted', () => embedded(lint(), async (page) => {
  await page.waitForSelector('mta-sts-lint textarea');
  await page.evaluate(() => {
    const made = document.querySelector('mta-sts-lint');
    made.text = 'k: v\n'.repeat(4e5);
    made.lint();
  });
  await said(page, 'mta-sts-lint', /larger than a policy can be/);
  await page.evaluate(() => { document.querySelector('mta-sts-lint').text = 'v=STSv1; id=1'; });
  assert.equal((await reports(page))[0].detail.valid, true);
  assert.equal(await message(page, 'mta-sts-lint'), '');
}));

test('a resolver that answers with something else is passed over', () => embedded('', async (page) => {
  await page.route('https://rubbish.example/**', (route) => route.fulfill({
    status: 200, contentType: 'application/dns-message', headers: { 'access-control-allow-origin': '*' }, body: Buffer.from(route.request().url().includes('empty') ? '' : 'no DNS message at all'),
  }));
  const ask = (resolver) => page.evaluate(async ([script, url, companion]) => {
    await import(script);
    const made = document.body.appendChild(document.createElement('mta-sts-check'));
    Object.assign(made, { resolver: url, companion, domain: 'enforce-good.zoo.test' });
    const { delivery, summary } = await made.check();
    return { delivery, summary };
  }, [`${zoo.url}/embed/mta-sts-check.js`, resolver, zoo.url]);
  for (const rubbish of ['https://rubbish.example/empty', 'https://rubbish.example/text']) {
    assert.equal((await ask(`${rubbish} ${zoo.url}/dns-query`)).delivery, 'deliver');
    assert.match((await ask(rubbish)).summary, /cannot be told from here: no DNS resolver could be reached/);
  }
}));

test('two on one page check at once, and each shows its own', () => {
  const two = `${check('mx-expired-cert.zoo.test', 'id="first"')}${check('policy-redirect.zoo.test', 'id="second"')}`;
  return embedded(two, async (page) => {
    await page.click('#first button');
    await page.click('#second button');
    const told = await reports(page, 2);
    assert.deepEqual(told.map(({ detail }) => detail.domain).sort(), ['mx-expired-cert.zoo.test', 'policy-redirect.zoo.test']);
    assert.match(await page.textContent('#first .verdict .sentence'), /expired certificate/);
    assert.match(await page.textContent('#second .verdict .sentence'), /its policy cannot be fetched/);
    assert.deepEqual(page.errors, []);
  });
});

test('another version on the same page does no harm', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mta-sts-version-'));
  await cp(EMBED, folder, { recursive: true });
  const other = await site({ folder, headers: { 'Access-Control-Allow-Origin': '*' } });
  const scripts = ['mta-sts-check.js', 'mta-sts-lint.js'].map((name) => `<script type="module" src="${other.url}/${name}"></script>`);
  const classic = `<script src="${other.url}/mta-sts-check-classic.js"></script>`;
  try {
    await embedded(`${check('enforce-good.zoo.test')}${scripts.join('')}${lint()}${classic}`, async (page) => {
      await page.waitForSelector(inCheck('button'));
      await page.waitForLoadState('networkidle');
      await page.click(inCheck('button'));
      await reports(page);
      const classes = await page.evaluate(async (urls) => {
        const loaded = await Promise.all(urls.map((url) => import(url)));
        return [new Set(loaded.map(({ MtaStsCheck }) => MtaStsCheck)).size, loaded.filter(({ MtaStsCheck }) => document.querySelector('mta-sts-check') instanceof MtaStsCheck).length];
      }, [`${zoo.url}/embed/mta-sts-check.js`, `${other.url}/mta-sts-check.js`]);
      // Two versions are there, and the element is of the one that came first.
      assert.deepEqual(classes, [2, 1]);
      assert.deepEqual(page.errors, []);
    });
  } finally {
    other.stop();
    await rm(folder, { recursive: true });
  }
});

test('with autorun it begins by itself', () => embedded(check('testing-good.zoo.test', 'autorun'), async (page) => {
  assert.equal((await reports(page))[0].detail.domain, 'testing-good.zoo.test');
}));

test('attributes and properties are one, whenever they are set', () => embedded(`<script type="module">
  // As frameworks do it: the element is made and set before its class is there.
  const made = document.createElement('mta-sts-check');
  Object.assign(made, { domain: 'no-record.zoo.test', companion: '${zoo.url}', resolver: '${zoo.url}/dns-query', theme: 'dark' });
  document.querySelector('main').append(made);
  await import('${zoo.url}/embed/mta-sts-check.js');
</script>`, async (page) => {
  await page.waitForSelector(inCheck('button'));
  assert.deepEqual(await page.evaluate(() => {
    const node = document.querySelector('mta-sts-check');
    return [node.getAttribute('domain'), node.getAttribute('theme'), node.shadowRoot.querySelector('input').value, node.autorun];
  }), ['no-record.zoo.test', 'dark', 'no-record.zoo.test', false]);
  await page.click(inCheck('button'));
  await reports(page);
  // Another domain on the same element, as a site does that changes its pages in place.
  await page.evaluate(() => { document.querySelector('mta-sts-check').domain = 'enforce-good.zoo.test'; });
  await page.waitForFunction(() => document.querySelector('mta-sts-check').shadowRoot.querySelector('input').value === 'enforce-good.zoo.test');
  assert.equal(await page.isVisible(inCheck('.verdict')), false, 'what was shown of another domain is gone');
  await page.click(inCheck('button'));
  assert.equal((await reports(page, 2))[1].detail.domain, 'enforce-good.zoo.test');
}));

test('a check ends when its element leaves the page, and not when it moves', () => embedded(check('mx-silent.zoo.test'), async (page) => {
  await page.click(inCheck('button'));
  await page.waitForSelector(inCheck('[data-stage=record][data-state=valid]'));
  await page.evaluate(() => document.querySelector('main').prepend(document.querySelector('mta-sts-check')));
  assert.ok(await page.isVisible(inCheck('button >> text=Cancel')), 'it was moved');
  await page.evaluate(() => {
    window.gone = document.querySelector('mta-sts-check');
    window.gone.remove();
  });
  await page.waitForFunction(() => window.gone.shadowRoot.querySelector('.verdict .sentence')?.textContent.includes('cancelled'));
  assert.deepEqual(await page.evaluate(() => window.told), []);
  assert.deepEqual(page.errors, []);
}));

const ground = (page, selector) => page.evaluate((of) => getComputedStyle(document.querySelector(of).shadowRoot.querySelector('.widget')).backgroundColor, selector);

test('its colours are as the page’s color-scheme says, or as theme says', async () => {
  const of = async (head, attributes, colorScheme) => {
    let seen;
    await embedded(check('', attributes), async (page) => {
      await page.waitForSelector(inCheck('button'));
      seen = await ground(page, 'mta-sts-check');
    }, { head, options: { colorScheme } });
    return seen;
  };
  const either = '<meta name="color-scheme" content="light dark">';
  const [light, dark] = [await of(either, '', 'light'), await of(either, '', 'dark')];
  assert.notEqual(light, dark);
  // A page that is light whatever the reader's system is has a light element, and the other way round.
  assert.equal(await of('', '', 'dark'), light);
  assert.equal(await of('<style>:root { color-scheme: dark }</style>', '', 'light'), dark);
  assert.equal(await of(either, 'theme="light"', 'dark'), light);
  assert.equal(await of(either, 'theme="dark"', 'light'), dark);
});

test('a page sets parts and properties', () => embedded(check('enforce-good.zoo.test'), async (page) => {
  await page.click(inCheck('button'));
  await reports(page);
  const seen = await page.evaluate(() => {
    const { shadowRoot } = document.querySelector('mta-sts-check');
    const style = (selector) => getComputedStyle(shadowRoot.querySelector(selector));
    return [style('button').backgroundColor, style('button').borderRadius, style('.verdict').backgroundColor, style('input').fontFamily];
  });
  assert.deepEqual(seen, ['rgb(1, 2, 3)', '0px', 'rgb(4, 5, 6)', 'Example']);
}, { head: '<style>body { font-family: Example } mta-sts-check { --mta-sts-accent: rgb(1, 2, 3); --mta-sts-good-ground: rgb(4, 5, 6) } mta-sts-check::part(button) { border-radius: 0 }</style>' }));

const LINK = '<a href="https://checker.example/#domain=example.com">Check it over there</a>';

test('where the script does not run its content is shown', () => embedded(check('example.com', '', LINK), async (page) => {
  assert.ok(await page.isVisible('mta-sts-check a'));
  assert.equal(await page.evaluate(() => document.querySelector('mta-sts-check').shadowRoot), null);
}, { headers: { 'Content-Security-Policy': "default-src 'self'" } }));

/** The header of docs/embed.md, filled in. */
async function documentedPolicy() {
  const docs = await readFile(join(ROOT, 'docs/embed.md'), 'utf8');
  const policy = /```http\nContent-Security-Policy: ([^`]+)\n```/.exec(docs)?.[1];
  assert.ok(policy, 'docs/embed.md has the header');
  return policy.replaceAll('https://checker.example', zoo.url).replaceAll('https://resolver.example', zoo.url).replaceAll(/\s+/g, ' ');
}

/** What the policy of a page has refused, as it says itself. */
const VIOLATIONS = '<script nonce="n">window.violations = []; addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) => window.violations.push(`${effectiveDirective} ${blockedURI}`));</script>';
const withNonce = (policy) => policy.replace('script-src', "script-src 'nonce-n'");

test('the documented policy is all that it needs, and nothing less will do', async () => {
  const policy = await documentedPolicy();
  const body = `${check('enforce-good.zoo.test')}${lint('', '<pre>v=STSv1; id=1-2</pre>')}`;
  await embedded(body, async (page) => {
    await page.click(inCheck('button'));
    await reports(page);
    await page.click('mta-sts-lint button');
    const told = await reports(page, 2);
    assert.deepEqual(told.map(({ detail }) => detail.delivery ?? detail.valid), ['deliver', false]);
    // The browser's own look at the policy host is the one thing that a policy which names hosts must refuse.
    const violations = (await page.evaluate(() => window.violations)).filter((text) => !text.includes('https://mta-sts.'));
    assert.deepEqual(violations, []);
    assert.deepEqual(page.errors, []);
  }, { headers: { 'Content-Security-Policy': withNonce(policy) }, head: VIOLATIONS });

  const parts = policy.split('; ').flatMap((directive) => directive.split(' ').slice(1).map((source) => [directive.split(' ')[0], source])).filter(([, source]) => source !== "'none'" && source !== "'self'");
  assert.deepEqual(new Set(parts.map(([directive]) => directive)), new Set(['script-src', 'connect-src']));
});

test('where the page refuses WebAssembly it says so, and offers another way', async () => {
  const policy = (await documentedPolicy()).replace(" 'wasm-unsafe-eval'", '');
  await embedded(check('example.com', '', LINK), async (page) => {
    await page.click(inCheck('button'));
    await said(page, 'mta-sts-check', /refuses WebAssembly: its script-src lacks 'wasm-unsafe-eval'/);
    assert.ok(await page.isVisible('mta-sts-check a >> text=Check it over there'));
    assert.deepEqual(await page.evaluate(() => window.told), []);
  }, { headers: { 'Content-Security-Policy': policy } });
  // Without content of its own there is a link to the page of the checker that the script came from.
  await embedded(check('example.com') + lint('', '<pre>mode: none</pre>'), async (page) => {
    await page.click(inCheck('button'));
    await said(page, 'mta-sts-check', /refuses WebAssembly/);
    assert.equal(await page.getAttribute(inCheck('.way-on a'), 'href'), `${zoo.url}/#domain=example.com`);
    await page.click('mta-sts-lint button');
    await said(page, 'mta-sts-lint', /refuses WebAssembly/);
  }, { headers: { 'Content-Security-Policy': policy } });
});

test('where the page keeps it from asking it says whom, and nothing of it is a fault of the domain', async () => {
  const policy = (await documentedPolicy()).replace(/connect-src [^;]+/, "connect-src 'self'");
  await embedded(check('mx-expired-cert.zoo.test'), async (page) => {
    await page.click(inCheck('button'));
    const [{ detail }] = await reports(page);
    assert.equal(detail.delivery, 'unknown');
    assert.equal(detail.record.state, 'not-observed');
    assert.deepEqual(detail.findings.filter(({ level }) => level === 'error'), []);
    assert.match(await message(page), new RegExp(`does not let anybody ask ${new URL(zoo.url).host}: its connect-src`));
  }, { headers: { 'Content-Security-Policy': policy } });
});

test('it works under Trusted Types, strict-dynamic, and on a page that is isolated', async () => {
  for (const headers of [
    { 'Content-Security-Policy': "require-trusted-types-for 'script'; trusted-types 'none'" },
    { 'Content-Security-Policy': "script-src 'nonce-n' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'none'; base-uri 'none'; object-src 'none'" },
    { 'Cross-Origin-Embedder-Policy': 'require-corp', 'Cross-Origin-Opener-Policy': 'same-origin' },
  ]) {
    const body = (check('testing-good.zoo.test') + lint('', '<pre>v=STSv1; id=a_b</pre>')).replaceAll('<script', '<script nonce="n"');
    await embedded(body, async (page) => {
      await page.click(inCheck('button'));
      await reports(page);
      await page.click('mta-sts-lint button');
      const told = await reports(page, 2);
      assert.deepEqual(told.map(({ detail }) => detail.delivery ?? detail.valid), ['deliver', false], JSON.stringify(headers));
      assert.deepEqual(page.errors, [], JSON.stringify(headers));
    }, { headers });
  }
});

test('as a classic script it is the same', () => {
  const scripts = ['check', 'lint'].map((name) => `<script src="${zoo.url}/embed/mta-sts-${name}-classic.js"></script>`).join('');
  const elements = (check('no-record.zoo.test') + lint('', '<pre>v=STSv1; id=a_b</pre>')).replaceAll(/<script.*?<\/script>/g, '');
  return embedded(elements + scripts, async (page) => {
    await page.click(inCheck('button'));
    await reports(page);
    await page.click('mta-sts-lint button');
    const told = await reports(page, 2);
    assert.deepEqual(told.map(({ detail }) => detail.delivery ?? detail.valid), ['no-sts', false]);
    assert.equal(await page.evaluate(() => Object.keys(window).filter((name) => /mta/i.test(name)).length), 0, 'it leaves nothing behind');
    assert.deepEqual(page.errors, []);
  });
});

test('with an import map of digests, a file that was changed is not run', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mta-sts-changed-'));
  await cp(EMBED, folder, { recursive: true });
  const own = await site({ folder, headers: { 'Access-Control-Allow-Origin': '*' } });
  const { integrity } = JSON.parse(await readFile(join(folder, 'integrity.json'), 'utf8'));
  const map = { integrity: Object.fromEntries(Object.entries(integrity).map(([name, digest]) => [new URL(name, `${own.url}/`).href, digest])) };
  const body = check('no-record.zoo.test', '', LINK).replace(/<script.*?<\/script>/, `<script type="module" src="${own.url}/mta-sts-check.js" integrity="${integrity['./mta-sts-check.js']}" crossorigin></script>`);
  const head = `<script type="importmap">${JSON.stringify(map)}</script>`;
  try {
    await embedded(body, async (page) => {
      await page.click(inCheck('button'));
      await reports(page);
    }, { head });
    const [engine] = (await readdir(folder)).filter((name) => name.startsWith('engine-look-'));
    await writeFile(join(folder, engine), `${await readFile(join(folder, engine), 'utf8')}\nwindow.changed = true;`);
    await embedded(body, async (page) => {
      await page.click(inCheck('button'));
      await said(page, 'mta-sts-check', /could not be loaded/);
      assert.equal(await page.evaluate(() => window.changed), undefined);
      assert.ok(await page.isVisible('mta-sts-check a >> text=Check it over there'));
    }, { head });
  } finally {
    own.stop();
    await rm(folder, { recursive: true });
  }
});

test('in a frame it tells its height, and its address names nobody who is asked', () => {
  const frame = `<iframe id="frame" src="${zoo.url}/embed.html#domain=one-of-two.zoo.test&companion=https://evil.example&resolver=https://evil.example/dns-query" title="MTA-STS check"></iframe>
<script nonce="n">addEventListener('message', ({ source, data }) => {
  const frame = document.getElementById('frame');
  if (source === frame.contentWindow && data?.type === 'mta-sts-resize') frame.height = data.height;
});</script>`;
  // A site that allows frames of the checker, and nothing else of it.
  return embedded(frame, async (page) => {
    const inner = await (await page.$('#frame')).contentFrame();
    await inner.waitForSelector(inCheck('button'));
    await page.waitForFunction(() => Number(document.getElementById('frame').height) > 50);
    const before = await page.evaluate(() => Number(document.getElementById('frame').height));
    assert.match(await inner.textContent(inCheck('[part=asked]')), new RegExp(new URL(zoo.url).host));
    // The zoo's own resolver is no part of the site's settings, so the names of the zoo are unknown here: whoever is asked is not the stranger.
    await inner.click(inCheck('button'));
    await inner.waitForSelector(inCheck('.verdict'));
    await page.waitForFunction((height) => Number(document.getElementById('frame').height) > height, before);
    assert.ok(!page.requests.some((url) => url.includes('evil.example/')), page.requests.join('\n'));
  }, { headers: { 'Content-Security-Policy': `default-src 'none'; script-src 'nonce-n'; frame-src ${zoo.url}` } });
});

test('the frame has the linter, too', () => embedded(`<iframe src="${zoo.url}/embed.html#lint&kind=record&theme=dark" title="MTA-STS linter"></iframe>`, async (page) => {
  const inner = await (await page.$('iframe')).contentFrame();
  await inner.fill('mta-sts-lint textarea', 'v=STSv1; id=a_b');
  await inner.waitForSelector('mta-sts-lint [data-code=record-id]');
  assert.equal(await inner.getAttribute('mta-sts-lint', 'theme'), 'dark');
}));

/** Waits until a part of an element says this, and gives all that the element says. */
async function says(page, selector, text) {
  await page.waitForFunction(([of, source]) => new RegExp(source).test(document.querySelector(of)?.shadowRoot?.querySelector('.widget')?.innerText ?? ''), [selector, text.source]);
  return page.evaluate((of) => document.querySelector(of).shadowRoot.querySelector('.widget').innerText, selector);
}

for (const kind of ['module', 'classic script']) {
  test(`as a ${kind}, each speaks the language of what it stands in, beside one of another language`, () => {
    const classic = (name) => `<script src="${zoo.url}/embed/mta-sts-${name}-classic.js"></script>`;
    const elements = `<div lang="de">${check('one-of-two.zoo.test')}</div>${check('mx-expired-cert.zoo.test', 'lang="fr"')}<div lang="de">${lint('', FAULTY)}</div>`;
    const body = kind === 'module' ? elements : elements.replaceAll(/<script.*?<\/script>/g, '') + classic('check') + classic('lint');
    return embedded(body, async (page) => {
      const [german, french, linter] = ['[lang=de] mta-sts-check', 'mta-sts-check[lang=fr]', 'mta-sts-lint'];
      await says(page, german, /DNS wird bei/);
      await says(page, french, /Le DNS est demandé/);
      for (const element of [german, french, linter]) await page.click(`${element} button`);
      const told = await reports(page, 3);
      const summaries = Object.fromEntries(told.filter(({ of }) => of === 'mta-sts-check').map(({ detail }) => [detail.domain, detail.summary]));
      assert.match(summaries['one-of-two.zoo.test'], /gilt enforce/);
      assert.match(summaries['mx-expired-cert.zoo.test'], /certificat expiré/);
      const texts = [
        await says(page, german, /Was andere Sender tun/), await says(page, french, /font d’autres expéditeurs|autres expéditeurs/),
        await says(page, linter, /Alle beheben/),
      ];
      assert.match(texts[2], /ist kein Modus/);
      for (const text of texts) assert.doesNotMatch(text, /\b(the|could|Mail to|What)\b/);
      // Why it matters stands in a script of each language.
      for (const [element, text] of [[german, /Sender/], [french, /expéditeur/], [linter, /Sender/]]) {
        await page.click(`${element} .finding .meta button:has-text("${element === french ? 'Pourquoi' : 'Warum'}")`);
        const why = await (await page.waitForSelector(`${element} .finding .why:not(:empty)`)).innerText();
        assert.match(why, text);
        assert.doesNotMatch(why, /\b(the|senders)\b/);
      }
      assert.deepEqual(page.errors, []);
    });
  });
}

const FAULTY = '<pre>\nversion: STSv1\nmode: enforced\nmx: mx.fabrikam.com\nmax_age: 604800\n</pre>';

test('the linter begins with the text in it, shows places, and mends', () => embedded(lint('', FAULTY), async (page) => {
  assert.match(await page.inputValue('mta-sts-lint textarea'), /^version: STSv1\nmode: enforced\n/);
  const height = () => page.evaluate(() => document.querySelector('mta-sts-lint').shadowRoot.querySelector('textarea').offsetHeight);
  const room = await height();
  const before = page.requests.length;
  await page.click('mta-sts-lint button');
  const [{ detail, of }] = await reports(page);
  assert.deepEqual([of, detail.kind, detail.valid, detail.findings.map(({ code }) => code)], ['mta-sts-lint', 'policy', false, ['policy-mode']]);
  assert.ok(detail.findings[0].title && detail.findings[0].section && detail.findings[0].fix);
  assert.ok(await page.$('mta-sts-lint .under.error'), 'the place is underlined');
  assert.equal(await height(), room, 'the field is as high as its text from the start');
  await page.click('mta-sts-lint .finding button >> text=Why it matters');
  await page.waitForFunction(() => document.querySelector('mta-sts-lint').shadowRoot.querySelector('.why').textContent.length > 50);
  await page.click('mta-sts-lint button >> text=Fix all');
  await page.waitForFunction(() => document.querySelector('mta-sts-lint').text.includes('mode: enforce\n'));
  assert.equal((await reports(page, 2)).at(-1).detail.valid, true);
  assert.ok(page.requests.slice(before).every((url) => url.startsWith(`${zoo.url}/embed/`)), 'nothing of the text leaves the browser');
  assert.deepEqual(page.errors, []);
}));

test('the linter follows the typing, and tells once it rests', () => embedded(lint(), async (page) => {
  await page.click('mta-sts-lint textarea');
  await page.keyboard.type('v=STSv1; id=2026-01-01', { delay: 5 });
  const told = await reports(page);
  assert.equal(told.at(-1).detail.kind, 'record');
  assert.deepEqual(told.at(-1).detail.findings.map(({ code }) => code), ['record-id']);
  assert.ok(told.length < 5, `once it rests, not for every key: ${told.length}`);
  // Another kind of text needs another build of the engine, which comes by itself.
  await page.fill('mta-sts-lint textarea', 'version: STSv1\nmode: none\nmax_age: 1\n');
  await page.waitForFunction(() => document.querySelector('mta-sts-lint').report?.kind === 'policy');
  await page.fill('mta-sts-lint textarea', '');
  await page.waitForFunction(() => !document.querySelector('mta-sts-lint').shadowRoot.querySelector('.verdict'));
  assert.deepEqual(page.errors, []);
}));

test('the kind can be set', () => embedded(lint('kind="tlsrpt" autorun', '<pre>v=STSv1; id=1</pre>'), async (page) => {
  assert.equal((await reports(page))[0].detail.kind, 'tlsrpt');
  assert.equal(await page.textContent('mta-sts-lint label'), 'TLSRPT record');
}));

test('strangers’ text is text', async () => {
  const hostile = 'version: STSv1\nmode: <img src=x onerror=window.ran=1>\n<script>window.ran=1</script>: 1\nmx: "><svg onload=window.ran=1>\nmax_age: javascript:window.ran=1';
  await embedded(lint(), async (page) => {
    await page.fill('mta-sts-lint textarea', hostile);
    await reports(page);
    const strange = await page.evaluate(() => [...document.querySelector('mta-sts-lint').shadowRoot.querySelectorAll('img, script, svg, [onload], [onerror]')].length);
    assert.equal(strange, 0);
    assert.equal(await page.evaluate(() => window.ran), undefined);
  });
});

test('the manifest names what is there', async () => {
  const { modules } = await manifest();
  assert.deepEqual(JSON.parse(await readFile(MANIFEST, 'utf8')).modules, modules, '`node tests/embed/manifest.mjs` makes it anew');
  const declared = modules.flatMap(({ declarations = [] }) => declarations).filter(({ tagName }) => tagName);
  assert.deepEqual(declared.map(({ tagName }) => tagName).sort(), ['mta-sts-check', 'mta-sts-lint']);
  await embedded(check('no-record.zoo.test') + lint('', FAULTY), async (page) => {
    await page.click(inCheck('button'));
    await page.click('mta-sts-lint button');
    await reports(page, 2);
    for (const { tagName, attributes, cssParts, cssProperties, events } of declared) {
      const names = (list) => (list ?? []).map(({ name }) => name).sort();
      const real = await page.evaluate((tag) => {
        const node = document.querySelector(tag);
        return {
          attributes: [...new Set([...node.constructor.observedAttributes, ...node.constructor.switches])].sort(),
          parts: [...new Set([...node.shadowRoot.querySelectorAll('[part]')].flatMap((part) => [...part.part]))].sort(),
          style: [...node.shadowRoot.adoptedStyleSheets].flatMap((sheet) => [...sheet.cssRules]).map(({ cssText }) => cssText).join(''),
        };
      }, tagName);
      assert.deepEqual(names(attributes), real.attributes, tagName);
      assert.deepEqual(names(cssParts), real.parts, tagName);
      const properties = [...new Set(real.style.match(/--mta-sts-[\w-]+(?=:)/g))].sort();
      assert.deepEqual(names(cssProperties), properties, tagName);
      assert.deepEqual(names(events), ['mta-sts-report'], tagName);
    }
  });
});

test('axe finds nothing, in light and dark, before a check, after it, and where it is refused', async () => {
  const axe = await readFile(AXE, 'utf8');
  const judged = async (page, state) => {
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
    const shown = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.flat().join(' ')).join('; ')}`);
    assert.deepEqual(shown, [], state);
  };
  for (const colorScheme of ['light', 'dark']) {
    await embedded(check('one-of-two.zoo.test') + lint('', FAULTY), async (page) => {
      await page.waitForSelector(inCheck('button'));
      await judged(page, `${colorScheme}, before`);
      await page.click(inCheck('button'));
      await page.click('mta-sts-lint button');
      await reports(page, 2);
      await judged(page, `${colorScheme}, after`);
      await page.fill(inCheck('input'), 'nonsense');
      await page.press(inCheck('input'), 'Enter');
      await said(page, 'mta-sts-check', /no dot/);
      await judged(page, `${colorScheme}, wrong`);
    }, { head: '<meta name="color-scheme" content="light dark"><style>:root { background: Canvas; color: CanvasText }</style>', options: { colorScheme } });
  }
});
