//! Who asks: the address of the connection, or what a trusted proxy says of it.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, header::FORWARDED};
use clap::ValueEnum;
use ipnet::{IpNet, Ipv6Net};

/// The field in which a proxy says whom it speaks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ProxyHeader {
    /// `X-Forwarded-For`
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239)
    Forwarded,
}

/// Which proxies are believed, and which field of theirs. Only one is: a proxy passes the other one on as the client
/// wrote it.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    /// Where they connect from.
    pub trusted: Vec<IpNet>,
    /// What they write.
    pub header: ProxyHeader,
}

/// A client, as far as limits go: an IPv4 address, or the /64 of an IPv6 address, which is what one subscriber has at
/// least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Client(pub(super) IpNet);

impl Client {
    pub(super) fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self(IpAddr::V4(address).into()),
            IpAddr::V6(address) => {
                Self(Ipv6Net::new(address, 64).map_or(IpAddr::V6(address).into(), |net| net.trunc().into()))
            }
        }
    }
}

impl Proxies {
    /// Whether a connection from `peer` is a proxy's.
    pub(super) fn has(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.trusted.iter().any(|range| range.contains(&peer))
    }

    /// Who asks over a connection from `peer` with these fields. Every proxy adds at the end, so the list is read from
    /// there, and ends at the first that is no proxy of ours: what stands before it anybody can have written.
    pub(super) fn client(&self, peer: SocketAddr, fields: &HeaderMap) -> Client {
        let mut last = peer.ip();
        if !self.has(last) {
            return Client::of(last);
        }
        let name = match self.header {
            ProxyHeader::XForwardedFor => HeaderName::from_static("x-forwarded-for"),
            ProxyHeader::Forwarded => FORWARDED,
        };
        for value in fields.get_all(name).iter().rev() {
            // What is not text is nothing a proxy wrote.
            for element in value.to_str().unwrap_or_default().rsplit(',') {
                let address = match self.header {
                    ProxyHeader::XForwardedFor => address(element),
                    ProxyHeader::Forwarded => forwarded(element),
                };
                // An address that is hidden or cannot be read: the proxy answers for it.
                let Some(address) = address else { return Client::of(last) };
                last = address;
                if !self.has(last) {
                    return Client::of(last);
                }
            }
        }
        Client::of(last)
    }
}

/// `192.0.2.1`, `2001:db8::1`, `[2001:db8::1]`, each with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse().ok().map(|at: SocketAddr| at.ip()))
}

/// The address of `for=…` in an element of `Forwarded` (RFC 7239 §4). An address holds neither comma nor semicolon, so
/// what is cut wrongly at one of those is none.
fn forwarded(element: &str) -> Option<IpAddr> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        let value = value.trim();
        let value = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
        name.eq_ignore_ascii_case("for").then(|| address(value)).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn client(header: ProxyHeader, peer: &str, fields: &[(&'static str, &str)]) -> String {
        let trusted = vec!["127.0.0.0/8".parse().expect("a range"), "10.0.0.0/8".parse().expect("a range")];
        let mut map = HeaderMap::new();
        for (name, value) in fields {
            map.append(*name, HeaderValue::from_str(value).expect("a value"));
        }
        Proxies { trusted, header }.client(peer.parse().expect("an address"), &map).0.to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let of = |peer, fields: &[_]| client(ProxyHeader::XForwardedFor, peer, fields);
        let field = "x-forwarded-for";
        for (peer, value, expected) in [
            ("192.0.2.9:1", "198.51.100.1", "192.0.2.9/32"),
            ("127.0.0.1:1", "198.51.100.1", "198.51.100.1/32"),
            ("127.0.0.1:1", "198.51.100.1, 203.0.113.5", "203.0.113.5/32"),
            ("127.0.0.1:1", "198.51.100.1, 203.0.113.5, 10.1.2.3", "203.0.113.5/32"),
            ("127.0.0.1:1", "10.0.0.1", "10.0.0.1/32"),
            ("127.0.0.1:1", "198.51.100.1, unknown", "127.0.0.1/32"),
            ("127.0.0.1:1", "198.51.100.1:4711", "198.51.100.1/32"),
            ("127.0.0.1:1", "[2001:db8:1:2:3::4]:4711", "2001:db8:1:2::/64"),
            ("127.0.0.1:1", "2001:db8:1:2:ffff::4", "2001:db8:1:2::/64"),
            ("127.0.0.1:1", "::ffff:198.51.100.1", "198.51.100.1/32"),
            ("[::ffff:127.0.0.1]:1", "198.51.100.1", "198.51.100.1/32"),
            ("[2001:db8:1:2:3::4]:1", "198.51.100.1", "2001:db8:1:2::/64"),
            ("127.0.0.1:1", "", "127.0.0.1/32"),
        ] {
            assert_eq!(of(peer, &[(field, value)]), expected, "{peer} {value}");
        }
        assert_eq!(of("127.0.0.1:1", &[]), "127.0.0.1/32");
        assert_eq!(of("127.0.0.1:1", &[(field, "198.51.100.1"), (field, "10.0.0.7")]), "198.51.100.1/32");
        // The field that this proxy does not write is the client's own.
        assert_eq!(of("127.0.0.1:1", &[("forwarded", "for=198.51.100.1")]), "127.0.0.1/32");
    }

    #[test]
    fn forwarded_is_read_as_rfc_7239_writes_it() {
        for (value, expected) in [
            ("for=192.0.2.43", "192.0.2.43/32"),
            ("For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::/64"),
            (
                "for=192.0.2.43, for=198.51.100.17;by=203.0.113.60;proto=http;host=example.com",
                "198.51.100.17/32",
            ),
            ("for=192.0.2.43, for=_hidden", "127.0.0.1/32"),
            ("for=192.0.2.43, for=unknown", "127.0.0.1/32"),
            ("by=203.0.113.60", "127.0.0.1/32"),
            ("for=\"192.0.2.43, for=198.51.100.17", "198.51.100.17/32"),
        ] {
            assert_eq!(
                client(ProxyHeader::Forwarded, "127.0.0.1:1", &[("forwarded", value)]),
                expected,
                "{value}"
            );
        }
    }
}
