//! What senders make of bytes before they read a field: characters, lines, white space.

use std::borrow::Cow;

/// How bytes become characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decode {
    /// UTF-8; anything else is refused.
    Utf8,
    /// UTF-8; what is none becomes U+FFFD.
    Lossy,
    /// As `Lossy`, after a byte order mark was obeyed and dropped: UTF-8, UTF-16LE or UTF-16BE.
    Mark,
    /// ASCII; anything else is refused.
    Ascii,
    /// Each byte is the character of that number (ISO 8859-1).
    Latin1,
    /// ASCII, with everything else written as `\DDD`, and `\` in front of `"` and `\`.
    Escaped,
}

impl Decode {
    /// The characters, or nothing where the reader refuses the bytes.
    pub(super) fn text(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self {
            Self::Utf8 => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Self::Lossy => Some(String::from_utf8_lossy(bytes)),
            Self::Mark => Some(match bytes {
                [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest),
                [0xFF, 0xFE, rest @ ..] => Cow::Owned(utf16(rest, u16::from_le_bytes)),
                [0xFE, 0xFF, rest @ ..] => Cow::Owned(utf16(rest, u16::from_be_bytes)),
                _ => String::from_utf8_lossy(bytes),
            }),
            Self::Ascii => std::str::from_utf8(bytes).ok().filter(|text| text.is_ascii()).map(Cow::Borrowed),
            Self::Latin1 => match std::str::from_utf8(bytes) {
                Ok(text) if text.is_ascii() => Some(Cow::Borrowed(text)),
                _ => Some(Cow::Owned(bytes.iter().copied().map(char::from).collect())),
            },
            Self::Escaped => {
                let mut text = String::with_capacity(bytes.len());
                for byte in bytes.iter().copied() {
                    match byte {
                        b'"' | b'\\' => text.extend(['\\', char::from(byte)]),
                        b' '..=b'~' => text.push(char::from(byte)),
                        _ => {
                            let digits = [byte / 100, byte / 10 % 10, byte % 10];
                            text.push('\\');
                            text.extend(digits.map(|digit| char::from(b'0' + digit)));
                        }
                    }
                }
                Some(Cow::Owned(text))
            }
        }
    }
}

/// The ASCII in UTF-16; every other unit becomes U+FFFD, as no key or value that counts has any.
fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let read = |pair: &[u8]| <[u8; 2]>::try_from(pair).ok().and_then(|pair| u8::try_from(unit(pair)).ok());
    let ascii = |pair: &[u8]| read(pair).filter(u8::is_ascii).map_or(char::REPLACEMENT_CHARACTER, char::from);
    bytes.chunks(2).map(ascii).collect()
}

/// What stands in front of the first `mark`, an ASCII character, and what behind it. (`split_once`
/// would be written out at every place that asks, which wasm has no room for.)
#[inline(never)]
pub(super) fn cut(text: &str, mark: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|b| b == mark)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// Whether it is a name by the grammar (RFC 8461 §3.1, §3.2), or one with a sign in front.
pub(super) fn is_extension_name(name: &str, sign_in_front: bool) -> bool {
    let inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let front = |b: &u8| b.is_ascii_alphanumeric() || sign_in_front && matches!(b, b'-' | b'.');
    name.len() <= 32 && name.bytes().all(inner) && name.as_bytes().first().is_some_and(front)
}

/// What counts as white space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    /// Space and tab, the grammar's WSP.
    Wsp,
    /// Unicode's `White_Space`, as Rust and Go have it.
    Unicode,
    /// Python's `str.isspace`: `White_Space`, and U+001C to U+001F.
    Python,
    /// JavaScript's: `White_Space` without U+0085, and U+FEFF.
    Js,
}

impl Space {
    pub(super) fn holds(self, c: char) -> bool {
        match self {
            Self::Wsp => matches!(c, ' ' | '\t'),
            Self::Unicode => c.is_whitespace(),
            Self::Python => c.is_whitespace() || matches!(c, '\u{1C}'..='\u{1F}'),
            Self::Js => c.is_whitespace() && c != '\u{85}' || c == '\u{FEFF}',
        }
    }

    pub(super) fn trim(self, text: &str) -> &str {
        self.trim_end(self.trim_start(text))
    }

    #[inline(never)]
    pub(super) fn trim_start(self, text: &str) -> &str {
        text.trim_start_matches(|c| self.holds(c))
    }

    #[inline(never)]
    pub(super) fn trim_end(self, text: &str) -> &str {
        text.trim_end_matches(|c| self.holds(c))
    }
}

/// Where a line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lines {
    /// At LF, with one CR in front of it.
    Lf,
    /// As `Lf`, and a CR at the end of the text goes too.
    LfAndLastCr,
    /// Where Python's `str.splitlines` says.
    Python,
    /// There are no lines: a key goes up to the next colon, whatever stands between, and its value up
    /// to the next LF.
    ToColon,
}

impl Lines {
    /// The lines of `text`, without their ends; none behind the last end.
    pub(super) fn of(self, text: &str) -> impl Iterator<Item = &str> {
        let mut rest = text;
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let ends = |c: char| match self {
                Self::Python => matches!(
                    c,
                    '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{1C}'
                        ..='\u{1E}' | '\u{85}' | '\u{2028}' | '\u{2029}'
                ),
                _ => c == '\n',
            };
            let Some((at, end)) = rest.char_indices().find(|(_, c)| ends(*c)) else {
                let last = std::mem::take(&mut rest);
                return Some(if self == Self::LfAndLastCr {
                    last.strip_suffix('\r').unwrap_or(last)
                } else {
                    last
                });
            };
            let (line, behind) = rest.split_at(at);
            let behind = behind.get(end.len_utf8()..).unwrap_or_default();
            if self == Self::Python {
                rest = if end == '\r' { behind.strip_prefix('\n').unwrap_or(behind) } else { behind };
                return Some(line);
            }
            rest = behind;
            Some(line.strip_suffix('\r').unwrap_or(line))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_what_each_reader_sees() {
        let text = |decode: Decode, bytes: &'static [u8]| decode.text(bytes).map(Cow::into_owned);
        assert_eq!(text(Decode::Utf8, b"a\xFF"), None);
        assert_eq!(text(Decode::Lossy, b"a\xFF").as_deref(), Some("a\u{FFFD}"));
        assert_eq!(text(Decode::Lossy, b"\xEF\xBB\xBFa").as_deref(), Some("\u{FEFF}a"));
        assert_eq!(text(Decode::Mark, b"\xEF\xBB\xBFa").as_deref(), Some("a"));
        assert_eq!(text(Decode::Mark, b"\xFF\xFEa\0b\0").as_deref(), Some("ab"));
        assert_eq!(text(Decode::Mark, b"\xFE\xFF\0a\0").as_deref(), Some("a\u{FFFD}"));
        assert_eq!(text(Decode::Ascii, "ä".as_bytes()), None);
        assert_eq!(text(Decode::Latin1, b"\xC2\xA0").as_deref(), Some("Â\u{A0}"));
        assert_eq!(text(Decode::Escaped, b"a\t\"\\\xFF").as_deref(), Some("a\\009\\\"\\\\\\255"));
    }

    #[test]
    fn lines_end_where_each_reader_says() {
        let lines = |lines: Lines, text: &'static str| lines.of(text).collect::<Vec<_>>();
        assert_eq!(lines(Lines::Lf, "a\r\nb\r\r\n\nc\r"), ["a", "b\r", "", "c\r"]);
        assert_eq!(lines(Lines::LfAndLastCr, "a\r\nc\r"), ["a", "c"]);
        assert_eq!(lines(Lines::Lf, "a\n"), ["a"]);
        assert_eq!(lines(Lines::Python, "a\r\nb\rc\u{B}d\n\n"), ["a", "b", "c", "d", ""]);
        assert!(lines(Lines::Lf, "").is_empty());
    }
}
