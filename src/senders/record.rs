//! Reads the TXT records at `_mta-sts` as a sender does that departs from RFC 8461 §3.1.

use super::record_rules::{Fields, Grammar, Head, NoEquals, Pairs, RecordRules, RepeatedId, Several};
use super::tags::Tags;
use super::text::{Space, cut, is_extension_name};
use super::{RecordReading, Unusable, note, refused};
use crate::record::MAX_ID;
use crate::say::form;

impl RecordRules {
    /// Reads the texts of the TXT records at the name, each with its strings joined.
    pub(super) fn read(&self, texts: &[&[u8]]) -> Result<RecordReading, Unusable> {
        match self.several {
            Several::Joined => self.read_one(&texts.concat()),
            Several::FirstRead => {
                let mut first = Err(Unusable::Because(form!("no record")));
                for (index, text) in texts.iter().enumerate() {
                    let read = self.read_one(text);
                    if read.is_ok() || index == 0 {
                        first = read;
                    }
                    if first.is_ok() {
                        break;
                    }
                }
                first
            }
            Several::OneKept => {
                let mut kept = texts.iter().filter(|text| self.counts(text));
                match (kept.next(), kept.next()) {
                    (Some(one), None) => self.read_one(one),
                    (Some(_), Some(_)) => Err(Unusable::Because(form!("more than one record"))),
                    (None, _) => Err(Unusable::Because(form!(
                        "not counted as a record: it does not begin with `v=STSv1;`"
                    ))),
                }
            }
        }
    }

    fn counts(&self, text: &[u8]) -> bool {
        let Some(text) = self.decode.text(text) else { return false };
        let delimited = |text: &str, any_case: bool| {
            let (head, behind) = (text.get(..VERSION.len()), text.get(VERSION.len()..).unwrap_or_default());
            head.is_some_and(|head| head == VERSION || any_case && head.eq_ignore_ascii_case(VERSION))
                && Space::Wsp.trim_start(behind).starts_with(';')
        };
        match self.head {
            Head::Delimited => delimited(&text, false),
            Head::AnyCase => delimited(Space::Js.trim(&text), true),
            Head::Prefix => text.starts_with(VERSION),
            Head::Anything => true,
        }
    }

    fn read_one(&self, text: &[u8]) -> Result<RecordReading, Unusable> {
        let decoded = self.decode.text(text).ok_or(Unusable::Because(form!("not UTF-8")))?;
        match self.fields {
            Fields::Grammar(grammar) => grammar.read(&decoded),
            Fields::Pairs(pairs) => pairs.read(&decoded),
            Fields::Tags => Tags::new(text).read(),
        }
    }
}

const VERSION: &str = "v=STSv1";

impl Grammar {
    fn read(&self, text: &str) -> Result<RecordReading, Unusable> {
        let mut notes = Vec::new();
        let whole = text;
        let text = if self.quotes_dropped { text.trim_end_matches('"') } else { text };
        if text.len() < whole.len() {
            note(&mut notes, form!("quotes at the end are dropped"));
        }
        let Some((_, fields)) = cut(text, b';').filter(|(head, _)| Space::Wsp.trim_end(head) == VERSION)
        else {
            return Err(Unusable::Because(form!("does not begin with `v=STSv1;`")));
        };
        let (mut id, mut rest) = (None, Some(fields));
        while let Some(text) = rest {
            let piece;
            (piece, rest) = next_piece(text);
            let last = rest.is_none();
            let field = self.space.trim_start(piece);
            let field = if last && !self.at_end { field } else { self.space.trim_end(field) };
            if field.is_empty() {
                if last {
                    continue;
                }
                return Err(Unusable::Because(form!("nothing between two `;`")));
            }
            let (name, value) =
                cut(field, b'=').ok_or_else(|| refused(form!("a field without `=`: {text}"), field))?;
            if name == "id" && id.is_none() {
                if !is_id(value) {
                    return Err(refused(form!("`id` is {text}"), value));
                }
                id = Some(value);
            } else if name == "id" && self.repeated_id == RepeatedId::Ignored
                || name == "id" && self.repeated_id == RepeatedId::Refused && value.is_empty()
            {
                note(&mut notes, form!("a second `id` is passed over"));
            } else if name == "id" && self.repeated_id == RepeatedId::Refused {
                return Err(Unusable::Because(form!("a second `id`")));
            } else {
                self.extension(name, value)?;
            }
        }
        let id = id.ok_or(Unusable::Because(form!("no `id`")))?;
        Ok(RecordReading { id: id.to_owned(), notes })
    }

    fn extension(&self, name: &str, value: &str) -> Result<(), Unusable> {
        if !is_extension_name(name, self.sign_in_front) {
            return Err(refused(form!("no field has the name {text}"), name));
        }
        if value.is_empty() || !value.bytes().all(|b| matches!(b, 0x21..=0x3A | 0x3C | 0x3E..=0x7E)) {
            return Err(refused(form!("its value is refused: {text}"), name));
        }
        Ok(())
    }
}

/// What stands up to the next `;`, and what behind it.
fn next_piece(text: &str) -> (&str, Option<&str>) {
    cut(text, b';').map_or((text, None), |(piece, behind)| (piece, Some(behind)))
}

/// Whether it is an `id` by the grammar.
pub(super) fn is_id(value: &str) -> bool {
    (1..=MAX_ID).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_alphanumeric())
}

impl Pairs {
    fn read(&self, text: &str) -> Result<RecordReading, Unusable> {
        let (mut version, mut id) = (None, None);
        let mut notes = Vec::new();
        let (mut rest, mut first) = (Some(text), true);
        while let Some(text) = rest {
            let (raw, at_first) = (next_piece(text).0, first);
            (rest, first) = (next_piece(text).1, false);
            let piece = self.space.trim(raw);
            if raw.is_empty() || self.blank_skipped && piece.is_empty() {
                continue;
            }
            let (name, value) = match (cut(piece, b'='), self.no_equals) {
                (Some(pair), _) => pair,
                (None, NoEquals::EmptyValue) => (piece, ""),
                (None, NoEquals::Skipped) => continue,
                (None, NoEquals::Refused) => {
                    return Err(refused(form!("a piece without `=`: {text}"), piece));
                }
            };
            let blank = |part: &str| part.bytes().any(|b| matches!(b, b' ' | b'\t'));
            if self.plain && (cut(value, b'=').is_some() || blank(name) || blank(value)) {
                return Err(refused(form!("this piece is refused: {text}"), piece));
            }
            let trim = |part| if self.parts_trimmed { self.space.trim(part) } else { part };
            let (name, value) = (trim(name), trim(value));
            let same = |a: &str, b: &str| a == b || self.any_case && a.eq_ignore_ascii_case(b);
            if same(name, "v") && (!self.version_first || at_first) {
                version = Some(same(value, "STSv1"));
                if self.version_each && version == Some(false) {
                    return Err(refused(form!("the version is {text}"), value));
                }
            } else if same(name, "id") && !(at_first && self.version_first) {
                if value.len() > self.max_id {
                    return Err(refused(form!("`id` is too long: {text}"), value));
                }
                if value.is_empty() && self.first_id {
                    continue;
                }
                if id.is_none() || !self.first_id {
                    if id.is_some() {
                        note(&mut notes, form!("the last `id` counts"));
                    }
                    id = Some(value);
                }
            }
        }
        if version != Some(true) {
            return Err(Unusable::Because(form!("no `v=STSv1`")));
        }
        let id =
            id.filter(|id| self.empty_id || !id.is_empty()).ok_or(Unusable::Because(form!("no `id`")))?;
        if !is_id(id) {
            note(&mut notes, form!("what an `id` may hold is not looked at"));
        }
        Ok(RecordReading { id: id.to_owned(), notes })
    }
}
