//! The policy as it was fetched: what became of it, who saw it, and what is still to be fetched (RFC 8461 §3.3).

use serde::{Deserialize, Serialize};

use super::Needed;
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

    pub(super) fn read(evidence: &'e Evidence, needed: &mut Needed) -> Self {
        let host = evidence.domain.policy_host();
        let mut absent = [false; 2];
        for (kind, absent) in [Kind::A, Kind::Aaaa].into_iter().zip(&mut absent) {
            match evidence.lookup(&host, kind) {
                Lookup::Waiting(step) => needed.add(step),
                Lookup::NoData { .. } | Lookup::NxDomain { .. } => *absent = true,
                _ => {}
            }
        }
        let step = Step::Policy { domain: evidence.domain.clone() };
        let browser = evidence.outcome(&step, |by| by == Witness::Browser);
        let beside = evidence.outcome(&step, |by| by != Witness::Browser);
        if browser.is_none() && beside.is_none() {
            needed.add(step.clone());
        }
        let no_host = absent == [true; 2];
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
        let mut facts = Self { state, outcome, by, took_ms, browser, policy: None, no_host };
        facts.policy = facts.doc().and_then(|doc| doc.policy());
        facts
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
