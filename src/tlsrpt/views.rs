//! Reports from several sides: by day, by sender, by domain, by mail host, by what failed, and the days of which nothing is told.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::collection::{Collection, DAY, Filter, Totals};
use super::{Deviation, ResultType, UNTOLD};
use crate::say::say;
use crate::words::day;

/// From so many days with reports on a sender is one that reports, and a day without one is a gap.
const REGULAR: usize = 3;
/// So many days lie between two reports of a sender that reports, as a rule: half of the time it is no more.
const INTERVAL: i64 = 2;
/// So many days ago the last report of all may be where those of today are missed.
const CURRENT: i64 = 30;

/// Reports for people to look at from several sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Views {
    /// All sessions.
    pub totals: Totals,
    /// How many reports.
    pub reports: usize,
    /// How many of them do not say when they are of: they are in no day.
    pub undated: usize,
    /// How many are of a day that is still to come: they are in no day either.
    pub future: usize,
    /// Day by day, without days of which nothing is told.
    pub days: Vec<Row>,
    /// Sender by sender, most sessions first.
    pub senders: Vec<SenderRow>,
    /// Policy domain by policy domain, most failures first.
    pub domains: Vec<Row>,
    /// Mail host by mail host, most failures first. Successes are told of a host only where a policy names it alone.
    pub hosts: Vec<Row>,
    /// Policy type by policy type.
    pub policy_types: Vec<Row>,
    /// Result-type by result-type, most first.
    pub results: Vec<ResultRow>,
    /// Days without a report of a sender that used to report, whatever of its failures is chosen.
    pub gaps: Vec<Gap>,
    /// How reports are not as RFC 8460 has them, by sender, kind and field.
    pub deviations: Vec<DeviationRow>,
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
    /// `result-type`; [`UNTOLD`](super::UNTOLD) where none is told.
    pub name: String,
    /// How many sessions.
    pub failed: u64,
    /// The first day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// The last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
    /// What it means.
    pub means: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<String>,
    /// Who, as a word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<super::Actor>,
    /// Who, as a part of a sentence.
    pub who: String,
    /// At which hosts, most first.
    pub hosts: Vec<Row>,
    /// At which addresses of them.
    pub addresses: Vec<String>,
    /// Of which domains, most failures first.
    pub domains: Vec<String>,
    /// Which senders saw it.
    pub senders: Vec<String>,
    /// The reason codes that are told (`failure-reason-code`).
    pub reasons: Vec<String>,
    /// Under MTA-STS policies of which modes; those without are not told.
    pub modes: Vec<String>,
    /// What became of the mail, where the modes tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail: Option<String>,
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

/// What is known of a sender.
#[derive(Default)]
struct SenderOf {
    totals: Totals,
    reports: usize,
    last: Option<i64>,
    deviations: BTreeSet<String>,
}

/// What is known of a result-type.
#[derive(Default)]
struct ResultOf {
    failed: u64,
    days: Option<(i64, i64)>,
    hosts: Rows,
    domains: Rows,
    addresses: BTreeSet<String>,
    senders: BTreeSet<String>,
    reasons: BTreeSet<String>,
    modes: BTreeSet<String>,
}

impl ResultOf {
    fn row(self, name: String) -> ResultRow {
        let known = ResultType::named(&name);
        let told = |all: BTreeSet<String>| all.into_iter().filter(|name| !name.is_empty()).collect();
        ResultRow {
            failed: self.failed,
            first: self.days.map(|(first, _)| day(first * DAY)),
            last: self.days.map(|(_, last)| day(last * DAY)),
            means: match known {
                Some(known) => known.means(),
                None if name == UNTOLD => {
                    say!("The reports give a number of failed sessions and do not say why they failed.")
                }
                None => {
                    say!("RFC 8460 does not have this result type: only the sender knows what it means.")
                }
            },
            act: known.map(ResultType::act),
            actor: known.map(|known| known.actor),
            who: known.map_or_else(|| say!("ask the sender"), |known| known.actor.said()),
            mail: mail_of(known, &self.modes),
            hosts: self.hosts.worst_first().into_iter().filter(|row| !row.name.is_empty()).collect(),
            addresses: told(self.addresses),
            domains: self
                .domains
                .worst_first()
                .into_iter()
                .map(|row| row.name)
                .filter(|name| !name.is_empty())
                .collect(),
            senders: told(self.senders),
            reasons: told(self.reasons),
            modes: told(self.modes),
            name,
        }
    }
}

/// What became of mail that failed so, under policies of some modes.
fn mail_of(known: Option<&ResultType>, modes: &BTreeSet<String>) -> Option<String> {
    // Who cannot have a policy, or goes by DANE, does not go by its mode.
    if known.is_some_and(|known| known.of_policy || known.actor == super::Actor::Dns) {
        return None;
    }
    if modes.contains("enforce") {
        Some(say!(
            "Under mode enforce senders tried other hosts and other times, and returned what never passed."
        ))
    } else {
        modes.contains("testing").then(|| say!("In mode testing senders delivered it all the same."))
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
        rows.sort_by_key(|one| (Reverse(one.totals.failed), Reverse(one.totals.successful)));
        rows
    }
}

/// A place without the numbers of elements: what is wrong with a field is so in each of them.
fn field_of(place: &str) -> String {
    let mut inside = false;
    place
        .chars()
        .filter(|letter| {
            inside = *letter == '[' || inside && *letter != ']';
            !inside
        })
        .collect()
}

fn added(all: &mut BTreeSet<String>, name: Option<&str>) {
    if let Some(name) = name
        && !all.contains(name)
    {
        all.insert(name.to_owned());
    }
}

impl Collection {
    /// The reports from several sides. `now`, in seconds since 1970, tells which are of the future, and that reports of late are missing.
    #[must_use]
    pub fn views(&self, filter: &Filter, now: Option<i64>) -> Views {
        let mut totals = Totals::default();
        let (mut reports, mut undated, mut future) = (0, 0, 0);
        let (mut days, mut domains, mut hosts) = (Rows::default(), Rows::default(), Rows::default());
        let mut policy_types = Rows::default();
        let mut senders: BTreeMap<String, SenderOf> = BTreeMap::new();
        let mut results: BTreeMap<String, ResultOf> = BTreeMap::new();
        let mut deviations: BTreeMap<(String, String, String), DeviationRow> = BTreeMap::new();
        for head in self.chosen(filter) {
            reports += 1;
            let is_future = now.is_some_and(|now| head.is_of_the_future(now));
            undated += usize::from(head.day.is_none());
            future += usize::from(is_future);
            let at = head.day.filter(|_| !is_future);
            let mut of_report = Totals::default();
            for counts in &head.policies {
                let (successful, failed) = (counts.successful, counts.failed);
                of_report.add(successful, failed);
                let domain = counts.domain.as_deref().unwrap_or_default();
                domains.add(domain, successful, failed);
                policy_types.add(counts.policy_type.as_deref().unwrap_or_default(), successful, failed);
                if let [host] = counts.mx.as_slice()
                    && !host.starts_with('*')
                    && filter.mx.as_ref().is_none_or(|wanted| wanted == host)
                {
                    hosts.add(host, successful, 0);
                }
                for told in &counts.failures {
                    let host = told.receiving_mx.as_deref().unwrap_or_default();
                    let known = ResultType::named(&told.result_type);
                    if !(host.is_empty() && known.is_some_and(|known| known.of_policy)) {
                        hosts.add(host, 0, told.failed);
                    }
                    if !results.contains_key(&told.result_type) {
                        results.insert(told.result_type.clone(), ResultOf::default());
                    }
                    let Some(result) = results.get_mut(&told.result_type) else { continue };
                    result.failed = result.failed.saturating_add(told.failed);
                    result.hosts.add(host, 0, told.failed);
                    result.domains.add(domain, 0, told.failed);
                    if let Some(at) = at {
                        let (first, last) = result.days.unwrap_or((at, at));
                        result.days = Some((first.min(at), last.max(at)));
                    }
                    added(&mut result.senders, Some(head.sender()));
                    added(&mut result.addresses, told.receiving_ip.as_deref());
                    added(&mut result.reasons, told.reason.as_deref());
                    added(&mut result.modes, counts.mode.as_deref());
                }
            }
            totals.add(of_report.successful, of_report.failed);
            if let Some(at) = at {
                days.add(&day(at * DAY), of_report.successful, of_report.failed);
            }
            if !senders.contains_key(head.sender()) {
                senders.insert(head.sender().to_owned(), SenderOf::default());
            }
            if let Some(sender) = senders.get_mut(head.sender()) {
                sender.totals.add(of_report.successful, of_report.failed);
                sender.reports += 1;
                sender.last = sender.last.max(head.day);
                for deviation in &head.deviations {
                    added(&mut sender.deviations, Some(&deviation.code));
                }
            }
            let mut noted = BTreeSet::new();
            for first in &head.deviations {
                let field = field_of(&first.place);
                if noted.insert((first.code.clone(), field.clone())) {
                    let key = (head.sender().to_owned(), first.code.clone().into_owned(), field);
                    let row = deviations.entry(key).or_insert_with(|| DeviationRow {
                        organization: head.sender().to_owned(),
                        reports: 0,
                        first: first.clone(),
                    });
                    row.reports += 1;
                }
            }
        }
        let mut senders: Vec<SenderRow> = senders
            .into_iter()
            .map(|(name, sender)| SenderRow {
                name,
                totals: sender.totals,
                reports: sender.reports,
                last: sender.last.map(|at| day(at * DAY)),
                deviations: sender.deviations.into_iter().collect(),
            })
            .collect();
        senders.sort_by_key(|row| Reverse(row.totals.all()));
        let mut results: Vec<ResultRow> =
            results.into_iter().map(|(name, result)| result.row(name)).collect();
        results.sort_by_key(|one| Reverse(one.failed));
        Views {
            totals,
            reports,
            undated,
            future,
            days: days.in_order(),
            senders,
            domains: domains.worst_first(),
            hosts: hosts.worst_first(),
            policy_types: policy_types.in_order(),
            results,
            gaps: self.gaps(filter, now),
            deviations: deviations.into_values().collect(),
        }
    }

    /// The days without a report of each sender on each domain, within the time that is chosen. That a report has no failure of the kind that
    /// is chosen is no gap.
    fn gaps(&self, filter: &Filter, now: Option<i64>) -> Vec<Gap> {
        let senders = Filter { mx: None, result_type: None, since: None, until: None, ..filter.clone() };
        let mut told: BTreeMap<(String, String), BTreeSet<i64>> = BTreeMap::new();
        for head in self.chosen(&senders) {
            let Some(at) = head.day.filter(|_| !now.is_some_and(|now| head.is_of_the_future(now))) else {
                continue;
            };
            for counts in &head.policies {
                let domain = counts.domain.clone().unwrap_or_default();
                told.entry((head.sender().to_owned(), domain)).or_default().insert(at);
            }
        }
        let last = told.values().filter_map(BTreeSet::last).max().copied();
        // A report on a day comes on the next one, or the one after that. In an archive nothing is missing since.
        let today = now.map(|now| now.div_euclid(DAY) - 2);
        let end = match (today, last) {
            (Some(today), Some(last)) if today - last <= CURRENT => Some(today),
            _ => last,
        };
        let first_day = filter.since.map_or(i64::MIN, |since| since.div_euclid(DAY));
        let last_day = filter.until.map_or(i64::MAX, |until| (until - 1).div_euclid(DAY));
        told.iter()
            .flat_map(|((sender, domain), days)| {
                missing(days, end).into_iter().filter_map(move |(from, to)| {
                    let (from, to) = (from.max(first_day), to.min(last_day));
                    (from <= to).then(|| Gap {
                        organization: sender.clone(),
                        domain: domain.clone(),
                        from: day(from * DAY),
                        to: day(to * DAY),
                        days: to - from + 1,
                    })
                })
            })
            .collect()
    }
}

/// The days of which nothing is told, from the first to the last of each row of them, up to `end`; none of a sender that reports now and
/// then.
fn missing(days: &BTreeSet<i64>, end: Option<i64>) -> Vec<(i64, i64)> {
    let told: Vec<i64> = days.iter().copied().collect();
    let mut between: Vec<i64> =
        told.windows(2).filter_map(|pair| Some(pair.get(1)? - pair.first()?)).collect();
    between.sort_unstable();
    if told.len() < REGULAR || between.get(between.len() / 2).is_none_or(|half| *half > INTERVAL) {
        return Vec::new();
    }
    // What is told of the day behind the end is no gap, and neither is what comes after it.
    let ends = end.map(|end| end + 1).filter(|end| told.last().is_some_and(|last| end > last));
    let all: Vec<i64> = told.into_iter().chain(ends).collect();
    all.windows(2)
        .filter_map(|pair| {
            let [before, after] = pair else { return None };
            (after - before > 1).then(|| (before + 1, after - 1))
        })
        .collect()
}
