//! How named senders and checkers read a policy and a record, as data.
//!
//! A [`Profile`] says how a reader departs from the strict reading of RFC 8461: what it trims and
//! skips, whether the first or the last of two lines counts, what it cuts, makes up, or takes in
//! either case. One interpreter reads a text by those data; the strict profile is [`PolicyDoc`] and
//! [`RecordDoc`] themselves. What can be run is run: `cargo xtask differential` holds every profile
//! with [`Profile::run`] against the program it describes.

mod differences;
mod matching;
mod number;
mod policy;
mod policy_rules;
mod profiles;
mod record;
mod record_rules;
mod tags;
mod text;

use std::borrow::Cow;

use serde::Serialize;

use crate::name::Host;
use crate::policy::{Mode, PolicyDoc};
use crate::record::{RecordDoc, RecordKind, Selection};
use crate::say::{filled, say};
use crate::words::{joined, quoted};

use self::matching::{Matching, Patterns};
use self::policy_rules::PolicyRules;
use self::record_rules::RecordRules;

pub use self::differences::{Difference, POINTS};
pub use self::profiles::PROFILES;

/// A reader of policies and records, and how it departs from the strict reading.
#[derive(Clone, Copy, Debug)]
pub struct Profile {
    /// What it is called.
    pub name: &'static str,
    /// The version these data are about: of its package, or of the files read.
    pub version: &'static str,
    /// Where it is found: a package, or repository@commit.
    pub source: &'static str,
    /// Whether it is run and compared by `cargo xtask differential`; otherwise it was read only.
    pub run: bool,
    policy: Policies,
    record: Records,
    matching: Matching,
}

/// How a profile reads policies.
#[derive(Clone, Copy, Debug)]
enum Policies {
    /// By [`PolicyDoc`]; the rules are the same once more, and say why.
    Strict,
    /// By these rules.
    By(PolicyRules),
    /// It reads none.
    No,
}

/// How a profile reads records.
#[derive(Clone, Copy, Debug)]
enum Records {
    /// By [`RecordDoc`]; the rules are the same once more, and say why.
    Strict,
    /// By these rules.
    By(RecordRules),
}

/// What a reader makes of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyReading {
    /// What it does with a host that fails.
    pub mode: Mode,
    /// How long it keeps the policy, in whole seconds.
    pub max_age: u64,
    /// The patterns, in the order published, in the letters it keeps; letters outside ASCII as
    /// published. They need not be host names.
    pub mx: Vec<String>,
    /// What it passed over or made up to get there, each a short English sentence.
    pub notes: Vec<&'static str>,
}

/// What a reader makes of the records at the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordReading {
    /// The id; any text at all, with some readers.
    pub id: String,
    /// What it passed over to get there, each a short English sentence.
    pub notes: Vec<&'static str>,
}

/// One row of the matrix: this text, read by that reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SenderReading {
    /// The reader's name.
    pub sender: &'static str,
    /// The version this is about.
    pub version: &'static str,
    /// Where it is found.
    pub source: &'static str,
    /// Whether it gets a policy, or an id, from the text.
    pub usable: bool,
    /// The mode it reads; policies only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// How long it keeps the policy, in seconds; policies only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u64>,
    /// The patterns it reads; policies only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mx: Option<Vec<String>>,
    /// The id it reads; records only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The domain's mail hosts that none of these patterns is taken for (RFC 8461 §4.1): in a report of a domain that has
    /// some, and a policy that is usable and not of mode `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unmatched: Option<Vec<String>>,
    /// Why it is unusable; or, where it is usable, what the reader passed over or made up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// A policy body as each profile reads it, in the order of [`PROFILES`].
///
/// ```
/// let readings = mta_sts::senders::policy_readings(b"version: STSv1\nmode: none\nmax_age: 60\n");
/// let unusable: Vec<&str> =
///     readings.iter().filter(|reading| !reading.usable).map(|reading| reading.sender).collect();
/// assert_eq!(unusable, ["Stalwart", "mailrs-mta-sts"]);
/// ```
#[must_use]
pub fn policy_readings(body: &[u8]) -> Vec<SenderReading> {
    policy_readings_of(body, &[])
}

/// The same for a domain with these mail hosts, so that each row says which of them the reader finds no pattern for.
#[must_use]
pub fn policy_readings_of(body: &[u8], hosts: &[&Host]) -> Vec<SenderReading> {
    let rows = PROFILES.iter().filter(|profile| profile.reads_policies());
    rows.map(|profile| {
        let mut read = profile.policy(body);
        if let Ok(read) = &mut read
            && read.mx.iter().any(|pattern| pattern.starts_with("*."))
        {
            read.notes.extend(profile.matching.of_wildcards());
        }
        let mut row = profile.row(read.as_ref().err(), read.as_ref().ok().map(|read| &read.notes));
        if let Ok(read) = read {
            if read.mode != Mode::None && !hosts.is_empty() {
                let patterns = Patterns::of(profile.matching, read.mx.iter().map(String::as_str));
                let unmatched = hosts.iter().filter(|host| !patterns.admit(host));
                row.unmatched = Some(unmatched.map(ToString::to_string).collect());
            }
            (row.mode, row.max_age, row.mx) = (Some(read.mode), Some(read.max_age), Some(read.mx));
        }
        row
    })
    .collect()
}

/// The text of one TXT record, its strings joined, as each profile reads it where no other record
/// stands at the name; in the order of [`PROFILES`].
#[must_use]
pub fn record_readings(text: &[u8]) -> Vec<SenderReading> {
    all_record_readings(&[text])
}

/// All TXT records at the name, each with its strings joined, as each profile reads them; in the order of
/// [`PROFILES`].
#[must_use]
pub fn records_readings(texts: &[Vec<u8>]) -> Vec<SenderReading> {
    let texts: Vec<&[u8]> = texts.iter().map(Vec::as_slice).collect();
    all_record_readings(&texts)
}

fn all_record_readings(texts: &[&[u8]]) -> Vec<SenderReading> {
    PROFILES
        .iter()
        .map(|profile| {
            let read = profile.all(texts);
            let mut row = profile.row(read.as_ref().err(), read.as_ref().ok().map(|read| &read.notes));
            row.id = read.ok().map(|read| read.id);
            row
        })
        .collect()
}

impl Profile {
    /// Reads a policy body, as served with status 200 and `Content-Type: text/plain`, which names no
    /// charset.
    ///
    /// # Errors
    /// Why this reader gets no policy from it, in one short sentence.
    pub fn policy(&self, body: &[u8]) -> Result<PolicyReading, String> {
        let rules = match &self.policy {
            Policies::By(rules) => return rules.read(body).map_err(String::from),
            Policies::No => return Err(say!("it reads no policies")),
            Policies::Strict => &PolicyRules::STRICT,
        };
        let read = PolicyDoc::parse(body).policy().map(|policy| PolicyReading {
            mode: policy.mode,
            max_age: policy.max_age.into(),
            mx: policy.mx.iter().map(ToString::to_string).collect(),
            notes: Vec::new(),
        });
        debug_assert_eq!(read, rules.read(body).ok(), "the strict rules say what the document says");
        read.ok_or_else(|| rules.read(body).err().map_or_else(unfit, String::from))
    }

    /// Whether it reads policies at all.
    #[must_use]
    pub const fn reads_policies(&self) -> bool {
        !matches!(self.policy, Policies::No)
    }

    /// Reads the only TXT record at the name, its strings joined.
    ///
    /// # Errors
    /// Why this reader gets no id from it, in one short sentence.
    pub fn record(&self, text: &[u8]) -> Result<RecordReading, String> {
        self.all(&[text])
    }

    /// Reads the TXT records at the name, each with its strings joined.
    ///
    /// # Errors
    /// Why this reader gets no id from them, in one short sentence.
    pub fn records(&self, texts: &[Vec<u8>]) -> Result<RecordReading, String> {
        let texts: Vec<&[u8]> = texts.iter().map(Vec::as_slice).collect();
        self.all(&texts)
    }

    fn all(&self, texts: &[&[u8]]) -> Result<RecordReading, String> {
        let rules = match &self.record {
            Records::By(rules) => return rules.read(texts).map_err(String::from),
            Records::Strict => &RecordRules::STRICT,
        };
        let owned: Vec<Vec<u8>> = texts.iter().map(|text| text.to_vec()).collect();
        let kept = Selection::of(RecordKind::Record, &owned).kept;
        let read = if let [one] = kept.as_slice() {
            RecordDoc::parse(RecordKind::Record, one).record()
        } else {
            None
        };
        let read = read.map(|record| RecordReading { id: record.id, notes: Vec::new() });
        debug_assert_eq!(read, rules.read(&kept).ok(), "the strict rules say what the document says");
        read.ok_or_else(|| rules.read(&kept).err().map_or_else(unfit, String::from))
    }

    /// Whether it takes `pattern`, as it stands in [`PolicyReading::mx`], for `host` (RFC 8461 §4.1).
    #[must_use]
    pub fn admits(&self, pattern: &str, host: &Host) -> bool {
        Patterns::of(self.matching, [pattern]).admit(host)
    }

    /// How it departs from the strict reading, point by point, each with the place it was read in.
    #[must_use]
    pub fn differences(&self) -> &'static [Difference] {
        differences::of(self.name)
    }

    fn row(&self, error: Option<&String>, notes: Option<&Vec<&'static str>>) -> SenderReading {
        let words = |notes: &Vec<&'static str>| joined(notes.iter().map(|note| filled(note, [])).collect());
        let notes = notes.filter(|notes| !notes.is_empty()).map(words);
        SenderReading {
            sender: self.name,
            version: self.version,
            source: self.source,
            usable: error.is_none(),
            mode: None,
            max_age: None,
            mx: None,
            id: None,
            unmatched: None,
            why: error.cloned().or(notes),
        }
    }
}

/// Said where the document has a fault that the rules do not know.
fn unfit() -> String {
    say!("it does not fit the grammar")
}

/// Why a text is unusable; made into words only where somebody asks.
#[derive(Clone, Debug)]
enum Unusable {
    /// A form without places.
    Because(&'static str),
    /// A form with a place for a text, and that.
    Value(&'static str, String),
}

impl From<Unusable> for String {
    fn from(why: Unusable) -> Self {
        match why {
            Unusable::Because(form) => filled(form, []),
            Unusable::Value(form, text) => filled(form, [quoted(text.as_bytes())]),
        }
    }
}

/// An [`Unusable`] about strangers' text, of which no more is kept than is shown; the form has a place for it, `{text}`.
fn refused(form: &'static str, text: &str) -> Unusable {
    let shown: Cow<'_, str> = text.chars().take(80).collect();
    Unusable::Value(form, shown.into_owned())
}

/// Says something once: a form without places.
fn note(notes: &mut Vec<&'static str>, what: &'static str) {
    if !notes.contains(&what) {
        notes.push(what);
    }
}
