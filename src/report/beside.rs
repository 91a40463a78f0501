//! What is said of SPF, DMARC and DKIM: one sentence each, and no more than that.

use serde::Serialize;

use crate::beside::{Asks, Spf, SpfFault};
use crate::causes::dns_error;
use crate::facts::{BesideFacts, BesideState, DkimFacts, DmarcFacts, Facts, SpfFacts, Unseen};
use crate::span::decode;
use crate::words::quoted;

/// The records beside MTA-STS. None of them changes what senders do with MTA-STS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BesideReport {
    /// SPF (RFC 7208).
    pub spf: BesideRecord,
    /// DMARC (RFC 7489, RFC 9989).
    pub dmarc: BesideRecord,
    /// DKIM (RFC 6376).
    pub dkim: DkimReport,
}

/// SPF or DMARC in a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BesideRecord {
    /// What became of it.
    pub state: BesideState,
    /// The record, where there is exactly one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The same in words.
    pub sentence: String,
}

/// DKIM in a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DkimReport {
    /// What became of it.
    pub state: BesideState,
    /// The selectors that have a key.
    pub selectors: Vec<String>,
    /// The same in words.
    pub sentence: String,
}

impl BesideReport {
    pub(super) fn of(facts: &Facts<'_>) -> Option<Self> {
        let BesideFacts { spf, dmarc, dkim } = facts.beside.as_ref()?;
        let domain = facts.domain.as_str();
        Some(Self {
            spf: BesideRecord { state: spf.state, text: only(&spf.texts), sentence: of_spf(domain, spf) },
            dmarc: BesideRecord {
                state: dmarc.state,
                text: only(&dmarc.texts),
                sentence: of_dmarc(domain, dmarc),
            },
            dkim: DkimReport {
                state: dkim.state,
                selectors: dkim.found.clone(),
                sentence: of_dkim(domain, dkim),
            },
        })
    }
}

fn only(texts: &[Vec<u8>]) -> Option<String> {
    match texts {
        [one] => Some(decode(one)),
        _ => None,
    }
}

/// Why something was not seen, as a whole sentence.
fn not_seen(what: &str, why: &Unseen) -> String {
    match why {
        Unseen::Waiting => format!("{what} has not been looked up yet."),
        Unseen::Error(name, error) => format!("{what} could not be seen: {}.", dns_error(name, error)),
        Unseen::Failed(failure) => format!("{what} could not be seen: {}.", failure.in_words()),
    }
}

fn of_spf(domain: &str, spf: &SpfFacts) -> String {
    if let Some(why) = &spf.unseen {
        return not_seen(&format!("The SPF record of {domain}"), why);
    }
    match spf.texts.as_slice() {
        [] => format!("{domain} has no SPF record."),
        [one] => {
            let text = quoted(one);
            match Spf::read(one) {
                Spf::Good => format!("{text} says who may send mail as {domain}."),
                Spf::Anybody => format!("{text} lets anybody send mail as {domain}."),
                Spf::Broken(fault, term) => {
                    let what = match fault {
                        SpfFault::Unknown => "is no mechanism of SPF",
                        SpfFault::Value => "lacks its value, or has a wrong one",
                        SpfFault::Repeated => "may stand there only once",
                    };
                    format!("{text} is no SPF record that can be used, as {} {what}.", quoted(term))
                }
            }
        }
        several => {
            format!("{domain} has {} SPF records, and where there are several none counts.", several.len())
        }
    }
}

fn of_dmarc(domain: &str, dmarc: &DmarcFacts) -> String {
    if let Some(why) = &dmarc.unseen {
        return not_seen(&format!("The DMARC record of {domain}"), why);
    }
    let is_above = dmarc.of != domain;
    match dmarc.texts.as_slice() {
        [] => format!("There is no DMARC record for {domain}."),
        [one] => {
            let text = quoted(one);
            let of =
                if is_above { format!(" of {}, which counts here too,", dmarc.of) } else { String::new() };
            match dmarc.asks {
                Some(Asks::Nothing) => {
                    format!("{text}{of} asks receivers to do nothing about mail that fails.")
                }
                Some(Asks::Quarantine) => {
                    format!("{text}{of} asks receivers to be suspicious of mail that fails.")
                }
                Some(Asks::Reject) => format!("{text}{of} asks receivers to reject mail that fails."),
                None => format!(
                    "{text}{of} does nothing: it has no policy that counts, and no address for reports."
                ),
            }
        }
        several => {
            let count = several.len();
            format!("{} has {count} DMARC records, and where there are several none counts.", dmarc.of)
        }
    }
}

fn of_dkim(domain: &str, dkim: &DkimFacts) -> String {
    let names = |selectors: &[String]| {
        let names: Vec<String> = selectors.iter().map(|selector| quoted(selector.as_bytes())).collect();
        names.join(", ")
    };
    let plural = |selectors: &[String]| if selectors.len() == 1 { "" } else { "s" };
    match (dkim.state, &dkim.unseen) {
        (BesideState::Found, _) => {
            let found = &dkim.found;
            format!("{domain} has DKIM keys under the selector{} {}.", plural(found), names(found))
        }
        (BesideState::Absent, _) => {
            format!("{domain} has no DKIM key under any selector, as `_domainkey.{domain}` does not exist.")
        }
        (_, Some(why)) => not_seen(&format!("DKIM of {domain}"), why),
        (_, None) => {
            let revoked = match dkim.revoked.as_slice() {
                [] => String::new(),
                revoked => format!(" ({} revoked)", names(revoked)),
            };
            let count = dkim.tried.len();
            format!("None of these {count} selectors has a DKIM key{revoked}: {}.", dkim.tried.join(", "))
        }
    }
}
