//! A thousand probes of servers that never say a word, and one of a server that does.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::asking::get;
use crate::serving::Serving;
use crate::stage::{self, HOSTS, Stage};

const DOMAINS: u8 = 50;
/// What the server may have at most, in MiB.
const MOST: f64 = 64.0;
/// How long the probe of the server that answers may take, with a thousand others under way.
const SOON: Duration = Duration::from_secs(2);

/// Runs it, and fails where it takes too much.
pub(crate) async fn run() -> Result<(), String> {
    let stage = Stage::open().await?;
    let resolver = stage.resolver.to_string();
    let serving = Serving::start(&[
        "--resolver",
        &resolver,
        "--allow-address",
        "127.0.0.0/8",
        "--timeout",
        "30",
        "--max-steps",
        "4000",
        "--client-steps",
        "4000",
        "--client-burst",
        "4000",
        "--connections",
        "8192",
    ])?;
    let memory = |which| serving.memory(which).ok_or("the memory of a process is seen on Linux alone");
    let idle = memory("VmRSS")?;
    let mut probes = JoinSet::new();
    let wanted = usize::from(DOMAINS) * usize::from(HOSTS);
    for domain in 0..DOMAINS {
        for host in 0..HOSTS {
            let at = serving.at;
            let (domain, host, address) = stage::silent(domain, host);
            let path = format!("/v1/smtp?domain={domain}&host={host}&address={address}");
            probes.spawn(async move { get(at, &path, "").await });
        }
    }
    let begun = Instant::now();
    while serving.under_way().await? < wanted {
        if begun.elapsed() > Duration::from_secs(25) {
            return Err(format!("only {} of {wanted} probes are under way", serving.under_way().await?));
        }
        sleep(Duration::from_millis(50)).await;
    }
    println!("{wanted} probes under way after {:.1} s", begun.elapsed().as_secs_f64());

    let (domain, host, address) = stage::fast(0, 0);
    let path = format!("/v1/smtp?domain={domain}&host={host}&address={address}");
    let asked = Instant::now();
    let (status, body) = get(serving.at, &path, "").await?;
    let took = asked.elapsed();
    if status != 200 || !body.contains("\"not-offered\"") {
        return Err(format!("the fast one: {status} {body}"));
    }
    let still = serving.under_way().await?;
    println!("a fast one answers in {} ms, with {still} others under way", took.as_millis());

    let (mut silent, mut other) = (0, Vec::new());
    for got in probes.join_all().await {
        match got {
            Ok((200, body)) if body.contains("\"stage\":\"banner\"") && body.contains("\"silent\"") => {
                silent += 1
            }
            other_than => other.push(other_than),
        }
    }
    let peak = memory("VmHWM")?;
    println!("{silent} of {wanted} answered: no greeting in time");
    println!("memory: {idle:.1} MiB idle, {peak:.1} MiB at most");
    if let Some(first) = other.first() {
        return Err(format!("{} came to something else: {first:?}", other.len()));
    }
    if still < wanted {
        return Err("some had ended before the fast one was asked for".into());
    }
    if took > SOON {
        return Err(format!("the fast one took longer than {SOON:?}"));
    }
    if peak > MOST { Err(format!("that is more than {MOST} MiB")) } else { Ok(()) }
}
