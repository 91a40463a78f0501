//! How long a person waits for the verdict where every round trip takes its time, against the longest chain of round trips
//! that each need the one before.

use std::collections::BTreeMap;
use std::convert::identity;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use companion::driver;
use mta_sts::{Domain, Outcome, Step};
use tokio::task::JoinSet;

use crate::delay;
use crate::servers::Servers;

/// A round trip to anybody.
const ROUND_TRIP: Duration = Duration::from_millis(100);
/// A round trip to the host that is further away.
const FAR: Duration = Duration::from_millis(600);
/// All in order, with two hosts.
const DOMAIN: &str = "enforce-good.zoo.test";
/// What the verdict needs of a mail host, each round trip after the one before: MX, the host's address, the greeting (half
/// a one, as the connection itself is not delayed), EHLO, STARTTLS, the handshake of TLS 1.3, EHLO again.
const LOOKUPS: f64 = 2.0;
const SESSION: f64 = 4.5;
/// What it may take, as a multiple of that.
const MOST: f64 = 1.15;

/// Runs it, and fails where a check takes too long.
pub(crate) async fn run() -> Result<(), String> {
    let servers = Servers::start()?;
    let mut late = false;
    println!("round trips of {} ms injected; connections themselves stand at once", ROUND_TRIP.as_millis());
    let seen = Seen::of(&servers, None).await?;
    let near = ROUND_TRIP.mul_f64(LOOKUPS + SESSION);
    late |= seen.judge("all servers alike", near);

    let first = seen.hosts.first().map(|(address, _)| *address).ok_or("no host")?;
    let seen = Seen::of(&servers, Some(first)).await?;
    let far = ROUND_TRIP.mul_f64(LOOKUPS) + FAR.mul_f64(SESSION);
    late |= seen.judge(&format!("one host with {} ms", FAR.as_millis()), far);
    for (address, took) in &seen.hosts {
        let needed = if *address == first { far } else { near };
        println!(
            "  {address}: its row after {} ms, of {} that it needs",
            took.as_millis(),
            needed.as_millis()
        );
        late |= took.as_secs_f64() > needed.as_secs_f64() * MOST;
    }
    if late { Err(format!("more than {MOST} times what is needed")) } else { Ok(()) }
}

/// When things were there.
struct Seen {
    verdict: Duration,
    /// The result of each address of a mail host.
    hosts: Vec<(SocketAddr, Duration)>,
}

impl Seen {
    /// Checks the domain; `far` is further away than the others.
    async fn of(servers: &Servers, far: Option<SocketAddr>) -> Result<Self, String> {
        let said = |error: std::io::Error| error.to_string();
        let mut tasks = JoinSet::new();
        let resolver = delay::udp(servers.resolver(), ROUND_TRIP / 2, &mut tasks).await.map_err(said)?;
        let domain = Domain::parse(DOMAIN).map_err(|error| error.to_string())?;
        // Only the servers of this domain, as every one takes a port.
        let direct = servers.native(servers.resolver(), servers.table())?;
        let check = driver::check(&direct, domain.clone(), mta_sts::Check::quick, |_, _| {}).await;
        let mut table = BTreeMap::new();
        for entry in &check.evidence().entries {
            let address = match (&entry.step, &entry.outcome) {
                (Step::Smtp { address, .. }, _) => SocketAddr::new(*address, 25),
                (Step::Policy { .. }, Outcome::Http(answer)) => {
                    SocketAddr::new(answer.address.ok_or("no address")?, 443)
                }
                _ => continue,
            };
            let round_trip = if far == Some(address) { FAR } else { ROUND_TRIP };
            let at = *servers.table().get(&address).ok_or("an address that is not of the zoo")?;
            table.insert(address, delay::tcp(at, round_trip / 2, &mut tasks).await.map_err(said)?);
        }
        let native = servers.native(resolver, table)?;
        let mut seen = Self { verdict: Duration::ZERO, hosts: Vec::new() };
        let begun = Instant::now();
        driver::check(&native, domain, identity, |check, under_way| {
            let evidence = check.evidence();
            if seen.verdict.is_zero() && !under_way.iter().any(|step| evidence.decides(step)) {
                seen.verdict = begun.elapsed();
            }
            if let Some(Step::Smtp { address, .. }) = evidence.entries.last().map(|entry| &entry.step) {
                let address = SocketAddr::new(*address, 25);
                if !seen.hosts.iter().any(|(known, _)| *known == address) {
                    seen.hosts.push((address, begun.elapsed()));
                }
            }
        })
        .await;
        Ok(seen)
    }

    /// Prints it beside what is needed, and says whether it is too much.
    fn judge(&self, what: &str, needed: Duration) -> bool {
        let ratio = self.verdict.as_secs_f64() / needed.as_secs_f64();
        println!(
            "{what}: verdict after {} ms, of {} that the longest chain needs, ratio {ratio:.2}",
            self.verdict.as_millis(),
            needed.as_millis()
        );
        ratio > MOST
    }
}
