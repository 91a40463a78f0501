//! The browser host: carries out the engine's steps with `fetch`.
//!
//! DNS is asked through the page, which asks a resolver over DoH: it has begun before this was loaded. The policy is fetched twice where it can be: by the browser itself,
//! as far as CORS lets it see, and by the companion. SMTP goes to the companion alone, and so do fetches from one address or
//! with another User-Agent.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::net::IpAddr;
use std::rc::Rc;

use gloo_net::http::{Request, RequestBuilder, Response};
use js_sys::{Array, Date, Function, JSON, Promise, Reflect, Uint8Array, encode_uri_component};
use serde::Deserialize;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    AbortController, AbortSignal, ReadableStreamDefaultReader, RequestCache, RequestCredentials, RequestMode,
    RequestRedirect, ResponseType, Url,
};

use crate::beside::Selector;
use crate::dns::{Kind, Name, Query};
use crate::evidence::{Bytes, HttpAnswer};
use crate::policy::MAX_BODY;
use crate::{Check, Domain, Entry, Failure, Host, Names, Outcome, PolicyDoc, Step, Witness};

/// How long a policy host may take, in milliseconds.
const POLICY_TIMEOUT: u32 = 30_000;
/// Most steps the companion is asked at once.
const MAX_ASKING: usize = 24;
/// Most octets of an answer of the companion: certificates and a transcript are well below that.
const MAX_COMPANION: usize = 4 << 20;
/// How long the companion may take, in milliseconds: over HTTP/1.1 a browser opens six connections, so
/// that a step waits for up to three others of 30 seconds.
const COMPANION_TIMEOUT: u32 = 150_000;

/// Whom the page asks.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Settings {
    /// The base URL of the companion.
    companion: Option<String>,
    /// The zoo, where the companion has one.
    zoo: Option<Zoo>,
    /// The selectors of DKIM keys that are looked for beside the common ones, with commas or spaces between them.
    pub(crate) selectors: String,
}

/// The test domains of a companion. They exist inside its process only.
#[derive(Clone, Debug, Deserialize)]
struct Zoo {
    suffix: String,
}

impl Zoo {
    fn has(&self, name: &str) -> bool {
        name.strip_suffix(self.suffix.as_str()).is_some_and(|front| front.ends_with('.'))
    }
}

/// Is told what is known; where it wants no more for now, it says for how many milliseconds.
type OnChange = dyn Fn(&Check) -> Option<u32>;

/// A check under way, shared by the tasks of its steps.
struct Run {
    settings: Settings,
    /// Asks a resolver: given a DNS message and the name it asks for, promises `{ via, took_ms, message, timeout, detail }`.
    ask: Function,
    check: RefCell<Check>,
    under_way: Cell<usize>,
    /// What the companion is still to be asked.
    for_companion: RefCell<VecDeque<Step>>,
    /// How many steps the companion is being asked.
    asking_companion: Cell<usize>,
    signal: AbortSignal,
    /// Told after every outcome.
    on_change: Box<OnChange>,
    /// Whether it is to be told later.
    telling_later: Cell<bool>,
    /// Called when nothing is under way any more.
    finished: RefCell<Option<Function>>,
}

/// Checks a domain. `on_change` is called after every outcome, and where it wants no more for now, again after the milliseconds
/// that it gives; `signal` ends the check early.
pub(crate) async fn check(
    domain: Domain,
    settings: Settings,
    ask: Function,
    selectors: Vec<Selector>,
    signal: AbortSignal,
    on_change: impl Fn(&Check) -> Option<u32> + 'static,
) -> Check {
    let run = Rc::new(Run {
        settings,
        ask,
        check: RefCell::new(Check::new(domain, seconds()).with_selectors(selectors)),
        under_way: Cell::new(0),
        for_companion: RefCell::default(),
        asking_companion: Cell::new(0),
        signal,
        on_change: Box::new(on_change),
        telling_later: Cell::new(false),
        finished: RefCell::new(None),
    });
    let over = Promise::new(&mut |resolve, _| {
        run.finished.replace(Some(resolve));
    });
    advance(&run);
    // A promise that only resolves.
    JsFuture::from(over).await.ok();
    run.check.borrow().clone()
}

/// The time, in seconds since 1970.
fn seconds() -> i64 {
    // A date fits both types by far.
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        reason = "there is no lossless conversion"
    )]
    let seconds = (Date::now() / 1000.0) as i64;
    seconds
}

/// Begins every step that can be taken now.
fn advance(run: &Rc<Run>) {
    let steps = if run.signal.aborted() { Vec::new() } else { run.check.borrow_mut().next_steps() };
    for step in steps {
        if matches!(step, Step::Policy { .. }) {
            if run.settings.companion.is_some() {
                // Its outcome decides, so the step is not over before.
                run.check.borrow_mut().expect(step.clone(), Witness::Companion);
                begin(run, step.clone(), Witness::Companion);
            }
            begin(run, step, Witness::Browser);
        } else if !matches!(step, Step::Dns { .. }) && run.settings.companion.is_some() {
            begin(run, step, Witness::Companion);
        } else {
            begin(run, step, Witness::Browser);
        }
    }
    tell(run);
    if run.under_way.get() == 0
        && let Some(finished) = run.finished.take()
    {
        // It resolves a promise of our own, so there is nothing to go wrong.
        finished.call0(&JsValue::NULL).ok();
    }
}

/// Says what is known by now. What came while nobody wanted to know is said later, as it may be long until something
/// else comes.
fn tell(run: &Rc<Run>) {
    let wait = (run.on_change)(&run.check.borrow());
    if let Some(wait) = wait.filter(|_| !run.telling_later.replace(true)) {
        let run = Rc::clone(run);
        spawn_local(async move {
            sleep(wait).await;
            run.telling_later.set(false);
            if run.under_way.get() > 0 {
                tell(&run);
            }
        });
    }
}

/// Lets so many milliseconds pass.
async fn sleep(milliseconds: u32) {
    let over = Promise::new(&mut |resolve, _| {
        // A window, a worker and Node have it all the same.
        let timer = Reflect::get(&js_sys::global(), &"setTimeout".into());
        if let Ok(timer) = timer.and_then(JsCast::dyn_into::<Function>) {
            timer.call2(&JsValue::UNDEFINED, &resolve, &milliseconds.into()).ok();
        }
    });
    // A promise that only resolves.
    JsFuture::from(over).await.ok();
}

fn begin(run: &Rc<Run>, step: Step, by: Witness) {
    run.under_way.set(run.under_way.get() + 1);
    if by == Witness::Companion {
        run.for_companion.borrow_mut().push_back(step);
        return ask_more(run);
    }
    let run = Rc::clone(run);
    spawn_local(async move {
        let entry = run.perform(step, by).await;
        finish(&run, entry);
    });
}

/// Sends the companion as much as it may have at once.
fn ask_more(run: &Rc<Run>) {
    while run.asking_companion.get() < MAX_ASKING {
        let Some(step) = run.for_companion.borrow_mut().pop_front() else { return };
        run.asking_companion.set(run.asking_companion.get() + 1);
        let run = Rc::clone(run);
        spawn_local(async move {
            let entry = run.perform(step, Witness::Companion).await;
            run.asking_companion.set(run.asking_companion.get() - 1);
            ask_more(&run);
            finish(&run, entry);
        });
    }
}

/// Takes up what came of a step.
fn finish(run: &Rc<Run>, entry: Option<Entry>) {
    run.under_way.set(run.under_way.get() - 1);
    if let Some(entry) = entry.filter(|_| !run.signal.aborted()) {
        run.check.borrow_mut().feed_with(entry, names_in);
    }
    advance(run);
}

/// The A-labels of the names in a policy; a browser has no public suffix list to ask.
fn names_in(doc: &PolicyDoc<'_>) -> Names {
    let pair = |name: String| a_label(&name).map(|a_label| (name, a_label));
    Names { a_labels: doc.unicode_names().into_iter().filter_map(pair).collect(), public_suffixes: None }
}

/// The A-labels of a name, which a browser makes for URLs.
pub(crate) fn a_label(name: &str) -> Option<String> {
    Url::new(&format!("https://{name}")).ok().map(|url| url.hostname())
}

impl Run {
    /// Carries a step out; nothing where there is nothing to be learned.
    async fn perform(&self, step: Step, by: Witness) -> Option<Entry> {
        let begun = Date::now();
        let (via, told_ms, outcome) = match (&step, by) {
            (_, Witness::Companion) => {
                let (told_ms, outcome) = self.ask_companion(&step).await;
                (None, told_ms, outcome)
            }
            (Step::Dns { name, rrtype, cd }, _) => self.ask_resolver(name, *rrtype, *cd).await,
            (Step::Policy { domain }, _) => {
                let outcome = self.fetch_policy(domain).await;
                // The names of the zoo mean nothing to a browser unless a test maps them, so that it
                // cannot reach them is no observation.
                let zoo = self.settings.zoo.as_ref().is_some_and(|zoo| zoo.has(domain.as_str()));
                if zoo && outcome == Outcome::Failed(Failure::Opaque) && self.settings.companion.is_some() {
                    return None;
                }
                (None, None, outcome)
            }
            // A browser chooses neither the address it connects to nor what it says of itself.
            (
                Step::PolicyAddress { .. }
                | Step::PolicyAsBrowser { .. }
                | Step::Smtp { .. }
                | Step::Tls { .. },
                _,
            ) => (None, None, Outcome::Failed(Failure::NoCompanion)),
        };
        let took_ms = told_ms.unwrap_or_else(|| milliseconds(Date::now() - begun));
        Some(Entry { step, by, via, took_ms, outcome })
    }

    /// A deadline in `timeout` milliseconds.
    fn deadline(&self, timeout: u32) -> Deadline {
        let timeout = AbortSignal::timeout_with_u32(timeout);
        Deadline { either: AbortSignal::any(&Array::of2(&self.signal, &timeout)), timeout }
    }

    /// A lookup: which resolver answered, how long it took, and what it came to.
    async fn ask_resolver(&self, name: &str, kind: Kind, cd: bool) -> (Option<String>, Option<u32>, Outcome) {
        let failed = |failure| (None, None, Outcome::Failed(failure));
        let Ok(parsed) = Name::parse(name) else {
            return failed(Failure::Malformed { detail: "not a domain name".into() });
        };
        let query = Query { id: 0, name: parsed, kind, cd };
        let message = Uint8Array::from(query.encode().as_slice());
        let promised = self.ask.call2(&JsValue::NULL, &message, &JsValue::from_str(name));
        let answer = match promised {
            Ok(promised) => JsFuture::from(Promise::resolve(&promised)).await,
            Err(error) => Err(error),
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                let detail = part(&error, "message").as_string().unwrap_or_default();
                return failed(Failure::Unreachable { detail });
            }
        };
        let message = part(&answer, "message");
        let outcome = if message.is_truthy() {
            Outcome::of_answer(&query, Uint8Array::new(&message).to_vec())
        } else if part(&answer, "timeout").is_truthy() {
            Outcome::Failed(Failure::Timeout)
        } else {
            let detail = part(&answer, "detail").as_string().unwrap_or_default();
            Outcome::Failed(Failure::Unreachable { detail })
        };
        (part(&answer, "via").as_string(), part(&answer, "took_ms").as_f64().map(milliseconds), outcome)
    }

    /// The policy as the browser itself can see it. A first request asks to read the answer; where that
    /// fails, a second one that may read nothing tells whether the site is there at all.
    async fn fetch_policy(&self, domain: &Domain) -> Outcome {
        let url = domain.policy_url();
        let deadline = self.deadline(POLICY_TIMEOUT);
        let readable = plain_get(&url).redirect(RequestRedirect::Manual).abort_signal(Some(&deadline.either));
        let Ok(response) = readable.send().await else {
            return Outcome::Failed(if answers_at_all(&url, &deadline.either).await {
                Failure::OpaqueAnswer
            } else {
                Failure::Opaque
            });
        };
        if response.type_() == ResponseType::Opaqueredirect {
            return Outcome::Failed(Failure::OpaqueRedirect);
        }
        // Of another status the body is nothing anybody asked for, and not waited for.
        let body = match response.status() {
            200 => read_body(&response, MAX_BODY, &deadline).await,
            _ => {
                let_go(&response).await;
                Ok(Vec::new())
            }
        };
        match body {
            Ok(body) => Outcome::Http(HttpAnswer {
                status: response.status(),
                content_type: response.headers().get("content-type"),
                body: Bytes(body),
                ..HttpAnswer::default()
            }),
            Err(failure) => Outcome::Failed(failure),
        }
    }

    /// A step of the companion: how long it took there, and what came of it.
    async fn ask_companion(&self, step: &Step) -> (Option<u32>, Outcome) {
        let outcome = |failure| (None, Outcome::Failed(failure));
        let Some(base) = self.settings.companion.as_deref() else { return outcome(Failure::NoCompanion) };
        let base = base.trim_end_matches('/');
        let encoded = |text: &str| String::from(encode_uri_component(text));
        let smtp = |domain: &Domain, host: &Host, address: IpAddr| {
            let (host, address) = (encoded(host.as_str()), encoded(&address.to_string()));
            format!("{base}/v1/smtp?domain={domain}&host={host}&address={address}")
        };
        let url = match step {
            Step::Policy { domain } => format!("{base}/v1/policy?domain={domain}"),
            Step::PolicyAddress { domain, address } => {
                format!("{base}/v1/policy?domain={domain}&address={}", encoded(&address.to_string()))
            }
            Step::PolicyAsBrowser { domain } => format!("{base}/v1/policy?domain={domain}&agent=browser"),
            Step::Smtp { domain, host, address } => smtp(domain, host, *address),
            Step::Tls { domain, host, address, hello } => {
                format!("{}&hello={}", smtp(domain, host, *address), hello.as_str())
            }
            Step::Dns { .. } => return outcome(Failure::NoCompanion),
        };
        let unreachable = |detail: &str| outcome(Failure::Unreachable { detail: detail.into() });
        let deadline = self.deadline(COMPANION_TIMEOUT);
        let request = plain_get(&url).abort_signal(Some(&deadline.either));
        let Ok(response) = request.send().await else { return unreachable("it does not answer") };
        let body = match read_body(&response, MAX_COMPANION, &deadline).await {
            Ok(body) => body,
            Err(Failure::TooLarge) => return unreachable("it answers more than a step can come to"),
            Err(_) => return unreachable("it does not send a whole answer"),
        };
        let Ok(json) = JSON::parse(&String::from_utf8_lossy(&body)) else {
            return unreachable("it does not answer in JSON");
        };
        if response.ok() {
            return match serde_wasm_bindgen::from_value::<CompanionAnswer>(json) {
                Ok(answer) => (Some(answer.took_ms), answer.outcome),
                Err(_) => unreachable("its answer is of another version"),
            };
        }
        let detail = match serde_wasm_bindgen::from_value::<Problem>(json) {
            Ok(problem) => format!("{}: {}", problem.title, problem.detail),
            Err(_) => format!("status {}", response.status()),
        };
        outcome(Failure::Companion { detail })
    }
}

/// A property of something that JavaScript gave.
fn part(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

/// What a step endpoint of the companion answers.
#[derive(Deserialize)]
struct CompanionAnswer {
    took_ms: u32,
    outcome: Outcome,
}

/// A problem (RFC 9457).
#[derive(Default, Deserialize)]
#[serde(default)]
struct Problem {
    title: String,
    detail: String,
}

/// A GET that neither caches nor carries credentials (RFC 8461 §3.3: HTTP caching must not be used).
fn plain_get(url: &str) -> RequestBuilder {
    Request::get(url).cache(RequestCache::NoStore).credentials(RequestCredentials::Omit)
}

/// Whether there is an answer over HTTPS, of which nothing may be read; the rest of it is cut off.
async fn answers_at_all(url: &str, signal: &AbortSignal) -> bool {
    let Ok(cut) = AbortController::new() else { return false };
    let signal = AbortSignal::any(&Array::of2(signal, &cut.signal()));
    let answer = plain_get(url).mode(RequestMode::NoCors).abort_signal(Some(&signal)).send().await;
    cut.abort();
    answer.is_ok()
}

/// A signal that fires in some time, or when the user cancels.
struct Deadline {
    either: AbortSignal,
    timeout: AbortSignal,
}

impl Deadline {
    /// What went wrong, given what it looks like: a fetch that is cut off does not say by whom.
    fn or_timeout(&self, failure: Failure) -> Failure {
        if self.timeout.aborted() { Failure::Timeout } else { failure }
    }
}

/// Lets a body go that nobody reads; whether that works changes nothing.
async fn let_go(response: &Response) {
    if let Some(stream) = response.body() {
        JsFuture::from(stream.cancel()).await.ok();
    }
}

/// The body, of which no more than `limit` octets are taken.
async fn read_body(response: &Response, limit: usize, deadline: &Deadline) -> Result<Vec<u8>, Failure> {
    let Some(stream) = response.body() else { return Ok(Vec::new()) };
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    let mut body = Vec::new();
    loop {
        let chunk = JsFuture::from(reader.read()).await.map_err(|_| deadline.or_timeout(Failure::Closed))?;
        if part(&chunk, "done").is_truthy() {
            return Ok(body);
        }
        body.extend(Uint8Array::new(&part(&chunk, "value")).to_vec());
        if body.len() > limit {
            // What is left is nobody's; whether letting go works changes nothing.
            JsFuture::from(reader.cancel()).await.ok();
            return Err(Failure::TooLarge);
        }
    }
}

pub(crate) fn milliseconds(difference: f64) -> u32 {
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "there is no lossless conversion, and this one saturates"
    )]
    let milliseconds = difference as u32;
    milliseconds
}
