//! Rules over what the probes saw of each mail host (RFC 8461 §4.2, RFC 8460 §4.3.1).

use super::{At, CheckLint, Hit, Level, Lint, Rule, Sample, seen_at, severity};
use crate::causes::{certificate_hits, ends_soon, told, trust_fix};
use crate::evidence::{Certificate, Failure, Nameless, Outcome, Session, SessionEnd, SmtpResult};
use crate::facts::{AddressFacts, Facts};
use crate::say::say;
use crate::words::protocol;

pub(super) const LINTS: &[CheckLint] = &[
    MX_CONNECT_FAILED,
    MX_STARTTLS_MISSING,
    MX_TLS_FAILED,
    MX_CERTIFICATE_NAME,
    MX_CERTIFICATE_EXPIRED,
    MX_CERTIFICATE_EXPIRES,
    MX_CERTIFICATE_UNTRUSTED,
    MX_PLAINTEXT_INJECTED,
    MX_CERTIFICATE_WITHOUT_SNI,
    MX_TLS13_ONLY,
];

/// A hit for each host with addresses that come to `result`; addresses with the same fault share it.
/// Where another address of the host passes, senders get through and the level is lower.
fn per_host(
    facts: &Facts<'_>,
    result: SmtpResult,
    words: impl Fn(&str, &AddressFacts<'_>) -> Vec<String>,
) -> Vec<Hit> {
    let mut hits = Vec::new();
    for (index, host) in facts.mx.hosts.iter().enumerate() {
        let mut faults: Vec<(String, Vec<String>)> = Vec::new();
        for address in host.addresses.iter().filter(|address| address.result == result) {
            for message in words(host.host.as_str(), address) {
                match faults.iter_mut().find(|(known, _)| *known == message) {
                    Some((_, addresses)) => addresses.push(address.address.to_string()),
                    None => faults.push((message, vec![address.address.to_string()])),
                }
            }
        }
        let passes = host.result() == SmtpResult::Ok;
        let level = if passes { Level::Warning } else { severity(facts, index) };
        hits.extend(
            faults.into_iter().map(|(message, addresses)| {
                Hit::host(index, seen_at(host, &addresses, message)).level(level)
            }),
        );
    }
    hits
}

const MX_CONNECT_FAILED: CheckLint = Lint {
    rule: Rule {
        code: "mx-connect-failed",
        level: Level::Error,
        section: "RFC 5321 §3.1",
        title: "an MX host, or an address of it, does not take part in SMTP",
        why: "Senders cannot hold a session with it and go on to the next host; without another they keep the mail and try again.",
        fix: "Let the mail server answer on port 25 of every address of the host, or remove the address or the MX record.",
        fires_on: Sample::Zoo("mx-refused"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        let hits = per_host(facts, SmtpResult::ConnectFailed, |_, address| {
            vec![match (address.session(), address.outcome) {
                (Some(session), _) => session.ending(),
                (None, Some(Outcome::Failed(Failure::Refused))) => {
                    say!("the connection to port 25 is refused")
                }
                (None, Some(Outcome::Failed(Failure::NoRoute { .. }))) => {
                    say!("the address cannot be reached")
                }
                _ => say!("the connection to port 25 is not answered"),
            }]
        });
        let turned_away = |session: &Session| matches!(session.end, SessionEnd::Refused { .. });
        fixed_where(facts, hits, turned_away, || {
            say!(
                "Look in the server's log for why it turned this client away, such as a list of addresses, greylisting or load: senders that it lets in are not concerned. `--ehlo-name` with a name that leads back to the prober may help."
            )
        })
    },
};

/// The hits, each with a better fix where `fix` has one for the addresses of its host.
fn with_fix(
    facts: &Facts<'_>,
    hits: Vec<Hit>,
    fix: impl Fn(&[AddressFacts<'_>]) -> Option<String>,
) -> Vec<Hit> {
    let addresses = |hit: &Hit| match hit.at {
        Some(At::Host(index)) => facts.mx.hosts.get(index).map(|host| host.addresses.as_slice()),
        _ => None,
    };
    let better = |hit: Hit| {
        let fix = addresses(&hit).and_then(&fix);
        hit.fix_if(fix)
    };
    hits.into_iter().map(better).collect()
}

/// The same with one fix, where all sessions with the host that did not go through were `such`.
fn fixed_where(
    facts: &Facts<'_>,
    hits: Vec<Hit>,
    such: impl Fn(&Session) -> bool,
    fix: fn() -> String,
) -> Vec<Hit> {
    with_fix(facts, hits, |addresses| {
        let sessions = addresses.iter().filter_map(AddressFacts::session);
        let mut failed = sessions.filter(|session| session.end != SessionEnd::Complete).peekable();
        (failed.peek().is_some() && failed.all(&such)).then(fix)
    })
}

const MX_STARTTLS_MISSING: CheckLint = Lint {
    rule: Rule {
        code: "mx-starttls-missing",
        level: Level::Error,
        section: "RFC 8460 §4.3.1",
        title: "an MX host does not offer STARTTLS",
        why: "Without STARTTLS there is no TLS. Under an enforced policy senders do not deliver there; they report `starttls-not-supported`.",
        fix: "Switch on STARTTLS on the mail server, and check whether a firewall or filter in front of it takes it away.",
        fires_on: Sample::Zoo("no-starttls"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        per_host(facts, SmtpResult::StarttlsNotSupported, |_, address| {
            address.session().map(Session::ending).into_iter().collect()
        })
    },
};

const MX_TLS_FAILED: CheckLint = Lint {
    rule: Rule {
        code: "mx-tls-failed",
        level: Level::Error,
        section: "RFC 8460 §4.3.1",
        title: "TLS with an MX host fails",
        why: "STARTTLS is offered and TLS does not come about. Under an enforced policy senders do not deliver there; they report `validation-failure`.",
        fix: "Let the mail server speak TLS 1.2 or 1.3 with a modern cipher suite, and answer EHLO behind it.",
        fires_on: Sample::Zoo("tls10-only"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        let hits = per_host(facts, SmtpResult::ValidationFailure, |_, address| {
            let told = address.session().map(|session| match (&address.closer.old, &session.end) {
                (Some(old), _) if old.is_too_old() => {
                    say!(
                        "the server speaks {version} at most; senders need TLS 1.2 or 1.3",
                        version = protocol(&old.version)
                    )
                }
                (_, SessionEnd::Tls { old_version: true, .. }) => {
                    say!("the server speaks neither TLS 1.2 nor 1.3; older versions do not count")
                }
                (Some(old), _) => say!(
                    "{ending}; to a client of old versions it answers with {version} and {cipher}",
                    ending = session.ending(),
                    version = protocol(&old.version),
                    cipher = &old.cipher
                ),
                _ => session.ending(),
            });
            told.into_iter().collect()
        });
        let shaken_hands = |session: &Session| session.tls.is_some();
        fixed_where(facts, hits, shaken_hands, || {
            say!(
                "The handshake succeeds: look in the server's log for why it does not go on behind it, and let it answer EHLO over TLS."
            )
        })
    },
};

/// The hits for certificates that come to `result`.
fn certificates(facts: &Facts<'_>, result: SmtpResult) -> Vec<Hit> {
    per_host(facts, result, |host, address| {
        let tls = address.tls();
        tls.map(|tls| certificate_hits(tls, host, result)).unwrap_or_default()
    })
}

/// The hits, each with what to do about it where every address of its host needs the same.
fn fixed(facts: &Facts<'_>, hits: Vec<Hit>) -> Vec<Hit> {
    with_fix(facts, hits, |addresses| {
        let mut fixes = addresses.iter().filter_map(AddressFacts::tls).map(trust_fix);
        let first = fixes.next()?;
        if fixes.all(|fix| fix == first) { first } else { None }
    })
}

const MX_CERTIFICATE_NAME: CheckLint = Lint {
    rule: Rule {
        code: "mx-certificate-name",
        level: Level::Error,
        section: "RFC 8461 §4.2",
        title: "an MX host's certificate is for another name",
        why: "The certificate must name the host as the MX record does, as a DNS-ID; the common name does not count. Under an enforced policy senders do not deliver there; they report `certificate-host-mismatch`.",
        fix: "Get a certificate for the MX host's name and let the server show it, or name in the MX record and the policy a host that the certificate names.",
        fires_on: Sample::Zoo("mx-wrong-name"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| certificates(facts, SmtpResult::CertificateHostMismatch),
};

const MX_CERTIFICATE_EXPIRED: CheckLint = Lint {
    rule: Rule {
        code: "mx-certificate-expired",
        level: Level::Error,
        section: "RFC 8461 §4.2",
        title: "an MX host's certificate has expired",
        why: "Under an enforced policy senders do not deliver to a host whose certificate has expired; they report `certificate-expired`.",
        fix: "Renew the certificate, and let the mail server load the new one.",
        fires_on: Sample::Zoo("mx-expired-cert"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| fixed(facts, certificates(facts, SmtpResult::CertificateExpired)),
};

const MX_CERTIFICATE_EXPIRES: CheckLint = Lint {
    rule: Rule {
        code: "mx-certificate-expires",
        level: Level::Warning,
        section: "RFC 8461 §4.2",
        title: "an MX host's certificate ends soon",
        why: "Whatever should have renewed it by now has not, or the mail server has not loaded the new one. From that day on senders that enforce the policy do not deliver there.",
        fix: "Renew the certificate, let the mail server load it, and find out why that did not happen by itself.",
        fires_on: Sample::Zoo("mx-cert-expires-soon"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        per_host(facts, SmtpResult::Ok, |_, address| {
            let tls = address.tls();
            tls.and_then(|tls| ends_soon(tls, facts.now)).into_iter().collect()
        })
    },
};

const MX_CERTIFICATE_UNTRUSTED: CheckLint = Lint {
    rule: Rule {
        code: "mx-certificate-untrusted",
        level: Level::Error,
        section: "RFC 8461 §4.2",
        title: "an MX host's certificate is not trusted",
        why: "The certificate must lead to a certification authority that senders trust. Under an enforced policy senders do not deliver otherwise; they report `certificate-not-trusted`.",
        fix: "Use a certificate of a public authority, and send its intermediate certificates too.",
        fires_on: Sample::Zoo("mx-self-signed"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| fixed(facts, certificates(facts, SmtpResult::CertificateNotTrusted)),
};

const MX_PLAINTEXT_INJECTED: CheckLint = Lint {
    rule: Rule {
        code: "mx-plaintext-injected",
        level: Level::Warning,
        section: "RFC 3207 §4.2",
        title: "plaintext stands between STARTTLS and the handshake",
        why: "Somebody sent bytes in the clear behind the server's go-ahead, as an attacker in the network would to have them taken for an answer over TLS. They were thrown away; some senders break off.",
        fix: "Look for what sends it: a filter in front of the server, or a server that answers before it should.",
        fires_on: Sample::Zoo("mx-injects-plaintext"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        let mut hits = Vec::new();
        for (index, host) in facts.mx.hosts.iter().enumerate() {
            for address in &host.addresses {
                if address.session().is_some_and(|session| session.injected) {
                    let message = say!(
                        "`{host}` ({address}) sends plaintext behind the go-ahead",
                        host = &host.host,
                        address = &address.address
                    );
                    hits.push(Hit::host(index, message));
                }
            }
        }
        hits
    },
};

/// A hit for each host, of what `words` says of its addresses; those of which it says the same share it.
fn each_host(facts: &Facts<'_>, words: impl Fn(&AddressFacts<'_>) -> Option<(Level, String)>) -> Vec<Hit> {
    let mut hits = Vec::new();
    for (index, host) in facts.mx.hosts.iter().enumerate() {
        let mut told: Vec<(Level, String, Vec<String>)> = Vec::new();
        for address in &host.addresses {
            let Some((level, said)) = words(address) else { continue };
            let shown = address.address.to_string();
            match told.iter_mut().find(|(_, known, _)| *known == said) {
                Some((_, _, addresses)) => addresses.push(shown),
                None => told.push((level, said, vec![shown])),
            }
        }
        hits.extend(
            told.into_iter().map(|(level, said, addresses)| {
                Hit::host(index, seen_at(host, &addresses, said)).level(level)
            }),
        );
    }
    hits
}

const MX_CERTIFICATE_WITHOUT_SNI: CheckLint = Lint {
    rule: Rule {
        code: "mx-certificate-without-sni",
        level: Level::Warning,
        section: "RFC 8461 §7.1",
        title: "an MX host shows clients without SNI something else",
        why: "Senders that honour MTA-STS send the host's name as SNI, so they are not affected. Older senders and some monitors send none, and are shown what the server has for nobody in particular.",
        fix: "Make the certificate of the MX host the server's default.",
        fires_on: Sample::Zoo("mx-other-cert-without-sni"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        each_host(facts, |address| match address.closer.without_sni.as_ref()? {
            Nameless::Same => None,
            Nameless::Other { tls } => {
                let names = tls.chain.first().and_then(Certificate::names_in_words);
                let names = names.unwrap_or_else(|| say!("without a DNS-ID"));
                // Two certificates that are both good are a matter of taste, or of a renewal under way.
                let level = if tls.faults.is_empty() { Level::Note } else { Level::Warning };
                Some((level, say!("without SNI it shows another certificate: {names}", names)))
            }
            Nameless::Fails { detail } => Some((
                Level::Warning,
                say!("without SNI the handshake fails: {detail}", detail = told(detail)),
            )),
        })
    },
};

const MX_TLS13_ONLY: CheckLint = Lint {
    rule: Rule {
        code: "mx-tls13-only",
        level: Level::Note,
        section: "RFC 9325 §3.1.1",
        title: "an MX host takes TLS 1.3 alone",
        why: "TLS 1.2 is still what a part of all senders has (RFC 9325 asks servers to support it). Under an enforced policy those cannot deliver.",
        fix: "Let the mail server take TLS 1.2 beside 1.3.",
        fires_on: Sample::Zoo("tls13-only"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        each_host(facts, |address| {
            let refused = address.closer.tls12 == Some(false);
            refused.then(|| (Level::Note, say!("it takes TLS 1.3, and not TLS 1.2")))
        })
    },
};
