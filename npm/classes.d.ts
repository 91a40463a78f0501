import type { LintKind, LintReport, Report } from './types.js';

/** The events of `<mta-sts-check>`: beside those of every element, that a check has come to its end. */
export interface MtaStsCheckEventMap extends HTMLElementEventMap {
  'mta-sts-report': CustomEvent<Report>;
}

/** The events of `<mta-sts-lint>`: beside those of every element, that a text was linted and the typing rests. */
export interface MtaStsLintEventMap extends HTMLElementEventMap {
  'mta-sts-report': CustomEvent<LintReport>;
}

/** `<mta-sts-check>`. Its properties are its attributes; see the package's README. */
export class MtaStsCheck extends HTMLElement {
  domain: string;
  companion: string;
  resolver: string;
  checker: string;
  theme: '' | 'light' | 'dark';
  autorun: boolean;
  /** The report of the last check that came to its end. */
  readonly report: Report | undefined;
  /** Checks what stands in the field. Resolves with nothing where there is no report: bad input, cancelled, refused. */
  check(): Promise<Report | undefined>;
  /** Ends the check that runs. */
  cancel(): void;
  addEventListener<K extends keyof MtaStsCheckEventMap>(type: K, listener: (this: MtaStsCheck, event: MtaStsCheckEventMap[K]) => unknown, options?: boolean | AddEventListenerOptions): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
  removeEventListener<K extends keyof MtaStsCheckEventMap>(type: K, listener: (this: MtaStsCheck, event: MtaStsCheckEventMap[K]) => unknown, options?: boolean | EventListenerOptions): void;
  removeEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | EventListenerOptions): void;
}

/** `<mta-sts-lint>`. Its properties are its attributes; see the package's README. */
export class MtaStsLint extends HTMLElement {
  kind: '' | LintKind;
  checker: string;
  theme: '' | 'light' | 'dark';
  autorun: boolean;
  /** The text in the field. */
  text: string;
  /** The report on the text as it was linted last. */
  readonly report: LintReport | undefined;
  /** Lints the text. */
  lint(): Promise<LintReport | undefined>;
  /** Makes every edit that is sure to be right. */
  fix(): Promise<void>;
  addEventListener<K extends keyof MtaStsLintEventMap>(type: K, listener: (this: MtaStsLint, event: MtaStsLintEventMap[K]) => unknown, options?: boolean | AddEventListenerOptions): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
  removeEventListener<K extends keyof MtaStsLintEventMap>(type: K, listener: (this: MtaStsLint, event: MtaStsLintEventMap[K]) => unknown, options?: boolean | EventListenerOptions): void;
  removeEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | EventListenerOptions): void;
}
