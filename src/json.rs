//! Writing JSON: the few shapes that reports are made of, in a fraction of the code that a general
//! writer brings. What the page loads before the first finding is counted in bytes.

use crate::say::decimal;

use serde::ser::{
    Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
};

/// `value` as JSON. Nothing where it holds what a report never does: floating point numbers, bytes, tuples.
pub(crate) fn to_string(value: &impl Serialize) -> Option<String> {
    let mut out = String::new();
    value.serialize(Writer(&mut out)).ok()?;
    Some(out)
}

/// A value that no report has.
#[derive(Debug)]
pub(crate) struct Unwritable;

impl std::fmt::Display for Unwritable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value that no report has")
    }
}

impl std::error::Error for Unwritable {}

impl serde::ser::Error for Unwritable {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self
    }
}

fn write_str(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\0'..='\x1f' => {
                out.push_str("\\u00");
                for digit in [u32::from(c) >> 4, u32::from(c) & 15] {
                    out.extend(char::from_digit(digit, 16));
                }
            }
            _ => out.push(c),
        }
    }
    out.push('"');
}

fn write_number(out: &mut String, number: i64) {
    if number < 0 {
        out.push('-');
    }
    out.push_str(&decimal(number.unsigned_abs()));
}

struct Writer<'o>(&'o mut String);

/// An array or an object under way.
struct Group<'o> {
    out: &'o mut String,
    first: bool,
    /// What ends it.
    end: &'static str,
}

impl<'o> Writer<'o> {
    fn open(self, begin: &str, end: &'static str) -> Group<'o> {
        self.0.push_str(begin);
        Group { out: self.0, first: true, end }
    }

    /// An enum's variant that holds something: `{"name":…`.
    fn variant(self, name: &str, begin: &str, end: &'static str) -> Group<'o> {
        self.0.push('{');
        write_str(self.0, name);
        self.0.push(':');
        self.open(begin, end)
    }
}

impl Group<'_> {
    fn comma(&mut self) {
        if !self.first {
            self.out.push(',');
        }
        self.first = false;
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Unwritable> {
        self.comma();
        write_str(self.out, name);
        self.out.push(':');
        value.serialize(Writer(self.out))
    }

    fn close(self) {
        self.out.push_str(self.end);
    }
}

type Done = Result<(), Unwritable>;

impl<'o> serde::Serializer for Writer<'o> {
    type Ok = ();
    type Error = Unwritable;
    type SerializeSeq = Group<'o>;
    type SerializeTuple = Group<'o>;
    type SerializeTupleStruct = Impossible<(), Unwritable>;
    type SerializeTupleVariant = Impossible<(), Unwritable>;
    type SerializeMap = Group<'o>;
    type SerializeStruct = Group<'o>;
    type SerializeStructVariant = Group<'o>;

    fn serialize_bool(self, value: bool) -> Done {
        self.0.push_str(if value { "true" } else { "false" });
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Done {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Done {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Done {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Done {
        write_number(self.0, value);
        Ok(())
    }

    fn serialize_u8(self, value: u8) -> Done {
        self.serialize_i64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Done {
        self.serialize_i64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Done {
        self.serialize_i64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Done {
        self.serialize_i64(i64::try_from(value).map_err(|_| Unwritable)?)
    }

    fn serialize_f32(self, _: f32) -> Done {
        Err(Unwritable)
    }

    fn serialize_f64(self, _: f64) -> Done {
        Err(Unwritable)
    }

    fn serialize_char(self, value: char) -> Done {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Done {
        write_str(self.0, value);
        Ok(())
    }

    fn serialize_bytes(self, _: &[u8]) -> Done {
        Err(Unwritable)
    }

    fn serialize_none(self) -> Done {
        self.0.push_str("null");
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Done {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Done {
        self.serialize_none()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Done {
        self.serialize_none()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Done {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Done {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Done {
        let group = self.variant(variant, "", "}");
        value.serialize(Writer(&mut *group.out))?;
        group.close();
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Group<'o>, Unwritable> {
        Ok(self.open("[", "]"))
    }

    fn serialize_tuple(self, _: usize) -> Result<Group<'o>, Unwritable> {
        Ok(self.open("[", "]"))
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, Unwritable> {
        Err(Unwritable)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Unwritable> {
        Err(Unwritable)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Group<'o>, Unwritable> {
        Ok(self.open("{", "}"))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Group<'o>, Unwritable> {
        Ok(self.open("{", "}"))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Group<'o>, Unwritable> {
        Ok(self.variant(variant, "{", "}}"))
    }
}

impl SerializeSeq for Group<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.comma();
        value.serialize(Writer(self.out))
    }

    fn end(self) -> Done {
        self.close();
        Ok(())
    }
}

impl serde::ser::SerializeTuple for Group<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Done {
        SerializeSeq::end(self)
    }
}

impl SerializeMap for Group<'_> {
    type Ok = ();
    type Error = Unwritable;

    /// Keys are strings everywhere.
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Done {
        self.comma();
        key.serialize(Writer(self.out))
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.out.push(':');
        value.serialize(Writer(self.out))
    }

    fn end(self) -> Done {
        self.close();
        Ok(())
    }
}

impl SerializeStruct for Group<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Done {
        self.field(name, value)
    }

    fn end(self) -> Done {
        self.close();
        Ok(())
    }
}

impl SerializeStructVariant for Group<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Done {
        self.field(name, value)
    }

    fn end(self) -> Done {
        self.close();
        Ok(())
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))] // serde_json is no part of the wasm build
mod tests {
    use super::*;
    use crate::{LintKind, lint};

    fn agrees(value: &impl Serialize) {
        let ours = to_string(value).expect("a value of a report");
        let ours: serde_json::Value = serde_json::from_str(&ours).expect("JSON");
        assert_eq!(ours, serde_json::to_value(value).expect("JSON"));
    }

    #[test]
    fn every_lint_is_written_as_serde_json_writes_it() {
        for text in [
            &b""[..],
            b"version: STSv1\nmode: enforced\nmx: \"a\\b\"\x01\x7f\nmax_age: 1\n",
            "\u{feff}v=STSv1; id=\u{1f31f}\u{2028}é\r\n\t;;".as_bytes(),
            b"v=TLSRPTv1; rua=mailto:a@b.example,http://x\xff\xfe",
        ] {
            for kind in [LintKind::Policy, LintKind::Record, LintKind::Tlsrpt] {
                agrees(&lint(kind, text));
            }
        }
    }

    #[cfg(feature = "check")]
    #[test]
    fn evidence_and_reports_are_written_as_serde_json_writes_them() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/evidence");
        let mut tried = 0;
        for entry in std::fs::read_dir(folder).expect("saved evidence") {
            let path = entry.expect("an entry").path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let text = std::fs::read_to_string(path).expect("a file");
            let evidence: crate::Evidence = serde_json::from_str(&text).expect("evidence");
            agrees(&evidence);
            agrees(&crate::Check::replay(evidence).report());
            tried += 1;
        }
        assert!(tried > 0);
    }

    #[test]
    fn what_no_report_has_is_not_written() {
        assert!(to_string(&1.5).is_none());
        assert_eq!(to_string(&-7_i8).as_deref(), Some("-7"));
        assert_eq!(to_string(&None::<u8>).as_deref(), Some("null"));
    }
}
