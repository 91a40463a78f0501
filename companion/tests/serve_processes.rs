//! `mta-sts serve` as processes: roles, the log, and how it ends.
#![cfg(not(target_arch = "wasm32"))]

mod asking;

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

use asking::{get, get_with};

const SECRET: &str = "a-secret-of-thirty-two-characters";

/// A process that serves. It ends when this is dropped.
struct Serving {
    child: Child,
    at: SocketAddr,
    out: BufReader<ChildStdout>,
}

/// What is behind the last colon of a line that ends in an address.
fn address(line: &str) -> SocketAddr {
    let behind = line.rsplit(':').next().unwrap_or_default();
    let port = behind.trim().trim_end_matches("/metrics").parse();
    SocketAddr::from(([127, 0, 0, 1], port.unwrap_or_else(|_| panic!("{line}"))))
}

impl Serving {
    fn start(args: &[&str], secret: Option<&str>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mta-sts"));
        command.args(["serve", "--zoo", "--listen", "127.0.0.1:0"]).args(args);
        if !args.contains(&"--timeout") {
            command.args(["--timeout", "2"]);
        }
        command.env_remove("MTA_STS_SECRET").env_remove("RUST_LOG");
        if let Some(secret) = secret {
            command.env("MTA_STS_SECRET", secret);
        }
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
        let mut out = BufReader::new(child.stdout.take().expect("its output"));
        let mut line = String::new();
        out.read_line(&mut line).expect("a line");
        if line.is_empty() {
            let mut said = String::new();
            child.stderr.take().expect("its errors").read_to_string(&mut said).expect("text");
            panic!("{said}");
        }
        Self { child, at: address(&line), out }
    }

    /// The address in the next line it prints.
    fn next_address(&mut self) -> SocketAddr {
        let mut line = String::new();
        self.out.read_line(&mut line).expect("a line");
        address(&line)
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill").args([format!("-{name}"), self.child.id().to_string()]).status();
        assert!(status.expect("kill runs").success());
    }

    /// Waits for its end: the exit code, and what it wrote to standard error.
    fn end(mut self) -> (Option<i32>, String) {
        let mut said = String::new();
        self.child.stderr.take().expect("its errors").read_to_string(&mut said).expect("text");
        (self.child.wait().expect("it ends").code(), said)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn fails(args: &[&str], secret: Option<&str>) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mta-sts"));
    command.args(["serve", "--zoo", "--listen", "127.0.0.1:0"]).args(args).env_remove("MTA_STS_SECRET");
    if let Some(secret) = secret {
        command.env("MTA_STS_SECRET", secret);
    }
    let Output { status, stderr, .. } = command.output().expect("the binary runs");
    assert_eq!(status.code(), Some(2), "{args:?}");
    String::from_utf8_lossy(&stderr).into_owned()
}

/// The first mail host of the zoo, which has the same addresses in every process.
const SMTP: &str = "/v1/smtp?domain=enforce-good.zoo.test&host=mx1.enforce-good.zoo.test&address=192.0.2.2";
const SILENT: &str = "/v1/policy?domain=policy-silent.zoo.test";

#[tokio::test(flavor = "multi_thread")]
async fn a_front_has_its_prober_dial() {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("secret.txt");
    std::fs::write(&file, format!("{SECRET}\n")).expect("written");
    let prober = Serving::start(&["--role", "prober"], Some(SECRET));
    let url = format!("http://{}", prober.at);
    let front = Serving::start(
        &["--role", "front", "--prober", &url, "--secret-file", &file.to_string_lossy()],
        None,
    );

    // The prober: nothing for strangers but its health, and what it is.
    for (path, fields, status) in [
        (SMTP, "", 401),
        (SMTP, "Authorization: Bearer another-secret-of-thirty-two-char\r\n", 401),
        ("/v1/status", "", 401),
        ("/v1/nothing", "", 401),
        (SMTP, &format!("Authorization: Bearer {SECRET}\r\n"), 200),
        ("/v1/policy?domain=enforce-good.zoo.test", &format!("Authorization: Bearer {SECRET}\r\n"), 404),
        ("/", "", 404),
        ("/config.json", "", 404),
        ("/healthz", "", 200),
        ("/probe", "", 200),
    ] {
        let got = get_with(prober.at, path, fields).await;
        assert_eq!(got.status, status, "{path}: {}", got.body);
        if status == 401 {
            assert_eq!(got.field("content-type"), Some("application/problem+json"));
            assert_eq!(got.field("www-authenticate"), Some("bearer"));
            assert_eq!(got.json()["type"], "urn:mta-sts:problem:not-authorized");
        }
    }

    // The front: the same endpoints as ever.
    let got = get(front.at, SMTP).await;
    assert_eq!(got.json()["outcome"]["session"]["stage"], "done", "{}", got.body);
    let got = get(front.at, "/v1/policy?domain=enforce-good.zoo.test").await;
    assert_eq!(got.json()["outcome"]["http"]["status"], 200);
    let status = get(front.at, "/v1/status").await.json();
    assert_eq!((&status["role"], status.get("port25")), (&"front".into(), None));
    // What is no mail host is none there either.
    let elsewhere = SMTP.replace("192.0.2.2", "192.0.2.14");
    assert_eq!(get(front.at, &elsewhere).await.status, 403);

    // One that does not know the secret.
    let stranger =
        Serving::start(&["--role", "front", "--prober", &url], Some("another-secret-of-thirty-two-char"));
    let got = get(stranger.at, SMTP).await;
    assert_eq!(got.status, 502, "{}", got.body);
    assert_eq!(got.json()["type"], "urn:mta-sts:problem:prober-unreachable");
    assert!(got.body.contains("does not know this front's secret"), "{}", got.body);

    // Without its prober the front says so; what it knows it still gives.
    drop(prober);
    let other = "/v1/smtp?domain=one-of-two.zoo.test&host=mx2.one-of-two.zoo.test&address=192.0.2.15";
    let got = get(front.at, other).await;
    assert_eq!(
        (got.status, &got.json()["title"]),
        (502, &"the prober cannot be asked".into()),
        "{}",
        got.body
    );
    assert_eq!(get(front.at, SMTP).await.status, 200);
}

#[test]
fn a_secret_does_not_go_out_in_the_clear() {
    let front = |url| fails(&["--role", "front", "--prober", url], Some(SECRET));
    assert!(front("http://192.0.2.1").contains("the secret is not sent to 192.0.2.1 over http"));
    for wrong in
        ["ftp://127.0.0.1", "127.0.0.1:80", "http://user@127.0.0.1", "http://127.0.0.1/v1", "https://"]
    {
        let said = front(wrong);
        assert!(said.contains("write http://HOST[:PORT]"), "{wrong}: {said}");
    }
    assert!(fails(&["--role", "prober"], None).contains("MTA_STS_SECRET"));
    assert!(fails(&["--role", "prober"], Some("short")).contains("at least 22 characters"));
    assert!(fails(&["--role", "front"], Some(SECRET)).contains("--prober"));
    assert!(fails(&["--prober", "http://127.0.0.1"], Some(SECRET)).contains("goes with --role front"));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn it_lets_what_runs_end_when_it_is_told_to_stop() {
    for signal in ["TERM", "INT"] {
        let serving = Serving::start(&[], None);
        let at = serving.at;
        let slow = tokio::spawn(async move { get(at, SILENT).await });
        tokio::time::sleep(Duration::from_millis(500)).await;
        serving.signal(signal);
        let got = slow.await.expect("an answer");
        assert_eq!(got.json()["outcome"]["failed"], "timeout", "{signal}");
        let (code, said) = serving.end();
        assert_eq!(code, Some(0), "{signal}: {said}");
        assert!(said.contains("told to stop") && said.contains("stopped"), "{signal}: {said}");
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn it_does_not_wait_for_ever() {
    let serving = Serving::start(&["--timeout", "60", "--grace", "0.3"], None);
    let at = serving.at;
    // A client that says nothing, and a step that takes a minute.
    let _idle = tokio::net::TcpStream::connect(at).await.expect("a connection");
    let slow = tokio::spawn(async move { get(at, SILENT).await });
    tokio::time::sleep(Duration::from_millis(500)).await;
    let told = Instant::now();
    serving.signal("TERM");
    let (code, said) = serving.end();
    assert_eq!(code, Some(0), "{said}");
    assert!(told.elapsed() < Duration::from_secs(20), "{said}");
    assert!(said.contains("not all connections ended in time"), "{said}");
    assert!(slow.await.is_err(), "there was no answer");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_log_names_nobody_unless_told_to() {
    for (args, domain, client) in [
        (&["--log", "json"][..], false, false),
        (&["--log", "json", "--log-level", "debug"], true, false),
        (&["--log", "json", "--log-clients"], false, true),
    ] {
        let serving = Serving::start(args, None);
        assert_eq!(get(serving.at, SMTP).await.status, 200);
        assert_eq!(get(serving.at, "/v1/policy?domain=%1B%5B31m").await.status, 400);
        let hostile = "/v1/smtp?domain=enforce-good.zoo.test&host=%1B%5B31m%0Aforged&address=192.0.2.2";
        assert_eq!(get(serving.at, hostile).await.status, 403);
        serving.signal("TERM");
        let (_, said) = serving.end();
        let mut done = 0;
        for line in said.lines().filter(|line| !line.starts_with("mta-sts: this binary was built before")) {
            let line: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
            done +=
                usize::from(line["message"] == "done" && line["result"] == "ok" && line["stage"] == "done");
        }
        assert_eq!(done, 1, "{said}");
        assert_eq!(said.contains("enforce-good.zoo.test"), domain, "{args:?}: {said}");
        assert_eq!(said.contains("127.0.0.1/32"), client, "{args:?}: {said}");
        assert!(!said.contains('\u{1b}') && !said.contains("forged"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_are_given_only_where_asked_for() {
    let mut serving = Serving::start(&["--metrics-listen", "127.0.0.1:0"], None);
    let counts = serving.next_address();
    assert_eq!(get(serving.at, SMTP).await.status, 200);
    assert_eq!(get(serving.at, "/metrics").await.status, 404);
    let got = get(counts, "/metrics").await;
    assert_eq!(got.status, 200);
    assert!(
        got.body.contains("mta_sts_steps_total{step=\"smtp\",result=\"ok\",stage=\"done\"} 1"),
        "{}",
        got.body
    );
    assert!(got.body.ends_with("# EOF\n"));
    assert_eq!(get(counts, "/v1/status").await.status, 404);
}
