//! A draft against a domain: what would be said of the domain if the draft were published.
//!
//! The draft takes the place of what the evidence of a finished check holds, and the evidence is read
//! again. So the draft is judged by the same facts, verdict and rules as what is published.

use std::borrow::Cow;

use imara_diff::{Algorithm, Diff, InternedInput, Interner};
use serde::Serialize;

use crate::dns::{Kind as RrType, Name};
use crate::evidence::{Bytes, Entry, Evidence, HttpAnswer, Outcome, SmtpResult, Step, Witness};
use crate::facts::{Facts, RecordState};
use crate::lint::Kind;
use crate::paste::Pasted;
use crate::policy::{Mode, Policy, PolicyDoc};
use crate::record::{RecordDoc, RecordKind};
use crate::report::{Report, SCHEMA};
use crate::say::say;
use crate::span::decode;
use crate::verdict::{Reported, phrase};
use crate::words::stamp;

/// What a draft comes to on a domain.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Against {
    /// The version of the JSON shape: 1.
    pub schema: u32,
    /// What the draft was read as.
    pub kind: Kind,
    /// The report as if the draft were published in place of what is there.
    pub report: Report,
    /// The mail hosts, the preferred first, and whether each passes under the draft.
    pub mx: Vec<MxOutcome>,
    /// The lines of the published text and of the draft; nothing where no published text was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diff: Option<Vec<Line>>,
    /// Whether the id must change.
    pub id: IdAdvice,
}

/// What senders make of a mail host under the draft.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MxOutcome {
    /// The name, as the MX record has it.
    pub host: String,
    /// Whether the policy admits it; nothing without a valid policy.
    pub matched: Option<bool>,
    /// What the host itself comes to.
    pub result: SmtpResult,
    /// Whether it passes: false where senders refuse it, or would under `mode: enforce`; nothing where that
    /// cannot be told, or no policy is there to ask for anything.
    pub passes: Option<bool>,
    /// Why it does not pass, as the end of a sentence that begins with its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// A line of the published text or of the draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What becomes of it.
    pub change: Change,
    /// The line without its LF, as a WHATWG UTF-8 decoder shows it.
    pub text: String,
}

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It stands in both.
    Kept,
    /// It is published and not in the draft.
    Removed,
    /// It is in the draft and not published.
    Added,
}

/// Whether the id of the record must change (RFC 8461 §3.1: it is how senders learn of a new policy).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IdAdvice {
    /// Must it?
    pub change: IdChange,
    /// The id that is published, where there is a valid record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
    /// The same as a sentence.
    pub message: String,
}

/// Whether the id must change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdChange {
    /// Senders that have the policy would not see the draft.
    Must,
    /// The draft says what is published, or brings an id of its own.
    No,
    /// There is no valid record, so none has an id yet.
    First,
    /// What is published was not seen.
    Unknown,
    /// The draft is about TLS reports, which have no id.
    None,
}

/// A draft of a record that no DNS message has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

impl std::fmt::Display for TooLong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&say!("the record is longer than a DNS message"))
    }
}

impl std::error::Error for TooLong {}

/// Judges a draft as if it were published: `evidence` is that of a finished check of the domain. A draft
/// of a record takes the place of all records at its name.
///
/// # Errors
/// A record of more than 60 000 bytes, which cannot be published.
pub fn against(evidence: &Evidence, kind: Kind, text: &[u8]) -> Result<Against, TooLong> {
    let text = &match kind {
        Kind::Policy => Cow::Borrowed(text),
        Kind::Record => record_text(RecordKind::Record, text),
        Kind::Tlsrpt => record_text(RecordKind::Tlsrpt, text),
    };
    let published = Facts::read(evidence);
    let known: Option<&[u8]> = match kind {
        Kind::Policy => published.policy.body(),
        Kind::Record => published.record.kept.first().map(Vec::as_slice),
        Kind::Tlsrpt => published.tlsrpt.kept.first().map(Vec::as_slice),
    };
    let drafted = publish(evidence, kind, text)?;
    let mut report = Report::of(&drafted, &[]);
    if kind == Kind::Policy {
        for finding in report.findings.iter_mut().filter(|finding| finding.code == "mx-not-matched") {
            let index = finding.at.as_ref().and_then(|at| at.place.line.checked_sub(1));
            let host = index.and_then(|index| report.mx.get(index));
            // It is the draft that lacks the line, and not what is published.
            finding.fix =
                host.map(|mx| say!("Add `mx: {host}` to the draft.", host = &mx.host)).or(finding.fix.take());
        }
    }
    Ok(Against {
        schema: SCHEMA,
        kind,
        report,
        mx: hosts(&Facts::read(&drafted)),
        diff: known.map(|known| diff(known, text)),
        id: id_advice(&published, kind, text),
    })
}

/// What is published of a draft: a line of a zone file stands for its value, and a record has no line end.
fn record_text(kind: RecordKind, text: &[u8]) -> Cow<'_, [u8]> {
    match Pasted::read(kind, text) {
        Some(pasted) => Cow::Owned(pasted.value),
        None => Cow::Borrowed(text.strip_suffix(b"\r\n").or(text.strip_suffix(b"\n")).unwrap_or(text)),
    }
}

/// The evidence as it would be with the draft in place.
fn publish(evidence: &Evidence, kind: Kind, text: &[u8]) -> Result<Evidence, TooLong> {
    let domain = &evidence.domain;
    let (step, outcome) = match kind {
        Kind::Policy => {
            let content_type = Some("text/plain".to_owned());
            let body = Bytes(text.to_vec());
            let answer = HttpAnswer { status: 200, content_type, body, ..HttpAnswer::default() };
            (Step::Policy { domain: domain.clone() }, Outcome::Http(answer))
        }
        Kind::Record | Kind::Tlsrpt => {
            let name = if kind == Kind::Record { domain.record_name() } else { domain.tlsrpt_name() };
            let message = txt_answer(&name, text).ok_or(TooLong)?;
            (Step::Dns { name, rrtype: RrType::Txt, cd: false }, Outcome::Message(Bytes(message)))
        }
    };
    let mut drafted = evidence.clone();
    drafted.entries.retain(|entry| entry.step != step && !matches!(entry.step, Step::PolicyAsBrowser { .. }));
    if let Outcome::Http(draft) = &outcome {
        // What the addresses serve would be the draft, too.
        for entry in
            drafted.entries.iter_mut().filter(|entry| matches!(entry.step, Step::PolicyAddress { .. }))
        {
            if let Outcome::Http(answer) = &mut entry.outcome
                && answer.status == 200
            {
                (answer.content_type, answer.body) = (draft.content_type.clone(), draft.body.clone());
            }
        }
    }
    // Nobody saw it; the terminal is the witness that needs no other beside it.
    drafted.entries.push(Entry { step, by: Witness::Terminal, via: None, took_ms: 0, outcome });
    Ok(drafted)
}

/// A DNS message (RFC 1035 §4.1) that answers with one TXT record of this text.
fn txt_answer(name: &str, text: &[u8]) -> Option<Vec<u8>> {
    const ANSWER: u16 = 0x8180; // QR, RD, RA
    const IN: u16 = 1;
    const MAX: usize = 60_000;
    let name = Name::parse(name).ok().filter(|_| text.len() <= MAX)?;
    let mut data = Vec::new();
    // A TXT record has one string at least (RFC 1035 §3.3.14).
    let strings: Vec<&[u8]> = if text.is_empty() { vec![text] } else { text.chunks(255).collect() };
    for string in strings {
        data.push(u8::try_from(string.len()).ok()?);
        data.extend(string);
    }
    let mut wire: Vec<u8> = [0, ANSWER, 1, 1, 0, 0].into_iter().flat_map(u16::to_be_bytes).collect();
    for _ in ["the question", "the answer"] {
        wire.extend(name.as_wire());
        wire.extend([RrType::Txt.code(), IN].into_iter().flat_map(u16::to_be_bytes));
    }
    wire.extend(0_u32.to_be_bytes()); // TTL
    wire.extend(u16::try_from(data.len()).ok()?.to_be_bytes());
    wire.extend(data);
    Some(wire)
}

fn hosts(facts: &Facts<'_>) -> Vec<MxOutcome> {
    // With mode none nothing is asked of a host.
    let policy = facts.policy.policy.as_ref().filter(|policy| policy.mode != Mode::None);
    let outcome = |host: &crate::facts::HostFacts<'_>| {
        let result = host.result();
        let matched = policy.map(|policy| policy.admits(&host.host));
        let passes = match (matched, result) {
            (None, _) => None,
            (Some(false), _) => Some(false),
            (Some(true), SmtpResult::Ok) => Some(true),
            (Some(true), SmtpResult::NotObserved) => None,
            (Some(true), _) => Some(false),
        };
        let reported = if matched == Some(false) { Reported::MxNotMatched } else { Reported::Host(result) };
        let why = if passes == Some(false) { phrase(host, reported) } else { None };
        MxOutcome { host: host.host.to_string(), matched, result, passes, why }
    };
    facts.mx.hosts.iter().map(outcome).collect()
}

/// The lines of both texts in one order: what is removed in front of what is added.
fn diff(published: &[u8], draft: &[u8]) -> Vec<Line> {
    fn split(text: &[u8]) -> Vec<&[u8]> {
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        text.split(|b| *b == b'\n').collect()
    }
    let (before, after) = (split(published), split(draft));
    let interner = Interner::new(before.len() + after.len());
    let mut input = InternedInput { before: Vec::new(), after: Vec::new(), interner };
    input.update_before(before.iter().copied());
    input.update_after(after.iter().copied());
    let diff = Diff::compute(Algorithm::Histogram, &input);
    let mut lines = Vec::with_capacity(after.len());
    let mut old = (0_u32..).zip(&before).peekable();
    let line = |change, text: &[u8]| Line { change, text: decode(text) };
    for (index, text) in (0_u32..).zip(&after) {
        while let Some((_, removed)) = old.next_if(|(index, _)| diff.is_removed(*index)) {
            lines.push(line(Change::Removed, removed));
        }
        if diff.is_added(index) {
            lines.push(line(Change::Added, text));
        } else {
            old.next();
            lines.push(line(Change::Kept, text));
        }
    }
    lines.extend(old.map(|(_, removed)| line(Change::Removed, removed)));
    lines
}

fn id_advice(published: &Facts<'_>, kind: Kind, text: &[u8]) -> IdAdvice {
    let fresh = stamp(published.now);
    let id = published.record.id();
    let advice = |change, message: String| IdAdvice { change, published: id.clone(), message };
    match (kind, published.record.state) {
        (Kind::Tlsrpt, _) => advice(IdChange::None, say!("A TLSRPT record has no id.")),
        (_, RecordState::NotObserved | RecordState::DnsError) => advice(
            IdChange::Unknown,
            say!(
                "The published record could not be looked up. Give it a new id whenever the policy changes."
            ),
        ),
        (Kind::Policy, RecordState::Valid) => {
            let shown = id.as_deref().unwrap_or_default();
            let Some(body) = published.policy.body() else {
                return advice(
                    IdChange::Unknown,
                    say!(
                        "No published policy was seen to compare with. Change the id `{shown}` unless the draft is what was published before, for instance to `id={fresh}`.",
                        shown,
                        fresh
                    ),
                );
            };
            let (old, new) = (PolicyDoc::parse(body).policy(), PolicyDoc::parse(text).policy());
            if body == text {
                advice(
                    IdChange::No,
                    say!("The draft is what is published, so the id `{shown}` may stay.", shown),
                )
            } else if old.is_some() && same(old.as_ref(), new.as_ref()) {
                advice(
                    IdChange::No,
                    say!("The draft means what is published, so the id `{shown}` may stay.", shown),
                )
            } else {
                advice(
                    IdChange::Must,
                    say!(
                        "The draft says something else than the published policy. Publish it first, and then change the id `{shown}`, for instance to `id={fresh}`: senders fetch a policy anew when they see another id.",
                        shown,
                        fresh
                    ),
                )
            }
        }
        (Kind::Policy, _) => advice(
            IdChange::First,
            say!(
                "The domain has no valid record yet. Once the policy is published, publish `v=STSv1; id={fresh};`.",
                fresh
            ),
        ),
        (Kind::Record, _) => {
            let draft = RecordDoc::parse(RecordKind::Record, text).record();
            match (draft.map(|record| record.id), id.as_deref()) {
                (None, _) => advice(IdChange::Unknown, say!("The draft has no id that a sender can read.")),
                (Some(_), None) => {
                    advice(IdChange::First, say!("No valid record is published, so any id is new."))
                }
                (Some(new), Some(old)) if new == old => advice(
                    IdChange::Must,
                    say!(
                        "The draft has the id that is published, `{old}`. With it senders do not fetch a changed policy: write another, for instance `id={fresh}`, unless the policy stays as it is.",
                        old,
                        fresh
                    ),
                ),
                (Some(new), Some(old)) => advice(
                    IdChange::No,
                    say!(
                        "The draft changes the id from `{old}` to `{new}`, so senders fetch the policy anew.",
                        old,
                        new
                    ),
                ),
            }
        }
    }
}

/// Whether two policies ask the same of senders; the order of the patterns means nothing.
fn same(one: Option<&Policy>, other: Option<&Policy>) -> bool {
    let sorted = |policy: &Policy| {
        let mut mx: Vec<String> = policy.mx.iter().map(|mx| mx.to_string().to_ascii_lowercase()).collect();
        mx.sort();
        mx.dedup();
        (policy.mode, policy.max_age, mx)
    };
    one.map(sorted) == other.map(sorted)
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))] // serde_json is no part of the wasm build
mod tests {
    use super::*;
    use crate::verdict::Delivery;

    fn evidence(name: &str) -> Evidence {
        let path = format!("{}/tests/evidence/{name}.json", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_str(&std::fs::read_to_string(path).expect("saved evidence")).expect("evidence")
    }

    fn judged(name: &str, kind: Kind, text: &str) -> Against {
        against(&evidence(name), kind, text.as_bytes()).expect("a draft that fits")
    }

    fn published(name: &str) -> String {
        let evidence = evidence(name);
        let facts = Facts::read(&evidence);
        decode(facts.policy.body().expect("a policy"))
    }

    /// Where the addresses of the policy host serve different policies, the draft is what they would all serve.
    #[test]
    fn a_draft_stands_at_every_address() {
        let name = "policy-addresses-differ";
        let says = |report: &Report| report.findings.iter().any(|finding| finding.code == name);
        assert!(says(&Report::of(&evidence(name), &[])));
        let against = judged(name, Kind::Policy, &published(name));
        assert!(!says(&against.report));
        assert_eq!(against.report.waiting, 0);
        // A site that turns us away is not asked again on account of a draft.
        let against =
            judged("policy-browsers-only", Kind::Policy, "version: STSv1\nmode: none\nmax_age: 86400\n");
        assert_eq!(against.report.waiting, 0);
        assert!(against.report.findings.iter().all(|finding| finding.code != "policy-user-agent"));
    }

    fn changes(against: &Against) -> Vec<(Change, &str)> {
        let lines = against.diff.iter().flatten();
        lines
            .filter(|line| line.change != Change::Kept)
            .map(|line| (line.change, line.text.as_str()))
            .collect()
    }

    #[test]
    fn what_is_published_changes_nothing() {
        let name = "enforce-good";
        let against = judged(name, Kind::Policy, &published(name));
        assert_eq!(against.report.delivery, Delivery::Deliver);
        assert_eq!(changes(&against), []);
        assert_eq!(against.id.change, IdChange::No);
        assert!(!against.mx.is_empty() && against.mx.iter().all(|mx| mx.passes == Some(true)));
    }

    #[test]
    fn a_host_that_is_left_out_fails_and_the_id_must_change() {
        let name = "enforce-good";
        let draft = "version: STSv1\r\nmode: enforce\r\nmx: other.example\r\nmax_age: 604800\r\n";
        let against = judged(name, Kind::Policy, draft);
        assert_eq!(against.report.delivery, Delivery::Refuse);
        assert_eq!(against.mx[0].passes, Some(false));
        assert_eq!(against.mx[0].why.as_deref(), Some("is not in the policy"));
        assert_eq!(against.id.change, IdChange::Must);
        assert!(against.id.message.contains(against.id.published.as_deref().expect("an id")));
        let changes = changes(&against);
        assert!(changes.contains(&(Change::Added, "mx: other.example\r")), "{changes:?}");
        assert!(changes.contains(&(Change::Removed, "mode: enforce")), "{changes:?}");
    }

    #[test]
    fn other_line_ends_mean_the_same() {
        let name = "enforce-good";
        let draft = published(name).replace("\r\n", "\n").replace('\n', "\r\n") + "note: x\r\n";
        let against = judged(name, Kind::Policy, &draft);
        assert_ne!(changes(&against), []);
        assert_eq!(against.id.change, IdChange::No);
    }

    #[test]
    fn a_draft_that_cannot_be_read_is_no_policy() {
        let against = judged("enforce-good", Kind::Policy, "mode: enforced\n");
        assert_eq!(against.report.delivery, Delivery::NoSts);
        assert!(against.report.has_error());
        assert_eq!(against.mx[0].passes, None);
        assert_eq!(against.id.change, IdChange::Must);
    }

    #[test]
    fn a_good_draft_mends_an_invalid_policy() {
        let name = "policy-invalid";
        assert_ne!(crate::Check::replay(evidence(name)).report().delivery, Delivery::Deliver);
        let hosts: Vec<String> = {
            let evidence = evidence(name);
            Facts::read(&evidence).mx.hosts.iter().map(|host| format!("mx: {}\n", host.host)).collect()
        };
        let draft = format!("version: STSv1\nmode: enforce\n{}max_age: 604800\n", hosts.concat());
        let against = judged(name, Kind::Policy, &draft);
        assert_eq!(against.report.delivery, Delivery::Deliver, "{}", against.report.summary);
        assert_eq!(against.id.change, IdChange::Must);
    }

    #[test]
    fn records_are_drafts_too() {
        let name = "enforce-good";
        let id = judged(name, Kind::Policy, "").id.published.expect("an id");
        let same = judged(name, Kind::Record, &format!("v=STSv1; id={id};\n"));
        assert_eq!(same.id.change, IdChange::Must);
        let other = judged(name, Kind::Record, "v=STSv1; id=another1;");
        assert_eq!((other.id.change, other.report.delivery), (IdChange::No, Delivery::Deliver));
        assert_eq!(other.report.record.id.as_deref(), Some("another1"));
        let zone = judged(name, Kind::Record, "_mta-sts.example.com. 300 IN TXT \"v=STSv1; id=another1;\"\n");
        assert_eq!(zone.report.record.text, ["v=STSv1; id=another1;"]);
        let broken = judged(name, Kind::Record, "v=STSv1 id=1");
        assert_eq!((broken.id.change, broken.report.delivery), (IdChange::Unknown, Delivery::NoSts));
        let long = format!("v=TLSRPTv1; rua=mailto:{}@example.com", "a".repeat(300));
        let tlsrpt = judged(name, Kind::Tlsrpt, &long);
        assert_eq!(tlsrpt.report.tlsrpt.text, [long], "strings of 255 bytes are joined again");
        assert_eq!(tlsrpt.id.change, IdChange::None);
        assert_eq!(judged(name, Kind::Record, "").report.delivery, Delivery::NoSts);
        assert_eq!(against(&evidence(name), Kind::Record, &[b'a'; 70_000]), Err(TooLong));
    }

    #[test]
    fn a_long_text_is_compared_too() {
        let (one, other) = ("a:\n".repeat(4_000), "b:\na:\n".repeat(2_000));
        let lines = diff(one.as_bytes(), other.as_bytes());
        let kept = lines.iter().filter(|line| line.change == Change::Kept).count();
        let removed = lines.iter().filter(|line| line.change == Change::Removed).count();
        assert_eq!(kept + removed, 4_000);
    }
}
