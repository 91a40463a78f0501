//! Words that findings, verdict and report share: what a resolver, a certificate, a stranger's text is called in a
//! sentence.

use crate::dns::rcode_name;
use crate::evidence::{CertificateFault, DnsError, DnsErrorKind, Failure, SmtpResult, TlsSeen};
use crate::visible::is_invisible;

/// Why a resolver could not tell, in words.
pub(crate) fn dns_error(name: &str, error: &DnsError) -> String {
    let shown = quoted(name.as_bytes());
    let what = match error.kind {
        DnsErrorKind::Rcode(rcode) => &format!("the resolver answers {}", rcode_name(rcode)),
        DnsErrorKind::Bogus => "DNSSEC validation fails (SERVFAIL, and an answer with checking disabled)",
        DnsErrorKind::Unanswered => "the resolver gives no answer, though it answers other queries",
        DnsErrorKind::Unreadable => "the resolver's answer cannot be read",
        DnsErrorKind::Truncated => "the resolver's answer is cut off (TC), even over TCP or HTTPS",
        DnsErrorKind::Aliases => "its aliases (CNAME) lead in a circle, or through too many names",
    };
    let mut said = format!("{shown}: {what}");
    for (code, text) in &error.extended {
        said.push_str(&format!("; extended error {code} {}", quoted(text.as_bytes())));
    }
    said
}

/// Why something could not be seen, in words.
pub(crate) fn unobserved(failure: &Failure) -> String {
    match failure {
        Failure::NoCompanion => "a browser cannot do this, and there is no companion to ask".into(),
        Failure::Companion { detail } => format!("the companion declines: {}", quoted(detail.as_bytes())),
        Failure::Unreachable { detail } => format!("the companion cannot be reached: {}", quoted(detail.as_bytes())),
        Failure::Guarded { address, class } => format!("{address} is {class} and was not dialled"),
        Failure::NoRoute { .. } => "this machine has no route to the address".into(),
        Failure::ConnectTimeout { .. } => {
            "no answer on port 25, and this machine has not reached any other host there: its network may block the port"
                .into()
        }
        _ => "it could not be looked at".into(),
    }
}

/// What to do where the companion could not be asked.
pub(crate) const fn companion_fix(failure: &Failure) -> Option<&'static str> {
    match failure {
        Failure::Unreachable { .. } => {
            Some("Check the companion's address in the settings of the page, and whether it runs.")
        }
        Failure::Companion { .. } => Some("Try again in a moment, or run `mta-sts check` in a terminal."),
        _ => None,
    }
}

/// What to do about a certificate that is not trusted, where one fault alone stands against it.
pub(crate) const fn trust_fix(tls: &TlsSeen) -> Option<&'static str> {
    match tls.faults.as_slice() {
        [CertificateFault::NotYetValid { .. }] => Some(
            "Install a certificate that is valid now; if its date is a mistake, check the clock of the machine that asked for it.",
        ),
        [CertificateFault::SelfSigned] => Some("Replace it with a certificate of a public authority."),
        _ => None,
    }
}

/// The faults of a certificate that come to `result`, each in words.
pub(crate) fn certificate_hits(tls: &TlsSeen, host: &str, result: SmtpResult) -> Vec<String> {
    use CertificateFault as Fault;
    if tls.result() != Some(result) {
        return Vec::new();
    }
    let leaf = tls.chain.first();
    // Every fault is said under the first that counts, so that mending one does not uncover the next.
    let said = tls.faults.iter().map(|fault| match fault {
        Fault::HostMismatch => {
            let names = leaf.map(|leaf| leaf.dns_ids.as_slice()).unwrap_or_default();
            let shown: Vec<String> = names.iter().take(5).map(|name| quoted(name.as_bytes())).collect();
            let more = names.len().saturating_sub(5);
            match shown.as_slice() {
                [] => format!("the certificate has no DNS-ID, so it does not name `{host}`"),
                _ if more > 0 => {
                    format!("the certificate names {} and {more} more, not `{host}`", shown.join(", "))
                }
                _ => format!("the certificate names {}, not `{host}`", shown.join(", ")),
            }
        }
        Fault::Expired { not_after } => format!("the certificate ended on {}", day(*not_after)),
        Fault::NotYetValid { not_before } => format!("the certificate begins only on {}", day(*not_before)),
        Fault::SelfSigned => "the certificate is self-signed".to_owned(),
        Fault::UnknownIssuer => {
            let issuer = leaf.map_or("", |leaf| leaf.issuer.as_str());
            format!("no chain leads from {} to an authority that is trusted", quoted(issuer.as_bytes()))
        }
        Fault::Untrusted { why } => format!("the certificate is not trusted: {}", quoted(why.as_bytes())),
    });
    vec![said.collect::<Vec<_>>().join("; ")]
}

/// A time in seconds since 1970, in UTC, as 20261122061500Z: letters and digits only, as an id may have.
pub(crate) fn stamp(seconds: i64) -> String {
    let time = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    format!("{}{hour:02}{minute:02}{second:02}Z", day(seconds).replace('-', ""))
}

/// The day of a time in seconds since 1970, in UTC, as 2026-11-22. (Howard Hinnant's civil_from_days.)
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
    format!("`{}`", visible(&String::from_utf8_lossy(text)).replace('`', "'"))
}

/// Strangers' text, cut, with what cannot be seen written out.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::new();
    for (index, c) in text.chars().enumerate() {
        if index == 60 {
            shown.push('…');
            break;
        }
        if is_invisible(c) {
            shown.push_str(&format!("<U+{:04X}>", u32::from(c)));
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
