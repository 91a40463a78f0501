//! What a server does for many who ask at once: within limits, and once for all who ask for the same.
#![cfg(not(target_arch = "wasm32"))]

mod asking;

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use companion::dials::Dials;
use companion::driver;
use companion::native::Native;
use companion::opt_out::OptOut;
use companion::options::Options;
use companion::serve::{self, Limits, Operation, Server};
use mta_sts::{Domain, Host};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use zoo::Zoo;

use asking::{get, get_with};

struct Running {
    at: SocketAddr,
    counts: SocketAddr,
    native: Arc<Native>,
    _zoo: Arc<Zoo>,
}

impl Running {
    /// A count from `/metrics`; 0 where there is none yet.
    async fn count(&self, series: &str) -> u64 {
        let text = get(self.counts, "/metrics").await.body;
        let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        line.map_or(0, |count| count.parse().expect("a number"))
    }
}

fn count(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).expect("not nought")
}

async fn start_with(limits: Limits, options: Options, operation: Operation) -> Running {
    let zoo = Arc::new(Zoo::open().await.expect("the zoo opens"));
    let native = options.build(Some(&zoo)).expect("a native host");
    let [listener, counts] = [
        TcpListener::bind("127.0.0.1:0").await.expect("a port"),
        TcpListener::bind("127.0.0.1:0").await.expect("a port"),
    ];
    let at = listener.local_addr().expect("an address");
    let counts_at = counts.local_addr().expect("an address");
    let server = Server::with_limits(Arc::clone(&native), limits).with_zoo(Arc::clone(&zoo));
    let server = server.operated(&operation, false).expect("a role that has all it needs");
    tokio::spawn(serve::run_with_metrics(listener, Some(counts), Arc::new(server), std::future::pending()));
    Running { at, counts: counts_at, native, _zoo: zoo }
}

async fn start(limits: Limits) -> Running {
    let options = Options { timeout: Duration::from_secs(2), ..Options::default() };
    start_with(limits, options, Operation::default()).await
}

const GOOD: &str = "/v1/policy?domain=enforce-good.zoo.test";
const SILENT: &str = "/v1/policy?domain=policy-silent.zoo.test";

/// The mail hosts of a domain and their addresses.
async fn mail_hosts(native: &Native, domain: Domain) -> Vec<(Host, Vec<IpAddr>)> {
    let until = tokio::time::Instant::now() + native.timeout;
    let mut hosts = Vec::new();
    for host in driver::mail_hosts(native, domain, until).await.expect("they can be looked up") {
        let addresses = native.addresses(host.as_str(), until).await.expect("they can be looked up");
        hosts.push((host, addresses));
    }
    hosts
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_is_kept_and_says_its_age() {
    let running = start(Limits::default()).await;
    let first = get(running.at, GOOD).await.json();
    assert!(first["age_ms"].as_u64().is_some_and(|age| age < 200), "{first}");
    tokio::time::sleep(Duration::from_millis(300)).await;
    let second = get(running.at, GOOD).await.json();
    assert!(second["age_ms"].as_u64().is_some_and(|age| age >= 300), "{second}");
    assert_eq!(first["outcome"], second["outcome"]);
    assert_eq!(first["took_ms"], second["took_ms"]);
    assert_eq!(running.count("mta_sts_answers_total{from=\"hit\"}").await, 1);
    assert_eq!(running.count("mta_sts_answers_total{from=\"miss\"}").await, 1);
    assert_eq!(running.count("mta_sts_steps_total{step=\"policy\",result=\"ok\",stage=\"\"}").await, 1);
    assert_eq!(running.count("mta_sts_step_duration_seconds_count{step=\"policy\"}").await, 1);
    assert_eq!(running.count("mta_sts_steps_under_way").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_cache_every_request_is_a_step() {
    let running = start(Limits { cache: Duration::ZERO, ..Limits::default() }).await;
    for _ in 0..3 {
        assert_eq!(get(running.at, GOOD).await.status, 200);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(running.count("mta_sts_answers_total{from=\"miss\"}").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_ask_at_once_share_one_step() {
    let running = start(Limits::default()).await;
    let mut asking = JoinSet::new();
    for _ in 0..5 {
        let at = running.at;
        asking.spawn(async move { get(at, SILENT).await });
    }
    for got in asking.join_all().await {
        assert_eq!(got.json()["outcome"]["failed"], "timeout");
    }
    assert_eq!(running.count("mta_sts_answers_total{from=\"miss\"}").await, 1);
    assert_eq!(running.count("mta_sts_answers_total{from=\"shared\"}").await, 4);
}

/// Who goes away leaves the step to those who come after, so that nobody can have a host dialled again and again.
#[tokio::test(flavor = "multi_thread")]
async fn a_step_goes_on_when_nobody_waits_for_it() {
    let running = start(Limits::default()).await;
    let at = running.at;
    for _ in 0..3 {
        let asking = tokio::spawn(async move { get(at, SILENT).await });
        tokio::time::sleep(Duration::from_millis(100)).await;
        asking.abort();
    }
    assert_eq!(get(at, SILENT).await.json()["outcome"]["failed"], "timeout");
    assert_eq!(running.count("mta_sts_steps_total{step=\"policy\",result=\"timeout\",stage=\"\"}").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_its_rate_a_client_is_told_when_to_come_back() {
    let limits = Limits { client_rate: count(30), client_burst: count(2), ..Limits::default() };
    let running = start(limits).await;
    for _ in 0..2 {
        assert_eq!(get(running.at, GOOD).await.status, 200);
    }
    let refused = get(running.at, GOOD).await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.field("content-type"), Some("application/problem+json"));
    let problem = refused.json();
    assert_eq!(problem["type"], "urn:mta-sts:problem:client-rate");
    let seconds = problem["retry_after"].as_u64().expect("whole seconds");
    assert_eq!(refused.field("retry-after"), Some(seconds.to_string().as_str()));
    assert!((1..=2).contains(&seconds), "thirty in a minute is one in two seconds: {problem}");
    let detail = problem["detail"].as_str().expect("a sentence");
    assert!(detail.contains("30 steps in a minute; try again in "), "{detail}");
    // It is true: then it works.
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    assert_eq!(get(running.at, GOOD).await.status, 200);
    assert_eq!(running.count("mta_sts_refusals_total{problem=\"client-rate\"}").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_trusted_proxy_every_client_has_its_own_rate() {
    let limits = Limits { client_rate: count(1), client_burst: count(1), ..Limits::default() };
    let operation = Operation {
        trusted_proxy: vec!["127.0.0.0/8".parse().expect("a range")],
        grace: Duration::from_secs(1),
        ..Operation::default()
    };
    let running = start_with(limits.clone(), Options::default(), operation).await;
    for (client, status) in [
        ("198.51.100.1", 200),
        ("198.51.100.2", 200),
        ("198.51.100.1", 429),
        ("2001:db8:0:1::1", 200),
        ("2001:db8:0:1:ffff::2", 429),
        ("2001:db8:0:2::1", 200),
        // what it wrote itself stands before what the proxy saw
        ("198.51.100.77, 198.51.100.2", 429),
    ] {
        let got = get_with(running.at, GOOD, &format!("X-Forwarded-For: {client}\r\n")).await;
        assert_eq!(got.status, status, "{client}: {}", got.body);
    }
    // Without a trusted proxy the field is a stranger's word.
    let running = start(limits).await;
    for (client, status) in [("198.51.100.1", 200), ("198.51.100.2", 429)] {
        let got = get_with(running.at, GOOD, &format!("X-Forwarded-For: {client}\r\n")).await;
        assert_eq!(got.status, status, "{client}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_waits_for_its_turn_and_is_refused_after_a_while() {
    let queue = Duration::from_millis(300);
    let running = start(Limits { client_steps: count(1), queue, ..Limits::default() }).await;
    let at = running.at;
    let slow = tokio::spawn(async move { get(at, SILENT).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let begun = Instant::now();
    let refused = get(at, GOOD).await;
    assert!(begun.elapsed() >= queue);
    let problem = refused.json();
    assert_eq!((refused.status, &problem["type"]), (429, &"urn:mta-sts:problem:client-busy".into()));
    let seconds = problem["retry_after"].as_u64().expect("whole seconds");
    assert!((1..=2).contains(&seconds), "the step before takes two seconds: {problem}");
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    assert_eq!(get(at, GOOD).await.status, 200);
    assert_eq!(slow.await.expect("an answer").status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_is_dialled_by_only_so_many() {
    let queue = Duration::from_millis(100);
    let limits = Limits {
        domain_steps: count(1),
        address_rate: count(1),
        cache: Duration::ZERO,
        queue,
        ..Limits::default()
    };
    let running = start(limits).await;
    let at = running.at;
    let smtp = |host: &str, address: std::net::IpAddr| {
        format!("/v1/smtp?domain=mx-silent.zoo.test&host={host}&address={address}")
    };
    let domain = Domain::parse("mx-silent.zoo.test").expect("a domain");
    let hosts = mail_hosts(&running.native, domain).await;
    let (host, addresses) = &hosts[0];
    let path = smtp(host.as_str(), addresses[0]);
    let (silent, shown) = (path.clone(), path.clone());
    let slow = tokio::spawn(async move { get(at, &silent).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    // another step of the same domain
    let refused = get(at, "/v1/policy?domain=mx-silent.zoo.test").await;
    assert_eq!((refused.status, &refused.json()["type"]), (429, &"urn:mta-sts:problem:domain-busy".into()));
    // another domain
    assert_eq!(get(at, GOOD).await.status, 200);
    assert_eq!(slow.await.expect("an answer").status, 200);
    // the same address once more within its minute
    let refused = get(at, &shown).await;
    let problem = refused.json();
    assert_eq!((refused.status, &problem["type"]), (429, &"urn:mta-sts:problem:address-rate".into()));
    assert!(problem["retry_after"].as_u64().is_some_and(|wait| (50..=60).contains(&wait)), "{problem}");
}

/// Many domains can point to one address of policy hosts, so that is counted as well.
#[tokio::test(flavor = "multi_thread")]
async fn a_policy_host_is_dialled_only_so_often() {
    let dials = Some(Arc::new(Dials::new(count(2))));
    let limits = Limits { cache: Duration::ZERO, ..Limits::default() };
    let running = start_with(limits, Options { dials, ..Options::default() }, Operation::default()).await;
    for _ in 0..2 {
        assert_eq!(get(running.at, GOOD).await.json()["outcome"]["http"]["status"], 200);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let refused = get(running.at, GOOD).await;
    let problem = refused.json();
    assert_eq!((refused.status, &problem["type"]), (429, &"urn:mta-sts:problem:address-rate".into()));
    assert_eq!(
        (&problem["retry_after"], refused.field("retry-after")),
        (&30.into(), Some("30")),
        "{problem}"
    );
    let said = problem["detail"].as_str().expect("a sentence");
    assert!(
        said.contains("192.0.2.1 is dialled for others as often as it may be; try again in 30 seconds"),
        "{said}"
    );
    let other = get(running.at, "/v1/policy?domain=one-of-two.zoo.test").await.json();
    assert_eq!(other["outcome"]["http"]["status"], 200);
}

/// The largest check there is, by a client that asks over as many connections as it may have.
#[tokio::test(flavor = "multi_thread")]
async fn a_whole_check_at_once_is_answered_within_the_usual_limits() {
    let running = start(Limits::default()).await;
    let mut paths = Vec::new();
    for name in ["mx-many.zoo.test", "mx-many-addresses.zoo.test"] {
        let domain = Domain::parse(name).expect("a domain");
        for (host, addresses) in mail_hosts(&running.native, domain).await {
            for address in addresses {
                paths.push(format!("/v1/smtp?domain={name}&host={host}&address={address}"));
            }
        }
    }
    assert_eq!(paths.len(), 20 + 16);
    // 20 hosts with 16 addresses each, and what is looked at closer: as many requests as that has.
    let asked = paths.iter().cycle().take(961);
    let connections = Arc::new(Semaphore::new(512));
    let mut asking = JoinSet::new();
    for path in asked.cloned().collect::<Vec<_>>() {
        let (at, connections) = (running.at, Arc::clone(&connections));
        asking.spawn(async move {
            let _connection = connections.acquire().await.expect("never closed");
            get(at, &path).await
        });
    }
    for got in asking.join_all().await {
        assert_eq!(got.status, 200, "{}", got.body);
    }
    assert_eq!(running.count("mta_sts_steps_under_way").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_opted_out_is_not_dialled() {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("opt-out.txt");
    std::fs::write(&file, "enforce-good.zoo.test # by mail\n").expect("written");
    let opt_out = OptOut::open(&file).expect("a list");
    let running =
        start_with(Limits::default(), Options { opt_out, ..Options::default() }, Operation::default()).await;
    let got = get(running.at, GOOD).await.json();
    assert_eq!(got["outcome"]["failed"]["opted-out"]["name"], "mta-sts.enforce-good.zoo.test", "{got}");
    // Its addresses, and those of others.
    let domain = Domain::parse("one-of-two.zoo.test").expect("a domain");
    let hosts = mail_hosts(&running.native, domain).await;
    let address = hosts[0].1[0];
    let path = format!("/v1/smtp?domain=one-of-two.zoo.test&host={}&address={address}", hosts[0].0);
    std::fs::write(&file, format!("# nobody else\n{address}\n")).expect("written");
    // The file is looked at every two seconds.
    tokio::time::sleep(Duration::from_millis(2100)).await;
    let got = get(running.at, &path).await.json();
    assert_eq!(got["outcome"]["failed"]["opted-out"]["name"], address.to_string(), "{got}");
    let got = get(running.at, GOOD).await.json();
    assert_eq!(got["outcome"]["http"]["status"], 200, "{got}");
    // A slip in the file dials nobody.
    std::fs::write(&file, "no host\n").expect("written");
    tokio::time::sleep(Duration::from_millis(2100)).await;
    let got = get(running.at, &path).await.json();
    assert_eq!(got["outcome"]["failed"]["opted-out"]["name"], address.to_string(), "{got}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_reach_port_25_says_so() {
    let options = Options {
        timeout: Duration::from_secs(1),
        ehlo_name: Some("probe.example".into()),
        ..Options::default()
    };
    let running = start_with(Limits::default(), options, Operation::default()).await;
    let status = get(running.at, "/v1/status").await.json();
    assert_eq!(status["port25"], serde_json::json!({ "ipv4": "unknown", "ipv6": "unknown" }));
    assert_eq!(status["ehlo_name"], "probe.example");
    assert_eq!(status["role"], "all");
    assert_eq!(status["limits"]["client_rate"], 1200);
    assert_eq!(status["limits"]["cache"], 60.0);

    let lines = running.native.check_port25(&["mx1.mx-times-out.zoo.test".to_owned()]).await;
    assert!(lines[0].contains("does not answer"), "{lines:?}");
    let status = get(running.at, "/v1/status").await.json();
    assert_eq!(status["port25"]["ipv4"], "blocked");
    let domain = Domain::parse("mx-times-out.zoo.test").expect("a domain");
    let hosts = mail_hosts(&running.native, domain).await;
    let (host, addresses) = &hosts[0];
    let path = format!("/v1/smtp?domain=mx-times-out.zoo.test&host={host}&address={}", addresses[0]);
    let got = get(running.at, &path).await.json();
    assert_eq!(got["outcome"]["failed"]["port-blocked"]["tested"], "mx1.mx-times-out.zoo.test", "{got}");
    assert_eq!(
        running.count("mta_sts_steps_total{step=\"smtp\",result=\"not-observed\",stage=\"\"}").await,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_probe_page_says_what_knocks() {
    let options = Options { ehlo_name: Some("probe.example".into()), ..Options::default() };
    let operation = Operation {
        contact: Some("abuse@probe.example".into()),
        grace: Duration::from_secs(1),
        ..Operation::default()
    };
    let running = start_with(Limits::default(), options, operation).await;
    let page = get(running.at, "/probe").await;
    assert_eq!((page.status, page.field("content-type")), (200, Some("text/plain; charset=utf-8")));
    for said in
        ["EHLO with probe.example", "never says MAIL", "write to abuse@probe.example", "for 60 seconds"]
    {
        assert!(page.body.contains(said), "{said}: {}", page.body);
    }
}

/// Of a policy host with an address that is not dialled, what the others refuse is not the whole.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_not_dialled_leaves_the_policy_open() {
    let name = "policy-one-address-refuses.zoo.test";
    let path = format!("/v1/policy?domain={name}");
    let running = start(Limits::default()).await;
    let until = tokio::time::Instant::now() + running.native.timeout;
    let addresses =
        running.native.addresses(&format!("mta-sts.{name}"), until).await.expect("they are there");
    let mut came_to = Vec::new();
    for address in addresses {
        let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("opt-out-{}.txt", address.to_string().replace(":", "-")));
        std::fs::write(&file, format!("{address}\n")).expect("written");
        let opt_out = OptOut::open(&file).expect("a list");
        let options = Options { opt_out, ..Options::default() };
        let running = start_with(Limits::default(), options, Operation::default()).await;
        let outcome = &get(running.at, &path).await.json()["outcome"];
        came_to.push(match &outcome["failed"]["opted-out"]["name"] {
            serde_json::Value::String(name) => name == &address.to_string(),
            _ => outcome["http"]["status"] != 200,
        });
    }
    came_to.sort_unstable();
    assert_eq!(came_to, [false, true], "one serves, and one refuses");
}
