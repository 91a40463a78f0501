// Hundreds of hostile strings, wherever the page shows what strangers wrote: nothing runs, nothing leaves, nothing breaks the
// layout, and what is text shows as text.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { HOSTILE, LABELS } from './hostile.mjs';
import { browse, open, overflowing, serve, unfold } from './harness.mjs';

const DOMAIN = 'hostile.test';
const NOW = 1_795_305_600;
const SIZES = [{ width: 1280, height: 900 }, { width: 360, height: 740 }];
/** As many strings as go into one saved check. */
const BATCH = 24;

let server;
let browser;

before(async () => {
  assert.ok(HOSTILE.length >= 200);
  server = await serve();
  browser = await browse();
});
after(async () => {
  await browser.close();
  await server.stop();
});

/** Whom a check may ask beside this origin: the resolvers of the list, and the host of a policy. */
const ASKED = /^https:\/\/(cloudflare-dns\.com|dns\.google|doh\.dns\.sb)\/|^https:\/\/mta-sts\.[^/]+\/\.well-known\/mta-sts\.txt$/;

/** A page that says what happened to it: what ran, what opened, what was asked for, what the policy kept it from. */
async function guarded(url, prepare) {
  const page = await open(browser, url, async (made) => {
    made.strange = [];
    made.named = [];
    made.on('dialog', (dialog) => { made.strange.push(`a dialog: ${dialog.message()}`); dialog.dismiss(); });
    made.on('popup', () => made.strange.push('a window'));
    made.on('request', (request) => {
      const isExpected = [`${server.url}/`, ...made.named].some((known) => request.url().startsWith(known)) || ASKED.test(request.url());
      if (!isExpected) made.strange.push(`a request: ${request.url()}`);
    });
    made.on('framenavigated', (frame) => { if (!frame.url().startsWith(`${server.url}/`)) made.strange.push(`went to ${frame.url()}`); });
    await made.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
        (window.violated ??= []).push(`${violatedDirective} ${blockedURI}`);
      });
    });
    await prepare?.(made);
  });
  return page;
}

/** Nothing has run, nobody was asked, and no element or attribute is there but the page's own. */
async function unharmed(page, what) {
  const found = await page.evaluate(() => {
    const wrong = [];
    if ('pwned' in window || {}.pwned !== undefined) wrong.push('something ran');
    if (window.violated) wrong.push(...window.violated);
    const elements = document.querySelectorAll('body *');
    for (const node of elements) {
      if (/^(script|iframe|frame|object|embed|applet|img|image|style|link|meta|base|audio|video|math|foreignobject|animate|set|use|template|dialog)$/i.test(node.localName)) wrong.push(`an element ${node.localName}`);
      for (const { name, value } of node.attributes) {
        if (/^(on|style$|srcdoc$|formaction$|ping$|background$)/i.test(name)) wrong.push(`an attribute ${name} of ${node.localName}`);
        if (/^(href|src|action|xlink:href)$/i.test(name) && !/^(#|\.\/$|https:\/\/www\.rfc-editor\.org\/rfc\/rfc\d+(#section-[\d.]+)?$)/.test(value)) wrong.push(`${name}=${value.slice(0, 80)} of ${node.localName}`);
      }
    }
    return wrong;
  });
  assert.deepEqual([...found, ...page.strange, ...page.errors], [], what);
}

/** At each size, nothing is wider than the screen. */
async function fits(page, what) {
  for (const size of SIZES) {
    await page.setViewportSize(size);
    assert.deepEqual(await overflowing(page), [], `${what} at ${size.width}px`);
  }
}

const bytes = (text) => Buffer.from(text, 'utf8');
const base64 = (text) => bytes(text).toString('base64');

/** A name on the wire: what is text is split at its dots. */
function name(labels) {
  const parts = typeof labels === 'string' ? labels.split('.').map(bytes) : labels;
  return Buffer.concat([...parts.flatMap((label) => [Buffer.from([label.length]), label]), Buffer.from([0])]);
}

const TYPES = { A: 1, CNAME: 5, MX: 15, TXT: 16, AAAA: 28 };

/** A TXT record's strings, of 255 octets at most. */
function strings(octets) {
  const parts = [];
  for (let at = 0; at < octets.length || at === 0; at += 255) {
    const part = octets.subarray(at, at + 255);
    parts.push(Buffer.from([part.length]), part);
  }
  return Buffer.concat(parts);
}

/** A DNS message that answers a question with these records, or with an error that a resolver explains (RFC 8914). */
function message(asked, type, records, { rcode = 0, explained = [] } = {}) {
  const number = (value, size = 2) => {
    const made = Buffer.alloc(size);
    made.writeUIntBE(value, 0, size);
    return made;
  };
  const record = ([owner, kind, data]) => Buffer.concat([name(owner), number(TYPES[kind]), number(1), number(60, 4), number(data.length), data]);
  const options = Buffer.concat(explained.map((text) => {
    const data = Buffer.concat([number(6), bytes(text)]);
    return Buffer.concat([number(15), number(data.length), data]);
  }));
  const opt = Buffer.concat([Buffer.from([0]), number(41), number(1232), number(0, 4), number(options.length), options]);
  const head = [0, 0x8180 | rcode, 1, records.length, 0, 1].map((value) => number(value));
  return Buffer.concat([...head, name(asked), number(TYPES[type]), number(1), ...records.map(record), opt]).toString('base64');
}

const dns = (asked, type, records, how) => ({
  step: { dns: { name: asked, rrtype: type, cd: false } }, by: 'browser', via: how?.via ?? 'https://resolver.example/dns-query', took_ms: 1,
  outcome: { message: message(asked, type, records, how) },
});
const txt = (asked, texts) => dns(asked, 'TXT', texts.map((text) => [asked, 'TXT', strings(bytes(text))]));
const entry = (step, outcome, by = 'companion') => ({ step, by, took_ms: 1, outcome });

/** Certificates and a connection that name these strings everywhere. */
function tls(texts, faults = []) {
  const chain = texts.map((text, index) => ({
    subject: `CN=subject${index} ${text}`, issuer: `CN=issuer${index} ${text}`, dns_ids: [`dns${index} ${text}`, text], addresses: [],
    key: `key${index} ${text}`, signature: `signature${index} ${text}`, sha256: text, not_before: NOW - 1000, not_after: NOW + 1000, der: '',
  }));
  return { version: texts[0], cipher: texts[1], chain, faults, anchor: `anchor ${texts[2]}` };
}

const address = (index) => `192.0.2.${index + 1}`;
const a = (asked, count, owner = asked) => dns(asked, 'A', Array.from({ length: count }, (_, index) => [owner, 'A', Buffer.from(address(index).split('.').map(Number))]));

/** A saved check in which all went well, and every text is one of these. */
function answered(texts, labels) {
  const host = `mx.${DOMAIN}`;
  const policyHost = `mta-sts.${DOMAIN}`;
  const alias = [...labels[0], ...[DOMAIN].map(bytes)];
  const mx = [[DOMAIN, 'MX', Buffer.concat([Buffer.from([0, 1]), name(host)])], ...labels.map((one) => [DOMAIN, 'MX', Buffer.concat([Buffer.from([0, 10]), name(one)])])];
  const body = ['version: STSv1', 'mode: enforce', `mx: ${host}`, ...texts.map((text, index) => `line${index}: ${text}`), ...texts.map((text) => `mx: ${text}`), 'max_age: 604800', ''].join('\n');
  const http = {
    status: 200, content_type: texts[3], content_encoding: null, location: texts[4], body: base64(body), address: address(0), tls: tls(texts),
    http_version: texts[5], headers: texts.map((text, index) => ({ name: `header${index} ${text}`, value: `value${index} ${text}` })), stages: [],
  };
  const session = (index, with_faults = []) => ({
    stage: 'done', end: 'complete', tls: tls(texts, with_faults), injected: false, stages: [],
    transcript: texts.flatMap((text, line) => [{ us: false, text: `220 banner${line} ${text}` }, { us: true, text: `EHLO said${line} ${text}` }]),
  });
  return [
    txt(`_mta-sts.${DOMAIN}`, ['v=STSv1; id=20260101;', ...texts.slice(0, 12).map((text, index) => `aside${index} ${text}`)]),
    txt(`_smtp._tls.${DOMAIN}`, [`v=TLSRPTv1; rua=mailto:a@${DOMAIN},${texts[6]}; x=${texts[7]}`]),
    dns(policyHost, 'A', [[policyHost, 'CNAME', name(alias)], [alias, 'A', Buffer.from([192, 0, 2, 1])]]),
    dns(policyHost, 'AAAA', []),
    dns(DOMAIN, 'MX', mx),
    entry({ policy: { domain: DOMAIN } }, { http }),
    entry({ policy: { domain: DOMAIN } }, { failed: { unreachable: { detail: texts[8] } } }, 'browser'),
    a(host, 3),
    dns(host, 'AAAA', []),
    ...[[], [{ untrusted: { why: texts[9] } }], [{ 'missing-intermediate': { issuer: texts[11], url: texts[10] } }]].map((faults, index) => (
      entry({ smtp: { domain: DOMAIN, host, address: address(index) } }, { session: session(index, faults) }))),
    txt(DOMAIN, texts.slice(12).map((text, index) => `v=spf1 include:spf${index} ${text}`)),
    txt(`_dmarc.${DOMAIN}`, [`v=DMARC1; p=none; rua=mailto:dmarc ${texts[11]}`]),
  ];
}

/** A saved check in which everything failed, in words that strangers chose. */
function failing(texts) {
  const host = `mx.${DOMAIN}`;
  const failures = texts.map((text, index) => [
    { failed: { companion: { detail: `declined${index} ${text}` } } }, { failed: { unreachable: { detail: `away${index} ${text}` } } },
    { failed: { malformed: { detail: `odd${index} ${text}` } } }, { failed: { 'opted-out': { name: `left${index} ${text}` } } },
    { failed: { guarded: { address: '10.0.0.1', class: `class${index} ${text}` } } }, { failed: { 'port-blocked': { tested: `port${index} ${text}` } } },
    { failed: { tls: { detail: `tls${index} ${text}` } } }, { session: { stage: 'handshake', end: { tls: { detail: `alert${index} ${text}`, old_version: false } }, transcript: [{ us: false, text }] } },
    { failed: { certificate: { tls: tls([text, text, text], [{ untrusted: { why: `why${index} ${text}` } }]) } } },
  ][index % 9]);
  const refused = { rcode: 2, explained: texts.map((text, index) => `explained${index} ${text}`) };
  return [
    dns(`_mta-sts.${DOMAIN}`, 'TXT', [], refused),
    { ...dns(`_smtp._tls.${DOMAIN}`, 'TXT', [], { ...refused, rcode: 5 }), via: texts[0] },
    { ...dns(`mta-sts.${DOMAIN}`, 'A', [], refused), via: `https://${texts[1]}/` },
    dns(DOMAIN, 'MX', [[DOMAIN, 'MX', Buffer.concat([Buffer.from([0, 1]), name(host)])]]),
    a(host, failures.length),
    dns(host, 'AAAA', [], refused),
    entry({ policy: { domain: DOMAIN } }, failures[0]),
    ...failures.map((outcome, index) => entry({ smtp: { domain: DOMAIN, host, address: address(index) } }, outcome)),
    dns(DOMAIN, 'TXT', [], refused),
  ];
}

/** What stands in a mail address, so long that several have room in a DNS message; and that in quotes. */
const within = (text) => text.slice(0, 300).toWellFormed();
const inQuotes = (text) => within(text).replace(/["\\]/g, '\\$&');

/** A saved check of which reports go to these texts, and to hosts of such names. */
function reporting(texts, labels) {
  const host = `reports.${DOMAIN}`;
  const encoded = (text) => encodeURIComponent(text).replaceAll('!', '%21');
  const targets = texts.slice(0, 8).map((text, index) => `mailto:${encoded(`"to${index} ${inQuotes(text)}"`)}@${index % 2 ? host : encoded(`${within(text)}.example`)}`);
  return [
    txt(`_smtp._tls.${DOMAIN}`, [`v=TLSRPTv1; rua=${targets.join(',')}`]),
    dns(host, 'MX', labels.map((one) => [host, 'MX', Buffer.concat([Buffer.from([0, 10]), name(one)])])),
  ];
}

/** Opens a saved check, under a file name that is none of ours. */
async function openSaved(page, entries, filename) {
  await page.evaluate(() => { document.documentElement.dataset.state = 'opening'; });
  const saved = JSON.stringify({ domain: DOMAIN, now: NOW, quick: false, entries });
  await page.setInputFiles('#check-file', { name: filename.replaceAll('/', '_').slice(0, 200) || 'x', mimeType: 'application/json', buffer: Buffer.from(saved) });
  await page.waitForFunction(() => document.documentElement.dataset.state === 'done' || document.querySelector('#domain-message.wrong'));
  assert.equal(await page.evaluate(() => document.querySelector('#domain-message.wrong')?.textContent), undefined);
}

/** The texts that are shown as they are, whole and in one piece: what cannot be seen is named, what is long is cut. */
const isPlain = (text) => /^[ -_a-~]{1,36}$/.test(text);

/** What of a text there is to be found in a page, whose white space is none to rely on. */
const flat = (text) => text.replace(/\s+/g, ' ');

/** Where the texts of a saved check are to be found, each with what stands before it. */
function places(kind, texts) {
  if (kind === 'reports') return texts.slice(0, 8).map((text, index) => [`"to${index} `, inQuotes(text)]);
  if (kind === 'failures') return texts.map((text, index) => [`explained${index} `, text]);
  const long = texts.reduce((sum, text) => sum + 2 * bytes(text).length, 0) > 60_000; // more than a policy may have
  return texts.flatMap((text, index) => [
    ...['header', 'value', 'banner', 'said', 'subject', 'issuer', 'dns', 'key', 'signature'].map((place) => [`${place}${index} `, text]),
    ...(index < 12 ? [[`aside${index} `, text]] : [[`spf${index - 12} `, text]]),
    ...(long ? [] : [[`line${index}: `, text]]),
  ]);
}

test('nothing of a saved check runs or breaks the page, and its texts are texts', { timeout: 300_000 }, async () => {
  const page = await guarded(server.url);
  const harmless = Array.from({ length: BATCH }, (_, index) => `harmless text ${index}`);
  const heights = {};
  const check = async (kind, entries, texts) => {
    await openSaved(page, entries, texts[0]);
    // Before anything is unfolded the page is about as long as with texts of no harm.
    for (const size of SIZES) {
      await page.setViewportSize(size);
      const height = await page.evaluate(() => document.documentElement.scrollHeight);
      const usual = heights[`${kind} ${size.width}`] ??= height;
      assert.ok(height < 2 * usual, `${kind} of ${texts[0]}: ${height} instead of ${usual} pixels`);
    }
    await unfold(page);
    await unharmed(page, `${kind} of ${texts[0]}`);
    const shown = flat(await page.textContent('#result'));
    for (const [before, text] of places(kind, texts)) {
      const there = shown.includes(isPlain(text) ? flat(before + text).trimEnd() : before);
      assert.ok(there, `${kind}: ${before}${text}`);
    }
    await fits(page, `${kind} of ${texts[0]}`);
  };
  const plainLabels = Array.from({ length: 12 }, (_, index) => [bytes(`host${index}`), bytes('example')]);
  await check('answers', answered(harmless, plainLabels), harmless);
  await check('failures', failing(harmless), harmless);
  await check('reports', reporting(harmless, plainLabels), harmless);
  for (let at = 0; at < HOSTILE.length; at += BATCH) {
    const texts = HOSTILE.concat(HOSTILE).slice(at, at + BATCH);
    const labels = LABELS.concat(LABELS).slice(at % LABELS.length).slice(0, 12);
    await check('answers', answered(texts, labels), texts);
    await check('failures', failing(texts), texts);
    await check('reports', reporting(texts, labels), texts);
  }
  await page.close();
});

/** Runs `work` with every text on a phone, and on a desktop with those that could need more room; nothing outside is reached. */
async function everywhere(hash, texts, work) {
  await Promise.all(SIZES.map(async (size) => {
    const page = await guarded(`${server.url}/${hash}`, async (made) => {
      await made.setViewportSize(size);
      await made.route((url) => url.origin !== server.url || url.pathname.startsWith('/v1/'), (route) => route.abort());
    });
    for (const text of texts.filter((one) => size.width < 1000 || !isPlain(one))) {
      await work(page, text);
      await unharmed(page, text);
      assert.deepEqual(await overflowing(page), [], `${text} at ${size.width}px`);
    }
    await page.close();
  }));
}

/** Puts a text into a field as typing would. */
const type = (page, selector, text) => page.evaluate(([where, typed]) => {
  const field = document.querySelector(where);
  field.value = typed;
  field.dispatchEvent(new InputEvent('input', { bubbles: true }));
}, [selector, text]);

test('domains, typed, and so in the address', { timeout: 300_000 }, () => everywhere('', HOSTILE, async (page, text) => {
  await page.evaluate((domain) => {
    document.getElementById('domain-message').textContent = '';
    document.documentElement.dataset.state = 'asked';
    document.getElementById('domain').value = domain;
    document.getElementById('check-form').requestSubmit();
  }, text);
  await page.waitForFunction(() => document.documentElement.dataset.state !== 'asked' || document.getElementById('domain-message').textContent);
}));

test('drafts, typed', { timeout: 300_000 }, () => everywhere('#draft', HOSTILE, async (page, text) => {
  await type(page, '#draft-text', `version: STSv1\nmode: ${text}\nmx: ${text}\n${text}: x\nmax_age: ${text}\n`);
  await page.waitForFunction(() => document.getElementById('draft-result').textContent);
  // A text that stays in one line is there letter by letter, whatever is drawn in between.
  if (isPlain(text)) assert.ok((await page.textContent('#draft-layer')).includes(`mode: ${text}`), text);
}));

/** What a link is to, and where the page says what it makes of it. A link to a set-up holds a domain, and is looked up where it is one. */
for (const [name, message, texts] of [['draft', 'draft-message', HOSTILE], ['rule', 'rule-message', HOSTILE], ['setup', 'setup-message', HOSTILE.filter((_, index) => index % 4 === 0)]]) {
  test(`links to a ${name}`, { timeout: 300_000 }, () => everywhere(`#${name}`, texts, async (page, text) => {
    await page.evaluate(([id, fragment]) => {
      document.getElementById(id).textContent = '';
      location.hash = fragment;
    }, [message, new URLSearchParams({ [name]: text, again: Math.random() }).toString()]);
    await page.waitForFunction((id) => document.getElementById(id).textContent, message);
  }));
}

test('mail hosts, places for reports, and earlier policies, typed', { timeout: 300_000 }, () => everywhere('#setup', HOSTILE, async (page, text) => {
  await type(page, '#setup-domain', text);
  await type(page, '#setup-hosts', text);
  await type(page, '#setup-domain', 'example.com');
  await type(page, '#setup-hosts', 'mx.example.com');
  await type(page, '#setup-reports', text);
  await type(page, '#setup-reports', '');
  await page.waitForSelector('#plan:not([hidden])');
  for (const field of ['#plan-mx', '#plan-bodies']) {
    await type(page, field, text);
    await page.evaluate(() => document.getElementById('plan-form').requestSubmit());
    await page.waitForFunction(() => document.getElementById('plan-message').textContent || document.getElementById('plan-result').childElementCount);
    await type(page, field, '');
  }
}));

test('what a site and this browser bring along', { timeout: 300_000 }, async () => {
  const domains = HOSTILE.map((text) => ({ domain: text, sentence: text }));
  let config = { companion: '.', zoo: { suffix: 'zoo.test', resolver: 'dns-query', domains } };
  const page = await guarded(server.url, async (made) => {
    await made.route((url) => url.origin !== server.url, (route) => route.abort());
    await made.route('**/config.json', (route) => route.fulfill({ json: config }));
  });
  await unfold(page);
  const shown = (await page.textContent('#all-examples')).toWellFormed();
  for (const text of HOSTILE) assert.ok(shown.includes(text.toWellFormed()), text);
  await unharmed(page, 'test domains');
  await fits(page, 'test domains');
  for (const text of HOSTILE.filter((one) => /^[\\/]|:|^__|^null|^\{/.test(one)).slice(0, 60)) {
    // Whom the site names as its resolver is asked, as it says so.
    page.named.push(...[text, `https://${text}`].filter((url) => URL.canParse(url)).map((url) => new URL(url).href).filter((url) => url.startsWith('https:')));
    config = { companion: text, resolver: text, zoo: { suffix: text, resolver: text, domains: [{ domain: text, sentence: text }] } };
    await page.evaluate((stored) => {
      localStorage.setItem('mta-sts-settings', stored.length % 2 ? stored : JSON.stringify({ companion: stored }));
      localStorage.setItem('mta-sts-recent', JSON.stringify({ domains: [stored, stored] }));
    }, text);
    await page.reload();
    await page.waitForFunction(() => 'ready' in document.documentElement.dataset);
    await unfold(page);
    await type(page, '#domain', 'example.com');
    await page.evaluate(() => document.getElementById('check-form').requestSubmit());
    await page.waitForFunction(() => document.documentElement.dataset.state !== 'idle' || document.getElementById('domain-message').textContent);
    await unharmed(page, text);
    await fits(page, text);
  }
  await page.close();
});

/** A report in which every text is this one. */
const reportOf = (text, index) => ({
  'organization-name': text, 'report-id': `${index} ${text}`, 'contact-info': text, [text]: text,
  'date-range': { 'start-datetime': `2026-11-${10 + (index % 10)}T00:00:00Z`, 'end-datetime': `2026-11-${10 + (index % 10)}T23:59:59Z` },
  policies: [{
    policy: { 'policy-type': text, 'policy-string': [text], 'policy-domain': text, 'mx-host': [text], [text]: text },
    summary: { 'total-successful-session-count': 3, 'total-failure-session-count': 2 },
    'failure-details': [{
      'result-type': text, 'sending-mta-ip': text, 'receiving-mx-hostname': text, 'receiving-mx-helo': text, 'receiving-ip': text, 'failed-session-count': 2,
      'additional-information': text, 'failure-reason-code': text, [text]: [text],
    }],
  }],
});

test('TLS reports, and the names of their files', { timeout: 300_000 }, async () => {
  const page = await guarded(`${server.url}/#reports`);
  await page.waitForSelector('#reports-files', { state: 'attached' });
  for (let from = 0; from < HOSTILE.length; from += BATCH) {
    const texts = HOSTILE.slice(from, from + BATCH);
    const files = texts.flatMap((text, index) => [
      { name: `${index}.json`, mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(reportOf(text, from + index))) },
      // What is no report: its name and what is in it are shown.
      { name: text.replace(/[\0/]/g, '_').slice(0, 200) || 'x', mimeType: text.slice(0, 50), buffer: Buffer.from(index % 2 ? JSON.stringify({ [text]: text }) : `Subject: ${text}\r\n\r\n${text}`) },
    ]);
    await page.setInputFiles('#reports-files', files);
    await page.waitForFunction(() => document.querySelector('#reports-result > *') && !document.getElementById('reports-message').textContent);
    await unfold(page);
    const what = `reports from ${from} on`;
    await unharmed(page, what);
    await fits(page, what);
    const shown = (await page.textContent('#reports-result')).replace(/\s+/g, ' ');
    for (const text of texts.filter((one) => isPlain(one) && one.trim() === one && !/\s{2}/.test(one))) assert.ok(shown.includes(text), text);
    // A domain that is none is not checked; what is said of it is said as text.
    for (const button of (await page.$$('[data-live] button')).slice(0, 6)) await button.click();
    await page.waitForFunction(() => document.querySelectorAll('.live-said .message.wrong, .live-said a').length > 0 || !document.querySelector('[data-live]'), null, { timeout: 60_000 });
    await page.selectOption('#reports-organization', { index: 1 });
    await page.waitForFunction(() => document.querySelector('.reports-filters button'));
    await unharmed(page, what);
    await fits(page, what);
    await page.click('#reports-clear');
    await page.waitForFunction(() => !document.querySelector('#reports-result > *'));
  }
  await page.close();
});
