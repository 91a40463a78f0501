//! What reports say for and against mode enforce: which senders saw which failure, how often, and whether they still do.

use std::collections::BTreeMap;

use super::summary::{Collection, DAY, UNTOLD};
use crate::ready::{ReadyItem, ReadyState};
use crate::say::say;
use crate::words::day;

/// What one sender tells of a domain.
#[derive(Default)]
struct Told<'c> {
    successful: u64,
    /// Its last day with sessions that succeeded.
    last_success: Option<i64>,
    failures: BTreeMap<(&'c str, &'c str, bool), Failing>,
}

/// Sessions that failed alike.
#[derive(Default)]
struct Failing {
    failed: u64,
    last: Option<i64>,
}

/// What a sender finds out by DANE (RFC 8460 §4.3.2), whatever the mode of a policy is.
const OF_DANE: [&str; 3] = ["tlsa-invalid", "dnssec-invalid", "dane-required"];

impl Collection {
    /// What the reports of the last so many days say of mode enforce at a domain, as [`Readiness`](crate::ready::Readiness) takes it: an item for each
    /// sender and kind of failure. What a sender saw on one day and does not see any more on a later one blocks nothing. `now` is in
    /// seconds since 1970.
    #[must_use]
    pub fn ready_items(&self, domain: &str, days: u32, now: i64) -> Vec<ReadyItem> {
        let since = now - i64::from(days) * DAY;
        let mut senders: BTreeMap<&str, Told<'_>> = BTreeMap::new();
        for kept in self.since(since) {
            let head = &kept.head;
            let of_domain = |index: usize| {
                let counts = head.policies.get(index)?;
                (counts.domain.as_deref() == Some(domain)).then_some(counts)
            };
            let mut named = None;
            for counts in (0..head.policies.len()).filter_map(of_domain) {
                let told = senders.entry(head.organization.as_deref().unwrap_or_default()).or_default();
                told.successful = told.successful.saturating_add(counts.successful);
                if counts.successful > 0 {
                    told.last_success = told.last_success.max(head.day);
                }
                named = Some(told);
            }
            let Some(told) = named else { continue };
            for failure in &kept.failures {
                let Some(counts) = of_domain(failure.policy) else { continue };
                let by_dane = counts.policy_type.as_deref() == Some("tlsa")
                    || OF_DANE.contains(&failure.result_type.as_str());
                let mx = failure.mx.as_deref().unwrap_or_default();
                let failing = told.failures.entry((&failure.result_type, mx, by_dane)).or_default();
                failing.failed = failing.failed.saturating_add(failure.failed);
                failing.last = failing.last.max(head.day);
            }
        }
        if senders.is_empty() {
            let what = match days {
                1 => say!("tell nothing of the last day"),
                days => say!("tell nothing of the last {days} days", days),
            };
            return vec![ReadyItem { about: say!("the TLS reports"), state: ReadyState::Unseen, what }];
        }
        let mut items: Vec<ReadyItem> =
            senders.into_iter().flat_map(|(sender, told)| told.items(sender)).collect();
        items.sort_by_key(|item| item.state != ReadyState::Blocks);
        items
    }
}

impl Told<'_> {
    fn items(self, sender: &str) -> Vec<ReadyItem> {
        let about = if sender.is_empty() { say!("a sender without a name") } else { sender.to_owned() };
        let item = |state, what| ReadyItem { about: about.clone(), state, what };
        let successful = self.successful;
        if self.failures.is_empty() {
            return vec![match successful {
                0 => item(ReadyState::Unseen, say!("reported no session")),
                1 => item(ReadyState::Passes, say!("reported one session, which succeeded")),
                count => {
                    item(ReadyState::Passes, say!("reported {count} sessions, all of which succeeded", count))
                }
            }];
        }
        let failures = self.failures.into_iter().map(|((result_type, mx, by_dane), failing)| {
            let failed = failing.failed;
            let seen = match (result_type, mx, failed) {
                (UNTOLD, _, 1) => say!("counted one failed session and does not say why it failed"),
                (UNTOLD, _, _) => {
                    say!("counted {failed} failed sessions and does not say why they failed", failed)
                }
                (_, "", 1) => say!("reported `{result_type}` for one session", result_type),
                (_, "", _) => say!("reported `{result_type}` for {failed} sessions", result_type, failed),
                (_, _, 1) => say!("reported `{result_type}` for one session at {mx}", result_type, mx),
                (_, _, _) => {
                    say!("reported `{result_type}` for {failed} sessions at {mx}", result_type, failed, mx)
                }
            };
            let last = failing.last.map(|at| day(at * DAY));
            let since = match (self.last_success, failing.last) {
                (Some(success), Some(failure)) if success > failure => Some(day(success * DAY)),
                _ => None,
            };
            if by_dane {
                return item(
                    ReadyState::Passes,
                    say!("{seen}; that is of DANE, and enforce changes nothing of it", seen),
                );
            }
            match (last, since) {
                (Some(last), Some(since)) => item(
                    ReadyState::Passes,
                    say!(
                        "{seen}, the last on {last}, and sessions succeeded since, up to {since}",
                        seen,
                        last,
                        since
                    ),
                ),
                (Some(last), None) => {
                    item(ReadyState::Blocks, say!("{seen}, the last on {last}", seen, last))
                }
                (None, _) => item(ReadyState::Blocks, seen),
            }
        });
        failures.collect()
    }
}
