//! SPF, DMARC and DKIM beside MTA-STS: when they are asked for, and what is said of what was seen.
#![cfg(not(target_arch = "wasm32"))]

use mta_sts::beside::{COMMON, Selector};
use mta_sts::dns::{Kind, Name};
use mta_sts::evidence::Bytes;
use mta_sts::facts::BesideState as State;
use mta_sts::report::{BesideReport, Stage};
use mta_sts::{Check, Domain, Entry, Failure, Outcome, Step, Witness};
use proptest::prelude::*;

const DOMAIN: &str = "sub.example.com";
const NXDOMAIN: u16 = 3;
const SERVFAIL: u16 = 2;

/// The answer to a TXT query: its code, and the texts.
fn txt(name: &str, rcode: u16, texts: &[&[u8]]) -> (Step, Outcome) {
    let data = texts.iter().map(|text| {
        let strings = text.chunks(255).flat_map(|string| {
            [u8::try_from(string.len()).expect("short")].into_iter().chain(string.iter().copied())
        });
        (Kind::Txt.code(), if text.is_empty() { vec![0] } else { strings.collect() })
    });
    answer(name, Kind::Txt, rcode, data.collect())
}

/// An answer that is an alias, and leaves it at that.
fn alias(name: &str, target: &str) -> (Step, Outcome) {
    let target = Name::parse(target).expect("a name").as_wire().to_vec();
    answer(name, Kind::Txt, 0, vec![(5, target)])
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
    (Step::Dns { name: name.to_owned(), rrtype: kind, cd: false }, Outcome::Message(Bytes(wire)))
}

/// The answer that says that there are mail hosts; which ones is no matter here.
fn mx() -> (Step, Outcome) {
    answer(DOMAIN, Kind::Mx, 0, vec![(Kind::Mx.code(), vec![0, 10, 0])])
}

fn feed(check: &mut Check, (step, outcome): (Step, Outcome)) {
    check.feed(Entry { step, by: Witness::Terminal, via: None, took_ms: 1, outcome });
}

fn begun() -> Check {
    Check::new(Domain::parse(DOMAIN).expect("a domain"), 1_795_305_600)
}

/// The TXT names asked for that are of no other stage.
fn asked(check: &mut Check) -> Vec<String> {
    let others = ["_mta-sts.", "_smtp._tls."].map(|prefix| format!("{prefix}{DOMAIN}"));
    let names = check.next_steps().into_iter().filter_map(|step| match step {
        Step::Dns { name, rrtype: Kind::Txt, .. } if !others.contains(&name) => Some(name),
        _ => None,
    });
    names.collect()
}

/// What is said where these answers are given, and to every other TXT query that the name does not exist.
fn seen(mut check: Check, answers: &[(Step, Outcome)]) -> BesideReport {
    feed(&mut check, mx());
    loop {
        let steps = check.next_steps();
        let steps: Vec<Step> =
            steps.into_iter().filter(|step| matches!(step, Step::Dns { rrtype: Kind::Txt, .. })).collect();
        if steps.is_empty() {
            return check.report().beside.expect("they are looked at");
        }
        for step in steps {
            let Step::Dns { name, .. } = &step else { continue };
            let known = answers.iter().find(|(known, _)| *known == step).cloned();
            feed(&mut check, known.unwrap_or_else(|| (step.clone(), txt(name, NXDOMAIN, &[]).1)));
        }
    }
}

fn at(front: &str) -> String {
    format!("{front}{DOMAIN}")
}

#[test]
fn they_are_asked_for_once_a_resolver_answered_and_all_at_once() {
    let mut check = begun();
    assert_eq!(asked(&mut check), [""; 0]);
    assert_eq!(check.report().beside, None);
    // The record alone says nothing of whether there is such a domain.
    feed(&mut check, txt(&at("_mta-sts."), 0, &[b"v=STSv1; id=1"]));
    assert_eq!(asked(&mut check), [""; 0]);
    feed(&mut check, mx());
    assert_eq!(asked(&mut check), [at(""), at("_dmarc."), at("_domainkey.")]);
    let waiting = check.report();
    // Nobody waits for them.
    for step in waiting.steps.iter().filter(|step| step.stage == Stage::Beside) {
        assert!(step.waiting && !step.decides, "{step:?}");
    }
    let beside = waiting.beside.expect("they are looked at");
    assert_eq!((beside.spf.state, beside.dkim.state), (State::NotObserved, State::NotObserved));
    assert_eq!(beside.spf.sentence, "The SPF record of sub.example.com has not been looked up yet.");

    feed(&mut check, txt(&at("_dmarc."), NXDOMAIN, &[]));
    assert_eq!(asked(&mut check), ["_dmarc.example.com"]);
    feed(&mut check, txt(&at("_domainkey."), 0, &[]));
    let selectors: Vec<String> =
        COMMON.iter().map(|selector| at(&format!("{selector}._domainkey."))).collect();
    assert_eq!(asked(&mut check), selectors);
    assert_eq!(check.report().undecided, waiting.undecided);
}

#[test]
fn they_are_not_asked_for_where_that_is_no_use() {
    let unreachable = Outcome::Failed(Failure::Unreachable { detail: "no network".into() });
    for (mut check, outcome) in [
        (begun().quick(), mx().1),
        (begun(), unreachable),
        (begun(), answer(DOMAIN, Kind::Mx, NXDOMAIN, Vec::new()).1),
    ] {
        asked(&mut check);
        feed(&mut check, (Step::Dns { name: DOMAIN.into(), rrtype: Kind::Mx, cd: false }, outcome));
        assert_eq!(asked(&mut check), [""; 0]);
        assert_eq!(check.report().beside, None);
    }
}

#[test]
fn what_is_there_is_found() {
    let key = at("google._domainkey.");
    let beside = seen(
        begun(),
        &[
            txt(DOMAIN, 0, &[b"some-service=1", b"v=spf1 mx -all"]),
            txt(&at("_dmarc."), 0, &[b"v=DMARC1; p=reject"]),
            txt(&at("_domainkey."), 0, &[]),
            alias(&key, "google.keys.example"),
            txt("google.keys.example", 0, &[b"v=DKIM1; p=MIGf"]),
        ],
    );
    assert_eq!(beside.spf.state, State::Found);
    assert_eq!(beside.spf.text.as_deref(), Some("v=spf1 mx -all"));
    assert_eq!(beside.spf.sentence, "`v=spf1 mx -all` says who may send mail as sub.example.com.");
    assert_eq!(beside.dmarc.state, State::Found);
    assert_eq!(beside.dmarc.sentence, "`v=DMARC1; p=reject` asks receivers to reject mail that fails.");
    assert_eq!((beside.dkim.state, beside.dkim.selectors), (State::Found, vec!["google".to_owned()]));
    assert_eq!(beside.dkim.sentence, "sub.example.com has DKIM keys under the selector `google`.");

    let beside = seen(begun(), &[txt(DOMAIN, 0, &[b"v=spf1 +all"])]);
    assert_eq!(beside.spf.sentence, "`v=spf1 +all` lets anybody send mail as sub.example.com.");
}

#[test]
fn what_is_not_there_is_absent() {
    let beside = seen(begun(), &[]);
    let states = [beside.spf.state, beside.dmarc.state, beside.dkim.state];
    assert_eq!(states, [State::Absent; 3]);
    assert!(beside.dkim.sentence.contains("`_domainkey.sub.example.com` does not exist"));
    // Other selectors may be there.
    for under in [
        txt(&at("_domainkey."), 0, &[]),
        txt(&at("_domainkey."), 0, &[b"o=~"]),
        alias(&at("_domainkey."), "gone.example"),
    ] {
        let beside = seen(begun(), &[under]);
        assert_eq!(beside.dkim.state, State::NoneOfThese);
        let expected =
            format!("None of these {} selectors has a DKIM key: {}.", COMMON.len(), COMMON.join(", "));
        assert_eq!(beside.dkim.sentence, expected);
    }
}

#[test]
fn what_nobody_can_use_is_broken() {
    let beside = seen(
        begun(),
        &[
            txt(DOMAIN, 0, &[b"v=spf1 mx -all", b"v=spf1 a -all"]),
            txt(&at("_dmarc."), 0, &[b"v=DMARC1; p=none", b"v=DMARC1; p=reject"]),
            txt(&at("_domainkey."), 0, &[]),
            txt(&at("mail._domainkey."), 0, &[b"v=DKIM1; p="]),
        ],
    );
    assert_eq!((beside.spf.state, beside.spf.text), (State::Broken, None));
    assert!(beside.spf.sentence.contains("2 SPF records"), "{}", beside.spf.sentence);
    assert_eq!(beside.dmarc.state, State::Broken);
    assert!(beside.dmarc.sentence.contains("2 DMARC records"), "{}", beside.dmarc.sentence);
    assert_eq!(beside.dkim.state, State::NoneOfThese);
    assert!(beside.dkim.sentence.contains("(`mail` revoked)"), "{}", beside.dkim.sentence);

    let beside = seen(
        begun(),
        &[txt(DOMAIN, 0, &[b"v=spf1 include: -all"]), txt(&at("_dmarc."), 0, &[b"v=DMARC1; p=x"])],
    );
    let said = "`v=spf1 include: -all` is no SPF record that can be used, as `include:` lacks its value";
    assert!(beside.spf.sentence.starts_with(said), "{}", beside.spf.sentence);
    assert_eq!(beside.dmarc.state, State::Broken);
    assert!(beside.dmarc.sentence.contains("does nothing"), "{}", beside.dmarc.sentence);
}

/// RFC 9989 §4.10: the record of a domain above counts, with its policy for those below.
#[test]
fn dmarc_of_a_domain_above_counts() {
    let above = |text: &[u8]| seen(begun(), &[txt("_dmarc.example.com", 0, &[text])]).dmarc;
    let dmarc = above(b"v=DMARC1; p=none; sp=reject");
    assert_eq!(dmarc.state, State::Found);
    assert_eq!(
        dmarc.sentence,
        "`v=DMARC1; p=none; sp=reject` of example.com, which counts here too, asks receivers to reject mail that fails."
    );
    assert_eq!(above(b"v=DMARC1").state, State::Broken);

    let deep = |answers: &[(Step, Outcome)]| {
        let domain = Domain::parse("a.b.example.com").expect("a domain");
        let mut check = Check::new(domain, 1_795_305_600);
        feed(&mut check, answer("a.b.example.com", Kind::Mx, 0, vec![(Kind::Mx.code(), vec![0, 10, 0])]));
        feed(&mut check, txt("_dmarc.a.b.example.com", 0, &[]));
        for answer in answers {
            feed(&mut check, answer.clone());
        }
        check.report().beside.expect("they are looked at").dmarc
    };
    let both = |closer: &[u8]| {
        deep(&[
            txt("_dmarc.b.example.com", 0, &[closer]),
            txt("_dmarc.example.com", 0, &[b"v=DMARC1; p=reject"]),
        ])
        .sentence
    };
    // The highest is the organization's, unless one says otherwise.
    assert!(both(b"v=DMARC1; p=none").contains("of example.com"));
    assert!(both(b"v=DMARC1; p=none; psd=n").contains("of b.example.com"));
    let suffix = deep(&[
        txt("_dmarc.b.example.com", 0, &[b"v=DMARC1; p=none"]),
        txt("_dmarc.example.com", 0, &[b"v=DMARC1; p=reject; psd=y"]),
    ]);
    assert!(suffix.sentence.contains("of b.example.com"), "{}", suffix.sentence);
    // One of them is missing.
    assert_eq!(deep(&[txt("_dmarc.example.com", 0, &[b"v=DMARC1; p=none"])]).state, State::NotObserved);
}

#[test]
fn what_could_not_be_seen_is_not_absent() {
    let failing = |name: &str| {
        let (step, outcome) = txt(name, SERVFAIL, &[]);
        let Step::Dns { name, rrtype, .. } = step.clone() else { panic!("a lookup") };
        [(step, outcome.clone()), (Step::Dns { name, rrtype, cd: true }, outcome)]
    };
    let mut answers: Vec<_> = [DOMAIN, &at("_dmarc."), &at("zoho._domainkey.")].map(failing).concat();
    answers.push(txt(&at("_domainkey."), 0, &[]));
    let beside = seen(begun(), &answers);
    let states = [beside.spf.state, beside.dmarc.state, beside.dkim.state];
    assert_eq!(states, [State::NotObserved; 3]);
    assert!(beside.spf.sentence.contains("SERVFAIL"), "{}", beside.spf.sentence);
    assert!(beside.dkim.sentence.contains("zoho._domainkey"), "{}", beside.dkim.sentence);
    // What was found is found all the same.
    answers.push(txt(&at("dkim._domainkey."), 0, &[b"p=MIGf"]));
    assert_eq!(seen(begun(), &answers).dkim.state, State::Found);
    // No answer at all: not asked two dozen times more.
    let (step, _) = txt(&at("_domainkey."), 0, &[]);
    let beside = seen(begun(), &[(step, Outcome::Failed(Failure::Timeout))]);
    assert_eq!(beside.dkim.state, State::NotObserved);
}

#[test]
fn selectors_that_the_user_names_are_tried_too() {
    let named = || begun().with_selectors(Selector::parse_all("X7, mail.2026,google").expect("selectors"));
    let answers =
        [txt(&at("_domainkey."), 0, &[]), txt(&at("mail.2026._domainkey."), 0, &[b"v=DKIM1; p=MIGf"])];
    let beside = seen(named(), &answers);
    assert_eq!((beside.dkim.state, beside.dkim.selectors), (State::Found, vec!["mail.2026".to_owned()]));
    let beside = seen(named(), &answers[..1]);
    let count = COMMON.len() + 2; // google is one of them
    assert!(beside.dkim.sentence.contains(&format!("these {count} selectors")), "{}", beside.dkim.sentence);
    assert!(beside.dkim.sentence.contains(": x7, mail.2026, google, selector1"), "{}", beside.dkim.sentence);

    // They are part of the evidence.
    let json = serde_json::to_value(named().evidence()).expect("JSON");
    assert_eq!(json["selectors"], serde_json::json!(["x7", "mail.2026", "google"]));
    assert!(serde_json::to_value(begun().evidence()).expect("JSON").get("selectors").is_none());
    let mut hostile = json;
    hostile["selectors"][0] = "../<b>".into();
    assert!(serde_json::from_value::<mta_sts::Evidence>(hostile).is_err());
}

/// An alias of the record that is not followed by the resolver still decides; one of a DKIM key does not.
#[test]
fn aliases_are_of_what_they_are_for() {
    let mut check = begun();
    asked(&mut check);
    feed(&mut check, alias(&at("_mta-sts."), "sts.hosting.example"));
    feed(&mut check, mx());
    feed(&mut check, txt(&at("_domainkey."), 0, &[]));
    feed(&mut check, alias(&at("s1._domainkey."), "key.hosting.example"));
    asked(&mut check);
    let report = check.report();
    let of = |wanted: &str| {
        let is_it = |step: &Step| matches!(step, Step::Dns { name, rrtype: Kind::Txt, .. } if name == wanted);
        let step = report.steps.iter().find(|step| is_it(&step.step));
        step.map(|step| (step.stage, step.decides))
    };
    assert_eq!(of("sts.hosting.example"), Some((Stage::Record, true)));
    assert_eq!(of("key.hosting.example"), Some((Stage::Beside, false)));
    assert_eq!(of(DOMAIN), Some((Stage::Beside, false)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Strangers' text is quoted with what cannot be seen written out, and nothing panics.
    #[test]
    fn any_text_comes_to_a_sentence(text in prop::collection::vec(any::<u8>(), 0..200), front in 0..4usize) {
        let front = [&b""[..], b"v=spf1 ", b"v=DMARC1; p=", b"v=DKIM1; p="][front];
        let text = [front, &text].concat();
        let names = [at(""), at("_dmarc."), at("_domainkey."), at("s1._domainkey."), "_dmarc.example.com".into()];
        let answers: Vec<_> = names.iter().map(|name| txt(name, 0, &[&text])).collect();
        let beside = seen(begun(), &answers);
        for sentence in [beside.spf.sentence, beside.dmarc.sentence, beside.dkim.sentence] {
            prop_assert!(sentence.ends_with('.'), "{sentence}");
            prop_assert!(!sentence.chars().any(mta_sts::is_invisible), "{sentence:?}");
        }
    }
}
