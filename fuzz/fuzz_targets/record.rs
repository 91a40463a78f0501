//! Any bytes as an MTA-STS record, by itself and as a line of a zone file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mta_sts::senders::record_readings;
use mta_sts::{LintKind, RecordDoc, RecordKind, lint};

fuzz_target!(|text: &[u8]| {
    let doc = RecordDoc::parse(RecordKind::Record, text);
    assert_eq!(doc.record().is_some(), doc.is_valid());
    assert_eq!(record_readings(text)[0].usable, doc.is_valid());
    let report = lint(LintKind::Record, text);
    for finding in &report.findings {
        let places = finding.at.iter().map(|at| at.place.bytes).chain(finding.edit.iter().map(|edit| edit.bytes));
        for [start, end] in places {
            assert!(start <= end && end <= text.len(), "{finding:?}");
        }
    }
});
