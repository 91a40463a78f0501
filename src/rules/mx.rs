//! Rules over the MX hosts: which there are, and whether the policy admits them (RFC 8461 §4.1).

use super::{CheckLint, Hit, Level, Lint, Rule, Sample, enforced, seen_at, severity};
use crate::causes::{companion_fix, dns_error, dns_fix, unobserved};
use crate::evidence::{Failure, Outcome, SmtpResult};
use crate::facts::{AddressLookup, Facts, HostFacts, MAX_ADDRESSES, MAX_CONNECTIONS, MAX_HOSTS, MxLookup};
use crate::heard;
use crate::name::MxPattern;
use crate::policy::Mode;
use crate::say::say;
use crate::words::quoted;

pub(super) const LINTS: &[CheckLint] = &[
    MX_NULL,
    MX_NULL_BESIDE_OTHERS,
    MX_NONE,
    MX_DNS_ERROR,
    MX_ALIAS,
    MX_IS_ADDRESS,
    MX_NO_ADDRESS,
    MX_ADDRESS_DNS_ERROR,
    MX_NOT_MATCHED,
    MX_ADDRESS_NOT_PUBLIC,
    MX_NOT_OBSERVED,
    MX_SKIPPED,
];

fn hosts<'f, 'e>(facts: &'f Facts<'e>) -> impl Iterator<Item = (usize, &'f HostFacts<'e>)> {
    facts.mx.hosts.iter().enumerate()
}

const MX_NULL: CheckLint = Lint {
    rule: Rule {
        code: "mx-null",
        level: Level::Note,
        section: "RFC 7505 §3",
        title: "the domain accepts no mail",
        why: "A null MX says so. Senders return mail to the domain at once, with or without MTA-STS.",
        fix: "Nothing needs to be done if the domain is to receive no mail.",
        fires_on: Sample::Zoo("null-mx"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        let hit = || Hit::new(say!("`{domain}` has a null MX", domain = facts.domain));
        (facts.mx.lookup == MxLookup::Null).then(hit).into_iter().collect()
    },
};

const MX_NULL_BESIDE_OTHERS: CheckLint = Lint {
    rule: Rule {
        code: "mx-null-beside-others",
        level: Level::Warning,
        section: "RFC 7505 §3",
        title: "a null MX stands beside other MX records",
        why: "A null MX must be the only one. Beside others it is a host without a name: some senders ignore it, others return the mail.",
        fix: "Remove the record with the dot, or the others.",
        fires_on: Sample::Zoo("null-mx-beside-others"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        let hit =
            || Hit::new(say!("one of the MX records of `{domain}` names no host", domain = facts.domain));
        facts.mx.null_beside_others.then(hit).into_iter().collect()
    },
};

const MX_NONE: CheckLint = Lint {
    rule: Rule {
        code: "mx-none",
        level: Level::Error,
        section: "RFC 5321 §5.1",
        title: "the domain has no mail host",
        why: "There is neither an MX record nor an address. No sender can deliver.",
        fix: "Publish an MX record, or a null MX if the domain is to receive no mail.",
        fires_on: Sample::Zoo("no-mail-host"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        let hit = || {
            let domain = facts.domain;
            if facts.mx.no_domain {
                Hit::new(say!("`{domain}` does not exist", domain)).fix(say!(
                    "Check whether the name is spelt right; if it is, register it, and publish an MX record."
                ))
            } else {
                Hit::new(say!("`{domain}` has neither an MX record nor an address", domain))
            }
        };
        (facts.mx.lookup == MxLookup::None).then(hit).into_iter().collect()
    },
};

const MX_DNS_ERROR: CheckLint = Lint {
    rule: Rule {
        code: "mx-dns-error",
        level: Level::Error,
        section: "RFC 5321 §5.1",
        title: "the mail hosts cannot be looked up",
        why: "Senders that get no answer keep the mail and try again, until they give up and return it.",
        fix: "Repair the DNS of the domain; where DNSSEC fails, its signatures.",
        fires_on: Sample::Zoo("mx-servfail"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        let hit = |error| Hit::new(dns_error(facts.domain.as_str(), error)).fix_if(dns_fix(error));
        facts.mx.error.iter().map(hit).collect()
    },
};

const MX_ALIAS: CheckLint = Lint {
    rule: Rule {
        code: "mx-alias",
        level: Level::Warning,
        section: "RFC 5321 §5.1",
        title: "an MX host is an alias",
        why: "An MX record must name a host with an address of its own. Most senders follow the alias and keep the name of the MX record for the policy and the certificate; some use the target's name, or return the mail.",
        fix: "Name the target in the MX record and in the policy.",
        fires_on: Sample::Zoo("mx-alias"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        let aliases = hosts(facts).filter_map(|(index, host)| Some((index, host, host.alias.as_ref()?)));
        aliases
            .map(|(index, host, target)| {
                Hit::host(
                    index,
                    say!(
                        "`{host}` is an alias for {target}",
                        host = &host.host,
                        target = quoted(target.as_bytes())
                    ),
                )
            })
            .collect()
    },
};

const MX_IS_ADDRESS: CheckLint = Lint {
    rule: Rule {
        code: "mx-is-address",
        level: Level::Error,
        section: "RFC 1035 §3.3.9",
        title: "an MX record names an address instead of a host",
        why: "An MX record holds a host name. Digits and dots are read as a name that does not exist, so no sender can deliver there.",
        fix: "Give the address a host name, and name that host in the MX record.",
        fires_on: Sample::Zoo("mx-is-address"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        let addresses = hosts(facts).filter(|(_, host)| host.host.as_address().is_some());
        let level = if enforced(facts).is_some() { Level::Error } else { Level::Warning };
        addresses
            .map(|(index, host)| {
                Hit::host(index, say!("the MX record says `{host}`", host = &host.host)).level(level)
            })
            .collect()
    },
};

const MX_NO_ADDRESS: CheckLint = Lint {
    rule: Rule {
        code: "mx-no-address",
        level: Level::Error,
        section: "RFC 5321 §5.1",
        title: "an MX host has no address",
        why: "Senders cannot connect to it and go on to the next host.",
        fix: "Publish an address for the host, or remove its MX record.",
        fires_on: Sample::Zoo("mx-no-address"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        // An address instead of a name has a finding of its own.
        let without = hosts(facts)
            .filter(|(_, host)| host.lookup == AddressLookup::None && host.host.as_address().is_none());
        without
            .map(|(index, host)| {
                Hit::host(index, say!("`{host}` has no address", host = &host.host))
                    .level(severity(facts, index))
            })
            .collect()
    },
};

const MX_ADDRESS_DNS_ERROR: CheckLint = Lint {
    rule: Rule {
        code: "mx-address-dns-error",
        level: Level::Error,
        section: "RFC 5321 §5.1",
        title: "the addresses of an MX host cannot be looked up",
        why: "Senders that cannot find out the address go on to the next host; without another they keep the mail and try again.",
        fix: "Repair the DNS of the host's name; where DNSSEC fails, its signatures.",
        fires_on: Sample::Zoo("mx-address-servfail"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        let failing = hosts(facts).filter_map(|(index, host)| Some((index, host, host.error.as_ref()?)));
        failing
            .map(|(index, host, error)| {
                // Addresses of the other family may be there, and senders use those.
                let level = if host.addresses.is_empty() { severity(facts, index) } else { Level::Warning };
                let message = dns_error(host.host.as_str(), error);
                Hit::host(index, message).fix_if(dns_fix(error)).level(level)
            })
            .collect()
    },
};

const MX_NOT_MATCHED: CheckLint = Lint {
    rule: Rule {
        code: "mx-not-matched",
        level: Level::Error,
        section: "RFC 8461 §4.1",
        title: "the policy does not list an MX host",
        why: "A sender that honours the policy does not deliver to a host that no mx line admits; in mode testing it delivers and reports. Letters count in either case, and `*.` stands for exactly one label.",
        fix: "Add an `mx:` line for the host, and then change the id of the record.",
        fires_on: Sample::Zoo("mx-not-listed"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        let Some(policy) = facts.policy.policy.as_ref().filter(|policy| policy.mode != Mode::None) else {
            return Vec::new();
        };
        let level = if enforced(facts).is_some() { Level::Error } else { Level::Warning };
        let missed = hosts(facts).filter(|(_, host)| !policy.admits(&host.host));
        missed
            .filter(|(_, host)| host.host.as_address().is_none())
            .map(|(index, host)| {
                let name = &host.host;
                let hit = |message| Hit::host(index, message).level(level);
                let message = say!("no mx line admits `{host}`", host = name);
                match policy.mx.iter().find(|pattern| is_one_label_short(pattern, host.host.as_str())) {
                    Some(pattern) => {
                        let parent = host.host.as_str().split_once('.').map_or("", |(_, parent)| parent);
                        hit(say!(
                            "no mx line admits `{host}`: `{pattern}` stands for one label only",
                            host = name,
                            pattern
                        ))
                        .fix(say!(
                            "Add `mx: *.{parent}` or `mx: {host}` to `{url}`, and then change the id in `{record}`.",
                            parent,
                            host = name,
                            url = facts.domain.policy_url(),
                            record = facts.domain.record_name()
                        ))
                    }
                    None if MxPattern::parse(name.as_str().as_bytes()).is_err() => hit(message).fix(say!(
                        "Give the host a name of letters, digits and hyphens: a policy cannot list this one."
                    )),
                    None => hit(message).fix(say!(
                        "Add `mx: {host}` to `{url}`, and then change the id in `{record}`.",
                        host = name,
                        url = facts.domain.policy_url(),
                        record = facts.domain.record_name()
                    )),
                }
            })
            .collect()
    },
};

/// Whether a wildcard would admit the host if it stood for more than one label.
fn is_one_label_short(pattern: &MxPattern, host: &str) -> bool {
    let behind = host.strip_suffix(pattern.name()).and_then(|front| front.strip_suffix('.'));
    pattern.is_wildcard() && behind.is_some_and(|front| front.contains('.'))
}

/// The failure of a probe, where it failed.
fn failure(outcome: Option<&Outcome>) -> Option<&Failure> {
    match outcome {
        Some(Outcome::Failed(failure)) => Some(failure),
        _ => None,
    }
}

const MX_ADDRESS_NOT_PUBLIC: CheckLint = Lint {
    rule: Rule {
        code: "mx-address-not-public",
        level: Level::Warning,
        section: "RFC 5321 §5.1",
        title: "an MX host has an address that is not public",
        why: "Senders on the internet cannot reach a private, loopback or otherwise reserved address. It was not dialled.",
        fix: "Publish the public address of the host.",
        fires_on: Sample::Zoo("mx-private-address"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        let mut hits = Vec::new();
        for (index, host) in hosts(facts) {
            for address in &host.addresses {
                if let Some(Failure::Guarded { address, class }) = failure(address.outcome) {
                    hits.push(Hit::host(
                        index,
                        say!(
                            "`{host}` has the address {address}, which is {class}",
                            host = &host.host,
                            address,
                            class = heard::in_words(class)
                        ),
                    ));
                }
            }
        }
        hits
    },
};

const MX_NOT_OBSERVED: CheckLint = Lint {
    rule: Rule {
        code: "mx-not-observed",
        level: Level::Note,
        section: "RFC 8461 §4.2",
        title: "an MX host could not be looked at from here",
        why: "This says nothing about the host. Browsers cannot speak SMTP, and most home networks and clouds block port 25.",
        fix: "Run `mta-sts check` on a machine that reaches port 25, such as the mail server itself or a small server whose provider opened it.",
        fires_on: Sample::Zoo("mx-times-out"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        let mut hits = Vec::new();
        for (index, host) in hosts(facts) {
            let mut reasons: Vec<(String, Vec<String>, Option<String>)> = Vec::new();
            for address in host.addresses.iter().filter(|address| address.result == SmtpResult::NotObserved) {
                let (reason, fix) = match failure(address.outcome) {
                    Some(Failure::Guarded { .. }) | None => continue,
                    Some(failure) => (unobserved(failure), companion_fix(failure)),
                };
                match reasons.iter_mut().find(|(known, ..)| *known == reason) {
                    Some((_, addresses, _)) => addresses.push(address.address.to_string()),
                    None => reasons.push((reason, vec![address.address.to_string()], fix)),
                }
            }
            hits.extend(reasons.into_iter().map(|(reason, addresses, fix)| {
                let message = seen_at(host, &addresses, reason);
                Hit::host(index, message).fix_if(fix)
            }));
        }
        hits
    },
};

const MX_SKIPPED: CheckLint = Lint {
    rule: Rule {
        code: "mx-skipped",
        level: Level::Note,
        section: "RFC 5321 §5.1",
        title: "there are more MX hosts or addresses than are looked at",
        why: "Senders try a few hosts, the preferred ones first. Those further down the list are shown and compared with the policy, and not probed; the same holds for the addresses of one host.",
        fix: "Nothing needs to be done; a shorter list is easier to keep right.",
        fires_on: Sample::Zoo("mx-many"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        let all = facts.mx.hosts.len();
        let hosts_skipped = || {
            Hit::new(say!(
                "there are {all} MX hosts, of which the first {most} are probed",
                all,
                most = MAX_HOSTS
            ))
        };
        let mut hits: Vec<Hit> = (all > MAX_HOSTS).then(hosts_skipped).into_iter().collect();
        hits.extend(hosts(facts).filter(|(_, host)| host.addresses.iter().any(|at| at.skipped)).map(
            |(index, host)| {
                let all = host.addresses.len();
                let message = if all > MAX_ADDRESSES {
                    say!(
                        "`{host}` has {all} addresses, of which {most} are probed",
                        host = &host.host,
                        all,
                        most = MAX_ADDRESSES
                    )
                } else {
                    say!(
                        "`{host}` shares an address with {most} hosts before it, which is not probed under a further name",
                        host = &host.host,
                        most = MAX_CONNECTIONS
                    )
                };
                Hit::host(index, message)
            },
        ));
        hits
    },
};
