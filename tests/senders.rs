//! The profiles of named senders: what each makes of the texts on which they differ, and whether it
//! agrees with the vectors of its own project, where the shared corpora are. Those whose program can
//! be run are held against it by `cargo xtask differential`.
//!
//! `BLESS=1 cargo test --test senders` writes docs/senders.md anew.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use mta_sts::senders::{POINTS, PROFILES, Profile, policy_readings, policy_readings_of, record_readings};
use mta_sts::verdict::{EXCHANGE_ONLINE, EXCHANGE_ONLINE_NAMES};
use mta_sts::{Host, LintKind, lint};
use serde_json::Value;

fn profile(name: &str) -> &'static Profile {
    PROFILES.iter().find(|profile| profile.name == name).unwrap_or_else(|| panic!("{name} is no profile"))
}

/// A policy as a reader sees it, in one line.
fn read(profile: &Profile, body: &[u8]) -> String {
    match profile.policy(body) {
        Ok(read) => format!("{} {} {}", read.mode, read.max_age, read.mx.join(",")).trim_end().to_owned(),
        Err(_) => "-".into(),
    }
}

/// What those read that cannot be run here: mox, postfix-tlspol, Stalwart, go-mtasts, KumoMTA.
#[test]
fn what_was_read_of_those_that_cannot_be_run() {
    let readers = ["mox", "postfix-tlspol", "Stalwart", "go-mtasts", "KumoMTA"].map(profile);
    let good = "enforce 604800 mx.example.com";
    let day = "enforce 86400 mx.example.com";
    let a_year = "enforce 31557600 mx.example.com";
    let begin = "version: STSv1\nmode: enforce\nmx: mx.example.com\n";
    for (body, wanted) in [
        (format!("{begin}max_age: 604800\n"), [good; 5]),
        (format!("{begin}max_age: 604800"), [good; 5]),
        (format!("{begin}max_age: 604800\r\n"), [good; 5]),
        (format!("{begin}max_age: 604800\n\n"), ["-", "-", good, "-", good]),
        (format!("\u{FEFF}{begin}max_age: 604800\n"), ["-", "-", good, "-", good]),
        (format!(" {begin}max_age: 604800\n"), ["-", "-", good, "-", good]),
        (format!("{begin}max_age : 604800\n"), ["-", "-", good, "-", good]),
        (format!("{begin}max_age: 604800\nx: a:b\n"), [good, good, good, "-", good]),
        (format!("{begin}max_age: 604800\n-x: a\n"), [good, "-", good, good, good]),
        (format!("{begin}max_age: 604800\nx: \u{85}\n"), [good, "-", good, good, good]),
        (format!("{begin}garbage\nmax_age: 604800\n"), ["-", "-", day, "-", "-"]),
        (
            format!("{begin}max_age: 604800\nmode: testing\n"),
            [good, good, "testing 604800 mx.example.com", "testing 604800 mx.example.com", "-"],
        ),
        (format!("{begin}max_age: 604800\nmode: bogus\n"), ["-", good, "-", "-", "-"]),
        (
            format!("{begin}max_age: 31557601\n"),
            [
                "enforce 31557601 mx.example.com",
                a_year,
                day,
                "enforce 31557601 mx.example.com",
                "enforce 31557601 mx.example.com",
            ],
        ),
        (
            format!("{begin}max_age: 2147483648\n"),
            ["-", a_year, day, "enforce 2147483648 mx.example.com", "enforce 2147483648 mx.example.com"],
        ),
        (format!("{begin}max_age: -1\n"), ["-", "-", day, "enforce 0 mx.example.com", "-"]),
        (
            format!("{begin}max_age: +5\n"),
            ["-", "-", day, "enforce 5 mx.example.com", "enforce 5 mx.example.com"],
        ),
        (begin.to_owned(), ["-", "-", day, "-", "-"]),
        (
            "version: STSv1\nmode: none\nmax_age: 60\n".into(),
            ["none 60", "none 60", "-", "none 60", "none 60"],
        ),
        ("mode: enforce\nmx: mx.example.com\nmax_age: 604800\n".into(), ["-", "-", good, "-", "-"]),
        (
            "version: stsv1\nmx: mx.example.com\nmax_age: 604800\n".into(),
            ["-", "-", "none 604800 mx.example.com", "-", "-"],
        ),
        (
            "version: STSv1\nmode: enforce\nmx: MX.example.com.\nmax_age: 604800\n".into(),
            [
                "-",
                "enforce 604800 mx.example.com.",
                "enforce 604800 mx.example.com.",
                "enforce 604800 MX.example.com.",
                "enforce 604800 mx.example.com.",
            ],
        ),
        (
            "version: STSv1\nmode: enforce\nmx: 192.0.2.1\nmax_age: 604800\n".into(),
            [
                "enforce 604800 192.0.2.1",
                "-",
                "enforce 604800 192.0.2.1",
                "enforce 604800 192.0.2.1",
                "enforce 604800 192.0.2.1",
            ],
        ),
        (
            "version: STSv1\nmode: enforce\nmx: ab--cd.example\nmax_age: 604800\n".into(),
            [
                "-",
                "enforce 604800 ab--cd.example",
                "enforce 604800 ab--cd.example",
                "enforce 604800 ab--cd.example",
                "enforce 604800 ab--cd.example",
            ],
        ),
        (
            "version: STSv1\nmode: enforce\nmx:\nmax_age: 604800\n".into(),
            ["-", "-", "-", "enforce 604800", "enforce 604800"],
        ),
    ] {
        assert_eq!(readers.map(|reader| read(reader, body.as_bytes())), wanted, "{body:?}");
    }
    for (texts, wanted) in [
        (&["v=STSv1; id=1"][..], ["1"; 5]),
        (&["v=STSv1 ; id=1;"], ["1"; 5]),
        (&["v=STSv1\t; id=1;"], ["1", "-", "1", "1", "1"]),
        (&["v=STSv1; id=1 "], ["-", "-", "1", "1", "1"]),
        (&["v=STSv1; id=1; "], ["1", "1", "1", "1", "-"]),
        (&["v=STSv1; id=1;;"], ["-", "-", "1", "1", "1"]),
        (&["v=STSv1; id=1; id=2"], ["-", "1", "2", "2", "2"]),
        (&["v=STSv1; id=1; id="], ["1", "1", "", "-", ""]),
        (&["v=STSv1; id=a-b"], ["-", "-", "a-b", "a-b", "a-b"]),
        (&["v=STSv1; id=1; -x=1"], ["1", "-", "1", "1", "1"]),
        (&["v=STSv1; foo; id=1"], ["-"; 5]),
        (&["v=stsv1; i d=1"], ["-", "-", "1", "-", "-"]),
        (&["id=1; v=STSv1"], ["-", "-", "1", "1", "1"]),
        (&["v=STSv1; id=1", "v=STSv1; id=2"], ["-", "-", "1", "-", "2"]),
        (&["v=spf1 -all", "v=STSv1; id=2"], ["2", "2", "2", "-", "-"]),
        (&["", "v=STSv1; id=2"], ["2", "2", "2", "-", "2"]),
    ] {
        let texts: Vec<Vec<u8>> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
        let found = readers.map(|reader| reader.records(&texts).map_or("-".into(), |read| read.id));
        assert_eq!(found, wanted, "{texts:?}");
    }
}

/// A second reading of the strict reading: the row of the RFC says what a lint of the text says.
#[test]
fn the_strict_row_says_what_the_linter_says() {
    for text in [
        &b"version: STSv1\nmode: enforce\nmx: mx.example.com\nmax_age: 604800\n"[..],
        b"version: STSv1\nmode: enforced\nmx: mx.example.com\nmax_age: 604800\n",
        b"",
        b"<html>",
        b"\xFF\xFEv\0",
        b"v=STSv1; id=1",
        b"v=STSv1; id=1 ",
        b"id=1",
    ] {
        assert_eq!(policy_readings(text)[0].usable, lint(LintKind::Policy, text).valid, "{text:?}");
        assert_eq!(record_readings(text)[0].usable, lint(LintKind::Record, text).valid, "{text:?}");
    }
}

#[test]
fn every_row_says_why() {
    let body = b"version: STSv1\nmode: Enforce\x1b\nmx: mx.example.com\nmax_age: 99999999\n";
    for row in policy_readings(body) {
        assert!(!row.usable && row.mode.is_none() && row.mx.is_none(), "{row:?}");
        let why = row.why.unwrap_or_default();
        assert!(!why.is_empty() && !why.contains(['\x1b', '\n']), "{}: {why}", row.sender);
    }
    let rows = serde_json::to_value(record_readings(b"v=STSv1; id=a-b")).expect("JSON");
    let of =
        |name: &str| rows.as_array().expect("rows").iter().find(|row| row["sender"] == name).expect("a row");
    assert_eq!(
        *of("mox"),
        serde_json::json!({
            "sender": "mox", "version": "bc38693", "source": "mjl-/mox@bc38693", "usable": false, "why": "`id` is `a-b`",
        }),
    );
    assert_eq!(of("mail-auth")["id"], "a-b");
    assert_eq!(of("mail-auth")["why"], "what an `id` may hold is not looked at");
}

/// A body as large as any reader takes, in the forms that cost most.
#[test]
fn a_hostile_text_costs_no_time() {
    let patterns: String = (0..9000).map(|number| format!("mx: {number}\n")).collect();
    let texts = [
        "a".repeat(65_536),
        ":".repeat(65_536),
        "\n".repeat(65_536),
        " ".repeat(65_536),
        "mode:\n".repeat(10_000),
        format!("max_age: {}", "9".repeat(65_000)),
        patterns,
        "=;".repeat(32_768),
        "id=;".repeat(16_384),
        format!("v=STSv1;{}", " ;".repeat(32_000)),
    ];
    let begun = std::time::Instant::now();
    for text in texts {
        assert_eq!(policy_readings(text.as_bytes()).len() + 1, PROFILES.len());
        assert_eq!(record_readings(text.as_bytes()).len(), PROFILES.len());
    }
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}

#[test]
fn patterns_are_matched_as_each_does() {
    let host = Host::new("a.b.example.com");
    let depth: Vec<&str> = PROFILES
        .iter()
        .filter(|profile| profile.admits("*.example.com", &host))
        .map(|profile| profile.name)
        .collect();
    assert_eq!(depth, ["postfix-mta-sts-resolver", "postfix-tlspol"]);
    let underscore: Vec<&str> = PROFILES
        .iter()
        .filter(|profile| !profile.admits("*.example.com", &Host::new("m_x.example.com")))
        .map(|profile| profile.name)
        .collect();
    assert_eq!(underscore, ["checkdmarc"]);
}

#[test]
fn every_profile_cites_its_differences() {
    let points: BTreeSet<u8> = POINTS.iter().map(|(number, _)| *number).collect();
    let mut used = BTreeSet::new();
    for profile in PROFILES {
        let differences = profile.differences();
        assert_eq!(differences.is_empty(), profile.name == "RFC 8461", "{}", profile.name);
        assert!(differences.is_sorted_by_key(|difference| difference.point), "{}", profile.name);
        for difference in differences {
            assert!(points.contains(&difference.point), "{}: {difference:?}", profile.name);
            assert!(difference.says.ends_with('.') && !difference.source.is_empty(), "{difference:?}");
            used.insert(difference.point);
        }
    }
    assert_eq!(points, used, "a point that nobody differs in");
}

#[test]
fn a_row_says_which_hosts_of_the_domain_find_no_pattern() {
    let body = b"version: STSv1\nmode: enforce\nmx: *.example.com\nmx: MX.example.net\nmax_age: 604800\n";
    let hosts = ["mx.example.net", "a.example.com", "a.b.example.com"].map(Host::new);
    let rows = policy_readings_of(body, &hosts.each_ref());
    let row = |name: &str| rows.iter().find(|row| row.sender == name).expect(name);
    let strict = rows.first().expect("the strict reading");
    assert_eq!(strict.unmatched.as_deref(), Some(&["a.b.example.com".to_owned()][..]));
    assert_eq!(strict.why, None);
    for name in ["postfix-mta-sts-resolver", "postfix-tlspol"] {
        assert_eq!(row(name).unmatched.as_deref(), Some(&[][..]), "{name}");
        assert_eq!(row(name).why.as_deref(), Some("`*.` stands for one label or more"), "{name}");
    }
    assert!(policy_readings(body).iter().all(|row| row.unmatched.is_none()), "nobody's hosts are known");
    let none = b"version: STSv1\nmode: none\nmax_age: 604800\n";
    assert!(policy_readings_of(none, &hosts.each_ref()).iter().all(|row| row.unmatched.is_none()));
}

/// `docs/senders.md` is written from the profiles.
#[test]
fn the_document_is_up_to_date() {
    let mut text = "# Who reads what\n\nHow senders and checkers depart from the strict reading of RFC 8461, each in the version named. *Run* means \
                    that `cargo xtask\ndifferential` compares the profile with that program; *read* means that its source was read. This file is written from\n\
                    `src/senders/` by `BLESS=1 cargo test --test senders`.\n\n| reader | version | where | |\n|---|---|---|---|\n"
        .to_owned();
    for profile in PROFILES.iter().skip(1) {
        let how = if profile.run { "run" } else { "read" };
        writeln!(text, "| {} | {} | {} | {how} |", profile.name, profile.version, profile.source)
            .expect("text");
    }
    for (point, title) in POINTS {
        writeln!(text, "\n## {point}. {title}\n").expect("text");
        for profile in PROFILES {
            for difference in profile.differences().iter().filter(|difference| difference.point == *point) {
                writeln!(text, "* **{}**: {} ({})", profile.name, difference.says, difference.source)
                    .expect("text");
            }
        }
    }
    write!(
        text,
        "\n## Services whose source nobody can read\n\n\
         What their own pages say; nothing of it was run.\n\n\
         * **Exchange Online** takes a Common Name for a name, where RFC 8461 §4.2 asks for a DNS-ID: “{EXCHANGE_ONLINE_NAMES}”.\n\
         * **Exchange Online** answers its users `5.4.8 MX hosts of <domain> failed MTA-STS validation` where the policy lists none of the MX hosts, and\n  \
         `5.7.5 Remote certificate failed MTA-STS validation. Reason: <validityStatus>` where a certificate fails; `4.4.8` and `4.7.5` while it still tries.\n\
         * **Exchange Online** validates the smart host's domain and not the recipient's where a connector has one, as RFC 8461 §3.4 has it\n  \
         (https://learn.microsoft.com/purview/enhancing-mail-flow-with-mta-sts).\n\n\
         Read at {EXCHANGE_ONLINE}.\n"
    )
    .expect("text");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/senders.md");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &text).expect("the document can be written");
    }
    let known = fs::read_to_string(path).unwrap_or_default();
    assert!(
        known == text,
        "docs/senders.md is not what src/senders/ says: BLESS=1 cargo test --test senders"
    );
}

/// Vectors of their own projects that a profile does not follow, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    (
        "postfix-tlspol:2",
        "the vector goes past the wire: off it, github.com/miekg/dns hands a tab over as `\\009`",
    ),
    ("postfix-tlspol:10", "past the wire, too: off it, what is not ASCII comes as `\\195\\169`"),
];

/// The project's file of vectors, and the profile it is about.
const PROJECTS: [(&str, &str); 6] = [
    ("mox", "mox"),
    ("postfix-tlspol", "postfix-tlspol"),
    ("go-mtasts", "go-mtasts"),
    ("kumomta", "KumoMTA"),
    ("mail-auth", "Stalwart"),
    ("postfix-mta-sts-resolver", "postfix-mta-sts-resolver"),
];

#[test]
fn each_follows_the_vectors_of_its_own_project() {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/vectors");
    if !folder.is_dir() {
        // Written past the test runner, which shows nothing of a test that passes.
        writeln!(
            std::io::stderr(),
            "NOT RUN: vectors of tests/senders.rs, as there is no ../shared/corpus here"
        )
        .ok();
        return;
    }
    let mut used = BTreeSet::new();
    for (file, name) in PROJECTS {
        let profile = profile(name);
        let lines = fs::read_to_string(folder.join(file).with_extension("jsonl")).expect("vectors");
        let mut tried = 0;
        for (number, line) in lines.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let vector: Value = serde_json::from_str(line).expect("JSON");
            let key = format!("{file}:{}", number + 1);
            let Some(found) = follow(profile, &vector) else { continue };
            tried += 1;
            if EXCEPTIONS.iter().any(|(excepted, _)| *excepted == key) {
                assert!(found.is_err(), "{key}: an exception that is not needed");
                used.insert(key);
            } else if let Err(found) = found {
                panic!("{key}: {found}\n{line}");
            }
        }
        assert!(tried >= 3, "{file}: {tried} vectors");
        writeln!(std::io::stderr(), "{name}: {tried} vectors of its own").ok();
    }
    assert_eq!(used.len(), EXCEPTIONS.len(), "an exception for a vector that is not there");
}

/// A text of a vector: a string, or one told by its repetition.
fn text(input: &Value) -> Vec<u8> {
    if let Some(text) = input.as_str() {
        return text.into();
    }
    let part = |name: &str| input[name].as_str().unwrap_or_default();
    let count = input["count"].as_u64().and_then(|count| usize::try_from(count).ok()).expect("a count");
    let repeated = format!("{}{}", part("repeat"), part("then_repeat")).repeat(count);
    [part("prefix"), part("body_prefix"), &repeated].concat().into()
}

/// Whether a profile follows a vector; nothing where the vector is not about texts and patterns.
fn follow(profile: &Profile, vector: &Value) -> Option<Result<(), String>> {
    let (input, expected) = (&vector["input"], &vector["expected"]);
    let bytes = text;
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let usable = expected["valid"].as_bool();
    let policy = |body: &[u8]| match profile.policy(body) {
        Err(why) if usable == Some(true) => Err(why),
        Ok(read) if usable == Some(false) => Err(format!("{read:?}")),
        Ok(read) => {
            let same = |key: &str, value: Value| expected.get(key).is_none_or(|wanted| *wanted == value);
            let same = same("mode", read.mode.as_str().into())
                && same("max_age", read.max_age.into())
                && same("mx", read.mx.clone().into());
            if same { Ok(()) } else { Err(format!("{read:?}")) }
        }
        Err(_) => Ok(()),
    };
    let records = |texts: &[Vec<u8>]| match profile.records(texts) {
        Err(why) if usable == Some(true) => Err(why),
        Ok(read) if usable == Some(false) => Err(format!("{read:?}")),
        Ok(read) if expected.get("id").is_some_and(|id| *id != read.id) => Err(format!("{read:?}")),
        _ => Ok(()),
    };
    Some(match vector["kind"].as_str().expect("a kind") {
        "policy" => policy(&bytes(input)),
        "policy-bytes-hex" => {
            let hex = input.as_str().expect("hex");
            let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex");
            policy(&(0..hex.len()).step_by(2).map(byte).collect::<Vec<u8>>())
        }
        "mx-syntax" => policy(
            format!(
                "version: STSv1\nmode: enforce\nmx: {}\nmax_age: 60\n",
                input.as_str().expect("a pattern")
            )
            .as_bytes(),
        ),
        "txt" => records(&[bytes(input)]),
        "txt-rrset" => records(&list(input).iter().map(bytes).collect::<Vec<_>>()),
        "txt-rrset-strings" => {
            let joined = |strings: &Value| list(strings).iter().flat_map(bytes).collect();
            records(&list(input).iter().map(joined).collect::<Vec<_>>())
        }
        "mx-match" if input.to_string().is_ascii() && input["patterns"].is_array() => {
            let host = Host::new(input["mx"].as_str().expect("a host"));
            let patterns = list(&input["patterns"]);
            let found =
                patterns.iter().any(|pattern| profile.admits(pattern.as_str().expect("a pattern"), &host));
            if Some(found) == expected["match"].as_bool() { Ok(()) } else { Err(format!("{found}")) }
        }
        _ => return None,
    })
}
