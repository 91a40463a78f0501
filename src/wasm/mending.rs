//! Linting a text and mending it.

use js_sys::{Array, JSON, Object, Reflect};
use serde::Serialize;
use wasm_bindgen::prelude::{JsCast, JsError, JsValue, wasm_bindgen};

use crate::{LintKind, LintReport, Names, PolicyDoc, json, lint_with};

/// A plain object. The text is parsed by the browser: that is less to load than code which builds the
/// object piece by piece, and faster.
pub(super) fn to_js(value: &impl Serialize) -> Result<JsValue, JsError> {
    let json = json::to_string(value).ok_or_else(|| JsError::new("the report cannot be written as JSON"))?;
    JSON::parse(&json).map_err(|_| JsError::new("the report is not JSON"))
}

/// From now on everything is said in the language of this catalogue: lines of an English form, a tab, what it is there, in
/// the order of their bytes. Nothing is English.
#[wasm_bindgen]
pub fn speak(catalogue: String) {
    crate::say::speak(catalogue);
}

/// What the text is: as `kind` says, or by its looks.
pub(super) fn kind_of(kind: Option<String>, text: &[u8]) -> Result<LintKind, JsError> {
    match kind.as_deref() {
        None => Ok(LintKind::guess(text)),
        Some("policy") => Ok(LintKind::Policy),
        Some("record") => Ok(LintKind::Record),
        Some("tlsrpt") => Ok(LintKind::Tlsrpt),
        Some(_) => Err(JsError::new("kind is none of policy, record and tlsrpt")),
    }
}

/// What the page knows of the names in a text: `{ aLabels: { name: alabel } }`, or nothing.
fn names_of(options: &JsValue) -> Names {
    let given = Reflect::get(options, &"aLabels".into()).ok().filter(JsValue::is_object);
    let entries = given.map_or_else(Array::new, |labels| Object::entries(labels.unchecked_ref()));
    let pair = |entry: JsValue| {
        let entry: Array = entry.unchecked_into();
        Some((entry.get(0).as_string()?, entry.get(1).as_string()?))
    };
    Names { a_labels: entries.iter().filter_map(pair).collect(), ..Names::default() }
}

/// Lints a text. `kind` is `policy`, `record` or `tlsrpt`; it is guessed where it is not given. `options` is
/// `{ aLabels: { name: alabel } }`, with what the page made of the names that [`names_in`] gave, or nothing.
///
/// # Errors
/// A `kind` that is none of the three.
#[wasm_bindgen]
pub fn lint(text: &[u8], kind: Option<String>, options: &JsValue) -> Result<JsValue, JsError> {
    to_js(&lint_with(kind_of(kind, text)?, text, &names_of(options)))
}

#[derive(Serialize)]
struct Mended<'t> {
    text: &'t str,
    edits: usize,
    report: LintReport,
}

/// Makes every edit that mends an error or a warning, and gives `{ text, edits, report }`: the text as it is
/// then, how many edits were made, and what is still to be said. The arguments are those of [`lint`].
///
/// # Errors
/// As for [`lint`].
#[wasm_bindgen(js_name = fixAll)]
pub fn fix_all(text: &[u8], kind: Option<String>, options: &JsValue) -> Result<JsValue, JsError> {
    let (kind, names) = (kind_of(kind, text)?, names_of(options));
    let fixed = crate::fix_all(kind, text, &names);
    let report = lint_with(kind, &fixed.text, &names);
    to_js(&Mended { text: &String::from_utf8_lossy(&fixed.text), edits: fixed.edits, report })
}

/// How named senders and checkers read a text; nobody for a TLSRPT record. Apart from [`lint`], as it takes many times as
/// long. The arguments are those of [`lint`].
///
/// # Errors
/// As for [`lint`].
#[wasm_bindgen]
pub fn senders(text: &[u8], kind: Option<String>) -> Result<JsValue, JsError> {
    to_js(&crate::lint::senders(kind_of(kind, text)?, text))
}

/// The names in a text that have letters outside ASCII: a page turns each into A-labels, which this engine
/// has no tables for, and hands them to [`lint`].
///
/// # Errors
/// As for [`lint`].
#[wasm_bindgen(js_name = namesIn)]
pub fn names_in(text: &[u8], kind: Option<String>) -> Result<Vec<String>, JsError> {
    Ok(match kind_of(kind, text)? {
        LintKind::Policy => PolicyDoc::parse(text).unicode_names(),
        LintKind::Record | LintKind::Tlsrpt => Vec::new(),
    })
}
