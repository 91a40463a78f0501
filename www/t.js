// The words of the page in the reader's language. A sentence is written in English where it is shown, with its values in
// it; that form, with {0}, {1} … for the values, is the key of the catalogues in text/.

/** The languages, by their own names. */
export const LANGUAGES = { __proto__: null, en: 'English', de: 'Deutsch', fr: 'Français' };

/** Each catalogue is loaded when its language is first spoken. (`cargo xtask page` makes them of text/.) */
const LOADERS = {
  de: () => import('./text/page.de.js'),
  fr: () => import('./text/page.fr.js'),
};

const catalogues = { __proto__: null, en: new Map() };
let spoken = 'en';

/** The language that is spoken now, as a BCP 47 tag. */
export const language = () => spoken;

/** Speaks a language that is loaded. A page with two widgets speaks now one and then the other: whoever draws says so before. */
export function speak(name) {
  spoken = name in catalogues ? name : 'en';
}

/** Loads what the page says in a language, or what else is said on it; rejects where that cannot be had. */
export async function load(name, loaders = LOADERS) {
  if (name === 'en') return;
  const said = entries((await loaders[name]()).default);
  catalogues[name] = new Map([...catalogues[name] ?? [], ...said]);
}

/** The file that a data file of the page is in the language spoken: of `rules.json`, `rules.de.json`. */
export const inLanguage = (file) => (spoken === 'en' ? file : file.replace('.json', `.${spoken}.json`));

/** The lines of a catalogue: an English form, a tab, what it is in another language. */
function entries(text) {
  return text.split('\n').filter(Boolean).map((line) => line.split('\t'));
}

/** The first of some wishes (BCP 47 tags) that there is a language for. */
export function known(wishes) {
  const names = wishes.map((wish) => wish.toLowerCase().split('-')[0]);
  return names.find((name) => name in LANGUAGES) ?? 'en';
}

/** A sentence: t`All ${count} test domains`. */
export function t(forms, ...values) {
  return mixed(forms, ...values).join('');
}

/** A sentence with elements in it, as a list of its parts. */
export function mixed(forms, ...values) {
  const form = forms.reduce((start, part, index) => `${start}{${index - 1}}${part}`);
  return (catalogues[spoken].get(form) ?? form).split(/\{(\d)\}/).map((part, index) => (index % 2 ? values[part] : part))
    .filter((part) => part !== '');
}

/** Whether a number takes the singular here. */
export const single = (count) => new Intl.PluralRules(spoken).select(count) === 'one';

/** What the page's own HTML says in English: of each element, its text under '' and its attributes under their names. */
const originals = new WeakMap();

/**
 * Puts the page's own HTML into the language: the text of every `data-t`, and the attributes that `data-t-of` names. Elements
 * inside a text keep their place in the sentence: they are its {0}, {1} ….
 */
export function translate(root) {
  for (const node of root.querySelectorAll('[data-t], [data-t-of]')) {
    if (!originals.has(node)) originals.set(node, {});
    const english = originals.get(node);
    if (node.dataset.t !== undefined) {
      const inside = [...node.children];
      english[''] ??= { inside, form: [...node.childNodes].map((child) => (child.tagName ? `{${inside.indexOf(child)}}` : child.data)).join('').trim().replace(/\s+/g, ' ') };
      node.replaceChildren(...mixed([english[''].form], ...english[''].inside));
    }
    for (const name of node.dataset.tOf?.split(' ') ?? []) {
      english[name] ??= node.getAttribute(name);
      node.setAttribute(name, t([english[name]]));
    }
  }
}
