//! A TXT record as it is copied out of a zone file, `dig` or `nslookup`: with its owner name, TTL, class, type and
//! quotes (RFC 1035 §5.1). What counts is the value between the quotes.

use crate::record::{RecordKind, was_meant};
use crate::span::{Span, is_utf16};

/// A record taken out of what was pasted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pasted {
    pub(crate) kind: RecordKind,
    /// The value: its strings joined, escapes undone.
    pub(crate) value: Vec<u8>,
    /// Where each byte of the value was written.
    places: Vec<Span>,
    /// The whole of the record data.
    pub(crate) rdata: Span,
    /// The owner name, where there is one.
    pub(crate) owner: Option<(Span, String)>,
    /// What stands around the value, in words.
    pub(crate) around: Vec<&'static str>,
    /// Whether the value stands in quotes.
    pub(crate) quoted: bool,
}

impl Pasted {
    /// Takes the record of that kind out of `text`; `None` where the text is nothing but the value itself.
    pub(crate) fn read(kind: RecordKind, text: &[u8]) -> Option<Self> {
        // Its words are found once it is written in ASCII.
        if is_utf16(text) {
            return None;
        }
        let line = the_line(kind, text)?;
        let base = Span::of(text, line).start;
        let mut words = Words { line, at: 0 };
        let mut head: Vec<Span> = Vec::new();
        let start = loop {
            let word = words.next()?;
            let shown = word.slice(line);
            if shown.starts_with(b"\"") {
                break word.start;
            }
            if shown.eq_ignore_ascii_case(b"TXT")
                || shown == b"=" && head.last().is_some_and(|last| last.slice(line) == b"text")
            {
                head.push(word);
                break words.next()?.start;
            }
            // No name, TTL, class or type holds these: it is the value itself.
            if shown.contains(&b';') || shown.len() > 1 && shown.contains(&b'=') || head.len() > 6 {
                return None;
            }
            head.push(word);
        };
        let mut pasted = Self {
            kind,
            value: Vec::new(),
            places: Vec::new(),
            rdata: Span::new(0, 0),
            owner: None,
            around: Vec::new(),
            quoted: line.get(start) == Some(&b'"'),
        };
        let end = pasted.read_data(line, start, base)?;
        pasted.rdata = Span::new(base + start, base + end);
        pasted.read_head(line, base, &head);
        if pasted.quoted {
            pasted.around.push("the quotes");
        }
        // On one line of several, only quotes say where a value ends.
        let alone = pasted.quoted || !text.trim_ascii().contains(&b'\n');
        Some(pasted).filter(|pasted| alone && !matches!(pasted.value.first(), None | Some(b';')))
    }

    /// Quoted strings, or the rest of the line; gives the offset behind them, and nothing where a quote is not closed.
    fn read_data(&mut self, line: &[u8], start: usize, base: usize) -> Option<usize> {
        let mut at = start;
        let mut inside = !self.quoted;
        let mut end = start;
        while let Some(&b) = line.get(at) {
            if !inside {
                match b {
                    b'"' => inside = true,
                    b' ' | b'\t' | b'\r' | b'\n' | b'(' => {}
                    _ => break, // a comment, a closing parenthesis, or nothing of ours
                }
                at += 1;
                continue;
            }
            let rest = line.get(at..).unwrap_or_default();
            let (byte, width) = match rest {
                [b'"', ..] if self.quoted => {
                    inside = false;
                    at += 1;
                    end = at;
                    continue;
                }
                [b'\\', a @ b'0'..=b'2', b @ b'0'..=b'9', c @ b'0'..=b'9', ..] => {
                    let code = u16::from(a - b'0') * 100 + u16::from(b - b'0') * 10 + u16::from(c - b'0');
                    (u8::try_from(code).unwrap_or(b'?'), 4)
                }
                [b'\\', escaped, ..] => (*escaped, 2),
                [plain, ..] => (*plain, 1),
                [] => break,
            };
            self.value.push(byte);
            self.places.push(Span::new(base + at, base + at + width));
            at += width;
            end = at;
        }
        if !self.quoted {
            // The end of the line, and white space in front of it, are none of the value.
            while self.value.last().is_some_and(u8::is_ascii_whitespace) {
                self.value.pop();
                end = self.places.pop().map_or(end, |place| place.start - base);
            }
        }
        (!self.quoted || !inside).then_some(end)
    }

    /// Owner, TTL, class and type.
    fn read_head(&mut self, line: &[u8], base: usize, head: &[Span]) {
        for (index, word) in head.iter().enumerate() {
            let text = word.slice(line);
            let is = |wanted: &[u8]| text.eq_ignore_ascii_case(wanted);
            let what = if is(b"TXT") {
                "the type"
            } else if is(b"IN") || is(b"CH") {
                "the class"
            } else if index > 0 && text.first().is_some_and(u8::is_ascii_digit) {
                "the TTL"
            } else if index == 0 && !text.first().is_some_and(u8::is_ascii_digit) {
                let name = String::from_utf8_lossy(text).into_owned();
                self.owner = Some((Span::new(base + word.start, base + word.end), name));
                "the owner name"
            } else {
                continue;
            };
            if !self.around.contains(&what) {
                self.around.push(what);
            }
        }
    }

    /// Where a span of the value stands in the text that was pasted.
    pub(crate) fn place(&self, span: Span) -> Span {
        let start = self.start_of(span.start);
        if span.is_empty() {
            return Span::new(start, start);
        }
        Span::new(start, self.places.get(span.end - 1).map_or(start, |place| place.end))
    }

    /// Whether a value can be written where this one stood: in quotes, or as it is.
    pub(crate) const fn is_writable(&self) -> bool {
        self.quoted || self.value.len() == self.rdata.len()
    }

    /// The same, where the span is written in one piece, so that it can be replaced.
    pub(crate) fn solid(&self, span: Span) -> Option<Span> {
        if !self.is_writable() {
            return None;
        }
        let places = self.places.get(span.start..span.end)?;
        let solid = places.windows(2).all(|pair| pair[0].end == pair[1].start);
        solid.then(|| self.place(span))
    }

    fn start_of(&self, at: usize) -> usize {
        match self.places.get(at) {
            Some(place) => place.start,
            None => self.places.last().map_or(self.rdata.end, |place| place.end),
        }
    }

    /// `value` as it is written where this one stood.
    pub(crate) fn written(&self, value: &str) -> String {
        if !self.quoted {
            return value.to_owned();
        }
        let mut text = String::from("\"");
        for (index, c) in value.chars().enumerate() {
            // A string of a TXT record has at most 255 octets (RFC 1035 §3.3).
            if index > 0 && index % 255 == 0 {
                text.push_str("\" \"");
            }
            text.push_str(&self.escaped(c.encode_utf8(&mut [0; 4])));
        }
        text + "\""
    }

    /// A part of a value as it is written inside the quotes.
    pub(crate) fn escaped(&self, part: &str) -> String {
        if self.quoted { part.replace('\\', "\\\\").replace('"', "\\\"") } else { part.to_owned() }
    }
}

/// The line, or the lines in parentheses, that the record stands on.
fn the_line(kind: RecordKind, text: &[u8]) -> Option<&[u8]> {
    let shown = text.trim_ascii();
    if shown.contains(&b'(') && shown.contains(&b'"') {
        return Some(shown);
    }
    let mut lines = shown.split(|b| *b == b'\n').map(<[u8]>::trim_ascii);
    if shown.contains(&b'\n') {
        // Comments of a zone file and of dig begin with a semicolon.
        let data = lines.filter(|line| !line.starts_with(b";") && !line.is_empty());
        let data: Vec<&[u8]> = data.take(100).collect();
        let meant = data.iter().find(|line| was_meant(kind, line) && !line.starts_with(b"version"));
        return meant.copied();
    }
    lines.next().filter(|line| !line.is_empty())
}

/// The words of a line; a quoted string ends the reading, as its inside is none of theirs.
struct Words<'a> {
    line: &'a [u8],
    at: usize,
}

impl Iterator for Words<'_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        let is_space = |b: &u8| b.is_ascii_whitespace() || *b == b'(';
        let rest = self.line.get(self.at..)?;
        let start = self.at + rest.iter().position(|b| !is_space(b))?;
        let length = self.line.get(start..)?.iter().position(is_space);
        self.at = length.map_or(self.line.len(), |length| start + length);
        Some(Span::new(start, self.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_taken_out_of_what_was_pasted() {
        for (text, value, owner, around) in [
            (
                "_mta-sts.example.com. 3600 IN TXT \"v=STSv1; id=1;\"",
                "v=STSv1; id=1;",
                Some("_mta-sts.example.com."),
                &["the owner name", "the TTL", "the class", "the type", "the quotes"][..],
            ),
            (
                "_mta-sts\tTXT\t( \"v=STSv1;\" \" id=1\" ) ; note",
                "v=STSv1; id=1",
                Some("_mta-sts"),
                &["the owner name", "the type", "the quotes"],
            ),
            (
                "@ 1h IN TXT (\n  \"v=STSv1; \"\n  \"id=1\"\n)\n",
                "v=STSv1; id=1",
                Some("@"),
                &["the owner name", "the TTL", "the class", "the type", "the quotes"],
            ),
            ("IN TXT v=STSv1\\; id=1 \n", "v=STSv1; id=1", None, &["the class", "the type"]),
            ("\"v=STSv1; id=1\"\n", "v=STSv1; id=1", None, &["the quotes"]),
            ("\"v=STSv1\\059 id=\\\"1\\\"\"", "v=STSv1; id=\"1\"", None, &["the quotes"]),
            (
                "_mta-sts.example.com\ttext = \"v=STSv1; id=1\"",
                "v=STSv1; id=1",
                Some("_mta-sts.example.com"),
                &["the owner name", "the quotes"],
            ),
            (
                ";; ANSWER SECTION:\n_mta-sts.a.example. 60 IN TXT \"v=STSv1; id=1\"\n_smtp._tls.a.example. 60 IN TXT \"v=TLSRPTv1; rua=mailto:a@b\"\n",
                "v=STSv1; id=1",
                Some("_mta-sts.a.example."),
                &["the owner name", "the TTL", "the class", "the type", "the quotes"],
            ),
        ] {
            let pasted = Pasted::read(RecordKind::Record, text.as_bytes()).expect(text);
            assert_eq!(String::from_utf8_lossy(&pasted.value), value, "{text}");
            assert_eq!(pasted.owner.as_ref().map(|(_, name)| name.as_str()), owner, "{text}");
            assert_eq!(pasted.around, around, "{text}");
        }
        for text in [
            "",
            "v=STSv1; id=1",
            " v=STSv1; id=1",
            "V=STSv1; a=TXT; id=\"1\"",
            "id=1",
            "v=STSv1; TXT \"x\"",
            "v=spf1 -all",
        ] {
            assert_eq!(Pasted::read(RecordKind::Record, text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn places_in_the_value_are_places_in_the_text() {
        let text = b"x TXT \"v=STSv1\\; \" \"id=a-b\"";
        let pasted = Pasted::read(RecordKind::Record, text).expect("a record");
        assert_eq!(pasted.value, b"v=STSv1; id=a-b");
        assert_eq!(pasted.place(Span::new(12, 15)).slice(text), b"a-b");
        assert_eq!(pasted.place(Span::new(7, 8)).slice(text), b"\\;");
        assert_eq!(pasted.solid(Span::new(7, 12)), None);
        assert_eq!(pasted.solid(Span::new(12, 15)).map(|span| span.slice(text)), Some(&b"a-b"[..]));
        assert_eq!(pasted.rdata.slice(text), b"\"v=STSv1\\; \" \"id=a-b\"");
        assert_eq!(pasted.place(Span::new(15, 15)), Span::new(26, 26));
        assert_eq!(pasted.written("a\"b"), "\"a\\\"b\"");
    }
}
