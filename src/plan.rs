//! The way from what a domain has now to what it is to have, as dated steps (RFC 8461 §8). At no moment of it does a sender
//! that honours MTA-STS refuse mail because of a step: what it may have cached is waited for where it would matter.
//!
//! Two things are behind every order here. A sender that has a policy in its cache looks for another one only where the id
//! in the record differs (§3.3), so the policy body goes first and the id second (§8.1). And it goes by what it has until
//! that expires, however old, where it can get nothing newer (§3.3), so a mail host that only an old policy admits stays
//! until no sender can have that policy any more.

mod export;
mod now;

use serde::Serialize;

pub use self::now::NoPlan;

use crate::command;
use crate::name::{Domain, Host, MxPattern};
use crate::policy::{Mode, Policy};
use crate::say::say;
use crate::words::{self, day, stamp};

/// A policy that senders may have in their caches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cached {
    /// The policy.
    pub policy: Policy,
    /// Until when a sender may have it, in seconds since 1970.
    pub until: i64,
}

/// What a domain has now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Now {
    /// The policy domain.
    pub domain: Domain,
    /// The time, in seconds since 1970.
    pub at: i64,
    /// The policy that senders get today, with the id of its record; nothing where they get none.
    pub live: Option<(Policy, String)>,
    /// The policy that is served where the record that is to lead senders to it is there and does not count.
    pub served: Option<Policy>,
    /// Earlier policies that some sender may still have.
    pub cached: Vec<Cached>,
    /// The MX hosts with their preferences.
    pub mx: Vec<(u16, Host)>,
    /// The longest time to live of the domain's MTA-STS and MX records, in seconds.
    pub ttl: u32,
    /// Whether there is a TLSRPT record that can be used.
    pub tlsrpt: bool,
    /// What keeps senders from the policy at its host, as the end of a sentence that begins with that; nothing where nothing does.
    pub policy_fault: Option<String>,
    /// Mail hosts, or addresses of them, at which mode enforce has mail refused.
    pub failing: Vec<Failing>,
    /// Since when every policy seen is of mode testing, where that is known, in seconds since 1970.
    pub testing_since: Option<i64>,
}

/// What fails at a mail host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    /// The host.
    pub host: Host,
    /// The host, or the address of it that fails, as it is named in a sentence.
    pub about: String,
    /// What is the matter with that, as the end of the sentence.
    pub fault: String,
}

/// What a domain is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The mode; [`Mode::None`] is no MTA-STS at all.
    pub mode: Mode,
    /// The MX hosts, where they change.
    pub mx: Option<Vec<Host>>,
    /// Whether the policy moves to another host or provider.
    pub moves_policy_host: bool,
}

/// Something that is put up or taken down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Change {
    /// The policy body is served at this URL instead of what was there.
    Policy {
        /// Where.
        url: String,
        /// The body.
        body: String,
    },
    /// A TXT record, instead of the one at that name where there is one.
    Record {
        /// The owner name.
        name: String,
        /// The text.
        text: String,
        /// Whether it takes the place of another one there.
        replaces: bool,
    },
    /// No TXT record of MTA-STS at that name any more.
    NoRecord {
        /// The owner name.
        name: String,
    },
    /// No policy any more at that URL.
    NoPolicy {
        /// Where it was.
        url: String,
    },
    /// An MX record more.
    AddMx {
        /// Its preference.
        preference: u16,
        /// The host.
        host: Host,
    },
    /// An MX record less.
    RemoveMx {
        /// The host.
        host: Host,
    },
    /// Something at a mail host is mended.
    Mend {
        /// Which host, or address of it.
        about: String,
        /// What is the matter with it, as the end of a sentence that begins with that.
        fault: String,
    },
    /// The host need not take this domain's mail any more.
    Release {
        /// The host.
        host: Host,
    },
    /// The policy is served from the new place as well, under its own name there.
    CopyPolicy {
        /// The body, as it is.
        body: String,
    },
    /// The policy host leads to the new place.
    MovePolicyHost {
        /// Its name.
        name: String,
    },
    /// The old place of the policy is given up.
    ReleasePolicyHost,
}

/// Why a step is not taken at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wait {
    /// Until when, in seconds since 1970.
    pub until: i64,
    /// What has to be over by then.
    pub reason: String,
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlanStep {
    /// What it is, as an instruction of a few words.
    pub title: String,
    /// The earliest time for it, in seconds since 1970.
    pub at: i64,
    /// Why not sooner; nothing where it may follow the step before at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait: Option<Wait>,
    /// What is put up or taken down.
    pub changes: Vec<Change>,
    /// Why, in terms of what senders do.
    pub why: String,
    /// The command that shows whether it is done.
    pub check: String,
}

/// The way from now to what is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The policy domain.
    pub domain: String,
    /// What comes of it, in one sentence.
    pub summary: String,
    /// The steps, in order; each when the one before is done.
    pub steps: Vec<PlanStep>,
}

/// How long a policy of mode testing is kept: it is changed soon, and nothing hangs on it.
pub(crate) const TESTING_AGE: u32 = 86_400;
/// How long the first enforced policy is kept, until it has held for that time.
pub(crate) const FIRST_AGE: u32 = 604_800;
/// How long an enforced policy that has held is kept: weeks, as RFC 8461 §3.2 has it.
const LASTING_AGE: u32 = 2_419_200;
/// How long a policy is tested before it is enforced: reports come once a day (RFC 8460 §4.1), and some mail only weekly.
const TEST: i64 = 14 * 86_400;
/// How long the policy of mode none is kept, by which MTA-STS is taken down (RFC 8461 §8.3).
const NONE_AGE: u32 = 86_400;

impl Now {
    /// The policy that is served without a valid record, where senders can go on with it as it is: one that is enforced stays so
    /// where nothing fails.
    pub(crate) fn goes_on(&self) -> Option<&Policy> {
        self.served.as_ref().filter(|policy| policy.mode != Mode::Enforce || self.failing.is_empty())
    }
}

impl Plan {
    /// The steps from `now` to `wanted`.
    #[must_use]
    pub fn of(now: &Now, wanted: &Wanted) -> Self {
        let mut maker = Maker::new(now);
        if wanted.moves_policy_host {
            maker.move_policy_host();
        }
        match wanted.mode {
            Mode::None => maker.take_down(wanted.mx.as_deref()),
            mode => maker.put_up(mode, wanted.mx.as_deref()),
        }
        let summary = maker.summary(wanted);
        Self { domain: now.domain.as_str().to_owned(), summary, steps: maker.steps }
    }
}

/// What stands published while steps are added one after another.
struct Maker<'n> {
    now: &'n Now,
    /// The earliest time for the next step.
    at: i64,
    /// Why it is not sooner.
    wait: Option<Wait>,
    /// The policy, with the id of its record; with an empty one where no valid record leads to it.
    live: Option<(Policy, String)>,
    cached: Vec<Cached>,
    mx: Vec<(u16, Host)>,
    steps: Vec<PlanStep>,
    /// With which of the steps the domain begins to enforce.
    enforces: Option<usize>,
}

impl<'n> Maker<'n> {
    fn new(now: &'n Now) -> Self {
        let (mut live, mut cached, mx) = (now.live.clone(), now.cached.clone(), now.mx.clone());
        if let (None, Some(policy)) = (&live, &now.served) {
            // Who fetched it while there was a record has it still.
            let until = now.at + i64::from(now.ttl) + i64::from(policy.max_age);
            cached.push(Cached { policy: policy.clone(), until });
            live = now.goes_on().map(|policy| (policy.clone(), String::new()));
        }
        Self { now, at: now.at, wait: None, live, cached, mx, steps: Vec::new(), enforces: None }
    }

    fn check(&self) -> String {
        command::check(&self.now.domain)
    }

    fn step(&mut self, title: String, changes: Vec<Change>, why: String, check: String) {
        self.steps.push(PlanStep { title, at: self.at, wait: self.wait.take(), changes, why, check });
    }

    /// The next step comes no sooner than `until`.
    fn wait(&mut self, until: i64, reason: String) {
        if until > self.at {
            self.at = until;
            self.wait = Some(Wait { until, reason });
        }
    }

    /// How long until nobody has a record that was replaced.
    fn ttl(&self) -> i64 {
        i64::from(self.now.ttl)
    }

    /// An id that no sender has seen: the time of the step (RFC 8461 §3.1).
    fn fresh_id(&self) -> String {
        let known = self.live.as_ref().map(|(_, id)| id.as_str());
        let mut at = self.at;
        loop {
            let id = stamp(at);
            if Some(id.as_str()) != known {
                return id;
            }
            at += 1;
        }
    }

    /// Publishes a policy for `hosts`: the body, and then the id.
    fn publish(&mut self, title: String, mode: Mode, max_age: u32, hosts: &[Host], why: String) {
        let policy = policy(mode, max_age, hosts, self.live.as_ref().map(|(policy, _)| policy));
        let body = text(&policy);
        let had_record = self.has_record();
        let url = self.now.domain.policy_url();
        let why = if had_record {
            let body_first = say!(
                "The body goes first: a sender that sees a new id fetches at once, and would keep the old body under the new id (RFC 8461 §8.1)."
            );
            format!("{why} {body_first}")
        } else {
            why
        };
        self.step(title, vec![Change::Policy { url: url.clone(), body }], why, format!("curl -sS {url}"));
        let id = self.publish_record(mode);
        let enforced = self.live.as_ref().is_some_and(|(policy, _)| policy.mode == Mode::Enforce);
        if policy.mode == Mode::Enforce && !enforced {
            self.enforces = Some(self.steps.len());
        }
        if let Some((old, _)) = self.live.replace((policy, id)) {
            // Whoever fetched it just before the id changed, or saw the old id until its time to live was over.
            let until = self.at + self.ttl() + i64::from(old.max_age);
            self.cached.push(Cached { policy: old, until });
        }
    }

    /// Whether a valid record leads senders to the policy.
    fn has_record(&self) -> bool {
        self.live.as_ref().is_some_and(|(_, id)| !id.is_empty())
    }

    /// Publishes a record with a fresh id, which it gives, for a policy of that mode.
    fn publish_record(&mut self, mode: Mode) -> String {
        let had_record = self.has_record();
        let id = self.fresh_id();
        let name = self.now.domain.record_name();
        let text = format!("v=STSv1; id={id};");
        let mut changes = vec![Change::Record { name, text, replaces: had_record }];
        if !self.now.tlsrpt && !had_record && mode != Mode::None {
            let domain = &self.now.domain;
            changes.push(Change::Record {
                name: domain.tlsrpt_name(),
                text: format!("v=TLSRPTv1; rua=mailto:tlsrpt@{domain}"),
                replaces: false,
            });
        }
        let (title, why) = if had_record {
            (
                say!("Change the id"),
                say!(
                    "Senders that have the old policy look for a new one only when the id differs (RFC 8461 §3.3)."
                ),
            )
        } else {
            let title =
                if changes.len() == 1 { say!("Publish the record") } else { say!("Publish the records") };
            let why = if mode == Mode::Testing {
                say!(
                    "With the record senders find the policy; reports say what would have failed (RFC 8460)."
                )
            } else {
                say!("With the record senders find the policy.")
            };
            (title, why)
        };
        self.step(title, changes, why, self.check());
        id
    }

    /// Until when some sender may have an enforced policy that admits none of `hosts`.
    fn binding_until(&self, hosts: &[Host]) -> Option<i64> {
        let binds =
            |policy: &Policy| policy.mode == Mode::Enforce && !hosts.iter().any(|host| policy.admits(host));
        self.cached.iter().filter(|cached| binds(&cached.policy)).map(|cached| cached.until).max()
    }

    fn hosts(&self) -> Vec<Host> {
        self.mx.iter().map(|(_, host)| host.clone()).collect()
    }

    fn move_policy_host(&mut self) {
        let Some((policy, _)) = &self.live else { return };
        let body = text(policy);
        let name = self.now.domain.policy_host();
        self.step(
            say!("Serve the same policy from the new place"),
            vec![Change::CopyPolicy { body }],
            say!("Senders may come to either place while DNS changes, and must find the same policy at both. The id stays."),
            format!("curl -sS --connect-to {name}:443:NEW-HOST:443 {}", self.now.domain.policy_url()),
        );
        self.step(
            say!("Lead the policy host to the new place"),
            vec![Change::MovePolicyHost { name }],
            say!("From now on senders that look it up anew fetch from there."),
            self.check(),
        );
        let until = self.at + self.ttl();
        self.wait(until, say!("resolvers may still have the old address until then"));
        self.step(
            say!("Give up the old place"),
            vec![Change::ReleasePolicyHost],
            say!("Nobody is led there any more."),
            self.check(),
        );
    }

    /// Publishes MTA-STS or goes on with it, with the MX hosts that are wanted.
    fn put_up(&mut self, mode: Mode, wanted: Option<&[Host]>) {
        let before = self.hosts();
        let after = wanted.map_or_else(|| before.clone(), <[Host]>::to_vec);
        let mut all = before.clone();
        all.extend(after.iter().filter(|host| !before.contains(host)).cloned());
        let live = self.live.as_ref().map(|(policy, _)| policy);
        let was = live.map(|policy| policy.mode);
        self.mend_policy_host();
        if mode == Mode::Enforce {
            self.mend(was, &after);
        }
        let live = self.live.as_ref().map(|(policy, _)| policy);
        // What is not enforced yet is tested first.
        let first = if mode == Mode::Enforce && was == Some(Mode::Enforce) { mode } else { Mode::Testing };
        let covers = |policy: &Policy| policy.mode == first && all.iter().all(|host| policy.admits(host));
        if !live.is_some_and(covers) {
            let age = match live {
                Some(policy) if first == Mode::Enforce => policy.max_age,
                _ => TESTING_AGE,
            };
            let why = match (was, all.len() > before.len()) {
                (None, _) => say!("Senders report what would fail, and deliver all the same."),
                (Some(Mode::Enforce), _) if first == Mode::Testing => {
                    say!("Senders that take it up deliver again, whatever fails, and report.")
                }
                (_, true) => {
                    say!("It admits the hosts of today and those to come, so that either can take mail.")
                }
                _ => say!("It admits every MX host."),
            };
            let title = match was {
                None => say!("Publish a policy of mode testing"),
                Some(Mode::Enforce) if first == Mode::Testing => say!("Go back to mode testing"),
                Some(_) if all.len() > before.len() => {
                    say!("Publish a policy for the hosts of today and those to come")
                }
                Some(_) if first == Mode::Testing => say!("Publish a policy of mode testing"),
                Some(_) => say!("Publish a policy for every MX host"),
            };
            self.publish(title, first, age, &all, why);
        } else if !self.has_record() {
            let id = self.publish_record(first);
            if first == Mode::Enforce {
                self.enforces = Some(self.steps.len());
            }
            self.live = self.live.take().map(|(policy, _)| (policy, id));
        }
        self.change_mx(&before, &after);
        let only_after = |policy: &Policy| {
            policy.mx.iter().all(|pattern| after.iter().any(|host| pattern.matches(host)))
                && after.iter().all(|host| policy.admits(host))
        };
        if mode == Mode::Testing || first == Mode::Enforce {
            let live = self.live.as_ref().map(|(policy, _)| policy);
            if before != after && !live.is_some_and(only_after) {
                let age = live.map_or(TESTING_AGE, |policy| policy.max_age);
                self.publish(
                    say!("Publish a policy without the old hosts"),
                    first,
                    age,
                    &after,
                    say!("Nobody sends to the old hosts any more, so nobody has to admit them."),
                );
            }
            return;
        }
        // A policy that was tested before has its time behind it; one that this plan changes begins anew.
        let publishes =
            |step: &PlanStep| step.changes.iter().any(|change| !matches!(change, Change::Mend { .. }));
        let since = self.now.testing_since.filter(|_| !self.steps.iter().any(publishes));
        let until = since.unwrap_or(self.at) + TEST;
        let reason = say!("two weeks of reports, without failures that are yours, show that the hosts pass");
        self.wait(until, reason);
        self.publish(
            say!("Enforce the policy"),
            Mode::Enforce,
            FIRST_AGE,
            &after,
            say!("From now on senders deliver only where TLS passes. Go on only where `mta-sts check --expect enforce-ready` exits with 0."),
        );
        let until = self.at + i64::from(FIRST_AGE);
        self.wait(until, say!("it has held for as long as it is kept"));
        self.publish(
            say!("Have the policy kept for four weeks"),
            Mode::Enforce,
            LASTING_AGE,
            &after,
            say!("Whoever stands between a sender and your DNS has to stay there longer to get past it (RFC 8461 §10)."),
        );
    }

    /// What has to be mended before senders can have any policy.
    fn mend_policy_host(&mut self) {
        let Some(fault) = &self.now.policy_fault else { return };
        let change = Change::Mend { about: self.now.domain.policy_host(), fault: fault.clone() };
        self.step(
            say!("Mend the policy host"),
            vec![change],
            say!("Senders take a policy only over HTTPS, with a certificate for that name (RFC 8461 §3.3); until then they treat the domain as if it had none."),
            self.check(),
        );
    }

    /// What has to be mended at the hosts that stay, before mode enforce has senders go by it.
    fn mend(&mut self, was: Option<Mode>, after: &[Host]) {
        let failing = self.now.failing.iter().filter(|failing| after.contains(&failing.host));
        let changes: Vec<Change> = failing
            .map(|Failing { about, fault, .. }| Change::Mend { about: about.clone(), fault: fault.clone() })
            .collect();
        if changes.is_empty() {
            return;
        }
        let why = if was == Some(Mode::Enforce) {
            say!(
                "The policy is enforced, so senders do not deliver there. Where it cannot be mended at once, go back to mode testing first: senders that take that up deliver again."
            )
        } else {
            say!(
                "As long as the policy is tested senders deliver there all the same. With mode enforce they do not."
            )
        };
        let check = format!("{} --expect enforce-ready", self.check());
        self.step(say!("Mend what fails at the mail hosts"), changes, why, check);
    }

    /// Adds the MX records that come and removes those that go.
    fn change_mx(&mut self, before: &[Host], after: &[Host]) {
        let come: Vec<Host> = after.iter().filter(|host| !before.contains(host)).cloned().collect();
        let go: Vec<Host> = before.iter().filter(|host| !after.contains(host)).cloned().collect();
        if !come.is_empty() {
            let probes = come.iter().map(command::probe).collect::<Vec<_>>().join(" && ");
            let preference = self.mx.iter().map(|(preference, _)| *preference).max().unwrap_or(10);
            let changes = come.iter().map(|host| Change::AddMx { preference, host: host.clone() }).collect();
            self.step(
                say!("Add the new MX records"),
                changes,
                say!("Senders with an old policy pass over hosts that it does not admit and go on to the others (RFC 8461 §5.1), so the old ones stay for now. Probe each new host before."),
                probes,
            );
            self.mx.extend(come.into_iter().map(|host| (preference, host)));
            self.wait(
                self.at + self.ttl(),
                say!("resolvers may still have the MX records without them until then"),
            );
        }
        if go.is_empty() {
            return;
        }
        if let Some(until) = self.binding_until(after) {
            self.wait(
                until,
                say!("until then some sender may have a policy that admits none of the hosts that stay"),
            );
        }
        let changes = go.iter().map(|host| Change::RemoveMx { host: host.clone() }).collect();
        self.step(
            say!("Remove the old MX records"),
            changes,
            say!("Every policy that a sender can have now admits a host that stays."),
            self.check(),
        );
        self.mx.retain(|(_, host)| !go.contains(host));
        let until = self.at + self.ttl();
        self.wait(until, say!("resolvers may still have the old MX records until then"));
        let changes = go.iter().map(|host| Change::Release { host: host.clone() }).collect();
        self.step(
            say!("Release the old hosts"),
            changes,
            say!("No sender is led there any more. Mail that they have queued still has to go out."),
            self.check(),
        );
    }

    /// Takes MTA-STS down (RFC 8461 §8.3).
    fn take_down(&mut self, wanted: Option<&[Host]>) {
        let before = self.hosts();
        let after = wanted.map_or_else(|| before.clone(), <[Host]>::to_vec);
        // Some senders take no policy without mx, of whichever mode, and would keep the old one.
        let is_done = |policy: &Policy| policy.mode == Mode::None && !policy.mx.is_empty();
        if self.live.as_ref().is_some_and(|(policy, _)| !is_done(policy)) {
            self.publish(
                say!("Publish a policy of mode none"),
                Mode::None,
                NONE_AGE,
                &before,
                say!("Senders that take it up forget the old one; who only found nothing would go on by that (RFC 8461 §8.3)."),
            );
        }
        self.change_mx(&before, &after);
        if self.live.is_some() {
            let last = self.cached.iter().map(|cached| cached.until).max().unwrap_or(self.at);
            let until = last.max(self.at + i64::from(NONE_AGE));
            self.wait(until, say!("until then some sender may have an older policy, and must find this one"));
            let name = self.now.domain.record_name();
            self.step(
                say!("Remove the record"),
                vec![Change::NoRecord { name }],
                say!("No sender has a policy of this domain any more that says anything else."),
                self.check(),
            );
            let until = self.at + self.ttl();
            self.wait(until, say!("resolvers may still have the record until then"));
            let url = self.now.domain.policy_url();
            self.step(
                say!("Remove the policy"),
                vec![Change::NoPolicy { url }],
                say!("Nobody looks for it. The name of the policy host may go as well."),
                self.check(),
            );
            self.live = None;
        }
    }

    fn summary(&self, wanted: &Wanted) -> String {
        let domain = &self.now.domain;
        let Some(last) = self.steps.last() else {
            return match wanted.mode {
                Mode::None => say!("{domain} has no MTA-STS: nothing needs to be done.", domain),
                mode => {
                    say!(
                        "{domain} has it already: nothing needs to be done for mode {mode}.",
                        domain,
                        mode = mode.as_str()
                    )
                }
            };
        };
        let mut changes = self.steps.iter().flat_map(|step| &step.changes);
        let enforced = self.now.live.as_ref().is_some_and(|(policy, _)| policy.mode == Mode::Enforce);
        if enforced && changes.all(|change| matches!(change, Change::Mend { .. })) {
            return say!("{domain} enforces MTA-STS already: mend what fails at its mail hosts.", domain);
        }
        let count = match self.steps.len() {
            1 => say!("one step"),
            count => say!("{count} steps", count),
        };
        let when = |at| {
            if at == self.now.at { say!("today") } else { say!("on {day} at the earliest", day = day(at)) }
        };
        let begins = self.enforces.filter(|number| *number < self.steps.len());
        if let Some((number, step)) = begins.and_then(|number| Some((number, self.steps.get(number - 1)?))) {
            return say!(
                "{domain} enforces MTA-STS {when}, from step {number} of {count} on.",
                domain,
                when = when(step.at),
                number,
                count = self.steps.len()
            );
        }
        let when = when(last.at);
        match wanted.mode {
            Mode::None => {
                say!("{domain} has no MTA-STS any more after {count}, {when}.", domain, count, when)
            }
            Mode::Testing => say!("{domain} tests MTA-STS after {count}, {when}.", domain, count, when),
            Mode::Enforce => say!("{domain} enforces MTA-STS after {count}, {when}.", domain, count, when),
        }
    }
}

/// A policy for `hosts`: the patterns of `known` that admit one of them stay as they are, and other hosts get one each.
fn policy(mode: Mode, max_age: u32, hosts: &[Host], known: Option<&Policy>) -> Policy {
    let known = known.map(|policy| policy.mx.as_slice()).unwrap_or_default();
    let mut mx: Vec<MxPattern> =
        known.iter().filter(|pattern| hosts.iter().any(|host| pattern.matches(host))).cloned().collect();
    for host in hosts {
        if !mx.iter().any(|pattern| pattern.matches(host))
            && let Ok(pattern) = MxPattern::parse(host.as_str().as_bytes())
        {
            mx.push(pattern);
        }
    }
    Policy { mode, max_age, mx }
}

/// The body of a policy (RFC 8461 §3.2).
#[must_use]
pub fn text(policy: &Policy) -> String {
    let mut body = format!("version: STSv1\nmode: {}\n", policy.mode.as_str());
    for pattern in &policy.mx {
        body.push_str(&format!("mx: {pattern}\n"));
    }
    body.push_str(&format!("max_age: {}\n", policy.max_age));
    body
}

/// A time in seconds since 1970 for people: 2026-11-22 06:15 UTC.
#[must_use]
pub fn minute(at: i64) -> String {
    format!("{} {} UTC", day(at), words::minute(at))
}
