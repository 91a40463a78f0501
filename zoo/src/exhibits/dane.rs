//! Domains with DNSSEC and TLSA records. What they come to by DANE changes nothing of their results.

use super::{ENFORCE_TWO, Exhibit, Expect, MailHost, at, fine, good, host, policy};
use crate::dane::{Dane, Of, Tlsa};
use crate::dns::MxSet;
use crate::mail::{Does, Mail, Step};
use crate::pki::Cert;

const KEY: &[Tlsa] = &[Tlsa(3, 1, 1, Of::Server)];
const OTHER_KEY: &[Tlsa] = &[Tlsa(3, 1, 1, Of::Other)];
const ISSUER: &[Tlsa] = &[Tlsa(2, 0, 1, Of::Issuer)];

/// A domain that is as good as `good` but for DANE, which comes to `delivery` and, for its host, to `state`.
fn with_dane(
    name: &'static str,
    sentence: &'static str,
    dane: Dane,
    delivery: &'static str,
    state: &'static [&'static str],
) -> Exhibit {
    let expect = Expect { dane: Some((delivery, state)), ..fine() };
    Exhibit { dane, expect, ..good(name, sentence) }
}

/// A host that does not offer STARTTLS.
fn without_starttls(name: &'static str, sentence: &'static str, dane: Dane) -> Exhibit {
    Exhibit {
        dane,
        hosts: vec![at("mx1", &[Mail::At(Step::Ehlo, Does::Says(b"250 {h}\r\n"))])],
        expect: Expect {
            delivery: "refuse",
            hosts: fails!("starttls-not-supported"),
            errors: &["dane-failed", "mx-starttls-missing"],
            dane: Some(("refuse", &["failed"])),
            ..fine()
        },
        ..good(name, sentence)
    }
}

fn failing(mut exhibit: Exhibit, errors: &'static [&'static str]) -> Exhibit {
    exhibit.expect.errors = errors;
    exhibit
}

fn warned(mut exhibit: Exhibit, warnings: &'static [&'static str]) -> Exhibit {
    exhibit.expect.warnings = warnings;
    exhibit
}

pub(super) fn all() -> Vec<Exhibit> {
    let mut all = vec![
        with_dane(
            "dane-good",
            "The domain is signed, and the TLSA record of the MX host is of its key.",
            Dane::Signed(KEY),
            "deliver",
            &["ok"],
        ),
        with_dane(
            "dane-every-form",
            "The TLSA records are of the certificate and the key, whole and as SHA-256 and SHA-512; one matches.",
            Dane::Signed(&[
                Tlsa(3, 0, 0, Of::Other),
                Tlsa(3, 0, 2, Of::Server),
                Tlsa(3, 1, 2, Of::Other),
                Tlsa(2, 1, 1, Of::Other),
            ]),
            "deliver",
            &["ok"],
        ),
        with_dane(
            "dane-whole-key",
            "The TLSA record holds the public key of the MX host, whole.",
            Dane::Signed(&[Tlsa(3, 1, 0, Of::Server)]),
            "deliver",
            &["ok"],
        ),
        with_dane(
            "dane-issuer",
            "The TLSA record is of the authority that issued the certificate.",
            Dane::Signed(ISSUER),
            "deliver",
            &["ok"],
        ),
        failing(
            with_dane(
                "dane-mismatch",
                "The TLSA record is of another key: senders that know DANE do not deliver, whatever MTA-STS says.",
                Dane::Signed(OTHER_KEY),
                "refuse",
                &["failed"],
            ),
            &["dane-failed"],
        ),
        failing(
            with_dane(
                "dane-bogus",
                "The validation of the TLSA records fails: senders that know DANE do not deliver.",
                Dane::Bogus(KEY),
                "refuse",
                &["dns-error"],
            ),
            &["dane-dns-error"],
        ),
        warned(
            with_dane(
                "dane-unusable",
                "The TLSA record is of a usage that does not count for SMTP.",
                Dane::Signed(&[Tlsa(1, 0, 1, Of::Server)]),
                "sts",
                &["unusable"],
            ),
            &["dane-unusable"],
        ),
        with_dane(
            "dane-domain-unsigned",
            "The MX host has TLSA records, and the domain is not signed: senders go by MTA-STS.",
            Dane::HostsSigned(KEY),
            "sts",
            &["ok"],
        ),
        with_dane(
            "dnssec-without-dane",
            "The domain is signed, and the MX host has no TLSA record.",
            Dane::Signed(&[]),
            "sts",
            &["none"],
        ),
    ];
    all.extend(beside_mta_sts());
    all
}

/// DANE and MTA-STS come to different things.
fn beside_mta_sts() -> Vec<Exhibit> {
    let two = |sentence: &'static str, name: &'static str| Exhibit {
        web: policy(ENFORCE_TWO),
        mx: MxSet::Hosts(vec![(10, "mx1"), (20, "mx2")]),
        hosts: vec![at("mx1", &[Mail::Serves(Cert::Good)]), at("mx2", &[Mail::Serves(Cert::Good)])],
        ..good(name, sentence)
    };
    vec![
        Exhibit {
            dane: Dane::Signed(KEY),
            hosts: vec![at("mx1", &[Mail::Serves(Cert::Expired)])],
            expect: Expect {
                delivery: "refuse",
                hosts: vec![host("mx1", Some(true), "certificate-expired", Some("certificate-expired"))],
                errors: &["mx-certificate-expired"],
                dane: Some(("deliver", &["ok"])),
                ..fine()
            },
            ..good(
                "dane-expired-cert",
                "The certificate has expired, which DANE-EE does not ask and MTA-STS does.",
            )
        },
        Exhibit {
            dane: Dane::Signed(ISSUER),
            hosts: vec![at("mx1", &[Mail::Serves(Cert::OtherName)])],
            expect: Expect {
                delivery: "refuse",
                hosts: vec![host(
                    "mx1",
                    Some(true),
                    "certificate-host-mismatch",
                    Some("certificate-host-mismatch"),
                )],
                errors: &["dane-failed", "mx-certificate-name"],
                dane: Some(("refuse", &["failed"])),
                ..fine()
            },
            ..good(
                "dane-issuer-other-name",
                "Under DANE-TA the certificate must name the host, and it names another.",
            )
        },
        without_starttls(
            "dane-no-starttls",
            "There is a TLSA record, and the MX host does not offer STARTTLS.",
            Dane::Signed(KEY),
        ),
        warned(
            without_starttls(
                "dane-unusable-no-starttls",
                "No TLSA record can be used, which makes TLS a must all the same, and the MX host does not offer STARTTLS.",
                Dane::Signed(&[Tlsa(1, 0, 1, Of::Server)]),
            ),
            &["dane-unusable"],
        ),
        Exhibit {
            dane: Dane::SignedAlias,
            web: policy("version: STSv1\nmode: enforce\nmx: mx.{d}\nmax_age: 604800\n"),
            mx: MxSet::Hosts(vec![(10, "mx")]),
            hosts: vec![
                MailHost { name: "mx", addresses: Vec::new(), alias: Some("mx1") },
                at("mx1", &[Mail::Serves(Cert::Wildcard)]),
            ],
            expect: Expect {
                hosts: vec![host("mx", Some(true), "ok", Some("ok"))],
                errors: &["dane-failed"],
                warnings: &["mx-alias"],
                dane: Some(("refuse", &["failed"])),
                ..fine()
            },
            ..good(
                "dane-signed-alias",
                "The MX host is an alias that leads to an unsigned name; its own TLSA record counts, and does not match.",
            )
        },
        Exhibit {
            dane: Dane::FirstHost(OTHER_KEY),
            expect: Expect {
                hosts: vec![
                    host("mx1", Some(true), "ok", Some("ok")),
                    host("mx2", Some(true), "ok", Some("ok")),
                ],
                errors: &["dane-failed"],
                dane: Some(("sts", &["failed", "none"])),
                ..fine()
            },
            ..two("One host does not match its TLSA record, and the other has none.", "dane-one-of-two")
        },
    ]
}
