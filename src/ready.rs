//! Whether a domain is ready for mode enforce: host by host and address by address, while the policy still says something else.

use serde::{Deserialize, Serialize};

use crate::evidence::{SmtpResult, TlsSeen};
use crate::facts::{AddressFacts, AddressLookup, Facts, HostFacts, MxLookup, PolicyState, RecordState};
use crate::policy::Mode;
use crate::say::say;
use crate::verdict::{DaneDelivery, DaneVerdict, Reported, phrase};
use crate::words::day;

/// Whether a domain is ready for mode enforce.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Readiness {
    /// Whether nothing blocks and all was seen.
    pub ready: bool,
    /// The same in one sentence.
    pub sentence: String,
    /// What it comes from, in the order of the report.
    pub items: Vec<ReadyItem>,
}

/// How a domain stands, as far as a sentence on its readiness says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The policy domain.
    pub domain: String,
    /// The mode of the policy that senders have; nothing where they have none.
    pub mode: Option<Mode>,
    /// What to say where senders that look at DANE refuse the mail.
    pub dane: Option<String>,
}

/// One thing that has to be right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadyItem {
    /// What it is about: `record`, `policy`, a host, or an address of one.
    pub about: String,
    /// Whether it is.
    pub state: ReadyState,
    /// The same in words, as the end of a sentence that begins with what it is about.
    pub what: String,
}

/// Whether something is as it has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReadyState {
    /// It is.
    Passes,
    /// It is not: enforced, mail would be refused, or nothing would be enforced.
    Blocks,
    /// It could not be seen.
    Unseen,
}

/// Whoever enforces wants to have this much time to renew a certificate, in days.
const DAYS: i64 = 30;
/// A shorter max_age enforces little: a sender that sends rarely has no policy between two mails (RFC 8461 §10.2).
const LEAST_AGE: u32 = 86_400;

impl Readiness {
    /// Decides, from facts alone.
    #[must_use]
    pub fn of(facts: &Facts<'_>) -> Self {
        let mut items = Vec::new();
        items.extend(record(facts));
        items.extend(policy(facts));
        match facts.mx.lookup {
            MxLookup::Found | MxLookup::Implicit => {
                for host in &facts.mx.hosts {
                    of_host(facts, host, &mut items);
                }
            }
            MxLookup::NotObserved | MxLookup::DnsError => {
                items.push(item(
                    facts.domain.as_str(),
                    ReadyState::Unseen,
                    say!("has MX records that could not be seen"),
                ));
            }
            MxLookup::Null | MxLookup::None => {
                items.push(item(facts.domain.as_str(), ReadyState::Blocks, say!("has no mail host")));
            }
        }
        // A policy that no record leads to is one that senders do not have.
        let mode = facts.mode().filter(|_| facts.record.state == RecordState::Valid);
        let refused = DaneVerdict::of(facts).filter(|dane| dane.delivery == DaneDelivery::Refuse);
        Self::decided(
            &Standing { domain: facts.domain.to_string(), mode, dane: refused.map(|dane| dane.sentence) },
            items,
        )
    }

    /// Decides, from items alone.
    #[must_use]
    pub fn decided(standing: &Standing, items: Vec<ReadyItem>) -> Self {
        let Standing { domain, mode, dane } = standing;
        let count = |state| items.iter().filter(|item: &&ReadyItem| item.state == state).count();
        let (blocking, unseen) = (count(ReadyState::Blocks), count(ReadyState::Unseen));
        let first = |state| items.iter().find(|item| item.state == state);
        let with_others = |item: &ReadyItem, count: usize| {
            let (about, what) = (&item.about, &item.what);
            match count {
                0 | 1 => say!("{about} {what}", about, what),
                2 => say!("{about} {what}, and one thing more", about, what),
                count => say!("{about} {what}, and {more} things more", about, what, more = count - 1),
            }
        };
        let enforced = *mode == Some(Mode::Enforce);
        let sentence = match (first(ReadyState::Blocks), first(ReadyState::Unseen)) {
            (Some(item), _) => {
                say!("{domain} is not ready for enforce: {why}.", domain, why = with_others(item, blocking))
            }
            (None, Some(item)) => say!(
                "Whether {domain} is ready for enforce cannot be told from here: {why}.",
                domain,
                why = with_others(item, unseen)
            ),
            (None, None) if enforced => {
                say!("{domain} enforces its policy, and everything seen passes.", domain)
            }
            (None, None) if mode.is_none() => {
                say!("The mail hosts of {domain} are ready for enforce; publish mode testing first.", domain)
            }
            (None, None) => say!("{domain} is ready for enforce: everything seen passes.", domain),
        };
        // Whatever the mode is, and MTA-STS can do nothing about it.
        let sentence = match dane {
            Some(dane) => format!("{sentence} {dane}"),
            None => sentence,
        };
        Self { ready: blocking + unseen == 0, sentence, items }
    }
}

fn item(about: &str, state: ReadyState, what: String) -> ReadyItem {
    ReadyItem { about: about.to_owned(), state, what }
}

/// The record, where it is published. Without one nothing is published yet, which blocks nothing.
fn record(facts: &Facts<'_>) -> Option<ReadyItem> {
    let (state, what) = match facts.record.state {
        RecordState::Valid => (ReadyState::Passes, say!("is valid")),
        RecordState::Absent => return None,
        RecordState::Invalid => (ReadyState::Blocks, say!("is invalid, so senders find no policy")),
        RecordState::Multiple => (ReadyState::Blocks, say!("is there more than once, which counts as none")),
        RecordState::DnsError => (ReadyState::Unseen, say!("cannot be looked up")),
        RecordState::NotObserved => (ReadyState::Unseen, say!("could not be seen")),
    };
    Some(item(&say!("the record"), state, what))
}

/// The policy, where a record or a body is published.
fn policy(facts: &Facts<'_>) -> Option<ReadyItem> {
    let about = say!("the policy");
    let blocks = |what: String| Some(item(&about, ReadyState::Blocks, what));
    match facts.policy.state {
        PolicyState::Absent if facts.record.state == RecordState::Absent => None,
        PolicyState::FetchError if facts.record.state == RecordState::Absent => None,
        PolicyState::Absent => blocks(say!("is not there")),
        PolicyState::Invalid => blocks(say!("is invalid")),
        PolicyState::FetchError => blocks(say!("cannot be fetched")),
        PolicyState::WebpkiInvalid => blocks(say!("is behind a certificate that is not valid")),
        PolicyState::NotObserved => Some(item(&about, ReadyState::Unseen, say!("could not be seen"))),
        PolicyState::Valid => {
            let policy = facts.policy.policy.as_ref()?;
            let tls = facts.policy.answer().and_then(|answer| answer.tls.as_ref());
            if policy.mode != Mode::None && policy.max_age < LEAST_AGE {
                return blocks(say!("is kept for {age} seconds only, less than a day", age = policy.max_age));
            }
            match tls.and_then(|tls| ends(tls, facts.now)) {
                Some((day, left)) => blocks(say!(
                    "is behind a certificate that ends on {day}, in {left} days",
                    day,
                    left = &left
                )),
                None => Some(item(&about, ReadyState::Passes, say!("is valid"))),
            }
        }
    }
}

fn of_host(facts: &Facts<'_>, host: &HostFacts<'_>, items: &mut Vec<ReadyItem>) {
    let name = host.host.as_str();
    if host.lookup == AddressLookup::Skipped {
        return; // beyond those that are looked at
    }
    let policy = facts.policy.policy.as_ref().filter(|policy| policy.mode != Mode::None);
    if policy.is_some_and(|policy| !policy.admits(&host.host)) {
        items.push(item(name, ReadyState::Blocks, say!("is not in the policy")));
    }
    of_probes(facts, host, items);
}

/// What the probes of a host come to, whether the policy admits it or not.
pub(crate) fn of_probes(facts: &Facts<'_>, host: &HostFacts<'_>, items: &mut Vec<ReadyItem>) {
    let name = host.host.as_str();
    let seen: Vec<&AddressFacts<'_>> = host.addresses.iter().filter(|address| !address.skipped).collect();
    if seen.is_empty() {
        let what = match host.result() {
            SmtpResult::NotObserved => (ReadyState::Unseen, say!("could not be looked at")),
            result => (ReadyState::Blocks, failing(host, result)),
        };
        items.push(item(name, what.0, what.1));
        return;
    }
    let any_passes = seen.iter().any(|address| address.result == SmtpResult::Ok);
    for address in seen {
        let about = format!("{name} ({})", address.address);
        let (state, what) = match address.result {
            SmtpResult::Ok => match address.tls().and_then(|tls| ends(tls, facts.now)) {
                Some((day, left)) => (
                    ReadyState::Blocks,
                    say!("shows a certificate that ends on {day}, in {left} days", day, left = &left),
                ),
                None => (ReadyState::Passes, say!("takes mail over verified TLS")),
            },
            SmtpResult::NotObserved => (ReadyState::Unseen, say!("could not be looked at")),
            // That is so today, and enforce changes nothing of it.
            SmtpResult::ConnectFailed if any_passes => {
                (ReadyState::Passes, say!("takes no connection, and senders use the others"))
            }
            result => (ReadyState::Blocks, failing(host, result)),
        };
        items.push(item(&about, state, what));
    }
}

fn failing(host: &HostFacts<'_>, result: SmtpResult) -> String {
    phrase(host, Reported::Host(result)).unwrap_or_else(|| say!("fails"))
}

/// The day on which the certificate ends, and how many days are left, where these are few.
fn ends(tls: &TlsSeen, now: i64) -> Option<(String, i64)> {
    let leaf = tls.chain.first()?;
    let left = leaf.not_after.saturating_sub(now).div_euclid(86_400);
    (left < DAYS).then(|| (day(leaf.not_after), left))
}
