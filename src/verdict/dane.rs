//! What a sender that looks at DANE does (RFC 7672). Where DANE applies it goes before MTA-STS (RFC 8461 §2).

use serde::{Deserialize, Serialize};

use crate::facts::{AddressLookup, DaneResult, DaneState, Facts, HostFacts, MxLookup};
use crate::say::say;

/// The verdict of a sender that looks at DANE. That an answer of DNS is authentic is what the resolver says (AD).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DaneVerdict {
    /// What it does with the mail.
    pub delivery: DaneDelivery,
    /// The same in one sentence.
    pub sentence: String,
}

/// What a sender that looks at DANE does with the mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DaneDelivery {
    /// Delivers by DANE, whatever MTA-STS says.
    Deliver,
    /// Does not deliver.
    Refuse,
    /// Goes by MTA-STS.
    Sts,
    /// Cannot be told from what was seen.
    Unknown,
}

impl DaneDelivery {
    /// As it stands in a report.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deliver => "deliver",
            Self::Refuse => "refuse",
            Self::Sts => "sts",
            Self::Unknown => "unknown",
        }
    }
}

impl DaneVerdict {
    /// Decides, from facts alone; nothing where there is no mail host to look at.
    #[must_use]
    pub fn of(facts: &Facts<'_>) -> Option<Self> {
        if !matches!(facts.mx.lookup, MxLookup::Found | MxLookup::Implicit) {
            return None;
        }
        let domain = facts.domain;
        let looked_at = facts.mx.hosts.iter().filter(|host| host.lookup != AddressLookup::Skipped);
        let hosts: Vec<(&HostFacts<'_>, DaneResult)> =
            looked_at.map(|host| (host, host.dane(domain))).collect();
        let of = |states: &[DaneState]| {
            let chosen = hosts.iter().filter(|(_, result)| states.contains(&result.state));
            chosen.copied().collect::<Vec<_>>()
        };
        let passing = of(&[DaneState::Ok]);
        let failing = of(&[DaneState::Failed, DaneState::DnsError]);
        let without = of(&[DaneState::None, DaneState::Insecure, DaneState::Unusable]);
        let (delivery, sentence) = if !facts.mx.secure {
            let known = passing.len() + failing.len();
            let sentence = match known {
                0 => say!(
                    "DANE does not apply: the resolver sees no DNSSEC for the MX records of {domain}.",
                    domain
                ),
                1 => say!(
                    "DANE does not apply: the resolver sees no DNSSEC for the MX records of {domain}; one of its hosts has TLSA records, which count once the domain is signed.",
                    domain
                ),
                _ => say!(
                    "DANE does not apply: the resolver sees no DNSSEC for the MX records of {domain}; {known} of its hosts have TLSA records, which count once the domain is signed.",
                    domain,
                    known
                ),
            };
            (DaneDelivery::Sts, sentence)
        } else if !passing.is_empty() {
            let count = match (passing.len(), hosts.len()) {
                (1, 1) => say!("its mail host matches its TLSA records"),
                (passing, all) => say!("{passing} of {all} hosts match their TLSA records", passing, all),
            };
            let sentence = match failing.first().map(at_fault) {
                None => say!(
                    "Senders that know DANE deliver mail to {domain} by it, whatever MTA-STS says: {count}.",
                    domain,
                    count
                ),
                Some(host) => say!(
                    "Senders that know DANE deliver mail to {domain} by it, whatever MTA-STS says: {count}, and they pass over {host}.",
                    domain,
                    count,
                    host
                ),
            };
            (DaneDelivery::Deliver, sentence)
        } else if failing.len() == hosts.len() {
            let first = failing.first().map(at_fault).unwrap_or_default();
            (
                DaneDelivery::Refuse,
                say!(
                    "Senders that know DANE do not deliver mail to {domain}, whatever MTA-STS says: {first}.",
                    domain,
                    first
                ),
            )
        } else if without.len() == hosts.len() {
            let why = match without.iter().find(|(_, result)| result.state != DaneState::None) {
                None => say!("no mail host has TLSA records"),
                Some((host, DaneResult { state: DaneState::Unusable, .. })) => {
                    say!("they can use none of the TLSA records of {host}", host = &host.host)
                }
                Some((host, _)) => {
                    say!("the resolver does not authenticate what {host} has", host = &host.host)
                }
            };
            (DaneDelivery::Sts, say!("Senders that know DANE go by MTA-STS: {why}.", why))
        } else if failing.len() + without.len() == hosts.len() {
            let first = failing.first().map(at_fault).unwrap_or_default();
            let sentence = say!(
                "Senders that know DANE pass over {first}, and go by MTA-STS for the other hosts.",
                first
            );
            (DaneDelivery::Sts, sentence)
        } else {
            let sentence =
                say!("What senders that know DANE do with mail to {domain} could not be seen.", domain);
            (DaneDelivery::Unknown, sentence)
        };
        Some(Self { delivery, sentence })
    }
}

/// A host and what is wrong with it.
fn at_fault((host, result): &(&HostFacts<'_>, DaneResult)) -> String {
    let host = &host.host;
    match result.report {
        Some("starttls-not-supported") => say!("{host}, which does not offer STARTTLS", host),
        Some("certificate-host-mismatch") => say!("{host}, whose certificate is for another name", host),
        Some("certificate-expired") => say!("{host}, whose certificate has expired", host),
        Some("certificate-not-trusted") => {
            say!("{host}, whose certificate does not verify with the authority in its TLSA records", host)
        }
        Some("dnssec-invalid") => say!("{host}, whose TLSA records cannot be looked up", host),
        Some("tlsa-invalid") => say!("{host}, whose certificates match none of its TLSA records", host),
        _ => say!("{host}, with which TLS fails", host),
    }
}
