//! What can go wrong, one constant per rule.
//!
//! A rule names itself, says why it matters and how to mend it, finds its hits, and carries a text
//! or a zoo domain that sets it off and one that does not; the tests walk the list. Rules over texts
//! take nothing but their document, so linting a pasted draft cannot reach for the network.

mod advice;
#[cfg(feature = "check")]
mod dane;
#[cfg(feature = "check")]
mod fetch;
mod meant;
mod mend;
mod mend_record;
#[cfg(feature = "check")]
mod mx;
mod paste;
mod policy;
#[cfg(feature = "check")]
mod policy_host;
mod record;
#[cfg(feature = "check")]
mod rua;
#[cfg(feature = "check")]
mod tls;

#[cfg(feature = "check")]
pub(crate) use policy_host::came_to;
#[cfg(feature = "check")]
pub(crate) use rua::seen as target_seen;
use serde::{Deserialize, Serialize};

use crate::edit::{Edit, apply};
#[cfg(feature = "check")]
use crate::facts::{Facts, HostFacts, Lookups, RecordState};
use crate::name::Names;
use crate::paste::Pasted;
use crate::policy::PolicyDoc;
#[cfg(feature = "check")]
use crate::policy::{Mode, Policy};
use crate::record::{RecordDoc, RecordKind};
use crate::say::say;
use crate::span::{Span, is_utf16};

/// How much a finding matters. The level is a claim about senders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// A conforming sender gets no usable policy, or refuses or fails mail, because of this.
    Error,
    /// Works for a conforming sender; breaks for a known other one, or at a foreseeable change.
    Warning,
    /// Allowed, and worth knowing.
    Note,
}

impl Level {
    /// As it stands in a report.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// A rule: what it is called, what it claims, and an example of either side.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its name: words, never reused.
    pub code: &'static str,
    /// Its level; a hit may be lower where the rule's condition is there and does not yet bite.
    pub level: Level,
    /// The section it stands on.
    pub section: &'static str,
    /// What is the case, in a few words.
    pub title: &'static str,
    /// Why it matters, in terms of what a sender does.
    pub why: &'static str,
    /// What to do about it.
    pub fix: &'static str,
    /// Something it finds.
    pub fires_on: Sample,
    /// The same without the fault.
    pub quiet_on: Sample,
}

impl Rule {
    /// Whether the page's first builds of the engine have it: those that are errors of a text or of the lookup of a record.
    #[cfg(feature = "check")]
    #[must_use]
    pub fn is_said_first(&self) -> bool {
        let looked_up =
            [fetch::RECORD, fetch::TLSRPT].into_iter().flatten().any(|lint| lint.rule.code == self.code);
        self.level == Level::Error && (looked_up || matches!(self.fires_on, Sample::Text(_)))
    }
}

/// What a rule is tried on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    /// A text.
    Text(&'static [u8]),
    /// A domain of the zoo, by the name in front of `.zoo.test`.
    Zoo(&'static str),
    /// Saved evidence, `tests/evidence/<name>.json`: what the zoo cannot show, such as a browser.
    Evidence(&'static str),
}

/// Every rule.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    let texts = policy::LINTS.iter().chain(advice::LINTS).map(|lint| &lint.rule);
    let records = [record::STS, record::STS_OWN, record::TLSRPT, record::TLSRPT_OWN];
    let pastes = [paste::STS, paste::TLSRPT];
    let texts = texts
        .chain(records.into_iter().flatten().map(|lint| &lint.rule))
        .chain(pastes.into_iter().flatten().map(|lint| &lint.rule));
    #[cfg(feature = "check")]
    let texts =
        texts.chain([fetch::RECORD, fetch::TLSRPT].into_iter().flatten().map(|lint| &lint.rule)).chain(
            [fetch::LINTS, policy_host::LINTS, mx::LINTS, tls::LINTS, dane::LINTS, rua::LINTS]
                .into_iter()
                .flatten()
                .map(|lint| &lint.rule),
        );
    texts
}

/// The rule of that name.
#[must_use]
pub fn explain(code: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.code == code)
}

/// A rule and how its hits are found.
pub(crate) struct Lint<F> {
    rule: Rule,
    find: F,
}

type PolicyLint = Lint<fn(&PolicyDoc<'_>) -> Vec<Hit>>;
type RecordLint = Lint<fn(&RecordDoc<'_>) -> Vec<Hit>>;
#[cfg(feature = "check")]
type LookupLint = Lint<fn(&Lookups<'_>) -> Vec<Hit>>;
#[cfg(feature = "check")]
type CheckLint = Lint<fn(&Facts<'_>) -> Vec<Hit>>;

/// What a report needs of a rule. Kept apart from [`Rule`], so that its prose and samples are not
/// carried into wasm: constants are read at compile time, and what nothing refers to is dropped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    pub(crate) code: &'static str,
    pub(crate) level: Level,
    pub(crate) section: &'static str,
    pub(crate) title: &'static str,
    pub(crate) fix: &'static str,
}

#[derive(Clone, Copy)]
struct Live<F> {
    head: Head,
    find: F,
}

/// Rules as a report needs them. The builds that are loaded first leave out what a host program looks up by the code, and
/// find nothing but errors: in place of a rule that claims less stands `idle`, which finds nothing, so that nothing of the rule
/// is in the build.
const fn live<F: Copy, const N: usize>(lints: &[Lint<F>], idle: F) -> [Live<F>; N] {
    const fn one<F: Copy>(lint: &Lint<F>, idle: F) -> Live<F> {
        let Rule { code, level, section, title, fix, .. } = lint.rule;
        if cfg!(feature = "mend") {
            return Live { head: Head { code, level, section, title, fix }, find: lint.find };
        }
        let head = Head { code, level, section: "", title: "", fix: "" };
        Live { head, find: if matches!(level, Level::Error) { lint.find } else { idle } }
    }
    let mut out = [one(&lints[0], idle); N];
    let mut index = 1;
    while index < N {
        out[index] = one(&lints[index], idle);
        index += 1;
    }
    out
}

type LivePolicy = Live<fn(&PolicyDoc<'_>) -> Vec<Hit>>;
type LiveRecord = Live<fn(&RecordDoc<'_>) -> Vec<Hit>>;
type LivePaste = Live<fn(&Pasted) -> Vec<Hit>>;
#[cfg(feature = "check")]
type LiveLookup = Live<fn(&Lookups<'_>) -> Vec<Hit>>;
#[cfg(feature = "check")]
type LiveCheck = Live<fn(&Facts<'_>) -> Vec<Hit>>;

static POLICY: [LivePolicy; policy::LINTS.len()] = live(policy::LINTS, |_| Vec::new());
static ADVICE: [LivePolicy; advice::LINTS.len()] = live(advice::LINTS, |_| Vec::new());
static STS: [LiveRecord; record::STS.len()] = live(record::STS, |_| Vec::new());
static STS_OWN: [LiveRecord; record::STS_OWN.len()] = live(record::STS_OWN, |_| Vec::new());
static TLSRPT: [LiveRecord; record::TLSRPT.len()] = live(record::TLSRPT, |_| Vec::new());
static TLSRPT_OWN: [LiveRecord; record::TLSRPT_OWN.len()] = live(record::TLSRPT_OWN, |_| Vec::new());
static PASTED_STS: [LivePaste; paste::STS.len()] = live(paste::STS, |_| Vec::new());
static PASTED_TLSRPT: [LivePaste; paste::TLSRPT.len()] = live(paste::TLSRPT, |_| Vec::new());
#[cfg(feature = "check")]
static LOOKED_UP: [LiveLookup; fetch::RECORD.len()] = live(fetch::RECORD, |_| Vec::new());
#[cfg(feature = "check")]
static TLSRPT_LOOKED_UP: [LiveLookup; fetch::TLSRPT.len()] = live(fetch::TLSRPT, |_| Vec::new());
#[cfg(feature = "check")]
static FETCH: [LiveCheck; fetch::LINTS.len()] = live(fetch::LINTS, |_| Vec::new());
#[cfg(feature = "check")]
static RUA: [LiveCheck; rua::LINTS.len()] = live(rua::LINTS, |_| Vec::new());
#[cfg(feature = "check")]
static POLICY_HOST: [LiveCheck; policy_host::LINTS.len()] = live(policy_host::LINTS, |_| Vec::new());
#[cfg(feature = "check")]
static MX: [LiveCheck; mx::LINTS.len()] = live(mx::LINTS, |_| Vec::new());
#[cfg(feature = "check")]
static TLS: [LiveCheck; tls::LINTS.len()] = live(tls::LINTS, |_| Vec::new());
#[cfg(feature = "check")]
static DANE: [LiveCheck; dane::LINTS.len()] = live(dane::LINTS, |_| Vec::new());

/// What a rule found at one place.
pub(crate) struct Hit {
    /// The place, where there is one.
    pub(crate) at: Option<At>,
    /// What is the case here.
    pub(crate) message: String,
    /// A level below the rule's.
    pub(crate) level: Option<Level>,
    /// What to do here, where it can be said better than in general.
    pub(crate) fix: Option<String>,
    /// The edit that does it, where it is plain what was meant.
    pub(crate) edit: Option<Edit>,
    /// How many more places like this there are, of which nothing else is said.
    pub(crate) more: usize,
}

/// Where a hit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// A span of the text the rule read.
    Text(Span),
    /// A mail host, by its index.
    #[cfg(feature = "check")]
    Host(usize),
}

impl Hit {
    #[cfg(feature = "check")]
    fn new(message: String) -> Self {
        Self::of(None, message)
    }

    fn at(span: Span, message: String) -> Self {
        Self::of(Some(At::Text(span)), message)
    }

    #[cfg(feature = "check")]
    fn host(index: usize, message: String) -> Self {
        Self::of(Some(At::Host(index)), message)
    }

    /// Every rule makes its hits here: copied into each of them, it is a tenth of what the rules come to in wasm.
    #[inline(never)]
    fn of(at: Option<At>, message: String) -> Self {
        Self { at, message, level: None, fix: None, edit: None, more: 0 }
    }

    fn level(self, level: Level) -> Self {
        Self { level: Some(level), ..self }
    }

    fn fix(self, fix: String) -> Self {
        Self { fix: Some(fix), ..self }
    }

    /// The same, with the edit that mends it; it is made in builds that hand out edits alone.
    fn edit(self, edit: impl FnOnce() -> Option<Edit>) -> Self {
        if cfg!(feature = "mend") { Self { edit: edit(), ..self } } else { self }
    }

    /// The same, where there is something better to do than the rule says in general.
    fn fix_if(self, fix: Option<String>) -> Self {
        match fix {
            Some(fix) => self.fix(fix),
            None => self,
        }
    }
}

/// Most hits of one rule that are listed one by one.
const MAX_HITS: usize = 20;

/// The hit of a rule that has one at most.
fn one(hit: Option<Hit>) -> Vec<Hit> {
    hit.into_iter().collect()
}

/// A hit for each of the first `items`; of the rest only how many there are.
fn limited<T>(mut items: impl Iterator<Item = T>, hit: impl Fn(T) -> Hit) -> Vec<Hit> {
    first_of(&mut |wanted| items.next().map(|item| wanted.then(|| hit(item))))
}

/// The first hits that `next` gives, told to make one; of the rest only how many there are. Every rule has
/// items of another type: what does not depend on it is here, and once in the wasm.
fn first_of(next: &mut dyn FnMut(bool) -> Option<Option<Hit>>) -> Vec<Hit> {
    let mut hits = Vec::new();
    while let Some(hit) = next(hits.len() < MAX_HITS) {
        match (hit, hits.last_mut()) {
            (Some(hit), _) => hits.push(hit),
            (None, Some(last)) => last.more += 1,
            (None, None) => {}
        }
    }
    hits
}

/// The first hits, the last of which says how many more there are.
fn first_hits(mut hits: Vec<Hit>) -> Vec<Hit> {
    let unmade: usize = hits.iter_mut().map(|hit| std::mem::take(&mut hit.more)).sum();
    let more = unmade + hits.len().saturating_sub(MAX_HITS);
    hits.truncate(MAX_HITS);
    if let Some(last) = hits.last_mut().filter(|_| more > 0) {
        last.message = match more {
            1 => say!("{message} (and 1 more place like this)", message = &last.message),
            _ => say!("{message} (and {more} more places like this)", message = &last.message, more),
        };
    }
    hits
}

fn run<F: Copy>(lints: &'static [Live<F>], find: impl Fn(F) -> Vec<Hit>) -> Vec<(&'static Head, Hit)> {
    let mut found = Vec::new();
    for lint in lints {
        let hits = first_hits(find(lint.find));
        found.extend(hits.into_iter().map(|hit| (&lint.head, hit)));
    }
    found
}

/// The hits in a policy text.
pub(crate) fn lint_policy(doc: &PolicyDoc<'_>) -> Vec<(&'static Head, Hit)> {
    let mut found = run(&POLICY, |find| find(doc));
    found.extend(run(&ADVICE, |find| find(doc)));
    found
}

/// Most rounds of mending: what one edit uncovers, the next mends.
const MAX_ROUNDS: usize = 8;

/// `body` with every edit made that mends an error or a warning of it, and how many there were.
pub(crate) fn fix_policy(body: Vec<u8>, names: Option<&Names>) -> (Vec<u8>, usize) {
    fix(body, MAX_ROUNDS, |body| {
        let mut doc = PolicyDoc::parse(body);
        doc.names = names;
        let faults = doc.faults.iter().filter_map(|fault| mend::policy_edit(&doc, fault));
        faults.chain(advice_edits(lint_policy(&doc))).collect()
    })
}

/// `text` with every edit made that mends an error or a warning of it, and how many there were.
pub(crate) fn fix_record(kind: RecordKind, text: Vec<u8>) -> (Vec<u8>, usize) {
    // What is written anew out of UTF-16 is settled, and may be the line of a zone file.
    let rounds = if is_utf16(&text) { 1 } else { MAX_ROUNDS };
    fix(text, rounds, |text| {
        let doc = RecordDoc::parse(kind, text);
        let faults = doc.faults.iter().filter_map(|fault| mend_record::record_edit(&doc, fault));
        faults.chain(advice_edits(lint_record(&doc))).collect()
    })
}

/// The edits that mend what stands around the value of a pasted record.
pub(crate) fn edits_around(pasted: &Pasted) -> Vec<Edit> {
    lint_around(pasted).into_iter().filter_map(|(_, hit)| hit.edit).collect()
}

/// The edits of what is no error; those of errors are made of every fault, not of the first hits alone.
fn advice_edits(hits: Vec<(&'static Head, Hit)>) -> impl Iterator<Item = Edit> {
    let advice = hits.into_iter().filter(|(head, hit)| hit.level.unwrap_or(head.level) == Level::Warning);
    advice.filter_map(|(_, hit)| hit.edit)
}

fn fix(mut text: Vec<u8>, rounds: usize, edits: impl Fn(&[u8]) -> Vec<Edit>) -> (Vec<u8>, usize) {
    let mut made = 0;
    for _ in 0..rounds {
        let mut edits = edits(&text);
        if edits.is_empty() {
            break;
        }
        // Two faults of one line have the same edit.
        edits.sort_by_key(|edit| edit.span);
        edits.dedup();
        made += edits.len();
        text = apply(&text, &edits);
    }
    (text, made)
}

/// The hits in a record text.
pub(crate) fn lint_record(doc: &RecordDoc<'_>) -> Vec<(&'static Head, Hit)> {
    let (shared, own) = match doc.kind {
        RecordKind::Record => (STS.as_slice(), STS_OWN.as_slice()),
        RecordKind::Tlsrpt => (TLSRPT.as_slice(), TLSRPT_OWN.as_slice()),
    };
    let mut found = run(shared, |find| find(doc));
    found.extend(run(own, |find| find(doc)));
    found
}

/// The hits in a record as it was pasted: in its value, and in what stood around it. Places and edits are those of
/// the text that was pasted.
pub(crate) fn lint_pasted(pasted: &Pasted) -> Vec<(&'static Head, Hit)> {
    let mut found = lint_around(pasted);
    let inside = lint_record(&RecordDoc::parse(pasted.kind, &pasted.value));
    found.extend(inside.into_iter().map(|(head, mut hit)| {
        if let Some(At::Text(span)) = hit.at {
            hit.at = Some(At::Text(pasted.place(span)));
        }
        if let Some(edit) = hit.edit.take() {
            hit = hit.edit(|| {
                let span = pasted.solid(edit.span)?;
                Some(Edit::new(span, pasted.escaped(&edit.replacement)))
            });
        }
        (head, hit)
    }));
    found
}

fn lint_around(pasted: &Pasted) -> Vec<(&'static Head, Hit)> {
    let lints = match pasted.kind {
        RecordKind::Record => PASTED_STS.as_slice(),
        RecordKind::Tlsrpt => PASTED_TLSRPT.as_slice(),
    };
    run(lints, |find| find(pasted))
}

/// The hits in the lookup of a record, beside those in its text.
#[cfg(feature = "check")]
pub(crate) fn lint_lookup(kind: RecordKind, seen: &Lookups<'_>) -> Vec<(&'static Head, Hit)> {
    let lints = match kind {
        RecordKind::Record => LOOKED_UP.as_slice(),
        RecordKind::Tlsrpt => TLSRPT_LOOKED_UP.as_slice(),
    };
    run(lints, |find| find(seen))
}

/// The hits in what was seen of a domain, beside those in its texts.
#[cfg(feature = "check")]
pub(crate) fn lint_facts(facts: &Facts<'_>) -> Vec<(&'static Head, Hit)> {
    let lookup = |kind| lint_lookup(kind, &facts.lookups());
    let group = |lints: &'static [LiveCheck]| run(lints, |find| find(facts));
    let [fetch, host, mx, tls, dane, rua] = [&FETCH[..], &POLICY_HOST, &MX, &TLS, &DANE, &RUA].map(group);
    let found = [lookup(RecordKind::Record), fetch, lookup(RecordKind::Tlsrpt), host, mx, tls, dane, rua];
    found.into_iter().flatten().collect()
}

/// The policy, where senders enforce it.
#[cfg(feature = "check")]
fn enforced<'f>(facts: &'f Facts<'_>) -> Option<&'f Policy> {
    let policy = facts.policy.policy.as_ref().filter(|policy| policy.mode == Mode::Enforce);
    policy.filter(|_| facts.record.state == RecordState::Valid)
}

/// What was seen of a host, at these addresses of it.
#[cfg(feature = "check")]
fn seen_at(host: &HostFacts<'_>, addresses: &[String], what: String) -> String {
    say!("`{host}` ({addresses}): {what}", host = &host.host, addresses = addresses.join(", "), what)
}

/// The level of a fault of that host: an error where senders refuse mail for it, a warning where
/// they would once a policy that lists the host is enforced.
#[cfg(feature = "check")]
fn severity(facts: &Facts<'_>, host: usize) -> Level {
    let listed =
        enforced(facts).zip(facts.mx.hosts.get(host)).is_some_and(|(policy, host)| policy.admits(&host.host));
    if listed { Level::Error } else { Level::Warning }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::{LintKind, lint};

    fn codes(sample: Sample, code: &str) -> Vec<&'static str> {
        let Sample::Text(text) = sample else { panic!("{code}: a text rule is tried on a text") };
        let kind = match code.split('-').next() {
            Some("policy") => LintKind::Policy,
            Some("record") => LintKind::Record,
            _ => LintKind::Tlsrpt,
        };
        lint(kind, text).findings.iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn text_rules_fire_on_their_sample_and_not_on_its_mended_form() {
        let mut tried = 0;
        for rule in all().filter(|rule| matches!(rule.fires_on, Sample::Text(_))) {
            assert!(codes(rule.fires_on, rule.code).contains(&rule.code), "{} does not fire", rule.code);
            assert!(
                !codes(rule.quiet_on, rule.code).contains(&rule.code),
                "{} fires on its quiet text",
                rule.code
            );
            tried += 1;
        }
        assert!(tried > 50, "{tried} text rules");
    }

    #[test]
    fn every_rule_has_a_name_of_its_own_and_whole_sentences() {
        let mut codes = HashSet::new();
        for rule in all() {
            assert!(codes.insert(rule.code), "{} stands twice", rule.code);
            assert!(
                rule.code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
                "{}",
                rule.code
            );
            assert!(rule.section.starts_with("RFC "), "{}: {}", rule.code, rule.section);
            assert!(rule.why.ends_with('.') && rule.why.len() > 40, "{}: why", rule.code);
            assert!(rule.fix.ends_with('.'), "{}: fix", rule.code);
            assert!(!rule.title.ends_with('.'), "{}: title", rule.code);
            assert_eq!(explain(rule.code).map(|found| found.code), Some(rule.code));
        }
        assert!(explain("no-such-rule").is_none());
    }
}
