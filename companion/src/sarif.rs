//! Findings as SARIF 2.1.0, which forges and editors read.
//!
//! What is required here beyond the standard's schema is what GitHub's code scanning asks for: every rule
//! has a short and a full description and a help text, every result has a place with four numbers.

use std::path::{Component, Path};

use mta_sts::report::{Edit, Finding};
use mta_sts::{Level, rules};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;

use crate::excerpt::corners;
use crate::lint::{Given, Linted, Unread};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    invocations: [Invocation; 1],
    /// Lines end with LF for every sender, so a lone CR is no line end here either.
    newline_sequences: [&'static str; 2],
    column_kind: &'static str,
    artifacts: Vec<Artifact>,
    results: Vec<Hit>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    version: &'static str,
    semantic_version: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    short_description: Text,
    full_description: Text,
    help: Text,
    default_configuration: Configuration,
    properties: Properties,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

/// What SARIF has no field for.
#[derive(Serialize)]
struct Properties {
    section: &'static str,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: Text,
}

#[derive(Clone, Serialize)]
struct Location {
    uri: String,
    index: usize,
}

#[derive(Serialize)]
struct Artifact {
    location: Location,
    length: usize,
    /// The text, where no file has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    contents: Option<Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Hit {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: Text,
    locations: [Place; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<Fix>,
}

/// An edit that mends a fault.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fix {
    description: Text,
    artifact_changes: [Change; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    artifact_location: Location,
    replacements: [Replacement; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement {
    deleted_region: Region,
    /// As it is put in: no message, so nothing in it is escaped.
    inserted_content: Text,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    physical_location: Physical,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Location,
    region: Region,
}

/// Lines and columns count from 1, and the end is behind the region; bytes count from 0, with a byte order
/// mark, which no column counts.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
    byte_offset: usize,
    byte_length: usize,
}

/// The log of a run; `unread` is what could not be linted.
pub(crate) fn log(linted: &[Linted], unread: &[Unread]) -> impl Serialize + use<> {
    let mut found: Vec<Rule> = Vec::new();
    let mut artifacts = Vec::new();
    let mut results = Vec::new();
    for (index, one) in linted.iter().enumerate() {
        let location = Location { uri: uri(&one.file, one.given), index };
        let contents = (one.given != Given::File).then(|| contents(&one.text));
        artifacts.push(Artifact { location: location.clone(), length: one.text.len(), contents });
        for finding in &one.report.findings {
            let rule_index = found.iter().position(|rule| rule.id == finding.code).unwrap_or_else(|| {
                found.push(rule(finding));
                found.len() - 1
            });
            results.push(Hit {
                rule_id: finding.code,
                rule_index,
                level: finding.level.as_str(),
                message: text(&finding.message),
                locations: [Place {
                    physical_location: Physical {
                        artifact_location: location.clone(),
                        region: region(&one.text, finding.at.as_ref().map_or([0, 0], |at| at.place.bytes)),
                    },
                }],
                fixes: finding.edit.iter().map(|edit| fix(finding, edit, one, &location)).collect(),
            });
        }
    }
    let notify = |error: &Unread| Notification { level: Level::Error.as_str(), message: text(error) };
    let version = env!("CARGO_PKG_VERSION");
    let driver = Driver { name: "mta-sts", version, semantic_version: version, rules: found };
    Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool { driver },
            invocations: [Invocation {
                execution_successful: unread.is_empty(),
                tool_execution_notifications: unread.iter().map(notify).collect(),
            }],
            newline_sequences: ["\r\n", "\n"],
            column_kind: "unicodeCodePoints",
            artifacts,
            results,
        }],
    }
}

fn rule(finding: &Finding) -> Rule {
    // Every finding has a rule; without one, what the finding says of it is still true.
    let rule = rules::explain(finding.code);
    Rule {
        id: finding.code,
        short_description: text(&finding.title),
        full_description: text(rule.map_or(finding.title.as_str(), |rule| rule.why)),
        help: text(rule.map_or(finding.title.as_str(), |rule| rule.fix)),
        default_configuration: Configuration {
            level: rule.map_or(finding.level, |rule| rule.level).as_str(),
        },
        properties: Properties { section: finding.section },
    }
}

fn fix(finding: &Finding, edit: &Edit, linted: &Linted, location: &Location) -> Fix {
    Fix {
        description: text(finding.fix.as_deref().unwrap_or(&finding.title)),
        artifact_changes: [Change {
            artifact_location: location.clone(),
            replacements: [Replacement {
                deleted_region: region(&linted.text, edit.bytes),
                inserted_content: Text { text: edit.replacement.clone() },
            }],
        }],
    }
}

/// A message. In SARIF, `{0}` stands for an argument and `[…](…)` is a link: what is linted can make neither.
fn text(text: &str) -> Text {
    Text { text: text.replace('{', "{{").replace('}', "}}").replace("](", "] (") }
}

fn region(text: &[u8], bytes: [usize; 2]) -> Region {
    let [start, end] = bytes.map(|at| at.min(text.len()));
    let [(start_line, start_column), (end_line, end_column)] = corners(text, [start, end]);
    let byte_length = end.saturating_sub(start);
    Region { start_line, start_column, end_line, end_column, byte_offset: start, byte_length }
}

/// A text that no file has.
fn contents(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => serde_json::json!({ "text": text }),
        Err(_) => {
            use base64::Engine as _;
            serde_json::json!({ "binary": base64::engine::general_purpose::STANDARD.encode(bytes) })
        }
    }
}

/// What may stand in a path of a URI as it is. A colon may not: in front it would end a scheme.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A file as a URI: relative where it was named so, which is how forges find it in a repository.
fn uri(file: &str, given: Given) -> String {
    let escaped = |part: &str| utf8_percent_encode(part, ESCAPED).to_string();
    if given != Given::File {
        return escaped(file);
    }
    let path = Path::new(file);
    let parts: Vec<String> = path
        .components()
        .filter_map(|part| match part {
            Component::Normal(part) => Some(escaped(&part.to_string_lossy())),
            Component::ParentDir => Some("..".into()),
            // `C:` stands behind the slashes of a file URI as it is.
            Component::Prefix(drive) => Some(drive.as_os_str().to_string_lossy().into_owned()),
            Component::RootDir | Component::CurDir => None,
        })
        .collect();
    let joined = parts.join("/");
    if path.is_absolute() { format!("file:///{joined}") } else { joined }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_a_uri() {
        for (file, given, expected) in [
            (".well-known/mta-sts.txt", Given::File, ".well-known/mta-sts.txt"),
            ("./a b%.txt", Given::File, "a%20b%25.txt"),
            ("../x:y#z?.txt", Given::File, "../x%3Ay%23z%3F.txt"),
            ("bücher/漢.txt", Given::File, "b%C3%BCcher/%E6%BC%A2.txt"),
            ("<stdin>", Given::Stdin, "%3Cstdin%3E"),
            ("<record>", Given::Argument, "%3Crecord%3E"),
        ] {
            assert_eq!(uri(file, given), expected);
        }
        #[cfg(unix)]
        assert_eq!(uri("/srv/a b.txt", Given::File), "file:///srv/a%20b.txt");
    }

    #[test]
    fn what_is_linted_makes_no_link_and_no_argument() {
        assert_eq!(text("`[a](https://b)` {0}").text, "`[a] (https://b)` {{0}}");
    }
}
