//! What can differ in how a policy is read; the strict values are the grammar of RFC 8461 §3.2.

use super::number::Number;
use super::text::{Decode, Lines, Space};
use crate::name::{MAX_LABEL, MAX_NAME};
use crate::policy::{MAX_BODY, MAX_MAX_AGE, Mode};

/// How a policy is read; [`PolicyRules::STRICT`] is the grammar, and a profile names what differs.
#[derive(Clone, Copy, Debug)]
pub(super) struct PolicyRules {
    /// Most octets of a body; `usize::MAX` where there is no limit.
    pub(super) max_body: usize,
    /// Most octets of a line.
    pub(super) max_line: usize,
    pub(super) decode: Decode,
    pub(super) lines: Lines,
    /// Whether a CR that ends no line is refused wherever it stands.
    pub(super) cr_refused: bool,
    /// What a line without a colon is.
    pub(super) no_colon: NoColon,
    /// Whether a line with nothing on it is passed over.
    pub(super) blank_skipped: bool,
    /// Whether a line that begins with `#` is passed over.
    pub(super) comments: bool,
    /// Whether a second colon on a line is refused.
    pub(super) one_colon: bool,
    /// White space at the ends of a value.
    pub(super) space: Space,
    /// Whether white space around a key goes too.
    pub(super) key_trimmed: bool,
    /// Whether keys count in either case.
    pub(super) key_any_case: bool,
    /// What becomes of a key that is none of the four.
    pub(super) extension: Extension,
    pub(super) repeats: Repeats,
    /// Whether a body without `version` is refused.
    pub(super) version_needed: bool,
    pub(super) version_any_case: bool,
    /// The mode of a body that has none.
    pub(super) mode_default: Option<Mode>,
    pub(super) mode_any_case: bool,
    pub(super) max_age: MaxAge,
    pub(super) mx: Mx,
}

/// What a line without a colon is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoColon {
    Refused,
    Skipped,
    /// A key with an empty value.
    EmptyValue,
}

/// What a reader asks of a field it does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extension {
    Ignored,
    /// Name and value must fit the grammar.
    Checked {
        /// Whether a name may begin with `-` or `.`.
        sign_in_front: bool,
        /// Whether U+0080 to U+009F are refused in a value.
        no_c1: bool,
    },
}

/// What becomes of a second `version`, `mode` or `max_age`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeats {
    /// Ignored, if it is a well-formed extension.
    FirstWellFormed,
    /// Ignored.
    First,
    /// Ignored, but its value must be as good as the first one's.
    FirstChecked,
    /// Counts, and the one before is forgotten.
    Last,
    /// Counts, but the one before had to be good, too.
    LastChecked,
    Refused,
}

/// How `max_age` is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct MaxAge {
    pub(super) number: Number,
    /// Seconds where it is missing.
    pub(super) default: Option<u64>,
    /// Whether a value that is no number is as if it were not there.
    pub(super) junk_ignored: bool,
    pub(super) bound: Bound,
}

/// What a reader does with seconds that are many, or few.
#[derive(Clone, Copy, Debug)]
pub(super) enum Bound {
    /// Above this, or below zero: refused.
    Refused(u64),
    /// Above this: this.
    Cut(u64),
    /// Taken as it is; below zero, the policy is old at once.
    Kept,
    /// Not from the first up to, and without, the second: the third.
    Within(u64, u64, u64),
}

/// How `mx` is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mx {
    /// What a pattern must look like, if it is looked at.
    pub(super) syntax: Option<MxSyntax>,
    pub(super) empty: Empty,
    /// Whether ASCII letters are made lower case.
    pub(super) lower_case: bool,
    /// Whether one said twice is kept once.
    pub(super) once: bool,
    /// Whether `mode: none` needs one, too.
    pub(super) always_needed: bool,
}

/// What becomes of an `mx` without a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Empty {
    /// It is a pattern like any other.
    Kept,
    /// It is passed over.
    Skipped,
    /// As `Skipped`, and `*.` alone is, too.
    SkippedWithStar,
}

/// `["*."] Domain`, and how far it may go.
#[derive(Clone, Copy, Debug)]
pub(super) struct MxSyntax {
    pub(super) max_label: usize,
    pub(super) max_name: usize,
    pub(super) final_dot: bool,
    /// Whether the name may be an IPv4 address.
    pub(super) address: bool,
    /// Whether `--` may stand in third place, where it is no A-label.
    pub(super) hyphens: bool,
}

impl PolicyRules {
    /// The grammar and the bounds of RFC 8461 §3.2 and §3.3.
    pub(super) const STRICT: Self = Self {
        max_body: MAX_BODY,
        max_line: usize::MAX,
        decode: Decode::Utf8,
        lines: Lines::Lf,
        cr_refused: true,
        no_colon: NoColon::Refused,
        blank_skipped: false,
        comments: false,
        one_colon: false,
        space: Space::Wsp,
        key_trimmed: false,
        key_any_case: false,
        extension: Extension::Checked { sign_in_front: false, no_c1: false },
        repeats: Repeats::FirstWellFormed,
        version_needed: true,
        version_any_case: false,
        mode_default: None,
        mode_any_case: false,
        max_age: MaxAge {
            number: Number::Digits,
            default: None,
            junk_ignored: false,
            // MAX_MAX_AGE as u64: `From` is not const.
            bound: Bound::Refused(YEAR),
        },
        mx: Mx {
            syntax: Some(MxSyntax::STRICT),
            empty: Empty::Kept,
            lower_case: true,
            once: false,
            always_needed: false,
        },
    };
}

/// [`MAX_MAX_AGE`], as readers count.
#[expect(clippy::as_conversions, reason = "`From` is not const; u32 fits u64")]
const YEAR: u64 = MAX_MAX_AGE as u64;

impl MxSyntax {
    /// `["*."] Domain` (RFC 8461 §3.2), with the lengths of RFC 1035 §2.3.4.
    pub(super) const STRICT: Self =
        Self { max_label: MAX_LABEL, max_name: MAX_NAME, final_dot: false, address: true, hyphens: true };
}
