//! The TLSA records of mail hosts, and which of their names are signed.

use aws_lc_rs::digest::{SHA256, SHA512, digest};

use crate::pki::Identity;

/// What a domain has of DNSSEC and DANE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dane {
    /// Nothing.
    Unsigned,
    /// It is signed, and each of its mail hosts has these records.
    Signed(&'static [Tlsa]),
    /// The mail hosts are, with these records, and the domain is not.
    HostsSigned(&'static [Tlsa]),
    /// It is signed, and the first mail host alone has these records.
    FirstHost(&'static [Tlsa]),
    /// It is signed, and what an alias leads to is not; the alias has a record that matches nothing.
    SignedAlias,
    /// It is signed, and the validation of the TLSA records fails.
    Bogus(&'static [Tlsa]),
}

impl Dane {
    /// The records of a mail host, the first of its domain or another.
    pub(crate) const fn records(self, first: bool) -> &'static [Tlsa] {
        match self {
            Self::Unsigned | Self::SignedAlias => &[],
            Self::FirstHost(_) if !first => &[],
            Self::Signed(records)
            | Self::HostsSigned(records)
            | Self::FirstHost(records)
            | Self::Bogus(records) => records,
        }
    }
}

/// A TLSA record: usage, selector, matching type, and what its data is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tlsa(pub(crate) u8, pub(crate) u8, pub(crate) u8, pub(crate) Of);

/// What the data of a TLSA record is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    /// The server's own certificate.
    Server,
    /// The authority that issued it.
    Issuer,
    /// Something else.
    Other,
}

/// A record that matches no server.
pub(crate) fn of_nobody() -> (u8, u8, u8, Vec<u8>) {
    (3, 1, 1, digest(&SHA256, b"something else").as_ref().to_vec())
}

impl Tlsa {
    /// The record for a server with that identity.
    pub(crate) fn of(self, identity: &Identity) -> (u8, u8, u8, Vec<u8>) {
        let Self(usage, selector, matching, of) = self;
        let selected = match (of, selector) {
            (Of::Server, 0) => identity.chain[0].to_vec(),
            (Of::Server, _) => identity.public_key_info(),
            (Of::Issuer, _) => identity.chain[1].to_vec(),
            (Of::Other, _) => b"something else".to_vec(),
        };
        let data = match matching {
            1 => digest(&SHA256, &selected).as_ref().to_vec(),
            2 => digest(&SHA512, &selected).as_ref().to_vec(),
            _ => selected,
        };
        (usage, selector, matching, data)
    }
}
