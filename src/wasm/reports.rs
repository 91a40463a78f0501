//! TLS reports: files go in as bytes, and what they come to comes out as JSON. What is packed the page unpacks, with what the
//! browser brings, and hands in again.

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::{JsError, JsValue, wasm_bindgen};

use crate::tlsrpt::{Collection, Filter, Held, Mail, Mbox, MboxMail, NoPart, Part, parts, read};

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
    /// What was handed out to be unpacked.
    packed: Vec<Packed>,
    /// The mbox that is being read: its name, and how many mails of it came.
    mbox: Option<(String, Mbox, u32)>,
}

/// Something that is packed.
struct Packed {
    name: String,
    mail: Option<Mail>,
    depth: usize,
}

#[wasm_bindgen]
impl Reports {
    /// None yet.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a file. Gives what of it is to be unpacked, as `[{ id, how, bytes }]` with the name of a compression format, for [`unpacked`](Self::unpacked).
    pub fn take(&mut self, name: &str, bytes: &[u8]) -> Array {
        let out = Array::new();
        self.take_in(name, bytes, None, 0, &out);
        out
    }

    /// Takes what something unpacked to; without `bytes` it could not be, as it is damaged or, where `too_long`, as it has too much in it. Gives
    /// what of that is to be unpacked, as [`take`](Self::take) does.
    pub fn unpacked(&mut self, id: usize, bytes: Option<Vec<u8>>, too_long: bool) -> Array {
        let out = Array::new();
        let Some(Packed { name, mail, depth }) = self.packed.get_mut(id).map(|packed| Packed {
            name: std::mem::take(&mut packed.name),
            mail: packed.mail.take(),
            depth: packed.depth,
        }) else {
            return out;
        };
        match bytes {
            Some(bytes) => {
                let bare = name.strip_suffix(".gz").unwrap_or(&name).to_owned();
                self.take_in(&bare, &bytes, mail.as_ref(), depth + 1, &out);
            }
            None => {
                let why = if too_long { NoPart::TooLong } else { NoPart::NotUnpacked };
                self.collection.refuse(&name, why.to_string());
            }
        }
        out
    }

    /// Begins an mbox of that name, which comes piece by piece.
    #[wasm_bindgen(js_name = beginMbox)]
    pub fn begin_mbox(&mut self, name: String) {
        self.mbox = Some((name, Mbox::new(), 0));
    }

    /// Takes a piece of the mbox; without one it has come to its end. Gives what is to be unpacked, as [`take`](Self::take) does.
    pub fn piece(&mut self, bytes: Option<Vec<u8>>) -> Array {
        let out = Array::new();
        let Some((name, mut mbox, mut count)) = self.mbox.take() else { return out };
        let ended = bytes.is_none();
        let mails = match bytes {
            Some(bytes) => mbox.push(&bytes),
            None => std::mem::take(&mut mbox).end().into_iter().collect(),
        };
        for mail in mails {
            count += 1;
            self.take_mail(&format!("{name}#{count}"), mail, None, 0, &out);
        }
        if !ended {
            self.mbox = Some((name, mbox, count));
        }
        out
    }

    /// Takes note of a file that could not be read, with the reason as a sentence.
    pub fn refuse(&mut self, name: &str, reason: String) {
        self.collection.refuse(name, reason);
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

    fn take_in(&mut self, name: &str, bytes: &[u8], mail: Option<&Mail>, depth: usize, out: &Array) {
        for Part { name, held, mail } in parts(name, bytes, mail, depth) {
            match held {
                Held::Json(text) => match read(&text) {
                    Ok(reports) => {
                        for report in reports {
                            self.collection.add(report, mail.as_ref());
                        }
                    }
                    Err(error) => self.collection.refuse(&name, error.to_string()),
                },
                Held::Gzip(bytes) => self.hand_out("gzip", &bytes, Packed { name, mail, depth }, out),
                Held::Deflate(bytes) => {
                    self.hand_out("deflate-raw", &bytes, Packed { name, mail, depth }, out)
                }
                Held::Mbox(bytes) => {
                    let mut mbox = Mbox::new();
                    let mut mails = mbox.push(&bytes);
                    mails.extend(mbox.end());
                    for (index, one) in mails.into_iter().enumerate() {
                        self.take_mail(&format!("{name}#{}", index + 1), one, mail.as_ref(), depth, out);
                    }
                }
                Held::Refused(why) => self.collection.refuse(&name, why.to_string()),
            }
        }
    }

    fn take_mail(&mut self, name: &str, one: MboxMail, mail: Option<&Mail>, depth: usize, out: &Array) {
        match one {
            MboxMail::Whole(bytes) => self.take_in(name, &bytes, mail, depth + 1, out),
            MboxMail::TooLong => self.collection.refuse(name, NoPart::TooLong.to_string()),
        }
    }

    fn hand_out(&mut self, how: &str, bytes: &[u8], packed: Packed, out: &Array) {
        let one = Object::new();
        let id = u32::try_from(self.packed.len()).unwrap_or(u32::MAX);
        for (name, value) in
            [("id", id.into()), ("how", how.into()), ("bytes", Uint8Array::from(bytes).into())]
        {
            // A new object takes any property.
            Reflect::set(&one, &JsValue::from_str(name), &value).ok();
        }
        self.packed.push(packed);
        out.push(&one);
    }
}

fn filter_of(json: &str) -> Result<Filter, JsError> {
    Ok(serde_json::from_str(json)?)
}
