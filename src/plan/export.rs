//! A plan as a text to keep: Markdown, and a calendar (RFC 5545).

use super::{Change, Plan, PlanStep, minute};
use crate::say::say;
use crate::words::stamp;

impl Plan {
    /// The plan as Markdown: a heading, and a list of steps to tick off.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text =
            format!("# {}\n\n{}\n", say!("MTA-STS for {domain}", domain = &self.domain), self.summary);
        for (number, step) in (1..).zip(&self.steps) {
            text.push_str(&format!("\n## {number}. {}\n\n", step.title));
            text.push_str(&format!("- [ ] {}\n", step.time()));
            text.push_str(&format!("- {}\n", step.why));
            for change in &step.changes {
                let (sentence, block) = change.words();
                text.push_str(&format!("- {sentence}\n"));
                if let Some(block) = block {
                    let lines = block.trim_end().lines().map(|line| format!("  {line}\n"));
                    text.push_str(&format!("\n  ```text\n{}  ```\n\n", lines.collect::<String>()));
                }
            }
            let check = format!("`{}`", step.check);
            text.push_str(&format!("- {}\n", say!("To see that it is done: {command}", command = check)));
        }
        text
    }

    /// The plan as a calendar (RFC 5545), with an event of a quarter of an hour for each step. `now`, in seconds since 1970, is
    /// when it was made.
    #[must_use]
    pub fn calendar(&self, now: i64) -> String {
        let mut lines = vec![
            "BEGIN:VCALENDAR".to_owned(),
            "VERSION:2.0".to_owned(),
            "PRODID:-//mta-sts//plan//EN".to_owned(),
        ];
        for (number, step) in (1..).zip(&self.steps) {
            let changes = step.changes.iter().map(|change| match change.words() {
                (sentence, Some(block)) => format!("{sentence}\n{}", block.trim_end()),
                (sentence, None) => sentence,
            });
            let mut description: Vec<String> = vec![format!("{}.", step.time()), step.why.clone()];
            description.extend(changes);
            description.push(say!("To see that it is done: {command}", command = &step.check));
            lines.extend([
                "BEGIN:VEVENT".to_owned(),
                // The same for a plan that is made anew, whose events take the place of the old ones.
                format!("UID:{number}-{}@mta-sts", self.domain),
                format!("DTSTAMP:{}", basic(now)),
                format!("DTSTART:{}", basic(step.at)),
                "DURATION:PT15M".to_owned(),
                format!("SUMMARY:{}", escaped(&format!("{}: {}", self.domain, step.title))),
                format!("DESCRIPTION:{}", escaped(&description.join("\n\n"))),
                "END:VEVENT".to_owned(),
            ]);
        }
        lines.push("END:VCALENDAR".to_owned());
        lines.iter().map(|line| folded(line)).collect()
    }
}

impl PlanStep {
    /// When it is taken, as a sentence without its full stop.
    #[must_use]
    pub fn time(&self) -> String {
        match &self.wait {
            Some(wait) => {
                say!("Not before {time}: {reason}", time = minute(self.at), reason = &wait.reason)
            }
            None => say!("From {time} on", time = minute(self.at)),
        }
    }
}

impl Change {
    /// What is to be done, and the text that goes there.
    #[must_use]
    pub fn words(&self) -> (String, Option<String>) {
        match self {
            Self::Policy { url, body } => {
                (say!("Serve this at {url}, as text/plain:", url), Some(body.clone()))
            }
            Self::Record { name, text, replaces: true } => {
                (say!("TXT record at {name}, in place of the one there:", name), Some(text.clone()))
            }
            Self::Record { name, text, replaces: false } => {
                (say!("TXT record at {name}, the only one of its kind there:", name), Some(text.clone()))
            }
            Self::Mend { about, fault } => (say!("{about} {fault}: mend that.", about, fault), None),
            Self::NoRecord { name } => (say!("No TXT record at {name} any more.", name), None),
            Self::NoPolicy { url } => (say!("Nothing at {url} any more.", url), None),
            Self::AddMx { preference, host } => {
                (say!("One MX record more, with preference {preference}: {host}", preference, host), None)
            }
            Self::RemoveMx { host } => (say!("No MX record that names {host} any more.", host), None),
            Self::Release { host } => (say!("{host} need not take mail of the domain any more.", host), None),
            Self::CopyPolicy { body } => {
                (say!("Serve this from the new place as well, as text/plain:"), Some(body.clone()))
            }
            Self::MovePolicyHost { name } => {
                (say!("The A, AAAA or CNAME record of {name} leads to the new place.", name), None)
            }
            Self::ReleasePolicyHost => (say!("The old place of the policy may go."), None),
        }
    }
}

/// A time as in a calendar: 20261122T061500Z.
fn basic(at: i64) -> String {
    let stamp = stamp(at);
    match stamp.len().checked_sub(7).and_then(|middle| stamp.split_at_checked(middle)) {
        Some((day, time)) => format!("{day}T{time}"),
        None => stamp,
    }
}

/// Text as the value of a property (RFC 5545 §3.3.11).
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => escaped.extend(['\\', c]),
            '\n' => escaped.push_str("\\n"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A line of at most 75 octets, and the rest of it behind a space in the lines below (RFC 5545 §3.1).
fn folded(line: &str) -> String {
    let mut folded = String::new();
    let mut length = 0;
    for c in line.chars() {
        if length + c.len_utf8() > 75 {
            folded.push_str("\r\n ");
            length = 1;
        }
        folded.push(c);
        length += c.len_utf8();
    }
    folded.push_str("\r\n");
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_calendar_are_folded_between_characters() {
        let line = format!("SUMMARY:{}", "ä".repeat(80));
        let folded = folded(&line);
        assert!(folded.lines().all(|line| line.len() <= 75), "{folded}");
        assert_eq!(folded.replace("\r\n ", "").trim_end(), line);
        assert_eq!(escaped("a;b,c\\d\ne"), "a\\;b\\,c\\\\d\\ne");
        assert_eq!(basic(1_795_305_600), "20261122T000000Z");
    }
}
