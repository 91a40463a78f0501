//! Any bytes as a TLS report.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mta_sts::tlsrpt::{Collection, Filter, read};

fuzz_target!(|text: &[u8]| {
    let Ok(reports) = read(text) else { return };
    assert!(!reports.is_empty());
    let mut collection = Collection::new();
    for report in reports {
        assert!(report.deviations.len() <= 102, "as many as are kept, and what is said of the whole");
        collection.add(report, None);
    }
    let filter = Filter::default();
    let summary = collection.summary(&filter);
    let views = collection.views(&filter, Some(2_000_000_000));
    assert_eq!(summary.totals, views.totals);
    assert!(collection.csv(&filter).starts_with("organization,"));
});
