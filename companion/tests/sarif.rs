//! SARIF output against the standard's schema, against what GitHub asks for beyond it, and against the text.
#![cfg(not(target_arch = "wasm32"))]

use companion::lint::{Format, Given, Linted, written};
use jsonschema::Validator;
use mta_sts::rules::{self, Sample};
use mta_sts::{LintKind, span};
use serde_json::Value;

fn schema() -> Validator {
    // The pattern of `language`, which is not written here, has a bracket too many: as ECMA 262 reads regular
    // expressions under the flag u, it is none.
    let text = include_str!("sarif/sarif-schema-2.1.0.json").replace("{2}]?$", "{2}$");
    let schema: Value = serde_json::from_str(&text).expect("the schema is JSON");
    jsonschema::options().should_validate_formats(true).build(&schema).expect("the schema is one")
}

fn log(linted: &[Linted], unread: &[String]) -> Value {
    let text = written(linted, unread, Format::Sarif).expect("it is written");
    assert!(text.chars().all(|c| c == '\n' || !mta_sts::is_invisible(c)), "{text}");
    serde_json::from_str(&text).expect("it is JSON")
}

/// Both texts of every rule over texts, and what has no rule of its own: bytes that are no UTF-8, a byte order
/// mark, line ends of every kind, characters of one to four bytes, and what SARIF reads as a link.
fn texts() -> Vec<Vec<u8>> {
    let samples = rules::all().flat_map(|rule| [rule.fires_on, rule.quiet_on]);
    let mut texts: Vec<Vec<u8>> = samples
        .filter_map(|sample| match sample {
            Sample::Text(text) => Some(text.to_vec()),
            _ => None,
        })
        .collect();
    assert!(texts.len() > 100, "{} texts", texts.len());
    for text in [
        &b""[..],
        b"\n",
        b"\r",
        b"\xFF\xFE\0m\0o\0d\0e",
        b"\xEF\xBB\xBFversion: STSv1\r\nmode: \xE2\x82\r\nmx: a\xFFb\r\n",
        b"version: STSv1\rmode: enforce\rmx: a.example\rmax_age: 1",
        "version: STSv1\nmode: \u{1f31f}x\u{1f31f}\nmx: b\u{fc}cher.example\nmax_age: 604800 \u{202e}\n"
            .as_bytes(),
        b"version: STSv1\nmode: [a](https://evil.example) {0} {{\nmx: [b](1)\nmax_age: 604800\n",
        b"v=STSv1; id=[a](b);\xFF",
    ] {
        texts.push(text.to_vec());
    }
    texts
}

/// What stands between two places of the decoded text, each a line and a column in code points.
fn between(text: &str, start: (u64, u64), end: (u64, u64)) -> String {
    let mut here = (1, 1);
    let mut found = String::new();
    for c in text.chars() {
        if here >= start && here < end {
            found.push(c);
        }
        here = if c == '\n' { (here.0 + 1, 1) } else { (here.0, here.1 + 1) };
    }
    found
}

#[test]
fn every_log_holds_to_the_schema_and_shows_the_place() {
    let schema = schema();
    let (mut results, mut fixes) = (0, 0);
    for text in texts() {
        for kind in [LintKind::Policy, LintKind::Record, LintKind::Tlsrpt] {
            let linted = Linted::new("a b/mta-sts.txt", Given::File, Some(kind), text.clone());
            let found = linted.report.findings.len();
            let log = log(&[linted], &[]);
            let faults: Vec<String> = schema.iter_errors(&log).map(|error| error.to_string()).collect();
            assert!(faults.is_empty(), "{faults:?}: {log:#}");
            let run = &log["runs"][0];
            let all = run["results"].as_array().expect("results");
            assert_eq!(all.len(), found);
            results += found;
            for result in all {
                holds_to_what_github_asks(run, result);
                let physical = &result["locations"][0]["physicalLocation"];
                assert_eq!(physical["artifactLocation"]["uri"], "a%20b/mta-sts.txt");
                shows_its_part(&text, &physical["region"]);
                for fix in result["fixes"].as_array().into_iter().flatten() {
                    fixes += 1;
                    shows_its_part(&text, &fix["artifactChanges"][0]["replacements"][0]["deletedRegion"]);
                }
            }
        }
    }
    assert!(results > 500 && fixes > 50, "{results} results, {fixes} fixes");
}

/// The same part of the text by bytes, and by lines and columns. A byte order mark is no character of the text.
fn shows_its_part(text: &[u8], region: &Value) {
    let number = |name: &str| region[name].as_u64().expect("a number");
    let [from, length] =
        ["byteOffset", "byteLength"].map(|name| usize::try_from(number(name)).expect("small"));
    let start = (number("startLine"), number("startColumn"));
    let end = (number("endLine"), number("endColumn"));
    assert_eq!(
        between(&span::decode(text), start, end),
        span::decode(&text[from..from + length]),
        "{region:#}"
    );
}

/// What `https://docs.github.com` lists as required of a SARIF file for code scanning.
fn holds_to_what_github_asks(run: &Value, result: &Value) {
    let message = result["message"]["text"].as_str().expect("a message");
    assert!(!message.is_empty() && !message.contains("]("), "{message}");
    let index = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("small");
    let rule = &run["tool"]["driver"]["rules"][index];
    assert_eq!(rule["id"], result["ruleId"]);
    for field in ["shortDescription", "fullDescription", "help"] {
        assert!(rule[field]["text"].as_str().is_some_and(|text| !text.is_empty()), "{rule:#}");
    }
    assert!(["error", "warning", "note"].contains(&result["level"].as_str().expect("a level")));
    assert_eq!(result["locations"].as_array().map(Vec::len), Some(1));
}

#[test]
fn several_texts_and_what_could_not_be_read_are_one_log() {
    let policy = b"version: STSv1\nmode: enforced\nmx: a.example\nmax_age: 604800\n".to_vec();
    let linted = [
        Linted::new("mta-sts.txt", Given::File, None, policy.clone()),
        Linted::new("other.txt", Given::File, None, policy),
        Linted::new("<stdin>", Given::Stdin, None, b"version: STSv1\nmode: \xFF\n".to_vec()),
        Linted::argument(LintKind::Record, "v=STSv1; id=a-b"),
    ];
    let log = log(&linted, &["missing.txt: No such file".into()]);
    assert!(schema().is_valid(&log), "{log:#}");
    let run = &log["runs"][0];
    let codes = |value: &Value, name: &str| -> Vec<String> {
        let all = value.as_array().expect("a list").iter();
        all.map(|one| one[name].as_str().expect("a word").to_owned()).collect()
    };
    // A rule stands once, however many texts set it off.
    let listed = codes(&run["tool"]["driver"]["rules"], "id");
    assert_eq!(listed.iter().filter(|code| *code == "policy-mode").count(), 1, "{listed:?}");
    let found = codes(&run["results"], "ruleId");
    assert_eq!(found.iter().filter(|code| *code == "policy-mode").count(), 3, "{found:?}");
    // What is in no file is in the log itself.
    let artifacts = run["artifacts"].as_array().expect("artifacts");
    assert_eq!(artifacts.len(), 4);
    assert!(artifacts[0]["contents"].is_null());
    assert_eq!(artifacts[2]["contents"]["binary"], "dmVyc2lvbjogU1RTdjEKbW9kZTog/wo=");
    assert_eq!(artifacts[3]["contents"]["text"], "v=STSv1; id=a-b");
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    assert_eq!(invocation["toolExecutionNotifications"][0]["message"]["text"], "missing.txt: No such file");
}

#[test]
fn the_schema_refuses_what_is_no_log() {
    let schema = schema();
    let mut log = log(&[Linted::argument(LintKind::Record, "v=STSv1; id=a-b")], &[]);
    assert!(schema.is_valid(&log));
    log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0.into();
    assert!(!schema.is_valid(&log));
}
