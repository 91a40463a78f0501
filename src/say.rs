//! Sentences in the reader's language.
//!
//! A sentence is written in English where it is said, with `{names}` for what is filled in; that form is also the key of the
//! catalogues in `text/`. Natively the engine speaks English. A page hands its engine a catalogue once, and every
//! sentence made from then on is in that language; what the catalogue lacks stays English.

use std::cell::Cell;
use std::fmt::Display;
use std::mem::ManuallyDrop;
use std::net::IpAddr;

/// A sentence, in the reader's language: `say!("{host} answers with {code}", host, code = reply.code())`. That the names in
/// the form are those that are given, in this order, is checked when it is compiled. A value is a text, a number, or a
/// reference to something that can be displayed.
macro_rules! say {
    ($form:literal $(, $name:ident $(= $value:expr)?)* $(,)?) => {{
        const _: () = $crate::say::check($form, &[$(stringify!($name)),*]);
        $crate::say::filled($form, [$($crate::say::Value::text($crate::say::say!(@ $name $(= $value)?))),*])
    }};
    (@ $name:ident) => { $name };
    (@ $name:ident = $value:expr) => { $value };
}
pub(crate) use say;

/// A form that stands in a table and is said later, by [`filled`]: marked, so that the catalogues are held to have it.
macro_rules! form {
    ($form:literal) => {
        $form
    };
}
pub(crate) use form;

/// What stands in a place of a form. Texts and numbers are written here and not by `fmt`, which is a part of what a page loads
/// to lint.
pub(crate) trait Value {
    /// As text.
    fn text(self) -> String;
}

impl Value for String {
    fn text(self) -> String {
        self
    }
}

impl<T: Display + ?Sized> Value for &T {
    fn text(self) -> String {
        self.to_string()
    }
}

impl Value for IpAddr {
    fn text(self) -> String {
        self.to_string()
    }
}

impl Value for char {
    fn text(self) -> String {
        String::from(self)
    }
}

macro_rules! number {
    ($($type:ty),*) => {
        $(impl Value for $type {
            fn text(self) -> String {
                decimal(u64::try_from(self).unwrap_or(u64::MAX))
            }
        })*
    };
}
number!(usize, u64, u32, u16);

/// A number in decimal digits.
pub(crate) fn decimal(mut number: u64) -> String {
    let mut digits = String::new();
    loop {
        let digit = u32::try_from(number % 10).ok().and_then(|digit| char::from_digit(digit, 10));
        digits.insert(0, digit.unwrap_or('0'));
        number /= 10;
        if number == 0 {
            return digits;
        }
    }
}

thread_local! {
    // What is never dropped is never found gone: no code is needed to drop it, nor to say that it is.
    static SPOKEN: Cell<ManuallyDrop<String>> = const { Cell::new(ManuallyDrop::new(String::new())) };
}

/// From now on sentences are made in the language of this catalogue: lines of an English form, a tab, what it is
/// there, in the order of their bytes. Nothing is English.
#[cfg(any(
    all(
        target_arch = "wasm32",
        any(
            feature = "lint-policy",
            feature = "lint-record",
            feature = "look",
            feature = "mend",
            feature = "reports"
        )
    ),
    test
))]
pub(crate) fn speak(catalogue: String) {
    let before = SPOKEN.try_with(|spoken| spoken.replace(ManuallyDrop::new(catalogue)));
    drop(before.map(ManuallyDrop::into_inner));
}

/// What `make` makes, in English.
#[cfg(any(all(target_arch = "wasm32", feature = "setup"), test))]
pub(crate) fn in_english<T>(make: impl FnOnce() -> T) -> T {
    let catalogue = SPOKEN.take();
    let made = make();
    SPOKEN.set(catalogue);
    made
}

/// A form in the reader's language, with its places filled: `values` in the order in which the English form names them.
pub(crate) fn filled<const N: usize>(form: &str, values: [String; N]) -> String {
    fill(form, &values)
}

/// What a form is in the language of a catalogue, by halving it: it need not be taken apart. (Bytes throughout: searching
/// in strings brings a tenth of the build that lints alone.)
fn find<'c>(catalogue: &'c str, form: &str) -> Option<&'c str> {
    let mut rest = catalogue;
    while !rest.is_empty() {
        let start =
            rest.as_bytes().get(..rest.len() / 2)?.iter().rposition(|b| *b == b'\n').map_or(0, |end| end + 1);
        let (line, behind) = cut(rest.get(start..)?, b'\n')?;
        let (english, said) = cut(line, b'\t')?;
        match form.cmp(english) {
            std::cmp::Ordering::Equal => return Some(said),
            std::cmp::Ordering::Less => rest = rest.get(..start)?,
            std::cmp::Ordering::Greater => rest = behind,
        }
    }
    None
}

/// What stands in front of the first `mark`, an ASCII character, and behind it.
fn cut(text: &str, mark: u8) -> Option<(&str, &str)> {
    let at = text.as_bytes().iter().position(|b| *b == mark)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// The next name in a form: what stands in front of it, the name, and what stands behind it.
fn next_name(form: &str) -> Option<(&str, &str, &str)> {
    let (front, rest) = cut(form, b'{')?;
    let (name, behind) = cut(rest, b'}')?;
    Some((front, name, behind))
}

/// The same for any number of values.
#[inline(never)]
pub(crate) fn fill(form: &str, values: &[String]) -> String {
    let catalogue = SPOKEN.try_with(Cell::take).unwrap_or_default();
    let said = find(&catalogue, form).unwrap_or(form);
    let mut names: Vec<&str> = Vec::new();
    let mut rest = form;
    while let Some((_, name, behind)) = next_name(rest) {
        if !names.contains(&name) {
            names.push(name);
        }
        rest = behind;
    }
    debug_assert_eq!(names.len(), values.len(), "{form}");
    let mut sentence = String::new();
    rest = said;
    while let Some((front, name, behind)) = next_name(rest) {
        sentence.push_str(front);
        let index = names.iter().position(|known| *known == name);
        sentence.push_str(index.and_then(|index| values.get(index)).map_or("", String::as_str));
        rest = behind;
    }
    sentence.push_str(rest);
    SPOKEN.try_with(|spoken| spoken.set(catalogue)).ok();
    sentence
}

/// Fails to compile where a form's `{names}` are not exactly those that are given, in the order of their first places.
///
/// # Panics
/// At compile time, which is what it is for.
pub(crate) const fn check(form: &str, names: &[&str]) {
    let form = form.as_bytes();
    let mut found = 0;
    let mut at = 0;
    while at < form.len() {
        if form[at] == b'\t' || form[at] == b'\n' {
            panic!("a form is one line without tabs: it is a key of the catalogues");
        }
        if form[at] == b'}' {
            panic!("a brace closes nothing");
        }
        if form[at] == b'{' {
            let mut index = 0;
            let end = loop {
                assert!(index < names.len(), "the form has a name that is not given");
                if let Some(end) = named(form, at + 1, names[index].as_bytes()) {
                    break end;
                }
                index += 1;
            };
            assert!(index <= found, "the values are not in the order of the names in the form");
            if index == found {
                found += 1;
            }
            at = end;
        }
        at += 1;
    }
    assert!(found == names.len(), "a value is given that the form has no place for");
}

/// Where the brace stands that ends a name at `at`, if it is this name.
const fn named(form: &[u8], at: usize, name: &[u8]) -> Option<usize> {
    let mut index = 0;
    while index < name.len() {
        if at + index >= form.len() || form[at + index] != name[index] {
            return None;
        }
        index += 1;
    }
    let end = at + name.len();
    if end < form.len() && form[end] == b'}' { Some(end) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_filled_in_the_readers_language() {
        let host = "mx.example.com";
        assert_eq!(
            say!("{host} has {count} addresses", host, count = 2_usize),
            "mx.example.com has 2 addresses"
        );
        assert_eq!(say!("{host}, again {host}", host), "mx.example.com, again mx.example.com");
        speak("a\tA\nthere is nothing\tes gibt nichts\n{host} has {count} addresses\tes sind {count} bei {host}\n".into());
        assert_eq!(
            say!("{host} has {count} addresses", host, count = 2_usize),
            "es sind 2 bei mx.example.com"
        );
        assert_eq!(say!("there is nothing"), "es gibt nichts");
        assert_eq!(say!("a"), "A");
        assert_eq!(say!("not in the catalogue"), "not in the catalogue");
        assert_eq!(
            say!("{host}: {what}", host, what = say!("there is nothing")),
            "mx.example.com: es gibt nichts"
        );
        assert_eq!(in_english(|| say!("there is nothing")), "there is nothing");
        assert_eq!(say!("there is nothing"), "es gibt nichts");
        speak(String::new());
        assert_eq!(say!("there is nothing"), "there is nothing");
    }

    #[test]
    fn every_line_of_a_catalogue_is_found() {
        let lines: Vec<String> =
            (100..400).map(|n| format!("form {n} {}\tsaid {n}\n", "x".repeat(n % 37))).collect();
        let catalogue = lines.concat();
        for line in &lines {
            let (english, said) = line.trim_end().split_once('\t').expect("two parts");
            assert_eq!(find(&catalogue, english), Some(said));
        }
        for absent in ["", "form", "form 99", "form 400", "form 250 y", "zzz"] {
            assert_eq!(find(&catalogue, absent), None, "{absent}");
        }
    }
}
