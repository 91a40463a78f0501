//! Rules over the two TXT records (RFC 8461 §3.1, RFC 8460 §3). Their grammars are twins, so the
//! rules they share are written once, and named for each.

use super::advice::is_placeholder;
use super::meant::{clean_id, is_mailbox, is_template};
use super::mend_record::{record_edit, with_delimiter};
use super::{Hit, Level, Lint, RecordLint, Rule, Sample, limited, one};
use crate::edit::Edit;
use crate::lookalike;
use crate::record::{MAX_ID, RecordDoc, RecordFault, RecordFaultKind as Kind, RecordField};
use crate::say::{filled, form, say};
use crate::span::Span;
use crate::uri::Uri;
use crate::words::quoted;

pub(super) const STS: &[RecordLint] = &shared!("record", "v=STSv1", "id=1", "RFC 8461 §3.1");
pub(super) const TLSRPT: &[RecordLint] =
    &shared!("tlsrpt", "v=TLSRPTv1", "rua=mailto:a@example.com", "RFC 8460 §3");
pub(super) const STS_OWN: &[RecordLint] = &[ID_MISSING, ID, ID_REPEATED, ID_SAMPLE, POLICY_FIELD];
pub(super) const TLSRPT_OWN: &[RecordLint] = &[
    RUA_MISSING,
    RUA_EMPTY,
    RUA_RESERVED,
    RUA_URI,
    RUA_SCHEME,
    RUA_ADDRESS,
    RUA_PLACEHOLDER,
    RUA_REPEATED,
    FIELD_UNKNOWN,
];

/// A hit for each fault of that kind, with the edit that mends it.
fn each(doc: &RecordDoc<'_>, kind: Kind, hit: fn(&RecordDoc<'_>, &RecordFault, &[u8]) -> Hit) -> Vec<Hit> {
    let faults = doc.faults.iter().filter(|fault| fault.kind == kind);
    limited(faults, |fault| hit(doc, fault, fault.span.slice(doc.text)).edit(|| record_edit(doc, fault)))
}

/// What to do where the comma or semicolon in front of `at` may well belong to the URL that stands before it.
fn inside_url(doc: &RecordDoc<'_>, at: usize) -> Option<String> {
    // They stand in the order of the text, and there may be many.
    let url = doc.rua.get(doc.rua.partition_point(|uri| uri.end <= at).checked_sub(1)?)?;
    let (mark, code) = match doc.text.get(url.end..at)?.trim_ascii() {
        b"," => (',', "%2C"),
        b";" => (';', "%3B"),
        _ => return None,
    };
    let uri = Uri::parse(url.slice(doc.text)).ok()?;
    let has_path = uri.authority.is_some() && !uri.path.is_empty();
    has_path.then(|| say!("If `{mark}` belongs to the URL in front, write `{code}` for it.", mark, code))
}

/// What a text is that begins with another version.
fn other_record(text: &[u8]) -> Option<String> {
    const OTHERS: [(&str, &str); 8] = [
        ("v=spf1", form!("This is an SPF record: it belongs to the domain itself.")),
        ("v=DMARC1", form!("This is a DMARC record: it belongs to `_dmarc`.")),
        ("v=DKIM1", form!("This is a DKIM key: it belongs to a selector under `_domainkey`.")),
        ("v=BIMI1", form!("This is a BIMI record: it belongs to a selector under `_bimi`.")),
        ("v=TLSRPTv1", form!("This is a TLSRPT record: it belongs to `_smtp._tls`.")),
        ("v=STSv1", form!("This is an MTA-STS record: it belongs to `_mta-sts`.")),
        (
            "version:",
            form!("This is a policy: it belongs to `https://mta-sts.<domain>/.well-known/mta-sts.txt`."),
        ),
        (
            "mode:",
            form!("This is a policy: it belongs to `https://mta-sts.<domain>/.well-known/mta-sts.txt`."),
        ),
    ];
    let begins =
        |start: &str| text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()));
    OTHERS.iter().find(|(start, _)| begins(start)).map(|(_, what)| filled(what, []))
}

/// The rules for one of the records: the prefix of their codes, the version, a good field, the section.
macro_rules! shared {
    ($prefix:literal, $version:literal, $field:literal, $section:literal) => {
        [
            Lint {
                rule: Rule {
                    code: concat!($prefix, "-empty"),
                    level: Level::Error,
                    section: $section,
                    title: "the record is empty",
                    why: "A sender that finds nothing has no record, and acts as if the domain had none.",
                    fix: concat!("Publish a record such as `", $version, "; ", $field, "`."),
                    fires_on: Sample::Text(b""),
                    quiet_on: Sample::Text(concat!($version, "; ", $field).as_bytes()),
                },
                find: |doc: &RecordDoc<'_>| {
                    each(doc, Kind::Empty, |_, fault, _| Hit::at(fault.span, say!("there is nothing in the record")))
                },
            },
            Lint {
                rule: Rule {
                    code: concat!($prefix, "-utf16"),
                    level: Level::Error,
                    section: $section,
                    title: "the record is saved as UTF-16",
                    why: "Every other byte is NUL or a byte order mark, so the record does not begin with the version. Senders discard it and find no record.",
                    fix: "Save the file again as UTF-8 without a byte order mark, or type the record.",
                    fires_on: Sample::Text(b"\xFF\xFEv\0=\0S\0"),
                    quiet_on: Sample::Text(concat!($version, "; ", $field).as_bytes()),
                },
                find: |doc: &RecordDoc<'_>| {
                    each(doc, Kind::Utf16, |_, fault, _| Hit::at(fault.span, say!("the record is UTF-16, not ASCII")))
                },
            },
            Lint {
                rule: Rule {
                    code: concat!($prefix, "-version"),
                    level: Level::Error,
                    section: $section,
                    title: concat!("the record does not begin with ", $version),
                    why: "Senders discard every TXT record that does not begin with the version, in exactly these letters and followed by a semicolon. They find no record.",
                    fix: concat!("Begin the record with `", $version, ";`."),
                    fires_on: Sample::Text(concat!("V", $version, "; ", $field).as_bytes()),
                    quiet_on: Sample::Text(concat!($version, "; ", $field).as_bytes()),
                },
                find: |doc: &RecordDoc<'_>| {
                    each(doc, Kind::Version, |doc, fault, text| {
                        let hit = Hit::at(fault.span, say!("{text} is not `{version}`", text = quoted(text), version = doc.kind.version()));
                        if matches!(text.first(), Some(b'"' | b'\'')) {
                            hit.fix(say!("Remove the quotes: they belong to the zone file, not to the record."))
                        } else if text.len() > $version.len() && text.starts_with($version.as_bytes()) {
                            hit
                        } else if text.eq_ignore_ascii_case($version.as_bytes()) {
                            hit.fix(say!("Write `{version}`.", version = $version))
                        } else {
                            hit.fix_if(other_record(text))
                        }
                    })
                },
            },
            Lint {
                rule: Rule {
                    code: concat!($prefix, "-leading-space"),
                    level: Level::Error,
                    section: $section,
                    title: "the record begins with white space",
                    why: "Senders discard every TXT record that does not begin with the version. They find no record.",
                    fix: "Remove the white space in front.",
                    fires_on: Sample::Text(concat!(" ", $version, "; ", $field).as_bytes()),
                    quiet_on: Sample::Text(concat!($version, "; ", $field).as_bytes()),
                },
                find: |doc: &RecordDoc<'_>| {
                    each(doc, Kind::LeadingSpace, |_, fault, _| Hit::at(fault.span, say!("white space stands in front of the version")))
                },
            },
            Lint {
                rule: Rule {
                    code: concat!($prefix, "-no-delimiter"),
                    level: Level::Error,
                    section: $section,
                    title: "no semicolon follows the version",
                    why: "Senders discard a record whose version is not followed by a semicolon. They find no record.",
                    fix: concat!("Write `", $version, ";` and then the field."),
                    fires_on: Sample::Text(concat!($version, " ", $field).as_bytes()),
                    quiet_on: Sample::Text(concat!($version, "; ", $field).as_bytes()),
                },
                find: |doc: &RecordDoc<'_>| {
                    each(doc, Kind::NoDelimiter, |_, fault, _| Hit::at(fault.span, say!("a semicolon is missing in front of this")))
                },
            },
            Lint {
                rule: Rule {
                    code: concat!($prefix, "-empty-field"),
                    level: Level::Error,
                    section: $section,
                    title: "two semicolons stand with nothing between them",
                    why: "The grammar has a field between any two semicolons. Senders that hold to it find the record invalid and act as if there were none.",
                    fix: "Remove one of the semicolons.",
                    fires_on: Sample::Text(concat!($version, "; ", $field, ";;").as_bytes()),
                    quiet_on: Sample::Text(concat!($version, "; ", $field, "; ").as_bytes()),
                },
                find: |doc: &RecordDoc<'_>| {
                    each(doc, Kind::EmptyField, |_, fault, _| Hit::at(fault.span, say!("no field stands in front of this semicolon")))
                },
            },
            Lint {
                rule: Rule {
                    code: concat!($prefix, "-trailing-space"),
                    level: Level::Error,
                    section: $section,
                    title: "the record ends with white space",
                    why: "White space may stand around a semicolon, not at the end without one. Senders that hold to the grammar find the record invalid and act as if there were none.",
                    fix: "Remove the white space at the end.",
                    fires_on: Sample::Text(concat!($version, "; ", $field, " ").as_bytes()),
                    quiet_on: Sample::Text(concat!($version, "; ", $field, " ;").as_bytes()),
                },
                find: |doc: &RecordDoc<'_>| {
                    each(doc, Kind::TrailingSpace, |_, fault, _| Hit::at(fault.span, say!("white space stands at the end, with no semicolon behind it")))
                },
            },
            Lint {
                rule: Rule {
                    code: concat!($prefix, "-no-equals"),
                    level: Level::Error,
                    section: $section,
                    title: "a field has no equals sign",
                    why: "Every field is a name, `=` and a value. Senders find the record invalid and act as if there were none.",
                    fix: "Write the field as `name=value`, or remove it.",
                    fires_on: Sample::Text(concat!($version, "; ", $field, "; preload").as_bytes()),
                    quiet_on: Sample::Text(concat!($version, "; ", $field, "; preload=1").as_bytes()),
                },
                find: |doc: &RecordDoc<'_>| {
                    each(doc, Kind::NoEquals, |doc, fault, text| {
                        let hit = Hit::at(fault.span, say!("{text} has no `=`", text = quoted(text)));
                        hit.fix_if(inside_url(doc, fault.span.start))
                    })
                },
            },
            Lint {
                rule: Rule {
                    code: concat!($prefix, "-space-around-equals"),
                    level: Level::Error,
                    section: $section,
                    title: "white space stands around an equals sign",
                    why: "Name, `=` and value stand together. Senders that hold to the grammar find the record invalid and act as if there were none.",
                    fix: "Remove the white space around `=`.",
                    fires_on: Sample::Text(concat!($version, "; ", $field, "; a = b").as_bytes()),
                    quiet_on: Sample::Text(concat!($version, "; ", $field, "; a=b").as_bytes()),
                },
                find: |doc: &RecordDoc<'_>| {
                    each(doc, Kind::SpaceAroundEquals, |_, fault, _| Hit::at(fault.span, say!("white space stands around `=`")))
                },
            },
            Lint {
                rule: Rule {
                    code: concat!($prefix, "-not-ascii"),
                    level: Level::Error,
                    section: $section,
                    title: "the record has characters outside ASCII",
                    why: "The record is US-ASCII. Senders find a record with other characters invalid and act as if there were none.",
                    fix: "Write ASCII characters only.",
                    fires_on: Sample::Text(concat!($version, "; ", $field, "; a=\u{fc}").as_bytes()),
                    quiet_on: Sample::Text(concat!($version, "; ", $field, "; a=u").as_bytes()),
                },
                find: |doc: &RecordDoc<'_>| {
                    each(doc, Kind::NotAscii, |_, fault, text| {
                        let like = lookalike::ascii(text).map(|_| lookalike::named(text));
                        let text = quoted(text);
                        Hit::at(fault.span, match like {
                            Some(characters) => say!("{text} holds {characters}", text, characters),
                            None => say!("{text} is not ASCII", text),
                        })
                    })
                },
            },
            Lint {
                rule: Rule {
                    code: concat!($prefix, "-extension-name"),
                    level: Level::Error,
                    section: $section,
                    title: "a field name is not well formed",
                    why: "A name has up to 32 letters, digits, `_`, `-` and `.`, and begins with a letter or digit. Senders ignore names they do not know, but not text that is no name.",
                    fix: "Correct the name, or remove the field.",
                    fires_on: Sample::Text(concat!($version, "; ", $field, "; _a=b").as_bytes()),
                    quiet_on: Sample::Text(concat!($version, "; ", $field, "; a_=b").as_bytes()),
                },
                find: |doc: &RecordDoc<'_>| {
                    each(doc, Kind::ExtensionName, |_, fault, text| Hit::at(fault.span, say!("{text} is not a field name", text = quoted(text))))
                },
            },
            Lint {
                rule: Rule {
                    code: concat!($prefix, "-extension-value"),
                    level: Level::Error,
                    section: $section,
                    title: "the value of a field is not well formed",
                    why: "A value has at least one visible ASCII character, and no space, `=` or `;`. Senders that hold to the grammar find the record invalid and act as if there were none.",
                    fix: "Correct the value, or remove the field.",
                    fires_on: Sample::Text(concat!($version, "; ", $field, "; a=").as_bytes()),
                    quiet_on: Sample::Text(concat!($version, "; ", $field, "; a=b").as_bytes()),
                },
                find: |doc: &RecordDoc<'_>| {
                    each(doc, Kind::ExtensionValue, |_, fault, text| match text {
                        b"" => Hit::at(fault.span, say!("nothing stands behind `=`")),
                        text => Hit::at(fault.span, say!("{text} is not a value: it has a space, `=` or a control character", text = quoted(text))),
                    })
                },
            },
            Lint {
                rule: Rule {
                    code: concat!($prefix, "-space-before-semicolon"),
                    level: Level::Warning,
                    section: $section,
                    title: "white space stands before the first semicolon",
                    why: "The grammar allows it; the prose discards records that do not begin with the version and a semicolon (erratum 6285 on RFC 8461). Some senders therefore find no record.",
                    fix: concat!("Write `", $version, ";` without a space."),
                    fires_on: Sample::Text(concat!($version, " ; ", $field).as_bytes()),
                    quiet_on: Sample::Text(concat!($version, "; ", $field).as_bytes()),
                },
                find: |doc: &RecordDoc<'_>| {
                    let hit = |span| Hit::at(span, say!("white space stands between the version and its semicolon"));
                    one(doc.space_before_delimiter.map(|span| hit(span).edit(|| Some(Edit::delete(span)))))
                },
            },
        ]
    };
}
use shared;

const ID_MISSING: RecordLint = Lint {
    rule: Rule {
        code: "record-id-missing",
        level: Level::Error,
        section: "RFC 8461 §3.1",
        title: "the record has no id",
        why: "The id tells senders when the policy has changed. Without it the record is invalid and senders act as if there were none.",
        fix: "Add an id of letters and digits, such as `id=20260101120000Z`.",
        fires_on: Sample::Text(b"v=STSv1; ID=1"),
        quiet_on: Sample::Text(b"v=STSv1; id=1"),
    },
    find: |doc| {
        each(doc, Kind::IdMissing, |_, fault, text| match text {
            b"" => Hit::at(fault.span, say!("there is no `id`")),
            near => {
                Hit::at(fault.span, say!("{text} is not `id`: letters count as written", text = quoted(near)))
                    .fix(say!("Write `id`."))
            }
        })
    },
};

const ID: RecordLint = Lint {
    rule: Rule {
        code: "record-id",
        level: Level::Error,
        section: "RFC 8461 §3.1",
        title: "the id is not 1 to 32 letters and digits",
        why: "Senders that hold to the grammar find the record invalid and act as if there were none, so the policy is never fetched.",
        fix: "Use letters and digits only, such as `id=20260101120000Z`.",
        fires_on: Sample::Text(b"v=STSv1; id=2026-01-01"),
        quiet_on: Sample::Text(b"v=STSv1; id=20260101"),
    },
    find: |doc| {
        each(doc, Kind::Id, |_, fault, text| {
            if is_template(text) {
                let message = say!("{text} is the placeholder of a template, not an id", text = quoted(text));
                return Hit::at(fault.span, message);
            }
            let message = match text {
                b"" => say!("nothing stands behind `id=`"),
                text if text.iter().all(u8::is_ascii_alphanumeric) => {
                    let message = say!(
                        "{text} has {count} characters and may have {most}",
                        text = quoted(text),
                        count = text.len(),
                        most = MAX_ID
                    );
                    return Hit::at(fault.span, message)
                        .fix(say!("Write a shorter id, and keep the part that changes with the policy."));
                }
                text => say!("{text} has characters that are no letters or digits", text = quoted(text)),
            };
            let clean = clean_id(&String::from_utf8_lossy(text));
            Hit::at(fault.span, message).fix_if(clean.map(|clean| say!("Write `id={clean}`.", clean)))
        })
    },
};

const ID_REPEATED: RecordLint = Lint {
    rule: Rule {
        code: "record-id-repeated",
        level: Level::Warning,
        section: "RFC 8461 §3.1",
        title: "the id stands twice",
        why: "The first one counts. Some senders take the last instead and some refuse the record, so they do not agree on when the policy changed.",
        fix: "Keep one id.",
        fires_on: Sample::Text(b"v=STSv1; id=1; id=2"),
        quiet_on: Sample::Text(b"v=STSv1; id=1"),
    },
    find: |doc| {
        let mut ids = doc.fields().filter(|field| field.name.slice(doc.text) == b"id");
        let Some(first) = ids.next().map(|field| field.value.slice(doc.text)) else { return Vec::new() };
        limited(ids, |field| {
            let this = field.value.slice(doc.text);
            if this == first {
                let edit = || with_delimiter(doc, field.span).map(Edit::delete);
                return Hit::at(field.span, say!("the same id stands here again")).edit(edit);
            }
            let (first, this) = (quoted(first), quoted(this));
            let message = say!(
                "senders that take the first id read {first}, as RFC 8461 says of fields; those that take the last read {this}",
                first,
                this
            );
            Hit::at(field.span, message)
        })
    },
};

/// Ids that stand in samples: the RFC's own, and those of widely copied instructions.
const SAMPLE_IDS: &[&str] = &[
    "20160831085700Z",
    "20190429T010101",
    "20190429T010101Z",
    "20160831085700",
    "20200101000000Z",
    "20210101000000Z",
    "1",
    "123",
    "1234",
    "12345",
    "123456789",
    "20180000000000Z",
];

fn is_sample(id: &[u8]) -> bool {
    // A time that was never filled in.
    let blank = id.get(..6).is_some_and(|head| head.eq_ignore_ascii_case(b"YYYYMM"));
    blank || SAMPLE_IDS.iter().any(|sample| sample.as_bytes() == id)
}

const ID_SAMPLE: RecordLint = Lint {
    rule: Rule {
        code: "record-id-sample",
        level: Level::Note,
        section: "RFC 8461 §3.1",
        title: "the id is the one of a sample",
        why: "Any id will do, as long as it changes with each change of the policy. One that was copied from a sample was perhaps never changed, and senders then keep an old policy until its max_age has passed.",
        fix: "Use the time of the change, such as `id=20260101120000Z`, and a new one with each change of the policy.",
        fires_on: Sample::Text(b"v=STSv1; id=20160831085700Z"),
        quiet_on: Sample::Text(b"v=STSv1; id=20260322104512Z"),
    },
    find: |doc| {
        let id = doc.field("id").filter(|id| is_sample(id.value.slice(doc.text)));
        one(id.map(|id| {
            Hit::at(id.value, say!("{id} stands in samples", id = quoted(id.value.slice(doc.text))))
        }))
    },
};

const RUA_REPEATED: RecordLint = Lint {
    rule: Rule {
        code: "tlsrpt-rua-repeated",
        level: Level::Warning,
        section: "RFC 8460 §3",
        title: "there is more than one rua",
        why: "The grammar allows it and nothing says what it means. Some senders report to all, some to the last, and some refuse the record.",
        fix: "Write one rua with all URIs, separated by commas.",
        fires_on: Sample::Text(b"v=TLSRPTv1; rua=mailto:a@example.com; rua=mailto:b@example.com"),
        quiet_on: Sample::Text(b"v=TLSRPTv1; rua=mailto:a@example.com,mailto:b@example.com"),
    },
    find: |doc| {
        let ruas: Vec<&RecordField> =
            doc.fields().filter(|field| field.name.slice(doc.text) == b"rua").collect();
        limited(ruas.windows(2), |pair| {
            // Where nothing but a delimiter stands between the two, a comma takes the place of both.
            let gap = Span::new(pair[0].span.end, pair[1].value.start);
            let joint = || {
                let text = gap.slice(doc.text).iter().copied().filter(|b| !b.is_ascii_whitespace());
                text.take(8).eq(*b";rua=") && !pair[0].value.is_empty() && !pair[1].value.is_empty()
            };
            Hit::at(pair[1].span, say!("{text} is another rua", text = quoted(pair[1].span.slice(doc.text))))
                .edit(|| joint().then(|| Edit::new(gap, ",")))
        })
    },
};

const FIELD_UNKNOWN: RecordLint = Lint {
    rule: Rule {
        code: "tlsrpt-field-unknown",
        level: Level::Note,
        section: "RFC 8460 §3",
        title: "a field that senders do not know",
        why: "Senders ignore it. DMARC's `ruf`, `p` or `pct` mean nothing here: there are no reports on single failures.",
        fix: "Remove it, unless you know who reads it.",
        fires_on: Sample::Text(b"v=TLSRPTv1; rua=mailto:a@example.com; ruf=mailto:b@example.com"),
        quiet_on: Sample::Text(b"v=TLSRPTv1; rua=mailto:a@example.com"),
    },
    find: |doc| {
        let told = |span: Span| {
            doc.faults.iter().any(|fault| fault.span.start >= span.start && fault.span.end <= span.end)
        };
        let unknown = doc.fields().filter(|field| field.name.slice(doc.text) != b"rua");
        limited(unknown.take(100).filter(|field| !told(field.span)), |field| {
            Hit::at(field.name, say!("senders ignore {text}", text = quoted(field.name.slice(doc.text))))
                .fix_if(inside_url(doc, field.span.start))
        })
    },
};

const POLICY_FIELD: RecordLint = Lint {
    rule: Rule {
        code: "record-policy-field",
        level: Level::Note,
        section: "RFC 8461 §3.1",
        title: "a field of the policy stands in the record",
        why: "Senders ignore it: mode, max_age and mx are read from the policy file alone.",
        fix: "Remove it from the record; what counts is the policy file.",
        fires_on: Sample::Text(b"v=STSv1; id=1; mode=enforce"),
        quiet_on: Sample::Text(b"v=STSv1; id=1"),
    },
    find: |doc| {
        let misplaced = doc.fields().filter(|field| {
            matches!(
                field.name.slice(doc.text).to_ascii_lowercase().as_slice(),
                b"mode" | b"max_age" | b"mx" | b"version"
            )
        });
        limited(misplaced, |field| {
            Hit::at(field.span, say!("senders ignore {text} here", text = quoted(field.span.slice(doc.text))))
                .edit(|| with_delimiter(doc, field.span).map(Edit::delete))
        })
    },
};

const RUA_MISSING: RecordLint = Lint {
    rule: Rule {
        code: "tlsrpt-rua-missing",
        level: Level::Error,
        section: "RFC 8460 §3",
        title: "the record has no rua",
        why: "The rua says where reports go. Without it the record is invalid and no sender reports.",
        fix: "Add `rua=mailto:` and an address that reads the reports.",
        fires_on: Sample::Text(b"v=TLSRPTv1;"),
        quiet_on: Sample::Text(b"v=TLSRPTv1; rua=mailto:a@example.com"),
    },
    find: |doc| {
        each(doc, Kind::RuaMissing, |_, fault, text| match text {
            b"" => Hit::at(fault.span, say!("there is no `rua`")),
            near => Hit::at(
                fault.span,
                say!("{text} is not `rua`: letters count as written", text = quoted(near)),
            )
            .fix(say!("Write `rua`.")),
        })
    },
};

const RUA_EMPTY: RecordLint = Lint {
    rule: Rule {
        code: "tlsrpt-rua-empty",
        level: Level::Error,
        section: "RFC 8460 §3",
        title: "a rua has an empty place",
        why: "Behind `rua=` and behind each comma a URI must stand. Senders that hold to the grammar find the record invalid and do not report.",
        fix: "Write a `mailto:` or `https:` URI, or remove the comma.",
        fires_on: Sample::Text(b"v=TLSRPTv1; rua=mailto:a@example.com,"),
        quiet_on: Sample::Text(b"v=TLSRPTv1; rua=mailto:a@example.com"),
    },
    find: |doc| each(doc, Kind::RuaEmpty, |_, fault, _| Hit::at(fault.span, say!("a URI is missing here"))),
};

const RUA_RESERVED: RecordLint = Lint {
    rule: Rule {
        code: "tlsrpt-rua-reserved",
        level: Level::Error,
        section: "RFC 8460 §3",
        title: "an exclamation mark stands in a rua",
        why: "Commas, semicolons and exclamation marks of a URI must be percent-encoded. The size limit of DMARC, `!10m`, does not exist here.",
        fix: "Write `%21` for it, or remove it.",
        fires_on: Sample::Text(b"v=TLSRPTv1; rua=mailto:a@example.com!10m"),
        quiet_on: Sample::Text(b"v=TLSRPTv1; rua=mailto:a@example.com"),
    },
    find: |doc| {
        each(doc, Kind::RuaReserved, |_, fault, _| Hit::at(fault.span, say!("`!` is not allowed here")))
    },
};

const RUA_URI: RecordLint = Lint {
    rule: Rule {
        code: "tlsrpt-rua-uri",
        level: Level::Error,
        section: "RFC 8460 §3",
        title: "a rua is not a URI",
        why: "A sender cannot tell where the reports are to go. Senders that hold to the grammar find the record invalid and do not report.",
        fix: "Write `mailto:` and an address, or an `https:` URL.",
        fires_on: Sample::Text(b"v=TLSRPTv1; rua=a@example.com"),
        quiet_on: Sample::Text(b"v=TLSRPTv1; rua=mailto:a@example.com"),
    },
    find: |doc| {
        each(doc, Kind::RuaUri, |doc, fault, text| {
            // They stand in the order of the text, and there may be many.
            let whole = doc.rua.get(doc.rua.partition_point(|uri| uri.end < fault.span.end));
            let whole = whole.filter(|uri| uri.start <= fault.span.start);
            let uri = whole.map_or(text, |uri| uri.slice(doc.text));
            if !uri.contains(&b':') {
                let hit = Hit::at(fault.span, say!("{uri} has no scheme", uri = quoted(uri)));
                let address = uri.strip_prefix(b"mailto=").unwrap_or(uri);
                return match std::str::from_utf8(address) {
                    Ok(shown) if is_mailbox(address) => {
                        hit.fix(say!("Write `mailto:{address}`.", address = shown))
                    }
                    _ => hit.fix_if(inside_url(doc, fault.span.start)),
                };
            }
            Hit::at(
                fault.span,
                say!("{text} cannot stand in the URI {uri}", text = quoted(text), uri = quoted(uri)),
            )
        })
    },
};

const RUA_SCHEME: RecordLint = Lint {
    rule: Rule {
        code: "tlsrpt-rua-scheme",
        level: Level::Error,
        section: "RFC 8460 §3",
        title: "a rua is neither mailto nor https",
        why: "Reports travel by mail or by HTTPS. Senders have no other way, so nothing is reported there.",
        fix: "Write `mailto:` and an address, or an `https:` URL.",
        fires_on: Sample::Text(b"v=TLSRPTv1; rua=http://example.com/"),
        quiet_on: Sample::Text(b"v=TLSRPTv1; rua=https://example.com/"),
    },
    find: |doc| {
        each(doc, Kind::RuaScheme, |_, fault, text| {
            Hit::at(fault.span, say!("{text} is neither `mailto:` nor `https:`", text = quoted(text)))
        })
    },
};

const RUA_ADDRESS: RecordLint = Lint {
    rule: Rule {
        code: "tlsrpt-rua-address",
        level: Level::Warning,
        section: "RFC 8460 §3",
        title: "a rua leads nowhere",
        why: "The URI is well formed and has no mail address or no host, so no report can be delivered to it.",
        fix: "Write the whole address, as in `mailto:tlsrpt@example.com`, or a URL with a host.",
        fires_on: Sample::Text(b"v=TLSRPTv1; rua=mailto:example.com"),
        quiet_on: Sample::Text(b"v=TLSRPTv1; rua=mailto:a@example.com"),
    },
    find: |doc| {
        let uris = doc.rua.iter().filter_map(|span| Some((*span, Uri::parse(span.slice(doc.text)).ok()?)));
        let mailbox = |path: &[u8]| {
            let at = path.iter().rposition(|b| *b == b'@');
            at.is_some_and(|at| at > 0 && at + 1 < path.len())
        };
        let nowhere = uris.filter(|(_, uri)| {
            uri.is("mailto") && !mailbox(uri.path)
                || uri.is("https") && uri.authority.is_none_or(<[u8]>::is_empty)
        });
        limited(nowhere, |(span, uri)| {
            let text = quoted(span.slice(doc.text));
            if uri.is("https") {
                return Hit::at(span, say!("{text} has no host", text));
            }
            Hit::at(span, say!("{text} has no mail address", text)).edit(|| {
                let slashes = span.slice(doc.text).get(7..9) == Some(b"//")
                    && uri.authority.is_some_and(|part| part.contains(&b'@'));
                slashes.then(|| Edit::delete(Span::new(span.start + 7, span.start + 9)))
            })
        })
    },
};

const RUA_PLACEHOLDER: RecordLint = Lint {
    rule: Rule {
        code: "tlsrpt-rua-placeholder",
        level: Level::Note,
        section: "RFC 8460 §3",
        title: "a rua is the placeholder of a sample",
        why: "A sample was copied and its domain not replaced. Reports go to whoever owns that name, or nowhere.",
        fix: "Write an address or a URL of your own.",
        fires_on: Sample::Text(b"v=TLSRPTv1; rua=mailto:tlsrpt@yourdomain.com"),
        quiet_on: Sample::Text(b"v=TLSRPTv1; rua=mailto:tlsrpt@fabrikam.com"),
    },
    find: |doc| {
        let samples = doc.rua.iter().filter(|span| {
            let Ok(uri) = Uri::parse(span.slice(doc.text)) else { return false };
            let place = uri.authority.unwrap_or(uri.path);
            let host = place.rsplit(|b| *b == b'@').next().and_then(|host| host.split(|b| *b == b':').next());
            let host = host.unwrap_or_default().to_ascii_lowercase();
            std::str::from_utf8(&host).is_ok_and(is_placeholder)
        });
        limited(samples, |span| {
            Hit::at(*span, say!("{text} holds a name out of a sample", text = quoted(span.slice(doc.text))))
        })
    },
};
