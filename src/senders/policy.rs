//! Reads a policy body as a sender does that departs from the grammar of RFC 8461 §3.2.

use super::policy_rules::{Bound, Empty, Extension, MxSyntax, NoColon, PolicyRules, Repeats};
use super::text::{Decode, Lines, cut, is_extension_name};
use super::{PolicyReading, Unusable, note, refused};
use crate::policy::Mode;
use crate::say::form;

impl PolicyRules {
    /// Reads a body.
    pub(super) fn read(&self, body: &[u8]) -> Result<PolicyReading, Unusable> {
        if body.len() > self.max_body {
            return Err(Unusable::Because(form!("too large")));
        }
        let text = self.decode.text(body).ok_or(Unusable::Because(match self.decode {
            Decode::Ascii => form!("not ASCII"),
            _ => form!("not UTF-8"),
        }))?;
        let mut read = Read { rules: self, values: [None; 3], mx: Vec::new(), notes: Vec::new() };
        if self.decode == Decode::Mark
            && (body.starts_with(b"\xEF\xBB\xBF") || !body.is_ascii() && text.is_ascii())
        {
            note(&mut read.notes, form!("the byte order mark is dropped"));
        }
        if self.lines == Lines::ToColon {
            let mut rest: &str = &text;
            while let Some((key, behind)) = cut(rest, b':') {
                let (value, next) = cut(behind, b'\n').unwrap_or((behind, ""));
                if cut(key, b'\n').is_some_and(|(line, _)| !self.space.trim(line).is_empty()) {
                    note(&mut read.notes, form!("a line without a colon swallows the next key"));
                }
                read.field(key, value)?;
                rest = next;
            }
        } else {
            for line in self.lines.of(&text) {
                read.line(line)?;
            }
        }
        read.finish()
    }
}

/// The fields that count once, in the order of [`Read::values`].
const KEYS: [&str; 3] = ["version", "mode", "max_age"];
const VERSION: usize = 0;
const MODE: usize = 1;
const MAX_AGE: usize = 2;

/// What was read up to a line.
struct Read<'a> {
    rules: &'a PolicyRules,
    /// The value that counts, of each of [`KEYS`].
    values: [Option<&'a str>; 3],
    mx: Vec<String>,
    notes: Vec<&'static str>,
}

impl<'a> Read<'a> {
    fn line(&mut self, line: &'a str) -> Result<(), Unusable> {
        let rules = self.rules;
        let shown = rules.space.trim(line);
        if line.len() > rules.max_line {
            return Err(Unusable::Because(form!("a line is too long")));
        }
        if rules.cr_refused && cut(line, b'\r').is_some() {
            return Err(refused(form!("a CR without LF: {text}"), shown));
        }
        if rules.blank_skipped && line.is_empty() {
            note(&mut self.notes, form!("an empty line is passed over"));
            return Ok(());
        }
        if rules.comments && shown.starts_with('#') {
            note(&mut self.notes, form!("a comment is passed over"));
            return Ok(());
        }
        match cut(line, b':') {
            Some((_, value)) if rules.one_colon && cut(value, b':').is_some() => {
                Err(refused(form!("a line with two colons {text}"), shown))
            }
            Some((key, value)) => self.field(key, value),
            None if rules.no_colon == NoColon::EmptyValue => self.field(rules.space.trim_end(line), ""),
            None if rules.no_colon == NoColon::Skipped => {
                note(&mut self.notes, form!("a line without a colon is passed over"));
                Ok(())
            }
            None if shown.is_empty() => Err(Unusable::Because(form!("an empty line"))),
            None => Err(refused(form!("a line without a colon {text}"), shown)),
        }
    }

    fn field(&mut self, raw: &'a str, value: &'a str) -> Result<(), Unusable> {
        let rules = self.rules;
        let value = rules.space.trim(value);
        let key = if rules.key_trimmed { rules.space.trim(raw) } else { raw };
        let is = |name: &str| if rules.key_any_case { key.eq_ignore_ascii_case(name) } else { key == name };
        let known = KEYS.iter().position(|name| is(name));
        if (known.is_some() || is("mx")) && key.len() < raw.len() {
            note(&mut self.notes, form!("white space around a key is dropped"));
        }
        if is("mx") {
            return self.mx(value);
        }
        let Some(index) = known else {
            return self.extension(key, value);
        };
        let repeated = self.values.get(index).is_some_and(Option::is_some);
        if repeated {
            match rules.repeats {
                Repeats::FirstWellFormed => return self.extension(key, value),
                Repeats::First => return Ok(()),
                Repeats::FirstChecked => return self.check(index, value),
                Repeats::Refused => return Err(refused(form!("said twice: {text}"), key)),
                Repeats::Last | Repeats::LastChecked => note(&mut self.notes, LAST[index]),
            }
        }
        if matches!(rules.repeats, Repeats::FirstChecked | Repeats::LastChecked) {
            self.check(index, value)?;
        }
        if index == MAX_AGE && rules.max_age.junk_ignored && rules.max_age.number.read(value).is_none() {
            note(&mut self.notes, form!("a `max_age` that is no number is passed over"));
            return Ok(());
        }
        self.values[index] = Some(value);
        Ok(())
    }

    fn extension(&self, name: &str, value: &str) -> Result<(), Unusable> {
        let Extension::Checked { sign_in_front, no_c1 } = self.rules.extension else {
            return Ok(());
        };
        if !is_extension_name(name, sign_in_front) {
            return Err(refused(form!("no field has the name {text}"), name));
        }
        let fits = |c: char| !(c.is_ascii_control() || no_c1 && c.is_control());
        if value.is_empty() || !value.chars().all(fits) {
            return Err(refused(form!("its value is refused: {text}"), name));
        }
        Ok(())
    }

    fn mx(&mut self, value: &'a str) -> Result<(), Unusable> {
        let rules = self.rules.mx;
        if rules.empty != Empty::Kept && value.is_empty()
            || rules.empty == Empty::SkippedWithStar && value == "*."
        {
            note(&mut self.notes, form!("an empty `mx` is passed over"));
            return Ok(());
        }
        if rules.syntax.is_some_and(|syntax| !syntax.takes(value)) {
            return Err(refused(form!("no host name: {text}"), value));
        }
        let pattern = if rules.lower_case { value.to_ascii_lowercase() } else { value.to_owned() };
        // Only the strangest policy has so many that looking through them matters.
        if !(rules.once && self.mx.iter().take(MANY).any(|known| *known == pattern)) {
            self.mx.push(pattern);
        }
        Ok(())
    }

    /// Whether the value of one of [`KEYS`] is one this reader can use.
    fn check(&mut self, index: usize, value: &str) -> Result<(), Unusable> {
        match index {
            VERSION => self.version(value),
            MODE => self.mode(value).map(drop),
            _ => self.seconds(value).map(drop),
        }
    }

    fn version(&mut self, value: &str) -> Result<(), Unusable> {
        if value == "STSv1" {
            return Ok(());
        }
        if !(self.rules.version_any_case && value.eq_ignore_ascii_case("STSv1")) {
            return Err(refused(form!("`version` is {text}"), value));
        }
        note(&mut self.notes, form!("`version` counts in either case"));
        Ok(())
    }

    fn mode(&mut self, value: &str) -> Result<Mode, Unusable> {
        let modes = [Mode::Enforce, Mode::Testing, Mode::None];
        if let Some(mode) = modes.into_iter().find(|mode| mode.as_str() == value) {
            return Ok(mode);
        }
        let found = modes.into_iter().find(|mode| mode.as_str().eq_ignore_ascii_case(value));
        let mode = found
            .filter(|_| self.rules.mode_any_case)
            .ok_or_else(|| refused(form!("`mode` is {text}"), value))?;
        note(&mut self.notes, form!("`mode` counts in either case"));
        Ok(mode)
    }

    fn seconds(&mut self, value: &str) -> Result<u64, Unusable> {
        let rules = self.rules.max_age;
        let Some(amount) = rules.number.read(value) else {
            return if rules.junk_ignored {
                Ok(0)
            } else {
                Err(refused(form!("`max_age` is {text}"), value))
            };
        };
        Ok(match rules.bound {
            Bound::Refused(most) if amount.is_below_zero() || amount.exceeds(most) => {
                return Err(refused(form!("`max_age` is {text}"), value));
            }
            Bound::Refused(_) => amount.whole,
            Bound::Cut(most) => {
                if amount.exceeds(most) {
                    note(&mut self.notes, form!("`max_age` is cut to 31557600"));
                }
                amount.whole.min(most)
            }
            Bound::Kept if amount.is_below_zero() => {
                note(&mut self.notes, form!("`max_age` is below zero: the policy is old at once"));
                0
            }
            Bound::Kept => amount.whole,
            Bound::Within(least, end, else_) => {
                if (least..end).contains(&amount.whole) {
                    amount.whole
                } else {
                    note(&mut self.notes, form!("`max_age` out of bounds is a day"));
                    else_
                }
            }
        })
    }

    fn finish(mut self) -> Result<PolicyReading, Unusable> {
        let rules = self.rules;
        match self.values[VERSION] {
            Some(value) => self.version(value)?,
            None if rules.version_needed => return Err(Unusable::Because(form!("no `version`"))),
            None => note(&mut self.notes, form!("no `version` is needed")),
        }
        let mode = match (self.values[MODE], rules.mode_default) {
            (Some(value), _) => self.mode(value)?,
            (None, Some(default)) => {
                note(&mut self.notes, form!("without `mode`, it is `none`"));
                default
            }
            (None, None) => return Err(Unusable::Because(form!("no `mode`"))),
        };
        let max_age = match (self.values[MAX_AGE], rules.max_age.default) {
            (Some(value), _) => self.seconds(value)?,
            (None, Some(default)) => {
                note(&mut self.notes, form!("without `max_age`, it is a day"));
                default
            }
            (None, None) => return Err(Unusable::Because(form!("no `max_age`"))),
        };
        if self.mx.is_empty() && (mode != Mode::None || rules.mx.always_needed) {
            return Err(Unusable::Because(form!("no `mx`")));
        }
        Ok(PolicyReading { mode, max_age, mx: self.mx, notes: self.notes })
    }
}

const LAST: [&str; 3] =
    [form!("the last `version` counts"), form!("the last `mode` counts"), form!("the last `max_age` counts")];

/// How many patterns are looked through for one said twice, so that a hostile body costs no time.
const MANY: usize = 1000;

impl MxSyntax {
    fn takes(self, value: &str) -> bool {
        let name = value.strip_prefix("*.").unwrap_or(value);
        let bare = if self.final_dot { name.strip_suffix('.').unwrap_or(name) } else { name };
        let label = |label: &str| {
            let bytes = label.as_bytes();
            let tagged = bytes.get(2..4) == Some(b"--") && bytes.len() > 4;
            !label.is_empty()
                && label.len() <= self.max_label
                && bytes.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
                && (self.hyphens
                    || !tagged
                    || label.get(..2).is_some_and(|head| head.eq_ignore_ascii_case("xn")))
        };
        bare.len() <= self.max_name
            && bare.split('.').all(label)
            && (self.address || bare.parse::<std::net::Ipv4Addr>().is_err())
    }
}
