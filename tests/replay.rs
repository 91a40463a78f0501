//! Saved evidence, replayed: rules that need a browser to fire, and reports that do not depend on the
//! order in which outcomes arrive.
#![cfg(not(target_arch = "wasm32"))]

mod first_look;

use std::fs;
use std::path::{Path, PathBuf};

use mta_sts::evidence::SmtpResult;
use mta_sts::rules::{self, Sample};
use mta_sts::verdict::Does;
use mta_sts::{Check, Entry, Evidence, Report};
use proptest::prelude::*;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/evidence")
}

fn evidence(name: &str) -> Evidence {
    let text = fs::read_to_string(folder().join(format!("{name}.json"))).expect(name);
    serde_json::from_str(&text).expect(name)
}

fn all() -> Vec<(String, Evidence)> {
    let mut names: Vec<String> = fs::read_dir(folder())
        .expect("evidence")
        .map(|entry| {
            entry.expect("an entry").path().file_stem().expect("a name").to_string_lossy().into_owned()
        })
        .collect();
    names.sort();
    names.into_iter().map(|name| (name.clone(), evidence(&name))).collect()
}

fn codes(report: &Report) -> Vec<&'static str> {
    report.findings.iter().map(|finding| finding.code).collect()
}

#[test]
fn rules_tried_on_evidence_fire_and_stay_quiet() {
    let mut tried = 0;
    for rule in rules::all() {
        for (sample, fires) in [(rule.fires_on, true), (rule.quiet_on, false)] {
            if let Sample::Evidence(name) = sample {
                let report = Check::replay(evidence(name)).report();
                assert_eq!(codes(&report).contains(&rule.code), fires, "{} on {name}", rule.code);
                tried += 1;
            }
        }
    }
    assert!(tried >= 5, "{tried}");
}

#[test]
fn saved_evidence_is_whole() {
    for (name, evidence) in all() {
        let mut check = Check::replay(evidence);
        assert_eq!(check.next_steps(), [], "{name} lacks a step");
        assert_eq!(check.report().waiting, 0, "{name}");
    }
}

#[test]
fn evidence_goes_to_json_and_back() {
    for (name, evidence) in all() {
        let json = serde_json::to_string(&evidence).expect(&name);
        assert_eq!(serde_json::from_str::<Evidence>(&json).expect(&name), evidence, "{name}");
    }
}

/// The companion is believed, the browser is heard: with both, the verdict is the companion's.
#[test]
fn the_companion_decides() {
    for (name, policy, delivery) in [
        ("witnesses-agree", "valid", "deliver"),
        ("witnesses-disagree", "webpki-invalid", "no-sts"),
        ("browser-blocked", "valid", "deliver"),
        ("no-companion", "not-observed", "unknown"),
    ] {
        let report = serde_json::to_value(Check::replay(evidence(name)).report()).expect(name);
        assert_eq!(report["policy"]["state"], policy, "{name}");
        assert_eq!(report["delivery"], delivery, "{name}");
        let reason =
            if policy == "not-observed" { "browser-cannot-tell".into() } else { serde_json::Value::Null };
        assert_eq!(report["policy"]["reason"], reason, "{name}");
    }
}

/// What was not seen is never a finding about the domain.
#[test]
fn without_a_companion_there_is_no_error() {
    let report = Check::replay(evidence("no-companion")).report();
    assert!(!report.has_error());
    assert_eq!(codes(&report), ["policy-not-observed", "mx-not-observed", "mx-not-observed"]);
}

/// What senders do at a host is said whole, whatever was not seen; and what was not seen is no failure.
#[test]
fn actions_are_told_of_half_a_check() {
    for (name, evidence) in all() {
        for left_out in 0..evidence.entries.len() {
            let mut half = evidence.clone();
            half.entries.remove(left_out);
            let report = Check::replay(half).report();
            for mx in &report.mx {
                let of_addresses = mx.addresses.iter().map(|one| (one.result, &one.action));
                for (result, action) in of_addresses.chain([(mx.result, &mx.action)]) {
                    let sentence = &action.sentence;
                    let is_whole = sentence.ends_with('.') && sentence.starts_with(char::is_uppercase);
                    assert!(is_whole, "{name} without entry {left_out}: {sentence}");
                    if result == SmtpResult::NotObserved && mx.matched != Some(false) {
                        assert_eq!(action.does, Does::Unknown, "{name} without entry {left_out}");
                    }
                }
            }
        }
    }
}

fn shuffled() -> impl Strategy<Value = (String, Vec<Entry>, Evidence)> {
    let all = all();
    prop::sample::select(all).prop_flat_map(|(name, evidence)| {
        let entries = Just(evidence.entries.clone()).prop_shuffle();
        (Just(name), entries, Just(evidence))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// A report may be had after every outcome, and the last one is the same whatever the order was.
    #[test]
    fn the_order_of_outcomes_does_not_matter((name, entries, evidence) in shuffled()) {
        let whole = Check::replay(evidence.clone()).report();
        let mut check = Check::replay(Evidence { entries: Vec::new(), ..evidence.clone() });
        let mut waiting = Vec::new();
        for entry in entries {
            // Steps are handed out as a host program would ask for them; none is handed out twice.
            for step in check.next_steps() {
                prop_assert!(!waiting.contains(&step), "{name}: {step:?} twice");
                waiting.push(step);
            }
            check.feed(entry);
            let report = check.report();
            prop_assert_eq!(&report.domain, &whole.domain);
        }
        prop_assert_eq!(check.next_steps(), []);
        prop_assert_eq!(check.report(), whole);
        // Nor does what is asked for.
        for step in waiting {
            prop_assert!(evidence.entries.iter().any(|entry| entry.step == step), "{name}: {step:?}");
        }
    }
}

#[test]
fn a_first_look_says_what_the_check_says() {
    for (name, evidence) in all() {
        first_look::compare(&name, &evidence, &Check::replay(evidence.clone()).report());
    }
}
