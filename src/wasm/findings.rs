//! Linting alone, for the build that is loaded first: bytes in, bytes out. What JavaScript needs to hand over objects
//! and strings, and to throw errors, is a tenth of that build; `www/engine.js` makes the same functions of these as
//! the other builds have.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::{LintKind, Names, PolicyDoc, json, lint_with};

/// What the text is: a policy (1), an MTA-STS record (2) or a TLSRPT record (3); anything else is by its looks.
fn kind_of(kind: u8, text: &[u8]) -> LintKind {
    match kind {
        1 => LintKind::Policy,
        2 => LintKind::Record,
        3 => LintKind::Tlsrpt,
        _ => LintKind::guess(text),
    }
}

/// Lints a text and gives the report as JSON, in UTF-8. `a_labels` has a line for each name that [`names_in`] gave: the
/// name, a space, its A-label.
#[wasm_bindgen]
pub fn lint(text: &[u8], kind: u8, a_labels: &[u8]) -> Vec<u8> {
    let lines = a_labels.split(|b| *b == b'\n');
    let words = |part: &[u8]| String::from_utf8_lossy(part).into_owned();
    let pair = |line: &[u8]| {
        let space = line.iter().position(|b| *b == b' ')?;
        Some((words(line.get(..space)?), words(line.get(space + 1..)?)))
    };
    let names = Names { a_labels: lines.filter_map(pair).collect(), ..Names::default() };
    json::to_string(&lint_with(kind_of(kind, text), text, &names)).unwrap_or_default().into_bytes()
}

/// The names in a text that have letters outside ASCII, each on a line of UTF-8: a page turns each into A-labels, which
/// this engine has no tables for, and hands them to [`lint`].
#[wasm_bindgen(js_name = namesIn)]
pub fn names_in(text: &[u8], kind: u8) -> Vec<u8> {
    match kind_of(kind, text) {
        LintKind::Policy => PolicyDoc::parse(text).unicode_names().join("\n").into_bytes(),
        LintKind::Record | LintKind::Tlsrpt => Vec::new(),
    }
}
