//! URIs (RFC 3986), as far as a TLSRPT record needs them: is this one, and what is its scheme.

use nom::branch::alt;
use nom::bytes::complete::{tag, tag_no_case, take_while, take_while1};
use nom::combinator::{opt, recognize, verify};
use nom::sequence::{preceded, terminated};
use nom::{IResult, Offset, Parser};

use crate::address::is_ipv6;

/// A URI, cut into what the record's rules look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Uri<'a> {
    /// `mailto`, `https`: as written, in either case (RFC 3986 §3.1).
    pub(crate) scheme: &'a [u8],
    /// Host and port behind `//`, where there is such a part.
    pub(crate) authority: Option<&'a [u8]>,
    /// The path; of a `mailto` URI, the addresses (RFC 6068 §2).
    pub(crate) path: &'a [u8],
}

/// Why a text is no URI, and the offset of the first octet that cannot stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UriFault {
    /// It does not begin with a scheme and a colon.
    NoScheme,
    /// A character that no URI has at that place.
    Character(usize),
    /// A `%` without two hexadecimal digits.
    Percent(usize),
}

impl<'a> Uri<'a> {
    /// `URI = scheme ":" hier-part [ "?" query ] [ "#" fragment ]` (RFC 3986 §3)
    pub(crate) fn parse(input: &'a [u8]) -> Result<Self, UriFault> {
        let (rest, scheme) = scheme(input).map_err(|_| UriFault::NoScheme)?;
        let mut parts = (
            opt(preceded(tag("//"), authority)),
            // pchar = unreserved / pct-encoded / sub-delims / ":" / "@" (RFC 3986 §3.3)
            characters(":@/"),
            opt((tag("?"), characters(":@/?"))),
            opt((tag("#"), characters(":@/?"))),
        );
        let stopped = |rest: &[u8]| match rest.first() {
            Some(b'%') => UriFault::Percent(input.offset(rest)),
            _ => UriFault::Character(input.offset(rest)),
        };
        match parts.parse(rest) {
            // Behind an authority a path is empty or begins with a slash (RFC 3986 §3.3).
            Ok((b"", (Some(_), path, _, _))) if !matches!(path.first(), None | Some(b'/')) => {
                Err(UriFault::Character(input.offset(path)))
            }
            Ok((b"", (authority, path, _, _))) => Ok(Self { scheme, authority, path }),
            Ok((rest, _)) => Err(stopped(rest)),
            Err(nom::Err::Error(error) | nom::Err::Failure(error)) => Err(stopped(error.input)),
            Err(nom::Err::Incomplete(_)) => Err(UriFault::Character(input.len())),
        }
    }

    pub(crate) fn is(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme.as_bytes())
    }
}

/// `scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )`, and the colon (RFC 3986 §3.1)
fn scheme(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
    let name = verify(take_while1(inner), |name: &[u8]| name.first().is_some_and(u8::is_ascii_alphabetic));
    terminated(name, tag(":")).parse(input)
}

/// `authority = [ userinfo "@" ] host [ ":" port ]` (RFC 3986 §3.2)
fn authority(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let userinfo = (characters(":"), tag("@"));
    let host = alt((ip_literal, characters("")));
    let port = (tag(":"), take_while(|b: u8| b.is_ascii_digit()));
    recognize((opt(userinfo), host, opt(port))).parse(input)
}

/// `IP-literal = "[" ( IPv6address / IPvFuture  ) "]"` (RFC 3986 §3.2.2)
fn ip_literal(input: &[u8]) -> IResult<&[u8], &[u8]> {
    // IPvFuture = "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" )
    let version = (tag_no_case("v"), take_while1(|b: u8| b.is_ascii_hexdigit()), tag("."));
    let future = (version, take_while1(|b| is_name_character(b) || b == b':'));
    let inside = alt((recognize(future), verify(take_while(|b| b != b']'), is_ipv6)));
    recognize((tag("["), inside, tag("]"))).parse(input)
}

/// `unreserved / sub-delims` (RFC 3986 §2.2, §2.3), without the percent-encoded
fn is_name_character(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&b)
}

/// `*( unreserved / pct-encoded / sub-delims )`, and any of `more`
fn characters<'a>(
    more: &'static str,
) -> impl Parser<&'a [u8], Output = &'a [u8], Error = nom::error::Error<&'a [u8]>> {
    move |input: &'a [u8]| {
        let mut rest = input;
        loop {
            rest = match rest {
                [b'%', a, b, behind @ ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => behind,
                [b, behind @ ..] if is_name_character(*b) || more.as_bytes().contains(b) => behind,
                _ => return Ok((rest, input.get(..input.offset(rest)).unwrap_or_default())),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_uri() {
        for text in [
            "mailto:tlsrpt@example.com",
            "mailto:a%2Cb@example.com?subject=x",
            "MAILTO:x@example.com",
            "https://example.com/v1/tlsrpt?a=b#c",
            "https://user@[2001:db8::1]:8443/",
            "https://example.com",
            "https://[v1.x:y]/",
            "https://us%40er:pw@example.com:/",
            "https://192.0.2.1:8443?x",
            "https:",
            "https://",
            "a+b.c-d:",
        ] {
            assert!(Uri::parse(text.as_bytes()).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_none_and_where() {
        for (text, fault) in [
            ("", UriFault::NoScheme),
            ("tlsrpt@example.com", UriFault::NoScheme),
            ("not_a_valid_uri", UriFault::NoScheme),
            (":x", UriFault::NoScheme),
            ("1a:b", UriFault::NoScheme),
            ("http://bad/%", UriFault::Percent(11)),
            ("https://a/%4g", UriFault::Percent(10)),
            ("mailto:a@b other", UriFault::Character(10)),
            ("mailto:<a@b>", UriFault::Character(7)),
            ("https://[::1", UriFault::Character(8)),
            ("https://[::::]/x", UriFault::Character(8)),
            ("https://[v.x]/", UriFault::Character(8)),
            ("https://example.com:port/x", UriFault::Character(20)),
            ("https://a@b@c/x", UriFault::Character(11)),
            ("https://a%4/x", UriFault::Percent(9)),
            ("https://a[/x", UriFault::Character(9)),
            ("https://a/b]", UriFault::Character(11)),
            ("mailto:\u{fc}@b", UriFault::Character(7)),
        ] {
            assert_eq!(Uri::parse(text.as_bytes()), Err(fault), "{text}");
        }
    }

    #[test]
    fn a_uri_is_cut_into_parts() {
        let uri = Uri::parse(b"HTTPS://user@example.com:8443/v1?x").expect("a URI");
        assert!(uri.is("https"));
        assert_eq!((uri.authority, uri.path), (Some(&b"user@example.com:8443"[..]), &b"/v1"[..]));
        assert_eq!(Uri::parse(b"mailto:a@b").expect("a URI").authority, None);
    }
}
