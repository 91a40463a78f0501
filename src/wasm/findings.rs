//! Linting alone, for the build that is loaded first: text in, text out. What JavaScript needs to hand over objects,
//! and to throw errors, is a tenth of that build; `www/engine.js` makes the same functions of these as the other
//! builds have.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::{LintKind, Names, PolicyDoc, json, lint_with};

/// What the text is: `policy`, `record` or `tlsrpt`; anything else is by its looks.
fn kind_of(kind: &str, text: &[u8]) -> LintKind {
    match kind {
        "policy" => LintKind::Policy,
        "record" => LintKind::Record,
        "tlsrpt" => LintKind::Tlsrpt,
        _ => LintKind::guess(text),
    }
}

/// Lints a text and gives the report as JSON. `a_labels` has a line for each name that [`names_in`] gave: the name, a
/// space, its A-label.
#[wasm_bindgen]
pub fn lint(text: &[u8], kind: &str, a_labels: &str) -> String {
    let pair = |line: &str| line.split_once(' ').map(|(name, label)| (name.to_owned(), label.to_owned()));
    let names = Names { a_labels: a_labels.lines().filter_map(pair).collect(), ..Names::default() };
    json::to_string(&lint_with(kind_of(kind, text), text, &names)).unwrap_or_default()
}

/// The names in a text that have letters outside ASCII, each on a line: a page turns each into A-labels, which this
/// engine has no tables for, and hands them to [`lint`].
#[wasm_bindgen(js_name = namesIn)]
pub fn names_in(text: &[u8], kind: &str) -> String {
    match kind_of(kind, text) {
        LintKind::Policy => PolicyDoc::parse(text).unicode_names().join("\n"),
        LintKind::Record | LintKind::Tlsrpt => String::new(),
    }
}
