// The npm package as others get it: packed, installed, and used in Node, by TypeScript, in a Vite project and on plain pages.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ROOT, browse, open, reports, serveZoo, site } from './harness.mjs';

const run = promisify(execFile);
const BIN = fileURLToPath(new URL('node_modules/.bin/', import.meta.url));
const TARGET = process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target');
const PLACE = join(TARGET, 'embed');

let zoo;
let browser;
let tarball;
let packed;

before(async () => {
  await rm(PLACE, { recursive: true, force: true });
  await mkdir(PLACE, { recursive: true });
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', PLACE], { cwd: join(TARGET, 'npm') });
  [packed] = JSON.parse(stdout);
  tarball = join(PLACE, packed.filename);
  zoo = await serveZoo();
  browser = await browse();
});
after(async () => {
  await browser.close();
  zoo.stop();
});

/** A project with these files that has installed the package, and nothing else. */
async function project(name, files) {
  const folder = join(PLACE, name);
  const all = { 'package.json': JSON.stringify({ name, private: true, type: 'module' }), ...files };
  for (const [path, text] of Object.entries(all)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--loglevel=error', tarball], { cwd: folder });
  return folder;
}

test('the tarball holds what is needed, and nothing else', async () => {
  const paths = packed.files.map(({ path }) => path);
  // Of each language there is one of each.
  const said = (language) => ['text/engine', 'text/page', 'prose-policy', 'prose-record', 'rules'].map((name) => new RegExp(`^dist/${name}\\.${language}(-[0-9A-Z]{8})?\\.js$`));
  const languages = ['de', 'fr'].flatMap(said).map((name) => paths.filter((path) => name.test(path)));
  assert.deepEqual(languages.map(({ length }) => length), languages.map(() => 1), paths.join(' '));
  const kinds = paths.filter((path) => !/^dist\/[\w-]+\.js$/.test(path) && !languages.flat().includes(path)).sort();
  assert.deepEqual(kinds, [
    'LICENSE-APACHE', 'LICENSE-MIT', 'README.md', 'classes.d.ts', 'custom-elements.json', 'elements.d.ts', 'engine.wasm', 'index.d.ts', 'lint.wasm',
    'package.json', 'setup.d.ts', 'slim.d.ts', 'types.d.ts',
  ]);
  const manifest = JSON.parse(await readFile(join(TARGET, 'npm/package.json'), 'utf8'));
  const leaves = (value) => (typeof value === 'string' ? [value] : Object.values(value).flatMap(leaves));
  for (const path of [...leaves(manifest.exports), manifest.types, ...manifest.sideEffects]) assert.ok(paths.includes(path.replace('./', '')), path);
  for (const conditions of Object.values(manifest.exports).filter((value) => typeof value === 'object')) {
    assert.equal(Object.keys(conditions)[0], 'types', 'types come first, or nobody sees them');
  }
  assert.deepEqual(manifest.dependencies, undefined);
  assert.ok(manifest.publishConfig.provenance);
  assert.ok(packed.size < 1_200_000, `${packed.size} bytes`);
});

const SCRIPT = `
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { check, draftAgainst, explain, fixAll, lint, readDomain, replay, rules, senders } from 'mta-sts';
import { plan, setUp, setUpZip } from 'mta-sts/setup';
import { startEngine, startLinter } from 'mta-sts/slim';

const FAULTY = 'version: STSv1\\nmode: enforced\\nmx: mx.fabrikam.com\\nmax_age: 604800\\n';
const report = await lint(FAULTY);
assert.equal(report.valid, false);
assert.deepEqual(report.findings.map(({ code, fix }) => [code, fix]), [['policy-mode', 'Write \`mode: enforce\`.']]);
assert.deepEqual(await lint(new TextEncoder().encode(FAULTY)), report);
assert.equal((await lint('v=STSv1; id=1', { kind: 'tlsrpt' })).kind, 'tlsrpt');
assert.ok((await lint('v=STSv1; id=1', { senders: true })).senders.length > 5);
assert.ok((await senders(FAULTY)).some(({ usable }) => usable === false));
await assert.rejects(lint('v=STSv1; id=1', { kind: 'nonsense' }), /kind is none of/);
const fixed = await fixAll(FAULTY);
assert.deepEqual([fixed.edits, fixed.report.valid, fixed.text], [1, true, FAULTY.replace('enforced', 'enforce')]);
// Letters outside ASCII are turned into A-labels by what the runtime has for URLs.
const unicode = await fixAll(FAULTY.replace('mx.fabrikam.com', 'bücher.fabrikam.com'));
assert.match(unicode.text, /mx: xn--bcher-kva\\.fabrikam\\.com/);

const rule = await explain('policy-mode');
assert.deepEqual(Object.keys(rule).sort(), ['bad', 'fix', 'good', 'level', 'section', 'title', 'why']);
assert.equal(await explain('no-such-rule'), undefined);
assert.equal(await explain('toString'), undefined);
assert.deepEqual((await rules())['policy-mode'], rule);

assert.equal((await readDomain('postmaster@Bücher.example')).domain, 'xn--bcher-kva.example');
await assert.rejects(readDomain('localhost'), /no dot/);

const [, , zoo] = process.argv;
const settings = { resolvers: [zoo + '/dns-query'], companion: zoo };
let told = 0;
const checked = await check('one-of-two.zoo.test', { ...settings, onReport: () => { told += 1; } });
assert.deepEqual([checked.report.delivery, checked.report.findings.map(({ code }) => code).includes('mx-certificate-name')], ['deliver', true]);
assert.ok(told > 3, 'it is told as answers come');
assert.deepEqual(await replay(checked.evidence), JSON.parse(JSON.stringify(checked)));
const against = await draftAgainst(checked.evidence, 'version: STSv1\\nmode: testing\\nmx: other.example.net\\nmax_age: 86400\\n');
assert.deepEqual([against.kind, against.report.delivery, against.mx[0].matched], ['policy', 'deliver-and-report', false]);
const controller = new AbortController();
const ended = check('mx-silent.zoo.test', { ...settings, signal: controller.signal, onReport: () => controller.abort(new Error('enough')) });
await assert.rejects(ended, /enough/);

const made = await setUp({ domain: 'example.org', hosts: ['mx1.example.org'] }, { mode: 'enforce' });
assert.match(made.setup.policy, /mode: enforce\\nmx: mx1\\.example\\.org/);
assert.deepEqual([...(await setUpZip({ domain: 'example.org', hosts: ['mx1.example.org'] }, 'nginx')).subarray(0, 2)], [0x50, 0x4b]);
assert.ok((await plan({ domain: 'example.org', evidence: checked.evidence }, { to: 'none' })).plan.steps.length > 0);

const resolved = createRequire(import.meta.url);
const engine = await startEngine(await readFile(resolved.resolve('mta-sts/engine.wasm')));
assert.deepEqual(engine.lint(FAULTY), report, 'without waiting');
assert.equal(engine.readDomain('example.com').domain, 'example.com');
const linter = await startLinter(new WebAssembly.Module(await readFile(resolved.resolve('mta-sts/lint.wasm'))));
assert.deepEqual(linter.lint(FAULTY), report);

// A server renders pages without elements: what defines them does nothing there.
const { MtaStsCheck } = await import('mta-sts/elements');
const classes = await import('mta-sts/elements/classes');
assert.equal(classes.MtaStsCheck, MtaStsCheck);
assert.equal(typeof resolved('mta-sts/package.json').version, 'string');
assert.ok(resolved('mta-sts/custom-elements.json').modules.length);
console.log('all is well');
`;

test('a Node script lints, explains, checks and sets up', async () => {
  const folder = await project('node', { 'script.js': SCRIPT });
  const { stdout } = await run('node', ['script.js', zoo.url], { cwd: folder });
  assert.equal(stdout, 'all is well\n');
});

const SAMPLE = `
import { check, explain, fixAll, lint, type CheckOptions, type Finding, type LintReport, type Report, type Rule } from 'mta-sts';
import { plan, setUp, type Known } from 'mta-sts/setup';
import { startEngine, type Engine } from 'mta-sts/slim';
import { MtaStsCheck } from 'mta-sts/elements';
import { MtaStsLint } from 'mta-sts/elements/classes';

const report: LintReport = await lint('v=STSv1; id=1', { kind: 'record' });
const finding: Finding | undefined = report.findings[0];
const place: [number, number] | undefined = finding?.at?.utf16;
const text: string = (await fixAll(new Uint8Array())).text;
const rule: Rule | undefined = await explain('policy-mode');
const options: CheckOptions = { companion: 'https://probe.example', onReport: (seen: Report) => seen.delivery };
const { report: checked, evidence } = await check('example.com', options);
if (checked.delivery === 'refuse') console.log(checked.mx.map(({ result, report: told }) => result === 'certificate-expired' || told === 'mx-not-matched'));
for (const { outcome, step } of evidence.entries) {
  if (typeof outcome === 'object' && 'failed' in outcome && typeof outcome.failed === 'object' && 'certificate' in outcome.failed) console.log(outcome.failed.certificate.tls.chain);
  if ('policy-address' in step) console.log(step['policy-address'].address);
}
const known: Known = { domain: 'example.com', evidence };
console.log((await setUp(known, { mode: 'testing' })).setup.records, (await plan(known, { to: 'enforce' })).plan.steps[0]?.changes);
const engine: Engine = await startEngine(fetch('/engine.wasm'));
const now: LintReport = engine.lint('');
const element: MtaStsCheck = document.createElement('mta-sts-check');
element.domain = 'example.com';
element.addEventListener('mta-sts-report', ({ detail }) => console.log(detail.summary));
const linter: MtaStsLint = document.querySelector('mta-sts-lint')!;
linter.addEventListener('mta-sts-report', ({ detail }) => console.log(detail.kind));
linter.addEventListener('click', (event: MouseEvent) => event.button);
console.log(place, text, rule, now);

// @ts-expect-error a kind that there is not
await lint('', { kind: 'nonsense' });
// @ts-expect-error a field that there is not
checked.verdict;
// @ts-expect-error a word that there is not
if (checked.delivery === 'delivered') console.log();
// @ts-expect-error a check's report has no kind
element.addEventListener('mta-sts-report', ({ detail }) => detail.kind);
`;

/**
 * Everything that the functions give, as literals: TypeScript then takes no property that the types lack, and misses none that they
 * have. So what serde writes is held against the types, whatever made them.
 */
async function literals(folder) {
  const texts = ['', 'v=STSv1; id=1', 'v=TLSRPTv1; rua=http://a', '"v=STSv1;" " id=1"', 'version: STSv1\nmode: enforced\nnmx: a.b.\nmax_age: 1w', '{"version": 1}'];
  const { check, draftAgainst, fixAll, lint, readDomain, replay, rules } = await import(join(folder, 'node_modules/mta-sts/dist/index.js'));
  const { plan, setUp } = await import(join(folder, 'node_modules/mta-sts/dist/setup.js'));
  const made = [];
  const add = (type, value) => made.push(`export const given${made.length}: ${type} = ${JSON.stringify(value)};`);
  for (const text of texts) {
    add('LintReport', await lint(text, { senders: true }));
    add('Fixed', await fixAll(text));
  }
  const folderOf = join(ROOT, 'tests/evidence');
  for (const name of (await readdir(folderOf)).filter((name) => name.endsWith('.json'))) {
    const evidence = JSON.parse(await readFile(join(folderOf, name), 'utf8'));
    const checked = await replay(evidence);
    add('Checked', checked);
    add('Against', await draftAgainst(evidence, 'version: STSv1\nmode: enforce\nmx: mx.example.net\nmax_age: 604800\n'));
    for (const to of ['enforce', 'none']) add('Planned', await plan({ domain: checked.report.domain, evidence, hosts: ['mx1.example.org'] }, { to }).catch(() => undefined) ?? await plan({ domain: 'example.org', hosts: ['mx1.example.org'] }, { to }));
  }
  // Every third domain of the zoo has what the saved ones lack.
  const { domains } = await (await fetch(`${zoo.url}/zoo.json`)).json();
  const names = domains.filter(({ seconds, domain }, index) => !seconds && index % 3 === 0 && !/silent|slow|hang|stall|tarpit|drip/.test(domain)).map(({ domain }) => domain);
  assert.ok(names.length > 30);
  const asked = globalThis.fetch;
  // No policy host of the zoo is in DNS. Where DNS does not say so but says nothing, this process's own lookups take seconds each.
  globalThis.fetch = (request, ...rest) => (/^https:\/\/mta-sts\.[\w.-]+\.zoo\.test\//.test(request.url ?? request) ? Promise.reject(new TypeError('fetch failed')) : asked(request, ...rest));
  try {
    for (const done of await Promise.all(names.map((name) => check(name, { resolvers: [`${zoo.url}/dns-query`], companion: zoo.url })))) add('Checked', done);
  } finally {
    globalThis.fetch = asked;
  }
  add('Made', await setUp({ domain: 'example.com', hosts: ['mx1.example.com', 'aspmx.l.google.com'] }));
  add('ReadDomain', await readDomain('https://example.com/'));
  add('ReadDomain', await readDomain('example.com'));
  add('Record<string, Rule>', await rules());
  return `import type { Against, Checked, Fixed, LintReport, Made, Planned, ReadDomain, Rule } from 'mta-sts';\n${made.join('\n')}\n`;
}

test('TypeScript takes a sample, and everything that is given has its type', async () => {
  const folder = await project('types', { 'sample.ts': SAMPLE });
  await writeFile(join(folder, 'given.ts'), await literals(folder));
  for (const resolution of [['--module', 'nodenext'], ['--module', 'esnext', '--moduleResolution', 'bundler']]) {
    const options = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'es2022', '--lib', 'es2023,dom,dom.iterable', '--types', ''];
    const { stdout } = await run(join(BIN, 'tsc'), [...options, ...resolution, 'sample.ts', 'given.ts'], { cwd: folder }).catch((error) => error);
    assert.equal(stdout, '', resolution.join(' '));
  }
});

const VITE_PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A project</title></head><body><main><h1>A project</h1>
<mta-sts-check domain="testing-good.zoo.test"></mta-sts-check><mta-sts-lint lang="de"><pre>v=STSv1; id=a_b</pre></mta-sts-lint>
<pre id="out"></pre></main><script type="module" src="/main.js"></script></body></html>`;
const VITE_SCRIPT = `
import 'mta-sts/elements';
import { explain, lint } from 'mta-sts';
import { startLinter } from 'mta-sts/slim';
import wasm from 'mta-sts/lint.wasm?url';

const { valid, findings } = await lint('v=STSv1; id=1-2');
const linter = await startLinter(wasm);
const { why } = await explain(findings[0].code);
document.getElementById('out').textContent = JSON.stringify([valid, linter.lint('v=STSv1; id=1').valid, why.length > 20]);
`;

test('a fresh Vite project is built and previewed', async () => {
  const folder = await project('vite', { 'index.html': VITE_PAGE, 'main.js': VITE_SCRIPT });
  const { stdout, stderr } = await run(join(BIN, 'vite'), ['build', '--target', 'es2022'], { cwd: folder });
  assert.doesNotMatch(`${stdout}${stderr}`, /doesn't exist at build time|externalized|error/i);
  const preview = spawn(join(BIN, 'vite'), ['preview', '--host', '127.0.0.1', '--port', '0', '--strictPort'], { cwd: folder });
  try {
    let url;
    for await (const line of createInterface({ input: preview.stdout })) {
      // eslint-disable-next-line no-control-regex
      url = /http:\/\/127\.0\.0\.1:\d+/.exec(line.replaceAll(/\x1b\[[\d;]*m/g, ''))?.[0];
      if (url) break;
    }
    const page = await open(browser, url);
    await page.waitForFunction(() => document.getElementById('out').textContent);
    assert.equal(await page.textContent('#out'), '[false,true,true]');
    await page.evaluate((at) => {
      Object.assign(document.querySelector('mta-sts-check'), { companion: at, resolver: `${at}/dns-query` });
    }, zoo.url);
    await page.waitForFunction((host) => document.querySelector('mta-sts-check').shadowRoot.querySelector('[part=asked]').textContent.includes(host), new URL(zoo.url).host);
    await page.click('mta-sts-check button');
    await page.click('mta-sts-lint button');
    const told = await reports(page, 2);
    assert.deepEqual(told.map(({ detail }) => detail.delivery ?? detail.valid).sort(), ['deliver', false].sort());
    assert.match(told.find(({ detail }) => detail.kind).detail.findings[0].title, /besteht nicht/);
    assert.deepEqual(page.errors, []);
    await page.close();
  } finally {
    preview.kill();
  }
});

test('a plain page takes the files as they are, as modules and as classic scripts', async () => {
  const folder = await project('plain', {});
  const elements = `<mta-sts-check domain="no-record.zoo.test" companion="${zoo.url}" resolver="${zoo.url}/dns-query"></mta-sts-check><mta-sts-lint autorun lang="de"><pre>v=STSv1; id=1</pre></mta-sts-lint>`;
  const html = (scripts) => `<!doctype html><html lang="en"><title>Plain</title><body>${elements}${scripts}</body></html>`;
  const of = 'node_modules/mta-sts/dist';
  const pages = {
    '/module.html': html(`<script type="module" src="${of}/mta-sts-check.js"></script><script type="module" src="${of}/mta-sts-lint.js"></script>`),
    '/classic.html': html(`<script src="${of}/mta-sts-check-classic.js"></script><script src="${of}/mta-sts-lint-classic.js"></script>`),
    '/map.html': html(`<script type="importmap">{ "imports": { "mta-sts/elements": "/${of}/elements.js" } }</script><script type="module">import 'mta-sts/elements';</script>`),
  };
  const plain = await site({ folder, pages });
  try {
    for (const path of Object.keys(pages)) {
      const page = await open(browser, plain.url + path);
      await page.click('mta-sts-check button');
      const told = await reports(page, 2);
      assert.deepEqual(told.map(({ detail }) => detail.delivery ?? detail.valid).sort(), ['no-sts', true].sort(), path);
      assert.match(await page.textContent('mta-sts-lint .verdict'), /MTA-STS-Record, den Sender/, path);
      assert.deepEqual(page.errors, [], path);
      await page.close();
    }
  } finally {
    plain.stop();
  }
});
