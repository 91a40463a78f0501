// What both elements share: a shadow root with our style, the reader's language, and a way on where something is refused.
import { page } from 'mta-sts-page';
import result from 'mta-sts-result-style';
import shell from 'mta-sts-shell-style';
import { element } from '../dom.js';
import { known, language, load, speak, t } from '../t.js';

/** On a server, where pages are rendered beforehand, there are no elements; what is defined there is never made. */
const Base = globalThis.HTMLElement ?? class {};

/** The smallest module there is: whether it may be compiled shows whether any may. */
const EMPTY = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);

const sheets = new Map();

/** A sheet of this text, shared by all elements. Constructed sheets are allowed where a page's policy refuses inline style. */
export function sheetOf(text) {
  if (!sheets.has(text)) {
    sheets.set(text, new CSSStyleSheet());
    sheets.get(text).replaceSync(text);
  }
  return sheets.get(text);
}

/** Why no engine can run here; nothing where one can. */
function refusal() {
  if (typeof WebAssembly !== 'object') return t`This browser does not run WebAssembly, which this needs.`;
  try {
    return new WebAssembly.Module(EMPTY) && '';
  } catch {
    return t`The content security policy of this page refuses WebAssembly: its script-src lacks 'wasm-unsafe-eval'.`;
  }
}

/**
 * @cssprop --mta-sts-ground - Behind everything.
 * @cssprop --mta-sts-card - Behind fields, findings and folds.
 * @cssprop --mta-sts-ink - What is written.
 * @cssprop --mta-sts-soft - What is said beside.
 * @cssprop --mta-sts-line - Borders.
 * @cssprop --mta-sts-accent - Buttons and links.
 * @cssprop --mta-sts-accent-ink - What is written on buttons.
 * @cssprop --mta-sts-good - What is as it should be.
 * @cssprop --mta-sts-good-ground - Behind that.
 * @cssprop --mta-sts-bad - What is wrong.
 * @cssprop --mta-sts-bad-ground - Behind that.
 * @cssprop --mta-sts-doubt - What needs a look.
 * @cssprop --mta-sts-doubt-ground - Behind that.
 * @cssprop --mta-sts-note - What is worth knowing, or not known.
 * @cssprop --mta-sts-note-ground - Behind that.
 * @cssprop --mta-sts-code-ground - Behind code.
 * @cssprop --mta-sts-mono - The font of code.
 */
export class Widget extends Base {
  /** The names of attributes that are properties too. @protected */
  static texts = ['checker', 'theme'];

  static get observedAttributes() {
    return ['lang', ...this.texts];
  }

  #leaving;
  #begun;
  #isReady = new Promise((ready) => { this.#begun = ready; });

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open', delegatesFocus: true });
    root.adoptedStyleSheets = [result, shell].map(sheetOf);
    // A page may have two of us in two languages: whatever is drawn in answer to a reader is in ours.
    for (const type of ['click', 'submit', 'input', 'toggle', 'focusin', 'keydown']) {
      root.addEventListener(type, () => this.speak(), { capture: true });
    }
    // The page that we stand in is not to be left.
    root.addEventListener('click', ({ target }) => {
      const link = target.closest?.('a[href]');
      if (link) Object.assign(link, { target: '_blank', rel: 'noopener' });
    }, { capture: true });
  }

  connectedCallback() {
    clearTimeout(this.#leaving);
    for (const name of this.constructor.texts.concat(this.constructor.switches ?? [])) this.#takeUp(name);
    if (!this.shadowRoot.firstChild) this.begin();
  }

  disconnectedCallback() {
    // Being moved is no leaving.
    this.#leaving = setTimeout(() => this.isConnected || this.left());
  }

  /** A property that was set before the element was defined hides the one that the class has. */
  #takeUp(name) {
    if (!Object.hasOwn(this, name)) return;
    const value = this[name];
    delete this[name];
    this[name] = value;
  }

  /** Draws what is there before anybody asks for anything, in the language of the element. @protected */
  async begin() {
    const wanted = this.#language();
    try {
      await load(wanted);
    } catch {
      // What it cannot say in that language it says in English.
    }
    if (wanted !== this.#language()) return this.begin(); // it was changed meanwhile
    this.speak();
    this.draw();
    this.#begun();
  }

  /** Resolves when the element is drawn. @protected */
  get drawn() {
    return this.#isReady;
  }

  /** The language of the element, or of what it stands in, or of the reader. */
  #language() {
    for (let node = this; node; node = node.parentElement ?? node.getRootNode().host) {
      if (node.lang) return known([node.lang]);
    }
    return known(navigator.languages);
  }

  /** Everything said from now on is in the language of this element. @protected */
  speak() {
    speak(this.#language());
    return language();
  }

  /** Loads a part; where it cannot be had, or no engine runs, the reader is told, and shown another way. @protected */
  async part(loading) {
    const refused = refusal();
    if (refused) {
      this.fail(refused);
      return undefined;
    }
    try {
      const part = await loading();
      await part.ready();
      this.speak();
      return part;
    } catch (error) {
      this.speak();
      this.fail(t`What is needed could not be loaded: ${error.message}`);
      return undefined;
    }
  }

  /** The content of the element, which is shown where there is no other way, and a link to the checker. @protected */
  wayOn(fragment) {
    const checker = this.checkerPage();
    return element(
      'div',
      { class: 'way-on', part: 'fallback', hidden: true },
      element('slot', {}, checker && element('a', { href: `${checker}${fragment}`, target: '_blank', rel: 'noopener' }, t`Open the MTA-STS checker`)),
    );
  }

  /** The page of the checker, as a whole URL. @protected */
  checkerPage() {
    return this.checker ? urlOf(this.checker) : page;
  }

  /** Tells whoever embeds us. @protected */
  tell(report) {
    this.report = report;
    this.dispatchEvent(new CustomEvent('mta-sts-report', { detail: report, bubbles: true, composed: true }));
  }
}

/** An address as a whole URL, relative to the page; nothing where it is none, or not of the web. */
export function urlOf(text) {
  try {
    const url = new URL(text, document.baseURI);
    return /^https?:$/.test(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** Defines an element, where none of its name is there and this is a page. */
export function define(name, of) {
  if (globalThis.customElements && !customElements.get(name)) customElements.define(name, of);
}

/** Gives a class properties for attributes: texts, and switches that are there or not. */
export function reflect(of, texts, switches = []) {
  for (const name of texts) {
    Object.defineProperty(of.prototype, name, {
      configurable: true,
      enumerable: true,
      get() { return this.getAttribute(name) ?? ''; },
      set(value) {
        if (value === null || value === undefined) this.removeAttribute(name);
        else this.setAttribute(name, value);
      },
    });
  }
  for (const name of switches) {
    Object.defineProperty(of.prototype, name, {
      configurable: true,
      enumerable: true,
      get() { return this.hasAttribute(name); },
      set(value) { this.toggleAttribute(name, Boolean(value)); },
    });
  }
}
