// Made from the Rust definitions by `cargo xtask types`; do not edit.
// Fields may be added under the same `schema`. None is renamed or given another meaning.

/** The findings in a text, and whether a sender can use it. */
export interface LintReport {
  /** The version of this JSON shape: 1. */
  schema: number;
  /** What the text was read as. */
  kind: LintKind;
  /** Whether a sender can use it: it is if, and only if, no finding is an error. */
  valid: boolean;
  /** What is wrong or worth knowing, in the order of the text. */
  findings: Finding[];
  /**
   * How named senders and checkers read it, the strict reading of the RFC first; empty where nobody asked, and
   * for TLSRPT records.
   */
  senders?: SenderReading[];
}

export interface Fixed {
  text: string;
  edits: number;
  report: LintReport;
}

/** One row of the matrix: this text, read by that reader. */
export interface SenderReading {
  /** The reader's name. */
  sender: string;
  /** The version this is about. */
  version: string;
  /** Where it is found. */
  source: string;
  /** Whether it gets a policy, or an id, from the text. */
  usable: boolean;
  /** The mode it reads; policies only. */
  mode?: Mode;
  /** How long it keeps the policy, in seconds; policies only. */
  max_age?: number;
  /** The patterns it reads; policies only. */
  mx?: string[];
  /** The id it reads; records only. */
  id?: string;
  /**
   * The domain's mail hosts that none of these patterns is taken for (RFC 8461 §4.1): in a report of a domain that has
   * some, and a policy that is usable and not of mode `none`.
   */
  unmatched?: string[];
  /** Why it is unusable; or, where it is usable, what the reader passed over or made up. */
  why?: string;
}

/** What is said of a domain. */
export interface Report {
  /** The version of the JSON shape: 1. */
  schema: number;
  /** The policy domain. */
  domain: string;
  /** The verdict in one sentence. */
  summary: string;
  /** The `_mta-sts` record. */
  record: RecordReport;
  /** The policy, by the HTTPS side alone. */
  policy: PolicyReport;
  /** What the MX lookup gave. */
  mx_lookup: MxLookup;
  /** The mail hosts, the preferred first. */
  mx: MxReport[];
  /** The `_smtp._tls` record. */
  tlsrpt: TlsrptReport;
  /** What a sender that honours MTA-STS and has nothing cached does. */
  delivery: Delivery;
  /** What a sender that looks at DANE does; nothing where there is no mail host to look at. */
  dane?: DaneVerdict;
  /** SPF, DMARC and DKIM, where they are looked at: not in a quick check, and not before the domain is known to exist. */
  beside?: BesideReport;
  /** What other senders do than those. */
  others?: OtherSender[];
  /** Whether the domain is ready for mode enforce. */
  ready: Readiness;
  /** The policies that senders may still have, where a history of checks says it. */
  held?: Held[];
  /** What is wrong or worth knowing, errors first. */
  findings: Finding[];
  /**
   * How named senders and checkers read the record and the policy; nobody while steps are waiting, as it takes many
   * times as long as the rest.
   */
  senders: SendersReport;
  /** What was done, by whom, and how to repeat it. */
  steps: StepReport[];
  /** How many steps are needed and have no outcome yet: 0 in a finished report. */
  waiting: number;
  /** How many of these can change what senders do; the others only look closer. */
  undecided: number;
}

/** All that was seen of one domain. */
export interface Evidence {
  /** The policy domain. */
  domain: string;
  /** When the check began, in seconds since 1970. */
  now: number;
  /** Every step carried out, in the order the outcomes arrived. */
  entries: Entry[];
  /** What the host program knows of the names in the policy. */
  names?: Names;
  /** Whether one connection to each address of a mail host is all that is to be made, and one fetch of the policy. */
  quick?: boolean;
  /** The selectors of DKIM keys that the user names, beside the common ones. */
  selectors?: string[];
}

export interface Checked {
  report: Report;
  evidence: Evidence;
}

export interface ReadDomain {
  domain: string;
  notice: string | null;
  command: string;
}

/** What a draft comes to on a domain. */
export interface Against {
  /** The version of the JSON shape: 1. */
  schema: number;
  /** What the draft was read as. */
  kind: LintKind;
  /** The report as if the draft were published in place of what is there. */
  report: Report;
  /** The mail hosts, the preferred first, and whether each passes under the draft. */
  mx: MxOutcome[];
  /** The lines of the published text and of the draft; nothing where no published text was seen. */
  diff?: DiffLine[];
  /** Whether the id must change. */
  id: IdAdvice;
}

export interface Made {
  setup: SetUp;
  /** The MX hosts that it goes from. */
  mx: string[];
  /** Whether the domain has a policy that senders take. */
  live: boolean;
  forms: WrittenForm[];
  hostings: WebHost[];
}

/** How it is to be set up, where something else than the usual is wanted. */
export interface Wishes {
  /** The mode; testing where nothing is said, or enforce where the domain enforces already. */
  mode: Mode | null;
  /** Whether a provider's own wider pattern is taken where its guide gives one. */
  wide: boolean;
  /** Where reports go (RFC 8460 §3): `mailto:` and `https:` URIs; the domain's own `tlsrpt` mailbox where nothing is said. */
  reports: string[];
  /** How long resolvers may keep the records, in seconds. */
  ttl: number;
}

export interface Planned {
  plan: Plan;
  /** For each step: when, and what is done, in words. */
  words: StepWords[];
  markdown: string;
  calendar: string;
  held: Held[];
}

/** What a check saw published: a line of a history. */
export interface Published {
  /** When, in seconds since 1970. */
  at: number;
  /** The policy domain. */
  domain: string;
  /** The id of the record; nothing where there was no record that senders take. */
  id?: string;
  /** The policy body; nothing where there was none. */
  body?: string;
  /** The SHA-256 of the body as it was received, in hexadecimal digits. */
  sha256?: string;
}

/** What a text is. */
export type LintKind =
  /** A policy body (RFC 8461 §3.2). */
  | 'policy'
  /** An MTA-STS record (RFC 8461 §3.1). */
  | 'record'
  /** A TLSRPT record (RFC 8460 §3). */
  | 'tlsrpt';

/** Something wrong or worth knowing. */
export interface Finding {
  /** The rule. */
  code: string;
  /** How much it matters. */
  level: Level;
  /** The section the rule stands on. */
  section: string;
  /** What is the case, in general. */
  title: string;
  /** What is the case here. */
  message: string;
  /** What to do about it. */
  fix?: string;
  /** Where it stands, where it stands in a text. */
  at?: At;
  /** The edit that mends it, where it is plain what was meant: this finding goes away and no error comes. */
  edit?: Edit;
}

/** The mode of a policy (RFC 8461 §3.2, §5). */
export type Mode =
  /** A sender must not deliver to a host that fails. */
  | 'enforce'
  /** A sender delivers all the same, and reports. */
  | 'testing'
  /** As if there were no policy. */
  | 'none';

/** The `_mta-sts` record in a report. */
export interface RecordReport {
  /** What became of it. */
  state: RecordState;
  /** Its id, where it is valid. */
  id?: string;
  /** The records that count, each with its strings joined. */
  text: string[];
  /** Other TXT records at that name. */
  set_aside?: string[];
  /** The names that aliases led to. */
  aliases?: string[];
}

/** The policy in a report. */
export interface PolicyReport {
  /** What became of it. */
  state: PolicyState;
  /** The mode, where it is valid. */
  mode?: Mode;
  /** How long senders may keep it, in seconds. */
  max_age?: number;
  /** The patterns, in the order published. */
  mx?: string[];
  /** The body as a WHATWG UTF-8 decoder shows it. */
  body?: string;
  /** How many octets the body has, as received. */
  size?: number;
  /** `Content-Type`, as received. */
  content_type?: string;
  /** The `charset` of that, where it names one. */
  charset?: string;
  /** Where a redirect points, as received; it is not followed. */
  location?: string;
  /** Why it was not observed. */
  reason?: string;
  /** The names that aliases (CNAME) of the policy host lead to. */
  aliases?: string[];
  /** The addresses of the policy host, IPv4 first. */
  addresses?: PolicyAddressReport[];
}

/** What the MX lookup gave. */
export type MxLookup =
  /** MX records. */
  | 'found'
  /** No MX record: the domain itself is the mail host (RFC 5321 §5.1). */
  | 'implicit'
  /** A null MX: the domain accepts no mail (RFC 7505). */
  | 'null'
  /** Neither MX records nor an address. */
  | 'none'
  /** The resolver could not tell. */
  | 'dns-error'
  /** Not asked, or no resolver was reached. */
  | 'not-observed';

/** A mail host in a report. */
export interface MxReport {
  /** The name, as the MX record has it. */
  host: string;
  /** Its preference; 0 for an implicit host. */
  preference: number;
  /** Whether the domain itself takes the place of MX records. */
  implicit: boolean;
  /** Whether the policy admits it; null without a valid policy. */
  matched: boolean | null;
  /** Its addresses. */
  addresses: AddressReport[];
  /** What the host itself comes to. */
  result: SmtpResult;
  /** What a sender reports of it. */
  report: 'sts-policy-invalid' | 'sts-webpki-invalid' | 'sts-policy-fetch-error' | 'mx-not-matched' | SmtpResult | null;
  /** What a sender does with it. */
  action: Action;
  /** What it comes to for a sender that looks at DANE. */
  dane: DaneReport;
  /** Why none of its addresses is known. */
  reason?: string;
}

/** The `_smtp._tls` record in a report. */
export interface TlsrptReport {
  /** What became of it. */
  state: RecordState;
  /** Where reports go, where it is valid. */
  rua?: string[];
  /** The records that count, each with its strings joined. */
  text: string[];
  /** Where reports go, and what DNS says of it; in a whole check of a valid record, and not in a quick one. */
  targets?: TargetReport[];
  /** How many targets more there are, which are not looked at. */
  targets_skipped?: number;
}

/** What a sender does with the domain's mail. */
export type Delivery =
  /** Delivers, over verified TLS or as a test that passes. */
  | 'deliver'
  /** Does not deliver. */
  | 'refuse'
  /** Delivers although a host fails, and reports the failure. */
  | 'deliver-and-report'
  /** Delivers as if there were no MTA-STS. */
  | 'no-sts'
  /** Cannot be told from what was seen. */
  | 'unknown';

/** The verdict of a sender that looks at DANE. That an answer of DNS is authentic is what the resolver says (AD). */
export interface DaneVerdict {
  /** What it does with the mail. */
  delivery: DaneDelivery;
  /** The same in one sentence. */
  sentence: string;
}

/** The records beside MTA-STS. None of them changes what senders do with MTA-STS. */
export interface BesideReport {
  /** SPF (RFC 7208). */
  spf: BesideRecord;
  /** DMARC (RFC 7489, RFC 9989). */
  dmarc: BesideRecord;
  /** DKIM (RFC 6376). */
  dkim: DkimReport;
}

/** Somebody who sends and does not just go by the policy that is published. */
export interface OtherSender {
  /** Who, in a few words. */
  who: string;
  /** What happens to the mail, in one or two sentences. */
  sentence: string;
  /** Where that was read, for a named piece of software. */
  source?: string;
}

/** Whether a domain is ready for mode enforce. */
export interface Readiness {
  /** Whether nothing blocks and all was seen. */
  ready: boolean;
  /** The same in one sentence. */
  sentence: string;
  /** What it comes from, in the order of the report. */
  items: ReadyItem[];
}

/** A policy that senders may have in their caches. */
export interface Held {
  /** Its mode. */
  mode: Mode;
  /** How long a sender keeps it, in seconds. */
  max_age: number;
  /** Its patterns. */
  mx: string[];
  /** The id it was published under, where there was one. */
  id?: string;
  /** When it was first seen published, in seconds since 1970. */
  from: number;
  /** When something else was first seen in its place; nothing where it still stands. */
  replaced?: number;
  /**
   * Until when a sender may have it, at the latest: one that fetched it in the last moment. It moves on with the time where the
   * policy still stands.
   */
  until: number;
  /** Whether what took its place has the same id, so that senders do not look for it before this one expires. */
  unnoticed: boolean;
  /** Today's MX hosts that it does not admit. */
  unmatched: string[];
  /** Whether senders that have it refuse mail today: it is enforced and admits no MX host. */
  refuses: boolean;
}

/** How named senders and checkers read a domain's texts, the strict reading of the RFC first. */
export interface SendersReport {
  /** The TXT records at `_mta-sts`; empty where there are none. */
  record: SenderReading[];
  /** The policy body; empty where there is none. */
  policy: SenderReading[];
  /** What each does with the domain's mail; empty where there is no record or no policy body. */
  delivery?: SenderDelivery[];
}

/** A step in a report: what was done, how to repeat it, and what each witness saw. */
export interface StepReport {
  /** The step. */
  step: Step;
  /** What it is part of. */
  stage: Stage;
  /** The command that repeats it by hand. */
  command: string;
  /** What was seen, by whom. */
  seen: SeenReport[];
  /** Whether it is still under way, for one witness at least. */
  waiting: boolean;
  /** Whether what comes of it can change what senders do. */
  decides: boolean;
}

/** A step, who carried it out, and what came of it. */
export interface Entry {
  /** What was to be done. */
  step: Step;
  /** Who did it. */
  by: Witness;
  /** Through which resolver, where one was asked. */
  via?: string;
  /** How long it took, in milliseconds. */
  took_ms: number;
  /** What came of it. */
  outcome: Outcome;
}

/**
 * What a host program knows of names and the engine, which has no Unicode tables and no list of public
 * suffixes, does not.
 */
export interface Names {
  /** A-labels, each behind the name they were made of (RFC 5890 §2.3.2.1). */
  a_labels: [string, string][];
  /**
   * Which of the names that wildcards stand in front of are public suffixes; `None` where
   * the host has no list, and the few that the engine knows are used.
   */
  public_suffixes: string[] | null;
}

/** What senders make of a mail host under the draft. */
export interface MxOutcome {
  /** The name, as the MX record has it. */
  host: string;
  /** Whether the policy admits it; nothing without a valid policy. */
  matched: boolean | null;
  /** What the host itself comes to. */
  result: SmtpResult;
  /**
   * Whether it passes: false where senders refuse it, or would under `mode: enforce`; nothing where that
   * cannot be told, or no policy is there to ask for anything.
   */
  passes: boolean | null;
  /** Why it does not pass, as the end of a sentence that begins with its name. */
  why?: string;
}

/** A line of the published text or of the draft. */
export interface DiffLine {
  /** What becomes of it. */
  change: LineChange;
  /** The line without its LF, as a WHATWG UTF-8 decoder shows it. */
  text: string;
}

/** Whether the id of the record must change (RFC 8461 §3.1: it is how senders learn of a new policy). */
export interface IdAdvice {
  /** Must it? */
  change: IdChange;
  /** The id that is published, where there is a valid record. */
  published?: string;
  /** The same as a sentence. */
  message: string;
}

/** What is published for a domain. */
export interface SetUp {
  /** The policy domain. */
  domain: string;
  /** The policy body. */
  policy: string;
  /** Its mode. */
  mode: Mode;
  /** The TXT records: `_mta-sts`, and `_smtp._tls` where there is none that can be used. */
  records: Txt[];
  /** How long resolvers may keep them, in seconds. */
  ttl: number;
  /** Why each value is what it is. */
  reasons: SetUpReason[];
  /** What is known of the providers of the MX hosts. */
  notes: SetUpNote[];
}

export interface WrittenForm {
  key: string;
  name: string;
  text: string;
}

export interface WebHost {
  key: string;
  name: string;
}

/** The way from now to what is wanted. */
export interface Plan {
  /** The policy domain. */
  domain: string;
  /** What comes of it, in one sentence. */
  summary: string;
  /** The steps, in order; each when the one before is done. */
  steps: PlanStep[];
}

export interface StepWords {
  time: string;
  changes: ChangeWords[];
}

/** How much a finding matters. The level is a claim about senders. */
export type Level =
  /** A conforming sender gets no usable policy, or refuses or fails mail, because of this. */
  | 'error'
  /** Works for a conforming sender; breaks for a known other one, or at a foreseeable change. */
  | 'warning'
  /** Allowed, and worth knowing. */
  | 'note';

/** A place in one of the texts of a report. */
export interface At extends Place {
  /** Which text. */
  source: Source;
}

/** What to put in place of a part of the text that a finding stands in. */
export interface Edit {
  /** What goes away: half-open, from 0, in the bytes as received. */
  bytes: [number, number];
  /** The same in UTF-16 code units of the text as a WHATWG UTF-8 decoder shows it. */
  utf16: [number, number];
  /** What comes in its place. */
  replacement: string;
}

/** What became of a TXT record. */
export type RecordState =
  /** Exactly one, and it fits the grammar. */
  | 'valid'
  /** None. */
  | 'absent'
  /** Exactly one, and it does not fit the grammar. */
  | 'invalid'
  /** More than one, which counts as none (RFC 8461 §3.1). */
  | 'multiple'
  /** The resolver could not tell. */
  | 'dns-error'
  /** Not asked, or no resolver was reached. */
  | 'not-observed';

/** What became of the policy, by the HTTPS side alone. */
export type PolicyState =
  /** A sender can read it. */
  | 'valid'
  /** There is no policy host, or it answers 404 or 410. */
  | 'absent'
  /** It was fetched and a sender cannot read it. */
  | 'invalid'
  /** It could not be fetched. */
  | 'fetch-error'
  /** The policy host's certificate is not valid. */
  | 'webpki-invalid'
  /** Nobody could look. */
  | 'not-observed';

/** An address of the policy host in a report. */
export interface PolicyAddressReport {
  /** The address. */
  address: string;
  /** What the policy comes to for a sender that connects there. */
  result: PolicyState;
  /** What was seen there, in a few words. */
  seen?: string;
  /** Why it was not observed. */
  reason?: string;
}

/** An address of a mail host in a report. */
export interface AddressReport {
  /** The address. */
  address: string;
  /** What the probe of it comes to. */
  result: SmtpResult;
  /** What a sender does with it. */
  action: Action;
  /** Why it was not observed. */
  reason?: string;
  /** What was seen of its TLS, where a handshake was come to. */
  tls?: TlsReport;
}

/**
 * What a probe of one address comes to: a result-type of RFC 8460 §4.3, or a word of ours where it
 * has none.
 */
export type SmtpResult =
  /** A sender can deliver over verified TLS. */
  | 'ok'
  /** STARTTLS is not offered, or refused. */
  | 'starttls-not-supported'
  /** The certificate does not name the host. */
  | 'certificate-host-mismatch'
  /** The certificate has expired. */
  | 'certificate-expired'
  /** The certificate is not trusted, or not yet. */
  | 'certificate-not-trusted'
  /** TLS fails for another reason. */
  | 'validation-failure'
  /** No usable SMTP session; RFC 8460 has no type for it. */
  | 'connect-failed'
  /** Nobody could look. */
  | 'not-observed';

/** What a sender that honours MTA-STS does with a host, or one address of it, once it is led there. */
export interface Action {
  /** What it does. */
  does: Does;
  /** The result-type it reports (RFC 8460 §4.3); nothing where it reports nothing, or there is no type for it. */
  reports?: string;
  /** The same in one sentence. */
  sentence: string;
}

/** What a mail host comes to by its TLSA records (RFC 7672). None of it changes the host's result. */
export interface DaneReport {
  /** What it comes to. */
  state: DaneState;
  /** The result-type a sender reports (RFC 8460 §4.3); nothing where it reports nothing. */
  report?: string;
  /** What a sender reports that delivers nowhere without DANE. */
  required?: string;
  /** The host whose records they are. */
  base?: string;
  /** The TLSA records. */
  records?: TlsaReport[];
}

/** A place that TLS reports are sent to, in a report. It is looked up in DNS, and never contacted. */
export interface TargetReport {
  /** The URI, as published. */
  uri: string;
  /** The mail address, decoded. */
  address?: string;
  /** The name that is looked up. */
  name?: string;
  /** What became of it. */
  state: TargetState;
  /** The hosts that take the mail, the preferred first; without MX records, and of `https`, the addresses. */
  found?: string[];
  /** Why it was not observed. */
  reason?: string;
  /** What was seen of it, in a few words. */
  seen: string;
}

/** What a sender that looks at DANE does with the mail. */
export type DaneDelivery =
  /** Delivers by DANE, whatever MTA-STS says. */
  | 'deliver'
  /** Does not deliver. */
  | 'refuse'
  /** Goes by MTA-STS. */
  | 'sts'
  /** Cannot be told from what was seen. */
  | 'unknown';

/** SPF or DMARC in a report. */
export interface BesideRecord {
  /** What became of it. */
  state: BesideState;
  /** The record, where there is exactly one. */
  text?: string;
  /** The same in words. */
  sentence: string;
}

/** DKIM in a report. */
export interface DkimReport {
  /** What became of it. */
  state: BesideState;
  /** The selectors that have a key. */
  selectors: string[];
  /** The same in words. */
  sentence: string;
}

/** One thing that has to be right. */
export interface ReadyItem {
  /** What it is about: `record`, `policy`, a host, or an address of one. */
  about: string;
  /** Whether it is. */
  state: ReadyState;
  /** The same in words, as the end of a sentence that begins with what it is about. */
  what: string;
}

/**
 * What a named sender does with the domain's mail: by its own reading of record and policy, and by what the mail hosts come to for
 * everybody.
 */
export interface SenderDelivery {
  /** The sender's name. */
  sender: string;
  /** The version this is about. */
  version: string;
  /** What it does. */
  delivery: Delivery;
  /** Why, where it gets no policy. */
  why?: string;
}

/**
 * Something a host program does for the engine. With `Outcome` it is the whole protocol between
 * the two, in one process and over the companion's HTTP API alike.
 */
export type Step =
  /** Ask a resolver. */
  | { dns: {
    /** The owner name, in presentation format. */
    name: string;
    /** The record type. */
    rrtype: RecordType;
    /** With checking disabled: asked a second time after SERVFAIL, to tell DNSSEC apart. */
    cd: boolean;
  } }
  /** Fetch the policy body of a domain (RFC 8461 §3.3). */
  | { policy: {
    /** The policy domain. */
    domain: string;
  } }
  /**
   * Fetch the policy body from one address of the policy host, whatever the others give. Senders connect to any of
   * them.
   */
  | { 'policy-address': {
    /** The policy domain. */
    domain: string;
    /** The address to connect to. */
    address: string;
  } }
  /**
   * Fetch the policy body once more, with what a browser says of itself (`BROWSER_AGENT`): asked for where the ordinary
   * fetch is turned away, to tell whether that is for the name it gave itself.
   */
  | { 'policy-as-browser': {
    /** The policy domain. */
    domain: string;
  } }
  /** Probe one address of a mail host: connect to port 25, STARTTLS, look at the certificate. */
  | { smtp: {
    /** The policy domain, whose mail host it is. */
    domain: string;
    /** The MX host, sent as SNI. */
    host: string;
    /** The address to connect to. */
    address: string;
  } }
  /**
   * Connect once more to an address whose probe gave its result, with another ClientHello. What comes of it changes
   * nothing of that result.
   */
  | { tls: {
    /** The policy domain, whose mail host it is. */
    domain: string;
    /** The MX host. */
    host: string;
    /** The address to connect to. */
    address: string;
    /** What is sent. */
    hello: Hello;
  } };

/** The stages a person thinks in. */
export type Stage =
  /** The `_mta-sts` record. */
  | 'record'
  /** The policy host and the policy. */
  | 'policy'
  /** The MX records. */
  | 'mx'
  /** The mail hosts: their addresses and the probes. */
  | 'hosts'
  /** The `_smtp._tls` record. */
  | 'tlsrpt'
  /** SPF, DMARC and DKIM. */
  | 'beside';

/** What one witness saw of a step. */
export interface SeenReport {
  /** Who. */
  by: Witness;
  /** Through which resolver, where one was asked. */
  via?: string;
  /** How long it took, in milliseconds. */
  took_ms: number;
  /** What came of it, in one line. */
  text: string;
  /** More of it, line by line: the SMTP transcript, the certificate. */
  lines?: string[];
}

/** Who carried out a step. */
export type Witness =
  /** The visitor's browser: its own trust store, its own network, and only what CORS lets it see. */
  | 'browser'
  /** The companion server. */
  | 'companion'
  /** This process, at a terminal. */
  | 'terminal';

/** What came of a step. */
export type Outcome =
  /** A DNS message, as received. */
  | { message: string }
  /** An HTTP response. */
  | { http: HttpAnswer }
  /** An SMTP session, as far as it went. */
  | { session: Session }
  /** What a server answers to a client of old versions. */
  | { 'old-tls': OldTls }
  /** None of these, and which way it failed. */
  | { failed: Failure };

/** What becomes of a line. */
export type LineChange =
  /** It stands in both. */
  | 'kept'
  /** It is published and not in the draft. */
  | 'removed'
  /** It is in the draft and not published. */
  | 'added';

/** Whether the id must change. */
export type IdChange =
  /** Senders that have the policy would not see the draft. */
  | 'must'
  /** The draft says what is published, or brings an id of its own. */
  | 'no'
  /** There is no valid record, so none has an id yet. */
  | 'first'
  /** What is published was not seen. */
  | 'unknown'
  /** The draft is about TLS reports, which have no id. */
  | 'none';

/** A TXT record. */
export interface Txt {
  /** The part of the owner name in front of the domain. */
  label: string;
  /** The owner name. */
  name: string;
  /** The text. */
  text: string;
}

/** A value, and why it is that. */
export interface SetUpReason {
  /** The value, as it is published. */
  value: string;
  /** Why. */
  why: string;
}

/** What has to be known of an MX host, or of some hosts of one provider. */
export interface SetUpNote {
  /** The provider, or the host where it is nobody known. */
  about: string;
  /** The hosts. */
  hosts: string[];
  /** What has to be known, in a few sentences. */
  text: string;
  /** Whether it says what to do instead of publishing what was made. */
  instead: boolean;
  /** Where that was read. */
  source?: string;
}

/** One step of a plan. */
export interface PlanStep {
  /** What it is, as an instruction of a few words. */
  title: string;
  /** The earliest time for it, in seconds since 1970. */
  at: number;
  /** Why not sooner; nothing where it may follow the step before at once. */
  wait?: Wait;
  /** What is put up or taken down. */
  changes: PlanChange[];
  /** Why, in terms of what senders do. */
  why: string;
  /** The command that shows whether it is done. */
  check: string;
}

export interface ChangeWords {
  sentence: string;
  text: string | null;
}

/** The texts of a report. */
export type Source =
  /** The joined text of the `_mta-sts` record. */
  | 'record'
  /** The policy body. */
  | 'policy'
  /** The names of the mail hosts, one on each line, in the order of the report. */
  | 'mx'
  /** The joined text of the `_smtp._tls` record. */
  | 'tlsrpt';

/**
 * Where a span stands, in the four ways a reader may want it.
 *
 * Lines end with LF. Columns count code points, and `utf16` code units, of the text as a
 * WHATWG UTF-8 decoder shows it (`decode`): without a byte order mark, and with one U+FFFD
 * for each malformed sequence.
 */
export interface Place {
  /** Counted from 1. */
  line: number;
  /** Counted from 1, in code points. */
  column: number;
  /** Half-open, from 0, in the bytes as received. */
  bytes: [number, number];
  /** Half-open, from 0, in UTF-16 code units of the decoded text. */
  utf16: [number, number];
}

/** The TLS of an address in a report. None of it but a certificate's faults makes the result. */
export interface TlsReport {
  /** `TLSv1.2` or `TLSv1.3`, as chosen of both; nothing where the handshake fails. */
  version?: string;
  /** The cipher suite, by its IANA name. */
  cipher?: string;
  /** Whether TLS 1.2 is taken, where that was seen. */
  tls12?: boolean;
  /** Whether TLS 1.3 is taken, where that was seen. */
  tls13?: boolean;
  /** The version that is chosen of TLS 1.0 to 1.2, where the handshake fails and that was seen. */
  old?: string;
  /** What a client that sends no server name is shown: `same`, `other` (certificate) or `fails`. */
  without_sni?: string;
  /** The last second the certificate is valid, in seconds since 1970. */
  not_after?: number;
}

/** What a sender does at a host or an address. */
export type Does =
  /** Delivers, over TLS that it has verified. */
  | 'deliver'
  /** Delivers as if there were no MTA-STS. */
  | 'deliver-unverified'
  /** Goes on to another address or host. */
  | 'next-host'
  /** Keeps the mail, tries again, and returns it in the end. */
  | 'defer'
  /** Cannot be told from what was seen. */
  | 'unknown';

/** What a mail host comes to for a sender that looks at DANE. */
export type DaneState =
  /** A TLSA record matches. */
  | 'ok'
  /** None does, or there is no TLS: the sender does not deliver there. */
  | 'failed'
  /** The sender can use none of the TLSA records: TLS is a must, and goes unauthenticated (RFC 7672 §2.2). */
  | 'unusable'
  /** There are no TLSA records. */
  | 'none'
  /** The resolver does not say that it validated them, or the host's addresses. */
  | 'insecure'
  /** The resolver could not tell: the sender does not deliver there (RFC 7672 §2.1.2). */
  | 'dns-error'
  /** Nobody could look. */
  | 'not-observed';

/** A TLSA record in a report. */
export interface TlsaReport {
  /** As in a zone file: usage, selector, matching type, data. */
  text: string;
  /** Whether senders can use it. */
  usable: boolean;
  /** Whether it is of a certificate that one of the addresses shows; null where none was seen. */
  matches: boolean | null;
}

/** What became of a target. */
export type TargetState =
  /** There are MX records, or an address of the host. */
  | 'found'
  /** No MX record, and an address: the domain itself is the mail host (RFC 5321 §5.1). */
  | 'implicit'
  /** A null MX: the domain accepts no mail (RFC 7505). */
  | 'null'
  /** The name does not exist. */
  | 'no-domain'
  /** Neither MX records nor an address; of `https`, no address. Or no name at all. */
  | 'none'
  /** The resolver could not tell. */
  | 'dns-error'
  /** Not asked, or no resolver was reached. */
  | 'not-observed';

/** What became of one of them. */
export type BesideState =
  /** It is there. */
  | 'found'
  /** It is not there. */
  | 'absent'
  /** It is there, and nobody can use it. */
  | 'broken'
  /** None of the selectors tried has a DKIM key; another may. */
  | 'none-of-these'
  /** Not asked, or the resolver could not tell. */
  | 'not-observed';

/** Whether something is as it has to be. */
export type ReadyState =
  /** It is. */
  | 'passes'
  /** It is not: enforced, mail would be refused, or nothing would be enforced. */
  | 'blocks'
  /** It could not be seen. */
  | 'unseen';

/** A record type the check asks for. */
export type RecordType =
  /** An IPv4 address (RFC 1035 §3.4.1). */
  | 'A'
  /** An IPv6 address (RFC 3596 §2.1). */
  | 'AAAA'
  /** A mail exchange (RFC 1035 §3.3.9). */
  | 'MX'
  /** Text strings (RFC 1035 §3.3.14). */
  | 'TXT'
  /** What a server's certificate must match (RFC 6698 §2.1). */
  | 'TLSA';

/** Which ClientHello a connection beyond the first sends. */
export type Hello =
  /** One without a server name (RFC 6066 §3), as senders connect that do not honour MTA-STS. */
  | 'nameless'
  /** One that offers TLS 1.2 alone. */
  | 'tls12'
  /** One that offers TLS 1.0 to 1.2 with the cipher suites of old servers. No handshake is completed. */
  | 'old';

/** The response to the policy fetch. Redirects are not followed (RFC 8461 §3.3). */
export interface HttpAnswer {
  /** The status code. */
  status: number;
  /** `Content-Type`, as received. */
  content_type: string | null;
  /** `Content-Encoding`; none was accepted. */
  content_encoding: string | null;
  /** `Location`, where a redirect points. */
  location: string | null;
  /** The body. */
  body: string;
  /** The address that answered; unknown to a browser. */
  address: string | null;
  /** The TLS connection; unknown to a browser. */
  tls: TlsSeen | null;
  /** `HTTP/1.0`, `HTTP/1.1` or `HTTP/2`; unknown to a browser. */
  http_version?: string;
  /**
   * The header fields in the order they came, at most `MAX_FIELDS` of them and `MAX_FIELD_OCTETS` octets; unknown to
   * a browser.
   */
  headers?: HeaderField[];
  /** How many header fields more there were. */
  headers_left_out?: number;
  /** How long each stage of the fetch took, in order; unknown to a browser. */
  stages?: FetchTime[];
}

/** An SMTP session up to where it ended. */
export interface Session {
  /** The stage it ended at: the first one that was not completed. */
  stage: SmtpStage;
  /** How it ended. */
  end: SessionEnd;
  /** The connection behind STARTTLS, where the handshake was completed. */
  tls?: TlsSeen;
  /** Whether plaintext arrived between the `220` to STARTTLS and the handshake. It was thrown away. */
  injected: boolean;
  /** What was said, in order; bounded, and with control characters escaped. */
  transcript: Said[];
  /** How long each stage took that was begun, in order; the one the session ended at is the last. */
  stages?: StageTime[];
}

/**
 * What a server answers to a ClientHello of TLS 1.0 to 1.2 with the cipher suites of old servers. No handshake was
 * completed.
 */
export interface OldTls {
  /** The version it chose: `TLSv1.0`, `TLSv1.1`, `TLSv1.2` or `SSLv3`. */
  version: string;
  /** The cipher suite it chose, by its IANA name. */
  cipher: string;
  /** The certificates as sent, the server's own first; they are not judged. */
  chain: Certificate[];
}

/** Which way a step failed. */
export type Failure =
  /** The name does not exist. */
  | 'nx-domain'
  /** The name has no address. */
  | 'no-address'
  /** The resolver answered with an error while a host looked up addresses. */
  | { dns: {
    /** The response code; none for a timeout. */
    rcode: number | null;
  } }
  /** The guard does not let this address be dialled. */
  | { guarded: {
    /** The address. */
    address: string;
    /** What kind of address it is. */
    class: string;
  } }
  /** Whoever runs it asked the operator of this server not to dial it. */
  | { 'opted-out': {
    /** What was not dialled: a domain, a host or an address. */
    name: string;
  } }
  /** No answer to the connection attempt. */
  | { 'connect-timeout': {
    /** Whether this process has reached that port over that address family before. */
    proven: boolean;
  } }
  /**
   * No answer to the connection attempt, which shows nothing: this process has found that its network lets no
   * connection to port 25 out.
   */
  | { 'port-blocked': {
    /** The host at which that was found: it takes mail, and was not reached either. */
    tested: string;
  } }
  /** This machine has no route to the address. */
  | { 'no-route': {
    /** Whether this process has reached that port over that address family before. */
    proven: boolean;
  } }
  /** The connection was refused. */
  | 'refused'
  /** The connection was closed before the answer was whole. */
  | 'closed'
  /** Connected, and no whole answer in time. */
  | 'timeout'
  /** The TLS handshake failed, though not by its certificate. */
  | { tls: {
    /** The alert or error, in the library's words. */
    detail: string;
  } }
  /** The certificate is not valid for the host. */
  | { certificate: {
    /** The connection, with the faults. */
    tls: TlsSeen;
  } }
  /** An answer that is none. */
  | { malformed: {
    /** What is wrong with it. */
    detail: string;
  } }
  /** More than 64 KiB of body. */
  | 'too-large'
  /** A browser's fetch failed, and it does not say at what: DNS, TLS, the network or CORS. */
  | 'opaque'
  /** A browser reached the site over HTTPS it accepts, and may not read the answer. */
  | 'opaque-answer'
  /** A browser was redirected, and may not see where to. */
  | 'opaque-redirect'
  /** There is nobody to carry the step out. */
  | 'no-companion'
  /** The companion answered with a problem (RFC 9457). */
  | { companion: {
    /** Its title and detail. */
    detail: string;
  } }
  /** The resolver or the companion could not be reached. */
  | { unreachable: {
    /** What happened. */
    detail: string;
  } };

/** Why a step is not taken at once. */
export interface Wait {
  /** Until when, in seconds since 1970. */
  until: number;
  /** What has to be over by then. */
  reason: string;
}

/** Something that is put up or taken down. */
export type PlanChange =
  /** The policy body is served at this URL instead of what was there. */
  | {
    what: 'policy';
    /** Where. */
    url: string;
    /** The body. */
    body: string;
  }
  /** A TXT record, instead of the one at that name where there is one. */
  | {
    what: 'record';
    /** The owner name. */
    name: string;
    /** The text. */
    text: string;
    /** Whether it takes the place of another one there. */
    replaces: boolean;
  }
  /** No TXT record of MTA-STS at that name any more. */
  | {
    what: 'no-record';
    /** The owner name. */
    name: string;
  }
  /** No policy any more at that URL. */
  | {
    what: 'no-policy';
    /** Where it was. */
    url: string;
  }
  /** An MX record more. */
  | {
    what: 'add-mx';
    /** Its preference. */
    preference: number;
    /** The host. */
    host: string;
  }
  /** An MX record less. */
  | {
    what: 'remove-mx';
    /** The host. */
    host: string;
  }
  /** Something at a mail host is mended. */
  | {
    what: 'mend';
    /** Which host, or address of it. */
    about: string;
    /** What is the matter with it, as the end of a sentence that begins with that. */
    fault: string;
  }
  /** The host need not take this domain's mail any more. */
  | {
    what: 'release';
    /** The host. */
    host: string;
  }
  /** The policy is served from the new place as well, under its own name there. */
  | {
    what: 'copy-policy';
    /** The body, as it is. */
    body: string;
  }
  /** The policy host leads to the new place. */
  | {
    what: 'move-policy-host';
    /** Its name. */
    name: string;
  }
  /** The old place of the policy is given up. */
  | { what: 'release-policy-host' };

/** A TLS connection and what is wrong with its certificate. */
export interface TlsSeen {
  /** `TLSv1.2` or `TLSv1.3`. */
  version: string;
  /** The cipher suite, by its IANA name. */
  cipher: string;
  /** The certificates as sent, the server's own first. */
  chain: Certificate[];
  /** Every fault found, each looked for on its own. */
  faults: CertificateFault[];
  /** The subject of the trust anchor that the chain leads to, where it leads to one. */
  anchor?: string;
}

/** A header field of an HTTP answer. */
export interface HeaderField {
  /** Its name, in small letters. */
  name: string;
  /** Its value; octets that are no UTF-8 are replaced. */
  value: string;
}

/** How long a stage of a policy fetch took. */
export interface FetchTime {
  /** The stage. */
  stage: FetchStage;
  /** How long, in milliseconds. */
  took_ms: number;
}

/** The stages of a probe, in order. */
export type SmtpStage =
  /** The TCP connection. A session has it behind it; where it fails there is none. */
  | 'connect'
  /** The greeting. */
  | 'banner'
  /** `EHLO`. */
  | 'ehlo'
  /** `STARTTLS`, up to its reply. */
  | 'starttls'
  /** The TLS handshake. */
  | 'handshake'
  /** `EHLO` over TLS. */
  | 'ehlo-after-tls'
  /** All of it. */
  | 'done';

/** How a session ended. */
export type SessionEnd =
  /** Nothing was missing. */
  | 'complete'
  /** A reply that refuses. */
  | { refused: {
    /** The reply code (RFC 5321 §4.2). */
    code: number;
  } }
  /** `EHLO` was refused and `HELO` accepted: without EHLO there is no STARTTLS. */
  | 'helo-only'
  /** The reply to `EHLO` does not list STARTTLS. */
  | 'not-offered'
  /** The server closed the connection. */
  | 'closed'
  /** No reply in time. */
  | 'silent'
  /** A reply longer than any server needs. */
  | 'too-long'
  /** Something that is no SMTP reply. */
  | 'not-smtp'
  /** The TLS handshake failed. */
  | { tls: {
    /** The alert or error, in the library's words. */
    detail: string;
    /** Whether the server answered that it speaks none of the versions offered. */
    old_version: boolean;
  } };

/** A line of the transcript. */
export interface Said {
  /** Whether we said it. */
  us: boolean;
  /** The line, without its end. */
  text: string;
}

/** How long a stage of a probe took. */
export interface StageTime {
  /** The stage. */
  stage: SmtpStage;
  /** How long, in milliseconds. */
  took_ms: number;
}

/** A certificate, as far as reports and rules look at it. */
export interface Certificate {
  /** The subject's distinguished name. */
  subject: string;
  /** The issuer's distinguished name. */
  issuer: string;
  /** The DNS-IDs of the subject alternative name: the only names that count. */
  dns_ids: string[];
  /** The addresses of the subject alternative name: no name of a mail host matches them (RFC 8461 §4.2). */
  addresses?: string[];
  /** The key: its algorithm and size, such as `RSA 2048` or `EC P-256`. */
  key?: string;
  /** The algorithm it is signed with, such as `sha256WithRSAEncryption`. */
  signature?: string;
  /** The SHA-256 of the certificate, in hexadecimal. */
  sha256?: string;
  /** Valid from, in seconds since 1970. */
  not_before: number;
  /** Valid until, in seconds since 1970. */
  not_after: number;
  /**
   * Whether the server's own certificate can be verified with this one as the only trust anchor, as DANE-TA asks
   * (RFC 7672 §3.1.2). Of the server's own nothing is said.
   */
  anchors?: boolean;
  /** The certificate itself. */
  der: string;
}

/** What is wrong with a certificate chain (RFC 8461 §3.3, §4.2). */
export type CertificateFault =
  /** No DNS-ID names the host. */
  | 'host-mismatch'
  /** Past its end, or that of a certificate it needs. */
  | { expired: {
    /** In seconds since 1970. */
    not_after: number;
    /** The subject of the certificate it needs; nothing where it is the server's own. */
    subject?: string;
  } }
  /** Before its begin, or that of a certificate it needs. */
  | { 'not-yet-valid': {
    /** In seconds since 1970. */
    not_before: number;
    /** The subject of the certificate it needs; nothing where it is the server's own. */
    subject?: string;
  } }
  /** Signed by its own key. */
  | 'self-signed'
  /** No chain to a trust anchor. */
  | 'unknown-issuer'
  /**
   * The server sends its own certificate alone. The authority that issued it is no trust anchor, and the certificate says
   * where that one's certificate is to be had, so most probably the intermediate is all that is missing (RFC 5246
   * §7.4.2: each certificate but the root is to be sent).
   */
  | { 'missing-intermediate': {
    /** Who issued it. */
    issuer: string;
    /** Where the certificate says that the issuer's is to be had (RFC 5280 §4.2.2.1). It is not fetched. */
    url: string;
  } }
  /** Another reason not to trust it, in the verifier's words. */
  | { untrusted: {
    /** The reason. */
    why: string;
  } };

/** The stages of a policy fetch, in order. */
export type FetchStage =
  /** The lookup of the policy host's addresses; a fetch from one given address has none. */
  | 'lookup'
  /** The TCP connection. */
  | 'connect'
  /** The TLS handshake. */
  | 'handshake'
  /** From the request to the head of the answer. */
  | 'answer'
  /** The body. Where the status is not 200 it is not waited for, and there is no such stage. */
  | 'body';
