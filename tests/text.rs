//! The catalogues of other languages: what they have to have, and what is said in them.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

/// English forms, each with what it is in a language.
type Part = BTreeMap<String, String>;

/// The languages beside English, each with its parts.
fn catalogues() -> Vec<(String, BTreeMap<String, Part>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("text");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("catalogues") {
        let path = entry.expect("an entry").path();
        let text = fs::read_to_string(&path).expect("a catalogue");
        let parts: BTreeMap<String, Part> =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        // Sorted and laid out in one way, so that a change shows as what it is.
        let laid_out = serde_json::to_string_pretty(&parts).expect("JSON") + "\n";
        assert!(
            text == laid_out,
            "{} is not sorted by its keys' bytes, or not laid out as serde_json does",
            path.display()
        );
        let language = path.file_stem().expect("a name").to_string_lossy().into_owned();
        found.push((language, parts));
    }
    assert_eq!(found.len(), 2);
    found
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("say.rs") {
            found.push(path);
        }
    }
}

/// Every form that the engine says: what stands in `say!` and `form!`, but for tests. Beside them what it says of TLS reports alone.
fn said() -> (BTreeSet<String>, BTreeSet<String>) {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let comment = Regex::new(r"(?m)^\s*//.*$").expect("a pattern");
    let marked = Regex::new(r"\b(?:say|form)!\(").expect("a pattern");
    let literal = Regex::new(r#"\b(?:say|form)!\(\s*"((?:[^"\\]|\\.)*)""#).expect("a pattern");
    let (mut forms, mut of_reports) = (BTreeSet::new(), BTreeSet::new());
    for path in files {
        let is_of_reports = path.to_string_lossy().contains("/tlsrpt");
        let text = fs::read_to_string(&path).expect("a source file");
        let code = text.split("#[cfg(test)]\nmod tests").next().expect("a beginning");
        let code = comment.replace_all(code, "");
        let found: Vec<_> = literal.captures_iter(&code).collect();
        assert_eq!(
            found.len(),
            marked.find_iter(&code).count(),
            "{}: a form that is no literal",
            path.display()
        );
        for form in found {
            let form = form[1].replace("\\\"", "\"");
            assert!(
                !form.contains('\\'),
                "{}: {form} has an escape that this test does not read",
                path.display()
            );
            if is_of_reports {
                of_reports.insert(form)
            } else {
                forms.insert(form)
            };
        }
    }
    assert!(forms.len() > 400, "{} forms", forms.len());
    of_reports.retain(|form| !forms.contains(form));
    (forms, of_reports)
}

fn difference<'s>(one: &'s BTreeSet<String>, other: &'s BTreeSet<String>) -> Vec<&'s String> {
    one.difference(other).collect()
}

#[test]
fn the_catalogues_have_what_the_engine_says_and_no_more() {
    let (engine, tlsrpt) = said();
    let rules: BTreeSet<String> =
        mta_sts::rules::all().flat_map(|rule| [rule.title, rule.why, rule.fix]).map(str::to_owned).collect();
    for (language, parts) in catalogues() {
        assert_eq!(
            parts.keys().collect::<Vec<_>>(),
            ["engine", "page", "reports", "rules", "tlsrpt", "zoo"],
            "{language}"
        );
        for (part, wanted) in [("engine", &engine), ("rules", &rules), ("tlsrpt", &tlsrpt)] {
            let has: BTreeSet<String> = parts[part].keys().cloned().collect();
            assert!(
                has == *wanted,
                "text/{language}.json, {part}: missing {:#?}, left over {:#?}",
                difference(wanted, &has),
                difference(&has, wanted)
            );
        }
    }
}

/// Words that are the same in another language.
const SAME: &[(&str, &[&str])] = &[
    ("de", &["Domain", "Policy", "Record", "Sender", "mode {0}", "{0}, {1} ms"]),
    ("fr", &["Ctrl", "Mode", "Verdict", "mode {0}", "{0}, {1} ms", "{count} minutes"]),
];

#[test]
fn translations_keep_names_and_code() {
    let name = Regex::new(r"\{\w+\}").expect("a pattern");
    let code = Regex::new("`[^`]*`").expect("a pattern");
    let bare = |text: &str| name.replace_all(&code.replace_all(text, ""), "").into_owned();
    let sorted = |pattern: &Regex, text: &str| {
        let mut found: Vec<String> = pattern.find_iter(text).map(|found| found.as_str().to_owned()).collect();
        found.sort();
        found
    };
    let unique = |mut found: Vec<String>| {
        found.dedup();
        found
    };
    let mut wrong = Vec::new();
    for (language, parts) in catalogues() {
        let same = SAME.iter().find(|(known, _)| *known == language).map_or(&[][..], |(_, words)| words);
        for (form, said) in parts.values().flatten() {
            let mut hold = |holds: bool, what: &str| {
                if !holds {
                    wrong.push(format!("{language}: {what}\n  {form}\n  {said}"));
                }
            };
            hold(
                unique(sorted(&name, form)) == unique(sorted(&name, said)),
                "the places for values are others",
            );
            hold(said.matches('`').count() % 2 == 0, "a backtick has no other");
            hold(sorted(&code, form) == sorted(&code, said), "what stands in backticks is changed");
            hold(
                !said.contains(['\t', '\n']) && !said.contains("  "),
                "it is not one line with single spaces",
            );
            hold(said.trim() == said && !said.is_empty(), "white space stands at an end");
            let has_words = bare(form).chars().any(char::is_alphabetic);
            hold(!has_words || said != form || same.contains(&form.as_str()), "it is still English");
            hold(
                form.ends_with('.') == said.ends_with('.') && form.ends_with('…') == said.ends_with('…'),
                "it ends in another way",
            );
            // An abbreviation has capitals wherever it stands, and so has a German noun.
            let capital = |text: &str| {
                let mut letters = text.chars();
                letters.next().is_some_and(char::is_uppercase)
                    && !letters.next().is_some_and(char::is_uppercase)
            };
            let small = |text: &str| text.chars().next().is_some_and(char::is_lowercase);
            hold(!(capital(form) && small(said)), "it begins with a small letter");
            hold(!(small(form) && capital(said) && language != "de"), "it begins with a capital");
            for fault in typography(&language, &bare(said)) {
                hold(false, fault);
            }
        }
        for word in same {
            let said = parts.values().filter_map(|part| part.get(*word)).find(|said| said == word);
            assert!(said.is_some(), "{language}: {word} is not the same any more");
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// A mark of French that has no space before it that keeps together.
static NOT_APART: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[^\u{a0}\u{202f}:/](?:[;?!]|:(?:\s|$))").expect("a pattern"));
/// French quotation marks without such spaces inside.
static NOT_WITHIN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"«[^\u{a0}\u{202f}]|[^\u{a0}\u{202f}]»").expect("a pattern"));

/// What is wrong with the marks of a sentence, without its code and values.
fn typography(language: &str, text: &str) -> Vec<&'static str> {
    let mut faults = Vec::new();
    if text.contains('"') {
        faults.push("it has a straight quotation mark");
    }
    match language {
        "de" => {
            let (open, close) = (text.matches('„').count(), text.matches('“').count());
            if open != close || text.contains('”') {
                faults.push("its quotation marks are no pairs of „ and “");
            }
        }
        "fr" => {
            if NOT_APART.is_match(text) {
                faults.push("no space that keeps together stands before : ; ? or !");
            }
            if NOT_WITHIN.is_match(text) || text.matches('«').count() != text.matches('»').count() {
                faults.push("its quotation marks are no pairs of « and » with spaces that keep together");
            }
            if text.contains('\'') {
                faults.push("an apostrophe is ’");
            }
        }
        _ => faults.push("a language whose marks nobody knows"),
    }
    faults
}
