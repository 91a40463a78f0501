//! What was worked out of certificates once: an authority's intermediate certificate comes with every server it issued for, and a
//! server shows its chain at each connection. Whether a signature fits and what a certificate says never changes, so nothing is lost
//! by remembering.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use ::aws_lc_rs::digest::{Context, SHA256};
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{
    AlgorithmIdentifier, FipsStatus, InvalidSignature, SignatureVerificationAlgorithm,
};

/// Things by the SHA-256 of what they were worked out of.
#[derive(Debug)]
pub(crate) struct Memory<T> {
    /// Most that are remembered; then all are forgotten.
    most: usize,
    known: LazyLock<Mutex<HashMap<[u8; 32], T>>>,
}

impl<T: Clone> Memory<T> {
    pub(crate) const fn new(most: usize) -> Self {
        Self { most, known: LazyLock::new(Mutex::default) }
    }

    /// What is remembered under a key.
    pub(crate) fn get(&self, key: &[u8; 32]) -> Option<T> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// Remembers something under a key.
    pub(crate) fn keep(&self, key: [u8; 32], thing: T) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= self.most {
            known.clear();
        }
        known.insert(key, thing);
    }
}

/// What was verified, by algorithm, key, message and signature.
static VERIFIED: Memory<()> = Memory::new(16_384);

static REMEMBERING: LazyLock<Vec<Remembering>> = LazyLock::new(|| {
    let all = aws_lc_rs::default_provider().signature_verification_algorithms.all;
    all.iter().map(|algorithm| Remembering(*algorithm)).collect()
});

/// An algorithm that remembers which signatures fit.
#[derive(Debug)]
struct Remembering(&'static dyn SignatureVerificationAlgorithm);

/// The algorithms that signatures on certificates are verified with.
pub(crate) fn algorithms() -> Vec<&'static dyn SignatureVerificationAlgorithm> {
    let all: &'static [Remembering] = &REMEMBERING;
    all.iter().map(|algorithm| -> &'static dyn SignatureVerificationAlgorithm { algorithm }).collect()
}

impl SignatureVerificationAlgorithm for Remembering {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let mut context = Context::new(&SHA256);
        let algorithms = [self.0.public_key_alg_id(), self.0.signature_alg_id()];
        let parts = [algorithms[0].as_ref(), algorithms[1].as_ref(), public_key, message, signature];
        for part in parts {
            // With its length, so that no octet moves from one part to the next.
            context.update(&part.len().to_be_bytes());
            context.update(part);
        }
        let digest: Option<[u8; 32]> = context.finish().as_ref().try_into().ok();
        if digest.and_then(|digest| VERIFIED.get(&digest)).is_some() {
            return Ok(());
        }
        self.0.verify_signature(public_key, message, signature)?;
        if let Some(digest) = digest {
            VERIFIED.keep(digest, ());
        }
        Ok(())
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.0.public_key_alg_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.0.signature_alg_id()
    }

    fn fips_status(&self) -> FipsStatus {
        self.0.fips_status()
    }
}

#[cfg(test)]
mod tests {
    use ::aws_lc_rs::rand::SystemRandom;
    use ::aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};

    use super::*;

    #[test]
    fn what_was_changed_is_not_remembered() {
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key");
        let (key, message) = (pair.public_key().as_ref().to_vec(), b"to be signed".to_vec());
        let signature = pair.sign(&random, &message).expect("a signature").as_ref().to_vec();
        let fits = |key: &[u8], message: &[u8], signature: &[u8]| {
            algorithms().iter().filter(|one| one.verify_signature(key, message, signature).is_ok()).count()
        };
        let first = fits(&key, &message, &signature);
        assert!(first > 0);
        assert_eq!(fits(&key, &message, &signature), first, "the same once more");
        for at in 0..signature.len() {
            let mut changed = signature.clone();
            changed[at] ^= 1;
            assert_eq!(fits(&key, &message, &changed), 0, "{at}");
        }
        let mut longer = message.clone();
        longer.push(signature[0]);
        assert_eq!(fits(&key, &longer, &signature[1..]), 0);
        assert_eq!(fits(&key, b"another", &signature), 0);
        assert_eq!(fits(&key[1..], &message, &signature), 0);
    }
}
