//! TLS reports: files go in as bytes, and what they come to comes out as JSON. What is packed the page unpacks, with what the
//! browser brings, and hands in again.

use std::collections::VecDeque;

use js_sys::{Object, Reflect, Uint8Array};
use serde::Deserialize;
use wasm_bindgen::prelude::{JsError, JsValue, wasm_bindgen};

use crate::facts::RecordState;
use crate::policy::Mode;
use crate::ready::{Readiness, ReadyItem, Standing};
use crate::tlsrpt::{
    Collection, Filter, Held, MAX_UNPACKED, Mail, Mbox, MboxMail, NoPart, Part, parts, read,
};

/// From now on sentences are in the language of this catalogue (as [`crate::say`] has it); with nothing in it, in English.
#[cfg(not(feature = "mend"))]
#[wasm_bindgen]
pub fn speak(catalogue: String) {
    crate::say::speak(catalogue);
}

/// The reports that were read.
#[wasm_bindgen]
#[derive(Default)]
pub struct Reports {
    collection: Collection,
    /// What is still to be unpacked.
    queue: VecDeque<Packed>,
    /// What was handed out to be unpacked.
    out: Option<Packed>,
    /// The file or the mail that what is being taken came out of, where it was packed.
    inside: Option<u32>,
    /// The mbox that is being read: its name, and how many mails of it came.
    mbox: Option<(String, Mbox, u32)>,
    /// How many files and mails came.
    count: u32,
    /// Of which of them something was unpacked last, and how many bytes came out of it.
    unpacked: (u32, u64),
}

/// What is not packed at all.
const STORED: &str = "stored";

/// Something that is packed.
struct Packed {
    name: String,
    mail: Option<Mail>,
    depth: usize,
    /// The name of a compression format, as browsers have it.
    how: &'static str,
    bytes: Vec<u8>,
    /// The file or the mail that it stands in.
    of: u32,
}

#[wasm_bindgen]
impl Reports {
    /// None yet.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a file. What of it is packed is handed out by [`packed`](Self::packed).
    pub fn take(&mut self, name: &str, bytes: &[u8]) {
        self.count += 1;
        self.take_in(name, bytes, None, 0);
    }

    /// What is to be unpacked next, for [`unpacked`](Self::unpacked): `{ how, bytes }` with the name of a compression format; nothing
    /// where there is nothing more.
    #[must_use]
    pub fn packed(&mut self) -> Option<Object> {
        loop {
            let mut next = self.queue.pop_front()?;
            if self.unpacked.0 != next.of {
                self.unpacked = (next.of, 0);
            }
            if self.unpacked.1 > MAX_UNPACKED {
                self.collection.refuse(&next.name, NoPart::TooMuch.to_string());
                continue;
            }
            if next.how == STORED {
                let bytes = std::mem::take(&mut next.bytes);
                self.out = Some(next);
                self.unpacked(Some(bytes), false);
                continue;
            }
            let one = Object::new();
            let bytes = Uint8Array::from(&*std::mem::take(&mut next.bytes));
            for (name, value) in [("how", next.how.into()), ("bytes", bytes.into())] {
                // A new object takes any property.
                Reflect::set(&one, &JsValue::from_str(name), &value).ok();
            }
            self.out = Some(next);
            return Some(one);
        }
    }

    /// Takes what that unpacked to; without `bytes` it could not be, as it is damaged or, where `too_long`, as it has too much in it.
    pub fn unpacked(&mut self, bytes: Option<Vec<u8>>, too_long: bool) {
        let Some(Packed { name, mail, depth, of, .. }) = self.out.take() else { return };
        match bytes {
            Some(bytes) => {
                self.unpacked.1 += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                let bare = name.strip_suffix(".gz").unwrap_or(&name).to_owned();
                self.inside = Some(of);
                self.take_in(&bare, &bytes, mail.as_ref(), depth + 1);
                self.inside = None;
            }
            None => {
                let why = if too_long { NoPart::TooLong } else { NoPart::NotUnpacked };
                self.collection.refuse(&name, why.to_string());
            }
        }
    }

    /// Begins an mbox of that name, which comes piece by piece.
    #[wasm_bindgen(js_name = beginMbox)]
    pub fn begin_mbox(&mut self, name: String) {
        self.mbox = Some((name, Mbox::new(), 0));
    }

    /// Takes a piece of the mbox; without one it has come to its end. What of it is packed is handed out by [`packed`](Self::packed).
    pub fn piece(&mut self, bytes: Option<Vec<u8>>) {
        let Some((name, mut mbox, mut count)) = self.mbox.take() else { return };
        let ended = bytes.is_none();
        let mails = match bytes {
            Some(bytes) => mbox.push(&bytes),
            None => std::mem::take(&mut mbox).end(),
        };
        for mail in mails {
            count += 1;
            self.count += 1;
            self.take_mail(&format!("{name}#{count}"), mail, None, 0);
        }
        if !ended {
            self.mbox = Some((name, mbox, count));
        }
    }

    /// Takes note of a file that is too large or, otherwise, could not be read.
    pub fn refuse(&mut self, name: &str, too_large: bool) {
        let why = if too_large { NoPart::LargeFile } else { NoPart::Unreadable };
        self.collection.refuse(name, why.to_string());
    }

    /// How many reports there are.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn count(&self) -> usize {
        self.collection.len()
    }

    /// What the reports come to, as JSON.
    ///
    /// # Errors
    /// A filter that is none.
    pub fn summary(&self, filter: &str) -> Result<String, JsError> {
        Ok(serde_json::to_string(&self.collection.summary(&filter_of(filter)?))?)
    }

    /// The same from several sides, as JSON; `now` is in seconds since 1970.
    ///
    /// # Errors
    /// A filter that is none.
    pub fn views(&self, filter: &str, now: u32) -> Result<String, JsError> {
        Ok(serde_json::to_string(&self.collection.views(&filter_of(filter)?, Some(now.into())))?)
    }

    /// The sessions as a table (RFC 4180).
    ///
    /// # Errors
    /// A filter that is none.
    pub fn csv(&self, filter: &str) -> Result<String, JsError> {
        Ok(self.collection.csv(&filter_of(filter)?))
    }

    /// What the reports of the last so many days say for and against mode enforce at a domain, as JSON: items; where `report` is that of a
    /// check, as JSON, whether the domain is ready by both. `now` is in seconds since 1970.
    ///
    /// # Errors
    /// A report that is none.
    pub fn ready(
        &self,
        domain: &str,
        days: u32,
        now: u32,
        report: Option<String>,
    ) -> Result<String, JsError> {
        let items = self.collection.ready_items(domain, days, now.into());
        let Some(report) = report else { return Ok(serde_json::to_string(&items)?) };
        let Checked { record, policy, dane, ready } = serde_json::from_str(&report)?;
        let standing = Standing {
            domain: domain.to_owned(),
            mode: policy.mode.filter(|_| record.state == RecordState::Valid),
            dane: dane.filter(|dane| dane.delivery == "refuse").map(|dane| dane.sentence),
        };
        let all = ready.items.into_iter().chain(items).collect();
        Ok(serde_json::to_string(&Readiness::decided(&standing, all))?)
    }

    fn take_in(&mut self, name: &str, bytes: &[u8], mail: Option<&Mail>, depth: usize) {
        let mut packed = Vec::new();
        let of = self.inside.unwrap_or(self.count);
        for Part { name, held, mail } in parts(name, bytes, mail, depth) {
            let mut note = |how, bytes| {
                let (name, mail) = (name.clone(), mail.clone());
                packed.push(Packed { name, mail, depth, how, bytes, of });
            };
            match held {
                Held::Json(text) => match read(&text) {
                    Ok(reports) => {
                        for report in reports {
                            self.collection.add(report, mail.as_ref());
                        }
                    }
                    Err(error) => self.collection.refuse(&name, error.to_string()),
                },
                Held::Gzip(bytes) => note("gzip", bytes),
                Held::Deflate(bytes) => note("deflate-raw", bytes),
                Held::Stored(bytes) => note(STORED, bytes),
                Held::Mbox(bytes) => {
                    let mut mbox = Mbox::new();
                    let mut mails = mbox.push(&bytes);
                    mails.extend(mbox.end());
                    for (index, one) in mails.into_iter().enumerate() {
                        self.take_mail(&format!("{name}#{}", index + 1), one, mail.as_ref(), depth);
                    }
                }
                Held::Refused(why) => self.collection.refuse(&name, why.to_string()),
            }
        }
        // What stands inside of something comes before what stands behind it.
        if self.inside.is_some() {
            for one in packed.into_iter().rev() {
                self.queue.push_front(one);
            }
        } else {
            self.queue.extend(packed);
        }
    }

    fn take_mail(&mut self, name: &str, one: MboxMail, mail: Option<&Mail>, depth: usize) {
        match one {
            MboxMail::Whole(bytes) => self.take_in(name, &bytes, mail, depth + 1),
            MboxMail::TooLong => self.collection.refuse(name, NoPart::TooLong.to_string()),
        }
    }
}

fn filter_of(json: &str) -> Result<Filter, JsError> {
    Ok(serde_json::from_str(json)?)
}

/// What of a check's report counts here.
#[derive(Deserialize)]
struct Checked {
    record: CheckedRecord,
    policy: CheckedPolicy,
    dane: Option<CheckedDane>,
    ready: CheckedReady,
}

#[derive(Deserialize)]
struct CheckedRecord {
    state: RecordState,
}

#[derive(Deserialize)]
struct CheckedPolicy {
    mode: Option<Mode>,
}

#[derive(Deserialize)]
struct CheckedDane {
    delivery: String,
    sentence: String,
}

#[derive(Deserialize)]
struct CheckedReady {
    items: Vec<ReadyItem>,
}
