//! Certificates and keys that are too weak for the libraries of today to make.

use std::fmt;

use rcgen::{
    CertificateParams, CertifiedIssuer, KeyPair, PKCS_RSA_SHA256, PublicKeyData, RsaKeySize,
    SignatureAlgorithm,
};
use rsa::RsaPrivateKey;
use rsa::pkcs1::EncodeRsaPublicKey;
use rsa::pkcs8::DecodePrivateKey;
use rsa::rand_core::OsRng;
use rsa::sha2::Sha256;
use rsa::signature::{RandomizedSigner, SignatureEncoding, Signer as _};
use sha1::Sha1;
use tokio_rustls::rustls;
use tokio_rustls::rustls::SignatureScheme;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::sign::Signer;

use super::by_hand::der;

/// An RSA key of 1024 bits, which signs handshakes as any other does.
#[derive(Clone)]
pub(super) struct Rsa1024 {
    key: RsaPrivateKey,
    public: Vec<u8>,
}

impl Rsa1024 {
    pub(super) fn new() -> Self {
        let key = RsaPrivateKey::new(&mut OsRng, 1024).expect("a key");
        let public = key.to_public_key().to_pkcs1_der().expect("a public key").as_bytes().to_vec();
        Self { key, public }
    }
}

impl fmt::Debug for Rsa1024 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rsa1024").finish_non_exhaustive()
    }
}

impl PublicKeyData for Rsa1024 {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_RSA_SHA256
    }
}

impl rustls::sign::SigningKey for Rsa1024 {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        offered.contains(&self.scheme()).then(|| -> Box<dyn Signer> { Box::new(self.clone()) })
    }

    fn algorithm(&self) -> rustls::SignatureAlgorithm {
        rustls::SignatureAlgorithm::RSA
    }
}

impl Signer for Rsa1024 {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        let key = rsa::pss::SigningKey::<Sha256>::new(self.key.clone());
        let signature = key.try_sign_with_rng(&mut OsRng, message);
        signature
            .map(|signature| signature.to_vec())
            .map_err(|error| rustls::Error::General(error.to_string()))
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::RSA_PSS_SHA256
    }
}

/// An authority with an RSA key that signs with SHA-1.
pub(super) struct Sha1Issuer {
    issuer: CertifiedIssuer<'static, KeyPair>,
    key: rsa::pkcs1v15::SigningKey<Sha1>,
}

/// `sha256WithRSAEncryption` and `sha1WithRSAEncryption` (RFC 8017 appendix C), which differ in one octet.
const SHA256_WITH_RSA: [u8; 15] = [0x30, 13, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 11, 5, 0];
const SHA1_WITH_RSA: [u8; 15] = [0x30, 13, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 5, 5, 0];

impl Sha1Issuer {
    pub(super) fn new(params: CertificateParams, root: &CertifiedIssuer<'static, KeyPair>) -> Self {
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).expect("a key");
        let own = RsaPrivateKey::from_pkcs8_der(&key.serialize_der()).expect("the same key");
        let issuer = CertifiedIssuer::signed_by(params, key, root).expect("an intermediate");
        Self { issuer, key: rsa::pkcs1v15::SigningKey::new(own) }
    }

    /// The chain of a certificate for `key`: signed by the library with SHA-256, and again by us with SHA-1.
    pub(super) fn issue(&self, params: &CertificateParams, key: &KeyPair) -> Vec<CertificateDer<'static>> {
        let signed = params.signed_by(key, &self.issuer).expect("a certificate");
        // Two heads of four octets: of the certificate, and of what is signed.
        let certificate = signed.der().as_ref();
        let length = usize::from(u16::from_be_bytes([certificate[6], certificate[7]]));
        let mut to_sign = certificate[4..8 + length].to_vec();
        let at = to_sign.windows(15).position(|part| part == SHA256_WITH_RSA).expect("signed with RSA");
        to_sign[at..at + 15].copy_from_slice(&SHA1_WITH_RSA);
        let signature = self.key.sign(&to_sign).to_vec();
        let own = der(0x30, &[&to_sign, &SHA1_WITH_RSA, &der(0x03, &[&[0], &signature])]);
        vec![own.into(), self.issuer.der().clone()]
    }
}
