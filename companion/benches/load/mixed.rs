//! A mixed load: what is known already, what is not, what is too much, and what is meant badly.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use companion::driver;
use companion::options::Options;
use tokio::task::JoinSet;
use tokio::time::sleep;
use zoo::Zoo;

use crate::asking::{dawdle, get};
use crate::serving::Serving;

/// Who ask at the same time.
const WORKERS: u64 = 40;
/// Who send half a head and wait, beside them.
const DAWDLERS: u64 = 10;
/// Resident memory may grow by this much between the second minute and the last, in MiB.
const GROWTH: f64 = 8.0;

const KINDS: [&str; 5] = ["kept", "fresh", "too many", "bad", "never answers"];

/// What came of the requests of each kind.
#[derive(Default)]
struct Tally {
    /// By kind: how long each took, in microseconds.
    took: BTreeMap<&'static str, Vec<u32>>,
    statuses: BTreeMap<(&'static str, u16), u64>,
    lost: Vec<String>,
}

/// Paths to ask for.
struct Paths {
    fresh: Vec<String>,
    silent: Vec<String>,
}

/// Runs it for `time`, and fails where a request has no answer, or one it must not have, or memory keeps growing.
pub(crate) async fn run(time: Duration) -> Result<(), String> {
    let paths = Arc::new(paths().await?);
    let serving = Serving::start(&[
        "--zoo",
        "--timeout",
        "5",
        "--cache",
        "2",
        "--trusted-proxy",
        "127.0.0.0/8",
        "--client-rate",
        "600",
        "--client-burst",
        "100",
        "--address-rate",
        "600",
        "--policy-rate",
        "6000",
    ])?;
    let tally = Arc::new(Mutex::new(Tally::default()));
    let begun = Instant::now();
    let mut workers = JoinSet::new();
    for worker in 0..WORKERS + DAWDLERS {
        let (paths, tally, at) = (Arc::clone(&paths), Arc::clone(&tally), serving.at);
        workers.spawn(async move {
            let chance = Chance(AtomicU64::new(worker * 7919 + 1));
            while begun.elapsed() < time {
                let kind = match worker {
                    0..WORKERS => KINDS[[0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4][chance.below(13)]],
                    _ => "slow client",
                };
                one(kind, &paths, &chance, at, &tally).await;
                sleep(Duration::from_millis(u64::try_from(chance.below(60)).unwrap_or(0))).await;
            }
        });
    }
    let mut memory = Vec::new();
    while !workers.is_empty() {
        let minute = Duration::from_secs(60);
        tokio::select! {
            () = sleep(minute.min(time)) => {
                let now = serving.memory("VmRSS").ok_or("the memory of a process is seen on Linux alone")?;
                println!("{:4} s  {now:.1} MiB resident", begun.elapsed().as_secs());
                memory.push(now);
            }
            ended = workers.join_next() => ended.transpose().map(drop).map_err(|error| error.to_string())?,
        }
    }
    let left = serving.under_way().await?;
    let tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
    print(&tally, begun.elapsed());
    println!(
        "memory at most {:.1} MiB; steps under way at the end: {left}",
        serving.memory("VmHWM").unwrap_or(0.0)
    );
    if let Some(lost) = tally.lost.first() {
        return Err(format!("{} requests had no answer, or not the right one: {lost}", tally.lost.len()));
    }
    match memory.as_slice() {
        [_, second, .., last] if last - second > GROWTH => {
            Err(format!("memory grew from {second:.1} to {last:.1} MiB"))
        }
        _ => Ok(()),
    }
}

/// The steps of all domains of the zoo, which has the same addresses in every process.
async fn paths() -> Result<Paths, String> {
    let zoo = Zoo::open().await.map_err(|error| error.to_string())?;
    let native = Options { timeout: Duration::from_secs(2), ..Options::default() }.build(Some(&zoo))?;
    let mut paths = Paths { fresh: Vec::new(), silent: Vec::new() };
    for exhibit in &zoo.exhibits {
        let name = exhibit.domain();
        let Ok(domain) = mta_sts::Domain::parse(&name) else { continue };
        let slow = ["silent", "times-out", "slow", "endless", "byte"].iter().any(|word| name.contains(word));
        let list = if slow { &mut paths.silent } else { &mut paths.fresh };
        list.push(format!("/v1/policy?domain={name}"));
        let patience = || Instant::now() + native.timeout;
        for host in driver::mail_hosts(&native, domain, patience().into()).await.unwrap_or_default() {
            for address in native.addresses(host.as_str(), patience().into()).await.unwrap_or_default() {
                list.push(format!("/v1/smtp?domain={name}&host={host}&address={address}"));
            }
        }
    }
    println!("{} steps that answer soon, {} that do not", paths.fresh.len(), paths.silent.len());
    Ok(paths)
}

async fn one(
    kind: &'static str,
    paths: &Paths,
    chance: &Chance,
    at: std::net::SocketAddr,
    tally: &Mutex<Tally>,
) {
    const BAD: [&str; 7] = [
        "/v1/smtp?domain=enforce-good.zoo.test&host=mx1.enforce-good.zoo.test&address=127.0.0.1",
        "/v1/policy?domain=%00%1b%5b31m",
        "/v1/policy",
        "/v1/smtp?domain=localhost&host=x&address=::1",
        "/v1/policy?domain=a.example&domain=b.example",
        "/../../etc/passwd",
        "/v1/nothing",
    ];
    let pick = |list: &[String]| list.get(chance.below(list.len().max(1))).cloned().unwrap_or_default();
    let client = format!("198.51.100.{}", chance.below(250));
    let (path, client, right): (String, String, &[u16]) = match kind {
        "kept" => ("/v1/policy?domain=enforce-good.zoo.test".to_owned(), client, &[200]),
        "fresh" => (pick(&paths.fresh), client, &[200, 429]),
        // One client asks for all of these.
        "too many" => {
            ("/v1/policy?domain=one-of-two.zoo.test".to_owned(), "203.0.113.1".to_owned(), &[200, 429])
        }
        "bad" => (BAD[chance.below(BAD.len())].to_owned(), client, &[400, 403, 404]),
        "never answers" => (pick(&paths.silent), client, &[200, 429]),
        _ => (String::new(), client, &[0]),
    };
    let begun = Instant::now();
    let got = match kind {
        "slow client" => dawdle(at).await.map(|_| (0, String::new())),
        _ => get(at, &path, &client).await,
    };
    let took = u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX);
    let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
    match got {
        Ok((status, body)) => {
            tally.took.entry(kind).or_default().push(took);
            *tally.statuses.entry((kind, status)).or_default() += 1;
            if !right.contains(&status) {
                tally.lost.push(format!("{path}: {status} {body}"));
            } else if status == 429 && !body.contains("\"retry_after\":") {
                tally.lost.push(format!("{path}: 429 without a time: {body}"));
            }
        }
        Err(why) => tally.lost.push(format!("{kind} {path}: {why}")),
    }
}

fn print(tally: &Tally, time: Duration) {
    let all: usize = tally.took.values().map(Vec::len).sum();
    let rate = f64::from(u32::try_from(all).unwrap_or(u32::MAX)) / time.as_secs_f64();
    println!("{all} requests in {} s, {rate:.0} a second; lost: {}", time.as_secs(), tally.lost.len());
    println!("kind             requests   p50 ms   p90 ms   p99 ms   max ms  statuses");
    for (kind, took) in &tally.took {
        let mut took = took.clone();
        took.sort_unstable();
        let at = |percent: usize| {
            let index = (took.len().saturating_sub(1)) * percent / 100;
            f64::from(took.get(index).copied().unwrap_or(0)) / 1000.0
        };
        let of_kind = tally.statuses.iter().filter(|((of, _), _)| of == kind);
        let statuses: Vec<String> =
            of_kind.map(|((_, status), count)| format!("{status}: {count}")).collect();
        let count = took.len();
        let [p50, p90, p99, max] = [at(50), at(90), at(99), at(100)];
        println!("{kind:15} {count:9} {p50:8.1} {p90:8.1} {p99:8.1} {max:8.1}  {}", statuses.join(", "));
    }
}

/// Numbers as if by chance, the same in every run (xorshift).
struct Chance(AtomicU64);

impl Chance {
    /// A number below `end`, which is not nought.
    fn below(&self, end: usize) -> usize {
        let mut state = self.0.load(Ordering::Relaxed);
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        self.0.store(state, Ordering::Relaxed);
        usize::try_from(state >> 11).unwrap_or(0) % end
    }
}
