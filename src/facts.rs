//! What the evidence says, read as RFC 8461 reads it: the states of record, policy and mail hosts,
//! and which steps are needed to know more. Rules and verdict both start from here, so that a
//! finding and the verdict cannot see different things.

mod beside;
mod policy;
mod rua;

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::dns::{Data, Kind, Record};
use crate::evidence::{
    Closer, DnsError, Entry, Evidence, Lookup, Outcome, Session, SmtpResult, Step, TlsSeen,
};
use crate::name::{Domain, Host};
use crate::policy::Mode;
use crate::record::{RecordDoc, RecordKind, Selection};
use crate::span::in_order;

pub use beside::{BesideFacts, BesideState, DkimFacts, DmarcFacts, SpfFacts, Unseen};
pub use dane::{DaneFacts, DaneLookup, DaneResult, DaneState};
pub use policy::{PolicyAddressFacts, PolicyFacts, PolicyState, has_coding, policy_state};
pub use rua::{RuaFacts, TargetFacts, TargetState};

mod dane;

/// Most MX hosts whose addresses are looked up and probed; the rest are listed, not observed.
pub const MAX_HOSTS: usize = 20;
/// Most addresses probed of one host, and fetched from of the policy host.
pub const MAX_ADDRESSES: usize = 16;
/// Most connections to one address of mail hosts, under all of its names together.
pub const MAX_CONNECTIONS: usize = 5;

/// Everything known of a domain.
#[derive(Clone, Debug)]
pub struct Facts<'e> {
    /// The policy domain.
    pub domain: &'e Domain,
    /// When the check began, in seconds since 1970.
    pub now: i64,
    /// The `_mta-sts` record.
    pub record: TxtFacts,
    /// The `_smtp._tls` record.
    pub tlsrpt: TxtFacts,
    /// The policy.
    pub policy: PolicyFacts<'e>,
    /// Where TLS reports go.
    pub rua: RuaFacts,
    /// The mail hosts.
    pub mx: MxFacts<'e>,
    /// SPF, DMARC and DKIM, where they are looked at.
    pub beside: Option<BesideFacts>,
    /// Every step that is needed and has no outcome yet, each once.
    pub needed: Vec<Step>,
}

/// What lookups alone say of a domain's records.
#[derive(Clone, Copy, Debug)]
pub struct Lookups<'f> {
    /// The policy domain.
    pub domain: &'f Domain,
    /// When the check began, in seconds since 1970.
    pub now: i64,
    /// The `_mta-sts` record.
    pub record: &'f TxtFacts,
    /// The `_smtp._tls` record.
    pub tlsrpt: &'f TxtFacts,
    /// Whether the resolver said that the domain does not exist.
    pub no_domain: bool,
}

/// What became of a TXT record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordState {
    /// Exactly one, and it fits the grammar.
    Valid,
    /// None.
    Absent,
    /// Exactly one, and it does not fit the grammar.
    Invalid,
    /// More than one, which counts as none (RFC 8461 §3.1).
    Multiple,
    /// The resolver could not tell.
    DnsError,
    /// Not asked, or no resolver was reached.
    NotObserved,
}

/// What the MX lookup gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MxLookup {
    /// MX records.
    Found,
    /// No MX record: the domain itself is the mail host (RFC 5321 §5.1).
    Implicit,
    /// A null MX: the domain accepts no mail (RFC 7505).
    Null,
    /// Neither MX records nor an address.
    None,
    /// The resolver could not tell.
    DnsError,
    /// Not asked, or no resolver was reached.
    NotObserved,
}

/// The TXT records at one owner name.
#[derive(Clone, Debug)]
pub struct TxtFacts {
    /// Which record.
    pub kind: RecordKind,
    /// The owner name.
    pub name: String,
    /// What became of it.
    pub state: RecordState,
    /// The records that count, each with its strings joined.
    pub kept: Vec<Vec<u8>>,
    /// The others at that name.
    pub set_aside: Vec<Vec<u8>>,
    /// The names that aliases led to.
    pub aliases: Vec<String>,
    /// Why the resolver could not tell.
    pub error: Option<DnsError>,
    /// Where there is none: such records at names they are published at by mistake.
    pub elsewhere: Vec<(String, Vec<u8>)>,
}

impl RecordKind {
    /// The names a record is published at by mistake, the likeliest first: an underscore for a hyphen, the names of older
    /// drafts (draft-ietf-uta-smtp-tlsrpt-00), under the policy host, where recipes that delegate that name put both records for
    /// an alias to lead there, the domain itself, a name that an editor of zones puts the domain behind once more.
    pub(crate) fn wrong_names(self, domain: &Domain) -> impl Iterator<Item = String> {
        let prefixes: &[&str] = match self {
            Self::Record => &["_mta_sts.", "mta-sts.", "_mta-sts.mta-sts.", ""],
            Self::Tlsrpt => {
                &["_smtp-tlsrpt.", "_tlsrpt.", "_smtp_tls.", "smtp._tls.", "_tls.", "_smtp._tls.mta-sts.", ""]
            }
        };
        let twice = match self {
            Self::Record => format!("{}.{domain}", domain.record_name()),
            Self::Tlsrpt => format!("{}.{domain}", domain.tlsrpt_name()),
        };
        prefixes.iter().map(move |prefix| format!("{prefix}{domain}")).chain([twice])
    }
}

impl Evidence {
    /// Whether what comes of a step can change what senders do that honour MTA-STS. The others look closer.
    #[must_use]
    pub fn decides(&self, step: &Step) -> bool {
        self.decides_beside(&self.targets(), step)
    }

    /// The same, where the names are known that are looked up for TLS reports.
    pub(crate) fn decides_beside(&self, targets: &[String], step: &Step) -> bool {
        match step {
            Step::Tls { .. }
            | Step::PolicyAddress { .. }
            | Step::PolicyAsBrowser { .. }
            | Step::Dns { rrtype: Kind::Tlsa, .. } => false,
            // Beside these there are names that records are published at by mistake, and SPF, DMARC and DKIM.
            Step::Dns { rrtype: Kind::Txt, name, .. } => {
                let names = [self.domain.record_name(), self.domain.tlsrpt_name()];
                names.iter().any(|from| self.leads_to(from, Kind::Txt, name))
            }
            Step::Dns { rrtype, name, .. } => !self.is_for_reports(targets, *rrtype, name),
            _ => true,
        }
    }
}

impl TxtFacts {
    /// The document, where exactly one record counts.
    #[must_use]
    pub fn doc(&self) -> Option<RecordDoc<'_>> {
        match self.kept.as_slice() {
            [text] => Some(RecordDoc::parse(self.kind, text)),
            _ => None,
        }
    }

    /// The id of the MTA-STS record, where it is valid.
    #[must_use]
    pub fn id(&self) -> Option<String> {
        self.doc()?.record().map(|record| record.id)
    }

    /// Where the TLSRPT record sends reports, where it is valid.
    #[must_use]
    pub fn rua(&self) -> Option<Vec<String>> {
        Some(self.doc()?.tlsrpt()?.rua)
    }

    /// Reads a record alone, and says which lookups are needed to know more of it.
    #[must_use]
    pub fn of(evidence: &Evidence, kind: RecordKind) -> (Self, Vec<Step>) {
        let mut needed = Needed::default();
        let facts = Self::read(evidence, &mut needed, kind);
        (facts, needed.0)
    }

    fn read(evidence: &Evidence, needed: &mut Needed, kind: RecordKind) -> Self {
        let name = match kind {
            RecordKind::Record => evidence.domain.record_name(),
            RecordKind::Tlsrpt => evidence.domain.tlsrpt_name(),
        };
        let mut facts = Self {
            kind,
            state: RecordState::NotObserved,
            kept: Vec::new(),
            set_aside: Vec::new(),
            aliases: Vec::new(),
            error: None,
            elsewhere: Vec::new(),
            name,
        };
        let found = match evidence.lookup(&facts.name, Kind::Txt) {
            Lookup::Found { records, aliases, .. } => Some((records, aliases)),
            Lookup::NoData { aliases, .. } | Lookup::NxDomain { aliases } => Some((Vec::new(), aliases)),
            Lookup::Error(error) => {
                facts.state = RecordState::DnsError;
                facts.error = Some(error);
                None
            }
            Lookup::Waiting(step) => {
                needed.add(step);
                None
            }
            Lookup::NotObserved(_) => None,
        };
        if let Some((records, aliases)) = found {
            facts.aliases = aliases.iter().map(ToString::to_string).collect();
            let texts = txt_strings(records);
            let selection = Selection::of(kind, &texts);
            let owned = |texts: Vec<&[u8]>| texts.into_iter().map(<[u8]>::to_vec).collect::<Vec<_>>();
            // Resolvers rotate answers; the same record set is the same report.
            let sorted = |texts| in_order(owned(texts), &Vec::cmp);
            (facts.kept, facts.set_aside) = (sorted(selection.kept), sorted(selection.set_aside));
            facts.state = match facts.kept.len() {
                0 => RecordState::Absent,
                1 if facts.doc().is_some_and(|doc| doc.is_valid()) => RecordState::Valid,
                1 => RecordState::Invalid,
                _ => RecordState::Multiple,
            };
        }
        if facts.state == RecordState::Absent {
            facts.look_elsewhere(evidence, needed);
        }
        facts
    }

    /// Looks where such records are published by mistake.
    fn look_elsewhere(&mut self, evidence: &Evidence, needed: &mut Needed) {
        for name in self.kind.wrong_names(&evidence.domain) {
            match evidence.lookup(&name, Kind::Txt) {
                Lookup::Waiting(step) => needed.add(step),
                Lookup::Found { records, .. } => {
                    let texts = txt_strings(records);
                    let found = Selection::of(self.kind, &texts).kept.into_iter().map(<[u8]>::to_vec);
                    self.elsewhere.extend(found.map(|text| (name.clone(), text)));
                }
                _ => {}
            }
        }
    }
}

/// The text of each TXT record, its strings joined (RFC 8461 §3.1).
fn txt_strings(records: Vec<Record>) -> Vec<Vec<u8>> {
    let strings = records.into_iter().filter_map(|record| match record.data {
        Data::Txt(strings) => Some(strings.concat()),
        _ => None,
    });
    strings.collect()
}

/// The mail hosts.
#[derive(Clone, Debug)]
pub struct MxFacts<'e> {
    /// What the lookup gave.
    pub lookup: MxLookup,
    /// The hosts, the preferred first; hosts of one preference by name.
    pub hosts: Vec<HostFacts<'e>>,
    /// Whether a null MX stands beside others, where it must stand alone (RFC 7505 §3).
    pub null_beside_others: bool,
    /// Why the resolver could not tell.
    pub error: Option<DnsError>,
    /// Whether the resolver said that the domain does not exist (RFC 8020), as it does for a name
    /// mistyped.
    pub no_domain: bool,
    /// Whether the resolver says that it validated this (AD): without that no host counts as the domain's for DANE
    /// (RFC 7672 §2.2.1).
    pub secure: bool,
}

/// One mail host.
#[derive(Clone, Debug)]
pub struct HostFacts<'e> {
    /// The name, as the MX record has it.
    pub host: Host,
    /// Its preference; the lowest where several records name it.
    pub preference: u16,
    /// Whether there is no MX record and the domain itself takes its place.
    pub implicit: bool,
    /// The name an alias leads to, where the host is one (RFC 2181 §10.3 forbids it).
    pub alias: Option<String>,
    /// Its addresses.
    pub addresses: Vec<AddressFacts<'e>>,
    /// Whether its addresses are known.
    pub lookup: AddressLookup,
    /// Why the resolver could not tell.
    pub error: Option<DnsError>,
    /// Its TLSA records.
    pub dane: DaneFacts,
    /// Whether more addresses may turn up.
    waiting: bool,
}

/// Whether the addresses of a host are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressLookup {
    /// Both lookups were answered, and there is at least one address.
    Found,
    /// Both were answered, and there is none.
    None,
    /// The resolver could not tell for one of them; addresses of the other may be there.
    Error,
    /// Not asked or not answered yet.
    NotObserved,
    /// Not asked, as there are more hosts than are looked at.
    Skipped,
}

/// One address of a mail host.
#[derive(Clone, Debug)]
pub struct AddressFacts<'e> {
    /// The address.
    pub address: IpAddr,
    /// What the probe of it comes to.
    pub result: SmtpResult,
    /// What the probe saw.
    pub outcome: Option<&'e Outcome>,
    /// Whether it is not probed, as the host has more addresses than are looked at.
    pub skipped: bool,
    /// What further connections saw.
    pub closer: Closer,
}

impl<'e> AddressFacts<'e> {
    /// The session that the probe had, as far as it went.
    #[must_use]
    pub const fn session(&self) -> Option<&'e Session> {
        match self.outcome {
            Some(Outcome::Session(session)) => Some(session),
            _ => None,
        }
    }

    /// What it saw of TLS, where the handshake was completed.
    #[must_use]
    pub fn tls(&self) -> Option<&'e TlsSeen> {
        self.session()?.tls.as_ref()
    }
}

/// The MX records, before their hosts are looked at.
#[derive(Clone, Debug)]
pub struct MxRecords {
    /// What the lookup gave; where there is no MX record, what the domain's own addresses say is still to come.
    pub lookup: MxLookup,
    /// The hosts with their preferences, each once, the preferred first; hosts of one preference by name.
    pub hosts: Vec<(u16, Host)>,
    /// Whether there is no MX record, so that the domain itself takes its place (RFC 5321 §5.1).
    pub implicit: bool,
    /// As in [`MxFacts`].
    pub null_beside_others: bool,
    /// As in [`MxFacts`].
    pub error: Option<DnsError>,
    /// As in [`MxFacts`].
    pub no_domain: bool,
    /// As in [`MxFacts`].
    pub secure: bool,
}

impl MxRecords {
    /// Reads the records, and says which lookups are needed to know more of them.
    #[must_use]
    pub fn of(evidence: &Evidence) -> (Self, Vec<Step>) {
        let mut needed = Needed::default();
        let records = Self::read(evidence, &mut needed);
        (records, needed.0)
    }

    fn read(evidence: &Evidence, needed: &mut Needed) -> Self {
        let mut read = Self {
            lookup: MxLookup::NotObserved,
            hosts: Vec::new(),
            implicit: false,
            null_beside_others: false,
            error: None,
            no_domain: false,
            secure: false,
        };
        match evidence.lookup(evidence.domain.as_str(), Kind::Mx) {
            Lookup::Waiting(step) => needed.add(step),
            Lookup::NotObserved(_) => {}
            Lookup::Error(error) => (read.lookup, read.error) = (MxLookup::DnsError, Some(error)),
            Lookup::NoData { secure, .. } => (read.secure, read.implicit) = (secure, true),
            Lookup::NxDomain { aliases } => {
                (read.lookup, read.no_domain) = (MxLookup::None, aliases.is_empty());
            }
            Lookup::Found { records, secure, .. } => {
                read.secure = secure;
                read.add_all(records);
            }
        }
        read
    }

    fn add_all(&mut self, records: Vec<Record>) {
        let named = records
            .into_iter()
            .filter_map(|record| match record.data {
                Data::Mx(preference, name) if name.is_root() => Some((preference, Host::new(""))),
                Data::Mx(preference, name) => Some((preference, Host::new(&name.to_string()))),
                _ => None,
            })
            .collect();
        let mut hosts: Vec<(u16, Host)> = in_order(named, &|a, b| a.cmp(b));
        let records = hosts.len();
        hosts.retain(|(_, host)| !host.is_root());
        self.lookup = if hosts.is_empty() { MxLookup::Null } else { MxLookup::Found };
        self.null_beside_others = !hosts.is_empty() && hosts.len() < records;
        for (preference, host) in hosts {
            if !self.hosts.iter().any(|(_, known)| *known == host) {
                self.hosts.push((preference, host));
            }
        }
    }
}

impl<'e> MxFacts<'e> {
    /// Reads the mail hosts alone, and says which steps are needed to know more of them.
    #[must_use]
    pub fn of(evidence: &'e Evidence) -> (Self, Vec<Step>) {
        let mut needed = Needed::default();
        let facts = Self::read(evidence, &mut needed);
        (facts, needed.0)
    }

    fn read(evidence: &'e Evidence, needed: &mut Needed) -> Self {
        let records = MxRecords::read(evidence, needed);
        let mut facts = Self {
            lookup: records.lookup,
            hosts: Vec::new(),
            null_beside_others: records.null_beside_others,
            error: records.error,
            no_domain: records.no_domain,
            secure: records.secure,
        };
        if records.implicit {
            facts.read_implicit(evidence, needed);
        }
        for (preference, host) in records.hosts {
            let read = if facts.hosts.len() < MAX_HOSTS {
                HostFacts::read(evidence, needed, host, preference)
            } else {
                HostFacts::new(host, preference, AddressLookup::Skipped)
            };
            facts.hosts.push(read);
        }
        if !records.implicit {
            share(&mut facts.hosts, needed, evidence);
        }
        facts
    }

    /// RFC 5321 §5.1: without an MX record, the domain's own addresses.
    fn read_implicit(&mut self, evidence: &'e Evidence, needed: &mut Needed) {
        let mut host = HostFacts::read(evidence, needed, Host::from(&evidence.domain), 0);
        host.implicit = true;
        host.alias = None; // an alias at the domain itself is an ordinary one
        self.lookup = match host.lookup {
            _ if !host.addresses.is_empty() => MxLookup::Implicit,
            AddressLookup::None => MxLookup::None,
            AddressLookup::Error => {
                self.error = host.error.take();
                MxLookup::DnsError
            }
            _ => MxLookup::NotObserved,
        };
        if self.lookup == MxLookup::Implicit {
            self.hosts.push(host);
        }
    }
}

impl<'e> HostFacts<'e> {
    fn new(host: Host, preference: u16, lookup: AddressLookup) -> Self {
        let dane = DaneFacts::default();
        Self {
            host,
            preference,
            implicit: false,
            alias: None,
            addresses: Vec::new(),
            lookup,
            error: None,
            dane,
            waiting: false,
        }
    }

    fn read(evidence: &'e Evidence, needed: &mut Needed, host: Host, preference: u16) -> Self {
        let mut facts = Self::new(host, preference, AddressLookup::None);
        if facts.host.as_address().is_some() {
            return facts; // no top-level domain is a number, so there is nothing to ask
        }
        let mut families: [Vec<IpAddr>; 2] = [Vec::new(), Vec::new()];
        let mut waiting = [false; 2];
        let mut secure = true;
        let kinds = [Kind::A, Kind::Aaaa].into_iter().zip(&mut families).zip(&mut waiting);
        for ((kind, addresses), waiting) in kinds {
            match evidence.lookup(facts.host.as_str(), kind) {
                Lookup::Waiting(step) => {
                    needed.add(step);
                    *waiting = true;
                    facts.waiting = true;
                    facts.lookup = AddressLookup::NotObserved;
                }
                Lookup::NotObserved(_) => facts.lookup = AddressLookup::NotObserved,
                Lookup::Error(error) => {
                    if facts.lookup != AddressLookup::NotObserved {
                        facts.lookup = AddressLookup::Error;
                    }
                    facts.error = facts.error.or(Some(error));
                }
                Lookup::NoData { .. } | Lookup::NxDomain { .. } => {}
                Lookup::Found { records, aliases, secure: this } => {
                    secure &= this;
                    facts.alias = aliases.last().map(ToString::to_string).or(facts.alias);
                    addresses.extend(records.iter().filter_map(|record| record.data.address()));
                }
            }
        }
        for addresses in &mut families {
            addresses.sort();
            addresses.dedup();
        }
        // A family that is still looked up may take its half: what is probed must not depend on which
        // answer came first.
        let count = |family: usize| if waiting[family] { MAX_ADDRESSES } else { families[family].len() };
        let probed = probed([count(0), count(1)]);
        for (addresses, probed) in families.into_iter().zip(probed) {
            for (index, address) in addresses.into_iter().enumerate() {
                facts.addresses.push(facts.probe(evidence, needed, address, index >= probed));
            }
        }
        if facts.lookup == AddressLookup::None && !facts.addresses.is_empty() {
            facts.lookup = AddressLookup::Found;
        }
        if waiting == [false; 2] && !facts.addresses.is_empty() {
            facts.dane = DaneFacts::read(evidence, needed, &facts, secure);
        }
        facts
    }

    /// What the probe of an address saw, or the step that looks.
    fn probe(
        &self,
        evidence: &'e Evidence,
        needed: &mut Needed,
        address: IpAddr,
        skipped: bool,
    ) -> AddressFacts<'e> {
        let step = Step::Smtp { domain: evidence.domain.clone(), host: self.host.clone(), address };
        let outcome = evidence.outcome(&step, |_| true);
        if outcome.is_none() && !skipped {
            needed.add(step);
        }
        let reached = evidence.reached_port_25(address.is_ipv6());
        let result = outcome.map_or(SmtpResult::NotObserved, |outcome| SmtpResult::of(outcome, reached));
        let mut facts = AddressFacts { address, result, outcome, skipped, closer: Closer::default() };
        if let Some(Outcome::Session(first)) = outcome {
            let (domain, host) = (&evidence.domain, &self.host);
            let further = |hello| Step::Tls { domain: domain.clone(), host: host.clone(), address, hello };
            let seen = |hello| evidence.outcome(&further(hello), |_| true);
            if let Some(hello) = Closer::next(first, seen).filter(|_| !evidence.quick) {
                needed.add(further(hello));
            }
            facts.closer = Closer::of(first, seen);
        }
        facts
    }

    /// The result of the host: `ok` if any address is, else that of the address that got furthest.
    /// Without an address no session can be had, whether DNS says that there is none or fails to say.
    #[must_use]
    pub fn result(&self) -> SmtpResult {
        // The first of those that got equally far speaks, so that the order of the list decides.
        let furthest = self.addresses.iter().rev().max_by_key(|address| address.result.progress());
        match furthest {
            Some(address) => address.result,
            None if matches!(self.lookup, AddressLookup::None | AddressLookup::Error) => {
                SmtpResult::ConnectFailed
            }
            None => SmtpResult::NotObserved,
        }
    }
}

/// The addresses of a host that are looked at, of all that it has over IPv4 and IPv6: each once, in order, and no more than
/// [`MAX_ADDRESSES`].
#[must_use]
pub fn looked_at(mut families: [Vec<IpAddr>; 2]) -> [Vec<IpAddr>; 2] {
    for addresses in &mut families {
        addresses.sort();
        addresses.dedup();
    }
    let most = probed([families[0].len(), families[1].len()]);
    for (addresses, most) in families.iter_mut().zip(most) {
        addresses.truncate(most);
    }
    families
}

/// Leaves out what would be one connection too many to an address that several of the hosts share: at most
/// [`MAX_CONNECTIONS`], the first one under each name before the further ones, which are made under the first name alone.
/// A host that is still looked up may turn out to have any address, so a place is left for it: what is probed must not
/// depend on which answer came first.
fn share(hosts: &mut [HostFacts<'_>], needed: &mut Needed, evidence: &Evidence) {
    let mut names: BTreeMap<IpAddr, Vec<&Host>> = BTreeMap::new();
    let mut waiting = 0;
    // Those before which no host is still looked up.
    let mut first = Vec::new();
    for HostFacts { host, addresses, waiting: this, .. } in hosts {
        for at in addresses.iter_mut().filter(|at| !at.skipped) {
            let names = names.entry(at.address).or_default();
            if waiting == 0 && names.is_empty() {
                first.push((&*host, at.address));
            }
            if names.len() + waiting < MAX_CONNECTIONS {
                names.push(host);
            } else {
                at.skipped = waiting == 0;
            }
        }
        waiting += usize::from(*this);
    }
    let further = |address: IpAddr| {
        let tls = |entry: &&Entry| matches!(entry.step, Step::Tls { address: of, .. } if of == address);
        evidence.entries.iter().filter(tls).count()
    };
    needed.0.retain(|step| match step {
        Step::Smtp { host, address, .. } => names.get(address).is_some_and(|names| names.contains(&host)),
        Step::Tls { host, address, .. } => {
            let taken = names.get(address).map_or(0, Vec::len) + waiting + further(*address);
            taken < MAX_CONNECTIONS && first.contains(&(host, *address))
        }
        _ => true,
    });
}

/// How many addresses of each family are probed: half and half, what one does not use for the other.
fn probed([v4, v6]: [usize; 2]) -> [usize; 2] {
    let half = MAX_ADDRESSES / 2;
    let first = v4.min(half.max(MAX_ADDRESSES.saturating_sub(v6)));
    [first, v6.min(MAX_ADDRESSES - first)]
}

/// Collects steps, each once.
#[derive(Default)]
struct Needed(Vec<Step>);

impl Needed {
    fn add(&mut self, step: Step) {
        if !self.0.contains(&step) {
            self.0.push(step);
        }
    }
}

impl<'e> Facts<'e> {
    /// The mode of the policy, where there is a valid one.
    #[must_use]
    pub fn mode(&self) -> Option<Mode> {
        self.policy.policy.as_ref().map(|policy| policy.mode)
    }

    /// What lookups alone say of the records.
    #[must_use]
    pub const fn lookups(&self) -> Lookups<'_> {
        Lookups {
            domain: self.domain,
            now: self.now,
            record: &self.record,
            tlsrpt: &self.tlsrpt,
            no_domain: self.mx.no_domain,
        }
    }

    /// Reads the evidence.
    #[must_use]
    pub fn read(evidence: &'e Evidence) -> Self {
        let mut needed = Needed::default();
        let domain = &evidence.domain;
        let record = TxtFacts::read(evidence, &mut needed, RecordKind::Record);
        let mx = MxFacts::read(evidence, &mut needed);
        let policy = PolicyFacts::read(evidence, &mut needed);
        let tlsrpt = TxtFacts::read(evidence, &mut needed, RecordKind::Tlsrpt);
        let rua = RuaFacts::read(evidence, &mut needed, &tlsrpt);
        // Last, as nobody waits for them.
        let beside = BesideFacts::read(evidence, &mut needed);
        Self { domain, now: evidence.now, record, tlsrpt, rua, policy, mx, beside, needed: needed.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shared_out_between_the_families() {
        for (counts, expected) in [
            ([0, 0], [0, 0]),
            ([3, 2], [3, 2]),
            ([16, 0], [16, 0]),
            ([20, 0], [16, 0]),
            ([0, 20], [0, 16]),
            ([20, 2], [14, 2]),
            ([2, 20], [2, 14]),
            ([20, 20], [8, 8]),
            ([10, 10], [8, 8]),
        ] {
            assert_eq!(probed(counts), expected, "{counts:?}");
        }
    }
}
