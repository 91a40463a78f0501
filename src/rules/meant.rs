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

/// Whether a text names the version of `standard` (`sts`, `tlsrpt`): in other case, with other joints, without its `v` or
/// its number. Another number is none of ours to replace: whoever wrote `STSv2` may have meant a later standard.
pub(super) fn is_version(text: &str, standard: &str) -> bool {
    let text = text.trim_matches('.').to_ascii_lowercase();
    let bare: String = text.chars().filter(|c| !c.is_whitespace() && !"-_\"':,".contains(*c)).collect();
    let number = bare.strip_prefix("mta").unwrap_or(&bare).strip_prefix(standard);
    let number = number.map(|number| number.strip_prefix('v').unwrap_or(number));
    // A small L and a capital I look like the digit.
    number.is_some_and(|number| ["", "1", "1.0", "l", "i"].contains(&number))
}

/// How many seconds were meant: digits with signs, separators, leading zeros or a unit; at most what the RFC
/// allows.
pub(super) fn seconds(text: &[u8]) -> Option<u64> {
    const DAY: u64 = 86_400;
    const UNITS: [(&[&str], u64); 6] = [
        (&["", "s", "sec", "secs", "second", "seconds"], 1),
        // A bare `m` is minutes to some and months to others.
        (&["min", "mins", "minute", "minutes"], 60),
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
    let most = u64::from(MAX_MAX_AGE);
    grouped.then(|| match number.saturating_mul(*each) {
        // Nobody means 86,400 days: the unit is too much.
        meant if meant > most && (DAY..=most).contains(&number) => number,
        meant => meant.min(most),
    })
}

/// The letters and digits of an id that has separators between them; none where it holds more than an id, where it is
/// the placeholder of a template, and where it is too long: what is cut off may be the part that changes.
pub(super) fn clean_id(value: &str) -> Option<String> {
    // Bytes throughout: searching in strings brings a tenth of the build that lints alone.
    let value = value.as_bytes();
    let inner = |b: &u8| !b"\"' \t".contains(b);
    let end = value.iter().rposition(inner)? + 1;
    let bare = value.get(value.iter().position(inner)?..end)?;
    let mut clean = String::new();
    // Whether there are separators; and of each part between blanks whether it has a digit, as a date and a time have.
    let (mut separated, mut dated) = (false, true);
    for part in bare.split(|b| matches!(b, b' ' | b'\t')) {
        let mut digit = part.is_empty();
        for b in part {
            digit |= b.is_ascii_digit();
            if b.is_ascii_alphanumeric() {
                clean.push(char::from(*b));
            } else if b"-_.:/+".contains(b) {
                separated = true;
            } else {
                return None;
            }
        }
        separated |= part.len() < bare.len();
        dated &= digit;
    }
    let pattern = || clean.as_bytes().windows(4).any(|part| part.eq_ignore_ascii_case(b"yyyy"));
    let plain = !separated || dated && !pattern();
    (plain && (1..=MAX_ID).contains(&clean.len())).then_some(clean)
}

/// Whether a text holds the marks of a template: `{{ id }}`, `<id>`, `${ID}`, `%ID%`, `[YYYYMMDD]`.
pub(super) fn is_template(text: &[u8]) -> bool {
    text.iter().any(|b| b"{}<>[]$%".contains(b))
}

/// Whether a text is a mail address that a `mailto:` in front makes a URI of, and nothing else was meant.
pub(super) fn is_mailbox(text: &[u8]) -> bool {
    let at = text.iter().position(|b| *b == b'@').unwrap_or(0);
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b".-_+%".contains(b);
    at > 0 && at + 1 < text.len() && text.iter().enumerate().all(|(index, b)| index == at || plain(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_cleaned_of_separators_alone() {
        for (id, clean) in [
            ("2026-11-01", Some("20261101")),
            ("2026-11-01 10:00:00", Some("20261101100000")),
            ("2026-11-01T10:00:00+01:00", Some("20261101T1000000100")),
            ("\"20261101\"", Some("20261101")),
            ("'abc'", Some("abc")),
            ("abc", Some("abc")),
            ("550e8400-e29b-41d4-a716-446655440000", Some("550e8400e29b41d4a716446655440000")),
            ("2026/11/01_2", Some("202611012")),
            ("", None),
            ("---", None),
            ("my-policy", None),
            ("YYYY-MM-DD-01", None),
            ("{{ id }}", None),
            ("<timestamp>", None),
            ("${ID}", None),
            ("%ID%", None),
            ("$(date +%s)", None),
            ("[YYYYMMDD]", None),
            ("20261101 # changed by bob", None),
            ("20261101 build 17", None),
            ("20261101T1mode: none", None),
            ("a1</td>", None),
            ("20261101, mode=enforce", None),
            ("2026-11-01T10:00:00.000000000+00:00-build-17", None),
            ("123456789012345678901234567890123", None),
        ] {
            assert_eq!(clean_id(id).as_deref(), clean, "{id}");
        }
    }

    #[test]
    fn a_version_has_its_own_number_or_none() {
        for text in ["STSv1", "stsv1", "STS", "sts-v1", "STS1", "MTA-STSv1", "STSv1.0", "STSvl", "\"STSv1\""]
        {
            assert!(is_version(text, "sts"), "{text}");
        }
        assert!(is_version("TLSRPT1", "tlsrpt"));
        for text in ["", "1", "STSv2", "STSv10", "STSv1<br>", "STSv1;id=1", "TLSRPTv1", "tests", "STSv1 id"] {
            assert!(!is_version(text, "sts"), "{text}");
        }
    }

    #[test]
    fn a_bare_m_is_minutes_or_months() {
        assert_eq!(seconds(b"6M"), None);
        assert_eq!(seconds(b"5m"), None);
        assert_eq!(seconds(b"90 min"), Some(5400));
        assert_eq!(seconds(b"604800"), Some(604_800));
    }
}
