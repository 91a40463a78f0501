//! `mta-sts report` as a user runs it: files, mails and folders of TLS reports.
#![cfg(not(target_arch = "wasm32"))]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use rawzip::{CompressionMethod, ZipArchiveWriter};
use serde_json::{Value, json};

fn run(args: &[&str], input: Option<&[u8]>) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mta-sts"))
        .arg("report")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    child.stdin.take().expect("standard input").write_all(input.unwrap_or_default()).expect("written");
    child.wait_with_output().expect("it ends")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn json_of(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&output.stdout)))
}

/// A folder of this test's own, which goes with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("mta-sts-report-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).expect("a folder");
        fs::write(&path, bytes).expect("written");
        path.display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

fn report(id: &str, successful: u64, failed: u64) -> Vec<u8> {
    let details = if failed == 0 {
        json!([])
    } else {
        json!([{ "result-type": "certificate-expired", "sending-mta-ip": "192.0.2.1", "receiving-mx-hostname": "mx.example.com", "receiving-ip": "192.0.2.2", "failed-session-count": failed }])
    };
    json!({
        "organization-name": "Sender", "contact-info": "a@sender.example", "report-id": id,
        "date-range": { "start-datetime": "2026-01-31T00:00:00Z", "end-datetime": "2026-01-31T23:59:59Z" },
        "policies": [{
            "policy": { "policy-type": "sts", "policy-string": ["version: STSv1"], "policy-domain": "example.com", "mx-host": ["mx.example.com"] },
            "summary": { "total-successful-session-count": successful, "total-failure-session-count": failed },
            "failure-details": details
        }]
    })
    .to_string()
    .into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("packed");
    encoder.finish().expect("packed")
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut archive = ZipArchiveWriter::new(&mut bytes);
    for (name, content) in files {
        let file = archive.new_file(name).compression_method(CompressionMethod::DEFLATE);
        let (mut entry, config) = file.start().expect("an entry");
        let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::default()));
        writer.write_all(content).expect("packed");
        let (encoder, descriptor) = writer.finish().expect("packed");
        encoder.finish().expect("packed");
        entry.finish(descriptor).expect("an entry");
    }
    archive.finish().expect("an archive");
    bytes
}

fn mail(bytes: &[u8]) -> Vec<u8> {
    let encoded = BASE64_STANDARD.encode(bytes);
    let lines: Vec<&str> =
        encoded.as_bytes().chunks(76).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!(
        "From: reports@sender.example\r\nSubject: Report\r\nTLS-Report-Domain: example.com\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=tlsrpt; boundary=x\r\n\r\n\
         --x\r\nContent-Type: text/plain\r\n\r\nHello.\r\n\r\n--x\r\nContent-Type: application/tlsrpt+gzip; name=\"a.json.gz\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n--x--\r\n",
        lines.join("\r\n")
    )
    .into_bytes()
}

#[test]
fn a_folder_of_everything_is_summed_up() {
    let folder = Folder::new("all");
    folder.write("a.json", &report("1", 1, 0));
    folder.write("deep/er/b.json.gz", &gzip(&report("2", 10, 0)));
    folder.write("wrongly-named.txt", &gzip(&gzip(&report("3", 100, 0))));
    folder.write(
        "c.zip",
        &zip(&[
            ("x/d.json", &report("4", 1000, 0)),
            ("e.json.gz", &gzip(&report("5", 10_000, 7))),
            ("__MACOSX/._d", b"\0\0"),
        ]),
    );
    folder.write("f.eml", &mail(&gzip(&report("6", 100_000, 0))));
    let mbox: Vec<u8> = [report("7", 1_000_000, 0), report("8", 10_000_000, 0), report("1", 1, 0)]
        .iter()
        .flat_map(|one| {
            [b"From a Mon Jan  1 00:00:00 2026\r\n".to_vec(), mail(&gzip(one)), b"\r\n".to_vec()].concat()
        })
        .collect();
    folder.write("g.mbox", &mbox);
    folder.write("notes.md", b"# Notes");
    folder.write(".hidden", b"nothing");
    let path = folder.0.display().to_string();

    let output = run(&[&path, "--format", "json"], None);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let json = json_of(&output);
    assert_eq!(json["schema"], 1);
    assert_eq!(json["totals"], json!({ "successful": 11_111_111, "failed": 7 }));
    assert_eq!(json["reports"].as_array().map(Vec::len), Some(8));
    assert_eq!(json["duplicates"], 1);
    assert_eq!(
        json["failures"],
        json!([{ "result_type": "certificate-expired", "receiving_mx": "mx.example.com", "failed": 7 }])
    );
    assert_eq!(json["reports"][0]["policies"][0]["policy_type"], "sts");
    let refused = json["refused"].as_array().expect("a list");
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert!(refused[0]["file"].as_str().is_some_and(|file| file.ends_with("notes.md")), "{refused:?}");

    let shown = text(&run(&[&path], None).stdout);
    assert!(
        shown.starts_with(
            "8 reports of 1 sender, 2026-01-31: 11111111 sessions succeeded, 7 failed\n1 report came again"
        ),
        "{shown}"
    );
    assert!(
        shown.contains("7 × certificate-expired, 2026-01-31\n")
            && shown.contains("  at mx.example.com: 7\n")
            && shown.contains("  who has to act: whoever runs the mail host\n  fix: Renew"),
        "{shown}"
    );
    assert_eq!(text(&run(&[&path, "--format", "csv"], None).stdout).lines().count(), 10);
    assert_eq!(
        json_of(&run(&[&path, "--format", "json", "--since", "2026-02-01"], None))["reports"],
        json!([])
    );
    assert_eq!(run(&[&path, "--since", "2026-02-01"], None).status.code(), Some(0), "no failure since then");
    assert_eq!(run(&[&path, "--domain", "EXAMPLE.com."], None).status.code(), Some(1));
    let other = run(&[&path, "--domain", "other.example"], None);
    assert_eq!(other.status.code(), Some(0));
    assert!(text(&other.stderr).contains("there are reports about example.com"), "{}", text(&other.stderr));
}

#[test]
fn mails_are_found_as_programs_keep_them() {
    let folder = Folder::new("programs");
    let maildir = |path: &str, id| {
        folder.write(&format!("Maildir/{path}/1700000000.M1P1.host:2,S"), &mail(&gzip(&report(id, 1, 0))))
    };
    maildir("cur", "1");
    maildir(".TLSRPT/cur", "2");
    maildir(".TLSRPT.2026/new", "3");
    folder.write("Maildir/.TLSRPT.2026/cur/.keep", b"");
    folder.write("Maildir/.cache/x.json", &report("not this", 1, 0));
    let one = mail(&gzip(&report("4", 1, 0)));
    folder.write(
        "apple.emlx",
        &[format!("{}\n", one.len()).as_bytes(), &one, b"<?xml version=\"1.0\"?><plist/>"].concat(),
    );
    folder.write(
        "behind-lines.eml",
        &[b"\xef\xbb\xbf\r\n\r\n".as_slice(), &mail(&gzip(&report("5", 1, 0)))].concat(),
    );
    let whole = mail(&gzip(&report("6", 1, 0)));
    let open = whole.strip_suffix(b"--x--\r\n").expect("a last boundary");
    folder.write("cut-boundary.eml", open);
    let output = run(&[&folder.0.display().to_string(), "--format", "json"], None);
    let json = json_of(&output);
    assert_eq!(json["totals"], json!({ "successful": 6, "failed": 0 }), "{json}");
    assert_eq!(json["refused"], json!([]));
}

#[test]
fn what_stands_behind_gzip_is_let_go_and_several_members_are_read() {
    let folder = Folder::new("members");
    folder.write("padded.json.gz", &[gzip(&report("1", 1, 0)), vec![0; 512]].concat());
    folder.write("line.json.gz", &[gzip(&report("2", 1, 0)), b"\r\n".to_vec()].concat());
    folder.write("two.json.gz", &[gzip(&report("3", 1, 0)), gzip(&report("4", 1, 0))].concat());
    let wide: Vec<u8> = String::from_utf8(report("5", 1, 0))
        .expect("text")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    folder.write("wide.json", &[b"\xff\xfe".as_slice(), &wide].concat());
    let mut stored = Vec::new();
    let mut archive = ZipArchiveWriter::new(&mut stored);
    let (mut entry, config) =
        archive.new_file("a.eml").compression_method(CompressionMethod::STORE).start().expect("an entry");
    let mut writer = config.wrap(&mut entry);
    writer.write_all(&mail(&gzip(&report("6", 1, 0)))).expect("written");
    let (_, descriptor) = writer.finish().expect("written");
    entry.finish(descriptor).expect("an entry");
    archive.finish().expect("an archive");
    folder.write("stored.zip", &stored);
    let json = json_of(&run(&[&folder.0.display().to_string(), "--format", "json"], None));
    assert_eq!(json["totals"], json!({ "successful": 6, "failed": 0 }), "{json}");
    assert_eq!(json["refused"], json!([]));
}

#[test]
fn standard_input_may_hold_any_of_it() {
    for bytes in [
        report("1", 3, 0),
        gzip(&report("1", 3, 0)),
        zip(&[("a.json", &report("1", 3, 0))]),
        mail(&gzip(&report("1", 3, 0))),
    ] {
        let output = run(&["-", "--format", "json"], Some(&bytes));
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert_eq!(json_of(&output)["totals"]["successful"], 3);
    }
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_read() {
    let folder = Folder::new("bad");
    let bomb = gzip(&vec![b' '; 40 << 20]);
    assert!(bomb.len() < 100_000);
    let mut cut = gzip(&report("1", 3, 0));
    cut.truncate(60);
    let nested = (0..10).fold(report("1", 3, 0), |inner, _| gzip(&inner));
    for (name, bytes, reason) in [
        ("bomb.gz", &bomb[..], "unpacked it has more than 16 MiB"),
        ("cut.gz", &cut, "it is damaged"),
        ("nested.gz", &nested, "too deep"),
        ("empty", b"", "nothing in it"),
        ("page.html", b"<!doctype html>", "it is HTML, and a TLS report is JSON"),
        ("outlook.msg", b"\xd0\xcf\x11\xe0\xa1\xb1", "a mail as Outlook saves it: save it as .eml"),
        ("dmarc.xml", b"<?xml version=\"1.0\"?>\n<feedback></feedback>", "it is a DMARC report"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c", "packed by 7-Zip: unpack it first"),
        ("notes.txt", b"bring milk", "neither JSON nor gzip, zip or a mail"),
        ("b.json", b"{\n  \"report-id\": }", "line 2, column 16"),
        ("half.json", b"{ \"report-id\": \"1\", ", "a part of it is missing"),
        ("dmarc.json", b"{\"feedback\": 1}", "it has `feedback`"),
        ("a.zip", b"PK\x03\x04nothing", "the zip archive cannot be read"),
        ("letter.eml", b"Subject: Hello\r\n\r\nHow are you?\r\n", "the mail `Hello` has no report attached"),
        ("bell\x07.txt", b"\x1b[31m", "neither JSON"),
    ] {
        let path = folder.write(name, bytes);
        let output = run(&[&path], None);
        assert_eq!(output.status.code(), Some(2), "{name}: {}", text(&output.stdout));
        let said = text(&output.stderr);
        assert!(said.contains(reason), "{name}: {said}");
        assert!(!said.contains('\x07') && !said.contains('\x1b'), "{name}: {said:?}");
    }
    let good = folder.write("good.json", &report("9", 3, 0));
    let output = run(&[&folder.0.display().to_string(), "--format", "json"], None);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let json = json_of(&output);
    assert_eq!(
        (json["reports"].as_array().map(Vec::len), json["refused"].as_array().map(Vec::len)),
        (Some(1), Some(15))
    );
    let output = run(&[&good, "/nowhere/at/all.json"], None);
    assert_eq!(output.status.code(), Some(0));
    assert!(
        text(&output.stdout).contains("/nowhere/at/all.json: cannot be read"),
        "{}",
        text(&output.stdout)
    );
    assert_eq!(run(&["/nowhere/at/all.json"], None).status.code(), Some(2));
    assert_eq!(run(&[&good, "--since", "yesterday"], None).status.code(), Some(2));
    assert_eq!(run(&["-", "-"], None).status.code(), Some(2));
}

/// The samples of the corpus, packed and plain, come to what was counted.
#[test]
fn the_samples_come_to_what_was_counted() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus/tlsrpt");
    if !corpus.is_dir() {
        // Past the test runner, which shows nothing of a test that passes.
        writeln!(std::io::stderr(), "{} is not there: the samples were not read", corpus.display())
            .expect("standard error");
        return;
    }
    let output = run(&[&corpus.display().to_string(), "--format", "json"], None);
    assert_eq!(output.status.code(), Some(1));
    let json = json_of(&output);
    assert_eq!(json["totals"], json!({ "successful": 6625, "failed": 320 }));
    assert_eq!((json["reports"].as_array().map(Vec::len), &json["duplicates"]), (Some(18), &json!(10)));
    assert_eq!(json["refused"], json!([]));
}

#[test]
#[cfg(feature = "zoo")]
fn reports_count_for_whether_a_domain_is_ready_for_enforce() {
    let folder = Folder::new("ready");
    let of = |domain: &str, failed| {
        String::from_utf8(report("1", 3, failed)).expect("text").replace("example.com", domain)
    };
    let failing = folder.write("failing.json", of("enforce-good.zoo.test", 2).as_bytes());
    let clean = folder.write("clean.json", of("enforce-good.zoo.test", 0).as_bytes());
    let other = folder.write("other.json", of("other.example", 2).as_bytes());
    let none = folder.write("none.txt", b"bring milk");
    let check = |reports: &[&str], days: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mta-sts"));
        command.args(["check", "enforce-good.zoo.test", "--zoo", "--quick", "--expect", "enforce-ready"]);
        command.args(["--reports-days", days]);
        command.args(reports.iter().flat_map(|file| ["--reports", file])).output().expect("it runs")
    };
    for (reports, days, code, said) in [
        (&[&*clean][..], "3650", 0, "passes  Sender reported 3 sessions, all of which succeeded"),
        (
            &[&*failing, &none],
            "3650",
            1,
            "enforce-good.zoo.test is not ready for enforce: Sender reported `certificate-expired` for 2 sessions at mx.enforce-good.zoo.test, the last on 2026-01-31.",
        ),
        (&[&*failing], "1", 1, "unseen  the TLS reports tell nothing of the last day"),
        (&[&*other], "3650", 1, "unseen  the TLS reports tell nothing of the last 3650 days"),
    ] {
        let output = check(reports, days);
        assert!(
            text(&output.stdout).contains(said),
            "{said}: {}{}",
            text(&output.stdout),
            text(&output.stderr)
        );
        assert_eq!(output.status.code(), Some(code), "{said}");
    }
    assert!(text(&check(&[&clean, &none], "30").stderr).contains("none.txt: it is neither JSON"));
    let nothing = check(&[&none], "30");
    assert_eq!(nothing.status.code(), Some(2));
    assert!(
        text(&nothing.stderr).contains("--reports: no report could be read: "),
        "{}",
        text(&nothing.stderr)
    );
}
