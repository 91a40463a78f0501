//! The file in which a history of checks is kept: a line of JSON for each.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use mta_sts::Evidence;
use mta_sts::history::Published;

/// What stands in the file.
///
/// # Errors
/// It cannot be read, or a line is none of a history; the message names it.
pub(super) fn read(file: &Path) -> Result<Vec<Published>, String> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(format!("--history {}: {error}", file.display())),
    };
    let mut history = Vec::new();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let read = serde_json::from_str(line);
        history.push(read.map_err(|error| format!("--history {}: line {number}: {error}", file.display()))?);
    }
    Ok(history)
}

/// The same with what this check saw, which is written to the end of the file where `add` says so and record and policy could
/// be seen.
///
/// # Errors
/// As above, or the file cannot be written.
pub(super) fn read_and_add(file: &Path, evidence: &Evidence, add: bool) -> Result<Vec<Published>, String> {
    let mut history = read(file)?;
    if let Some(published) = Published::of(evidence) {
        if add {
            let wrong = |error: &dyn std::fmt::Display| format!("--history {}: {error}", file.display());
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
