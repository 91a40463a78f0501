//! The certificates of the zoo: one authority with an intermediate, a stranger, and every way a
//! server's certificate can be wrong.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, PublicKeyData, SigningKey, date_time_ymd,
};
use time::{Duration, OffsetDateTime};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{DEFAULT_VERSIONS, ServerConfig, SupportedProtocolVersion};

/// What is right or wrong with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cert {
    /// As it should be, with the intermediate sent along.
    Good,
    /// For `*.` and the name: shared by many hosts.
    Wildcard,
    /// Ended in 2020.
    Expired,
    /// Ends in five days.
    EndsSoon,
    /// Begins in a year.
    NotYet,
    /// For another host.
    OtherName,
    /// The name stands in the common name only.
    CommonNameOnly,
    /// Signed by itself, with `CA:TRUE`, as `openssl req -x509` makes it.
    SelfSigned,
    /// Of X.509 version 1, which has no extensions and so no names, and signed by itself.
    Version1,
    /// From an authority nobody knows.
    Stranger,
    /// The intermediate is not sent.
    NoIntermediate,
}

pub(crate) struct Pki {
    root: CertifiedIssuer<'static, KeyPair>,
    intermediate: CertifiedIssuer<'static, KeyPair>,
    stranger: CertifiedIssuer<'static, KeyPair>,
}

/// Chooses a certificate by whether the client names a server.
#[derive(Debug)]
struct ByName {
    named: Arc<CertifiedKey>,
    nameless: Arc<CertifiedKey>,
}

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(if hello.server_name().is_some() { &self.named } else { &self.nameless }))
    }
}

/// A key and the chain that goes with it.
pub(crate) struct Identity {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Identity {
    pub(crate) fn acceptor(&self, alpn: &[&[u8]]) -> TlsAcceptor {
        let mut config = self.config(DEFAULT_VERSIONS, None);
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        TlsAcceptor::from(Arc::new(config))
    }

    /// The same, with those versions alone, and with `nameless` for clients that send no server name.
    pub(crate) fn acceptor_of(
        &self,
        versions: &[&'static SupportedProtocolVersion],
        nameless: Option<&Self>,
    ) -> TlsAcceptor {
        TlsAcceptor::from(Arc::new(self.config(versions, nameless)))
    }

    fn config(
        &self,
        versions: &[&'static SupportedProtocolVersion],
        nameless: Option<&Self>,
    ) -> ServerConfig {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let by_name = ByName { named: self.certified(), nameless: nameless.unwrap_or(self).certified() };
        ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .expect("the provider has TLS 1.2 and 1.3")
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(by_name))
    }

    /// Not looked at by rustls, which would refuse to serve some of them.
    fn certified(&self) -> Arc<CertifiedKey> {
        let provider = aws_lc_rs::default_provider();
        let key = provider.key_provider.load_private_key(self.key.clone_key()).expect("a key");
        Arc::new(CertifiedKey::new(self.chain.clone(), key))
    }
}

impl Pki {
    pub(crate) fn new() -> Self {
        let root = CertifiedIssuer::self_signed(authority("Zoo Root"), key()).expect("a root");
        let intermediate =
            CertifiedIssuer::signed_by(authority("Zoo Intermediate"), key(), &root).expect("an intermediate");
        let stranger = CertifiedIssuer::self_signed(authority("Nobody's Root"), key()).expect("a stranger");
        Self { root, intermediate, stranger }
    }

    pub(crate) fn ca_pem(&self) -> String {
        self.root.pem()
    }

    pub(crate) fn issue(&self, cert: Cert, host: &str) -> Identity {
        let key = key();
        let params = leaf(cert, host);
        if cert == Cert::Version1 {
            let chain = vec![version_1(host, &key)];
            return Identity { chain, key: PrivatePkcs8KeyDer::from(key.serialize_der()).into() };
        }
        let own = match cert {
            Cert::SelfSigned => params.self_signed(&key),
            Cert::Stranger => params.signed_by(&key, &self.stranger),
            _ => params.signed_by(&key, &self.intermediate),
        };
        let mut chain = vec![own.expect("a certificate").der().clone()];
        if !matches!(cert, Cert::SelfSigned | Cert::Stranger | Cert::NoIntermediate) {
            chain.push(self.intermediate.der().clone());
        }
        Identity { chain, key: PrivatePkcs8KeyDer::from(key.serialize_der()).into() }
    }
}

/// A certificate as `openssl x509 -req -signkey` makes it, which rcgen does not: RFC 5280 §4.1 without
/// version and extensions.
fn version_1(host: &str, key: &KeyPair) -> CertificateDer<'static> {
    const SEQUENCE: u8 = 0x30;
    const SET: u8 = 0x31;
    /// `ecdsa-with-SHA256`
    const ALGORITHM: &[u8] = &[0x30, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02];
    /// `id-at-commonName`
    const COMMON_NAME: &[u8] = &[0x06, 0x03, 0x55, 0x04, 0x03];
    let utf8 = der(0x0C, &[host.as_bytes()]);
    let name = der(SEQUENCE, &[&der(SET, &[&der(SEQUENCE, &[COMMON_NAME, &utf8])])]);
    let time = |time: OffsetDateTime| {
        let (year, month, day) = time.to_calendar_date();
        der(0x17, &[format!("{:02}{:02}{day:02}000000Z", year % 100, u8::from(month)).as_bytes()])
    };
    let now = OffsetDateTime::now_utc();
    let validity = der(SEQUENCE, &[&time(now - Duration::days(1)), &time(now + Duration::days(90))]);
    let serial = der(0x02, &[&[1]]);
    let public_key = key.subject_public_key_info();
    let signed = der(SEQUENCE, &[&serial, ALGORITHM, &name, &validity, &name, &public_key]);
    let signature = key.sign(&signed).expect("a signature");
    der(SEQUENCE, &[&signed, ALGORITHM, &der(0x03, &[&[0], &signature])]).into()
}

/// A DER value (X.690 §8.1): tag, length, contents.
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let contents = parts.concat();
    let length = u16::try_from(contents.len()).expect("less than 64 KiB").to_be_bytes();
    let mut value = vec![tag];
    match length {
        [0, short @ ..128] => value.push(short),
        [0, long] => value.extend([0x81, long]),
        [high, low] => value.extend([0x82, high, low]),
    }
    value.extend(contents);
    value
}

fn key() -> KeyPair {
    KeyPair::generate().expect("a key")
}

fn named(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}

fn params(names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("names");
    // Browsers refuse certificates that are valid for more than 398 days.
    let now = OffsetDateTime::now_utc();
    (params.not_before, params.not_after) = (now - Duration::days(1), now + Duration::days(90));
    params
}

fn authority(name: &str) -> CertificateParams {
    let mut params = params(&[]);
    params.not_after = OffsetDateTime::now_utc() + Duration::days(3650);
    params.distinguished_name = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn leaf(cert: Cert, host: &str) -> CertificateParams {
    let wildcard = format!("*.{host}");
    let mut params = match cert {
        Cert::OtherName => params(&["www.another.zoo.test", "another.zoo.test"]),
        Cert::CommonNameOnly => params(&[]),
        Cert::Wildcard => params(&[&wildcard]),
        _ => params(&[host]),
    };
    params.distinguished_name = named(if cert == Cert::OtherName { "another.zoo.test" } else { host });
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let now = OffsetDateTime::now_utc();
    match cert {
        Cert::Expired => {
            (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2020, 3, 31));
        }
        Cert::NotYet => {
            (params.not_before, params.not_after) = (now + Duration::days(365), now + Duration::days(455));
        }
        Cert::EndsSoon => {
            (params.not_before, params.not_after) = (now - Duration::days(85), now + Duration::days(5));
        }
        Cert::SelfSigned => {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.extended_key_usages.clear();
        }
        _ => {}
    }
    if !matches!(cert, Cert::SelfSigned | Cert::Stranger) {
        params.custom_extensions = vec![where_the_issuer_is("http://pki.zoo.test/intermediate.der")];
    }
    params
}

/// Authority information access (RFC 5280 §4.2.2.1), as public authorities put it into what they issue.
fn where_the_issuer_is(url: &str) -> CustomExtension {
    /// `id-ad-caIssuers`
    const CA_ISSUERS: &[u8] = &[0x06, 0x08, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x02];
    let access = der(0x30, &[CA_ISSUERS, &der(0x86, &[url.as_bytes()])]);
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], der(0x30, &[&access]))
}
