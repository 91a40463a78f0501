//! A finding as it goes out: what is wrong or worth knowing, and where it stands.

use serde::Serialize;

use crate::rules::{At as HitAt, Head, Hit, Level};
use crate::say::filled;
use crate::span::{Place, Span, in_order, places};

/// The version of the JSON shape; it changes only when a field is renamed or means something else.
pub const SCHEMA: u32 = 1;

/// Something wrong or worth knowing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// The rule.
    pub code: &'static str,
    /// How much it matters.
    pub level: Level,
    /// The section the rule stands on.
    #[serde(skip_serializing_if = "is_looked_up")]
    pub section: &'static str,
    /// What is the case, in general.
    #[serde(skip_serializing_if = "is_looked_up")]
    pub title: String,
    /// What is the case here.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// Where it stands, where it stands in a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<At>,
    /// The edit that mends it, where it is plain what was meant: this finding goes away and no error comes.
    #[serde(skip_serializing_if = "has_no_edit")]
    pub edit: Option<Edit>,
}

/// Whether what a rule says in general is no part of this build (feature `mend`): the host program has it by the
/// rule's code.
fn is_looked_up(_: &impl AsRef<str>) -> bool {
    !cfg!(feature = "mend")
}

fn has_no_edit(edit: &Option<Edit>) -> bool {
    !cfg!(feature = "mend") || edit.is_none()
}

/// What to put in place of a part of the text that a finding stands in.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Edit {
    /// What goes away: half-open, from 0, in the bytes as received.
    pub bytes: [usize; 2],
    /// The same in UTF-16 code units of the text as a WHATWG UTF-8 decoder shows it.
    pub utf16: [usize; 2],
    /// What comes in its place.
    pub replacement: String,
}

/// A place in one of the texts of a report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct At {
    /// Which text.
    pub source: Source,
    /// Where in it.
    #[serde(flatten)]
    pub place: Place,
}

/// The texts of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The joined text of the `_mta-sts` record.
    Record,
    /// The policy body.
    Policy,
    /// The names of the mail hosts, one on each line, in the order of the report.
    Mx,
    /// The joined text of the `_smtp._tls` record.
    Tlsrpt,
}

/// Findings with their places and edits, from the hits in one text.
fn placed(source: Source, text: &[u8], hits: Vec<(&'static Head, Hit)>) -> Vec<Finding> {
    let nowhere = Span::new(0, 0);
    let mut spans = Vec::with_capacity(2 * hits.len());
    for (_, hit) in &hits {
        spans.push(match hit.at {
            Some(HitAt::Text(span)) => span,
            _ => nowhere,
        });
        spans.push(hit.edit.as_ref().map_or(nowhere, |edit| edit.span));
    }
    let mut places = places(text, &spans).into_iter();
    let placed = hits.into_iter().filter_map(|hit| Some((hit, places.next()?, places.next()?)));
    placed
        .map(|((head, mut hit), place, edited)| {
            let at = matches!(hit.at, Some(HitAt::Text(_))).then_some(At { source, place });
            let edit = hit.edit.take().filter(|_| cfg!(feature = "mend"));
            let edit = edit.map(|edit| Edit {
                bytes: edited.bytes,
                utf16: edited.utf16,
                replacement: edit.replacement,
            });
            Finding { edit, ..Finding::new(head, hit, at) }
        })
        .collect()
}

impl Finding {
    pub(crate) fn new(head: &Head, hit: Hit, at: Option<At>) -> Self {
        // In a build that leaves it to the host program there is nothing to say.
        let general = |form| if cfg!(feature = "mend") { filled(form, []) } else { String::new() };
        Self {
            code: head.code,
            level: hit.level.unwrap_or(head.level),
            section: head.section,
            title: general(head.title),
            message: hit.message,
            fix: hit.fix.or_else(|| cfg!(feature = "mend").then(|| general(head.fix))),
            at,
            edit: None,
        }
    }
}

/// The findings in a text, in the order of the text.
pub(crate) fn text_findings(source: Source, text: &[u8], hits: Vec<(&'static Head, Hit)>) -> Vec<Finding> {
    let place = |finding: &Finding| finding.at.as_ref().map(|at| at.place.bytes);
    in_order(placed(source, text, hits), &|a, b| place(a).cmp(&place(b)))
}

/// What matters first: errors, and among them those at mail hosts, which stop mail, while without a record or a policy it is
/// delivered; then by the stages of a check. What is left stays as it stands.
#[cfg(feature = "check")]
pub(crate) fn by_level(findings: Vec<Finding>) -> Vec<Finding> {
    in_order(findings, &|a, b| (a.level, stage(a)).cmp(&(b.level, stage(b))))
}

#[cfg(feature = "check")]
fn stage(finding: &Finding) -> u8 {
    match finding.code.split('-').next() {
        Some("mx" | "dane") if finding.level == Level::Error => 0,
        Some("record") => 1,
        Some("policy" | "delegation") => 2,
        Some("mx") => 3,
        Some("dane") => 4,
        _ => 5,
    }
}

#[cfg(all(test, feature = "check"))]
mod tests {
    use super::*;

    #[test]
    fn what_stops_mail_comes_first_and_then_the_earlier_stage() {
        let finding = |(code, level)| Finding {
            code,
            level,
            section: "",
            title: String::new(),
            message: String::new(),
            fix: None,
            at: None,
            edit: None,
        };
        let found = [
            ("tlsrpt-absent", Level::Note),
            ("mx-alias", Level::Warning),
            ("policy-slow", Level::Warning),
            ("tlsrpt-rua-uri", Level::Error),
            ("policy-mode", Level::Error),
            ("policy-mx", Level::Error),
            ("record-absent", Level::Error),
            ("mx-none", Level::Error),
        ];
        let ordered = by_level(found.map(finding).into());
        let codes: Vec<_> = ordered.iter().map(|finding| finding.code).collect();
        assert_eq!(
            codes,
            [
                "mx-none",
                "record-absent",
                "policy-mode",
                "policy-mx",
                "tlsrpt-rua-uri",
                "policy-slow",
                "mx-alias",
                "tlsrpt-absent"
            ]
        );
    }
}
