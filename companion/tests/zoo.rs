//! Every domain of the zoo, checked by the native host, comes to what the zoo says it must.
#![cfg(not(target_arch = "wasm32"))]

#[path = "../../tests/first_look/mod.rs"]
mod first_look;
mod looked;

use mta_sts::evidence::CertificateFault;
use mta_sts::rules::{self, Sample};
use mta_sts::verdict::Does;
use mta_sts::{Delivery, Evidence, Failure, Level, Outcome, Report};
use zoo::{Exhibit, Zoo};

use self::looked::{Seen, look};

fn codes(report: &Report, level: Level) -> Vec<&'static str> {
    let findings = report.findings.iter().filter(|finding| finding.level == level);
    let mut codes: Vec<_> = findings.map(|finding| finding.code).collect();
    codes.sort_unstable();
    codes
}

fn json_of(value: &impl serde::Serialize) -> serde_json::Value {
    serde_json::to_value(value).expect("JSON")
}

/// The report in the words of `Expect`, and what the exhibit expects, one line for each field.
fn compare(exhibit: &Exhibit, report: &Report) -> Vec<String> {
    let json = serde_json::to_value(report).expect("a report is JSON");
    let expect = &exhibit.expect;
    let mut wrong = Vec::new();
    let mut field = |name: &str, found: String, wanted: String| {
        if found != wanted {
            wrong.push(format!("{}: {name} is {found}, not {wanted}", exhibit.name));
        }
    };
    let word = |value: &serde_json::Value| value.as_str().unwrap_or("?").to_owned();
    field("record", word(&json["record"]["state"]), expect.record.into());
    field("policy", word(&json["policy"]["state"]), expect.policy.into());
    field("mx_lookup", word(&json["mx_lookup"]), expect.mx_lookup.into());
    field("tlsrpt", word(&json["tlsrpt"]["state"]), expect.tlsrpt.into());
    field("delivery", word(&json["delivery"]), expect.delivery.into());
    let hosts = report.mx.iter().map(|mx| {
        (mx.host.clone(), mx.matched, mx.result.as_str(), mx.report.map(mta_sts::verdict::Reported::as_str))
    });
    let domain = exhibit.domain();
    let wanted = expect.hosts.iter().map(|host| {
        let name = match host.host {
            "" => domain.clone(),
            absolute if absolute.ends_with('.') => absolute.trim_end_matches('.').to_owned(),
            relative => format!("{relative}.{domain}"),
        };
        (name, host.matched, host.result, host.report)
    });
    field("mx", format!("{:?}", hosts.collect::<Vec<_>>()), format!("{:?}", wanted.collect::<Vec<_>>()));
    for (level, name, wanted) in
        [(Level::Error, "errors", expect.errors), (Level::Warning, "warnings", expect.warnings)]
    {
        let mut wanted = wanted.to_vec();
        wanted.sort_unstable();
        field(name, format!("{:?}", codes(report, level)), format!("{wanted:?}"));
    }
    if let Some((delivery, hosts)) = expect.dane {
        field("dane", word(&json["dane"]["delivery"]), delivery.into());
        let states = report.mx.iter().map(|mx| word(&json_of(&mx.dane.state)));
        field("dane of hosts", format!("{:?}", states.collect::<Vec<_>>()), format!("{hosts:?}"));
    }
    if let Some(states) = expect.beside {
        let states = states.map(str::to_owned);
        let found = ["spf", "dmarc", "dkim"].map(|name| word(&json["beside"][name]["state"]));
        field("beside", format!("{found:?}"), format!("{states:?}"));
    }
    field("waiting", report.waiting.to_string(), "0".into());
    wrong
}

/// Why certificates are not trusted, in this host program's words.
fn untrusted(evidence: &Evidence) -> Vec<String> {
    let outcomes = evidence.entries.iter().map(|entry| &entry.outcome);
    let seen = outcomes.filter_map(|outcome| match outcome {
        Outcome::Http(answer) => answer.tls.as_ref(),
        Outcome::Session(session) => session.tls.as_ref(),
        Outcome::Failed(Failure::Certificate { tls }) => Some(tls),
        _ => None,
    });
    let words = seen.flat_map(|tls| &tls.faults).filter_map(|fault| match fault {
        CertificateFault::Untrusted { why } => Some(why.clone()),
        _ => None,
    });
    words.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_domain_comes_to_what_it_must() {
    let zoo = Zoo::open().await.expect("the zoo opens");
    assert!(zoo.exhibits.len() >= 24, "{} domains", zoo.exhibits.len());
    let all = look(&zoo).await;
    for Seen { exhibit, evidence, report } in &all {
        first_look::compare(exhibit.name, evidence, report);
    }
    let untrusted: Vec<String> = all.iter().flat_map(|seen| untrusted(&seen.evidence)).collect();
    assert!(!untrusted.is_empty(), "the zoo has certificates that are not trusted");
    for why in untrusted {
        assert!(mta_sts::heard::is_known(&why), "{why}");
    }
    let reports: Vec<(Exhibit, Report)> = all.into_iter().map(|seen| (seen.exhibit, seen.report)).collect();
    let mut wrong: Vec<String> =
        reports.iter().flat_map(|(exhibit, report)| compare(exhibit, report)).collect();
    wrong.extend(untried_rules(&reports));
    wrong.extend(untold_reasons(&reports));
    wrong.extend(reports.iter().flat_map(|(exhibit, report)| {
        actions_beside_the_verdict(report).into_iter().map(move |what| format!("{}: {what}", exhibit.name))
    }));
    wrong.extend(unlike_actions(&reports));
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Domains whose report must say a certain thing, as the code alone says too little. Where a reason has two parts they are told
/// in one sentence.
const REASONS: [(&str, &[&str]); 22] = [
    ("mx-expired-cert", &["): the certificate ended on 2020-03-31"]),
    ("mx-not-yet-valid", &["the certificate begins only on "]),
    (
        "mx-wrong-name",
        &["names `www.another.zoo.test`, `another.zoo.test`, not `mx1.mx-wrong-name.zoo.test`"],
    ),
    ("mx-name-in-cn-only", &["has no DNS-ID"]),
    ("mx-expired-wrong-name", &["names `www.another.zoo.test`", "the certificate ended on 2020-03-31"]),
    ("mx-self-signed", &["self-signed"]),
    ("mx-unknown-issuer", &["no chain leads from `CN=Nobody's Root`"]),
    ("mx-no-intermediate", &["sends its own certificate alone, without that of `CN=Zoo Intermediate`"]),
    ("mx-client-cert", &["it is for TLS clients, not for servers (extended key usage)"]),
    ("mx-rsa-1024", &["it has an RSA key of 1024 bits, and TLS libraries of today take no fewer than 2048"]),
    ("mx-sha1", &["it is signed with sha1WithRSAEncryption, which TLS libraries of today take no more"]),
    (
        "mx-expired-intermediate",
        &["the certificate of `CN=Zoo Intermediate of 2019`, which it needs, ended on 2020-12-31"],
    ),
    ("mx-demands-client-cert", &["received fatal alert: CertificateRequired"]),
    ("mx-closes-after-banner", &["closes the connection instead of the reply to EHLO"]),
    ("mx-ehlo-over-tls-421", &["the reply to EHLO over TLS is `421 "]),
    ("tls11-only", &["the server speaks TLS 1.1 at most"]),
    ("mx-stalls-in-handshake", &["the TLS handshake does not come in time"]),
    (
        "tlsrpt-wrong-name",
        &["no record at `_smtp._tls.tlsrpt-wrong-name.zoo.test`, but one at `_smtp-tlsrpt.tlsrpt-wrong-name"],
    ),
    ("tlsrpt-under-policy-host", &["but one at `_smtp._tls.mta-sts.tlsrpt-under-policy-host.zoo.test`"]),
    (
        "tlsrpt-mailto-no-mail",
        &[
            "names no other place",
            "`reports.tlsrpt-mailto-no-mail.zoo.test` has neither an MX record nor an address",
        ],
    ),
    ("tlsrpt-mailto-null-mx", &["`null-mx.zoo.test` accepts no mail: it has a null MX"]),
    ("tlsrpt-one-of-two", &["does not exist; `tlsrpt@tlsrpt-one-of-two.zoo.test` can still be reached"]),
];

/// What senders do host by host must come to what they do with the mail.
fn actions_beside_the_verdict(report: &Report) -> Vec<String> {
    // RFC 8460 §4.3.
    const TYPES: [&str; 8] = [
        "starttls-not-supported",
        "certificate-host-mismatch",
        "certificate-expired",
        "certificate-not-trusted",
        "validation-failure",
        "sts-policy-fetch-error",
        "sts-policy-invalid",
        "sts-webpki-invalid",
    ];
    let actions =
        || report.mx.iter().flat_map(|mx| mx.addresses.iter().map(|one| &one.action).chain([&mx.action]));
    let any = |does: Does| actions().any(|action| action.does == does);
    let mut wrong = Vec::new();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            wrong.push(format!("{what}, with delivery {}", report.delivery.as_str()));
        }
    };
    must(
        actions().all(|action| action.reports.is_none_or(|report| TYPES.contains(&report))),
        "an unknown type",
    );
    let whole = |sentence: &str| sentence.ends_with('.') && sentence.starts_with(char::is_uppercase);
    must(actions().all(|action| whole(&action.sentence)), "half a sentence");
    match report.delivery {
        Delivery::Refuse => {
            must(!any(Does::Deliver) && !any(Does::DeliverUnverified), "somebody delivers");
            must(!any(Does::NextHost), "there is nowhere to go on to");
        }
        Delivery::Deliver => {
            must(any(Does::Deliver) && !any(Does::Defer), "nobody delivers");
            if report.policy.mode == Some(mta_sts::Mode::Enforce) {
                must(!any(Does::DeliverUnverified), "enforced mail is delivered unverified");
            }
        }
        Delivery::DeliverAndReport => must(!any(Does::Defer) || !any(Does::DeliverUnverified), "both"),
        Delivery::NoSts => must(!any(Does::Deliver), "verified without a policy"),
        Delivery::Unknown => must(!any(Does::Defer), "unknown and deferred"),
    }
    wrong
}

/// What senders do at the first address of the first host, and what they report of it.
const ACTIONS: [(&str, &str, Option<&str>); 9] = [
    ("enforce-good", "deliver", None),
    ("mx-expired-cert", "defer", Some("certificate-expired")),
    ("mx-wrong-name", "defer", Some("certificate-host-mismatch")),
    ("no-starttls", "defer", Some("starttls-not-supported")),
    ("mx-not-listed", "defer", None),
    ("mx-refused", "defer", None),
    ("testing-failing", "deliver-unverified", Some("certificate-expired")),
    ("policy-redirect", "deliver-unverified", Some("sts-policy-fetch-error")),
    ("no-record", "deliver-unverified", None),
];

fn unlike_actions(reports: &[(Exhibit, Report)]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, does, reported) in ACTIONS {
        let found = reports.iter().find(|(exhibit, _)| exhibit.name == name);
        let action = found.and_then(|(_, report)| Some(&report.mx.first()?.addresses.first()?.action));
        if action.map(|action| (action.does.as_str(), action.reports)) != Some((does, reported)) {
            wrong.push(format!("{name}: senders do {action:?}, not {does} with {reported:?}"));
        }
    }
    // What others do is told with it.
    for (name, part) in [
        ("mx-expired-cert", "5.7.5"),
        ("mx-name-in-cn-only", "may deliver where RFC 8461"),
        ("mx-not-listed", "5.4.8"),
        ("no-starttls", "in plain text where it does not"),
    ] {
        let found = reports.iter().find(|(exhibit, _)| exhibit.name == name);
        let others = found.map(|(_, report)| &report.others).into_iter().flatten();
        if !others.into_iter().any(|other| other.sentence.contains(part)) {
            wrong.push(format!("{name}: nobody of the others is told {part:?}"));
        }
    }
    wrong
}

fn untold_reasons(reports: &[(Exhibit, Report)]) -> Vec<String> {
    let told = |name: &str, parts: &[&str]| {
        reports.iter().filter(|(exhibit, _)| exhibit.name == name).any(|(_, report)| {
            report.findings.iter().any(|finding| parts.iter().all(|part| finding.message.contains(part)))
        })
    };
    let untold = REASONS.iter().filter(|(name, parts)| !told(name, parts));
    untold.map(|(name, parts)| format!("{name}: nothing says {parts:?}")).collect()
}

/// The rules that do not do on their domains of the zoo what they say.
fn untried_rules(reports: &[(Exhibit, Report)]) -> Vec<String> {
    let mut wrong = Vec::new();
    for rule in rules::all() {
        for (sample, fires) in [(rule.fires_on, true), (rule.quiet_on, false)] {
            let Sample::Zoo(name) = sample else { continue };
            let found = reports.iter().find(|(exhibit, _)| exhibit.name == name);
            let Some((_, report)) = found else {
                wrong.push(format!("{}: there is no {name} in the zoo", rule.code));
                continue;
            };
            if report.findings.iter().any(|finding| finding.code == rule.code) != fires {
                let what = if fires { "does not fire" } else { "fires" };
                wrong.push(format!("{} {what} on {name}", rule.code));
            }
        }
    }
    wrong
}
