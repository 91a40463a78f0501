//! Any bytes as a TLSRPT record.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mta_sts::{LintKind, RecordDoc, RecordKind, lint};

fuzz_target!(|text: &[u8]| {
    let doc = RecordDoc::parse(RecordKind::Tlsrpt, text);
    assert_eq!(doc.tlsrpt().is_some(), doc.is_valid());
    assert!(doc.tlsrpt().is_none_or(|record| !record.rua.is_empty()));
    let report = lint(LintKind::Tlsrpt, text);
    for finding in &report.findings {
        let places = finding.at.iter().map(|at| at.place.bytes).chain(finding.edit.iter().map(|edit| edit.bytes));
        for [start, end] in places {
            assert!(start <= end && end <= text.len(), "{finding:?}");
        }
    }
});
