//! The policy host seen whole: which of its addresses are fetched from, and what is said of those that differ.
#![cfg(not(target_arch = "wasm32"))]

use std::net::IpAddr;

use mta_sts::dns::{Kind, Name};
use mta_sts::evidence::{Bytes, FetchStage, FetchTime, Field, HttpAnswer, Session, SessionEnd, SmtpStage};
use mta_sts::{Check, Domain, Entry, Failure, Host, Level, Outcome, Report, Step, Witness};

const POLICY: &str = "version: STSv1\nmode: enforce\nmx: mx.example.com\nmax_age: 604800\n";

fn domain() -> Domain {
    Domain::parse("example.com").expect("a domain")
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

/// A response to a query for addresses of the policy host.
fn addresses(kind: Kind, addresses: &[&str]) -> (Step, Outcome) {
    let name = domain().policy_host();
    let count = u16::try_from(addresses.len()).expect("few");
    let mut wire: Vec<u8> = [0, 0x8180, 1, count, 0, 0].into_iter().flat_map(u16::to_be_bytes).collect();
    wire.extend(Name::parse(&name).expect("a name").as_wire());
    wire.extend([kind.code(), 1].into_iter().flat_map(u16::to_be_bytes));
    for address in addresses {
        let data = match ip(address) {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        };
        let length = u16::try_from(data.len()).expect("short");
        wire.extend([0xC00C, kind.code(), 1, 0, 60, length].into_iter().flat_map(u16::to_be_bytes));
        wire.extend(data);
    }
    (Step::Dns { name, rrtype: kind, cd: false }, Outcome::Message(Bytes(wire)))
}

fn serves(address: &str, body: &str) -> HttpAnswer {
    HttpAnswer {
        status: 200,
        content_type: Some("text/plain".into()),
        body: Bytes(body.into()),
        address: Some(ip(address)),
        ..HttpAnswer::default()
    }
}

fn at(address: &str) -> Step {
    Step::PolicyAddress { domain: domain(), address: ip(address) }
}

fn check(entries: impl IntoIterator<Item = (Step, Outcome)>) -> Check {
    let mut check = Check::new(domain(), 1_795_305_600);
    for (step, outcome) in entries {
        check.feed(Entry { step, by: Witness::Companion, via: None, took_ms: 1, outcome });
    }
    check
}

/// The addresses that are to be fetched from.
fn asked(entries: impl IntoIterator<Item = (Step, Outcome)>) -> Vec<String> {
    let steps = check(entries).next_steps().into_iter().filter_map(|step| match step {
        Step::PolicyAddress { address, .. } => Some(address.to_string()),
        _ => None,
    });
    steps.collect()
}

fn said<'r>(report: &'r Report, code: &str) -> Vec<(Level, &'r str)> {
    let findings = report.findings.iter().filter(|finding| finding.code == code);
    findings.map(|finding| (finding.level, finding.message.as_str())).collect()
}

#[test]
fn an_address_alone_is_not_fetched_from_twice() {
    let (a, none) = (addresses(Kind::A, &["192.0.2.1"]), addresses(Kind::Aaaa, &[]));
    assert_eq!(asked([a.clone(), none.clone()]), [""; 0]);
    let ordinary = (Step::Policy { domain: domain() }, Outcome::Http(serves("192.0.2.1", POLICY)));
    let report = check([a, none, ordinary]).report();
    let shown: Vec<_> = report.policy.addresses.iter().map(|at| at.seen.as_deref()).collect();
    assert_eq!(shown, [Some("a body of 64 bytes")]);
}

#[test]
fn every_address_of_several_is_fetched_from() {
    let two = addresses(Kind::A, &["192.0.2.2", "192.0.2.1"]);
    let (one, v6) = (addresses(Kind::A, &["192.0.2.1"]), addresses(Kind::Aaaa, &["2001:db8::1"]));
    // Whether one is alone is not known before both lookups are answered.
    assert_eq!(asked([one.clone()]), [""; 0]);
    assert_eq!(asked([two.clone()]), ["192.0.2.1", "192.0.2.2"]);
    assert_eq!(asked([one, v6.clone()]), ["192.0.2.1", "2001:db8::1"]);
    // An ordinary fetch that came first changes nothing.
    let ordinary = (Step::Policy { domain: domain() }, Outcome::Http(serves("192.0.2.1", POLICY)));
    assert_eq!(asked([ordinary, two, v6]), ["192.0.2.1", "192.0.2.2", "2001:db8::1"]);

    let many: Vec<String> = (1..=20).map(|last| format!("192.0.2.{last}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let lookups = [addresses(Kind::A, &many), addresses(Kind::Aaaa, &["2001:db8::1"])];
    assert_eq!(asked(lookups.clone()).len(), 16);
    let report = check(lookups).report();
    let skipped = report.policy.addresses.iter().filter(|at| at.reason == Some("skipped"));
    assert_eq!((report.policy.addresses.len(), skipped.count()), (21, 5));
}

/// Two addresses, IPv4 and IPv6, and what the second gives.
fn over_ipv6(outcome: Outcome) -> Vec<(Step, Outcome)> {
    vec![
        addresses(Kind::A, &["192.0.2.1"]),
        addresses(Kind::Aaaa, &["2001:db8::1"]),
        (Step::Policy { domain: domain() }, Outcome::Http(serves("192.0.2.1", POLICY))),
        (at("192.0.2.1"), Outcome::Http(serves("192.0.2.1", POLICY))),
        (at("2001:db8::1"), outcome),
    ]
}

#[test]
fn what_was_not_reached_from_here_is_not_the_host_s_fault() {
    let code = "policy-address-fails";
    for unproven in [
        Failure::ConnectTimeout { proven: false },
        Failure::NoRoute { proven: false },
        Failure::NoCompanion,
        Failure::Companion { detail: "busy".into() },
    ] {
        let report = check(over_ipv6(Outcome::Failed(unproven.clone()))).report();
        assert_eq!(said(&report, code), [], "{unproven:?}");
        assert!(report.policy.addresses[1].reason.is_some(), "{unproven:?}");
        assert_eq!(report.policy.addresses[1].seen, None, "{unproven:?}");
    }
    for failure in [
        Failure::ConnectTimeout { proven: true },
        Failure::Refused,
        Failure::Timeout,
        Failure::Tls { detail: "alert".into() },
    ] {
        let report = check(over_ipv6(Outcome::Failed(failure.clone()))).report();
        let found = said(&report, code);
        assert!(
            matches!(found.as_slice(), [(Level::Warning, said)] if said.contains("2001:db8::1")),
            "{failure:?}"
        );
        assert_eq!(report.policy.state, mta_sts::facts::PolicyState::Valid, "{failure:?}");
    }
    // A mail host reached over IPv6 proves that the way is open.
    let mut entries = over_ipv6(Outcome::Failed(Failure::ConnectTimeout { proven: false }));
    let session = Session {
        stage: SmtpStage::Done,
        end: SessionEnd::Complete,
        tls: None,
        injected: false,
        transcript: Vec::new(),
        stages: Vec::new(),
    };
    let probe =
        Step::Smtp { domain: domain(), host: Host::new("mx.example.com"), address: ip("2001:db8::25") };
    entries.push((probe, Outcome::Session(session)));
    assert_eq!(said(&check(entries).report(), code).len(), 1);
}

#[test]
fn what_differs_is_named() {
    let other = |from: &str, to: &str| POLICY.replace(from, to);
    for (body, level, part) in [
        (other("enforce", "testing"), Level::Warning, "`mode: testing`"),
        (other("mx.example", "mx2.example"), Level::Warning, "`mx: mx2.example.com`"),
        (other("604800", "86400"), Level::Warning, "`max_age: 86400`"),
        (other("604800\n", "604800\r\n"), Level::Note, "written differently"),
        (other("enforce", "enforced"), Level::Warning, "that they cannot"),
        ("<html>".into(), Level::Warning, "that they cannot"),
    ] {
        let report = check(over_ipv6(Outcome::Http(serves("2001:db8::1", &body)))).report();
        let found = said(&report, "policy-addresses-differ");
        assert!(
            matches!(found.as_slice(), [(at, said)] if *at == level && said.contains(part)),
            "{body}: {found:?}"
        );
    }
    let mut html = serves("2001:db8::1", POLICY);
    html.content_type = Some("text/html".into());
    let report = check(over_ipv6(Outcome::Http(html))).report();
    assert!(said(&report, "policy-addresses-differ")[0].1.ends_with("2001:db8::1 as `text/html`"));
    let same = check(over_ipv6(Outcome::Http(serves("2001:db8::1", POLICY)))).report();
    assert_eq!(said(&same, "policy-addresses-differ"), []);
}

#[test]
fn a_browser_that_was_answered_elsewhere_proves_nothing() {
    let refusal = HttpAnswer { status: 403, address: Some(ip("192.0.2.1")), ..HttpAnswer::default() };
    let entries = |second: Outcome| {
        vec![
            addresses(Kind::A, &["192.0.2.1", "192.0.2.2"]),
            addresses(Kind::Aaaa, &[]),
            (Step::Policy { domain: domain() }, Outcome::Http(refusal.clone())),
            (at("192.0.2.1"), Outcome::Http(refusal.clone())),
            (at("192.0.2.2"), second),
            (Step::PolicyAsBrowser { domain: domain() }, Outcome::Http(serves("192.0.2.2", POLICY))),
        ]
    };
    let elsewhere = check(entries(Outcome::Http(serves("192.0.2.2", POLICY)))).report();
    assert_eq!(said(&elsewhere, "policy-user-agent"), []);
    assert_eq!(said(&elsewhere, "policy-address-fails").len(), 1);
    let refused = HttpAnswer { address: Some(ip("192.0.2.2")), ..refusal.clone() };
    let turned_away = check(entries(Outcome::Http(refused))).report();
    assert!(matches!(said(&turned_away, "policy-user-agent").as_slice(), [(Level::Error, _)]));
    assert_eq!(said(&turned_away, "policy-address-fails"), []);
}

#[test]
fn a_slow_host_is_not_choosy() {
    let entries = |took_ms| {
        let mut answer = serves("192.0.2.1", POLICY);
        answer.stages = vec![FetchTime { stage: FetchStage::Body, took_ms }];
        let ordinary = (Step::Policy { domain: domain() }, Outcome::Failed(Failure::Timeout));
        [ordinary, (Step::PolicyAsBrowser { domain: domain() }, Outcome::Http(answer))]
    };
    for (took_ms, level) in [(9_000, None), (100, Some(Level::Warning))] {
        let mut check = Check::new(domain(), 0);
        for (step, outcome) in entries(took_ms) {
            check.feed(Entry { step, by: Witness::Companion, via: None, took_ms: 10_000, outcome });
        }
        let report = check.report();
        assert_eq!(said(&report, "policy-user-agent").first().map(|(level, _)| *level), level, "{took_ms}");
    }
}

#[test]
fn a_browser_is_played_only_where_we_were_turned_away() {
    let step = Step::PolicyAsBrowser { domain: domain() };
    let answer = |status| Outcome::Http(HttpAnswer { status, ..HttpAnswer::default() });
    for (outcome, asked) in [
        (answer(403), true),
        (answer(404), true),
        (answer(503), true),
        (Outcome::Failed(Failure::Closed), true),
        (Outcome::Failed(Failure::Timeout), true),
        (answer(200), false),
        (answer(301), false),
        (Outcome::Failed(Failure::Refused), false),
        (Outcome::Failed(Failure::ConnectTimeout { proven: true }), false),
        (Outcome::Failed(Failure::Tls { detail: String::new() }), false),
        (Outcome::Failed(Failure::TooLarge), false),
    ] {
        let mut check = check([(Step::Policy { domain: domain() }, outcome.clone())]);
        assert_eq!(check.next_steps().contains(&step), asked, "{outcome:?}");
    }
    // What a browser itself sees is no reason to.
    let mut check = Check::new(domain(), 0);
    let step_by = Step::Policy { domain: domain() };
    check.feed(Entry { step: step_by, by: Witness::Browser, via: None, took_ms: 1, outcome: answer(403) });
    assert!(!check.next_steps().contains(&step));
}

#[test]
fn header_fields_are_shown_and_not_obeyed() {
    let mut answer = serves("192.0.2.1", POLICY);
    let field = |name: &str, value: &str| Field { name: name.into(), value: value.into() };
    answer.headers = vec![field("server", "a\u{202e}b\u{1b}[31m"), field("x-long", &"x".repeat(1000))];
    answer.headers_left_out = 3;
    let report = check([(Step::Policy { domain: domain() }, Outcome::Http(answer))]).report();
    let step = report.steps.iter().find(|step| matches!(step.step, Step::Policy { .. })).expect("the step");
    let lines = &step.seen[0].lines;
    assert_eq!(lines[0], "server: a<U+202E>b<U+001B>[31m");
    assert!(lines[1].len() < 100, "{lines:?}");
    assert_eq!(lines[2], "and 3 more header fields");
}
