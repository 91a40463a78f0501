//! Any bytes as a file that may hold TLS reports, and as an mbox that comes in two pieces.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mta_sts::tlsrpt::{Mbox, MboxMail, parts};

fn mails(pieces: &[&[u8]]) -> Vec<MboxMail> {
    let mut mbox = Mbox::new();
    let mut mails: Vec<MboxMail> = pieces.iter().flat_map(|piece| mbox.push(piece)).collect();
    mails.extend(mbox.end());
    mails
}

fuzz_target!(|bytes: &[u8]| {
    assert!(!parts("file", bytes, None, 0).is_empty());
    let (one, other) = bytes.split_at(bytes.len() / 2);
    assert_eq!(mails(&[bytes]), mails(&[one, other]));
});
