//! The dial guard: strangers name the hosts we connect to, so what is judged is the address a name
//! resolved to, and that same address is dialled.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use ipnet::IpNet;
use mta_sts::Failure;

use crate::dials::Dials;
use crate::opt_out::OptOut;

/// Which addresses may be dialled.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    /// Ranges opened for a lab, in spite of their class.
    pub allowed: Vec<IpNet>,
    /// Who asked not to be dialled.
    pub opt_out: OptOut,
    /// How often an address is dialled on port 443, where that is bounded.
    pub dials: Option<Arc<Dials>>,
    /// Where addresses of the zoo really listen: the only exception beside `allowed`.
    pub table: BTreeMap<SocketAddr, SocketAddr>,
}

/// Where to connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The socket address to connect to.
    pub at: SocketAddr,
    /// Whether it is an address of the internet, and not one of the zoo or of a lab: reaching those proves nothing of what
    /// the network lets out.
    pub outside: bool,
}

impl Guard {
    /// Where to connect for `address` and `port`.
    ///
    /// # Errors
    /// The class of an address that may not be dialled.
    pub fn target(&self, address: IpAddr, port: u16) -> Result<Target, Class> {
        let wanted = SocketAddr::new(address, port);
        if self.opt_out.has_address(address) {
            return Err(Class::OptedOut);
        }
        if let Some(at) = self.table.get(&wanted) {
            return Ok(Target { at: *at, outside: false });
        }
        let class = Class::of(address);
        match class.filter(|_| !self.allowed.iter().any(|range| range.contains(&address))) {
            Some(class) => Err(class),
            None => Ok(Target { at: wanted, outside: class.is_none() }),
        }
    }

    /// Counts a connection to port 443 of `address`, right before it is made.
    ///
    /// # Errors
    /// It was dialled as often as it may be.
    pub fn count(&self, address: IpAddr) -> Result<(), Class> {
        match &self.dials {
            Some(dials) if !dials.take(address) => Err(Class::Crowded),
            _ => Ok(()),
        }
    }
}

/// Why an address is not one of a host on the internet (IANA's special-purpose registries).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// `0.0.0.0/8`, `::`
    ThisNetwork,
    /// RFC 1918, RFC 4193
    Private,
    /// RFC 6598
    SharedByProvider,
    /// `127.0.0.0/8`, `::1`
    Loopback,
    /// RFC 3927, RFC 4291 §2.5.6; cloud metadata services listen here
    LinkLocal,
    /// `224.0.0.0/4`, `ff00::/8`
    Multicast,
    /// RFC 5737, RFC 3849, RFC 9637
    Documentation,
    /// RFC 2544, RFC 5180
    Benchmarking,
    /// Anything else that is reserved or not given out
    Reserved,
    /// An IPv6 form of an IPv4 address of that kind: mapped, NAT64 or 6to4
    Embedded(&'static str),
    /// `::ffff:0:0/96` of a public IPv4 address: a form for programs, never on the network (RFC 4291 §2.5.5.2)
    Mapped,
    /// Public, and its operator asked not to be dialled
    OptedOut,
    /// It may be dialled, and was as often as it may be in a minute
    Crowded,
}

impl Class {
    /// What a step comes to that would have had to dial `address`, which is of this class.
    #[must_use]
    pub fn failure(self, address: IpAddr) -> Failure {
        match self {
            Self::OptedOut => Failure::OptedOut { name: address.to_string() },
            Self::Crowded => Failure::Companion { detail: format!("{address} is {self}{AGAIN}") },
            _ => Failure::Guarded { address, class: self.to_string() },
        }
    }

    /// What is said of the address, where a step came to nothing because of [`Class::Crowded`].
    #[must_use]
    pub fn crowded(failure: &Failure) -> Option<&str> {
        match failure {
            Failure::Companion { detail } => detail.strip_suffix(AGAIN),
            _ => None,
        }
    }

    /// The class of an address that is not public; nothing for a public one.
    #[must_use]
    pub fn of(address: IpAddr) -> Option<Self> {
        match address {
            IpAddr::V4(address) => Self::of_v4(address),
            IpAddr::V6(address) => Self::of_v6(address),
        }
    }

    const fn of_v4(address: Ipv4Addr) -> Option<Self> {
        Some(match address.octets() {
            [0, ..] => Self::ThisNetwork,
            [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Self::Private,
            [100, 64..=127, ..] => Self::SharedByProvider,
            [127, ..] => Self::Loopback,
            [169, 254, ..] => Self::LinkLocal,
            [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Self::Documentation,
            [198, 18..=19, ..] => Self::Benchmarking,
            [224..=239, ..] => Self::Multicast,
            // protocol assignments, AS112 and AMT, the old 6to4 relay, the future and the broadcast address
            [192, 0, 0, _]
            | [192, 31, 196, _]
            | [192, 52, 193, _]
            | [192, 175, 48, _]
            | [192, 88, 99, _]
            | [240..=255, ..] => Self::Reserved,
            _ => return None,
        })
    }

    fn of_v6(address: Ipv6Addr) -> Option<Self> {
        if let Some((form, inner)) = embedded(address) {
            let mapped = address.to_ipv4_mapped().map(|_| Self::Mapped);
            return Self::of_v4(inner).map(|_| Self::Embedded(form)).or(mapped);
        }
        Some(match address.segments() {
            [0, 0, 0, 0, 0, 0, 0, 0] => Self::ThisNetwork,
            [0, 0, 0, 0, 0, 0, 0, 1] => Self::Loopback,
            [0xfc00..=0xfdff, ..] => Self::Private,
            [0xfe80..=0xfebf, ..] => Self::LinkLocal,
            [0xff00..=0xffff, ..] => Self::Multicast,
            [0x2001, 0x0db8, ..] | [0x3fff, 0x0000..=0x0fff, ..] => Self::Documentation,
            [0x2001, 0x0002, 0, ..] => Self::Benchmarking,
            // IETF protocol assignments: Teredo, ORCHID and their kin
            [0x2001, 0x0000..=0x01ff, ..] => Self::Reserved,
            // AS112, and the 6bone that was
            [0x2620, 0x004f, 0x8000, ..] | [0x3ffe, ..] => Self::Reserved,
            // global unicast
            [0x2000..=0x3fff, ..] => return None,
            _ => Self::Reserved,
        })
    }
}

/// How it ends what is said of an address that was dialled often enough.
const AGAIN: &str = "; try again in a minute";

/// The address that `address` leads to: the IPv4 address where it is the IPv6 form of one. By this one it is counted, and
/// looked for among those that are not dialled.
#[must_use]
pub fn plain(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => embedded(v6).map_or(address, |(_, inner)| inner.into()),
        IpAddr::V4(_) => address,
    }
}

/// The IPv4 address inside an IPv6 one, and what that form is called.
fn embedded(address: Ipv6Addr) -> Option<(&'static str, Ipv4Addr)> {
    let join = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] => Some(("IPv4-mapped", join(high, low))),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(("NAT64", join(high, low))),
        [0x2002, high, low, ..] => Some(("6to4", join(high, low))),
        _ => None,
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ThisNetwork => "no address of a host",
            Self::Private => "private",
            Self::SharedByProvider => "shared by a provider's customers",
            Self::Loopback => "a loopback address",
            Self::LinkLocal => "link-local",
            Self::Multicast => "a multicast address",
            Self::Documentation => "reserved for documentation",
            Self::Benchmarking => "reserved for benchmarks",
            Self::Reserved => "reserved",
            Self::Mapped => "an IPv4-mapped address, which is none of a host",
            Self::Crowded => "dialled for others as often as it may be",
            Self::OptedOut => "on this server's opt-out list",
            Self::Embedded(form) => return write!(f, "the {form} form of an address that is not public"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(address: &str) -> Option<Class> {
        Class::of(address.parse().expect(address))
    }

    #[test]
    fn what_is_not_public_is_refused() {
        for (address, expected) in [
            ("0.0.0.0", Class::ThisNetwork),
            ("0.255.255.255", Class::ThisNetwork),
            ("10.0.0.0", Class::Private),
            ("10.255.255.255", Class::Private),
            ("172.16.0.1", Class::Private),
            ("172.31.255.255", Class::Private),
            ("192.168.0.1", Class::Private),
            ("192.168.255.255", Class::Private),
            ("100.64.0.0", Class::SharedByProvider),
            ("100.127.255.255", Class::SharedByProvider),
            ("127.0.0.1", Class::Loopback),
            ("127.255.255.255", Class::Loopback),
            ("169.254.0.1", Class::LinkLocal),
            ("169.254.169.254", Class::LinkLocal),
            ("192.0.2.1", Class::Documentation),
            ("198.51.100.255", Class::Documentation),
            ("203.0.113.7", Class::Documentation),
            ("198.18.0.1", Class::Benchmarking),
            ("198.19.255.255", Class::Benchmarking),
            ("224.0.0.1", Class::Multicast),
            ("239.255.255.255", Class::Multicast),
            ("192.0.0.1", Class::Reserved),
            ("192.0.0.170", Class::Reserved),
            ("192.88.99.1", Class::Reserved),
            ("240.0.0.1", Class::Reserved),
            ("255.255.255.255", Class::Reserved),
            ("::", Class::ThisNetwork),
            ("::1", Class::Loopback),
            ("::2", Class::Reserved),
            ("::127.0.0.1", Class::Reserved),
            ("::8.8.8.8", Class::Reserved),
            ("::ffff:127.0.0.1", Class::Embedded("IPv4-mapped")),
            ("::ffff:10.0.0.1", Class::Embedded("IPv4-mapped")),
            ("::ffff:169.254.169.254", Class::Embedded("IPv4-mapped")),
            ("::ffff:0.0.0.0", Class::Embedded("IPv4-mapped")),
            ("::ffff:8.8.8.8", Class::Mapped),
            ("::ffff:0:127.0.0.1", Class::Reserved),
            ("::ffff:0:8.8.8.8", Class::Reserved),
            ("64:ff9b::10.0.0.1", Class::Embedded("NAT64")),
            ("64:ff9b::127.0.0.1", Class::Embedded("NAT64")),
            ("64:ff9b:1::1", Class::Reserved),
            ("64:ff9b:1:ffff::10.0.0.1", Class::Reserved),
            ("100::1", Class::Reserved),
            ("100:0:0:1::1", Class::Reserved),
            ("2001::1", Class::Reserved),
            ("2001:0:5ef5:79fd::1", Class::Reserved),
            ("2001:2::1", Class::Benchmarking),
            ("2001:10::1", Class::Reserved),
            ("2001:20::1", Class::Reserved),
            ("2001:1ff:ffff::1", Class::Reserved),
            ("2001:db8::1", Class::Documentation),
            ("3fff::1", Class::Documentation),
            ("3fff:fff::1", Class::Documentation),
            ("2002:0a00:0001::1", Class::Embedded("6to4")),
            ("2002:7f00:0001::", Class::Embedded("6to4")),
            ("2002:c0a8:0101::1", Class::Embedded("6to4")),
            ("2002:a9fe:a9fe::", Class::Embedded("6to4")),
            ("4000::1", Class::Reserved),
            ("5f00::1", Class::Reserved),
            ("fc00::1", Class::Private),
            ("fd12:3456:789a::1", Class::Private),
            ("fe80::1", Class::LinkLocal),
            ("febf::1", Class::LinkLocal),
            ("fec0::1", Class::Reserved),
            ("ff02::1", Class::Multicast),
            ("ff0e::1", Class::Multicast),
        ] {
            assert_eq!(class(address), Some(expected), "{address}");
        }
    }

    /// Every block of IANA's special-purpose registries (IPv4 and IPv6, as of 2025-10), and what beside them is no place of
    /// a host: its first address, its last, and one in between.
    #[test]
    fn every_special_block_is_refused_from_end_to_end() {
        for block in [
            "0.0.0.0/8",
            "0.0.0.0/32",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.0.0/29",
            "192.0.0.8/32",
            "192.0.0.9/32",
            "192.0.0.10/32",
            "192.0.0.170/31",
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",
            "192.88.99.2/32",
            "192.168.0.0/16",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "255.255.255.255/32",
            "::/128",
            "::1/128",
            "::/96",
            "::ffff:0:0/96",
            "::ffff:0:0:0/96",
            "64:ff9b::a00:0/104",
            "64:ff9b::7f00:0/104",
            "64:ff9b::a9fe:0/112",
            "64:ff9b::ac10:0/108",
            "64:ff9b::c0a8:0/112",
            "64:ff9b::6440:0/106",
            "64:ff9b::e000:0/99",
            "64:ff9b:1::/48",
            "100::/64",
            "100:0:0:1::/64",
            "2001::/23",
            "2001::/32",
            "2001:1::1/128",
            "2001:1::2/128",
            "2001:1::3/128",
            "2001:2::/48",
            "2001:3::/32",
            "2001:4:112::/48",
            "2001:10::/28",
            "2001:20::/28",
            "2001:30::/28",
            "2001:db8::/32",
            "2002:a00::/24",
            "2002:7f00::/24",
            "2002:a9fe::/32",
            "2002:ac10::/28",
            "2002:c0a8::/32",
            "2620:4f:8000::/48",
            "3ffe::/16",
            "3fff::/20",
            "4000::/3",
            "5f00::/16",
            "6000::/3",
            "8000::/3",
            "a000::/3",
            "c000::/3",
            "e000::/4",
            "f000::/5",
            "fc00::/7",
            "fe00::/9",
            "fe80::/10",
            "fe80::/64",
            "fec0::/10",
            "ff00::/8",
        ] {
            let net: IpNet = block.parse().expect(block);
            let inside = match net {
                IpNet::V4(net) => IpAddr::V4(Ipv4Addr::from_bits(
                    net.network().to_bits().midpoint(net.broadcast().to_bits()),
                )),
                IpNet::V6(net) => IpAddr::V6(Ipv6Addr::from_bits(
                    net.network().to_bits().midpoint(net.broadcast().to_bits()),
                )),
            };
            for address in [net.network(), inside, net.broadcast()] {
                assert!(Class::of(address).is_some(), "{address} of {block} is let through");
            }
        }
    }

    /// An address with a zone is of a link, and none that can be asked for.
    #[test]
    fn zones_are_no_addresses() {
        for address in [
            "fe80::1%eth0",
            "fe80::1%1",
            "2606:4700::1111%lo",
            "[::1]",
            "127.1",
            "0x7f.0.0.1",
            "2130706433",
            "127.0.0.01",
        ] {
            assert!(address.parse::<IpAddr>().is_err(), "{address}");
        }
    }

    #[test]
    fn what_is_public_is_not() {
        for address in [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.1",
            "169.253.255.255",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "192.167.255.255",
            "192.31.195.255",
            "192.52.194.0",
            "192.88.98.255",
            "192.175.49.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2606:4700::1111",
            "2a00:1450:4001::1a",
            "2620:4f:8001::1",
            "3ffd:ffff::1",
            "3fff:1000::1",
            "64:ff9b::8.8.8.8",
            "2002:0808:0808::1",
        ] {
            assert_eq!(class(address), None, "{address}");
        }
    }

    #[test]
    fn a_lab_opens_a_range_and_the_zoo_single_ports() {
        let zoo = "192.0.2.1:25".parse().expect("an address");
        let bound = "127.0.0.1:40025".parse().expect("an address");
        let guard = Guard {
            allowed: vec!["127.0.0.0/8".parse().expect("a range")],
            table: BTreeMap::from([(zoo, bound)]),
            ..Guard::default()
        };
        let target = |address: &str, port| guard.target(address.parse().expect(address), port);
        assert_eq!(target("127.0.0.2", 25).map(|target| target.at.to_string()), Ok("127.0.0.2:25".into()));
        assert_eq!(target("10.0.0.1", 25), Err(Class::Private));
        assert_eq!(target("192.0.2.1", 25), Ok(Target { at: bound, outside: false }));
        assert_eq!(target("192.0.2.1", 443), Err(Class::Documentation));
        assert_eq!(target("192.0.2.2", 25), Err(Class::Documentation));
        assert_eq!(target("::ffff:127.0.0.1", 25), Err(Class::Embedded("IPv4-mapped")));
    }
}
