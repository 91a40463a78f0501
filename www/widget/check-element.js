// <mta-sts-check>: a field for a domain and a button. What checks and what draws is loaded when somebody asks.
import { RESOLVERS } from '../doh.js';
import { element } from '../dom.js';
import { t } from '../t.js';
import { Widget, reflect, urlOf } from './element.js';

/**
 * Checks the MTA-STS set-up of a mail domain in the visitor's browser. Nobody is asked anything before the visitor asks.
 *
 * @element mta-sts-check
 * @attr {string} domain - The mail domain to begin with; the visitor can type another one.
 * @attr {string} companion - The address of an `mta-sts serve`, which probes mail hosts. Without it they are not looked at.
 * @attr {string} resolver - A DNS resolver's URL (RFC 8484), or several with spaces between them, tried in this order. Without it: Cloudflare, Google, DNS.SB.
 * @attr {string} checker - The address of a checker's page, which is offered where this page lets no check run.
 * @attr {string} lang - The language: `en`, `de` or `fr`. Without it: that of what the element stands in.
 * @attr {"light" | "dark"} theme - Light or dark colours. Without it: as the page's `color-scheme` says.
 * @attr {boolean} autorun - Checks `domain` at once, without being asked.
 * @fires {CustomEvent} mta-sts-report - A check has come to its end; `detail` is its report.
 * @slot - Shown where the element cannot work, such as a link to a checker: before it is defined, and where WebAssembly is refused.
 * @csspart form - The form.
 * @csspart label - The label of the field.
 * @csspart input - The field for the domain.
 * @csspart button - The buttons of the form.
 * @csspart message - What is wrong with what was typed, or could not be loaded.
 * @csspart asked - Who is asked.
 * @csspart result - All that is shown of a check.
 * @csspart fallback - What is shown where no check can run.
 */
export class MtaStsCheck extends Widget {
  /** @protected */
  static texts = ['domain', 'companion', 'resolver', 'checker', 'theme'];

  /** @protected */
  static switches = ['autorun'];

  /** The report of the last check that came to its end; nothing before. */
  report = undefined;

  #running;

  /** What shows results, once it is loaded. */
  #shown;

  #nodes = {};

  /** @protected */
  draw() {
    const before = this.#nodes.input;
    this.cancel();
    this.#nodes = this.#parts();
    const { form, input, message, asked, result, fallback } = this.#nodes;
    this.shadowRoot.replaceChildren(element('div', { class: 'widget mta-sts' }, form, message, asked, result, fallback));
    input.value = before ? before.value : this.domain;
    if (!before && this.autorun && this.domain) this.check();
  }

  attributeChangedCallback(name, before, now) {
    if (before === now || !this.#nodes.input) return;
    if (name === 'domain') this.#nodes.input.value = this.domain;
    if (name !== 'theme') this.begin();
  }

  #parts() {
    const input = element('input', {
      id: 'domain', part: 'input', type: 'text', inputmode: 'url', autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false',
      placeholder: 'example.com', 'aria-describedby': 'message',
    });
    const button = element('button', { type: 'submit', part: 'button' }, t`Check`);
    const cancel = element('button', { type: 'button', part: 'button', class: 'quiet', hidden: true, onclick: ({ detail }) => detail < 2 && this.cancel() }, t`Cancel`);
    const submit = (event) => {
      event.preventDefault();
      this.check();
    };
    return {
      input,
      button,
      cancel,
      form: element(
        'form',
        { part: 'form', novalidate: true, onsubmit: submit },
        element('label', { for: 'domain', part: 'label' }, t`Mail domain`),
        element('div', { class: 'row' }, input, button, cancel),
      ),
      message: element('p', { id: 'message', class: 'message', part: 'message', role: 'status' }),
      asked: element('p', { class: 'hint', part: 'asked' }, this.#asked()),
      result: element('div', { part: 'result' }),
      fallback: this.wayOn(this.domain ? `#${new URLSearchParams({ domain: this.domain })}` : ''),
    };
  }

  /** Whom a check asks, as the attributes say; throws a sentence where they say nothing that can be asked. @protected */
  settings() {
    const own = this.resolver.split(/\s+/).filter(Boolean);
    const resolvers = own.length ? own.map(urlOf) : RESOLVERS.map(([, url]) => url);
    if (resolvers.includes(undefined)) throw new Error(t`The attribute resolver holds no URL.`);
    const companion = this.companion ? urlOf(this.companion) : undefined;
    if (this.companion && !companion) throw new Error(t`The attribute companion is no URL.`);
    return { resolvers, companion, selectors: '' };
  }

  /** The same as a sentence. */
  #asked() {
    try {
      const { resolvers, companion } = this.settings();
      const names = new Intl.ListFormat(this.speak(), { type: 'disjunction' }).format(resolvers.map((url) => new URL(url).host));
      return companion ? t`DNS is asked of ${names}, mail hosts are probed by ${new URL(companion).host}.`
        : t`DNS is asked of ${names}. Mail hosts are not probed, as a browser cannot do that.`;
    } catch (error) {
      return error.message;
    }
  }

  /** Checks what stands in the field. Resolves with the report; with nothing where there is none. */
  async check() {
    await this.drawn;
    this.cancel();
    const controller = new AbortController();
    const mine = { controller };
    this.#running = mine;
    this.#say(t`Loading …`);
    this.#busy(true);
    try {
      return await this.#run(mine);
    } finally {
      if (this.#running === mine) {
        this.#running = undefined;
        this.#busy(false);
      }
    }
  }

  async #run(mine) {
    const view = await this.part(() => import('./check-view.js'));
    if (!view || this.#running !== mine) return undefined;
    const { input, result } = this.#nodes;
    let settings;
    let read;
    try {
      settings = this.settings();
      read = await view.read(input.value, this);
    } catch (error) {
      this.speak();
      if (this.#running !== mine) return undefined;
      this.#say(error.message, true);
      input.setAttribute('aria-invalid', 'true');
      input.focus();
      return undefined;
    }
    if (this.#running !== mine) return undefined;
    this.speak();
    input.value = read.domain;
    this.#say(read.notice ?? '');
    if (this.#shown?.root !== result) this.#shown = view.shownIn(result, this);
    const stop = this.#watch(settings);
    try {
      const done = await this.#shown.check(read, settings, mine.controller.signal);
      if (done && this.#running === mine) this.tell(done.report);
      return done?.report;
    } catch (error) {
      this.speak();
      if (this.#running === mine) this.#say(t`The check stopped: ${error.message}`, true);
      return undefined;
    } finally {
      stop();
    }
  }

  /** Ends the check that runs; what was seen stays. */
  cancel() {
    this.#running?.controller.abort();
  }

  /** Gone from the page: nobody is asked any more. @protected */
  left() {
    this.cancel();
  }

  /** What the page's own policy keeps us from asking shows in no answer, so it is told here. */
  #watch({ resolvers, companion }) {
    const asked = new Set([...resolvers, companion].filter(Boolean).map((url) => new URL(url).origin));
    const refused = ({ blockedURI, effectiveDirective }) => {
      if (effectiveDirective !== 'connect-src' || !URL.canParse(blockedURI) || !asked.has(new URL(blockedURI).origin)) return;
      this.speak();
      this.#say(t`The content security policy of this page does not let anybody ask ${new URL(blockedURI).host}: its connect-src lacks it.`, true);
    };
    document.addEventListener('securitypolicyviolation', refused);
    return () => document.removeEventListener('securitypolicyviolation', refused);
  }

  /** Says that nothing can be checked here, and shows another way. @protected */
  fail(sentence) {
    this.#say(sentence, true);
    this.#nodes.fallback.hidden = false;
  }

  #say(sentence, wrong = false) {
    const { message, input } = this.#nodes;
    message.textContent = sentence.charAt(0).toUpperCase() + sentence.slice(1);
    message.classList.toggle('wrong', wrong);
    input.removeAttribute('aria-invalid');
  }

  /** Shows one button for the other; the focus goes along. */
  #busy(busy) {
    const { button, cancel } = this.#nodes;
    const [shown, gone] = busy ? [cancel, button] : [button, cancel];
    const had = this.shadowRoot.activeElement === gone;
    shown.hidden = false;
    gone.hidden = true;
    if (had) shown.focus();
  }
}

reflect(MtaStsCheck, MtaStsCheck.texts, MtaStsCheck.switches);
