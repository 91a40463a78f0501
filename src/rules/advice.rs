//! Advice on a policy that can be read, or could be: what senders differ on, what was probably not meant, what will
//! bite later (RFC 8461 §3.2, §4.1, §8, §10).

use super::mend::policy_edit;
use super::policy::value;
use super::{Hit, Level, Lint, PolicyLint, Rule, Sample, limited, one};
use crate::edit::Edit;
use crate::policy::{Field, Key, Mode, PolicyDoc, PolicyFault, PolicyFaultKind, near_key};
use crate::say::{filled, form, say};
use crate::span::{Span, ordered};
use crate::words::{code_point, quoted};

pub(super) const LINTS: &[PolicyLint] = &[
    TWO_POLICIES,
    FIELD_REPEATED,
    FIELD_NEAR_MISS,
    FIELD_UNKNOWN,
    VALUE_NOT_ASCII,
    MX_ADDRESS,
    MX_PUBLIC_SUFFIX,
    MX_PLACEHOLDER,
    MX_SENDING,
    MX_SHARED,
    MX_SHADOWED,
    MX_REPEATED,
    MAX_AGE_SHORT,
    MAX_AGE_WEEK,
    NONE_WITHOUT_MX,
    MODE_NONE,
    MODE_TESTING,
];

const GOOD: &[u8] = b"version: STSv1\nmode: enforce\nmx: mail.fabrikam.com\nmax_age: 604800\n";

/// The whole line of a field, with its end.
fn whole_line(doc: &PolicyDoc<'_>, field: &Field) -> Option<Span> {
    let index = doc.line_index(field.name.start)?;
    let start = doc.lines.get(index)?.span.start;
    Some(Span::new(start, doc.behind_line(index)))
}

/// The edit that removes the line of a field.
fn without_line(doc: &PolicyDoc<'_>, field: &Field) -> Option<Edit> {
    whole_line(doc, field).map(Edit::delete)
}

const TWO_POLICIES: PolicyLint = Lint {
    rule: Rule {
        code: "policy-twice",
        level: Level::Warning,
        section: "RFC 8461 §3.2",
        title: "two policies stand one behind the other",
        why: "Senders read them as one: the first version, mode and max_age count, and the mx of both. Some take the last of each field instead, and some refuse the policy.",
        fix: "Keep one of the two.",
        fires_on: Sample::Text(
            b"version: STSv1\nmode: testing\nmx: a.example\nmax_age: 86400\nversion: STSv1\nmode: enforce\nmx: b.example\nmax_age: 604800\n",
        ),
        quiet_on: Sample::Text(GOOD),
    },
    find: |doc| one(second_policy(doc).map(|field| Hit::at(field.name, say!("a second policy begins here")))),
};

/// The version with which another policy begins.
fn second_policy<'d>(doc: &'d PolicyDoc<'_>) -> Option<&'d Field> {
    let again = |key| doc.fields().find(|field| field.key == key && field.repeated);
    again(Key::Version).filter(|_| again(Key::Mode).is_some() || again(Key::MaxAge).is_some())
}

/// Whether two policies stand one behind the other and say different things: then what is left of them must be chosen.
fn differs_from_second(doc: &PolicyDoc<'_>) -> bool {
    let Some(second) = second_policy(doc) else { return false };
    let repeated = |field: &&Field| {
        let first = doc.field(field.key);
        field.repeated && first.is_some_and(|first| value(doc, first) != value(doc, field))
    };
    let hosts = |behind: bool| {
        let hosts = doc.fields().filter(|field| field.key == Key::Mx).map(|field| (field, value(doc, field)));
        hosts.filter(move |(field, _)| (field.name.start > second.name.start) == behind).map(|(_, host)| host)
    };
    doc.fields().any(|field| repeated(&field)) || !hosts(false).eq(hosts(true))
}

const FIELD_REPEATED: PolicyLint = Lint {
    rule: Rule {
        code: "policy-field-repeated",
        level: Level::Warning,
        section: "RFC 8461 §3.2",
        title: "a field stands twice",
        why: "Only the first counts. Some senders take the last instead, and some refuse the policy, so they do not agree on what it says.",
        fix: "Keep one of the lines.",
        fires_on: Sample::Text(b"version: STSv1\nmode: none\nmode: none\nmax_age: 60\n"),
        quiet_on: Sample::Text(b"version: STSv1\nmode: none\nmax_age: 60\n"),
    },
    find: |doc| {
        let repeated = doc.fields().filter(|field| field.repeated);
        let chosen = cfg!(feature = "mend") && differs_from_second(doc);
        limited(repeated, |field| {
            let name = field.key.name();
            let first = doc.field(field.key).map_or(&b""[..], |first| value(doc, first));
            let this = value(doc, field);
            let hit = |message| Hit::at(field.name, message);
            if first == this {
                // Whichever a sender takes, it reads the same.
                return hit(say!("`{name}` stands twice, with the same value", name))
                    .edit(|| without_line(doc, field).filter(|_| !chosen));
            }
            let (first, this) = (quoted(first), quoted(this));
            hit(say!(
                "`{name}` stands twice: senders that take the first read {first}, as RFC 8461 says; those that take the last read {this}",
                name,
                first,
                this
            ))
        })
    },
};

/// The fields that senders do not know, but for those that a fault was found in which `told` takes for theirs.
fn extensions<'d>(
    doc: &'d PolicyDoc<'_>,
    told: fn(&Field, &PolicyFault) -> bool,
) -> impl Iterator<Item = &'d Field> {
    let mut left_out = vec![false; doc.lines.len()];
    let mut index = 0;
    for fault in &doc.faults {
        // They stand in the order of the text, but for those of what is missing.
        if doc.lines.get(index).is_none_or(|line| fault.span.start < line.span.start) {
            index = 0;
        }
        while doc.behind_line(index) <= fault.span.start && index + 1 < doc.lines.len() {
            index += 1;
        }
        let field = doc.lines.get(index).and_then(|line| line.field.as_ref());
        if let (Some(field), Some(out)) = (field, left_out.get_mut(index)) {
            *out |= told(field, fault);
        }
    }
    let lines = doc.lines.iter().zip(left_out).filter(|(_, out)| !out);
    lines.filter_map(|(line, _)| line.field.as_ref().filter(|field| field.key == Key::Extension))
}

/// The unknown fields, each with the known one it resembles.
fn unknown<'d>(doc: &'d PolicyDoc<'_>) -> impl Iterator<Item = (&'d Field, Option<Key>)> {
    // A near miss of a missing field is told there, and a malformed name by its own rule.
    let fields = extensions(doc, |field, fault| fault.span == field.name || field.name.is_empty());
    fields.map(|field| (field, near_key(field.name.slice(doc.body))))
}

const FIELD_NEAR_MISS: PolicyLint = Lint {
    rule: Rule {
        code: "policy-field-near-miss",
        level: Level::Warning,
        section: "RFC 8461 §3.2",
        title: "a field name is almost one that senders know",
        why: "Senders ignore names they do not know, and letters count as written. What the line was meant to say is not said: a live domain published `nmx` for `mx` and its mail stuck.",
        fix: "Write the name as senders know it.",
        fires_on: Sample::Text(
            b"version: STSv1\nmode: testing\nmx: mx1.example.com\nnmx: mx2.example.com\nmax_age: 60\n",
        ),
        quiet_on: Sample::Text(
            b"version: STSv1\nmode: testing\nmx: mx1.example.com\nmx: mx2.example.com\nmax_age: 60\n",
        ),
    },
    find: |doc| {
        let near = unknown(doc).filter_map(|(field, key)| Some((field, key?.name())));
        limited(near, |(field, key)| {
            let name = quoted(field.name.slice(doc.body));
            Hit::at(field.name, say!("senders ignore {name}: did you mean `{key}`?", name, key))
                .fix(say!("Write `{key}`.", key))
                // Only an mx may stand beside others; of the rest it is not plain which one is meant.
                .edit(|| {
                    let fault = PolicyFault { kind: PolicyFaultKind::Name, span: field.name };
                    policy_edit(doc, &fault).filter(|_| key == Key::Mx.name())
                })
        })
    },
};

const FIELD_UNKNOWN: PolicyLint = Lint {
    rule: Rule {
        code: "policy-field-unknown",
        level: Level::Note,
        section: "RFC 8461 §3.2",
        title: "a field that senders do not know",
        why: "Unknown fields are allowed and ignored. A few checkers complain about them.",
        fix: "Nothing needs to be done; remove the line if it was meant for something else.",
        fires_on: Sample::Text(b"version: STSv1\nmode: none\nmax_age: 60\nid: 20260101\n"),
        quiet_on: Sample::Text(b"version: STSv1\nmode: none\nmax_age: 60\n"),
    },
    find: |doc| {
        let fields = unknown(doc).filter(|(_, near)| near.is_none());
        limited(fields, |(field, _)| {
            let name = field.name.slice(doc.body);
            let hit = Hit::at(field.name, say!("senders ignore {text}", text = quoted(name)));
            if name == b"id" { hit.fix(say!("The id belongs in the DNS record, not here.")) } else { hit }
        })
    },
};

/// What some readers take for the end of a line, although the grammar allows it in the value of an extension.
const SEPARATORS: [char; 3] = ['\u{85}', '\u{2028}', '\u{2029}'];

const VALUE_NOT_ASCII: PolicyLint = Lint {
    rule: Rule {
        code: "policy-value-not-ascii",
        level: Level::Warning,
        section: "RFC 8461 §3.2",
        title: "a value has characters outside ASCII",
        why: "Unknown fields may hold UTF-8. Some senders decode the policy as ASCII unless the media type says otherwise, and then fail to read it. At U+0085, U+2028 and U+2029 some end the line, and read what follows as the next one.",
        fix: "Keep to ASCII, or serve the policy with `charset=utf-8`.",
        fires_on: Sample::Text("version: STSv1\nmode: none\nmax_age: 60\nnote: café\n".as_bytes()),
        quiet_on: Sample::Text(b"version: STSv1\nmode: none\nmax_age: 60\nnote: cafe\n"),
    },
    find: |doc| {
        // What is not UTF-8 or holds a control character has an error of its own.
        let fields = extensions(doc, |_, _| true).filter(|field| !value(doc, field).is_ascii());
        limited(fields, |field| {
            let value = value(doc, field);
            let text = std::str::from_utf8(value).unwrap_or_default();
            let Some((at, c)) = text.char_indices().find(|(_, c)| SEPARATORS.contains(c)) else {
                return Hit::at(field.value, say!("{text} is not ASCII", text = quoted(value)));
            };
            let start = field.value.start + at;
            let span = Span::new(start, start + c.len_utf8());
            let behind = quoted(value.get(at + c.len_utf8()..).unwrap_or_default());
            let code = &code_point(c);
            let message =
                say!("some readers end the line at {code} and read the next one as {behind}", code, behind);
            Hit::at(span, message).fix(say!("Remove the {code}.", code))
        })
    },
};

const MX_ADDRESS: PolicyLint = Lint {
    rule: Rule {
        code: "policy-mx-address",
        level: Level::Warning,
        section: "RFC 8461 §4.1",
        title: "an mx is an IP address",
        why: "Patterns are compared with the names of MX hosts, so an address matches nothing. Some senders refuse the policy, and Postfix plug-ins then ask for a certificate that names the address.",
        fix: "Write the name that the MX record has.",
        fires_on: Sample::Text(b"version: STSv1\nmode: enforce\nmx: 192.0.2.1\nmax_age: 604800\n"),
        quiet_on: Sample::Text(GOOD),
    },
    find: |doc| {
        let addresses = doc.patterns().iter().filter(|(_, pattern)| pattern.is_address());
        limited(addresses, |(field, pattern)| {
            Hit::at(field.value, say!("`{pattern}` can match no MX host", pattern = pattern.shown()))
        })
    },
};

/// What provider's hosts stand under a name, and what has to be known of a wildcard over it.
const SHARED: &[(&str, &str, &str)] = &[
    (
        "google.com",
        "Google",
        form!(
            "it admits `smtp.google.com`, and not `aspmx.l.google.com` or `alt1.aspmx.l.google.com`, which stand deeper"
        ),
    ),
    (
        "l.google.com",
        "Google",
        form!("it admits `aspmx.l.google.com`, and not `alt1.aspmx.l.google.com`, which stands deeper"),
    ),
    (
        "aspmx.l.google.com",
        "Google",
        form!("it admits `alt1.aspmx.l.google.com`, and not `aspmx.l.google.com` itself"),
    ),
    ("googlemail.com", "Google", ""),
    (
        "outlook.com",
        "Microsoft",
        form!("it admits no host of `mail.protection.outlook.com`, which stand deeper"),
    ),
    ("mail.protection.outlook.com", "Microsoft", ""),
    ("mail.eo.outlook.com", "Microsoft", ""),
    (
        "mx.microsoft",
        "Microsoft",
        form!(
            "the hosts there have two labels in front, as in `contoso-com.h-v1.mx.microsoft`, and `*` stands for one: it admits none of them"
        ),
    ),
    ("mx.cloudflare.net", "Cloudflare", ""),
    ("mimecast.com", "Mimecast", ""),
    ("messagelabs.com", "Broadcom", ""),
    ("mailgun.org", "Mailgun", ""),
    ("pphosted.com", "Proofpoint", ""),
];

const MX_SHARED: PolicyLint = Lint {
    rule: Rule {
        code: "policy-mx-shared",
        level: Level::Note,
        section: "RFC 8461 §10.3",
        title: "a wildcard stands over the hosts of all customers of a provider",
        why: "It is common, and often what the provider asks for. It admits the hosts of other customers as well, so DNS spoofing could send mail to one of those; how much that matters depends on what the provider's hosts accept.",
        fix: "Nothing needs to be done. To admit fewer hosts, list those of your MX records by name.",
        fires_on: Sample::Text(
            b"version: STSv1\nmode: enforce\nmx: *.mail.protection.outlook.com\nmax_age: 604800\n",
        ),
        quiet_on: Sample::Text(
            b"version: STSv1\nmode: enforce\nmx: fabrikam-com.mail.protection.outlook.com\nmax_age: 604800\n",
        ),
    },
    find: |doc| {
        let wildcards = doc.patterns().iter().filter(|(_, pattern)| pattern.is_wildcard());
        let shared = wildcards.filter_map(|(field, pattern)| {
            Some((field, pattern, SHARED.iter().find(|(name, ..)| *name == pattern.name())?))
        });
        limited(shared, |(field, pattern, (_, provider, depth))| {
            let message = say!(
                "`{pattern}` stands over hosts of {provider} for many domains",
                pattern = pattern.shown(),
                provider
            );
            Hit::at(
                field.value,
                match *depth {
                    "" => message,
                    depth => say!("{one}; {other}", one = message, other = filled(depth, [])),
                },
            )
        })
    },
};

/// Suffixes of two labels under which anybody can register, as seen with MX hosts: what is used where the host
/// program has no public suffix list. A single label is a top-level domain without any list.
const SUFFIXES: &[&str] = &[
    "ac.uk", "co.at", "co.il", "co.in", "co.jp", "co.kr", "co.nz", "co.uk", "co.za", "com.ar", "com.au",
    "com.br", "com.cn", "com.hk", "com.mx", "com.my", "com.pl", "com.sg", "com.tr", "com.tw", "com.ua",
    "gov.uk", "ne.jp", "net.au", "net.br", "net.nz", "or.at", "or.jp", "org.au", "org.br", "org.nz",
    "org.uk", "sch.uk",
];

const MX_PUBLIC_SUFFIX: PolicyLint = Lint {
    rule: Rule {
        code: "policy-mx-public-suffix",
        level: Level::Warning,
        section: "RFC 8461 §10.3",
        title: "a wildcard stands over a public suffix",
        why: "Anybody can register a name there and get a certificate for it, so the policy keeps out nobody: whoever spoofs DNS sends the mail to a host of his own.",
        fix: "List the MX hosts by name, or put the wildcard over your own domain.",
        fires_on: Sample::Text(b"version: STSv1\nmode: enforce\nmx: *.co.uk\nmax_age: 604800\n"),
        quiet_on: Sample::Text(b"version: STSv1\nmode: enforce\nmx: *.fabrikam.co.uk\nmax_age: 604800\n"),
    },
    find: |doc| {
        let wildcards = doc.patterns().iter().filter(|(_, pattern)| pattern.is_wildcard());
        let listed = doc.names.and_then(|names| names.public_suffixes.as_ref());
        let is_suffix = |name: &str| match listed {
            Some(listed) => listed.iter().any(|suffix| suffix == name),
            None => !name.as_bytes().contains(&b'.') || SUFFIXES.contains(&name),
        };
        limited(wildcards.filter(|(_, pattern)| is_suffix(pattern.name())), |(field, pattern)| {
            let name = pattern.name();
            Hit::at(
                field.value,
                match listed {
                    Some(_) => {
                        say!("anybody can register a name under `{name}` (by the public suffix list)", name)
                    }
                    None => {
                        say!("anybody can register a name under `{name}` (by a short list of our own)", name)
                    }
                },
            )
        })
    },
};

/// Names that stand for "put your own here".
pub(super) fn is_placeholder<'n>(name: &'n str) -> bool {
    const DOMAINS: [&str; 12] = [
        "yourdomain",
        "your-domain",
        "yourcompany",
        "your-company",
        "mydomain",
        "my-domain",
        "domain",
        "exampledomain",
        "mycompany",
        "changeme",
        "placeholder",
        "yourdomainname",
    ];
    let last_label = |name: &'n str| {
        let dot = name.bytes().rposition(|b| b == b'.');
        let (front, label) = dot.map_or(("", name), |at| {
            (name.get(..at).unwrap_or_default(), name.get(at + 1..).unwrap_or_default())
        });
        (front, label)
    };
    let (front, top) = last_label(name);
    let (_, second) = last_label(front);
    // RFC 2606 and RFC 6761 keep these for texts about something; `.test` is for trying.
    top == "example"
        || top == "invalid"
        || second == "example" && ["com", "net", "org", "edu"].contains(&top)
        || DOMAINS.contains(&second) && ["com", "net", "org", "tld"].contains(&top)
        || ["tld", "yourdomain", "your-domain"].contains(&top)
}

const MX_PLACEHOLDER: PolicyLint = Lint {
    rule: Rule {
        code: "policy-mx-placeholder",
        level: Level::Note,
        section: "RFC 8461 §3.2",
        title: "an mx is the placeholder of a sample",
        why: "A sample was copied and its host not replaced. No MX host has this name, so with mode enforce senders that honour the policy refuse mail for the real hosts.",
        fix: "Write the names of your MX hosts, as they stand in DNS.",
        fires_on: Sample::Text(b"version: STSv1\nmode: testing\nmx: mail.yourdomain.com\nmax_age: 86400\n"),
        quiet_on: Sample::Text(b"version: STSv1\nmode: testing\nmx: mail.fabrikam.com\nmax_age: 86400\n"),
    },
    find: |doc| {
        let samples = doc.patterns().iter().filter(|(_, pattern)| is_placeholder(pattern.name()));
        limited(samples, |(field, pattern)| {
            Hit::at(field.value, say!("`{pattern}` is a name out of a sample", pattern = pattern.shown()))
        })
    },
};

/// Hosts that take mail from customers to send it on, and are no MX of a domain.
const SENDING: &[&str] = &[
    "smtp.gmail.com",
    "smtp-relay.gmail.com",
    "smtp.office365.com",
    "smtp-mail.outlook.com",
    "smtp.sendgrid.net",
    "smtp.mailgun.org",
    "smtp.eu.mailgun.org",
    "smtp.postmarkapp.com",
    "smtp.mandrillapp.com",
    "smtp.sparkpostmail.com",
    "smtp-relay.brevo.com",
    "smtp-relay.sendinblue.com",
    "in-v3.mailjet.com",
    "smtp.zoho.com",
    "smtp.zoho.eu",
    "smtp.fastmail.com",
    "smtp.mail.yahoo.com",
    "smtp.mail.me.com",
    "spf.protection.outlook.com",
];

const MX_SENDING: PolicyLint = Lint {
    rule: Rule {
        code: "policy-mx-sending",
        level: Level::Warning,
        section: "RFC 8461 §3.2",
        title: "an mx is a host for sending mail",
        why: "A policy lists the hosts that receive the domain's mail: the names in its MX records. This one takes mail from customers to send it on and stands in no MX record, so it admits nothing, and the hosts that receive may be missing.",
        fix: "List the names of the MX records instead.",
        fires_on: Sample::Text(b"version: STSv1\nmode: enforce\nmx: smtp.gmail.com\nmax_age: 604800\n"),
        quiet_on: Sample::Text(b"version: STSv1\nmode: enforce\nmx: smtp.google.com\nmax_age: 604800\n"),
    },
    find: |doc| {
        let is_sending = |name: &str| {
            SENDING.contains(&name) || name.starts_with("email-smtp.") && name.ends_with(".amazonaws.com")
        };
        let sending = doc.patterns().iter().filter(|(_, pattern)| is_sending(pattern.name()));
        limited(sending, |(field, pattern)| {
            Hit::at(
                field.value,
                say!("`{pattern}` takes mail for sending and receives none", pattern = pattern.shown()),
            )
        })
    },
};

const MX_SHADOWED: PolicyLint = Lint {
    rule: Rule {
        code: "policy-mx-shadowed",
        level: Level::Note,
        section: "RFC 8461 §4.1",
        title: "an mx is covered by a wildcard",
        why: "The wildcard admits this host already, so the line changes nothing. Removing the wildcard instead would admit fewer hosts.",
        fix: "Keep the host and remove the wildcard where every MX host is listed, or remove the host.",
        fires_on: Sample::Text(
            b"version: STSv1\nmode: enforce\nmx: *.fabrikam.com\nmx: mail.fabrikam.com\nmax_age: 604800\n",
        ),
        quiet_on: Sample::Text(
            b"version: STSv1\nmode: enforce\nmx: *.fabrikam.com\nmx: fabrikam.com\nmax_age: 604800\n",
        ),
    },
    find: |doc| {
        let wildcards = doc.patterns().iter().filter(|(_, pattern)| pattern.is_wildcard());
        let over: Vec<&str> = wildcards.map(|(_, pattern)| pattern.name()).collect();
        let order = ordered(over.len(), &|a, b| over.get(a).cmp(&over.get(b)));
        let over: Vec<&str> = order.into_iter().filter_map(|index| over.get(index).copied()).collect();
        let names = doc.patterns().iter().filter(|(_, pattern)| !over.is_empty() && !pattern.is_wildcard());
        let covered = names.filter_map(|(field, pattern)| {
            let (_, parent) = pattern.name().split_once('.')?;
            over.binary_search(&parent).ok().map(|_| (field, pattern, parent))
        });
        limited(covered, |(field, pattern, parent)| {
            Hit::at(
                field.value,
                say!("`*.{parent}` admits `{pattern}` already", parent, pattern = pattern.shown()),
            )
            .edit(|| without_line(doc, field))
        })
    },
};

const MX_REPEATED: PolicyLint = Lint {
    rule: Rule {
        code: "policy-mx-repeated",
        level: Level::Note,
        section: "RFC 8461 §3.2",
        title: "an mx stands twice",
        why: "It does no harm. It is often left from an edit that was meant to change one of the two.",
        fix: "Remove one of the lines.",
        fires_on: Sample::Text(
            b"version: STSv1\nmode: enforce\nmx: mx.example.com\nmx: MX.example.com\nmax_age: 604800\n",
        ),
        quiet_on: Sample::Text(GOOD),
    },
    find: |doc| {
        let patterns = doc.patterns();
        let pattern = |index: usize| patterns.get(index).map(|(_, pattern)| pattern);
        let order = ordered(patterns.len(), &|a, b| pattern(a).cmp(&pattern(b)));
        let mut again = vec![false; patterns.len()];
        for (before, index) in order.iter().zip(order.iter().skip(1)) {
            if let Some(again) = again.get_mut(*index) {
                *again = pattern(*before) == pattern(*index);
            }
        }
        let twice = patterns.iter().zip(again).filter(|(_, again)| *again);
        limited(twice, |((field, pattern), _)| {
            Hit::at(field.value, say!("`{pattern}` is listed already", pattern = pattern.shown()))
                .edit(|| without_line(doc, field))
        })
    },
};

/// The `max_age` that counts, where it can be read.
fn max_age(doc: &PolicyDoc<'_>) -> Option<(Field, u64)> {
    let field = doc.field(Key::MaxAge)?;
    let digits = value(doc, field);
    let digits = Some(digits).filter(|digits| digits.iter().all(u8::is_ascii_digit) && digits.len() <= 10)?;
    Some((*field, std::str::from_utf8(digits).ok()?.parse().ok()?))
}

const MAX_AGE_SHORT: PolicyLint = Lint {
    rule: Rule {
        code: "policy-max-age-short",
        level: Level::Warning,
        section: "RFC 8461 §3.2",
        title: "the max_age is below a day",
        why: "Senders keep the policy so that an attacker who blocks the fetch gains nothing. They refresh it about once a day, so with less than a day there are hours without a policy; some refuse 0.",
        fix: "Write at least `max_age: 86400`; RFC 8461 expects weeks.",
        fires_on: Sample::Text(b"version: STSv1\nmode: enforce\nmx: mx.example.com\nmax_age: 3600\n"),
        quiet_on: Sample::Text(b"version: STSv1\nmode: enforce\nmx: mx.example.com\nmax_age: 86400\n"),
    },
    find: |doc| {
        // With mode none a small max_age is what RFC 8461 §8.3 asks for.
        let short = max_age(doc).filter(|(_, seconds)| *seconds < 86_400 && !says(doc, Mode::None));
        one(short.map(|(field, seconds)| {
            let hit = Hit::at(
                field.value,
                say!("senders keep the policy for {duration}", duration = duration(seconds)),
            );
            hit.fix_if(lost_zeros(seconds).map(|meant| {
                say!("If a zero was lost, write `max_age: {meant}`; RFC 8461 expects weeks.", meant)
            }))
        }))
    },
};

/// The usual max_age that `seconds` is without its last zero or two.
fn lost_zeros(seconds: u64) -> Option<u64> {
    const USUAL: [u64; 7] = [86_400, 604_800, 1_209_600, 2_419_200, 2_592_000, 31_536_000, 31_557_600];
    USUAL.into_iter().find(|usual| seconds > 0 && (seconds * 10 == *usual || seconds * 100 == *usual))
}

/// Whether the mode that counts is `mode`.
fn says(doc: &PolicyDoc<'_>, mode: Mode) -> bool {
    doc.field(Key::Mode).is_some_and(|field| value(doc, field) == mode.as_str().as_bytes())
}

const MAX_AGE_WEEK: PolicyLint = Lint {
    rule: Rule {
        code: "policy-max-age-week",
        level: Level::Note,
        section: "RFC 8461 §3.2",
        title: "the max_age of an enforced policy is below a week",
        why: "A sender that writes to the domain once a week has no policy left each time, and fetches it anew over a network that an attacker may hold. RFC 8461 expects weeks or more once the policy is stable.",
        fix: "Write `max_age: 604800` or more once nothing is going to change; a longer one takes longer to take back.",
        fires_on: Sample::Text(b"version: STSv1\nmode: enforce\nmx: mail.fabrikam.com\nmax_age: 86400\n"),
        quiet_on: Sample::Text(GOOD),
    },
    find: |doc| {
        let short = max_age(doc)
            .filter(|(_, seconds)| (86_400..604_800).contains(seconds) && says(doc, Mode::Enforce));
        one(short.map(|(field, seconds)| {
            Hit::at(field.value, say!("senders keep the policy for {duration}", duration = duration(seconds)))
        }))
    },
};

fn duration(seconds: u64) -> String {
    match seconds {
        0 => say!("no time at all"),
        1 => say!("1 second"),
        2..120 => say!("{count} seconds", count = seconds),
        120..7200 => say!("{count} minutes", count = seconds / 60),
        7200..172_800 => say!("{count} hours", count = seconds / 3600),
        _ => say!("{count} days", count = seconds / 86_400),
    }
}

/// A hit where the mode that counts is `mode`.
fn mode_is(doc: &PolicyDoc<'_>, mode: Mode, message: fn() -> String) -> Vec<Hit> {
    let field = doc.field(Key::Mode).filter(|_| says(doc, mode));
    one(field.map(|field| Hit::at(field.value, message())))
}

const NONE_WITHOUT_MX: PolicyLint = Lint {
    rule: Rule {
        code: "policy-none-without-mx",
        level: Level::Warning,
        section: "RFC 8461 §8.3",
        title: "a policy with mode none lists no mx",
        why: "RFC 8461 allows it: with mode none no mx is needed. Some senders refuse such a policy all the same (Stalwart does at d72608f, lookup.rs), and keep the one they have cached, which is the opposite of what taking MTA-STS back is meant to do.",
        fix: "Leave the mx lines in while the mode is none.",
        fires_on: Sample::Text(b"version: STSv1\nmode: none\nmax_age: 86400\n"),
        quiet_on: Sample::Text(b"version: STSv1\nmode: none\nmx: mail.fabrikam.com\nmax_age: 86400\n"),
    },
    find: |doc| {
        let field = doc.field(Key::Mode).filter(|_| says(doc, Mode::None) && doc.field(Key::Mx).is_none());
        one(field.map(|field| {
            Hit::at(
                field.value,
                say!("no mx stands beside it: some senders call the policy invalid and keep the old one"),
            )
        }))
    },
};

const MODE_NONE: PolicyLint = Lint {
    rule: Rule {
        code: "policy-mode-none",
        level: Level::Note,
        section: "RFC 8461 §8.3",
        title: "the mode is none",
        why: "Senders treat the domain as if it had no policy. It is the way to take MTA-STS back.",
        fix: "Leave it until the largest max_age published before has passed, then remove the record; or write `mode: testing`.",
        fires_on: Sample::Text(b"version: STSv1\nmode: none\nmax_age: 60\n"),
        quiet_on: Sample::Text(GOOD),
    },
    find: |doc| mode_is(doc, Mode::None, || say!("senders act as if there were no policy")),
};

const MODE_TESTING: PolicyLint = Lint {
    rule: Rule {
        code: "policy-mode-testing",
        level: Level::Note,
        section: "RFC 8461 §5",
        title: "the mode is testing",
        why: "Senders deliver to hosts that fail as well and only report the failure, so mail is not protected yet.",
        fix: "Write `mode: enforce` once every host passes and reports are clean.",
        fires_on: Sample::Text(b"version: STSv1\nmode: testing\nmx: mx.example.com\nmax_age: 60\n"),
        quiet_on: Sample::Text(GOOD),
    },
    find: |doc| mode_is(doc, Mode::Testing, || say!("senders report failures and deliver all the same")),
};
