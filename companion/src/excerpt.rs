//! The line a finding stands in, as a terminal may show it: what cannot be seen is escaped, what is no
//! UTF-8 is written as `\x..`, and the marked part is still where it was.

use std::fmt::Write as _;
use std::ops::Range;

use mta_sts::is_invisible;
use mta_sts::span::{Span, places};

/// What is kept of a line in front of the place and behind it, in bytes. More than any terminal is wide;
/// a policy may have 64 KiB in one line.
const BEFORE: usize = 300;
const BEHIND: usize = 700;

/// What stands for the part of a line that is left out.
const LEFT_OUT: char = '…';

/// A line of a text, and a part of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Excerpt {
    /// The line, safe to show. It has no line end.
    pub(crate) line: String,
    /// The marked part, in bytes of `line`. Empty where the place is.
    pub(crate) marked: Range<usize>,
    /// Whether the line is longer than what is shown of it.
    pub(crate) is_cut: bool,
}

impl Excerpt {
    /// The line in which `bytes` begins. What goes on in further lines is not marked.
    pub(crate) fn new(text: &[u8], bytes: [usize; 2]) -> Self {
        let start = bytes[0].min(text.len());
        let (first, last) = line_of(text, start, bytes[1]);
        let end = bytes[1].clamp(start, last.max(start));
        let cut = cut_forward(text, start.saturating_sub(BEFORE).max(first));
        let stop = cut_forward(text, start.saturating_add(BEHIND).min(last)).max(cut);

        let mut line = String::new();
        let mut marked = None;
        if cut > first {
            line.push(LEFT_OUT);
        }
        let mut until = line.len();
        each(text, cut..stop, |at, shown| {
            // A place inside a character marks all of it.
            if marked.is_none() && start < at.end {
                marked = Some(line.len());
            }
            let inside = at.start < end;
            line.push_str(shown);
            if inside {
                until = line.len();
            }
        });
        let from = marked.unwrap_or(line.len());
        if stop < last {
            line.push(LEFT_OUT);
        }
        let until = if end == start { from } else { until.max(from) };
        Self { line, marked: from..until, is_cut: cut > first || stop < last }
    }
}

/// Where `bytes` begins and ends, as line and column counted from 1: what an editor or a forge takes.
pub(crate) fn corners(text: &[u8], bytes: [usize; 2]) -> [(usize, usize); 2] {
    let spans = bytes.map(|at| Span::new(at, at));
    let mut places = places(text, &spans).into_iter().map(|place| (place.line, place.column));
    let start = places.next().unwrap_or((1, 1));
    [start, places.next().unwrap_or(start)]
}

/// The line around `start`, without its line end: only a place that is the carriage return itself shows it.
fn line_of(text: &[u8], start: usize, end: usize) -> (usize, usize) {
    let (before, behind) = text.split_at(start);
    let first = before.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    let Some(length) = behind.iter().position(|b| *b == b'\n') else { return (first, text.len()) };
    let last = start + length;
    let line = text.get(first..last).unwrap_or_default();
    let shown = line.strip_suffix(b"\r").map_or(last, |line| first + line.len());
    let is_return = start == shown && end > start;
    (first, if is_return { last } else { shown })
}

/// The next place at or behind `at` that is not inside a character.
fn cut_forward(text: &[u8], at: usize) -> usize {
    let inside = text.iter().skip(at).take(3).take_while(|b| (0x80..0xC0).contains(*b)).count();
    at + inside
}

/// Every character of that part, and how it is shown.
fn each(text: &[u8], part: Range<usize>, mut show: impl FnMut(Range<usize>, &str)) {
    let mut at = part.start;
    let mut shown = String::new();
    let mut step = |width: usize, shown: &str| {
        show(at..at + width, shown);
        at += width;
    };
    for chunk in text.get(part).unwrap_or_default().utf8_chunks() {
        for c in chunk.valid().chars() {
            shown.clear();
            match c {
                '\t' | '\r' | '\n' => shown.extend(c.escape_default()),
                c if is_invisible(c) => shown.extend(c.escape_unicode()),
                c => shown.push(c),
            }
            step(c.len_utf8(), &shown);
        }
        for byte in chunk.invalid() {
            shown.clear();
            // Writing to a String cannot fail.
            write!(shown, "\\x{byte:02x}").ok();
            step(1, &shown);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &[u8], start: usize, end: usize) -> (String, String) {
        let excerpt = Excerpt::new(text, [start, end]);
        let marked = excerpt.line.get(excerpt.marked).expect("inside the line").to_owned();
        (excerpt.line, marked)
    }

    fn strings(line: &str, marked: &str) -> (String, String) {
        (line.to_owned(), marked.to_owned())
    }

    #[test]
    fn the_line_of_a_place_and_the_place_in_it() {
        let text = b"version: STSv1\r\nmode: x\nmx: a\n";
        assert_eq!(shown(text, 0, 7), strings("version: STSv1", "version"));
        assert_eq!(shown(text, 22, 23), strings("mode: x", "x"));
        // Something missing, at the end of a line and of the text.
        assert_eq!(Excerpt::new(text, [23, 23]).marked, 7..7);
        assert_eq!(
            Excerpt::new(text, [30, 30]),
            Excerpt { line: String::new(), marked: 0..0, is_cut: false }
        );
        assert_eq!(Excerpt::new(b"", [0, 0]), Excerpt { line: String::new(), marked: 0..0, is_cut: false });
        // More than a line, and more than the text.
        assert_eq!(shown(text, 16, 28), strings("mode: x", "mode: x"));
        assert_eq!(Excerpt::new(text, [90, 99]).marked, 0..0);
    }

    #[test]
    fn a_carriage_return_shows_where_it_is_the_place() {
        let text = b"a: b\r\nc\rd\r\n";
        assert_eq!(shown(text, 0, 4), strings("a: b", "a: b"));
        assert_eq!(shown(text, 4, 5), strings("a: b\\r", "\\r"));
        assert_eq!(shown(text, 4, 4).0, "a: b");
        assert_eq!(shown(text, 7, 8), strings("c\\rd", "\\r"));
    }

    #[test]
    fn what_cannot_be_seen_is_escaped_and_the_mark_moves_with_it() {
        let text = "a\u{202e}b\tc\u{1f31f}d".as_bytes();
        assert_eq!(shown(text, 4, 5), strings("a\\u{202e}b\\tc\u{1f31f}d", "b"));
        assert_eq!(shown(text, 1, 4).1, "\\u{202e}");
        assert_eq!(shown(text, 5, 6).1, "\\t");
        assert_eq!(shown(text, 7, 11).1, "\u{1f31f}");
        // Inside of a character is all of it.
        assert_eq!(shown(text, 8, 9).1, "\u{1f31f}");
        assert_eq!(shown(b"a\xFF\xFEb\xE2\x82", 1, 3), strings("a\\xff\\xfeb\\xe2\\x82", "\\xff\\xfe"));
        assert_eq!(shown(b"\xEF\xBB\xBFversion", 0, 3), strings("\\u{feff}version", "\\u{feff}"));
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = [b"a".repeat(30_000), b"X".to_vec(), b"b".repeat(30_000)].concat();
        let (line, marked) = shown(&text, 30_000, 30_001);
        assert_eq!(marked, "X");
        assert!(line.starts_with("…aaa") && line.ends_with("bbb…") && line.chars().count() < 1100, "{line}");
        // A mark that goes on behind the cut ends there; no character is cut in two.
        let text = "é".repeat(30_000).into_bytes();
        let (line, marked) = shown(&text, 10_000, 60_000);
        assert!(line.chars().all(|c| c == 'é' || c == LEFT_OUT), "{line}");
        assert!(marked.chars().all(|c| c == 'é') && marked.len() >= BEHIND, "{marked}");
        let (line, _) = shown(&text, 10_001, 10_001);
        assert!(line.chars().all(|c| c == 'é' || c == LEFT_OUT), "{line}");
    }

    #[test]
    fn no_place_in_no_text_ends_outside_the_line() {
        let texts: [&[u8]; 5] = [
            "\u{feff}a\r\n\r\nb\u{301}".as_bytes(),
            b"\xE2\x82\r\n\xFF",
            b"\n\n",
            b"\r",
            "漢字:\tb".as_bytes(),
        ];
        for text in texts {
            for start in 0..=text.len() + 1 {
                for end in start..=text.len() + 2 {
                    let excerpt = Excerpt::new(text, [start, end]);
                    assert!(excerpt.line.get(excerpt.marked.clone()).is_some(), "{text:?} {start} {end}");
                    assert!(!excerpt.line.contains(is_invisible), "{excerpt:?}");
                }
            }
        }
    }

    #[test]
    fn corners_count_code_points() {
        assert_eq!(corners("ab\n\u{1f31f}c\n".as_bytes(), [3, 8]), [(2, 1), (2, 3)]);
        assert_eq!(corners(b"\xEF\xBB\xBFab", [0, 3]), [(1, 1), (1, 1)]);
        assert_eq!(corners(b"a\xFFb\n", [1, 4]), [(1, 2), (2, 1)]);
    }
}
