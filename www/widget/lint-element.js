// <mta-sts-lint>: a field for a policy or a record. What lints is loaded when somebody types, or asks for it.
import editor from 'mta-sts-editor-style';
import { element } from '../dom.js';
import { t } from '../t.js';
import { Widget, reflect, sheetOf } from './element.js';

/** How long the typing has to rest before whoever embeds us is told, in milliseconds. */
const REST = 500;

/**
 * Lints a policy, an MTA-STS record or a TLSRPT record as it is typed. Nothing of it leaves the browser.
 *
 * @element mta-sts-lint
 * @attr {"policy" | "record" | "tlsrpt"} kind - What the text is. Without it: what it looks like.
 * @attr {string} checker - The address of a checker's page, which is offered where this page lets nothing run.
 * @attr {string} lang - The language: `en`, `de` or `fr`. Without it: that of what the element stands in.
 * @attr {"light" | "dark"} theme - Light or dark colours. Without it: as the page's `color-scheme` says.
 * @attr {boolean} autorun - Lints the text in the element at once, without being asked.
 * @fires {CustomEvent} mta-sts-report - A text was linted, and the typing rests; `detail` is its report.
 * @slot - Shown where the element cannot work: before it is defined, and where WebAssembly is refused. A `<pre>` in it is the text to begin with.
 * @csspart form - The form.
 * @csspart label - The label of the field.
 * @csspart input - The field for the text.
 * @csspart button - The buttons of the form.
 * @csspart message - What could not be done.
 * @csspart result - The findings.
 * @csspart fallback - What is shown where nothing can be linted.
 */
export class MtaStsLint extends Widget {
  /** @protected */
  static texts = ['kind', 'checker', 'theme'];

  /** @protected */
  static switches = ['autorun'];

  /** The report on the text as it was linted last; nothing before. */
  report = undefined;

  #nodes = {};

  /** What lints the field as it is typed in, once it is loaded, or is being loaded. */
  #live;

  #resting;

  constructor() {
    super();
    this.shadowRoot.adoptedStyleSheets.push(sheetOf(editor));
  }

  /** @protected */
  draw() {
    const before = this.#nodes.area;
    const text = before ? before.value : this.#given();
    clearTimeout(this.#resting);
    this.#live = undefined;
    this.#nodes = this.#parts();
    const { form, message, result, fallback, area, layer } = this.#nodes;
    area.value = text;
    // The layer gives the field its height.
    layer.append(...text.split('\n', 5000).map((line) => element('div', { class: 'line' }, line)));
    this.shadowRoot.replaceChildren(element('div', { class: 'widget mta-sts' }, form, message, result, fallback));
    if (before ? this.report : this.autorun) this.lint();
  }

  attributeChangedCallback(name, before, now) {
    if (before !== now && this.#nodes.area && name !== 'theme') this.begin();
  }

  /** The text that stands in the element. */
  #given() {
    return this.querySelector('pre')?.textContent.replace(/^\n/, '') ?? '';
  }

  #parts() {
    const layer = element('div', { class: 'layer', 'aria-hidden': 'true' });
    const area = element('textarea', {
      id: 'text', part: 'input', rows: '1', spellcheck: 'false', autocapitalize: 'none', autocomplete: 'off', wrap: 'soft',
      placeholder: 'version: STSv1\nmode: testing\nmx: mail.example.com\nmax_age: 86400', 'aria-describedby': 'message',
      oninput: () => this.#live || this.lint(),
    });
    const submit = (event) => {
      event.preventDefault();
      this.lint();
    };
    const button = element('button', { type: 'submit', part: 'button' }, t`Check`);
    const mend = element('button', { type: 'button', part: 'button', class: 'quiet', hidden: true, onclick: () => this.fix() }, t`Fix all`);
    return {
      area,
      layer,
      mend,
      button,
      form: element(
        'form',
        { part: 'form', onsubmit: submit },
        element('label', { for: 'text', part: 'label' }, this.#label()),
        element('div', { class: 'editor' }, layer, area),
        element('div', { class: 'row' }, button, mend),
      ),
      message: element('p', { id: 'message', class: 'message', part: 'message', role: 'status' }),
      result: element('div', { part: 'result' }),
      fallback: this.wayOn('#draft'),
    };
  }

  #label() {
    return { __proto__: null, policy: t`Policy`, record: t`MTA-STS record`, tlsrpt: t`TLSRPT record` }[this.kind] ?? t`Policy or record`;
  }

  /** The text in the field. */
  get text() {
    return this.#nodes.area?.value ?? this.#given();
  }

  set text(text) {
    this.drawn.then(() => {
      this.#nodes.area.value = text;
      if (this.#live) this.#nodes.area.dispatchEvent(new InputEvent('input'));
    });
  }

  /** Lints the text, and from now on as it is typed. Resolves with the report; with nothing where nothing can be linted. */
  async lint() {
    await this.drawn;
    const { area } = this.#nodes;
    this.#live ??= this.#begin();
    const live = await this.#live;
    if (this.#nodes.area !== area) return this.report;
    if (!live) {
      this.#live = undefined; // tried again the next time
      return undefined;
    }
    return live.look();
  }

  async #begin() {
    const { area, layer, result, message, mend, button, fallback } = this.#nodes;
    message.textContent = t`Loading …`;
    const view = await this.part(() => import('./lint-view.js'));
    if (!view || this.#nodes.area !== area) return undefined;
    message.textContent = '';
    button.hidden = true;
    return view.live({
      area,
      layer,
      result,
      kind: () => (this.#label() === t`Policy or record` ? undefined : this.kind),
      speak: () => this.speak(),
      linted: (report) => {
        this.report = report;
        if (!fallback.hidden) message.textContent = ''; // what could not be done can be done again
        fallback.hidden = true;
        mend.hidden = !report?.findings.some(({ edit }) => edit);
        clearTimeout(this.#resting);
        if (report) this.#resting = setTimeout(() => this.tell(report), REST);
      },
      failed: (sentence) => this.fail(sentence),
    });
  }

  /** Makes every edit that is sure to be right. */
  async fix() {
    if (!await this.lint()) return;
    const { message } = this.#nodes;
    message.textContent = (await this.#live).fix();
    message.classList.remove('wrong');
  }

  /** Gone from the page: nobody waits to be told any more. @protected */
  left() {
    clearTimeout(this.#resting);
  }

  /** Says that nothing can be linted here, and shows another way. @protected */
  fail(sentence) {
    const { message, fallback } = this.#nodes;
    message.textContent = sentence;
    message.classList.add('wrong');
    fallback.hidden = false;
  }
}

reflect(MtaStsLint, MtaStsLint.texts, MtaStsLint.switches);
