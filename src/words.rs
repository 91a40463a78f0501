//! Words that every sentence may need: a stranger's text, and times.

use crate::visible::is_invisible;

/// A time in seconds since 1970, in UTC, as 20261122061500Z: letters and digits only, as an id may have.
#[cfg(feature = "check")]
pub(crate) fn stamp(seconds: i64) -> String {
    let time = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    format!("{}{hour:02}{minute:02}{second:02}Z", day(seconds).replace('-', ""))
}

/// The time of day of a time in seconds since 1970, in UTC, as 06:15.
#[cfg(feature = "check")]
pub(crate) fn minute(seconds: i64) -> String {
    let time = seconds.rem_euclid(86_400);
    format!("{:02}:{:02}", time / 3600, time / 60 % 60)
}

/// The day of a time in seconds since 1970, in UTC, as 2026-11-22. (Howard Hinnant's civil_from_days.)
#[cfg(feature = "check")]
pub(crate) fn day(seconds: i64) -> String {
    let z = seconds.div_euclid(86_400) + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Strangers' text for a sentence: cut, in backticks, with what cannot be seen written out.
pub(crate) fn quoted(text: &[u8]) -> String {
    let mut quoted = String::from("`");
    quoted.extend(visible(&String::from_utf8_lossy(text)).chars().map(|c| if c == '`' { '\'' } else { c }));
    quoted.push('`');
    quoted
}

/// Sentences of which each stands by itself, as one.
pub(crate) fn joined(sentences: Vec<String>) -> String {
    let both = |one, other| crate::say::say!("{one}; {other}", one, other);
    sentences.into_iter().reduce(both).unwrap_or_default()
}

/// A TLS version as the RFCs write it; `TLSv1.1` is how libraries do.
#[cfg(feature = "check")]
pub(crate) fn protocol(version: &str) -> String {
    version.replacen("TLSv", "TLS ", 1)
}

/// A character by its number in Unicode, as U+00A0.
pub(crate) fn code_point(c: char) -> String {
    let mut text = String::from("U+");
    push_hex(&mut text, u32::from(c), 4);
    text
}

/// Bytes in hexadecimal digits, with spaces between them.
pub(crate) fn octets(bytes: &[u8]) -> String {
    let mut text = String::new();
    for b in bytes {
        if !text.is_empty() {
            text.push(' ');
        }
        push_hex(&mut text, u32::from(*b), 2);
    }
    text
}

/// A number in hexadecimal digits, at least so many. (`fmt` is a part of what a page loads to lint.)
fn push_hex(text: &mut String, number: u32, least: u32) {
    let digits = (0..8).rev().skip_while(|at| *at >= least && number >> (4 * at) == 0);
    text.extend(
        digits.filter_map(|at| char::from_digit(number >> (4 * at) & 15, 16)).map(|c| c.to_ascii_uppercase()),
    );
}

/// Strangers' text, cut, with what cannot be seen written out.
pub(crate) fn visible(text: &str) -> String {
    cut_after(text, 60)
}

/// Strangers' text, cut after so many characters, with what cannot be seen written out.
pub(crate) fn cut_after(text: &str, most: usize) -> String {
    let mut shown = String::new();
    for (index, c) in text.chars().enumerate() {
        if index == most {
            shown.push('…');
            break;
        }
        if is_invisible(c) {
            shown.push('<');
            shown.push_str(&code_point(c));
            shown.push('>');
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(feature = "check")]
    fn days_are_days() {
        for (seconds, shown) in [
            (0, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (1_795_305_600, "2026-11-22"),
            (-1, "1969-12-31"),
            (253_402_300_799, "9999-12-31"),
        ] {
            assert_eq!(day(seconds), shown);
        }
        assert_eq!(stamp(1_795_305_600 + 3 * 3600 + 4 * 60 + 5), "20261122030405Z");
    }

    #[test]
    fn strangers_text_is_shown_and_not_obeyed() {
        assert_eq!(quoted(b"enforced"), "`enforced`");
        assert_eq!(quoted("a\u{a0}b\u{202e}c\x1b[31m`".as_bytes()), "`a<U+00A0>b<U+202E>c<U+001B>[31m'`");
        assert_eq!(quoted(&[b'x'; 100]).chars().count(), 63);
    }
}
