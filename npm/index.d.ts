import type { Against, Checked, Evidence, Fixed, Level, LintKind, LintReport, ReadDomain, Report, SenderReading } from './types.js';

export type * from './types.js';

/** What a text is, where that is not to be guessed. */
export interface LintOptions {
  kind?: LintKind;
}

/** Whom a check asks. */
export interface CheckOptions {
  /** URLs of DNS resolvers (RFC 8484), tried in this order; those of `RESOLVERS` unless told otherwise. */
  resolvers?: string[];
  /** The address of an `mta-sts serve`, which probes mail hosts. Without it they are not observed. */
  companion?: string;
  /** Selectors to look for DKIM keys under, beside the common ones. */
  selectors?: string[];
  /** Ends the check: the promise is rejected with the signal's reason. */
  signal?: AbortSignal;
  /** Called with a report after every outcome. */
  onReport?: (report: Report) => void;
}

/** What a rule is about. */
export interface Rule {
  /** The highest level that a finding of it can have. */
  level: Level;
  /** What is the case, in general. */
  title: string;
  /** The section the rule stands on. */
  section: string;
  /** Why it matters, in terms of senders. */
  why: string;
  /** What to do about it, in general. */
  fix: string;
  /** A text that sets it off; null for a rule that is about something else than a short text. */
  bad: string | null;
  /** A text that does not. */
  good: string | null;
}

/** Lints a policy, an MTA-STS record or a TLSRPT record. Nobody is asked anything. */
export function lint(text: string | Uint8Array, options?: LintOptions & { /** Whether to say how named senders read it, which takes many times as long. */ senders?: boolean }): Promise<LintReport>;

/** Makes every edit that mends an error or a warning, and says what is left. */
export function fixAll(text: string | Uint8Array, options?: LintOptions): Promise<Fixed>;

/** How named senders and checkers read a text; nobody for a TLSRPT record. */
export function senders(text: string | Uint8Array, options?: LintOptions): Promise<SenderReading[]>;

/** The policy domain in what a person typed. Rejects with a sentence that says what to type instead. */
export function readDomain(typed: string): Promise<ReadDomain>;

/** Checks a domain. DNS and policy are asked for with this process's own `fetch`, mail hosts by the companion. */
export function check(domain: string, options?: CheckOptions): Promise<Checked>;

/** The report on what a check saw, once more. Nobody is asked anything. */
export function replay(evidence: Evidence): Promise<Checked>;

/** Judges a draft as if it were published, by what a check saw. */
export function draftAgainst(evidence: Evidence, text: string | Uint8Array, options?: LintOptions): Promise<Against>;

/** What a rule is about, by its code; nothing where there is no such rule. */
export function explain(code: string): Promise<Rule | undefined>;

/** Every rule, by its code. */
export function rules(): Promise<Record<string, Rule>>;

/** Resolvers that browsers may ask: name and URL. */
export const RESOLVERS: readonly (readonly [name: string, url: string])[];
