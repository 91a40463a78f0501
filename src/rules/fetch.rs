//! Rules over what was fetched: the records of DNS, and the policy over HTTPS (RFC 8461 §3.1, §3.3).
//!
//! Those over lookups take nothing else, so that they can be said before the rest of the engine is there.

use super::policy_host::{certificate_fix, fails_as_browser, status_as_browser};
use super::{CheckLint, Hit, Level, Lint, LookupLint, Rule, Sample, one};
use crate::causes::{
    certificate_hits, companion_fix, dns_error, dns_fix, ends_soon, told, trust_fix, unobserved,
};
use crate::evidence::{Failure, Outcome, SmtpResult, Witness};
use crate::facts::{Facts, Lookups, PolicyState, RecordState, TxtFacts, has_coding, policy_state};
use crate::policy::Mode;
use crate::record::was_meant;
use crate::say::say;
use crate::words::{quoted, stamp};

/// Over the lookup of the MTA-STS record.
pub(super) const RECORD: &[LookupLint] =
    &[RECORD_ABSENT, RECORD_MULTIPLE, RECORD_DNS_ERROR, RECORD_SET_ASIDE];

/// Over the lookup of the TLSRPT record.
pub(super) const TLSRPT: &[LookupLint] =
    &[TLSRPT_ABSENT, TLSRPT_MULTIPLE, TLSRPT_DNS_ERROR, TLSRPT_SET_ASIDE];

/// Over the policy.
pub(super) const LINTS: &[CheckLint] = &[
    POLICY_HOST_MISSING,
    POLICY_NOT_FOUND,
    POLICY_REDIRECT,
    POLICY_STATUS,
    POLICY_CODING,
    POLICY_BODY_TOO_LARGE,
    POLICY_UNREACHABLE,
    POLICY_TLS_FAILED,
    POLICY_CERTIFICATE_NAME,
    POLICY_CERTIFICATE_EXPIRED,
    POLICY_CERTIFICATE_EXPIRES,
    POLICY_CERTIFICATE_UNTRUSTED,
    POLICY_MEDIA_TYPE,
    POLICY_SLOW,
    POLICY_WITNESSES_DISAGREE,
    POLICY_NOT_IN_BROWSER,
    POLICY_NOT_OBSERVED,
    TESTING_WITHOUT_TLSRPT,
];

/// The text set aside that was probably meant as the record, where there is no other.
fn misspelt(txt: &TxtFacts) -> Option<&[u8]> {
    let meant = || txt.set_aside.iter().find(|text| was_meant(txt.kind, text)).map(Vec::as_slice);
    (txt.state == RecordState::Absent).then(meant).flatten()
}

/// That there is no record, and which to publish. Of a domain that does not exist there is nothing else
/// to say.
fn absent(seen: &Lookups<'_>, txt: &TxtFacts, fix: String) -> Vec<Hit> {
    let hit = || match txt.elsewhere.first() {
        Some((other, text)) => {
            let name = &txt.name;
            Hit::new(say!("there is no record at `{name}`, but one at `{other}`", name, other)).fix(say!(
                "Move it to `{name}`: {text}",
                name,
                text = quoted(text)
            ))
        }
        None => Hit::new(say!("there is no record at `{name}`", name = &txt.name)).fix(fix),
    };
    (txt.state == RecordState::Absent && !seen.no_domain).then(hit).into_iter().collect()
}

fn multiple(txt: &TxtFacts) -> Vec<Hit> {
    let both = |one, other| say!("{one} and {other}", one, other);
    let texts = || txt.kept.iter().map(|text| quoted(text)).reduce(both).unwrap_or_default();
    let hit = || {
        let (name, count) = (&txt.name, txt.kept.len());
        Hit::new(say!("`{name}` has {count} records: {texts}", name, count, texts = texts()))
    };
    (txt.state == RecordState::Multiple).then(hit).into_iter().collect()
}

fn unanswered(txt: &TxtFacts) -> Vec<Hit> {
    let hit = |error| Hit::new(dns_error(&txt.name, error)).fix_if(dns_fix(error));
    txt.error.iter().map(hit).collect()
}

fn set_aside(txt: &TxtFacts) -> Vec<Hit> {
    let version = txt.kind.version();
    let hit = |text: &Vec<u8>| {
        let shown = quoted(text);
        if was_meant(txt.kind, text) {
            Hit::new(say!(
                "senders set aside {text}: it does not begin with `{version};`",
                text = shown,
                version
            ))
            .fix(say!("Begin it with `{version};`, or remove it.", version))
        } else {
            Hit::new(say!("senders set aside {text}, which stands at the same name", text = shown))
        }
    };
    txt.set_aside.iter().map(hit).collect()
}

const RECORD_ABSENT: LookupLint = Lint {
    rule: Rule {
        code: "record-absent",
        level: Level::Error,
        section: "RFC 8461 §3.1",
        title: "there is no MTA-STS record",
        why: "Senders look for the record first. Without it they do not fetch the policy and deliver as if there were no MTA-STS. The record of a parent domain does not count (RFC 8461 §3.4).",
        fix: "Publish a TXT record at `_mta-sts` of the domain, such as `v=STSv1; id=20260101120000Z`, once the policy is in place.",
        fires_on: Sample::Zoo("no-record"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |seen| {
        if let Some(text) = misspelt(seen.record) {
            let hit = Hit::new(say!("senders do not take {text} for one", text = quoted(text)));
            return vec![hit.fix(say!("Begin it with `{version};`.", version = seen.record.kind.version()))];
        }
        let record = format!("v=STSv1; id={}", stamp(seen.now));
        let name = &seen.record.name;
        let fix =
            say!("Publish a TXT record at `{name}`, once the policy is in place: `{record}`", name, record);
        absent(seen, seen.record, fix)
    },
};

const RECORD_MULTIPLE: LookupLint = Lint {
    rule: Rule {
        code: "record-multiple",
        level: Level::Error,
        section: "RFC 8461 §3.1",
        title: "there is more than one MTA-STS record",
        why: "With more than one record senders act as if there were none, as they cannot tell which one counts.",
        fix: "Remove all but one that is valid. Which one is left makes no difference: an id tells senders no more than whether to fetch the policy anew.",
        fires_on: Sample::Zoo("two-records"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |seen| multiple(seen.record),
};

const RECORD_DNS_ERROR: LookupLint = Lint {
    rule: Rule {
        code: "record-dns-error",
        level: Level::Error,
        section: "RFC 8461 §3.1",
        title: "the MTA-STS record cannot be looked up",
        why: "Senders that get no answer have no record: they deliver as if there were no MTA-STS unless they have a policy cached, and some keep the mail waiting.",
        fix: "Repair the DNS of the domain; where DNSSEC fails, its signatures.",
        fires_on: Sample::Zoo("record-servfail"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |seen| unanswered(seen.record),
};

const RECORD_SET_ASIDE: LookupLint = Lint {
    rule: Rule {
        code: "record-set-aside",
        level: Level::Warning,
        section: "RFC 8461 §3.1",
        title: "another TXT record stands at _mta-sts",
        why: "Senders set aside what does not begin with `v=STSv1;`. Some do not: they count it, or join its text to the record, and find no record.",
        fix: "Keep the one MTA-STS record at that name and nothing else.",
        fires_on: Sample::Zoo("record-beside-spf"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    // A text that was meant as the record is told where the record is missing.
    find: |seen| if misspelt(seen.record).is_some() { Vec::new() } else { set_aside(seen.record) },
};

const TLSRPT_ABSENT: LookupLint = Lint {
    rule: Rule {
        code: "tlsrpt-absent",
        level: Level::Note,
        section: "RFC 8460 §3",
        title: "there is no TLSRPT record",
        why: "Without it senders do not report what fails, so faults show only when mail is missing.",
        fix: "Publish a TXT record at `_smtp._tls` of the domain: `v=TLSRPTv1; rua=mailto:` and an address that reads the reports.",
        fires_on: Sample::Zoo("tlsrpt-missing"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |seen| {
        // A text that was meant as one has a finding of its own.
        if misspelt(seen.tlsrpt).is_some() {
            return Vec::new();
        }
        let record = format!("v=TLSRPTv1; rua=mailto:tlsrpt@{}", seen.domain);
        let name = &seen.tlsrpt.name;
        let fix =
            say!("Publish a TXT record at `{name}`, with an address that is read: `{record}`", name, record);
        absent(seen, seen.tlsrpt, fix)
    },
};

const TESTING_WITHOUT_TLSRPT: CheckLint = Lint {
    rule: Rule {
        code: "testing-without-tlsrpt",
        level: Level::Warning,
        section: "RFC 8461 §5",
        title: "mode testing without a TLSRPT record tests nothing",
        why: "In mode testing senders deliver to failing hosts and report the failure. Without a TLSRPT record nobody gets the reports.",
        fix: "Publish the TLSRPT record, and read the reports before `mode: enforce`.",
        fires_on: Sample::Zoo("testing-no-tlsrpt"),
        quiet_on: Sample::Zoo("testing-good"),
    },
    find: |facts| {
        let testing = facts.policy.policy.as_ref().is_some_and(|policy| policy.mode == Mode::Testing);
        let silent =
            matches!(facts.tlsrpt.state, RecordState::Absent | RecordState::Invalid | RecordState::Multiple);
        let hit = || Hit::new(say!("the mode is testing, and no sender knows where to report"));
        (testing && silent).then(hit).into_iter().collect()
    },
};

const TLSRPT_MULTIPLE: LookupLint = Lint {
    rule: Rule {
        code: "tlsrpt-multiple",
        level: Level::Error,
        section: "RFC 8460 §3",
        title: "there is more than one TLSRPT record",
        why: "With more than one record senders act as if there were none, and report nothing.",
        fix: "Keep one record; it may name several addresses, split by commas.",
        fires_on: Sample::Zoo("tlsrpt-two-records"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |seen| multiple(seen.tlsrpt),
};

const TLSRPT_DNS_ERROR: LookupLint = Lint {
    rule: Rule {
        code: "tlsrpt-dns-error",
        level: Level::Warning,
        section: "RFC 8460 §3",
        title: "the TLSRPT record cannot be looked up",
        why: "Mail is not affected. Senders that get no answer do not know where to report.",
        fix: "Repair the DNS of the domain; where DNSSEC fails, its signatures.",
        fires_on: Sample::Zoo("tlsrpt-servfail"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |seen| unanswered(seen.tlsrpt),
};

const TLSRPT_SET_ASIDE: LookupLint = Lint {
    rule: Rule {
        code: "tlsrpt-set-aside",
        level: Level::Warning,
        section: "RFC 8460 §3",
        title: "another TXT record stands at _smtp._tls",
        why: "Senders set aside what does not begin with `v=TLSRPTv1;`. If it was meant as the record, nobody reports.",
        fix: "Keep the one TLSRPT record at that name and nothing else.",
        fires_on: Sample::Zoo("tlsrpt-misspelt"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |seen| set_aside(seen.tlsrpt),
};

/// One hit where the failure of the policy fetch is one that `words` has words for.
fn failed(facts: &Facts<'_>, words: impl Fn(&Failure) -> Option<String>) -> Vec<Hit> {
    match facts.policy.outcome {
        Some(Outcome::Failed(failure)) => words(failure).map(Hit::new).into_iter().collect(),
        _ => Vec::new(),
    }
}

const POLICY_HOST_MISSING: CheckLint = Lint {
    rule: Rule {
        code: "policy-host-missing",
        level: Level::Error,
        section: "RFC 8461 §3.3",
        title: "the policy host does not exist",
        why: "Senders fetch the policy from the host `mta-sts` under the domain. Without that host there is no policy, and they deliver as if there were no MTA-STS.",
        fix: "Add an address or an alias for `mta-sts` under the domain, pointing at the web server with the policy.",
        fires_on: Sample::Zoo("policy-no-host"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        let policy = &facts.policy;
        let by_host = matches!(policy.outcome, Some(Outcome::Failed(Failure::NxDomain | Failure::NoAddress)));
        let missing = policy.state == PolicyState::Absent
            && (by_host || policy.answer().is_none())
            && !facts.mx.no_domain;
        let host = &facts.domain.policy_host();
        let hit = || {
            Hit::new(say!("`{host}` has no address", host)).fix(say!(
                "Add an address or an alias for `{host}`, pointing at the web server with the policy.",
                host
            ))
        };
        missing.then(hit).into_iter().collect()
    },
};

const POLICY_NOT_FOUND: CheckLint = Lint {
    rule: Rule {
        code: "policy-not-found",
        level: Level::Error,
        section: "RFC 8461 §3.3",
        title: "the policy host has no policy",
        why: "Only status 200 counts. With 404 or 410 senders have no policy and deliver as if there were no MTA-STS, whatever the page says.",
        fix: "Put the policy at `/.well-known/mta-sts.txt`; check whether the server or its build leaves out folders that begin with a dot.",
        fires_on: Sample::Zoo("policy-404"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        let answer = facts.policy.answer().filter(|answer| matches!(answer.status, 404 | 410));
        let hit =
            |status| Hit::new(say!("`{url}` answers {status}", url = facts.domain.policy_url(), status));
        answer.map(|answer| hit(answer.status)).into_iter().collect()
    },
};

const POLICY_REDIRECT: CheckLint = Lint {
    rule: Rule {
        code: "policy-redirect",
        level: Level::Error,
        section: "RFC 8461 §3.3",
        title: "the policy host redirects",
        why: "Senders must not follow a redirect, wherever it leads. They have no policy and deliver as if there were no MTA-STS.",
        fix: "Serve the policy at its own address, and leave it out of any redirect to another host.",
        fires_on: Sample::Zoo("policy-redirect"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        let url = facts.domain.policy_url();
        if matches!(facts.policy.outcome, Some(Outcome::Failed(Failure::OpaqueRedirect))) {
            return vec![Hit::new(say!("`{url}` redirects; a browser may not see where to", url))];
        }
        let answer = facts.policy.answer().filter(|answer| matches!(answer.status, 300..=399));
        let hit = answer.map(|answer| match &answer.location {
            Some(target) => {
                let (status, target) = (answer.status, quoted(target.as_bytes()));
                say!("`{url}` answers {status} and points to {target}", url, status, target)
            }
            None => say!("`{url}` answers {status}", url, status = answer.status),
        });
        hit.map(Hit::new).into_iter().collect()
    },
};

const POLICY_STATUS: CheckLint = Lint {
    rule: Rule {
        code: "policy-status",
        level: Level::Error,
        section: "RFC 8461 §3.3",
        title: "the policy host answers with an error",
        why: "Only status 200 counts. With any other senders have no policy and deliver as if there were no MTA-STS; a status such as 403 often means that the site turns away what is no browser.",
        fix: "Let the server answer 200 to everybody at `/.well-known/mta-sts.txt`; switch off bot protection for that host.",
        fires_on: Sample::Zoo("policy-500"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        let answer =
            facts.policy.answer().filter(|answer| !matches!(answer.status, 200 | 300..=399 | 404 | 410));
        one(answer.map(|answer| {
            let as_browser = status_as_browser(&facts.policy);
            let everybody = as_browser.is_some() && matches!(answer.status, 401 | 403 | 429);
            let (url, status) = (facts.domain.policy_url(), answer.status);
            let fix = match status {
                _ if everybody => Some(say!("Let the server answer 200 to everybody at `/.well-known/mta-sts.txt`. The User-Agent is not why it does not: look at its permissions, at rules by address or country, and at bot protection.")),
                500.. => Some(say!("Look in the web server's error log: it fails at `/.well-known/mta-sts.txt`, or what stands behind it does not answer. Let it answer 200.")),
                _ => None,
            };
            let message = match as_browser {
                None => say!("`{url}` answers {status}", url, status),
                Some(same) if same == status => {
                    say!("`{url}` answers {status}, with the User-Agent of a browser too", url, status)
                }
                Some(other) => {
                    say!("`{url}` answers {status}, and {other} with the User-Agent of a browser", url, status, other)
                }
            };
            Hit::new(message).fix_if(fix)
        }))
    },
};

const POLICY_CODING: CheckLint = Lint {
    rule: Rule {
        code: "policy-coding",
        level: Level::Error,
        section: "RFC 8461 §3.3",
        title: "the policy comes compressed although nobody asked",
        why: "A sender that asks for the plain body and gets another coding reads bytes that are no policy.",
        fix: "Switch off compression for `/.well-known/mta-sts.txt`, or compress only for clients that accept it.",
        fires_on: Sample::Zoo("policy-gzip"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        let answer = facts.policy.answer().filter(|answer| answer.status == 200 && has_coding(answer));
        let coding = answer.and_then(|answer| answer.content_encoding.as_deref());
        let hit = |coding: &str| {
            Hit::new(say!("the body has the coding {coding}", coding = quoted(coding.as_bytes())))
        };
        coding.map(hit).into_iter().collect()
    },
};

const POLICY_BODY_TOO_LARGE: CheckLint = Lint {
    rule: Rule {
        code: "policy-body-too-large",
        level: Level::Error,
        section: "RFC 8461 §3.3",
        title: "the policy host sends more than 64 KiB",
        why: "Senders stop reading at 64 KiB and give up, so that a hostile server cannot fill their memory. They get no policy.",
        fix: "Serve the policy alone: a policy of a hundred MX hosts has 4 KiB.",
        fires_on: Sample::Zoo("policy-too-large"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        failed(facts, |failure| match failure {
            Failure::TooLarge => Some(say!("the body has more than 65536 bytes")),
            _ => None,
        })
    },
};

const POLICY_UNREACHABLE: CheckLint = Lint {
    rule: Rule {
        code: "policy-unreachable",
        level: Level::Error,
        section: "RFC 8461 §3.3",
        title: "the policy cannot be fetched",
        why: "Senders that get no whole answer have no policy: they deliver as if there were no MTA-STS, or go by the policy they have cached until it ends.",
        fix: "Let the web server answer on port 443 of the policy host, within a few seconds.",
        fires_on: Sample::Zoo("policy-refused"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        let host = &facts.domain.policy_host();
        let as_browser = fails_as_browser(&facts.policy);
        failed(facts, |failure| {
            Some(match failure {
                Failure::Refused => say!("`{host}` refuses connections to port 443", host),
                Failure::ConnectTimeout { .. } => say!("`{host}` does not answer on port 443", host),
                Failure::Timeout if as_browser => say!(
                    "`{host}` does not send a whole answer in time, with the User-Agent of a browser too",
                    host
                ),
                Failure::Timeout => say!("`{host}` does not send a whole answer in time", host),
                Failure::Closed if as_browser => say!(
                    "`{host}` closes the connection before the answer is whole, with the User-Agent of a browser too",
                    host
                ),
                Failure::Closed => say!("`{host}` closes the connection before the answer is whole", host),
                Failure::Malformed { detail } => {
                    let detail = quoted(detail.as_bytes());
                    if as_browser {
                        say!(
                            "`{host}` does not speak HTTP, with the User-Agent of a browser too: {detail}",
                            host,
                            detail
                        )
                    } else {
                        say!("`{host}` does not speak HTTP: {detail}", host, detail)
                    }
                }
                Failure::Dns { rcode: Some(rcode) } => {
                    say!("`{host}` cannot be looked up: {code}", host, code = crate::dns::rcode_name(*rcode))
                }
                Failure::Dns { rcode: None } => say!("`{host}` cannot be looked up: no answer", host),
                _ => return None,
            })
        })
    },
};

const POLICY_TLS_FAILED: CheckLint = Lint {
    rule: Rule {
        code: "policy-tls-failed",
        level: Level::Error,
        section: "RFC 8461 §3.3",
        title: "TLS with the policy host fails",
        why: "The policy counts only if it comes over HTTPS. Without TLS 1.2 or later senders have no policy and deliver as if there were no MTA-STS.",
        fix: "Let the web server speak TLS 1.2 or 1.3 for the policy host's name.",
        fires_on: Sample::Zoo("policy-tls-fails"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        failed(facts, |failure| match failure {
            Failure::Tls { detail } => Some(say!("the handshake fails: {detail}", detail = told(detail))),
            _ => None,
        })
    },
};

/// The faults of the policy host's certificate that come to `result`.
fn certificate(facts: &Facts<'_>, result: SmtpResult) -> Vec<Hit> {
    match facts.policy.outcome {
        Some(Outcome::Failed(Failure::Certificate { tls })) => {
            let host = facts.domain.policy_host();
            let hit = |message| Hit::new(message).fix_if(trust_fix(tls));
            certificate_hits(tls, &host, result).into_iter().map(hit).collect()
        }
        _ => Vec::new(),
    }
}

const POLICY_CERTIFICATE_NAME: CheckLint = Lint {
    rule: Rule {
        code: "policy-certificate-name",
        level: Level::Error,
        section: "RFC 8461 §3.3",
        title: "the policy host's certificate is for another name",
        why: "The certificate must name the policy host as a DNS-ID; the common name does not count. Senders have no policy and deliver as if there were no MTA-STS.",
        fix: "Get a certificate for the policy host, `mta-sts` under the domain, and let the server show it for that name.",
        fires_on: Sample::Zoo("policy-wrong-name"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        let hits = certificate(facts, SmtpResult::CertificateHostMismatch);
        hits.into_iter().map(|hit| hit.fix_if(certificate_fix(facts))).collect()
    },
};

const POLICY_CERTIFICATE_EXPIRED: CheckLint = Lint {
    rule: Rule {
        code: "policy-certificate-expired",
        level: Level::Error,
        section: "RFC 8461 §3.3",
        title: "the policy host's certificate has expired",
        why: "Senders do not take a policy from a host whose certificate has expired: they deliver as if there were no MTA-STS, or go by the policy they have cached.",
        fix: "Renew the certificate, and let the server load the new one.",
        fires_on: Sample::Zoo("policy-expired-cert"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| certificate(facts, SmtpResult::CertificateExpired),
};

const POLICY_CERTIFICATE_EXPIRES: CheckLint = Lint {
    rule: Rule {
        code: "policy-certificate-expires",
        level: Level::Warning,
        section: "RFC 8461 §3.3",
        title: "the policy host's certificate ends soon",
        why: "Whatever should have renewed it by now has not. From that day on senders have no policy, or only the one they have cached until it runs out.",
        fix: "Renew the certificate, and find out why it was not renewed by itself.",
        fires_on: Sample::Zoo("policy-cert-expires-soon"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        let tls = facts.policy.answer().and_then(|answer| answer.tls.as_ref());
        let mut hits = one(tls.and_then(|tls| ends_soon(tls, facts.now)).map(Hit::new));
        // The servers behind the addresses renew their certificates each by itself.
        for at in &facts.policy.addresses {
            let other = at.answer().and_then(|answer| answer.tls.as_ref());
            let other = other.filter(|other| tls.is_none_or(|tls| tls.chain.first() != other.chain.first()));
            let soon = other.and_then(|other| ends_soon(other, facts.now));
            hits.extend(
                soon.map(|soon| Hit::new(say!("{address}: {what}", address = &at.address, what = soon))),
            );
        }
        hits
    },
};

const POLICY_CERTIFICATE_UNTRUSTED: CheckLint = Lint {
    rule: Rule {
        code: "policy-certificate-untrusted",
        level: Level::Error,
        section: "RFC 8461 §3.3",
        title: "the policy host's certificate is not trusted",
        why: "The certificate must lead to a certification authority that senders trust. Otherwise they have no policy and deliver as if there were no MTA-STS.",
        fix: "Use a certificate of a public authority, and send its intermediate certificates too.",
        fires_on: Sample::Zoo("policy-self-signed"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| certificate(facts, SmtpResult::CertificateNotTrusted),
};

const POLICY_MEDIA_TYPE: CheckLint = Lint {
    rule: Rule {
        code: "policy-media-type",
        level: Level::Warning,
        section: "RFC 8461 §3.2",
        title: "the policy is not served as text/plain",
        why: "Senders should look at the media type, and several refuse a policy that is not text/plain.",
        fix: "Serve the file with `Content-Type: text/plain`.",
        fires_on: Sample::Zoo("policy-wrong-type"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        let answer = facts.policy.answer().filter(|_| facts.policy.body().is_some());
        let told = answer.and_then(|answer| match answer.content_type.as_deref() {
            Some(given) if is_text_plain(given) => None,
            Some(given) => Some(say!("the media type is {given}", given = quoted(given.as_bytes()))),
            None => Some(say!("there is no `Content-Type`")),
        });
        told.map(Hit::new).into_iter().collect()
    },
};

/// The shortest time a sender is known to wait, in milliseconds: postfix-mta-sts-resolver 1.5.1, whose
/// `defaults.py` has `TIMEOUT = 4`. RFC 8461 §3.3 suggests a minute.
const SHORTEST_WAIT: u32 = 4000;

const POLICY_SLOW: CheckLint = Lint {
    rule: Rule {
        code: "policy-slow",
        level: Level::Warning,
        section: "RFC 8461 §3.3",
        title: "the policy host is slow",
        why: "RFC 8461 suggests that senders wait a minute for the policy, and some wait four seconds. Those fetch nothing from a slow host and deliver as if there were no MTA-STS, or keep the policy they have.",
        fix: "Find out what makes the policy host slow; a small static file comes in milliseconds.",
        fires_on: Sample::Evidence("policy-slow"),
        quiet_on: Sample::Evidence("enforce-good"),
    },
    find: |facts| {
        let slow = facts.policy.body().is_some() && facts.policy.took_ms > SHORTEST_WAIT;
        let hit = || Hit::new(say!("it took {time} ms to fetch the policy", time = facts.policy.took_ms));
        slow.then(hit).into_iter().collect()
    },
};

/// `text/plain`, in any case and with any parameters (RFC 8461 §3.2).
fn is_text_plain(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case("text/plain")
}

/// Whether a witness other than the browser decided.
fn companion_decided(facts: &Facts<'_>) -> bool {
    facts.policy.by.is_some_and(|by| by != Witness::Browser)
}

const POLICY_WITNESSES_DISAGREE: CheckLint = Lint {
    rule: Rule {
        code: "policy-witnesses-disagree",
        level: Level::Warning,
        section: "RFC 8461 §3.3",
        title: "your browser sees another policy than the companion",
        why: "A browser may fetch missing intermediate certificates, trust authorities that senders do not, or be served by another machine of the same site. What the companion sees is what counts here; some senders will see what the browser sees.",
        fix: "Find out why the site answers differently: by address, by country, by client, or by a certificate chain that is not whole.",
        fires_on: Sample::Evidence("witnesses-disagree"),
        quiet_on: Sample::Evidence("witnesses-agree"),
    },
    find: |facts| {
        let (Some(browser), Some(decided)) = (facts.policy.browser, facts.policy.outcome) else {
            return Vec::new();
        };
        // A browser unpacks a compressed body before anybody can look at it.
        let unpacked = facts.policy.answer().is_some_and(has_coding);
        if !companion_decided(facts) || decided == browser || unpacked {
            return Vec::new();
        }
        let (ours, theirs) = (facts.policy.state, policy_state(browser, facts.policy.no_host));
        let reached = matches!(browser, Outcome::Failed(Failure::OpaqueAnswer | Failure::OpaqueRedirect));
        let body = |outcome: &Outcome| match outcome {
            Outcome::Http(answer) if answer.status == 200 => Some(answer.body.clone()),
            _ => None,
        };
        let message = if theirs != PolicyState::NotObserved && theirs != ours {
            say!(
                "the companion finds the policy {ours}, your browser {theirs}",
                ours = word(ours),
                theirs = word(theirs)
            )
        } else if reached && matches!(ours, PolicyState::WebpkiInvalid) {
            say!("your browser accepts the certificate, the companion does not")
        } else if matches!((body(browser), body(decided)), (Some(one), Some(other)) if one != other) {
            say!("your browser and the companion were given different bodies")
        } else {
            return Vec::new();
        };
        vec![Hit::new(message)]
    },
};

fn word(state: PolicyState) -> String {
    match state {
        PolicyState::Valid => say!("valid"),
        PolicyState::Absent => say!("absent"),
        PolicyState::Invalid => say!("invalid"),
        PolicyState::FetchError => say!("impossible to fetch"),
        PolicyState::WebpkiInvalid => say!("behind a certificate that is not valid"),
        PolicyState::NotObserved => say!("out of sight"),
    }
}

const POLICY_NOT_IN_BROWSER: CheckLint = Lint {
    rule: Rule {
        code: "policy-not-in-browser",
        level: Level::Note,
        section: "RFC 8461 §3.3",
        title: "your browser cannot reach the policy host",
        why: "The companion fetched the policy, so senders probably can too. A browser does not say why a fetch failed: it may be its network, an extension, or an address that only some networks reach.",
        fix: "If other people's browsers fail as well, look at the IPv4 and IPv6 addresses of the policy host one by one.",
        fires_on: Sample::Evidence("browser-blocked"),
        quiet_on: Sample::Evidence("witnesses-agree"),
    },
    find: |facts| {
        let blocked = matches!(facts.policy.browser, Some(Outcome::Failed(Failure::Opaque)));
        let fetched = companion_decided(facts) && facts.policy.answer().is_some();
        let hit = || Hit::new(say!("your browser could not connect; the companion could"));
        (blocked && fetched).then(hit).into_iter().collect()
    },
};

const POLICY_NOT_OBSERVED: CheckLint = Lint {
    rule: Rule {
        code: "policy-not-observed",
        level: Level::Note,
        section: "RFC 8461 §3.3",
        title: "the policy could not be seen from here",
        why: "This says nothing about the domain. A browser may read the policy of another site only where that site allows it, and without a companion nobody else looks.",
        fix: "Use a companion, run `mta-sts check` in a terminal, or paste the policy into the draft view.",
        fires_on: Sample::Evidence("no-companion"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        let mut fix = None;
        let message = match facts.policy.outcome {
            Some(outcome) if facts.policy.state == PolicyState::NotObserved => match outcome {
                Outcome::Failed(Failure::OpaqueAnswer) => {
                    say!("your browser reaches the policy host over HTTPS and may not read the answer")
                }
                Outcome::Failed(Failure::Opaque) => {
                    say!(
                        "your browser could not connect, and does not say whether DNS, TLS or the network failed"
                    )
                }
                Outcome::Failed(failure) => {
                    fix = companion_fix(failure);
                    unobserved(failure)
                }
                _ => return Vec::new(),
            },
            _ => return Vec::new(),
        };
        vec![Hit::new(message).fix_if(fix)]
    },
};
