//! A first look beside the whole check.

use mta_sts::look::{Look, LookedTlsrpt};
use mta_sts::report::TlsrptReport;
use mta_sts::{Evidence, Report};

/// What is said first, by lookups alone, is said again by the whole check, in the same order.
pub(crate) fn compare(name: &str, evidence: &Evidence, whole: &Report) {
    let mut look = Look::new(evidence.domain.clone(), evidence.now);
    let mut steps = look.next_steps();
    while let Some(step) = steps.pop() {
        let entry = evidence.entries.iter().find(|entry| entry.step == step);
        let entry = entry.unwrap_or_else(|| panic!("{name}: a check does not ask for {step:?}"));
        look.feed(entry.clone());
        steps.extend(look.next_steps());
    }
    let first = look.report();
    assert_eq!((first.waiting, &first.domain), (0, &whole.domain), "{name}");
    assert_eq!(first.record, whole.record, "{name}");
    // What becomes of reports is looked up later.
    let TlsrptReport { state, rua, text, .. } = &whole.tlsrpt;
    let LookedTlsrpt { state: first_state, rua: first_rua, text: first_text } = &first.tlsrpt;
    assert_eq!((first_state, first_rua, first_text), (state, rua, text), "{name}");
    // Without MX records, what the domain's own addresses say is left to the check.
    if !first.mx.is_empty() {
        assert_eq!(first.mx_lookup, whole.mx_lookup, "{name}");
        let hosts = whole.mx.iter().map(|mx| (&mx.host, mx.preference));
        assert!(first.mx.iter().map(|mx| (&mx.host, mx.preference)).eq(hosts), "{name}");
    }
    let mut later = whole.findings.iter();
    for finding in &first.findings {
        assert!(later.any(|one| one == finding), "{name}: {finding:?}");
    }
}
