//! What is said of texts that were met with: the rule that says it, and that it is so.
#![cfg(not(target_arch = "wasm32"))]

use mta_sts::{LintKind, Names, lint, lint_with};

/// What is said of a text: a rule, and a part of its message or of its fix; or that a rule says nothing.
#[test]
fn messages_say_what_is_so() {
    let policy = |line: &str| format!("version: STSv1\nmode: testing\nmax_age: 86400\n{line}\n");
    let mx = |value: &str| policy(&format!("mx: {value}"));
    let mx_too = |line: &str| policy(&format!("mx: mx.fabrikam.com\n{line}"));
    let (record, tlsrpt) = (LintKind::Record, LintKind::Tlsrpt);
    for (kind, text, code, said) in [
        (record, "V=STSv1; id=a1".to_owned(), "record-version", "Write `v=STSv1`."),
        (record, "v=stsv1; id=a1".into(), "record-version", "Write `v=STSv1`."),
        (tlsrpt, "v=TLSRPTV1; rua=mailto:a@b".into(), "tlsrpt-version", "Write `v=TLSRPTv1`."),
        (tlsrpt, "v=STSv1; id=a1".into(), "tlsrpt-version", "This is an MTA-STS record"),
        (tlsrpt, "v=TLSRPTv1; rua=https://r.fabrikam.com/a,b".into(), "tlsrpt-rua-uri", "write `%2C` for it"),
        (
            tlsrpt,
            "v=TLSRPTv1; rua=https://r.fabrikam.com/a;b".into(),
            "tlsrpt-no-equals",
            "write `%3B` for it",
        ),
        (
            tlsrpt,
            "v=TLSRPTv1; rua=https://r.fabrikam.com/a;b=c".into(),
            "tlsrpt-field-unknown",
            "write `%3B` for it",
        ),
        (tlsrpt, "v=TLSRPTv1; rua=mailto:a@b,c@d".into(), "tlsrpt-rua-uri", "Write `mailto:c@d`."),
        (tlsrpt, "v=TLSRPTv1; rua=https://a.com,b".into(), "tlsrpt-rua-uri", "Write `mailto:` and"),
        (
            tlsrpt,
            "v=TLSRPTv1; rua=https://Example.com:443/a".into(),
            "tlsrpt-rua-placeholder",
            "out of a sample",
        ),
        (record, "v=STSv1; id=YYYYMMDDHHMMSS".into(), "record-id-sample", "stands in samples"),
        (record, "value = \"V=STSv1; id=a1\"".into(), "record-zone-line", "read without the quotes"),
        (LintKind::Policy, mx("[mx1.fabrikam.com, mx2.fabrikam.com]"), "policy-mx", "more than one name"),
        (LintKind::Policy, mx("[mx1.fabrikam.com]"), "policy-mx", "`[` in `[mx1.fabrikam.com]` cannot"),
        (LintKind::Policy, mx("[192.0.2.1]"), "policy-mx", "is an IP address"),
        (LintKind::Policy, mx("[IPv6:2001:db8::1]"), "policy-mx", "is an IP address"),
        (LintKind::Policy, mx("10 mx1.fabrikam.com"), "policy-mx", "the preference of an MX record"),
        (LintKind::Policy, mx("a.fabrikam.com b.fabrikam.com"), "policy-mx", "more than one name"),
        (LintKind::Policy, mx("\"mx1.fabrikam.com"), "policy-mx", "begins or ends with a quote"),
        (LintKind::Policy, mx("$MX_HOST"), "policy-mx", "If it is a placeholder"),
        (LintKind::Policy, mx("{{ mx_host }}"), "policy-mx", "If it is a placeholder"),
        (LintKind::Policy, mx("mx_1.fabrikam.com"), "policy-mx", "has an underscore"),
        (LintKind::Policy, mx("."), "policy-mx", "Write the name of the MX host."),
        (LintKind::Policy, mx(".fabrikam.com"), "policy-mx", "Write `*.` in front"),
        (LintKind::Policy, mx("spf.protection.outlook.com"), "policy-mx-sending", "takes mail for sending"),
        (LintKind::Policy, mx_too("```"), "policy-no-colon", "this is not a field"),
        (LintKind::Policy, "version:\nmode:".into(), "policy-mode", "nothing stands behind the colon"),
        (LintKind::Policy, "version:\nmode:".into(), "policy-version", "nothing stands behind the colon"),
        (
            LintKind::Policy,
            "<?xml version=\"1.0\"?>\n<a/>".into(),
            "policy-other-document",
            "an XML document",
        ),
        (LintKind::Policy, "<?xml version=\"1.0\"?>\n<html/>".into(), "policy-html", "an HTML page"),
        (LintKind::Policy, mx_too("note: a\u{2028}mode: none"), "policy-value-not-ascii", "`mode: none`"),
        (LintKind::Policy, mx_too("note: a\u{85}b"), "policy-value-not-ascii", "Remove the U+0085."),
        (LintKind::Policy, mx_too("note: \u{e9}"), "policy-value-not-ascii", "charset=utf-8"),
        (LintKind::Policy, mx_too("mode: none"), "policy-field-repeated", "as RFC 8461 says; those"),
    ] {
        let report = lint(kind, text.as_bytes());
        let finding = report.findings.iter().find(|finding| finding.code == code);
        let finding = finding.unwrap_or_else(|| panic!("{text}: no {code} in {:?}", report.findings));
        let fix = finding.fix.as_deref().unwrap_or_default();
        assert!(finding.message.contains(said) || fix.contains(said), "{text}: {finding:?}");
    }
    for (kind, text, code) in [
        (record, "id=a1; v=STSv1".to_owned(), "record-id-missing"),
        (record, "v=STSv1;\u{a0}id=a1".into(), "record-id-missing"),
        (record, "v=STSv1; id=\u{e4}".into(), "record-id-missing"),
        (tlsrpt, "v=TLSRPTv1; rua=mailto:t\u{e4}@fabrikam.com".into(), "tlsrpt-rua-missing"),
        (record, "value = \"v=STSv1; id=a1\"".into(), "record-owner-name"),
        (record, "_mta-sts TXT \"v=STSv1; id=a1\"".into(), "record-several"),
        (
            LintKind::Policy,
            "version=STSv1\nmode=enforce\nmx: a.b.com\nmax_age: 9".into(),
            "policy-version-missing",
        ),
        (
            LintKind::Policy,
            "version=STSv1\nmode enforce\nmx: a.b.com\nmax_age: 9".into(),
            "policy-mode-missing",
        ),
        (LintKind::Policy, "version: STSv1\nmode = none\nmax_age: 9".into(), "policy-mx-missing"),
        (LintKind::Policy, mx_too(": x"), "policy-field-unknown"),
        (LintKind::Policy, mx_too("note: \u{e9}"), "policy-line-separator"),
    ] {
        let report = lint(kind, text.as_bytes());
        assert!(report.findings.iter().all(|finding| finding.code != code), "{text}: {:?}", report.findings);
    }
    let names =
        Names { a_labels: vec![("b\u{fc}cher.de".into(), "xn--bcher-kva.de".into())], ..Names::default() };
    let report = lint_with(LintKind::Policy, mx("*.b\u{fc}cher.de").as_bytes(), &names);
    assert_eq!(report.findings[1].fix.as_deref(), Some("Write the A-label, `*.xn--bcher-kva.de`."));
}

/// More than one record at a name is none (RFC 8461 §3.1, RFC 8460 §3), and what was not read is said.
#[test]
fn several_records_are_none() {
    for (kind, text, valid, code, line) in [
        (
            LintKind::Record,
            "_mta-sts.a.com. IN TXT \"v=STSv1; id=a1\"\n_mta-sts.a.com. IN TXT \"v=STSv1; id=a2\"",
            false,
            "record-several",
            2,
        ),
        (LintKind::Record, "\"v=STSv1; id=a1\"\n\n\"v=STSv1; id=a2\"\n", false, "record-several", 3),
        (LintKind::Record, "v=STSv1; id=a1\nv=STSv1; id=a2\n", false, "record-several", 2),
        (
            LintKind::Tlsrpt,
            "\"v=TLSRPTv1; rua=mailto:a@b.com\"\n\"v=TLSRPTv1; rua=mailto:c@b.com\"",
            false,
            "tlsrpt-several",
            2,
        ),
        (
            LintKind::Record,
            "_mta-sts.a.com. TXT \"v=STSv1; id=a1\"\n_smtp._tls.a.com. TXT \"v=TLSRPTv1; rua=http://x\"",
            true,
            "record-line-aside",
            2,
        ),
        (LintKind::Record, "v=STSv1; id=a1\nv=TLSRPTv1; rua=http://x\n", true, "record-line-aside", 2),
        (
            LintKind::Record,
            "_mta-sts.a.com. TXT \"v=STSv1; id=a1\"\n_mta-sts.b.com. TXT \"v=STSv1; id=a2\"\n",
            true,
            "record-line-aside",
            2,
        ),
    ] {
        let report = lint(kind, text.as_bytes()).with_senders(text.as_bytes());
        assert_eq!(report.valid, valid, "{text}: {:?}", report.findings);
        let finding = report.findings.iter().find(|finding| finding.code == code).expect(code);
        assert_eq!(finding.at.as_ref().map(|at| at.place.line), Some(line), "{text}");
        // The strict reader says the same.
        assert!(report.senders.first().is_none_or(|strict| strict.usable == valid), "{text}");
        assert_eq!(LintKind::guess(text.as_bytes()), kind, "{text}");
    }
}
