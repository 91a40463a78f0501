//! TLS as a client that lets every handshake finish and then looks at what it was shown.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;

use mta_sts::evidence::TlsSeen;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::Resumption;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::version::TLS12;
use tokio_rustls::rustls::{
    self, AlertDescription, ClientConfig, DigitallySignedStruct, InvalidMessage, PeerIncompatible,
    SignatureScheme, SupportedProtocolVersion,
};

use crate::trust::{self, Judged, Trust};

/// Makes TLS connections.
#[derive(Clone, Debug)]
pub struct Tls {
    trust: Trust,
    smtp: Arc<ClientConfig>,
    https: Arc<ClientConfig>,
    nameless: Arc<ClientConfig>,
    tls12: Arc<ClientConfig>,
    verified: Arc<ClientConfig>,
    verified_http1: Arc<ClientConfig>,
}

/// What a connection is for: HTTPS names its protocols, SMTP names none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// STARTTLS.
    Smtp,
    /// HTTP/2 or HTTP/1.1.
    Https,
    /// STARTTLS without a server name (RFC 6066 §3), as some senders that do not honour MTA-STS connect.
    Nameless,
    /// STARTTLS, with TLS 1.2 alone.
    Tls12,
}

/// A handshake that failed, though not by the certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandshakeError {
    /// The alert or error, in words.
    pub detail: String,
    /// Whether the server answered that it speaks none of the versions offered.
    pub old_version: bool,
}

impl Tls {
    /// Connections that judge certificates by `trust`.
    #[must_use]
    pub fn new(trust: Trust) -> Self {
        let offering = |versions: &[&'static SupportedProtocolVersion]| {
            ClientConfig::builder_with_provider(trust.provider())
                .with_protocol_versions(versions)
                .unwrap_or_else(|error| unreachable!("the provider has TLS 1.2 and 1.3: {error}"))
        };
        let builder = || offering(rustls::DEFAULT_VERSIONS);
        let finish = |mut config: ClientConfig, alpn: &[&[u8]]| {
            config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
            // Every connection is to show the whole certificate.
            config.resumption = Resumption::disabled();
            Arc::new(config)
        };
        let looking = |versions: &[&'static SupportedProtocolVersion], alpn: &[&[u8]], named: bool| {
            let accept = Arc::new(AcceptAll(trust.provider()));
            let config = offering(versions).dangerous().with_custom_certificate_verifier(accept);
            let mut config = config.with_no_client_auth();
            config.enable_sni = named;
            finish(config, alpn)
        };
        let https: &[&[u8]] = &[b"h2", b"http/1.1"];
        let verified = builder().with_root_certificates(trust.roots()).with_no_client_auth();
        Self {
            smtp: looking(rustls::DEFAULT_VERSIONS, &[], true),
            https: looking(rustls::DEFAULT_VERSIONS, https, true),
            nameless: looking(rustls::DEFAULT_VERSIONS, &[], false),
            tls12: looking(&[&TLS12], &[], true),
            verified_http1: finish(verified.clone(), &[b"http/1.1"]),
            verified: finish(verified, https),
            trust,
        }
    }

    /// The handshake with a server that is not looked at but relied on, such as a DoH resolver: its
    /// certificate must be valid for `host`, a name or an address.
    ///
    /// # Errors
    /// Why it cannot be relied on.
    pub async fn connect_verified(
        &self,
        host: &str,
        stream: TcpStream,
    ) -> Result<TlsStream<TcpStream>, String> {
        self.verified_over(&self.verified, host, stream).await
    }

    /// The same, for HTTP/1.1 alone.
    ///
    /// # Errors
    /// Why the server cannot be relied on.
    pub async fn connect_verified_http1(
        &self,
        host: &str,
        stream: TcpStream,
    ) -> Result<TlsStream<TcpStream>, String> {
        self.verified_over(&self.verified_http1, host, stream).await
    }

    async fn verified_over(
        &self,
        config: &Arc<ClientConfig>,
        host: &str,
        stream: TcpStream,
    ) -> Result<TlsStream<TcpStream>, String> {
        let name = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
        let connector = TlsConnector::from(Arc::clone(config));
        connector.connect(name, stream).await.map_err(|error| error.to_string())
    }

    /// The handshake with `host`, whose name is sent as SNI (RFC 8461 §3.3, RFC 6066 §3), and what was
    /// seen of it. A host whose name cannot be an SNI is asked for by its address, without one.
    ///
    /// # Errors
    /// A handshake that fails for anything but the certificate.
    pub async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        purpose: Purpose,
        host: &str,
        address: IpAddr,
        stream: S,
    ) -> Result<(TlsStream<S>, TlsSeen), HandshakeError> {
        let name = ServerName::try_from(host.to_owned()).unwrap_or_else(|_| ServerName::from(address));
        let config = match purpose {
            Purpose::Smtp => &self.smtp,
            Purpose::Https => &self.https,
            Purpose::Nameless => &self.nameless,
            Purpose::Tls12 => &self.tls12,
        };
        let stream = TlsConnector::from(Arc::clone(config)).connect(name, stream).await;
        let stream = stream.map_err(|error| HandshakeError::of(&error))?;
        let connection = stream.get_ref().1;
        let chain = connection.peer_certificates().unwrap_or_default();
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let Judged { chain, faults, anchor } =
            self.trust.judge(chain, host, now.map_or(0, |now| now.as_secs()));
        let version = match connection.protocol_version() {
            Some(rustls::ProtocolVersion::TLSv1_2) => "TLSv1.2",
            Some(rustls::ProtocolVersion::TLSv1_3) => "TLSv1.3",
            _ => "",
        };
        let cipher = connection.negotiated_cipher_suite();
        let cipher = cipher.map_or_else(String::new, |suite| format!("{:?}", suite.suite()));
        // IANA writes TLS 1.3 suites without the number that rustls puts in.
        let cipher = cipher.replacen("TLS13_", "TLS_", 1);
        Ok((stream, TlsSeen { version: version.into(), cipher, chain, faults, anchor }))
    }
}

impl HandshakeError {
    fn of(error: &io::Error) -> Self {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        let old_version = matches!(
            inner,
            Some(
                rustls::Error::AlertReceived(AlertDescription::ProtocolVersion)
                    | rustls::Error::PeerIncompatible(
                        PeerIncompatible::ServerDoesNotSupportTls12Or13
                            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
                    )
            )
        );
        let detail = match inner {
            Some(rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType)) => {
                "the server answers with something that is not TLS".into()
            }
            Some(error) => error.to_string(),
            None if error.kind() == io::ErrorKind::UnexpectedEof => "the server closes the connection".into(),
            None => error.to_string(),
        };
        Self { detail, old_version }
    }
}

/// Lets every certificate through, and still asks for proof that the server has its key. Where the
/// certificate itself makes that proof impossible to check, the handshake goes on: [`Trust::judge`]
/// finds fault with such a certificate, and that fault is what there is to tell.
#[derive(Debug)]
struct AcceptAll(Arc<CryptoProvider>);

impl AcceptAll {
    fn judged(
        proof: Result<HandshakeSignatureValid, rustls::Error>,
        cert: &CertificateDer<'_>,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        proof.or_else(|error| {
            if trust::is_unusable(cert) { Ok(HandshakeSignatureValid::assertion()) } else { Err(error) }
        })
    }
}

impl ServerCertVerifier for AcceptAll {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let proof = verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms);
        Self::judged(proof, cert)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let proof = verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms);
        Self::judged(proof, cert)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
