//! Fixing any bytes: it ends, breaks nothing that was right, and brings no error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mta_sts::{Level, LintKind, LintReport, Names, fix_all, lint};

fn errors(report: &LintReport) -> usize {
    report.findings.iter().filter(|finding| finding.level == Level::Error).count()
}

fuzz_target!(|text: &[u8]| {
    let before = lint(LintKind::Policy, text);
    let fixed = fix_all(LintKind::Policy, text, &Names::default());
    let after = lint(LintKind::Policy, &fixed.text);
    assert!(after.valid || !before.valid, "{:?}", String::from_utf8_lossy(&fixed.text));
    // Findings beyond the twentieth of a rule are counted and not listed, so only a short text can be compared.
    if text.len() < 400 {
        assert!(errors(&after) <= errors(&before), "{:?}", String::from_utf8_lossy(&fixed.text));
    }
    for kind in [LintKind::Record, LintKind::Tlsrpt] {
        let before = lint(kind, text);
        let fixed = fix_all(kind, text, &Names::default());
        assert!(lint(kind, &fixed.text).valid || !before.valid, "{:?}", String::from_utf8_lossy(&fixed.text));
    }
});
