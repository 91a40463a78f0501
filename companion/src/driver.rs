//! Runs a check to its end: every step as soon as it can be taken, all of them side by side.

use std::time::SystemTime;

use futures_util::FutureExt;
use futures_util::future::join_all;
use futures_util::stream::{FuturesUnordered, StreamExt};
use mta_sts::dns::Kind;
use mta_sts::evidence::Lookup;
use mta_sts::facts::{AddressLookup, MxFacts};
use mta_sts::{Check, Domain, Evidence, Failure, Host, Step, Witness};
use tokio::time::{Instant, timeout_at};

use crate::names;
use crate::native::Native;

/// The mail hosts of a domain that a check looks at, as the companion itself looks them up.
///
/// # Errors
/// They cannot be looked up, or not in time.
pub async fn mail_hosts(native: &Native, domain: Domain, deadline: Instant) -> Result<Vec<Host>, Failure> {
    let mut evidence = Evidence::new(domain, now());
    loop {
        let (mx, needed) = MxFacts::of(&evidence);
        let lookups = needed.into_iter().filter(|step| matches!(step, Step::Dns { rrtype: Kind::Mx, .. }));
        let lookups: Vec<_> = lookups.map(|step| native.perform(step, Witness::Companion)).collect();
        if lookups.is_empty() {
            return match evidence.lookup(evidence.domain.as_str(), Kind::Mx) {
                Lookup::Error(error) => Err(Failure::Dns { rcode: error.rcode() }),
                Lookup::NotObserved(failure) => Err(failure),
                // RFC 5321 §5.1: the domain itself.
                Lookup::NoData { .. } => Ok(vec![Host::from(&evidence.domain)]),
                _ => {
                    let looked_at = mx.hosts.iter().filter(|host| host.lookup != AddressLookup::Skipped);
                    Ok(looked_at.map(|host| host.host.clone()).collect())
                }
            };
        }
        let answers = timeout_at(deadline, join_all(lookups)).await;
        evidence.entries.extend(answers.map_err(|_| Failure::Timeout)?);
    }
}

/// Checks a domain, with the check as `set` has set it: [`Check::quick`], or as it is.
/// `progress` is shown the check after every outcome, and which steps are under way. All of it is one task: what many checks
/// at once share out among processors is checks.
pub async fn check(
    native: &Native,
    domain: Domain,
    set: impl FnOnce(Check) -> Check,
    mut progress: impl FnMut(&Check, &[Step]),
) -> Check {
    let mut check = set(Check::new(domain, now()));
    let mut steps = FuturesUnordered::new();
    let mut under_way = Vec::new();
    loop {
        for step in check.next_steps() {
            under_way.push(step.clone());
            steps.push(native.perform(step, Witness::Terminal));
        }
        progress(&check, &under_way);
        let Some(entry) = steps.next().await else { return check };
        let mut entry = Some(entry);
        // What has arrived meanwhile is taken up in the same go.
        while let Some(arrived) = entry {
            under_way.retain(|step| *step != arrived.step);
            check.feed_with(arrived, names::of);
            entry = steps.next().now_or_never().flatten();
        }
    }
}

fn now() -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.map_or(0, |now| i64::try_from(now.as_secs()).unwrap_or(i64::MAX))
}
