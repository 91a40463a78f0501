//! The parsers against the grammars of RFC 8461 and RFC 8460, written down a second time as regular
//! expressions: on texts that are almost right, both say the same.
#![cfg(not(target_arch = "wasm32"))]

use std::sync::LazyLock;

use mta_sts::policy::{Key, MAX_BODY};
use mta_sts::{Level, LintKind, PolicyDoc, RecordDoc, RecordKind, lint};
use proptest::prelude::*;
use proptest::sample::select;
use regex::bytes::Regex;

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern")
}

const NAME: &str = "[A-Za-z0-9][A-Za-z0-9_.-]{0,31}";

/// RFC 8461 §3.1 and RFC 8460 §3, whose only difference here is the version.
static RECORD: LazyLock<Regex> = LazyLock::new(|| record_of("v=STSv1", ""));
static TLSRPT: LazyLock<Regex> = LazyLock::new(|| {
    let uri = r"[!-+\x2D-:<-~]+";
    record_of("v=TLSRPTv1", &format!("rua={uri}(?:[ \\t]*,[ \\t]*{uri})*|"))
});
/// A `mailto:` or `https:` URI (RFC 3986 Appendix A) without the characters that RFC 8460 §3 wants
/// percent-encoded; the inside of an IP literal is looked at by itself.
static URI: LazyLock<Regex> = LazyLock::new(|| {
    let character = |more: &str| format!("(?:[A-Za-z0-9._~$&'()*+={more}-]|%[0-9A-Fa-f]{{2}})");
    let (user, host, segment) = (character(":"), character(""), character(":@"));
    let authority =
        format!(r"//(?:{user}*@)?(?:\[(?P<literal>[^\]]*)\]|{host}*)(?::[0-9]*)?(?:/(?:{segment}|/)*)?");
    let path = format!("(?:/?{segment}(?:{segment}|/)*|/)?");
    let (query, fragment) = (format!(r"(?:\?(?:{segment}|[/?])*)?"), format!("(?:#(?:{segment}|[/?])*)?"));
    pattern(&format!(r"(?-u)\A(?i:mailto|https):(?:{authority}|{path}){query}{fragment}\z"))
});
static IP_FUTURE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?-u)\A[vV][0-9A-Fa-f]+\.[A-Za-z0-9._~$&'()*+=:-]+\z"));

fn record_of(version: &str, own: &str) -> Regex {
    let field = format!("(?:{own}{NAME}=[!-:<>-~]+)");
    pattern(&format!(r"(?-u)\A{version}(?:[ \t]*;[ \t]*{field})+(?:[ \t]*;[ \t]*)?\z"))
}

fn fields(text: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let parts = text.split(|b| *b == b';').skip(1).map(|part| part.trim_ascii());
    parts
        .filter_map(|part| {
            let at = part.iter().position(|b| *b == b'=')?;
            Some((part[..at].to_vec(), part[at + 1..].to_vec()))
        })
        .collect()
}

fn is_record(text: &[u8]) -> bool {
    let id = fields(text).into_iter().find(|(name, _)| name == b"id");
    let good = |id: &[u8]| (1..=32).contains(&id.len()) && id.iter().all(u8::is_ascii_alphanumeric);
    RECORD.is_match(text) && id.is_some_and(|(_, value)| good(&value))
}

/// Any field called rua is one, however its value might be read as an extension.
fn is_tlsrpt(text: &[u8]) -> bool {
    let ruas: Vec<_> = fields(text).into_iter().filter(|(name, _)| name == b"rua").collect();
    let literal = |text: &[u8]| {
        IP_FUTURE.is_match(text) || String::from_utf8_lossy(text).parse::<std::net::Ipv6Addr>().is_ok()
    };
    let uri = |text: &[u8]| {
        let read = URI.captures(text);
        read.is_some_and(|parts| parts.name("literal").is_none_or(|found| literal(found.as_bytes())))
    };
    let good = |value: &[u8]| value.split(|b| *b == b',').all(|part| uri(part.trim_ascii()));
    TLSRPT.is_match(text) && !ruas.is_empty() && ruas.iter().all(|(_, value)| good(value))
}

static LABEL: &str = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
static MX: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r"(?-u)\A(?:\*\.)?({LABEL}(?:\.{LABEL})*)\z")));
/// RFC 8461 §3.2: a field, and the white space that may follow it.
static FIELD: LazyLock<Regex> = LazyLock::new(|| {
    let character = r"[\x21-\x7E\u{80}-\u{10FFFF}]";
    pattern(&format!(r"\A({NAME}):[ \t]*({character}(?:[ ]|{character})*?)[ \t]*\z"))
});

/// `sts-policy-record`, and what the prose adds.
fn is_policy(body: &[u8]) -> bool {
    let mut lines: Vec<&[u8]> = body.split(|b| *b == b'\n').collect();
    let last = lines.len() - 1;
    for (index, line) in lines.iter_mut().enumerate() {
        if index < last {
            *line = line.strip_suffix(b"\r").unwrap_or(line);
        }
    }
    if lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    let mut read: Vec<(&[u8], &[u8])> = Vec::new();
    for line in lines {
        let Some(parts) = FIELD.captures(line) else { return false };
        read.push((parts.get(1).expect("a name").as_bytes(), parts.get(2).expect("a value").as_bytes()));
    }
    let first = |key: &str| read.iter().find(|(name, _)| *name == key.as_bytes()).map(|(_, value)| *value);
    let mode = first("mode");
    let mx: Vec<&[u8]> = read.iter().filter(|(name, _)| *name == b"mx").map(|(_, value)| *value).collect();
    let host = |value: &&[u8]| MX.captures(value).is_some_and(|parts| parts[1].len() <= 253);
    let seconds = |digits: &[u8]| {
        let ten = (1..=10).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
        ten && String::from_utf8_lossy(digits).parse::<u64>().is_ok_and(|seconds| seconds <= 31_557_600)
    };
    body.len() <= MAX_BODY
        && first("version") == Some(b"STSv1")
        && matches!(mode, Some(b"enforce" | b"testing" | b"none"))
        && first("max_age").is_some_and(seconds)
        && mx.iter().all(host)
        && (!mx.is_empty() || mode == Some(b"none"))
}

/// Pieces of records, good and bad, that texts are put together from.
const RECORD_PIECES: &[&str] = &[
    "v=STSv1",
    "v=TLSRPTv1",
    ";",
    "; ",
    " ;",
    ";;",
    " ",
    "\t",
    "id=",
    "id=1",
    "id=a-b",
    "id=20260101T000000Z",
    "ID=1",
    "=",
    "rua=",
    "rua=mailto:a@example.com",
    "mailto:b@example.com",
    ",",
    " , ",
    "https://a.example/x?y#z",
    "MAILTO:a@b",
    "https://u@a.example:443/",
    "https://[::1]:8/",
    "https://[v1.a]",
    "rua=https://a:b",
    ":",
    "@",
    "//",
    "[",
    "]",
    "http://a.example",
    "!",
    "%2C",
    "%",
    "ext=value",
    "_ext=x",
    "a.b-c_d=1",
    "mode=enforce",
    "\u{e9}",
    "\0",
    "\r",
    "\n",
    "\"",
    "x",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];

/// Lines of policies, good and bad.
const LINES: &[&str] = &[
    "version: STSv1",
    "version:STSv1",
    "version: stsv1",
    "version: STSv2",
    " version: STSv1",
    "version : STSv1",
    "\u{feff}version: STSv1",
    "mode: enforce",
    "mode: testing",
    "mode: none",
    "mode: enforced",
    "Mode: enforce",
    "mode:\tnone \t",
    "mode",
    "max_age: 86400",
    "max_age: 0",
    "max_age: 31557600",
    "max_age: 31557601",
    "max_age: 9999999999",
    "max_age: 00000000060",
    "max_age: 0000000060",
    "max_age: 1e6",
    "max_age:",
    "max-age: 5",
    "mx: mx.example.com",
    "mx: *.example.com",
    "mx: *.*.example.com",
    "mx: mx.example.com.",
    "mx: 192.0.2.1",
    "mx: b\u{fc}cher.example",
    "mx: a b",
    "mx:",
    "mx: _mx.example.com",
    "mx: -a.example",
    "mx: a-.example",
    "mx: A.EXAMPLE",
    "mx: *",
    "note: caf\u{e9} au lait",
    "note: a\tb",
    "note:",
    "note: x  y  ",
    "_note: x",
    "a.b-c_d: e:f",
    "# comment",
    "# comment: x",
    "",
    " ",
    "garbage",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: x",
];

fn record_text() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::collection::vec(select(RECORD_PIECES), 0..8);
    let version = select(&["v=STSv1", "v=TLSRPTv1", ""][..]);
    (version, select(&[";", "; ", " ; ", ""][..]), pieces)
        .prop_map(|(version, joint, pieces)| format!("{version}{joint}{}", pieces.concat()).into_bytes())
}

fn policy_text() -> impl Strategy<Value = Vec<u8>> {
    let end = select(&["\n", "\n", "\n", "\r\n", "\r", "\n\n", ""][..]);
    let lines = prop::collection::vec((select(LINES), end), 0..7);
    let good = select(
        &[
            "version: STSv1\nmode: none\nmax_age: 60\n",
            "version: STSv1\r\nmode: enforce\r\nmx: a.example\r\nmax_age: 60\r\n",
            "",
        ][..],
    );
    (good, lines).prop_map(|(good, lines)| {
        let lines: String = lines.into_iter().map(|(line, end)| format!("{line}{end}")).collect();
        format!("{good}{lines}").into_bytes()
    })
}

/// A text with some octets changed, taken out or put in.
fn mutated(text: impl Strategy<Value = Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    (text, prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3u8), 0..3)).prop_map(
        |(mut text, edits)| {
            for (index, byte, how) in edits {
                let at = index.index(text.len() + 1);
                match how {
                    0 if at < text.len() => text[at] = byte,
                    1 if at < text.len() => {
                        text.remove(at);
                    }
                    _ => text.insert(at, byte),
                }
            }
            text
        },
    )
}

/// Errors are there exactly where a sender can read nothing; places lie inside the text.
fn check_findings(kind: LintKind, text: &[u8], valid: bool) {
    let report = lint(kind, text);
    assert_eq!(report.valid, valid);
    assert_eq!(report.findings.iter().all(|finding| finding.level != Level::Error), valid);
    for finding in &report.findings {
        let place = &finding.at.as_ref().expect("a finding in a text has a place").place;
        assert!(place.bytes[0] <= place.bytes[1] && place.bytes[1] <= text.len(), "{finding:?}");
        assert!(place.utf16[0] <= place.utf16[1], "{finding:?}");
        let lines = text.iter().filter(|b| **b == b'\n').count() + 1;
        assert!((1..=lines).contains(&place.line) && place.column >= 1, "{finding:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn records_are_read_as_the_grammar_says(text in prop_oneof![record_text(), mutated(record_text())]) {
        let doc = RecordDoc::parse(RecordKind::Record, &text);
        prop_assert_eq!(doc.record().is_some(), is_record(&text), "{}", String::from_utf8_lossy(&text));
        prop_assert_eq!(doc.record().is_some(), doc.is_valid());
        // Several lines may be a list of records; tests/messages.rs has those.
        if !text.contains(&b'\n') {
            check_findings(LintKind::Record, &text, doc.is_valid());
        }
    }

    #[test]
    fn tlsrpt_records_are_read_as_the_grammar_says(text in prop_oneof![record_text(), mutated(record_text())]) {
        let doc = RecordDoc::parse(RecordKind::Tlsrpt, &text);
        prop_assert_eq!(doc.is_valid(), is_tlsrpt(&text), "{}", String::from_utf8_lossy(&text));
        prop_assert_eq!(doc.tlsrpt().is_some(), doc.is_valid());
        // Several lines may be a list of records; tests/messages.rs has those.
        if !text.contains(&b'\n') {
            check_findings(LintKind::Tlsrpt, &text, doc.is_valid());
        }
    }

    #[test]
    fn policies_are_read_as_the_grammar_says(text in prop_oneof![policy_text(), mutated(policy_text())]) {
        let doc = PolicyDoc::parse(&text);
        prop_assert_eq!(doc.policy().is_some(), is_policy(&text), "{}", String::from_utf8_lossy(&text));
        prop_assert_eq!(doc.policy().is_some(), doc.is_valid());
        check_findings(LintKind::Policy, &text, doc.is_valid());
    }

    #[test]
    fn any_bytes_are_read(text in prop::collection::vec(any::<u8>(), 0..300)) {
        for kind in [LintKind::Policy, LintKind::Record, LintKind::Tlsrpt] {
            let report = lint(kind, &text);
            prop_assert_eq!(report.valid, report.findings.iter().all(|finding| finding.level != Level::Error));
        }
        let guessed = lint(LintKind::guess(&text), &text);
        prop_assert_eq!(guessed.kind, LintKind::guess(&text));
    }

    /// A policy document keeps every byte: its lines and their ends are the body.
    #[test]
    fn lines_cover_the_body(text in mutated(policy_text())) {
        let doc = PolicyDoc::parse(&text);
        let mut at = 0;
        for line in &doc.lines {
            let gap = &text[at..line.span.start];
            prop_assert!(matches!(gap, b"" | b"\n" | b"\r\n" | b"\xEF\xBB\xBF"), "{gap:?}");
            at = line.span.end;
        }
        if !doc.lines.is_empty() {
            prop_assert!(matches!(&text[at..], b"" | b"\n" | b"\r\n"), "{:?}", &text[at..]);
        }
        if let Some(field) = doc.field(Key::Mode) {
            let name = field.name.slice(&text);
            prop_assert!(name == b"mode" || !doc.is_valid(), "{name:?}");
        }
    }
}

/// Hostile bodies of 64 KiB are read in one walk: the test would not end otherwise.
#[test]
fn large_and_hostile_bodies_are_read() {
    for line in [
        "mx: a.example\n",
        ":\n",
        " \n",
        "mode: x\n",
        "a",
        "x: \u{e9}\n",
        "\r",
        "mx: _\n",
        "nmx: a\n",
        "# :\n",
    ] {
        let body = line.repeat(MAX_BODY / line.len());
        let report = lint(LintKind::Policy, body.as_bytes());
        assert!(!report.valid, "{line}");
        assert!(report.findings.len() < 200, "{line}: {} findings", report.findings.len());
    }
    for (kind, version) in [(LintKind::Record, "v=STSv1;"), (LintKind::Tlsrpt, "v=TLSRPTv1; rua=")] {
        for piece in [
            "a=b;",
            "id=1;",
            "id=-;",
            ";",
            "=;",
            " ",
            ",",
            "x,",
            "!,",
            "mailto:a@b,",
            "a:;",
            "\u{e9};",
            "rua=x;",
            "\nv=STSv1; id=1",
            "\n\"v=TLSRPTv1; rua=\"",
            "(\n",
            "\"\n",
        ] {
            let text = version.to_owned() + &piece.repeat(MAX_FILE / piece.len());
            let report = lint(kind, text.as_bytes());
            assert!(report.findings.len() < 200, "{piece}: {} findings", report.findings.len());
        }
    }
}

/// As much as the terminal reads of a file.
const MAX_FILE: usize = 1024 * 1024;
