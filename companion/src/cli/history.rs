//! The file in which a history of checks is kept: a line of JSON for each.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use mta_sts::history::{Held, Published, held};
use mta_sts::{Domain, Evidence, Host};

use crate::input;

/// Most octets of a history: some hundred thousand checks.
const MOST: u64 = 64 * 1024 * 1024;

/// The policies of `domain` that senders may still have and that something else has replaced.
pub(super) fn of_before(history: &[Published], domain: &Domain, mx: &[Host], now: i64) -> Vec<Held> {
    let mut held = held(history, domain.as_str(), mx, now);
    held.retain(|held| held.replaced.is_some());
    held
}

/// What stands in the file, and behind it what this check saw, which is written to its end where `add` says so and record and
/// policy could be seen. A file that is not there yet is an empty one where it is to be written.
///
/// # Errors
/// It cannot be read or written, or a line is none of a history; the message names it.
pub(super) fn read_and_add(file: &Path, evidence: &Evidence, add: bool) -> Result<Vec<Published>, String> {
    let wrong = |error: &dyn std::fmt::Display| format!("--history {}: {error}", file.display());
    let text = match input::bounded(file, MOST) {
        Ok(text) => text.ok_or_else(|| wrong(&format!("larger than {MOST} bytes, so no history")))?,
        // What is only read has to be there.
        Err(error) if error.kind() == ErrorKind::NotFound && add => Vec::new(),
        Err(error) => return Err(wrong(&error)),
    };
    let lines = (1..).zip(text.split(|b| *b == b'\n')).filter(|(_, line)| !line.trim_ascii().is_empty());
    let read = lines.map(|(number, line)| {
        serde_json::from_slice(line).map_err(|error| wrong(&format!("line {number}: {error}")))
    });
    let mut history = read.collect::<Result<Vec<_>, _>>()?;
    if let Some(published) = Published::of(evidence) {
        if add {
            let line = serde_json::to_string(&published).map_err(|error| wrong(&error))?;
            let opened = OpenOptions::new().create(true).append(true).open(file);
            // In one go, so that two checks at once do not mix their lines.
            let written = opened.and_then(|mut file| file.write_all(format!("{line}\n").as_bytes()));
            written.map_err(|error| wrong(&error))?;
        }
        history.push(published);
    }
    Ok(history)
}
