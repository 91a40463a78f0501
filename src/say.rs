//! Sentences in the reader's language.
//!
//! A sentence is written in English where it is said, with `{names}` for what is filled in; that form is also the key of the
//! catalogues in `text/`. Natively the engine speaks English. A page hands its engine a catalogue once, and every
//! sentence made from then on is in that language; what the catalogue lacks stays English.

use std::cell::RefCell;
use std::fmt::Display;

/// A sentence, in the reader's language: `say!("{host} answers with {code}", host, code = reply.code())`. That the names in
/// the form are those that are given is checked when it is compiled.
macro_rules! say {
    ($form:literal $(, $name:ident $(= $value:expr)?)* $(,)?) => {{
        const _: () = $crate::say::check($form, &[$(stringify!($name)),*]);
        $crate::say::filled($form, &[$((stringify!($name), $crate::say::say!(@ $name $(= $value)?))),*])
    }};
    (@ $name:ident) => { &$name };
    (@ $name:ident = $value:expr) => { &$value };
}
pub(crate) use say;

thread_local! {
    static SPOKEN: RefCell<Catalogue> = const { RefCell::new(Catalogue(String::new())) };
}

/// Lines of an English form, a tab, and what it is in another language; in the order of their bytes.
struct Catalogue(String);

impl Catalogue {
    /// What a form is in this language, by halving the text: it need not be taken apart.
    fn find(&self, form: &str) -> Option<&str> {
        let mut rest = self.0.as_str();
        while !rest.is_empty() {
            let middle = rest.len() / 2;
            let start =
                rest.as_bytes().get(..middle)?.iter().rposition(|b| *b == b'\n').map_or(0, |end| end + 1);
            let line = rest.get(start..)?.lines().next()?;
            let (english, said) = line.split_once('\t')?;
            match form.cmp(english) {
                std::cmp::Ordering::Equal => return Some(said),
                std::cmp::Ordering::Less => rest = rest.get(..start)?,
                std::cmp::Ordering::Greater => {
                    rest = rest.get(start + line.len()..)?.trim_start_matches('\n')
                }
            }
        }
        None
    }
}

/// From now on sentences are made in the language of this catalogue: lines of an English form, a tab, what it is
/// there, in the order of their bytes. Nothing is English.
#[cfg(test)]
pub(crate) fn speak(catalogue: String) {
    SPOKEN.set(Catalogue(catalogue));
}

/// A form in the reader's language, with its places filled.
pub(crate) fn filled(form: &str, values: &[(&str, &dyn Display)]) -> String {
    SPOKEN.with_borrow(|spoken| fill(spoken.find(form).unwrap_or(form), values))
}

fn fill(form: &str, values: &[(&str, &dyn Display)]) -> String {
    let mut parts = form.split('{');
    let mut sentence = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}').unwrap_or((part, ""));
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            sentence.push_str(&value.to_string());
        }
        sentence.push_str(rest);
    }
    sentence
}

/// Fails to compile where a form's `{names}` are not exactly those that are given.
///
/// # Panics
/// At compile time, which is what it is for.
pub(crate) const fn check(form: &str, names: &[&str]) {
    let form = form.as_bytes();
    let mut used = 0;
    let mut at = 0;
    while at < form.len() {
        if form[at] == b'\t' || form[at] == b'\n' {
            panic!("a form is one line without tabs: it is a key of the catalogues");
        }
        if form[at] == b'}' {
            panic!("a brace closes nothing");
        }
        if form[at] == b'{' {
            let mut known = false;
            let mut index = 0;
            while index < names.len() {
                if let Some(end) = named(form, at + 1, names[index].as_bytes()) {
                    known = true;
                    used |= 1_u64 << index;
                    at = end;
                    break;
                }
                index += 1;
            }
            assert!(known, "the form has a name that is not given");
        }
        at += 1;
    }
    assert!(used == (1_u64 << names.len()) - 1, "a value is given that the form has no place for");
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
        assert_eq!(say!("{host} has {count} addresses", host, count = 2), "mx.example.com has 2 addresses");
        speak("a\tA\nthere is nothing\tes gibt nichts\n{host} has {count} addresses\tes sind {count} bei {host}\n".into());
        assert_eq!(say!("{host} has {count} addresses", host, count = 2), "es sind 2 bei mx.example.com");
        assert_eq!(say!("there is nothing"), "es gibt nichts");
        assert_eq!(say!("a"), "A");
        assert_eq!(say!("not in the catalogue"), "not in the catalogue");
        speak(String::new());
        assert_eq!(say!("there is nothing"), "there is nothing");
    }

    #[test]
    fn every_line_of_a_catalogue_is_found() {
        let lines: Vec<String> =
            (100..400).map(|n| format!("form {n} {}\tsaid {n}\n", "x".repeat(n % 37))).collect();
        let catalogue = Catalogue(lines.concat());
        for line in &lines {
            let (english, said) = line.trim_end().split_once('\t').expect("two parts");
            assert_eq!(catalogue.find(english), Some(said));
        }
        for absent in ["", "form", "form 99", "form 400", "form 250 y", "zzz"] {
            assert_eq!(catalogue.find(absent), None, "{absent}");
        }
    }
}
