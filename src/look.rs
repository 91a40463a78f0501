//! A first look at a domain: what lookups of its own names say, while the rest of a check is still being loaded.
//!
//! It is used like a `Check`, asks for lookups alone, and says no more than a check with the same answers
//! would: states, texts and findings are made by the same code. What it was told, the check is told again.

use serde::Serialize;

use crate::evidence::{Entry, Evidence, Step};
use crate::facts::{Lookups, MxLookup, MxRecords, RecordState, TxtFacts};
use crate::finding::{Finding, SCHEMA, Source, by_level};
use crate::name::Domain;
use crate::record::RecordKind;
use crate::report::{RecordReport, texts, txt_findings};
use crate::rules::lint_lookup;

/// A first look under way.
#[derive(Clone, Debug)]
pub struct Look {
    evidence: Evidence,
    asked: Vec<Step>,
}

/// What a first look saw: a part of a `Report`, in the same words.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LookReport {
    /// The version of the JSON shape: 1.
    pub schema: u32,
    /// The policy domain.
    pub domain: String,
    /// The `_mta-sts` record.
    pub record: RecordReport,
    /// What the MX lookup gave.
    pub mx_lookup: MxLookup,
    /// The mail hosts that MX records name, the preferred first.
    pub mx: Vec<LookedMx>,
    /// The `_smtp._tls` record.
    pub tlsrpt: LookedTlsrpt,
    /// What is wrong or worth knowing, errors first.
    pub findings: Vec<Finding>,
    /// How many lookups have no answer yet.
    pub waiting: usize,
}

/// The `_smtp._tls` record in a first look.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LookedTlsrpt {
    /// What became of it.
    pub state: RecordState,
    /// Where reports go, where it is valid; what becomes of them there is left to the check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rua: Option<Vec<String>>,
    /// The records that count, each with its strings joined.
    pub text: Vec<String>,
}

/// A mail host in a first look.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LookedMx {
    /// The name, as the MX record has it.
    pub host: String,
    /// Its preference.
    pub preference: u16,
}

/// What is known so far, and which lookups are needed to know more.
struct Seen {
    record: TxtFacts,
    mx: MxRecords,
    tlsrpt: TxtFacts,
    needed: Vec<Step>,
}

impl Look {
    /// Begins a look at a domain. `now` is in seconds since 1970.
    #[must_use]
    pub const fn new(domain: Domain, now: i64) -> Self {
        Self { evidence: Evidence::new(domain, now), asked: Vec::new() }
    }

    fn seen(&self) -> Seen {
        let (record, of_record) = TxtFacts::of(&self.evidence, RecordKind::Record);
        let (mx, of_mx) = MxRecords::of(&self.evidence);
        let (tlsrpt, of_tlsrpt) = TxtFacts::of(&self.evidence, RecordKind::Tlsrpt);
        let mut needed: Vec<Step> = Vec::new();
        for step in of_record.into_iter().chain(of_mx).chain(of_tlsrpt) {
            if !needed.contains(&step) {
                needed.push(step);
            }
        }
        Seen { record, mx, tlsrpt, needed }
    }

    /// The lookups that can be made now; each is handed out once.
    pub fn next_steps(&mut self) -> Vec<Step> {
        let mut steps = self.seen().needed;
        steps.retain(|step| !self.asked.contains(step));
        self.asked.extend(steps.iter().cloned());
        steps
    }

    /// Takes what came of a lookup.
    pub fn feed(&mut self, entry: Entry) {
        self.evidence.entries.push(entry);
    }

    /// What was seen so far.
    #[must_use]
    pub fn report(&self) -> LookReport {
        let Seen { record, mx, tlsrpt, needed } = self.seen();
        let domain = &self.evidence.domain;
        let seen = Lookups {
            domain,
            now: self.evidence.now,
            record: &record,
            tlsrpt: &tlsrpt,
            no_domain: mx.no_domain,
        };
        let mut findings = Vec::new();
        // In the order of a check's report.
        findings.extend(txt_findings(Source::Record, &record));
        for kind in [RecordKind::Record, RecordKind::Tlsrpt] {
            let hits = lint_lookup(kind, &seen).into_iter();
            findings.extend(hits.map(|(head, hit)| Finding::new(head, hit, None)));
        }
        findings.extend(txt_findings(Source::Tlsrpt, &tlsrpt));
        LookReport {
            schema: SCHEMA,
            domain: domain.to_string(),
            record: RecordReport::of(&record),
            mx_lookup: mx.lookup,
            mx: mx
                .hosts
                .into_iter()
                .map(|(preference, host)| LookedMx { host: host.to_string(), preference })
                .collect(),
            tlsrpt: LookedTlsrpt { state: tlsrpt.state, rua: tlsrpt.rua(), text: texts(&tlsrpt.kept) },
            findings: by_level(findings),
            waiting: needed.len(),
        }
    }
}
