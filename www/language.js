// The reader's language: the one that was chosen here before, else the first of the browser's that there is.
import { element } from './dom.js';
import { LANGUAGES, known, language, load, speak, translate } from './t.js';

const STORED = 'mta-sts-language';

function stored() {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null; // no storage
  }
}

/** The language to begin with. */
export function wished() {
  const chosen = stored();
  return chosen in LANGUAGES ? chosen : known(navigator.languages);
}

/** Lets the reader choose; `redraw` is called once another language is spoken. */
export function choosable(select, redraw) {
  select.replaceChildren(...Object.entries(LANGUAGES).map(([value, name]) => element('option', { value, lang: value }, name)));
  select.value = language();
  select.addEventListener('change', async () => {
    const name = select.value;
    const spoken = await begin(name);
    // Of two choices the later one counts; what could not be loaded is not chosen.
    if (select.value !== name) return;
    select.value = language();
    if (!spoken) return;
    try {
      localStorage.setItem(STORED, name);
    } catch {
      // The choice holds until the page is left.
    }
    await redraw();
  });
}

/** Speaks a language; says whether that could be. English needs nothing to be loaded. */
export async function begin(name) {
  try {
    await load(name);
  } catch {
    return false; // without its words the page stays as it is
  }
  speak(name);
  document.documentElement.lang = name;
  translate(document);
  return true;
}
