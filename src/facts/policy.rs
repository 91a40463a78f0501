//! The policy as it was fetched: what became of it, who saw it, and what is still to be fetched (RFC 8461 §3.3).

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{MAX_ADDRESSES, Needed, probed};
use crate::dns::Kind;
use crate::evidence::{Evidence, Failure, HttpAnswer, Lookup, Outcome, Step, Witness};
use crate::policy::{MAX_BODY, Policy, PolicyDoc};

/// What became of the policy, by the HTTPS side alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyState {
    /// A sender can read it.
    Valid,
    /// There is no policy host, or it answers 404 or 410.
    Absent,
    /// It was fetched and a sender cannot read it.
    Invalid,
    /// It could not be fetched.
    FetchError,
    /// The policy host's certificate is not valid.
    WebpkiInvalid,
    /// Nobody could look.
    NotObserved,
}

/// The policy, and who saw it.
#[derive(Clone, Debug)]
pub struct PolicyFacts<'e> {
    /// What became of it.
    pub state: PolicyState,
    /// What the witness that decides saw: the companion or the terminal where it could look,
    /// otherwise the browser.
    pub outcome: Option<&'e Outcome>,
    /// Who that was.
    pub by: Option<Witness>,
    /// How long it took that witness, in milliseconds.
    pub took_ms: u32,
    /// What the browser itself saw, where it looked too.
    pub browser: Option<&'e Outcome>,
    /// What a sender reads.
    pub policy: Option<Policy>,
    /// Whether DNS says that the policy host has no address.
    pub no_host: bool,
    /// The names that aliases (CNAME) of the policy host lead to, in order.
    pub aliases: Vec<String>,
    /// The addresses of the policy host, IPv4 first, and what each gives.
    pub addresses: Vec<PolicyAddressFacts<'e>>,
    /// What came of the fetch with a browser's User-Agent, where the ordinary one was turned away.
    pub as_browser: Option<&'e Outcome>,
}

/// One address of the policy host.
#[derive(Clone, Debug)]
pub struct PolicyAddressFacts<'e> {
    /// The address.
    pub address: IpAddr,
    /// What the policy comes to for a sender that connects there.
    pub state: PolicyState,
    /// What was seen there. Of the only address, that is what the ordinary fetch saw.
    pub outcome: Option<&'e Outcome>,
    /// Whether it is not fetched from, as the host has more addresses than are looked at.
    pub skipped: bool,
}

impl<'e> PolicyAddressFacts<'e> {
    /// The response, where there was one.
    #[must_use]
    pub const fn answer(&self) -> Option<&'e HttpAnswer> {
        match self.outcome {
            Some(Outcome::Http(answer)) => Some(answer),
            _ => None,
        }
    }

    /// Whether a policy body comes from there, valid or not.
    #[must_use]
    pub const fn has_body(&self) -> bool {
        matches!(self.state, PolicyState::Valid | PolicyState::Invalid)
    }
}

impl<'e> PolicyFacts<'e> {
    /// The response, where there was one.
    #[must_use]
    pub fn answer(&self) -> Option<&'e HttpAnswer> {
        match self.outcome {
            Some(Outcome::Http(answer)) => Some(answer),
            _ => None,
        }
    }

    /// The body, where it counts as one: status 200, no content coding, not too long.
    #[must_use]
    pub fn body(&self) -> Option<&'e [u8]> {
        match self.state {
            PolicyState::Valid | PolicyState::Invalid => self.answer().map(|answer| answer.body.0.as_slice()),
            _ => None,
        }
    }

    /// The document, where there is a body.
    #[must_use]
    pub fn doc(&self) -> Option<PolicyDoc<'e>> {
        self.body().map(PolicyDoc::parse)
    }

    /// Reads the policy alone.
    #[must_use]
    pub fn of(evidence: &'e Evidence) -> Self {
        Self::read(evidence, &mut Needed::default())
    }

    pub(super) fn read(evidence: &'e Evidence, needed: &mut Needed) -> Self {
        let host = PolicyHost::read(evidence, needed);
        let step = Step::Policy { domain: evidence.domain.clone() };
        let browser = evidence.outcome(&step, |by| by == Witness::Browser);
        let beside = evidence.outcome(&step, |by| by != Witness::Browser);
        if browser.is_none() && beside.is_none() {
            needed.add(step.clone());
        }
        let no_host = host.absent == [true; 2];
        let seen = |outcome: &&Outcome| policy_state(outcome, no_host) != PolicyState::NotObserved;
        let outcome = beside.filter(seen).or(browser.filter(seen)).or(beside).or(browser);
        let by =
            evidence.entries.iter().rev().find(|entry| entry.step == step && Some(&entry.outcome) == outcome);
        let state = match outcome {
            Some(outcome) => policy_state(outcome, no_host),
            None if no_host => PolicyState::Absent,
            None => PolicyState::NotObserved,
        };
        let took_ms = by.map_or(0, |entry| entry.took_ms);
        let by = by.map(|entry| entry.by);
        let as_browser = beside.filter(|outcome| is_turned_away(outcome)).and_then(|_| {
            let step = Step::PolicyAsBrowser { domain: evidence.domain.clone() };
            let outcome = evidence.outcome(&step, |_| true);
            if outcome.is_none() && !evidence.quick {
                needed.add(step);
            }
            outcome
        });
        let addresses = host.fetches(evidence, needed, beside);
        let aliases = host.aliases;
        let mut facts = Self {
            state,
            outcome,
            by,
            took_ms,
            browser,
            policy: None,
            no_host,
            aliases,
            addresses,
            as_browser,
        };
        facts.policy = facts.doc().and_then(|doc| doc.policy());
        facts
    }
}

/// What DNS says of the policy host.
struct PolicyHost {
    aliases: Vec<String>,
    /// Its IPv4 and its IPv6 addresses, in order.
    families: [Vec<IpAddr>; 2],
    /// Whether the lookup is still under way.
    waiting: [bool; 2],
    /// Whether there is no address of that family.
    absent: [bool; 2],
}

impl PolicyHost {
    fn read(evidence: &Evidence, needed: &mut Needed) -> Self {
        let mut host = Self {
            aliases: Vec::new(),
            families: Default::default(),
            waiting: [false; 2],
            absent: [false; 2],
        };
        let name = evidence.domain.policy_host();
        for (index, kind) in [Kind::A, Kind::Aaaa].into_iter().enumerate() {
            let (found, aliases) = match evidence.lookup(&name, kind) {
                Lookup::Found { records, aliases, .. } => (records, aliases),
                Lookup::NoData { aliases, .. } | Lookup::NxDomain { aliases } => {
                    host.absent[index] = true;
                    (Vec::new(), aliases)
                }
                Lookup::Waiting(step) => {
                    needed.add(step);
                    host.waiting[index] = true;
                    continue;
                }
                Lookup::Error(_) | Lookup::NotObserved(_) => continue,
            };
            host.families[index] = found.iter().filter_map(|record| record.data.address()).collect();
            host.families[index].sort();
            host.families[index].dedup();
            if host.aliases.len() < aliases.len() {
                host.aliases = aliases.iter().map(ToString::to_string).collect();
            }
        }
        host
    }

    /// What each address gives. Where there is one alone, `ordinary` says it: the fetch that goes to whichever address
    /// answers. It is not waited for where there are more, so that what is asked for does not depend on which answer comes
    /// first.
    fn fetches<'e>(
        &self,
        evidence: &'e Evidence,
        needed: &mut Needed,
        ordinary: Option<&'e Outcome>,
    ) -> Vec<PolicyAddressFacts<'e>> {
        let several = self.families.iter().map(Vec::len).sum::<usize>() > 1;
        let settled = self.waiting == [false; 2];
        let count =
            |family: usize| if self.waiting[family] { MAX_ADDRESSES } else { self.families[family].len() };
        let looked_at = probed([count(0), count(1)]);
        let mut facts = Vec::new();
        for (addresses, looked_at) in self.families.iter().zip(looked_at) {
            for (index, address) in addresses.iter().enumerate() {
                let skipped = index >= looked_at;
                let step = Step::PolicyAddress { domain: evidence.domain.clone(), address: *address };
                let own = evidence.outcome(&step, |_| true);
                if own.is_none() && several && !skipped && !evidence.quick {
                    needed.add(step);
                }
                let alone = !several && settled;
                let from_here = |outcome: &&Outcome| match outcome {
                    Outcome::Http(answer) => answer.address == Some(*address),
                    _ => alone,
                };
                let outcome = own.or_else(|| ordinary.filter(from_here));
                let reached = evidence.reached(address.is_ipv6());
                let state = outcome
                    .map_or(PolicyState::NotObserved, |outcome| address_state(outcome, reached || alone));
                facts.push(PolicyAddressFacts { address: *address, state, outcome, skipped });
            }
        }
        facts
    }
}

/// What came of one address. `reached` says whether anything was reached over its family: without that, no answer may be
/// the fault of this machine's network, as where IPv6 is set up and leads nowhere.
fn address_state(outcome: &Outcome, reached: bool) -> PolicyState {
    match outcome {
        Outcome::Failed(Failure::ConnectTimeout { proven } | Failure::NoRoute { proven })
            if *proven || reached =>
        {
            PolicyState::FetchError
        }
        Outcome::Failed(Failure::ConnectTimeout { .. }) => PolicyState::NotObserved,
        outcome => policy_state(outcome, false),
    }
}

/// Whether the policy host was reached over HTTPS and gave nothing: the outcome that another User-Agent may change.
fn is_turned_away(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Http(answer) => !matches!(answer.status, 200 | 300..=399),
        Outcome::Failed(failure) => {
            matches!(failure, Failure::Closed | Failure::Timeout | Failure::Malformed { .. })
        }
        Outcome::Message(_) | Outcome::Session(_) | Outcome::OldTls(_) => false,
    }
}

/// What one witness's outcome makes of the policy. `no_host`: DNS says that the policy host has no
/// address, which a browser's fetch error alone would not tell.
#[must_use]
pub fn policy_state(outcome: &Outcome, no_host: bool) -> PolicyState {
    match outcome {
        Outcome::Http(answer) => match answer.status {
            200 if has_coding(answer) || answer.body.0.len() > MAX_BODY => PolicyState::FetchError,
            200 if PolicyDoc::parse(&answer.body.0).is_valid() => PolicyState::Valid,
            200 => PolicyState::Invalid,
            404 | 410 => PolicyState::Absent,
            _ => PolicyState::FetchError,
        },
        Outcome::Failed(failure) => match failure {
            Failure::NxDomain | Failure::NoAddress => PolicyState::Absent,
            Failure::Certificate { .. } => PolicyState::WebpkiInvalid,
            Failure::Dns { .. }
            | Failure::ConnectTimeout { .. }
            | Failure::Refused
            | Failure::Closed
            | Failure::Timeout
            | Failure::Tls { .. }
            | Failure::Malformed { .. }
            | Failure::TooLarge
            | Failure::OpaqueRedirect => PolicyState::FetchError,
            _ if no_host => PolicyState::Absent,
            _ => PolicyState::NotObserved,
        },
        Outcome::Message(_) | Outcome::Session(_) | Outcome::OldTls(_) => PolicyState::NotObserved,
    }
}

/// Whether the body came in a content coding although only `identity` was asked for.
#[must_use]
pub fn has_coding(answer: &HttpAnswer) -> bool {
    let coding = answer.content_encoding.as_deref().map_or("", str::trim);
    !coding.is_empty() && !coding.eq_ignore_ascii_case("identity")
}
