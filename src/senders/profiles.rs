//! The readers, each as what differs from the strict reading. Why, and where it was read, stands in
//! `differences.rs`.

use super::matching::{Dots, Matching, Wildcard};
use super::number::Number;
use super::policy_rules::{Bound, Empty, Extension, MaxAge, Mx, MxSyntax, NoColon, PolicyRules, Repeats};
use super::record_rules::{Fields, Grammar, Head, NoEquals, Pairs, RecordRules, RepeatedId, Several};
use super::text::{Decode, Lines, Space};
use super::{Policies, Profile, Records};
use crate::policy::{MAX_BODY, Mode};

/// Every reader: the RFC first, then senders, then checkers and libraries.
pub static PROFILES: &[Profile] = &[
    RFC,
    POSTFIX_MTA_STS_RESOLVER,
    POSTFIX_TLSPOL,
    MOX,
    STALWART,
    GO_MTASTS,
    KUMOMTA,
    MAILAUTH_LAX,
    MAILAUTH_STRICT,
    CHECKDMARC,
    MAIL_AUTH,
    MAILRS,
];

const POLICY: PolicyRules = PolicyRules::STRICT;
const RECORD: RecordRules = RecordRules::STRICT;
const YEAR: u64 = 31_557_600;
const DAY: u64 = 86_400;
/// 1 to 10 digits up to a year.
const STRICT_AGE: MaxAge = POLICY.max_age;
/// Any value of an `mx`, kept as it stands.
const ANY_MX: Mx = Mx { syntax: None, lower_case: false, ..POLICY.mx };

const RFC: Profile = Profile {
    name: "RFC 8461",
    version: "2018",
    source: "this validator's strict reading",
    run: false,
    policy: Policies::Strict,
    record: Records::Strict,
    matching: Matching::Strict,
};

const POSTFIX_MTA_STS_RESOLVER: Profile = Profile {
    name: "postfix-mta-sts-resolver",
    version: "1.5.1",
    source: "PyPI postfix-mta-sts-resolver 1.5.1",
    run: true,
    policy: Policies::By(PolicyRules {
        cr_refused: false,
        decode: Decode::Ascii,
        lines: Lines::Python,
        no_colon: NoColon::EmptyValue,
        space: Space::Python,
        extension: Extension::Ignored,
        repeats: Repeats::Last,
        max_age: MaxAge { number: Number::Python, ..STRICT_AGE },
        mx: ANY_MX,
        ..POLICY
    }),
    record: Records::By(RecordRules {
        decode: Decode::Ascii,
        head: Head::Prefix,
        fields: Fields::Pairs(Pairs {
            space: Space::Python,
            parts_trimmed: false,
            no_equals: NoEquals::EmptyValue,
            ..Pairs::LOOSE
        }),
        ..RECORD
    }),
    matching: Matching::Loose { wildcard: Wildcard::StarsOff, final_dots: Dots::None },
};

const POSTFIX_TLSPOL: Profile = Profile {
    name: "postfix-tlspol",
    version: "ffe1e2d",
    source: "Zuplu/postfix-tlspol@ffe1e2d",
    run: false,
    policy: Policies::By(PolicyRules {
        cr_refused: false,
        lines: Lines::LfAndLastCr,
        extension: Extension::Checked { sign_in_front: false, no_c1: true },
        repeats: Repeats::First,
        max_age: MaxAge { bound: Bound::Cut(YEAR), ..STRICT_AGE },
        mx: Mx {
            syntax: Some(MxSyntax { final_dot: true, address: false, ..MxSyntax::STRICT }),
            ..POLICY.mx
        },
        ..POLICY
    }),
    record: Records::By(RecordRules {
        decode: Decode::Escaped,
        fields: Fields::Grammar(Grammar { repeated_id: RepeatedId::Ignored, ..Grammar::STRICT }),
        ..RECORD
    }),
    matching: Matching::Loose { wildcard: Wildcard::Labels, final_dots: Dots::None },
};

const MOX: Profile = Profile {
    name: "mox",
    version: "bc38693",
    source: "mjl-/mox@bc38693",
    run: false,
    policy: Policies::By(PolicyRules {
        decode: Decode::Lossy,
        extension: Extension::Checked { sign_in_front: true, no_c1: false },
        repeats: Repeats::FirstChecked,
        max_age: MaxAge { number: Number::GoInt32, bound: Bound::Kept, ..STRICT_AGE },
        mx: Mx {
            syntax: Some(MxSyntax {
                max_label: usize::MAX,
                max_name: usize::MAX,
                hyphens: false,
                ..MxSyntax::STRICT
            }),
            ..POLICY.mx
        },
        ..POLICY
    }),
    record: Records::By(RecordRules {
        fields: Fields::Grammar(Grammar {
            sign_in_front: true,
            repeated_id: RepeatedId::Refused,
            ..Grammar::STRICT
        }),
        ..RECORD
    }),
    matching: Matching::Strict,
};

/// mail-auth reads the records for Stalwart.
const MAIL_AUTH_RECORD: RecordRules =
    RecordRules { head: Head::Anything, several: Several::FirstRead, fields: Fields::Tags, ..RECORD };

const STALWART: Profile = Profile {
    name: "Stalwart",
    version: "d72608f",
    source: "stalwartlabs/stalwart@d72608f",
    run: false,
    policy: Policies::By(PolicyRules {
        cr_refused: false,
        max_body: 1024 * 1024,
        lines: Lines::ToColon,
        space: Space::Unicode,
        key_trimmed: true,
        extension: Extension::Ignored,
        repeats: Repeats::LastChecked,
        version_needed: false,
        version_any_case: true,
        mode_default: Some(Mode::None),
        max_age: MaxAge {
            number: Number::RustU64,
            default: Some(DAY),
            junk_ignored: true,
            bound: Bound::Within(3600, YEAR, DAY),
        },
        mx: Mx { syntax: None, empty: Empty::SkippedWithStar, always_needed: true, ..POLICY.mx },
        ..POLICY
    }),
    record: Records::By(MAIL_AUTH_RECORD),
    matching: Matching::Loose { wildcard: Wildcard::Label, final_dots: Dots::None },
};

const GO_MTASTS: Profile = Profile {
    name: "go-mtasts",
    version: "6cf8b82",
    source: "foxcpp/go-mtasts@6cf8b82",
    run: false,
    policy: Policies::By(PolicyRules {
        cr_refused: false,
        max_body: usize::MAX,
        max_line: MAX_BODY - 2,
        decode: Decode::Lossy,
        lines: Lines::LfAndLastCr,
        one_colon: true,
        space: Space::Unicode,
        extension: Extension::Ignored,
        repeats: Repeats::LastChecked,
        max_age: MaxAge { number: Number::GoInt, bound: Bound::Kept, ..STRICT_AGE },
        mx: ANY_MX,
        ..POLICY
    }),
    record: Records::By(RecordRules {
        head: Head::Anything,
        fields: Fields::Pairs(Pairs {
            parts_trimmed: false,
            plain: true,
            version_each: true,
            empty_id: false,
            ..Pairs::LOOSE
        }),
        ..RECORD
    }),
    matching: Matching::Loose { wildcard: Wildcard::Label, final_dots: Dots::One },
};

const KUMOMTA: Profile = Profile {
    name: "KumoMTA",
    version: "7bd6f3a",
    source: "KumoCorp/kumomta@7bd6f3a",
    run: false,
    policy: Policies::By(PolicyRules {
        cr_refused: false,
        max_body: usize::MAX,
        decode: Decode::Mark,
        blank_skipped: true,
        space: Space::Unicode,
        key_trimmed: true,
        extension: Extension::Ignored,
        repeats: Repeats::Refused,
        max_age: MaxAge { number: Number::RustU64, bound: Bound::Kept, ..STRICT_AGE },
        mx: Mx { syntax: None, ..POLICY.mx },
        ..POLICY
    }),
    record: Records::By(RecordRules {
        head: Head::Anything,
        several: Several::Joined,
        fields: Fields::Pairs(Pairs { blank_skipped: false, ..Pairs::LOOSE }),
        ..RECORD
    }),
    matching: Matching::Loose { wildcard: Wildcard::Label, final_dots: Dots::None },
};

const MAILAUTH_MATCHING: Matching =
    Matching::Loose { wildcard: Wildcard::StarlessLabel, final_dots: Dots::One };

const MAILAUTH_LAX: Profile = Profile {
    name: "mailauth, lax",
    version: "7.1.0",
    source: "npm mailauth 7.1.0",
    run: true,
    policy: Policies::By(PolicyRules {
        cr_refused: false,
        decode: Decode::Lossy,
        no_colon: NoColon::Skipped,
        blank_skipped: true,
        space: Space::Js,
        key_trimmed: true,
        key_any_case: true,
        extension: Extension::Ignored,
        repeats: Repeats::First,
        mode_any_case: true,
        max_age: MaxAge { number: Number::Js, ..STRICT_AGE },
        mx: Mx { syntax: None, once: true, ..POLICY.mx },
        ..POLICY
    }),
    record: Records::By(RecordRules {
        decode: Decode::Latin1,
        head: Head::AnyCase,
        fields: Fields::Pairs(Pairs {
            space: Space::Js,
            no_equals: NoEquals::Skipped,
            version_first: true,
            any_case: true,
            first_id: true,
            ..Pairs::LOOSE
        }),
        ..RECORD
    }),
    matching: MAILAUTH_MATCHING,
};

const MAILAUTH_STRICT: Profile = Profile {
    name: "mailauth, strict",
    version: "7.1.0",
    source: "npm mailauth 7.1.0",
    run: true,
    policy: Policies::By(PolicyRules {
        cr_refused: false,
        decode: Decode::Lossy,
        no_colon: NoColon::Skipped,
        blank_skipped: true,
        extension: Extension::Ignored,
        repeats: Repeats::First,
        mx: Mx {
            syntax: Some(MxSyntax { max_label: usize::MAX, max_name: usize::MAX, ..MxSyntax::STRICT }),
            once: true,
            ..POLICY.mx
        },
        ..POLICY
    }),
    record: Records::By(RecordRules { decode: Decode::Latin1, ..RECORD }),
    matching: MAILAUTH_MATCHING,
};

const CHECKDMARC: Profile = Profile {
    name: "checkdmarc",
    version: "6.0.4",
    source: "PyPI checkdmarc 6.0.4",
    run: true,
    policy: Policies::By(PolicyRules {
        max_body: usize::MAX,
        decode: Decode::Latin1,
        lines: Lines::LfAndLastCr,
        blank_skipped: true,
        space: Space::Python,
        repeats: Repeats::First,
        mx: Mx {
            syntax: Some(MxSyntax { max_name: usize::MAX, ..MxSyntax::STRICT }),
            lower_case: false,
            ..POLICY.mx
        },
        ..POLICY
    }),
    record: Records::By(RecordRules {
        decode: Decode::Utf8,
        fields: Fields::Grammar(Grammar {
            space: Space::Python,
            at_end: true,
            quotes_dropped: true,
            ..Grammar::STRICT
        }),
        ..RECORD
    }),
    matching: Matching::Loose { wildcard: Wildcard::HyphenLabel, final_dots: Dots::None },
};

const MAIL_AUTH: Profile = Profile {
    name: "mail-auth",
    version: "0.15.1",
    source: "crates.io mail-auth 0.15.1",
    run: true,
    policy: Policies::No,
    record: Records::By(MAIL_AUTH_RECORD),
    matching: Matching::Strict,
};

const MAILRS: Profile = Profile {
    name: "mailrs-mta-sts",
    version: "2.0.2",
    source: "crates.io mailrs-mta-sts 2.0.2",
    run: true,
    policy: Policies::By(PolicyRules {
        cr_refused: false,
        max_body: usize::MAX,
        no_colon: NoColon::Skipped,
        blank_skipped: true,
        comments: true,
        space: Space::Unicode,
        key_trimmed: true,
        key_any_case: true,
        extension: Extension::Ignored,
        repeats: Repeats::LastChecked,
        version_any_case: true,
        mode_any_case: true,
        max_age: MaxAge { number: Number::RustU64, bound: Bound::Kept, ..STRICT_AGE },
        mx: Mx { syntax: None, empty: Empty::Skipped, always_needed: true, ..POLICY.mx },
        ..POLICY
    }),
    record: Records::By(RecordRules {
        decode: Decode::Utf8,
        head: Head::Anything,
        fields: Fields::Pairs(Pairs {
            no_equals: NoEquals::Skipped,
            version_each: true,
            any_case: true,
            max_id: 32,
            ..Pairs::LOOSE
        }),
        ..RECORD
    }),
    matching: Matching::Loose { wildcard: Wildcard::Label, final_dots: Dots::All },
};
