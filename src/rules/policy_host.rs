//! Rules over the policy host itself: its addresses one by one, whose server it is, and whom it turns away (RFC 8461 §3.3,
//! §8.2).

use super::{CheckLint, Hit, Level, Lint, Rule, Sample, one};
use crate::evidence::{Failure, HttpAnswer, Outcome};
use crate::facts::{Facts, PolicyAddressFacts, PolicyFacts, PolicyState, has_coding};
use crate::heard;
use crate::name::{Host, dns_id_matches};
use crate::policy::{Policy, PolicyDoc};
use crate::say::say;
use crate::words::{joined, quoted};

pub(super) const LINTS: &[CheckLint] =
    &[POLICY_USER_AGENT, POLICY_ADDRESS_FAILS, POLICY_ADDRESSES_DIFFER, POLICY_DELEGATED, DELEGATION_HALF];

/// What a fetch came to, as what follows on the name of whoever was asked and a colon.
pub(crate) fn came_to(outcome: &Outcome, host: &str) -> String {
    match outcome {
        Outcome::Http(answer) => match (answer.status, &answer.location) {
            (200, _) if has_coding(answer) => say!("a body in a content coding nobody asked for"),
            (200, _) => say!("a body of {count} bytes", count = answer.body.0.len()),
            (status, Some(target)) => {
                say!("status {status}, to {target}", status, target = quoted(target.as_bytes()))
            }
            (status, None) => say!("status {status}", status),
        },
        Outcome::Failed(Failure::Certificate { tls }) => joined(tls.faults_in_words(host)),
        Outcome::Failed(Failure::ConnectTimeout { .. }) => say!("no answer to the connection attempt"),
        Outcome::Failed(failure) => failure.in_words(),
        Outcome::Message(_) | Outcome::Session(_) | Outcome::OldTls(_) => {
            say!("no answer to an HTTP request")
        }
    }
}

const POLICY_USER_AGENT: CheckLint = Lint {
    rule: Rule {
        code: "policy-user-agent",
        level: Level::Error,
        section: "RFC 8461 §3.3",
        title: "the policy host answers browsers alone",
        why: "What fetches policies for a mail server is no browser and does not say that it is one. A site that turns away whatever does not call itself a browser turns away senders: they have no policy and deliver as if there were no MTA-STS.",
        fix: "Take `/.well-known/mta-sts.txt` on the policy host out of the bot protection or firewall rule that goes by the User-Agent.",
        fires_on: Sample::Zoo("policy-browsers-only"),
        quiet_on: Sample::Zoo("policy-403"),
    },
    find: |facts| {
        let policy = &facts.policy;
        let (Some(Outcome::Http(browser)), Some(refusal)) = (policy.as_browser, policy.outcome) else {
            return Vec::new();
        };
        // What took too long the first time and long the second is slow, for everybody.
        let took = browser.stages.iter().fold(0_u32, |sum, stage| sum.saturating_add(stage.took_ms));
        let slow = matches!(refusal, Outcome::Failed(Failure::Timeout)) && took > policy.took_ms / 4;
        if browser.status != 200 || slow || gives_anyway(policy, browser) {
            return Vec::new();
        }
        let came_to = came_to(refusal, &facts.domain.policy_host());
        let hit = Hit::new(say!(
            "`{url}`: {came_to}; status 200 to the same request with the User-Agent of a browser",
            url = facts.domain.policy_url(),
            came_to
        ));
        // A status of 400 to 499 is a decision about the client; anything else may have passed by itself.
        let decided = policy.answer().is_some_and(|answer| matches!(answer.status, 400..=499));
        vec![if decided { hit } else { hit.level(Level::Warning) }]
    },
};

/// Whether the address that a browser's User-Agent was answered from answers ours as well: then addresses differ, and not
/// what is made of clients.
fn gives_anyway(policy: &PolicyFacts<'_>, browser: &HttpAnswer) -> bool {
    let there = policy.addresses.iter().filter(|at| Some(at.address) == browser.address);
    there.filter_map(PolicyAddressFacts::answer).any(|answer| answer.status == 200)
}

/// The status that the User-Agent of a browser is answered with, where that gets no policy either.
pub(super) fn status_as_browser(policy: &PolicyFacts<'_>) -> Option<u16> {
    match policy.as_browser {
        Some(Outcome::Http(theirs)) if theirs.status != 200 => Some(theirs.status),
        _ => None,
    }
}

/// Whether a browser's User-Agent fails in the same way.
pub(super) fn fails_as_browser(policy: &PolicyFacts<'_>) -> bool {
    match (policy.outcome, policy.as_browser) {
        (Some(Outcome::Failed(ours)), Some(Outcome::Failed(theirs))) => ours == theirs,
        _ => false,
    }
}

const POLICY_ADDRESS_FAILS: CheckLint = Lint {
    rule: Rule {
        code: "policy-address-fails",
        level: Level::Warning,
        section: "RFC 8461 §3.3",
        title: "an address of the policy host does not give the policy",
        why: "A sender connects to any address of the policy host; many try IPv6 first. Few try another address once one has answered wrongly, so some senders have no policy, or have it late, and nobody else notices.",
        fix: "Let the server at that address serve the policy too, or remove the address from the policy host.",
        fires_on: Sample::Zoo("policy-ipv6-refuses"),
        quiet_on: Sample::Zoo("policy-two-addresses"),
    },
    find: |facts| {
        let (policy, host) = (&facts.policy, &facts.domain.policy_host());
        let (giving, failing): (Vec<_>, Vec<_>) = policy.addresses.iter().partition(|at| at.has_body());
        let private = |at: &PolicyAddressFacts<'_>| {
            matches!(at.outcome, Some(Outcome::Failed(Failure::Guarded { .. }))) && policy.addresses.len() > 1
        };
        let seen = |at: &&&PolicyAddressFacts<'_>| at.state != PolicyState::NotObserved || private(at);
        let failing: Vec<_> = failing.iter().filter(seen).collect();
        // Where none gives a policy, what the ordinary fetch came to has a finding already.
        let known = policy.outcome.filter(|_| giving.is_empty()).map(|outcome| came_to(outcome, host));
        let hits = failing.iter().filter_map(|at| {
            let what = match at.outcome? {
                Outcome::Failed(Failure::Guarded { class, .. }) => {
                    say!("{class}, so no sender reaches it", class = heard::in_words(class))
                }
                outcome => came_to(outcome, host),
            };
            if known.as_ref() == Some(&what) {
                return None;
            }
            let others: Vec<String> = giving.iter().take(3).map(|at| at.address.to_string()).collect();
            let here = at.address;
            let message = say!("{address} (`{host}`): {what}", address = here, host, what);
            let hit = Hit::new(match others.as_slice() {
                [] => message,
                [other] => say!("{message}; {other} gives the policy", message, other),
                others => say!("{message}; {others} give the policy", message, others = others.join(", ")),
            });
            let only_ipv4 = at.address.is_ipv6() && giving.iter().any(|at| at.address.is_ipv4());
            Some(hit.fix_if(match at.state {
                PolicyState::NotObserved => Some(say!("Remove {address} from the addresses of `{host}`.", address = here, host)),
                PolicyState::WebpkiInvalid => Some(say!(
                    "Install a valid certificate for `{host}` on the server at {address}, or remove that address.",
                    host,
                    address = here
                )),
                _ if only_ipv4 => Some(say!(
                    "Let the web server answer at {address} as it does over IPv4, or correct or remove that AAAA record of `{host}`.",
                    address = here,
                    host
                )),
                _ => None,
            }))
        });
        hits.collect()
    },
};

const POLICY_ADDRESSES_DIFFER: CheckLint = Lint {
    rule: Rule {
        code: "policy-addresses-differ",
        level: Level::Warning,
        section: "RFC 8461 §3.3",
        title: "addresses of the policy host serve different policies",
        why: "Which policy a sender gets depends on the address it connects to, and it keeps that one for as long as `max_age` says. A change that did not reach every server shows like this.",
        fix: "Bring the same policy to every server of the policy host, and then change the id of the record.",
        fires_on: Sample::Zoo("policy-addresses-differ"),
        quiet_on: Sample::Zoo("policy-two-addresses"),
    },
    find: |facts| {
        let mut bodies = facts.policy.addresses.iter().filter(|at| at.has_body());
        let Some(first) = bodies.next() else { return Vec::new() };
        let hits = bodies.filter_map(|other| {
            let (one, two) = (first.answer()?, other.answer()?);
            let (here, there) = (first.address, other.address);
            if one.body == two.body {
                let media_type = |answer: &HttpAnswer| {
                    answer.content_type.as_ref().map_or_else(
                        || say!("without a `Content-Type`"),
                        |given| say!("as {given}", given = quoted(given.as_bytes())),
                    )
                };
                let (one, two) = (media_type(one), media_type(two));
                let differ = one != two;
                let message = || say!("{here} serves the policy {one}, {there} {two}", here, one, there, two);
                return differ.then(|| Hit::new(message()));
            }
            let policy = |at: &PolicyAddressFacts<'_>, answer: &HttpAnswer| {
                let valid = at.state == PolicyState::Valid;
                PolicyDoc::parse(&answer.body.0).policy().filter(|_| valid)
            };
            Some(match (policy(first, one), policy(other, two)) {
                (Some(one), Some(two)) => differ(&one, &two)
                    .map(|(one, two)| {
                        Hit::new(say!(
                            "{here} serves a policy with {one}, {there} one with {two}",
                            here,
                            one,
                            there,
                            two
                        ))
                    })
                    .unwrap_or_else(|| {
                        Hit::new(say!(
                            "{here} and {there} serve the same policy, written differently",
                            here,
                            there
                        ))
                        .level(Level::Note)
                    }),
                (Some(_), None) => Hit::new(say!(
                    "{here} serves a policy that senders can read, {there} one that they cannot",
                    here,
                    there
                )),
                (None, Some(_)) => Hit::new(say!(
                    "{here} serves a policy that senders cannot read, {there} one that they can",
                    here,
                    there
                )),
                (None, None) => Hit::new(say!(
                    "{here} and {there} serve different bodies, neither of which senders can read",
                    here,
                    there
                )),
            })
        });
        hits.collect()
    },
};

/// What two policies differ in, as each has it; nothing where they say the same.
fn differ(one: &Policy, two: &Policy) -> Option<(String, String)> {
    let of = |words: &dyn Fn(&Policy) -> String| (words(one), words(two));
    let mx = |policy: &Policy| {
        let mut patterns: Vec<String> =
            policy.mx.iter().map(|mx| mx.to_string().to_ascii_lowercase()).collect();
        patterns.sort();
        patterns.dedup();
        patterns
    };
    let listed = |policy: &Policy| {
        let patterns = mx(policy);
        let shown: Vec<String> = patterns.iter().take(5).map(|mx| format!("`mx: {mx}`")).collect();
        match (shown.is_empty(), patterns.len() - shown.len()) {
            (true, _) => say!("no `mx`"),
            (false, 0) => shown.join(", "),
            (false, more) => say!("{names} and {more} more", names = shown.join(", "), more),
        }
    };
    if one.mode != two.mode {
        Some(of(&|policy| format!("`mode: {}`", policy.mode)))
    } else if mx(one) != mx(two) {
        Some(of(&listed))
    } else if one.max_age != two.max_age {
        Some(of(&|policy| format!("`max_age: {}`", policy.max_age)))
    } else {
        None
    }
}

/// The name an alias leads to in the end, where that is not the domain's own.
fn elsewhere<'f>(facts: &Facts<'_>, aliases: &'f [String]) -> Option<&'f str> {
    let target = aliases.last()?.as_str();
    let (target_name, domain) = (target.to_ascii_lowercase(), facts.domain.as_str());
    let own =
        target_name == domain || target_name.strip_suffix(domain).is_some_and(|front| front.ends_with('.'));
    (!own).then_some(target)
}

const POLICY_DELEGATED: CheckLint = Lint {
    rule: Rule {
        code: "policy-delegated",
        level: Level::Note,
        section: "RFC 8461 §8.2",
        title: "the policy host is an alias",
        why: "Senders follow the alias and fetch the policy from there, by the policy host's own name: the certificate must name that one, not the name the alias leads to. So whoever runs the server decides what the policy says, and has to renew that certificate.",
        fix: "Nothing, where this is meant. Whoever runs the server must keep a certificate for the policy host's own name.",
        fires_on: Sample::Zoo("delegated"),
        quiet_on: Sample::Zoo("enforce-good"),
    },
    find: |facts| {
        let host = facts.domain.policy_host();
        let target = elsewhere(facts, &facts.policy.aliases).filter(|_| !facts.policy.no_host);
        one(target.map(|target| {
            let target = quoted(target.as_bytes());
            Hit::new(say!("`{host}` is an alias of {target}: whoever runs that serves the policy, and needs a certificate for `{host}`", host, target))
        }))
    },
};

const DELEGATION_HALF: CheckLint = Lint {
    rule: Rule {
        code: "delegation-half",
        level: Level::Note,
        section: "RFC 8461 §8.2",
        title: "the policy and the id are kept at two places",
        why: "Senders that have a policy look at the id of the record, and fetch the policy again only when that has changed. Where one party changes the policy and another the id, a new policy goes unnoticed until `max_age` is over.",
        fix: "Let both be aliases of names of the same provider, or settle who changes the id whenever the policy changes.",
        fires_on: Sample::Zoo("delegated-policy"),
        quiet_on: Sample::Zoo("delegated"),
    },
    find: |facts| {
        let (host, record) = (facts.domain.policy_host(), &facts.record);
        if record.kept.is_empty() || facts.policy.addresses.is_empty() {
            return Vec::new();
        }
        let targets = (elsewhere(facts, &record.aliases), elsewhere(facts, &facts.policy.aliases));
        let name = &record.name;
        one(match targets {
            (Some(target), None) => Some(Hit::new(say!(
                "`{alias}` is an alias of {target} and `{other}` is not: the id is kept there, the policy here, and a new policy needs a new id",
                alias = name,
                target = quoted(target.as_bytes()),
                other = host
            ))),
            (None, Some(target)) => Some(Hit::new(say!(
                "`{alias}` is an alias of {target} and `{other}` is not: the policy is kept there, the id here, and a new policy needs a new id",
                alias = host,
                target = quoted(target.as_bytes()),
                other = name
            ))),
            _ => None,
        })
    },
};

/// What to do about a certificate that is for the name the policy host is an alias of: that server is another's.
pub(super) fn certificate_fix(facts: &Facts<'_>) -> Option<String> {
    let Some(Outcome::Failed(Failure::Certificate { tls })) = facts.policy.outcome else { return None };
    let leaf = tls.chain.first()?;
    let names = |alias: &&String| {
        let host = Host::new(alias);
        leaf.dns_ids.iter().any(|name| dns_id_matches(name, &host))
    };
    let alias = facts.policy.aliases.iter().find(names)?;
    let (host, alias) = (facts.domain.policy_host(), quoted(alias.as_bytes()));
    Some(say!(
        "Ask whoever runs {alias} for a certificate that names `{host}`, which is an alias of it, or serve the policy elsewhere.",
        alias,
        host
    ))
}
