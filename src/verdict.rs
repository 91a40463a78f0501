//! What senders do with the mail: host by host, and for the domain.
//!
//! The sender meant is one that honours MTA-STS and has nothing cached. The verdict reads facts and
//! never findings: findings explain, the verdict decides.

use serde::{Deserialize, Serialize, Serializer};

pub use action::{Action, Does, EXCHANGE_ONLINE, EXCHANGE_ONLINE_NAMES, OtherSender};
pub use dane::{DaneDelivery, DaneVerdict};

use crate::evidence::{Failure, Outcome, SessionEnd, SmtpResult, SmtpStage};
use crate::facts::{AddressFacts, AddressLookup, Facts, HostFacts, MxLookup, PolicyState, RecordState};
use crate::policy::{Mode, Policy};
use crate::say::say;

mod action;
mod dane;

/// What a sender does with the domain's mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// Delivers, over verified TLS or as a test that passes.
    Deliver,
    /// Does not deliver.
    Refuse,
    /// Delivers although a host fails, and reports the failure.
    DeliverAndReport,
    /// Delivers as if there were no MTA-STS.
    NoSts,
    /// Cannot be told from what was seen.
    Unknown,
}

impl Delivery {
    /// As it stands in a report.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deliver => "deliver",
            Self::Refuse => "refuse",
            Self::DeliverAndReport => "deliver-and-report",
            Self::NoSts => "no-sts",
            Self::Unknown => "unknown",
        }
    }
}

/// The verdict on a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What a sender does with the mail.
    pub delivery: Delivery,
    /// Host by host, in the order of the facts.
    pub hosts: Vec<HostVerdict>,
}

/// The verdict on one mail host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostVerdict {
    /// Whether an `mx` pattern admits it (RFC 8461 §4.1); unknown without a valid policy.
    pub matched: Option<bool>,
    /// What the host itself comes to.
    pub result: SmtpResult,
    /// What a sender reports of it; nothing where it reports nothing.
    pub report: Option<Reported>,
}

/// What a sender reports of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reported {
    /// `sts-policy-invalid` (RFC 8460 §4.3.2.2).
    PolicyInvalid,
    /// `sts-webpki-invalid`.
    WebpkiInvalid,
    /// `sts-policy-fetch-error`.
    PolicyFetchError,
    /// Not in the policy; RFC 8460 §4.3 has no type for it.
    MxNotMatched,
    /// What the host itself comes to.
    Host(SmtpResult),
}

impl Reported {
    /// As it stands in a report.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PolicyInvalid => "sts-policy-invalid",
            Self::WebpkiInvalid => "sts-webpki-invalid",
            Self::PolicyFetchError => "sts-policy-fetch-error",
            Self::MxNotMatched => "mx-not-matched",
            Self::Host(result) => result.as_str(),
        }
    }
}

impl Serialize for Reported {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Verdict {
    /// Decides, from facts alone.
    #[must_use]
    pub fn of(facts: &Facts<'_>) -> Self {
        let policy = facts.policy.policy.as_ref();
        let hosts: Vec<HostVerdict> = facts
            .mx
            .hosts
            .iter()
            .map(|host| {
                let matched = policy.map(|policy| policy.admits(&host.host));
                let result = host.result();
                HostVerdict { matched, result, report: reported(facts, matched, result) }
            })
            .collect();
        Self { delivery: delivery(facts, policy, &hosts), hosts }
    }
}

/// The first that applies, as the contract lists them.
fn reported(facts: &Facts<'_>, matched: Option<bool>, result: SmtpResult) -> Option<Reported> {
    if facts.record.state != RecordState::Valid || facts.mode() == Some(Mode::None) {
        return None;
    }
    Some(match facts.policy.state {
        PolicyState::Invalid => Reported::PolicyInvalid,
        PolicyState::WebpkiInvalid => Reported::WebpkiInvalid,
        PolicyState::Absent | PolicyState::FetchError => Reported::PolicyFetchError,
        PolicyState::NotObserved => Reported::Host(SmtpResult::NotObserved),
        PolicyState::Valid if matched == Some(false) => Reported::MxNotMatched,
        PolicyState::Valid => Reported::Host(result),
    })
}

/// The first that applies, as the contract lists them.
fn delivery(facts: &Facts<'_>, policy: Option<&Policy>, hosts: &[HostVerdict]) -> Delivery {
    let unseen =
        facts.record.state == RecordState::NotObserved || facts.policy.state == PolicyState::NotObserved;
    if unseen {
        return Delivery::Unknown;
    }
    let Some(policy) =
        policy.filter(|policy| facts.record.state == RecordState::Valid && policy.mode != Mode::None)
    else {
        return Delivery::NoSts;
    };
    let hosts: Vec<_> = hosts.iter().map(|host| (host.matched == Some(true), host.result)).collect();
    under(policy.mode, facts.mx.lookup, &hosts)
}

/// What a sender does that has a policy of this mode. Of each mail host: whether it finds it listed, and what it comes to.
#[must_use]
pub fn under(mode: Mode, lookup: MxLookup, hosts: &[(bool, SmtpResult)]) -> Delivery {
    if mode == Mode::None {
        return Delivery::NoSts;
    }
    match lookup {
        MxLookup::NotObserved | MxLookup::DnsError => return Delivery::Unknown,
        MxLookup::Null | MxLookup::None => return Delivery::Refuse,
        MxLookup::Found | MxLookup::Implicit => {}
    }
    let any = |listed: bool, wanted: SmtpResult| hosts.contains(&(listed, wanted));
    if mode == Mode::Testing {
        let fails = |(listed, result): &(bool, SmtpResult)| {
            !listed || !matches!(result, SmtpResult::Ok | SmtpResult::NotObserved)
        };
        if hosts.iter().any(fails) {
            Delivery::DeliverAndReport
        } else if any(true, SmtpResult::NotObserved) {
            Delivery::Unknown
        } else {
            Delivery::Deliver
        }
    } else if any(true, SmtpResult::Ok) {
        Delivery::Deliver
    } else if any(true, SmtpResult::NotObserved) {
        Delivery::Unknown
    } else {
        Delivery::Refuse
    }
}

impl Verdict {
    /// The verdict in one sentence.
    #[must_use]
    pub fn sentence(&self, facts: &Facts<'_>) -> String {
        let domain = facts.domain;
        let passing =
            self.hosts.iter().filter(|host| host.report == Some(Reported::Host(SmtpResult::Ok))).count();
        let unobserved = Some(Reported::Host(SmtpResult::NotObserved));
        let unknown = self.hosts.iter().filter(|host| host.report == unobserved).count();
        let hosts = match (passing, self.hosts.len()) {
            (1, 1) => say!("its mail host passes"),
            (passing, all) if unknown > 0 && passing + unknown == all => {
                say!(
                    "of {all} hosts {passing} pass, and {unknown} could not be looked at",
                    all,
                    passing,
                    unknown
                )
            }
            (passing, all) if passing == all => say!("{passing} of {all} hosts pass", passing, all),
            (1, all) => say!("1 of {all} hosts passes, and senders use that one", all),
            (passing, all) => say!("{passing} of {all} hosts pass, and senders use those", passing, all),
        };
        match self.delivery {
            Delivery::Deliver if facts.mode() == Some(Mode::Enforce) => {
                say!("Mail to {domain} is enforced: {hosts}.", domain, hosts)
            }
            Delivery::Deliver => {
                say!(
                    "Mail to {domain} passes the test, which is all that mode testing asks: {hosts}.",
                    domain,
                    hosts
                )
            }
            Delivery::DeliverAndReport => {
                say!(
                    "Senders deliver mail to {domain} and report: {fault}.",
                    domain,
                    fault = self.first_fault(facts)
                )
            }
            Delivery::Refuse => match facts.mx.lookup {
                MxLookup::Null => say!("{domain} accepts no mail: it has a null MX.", domain),
                MxLookup::None => say!("Mail to {domain} cannot be delivered: it has no mail host.", domain),
                // Where no session can be had MTA-STS has no part in it.
                _ if self.hosts.iter().all(|host| host.result == SmtpResult::ConnectFailed) => {
                    let first = facts.mx.hosts.first();
                    let first = first.map_or_else(String::new, |host| with(host, unconnected(host)));
                    let addresses = facts.mx.hosts.iter().flat_map(|host| &host.addresses);
                    let mut ends = addresses.filter_map(AddressFacts::session).map(|session| &session.end);
                    // What it says to us it may not say to others.
                    if ends.any(|end| matches!(end, SessionEnd::Refused { .. })) {
                        say!(
                            "Who connects from here cannot deliver mail to {domain}: {first}.",
                            domain,
                            first
                        )
                    } else {
                        say!("No sender can deliver mail to {domain}: {first}.", domain, first)
                    }
                }
                _ => say!(
                    "Senders that honour MTA-STS refuse mail to {domain}: {fault}.",
                    domain,
                    fault = self.first_fault(facts)
                ),
            },
            Delivery::NoSts if facts.mx.no_domain => {
                say!("Mail to {domain} cannot be delivered: the domain does not exist.", domain)
            }
            Delivery::NoSts => {
                say!("Senders treat {domain} as if it had no MTA-STS: {why}.", domain, why = no_sts(facts))
            }
            Delivery::Unknown => {
                say!(
                    "What senders do with mail to {domain} cannot be told from here: {why}.",
                    domain,
                    why = unseen(facts)
                )
            }
        }
    }

    /// The first host that fails, and how.
    fn first_fault(&self, facts: &Facts<'_>) -> String {
        let hosts = facts.mx.hosts.iter().zip(&self.hosts);
        let fault = hosts.filter_map(|(host, verdict)| Some((host, phrase(host, verdict.report?)?))).next();
        fault.map_or_else(String::new, |(host, phrase)| with(host, phrase))
    }
}

/// What is said of a host, whose name stands in front.
fn with(host: &HostFacts<'_>, what: String) -> String {
    say!("{host} {what}", host = &host.host, what)
}

/// What is wrong with a host, as the end of a sentence that begins with its name.
pub(crate) fn phrase(host: &HostFacts<'_>, report: Reported) -> Option<String> {
    Some(match report {
        Reported::MxNotMatched => say!("is not in the policy"),
        Reported::Host(result) => match result {
            SmtpResult::StarttlsNotSupported => say!("does not offer STARTTLS"),
            SmtpResult::CertificateHostMismatch => say!("shows a certificate for another name"),
            SmtpResult::CertificateExpired => say!("shows an expired certificate"),
            SmtpResult::CertificateNotTrusted => say!("shows a certificate that is not trusted"),
            SmtpResult::ValidationFailure => say!("fails in TLS"),
            SmtpResult::ConnectFailed => unconnected(host),
            SmtpResult::Ok | SmtpResult::NotObserved => return None,
        },
        Reported::PolicyInvalid | Reported::WebpkiInvalid | Reported::PolicyFetchError => return None,
    })
}

/// Why there is no session with a host, by the address that got furthest.
fn unconnected(host: &HostFacts<'_>) -> String {
    let failed = host.addresses.iter().filter(|address| address.result == SmtpResult::ConnectFailed);
    let sessions = failed.clone().filter_map(AddressFacts::session);
    match sessions.max_by_key(|session| session.stage) {
        Some(session) => match (session.stage, &session.end) {
            (SmtpStage::Banner, SessionEnd::Silent) => say!("sends no greeting"),
            (SmtpStage::Banner, SessionEnd::Refused { .. }) => say!("greets with a refusal"),
            (SmtpStage::Banner, SessionEnd::Closed) => say!("closes the connection without a greeting"),
            (SmtpStage::Ehlo, SessionEnd::Refused { .. }) => say!("refuses EHLO"),
            (SmtpStage::Starttls, SessionEnd::Closed) => say!("closes the connection at STARTTLS"),
            (SmtpStage::Starttls, SessionEnd::Silent) => say!("does not answer STARTTLS"),
            _ => say!("does not hold an SMTP session"),
        },
        None if host.addresses.is_empty() && host.lookup == AddressLookup::Error => {
            say!("has addresses that cannot be looked up")
        }
        None if host.addresses.is_empty() => say!("has no address"),
        None if failed
            .clone()
            .any(|address| matches!(address.outcome, Some(Outcome::Failed(Failure::Refused)))) =>
        {
            say!("refuses connections")
        }
        None => say!("does not answer"),
    }
}

/// Why a sender has no policy, the first stage first.
fn no_sts(facts: &Facts<'_>) -> String {
    match facts.record.state {
        RecordState::Absent => return say!("it has no MTA-STS record"),
        RecordState::Invalid => return say!("its MTA-STS record is invalid"),
        RecordState::Multiple => {
            return say!("it has {count} MTA-STS records", count = facts.record.kept.len());
        }
        RecordState::DnsError => return say!("its MTA-STS record cannot be looked up"),
        RecordState::Valid | RecordState::NotObserved => {}
    }
    match facts.policy.state {
        PolicyState::Absent => say!("its policy host has no policy"),
        PolicyState::Invalid => say!("its policy is invalid"),
        PolicyState::FetchError => say!("its policy cannot be fetched"),
        PolicyState::WebpkiInvalid => say!("the certificate of its policy host is not valid"),
        PolicyState::Valid => say!("the mode of its policy is none"),
        PolicyState::NotObserved => say!("its policy could not be seen"),
    }
}

/// What could not be seen, the first stage first.
fn unseen(facts: &Facts<'_>) -> String {
    if facts.record.state == RecordState::NotObserved && facts.mx.lookup == MxLookup::NotObserved {
        say!("no DNS resolver could be reached")
    } else if facts.record.state == RecordState::NotObserved {
        say!("its record could not be looked up")
    } else if facts.policy.state == PolicyState::NotObserved {
        say!("its policy could not be seen")
    } else if matches!(facts.mx.lookup, MxLookup::NotObserved | MxLookup::DnsError) {
        say!("its MX records could not be looked up")
    } else {
        say!("its mail hosts could not be looked at")
    }
}
