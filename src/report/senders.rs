//! What each named sender makes of a domain: the matrix of the linter, and what comes of it for the mail.

use serde::Serialize;

use super::SendersReport;
use crate::facts::{Facts, PolicyState};
use crate::say::say;
use crate::senders::{SenderReading, policy_readings_of, records_readings};
use crate::verdict::{self, Delivery};

/// What a named sender does with the domain's mail: by its own reading of record and policy, and by what the mail hosts come to for
/// everybody.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SenderDelivery {
    /// The sender's name.
    pub sender: &'static str,
    /// The version this is about.
    pub version: &'static str,
    /// What it does.
    pub delivery: Delivery,
    /// Why, where it gets no policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl SendersReport {
    pub(super) fn of(facts: &Facts<'_>) -> Self {
        let records = [facts.record.kept.as_slice(), facts.record.set_aside.as_slice()].concat();
        let hosts: Vec<_> = facts.mx.hosts.iter().map(|host| &host.host).collect();
        let record = if records.is_empty() { Vec::new() } else { records_readings(&records) };
        let policy: Vec<SenderReading> =
            facts.policy.body().map(|body| policy_readings_of(body, &hosts)).unwrap_or_default();
        // What a sender does by another kind of answer than a policy it would take is not told by how it reads one.
        let fetched = matches!(facts.policy.state, PolicyState::Valid | PolicyState::Invalid);
        let delivery = policy.iter().filter(|_| fetched).filter_map(|policy| {
            let record = record.iter().find(|record| record.sender == policy.sender)?;
            Some(delivery(facts, record, policy))
        });
        Self { delivery: delivery.collect(), record, policy }
    }
}

fn delivery(facts: &Facts<'_>, record: &SenderReading, policy: &SenderReading) -> SenderDelivery {
    let (delivery, why) = match policy.mode.filter(|_| policy.usable) {
        _ if !record.usable => (
            Delivery::NoSts,
            Some(match &record.why {
                Some(why) => say!("it takes no record: {why}", why),
                None => say!("it takes no record"),
            }),
        ),
        None => (
            Delivery::NoSts,
            Some(match &policy.why {
                Some(why) => say!("it takes no policy: {why}", why),
                None => say!("it takes no policy"),
            }),
        ),
        Some(mode) => {
            let unmatched = policy.unmatched.as_deref().unwrap_or_default();
            let hosts = facts.mx.hosts.iter().map(|host| {
                let listed = !unmatched.iter().any(|name| name == host.host.as_str());
                (listed, host.result())
            });
            (verdict::under(mode, facts.mx.lookup, &hosts.collect::<Vec<_>>()), None)
        }
    };
    SenderDelivery { sender: policy.sender, version: policy.version, delivery, why }
}
