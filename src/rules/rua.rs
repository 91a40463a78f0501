//! Rules over where TLS reports go (RFC 8460 §3): whether DNS knows of a way there. None of it is about mail to the domain.

use super::{CheckLint, Hit, Level, Lint, Rule, Sample};
use crate::causes::dns_error;
use crate::facts::{Facts, TargetFacts, TargetState, Unseen};
use crate::rua::Place;
use crate::say::say;
use crate::words::{cut_after, quoted};

pub(super) const LINTS: &[CheckLint] = &[MAILTO_NO_MAIL, HTTPS_NO_ADDRESS, TARGET_DNS_ERROR];

/// Most hosts or addresses of a target that are named.
const MAX_NAMED: usize = 4;

/// The mail address of a target, or its URI.
fn name(target: &TargetFacts) -> String {
    quoted(target.target.address.as_ref().unwrap_or(&target.target.uri).as_bytes())
}

/// What was seen of a target, as a part of a sentence.
pub(crate) fn seen(facts: &TargetFacts) -> String {
    let (target, state) = (&facts.target, facts.state);
    match &facts.unseen {
        Some(Unseen::Error(name, error)) => return dns_error(name, error),
        Some(Unseen::Failed(failure)) => {
            return say!("not looked up: {why}", why = failure.in_words());
        }
        Some(Unseen::Waiting) => return say!("not looked up yet"),
        None => {}
    }
    match &target.place {
        Place::Nowhere if target.is_mail() => {
            say!("{text} has no mail address", text = quoted(target.uri.as_bytes()))
        }
        Place::Nowhere => say!("{text} has no host", text = quoted(target.uri.as_bytes())),
        Place::Address(address) => {
            say!("`{address}` is an IP address, so there is nothing to look up", address)
        }
        Place::NotAscii(name) => say!(
            "not looked up, as {name} is not in ASCII: DNS has such a name as an A-label, with `xn--`",
            name = quoted(name.as_bytes())
        ),
        Place::NoName(name) => say!("{name} is no name of a domain or host", name = quoted(name.as_bytes())),
        Place::Name(domain) => of_name(domain, target.is_mail(), state, &facts.found),
    }
}

fn of_name(domain: &str, is_mail: bool, state: TargetState, found: &[String]) -> String {
    let named: Vec<String> = found.iter().take(MAX_NAMED).map(|one| quoted(one.as_bytes())).collect();
    let names = match found.len() - named.len() {
        0 => named.join(", "),
        more => say!("{names} and {more} more", names = named.join(", "), more),
    };
    let domain = &cut_after(domain, 80);
    match state {
        TargetState::Found if is_mail => say!("mail for `{domain}` goes to {names}", domain, names),
        TargetState::Found => say!("`{host}` has an address: {names}", host = domain, names),
        TargetState::Implicit => {
            say!("`{domain}` has no MX record, so mail goes to its own address: {names}", domain, names)
        }
        TargetState::Null => say!("`{domain}` accepts no mail: it has a null MX", domain),
        TargetState::NoDomain => say!("`{domain}` does not exist", domain),
        TargetState::None if is_mail => {
            say!("`{domain}` has neither an MX record nor an address", domain)
        }
        TargetState::None => say!("`{host}` has no address", host = domain),
        // These have a reason, which is told above.
        TargetState::DnsError | TargetState::NotObserved => String::new(),
    }
}

/// What is at fault with the targets of one kind. What is at fault with the domain itself has findings of its own.
fn failing(facts: &Facts<'_>, is_mail: bool, fix: impl Fn(&str) -> String) -> Vec<Hit> {
    let own = |target: &TargetFacts| {
        matches!(&target.target.place, Place::Name(name) if name == facts.domain.as_str())
            && target.state != TargetState::Null
    };
    // One that leads nowhere is told where the text of the record is read.
    let nowhere = |target: &TargetFacts| target.target.place == Place::Nowhere;
    let targets = &facts.rua.targets;
    let others: Vec<String> = targets.iter().filter(|target| target.state.is_good()).map(name).collect();
    let hits = targets.iter().filter(|target| {
        target.target.is_mail() == is_mail && target.state.fails() && !own(target) && !nowhere(target)
    });
    let hit = |target: &TargetFacts| {
        let (to, what) = (name(target), seen(target));
        let message = if facts.rua.all_fail() {
            say!(
                "no report can reach {to}, and the record names no other place that gets any: {what}",
                to,
                what
            )
        } else if others.is_empty() {
            say!("no report can reach {to}: {what}", to, what)
        } else {
            let others = others.join(", ");
            say!("no report can reach {to}: {what}; {others} can still be reached", to, what, others)
        };
        let hit = Hit::at(target.target.span, message);
        match &target.target.place {
            Place::Name(name) => hit.fix(fix(&cut_after(name, 80))),
            _ => hit,
        }
    };
    hits.map(hit).collect()
}

const MAILTO_NO_MAIL: CheckLint = Lint {
    rule: Rule {
        code: "tlsrpt-mailto-no-mail",
        level: Level::Warning,
        section: "RFC 8460 §3",
        title: "TLS reports are sent to a domain that takes no mail",
        why: "Mail to the domain itself is not affected. Senders write a report every day and cannot deliver it, so failures show only when mail is missing.",
        fix: "Name a mail address in the record that gets mail, and send a mail to it to see whether it arrives.",
        fires_on: Sample::Zoo("tlsrpt-mailto-no-mail"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        let record = &facts.tlsrpt.name;
        failing(facts, true, |domain| {
            say!(
                "Name an address that gets mail in the record at `{record}`, or let `{domain}` take mail with an MX record.",
                record,
                domain
            )
        })
    },
};

const HTTPS_NO_ADDRESS: CheckLint = Lint {
    rule: Rule {
        code: "tlsrpt-https-no-address",
        level: Level::Warning,
        section: "RFC 8460 §3",
        title: "TLS reports are posted to a host without an address",
        why: "Mail to the domain itself is not affected. Senders make a report every day and have no host to post it to, so failures show only when mail is missing.",
        fix: "Write the URL as whoever collects the reports gives it.",
        fires_on: Sample::Zoo("tlsrpt-https-no-address"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        let record = &facts.tlsrpt.name;
        failing(facts, false, |host| {
            say!(
                "Correct the URL in the record at `{record}`, or publish an address for the host `{host}`.",
                record,
                host
            )
        })
    },
};

const TARGET_DNS_ERROR: CheckLint = Lint {
    rule: Rule {
        code: "tlsrpt-target-dns-error",
        level: Level::Warning,
        section: "RFC 8460 §3",
        title: "where TLS reports go cannot be looked up",
        why: "Mail to the domain itself is not affected. Senders that get no answer cannot deliver their reports.",
        fix: "Let whoever runs the DNS of that name repair it, or name another address in the record.",
        fires_on: Sample::Zoo("tlsrpt-target-servfail"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        let failing = facts.rua.targets.iter().filter_map(|target| match &target.unseen {
            Some(Unseen::Error(name, error)) if name != facts.domain.as_str() => Some((target, name, error)),
            _ => None,
        });
        let hit = |(target, at, error): (&TargetFacts, &String, _)| {
            let message = say!("{name}: {what}", name = name(target), what = dns_error(at, error));
            let fix = say!(
                "Let whoever runs the DNS of {name} repair it, or name another address in the record at `{record}`.",
                name = quoted(at.as_bytes()),
                record = &facts.tlsrpt.name
            );
            Hit::at(target.target.span, message).fix(fix)
        };
        failing.map(hit).collect()
    },
};
