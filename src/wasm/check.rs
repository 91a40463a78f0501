//! Checking a domain: what the lint build does without.

use std::cell::Cell;

use js_sys::{Date, Function};
use serde::Serialize;
use wasm_bindgen::prelude::{JsError, JsValue, wasm_bindgen};
use web_sys::AbortSignal;

use super::mending::{kind_of, to_js};
use crate::beside::Selector;
use crate::browser::{self, Settings, a_label, milliseconds};
use crate::name::typed;
use crate::{Check, Domain, DomainError, Evidence, Report, command, draft};

/// How long a report may take, in milliseconds, before the page is spared some.
const SLOW_REPORT: f64 = 50.0;

#[derive(Serialize)]
struct ReadDomain {
    domain: String,
    notice: Option<String>,
    command: String,
}

/// The policy domain in what a person typed: `{ domain, notice, command }`, with the command that
/// checks it from a terminal.
///
/// # Errors
/// A sentence that says what to type instead.
#[wasm_bindgen(js_name = readDomain)]
pub fn read_domain(input: &str) -> Result<JsValue, JsError> {
    let (domain, notice) = domain_in(input)?;
    to_js(&ReadDomain { command: command::check(&domain), domain: domain.to_string(), notice })
}

fn domain_in(input: &str) -> Result<(Domain, Option<String>), DomainError> {
    let typed = typed(input)?;
    let ascii = if typed.domain.is_ascii() {
        typed.domain.clone()
    } else {
        a_label(&typed.domain).ok_or_else(|| DomainError::NoALabel(typed.domain.clone()))?
    };
    let domain = Domain::parse(&ascii)?;
    let notice = typed.notice(&domain);
    Ok((domain, notice))
}

#[derive(Serialize)]
struct Checked<'c> {
    report: Report,
    evidence: &'c Evidence,
}

/// Checks a domain and gives `{ report, evidence }`. `settings` is `{ companion, zoo, selectors }`; `ask` looks DNS records up: it is
/// called with a query in wire form (a `Uint8Array`) and the name it asks for, and promises
/// `{ via, took_ms, message }`, or `{ took_ms, timeout: true }` or `{ took_ms, detail }` where there is no answer; `on_report` is called with a report after every outcome; `signal` ends the check early, with what
/// is there by then.
///
/// # Errors
/// A domain that is none, or settings that cannot be read.
#[wasm_bindgen]
pub async fn check(
    domain: String,
    settings: JsValue,
    ask: Function,
    signal: AbortSignal,
    on_report: Function,
) -> Result<JsValue, JsError> {
    let (domain, _) = domain_in(&domain)?;
    let settings: Settings = serde_wasm_bindgen::from_value(settings)?;
    let selectors = Selector::parse_all(&settings.selectors)?;
    // A report on thousands of hosts and patterns, or on a slow device, takes a while to make and to show: then the page
    // gets some time to itself before the next.
    let not_before = Cell::new(0.0);
    let tell = move |check: &Check| {
        let begun = Date::now();
        if begun < not_before.get() {
            return Some(milliseconds(not_before.get() - begun) + 1);
        }
        if let Ok(report) = to_js(&check.report()) {
            // An error thrown by the page is the page's own.
            on_report.call1(&JsValue::NULL, &report).ok();
        }
        let took = Date::now() - begun;
        if took > SLOW_REPORT {
            not_before.set(Date::now() + 4.0 * took);
        }
        None
    };
    let check = browser::check(domain, settings, ask, selectors, signal, tell).await;
    to_js(&Checked { report: check.report(), evidence: check.evidence() })
}

/// A check that was saved: `{ report, evidence }` of its evidence, as [`check`] gave it then. Nobody is asked.
///
/// # Errors
/// Evidence that is none.
#[wasm_bindgen]
pub fn replay(evidence: JsValue) -> Result<JsValue, JsError> {
    let evidence: Evidence = serde_wasm_bindgen::from_value(evidence)?;
    let check = Check::replay(evidence);
    to_js(&Checked { report: check.report(), evidence: check.evidence() })
}

/// Judges a draft as if it were published, by the evidence of a finished check. `kind` is as in
/// [`lint`](super::lint).
///
/// # Errors
/// Evidence or a `kind` that is none, or a record that no DNS message has room for.
#[wasm_bindgen(js_name = draftAgainst)]
pub fn draft_against(evidence: JsValue, text: &[u8], kind: Option<String>) -> Result<JsValue, JsError> {
    let evidence: Evidence = serde_wasm_bindgen::from_value(evidence)?;
    to_js(&draft::against(&evidence, kind_of(kind, text)?, text)?)
}
