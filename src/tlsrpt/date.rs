//! Times as reports have them (RFC 3339), and as some senders write them.

/// How a time was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// As RFC 3339 has it.
    Whole,
    /// Without the zone; it is taken for UTC.
    NoZone,
    /// A day alone; its beginning is taken.
    Day,
    /// In seconds, or in another order of its parts.
    Otherwise,
}

/// A time in seconds since 1970, and how it was written; nothing where it is none.
pub(super) fn read(text: &str) -> Option<(i64, Written)> {
    let text = text.trim();
    let (date, rest) = text.split_at_checked(10)?;
    let [year, month, day] = numbers(date, '-')?;
    let midnight = days(year, month, day)? * 86_400;
    if rest.is_empty() {
        return Some((midnight, Written::Day));
    }
    let rest = rest.strip_prefix(['T', 't', ' ', '_'])?;
    let (clock, rest) = rest.split_at_checked(8)?;
    let [hour, minute, second] = numbers(clock, ':')?;
    if hour > 24 || minute > 59 || second > 60 || (hour == 24 && (minute, second) != (0, 0)) {
        return None;
    }
    let at = midnight + hour * 3600 + minute * 60 + second;
    // Parts of a second are left away.
    let zone = match rest.strip_prefix('.') {
        Some(rest) => rest.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    let spaced = zone.starts_with(' ') || text.as_bytes().get(10).is_some_and(|c| *c == b'_');
    let written = if spaced { Written::Otherwise } else { Written::Whole };
    match zone.trim_start() {
        "" => Some((at, Written::NoZone)),
        "Z" | "z" => Some((at, written)),
        "UTC" | "GMT" => Some((at, Written::Otherwise)),
        zone => {
            let (sign, zone) = zone.split_at_checked(1)?;
            let sign = match sign {
                "+" => 1,
                "-" => -1,
                _ => return None,
            };
            let (minutes, written) = match zone.len() {
                5 => (numbers::<2>(zone, ':').map(|[hour, minute]| hour * 60 + minute)?, written),
                4 => {
                    let zone: i64 = number(zone)?;
                    (zone / 100 * 60 + zone % 100, Written::Otherwise)
                }
                _ => return None,
            };
            Some((at - sign * minutes * 60, written))
        }
    }
}

/// Digits alone.
fn number(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// So many numbers with a sign between them.
fn numbers<const N: usize>(text: &str, between: char) -> Option<[i64; N]> {
    let all: Vec<i64> = text.split(between).map(number).collect::<Option<_>>()?;
    all.try_into().ok()
}

/// The days since 1970 of a date. (Howard Hinnant's days_from_civil.)
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=last).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words;

    #[test]
    fn times_are_read() {
        for (text, shown, written) in [
            ("2025-05-22T00:00:00Z", "20250522000000Z", Written::Whole),
            ("2025-05-22T23:59:59+00:00", "20250522235959Z", Written::Whole),
            ("2025-05-22T02:00:00.123+02:00", "20250522000000Z", Written::Whole),
            ("2024-02-29T24:00:00Z", "20240301000000Z", Written::Whole),
            ("2023-01-10T23:59:59", "20230110235959Z", Written::NoZone),
            ("2023-01-10 23:59:59 +0100", "20230110225959Z", Written::Otherwise),
            ("2023-01-10T23:59:59 UTC", "20230110235959Z", Written::Otherwise),
            ("2023-01-10", "20230110000000Z", Written::Day),
            ("1969-12-31T23:59:59-00:30", "19700101002959Z", Written::Whole),
        ] {
            let (at, how) = read(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((words::stamp(at).as_str(), how), (shown, written), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "yesterday",
            "2023-02-29T00:00:00Z",
            "2023-13-01T00:00:00Z",
            "2023-01-10T25:00:00Z",
            "2023-01-10Tnoon",
            "2023-1-10T00:00:00Z",
            "2023-01-10T00:00:00X",
            "２０２３-01-10",
            "+023-01-10T00:00:00Z",
            "2023-01-10T00:00:00+1",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
