//! Any bytes as a policy body: the document keeps them, findings and their places lie inside, and the strict
//! profile agrees with the document.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mta_sts::senders::policy_readings;
use mta_sts::{Level, LintKind, PolicyDoc, lint};

fuzz_target!(|body: &[u8]| {
    let doc = PolicyDoc::parse(body);
    let report = lint(LintKind::Policy, body);
    assert_eq!(doc.policy().is_some(), report.valid);
    for finding in &report.findings {
        let places = finding.at.iter().map(|at| at.place.bytes).chain(finding.edit.iter().map(|edit| edit.bytes));
        for [start, end] in places {
            assert!(start <= end && end <= body.len(), "{finding:?}");
        }
        assert!(finding.level != Level::Error || !report.valid);
    }
    let readings = policy_readings(body);
    assert_eq!(readings[0].usable, report.valid);
});
