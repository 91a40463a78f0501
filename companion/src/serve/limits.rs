//! How much one client may ask for, and how much one target is dialled. Every table here is bounded: what was not used
//! for a while, or least of all, is forgotten first.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use moka::future::Cache;
use mta_sts::Domain;
use tokio::time::Instant;

use super::client::Client;
use super::gate::{Gate, Pass};
use super::problem::Problem;
use super::settings::Limits;
use crate::guard::plain;

/// Most clients, addresses and domains of which a count is kept.
const MAX_KNOWN: u64 = 50_000;
/// How long a count is kept that nobody needs. A rate must be whole again before, so it is no less than a minute.
const FORGET: Duration = Duration::from_secs(600);

/// Keeps all counts.
pub(super) struct Counts {
    limits: Limits,
    /// The longest that one who got in stays inside.
    stay: Duration,
    clients: Cache<Client, Arc<Known>>,
    addresses: Cache<IpAddr, Arc<Known>>,
    domains: Cache<Domain, Arc<Gate>>,
    /// The rates of clients that ask for badges.
    badges: Cache<Client, Arc<DefaultDirectRateLimiter>>,
    all: Arc<Gate>,
}

/// What one client has asked for, or one address was dialled for.
struct Known {
    rate: DefaultDirectRateLimiter,
    gate: Arc<Gate>,
}

impl Known {
    fn new(each_minute: NonZeroU32, burst: NonZeroU32, places: NonZeroU32) -> Arc<Self> {
        let quota = Quota::per_minute(each_minute).allow_burst(burst);
        Arc::new(Self { rate: RateLimiter::direct(quota), gate: gate(places) })
    }

    /// Takes one from the rate.
    ///
    /// # Errors
    /// It is used up: how long until there is one again.
    fn take(&self) -> Result<(), Duration> {
        taken(&self.rate)
    }
}

/// Takes one from a rate.
///
/// # Errors
/// It is used up: how long until there is one again.
fn taken(rate: &DefaultDirectRateLimiter) -> Result<(), Duration> {
    rate.check().map_err(|until| until.wait_time_from(DefaultClock::default().now()))
}

fn gate(places: NonZeroU32) -> Arc<Gate> {
    Gate::new(usize::try_from(places.get()).unwrap_or(usize::MAX))
}

/// Leave to carry out a step at its target.
pub(super) struct AtTarget {
    _passes: Vec<Pass>,
}

impl Counts {
    /// No counts yet. `timeout` is how long a step takes at most.
    pub(super) fn new(limits: Limits, timeout: Duration) -> Self {
        fn table<K: std::hash::Hash + Eq + Send + Sync + 'static, V: Clone + Send + Sync + 'static>()
        -> Cache<K, V> {
            Cache::builder().max_capacity(MAX_KNOWN).time_to_idle(FORGET).build()
        }
        let all = gate(limits.max_steps);
        Self {
            limits,
            stay: timeout,
            clients: table(),
            addresses: table(),
            domains: table(),
            badges: table(),
            all,
        }
    }

    /// Until when one who comes now waits, at all gates together.
    pub(super) fn patience(&self) -> Instant {
        Instant::now() + self.limits.queue
    }

    /// Lets a client in, for one step.
    ///
    /// # Errors
    /// It has asked for more than it may.
    pub(super) async fn client(&self, client: Client, deadline: Instant) -> Result<Pass, Problem> {
        let Limits { client_rate, client_burst, client_steps, .. } = self.limits;
        let fresh = async { Known::new(client_rate, client_burst, client_steps) };
        let known = self.clients.get_with(client, fresh).await;
        known.take().map_err(|wait| {
            let limit = format!("one client may ask for {client_rate} steps in a minute");
            Problem::limit("client-rate", "too many steps from one client", &limit, wait)
        })?;
        // Inside, a step waits for its target as well.
        let stay = self.stay + self.limits.queue;
        known.gate.enter(deadline, stay).await.map_err(|wait| {
            let limit = format!("{client_steps} steps of one client are under way");
            Problem::limit("client-busy", "too many steps at once from one client", &limit, wait)
        })
    }

    /// Takes one from a client's rate of badges that have to be worked out.
    ///
    /// # Errors
    /// It has asked for more than it may.
    pub(super) async fn fresh_badge(&self, client: Client) -> Result<(), Problem> {
        let rate = self.limits.badge_rate;
        let fresh = async { Arc::new(RateLimiter::direct(Quota::per_minute(rate))) };
        taken(&*self.badges.get_with(client, fresh).await).map_err(|wait| {
            let limit = format!("one client may ask for the badges of {rate} other domains in a minute");
            Problem::limit("badge-rate", "too many badges for one client", &limit, wait)
        })
    }

    /// Lets a lookup in.
    ///
    /// # Errors
    /// Too much is under way.
    pub(super) async fn lookup(&self, deadline: Instant) -> Result<Pass, Problem> {
        self.all.enter(deadline, self.stay).await.map_err(|wait| self.busy(wait))
    }

    /// Lets a step in that dials `domain`, at `address` where that is known.
    ///
    /// # Errors
    /// The target, or the whole server, has enough to do.
    pub(super) async fn target(
        &self,
        domain: &Domain,
        address: Option<IpAddr>,
        deadline: Instant,
    ) -> Result<AtTarget, Problem> {
        let Limits { domain_steps, address_steps, address_rate, .. } = self.limits;
        let mut passes = Vec::new();
        // Inside there are further queues.
        let stay = self.stay + self.limits.queue;
        let at_domain = self.domains.get_with(domain.clone(), async { gate(domain_steps) }).await;
        passes.push(at_domain.enter(deadline, stay).await.map_err(|wait| {
            let limit = format!("{domain_steps} steps of checks of this domain are under way");
            Problem::limit("domain-busy", "the domain is being checked by others", &limit, wait)
        })?);
        if let Some(address) = address {
            let fresh = async { Known::new(address_rate, address_rate, address_steps) };
            let known = self.addresses.get_with(plain(address), fresh).await;
            passes.push(known.gate.enter(deadline, stay).await.map_err(|wait| {
                let limit = format!("{address_steps} probes of this address are under way");
                Problem::limit("address-busy", "the address is being probed by others", &limit, wait)
            })?);
            known.take().map_err(|wait| {
                let limit = format!("one address is probed {address_rate} times in a minute");
                Problem::limit("address-rate", "the address was probed often just now", &limit, wait)
            })?;
        }
        // Last, so that nobody holds a place of the whole server while waiting for a target.
        passes.push(self.all.enter(deadline, self.stay).await.map_err(|wait| self.busy(wait))?);
        Ok(AtTarget { _passes: passes })
    }

    fn busy(&self, wait: Duration) -> Problem {
        let limit = format!("{} steps are under way", self.limits.max_steps);
        Problem::limit("busy", "the companion is busy", &limit, wait)
    }
}
