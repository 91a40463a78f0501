//! Many reports at once: what they come to, by day, by sender, by domain, by mail host and by what failed.
//!
//! A [`Collection`] keeps of each report what a summary needs, and no text of it; so what it holds in memory goes by how many
//! reports there are and not by how long they are.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

use super::{Deviation, Mail, ResultType, TlsReport};
use crate::words::{day, minute};

/// The `schema` of what is written for machines.
pub const SCHEMA: u32 = 1;

/// What stands for a result-type where failures were counted and not told.
pub const UNTOLD: &str = "untold";

/// A day, in seconds.
pub(super) const DAY: i64 = 86_400;
/// From so many reports on a sender is one that reports, and a day without one is a gap.
const REGULAR: usize = 3;

/// The reports that were read, each once, and what could not be read.
#[derive(Clone, Debug, Default)]
pub struct Collection {
    kept: Vec<Kept>,
    refused: Vec<Refused>,
    /// By whom and what they are called, in one text, of which that many bytes are the sender.
    known: HashSet<(usize, String)>,
    duplicates: u64,
    /// What comes twice is told by the one that this is appended to.
    is_part: bool,
}

/// What is kept of a report.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) head: Head,
    pub(super) failures: Vec<KeptFailure>,
}

/// A report as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Head {
    /// `organization-name`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// `report-id`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report_id: Option<String>,
    /// Its first moment (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// Its last moment (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    /// The sessions under each policy.
    pub policies: Vec<Counts>,
    /// Where it is not as RFC 8460 has it.
    pub deviations: Vec<Deviation>,
    /// Its first day, counted from 1970.
    #[serde(skip)]
    pub(super) day: Option<i64>,
    /// Its last moment, in seconds since 1970.
    #[serde(skip)]
    until: Option<i64>,
}

/// The sessions under a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// `policy-domain`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// `policy-type`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_type: Option<String>,
    /// Sessions that succeeded.
    pub successful: u64,
    /// Sessions that failed.
    pub failed: u64,
    /// The one host that the policy names, where it names one alone and no pattern.
    #[serde(skip)]
    host: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct KeptFailure {
    /// Under which of the policies.
    pub(super) policy: usize,
    pub(super) result_type: String,
    pub(super) mx: Option<String>,
    reason: Option<String>,
    pub(super) failed: u64,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// What it is called, and what it stands in.
    pub file: String,
    /// Why it could not, in a sentence.
    pub reason: String,
}

/// Which reports count, and which sessions of them. What is nothing leaves all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filter {
    /// Reports of this sender.
    pub organization: Option<String>,
    /// Sessions of this policy domain.
    pub domain: Option<String>,
    /// Sessions under a policy of this type.
    pub policy_type: Option<String>,
    /// Failures at this host.
    pub mx: Option<String>,
    /// Failures of this result-type.
    pub result_type: Option<String>,
    /// Reports that end at this time or later, in seconds since 1970.
    pub since: Option<i64>,
    /// Reports that begin before this time, in seconds since 1970.
    pub until: Option<i64>,
}

/// What reports come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary<'c> {
    /// [`SCHEMA`]
    pub schema: u32,
    /// The reports, by their time.
    pub reports: Vec<&'c Head>,
    /// All sessions.
    pub totals: Totals,
    /// What failed, most first.
    pub failures: Vec<Failed>,
    /// What could not be read.
    pub refused: &'c [Refused],
    /// How many reports came again and were not counted again.
    pub duplicates: u64,
}

/// Sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// That succeeded.
    pub successful: u64,
    /// That failed.
    pub failed: u64,
}

impl Totals {
    fn add(&mut self, successful: u64, failed: u64) {
        self.successful = self.successful.saturating_add(successful);
        self.failed = self.failed.saturating_add(failed);
    }
}

/// Sessions that failed alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failed {
    /// `result-type`; [`UNTOLD`] where none is told.
    pub result_type: String,
    /// `receiving-mx-hostname`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receiving_mx: Option<String>,
    /// How many sessions.
    pub failed: u64,
}

/// The same for people to look at from several sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Views {
    /// All sessions.
    pub totals: Totals,
    /// How many reports.
    pub reports: usize,
    /// Day by day, without days of which nothing is told.
    pub days: Vec<Row>,
    /// Sender by sender, most sessions first.
    pub senders: Vec<SenderRow>,
    /// Policy domain by policy domain.
    pub domains: Vec<Row>,
    /// Mail host by mail host, most failures first. Successes are told of a host only where a policy names it alone.
    pub hosts: Vec<Row>,
    /// Result-type by result-type, most first.
    pub results: Vec<ResultRow>,
    /// Days without a report of a sender that used to report.
    pub gaps: Vec<Gap>,
    /// How reports are not as RFC 8460 has them, by sender and kind.
    pub deviations: Vec<DeviationRow>,
    /// Policy type by policy type.
    pub policy_types: Vec<Row>,
}

/// One way in which the reports of a sender are not as RFC 8460 has them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeviationRow {
    /// Of which sender; empty where it is not told.
    pub organization: String,
    /// In how many of its reports.
    pub reports: usize,
    /// Where it stands first.
    #[serde(flatten)]
    pub first: Deviation,
}

/// The sessions of one of many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Which: a day as 2026-11-22, a domain, a host. Empty where it is not told.
    pub name: String,
    /// Its sessions.
    #[serde(flatten)]
    pub totals: Totals,
}

/// A sender.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SenderRow {
    /// `organization-name`; empty where it is not told.
    pub name: String,
    /// Its sessions.
    #[serde(flatten)]
    pub totals: Totals,
    /// How many reports it sent.
    pub reports: usize,
    /// The day of the last of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
    /// How its reports are not as RFC 8460 has them: the codes.
    pub deviations: Vec<String>,
}

/// What failed, what it means, and who has to act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResultRow {
    /// `result-type`; [`UNTOLD`] where none is told.
    pub name: String,
    /// How many sessions.
    pub failed: u64,
    /// What it means; nothing of a type that RFC 8460 does not have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub means: Option<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<String>,
    /// Who.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<super::Actor>,
    /// At which hosts, most first.
    pub hosts: Vec<Row>,
    /// Of which domains.
    pub domains: Vec<String>,
    /// Which senders saw it.
    pub senders: Vec<String>,
    /// The reason codes that are told (`failure-reason-code`).
    pub reasons: Vec<String>,
}

/// Days without a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// Of which sender.
    pub organization: String,
    /// On which domain.
    pub domain: String,
    /// The first day.
    pub from: String,
    /// The last day.
    pub to: String,
    /// How many days.
    pub days: i64,
}

impl Head {
    /// What reports are put in order by: time, sender, and what it calls them.
    fn order(&self) -> (Option<i64>, Option<&str>, Option<&str>) {
        (self.day, self.organization.as_deref(), self.report_id.as_deref())
    }
}

/// A line of a table. What a spreadsheet would take for a formula is marked as text.
fn line<const N: usize>(text: &mut String, fields: [String; N]) {
    for (index, field) in fields.into_iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        let formula = field.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let field = if formula { format!("'{field}") } else { field };
        if field.contains(['"', ',', '\n', '\r']) {
            text.push('"');
            text.push_str(&field.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(&field);
        }
    }
    text.push_str("\r\n");
}

/// A time as RFC 3339 has it.
fn moment(seconds: i64) -> String {
    format!("{}T{}:{:02}Z", day(seconds), minute(seconds), seconds.rem_euclid(60))
}

impl Collection {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a report; `mail` is what it came in, which tells the domain where the report does not (RFC 8460 §5.3). Says whether
    /// it is a new one.
    pub fn add(&mut self, report: TlsReport, mail: Option<&Mail>) -> bool {
        if !self.is_new(report.organization.as_deref(), report.report_id.as_deref()) {
            return false;
        }
        let domain_of_mail = mail.and_then(|mail| mail.domain.as_deref()).map(str::to_lowercase);
        let mut failures = Vec::new();
        let mut policies = Vec::new();
        for (index, sessions) in report.policies.into_iter().enumerate() {
            let told =
                sessions.failures.iter().fold(0_u64, |sum, failure| sum.saturating_add(failure.failed));
            let untold = sessions.failed.saturating_sub(told);
            failures.extend(sessions.failures.into_iter().map(|failure| KeptFailure {
                policy: index,
                result_type: failure.result_type.unwrap_or_else(|| UNTOLD.to_owned()),
                mx: failure.receiving_mx,
                reason: failure.reason,
                failed: failure.failed,
            }));
            if untold > 0 {
                failures.push(KeptFailure {
                    policy: index,
                    result_type: UNTOLD.to_owned(),
                    mx: None,
                    reason: None,
                    failed: untold,
                });
            }
            policies.push(Counts {
                domain: sessions.domain.or_else(|| domain_of_mail.clone()),
                policy_type: sessions.policy_type,
                successful: sessions.successful,
                failed: sessions.failed,
                host: match sessions.mx.as_slice() {
                    [host] if !host.starts_with('*') => Some(host.clone()),
                    _ => None,
                },
            });
        }
        let head = Head {
            organization: report.organization,
            report_id: report.report_id,
            start: report.start.map(moment),
            end: report.end.map(moment),
            policies,
            deviations: report.deviations,
            day: report.start.or(report.end).map(|at| at.div_euclid(DAY)),
            until: report.end.or(report.start),
        };
        self.kept.push(Kept { head, failures });
        true
    }

    /// Whether no report of that sender is called so; what has no name is always new. It is known from now on.
    fn is_new(&mut self, organization: Option<&str>, id: Option<&str>) -> bool {
        let Some(id) = id.filter(|_| !self.is_part) else { return true };
        let mut name = organization.unwrap_or_default().to_lowercase();
        let length = name.len();
        name.push_str(id);
        let is_new = self.known.insert((length, name));
        self.duplicates += u64::from(!is_new);
        is_new
    }

    /// A part of one, to [`append`](Self::append) to it: whether a report came before is told then.
    #[must_use]
    pub fn part() -> Self {
        Self { is_part: true, ..Self::default() }
    }

    /// Takes all of another one, as if what it took had come here, behind what is there.
    pub fn append(&mut self, other: Self) {
        for kept in other.kept {
            if self.is_new(kept.head.organization.as_deref(), kept.head.report_id.as_deref()) {
                self.kept.push(kept);
            }
        }
        self.duplicates += other.duplicates;
        self.refused.extend(other.refused);
    }

    /// Takes note of something that could not be read.
    pub fn refuse(&mut self, file: &str, reason: String) {
        self.refused.push(Refused { file: file.to_owned(), reason });
    }

    /// What could not be read.
    #[must_use]
    pub fn refused(&self) -> &[Refused] {
        &self.refused
    }

    /// How many reports there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// What the reports come to.
    #[must_use]
    pub fn summary<'c>(&'c self, filter: &Filter) -> Summary<'c> {
        let chosen: Vec<&Kept> = self.chosen(filter).collect();
        let mut totals = Totals::default();
        let mut failures: BTreeMap<(&str, Option<&str>), u64> = BTreeMap::new();
        for kept in &chosen {
            for (_, counts) in filter.policies(kept) {
                totals.add(counts.successful, counts.failed);
            }
            for failure in filter.failures(kept) {
                let count = failures.entry((&failure.result_type, failure.mx.as_deref())).or_default();
                *count = count.saturating_add(failure.failed);
            }
        }
        let mut failures: Vec<Failed> = failures
            .into_iter()
            .map(|((result_type, mx), failed)| Failed {
                result_type: result_type.to_owned(),
                receiving_mx: mx.map(str::to_owned),
                failed,
            })
            .collect();
        failures.sort_by_key(|one| Reverse(one.failed));
        let mut reports: Vec<&Head> = chosen.into_iter().map(|kept| &kept.head).collect();
        reports.sort_by(|one, other| one.order().cmp(&other.order()));
        Summary {
            schema: SCHEMA,
            reports,
            totals,
            failures,
            refused: &self.refused,
            duplicates: self.duplicates,
        }
    }

    /// The sessions as a table (RFC 4180): a line for each policy of each report, and what failed under it in one field.
    #[must_use]
    pub fn csv(&self, filter: &Filter) -> String {
        let mut text = String::new();
        let names = [
            "organization",
            "report_id",
            "start",
            "end",
            "policy_domain",
            "policy_type",
            "successful",
            "failed",
            "failures",
        ];
        line(&mut text, names.map(str::to_owned));
        let mut chosen: Vec<&Kept> = self.chosen(filter).collect();
        chosen.sort_by(|one, other| one.head.order().cmp(&other.head.order()));
        for kept in chosen {
            let head = &kept.head;
            let told = |text: &Option<String>| text.clone().unwrap_or_default();
            for (index, counts) in filter.policies(kept) {
                let failures =
                    filter.failures(kept).filter(|failure| failure.policy == index).map(|failure| {
                        match &failure.mx {
                            Some(mx) => format!("{} at {mx}: {}", failure.result_type, failure.failed),
                            None => format!("{}: {}", failure.result_type, failure.failed),
                        }
                    });
                line(
                    &mut text,
                    [
                        told(&head.organization),
                        told(&head.report_id),
                        told(&head.start),
                        told(&head.end),
                        told(&counts.domain),
                        told(&counts.policy_type),
                        counts.successful.to_string(),
                        counts.failed.to_string(),
                        failures.collect::<Vec<_>>().join("; "),
                    ],
                );
            }
        }
        text
    }

    /// The same from several sides. `now`, in seconds since 1970, ends the last gaps; without it they end with the last report there is.
    #[must_use]
    pub fn views(&self, filter: &Filter, now: Option<i64>) -> Views {
        let mut totals = Totals::default();
        let mut reports = 0;
        let (mut days, mut domains, mut hosts) = (Rows::default(), Rows::default(), Rows::default());
        let mut senders: BTreeMap<&str, SenderOf<'_>> = BTreeMap::new();
        let mut results: BTreeMap<&str, ResultOf<'_>> = BTreeMap::new();
        let mut told: BTreeMap<(&str, &str), BTreeSet<i64>> = BTreeMap::new();
        let mut last_day = None;
        let mut policy_types = Rows::default();
        let mut deviations: BTreeMap<(&str, &str), DeviationRow> = BTreeMap::new();
        for kept in self.chosen(filter) {
            reports += 1;
            let head = &kept.head;
            let name = head.organization.as_deref().unwrap_or_default();
            let sender = senders.entry(name).or_default();
            sender.reports += 1;
            sender.last = sender.last.max(head.day);
            sender.deviations.extend(head.deviations.iter().map(|deviation| &*deviation.code));
            last_day = last_day.max(head.day);
            let mut codes = BTreeSet::new();
            for first in head.deviations.iter().filter(|deviation| codes.insert(&*deviation.code)) {
                let row = deviations.entry((name, &first.code)).or_insert_with(|| DeviationRow {
                    organization: name.to_owned(),
                    reports: 0,
                    first: first.clone(),
                });
                row.reports += 1;
            }
            for (index, counts) in filter.policies(kept) {
                let (successful, failed) = (counts.successful, counts.failed);
                totals.add(successful, failed);
                sender.totals.add(successful, failed);
                let domain = head.policies.get(index).and_then(|counts| counts.domain.as_deref());
                let domain = domain.unwrap_or_default();
                if let Some(at) = head.day {
                    days.add(&day(at * DAY), successful, failed);
                    told.entry((name, domain)).or_default().insert(at);
                }
                domains.add(domain, successful, failed);
                policy_types.add(counts.policy_type.as_deref().unwrap_or_default(), successful, failed);
                if let Some(host) = &counts.host {
                    hosts.add(host, successful, 0);
                }
            }
            for failure in filter.failures(kept) {
                let host = failure.mx.as_deref().unwrap_or_default();
                let known = ResultType::named(&failure.result_type);
                if !(host.is_empty() && known.is_some_and(|known| known.of_policy)) {
                    hosts.add(host, 0, failure.failed);
                }
                let result = results.entry(&*failure.result_type).or_default();
                result.failed = result.failed.saturating_add(failure.failed);
                result.hosts.add(host, 0, failure.failed);
                result.senders.insert(head.organization.as_deref().unwrap_or_default());
                let domain = head.policies.get(failure.policy).and_then(|counts| counts.domain.as_deref());
                result.domains.insert(domain.unwrap_or_default());
                result.reasons.extend(failure.reason.as_deref());
            }
        }
        let mut senders: Vec<SenderRow> = senders
            .into_iter()
            .map(|(name, sender)| SenderRow {
                name: name.to_owned(),
                totals: sender.totals,
                reports: sender.reports,
                last: sender.last.map(|at| day(at * DAY)),
                deviations: sender.deviations.into_iter().map(str::to_owned).collect(),
            })
            .collect();
        senders.sort_by_key(|row| Reverse(row.totals.successful.saturating_add(row.totals.failed)));
        let mut results: Vec<ResultRow> =
            results.into_iter().map(|(name, result)| result.row(name.to_owned())).collect();
        results.sort_by_key(|one| Reverse(one.failed));
        // A report on a day comes on the next one, or the one after that.
        let end = now.map(|now| now.div_euclid(DAY) - 2).or(last_day);
        Views {
            totals,
            reports,
            days: days.in_order(),
            senders,
            domains: domains.in_order(),
            hosts: hosts.worst_first(),
            results,
            gaps: told.iter().flat_map(|((sender, domain), days)| gaps(sender, domain, days, end)).collect(),
            deviations: deviations.into_values().collect(),
            policy_types: policy_types.in_order(),
        }
    }

    /// The reports that end at a time or later; those that do not say when are among them.
    pub(super) fn since(&self, since: i64) -> impl Iterator<Item = &Kept> {
        self.kept.iter().filter(move |kept| kept.head.until.is_none_or(|until| until >= since))
    }

    fn chosen<'c>(&'c self, filter: &Filter) -> impl Iterator<Item = &'c Kept> {
        self.kept.iter().filter(|kept| filter.takes(kept))
    }
}

/// What is known of a sender.
#[derive(Default)]
struct SenderOf<'k> {
    totals: Totals,
    reports: usize,
    last: Option<i64>,
    deviations: BTreeSet<&'k str>,
}

/// What is known of a result-type.
#[derive(Default)]
struct ResultOf<'k> {
    failed: u64,
    hosts: Rows,
    domains: BTreeSet<&'k str>,
    senders: BTreeSet<&'k str>,
    reasons: BTreeSet<&'k str>,
}

impl ResultOf<'_> {
    fn row(self, name: String) -> ResultRow {
        let known = ResultType::named(&name);
        let owned = |all: BTreeSet<&str>| {
            all.into_iter().filter(|name| !name.is_empty()).map(str::to_owned).collect()
        };
        ResultRow {
            failed: self.failed,
            means: known.map(ResultType::means),
            act: known.map(ResultType::act),
            actor: known.map(|known| known.actor),
            hosts: self.hosts.worst_first().into_iter().filter(|row| !row.name.is_empty()).collect(),
            domains: owned(self.domains),
            senders: owned(self.senders),
            reasons: owned(self.reasons),
            name,
        }
    }
}

/// Sessions by a name.
#[derive(Default)]
struct Rows(BTreeMap<String, Totals>);

impl Rows {
    fn add(&mut self, name: &str, successful: u64, failed: u64) {
        match self.0.get_mut(name) {
            Some(totals) => totals.add(successful, failed),
            None => self.0.entry(name.to_owned()).or_default().add(successful, failed),
        }
    }

    fn in_order(self) -> Vec<Row> {
        self.0.into_iter().map(|(name, totals)| Row { name, totals }).collect()
    }

    fn worst_first(self) -> Vec<Row> {
        let mut rows = self.in_order();
        rows.sort_by_key(|one| Reverse(one.totals.failed));
        rows
    }
}

impl Filter {
    fn takes(&self, kept: &Kept) -> bool {
        let head = &kept.head;
        let of_sender = self
            .organization
            .as_deref()
            .is_none_or(|name| head.organization.as_deref().unwrap_or_default() == name);
        let late = self.since.is_none_or(|since| head.until.is_none_or(|until| until >= since));
        let early = self.until.is_none_or(|until| head.day.is_none_or(|at| at * DAY < until));
        of_sender
            && late
            && early
            && self.policies(kept).next().is_some()
            && (!self.is_of_failures() || self.failures(kept).next().is_some())
    }

    /// Whether it is about failures alone, so that successes do not count.
    const fn is_of_failures(&self) -> bool {
        self.mx.is_some() || self.result_type.is_some()
    }

    /// The policies that count, with their places; where it is about failures, with those alone.
    fn policies<'k>(&'k self, kept: &'k Kept) -> impl Iterator<Item = (usize, std::borrow::Cow<'k, Counts>)> {
        let all = kept.head.policies.iter().enumerate().filter(|(_, counts)| self.takes_policy(counts));
        all.map(|(index, counts)| {
            if !self.is_of_failures() {
                return (index, std::borrow::Cow::Borrowed(counts));
            }
            let of_it =
                kept.failures.iter().filter(|failure| failure.policy == index && self.takes_failure(failure));
            let failed = of_it.fold(0_u64, |sum, failure| sum.saturating_add(failure.failed));
            (index, std::borrow::Cow::Owned(Counts { successful: 0, failed, ..counts.clone() }))
        })
    }

    fn takes_policy(&self, counts: &Counts) -> bool {
        let is = |wanted: &Option<String>, has: &Option<String>| {
            wanted.as_deref().is_none_or(|wanted| has.as_deref().unwrap_or_default() == wanted)
        };
        is(&self.domain, &counts.domain) && is(&self.policy_type, &counts.policy_type)
    }

    fn takes_failure(&self, failure: &KeptFailure) -> bool {
        self.mx.as_deref().is_none_or(|mx| failure.mx.as_deref().unwrap_or_default() == mx)
            && self.result_type.as_deref().is_none_or(|wanted| failure.result_type == wanted)
    }

    fn failures<'k>(&'k self, kept: &'k Kept) -> impl Iterator<Item = &'k KeptFailure> {
        kept.failures.iter().filter(|failure| {
            let counts = kept.head.policies.get(failure.policy);
            self.takes_failure(failure) && counts.is_some_and(|counts| self.takes_policy(counts))
        })
    }
}

/// The days between the first report of a sender and the end on which nothing is told.
fn gaps(sender: &str, domain: &str, days: &BTreeSet<i64>, end: Option<i64>) -> Vec<Gap> {
    if days.len() < REGULAR {
        return Vec::new();
    }
    // What is told of the day behind the end is no gap, and neither is what comes after it.
    let ends = end.map(|end| end + 1).filter(|end| days.last().is_some_and(|last| end > last));
    let all: Vec<i64> = days.iter().copied().chain(ends).collect();
    all.windows(2)
        .filter_map(|pair| {
            let [before, after] = pair else { return None };
            let missing = after - before - 1;
            (missing > 0).then(|| Gap {
                organization: sender.to_owned(),
                domain: domain.to_owned(),
                from: day((before + 1) * DAY),
                to: day((after - 1) * DAY),
                days: missing,
            })
        })
        .collect()
}
