//! The certificates of the zoo: one authority with an intermediate, a stranger, and every way a
//! server's certificate can be wrong.

mod by_hand;
mod weak;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, PublicKeyData, SanType, date_time_ymd,
};
use time::{Duration, OffsetDateTime};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use tokio_rustls::rustls::sign::{CertifiedKey, SigningKey};
use tokio_rustls::rustls::{
    ConfigBuilder, DEFAULT_VERSIONS, ServerConfig, SupportedProtocolVersion, WantsVerifier,
};

use by_hand::{der, version_1};

/// What is right or wrong with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cert {
    /// As it should be, with the intermediate sent along.
    Good,
    /// For `*.` and the domain: shared by many hosts.
    Wildcard,
    /// Ended in 2020.
    Expired,
    /// Ends in five days.
    EndsSoon,
    /// Begins in a year.
    NotYet,
    /// For another host.
    OtherName,
    /// For another host, and ended in 2020.
    ExpiredOtherName,
    /// For an address alone.
    AddressOnly,
    /// For two thousand names, with the right one as the last.
    ManyNames,
    /// For names that are none: with NUL, line ends and terminal codes in them, and a very long one.
    OddNames,
    /// For TLS clients, not servers.
    ClientOnly,
    /// With an RSA key of 1024 bits.
    Rsa1024,
    /// Signed with SHA-1.
    Sha1,
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
    /// The intermediate ended in 2020.
    ExpiredIntermediate,
    /// Thirty-eight certificates that have nothing to do with it stand between it and the intermediate.
    HugeChain,
}

/// The root that is trusted.
#[derive(Clone)]
pub(crate) struct Roots(pub(crate) CertificateDer<'static>);

pub(crate) struct Pki {
    root: CertifiedIssuer<'static, KeyPair>,
    intermediate: CertifiedIssuer<'static, KeyPair>,
    expired_intermediate: CertifiedIssuer<'static, KeyPair>,
    stranger: CertifiedIssuer<'static, KeyPair>,
    old: weak::Sha1Issuer,
}

/// A key and the chain that goes with it.
pub(crate) struct Identity {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    key: Arc<dyn SigningKey>,
    public_key_info: Vec<u8>,
}

/// What is shown, to a client that names a host and to one that does not. Not looked at by rustls, which would
/// refuse to serve some of it.
#[derive(Debug)]
struct Shown {
    named: Arc<CertifiedKey>,
    nameless: Arc<CertifiedKey>,
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(if hello.server_name().is_some() { &self.named } else { &self.nameless }))
    }
}

impl Identity {
    fn new(chain: Vec<CertificateDer<'static>>, key: &KeyPair) -> Self {
        let der = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
        let public_key_info = key.subject_public_key_info();
        let key = aws_lc_rs::default_provider().key_provider.load_private_key(der).expect("a key");
        Self { chain, key, public_key_info }
    }

    /// The `SubjectPublicKeyInfo` of the server's own certificate, whole (RFC 5280 §4.1).
    pub(crate) fn public_key_info(&self) -> Vec<u8> {
        self.public_key_info.clone()
    }

    /// The beginning of every server's configuration.
    pub(crate) fn config(
        versions: &[&'static SupportedProtocolVersion],
    ) -> ConfigBuilder<ServerConfig, WantsVerifier> {
        ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(versions)
            .expect("the provider has TLS 1.2 and 1.3")
    }

    /// Shows this, and `nameless` to clients that name no host.
    pub(crate) fn resolver(self, nameless: Option<Self>) -> Arc<dyn ResolvesServerCert> {
        let named = Arc::new(CertifiedKey::new(self.chain, self.key));
        let nameless = nameless.map(|other| Arc::new(CertifiedKey::new(other.chain, other.key)));
        Arc::new(Shown { nameless: nameless.unwrap_or_else(|| Arc::clone(&named)), named })
    }

    /// Has no session remembered: a cache for each server would grow for hours. Tickets are sent all the same, as they
    /// keep the session with the client.
    pub(crate) fn without_sessions(config: &mut ServerConfig) {
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.ticketer = aws_lc_rs::Ticketer::new().expect("random numbers");
    }

    pub(crate) fn acceptor(self, alpn: &[&[u8]]) -> TlsAcceptor {
        let builder = Self::config(DEFAULT_VERSIONS).with_no_client_auth();
        let mut config = builder.with_cert_resolver(self.resolver(None));
        Self::without_sessions(&mut config);
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        TlsAcceptor::from(Arc::new(config))
    }
}

impl Pki {
    pub(crate) fn new() -> Self {
        let root = CertifiedIssuer::self_signed(authority("Zoo Root"), key()).expect("a root");
        let below_root = |params| CertifiedIssuer::signed_by(params, key(), &root).expect("an intermediate");
        let mut expired = authority("Zoo Intermediate of 2019");
        (expired.not_before, expired.not_after) = (date_time_ymd(2019, 1, 1), date_time_ymd(2020, 12, 31));
        Self {
            intermediate: below_root(authority("Zoo Intermediate")),
            expired_intermediate: below_root(expired),
            stranger: CertifiedIssuer::self_signed(authority("Nobody's Root"), key()).expect("a stranger"),
            old: weak::Sha1Issuer::new(authority("Zoo Intermediate with RSA"), &root),
            root,
        }
    }

    pub(crate) fn ca_pem(&self) -> String {
        self.root.pem()
    }

    pub(crate) fn roots(&self) -> Roots {
        Roots(self.root.der().clone())
    }

    /// A certificate for `host`, a name in `domain`.
    pub(crate) fn issue(&self, cert: Cert, host: &str, domain: &str) -> Identity {
        let key = key();
        let params = leaf(cert, host, domain);
        let intermediate = self.intermediate.der();
        let own = match cert {
            Cert::Version1 => return Identity::new(vec![version_1(host, &key)], &key),
            Cert::Rsa1024 => {
                let weak = weak::Rsa1024::new();
                let own = params.signed_by(&weak, &self.intermediate).expect("a certificate");
                let chain = vec![own.der().clone(), intermediate.clone()];
                let public_key_info = weak.subject_public_key_info();
                return Identity { chain, key: Arc::new(weak), public_key_info };
            }
            Cert::Sha1 => return Identity::new(self.old.issue(&params, &key), &key),
            Cert::SelfSigned => params.self_signed(&key),
            Cert::Stranger => params.signed_by(&key, &self.stranger),
            Cert::ExpiredIntermediate => params.signed_by(&key, &self.expired_intermediate),
            _ => params.signed_by(&key, &self.intermediate),
        };
        let own = own.expect("a certificate").der().clone();
        let others = match cert {
            Cert::SelfSigned | Cert::Stranger | Cert::NoIntermediate => Vec::new(),
            Cert::ExpiredIntermediate => vec![self.expired_intermediate.der().clone()],
            Cert::HugeChain => {
                let mut others = vec![self.stranger.der().clone(); 38];
                others.push(intermediate.clone());
                others
            }
            _ => vec![intermediate.clone()],
        };
        Identity::new([vec![own], others].concat(), &key)
    }
}

fn key() -> KeyPair {
    KeyPair::generate().expect("a key")
}

fn named(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}

fn params() -> CertificateParams {
    let mut params = CertificateParams::default();
    // Browsers refuse certificates that are valid for more than 398 days.
    let now = OffsetDateTime::now_utc();
    (params.not_before, params.not_after) = (now - Duration::days(1), now + Duration::days(90));
    params
}

fn authority(name: &str) -> CertificateParams {
    let mut params = params();
    params.not_after = OffsetDateTime::now_utc() + Duration::days(3650);
    params.distinguished_name = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// The names of a certificate for `host`, a name in `domain`.
fn names(cert: Cert, host: &str, domain: &str) -> Vec<SanType> {
    let dns = |name: &str| SanType::DnsName(Ia5String::try_from(name).expect("ASCII"));
    match cert {
        Cert::OtherName | Cert::ExpiredOtherName => {
            vec![dns("www.another.zoo.test"), dns("another.zoo.test")]
        }
        Cert::CommonNameOnly => Vec::new(),
        Cert::Wildcard => vec![dns(&format!("*.{domain}"))],
        Cert::AddressOnly => vec![SanType::IpAddress(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 25)))],
        Cert::ManyNames => {
            let others = (1..2000).map(|number| dns(&format!("n{number}.another.zoo.test")));
            others.chain([dns(host)]).collect()
        }
        Cert::OddNames => vec![
            dns(&format!("{host}\0.another.zoo.test")),
            dns(&format!("\0{host}")),
            dns(&format!("{host}\r\n")),
            dns("\u{1b}[31mred\u{7}"),
            dns("<script>document.title='owned'</script>"),
            dns(""),
            dns(&"x".repeat(5000)),
            dns(&"a.".repeat(5000)),
        ],
        _ => vec![dns(host)],
    }
}

fn leaf(cert: Cert, host: &str, domain: &str) -> CertificateParams {
    let mut params = params();
    params.subject_alt_names = names(cert, host, domain);
    let other = matches!(cert, Cert::OtherName | Cert::ExpiredOtherName);
    params.distinguished_name = named(if other { "another.zoo.test" } else { host });
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let now = OffsetDateTime::now_utc();
    match cert {
        Cert::Expired | Cert::ExpiredOtherName => {
            (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2020, 3, 31));
        }
        Cert::NotYet => {
            (params.not_before, params.not_after) = (now + Duration::days(365), now + Duration::days(455));
        }
        Cert::EndsSoon => {
            // Half a day more, so that it is five whole days for as long as the zoo is open.
            let end = now + Duration::days(5) + Duration::hours(12);
            (params.not_before, params.not_after) = (now - Duration::days(85), end);
        }
        Cert::ClientOnly => params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth],
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
