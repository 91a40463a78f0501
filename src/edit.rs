//! Edits: what to put in place of a span of a text.

use crate::span::Span;

/// A replacement of one span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edit {
    /// What goes away.
    pub(crate) span: Span,
    /// What comes in its place.
    pub(crate) replacement: String,
}

impl Edit {
    pub(crate) fn new(span: Span, replacement: impl Into<String>) -> Self {
        Self { span, replacement: replacement.into() }
    }

    pub(crate) const fn delete(span: Span) -> Self {
        Self { span, replacement: String::new() }
    }

    /// The same edit of `text` without what it puts back as it was; `None` where it changes nothing. Characters
    /// are kept whole.
    pub(crate) fn shrunk(self, text: &[u8]) -> Option<Self> {
        let Self { span, replacement } = self;
        let old = span.slice(text);
        let boundary = |at: usize| {
            let inside = old.get(at).is_some_and(|b| b & 0xC0 == 0x80);
            !inside && replacement.is_char_boundary(at)
        };
        let same = old.iter().zip(replacement.bytes()).take_while(|(a, b)| **a == *b).count();
        let head = (0..=same).rev().find(|at| boundary(*at)).unwrap_or(0);
        let rest = old.len().min(replacement.len()) - head;
        let same =
            old.iter().rev().zip(replacement.bytes().rev()).take(rest).take_while(|(a, b)| **a == *b).count();
        let tail = (0..=same).rev().find(|back| {
            let inside = old.get(old.len() - back).is_some_and(|b| b & 0xC0 == 0x80);
            !inside && replacement.is_char_boundary(replacement.len() - back)
        });
        let tail = tail.unwrap_or(0);
        let span = Span::new(span.start + head, span.end - tail);
        let replacement = replacement.get(head..replacement.len() - tail)?.to_owned();
        (!span.is_empty() || !replacement.is_empty()).then_some(Self { span, replacement })
    }

    /// `text` with this edit made.
    pub(crate) fn applied(&self, text: &[u8]) -> Vec<u8> {
        apply(text, std::slice::from_ref(self))
    }
}

/// `text` with all `edits` made but those that overlap one before them. They need not be sorted.
pub(crate) fn apply(text: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort_by_key(|edit| edit.span);
    let mut made = Vec::with_capacity(text.len());
    let mut done = 0;
    let mut last: Option<Span> = None;
    for edit in edits {
        // Two insertions at one place would come out in an order that nobody chose.
        let overlaps = edit.span.start < done || last == Some(edit.span);
        let Some(kept) = text.get(done..edit.span.start).filter(|_| !overlaps && edit.span.end <= text.len())
        else {
            continue;
        };
        made.extend_from_slice(kept);
        made.extend_from_slice(edit.replacement.as_bytes());
        done = edit.span.end;
        last = Some(edit.span);
    }
    made.extend_from_slice(text.get(done..).unwrap_or_default());
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(start: usize, end: usize, replacement: &str) -> Edit {
        Edit::new(Span::new(start, end), replacement)
    }

    #[test]
    fn edits_are_made_once_each() {
        assert_eq!(apply(b"abcdef", &[edit(4, 5, "E"), edit(0, 2, "")]), b"cdEf");
        assert_eq!(apply(b"abcdef", &[edit(0, 3, "x"), edit(2, 4, "y"), edit(5, 6, "z")]), b"xdez");
        assert_eq!(apply(b"ab", &[edit(1, 1, "x"), edit(1, 1, "y"), edit(2, 9, "z")]), b"axb");
    }

    #[test]
    fn an_edit_is_as_small_as_can_be() {
        let shrunk = |text: &str, start, end, new| edit(start, end, new).shrunk(text.as_bytes());
        assert_eq!(shrunk("Mode: Enforce", 0, 13, "mode: enforce"), Some(edit(0, 7, "mode: e")));
        assert_eq!(shrunk("a  b", 0, 4, "a b"), Some(edit(2, 3, "")));
        assert_eq!(shrunk("ab", 0, 2, "ab"), None);
        assert_eq!(shrunk("\u{e9}", 0, 2, "\u{e8}"), Some(edit(0, 2, "\u{e8}")));
        assert_eq!(shrunk("x\u{430}y", 0, 4, "xay"), Some(edit(1, 3, "a")));
        assert_eq!(shrunk("mode\u{a0}", 0, 6, "mode"), Some(edit(4, 6, "")));
    }
}
