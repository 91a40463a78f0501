//! What the product offers cures what a text or the host of one can cure: for every zoo domain its edits, what
//! it generates and its plan are published in a copy of the domain, and the copy is checked. Of everything else
//! the sentence must say who has to change what. No text that is published is written here.
#![cfg(not(target_arch = "wasm32"))]

mod looked;

use std::collections::{BTreeMap, BTreeSet};

use mta_sts::facts::{MxLookup, PolicyState, RecordState};
use mta_sts::plan::{Change, Now, Plan, Wanted};
use mta_sts::rules::{self, Sample};
use mta_sts::setup::{Hosting, SetUp, Wishes};
use mta_sts::{Delivery, Finding, Host, Level, LintKind, Mode, Names, Report, fix_all, lint};
use zoo::{Exhibit, Zoo};

use self::looked::{Seen, look};

/// What has to change for a fault to go away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cure {
    /// A text that the product edits itself.
    Text,
    /// What the domain publishes: records, policy, and the host of the policy.
    Generated,
    /// A mail server, its certificate or the DNS servers.
    Server,
    /// Which mail hosts there are, and their addresses.
    Dns,
}

use Cure::{Dns, Generated, Server};

/// The cures of all rules over what was seen that can find an error or a warning.
const CURES: &[(&str, Cure)] = &[
    ("record-absent", Generated),
    ("record-multiple", Generated),
    ("record-set-aside", Generated),
    ("record-dns-error", Server),
    ("tlsrpt-multiple", Generated),
    ("tlsrpt-set-aside", Generated),
    ("tlsrpt-dns-error", Server),
    ("tlsrpt-mailto-no-mail", Dns),
    ("tlsrpt-https-no-address", Dns),
    ("tlsrpt-target-dns-error", Server),
    ("testing-without-tlsrpt", Generated),
    ("policy-host-missing", Generated),
    ("policy-not-found", Generated),
    ("policy-redirect", Generated),
    ("policy-status", Generated),
    ("policy-coding", Generated),
    ("policy-body-too-large", Generated),
    ("policy-unreachable", Generated),
    ("policy-tls-failed", Generated),
    ("policy-certificate-name", Generated),
    ("policy-certificate-expired", Generated),
    ("policy-certificate-expires", Generated),
    ("policy-certificate-untrusted", Generated),
    ("policy-media-type", Generated),
    ("policy-slow", Generated),
    ("policy-user-agent", Generated),
    ("policy-address-fails", Generated),
    ("policy-addresses-differ", Generated),
    ("mx-not-matched", Generated),
    ("mx-null-beside-others", Dns),
    ("mx-none", Dns),
    ("mx-alias", Dns),
    ("mx-is-address", Dns),
    ("mx-no-address", Dns),
    ("mx-address-not-public", Dns),
    ("mx-dns-error", Server),
    ("mx-address-dns-error", Server),
    ("mx-connect-failed", Server),
    ("mx-starttls-missing", Server),
    ("mx-tls-failed", Server),
    ("mx-certificate-name", Server),
    ("mx-certificate-expired", Server),
    ("mx-certificate-expires", Server),
    ("mx-certificate-untrusted", Server),
    ("mx-certificate-without-sni", Server),
    ("mx-plaintext-injected", Server),
    // A note, which is all there is to say where it cannot be told what senders do.
    ("mx-not-observed", Server),
    ("dane-failed", Server),
    ("dane-dns-error", Server),
    ("dane-unusable", Server),
];

fn cure_of(finding: &Finding) -> Option<Cure> {
    // Whoever has the name can publish a record in place of its alias; of everything else that keeps a resolver
    // from an answer the servers are the cause.
    if finding.code == "record-dns-error" && finding.message.contains("aliases (CNAME)") {
        return Some(Generated);
    }
    let listed = CURES.iter().find(|(code, _)| *code == finding.code).map(|(_, cure)| *cure);
    let over_text =
        || matches!(rules::explain(finding.code)?.fires_on, Sample::Text(_)).then_some(Cure::Text);
    listed.or_else(over_text)
}

/// What is wrong with a domain: errors, warnings, and what was not seen of a mail host.
fn faults(report: &Report) -> impl Iterator<Item = &Finding> {
    report.findings.iter().filter(|finding| finding.level != Level::Note || finding.code == "mx-not-observed")
}

fn is_published(finding: &Finding) -> bool {
    matches!(cure_of(finding), Some(Cure::Text | Generated))
}

/// What is left for others to change at the mail hosts.
fn of_mail_hosts(report: &Report) -> BTreeSet<&'static str> {
    let codes = faults(report).filter(|finding| !is_published(finding)).map(|finding| finding.code);
    codes.filter(|code| code.starts_with("mx-") || code.starts_with("dane-")).collect()
}

/// What is published instead of what is there; nothing for what stays.
#[derive(Clone, Debug, Default)]
struct Texts {
    record: Option<String>,
    policy: Option<String>,
    tlsrpt: Option<String>,
}

impl Texts {
    fn on(&self, exhibit: &Exhibit) -> Exhibit {
        exhibit.published(self.record.as_deref(), self.policy.as_deref(), self.tlsrpt.as_deref())
    }
}

/// The texts that were seen, with the product's edits; nothing where it has none, or they do not suffice.
fn edited(report: &Report) -> Option<Texts> {
    let mut edits = 0;
    let mut mended = |kind, text: &str| {
        let fixed = fix_all(kind, text.as_bytes(), &Names::default());
        edits += fixed.edits;
        let text = String::from_utf8(fixed.text).ok()?;
        lint(kind, text.as_bytes()).valid.then_some(text)
    };
    // What was meant as the record counts where there is no other.
    let record = match (report.record.text.as_slice(), report.record.set_aside.as_slice()) {
        ([one], _) | ([], [one]) => mended(LintKind::Record, one)?,
        _ => return None,
    };
    let policy = mended(LintKind::Policy, report.policy.body.as_deref()?)?;
    let tlsrpt = match report.tlsrpt.text.as_slice() {
        [one] => Some(mended(LintKind::Tlsrpt, one)?),
        _ => None,
    };
    (edits > 0).then_some(Texts { record: Some(record), policy: Some(policy), tlsrpt })
}

/// What the domain has, as `mta-sts generate` takes it: where not all of it could be seen, the mail hosts are
/// named.
fn now(seen: &Seen) -> Result<Now, String> {
    Now::of(&seen.evidence, &[]).or_else(|why| {
        let hosts: Vec<Host> = seen.report.mx.iter().map(|mx| Host::new(&mx.host)).collect();
        let now = || Now::unseen(seen.evidence.domain.clone(), seen.evidence.now, &hosts);
        if hosts.is_empty() { Err(why.to_string()) } else { Ok(now()) }
    })
}

/// What the generator makes of what was seen, out of the files that it writes.
fn generated(seen: &Seen) -> Result<Texts, String> {
    let setup = SetUp::of(&now(seen)?, &Wishes::default()).map_err(|why| why.to_string())?;
    let record = |label| setup.records.iter().find(|txt| txt.label == label).map(|txt| txt.text.clone());
    let files = setup.files(&Hosting::ALL);
    let bodies: Vec<&str> = files
        .iter()
        .filter(|file| file.path.ends_with("mta-sts.txt"))
        .map(|file| file.text.as_str())
        .collect();
    assert_eq!(bodies.len(), 1 + Hosting::ALL.len(), "one for each web host, and one for others");
    let body = *bodies.first().expect("a policy");
    assert!(
        bodies.iter().all(|other| *other == body),
        "{}: web hosts serve different policies",
        setup.domain
    );
    Ok(Texts { record: record("_mta-sts"), policy: Some(body.to_owned()), tlsrpt: record("_smtp._tls") })
}

/// What stands published after each step of the plan; nothing where there is none, or nothing to do.
fn planned(seen: &Seen) -> Vec<Texts> {
    let Ok(now) = Now::of(&seen.evidence, &[]) else { return Vec::new() };
    let enforces = now.live.as_ref().is_some_and(|(policy, _)| policy.mode == Mode::Enforce);
    let mode = if enforces { Mode::Enforce } else { Mode::Testing };
    let plan = Plan::of(&now, &Wanted { mode, mx: None, moves_policy_host: false });
    let mut texts = Texts::default();
    let mut after = Vec::new();
    for step in plan.steps {
        for change in step.changes {
            match change {
                Change::Policy { url, body } => {
                    assert_eq!(url, now.domain.policy_url());
                    texts.policy = Some(body);
                }
                Change::Record { name, text, .. } if name == now.domain.record_name() => {
                    texts.record = Some(text)
                }
                Change::Record { name, text, .. } => {
                    assert_eq!(name, now.domain.tlsrpt_name());
                    texts.tlsrpt = Some(text);
                }
                // Somebody has to, who is not here.
                Change::Mend { .. } => {}
                other => panic!("{}: {other:?} in a plan for the hosts of today", now.domain),
            }
        }
        after.push(texts.clone());
    }
    after
}

/// What is not as it should be in a report on a cured domain. `remains` says of a fault whether the cure was to
/// take it away.
fn uncured(before: &Report, after: &Report, remains: impl Fn(&Finding) -> bool) -> Vec<String> {
    let mut wrong = Vec::new();
    for finding in faults(after).filter(|finding| is_published(finding) && remains(finding)) {
        wrong.push(format!("{} is there: {}", finding.code, finding.message));
    }
    if (after.record.state, after.policy.state) != (RecordState::Valid, PolicyState::Valid) {
        wrong.push(format!("the record is {:?}, the policy {:?}", after.record.state, after.policy.state));
    }
    let (was, is) = (of_mail_hosts(before), of_mail_hosts(after));
    if was != is {
        wrong.push(format!("at the mail hosts there was {was:?} and is {is:?}"));
    }
    let delivered = match after.delivery {
        Delivery::Deliver => true,
        Delivery::NoSts => after.policy.mode == Some(Mode::None),
        Delivery::Refuse | Delivery::DeliverAndReport | Delivery::Unknown => !is.is_empty(),
    };
    if !delivered {
        wrong.push(format!("senders do {}", after.delivery.as_str()));
    }
    wrong
}

/// What the words of a fix are about, where it says who changes what.
const ABOUT: [&str; 15] = [
    "server",
    "certificate",
    "host",
    "record",
    "resolver",
    "DNS",
    "zone",
    "firewall",
    "filter",
    "provider",
    "address",
    "authority",
    "network",
    "machine",
    "log",
];

/// Domains whose sentence is to say more than the rule does of every domain.
const TOLD: [(&str, &str, &str); 4] = [
    ("record-alias-circle", "record-dns-error", "publish the record itself in its place"),
    ("record-bogus", "record-dns-error", "DS record at the registrar"),
    ("no-domain", "mx-none", "register it, and publish an MX record"),
    ("delegated-wrong-name", "policy-certificate-name", "Ask whoever runs"),
];

/// What is missing from the sentence on a fault that others have to mend.
fn untold(report: &Report, finding: &Finding) -> Vec<String> {
    let fix = finding.fix.as_deref().unwrap_or_default();
    let said = format!("{} {fix}", finding.message).to_ascii_lowercase();
    let mut wrong = Vec::new();
    let hosts = report.mx.iter().map(|mx| mx.host.as_str());
    // Names of hosts and records stand under the domain, all but those of others.
    if !hosts.chain([report.domain.as_str()]).any(|name| said.contains(&name.to_ascii_lowercase())) {
        wrong.push(format!("{} names neither host nor domain: {}", finding.code, finding.message));
    }
    if fix.len() < 20 || !ABOUT.iter().any(|word| fix.contains(word)) {
        wrong.push(format!("{} does not say who changes what: {fix:?}", finding.code));
    }
    wrong
}

/// What became of the ways to a cure: the domains of each, and all that is wrong.
#[derive(Default)]
struct Outcome {
    ways: BTreeMap<&'static str, BTreeSet<&'static str>>,
    wrong: Vec<String>,
}

impl Outcome {
    fn blame(&mut self, way: &str, name: &str, wrong: Vec<String>) {
        self.wrong.extend(wrong.into_iter().map(|what| format!("{name}, {way}: {what}")));
    }

    /// Says of one cured domain what is wrong with it, or that it is cured.
    fn judge(&mut self, way: &'static str, name: &'static str, wrong: Vec<String>) {
        if wrong.is_empty() {
            self.ways.entry(way).or_default().insert(name);
        }
        self.blame(way, name, wrong);
    }

    fn cured(&self, way: &str) -> usize {
        self.ways.get(way).map_or(0, BTreeSet::len)
    }
}

/// What is lost with a cure: the mode enforce, or that senders who have the old policy look for the new one
/// (RFC 8461 §3.3).
fn lost(before: &Report, after: &Report) -> Vec<String> {
    let (Some(id), Some(mode)) = (&before.record.id, before.policy.mode) else { return Vec::new() };
    let mut wrong = Vec::new();
    if mode == Mode::Enforce && after.policy.mode != Some(Mode::Enforce) {
        wrong.push("the policy is not enforced any more".to_owned());
    }
    if before.policy.body != after.policy.body && after.record.id.as_ref() == Some(id) {
        wrong.push(format!("the policy is another one, and the id still {id}"));
    }
    wrong
}

/// Opens a zoo of the domains with these texts, and looks at it.
async fn published(cures: &[(&Seen, Texts)]) -> Vec<Report> {
    let zoo = Zoo::open_with(cures.iter().map(|(seen, texts)| texts.on(&seen.exhibit)).collect()).await;
    let after = look(&zoo.expect("a zoo")).await;
    let of = |name| after.iter().find(|seen| seen.exhibit.name == name).map(|seen| seen.report.clone());
    cures.iter().map(|(before, _)| of(before.exhibit.name).expect("a report")).collect()
}

async fn try_edits(all: &[Seen], outcome: &mut Outcome) {
    let cures: Vec<_> = all.iter().filter_map(|seen| Some((seen, edited(&seen.report)?))).collect();
    for ((seen, _), after) in cures.iter().zip(published(&cures).await) {
        // A warning that has no edit is not what the edits are for.
        let mended = |finding: &Finding| {
            let had_edit = |before: &&Finding| before.code == finding.code && before.edit.is_some();
            finding.level == Level::Error || seen.report.findings.iter().any(|before| had_edit(&before))
        };
        outcome.judge("edits", seen.exhibit.name, uncured(&seen.report, &after, mended));
    }
}

async fn try_generated(all: &[Seen], outcome: &mut Outcome) {
    let mut cures = Vec::new();
    for seen in all.iter().filter(|seen| faults(&seen.report).any(is_published)) {
        match generated(seen) {
            Ok(texts) => cures.push((seen, texts)),
            Err(why) => outcome.judge("generated", seen.exhibit.name, vec![why]),
        }
    }
    for ((seen, _), after) in cures.iter().zip(published(&cures).await) {
        let mut wrong = uncured(&seen.report, &after, |_| true);
        wrong.extend(lost(&seen.report, &after));
        outcome.judge("generated", seen.exhibit.name, wrong);
    }
}

async fn try_plans(all: &[Seen], outcome: &mut Outcome) {
    let faulty = all.iter().filter(|seen| faults(&seen.report).any(is_published));
    let plans: Vec<_> = faulty.map(|seen| (seen, planned(seen))).collect();
    for (seen, steps) in &plans {
        if steps.is_empty() && faults(&seen.report).any(|finding| finding.code == "mx-not-matched") {
            let missing = vec!["there is no plan for hosts that the policy does not list".to_owned()];
            outcome.blame("plan", seen.exhibit.name, missing);
        }
    }
    let mut was: BTreeMap<&str, Delivery> =
        plans.iter().map(|(seen, _)| (seen.exhibit.name, seen.report.delivery)).collect();
    for at in 0..plans.iter().map(|(_, steps)| steps.len()).max().unwrap_or_default() {
        let due =
            || plans.iter().filter_map(|(seen, steps)| Some((*seen, steps.get(at)?, at + 1 == steps.len())));
        let cures: Vec<_> = due().map(|(seen, texts, _)| (seen, texts.clone())).collect();
        for ((seen, texts, is_last), after) in due().zip(published(&cures).await) {
            let name = seen.exhibit.name;
            let before = was.insert(name, after.delivery);
            let mut wrong = Vec::new();
            if after.delivery == Delivery::Refuse && before != Some(Delivery::Refuse) {
                wrong.push(format!("after step {} mail is refused, and was not before", at + 1));
            }
            if is_last {
                // A plan is the way of the policy: warnings, and a TLSRPT record that it leaves alone, are not its
                // matter.
                let matters = |finding: &Finding| {
                    let reports = finding.code.starts_with("tlsrpt-");
                    finding.level == Level::Error && (texts.tlsrpt.is_some() || !reports)
                };
                wrong.extend(uncured(&seen.report, &after, matters));
                wrong.extend(lost(&seen.report, &after));
                outcome.judge("plan", name, wrong);
            } else {
                outcome.blame("plan", name, wrong);
            }
        }
    }
}

/// Whether all is well, or is as whoever runs the domain says it is to be.
fn is_meant(report: &Report) -> bool {
    report.delivery == Delivery::Deliver
        || report.mx_lookup == MxLookup::Null
        || report.policy.mode == Some(Mode::None) && report.record.state == RecordState::Valid
}

#[tokio::test(flavor = "multi_thread")]
async fn every_domain_is_cured_or_told_who_has_to() {
    let zoo = Zoo::open().await.expect("the zoo opens");
    let all = look(&zoo).await;
    drop(zoo);
    let mut outcome = Outcome::default();
    let mut told = 0;
    for Seen { exhibit, report, .. } in &all {
        let mut wrong = Vec::new();
        for finding in faults(report) {
            match cure_of(finding) {
                Some(Cure::Text | Generated) => {}
                Some(Server | Dns) => {
                    told += 1;
                    wrong.extend(untold(report, finding));
                }
                None => wrong.push(format!("{} has no cure in the table", finding.code)),
            }
        }
        if faults(report).next().is_none() && !is_meant(report) {
            wrong.push(format!("senders do {}, and nothing is said to be wrong", report.delivery.as_str()));
        }
        for (_, code, part) in TOLD.iter().filter(|(name, ..)| *name == exhibit.name) {
            let fixes = || report.findings.iter().filter(|finding| finding.code == *code);
            if !fixes().any(|finding| finding.fix.as_deref().is_some_and(|fix| fix.contains(part))) {
                wrong.push(format!("{code} does not say {part:?}"));
            }
        }
        outcome.blame("told", exhibit.name, wrong);
    }
    try_edits(&all, &mut outcome).await;
    try_generated(&all, &mut outcome).await;
    try_plans(&all, &mut outcome).await;

    let numbers = ["edits", "generated", "plan"].map(|way| outcome.cured(way));
    let table =
        || format!("{}\n{numbers:?} and {told} sentences; {:#?}", outcome.wrong.join("\n"), outcome.ways);
    assert!(outcome.wrong.is_empty(), "{} wrong:\n{}", outcome.wrong.len(), table());
    // The test tries what it says it does.
    assert!(numbers.iter().zip([4, 55, 40]).all(|(found, least)| *found >= least), "{}", table());
}
