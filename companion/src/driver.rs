//! Runs a check to its end: every step as soon as it can be taken, all of them side by side.

use std::sync::Arc;
use std::time::SystemTime;

use mta_sts::facts::{HostFacts, MxFacts};
use mta_sts::{Check, Domain, Evidence, Host, Step, Witness};
use tokio::task::JoinSet;

use crate::names;
use crate::native::Native;

/// The mail hosts of a domain and their addresses, as the companion itself looks them up.
pub async fn mail_hosts(native: &Arc<Native>, domain: Domain) -> Vec<(Host, Vec<std::net::IpAddr>)> {
    let mut evidence = Evidence::new(domain, now());
    loop {
        let (mx, needed) = MxFacts::of(&evidence);
        let lookups = needed.into_iter().filter(|step| matches!(step, Step::Dns { .. }));
        let mut under_way = JoinSet::new();
        for step in lookups {
            let native = Arc::clone(native);
            under_way.spawn(async move { native.perform(step, Witness::Companion).await });
        }
        if under_way.is_empty() {
            let addresses = |host: &HostFacts<'_>| host.addresses.iter().map(|at| at.address).collect();
            return mx.hosts.iter().map(|host| (host.host.clone(), addresses(host))).collect();
        }
        evidence.entries.extend(under_way.join_all().await);
    }
}

/// Checks a domain; `quick` makes one connection to each address of a mail host and no more. `progress` is told after every
/// outcome how many steps are done and how many are under way.
pub async fn check(
    native: &Arc<Native>,
    domain: Domain,
    quick: bool,
    mut progress: impl FnMut(usize, usize),
) -> Check {
    let mut check = Check::new(domain, now());
    if quick {
        check = check.quick();
    }
    let mut under_way = JoinSet::new();
    let mut done = 0;
    loop {
        for step in check.next_steps() {
            let native = Arc::clone(native);
            under_way.spawn(async move { native.perform(step, Witness::Terminal).await });
        }
        progress(done, under_way.len());
        match under_way.join_next().await {
            Some(Ok(entry)) => check.feed_with(entry, names::of),
            Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
            None => return check,
        }
        done += 1;
    }
}

fn now() -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.map_or(0, |now| i64::try_from(now.as_secs()).unwrap_or(i64::MAX))
}
