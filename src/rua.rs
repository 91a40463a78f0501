//! Where the `rua` of a TLSRPT record leads (RFC 8460 §3): the domains that its mail goes to (RFC 6068), the hosts that reports are
//! posted to. Nothing of that is ever contacted: it is looked up in DNS, and no more.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::record::RecordDoc;
use crate::span::{Span, decode};
use crate::uri::Uri;

/// Most targets of a record that are looked at.
pub const MAX_TARGETS: usize = 8;

/// Where reports go by a URI of a record: a mail address, of which a URI may have several, or a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The URI, in the joined text of the record.
    pub span: Span,
    /// The URI, as published.
    pub uri: String,
    /// The mail address, decoded; nothing where there is none, and of `https`.
    pub address: Option<String>,
    /// What is looked up of it.
    pub place: Place,
}

/// The domain of a mail address, or the host of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A name as DNS has it: in ASCII, in small letters, without a final dot.
    Name(String),
    /// An address, of which nothing needs to be looked up.
    Address(IpAddr),
    /// A name outside ASCII. Nothing here knows Unicode tables, so it is not looked up.
    NotAscii(String),
    /// No name that has a meaning everywhere: of one label, or with something in it that no host name has.
    NoName(String),
    /// Nothing.
    Nowhere,
}

impl Target {
    /// The first [`MAX_TARGETS`] of a record, and how many more there are; none where the record has a fault.
    #[must_use]
    pub fn all(doc: &RecordDoc<'_>) -> (Vec<Self>, usize) {
        let (mut targets, mut more) = (Vec::new(), 0);
        for span in doc.rua.iter().filter(|_| doc.is_valid()) {
            for target in Self::of(*span, span.slice(doc.text)) {
                if targets.len() < MAX_TARGETS { targets.push(target) } else { more += 1 }
            }
        }
        (targets, more)
    }

    /// Whether reports are sent there by mail.
    #[must_use]
    pub fn is_mail(&self) -> bool {
        let scheme = "mailto:";
        self.uri.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme))
    }

    fn of(span: Span, text: &[u8]) -> Vec<Self> {
        let target = |address, place| Self { span, uri: decode(text), address, place };
        let Ok(uri) = Uri::parse(text) else { return vec![target(None, Place::Nowhere)] };
        if !uri.is("mailto") {
            return vec![target(None, uri.authority.map_or(Place::Nowhere, host))];
        }
        let decoded = decode(&unescaped(uri.path));
        let addresses = addresses(&decoded).into_iter().filter_map(|address| {
            let (local, domain) = address.rsplit_once('@')?;
            let is_whole = !local.is_empty() && !domain.is_empty();
            is_whole.then(|| target(Some(address.to_owned()), mail_domain(domain)))
        });
        let found: Vec<Self> = addresses.collect();
        if found.is_empty() { vec![target(None, Place::Nowhere)] } else { found }
    }
}

/// `pct-encoded = "%" HEXDIG HEXDIG` (RFC 3986 §2.1), decoded.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (mut out, mut rest) = (Vec::with_capacity(text.len()), text);
    loop {
        rest = match rest {
            [b'%', a, b, behind @ ..] => match digit(*a).zip(digit(*b)) {
                Some((high, low)) => {
                    out.push(high << 4 | low);
                    behind
                }
                None => return out,
            },
            [b, behind @ ..] => {
                out.push(*b);
                behind
            }
            [] => return out,
        };
    }
}

/// `to = addr-spec *("," addr-spec )` (RFC 6068 §2), decoded: in a `rua` the commas between addresses are percent-encoded (RFC 8460
/// §3), and one within an address stands in quotes (RFC 5322 §3.4.1).
fn addresses(decoded: &str) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    let pieces = decoded.split(|c| {
        let is_escaped = escaped;
        escaped = c == '\\' && quoted && !is_escaped;
        quoted ^= c == '"' && !is_escaped;
        c == ',' && !quoted
    });
    pieces.map(str::trim).filter(|piece| !piece.is_empty()).collect()
}

/// `Domain / address-literal` (RFC 5321 §4.1.2)
fn mail_domain(domain: &str) -> Place {
    let Some(literal) = domain.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) else {
        return name(domain);
    };
    let tag = "IPv6:";
    let ipv6 = literal.get(..tag.len()).filter(|begin| begin.eq_ignore_ascii_case(tag));
    let address = match ipv6 {
        Some(_) => literal.get(tag.len()..).and_then(|text| text.parse::<Ipv6Addr>().ok()).map(IpAddr::from),
        None => literal.parse::<Ipv4Addr>().ok().map(IpAddr::from),
    };
    address.map_or_else(|| Place::NoName(domain.to_owned()), Place::Address)
}

/// The host of `authority = [ userinfo "@" ] host [ ":" port ]` (RFC 3986 §3.2)
fn host(authority: &[u8]) -> Place {
    let behind = authority.rsplit(|b| *b == b'@').next().unwrap_or_default();
    if behind.first() == Some(&b'[') {
        let inside = behind.split(|b| *b == b']').next().and_then(|text| text.get(1..)).unwrap_or_default();
        let inside = decode(inside);
        let address = inside.parse::<Ipv6Addr>().ok();
        return address.map_or(Place::NoName(inside), |address| Place::Address(address.into()));
    }
    let host = decode(&unescaped(behind.split(|b| *b == b':').next().unwrap_or_default()));
    match host.parse::<Ipv4Addr>() {
        _ if host.is_empty() => Place::Nowhere,
        Ok(address) => Place::Address(address.into()),
        Err(_) => name(&host),
    }
}

fn name(text: &str) -> Place {
    if !text.is_ascii() {
        return Place::NotAscii(text.to_owned());
    }
    let bare = text.strip_suffix('.').unwrap_or(text);
    let is_label = |label: &str| {
        // An underscore is no part of a host name, and there are hosts that have one.
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    // No top-level domain is a number (RFC 3696 §2).
    let is_top = |top: &str| !top.bytes().all(|b| b.is_ascii_digit());
    let is_full = bare.rsplit_once('.').is_some_and(|(_, top)| is_top(top));
    if is_full && bare.len() <= 253 && bare.split('.').all(is_label) {
        Place::Name(bare.to_ascii_lowercase())
    } else {
        Place::NoName(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::RecordKind;

    fn targets(rua: &str) -> Vec<(Option<String>, Place)> {
        let text = format!("v=TLSRPTv1; rua={rua}");
        let doc = RecordDoc::parse(RecordKind::Tlsrpt, text.as_bytes());
        assert!(doc.is_valid(), "{rua}: {:?}", doc.faults);
        let (targets, more) = Target::all(&doc);
        assert_eq!(more, 0);
        for target in &targets {
            assert_eq!(target.is_mail(), target.uri.to_ascii_lowercase().starts_with("mailto:"));
            assert!(rua.contains(&target.uri), "{}", target.uri);
        }
        targets.into_iter().map(|target| (target.address, target.place)).collect()
    }

    fn at(name: &str) -> Place {
        Place::Name(name.to_owned())
    }

    #[test]
    fn mail_goes_to_the_domain_of_an_address() {
        for (rua, address, place) in [
            ("mailto:tlsrpt@example.com", "tlsrpt@example.com", at("example.com")),
            ("MAILTO:TLSRPT@Example.COM.?subject=a@b.example", "TLSRPT@Example.COM.", at("example.com")),
            ("mailto:a%40b@example.com", "a@b@example.com", at("example.com")),
            ("mailto:%22a%2Cb%22@example.com", "\"a,b\"@example.com", at("example.com")),
            ("mailto:%22a%5C%22%2Cb%22@example.com", "\"a\\\",b\"@example.com", at("example.com")),
            ("mailto:a@ex%61mple.com", "a@example.com", at("example.com")),
            ("mailto:a@_x.example.com", "a@_x.example.com", at("_x.example.com")),
            (
                "mailto:a@m%C3%BCller.example",
                "a@m\u{fc}ller.example",
                Place::NotAscii("m\u{fc}ller.example".into()),
            ),
            ("mailto:a@%FF.example", "a@\u{fffd}.example", Place::NotAscii("\u{fffd}.example".into())),
            ("mailto:a@localhost", "a@localhost", Place::NoName("localhost".into())),
            ("mailto:a@192.0.2.1", "a@192.0.2.1", Place::NoName("192.0.2.1".into())),
            ("mailto:a@b%20c.example", "a@b c.example", Place::NoName("b c.example".into())),
            ("mailto:a@b..example", "a@b..example", Place::NoName("b..example".into())),
            ("mailto:a@%5B192.0.2.1%5D", "a@[192.0.2.1]", Place::Address(IpAddr::from([192, 0, 2, 1]))),
            (
                "mailto:a@%5Bipv6:2001:db8::1%5D",
                "a@[ipv6:2001:db8::1]",
                Place::Address("2001:db8::1".parse().expect("an address")),
            ),
            ("mailto:a@%5Bx%5D", "a@[x]", Place::NoName("[x]".into())),
        ] {
            assert_eq!(targets(rua), [(Some(address.to_owned()), place)], "{rua}");
        }
    }

    #[test]
    fn a_uri_may_have_several_addresses() {
        let addresses: Vec<_> =
            targets("mailto:a@a.example%2C%20b@b.example%2C").into_iter().filter_map(|(a, _)| a).collect();
        assert_eq!(addresses, ["a@a.example", "b@b.example"]);
        assert_eq!(targets("mailto:a@a.example , https://b.example/")[1], (None, at("b.example")));
    }

    #[test]
    fn posts_go_to_the_host_of_a_url() {
        for (rua, place) in [
            ("https://Reports.Example.com:8443/v1/tlsrpt?a=b@c.example", at("reports.example.com")),
            ("https://user@reports.example.com", at("reports.example.com")),
            ("https://m%C3%BCller.example/", Place::NotAscii("m\u{fc}ller.example".into())),
            ("https://192.0.2.1/", Place::Address(IpAddr::from([192, 0, 2, 1]))),
            ("https://[2001:db8::1]:443/", Place::Address("2001:db8::1".parse().expect("an address"))),
            ("https://[v1.x]/", Place::NoName("v1.x".into())),
            ("https://intranet/", Place::NoName("intranet".into())),
            ("https:///x", Place::Nowhere),
            ("https:x", Place::Nowhere),
            ("mailto:example.com", Place::Nowhere),
            ("mailto:@example.com", Place::Nowhere),
            ("mailto://a@example.com", Place::Nowhere),
            ("mailto:?to=a@example.com", Place::Nowhere),
        ] {
            assert_eq!(targets(rua), [(None, place)], "{rua}");
        }
    }

    #[test]
    fn no_more_are_looked_at_than_that() {
        let uris: Vec<String> = (0..MAX_TARGETS + 3).map(|at| format!("mailto:a@r{at}.example")).collect();
        let text = format!("v=TLSRPTv1; rua={}", uris.join(","));
        let (targets, more) = Target::all(&RecordDoc::parse(RecordKind::Tlsrpt, text.as_bytes()));
        assert_eq!((targets.len(), more), (MAX_TARGETS, 3));
        // Of a record that no sender reads there are none.
        let (targets, more) =
            Target::all(&RecordDoc::parse(RecordKind::Tlsrpt, b"v=TLSRPTv1; rua=a@b.example"));
        assert_eq!((targets, more), (Vec::new(), 0));
    }
}
