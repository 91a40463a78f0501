//! The server's endpoints, over real sockets: a step in, an outcome out, and problems for the rest.
#![cfg(not(target_arch = "wasm32"))]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use companion::options::Options;
use companion::serve::{self, Server};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use zoo::Zoo;

struct Running {
    at: SocketAddr,
    zoo: Arc<Zoo>,
}

async fn start() -> Running {
    let zoo = Arc::new(Zoo::open().await.expect("the zoo opens"));
    let options = Options { timeout: Duration::from_secs(5), ..Options::default() };
    let native = options.build(Some(&zoo)).expect("a native host");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = listener.local_addr().expect("an address");
    let server = Server::new(native).with_zoo(Arc::clone(&zoo));
    tokio::spawn(serve::run(listener, server, std::future::pending()));
    Running { at, zoo }
}

/// Status, header fields in lower case, body.
async fn get(at: SocketAddr, path: &str) -> (u16, String, String) {
    ask(at, "GET", path).await
}

async fn ask(at: SocketAddr, method: &str, path: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(at).await.expect("a connection");
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nOrigin: https://docs.example\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("an answer");
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, head.to_ascii_lowercase(), body.to_owned())
}

async fn get_json(at: SocketAddr, path: &str) -> (u16, String, Value) {
    let (status, head, body) = get(at, path).await;
    let json = serde_json::from_str(&body).unwrap_or_else(|error| panic!("{path}: {error}: {body}"));
    (status, head, json)
}

fn address_of(zoo: &Zoo, index: usize) -> String {
    let mail = zoo.dial.keys().filter(|address| address.port() == 25);
    mail.map(|address| address.ip().to_string()).nth(index).expect("a mail host")
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_are_carried_out() {
    let Running { at, zoo } = start().await;
    let (status, head, json) = get_json(at, "/v1/policy?domain=enforce-good.zoo.test").await;
    assert_eq!(status, 200);
    assert!(head.contains("access-control-allow-origin: *"), "{head}");
    assert!(head.contains("cache-control: no-store"), "{head}");
    assert_eq!(json["outcome"]["http"]["status"], 200);
    assert!(json["took_ms"].is_u64());

    // The first mail host of the zoo is that of its first domain.
    let address = address_of(&zoo, 0);
    let path =
        format!("/v1/smtp?domain=enforce-good.zoo.test&host=mx1.enforce-good.zoo.test&address={address}");
    let (status, _, json) = get_json(at, &path).await;
    assert_eq!(status, 200, "{json}");
    assert_eq!(json["outcome"]["session"]["stage"], "done");
    assert_eq!(json["outcome"]["session"]["tls"]["faults"], serde_json::json!([]));

    // The policy host as mail host: its addresses are looked up for both.
    let is_both = zoo
        .dial
        .keys()
        .find(|address| address.port() == 25 && zoo.dial.contains_key(&SocketAddr::new(address.ip(), 443)));
    let address = is_both.expect("mx-is-policy-host").ip();
    let domain = "mx-is-policy-host.zoo.test";
    let path = format!("/v1/smtp?domain={domain}&host=mta-sts.{domain}&address={address}");
    assert_eq!(get_json(at, &path).await.2["outcome"]["session"]["stage"], "done");

    let (status, head, body) = get(at, "/healthz").await;
    assert_eq!((status, body.as_str()), (200, "ok\n"));
    assert!(head.contains("access-control-allow-origin: *"));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_mail_hosts_of_the_domain_are_dialled() {
    let Running { at, zoo } = start().await;
    let (good, other) = (address_of(&zoo, 0), address_of(&zoo, 3));
    let host = "mx1.enforce-good.zoo.test";
    for (domain, host, address, why) in [
        ("enforce-good.zoo.test", host, other.as_str(), "another domain's address"),
        ("enforce-good.zoo.test", host, "127.0.0.1", "loopback"),
        ("enforce-good.zoo.test", host, "8.8.8.8", "a stranger's address"),
        ("enforce-good.zoo.test", host, "::ffff:192.0.2.2", "another form of an address"),
        ("enforce-good.zoo.test", "localhost", good.as_str(), "another host"),
        ("enforce-good.zoo.test", "", good.as_str(), "no host"),
        ("no-mail-host.zoo.test", host, good.as_str(), "another domain"),
        ("null-mx.zoo.test", host, good.as_str(), "a domain without mail"),
    ] {
        let path = format!("/v1/smtp?domain={domain}&host={host}&address={address}");
        let (status, head, problem) = get_json(at, &path).await;
        assert_eq!(status, 403, "{why}: {problem}");
        assert!(head.contains("content-type: application/problem+json"), "{why}: {head}");
        assert!(head.contains("access-control-allow-origin: *"), "{why}: {head}");
        assert_eq!(problem["type"], "urn:mta-sts:problem:not-a-mail-host", "{why}");
        assert_eq!(problem["status"], 403, "{why}");
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains(domain)), "{why}");
    }
}

/// The addresses of a policy host in the zoo, as the server itself looks them up for whoever asks.
fn policy_addresses(zoo: &Zoo, name: &str) -> Vec<String> {
    let query = |kind: u16| {
        let labels = format!("mta-sts.{name}.zoo.test");
        let labels = labels.split('.').flat_map(|label| {
            [vec![u8::try_from(label.len()).expect("a label")], label.as_bytes().to_vec()].concat()
        });
        let mut wire = vec![0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        wire.extend(labels);
        wire.push(0);
        wire.extend([kind.to_be_bytes(), [0, 1]].concat());
        wire
    };
    let answers = [1, 28].into_iter().filter_map(|kind| zoo.answer(&query(kind)));
    let messages = answers.map(|wire| mta_sts::dns::Message::parse(&wire).expect("a message"));
    let records = messages.flat_map(|message| message.answers);
    records.filter_map(|record| record.data.address()).map(|address| address.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_fetched_from_an_address_of_the_policy_host_alone() {
    let Running { at, zoo } = start().await;
    let name = "policy-ipv6-refuses";
    let addresses = policy_addresses(&zoo, name);
    let [v4, v6] = addresses.as_slice() else { panic!("two addresses: {addresses:?}") };
    let path = |address: &str| format!("/v1/policy?domain={name}.zoo.test&address={address}");
    let (status, _, json) = get_json(at, &path(v4)).await;
    assert_eq!((status, &json["outcome"]["http"]["status"]), (200, &serde_json::json!(200)));
    assert_eq!(json["outcome"]["http"]["address"], v4.as_str());
    assert_eq!(get_json(at, &path(v6)).await.2["outcome"]["failed"], "refused");

    // Through an alias, too; and an address that nobody may dial is told by the guard.
    let aliased = policy_addresses(&zoo, "delegated");
    let path_of = format!("/v1/policy?domain=delegated.zoo.test&address={}", aliased[0]);
    assert_eq!(get_json(at, &path_of).await.2["outcome"]["http"]["status"], 200);
    let private = "/v1/policy?domain=policy-address-private.zoo.test&address=10.0.0.44";
    assert_eq!(get_json(at, private).await.2["outcome"]["failed"]["guarded"]["class"], "private");

    for (address, why) in [
        (aliased[0].as_str(), "another domain's policy host"),
        (&address_of(&zoo, 0), "a mail host"),
        ("127.0.0.1", "loopback"),
        ("8.8.8.8", "a stranger's address"),
        (&format!("::ffff:{v4}"), "another form of an address"),
    ] {
        let (status, head, problem) = get_json(at, &path(address)).await;
        assert_eq!(status, 403, "{why}: {problem}");
        assert!(head.contains("content-type: application/problem+json"), "{why}: {head}");
        assert_eq!(problem["type"], "urn:mta-sts:problem:not-a-policy-host", "{why}");
    }
    let nowhere = "/v1/policy?domain=policy-no-host.zoo.test&address=192.0.2.1";
    assert_eq!(get_json(at, nowhere).await.0, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_fetched_as_a_browser_when_asked() {
    let Running { at, .. } = start().await;
    let path = "/v1/policy?domain=policy-browsers-only.zoo.test";
    assert_eq!(get_json(at, path).await.2["outcome"]["http"]["status"], 403);
    let (_, _, json) = get_json(at, &format!("{path}&agent=browser")).await;
    assert_eq!(json["outcome"]["http"]["status"], 200);
    // What is kept of an answer.
    assert_eq!(json["outcome"]["http"]["http_version"], "HTTP/1.1");
    assert_eq!(
        json["outcome"]["http"]["headers"][0],
        serde_json::json!({ "name": "content-type", "value": "text/plain" })
    );
    let stages = json["outcome"]["http"]["stages"].as_array().expect("stages");
    let stages: Vec<_> = stages.iter().filter_map(|stage| stage["stage"].as_str()).collect();
    assert_eq!(stages, ["lookup", "connect", "handshake", "answer", "body"]);
}

/// An MX host may have an address that nobody dials; the outcome says so.
#[tokio::test(flavor = "multi_thread")]
async fn the_guard_answers_for_addresses_that_are_not_public() {
    let Running { at, .. } = start().await;
    let path =
        "/v1/smtp?domain=mx-private-address.zoo.test&host=mx1.mx-private-address.zoo.test&address=10.0.0.25";
    let (status, _, json) = get_json(at, path).await;
    assert_eq!(status, 200);
    assert_eq!(
        json["outcome"]["failed"]["guarded"],
        serde_json::json!({ "address": "10.0.0.25", "class": "private" })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_is_a_problem() {
    let Running { at, .. } = start().await;
    for path in [
        "/v1/policy",
        "/v1/policy?domain=",
        "/v1/policy?domain=localhost",
        "/v1/policy?domain=192.0.2.1",
        "/v1/policy?domain=a_b.example",
        "/v1/policy?domain=b%C3%BCcher.example",
        "/v1/policy?domain=example.com%00",
        "/v1/smtp?domain=enforce-good.zoo.test",
        "/v1/smtp?domain=enforce-good.zoo.test&host=mx1",
        "/v1/smtp?domain=enforce-good.zoo.test&host=mx1&address=localhost",
        "/v1/smtp?domain=enforce-good.zoo.test&host=mx1&address=127.0.0.1:25",
        "/v1/smtp?domain=enforce-good.zoo.test&host=mx1&address=fe80::1%25eth0",
        "/v1/smtp?domain=enforce-good.zoo.test&host=mx1&address=[::1]",
        "/v1/smtp?domain=enforce-good.zoo.test&host=mx1&address=127.1",
        "/dns-query",
        "/dns-query?dns=***",
        "/dns-query?dns=AAAA",
        "/v1/policy?domain=a.example&domain=b.example",
        "/v1/policy?domain=enforce-good.zoo.test&address=localhost",
        "/v1/policy?domain=enforce-good.zoo.test&address=192.0.2.1:443",
        "/v1/policy?domain=enforce-good.zoo.test&agent=curl",
        "/v1/policy?domain=enforce-good.zoo.test&address=192.0.2.1&agent=browser",
    ] {
        let (status, head, problem) = get_json(at, path).await;
        assert_eq!(status, 400, "{path}: {problem}");
        assert!(head.contains("application/problem+json"), "{path}: {head}");
        for key in ["type", "title", "status", "detail"] {
            assert!(problem.get(key).is_some(), "{path}: {key}");
        }
    }
    for path in ["/nothing", "/../Cargo.toml", "/pkg/../../Cargo.toml", "/%2e%2e/Cargo.toml"] {
        assert_eq!(get(at, path).await.0, 404, "{path}");
    }
    for (method, path, expected) in [("GET", "/v1/dns", 404), ("POST", "/v1/policy?domain=a.example", 405)] {
        let (status, head, body) = ask(at, method, path).await;
        assert_eq!(status, expected, "{path}");
        assert!(head.contains("application/problem+json"), "{path}: {head}");
        assert!(head.contains("access-control-allow-origin: *"), "{path}: {head}");
        assert!(body.contains(&format!("\"status\":{expected}")), "{path}: {body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_zoo_tells_what_it_holds() {
    let Running { at, zoo } = start().await;
    let (_, _, config) = get_json(at, "/config.json").await;
    assert_eq!(config["companion"], ".");
    assert_eq!(config["zoo"]["suffix"], "zoo.test");
    assert_eq!(config["zoo"]["domains"].as_array().map(Vec::len), Some(zoo.exhibits.len()));
    let (_, _, index) = get_json(at, "/zoo.json").await;
    assert!(index["ca"].as_str().is_some_and(|pem| pem.starts_with("-----BEGIN CERTIFICATE-----")));
    assert_eq!(index["domains"][0]["expect"]["delivery"], "deliver");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_zoo_there_is_no_resolver_for_strangers() {
    let native = Options { resolver: Some("127.0.0.1:9".parse().expect("a resolver")), ..Options::default() };
    let native = native.build(None).expect("a native host");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = listener.local_addr().expect("an address");
    tokio::spawn(serve::run(listener, Server::new(native), std::future::pending()));
    for path in ["/dns-query?dns=AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB", "/zoo.json"] {
        assert_eq!(get(at, path).await.0, 404, "{path}");
    }
    let (_, _, config) = get_json(at, "/config.json").await;
    assert_eq!(config, serde_json::json!({ "companion": "." }));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_stops_when_told_and_lets_a_step_finish() {
    let zoo = Arc::new(Zoo::open().await.expect("the zoo opens"));
    let options = Options { timeout: Duration::from_secs(2), ..Options::default() };
    let native = options.build(Some(&zoo)).expect("a native host");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = listener.local_addr().expect("an address");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(serve::run(listener, Server::new(native), async {
        stopped.await.ok();
    }));
    let slow = tokio::spawn(async move { get(at, "/v1/policy?domain=policy-silent.zoo.test").await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    stop.send(()).expect("it listens");
    let (status, _, body) = slow.await.expect("an answer");
    assert_eq!(status, 200);
    assert!(body.contains("timeout"), "{body}");
    server.await.expect("it ends").expect("in order");
}
