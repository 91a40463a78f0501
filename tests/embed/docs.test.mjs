// The elements in sites that generators build, each by its recipe in docs/embed.md.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ROOT, browse, open, reports, serveZoo, site } from './harness.mjs';

const run = promisify(execFile);
const PACKAGES = fileURLToPath(new URL('node_modules', import.meta.url));
const TARGET = process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target');
const PLACE = join(TARGET, 'embed-docs');
/** The Python that has what requirements.txt names; `cargo xtask embed` installs it. */
const PYTHON = process.env.EMBED_PYTHON ?? join(TARGET, 'embed-python/bin/python');
const HUGO = process.env.HUGO ?? 'hugo';
/** What takes minutes to install is built where that is wanted. */
const ALL = Boolean(process.env.EMBED_ALL);

let zoo;
let browser;
let recipes;

before(async () => {
  await rm(PLACE, { recursive: true, force: true });
  zoo = await serveZoo();
  browser = await browse();
  const docs = await readFile(join(ROOT, 'docs/embed.md'), 'utf8');
  const sections = docs.replaceAll('https://checker.example', zoo.url).split(/^#+ /m);
  recipes = Object.fromEntries(sections.map((section) => {
    const [title] = section.split('\n', 1);
    return [title, [...section.matchAll(/```\w+\n([\s\S]*?)```/g)].map(([, code]) => code)];
  }));
});
after(async () => {
  await browser.close();
  zoo.stop();
});

/** A code block of a recipe, with the addresses of this test in it. */
function recipe(title, index = 0) {
  const code = recipes[title]?.[index];
  assert.ok(code, `docs/embed.md has a recipe for ${title}`);
  return code;
}

async function written(name, files) {
  const folder = join(PLACE, name);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

/** The element as a page has it, with who is asked here. */
const element = (domain) => `<mta-sts-check domain="${domain}" companion="${zoo.url}" resolver="${zoo.url}/dns-query"><a href="${zoo.url}/#domain=${domain}">Check ${domain}</a></mta-sts-check>`;

const ground = (page) => page.evaluate(() => getComputedStyle(document.querySelector('mta-sts-check').shadowRoot.querySelector('.widget')).backgroundColor);

/** Checks with the element of a page, and gives the report. */
async function checked(page, count = 1) {
  await page.waitForSelector('mta-sts-check button');
  await page.click('mta-sts-check button');
  const told = await reports(page, count);
  assert.match(await page.textContent('mta-sts-check .verdict .sentence'), /zoo\.test/);
  return told.at(-1).detail;
}

/** Opens a site that was built, or that `build` makes for its address, works with it, and holds that nothing went wrong in it. */
async function visited(folder, work, { headers, path = '/', build = async () => {} } = {}) {
  const docs = await site({ folder, headers });
  try {
    await build(docs.url);
    const page = await open(browser, docs.url + path);
    await work(page, docs);
    assert.deepEqual(page.errors, []);
    await page.close();
  } finally {
    docs.stop();
  }
}

/** A policy that lets the site have what is its own, and the element what docs/embed.md says. */
const strict = (own = '') => ({
  'Content-Security-Policy': `default-src 'self'; script-src 'self'${own} ${zoo.url} 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self' ${zoo.url}; img-src 'self' data:; base-uri 'none'; object-src 'none'`,
});

test('VitePress', async () => {
  const folder = await written('vitepress', {
    '.vitepress/config.mjs': recipe('VitePress'),
    'index.md': `# First\n\n${element('enforce-good.zoo.test')}\n\n[Next](./second)\n`,
    'second.md': `# Second\n\n${element('no-record.zoo.test')}\n`,
  });
  // As a project has it: VitePress, and Vue beside it.
  await symlink(PACKAGES, join(folder, 'node_modules'));
  await run(join(PACKAGES, '.bin/vitepress'), ['build', folder], { cwd: folder });
  await visited(join(folder, '.vitepress/dist'), async (page) => {
    assert.equal((await checked(page)).delivery, 'deliver');
    // Its pages are changed in place, and its dark is its own.
    await page.click('text=Next');
    await page.waitForSelector('h1 >> text=Second');
    assert.equal((await checked(page, 2)).domain, 'no-record.zoo.test');
    const light = await ground(page);
    await page.evaluate(() => document.documentElement.classList.add('dark'));
    assert.notEqual(await ground(page), light);
  });
});

test('MkDocs with Material', async () => {
  const build = async (url) => {
    const folder = await written('mkdocs', {
      // Its pages are changed in place only where the site map has the site's own address.
      'mkdocs.yml': `site_name: Docs\nsite_url: ${url}/\ntheme:\n  name: material\n  font: false\n  features: [navigation.instant]\n  palette:\n    - scheme: default\n    - scheme: slate\nplugins: []\n${recipe('MkDocs, Material for MkDocs')}`,
      'docs/index.md': `# First\n\n${element('enforce-good.zoo.test')}\n\n[Next](second.md)\n`,
      'docs/second.md': `# Second\n\n${element('no-record.zoo.test')}\n`,
    });
    await run(PYTHON, ['-m', 'mkdocs', 'build', '--quiet', '--strict'], { cwd: folder });
  };
  await visited(join(PLACE, 'mkdocs/site'), async (page) => {
    assert.equal((await checked(page)).delivery, 'deliver');
    await page.click('article >> text=Next');
    await page.waitForSelector('h1 >> text=Second');
    assert.equal((await checked(page, 2)).domain, 'no-record.zoo.test');
    const light = await ground(page);
    await page.evaluate(() => { document.body.dataset.mdColorScheme = 'slate'; });
    assert.notEqual(await ground(page), light);
  }, { build });
});

test('Sphinx with furo', async () => {
  const raw = `.. raw:: html\n\n   ${element('mx-expired-cert.zoo.test')}\n`;
  const folder = await written('sphinx', {
    'conf.py': `project = "Docs"\nhtml_theme = "furo"\n${recipe('Sphinx')}`,
    '_static/mta-sts.css': recipe('Sphinx', 1),
    'index.rst': `First\n=====\n\n${raw}`,
  });
  await run(PYTHON, ['-m', 'sphinx', '-q', '-W', '-b', 'html', folder, join(folder, 'out')]);
  await visited(join(folder, 'out'), async (page) => {
    assert.equal((await checked(page)).delivery, 'refuse');
    const grounds = {};
    for (const theme of ['light', 'dark', 'auto']) {
      for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme });
        await page.evaluate((theme) => { document.body.dataset.theme = theme; }, theme);
        grounds[`${theme} where ${colorScheme} is preferred`] = await ground(page);
      }
    }
    const [light, dark] = [grounds['light where light is preferred'], grounds['dark where light is preferred']];
    assert.notEqual(light, dark);
    assert.deepEqual(Object.values(grounds), [light, light, dark, dark, light, dark], JSON.stringify(grounds));
  });
});

test('Hugo, and under a strict policy', async () => {
  const shortcode = recipe('Hugo').replace('companion=', `resolver="${zoo.url}/dns-query" companion=`);
  const folder = await written('hugo', {
    'config.toml': 'baseURL = "/"\ntitle = "Docs"\ndisableKinds = ["taxonomy", "term", "RSS", "sitemap"]\n',
    'layouts/index.html': '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{{ .Title }}</title></head><body><main>{{ .Content }}</main></body></html>\n',
    'layouts/shortcodes/mta-sts-check.html': shortcode,
    'content/_index.md': '---\ntitle: First\n---\n# First\n\n{{< mta-sts-check "one-of-two.zoo.test" >}}\n',
  });
  await run(HUGO, ['--quiet'], { cwd: folder });
  const use = async (page) => assert.equal((await checked(page)).domain, 'one-of-two.zoo.test');
  await visited(join(folder, 'public'), use);
  await visited(join(folder, 'public'), use, { headers: strict() });
});

test('mdBook', { skip: !ALL }, async () => {
  const own = join(TARGET, 'tools');
  await run('cargo', ['install', 'mdbook', '--version', '0.5.4', '--root', own, '--no-default-features'], { cwd: ROOT });
  const folder = await written('mdbook', {
    'book.toml': '[book]\ntitle = "Docs"\n',
    'src/SUMMARY.md': '- [First](first.md)\n- [Second](second.md)\n',
    'src/first.md': `# First\n\n${recipe('mdBook')}${element('enforce-good.zoo.test')}\n`,
    'src/second.md': `# Second\n\n${element('no-record.zoo.test')}\n`,
    'theme/head.hbs': recipe('mdBook', 1),
  });
  // As the recipe says: the folder among the files of the book.
  await cp(join(ROOT, 'www/embed'), join(folder, 'src/embed'), { recursive: true });
  await run(join(own, 'bin/mdbook'), ['build', folder]);
  await visited(join(folder, 'book'), async (page) => {
    assert.equal((await checked(page)).delivery, 'deliver');
    const light = await ground(page);
    await page.evaluate(() => { document.documentElement.classList.replace('light', 'navy'); });
    assert.notEqual(await ground(page), light);
  }, { path: '/first.html' });
  await visited(join(folder, 'book'), async (page, docs) => {
    assert.equal((await checked(page)).domain, 'no-record.zoo.test');
    assert.ok(page.requests.includes(`${docs.url}/embed/mta-sts-check.js`), 'its own copy');
  }, { path: '/second.html' });
});

test('Docusaurus', { skip: !ALL }, async () => {
  const config = recipe('Docusaurus').replace('export default {', `export default {
  title: 'Docs', url: 'http://127.0.0.1', baseUrl: '/', presets: [['classic', { docs: { routeBasePath: '/' }, blog: false }]],`);
  const folder = await written('docusaurus', {
    'package.json': JSON.stringify({
      name: 'docs', private: true,
      dependencies: { '@docusaurus/core': '3.10.2', '@docusaurus/preset-classic': '3.10.2', react: '19.3.1', 'react-dom': '19.3.1' },
    }),
    'docusaurus.config.js': config,
    'docs/first.mdx': `---\nslug: /\n---\n# First\n\n${element('enforce-good.zoo.test')}\n\n[Next](./second.mdx)\n`,
    'docs/second.mdx': `# Second\n\n${element('no-record.zoo.test')}\n`,
  });
  await run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder });
  await run('npx', ['docusaurus', 'build'], { cwd: folder, env: { ...process.env, DO_NOT_TRACK: '1' } });
  await visited(join(folder, 'build'), async (page) => {
    assert.equal((await checked(page)).delivery, 'deliver');
    await page.click('article >> text=Next');
    await page.waitForSelector('h1 >> text=Second');
    assert.equal((await checked(page, 2)).domain, 'no-record.zoo.test');
    await page.evaluate(() => { document.documentElement.dataset.theme = 'light'; });
    const light = await ground(page);
    await page.evaluate(() => { document.documentElement.dataset.theme = 'dark'; });
    assert.notEqual(await ground(page), light);
  });
});
