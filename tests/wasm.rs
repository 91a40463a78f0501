//! The JavaScript surface, in a real browser.
#![cfg(target_arch = "wasm32")]

use js_sys::{Array, Function, JSON, Object, Reflect};
use mta_sts::wasm::{check, draft_against, fix_all, lint, names_in, read_domain};
use wasm_bindgen::prelude::{JsCast, JsError, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::AbortSignal;

wasm_bindgen_test_configure!(run_in_browser);

fn json(value: &JsValue) -> String {
    JSON::stringify(value).map(String::from).unwrap_or_default()
}

fn field(value: &JsValue, path: &str) -> JsValue {
    path.split('.')
        .fold(value.clone(), |value, name| Reflect::get(&value, &name.into()).unwrap_or(JsValue::NULL))
}

fn message(error: JsError) -> String {
    field(&error.into(), "message").as_string().unwrap_or_default()
}

#[wasm_bindgen_test]
fn lints_give_plain_objects() {
    let report = lint(b"v=STSv1; id=2026-01-01", None, &JsValue::UNDEFINED).expect("a report");
    assert_eq!(field(&report, "kind"), JsValue::from("record"));
    assert_eq!(field(&report, "valid"), JsValue::FALSE);
    let finding = field(&report, "findings.0");
    assert_eq!(field(&finding, "code"), JsValue::from("record-id"));
    assert_eq!(
        json(&field(&finding, "at")),
        r#"{"source":"record","line":1,"column":13,"bytes":[12,22],"utf16":[12,22]}"#
    );
    let policy = lint(b"v=STSv1; id=1", Some("policy".into()), &JsValue::UNDEFINED).expect("a report");
    assert_eq!(field(&policy, "kind"), JsValue::from("policy"));
    assert!(lint(b"", Some("nonsense".into()), &JsValue::UNDEFINED).is_err());
}

/// Names outside ASCII are handed out, and their A-labels taken back.
#[wasm_bindgen_test]
fn a_page_makes_the_a_labels_of_a_policy() {
    let text = "version: STSv1\nmode: enforce\nmx: mx.b\u{fc}cher.example\nmax_age: 604800\n".as_bytes();
    assert_eq!(names_in(text, None).expect("names"), ["mx.b\u{fc}cher.example"]);
    let options = JSON::parse(r#"{ "aLabels": { "mx.b\u00fccher.example": "mx.xn--bcher-kva.example" } }"#);
    let fixed = fix_all(text, None, &options.expect("JSON")).expect("a text");
    let shown = field(&fixed, "text").as_string().unwrap_or_default();
    assert!(shown.contains("mx: mx.xn--bcher-kva.example\n"), "{shown}");
    assert_eq!(field(&fixed, "edits").as_f64(), Some(1.0));
    assert_eq!(field(&fixed, "report.valid"), JsValue::TRUE);
}

/// The evidence that a check gives is what a draft is judged by.
#[wasm_bindgen_test]
async fn a_draft_is_judged_by_the_evidence_of_a_check() {
    let never = AbortSignal::timeout_with_u32(60_000);
    let done = check("example.test".into(), settings(), nobody(), never, Function::default())
        .await
        .expect("a result");
    let text = b"version: STSv1\nmode: none\nmax_age: 60\n";
    let against = draft_against(field(&done, "evidence"), text, None).expect("a judgement");
    assert_eq!(field(&against, "report.policy.mode"), JsValue::from("none"));
    assert_eq!(field(&against, "id.change"), JsValue::from("unknown"));
    assert!(draft_against(JsValue::from("nonsense"), text, None).is_err());
}

/// The browser's `URL` makes A-labels, behind the engine's own guards.
#[wasm_bindgen_test]
fn domains_are_read_as_in_the_terminal() {
    for (typed, domain) in [
        ("Example.COM", "example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example.", "xn--bcher-kva.example"),
        ("faß.example", "xn--fa-hia.example"),
        ("postmaster@почта.рф", "xn--80a1acny.xn--p1ai"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
        ("https://example.com/path", "example.com"),
    ] {
        let read = read_domain(typed).expect(typed);
        assert_eq!(field(&read, "domain"), JsValue::from(domain), "{typed}");
    }
    for (typed, said) in [
        ("", "type a mail domain"),
        ("１２７.０.０.１", "IP address"),
        ("0x7f.1", "no domain ends in “.1”"),
        ("ex%41mple.com", "“%” cannot stand"),
        ("*.example.com", "“*” cannot stand"),
        ("localhost", "no dot"),
        ("b_ü.example", "underscore"),
        ("xn--a-ä.example", "internationalized"),
    ] {
        let error = message(read_domain(typed).expect_err(typed));
        assert!(error.contains(said), "{typed}: {error}");
    }
}

fn settings() -> JsValue {
    Object::new().into()
}

/// What nobody answers.
fn nobody() -> Function {
    Function::new_no_args("return Promise.reject(new Error('nobody answers'))")
}

/// No resolver is reached, and nothing is said of the domain.
#[wasm_bindgen_test]
async fn a_check_without_resolvers_knows_nothing() {
    let (never, reports) = (AbortSignal::timeout_with_u32(60_000), Array::new());
    let on_report: Function = field(&reports, "push")
        .unchecked_into::<Function>()
        .bind1(&reports, &JsValue::from(0))
        .unchecked_into();
    let done = check("localhost.test".into(), settings(), nobody(), never, on_report).await;
    let done = done.expect("a result");
    for (path, word) in [
        ("report.record.state", "not-observed"),
        ("report.policy.state", "not-observed"),
        ("report.mx_lookup", "not-observed"),
        ("report.delivery", "unknown"),
    ] {
        assert_eq!(field(&done, path), JsValue::from(word), "{path}");
    }
    assert!(reports.length() > 6, "a report after every outcome");
    assert_eq!(field(&done, "evidence.entries.length").as_f64(), Some(6.0));
    assert!(json(&field(&done, "evidence.entries.0.outcome")).contains("nobody answers"));
}

/// What a page's resolver answers is read as a DNS message: that of another question is no answer.
#[wasm_bindgen_test]
async fn a_page_asks_its_resolver() {
    let echo = "query[2] |= 0x80; return { via: 'here', took_ms: 7, message: query.slice(0, query.length - 11).fill(0, 10, 12) }";
    let other =
        "return { via: 'here', took_ms: 7, message: new Uint8Array([0, 0, 128, 0, 0, 0, 0, 0, 0, 0, 0, 0]) }";
    let silent = "return { took_ms: 8000, timeout: true }";
    for (body, said) in [(echo, "\"message\":"), (other, "another question"), (silent, "timeout")] {
        let (never, ask) =
            (AbortSignal::timeout_with_u32(60_000), Function::new_with_args("query, name", body));
        let done = check("localhost.test".into(), settings(), ask, never, Function::default())
            .await
            .expect("a result");
        let entry = field(&done, "evidence.entries.0");
        assert!(json(&field(&entry, "outcome")).contains(said), "{}", json(&entry));
    }
}

/// A check whose signal has fired does nothing and ends.
#[wasm_bindgen_test]
async fn a_check_can_be_cancelled() {
    let done =
        check("example.test".into(), settings(), nobody(), AbortSignal::abort(), Function::default()).await;
    let done = done.expect("a result");
    assert_eq!(field(&done, "evidence.entries.length").as_f64(), Some(0.0));
    assert_eq!(field(&done, "report.delivery"), JsValue::from("unknown"));
}

#[wasm_bindgen_test]
async fn what_is_no_domain_is_not_checked() {
    let never = AbortSignal::timeout_with_u32(60_000);
    let error = check("192.0.2.1".into(), settings(), nobody(), never, Function::default())
        .await
        .expect_err("an error");
    assert!(message(error).contains("IP address"));
}
