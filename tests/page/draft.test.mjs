// The view for drafts: what is drawn, mended, dropped, linked; what leaves the browser, which is nothing
// until a domain is asked for.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { browse, open, serve } from './harness.mjs';

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

const GOOD = 'version: STSv1\nmode: enforce\nmx: mx1.enforce-good.zoo.test\nmax_age: 604800\n';
const BAD = 'version: STSv1\nmode: enforced\nmx: mx.example.com.\nmax_age: 604800\n';

/** Waits until what mends was loaded. */
const mends = (page) => page.waitForSelector('#view-draft[data-mends]', { state: 'attached' });

/** A page of the view, closed again; nothing may go wrong on it. With `early`, what mends may still be on its way. */
async function withDraft(work, { hash = '#draft', width = 1280, prepare, early = false } = {}) {
  const page = await open(browser, `${server.url}/${hash}`, async (made) => {
    await made.setViewportSize({ width, height: 800 });
    made.asked = [];
    made.on('request', (request) => made.asked.push(request.url()));
    await prepare?.(made);
  });
  try {
    if (!early && hash.startsWith('#draft')) await mends(page);
    await work(page);
    assert.deepEqual(page.errors, []);
  } finally {
    await page.close();
  }
}

/** Waits until the field's text was linted, and says which findings there are. */
async function codes(page) {
  return page.$$eval('#draft-result .finding', (items) => items.map((item) => item.dataset.code));
}

/** Drops a file on the field. */
async function drop(page, bytes, name = 'mta-sts.txt') {
  const transfer = await page.evaluateHandle(([octets, named]) => {
    const held = new DataTransfer();
    held.items.add(new File([Uint8Array.from(octets)], named, { type: 'text/plain' }));
    return held;
  }, [[...bytes], name]);
  await page.dispatchEvent('#draft-text', 'drop', { dataTransfer: transfer });
  await page.waitForFunction((named) => document.getElementById('draft-spoken').textContent.startsWith(named), name);
}

/** Whether the page keeps the browser from doing what it does with what is dropped: opening a file, inserting a text. */
function isKept(page, selector, kind, held) {
  return page.evaluate(([where, what, type]) => {
    const dataTransfer = new DataTransfer();
    if (type === 'file') dataTransfer.items.add(new File(['x'], 'x.txt'));
    else dataTransfer.setData('text/plain', 'mode: testing');
    const event = new DragEvent(what, { dataTransfer, bubbles: true, cancelable: true });
    document.querySelector(where).dispatchEvent(event);
    return event.defaultPrevented;
  }, [selector, kind, held]);
}

const value = (page) => page.inputValue('#draft-text');
const text = (page, selector) => page.textContent(selector);

/** The box of some letters of the field, and those of the layer behind. */
function boxes(page, letters) {
  return page.evaluate((wanted) => {
    const layer = document.getElementById('draft-layer');
    const walk = document.createTreeWalker(layer, NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      const at = node.data.indexOf(wanted);
      if (at < 0) continue;
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + wanted.length);
      const { x, y, width, height } = range.getBoundingClientRect();
      return { x, y, width, height };
    }
    return undefined;
  }, letters);
}

test('what linting loads is small, and nothing is asked for afterwards', () => withDraft(async (page) => {
  const names = page.asked.map((url) => new URL(url).pathname);
  const mending = names.indexOf('/pkg-mend/mta_sts.js');
  const finding = names.indexOf('/pkg-policy/mta_sts_bg.wasm');
  assert.ok(finding >= 0 && finding < mending, names.join(' '));
  const after = names.slice(mending).filter((name) => !/^\/pkg-page\/(senders|chunk)-\w+\.js$/.test(name));
  assert.deepEqual(after.sort(), ['/details.css', '/pkg-mend/mta_sts.js', '/pkg-mend/mta_sts_bg.wasm']);
  for (const later of ['/pkg/', '/pkg-record', '/pkg-page/check', '/pkg-page/settings', '/pkg-page/against', '/config.json', '/rules.json']) {
    assert.ok(!names.some((name) => name.startsWith(later)), later);
  }
  page.asked.length = 0;
  await page.fill('#draft-text', BAD);
  assert.deepEqual(await codes(page), ['policy-mode', 'policy-mx']);
  await page.selectOption('#draft-kind', 'record');
  await page.selectOption('#draft-kind', '');
  await drop(page, Buffer.from(GOOD));
  await page.keyboard.type('x');
  assert.deepEqual(page.asked, []);
}));

test('findings are shown first, and what mends comes after', async () => {
  let release;
  const held = new Promise((resolve) => { release = resolve; });
  const bodies = [];
  await withDraft(async (page) => {
    page.on('request', (request) => bodies.push(request.method(), request.url(), request.postData() ?? ''));
    await page.fill('#draft-text', BAD);
    assert.deepEqual(await codes(page), ['policy-mode', 'policy-mx']);
    assert.match(await text(page, '.finding[data-code=policy-mode] h3'), /The mode is not enforce, testing or none/);
    assert.equal(await text(page, '.finding[data-code=policy-mode] .fix'), 'Write mode: enforce.');
    assert.equal(await page.locator('.mend').count(), 0);
    assert.ok(await page.isDisabled('#draft-fix-all'));
    const shown = (finding) => finding.map((item) => item.textContent.replace('Fix it', ''));
    const before = await page.$$eval('.finding', shown);
    await page.focus('.finding[data-code=policy-mx] .meta a.mono');

    release();
    await mends(page);
    assert.equal(await page.locator('.mend').count(), 2);
    assert.deepEqual(await page.$$eval('.finding', shown), before);
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'policy-mx', 'the focus stays');
    await page.waitForSelector('#draft-senders:not([hidden])');
    await page.click('#draft-fix-all');
    assert.equal(await value(page), BAD.replace('enforced', 'enforce').replace('com.', 'com'));
    assert.ok(bodies.every((part) => !part.includes('mx.example.com') && part !== 'POST'));
  }, { early: true, prepare: (page) => page.route('**/pkg-mend/*', async (route) => { await held; await route.continue(); }) });
});

test('a record is linted by a build of its own, loaded when one is there', async () => {
  const hold = (page) => page.route('**/pkg-mend/*', (route) => route.abort());
  await withDraft(async (page) => {
    const loaded = () => ['policy', 'record'].filter((kind) => page.asked.some((url) => url.endsWith(`/pkg-${kind}/mta_sts_bg.wasm`)));
    await page.fill('#draft-text', BAD);
    assert.deepEqual(await codes(page), ['policy-mode', 'policy-mx']);
    assert.deepEqual(loaded(), ['policy']);
    await page.fill('#draft-text', 'v=STSv1; id=2026-01-01');
    await page.waitForSelector('.finding[data-code=record-id]');
    assert.deepEqual(loaded(), ['policy', 'record']);
    await page.fill('#draft-text', 'v=TLSRPTv1; rua=a@b.example');
    assert.deepEqual(await codes(page), ['tlsrpt-rua-uri']);
    await page.fill('#draft-text', BAD);
    await page.waitForSelector('.finding[data-code=policy-mode]');
    await page.selectOption('#draft-kind', 'record');
    await page.waitForSelector('.finding[data-code=record-version]');
  }, { early: true, prepare: hold });
});

test('where what mends cannot be loaded, findings go on, and it is tried again', () => withDraft(async (page) => {
  await page.route('**/pkg-mend/*', (route) => route.abort());
  await page.fill('#draft-text', BAD);
  assert.deepEqual(await codes(page), ['policy-mode', 'policy-mx']);
  assert.equal(await page.locator('.mend').count(), 0);
  await page.unroute('**/pkg-mend/*');
  await page.waitForFunction(() => {
    const area = document.getElementById('draft-text');
    area.dispatchEvent(new Event('input'));
    return 'mends' in document.getElementById('view-draft').dataset;
  });
  assert.equal(await page.locator('.mend').count(), 2);
}, { early: true, prepare: (page) => page.route('**/pkg-mend/*', (route) => route.abort()) }));

test('the build that finds errors says of them what the one that mends says', () => withDraft(async (page) => {
  const [tried, differing] = await page.evaluate(async () => {
    globalThis.BROUGHT = false; // as it is put in when the scripts are bundled
    const { lintEngine, mendEngine } = await import('/engine.js');
    const whole = await mendEngine();
    const rules = await (await fetch('/rules.json')).json();
    const texts = Object.values(rules).flatMap((rule) => [rule.bad, rule.good]).filter((text) => text !== null);
    texts.push('mx: b\u00fccher.example', 'version: STSv1\nmode: none\nmax_age: 1\nmx: b\u00fccher.example, x\u2028y \u{1f31f}\n');
    const differ = [];
    let count = 0;
    for (const text of texts) {
      for (const kind of [undefined, 'policy', 'record', 'tlsrpt']) {
        const bytes = new TextEncoder().encode(text);
        const small = await lintEngine(bytes, kind);
        const aLabels = Object.fromEntries(whole.namesIn(bytes, kind).map((name) => [name, `xn--${count}`]));
        const reports = [small, whole].map((engine) => {
          const { senders, ...report } = engine.lint(bytes, kind, { aLabels });
          // By their rules: a hit may claim less.
          const errors = report.findings.filter(({ code }) => rules[code].level === 'error');
          if (engine === small && errors.length < report.findings.length) differ.push([text, kind, 'no error']);
          report.findings = errors.map(({ edit, ...finding }) => Object.entries(finding).sort());
          return JSON.stringify([Object.entries(report).sort(), engine.namesIn(bytes, kind)]);
        });
        count += 1;
        if (reports[0] !== reports[1]) differ.push([text, kind]);
      }
    }
    return [count, differ];
  });
  assert.deepEqual(differing, []);
  assert.ok(tried > 500, `${tried} texts`);
}));

test('the view works where nothing can be asked any more', () => withDraft(async (page) => {
  await page.context().setOffline(true);
  await page.fill('#draft-text', BAD);
  assert.deepEqual(await codes(page), ['policy-mode', 'policy-mx']);
}));

test('faults are underlined where they stand, and the layer lies under the text', async () => {
  for (const width of [1280, 390]) {
    await withDraft(async (page) => {
      const long = `mx: ${'a-long-name-'.repeat(4)}x.${'another-long-one.'.repeat(8)}example.com.`;
      await page.fill('#draft-text', `version: STSv1\nmode:\tenforced\n${long}\nmax_age: 604800\n`);
      const marked = await page.$$eval('#draft-layer .under', (parts) => parts.map((part) => [part.className, part.textContent]));
      assert.deepEqual(marked, [['under error', 'enforced'], ['under error', '.']]);
      // The text area says where its caret is only by scrolling, so heights are compared: they differ as soon as one line wraps elsewhere.
      const [layer, area, inner] = await page.evaluate(() => {
        const field = document.getElementById('draft-text');
        return [document.getElementById('draft-layer').getBoundingClientRect().height, field.getBoundingClientRect().height, field.scrollHeight];
      });
      assert.equal(area, layer);
      assert.ok(inner <= Math.ceil(layer), `${inner} in ${layer}`);
      // A click on the underlined letters puts the caret there: both lie on each other.
      const box = await boxes(page, 'enforced');
      await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
      const caret = await page.$eval('#draft-text', (field) => field.value.slice(0, field.selectionStart));
      assert.match(caret, /mode:\tenfo?r?c?$/);
      await page.waitForSelector('.finding.lit[data-code=policy-mode]');
      await page.waitForSelector('#draft-layer .lit');
    }, { width });
  }
});

test('what cannot be seen is drawn, and takes no room', () => withDraft(async (page) => {
  await page.fill('#draft-text', '\uFEFFversion: STSv1\nmode:\tnone  \nnote: a\u200Bb\u00A0c\u202Ed\0e\u2028f\nmax_age: 60\n');
  const signs = await page.$$eval('#draft-layer .unseen', (parts) => parts.map((part) => part.dataset.sign));
  // Names that would lie on each other are on one tag, at the first of them.
  assert.deepEqual(signs, ['BOM', '→', '·', '·', 'ZWSP 202E NUL LS', '⍽', undefined, undefined, undefined]);
  const width = () => page.$$eval('#draft-layer .line', (lines) => {
    const range = document.createRange();
    range.selectNodeContents(lines[2]);
    return range.getBoundingClientRect().width;
  });
  const signed = await width();
  await page.addStyleTag({ content: '' }).catch(() => undefined);
  await page.evaluate(() => { for (const part of document.querySelectorAll('.unseen')) part.replaceWith(part.textContent); });
  assert.equal(await width(), signed);
}));

/** Where the tags of invisible letters and the marks of blank lines are drawn, in pixels of the page. */
function drawings(page) {
  return page.evaluate(() => [...document.querySelectorAll('#draft-layer .thin[data-sign], #draft-layer .blank')].map((part) => {
    const tag = part.matches('.thin');
    const style = getComputedStyle(part, tag ? '::before' : '::after');
    const box = part.getBoundingClientRect();
    const left = box.left + parseFloat(style.left);
    return {
      sign: part.dataset.sign ?? 'blank', left, right: left + parseFloat(style.width), top: box.top + parseFloat(style.top), height: parseFloat(style.height),
      ink: style.color, ground: style.backgroundColor,
    };
  }));
}

test('tags of neighbours do not cover each other, and a blank line with a finding is seen', async () => {
  const name = `${'a'.repeat(12)}\u200b${'b'.repeat(9)}\u200c${'c'.repeat(9)}\u200d${'d'.repeat(60)}\ufeff`;
  for (const [width, colorScheme] of [[1280, 'light'], [1280, 'dark'], [390, 'light'], [390, 'dark']]) {
    await withDraft(async (page) => {
      await page.emulateMedia({ colorScheme });
      await page.fill('#draft-text', `version: STSv1\nmode: b\0\u200b\n\nmx: ${name}\nnote: ${'\x01\x02\x03\x04\x05\x06'.repeat(9)}\n${'\u200b'.repeat(99)}`);
      const drawn = await drawings(page);
      assert.deepEqual(drawn.map(({ sign }) => sign), ['NUL ZWSP', 'blank', 'ZWSP', 'ZWNJ', 'ZWJ', 'BOM', '01×9 02×9 03×9 04×9 …×18', 'ZWSP×99']);
      const frame = await page.$eval('.editor', (box) => ({ left: box.getBoundingClientRect().left, right: box.getBoundingClientRect().right, room: box.clientWidth - box.scrollWidth }));
      assert.equal(frame.room, 0, 'nothing is to be scrolled to the side for a tag');
      drawn.forEach((one, index) => {
        assert.ok(one.left >= frame.left && one.right <= frame.right, `${width}: ${JSON.stringify(one)} in ${JSON.stringify(frame)}`);
        assert.notEqual(one.ink, one.ground);
        if (one.sign === 'blank') assert.ok(one.right - one.left > 20 && one.height > 12, JSON.stringify(one));
        for (const other of drawn.slice(index + 1)) {
          const apart = one.right <= other.left || other.right <= one.left || one.top + one.height <= other.top || other.top + other.height <= one.top;
          assert.ok(apart, `${width}: ${JSON.stringify(one)} ${JSON.stringify(other)}`);
        }
      });
    }, { width });
  }
});

test('a finding lights its place, by the mouse and by the keyboard', () => withDraft(async (page) => {
  await page.fill('#draft-text', BAD);
  await page.hover('.finding[data-code=policy-mx] h3');
  assert.deepEqual(await page.$$eval('#draft-layer .lit', (parts) => parts.map((part) => part.textContent)), ['.']);
  await page.focus('.finding[data-code=policy-mode] .meta button');
  assert.deepEqual(await page.$$eval('#draft-layer .lit', (parts) => parts.map((part) => part.textContent)), ['enforced']);
}));

test('the kind is guessed and said, and can be chosen', () => withDraft(async (page) => {
  for (const [draft, kind] of [[GOOD, 'a policy'], ['v=STSv1; id=1;', 'an MTA-STS record'], ['v=TLSRPTv1; rua=mailto:a@example.com', 'a TLSRPT record']]) {
    await page.fill('#draft-text', draft);
    assert.equal(await text(page, '#draft-guess'), `what it looks like: ${kind}`);
    await page.waitForSelector('#draft-result [data-valid=true]');
  }
  await page.selectOption('#draft-kind', 'policy');
  await page.waitForSelector('#draft-result [data-kind=policy][data-valid=false]');
}));

test('a file is kept from taking the place of the page, and a text is let into its field', () => withDraft(async (page) => {
  for (const kind of ['dragover', 'drop']) {
    for (const selector of ['#draft-text', '.top']) {
      assert.equal(await isKept(page, selector, kind, 'file'), true, `${kind} of a file on ${selector}`);
      assert.equal(await isKept(page, selector, kind, 'text'), false, `${kind} of a text on ${selector}`);
    }
  }
}));

test('a dropped file is linted by its own bytes', () => withDraft(async (page) => {
  await drop(page, Buffer.from(`\uFEFF${GOOD}`.replaceAll('\n', '\r\n')));
  assert.ok((await codes(page)).includes('policy-byte-order-mark'));
  assert.match(await text(page, '#draft-about'), /4 lines · \d+ bytes · line ends CRLF · the bytes of the file/);
  assert.equal(await page.$$eval('#draft-layer .end', (ends) => ends.length), 4);

  // Changed, it keeps its line ends: a mode on the second line stands where it stood.
  await drop(page, Buffer.from(BAD.replaceAll('\n', '\r\n')));
  assert.deepEqual(await page.$$eval('#draft-layer .under', (parts) => parts.map((part) => part.textContent)), ['enforced', '.']);
  await page.press('#draft-text', 'Control+End');
  await page.keyboard.type('note: x\n');
  assert.match(await text(page, '#draft-about'), /line ends CRLF$/);
  assert.match(await text(page, '#draft-about'), new RegExp(`${BAD.length + 4 + 9} bytes`));
  assert.deepEqual(await page.$$eval('#draft-layer .under.error', (parts) => parts.map((part) => part.textContent)), ['enforced', '.']);

  await drop(page, Buffer.from(GOOD.replace('\n', '\r')));
  assert.ok((await codes(page)).includes('policy-bare-cr'));
  assert.equal(await page.$$eval('#draft-layer .end.bare', (ends) => ends.length), 1);

  await drop(page, Buffer.from(`\uFEFF${GOOD}`, 'utf16le'));
  assert.deepEqual(await codes(page), ['policy-utf16']);

  await drop(page, Buffer.from(GOOD.replace('zoo', 'z\u00E9o'), 'latin1'));
  assert.ok((await codes(page)).length > 0);
  await page.press('#draft-text', 'Control+End');
  await page.keyboard.type('x');
  assert.match(await text(page, '#draft-about'), /not UTF-8 became U\+FFFD/);

  await drop(page, Buffer.alloc(100, 0));
  assert.ok((await codes(page)).length > 0);
}));

test('a file is opened by the button, and one that is no draft is not', () => withDraft(async (page) => {
  await page.setInputFiles('#draft-file', { name: 'mta-sts.txt', mimeType: 'text/plain', buffer: Buffer.from(GOOD) });
  await page.waitForSelector('#draft-result [data-valid=true]');
  await page.setInputFiles('#draft-file', { name: 'big.iso', mimeType: 'text/plain', buffer: Buffer.alloc((1 << 20) + 1) });
  await page.waitForFunction(() => document.getElementById('draft-message').textContent.includes('big.iso has'));
  assert.equal(await value(page), GOOD);
}));

test('an edit goes through undo, wherever it stands', () => withDraft(async (page) => {
  // The editor by itself, on texts with a byte order mark, CRLF and letters of two units.
  for (const [bytes, edit, shown] of [
    ['a: b\nc: d\n', { utf16: [3, 4], bytes: [3, 4], replacement: 'x' }, 'a: x\nc: d\n'],
    ['\uFEFFa: b\nc: d\n', { utf16: [0, 0], bytes: [0, 3], replacement: '' }, 'a: b\nc: d\n'],
    ['\uFEFFa: b\r\nc: d\r\n', { utf16: [9, 10], bytes: [12, 13], replacement: 'y' }, '\uFEFFa: b\nc: y\n'],
    ['a: b\r\n\r\nc: d\r\n', { utf16: [6, 8], bytes: [6, 8], replacement: '' }, 'a: b\nc: d\n'],
    ['a: 🌟\r\nc: d\r\n', { utf16: [10, 11], bytes: [12, 13], replacement: 'y' }, 'a: 🌟\nc: y\n'],
    ['a: b', { utf16: [4, 4], bytes: [4, 4], replacement: '\r\nc: d\r\n' }, 'a: b\nc: d\n'],
  ]) {
    const done = await page.evaluate(async ([source, change]) => {
      const { editor } = await import('./editor.js');
      const area = document.createElement('textarea');
      document.body.append(area);
      const field = editor(area, document.createElement('div'), () => undefined);
      field.load(new TextEncoder().encode(source));
      const before = area.value;
      field.apply(change);
      const after = area.value;
      document.execCommand('undo');
      const undone = area.value === before && new TextDecoder('utf-8', { ignoreBOM: true }).decode(field.bytes()) === source;
      area.remove();
      return { after, undone };
    }, [bytes, edit]);
    assert.deepEqual(done, { after: shown, undone: true }, JSON.stringify(bytes));
  }
}));

test('one key mends what the caret stands on, and undo takes it back', () => withDraft(async (page) => {
  await page.fill('#draft-text', BAD);
  for (const key of ['Alt+Enter', 'Control+.']) {
    await page.$eval('#draft-text', (area) => {
      area.focus();
      area.setSelectionRange(area.value.indexOf('enforced') + 3, area.value.indexOf('enforced') + 3);
    });
    await page.keyboard.press(key);
    assert.equal(await value(page), BAD.replace('enforced', 'enforce'));
    assert.deepEqual(await codes(page), ['policy-mx']);
    assert.match(await text(page, '#draft-spoken'), /^Mended/);
    await page.keyboard.press('Control+z');
    assert.equal(await value(page), BAD);
    assert.deepEqual(await codes(page), ['policy-mode', 'policy-mx']);
  }
  // Where nothing is wrong nothing is changed, and that is said.
  await page.$eval('#draft-text', (area) => area.setSelectionRange(0, 0));
  await page.keyboard.press('Alt+Enter');
  assert.equal(await value(page), BAD);
  assert.match(await text(page, '#draft-message'), /no edit to make here/);
}));

test('a text of 64 KiB is edited and mended as any other', () => withDraft(async (page) => {
  const long = `version: STSv1\nmode: enforce\n${'mx: mx1.example.com.\n'.repeat(2900)}max_age: 604800\n`;
  await drop(page, Buffer.from(long));
  await page.press('#draft-text', 'Control+Home');
  await page.keyboard.type('note: a\nmode: testin\n');
  await page.waitForSelector('.finding[data-code=policy-field-repeated]');
  const typed = `note: a\nmode: testin\n${long}`;
  assert.equal(await value(page), typed);
  assert.equal(await page.$$eval('#draft-layer .line', (lines) => lines.length), 2906);
  await page.click('#draft-fix-all');
  await page.waitForSelector('#draft-result [data-valid=true]');
  assert.ok(!(await value(page)).includes('.com.'));
  await page.press('#draft-text', 'Control+z');
  assert.equal(await value(page), typed);
}));

test('the buttons mend one, and all', () => withDraft(async (page) => {
  await page.fill('#draft-text', BAD);
  await page.click('.finding[data-code=policy-mx] .mend');
  assert.equal(await value(page), BAD.replace('.com.', '.com'));
  await page.keyboard.press('Control+z');
  assert.equal(await value(page), BAD, 'the focus is where undo works');
  await page.click('#draft-fix-all');
  await page.waitForSelector('#draft-result [data-valid=true]');
  assert.equal(await value(page), BAD.replace('enforced', 'enforce').replace('.com.', '.com'));
  assert.match(await text(page, '#draft-spoken'), /^2 edits made/);
  assert.equal(await page.isDisabled('#draft-fix-all'), true);
  await page.keyboard.press('Control+z');
  assert.equal(await value(page), BAD);
}));

test('a file with a byte order mark and a name outside ASCII is mended by its bytes', () => withDraft(async (page) => {
  await drop(page, Buffer.from(`\uFEFF${BAD.replace('mx.example.com.', 'mx.b\u00FCcher.example')}`.replaceAll('\n', '\r\n')));
  await page.click('#draft-fix-all');
  await page.waitForSelector('#draft-result [data-valid=true]');
  assert.equal(await value(page), BAD.replace('enforced', 'enforce').replace('mx.example.com.', 'mx.xn--bcher-kva.example'));
  await page.keyboard.press('Control+z');
  assert.ok((await codes(page)).includes('policy-byte-order-mark'));
  assert.match(await text(page, '#draft-about'), /the bytes of the file/);
}));

test('a link carries a draft in the fragment, byte for byte', () => withDraft(async (page) => {
  const source = Buffer.from(`\uFEFF${BAD}`.replaceAll('\n', '\r\n'));
  await drop(page, source);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: server.url });
  page.asked.length = 0;
  await page.click('#draft-link');
  await page.waitForFunction(() => document.getElementById('draft-link').textContent === 'Copied');
  const link = await page.inputValue('#draft-link-text');
  assert.match(link, /\/#draft=z[\w-]+$/);
  assert.match(page.asked.map((url) => new URL(url).pathname).join(' '), /^\/pkg-page\/link-\w+\.js$/);
  await withDraft(async (other) => {
    assert.equal(await value(other), `\uFEFF${BAD}`);
    assert.match(await text(other, '#draft-about'), new RegExp(`${source.length} bytes`));
    assert.ok(other.asked.every((url) => !url.includes('draft=') && !url.includes('/v1/') && !url.includes('dns-query')));
    // A changed text is not what the address says.
    await other.press('#draft-text', 'Control+End');
    await other.keyboard.type('x');
    assert.equal(new URL(other.url()).hash, '#draft');
  }, { hash: new URL(link).hash });
}));

test('a link that holds no draft says so', async () => {
  const bomb = `z${deflateRawSync(Buffer.alloc(4 << 20)).toString('base64url')}`;
  for (const [packed, message] of [
    ['zAAAA', /cut off or changed/],
    ['nonsense!', /does not hold a draft/],
    ['z%3Cscript%3E', /does not hold a draft/],
    [bomb, /larger than 64 KiB/],
    [`z${'A'.repeat(100_000)}`, /larger than 64 KiB/],
  ]) {
    await withDraft(async (page) => {
      assert.match(await text(page, '#draft-message'), message);
      assert.equal(await value(page), '');
    }, { hash: `#draft=${packed}` });
  }
});

test('every rule has its anchor, and findings lead there', () => withDraft(async (page) => {
  await page.fill('#draft-text', BAD);
  await page.click('.finding[data-code=policy-mode] .meta a.mono');
  await page.waitForFunction(() => document.activeElement?.id === 'rule-policy-mode');
  const rules = await (await fetch(`${server.url}/rules.json`)).json();
  const shown = await page.$$eval('#rule-list .rule', (items) => items.map((item) => item.id.slice('rule-'.length)));
  assert.deepEqual([...shown].sort(), Object.keys(rules).sort());
  assert.ok(shown.length > 80);
  assert.ok(await page.$eval('#rule-policy-mode', (item) => Math.abs(item.getBoundingClientRect().top) < 200));
  await page.goBack();
  await page.waitForSelector('#view-draft', { state: 'visible' });
  assert.equal(await value(page), BAD, 'the draft is still there');
  await page.evaluate(() => { location.hash = 'rule=no-such-rule'; });
  await page.waitForFunction(() => document.getElementById('rule-message').textContent.includes('no-such-rule'));
}));

test('the keyboard alone does it all', () => withDraft(async (page) => {
  await page.focus('#draft-kind');
  const walked = [];
  for (let step = 0; step < 4; step += 1) {
    walked.push(await page.evaluate(() => document.activeElement.id));
    await page.keyboard.press('Tab');
  }
  // Without a draft there is nothing to mend or to link.
  assert.deepEqual(walked, ['draft-kind', 'draft-file', 'draft-text', 'against-domain']);
  await page.focus('#draft-text');
  await page.keyboard.type('version: STSv1\nmode: enforced\nmx: a.example.\nmax_age: 604800\n');
  await page.keyboard.press('F8');
  assert.equal(await page.evaluate(() => getSelection().toString()), 'enforced');
  assert.match(await text(page, '#draft-spoken'), /^Error: .*enforced/);
  await page.keyboard.press('F8');
  assert.equal(await page.evaluate(() => getSelection().toString()), '.');
  await page.keyboard.press('Shift+F8');
  assert.equal(await page.evaluate(() => getSelection().toString()), 'enforced');
  // Every control shows where the focus is.
  for (const id of ['draft-kind', 'against-domain']) {
    await page.focus(`#${id}`);
    await page.keyboard.press('Shift');
    assert.notEqual(await page.$eval(`#${id}`, (item) => getComputedStyle(item).outlineStyle), 'none', id);
  }
}));

/** Drafts with findings that have no width, that stand at the same place, at the start, at the end; and what F8 selects, in order. */
const WALKS = [
  ['version: STSv1\nmode: enforced\n\nmx: a.fabrikam.com.\nmax-age: 604800\n',
    ['21-29 policy-mode', '30-30 policy-blank-line', '49-50 policy-mx', '51-58 policy-max-age-missing']],
  ['version: STSv1\nmode: none\nmax_age: 60\n\n',
    ['21-25 policy-none-without-mx', '21-25 policy-mode-none', '38-38 policy-blank-line']],
  ['\nversion: STSv1\nmode: enforced\n',
    ['0-0 policy-blank-line', '22-30 policy-mode', '30-30 policy-max-age-missing', '30-30 policy-mx-missing']],
  ['mode: enforced\nmx: a.fabrikam.com.\n',
    ['6-14 policy-mode', '33-34 policy-mx', '34-34 policy-version-missing', '34-34 policy-max-age-missing']],
  ['\ufeffversion: STSv1\nmode: none\nmax_age: 86400\n',
    ['0-1 policy-byte-order-mark', '22-26 policy-none-without-mx', '22-26 policy-mode-none']],
  ['\n\nversion: STSv1\nmode: testing\nmx: mx.fabrikam.com\nmax_age: 86400',
    ['0-0 policy-blank-line', '1-1 policy-blank-line', '23-30 policy-mode-testing']],
];

/** What is selected, and the one finding that is lit in the list. */
const chosen = (page) => page.evaluate(() => {
  const { selectionStart, selectionEnd } = document.getElementById('draft-text');
  return `${selectionStart}-${selectionEnd} ${[...document.querySelectorAll('.finding.lit')].map((item) => item.dataset.code)}`;
});

/** Presses a key some times, and says what each press chose. */
async function presses(page, key, times) {
  const seen = [];
  for (let count = 0; count < times; count += 1) {
    await page.keyboard.press(key);
    seen.push(await chosen(page));
  }
  return seen;
}

test('F8 goes to every finding once, and round again, either way', () => withDraft(async (page) => {
  for (const [draft, walk] of WALKS) {
    await page.fill('#draft-text', draft);
    assert.equal((await codes(page)).length, walk.length, JSON.stringify(draft));
    await page.keyboard.press('Control+Home');
    assert.deepEqual(await presses(page, 'F8', walk.length * 2), [...walk, ...walk], JSON.stringify(draft));
    assert.equal(await page.locator('#draft-layer .lit').count(), 1);
    const back = [...walk].reverse();
    await page.keyboard.press('Control+End');
    assert.deepEqual(await presses(page, 'Shift+F8', walk.length * 2), [...back, ...back], JSON.stringify(draft));
  }
}));

test('Alt and Enter mends what F8 chose, wherever it stands', () => withDraft(async (page) => {
  let mended = 0;
  for (const [draft, walk] of WALKS) {
    for (const step of walk.keys()) {
      // What the button of the same finding does is what the key must do.
      await page.fill('#draft-text', draft);
      await page.keyboard.press('Control+Home');
      await presses(page, 'F8', step + 1);
      const button = page.locator('.finding.lit .mend');
      const has = await button.count() === 1;
      if (has) await button.click();
      const wanted = await value(page);
      assert.equal(wanted !== draft, has);
      await page.fill('#draft-text', draft);
      await page.keyboard.press('Control+Home');
      await presses(page, 'F8', step + 1);
      const offered = /Alt and Enter mends it/.test(await text(page, '#draft-spoken'));
      assert.equal(offered, has);
      await page.keyboard.press('Alt+Enter');
      assert.equal(await value(page), wanted, `${JSON.stringify(draft)}: ${walk[step]}`);
      assert.match(await text(page, '#draft-spoken'), has ? /^Mended/ : /^There is no edit to make here/);
      mended += Number(has);
      if (!has) continue;
      await page.keyboard.press('Control+z');
      assert.equal(await value(page), draft);
    }
  }
  assert.ok(mended >= 12, `${mended} edits`);
}));

test('F8 and Alt+Enter in turn mend a draft from its start to its end', () => withDraft(async (page) => {
  await page.fill('#draft-text', WALKS[0][0]);
  await page.keyboard.press('Control+Home');
  const left = [];
  for (const key of ['F8', 'Alt+Enter', 'F8', 'Alt+Enter', 'F8', 'Alt+Enter', 'F8', 'Alt+Enter']) {
    await page.keyboard.press(key);
    if (key !== 'F8') left.push((await codes(page)).length);
  }
  assert.deepEqual(left, [3, 2, 1, 0]);
  assert.equal(await value(page), 'version: STSv1\nmode: enforce\nmx: a.fabrikam.com\nmax_age: 604800\n');

  // Of two at one place the second stays, and is gone to next.
  await page.fill('#draft-text', WALKS[5][0]);
  await page.keyboard.press('Control+Home');
  await page.keyboard.press('F8');
  await page.keyboard.press('Alt+Enter');
  assert.deepEqual(await presses(page, 'F8', 2), ['0-0 policy-blank-line', '22-29 policy-mode-testing']);
}));

test('what F8 chose counts until the caret moves, and is shown until then', () => withDraft(async (page) => {
  const [draft] = WALKS[3];
  await page.fill('#draft-text', draft);
  await page.keyboard.press('Control+Home');
  await presses(page, 'F8', 4);
  assert.equal(await text(page, '#draft-message'), 'Error: there is no max_age line');
  assert.ok(await page.isVisible('#draft-message'));
  await page.keyboard.press('Alt+Enter');
  assert.equal(await value(page), draft, 'this finding has no edit, and its neighbour is not meant');
  await page.keyboard.press('F8');
  await page.keyboard.press('Shift+F8');
  assert.equal(await text(page, '#draft-message'), 'Error: there is no max_age line');
  await page.keyboard.press('ArrowLeft');
  await page.waitForFunction(() => document.getElementById('draft-message').textContent === '');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Alt+Enter');
  assert.equal(await value(page), draft.replace('com.', 'com'), 'the caret stands behind the dot');
  // A place chosen by its button in the list is chosen like one by the key.
  await page.fill('#draft-text', draft);
  await page.focus('.finding[data-code=policy-version-missing] .meta button');
  await page.keyboard.press('Enter');
  assert.match(await text(page, '#draft-message'), /there is no version line/);
  await page.keyboard.press('Alt+Enter');
  assert.equal(await value(page), `version: STSv1\n${draft}`);
}));

test('where the page may not copy, the link is shown, focused and selected', () => withDraft(async (page) => {
  await page.evaluate(() => { navigator.clipboard.writeText = () => Promise.reject(new DOMException('no', 'NotAllowedError')); });
  await page.fill('#draft-text', GOOD);
  await page.focus('#draft-link');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement.id === 'draft-link-text');
  assert.match(await page.evaluate(() => getSelection().toString()), /#draft=z/);
  await page.focus('#draft-text');
  await page.keyboard.type('x');
  assert.ok(await page.isHidden('#draft-link-row'), 'the link of another text goes');
}));

test('what was found is said once the typing stops, and not at every key', () => withDraft(async (page) => {
  await page.evaluate(() => {
    window.said = [];
    new MutationObserver(() => window.said.push(document.getElementById('draft-spoken').textContent))
      .observe(document.getElementById('draft-spoken'), { childList: true });
  });
  await page.focus('#draft-text');
  await page.keyboard.type('version: STSv1\nmode: enforced\n', { delay: 10 });
  await page.waitForFunction(() => window.said.length > 0);
  assert.match(await page.evaluate(() => window.said[0]), /^A policy, not usable, \d+ errors/);
  assert.equal(await page.evaluate(() => window.said.length), 1);
}));

test('at 390 pixels nothing is wider than the screen', async () => {
  for (const hash of ['#draft', '#rules', '#check']) {
    await withDraft(async (page) => {
      if (hash === '#draft') {
        await page.fill('#draft-text', `version: STSv1\nmode: enforced\nmx: ${'a'.repeat(300)}.example\nmx: b.${'label.'.repeat(60)}example\n`);
        for (const fold of await page.$$('#draft-senders:not([hidden]) summary')) await fold.click();
      }
      const [wide, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
      assert.ok(wide <= screen, `${hash}: ${wide}`);
    }, { hash, width: 390 });
  }
});

/** Checks the draft against a domain, and gives what is shown. */
async function against(page, domain) {
  await page.fill('#against-domain', domain);
  await page.press('#against-domain', 'Enter');
  await page.waitForSelector(`#against-result[data-domain="${domain}"] .sentence`, { timeout: 60_000 });
  return page.evaluate(() => ({
    sentence: document.querySelector('#against-result .sentence').textContent,
    mx: [...document.querySelectorAll('#against-result .against-mx li')].map((item) => [item.dataset.passes, item.textContent]),
    id: document.querySelector('.against-id')?.dataset.change,
    added: [...document.querySelectorAll('.diff .added code')].map((line) => line.textContent),
    removed: [...document.querySelectorAll('.diff .removed code')].map((line) => line.textContent),
  }));
}

test('a draft is judged against a domain as if it were published', () => withDraft(async (page) => {
  const live = await (await fetch(`${server.url}/v1/policy?domain=enforce-good.zoo.test`)).json();
  const published = Buffer.from(live.outcome.http.body, 'base64').toString();
  await page.fill('#draft-text', published.replaceAll('\r\n', '\n').replace(/^mx: .*$/gm, 'mx: elsewhere.example'));
  const wrong = await against(page, 'enforce-good.zoo.test');
  assert.match(wrong.sentence, /refuse mail to enforce-good.zoo.test: .* is not in the policy/);
  assert.equal(wrong.mx[0][0], 'false');
  assert.match(wrong.mx[0][1], /is not in the policy/);
  assert.equal(wrong.id, undefined, 'it is not to be published');
  assert.ok(wrong.added.every((line) => line.startsWith('mx: elsewhere.example')) && wrong.added.length > 0);
  assert.ok(wrong.removed.some((line) => line.startsWith('mx: ')));

  // A changed draft is judged by what was seen before: nothing is asked again.
  page.asked.length = 0;
  await page.fill('#draft-text', published.replaceAll('\r\n', '\n'));
  await page.waitForSelector('.against-id[data-change=no]');
  assert.match(await text(page, '#against-result .sentence'), /enforce-good.zoo.test is enforced/);
  assert.deepEqual(page.asked, []);
}));

test('the draft itself is sent to nobody, whichever domain is asked', () => withDraft(async (page) => {
  const bodies = [];
  page.on('request', (request) => bodies.push(request.postData() ?? '', request.url()));
  await page.fill('#draft-text', GOOD.replace('mx1.enforce-good.zoo.test', 'secret-host.example'));
  const told = await against(page, 'no-record.zoo.test');
  assert.equal(told.id, 'first');
  assert.ok(bodies.some((sent) => sent.includes('no-record.zoo.test') || sent.includes('dns=')), 'the domain is asked about');
  assert.ok(bodies.every((sent) => !sent.includes('secret-host')));
}));

test('a domain that is none is answered with what to type', () => withDraft(async (page) => {
  await page.fill('#draft-text', GOOD);
  await page.fill('#against-domain', 'localhost');
  await page.press('#against-domain', 'Enter');
  await page.waitForFunction(() => /no dot/.test(document.getElementById('against-message').textContent));
  assert.equal(await page.textContent('#against-result'), '');
}));
