//! Mails one behind the other in a file, each behind a line that begins with `From ` (RFC 4155), as it is read piece by piece.

use memchr::memmem;

/// The longest mail that is looked at, in bytes: base64 makes a third more of a report.
pub const MAX_MAIL: usize = 32 << 20;

/// The longest line that may begin a mail, in bytes, and the longest name of a header field below it.
const MAX_LINE: usize = 1 << 12;
const MAX_NAME: usize = 76;

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
        self.split(false)
    }

    /// There is no more: the mails that are left.
    #[must_use]
    pub fn end(mut self) -> Vec<Mail> {
        let mut mails = self.split(true);
        let mail = std::mem::take(&mut self.rest);
        mails.extend(self.ended(&mail));
        mails
    }

    /// The mails that have ended by now; `whole` says that nothing more comes.
    fn split(&mut self, whole: bool) -> Vec<Mail> {
        let rest = std::mem::take(&mut self.rest);
        let mut mails = Vec::new();
        let (mut start, mut looked) = (0, self.looked);
        loop {
            let found = rest.get(looked..).and_then(|rest| memmem::find(rest, b"\nFrom "));
            let Some(at) = found.map(|at| looked + at + 1) else {
                looked = looked.max(rest.len().saturating_sub(b"\nFrom".len()));
                break;
            };
            match begins_mail(&rest, at, whole) {
                Some(true) => {
                    mails.extend(self.ended(rest.get(start..at).unwrap_or_default()));
                    start = at;
                    looked = at;
                }
                Some(false) => looked = at,
                None => {
                    looked = at - 1;
                    break;
                }
            }
        }
        if rest.len() - start > MAX_MAIL {
            self.dropped += u64::try_from(looked - start).unwrap_or(u64::MAX);
            start = looked;
        }
        self.rest = rest;
        self.rest.drain(..start);
        self.looked = looked - start;
        mails
    }
    /// A mail that is whole, without the line in front of it.
    fn ended(&mut self, mail: &[u8]) -> Option<Mail> {
        if std::mem::take(&mut self.dropped) > 0 {
            return Some(Mail::TooLong);
        }
        let text = match mail.strip_prefix(b"From ") {
            Some(line) => memchr::memchr(b'\n', line).and_then(|at| line.get(at + 1..)).unwrap_or_default(),
            None => mail,
        };
        (!text.trim_ascii().is_empty()).then(|| Mail::Whole(unquoted(text)))
    }
}

/// Whether a mail begins with the line here, which begins with `From `; nothing while that cannot be told. Whoever writes an mbox puts a
/// `>` in front of such a line of a text, or should: a mail's begins behind an empty line or has a time in it, and a header
/// field stands below.
fn begins_mail(text: &[u8], at: usize, whole: bool) -> Option<bool> {
    let unknown = if whole { Some(false) } else { None };
    let rest = text.get(at..)?;
    let Some(end) = memchr::memchr(b'\n', rest.get(..MAX_LINE.min(rest.len()))?) else {
        return if rest.len() < MAX_LINE { unknown } else { Some(false) };
    };
    let line = rest.get(..end)?;
    let before = text.get(..at)?;
    let is_below_nothing = [&b"\n\n"[..], b"\n\r\n"].iter().any(|empty| before.ends_with(empty));
    let has_time = line.windows(5).any(
        |part| matches!(part, [a, b, b':', c, d] if [a, b, c, d].iter().all(|digit| digit.is_ascii_digit())),
    );
    if !(is_below_nothing || has_time) {
        return Some(false);
    }
    let below = rest.get(end + 1..)?;
    match below.iter().take(MAX_NAME + 1).position(|b| !b.is_ascii_graphic() || *b == b':') {
        Some(at) => Some(at > 0 && below.get(at) == Some(&b':')),
        None if below.len() > MAX_NAME => Some(false),
        None => unknown,
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
    fn a_mail_begins_as_programs_write_it_and_no_text_does() {
        for line in [
            "From 1234567890@xxx Mon Nov 22 10:00:00 +0000 2026",
            "From - Mon Nov 22 10:00:00 2026",
            "From ",
            "From MAILER-DAEMON",
        ] {
            for end in ["\n", "\r\n"] {
                let mbox = format!("{line}{end}A: 1{end}{end}x{end}{end}{line}{end}B: 2{end}{end}y{end}");
                for size in [1, 7, mbox.len()] {
                    assert_eq!(split(mbox.as_bytes(), size).len(), 2, "{line:?} {end:?} {size}");
                }
            }
        }
        // Without an empty line in front, as some write it.
        let dense =
            b"From a@b Mon Jan  1 00:00:00 2026\nA: 1\n\nx\nFrom a@b Mon Jan  1 00:00:00 2026\nB: 2\n\ny\n";
        assert_eq!(split(dense, 3).len(), 2);
        for text in
            ["From here on\nit is text", "From 10:30 on\n\nno mail", "\nFrom me\nNote this", "From a\nB: c"]
        {
            let mbox = format!("From a@b Mon Jan  1 00:00:00 2026\nA: 1\n\nx\n{text}\n");
            assert_eq!(split(mbox.as_bytes(), 5).len(), 1, "{text:?}");
        }
    }

    #[test]
    fn mails_are_split_wherever_the_pieces_end() {
        let whole = split(MBOX, MBOX.len());
        assert_eq!(whole.len(), 2);
        assert_eq!(whole[0], b"Subject: 1\n\nFrom here on\nFrom there\n\n");
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
        assert_eq!(mbox.push(b"\n\nFrom b\nSubject: 2\n\n"), [Mail::TooLong]);
        assert_eq!(mbox.end(), [Mail::Whole(b"Subject: 2\n\n".to_vec())]);
    }
}
