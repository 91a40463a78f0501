//! What can differ in how the TXT records at `_mta-sts` are read; the strict values are RFC 8461 §3.1.

use super::text::{Decode, Space};

/// How the records at the name are read; [`RecordRules::STRICT`] is the RFC, and a profile names what
/// differs.
#[derive(Clone, Copy, Debug)]
pub(super) struct RecordRules {
    pub(super) decode: Decode,
    pub(super) head: Head,
    pub(super) several: Several,
    pub(super) fields: Fields,
}

/// What a text must begin with to be counted at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// `v=STSv1`, white space or none, and `;`.
    Delimited,
    /// As `Delimited`, in either case and after white space.
    AnyCase,
    /// `v=STSv1`.
    Prefix,
    /// Anything.
    Anything,
}

/// What a reader does where there is more than one text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Several {
    /// Those that do not begin as [`Head`] says are set aside; then there must be one.
    OneKept,
    /// The first that can be read counts.
    FirstRead,
    /// All are joined to one text.
    Joined,
}

/// How a text is taken apart.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fields {
    /// By the grammar, but for some looseness.
    Grammar(Grammar),
    /// Split at `;` and `=`.
    Pairs(Pairs),
    /// As mail-auth's `TagParser` does, letter by letter.
    Tags,
}

/// The grammar, and where it is loose.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grammar {
    /// White space around a delimiter.
    pub(super) space: Space,
    /// Whether it may stand at the end, without a `;`.
    pub(super) at_end: bool,
    /// Whether `"` at the end is dropped.
    pub(super) quotes_dropped: bool,
    /// Whether an extension's name may begin with `-` or `.`.
    pub(super) sign_in_front: bool,
    pub(super) repeated_id: RepeatedId,
}

/// What becomes of a second `id` in the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RepeatedId {
    /// Ignored, if it is a well-formed extension.
    WellFormed,
    /// Ignored.
    Ignored,
    /// Refused, unless its value is empty.
    Refused,
}

/// How pairs are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pairs {
    /// What is trimmed from a piece.
    pub(super) space: Space,
    /// Whether it is trimmed from names and values, too.
    pub(super) parts_trimmed: bool,
    /// Whether a piece of white space alone is passed over, as one of nothing is.
    pub(super) blank_skipped: bool,
    pub(super) no_equals: NoEquals,
    /// Whether a second `=`, and a space or tab inside a name or value, is refused.
    pub(super) plain: bool,
    /// Whether the version must be the first piece, and is looked for nowhere else.
    pub(super) version_first: bool,
    /// Whether every `v` must be right, and not only the last.
    pub(super) version_each: bool,
    /// Whether names and the version count in either case.
    pub(super) any_case: bool,
    /// Whether the first `id` counts, and not the last.
    pub(super) first_id: bool,
    /// Most octets of an `id`.
    pub(super) max_id: usize,
    /// Whether an `id` may be empty.
    pub(super) empty_id: bool,
}

/// What a piece without `=` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoEquals {
    Refused,
    Skipped,
    /// A name with an empty value.
    EmptyValue,
}

impl RecordRules {
    /// RFC 8461 §3.1, its ABNF and its prose.
    pub(super) const STRICT: Self = Self {
        decode: Decode::Lossy,
        head: Head::Delimited,
        several: Several::OneKept,
        fields: Fields::Grammar(Grammar::STRICT),
    };
}

impl Grammar {
    pub(super) const STRICT: Self = Self {
        space: Space::Wsp,
        at_end: false,
        quotes_dropped: false,
        sign_in_front: false,
        repeated_id: RepeatedId::WellFormed,
    };
}

impl Pairs {
    /// Nothing looked at but what is needed; a profile names where it looks closer.
    pub(super) const LOOSE: Self = Self {
        space: Space::Unicode,
        parts_trimmed: true,
        blank_skipped: true,
        no_equals: NoEquals::Refused,
        plain: false,
        version_first: false,
        version_each: false,
        any_case: false,
        first_id: false,
        max_id: usize::MAX,
        empty_id: true,
    };
}
