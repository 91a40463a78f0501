//! What a word, a number or a line was probably meant as. What to do is said by it, and edits are made of it.

use crate::policy::{MAX_MAX_AGE, is_near};
use crate::record::MAX_ID;

/// A policy cannot hold comments, so what looks like one was not meant to be read.
pub(super) fn is_comment(text: &str) -> bool {
    ["#", ";", "//", "<!--", "-->"].iter().any(|start| text.starts_with(start))
}

/// A line that frames a text: a fence of Markdown, a rule, a frame of front matter.
pub(super) fn is_frame(text: &str) -> bool {
    let fence = ["```", "~~~"].iter().any(|fence| text.starts_with(fence)) && !text.contains(':');
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
pub(super) fn seconds(text: &str) -> Option<u64> {
    let text = text.trim_start_matches('+').trim();
    let end =
        text.find(|c: char| !(c.is_ascii_digit() || matches!(c, ',' | '_' | '\''))).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    // Separators stand between groups of three digits, or they are something else.
    let groups: Vec<&str> = number.split([',', '_', '\'']).collect();
    let grouped =
        groups.len() == 1 || groups.iter().skip(1).all(|group| group.len() == 3) && !groups[0].is_empty();
    let digits: String = groups.concat();
    let number: u64 = Some(digits.trim_start_matches('0'))
        .filter(|_| grouped && !digits.is_empty())?
        .parse()
        .or(
            // Nothing but zeros is a number; too many digits are too many seconds.
            Ok::<u64, ()>(if digits.bytes().all(|b| b == b'0') { 0 } else { u64::MAX }),
        )
        .ok()?;
    let each = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "s" | "sec" | "secs" | "second" | "seconds" => 1,
        "m" | "min" | "mins" | "minute" | "minutes" => 60,
        "h" | "hour" | "hours" => 3600,
        "d" | "day" | "days" => 86_400,
        "w" | "week" | "weeks" => 604_800,
        "y" | "year" | "years" => 31_536_000,
        _ => return None,
    };
    Some(number.saturating_mul(each).min(u64::from(MAX_MAX_AGE)))
}

/// The letters and digits of an id; none where it holds more than an id.
pub(super) fn clean_id(value: &str) -> Option<String> {
    let clean: String = value.chars().filter(char::is_ascii_alphanumeric).take(MAX_ID).collect();
    (!clean.is_empty() && !value.contains('=')).then_some(clean)
}
