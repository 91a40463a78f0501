//! Whether TLS reports can get to where the TLSRPT record sends them, as far as DNS says it. Nothing is decided by that.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{MAX_HOSTS, MxRecords, Needed, RecordState, TxtFacts, Unseen};
use crate::dns::{Data, Kind, Record};
use crate::evidence::{Evidence, Lookup};
use crate::record::RecordKind;
use crate::rua::{Place, Target};

/// Where reports go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuaFacts {
    /// The targets that are looked at, in the order published.
    pub targets: Vec<TargetFacts>,
    /// How many more there are.
    pub skipped: usize,
}

/// What DNS says of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetFacts {
    /// The target.
    pub target: Target,
    /// What became of it.
    pub state: TargetState,
    /// The hosts that take the mail, the preferred first; without MX records, and of `https`, the addresses.
    pub found: Vec<String>,
    /// Why that is not known.
    pub unseen: Option<Unseen>,
}

/// What became of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TargetState {
    /// There are MX records, or an address of the host.
    Found,
    /// No MX record, and an address: the domain itself is the mail host (RFC 5321 §5.1).
    Implicit,
    /// A null MX: the domain accepts no mail (RFC 7505).
    Null,
    /// The name does not exist.
    NoDomain,
    /// Neither MX records nor an address; of `https`, no address. Or no name at all.
    None,
    /// The resolver could not tell.
    DnsError,
    /// Not asked, or no resolver was reached.
    NotObserved,
}

impl TargetState {
    /// Whether reports cannot get there.
    #[must_use]
    pub const fn fails(self) -> bool {
        matches!(self, Self::Null | Self::NoDomain | Self::None)
    }

    /// Whether nothing is in their way that DNS knows of.
    #[must_use]
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Found | Self::Implicit)
    }
}

impl RuaFacts {
    /// Reads them; nothing in a quick check, and where senders do not read the record.
    pub(super) fn read(evidence: &Evidence, needed: &mut Needed, record: &TxtFacts) -> Self {
        let doc = record.doc().filter(|_| record.state == RecordState::Valid && !evidence.quick);
        let Some((targets, skipped)) = doc.map(|doc| Target::all(&doc)) else { return Self::default() };
        let targets = targets.into_iter().map(|target| TargetFacts::read(evidence, needed, target));
        Self { targets: targets.collect(), skipped }
    }

    /// Whether no target can get reports.
    #[must_use]
    pub fn all_fail(&self) -> bool {
        self.skipped == 0 && self.targets.iter().all(|target| target.state.fails())
    }
}

impl TargetFacts {
    fn read(evidence: &Evidence, needed: &mut Needed, target: Target) -> Self {
        let mut facts = Self { target, state: TargetState::None, found: Vec::new(), unseen: None };
        match facts.target.place.clone() {
            Place::Name(name) if facts.target.is_mail() => facts.read_mail(evidence, needed, &name),
            Place::Name(name) => facts.read_addresses(evidence, needed, &name, TargetState::Found),
            Place::Address(address) => {
                facts.state = TargetState::Found;
                facts.found.push(address.to_string());
            }
            Place::NotAscii(_) => facts.state = TargetState::NotObserved,
            Place::NoName(_) | Place::Nowhere => {}
        }
        facts
    }

    fn read_mail(&mut self, evidence: &Evidence, needed: &mut Needed, name: &str) {
        match evidence.lookup(name, Kind::Mx) {
            Lookup::Found { records, .. } => {
                self.found = hosts(records);
                self.state = if self.found.is_empty() { TargetState::Null } else { TargetState::Found };
            }
            Lookup::NoData { .. } => self.read_addresses(evidence, needed, name, TargetState::Implicit),
            Lookup::NxDomain { aliases } if aliases.is_empty() => self.state = TargetState::NoDomain,
            Lookup::NxDomain { .. } => self.state = TargetState::None,
            other => self.is_unseen(other, needed, name),
        }
    }

    /// Where one family has addresses, whatever is the matter with the other one, senders use those.
    fn read_addresses(&mut self, evidence: &Evidence, needed: &mut Needed, name: &str, good: TargetState) {
        let mut addresses: Vec<IpAddr> = Vec::new();
        let mut gone = 0;
        for kind in [Kind::A, Kind::Aaaa] {
            match evidence.lookup(name, kind) {
                Lookup::Found { records, .. } => {
                    addresses.extend(records.iter().filter_map(|record| record.data.address()));
                }
                Lookup::NxDomain { aliases } if aliases.is_empty() => gone += 1,
                Lookup::NxDomain { .. } | Lookup::NoData { .. } => {}
                other => self.is_unseen(other, needed, name),
            }
        }
        addresses.sort();
        addresses.dedup();
        if !addresses.is_empty() {
            (self.state, self.unseen) = (good, None);
            self.found = addresses.iter().map(ToString::to_string).collect();
        } else if self.unseen.is_none() {
            self.state = if gone == 2 { TargetState::NoDomain } else { TargetState::None };
        }
    }

    /// Takes up why a lookup says nothing; what is still waited for goes before all else.
    fn is_unseen(&mut self, lookup: Lookup, needed: &mut Needed, name: &str) {
        let (state, why) = match lookup {
            Lookup::Waiting(step) => {
                needed.add(step);
                (TargetState::NotObserved, Unseen::Waiting)
            }
            Lookup::Error(error) => (TargetState::DnsError, Unseen::Error(name.to_owned(), error)),
            Lookup::NotObserved(failure) => (TargetState::NotObserved, Unseen::Failed(failure)),
            _ => return,
        };
        if self.unseen.is_none() || why == Unseen::Waiting {
            (self.state, self.unseen) = (state, Some(why));
        }
    }
}

/// The hosts of MX records, the preferred first, each once; none of a null MX.
fn hosts(records: Vec<Record>) -> Vec<String> {
    let named = records.into_iter().filter_map(|record| match record.data {
        Data::Mx(preference, name) if !name.is_root() => Some((preference, name.to_string())),
        _ => None,
    });
    let mut named: Vec<(u16, String)> = named.collect();
    named.sort();
    let mut hosts: Vec<String> = Vec::new();
    for (_, name) in named {
        if !hosts.contains(&name) {
            hosts.push(name);
        }
    }
    hosts
}

impl Evidence {
    /// The names that are looked up for TLS reports.
    pub(crate) fn targets(&self) -> Vec<String> {
        if self.quick {
            return Vec::new();
        }
        let (record, _) = TxtFacts::of(self, RecordKind::Tlsrpt);
        let targets = record.doc().map(|doc| Target::all(&doc).0).unwrap_or_default();
        let names = targets.into_iter().filter_map(|target| match target.place {
            Place::Name(name) => Some(name),
            _ => None,
        });
        names.collect()
    }

    /// Whether a lookup is made for these targets of TLS reports and for nothing else.
    pub(crate) fn is_for_reports(&self, targets: &[String], kind: Kind, name: &str) -> bool {
        let leads = |from: &str| self.leads_to(from, kind, name);
        let is_of_them = matches!(kind, Kind::Mx | Kind::A | Kind::Aaaa);
        if !is_of_them || !targets.iter().any(|target| leads(target)) {
            return false;
        }
        let domain = self.domain.as_str();
        if kind == Kind::Mx {
            return !leads(domain);
        }
        let (mx, _) = MxRecords::of(self);
        let mut hosts = mx.hosts.iter().take(MAX_HOSTS).map(|(_, host)| host.as_str());
        !(leads(&self.domain.policy_host()) || mx.implicit && leads(domain) || hosts.any(leads))
    }
}
