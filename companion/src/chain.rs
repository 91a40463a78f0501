//! The way from a server's certificate to an authority that is trusted, and everything that is wrong on it.
//!
//! A verifier gives up at the first fault. So where the strict one does, the way is looked for once more by one that puts up
//! with weak signatures and with other days; what it leads over is looked at piece by piece.

use std::time::Duration;

use ::aws_lc_rs::signature::{
    RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
    RsaParameters, UnparsedPublicKey,
};
use mta_sts::evidence::CertificateFault;
use tokio_rustls::rustls::pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, SignatureVerificationAlgorithm, TrustAnchor,
    UnixTime, alg_id,
};
use webpki::{EndEntityCert, KeyUsage, VerifiedPath};
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::objects::{oid_registry, oid2sn};
use x509_parser::oid_registry::OID_PKIX_ACCESS_DESCRIPTOR_CA_ISSUERS;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;
use x509_parser::x509::X509Name;

type Algorithms<'a> = &'a [&'static dyn SignatureVerificationAlgorithm];

/// What leads from a certificate to an authority.
pub(crate) struct Way<'w> {
    /// The authorities.
    pub(crate) anchors: &'w [TrustAnchor<'static>],
    /// What signatures are verified with.
    pub(crate) algorithms: Algorithms<'w>,
    /// The server's own certificate.
    pub(crate) leaf: &'w CertificateDer<'w>,
    /// The same, read.
    pub(crate) certificate: &'w X509Certificate<'w>,
    /// What the server sends along.
    pub(crate) others: &'w [CertificateDer<'w>],
    /// In seconds since 1970.
    pub(crate) now: i64,
}

/// Most days tried beside today.
const MAX_DAYS: usize = 24;

/// Where it leads.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    /// The subject of the authority, where it leads to one.
    pub(crate) anchor: Option<String>,
    /// The faults on it. What is wrong with the server's own certificate is not among them.
    pub(crate) faults: Vec<CertificateFault>,
    /// The certificates it leads over today, without fault.
    over: Vec<CertificateDer<'static>>,
}

impl Way<'_> {
    /// Looks where it leads.
    pub(crate) fn walk(&self) -> Walked {
        let to = |anchor, faults| Walked { anchor, faults, over: Vec::new() };
        let entity = match EndEntityCert::try_from(self.leaf) {
            Ok(entity) => entity,
            Err(error) => return to(None, vec![untrusted(in_words(&error))]),
        };
        // Tried at a time the certificate itself is valid at, so that its own end does not hide whether it is trusted.
        let (begin, end) = validity(self.certificate);
        let at = self.now.clamp(begin, end.max(begin));
        let strict = match self.path(&entity, self.algorithms, at) {
            Ok(path) => {
                let over = path.intermediate_certificates().map(|certificate| certificate.der().into_owned());
                let over = if at == self.now { over.collect() } else { Vec::new() };
                return Walked { over, ..to(Some(subject_of(&path)), self.faults_on(&path)) };
            }
            Err(error) => error,
        };
        let lenient: Vec<_> = self.algorithms.iter().copied().chain(LEGACY).collect();
        let of_days =
            matches!(strict, webpki::Error::CertExpired { .. } | webpki::Error::CertNotValidYet { .. });
        let mut days = vec![at];
        if of_days {
            days.extend(self.other_days(at, begin, end));
        }
        for day in days {
            if let Ok(path) = self.path(&entity, &lenient, day) {
                let mut faults = self.faults_on(&path);
                if faults.is_empty() {
                    faults.push(self.fault_of(&strict));
                }
                return to(Some(subject_of(&path)), faults);
            }
        }
        // What is not valid on another day is no fault of today's.
        let faults =
            if of_days && at != self.now { self.issuer_days() } else { vec![self.fault_of(&strict)] };
        to(None, faults)
    }

    /// What stands against the days of the certificate it was issued with, where it was sent along: a server may send another
    /// of the same name and key, which is valid.
    fn issuer_days(&self) -> Vec<CertificateFault> {
        let read = self.others.iter().filter_map(|der| X509Certificate::from_der(der).ok());
        let issuers =
            read.filter(|(_, other)| other.subject().as_raw() == self.certificate.issuer().as_raw());
        let mut faults = Vec::new();
        for (_, issuer) in issuers {
            match self.fault_of_days(&issuer) {
                Some(fault) => faults.push(fault),
                None => return Vec::new(),
            }
        }
        faults
    }

    /// Whether a certificate that is needed has ended, or has not begun.
    fn fault_of_days(&self, certificate: &X509Certificate<'_>) -> Option<CertificateFault> {
        let (not_before, not_after) = validity(certificate);
        let subject = Some(certificate.subject().to_string());
        if self.now > not_after {
            Some(CertificateFault::Expired { not_after, subject })
        } else if self.now < not_before {
            Some(CertificateFault::NotYetValid { not_before, subject })
        } else {
            None
        }
    }

    /// For each certificate sent along, whether the server's own can be verified with it as the only trust anchor
    /// (RFC 7672 §3.1.2). What it was seen to lead over need not be verified once more.
    pub(crate) fn anchoring(&self, walked: &Walked, most: usize) -> Vec<bool> {
        let Ok(entity) = EndEntityCert::try_from(self.leaf) else { return Vec::new() };
        let anchors = |other: &CertificateDer<'_>| {
            webpki::anchor_from_trusted_cert(other).is_ok_and(|anchor| {
                let way = Way { anchors: &[anchor.to_owned()], ..*self };
                way.path(&entity, self.algorithms, self.now).is_ok()
            })
        };
        let anchors = |other| walked.over.contains(other) || anchors(other);
        self.others.iter().take(most).map(anchors).collect()
    }

    fn path<'p>(
        &'p self,
        entity: &'p EndEntityCert<'p>,
        algorithms: Algorithms<'_>,
        at: i64,
    ) -> Result<VerifiedPath<'p>, webpki::Error> {
        let at = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(at).unwrap_or_default()));
        // A certificate for clients alone is a fault of its own; here it is asked whom it comes from.
        let usage = if for_clients_only(self.certificate) {
            KeyUsage::client_auth()
        } else {
            KeyUsage::server_auth()
        };
        entity.verify_for_usage(algorithms, self.anchors, self.others, at, usage, None, None)
    }

    /// The days something on the way begins or ends at, while the certificate itself is valid; the nearest first.
    fn other_days(&self, at: i64, begin: i64, end: i64) -> Vec<i64> {
        let read = self.others.iter().filter_map(|der| X509Certificate::from_der(der).ok());
        let days = read.flat_map(|(_, other)| <[i64; 2]>::from(validity(&other)));
        let mut days: Vec<i64> = days.chain([begin, end]).filter(|day| (begin..=end).contains(day)).collect();
        days.sort_unstable_by_key(|day| (day.abs_diff(at), *day));
        days.dedup();
        days.truncate(MAX_DAYS);
        days
    }

    /// Everything wrong today with what the way leads over, but for the server's own key, days and names.
    fn faults_on(&self, path: &VerifiedPath<'_>) -> Vec<CertificateFault> {
        let mut faults: Vec<_> = weak_signature(self.certificate)
            .map(|how| untrusted(format!("it is signed with {how}")))
            .into_iter()
            .collect();
        for der in path.intermediate_certificates().map(webpki::Cert::der) {
            let Ok((_, certificate)) = X509Certificate::from_der(&der) else { continue };
            let name = certificate.subject().to_string();
            faults.extend(self.fault_of_days(&certificate));
            let weak = weak_signature(&certificate).map(|how| format!("is signed with {how}"));
            let small = weak_key(&certificate).map(|how| format!("has {how}"));
            let of_issuer = |how| untrusted(format!("the certificate of {name}, which it needs, {how}"));
            faults.extend([weak, small].into_iter().flatten().map(of_issuer));
        }
        faults
    }

    /// What stands against it where no way was found.
    fn fault_of(&self, error: &webpki::Error) -> CertificateFault {
        let seconds = |time: &UnixTime| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        match error {
            webpki::Error::UnknownIssuer => match issuer_url(self.certificate) {
                Some(url) if self.others.iter().all(|other| other == self.leaf) => {
                    CertificateFault::MissingIntermediate {
                        issuer: self.certificate.issuer().to_string(),
                        url,
                    }
                }
                _ => CertificateFault::UnknownIssuer,
            },
            webpki::Error::CertExpired { not_after, .. } => {
                let not_after = seconds(not_after);
                CertificateFault::Expired { not_after, subject: self.subject_with(|_, end| end == not_after) }
            }
            webpki::Error::CertNotValidYet { not_before, .. } => {
                let not_before = seconds(not_before);
                let subject = self.subject_with(|begin, _| begin == not_before);
                CertificateFault::NotYetValid { not_before, subject }
            }
            error => untrusted(in_words(error)),
        }
    }

    /// The subject of the first certificate sent along with such a begin and end.
    fn subject_with(&self, fits: impl Fn(i64, i64) -> bool) -> Option<String> {
        let mut read = self.others.iter().filter_map(|der| X509Certificate::from_der(der).ok());
        let found = read.find(|(_, other)| {
            let (begin, end) = validity(other);
            fits(begin, end)
        });
        found.map(|(_, other)| other.subject().to_string())
    }
}

fn untrusted(why: impl Into<String>) -> CertificateFault {
    CertificateFault::Untrusted { why: why.into() }
}

/// What is wrong with the certificate of a server itself, beside its names and days: its usage and its key.
pub(crate) fn own_faults(certificate: &X509Certificate<'_>) -> Vec<CertificateFault> {
    let usage = for_clients_only(certificate)
        .then(|| untrusted("it is for TLS clients, not for servers (extended key usage)"));
    let key = weak_key(certificate).map(|how| untrusted(format!("it has {how}")));
    usage.into_iter().chain(key).collect()
}

/// Whether it is signed with the key that it certifies.
pub(crate) fn is_self_signed(certificate: &X509Certificate<'_>) -> bool {
    let own_issuer = certificate.subject().as_raw() == certificate.issuer().as_raw();
    let key = &certificate.public_key().subject_public_key.data;
    let signature = &certificate.signature_value.data;
    let signed = certificate.tbs_certificate.as_ref();
    let verifies = || {
        certificate.verify_signature(None).is_ok()
            || LEGACY.iter().any(|legacy| legacy.verify_signature(key, signed, signature).is_ok())
    };
    own_issuer && verifies()
}

/// Whether it names the usages it is for (RFC 5280 §4.2.1.12), and TLS clients are among them and TLS servers not.
fn for_clients_only(certificate: &X509Certificate<'_>) -> bool {
    let usage = certificate.extended_key_usage().ok().flatten();
    usage.is_some_and(|usage| usage.value.client_auth && !usage.value.server_auth)
}

/// Fewest bits of an RSA key that aws-lc-rs verifies signatures with (its `RSA_PSS_2048_8192_*`).
const MIN_RSA: usize = 2048;

pub(crate) fn weak_key(certificate: &X509Certificate<'_>) -> Option<String> {
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) if key.key_size() < MIN_RSA => Some(format!(
            "an RSA key of {} bits, and TLS libraries of today take no fewer than {MIN_RSA}",
            key.key_size()
        )),
        _ => None,
    }
}

/// The algorithm it is signed with, where that is a hash for which collisions can be found.
fn weak_signature(certificate: &X509Certificate<'_>) -> Option<String> {
    let oid = &certificate.signature_algorithm.algorithm;
    let name = oid2sn(oid, oid_registry()).ok()?;
    let lower = name.to_ascii_lowercase();
    let weak = ["sha1", "md5", "md2"].iter().any(|hash| lower.contains(hash));
    weak.then(|| format!("{name}, which TLS libraries of today take no more"))
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

/// Begin and end, in seconds since 1970.
pub(crate) fn validity(certificate: &X509Certificate<'_>) -> (i64, i64) {
    let validity = certificate.validity();
    (validity.not_before.timestamp(), validity.not_after.timestamp())
}

/// The subject of the authority a path ends at.
fn subject_of(path: &VerifiedPath<'_>) -> String {
    // A trust anchor keeps the content of its DER `Name` alone.
    let content: &[u8] = &path.anchor().subject;
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

/// RSA with PKCS#1 padding, with SHA-1 or with a key below 2048 bits. It is only asked where a way was not found without.
#[derive(Debug)]
struct Legacy {
    parameters: &'static RsaParameters,
    signature: AlgorithmIdentifier,
}

/// `sha1WithRSAEncryption` (RFC 8017 appendix C).
const SHA1_WITH_RSA: AlgorithmIdentifier =
    AlgorithmIdentifier::from_slice(&[6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 5, 5, 0]);

const LEGACY: [&dyn SignatureVerificationAlgorithm; 2] = [
    &Legacy { parameters: &RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, signature: SHA1_WITH_RSA },
    &Legacy {
        parameters: &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        signature: alg_id::RSA_PKCS1_SHA256,
    },
];

impl SignatureVerificationAlgorithm for Legacy {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let key = UnparsedPublicKey::new(self.parameters, public_key);
        key.verify(message, signature).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::RSA_ENCRYPTION
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.signature
    }
}

fn in_words(error: &webpki::Error) -> String {
    match error {
        webpki::Error::CaUsedAsEndEntity => {
            "it is the certificate of an authority (CA:TRUE), not of a server".into()
        }
        webpki::Error::RequiredEkuNotFoundContext(_) => {
            "it, or a certificate it needs, is not for TLS servers (extended key usage)".into()
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
        webpki::Error::MaximumPathDepthExceeded => {
            "more intermediate certificates lead to an authority than are followed (six)".into()
        }
        webpki::Error::MaximumSignatureChecksExceeded | webpki::Error::MaximumPathBuildCallsExceeded => {
            "too many certificates could be its issuer's to try them all".into()
        }
        webpki::Error::UnsupportedCriticalExtension => {
            "it has a critical extension that is not understood".into()
        }
        other => format!("{other:?}"),
    }
}
