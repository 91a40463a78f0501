//! A first look at a domain (feature `look`), in bytes as the builds that lint first ([`findings`](super)): `www/engine.js` makes
//! objects of them.

use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::dns::{Kind, Name, Query};
use crate::look;
use crate::name::typed;
use crate::{Domain, DomainError, Entry, Failure, Outcome, Step, Witness, command, json};

fn json_of(value: &impl Serialize) -> Vec<u8> {
    json::to_string(value).unwrap_or_default().into_bytes()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// From now on sentences are in the language of this catalogue (as [`crate::say`] has it), in UTF-8; with nothing in it, in English.
#[wasm_bindgen]
pub fn speak(catalogue: Vec<u8>) {
    crate::say::speak(String::from_utf8(catalogue).unwrap_or_default());
}

#[derive(Default, Serialize)]
struct ReadDomain {
    #[serde(skip_serializing_if = "Option::is_none")]
    domain: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unicode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// The policy domain in what a person typed: `{ domain, notice, command }`, with the command that checks it from a terminal; or `{ error }`, a
/// sentence that says what to type instead; or `{ unicode }`, a name that a page makes an A-label of and hands in with
/// the same text again, as nothing where it cannot.
#[wasm_bindgen(js_name = readDomain)]
pub fn read_domain(input: &[u8], a_label: Option<Vec<u8>>) -> Vec<u8> {
    let read = || {
        let typed = typed(&text(input))?;
        let ascii = match &a_label {
            _ if typed.domain.is_ascii() => typed.domain.clone(),
            None => return Ok(ReadDomain { unicode: Some(typed.domain), ..ReadDomain::default() }),
            Some(label) if label.is_empty() => return Err(DomainError::NoALabel(typed.domain)),
            Some(label) => text(label),
        };
        let domain = Domain::parse(&ascii)?;
        Ok(ReadDomain {
            domain: Some(domain.to_string()),
            notice: typed.notice(&domain),
            command: Some(command::check(&domain)),
            ..ReadDomain::default()
        })
    };
    json_of(&read().unwrap_or_else(|error: DomainError| ReadDomain {
        error: Some(error.to_string()),
        ..ReadDomain::default()
    }))
}

/// A first look under way.
#[wasm_bindgen]
pub struct Look {
    look: look::Look,
    asked: Vec<Step>,
}

#[derive(Serialize)]
struct Question<'s> {
    index: usize,
    name: &'s str,
    rrtype: Kind,
    cd: bool,
}

#[wasm_bindgen]
impl Look {
    /// Begins a look at a domain that [`read_domain`] gave, at a time in seconds since 1970. Nothing where it is no domain.
    pub fn begin(domain: &[u8], now: u32) -> Option<Look> {
        let domain = Domain::parse(&text(domain)).ok()?;
        Some(Self { look: look::Look::new(domain, now.into()), asked: Vec::new() })
    }

    /// The lookups that can be made now, each once: `[{ index, name, rrtype, cd }]`.
    pub fn questions(&mut self) -> Vec<u8> {
        let first = self.asked.len();
        self.asked.extend(self.look.next_steps());
        let steps = self.asked.iter().enumerate().skip(first);
        let questions: Vec<_> = steps
            .filter_map(|(index, step)| match step {
                Step::Dns { name, rrtype, cd } => Some(Question { index, name, rrtype: *rrtype, cd: *cd }),
                _ => None,
            })
            .collect();
        json_of(&questions)
    }

    /// The DNS message that asks for the lookup of that index.
    pub fn query(&self, index: usize) -> Vec<u8> {
        self.query_of(index).map(|query| query.encode()).unwrap_or_default()
    }

    /// Takes the answer to the lookup of that index: a DNS message; nothing where no resolver was reached in time, or at all.
    pub fn feed(&mut self, index: usize, message: Option<Vec<u8>>, timeout: bool) {
        let Some(step) = self.asked.get(index).cloned() else { return };
        let outcome = match (message, self.query_of(index)) {
            (Some(message), Some(query)) => Outcome::of_answer(&query, message),
            _ if timeout => Outcome::Failed(Failure::Timeout),
            _ => Outcome::Failed(Failure::Unreachable { detail: String::new() }),
        };
        self.look.feed(Entry { step, by: Witness::Browser, via: None, took_ms: 0, outcome });
    }

    /// What was seen so far: a part of a report.
    pub fn report(&self) -> Vec<u8> {
        json_of(&self.look.report())
    }
}

impl Look {
    fn query_of(&self, index: usize) -> Option<Query> {
        match self.asked.get(index)? {
            Step::Dns { name, rrtype, cd } => {
                Some(Query { id: 0, name: Name::parse(name).ok()?, kind: *rrtype, cd: *cd })
            }
            _ => None,
        }
    }
}
