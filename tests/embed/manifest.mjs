// The custom elements manifest of the npm package, made from the comments in www/widget: `node tests/embed/manifest.mjs` writes it.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { create, ts } from '@custom-elements-manifest/analyzer';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const MANIFEST = join(ROOT, 'npm/custom-elements.json');

/** The sources, and what the package has of each. */
const SOURCES = { 'element.js': undefined, 'check-element.js': 'dist/mta-sts-check.js', 'lint-element.js': 'dist/mta-sts-lint.js' };

/** What the event of an element tells, by the types of the package. */
const TOLD = { 'mta-sts-check': 'Report', 'mta-sts-lint': 'LintReport' };

/** Where something is inherited from is ours to know: the package has one class for each element. */
const own = (list = []) => list.map(({ inheritedFrom, ...one }) => one);

/** What an element is to those who use it. */
function declared({ superclass, tagName, ...declaration }) {
  // Attributes are properties too; that of every element is HTML's.
  const properties = declaration.attributes.filter(({ name }) => name !== 'lang')
    .map(({ name, type, description }) => ({ kind: 'field', name, type, description, attribute: name, reflects: true }));
  const members = declaration.members.filter(({ privacy, name }) => !privacy && name !== 'adoptedStyleSheets');
  return {
    ...declaration,
    tagName,
    superclass: { name: 'HTMLElement' },
    attributes: declaration.attributes.map((attribute) => (attribute.name === 'lang' ? attribute : { ...attribute, fieldName: attribute.name })),
    members: [...properties, ...own(members)],
    events: own(declaration.events).map((event) => ({ ...event, type: { text: `CustomEvent<${TOLD[tagName]}>` } })),
    cssProperties: own(declaration.cssProperties),
  };
}

/** The manifest as the comments have it now. */
export async function manifest() {
  const modules = await Promise.all(Object.keys(SOURCES).map(async (name) =>
    ts.createSourceFile(name, await readFile(join(ROOT, 'www/widget', name), 'utf8'), ts.ScriptTarget.ES2022, true)));
  const found = create({ modules });
  return {
    schemaVersion: found.schemaVersion,
    readme: 'README.md',
    modules: found.modules.filter(({ path }) => SOURCES[path]).map((module) => {
      const declarations = module.declarations.filter(({ tagName }) => tagName).map(declared);
      const path = SOURCES[module.path];
      const exports = declarations.flatMap(({ name, tagName }) => [
        { kind: 'js', name, declaration: { name, module: path } },
        { kind: 'custom-element-definition', name: tagName, declaration: { name, module: path } },
      ]);
      return { kind: 'javascript-module', path, declarations, exports };
    }),
  };
}

if (argv[1] === fileURLToPath(import.meta.url)) await writeFile(MANIFEST, `${JSON.stringify(await manifest(), null, 2)}\n`);
