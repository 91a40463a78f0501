//! A TXT record as it is copied out of a zone file, `dig` or `nslookup`: with its owner name, TTL, class, type and
//! quotes (RFC 1035 §5.1). What counts is the value between the quotes.

use crate::record::{RecordKind, Selection, was_meant};
use crate::say::{filled, form};
use crate::span::{Span, is_utf16};

/// Most records that are looked at; a domain has one of a kind.
const MOST: usize = 100;

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
    /// What stands around the value, in English words.
    pub(crate) around: Vec<&'static str>,
    /// Whether the value stands in quotes.
    pub(crate) quoted: bool,
    /// The other records of its kind at the same name, of which there must be none (RFC 8461 §3.1, RFC 8460 §3).
    pub(crate) more: Vec<Self>,
    /// What else was pasted, comments left out: each line, or lines in parentheses.
    pub(crate) aside: Vec<Span>,
}

impl Pasted {
    /// Takes the record of that kind out of `text`; `None` where the text is nothing but the value itself.
    pub(crate) fn read(kind: RecordKind, text: &[u8]) -> Option<Self> {
        // Its words are found once it is written in ASCII.
        if is_utf16(text) {
            return None;
        }
        let entries = entries(text);
        if let [one] = entries.as_slice() {
            return Self::of(kind, one.slice(text), one.start, false);
        }
        let is = |kind, entry: &Span| {
            let entry = entry.slice(text);
            was_meant(kind, entry) && !entry.starts_with(b"version")
        };
        let listed =
            entries.iter().all(|entry| is(RecordKind::Record, entry) || is(RecordKind::Tlsrpt, entry));
        let meant = entries.iter().filter(|entry| is(kind, entry)).take(MOST);
        let read = meant.filter_map(|entry| {
            // On one line of several, only quotes say where a value ends; or that each of them is a record.
            let read = Self::of(kind, entry.slice(text), entry.start, listed)?;
            (read.quoted || listed).then_some((*entry, read))
        });
        let mut read: Vec<(Span, Self)> = read.collect();
        // What has no owner name has that of the line above.
        let owner = |one: &Self| Some(one.owner.as_ref()?.1.trim_end_matches('.').to_ascii_lowercase());
        let first = owner(&read.first()?.1);
        read.retain(|(_, one)| first.is_none() || owner(one).is_none_or(|name| Some(name) == first));
        let values: Vec<Vec<u8>> = read.iter().map(|(_, one)| one.value.clone()).collect();
        let kept = Selection::of(kind, &values).kept;
        let counts = |value: &Vec<u8>| kept.iter().any(|kept| std::ptr::eq(*kept, value.as_slice()));
        let mut counting = values.iter().map(counts);
        if kept.is_empty() {
            read.truncate(1);
        } else {
            read.retain(|_| counting.next() == Some(true));
        }
        let mut aside = entries;
        aside.retain(|entry| read.iter().all(|(span, _)| span != entry));
        let mut read = read.into_iter().map(|(_, one)| one);
        let main = read.next()?;
        Some(Self { more: read.collect(), aside, ..main })
    }

    /// Every record of that kind that was pasted for one name, the first in front.
    pub(crate) fn values(&self) -> Vec<Vec<u8>> {
        std::iter::once(self).chain(&self.more).map(|one| one.value.clone()).collect()
    }

    /// Takes the record out of a line, or lines in parentheses, that begins at `base`; `bare`: the value may stand there
    /// by itself.
    fn of(kind: RecordKind, line: &[u8], base: usize, bare: bool) -> Option<Self> {
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
                if bare && head.is_empty() {
                    break word.start;
                }
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
            more: Vec::new(),
            aside: Vec::new(),
        };
        let end = pasted.read_data(line, start, base)?;
        pasted.rdata = Span::new(base + start, base + end);
        pasted.read_head(line, base, &head);
        if pasted.quoted {
            pasted.around.push(form!("the quotes"));
        }
        Some(pasted).filter(|pasted| !matches!(pasted.value.first(), None | Some(b';')))
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
                    // A comment; in parentheses the value may go on below it.
                    b';' => at += line.iter().skip(at).take_while(|b| **b != b'\n').count(),
                    _ => break, // a closing parenthesis, or nothing of ours
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
        // `value = "…"` of a configuration names no owner.
        let assigned = head.get(1).is_some_and(|word| word.slice(line) == b"=");
        for (index, word) in head.iter().enumerate() {
            let text = word.slice(line);
            let is = |wanted: &[u8]| text.eq_ignore_ascii_case(wanted);
            let what = if is(b"TXT") {
                form!("the type")
            } else if is(b"IN") || is(b"CH") {
                form!("the class")
            } else if index > 0 && text.first().is_some_and(u8::is_ascii_digit) {
                form!("the TTL")
            } else if index == 0 && !assigned && !text.first().is_some_and(u8::is_ascii_digit) {
                let name = String::from_utf8_lossy(text).into_owned();
                self.owner = Some((Span::new(base + word.start, base + word.end), name));
                form!("the owner name")
            } else {
                continue;
            };
            if !self.around.contains(&what) {
                self.around.push(what);
            }
        }
    }

    /// What stands around the value, in the reader's words.
    pub(crate) fn around_in_words(&self) -> String {
        let mut words = String::new();
        for what in &self.around {
            if !words.is_empty() {
                words.push_str(", ");
            }
            words.push_str(&filled(what, []));
        }
        words
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

/// The lines of a text, or lines in parentheses, without white space around them. Those with nothing on them and comments,
/// which begin with a semicolon in a zone file and with dig, are left out.
fn entries(text: &[u8]) -> Vec<Span> {
    let mut entries = Vec::new();
    let (mut start, mut at) = (0, 0);
    let (mut quoted, mut deep, mut comment) = (false, false, false);
    while at <= text.len() {
        match text.get(at) {
            None | Some(b'\n') if !deep || at == text.len() => {
                let entry = text.get(start..at).unwrap_or_default().trim_ascii();
                if !matches!(entry.first(), None | Some(b';')) {
                    entries.push(Span::of(text, entry));
                }
                start = at + 1;
                (quoted, comment) = (false, false);
            }
            Some(b'\n') => comment = false,
            Some(b'\\') if text.get(at + 1).is_some_and(|b| *b != b'\n') => at += 1,
            Some(b'"') if !comment => quoted = !quoted,
            Some(b';') if !quoted => comment = true,
            Some(b'(') if !quoted && !comment => deep = true,
            Some(b')') if !quoted && !comment => deep = false,
            _ => {}
        }
        at += 1;
    }
    entries
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
    fn several_records_and_other_lines_are_told_apart() {
        for (text, value, more, aside) in [
            (
                "_mta-sts.a.com. TXT \"v=STSv1; id=a1\"\n_mta-sts.A.com TXT \"v=STSv1; id=a2\"",
                "v=STSv1; id=a1",
                1,
                0,
            ),
            ("\"v=STSv1; id=a1\"\r\n\"v=STSv1; id=a2\"\r\n", "v=STSv1; id=a1", 1, 0),
            ("v=STSv1; id=a1\nv=STSv1; id=a2\nv=STSv1;id=a3", "v=STSv1; id=a1", 2, 0),
            ("v=STSv1; id=a1\nv=TLSRPTv1; rua=mailto:a@b\n", "v=STSv1; id=a1", 0, 1),
            (
                "_mta-sts TXT (\n\"v=STSv1;\" ; (one\n\"id=1\" )\n\tTXT ( \"v=STSv1; id=2\" )",
                "v=STSv1;id=1",
                1,
                0,
            ),
            // Of another domain.
            (
                "_mta-sts.a.com. TXT \"v=STSv1; id=a1\"\n_mta-sts.b.com TXT \"v=STSv1; id=a2\"",
                "v=STSv1; id=a1",
                0,
                1,
            ),
            // Set aside by its beginning (RFC 8461 §3.1).
            ("\"v=stsv1; id=a1\"\n\"v=STSv1; id=a2\"", "v=STSv1; id=a2", 0, 1),
            ("; c\n\n\"v=STSv1; id=a1\"\na.com. MX 10 mx\n\"v=spf1 -all\"\n", "v=STSv1; id=a1", 0, 2),
        ] {
            let pasted = Pasted::read(RecordKind::Record, text.as_bytes()).expect(text);
            assert_eq!(String::from_utf8_lossy(&pasted.value), value, "{text}");
            assert_eq!((pasted.more.len(), pasted.aside.len()), (more, aside), "{text}");
            assert_eq!(pasted.values().len(), more + 1);
        }
        // A value of several lines is one value.
        for text in ["v=STSv1; id=a1\nx", "v=STSv1;\nid=a1", "x\ny"] {
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
