//! The domains, each with one sentence and what a check of it must come to.

/// One host, `mx1`, which the policy admits and which comes to that.
macro_rules! fails {
    ($result:literal) => {
        vec![host("mx1", Some(true), $result, Some($result))]
    };
}

mod answers;
mod beside;
mod dane;
mod smtp;
mod tls;
use std::net::{IpAddr, Ipv4Addr};

use serde::Serialize;

use crate::SUFFIX;
use crate::dane::Dane;
use crate::dns::{MxSet, Txt};
use crate::mail::{Does, Handshake, Mail, Step};
use crate::pki::Cert;
use crate::web::{Alias, Also, Answer, Denial, Web};

/// A domain of the zoo.
#[derive(Clone, Debug)]
pub struct Exhibit {
    /// The name in front of `.zoo.test`.
    pub name: &'static str,
    /// What it shows.
    pub sentence: &'static str,
    /// What a check must come to.
    pub expect: Expect,
    /// How long a server of it takes, in seconds, where that is long: a client has to have more patience.
    pub seconds: u16,
    pub(crate) record: Txt,
    pub(crate) tlsrpt: Txt,
    pub(crate) web: Web,
    /// Further addresses of the policy host.
    pub(crate) also: &'static [Also],
    /// What the policy host is an alias for.
    pub(crate) alias: Option<Alias>,
    pub(crate) mx: MxSet,
    pub(crate) hosts: Vec<MailHost>,
    pub(crate) dane: Dane,
    /// Further TXT records: the name under the domain, and what is there.
    pub(crate) beside: &'static [(&'static str, Txt)],
}

/// What a check must come to, in the words of the report.
#[derive(Clone, Debug, Serialize)]
pub struct Expect {
    /// `record.state`
    pub record: &'static str,
    /// `policy.state`
    pub policy: &'static str,
    /// `mx_lookup`
    pub mx_lookup: &'static str,
    /// `tlsrpt.state`
    pub tlsrpt: &'static str,
    /// `delivery`
    pub delivery: &'static str,
    /// The hosts, in the order of the report.
    pub hosts: Vec<HostExpect>,
    /// The code of every error, in any order.
    pub errors: &'static [&'static str],
    /// The code of every warning, in any order.
    pub warnings: &'static [&'static str],
    /// `dane.delivery`, and `dane.state` of each host, where DANE is what is shown.
    pub dane: Option<(&'static str, &'static [&'static str])>,
    /// `beside.spf.state`, `beside.dmarc.state` and `beside.dkim.state`, where these are what is shown.
    pub beside: Option<[&'static str; 3]>,
}

/// What a mail host must come to.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct HostExpect {
    /// Under the domain, unless it ends with a dot; nothing for the domain itself.
    pub host: &'static str,
    /// `matched`
    pub matched: Option<bool>,
    /// `result`
    pub result: &'static str,
    /// `report`
    pub report: Option<&'static str>,
}

#[derive(Clone, Debug)]
pub(crate) struct MailHost {
    pub(crate) name: &'static str,
    pub(crate) addresses: Vec<Mail>,
    pub(crate) alias: Option<&'static str>,
}

impl Exhibit {
    /// The whole domain.
    #[must_use]
    pub fn domain(&self) -> String {
        format!("{}.{SUFFIX}", self.name)
    }
}

const RECORD: Txt = Txt::Texts(&[&["v=STSv1; id=20261101T000000"]]);
const TLSRPT: Txt = Txt::Texts(&[&["v=TLSRPTv1; rua=mailto:tlsrpt@{d}"]]);
const ENFORCE: &str = "version: STSv1\nmode: enforce\nmx: mx1.{d}\nmax_age: 604800\n";
const ENFORCE_TWO: &str = "version: STSv1\nmode: enforce\nmx: mx1.{d}\nmx: mx2.{d}\nmax_age: 604800\n";
const TESTING: &str = "version: STSv1\nmode: testing\nmx: mx1.{d}\nmax_age: 86400\n";

const fn host(
    host: &'static str,
    matched: Option<bool>,
    result: &'static str,
    report: Option<&'static str>,
) -> HostExpect {
    HostExpect { host, matched, result, report }
}

/// What a domain comes to where all is well: one host, `mx1`, admitted and good.
fn fine() -> Expect {
    Expect {
        record: "valid",
        policy: "valid",
        mx_lookup: "found",
        tlsrpt: "valid",
        delivery: "deliver",
        hosts: vec![host("mx1", Some(true), "ok", Some("ok"))],
        errors: &[],
        warnings: &[],
        dane: None,
        beside: None,
    }
}

/// A domain where all is well; the exhibits change one thing.
fn good(name: &'static str, sentence: &'static str) -> Exhibit {
    Exhibit {
        name,
        sentence,
        expect: fine(),
        seconds: 0,
        record: RECORD,
        tlsrpt: TLSRPT,
        web: policy(ENFORCE),
        also: &[],
        alias: None,
        mx: MxSet::Hosts(vec![(10, "mx1")]),
        hosts: vec![at("mx1", &[Mail::Serves(Cert::Good)])],
        dane: Dane::Unsigned,
        beside: &[],
    }
}

fn policy(body: &'static str) -> Web {
    Web::Serves(Cert::Good, Answer::Policy(body))
}

fn at(name: &'static str, addresses: &[Mail]) -> MailHost {
    MailHost { name, addresses: addresses.to_vec(), alias: None }
}

/// A domain whose record is at fault.
fn with_record(
    name: &'static str,
    sentence: &'static str,
    record: Txt,
    state: &'static str,
    errors: &'static [&'static str],
) -> Exhibit {
    let expect = Expect {
        record: state,
        delivery: "no-sts",
        hosts: vec![host("mx1", Some(true), "ok", None)],
        errors,
        ..fine()
    };
    Exhibit { record, expect, ..good(name, sentence) }
}

/// A domain whose policy cannot be had or read.
fn with_web(
    name: &'static str,
    sentence: &'static str,
    web: Web,
    state: &'static str,
    errors: &'static [&'static str],
) -> Exhibit {
    let report = match state {
        "invalid" => "sts-policy-invalid",
        "webpki-invalid" => "sts-webpki-invalid",
        _ => "sts-policy-fetch-error",
    };
    let hosts = vec![host("mx1", None, "ok", Some(report))];
    let expect = Expect { policy: state, delivery: "no-sts", hosts, errors, ..fine() };
    Exhibit { web, expect, ..good(name, sentence) }
}

/// A domain under an enforced policy whose only host fails in one way.
fn with_mail(
    name: &'static str,
    sentence: &'static str,
    mail: Mail,
    hosts: Vec<HostExpect>,
    errors: &'static [&'static str],
) -> Exhibit {
    let expect = Expect { delivery: "refuse", hosts, errors, ..fine() };
    Exhibit { hosts: vec![at("mx1", &[mail])], expect, ..good(name, sentence) }
}

/// A domain whose TLSRPT record is at fault; mail is not affected.
fn with_tlsrpt(
    name: &'static str,
    sentence: &'static str,
    tlsrpt: Txt,
    state: &'static str,
    errors: &'static [&'static str],
    warnings: &'static [&'static str],
) -> Exhibit {
    Exhibit { tlsrpt, expect: Expect { tlsrpt: state, errors, warnings, ..fine() }, ..good(name, sentence) }
}

/// Every domain of the zoo.
pub(crate) fn all() -> Vec<Exhibit> {
    let mut all = overview();
    all.extend(records());
    all.extend(policies());
    all.extend(policy_hosts());
    all.extend(mail_hosts());
    all.extend(mail_servers());
    all.extend(tlsrpt_records());
    all.extend(answers::all());
    all.extend(smtp::all());
    all.extend(tls::all());
    all.extend(dane::all());
    all.extend(beside::all());
    all
}

fn overview() -> Vec<Exhibit> {
    vec![
        Exhibit {
            web: policy(ENFORCE_TWO),
            mx: MxSet::Hosts(vec![(10, "mx1"), (20, "mx2")]),
            hosts: vec![
                at("mx1", &[Mail::Serves(Cert::Good), Mail::ServesOverIpv6]),
                at("mx2", &[Mail::Serves(Cert::Good)]),
            ],
            expect: Expect {
                hosts: vec![
                    host("mx1", Some(true), "ok", Some("ok")),
                    host("mx2", Some(true), "ok", Some("ok")),
                ],
                ..fine()
            },
            ..good("enforce-good", "All is well: the policy is enforced and both hosts pass.")
        },
        Exhibit {
            web: policy(TESTING),
            ..good("testing-good", "All is well, and the policy is still in mode testing.")
        },
        Exhibit {
            web: policy("version: STSv1\nmode: none\nmax_age: 86400\n"),
            expect: Expect {
                delivery: "no-sts",
                hosts: vec![host("mx1", Some(false), "ok", None)],
                warnings: &["policy-none-without-mx"],
                ..fine()
            },
            ..good("none", "The policy has been taken back with mode none.")
        },
        Exhibit {
            web: policy(TESTING),
            hosts: vec![at("mx1", &[Mail::Serves(Cert::Expired)])],
            expect: Expect {
                delivery: "deliver-and-report",
                hosts: fails!("certificate-expired"),
                warnings: &["mx-certificate-expired"],
                ..fine()
            },
            ..good("testing-failing", "In mode testing a host fails: senders deliver and report.")
        },
        Exhibit {
            web: policy(TESTING),
            tlsrpt: Txt::Nothing,
            expect: Expect { tlsrpt: "absent", warnings: &["testing-without-tlsrpt"], ..fine() },
            ..good("testing-no-tlsrpt", "Mode testing, and no TLSRPT record: nobody hears of failures.")
        },
        Exhibit {
            web: policy(ENFORCE_TWO),
            mx: MxSet::Hosts(vec![(10, "mx1"), (20, "mx2")]),
            hosts: vec![at("mx1", &[Mail::Serves(Cert::OtherName)]), at("mx2", &[Mail::Serves(Cert::Good)])],
            expect: Expect {
                hosts: vec![
                    host("mx1", Some(true), "certificate-host-mismatch", Some("certificate-host-mismatch")),
                    host("mx2", Some(true), "ok", Some("ok")),
                ],
                errors: &["mx-certificate-name"],
                ..fine()
            },
            ..good("one-of-two", "One host fails and the other passes: senders use the one that passes.")
        },
    ]
}

fn records() -> Vec<Exhibit> {
    vec![
        with_record(
            "no-record",
            "There is a policy and no record, so no sender looks for it.",
            Txt::Nothing,
            "absent",
            &["record-absent"],
        ),
        with_record(
            "record-underscore",
            "The record stands at a name with an underscore for the hyphen.",
            Txt::Elsewhere("_mta_sts", "v=STSv1; id=20261101T000000"),
            "absent",
            &["record-absent"],
        ),
        with_record(
            "record-at-apex",
            "The record stands at the domain itself.",
            Txt::Elsewhere("", "v=STSv1; id=20261101T000000"),
            "absent",
            &["record-absent"],
        ),
        with_record(
            "two-records",
            "Two MTA-STS records: senders act as if there were none.",
            Txt::Texts(&[&["v=STSv1; id=20261101T000000"], &["v=STSv1; id=20250101T000000"]]),
            "multiple",
            &["record-multiple"],
        ),
        with_record(
            "record-invalid",
            "The id of the record has hyphens.",
            Txt::Texts(&[&["v=STSv1; id=2026-11-01"]]),
            "invalid",
            &["record-id"],
        ),
        Exhibit {
            expect: Expect {
                record: "absent",
                delivery: "no-sts",
                hosts: vec![host("mx1", Some(true), "ok", None)],
                errors: &["record-absent"],
                ..fine()
            },
            record: Txt::Texts(&[&["v=STSv10; id=20261101T000000"]]),
            ..good("record-misspelt", "The record names a version that does not exist.")
        },
        Exhibit {
            record: Txt::Texts(&[&["v=STSv1; id=20261101T000000"], &["v=spf1 -all"]]),
            expect: Expect { warnings: &["record-set-aside"], ..fine() },
            ..good("record-beside-spf", "Another TXT record stands beside the MTA-STS record.")
        },
        Exhibit {
            record: Txt::Texts(&[&["v=STSv1 ; id=20261101T000000"]]),
            expect: Expect { warnings: &["record-space-before-semicolon"], ..fine() },
            ..good(
                "record-space",
                "A space before the first semicolon: the grammar allows it, the prose does not.",
            )
        },
        Exhibit {
            record: Txt::Texts(&[&["v=STS", "v1; id=2026", "1101T000000"]]),
            ..good("record-split", "The record comes in three strings, which are joined.")
        },
        Exhibit {
            record: Txt::Alias("records.hosting", "v=STSv1; id=20261101T000000"),
            ..good("record-alias", "The record is an alias, as hosting services ask for.")
        },
        Exhibit {
            record: Txt::Large("v=STSv1; id=20261101T000000"),
            ..good("record-large", "The record does not fit into UDP and comes over TCP.")
        },
        with_record(
            "record-servfail",
            "The resolver cannot look the record up.",
            Txt::ServFail,
            "dns-error",
            &["record-dns-error"],
        ),
        with_record(
            "record-bogus",
            "The record's DNSSEC signatures do not fit.",
            Txt::Bogus("v=STSv1; id=20261101T000000"),
            "dns-error",
            &["record-dns-error"],
        ),
        Exhibit {
            record: Txt::Chain(9, "v=STSv1; id=20261101T000000"),
            ..good("record-nine-aliases", "Nine aliases lead to the record.")
        },
        with_record(
            "record-alias-circle",
            "The record's alias leads back to itself.",
            Txt::Circle,
            "dns-error",
            &["record-dns-error"],
        ),
        with_record(
            "record-cut-off",
            "The resolver's answer is cut off, over TCP too.",
            Txt::CutOff,
            "dns-error",
            &["record-dns-error"],
        ),
    ]
}

fn policies() -> Vec<Exhibit> {
    let serves = |answer| Web::Serves(Cert::Good, answer);
    vec![
        with_web(
            "policy-no-host",
            "The policy host does not exist.",
            Web::Nowhere,
            "absent",
            &["policy-host-missing"],
        ),
        with_web(
            "policy-404",
            "The policy host answers 404.",
            serves(Answer::Status("404 Not Found")),
            "absent",
            &["policy-not-found"],
        ),
        with_web(
            "policy-404-endless",
            "The policy host answers 404, and its page never ends.",
            serves(Answer::EndlessStatus("404 Not Found")),
            "absent",
            &["policy-not-found"],
        ),
        with_web(
            "policy-404-silent",
            "The policy host answers 404, and its page never comes.",
            serves(Answer::SilentStatus("404 Not Found")),
            "absent",
            &["policy-not-found"],
        ),
        with_web(
            "policy-500",
            "The policy host answers 500.",
            serves(Answer::Status("500 Internal Server Error")),
            "fetch-error",
            &["policy-status"],
        ),
        with_web(
            "policy-redirect",
            "The policy host redirects to the web site.",
            serves(Answer::Redirect("https://www.{d}/.well-known/mta-sts.txt")),
            "fetch-error",
            &["policy-redirect"],
        ),
        with_web(
            "policy-gzip",
            "The policy comes compressed though nobody asked.",
            serves(Answer::Gzip(ENFORCE)),
            "fetch-error",
            &["policy-coding"],
        ),
        with_web(
            "policy-too-large",
            "The policy never ends.",
            serves(Answer::Endless),
            "fetch-error",
            &["policy-body-too-large"],
        ),
        with_web(
            "policy-one-byte-too-large",
            "The policy is one byte larger than 64 KiB.",
            serves(Answer::Padded(ENFORCE, 64 * 1024 + 1)),
            "fetch-error",
            &["policy-body-too-large"],
        ),
        Exhibit {
            web: serves(Answer::Padded(ENFORCE, 64 * 1024)),
            ..good("policy-64-kib", "The policy is as large as it may be.")
        },
        Exhibit {
            web: serves(Answer::Chunked(ENFORCE)),
            ..good("policy-chunked", "The policy comes in chunks, without a length.")
        },
        Exhibit {
            web: serves(Answer::ByteWise(ENFORCE)),
            ..good("policy-byte-by-byte", "The policy comes byte by byte.")
        },
        Exhibit {
            web: Web::ServesHttp2(ENFORCE),
            ..good("policy-http2", "The policy host speaks HTTP/2 alone.")
        },
        with_web(
            "policy-truncated",
            "The policy ends before it is whole.",
            serves(Answer::Truncated(ENFORCE)),
            "fetch-error",
            &["policy-unreachable"],
        ),
        with_web(
            "policy-silent",
            "The policy host accepts the request and never answers.",
            serves(Answer::Silent),
            "fetch-error",
            &["policy-unreachable"],
        ),
        with_web(
            "policy-refused",
            "The policy host refuses connections.",
            Web::Refuses,
            "fetch-error",
            &["policy-unreachable"],
        ),
        with_web(
            "policy-tls-fails",
            "The policy host does not speak TLS.",
            Web::NoTls,
            "fetch-error",
            &["policy-tls-failed"],
        ),
        with_web(
            "policy-wrong-name",
            "The policy host's certificate is for another name.",
            Web::Serves(Cert::OtherName, Answer::Policy(ENFORCE)),
            "webpki-invalid",
            &["policy-certificate-name"],
        ),
        with_web(
            "policy-expired-cert",
            "The policy host's certificate has expired.",
            Web::Serves(Cert::Expired, Answer::Policy(ENFORCE)),
            "webpki-invalid",
            &["policy-certificate-expired"],
        ),
        with_web(
            "policy-version-1-cert",
            "The policy host's certificate is one of X.509 version 1, which names no host.",
            Web::Serves(Cert::Version1, Answer::Policy(ENFORCE)),
            "webpki-invalid",
            &["policy-certificate-name"],
        ),
        with_web(
            "policy-self-signed",
            "The policy host's certificate is self-signed.",
            Web::Serves(Cert::SelfSigned, Answer::Policy(ENFORCE)),
            "webpki-invalid",
            &["policy-certificate-untrusted"],
        ),
        Exhibit {
            web: serves(Answer::Typed("text/html", ENFORCE)),
            expect: Expect { warnings: &["policy-media-type"], ..fine() },
            ..good("policy-wrong-type", "The policy is served as text/html.")
        },
        with_web(
            "policy-invalid",
            "The mode of the policy is none that senders know.",
            policy("version: STSv1\nmode: enforced\nmx: mx1.{d}\nmax_age: 604800\n"),
            "invalid",
            &["policy-mode"],
        ),
        with_web(
            "policy-html",
            "The web server answers every address with its front page.",
            serves(Answer::Typed(
                "text/html; charset=utf-8",
                "<!doctype html>\n<script>document.title = 'owned'</script>\n",
            )),
            "invalid",
            &["policy-html"],
        )
        .warns(&["policy-media-type"]),
        with_web(
            "policy-hostile",
            "The policy holds markup, which must be shown and not obeyed.",
            policy(
                "version: STSv1\nmode: enforce\nmx: <img src=x onerror=document.title='owned'>\nmax_age: 604800\n",
            ),
            "invalid",
            &["policy-mx"],
        ),
    ]
}

/// What a policy host serves that stands at several addresses, is an alias, or is choosy about its clients.
fn policy_hosts() -> Vec<Exhibit> {
    const GOOD: Web = Web::Serves(Cert::Good, Answer::Policy(ENFORCE));
    let several = |name, sentence, also, warnings| Exhibit { also, ..good(name, sentence) }.warns(warnings);
    let delegated = |name, sentence, target, own_certificate| Exhibit {
        alias: Some(Alias { target, own_certificate }),
        ..good(name, sentence)
    };
    let choosy = |body, denial| Web::Serves(Cert::Good, Answer::FirefoxAlone(body, denial));
    vec![
        several(
            "policy-two-addresses",
            "The policy host serves the same policy over IPv4 and IPv6.",
            &[Also::V6(GOOD)],
            &[],
        ),
        several(
            "policy-one-address-refuses",
            "One of two addresses of the policy host refuses connections.",
            &[Also::V4(Web::Refuses)],
            &["policy-address-fails"],
        ),
        several(
            "policy-ipv6-refuses",
            "The policy host's IPv6 address is wrong: nothing listens there.",
            &[Also::V6(Web::Refuses)],
            &["policy-address-fails"],
        ),
        several(
            "policy-ipv6-times-out",
            "No answer from the policy host over IPv6: it may be down, or IPv6 may lead nowhere here.",
            &[Also::V6(Web::NeverConnects)],
            &[],
        ),
        several(
            "policy-address-private",
            "One of two addresses of the policy host is private.",
            const { &[Also::V4(Web::Elsewhere(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 44))))] },
            &["policy-address-fails"],
        ),
        several(
            "policy-address-expired-cert",
            "The certificate at one of two addresses of the policy host has expired.",
            &[Also::V4(Web::Serves(Cert::Expired, Answer::Policy(ENFORCE)))],
            &["policy-address-fails"],
        ),
        several(
            "policy-address-404",
            "One of two addresses of the policy host has no policy.",
            &[Also::V4(Web::Serves(Cert::Good, Answer::Status("404 Not Found")))],
            &["policy-address-fails"],
        ),
        several(
            "policy-addresses-differ",
            "The two addresses of the policy host serve different policies.",
            &[Also::V4(Web::Serves(Cert::Good, Answer::Policy(TESTING)))],
            &["policy-addresses-differ"],
        ),
        with_web(
            "policy-addresses-all-fail",
            "Neither address of the policy host has a policy.",
            Web::Serves(Cert::Good, Answer::Status("404 Not Found")),
            "absent",
            &["policy-not-found"],
        )
        .at_also(&[Also::V4(Web::Serves(Cert::Good, Answer::Status("404 Not Found")))]),
        Exhibit {
            record: Txt::Alias("records.delegated.hosting.zoo.test.", "v=STSv1; id=20261101T000000"),
            ..delegated(
                "delegated",
                "Record and policy are delegated to a provider, whose server has the right certificate.",
                "policies.delegated.hosting.zoo.test",
                false,
            )
        },
        delegated(
            "delegated-policy",
            "The policy is delegated to a provider, the record is not.",
            "policies.half.hosting.zoo.test",
            false,
        ),
        Exhibit {
            record: Txt::Alias("records.half.hosting.zoo.test.", "v=STSv1; id=20261101T000000"),
            ..good("delegated-record", "The record is delegated to a provider, the policy is not.")
        },
        Exhibit {
            alias: Some(Alias { target: "policies.own.hosting.zoo.test", own_certificate: true }),
            ..with_web(
                "delegated-wrong-name",
                "The policy is delegated to a provider, whose certificate names the provider alone.",
                GOOD,
                "webpki-invalid",
                &["policy-certificate-name"],
            )
        },
        with_web(
            "policy-browsers-only",
            "The policy host answers 403 to what is no browser.",
            choosy(ENFORCE, Denial::Status("403 Forbidden")),
            "fetch-error",
            &["policy-status", "policy-user-agent"],
        ),
        with_web(
            "policy-resets-strangers",
            "The policy host resets the connection of what is no browser.",
            choosy(ENFORCE, Denial::Reset),
            "fetch-error",
            &["policy-unreachable"],
        )
        .warns(&["policy-user-agent"]),
        with_web(
            "policy-403",
            "The policy host answers 403 to everybody.",
            Web::Serves(Cert::Good, Answer::Status("403 Forbidden")),
            "fetch-error",
            &["policy-status"],
        ),
    ]
}

impl Exhibit {
    fn at_also(self, also: &'static [Also]) -> Self {
        Self { also, ..self }
    }

    fn warns(mut self, warnings: &'static [&'static str]) -> Self {
        self.expect.warnings = warnings;
        self
    }
}

/// Twenty-one hosts: one more than are looked at.
const MANY: [&str; 21] = [
    "a01", "a02", "a03", "a04", "a05", "a06", "a07", "a08", "a09", "a10", "a11", "a12", "a13", "a14", "a15",
    "a16", "a17", "a18", "a19", "a20", "a21",
];

/// Twenty addresses, over IPv4 and IPv6: four more than are looked at.
const MANY_ADDRESSES: [Mail; 20] = {
    let mut all = [Mail::Serves(Cert::Good); 20];
    let mut at = 10;
    while at < all.len() {
        all[at] = Mail::ServesOverIpv6;
        at += 1;
    }
    all
};

fn many_expected() -> Vec<HostExpect> {
    let ok = |name: &&'static str| host(name, Some(true), "ok", Some("ok"));
    let mut hosts: Vec<HostExpect> = MANY.iter().take(20).map(ok).collect();
    hosts.push(host(MANY[20], Some(true), "not-observed", Some("not-observed")));
    hosts
}

fn mail_hosts() -> Vec<Exhibit> {
    vec![
        Exhibit {
            web: policy("version: STSv1\nmode: enforce\nmx: old.{d}\nmax_age: 604800\n"),
            expect: Expect {
                delivery: "refuse",
                hosts: vec![host("mx1", Some(false), "ok", Some("mx-not-matched"))],
                errors: &["mx-not-matched"],
                ..fine()
            },
            ..good("mx-not-listed", "The policy lists a host that is no longer the MX.")
        },
        Exhibit {
            web: policy("version: STSv1\nmode: enforce\nmx: *.{d}\nmax_age: 604800\n"),
            ..good("wildcard-good", "A wildcard admits the MX host.")
        },
        Exhibit {
            web: policy("version: STSv1\nmode: enforce\nmx: *.{d}\nmax_age: 604800\n"),
            mx: MxSet::Hosts(vec![(10, "mx1.eu")]),
            hosts: vec![at("mx1.eu", &[Mail::Serves(Cert::Good)])],
            expect: Expect {
                delivery: "refuse",
                hosts: vec![host("mx1.eu", Some(false), "ok", Some("mx-not-matched"))],
                errors: &["mx-not-matched"],
                ..fine()
            },
            ..good("wildcard-two-labels", "The wildcard stands for one label, the MX host has two.")
        },
        Exhibit {
            web: policy("version: STSv1\nmode: enforce\nmx: {d}\nmax_age: 604800\n"),
            mx: MxSet::Nothing,
            hosts: vec![at("", &[Mail::Serves(Cert::Good)])],
            expect: Expect {
                mx_lookup: "implicit",
                hosts: vec![host("", Some(true), "ok", Some("ok"))],
                ..fine()
            },
            ..good("implicit-mx", "No MX record: the domain itself is the mail host.")
        },
        Exhibit {
            mx: MxSet::Nothing,
            hosts: vec![at("", &[Mail::LookupFails])],
            expect: Expect {
                mx_lookup: "dns-error",
                delivery: "unknown",
                hosts: Vec::new(),
                errors: &["mx-dns-error"],
                ..fine()
            },
            ..good("implicit-servfail", "No MX record, and the domain's own address cannot be looked up.")
        },
        Exhibit {
            hosts: vec![at("mx1", &[Mail::LookupFails])],
            expect: Expect {
                delivery: "refuse",
                hosts: fails!("connect-failed"),
                errors: &["mx-address-dns-error"],
                ..fine()
            },
            ..good("mx-address-servfail", "The address of the MX host cannot be looked up.")
        },
        Exhibit {
            hosts: vec![at("mx1", &MANY_ADDRESSES)],
            ..good("mx-many-addresses", "Twenty addresses of one host, four more than are looked at.")
        },
        Exhibit {
            web: policy("version: STSv1\nmode: enforce\nmx: mta-sts.{d}\nmax_age: 604800\n"),
            mx: MxSet::Hosts(vec![(10, "mta-sts")]),
            hosts: vec![at("mta-sts", &[Mail::Serves(Cert::Good)])],
            expect: Expect { hosts: vec![host("mta-sts", Some(true), "ok", Some("ok"))], ..fine() },
            ..good("mx-is-policy-host", "The policy host is the mail host, too.")
        },
        Exhibit {
            mx: MxSet::Hosts(vec![(0, ".")]),
            expect: Expect {
                mx_lookup: "null",
                delivery: "refuse",
                hosts: Vec::new(),
                warnings: &["tlsrpt-mailto-no-mail"],
                ..fine()
            },
            ..good("null-mx", "A null MX: the domain accepts no mail.")
        },
        Exhibit {
            mx: MxSet::Hosts(vec![(0, "."), (10, "mx1")]),
            expect: Expect { warnings: &["mx-null-beside-others"], ..fine() },
            ..good("null-mx-beside-others", "A null MX beside a real one.")
        },
        Exhibit {
            mx: MxSet::Nothing,
            expect: Expect {
                mx_lookup: "none",
                delivery: "refuse",
                hosts: Vec::new(),
                errors: &["mx-none"],
                ..fine()
            },
            ..good("no-mail-host", "Neither an MX record nor an address.")
        },
        Exhibit {
            mx: MxSet::ServFail,
            expect: Expect {
                mx_lookup: "dns-error",
                delivery: "unknown",
                hosts: Vec::new(),
                errors: &["mx-dns-error"],
                ..fine()
            },
            ..good("mx-servfail", "The resolver cannot look the MX records up.")
        },
        Exhibit {
            mx: MxSet::Hosts(vec![(10, "mx")]),
            web: policy("version: STSv1\nmode: enforce\nmx: mx.{d}\nmax_age: 604800\n"),
            hosts: vec![
                MailHost { name: "mx", addresses: Vec::new(), alias: Some("mx1") },
                at("mx1", &[Mail::Serves(Cert::Wildcard)]),
            ],
            expect: Expect {
                hosts: vec![host("mx", Some(true), "ok", Some("ok"))],
                warnings: &["mx-alias"],
                ..fine()
            },
            ..good("mx-alias", "The MX host is an alias.")
        },
        Exhibit {
            mx: MxSet::Hosts(vec![(10, "192.0.2.1.")]),
            expect: Expect {
                delivery: "refuse",
                hosts: vec![host("192.0.2.1.", Some(false), "connect-failed", Some("mx-not-matched"))],
                errors: &["mx-is-address"],
                ..fine()
            },
            ..good("mx-is-address", "The MX record holds an address instead of a name.")
        },
        Exhibit {
            hosts: vec![at("mx1", &[])],
            expect: Expect {
                delivery: "refuse",
                hosts: fails!("connect-failed"),
                errors: &["mx-no-address"],
                ..fine()
            },
            ..good("mx-no-address", "The MX host has no address.")
        },
        Exhibit {
            hosts: vec![at("mx1", &[Mail::Elsewhere(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 25)))])],
            expect: Expect {
                delivery: "unknown",
                hosts: fails!("not-observed"),
                warnings: &["mx-address-not-public"],
                ..fine()
            },
            ..good("mx-private-address", "The MX host has a private address, which is not dialled.")
        },
        Exhibit {
            web: policy("version: STSv1\nmode: enforce\nmx: *.{d}\nmax_age: 604800\n"),
            mx: MxSet::Hosts(MANY.iter().map(|host| (10, *host)).collect()),
            hosts: MANY.iter().map(|host| at(host, &[Mail::Serves(Cert::Good)])).collect(),
            expect: Expect { hosts: many_expected(), ..fine() },
            ..good("mx-many", "Twenty-one MX hosts, one more than are looked at.")
        },
    ]
}

fn mail_servers() -> Vec<Exhibit> {
    let tls =
        |name, sentence, cert, hosts, errors| with_mail(name, sentence, Mail::Serves(cert), hosts, errors);
    vec![
        with_mail(
            "no-starttls",
            "The MX host does not offer STARTTLS.",
            Mail::At(Step::Ehlo, Does::Says(b"250-{h} greets you\r\n250 8BITMIME\r\n")),
            fails!("starttls-not-supported"),
            &["mx-starttls-missing"],
        ),
        with_mail(
            "starttls-refused",
            "The MX host offers STARTTLS and refuses it.",
            Mail::At(Step::Starttls, Does::Says(b"454 4.7.0 TLS is not available\r\n")),
            fails!("starttls-not-supported"),
            &["mx-starttls-missing"],
        ),
        with_mail(
            "ehlo-refused",
            "The MX host refuses EHLO and takes HELO.",
            Mail::At(Step::Ehlo, Does::Says(b"502 5.5.1 EHLO is not for us\r\n")),
            fails!("starttls-not-supported"),
            &["mx-starttls-missing"],
        ),
        tls(
            "mx-expired-cert",
            "The MX host's certificate has expired.",
            Cert::Expired,
            fails!("certificate-expired"),
            &["mx-certificate-expired"],
        ),
        tls(
            "mx-wrong-name",
            "The MX host's certificate is for another name.",
            Cert::OtherName,
            fails!("certificate-host-mismatch"),
            &["mx-certificate-name"],
        ),
        tls(
            "mx-name-in-cn-only",
            "The certificate has the MX host's name only in its common name.",
            Cert::CommonNameOnly,
            fails!("certificate-host-mismatch"),
            &["mx-certificate-name"],
        ),
        tls(
            "mx-self-signed",
            "The MX host's certificate is self-signed.",
            Cert::SelfSigned,
            fails!("certificate-not-trusted"),
            &["mx-certificate-untrusted"],
        ),
        tls(
            "mx-version-1-cert",
            "The MX host's certificate is one of X.509 version 1, which names no host.",
            Cert::Version1,
            fails!("certificate-host-mismatch"),
            &["mx-certificate-name"],
        ),
        tls(
            "mx-unknown-issuer",
            "The MX host's certificate comes from an authority nobody knows.",
            Cert::Stranger,
            fails!("certificate-not-trusted"),
            &["mx-certificate-untrusted"],
        ),
        tls(
            "mx-no-intermediate",
            "The MX host does not send its intermediate certificate.",
            Cert::NoIntermediate,
            fails!("certificate-not-trusted"),
            &["mx-certificate-untrusted"],
        ),
        tls(
            "mx-not-yet-valid",
            "The MX host's certificate begins next year.",
            Cert::NotYet,
            fails!("certificate-not-trusted"),
            &["mx-certificate-untrusted"],
        ),
        with_mail(
            "tls10-only",
            "The MX host speaks TLS 1.0 and nothing newer.",
            Mail::Tls(Handshake::Tls10),
            fails!("validation-failure"),
            &["mx-tls-failed"],
        ),
        with_mail(
            "mx-closes-in-handshake",
            "The MX host closes the connection in the TLS handshake.",
            Mail::Tls(Handshake::Closes),
            fails!("validation-failure"),
            &["mx-tls-failed"],
        ),
        with_mail(
            "mx-closes-after-tls",
            "The MX host closes the connection after the TLS handshake.",
            Mail::At(Step::EhloOverTls, Does::Closes),
            fails!("validation-failure"),
            &["mx-tls-failed"],
        ),
        with_mail(
            "mx-closes-at-starttls",
            "The MX host closes the connection instead of replying to STARTTLS.",
            Mail::At(Step::Starttls, Does::Closes),
            fails!("connect-failed"),
            &["mx-connect-failed"],
        ),
        with_mail(
            "mx-refused",
            "The MX host refuses connections.",
            Mail::Refuses,
            fails!("connect-failed"),
            &["mx-connect-failed"],
        ),
        with_mail(
            "mx-closes",
            "The MX host closes every connection at once.",
            Mail::At(Step::Greeting, Does::Closes),
            fails!("connect-failed"),
            &["mx-connect-failed"],
        ),
        with_mail(
            "mx-silent",
            "The MX host accepts connections and says nothing.",
            Mail::At(Step::Greeting, Does::Stays),
            fails!("connect-failed"),
            &["mx-connect-failed"],
        ),
        with_mail(
            "mx-banner-554",
            "The MX host greets with 554.",
            Mail::At(Step::Greeting, Does::Says(b"554 5.7.1 no mail from you\r\n")),
            fails!("connect-failed"),
            &["mx-connect-failed"],
        ),
        with_mail(
            "mx-endless-banner",
            "The MX host's greeting never ends.",
            Mail::At(Step::Greeting, Does::Endless(b"220-still greeting you\r\n")),
            fails!("connect-failed"),
            &["mx-connect-failed"],
        ),
        Exhibit {
            hosts: vec![at("mx1", &[Mail::NeverConnects])],
            expect: Expect { delivery: "unknown", hosts: fails!("not-observed"), ..fine() },
            ..good(
                "mx-times-out",
                "No answer from the MX host: it may be down, or port 25 may be blocked here.",
            )
        },
        Exhibit {
            hosts: vec![at("mx1", &[Mail::Serves(Cert::Good), Mail::RefusesOverIpv6])],
            expect: Expect { warnings: &["mx-connect-failed"], ..fine() },
            ..good("mx-one-address-of-two", "The MX host answers over IPv4 and refuses over IPv6.")
        },
        Exhibit {
            hosts: vec![at(
                "mx1",
                &[Mail::At(Step::Starttls, Does::Says(b"220 2.0.0 go ahead\r\n250 2.0.0 injected\r\n"))],
            )],
            expect: Expect { warnings: &["mx-plaintext-injected"], ..fine() },
            ..good(
                "mx-injects-plaintext",
                "Plaintext stands between the go-ahead to STARTTLS and the handshake.",
            )
        },
        Exhibit {
            hosts: vec![at("mx1", &[Mail::Serves(Cert::EndsSoon)])],
            expect: Expect { warnings: &["mx-certificate-expires"], ..fine() },
            ..good("mx-cert-expires-soon", "The MX host's certificate ends in five days.")
        },
        Exhibit {
            web: Web::Serves(Cert::EndsSoon, Answer::Policy(ENFORCE)),
            expect: Expect { warnings: &["policy-certificate-expires"], ..fine() },
            ..good("policy-cert-expires-soon", "The policy host's certificate ends in five days.")
        },
        Exhibit {
            hosts: vec![at("mx1", &[Mail::ByteWise])],
            ..good("mx-byte-wise", "The MX host sends every byte by itself.")
        },
        Exhibit {
            hosts: vec![at(
                "mx1",
                &[Mail::At(
                    Step::Greeting,
                    Does::Says(b"220 <script>document.title='owned'</script> \x1b[31m \xC3\xA9\r\n"),
                )],
            )],
            ..good("mx-hostile-banner", "The MX host's greeting holds markup, terminal codes and 8-bit text.")
        },
    ]
}

fn tlsrpt_records() -> Vec<Exhibit> {
    vec![
        with_tlsrpt("tlsrpt-missing", "There is no TLSRPT record.", Txt::Nothing, "absent", &[], &[]),
        with_tlsrpt(
            "tlsrpt-two-records",
            "Two TLSRPT records: senders report nothing.",
            Txt::Texts(&[&["v=TLSRPTv1; rua=mailto:a@{d}"], &["v=TLSRPTv1; rua=mailto:b@{d}"]]),
            "multiple",
            &["tlsrpt-multiple"],
            &[],
        ),
        with_tlsrpt(
            "tlsrpt-invalid",
            "The TLSRPT record names a mail address without a scheme.",
            Txt::Texts(&[&["v=TLSRPTv1; rua=tlsrpt@{d}"]]),
            "invalid",
            &["tlsrpt-rua-uri"],
            &[],
        ),
        with_tlsrpt(
            "tlsrpt-misspelt",
            "The TLSRPT record names its version in small letters.",
            Txt::Texts(&[&["v=tlsrptv1; rua=mailto:tlsrpt@{d}"]]),
            "absent",
            &[],
            &["tlsrpt-set-aside"],
        ),
        with_tlsrpt(
            "tlsrpt-servfail",
            "The resolver cannot look the TLSRPT record up.",
            Txt::ServFail,
            "dns-error",
            &[],
            &["tlsrpt-dns-error"],
        ),
        with_tlsrpt(
            "tlsrpt-wrong-name",
            "The TLSRPT record stands at the name that a draft of RFC 8460 had.",
            Txt::Elsewhere("_smtp-tlsrpt", "v=TLSRPTv1; rua=mailto:tlsrpt@{d}"),
            "absent",
            &[],
            &[],
        ),
        with_tlsrpt(
            "tlsrpt-under-policy-host",
            "The TLSRPT record stands under the policy host, and no alias leads there.",
            Txt::Elsewhere("_smtp._tls.mta-sts", "v=TLSRPTv1; rua=mailto:tlsrpt@{d}"),
            "absent",
            &[],
            &[],
        ),
        Exhibit {
            beside: &[("reports", Txt::Texts(&[&["no mail here"]]))],
            ..with_tlsrpt(
                "tlsrpt-mailto-no-mail",
                "TLS reports are sent to a domain that has neither an MX record nor an address.",
                Txt::Texts(&[&["v=TLSRPTv1; rua=mailto:tlsrpt@reports.{d}"]]),
                "valid",
                &[],
                &["tlsrpt-mailto-no-mail"],
            )
        },
        with_tlsrpt(
            "tlsrpt-mailto-null-mx",
            "TLS reports are sent to a domain that accepts no mail.",
            Txt::Texts(&[&["v=TLSRPTv1; rua=mailto:tlsrpt@null-mx.zoo.test"]]),
            "valid",
            &[],
            &["tlsrpt-mailto-no-mail"],
        ),
        with_tlsrpt(
            "tlsrpt-mailto-implicit",
            "TLS reports are sent to a domain that takes mail without an MX record.",
            Txt::Texts(&[&["v=TLSRPTv1; rua=mailto:tlsrpt@mx1.{d}"]]),
            "valid",
            &[],
            &[],
        ),
        with_tlsrpt(
            "tlsrpt-https-no-address",
            "TLS reports are posted to a host that does not exist.",
            Txt::Texts(&[&["v=TLSRPTv1; rua=https://reports.{d}/v1/tlsrpt"]]),
            "valid",
            &[],
            &["tlsrpt-https-no-address"],
        ),
        with_tlsrpt(
            "tlsrpt-one-of-two",
            "TLS reports are sent to two places, and one of them does not exist.",
            Txt::Texts(&[&["v=TLSRPTv1; rua=mailto:tlsrpt@reports.{d},mailto:tlsrpt@{d}"]]),
            "valid",
            &[],
            &["tlsrpt-mailto-no-mail"],
        ),
        with_tlsrpt(
            "tlsrpt-target-servfail",
            "The resolver cannot look up where TLS reports go.",
            Txt::Texts(&[&["v=TLSRPTv1; rua=mailto:tlsrpt@mx-servfail.zoo.test"]]),
            "valid",
            &[],
            &["tlsrpt-target-dns-error"],
        ),
        Exhibit {
            record: Txt::Nothing,
            tlsrpt: Txt::Nothing,
            web: Web::Nowhere,
            expect: Expect {
                record: "absent",
                policy: "absent",
                tlsrpt: "absent",
                delivery: "no-sts",
                hosts: vec![host("mx1", None, "ok", None)],
                errors: &["record-absent", "policy-host-missing"],
                ..fine()
            },
            ..good("nothing", "A domain that has never heard of MTA-STS.")
        },
        Exhibit {
            record: Txt::Nothing,
            tlsrpt: Txt::Nothing,
            web: Web::Nowhere,
            mx: MxSet::NoDomain,
            hosts: Vec::new(),
            expect: Expect {
                record: "absent",
                policy: "absent",
                mx_lookup: "none",
                tlsrpt: "absent",
                delivery: "no-sts",
                hosts: Vec::new(),
                errors: &["mx-none"],
                warnings: &[],
                dane: None,
                beside: None,
            },
            ..good("no-domain", "A domain that does not exist, as when its name is mistyped.")
        },
    ]
}
