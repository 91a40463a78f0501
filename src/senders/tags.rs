//! The one reader of records that is an algorithm of its own: mail-auth's `TagParser`, letter by letter.

use super::record::is_id;
use super::{RecordReading, Unusable, note, refused};
use crate::say::form;

/// mail-auth's reading: names are looked at in either case, white space is nowhere, and a piece
/// without `=` swallows the name behind it.
pub(super) struct Tags<'a> {
    rest: &'a [u8],
}

impl<'a> Tags<'a> {
    pub(super) const fn new(text: &'a [u8]) -> Self {
        Self { rest: text }
    }

    pub(super) fn read(mut self) -> Result<RecordReading, Unusable> {
        let (mut version, mut id) = (false, None);
        let mut notes = Vec::new();
        while let Some(name) = self.name() {
            match &name {
                Some(name) if name.as_slice() == b"v" => {
                    let value = self.value();
                    if !value.eq_ignore_ascii_case(b"STSv1") {
                        return Err(refused(
                            form!("the version is {text}"),
                            &String::from_utf8_lossy(&value),
                        ));
                    }
                    version = true;
                }
                Some(name) if name.as_slice() == b"id" => {
                    if id.is_some() {
                        note(&mut notes, form!("the last `id` counts"));
                    }
                    id = Some(String::from_utf8_lossy(&self.value()).into_owned());
                }
                _ => drop(self.value()),
            }
        }
        if !version {
            return Err(Unusable::Because(form!("no `v=STSv1`")));
        }
        let id = id.ok_or(Unusable::Because(form!("no `id`")))?;
        if !is_id(&id) {
            note(&mut notes, form!("what an `id` may hold is not looked at"));
        }
        Ok(RecordReading { id, notes })
    }

    /// The letters up to the next `=`; nothing inside where there was anything but letters, or more
    /// than eight. A `;` empties the name, but not the count of its letters.
    fn name(&mut self) -> Option<Option<Vec<u8>>> {
        let (mut name, mut count) = (Some(Vec::new()), 0);
        while let Some((byte, rest)) = self.rest.split_first() {
            self.rest = rest;
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => {}
                b'=' => return Some(name),
                b';' => name = Some(vec![0; count]),
                _ if byte.is_ascii_alphabetic() && count < 8 => {
                    if let Some(name) = &mut name {
                        name.push(byte.to_ascii_lowercase());
                    }
                    count += 1;
                }
                _ => (name, count) = (None, 8),
            }
        }
        None
    }

    /// What stands up to the next `;`, without white space.
    fn value(&mut self) -> Vec<u8> {
        let end = self.rest.iter().position(|b| *b == b';').unwrap_or(self.rest.len());
        let (value, rest) = self.rest.split_at(end);
        self.rest = rest.get(1..).unwrap_or_default();
        value.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect()
    }
}
