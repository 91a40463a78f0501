//! Where TLS reports go, and what DNS says of it.

use serde::Serialize;

use crate::facts::{Facts, TargetFacts, TargetState, Unseen};
use crate::rua::Place;
use crate::rules;

/// A place that TLS reports are sent to, in a report. It is looked up in DNS, and never contacted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TargetReport {
    /// The URI, as published.
    pub uri: String,
    /// The mail address, decoded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The name that is looked up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What became of it.
    pub state: TargetState,
    /// The hosts that take the mail, the preferred first; without MX records, and of `https`, the addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub found: Vec<String>,
    /// Why it was not observed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// What was seen of it, in a few words.
    pub seen: String,
}

impl TargetReport {
    pub(super) fn all(facts: &Facts<'_>) -> Vec<Self> {
        facts.rua.targets.iter().map(Self::of).collect()
    }

    fn of(facts: &TargetFacts) -> Self {
        let reason = || match &facts.unseen {
            None => "not-ascii",
            Some(Unseen::Waiting) => "waiting",
            Some(Unseen::Failed(failure)) => super::word(failure),
            Some(Unseen::Error(..)) => "other",
        };
        Self {
            uri: facts.target.uri.clone(),
            address: facts.target.address.clone(),
            name: match &facts.target.place {
                Place::Name(name) => Some(name.clone()),
                _ => None,
            },
            state: facts.state,
            found: facts.found.clone(),
            reason: (facts.state == TargetState::NotObserved).then(reason),
            seen: rules::target_seen(facts),
        }
    }
}
