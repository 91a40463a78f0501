//! Certificates: what is wrong with a chain, each fault looked for by itself.
//!
//! A verifier stops at the first fault it meets, and which one that is tells little: a self-signed
//! certificate with `CA:TRUE` for another host is first of all an authority used as a server. So the
//! handshake is let through ([`crate::tls`]) and the chain is judged here.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use mta_sts::evidence::{Bytes, Certificate, CertificateFault};
use mta_sts::name::{Host, dns_id_matches};
use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, KeyUsage};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;

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
    pub fn judge(
        &self,
        chain: &[CertificateDer<'_>],
        host: &str,
        now: u64,
    ) -> (Vec<Certificate>, Vec<CertificateFault>) {
        let read = chain.iter().take(MAX_CHAIN).map(|der| describe(der)).collect();
        let Some((leaf, others)) = chain.split_first() else {
            return (read, vec![CertificateFault::Untrusted { why: "no certificate was sent".into() }]);
        };
        let Ok((_, certificate)) = X509Certificate::from_der(leaf) else {
            return (
                read,
                vec![CertificateFault::Untrusted { why: "the certificate cannot be read".into() }],
            );
        };
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
        let distrust = self.distrust(leaf, &certificate, others, at);
        let of_time = |fault: &CertificateFault| {
            matches!(fault, CertificateFault::Expired { .. } | CertificateFault::NotYetValid { .. })
        };
        faults.extend(distrust.filter(|fault| at == now || !of_time(fault)));
        (read, faults)
    }

    /// Why no chain leads from `leaf` to an authority trusted, at a time `leaf` is valid at.
    fn distrust(
        &self,
        leaf: &CertificateDer<'_>,
        certificate: &X509Certificate<'_>,
        others: &[CertificateDer<'_>],
        at: u64,
    ) -> Option<CertificateFault> {
        let added = self.added.iter().any(|added| added == leaf);
        let own_issuer = certificate.subject().as_raw() == certificate.issuer().as_raw();
        if !added && own_issuer && certificate.verify_signature(None).is_ok() {
            return Some(CertificateFault::SelfSigned);
        }
        let untrusted = |why: &str| Some(CertificateFault::Untrusted { why: why.into() });
        let entity = match EndEntityCert::try_from(leaf) {
            Ok(entity) => entity,
            Err(error) => return untrusted(&in_words(&error)),
        };
        if let Some(why) = weak_key(certificate) {
            return untrusted(&why);
        }
        if added {
            return None; // somebody said that this very certificate is trusted
        }
        let algorithms = self.provider.signature_verification_algorithms.all;
        let time = UnixTime::since_unix_epoch(std::time::Duration::from_secs(at));
        let usage = KeyUsage::server_auth();
        let path = entity.verify_for_usage(algorithms, &self.anchors, others, time, usage, None, None);
        let seconds = |time: UnixTime| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        match path {
            Ok(_) => None,
            Err(webpki::Error::UnknownIssuer) => Some(CertificateFault::UnknownIssuer),
            Err(webpki::Error::CertExpired { not_after, .. }) => {
                Some(CertificateFault::Expired { not_after: seconds(not_after) })
            }
            Err(webpki::Error::CertNotValidYet { not_before, .. }) => {
                Some(CertificateFault::NotYetValid { not_before: seconds(not_before) })
            }
            Err(error) => untrusted(&in_words(&error)),
        }
    }
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

fn dns_ids(certificate: &X509Certificate<'_>) -> Vec<String> {
    let names = certificate.subject_alternative_name().ok().flatten();
    let names = names.map(|extension| extension.value.general_names.as_slice()).unwrap_or_default();
    let dns_id = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        _ => None,
    };
    names.iter().filter_map(dns_id).collect()
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
            let (read, faults) = trust.judge(chain, "mx.example.com", 1_800_000_000);
            assert_eq!(read[0].dns_ids, ["mx.example.com"]);
            let [CertificateFault::Untrusted { why }] = faults.as_slice() else { panic!("{faults:?}") };
            assert!(why.contains("1024 bits"), "{why}");
        }
    }

    #[test]
    fn what_is_no_certificate_is_not_trusted() {
        let chain = [CertificateDer::from(vec![0x30, 0x03, 0x02, 0x01, 0x01])];
        let (read, faults) = Trust::default().judge(&chain, "mx.example.com", 0);
        assert_eq!((read.len(), faults.len()), (1, 1));
        assert!(is_unusable(&chain[0]));
        assert_eq!(Trust::default().judge(&[], "mx.example.com", 0).1.len(), 1);
    }
}
