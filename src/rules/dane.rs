//! Rules over TLSA records and what the mail hosts show (RFC 7672). What they find stands beside MTA-STS and changes nothing
//! of its results.

use super::{CheckLint, Hit, Level, Lint, Rule, Sample};
use crate::causes::dns_error;
use crate::dns::Tlsa;
use crate::facts::{DaneLookup, DaneResult, DaneState, Facts, HostFacts};
use crate::say::say;

pub(super) const LINTS: &[CheckLint] = &[DANE_FAILED, DANE_DNS_ERROR, DANE_UNUSABLE, DANE_NOT_AUTHENTICATED];

fn hosts<'f, 'e>(facts: &'f Facts<'e>) -> impl Iterator<Item = (usize, &'f HostFacts<'e>)> {
    facts.mx.hosts.iter().enumerate()
}

/// Without authenticated MX records a host's TLSA records bind few senders.
fn severity(facts: &Facts<'_>) -> Level {
    if facts.mx.secure { Level::Error } else { Level::Warning }
}

const DANE_FAILED: CheckLint = Lint {
    rule: Rule {
        code: "dane-failed",
        level: Level::Error,
        section: "RFC 7672 §2.2",
        title: "an MX host does not match its TLSA records",
        why: "Senders that know DANE deliver to a host with TLSA records only where its certificate matches one of them, whatever MTA-STS says (RFC 8461 §2) and whatever its mode is. Without authenticated MX records few senders ask; Postfix does (smtp_tls_dane_insecure_mx_policy).",
        fix: "Publish TLSA records of the certificate or key the server shows, and remove the others only afterwards; at a change of keys publish those of the new one before the server shows it (RFC 7671 §8.1).",
        fires_on: Sample::Zoo("dane-mismatch"),
        quiet_on: Sample::Zoo("dane-good"),
    },
    find: |facts| {
        let mut hits = Vec::new();
        for (index, host) in hosts(facts).filter(|(_, host)| host.dane.lookup == DaneLookup::Found) {
            for address in &host.addresses {
                let result = host.dane_of(facts.domain, address);
                let DaneResult { state: DaneState::Failed, report: Some(report) } = result else { continue };
                let what = match report {
                    "starttls-not-supported" => say!("has TLSA records and does not offer STARTTLS"),
                    "certificate-host-mismatch" => {
                        say!("shows a certificate for another name than DANE-TA asks for")
                    }
                    "certificate-expired" => say!("shows a chain that has expired, which counts for DANE-TA"),
                    "certificate-not-trusted" => {
                        say!(
                            "shows a certificate that does not verify with the authority its TLSA records name"
                        )
                    }
                    "tlsa-invalid" => say!("shows no certificate that matches one of its TLSA records"),
                    _ => say!("has TLSA records, and TLS with it fails"),
                };
                let fix = match (report, address.tls()) {
                    ("starttls-not-supported", _) => {
                        Some(say!("Switch on STARTTLS on the mail server, or remove its TLSA records."))
                    }
                    ("tlsa-invalid", Some(tls)) => {
                        let record = tls.chain.first().and_then(Tlsa::of_key);
                        record.map(|record| {
                            let base = host.dane.base.as_deref().unwrap_or(host.host.as_str());
                            say!("If that is the certificate it should show, publish `{record}` at `_25._tcp.{base}`, and remove the others afterwards; at a change of keys publish the record of the new one before the server shows it (RFC 7671 §8.1).", record = &record, base)
                        })
                    }
                    _ => None,
                };
                let message =
                    say!("`{host}` ({address}) {what}", host = &host.host, address = &address.address, what);
                hits.push(Hit::host(index, message).fix_if(fix).level(severity(facts)));
            }
        }
        hits
    },
};

const DANE_DNS_ERROR: CheckLint = Lint {
    rule: Rule {
        code: "dane-dns-error",
        level: Level::Error,
        section: "RFC 7672 §2.1.2",
        title: "the TLSA records of an MX host cannot be looked up",
        why: "A sender that knows DANE cannot tell this from an attack and does not deliver to the host; it reports `dnssec-invalid`.",
        fix: "Repair the DNS of the host's zone: its signatures, and name servers that do not answer for `_tcp` names or for types they do not know.",
        fires_on: Sample::Zoo("dane-bogus"),
        quiet_on: Sample::Zoo("dane-good"),
    },
    find: |facts| {
        let failing = hosts(facts).filter_map(|(index, host)| Some((index, host, host.dane.error.as_ref()?)));
        let hits = failing.map(|(index, host, error)| {
            let base = host.dane.base.as_deref().unwrap_or_default();
            Hit::host(index, dns_error(&format!("_25._tcp.{base}"), error)).level(severity(facts))
        });
        hits.collect()
    },
};

const DANE_UNUSABLE: CheckLint = Lint {
    rule: Rule {
        code: "dane-unusable",
        level: Level::Warning,
        section: "RFC 7672 §3.1.3",
        title: "a TLSA record is of no use to senders",
        why: "For SMTP only the usages 2 (DANE-TA) and 3 (DANE-EE) count, with selector 0 or 1 and matching type 0, 1 or 2, and as many octets as the digest has. Senders pass over other records; where there are no others they ask for TLS and authenticate nothing.",
        fix: "Publish `3 1 1` and the SHA-256 of the server's public key.",
        fires_on: Sample::Zoo("dane-unusable"),
        quiet_on: Sample::Zoo("dane-good"),
    },
    find: |facts| {
        let mut hits = Vec::new();
        for (index, host) in hosts(facts) {
            let unusable = host.dane.records.iter().filter(|record| !record.is_usable());
            hits.extend(unusable.map(|record| {
                let Tlsa { usage, selector, matching, data } = record;
                let why = match (usage, selector, matching) {
                    (0 | 1, ..) => say!("that usage does not count for SMTP"),
                    (4.., ..) => say!("there is no such usage"),
                    (_, 2.., _) => say!("there is no such selector"),
                    (_, _, 3..) => say!("there is no such matching type"),
                    _ => say!("{count} octets are not what that matching type has", count = data.len()),
                };
                let record = format!("{usage} {selector} {matching}");
                let host = &host.host;
                Hit::host(index, say!("`{host}` has a TLSA record `{record} …`: {why}", host, record, why))
            }));
        }
        hits
    },
};

const DANE_NOT_AUTHENTICATED: CheckLint = Lint {
    rule: Rule {
        code: "dane-not-authenticated",
        level: Level::Note,
        section: "RFC 7672 §2.2.1",
        title: "TLSA records do not count without DNSSEC",
        why: "TLSA records count where the resolver validated them, the host's addresses and the MX records that name the host. Without that senders go by MTA-STS. Seen here is what the resolver in use says (AD); one that does not validate says it of nothing.",
        fix: "Sign the zone of the domain with DNSSEC, or ask through a resolver that validates.",
        fires_on: Sample::Zoo("dane-domain-unsigned"),
        quiet_on: Sample::Zoo("dane-good"),
    },
    find: |facts| {
        let mut hits = Vec::new();
        for (index, host) in hosts(facts).filter(|(_, host)| !host.dane.records.is_empty()) {
            let name = &host.host;
            let message = match host.dane.lookup {
                DaneLookup::Unauthenticated => {
                    say!(
                        "`{host}` has TLSA records, and the resolver does not authenticate them",
                        host = name
                    )
                }
                _ if !facts.mx.secure => say!(
                    "`{host}` has TLSA records, and the resolver does not authenticate the MX records that name it",
                    host = name
                ),
                _ => continue,
            };
            hits.push(Hit::host(index, message));
        }
        hits
    },
};
