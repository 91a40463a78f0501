//! The shared corpora, where they are: real policies and records, and the vectors of other
//! implementations. What each comes to by RFC 8461 and RFC 8460 stands in `tests/expected`, checked
//! one by one; where that is not what its project expects, the line says why.
//!
//! `BLESS=1 cargo test --test corpus` writes the results anew, keeping the notes.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use mta_sts::evidence::{Bytes, HttpAnswer};
use mta_sts::facts::policy_state;
use mta_sts::record::Selection;
use mta_sts::{Host, Level, LintKind, MxPattern, Outcome, PolicyDoc, RecordDoc, RecordKind, lint};
use serde_json::Value;

/// Written past the test runner, which shows nothing of a test that passes.
fn say(line: &str) {
    writeln!(std::io::stderr(), "{line}").ok();
}

fn corpus() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    if path.is_dir() {
        return Some(path);
    }
    say("NOT RUN: tests/corpus.rs, as there is no ../shared/corpus here");
    None
}

/// The errors of a text as `code:line`.
fn errors(kind: LintKind, text: &[u8]) -> String {
    let report = lint(kind, text);
    let errors = report.findings.iter().filter(|finding| finding.level == Level::Error);
    let places = errors.map(|finding| {
        let line = finding.at.as_ref().expect("a finding in a text has a place").place.line;
        format!("{}:{line}", finding.code)
    });
    places.collect::<Vec<_>>().join(" ")
}

fn policy(body: &[u8]) -> String {
    match PolicyDoc::parse(body).policy() {
        Some(policy) => {
            let mx: Vec<String> = policy.mx.iter().map(ToString::to_string).collect();
            assert_eq!(errors(LintKind::Policy, body), "", "a valid policy has no error");
            format!("valid {} {} {}", policy.mode, policy.max_age, mx.join(",")).trim_end().to_owned()
        }
        None => format!("invalid {}", errors(LintKind::Policy, body)),
    }
}

fn record(kind: RecordKind, text: &[u8]) -> String {
    let doc = RecordDoc::parse(kind, text);
    let read = match kind {
        RecordKind::Record => doc.record().map(|record| record.id),
        RecordKind::Tlsrpt => doc.tlsrpt().map(|record| record.rua.join(",")),
    };
    let lint_kind = match kind {
        RecordKind::Record => LintKind::Record,
        RecordKind::Tlsrpt => LintKind::Tlsrpt,
    };
    match read {
        Some(read) => {
            assert_eq!(errors(lint_kind, text), "", "a valid record has no error");
            format!("valid {read}")
        }
        None => format!("invalid {}", errors(lint_kind, text)),
    }
}

fn records(kind: RecordKind, texts: &[Vec<u8>]) -> String {
    match Selection::of(kind, texts).kept.as_slice() {
        [] => "absent".into(),
        [one] => record(kind, one),
        more => format!("multiple {}", more.len()),
    }
}

/// Compares `found` with `tests/expected/<name>.tsv`: key, result, note.
fn compare(name: &str, found: &BTreeMap<String, String>, differs: &dyn Fn(&str) -> bool) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expected").join(name);
    let text = fs::read_to_string(&path).unwrap_or_default();
    let mut expected: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut parts = line.splitn(3, '\t');
        let (key, result, note) = (parts.next(), parts.next(), parts.next());
        expected.insert(key.expect("a key"), (result.expect("a result"), note.unwrap_or_default()));
    }
    if std::env::var_os("BLESS").is_some() {
        let mut out: String =
            text.lines().filter(|line| line.starts_with('#')).map(|line| format!("{line}\n")).collect();
        for (key, result) in found {
            let note = expected.get(key.as_str()).map_or("", |(_, note)| note);
            let missing = if differs(key) && note.is_empty() { "NOTE MISSING" } else { note };
            out.push_str(format!("{key}\t{result}\t{missing}").trim_end());
            out.push('\n');
        }
        return fs::write(path, out).expect("the expected results can be written");
    }
    for (key, result) in found {
        let (wanted, note) =
            expected.get(key.as_str()).unwrap_or_else(|| panic!("{key}: no expected result in {name}"));
        assert_eq!(result, wanted, "{key}");
        assert!(!differs(key) || !note.is_empty(), "{key}: differs from its project and has no note");
        assert!(!note.contains("NOTE MISSING"), "{key}");
    }
    assert_eq!(found.len(), expected.len(), "{name} has lines for what the corpus does not hold");
    say(&format!("{name}: {} of {}", found.len(), expected.len()));
}

#[test]
fn policies() {
    let Some(corpus) = corpus() else { return };
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(corpus.join("policies")).expect("policies") {
        let path = entry.expect("an entry").path();
        let body = fs::read(&path).expect("a policy");
        found.insert(path.file_stem().expect("a name").to_string_lossy().into_owned(), policy(&body));
    }
    // The corpus says of each whether the grammar takes it.
    let index = fs::read_to_string(corpus.join("policies.tsv")).expect("policies.tsv");
    for line in index.lines().skip(1) {
        let key = line.split('\t').next().and_then(|file| file.strip_prefix("policies/")).expect("a file");
        let valid = line.contains("abnf=valid");
        assert_eq!(found[key.trim_end_matches(".txt")].starts_with("valid"), valid, "{key}");
    }
    compare("policies.tsv", &found, &|_| false);
}

#[test]
fn published_records() {
    let Some(corpus) = corpus() else { return };
    let mut found = BTreeMap::new();
    let index = fs::read_to_string(corpus.join("records/records.tsv")).expect("records.tsv");
    for (number, line) in index.lines().enumerate().skip(1) {
        let parts: Vec<&str> = line.split('\t').collect();
        let kind = if parts[1] == "tlsrpt" { RecordKind::Tlsrpt } else { RecordKind::Record };
        let result = record(kind, parts[2].as_bytes());
        assert_eq!(result.starts_with("valid"), parts[3] == "valid", "{line}");
        found.insert(format!("{:03} {}", number + 1, parts[0]), result);
    }
    compare("records.tsv", &found, &|_| false);
}

/// A text of a vector: a string, or one told by its repetition.
fn text(input: &Value) -> Vec<u8> {
    if let Some(text) = input.as_str() {
        return text.as_bytes().to_vec();
    }
    let part = |name: &str| input[name].as_str().unwrap_or_default();
    let count = input["count"].as_u64().and_then(|count| usize::try_from(count).ok()).expect("a count");
    let repeated = format!("{}{}", part("repeat"), part("then_repeat")).repeat(count);
    let prefix = format!("{}{}", part("prefix"), part("body_prefix"));
    (prefix + &repeated).into_bytes()
}

fn to_a_labels(name: &str) -> String {
    if name.is_ascii() {
        name.to_owned()
    } else {
        idna::domain_to_ascii(name).unwrap_or_else(|_| name.to_owned())
    }
}

fn vector(kind: &str, input: &Value) -> String {
    let list =
        |value: &Value| -> Vec<Vec<u8>> { value.as_array().expect("a list").iter().map(text).collect() };
    let http = |status: u16, content_type: Option<String>, body: Vec<u8>| {
        let answer = HttpAnswer { status, content_type, body: Bytes(body), ..HttpAnswer::default() };
        let state = policy_state(&Outcome::Http(answer), false);
        serde_json::to_value(state).expect("a state").as_str().expect("a word").to_owned()
    };
    match kind {
        "txt" => record(RecordKind::Record, &text(input)),
        "tlsrpt-txt" => record(RecordKind::Tlsrpt, &text(input)),
        "txt-rrset" => records(RecordKind::Record, &list(input)),
        "tlsrpt-txt-rrset" => records(RecordKind::Tlsrpt, &list(input)),
        "txt-rrset-strings" => {
            let joined: Vec<Vec<u8>> =
                input.as_array().expect("a list").iter().map(|strings| list(strings).concat()).collect();
            records(RecordKind::Record, &joined)
        }
        "policy" => policy(&text(input)),
        "policy-bytes-hex" => {
            let hex = input.as_str().expect("hex");
            let bytes =
                (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex"));
            policy(&bytes.collect::<Vec<u8>>())
        }
        "mx-syntax" => match MxPattern::parse(&text(input)) {
            Ok(_) => "valid".into(),
            Err(fault) => format!("invalid {:?}", fault.kind),
        },
        "mx-match" => {
            let host = Host::new(&to_a_labels(input["mx"].as_str().expect("a host")));
            let patterns: Vec<MxPattern> = match input["policy"].as_str() {
                Some(body) => {
                    PolicyDoc::parse(body.as_bytes()).policy().map(|policy| policy.mx).unwrap_or_default()
                }
                None => {
                    list(&input["patterns"]).iter().filter_map(|value| MxPattern::parse(value).ok()).collect()
                }
            };
            let matched = patterns.iter().any(|pattern| pattern.matches(&host));
            if matched { "match" } else { "no match" }.into()
        }
        "http-status" => {
            let status = input.as_u64().and_then(|status| u16::try_from(status).ok()).expect("a status");
            http(status, None, Vec::new())
        }
        "http-policy" => {
            let status =
                input["status"].as_u64().and_then(|status| u16::try_from(status).ok()).expect("a status");
            let body = input["body"].as_str().map_or_else(|| text(input), |body| body.as_bytes().to_vec());
            http(status, input["content_type"].as_str().map(str::to_owned), body)
        }
        // Judged with a good body: a wrong type is a warning (RFC 8461 §3.2: senders SHOULD look).
        "content-type" => {
            let media_type = input.as_str().map(str::to_owned);
            if media_type_is_told(media_type) { "warning" } else { "no warning" }.into()
        }
        other => panic!("a kind of vector that is not known: {other}"),
    }
}

/// Whether a check of a good policy with that media type has the finding.
fn media_type_is_told(content_type: Option<String>) -> bool {
    use mta_sts::{Check, Domain, Entry, Step, Witness};
    let domain = Domain::parse("example.com").expect("a domain");
    let body = b"version: STSv1\nmode: none\nmax_age: 60\n".to_vec();
    let answer = HttpAnswer { status: 200, content_type, body: Bytes(body), ..HttpAnswer::default() };
    let mut check = Check::new(domain.clone(), 0);
    check.feed(Entry {
        step: Step::Policy { domain },
        by: Witness::Terminal,
        via: None,
        took_ms: 0,
        outcome: Outcome::Http(answer),
    });
    check.report().findings.iter().any(|finding| finding.code == "policy-media-type")
}

#[test]
fn vectors() {
    let Some(corpus) = corpus() else { return };
    let mut found = BTreeMap::new();
    let mut theirs = BTreeMap::new();
    let mut files: Vec<PathBuf> = fs::read_dir(corpus.join("vectors"))
        .expect("vectors")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .collect();
    files.sort();
    for path in files {
        let project = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let lines = fs::read_to_string(&path).expect("vectors");
        for (number, line) in lines.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let vector_line: Value = serde_json::from_str(line).expect("JSON");
            let kind = vector_line["kind"].as_str().expect("a kind");
            let key = format!("{project}:{:03} {kind}", number + 1);
            let expected = &vector_line["expected"];
            let good = ["valid", "match", "accept"].iter().find_map(|name| expected[name].as_bool());
            let good = good.or_else(|| expected["result"].as_str().map(|result| result == "no warning"));
            theirs.insert(key.clone(), good.unwrap_or_else(|| panic!("{key}: {expected}")));
            found.insert(key, vector(kind, &vector_line["input"]));
        }
    }
    let differs = |key: &str| {
        let ours = &found[key];
        let good = ["valid", "match", "no warning"].iter().any(|word| ours.starts_with(word));
        theirs[key] != good
    };
    compare("vectors.tsv", &found, &differs);
}
