//! A check of one domain, without I/O: it says what to look at next, takes what was seen, and
//! reports at any time.

use std::net::IpAddr;

use crate::beside::Selector;
use crate::evidence::{Entry, Evidence, Step, Witness};
use crate::facts::{Facts, PolicyFacts};
use crate::name::{Domain, Names};
use crate::policy::PolicyDoc;
use crate::report::Report;

/// A check under way.
///
/// A host program asks for the steps that can be taken now, takes them all at once, and feeds each
/// outcome as it arrives; every outcome may make further steps possible. It is over when nothing is
/// under way and there is no next step.
///
/// ```
/// use mta_sts::{Check, Domain, Entry, Failure, Outcome, Witness};
///
/// let domain = Domain::parse("example.com")?;
/// let mut check = Check::new(domain, 1_795_305_600);
/// loop {
///     let steps = check.next_steps();
///     if steps.is_empty() {
///         break;
///     }
///     for step in steps {
///         // A host program would go and look. This one has no network.
///         let outcome = Outcome::Failed(Failure::Unreachable { detail: "no network".into() });
///         check.feed(Entry { step, by: Witness::Terminal, via: None, took_ms: 0, outcome });
///     }
/// }
/// assert_eq!(check.report().delivery.as_str(), "unknown");
/// # Ok::<(), mta_sts::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Check {
    evidence: Evidence,
    /// Every step handed out, in order.
    asked: Vec<Step>,
    /// Steps that one witness more was sent out for.
    expected: Vec<(Step, Witness)>,
}

impl Check {
    /// Begins the check of a domain. `now` is in seconds since 1970.
    #[must_use]
    pub const fn new(domain: Domain, now: i64) -> Self {
        Self { evidence: Evidence::new(domain, now), asked: Vec::new(), expected: Vec::new() }
    }

    /// The same, with one connection to each address of a mail host and one fetch of the policy, and no more.
    #[must_use]
    pub fn quick(mut self) -> Self {
        self.evidence.quick = true;
        self
    }

    /// The same, with DKIM keys looked for under these selectors too.
    #[must_use]
    pub fn with_selectors(mut self, selectors: Vec<Selector>) -> Self {
        self.evidence.selectors = selectors;
        self
    }

    /// Takes up evidence that was gathered before; what it lacks is what is asked for next.
    #[must_use]
    pub fn replay(evidence: Evidence) -> Self {
        let asked = evidence.entries.iter().map(|entry| entry.step.clone()).collect();
        Self { evidence, asked, expected: Vec::new() }
    }

    /// The steps that can be taken now; each is handed out once. A mail host is connected to once at a time, under
    /// whichever of its names: what dials an address that is being dialled comes when that has given its outcome.
    pub fn next_steps(&mut self) -> Vec<Step> {
        let is_done = |step: &Step| self.evidence.entries.iter().any(|entry| entry.step == *step);
        let under_way = self.asked.iter().filter(|step| step.mail_address().is_some() && !is_done(step));
        let mut dialled: Vec<IpAddr> = under_way.filter_map(Step::mail_address).collect();
        let mut steps = Facts::read(&self.evidence).needed;
        steps.retain(|step| {
            !self.asked.contains(step)
                && step.mail_address().is_none_or(|address| {
                    let is_free = !dialled.contains(&address);
                    dialled.push(address);
                    is_free
                })
        });
        self.asked.extend(steps.iter().cloned());
        steps
    }

    /// Says that a step is carried out by this witness, too: it counts as under way until that one's
    /// outcome is fed, whoever else's has arrived.
    pub fn expect(&mut self, step: Step, by: Witness) {
        self.expected.push((step, by));
    }

    /// Takes what came of a step. The same step may be fed by more than one witness.
    pub fn feed(&mut self, entry: Entry) {
        self.evidence.entries.push(entry);
    }

    /// The same, for a host program that has tables of names: where a policy came of the step, `known` says what it
    /// knows of the names in it.
    pub fn feed_with(&mut self, entry: Entry, known: impl FnOnce(&PolicyDoc<'_>) -> Names) {
        let is_policy = matches!(entry.step, Step::Policy { .. });
        self.feed(entry);
        if is_policy {
            let names = PolicyFacts::of(&self.evidence).doc().map(|doc| known(&doc));
            self.evidence.names = names.unwrap_or_default();
        }
    }

    /// What the evidence comes to so far.
    #[must_use]
    pub fn report(&self) -> Report {
        let done = |step: &Step, by: Option<Witness>| {
            let mut entries = self.evidence.entries.iter().filter(|entry| entry.step == *step);
            entries.any(|entry| by.is_none_or(|by| entry.by == by))
        };
        let asked = self.asked.iter().map(|step| (step, None));
        let expected = self.expected.iter().map(|(step, by)| (step, Some(*by)));
        let mut under_way: Vec<Step> = Vec::new();
        for (step, by) in asked.chain(expected) {
            if !done(step, by) && !under_way.contains(step) {
                under_way.push(step.clone());
            }
        }
        Report::of(&self.evidence, &under_way)
    }

    /// Everything seen so far.
    #[must_use]
    pub const fn evidence(&self) -> &Evidence {
        &self.evidence
    }
}
