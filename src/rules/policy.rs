//! Rules over a policy body (RFC 8461 §3.2).

use super::meant::{is_comment, is_frame, meant_mode, seconds};
use super::mend::policy_edit;
use super::{Hit, Level, Lint, PolicyLint, Rule, Sample, limited};
use crate::lookalike;
use crate::name::MxFaultKind;
use crate::policy::{Field, Key, MAX_MAX_AGE, PolicyDoc, PolicyFault, PolicyFaultKind as Kind};
use crate::say::{filled, say};
use crate::span::Span;
use crate::words::{code_point, octets, quoted};

pub(super) const LINTS: &[PolicyLint] = &[
    EMPTY,
    TOO_LARGE,
    UTF16,
    HTML,
    OTHER_DOCUMENT,
    BYTE_ORDER_MARK,
    BLANK_LINE,
    LEADING_SPACE,
    NO_COLON,
    SPACE_BEFORE_COLON,
    BARE_CR,
    LINE_SEPARATOR,
    LOOKALIKE,
    FIELD_NAME,
    VALUE_EMPTY,
    VALUE_CONTROL,
    VALUE_NOT_UTF8,
    VERSION_MISSING,
    VERSION,
    MODE_MISSING,
    MODE,
    MAX_AGE_MISSING,
    MAX_AGE,
    MAX_AGE_TOO_LARGE,
    MX_MISSING,
    MX,
];

/// A hit for each fault that `wanted` picks, with the edit that mends it.
fn each(
    doc: &PolicyDoc<'_>,
    wanted: fn(Kind) -> bool,
    hit: fn(&PolicyDoc<'_>, &PolicyFault, &[u8]) -> Hit,
) -> Vec<Hit> {
    if !doc.kinds.iter().any(|kind| wanted(*kind)) {
        return Vec::new();
    }
    let faults = doc.faults.iter().filter(|fault| wanted(fault.kind));
    limited(faults, |fault| hit(doc, fault, fault.span.slice(doc.body)).edit(|| policy_edit(doc, fault)))
}

pub(super) fn value<'a>(doc: &PolicyDoc<'a>, field: &Field) -> &'a [u8] {
    doc.body.get(field.value.start..field.value.end).unwrap_or_default()
}

const EMPTY: PolicyLint = Lint {
    rule: Rule {
        code: "policy-empty",
        level: Level::Error,
        section: "RFC 8461 §3.2",
        title: "the policy is empty",
        why: "A sender that fetches nothing has no policy. It delivers as if there were no MTA-STS, or keeps the policy it has cached.",
        fix: "Publish the policy: version, mode, mx lines and max_age.",
        fires_on: Sample::Text(b"\n"),
        quiet_on: Sample::Text(GOOD),
    },
    find: |doc| {
        each(
            doc,
            |kind| kind == Kind::Empty,
            |_, fault, _| Hit::at(fault.span, say!("there is nothing in the policy")),
        )
    },
};

const GOOD: &[u8] = b"version: STSv1\nmode: enforce\nmx: mx.example.com\nmax_age: 604800\n";

const TOO_LARGE: PolicyLint = Lint {
    rule: Rule {
        code: "policy-too-large",
        level: Level::Error,
        section: "RFC 8461 §3.3",
        title: "the policy is larger than 64 KiB",
        why: "Senders stop reading at 64 KiB and give up, so that a hostile server cannot fill their memory. They get no policy.",
        fix: "Remove what is no policy: a policy of a hundred MX hosts has 4 KiB.",
        fires_on: Sample::Text(&LARGE),
        quiet_on: Sample::Text(GOOD),
    },
    find: |doc| {
        each(
            doc,
            |kind| kind == Kind::TooLarge,
            |doc, fault, _| {
                Hit::at(
                    fault.span,
                    say!("the policy has {count} bytes; senders read 65536 at most", count = doc.body.len()),
                )
            },
        )
    },
};

static LARGE: [u8; 65_537] = [b'a'; 65_537];

const UTF16: PolicyLint = Lint {
    rule: Rule {
        code: "policy-utf16",
        level: Level::Error,
        section: "RFC 8461 §3.2",
        title: "the policy is saved as UTF-16",
        why: "Every other byte is NUL or a byte order mark, so no line begins with a field name that a sender knows. It finds no policy.",
        fix: "Save the file again as UTF-8 without a byte order mark.",
        fires_on: Sample::Text(b"\xFF\xFEv\0e\0r\0"),
        quiet_on: Sample::Text(GOOD),
    },
    find: |doc| {
        each(
            doc,
            |kind| kind == Kind::Utf16,
            |_, fault, _| Hit::at(fault.span, say!("the file is UTF-16, not UTF-8")),
        )
    },
};

const HTML: PolicyLint = Lint {
    rule: Rule {
        code: "policy-html",
        level: Level::Error,
        section: "RFC 8461 §3.2",
        title: "this is an HTML page, not a policy",
        why: "The web server answers every address with a page, or the file was saved from a browser. A sender finds no policy in it.",
        fix: "Serve the plain text file itself at /.well-known/mta-sts.txt.",
        fires_on: Sample::Text(b"<!DOCTYPE html>\n<title>Welcome</title>\n"),
        quiet_on: Sample::Text(GOOD),
    },
    find: |doc| {
        each(
            doc,
            |kind| kind == Kind::Html,
            |_, fault, _| Hit::at(fault.span, say!("an HTML page stands where the policy should be")),
        )
    },
};

const OTHER_DOCUMENT: PolicyLint = Lint {
    rule: Rule {
        code: "policy-other-document",
        level: Level::Error,
        section: "RFC 8461 §3.2",
        title: "this is something else, not a policy",
        why: "A policy is plain text, one `name: value` on each line. A sender finds no policy in anything else.",
        fix: "Publish the policy as plain text: version, mode, mx lines and max_age.",
        fires_on: Sample::Text(b"v=STSv1; id=20260101"),
        quiet_on: Sample::Text(GOOD),
    },
    find: |doc| {
        each(
            doc,
            |kind| matches!(kind, Kind::Other(_)),
            |_, fault, _| match fault.kind {
                Kind::Other(what) => Hit::at(fault.span, filled(what, [])),
                _ => Hit::at(fault.span, String::new()),
            },
        )
    },
};

const BYTE_ORDER_MARK: PolicyLint = Lint {
    rule: Rule {
        code: "policy-byte-order-mark",
        level: Level::Error,
        section: "RFC 8461 §3.2",
        title: "a byte order mark stands in front",
        why: "The first field name then begins with an invisible character, so a sender does not know it and misses the version.",
        fix: "Save the file as UTF-8 without a byte order mark.",
        fires_on: Sample::Text(b"\xEF\xBB\xBFversion: STSv1\nmode: none\nmax_age: 60\n"),
        quiet_on: Sample::Text(b"version: STSv1\nmode: none\nmax_age: 60\n"),
    },
    find: |doc| {
        each(
            doc,
            |kind| kind == Kind::ByteOrderMark,
            |_, fault, _| Hit::at(fault.span, say!("the file begins with a byte order mark (EF BB BF)")),
        )
    },
};

const BLANK_LINE: PolicyLint = Lint {
    rule: Rule {
        code: "policy-blank-line",
        level: Level::Error,
        section: "RFC 8461 §3.2",
        title: "there is a blank line",
        why: "The grammar allows no empty line, not even a second line end at the end of the file. Senders that hold to it refuse the policy; others read on, and at least one stops there.",
        fix: "Remove the blank line.",
        fires_on: Sample::Text(b"version: STSv1\nmode: none\nmax_age: 60\n\n"),
        quiet_on: Sample::Text(b"version: STSv1\nmode: none\nmax_age: 60\n"),
    },
    find: |doc| {
        each(
            doc,
            |kind| kind == Kind::BlankLine,
            |_, fault, text| {
                let what = if text.is_empty() {
                    say!("this line is empty")
                } else {
                    say!("this line has only white space")
                };
                Hit::at(fault.span, what)
            },
        )
    },
};

const LEADING_SPACE: PolicyLint = Lint {
    rule: Rule {
        code: "policy-leading-space",
        level: Level::Error,
        section: "RFC 8461 §3.2",
        title: "a line begins with white space",
        why: "A field name stands at the very start of its line. A sender that holds to the grammar does not know a name with a space in front.",
        fix: "Remove the white space at the start of the line.",
        fires_on: Sample::Text(b"version: STSv1\n mode: none\nmax_age: 60\n"),
        quiet_on: Sample::Text(b"version: STSv1\nmode: none\nmax_age: 60\n"),
    },
    find: |doc| {
        each(
            doc,
            |kind| kind == Kind::LeadingSpace,
            |_, fault, _| Hit::at(fault.span, say!("there is white space in front of the field name")),
        )
    },
};

const NO_COLON: PolicyLint = Lint {
    rule: Rule {
        code: "policy-no-colon",
        level: Level::Error,
        section: "RFC 8461 §3.2",
        title: "a line has no colon",
        why: "Every line is a field: a name, a colon, a value. There are no comments, lists or headings. Senders refuse the policy, or lose the next line.",
        fix: "Write the line as `name: value`, or remove it.",
        fires_on: Sample::Text(b"version: STSv1\nmode none\nmax_age: 60\n"),
        quiet_on: Sample::Text(b"version: STSv1\nmode: none\nmax_age: 60\n"),
    },
    find: |doc| {
        each(
            doc,
            |kind| kind == Kind::NoColon,
            |_, fault, text| {
                // A backtick cannot stand between backticks.
                let message = if text.contains(&b'`') {
                    say!("this is not a field: it has no colon")
                } else {
                    say!("{text} is not a field: it has no colon", text = quoted(text))
                };
                let hit = Hit::at(fault.span, message);
                let shown = String::from_utf8_lossy(text);
                if is_comment(&shown) {
                    hit.fix(say!("Remove the line: a policy cannot hold comments."))
                } else if is_frame(&shown) {
                    hit.fix(say!("Remove the line: the policy file holds nothing but fields."))
                } else if shown.starts_with("- ") {
                    hit.fix(say!("Write each host on a line of its own: `mx: host`."))
                } else {
                    hit
                }
            },
        )
    },
};

const SPACE_BEFORE_COLON: PolicyLint = Lint {
    rule: Rule {
        code: "policy-space-before-colon",
        level: Level::Error,
        section: "RFC 8461 §3.2",
        title: "white space stands before a colon",
        why: "The colon follows the name directly; white space may only stand behind it. A sender takes the name and the space for another name.",
        fix: "Remove the white space before the colon.",
        fires_on: Sample::Text(b"version: STSv1\nmode : none\nmax_age: 60\n"),
        quiet_on: Sample::Text(b"version: STSv1\nmode:   none\nmax_age: 60\n"),
    },
    find: |doc| {
        each(
            doc,
            |kind| kind == Kind::SpaceBeforeColon,
            |_, fault, _| Hit::at(fault.span, say!("there is white space between the name and its colon")),
        )
    },
};

const BARE_CR: PolicyLint = Lint {
    rule: Rule {
        code: "policy-bare-cr",
        level: Level::Error,
        section: "RFC 8461 §3.2",
        title: "a carriage return stands without a line feed",
        why: "Lines end with LF or CRLF. To a sender, a CR alone ends nothing: what follows still belongs to the same line.",
        fix: "Save the file with LF or CRLF line ends.",
        fires_on: Sample::Text(b"version: STSv1\rmode: none\rmax_age: 60\r"),
        quiet_on: Sample::Text(b"version: STSv1\r\nmode: none\r\nmax_age: 60\r\n"),
    },
    find: |doc| {
        each(
            doc,
            |kind| kind == Kind::BareCr,
            |_, fault, _| Hit::at(fault.span, say!("a CR without LF does not end the line")),
        )
    },
};

const LINE_SEPARATOR: PolicyLint = Lint {
    rule: Rule {
        code: "policy-line-separator",
        level: Level::Error,
        section: "RFC 8461 §3.2",
        title: "a character that only some readers take for the end of a line",
        why: "Lines end with LF or CRLF. A vertical tab, a form feed, U+0085, U+2028 or U+2029 ends nothing: what follows still belongs to the same line. Readers that split at them see another policy than the others.",
        fix: "Write an ordinary line end instead.",
        fires_on: Sample::Text("version: STSv1\u{2028}mode: none\nmax_age: 60\n".as_bytes()),
        quiet_on: Sample::Text(b"version: STSv1\nmode: none\nmax_age: 60\n"),
    },
    find: |doc| {
        each(
            doc,
            |kind| kind == Kind::LineSeparator,
            |_, fault, text| {
                let c = String::from_utf8_lossy(text).chars().next().unwrap_or_default();
                Hit::at(fault.span, say!("{code} does not end the line", code = code_point(c)))
            },
        )
    },
};

const LOOKALIKE: PolicyLint = Lint {
    rule: Rule {
        code: "policy-lookalike",
        level: Level::Error,
        section: "RFC 8461 §3.2",
        title: "a character is not the one it looks like",
        why: "Names and values are compared byte for byte. A letter of another alphabet, a no-break space or an invisible character comes from a word processor or a web page, and cannot be seen. A sender does not know the name or value.",
        fix: "Type the line again, in ASCII.",
        fires_on: Sample::Text("version: STSv1\nm\u{43e}de: none\nmax_age: 60\n".as_bytes()),
        quiet_on: Sample::Text(b"version: STSv1\nmode: none\nmax_age: 60\n"),
    },
    find: |doc| {
        each(
            doc,
            |kind| kind == Kind::Lookalike,
            |_, fault, text| {
                Hit::at(
                    fault.span,
                    say!(
                        "{text} holds {characters}",
                        text = quoted(text),
                        characters = lookalike::named(text)
                    ),
                )
            },
        )
    },
};

const FIELD_NAME: PolicyLint = Lint {
    rule: Rule {
        code: "policy-field-name",
        level: Level::Error,
        section: "RFC 8461 §3.2",
        title: "a field name is not well formed",
        why: "A name has up to 32 letters, digits, `_`, `-` and `.`, and begins with a letter or digit. A sender may ignore names it does not know, but not text that is no name.",
        fix: "Correct the name, or remove the line.",
        fires_on: Sample::Text(b"version: STSv1\nmode: none\nmax_age: 60\n# note: old\n"),
        quiet_on: Sample::Text(b"version: STSv1\nmode: none\nmax_age: 60\nnote: old\n"),
    },
    find: |doc| {
        each(
            doc,
            |kind| kind == Kind::Name,
            |_, fault, text| {
                let hit = Hit::at(fault.span, say!("{text} is not a field name", text = quoted(text)));
                let comment = is_comment(&String::from_utf8_lossy(text));
                if comment { hit.fix(say!("Remove the line: a policy cannot hold comments.")) } else { hit }
            },
        )
    },
};

fn nothing() -> String {
    say!("nothing stands behind the colon")
}

const VALUE_EMPTY: PolicyLint = Lint {
    rule: Rule {
        code: "policy-value-empty",
        level: Level::Error,
        section: "RFC 8461 §3.2",
        title: "a field has no value",
        why: "Every field needs a value, also one that senders ignore. Senders that hold to the grammar refuse the policy.",
        fix: "Remove the line, or give it a value.",
        fires_on: Sample::Text(b"version: STSv1\nmode: none\nmax_age: 60\nnote:\n"),
        quiet_on: Sample::Text(b"version: STSv1\nmode: none\nmax_age: 60\nnote: x\n"),
    },
    find: |doc| each(doc, |kind| kind == Kind::ValueEmpty, |_, fault, _| Hit::at(fault.span, nothing())),
};

const VALUE_CONTROL: PolicyLint = Lint {
    rule: Rule {
        code: "policy-value-control",
        level: Level::Error,
        section: "RFC 8461 §3.2",
        title: "a control character stands in a value",
        why: "Inside a value only visible characters and spaces may stand, no tab, NUL or other control. Senders that hold to the grammar refuse the policy.",
        fix: "Remove the control character.",
        fires_on: Sample::Text(b"version: STSv1\nmode: none\nmax_age: 60\nnote: a\tb\n"),
        quiet_on: Sample::Text(b"version: STSv1\nmode: none\nmax_age: 60\nnote: a b\n"),
    },
    find: |doc| {
        each(
            doc,
            |kind| kind == Kind::ValueControl,
            |_, fault, text| {
                Hit::at(fault.span, say!("{text} may not stand in a value", text = quoted(text)))
            },
        )
    },
};

const VALUE_NOT_UTF8: PolicyLint = Lint {
    rule: Rule {
        code: "policy-value-not-utf8",
        level: Level::Error,
        section: "RFC 8461 §3.2",
        title: "a value is not UTF-8",
        why: "Characters outside ASCII must be UTF-8. Senders that hold to the grammar refuse other bytes.",
        fix: "Save the file as UTF-8, or keep to ASCII.",
        fires_on: Sample::Text(b"version: STSv1\nmode: none\nmax_age: 60\nnote: caf\xE9\n"),
        quiet_on: Sample::Text(b"version: STSv1\nmode: none\nmax_age: 60\nnote: cafe\n"),
    },
    find: |doc| {
        each(
            doc,
            |kind| kind == Kind::ValueNotUtf8,
            |_, fault, text| {
                Hit::at(fault.span, say!("the bytes {bytes} are not UTF-8", bytes = octets(text)))
            },
        )
    },
};

/// The hits for a field that is not there.
fn missing(doc: &PolicyDoc<'_>, key: Key, add: fn() -> String) -> Vec<Hit> {
    let name = key.name();
    let faults = doc.faults.iter().filter(|fault| fault.kind == Kind::Missing(key));
    faults
        .map(|fault| {
            let hit = match fault.span.slice(doc.body) {
                b"" => Hit::at(fault.span, say!("there is no `{name}` line", name)).fix(add()),
                near => Hit::at(
                    fault.span,
                    say!(
                        "{text} is not `{name}`: senders ignore it and find no {name}",
                        text = quoted(near),
                        name
                    ),
                )
                .fix(say!("Write `{name}` instead, in exactly these letters.", name)),
            };
            hit.edit(|| policy_edit(doc, fault))
        })
        .collect()
}

const VERSION_MISSING: PolicyLint = Lint {
    rule: Rule {
        code: "policy-version-missing",
        level: Level::Error,
        section: "RFC 8461 §3.2",
        title: "the policy has no version",
        why: "The version says that this is a policy at all. Without it a sender has no policy.",
        fix: "Add the line `version: STSv1`.",
        fires_on: Sample::Text(b"mode: none\nmax_age: 60\n"),
        quiet_on: Sample::Text(b"mode: none\nmax_age: 60\nversion: STSv1\n"),
    },
    find: |doc| missing(doc, Key::Version, || say!("Add the line `version: STSv1`.")),
};

const VERSION: PolicyLint = Lint {
    rule: Rule {
        code: "policy-version",
        level: Level::Error,
        section: "RFC 8461 §3.2",
        title: "the version is not STSv1",
        why: "There is one version, written `STSv1` in exactly these letters. A sender does not know another and has no policy.",
        fix: "Write `version: STSv1`.",
        fires_on: Sample::Text(b"version: stsv1\nmode: none\nmax_age: 60\n"),
        quiet_on: Sample::Text(b"version: STSv1\nmode: none\nmax_age: 60\n"),
    },
    find: |doc| {
        each(
            doc,
            |kind| kind == Kind::Version,
            |_, fault, text| {
                if text.is_empty() {
                    return Hit::at(fault.span, nothing());
                }
                let hit = Hit::at(
                    fault.span,
                    say!("{text} is not the version: it is `STSv1`", text = quoted(text)),
                );
                hit.fix_if(more_than_a_value(text))
            },
        )
    },
};

/// What to do about a value with more behind it than a value.
fn more_than_a_value(text: &[u8]) -> Option<String> {
    if text.contains(&b'#') {
        Some(say!("Remove what stands behind the value: a policy cannot hold comments."))
    } else if text.contains(&b';') && text.contains(&b':') {
        Some(say!("Write each field on a line of its own, without semicolons."))
    } else {
        None
    }
}

const MODE_MISSING: PolicyLint = Lint {
    rule: Rule {
        code: "policy-mode-missing",
        level: Level::Error,
        section: "RFC 8461 §3.2",
        title: "the policy has no mode",
        why: "The mode tells a sender what to do with a host that fails. Without it a sender has no policy.",
        fix: "Add `mode: testing`, and go on to `enforce` once reports are clean.",
        fires_on: Sample::Text(b"version: STSv1\nmx: mx.example.com\nmax_age: 604800\n"),
        quiet_on: Sample::Text(b"version: STSv1\nmode: testing\nmx: mx.example.com\nmax_age: 604800\n"),
    },
    find: |doc| missing(doc, Key::Mode, || say!("Add the line `mode: testing`.")),
};

const MODE: PolicyLint = Lint {
    rule: Rule {
        code: "policy-mode",
        level: Level::Error,
        section: "RFC 8461 §3.2",
        title: "the mode is not enforce, testing or none",
        why: "The three modes are written in exactly these letters. A sender does not guess what another word means: it has no policy.",
        fix: "Write `mode: enforce`, `mode: testing` or `mode: none`.",
        fires_on: Sample::Text(b"version: STSv1\nmode: enforced\nmx: mx.example.com\nmax_age: 604800\n"),
        quiet_on: Sample::Text(GOOD),
    },
    find: |doc| {
        each(
            doc,
            |kind| kind == Kind::Mode,
            |_, fault, text| {
                if text.is_empty() {
                    return Hit::at(fault.span, nothing());
                }
                let hit = Hit::at(fault.span, say!("{text} is not a mode", text = quoted(text)));
                hit.fix_if(meant_mode(text).map(|mode| say!("Write `mode: {mode}`.", mode)))
            },
        )
    },
};

const MAX_AGE_MISSING: PolicyLint = Lint {
    rule: Rule {
        code: "policy-max-age-missing",
        level: Level::Error,
        section: "RFC 8461 §3.2",
        title: "the policy has no max_age",
        why: "The max_age says how long a sender may keep the policy. Without it a sender has no policy.",
        fix: "Add `max_age: 86400` while testing, `max_age: 604800` or more later.",
        fires_on: Sample::Text(b"version: STSv1\nmode: none\n"),
        quiet_on: Sample::Text(b"version: STSv1\nmode: none\nmax_age: 60\n"),
    },
    find: |doc| missing(doc, Key::MaxAge, || say!("Add the line `max_age: 604800`.")),
};

const MAX_AGE: PolicyLint = Lint {
    rule: Rule {
        code: "policy-max-age",
        level: Level::Error,
        section: "RFC 8461 §3.2",
        title: "the max_age is not a number of seconds",
        why: "It is written with 1 to 10 digits and nothing else: no unit, sign, separator or exponent. A sender that holds to the grammar has no policy.",
        fix: "Write digits only, such as `max_age: 604800` for a week.",
        fires_on: Sample::Text(b"version: STSv1\nmode: none\nmax_age: 7d\n"),
        quiet_on: Sample::Text(b"version: STSv1\nmode: none\nmax_age: 604800\n"),
    },
    find: |doc| {
        each(
            doc,
            |kind| kind == Kind::MaxAge,
            |_, fault, text| {
                let message = if text.is_empty() {
                    nothing()
                } else if text.len() > 10 && text.iter().all(u8::is_ascii_digit) {
                    say!("{text} has {count} digits and may have 10", text = quoted(text), count = text.len())
                } else {
                    say!("{text} is not a number of seconds", text = quoted(text))
                };
                let meant = seconds(text).filter(|_| !text.is_empty());
                Hit::at(fault.span, message)
                    .fix_if(meant.map(|seconds| say!("Write `max_age: {seconds}`.", seconds)))
            },
        )
    },
};

const MAX_AGE_TOO_LARGE: PolicyLint = Lint {
    rule: Rule {
        code: "policy-max-age-too-large",
        level: Level::Error,
        section: "RFC 8461 §3.2",
        title: "the max_age is above a year",
        why: "The largest max_age is 31557600 seconds. Some senders refuse a policy with more, others cut it down.",
        fix: "Write `max_age: 31557600` or less.",
        fires_on: Sample::Text(b"version: STSv1\nmode: none\nmax_age: 31557601\n"),
        quiet_on: Sample::Text(b"version: STSv1\nmode: none\nmax_age: 31557600\n"),
    },
    find: |doc| {
        each(
            doc,
            |kind| kind == Kind::MaxAgeTooLarge,
            |_, fault, text| {
                Hit::at(
                    fault.span,
                    say!(
                        "{text} is above {most}, a year in seconds",
                        text = quoted(text),
                        most = MAX_MAX_AGE
                    ),
                )
            },
        )
    },
};

const MX_MISSING: PolicyLint = Lint {
    rule: Rule {
        code: "policy-mx-missing",
        level: Level::Error,
        section: "RFC 8461 §3.2",
        title: "the policy lists no MX host",
        why: "With mode enforce or testing at least one mx is required. Without it a sender has no policy.",
        fix: "Add an `mx:` line for each MX host of the domain.",
        fires_on: Sample::Text(b"version: STSv1\nmode: enforce\nmax_age: 604800\n"),
        quiet_on: Sample::Text(b"version: STSv1\nmode: none\nmax_age: 604800\n"),
    },
    find: |doc| {
        missing(doc, Key::Mx, || {
            say!("Add the line `mx: ` and the name of each MX host, as in `mx: mail.example.com`.")
        })
    },
};

const MX: PolicyLint = Lint {
    rule: Rule {
        code: "policy-mx",
        level: Level::Error,
        section: "RFC 8461 §3.2",
        title: "an mx is not a host name",
        why: "An mx is one host name in ASCII, or `*.` and a host name. Senders that hold to the grammar refuse the whole policy for one mx that is neither; others keep a pattern that matches nothing.",
        fix: "Write one host name on each line, as it stands in the MX record and without a dot at the end.",
        fires_on: Sample::Text(b"version: STSv1\nmode: enforce\nmx: mx.example.com.\nmax_age: 604800\n"),
        quiet_on: Sample::Text(GOOD),
    },
    find: |doc| {
        each(
            doc,
            |kind| matches!(kind, Kind::Mx(_)),
            |doc, fault, _| match fault.kind {
                Kind::Mx(kind) => mx_hit(doc, kind, fault.span),
                _ => Hit::at(fault.span, String::new()),
            },
        )
    },
};

/// Whether a value looks like the place for another, in a template: `$HOST`, `{{ host }}`, `<host>`, `%HOST%`.
fn is_blank(value: &[u8]) -> bool {
    value.iter().any(|b| b"$<{%".contains(b))
}

fn fill_in() -> String {
    say!("If it is a placeholder, write the name of the MX host in its place.")
}

fn mx_hit(doc: &PolicyDoc<'_>, kind: MxFaultKind, span: Span) -> Hit {
    let field = doc.line_at(span.start).and_then(|line| line.field.as_ref());
    let value = field.map_or(&b""[..], |field| value(doc, field));
    let shown = quoted(value);
    let (message, fix): (String, Option<String>) = match kind {
        MxFaultKind::Empty => {
            (nothing(), Some(say!("Write the host on the same line: `mx: mail.example.com`.")))
        }
        MxFaultKind::Url => (say!("{shown} is a URL", shown), Some(say!("Write the host name alone."))),
        MxFaultKind::MailAddress => {
            (say!("{shown} is a mail address", shown), Some(say!("Write the name of the MX host.")))
        }
        MxFaultKind::AddressLiteral => {
            (say!("{shown} is an IP address", shown), Some(say!("Write the name that the MX record has.")))
        }
        MxFaultKind::Port => (
            say!("{shown} has a port", shown),
            Some(say!("Write the host name alone: mail goes to port 25.")),
        ),
        MxFaultKind::List => match more_than_a_value(value) {
            Some(fix) => (say!("{shown} is more than a name", shown), Some(fix)),
            None if is_blank(value) => (say!("{shown} is not a host name", shown), Some(fill_in())),
            None if value.iter().take_while(|b| !b.is_ascii_whitespace()).all(u8::is_ascii_digit) => (
                say!("{shown} begins with the preference of an MX record", shown),
                Some(say!("Write the host name alone.")),
            ),
            None => (
                say!("{shown} is more than one name", shown),
                Some(say!("Write each host on a line of its own: `mx: host`.")),
            ),
        },
        MxFaultKind::Quotes => {
            (say!("{shown} begins or ends with a quote", shown), Some(say!("Remove the quotes.")))
        }
        MxFaultKind::NotAscii => {
            let text = String::from_utf8_lossy(value);
            let name = text.strip_prefix("*.").unwrap_or(&text);
            let star = if name.len() < text.len() { "*." } else { "" };
            let known = doc.names.and_then(|names| names.a_label(name));
            let fix = known.map_or_else(
                || say!("Write the A-label, which begins with `xn--`."),
                |ascii| say!("Write the A-label, `{star}{name}`.", star, name = ascii),
            );
            (say!("{shown} has characters outside ASCII", shown), Some(fix))
        }
        MxFaultKind::Underscore => (
            say!("{shown} has an underscore, which no host name of a policy can have", shown),
            Some(say!("Give the MX host a name without an underscore, or list a wildcard over it.")),
        ),
        MxFaultKind::FinalDot => {
            (say!("{shown} ends with a dot", shown), Some(say!("Remove the dot at the end.")))
        }
        MxFaultKind::LeadingDot if value == b"." => {
            (say!("{shown} is not a host name", shown), Some(say!("Write the name of the MX host.")))
        }
        MxFaultKind::LeadingDot => (
            say!("{shown} begins with a dot", shown),
            Some(say!("Write `*.` in front for a wildcard, or remove the dot.")),
        ),
        MxFaultKind::EmptyLabel => (say!("{shown} has two dots in a row", shown), None),
        MxFaultKind::Wildcard => (
            say!("in {shown} the `*` is not the whole left-most label", shown),
            Some(say!("Write `*.` and a host name, as in `*.example.com`, or list the hosts.")),
        ),
        MxFaultKind::Hyphen => (say!("a part of {shown} begins or ends with a hyphen", shown), None),
        MxFaultKind::LongLabel => (say!("a part of {shown} has more than 63 characters", shown), None),
        MxFaultKind::Long => (say!("{shown} has more than 253 characters", shown), None),
        MxFaultKind::Character => {
            let fix = is_blank(value).then(fill_in);
            (
                say!(
                    "{character} in {shown} cannot stand in a host name",
                    character = quoted(span.slice(doc.body)),
                    shown
                ),
                fix,
            )
        }
    };
    Hit::at(span, message).fix_if(fix)
}
