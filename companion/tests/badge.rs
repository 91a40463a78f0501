//! Badges, over real sockets: what they say follows the verdict, whatever happens the answer is a picture, and many who
//! ask for one cost one check.
#![cfg(not(target_arch = "wasm32"))]

mod asking;

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use companion::options::Options;
use companion::serve::{self, Limits, Operation, Server};
use roxmltree::Document;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use zoo::Zoo;

use asking::{Got, get};

struct Running {
    at: SocketAddr,
    counts: SocketAddr,
    zoo: Arc<Zoo>,
}

impl Running {
    /// How many steps were carried out, by `/metrics`.
    async fn steps(&self, what: &str) -> u64 {
        let text = get(self.counts, "/metrics").await.body;
        let series = format!("mta_sts_steps_total{{step=\"{what}\",");
        let counts = text.lines().filter(|line| line.starts_with(&series));
        counts.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
    }

    async fn badge(&self, domain: &str) -> Badge {
        Badge::of(get(self.at, &format!("/v1/badge?domain={domain}")).await)
    }

    /// The badge once the check has come to its end.
    async fn settled(&self, domain: &str) -> Badge {
        loop {
            let badge = self.badge(domain).await;
            if !badge.title.contains("not come to its end") {
                return badge;
            }
            assert_eq!((badge.got.status, badge.word.as_str()), (200, "unknown"), "{domain}");
            assert_eq!(badge.got.field("cache-control"), Some("no-store"), "{domain}");
        }
    }
}

/// A badge as its reader has it.
#[derive(Debug)]
struct Badge {
    got: Got,
    word: String,
    title: String,
}

impl Badge {
    /// Reads a picture, which has to be one, without anything in it that runs or loads.
    fn of(got: Got) -> Self {
        assert_eq!(got.field("content-type"), Some("image/svg+xml; charset=utf-8"), "{}", got.body);
        assert_eq!(got.field("content-security-policy"), Some("default-src 'none'"));
        assert_eq!(got.field("x-content-type-options"), Some("nosniff"));
        assert_eq!(got.field("cross-origin-resource-policy"), Some("cross-origin"));
        let document = Document::parse(&got.body).unwrap_or_else(|error| panic!("{error}: {}", got.body));
        let root = document.root_element();
        assert_eq!(root.attribute("role"), Some("img"));
        let all = || root.descendants().filter(|node| node.is_element());
        for node in all() {
            assert!(["svg", "title", "g", "path", "text"].contains(&node.tag_name().name()), "{}", got.body);
            assert!(node.attributes().all(|attribute| !attribute.name().starts_with("on")), "{}", got.body);
        }
        let text = |name: &str| {
            let named = all().filter(|node| node.tag_name().name() == name);
            named.map(|node| node.text().unwrap_or_default().to_owned()).collect::<Vec<_>>()
        };
        let words = text("text");
        let [left, word] = words.as_slice() else { panic!("two words: {words:?}") };
        assert_eq!(root.attribute("aria-label"), Some(format!("{left}: {word}").as_str()));
        assert_eq!(left, "MTA-STS");
        let word = word.clone();
        let title = text("title").pop().expect("a title");
        Self { got, word, title }
    }
}

const fn count(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).expect("not nought")
}

async fn start_with(limits: Limits, options: Options) -> Running {
    let zoo = Arc::new(Zoo::open().await.expect("the zoo opens"));
    let native = options.build(Some(&zoo)).expect("a native host");
    let [listener, counts] = [
        TcpListener::bind("127.0.0.1:0").await.expect("a port"),
        TcpListener::bind("127.0.0.1:0").await.expect("a port"),
    ];
    let at = listener.local_addr().expect("an address");
    let counts_at = counts.local_addr().expect("an address");
    let server = Server::with_limits(native, limits).with_zoo(Arc::clone(&zoo));
    let server = server.operated(&Operation::default(), false).expect("a role that has all it needs");
    tokio::spawn(serve::run_with_metrics(listener, Some(counts), Arc::new(server), std::future::pending()));
    Running { at, counts: counts_at, zoo }
}

async fn start(limits: Limits) -> Running {
    // Longer than whatever answers in the zoo takes.
    let options = Options { timeout: Duration::from_secs(10), ..Options::default() };
    start_with(limits, options).await
}

/// What a badge may say of a domain of the zoo, by what a check of it must come to.
fn expected(expect: &zoo::Expect) -> &'static [&'static str] {
    match (expect.delivery, expect.record, expect.policy, expect.mx_lookup) {
        ("deliver", ..) => &["enforce", "testing"],
        ("deliver-and-report", ..) => &["testing, failing"],
        ("refuse", _, _, "null") => &["no mail"],
        ("refuse", ..) => &["failing"],
        // A policy that senders can read and set aside is of mode none.
        ("no-sts", "absent", ..) | ("no-sts", "valid", "valid", _) => &["none"],
        ("no-sts", ..) => &["failing"],
        ("unknown", ..) => &["unknown"],
        (other, ..) => panic!("{other} is no delivery"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_badge_says_what_the_check_comes_to() {
    let running = Arc::new(
        start(Limits { badge_rate: count(10_000), badge_checks: count(100), ..Limits::default() }).await,
    );
    let mut badges = JoinSet::new();
    // A check takes no longer than our patience here, but for servers that are slow on purpose.
    for exhibit in running.zoo.exhibits.iter().filter(|exhibit| exhibit.seconds == 0) {
        let (running, domain, expect) = (Arc::clone(&running), exhibit.domain(), exhibit.expect.clone());
        badges.spawn(async move { (running.settled(&domain).await, domain, expect) });
    }
    let mut words = std::collections::BTreeSet::new();
    while let Some(done) = badges.join_next().await {
        let (badge, domain, expect) = done.expect("a badge");
        assert_eq!(badge.got.status, 200, "{domain}: {}", badge.title);
        assert!(expected(&expect).contains(&badge.word.as_str()), "{domain}: {badge:?}");
        assert!(badge.title.contains(&domain), "{domain}: {}", badge.title);
        assert!(badge.got.field("cache-control").is_some_and(|field| field.starts_with("public, max-age=")));
        words.insert(badge.word);
    }
    let all = ["enforce", "failing", "no mail", "none", "testing", "testing, failing", "unknown"];
    assert_eq!(words.iter().map(String::as_str).collect::<Vec<_>>(), all);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_seen_is_unknown_and_never_failing() {
    // Nobody answers DNS, so nothing is seen of any domain.
    let silent = tokio::net::UdpSocket::bind("127.0.0.1:0").await.expect("a port");
    let resolver = silent.local_addr().expect("an address").to_string();
    let options = Options {
        timeout: Duration::from_millis(200),
        resolver: Some(resolver.parse().expect("a resolver")),
        ..Options::default()
    };
    let running = start_with(Limits::default(), options).await;
    let badge = running.settled("example.com").await;
    assert_eq!((badge.got.status, badge.word.as_str()), (200, "unknown"), "{}", badge.title);

    // The limits of this server are nothing that a domain does.
    let limits = Limits {
        address_rate: count(1),
        badge_cache: Duration::ZERO,
        cache: Duration::ZERO,
        ..Limits::default()
    };
    let running = start(limits).await;
    assert_eq!(running.settled("enforce-good.zoo.test").await.word, "enforce");
    let badge = running.settled("enforce-good.zoo.test").await;
    assert_eq!(badge.word, "unknown", "its address was probed in this minute: {}", badge.title);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_the_answer_is_a_picture() {
    let running = start(Limits { badge_rate: count(2), ..Limits::default() }).await;
    for (query, status, says) in [
        ("", 400, "?domain="),
        ("?domain=", 400, "domain: "),
        ("?domain=not%20a%20domain", 400, "domain: "),
        ("?domain=%3C/title%3E%3Cscript%3Ealert(1)%3C/script%3E", 400, "domain: "),
        ("?domain=192.0.2.1", 400, "domain: "),
        ("?domain=a.example&domain=b.example", 400, "domain"),
    ] {
        let badge = Badge::of(get(running.at, &format!("/v1/badge{query}")).await);
        assert_eq!((badge.got.status, badge.word.as_str()), (status, "error"), "{query}: {}", badge.title);
        assert!(badge.title.contains(says), "{query}: {}", badge.title);
        assert_eq!(badge.got.field("cache-control"), Some("no-store"), "{query}");
    }
    for name in ["enforce-good", "testing-good"] {
        assert_eq!(running.settled(&format!("{name}.zoo.test")).await.got.status, 200);
    }
    // What is kept is given to anybody, and what has to be worked out only so often.
    assert_eq!(running.badge("enforce-good.zoo.test").await.word, "enforce");
    let badge = running.badge("no-record.zoo.test").await;
    assert_eq!((badge.got.status, badge.word.as_str()), (429, "busy"), "{}", badge.title);
    assert!(badge.title.contains("2 other domains in a minute"), "{}", badge.title);
    let wait: u64 = badge.got.field("retry-after").expect("when").parse().expect("seconds");
    assert!((1..=60).contains(&wait), "{wait}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_ask_cost_one_check() {
    let one = start(Limits::default()).await;
    assert_eq!(one.settled("enforce-good.zoo.test").await.word, "enforce");
    let of_one = one.steps("smtp").await;
    assert!(of_one > 0);

    let running = Arc::new(start(Limits::default()).await);
    let mut asking = JoinSet::new();
    for _ in 0..20 {
        let running = Arc::clone(&running);
        asking.spawn(async move { running.settled("enforce-good.zoo.test").await.word });
    }
    while let Some(word) = asking.join_next().await {
        assert_eq!(word.expect("a badge"), "enforce");
    }
    assert_eq!(running.settled("enforce-good.zoo.test").await.word, "enforce");
    assert_eq!((running.steps("policy").await, running.steps("policy-address").await), (1, 0));
    assert_eq!(running.steps("smtp").await, of_one);
    assert_eq!(running.steps("tls").await, 0, "nobody looks closer for a badge");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_goes_on_when_who_asked_has_gone() {
    let running = start(Limits::default()).await;
    let at = running.at;
    let asking = tokio::spawn(async move { get(at, "/v1/badge?domain=policy-silent.zoo.test").await });
    while running.steps("smtp").await == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    asking.abort();
    let badge = running.settled("policy-silent.zoo.test").await;
    assert_eq!(badge.word, "failing", "{}", badge.title);
    assert_eq!(running.steps("policy").await, 1);
}
