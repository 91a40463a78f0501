//! Setting a domain up: what it publishes, and the way there. It goes from the evidence of a check, or from hosts that were typed.

use std::io::{Cursor, Write as _};

use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::{JsError, JsValue, wasm_bindgen};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::mending::to_js;
use crate::history::{Held, Published, cached, held, replaced, testing_since};
use crate::name::typed;
use crate::plan::{Change, Now, Plan, Wanted};
use crate::say::{filled, in_english, say};
use crate::setup::{File, Form, Hosting, SetUp, Wishes};
use crate::{Domain, Evidence, Host, Mode, PolicyDoc};

/// What a page knows of the domain.
#[derive(Deserialize)]
struct Known {
    domain: String,
    /// MX hosts that were typed.
    #[serde(default)]
    hosts: Vec<String>,
    /// Everything that a check saw; without it nothing but the hosts is known.
    evidence: Option<Evidence>,
    /// The time, in seconds since 1970.
    now: f64,
}

impl Known {
    fn hosts(&self) -> Result<Vec<Host>, JsError> {
        hosts(&self.hosts)
    }

    fn now(&self) -> Result<Now, JsError> {
        let hosts = self.hosts()?;
        match &self.evidence {
            Some(evidence) => Ok(Now::of(evidence, &hosts)?),
            None => Ok(Now::unseen(Domain::parse(&typed(&self.domain)?.domain)?, seconds(self.now), &hosts)),
        }
    }
}

/// A time of JavaScript's, in whole seconds.
fn seconds(time: f64) -> i64 {
    // Past what an integer holds there is no time.
    format!("{:.0}", time.trunc()).parse().unwrap_or_default()
}

fn hosts(names: &[String]) -> Result<Vec<Host>, JsError> {
    let host = |name: &String| match Domain::parse(name) {
        Ok(domain) => Ok(Host::new(domain.as_str())),
        Err(_) => {
            let shown = crate::words::quoted(name.as_bytes());
            Err(JsError::new(&say!(
                "{name} is no name of a mail host: write one as mx.example.com, each on a line of its own",
                name = shown
            )))
        }
    };
    names.iter().map(host).collect()
}

#[derive(Serialize)]
struct Named {
    key: &'static str,
    name: &'static str,
}

#[derive(Serialize)]
struct Written {
    key: &'static str,
    name: String,
    text: String,
}

#[derive(Serialize)]
struct Made {
    setup: SetUp,
    /// The MX hosts that it goes from.
    mx: Vec<Host>,
    /// Whether the domain has a policy that senders take.
    live: bool,
    forms: Vec<Written>,
    hostings: Vec<Named>,
}

fn made(known: &JsValue, wishes: JsValue) -> Result<(Now, SetUp), JsError> {
    let known: Known = serde_wasm_bindgen::from_value(known.clone())?;
    let mut now = known.now()?;
    let typed = known.hosts()?;
    if !typed.is_empty() {
        now.mx = typed.into_iter().map(|host| (10, host)).collect();
    }
    let wishes: Wishes = serde_wasm_bindgen::from_value(wishes)?;
    let setup = SetUp::of(&now, &wishes)?;
    Ok((now, setup))
}

/// What a domain publishes: `{ setup, mx, live, forms, hostings }`. `known` is `{ domain, hosts, evidence, now }`, with hosts that were typed
/// in place of those that a check saw; `wishes` is `{ mode, wide, reports, ttl }`.
///
/// # Errors
/// A sentence that says what to change.
#[wasm_bindgen(js_name = setUp)]
pub fn set_up(known: &JsValue, wishes: JsValue) -> Result<JsValue, JsError> {
    let (now, setup) = made(known, wishes)?;
    let forms = Form::ALL.map(|form| Written {
        key: form.key(),
        name: filled(form.name(), []),
        text: setup.records_as(form),
    });
    let hostings = Hosting::ALL.map(|hosting| Named { key: hosting.key(), name: hosting.name() });
    to_js(&Made {
        mx: now.mx.into_iter().map(|(_, host)| host).collect(),
        live: now.live.is_some(),
        setup,
        forms: forms.into(),
        hostings: hostings.into(),
    })
}

/// Everything as a zip archive, with the files for the web host of that key. The arguments are those of [`set_up`].
///
/// # Errors
/// As for [`set_up`], or a key that is none.
#[wasm_bindgen(js_name = setUpZip)]
pub fn set_up_zip(known: &JsValue, wishes: JsValue, hosting: &str) -> Result<Vec<u8>, JsError> {
    // The files are in English whoever reads the page, so that each is in one language.
    let (_, setup) = in_english(|| made(known, wishes))?;
    let wanted = Hosting::ALL.into_iter().find(|one| one.key() == hosting);
    let wanted = wanted.ok_or_else(|| JsError::new("no web host of that name is known"))?;
    Ok(zip(&setup.files(&[wanted]))?)
}

/// The files as an archive. They are not compressed: they are small, and the page would load code for it.
fn zip(files: &[File]) -> Result<Vec<u8>, std::io::Error> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for file in files {
        let mode = if file.path.ends_with(".sh") { 0o755 } else { 0o644 };
        let options =
            SimpleFileOptions::default().compression_method(CompressionMethod::Stored).unix_permissions(mode);
        archive.start_file(file.path.as_str(), options)?;
        archive.write_all(file.text.as_bytes())?;
    }
    Ok(archive.finish()?.into_inner())
}

/// Where a plan is to lead, and what is known of before.
#[derive(Deserialize)]
struct Way {
    to: Mode,
    /// The MX hosts that it is to have, where they change.
    #[serde(default)]
    mx: Vec<String>,
    #[serde(default)]
    moves_policy_host: bool,
    #[serde(default)]
    earlier: Earlier,
}

/// Earlier policies, as somebody knows them.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Earlier {
    /// Their bodies.
    bodies: Vec<String>,
    /// When the last of them was replaced, in seconds since 1970.
    replaced: f64,
    /// Lines of a history that was kept.
    lines: Vec<Published>,
}

#[derive(Serialize)]
struct Planned {
    plan: Plan,
    /// For each step: when, and what is done, in words.
    words: Vec<StepWords>,
    markdown: String,
    calendar: String,
    held: Vec<Held>,
}

#[derive(Serialize)]
struct StepWords {
    time: String,
    changes: Vec<ChangeWords>,
}

#[derive(Serialize)]
struct ChangeWords {
    sentence: String,
    text: Option<String>,
}

/// The way from what a domain has to what it is to have: `{ plan, words, markdown, calendar, held }`. `known` is as for [`set_up`]; `way` is
/// `{ to, mx, moves_policy_host, earlier: { bodies, replaced, lines } }`.
///
/// # Errors
/// A sentence that says what to change.
#[wasm_bindgen(js_name = planned)]
pub fn planned(known: &JsValue, way: JsValue) -> Result<JsValue, JsError> {
    let known: Known = serde_wasm_bindgen::from_value(known.clone())?;
    let way: Way = serde_wasm_bindgen::from_value(way)?;
    let come = hosts(&way.mx)?;
    let mut now = match &known.evidence {
        Some(evidence) => Now::of(evidence, if come.is_empty() { &[] } else { &come })?,
        None => known.now()?,
    };
    for (number, body) in (1_usize..).zip(&way.earlier.bodies) {
        if PolicyDoc::parse(body.as_bytes()).policy().is_none() {
            return Err(JsError::new(&say!(
                "earlier policy {number} is none that senders take, so nobody has it: paste it as it was, from `version` to its last line",
                number
            )));
        }
    }
    let mut history = way.earlier.lines;
    if let Some(seen) = known.evidence.as_ref().and_then(Published::of) {
        history.extend(replaced(&way.earlier.bodies, seconds(way.earlier.replaced), &seen));
        history.push(seen);
    }
    let domain = now.domain.as_str().to_owned();
    now.cached = cached(&history, &domain, now.at);
    now.testing_since = testing_since(&history, &domain, now.at);
    let mx: Vec<Host> = now.mx.iter().map(|(_, host)| host.clone()).collect();
    let wanted = Wanted {
        mode: way.to,
        mx: (!come.is_empty()).then_some(come),
        moves_policy_host: way.moves_policy_host,
    };
    let plan = Plan::of(&now, &wanted);
    let words = plan.steps.iter().map(|step| StepWords {
        time: step.time(),
        changes: step
            .changes
            .iter()
            .map(Change::words)
            .map(|(sentence, text)| ChangeWords { sentence, text })
            .collect(),
    });
    to_js(&Planned {
        words: words.collect(),
        markdown: plan.markdown(),
        calendar: plan.calendar(seconds(known.now)),
        held: held(&history, &domain, &mx, now.at),
        plan,
    })
}
