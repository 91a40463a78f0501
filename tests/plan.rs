//! Plans, tried on senders with everything that they may have cached.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeSet;

use mta_sts::plan::{Cached, Change, Failing, Now, Plan, Wanted, text};
use mta_sts::{Domain, Host, Mode, MxPattern, Policy, PolicyDoc, RecordDoc, RecordKind};
use proptest::prelude::*;

const NOW: i64 = 1_795_305_600;

fn domain() -> Domain {
    Domain::parse("example.com").expect("a domain")
}

fn host(number: usize) -> Host {
    // Two providers, so that wildcards admit some of the hosts.
    match number {
        0..4 => Host::new(&format!("mx{number}.one.example")),
        _ => Host::new(&format!("mx{number}.two.example")),
    }
}

fn hosts(numbers: &BTreeSet<usize>) -> Vec<Host> {
    numbers.iter().map(|number| host(*number)).collect()
}

fn policy(mode: Mode, max_age: u32, numbers: &BTreeSet<usize>, wildcards: bool) -> Policy {
    let mut mx = Vec::new();
    for number in numbers {
        let name = host(*number);
        let name = name.as_str();
        let pattern = match (wildcards, name.split_once('.')) {
            (true, Some((_, rest))) => format!("*.{rest}"),
            _ => name.to_owned(),
        };
        let pattern = MxPattern::parse(pattern.as_bytes()).expect("a pattern");
        if !mx.contains(&pattern) {
            mx.push(pattern);
        }
    }
    if mode == Mode::None {
        mx.clear();
    }
    Policy { mode, max_age, mx }
}

/// What is published at a time, and who still takes mail.
#[derive(Clone, Debug)]
struct World {
    at: i64,
    body: Option<String>,
    /// What the body says.
    policy: Option<Policy>,
    id: Option<String>,
    mx: Vec<Host>,
    takes_mail: BTreeSet<Host>,
}

/// The policy at the policy host, whether a record leads to it or not.
fn served(now: &Now) -> Option<&Policy> {
    now.live.as_ref().map(|(policy, _)| policy).or(now.served.as_ref())
}

/// The world after each single change, the changes of a step in their order and a while apart.
fn worlds(now: &Now, wanted: &Wanted, plan: &Plan, late: &[i64]) -> Vec<World> {
    let mut takes_mail: BTreeSet<Host> = now.mx.iter().map(|(_, host)| host.clone()).collect();
    // A host that is to come takes mail before its record is there: the plan asks for a probe.
    takes_mail.extend(wanted.mx.iter().flatten().cloned());
    let mut world = World {
        at: i64::MIN,
        body: served(now).map(text),
        policy: served(now).cloned(),
        id: now.live.as_ref().map(|(_, id)| id.clone()),
        mx: now.mx.iter().map(|(_, host)| host.clone()).collect(),
        takes_mail,
    };
    let mut worlds = vec![world.clone()];
    let mut delay = 0;
    for (step, late) in plan.steps.iter().zip(late.iter().cycle()) {
        // Nobody takes every step on the dot; what comes after is not taken sooner for it.
        delay += late;
        for change in &step.changes {
            world.at = (step.at + delay).max(world.at.saturating_add(1));
            match change {
                Change::Policy { body, .. } => {
                    world.policy = PolicyDoc::parse(body.as_bytes()).policy();
                    assert!(world.policy.is_some(), "{body}");
                    world.body = Some(body.clone());
                }
                Change::Record { name, text, .. } if name.starts_with("_mta-sts.") => {
                    let doc = RecordDoc::parse(RecordKind::Record, text.as_bytes());
                    let id = doc.record().expect("a record that can be read").id;
                    assert_ne!(world.id.as_deref(), Some(id.as_str()), "the id changes");
                    world.id = Some(id);
                }
                Change::NoRecord { .. } => world.id = None,
                Change::NoPolicy { .. } => (world.body, world.policy) = (None, None),
                Change::AddMx { host, .. } => world.mx.push(host.clone()),
                Change::RemoveMx { host } => world.mx.retain(|known| known != host),
                Change::Release { host } => {
                    world.takes_mail.remove(host);
                }
                Change::Record { .. }
                | Change::Mend { .. }
                | Change::CopyPolicy { .. }
                | Change::MovePolicyHost { .. }
                | Change::ReleasePolicyHost => {}
            }
            worlds.push(world.clone());
        }
    }
    worlds
}

/// What may be in a cache, from when until when: policies that were live not longer ago than they are kept, where a record led
/// to them.
fn cached(worlds: &[World], earlier: &[Cached], ttl: i64) -> Vec<(i64, i64, Policy)> {
    let ends = |index: usize| worlds.get(index + 1).map_or(i64::MAX, |next| next.at);
    let mut found: Vec<_> = earlier
        .iter()
        .map(|cached| (i64::MIN, cached.until.saturating_add(1), cached.policy.clone()))
        .collect();
    for (index, world) in worlds.iter().enumerate() {
        let Some(policy) = &world.policy else { continue };
        let led = worlds.iter().enumerate().any(|(other, led)| {
            led.id.is_some() && led.at < ends(index) && ends(other).saturating_add(ttl) > world.at
        });
        if led {
            let end = ends(index).saturating_add(i64::from(policy.max_age));
            found.push((world.at, end, policy.clone()));
        }
    }
    found.retain(|(_, _, policy)| policy.mode == Mode::Enforce);
    found
}

/// The MX sets that resolvers may have at `at`.
fn views(worlds: &[World], ttl: i64, at: i64) -> Vec<Vec<Host>> {
    let mut views = Vec::new();
    for (index, world) in worlds.iter().enumerate() {
        let end = worlds.get(index + 1).map_or(i64::MAX, |next| next.at);
        if world.at <= at && at < end.saturating_add(ttl) {
            views.push(world.mx.clone());
        }
    }
    views
}

/// Fails where a sender that honours MTA-STS has no host to deliver to, although one that does not has.
fn nobody_is_refused(now: &Now, worlds: &[World]) -> Result<(), TestCaseError> {
    let ttl = i64::from(now.ttl);
    let mut earlier = now.cached.clone();
    // Until just now a record led to it, for all that is known.
    earlier.extend(
        now.served
            .iter()
            .map(|policy| Cached { policy: policy.clone(), until: now.at + ttl + i64::from(policy.max_age) }),
    );
    let policies = cached(worlds, &earlier, ttl);
    // What holds changes at these times alone.
    let mut times = BTreeSet::from([now.at]);
    times.extend(worlds.iter().skip(1).flat_map(|world| [world.at, world.at.saturating_add(ttl)]));
    times.extend(policies.iter().map(|(_, end, _)| *end).filter(|end| *end < i64::MAX));
    let times: BTreeSet<i64> = times.into_iter().flat_map(|at| [at - 1, at, at + 1]).collect();
    for at in times {
        let takes_mail =
            &worlds.iter().rfind(|world| world.at <= at).expect("the first is for ever").takes_mail;
        for view in views(worlds, ttl, at) {
            let open: Vec<&Host> = view.iter().filter(|host| takes_mail.contains(*host)).collect();
            prop_assert!(!open.is_empty(), "at {}: nobody of {view:?} takes mail", at - now.at);
            for (_, _, policy) in policies.iter().filter(|(from, end, _)| (*from..*end).contains(&at)) {
                let admitted = open.iter().any(|host| policy.mx.iter().any(|pattern| pattern.matches(host)));
                prop_assert!(admitted, "at {}: {policy:?} admits none of {open:?}", at - now.at);
            }
        }
    }
    Ok(())
}

fn situations() -> impl Strategy<Value = (Now, Wanted, Vec<i64>)> {
    let numbers = || proptest::collection::btree_set(0_usize..8, 1..4);
    let mode = || prop_oneof![Just(Mode::Enforce), Just(Mode::Testing), Just(Mode::None)];
    let age = || prop_oneof![Just(86_400_u32), Just(604_800), Just(31_557_600), 300_u32..3_000_000];
    let earlier = (numbers(), age(), any::<bool>(), 1_i64..31_557_600);
    (
        numbers(),
        proptest::option::of((mode(), age(), numbers(), any::<bool>(), any::<bool>())),
        proptest::collection::vec(earlier, 0..3),
        (mode(), proptest::option::of(numbers()), any::<bool>()),
        prop_oneof![Just(60_u32), Just(3600), Just(86_400)],
        (any::<bool>(), proptest::collection::vec(0_i64..200_000, 1..8)),
    )
        .prop_map(|(mx, live, earlier, (mode, wanted, moves), ttl, (tlsrpt, late))| {
            // A policy admits a host of today, or mail is refused already, which no plan can help.
            let with = |mut numbers: BTreeSet<usize>| {
                numbers.extend(mx.first());
                numbers
            };
            let found = live.as_ref().is_some_and(|(.., found)| *found);
            let policy_there =
                live.map(|(mode, age, numbers, wildcards, _)| policy(mode, age, &with(numbers), wildcards));
            let id = "20260101T000000".to_owned();
            let (live, served) =
                if found { (policy_there.map(|policy| (policy, id)), None) } else { (None, policy_there) };
            let cached = earlier.into_iter().map(|(numbers, age, wildcards, left)| Cached {
                policy: policy(Mode::Enforce, age, &with(numbers), wildcards),
                until: NOW + left,
            });
            let now = Now {
                domain: domain(),
                at: NOW,
                live,
                served,
                cached: cached.collect(),
                mx: hosts(&mx).into_iter().map(|host| (10, host)).collect(),
                ttl,
                tlsrpt,
                policy_fault: None,
                failing: Vec::new(),
                testing_since: None,
            };
            let wanted = Wanted { mode, mx: wanted.map(|wanted| hosts(&wanted)), moves_policy_host: moves };
            (now, wanted, late)
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// No step has a sender refuse mail, whatever it has cached and however late the steps are taken; and in the end all is
    /// as it was wanted.
    #[test]
    fn no_step_has_mail_refused((now, wanted, late) in situations()) {
        let plan = Plan::of(&now, &wanted);
        let worlds = worlds(&now, &wanted, &plan, &late);
        nobody_is_refused(&now, &worlds)?;
        for pair in worlds.windows(2) {
            let [before, after] = pair else { unreachable!("windows of two") };
            // A new id is seen only where the new body is there already (RFC 8461 §8.1).
            prop_assert!(before.body == after.body || before.id == after.id);
        }
        prop_assert!(plan.steps.windows(2).all(|pair| pair[0].at <= pair[1].at));

        let last = worlds.last().expect("the first is there");
        let wanted_mx = wanted.mx.clone().unwrap_or_else(|| now.mx.iter().map(|(_, host)| host.clone()).collect());
        let mut mx = last.mx.clone();
        mx.sort();
        prop_assert_eq!(mx, wanted_mx.clone());
        let reached = last.policy.clone();
        match wanted.mode {
            Mode::None => prop_assert_eq!((reached, &last.id), (None, &None)),
            mode => {
                let reached = reached.expect("a policy");
                prop_assert_eq!(reached.mode, mode);
                prop_assert!(last.id.is_some());
                for host in &wanted_mx {
                    prop_assert!(reached.mx.iter().any(|pattern| pattern.matches(host)), "{host}");
                }
            }
        }
        // Once there, nothing is left to be done.
        let there = Now {
            at: last.at.max(NOW) + 40_000_000,
            live: last.policy.clone().zip(last.id.clone()),
            served: None,
            cached: Vec::new(),
            mx: last.mx.iter().map(|host| (10, host.clone())).collect(),
            ..now
        };
        let wanted = Wanted { moves_policy_host: false, ..wanted };
        prop_assert_eq!(Plan::of(&there, &wanted).steps, []);
    }

    /// The exports hold every step.
    #[test]
    fn a_plan_can_be_taken_along((now, wanted, _) in situations()) {
        let plan = Plan::of(&now, &wanted);
        let markdown = plan.markdown();
        prop_assert_eq!(markdown.matches("- [ ] ").count(), plan.steps.len());
        let calendar = plan.calendar(NOW);
        prop_assert_eq!(calendar.matches("BEGIN:VEVENT\r\n").count(), plan.steps.len());
        prop_assert!(calendar.ends_with("END:VCALENDAR\r\n"));
        prop_assert!(calendar.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')));
        for step in &plan.steps {
            prop_assert!(markdown.contains(&step.why) && markdown.contains(&step.check));
        }
    }
}

#[test]
fn what_was_tested_long_enough_is_enforced_at_once() {
    let mx = BTreeSet::from([0]);
    let now = |since: Option<i64>| Now {
        domain: domain(),
        at: NOW,
        live: Some((policy(Mode::Testing, 86_400, &mx, false), "1".to_owned())),
        served: None,
        cached: Vec::new(),
        mx: vec![(10, host(0))],
        ttl: 3600,
        tlsrpt: true,
        policy_fault: None,
        failing: Vec::new(),
        testing_since: since,
    };
    let wanted = Wanted { mode: Mode::Enforce, mx: None, moves_policy_host: false };
    let first = |since| Plan::of(&now(since), &wanted).steps[0].at - NOW;
    assert_eq!(first(None), 14 * 86_400);
    assert_eq!(first(Some(NOW - 4 * 86_400)), 10 * 86_400);
    assert_eq!(first(Some(NOW - 20 * 86_400)), 0);
    // A host more is a policy more, which is tested anew.
    let wanted = Wanted { mx: Some(vec![host(0), host(5)]), ..wanted };
    let plan = Plan::of(&now(Some(NOW - 20 * 86_400)), &wanted);
    let enforced = plan.steps.iter().find(|step| step.title == "Enforce the policy").expect("in the end");
    assert!(enforced.at >= NOW + 14 * 86_400);
}

#[test]
fn what_fails_at_a_host_that_stays_is_mended_first() {
    let mx = BTreeSet::from([0, 1]);
    let failing = |host, about, fault: &str| Failing { host, about, fault: fault.to_owned() };
    let now = Now {
        live: Some((policy(Mode::Enforce, 604_800, &mx, false), "1".to_owned())),
        mx: vec![(10, host(0)), (10, host(1))],
        failing: vec![
            failing(host(0), format!("{} (192.0.2.1)", host(0)), "shows an expired certificate"),
            failing(host(1), host(1).to_string(), "has no address"),
        ],
        tlsrpt: true,
        ..Now::unseen(domain(), NOW, &[])
    };
    let plan = |mode, mx: Option<Vec<Host>>| Plan::of(&now, &Wanted { mode, mx, moves_policy_host: false });
    let mended = |plan: &Plan| -> Vec<String> {
        let changes = plan.steps.iter().flat_map(|step| &step.changes);
        changes
            .filter(|change| matches!(change, Change::Mend { .. }))
            .map(|change| change.words().0)
            .collect()
    };
    let stays = plan(Mode::Enforce, None);
    assert_eq!(stays.steps.len(), 1, "nothing else is to be done: {stays:?}");
    assert_eq!(mended(&stays).len(), 2);
    assert!(stays.summary.contains("enforces MTA-STS already"), "{}", stays.summary);
    assert!(stays.steps[0].check.ends_with("--expect enforce-ready"));
    // A host that goes need not be mended.
    let goes = plan(Mode::Enforce, Some(vec![host(0), host(5)]));
    assert_eq!(mended(&goes), [format!("{} (192.0.2.1) shows an expired certificate: mend that.", host(0))]);
    assert_eq!(mended(&plan(Mode::Testing, None)), [""; 0]);
    // Some senders take no policy without mx, and would keep the old one.
    let down = plan(Mode::None, None);
    let Some(Change::Policy { body, .. }) = down.steps[0].changes.first() else { panic!("{down:?}") };
    assert!(body.contains("mode: none\nmx: "), "{body}");
}

#[test]
fn a_policy_without_a_record_that_counts_is_found_again() {
    let mx = BTreeSet::from([0]);
    let served = policy(Mode::Enforce, 604_800, &mx, false);
    let now = Now {
        served: Some(served),
        mx: vec![(10, host(0))],
        tlsrpt: true,
        ..Now::unseen(domain(), NOW, &[])
    };
    let wanted = Wanted { mode: Mode::Enforce, mx: None, moves_policy_host: false };
    let plan = Plan::of(&now, &wanted);
    let [step] = plan.steps.as_slice() else { panic!("{plan:?}") };
    assert!(matches!(step.changes.as_slice(), [Change::Record { replaces: false, .. }]), "{step:?}");
    assert!(plan.summary.contains("enforces MTA-STS"), "{}", plan.summary);
    // Where a host fails, enforcing again would have mail refused: it is tested first.
    let fault = "shows an expired certificate".to_owned();
    let failing = vec![Failing { host: host(0), about: host(0).to_string(), fault }];
    let plan = Plan::of(&Now { failing, ..now }, &wanted);
    let bodies = plan.steps.iter().flat_map(|step| &step.changes).filter_map(|change| match change {
        Change::Policy { body, .. } => Some(body.as_str()),
        _ => None,
    });
    let modes: Vec<&str> = bodies.filter_map(|body| body.lines().nth(1)).collect();
    assert_eq!(modes, ["mode: testing", "mode: enforce", "mode: enforce"]);
}
