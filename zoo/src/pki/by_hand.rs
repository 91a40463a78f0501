//! DER written by hand, where the library makes only what is right.

use rcgen::{KeyPair, PublicKeyData, SigningKey};
use time::{Duration, OffsetDateTime};
use tokio_rustls::rustls::pki_types::CertificateDer;

/// A certificate as `openssl x509 -req -signkey` makes it, which rcgen does not: RFC 5280 §4.1 without
/// version and extensions.
pub(super) fn version_1(host: &str, key: &KeyPair) -> CertificateDer<'static> {
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
pub(super) fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
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
