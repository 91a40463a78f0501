//! Linting alone, for the builds that are loaded first: one that reads policies (feature `lint-policy`), one that reads
//! records (`lint-record`). Bytes in, bytes out: what JavaScript needs to hand over objects and strings, and to throw
//! errors, is a tenth of such a build; `www/engine.js` makes the same functions of these as the other builds have.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::{LintKind, Names, json, lint_with};

/// From now on findings are said in the language of this catalogue: lines of an English form, a tab, what it is there, in the
/// order of their bytes and in UTF-8. Nothing is English.
#[wasm_bindgen]
pub fn speak(catalogue: Vec<u8>) {
    crate::say::speak(String::from_utf8(catalogue).unwrap_or_default());
}

/// What a text is by its looks: a policy (1), an MTA-STS record (2) or a TLSRPT record (3).
#[wasm_bindgen(js_name = kindOf)]
pub fn kind_of(text: &[u8]) -> u8 {
    match LintKind::guess(text) {
        LintKind::Policy => 1,
        LintKind::Record => 2,
        LintKind::Tlsrpt => 3,
    }
}

fn json_of(kind: LintKind, text: &[u8], names: &Names) -> Vec<u8> {
    json::to_string(&lint_with(kind, text, names)).unwrap_or_default().into_bytes()
}

/// Lints a policy and gives the report as JSON, in UTF-8. `a_labels` has a line for each name that [`names_in`] gave: the
/// name, a space, its A-label.
#[cfg(feature = "lint-policy")]
#[wasm_bindgen(js_name = lintPolicy)]
pub fn lint_policy(text: &[u8], a_labels: &[u8]) -> Vec<u8> {
    let lines = a_labels.split(|b| *b == b'\n');
    let words = |part: &[u8]| String::from_utf8_lossy(part).into_owned();
    let pair = |line: &[u8]| {
        let space = line.iter().position(|b| *b == b' ')?;
        Some((words(line.get(..space)?), words(line.get(space + 1..)?)))
    };
    let names = Names { a_labels: lines.filter_map(pair).collect(), ..Names::default() };
    json_of(LintKind::Policy, text, &names)
}

/// The names in a policy that have letters outside ASCII, each with a line end behind it, in UTF-8: a page turns each into A-labels, which
/// this engine has no tables for, and hands them to [`lint_policy`].
#[cfg(feature = "lint-policy")]
#[wasm_bindgen(js_name = namesIn)]
pub fn names_in(text: &[u8]) -> Vec<u8> {
    let mut lines = Vec::new();
    for name in crate::PolicyDoc::parse(text).unicode_names() {
        lines.extend_from_slice(name.as_bytes());
        lines.push(b'\n');
    }
    lines
}

/// Lints an MTA-STS record, or a TLSRPT record, and gives the report as JSON, in UTF-8.
#[cfg(feature = "lint-record")]
#[wasm_bindgen(js_name = lintRecord)]
pub fn lint_record(text: &[u8], tlsrpt: bool) -> Vec<u8> {
    json_of(if tlsrpt { LintKind::Tlsrpt } else { LintKind::Record }, text, &Names::default())
}
