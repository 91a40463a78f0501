//! One ClientHello for TLS 1.0 to 1.2 with the cipher suites of old servers, and what is answered to it: enough to tell a
//! server that speaks nothing newer than TLS 1.1 from one that fails. No handshake is completed, and nothing here is
//! used to send anything.
//!
//! The first messages of TLS 1.2 and below go in the clear (RFC 5246 §7.4), the certificates among them.

use mta_sts::evidence::OldTls;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_rustls::rustls::pki_types::CertificateDer;

use crate::trust::describe_chain;

/// Most octets read: a chain of certificates and what stands around it.
const MOST: usize = 128 * 1024;

/// The record type of handshake messages (RFC 5246 §6.2.1).
const HANDSHAKE: u8 = 22;

/// The suites offered (IANA's registry), the best first: ECDHE and DHE, then static RSA, with AES in GCM and CBC, 3DES and RC4.
const SUITES: &[(u16, &str)] = &[
    (0xC02B, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
    (0xC02F, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
    (0xC02C, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
    (0xC030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
    (0xC009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
    (0xC013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"),
    (0xC00A, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
    (0xC014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"),
    (0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"),
    (0x0039, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"),
    (0x009C, "TLS_RSA_WITH_AES_128_GCM_SHA256"),
    (0x009D, "TLS_RSA_WITH_AES_256_GCM_SHA384"),
    (0x003C, "TLS_RSA_WITH_AES_128_CBC_SHA256"),
    (0x002F, "TLS_RSA_WITH_AES_128_CBC_SHA"),
    (0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA"),
    (0x000A, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0x0005, "TLS_RSA_WITH_RC4_128_SHA"),
    (0x0004, "TLS_RSA_WITH_RC4_128_MD5"),
];

/// What a server answers to a ClientHello of TLS 1.0 to 1.2; nothing where that is no ServerHello. `host` is sent as SNI.
pub(crate) async fn ask<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, host: &str) -> Option<OldTls> {
    stream.write_all(&client_hello(host)?).await.ok()?;
    stream.flush().await.ok()?;
    let mut received = Vec::new();
    let (mut records, mut read_until) = (0, 0);
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer).await {
            Ok(read @ 1..) => received.extend_from_slice(buffer.get(..read)?),
            _ => return read_flight(&received).map(Flight::into_seen),
        }
        // A flight that comes in small pieces is read when a record more is whole, not at each piece.
        while let Some(length) = received.get(records + 3..records + 5) {
            let behind = records + 5 + length.iter().fold(0, |sum, b| sum << 8 | usize::from(*b));
            if behind > received.len() {
                break;
            }
            records = behind;
        }
        let begins_anew = received.get(records).is_some_and(|kind| *kind != HANDSHAKE);
        if records == read_until && !begins_anew && received.len() <= MOST {
            continue;
        }
        read_until = records;
        let flight = read_flight(&received);
        if flight.as_ref().is_some_and(|flight| flight.whole) || received.len() > MOST {
            return flight.map(Flight::into_seen);
        }
    }
}

/// A vector with its length in front, in so many octets (RFC 5246 §4.3).
fn with_length(octets: usize, content: &[u8]) -> Option<Vec<u8>> {
    let length = u32::try_from(content.len()).ok()?.to_be_bytes();
    let (over, length) = length.split_at(4usize.checked_sub(octets)?);
    over.iter().all(|b| *b == 0).then(|| [length, content].concat())
}

fn extension(kind: u16, content: &[u8]) -> Option<Vec<u8>> {
    Some([&kind.to_be_bytes()[..], &with_length(2, content)?].concat())
}

fn client_hello(host: &str) -> Option<Vec<u8>> {
    let mut random = [0; 32];
    ::aws_lc_rs::rand::fill(&mut random).ok()?;
    let suites: Vec<u8> = SUITES.iter().flat_map(|(code, _)| code.to_be_bytes()).collect();
    let numbers = |numbers: &[u16]| numbers.iter().flat_map(|n| n.to_be_bytes()).collect::<Vec<u8>>();
    let mut extensions = Vec::new();
    // An address is no server name (RFC 6066 §3).
    if host.parse::<std::net::IpAddr>().is_err() {
        let name = [&[0][..], &with_length(2, host.as_bytes())?].concat();
        extensions.extend(extension(0, &with_length(2, &name)?)?);
    }
    // Groups: X25519, P-256, P-384, P-521. Point format: uncompressed.
    extensions.extend(extension(10, &with_length(2, &numbers(&[0x001D, 0x0017, 0x0018, 0x0019]))?)?);
    extensions.extend(extension(11, &[1, 0])?);
    // RSA and ECDSA, with SHA-256, SHA-384, SHA-512 and SHA-1; RSA-PSS.
    let schemes =
        numbers(&[0x0401, 0x0403, 0x0501, 0x0503, 0x0601, 0x0603, 0x0804, 0x0805, 0x0806, 0x0201, 0x0203]);
    extensions.extend(extension(13, &with_length(2, &schemes)?)?);
    extensions.extend(extension(0xFF01, &[0])?);
    let hello =
        [&[3, 3][..], &random, &[0], &with_length(2, &suites)?, &[1, 0], &with_length(2, &extensions)?]
            .concat();
    let message = [&[1][..], &with_length(3, &hello)?].concat();
    // The version of the record is the oldest, as old servers look at it.
    Some([&[22, 3, 1][..], &with_length(2, &message)?].concat())
}

/// The first messages of a server.
struct Flight {
    version: u16,
    suite: u16,
    chain: Vec<CertificateDer<'static>>,
    /// Whether the certificates are there, or nothing more is to come.
    whole: bool,
}

impl Flight {
    fn into_seen(self) -> OldTls {
        let version = match self.version {
            0x0300 => "SSLv3".to_owned(),
            0x0301 => "TLSv1.0".to_owned(),
            0x0302 => "TLSv1.1".to_owned(),
            0x0303 => "TLSv1.2".to_owned(),
            other => format!("0x{other:04X}"),
        };
        let named = SUITES.iter().find(|(code, _)| *code == self.suite);
        let cipher = named.map_or_else(|| format!("0x{:04X}", self.suite), |(_, name)| (*name).to_owned());
        OldTls { version, cipher, chain: describe_chain(&self.chain) }
    }
}

/// Takes a vector with its length in front off `input`.
fn take<'i>(input: &mut &'i [u8], octets: usize) -> Option<&'i [u8]> {
    let (length, rest) = input.split_at_checked(octets)?;
    let length = length.iter().fold(0, |sum, b| sum << 8 | usize::from(*b));
    let (content, rest) = rest.split_at_checked(length)?;
    *input = rest;
    Some(content)
}

/// Reads ServerHello and Certificate, as far as they are there; nothing without a ServerHello.
fn read_flight(received: &[u8]) -> Option<Flight> {
    let mut messages = Vec::new();
    let mut rest = received;
    while let Some((HANDSHAKE, [_, _, behind @ ..])) = rest.split_first().map(|(kind, rest)| (*kind, rest)) {
        let mut behind = behind;
        let Some(record) = take(&mut behind, 2) else { break };
        messages.extend_from_slice(record);
        rest = behind;
    }
    // An alert, or anything else behind what was read, ends it.
    let over = rest.first().is_some_and(|kind| *kind != HANDSHAKE);
    let mut messages = messages.as_slice();
    let mut flight: Option<Flight> = None;
    while let Some((kind, mut behind)) = messages.split_first() {
        let Some(message) = take(&mut behind, 3) else { break };
        messages = behind;
        match (*kind, &mut flight) {
            (2, None) => {
                let (version, behind) = message.split_first_chunk::<2>()?;
                let mut behind = behind.get(32..)?;
                take(&mut behind, 1)?;
                let suite = behind.first_chunk::<2>()?;
                flight = Some(Flight {
                    version: u16::from_be_bytes(*version),
                    suite: u16::from_be_bytes(*suite),
                    chain: Vec::new(),
                    whole: false,
                });
            }
            (11, Some(flight)) => {
                let mut list = message;
                let mut list = take(&mut list, 3)?;
                while let Some(certificate) = take(&mut list, 3) {
                    flight.chain.push(CertificateDer::from(certificate.to_vec()));
                }
                flight.whole = true;
            }
            (14, Some(flight)) => flight.whole = true,
            (_, None) => return None,
            _ => {}
        }
    }
    if let Some(flight) = &mut flight {
        flight.whole |= over;
    }
    flight
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(messages: &[u8]) -> Vec<u8> {
        [&[22, 3, 1][..], &with_length(2, messages).expect("short")].concat()
    }

    fn message(kind: u8, content: &[u8]) -> Vec<u8> {
        [&[kind][..], &with_length(3, content).expect("short")].concat()
    }

    fn server_hello(version: u16) -> Vec<u8> {
        let hello = [&version.to_be_bytes()[..], &[7; 32], &[0], &[0x00, 0x2F], &[0]].concat();
        message(2, &hello)
    }

    #[test]
    fn the_hello_is_one_that_servers_read() {
        let hello = client_hello("mx.example.com").expect("a hello");
        assert_eq!(hello.get(..3), Some(&[22, 3, 1][..]));
        let length = usize::from(u16::from_be_bytes([hello[3], hello[4]]));
        assert_eq!(length + 5, hello.len());
        assert!(hello.windows(14).any(|part| part == b"mx.example.com"));
        let literal = client_hello("192.0.2.1").expect("a hello");
        assert!(!literal.windows(9).any(|part| part == b"192.0.2.1"));
    }

    #[test]
    fn a_flight_is_read_in_any_pieces() {
        let certificate = [0x30, 0x03, 0x02, 0x01, 0x01];
        let list = with_length(3, &with_length(3, &certificate).expect("short")).expect("short");
        let messages = [server_hello(0x0301), message(11, &list), message(14, &[])].concat();
        let (a, b) = messages.split_at(50);
        for flight in [record(&messages), [record(a), record(b)].concat()] {
            let read = read_flight(&flight).expect("a flight");
            assert_eq!((read.version, read.suite, read.whole), (0x0301, 0x002F, true));
            assert_eq!(read.chain, [CertificateDer::from(certificate.to_vec())]);
            for end in 0..flight.len() {
                assert!(read_flight(&flight[..end]).is_none_or(|cut| cut.version == 0x0301));
            }
        }
        let seen = read_flight(&record(&messages)).expect("a flight").into_seen();
        assert_eq!((&*seen.version, &*seen.cipher), ("TLSv1.0", "TLS_RSA_WITH_AES_128_CBC_SHA"));
    }

    #[tokio::test]
    async fn a_flight_that_comes_byte_by_byte_is_read() {
        let certificate = [0x30, 0x03, 0x02, 0x01, 0x01];
        let list = with_length(3, &with_length(3, &certificate).expect("short")).expect("short");
        let messages = [server_hello(0x0301), message(11, &list)].concat();
        let (a, b) = messages.split_at(50);
        let whole = [record(a), record(b)].concat();
        let alert = [record(&server_hello(0x0302)), vec![21, 3, 2, 0, 2, 2, 40]].concat();
        for (flight, version, certificates) in [(whole, "TLSv1.0", 1), (alert, "TLSv1.1", 0)] {
            let (mut near, mut far) = tokio::io::duplex(16 * 1024);
            let serving = async {
                for byte in &flight {
                    far.write_all(&[*byte]).await.expect("sent");
                    tokio::task::yield_now().await;
                }
            };
            // The connection stays open: it is the flight that ends.
            let (seen, ()) = tokio::join!(ask(&mut near, "mx.example.com"), serving);
            let seen = seen.expect("a flight");
            assert_eq!((&*seen.version, seen.chain.len()), (version, certificates));
        }
    }

    #[test]
    fn what_is_no_flight_is_nothing() {
        for bytes in [
            &b""[..],
            b"500 what?\r\n",
            &[21, 3, 1, 0, 2, 2, 70],
            &[22, 3, 1],
            &[22, 3, 1, 0, 4, 11, 0, 0, 0],
        ] {
            assert!(read_flight(bytes).is_none(), "{bytes:?}");
        }
        // A hello that is followed by an alert is all there is to come.
        let cut = [record(&server_hello(0x0302)), vec![21, 3, 2, 0, 2, 2, 40]].concat();
        assert!(read_flight(&cut).is_some_and(|flight| flight.whole && flight.chain.is_empty()));
    }
}
