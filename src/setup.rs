//! What a domain publishes for MTA-STS: the policy, the records, and the files of a web host, with the reason for each value.
//!
//! It goes from the domain's MX hosts, seen or typed. The policy lists them by name; a provider's wider pattern takes their place
//! where that is asked for and its own guide gives it.

mod forms;
mod hosting;
mod providers;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::forms::Form;
pub use self::hosting::Hosting;
pub use self::providers::{Does, PROVIDERS, Provider};

use crate::address::{is_ipv4, is_ipv6};
use crate::lint::{Kind as LintKind, lint};
use crate::name::{Domain, Host, MxPattern};
use crate::plan::{FIRST_AGE, Now, TESTING_AGE, text};
use crate::policy::{MAX_BODY, Mode, Policy, PolicyDoc};
use crate::record::{RecordDoc, RecordKind};
use crate::rules::Level;
use crate::say::{filled, say};
use crate::words::{quoted, stamp};

/// How it is to be set up, where something else than the usual is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wishes {
    /// The mode; testing where nothing is said, or enforce where the domain enforces already.
    pub mode: Option<Mode>,
    /// Whether a provider's own wider pattern is taken where its guide gives one.
    pub wide: bool,
    /// Where reports go (RFC 8460 §3): `mailto:` and `https:` URIs; the domain's own `tlsrpt` mailbox where nothing is said.
    pub reports: Vec<String>,
    /// How long resolvers may keep the records, in seconds.
    pub ttl: u32,
}

impl Default for Wishes {
    fn default() -> Self {
        Self { mode: None, wide: false, reports: Vec::new(), ttl: 3600 }
    }
}

/// What is published for a domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SetUp {
    /// The policy domain.
    pub domain: Domain,
    /// The policy body.
    pub policy: String,
    /// Its mode.
    pub mode: Mode,
    /// The TXT records: `_mta-sts`, and `_smtp._tls` where there is none that can be used.
    pub records: Vec<Txt>,
    /// How long resolvers may keep them, in seconds.
    pub ttl: u32,
    /// Why each value is what it is.
    pub reasons: Vec<Reason>,
    /// What is known of the providers of the MX hosts.
    pub notes: Vec<Note>,
}

/// A TXT record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Txt {
    /// The part of the owner name in front of the domain.
    pub label: &'static str,
    /// The owner name.
    pub name: String,
    /// The text.
    pub text: String,
}

/// A value, and why it is that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// The value, as it is published.
    pub value: String,
    /// Why.
    pub why: String,
}

/// What has to be known of an MX host, or of some hosts of one provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The provider, or the host where it is nobody known.
    pub about: String,
    /// The hosts.
    pub hosts: Vec<String>,
    /// What has to be known, in a few sentences.
    pub text: String,
    /// Whether it says what to do instead of publishing what was made.
    pub instead: bool,
    /// Where that was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<&'static str>,
}

/// A file of what is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Its path inside the folder, with `/` between the parts.
    pub path: String,
    /// What it holds.
    pub text: String,
}

/// Why nothing can be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoSetUp {
    /// None of the MX hosts can stand in a policy.
    NoHosts,
    /// Mode none is no set-up: it is on the way out of one.
    ModeNone,
    /// Something that is no address for reports.
    Reports(String),
    /// More addresses for reports than a record has room for.
    TooManyReports,
    /// More hosts than a policy has room for.
    TooManyHosts,
    /// A time to live that DNS does not have.
    Ttl,
}

impl fmt::Display for NoSetUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Self::NoHosts => {
                say!("none of the MX hosts can stand in a policy: name hosts such as mx.example.com")
            }
            Self::ModeNone => {
                say!("mode none takes MTA-STS down, which is a plan and no set-up: see `mta-sts plan --to none`")
            }
            Self::Reports(uri) => say!(
                "{uri} is no place for reports: write mailto:tlsrpt@example.com or https://reports.example.com/tlsrpt",
                uri = quoted(uri.as_bytes())
            ),
            Self::TooManyReports => say!(
                "the addresses for reports take more than {most} characters: name fewer of them",
                most = MOST_REPORTS
            ),
            Self::TooManyHosts => say!(
                "the policy has more than {most} octets, and senders read no more (RFC 8461 §3.3): name fewer hosts, or let the provider's pattern stand for them",
                most = MAX_BODY
            ),
            Self::Ttl => say!("a time to live is from 1 second to 604800, a week"),
        })
    }
}

impl std::error::Error for NoSetUp {}

/// Most characters of the addresses for reports: an answer with such a record still goes through DNS everywhere.
const MOST_REPORTS: usize = 1024;

/// The longest time to live that makes sense for a record that is to be changed.
const LONGEST_TTL: u32 = 604_800;

impl SetUp {
    /// What a domain with these MX hosts publishes. `now` says which, and what is there already.
    ///
    /// # Errors
    /// No host can be listed, or a wish cannot be met.
    pub fn of(now: &Now, wishes: &Wishes) -> Result<Self, NoSetUp> {
        if !(1..=LONGEST_TTL).contains(&wishes.ttl) {
            return Err(NoSetUp::Ttl);
        }
        let mut maker = Maker { reasons: Vec::new(), notes: Vec::new() };
        let mx = maker.patterns(&now.mx, wishes.wide);
        if mx.is_empty() {
            return Err(NoSetUp::NoHosts);
        }
        let live = now.live.as_ref().map(|(policy, _)| policy).or(now.goes_on());
        let mode = maker.mode(wishes.mode, live)?;
        let max_age = maker.max_age(mode, live);
        maker.because_of_hosts(&mx, &now.mx);
        let policy = text(&Policy { mode, max_age, mx });
        if policy.len() > MAX_BODY {
            return Err(NoSetUp::TooManyHosts);
        }
        debug_assert!(PolicyDoc::parse(policy.as_bytes()).policy().is_some(), "{policy}");
        let domain = &now.domain;
        let id = fresh_id(now);
        maker.because(
            format!("id={id}"),
            say!("The time it was made, in letters and digits alone (RFC 8461 §3.1). Whenever the policy changes, change the policy first and the id second: by the id senders see that there is something new (§3.3)."),
        );
        let mut records =
            vec![Txt { label: "_mta-sts", name: domain.record_name(), text: format!("v=STSv1; id={id};") }];
        if now.tlsrpt && wishes.reports.is_empty() {
            maker.because(
                "_smtp._tls".to_owned(),
                say!("There is a TLSRPT record already; it stays as it is."),
            );
        } else {
            records.push(maker.tlsrpt(domain, &wishes.reports)?);
        }
        maker.because(
            format!("TTL {}", wishes.ttl),
            say!("That long resolvers keep the old record after a change. An hour is short enough to correct a mistake and long enough for DNS."),
        );
        let Maker { reasons, notes } = maker;
        Ok(Self { domain: domain.clone(), policy, mode, records, ttl: wishes.ttl, reasons, notes })
    }

    /// The records in a form that DNS servers and services take.
    #[must_use]
    pub fn records_as(&self, form: Form) -> String {
        form.write(self)
    }

    /// Everything as files: the policy, the records in every form, a README, and what web hosts take.
    #[must_use]
    pub fn files(&self, hostings: &[Hosting]) -> Vec<File> {
        let mut files = vec![
            File { path: "README.md".to_owned(), text: hosting::overview(self, hostings) },
            File { path: "mta-sts.txt".to_owned(), text: self.policy.clone() },
        ];
        files.extend(Form::ALL.iter().map(|form| File {
            path: format!("records/{}", form.file_name(&self.domain)),
            text: form.write(self),
        }));
        for hosting in hostings {
            let folder = hosting.key();
            files.extend(
                hosting
                    .files(self)
                    .into_iter()
                    .map(|file| File { path: format!("{folder}/{}", file.path), text: file.text }),
            );
        }
        files
    }
}

/// An id that no sender has seen: the time (RFC 8461 §3.1).
fn fresh_id(now: &Now) -> String {
    let known = now.live.as_ref().map(|(_, id)| id.as_str());
    let id = stamp(now.at);
    if known == Some(id.as_str()) { stamp(now.at + 1) } else { id }
}

struct Maker {
    reasons: Vec<Reason>,
    notes: Vec<Note>,
}

impl Maker {
    fn because(&mut self, value: String, why: String) {
        self.reasons.push(Reason { value, why });
    }

    /// A sentence on hosts of one provider; hosts that it is said of already are not said twice.
    fn note(&mut self, about: &str, host: &Host, text: String, source: Option<&'static str>) {
        let instead = Provider::of(host).is_some_and(|provider| provider.does == Does::MailboxesAndPolicy);
        let host = host.as_str().to_owned();
        match self.notes.iter_mut().find(|note| note.about == about && note.text == text) {
            Some(note) => note.hosts.push(host),
            None => {
                self.notes.push(Note { about: about.to_owned(), hosts: vec![host], text, instead, source })
            }
        }
    }

    /// The patterns for the hosts.
    fn patterns(&mut self, hosts: &[(u16, Host)], wide: bool) -> Vec<MxPattern> {
        let mut mx: Vec<MxPattern> = Vec::new();
        let mut add = |pattern: MxPattern| {
            if !mx.contains(&pattern) {
                mx.push(pattern);
            }
        };
        for (_, host) in hosts {
            let provider = Provider::of(host);
            if let Some(provider) = provider {
                self.note(provider.name, host, said(provider), Some(provider.source));
                if provider.does == Does::Nothing {
                    continue;
                }
                let wider = provider.pattern.filter(|_| wide);
                if let Some(pattern) = wider.and_then(|wider| MxPattern::parse(wider.as_bytes()).ok()) {
                    add(pattern);
                    continue;
                }
            }
            if is_ipv4(host.as_str().as_bytes()) || is_ipv6(host.as_str().as_bytes()) {
                let what = say!(
                    "An MX record names a host and never an address, so senders do not find this one; it is left out."
                );
                self.note(host.as_str(), host, what, Some("RFC 5321 §5.1"));
                continue;
            }
            // A host is a name and no pattern, whatever it is called.
            match MxPattern::parse(host.as_str().as_bytes()) {
                Ok(pattern) if !host.as_str().starts_with('*') => add(pattern),
                _ => {
                    let what = say!(
                        "This is no host name that a policy can list (RFC 8461 §3.2); it is left out. Give the host another name."
                    );
                    self.note(host.as_str(), host, what, None);
                }
            }
        }
        mx
    }

    fn mode(&mut self, wanted: Option<Mode>, live: Option<&Policy>) -> Result<Mode, NoSetUp> {
        let enforces = live.is_some_and(|policy| policy.mode == Mode::Enforce);
        let (mode, why) = match wanted {
            Some(Mode::None) => return Err(NoSetUp::ModeNone),
            Some(Mode::Enforce) if enforces => {
                (Mode::Enforce, say!("The domain enforces its policy already, and goes on."))
            }
            Some(Mode::Enforce) => (
                Mode::Enforce,
                say!(
                    "As you asked. Senders refuse mail from the first moment on where a host fails: `mta-sts check --expect enforce-ready` says before whether one does."
                ),
            ),
            None if enforces => {
                (Mode::Enforce, say!("The domain enforces its policy already; testing would be a step back."))
            }
            Some(Mode::Testing) | None => (
                Mode::Testing,
                say!(
                    "To begin with: senders deliver whatever fails, and report it (RFC 8461 §5). After two weeks of reports without failures that are yours, enforce: a plan has the steps (`mta-sts plan --to enforce`, or the page's view Set up)."
                ),
            ),
        };
        self.because(format!("mode: {}", mode.as_str()), why);
        Ok(mode)
    }

    fn max_age(&mut self, mode: Mode, live: Option<&Policy>) -> u32 {
        let held = live.filter(|policy| policy.mode == mode).map(|policy| policy.max_age);
        let (max_age, why) = match (mode, held) {
            (Mode::Enforce, Some(age)) if age >= TESTING_AGE => (age, say!("As it is now.")),
            (Mode::Enforce, _) => (
                FIRST_AGE,
                say!(
                    "A week: long enough that somebody between a sender and your DNS has to stay that long. Weeks are better, once it has held (RFC 8461 §3.2)."
                ),
            ),
            _ => (
                TESTING_AGE,
                say!("A day, as a policy of mode testing is changed soon, and nothing hangs on it."),
            ),
        };
        self.because(format!("max_age: {max_age}"), why);
        max_age
    }

    fn because_of_hosts(&mut self, mx: &[MxPattern], hosts: &[(u16, Host)]) {
        for pattern in mx {
            let admits: Vec<&str> = hosts
                .iter()
                .map(|(_, host)| host)
                .filter(|host| pattern.matches(host))
                .map(Host::as_str)
                .collect();
            let why = if pattern.to_string().starts_with("*.") {
                say!(
                    "The provider's own guide gives this pattern; it admits {hosts}.",
                    hosts = admits.join(", ")
                )
            } else {
                say!(
                    "As the MX records name it, and as the certificate has to. `mx: *` is no pattern, and would be anybody's hosts (RFC 8461 §4.1)."
                )
            };
            // The same is not said of every host.
            match self.reasons.iter_mut().find(|reason| reason.why == why) {
                Some(reason) => reason.value.push_str(&format!(", {pattern}")),
                None => self.because(format!("mx: {pattern}"), why),
            }
        }
    }

    fn tlsrpt(&mut self, domain: &Domain, reports: &[String]) -> Result<Txt, NoSetUp> {
        let rua = match reports {
            [] => format!("mailto:tlsrpt@{domain}"),
            reports => reports.join(","),
        };
        let text = format!("v=TLSRPTv1; rua={rua}");
        if text.len() > MOST_REPORTS {
            return Err(NoSetUp::TooManyReports);
        }
        if let Some(uri) = reports.iter().find(|uri| !is_place_for_reports(uri)) {
            return Err(NoSetUp::Reports(uri.clone()));
        }
        let why = if reports.is_empty() {
            say!(
                "Senders tell there once a day what failed (RFC 8460 §3). Make the mailbox, or write another address; its domain need not be this one. Where the domain has such a record already, keep one of them: two count as none."
            )
        } else {
            say!(
                "Senders tell there once a day what failed (RFC 8460 §3). It takes the place of a record that is there: two count as none."
            )
        };
        self.because(format!("rua={rua}"), why);
        Ok(Txt { label: "_smtp._tls", name: domain.tlsrpt_name(), text })
    }
}

/// Whether the linter finds nothing in a record that sends reports there, but for notes.
fn is_place_for_reports(uri: &str) -> bool {
    let text = format!("v=TLSRPTv1; rua={uri}");
    let report = lint(LintKind::Tlsrpt, text.as_bytes());
    // One URI, and not what a separator makes of it.
    let alone =
        RecordDoc::parse(RecordKind::Tlsrpt, text.as_bytes()).tlsrpt().is_some_and(|read| read.rua == [uri]);
    alone && report.findings.iter().all(|finding| finding.level == Level::Note)
}

/// What is said of a provider.
fn said(provider: &Provider) -> String {
    let front = match provider.does {
        Does::Mailboxes | Does::MailboxesAndPolicy | Does::Nothing => None,
        Does::Forwards => Some(say!("It passes mail on.")),
        Does::Filters => Some(say!(
            "{provider} filters mail in front of the mailboxes, so the policy lists its hosts and none of Microsoft's or Google's behind it. Ask it whether each of its hosts shows a certificate for its MX name, and go by its guide.",
            provider = provider.name
        )),
    };
    let note = Some(filled(provider.note, [])).filter(|note| !note.is_empty());
    front.into_iter().chain(note).collect::<Vec<_>>().join(" ")
}
