//! Linting a text by itself: a policy, an MTA-STS record, or a TLSRPT record.

use serde::{Deserialize, Serialize};

use crate::policy::PolicyDoc;
use crate::record::{RecordDoc, RecordKind, was_meant};
use crate::report::{Finding, SCHEMA, Source, text_findings};
use crate::rules::{Level, lint_policy, lint_record};

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
    /// What `text` most probably is: a record is one line that names its version in front.
    #[must_use]
    pub fn guess(text: &[u8]) -> Self {
        let line = text.trim_ascii();
        let head = line.split(|b| *b == b'\n').next().unwrap_or_default();
        if head.len() == line.len() && was_meant(RecordKind::Tlsrpt, head) {
            Self::Tlsrpt
        } else if head.len() == line.len()
            && (head.get(..2).is_some_and(|v| v.eq_ignore_ascii_case(b"v="))
                || head.starts_with(b"id=")
                || !head.starts_with(b"version") && was_meant(RecordKind::Record, head))
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
}

/// Reads `text` as `kind` and says what is wrong with it. A record's own text has no line end, so one
/// at the end of a record is not counted as part of it.
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
    let record = |kind: RecordKind, source: Source| {
        let text = text.strip_suffix(b"\r\n").or(text.strip_suffix(b"\n")).unwrap_or(text);
        let doc = RecordDoc::parse(kind, text);
        (doc.is_valid(), text_findings(source, text, lint_record(&doc)))
    };
    let (valid, findings) = match kind {
        Kind::Policy => {
            let doc = PolicyDoc::parse(text);
            (doc.is_valid(), text_findings(Source::Policy, text, lint_policy(&doc)))
        }
        Kind::Record => record(RecordKind::Record, Source::Record),
        Kind::Tlsrpt => record(RecordKind::Tlsrpt, Source::Tlsrpt),
    };
    debug_assert_eq!(valid, findings.iter().all(|finding| finding.level != Level::Error));
    LintReport { schema: SCHEMA, kind, valid, findings }
}
