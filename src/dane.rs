//! DANE for SMTP (RFC 7672): whether the certificates a mail host shows match its TLSA records.

use nom::IResult;
use nom::bytes::complete::take;
use nom::combinator::recognize;
use nom::number::complete::be_u8;
use nom::{Parser, error::Error};
use sha2::{Digest, Sha256, Sha512};

use crate::dns::Tlsa;
use crate::evidence::{Certificate, TlsSeen};
use crate::name::{Host, dns_id_matches};

/// DANE-TA: an authority of the chain.
const TRUST_ANCHOR: u8 = 2;
/// DANE-EE: the server's own certificate.
const END_ENTITY: u8 = 3;

/// What a chain of certificates comes to by the TLSA records of its host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// A record matches, and what it asks for besides holds.
    Matches,
    /// A record names an authority of the chain, and the certificate names none of the names that count (RFC 7672 §3.2.2).
    HostMismatch,
    /// A record names an authority of the chain, and the certificate cannot be verified with it.
    NotTrusted,
    /// No record matches.
    None,
}

impl Tlsa {
    /// Whether SMTP clients can use it: usage DANE-TA or DANE-EE (RFC 7672 §3.1), a selector and a matching type that are
    /// known, and data of the right length.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        let length = match self.matching {
            0 => !self.data.is_empty(),
            1 => self.data.len() == 32,
            2 => self.data.len() == 64,
            _ => false,
        };
        matches!(self.usage, TRUST_ANCHOR | END_ENTITY) && self.selector < 2 && length
    }

    /// `3 1 1` of a certificate: the SHA-256 of its key, which stays when the certificate is renewed with that (RFC 7671 §5.1).
    #[must_use]
    pub fn of_key(certificate: &Certificate) -> Option<Self> {
        let key = public_key_info(&certificate.der.0)?;
        Some(Self { usage: END_ENTITY, selector: 1, matching: 1, data: Sha256::digest(key).to_vec() })
    }

    /// Whether it matches a certificate by itself, whatever it is used for (RFC 6698 §2.1).
    #[must_use]
    pub fn is_of(&self, certificate: &Certificate) -> bool {
        let der = certificate.der.0.as_slice();
        let selected = match self.selector {
            0 => Some(der),
            1 => public_key_info(der),
            _ => None,
        };
        selected.is_some_and(|selected| match self.matching {
            0 => self.data == selected,
            1 => self.data == Sha256::digest(selected).as_slice(),
            2 => self.data == Sha512::digest(selected).as_slice(),
            _ => false,
        })
    }

    /// Whether it matches a certificate of `tls` that its usage is about; for a usage that does not count, any of them.
    #[must_use]
    pub fn is_in(&self, tls: &TlsSeen) -> bool {
        let certificates = match self.usage {
            END_ENTITY => tls.chain.get(..1),
            TRUST_ANCHOR => tls.chain.get(1..),
            _ => Some(tls.chain.as_slice()),
        };
        certificates.unwrap_or_default().iter().any(|certificate| self.is_of(certificate))
    }

    /// What `tls` comes to by this record alone. `names` are those that a certificate under DANE-TA may be for.
    fn compare(&self, tls: &TlsSeen, names: &[Host]) -> Match {
        let Some((leaf, others)) = tls.chain.split_first() else { return Match::None };
        match self.usage {
            // Neither its names nor its dates count (RFC 7672 §3.1.1).
            END_ENTITY if self.is_of(leaf) => Match::Matches,
            TRUST_ANCHOR => {
                let named = |name: &Host| leaf.dns_ids.iter().any(|id| dns_id_matches(id, name));
                let mut anchors = others.iter().filter(|other| self.is_of(other)).peekable();
                if anchors.peek().is_none() {
                    Match::None
                } else if !anchors.any(|anchor| anchor.anchors) {
                    Match::NotTrusted
                } else if names.iter().any(named) {
                    Match::Matches
                } else {
                    Match::HostMismatch
                }
            }
            _ => Match::None,
        }
    }
}

/// What the chain of `tls` comes to by the usable ones of `records`: the best that any of them gives.
#[must_use]
pub fn compare(records: &[Tlsa], tls: &TlsSeen, names: &[Host]) -> Match {
    let usable = records.iter().filter(|record| record.is_usable());
    let matches = usable.map(|record| record.compare(tls, names));
    let order = [Match::Matches, Match::HostMismatch, Match::NotTrusted, Match::None];
    let rank = |found: &Match| order.iter().position(|known| known == found);
    matches.min_by_key(rank).unwrap_or(Match::None)
}

/// The `SubjectPublicKeyInfo` of a certificate, whole (RFC 5280 §4.1): what stands behind the subject.
fn public_key_info(certificate: &[u8]) -> Option<&[u8]> {
    const VERSION: u8 = 0xA0;
    let (_, (_, certificate)) = value(certificate).ok()?;
    let (_, (_, mut signed)) = value(certificate).ok()?;
    // serial number, signature algorithm, issuer, validity, subject; a version may stand before
    let before = if signed.first() == Some(&VERSION) { 6 } else { 5 };
    for _ in 0..before {
        signed = value(signed).ok()?.0;
    }
    recognize(value).parse(signed).ok().map(|(_, info)| info)
}

/// A DER value: its tag and its contents (X.690 §8.1).
fn value(input: &[u8]) -> IResult<&[u8], (u8, &[u8])> {
    let (rest, (tag, first)) = (be_u8, be_u8).parse(input)?;
    let (rest, length) = match first {
        0..0x80 => (rest, usize::from(first)),
        _ => {
            let (rest, octets) = take(first & 0x7F)(rest)?;
            let length = octets
                .iter()
                .try_fold(0usize, |length, octet: &u8| Some(length.checked_mul(256)? + usize::from(*octet)));
            let bad = || nom::Err::Error(Error::new(input, nom::error::ErrorKind::TooLarge));
            (rest, length.ok_or_else(bad)?)
        }
    };
    let (rest, contents) = take(length)(rest)?;
    Ok((rest, (tag, contents)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Bytes;

    /// A DER value with a length of one octet.
    fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let contents = parts.concat();
        [vec![tag, u8::try_from(contents.len()).expect("short")], contents].concat()
    }

    const KEY: &[u8] = &[0x30, 3, 0x05, 1, 0x07];

    /// A certificate as RFC 5280 §4.1 has it, with nothing in it but its key.
    fn certificate(version: bool) -> Certificate {
        let version = if version { der(0xA0, &[&[2, 1, 2]]) } else { Vec::new() };
        let empty = der(0x30, &[]);
        let serial: &[u8] = &[2, 1, 9];
        let signed = der(0x30, &[&version, serial, &empty, &empty, &empty, &empty, KEY, &der(0xA3, &[])]);
        Certificate {
            der: Bytes(der(0x30, &[&signed, &empty, &der(3, &[&[0]])])),
            dns_ids: vec!["mx.example.com".into()],
            ..Certificate::default()
        }
    }

    fn record(usage: u8, selector: u8, matching: u8, data: &[u8]) -> Tlsa {
        Tlsa { usage, selector, matching, data: data.to_vec() }
    }

    #[test]
    fn the_key_of_a_certificate_is_found() {
        for version in [true, false] {
            assert_eq!(public_key_info(&certificate(version).der.0), Some(KEY), "{version}");
        }
    }

    #[test]
    fn no_octets_panic() {
        let whole = certificate(true).der.0;
        for end in 0..whole.len() {
            assert_eq!(public_key_info(&whole[..end]), None, "{end}");
        }
        for odd in [&[0x30, 0x80][..], &[0x30, 0xFF, 0xFF], &[0x30, 0x89, 1, 1, 1, 1, 1, 1, 1, 1, 1], &[0xA0]]
        {
            assert_eq!(public_key_info(odd), None, "{odd:?}");
        }
    }

    #[test]
    fn records_that_senders_can_use() {
        for (usage, selector, matching, length, usable) in [
            (3, 1, 1, 32, true),
            (2, 0, 2, 64, true),
            (3, 0, 0, 1, true),
            (3, 0, 0, 0, false),
            (3, 1, 1, 31, false),
            (3, 1, 2, 32, false),
            (3, 1, 3, 32, false),
            (3, 2, 1, 32, false),
            (0, 0, 1, 32, false),
            (1, 0, 1, 32, false),
            (4, 1, 1, 32, false),
            (255, 1, 1, 32, false),
        ] {
            let record = record(usage, selector, matching, &vec![0; length]);
            assert_eq!(record.is_usable(), usable, "{record}");
        }
    }

    #[test]
    fn what_a_record_asks_for_besides() {
        let leaf = certificate(true);
        let issuer = Certificate { der: Bytes(vec![0x30, 0]), anchors: true, ..Certificate::default() };
        let stranger = Certificate { anchors: false, ..issuer.clone() };
        let seen =
            |other: &Certificate| TlsSeen { chain: vec![leaf.clone(), other.clone()], ..TlsSeen::default() };
        let (named, other) = ([Host::new("mx.example.com")], [Host::new("mx.example.net")]);
        let end_entity = record(3, 1, 0, KEY);
        let authority = record(2, 0, 0, &[0x30, 0]);
        for (records, tls, names, found) in [
            (vec![end_entity.clone()], seen(&stranger), &other, Match::Matches),
            (vec![authority.clone()], seen(&issuer), &named, Match::Matches),
            (vec![authority.clone()], seen(&issuer), &other, Match::HostMismatch),
            (vec![authority.clone()], seen(&stranger), &named, Match::NotTrusted),
            (vec![record(3, 0, 0, &[0x30, 0])], seen(&issuer), &named, Match::None),
            (vec![record(2, 1, 0, KEY)], seen(&issuer), &named, Match::None),
            (vec![authority, end_entity], seen(&stranger), &other, Match::Matches),
            (vec![record(1, 1, 0, KEY)], seen(&issuer), &named, Match::None),
        ] {
            assert_eq!(compare(&records, &tls, names), found, "{records:?}");
        }
    }
}
