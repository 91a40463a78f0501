//! Characters that look like ASCII and are not, and characters that look like nothing: a word processor, a
//! chat or a web page puts them into text that is copied through it.
//!
//! The table is small on purpose. It has what turns up in names of fields, modes, ids and host names: spaces,
//! invisible characters, typographic marks, full width forms, and letters of other alphabets that cannot be
//! told from ASCII. (Unicode's confusables.txt has thousands; none but these stand in for our letters.)

use crate::say::say;
use crate::visible::is_invisible;
use crate::words::code_point;

/// `text` as it looks, in ASCII; `None` where it is ASCII already, or holds a character that looks like none.
pub(crate) fn ascii(text: &[u8]) -> Option<String> {
    let is_plain = |c: char| c == '\t' || c == ' ' || c.is_ascii_graphic();
    // Most text is, and a hostile policy has tens of thousands of lines that are asked about.
    if text.iter().all(|b| is_plain(char::from(*b))) {
        return None;
    }
    let mut clean = String::with_capacity(text.len());
    let mut changed = false;
    let mut put = |c: char| {
        changed |= !is_plain(c);
        if is_plain(c) {
            clean.push(c);
        } else {
            clean.push_str(like(c)?);
        }
        Some(())
    };
    match std::str::from_utf8(text) {
        Ok(text) => text.chars().try_for_each(&mut put),
        // A file in Latin-1, whose non-breaking space is one byte.
        Err(_) => text.iter().try_for_each(|b| put(char::from(*b))),
    }?;
    changed.then_some(clean)
}

/// Whether a host name only looks like one in ASCII: its characters outside ASCII are all look-alikes, and
/// stand beside ASCII letters or are no letters at all. A label wholly in another alphabet may be meant so.
pub(crate) fn is_disguised(host: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(host) else { return ascii(host).is_some() };
    let letters = |c: char| like(c).is_some_and(|like| like.bytes().all(|b| b.is_ascii_lowercase()));
    let own = |c: char| letters(c) && !is_invisible(c) && !is_wide(c);
    ascii(host).is_some()
        && text.split('.').all(|label| {
            !label.chars().any(|c| !c.is_ascii() && own(c)) || label.chars().any(|c| c.is_ascii_alphabetic())
        })
}

/// The characters of `text` that are not what they look like, each once: "U+043E (looks like `o`)".
pub(crate) fn named(text: &[u8]) -> String {
    let mut said = String::new();
    let mut seen: Vec<char> = Vec::new();
    for c in
        String::from_utf8_lossy(text).chars().filter(|c| !(*c == '\t' || *c == ' ' || c.is_ascii_graphic()))
    {
        if seen.contains(&c) {
            continue;
        }
        seen.push(c);
        if seen.len() > 4 {
            return say!("{characters} and more", characters = said);
        }
        if !said.is_empty() {
            said.push_str(", ");
        }
        let code = code_point(c);
        said.push_str(&match like(c) {
            Some("") => say!("{code} (an invisible character)", code),
            Some(" ") => say!("{code} (another space)", code),
            // A backtick cannot stand between backticks.
            Some("`") => say!("{code} (looks like `{like}`)", code, like = '\''),
            Some(like) => say!("{code} (looks like `{like}`)", code, like),
            None => say!("{code} (not ASCII)", code),
        });
    }
    said
}

fn is_wide(c: char) -> bool {
    matches!(c, '\u{FF01}'..='\u{FF5E}')
}

/// What `c` looks like; `None` where it looks like nothing in ASCII.
fn like(c: char) -> Option<&'static str> {
    let ascii = |code: u32| {
        let at = usize::try_from(code.checked_sub(0x21)?).ok()?;
        GRAPHIC.get(at..=at)
    };
    let code = u32::from(c);
    Some(match c {
        '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}' => " ",
        '\u{2018}'..='\u{2019}' | '\u{201B}' | '\u{2032}' | '\u{B4}' => "'",
        '\u{201C}'..='\u{201F}' | '\u{2033}' | '\u{AB}' | '\u{BB}' => "\"",
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' => "-",
        '\u{2D0}' | '\u{2236}' | '\u{A789}' | '\u{FE55}' | '\u{FE13}' | '\u{5C3}' => ":",
        '\u{37E}' | '\u{FE54}' => ";",
        '\u{A78A}' | '\u{FE66}' => "=",
        '\u{2024}' | '\u{3002}' | '\u{FF61}' | '\u{FE52}' => ".",
        '\u{201A}' | '\u{3001}' | '\u{FE50}' => ",",
        '\u{2217}' | '\u{204E}' | '\u{FE61}' | '\u{2022}' => "*",
        '\u{2017}' | '\u{FE4D}'..='\u{FE4F}' => "_",
        c if is_wide(c) => ascii(code - 0xFEE0)?,
        // Mathematical letters, in alphabets of 52, and digits.
        '\u{1D400}'..='\u{1D6A3}' => ascii(match (code - 0x1D400) % 52 {
            upper @ 0..26 => u32::from('A') + upper,
            lower => u32::from('a') + lower - 26,
        })?,
        '\u{1D7CE}'..='\u{1D7FF}' => ascii(u32::from('0') + (code - 0x1D7CE) % 10)?,
        c if is_invisible(c) => "",
        c => {
            let (_, like) = LETTERS.iter().find(|(letters, _)| letters.contains(&c))?;
            like
        }
    })
}

/// The visible characters of ASCII, from U+0021.
const GRAPHIC: &str =
    "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

/// Letters of other alphabets (Cyrillic, Greek, Armenian, Latin extensions, Roman numerals), and what they look
/// like.
const LETTERS: &[(&[char], &str)] = &[
    (&['а', 'α', 'ɑ'], "a"),
    (&['с', 'ϲ', 'ⅽ'], "c"),
    (&['ԁ', 'ⅾ'], "d"),
    (&['е', 'ε', 'ҽ', 'ℯ'], "e"),
    (&['ɡ', 'ց'], "g"),
    (&['һ', 'հ', 'н'], "h"),
    (&['і', 'ι', 'ı', 'ɩ', 'ⅰ'], "i"),
    (&['ј', 'ϳ'], "j"),
    (&['к', 'κ'], "k"),
    (&['ӏ', 'ⅼ', 'ℓ'], "l"),
    (&['м', 'ⅿ'], "m"),
    (&['п', 'η', 'ո'], "n"),
    (&['о', 'ο', 'օ'], "o"),
    (&['р', 'ρ'], "p"),
    (&['ԛ', 'զ'], "q"),
    (&['г', 'ɼ'], "r"),
    (&['ѕ', 'ſ'], "s"),
    (&['т', 'τ'], "t"),
    (&['υ', 'ս', 'ʋ'], "u"),
    (&['ѵ', 'ν', 'ⅴ'], "v"),
    (&['ԝ'], "w"),
    (&['х', 'χ', 'ⅹ'], "x"),
    (&['у', 'γ', 'ү'], "y"),
    (&['А', 'Α'], "A"),
    (&['В', 'Β'], "B"),
    (&['С', 'Ϲ'], "C"),
    (&['Е', 'Ε'], "E"),
    (&['Н', 'Η'], "H"),
    (&['І', 'Ι', 'Ӏ'], "I"),
    (&['Ј'], "J"),
    (&['К', 'Κ'], "K"),
    (&['М', 'Μ'], "M"),
    (&['Ν'], "N"),
    (&['О', 'Ο'], "O"),
    (&['Р', 'Ρ'], "P"),
    (&['Ѕ'], "S"),
    (&['Т', 'Τ'], "T"),
    (&['Ѵ'], "V"),
    (&['Ԝ'], "W"),
    (&['Х', 'Χ'], "X"),
    (&['Ү', 'Υ'], "Y"),
    (&['Ζ'], "Z"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_ascii() {
        for (text, clean) in [
            ("m\u{43e}de", Some("mode")),
            ("\u{435}nf\u{43e}r\u{441}e", Some("enforce")),
            ("\u{feff}version", Some("version")),
            ("mode\u{a0}", Some("mode ")),
            ("\u{200b}mx", Some("mx")),
            ("max\u{2013}age", Some("max-age")),
            ("\u{201c}STSv1\u{201d}", Some("\"STSv1\"")),
            ("\u{ff4d}\u{ff4f}\u{ff44}\u{ff45}\u{ff1a}", Some("mode:")),
            ("\u{1d426}\u{1d428}\u{1d7d7}", Some("mo9")),
            ("enforce\u{0}", Some("enforce")),
            ("mode", None),
            ("caf\u{e9}", None),
            ("m\u{43e}d\u{e9}", None),
        ] {
            assert_eq!(ascii(text.as_bytes()).as_deref(), clean, "{text}");
        }
        assert_eq!(ascii(b"mode\xA0").as_deref(), Some("mode "));
        assert_eq!(
            named("m\u{43e}de\u{200b}\u{a0}".as_bytes()),
            "U+043E (looks like `o`), U+200B (an invisible character), U+00A0 (another space)"
        );
    }

    #[test]
    fn a_label_in_another_alphabet_is_no_disguise() {
        for (host, disguised) in [
            ("m\u{445}.example.com", true),
            ("mx.example.com\u{200b}", true),
            ("mx\u{3002}example\u{3002}com", true),
            ("\u{ff4d}\u{ff58}.example.com", true),
            ("\u{445}\u{440}\u{441}.example.com", false),
            ("b\u{fc}cher.example", false),
            ("mx.example.com", false),
        ] {
            assert_eq!(is_disguised(host.as_bytes()), disguised, "{host}");
        }
    }

    #[test]
    fn every_letter_stands_once() {
        let mut all: Vec<char> = LETTERS.iter().flat_map(|(letters, _)| letters.iter().copied()).collect();
        all.sort_unstable();
        let count = all.len();
        all.dedup();
        assert_eq!(all.len(), count);
        assert!(all.iter().all(|c| !c.is_ascii()));
        assert_eq!(GRAPHIC.len(), 94);
    }
}
