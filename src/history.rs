//! What was published when, and what senders may still have of it: a policy is kept for its max_age from the moment it was
//! fetched, whatever is published since (RFC 8461 §3.2), unless a sender sees another id and gets the new one (§3.3).

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::evidence::Evidence;
use crate::facts::{Facts, PolicyState, RecordState};
use crate::name::Host;
use crate::plan::Cached;
use crate::policy::{Mode, Policy, PolicyDoc};

/// What a check saw published: a line of a history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// When, in seconds since 1970.
    pub at: i64,
    /// The policy domain.
    pub domain: String,
    /// The id of the record; nothing where there was no record that senders take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The policy body; nothing where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The SHA-256 of the body as it was received, in hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// A policy that senders may have in their caches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Held {
    /// Its mode.
    pub mode: Mode,
    /// How long a sender keeps it, in seconds.
    pub max_age: u32,
    /// Its patterns.
    pub mx: Vec<String>,
    /// The id it was published under, where there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// When it was first seen published, in seconds since 1970.
    pub from: i64,
    /// When something else was first seen in its place; nothing where it still stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaced: Option<i64>,
    /// Until when a sender may have it, at the latest: one that fetched it in the last moment. It moves on with the time where the
    /// policy still stands.
    pub until: i64,
    /// Whether what took its place has the same id, so that senders do not look for it before this one expires.
    pub unnoticed: bool,
    /// Today's MX hosts that it does not admit.
    pub unmatched: Vec<String>,
    /// Whether senders that have it refuse mail today: it is enforced and admits no MX host.
    pub refuses: bool,
}

impl Published {
    /// What a check saw; nothing where it could not see record and policy.
    #[must_use]
    pub fn of(evidence: &Evidence) -> Option<Self> {
        let facts = Facts::read(evidence);
        let unseen = matches!(facts.record.state, RecordState::NotObserved | RecordState::DnsError)
            || facts.policy.state == PolicyState::NotObserved;
        if unseen {
            return None;
        }
        let body = facts.policy.body();
        Some(Self {
            at: evidence.now,
            domain: evidence.domain.as_str().to_owned(),
            id: facts.record.id(),
            body: body.map(|body| String::from_utf8_lossy(body).into_owned()),
            sha256: body.map(sha256),
        })
    }

    /// The policy that senders get; none without a record that leads to it.
    fn policy(&self) -> Option<Policy> {
        self.id.as_ref()?;
        PolicyDoc::parse(self.body.as_ref()?.as_bytes()).policy()
    }
}

fn sha256(body: &[u8]) -> String {
    Sha256::digest(body).iter().map(|b| format!("{b:02x}")).collect()
}

/// Earlier policies that somebody has kept, as lines of a history: all of them were replaced by `at`, and until then each may have been
/// fetched. `now` is what stands there today.
#[must_use]
pub fn replaced(bodies: &[String], at: i64, now: &Published) -> Vec<Published> {
    if bodies.is_empty() {
        return Vec::new();
    }
    let line = |at: i64, back: i64, body: &String| Published {
        at: at.saturating_sub(back),
        domain: now.domain.clone(),
        // There was one, and nobody kept it.
        id: Some(format!("not known ({back})")),
        sha256: Some(sha256(body.as_bytes())),
        body: Some(body.clone()),
    };
    // What was seen just now took their place by then, whatever the clocks say.
    let at = at.min(now.at);
    // One second apart, the last of them at the end.
    let mut lines: Vec<Published> =
        bodies.iter().rev().zip(1..).map(|(body, back)| line(at, back, body)).collect();
    lines.push(Published { at, ..now.clone() });
    lines
}

/// A policy that stood for a while.
struct Stood<'h> {
    first: &'h Published,
    last: &'h Published,
    next: Option<&'h Published>,
    policy: Policy,
    until: i64,
}

/// What was seen of `domain` until `now`, the earliest first. A line of later is one of a clock that went wrong.
fn seen<'h>(history: &'h [Published], domain: &str, now: i64) -> Vec<&'h Published> {
    let mut seen: Vec<&Published> =
        history.iter().filter(|line| line.domain == domain && line.at <= now).collect();
    seen.sort_by_key(|line| line.at);
    seen
}

/// The policies of `domain` that some sender may have at `now`, the earliest first.
fn stood<'h>(history: &'h [Published], domain: &str, now: i64) -> Vec<Stood<'h>> {
    // The same body is the same policy, under whichever ids.
    let mut runs: Vec<(&Published, &Published)> = Vec::new();
    for line in seen(history, domain, now) {
        match runs.last_mut() {
            Some((_, last)) if (&last.sha256, last.id.is_some()) == (&line.sha256, line.id.is_some()) => {
                *last = line;
            }
            _ => runs.push((line, line)),
        }
    }
    let nexts = runs.iter().skip(1).map(|(next, _)| Some(*next)).chain([None]);
    let stood = runs.iter().zip(nexts).filter_map(|((first, last), next)| {
        let policy = last.policy()?;
        let until = next.map_or(now, |next| next.at).saturating_add(i64::from(policy.max_age));
        Some(Stood { first, last, next, policy, until })
    });
    stood.filter(|stood| stood.until > now).collect()
}

/// The policies that senders may have at `now`, the earliest first, of all that was seen of `domain`. `mx` are its MX hosts
/// today.
#[must_use]
pub fn held(history: &[Published], domain: &str, mx: &[Host], now: i64) -> Vec<Held> {
    let held = stood(history, domain, now).into_iter().map(|Stood { first, last, next, policy, until }| {
        let unmatched = mx.iter().filter(|host| !policy.admits(host));
        let unmatched: Vec<String> = unmatched.map(|host| host.as_str().to_owned()).collect();
        Held {
            mode: policy.mode,
            max_age: policy.max_age,
            mx: policy.mx.iter().map(ToString::to_string).collect(),
            id: last.id.clone(),
            from: first.at,
            replaced: next.map(|next| next.at),
            until,
            unnoticed: next.is_some_and(|next| last.id.is_some() && next.id == last.id),
            refuses: policy.mode == Mode::Enforce && !mx.is_empty() && unmatched.len() == mx.len(),
            unmatched,
        }
    });
    held.collect()
}

/// The same for a plan: those that something else has replaced.
#[must_use]
pub fn cached(history: &[Published], domain: &str, now: i64) -> Vec<Cached> {
    let replaced = stood(history, domain, now).into_iter().filter(|stood| stood.next.is_some());
    replaced.map(|stood| Cached { policy: stood.policy, until: stood.until }).collect()
}

/// Since when every policy of `domain` is of mode testing, as far as was seen until `now`; nothing where the last one is not.
#[must_use]
pub fn testing_since(history: &[Published], domain: &str, now: i64) -> Option<i64> {
    let seen = seen(history, domain, now).into_iter().rev();
    let testing = |line: &&Published| {
        line.id.is_some() && line.policy().is_some_and(|policy| policy.mode == Mode::Testing)
    };
    seen.take_while(testing).last().map(|line| line.at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;
    const OLD: &str = "version: STSv1\nmode: enforce\nmx: old.example.com\nmax_age: 864000\n";
    const TESTING: &str = "version: STSv1\nmode: testing\nmx: old.example.com\nmax_age: 86400\n";

    fn line(day: i64, id: &str, body: &str) -> Published {
        Published {
            at: day * DAY,
            domain: "example.com".into(),
            id: Some(id.into()),
            body: Some(body.into()),
            sha256: Some(sha256(body.as_bytes())),
        }
    }

    #[test]
    fn policies_that_somebody_kept_are_held_from_when_they_were_replaced() {
        let old = OLD.to_owned();
        let older = "version: STSv1\nmode: enforce\nmx: older.example.com\nmax_age: 1728000\n".to_owned();
        let now = line(12, "3", TESTING);
        let mut history = replaced(&[older, old], 8 * DAY, &now);
        history.push(now);
        let mx = [Host::new("old.example.com")];
        let held = held(&history, "example.com", &mx, 12 * DAY);
        let seen: Vec<_> = held.iter().map(|held| (held.until, held.refuses)).collect();
        assert_eq!(seen, [(28 * DAY - 1, true), (18 * DAY, false), (13 * DAY, false)]);
        // A time to come is now.
        let mut late = replaced(&[OLD.to_owned()], 20 * DAY, &line(12, "3", TESTING));
        late.push(line(12, "3", TESTING));
        assert_eq!(
            super::held(&late, "example.com", &mx, 12 * DAY).first().map(|held| held.until),
            Some(22 * DAY)
        );
        // A body that no record leads to is nobody's.
        let bodies = [Published { id: None, ..line(1, "", TESTING) }];
        assert_eq!(super::held(&bodies, "example.com", &mx, 12 * DAY), []);
        assert_eq!(replaced(&[], 8 * DAY, &line(12, "3", TESTING)), []);
    }

    #[test]
    fn a_policy_is_held_until_the_last_sender_forgets_it() {
        let old = "version: STSv1\nmode: enforce\nmx: old.example.com\nmax_age: 864000\n";
        let new = "version: STSv1\nmode: enforce\nmx: *.example.net\nmax_age: 86400\n";
        let history = [line(0, "1", old), line(5, "1", old), line(8, "1", new), line(9, "2", new)];
        let mx = [Host::new("mx.example.net")];
        let held = |now: i64| super::held(&history, "example.com", &mx, now * DAY);
        let seen: Vec<_> =
            held(12).iter().map(|held| (held.replaced, held.until, held.unnoticed, held.refuses)).collect();
        assert_eq!(seen, [(Some(8 * DAY), 18 * DAY, true, true), (None, 13 * DAY, false, false)]);
        assert_eq!(held(18).len(), 1, "the last sender has forgotten the old one");
        assert_eq!(held(6).len(), 1, "what comes later is not known yet");
        assert_eq!(super::held(&history, "example.org", &mx, 12 * DAY), []);
        assert_eq!(testing_since(&history, "example.com", 12 * DAY), None);
        let tested = [line(1, "0", old), line(2, "1", TESTING), line(5, "2", TESTING)];
        assert_eq!(testing_since(&tested, "example.com", 12 * DAY), Some(2 * DAY));
        let cached = cached(&history, "example.com", 12 * DAY);
        assert_eq!(cached.iter().map(|cached| cached.until).collect::<Vec<_>>(), [18 * DAY]);
    }
}
