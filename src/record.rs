//! The two TXT records: `_mta-sts` (RFC 8461 §3.1) and `_smtp._tls` (RFC 8460 §3). Their grammars
//! are twins, so one document reads both.
//!
//! A [`RecordDoc`] keeps every byte and never fails to parse; what the grammar refuses is a
//! [`RecordFault`] in it. A record is read from it only where there is no fault.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while_m_n, take_while1};
use nom::character::complete::{char as byte, space0};
use nom::combinator::{all_consuming, eof, not, opt, peek, recognize, value, verify};
use nom::error::Error;
use nom::multi::separated_list1;
use nom::sequence::{preceded, separated_pair, terminated};
use nom::{IResult, Parser};
use serde::{Deserialize, Serialize};

use crate::name::extension_name;
use crate::span::{Span, is_utf16};
use crate::uri::{Uri, UriFault};

/// Most characters of an `id` (RFC 8461 §3.1).
pub const MAX_ID: usize = 32;

/// Which of the two records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordKind {
    /// The MTA-STS record at `_mta-sts.<policy domain>`.
    Record,
    /// The TLSRPT record at `_smtp._tls.<policy domain>`.
    Tlsrpt,
}

impl RecordKind {
    /// `%s"v=STSv1"` or `%s"v=TLSRPTv1"`; letters count as written.
    #[must_use]
    pub const fn version(self) -> &'static str {
        match self {
            Self::Record => "v=STSv1",
            Self::Tlsrpt => "v=TLSRPTv1",
        }
    }

    /// The field without which the record says nothing.
    #[must_use]
    pub const fn required(self) -> &'static str {
        match self {
            Self::Record => "id",
            Self::Tlsrpt => "rua",
        }
    }
}

/// A TXT record, its strings joined, with the place of every part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordDoc<'a> {
    /// Which grammar it was read by.
    pub kind: RecordKind,
    /// The text as published.
    pub text: &'a [u8],
    /// What stands in front of the first `;`, without white space at its ends.
    pub version: Span,
    /// White space between the version and its `;`: the grammar allows it, the prose does not.
    pub space_before_delimiter: Option<Span>,
    /// The first field behind the version: with most records all there is, so that they ask for no memory.
    first: Option<RecordField>,
    /// The fields behind the first.
    more: Vec<RecordField>,
    /// The URIs of every `rua` field; TLSRPT only.
    pub rua: Vec<Span>,
    /// What the grammar refuses, in the order of the text.
    pub faults: Vec<RecordFault>,
    /// The value of the field that has to be there, the first of that name.
    required: Option<Span>,
}

/// `name=value`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordField {
    /// The whole field.
    pub span: Span,
    /// The name.
    pub name: Span,
    /// The value.
    pub value: Span,
}

/// What the grammar refuses, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordFault {
    /// What is wrong.
    pub kind: RecordFaultKind,
    /// Where, in the joined text.
    pub span: Span,
}

/// The ways a TXT record breaks its grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecordFaultKind {
    /// Nothing at all.
    Empty,
    /// UTF-16 instead of ASCII.
    Utf16,
    /// It does not begin with the version.
    Version,
    /// White space in front of the version.
    LeadingSpace,
    /// The version is not followed by `;`.
    NoDelimiter,
    /// Two delimiters with nothing between them.
    EmptyField,
    /// White space at the end that belongs to no `;`.
    TrailingSpace,
    /// A field without `=`.
    NoEquals,
    /// White space around `=`.
    SpaceAroundEquals,
    /// A character outside ASCII.
    NotAscii,
    /// An extension name that the grammar does not allow.
    ExtensionName,
    /// An extension value that the grammar does not allow.
    ExtensionValue,
    /// No `id`.
    IdMissing,
    /// An `id` that is not 1 to 32 letters and digits.
    Id,
    /// No `rua`.
    RuaMissing,
    /// Nothing where a URI should stand.
    RuaEmpty,
    /// A `!` that is not percent-encoded.
    RuaReserved,
    /// Something that is no URI.
    RuaUri,
    /// A URI that is neither `mailto:` nor `https:`.
    RuaScheme,
}

/// What a sender reads from an MTA-STS record (RFC 8461 §3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Changes whenever the policy does; there is no order between ids.
    pub id: String,
}

/// What a sender reads from a TLSRPT record (RFC 8460 §3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tlsrpt {
    /// Where reports go, in the order published.
    pub rua: Vec<String>,
}

impl<'a> RecordDoc<'a> {
    /// Reads a record. It never fails: what is wrong with the text stands in `faults`.
    #[must_use]
    #[inline]
    pub fn parse(kind: RecordKind, text: &'a [u8]) -> Self {
        let mut doc = Self::new(kind, text);
        match usual(text) {
            Ok((_, (version, (name, value)))) if kind == RecordKind::Record => {
                let (name, value) = (Span::of(text, name), Span::of(text, value));
                doc.version = Span::of(text, version);
                doc.first = Some(RecordField { span: Span::new(name.start, value.end), name, value });
                doc.required = Some(value);
            }
            _ => doc.read(),
        }
        doc
    }

    const fn new(kind: RecordKind, text: &'a [u8]) -> Self {
        Self {
            kind,
            text,
            version: Span::new(0, 0),
            space_before_delimiter: None,
            first: None,
            more: Vec::new(),
            rua: Vec::new(),
            faults: Vec::new(),
            required: None,
        }
    }

    fn read(&mut self) {
        let (text, kind) = (self.text, self.kind);
        let doc = self;
        let (mut rest, delimited) = match sts_version(kind, text) {
            Ok((rest, version)) => {
                doc.version = Span::of(text, version);
                (rest, true)
            }
            Err(_) => doc.diagnose_version(),
        };
        // 1*(sts-field-delim sts-field) [sts-field-delim]
        while !rest.is_empty() {
            rest = match delimiter(rest) {
                Ok((b"", _)) => b"",
                Ok((behind, delimiter)) => {
                    if doc.first.is_none() && is_wsp(delimiter[0]) {
                        let space = trimmed_start(delimiter);
                        let space = Span::new(doc.version.end, Span::of(text, space).start);
                        doc.space_before_delimiter = Some(space);
                    }
                    doc.read_field(behind)
                }
                // Only white space at the end is left: every field was read up to a delimiter.
                Err(_) => {
                    doc.fault(RecordFaultKind::TrailingSpace, Span::of(text, rest));
                    b""
                }
            };
        }
        if delimited {
            doc.look_for_required();
        }
    }

    /// The MTA-STS record a sender reads; `None` where it has a fault or is the other kind.
    #[must_use]
    #[inline]
    pub fn record(&self) -> Option<Record> {
        if self.kind != RecordKind::Record || !self.faults.is_empty() {
            return None;
        }
        let id = self.required?;
        // Of a record without faults it is ASCII.
        Some(Record { id: String::from_utf8(id.slice(self.text).to_vec()).ok()? })
    }

    /// The TLSRPT record a sender reads; `None` where it has a fault or is the other kind.
    #[must_use]
    pub fn tlsrpt(&self) -> Option<Tlsrpt> {
        if self.kind != RecordKind::Tlsrpt || !self.faults.is_empty() {
            return None;
        }
        let text = |span: &Span| String::from_utf8_lossy(span.slice(self.text)).into_owned();
        Some(Tlsrpt { rua: self.rua.iter().map(text).collect() })
    }

    /// The fields behind the version, in order.
    pub fn fields(&self) -> impl Iterator<Item = &RecordField> {
        self.first.iter().chain(&self.more)
    }

    /// The first field of that name, which is the one that counts (RFC 8461 §3.2).
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&RecordField> {
        self.fields().find(|field| field.name.slice(self.text) == name.as_bytes())
    }

    /// Whether there is nothing wrong with it.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.faults.is_empty()
    }

    fn fault(&mut self, kind: RecordFaultKind, span: Span) {
        self.faults.push(RecordFault { kind, span });
    }

    /// One field; gives what is left behind it.
    fn read_field(&mut self, input: &'a [u8]) -> &'a [u8] {
        let first = self.required.is_none();
        let parsed = match self.kind {
            RecordKind::Record if first => field(sts_id_or_extension).parse(input),
            RecordKind::Record => field(extension).parse(input),
            RecordKind::Tlsrpt => field(tlsrpt_rua_or_extension).parse(input),
        };
        match parsed {
            Ok((rest, (name, value))) => {
                let (name, value) = (Span::of(self.text, name), Span::of(self.text, value));
                self.keep(RecordField { span: Span::new(name.start, value.end), name, value });
                rest
            }
            Err(_) => {
                let end = input.iter().position(|b| *b == b';').unwrap_or(input.len());
                let (piece, rest) = input.split_at(end);
                self.diagnose_field(trimmed(piece), first);
                // White space in front of a delimiter, or at the end, is read as on the good path.
                let trail = piece.len() - trimmed_end(piece).len();
                if trail == piece.len() { rest } else { input.get(end - trail..).unwrap_or_default() }
            }
        }
    }

    fn keep(&mut self, field: RecordField) {
        if self.required.is_none() && field.name.slice(self.text) == self.kind.required().as_bytes() {
            self.required = Some(field.value);
        }
        if self.kind == RecordKind::Tlsrpt && field.name.slice(self.text) == b"rua" {
            let uris = field.value.slice(self.text).split(|b| *b == b',').map(trimmed);
            self.rua.extend(uris.filter(|uri| !uri.is_empty()).map(|uri| Span::of(self.text, uri)));
        }
        match self.first {
            None => self.first = Some(field),
            Some(_) => self.more.push(field),
        }
    }

    /// What stands where `v=STSv1` should. Gives what stands behind it, and whether the fields there
    /// are worth looking through for a missing one.
    fn diagnose_version(&mut self) -> (&'a [u8], bool) {
        let text = self.text;
        if trimmed(text).is_empty() {
            self.fault(RecordFaultKind::Empty, Span::new(0, text.len()));
            return (b"", false);
        }
        if is_utf16(text) {
            self.fault(RecordFaultKind::Utf16, Span::new(0, text.len()));
            return (b"", false);
        }
        let end = text.iter().position(|b| *b == b';').unwrap_or(text.len());
        let (head, rest) = text.split_at(end);
        let shown = trimmed(head);
        self.version = Span::of(text, shown);
        if shown.len() < trimmed_end(head).len() {
            self.fault(RecordFaultKind::LeadingSpace, Span::new(0, self.version.start));
        }
        let expected = self.kind.version().as_bytes();
        match shown.strip_prefix(expected) {
            Some(b"") => (rest, true),
            Some(behind) if behind.first().copied().is_some_and(is_wsp) => {
                self.fault(RecordFaultKind::NoDelimiter, Span::of(text, trimmed(behind)));
                (rest, false)
            }
            _ => {
                self.fault(RecordFaultKind::Version, self.version);
                (rest, !rest.is_empty())
            }
        }
    }

    /// Why `piece`, the text between two delimiters, is no field.
    fn diagnose_field(&mut self, piece: &'a [u8], first: bool) {
        use RecordFaultKind as Kind;
        let text = self.text;
        let span = Span::of(text, piece);
        if piece.is_empty() {
            // Shown as the delimiter that is too many.
            let end = (span.end + 1).min(text.len());
            return self.fault(Kind::EmptyField, Span::new(span.start, end));
        }
        if let Some(at) = piece.iter().position(|b| !b.is_ascii()) {
            let run = piece.iter().skip(at).take_while(|b| !b.is_ascii()).count();
            return self.fault(Kind::NotAscii, Span::new(span.start + at, span.start + at + run));
        }
        let Some(equals) = piece.iter().position(|b| *b == b'=') else {
            return self.fault(Kind::NoEquals, span);
        };
        let (left, right) =
            (piece.get(..equals).unwrap_or_default(), piece.get(equals + 1..).unwrap_or_default());
        let (name, value) = (trimmed(left), trimmed(right));
        let spot = |part: &[u8]| Span::of(text, part);
        let read = RecordField { span, name: spot(name), value: spot(value) };
        if name.len() < left.len() || value.len() < right.len() {
            self.fault(Kind::SpaceAroundEquals, Span::new(read.name.end, read.value.start));
        }
        match (self.kind, name) {
            (RecordKind::Record, b"id") if first && all_consuming(sts_id).parse(value).is_err() => {
                self.fault(Kind::Id, read.value);
            }
            (RecordKind::Tlsrpt, b"rua") => {
                for uri in value.split(|b| *b == b',') {
                    self.diagnose_uri(uri);
                }
            }
            _ if all_consuming(extension_name).parse(name).is_err() => {
                self.fault(Kind::ExtensionName, read.name)
            }
            _ if all_consuming(extension_value).parse(value).is_err() => {
                self.fault(Kind::ExtensionValue, read.value)
            }
            _ => {}
        }
        self.keep(read);
    }

    /// Why a piece of a `rua` is no `mailto:` or `https:` URI, where it is none.
    fn diagnose_uri(&mut self, piece: &'a [u8]) {
        let uri = trimmed(piece);
        let span = Span::of(self.text, uri);
        let inside = |at: usize| Span::new(span.start + at, (span.start + at + 1).min(span.end));
        if uri.is_empty() {
            return self.fault(RecordFaultKind::RuaEmpty, Span::of(self.text, piece));
        }
        if let Some(at) = uri.iter().position(|b| *b == b'!') {
            return self.fault(RecordFaultKind::RuaReserved, inside(at));
        }
        match Uri::parse(uri) {
            Err(UriFault::NoScheme) => self.fault(RecordFaultKind::RuaUri, span),
            Err(UriFault::Character(at) | UriFault::Percent(at)) => {
                self.fault(RecordFaultKind::RuaUri, inside(at))
            }
            Ok(read) if is_rua_scheme(&read) => {}
            Ok(_) => self.fault(RecordFaultKind::RuaScheme, span),
        }
    }

    /// Whether `id=`, or `rua=`, stands anywhere, and is no end of a longer name.
    fn names_required(&self) -> bool {
        let name = self.kind.required().as_bytes();
        let starts = |at: usize| self.text.get(at..at + name.len()) == Some(name);
        let mut equals = self.text.iter().enumerate().filter(|(_, b)| **b == b'=').map(|(at, _)| at);
        equals.any(|at| {
            let start = at.checked_sub(name.len()).filter(|start| starts(*start));
            let longer = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
            start.is_some_and(|start| {
                !start.checked_sub(1).and_then(|at| self.text.get(at)).is_some_and(longer)
            })
        })
    }

    fn look_for_required(&mut self) {
        let missing = match self.kind {
            RecordKind::Record => RecordFaultKind::IdMissing,
            RecordKind::Tlsrpt => RecordFaultKind::RuaMissing,
        };
        if self.required.is_none() {
            let near = self.fields().find(|field| {
                field.name.slice(self.text).eq_ignore_ascii_case(self.kind.required().as_bytes())
            });
            // Where the text names it and something is wrong there, it is not missing.
            if near.is_none() && !self.faults.is_empty() && self.names_required() {
                return;
            }
            let end = trimmed(self.text).len();
            self.fault(missing, near.map_or(Span::new(end, end), |field| field.name));
        }
    }
}

/// The TXT records at an owner name, sorted as RFC 8461 §3.1 and RFC 8460 §3 say: those that do not
/// begin with the version and `;` are set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection<'a> {
    /// What a sender counts: exactly one makes a record.
    pub kept: Vec<&'a [u8]>,
    /// The rest.
    pub set_aside: Vec<&'a [u8]>,
}

impl<'a> Selection<'a> {
    /// Sorts `texts`, each the joined strings of one record.
    ///
    /// A record with white space in front of its first `;` fits the grammar and not the prose
    /// (erratum 6285). It is kept only where no other record begins as the prose asks.
    #[must_use]
    pub fn of(kind: RecordKind, texts: &'a [Vec<u8>]) -> Self {
        let begins = |text: &[u8], with_space: bool| {
            text.strip_prefix(kind.version().as_bytes()).is_some_and(|behind| {
                let behind = if with_space { trimmed_start(behind) } else { behind };
                behind.first() == Some(&b';')
            })
        };
        let texts = texts.iter().map(Vec::as_slice);
        let (kept, set_aside): (Vec<_>, Vec<_>) = texts.clone().partition(|text| begins(text, false));
        if !kept.is_empty() {
            return Self { kept, set_aside };
        }
        let (kept, set_aside) = texts.partition(|text| begins(text, true));
        Self { kept, set_aside }
    }
}

/// Whether a text set aside was probably meant as the record: it names the version somehow.
#[must_use]
pub fn was_meant(kind: RecordKind, text: &[u8]) -> bool {
    let version = kind.version().as_bytes();
    let version = version.strip_prefix(b"v=").unwrap_or(version);
    // Never 0; said so that no words are needed for it.
    text.windows(version.len().max(1)).any(|part| part.eq_ignore_ascii_case(version))
}

/// Version, name and value of the record that nearly everybody publishes, `v=STSv1; id=…` with or without a `;` behind it, in
/// one go; [`RecordDoc::read`] reads the same from it.
#[inline]
fn usual(input: &[u8]) -> IResult<&[u8], (&[u8], Parts<'_>)> {
    let (input, version) = terminated(tag("v=STSv1"), (byte(';'), space0)).parse(input)?;
    let (input, field) = separated_pair(tag("id"), byte('='), sts_id).parse(input)?;
    let (input, _) = (opt(byte(';')), eof).parse(input)?;
    Ok((input, (version, field)))
}

/// `sts-version = %s"v=STSv1"`, `tlsrpt-version = %s"v=TLSRPTv1"`, and behind it a delimiter or the end
fn sts_version(kind: RecordKind, input: &[u8]) -> IResult<&[u8], &[u8]> {
    terminated(tag(kind.version()), peek(field_end)).parse(input)
}

/// `sts-field-delim = *WSP ";" *WSP`, `field-delim` of RFC 8460
fn delimiter(input: &[u8]) -> IResult<&[u8], &[u8]> {
    recognize((space0, byte(';'), space0)).parse(input)
}

/// What may follow a field: a delimiter, or the end with the white space that is its own fault.
fn field_end(input: &[u8]) -> IResult<&[u8], ()> {
    // Nearly always; and it is asked behind the version and every field.
    if matches!(input, [] | [b';', ..]) {
        return Ok((input, ()));
    }
    value((), (space0, alt((tag(";"), eof)))).parse(input)
}

/// A field and, unread, what may follow it.
fn field<'a>(
    of: impl Parser<&'a [u8], Output = Parts<'a>, Error = Error<&'a [u8]>>,
) -> impl Parser<&'a [u8], Output = Parts<'a>, Error = Error<&'a [u8]>> {
    terminated(of, peek(field_end))
}

/// Name and value.
type Parts<'a> = (&'a [u8], &'a [u8]);

/// `sts-field = sts-id / sts-extension`
fn sts_id_or_extension(input: &[u8]) -> IResult<&[u8], Parts<'_>> {
    // A name of its own is never read as an extension, which its value might fit.
    alt((separated_pair(tag("id"), byte('='), sts_id), preceded(not(tag("id=")), extension))).parse(input)
}

/// `tlsrpt-field = tlsrpt-rua / tlsrpt-extension`
fn tlsrpt_rua_or_extension(input: &[u8]) -> IResult<&[u8], Parts<'_>> {
    alt((separated_pair(tag("rua"), byte('='), tlsrpt_rua), preceded(not(tag("rua=")), extension)))
        .parse(input)
}

/// `sts-id = %s"id=" 1*32(ALPHA / DIGIT)`, its value
fn sts_id(input: &[u8]) -> IResult<&[u8], &[u8]> {
    take_while_m_n(1, MAX_ID, |b: u8| b.is_ascii_alphanumeric()).parse(input)
}

/// `sts-extension = sts-ext-name "=" sts-ext-value`, `tlsrpt-extension` of RFC 8460
fn extension(input: &[u8]) -> IResult<&[u8], Parts<'_>> {
    separated_pair(extension_name, byte('='), extension_value).parse(input)
}

/// `sts-ext-value = 1*(%x21-3A / %x3C / %x3E-7E)`: no `=`, `;`, space, control, non-ASCII
fn extension_value(input: &[u8]) -> IResult<&[u8], &[u8]> {
    take_while1(|b: u8| matches!(b, 0x21..=0x3A | 0x3C | 0x3E..=0x7E)).parse(input)
}

/// `tlsrpt-rua = %s"rua=" tlsrpt-uri *(*WSP "," *WSP tlsrpt-uri)`, its value
fn tlsrpt_rua(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let comma = (space0, byte(','), space0);
    recognize(separated_list1(comma, tlsrpt_uri)).parse(input)
}

/// `tlsrpt-uri = URI`, with `,` `!` `;` percent-encoded; prose allows `mailto` and `https` only
fn tlsrpt_uri(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let inside = |b: u8| !matches!(b, b',' | b'!' | b';' | b' ' | b'\t');
    verify(take_while1(inside), |uri: &[u8]| Uri::parse(uri).is_ok_and(|uri| is_rua_scheme(&uri)))
        .parse(input)
}

fn is_rua_scheme(uri: &Uri<'_>) -> bool {
    uri.is("mailto") || uri.is("https")
}

pub(crate) const fn is_wsp(b: u8) -> bool {
    matches!(b, b' ' | b'\t')
}

fn trimmed_start(text: &[u8]) -> &[u8] {
    let start = text.iter().take_while(|b| is_wsp(**b)).count();
    text.get(start..).unwrap_or_default()
}

fn trimmed_end(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|b| !is_wsp(*b)).map_or(0, |last| last + 1);
    text.get(..end).unwrap_or_default()
}

/// `text` without white space at its ends; an empty rest still lies inside `text`.
pub(crate) fn trimmed(text: &[u8]) -> &[u8] {
    trimmed_start(trimmed_end(text))
}

#[cfg(test)]
mod tests {
    use RecordFaultKind as Kind;

    use super::*;

    fn sts(text: &str) -> Result<String, Vec<(Kind, [usize; 2])>> {
        let doc = RecordDoc::parse(RecordKind::Record, text.as_bytes());
        doc.record().map(|record| record.id).ok_or_else(|| faults(&doc))
    }

    fn tlsrpt(text: &str) -> Result<Vec<String>, Vec<(Kind, [usize; 2])>> {
        let doc = RecordDoc::parse(RecordKind::Tlsrpt, text.as_bytes());
        doc.tlsrpt().map(|record| record.rua).ok_or_else(|| faults(&doc))
    }

    fn faults(doc: &RecordDoc<'_>) -> Vec<(Kind, [usize; 2])> {
        doc.faults.iter().map(|fault| (fault.kind, [fault.span.start, fault.span.end])).collect()
    }

    #[test]
    fn the_usual_record_is_read_like_any_other() {
        let mut usual_ones = 0;
        for text in [
            "v=STSv1; id=20260322104512Z;",
            "v=STSv1;id=1",
            "v=STSv1;\t id=a;",
            "v=STSv1; id=a; ",
            "v=STSv1; id=a;;",
            "v=STSv1; id=a b",
            "v=STSv1; id=",
            "v=STSv1; id=123456789012345678901234567890123",
            "v=STSv1 ; id=a",
            "v=STSv1; ID=a",
            "v=STSv1; x=y; id=a",
        ] {
            let parsed = RecordDoc::parse(RecordKind::Record, text.as_bytes());
            let mut read = RecordDoc::new(RecordKind::Record, text.as_bytes());
            read.read();
            assert_eq!(parsed, read, "{text}");
            usual_ones += usize::from(usual(text.as_bytes()).is_ok());
        }
        assert_eq!(usual_ones, 3);
        let tlsrpt = RecordDoc::parse(RecordKind::Tlsrpt, b"v=STSv1; id=a");
        assert_eq!(tlsrpt.faults.first().map(|fault| fault.kind), Some(RecordFaultKind::Version));
    }

    #[test]
    fn records_that_fit_the_grammar() {
        for (text, id) in [
            ("v=STSv1; id=20160831085700Z;", "20160831085700Z"),
            ("v=STSv1;id=a", "a"),
            ("v=STSv1; \t id=20160831085700Z  \t;", "20160831085700Z"),
            ("v=STSv1 ;id=abc ; ", "abc"),
            ("v=STSv1; id=a; more=a; ext=2", "a"),
            ("v=STSv1; ext=https://x.example; id=abc", "abc"),
            ("v=STSv1; ext=\"x; id=abc", "abc"),
            ("v=STSv1; id=first; id=second", "first"),
            ("v=STSv1; id=abc; id=x-y", "abc"),
            ("v=STSv1; v=STSv1; id=a", "a"),
            ("v=STSv1; idx=1; id=a", "a"),
            ("v=STSv1; id=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ] {
            assert_eq!(sts(text), Ok(id.to_owned()), "{text}");
        }
    }

    #[test]
    fn records_that_do_not_and_where() {
        for (text, fault) in [
            ("", vec![(Kind::Empty, [0, 0])]),
            ("   ", vec![(Kind::Empty, [0, 3])]),
            ("v=spf1 -all", vec![(Kind::Version, [0, 11])]),
            ("v\0=\0S\0T\0", vec![(Kind::Utf16, [0, 8])]),
            ("v=STSv1", vec![(Kind::IdMissing, [7, 7])]),
            ("v=STSv1;", vec![(Kind::IdMissing, [8, 8])]),
            ("v=STSv1 ", vec![(Kind::TrailingSpace, [7, 8]), (Kind::IdMissing, [7, 7])]),
            ("v=STSv10; id=a", vec![(Kind::Version, [0, 8])]),
            ("v=stsv1; id=a", vec![(Kind::Version, [0, 7])]),
            ("  v=STSv1; id=a", vec![(Kind::LeadingSpace, [0, 2])]),
            ("v=STSv1 id=abc", vec![(Kind::NoDelimiter, [8, 14])]),
            // The text names it, so it is not missing.
            ("id=abc; v=STSv1", vec![(Kind::Version, [0, 6])]),
            ("grid=abc; v=STSv1", vec![(Kind::Version, [0, 8]), (Kind::IdMissing, [17, 17])]),
            ("v=STSv1; id=\u{e4}", vec![(Kind::NotAscii, [12, 14])]),
            ("v=STSv1; id=", vec![(Kind::Id, [12, 12])]),
            ("v=STSv1; id=2016-08-31", vec![(Kind::Id, [12, 22])]),
            ("v=STSv1; id=x-y; id=abc", vec![(Kind::Id, [12, 15])]),
            ("v=STSv1; id=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", vec![(Kind::Id, [12, 45])]),
            ("v=STSv1; id=abc def", vec![(Kind::Id, [12, 19])]),
            ("v=STSv1; id = abc", vec![(Kind::SpaceAroundEquals, [11, 14])]),
            ("v=STSv1; id=abc ", vec![(Kind::TrailingSpace, [15, 16])]),
            ("v=STSv1; id=a b ", vec![(Kind::Id, [12, 15]), (Kind::TrailingSpace, [15, 16])]),
            ("v=STSv1; ; id=abc", vec![(Kind::EmptyField, [9, 10])]),
            ("v=STSv1; id=a;;", vec![(Kind::EmptyField, [14, 15])]),
            ("v=STSv1; id=a; ; ", vec![(Kind::EmptyField, [15, 16])]),
            ("v=STSv1; id=abc; _ext=x", vec![(Kind::ExtensionName, [17, 21])]),
            ("v=STSv1; id=abc; ext=", vec![(Kind::ExtensionValue, [21, 21])]),
            ("v=STSv1; id=abc; test==", vec![(Kind::ExtensionValue, [22, 23])]),
            ("v=STSv1; id=abc; ext=a b", vec![(Kind::ExtensionValue, [21, 24])]),
            ("v=STSv1; ID=abc", vec![(Kind::IdMissing, [9, 11])]),
            ("v=STSv1; preload;", vec![(Kind::NoEquals, [9, 16]), (Kind::IdMissing, [17, 17])]),
            ("v=STSv1; id=abc; ext=\u{fc}", vec![(Kind::NotAscii, [21, 23])]),
        ] {
            assert_eq!(sts(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn tlsrpt_records() {
        for (text, rua) in [
            ("v=TLSRPTv1; rua=mailto:tlsrpt@example.com", &["mailto:tlsrpt@example.com"][..]),
            (
                "v=TLSRPTv1;rua=mailto:a@b.example , \t https://b.example/v1",
                &["mailto:a@b.example", "https://b.example/v1"],
            ),
            (
                "v=TLSRPTv1 ; rua=mailto:x@x.example; rua=mailto:y@x.example",
                &["mailto:x@x.example", "mailto:y@x.example"],
            ),
            ("v=TLSRPTv1; rua=mailto:x@x.example; ext=yes;", &["mailto:x@x.example"]),
            ("v=TLSRPTv1; rua=mailto:nobody", &["mailto:nobody"]),
        ] {
            assert_eq!(tlsrpt(text), Ok(rua.iter().map(|uri| (*uri).to_owned()).collect()), "{text}");
        }
        for (text, fault) in [
            ("v=TLSRPTv1", vec![(Kind::RuaMissing, [10, 10])]),
            ("v=TLSRPTv1; ext=1", vec![(Kind::RuaMissing, [17, 17])]),
            ("v=TLSRPTv1; RUA=mailto:a@b", vec![(Kind::RuaMissing, [12, 15])]),
            ("v=TLSRPTv1; rua=", vec![(Kind::RuaEmpty, [16, 16])]),
            ("v=TLSRPTv1; rua=mailto:a@b,", vec![(Kind::RuaEmpty, [27, 27])]),
            ("v=TLSRPTv1; rua=noscheme", vec![(Kind::RuaUri, [16, 24])]),
            ("v=TLSRPTv1; rua=http://bad/%", vec![(Kind::RuaUri, [27, 28])]),
            ("v=TLSRPTv1; rua=http://x.example", vec![(Kind::RuaScheme, [16, 32])]),
            ("v=TLSRPTv1; rua=mailto:x@x.example!10m", vec![(Kind::RuaReserved, [34, 35])]),
            ("v=TLSRPTv1; rua=mailto:x@x.example other", vec![(Kind::RuaUri, [34, 35])]),
            ("v=TLSRPTv1; rua=mailto:x@x.example  ", vec![(Kind::TrailingSpace, [34, 36])]),
            ("v=TLSRPTv1; rua=mailto:x@x.example;;", vec![(Kind::EmptyField, [35, 36])]),
            ("v=TLSRPTv1; bad", vec![(Kind::NoEquals, [12, 15]), (Kind::RuaMissing, [15, 15])]),
        ] {
            assert_eq!(tlsrpt(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn records_are_sorted_by_how_they_begin() {
        let kept = |texts: &[&str]| -> Vec<String> {
            let texts: Vec<Vec<u8>> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
            let selection = Selection::of(RecordKind::Record, &texts);
            assert_eq!(selection.kept.len() + selection.set_aside.len(), texts.len());
            selection.kept.iter().map(|text| String::from_utf8_lossy(text).into_owned()).collect()
        };
        assert_eq!(kept(&["v=spf1 -all", "v=STSv1; id=good"]), ["v=STSv1; id=good"]);
        for other in [
            "v=STSv1-x; id=a",
            "v=STSv1",
            "v=STSv10; id=a",
            "v=stsv1; id=a",
            "id=a; v=STSv1",
            " v=STSv1; id=a",
        ] {
            assert_eq!(kept(&[other, "v=STSv1; id=good"]), ["v=STSv1; id=good"], "{other}");
            assert!(kept(&[other]).is_empty(), "{other}");
        }
        assert_eq!(kept(&["v=STSv1; id=a", "v=STSv1; bogus"]).len(), 2);
        assert_eq!(kept(&["v=STSv1 \t; id=a"]), ["v=STSv1 \t; id=a"]);
        assert_eq!(kept(&["v=STSv1 ; id=a", "v=STSv1; id=b"]), ["v=STSv1; id=b"]);
        assert_eq!(kept(&["v=STSv1 ; id=a", "v=STSv1\t; id=b"]).len(), 2);
    }

    #[test]
    fn a_record_set_aside_may_have_been_meant() {
        assert!(was_meant(RecordKind::Record, b"\"v=stsv1; id=a\""));
        assert!(!was_meant(RecordKind::Record, b"v=spf1 -all"));
        assert!(!was_meant(RecordKind::Tlsrpt, b"v=TLSRPTv2; rua="));
        assert!(was_meant(RecordKind::Tlsrpt, b" v=TLSRPTv1"));
    }
}
