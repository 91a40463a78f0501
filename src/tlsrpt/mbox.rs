//! Mails one behind the other in a file, each behind a line that begins with `From ` (RFC 4155), as it is read piece by piece.

use memchr::memmem;

/// The longest mail that is looked at, in bytes: base64 makes a third more of a report.
pub const MAX_MAIL: usize = 32 << 20;

/// Splits an mbox into mails.
#[derive(Debug, Default)]
pub struct Mbox {
    /// What of a mail has come, the line in front of it too.
    rest: Vec<u8>,
    /// How far it is known that no other mail begins.
    looked: usize,
    /// How many bytes of a mail that is too long were let go.
    dropped: u64,
}

/// A mail of an mbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mail {
    /// Its bytes.
    Whole(Vec<u8>),
    /// It has more bytes than [`MAX_MAIL`].
    TooLong,
}

impl Mbox {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a piece, and gives the mails that end in it.
    pub fn push(&mut self, piece: &[u8]) -> Vec<Mail> {
        self.rest.extend_from_slice(piece);
        let mut mails = Vec::new();
        while let Some(at) = self.rest.get(self.looked..).and_then(|rest| memmem::find(rest, b"\nFrom ")) {
            let end = self.looked + at + 1;
            let next = self.rest.split_off(end);
            let mail = std::mem::replace(&mut self.rest, next);
            mails.extend(self.ended(mail));
            // Behind the line that it begins with.
            self.looked = 0;
        }
        self.looked = self.rest.len().saturating_sub(b"\nFrom".len());
        if self.rest.len() > MAX_MAIL {
            self.dropped += u64::try_from(self.looked).unwrap_or(u64::MAX);
            self.rest.drain(..self.looked);
            self.looked = 0;
        }
        mails
    }

    /// There is no more: the last mail.
    #[must_use]
    pub fn end(mut self) -> Option<Mail> {
        let mail = std::mem::take(&mut self.rest);
        self.ended(mail)
    }

    /// A mail that is whole, without the line in front of it.
    fn ended(&mut self, mail: Vec<u8>) -> Option<Mail> {
        if std::mem::take(&mut self.dropped) > 0 {
            return Some(Mail::TooLong);
        }
        let text = match mail.strip_prefix(b"From ") {
            Some(line) => memchr::memchr(b'\n', line).and_then(|at| line.get(at + 1..)).unwrap_or_default(),
            None => &mail,
        };
        (!text.trim_ascii().is_empty()).then(|| Mail::Whole(unquoted(text)))
    }
}

/// A mail in which a `>` was put in front of lines that begin with `From `, without it.
fn unquoted(mail: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(mail.len());
    for line in mail.split_inclusive(|b| *b == b'\n') {
        let bare = line.strip_prefix(b">");
        let quoted = bare.is_some_and(|bare| {
            let rest = bare.iter().position(|b| *b != b'>').and_then(|at| bare.get(at..)).unwrap_or_default();
            rest.starts_with(b"From ")
        });
        text.extend_from_slice(if quoted { bare.unwrap_or(line) } else { line });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const MBOX: &[u8] = b"From a@b Mon Jan  1 00:00:00 2026\nSubject: 1\n\nFrom here on\n>From there\n\nFrom c@d Mon Jan  1 00:00:00 2026\r\nSubject: 2\r\n\r\nx\r\n";

    fn split(text: &[u8], size: usize) -> Vec<Vec<u8>> {
        let mut mbox = Mbox::new();
        let mut mails: Vec<Mail> = text.chunks(size).flat_map(|piece| mbox.push(piece)).collect();
        mails.extend(mbox.end());
        mails
            .into_iter()
            .map(|mail| match mail {
                Mail::Whole(bytes) => bytes,
                Mail::TooLong => b"too long".to_vec(),
            })
            .collect()
    }

    #[test]
    fn mails_are_split_wherever_the_pieces_end() {
        let whole = split(MBOX, MBOX.len());
        // A line that begins so ends a mail, wherever it stands: whoever writes an mbox quotes it.
        assert_eq!(whole.len(), 3);
        assert_eq!(whole[1], b">From there\n\n".strip_prefix(b">").unwrap().to_vec());
        for size in 1..20 {
            assert_eq!(split(MBOX, size), whole, "{size}");
        }
    }

    #[test]
    fn a_mail_without_end_is_let_go() {
        let mut mbox = Mbox::new();
        let piece = vec![b'x'; 1 << 20];
        assert_eq!(mbox.push(b"From a\n"), []);
        for _ in 0..40 {
            assert_eq!(mbox.push(&piece), []);
            assert!(mbox.rest.len() <= MAX_MAIL + piece.len());
        }
        assert_eq!(mbox.push(b"\nFrom b\nSubject: 2\n\n"), [Mail::TooLong]);
        assert_eq!(mbox.end(), Some(Mail::Whole(b"Subject: 2\n\n".to_vec())));
    }
}
