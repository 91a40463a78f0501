//! Why a lookup, a connection or a certificate fails, in words that findings and report share.

use crate::dns::rcode_name;
use crate::evidence::{
    Certificate, CertificateFault, DnsError, DnsErrorKind, Failure, OldTls, Session, SessionEnd, SmtpResult,
    SmtpStage, TlsSeen,
};
use crate::words::{cut_after, day, quoted};

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

/// What to do where the answer says which of the names or keys is at fault.
pub(crate) const fn dns_fix(error: &DnsError) -> Option<&'static str> {
    match error.kind {
        DnsErrorKind::Bogus => Some(
            "Sign the zone anew at its name servers, or correct or remove its DS record at the registrar.",
        ),
        DnsErrorKind::Aliases => Some(
            "Let the alias (CNAME) lead straight to a name that has the record, or publish the record itself in its place.",
        ),
        _ => None,
    }
}

/// Why something could not be seen, in words.
pub(crate) fn unobserved(failure: &Failure) -> String {
    match failure {
        Failure::NoCompanion => "a browser cannot do this, and there is no companion to ask".into(),
        Failure::Companion { detail } => format!("the companion declines: {}", quoted(detail.as_bytes())),
        Failure::Unreachable { detail } => format!("the companion cannot be reached: {}", quoted(detail.as_bytes())),
        Failure::Guarded { address, class } => format!("{address} is {class} and was not dialled"),
        Failure::OptedOut { name } => {
            format!("{} asked not to be dialled from here, so it was not", quoted(name.as_bytes()))
        }
        Failure::PortBlocked { tested } => format!(
            "this server cannot reach port 25: its network lets no connection out, not to {} either",
            quoted(tested.as_bytes())
        ),
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
        [CertificateFault::Expired { subject: Some(_), .. }] => Some(
            "Let the server send the intermediate certificate that the authority issues from today: it comes with each certificate, in the file that authorities call full chain.",
        ),
        [CertificateFault::NotYetValid { .. }] => Some(
            "Install a certificate that is valid now; if its date is a mistake, check the clock of the machine that asked for it.",
        ),
        [CertificateFault::MissingIntermediate { .. }] => Some(
            "Let the server send the intermediate certificate behind its own: the file that authorities call full chain.",
        ),
        [CertificateFault::SelfSigned] => Some("Replace it with a certificate of a public authority."),
        _ => None,
    }
}

impl Failure {
    /// What failed, in words.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Self::NxDomain => "the name does not exist".into(),
            Self::NoAddress => "the name has no address".into(),
            Self::Dns { rcode: Some(rcode) } => format!("address lookup: {}", rcode_name(*rcode)),
            Self::Dns { rcode: None } => "address lookup: no answer".into(),
            Self::Refused => "the connection is refused".into(),
            Self::Closed => "the connection is closed before the answer is whole".into(),
            Self::Timeout => "no whole answer in time".into(),
            Self::ConnectTimeout { .. } => "the connection attempt is not answered".into(),
            Self::Tls { detail } => format!("TLS fails: {}", quoted(detail.as_bytes())),
            Self::Certificate { .. } => "the certificate is not valid for the host".into(),
            Self::Malformed { detail } => format!("not an answer: {}", quoted(detail.as_bytes())),
            Self::TooLarge => "more than 65536 bytes".into(),
            Self::Opaque => "could not connect; a browser does not say why".into(),
            Self::OpaqueAnswer => "HTTPS works, the answer may not be read from another site".into(),
            Self::OpaqueRedirect => "a redirect".into(),
            Self::Unreachable { detail } => format!("could not be reached: {}", quoted(detail.as_bytes())),
            other => unobserved(other),
        }
    }
}

impl Session {
    /// How it ended, in words.
    #[must_use]
    pub fn ending(&self) -> String {
        let what = match self.stage {
            SmtpStage::Connect => "the connection",
            SmtpStage::Banner => "its greeting",
            SmtpStage::Ehlo => "the reply to EHLO",
            SmtpStage::Starttls => "the reply to STARTTLS",
            SmtpStage::Handshake => "the TLS handshake",
            SmtpStage::EhloAfterTls => "the reply to EHLO over TLS",
            SmtpStage::Done => "the session",
        };
        match &self.end {
            // The server says why, and to whom.
            SessionEnd::Refused { code } => {
                let last = self.transcript.iter().rev().find(|said| !said.us);
                match last.filter(|said| said.text.starts_with(&code.to_string())) {
                    Some(said) => format!("{what} is {}", quoted(said.text.as_bytes())),
                    None => format!("{what} is {code}"),
                }
            }
            SessionEnd::Closed => format!("the server closes the connection instead of {what}"),
            SessionEnd::Silent => format!("{what} does not come in time"),
            SessionEnd::TooLong => format!("{what} has no end"),
            SessionEnd::NotSmtp => format!("{what} is not SMTP"),
            SessionEnd::Tls { detail, .. } => {
                format!("the TLS handshake fails: {}", quoted(detail.as_bytes()))
            }
            SessionEnd::HeloOnly => "EHLO is refused, HELO accepted".into(),
            SessionEnd::NotOffered => "STARTTLS is not offered".into(),
            SessionEnd::Complete => "the session is complete".into(),
        }
    }
}

impl Certificate {
    /// The first day it is valid and the last, in UTC, as 2026-11-22.
    #[must_use]
    pub fn days(&self) -> [String; 2] {
        [day(self.not_before), day(self.not_after)]
    }

    /// The first of its DNS-IDs, and how many more there are; nothing where it has none.
    pub(crate) fn names_in_words(&self) -> Option<String> {
        let shown: Vec<String> = self.dns_ids.iter().take(5).map(|name| quoted(name.as_bytes())).collect();
        let more = self.dns_ids.len().saturating_sub(shown.len());
        match shown.as_slice() {
            [] => None,
            _ if more > 0 => Some(format!("{} and {more} more", shown.join(", "))),
            _ => Some(shown.join(", ")),
        }
    }
}

impl OldTls {
    /// Whether it chose a version that no sender counts as TLS any more (RFC 8996).
    pub(crate) fn is_too_old(&self) -> bool {
        self.version != "TLSv1.2"
    }
}

impl TlsSeen {
    /// Every fault of the certificate, in words, where it was shown for `host`.
    #[must_use]
    pub fn faults_in_words(&self, host: &str) -> Vec<String> {
        self.faults.iter().map(|fault| fault_in_words(fault, self.chain.first(), host)).collect()
    }
}

/// When a certificate that is right today ends, where that is soon: within two weeks, or the last third of a shorter life.
/// What renews certificates by itself does so before that (ACME clients by default with a third of the life left).
pub(crate) fn ends_soon(tls: &TlsSeen, now: i64) -> Option<String> {
    const DAY: i64 = 86_400;
    let leaf = tls.chain.first().filter(|_| tls.faults.is_empty())?;
    let left = leaf.not_after - now;
    let soon = (14 * DAY).min((leaf.not_after - leaf.not_before) / 3);
    let days = left.div_euclid(DAY);
    let left_for = match days {
        0 => "in less than a day".to_owned(),
        1 => "in a day".to_owned(),
        _ => format!("in {days} days"),
    };
    (0..soon).contains(&left).then(|| format!("the certificate ends {left_for}, on {}", day(leaf.not_after)))
}

/// The faults of a certificate that come to `result`, in words. Every fault is said under the first that counts, so that
/// mending one does not uncover the next.
pub(crate) fn certificate_hits(tls: &TlsSeen, host: &str, result: SmtpResult) -> Vec<String> {
    if tls.result() == Some(result) { vec![tls.faults_in_words(host).join("; ")] } else { Vec::new() }
}

fn fault_in_words(fault: &CertificateFault, leaf: Option<&Certificate>, host: &str) -> String {
    use CertificateFault as Fault;
    match fault {
        Fault::HostMismatch => match leaf.and_then(Certificate::names_in_words) {
            Some(names) => format!("the certificate names {names}, not `{host}`"),
            None => format!("the certificate has no DNS-ID, so it does not name `{host}`"),
        },
        Fault::Expired { not_after, subject } => format!("{} ended on {}", whose(subject), day(*not_after)),
        Fault::NotYetValid { not_before, subject } => {
            format!("{} begins only on {}", whose(subject), day(*not_before))
        }
        Fault::SelfSigned => "the certificate is self-signed".to_owned(),
        Fault::UnknownIssuer => {
            let issuer = leaf.map_or("", |leaf| leaf.issuer.as_str());
            format!("no chain leads from {} to an authority that is trusted", quoted(issuer.as_bytes()))
        }
        Fault::MissingIntermediate { issuer, .. } => format!(
            "the server sends its own certificate alone, without that of {}, which issued it",
            quoted(issuer.as_bytes())
        ),
        Fault::Untrusted { why } => format!("the certificate is not trusted: {}", reason(why)),
    }
}

/// The server's certificate, or one it needs, by its subject.
fn whose(subject: &Option<String>) -> String {
    match subject {
        Some(subject) => format!("the certificate of {}, which it needs,", quoted(subject.as_bytes())),
        None => "the certificate".to_owned(),
    }
}

/// Why a certificate is not trusted: a sentence of the host's, which may hold a stranger's name.
fn reason(why: &str) -> String {
    cut_after(why, 240).replace('`', "'")
}
