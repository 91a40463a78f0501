//! The handshake behind STARTTLS, as it should be and otherwise.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::server::TlsStream;

use crate::old_tls;
use crate::pki::{Identity, Roots};

/// How the handshake goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handshake {
    /// With TLS 1.2 or 1.3.
    Works,
    /// With TLS 1.2 alone.
    Tls12,
    /// With TLS 1.3 alone.
    Tls13,
    /// With TLS 1.0 alone.
    Tls10,
    /// With TLS 1.1 alone.
    Tls11,
    /// It asks for the client's certificate, and goes on without.
    AsksForCertificate,
    /// It demands the client's certificate, with TLS 1.2 alone.
    DemandsCertificate12,
    /// The same with TLS 1.3 too, where the client learns of it after its own handshake (RFC 8446 §4.4.2.4).
    DemandsCertificate,
    /// A client that names no host is shown another certificate.
    OtherWithoutName,
    /// The connection is closed instead.
    Closes,
    /// The connection is closed in the middle of the server's first message.
    BreaksOff,
    /// The server's first message never ends.
    Stalls,
    /// The ClientHello is answered in SMTP.
    AnswersInSmtp,
    /// The ClientHello is answered with octets that are no TLS, without end.
    Garbage,
}

/// Accepts connections behind the go-ahead.
pub(super) struct Handshaker {
    handshake: Handshake,
    acceptor: TlsAcceptor,
    chain: Vec<CertificateDer<'static>>,
}

/// The head of a ServerHello of TLS 1.2 with 122 octets, and the first of them.
const HALF_A_HELLO: &[u8] = &[22, 3, 3, 0, 122, 2, 0, 0, 118, 3, 3, 0x5A, 0x5A, 0x5A];

impl Handshaker {
    pub(super) fn new(
        handshake: Handshake,
        identity: Identity,
        nameless: Option<Identity>,
        roots: Roots,
    ) -> Self {
        let versions: &[_] = match handshake {
            Handshake::Tls12 | Handshake::DemandsCertificate12 => &[&TLS12],
            Handshake::Tls13 => &[&TLS13],
            _ => &[&TLS12, &TLS13],
        };
        let clients = match handshake {
            Handshake::AsksForCertificate => Some(false),
            Handshake::DemandsCertificate12 | Handshake::DemandsCertificate => Some(true),
            _ => None,
        };
        let builder = Identity::config(versions);
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(must) => {
                let mut anchors = RootCertStore::empty();
                anchors.add(roots.0).expect("a root");
                let provider = Arc::clone(builder.crypto_provider());
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(anchors), provider);
                let verifier = if must { verifier } else { verifier.allow_unauthenticated() };
                builder.with_client_cert_verifier(verifier.build().expect("a verifier"))
            }
        };
        let chain = identity.chain.clone();
        let mut config = builder.with_cert_resolver(identity.resolver(nameless));
        Identity::without_sessions(&mut config);
        Self { handshake, acceptor: TlsAcceptor::from(Arc::new(config)), chain }
    }

    /// The connection over TLS; nothing where there is none.
    pub(super) async fn accept(&self, mut stream: TcpStream) -> io::Result<Option<TlsStream<TcpStream>>> {
        match self.handshake {
            Handshake::Closes => return Ok(None),
            Handshake::Tls10 => old_tls::serve(stream, old_tls::TLS10, &self.chain).await?,
            Handshake::Tls11 => old_tls::serve(stream, old_tls::TLS11, &self.chain).await?,
            Handshake::BreaksOff => {
                hello(&mut stream).await?;
                stream.write_all(HALF_A_HELLO).await?;
                stream.shutdown().await?;
            }
            Handshake::Stalls => {
                hello(&mut stream).await?;
                stream.write_all(HALF_A_HELLO).await?;
                stays(stream).await?;
            }
            Handshake::AnswersInSmtp => {
                hello(&mut stream).await?;
                stream.write_all(b"500 5.5.2 what is this?\r\n").await?;
                stays(stream).await?;
            }
            Handshake::Garbage => {
                hello(&mut stream).await?;
                loop {
                    stream.write_all(&[0xDB; 4096]).await?;
                }
            }
            _ => match self.acceptor.accept(stream).into_fallible().await {
                Ok(stream) => return Ok(Some(stream)),
                // Closing at once would reset the connection where the client has said more already, and
                // it might not get to read the alert.
                Err((_, mut stream)) => {
                    stream.shutdown().await?;
                    stays(stream).await?;
                }
            },
        }
        Ok(None)
    }
}

async fn hello(stream: &mut TcpStream) -> io::Result<()> {
    stream.read(&mut [0; 4096]).await.map(|_| ())
}

/// Reads until the client has gone.
async fn stays(mut stream: TcpStream) -> io::Result<()> {
    while stream.read(&mut [0; 4096]).await? > 0 {}
    Ok(())
}
