//! TLS reports as they come: the samples of the corpus with the totals a person counted, and texts of our own with every deviation.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeSet;
use std::path::Path;

use mta_sts::tlsrpt::{Collection, Filter, Held, NoReport, Part, TlsReport, parts, read};

/// What a person counted in each sample: reports, successful sessions, failed ones, and the codes of what is not as it should be.
const SAMPLES: &[(&str, usize, u64, u64, &[&str])] = &[
    ("dmarc-report-viewer_google.json", 1, 1, 0, &["no-failure-details"]),
    ("dmarc-report-viewer_microsoft.json", 1, 4, 0, &["no-failure-details", "policy-packed"]),
    ("dmarc-report-viewer_no-contact.json", 1, 1, 0, &["mx-host-line", "null"]),
    ("dmarc-report-viewer_no-ip-and-mx.json", 1, 0, 3, &["field-missing"]),
    ("dmarc-report-viewer_rfc-example.json", 1, 5326, 303, &["field-missing", "ip-not-canonical"]),
    ("doc_google-2019.json", 1, 773, 0, &["no-failure-details"]),
    ("domaindetective_tlsrpt-invalid.json", 1, 90, 0, &["field-missing", "no-failure-details", "policy-type-unknown"]),
    (
        "domaindetective_tlsrpt.json",
        1,
        90,
        10,
        &["field-missing", "no-failure-details", "policy-type-unknown", "string-for-array"],
    ),
    ("mail-auth_rpt01.json", 1, 5326, 303, &["field-missing", "ip-not-canonical"]),
    ("mail-auth_rpt02.json", 1, 23, 1, &["range-no-day"]),
    ("mail-tls-rpt_google-2020.json", 1, 343, 0, &["no-failure-details"]),
    ("mox_google-2022.json", 1, 3, 0, &["no-failure-details"]),
    ("mox_microsoft-2023.json", 1, 2, 0, &["date-no-zone", "no-failure-details"]),
    ("mox_reportMultipleJSON.json", 1, 2, 0, &[]),
    ("parsedmarc_google-2024.json", 1, 48, 0, &["no-failure-details"]),
    ("parsedmarc_rfc8460.json", 1, 5326, 303, &["field-missing", "ip-not-canonical", "string-for-array"]),
    ("parsedmarc_smtp_tls.json", 1, 0, 3, &[]),
    ("thread_google-migadu-2025.json", 1, 3, 0, &["no-failure-details"]),
    ("thread_refluxstop-2026.json", 1, 1, 0, &["null"]),
    ("tlsrpt-digest_google-1.json", 1, 1, 0, &["no-failure-details"]),
    ("tlsrpt-digest_google-2.json", 1, 4, 0, &["no-failure-details"]),
];

fn codes(report: &TlsReport) -> BTreeSet<&str> {
    report.deviations.iter().map(|deviation| &*deviation.code).collect()
}

#[test]
fn every_sample_reads_with_the_totals_a_person_counted() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/tlsrpt");
    if !folder.is_dir() {
        println!("{} is not there: the samples were not read", folder.display());
        return;
    }
    for (name, count, successful, failed, deviations) in SAMPLES {
        let bytes = std::fs::read(folder.join(name)).expect("a sample");
        let reports = read(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        let sum = |of: fn(&mta_sts::tlsrpt::Sessions) -> u64| -> u64 {
            reports.iter().flat_map(|report| &report.policies).map(of).sum()
        };
        let seen = (reports.len(), sum(|sessions| sessions.successful), sum(|sessions| sessions.failed));
        assert_eq!(seen, (*count, *successful, *failed), "{name}");
        let seen: BTreeSet<&str> = reports.iter().flat_map(codes).collect();
        assert_eq!(seen, deviations.iter().copied().collect(), "{name}: {:?}", reports[0].deviations);
    }
    let known: BTreeSet<&str> = SAMPLES.iter().map(|(name, ..)| *name).collect();
    for entry in std::fs::read_dir(&folder).expect("the corpus") {
        let name = entry.expect("an entry").file_name().into_string().expect("a name");
        if name.ends_with(".gz") {
            continue; // the same, packed: the command line reads them
        }
        assert!(known.contains(name.as_str()), "{name} is not counted");
    }
}
