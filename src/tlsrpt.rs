//! TLS reports (RFC 8460 §4), read as they come and told how they should have come.
//!
//! A reader that goes by the letter refuses most of what senders really send: fields are left out, are `null`, stand under another
//! name or in another shape. [`read`] takes what is meant, and says of each [`Deviation`] where it stands and what RFC 8460 has there.

mod collection;
mod date;
mod fields;
mod gate;
mod held;
mod json;
mod mbox;
mod result_types;
mod views;

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::held::{Held, MAX_DEPTH, MAX_FILE, Mail, NoPart, Part, parts};
pub use self::mbox::{MAX_MAIL, Mail as MboxMail, Mbox};
pub use self::result_types::{Actor, RESULT_TYPES, ResultType};

pub use self::collection::{
    Collection, Counts, Failed, Filter, Head, Refused, SCHEMA, Summary, Told, Totals, UNTOLD,
};
pub use self::views::{DeviationRow, Gap, ResultRow, Row, SenderRow, Views};

use self::date::Written;
use self::fields::{Fields, Noted, Place};
use self::json::{Member, Value};
use crate::address::{is_ipv4, is_ipv6};
use crate::say::say;
use crate::words::quoted;

/// The longest report that is read, in bytes: a sender that talks to ten thousand hosts has less to tell in a day.
pub const MAX_REPORT: usize = 16 << 20;

/// The most that is unpacked out of one file, or out of one mail of an mbox, in bytes: a zip archive of a few kilobytes can hold more
/// than any disk.
pub const MAX_UNPACKED: u64 = 1 << 30;

/// Most deviations that are kept of one report; of the others the number is.
const MOST_NOTED: usize = 100;

/// A report of one sender on the sessions of, as a rule, one day (RFC 8460 §4.4). What is not there is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TlsReport {
    /// Who sends it: `organization-name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// Whom to ask: `contact-info`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// What the sender calls it: `report-id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report_id: Option<String>,
    /// Its first moment, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<i64>,
    /// Its last moment, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<i64>,
    /// What was seen under each policy.
    pub policies: Vec<Sessions>,
    /// Where it is not as RFC 8460 has it.
    pub deviations: Vec<Deviation>,
    /// How many more of those there are.
    #[serde(skip_serializing_if = "is_zero")]
    pub more_deviations: u64,
}

/// The sessions under one policy: an element of `policies`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sessions {
    /// `policy-domain`, in lower case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// `policy-type`: `sts`, `tlsa` or `no-policy-found`, or what stands there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_type: Option<String>,
    /// `policy-string`: the lines of an MTA-STS policy, or TLSA records.
    pub policy: Vec<String>,
    /// `mx-host`: the patterns of an MTA-STS policy, or host names.
    pub mx: Vec<String>,
    /// `total-successful-session-count`
    pub successful: u64,
    /// `total-failure-session-count`
    pub failed: u64,
    /// What failed: `failure-details`.
    pub failures: Vec<Failure>,
}

/// Sessions that failed alike: an element of `failure-details`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// `result-type`, as it stands there; see [`ResultType::named`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result_type: Option<String>,
    /// `sending-mta-ip`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sending_ip: Option<String>,
    /// `receiving-mx-hostname`, in lower case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receiving_mx: Option<String>,
    /// `receiving-mx-helo`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receiving_helo: Option<String>,
    /// `receiving-ip`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receiving_ip: Option<String>,
    /// `failed-session-count`
    pub failed: u64,
    /// `additional-information`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub more: Option<String>,
    /// `failure-reason-code`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Where a report is not as RFC 8460 has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deviation {
    /// What kind it is; it stays the same in every language.
    pub code: Cow<'static, str>,
    /// Where it stands, as in `policies[0].summary`; the report as a whole is empty.
    pub place: String,
    /// What is there, and what RFC 8460 has instead, in one sentence.
    pub message: String,
}

/// Why a text is no TLS report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoReport {
    /// There is nothing.
    Empty,
    /// It has more bytes than [`MAX_REPORT`].
    TooLong,
    /// It is not JSON from this place on; lines and columns are counted from 1.
    NoJson {
        /// The line.
        line: usize,
        /// The column, in bytes.
        column: usize,
    },
    /// It ends before the JSON does.
    CutOff,
    /// It is JSON, and nothing of a report: what it is in the words of JSON, and the names of its first members.
    OtherJson(&'static str, Vec<String>),
}

impl fmt::Display for NoReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Self::Empty => say!("there is nothing in it"),
            Self::TooLong => say!("it has more than {most} MiB, and no report has so much", most = MAX_REPORT >> 20),
            Self::NoJson { line, column } => {
                say!("it is no JSON: see line {line}, column {column}", line = *line, column = *column)
            }
            Self::CutOff => say!("it ends in the middle of the JSON: a part of it is missing"),
            Self::OtherJson("object", names) if names.is_empty() => say!("it is JSON with nothing in it"),
            Self::OtherJson("object", names) => say!(
                "it is JSON and no TLS report: it has {names}, and neither `policies` nor `organization-name` nor `report-id`",
                names = names.iter().map(|name| quoted(name.as_bytes())).collect::<Vec<_>>().join(", ")
            ),
            Self::OtherJson(kind, _) => say!("it is JSON and no TLS report, which is an object: this is {kind}", kind = *kind),
        })
    }
}

impl std::error::Error for NoReport {}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// A time as reports have them, in seconds since 1970: `2026-01-31T00:00:00Z`, or a day; nothing where it is none.
#[must_use]
pub fn time(text: &str) -> Option<i64> {
    date::read(text).map(|(at, _)| at)
}

/// The reports in a text: one as a rule, and sometimes several, one behind the other or in an array.
///
/// # Errors
/// It is no report.
pub fn read(text: &[u8]) -> Result<Vec<TlsReport>, NoReport> {
    if text.len() > MAX_REPORT {
        return Err(NoReport::TooLong);
    }
    let mut noted = Noted::new(MOST_NOTED);
    let in_utf8 = in_utf8(text);
    if let Cow::Owned(_) = in_utf8 {
        noted.note("not-utf-8", &Place::Top, say!("it is not in UTF-8, as RFC 8259 §8.1 has JSON"));
    }
    let text: &[u8] = &in_utf8;
    let text = match text.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => {
            noted.note(
                "byte-order-mark",
                &Place::Top,
                say!("a byte order mark stands in front, which RFC 8259 §8.1 forbids"),
            );
            rest
        }
        None => text,
    };
    if text.iter().all(|b| b.is_ascii_whitespace() || *b == 0) {
        return Err(NoReport::Empty);
    }
    let values = serde_json::Deserializer::from_slice(text).into_iter::<Value<'_>>();
    let mut reports = Vec::new();
    for value in values {
        match value {
            Ok(Value::List(list)) => {
                noted.note(
                    "array-of-reports",
                    &Place::Top,
                    say!("reports stand in an array, and RFC 8460 §4.4 has one object"),
                );
                for value in &list {
                    reports.push(report(value, &noted)?);
                }
            }
            Ok(value) => reports.push(report(&value, &noted)?),
            Err(_) if !reports.is_empty() => {
                noted.note("more-behind", &Place::Top, say!("something stands behind the report"));
                break;
            }
            Err(error) if error.is_eof() => return Err(NoReport::CutOff),
            Err(error) => return Err(NoReport::NoJson { line: error.line(), column: error.column() }),
        }
    }
    if reports.len() > 1 {
        noted.note(
            "several-reports",
            &Place::Top,
            say!("{count} reports stand in one text", count = reports.len()),
        );
    }
    if let Some(first) = reports.first_mut() {
        noted.into_report(first);
    }
    if reports.is_empty() { Err(NoReport::OtherJson("array", Vec::new())) } else { Ok(reports) }
}

/// A text in UTF-8: it may be in UTF-16, as Windows saves “Unicode”, or else in Latin-1.
fn in_utf8(text: &[u8]) -> Cow<'_, [u8]> {
    let pair = |swapped: bool| {
        let units = text.chunks(2).map(move |unit| match *unit {
            [one, other] if swapped => u16::from_be_bytes([one, other]),
            [one, other] => u16::from_le_bytes([one, other]),
            _ => 0,
        });
        let letters = char::decode_utf16(units).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER));
        Cow::Owned(letters.filter(|letter| *letter != '\u{feff}').collect::<String>().into_bytes())
    };
    match text {
        [0xff, 0xfe, ..] | [b'{' | b'[', 0, ..] => pair(false),
        [0xfe, 0xff, ..] | [0, b'{' | b'[', ..] => pair(true),
        _ if std::str::from_utf8(text).is_ok() => Cow::Borrowed(text),
        _ => Cow::Owned(text.iter().map(|byte| char::from(*byte)).collect::<String>().into_bytes()),
    }
}

/// One report; what was noted of the text as a whole counts against the room for more.
fn report(value: &Value<'_>, text: &Noted) -> Result<TlsReport, NoReport> {
    let mut noted = text.for_another();
    let place = Place::Top;
    let Value::Object(members) = value else {
        return Err(NoReport::OtherJson(value.kind(), Vec::new()));
    };
    let mut fields = Fields::new(members, &place);
    if !["policies", "organization-name", "report-id"].iter().any(|name| fields.has(name)) {
        let names = members.iter().take(3).map(|(name, _)| name.clone().into_owned()).collect();
        return Err(NoReport::OtherJson("object", names));
    }
    let mut report = TlsReport {
        organization: fields.text("organization-name", &mut noted),
        contact: fields.text("contact-info", &mut noted),
        report_id: fields.text("report-id", &mut noted),
        ..TlsReport::default()
    };
    if let Some(contact) = &report.contact
        && !contact.contains('@')
    {
        let message = say!("{text} is no mail address", text = quoted(contact.as_bytes()));
        noted.note("contact-no-address", &place.at("contact-info"), message);
    }
    (report.start, report.end) = dates(&mut fields, &mut noted);
    let at = place.at("policies");
    for (index, value) in fields.list("policies", &mut noted).into_iter().enumerate() {
        let place = at.index(index);
        let Value::Object(members) = value else {
            noted.wrong_kind(&place, value, "object");
            continue;
        };
        report.policies.push(sessions(members, &place, &mut noted));
    }
    fields.end(&mut noted);
    noted.into_report(&mut report);
    Ok(report)
}

/// When the report begins and ends.
fn dates(fields: &mut Fields<'_>, noted: &mut Noted) -> (Option<i64>, Option<i64>) {
    let at = fields.place().at("date-range");
    let Some(members) = fields.object("date-range", noted) else { return (None, None) };
    let mut range = Fields::new(members, &at);
    let mut time = |name: &'static str| {
        let text = range.text(name, noted)?;
        let place = at.at(name);
        let shown = || quoted(text.as_bytes());
        let Some((seconds, written)) = date::read(&text) else {
            noted.note(
                "date-invalid",
                &place,
                say!("{text} is no time: RFC 3339 has 2026-01-31T00:00:00Z", text = shown()),
            );
            return None;
        };
        match written {
            Written::Whole => {}
            Written::NoZone => {
                noted.note(
                    "date-no-zone",
                    &place,
                    say!(
                        "{text} has no zone, and is taken for UTC: RFC 3339 has a `Z` at the end",
                        text = shown()
                    ),
                );
            }
            Written::Day => {
                noted.note(
                    "date-day",
                    &place,
                    say!("{text} is a day, and RFC 3339 has a time as well", text = shown()),
                );
            }
            Written::Otherwise => {
                noted.note(
                    "date-otherwise",
                    &place,
                    say!("{text} is not as RFC 3339 writes it: 2026-01-31T00:00:00Z", text = shown()),
                );
            }
        }
        // A day that is the end of a range is over at its end.
        Some(if written == Written::Day && name == "end-datetime" { seconds + 86_399 } else { seconds })
    };
    let (start, end) = (time("start-datetime"), time("end-datetime"));
    range.end(noted);
    if let (Some(start), Some(end)) = (start, end) {
        if end < start {
            noted.note("date-backwards", &at, say!("it ends before it begins"));
        } else if !(86_398..=86_400).contains(&(end - start)) {
            noted.note("range-no-day", &at, say!("it is not of one day, which RFC 8460 §4.1 asks for"));
        }
    }
    (start, end)
}

/// An element of `policies`.
fn sessions(members: &[Member<'_>], place: &Place<'_>, noted: &mut Noted) -> Sessions {
    let mut outer = Fields::new(members, place);
    let mut sessions = Sessions::default();
    let at = place.at("policy");
    // Some have what belongs into `policy` beside it.
    if let Some(members) = outer.object("policy", noted) {
        let mut policy = Fields::new(members, &at);
        of_policy(&mut policy, &mut sessions, noted);
        policy.end(noted);
    } else {
        of_policy(&mut outer, &mut sessions, noted);
    }
    if sessions.mx.is_empty() && outer.has("mx-host") {
        noted.note(
            "field-elsewhere",
            &place.at("mx-host"),
            say!("`mx-host` stands in `policy`, by RFC 8460 §4.4"),
        );
        sessions.mx = outer.texts("mx-host", noted).unwrap_or_default();
    }
    let at = place.at("summary");
    if let Some(members) = outer.object("summary", noted) {
        let mut summary = Fields::new(members, &at);
        sessions.successful = summary.count("total-successful-session-count", noted);
        sessions.failed = summary.count("total-failure-session-count", noted);
        summary.end(noted);
    }
    failures(&mut outer, &mut sessions, noted);
    outer.end(noted);
    sessions
}

/// What `policy` says.
fn of_policy(policy: &mut Fields<'_>, sessions: &mut Sessions, noted: &mut Noted) {
    let place = policy.place();
    sessions.policy_type = policy.text("policy-type", noted);
    if let Some(kind) = &sessions.policy_type
        && !["sts", "tlsa", "no-policy-found"].contains(&kind.as_str())
    {
        let message =
            say!("{text} is none of `sts`, `tlsa` and `no-policy-found`", text = quoted(kind.as_bytes()));
        noted.note("policy-type-unknown", &place.at("policy-type"), message);
    }
    sessions.domain = policy.text("policy-domain", noted).map(|domain| {
        if !domain.is_ascii() {
            noted.note(
                "domain-unicode",
                &place.at("policy-domain"),
                say!("{text} is not in A-labels", text = quoted(domain.as_bytes())),
            );
        }
        host_name(&domain)
    });
    // Where no policy was found there is none to tell of.
    let found = sessions.policy_type.as_deref() != Some("no-policy-found");
    if found || policy.has("policy-string") {
        let at = place.at("policy-string");
        let lines = policy.texts("policy-string", noted).unwrap_or_default();
        sessions.policy = lines.into_iter().flat_map(|line| policy_line(line, &at, noted)).collect();
    }
    if policy.has("mx-host") {
        let at = place.at("mx-host");
        let mx = policy.texts("mx-host", noted).unwrap_or_default();
        sessions.mx = mx.iter().map(|pattern| mx_pattern(pattern, &at, noted)).collect();
    }
}

/// A line of a policy; some senders put all TLSA records into one text, as JSON once more.
fn policy_line(line: String, place: &Place<'_>, noted: &mut Noted) -> Vec<String> {
    if line.starts_with("[\"")
        && let Ok(lines) = serde_json::from_str::<Vec<String>>(&line)
    {
        noted.note(
            "policy-packed",
            place,
            say!("the records stand in one string, as an array of JSON; RFC 8460 §4.4 has a string for each"),
        );
        return lines;
    }
    if line.contains('\n') {
        noted.note(
            "policy-one-string",
            place,
            say!("several lines stand in one string; RFC 8460 §4.4 has a string for each"),
        );
        return line.lines().map(str::to_owned).collect();
    }
    match line.strip_suffix('\r') {
        Some(bare) => {
            noted.note(
                "policy-line-end",
                place,
                say!(
                    "{text} ends with a carriage return, which is no part of a line",
                    text = quoted(bare.as_bytes())
                ),
            );
            vec![bare.to_owned()]
        }
        None => vec![line],
    }
}

/// A pattern of `mx-host`.
fn mx_pattern(pattern: &str, place: &Place<'_>, noted: &mut Noted) -> String {
    let bare = match pattern.strip_prefix("mx:") {
        Some(bare) => {
            let message = say!(
                "{text} is a line of a policy; `mx-host` has the pattern alone",
                text = quoted(pattern.as_bytes())
            );
            noted.note("mx-host-line", place, message);
            bare
        }
        None => pattern,
    };
    host_name(bare.trim())
}

/// A host name as it is compared: in lower case, without the dot of the root.
fn host_name(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_lowercase()
}

/// `failure-details`, and whether they come to what the summary says.
fn failures(outer: &mut Fields<'_>, sessions: &mut Sessions, noted: &mut Noted) {
    let at = outer.place().at("failure-details");
    if !outer.has("failure-details") {
        let message = if sessions.failed == 0 {
            say!("there is no `failure-details`; RFC 8460 §4.4 has it, empty where nothing failed")
        } else {
            say!("there is no `failure-details`, although sessions failed: what failed is not known")
        };
        noted.note("no-failure-details", &at, message);
        return;
    }
    let list = outer.list("failure-details", noted);
    let alone = list.len() == 1;
    for (index, value) in list.into_iter().enumerate() {
        let place = at.index(index);
        let Value::Object(members) = value else {
            noted.wrong_kind(&place, value, "object");
            continue;
        };
        let mut failure = failure(members, &place, noted);
        if !Fields::new(members, &place).has("failed-session-count") {
            // It is there because something failed: where it stands alone, all that did.
            failure.failed = if alone { sessions.failed.max(1) } else { 1 };
        }
        sessions.failures.push(failure);
    }
    let told = sessions.failures.iter().fold(0_u64, |sum, failure| sum.saturating_add(failure.failed));
    if told != sessions.failed {
        let message = say!(
            "the details come to {told} failed sessions, the summary to {failed}",
            told,
            failed = sessions.failed
        );
        noted.note("sums-differ", &at, message);
    }
}

/// An element of `failure-details`.
fn failure(members: &[Member<'_>], place: &Place<'_>, noted: &mut Noted) -> Failure {
    let mut fields = Fields::new(members, place);
    let mut result_type = fields.text("result-type", noted);
    let mut known = result_type.as_deref().and_then(ResultType::named);
    if let (Some(text), None) = (&result_type, known) {
        known = ResultType::named(&text.trim().to_lowercase().replace(['_', ' '], "-"));
    }
    if let (Some(text), Some(meant)) = (&result_type, known)
        && text != meant.name
    {
        let message = say!("{text} is written `{meant}`", text = quoted(text.as_bytes()), meant = meant.name);
        noted.note("result-type-spelling", &place.at("result-type"), message);
        result_type = Some(meant.name.to_owned());
    }
    if let (Some(text), None) = (&result_type, known) {
        let message = say!("{text} is no result-type of RFC 8460 §4.3", text = quoted(text.as_bytes()));
        noted.note("result-type-unknown", &place.at("result-type"), message);
    }
    // Where the policy cannot be had no host is asked.
    let of_host = known.is_none_or(|known| !known.of_policy);
    let failed = fields.count("failed-session-count", noted);
    let mut ip = |name: &'static str| {
        let text = if of_host { fields.text(name, noted) } else { fields.optional(name, noted) }?;
        let place = place.at(name);
        let bytes = text.as_bytes();
        if text.parse::<std::net::Ipv6Addr>().is_ok_and(|address| address.to_string() != text) {
            noted.note(
                "ip-not-canonical",
                &place,
                say!("{text} is not written as RFC 5952 has it", text = quoted(bytes)),
            );
        } else if !is_ipv4(bytes) && !is_ipv6(bytes) {
            noted.note("ip-invalid", &place, say!("{text} is no IP address", text = quoted(bytes)));
        }
        Some(text)
    };
    let (sending_ip, receiving_ip) = (ip("sending-mta-ip"), ip("receiving-ip"));
    let mx = if of_host {
        fields.text("receiving-mx-hostname", noted)
    } else {
        fields.optional("receiving-mx-hostname", noted)
    };
    let failure = Failure {
        result_type,
        sending_ip,
        receiving_mx: mx.map(|name| host_name(&name)),
        receiving_helo: fields.optional("receiving-mx-helo", noted),
        receiving_ip,
        failed,
        more: fields.optional("additional-information", noted),
        reason: fields.optional("failure-reason-code", noted),
    };
    fields.end(noted);
    failure
}
