//! Certificates: what is wrong with a chain, each fault looked for by itself.
//!
//! A verifier stops at the first fault it meets, and which one that is tells little: a self-signed
//! certificate with `CA:TRUE` for another host is first of all an authority used as a server. So the
//! handshake is let through ([`crate::tls`]) and the chain is judged here.

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
use tokio_rustls::rustls::pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, KeyUsage};
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::objects::{oid_registry, oid2sn};
use x509_parser::oid_registry::OID_PKIX_ACCESS_DESCRIPTOR_CA_ISSUERS;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;
use x509_parser::x509::X509Name;

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
        let mut anchor = None;
        let mut faults = Vec::new();
        let names = dns_ids(&certificate);
        let wanted = Host::new(host);
        if !names.iter().any(|name| dns_id_matches(name, &wanted)) {
            faults.push(CertificateFault::HostMismatch);
        }
        let signed_now = i64::try_from(now).unwrap_or(i64::MAX);
        let (not_before, not_after) = validity(&certificate);
        if signed_now > not_after {
            faults.push(CertificateFault::Expired { not_after });
        } else if signed_now < not_before {
            faults.push(CertificateFault::NotYetValid { not_before });
        }
        // The chain is tried at a time the certificate itself is valid at, so that its own expiry
        // does not hide whether it is trusted. What is expired at that other time is no fault of now.
        let at = u64::try_from(signed_now.clamp(not_before, not_after.max(not_before))).unwrap_or_default();
        let distrust = match self.anchor_of(leaf, &certificate, others, at) {
            Ok(found) => {
                anchor = found;
                None
            }
            Err(fault) => Some(fault),
        };
        let of_time = |fault: &CertificateFault| {
            matches!(fault, CertificateFault::Expired { .. } | CertificateFault::NotYetValid { .. })
        };
        faults.extend(distrust.filter(|fault| at == now || !of_time(fault)));
        Judged { chain: read, faults, anchor }
    }

    /// The subject of the trust anchor that a chain leads to from `leaf`, at a time `leaf` is valid at; nothing where
    /// somebody said that this very certificate is trusted.
    ///
    /// # Errors
    /// Why no chain leads to one.
    fn anchor_of(
        &self,
        leaf: &CertificateDer<'_>,
        certificate: &X509Certificate<'_>,
        others: &[CertificateDer<'_>],
        at: u64,
    ) -> Result<Option<String>, CertificateFault> {
        let added = self.added.iter().any(|added| added == leaf);
        let own_issuer = certificate.subject().as_raw() == certificate.issuer().as_raw();
        if !added && own_issuer && certificate.verify_signature(None).is_ok() {
            return Err(CertificateFault::SelfSigned);
        }
        let untrusted = |why: &str| CertificateFault::Untrusted { why: why.into() };
        let entity = EndEntityCert::try_from(leaf).map_err(|error| untrusted(&in_words(&error)))?;
        if let Some(why) = weak_key(certificate) {
            return Err(untrusted(&why));
        }
        if added {
            return Ok(None);
        }
        let algorithms = self.provider.signature_verification_algorithms.all;
        let time = UnixTime::since_unix_epoch(std::time::Duration::from_secs(at));
        let usage = KeyUsage::server_auth();
        let path = entity.verify_for_usage(algorithms, &self.anchors, others, time, usage, None, None);
        let seconds = |time: UnixTime| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        path.map(|path| Some(name_of(&path.anchor().subject))).map_err(|error| match error {
            webpki::Error::UnknownIssuer => match issuer_url(certificate) {
                Some(url) if others.iter().all(|other| other == leaf) => {
                    CertificateFault::MissingIntermediate { issuer: certificate.issuer().to_string(), url }
                }
                _ => CertificateFault::UnknownIssuer,
            },
            webpki::Error::CertExpired { not_after, .. } => {
                CertificateFault::Expired { not_after: seconds(not_after) }
            }
            webpki::Error::CertNotValidYet { not_before, .. } => {
                CertificateFault::NotYetValid { not_before: seconds(not_before) }
            }
            error => untrusted(&in_words(&error)),
        })
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

/// The name in the content of a DER `Name`, which is what a trust anchor keeps of it.
fn name_of(content: &[u8]) -> String {
    let length = content.len().to_be_bytes();
    let length = length.iter().skip_while(|b| **b == 0).copied().collect::<Vec<u8>>();
    let mut der = vec![0x30];
    if content.len() >= 0x80 {
        der.extend(u8::try_from(length.len()).map(|count| 0x80 | count));
    }
    der.extend(length);
    der.extend_from_slice(content);
    X509Name::from_der(&der).map_or_else(|_| String::new(), |(_, name)| name.to_string())
}

/// Where a certificate says that its issuer's is to be had (RFC 5280 §4.2.2.1).
fn issuer_url(certificate: &X509Certificate<'_>) -> Option<String> {
    let access =
        certificate.extensions().iter().find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::AuthorityInfoAccess(access) => Some(access),
            _ => None,
        })?;
    access.accessdescs.iter().find_map(|description| match &description.access_location {
        GeneralName::URI(url) if description.access_method == OID_PKIX_ACCESS_DESCRIPTOR_CA_ISSUERS => {
            Some((*url).to_owned())
        }
        _ => None,
    })
}

/// Whether nobody can check with this certificate that a server has its key: it cannot be read, or its
/// key is too weak for the algorithms in use. [`Trust::judge`] finds fault with each of these.
pub(crate) fn is_unusable(leaf: &CertificateDer<'_>) -> bool {
    match X509Certificate::from_der(leaf) {
        Ok((_, certificate)) => EndEntityCert::try_from(leaf).is_err() || weak_key(&certificate).is_some(),
        Err(_) => true,
    }
}

fn weak_key(certificate: &X509Certificate<'_>) -> Option<String> {
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) if key.key_size() < MIN_RSA => Some(format!(
            "its RSA key has {} bits, and TLS libraries of today take no fewer than {MIN_RSA}",
            key.key_size()
        )),
        _ => None,
    }
}

/// Fewest bits of an RSA key that aws-lc-rs verifies signatures with (its `RSA_PSS_2048_8192_*`).
const MIN_RSA: usize = 2048;

fn in_words(error: &webpki::Error) -> String {
    match error {
        webpki::Error::CaUsedAsEndEntity => {
            "it is the certificate of an authority (CA:TRUE), not of a server".into()
        }
        webpki::Error::RequiredEkuNotFoundContext(_) => {
            "it is not for TLS servers (extended key usage)".into()
        }
        webpki::Error::InvalidSignatureForPublicKey => "a signature in the chain is wrong".into(),
        webpki::Error::UnsupportedCertVersion => {
            "it is of X.509 version 1, and only version 3 can name its hosts".into()
        }
        webpki::Error::UnsupportedSignatureAlgorithmContext(_) => {
            "a certificate in the chain is signed by an algorithm that is taken no more, such as SHA-1".into()
        }
        webpki::Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => {
            "a certificate in the chain is signed with a key that does not go with the algorithm, or is too weak"
                .into()
        }
        webpki::Error::NameConstraintViolation => {
            "an authority in the chain may not issue certificates for these names".into()
        }
        webpki::Error::PathLenConstraintViolated => {
            "an authority in the chain may have no other below it".into()
        }
        webpki::Error::UnsupportedCriticalExtension => {
            "it has a critical extension that is not understood".into()
        }
        other => format!("{other:?}"),
    }
}

fn validity(certificate: &X509Certificate<'_>) -> (i64, i64) {
    let validity = certificate.validity();
    (validity.not_before.timestamp(), validity.not_after.timestamp())
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
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// What certificates say, the first few of them.
pub(crate) fn describe_chain(chain: &[CertificateDer<'_>]) -> Vec<Certificate> {
    chain.iter().take(MAX_CHAIN).map(|der| describe(der)).collect()
}

fn describe(der: &CertificateDer<'_>) -> Certificate {
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
        sha256: hex(digest(&SHA256, der).as_ref()),
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
        for trust in [Trust::default(), trusting] {
            let Judged { chain: read, faults, .. } = trust.judge(chain, "mx.example.com", 1_800_000_000);
            assert_eq!(read[0].dns_ids, ["mx.example.com"]);
            assert_eq!((&*read[0].key, &*read[0].signature), ("RSA 1024", "sha256WithRSAEncryption"));
            assert_eq!(read[0].sha256.len(), 64);
            let [CertificateFault::Untrusted { why }] = faults.as_slice() else { panic!("{faults:?}") };
            assert!(why.contains("1024 bits"), "{why}");
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
