//! What a sender does at each host and address (RFC 8461 §5), and what others do that go by something else.

use serde::{Deserialize, Serialize};

use super::{Delivery, Reported, Verdict, reported};
use crate::evidence::{CertificateFault, SmtpResult};
use crate::facts::{AddressFacts, Facts, HostFacts, MxLookup, PolicyState, RecordState};
use crate::policy::Mode;
use crate::say::say;

/// What a sender that honours MTA-STS does with a host, or one address of it, once it is led there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Action {
    /// What it does.
    pub does: Does,
    /// The result-type it reports (RFC 8460 §4.3); nothing where it reports nothing, or there is no type for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reports: Option<&'static str>,
    /// The same in one sentence.
    pub sentence: String,
}

/// What a sender does at a host or an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Does {
    /// Delivers, over TLS that it has verified.
    Deliver,
    /// Delivers as if there were no MTA-STS.
    DeliverUnverified,
    /// Goes on to another address or host.
    NextHost,
    /// Keeps the mail, tries again, and returns it in the end.
    Defer,
    /// Cannot be told from what was seen.
    Unknown,
}

impl Does {
    /// As it stands in a report.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deliver => "deliver",
            Self::DeliverUnverified => "deliver-unverified",
            Self::NextHost => "next-host",
            Self::Defer => "defer",
            Self::Unknown => "unknown",
        }
    }
}

impl Verdict {
    /// What a sender does with a host as a whole.
    #[must_use]
    pub fn at_host(&self, facts: &Facts<'_>, host: &HostFacts<'_>) -> Action {
        self.at(facts, host, host.result())
    }

    /// What a sender does at one address of a host.
    #[must_use]
    pub fn at_address(&self, facts: &Facts<'_>, host: &HostFacts<'_>, address: &AddressFacts<'_>) -> Action {
        self.at(facts, host, address.result)
    }

    fn at(&self, facts: &Facts<'_>, host: &HostFacts<'_>, result: SmtpResult) -> Action {
        if facts.record.state == RecordState::NotObserved || facts.policy.state == PolicyState::NotObserved {
            return action(Does::Unknown, None, say!("It is not known whether there is a policy to go by."));
        }
        let policy = facts.policy.policy.as_ref().filter(|_| self.delivery != Delivery::NoSts);
        let Some(policy) = policy else {
            return without_policy(reported(facts, None, result), result);
        };
        let matched = policy.admits(&host.host);
        let reports = match reported(facts, Some(matched), result) {
            Some(Reported::Host(SmtpResult::Ok | SmtpResult::NotObserved | SmtpResult::ConnectFailed)) => {
                None
            }
            Some(Reported::MxNotMatched) | None => None,
            Some(report) => Some(report.as_str()),
        };
        let testing = policy.mode == Mode::Testing;
        let why = match (matched, result) {
            (_, SmtpResult::ConnectFailed) => say!(
                "No session can be had here, for which RFC 8460 has no result-type, so no report tells of it"
            ),
            (false, _) => say!(
                "The policy does not list this host, for which RFC 8460 has no result-type of its own, so reports name another or leave it out"
            ),
            (true, SmtpResult::Ok) => {
                return action(Does::Deliver, None, say!("Senders deliver here, over verified TLS."));
            }
            (true, SmtpResult::NotObserved) => {
                return action(Does::Unknown, None, say!("It could not be looked at from here."));
            }
            (true, _) => String::new(),
        };
        let (does, doing) = if testing && result != SmtpResult::ConnectFailed {
            (Does::DeliverUnverified, say!("Senders deliver here all the same, as the policy is only tested"))
        } else if self.elsewhere(facts) {
            (Does::NextHost, say!("Senders pass it over for another address or host"))
        } else {
            (Does::Defer, say!("Senders keep the mail, try again for days, and return it in the end"))
        };
        let sentence = match reports {
            Some(report) => say!("{doing}; they report `{report}`.", doing, report),
            None => say!("{why}. {doing}.", why, doing),
        };
        Action { does, reports, sentence }
    }

    /// Whether senders find a host that takes mail, or may.
    fn elsewhere(&self, facts: &Facts<'_>) -> bool {
        let testing = facts.mode() == Some(Mode::Testing);
        self.hosts.iter().any(|host| match host.result {
            SmtpResult::ConnectFailed => false,
            SmtpResult::Ok | SmtpResult::NotObserved => testing || host.matched == Some(true),
            _ => testing,
        })
    }
}

const fn action(does: Does, reports: Option<&'static str>, sentence: String) -> Action {
    Action { does, reports, sentence }
}

/// Where a sender has no policy to go by.
fn without_policy(reported: Option<Reported>, result: SmtpResult) -> Action {
    let reports = match reported {
        Some(report @ (Reported::PolicyInvalid | Reported::WebpkiInvalid | Reported::PolicyFetchError)) => {
            Some(report.as_str())
        }
        _ => None,
    };
    let (does, doing) = match result {
        SmtpResult::NotObserved => (Does::Unknown, say!("It could not be looked at from here")),
        SmtpResult::ConnectFailed => {
            (Does::NextHost, say!("No session can be had here: senders try another address or host"))
        }
        SmtpResult::StarttlsNotSupported => {
            (Does::DeliverUnverified, say!("Senders deliver here in plain text"))
        }
        SmtpResult::ValidationFailure => (
            Does::DeliverUnverified,
            say!("The TLS handshake fails here: senders deliver in plain text, or try another host"),
        ),
        _ => (Does::DeliverUnverified, say!("Senders deliver here over TLS, whatever the certificate is")),
    };
    let sentence = match reports {
        Some(report) => say!("{doing}; they report `{report}`.", doing, report),
        None => say!("{doing}.", doing),
    };
    Action { does, reports, sentence }
}

/// Somebody who sends and does not just go by the policy that is published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OtherSender {
    /// Who, in a few words.
    pub who: String,
    /// What happens to the mail, in one or two sentences.
    pub sentence: String,
    /// Where that was read, for a named piece of software.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<&'static str>,
}

/// Microsoft's page of the codes that Exchange Online answers with, as of the commits that were read.
pub const EXCHANGE_ONLINE: &str = "https://learn.microsoft.com/exchange/troubleshoot/email-delivery/ndr/non-delivery-reports-in-exchange-online (MicrosoftDocs/SupportArticles-docs@346b095); Set-OutboundConnector (MicrosoftDocs/office-docs-powershell@993aacb)";
/// What that page says of names in a certificate.
pub const EXCHANGE_ONLINE_NAMES: &str =
    "the Common Name or Subject Alternative Name must contain an entry for the host name in the STS policy";

impl OtherSender {
    /// All of them; nobody where the domain takes no mail or has no mail host that was seen.
    #[must_use]
    pub fn all(facts: &Facts<'_>, verdict: &Verdict) -> Vec<Self> {
        let found = matches!(facts.mx.lookup, MxLookup::Found | MxLookup::Implicit);
        if !found || verdict.hosts.is_empty() {
            return Vec::new();
        }
        let mut others = vec![Self {
            who: say!("Senders that know no MTA-STS"),
            sentence: unaware(verdict),
            source: None,
        }];
        others.extend(exchange_online(facts, verdict));
        if facts.policy.policy.as_ref().is_some_and(|policy| policy.mode != Mode::None) {
            others.push(Self {
                who: say!("Senders behind a smart host"),
                sentence: say!("The smart host is the next hop for them, so it is its domain whose policy they look for, and not this one (RFC 8461 §3.4); what the smart host does then is its own affair."),
                source: None,
            });
        }
        others
    }
}

fn unaware(verdict: &Verdict) -> String {
    let results = || verdict.hosts.iter().map(|host| host.result);
    if results().all(|result| result == SmtpResult::NotObserved) {
        return say!("They deliver to whichever host answers; none could be looked at from here.");
    }
    let reachable =
        |result: &SmtpResult| !matches!(result, SmtpResult::ConnectFailed | SmtpResult::NotObserved);
    if !results().any(|result| reachable(&result)) {
        return say!("They find no host that holds a session, either.");
    }
    if results().any(|result| result == SmtpResult::StarttlsNotSupported) {
        say!(
            "They deliver to any host that answers, over TLS where it is offered, and in plain text where it does not; nobody verifies the certificate."
        )
    } else {
        say!(
            "They deliver to any host that answers, over TLS where it is offered; nobody verifies the certificate."
        )
    }
}

/// What Exchange Online answers its users, where its page has an answer.
fn exchange_online(facts: &Facts<'_>, verdict: &Verdict) -> Option<OtherSender> {
    let enforced = verdict.delivery == Delivery::Refuse && facts.mode() == Some(Mode::Enforce);
    if !enforced {
        return None;
    }
    let domain = facts.domain;
    let listed = || facts.mx.hosts.iter().zip(&verdict.hosts).filter(|(_, host)| host.matched == Some(true));
    let fault = listed().find_map(|(host, verdict)| match verdict.result {
        SmtpResult::CertificateHostMismatch => {
            Some((host, say!("the certificate of {host} is for another name", host = &host.host)))
        }
        SmtpResult::CertificateExpired => {
            Some((host, say!("the certificate of {host} is expired", host = &host.host)))
        }
        SmtpResult::CertificateNotTrusted => {
            Some((host, say!("the certificate of {host} is not trusted", host = &host.host)))
        }
        _ => None,
    });
    let sentence = if listed().next().is_none() {
        say!(
            "Its users get `5.4.8 MX hosts of '{domain}' failed MTA-STS validation` back: the policy lists none of the MX hosts.",
            domain
        )
    } else {
        let (host, reason) = fault?;
        let sentence = say!(
            "Its users get `5.7.5 Remote certificate failed MTA-STS validation` back, after a day of tries, with the reason: {reason}.",
            reason
        );
        if common_name(host) {
            let but = say!(
                "But its page takes a Common Name for a name, and the certificate has the host as that, so Exchange Online may deliver where RFC 8461 §4.2 says no."
            );
            format!("{sentence} {but}")
        } else {
            sentence
        }
    };
    Some(OtherSender { who: "Exchange Online".to_owned(), sentence, source: Some(EXCHANGE_ONLINE) })
}

/// Whether a certificate has the host as its Common Name alone, which RFC 8461 §4.2 does not take for a name.
fn common_name(host: &HostFacts<'_>) -> bool {
    let seen = host.addresses.iter().filter_map(AddressFacts::tls);
    seen.filter(|tls| tls.faults == [CertificateFault::HostMismatch]).any(|tls| {
        tls.chain.first().is_some_and(|leaf| {
            let mut names = leaf.subject.split(',').filter_map(|part| part.trim().strip_prefix("CN="));
            names.any(|name| name.eq_ignore_ascii_case(host.host.as_str()))
        })
    })
}
