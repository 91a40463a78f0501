//! Byte spans, and where they stand for a reader: line, column, UTF-16.
//!
//! This is the only module that turns slices into offsets and offsets into positions.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use nom::Offset;
use serde::{Deserialize, Serialize};

/// A half-open range of bytes, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte behind the last one.
    pub end: usize,
}

impl Span {
    /// The bytes from `start` up to, and without, `end`.
    #[must_use]
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// Where `part`, a slice of `whole`, stands in it.
    #[must_use]
    pub fn of(whole: &[u8], part: &[u8]) -> Self {
        let start = whole.offset(part);
        Self::new(start, start + part.len())
    }

    /// The bytes of the span; nothing where the span is not inside `whole`.
    #[must_use]
    pub fn slice(self, whole: &[u8]) -> &[u8] {
        whole.get(self.start..self.end).unwrap_or_default()
    }

    /// The same span, `by` bytes further on.
    #[must_use]
    pub const fn shifted(self, by: usize) -> Self {
        Self::new(self.start + by, self.end + by)
    }

    /// How many bytes it covers.
    #[must_use]
    pub const fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether it covers no byte, as the place of something missing does.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// Where a span stands, in the four ways a reader may want it.
///
/// Lines end with LF. Columns count code points, and `utf16` code units, of the text as a
/// WHATWG UTF-8 decoder shows it ([`decode`]): without a byte order mark, and with one U+FFFD
/// for each malformed sequence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in code points.
    pub column: usize,
    /// Half-open, from 0, in the bytes as received.
    pub bytes: [usize; 2],
    /// Half-open, from 0, in UTF-16 code units of the decoded text.
    pub utf16: [usize; 2],
}

/// The byte order mark of UTF-8.
pub(crate) const BOM: &[u8] = b"\xEF\xBB\xBF";

/// The text as a WHATWG UTF-8 decoder shows it.
#[must_use]
pub fn decode(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.strip_prefix(BOM).unwrap_or(bytes)).into_owned()
}

/// UTF-16 with or without its mark: text in which every other byte is NUL.
pub(crate) fn is_utf16(body: &[u8]) -> bool {
    let nul = |at: usize| body.get(at) == Some(&0);
    body.starts_with(b"\xFF\xFE")
        || body.starts_with(b"\xFE\xFF")
        || body.len() >= 4
            && (nul(0) && nul(2) && !nul(1) && !nul(3) || nul(1) && nul(3) && !nul(0) && !nul(2))
}

/// A text in UTF-16, with or without its mark; `None` where it is none.
pub(crate) fn decode_utf16(bytes: &[u8]) -> Option<String> {
    let (big, bytes) = match bytes {
        [0xFE, 0xFF, rest @ ..] => (true, rest),
        [0xFF, 0xFE, rest @ ..] => (false, rest),
        // ASCII has its NUL in front where the larger half comes first.
        [0, ..] => (true, bytes),
        _ => (false, bytes),
    };
    let units = bytes.chunks_exact(2).map(|pair| {
        let pair = [pair[0], pair[1]];
        if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
    });
    char::decode_utf16(units).collect::<Result<String, _>>().ok()
}

/// The numbers below `count`, in the order that `compare` gives; of equal ones the lower comes first.
///
/// One heap for all that is sorted on the way to the findings: a sort of the standard library brings five
/// times the code, and brings it again for every type.
pub(crate) fn ordered(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    struct Item<'c> {
        index: usize,
        compare: &'c dyn Fn(usize, usize) -> Ordering,
    }
    impl Ord for Item<'_> {
        fn cmp(&self, other: &Self) -> Ordering {
            (self.compare)(self.index, other.index).then(self.index.cmp(&other.index))
        }
    }
    impl PartialOrd for Item<'_> {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }
    impl PartialEq for Item<'_> {
        fn eq(&self, other: &Self) -> bool {
            self.index == other.index
        }
    }
    impl Eq for Item<'_> {}
    let items: Vec<Item<'_>> = (0..count).map(|index| Item { index, compare }).collect();
    BinaryHeap::from(items).into_sorted_vec().into_iter().map(|item| item.index).collect()
}

/// `items`, in the order that `compare` gives; equal ones stay as they stand.
pub(crate) fn in_order<T>(items: Vec<T>, compare: &dyn Fn(&T, &T) -> Ordering) -> Vec<T> {
    let order = ordered(items.len(), &|a, b| match (items.get(a), items.get(b)) {
        (Some(a), Some(b)) => compare(a, b),
        _ => Ordering::Equal,
    });
    let mut items: Vec<Option<T>> = items.into_iter().map(Some).collect();
    order.into_iter().filter_map(|index| items.get_mut(index)?.take()).collect()
}

/// Where each of `spans` stands in `bytes`, in one walk over the text.
#[must_use]
pub fn places(bytes: &[u8], spans: &[Span]) -> Vec<Place> {
    let mut wanted: Vec<Wanted> = Vec::with_capacity(spans.len() * 2);
    for (index, span) in spans.iter().enumerate() {
        wanted.push(Wanted { offset: span.start.min(bytes.len()), index, end: false });
        wanted.push(Wanted { offset: span.end.min(bytes.len()), index, end: true });
    }
    let offset = |at: usize| wanted.get(at).map(|want| want.offset);
    let order = ordered(wanted.len(), &|a, b| offset(a).cmp(&offset(b)));

    let mut places: Vec<Place> = spans
        .iter()
        .map(|span| Place { line: 1, column: 1, bytes: [span.start, span.end], utf16: [0, 0] })
        .collect();
    let mut note = |want: &Wanted, here: Cursor| {
        if let Some(place) = places.get_mut(want.index) {
            if want.end {
                place.utf16[1] = here.utf16;
            } else {
                (place.line, place.column) = (here.line, here.column);
                place.utf16[0] = here.utf16;
            }
        }
    };

    let mut here = Cursor { offset: 0, line: 1, column: 1, utf16: 0 };
    let mut queue = order.into_iter().filter_map(|at| wanted.get(at)).peekable();
    let mut step = |width: usize, shown: Option<char>| {
        let after = here.over(width, shown);
        // A position inside a character: a start rounds down, an end up, so nothing is cut.
        while let Some(want) = queue.next_if(|want| want.offset < after.offset) {
            let inside = want.offset > here.offset;
            note(want, if inside && want.end { after } else { here });
        }
        here = after;
    };
    let text = match bytes.strip_prefix(BOM) {
        Some(text) => {
            step(BOM.len(), None);
            text
        }
        None => bytes,
    };
    for chunk in text.utf8_chunks() {
        for shown in chunk.valid().chars() {
            step(shown.len_utf8(), Some(shown));
        }
        if !chunk.invalid().is_empty() {
            step(chunk.invalid().len(), Some(char::REPLACEMENT_CHARACTER));
        }
    }
    for want in queue {
        note(want, here);
    }
    places
}

struct Wanted {
    offset: usize,
    index: usize,
    end: bool,
}

#[derive(Clone, Copy)]
struct Cursor {
    offset: usize,
    line: usize,
    column: usize,
    utf16: usize,
}

impl Cursor {
    /// Behind a sequence of `width` bytes that a decoder shows as `shown`.
    fn over(self, width: usize, shown: Option<char>) -> Self {
        let offset = self.offset + width;
        match shown {
            None => Self { offset, ..self },
            Some('\n') => Self { offset, line: self.line + 1, column: 1, utf16: self.utf16 + 1 },
            Some(shown) => Self {
                offset,
                line: self.line,
                column: self.column + 1,
                utf16: self.utf16 + shown.len_utf16(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(bytes: &[u8], start: usize, end: usize) -> (usize, usize, [usize; 2]) {
        let place = places(bytes, &[Span::new(start, end)]).remove(0);
        assert_eq!(place.bytes, [start, end]);
        (place.line, place.column, place.utf16)
    }

    #[test]
    fn lines_and_columns_count_from_one() {
        let text = b"version: STSv1\r\nmode: x\n";
        assert_eq!(place(text, 0, 7), (1, 1, [0, 7]));
        assert_eq!(place(text, 16, 20), (2, 1, [16, 20]));
        assert_eq!(place(text, 22, 23), (2, 7, [22, 23]));
        assert_eq!(place(text, 24, 24), (3, 1, [24, 24]));
    }

    #[test]
    fn columns_are_code_points_and_utf16_is_code_units() {
        let text = "a\u{1F31F}b\u{e9}c".as_bytes();
        assert_eq!(place(text, 5, 6), (1, 3, [3, 4]));
        assert_eq!(place(text, 8, 9), (1, 5, [5, 6]));
    }

    #[test]
    fn a_byte_order_mark_takes_no_column() {
        let text = b"\xEF\xBB\xBFversion";
        assert_eq!(decode(text), "version");
        assert_eq!(place(text, 0, 3), (1, 1, [0, 0]));
        assert_eq!(place(text, 3, 10), (1, 1, [0, 7]));
    }

    #[test]
    fn a_malformed_sequence_is_one_replacement_character() {
        // E2 82 is a truncated three-byte sequence: one U+FFFD. FF FF are two.
        let text = b"a\xE2\x82b\xFF\xFFc";
        assert_eq!(decode(text), "a\u{FFFD}b\u{FFFD}\u{FFFD}c");
        assert_eq!(place(text, 1, 3), (1, 2, [1, 2]));
        assert_eq!(place(text, 2, 3), (1, 2, [1, 2]));
        assert_eq!(place(text, 6, 7), (1, 6, [5, 6]));
    }

    #[test]
    fn a_span_past_the_end_stands_at_the_end() {
        assert_eq!(place(b"ab", 2, 2), (1, 3, [2, 2]));
        assert_eq!(places(b"ab", &[Span::new(9, 12)]).remove(0).column, 3);
    }

    #[test]
    fn a_slice_knows_its_span() {
        let whole = b"mx: mail.example.com";
        assert_eq!(Span::of(whole, &whole[4..8]), Span::new(4, 8));
        assert_eq!(Span::new(4, 8).slice(whole), b"mail");
        assert_eq!(Span::new(4, 800).slice(whole), b"");
    }
}
