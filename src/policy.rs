//! The policy body (RFC 8461 §3.2), read from bytes.
//!
//! A [`PolicyDoc`] keeps every byte and never fails to parse; what the grammar or a MUST refuses is
//! a [`PolicyFault`] in it. A [`Policy`] is read from it only where there is no fault.

use std::cell::OnceCell;
use std::fmt;

use memchr::memchr;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while_m_n};
use nom::character::complete::{char as byte, space0};
use nom::combinator::{all_consuming, map, map_opt, rest, verify};
use nom::sequence::{preceded, terminated};
use nom::{IResult, Parser};
use serde::{Deserialize, Serialize};

use crate::lookalike;
use crate::name::{Host, MxFaultKind, MxPattern, Names, extension_name, is_mx};
use crate::record::{is_wsp, trimmed};
use crate::say::form;
use crate::span::{BOM, Span, is_utf16};

/// Most octets of a body that senders are told to read (RFC 8461 §3.3: 64 kilobytes).
pub const MAX_BODY: usize = 64 * 1024;
/// Largest `max_age`, in seconds (RFC 8461 §3.2): a year.
pub const MAX_MAX_AGE: u32 = 31_557_600;
/// Most digits of a `max_age` (RFC 8461 §3.2).
pub const MAX_AGE_DIGITS: usize = 10;

/// What a sender reads from a policy body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// What a sender does with a host that fails.
    pub mode: Mode,
    /// How long a sender may keep the policy, in seconds.
    pub max_age: u32,
    /// The MX hosts admitted, in the order published.
    pub mx: Vec<MxPattern>,
}

impl Policy {
    /// Whether one of its patterns admits `host` (RFC 8461 §4.1).
    #[must_use]
    pub fn admits(&self, host: &Host) -> bool {
        self.mx.iter().any(|pattern| pattern.matches(host))
    }
}

/// The mode of a policy (RFC 8461 §3.2, §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// A sender must not deliver to a host that fails.
    Enforce,
    /// A sender delivers all the same, and reports.
    Testing,
    /// As if there were no policy.
    None,
}

impl Mode {
    /// As it stands in a policy.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enforce => "enforce",
            Self::Testing => "testing",
            Self::None => "none",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A policy body with the place of every part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyDoc<'a> {
    /// The body as received.
    pub body: &'a [u8],
    /// Its lines, each ended by LF or CRLF; the last may lack an end.
    pub lines: Vec<Line>,
    /// What the grammar or a MUST refuses, in the order of the text.
    pub faults: Vec<PolicyFault>,
    /// The kinds of faults there are: a hostile body has tens of thousands, each rule looks for some kind, and most
    /// are not there.
    pub(crate) kinds: Vec<PolicyFaultKind>,
    /// What the host program knows of the names in it.
    pub(crate) names: Option<&'a Names>,
    /// The first line about each [`Key`] but extensions, so that finding it never walks the body.
    firsts: [Option<usize>; 4],
    mode: Option<Mode>,
    max_age: Option<u32>,
    /// How many `mx` there are.
    mx: usize,
    /// Which keys stand behind a line end that is none (CR, U+2028 …), so that they are not said to be missing.
    cut: [bool; 4],
    /// What [`PolicyDoc::patterns`] gives, read when it is first asked for.
    patterns: OnceCell<Vec<(Field, MxPattern)>>,
}

/// A line, without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where it stands.
    pub span: Span,
    /// What it says, as far as that can be told.
    pub field: Option<Field>,
}

/// `name: value`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// What it is about.
    pub key: Key,
    /// The name as written.
    pub name: Span,
    /// The value, without white space at its ends.
    pub value: Span,
    /// Whether an earlier line said it already, so that this one is ignored (RFC 8461 §3.2). An
    /// `mx` never is.
    pub repeated: bool,
}

/// What a field is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// `version`
    Version,
    /// `mode`
    Mode,
    /// `max_age`
    MaxAge,
    /// `mx`
    Mx,
    /// Any other name; senders ignore it.
    Extension,
}

impl Key {
    /// All but extensions.
    pub(crate) const KNOWN: [Self; 4] = [Self::Version, Self::Mode, Self::MaxAge, Self::Mx];

    /// The field's name; nothing for an extension.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::Mode => "mode",
            Self::MaxAge => "max_age",
            Self::Mx => "mx",
            Self::Extension => "",
        }
    }

    /// The name without the joint between its words.
    const fn bare(self) -> &'static [u8] {
        match self {
            Self::MaxAge => b"maxage",
            key => key.name().as_bytes(),
        }
    }

    const fn index(self) -> Option<usize> {
        match self {
            Self::Version => Some(0),
            Self::Mode => Some(1),
            Self::MaxAge => Some(2),
            Self::Mx => Some(3),
            Self::Extension => None,
        }
    }
    fn of(name: &[u8]) -> Self {
        match name {
            b"version" => Self::Version,
            b"mode" => Self::Mode,
            b"max_age" => Self::MaxAge,
            b"mx" => Self::Mx,
            _ => Self::Extension,
        }
    }
}

/// What the grammar or a MUST refuses, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyFault {
    /// What is wrong.
    pub kind: PolicyFaultKind,
    /// Where, in the body.
    pub span: Span,
}

/// The ways a body is no policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyFaultKind {
    /// No byte, or only white space.
    Empty,
    /// More than 64 KiB.
    TooLarge,
    /// UTF-16 instead of UTF-8.
    Utf16,
    /// An HTML page.
    Html,
    /// Something else that is no policy; what it is, in an English sentence without its full stop.
    Other(&'static str),
    /// A byte order mark in front.
    ByteOrderMark,
    /// A line with nothing on it.
    BlankLine,
    /// White space in front of a name.
    LeadingSpace,
    /// A line without a colon.
    NoColon,
    /// White space between a name and its colon.
    SpaceBeforeColon,
    /// CR without LF.
    BareCr,
    /// A character that some readers take for the end of a line: VT, FF, NEL, U+2028, U+2029.
    LineSeparator,
    /// A character that is not the one it looks like, or that looks like nothing, in a name or a value.
    Lookalike,
    /// A name that the grammar does not allow.
    Name,
    /// An extension without a value.
    ValueEmpty,
    /// A control character in a value.
    ValueControl,
    /// Bytes that are no UTF-8 in a value.
    ValueNotUtf8,
    /// No `version`, no `mode`, no `max_age`, or no `mx` where the mode asks for one.
    Missing(Key),
    /// A version other than `STSv1`.
    Version,
    /// A mode that is none of the three.
    Mode,
    /// A `max_age` that is not 1 to 10 digits.
    MaxAge,
    /// A `max_age` above 31557600.
    MaxAgeTooLarge,
    /// A value that is no host name or wildcard.
    Mx(MxFaultKind),
}

impl<'a> PolicyDoc<'a> {
    /// Reads a body. It never fails: what is wrong with it stands in `faults`.
    #[must_use]
    pub fn parse(body: &'a [u8]) -> Self {
        let mut doc = Self::new(body);
        let whole = Span::new(0, body.len());
        if body.len() > MAX_BODY {
            doc.fault(PolicyFaultKind::TooLarge, Span::new(MAX_BODY, body.len()));
        }
        let text = body.strip_prefix(BOM).unwrap_or(body);
        if text.iter().all(|b| b.is_ascii_whitespace()) {
            doc.fault(PolicyFaultKind::Empty, whole);
        } else if is_utf16(body) {
            doc.fault(PolicyFaultKind::Utf16, whole);
        } else if is_html(text) {
            let first = text.split(|b| *b == b'\n').next().unwrap_or_default();
            doc.fault(PolicyFaultKind::Html, Span::of(body, first));
        } else if let Some(what) = other_document(text) {
            doc.fault(PolicyFaultKind::Other(what), whole);
        } else {
            if text.len() < body.len() {
                doc.fault(PolicyFaultKind::ByteOrderMark, Span::new(0, BOM.len()));
            }
            doc.read_lines(text);
            doc.look_for_missing();
        }
        doc
    }

    const fn new(body: &'a [u8]) -> Self {
        Self {
            body,
            lines: Vec::new(),
            faults: Vec::new(),
            kinds: Vec::new(),
            names: None,
            firsts: [None; 4],
            mode: None,
            max_age: None,
            mx: 0,
            cut: [false; 4],
            patterns: OnceCell::new(),
        }
    }

    /// The policy a sender reads (RFC 8461 §3.2); `None` where the body has a fault.
    #[must_use]
    pub fn policy(&self) -> Option<Policy> {
        if !self.faults.is_empty() {
            return None;
        }
        let mut mx = Vec::with_capacity(self.mx);
        let fields = self.fields().filter(|field| field.key == Key::Mx);
        mx.extend(fields.map(|field| MxPattern::of(field.value.slice(self.body))));
        Some(Policy { mode: self.mode?, max_age: self.max_age?, mx })
    }

    /// The `mx` fields that are patterns, in the order of the text.
    #[must_use]
    pub fn patterns(&self) -> &[(Field, MxPattern)] {
        self.patterns.get_or_init(|| self.read_patterns().collect())
    }

    fn read_patterns(&self) -> impl Iterator<Item = (Field, MxPattern)> {
        let fields = self.fields().filter(|field| field.key == Key::Mx);
        fields.filter_map(|field| Some((*field, MxPattern::parse(field.value.slice(self.body)).ok()?)))
    }

    /// The same document, with what the host program knows of the names in it.
    #[must_use]
    pub fn knowing(self, names: &'a Names) -> Self {
        Self { names: Some(names), ..self }
    }

    /// The names in `mx` fields that hold characters outside ASCII. A host program turns each into A-labels
    /// and says so in [`Names`], as RFC 8461 §3.2 wants A-labels here.
    #[must_use]
    pub fn unicode_names(&self) -> Vec<String> {
        let values =
            self.fields().filter(|field| field.key == Key::Mx).map(|field| field.value.slice(self.body));
        let names =
            values.filter(|value| !value.is_ascii()).filter_map(|value| std::str::from_utf8(value).ok());
        let names =
            names.flat_map(|value| value.split([' ', ',', ';', '\t'])).filter(|name| !name.is_ascii());
        names.map(|name| name.strip_prefix("*.").unwrap_or(name).to_owned()).collect()
    }

    /// The names that wildcards stand in front of; a host program says in [`Names`] which of them are public
    /// suffixes.
    #[must_use]
    pub fn wildcard_names(&self) -> Vec<String> {
        let wildcards = self.patterns().iter().filter(|(_, pattern)| pattern.is_wildcard());
        wildcards.map(|(_, pattern)| pattern.name().to_owned()).collect()
    }

    /// Whether there is nothing wrong with it.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.faults.is_empty()
    }

    /// The fields, in the order of the text.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.lines.iter().filter_map(|line| line.field.as_ref())
    }

    /// The line that `offset` stands in.
    #[must_use]
    pub fn line_at(&self, offset: usize) -> Option<&Line> {
        self.lines.get(self.line_index(offset)?)
    }

    /// Where the line behind that one begins, or the end of the body.
    pub(crate) fn behind_line(&self, index: usize) -> usize {
        self.lines.get(index + 1).map_or(self.body.len(), |next| next.span.start)
    }

    /// The index of the line that `offset` stands in.
    pub(crate) fn line_index(&self, offset: usize) -> Option<usize> {
        self.lines.partition_point(|line| line.span.start <= offset).checked_sub(1)
    }

    /// Whether there is an `mx` that is a pattern.
    pub(crate) const fn has_mx(&self) -> bool {
        self.mx > 0
    }

    /// Whether any line is about what a policy is about.
    pub(crate) fn says_something(&self) -> bool {
        self.firsts.iter().any(Option::is_some)
    }

    /// What is wrong with lines by themselves, whatever stands around them.
    pub(crate) fn line_faults(lines: &[u8]) -> Vec<PolicyFaultKind> {
        let mut doc = PolicyDoc::new(lines);
        doc.read_lines(lines);
        doc.faults.iter().map(|fault| fault.kind).collect()
    }

    /// The first field about `key`, which is the one that counts (RFC 8461 §3.2); none for extensions.
    #[must_use]
    pub fn field(&self, key: Key) -> Option<&Field> {
        self.lines.get(self.firsts[key.index()?]?)?.field.as_ref()
    }

    fn fault(&mut self, kind: PolicyFaultKind, span: Span) {
        if !self.kinds.contains(&kind) {
            self.kinds.push(kind);
        }
        self.faults.push(PolicyFault { kind, span });
    }

    /// `sts-policy-record = sts-policy-field *WSP *(sts-policy-term sts-policy-field *WSP)
    /// [sts-policy-term]`, `sts-policy-term = LF / CRLF`
    fn read_lines(&mut self, text: &'a [u8]) {
        self.lines.reserve(USUAL_LINES);
        let mut rest = text;
        // Behind the final terminator, which may be there, nothing is left.
        while !rest.is_empty() {
            let (line, behind) = match memchr(b'\n', rest) {
                Some(end) => {
                    let (line, behind) = rest.split_at(end);
                    (line.strip_suffix(b"\r").unwrap_or(line), behind.get(1..).unwrap_or_default())
                }
                // The last line has no LF, so a CR at its end is no part of a terminator.
                None => (rest, &b""[..]),
            };
            rest = behind;
            let field = self.read_line(line);
            if let Some(index) = field.and_then(|field| field.key.index()) {
                self.firsts[index].get_or_insert(self.lines.len());
            }
            self.lines.push(Line { span: Span::of(self.body, line), field });
        }
    }

    fn read_line(&mut self, line: &'a [u8]) -> Option<Field> {
        let known = self.firsts;
        let counts = move |key: Key| key.index().is_some_and(|index| known[index].is_none());
        let parsed = all_consuming(terminated(|input| policy_field(input, counts), space0)).parse(line);
        match parsed {
            Ok((_, read)) => {
                let (name, value) = (Span::of(self.body, read.name), Span::of(self.body, read.value));
                let field = Field { key: read.key, name, value, repeated: self.repeats(read.key) };
                match read.says {
                    Says::Mode(mode) => self.mode = Some(mode),
                    Says::MaxAge(seconds) => self.max_age = Some(seconds),
                    Says::Mx => self.mx += 1,
                    Says::Nothing => {}
                }
                Some(field)
            }
            Err(_) => self.diagnose(line),
        }
    }

    fn repeats(&self, key: Key) -> bool {
        key != Key::Mx && self.field(key).is_some()
    }

    /// Why `line` is no field, and what it was meant to say where that can be told.
    fn diagnose(&mut self, line: &'a [u8]) -> Option<Field> {
        use PolicyFaultKind as Kind;
        let spot = |part: &[u8]| Span::of(self.body, part);
        let span = spot(line);
        let shown = trimmed(line);
        if shown.is_empty() || shown == b"\r" {
            self.fault(Kind::BlankLine, span);
            return None;
        }
        if let Some(at) = line.iter().position(|b| *b == b'\r') {
            self.fault(Kind::BareCr, Span::new(span.start + at, span.start + at + 1));
            return self.cut(line);
        }
        if let Some(separator) = line_separator(line) {
            self.fault(Kind::LineSeparator, separator.shifted(span.start));
            return self.cut(line);
        }
        let lead = spot(shown).start;
        if lead > span.start {
            self.fault(Kind::LeadingSpace, Span::new(span.start, lead));
        }
        let Some(colon) = shown.iter().position(|b| *b == b':') else {
            let clean = lookalike::ascii(shown);
            self.names_key(clean.as_deref().map_or(shown, str::as_bytes), |b| b":= \t".contains(&b));
            let like = clean.is_some_and(|like| like.as_bytes().contains(&b':'));
            self.fault(if like { Kind::Lookalike } else { Kind::NoColon }, Span::of(self.body, shown));
            return None;
        };
        let field = self.meant(line);
        if field.name.end < lead + colon {
            self.fault(Kind::SpaceBeforeColon, Span::new(field.name.end, lead + colon));
        }
        let value = field.value.slice(self.body);
        let fault = match field.key {
            key if key != Key::Extension && field.name.slice(self.body) != key.name().as_bytes() => {
                Some((Kind::Lookalike, field.name))
            }
            Key::Version if !field.repeated => (value != VERSION).then_some((Kind::Version, field.value)),
            Key::Mode if !field.repeated => {
                all_consuming(mode).parse(value).is_err().then_some((Kind::Mode, field.value))
            }
            Key::MaxAge if !field.repeated => match all_consuming(max_age_digits).parse(value) {
                Err(_) => Some((Kind::MaxAge, field.value)),
                Ok((_, digits)) => seconds(digits).is_none().then_some((Kind::MaxAgeTooLarge, field.value)),
            },
            Key::Mx => MxPattern::parse(value)
                .err()
                .map(|fault| (Kind::Mx(fault.kind), fault.span.shifted(field.value.start))),
            _ if all_consuming(extension_name).parse(field.name.slice(self.body)).is_err() => {
                Some((Kind::Name, if field.name.is_empty() { span } else { field.name }))
            }
            _ => value_fault(value).map(|(kind, at)| (kind, at.shifted(field.value.start))),
        };
        if let Some((kind, span)) = fault {
            let (kind, span) = self.disguised(kind, span, &field).unwrap_or((kind, span));
            self.fault(kind, span);
        }
        Some(field)
    }

    /// A line with ends in it that are none: whatever stands behind them was meant as a line of its own, and
    /// there is nothing more to say of it here.
    fn cut(&mut self, line: &'a [u8]) -> Option<Field> {
        // The bytes that line ends other than CR end with; a piece that begins inside one names no key.
        for piece in line.split(|b| matches!(b, b'\r' | 0x0B | 0x0C | 0x85 | 0xA8 | 0xA9)).skip(1) {
            self.names_key(piece, |b| b == b':');
        }
        Some(self.meant(line)).filter(|field| field.key != Key::Extension)
    }

    /// What `piece` names is not missing, although nothing can be read of it.
    fn names_key(&mut self, piece: &[u8], delimiter: fn(u8) -> bool) {
        let end = piece.iter().position(|b| delimiter(*b)).unwrap_or(piece.len());
        let (name, value) = piece.split_at(end);
        // What looks like a comment or a fence was not meant to be read.
        let marks: [&[u8]; 7] = [b"#", b";", b"//", b"<!--", b"-->", b"```", b"~~~"];
        if marks.iter().any(|mark| name.trim_ascii_start().starts_with(mark)) {
            return;
        }
        if let Some(index) = near_key(name).and_then(Key::index) {
            self.cut[index] = true;
            // With mode none there need be no mx.
            let value = value.get(1..).unwrap_or_default();
            let value = value.strip_prefix(b"=").unwrap_or(value).trim_ascii();
            self.cut[3] |= index == 1 && value.eq_ignore_ascii_case(b"none");
        }
    }

    /// Whether what the grammar refuses is a name or value that looks right: then that is the fault.
    fn disguised(&self, kind: PolicyFaultKind, span: Span, field: &Field) -> Option<(PolicyFaultKind, Span)> {
        use PolicyFaultKind as Kind;
        let (part, disguised) = match kind {
            Kind::Name => (span, lookalike::ascii(span.slice(self.body)).is_some()),
            Kind::Mx(_) => (field.value, lookalike::is_disguised(field.value.slice(self.body))),
            Kind::Version | Kind::Mode | Kind::MaxAge => {
                (span, lookalike::ascii(span.slice(self.body)).is_some())
            }
            _ => return None,
        };
        disguised.then_some((Kind::Lookalike, part))
    }

    /// The field a faulty line was meant as: name and value as they would be read without the fault.
    fn meant(&self, line: &'a [u8]) -> Field {
        let colon = line.iter().position(|b| *b == b':').unwrap_or(line.len());
        let (name, value) = line.split_at(colon);
        let (name, value) = (trimmed(name), value.strip_prefix(b":").unwrap_or(value));
        let key = match lookalike::ascii(name) {
            Some(like) => Key::of(like.trim().as_bytes()),
            None => Key::of(name),
        };
        Field {
            key,
            name: Span::of(self.body, name),
            value: Span::of(self.body, trimmed(value)),
            repeated: self.repeats(key),
        }
    }

    fn look_for_missing(&mut self) {
        let end = trimmed(self.body.trim_ascii_end()).len();
        for key in Key::KNOWN {
            if self.field(key).is_some() || key == Key::Mx && self.says_none() {
                continue;
            }
            if key.index().is_some_and(|index| self.cut[index]) {
                continue;
            }
            let near = self.near_miss(key).unwrap_or(Span::new(end, end));
            self.fault(PolicyFaultKind::Missing(key), near);
        }
    }

    /// Whether the mode is `none`, or was meant to be.
    fn says_none(&self) -> bool {
        self.field(Key::Mode).is_some_and(|mode| mode.value.slice(self.body).eq_ignore_ascii_case(b"none"))
    }

    /// The name of a field that was probably meant as `key`: other case, other joint, one letter off.
    #[must_use]
    pub fn near_miss(&self, key: Key) -> Option<Span> {
        self.fields()
            .filter(|field| field.key == Key::Extension)
            .map(|field| field.name)
            // Most names are told apart by this, and a hostile policy has tens of thousands.
            .filter(|name| name.len() + 1 >= key.bare().len())
            .find(|name| Bare::of(name.slice(self.body)).is_some_and(|name| name.is_near(key.bare())))
    }
}

/// As many lines as most policies have, with some room.
const USUAL_LINES: usize = 10;
const VERSION: &[u8] = b"STSv1";

/// Longer than any name that is compared, and one letter.
const LONGEST_NEAR: usize = 16;

/// The letters and digits of a name, in lower case; `None` where there are more than any known name has, or too few to
/// recognize one by.
struct Bare([u8; LONGEST_NEAR], usize);

impl Bare {
    fn of(name: &[u8]) -> Option<Self> {
        let mut bare = Self([0; LONGEST_NEAR], 0);
        for letter in name.iter().filter(|b| b.is_ascii_alphanumeric()) {
            *bare.0.get_mut(bare.1)? = letter.to_ascii_lowercase();
            bare.1 += 1;
        }
        (bare.1 > 1).then_some(bare)
    }

    fn is_near(&self, wanted: &[u8]) -> bool {
        if self.1.abs_diff(wanted.len()) > 1 {
            return false;
        }
        let name = self.0.get(..self.1).unwrap_or_default();
        // Of a two-letter name, one letter off leaves too little to recognize it by.
        name == wanted
            || one_edit(name, wanted) && (wanted.len() > 2 || name.windows(2).any(|pair| pair == wanted))
    }
}

/// Whether `name` is `wanted` but for case, the joint between words, or one letter.
#[must_use]
pub fn is_near(name: &[u8], wanted: &[u8]) -> bool {
    Bare::of(name)
        .zip(Bare::of(wanted))
        .is_some_and(|(name, Bare(wanted, length))| name.is_near(wanted.get(..length).unwrap_or_default()))
}

/// The known name that `name` is but for case, the joint between words, or one letter.
pub(crate) fn near_key(name: &[u8]) -> Option<Key> {
    let name = Bare::of(name)?;
    Key::KNOWN.into_iter().find(|key| name.is_near(key.bare()))
}

/// Whether one letter put in, left out or changed, or two neighbours swapped, turns `a` into `b`.
fn one_edit(a: &[u8], b: &[u8]) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let head = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    match long.len() - short.len() {
        0 => {
            let swapped = |pair: &[u8], other: &[u8]| pair.iter().eq(other.iter().rev());
            let pairs = short.get(head..head + 2).zip(long.get(head..head + 2));
            short.get(head + 1..) == long.get(head + 1..)
                || short.get(head + 2..) == long.get(head + 2..)
                    && pairs.is_some_and(|(pair, other)| swapped(pair, other))
        }
        1 => short.get(head..) == long.get(head + 1..),
        _ => false,
    }
}

fn is_html(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    // A page may be XML, too; and XML may be something else.
    let is = |part: &[u8], start: &[u8]| {
        part.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
    };
    [&b"<!doctype"[..], b"<html", b"<head", b"<!--"].iter().any(|start| is(text, start))
        || is(text, b"<?xml") && text.windows(5).any(|part| is(part, b"<html"))
}

/// What a text is that is neither a policy nor one that was damaged: a sentence that is a form.
fn other_document(text: &[u8]) -> Option<&'static str> {
    let starts = |start: &[u8]| text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start));
    let shown = text.trim_ascii();
    let one_line = !shown.contains(&b'\n');
    let holds = |part: &[u8]| shown.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part));
    if starts(b"{\\rtf") {
        Some(form!("this is an RTF file of a word processor"))
    } else if starts(b"%PDF-") {
        Some(form!("this is a PDF file"))
    } else if starts(b"\x1F\x8B") {
        Some(form!("this is a gzip file"))
    } else if starts(b"PK\x03\x04") {
        Some(form!("this is a ZIP archive or the file of a word processor"))
    } else if shown.starts_with(b"<?xml") {
        Some(form!("this is an XML document"))
    } else if shown.starts_with(b"{") && shown.ends_with(b"}") {
        Some(form!("this is a JSON document"))
    } else if !one_line || shown.len() > 4096 {
        None
    } else if holds(b"v=STSv1") {
        Some(form!("this is an MTA-STS record, which belongs into DNS"))
    } else if holds(b"v=TLSRPTv1") {
        Some(form!("this is a TLSRPT record, which belongs into DNS"))
    } else if starts(b"v=spf1") {
        Some(form!("this is an SPF record, which belongs into DNS"))
    } else if starts(b"v=DMARC1") {
        Some(form!("this is a DMARC record, which belongs into DNS"))
    } else {
        None
    }
}

/// The first character in `line` that ends a line for some readers and not for the RFC, where something that
/// might be a field, or nothing, stands behind it.
fn line_separator(line: &[u8]) -> Option<Span> {
    const SEPARATORS: [&[u8]; 5] =
        [b"\x0B", b"\x0C", "\u{85}".as_bytes(), "\u{2028}".as_bytes(), "\u{2029}".as_bytes()];
    (0..line.len()).find_map(|at| {
        let rest = line.get(at..)?;
        let separator = SEPARATORS.iter().find(|separator| rest.starts_with(separator))?;
        let behind = trimmed(rest.get(separator.len()..)?);
        (behind.is_empty() || behind.contains(&b':')).then_some(Span::new(at, at + separator.len()))
    })
}

/// A line that fits the grammar.
struct ReadLine<'a> {
    key: Key,
    name: &'a [u8],
    value: &'a [u8],
    says: Says,
}

enum Says {
    Mode(Mode),
    MaxAge(u32),
    Mx,
    Nothing,
}

/// `sts-policy-field = sts-policy-version / sts-policy-mode / sts-policy-mx / sts-policy-max-age /
/// sts-policy-extension`. A name that counts once is read by its own production only where it does;
/// a later one is ignored, so it needs to be no more than a well-formed extension.
fn policy_field(input: &[u8], counts: impl Fn(Key) -> bool) -> IResult<&[u8], ReadLine<'_>> {
    // The names of the other productions fit that of an extension as well.
    let (input, name) = terminated(extension_name, delimiter).parse(input)?;
    let key = Key::of(name);
    let (input, (value, says)) = match key {
        Key::Version if counts(key) => version(input),
        Key::Mode if counts(key) => mode(input),
        Key::MaxAge if counts(key) => max_age(input),
        Key::Mx => mx(input),
        _ => extension_value(input),
    }?;
    Ok((input, ReadLine { key, name, value, says }))
}

/// `sts-policy-field-delim = ":" *WSP`
fn delimiter(input: &[u8]) -> IResult<&[u8], &[u8]> {
    preceded(byte(':'), space0).parse(input)
}

/// `sts-policy-version = sts-policy-version-field sts-policy-field-delim sts-policy-version-value`,
/// its value: `%s"STSv1"`
fn version(input: &[u8]) -> IResult<&[u8], (&[u8], Says)> {
    map(tag(VERSION), |value| (value, Says::Nothing)).parse(input)
}

/// `sts-policy-mode-value = %s"testing" / %s"enforce" / %s"none"`
fn mode(input: &[u8]) -> IResult<&[u8], (&[u8], Says)> {
    let one = |mode: Mode| map(tag(mode.as_str()), move |value| (value, Says::Mode(mode)));
    alt((one(Mode::Testing), one(Mode::Enforce), one(Mode::None))).parse(input)
}

/// `sts-policy-max-age-value = 1*10(DIGIT)`, at most 31557600 as the prose says
fn max_age(input: &[u8]) -> IResult<&[u8], (&[u8], Says)> {
    map_opt(max_age_digits, |digits| Some((digits, Says::MaxAge(seconds(digits)?)))).parse(input)
}

fn max_age_digits(input: &[u8]) -> IResult<&[u8], &[u8]> {
    take_while_m_n(1, MAX_AGE_DIGITS, |b: u8| b.is_ascii_digit()).parse(input)
}

fn seconds(digits: &[u8]) -> Option<u32> {
    let seconds: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    u32::try_from(seconds).ok().filter(|seconds| *seconds <= MAX_MAX_AGE)
}

/// `sts-policy-mx-value = ["*."] Domain`
fn mx(input: &[u8]) -> IResult<&[u8], (&[u8], Says)> {
    map(verify(take_while(|b: u8| !is_wsp(b)), is_mx), |value| (value, Says::Mx)).parse(input)
}

/// `sts-policy-ext-value = sts-policy-vchar [*(%x20 / sts-policy-vchar) sts-policy-vchar]`,
/// `sts-policy-vchar = %x21-7E / UTF8-2 / UTF8-3 / UTF8-4`
fn extension_value(input: &[u8]) -> IResult<&[u8], (&[u8], Says)> {
    let shown = map(rest, trimmed);
    let (behind, value) = verify(shown, |value: &[u8]| value_fault(value).is_none()).parse(input)?;
    Ok((behind, (value, Says::Nothing)))
}

/// What an extension's value may not hold, and where.
fn value_fault(value: &[u8]) -> Option<(PolicyFaultKind, Span)> {
    if value.is_empty() {
        return Some((PolicyFaultKind::ValueEmpty, Span::new(0, 0)));
    }
    if let Some(at) = value.iter().position(u8::is_ascii_control) {
        return Some((PolicyFaultKind::ValueControl, Span::new(at, at + 1)));
    }
    let error = std::str::from_utf8(value).err()?;
    let at = error.valid_up_to();
    let end = error.error_len().map_or(value.len(), |length| at + length);
    Some((PolicyFaultKind::ValueNotUtf8, Span::new(at, end)))
}

#[cfg(test)]
mod tests {
    use MxFaultKind as Mx;
    use PolicyFaultKind as Kind;

    use super::*;

    type Read = (Mode, u32, Vec<String>);
    type Faults = Vec<(Kind, [usize; 2])>;

    fn read(body: &str) -> Result<Read, Faults> {
        let doc = PolicyDoc::parse(body.as_bytes());
        let faults = || {
            doc.faults
                .iter()
                .map(|fault| (fault.kind, [fault.span.start, fault.span.end]))
                .collect::<Vec<_>>()
        };
        let policy = doc.policy().ok_or_else(faults)?;
        Ok((policy.mode, policy.max_age, policy.mx.iter().map(ToString::to_string).collect()))
    }

    #[test]
    fn bodies_that_fit_the_grammar() {
        let mx = |hosts: &[&str]| hosts.iter().map(|host| (*host).to_owned()).collect::<Vec<_>>();
        for (body, policy) in [
            (
                "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmax_age: 604800\r\n",
                (Mode::Enforce, 604_800, mx(&["mail.example.com", "*.example.net"])),
            ),
            (
                "version:STSv1\r\nmode:\tenforce\r\nmx:  \t\t *.EXAMPLE.com\nmax_age: 1\nmore:ext e  ns ion",
                (Mode::Enforce, 1, mx(&["*.example.com"])),
            ),
            (
                "version: STSv1\nmode: enforce\t\nmx: a.example \nmax_age: 0 \n",
                (Mode::Enforce, 0, mx(&["a.example"])),
            ),
            ("max_age: 8600\nmode:none\nversion: STSv1", (Mode::None, 8600, mx(&[]))),
            (
                "version: STSv1\nmode: testing\nmx: 127.0.0.1\nmax_age: 0000000060",
                (Mode::Testing, 60, mx(&["127.0.0.1"])),
            ),
            (
                "version: STSv1\nmode: testing\nmode: enforced\nversion: x\nmx: a.b\nmax_age: 5\nmax_age: 1e6\n",
                (Mode::Testing, 5, mx(&["a.b"])),
            ),
            (
                "version: STSv1\nmode: none\nmax_age: 31557600\ncomment: caf\u{e9} \u{85} {x: y}\nMode: x\n",
                (Mode::None, MAX_MAX_AGE, mx(&[])),
            ),
        ] {
            assert_eq!(read(body), Ok(policy), "{body}");
        }
    }

    /// A body whose only fault is in one line put between the good ones.
    fn with_line(line: &str) -> Vec<(Kind, [usize; 2])> {
        let body = format!("version: STSv1\nmode: none\n{line}\nmax_age: 60\n");
        let at = |[start, end]: [usize; 2]| [start - 26, end - 26];
        read(&body).expect_err(line).into_iter().map(|(kind, span)| (kind, at(span))).collect()
    }

    #[test]
    fn lines_that_do_not_and_where() {
        for (line, kind, span) in [
            ("", Kind::BlankLine, [0, 0]),
            (" \t", Kind::BlankLine, [0, 2]),
            ("  a: b", Kind::LeadingSpace, [0, 2]),
            ("a : b", Kind::SpaceBeforeColon, [1, 2]),
            ("a b", Kind::NoColon, [0, 3]),
            ("# a comment: with a colon", Kind::Name, [0, 11]),
            (": 8600", Kind::Name, [0, 6]),
            ("_bad: x", Kind::Name, [0, 4]),
            ("bad name: ok", Kind::Name, [0, 8]),
            ("caf\u{e9}: ok", Kind::Name, [0, 5]),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: ok", Kind::Name, [0, 33]),
            ("ext:", Kind::ValueEmpty, [4, 4]),
            ("ext: ok\tbad", Kind::ValueControl, [7, 8]),
            ("ext: ok\u{0}bad", Kind::ValueControl, [7, 8]),
            ("ext: ok\u{7f}bad", Kind::ValueControl, [7, 8]),
            ("ext: ok\rbad", Kind::BareCr, [7, 8]),
            ("mx:", Kind::Mx(Mx::Empty), [3, 3]),
            ("mx: a.example.", Kind::Mx(Mx::FinalDot), [13, 14]),
            ("mx: *.*.example", Kind::Mx(Mx::Wildcard), [6, 7]),
            ("mx: a.example b.example", Kind::Mx(Mx::List), [13, 14]),
            ("mode:", Kind::ValueEmpty, [5, 5]),
        ] {
            assert_eq!(with_line(line), [(kind, span)], "{line}");
        }
        assert_eq!(with_line("  a b"), [(Kind::LeadingSpace, [0, 2]), (Kind::NoColon, [2, 5])]);
    }

    #[test]
    fn values_that_are_none() {
        for (field, kind) in [
            ("version: STSv2", Kind::Version),
            ("version: stsv1", Kind::Version),
            ("version:", Kind::Version),
            ("mode: Enforce", Kind::Mode),
            ("mode: enforced", Kind::Mode),
            ("mode: enforce # now", Kind::Mode),
            ("max_age: 1e6", Kind::MaxAge),
            ("max_age: +5", Kind::MaxAge),
            ("max_age: 5 5", Kind::MaxAge),
            ("max_age:", Kind::MaxAge),
            ("max_age: 00000000060", Kind::MaxAge),
            ("max_age: 31557601", Kind::MaxAgeTooLarge),
            ("max_age: 9999999999", Kind::MaxAgeTooLarge),
        ] {
            let key = field.split(':').next().expect("a name");
            let mut body = format!("{field}\n");
            for line in ["version: STSv1", "mode: enforce", "max_age: 60", "mx: a.example"] {
                if !line.starts_with(key) {
                    body.push_str(line);
                    body.push('\n');
                }
            }
            let faults = read(&body).expect_err(field);
            let value = field.split_once(": ").map_or(field.len(), |(name, _)| name.len() + 2);
            assert_eq!(faults, [(kind, [value, field.len()])], "{field}");
        }
    }

    #[test]
    fn what_is_missing_is_shown_where_it_was_meant() {
        let missing = |body: &str| read(body).expect_err(body);
        assert_eq!(missing(""), [(Kind::Empty, [0, 0])]);
        assert_eq!(missing("\n \r\n"), [(Kind::Empty, [0, 4])]);
        assert_eq!(
            missing("version: STSv1\n"),
            [Key::Mode, Key::MaxAge, Key::Mx].map(|key| (Kind::Missing(key), [14, 14]))
        );
        let body = "version: STSv1\nMode: enforce\nnmx: a.example\nmax-age: 60\n";
        assert_eq!(
            missing(body),
            [
                (Kind::Missing(Key::Mode), [15, 19]),
                (Kind::Missing(Key::MaxAge), [44, 51]),
                (Kind::Missing(Key::Mx), [29, 32])
            ]
        );
        assert_eq!(missing("version: STSv1\nmode: None\nmax_age: 60"), [(Kind::Mode, [21, 25])]);
        assert_eq!(missing("version: STSv1\nmode: none\nmax_age: 60\n\n"), [(Kind::BlankLine, [38, 38])]);
        assert_eq!(missing("version: STSv1\nmode: none\nmax_age: 60\n\r\n"), [(Kind::BlankLine, [38, 38])]);
        assert_eq!(missing("version: STSv1\nmode: none\nmax_age: 60\r"), [(Kind::BareCr, [37, 38])]);
        assert_eq!(missing("version: STSv1\rmode: none\rmax_age: 60\r"), [(Kind::BareCr, [14, 15])]);
    }

    #[test]
    fn what_is_no_text_of_ours_is_said_once() {
        let first =
            |body: &[u8]| PolicyDoc::parse(body).faults.iter().map(|fault| fault.kind).collect::<Vec<_>>();
        assert_eq!(first(b"<!DOCTYPE html>\n<p>not found\n"), [Kind::Html]);
        assert_eq!(first(b"\n<HTML>"), [Kind::Html]);
        assert_eq!(first(b"v\0e\0r\0s\0"), [Kind::Utf16]);
        assert_eq!(first(b"\xFF\xFEv\0"), [Kind::Utf16]);
        assert_eq!(first(b"\xEF\xBB\xBFversion: STSv1\nmode: none\nmax_age: 1\n"), [Kind::ByteOrderMark]);
        assert_eq!(first(b"version: STSv1\nmode: none\nmax_age: 1\nx: \xFF\n"), [Kind::ValueNotUtf8]);
        let mut large = b"version: STSv1\nmode: none\nmax_age: 1\nnote: ".to_vec();
        large.resize(MAX_BODY, b'a');
        assert_eq!(first(&large), []);
        large.push(b'a');
        assert_eq!(first(&large), [Kind::TooLarge]);
    }

    #[test]
    fn near_misses() {
        for (name, wanted, near) in [
            ("Mode", "mode", true),
            ("modes", "mode", true),
            ("mod", "mode", true),
            ("mdoe", "mode", true),
            ("versoin", "version", true),
            ("modle", "mode", true),
            ("dmeo", "mode", false),
            ("xm", "mx", false),
            ("max-age", "max_age", true),
            ("maxage", "max_age", true),
            ("nmx", "mx", true),
            ("mxs", "mx", true),
            ("m", "mx", false),
            ("tx", "mx", false),
            ("vers", "version", false),
        ] {
            assert_eq!(is_near(name.as_bytes(), wanted.as_bytes()), near, "{name}");
        }
    }
}
