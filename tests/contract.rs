//! The JSON that others build on: names and words that do not change.
#![cfg(not(target_arch = "wasm32"))]

use mta_sts::{Check, Domain, Evidence, LintKind, lint};
use serde_json::{Value, json};

fn report(name: &str) -> Value {
    let path = format!("{}/tests/evidence/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let evidence: Evidence = serde_json::from_str(&std::fs::read_to_string(path).expect(name)).expect(name);
    serde_json::to_value(Check::replay(evidence).report()).expect(name)
}

fn has(value: &Value, keys: &[&str]) {
    for key in keys {
        assert!(value.get(key).is_some(), "{key} in {value}");
    }
}

#[test]
fn a_report_has_the_fields_of_the_contract() {
    let report = report("one-of-two");
    assert_eq!(report["schema"], 1);
    has(&report, &["domain", "record", "policy", "mx_lookup", "mx", "tlsrpt", "delivery", "findings"]);
    assert_eq!(
        report["record"],
        json!({ "state": "valid", "id": "20261101T000000", "text": ["v=STSv1; id=20261101T000000"] })
    );
    assert_eq!(
        report["policy"],
        json!({
            "state": "valid", "mode": "enforce", "max_age": 604_800,
            "mx": ["mx1.one-of-two.zoo.test", "mx2.one-of-two.zoo.test"],
            "body": "version: STSv1\nmode: enforce\nmx: mx1.one-of-two.zoo.test\nmx: mx2.one-of-two.zoo.test\nmax_age: 604800\n",
            "size": 101, "content_type": "text/plain",
            "addresses": [{ "address": "192.0.2.13", "result": "valid", "seen": "a body of 101 bytes" }],
        })
    );
    assert_eq!(report["mx_lookup"], "found");
    let mx = &report["mx"][0];
    assert_eq!(mx["host"], "mx1.one-of-two.zoo.test");
    assert_eq!(mx["preference"], 10);
    assert_eq!(mx["implicit"], false);
    assert_eq!(mx["matched"], true);
    assert_eq!(mx["result"], "certificate-host-mismatch");
    assert_eq!(mx["report"], "certificate-host-mismatch");
    has(&mx["addresses"][0], &["address"]);
    assert_eq!(mx["addresses"][0]["result"], "certificate-host-mismatch");
    assert_eq!(report["tlsrpt"]["state"], "valid");
    assert_eq!(report["tlsrpt"]["rua"], json!(["mailto:tlsrpt@one-of-two.zoo.test"]));
    assert_eq!(report["delivery"], "deliver");
    let finding = &report["findings"][0];
    has(finding, &["code", "level", "section", "title", "message", "fix"]);
    assert_eq!(finding["level"], "error");
    // A host's place is its line in the list of hosts.
    assert_eq!(
        finding["at"],
        json!({ "source": "mx", "line": 1, "column": 1, "bytes": [0, 23], "utf16": [0, 23] })
    );
}

#[test]
fn what_is_not_known_is_null_or_missing() {
    let report = report("policy-invalid");
    let policy = report["policy"].as_object().expect("an object");
    assert_eq!(policy["state"], "invalid");
    assert!(policy.contains_key("body"));
    for key in ["mode", "max_age", "mx"] {
        assert!(!policy.contains_key(key), "{key}");
    }
    let mx = report["mx"][0].as_object().expect("an object");
    assert_eq!(mx["matched"], Value::Null);
    assert_eq!(mx["report"], "sts-policy-invalid");
    assert_eq!(report["delivery"], "no-sts");
    let finding = &report["findings"][0];
    assert_eq!(finding["at"]["source"], "policy");
    assert_eq!((&finding["at"]["line"], &finding["at"]["column"]), (&json!(2), &json!(7)));
}

#[test]
fn a_record_that_is_not_valid_reports_nothing_of_hosts() {
    let report = report("record-bogus");
    assert_eq!(report["record"]["state"], "dns-error");
    assert_eq!(report["mx"][0]["report"], Value::Null);
    assert_eq!(report["delivery"], "no-sts");
    let message = report["findings"][0]["message"].as_str().expect("a message");
    assert!(message.contains("DNSSEC"), "{message}");
}

#[test]
fn before_anything_is_seen_nothing_is_known() {
    let check = Check::new(Domain::parse("example.com").expect("a domain"), 0);
    let report = serde_json::to_value(check.report()).expect("JSON");
    for key in ["record", "policy", "tlsrpt"] {
        assert_eq!(report[key]["state"], "not-observed", "{key}");
    }
    assert_eq!(report["mx_lookup"], "not-observed");
    assert_eq!(report["delivery"], "unknown");
    assert_eq!(report["findings"], json!([]));
    assert_eq!(report["waiting"], 6);
}

#[test]
fn a_lint_report_has_the_fields_of_the_contract() {
    // Text, a byte order mark, a malformed byte and an emoji: the four ways of counting part ways.
    let text = b"\xEF\xBB\xBFversion: STSv1\nnote: \xF0\x9F\x8C\x9F\xFF\nmode: none\nmax_age: 60\n";
    let report = serde_json::to_value(lint(LintKind::Policy, text)).expect("JSON");
    assert_eq!(report["schema"], 1);
    assert_eq!(report["kind"], "policy");
    assert_eq!(report["valid"], false);
    let keys: Vec<_> = report.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["findings", "kind", "schema", "valid"]);
    let at = |code: &str| {
        let findings = report["findings"].as_array().expect("findings");
        findings
            .iter()
            .find(|finding| finding["code"] == code)
            .map(|finding| finding["at"].clone())
            .expect(code)
    };
    assert_eq!(
        at("policy-byte-order-mark"),
        json!({ "source": "policy", "line": 1, "column": 1, "bytes": [0, 3], "utf16": [0, 0] })
    );
    assert_eq!(
        at("policy-value-not-utf8"),
        json!({ "source": "policy", "line": 2, "column": 8, "bytes": [28, 29], "utf16": [23, 24] })
    );
}

#[test]
fn kinds_are_guessed() {
    for (text, kind) in [
        ("version: STSv1\nmode: none\n", LintKind::Policy),
        ("v=STSv1; id=1", LintKind::Record),
        ("v=stsv1; id=1\n", LintKind::Record),
        (" \"v=STSv1; id=1\"", LintKind::Record),
        ("id=20260101; v=STSv1", LintKind::Record),
        ("v=TLSRPTv1; rua=mailto:a@example.com", LintKind::Tlsrpt),
        ("V=tlsrptv1;", LintKind::Tlsrpt),
        ("version: STSv1", LintKind::Policy),
        ("{ \"version\": \"STSv1\" }\n{}", LintKind::Policy),
        ("<!doctype html>", LintKind::Policy),
        (
            "_mta-sts.a.com. TXT \"v=STSv1; id=a1\"\n_smtp._tls.a.com. TXT \"v=TLSRPTv1; rua=mailto:a@b\"\n",
            LintKind::Record,
        ),
        ("$TTL 60\n_smtp._tls TXT \"v=TLSRPTv1; rua=mailto:a@b\"\n", LintKind::Tlsrpt),
        (";; EDNS: version: 0\n\"v=STSv1; id=a1\"\n\"v=STSv1; id=a2\"\n", LintKind::Record),
        ("v=STSv1; id=a1\nv=STSv1; id=a2\n", LintKind::Record),
        ("version: STSv1\nmode: none\nmax_age: 60\nnote: v=STSv1; id=1\n", LintKind::Policy),
        ("<!doctype html>\n<p>v=STSv1; id=1\n", LintKind::Policy),
        ("STSv1\nmode: none\n", LintKind::Policy),
        ("", LintKind::Policy),
    ] {
        assert_eq!(LintKind::guess(text.as_bytes()), kind, "{text}");
        // As PowerShell writes it with `>`.
        let little = text.encode_utf16().flat_map(u16::to_le_bytes);
        let marked: Vec<u8> = [0xFF, 0xFE].into_iter().chain(little).collect();
        assert_eq!(LintKind::guess(&marked), kind, "{text} in UTF-16");
    }
}
