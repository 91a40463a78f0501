//! The binary as a user runs it: exit codes, formats, files, options.
#![cfg(not(target_arch = "wasm32"))]

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use zoo::Zoo;

fn mta_sts(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mta-sts")).args(args).env_remove("NO_COLOR").output().expect("it runs")
}

fn with_input(args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mta-sts"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    child.stdin.take().expect("standard input").write_all(input).expect("written");
    child.wait_with_output().expect("it ends")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&output.stdout)))
}

/// A folder of this test's own.
fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("mta-sts-cli-{}-{name}", std::process::id()));
    fs::create_dir_all(&path).expect("a folder");
    path
}

const GOOD: &[u8] = b"version: STSv1\nmode: enforce\nmx: mail.zoo.test\nmax_age: 604800\n";

#[test]
fn lint_exits_by_what_it_finds() {
    for (input, code) in [
        (GOOD, 0),
        (&b"version: STSv1\nmode: testing\nmx: 192.0.2.1\nmax_age: 60\n"[..], 0),
        (b"version: STSv1\nmode: enforced\nmx: mail.zoo.test\nmax_age: 604800\n", 1),
        (b"", 1),
        (b"v=STSv1; id=1\n", 0),
        (b"v=STSv1; id=1-2\n", 1),
        (b"v=TLSRPTv1; rua=mailto:a@example.com", 0),
        (b"\xFF\xFE\0\x01", 1),
    ] {
        let output = with_input(&["lint", "-"], input);
        assert_eq!(output.status.code(), Some(code), "{}: {}", text(input), text(&output.stdout));
    }
}

#[test]
fn lint_reads_files_and_says_what_it_cannot() {
    let folder = folder("lint");
    let file = folder.join("mta-sts.txt");
    fs::write(&file, GOOD).expect("written");
    let file = file.to_string_lossy().into_owned();
    let output = mta_sts(&["lint", &file, "--format", "json"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(json(&output)["kind"], "policy");
    // The same text as another kind.
    let output = mta_sts(&["lint", "--kind", "record", "--format", "json", &file]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(json(&output)["kind"], "record");

    let large = folder.join("large");
    fs::write(&large, vec![b'a'; 1024 * 1024 + 1]).expect("written");
    let missing = folder.join("missing").to_string_lossy().into_owned();
    let here = folder.to_string_lossy().into_owned();
    for (args, said) in [
        (vec!["lint", missing.as_str()], "No such file"),
        (vec!["lint", here.as_str()], "directory"),
        (vec!["lint", large.to_str().expect("a path")], "larger than 1048576 bytes"),
        (vec!["lint"], "required"),
        (vec!["lint", "--kind", "nonsense", "-"], "possible values"),
        (vec![], "Usage"),
        (vec!["nonsense"], "unrecognized"),
    ] {
        let output = mta_sts(&args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(text(&output.stderr).contains(said), "{args:?}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty(), "{args:?}");
    }
    fs::remove_dir_all(folder).ok();
}

#[test]
fn lint_takes_many_files_and_globs() {
    let folder = folder("many");
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    fs::write(path("a.txt"), GOOD).expect("written");
    fs::write(path("b.txt"), b"version: STSv1\nmode: testing\nmx: mail.zoo.test\nmax_age: 60\n")
        .expect("written");
    fs::write(path("[c].txt"), b"v=STSv1; id=a-b").expect("written");

    let output = mta_sts(&["lint", "--format", "json", &path("*.txt")]);
    assert_eq!(output.status.code(), Some(1));
    let all = json(&output);
    let of = |index: usize, key: &str| all[index][key].clone();
    assert_eq!(all.as_array().map(Vec::len), Some(3));
    assert_eq!(
        (of(0, "file"), of(0, "valid"), of(0, "kind")),
        (path("[c].txt").into(), false.into(), "record".into())
    );
    assert_eq!((of(1, "file"), of(1, "valid")), (path("a.txt").into(), true.into()));
    // A name that exists is no pattern, and one text is the object itself.
    assert_eq!(json(&mta_sts(&["lint", "--format", "json", &path("[c].txt")]))["valid"], false);

    // What fails is asked for by level; what cannot be read is said beside the rest.
    for (level, code) in [("error", 0), ("warning", 1), ("note", 1)] {
        let output = mta_sts(&["lint", "--level", level, &path("a.txt"), &path("b.txt")]);
        assert_eq!(output.status.code(), Some(code), "{level}: {}", text(&output.stdout));
    }
    let output = mta_sts(&["lint", &path("a.txt"), &path("missing"), &path("*.none")]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stdout).contains("a.txt: this policy is valid"));
    let said = text(&output.stderr);
    assert!(said.contains("missing: No such file") && said.contains("no file fits this pattern"), "{said}");

    let output = mta_sts(&["lint", "--format", "github", &path("[c].txt")]);
    assert!(text(&output.stdout).starts_with("::error file="), "{}", text(&output.stdout));
    fs::remove_dir_all(folder).ok();
}

#[test]
fn lint_reads_records_from_the_command_line_beside_files() {
    let folder = folder("record");
    let file = folder.join("mta-sts.txt").to_string_lossy().into_owned();
    fs::write(&file, GOOD).expect("written");
    let good = "v=STSv1; id=20261101T000000";

    let output =
        mta_sts(&["lint", &file, "--record", good, "--tlsrpt", "v=TLSRPTv1; rua=x:y", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    let all = json(&output);
    let of = |key: &str| -> Vec<Value> {
        all.as_array().expect("a list").iter().map(|one| one[key].clone()).collect()
    };
    assert_eq!(of("file"), [file.as_str(), "<record>", "<tlsrpt>"]);
    assert_eq!(of("kind"), ["policy", "record", "tlsrpt"]);
    assert_eq!(of("valid"), [true, true, false]);

    // A record alone is the one text there is; --kind is about files.
    let output = mta_sts(&["lint", "--record", "version: STSv1", "--kind", "policy", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(json(&output)["kind"], "record");

    let output = mta_sts(&["lint", &file, "--record", "v=STSv1; id=a-b"]);
    assert_eq!(output.status.code(), Some(1));
    let shown = text(&output.stdout);
    assert!(shown.contains("mta-sts.txt: this policy is valid"), "{shown}");
    assert!(shown.contains(" --> <record>:1:13\n  |\n1 | v=STSv1; id=a-b\n  |             ^^^ "), "{shown}");
    fs::remove_dir_all(folder).ok();
}

#[test]
fn lint_mends_files_and_standard_input() {
    const BAD: &[u8] = b"version: STSv1\nmode: enforced\nmx: mail.zoo.test\nmax_age: 604800\n";
    let folder = folder("fix");
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    fs::write(path("bad.txt"), BAD).expect("written");
    fs::write(path("good.txt"), GOOD).expect("written");
    let output = mta_sts(&["lint", "--fix", &path("*.txt")]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    assert_eq!(text(&output.stderr), format!("mta-sts: {}: 1 edit made\n", path("bad.txt")));
    assert_eq!(fs::read(path("bad.txt")).expect("a file"), GOOD);
    assert_eq!(fs::read(path("good.txt")).expect("a file"), GOOD);
    // What is left is said, and counts.
    fs::write(path("bad.txt"), [BAD, b"no field\n"].concat()).expect("written");
    let output =
        mta_sts(&["lint", "--fix", "--format", "json", &path("bad.txt"), "--record", "v=STSv1; id=a-b"]);
    assert_eq!(output.status.code(), Some(1));
    let left = json(&output);
    assert_eq!(left[0]["findings"][0]["code"], "policy-no-colon");
    assert_eq!(left[0]["findings"].as_array().map(Vec::len), Some(1), "{left:#}");
    assert_eq!(left[1]["findings"][0]["code"], "record-id");

    // A name is given its A-labels.
    let bad = "version: STSv1\nmode: enforce\nmx: *.b\u{fc}cher.zoo.test\nmax_age: 604800\n";
    let output = with_input(&["lint", "--fix", "-"], bad.as_bytes());
    assert!(text(&output.stdout).contains("mx: *.xn--bcher-kva.zoo.test\n"), "{}", text(&output.stdout));

    let output = with_input(&["lint", "--fix", "-"], BAD);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), GOOD));
    assert!(text(&output.stderr).contains("<stdin>: this policy is valid"), "{}", text(&output.stderr));
    // Standard input comes out whole, mended or not.
    let output = with_input(&["lint", "--fix", "-"], b"\xFF\xFEno policy\x1b[31m");
    assert_eq!(
        (output.status.code(), output.stdout.as_slice()),
        (Some(1), &b"\xFF\xFEno policy\x1b[31m"[..])
    );
    fs::remove_dir_all(folder).ok();
}

#[test]
fn lint_writes_sarif() {
    let output = with_input(&["lint", "-", "missing", "--format", "sarif"], b"version: STSv1\nmode: x\n");
    assert_eq!(output.status.code(), Some(2));
    let log = json(&output);
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["results"][0]["ruleId"], "policy-mode");
    assert_eq!(
        run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
        "%3Cstdin%3E"
    );
    let said = run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].as_str();
    assert!(said.is_some_and(|said| said.starts_with("missing: ")), "{run:#}");
}

#[test]
fn rules_are_explained() {
    let output = mta_sts(&["explain", "policy-mode"]);
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0));
    assert!(
        shown.contains("RFC 8461 §3.2")
            && shown.contains("fix:")
            && shown.contains("found in\n  error[policy-mode]"),
        "{shown}"
    );
    let all = text(&mta_sts(&["explain"]).stdout);
    assert_eq!(all.lines().count(), mta_sts::rules::all().count());
    let output = mta_sts(&["explain", "no-such-rule"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("there is no rule no-such-rule; "));
    let output = mta_sts(&["explain", "policy-mod"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("there is no rule policy-mod, but policy-mode"));
    // In either case; and both samples show a carriage return in the same way.
    let shown = text(&mta_sts(&["explain", "POLICY-BARE-CR"]).stdout);
    assert!(shown.contains("STSv1\\rmode") && shown.contains("\n  version: STSv1\\r\n"), "{shown}");
}

#[test]
fn lint_shows_the_place_and_the_fix() {
    let output =
        with_input(&["lint", "-"], b"version: STSv1\nMode: enforce\nmx: mail.zoo.test\nmax_age: 604800\n");
    let shown = text(&output.stdout);
    let drawn = "\
error[policy-mode-missing]: the policy has no mode
 --> <stdin>:2:1
  |
2 | Mode: enforce
  | ^^^^ `Mode` is not `mode`: senders ignore it and find no mode
  |
  = see: RFC 8461 §3.2
help: Write `mode` instead, in exactly these letters.
  |
2 - Mode: enforce
2 + mode: enforce
  |

<stdin>: a sender that holds to RFC 8461 cannot use this policy
  3 of 10 readers we know read it otherwise:
    Stalwart d72608f                       reads mode none, max_age 604800, mx mail.zoo.test (without `mode`, it is `none`)
    mailauth, lax 7.1.0                    reads mode enforce, max_age 604800, mx mail.zoo.test
    mailrs-mta-sts 2.0.2                   reads mode enforce, max_age 604800, mx mail.zoo.test
";
    assert_eq!(shown, drawn, "and no colours into a pipe");
}

#[test]
fn an_edit_that_cannot_be_drawn_is_said() {
    let text_of = |input: &[u8]| text(&with_input(&["lint", "-"], input).stdout);
    let shown = text_of(b"version: STSv1\n\n  mode: none\nmax_age: 60\n");
    assert!(shown.contains("= edit: removes line 2\n"), "{shown}");
    assert!(shown.contains("= edit: removes columns 1 to 2 of line 3\n"), "{shown}");
    let shown = text_of(b"v=STSv1; id=a1 \n");
    assert!(shown.contains("= edit: removes column 15 of line 1\n"), "{shown}");
    let shown = text_of(b"---\nlayout: x\n---\nversion: STSv1\nmode: none\nmax_age: 60\n");
    assert!(shown.contains("= edit: removes lines 1 to 3\n"), "{shown}");
    // What is drawn is not said as well.
    assert!(!text_of(b"version: STSv1\nmode: None\nmax_age: 60\n").contains("= edit:"));
}

#[test]
fn standard_input_is_read_once() {
    let output = with_input(&["lint", "-", "-"], GOOD);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("standard input (-) is given twice"), "{}", text(&output.stderr));
}

#[test]
fn what_strangers_wrote_cannot_drive_the_terminal() {
    let output = with_input(
        &["lint", "--kind", "policy", "-"],
        "version: \u{1b}[31mSTSv1\u{202e}\nmode: \u{7}\n".as_bytes(),
    );
    let shown = text(&output.stdout);
    assert!(shown.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'), "{shown:?}");
}

#[test]
fn check_exits_by_what_it_finds() {
    for (name, code, said) in [
        ("enforce-good", 0, "is enforced: 2 of 2 hosts pass"),
        ("none", 0, "the mode of its policy is none"),
        ("testing-failing", 0, "report: mx1.testing-failing.zoo.test shows an expired certificate"),
        ("no-record", 1, "it has no MTA-STS record"),
        ("no-domain", 1, "the domain does not exist"),
        (
            "mx-is-address",
            1,
            "No sender can deliver mail to mx-is-address.zoo.test: 192.0.2.1 has no address",
        ),
        ("mx-wrong-name", 1, "shows a certificate for another name"),
    ] {
        let domain = format!("{name}.zoo.test");
        let output = mta_sts(&["check", &domain, "--zoo", "--timeout", "5"]);
        let shown = text(&output.stdout);
        assert_eq!(output.status.code(), Some(code), "{name}: {shown}");
        assert!(shown.contains(said), "{name}: {shown}");
        assert!(!shown.contains('\u{1b}'), "{name}: no colours into a pipe");
        assert!(output.stderr.is_empty(), "{name}: {}", text(&output.stderr));
    }
}

#[test]
fn a_mail_host_is_probed_alone() {
    let probe = |host: &str, options: &[&str]| {
        let output = mta_sts(&[&["probe", host, "--zoo", "--timeout", "5"], options].concat());
        (output.status.code(), text(&output.stdout) + &text(&output.stderr))
    };
    let (code, said) = probe("mx1.enforce-good.zoo.test", &[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.starts_with("mx1.enforce-good.zoo.test takes mail over verified TLS.\n"), "{said}");
    for part in
        ["2001:db8::3 port 25  ok", "TLS handshake", "TLSv1.3, TLS_AES", " days left)", "CN=Zoo Root\n"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    let (code, said) = probe("mx1.mx-no-intermediate.zoo.test", &[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.starts_with("mx1.mx-no-intermediate.zoo.test does not take mail over verified TLS.\n"),
        "{said}"
    );
    let fault =
        "the server sends its own certificate alone, without that of `CN=Zoo Intermediate`, which issued it";
    assert!(said.contains(fault), "{said}");

    let (code, said) = probe("mx1.tls10-only.zoo.test", &[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("old TLS         the server takes TLSv1.0 with TLS_"), "{said}");
    let (_, said) = probe("mx1.tls10-only.zoo.test", &["--quick"]);
    assert!(!said.contains("old TLS"), "{said}");

    let (code, said) = probe("mx1.enforce-good.zoo.test", &["--format", "json"]);
    assert_eq!(code, Some(0), "{said}");
    let seen: Value = serde_json::from_str(&said).expect("JSON");
    let stages = seen["addresses"][0]["outcome"]["session"]["stages"].as_array().expect("stages");
    let stages: Vec<&str> = stages.iter().filter_map(|stage| stage["stage"].as_str()).collect();
    assert_eq!(stages, ["connect", "banner", "ehlo", "starttls", "handshake", "ehlo-after-tls"]);

    let (code, said) = probe("nowhere.zoo.test", &[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("cannot be probed: the name does not exist"), "{said}");
    let (code, said) = probe("[::1]:2525", &[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("could not be seen") && said.contains("::1 port 2525  not-observed"), "{said}");
    for wrong in ["mx.example.com:0", "mx.example.com:smtp", "a b"] {
        let (code, said) = probe(wrong, &[]);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("write a host name, such as mx.example.com"), "{said}");
    }
}

#[test]
fn a_check_of_port_25_says_what_it_learned() {
    let output = mta_sts(&[
        "check",
        "none.zoo.test",
        "--zoo",
        "--port25-check",
        "mx1.none.zoo.test",
        // its name of before
        "--self-test",
        "nowhere.zoo.test",
    ]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("is in the zoo or a lab, which proves nothing"), "{said}");
    assert!(said.contains("nowhere.zoo.test has no address"), "{said}");
}

#[test]
fn check_takes_the_domain_out_and_says_so() {
    for (typed, domain, said) in [
        ("postmaster@none.zoo.test", "none.zoo.test", "The mail domain in that is none.zoo.test."),
        ("https://NONE.zoo.test:8443/x", "none.zoo.test", "The mail domain in that is NONE.zoo.test."),
        ("none.zoo.test.", "none.zoo.test", ""),
        ("bücher.zoo.test", "xn--bcher-kva.zoo.test", "In DNS bücher.zoo.test is xn--bcher-kva.zoo.test."),
    ] {
        let output = mta_sts(&["check", typed, "--zoo", "--format", "json", "--timeout", "5"]);
        assert_eq!(json(&output)["domain"], domain, "{typed}");
        assert!(text(&output.stderr).contains(said), "{typed}: {}", text(&output.stderr));
    }
}

#[test]
fn check_refuses_what_is_no_domain() {
    let long = format!("{}.com", "a".repeat(64));
    for (typed, said) in [
        ("", "type a mail domain"),
        ("   ", "type a mail domain"),
        ("192.0.2.1", "IP address"),
        ("[2001:db8::1]", "IP address"),
        ("localhost", "no dot"),
        ("exa mple.com", "space"),
        (&long, "64 characters"),
        ("a..b", "dot"),
        ("a\u{202e}b.example", "the character U+202E cannot stand"),
    ] {
        let output = mta_sts(&["check", typed, "--zoo"]);
        assert_eq!(output.status.code(), Some(2), "{typed}");
        assert!(text(&output.stderr).contains(said), "{typed}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty(), "{typed}");
    }
}

#[test]
fn check_that_cannot_run_says_why() {
    let folder = folder("check");
    let empty = folder.join("empty.pem");
    fs::write(&empty, "no certificate here\n").expect("written");
    let empty = empty.to_string_lossy().into_owned();
    for (args, said) in [
        (vec!["check", "example.com", "--resolver", "127.0.0.1:9"], "no resolver was reached: 127.0.0.1:9"),
        (
            vec!["check", "example.com", "--resolver", "https://127.0.0.1:9/dns-query"],
            "no resolver was reached",
        ),
        (vec!["check", "example.com", "--resolver", "dns.example"], "write an IP address"),
        (vec!["check", "example.com", "--timeout", "0"], "between 0.05 and 600"),
        (vec!["check", "example.com", "--timeout", "soon"], "number of seconds"),
        (vec!["check", "example.com", "--allow-address", "10.0.0.0/40"], "range"),
        (vec!["check", "example.com", "--ehlo-name", "a b"], "host name"),
        (vec!["check", "example.com", "--ca-file", "/nonexistent.pem"], "/nonexistent.pem: No such file"),
        (vec!["check", "example.com", "--ca-file", &empty], "no certificate in it"),
        (vec!["check"], "required"),
    ] {
        let output = mta_sts(&args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", text(&output.stdout));
        assert!(text(&output.stderr).contains(said), "{args:?}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty(), "{args:?}");
    }
    fs::remove_dir_all(folder).ok();
}

#[test]
fn verbose_shows_every_step_and_how_to_repeat_it() {
    let output = mta_sts(&["check", "mx-hostile-banner.zoo.test", "--zoo", "--verbose", "--timeout", "5"]);
    let shown = text(&output.stdout);
    for part in [
        "$ dig +dnssec -t TXT -q _mta-sts.mx-hostile-banner.zoo.test.",
        "$ curl --include --max-redirs 0 --max-time 60 https://mta-sts.mx-hostile-banner.zoo.test/.well-known/mta-sts.txt",
        "$ openssl s_client -starttls smtp -crlf -connect",
        "< 220 <script>document.title='owned'</script> \\x1B[31m \\xC3\\xA9",
        "> STARTTLS",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown:?}");
}

#[test]
fn saved_evidence_gives_the_same_report() {
    let folder = folder("save");
    let file = folder.join("evidence.json");
    let path = file.to_string_lossy().into_owned();
    let output = mta_sts(&[
        "check",
        "one-of-two.zoo.test",
        "--zoo",
        "--format",
        "json",
        "--save",
        &path,
        "--timeout",
        "5",
    ]);
    assert_eq!(output.status.code(), Some(1));
    let evidence: mta_sts::Evidence =
        serde_json::from_slice(&fs::read(&file).expect("saved")).expect("evidence");
    let replayed = serde_json::to_value(mta_sts::Check::replay(evidence).report()).expect("JSON");
    assert_eq!(json(&output), replayed);
    fs::remove_dir_all(folder).ok();
}

/// Another process's zoo, reached as a resolver is on the internet: over UDP and TCP, and over DoH with
/// its authority trusted.
#[tokio::test(flavor = "multi_thread")]
async fn a_resolver_is_asked_over_udp_tcp_and_doh() {
    let zoo = Zoo::open().await.expect("the zoo opens");
    let folder = folder("doh");
    let ca = folder.join("ca.pem");
    fs::write(&ca, &zoo.ca_pem).expect("written");
    let ca = ca.to_string_lossy().into_owned();
    let (udp, doh) = (zoo.resolver.to_string(), format!("https://localhost:{}/dns-query", zoo.doh.port()));
    for (resolver, domain) in
        [(&udp, "enforce-good"), (&doh, "enforce-good"), (&udp, "record-large"), (&doh, "record-large")]
    {
        let args = [
            "check",
            &format!("{domain}.zoo.test"),
            "--resolver",
            resolver,
            "--ca-file",
            &ca,
            "--format",
            "json",
            "--timeout",
            "5",
        ]
        .map(str::to_owned);
        let output = tokio::task::spawn_blocking(move || mta_sts(&args.each_ref().map(String::as_str)))
            .await
            .expect("it runs");
        let report = json(&output);
        assert_eq!(report["record"]["state"], "valid", "{resolver}: {report}");
        assert_eq!(report["mx_lookup"], "found", "{resolver}");
        // The addresses are reserved for documentation, and this process has no table for them.
        assert_eq!(report["policy"]["reason"], "address-not-public", "{resolver}");
        assert_eq!(report["mx"][0]["addresses"][0]["reason"], "address-not-public", "{resolver}");
        assert_eq!(report["delivery"], "unknown", "{resolver}");
    }
    // A DoH resolver whose certificate nobody trusts is no resolver.
    let args = ["check", "enforce-good.zoo.test", "--resolver", &doh, "--timeout", "5"].map(str::to_owned);
    let output = tokio::task::spawn_blocking(move || mta_sts(&args.each_ref().map(String::as_str)))
        .await
        .expect("it runs");
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stdout));
    fs::remove_dir_all(folder).ok();
}

#[test]
fn serve_refuses_an_address_that_is_taken() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let at = taken.local_addr().expect("an address").to_string();
    let output = mta_sts(&["serve", "--listen", &at]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains(&at), "{}", text(&output.stderr));
}

#[test]
fn a_plan_is_made_of_what_a_domain_has() {
    let plan = |args: &[&str]| mta_sts(&[&["plan", "--zoo"], args].concat());
    let output = plan(&["no-record.zoo.test", "--to", "enforce", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let made = json(&output);
    let steps = made["steps"].as_array().expect("steps");
    let body = |step: &Value| step["changes"][0]["body"].as_str().map(str::to_owned);
    let bodies: Vec<String> = steps.iter().filter_map(body).collect();
    assert_eq!(
        bodies.iter().map(|body| body.lines().nth(1).unwrap_or_default().to_owned()).collect::<Vec<_>>(),
        ["mode: testing", "mode: enforce", "mode: enforce"]
    );
    // What is published is what the linter takes.
    for body in &bodies {
        assert_eq!(
            with_input(&["lint", "-", "--kind", "policy", "--level", "warning"], body.as_bytes())
                .status
                .code(),
            Some(0),
            "{body}"
        );
    }
    let output =
        plan(&["enforce-good.zoo.test", "--to", "enforce", "--mx", "mx1.new.example,mx2.new.example"]);
    let said = text(&output.stdout);
    for line in [
        "Add the new MX records",
        "Remove the old MX records",
        "Release the old hosts",
        "  mx: mx2.new.example",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    let calendar = plan(&["enforce-good.zoo.test", "--to", "none", "--format", "ical"]);
    assert!(text(&calendar.stdout).starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"));
    let markdown = plan(&["enforce-good.zoo.test", "--to", "none", "--format", "markdown"]);
    assert!(text(&markdown.stdout).starts_with("# MTA-STS for enforce-good.zoo.test\n"));
    // What senders have is not known, so nothing can be planned.
    let output = plan(&["record-servfail.zoo.test", "--to", "none"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("the MTA-STS record could not be seen"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn a_check_says_whether_a_domain_is_ready_for_enforce() {
    for (domain, code, line) in [
        ("enforce-good.zoo.test", 0, "everything seen passes"),
        ("testing-failing.zoo.test", 1, "is not ready for enforce: "),
        ("mx-not-listed.zoo.test", 1, "is not in the policy"),
        ("mx-cert-expires-soon.zoo.test", 1, "shows a certificate that ends on"),
        ("no-record.zoo.test", 0, "are ready for enforce; publish mode testing first"),
        ("policy-404.zoo.test", 1, "the policy is not there"),
    ] {
        let output = mta_sts(&["check", domain, "--zoo", "--quick", "--expect", "enforce-ready"]);
        assert_eq!(output.status.code(), Some(code), "{domain}: {}", text(&output.stdout));
        assert!(text(&output.stdout).contains(line), "{domain}: {}", text(&output.stdout));
    }
}

#[test]
fn a_saved_check_is_looked_at_again_offline() {
    let folder = folder("replay");
    let file = folder.join("evidence.json").to_string_lossy().into_owned();
    let first = mta_sts(&["check", "testing-failing.zoo.test", "--zoo", "--format", "json", "--save", &file]);
    let again = mta_sts(&["check", "--replay", &file, "--format", "json"]);
    assert_eq!(first.status.code(), again.status.code());
    assert_eq!(json(&first), json(&again));
    fs::write(&file, "{\"domain\": 1}").expect("written");
    let wrong = mta_sts(&["check", "--replay", &file]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(
        text(&wrong.stderr).contains("it takes a file that `check --save` wrote"),
        "{}",
        text(&wrong.stderr)
    );
    assert_eq!(mta_sts(&["check"]).status.code(), Some(2));
}

#[test]
fn a_history_says_what_senders_may_still_have() {
    let folder = folder("history");
    let file = folder.join("history.jsonl");
    fs::remove_file(&file).ok();
    // Seen yesterday, and enforced for a host that is gone.
    let yesterday = seconds_now() - 86_400;
    let old = serde_json::json!({
        "at": yesterday,
        "domain": "enforce-good.zoo.test",
        "id": "20261101T000000",
        "body": "version: STSv1\nmode: enforce\nmx: old.example\nmax_age: 2419200\n",
        "sha256": "00",
    });
    fs::write(&file, format!("{old}\n")).expect("written");
    let path = file.to_string_lossy().into_owned();
    let check = |format: &str| {
        mta_sts(&[
            "check",
            "enforce-good.zoo.test",
            "--zoo",
            "--quick",
            "--history",
            &path,
            "--format",
            format,
        ])
    };
    let held = json(&check("json"))["held"].clone();
    assert_eq!((&held[0]["refuses"], &held[0]["unnoticed"]), (&true.into(), &true.into()), "{held}");
    assert_eq!(held[1]["replaced"], Value::Null);
    let said = text(&check("text").stdout);
    assert!(said.contains("it admits no MX host of today, so they refuse mail"), "{said}");
    assert!(said.contains("the id was not changed with it"), "{said}");
    let lines = fs::read_to_string(&file).expect("a file");
    assert_eq!(lines.lines().count(), 3, "one for each check: {lines}");
    let plan = mta_sts(&[
        "plan",
        "enforce-good.zoo.test",
        "--zoo",
        "--to",
        "enforce",
        "--mx",
        "mx.new.example",
        "--history",
        &path,
    ]);
    let said = text(&plan.stdout);
    assert!(
        said.contains("until then some sender may have a policy that admits none of the hosts"),
        "{said}"
    );
    fs::write(&file, "no line\n").expect("written");
    assert!(text(&check("json").stderr).contains("line 1: "));
}

fn seconds_now() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH);
    now.expect("it is later").as_secs()
}

#[test]
fn what_a_domain_publishes_is_made() {
    let out = folder("generate");
    let dir = |name: &str| out.join(name).to_string_lossy().into_owned();
    // Hosts are named, so nobody is asked.
    let made = dir("typed");
    let args = [
        "generate",
        "example.com",
        "--mx",
        "mx1.example.com,mx2.example.net",
        "--host",
        "nginx",
        "--out",
        &made,
    ];
    let output = mta_sts(&args);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    for part in
        ["mode: testing", "mx: mx2.example.net", "TXT _mta-sts.example.com", "nginx/mta-sts.example.com.conf"]
    {
        assert!(said.contains(part), "{part} in {said}");
    }
    let policy = fs::read_to_string(out.join("typed/nginx/mta-sts.txt")).expect("the policy");
    assert_eq!(
        policy,
        "version: STSv1\nmode: testing\nmx: mx1.example.com\nmx: mx2.example.net\nmax_age: 86400\n"
    );
    // The id is of now, so the records differ by the second; what is there is not overwritten unasked.
    fs::write(out.join("typed/mta-sts.txt"), "mine").expect("a file");
    let output = mta_sts(&args);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("mta-sts.txt") && text(&output.stderr).contains("--force"));
    assert_eq!(fs::read_to_string(out.join("typed/mta-sts.txt")).expect("the file"), "mine");
    assert!(mta_sts(&[&args[..], &["--force"]].concat()).status.success());
    assert_eq!(fs::read_to_string(out.join("typed/mta-sts.txt")).expect("the file"), policy);

    // A live domain: its MX hosts are listed, and one that enforces goes on.
    let output =
        mta_sts(&["generate", "enforce-good.zoo.test", "--zoo", "--out", &dir("live"), "--format", "json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let setup = json(&output);
    assert_eq!(setup["mode"], "enforce");
    assert!(setup["policy"].as_str().expect("a policy").contains("mx: mx1.enforce-good.zoo.test\n"));
    assert_eq!(setup["records"].as_array().expect("records").len(), 1, "the TLSRPT record stays");

    for (args, wrong) in [
        (&["generate", "--out", "x"][..], "--mx"),
        (&["generate", "mx-servfail.zoo.test", "--zoo", "--out", "x"], "--mx HOST names the hosts"),
        (
            &["generate", "example.com", "--mx", "mx.example.com", "--rua", "me", "--out", "x"],
            "no place for reports",
        ),
        (
            &["generate", "example.com", "--mx", "mx.example.com", "--host", "ftp", "--out", "x"],
            "azure-static-web-apps",
        ),
        (&["generate", "example.com", "--mx", "mx.example.com", "--ttl", "0", "--out", "x"], "time to live"),
        (&["generate", "example.com", "--mx", "mx.example.com", "--out", "/dev/null"], "/dev/null"),
    ] {
        let output = mta_sts(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(text(&output.stderr).contains(wrong), "{args:?}: {}", text(&output.stderr));
    }
    let output = mta_sts(&["generate", "--mx", "mx.example.com", "--host", "all", "--out", &dir("nobody")]);
    assert!(text(&output.stderr).contains("No domain was named"), "{}", text(&output.stderr));
    assert!(out.join("nobody/github-pages/.nojekyll").exists());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let script = fs::metadata(out.join("nobody/s3-cloudfront/deploy.sh")).expect("the script");
        assert_eq!(script.permissions().mode() & 0o111, 0o111);
    }
}

/// SPF, DMARC and DKIM are a line each; a selector that nobody guesses has to be named.
#[test]
fn a_check_says_what_stands_beside_mta_sts() {
    let check = |domain: &str, more: &[&str]| mta_sts(&[&["check", domain, "--zoo"], more].concat());
    let output = check("beside-good.zoo.test", &[]);
    assert_eq!(output.status.code(), Some(0));
    let said = text(&output.stdout);
    for line in [
        "  spf       found          `v=spf1 mx -all` says who may send mail as beside-good.zoo.test.",
        "  dkim      found          beside-good.zoo.test has DKIM keys under the selector `selector1`.",
    ] {
        assert!(said.lines().any(|shown| shown == line), "{said}");
    }
    assert!(said.contains("\n  dmarc     found          `v=DMARC1; p=reject;"), "{said}");

    let domain = "beside-spf-typo.zoo.test";
    let dkim =
        |more: &[&str]| json(&check(domain, &[&["--format", "json"], more].concat()))["beside"].clone();
    assert_eq!(dkim(&[])["dkim"]["state"], "none-of-these");
    let named =
        dkim(&["--dkim-selector", "x6,X7", "--dkim-selector", "x8._domainkey.zoo.test"])["dkim"].clone();
    assert_eq!((&named["state"], &named["selectors"]), (&"found".into(), &serde_json::json!(["x7"])));
    assert_eq!(dkim(&["--quick"]), Value::Null);
    // What is broken there fails nothing.
    assert_eq!(check(domain, &["--quick"]).status.code(), Some(0));
    let wrong = check(domain, &["--dkim-selector", "x 7"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("`x 7` is no DKIM selector"), "{}", text(&wrong.stderr));
    assert_eq!(check(domain, &["--dkim-selector", "x7", "--quick"]).status.code(), Some(2));
    // None of them is left out without a word.
    let names: Vec<String> = (0..=16).map(|number| format!("x{number}")).collect();
    let many = check(domain, &["--dkim-selector", &names.join(",")]);
    assert_eq!(many.status.code(), Some(2));
    assert!(text(&many.stderr).contains("at most 16 DKIM selectors"), "{}", text(&many.stderr));
}
