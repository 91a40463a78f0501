//! The handshakes of a check and nothing else: rustls with its own verifier, over connections that speak only what a server
//! needs to hear before.

use std::net::SocketAddr;
use std::sync::Arc;

use companion::trust::Trust;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::Resumption;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, DEFAULT_VERSIONS};

/// A server to shake hands with.
#[derive(Clone)]
pub(crate) struct Peer {
    pub(crate) name: ServerName<'static>,
    pub(crate) at: SocketAddr,
    /// Whether it speaks SMTP before.
    pub(crate) smtp: bool,
}

/// A client with the roots of `trust`, without resumption, as the probe has none.
pub(crate) fn connector(trust: &Trust) -> Result<TlsConnector, String> {
    let config = ClientConfig::builder_with_provider(trust.provider())
        .with_protocol_versions(DEFAULT_VERSIONS)
        .map_err(|error| error.to_string())?;
    let mut config = config.with_root_certificates(trust.roots()).with_no_client_auth();
    config.resumption = Resumption::disabled();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Shakes hands with all of them at once, as a check does.
pub(crate) async fn shake_hands(connector: &TlsConnector, peers: &[Peer]) -> Result<(), String> {
    let mut all = tokio::task::JoinSet::new();
    for peer in peers {
        let (connector, peer) = (connector.clone(), peer.clone());
        all.spawn(async move { shake(&connector, peer).await });
    }
    all.join_all().await.into_iter().collect::<std::io::Result<()>>().map_err(|error| error.to_string())
}

async fn shake(connector: &TlsConnector, peer: Peer) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(peer.at).await?;
    stream.set_nodelay(true)?;
    if peer.smtp {
        reply(&mut stream, b"220 ").await?;
        stream.write_all(b"EHLO bench.test\r\n").await?;
        reply(&mut stream, b"250 ").await?;
        stream.write_all(b"STARTTLS\r\n").await?;
        reply(&mut stream, b"220 ").await?;
    }
    connector.connect(peer.name, stream).await.map(|_| ())
}

/// Reads up to the last line of a reply, which begins like this.
async fn reply(stream: &mut TcpStream, last: &[u8]) -> std::io::Result<()> {
    let mut seen = Vec::with_capacity(512);
    loop {
        if stream.read_buf(&mut seen).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let is_last = |line: &[u8]| line.starts_with(last);
        if seen.ends_with(b"\n") && seen.split(|byte| *byte == b'\n').any(is_last) {
            return Ok(());
        }
    }
}
