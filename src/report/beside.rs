//! What is said of SPF, DMARC and DKIM: one sentence each, and no more than that.

use serde::Serialize;

use crate::beside::{Asks, Spf, SpfFault};
use crate::causes::dns_error;
use crate::facts::{BesideFacts, BesideState, DkimFacts, DmarcFacts, Facts, SpfFacts, Unseen};
use crate::say::say;
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
fn not_seen(what: String, why: &Unseen) -> String {
    match why {
        Unseen::Waiting => say!("{what} has not been looked up yet.", what),
        Unseen::Error(name, error) => {
            say!("{what} could not be seen: {why}.", what, why = dns_error(name, error))
        }
        Unseen::Failed(failure) => say!("{what} could not be seen: {why}.", what, why = failure.in_words()),
    }
}

fn of_spf(domain: &str, spf: &SpfFacts) -> String {
    if let Some(why) = &spf.unseen {
        return not_seen(say!("The SPF record of {domain}", domain), why);
    }
    match spf.texts.as_slice() {
        [] => say!("{domain} has no SPF record.", domain),
        [one] => {
            let text = quoted(one);
            match Spf::read(one) {
                Spf::Good => say!("{text} says who may send mail as {domain}.", text, domain),
                Spf::Anybody => say!("{text} lets anybody send mail as {domain}.", text, domain),
                Spf::Broken(SpfFault::Unknown, term) => say!(
                    "{text} is no SPF record that can be used, as {term} is no mechanism of SPF.",
                    text,
                    term = quoted(term)
                ),
                Spf::Broken(SpfFault::Value, term) => say!(
                    "{text} is no SPF record that can be used, as {term} lacks its value, or has a wrong one.",
                    text,
                    term = quoted(term)
                ),
                Spf::Broken(SpfFault::Repeated, term) => say!(
                    "{text} is no SPF record that can be used, as {term} may stand there only once.",
                    text,
                    term = quoted(term)
                ),
            }
        }
        several => {
            say!(
                "{domain} has {count} SPF records, and where there are several none counts.",
                domain,
                count = several.len()
            )
        }
    }
}

fn of_dmarc(domain: &str, dmarc: &DmarcFacts) -> String {
    if let Some(why) = &dmarc.unseen {
        return not_seen(say!("The DMARC record of {domain}", domain), why);
    }
    let is_above = dmarc.of != domain;
    match dmarc.texts.as_slice() {
        [] => say!("There is no DMARC record for {domain}.", domain),
        [one] => {
            let text = quoted(one);
            let record = if is_above {
                say!("{text} of {domain}, which counts here too,", text, domain = &dmarc.of)
            } else {
                text
            };
            match dmarc.asks {
                Some(Asks::Nothing) => {
                    say!("{record} asks receivers to do nothing about mail that fails.", record)
                }
                Some(Asks::Quarantine) => {
                    say!("{record} asks receivers to be suspicious of mail that fails.", record)
                }
                Some(Asks::Reject) => say!("{record} asks receivers to reject mail that fails.", record),
                None => say!(
                    "{record} does nothing: it has no policy that counts, and no address for reports.",
                    record
                ),
            }
        }
        several => {
            say!(
                "{domain} has {count} DMARC records, and where there are several none counts.",
                domain = &dmarc.of,
                count = several.len()
            )
        }
    }
}

fn of_dkim(domain: &str, dkim: &DkimFacts) -> String {
    let names = |selectors: &[String]| {
        let names: Vec<String> = selectors.iter().map(|selector| quoted(selector.as_bytes())).collect();
        names.join(", ")
    };
    match (dkim.state, &dkim.unseen) {
        (BesideState::Found, _) => {
            let selectors = names(&dkim.found);
            match dkim.found.len() {
                1 => say!("{domain} has DKIM keys under the selector {selectors}.", domain, selectors),
                _ => say!("{domain} has DKIM keys under the selectors {selectors}.", domain, selectors),
            }
        }
        (BesideState::Absent, _) => {
            say!(
                "{domain} has no DKIM key under any selector, as `_domainkey.{domain}` does not exist.",
                domain
            )
        }
        (_, Some(why)) => not_seen(say!("DKIM of {domain}", domain), why),
        (_, None) => {
            let (count, tried) = (dkim.tried.len(), dkim.tried.join(", "));
            match dkim.revoked.as_slice() {
                [] => say!("None of these {count} selectors has a DKIM key: {tried}.", count, tried),
                revoked => say!(
                    "None of these {count} selectors has a DKIM key ({revoked} revoked): {tried}.",
                    count,
                    revoked = names(revoked),
                    tried
                ),
            }
        }
    }
}
