//! DNS messages (RFC 1035, EDNS RFC 6891): the queries we send and the answers we read.
//!
//! One codec serves the browser's DoH (RFC 8484) and the native UDP, TCP and DoH, so that both
//! hosts read the same bytes. It knows the record types the check asks for and keeps the rest raw.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use nom::bytes::complete::take;
use nom::combinator::{all_consuming, map, rest};
use nom::error::{Error, ErrorKind};
use nom::multi::{length_data, many0};
use nom::number::complete::{be_u8, be_u16, be_u32};
use nom::{IResult, Offset, Parser};
use serde::{Deserialize, Serialize};

/// Most octets of a name in wire form (RFC 1035 §2.3.4).
const MAX_WIRE_NAME: usize = 255;
/// Most CNAME records followed inside one answer.
const MAX_CHAIN: usize = 16;
/// The UDP payload size we announce: what fits one unfragmented packet (DNS Flag Day 2020).
pub const UDP_PAYLOAD: u16 = 1232;

/// A record type the check asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Kind {
    /// An IPv4 address (RFC 1035 §3.4.1).
    A,
    /// An IPv6 address (RFC 3596 §2.1).
    Aaaa,
    /// A mail exchange (RFC 1035 §3.3.9).
    Mx,
    /// Text strings (RFC 1035 §3.3.14).
    Txt,
    /// What a server's certificate must match (RFC 6698 §2.1).
    Tlsa,
}

impl Kind {
    /// The number of the type in a message.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::A => 1,
            Self::Mx => 15,
            Self::Txt => 16,
            Self::Aaaa => 28,
            Self::Tlsa => 52,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Mx => "MX",
            Self::Txt => "TXT",
            Self::Tlsa => "TLSA",
        })
    }
}

const CNAME: u16 = 5;
const OPT: u16 = 41;
const CLASS_IN: u16 = 1;
const QR: u16 = 0x8000;
const TC: u16 = 0x0200;
const RD: u16 = 0x0100;
const AD: u16 = 0x0020;
const CD: u16 = 0x0010;
const EDNS_DO: u16 = 0x8000;
const EDE: u16 = 15;

/// A domain name in wire form: any octets, letters in lower case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Vec<u8>);

impl Name {
    /// Reads presentation format, with `\.` and `\DDD` escapes (RFC 1035 §5.1); a final dot may
    /// stand or be missing.
    ///
    /// # Errors
    /// An empty label, a label of more than 63 octets, a name of more than 255 in wire form, or a
    /// broken escape.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let mut wire = Vec::with_capacity(text.len() + 2);
        let mut label = Vec::new();
        let mut bytes = text.bytes();
        if text == "." {
            bytes = "".bytes();
        }
        let mut open = false;
        while let Some(byte) = bytes.next() {
            open = byte != b'.';
            match byte {
                b'.' => push_label(&mut wire, &mut label)?,
                b'\\' => label.push(escaped(&mut bytes)?),
                _ => label.push(byte.to_ascii_lowercase()),
            }
        }
        if open {
            push_label(&mut wire, &mut label)?;
        }
        wire.push(0);
        if wire.len() > MAX_WIRE_NAME { Err(NameError) } else { Ok(Self(wire)) }
    }

    /// Whether this is the root, `.`.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0 == [0]
    }

    /// The name in wire form, uncompressed.
    #[must_use]
    pub fn as_wire(&self) -> &[u8] {
        &self.0
    }

    fn labels(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.0.as_slice();
        std::iter::from_fn(move || {
            let (length, tail) = rest.split_first()?;
            let (label, tail) = tail.split_at_checked(usize::from(*length))?;
            rest = tail;
            (!label.is_empty()).then_some(label)
        })
    }
}

fn push_label(wire: &mut Vec<u8>, label: &mut Vec<u8>) -> Result<(), NameError> {
    match u8::try_from(label.len()) {
        Ok(length @ 1..=63) => {
            wire.push(length);
            wire.append(label);
            Ok(())
        }
        _ => Err(NameError),
    }
}

/// `\DDD` or `\X`, behind the backslash.
fn escaped(bytes: &mut std::str::Bytes<'_>) -> Result<u8, NameError> {
    let first = bytes.next().ok_or(NameError)?;
    if !first.is_ascii_digit() {
        return Ok(first.to_ascii_lowercase());
    }
    let mut value = u16::from(first - b'0');
    for _ in 0..2 {
        let digit = bytes.next().filter(u8::is_ascii_digit).ok_or(NameError)?;
        value = value * 10 + u16::from(digit - b'0');
    }
    let byte = u8::try_from(value).map_err(|_| NameError)?;
    Ok(byte.to_ascii_lowercase())
}

/// Presentation format without a final dot; `.` for the root. Octets that cannot be seen are `\DDD`.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_root() {
            return f.write_str(".");
        }
        for (index, label) in self.labels().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            for byte in label {
                match byte {
                    b'.' | b'\\' => write!(f, "\\{}", char::from(*byte))?,
                    0x21..=0x7E => write!(f, "{}", char::from(*byte))?,
                    _ => write!(f, "\\{byte:03}")?,
                }
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({self})")
    }
}

/// A text that is no domain name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameError;

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a domain name: labels have 1 to 63 octets, the name at most 253")
    }
}

impl std::error::Error for NameError {}

/// A query as we always ask: recursion desired, AD (tell us whether you validated), EDNS with DO.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The message id; 0 over DoH, so that answers can be cached (RFC 8484 §4.1).
    pub id: u16,
    /// The name asked for.
    pub name: Name,
    /// The type asked for.
    pub kind: Kind,
    /// Checking disabled: give the answer even where DNSSEC validation fails (RFC 4035 §3.2.2).
    pub cd: bool,
}

impl Query {
    /// The query in wire form.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let flags = RD | AD | if self.cd { CD } else { 0 };
        let mut wire = Vec::with_capacity(12 + self.name.0.len() + 4 + 11);
        // id, flags, one question, no answer, no authority, one additional record (OPT)
        for field in [self.id, flags, 1, 0, 0, 1] {
            wire.extend(field.to_be_bytes());
        }
        wire.extend(&self.name.0);
        wire.extend(self.kind.code().to_be_bytes());
        wire.extend(CLASS_IN.to_be_bytes());
        // OPT (RFC 6891 §6.1.2): root, type, payload size, extended rcode and version, DO, no data
        wire.push(0);
        for field in [OPT, UDP_PAYLOAD, 0, EDNS_DO, 0] {
            wire.extend(field.to_be_bytes());
        }
        wire
    }

    /// Whether `message` answers this query: same id, same question. What does not is dropped, as
    /// it may come from somebody who only guesses (RFC 5452 §9).
    #[must_use]
    pub fn is_answered_by(&self, message: &Message) -> bool {
        message.id == self.id && message.question.as_ref() == Some(&(self.name.clone(), self.kind.code()))
    }
}

/// An answer, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The id of the query it answers.
    pub id: u16,
    /// The question it repeats: name and type.
    pub question: Option<(Name, u16)>,
    /// The response code, extended by EDNS (RFC 6891 §6.1.3).
    pub rcode: u16,
    /// Truncated: the rest comes over TCP.
    pub truncated: bool,
    /// Authenticated data: the resolver says that it validated the answer (RFC 4035 §3.2.3).
    pub authenticated: bool,
    /// The answer section.
    pub answers: Vec<Record>,
    /// Extended DNS errors (RFC 8914): code and text.
    pub extended_errors: ExtendedErrors,
}

/// A record of the answer section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The owner name.
    pub name: Name,
    /// Time to live, in seconds.
    pub ttl: u32,
    /// The data.
    pub data: Data,
}

/// The data of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// An IPv4 address.
    A(Ipv4Addr),
    /// An IPv6 address.
    Aaaa(Ipv6Addr),
    /// An alias (RFC 1035 §3.3.1).
    Cname(Name),
    /// A mail exchange with its preference; the lower is tried first.
    Mx(u16, Name),
    /// The strings of a text record.
    Txt(Vec<Vec<u8>>),
    /// What a server's certificate must match.
    Tlsa(Tlsa),
    /// Another type: its number and its data as received.
    Other(u16, Vec<u8>),
}

/// What a server's certificate must match (RFC 6698 §2.1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tlsa {
    /// Certificate usage: 2 is DANE-TA, 3 DANE-EE (RFC 7218).
    pub usage: u8,
    /// Selector: 0 the whole certificate, 1 its public key.
    pub selector: u8,
    /// Matching type: 0 the thing itself, 1 its SHA-256, 2 its SHA-512.
    pub matching: u8,
    /// The association data.
    pub data: Vec<u8>,
}

/// As in a zone file: `3 1 1 9f86d081…`.
impl fmt::Display for Tlsa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} ", self.usage, self.selector, self.matching)?;
        self.data.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Data {
    /// The address of an A or AAAA record.
    #[must_use]
    pub const fn address(&self) -> Option<IpAddr> {
        match self {
            Self::A(address) => Some(IpAddr::V4(*address)),
            Self::Aaaa(address) => Some(IpAddr::V6(*address)),
            _ => None,
        }
    }

    const fn code(&self) -> u16 {
        match self {
            Self::A(_) => Kind::A.code(),
            Self::Aaaa(_) => Kind::Aaaa.code(),
            Self::Cname(_) => CNAME,
            Self::Mx(..) => Kind::Mx.code(),
            Self::Txt(_) => Kind::Txt.code(),
            Self::Tlsa(_) => Kind::Tlsa.code(),
            Self::Other(code, _) => *code,
        }
    }
}

/// What an answer says about a name, its aliases followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<'m> {
    /// The names that aliases led to, in order; the last one holds the records.
    pub aliases: Vec<&'m Name>,
    /// The records of the type asked for.
    pub records: Vec<&'m Record>,
    /// Whether the aliases lead in a circle, or through more names than are followed.
    pub endless: bool,
}

impl Message {
    /// Reads a message.
    ///
    /// # Errors
    /// A message that is cut, that is no response, or whose names or data run out of bounds. A
    /// truncated one (TC) keeps what could be read.
    pub fn parse(wire: &[u8]) -> Result<Self, MessageError> {
        let failed = |error: nom::Err<Error<&[u8]>>| {
            let at = match error {
                nom::Err::Error(error) | nom::Err::Failure(error) => wire.offset(error.input),
                nom::Err::Incomplete(_) => wire.len(),
            };
            MessageError { at }
        };
        let (rest, header) = header(wire).map_err(failed)?;
        if header.flags & QR == 0 {
            return Err(MessageError { at: 2 });
        }
        let mut message = Self {
            id: header.id,
            question: None,
            rcode: header.flags & 0x000F,
            truncated: header.flags & TC != 0,
            authenticated: header.flags & AD != 0,
            answers: Vec::new(),
            extended_errors: Vec::new(),
        };
        match message.sections(wire, rest, header.counts) {
            Err(error) if !message.truncated => Err(failed(error)),
            _ => Ok(message),
        }
    }

    fn sections<'w>(
        &mut self,
        wire: &'w [u8],
        mut rest: &'w [u8],
        [questions, answers, authorities, additionals]: [u16; 4],
    ) -> Result<(), nom::Err<Error<&'w [u8]>>> {
        for _ in 0..questions {
            let (after, (name, kind, _class)) = (name(wire), be_u16, be_u16).parse(rest)?;
            self.question.get_or_insert((name, kind));
            rest = after;
        }
        for _ in 0..answers {
            let (after, raw) = raw_record(wire, rest)?;
            if raw.class == CLASS_IN {
                self.answers.push(raw.read(wire)?);
            }
            rest = after;
        }
        for _ in 0..authorities {
            rest = raw_record(wire, rest)?.0;
        }
        for _ in 0..additionals {
            let (after, raw) = raw_record(wire, rest)?;
            if raw.kind == OPT {
                self.rcode |= u16::from(raw.ttl.to_be_bytes()[0]) << 4;
                self.extended_errors = extended_errors(raw.data)?;
            }
            rest = after;
        }
        Ok(())
    }

    /// The records of `kind` at `name`, following the aliases inside this message (RFC 1034 §3.6.2).
    #[must_use]
    pub fn answer<'m>(&'m self, name: &'m Name, kind: Kind) -> Answer<'m> {
        let mut at = name;
        let mut aliases = Vec::new();
        let mut endless = false;
        while let Some(target) = self.answers.iter().find_map(|record| match &record.data {
            Data::Cname(target) if record.name == *at => Some(target),
            _ => None,
        }) {
            if aliases.len() == MAX_CHAIN || target == name || aliases.contains(&target) {
                endless = true;
                break;
            }
            aliases.push(target);
            at = target;
        }
        let here = |record: &&Record| record.name == *at && record.data.code() == kind.code();
        Answer { records: self.answers.iter().filter(here).collect(), aliases, endless }
    }
}

/// A message that cannot be read, and the octet where reading stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageError {
    /// The offset in the message, in octets.
    pub at: usize,
}

impl fmt::Display for MessageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a DNS response: cannot be read from octet {}", self.at)
    }
}

impl std::error::Error for MessageError {}

/// The name of a response code (IANA “DNS RCODEs”), or its number.
#[must_use]
pub fn rcode_name(rcode: u16) -> String {
    let name = match rcode {
        0 => "NOERROR",
        1 => "FORMERR",
        2 => "SERVFAIL",
        3 => "NXDOMAIN",
        4 => "NOTIMP",
        5 => "REFUSED",
        9 => "NOTAUTH",
        16 => "BADVERS",
        _ => return format!("RCODE {rcode}"),
    };
    name.to_owned()
}

struct Header {
    id: u16,
    flags: u16,
    counts: [u16; 4],
}

/// RFC 1035 §4.1.1
fn header(input: &[u8]) -> IResult<&[u8], Header> {
    map((be_u16, be_u16, be_u16, be_u16, be_u16, be_u16), |(id, flags, qd, an, ns, ar)| Header {
        id,
        flags,
        counts: [qd, an, ns, ar],
    })
    .parse(input)
}

/// A name, with compression (RFC 1035 §4.1.4). Each pointer must lead further back than the name
/// it stands in began, so a loop cannot be written.
fn name<'w>(wire: &'w [u8]) -> impl FnMut(&'w [u8]) -> IResult<&'w [u8], Name> {
    move |input| {
        let bad = |at: &'w [u8]| nom::Err::Error(Error::new(at, ErrorKind::Verify));
        let mut read = Vec::new();
        let mut from = wire.offset(input);
        let mut rest = input;
        let mut behind = None;
        loop {
            let (after, length) = be_u8(rest)?;
            match length {
                0 => {
                    read.push(0);
                    return Ok((behind.unwrap_or(after), Name(read)));
                }
                1..=63 => {
                    let (after, label) = take(length)(after)?;
                    read.push(length);
                    read.extend(label.iter().map(u8::to_ascii_lowercase));
                    if read.len() >= MAX_WIRE_NAME {
                        return Err(bad(rest));
                    }
                    rest = after;
                }
                0xC0.. => {
                    let (after, low) = be_u8(after)?;
                    let target = usize::from(u16::from_be_bytes([length & 0x3F, low]));
                    if target >= from {
                        return Err(bad(rest));
                    }
                    behind = behind.or(Some(after));
                    from = target;
                    rest = wire.get(target..).unwrap_or_default();
                }
                _ => return Err(bad(rest)),
            }
        }
    }
}

struct RawRecord<'w> {
    name: Name,
    kind: u16,
    class: u16,
    ttl: u32,
    data: &'w [u8],
}

/// RFC 1035 §4.1.3
fn raw_record<'w>(wire: &'w [u8], input: &'w [u8]) -> IResult<&'w [u8], RawRecord<'w>> {
    let parts = (name(wire), be_u16, be_u16, be_u32, length_data(be_u16));
    map(parts, |(name, kind, class, ttl, data)| RawRecord { name, kind, class, ttl, data }).parse(input)
}

impl<'w> RawRecord<'w> {
    fn read(self, wire: &'w [u8]) -> Result<Record, nom::Err<Error<&'w [u8]>>> {
        let data = match self.kind {
            code if code == Kind::A.code() => {
                all_consuming(map(be_u32, |bits| Data::A(Ipv4Addr::from_bits(bits)))).parse(self.data)?.1
            }
            code if code == Kind::Aaaa.code() => {
                let address =
                    map(nom::number::complete::be_u128, |bits| Data::Aaaa(Ipv6Addr::from_bits(bits)));
                all_consuming(address).parse(self.data)?.1
            }
            code if code == Kind::Mx.code() => {
                let mx = map((be_u16, name(wire)), |(preference, host)| Data::Mx(preference, host));
                all_consuming(mx).parse(self.data)?.1
            }
            code if code == Kind::Txt.code() => {
                let strings = many0(map(length_data(be_u8), <[u8]>::to_vec));
                map(all_consuming(strings), Data::Txt).parse(self.data)?.1
            }
            code if code == Kind::Tlsa.code() => {
                let tlsa = map(
                    (be_u8, be_u8, be_u8, rest),
                    |(usage, selector, matching, data): (_, _, _, &[u8])| {
                        Data::Tlsa(Tlsa { usage, selector, matching, data: data.to_vec() })
                    },
                );
                all_consuming(tlsa).parse(self.data)?.1
            }
            CNAME => all_consuming(map(name(wire), Data::Cname)).parse(self.data)?.1,
            code => Data::Other(code, self.data.to_vec()),
        };
        Ok(Record { name: self.name, ttl: self.ttl, data })
    }
}

/// Extended DNS errors: code and text of each.
pub type ExtendedErrors = Vec<(u16, String)>;

/// The options of OPT (RFC 6891 §6.1.2) that are extended errors (RFC 8914 §2).
fn extended_errors(data: &[u8]) -> Result<ExtendedErrors, nom::Err<Error<&[u8]>>> {
    let option = (be_u16, length_data(be_u16));
    let (_, options) = all_consuming(many0(option)).parse(data)?;
    let read = |(code, value): (u16, &[u8])| {
        let (info, text) = value.split_first_chunk::<2>().filter(|_| code == EDE)?;
        Some((u16::from_be_bytes(*info), String::from_utf8_lossy(text).into_owned()))
    };
    Ok(options.into_iter().filter_map(read).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Name {
        Name::parse(text).expect(text)
    }

    #[test]
    fn names_keep_every_octet() {
        for text in ["example.com", "_mta-sts.example.com", "a\\.b.example", "\\000\\255.example", "a\\\\b"] {
            assert_eq!(named(text).to_string(), text);
        }
        assert_eq!(named("Example.COM.").to_string(), "example.com");
        assert_eq!(named(".").to_string(), ".");
        assert!(named("").is_root());
        let label = "a".repeat(63);
        assert!(Name::parse(&[&*label, &label, &label, &"a".repeat(61)].join(".")).is_ok());
        for bad in ["a..b", ".a", "\\", "\\25", "\\256", "\\2x5", &"a".repeat(64), &[&*label; 4].join(".")] {
            assert_eq!(Name::parse(bad), Err(NameError), "{bad}");
        }
    }

    #[test]
    fn a_query_is_the_octets_of_the_rfcs() {
        let query = Query { id: 0xABCD, name: named("a.bc"), kind: Kind::Txt, cd: false };
        let wire =
            b"\xAB\xCD\x01\x20\0\x01\0\0\0\0\0\x01\x01a\x02bc\0\0\x10\0\x01\0\0\x29\x04\xD0\0\0\x80\0\0\0";
        assert_eq!(query.encode(), wire);
        assert_eq!(Query { cd: true, ..query }.encode()[3], 0x30);
    }

    /// `a.bc TXT`, answered by an alias to `x.bc` with two strings, and an extended error in OPT.
    const ALIASED: &[u8] = b"\0\x07\x81\xA0\0\x01\0\x02\0\0\0\x01\x01a\x02bc\0\0\x10\0\x01\
        \xC0\x0C\0\x05\0\x01\0\0\0\x3C\0\x04\x01x\xC0\x0E\
        \xC0\x22\0\x10\0\x01\0\0\0\x3C\0\x06\x02hi\x02!\xFF\
        \0\0\x29\x04\xD0\0\0\x80\0\0\x09\0\x0F\0\x05\0\x06bad";

    #[test]
    fn aliases_are_followed_and_strings_kept() {
        let message = Message::parse(ALIASED).expect("reads");
        assert_eq!(
            (message.id, message.rcode, message.truncated, message.authenticated),
            (7, 0, false, true)
        );
        assert_eq!(message.extended_errors, [(6, "bad".to_owned())]);
        let asked = named("a.bc");
        let query = Query { id: 7, name: asked.clone(), kind: Kind::Txt, cd: false };
        assert!(query.is_answered_by(&message));
        let answer = message.answer(&asked, Kind::Txt);
        assert_eq!(answer.aliases, [&named("x.bc")]);
        assert_eq!(answer.records.len(), 1);
        assert_eq!(answer.records[0].data, Data::Txt(vec![b"hi".to_vec(), b"!\xFF".to_vec()]));
        assert!(message.answer(&asked, Kind::A).records.is_empty());
    }

    #[test]
    fn every_prefix_of_a_message_is_refused_and_none_panics() {
        for end in 0..ALIASED.len() {
            assert!(Message::parse(&ALIASED[..end]).is_err(), "{end}");
        }
        // The same with TC set: what could be read is kept, from the header on.
        let mut truncated = ALIASED.to_vec();
        truncated[2] |= 0x02;
        for end in 12..truncated.len() {
            assert!(Message::parse(&truncated[..end]).expect("kept").truncated, "{end}");
        }
    }

    #[test]
    fn pointers_that_do_not_lead_back_are_refused() {
        // The name at 12 is a pointer to itself, and one to the octet behind it.
        for target in [12, 13, 14, 200] {
            let mut wire = b"\0\0\x80\0\0\x01\0\0\0\0\0\0\xC0\0\0\x01\0\x01".to_vec();
            wire[13] = target;
            assert_eq!(Message::parse(&wire), Err(MessageError { at: 12 }), "{target}");
        }
        assert_eq!(Message::parse(b"\0\0\x01\0\0\0\0\0\0\0\0\0"), Err(MessageError { at: 2 }), "a query");
    }

    #[test]
    fn alias_loops_end() {
        let mut message = Message::parse(ALIASED).expect("reads");
        let (a, b) = (named("a"), named("b"));
        let alias =
            |from: &Name, to: &Name| Record { name: from.clone(), ttl: 0, data: Data::Cname(to.clone()) };
        message.answers = vec![alias(&a, &b), alias(&b, &a)];
        assert_eq!(message.answer(&a, Kind::A).aliases, [&b]);
    }
}
