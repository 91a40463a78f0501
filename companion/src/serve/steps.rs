//! Carries steps out: at most once for all who ask for the same within a short time, and within the limits.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use moka::future::Cache;
use mta_sts::evidence::Hello;
use mta_sts::{Domain, Entry, Failure, Host, Outcome, Step, Witness};
use serde::Serialize;
use tokio::time::Instant;

use super::Server;
use super::gate::Pass;
use super::metrics::{self, From};
use super::problem::Problem;
use super::settings::Limits;
use crate::driver;
use crate::guard::Class;
use crate::text::Safe;

/// How long the mail hosts of a domain, and the addresses of a host, are remembered, so that a check of many addresses looks
/// them up once.
const REMEMBER: Duration = Duration::from_secs(30);
/// Most domains, and most hosts, of which that is remembered: some kilobytes each, as a check looks at no more.
const MAX_REMEMBERED: u64 = 10_000;
/// Most octets of answers that are kept: what their JSON has.
const MAX_KEPT: u64 = 16 * 1024 * 1024;

/// What is known already.
pub(super) struct Known {
    /// The mail hosts of domains.
    hosts: Cache<Domain, Arc<Vec<Host>>>,
    /// The addresses of mail hosts and policy hosts.
    addresses: Cache<String, Arc<Vec<IpAddr>>>,
    answers: Cache<Target, Arc<Kept>>,
}

/// What an outcome belongs to. The probe of an address is the same for every domain it takes mail for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Target {
    Policy(Domain),
    PolicyAddress(Domain, IpAddr),
    PolicyAsBrowser(Domain),
    Smtp(Host, IpAddr, Option<Hello>),
}

/// What came of a step.
#[derive(Debug)]
pub(super) struct Kept {
    took_ms: u32,
    outcome: Outcome,
    /// When it was there.
    at: Instant,
    /// How old it was then, where another process kept it.
    age: Duration,
    /// How many octets its JSON has.
    size: u32,
}

/// Why an outcome is not kept.
#[derive(Debug)]
enum NotKept {
    /// There is none.
    Problem(Problem),
    /// It is not about the target: our own resolver, or our own network.
    Passing(Arc<Kept>),
}

/// What a step endpoint answers.
#[derive(Serialize)]
pub(super) struct Answer<'o> {
    /// How long the step took when it was carried out, in milliseconds.
    took_ms: u32,
    /// How long ago that was, in milliseconds.
    age_ms: u64,
    outcome: &'o Outcome,
}

impl Kept {
    fn new(took_ms: u32, age: Duration, outcome: Outcome) -> Self {
        let size = serde_json::to_vec(&outcome).map_or(0, |json| json.len());
        let size = u32::try_from(size).unwrap_or(u32::MAX);
        Self { took_ms, outcome, at: Instant::now(), age, size }
    }

    pub(super) fn answer(&self) -> Answer<'_> {
        let age = self.at.elapsed() + self.age;
        let age_ms = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
        Answer { took_ms: self.took_ms, age_ms, outcome: &self.outcome }
    }

    /// The same as an entry of this process's own evidence.
    pub(super) fn entry(&self, step: Step) -> Entry {
        let outcome = self.outcome.clone();
        Entry { step, by: Witness::Companion, via: None, took_ms: self.took_ms, outcome }
    }

    /// Whether it says something of the target, which will be the same in a moment.
    fn is_lasting(&self) -> bool {
        !matches!(
            self.outcome,
            Outcome::Failed(
                Failure::Unreachable { .. }
                    | Failure::Companion { .. }
                    | Failure::Dns { .. }
                    | Failure::ConnectTimeout { proven: false }
                    | Failure::NoRoute { proven: false }
                    | Failure::PortBlocked { .. }
                    | Failure::OptedOut { .. }
            )
        )
    }
}

impl Known {
    pub(super) fn new(limits: &Limits) -> Self {
        // An entry that lives no time at all is still shared by all who wait for it.
        let keep = limits.cache.max(Duration::from_nanos(1));
        Self {
            hosts: Cache::builder().max_capacity(MAX_REMEMBERED).time_to_live(REMEMBER).build(),
            addresses: Cache::builder().max_capacity(MAX_REMEMBERED).time_to_live(REMEMBER).build(),
            answers: Cache::builder()
                .weigher(|_, kept: &Arc<Kept>| kept.size.saturating_add(512))
                .max_capacity(MAX_KEPT)
                .time_to_live(keep)
                .build(),
        }
    }
}

impl Server {
    /// Carries out a step, or gives what came of it for somebody else. It is carried out to its end even where nobody waits
    /// for it any more, so that going away and coming back does not dial twice.
    pub(super) async fn answer(
        self: &Arc<Self>,
        step: Step,
        pass: Option<Pass>,
        deadline: Instant,
    ) -> Result<Arc<Kept>, Problem> {
        let server = Arc::clone(self);
        let answering = self.steps.spawn(async move {
            let _pass = pass;
            server.look_up_or_carry_out(step, deadline).await
        });
        answering.await.unwrap_or_else(|_| Err(Problem::broken()))
    }

    async fn look_up_or_carry_out(&self, step: Step, deadline: Instant) -> Result<Arc<Kept>, Problem> {
        let (domain, target) = match &step {
            Step::Policy { domain } => (domain, Target::Policy(domain.clone())),
            Step::PolicyAddress { domain, address } => {
                self.judge_policy_address(domain, *address, deadline).await?;
                (domain, Target::PolicyAddress(domain.clone(), *address))
            }
            Step::PolicyAsBrowser { domain } => (domain, Target::PolicyAsBrowser(domain.clone())),
            Step::Smtp { domain, host, address } => {
                self.judge_mail_host(domain, host, *address, deadline).await?;
                (domain, Target::Smtp(host.clone(), *address, None))
            }
            Step::Tls { domain, host, address, hello } => {
                self.judge_mail_host(domain, host, *address, deadline).await?;
                (domain, Target::Smtp(host.clone(), *address, Some(*hello)))
            }
            Step::Dns { .. } => return Err(Problem::bad_parameter("DNS is not asked here".into())),
        };
        if let Some(outcome) = self.opted_out(&step) {
            return Ok(Arc::new(Kept::new(0, Duration::ZERO, outcome)));
        }
        if let Some(kept) = self.known.answers.get(&target).await {
            self.metrics.answered(From::Cache);
            return Ok(kept);
        }
        let mut from = From::Shared;
        // On the heap, as the cache has room for two of it.
        let carrying_out = Box::pin(async {
            from = From::Target;
            let kept = self.carry_out(&step, domain, deadline).await.map_err(NotKept::Problem)?;
            if let (Outcome::Failed(failure), Some(dials)) = (&kept.outcome, &self.native.guard.dials)
                && let Some(limit) = Class::crowded(failure)
            {
                let title = "the policy host was dialled often just now";
                return Err(NotKept::Problem(Problem::limit("address-rate", title, limit, dials.wait)));
            }
            if kept.is_lasting() { Ok(kept) } else { Err(NotKept::Passing(kept)) }
        });
        let came = self.known.answers.try_get_with(target, carrying_out).await;
        self.metrics.answered(from);
        match came {
            Ok(kept) => Ok(kept),
            Err(reason) => match &*reason {
                NotKept::Passing(kept) => Ok(Arc::clone(kept)),
                NotKept::Problem(problem) => Err(problem.clone()),
            },
        }
    }

    /// Carries out a step of a check of `domain`.
    async fn carry_out(&self, step: &Step, domain: &Domain, deadline: Instant) -> Result<Arc<Kept>, Problem> {
        // How often an address of policy hosts is dialled is the guard's to count.
        let _at_target = self.counts.target(domain, step.mail_address(), deadline).await?;
        let _under_way = self.metrics.begin();
        let begun = Instant::now();
        let kept = match &self.prober {
            Some(prober) if step.mail_address().is_some() => {
                let answer = prober.probe(step).await?;
                Kept::new(answer.took_ms, Duration::from_millis(answer.age_ms), answer.outcome)
            }
            _ => {
                let entry = self.native.perform(step.clone(), Witness::Companion).await;
                Kept::new(entry.took_ms, Duration::ZERO, entry.outcome)
            }
        };
        self.metrics.done(step, &kept.outcome, begun.elapsed());
        let (what, result, stage) = metrics::words(step, &kept.outcome);
        tracing::info!(step = what, result, stage, took_ms = kept.took_ms, "done");
        // Whom people ask for is nobody's business, so it is written down only for who looks for a fault.
        match step {
            Step::Smtp { host, address, .. } | Step::Tls { host, address, .. } => {
                tracing::debug!(%domain, host = %Safe(host.as_str()), %address, result, "probed");
            }
            _ => tracing::debug!(%domain, result, "fetched"),
        }
        Ok(Arc::new(kept))
    }

    /// The outcome of a step whose target asked not to be dialled.
    fn opted_out(&self, step: &Step) -> Option<Outcome> {
        let list = &self.native.guard.opt_out;
        let listed = |name: &str| list.has_name(name).then(|| name.to_owned());
        let name = match step {
            Step::Policy { domain }
            | Step::PolicyAddress { domain, .. }
            | Step::PolicyAsBrowser { domain } => listed(&domain.policy_host()),
            Step::Smtp { domain, host, address } | Step::Tls { domain, host, address, .. } => {
                listed(domain.as_str())
                    .or_else(|| listed(host.as_str()))
                    .or_else(|| list.has_address(*address).then(|| address.to_string()))
            }
            Step::Dns { .. } => None,
        };
        name.map(|name| Outcome::Failed(Failure::OptedOut { name }))
    }

    /// Whether `host` with `address` is a mail host of `domain`, as this process itself looks it up.
    ///
    /// # Errors
    /// It is none, or it cannot be looked up.
    async fn judge_mail_host(
        &self,
        domain: &Domain,
        host: &Host,
        address: IpAddr,
        deadline: Instant,
    ) -> Result<(), Problem> {
        // One lookup serves all that ask meanwhile. Nothing is remembered of one that fails.
        let look_up = async {
            let _place = self.counts.lookup(deadline).await?;
            let until = Instant::now() + self.native.timeout;
            let hosts = driver::mail_hosts(&self.native, domain.clone(), until).await;
            hosts.map(Arc::new).map_err(|failure| lookup_failed(domain.as_str(), &failure))
        };
        let hosts = self.known.hosts.try_get_with(domain.clone(), look_up).await;
        let hosts = hosts.map_err(|problem| Problem::clone(&problem))?;
        if !hosts.contains(host) || !self.has_address(host.as_str(), address, deadline).await? {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "not-a-mail-host",
                "this is no mail host of the domain",
                format!(
                    "the companion finds no host {host} with the address {address} among the mail hosts of {domain}"
                ),
            ));
        }
        Ok(())
    }

    /// Whether `address` is one of the policy host of `domain`, as this process itself looks it up.
    ///
    /// # Errors
    /// It is none, or it cannot be looked up.
    async fn judge_policy_address(
        &self,
        domain: &Domain,
        address: IpAddr,
        deadline: Instant,
    ) -> Result<(), Problem> {
        let host = domain.policy_host();
        if !self.has_address(&host, address, deadline).await? {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "not-a-policy-host",
                "this is no address of the policy host",
                format!("the companion does not find {address} among the addresses of {host}"),
            ));
        }
        Ok(())
    }

    /// Whether `address` is one of those of `host` that a check looks at.
    ///
    /// # Errors
    /// That cannot be told, as they cannot all be looked up.
    async fn has_address(&self, host: &str, address: IpAddr, deadline: Instant) -> Result<bool, Problem> {
        let look_up = async {
            let _place = self.counts.lookup(deadline).await.map_err(NoAddresses::Problem)?;
            let until = Instant::now() + self.native.timeout;
            match self.native.addresses_so_far(host, until).await {
                (addresses, None | Some(Failure::NxDomain)) => Ok(Arc::new(addresses)),
                (addresses, Some(failure)) => Err(NoAddresses::NotAll(addresses, failure)),
            }
        };
        match self.known.addresses.try_get_with(host.to_owned(), look_up).await {
            Ok(addresses) => Ok(addresses.contains(&address)),
            Err(reason) => match &*reason {
                NoAddresses::NotAll(addresses, _) if addresses.contains(&address) => Ok(true),
                NoAddresses::NotAll(_, failure) => Err(lookup_failed(host, failure)),
                NoAddresses::Problem(problem) => Err(problem.clone()),
            },
        }
    }
}

/// Why the addresses of a host are not remembered.
#[derive(Debug)]
enum NoAddresses {
    /// They are not looked up.
    Problem(Problem),
    /// Some may be missing.
    NotAll(Vec<IpAddr>, Failure),
}

fn lookup_failed(name: &str, failure: &Failure) -> Problem {
    Problem::new(
        StatusCode::BAD_GATEWAY,
        "lookup-failed",
        "the companion cannot look the name up",
        format!("{name}: {}", failure.in_words()),
    )
}
