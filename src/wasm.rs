//! The JavaScript surface: each function converts, calls, and converts back.

#[cfg(feature = "check")]
mod check;

use js_sys::JSON;
use serde::Serialize;
use wasm_bindgen::prelude::{JsError, JsValue, wasm_bindgen};

#[cfg(feature = "check")]
pub use self::check::{check, draft_against, read_domain};
use crate::{LintKind, json};

/// A small allocator: the standard one is a tenth of what a page loads to lint.
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// A plain object. The text is parsed by the browser: that is less to load than code which builds the
/// object piece by piece, and faster.
fn to_js(value: &impl Serialize) -> Result<JsValue, JsError> {
    let json = json::to_string(value).ok_or_else(|| JsError::new("the report cannot be written as JSON"))?;
    JSON::parse(&json).map_err(|_| JsError::new("the report is not JSON"))
}

/// What the text is: as `kind` says, or by its looks.
fn kind_of(kind: Option<String>, text: &[u8]) -> Result<LintKind, JsError> {
    match kind.as_deref() {
        None => Ok(LintKind::guess(text)),
        Some("policy") => Ok(LintKind::Policy),
        Some("record") => Ok(LintKind::Record),
        Some("tlsrpt") => Ok(LintKind::Tlsrpt),
        Some(_) => Err(JsError::new("kind is none of policy, record and tlsrpt")),
    }
}

/// Lints a text. `kind` is `policy`, `record` or `tlsrpt`; it is guessed where it is not given.
///
/// # Errors
/// A `kind` that is none of the three.
#[wasm_bindgen]
pub fn lint(text: &[u8], kind: Option<String>) -> Result<JsValue, JsError> {
    to_js(&crate::lint(kind_of(kind, text)?, text))
}
