//! Unpacking many small texts: what it takes is made once and used again, which is most of the work on texts so short.

use flate2::{Crc, Decompress, FlushDecompress, Status};

/// What a text has in front when it is packed by gzip (RFC 1952 §2.3.1), and which of its fields follow.
const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];
const HEADER: usize = 10;
const HEADER_CRC: u8 = 2;
const EXTRA: u8 = 4;
const NAME: u8 = 8;
const COMMENT: u8 = 16;
/// Behind it stand a checksum and its length.
const TRAILER: usize = 8;

/// Unpacks texts, one after the other.
pub(super) struct Unpacker {
    state: Decompress,
}

impl Default for Unpacker {
    fn default() -> Self {
        Self { state: Decompress::new(false) }
    }
}

impl Unpacker {
    /// Unpacks what gzip packed, all members of it, behind what is in `out`; stops where `out` has more than `most` bytes. What stands behind
    /// them, as padding or the end of a line, is let go, as gzip itself does. Nothing where it is damaged.
    pub(super) fn gzip(&mut self, mut packed: &[u8], out: &mut Vec<u8>, most: usize) -> Option<()> {
        loop {
            let begun = out.len();
            packed = self.deflate(behind_header(packed)?, out, most)?;
            if out.len() > most {
                return Some(());
            }
            let (trailer, rest) = packed.split_at_checked(TRAILER)?;
            let mut crc = Crc::new();
            crc.update(out.get(begun..)?);
            let told = [crc.sum().to_le_bytes(), crc.amount().to_le_bytes()].concat();
            if trailer != told {
                return None;
            }
            if !rest.starts_with(&MAGIC) {
                return Some(());
            }
            packed = rest;
        }
    }

    /// The same of DEFLATE alone (RFC 1951); gives what stands behind it.
    pub(super) fn deflate<'p>(
        &mut self,
        packed: &'p [u8],
        out: &mut Vec<u8>,
        most: usize,
    ) -> Option<&'p [u8]> {
        self.state.reset(false);
        let mut rest = packed;
        loop {
            if out.len() > most {
                return Some(rest);
            }
            if out.len() == out.capacity() {
                out.reserve(out.len().max(1 << 12));
            }
            let (read, length) = (self.state.total_in(), out.len());
            let status = self.state.decompress_vec(rest, out, FlushDecompress::None).ok()?;
            let read = usize::try_from(self.state.total_in() - read).ok()?;
            rest = rest.get(read..)?;
            match status {
                Status::StreamEnd => return Some(rest),
                // There is room, and it has no more.
                Status::Ok | Status::BufError if read == 0 && length == out.len() => return None,
                Status::Ok | Status::BufError => {}
            }
        }
    }
}

/// What stands behind the header of a member.
fn behind_header(packed: &[u8]) -> Option<&[u8]> {
    let (header, mut rest) = packed.split_at_checked(HEADER)?;
    if !header.starts_with(&MAGIC) {
        return None;
    }
    let flags = *header.get(MAGIC.len())?;
    if flags & EXTRA != 0 {
        let (length, behind) = rest.split_first_chunk::<2>()?;
        rest = behind.get(usize::from(u16::from_le_bytes(*length))..)?;
    }
    for _ in [NAME, COMMENT].iter().filter(|field| flags & **field != 0) {
        let end = rest.iter().position(|b| *b == 0)?;
        rest = rest.get(end + 1..)?;
    }
    rest.get(if flags & HEADER_CRC == 0 { 0 } else { 2 }..)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use flate2::bufread::{DeflateDecoder, MultiGzDecoder};
    use flate2::write::DeflateEncoder;
    use flate2::{Compression, GzBuilder};

    use super::*;

    fn packed(text: &[u8]) -> Vec<u8> {
        let build = GzBuilder::new().filename("report.json").comment("a report").extra([1, 2, 3]);
        let mut encoder = build.write(Vec::new(), Compression::best());
        encoder.write_all(text).expect("it packs");
        encoder.finish().expect("it packs")
    }

    /// What flate2 makes of it in its own way, and what this does.
    fn both(unpacker: &mut Unpacker, packed: &[u8]) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
        let mut theirs = Vec::new();
        let theirs = MultiGzDecoder::new(packed).read_to_end(&mut theirs).ok().map(|_| theirs);
        let mut ours = Vec::new();
        let ours = unpacker.gzip(packed, &mut ours, usize::MAX).map(|()| ours);
        (theirs, ours)
    }

    #[test]
    fn it_unpacks_what_flate2_does() {
        let text: Vec<u8> =
            (0..100_000_u32).flat_map(|number| (number % 1013).to_string().into_bytes()).collect();
        let mut unpacker = Unpacker::default();
        for length in [0, 1, 100, 4095, 4096, 4097, 70_000, text.len()] {
            let text = &text[..length];
            let one = packed(text);
            let two = [one.clone(), packed(b"and more")].concat();
            assert_eq!(both(&mut unpacker, &one), (Some(text.to_vec()), Some(text.to_vec())), "{length}");
            let whole = [text, b"and more"].concat();
            assert_eq!(both(&mut unpacker, &two), (Some(whole.clone()), Some(whole)), "{length}");
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(text).expect("it packs");
            let bare = encoder.finish().expect("it packs");
            let (mut theirs, mut ours) = (Vec::new(), Vec::new());
            DeflateDecoder::new(&*bare).read_to_end(&mut theirs).expect("it unpacks");
            assert_eq!(unpacker.deflate(&bare, &mut ours, usize::MAX), Some(&b""[..]), "{length}");
            assert_eq!(ours, theirs, "{length}");
        }
    }

    #[test]
    fn what_is_damaged_is_refused() {
        let whole = packed(b"{\"organization-name\": \"Sender\", \"policies\": []}");
        let mut unpacker = Unpacker::default();
        for length in 0..whole.len() {
            assert_eq!(both(&mut unpacker, &whole[..length]).1, None, "{length}");
        }
        for (index, bit) in (0..whole.len()).flat_map(|index| (0..8).map(move |bit| (index, bit))) {
            let mut other = whole.clone();
            other[index] ^= 1 << bit;
            let (theirs, ours) = both(&mut unpacker, &other);
            // Bits that mean nothing are free, and a checksum of the header is not held.
            assert!(
                ours.is_none() || ours.as_deref() == theirs.as_deref() || index < HEADER,
                "{index}, {bit}"
            );
        }
        assert_eq!(both(&mut unpacker, &[&whole, &whole[..5]].concat()).1, None);
        for behind in [&b"\0"[..], b"\r\n", b"more"] {
            assert!(both(&mut unpacker, &[&whole, behind].concat()).1.is_some(), "{behind:?}");
        }
    }

    #[test]
    fn it_stops_where_it_is_too_long() {
        let mut out = Vec::new();
        Unpacker::default().gzip(&packed(&vec![b'x'; 1 << 24]), &mut out, 1 << 16).expect("it unpacks");
        assert!((1 << 16..1 << 18).contains(&out.len()), "{}", out.len());
    }
}
