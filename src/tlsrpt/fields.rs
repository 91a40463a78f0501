//! The members of a JSON object by the names that RFC 8460 gives them, and a note of each that is not there, or not as it should be.

use std::borrow::Cow;
use std::fmt;

use super::json::{Member, Value};
use super::{Deviation, TlsReport};
use crate::say::say;
use crate::words::quoted;

/// A place in a report.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'p> {
    /// The report as a whole.
    Top,
    /// A member of an object.
    Member(&'p Place<'p>, &'p str),
    /// An element of an array, counted from 0.
    Element(&'p Place<'p>, usize),
}

impl<'p> Place<'p> {
    /// The member of that name there.
    pub(super) const fn at(&'p self, name: &'p str) -> Self {
        Self::Member(self, name)
    }

    /// The element of that number there.
    pub(super) const fn index(&'p self, index: usize) -> Self {
        Self::Element(self, index)
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Top => Ok(()),
            Self::Member(Self::Top, name) => f.write_str(name),
            Self::Member(of, name) => write!(f, "{of}.{name}"),
            Self::Element(of, index) => write!(f, "{of}[{index}]"),
        }
    }
}

/// What was noted of a report.
#[derive(Debug)]
pub(super) struct Noted {
    deviations: Vec<Deviation>,
    /// How many more there were.
    more: u64,
    /// How many are kept.
    most: usize,
}

impl Noted {
    pub(super) const fn new(most: usize) -> Self {
        Self { deviations: Vec::new(), more: 0, most }
    }

    /// For another report of the same text.
    pub(super) const fn for_another(&self) -> Self {
        Self::new(self.most)
    }

    pub(super) fn note(&mut self, code: &'static str, place: &Place<'_>, message: String) {
        if self.deviations.len() < self.most {
            self.deviations.push(Deviation { code: code.into(), place: place.to_string(), message });
        } else {
            self.more += 1;
        }
    }

    pub(super) fn wrong_kind(&mut self, place: &Place<'_>, value: &Value<'_>, wanted: &'static str) {
        let code = if *value == Value::Null { "null" } else { "wrong-type" };
        self.note(code, place, say!("it is {kind} and should be {wanted}", kind = value.kind(), wanted));
    }

    /// Hands all of it over, what is said of the text as a whole in front.
    pub(super) fn into_report(self, report: &mut TlsReport) {
        report.deviations.splice(0..0, self.deviations);
        report.more_deviations += self.more;
    }
}

/// Other names under which senders are known to put a field, or that mean the same in the RFC's own prose.
const OTHER_NAMES: &[(&str, &[&str])] = &[
    ("mx-host", &["mx-host-pattern", "mx-hosts", "mx"]),
    ("receiving-mx-hostname", &["receiving-mx-host-name", "receiving-mx-host", "receiving-mx"]),
    ("receiving-mx-helo", &["receiving-mx-host-helo"]),
    ("additional-information", &["additional-info-uri", "additional-info"]),
    ("organization-name", &["organisation-name", "org-name"]),
    ("sending-mta-ip", &["sending-ip"]),
    ("failed-session-count", &["failed-sessions"]),
];

/// The members of an object.
pub(super) struct Fields<'v> {
    members: &'v [Member<'v>],
    place: &'v Place<'v>,
    taken: Vec<bool>,
}

impl<'v> Fields<'v> {
    pub(super) fn new(members: &'v [Member<'v>], place: &'v Place<'v>) -> Self {
        Self { members, place, taken: vec![false; members.len()] }
    }

    /// Where the object stands.
    pub(super) const fn place(&self) -> &'v Place<'v> {
        self.place
    }

    /// Whether there is such a field, under whatever name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// The member that is meant by a name: of that name, or of one that says the same.
    fn find(&self, name: &str) -> Option<usize> {
        let of = |is: &dyn Fn(&str) -> bool| self.members.iter().position(|(member, _)| is(member));
        of(&|member| member == name).or_else(|| of(&|member| plain(member) == name)).or_else(|| {
            let (_, others) = OTHER_NAMES.iter().find(|(known, _)| *known == name)?;
            of(&|member| others.contains(&&*plain(member)))
        })
    }

    /// The field of that name; noted are another name, and others of the same name.
    fn take(&mut self, name: &'static str, noted: &mut Noted) -> Option<&'v Value<'v>> {
        let at = self.find(name)?;
        let (found, value) = self.members.get(at)?;
        for (index, (member, _)) in self.members.iter().enumerate() {
            if index == at || member == found {
                if index != at {
                    let message = say!(
                        "{name} stands there more than once; the first one counts",
                        name = quoted(found.as_bytes())
                    );
                    noted.note("field-repeated", &self.place.at(name), message);
                }
                if let Some(taken) = self.taken.get_mut(index) {
                    *taken = true;
                }
            }
        }
        if found != name {
            let message = say!(
                "it is called {found}, and {name} in RFC 8460 §4.4",
                found = quoted(found.as_bytes()),
                name = quoted(name.as_bytes())
            );
            noted.note("field-other-name", &self.place.at(name), message);
        }
        Some(value)
    }

    /// A field that has to be there, and is not `null`.
    fn required(&mut self, name: &'static str, noted: &mut Noted) -> Option<&'v Value<'v>> {
        let Some(value) = self.take(name, noted) else {
            let message = say!("there is no {name}, which RFC 8460 §4.4 has", name = quoted(name.as_bytes()));
            noted.note("field-missing", &self.place.at(name), message);
            return None;
        };
        if *value == Value::Null {
            noted.note("null", &self.place.at(name), say!("it is `null`"));
            return None;
        }
        Some(value)
    }

    /// A text.
    pub(super) fn text(&mut self, name: &'static str, noted: &mut Noted) -> Option<String> {
        let value = self.required(name, noted)?;
        self.as_text(name, value, noted)
    }

    /// A text that need not be there.
    pub(super) fn optional(&mut self, name: &'static str, noted: &mut Noted) -> Option<String> {
        let value = self.take(name, noted).filter(|value| **value != Value::Null)?;
        self.as_text(name, value, noted)
    }

    fn as_text(&self, name: &'static str, value: &Value<'_>, noted: &mut Noted) -> Option<String> {
        let place = self.place.at(name);
        let text = match value {
            Value::Text(text) if text.is_empty() => {
                noted.note("empty", &place, say!("it is empty"));
                return None;
            }
            Value::Text(text) => return Some(text.clone().into_owned()),
            Value::Count(number) => Some(number.to_string()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(value) => Some(value.to_string()),
            // The only one of an array is what is meant.
            Value::List(list) => match list.as_slice() {
                [Value::Text(text)] => Some(text.clone().into_owned()),
                _ => None,
            },
            Value::Null | Value::Object(_) => None,
        };
        noted.wrong_kind(&place, value, "string");
        text
    }

    /// A number of sessions: 0 where there is none to be read.
    pub(super) fn count(&mut self, name: &'static str, noted: &mut Noted) -> u64 {
        let Some(value) = self.required(name, noted) else { return 0 };
        let place = self.place.at(name);
        match value {
            Value::Count(count) => *count,
            Value::Text(text) => {
                let Ok(count) = text.trim().parse() else {
                    noted.note(
                        "count-invalid",
                        &place,
                        say!("{text} is no number of sessions", text = quoted(text.as_bytes())),
                    );
                    return 0;
                };
                noted.wrong_kind(&place, value, "number");
                count
            }
            Value::Number(number) => {
                // Whole numbers are told by their digits: `3.0`, `1e2`.
                let count = format!("{number:.0}").parse().ok().filter(|_| number.fract() == 0.0);
                let message = say!("it is not a whole number of sessions");
                noted.note(if count.is_some() { "count-decimal" } else { "count-invalid" }, &place, message);
                count.unwrap_or(0)
            }
            _ => {
                noted.wrong_kind(&place, value, "number");
                0
            }
        }
    }

    /// An object.
    pub(super) fn object(&mut self, name: &'static str, noted: &mut Noted) -> Option<&'v [Member<'v>]> {
        match self.required(name, noted)? {
            Value::Object(members) => Some(members),
            other => {
                noted.wrong_kind(&self.place.at(name), other, "object");
                None
            }
        }
    }

    /// An array; one object alone is taken for an array of it.
    pub(super) fn list(&mut self, name: &'static str, noted: &mut Noted) -> Vec<&'v Value<'v>> {
        match self.required(name, noted) {
            None => Vec::new(),
            Some(Value::List(list)) => list.iter().collect(),
            Some(other) => {
                noted.wrong_kind(&self.place.at(name), other, "array");
                if matches!(other, Value::Object(_)) { vec![other] } else { Vec::new() }
            }
        }
    }

    /// An array of texts; one text alone is taken for an array of it.
    pub(super) fn texts(&mut self, name: &'static str, noted: &mut Noted) -> Option<Vec<String>> {
        let value = self.required(name, noted)?;
        let place = self.place.at(name);
        Some(match value {
            Value::List(list) => {
                let mut texts = Vec::new();
                for (index, item) in list.iter().enumerate() {
                    match item {
                        Value::Text(text) => texts.push(text.clone().into_owned()),
                        other => noted.wrong_kind(&place.index(index), other, "string"),
                    }
                }
                texts
            }
            Value::Text(text) => {
                noted.note(
                    "string-for-array",
                    &place,
                    say!("it is a string and should be an array of strings"),
                );
                vec![text.clone().into_owned()]
            }
            other => {
                noted.wrong_kind(&place, other, "array");
                Vec::new()
            }
        })
    }

    /// Notes the members that nobody took.
    pub(super) fn end(self, noted: &mut Noted) {
        for ((name, _), taken) in self.members.iter().zip(&self.taken) {
            if !taken {
                let message = say!("{name} is no field of RFC 8460 §4.4", name = quoted(name.as_bytes()));
                noted.note("field-unknown", &self.place.at(name), message);
            }
        }
    }
}

/// A name as RFC 8460 writes names, of what other programs make of it: `organization_name`, `organizationName`.
fn plain(name: &str) -> Cow<'_, str> {
    if name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        return Cow::Borrowed(name);
    }
    let mut plain = String::with_capacity(name.len());
    let mut small = false;
    for c in name.trim().chars() {
        if c.is_ascii_uppercase() && small {
            plain.push('-');
        }
        small = c.is_ascii_lowercase();
        plain.push(if c == '_' || c == ' ' { '-' } else { c.to_ascii_lowercase() });
    }
    Cow::Owned(plain)
}
