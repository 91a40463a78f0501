//! `mta-sts lint`: reads texts from files or standard input, lints each, and writes what was found in the
//! form that a person, a program or a forge wants.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use clap::ValueEnum;
use mta_sts::report::Finding;
use mta_sts::{Level, LintKind, LintReport, lint};
use serde::Serialize;

use crate::{diagnostic, text};

/// Larger files are no policy or record; a policy has at most 64 KiB.
const MAX_FILE: u64 = 1024 * 1024;

/// How the findings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a person.
    Text,
    /// One text's report, or an array of `{ file, … }` for several.
    Json,
    /// Commands of a GitHub workflow, which it shows beside the lines.
    Github,
}

/// What was linted, and what came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Linted {
    /// The file as it was named; `<stdin>` for standard input.
    pub file: String,
    /// The text itself.
    #[serde(skip)]
    pub text: Vec<u8>,
    /// The findings.
    #[serde(flatten)]
    pub report: LintReport,
}

/// A file that could not be read, and why.
pub type Unread = String;

/// Lints every file that `patterns` name. A pattern is a path, `-` for standard input, or a glob.
#[must_use]
pub fn lint_all(patterns: &[String], kind: Option<LintKind>) -> (Vec<Linted>, Vec<Unread>) {
    let (mut linted, mut unread) = (Vec::new(), Vec::new());
    for pattern in patterns {
        match paths(pattern) {
            Ok(paths) => {
                for path in paths {
                    match lint_one(&path, kind) {
                        Ok(one) => linted.push(one),
                        Err(error) => unread.push(error),
                    }
                }
            }
            Err(error) => unread.push(format!("{pattern}: {error}")),
        }
    }
    (linted, unread)
}

fn lint_one(path: &str, kind: Option<LintKind>) -> Result<Linted, Unread> {
    let file = if path == "-" { "<stdin>" } else { path };
    let bytes = read(path).map_err(|error| format!("{file}: {error}"))?;
    let kind = kind.unwrap_or_else(|| LintKind::guess(&bytes));
    Ok(Linted { file: file.to_owned(), report: lint(kind, &bytes), text: bytes })
}

/// The files a pattern names. A name that exists is taken as it stands, whatever its characters mean in
/// a glob.
fn paths(pattern: &str) -> Result<Vec<String>, String> {
    let is_glob = pattern.contains(['*', '?', '[']) && !Path::new(pattern).exists();
    if !is_glob {
        return Ok(vec![pattern.to_owned()]);
    }
    let found = glob::glob(pattern).map_err(|error| error.to_string())?;
    let mut paths: Vec<String> = Vec::new();
    for path in found {
        let path = path.map_err(|error| error.to_string())?;
        if path.is_file() {
            paths.push(path.to_string_lossy().into_owned());
        }
    }
    if paths.is_empty() { Err("no file fits this pattern".into()) } else { Ok(paths) }
}

fn read(path: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = if path == "-" {
        io::stdin().take(MAX_FILE + 1).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| error.to_string())?;
    match u64::try_from(bytes.len()) {
        Ok(0..=MAX_FILE) => Ok(bytes),
        _ => Err(format!("larger than {MAX_FILE} bytes, so no policy or record")),
    }
}

/// Whether anything is found at `level` or above.
#[must_use]
pub fn fails(linted: &[Linted], level: Level) -> bool {
    linted.iter().any(|one| one.report.findings.iter().any(|finding| finding.level <= level))
}

/// What was found, in that form.
///
/// # Errors
/// None that is known; JSON could fail in theory.
pub fn written(linted: &[Linted], format: Format) -> Result<String, String> {
    match (format, linted) {
        (Format::Text, _) => {
            let texts = linted.iter().map(|one| diagnostic::written(one));
            Ok(texts.collect::<Vec<_>>().join("\n"))
        }
        (Format::Json, [one]) => text::json(&one.report),
        (Format::Json, several) => text::json(&several),
        (Format::Github, _) => Ok(linted
            .iter()
            .flat_map(|one| one.report.findings.iter().map(|finding| github(&one.file, finding)))
            .collect()),
    }
}

/// A finding as a workflow command.
fn github(file: &str, finding: &Finding) -> String {
    let command = match finding.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    };
    let place = finding
        .at
        .as_ref()
        .map_or_else(String::new, |at| format!(",line={},col={}", at.place.line, at.place.column));
    let fix = finding.fix.as_ref().map(|fix| format!("\n{fix}")).unwrap_or_default();
    format!(
        "::{command} file={}{place},title={}::{}\n",
        property(file),
        property(&format!("{}: {}", finding.code, finding.title)),
        data(&format!("{}{fix} ({})", finding.message, finding.section))
    )
}

/// The text of a workflow command, escaped as the runner's toolkit does it.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a workflow command, escaped as the runner's toolkit does it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workflow_commands_are_one_line_each() {
        let text = b"version: STSv1\nmode: enforced\nmx: a.example\nmax_age: 604800\n".to_vec();
        let linted = [Linted { file: "a,b:c%.txt".into(), report: lint(LintKind::Policy, &text), text }];
        let written = written(&linted, Format::Github).expect("text");
        assert!(
            written.starts_with("::error file=a%2Cb%3Ac%25.txt,line=2,col=7,title=policy-mode%3A "),
            "{written}"
        );
        assert_eq!(written.lines().count(), 1, "{written}");
        assert!(written.contains("%0AWrite `mode: enforce`."), "{written}");
    }
}
