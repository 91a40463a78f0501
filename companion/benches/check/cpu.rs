//! The CPU of a check against that of the handshakes in it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use companion::driver;
use companion::native::Native;
use mta_sts::{Domain, Evidence, Outcome, Step};
use rustix::time::{ClockId, clock_gettime};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::bare::{self, Peer};
use crate::servers::Servers;

/// Domains with all in order: two hosts with an address each, and one with many addresses.
const DOMAINS: [&str; 2] = ["enforce-good.zoo.test", "mx-many-addresses.zoo.test"];
/// Checks in a row before the others get their turn.
const CHECKS: u32 = 50;
/// Turns of each; the median counts.
const TURNS: usize = 11;
/// What a check may take, as a multiple of its handshakes.
const MOST: f64 = 1.5;

/// Runs it, and fails where a check takes too much.
pub(crate) async fn run() -> Result<(), String> {
    let servers = Servers::start()?;
    let table = servers.table();
    let native = servers.native(servers.resolver(), table.clone())?;
    let connector = bare::connector(&servers.trust()?)?;
    println!(
        "CPU of this process, in ms per check; the servers are another process. Median of {TURNS} turns of {CHECKS} checks."
    );
    let mut too_much = Vec::new();
    for name in DOMAINS {
        let domain = Domain::parse(name).map_err(|error| error.to_string())?;
        let evidence =
            driver::check(&native, domain.clone(), mta_sts::Check::quick, |_, _| {}).await.evidence().clone();
        let peers = peers(&evidence, &table)?;
        // Both warm.
        check(&native, &domain, CHECKS).await;
        shake(&connector, &peers, CHECKS).await?;
        let mut turns = Vec::new();
        for _ in 0..TURNS {
            let begin = cpu();
            check(&native, &domain, CHECKS).await;
            let between = cpu();
            shake(&connector, &peers, CHECKS).await?;
            let end = cpu();
            let each = |time: Duration| time.as_secs_f64() * 1e3 / f64::from(CHECKS);
            turns.push((each(between - begin), each(end - between)));
        }
        turns.sort_by(|(a, b), (c, d)| (a / b).total_cmp(&(c / d)));
        let Some((whole, bare)) = turns.get(TURNS / 2) else { return Err("no turn".into()) };
        let ratio = whole / bare;
        println!(
            "{name}: {} handshakes; check {whole:.2}, handshakes alone {bare:.2}, ratio {ratio:.2}",
            peers.len()
        );
        if ratio > MOST {
            too_much.push(name);
        }
    }
    if too_much.is_empty() { Ok(()) } else { Err(format!("more than {MOST} times: {}", too_much.join(", "))) }
}

/// Checks for ten seconds, for a profiler to look at.
pub(crate) async fn profile() -> Result<(), String> {
    let servers = Servers::start()?;
    let native = servers.native(servers.resolver(), servers.table())?;
    let domain = Domain::parse(DOMAINS[0]).map_err(|error| error.to_string())?;
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(10) {
        check(&native, &domain, 1).await;
    }
    Ok(())
}

async fn check(native: &Arc<Native>, domain: &Domain, times: u32) {
    for _ in 0..times {
        std::hint::black_box(
            driver::check(native, domain.clone(), mta_sts::Check::quick, |_, _| {}).await.report(),
        );
    }
}

async fn shake(connector: &TlsConnector, peers: &[Peer], times: u32) -> Result<(), String> {
    for _ in 0..times {
        bare::shake_hands(connector, peers).await?;
    }
    Ok(())
}

/// Whom the check shook hands with.
fn peers(evidence: &Evidence, table: &BTreeMap<SocketAddr, SocketAddr>) -> Result<Vec<Peer>, String> {
    let mut peers = Vec::new();
    for entry in &evidence.entries {
        let (name, address, port) = match (&entry.step, &entry.outcome) {
            (Step::Smtp { host, address, .. }, Outcome::Session(session)) if session.tls.is_some() => {
                (host.as_str().to_owned(), *address, 25)
            }
            (Step::Policy { domain }, Outcome::Http(answer)) => {
                (domain.policy_host(), answer.address.ok_or("no address")?, 443)
            }
            _ => continue,
        };
        let at = table.get(&SocketAddr::new(address, port)).ok_or("an address that is not of the zoo")?;
        let name = ServerName::try_from(name).map_err(|error| error.to_string())?;
        peers.push(Peer { name, at: *at, smtp: port == 25 });
    }
    Ok(peers)
}

/// The CPU time of this process so far.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or_default())
}
