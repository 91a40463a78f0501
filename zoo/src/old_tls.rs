//! A server that speaks TLS 1.0 or 1.1 and nothing newer, as far as a client of today gets with one: its
//! ServerHello and certificate, or the alert that it knows none of the versions offered.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_rustls::rustls::pki_types::CertificateDer;

/// TLS 1.0, as it goes over the wire (RFC 2246 §6.2.1).
pub(crate) const TLS10: [u8; 2] = [3, 1];
/// TLS 1.1 (RFC 4346 §6.2.1).
pub(crate) const TLS11: [u8; 2] = [3, 2];
const HANDSHAKE: u8 = 22;
const ALERT: u8 = 21;
/// Fatal `protocol_version` (RFC 2246 §7.2).
const PROTOCOL_VERSION: [u8; 4] = [0, 2, 2, 70];

pub(crate) async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    version: [u8; 2],
    chain: &[CertificateDer<'_>],
) -> io::Result<()> {
    let mut head = [0; 5];
    stream.read_exact(&mut head).await?;
    let mut hello = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
    stream.read_exact(&mut hello).await?;
    if head[0] != HANDSHAKE || offers_only_newer(&hello, version) {
        stream.write_all(&[&[ALERT][..], &version, &PROTOCOL_VERSION].concat()).await?;
        return stream.shutdown().await;
    }
    // ServerHello: version, random, no session, TLS_RSA_WITH_AES_128_CBC_SHA, no compression
    let mut server_hello = version.to_vec();
    server_hello.extend([0x5A; 32]);
    server_hello.extend([0, 0x00, 0x2F, 0]);
    let certificates: Vec<u8> = chain.iter().flat_map(|der| with_length(der)).collect();
    for (kind, body) in [(2, server_hello), (11, with_length(&certificates)), (14, Vec::new())] {
        let mut message = vec![kind];
        message.extend(with_length(&body));
        for fragment in message.chunks(16_384) {
            let length = u16::try_from(fragment.len()).unwrap_or(u16::MAX);
            stream.write_all(&[HANDSHAKE, version[0], version[1]]).await?;
            stream.write_all(&length.to_be_bytes()).await?;
            stream.write_all(fragment).await?;
        }
    }
    // The client goes on or away; nobody here has the key to follow.
    let mut rest = [0; 512];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}

/// A three-octet length and the body.
fn with_length(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes();
    [&length[1..], body].concat()
}

/// Whether the ClientHello has `supported_versions` (RFC 8446 §4.2.1) without that version in it.
fn offers_only_newer(hello: &[u8], wanted: [u8; 2]) -> bool {
    let extensions = || {
        // type and length, version, random
        let rest = hello.get(4 + 2 + 32..)?;
        let rest = skip(rest, 1)?; // session
        let rest = skip(rest, 2)?; // cipher suites
        let rest = skip(rest, 1)?; // compression
        rest.get(2..)
    };
    let mut rest = extensions().unwrap_or_default();
    while let [high, low, ..] = rest {
        let kind = u16::from_be_bytes([*high, *low]);
        let Some(body) = rest.get(2..) else { return false };
        let Some(after) = skip(body, 2) else { return false };
        if kind == 43 {
            let versions = body.get(3..body.len() - after.len()).unwrap_or_default();
            return !versions.chunks(2).any(|version| version == wanted);
        }
        rest = after;
    }
    false
}

/// What stands behind a vector whose length has `width` octets.
fn skip(input: &[u8], width: usize) -> Option<&[u8]> {
    let length = input.get(..width)?.iter().fold(0, |length, b| length << 8 | usize::from(*b));
    input.get(width + length..)
}
