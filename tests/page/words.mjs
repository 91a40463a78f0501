// What the page says, read out of its sources: the English forms that its scripts and its HTML have, and texts that go past
// the catalogues.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'acorn';
import { ancestor, full } from 'acorn-walk';
import { parse as parseHtml } from 'parse5';
import { WWW } from './harness.mjs';

/** What is said in another language, in its parts. */
export const catalogue = (language) => JSON.parse(readFileSync(new URL(`../../text/${language}.json`, import.meta.url), 'utf8'));

/** The sources, but for the worker that is made of one of them. */
const scripts = () => ['', 'reports', 'widget'].flatMap((folder) => readdirSync(join(WWW, folder)).map((name) => join(folder, name)))
  .filter((name) => name.endsWith('.js') && name !== 'worker.js')
  .map((name) => ({ name, tree: parse(readFileSync(join(WWW, name), 'utf8'), { ecmaVersion: 'latest', sourceType: 'module', locations: true }) }));

const isSaid = ({ tag }) => ['t', 'mixed'].includes(tag.name);
const at = (name, { loc }) => `${name}:${loc.start.line}`;

/** The view that has words of its own, which it loads itself. */
const OWN_WORDS = /^reports/;

/** The forms of the scripts: of all but that of the reports, or what that one alone says. */
export function formsOfScripts(ofReports = false) {
  const others = formsOf((name) => !OWN_WORDS.test(name));
  if (!ofReports) return others;
  const { forms } = formsOfHtml();
  return new Set([...formsOf((name) => OWN_WORDS.test(name))].filter((form) => !others.has(form) && !forms.has(form)));
}

function formsOf(counts) {
  const forms = new Set();
  for (const { tree } of scripts().filter(({ name }) => counts(name))) {
    full(tree, (node) => {
      if (node.type === 'TaggedTemplateExpression' && isSaid(node)) {
        forms.add(node.quasi.quasis.map(({ value }, index) => (index ? `{${index - 1}}` : '') + value.cooked).join(''));
      }
    });
  }
  return forms;
}

/** Where a sentence is made when a script is loaded: it would be in the language of that moment. */
export function saidTooEarly() {
  const found = [];
  for (const { name, tree } of scripts()) {
    ancestor(tree, {
      TaggedTemplateExpression(node, _, ancestors) {
        if (isSaid(node) && !ancestors.some(({ type }) => /Function/.test(type))) found.push(at(name, node));
      },
    });
  }
  return found;
}

/** Attributes that a reader is told. */
const TOLD = ['title', 'aria-label', 'placeholder', 'alt', 'data-label'];
/** What sets a text that a reader sees. */
const SHOWN = ['textContent', 'innerText', 'title', 'ariaLabel', 'placeholder'];
/** Names and code, the same in every language. */
const NAMES = /^[\s\W\d]*$|^(SPF|DMARC|DKIM|HTTP|LF|CRLF|CR|Markdown|SHA-256|UTC|BOM)$/;
/** Fields as they are written, with their values. */
const FIELDS = /^(mode|max_age|mx|id|rua) $/;

/** The texts in an expression that may become what it comes to, with their nodes; those that are said through `t` are none. */
function textsOf(node, found = []) {
  switch (node?.type) {
    case 'Literal': if (typeof node.value === 'string') found.push([node.value, node]); break;
    case 'TemplateLiteral':
      for (const { value } of node.quasis) found.push([value.cooked, node]);
      for (const part of node.expressions) textsOf(part, found);
      break;
    case 'ConditionalExpression': textsOf(node.consequent, found); textsOf(node.alternate, found); break;
    case 'LogicalExpression': textsOf(node.left, found); textsOf(node.right, found); break;
    case 'BinaryExpression': if (node.operator === '+') { textsOf(node.left, found); textsOf(node.right, found); } break;
    case 'ArrayExpression': for (const part of node.elements) textsOf(part, found); break;
    case 'SpreadElement': textsOf(node.argument, found); break;
    case 'CallExpression':
      // `capital(…)`, `[…].join(', ')`, `prose(…)`
      if (['capital', 'prose'].includes(node.callee.name)) for (const part of node.arguments) textsOf(part, found);
      if (node.callee.property?.name === 'join') textsOf(node.callee.object, found);
      break;
    default:
  }
  return found;
}

/** Texts that a reader would see in English whatever the language is. */
export function pastTheCatalogues() {
  const found = [];
  for (const { name, tree } of scripts()) {
    const look = (node) => {
      for (const [text, where] of textsOf(node)) {
        if (/\p{L}{2}/u.test(text) && !NAMES.test(text) && !FIELDS.test(text)) found.push(`${at(name, where)}: ${text}`);
      }
    };
    full(tree, (node) => {
      if (node.type === 'CallExpression' && ['element', 'drawn', 'copyButton'].includes(node.callee.name)) {
        const [, attributes, ...children] = node.arguments;
        const code = ['code', 'kbd'].includes(node.arguments[0].value);
        if (node.callee.name === 'copyButton') look(attributes);
        else if (!code) children.forEach(look);
        for (const { key, value } of attributes?.properties ?? []) if (TOLD.includes(key?.value ?? key?.name)) look(value);
      }
      if (node.type === 'AssignmentExpression' && SHOWN.includes(node.left.property?.name)) look(node.right);
      if (node.type === 'NewExpression' && node.callee.name === 'Error') node.arguments.forEach(look);
      if (node.type === 'CallExpression' && node.callee.name === 'sayIn') look(node.arguments[1]);
      if (node.type === 'CallExpression' && ['say', 'tell', 'problem'].includes(node.callee.name)) {
        look(node.arguments[0]?.type === 'ArrowFunctionExpression' ? node.arguments[0].body : node.arguments[0]);
      }
    });
  }
  return found;
}

const attribute = (node, name) => node.attrs?.find((one) => one.name === name)?.value;

/** The forms of the HTML, and the texts in it that have none. */
export function formsOfHtml() {
  const forms = new Set();
  const past = [];
  const bare = (text) => text.trim().replace(/\s+/g, ' ');
  const visit = (node, said) => {
    if (['noscript', 'script', 'style'].includes(node.tagName)) return;
    const translated = attribute(node, 'data-t') !== undefined;
    if (translated) {
      let count = 0;
      forms.add(bare(node.childNodes.map((child) => {
        if (child.nodeName === '#text') return child.value;
        count += 1;
        return `{${count - 1}}`;
      }).join('')));
    }
    const named = attribute(node, 'data-t-of')?.split(' ') ?? [];
    for (const name of named) forms.add(attribute(node, name));
    for (const name of TOLD.filter((one) => attribute(node, one) !== undefined && !named.includes(one))) {
      // Names and code have no space behind a word, but for fields of a policy.
      if (/\p{L}{2}[\s\p{L}]*$/u.test(attribute(node, name)) && !/[.:]/.test(attribute(node, name))) past.push(`${name}: ${attribute(node, name)}`);
    }
    for (const child of node.childNodes ?? []) {
      const own = translated && child.nodeName === '#text';
      if (child.nodeName === '#text' && !own && !said && /\p{L}{2}/u.test(child.value)) past.push(bare(child.value));
      visit(child, ['code', 'kbd'].includes(child.tagName));
    }
  };
  visit(parseHtml(readFileSync(join(WWW, 'index.html'), 'utf8')), false);
  return { forms, past };
}
