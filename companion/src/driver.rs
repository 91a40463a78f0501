//! Runs a check to its end: every step as soon as it can be taken, all of them side by side.

use std::sync::Arc;
use std::time::SystemTime;

use mta_sts::dns::Kind;
use mta_sts::facts::Facts;
use mta_sts::{Check, Domain, Host, Step, Witness};
use tokio::task::JoinSet;

use crate::native::Native;

/// Checks a domain. `progress` is told after every outcome how many steps are done and how many are
/// under way.
pub async fn check(native: &Arc<Native>, domain: Domain, mut progress: impl FnMut(usize, usize)) -> Check {
    let mut check = Check::new(domain, now());
    run(native, &mut check, |_| true, &mut progress).await;
    check
}

/// The mail hosts of a domain and their addresses, as the companion itself looks them up.
pub async fn mail_hosts(native: &Arc<Native>, domain: Domain) -> Vec<(Host, Vec<std::net::IpAddr>)> {
    let policy_host = domain.policy_host();
    let mut check = Check::new(domain, now());
    let wanted = |step: &Step| match step {
        Step::Dns { rrtype: Kind::Txt, .. } | Step::Policy { .. } | Step::Smtp { .. } => false,
        Step::Dns { name, .. } => *name != policy_host,
    };
    run(native, &mut check, wanted, &mut |_, _| {}).await;
    let facts = Facts::read(check.evidence());
    let hosts = facts.mx.hosts.iter();
    hosts
        .map(|host| (host.host.clone(), host.addresses.iter().map(|address| address.address).collect()))
        .collect()
}

async fn run(
    native: &Arc<Native>,
    check: &mut Check,
    wanted: impl Fn(&Step) -> bool,
    progress: &mut impl FnMut(usize, usize),
) {
    let mut under_way = JoinSet::new();
    let mut done = 0;
    loop {
        for step in check.next_steps().into_iter().filter(&wanted) {
            let native = Arc::clone(native);
            under_way.spawn(async move { native.perform(step, Witness::Terminal).await });
        }
        progress(done, under_way.len());
        match under_way.join_next().await {
            Some(Ok(entry)) => check.feed(entry),
            Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
            None => return,
        }
        done += 1;
    }
}

fn now() -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.map_or(0, |now| i64::try_from(now.as_secs()).unwrap_or(i64::MAX))
}
