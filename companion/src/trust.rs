//! Certificates: what is wrong with a chain, each fault looked for by itself.
//!
//! A verifier stops at the first fault it meets, and which one that is tells little: a self-signed
//! certificate with `CA:TRUE` for another host is first of all an authority used as a server. So the
//! handshake is let through ([`crate::tls`]) and the chain is judged here.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use ::aws_lc_rs::digest::{SHA256, digest};
use mta_sts::evidence::{Bytes, Certificate, CertificateFault};
use mta_sts::name::{Host, dns_id_matches};
use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, TrustAnchor};
use webpki::EndEntityCert;
use x509_parser::extensions::GeneralName;
use x509_parser::objects::{oid_registry, oid2sn};
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;

use crate::chain::{Way, is_self_signed, own_faults, validity, weak_key};
use crate::remembered::{self, Memory};

/// The authorities trusted: Mozilla's, and those added.
#[derive(Clone, Debug)]
pub struct Trust {
    anchors: Vec<TrustAnchor<'static>>,
    added: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
}

/// Most certificates of a chain that are read.
const MAX_CHAIN: usize = 10;

impl Default for Trust {
    fn default() -> Self {
        let mut provider = aws_lc_rs::default_provider();
        // A hybrid key share makes the ClientHello larger than one segment, on which some old
        // middleboxes choke; what is asked here is whether ordinary senders get through.
        provider.kx_groups.retain(|group| !format!("{:?}", group.name()).contains("MLKEM"));
        Self {
            anchors: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
            added: Vec::new(),
            provider: Arc::new(provider),
        }
    }
}

impl Trust {
    /// The cryptography in use.
    #[must_use]
    pub fn provider(&self) -> Arc<CryptoProvider> {
        Arc::clone(&self.provider)
    }

    /// The authorities, for connections that are verified in the ordinary way.
    #[must_use]
    pub fn roots(&self) -> RootCertStore {
        RootCertStore { roots: self.anchors.clone() }
    }

    /// Trusts the certificates of a PEM file as well.
    ///
    /// # Errors
    /// A file that cannot be read, or that holds no certificate.
    pub fn add_file(&mut self, path: &Path) -> io::Result<()> {
        let pem = fs::read(path)?;
        self.add_pem(&pem)
    }

    /// Trusts the certificates of a PEM text as well.
    ///
    /// # Errors
    /// A text that holds no certificate, or one that cannot be an authority.
    pub fn add_pem(&mut self, pem: &[u8]) -> io::Result<()> {
        let known = self.added.len();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(io::Error::other)?;
            let anchor = webpki::anchor_from_trusted_cert(&certificate).map_err(io::Error::other)?;
            self.anchors.push(anchor.to_owned());
            self.added.push(certificate);
        }
        if self.added.len() == known {
            return Err(io::Error::other("there is no certificate in it (PEM, -----BEGIN CERTIFICATE-----)"));
        }
        Ok(())
    }

    /// What the chain says, and everything that is wrong with it for `host` at `now`, in seconds since
    /// 1970 (RFC 8461 §3.3, §4.2).
    #[must_use]
    pub fn judge(&self, chain: &[CertificateDer<'_>], host: &str, now: u64) -> Judged {
        let read = describe_chain(chain);
        let untrusted = |why: &str| vec![CertificateFault::Untrusted { why: why.into() }];
        let Some((leaf, others)) = chain.split_first() else {
            return Judged { chain: read, faults: untrusted("no certificate was sent"), anchor: None };
        };
        let Ok((_, certificate)) = X509Certificate::from_der(leaf) else {
            return Judged { chain: read, faults: untrusted("the certificate cannot be read"), anchor: None };
        };
        let mut faults = Vec::new();
        let names = dns_ids(&certificate);
        let wanted = Host::new(host);
        if !names.iter().any(|name| dns_id_matches(name, &wanted)) {
            faults.push(CertificateFault::HostMismatch);
        }
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        let (not_before, not_after) = validity(&certificate);
        if now > not_after {
            faults.push(CertificateFault::Expired { not_after, subject: None });
        } else if now < not_before {
            faults.push(CertificateFault::NotYetValid { not_before, subject: None });
        }
        faults.extend(own_faults(&certificate));
        // A certificate that somebody said is trusted needs nobody else.
        if self.added.iter().any(|added| added == leaf) {
            return Judged { chain: read, faults, anchor: None };
        }
        if is_self_signed(&certificate) {
            faults.push(CertificateFault::SelfSigned);
            return Judged { chain: read, faults, anchor: None };
        }
        let algorithms = remembered::algorithms();
        let certificate = &certificate;
        let way = Way { anchors: &self.anchors, algorithms: &algorithms, leaf, certificate, others, now };
        let walked = way.walk();
        let mut read = read;
        for (other, anchors) in read.iter_mut().skip(1).zip(way.anchoring(&walked, MAX_CHAIN)) {
            other.anchors = anchors;
        }
        faults.extend(walked.faults);
        Judged { chain: read, faults, anchor: walked.anchor }
    }
}

/// What there is to say of a chain.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// The certificates as sent, the server's own first.
    pub chain: Vec<Certificate>,
    /// Every fault found.
    pub faults: Vec<CertificateFault>,
    /// The subject of the trust anchor that the chain leads to.
    pub anchor: Option<String>,
}

/// Whether nobody can check with this certificate that a server has its key: it cannot be read, or its
/// key is too weak for the algorithms in use. [`Trust::judge`] finds fault with each of these.
pub(crate) fn is_unusable(leaf: &CertificateDer<'_>) -> bool {
    match X509Certificate::from_der(leaf) {
        Ok((_, certificate)) => EndEntityCert::try_from(leaf).is_err() || weak_key(&certificate).is_some(),
        Err(_) => true,
    }
}

/// What `pick` makes of the names in the subject alternative name.
fn names_of<T>(certificate: &X509Certificate<'_>, pick: impl Fn(&GeneralName<'_>) -> Option<T>) -> Vec<T> {
    let names = certificate.subject_alternative_name().ok().flatten();
    let names = names.map(|extension| extension.value.general_names.as_slice()).unwrap_or_default();
    names.iter().filter_map(pick).collect()
}

fn dns_ids(certificate: &X509Certificate<'_>) -> Vec<String> {
    names_of(certificate, |name| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        _ => None,
    })
}

fn addresses(certificate: &X509Certificate<'_>) -> Vec<IpAddr> {
    names_of(certificate, |name| match name {
        GeneralName::IPAddress(octets) => {
            let v4 = || <[u8; 4]>::try_from(*octets).map(IpAddr::from);
            <[u8; 16]>::try_from(*octets).map(IpAddr::from).or_else(|_| v4()).ok()
        }
        _ => None,
    })
}

/// The algorithm and size of a key, such as `RSA 2048` or `EC P-256`.
fn key_of(certificate: &X509Certificate<'_>) -> String {
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => format!("RSA {}", key.key_size()),
        Ok(PublicKey::EC(point)) => format!("EC P-{}", point.key_size()),
        _ => {
            let oid = &certificate.public_key().algorithm.algorithm;
            oid2sn(oid, oid_registry()).map_or_else(|_| oid.to_string(), str::to_owned)
        }
    }
}

fn hex(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len() * 2);
    for octet in octets {
        // Writing to a String cannot fail.
        write!(text, "{octet:02x}").ok();
    }
    text
}

/// What certificates say, the first few of them.
pub(crate) fn describe_chain(chain: &[CertificateDer<'_>]) -> Vec<Certificate> {
    chain.iter().take(MAX_CHAIN).map(|der| describe(der)).collect()
}

/// What a certificate says. A mail host shows the same one each time, so what was read is remembered.
fn describe(der: &CertificateDer<'_>) -> Certificate {
    /// The longest certificate that is remembered, in octets.
    const LONGEST: usize = 4_096;
    static READ: Memory<Certificate> = Memory::new(1_024);
    let sha256 = digest(&SHA256, der);
    let key: [u8; 32] = match sha256.as_ref().try_into() {
        Ok(key) if der.len() <= LONGEST => key,
        _ => return read(der, sha256.as_ref()),
    };
    if let Some(certificate) = READ.get(&key) {
        return certificate;
    }
    let certificate = read(der, &key);
    READ.keep(key, certificate.clone());
    certificate
}

fn read(der: &CertificateDer<'_>, sha256: &[u8]) -> Certificate {
    let bytes = Bytes(der.to_vec());
    let Ok((_, certificate)) = X509Certificate::from_der(der) else {
        return Certificate { der: bytes, ..Certificate::default() };
    };
    let (not_before, not_after) = validity(&certificate);
    Certificate {
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        dns_ids: dns_ids(&certificate),
        addresses: addresses(&certificate),
        key: key_of(&certificate),
        signature: {
            let oid = &certificate.signature_algorithm.algorithm;
            oid2sn(oid, oid_registry()).map_or_else(|_| oid.to_string(), str::to_owned)
        },
        sha256: hex(sha256),
        anchors: false,
        not_before,
        not_after,
        der: bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RSA_1024: &[u8] = include_bytes!("../tests/certificates/rsa-1024.pem");

    #[test]
    fn a_key_too_weak_is_a_fault_even_where_its_certificate_is_trusted() {
        let leaf = CertificateDer::from_pem_slice(RSA_1024).expect("a certificate");
        let chain = std::slice::from_ref(&leaf);
        let mut trusting = Trust::default();
        trusting.add_pem(RSA_1024).expect("added");
        let self_signed = [CertificateFault::SelfSigned];
        for (trust, own_issuer) in [(Trust::default(), &self_signed[..]), (trusting, &[])] {
            let Judged { chain: read, faults, .. } = trust.judge(chain, "mx.example.com", 1_800_000_000);
            assert_eq!(read[0].dns_ids, ["mx.example.com"]);
            assert_eq!((&*read[0].key, &*read[0].signature), ("RSA 1024", "sha256WithRSAEncryption"));
            assert_eq!(read[0].sha256.len(), 64);
            let (CertificateFault::Untrusted { why }, rest) = faults.split_first().expect("faults") else {
                panic!("{faults:?}")
            };
            assert!(why.contains("1024 bits"), "{why}");
            assert_eq!(rest, own_issuer);
        }
    }

    #[test]
    fn what_is_no_certificate_is_not_trusted() {
        let chain = [CertificateDer::from(vec![0x30, 0x03, 0x02, 0x01, 0x01])];
        let judged = Trust::default().judge(&chain, "mx.example.com", 0);
        assert_eq!((judged.chain.len(), judged.faults.len()), (1, 1));
        assert!(is_unusable(&chain[0]));
        assert_eq!(Trust::default().judge(&[], "mx.example.com", 0).faults.len(), 1);
    }
}
