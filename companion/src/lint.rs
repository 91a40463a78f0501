//! `mta-sts lint`: reads texts from files, standard input or the command line, lints each, and writes what
//! was found in the form that a person, a program or a forge wants.

use std::fs;
use std::mem;
use std::path::Path;

use clap::ValueEnum;
use mta_sts::report::Finding;
use mta_sts::{Level, LintKind, LintReport, Names, PolicyDoc, fix_all, lint_with};
use serde::Serialize;

use crate::excerpt::corners;
use crate::{diagnostic, input, names, sarif, text};

/// Larger files are no policy or record; a policy has at most 64 KiB.
const MAX_FILE: u64 = 1024 * 1024;

/// How the findings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a person, with the lines they stand in.
    Text,
    /// One text's report, or an array of `{ file, … }` for several.
    Json,
    /// SARIF 2.1.0, for forges and editors.
    Sarif,
    /// Commands of a GitHub workflow, which it shows beside the lines.
    Github,
}

/// Where a text came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// A file.
    File,
    /// Standard input.
    Stdin,
    /// The command line itself, as with `--record`.
    Argument,
}

/// What was linted, and what came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Linted {
    /// The file as it was named; `<stdin>`, `<record>` or `<tlsrpt>` for what is in no file.
    pub file: String,
    /// Where the text came from.
    #[serde(skip)]
    pub given: Given,
    /// The text itself.
    #[serde(skip)]
    pub text: Vec<u8>,
    /// The findings.
    #[serde(flatten)]
    pub report: LintReport,
}

impl Linted {
    /// Lints a text.
    #[must_use]
    pub fn new(file: impl Into<String>, given: Given, kind: Option<LintKind>, text: Vec<u8>) -> Self {
        let kind = kind.unwrap_or_else(|| LintKind::guess(&text));
        Self {
            file: file.into(),
            given,
            report: lint_with(kind, &text, &known(kind, &text)).with_senders(&text),
            text,
        }
    }

    /// Lints a record that stands on the command line.
    #[must_use]
    pub fn argument(kind: LintKind, text: &str) -> Self {
        let file = if kind == LintKind::Tlsrpt { "<tlsrpt>" } else { "<record>" };
        Self::new(file, Given::Argument, Some(kind), text.as_bytes().to_vec())
    }
}

/// What the engine cannot know of the names in a text.
fn known(kind: LintKind, text: &[u8]) -> Names {
    match kind {
        LintKind::Policy => names::of(&PolicyDoc::parse(text)),
        LintKind::Record | LintKind::Tlsrpt => Names::default(),
    }
}

/// Makes every edit that is sure to be right, and lints what comes of it. Files are written in place; what is
/// in no file is changed in `linted` alone. Says what was changed, and what could not be written.
pub fn fix(linted: &mut [Linted]) -> (Vec<String>, Vec<Unread>) {
    let (mut changed, mut unwritten) = (Vec::new(), Vec::new());
    for one in linted.iter_mut().filter(|one| one.given != Given::Argument) {
        let fixed = fix_all(one.report.kind, &one.text, &known(one.report.kind, &one.text));
        if fixed.edits == 0 {
            continue;
        }
        if one.given == Given::File
            && let Err(error) = fs::write(&one.file, &fixed.text)
        {
            unwritten.push(format!("{}: {error}", one.file));
            continue;
        }
        let edits = if fixed.edits == 1 { "1 edit".to_owned() } else { format!("{} edits", fixed.edits) };
        changed.push(format!("{}: {edits} made", one.file));
        *one = Linted::new(mem::take(&mut one.file), one.given, Some(one.report.kind), fixed.text);
    }
    (changed, unwritten)
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
    let (file, given) = if path == "-" { ("<stdin>", Given::Stdin) } else { (path, Given::File) };
    let text = read(path).map_err(|error| format!("{file}: {error}"))?;
    Ok(Linted::new(file, given, kind, text))
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
    let bytes = input::bounded(Path::new(path), MAX_FILE).map_err(|error| error.to_string())?;
    bytes.ok_or_else(|| format!("larger than {MAX_FILE} bytes, so no policy or record"))
}

/// Whether anything is found at `level` or above.
#[must_use]
pub fn fails(linted: &[Linted], level: Level) -> bool {
    linted.iter().any(|one| one.report.findings.iter().any(|finding| finding.level <= level))
}

/// What was found, in that form; `unread` is what could not be linted, which only SARIF has a place for.
///
/// # Errors
/// None that is known; JSON could fail in theory.
pub fn written(linted: &[Linted], unread: &[Unread], format: Format) -> Result<String, String> {
    match (format, linted) {
        (Format::Text, _) => Ok(linted.iter().map(diagnostic::written).collect::<Vec<_>>().join("\n")),
        (Format::Sarif, _) => text::json(&sarif::log(linted, unread)),
        (Format::Json, [one]) => text::json(&one.report),
        // Nothing was read: there is no report to write.
        (Format::Json, []) => Ok(String::new()),
        (Format::Json, several) => text::json(&several),
        (Format::Github, _) => Ok(linted
            .iter()
            .flat_map(|one| one.report.findings.iter().map(|finding| github(one, finding)))
            .collect()),
    }
}

/// A finding as a workflow command.
fn github(linted: &Linted, finding: &Finding) -> String {
    let command = match finding.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    };
    let mut properties = Vec::new();
    // What is in no file has no line that could be shown.
    if linted.given == Given::File {
        properties.push(format!("file={}", property(&linted.file)));
        if let Some(at) = &finding.at {
            let [(line, column), (end_line, end_column)] = corners(&linted.text, at.place.bytes);
            properties.push(format!("line={line},col={column}"));
            if end_line == line && end_column > column {
                properties.push(format!("endColumn={end_column}"));
            }
        }
    }
    properties.push(format!("title={}", property(&format!("{}: {}", finding.code, finding.title))));
    let fix = finding.fix.as_ref().map(|fix| format!("\n{fix}")).unwrap_or_default();
    let whose = if linted.given == Given::File { String::new() } else { format!("{}: ", linted.file) };
    let message = format!("{whose}{}{fix} ({})", finding.message, finding.section);
    format!("::{command} {}::{}\n", properties.join(","), data(&message))
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
        let text = b"version: STSv1\nmode: enforced\nmx: mail.zoo.test\nmax_age: 604800\n".to_vec();
        let linted = [
            Linted::new("a,b:c%.txt", Given::File, None, text),
            Linted::argument(LintKind::Record, "v=STSv1; id=a-b"),
        ];
        let written = written(&linted, &[], Format::Github).expect("text");
        assert!(
            written
                .starts_with("::error file=a%2Cb%3Ac%25.txt,line=2,col=7,endColumn=15,title=policy-mode%3A "),
            "{written}"
        );
        assert_eq!(written.lines().count(), 2, "{written}");
        assert!(written.contains("%0AWrite `mode: enforce`."), "{written}");
        assert!(written.contains("\n::error title=record-id%3A "), "{written}");
        assert!(written.contains("::<record>: `a-b` has characters"), "{written}");
    }
}
