//! Every edit does what it says: its finding goes away and no error comes, over the samples of all rules, the
//! shared corpora where they are, and generated texts.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use mta_sts::report::Edit;
use mta_sts::rules::{self, Sample};
use mta_sts::{Level, LintKind, LintReport, Names, fix_all, lint_with};
use proptest::prelude::*;
use proptest::sample::select;

fn names() -> Names {
    let a_labels =
        [("b\u{fc}cher.example", "xn--bcher-kva.example"), ("\u{445}\u{440}.example", "xn--u1a4b.example")];
    Names {
        a_labels: a_labels.map(|(name, ascii)| (name.into(), ascii.into())).into(),
        public_suffixes: None,
    }
}

fn lint(kind: LintKind, text: &[u8]) -> LintReport {
    lint_with(kind, text, &names())
}

fn applied(text: &[u8], edit: &Edit) -> Vec<u8> {
    let [start, end] = edit.bytes;
    [&text[..start], edit.replacement.as_bytes(), &text[end..]].concat()
}

/// How many findings there are of each code.
fn count(report: &LintReport) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for finding in &report.findings {
        *counts.entry(finding.code).or_default() += 1;
    }
    counts
}

fn errors(report: &LintReport) -> usize {
    report.findings.iter().filter(|finding| finding.level == Level::Error).count()
}

/// Whether a record was taken out of a line of a zone file.
fn is_pasted(report: &LintReport) -> bool {
    report.findings.iter().any(|finding| finding.code.ends_with("-zone-line"))
}

/// Tries every edit of `text` by itself, and all of them at once.
fn try_edits(kind: LintKind, text: &[u8]) -> Result<usize, String> {
    let before = lint(kind, text);
    let shown = || String::from_utf8_lossy(text).into_owned();
    let all = count(&before);
    let mut tried = 0;
    for finding in &before.findings {
        let Some(edit) = &finding.edit else { continue };
        tried += 1;
        let new = applied(text, edit);
        let after = lint(kind, &new);
        let new = String::from_utf8_lossy(&new).into_owned();
        if is_pasted(&before) != is_pasted(&after) {
            continue; // the same text is now read as another: a quote has become one of a zone file
        }
        if count(&after).get(finding.code).copied().unwrap_or(0) >= all[finding.code] {
            return Err(format!("{:?}: {} is not cleared by {edit:?}: {new:?}", shown(), finding.code));
        }
        // By number, as mending a field may give a fault of the next another name: a second id is no id.
        if errors(&after) > errors(&before) {
            return Err(format!("{:?}: the edit of {} brings an error: {new:?}", shown(), finding.code));
        }
    }
    let fixed = fix_all(kind, text, &names());
    let after = lint(kind, &fixed.text);
    if is_pasted(&before) != is_pasted(&after) {
        return Ok(tried);
    }
    let new = String::from_utf8_lossy(&fixed.text).into_owned();
    if fix_all(kind, &fixed.text, &names()).edits != 0 {
        return Err(format!("{:?}: fix all leaves something to fix: {new:?}", shown()));
    }
    if let Some(left) =
        after.findings.iter().find(|finding| finding.edit.is_some() && finding.level != Level::Note)
    {
        return Err(format!("{:?}: fix all leaves the edit of {}: {new:?}", shown(), left.code));
    }
    if errors(&after) > errors(&before) {
        return Err(format!("{:?}: fix all brings an error: {new:?}", shown()));
    }
    if before.valid && !after.valid {
        return Err(format!("{:?}: fix all breaks it: {new:?}", shown()));
    }
    Ok(tried)
}

fn kind_of(code: &str) -> LintKind {
    match code.split('-').next() {
        Some("policy") => LintKind::Policy,
        Some("record") => LintKind::Record,
        _ => LintKind::Tlsrpt,
    }
}

#[test]
fn the_edits_of_every_sample_mend_it() {
    let mut tried = 0;
    for rule in rules::all() {
        for sample in [rule.fires_on, rule.quiet_on] {
            if let Sample::Text(text) = sample {
                tried += try_edits(kind_of(rule.code), text)
                    .unwrap_or_else(|error| panic!("{}: {error}", rule.code));
            }
        }
    }
    assert!(tried > 40, "{tried} edits");
}

#[test]
fn the_edits_of_the_corpora_mend_them() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    if !corpus.is_dir() {
        let note = "tests/edits.rs: ../shared/corpus is not here, so its texts were NOT tried\n";
        std::io::stderr().write_all(note.as_bytes()).expect("stderr");
        return;
    }
    let mut texts: Vec<(LintKind, Vec<u8>)> = Vec::new();
    for entry in fs::read_dir(corpus.join("policies")).expect("policies") {
        texts.push((LintKind::Policy, fs::read(entry.expect("an entry").path()).expect("a policy")));
    }
    for entry in fs::read_dir(corpus.join("vectors")).expect("vectors") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        for line in fs::read_to_string(path).expect("vectors").lines() {
            let vector: serde_json::Value = serde_json::from_str(line).expect("JSON");
            let kind = match vector["kind"].as_str() {
                Some("policy") => LintKind::Policy,
                Some("txt") => LintKind::Record,
                Some("tlsrpt-txt") => LintKind::Tlsrpt,
                _ => continue,
            };
            if let Some(text) = vector["input"].as_str() {
                texts.push((kind, text.as_bytes().to_vec()));
            }
        }
    }
    let mut tried = 0;
    for (kind, text) in &texts {
        tried += try_edits(*kind, text).unwrap_or_else(|error| panic!("{error}"));
    }
    std::io::stderr()
        .write_all(format!("edits of {} texts: {tried}\n", texts.len()).as_bytes())
        .expect("stderr");
    assert!(texts.len() > 300 && tried > 50, "{tried} edits of {} texts", texts.len());
}

/// Texts that are almost right: it is plain what was meant, so nothing may be left.
#[test]
fn fix_all_leaves_no_error_where_it_is_plain_what_was_meant() {
    let good = "version: STSv1\nmode: enforce\nmx: mail.fabrikam.com\nmax_age: 604800\n";
    for text in [
        "\u{feff}version: STSv1\r\nmode: enforce\r\nmx: mail.fabrikam.com\r\nmax_age: 604800\r\n\r\n",
        "version: STSv1\rmode: enforce\rmx: mail.fabrikam.com\rmax_age: 604800\r",
        "version: STSv1\u{2028}mode: enforce\u{2028}mx: mail.fabrikam.com\u{2028}max_age: 604800",
        "---\nlayout: null\n---\nversion: STSv1\nmode: enforce\nmx: mail.fabrikam.com\nmax_age: 604800\n",
        "```\nversion: STSv1\nmode: enforce\nmx: mail.fabrikam.com\nmax_age: 604800\n```\n",
        "# our policy\nversion: STSv1\n\nmode: enforce   # live\nmx: mail.fabrikam.com\nmax_age: 604800\n",
        "version: STSv1 mode: enforce mx: mail.fabrikam.com max_age: 604800",
        "version: STSv1; mode: enforce; mx: mail.fabrikam.com; max_age: 604800;",
        "Version: stsv1\nMode: Enforced\nnmx: mail.fabrikam.com.\nmax-age: 7d\n",
        "mode: enforce\nmx: https://mail.fabrikam.com/\nmax_age: 604800\n",
        "version : STSv1\n  mode = enforce\n\tmx mail.fabrikam.com:25\nmaxage: 604,800 seconds\n",
        "version:\u{a0}STSv1\nm\u{43e}de: enforce\nm\u{445}: mail.fabrikam.com\nmax_age\u{ff1a}604800\n",
        "\"version\": \"STSv1\",\n\"mode\": \"enforce\",\n\"mx\": \"mail.fabrikam.com\",\n\"max_age\": 604800\n",
        "- version: STSv1\n- mode: enforce\n- mx: mail.fabrikam.com\n- max_age: 604800\n",
        "version: STSv1\nmode: enforce\nmx:\n  - mail.fabrikam.com\nmax_age: 604800\n",
        "> version: STSv1\n> mode: enforce\n> mx: mail.fabrikam.com\n> max_age: 604800\n",
        "version: STSv1\nmode: enforce\nmx: 10 mail.fabrikam.com.\nmax_age: 99999999\n",
    ] {
        let fixed = fix_all(LintKind::Policy, text.as_bytes(), &names());
        let report = lint(LintKind::Policy, &fixed.text);
        let shown = String::from_utf8_lossy(&fixed.text);
        assert!(report.valid, "{text:?} became {shown:?}: {:?}", report.findings);
        assert!(shown.contains("mx: mail.fabrikam.com"), "{shown:?}");
    }
    let utf16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(fix_all(LintKind::Policy, &utf16, &names()).text, good.as_bytes());
    // Nothing to do, nothing done.
    assert_eq!(fix_all(LintKind::Policy, good.as_bytes(), &names()).edits, 0);
    for (text, fixed) in [
        (
            "_mta-sts.a.example. IN TXT \"v=STSv1; id=2026-01-01;;\"",
            "_mta-sts.a.example. IN TXT \"v=STSv1; id=20260101;\"",
        ),
        ("v=STSv1 id=2026\n", "v=STSv1; id=2026\n"),
    ] {
        let found = fix_all(LintKind::Record, text.as_bytes(), &names());
        assert_eq!(String::from_utf8_lossy(&found.text), fixed);
        assert!(lint(LintKind::Record, &found.text).valid);
    }
}

/// Whatever fix all mends can be mended one by one, too: also where no name in the text is written as it should be.
#[test]
fn what_fix_all_mends_has_an_edit() {
    let text = "Version : STSv1;\r\nMode = Enforced\r\nMX: mx1.fabrikam.com., mx2.fabrikam.com.\r\n\r\nMax-Age: 604800s\r\n\r\n";
    for text in [text.to_owned(), format!("\u{feff}{text}")] {
        let report = lint(LintKind::Policy, text.as_bytes());
        for finding in &report.findings {
            assert!(finding.edit.is_some(), "{} has no edit: {}", finding.code, finding.message);
        }
        assert!(count(&report)["policy-blank-line"] == 2);
        try_edits(LintKind::Policy, text.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
        assert!(lint(LintKind::Policy, &fix_all(LintKind::Policy, text.as_bytes(), &names()).text).valid);
    }
    // Of a text that says nothing, nothing is taken away.
    for text in ["# later\n\n", "\u{feff}# later\n"] {
        assert_eq!(fix_all(LintKind::Policy, text.as_bytes(), &names()).text, text.as_bytes());
    }
}

/// A record in UTF-16, as PowerShell writes it: one finding, and the whole text anew.
#[test]
fn a_record_in_utf16_is_written_anew() {
    for (kind, text, meant) in [
        (LintKind::Record, "v=STSv1; id=a1", Some("v=STSv1; id=a1")),
        (LintKind::Record, "v=STSv1; id=2026-11-01\r\n", Some("v=STSv1; id=20261101")),
        (
            LintKind::Record,
            "_mta-sts IN TXT \"v=STSv1; id=a1\"\r\n",
            Some("_mta-sts IN TXT \"v=STSv1; id=a1\""),
        ),
        (LintKind::Record, "\"v=STSv1; id=a1\"", Some("\"v=STSv1; id=a1\"")),
        (LintKind::Record, "v=STSv1; id={{ id }}", None),
        (
            LintKind::Tlsrpt,
            "v=TLSRPTv1; rua=mailto:a@fabrikam.com",
            Some("v=TLSRPTv1; rua=mailto:a@fabrikam.com"),
        ),
    ] {
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [[&[0xFF, 0xFE], &little[..]].concat(), [&[0xFE, 0xFF], &big[..]].concat(), little, big]
        {
            let report = lint(kind, &bytes);
            let codes: Vec<_> = report.findings.iter().map(|finding| finding.code).collect();
            let code = if kind == LintKind::Record { "record-utf16" } else { "tlsrpt-utf16" };
            assert_eq!(codes, [code], "{text:?}");
            let fixed = fix_all(kind, &bytes, &names()).text;
            match meant {
                Some(meant) => assert_eq!(String::from_utf8_lossy(&fixed).trim_end(), meant),
                None => assert_eq!(fixed, bytes),
            }
            try_edits(kind, &bytes).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        }
    }
}

/// A field in a comment is no field, with whatever colon: taking the comment out makes nothing missing that was
/// there.
#[test]
fn a_field_in_a_comment_is_missing() {
    for line in [";mode：none", "# mode：none", "//mode：none", "-->mode：none", "```mode：none"] {
        let text = format!("{line}\nversion: STSv1\nmax_age: 86400\n");
        let codes: Vec<_> =
            lint(LintKind::Policy, text.as_bytes()).findings.iter().map(|finding| finding.code).collect();
        assert!(codes.contains(&"policy-mode-missing"), "{line}: {codes:?}");
        try_edits(LintKind::Policy, text.as_bytes()).unwrap_or_else(|error| panic!("{line}: {error}"));
    }
}

/// Where it is not plain what was meant, nothing is made of it: neither by fix all nor by an edit alone.
#[test]
fn what_may_mean_two_things_is_left_as_it_stands() {
    let first = "version: STSv1\nmode: testing\nmx: a.fabrikam.com\nmax_age: 86400\n";
    for second in [
        "version: STSv1\nmode: enforce\nmx: a.fabrikam.com\nmax_age: 86400\n",
        "version: STSv1\nmode: testing\nmx: b.fabrikam.com\nmax_age: 86400\n",
    ] {
        let text = format!("{first}{second}");
        let report = lint(LintKind::Policy, text.as_bytes());
        assert!(count(&report).contains_key("policy-twice"));
        assert!(report.findings.iter().all(|finding| finding.edit.is_none() || finding.level == Level::Note));
        assert_eq!(fix_all(LintKind::Policy, text.as_bytes(), &names()).text, text.as_bytes());
        // What can be mended beside them is, and the warning stays.
        let text = format!("{first}\n# new\n{second}");
        let fixed = fix_all(LintKind::Policy, text.as_bytes(), &names());
        assert!(count(&lint(LintKind::Policy, &fixed.text)).contains_key("policy-twice"));
    }
    // Two that say the same are one.
    let same = fix_all(LintKind::Policy, first.repeat(2).as_bytes(), &names());
    assert!(!count(&lint(LintKind::Policy, &same.text)).contains_key("policy-twice"));
}

const POLICY_PIECES: &[&str] = &[
    "version",
    "Version",
    "mode",
    "m\u{43e}de",
    "max_age",
    "max-age",
    "mx",
    "nmx",
    "note",
    ":",
    ": ",
    " : ",
    "\u{ff1a}",
    "=",
    " ",
    "  ",
    "\t",
    "\u{a0}",
    "\n",
    "\n",
    "\n",
    "\r\n",
    "\r",
    "\u{85}",
    "\u{2028}",
    "\u{b}",
    "STSv1",
    "stsv1",
    "enforce",
    "Enforced",
    "testing",
    "none",
    "None",
    "off",
    "604800",
    "604,800",
    "7d",
    "99999999999",
    "0",
    "a.example",
    "b.example.",
    ".c.example",
    "*.d.example",
    "b\u{fc}cher.example",
    "https://e.example/",
    "10",
    ",",
    ";",
    "#",
    "-",
    "---",
    "```",
    "\"",
    "'",
    "\u{feff}",
    "\u{200b}",
    "\0",
    "<p>",
    ">",
    "\n-",
    "\n+",
    "---\n",
    "v=STSv1\n",
    "v: STSv1\n",
    "versoin: STSv1\n",
    "[a.example, ",
    "]",
    "version: STSv1\n",
    "mode: enforce\n",
    "mx: a.example\n",
    "max_age: 604800\n",
];

const RECORD_PIECES: &[&str] = &[
    "v=STSv1",
    "v=TLSRPTv1",
    "V=stsv1",
    "v = STSv1",
    "STSv1",
    ";",
    ";",
    "; ",
    " ;",
    ",",
    " ",
    "\t",
    "id",
    "ID",
    "id=",
    "id = ",
    "rua=",
    "rua",
    "=",
    "2026",
    "2026-01-01",
    "a",
    "b",
    "v:STSv1",
    "v=STSv2",
    "{{ id }}",
    "2026-01-01 10:00",
    "mailto=a@b.example",
    "mailto:a@b.example",
    "mailto:",
    "mailto://a@b.example",
    "a@b.example",
    "https://c.example/",
    "http://",
    "!10m",
    "!",
    "\u{a0}",
    "\u{201c}",
    "\"",
    "\"",
    "\u{fc}",
    "_x",
    "mode=enforce",
    "(",
    ")",
    "_mta-sts",
    "_mta_sts.a.example.",
    "3600",
    "IN",
    " TXT ",
    "\\",
    "\\;",
];

fn texts(pieces: &'static [&'static str], most: usize) -> impl Strategy<Value = String> {
    proptest::collection::vec(select(pieces), 0..most).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

    #[test]
    fn edits_of_any_policy_mend_it(text in texts(POLICY_PIECES, 24)) {
        try_edits(LintKind::Policy, text.as_bytes()).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn edits_of_any_record_mend_it(text in texts(RECORD_PIECES, 14)) {
        try_edits(LintKind::Record, text.as_bytes()).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn edits_of_any_tlsrpt_record_mend_it(text in texts(RECORD_PIECES, 14)) {
        try_edits(LintKind::Tlsrpt, text.as_bytes()).map_err(TestCaseError::fail)?;
    }
}
