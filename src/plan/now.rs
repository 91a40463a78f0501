//! What a domain has now, from the evidence of a check.

use std::fmt;

use super::{Failing, Now};
use crate::dns::{Kind, Message};
use crate::evidence::{Evidence, Outcome, Step};
use crate::facts::{AddressLookup, Facts, MxLookup, PolicyState, RecordState};
use crate::name::{Domain, Host};
use crate::ready::{ReadyState, of_probes};
use crate::say::say;

/// The least time that resolvers are given to forget a record, in seconds. What a caching resolver says is what is left of a
/// time to live, not how long it was; a day is as long as most are.
const FORGET: u32 = 86_400;

/// Why there is no plan from what was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoPlan {
    /// What the domain has of MTA-STS could not be seen, so nothing can be said of what senders have.
    NotSeen(Unseen),
    /// The domain has no mail host that a policy could admit.
    NoHosts(NoHosts),
}

/// What of a domain could not be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unseen {
    /// The MTA-STS record.
    Record,
    /// The policy.
    Policy,
    /// The MX records.
    Mx,
}

/// Why a domain has no mail host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoHosts {
    /// It has a null MX (RFC 7505).
    NullMx,
    /// There is no such domain.
    NoDomain,
    /// It has neither MX records nor an address.
    Nothing,
}

impl fmt::Display for NoPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Self::NotSeen(Unseen::Record) => {
                say!("the MTA-STS record could not be seen, so what senders have is not known")
            }
            Self::NotSeen(Unseen::Policy) => {
                say!("the policy could not be seen, so what senders have is not known")
            }
            Self::NotSeen(Unseen::Mx) => {
                say!("the MX records could not be seen, so what senders have is not known")
            }
            Self::NoHosts(NoHosts::NullMx) => {
                say!("no policy could admit a mail host: the domain accepts no mail (it has a null MX)")
            }
            Self::NoHosts(NoHosts::NoDomain) => {
                say!("no policy could admit a mail host: the domain does not exist")
            }
            Self::NoHosts(NoHosts::Nothing) => {
                say!("no policy could admit a mail host: the domain has neither MX records nor an address")
            }
        })
    }
}

impl std::error::Error for NoPlan {}

impl Now {
    /// A domain of which nothing was looked at: it has these MX hosts, and nothing of MTA-STS.
    #[must_use]
    pub fn unseen(domain: Domain, at: i64, mx: &[Host]) -> Self {
        let mx = mx.iter().map(|host| (10, host.clone())).collect();
        Self {
            domain,
            at,
            live: None,
            served: None,
            cached: Vec::new(),
            mx,
            ttl: FORGET,
            tlsrpt: false,
            policy_fault: None,
            failing: Vec::new(),
            testing_since: None,
        }
    }

    /// Reads it from the evidence of a check. `named` are MX hosts to go by where the domain has none yet.
    ///
    /// # Errors
    /// Record, policy or mail hosts could not be seen, or there is no mail host.
    pub fn of(evidence: &Evidence, named: &[Host]) -> Result<Self, NoPlan> {
        let facts = Facts::read(evidence);
        let not_seen = |what| Err(NoPlan::NotSeen(what));
        if matches!(facts.record.state, RecordState::NotObserved | RecordState::DnsError) {
            return not_seen(Unseen::Record);
        }
        if facts.record.state == RecordState::Valid && facts.policy.state == PolicyState::NotObserved {
            return not_seen(Unseen::Policy);
        }
        let mut mx: Vec<(u16, Host)> = match facts.mx.lookup {
            MxLookup::NotObserved | MxLookup::DnsError => return not_seen(Unseen::Mx),
            MxLookup::Null | MxLookup::None => Vec::new(),
            MxLookup::Found | MxLookup::Implicit => {
                facts.mx.hosts.iter().map(|host| (host.preference, host.host.clone())).collect()
            }
        };
        if mx.is_empty() {
            mx.extend(named.iter().map(|host| (10, host.clone())));
        }
        if mx.is_empty() {
            let why = match facts.mx.lookup {
                MxLookup::Null => NoHosts::NullMx,
                _ if facts.mx.no_domain => NoHosts::NoDomain,
                _ => NoHosts::Nothing,
            };
            return Err(NoPlan::NoHosts(why));
        }
        let is_spoilt = matches!(facts.record.state, RecordState::Invalid | RecordState::Multiple);
        Ok(Self {
            domain: evidence.domain.clone(),
            at: evidence.now,
            live: facts.policy.policy.clone().zip(facts.record.id()),
            served: facts.policy.policy.clone().filter(|_| is_spoilt),
            cached: Vec::new(),
            mx,
            ttl: time_to_live(evidence).max(FORGET),
            tlsrpt: facts.tlsrpt.state == RecordState::Valid,
            policy_fault: policy_fault(&facts),
            failing: failing(&facts),
            testing_since: None,
        })
    }
}

/// What keeps senders from the policy. A host that is not there yet is no fault: it is made when the policy is published.
fn policy_fault(facts: &Facts<'_>) -> Option<String> {
    if facts.record.kept.is_empty() {
        return None;
    }
    match facts.policy.state {
        PolicyState::WebpkiInvalid => Some(say!("shows a certificate that senders do not accept")),
        PolicyState::FetchError => Some(say!("does not give senders the policy")),
        _ => None,
    }
}

/// What the mail hosts fail with. That one is not in the policy is for the plan to mend.
fn failing(facts: &Facts<'_>) -> Vec<Failing> {
    let mut failing = Vec::new();
    for host in facts.mx.hosts.iter().filter(|host| host.lookup != AddressLookup::Skipped) {
        let mut items = Vec::new();
        of_probes(facts, host, &mut items);
        let blocking = items.into_iter().filter(|item| item.state == ReadyState::Blocks);
        failing.extend(blocking.map(|item| Failing {
            host: host.host.clone(),
            about: item.about,
            fault: item.what,
        }));
    }
    failing
}

/// The longest time to live of the records of MTA-STS, its policy host and the mail hosts, as far as it was seen.
fn time_to_live(evidence: &Evidence) -> u32 {
    let answers = evidence.entries.iter().filter_map(|entry| match (&entry.step, &entry.outcome) {
        (Step::Dns { rrtype, .. }, Outcome::Message(message)) if *rrtype != Kind::Tlsa => {
            Message::parse(&message.0).ok()
        }
        _ => None,
    });
    answers.flat_map(|answer| answer.answers).map(|record| record.ttl).max().unwrap_or_default()
}
