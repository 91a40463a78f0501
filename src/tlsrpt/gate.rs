//! What reports say for and against mode enforce: which senders saw which failure, how often, and whether they still do.

use std::collections::{BTreeMap, BTreeSet};

use super::collection::{Collection, DAY, UNTOLD};
use crate::name::{Host, MxPattern};
use crate::ready::{ReadyItem, ReadyState};
use crate::say::say;
use crate::words::day;

/// What one sender tells of a domain.
#[derive(Default)]
struct Sender<'c> {
    successful: u64,
    /// Its days with sessions that succeeded, each with the patterns of the policies that they were under; nothing where those are
    /// not told.
    successes: BTreeMap<i64, Option<BTreeSet<&'c str>>>,
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

/// On so many days sessions succeed before a failure counts as mended: on one of them it may have been another host.
const MENDED: usize = 2;

impl Collection {
    /// What the reports of the last so many days say of mode enforce at a domain, as [`Readiness`](crate::ready::Readiness) takes it: an item for each
    /// sender and kind of failure. What a sender saw once and does not see any more blocks nothing. `now` is in seconds since 1970.
    /// Reports that do not say when they are of do not count, and neither do those of the future or of months.
    #[must_use]
    pub fn ready_items(&self, domain: &str, days: u32, now: i64) -> Vec<ReadyItem> {
        let since = now - i64::from(days) * DAY;
        let mut senders: BTreeMap<&str, Sender<'_>> = BTreeMap::new();
        for head in self.kept.iter().filter(|head| head.is_of(since, now)) {
            for counts in head.policies.iter().filter(|counts| counts.domain.as_deref() == Some(domain)) {
                let sender = senders.entry(head.sender()).or_default();
                sender.successful = sender.successful.saturating_add(counts.successful);
                if let Some(at) = head.day.filter(|_| counts.successful > 0) {
                    let patterns = sender.successes.entry(at).or_insert_with(|| Some(BTreeSet::new()));
                    match patterns {
                        Some(all) if !counts.mx.is_empty() => {
                            all.extend(counts.mx.iter().map(String::as_str))
                        }
                        _ => *patterns = None,
                    }
                }
                let by_dane = counts.policy_type.as_deref() == Some("tlsa");
                for told in &counts.failures {
                    let result_type = told.result_type.as_str();
                    let mx = told.receiving_mx.as_deref().unwrap_or_default();
                    let by_dane = by_dane || OF_DANE.contains(&result_type);
                    let failing = sender.failures.entry((result_type, mx, by_dane)).or_default();
                    failing.failed = failing.failed.saturating_add(told.failed);
                    failing.last = failing.last.max(head.day);
                }
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
            senders.iter().flat_map(|(sender, told)| told.items(sender)).collect();
        items.sort_by_key(|item| match item.state {
            ReadyState::Blocks => 0,
            ReadyState::Unseen => 1,
            ReadyState::Passes => 2,
        });
        items
    }
}

impl Sender<'_> {
    fn items(&self, sender: &str) -> Vec<ReadyItem> {
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
        let items = self.failures.iter().map(|((result_type, mx, by_dane), failing)| {
            let seen = said(result_type, mx, failing.failed);
            if *by_dane {
                return item(
                    ReadyState::Passes,
                    say!("{seen}; that is of DANE, and enforce changes nothing of it", seen),
                );
            }
            let Some(last) = failing.last else { return item(ReadyState::Blocks, seen) };
            let since = self.successes_since(last, mx);
            let last = day(last * DAY);
            match (since.last().map(|at| day(at * DAY)), since.len()) {
                (Some(since), count) if count >= MENDED => item(
                    ReadyState::Passes,
                    say!("{seen}, the last on {last}, and sessions succeeded since, up to {since}", seen, last, since),
                ),
                (Some(since), _) => item(
                    ReadyState::Unseen,
                    say!(
                        "{seen}, the last on {last}; sessions succeeded on {since}, and one day more tells whether it is mended",
                        seen,
                        last,
                        since
                    ),
                ),
                (None, _) => item(ReadyState::Blocks, say!("{seen}, the last on {last}", seen, last)),
            }
        });
        items.collect()
    }

    /// The days behind that one on which sessions succeeded that may have been at the host.
    fn successes_since(&self, last: i64, mx: &str) -> Vec<i64> {
        let host = Host::new(mx);
        let may_be = |patterns: &Option<BTreeSet<&str>>| {
            mx.is_empty()
                || patterns.as_ref().is_none_or(|all| {
                    all.iter().any(|pattern| {
                        *pattern == mx
                            || MxPattern::parse(pattern.as_bytes())
                                .is_ok_and(|pattern| pattern.matches(&host))
                    })
                })
        };
        let later = self.successes.range(last + 1..);
        later.filter(|(_, patterns)| may_be(patterns)).map(|(at, _)| *at).collect()
    }
}

/// What was seen how often, as the end of a sentence that begins with the sender.
fn said(result_type: &str, mx: &str, failed: u64) -> String {
    match (result_type, mx, failed) {
        (UNTOLD, _, 1) => say!("counted one failed session and does not say why it failed"),
        (UNTOLD, _, _) => say!("counted {failed} failed sessions and does not say why they failed", failed),
        (_, "", 1) => say!("reported `{result_type}` for one session", result_type),
        (_, "", _) => say!("reported `{result_type}` for {failed} sessions", result_type, failed),
        (_, _, 1) => say!("reported `{result_type}` for one session at {mx}", result_type, mx),
        (_, _, _) => say!("reported `{result_type}` for {failed} sessions at {mx}", result_type, failed, mx),
    }
}
