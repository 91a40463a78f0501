//! Many reports at once: each counted once, and what of them is chosen to be looked at.
//!
//! A [`Collection`] keeps of each report what a summary needs, and no text of it; so what it holds in memory goes by how many
//! reports and failures there are and not by how long their texts are.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::{Deviation, Mail, Sessions, TlsReport};
use crate::say::say;
use crate::words::{day, minute};

/// The `schema` of what is written for machines.
pub const SCHEMA: u32 = 1;

/// What stands for a result-type where failures were counted and not told.
pub const UNTOLD: &str = "untold";

/// A day, in seconds.
pub(super) const DAY: i64 = 86_400;
/// The longest range of a report that is of a time, in seconds: what is of a year tells nothing of today.
const LONGEST: i64 = 31 * DAY;
/// Most patterns of a policy that are kept.
const MOST_MX: usize = 50;

/// The reports that were read, each once, and what could not be read.
#[derive(Clone, Debug, Default)]
pub struct Collection {
    pub(super) kept: Vec<Head>,
    refused: Vec<Refused>,
    /// Where each report is that has a name.
    known: HashMap<String, usize>,
    duplicates: u64,
    /// What comes twice is told by the one that this is appended to.
    is_part: bool,
}

/// What is kept of a report.
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
    /// Its day, counted from 1970: the one in which the middle of its range lies, as senders' days begin in their own zones.
    #[serde(skip)]
    pub(super) day: Option<i64>,
    /// Its last moment, in seconds since 1970.
    #[serde(skip)]
    until: Option<i64>,
    /// Whether its range is one of days.
    #[serde(skip)]
    is_short: bool,
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
    /// The mode of the MTA-STS policy, where it is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Sessions that succeeded.
    pub successful: u64,
    /// Sessions that failed: as many as are counted or as are told one by one, whichever is more.
    pub failed: u64,
    /// What failed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<Told>,
    /// The patterns of the policy, where they are told.
    #[serde(skip)]
    pub(super) mx: Vec<String>,
}

/// Sessions that failed alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Told {
    /// `result-type`; [`UNTOLD`] where none is told.
    pub result_type: String,
    /// `receiving-mx-hostname`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receiving_mx: Option<String>,
    /// `receiving-ip`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receiving_ip: Option<String>,
    /// `sending-mta-ip`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sending_ip: Option<String>,
    /// `failure-reason-code`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How many.
    pub failed: u64,
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
    /// Failures at this host, and what succeeded under the same policies.
    pub mx: Option<String>,
    /// Failures of this result-type, and what succeeded under the same policies.
    pub result_type: Option<String>,
    /// Reports that end at this time or later, in seconds since 1970. Reports without a time are not among them.
    pub since: Option<i64>,
    /// Reports of a day that begins before this time, in seconds since 1970. Reports without a time are not among them.
    pub until: Option<i64>,
}

/// What reports come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary<'c> {
    /// [`SCHEMA`]
    pub schema: u32,
    /// The reports, by their time.
    pub reports: Vec<Cow<'c, Head>>,
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
    pub(super) fn add(&mut self, successful: u64, failed: u64) {
        self.successful = self.successful.saturating_add(successful);
        self.failed = self.failed.saturating_add(failed);
    }

    pub(super) const fn all(self) -> u64 {
        self.successful.saturating_add(self.failed)
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

impl Counts {
    /// What is kept of the sessions under a policy; `domain` is that of the mail.
    fn of(sessions: Sessions, domain: Option<&str>) -> Self {
        let told = sessions.failures.iter().fold(0_u64, |sum, failure| sum.saturating_add(failure.failed));
        let untold = sessions.failed.saturating_sub(told);
        let mode = sessions.policy.iter().find_map(|line| line.strip_prefix("mode:"));
        let mut failures: Vec<Told> = sessions
            .failures
            .into_iter()
            .map(|failure| Told {
                result_type: failure.result_type.unwrap_or_else(|| UNTOLD.to_owned()),
                receiving_mx: failure.receiving_mx,
                receiving_ip: failure.receiving_ip,
                sending_ip: failure.sending_ip,
                reason: failure.reason,
                failed: failure.failed,
            })
            .collect();
        if untold > 0 {
            failures.push(Told {
                result_type: UNTOLD.to_owned(),
                receiving_mx: None,
                receiving_ip: None,
                sending_ip: None,
                reason: None,
                failed: untold,
            });
        }
        let mut mx = sessions.mx;
        mx.truncate(MOST_MX);
        Self {
            domain: sessions.domain.or_else(|| domain.map(str::to_owned)),
            policy_type: sessions.policy_type,
            mode: mode.map(|mode| mode.trim().to_owned()),
            successful: sessions.successful,
            failed: sessions.failed.max(told),
            failures,
            mx,
        }
    }
}

impl Head {
    fn of(report: TlsReport, mail: Option<&Mail>) -> Self {
        let domain = mail.and_then(|mail| mail.domain.as_deref()).map(str::to_lowercase);
        let (start, end) = (report.start, report.end);
        let middle = match (start, end) {
            (Some(start), Some(end)) => Some(start.midpoint(end.max(start))),
            (one, other) => one.or(other),
        };
        Self {
            organization: report.organization,
            report_id: report.report_id,
            start: start.map(moment),
            end: end.map(moment),
            policies: report
                .policies
                .into_iter()
                .map(|sessions| Counts::of(sessions, domain.as_deref()))
                .collect(),
            deviations: report.deviations,
            day: middle.map(|at| at.div_euclid(DAY)),
            until: end.max(start),
            is_short: start.zip(end).is_none_or(|(start, end)| end.saturating_sub(start) <= LONGEST),
        }
    }

    /// What reports are put in order by: time, sender, and what it calls them.
    fn order(&self) -> (Option<i64>, Option<&str>, Option<&str>) {
        (self.day, self.organization.as_deref(), self.report_id.as_deref())
    }

    /// Its sender; empty where it does not say who that is.
    pub(super) fn sender(&self) -> &str {
        self.organization.as_deref().unwrap_or_default()
    }

    /// Whether it is of a time behind the day after `now`.
    pub(super) fn is_of_the_future(&self, now: i64) -> bool {
        self.day.is_some_and(|at| at * DAY > now + DAY)
    }

    /// Whether it tells of the time since then.
    pub(super) fn is_of(&self, since: i64, now: i64) -> bool {
        self.until.is_some_and(|until| until >= since) && self.is_short && !self.is_of_the_future(now)
    }

    /// What tells it from others: sender, id, domains and day. A report without an id is always another one.
    fn name(&self) -> Option<String> {
        let id = self.report_id.as_ref()?;
        let mut name = format!("{}\n{id}\n{:?}", self.sender().to_lowercase(), self.day);
        for counts in &self.policies {
            name.push('\n');
            name.push_str(counts.domain.as_deref().unwrap_or_default());
        }
        Some(name)
    }

    /// How many sessions it tells of.
    fn sessions(&self) -> (u64, u64) {
        let mut totals = Totals::default();
        for counts in &self.policies {
            totals.add(counts.successful, counts.failed);
        }
        (totals.all(), totals.failed)
    }
}

/// A line of a table. What a spreadsheet would take for a formula is marked as text.
fn line<const N: usize>(text: &mut String, fields: [Cow<'_, str>; N]) {
    for (index, field) in fields.into_iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        let formula = field.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let field = if formula { Cow::Owned(format!("'{field}")) } else { field };
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
        self.keep(Head::of(report, mail))
    }

    fn keep(&mut self, head: Head) -> bool {
        let Some(name) = (if self.is_part { None } else { head.name() }) else {
            self.kept.push(head);
            return true;
        };
        let count = self.kept.len();
        let at = *self.known.entry(name).or_insert(count);
        let Some(before) = self.kept.get_mut(at) else {
            self.kept.push(head);
            return true;
        };
        self.duplicates += 1;
        if before.policies != head.policies {
            // Whichever comes first: the one that tells more counts.
            let noted = std::mem::take(&mut before.deviations);
            if head.sessions() > before.sessions() {
                *before = head;
            } else {
                before.deviations = noted;
            }
            if !before.deviations.iter().any(|deviation| deviation.code == "id-again") {
                before.deviations.push(Deviation {
                    code: "id-again".into(),
                    place: "report-id".to_owned(),
                    message: say!(
                        "another report has the same `report-id` and other figures: the one with more sessions counts"
                    ),
                });
            }
        }
        false
    }

    /// A part of one, to [`append`](Self::append) to it: whether a report came before is told then.
    #[must_use]
    pub fn part() -> Self {
        Self { is_part: true, ..Self::default() }
    }

    /// Takes all of another one, as if what it took had come here, behind what is there.
    pub fn append(&mut self, other: Self) {
        for head in other.kept {
            self.keep(head);
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
        let reports = self.in_order(filter);
        let mut totals = Totals::default();
        let mut failures: BTreeMap<(&str, Option<&str>), u64> = BTreeMap::new();
        for counts in reports.iter().flat_map(|head| &head.policies) {
            totals.add(counts.successful, counts.failed);
            for told in &counts.failures {
                let count = failures.entry((&told.result_type, told.receiving_mx.as_deref())).or_default();
                *count = count.saturating_add(told.failed);
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
        Summary {
            schema: SCHEMA,
            reports,
            totals,
            failures,
            refused: &self.refused,
            duplicates: self.duplicates,
        }
    }

    /// The sessions as a table (RFC 4180): for each policy of each report a line with those that succeeded, and one for each kind of
    /// failure with those that failed, so that the columns add up.
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
            "mode",
            "successful",
            "failed",
            "result_type",
            "receiving_mx",
            "receiving_ip",
            "sending_ip",
            "reason",
        ];
        line(&mut text, names.map(Cow::Borrowed));
        for head in self.in_order(filter) {
            let told = |text: &'_ Option<String>| Cow::Owned(text.clone().unwrap_or_default());
            for counts in &head.policies {
                let mut row = |successful: u64, failure: Option<&Told>| {
                    let of = |part: fn(&Told) -> &Option<String>| {
                        failure.map_or(Cow::Borrowed(""), |failure| told(part(failure)))
                    };
                    line(
                        &mut text,
                        [
                            told(&head.organization),
                            told(&head.report_id),
                            told(&head.start),
                            told(&head.end),
                            told(&counts.domain),
                            told(&counts.policy_type),
                            told(&counts.mode),
                            Cow::Owned(successful.to_string()),
                            Cow::Owned(failure.map_or(0, |failure| failure.failed).to_string()),
                            failure.map_or(Cow::Borrowed(""), |failure| Cow::Borrowed(&*failure.result_type)),
                            of(|failure| &failure.receiving_mx),
                            of(|failure| &failure.receiving_ip),
                            of(|failure| &failure.sending_ip),
                            of(|failure| &failure.reason),
                        ],
                    );
                };
                row(counts.successful, None);
                for failure in &counts.failures {
                    row(0, Some(failure));
                }
            }
        }
        text
    }

    /// What is chosen, by its time.
    fn in_order<'c>(&'c self, filter: &Filter) -> Vec<Cow<'c, Head>> {
        let mut heads: Vec<_> = self.chosen(filter).collect();
        heads.sort_by(|one, other| one.order().cmp(&other.order()));
        heads
    }

    /// What is chosen: of each report the policies and failures that count.
    pub(super) fn chosen<'c>(&'c self, filter: &Filter) -> impl Iterator<Item = Cow<'c, Head>> {
        self.kept.iter().filter_map(|head| filter.of(head))
    }
}

impl Filter {
    /// What of a report counts.
    fn of<'h>(&self, head: &'h Head) -> Option<Cow<'h, Head>> {
        let by_sender = self.organization.as_deref().is_none_or(|name| head.sender() == name);
        let late = self.since.is_none_or(|since| head.until.is_some_and(|until| until >= since));
        let early = self.until.is_none_or(|until| head.day.is_some_and(|at| at * DAY < until));
        if !(by_sender && late && early) {
            return None;
        }
        if self.domain.is_none() && self.policy_type.is_none() && !self.is_of_failures() {
            return Some(Cow::Borrowed(head));
        }
        let policies: Vec<Counts> =
            head.policies.iter().filter(|counts| self.takes(counts)).map(|counts| self.cut(counts)).collect();
        (!policies.is_empty()).then(|| Cow::Owned(Head { policies, ..head.clone() }))
    }

    /// Whether it is about failures of some kind.
    const fn is_of_failures(&self) -> bool {
        self.mx.is_some() || self.result_type.is_some()
    }

    fn takes(&self, counts: &Counts) -> bool {
        let is = |wanted: &Option<String>, has: &Option<String>| {
            wanted.as_deref().is_none_or(|wanted| has.as_deref().unwrap_or_default() == wanted)
        };
        is(&self.domain, &counts.domain)
            && is(&self.policy_type, &counts.policy_type)
            && (!self.is_of_failures() || counts.failures.iter().any(|told| self.takes_failure(told)))
    }

    /// The failures that count; what succeeded beside them stays.
    fn cut(&self, counts: &Counts) -> Counts {
        if !self.is_of_failures() {
            return counts.clone();
        }
        let failures: Vec<Told> =
            counts.failures.iter().filter(|told| self.takes_failure(told)).cloned().collect();
        let failed = failures.iter().fold(0_u64, |sum, told| sum.saturating_add(told.failed));
        Counts { failed, failures, ..counts.clone() }
    }

    fn takes_failure(&self, told: &Told) -> bool {
        self.mx.as_deref().is_none_or(|mx| told.receiving_mx.as_deref().unwrap_or_default() == mx)
            && self.result_type.as_deref().is_none_or(|wanted| told.result_type == wanted)
    }
}
