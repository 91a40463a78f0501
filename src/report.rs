//! The outward shape of a report: plain fields, JSON by serde. Fields may be added; none is renamed
//! or given another meaning without a new `schema`.

use std::net::IpAddr;

use serde::Serialize;

use crate::command;
use crate::dns::{Data, Kind, Message, Name, rcode_name};
use crate::evidence::{
    Bytes, Entry, Evidence, Failure, HttpAnswer, Nameless, OldTls, Outcome, Session, SmtpResult, Step,
    TlsSeen, Witness,
};
use crate::facts::{
    AddressFacts, AddressLookup, DaneState, Facts, HostFacts, MxLookup, PolicyAddressFacts, PolicyState,
    RecordState, TxtFacts,
};
pub use crate::finding::{At, Edit, Finding, SCHEMA, Source};
use crate::finding::{by_level, text_findings};
use crate::heard;
use crate::history::Held;
use crate::name::Names;
use crate::policy::Mode;
use crate::ready::{Readiness, ReadyItem, Standing};
use crate::record::RecordKind;
use crate::rules::{self, At as HitAt, Level};
use crate::say::say;
use crate::senders::SenderReading;
use crate::span::{Span, decode, places};
use crate::verdict::{Action, DaneDelivery, DaneVerdict, Delivery, OtherSender, Reported, Verdict};
use crate::words::{day, quoted, visible};

mod beside;
mod rua;
mod senders;

pub use self::beside::{BesideRecord, BesideReport, DkimReport};
pub use self::rua::TargetReport;
pub use self::senders::SenderDelivery;

/// What is said of a domain.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The version of the JSON shape: 1.
    pub schema: u32,
    /// The policy domain.
    pub domain: String,
    /// The verdict in one sentence.
    pub summary: String,
    /// The `_mta-sts` record.
    pub record: RecordReport,
    /// The policy, by the HTTPS side alone.
    pub policy: PolicyReport,
    /// What the MX lookup gave.
    pub mx_lookup: MxLookup,
    /// The mail hosts, the preferred first.
    pub mx: Vec<MxReport>,
    /// The `_smtp._tls` record.
    pub tlsrpt: TlsrptReport,
    /// What a sender that honours MTA-STS and has nothing cached does.
    pub delivery: Delivery,
    /// What a sender that looks at DANE does; nothing where there is no mail host to look at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dane: Option<DaneVerdict>,
    /// SPF, DMARC and DKIM, where they are looked at: not in a quick check, and not before the domain is known to exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beside: Option<BesideReport>,
    /// What other senders do than those.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<OtherSender>,
    /// Whether the domain is ready for mode enforce.
    pub ready: Readiness,
    /// The policies that senders may still have, where a history of checks says it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<Held>,
    /// What is wrong or worth knowing, errors first.
    pub findings: Vec<Finding>,
    /// How named senders and checkers read the record and the policy; nobody while steps are waiting, as it takes many
    /// times as long as the rest.
    pub senders: SendersReport,
    /// What was done, by whom, and how to repeat it.
    pub steps: Vec<StepReport>,
    /// How many steps are needed and have no outcome yet: 0 in a finished report.
    pub waiting: usize,
    /// How many of these can change what senders do; the others only look closer.
    pub undecided: usize,
}

/// How named senders and checkers read a domain's texts, the strict reading of the RFC first.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SendersReport {
    /// The TXT records at `_mta-sts`; empty where there are none.
    pub record: Vec<SenderReading>,
    /// The policy body; empty where there is none.
    pub policy: Vec<SenderReading>,
    /// What each does with the domain's mail; empty where there is no record or no policy body.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub delivery: Vec<SenderDelivery>,
}

/// The `_mta-sts` record in a report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecordReport {
    /// What became of it.
    pub state: RecordState,
    /// Its id, where it is valid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The records that count, each with its strings joined.
    pub text: Vec<String>,
    /// Other TXT records at that name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub set_aside: Vec<String>,
    /// The names that aliases led to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
}

/// The policy in a report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PolicyReport {
    /// What became of it.
    pub state: PolicyState,
    /// The mode, where it is valid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// How long senders may keep it, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u32>,
    /// The patterns, in the order published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mx: Option<Vec<String>>,
    /// The body as a WHATWG UTF-8 decoder shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// How many octets the body has, as received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<usize>,
    /// `Content-Type`, as received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// The `charset` of that, where it names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charset: Option<String>,
    /// Where a redirect points, as received; it is not followed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Why it was not observed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// The names that aliases (CNAME) of the policy host lead to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// The addresses of the policy host, IPv4 first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<PolicyAddressReport>,
}

/// An address of the policy host in a report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PolicyAddressReport {
    /// The address.
    pub address: IpAddr,
    /// What the policy comes to for a sender that connects there.
    pub result: PolicyState,
    /// What was seen there, in a few words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen: Option<String>,
    /// Why it was not observed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
}

/// A mail host in a report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MxReport {
    /// The name, as the MX record has it.
    pub host: String,
    /// Its preference; 0 for an implicit host.
    pub preference: u16,
    /// Whether the domain itself takes the place of MX records.
    pub implicit: bool,
    /// Whether the policy admits it; null without a valid policy.
    pub matched: Option<bool>,
    /// Its addresses.
    pub addresses: Vec<AddressReport>,
    /// What the host itself comes to.
    pub result: SmtpResult,
    /// What a sender reports of it.
    pub report: Option<Reported>,
    /// What a sender does with it.
    pub action: Action,
    /// What it comes to for a sender that looks at DANE.
    pub dane: DaneReport,
    /// Why none of its addresses is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
}

/// What a mail host comes to by its TLSA records (RFC 7672). None of it changes the host's result.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DaneReport {
    /// What it comes to.
    pub state: DaneState,
    /// The result-type a sender reports (RFC 8460 §4.3); nothing where it reports nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<&'static str>,
    /// What a sender reports that delivers nowhere without DANE.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required: Option<&'static str>,
    /// The host whose records they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// The TLSA records.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<TlsaReport>,
}

/// A TLSA record in a report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TlsaReport {
    /// As in a zone file: usage, selector, matching type, data.
    pub text: String,
    /// Whether senders can use it.
    pub usable: bool,
    /// Whether it is of a certificate that one of the addresses shows; null where none was seen.
    pub matches: Option<bool>,
}

/// An address of a mail host in a report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AddressReport {
    /// The address.
    pub address: IpAddr,
    /// What the probe of it comes to.
    pub result: SmtpResult,
    /// What a sender does with it.
    pub action: Action,
    /// Why it was not observed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// What was seen of its TLS, where a handshake was come to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsReport>,
}

/// The TLS of an address in a report. None of it but a certificate's faults makes the result.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TlsReport {
    /// `TLSv1.2` or `TLSv1.3`, as chosen of both; nothing where the handshake fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The cipher suite, by its IANA name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cipher: Option<String>,
    /// Whether TLS 1.2 is taken, where that was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls12: Option<bool>,
    /// Whether TLS 1.3 is taken, where that was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls13: Option<bool>,
    /// The version that is chosen of TLS 1.0 to 1.2, where the handshake fails and that was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// What a client that sends no server name is shown: `same`, `other` (certificate) or `fails`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without_sni: Option<&'static str>,
    /// The last second the certificate is valid, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_after: Option<i64>,
}

/// The `_smtp._tls` record in a report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TlsrptReport {
    /// What became of it.
    pub state: RecordState,
    /// Where reports go, where it is valid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rua: Option<Vec<String>>,
    /// The records that count, each with its strings joined.
    pub text: Vec<String>,
    /// Where reports go, and what DNS says of it; in a whole check of a valid record, and not in a quick one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<TargetReport>,
    /// How many targets more there are, which are not looked at.
    #[serde(skip_serializing_if = "is_zero")]
    pub targets_skipped: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// A step in a report: what was done, how to repeat it, and what each witness saw.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepReport {
    /// The step.
    pub step: Step,
    /// What it is part of.
    pub stage: Stage,
    /// The command that repeats it by hand.
    pub command: String,
    /// What was seen, by whom.
    pub seen: Vec<SeenReport>,
    /// Whether it is still under way, for one witness at least.
    pub waiting: bool,
    /// Whether what comes of it can change what senders do.
    pub decides: bool,
}

/// The stages a person thinks in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// The `_mta-sts` record.
    Record,
    /// The policy host and the policy.
    Policy,
    /// The MX records.
    Mx,
    /// The mail hosts: their addresses and the probes.
    Hosts,
    /// The `_smtp._tls` record.
    Tlsrpt,
    /// SPF, DMARC and DKIM.
    Beside,
}

/// What one witness saw of a step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SeenReport {
    /// Who.
    pub by: Witness,
    /// Through which resolver, where one was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// How long it took, in milliseconds.
    pub took_ms: u32,
    /// What came of it, in one line.
    pub text: String,
    /// More of it, line by line: the SMTP transcript, the certificate.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
}

impl Report {
    /// Says what the evidence comes to. `under_way` are steps handed out that have not all outcomes yet.
    #[must_use]
    pub fn of(evidence: &Evidence, under_way: &[Step]) -> Self {
        let facts = Facts::read(evidence);
        let verdict = Verdict::of(&facts);
        let policy = facts.policy.policy.as_ref();
        let hosts = facts.mx.hosts.iter().zip(&verdict.hosts);
        let waiting = || facts.needed.iter().filter(|step| !under_way.contains(step)).chain(under_way);
        let targets = evidence.targets();
        let undecided = waiting().filter(|step| evidence.decides_beside(&targets, step)).count();
        let waiting = waiting().count();
        // Of a check that was saved before there were steps that only look closer, these are still needed.
        let is_over = under_way.is_empty() && undecided == 0;
        Self {
            schema: SCHEMA,
            domain: facts.domain.to_string(),
            summary: summary(&facts, &verdict),
            record: RecordReport::of(&facts.record),
            policy: PolicyReport {
                state: facts.policy.state,
                mode: policy.map(|policy| policy.mode),
                max_age: policy.map(|policy| policy.max_age),
                mx: policy.map(|policy| policy.mx.iter().map(ToString::to_string).collect()),
                body: facts.policy.body().map(decode),
                size: facts.policy.body().map(<[u8]>::len),
                content_type: facts.policy.answer().and_then(|answer| answer.content_type.clone()),
                charset: facts.policy.answer().and_then(HttpAnswer::charset).map(str::to_owned),
                location: facts.policy.answer().and_then(|answer| answer.location.clone()),
                reason: match facts.policy.state {
                    PolicyState::NotObserved => Some(reason(facts.policy.outcome)),
                    _ => None,
                },
                aliases: facts.policy.aliases.clone(),
                addresses: PolicyAddressReport::all(&facts),
            },
            mx_lookup: facts.mx.lookup,
            mx: hosts
                .map(|(host, of_host)| MxReport {
                    host: host.host.to_string(),
                    preference: host.preference,
                    implicit: host.implicit,
                    matched: of_host.matched,
                    addresses: host
                        .addresses
                        .iter()
                        .map(|address| AddressReport::of(address, verdict.at_address(&facts, host, address)))
                        .collect(),
                    result: of_host.result,
                    report: of_host.report,
                    action: verdict.at_host(&facts, host),
                    dane: DaneReport::of(&facts, host),
                    reason: match host.lookup {
                        AddressLookup::Skipped => Some("skipped"),
                        AddressLookup::NotObserved if host.addresses.is_empty() => Some("waiting"),
                        _ => None,
                    },
                })
                .collect(),
            tlsrpt: TlsrptReport {
                state: facts.tlsrpt.state,
                rua: facts.tlsrpt.rua(),
                text: texts(&facts.tlsrpt.kept),
                targets: TargetReport::all(&facts),
                targets_skipped: facts.rua.skipped,
            },
            delivery: verdict.delivery,
            dane: DaneVerdict::of(&facts),
            beside: BesideReport::of(&facts),
            others: OtherSender::all(&facts, &verdict),
            ready: Readiness::of(&facts),
            held: Vec::new(),
            findings: findings(&facts, &evidence.names),
            senders: if waiting == 0 || is_over {
                SendersReport::of(&facts)
            } else {
                SendersReport::default()
            },
            steps: steps(evidence, &targets, under_way),
            waiting,
            undecided,
        }
    }

    /// Lets what else is known, as from TLS reports, count for whether the domain is ready for mode enforce.
    pub fn add_ready_items(&mut self, more: Vec<ReadyItem>) {
        let valid = self.record.state == RecordState::Valid;
        let refused = self.dane.as_ref().filter(|dane| dane.delivery == DaneDelivery::Refuse);
        let standing = Standing {
            domain: self.domain.clone(),
            mode: self.policy.mode.filter(|_| valid),
            dane: refused.map(|dane| dane.sentence.clone()),
        };
        let mut items = std::mem::take(&mut self.ready.items);
        items.extend(more);
        self.ready = Readiness::decided(&standing, items);
    }

    /// Whether there is a finding of level error.
    #[must_use]
    pub fn has_error(&self) -> bool {
        self.findings.iter().any(|finding| finding.level == Level::Error)
    }
}

/// The verdict in a sentence or two. Where senders that know DANE deliver nothing and others do, that goes in front.
fn summary(facts: &Facts<'_>, verdict: &Verdict) -> String {
    let sentence = verdict.sentence(facts);
    match DaneVerdict::of(facts) {
        Some(dane) if dane.delivery == DaneDelivery::Refuse => match verdict.delivery {
            Delivery::Deliver | Delivery::DeliverAndReport => {
                say!("{dane} Others deliver it.", dane = &dane.sentence)
            }
            Delivery::NoSts | Delivery::Refuse | Delivery::Unknown => sentence,
        },
        _ => sentence,
    }
}

pub(crate) fn texts(texts: &[Vec<u8>]) -> Vec<String> {
    texts.iter().map(|text| decode(text)).collect()
}

impl RecordReport {
    pub(crate) fn of(record: &TxtFacts) -> Self {
        Self {
            state: record.state,
            id: record.id(),
            text: texts(&record.kept),
            set_aside: texts(&record.set_aside),
            aliases: record.aliases.clone(),
        }
    }
}

impl DaneReport {
    fn of(facts: &Facts<'_>, host: &HostFacts<'_>) -> Self {
        let result = host.dane(facts.domain);
        let seen = host.addresses.iter().filter_map(AddressFacts::tls);
        let seen: Vec<_> = seen.filter(|tls| !tls.chain.is_empty()).collect();
        let records = host.dane.records.iter().map(|record| TlsaReport {
            text: record.to_string(),
            usable: record.is_usable(),
            matches: (!seen.is_empty()).then(|| seen.iter().any(|tls| record.is_in(tls))),
        });
        Self {
            state: result.state,
            report: result.report,
            required: result.required(),
            base: host.dane.base.clone().filter(|_| !host.dane.records.is_empty()),
            records: records.collect(),
        }
    }
}

impl AddressReport {
    fn of(facts: &AddressFacts<'_>, action: Action) -> Self {
        let unseen = facts.result == SmtpResult::NotObserved;
        let reason = || if facts.skipped { "skipped" } else { reason(facts.outcome) };
        Self {
            address: facts.address,
            result: facts.result,
            action,
            reason: unseen.then(reason),
            tls: TlsReport::of(facts),
        }
    }
}

impl TlsReport {
    fn of(facts: &AddressFacts<'_>) -> Option<Self> {
        let session = facts.session()?;
        let (seen, closer) = (session.tls.as_ref(), &facts.closer);
        let report = Self {
            version: seen.map(|tls| tls.version.clone()),
            cipher: seen.map(|tls| tls.cipher.clone()),
            tls12: closer.tls12,
            tls13: closer.tls13,
            old: closer.old.as_ref().map(|old| old.version.clone()),
            without_sni: closer.without_sni.as_ref().map(|seen| match seen {
                Nameless::Same => "same",
                Nameless::Other { .. } => "other",
                Nameless::Fails { .. } => "fails",
            }),
            not_after: seen.and_then(|tls| tls.chain.first()).map(|leaf| leaf.not_after),
        };
        (report.version.is_some() || report.old.is_some()).then_some(report)
    }
}

impl PolicyAddressReport {
    fn all(facts: &Facts<'_>) -> Vec<Self> {
        let host = facts.domain.policy_host();
        let one = |at: &PolicyAddressFacts<'_>| {
            let unseen = at.state == PolicyState::NotObserved;
            let reason = || match at.outcome {
                _ if at.skipped => "skipped",
                // That word is for port 25, which networks block.
                Some(Outcome::Failed(Failure::ConnectTimeout { .. })) => "unproven",
                outcome => reason(outcome),
            };
            let seen = at.outcome.filter(|_| !unseen).map(|outcome| rules::came_to(outcome, &host));
            Self { address: at.address, result: at.state, seen, reason: unseen.then(reason) }
        };
        facts.policy.addresses.iter().map(one).collect()
    }
}

/// Why something was not observed, as a word that does not change.
fn reason(outcome: Option<&Outcome>) -> &'static str {
    match outcome {
        None => "waiting",
        Some(Outcome::Failed(failure)) => word(failure),
        Some(_) => "other",
    }
}

const fn word(failure: &Failure) -> &'static str {
    match failure {
        Failure::ConnectTimeout { .. } | Failure::PortBlocked { .. } => "port-25-unproven",
        Failure::OptedOut { .. } => "opted-out",
        Failure::NoRoute { .. } => "no-route",
        Failure::Guarded { .. } => "address-not-public",
        Failure::NoCompanion => "no-companion",
        Failure::Companion { .. } => "companion-declined",
        Failure::Unreachable { .. } => "unreachable",
        Failure::Opaque | Failure::OpaqueAnswer => "browser-cannot-tell",
        _ => "other",
    }
}

/// The findings in the text of a record, where exactly one counts.
pub(crate) fn txt_findings(source: Source, txt: &TxtFacts) -> Vec<Finding> {
    txt.doc().map(|doc| text_findings(source, doc.text, rules::lint_record(&doc))).unwrap_or_default()
}

/// All findings on a domain: errors first, and within a level in the order of the stages.
fn findings(facts: &Facts<'_>, names: &Names) -> Vec<Finding> {
    let mut found = txt_findings(Source::Record, &facts.record);
    if let Some(doc) = facts.policy.doc().map(|doc| doc.knowing(names)) {
        found.extend(text_findings(Source::Policy, doc.body, rules::lint_policy(&doc)));
    }
    let names: Vec<&str> = facts.mx.hosts.iter().map(|host| host.host.as_str()).collect();
    let listing = names.join("\n");
    found.extend(rules::lint_facts(facts).into_iter().map(|(head, hit)| {
        let at = match hit.at {
            Some(HitAt::Host(index)) => {
                let start = names.iter().take(index).map(|name| name.len() + 1).sum();
                let span = Span::new(start, start + names.get(index).map_or(0, |name| name.len()));
                let place = places(listing.as_bytes(), &[span]).pop();
                place.map(|place| At { source: Source::Mx, place })
            }
            // Rules over where TLS reports go say which part of their record it is.
            Some(HitAt::Text(span)) => facts.tlsrpt.kept.first().and_then(|text| {
                let place = places(text, &[span]).pop();
                place.map(|place| At { source: Source::Tlsrpt, place })
            }),
            None => None,
        };
        Finding::new(head, hit, at)
    }));
    found.extend(txt_findings(Source::Tlsrpt, &facts.tlsrpt));
    by_level(found)
}

/// What was done, in the order of the stages; a step that several witnesses carried out stands once.
fn steps(evidence: &Evidence, targets: &[String], under_way: &[Step]) -> Vec<StepReport> {
    let mut steps: Vec<StepReport> = Vec::new();
    let mut entry_of = |step: &Step| -> usize {
        let known = steps.iter().position(|known| known.step == *step);
        known.unwrap_or_else(|| {
            steps.push(StepReport {
                step: step.clone(),
                stage: stage(evidence, targets, step),
                command: command::by_hand(step),
                seen: Vec::new(),
                waiting: under_way.contains(step),
                decides: evidence.decides_beside(targets, step),
            });
            steps.len() - 1
        })
    };
    let indices: Vec<usize> = evidence.entries.iter().map(|entry| entry_of(&entry.step)).collect();
    for step in under_way {
        entry_of(step);
    }
    for (entry, index) in evidence.entries.iter().zip(indices) {
        if let Some(step) = steps.get_mut(index) {
            step.seen.push(SeenReport::of(entry));
        }
    }
    for step in &mut steps {
        step.seen.sort_by_key(|seen| seen.by);
    }
    // Answers arrive in any order; the page and the terminal show one.
    steps.sort_by(|a, b| (a.stage, &a.step).cmp(&(b.stage, &b.step)));
    steps
}

fn stage(evidence: &Evidence, targets: &[String], step: &Step) -> Stage {
    let domain = &evidence.domain;
    match step {
        Step::Policy { .. } | Step::PolicyAddress { .. } | Step::PolicyAsBrowser { .. } => Stage::Policy,
        Step::Smtp { .. } | Step::Tls { .. } => Stage::Hosts,
        Step::Dns { name, rrtype, .. } if evidence.is_for_reports(targets, *rrtype, name) => Stage::Tlsrpt,
        Step::Dns { name, rrtype, .. } => match rrtype {
            Kind::Mx => Stage::Mx,
            Kind::Txt => txt_stage(evidence, name),
            Kind::Tlsa => Stage::Hosts,
            Kind::A | Kind::Aaaa if evidence.leads_to(&domain.policy_host(), *rrtype, name) => Stage::Policy,
            Kind::A | Kind::Aaaa => Stage::Hosts,
        },
    }
}

/// What a TXT record is looked up for. That of the domain itself is for SPF, and looked at for records that stand there by mistake.
fn txt_stage(evidence: &Evidence, name: &str) -> Stage {
    let domain = &evidence.domain;
    let is_for = |kind: RecordKind, at: String| {
        let wrong = kind.wrong_names(domain).filter(|wrong| evidence.quick || wrong != domain.as_str());
        [at].into_iter().chain(wrong).any(|from| evidence.leads_to(&from, Kind::Txt, name))
    };
    if is_for(RecordKind::Tlsrpt, domain.tlsrpt_name()) {
        Stage::Tlsrpt
    } else if is_for(RecordKind::Record, domain.record_name()) {
        Stage::Record
    } else {
        Stage::Beside
    }
}

impl SeenReport {
    fn of(entry: &Entry) -> Self {
        let (text, lines) = match &entry.outcome {
            Outcome::Message(Bytes(wire)) => (message(wire), record_lines(wire)),
            Outcome::Http(answer) => http(answer),
            Outcome::Session(session) => smtp(session, &entry.outcome),
            Outcome::OldTls(old) => old_tls(old),
            Outcome::Failed(failure) => failed(failure),
        };
        Self {
            by: entry.by,
            via: entry.via.as_deref().map(heard::in_words),
            took_ms: entry.took_ms,
            text,
            lines,
        }
    }
}

/// A DNS message in one line.
fn message(wire: &[u8]) -> String {
    let message = match Message::parse(wire) {
        Ok(message) => message,
        Err(error) => return heard::in_words(&error.to_string()),
    };
    let shown = message.answers.iter().filter_map(|record| match &record.data {
        Data::A(address) => Some(address.to_string()),
        Data::Aaaa(address) => Some(address.to_string()),
        Data::Cname(target) => Some(say!("alias for {target}", target)),
        Data::Mx(preference, host) => Some(format!("{preference} {host}")),
        Data::Txt(strings) => Some(quoted(&strings.concat())),
        Data::Tlsa(tlsa) => Some(tlsa.to_string()),
        Data::Other(..) => None,
    });
    let shown: Vec<String> = shown.collect();
    let answer = match (message.rcode, shown.is_empty()) {
        (0, true) => say!("no such record"),
        (0, false) => shown.join(", "),
        (3, _) => say!("the name does not exist"),
        (rcode, _) => return rcode_name(rcode),
    };
    if message.authenticated { say!("{answer} (authenticated by the resolver)", answer) } else { answer }
}

/// An answer as `dig` shows it: the status, every record that was read, and what else the resolver says.
fn record_lines(wire: &[u8]) -> Vec<String> {
    let Ok(message) = Message::parse(wire) else { return Vec::new() };
    let flags = match (message.authenticated, message.truncated) {
        (true, true) => ", flags: tc ad",
        (true, false) => ", flags: ad",
        (false, true) => ", flags: tc",
        (false, false) => "",
    };
    let status = format!(";; status: {}{flags}", rcode_name(message.rcode));
    let records = message.answers.iter().filter_map(|record| {
        let data = match &record.data {
            Data::A(address) => format!("A {address}"),
            Data::Aaaa(address) => format!("AAAA {address}"),
            Data::Cname(target) => format!("CNAME {}", absolute(target)),
            Data::Mx(preference, host) => format!("MX {preference} {}", absolute(host)),
            Data::Txt(strings) => {
                let strings: Vec<_> = strings.iter().map(|string| character_string(string)).collect();
                format!("TXT {}", strings.join(" "))
            }
            Data::Tlsa(tlsa) => format!("TLSA {tlsa}"),
            Data::Other(..) => return None,
        };
        Some(format!("{} {} IN {data}", absolute(&record.name), record.ttl))
    });
    let errors = message.extended_errors.iter().map(|(code, text)| {
        let text = if text.is_empty() { say!("no text") } else { visible(text) };
        say!("extended error {code}: {text}", code, text)
    });
    [status].into_iter().chain(records).chain(errors).collect()
}

/// A name as zone files have it where no origin is to be put behind it.
fn absolute(name: &Name) -> String {
    if name.is_root() { name.to_string() } else { format!("{name}.") }
}

/// A string of a TXT record as zone files have it (RFC 1035 §5.1).
fn character_string(string: &[u8]) -> String {
    let mut shown = String::from("\"");
    for byte in string {
        match byte {
            b'"' | b'\\' => shown.extend(['\\', char::from(*byte)]),
            0x20..=0x7E => shown.push(char::from(*byte)),
            _ => shown.push_str(&format!("\\{byte:03}")),
        }
    }
    shown.push('"');
    shown
}

fn http(answer: &HttpAnswer) -> (String, Vec<String>) {
    // Of another status the body is not read.
    let size = (answer.status == 200).then(|| say!("{count} bytes", count = answer.body.0.len()));
    let media_type = answer.content_type.as_ref().map(|given| quoted(given.as_bytes()));
    let target = answer.location.as_ref().map(|to| say!("to {target}", target = quoted(to.as_bytes())));
    let from = answer.address.map(|address| say!("from {address}", address));
    let parts = [Some(answer.status.to_string()), size, media_type, target, from];
    (parts.into_iter().flatten().collect::<Vec<_>>().join(", "), answer_lines(answer))
}

/// An answer line by line: when it came, over which TLS, and its header fields.
fn answer_lines(answer: &HttpAnswer) -> Vec<String> {
    let mut lines = Vec::new();
    if !answer.stages.is_empty() {
        let stages =
            answer.stages.iter().map(|stage| format!("{} {} ms", stage.stage.in_words(), stage.took_ms));
        lines.push(stages.collect::<Vec<_>>().join(", "));
    }
    lines.extend(answer.tls.iter().flat_map(tls_lines));
    lines.extend(answer.http_version.iter().map(|version| format!("{version} {}", answer.status)));
    let fields = answer.headers.iter();
    lines.extend(fields.map(|field| format!("{}: {}", visible(&field.name), visible(&field.value))));
    if answer.headers_left_out > 0 {
        lines.push(say!("and {count} more header fields", count = answer.headers_left_out));
    }
    lines
}

fn smtp(session: &Session, outcome: &Outcome) -> (String, Vec<String>) {
    let mut text = SmtpResult::of(outcome, true).as_str().to_owned();
    let mut lines = Vec::new();
    if let Some(tls) = &session.tls {
        text.push_str(&format!(", {}", tls.version));
        lines.extend(tls_lines(tls));
    }
    lines.extend(
        session.transcript.iter().map(|said| format!("{} {}", if said.us { ">" } else { "<" }, said.text)),
    );
    (text, lines)
}

fn old_tls(old: &OldTls) -> (String, Vec<String>) {
    let names =
        old.chain.first().map(|leaf| say!("certificate: {subject}", subject = visible(&leaf.subject)));
    let text = say!("{version} with {cipher}", version = &old.version, cipher = &old.cipher);
    (text, names.into_iter().collect())
}

fn tls_lines(tls: &TlsSeen) -> Vec<String> {
    let mut lines = vec![format!("{} {}", tls.version, tls.cipher)];
    for (index, certificate) in tls.chain.iter().enumerate() {
        let names: Vec<String> = certificate.dns_ids.iter().take(10).map(|name| visible(name)).collect();
        let what =
            if index == 0 && !names.is_empty() { names.join(", ") } else { visible(&certificate.subject) };
        lines.push(say!(
            "certificate {number}: {what}, from {begin} to {end}, issued by {issuer}",
            number = index + 1,
            what,
            begin = day(certificate.not_before),
            end = day(certificate.not_after),
            issuer = visible(&certificate.issuer)
        ));
    }
    lines
}

fn failed(failure: &Failure) -> (String, Vec<String>) {
    let lines = match failure {
        Failure::Certificate { tls } => tls_lines(tls),
        _ => Vec::new(),
    };
    (failure.in_words(), lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_shown_as_dig_shows_it() {
        // Flags QR, RD, RA and AD; no question, two answers.
        let mut wire = vec![0, 0, 0x81, 0xA0, 0, 0, 0, 2, 0, 0, 0, 0];
        wire.extend_from_slice(b"\x01a\x00\x00\x10\x00\x01\x00\x00\x00\x3C\x00\x08\x04a\"b\\\x02\xFFc");
        wire.extend_from_slice(b"\x01a\x00\x00\x0F\x00\x01\x00\x00\x01\x2C\x00\x03\x00\x00\x00");
        assert_eq!(
            record_lines(&wire),
            [";; status: NOERROR, flags: ad", r#"a. 60 IN TXT "a\"b\\" "\255c""#, "a. 300 IN MX 0 ."]
        );
    }
}
