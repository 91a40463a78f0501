//! The TLSA records of a mail host, and what its addresses come to by them (RFC 7672).

use serde::{Deserialize, Serialize};

use super::{AddressFacts, AddressLookup, HostFacts, Needed};
use crate::dane::{self, Match};
use crate::dns::{Data, Kind, Record, Tlsa};
use crate::evidence::{CertificateFault, DnsError, DnsErrorKind, Evidence, Lookup, SmtpResult, TlsSeen};
use crate::name::{Domain, Host};

/// The TLSA records of a mail host.
#[derive(Clone, Debug, Default)]
pub struct DaneFacts {
    /// What the lookup gave.
    pub lookup: DaneLookup,
    /// The host they are of: the one an alias leads to, where that has some (RFC 7672 §2.2.3).
    pub base: Option<String>,
    /// The records.
    pub records: Vec<Tlsa>,
    /// Why the resolver could not tell.
    pub error: Option<DnsError>,
}

/// What the lookup of TLSA records gave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DaneLookup {
    /// Not asked or not answered yet.
    #[default]
    NotObserved,
    /// Not asked, as the resolver does not say that it validated the host's addresses (RFC 7672 §2.2.2).
    Insecure,
    /// There are none.
    None,
    /// There are some, and the resolver does not say that it validated them.
    Unauthenticated,
    /// There are some, and they are validated.
    Found,
    /// The resolver could not tell.
    Error,
}

/// What a mail host comes to for a sender that looks at DANE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DaneState {
    /// A TLSA record matches.
    Ok,
    /// None does, or there is no TLS: the sender does not deliver there.
    Failed,
    /// The sender can use none of the TLSA records: TLS is a must, and goes unauthenticated (RFC 7672 §2.2).
    Unusable,
    /// There are no TLSA records.
    None,
    /// The resolver does not say that it validated them, or the host's addresses.
    Insecure,
    /// The resolver could not tell: the sender does not deliver there (RFC 7672 §2.1.2).
    DnsError,
    /// Nobody could look.
    NotObserved,
}

/// What a mail host comes to for a sender that looks at DANE, and what that one reports of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DaneResult {
    /// What it comes to.
    pub state: DaneState,
    /// The result-type (RFC 8460 §4.3); nothing where there is nothing to report.
    pub report: Option<&'static str>,
}

impl DaneResult {
    const fn new(state: DaneState, report: Option<&'static str>) -> Self {
        Self { state, report }
    }

    /// What a sender reports that delivers nowhere without DANE (RFC 8460 §4.3.2.1).
    #[must_use]
    pub const fn required(self) -> Option<&'static str> {
        match self.state {
            DaneState::None | DaneState::Insecure | DaneState::Unusable => Some("dane-required"),
            _ => None,
        }
    }
}

impl DaneFacts {
    /// Whether a sender can use one of the records.
    fn is_usable(&self) -> bool {
        self.records.iter().any(Tlsa::is_usable)
    }

    fn read_of_signed_alias(&mut self, evidence: &Evidence, needed: &mut Needed, host: &HostFacts<'_>) {
        match evidence.lookup(&tlsa_name(host.host.as_str()), Kind::Tlsa) {
            Lookup::Waiting(step) => {
                needed.add(step);
                self.lookup = DaneLookup::NotObserved;
            }
            Lookup::Found { records, secure: true, .. } => {
                (self.lookup, self.records) = (DaneLookup::Found, tlsa(records));
                self.base = Some(host.host.as_str().to_owned());
            }
            // Only of a signed zone can an answer fail to validate.
            Lookup::Error(error) if error.kind == DnsErrorKind::Bogus => {
                (self.lookup, self.error) = (DaneLookup::Error, Some(error));
                self.base = Some(host.host.as_str().to_owned());
            }
            _ => {}
        }
    }

    /// Reads the records of a host whose addresses are known, `secure` where the resolver validated them.
    pub(super) fn read(evidence: &Evidence, needed: &mut Needed, host: &HostFacts<'_>, secure: bool) -> Self {
        let mut facts = Self { lookup: DaneLookup::Insecure, ..Self::default() };
        if !secure {
            // Of an alias that leads out of signed zones the name itself may still have records that count, where its own zone
            // is signed (RFC 7672 §2.2.2). That they are validated shows just that.
            if host.alias.is_some() {
                facts.read_of_signed_alias(evidence, needed, host);
            }
            return facts;
        }
        // The name an alias leads to comes first, as it is that host's server that answers.
        for base in host.alias.iter().map(String::as_str).chain([host.host.as_str()]) {
            facts.base = Some(base.to_owned());
            match evidence.lookup(&tlsa_name(base), Kind::Tlsa) {
                Lookup::Waiting(step) => {
                    needed.add(step);
                    facts.lookup = DaneLookup::NotObserved;
                    return facts;
                }
                Lookup::NotObserved(_) => {
                    facts.lookup = DaneLookup::NotObserved;
                    return facts;
                }
                Lookup::Error(error) => {
                    (facts.lookup, facts.error) = (DaneLookup::Error, Some(error));
                    return facts;
                }
                Lookup::Found { records, secure, .. } => {
                    facts.lookup = if secure { DaneLookup::Found } else { DaneLookup::Unauthenticated };
                    facts.records = tlsa(records);
                    return facts;
                }
                Lookup::NoData { .. } | Lookup::NxDomain { .. } => facts.lookup = DaneLookup::None,
            }
        }
        facts
    }
}

/// Where the TLSA records of a mail host stand (RFC 7672 §2.2.3).
fn tlsa_name(base: &str) -> String {
    format!("_25._tcp.{base}")
}

/// The TLSA records among `records`. Resolvers rotate answers; the same record set is the same report.
fn tlsa(records: Vec<Record>) -> Vec<Tlsa> {
    let tlsa = records.into_iter().filter_map(|record| match record.data {
        Data::Tlsa(tlsa) => Some(tlsa),
        _ => None,
    });
    let mut tlsa: Vec<Tlsa> = tlsa.collect();
    tlsa.sort();
    tlsa
}

impl HostFacts<'_> {
    /// What the host comes to for a sender that looks at DANE, as a mail host of `domain`: the best of its addresses.
    #[must_use]
    pub fn dane(&self, domain: &Domain) -> DaneResult {
        match self.dane.lookup {
            DaneLookup::Insecure | DaneLookup::Unauthenticated => DaneResult::new(DaneState::Insecure, None),
            DaneLookup::None => DaneResult::new(DaneState::None, None),
            DaneLookup::Error => DaneResult::new(DaneState::DnsError, Some("dnssec-invalid")),
            // Of addresses that do not validate there is nothing to go on with.
            DaneLookup::NotObserved if self.is_bogus() => {
                DaneResult::new(DaneState::DnsError, Some("dnssec-invalid"))
            }
            DaneLookup::NotObserved => DaneResult::new(DaneState::NotObserved, None),
            DaneLookup::Found => {
                let order = [DaneState::Ok, DaneState::Unusable, DaneState::Failed];
                let rank = |result: &DaneResult| {
                    order.iter().position(|state| *state == result.state).unwrap_or(order.len())
                };
                let addresses = self.addresses.iter().map(|address| self.dane_of(domain, address));
                let best = addresses.min_by_key(rank).filter(|best| best.state != DaneState::NotObserved);
                let unseen = if self.dane.is_usable() { DaneState::NotObserved } else { DaneState::Unusable };
                best.unwrap_or(DaneResult::new(unseen, None))
            }
        }
    }

    fn is_bogus(&self) -> bool {
        self.lookup == AddressLookup::Error
            && self.error.as_ref().is_some_and(|error| error.kind == DnsErrorKind::Bogus)
    }

    /// What one of its addresses comes to, where there are TLSA records. Without TLS a sender does not deliver there even if
    /// it can use none of them (RFC 7672 §2.2).
    #[must_use]
    pub fn dane_of(&self, domain: &Domain, address: &AddressFacts<'_>) -> DaneResult {
        let failed = |report| DaneResult::new(DaneState::Failed, Some(report));
        let Some(session) = address.session() else {
            return DaneResult::new(DaneState::NotObserved, None);
        };
        match (&session.tls, address.result) {
            (Some(_), _) if !self.dane.is_usable() => DaneResult::new(DaneState::Unusable, None),
            (Some(tls), _) => match dane::compare(&self.dane.records, tls, &self.dane_names(domain)) {
                Match::Matches => DaneResult::new(DaneState::Ok, None),
                Match::HostMismatch => failed("certificate-host-mismatch"),
                Match::NotTrusted if has_expired(tls) => failed("certificate-expired"),
                Match::NotTrusted => failed("certificate-not-trusted"),
                Match::None => failed("tlsa-invalid"),
            },
            (None, SmtpResult::StarttlsNotSupported) => failed("starttls-not-supported"),
            (None, SmtpResult::ValidationFailure) => failed("validation-failure"),
            // Without a session there is nothing to compare.
            _ => DaneResult::new(DaneState::NotObserved, None),
        }
    }

    /// The names a certificate under DANE-TA may be for (RFC 7672 §3.2.2).
    fn dane_names(&self, domain: &Domain) -> Vec<Host> {
        let base = self.dane.base.as_deref().map(Host::new);
        base.into_iter().chain([self.host.clone(), Host::from(domain)]).collect()
    }
}

fn has_expired(tls: &TlsSeen) -> bool {
    tls.faults.iter().any(|fault| matches!(fault, CertificateFault::Expired { .. }))
}
