//! Linting a text by itself: a policy, an MTA-STS record, or a TLSRPT record.

use serde::{Deserialize, Serialize};

use crate::edit::{Edit, apply};
use crate::finding::{Finding, SCHEMA, Source, text_findings};
use crate::name::Names;
use crate::paste::Pasted;
use crate::policy::PolicyDoc;
use crate::record::{RecordDoc, RecordKind, was_meant};
use crate::rules::{Level, edits_around, fix_policy, fix_record, lint_pasted, lint_policy, lint_record};
use crate::senders::{SenderReading, policy_readings, record_readings, records_readings};
use crate::span::is_utf16;

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A policy body (RFC 8461 §3.2).
    Policy,
    /// An MTA-STS record (RFC 8461 §3.1).
    Record,
    /// A TLSRPT record (RFC 8460 §3).
    Tlsrpt,
}

impl Kind {
    /// What `text` most probably is: a record is one line that names its version in front, or lines of a zone file, of `dig`
    /// or of a list, one of which names it; a policy has a line for its version.
    #[must_use]
    pub fn guess(text: &[u8]) -> Self {
        if is_utf16(text) {
            // Of ASCII in UTF-16 nothing but NULs and the mark are left out.
            let text: Vec<u8> = text.iter().copied().filter(|b| !matches!(b, 0 | 0xFE | 0xFF)).collect();
            return Self::guess_line(&text);
        }
        Self::guess_line(text)
    }

    fn guess_line(text: &[u8]) -> Self {
        let line = text.trim_ascii();
        let begins = |line: &[u8], start: &[u8]| {
            line.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
        };
        if line.contains(&b'\n') {
            let lines = || line.split(|b| *b == b'\n').map(<[u8]>::trim_ascii);
            if matches!(line.first(), Some(b'<' | b'{')) || lines().any(|line| begins(line, b"version")) {
                return Self::Policy;
            }
            let names = |line: &[u8], kind: RecordKind| {
                let version = kind.version().as_bytes();
                line.windows(version.len().max(1)).any(|part| part.eq_ignore_ascii_case(version))
            };
            let kind = lines().find_map(|line| match line {
                line if names(line, RecordKind::Tlsrpt) => Some(Self::Tlsrpt),
                line => names(line, RecordKind::Record).then_some(Self::Record),
            });
            return kind.unwrap_or(Self::Policy);
        }
        if was_meant(RecordKind::Tlsrpt, line) {
            Self::Tlsrpt
        } else if begins(line, b"v=")
            || line.starts_with(b"id=")
            || !line.starts_with(b"version") && was_meant(RecordKind::Record, line)
        {
            Self::Record
        } else {
            Self::Policy
        }
    }
}

/// The findings in a text, and whether a sender can use it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LintReport {
    /// The version of this JSON shape: 1.
    pub schema: u32,
    /// What the text was read as.
    pub kind: Kind,
    /// Whether a sender can use it: it is if, and only if, no finding is an error.
    pub valid: bool,
    /// What is wrong or worth knowing, in the order of the text.
    pub findings: Vec<Finding>,
    /// How named senders and checkers read it, the strict reading of the RFC first; empty where nobody asked, and
    /// for TLSRPT records.
    #[serde(skip_serializing_if = "asked_nobody")]
    pub senders: Vec<SenderReading>,
}

/// Whether there is nothing to say of senders, as in the build that finds alone.
fn asked_nobody(senders: &[SenderReading]) -> bool {
    !cfg!(feature = "mend") || senders.is_empty()
}

impl LintReport {
    /// The same report on `text`, with how named senders and checkers read it.
    #[must_use]
    pub fn with_senders(self, text: &[u8]) -> Self {
        Self { senders: senders(self.kind, text), ..self }
    }
}

/// How named senders and checkers read `text`, the strict reading of the RFC first; nobody for a TLSRPT record. It takes
/// many times as long as linting: each of them reads the text.
#[must_use]
pub(crate) fn senders(kind: Kind, text: &[u8]) -> Vec<SenderReading> {
    match kind {
        Kind::Policy => policy_readings(text),
        Kind::Record => match Pasted::read(RecordKind::Record, text) {
            Some(pasted) => records_readings(&pasted.values()),
            None => record_readings(one_line(text)),
        },
        Kind::Tlsrpt => Vec::new(),
    }
}

/// Reads `text` as `kind` and says what is wrong with it. A record may be pasted as a line of a zone file: then its
/// value is what is linted, and a finding says what was set aside.
///
/// ```
/// use mta_sts::{LintKind, lint};
///
/// let report = lint(LintKind::Policy, b"version: STSv1\nmode: enforced\nmx: mx.example.com\nmax_age: 604800\n");
/// let finding = &report.findings[0];
/// assert_eq!(finding.code, "policy-mode");
/// assert_eq!(finding.fix.as_deref(), Some("Write `mode: enforce`."));
/// let place = &finding.at.as_ref().expect("a place").place;
/// assert_eq!((place.line, place.column), (2, 7));
/// ```
#[must_use]
pub fn lint(kind: Kind, text: &[u8]) -> LintReport {
    lint_with(kind, text, &Names::default())
}

/// The same, with what the host program knows of the names in it.
#[must_use]
pub fn lint_with(kind: Kind, text: &[u8], names: &Names) -> LintReport {
    let findings = match kind {
        Kind::Policy => {
            let doc = PolicyDoc::parse(text).knowing(names);
            text_findings(Source::Policy, text, lint_policy(&doc))
        }
        Kind::Record => record_findings(RecordKind::Record, Source::Record, text),
        Kind::Tlsrpt => record_findings(RecordKind::Tlsrpt, Source::Tlsrpt, text),
    };
    let valid = findings.iter().all(|finding| finding.level != Level::Error);
    LintReport { schema: SCHEMA, kind, valid, findings, senders: Vec::new() }
}

fn record_findings(kind: RecordKind, source: Source, text: &[u8]) -> Vec<Finding> {
    match Pasted::read(kind, text) {
        Some(pasted) => text_findings(source, text, lint_pasted(&pasted)),
        None => {
            let text = one_line(text);
            text_findings(source, text, lint_record(&RecordDoc::parse(kind, text)))
        }
    }
}

/// A record's own text has no line end; a file that holds one has.
fn one_line(text: &[u8]) -> &[u8] {
    text.strip_suffix(b"\r\n").or(text.strip_suffix(b"\n")).unwrap_or(text)
}

/// A text with every edit made that mends an error or a warning of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixed {
    /// The text as it is then.
    pub text: Vec<u8>,
    /// How many edits were made.
    pub edits: usize,
}

/// Makes every edit that mends an error or a warning of `text`: where it is plain what was meant, a text without
/// errors comes out, and where it is not, that place is left as it stands.
///
/// ```
/// use mta_sts::{LintKind, Names, fix_all};
///
/// let fixed = fix_all(LintKind::Policy, b"Version: STSv1\nmode: Enforced\nnmx: a.b.com.\nmax_age: 1w", &Names::default());
/// assert_eq!(fixed.text, b"version: STSv1\nmode: enforce\nmx: a.b.com\nmax_age: 604800");
/// ```
#[must_use]
pub fn fix_all(kind: Kind, text: &[u8], names: &Names) -> Fixed {
    let record = |kind: RecordKind| match Pasted::read(kind, text) {
        Some(pasted) => {
            let (value, edits) = fix_record(kind, pasted.value.clone());
            let mut made = edits_around(&pasted);
            let mut count = made.len();
            if edits > 0 && pasted.is_writable() {
                made.push(Edit::new(pasted.rdata, pasted.written(&String::from_utf8_lossy(&value))));
                count += edits;
            }
            Fixed { text: apply(text, &made), edits: count }
        }
        None => {
            let line = one_line(text);
            let (mut fixed, edits) = fix_record(kind, line.to_vec());
            fixed.extend_from_slice(text.get(line.len()..).unwrap_or_default());
            Fixed { text: fixed, edits }
        }
    };
    match kind {
        Kind::Policy => {
            let (text, edits) = fix_policy(text.to_vec(), Some(names));
            Fixed { text, edits }
        }
        Kind::Record => record(RecordKind::Record),
        Kind::Tlsrpt => record(RecordKind::Tlsrpt),
    }
}
