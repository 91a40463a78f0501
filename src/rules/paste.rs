//! Rules over a record as it was pasted, with what stood around its value (RFC 8461 §3.1, RFC 8460 §3).

use super::{Hit, Level, Lint, Rule, Sample, limited, one};
use crate::edit::Edit;
use crate::paste::Pasted;
use crate::policy::is_near;
use crate::record::RecordKind;
use crate::say::say;
use crate::span::Span;

pub(super) type PasteLint = Lint<fn(&Pasted) -> Vec<Hit>>;

pub(super) const STS: &[PasteLint] =
    &paste!("record", "_mta-sts", "_mta_sts", "v=STSv1; id=20260322104512Z", "RFC 8461 §3.1");
pub(super) const TLSRPT: &[PasteLint] =
    &paste!("tlsrpt", "_smtp._tls", "_smtp-tlsrpt", "v=TLSRPTv1; rua=mailto:a@fabrikam.com", "RFC 8460 §3");

/// The rules for one of the records: the prefix of their codes, the owner's labels, a wrong one, a value, the section.
macro_rules! paste {
    ($prefix:literal, $owner:literal, $wrong:literal, $value:literal, $section:literal) => {
        [
            Lint {
                rule: Rule {
                    code: concat!($prefix, "-owner-name"),
                    level: Level::Error,
                    section: $section,
                    title: concat!("the record does not stand at ", $owner),
                    why: concat!("Senders look at `", $owner, ".` and the domain, and nowhere else. A record at another name is not found, unless an alias (CNAME) leads there."),
                    fix: concat!("Publish it at `", $owner, ".` and the domain."),
                    fires_on: Sample::Text(concat!($wrong, ".fabrikam.com. 3600 IN TXT \"", $value, "\"").as_bytes()),
                    quiet_on: Sample::Text(concat!($owner, ".fabrikam.com. 3600 IN TXT \"", $value, "\"").as_bytes()),
                },
                find: |pasted: &Pasted| owner_hits(pasted, $owner),
            },
            Lint {
                rule: Rule {
                    code: concat!($prefix, "-unquoted"),
                    level: Level::Warning,
                    section: "RFC 1035 §5.1",
                    title: "the value stands without quotes",
                    why: "In a zone file a semicolon outside quotes begins a comment, so the record would end in front of it. A form of a DNS provider may well want the value without quotes.",
                    fix: "In a zone file, put the value in double quotes.",
                    fires_on: Sample::Text(concat!($owner, " 3600 IN TXT ", $value).as_bytes()),
                    quiet_on: Sample::Text(concat!($owner, " 3600 IN TXT \"", $value, "\"").as_bytes()),
                },
                find: |pasted: &Pasted| {
                    // A value by itself is none of a zone file.
                    let cut = !pasted.around.is_empty() && !pasted.quoted && pasted.value.contains(&b';') && pasted.value.len() == pasted.rdata.len();
                    one(cut.then(|| Hit::at(pasted.rdata, say!("in a zone file, what follows the first semicolon is a comment"))))
                },
            },
            Lint {
                rule: Rule {
                    code: concat!($prefix, "-zone-line"),
                    level: Level::Note,
                    section: "RFC 1035 §5.1",
                    title: "the record was taken out of a line of a zone file",
                    why: "What counts is the value of the TXT record: its strings, joined, without quotes. If the quotes are part of what a form of your DNS provider holds, take them out there: a record that begins with a quote is not found.",
                    fix: "Nothing needs to be done.",
                    fires_on: Sample::Text(concat!($owner, ".fabrikam.com. 3600 IN TXT \"", $value, "\"").as_bytes()),
                    quiet_on: Sample::Text($value.as_bytes()),
                },
                find: |pasted: &Pasted| {
                    let hit = || Hit::at(pasted.rdata, say!("read without {what}", what = pasted.around_in_words()));
                    one((!pasted.around.is_empty()).then(hit))
                },
            },
            Lint {
                rule: Rule {
                    code: concat!($prefix, "-several"),
                    level: Level::Error,
                    section: $section,
                    title: "there is more than one record",
                    why: "Where more than one record begins with the version, a sender cannot tell which one counts, and acts as if there were none.",
                    fix: "Keep one of them.",
                    fires_on: Sample::Text(concat!("\"", $value, "\"\n\"", $value, "x\"").as_bytes()),
                    quiet_on: Sample::Text(concat!("\"", $value, "\"\n").as_bytes()),
                },
                find: |pasted: &Pasted| {
                    limited(pasted.more.iter(), |other| Hit::at(other.rdata, say!("another record: where there are two, senders find none")))
                },
            },
            Lint {
                rule: Rule {
                    code: concat!($prefix, "-line-aside"),
                    level: Level::Note,
                    section: $section,
                    title: "other lines were set aside",
                    why: "One record is read at a time. Lines that are no record of this kind, or stand at another name, are not looked at, so nothing is said of them.",
                    fix: "Lint what stands there by itself.",
                    fires_on: Sample::Text(concat!($owner, " TXT \"", $value, "\"\na TXT \"v=spf1 -all\"\n").as_bytes()),
                    quiet_on: Sample::Text(concat!($owner, " TXT \"", $value, "\"\n").as_bytes()),
                },
                find: |pasted: &Pasted| {
                    let mut hits = limited(pasted.aside.iter().take(LISTED), |span| Hit::at(*span, say!("this line was not read")));
                    if let Some(last) = hits.last_mut() {
                        last.more = pasted.aside.len().saturating_sub(LISTED);
                    }
                    hits
                },
            },
        ]
    };
}
use paste;

/// How many lines set aside are listed; of a zone file there may be hundreds.
const LISTED: usize = 3;

/// Labels that stand where the right ones should, from instructions of old drafts and from mistakes that were seen.
const STS_MISTAKES: &[&str] =
    &["_mta_sts", "mta-sts", "_mtasts", "mta_sts", "_mta-sts-", "_sts", "_mta-sts_"];
const TLSRPT_MISTAKES: &[&str] = &[
    "_smtp-tlsrpt",
    "_tlsrpt",
    "_smtp_tls",
    "_smtp-tls",
    "_smtp._tcp",
    "_tls",
    "_smtp",
    "smtp._tls",
    "_tls._smtp",
    "_smtp.tls",
    "_smtptls",
    "_tls-rpt",
];

fn owner_hits(pasted: &Pasted, owner: &str) -> Vec<Hit> {
    let Some((span, name)) = &pasted.owner else { return Vec::new() };
    let shown = name.trim_end_matches('.').to_ascii_lowercase();
    let begins = |labels: &str| {
        shown == labels || shown.strip_prefix(labels).is_some_and(|rest| rest.starts_with('.'))
    };
    if begins(owner) {
        let domain = shown.get(owner.len() + 1..).unwrap_or_default();
        let half = domain.len() / 2;
        // `example.com.example.com`: a name that was meant to be whole, in a zone file that puts the origin behind.
        let twice = domain
            .get(..half)
            .zip(domain.get(half + 1..))
            .is_some_and(|(a, b)| a == b && a.as_bytes().contains(&b'.'));
        let message = || say!("{name} has the domain twice", name = crate::words::quoted(name.as_bytes()));
        return one(twice.then(|| Hit::at(*span, message()).level(Level::Warning)));
    }
    let mistakes = match pasted.kind {
        RecordKind::Record => STS_MISTAKES,
        RecordKind::Tlsrpt => TLSRPT_MISTAKES,
    };
    let first = shown.split('.').next().unwrap_or_default();
    // Of `_smtp` and `_smtp._tcp` the longer one is what was written.
    let known = mistakes.iter().filter(|labels| begins(labels)).map(|labels| labels.len()).max();
    let known = known.or_else(|| is_near(first.as_bytes(), owner.as_bytes()).then_some(first.len()));
    let message = say!("{name} is not `{owner}`", name = crate::words::quoted(name.as_bytes()), owner);
    // Another name may be what an alias leads to.
    let level = if known.is_some() || shown == "@" { Level::Error } else { Level::Warning };
    // A name that is no UTF-8 has other lengths as text.
    let labels = known.filter(|_| name.len() == span.len());
    let edit = || Some(Edit::new(Span::new(span.start, span.start + labels?), owner));
    vec![Hit::at(*span, message).level(level).edit(edit)]
}
