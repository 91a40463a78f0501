//! Why a lookup, a connection or a certificate fails, in words that findings and report share.

use crate::dns::rcode_name;
use crate::evidence::{
    Certificate, CertificateFault, DnsError, DnsErrorKind, Failure, OldTls, Session, SessionEnd, SmtpResult,
    SmtpStage, TlsSeen,
};
use crate::heard;
use crate::say::say;
use crate::words::{cut_after, day, joined, quoted};

/// Why a resolver could not tell, in words.
pub(crate) fn dns_error(name: &str, error: &DnsError) -> String {
    let what = match error.kind {
        DnsErrorKind::Rcode(rcode) => say!("the resolver answers {code}", code = rcode_name(rcode)),
        DnsErrorKind::Bogus => {
            say!("DNSSEC validation fails (SERVFAIL, and an answer with checking disabled)")
        }
        DnsErrorKind::Unanswered => say!("the resolver gives no answer, though it answers other queries"),
        DnsErrorKind::Unreadable => say!("the resolver's answer cannot be read"),
        DnsErrorKind::Truncated => say!("the resolver's answer is cut off (TC), even over TCP or HTTPS"),
        DnsErrorKind::Aliases => say!("its aliases (CNAME) lead in a circle, or through too many names"),
    };
    let mut said = vec![say!("{name}: {what}", name = quoted(name.as_bytes()), what)];
    said.extend(
        error
            .extended
            .iter()
            .map(|(code, text)| say!("extended error {code} {text}", code, text = quoted(text.as_bytes()))),
    );
    joined(said)
}

/// What to do where the answer says which of the names or keys is at fault.
pub(crate) fn dns_fix(error: &DnsError) -> Option<String> {
    match error.kind {
        DnsErrorKind::Bogus => Some(say!(
            "Sign the zone anew at its name servers, or correct or remove its DS record at the registrar."
        )),
        DnsErrorKind::Aliases => Some(say!(
            "Let the alias (CNAME) lead straight to a name that has the record, or publish the record itself in its place."
        )),
        _ => None,
    }
}

/// Why something could not be seen, in words.
pub(crate) fn unobserved(failure: &Failure) -> String {
    match failure {
        Failure::NoCompanion => say!("a browser cannot do this, and there is no companion to ask"),
        Failure::Companion { detail } => say!("the companion declines: {detail}", detail = told(detail)),
        Failure::Unreachable { detail } => {
            say!("the companion cannot be reached: {detail}", detail = told(detail))
        }
        Failure::Guarded { address, class } => {
            say!("{address} is {class} and was not dialled", address, class = heard::in_words(class))
        }
        Failure::OptedOut { name } => {
            say!("{name} asked not to be dialled from here, so it was not", name = quoted(name.as_bytes()))
        }
        Failure::PortBlocked { tested } => say!(
            "this server cannot reach port 25: its network lets no connection out, not to {host} either",
            host = quoted(tested.as_bytes())
        ),
        Failure::NoRoute { .. } => say!("this machine has no route to the address"),
        Failure::ConnectTimeout { .. } => {
            say!(
                "no answer on port 25, and this machine has not reached any other host there: its network may block the port"
            )
        }
        _ => say!("it could not be looked at"),
    }
}

/// What to do where the companion could not be asked.
pub(crate) fn companion_fix(failure: &Failure) -> Option<String> {
    match failure {
        Failure::Unreachable { .. } => {
            Some(say!("Check the companion's address in the settings of the page, and whether it runs."))
        }
        Failure::Companion { .. } => {
            Some(say!("Try again in a moment, or run `mta-sts check` in a terminal."))
        }
        _ => None,
    }
}

/// What to do about a certificate that is not trusted, where one fault alone stands against it.
pub(crate) fn trust_fix(tls: &TlsSeen) -> Option<String> {
    match tls.faults.as_slice() {
        [CertificateFault::Expired { subject: Some(_), .. }] => Some(say!(
            "Let the server send the intermediate certificate that the authority issues from today: it comes with each certificate, in the file that authorities call full chain."
        )),
        [CertificateFault::NotYetValid { .. }] => Some(say!(
            "Install a certificate that is valid now; if its date is a mistake, check the clock of the machine that asked for it."
        )),
        [CertificateFault::MissingIntermediate { .. }] => Some(say!(
            "Let the server send the intermediate certificate behind its own: the file that authorities call full chain."
        )),
        [CertificateFault::SelfSigned] => Some(say!("Replace it with a certificate of a public authority.")),
        _ => None,
    }
}

impl Failure {
    /// What failed, in words.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Self::NxDomain => say!("the name does not exist"),
            Self::NoAddress => say!("the name has no address"),
            Self::Dns { rcode: Some(rcode) } => say!("address lookup: {code}", code = rcode_name(*rcode)),
            Self::Dns { rcode: None } => say!("address lookup: no answer"),
            Self::Refused => say!("the connection is refused"),
            Self::Closed => say!("the connection is closed before the answer is whole"),
            Self::Timeout => say!("no whole answer in time"),
            Self::ConnectTimeout { .. } => say!("the connection attempt is not answered"),
            Self::Tls { detail } => say!("TLS fails: {detail}", detail = told(detail)),
            Self::Certificate { .. } => say!("the certificate is not valid for the host"),
            Self::Malformed { detail } => say!("not an answer: {detail}", detail = told(detail)),
            Self::TooLarge => say!("more than 65536 bytes"),
            Self::Opaque => say!("could not connect; a browser does not say why"),
            Self::OpaqueAnswer => say!("HTTPS works, the answer may not be read from another site"),
            Self::OpaqueRedirect => say!("a redirect"),
            Self::Unreachable { detail } => say!("could not be reached: {detail}", detail = told(detail)),
            other => unobserved(other),
        }
    }
}

impl Session {
    /// How it ended, in words.
    #[must_use]
    pub fn ending(&self) -> String {
        let what = match self.stage {
            SmtpStage::Connect => say!("the connection"),
            SmtpStage::Banner => say!("its greeting"),
            SmtpStage::Ehlo => say!("the reply to EHLO"),
            SmtpStage::Starttls => say!("the reply to STARTTLS"),
            SmtpStage::Handshake => say!("the TLS handshake"),
            SmtpStage::EhloAfterTls => say!("the reply to EHLO over TLS"),
            SmtpStage::Done => say!("the session"),
        };
        match &self.end {
            // The server says why, and to whom.
            SessionEnd::Refused { code } => {
                let last = self.transcript.iter().rev().find(|said| !said.us);
                match last.filter(|said| said.text.starts_with(&code.to_string())) {
                    Some(said) => say!("{what} is {reply}", what, reply = quoted(said.text.as_bytes())),
                    None => say!("{what} is {reply}", what, reply = code),
                }
            }
            SessionEnd::Closed => say!("the server closes the connection instead of {what}", what),
            SessionEnd::Silent => say!("{what} does not come in time", what),
            SessionEnd::TooLong => say!("{what} has no end", what),
            SessionEnd::NotSmtp => say!("{what} is not SMTP", what),
            SessionEnd::Tls { detail, .. } => {
                say!("the TLS handshake fails: {detail}", detail = told(detail))
            }
            SessionEnd::HeloOnly => say!("EHLO is refused, HELO accepted"),
            SessionEnd::NotOffered => say!("STARTTLS is not offered"),
            SessionEnd::Complete => say!("the session is complete"),
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
            _ if more > 0 => Some(say!("{names} and {more} more", names = shown.join(", "), more)),
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
    let day = day(leaf.not_after);
    (0..soon).contains(&left).then(|| match days {
        0 => say!("the certificate ends in less than a day, on {day}", day),
        1 => say!("the certificate ends in a day, on {day}", day),
        _ => say!("the certificate ends in {days} days, on {day}", days = &days, day),
    })
}

/// The faults of a certificate that come to `result`, in words. Every fault is said under the first that counts, so that
/// mending one does not uncover the next.
pub(crate) fn certificate_hits(tls: &TlsSeen, host: &str, result: SmtpResult) -> Vec<String> {
    if tls.result() == Some(result) { vec![joined(tls.faults_in_words(host))] } else { Vec::new() }
}

fn fault_in_words(fault: &CertificateFault, leaf: Option<&Certificate>, host: &str) -> String {
    use CertificateFault as Fault;
    match fault {
        Fault::HostMismatch => match leaf.and_then(Certificate::names_in_words) {
            Some(names) => say!("the certificate names {names}, not `{host}`", names, host),
            None => say!("the certificate has no DNS-ID, so it does not name `{host}`", host),
        },
        Fault::Expired { not_after, subject } => {
            say!("{certificate} ended on {day}", certificate = whose(subject), day = day(*not_after))
        }
        Fault::NotYetValid { not_before, subject } => {
            say!("{certificate} begins only on {day}", certificate = whose(subject), day = day(*not_before))
        }
        Fault::SelfSigned => say!("the certificate is self-signed"),
        Fault::UnknownIssuer => {
            let issuer = leaf.map_or("", |leaf| leaf.issuer.as_str());
            say!(
                "no chain leads from {issuer} to an authority that is trusted",
                issuer = quoted(issuer.as_bytes())
            )
        }
        Fault::MissingIntermediate { issuer, .. } => say!(
            "the server sends its own certificate alone, without that of {issuer}, which issued it",
            issuer = quoted(issuer.as_bytes())
        ),
        Fault::Untrusted { why } => say!("the certificate is not trusted: {why}", why = reason(why)),
    }
}

/// The server's certificate, or one it needs, by its subject.
fn whose(subject: &Option<String>) -> String {
    match subject {
        Some(subject) => {
            say!("the certificate of {subject}, which it needs,", subject = quoted(subject.as_bytes()))
        }
        None => say!("the certificate"),
    }
}

/// Why a certificate is not trusted: a sentence of the host's, which may hold a stranger's name.
fn reason(why: &str) -> String {
    cut_after(&heard::in_words(why), 240).replace('`', "'")
}

/// What a host program or a library says, for a sentence.
pub(crate) fn told(detail: &str) -> String {
    quoted(heard::in_words(detail).as_bytes())
}
