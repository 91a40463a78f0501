//! Names: the policy domain, a mail host, an `mx` pattern. Each can be made only of text that is valid.
//!
//! Nothing here knows Unicode tables. A host program turns U-labels into A-labels (the browser
//! with `URL`, the companion with `idna`) and hands the result over.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use nom::bytes::complete::{tag, take_while1};
use nom::character::complete::char as byte;
use nom::combinator::{opt, recognize, verify};
use nom::multi::many0_count;
use nom::{IResult, Parser};
use serde::{Deserialize, Serialize};

use crate::address::{is_ipv4, is_ipv6};
use crate::say::say;
use crate::span::Span;
use crate::visible::is_invisible;
use crate::words::code_point;

/// Most octets of a name without its final dot (RFC 1035 §2.3.4: 255 in wire form).
pub const MAX_NAME: usize = 253;
/// Most octets of a label (RFC 1035 §2.3.4).
pub const MAX_LABEL: usize = 63;

/// A policy domain (RFC 8461 §2): two labels or more, A-labels, lower case, no final dot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Domain(String);

impl Domain {
    /// Reads a domain already in A-label form; for what a person types, ask [`typed`] first.
    ///
    /// # Errors
    /// The first thing that makes it no mail domain, as a sentence that says what to type.
    pub fn parse(text: &str) -> Result<Self, DomainError> {
        let text = text.strip_suffix('.').unwrap_or(text);
        if text.is_empty() {
            return Err(DomainError::Empty);
        }
        if let Some(found) = text.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '.'))) {
            return Err(DomainError::Character(found));
        }
        for label in text.split('.') {
            if label.is_empty() {
                return Err(DomainError::EmptyLabel);
            }
            if label.len() > MAX_LABEL {
                return Err(DomainError::LongLabel(label.to_owned()));
            }
            if label.starts_with('-') || label.ends_with('-') {
                return Err(DomainError::Hyphen(label.to_owned()));
            }
        }
        if text.len() > MAX_NAME {
            return Err(DomainError::Long(text.len()));
        }
        match text.rsplit_once('.') {
            None => Err(DomainError::SingleLabel(text.to_owned())),
            // No top-level domain is a number (RFC 3696 §2).
            Some((_, top)) if top.bytes().all(|b| b.is_ascii_digit()) => {
                let all = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
                Err(if all { DomainError::Address } else { DomainError::NumericTop(top.to_owned()) })
            }
            Some(_) => Ok(Self(text.to_ascii_lowercase())),
        }
    }

    /// The name, lower case, without a final dot.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The owner name of the MTA-STS record, `_mta-sts.<domain>` (RFC 8461 §3.1).
    #[must_use]
    pub fn record_name(&self) -> String {
        format!("_mta-sts.{self}")
    }

    /// The owner name of the TLSRPT record, `_smtp._tls.<domain>` (RFC 8460 §3).
    #[must_use]
    pub fn tlsrpt_name(&self) -> String {
        format!("_smtp._tls.{self}")
    }

    /// The policy host, `mta-sts.<domain>` (RFC 8461 §3.3).
    #[must_use]
    pub fn policy_host(&self) -> String {
        format!("mta-sts.{self}")
    }

    /// Where the policy body is fetched (RFC 8461 §3.3).
    #[must_use]
    pub fn policy_url(&self) -> String {
        format!("https://mta-sts.{self}/.well-known/mta-sts.txt")
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Domain {
    type Error = DomainError;

    fn try_from(text: String) -> Result<Self, DomainError> {
        Self::parse(&text)
    }
}

/// Why a text is no mail domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DomainError {
    /// Nothing was typed.
    Empty,
    /// An IPv4 or IPv6 address, or what is left of one.
    Address,
    /// A last label that is a number.
    NumericTop(String),
    /// One label, such as `localhost`.
    SingleLabel(String),
    /// Two dots in a row, or a dot in front.
    EmptyLabel,
    /// A label of more than 63 octets.
    LongLabel(String),
    /// A name of more than 253 octets; how many it has.
    Long(usize),
    /// A label that begins or ends with a hyphen.
    Hyphen(String),
    /// White space between two words.
    Space,
    /// A character that no mail domain has.
    Character(char),
    /// Characters outside ASCII that have no A-label form.
    NoALabel(String),
}

impl fmt::Display for DomainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Self::Empty => say!("type a mail domain, the part after the @, such as example.com"),
            Self::Address => {
                say!("this is an IP address: type the mail domain, the part after the @, such as example.com")
            }
            Self::NumericTop(top) => say!(
                "no domain ends in “.{top}”: type the mail domain, the part after the @, such as example.com",
                top
            ),
            Self::SingleLabel(label) => {
                say!("“{label}” has no dot: type the whole mail domain, such as example.com", label)
            }
            Self::EmptyLabel => say!("a dot with nothing before it: type the domain as in example.com"),
            Self::LongLabel(label) => say!(
                "the part “{label}…” has {count} characters and DNS allows {most}: check the spelling",
                label = label.chars().take(20).collect::<String>(),
                count = label.chars().count(),
                most = MAX_LABEL
            ),
            Self::Long(count) => say!(
                "the name has {count} characters and DNS allows {most}: check the spelling",
                count,
                most = MAX_NAME
            ),
            Self::Hyphen(label) => say!(
                "“{label}” begins or ends with a hyphen, which no mail domain does: check the spelling",
                label
            ),
            Self::Space => say!("there is a space in the middle: type one domain, such as example.com"),
            Self::Character('_') => say!(
                "an underscore belongs to DNS record names, not to mail domains: type the domain alone, such as example.com"
            ),
            Self::Character(found) => say!(
                "{character} cannot stand in a mail domain: type letters, digits, hyphens and dots, as in example.com",
                character = shown(*found)
            ),
            Self::NoALabel(text) => say!(
                "“{text}” cannot be written as an internationalized domain name: check the spelling",
                text
            ),
        })
    }
}

impl std::error::Error for DomainError {}

/// A character for a sentence: itself in quotes, or its code point where it cannot be seen.
fn shown(c: char) -> String {
    if is_invisible(c) || c == ' ' {
        say!("the character {code}", code = code_point(c))
    } else {
        format!("“{c}”")
    }
}

/// A domain taken out of what a person typed; still to be turned into A-labels where it is not ASCII.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    /// The domain as typed, perhaps with U-labels.
    pub domain: String,
    /// What was taken away to get at it.
    pub from: Option<TypedFrom>,
}

/// What a domain was taken out of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypedFrom {
    /// A URL.
    Url,
    /// A mail address.
    MailAddress,
    /// An owner name such as `_mta-sts.example.com`.
    OwnerName,
    /// A name with the root dot at its end.
    FinalDot,
    /// A host with a port.
    Port,
}

impl Typed {
    /// What a person may want to know who sees another name than was typed: `domain` is the one it came to.
    #[must_use]
    pub fn notice(&self, domain: &Domain) -> Option<String> {
        let name = &self.domain;
        if !name.is_ascii() {
            return Some(say!("In DNS {name} is {domain}.", name, domain));
        }
        // The dot of the root changes nothing.
        let taken = self.from.filter(|from| *from != TypedFrom::FinalDot);
        taken.map(|_| say!("The mail domain in that is {name}.", name))
    }
}

/// Takes the mail domain out of what a person typed or pasted: a URL, a mail address, a record
/// name, white space around it.
///
/// # Errors
/// What cannot be a domain even before A-labels are made of it: nothing, an address, two words, an
/// ASCII character that no domain has.
pub fn typed(input: &str) -> Result<Typed, DomainError> {
    let text = input.trim_matches(|c| is_invisible(c) || c == ' ');
    let mail_host = |host: &str| host.contains('.') && !host.contains('/');
    let (mut rest, mut from) = if let Some((_, rest)) = text.split_once(":/") {
        (url_host(rest.trim_start_matches('/')), Some(TypedFrom::Url))
    } else if let Some((_, host)) =
        text.rsplit_once('@').filter(|(_, host)| mail_host(host) || !text.contains('/'))
    {
        let host = host.trim_end_matches(['>', ',', ';', '"']);
        (host.split('?').next().unwrap_or(host), Some(TypedFrom::MailAddress))
    } else if text.contains(['/', '?', '#']) {
        (url_host(text.trim_start_matches('/')), Some(TypedFrom::Url))
    } else {
        (text, None)
    };
    if is_address(rest) {
        return Err(DomainError::Address);
    }
    if let Some((host, port)) = rest.rsplit_once(':')
        && (from == Some(TypedFrom::Url) || port.bytes().all(|b| b.is_ascii_digit()))
    {
        (rest, from) = (host, from.or(Some(TypedFrom::Port)));
    }
    if is_address(rest) {
        return Err(DomainError::Address);
    }
    for owner in ["_mta-sts.", "_smtp._tls."] {
        if let Some(domain) = strip_prefix_ignore_case(rest, owner) {
            (rest, from) = (domain, from.or(Some(TypedFrom::OwnerName)));
        }
    }
    if text.ends_with("/.well-known/mta-sts.txt")
        && let Some(domain) = strip_prefix_ignore_case(rest, "mta-sts.")
    {
        rest = domain;
    }
    if let Some(domain) = rest.strip_suffix('.') {
        (rest, from) = (domain, from.or(Some(TypedFrom::FinalDot)));
    }
    if rest.is_empty() {
        return Err(DomainError::Empty);
    }
    if rest.ends_with('.') {
        return Err(DomainError::EmptyLabel);
    }
    if rest.contains(char::is_whitespace) {
        return Err(DomainError::Space);
    }
    // Checked before a host's IDNA code sees it: `URL` would read `%41` and `0x7f.1` its own way.
    if let Some(found) = rest
        .chars()
        .find(|c| is_invisible(*c) || c.is_ascii() && !(c.is_ascii_alphanumeric() || matches!(c, '-' | '.')))
    {
        return Err(DomainError::Character(found));
    }
    Ok(Typed { domain: rest.to_owned(), from })
}

/// The host of a URL's authority, given what stands behind `://`.
fn url_host(rest: &str) -> &str {
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or(rest);
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

fn is_address(text: &str) -> bool {
    // An address may stand in brackets, and name a zone behind `%` (RFC 4007 §11).
    let bare = text.trim_start_matches('[').split([']', '%']).next().unwrap_or(text);
    bare.parse::<IpAddr>().is_ok()
}

fn strip_prefix_ignore_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| text.get(prefix.len()..))?
}

/// A mail host as DNS names it: any octets, in presentation format (RFC 1035 §5.1), lower case,
/// without a final dot. It may well be a name no policy can list, such as one with an underscore.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String")]
pub struct Host(String);

impl Host {
    /// A host from the presentation format of its name.
    #[must_use]
    pub fn new(presentation: &str) -> Self {
        let mut name = presentation.to_ascii_lowercase();
        if name.ends_with('.') && !name.ends_with("\\.") {
            name.pop();
        }
        Self(name)
    }

    /// The name in presentation format; empty for the root.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the name is the root, as in a null MX (RFC 7505 §3).
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The address the name spells, where an address was published as a host name.
    #[must_use]
    pub fn as_address(&self) -> Option<Ipv4Addr> {
        self.0.parse().ok()
    }

    /// The first label and the rest, split at the first dot that is no part of a label.
    pub(crate) fn split_first(&self) -> Option<(&str, &str)> {
        let mut escaped = false;
        let dot = self.0.bytes().position(|b| {
            let is_dot = b == b'.' && !escaped;
            escaped = b == b'\\' && !escaped;
            is_dot
        })?;
        Some((self.0.get(..dot)?, self.0.get(dot + 1..)?))
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<String> for Host {
    fn from(name: String) -> Self {
        Self::new(&name)
    }
}

impl From<&Domain> for Host {
    fn from(domain: &Domain) -> Self {
        Self(domain.0.clone())
    }
}

/// An `mx` pattern of a policy (RFC 8461 §3.2, §4.1): a host name, or `*.` and a host name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MxPattern {
    wildcard: bool,
    name: String,
}

impl MxPattern {
    /// Reads the value of an `mx` field.
    ///
    /// # Errors
    /// What is wrong with it, and where in `value`.
    pub fn parse(value: &[u8]) -> Result<Self, MxFault> {
        if is_mx(value) { Ok(Self::of(value)) } else { Err(MxFault::of(value)) }
    }

    /// The pattern of a value that [`is_mx`].
    pub(crate) fn of(value: &[u8]) -> Self {
        let bare = value.strip_prefix(b"*.");
        // It is ASCII, so nothing is lost.
        let name = String::from_utf8(bare.unwrap_or(value).to_ascii_lowercase()).unwrap_or_default();
        Self { wildcard: bare.is_some(), name }
    }

    /// Whether the pattern admits `host` (RFC 8461 §4.1): letters in either case; `*.` stands for
    /// exactly one whole label.
    #[must_use]
    pub fn matches(&self, host: &Host) -> bool {
        if !self.wildcard {
            return self.name == host.as_str();
        }
        host.split_first().is_some_and(|(first, rest)| !matches!(first, "" | "*") && rest == self.name)
    }

    /// The pattern as it is written.
    pub(crate) fn shown(&self) -> String {
        let mut shown = String::from(if self.wildcard { "*." } else { "" });
        shown.push_str(&self.name);
        shown
    }

    /// Whether the pattern begins with `*.`.
    #[must_use]
    pub const fn is_wildcard(&self) -> bool {
        self.wildcard
    }

    /// The host name, without the `*.` of a wildcard.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the name spells an IPv4 address, which fits the grammar and matches no MX host.
    #[must_use]
    pub fn is_address(&self) -> bool {
        is_ipv4(self.name.as_bytes())
    }
}

impl fmt::Display for MxPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

impl Serialize for MxPattern {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Whether `value` is an `mx` pattern: what [`MxPattern::parse`] says, without making one.
pub(crate) fn is_mx(value: &[u8]) -> bool {
    matches!(mx_value(value), Ok((b"", (_, name))) if name.len() <= MAX_NAME)
}

/// What a host program knows of names and the engine, which has no Unicode tables and no list of public
/// suffixes, does not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Names {
    /// A-labels, each behind the name they were made of (RFC 5890 §2.3.2.1).
    pub a_labels: Vec<(String, String)>,
    /// Which of the names that wildcards stand in front of are public suffixes; `None` where
    /// the host has no list, and the few that the engine knows are used.
    pub public_suffixes: Option<Vec<String>>,
}

impl Names {
    /// Nothing.
    #[cfg(feature = "check")]
    pub(crate) const EMPTY: Self = Self { a_labels: Vec::new(), public_suffixes: None };

    /// Whether it says nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.a_labels.is_empty() && self.public_suffixes.is_none()
    }

    /// The A-labels of `name`.
    #[must_use]
    pub fn a_label(&self, name: &str) -> Option<&str> {
        self.a_labels.iter().find(|(unicode, _)| unicode == name).map(|(_, ascii)| ascii.as_str())
    }
}

/// `sts-policy-mx-value = ["*."] Domain` (RFC 8461 §3.2)
fn mx_value(input: &[u8]) -> IResult<&[u8], (bool, &[u8])> {
    (opt(tag("*.")).map(|star: Option<&[u8]>| star.is_some()), domain).parse(input)
}

/// `Domain = sub-domain *("." sub-domain)` (RFC 5321 §4.1.2)
fn domain(input: &[u8]) -> IResult<&[u8], &[u8]> {
    recognize((sub_domain, many0_count((byte('.'), sub_domain)))).parse(input)
}

/// `sub-domain = Let-dig [Ldh-str]`, of at most 63 octets (RFC 5321 §4.1.2, RFC 1035 §2.3.4)
fn sub_domain(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let ldh = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    verify(take_while1(ldh), |label: &[u8]| {
        label.len() <= MAX_LABEL && label.first() != Some(&b'-') && label.last() != Some(&b'-')
    })
    .parse(input)
}

/// What is wrong with the value of an `mx` field, and where in the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MxFault {
    /// What is wrong.
    pub kind: MxFaultKind,
    /// Where in the value.
    pub span: Span,
}

/// The ways an `mx` value is no `["*."] Domain`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MxFaultKind {
    /// Nothing.
    Empty,
    /// A URL.
    Url,
    /// A mail address.
    MailAddress,
    /// `[192.0.2.1]` or an IPv6 address.
    AddressLiteral,
    /// A port behind the name.
    Port,
    /// Several hosts in one field, split by commas or spaces.
    List,
    /// Quotes around the name.
    Quotes,
    /// U-labels, where only A-labels may stand (RFC 8461 §3.2).
    NotAscii,
    /// An underscore, which no `Domain` has.
    Underscore,
    /// A dot at the end.
    FinalDot,
    /// A dot in front, the suffix form of an old draft.
    LeadingDot,
    /// Two dots in a row.
    EmptyLabel,
    /// A `*` that is not the whole left-most label, or with nothing behind it.
    Wildcard,
    /// A label that begins or ends with a hyphen.
    Hyphen,
    /// A label of more than 63 octets.
    LongLabel,
    /// A name of more than 253 octets.
    Long,
    /// A character that no host name has.
    Character,
}

impl MxFault {
    /// Says why `value` is no pattern; asked only where the grammar refused it.
    fn of(value: &[u8]) -> Self {
        use MxFaultKind as Kind;
        let whole = Span::new(0, value.len());
        let fault = |kind, span| Self { kind, span };
        let find = |wanted: &dyn Fn(u8) -> bool| value.iter().position(|b| wanted(*b));
        let at = |kind, index: usize| fault(kind, Span::new(index, index + 1));
        if value.is_empty() {
            return fault(Kind::Empty, whole);
        }
        if let Some(index) = find(&|b| !b.is_ascii()) {
            let end = value.iter().rposition(|b| !b.is_ascii()).unwrap_or(index);
            return fault(Kind::NotAscii, Span::new(index, end + 1));
        }
        if value.windows(3).any(|three| three == b"://") {
            return fault(Kind::Url, whole);
        }
        let (first, last) = (value.first().copied(), value.last().copied());
        if matches!(first, Some(b'"' | b'\'' | b'`')) || matches!(last, Some(b'"' | b'\'' | b'`')) {
            return fault(Kind::Quotes, whole);
        }
        let literal = |inside: &u8| inside.is_ascii_digit() || value.contains(&b':');
        if first == Some(b'[') && !value.contains(&b',') && value.get(1).is_some_and(literal)
            || is_ipv6(value)
        {
            return fault(Kind::AddressLiteral, whole);
        }
        if let Some(index) = find(&|b| matches!(b, b',' | b';' | b' ' | b'\t')) {
            return at(Kind::List, index);
        }
        if let Some(index) = find(&|b| b == b'@') {
            return at(Kind::MailAddress, index);
        }
        if let Some(index) = find(&|b| b == b':') {
            return fault(Kind::Port, Span::new(index, value.len()));
        }
        let name_from = if value.starts_with(b"*.") { 2 } else { 0 };
        if let Some(index) =
            value.iter().rposition(|b| *b == b'*').filter(|index| *index > 0 || name_from == 0)
        {
            return at(Kind::Wildcard, index);
        }
        let mut start = name_from;
        for label in value.get(name_from..).unwrap_or_default().split(|b| *b == b'.') {
            let span = Span::new(start, start + label.len());
            start = span.end + 1;
            let hyphen = label.first() == Some(&b'-') || label.last() == Some(&b'-');
            let has = |wanted: fn(u8) -> bool| label.iter().position(|b| wanted(*b));
            if let Some(index) = has(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))) {
                return at(Kind::Character, span.start + index);
            } else if let Some(index) = has(|b| b == b'_') {
                return at(Kind::Underscore, span.start + index);
            } else if label.is_empty() && name_from == 2 && value.len() == 2 {
                return fault(Kind::Wildcard, whole);
            } else if label.is_empty() && span.start == name_from {
                return at(Kind::LeadingDot, span.start);
            } else if label.is_empty() && span.end == value.len() {
                return at(Kind::FinalDot, span.end - 1);
            } else if label.is_empty() {
                return at(Kind::EmptyLabel, span.start);
            } else if hyphen {
                return fault(Kind::Hyphen, span);
            } else if label.len() > MAX_LABEL {
                return fault(Kind::LongLabel, span);
            }
        }
        fault(Kind::Long, whole)
    }
}

/// Whether a DNS-ID of a certificate names `host` (RFC 8461 §3.3 and §4.2, RFC 6125 §6.4): letters
/// in either case; `*` only as the whole left-most label, standing for exactly one label.
#[must_use]
pub fn dns_id_matches(dns_id: &str, host: &Host) -> bool {
    let pattern = MxPattern::parse(dns_id.strip_suffix('.').unwrap_or(dns_id).as_bytes());
    match pattern {
        Ok(pattern) => pattern.matches(host),
        // A certificate may name a host that no policy can list, such as one with an underscore.
        Err(_) => !dns_id.contains('*') && Host::new(dns_id) == *host,
    }
}

/// `_mta-sts` and `_smtp._tls` extension names, which policy fields share (RFC 8461 §3.1, §3.2,
/// RFC 8460 §3): `(ALPHA / DIGIT) *31(ALPHA / DIGIT / "_" / "-" / ".")`
pub(crate) fn extension_name(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    verify(take_while1(inner), |name: &[u8]| {
        name.len() <= 32 && name.first().is_some_and(u8::is_ascii_alphanumeric)
    })
    .parse(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8461 §4.1 and the vectors of the implementations read: pattern, host, admitted.
    const MATCHES: &[(&str, &str, bool)] = &[
        ("mail.example.com", "mail.example.com", true),
        ("mail.example.com", "MAIL.Example.COM", true),
        ("MAIL.example.com", "mail.example.com", true),
        ("mail.example.com", "mail.example.com.", true),
        ("mail.example.com", "x.mail.example.com", false),
        ("mail.example.com", "mailexample.com", false),
        ("*.example.com", "mail.example.com", true),
        ("*.example.com", "xn--bcher-kva.example.com", true),
        ("*.example.com", "example.com", false),
        ("*.example.com", "foo.bar.example.com", false),
        ("*.example.com", "evilexample.com", false),
        ("*.example.com", "bad-example.com", false),
        ("*.example.com", ".example.com", false),
        ("*.example.com", "*.example.com", false),
        ("*.example.com", "_mx.example.com", true),
        ("*.example.com", "a\\.b.example.com", true),
        ("*.com", "foo.com", true),
        ("*.mx.microsoft", "icewolf-li.h-v1.mx.microsoft", false),
        ("*.h-v1.mx.microsoft", "icewolf-li.h-v1.mx.microsoft", true),
        ("localhost", "localhost", true),
        ("example.com", "", false),
        ("*.example.com", "", false),
    ];

    #[test]
    fn patterns_match_as_section_4_1_says() {
        for (pattern, host, admitted) in MATCHES {
            let read = MxPattern::parse(pattern.as_bytes()).expect(pattern);
            assert_eq!(read.matches(&Host::new(host)), *admitted, "{pattern} {host}");
        }
    }

    #[test]
    fn a_pattern_that_is_none_says_why_and_where() {
        use MxFaultKind as Kind;
        let long_label = "a".repeat(64) + ".com";
        let long = ["a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(62)].join(".");
        let cases: &[(&str, Kind, [usize; 2])] = &[
            ("", Kind::Empty, [0, 0]),
            ("https://mx.example.com/", Kind::Url, [0, 23]),
            ("\"mx.example.com\"", Kind::Quotes, [0, 16]),
            ("[192.0.2.1]", Kind::AddressLiteral, [0, 11]),
            ("2001:db8::1", Kind::AddressLiteral, [0, 11]),
            ("mx.example.com:25", Kind::Port, [14, 17]),
            ("a.example.com, b.example.com", Kind::List, [13, 14]),
            ("10 mx.example.com", Kind::List, [2, 3]),
            ("user@example.com", Kind::MailAddress, [4, 5]),
            ("mx.\u{fc}n.example", Kind::NotAscii, [3, 5]),
            ("_mx.example.com", Kind::Underscore, [0, 1]),
            ("mx.example.com.", Kind::FinalDot, [14, 15]),
            (".example.com", Kind::LeadingDot, [0, 1]),
            ("*..example.com", Kind::LeadingDot, [2, 3]),
            ("mx..example.com", Kind::EmptyLabel, [3, 4]),
            (".", Kind::LeadingDot, [0, 1]),
            ("*", Kind::Wildcard, [0, 1]),
            ("*.", Kind::Wildcard, [0, 2]),
            ("*mail.example.com", Kind::Wildcard, [0, 1]),
            ("mx.*.example.com", Kind::Wildcard, [3, 4]),
            ("*.*.example.com", Kind::Wildcard, [2, 3]),
            ("**.example.com", Kind::Wildcard, [1, 2]),
            ("-mx.example.com", Kind::Hyphen, [0, 3]),
            ("mx.example-", Kind::Hyphen, [3, 11]),
            ("mx!.example.com", Kind::Character, [2, 3]),
            (&long_label, Kind::LongLabel, [0, 64]),
            (&long, Kind::Long, [0, 254]),
        ];
        for (value, kind, [start, end]) in cases {
            let fault = MxPattern::parse(value.as_bytes()).expect_err(value);
            assert_eq!(fault, MxFault { kind: *kind, span: Span::new(*start, *end) }, "{value}");
        }
        let longest = ["a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(61)].join(".");
        assert_eq!(longest.len(), MAX_NAME);
        for value in ["mx.example.com", "*.a-b.c", "localhost", "127.0.0.1", "*.1.2.3.4", longest.as_str()] {
            assert_eq!(MxPattern::parse(value.as_bytes()).expect(value).to_string(), value);
        }
    }

    #[test]
    fn a_dns_id_names_one_host_or_one_label() {
        for (dns_id, host, named) in [
            ("mx.example.com", "MX.example.com", true),
            ("*.example.com", "mx.example.com", true),
            ("*.example.com", "a.mx.example.com", false),
            ("*.example.com", "example.com", false),
            ("m*.example.com", "mx.example.com", false),
            ("mx.*.com", "mx.example.com", false),
            ("*", "mx", false),
            ("_mx.example.com", "_mx.example.com", true),
            ("", "mx.example.com", false),
        ] {
            assert_eq!(dns_id_matches(dns_id, &Host::new(host)), named, "{dns_id} {host}");
        }
    }

    #[test]
    fn domains_are_built_valid_or_say_what_to_type() {
        assert_eq!(Domain::parse("Example.COM.").map(|d| d.to_string()), Ok("example.com".into()));
        assert_eq!(
            Domain::parse("xn--bcher-kva.example").map(|d| d.to_string()),
            Ok("xn--bcher-kva.example".into())
        );
        let long = ["a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(63)].join(".");
        for (text, error) in [
            ("", DomainError::Empty),
            (".", DomainError::Empty),
            ("localhost", DomainError::SingleLabel("localhost".into())),
            ("192.0.2.1", DomainError::Address),
            ("192.0.2", DomainError::Address),
            ("example.123", DomainError::NumericTop("123".into())),
            ("a..b", DomainError::EmptyLabel),
            ("-a.example", DomainError::Hyphen("-a".into())),
            ("a_b.example", DomainError::Character('_')),
            ("b\u{fc}cher.example", DomainError::Character('\u{fc}')),
            (&("a".repeat(64) + ".com"), DomainError::LongLabel("a".repeat(64))),
            (&long, DomainError::Long(255)),
        ] {
            assert_eq!(Domain::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn what_people_type_becomes_a_domain() {
        for (input, domain, from) in [
            ("example.com", "example.com", None),
            ("  example.com\n", "example.com", None),
            ("\u{feff}example.com\u{200b}", "example.com", None),
            ("https://example.com/path?x", "example.com", Some(TypedFrom::Url)),
            ("https://user:pw@example.com:8443", "example.com", Some(TypedFrom::Url)),
            ("example.com/contact", "example.com", Some(TypedFrom::Url)),
            ("https:/example.com", "example.com", Some(TypedFrom::Url)),
            ("//example.com/", "example.com", Some(TypedFrom::Url)),
            ("example.com?x=1", "example.com", Some(TypedFrom::Url)),
            ("example.com/@user", "example.com", Some(TypedFrom::Url)),
            ("http://example.com:port/", "example.com", Some(TypedFrom::Url)),
            ("a/b@example.com", "example.com", Some(TypedFrom::MailAddress)),
            ("https://mta-sts.example.com/.well-known/mta-sts.txt", "example.com", Some(TypedFrom::Url)),
            ("https://mta-sts.example.com/", "mta-sts.example.com", Some(TypedFrom::Url)),
            ("postmaster@example.com", "example.com", Some(TypedFrom::MailAddress)),
            ("mailto:a@example.com?subject=x", "example.com", Some(TypedFrom::MailAddress)),
            ("A B <a@example.com>", "example.com", Some(TypedFrom::MailAddress)),
            ("_mta-sts.example.com", "example.com", Some(TypedFrom::OwnerName)),
            ("_SMTP._tls.example.com.", "example.com", Some(TypedFrom::OwnerName)),
            ("example.com.", "example.com", Some(TypedFrom::FinalDot)),
            ("example.com:25", "example.com", Some(TypedFrom::Port)),
            ("b\u{fc}cher.example", "b\u{fc}cher.example", None),
        ] {
            assert_eq!(typed(input), Ok(Typed { domain: domain.into(), from }), "{input}");
        }
        for (input, error) in [
            ("", DomainError::Empty),
            (" \t", DomainError::Empty),
            ("https://", DomainError::Empty),
            ("user@", DomainError::Empty),
            ("192.0.2.1", DomainError::Address),
            ("[2001:db8::1]", DomainError::Address),
            ("2001:db8::1", DomainError::Address),
            ("fe80::1%eth0", DomainError::Address),
            ("example.com..", DomainError::EmptyLabel),
            ("a\u{202e}b.example", DomainError::Character('\u{202e}')),
            ("http://[2001:db8::1]:80/", DomainError::Address),
            ("exa mple.com", DomainError::Space),
            ("ex%41mple.com", DomainError::Character('%')),
            ("a_b.example", DomainError::Character('_')),
            ("*.example.com", DomainError::Character('*')),
            ("exa\u{0}mple.com", DomainError::Character('\0')),
        ] {
            assert_eq!(typed(input), Err(error), "{input}");
        }
    }

    #[test]
    fn every_domain_error_is_a_sentence_with_the_fix() {
        assert_eq!(
            DomainError::Character('\u{a0}').to_string(),
            "the character U+00A0 cannot stand in a mail domain: type letters, digits, hyphens and dots, as in example.com"
        );
        assert_eq!(
            DomainError::SingleLabel("localhost".into()).to_string(),
            "“localhost” has no dot: type the whole mail domain, such as example.com"
        );
    }
}
