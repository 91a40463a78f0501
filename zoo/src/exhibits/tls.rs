//! Mail hosts whose handshake or certificate is not what it should be.

use super::{Exhibit, at, good, host, with_mail};
use crate::mail::{Handshake, Mail};
use crate::pki::Cert;

/// A mail host whose handshake fails.
fn no_tls(name: &'static str, sentence: &'static str, handshake: Handshake) -> Exhibit {
    with_mail(name, sentence, Mail::Tls(handshake), fails!("validation-failure"), &["mx-tls-failed"])
}

/// A mail host that is fine.
fn fine(name: &'static str, sentence: &'static str, mail: Mail) -> Exhibit {
    Exhibit { hosts: vec![at("mx1", &[mail])], ..good(name, sentence) }
}

/// A mail host whose certificate is for other names.
fn misnamed(name: &'static str, sentence: &'static str, cert: Cert) -> Exhibit {
    let hosts = fails!("certificate-host-mismatch");
    with_mail(name, sentence, Mail::Serves(cert), hosts, &["mx-certificate-name"])
}

/// A mail host whose certificate is not trusted.
fn untrusted(name: &'static str, sentence: &'static str, cert: Cert) -> Exhibit {
    let hosts = fails!("certificate-not-trusted");
    with_mail(name, sentence, Mail::Serves(cert), hosts, &["mx-certificate-untrusted"])
}

pub(super) fn all() -> Vec<Exhibit> {
    [handshakes(), certificates()].concat()
}

fn handshakes() -> Vec<Exhibit> {
    vec![
        fine("tls12-only", "The MX host speaks TLS 1.2 and nothing newer.", Mail::Tls(Handshake::Tls12)),
        fine("tls13-only", "The MX host speaks TLS 1.3 and nothing older.", Mail::Tls(Handshake::Tls13)),
        no_tls("tls11-only", "The MX host speaks TLS 1.1 and nothing newer.", Handshake::Tls11),
        no_tls(
            "mx-breaks-off-handshake",
            "The MX host closes the connection in the middle of its first message of the handshake.",
            Handshake::BreaksOff,
        ),
        no_tls(
            "mx-stalls-in-handshake",
            "The MX host's first message of the handshake never ends.",
            Handshake::Stalls,
        ),
        no_tls(
            "mx-smtp-in-handshake",
            "The MX host does not know what it agreed to, and answers the handshake in SMTP.",
            Handshake::AnswersInSmtp,
        ),
        no_tls(
            "mx-garbage-in-handshake",
            "The MX host answers the handshake with garbage that never ends.",
            Handshake::Garbage,
        ),
        fine(
            "mx-asks-client-cert",
            "The MX host asks for the sender's certificate, and goes on without.",
            Mail::Tls(Handshake::AsksForCertificate),
        ),
        no_tls(
            "mx-demands-client-cert",
            "The MX host demands the sender's certificate, over TLS 1.3: the refusal comes behind the handshake.",
            Handshake::DemandsCertificate,
        ),
        no_tls(
            "mx-demands-client-cert-tls12",
            "The MX host demands the sender's certificate, over TLS 1.2.",
            Handshake::DemandsCertificate12,
        ),
        Exhibit {
            hosts: vec![at("mx1", &[Mail::Tls(Handshake::OtherWithoutName)])],
            expect: super::Expect { warnings: &["mx-certificate-without-sni"], ..super::fine() },
            ..good(
                "mx-other-cert-without-sni",
                "The MX host shows a certificate for another name to senders that do not say which host they mean.",
            )
        },
    ]
}

fn certificates() -> Vec<Exhibit> {
    vec![
        fine(
            "mx-wildcard-cert",
            "The MX host's certificate is for a wildcard, which stands for the host's first label.",
            Mail::Serves(Cert::Wildcard),
        ),
        Exhibit {
            web: super::policy("version: STSv1\nmode: enforce\nmx: mx1.eu.{d}\nmax_age: 604800\n"),
            mx: super::MxSet::Hosts(vec![(10, "mx1.eu")]),
            hosts: vec![at("mx1.eu", &[Mail::Serves(Cert::Wildcard)])],
            expect: super::Expect {
                delivery: "refuse",
                hosts: vec![host(
                    "mx1.eu",
                    Some(true),
                    "certificate-host-mismatch",
                    Some("certificate-host-mismatch"),
                )],
                errors: &["mx-certificate-name"],
                ..super::fine()
            },
            ..good(
                "mx-wildcard-cert-two-labels",
                "The wildcard in the certificate stands for one label, the MX host has two.",
            )
        },
        misnamed(
            "mx-address-cert",
            "The MX host's certificate is for an address, and for no name.",
            Cert::AddressOnly,
        ),
        misnamed(
            "mx-odd-names-cert",
            "The names in the MX host's certificate are none: NUL behind the right one, terminal codes, 5,000 characters.",
            Cert::OddNames,
        ),
        misnamed(
            "mx-expired-wrong-name",
            "The MX host's certificate is for another name, and has expired.",
            Cert::ExpiredOtherName,
        ),
        fine(
            "mx-two-thousand-names",
            "The MX host's certificate is for two thousand names.",
            Mail::Serves(Cert::ManyNames),
        ),
        fine(
            "mx-huge-chain",
            "The MX host sends forty certificates, most of which have nothing to do with it.",
            Mail::Serves(Cert::HugeChain),
        ),
        with_mail(
            "mx-expired-intermediate",
            "The intermediate certificate that the MX host sends has expired.",
            Mail::Serves(Cert::ExpiredIntermediate),
            fails!("certificate-expired"),
            &["mx-certificate-expired"],
        ),
        untrusted("mx-client-cert", "The MX host's certificate is for TLS clients.", Cert::ClientOnly),
        untrusted("mx-rsa-1024", "The MX host's key is of RSA with 1024 bits.", Cert::Rsa1024),
        untrusted("mx-sha1", "The MX host's certificate is signed with SHA-1.", Cert::Sha1),
    ]
}
