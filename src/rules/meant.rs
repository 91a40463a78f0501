//! What a word, a number or a line was probably meant as. What to do is said by it, and edits are made of it.

use crate::policy::{MAX_MAX_AGE, is_near};
use crate::record::MAX_ID;

/// A policy cannot hold comments, so what looks like one was not meant to be read.
pub(super) fn is_comment(text: &str) -> bool {
    ["#", ";", "//", "<!--", "-->"].iter().any(|start| text.starts_with(start))
}

/// A line that frames a text: a fence of Markdown, a rule, a frame of front matter.
pub(super) fn is_frame(text: &str) -> bool {
    let fence =
        ["```", "~~~"].iter().any(|fence| text.starts_with(fence)) && !text.as_bytes().contains(&b':');
    let rule = text.len() >= 3 && text.bytes().all(|b| matches!(b, b'-' | b'=' | b'_' | b'*' | b'.'));
    fence || rule
}

/// The mode a word was probably meant as.
pub(super) fn meant_mode(text: &[u8]) -> Option<&'static str> {
    // Several words are a choice that somebody else has to make.
    if !text.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
        return None;
    }
    let word = text.to_ascii_lowercase();
    let begins = |starts: &[&str]| starts.iter().any(|start| word.starts_with(start.as_bytes()));
    if begins(&["enforc", "live", "strict", "reject", "prod"]) || is_near(text, b"enforce") {
        Some("enforce")
    } else if begins(&["test", "report", "monitor"]) || is_near(text, b"testing") {
        Some("testing")
    } else if begins(&["none", "off", "disable"]) {
        Some("none")
    } else {
        None
    }
}

/// How many seconds were meant: digits with signs, separators, leading zeros or a unit; at most what the RFC
/// allows.
pub(super) fn seconds(text: &[u8]) -> Option<u64> {
    const UNITS: [(&[&str], u64); 6] = [
        (&["", "s", "sec", "secs", "second", "seconds"], 1),
        (&["m", "min", "mins", "minute", "minutes"], 60),
        (&["h", "hour", "hours"], 3600),
        (&["d", "day", "days"], 86_400),
        (&["w", "week", "weeks"], 604_800),
        (&["y", "year", "years"], 31_536_000),
    ];
    let mut rest = text.trim_ascii();
    while let [b'+', behind @ ..] = rest {
        rest = behind.trim_ascii();
    }
    // Separators stand between groups of three digits, or they are something else. Too many digits are too many
    // seconds.
    let (mut number, mut group, mut separated) = (0_u64, 0, false);
    while let [b, behind @ ..] = rest {
        match b {
            b'0'..=b'9' => {
                number = number.saturating_mul(10).saturating_add(u64::from(b - b'0'));
                group += 1;
            }
            b',' | b'_' | b'\'' if group == 3 || group > 0 && !separated => (group, separated) = (0, true),
            _ => break,
        }
        rest = behind;
    }
    let unit = rest.trim_ascii();
    let is_unit = |name: &&str| unit.eq_ignore_ascii_case(name.as_bytes());
    let (_, each) = UNITS.iter().find(|(names, _)| names.iter().any(is_unit))?;
    let grouped = if separated { group == 3 } else { group > 0 };
    grouped.then(|| number.saturating_mul(*each).min(u64::from(MAX_MAX_AGE)))
}

/// The letters and digits of an id; none where it holds more than an id.
pub(super) fn clean_id(value: &str) -> Option<String> {
    let clean: String = value.chars().filter(char::is_ascii_alphanumeric).take(MAX_ID).collect();
    (!clean.is_empty() && !value.as_bytes().contains(&b'=')).then_some(clean)
}
