//! Where TLS reports go: what is asked for of it, and what is said of what was seen.
#![cfg(not(target_arch = "wasm32"))]

use mta_sts::dns::{Kind, Name};
use mta_sts::evidence::Bytes;
use mta_sts::facts::TargetState as State;
use mta_sts::report::{Stage, TargetReport};
use mta_sts::{Check, Domain, Entry, Failure, Level, Outcome, Report, Source, Step, Witness};

const DOMAIN: &str = "example.com";
const NXDOMAIN: u16 = 3;
const SERVFAIL: u16 = 2;

fn step(name: &str, kind: Kind) -> Step {
    Step::Dns { name: name.to_owned(), rrtype: kind, cd: false }
}

fn answer(name: &str, kind: Kind, rcode: u16, records: Vec<(u16, Vec<u8>)>) -> (Step, Outcome) {
    let count = u16::try_from(records.len()).expect("few");
    let mut wire: Vec<u8> =
        [0, 0x8180 | rcode, 1, count, 0, 0].into_iter().flat_map(u16::to_be_bytes).collect();
    wire.extend(Name::parse(name).expect("a name").as_wire());
    wire.extend([kind.code(), 1].into_iter().flat_map(u16::to_be_bytes));
    for (kind, data) in records {
        let length = u16::try_from(data.len()).expect("short");
        wire.extend([0xC00C, kind, 1, 0, 60, length].into_iter().flat_map(u16::to_be_bytes));
        wire.extend(data);
    }
    (step(name, kind), Outcome::Message(Bytes(wire)))
}

fn record(rua: &str) -> (Step, Outcome) {
    let text = format!("v=TLSRPTv1; rua={rua}");
    let strings = text.as_bytes().chunks(255).flat_map(|string| {
        [u8::try_from(string.len()).expect("short")].into_iter().chain(string.iter().copied())
    });
    answer("_smtp._tls.example.com", Kind::Txt, 0, vec![(Kind::Txt.code(), strings.collect())])
}

fn mx(name: &str, hosts: &[(u8, &str)]) -> (Step, Outcome) {
    let data = hosts.iter().map(|(preference, host)| {
        let host = Name::parse(host).expect("a name");
        (Kind::Mx.code(), [&[0, *preference], host.as_wire()].concat())
    });
    answer(name, Kind::Mx, 0, data.collect())
}

fn a(name: &str, addresses: &[[u8; 4]]) -> (Step, Outcome) {
    answer(name, Kind::A, 0, addresses.iter().map(|address| (Kind::A.code(), address.to_vec())).collect())
}

fn begun() -> Check {
    Check::new(Domain::parse(DOMAIN).expect("a domain"), 1_795_305_600)
}

fn feed(check: &mut Check, (step, outcome): (Step, Outcome)) {
    check.feed(Entry { step, by: Witness::Terminal, via: None, took_ms: 1, outcome });
}

/// A check to which the record is known, and the domain's own mail host, with everything else that has nothing to do with
/// reports asked for.
fn known(rua: &str) -> Check {
    let mut check = begun();
    check.next_steps();
    feed(&mut check, mx(DOMAIN, &[(10, "mx.example.com")]));
    check.next_steps();
    feed(&mut check, record(rua));
    check
}

/// The report once these answers are given, and to everything else that was asked for since that there is no such name.
fn seen(mut check: Check, answers: &[(Step, Outcome)]) -> Report {
    seen_by(&mut check, answers);
    check.report()
}

fn seen_by(check: &mut Check, answers: &[(Step, Outcome)]) {
    loop {
        let steps = check.next_steps();
        if steps.is_empty() {
            return;
        }
        for step in steps {
            let known = answers.iter().find(|(known, _)| *known == step).map(|(_, outcome)| outcome.clone());
            let other = || match &step {
                Step::Dns { name, rrtype, .. } => answer(name, *rrtype, NXDOMAIN, Vec::new()).1,
                _ => Outcome::Failed(Failure::NoCompanion),
            };
            let outcome = known.unwrap_or_else(other);
            feed(check, (step, outcome));
        }
    }
}

/// What is seen of the only target.
fn target(rua: &str, answers: &[(Step, Outcome)]) -> TargetReport {
    let mut targets = seen(known(rua), answers).tlsrpt.targets;
    assert_eq!(targets.len(), 1, "{rua}");
    targets.pop().expect("one")
}

fn findings(report: &Report) -> Vec<(&'static str, String)> {
    let about = report.findings.iter().filter(|finding| {
        ["tlsrpt-mailto-no-mail", "tlsrpt-https-no-address", "tlsrpt-target-dns-error"]
            .contains(&finding.code)
    });
    about
        .map(|finding| {
            assert_eq!(finding.level, Level::Warning);
            let place = finding.at.as_ref().expect("a place");
            assert_eq!(place.source, Source::Tlsrpt);
            assert!(finding.fix.is_some());
            (finding.code, finding.message.clone())
        })
        .collect()
}

#[test]
fn targets_are_asked_for_once_the_record_is_known() {
    let mut check = begun();
    check.next_steps();
    feed(&mut check, record("mailto:a@reports.example,https://post.example/v1,mailto:b@example.com"));
    let asked = check.next_steps();
    // The domain's own MX records are asked for anyway.
    let expected =
        [step("reports.example", Kind::Mx), step("post.example", Kind::A), step("post.example", Kind::Aaaa)];
    assert_eq!(asked, expected);
    let report = check.report();
    for step in report.steps.iter().filter(|step| expected.contains(&step.step)) {
        assert!(step.waiting && !step.decides && step.stage == Stage::Tlsrpt, "{step:?}");
    }
    let states: Vec<_> = report.tlsrpt.targets.iter().map(|one| (one.state, one.reason)).collect();
    assert_eq!(states, [(State::NotObserved, Some("waiting")); 3]);
    assert_eq!(findings(&report), []);
    // Without MX records the domain's own addresses are asked for.
    feed(&mut check, answer("reports.example", Kind::Mx, 0, Vec::new()));
    assert_eq!(check.next_steps(), [step("reports.example", Kind::A), step("reports.example", Kind::Aaaa)]);
    assert_eq!(check.report().undecided, report.undecided);
}

#[test]
fn nothing_is_asked_for_in_a_quick_check_or_of_a_record_at_fault() {
    for (mut check, rua) in [
        (begun().quick(), "mailto:a@reports.example"),
        (begun(), "a@reports.example"),
        (begun(), "mailto:a@reports.example,ftp://reports.example/"),
    ] {
        check.next_steps();
        feed(&mut check, record(rua));
        assert_eq!(check.next_steps(), [], "{rua}");
        assert_eq!(check.report().tlsrpt.targets, []);
    }
}

/// What stands in the way of the domain's own mail decides, whoever else asks for it.
#[test]
fn what_a_mail_host_needs_decides() {
    let mut check = known("mailto:a@mx.example.com,https://mta-sts.example.com/");
    feed(&mut check, answer("mx.example.com", Kind::Mx, 0, Vec::new()));
    let report = check.report();
    let decides = |name: &str, kind| {
        let of = report.steps.iter().find(|one| one.step == step(name, kind));
        of.map(|one| (one.decides, one.stage))
    };
    assert_eq!(decides("mx.example.com", Kind::Mx), Some((false, Stage::Tlsrpt)));
    assert_eq!(decides("mx.example.com", Kind::A), Some((true, Stage::Hosts)));
    assert_eq!(decides("mta-sts.example.com", Kind::A), Some((true, Stage::Policy)));
}

#[test]
fn mail_gets_to_hosts_or_to_the_domain_itself() {
    let found = target(
        "mailto:a@Reports.Example?subject=x",
        &[mx("reports.example", &[(20, "b.reports.example"), (10, "a.reports.example")])],
    );
    assert_eq!((found.state, found.reason), (State::Found, None));
    assert_eq!(found.found, ["a.reports.example", "b.reports.example"]);
    assert_eq!(found.address.as_deref(), Some("a@Reports.Example"));
    assert_eq!(found.name.as_deref(), Some("reports.example"));
    assert_eq!(found.seen, "mail for `reports.example` goes to `a.reports.example`, `b.reports.example`");

    let none = answer("reports.example", Kind::Mx, 0, Vec::new());
    let implicit =
        target("mailto:a@reports.example", &[none.clone(), a("reports.example", &[[192, 0, 2, 1]])]);
    assert_eq!((implicit.state, implicit.found), (State::Implicit, vec!["192.0.2.1".to_owned()]));

    // The other family makes no difference then.
    let broken = answer("reports.example", Kind::Aaaa, SERVFAIL, Vec::new());
    let half = target("mailto:a@reports.example", &[none, a("reports.example", &[[192, 0, 2, 1]]), broken]);
    assert_eq!(half.state, State::Implicit);

    let own = target("mailto:a@example.com", &[]);
    assert_eq!((own.state, own.found), (State::Found, vec!["mx.example.com".to_owned()]));
}

#[test]
fn mail_that_gets_nowhere_is_a_warning() {
    let none = || answer("reports.example", Kind::Mx, 0, Vec::new());
    let empty = |kind| answer("reports.example", kind, 0, Vec::new());
    for (answers, state, what) in [
        (vec![], State::NoDomain, "`reports.example` does not exist"),
        (
            vec![mx("reports.example", &[(0, ".")])],
            State::Null,
            "`reports.example` accepts no mail: it has a null MX",
        ),
        (
            vec![none(), empty(Kind::A), empty(Kind::Aaaa)],
            State::None,
            "`reports.example` has neither an MX record nor an address",
        ),
    ] {
        let report = seen(known("mailto:a@reports.example"), &answers);
        assert_eq!(report.tlsrpt.targets[0].state, state);
        assert_eq!(report.tlsrpt.targets[0].seen, what);
        let said = format!(
            "no report can reach `a@reports.example`, and the record names no other place that gets any: {what}"
        );
        assert_eq!(findings(&report), [("tlsrpt-mailto-no-mail", said)]);
        // It is the address that is marked.
        let at = report.findings.iter().find_map(|finding| finding.at.as_ref()).expect("a place");
        let text = &report.tlsrpt.text[0];
        assert_eq!(text.get(at.place.bytes[0]..at.place.bytes[1]), Some("mailto:a@reports.example"));
    }
    for rua in ["mailto:root@localhost", "mailto:a@192.0.2.1"] {
        let report = seen(known(rua), &[]);
        assert_eq!(findings(&report).len(), 1, "{rua}");
        assert_eq!(report.tlsrpt.targets[0].name, None);
    }
}

#[test]
fn a_post_needs_a_host_with_an_address() {
    let rua = "https://post.example/v1";
    let good = target(rua, &[a("post.example", &[[192, 0, 2, 2], [192, 0, 2, 1]])]);
    assert_eq!((good.state, good.address), (State::Found, None));
    assert_eq!(good.seen, "`post.example` has an address: `192.0.2.1`, `192.0.2.2`");
    let literal = target("https://192.0.2.1/", &[]);
    assert_eq!((literal.state, literal.name), (State::Found, None));

    let report = seen(known(rua), &[answer("post.example", Kind::A, 0, Vec::new())]);
    assert_eq!(report.tlsrpt.targets[0].state, State::None);
    let said = format!(
        "no report can reach `{rua}`, and the record names no other place that gets any: `post.example` has no address"
    );
    assert_eq!(findings(&report), [("tlsrpt-https-no-address", said)]);
}

#[test]
fn one_of_several_is_told_from_all_of_them() {
    let good = mx("good.example", &[(1, "mx.good.example")]);
    let report = seen(known("mailto:a@gone.example,mailto:b@good.example"), &[good]);
    let said = "no report can reach `a@gone.example`: `gone.example` does not exist; `b@good.example` can still be reached";
    assert_eq!(findings(&report), [("tlsrpt-mailto-no-mail", said.to_owned())]);

    let report = seen(known("mailto:a@gone.example,https://gone.example/x"), &[]);
    let messages = findings(&report);
    assert_eq!(messages.len(), 2);
    assert!(messages.iter().all(|(_, message)| message.contains("names no other place")), "{messages:?}");

    // Of what was not seen nothing is said, and so it is not said that nobody gets reports.
    let report = seen(known("mailto:a@gone.example,mailto:b@m%C3%BCller.example"), &[]);
    let said = "no report can reach `a@gone.example`: `gone.example` does not exist";
    assert_eq!(findings(&report), [("tlsrpt-mailto-no-mail", said.to_owned())]);
    let unseen = &report.tlsrpt.targets[1];
    assert_eq!((unseen.state, unseen.reason), (State::NotObserved, Some("not-ascii")));
}

#[test]
fn what_the_resolver_cannot_tell_is_said_as_that() {
    let servfail = answer("reports.example", Kind::Mx, SERVFAIL, Vec::new());
    let report = seen(known("mailto:a@reports.example"), &[servfail]);
    assert_eq!(report.tlsrpt.targets[0].state, State::DnsError);
    assert_eq!(
        findings(&report).iter().map(|(code, _)| *code).collect::<Vec<_>>(),
        ["tlsrpt-target-dns-error"]
    );

    let unreachable = Outcome::Failed(Failure::Unreachable { detail: "no network".into() });
    let report = seen(known("mailto:a@reports.example"), &[(step("reports.example", Kind::Mx), unreachable)]);
    let target = &report.tlsrpt.targets[0];
    assert_eq!((target.state, target.reason), (State::NotObserved, Some("unreachable")));
    assert_eq!(findings(&report), []);
}

/// What is wrong with the domain's own mail is said where its mail hosts are.
#[test]
fn the_domain_itself_has_findings_of_its_own() {
    for (own, codes) in [
        (answer(DOMAIN, Kind::Mx, NXDOMAIN, Vec::new()), &[][..]),
        (answer(DOMAIN, Kind::Mx, SERVFAIL, Vec::new()), &[]),
        (mx(DOMAIN, &[(0, ".")]), &["tlsrpt-mailto-no-mail"]),
    ] {
        let mut check = begun();
        check.next_steps();
        feed(&mut check, own);
        feed(&mut check, record("mailto:a@example.com"));
        let report = seen(check, &[]);
        assert_eq!(findings(&report).iter().map(|(code, _)| *code).collect::<Vec<_>>(), codes);
    }
}

#[test]
fn most_are_looked_at_and_the_others_counted() {
    let uris: Vec<String> = (0..11).map(|at| format!("mailto:a@r{at}.example")).collect();
    let mut check = known(&uris.join(","));
    let asked = check.next_steps();
    assert_eq!(asked.iter().filter(|step| matches!(step, Step::Dns { rrtype: Kind::Mx, .. })).count(), 8);
    let report = seen(known(&uris.join(",")), &[]);
    assert_eq!((report.tlsrpt.targets.len(), report.tlsrpt.targets_skipped), (8, 3));
    assert!(findings(&report).iter().all(|(_, message)| !message.contains("names no other place")));
}

/// A check that was saved before targets were looked up says what it said then.
#[test]
fn older_evidence_is_replayed() {
    let answers = [mx("reports.example", &[(1, "mx.reports.example")])];
    let mut evidence = known("mailto:a@reports.example").evidence().clone();
    // All that was handed out is asked for again.
    let mut check = Check::replay(evidence.clone());
    seen_by(&mut check, &answers);
    let whole = check.report();
    assert_eq!((whole.waiting, whole.tlsrpt.targets[0].state), (0, State::Found));
    evidence.entries.clone_from(&check.evidence().entries);
    evidence.entries.retain(|entry| entry.step != step("reports.example", Kind::Mx));
    let mut older = Check::replay(evidence);
    let report = older.report();
    assert_eq!(report.tlsrpt.targets[0].reason, Some("waiting"));
    assert_eq!((report.waiting, report.undecided), (1, 0));
    assert_eq!(report.findings, whole.findings);
    assert_eq!((report.summary, report.senders), (whole.summary, whole.senders));
    // Whoever goes on with it asks for the rest.
    assert_eq!(older.next_steps(), [step("reports.example", Kind::Mx)]);
}
