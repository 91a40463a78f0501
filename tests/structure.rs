//! What the design asks of the structure: the engine reaches for no I/O, and its modules know only
//! those below them.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Who may import whom. `*` is everything; the crate's own public names count as such.
const TABLE: &[(&str, &[&str])] = &[
    ("say", &[]),
    ("span", &[]),
    ("visible", &[]),
    ("address", &[]),
    ("name", &["address", "span", "visible", "words"]),
    ("dns", &[]),
    ("beside", &["words"]),
    ("uri", &["address"]),
    ("edit", &["span"]),
    ("lookalike", &["visible", "words"]),
    ("paste", &["record", "span"]),
    ("record", &["name", "span", "uri"]),
    ("rua", &["record", "span", "uri"]),
    ("policy", &["lookalike", "name", "record", "span"]),
    ("evidence", &["beside", "dns", "name"]),
    ("dane", &["dns", "evidence", "name"]),
    ("facts", &["beside", "dane", "dns", "evidence", "name", "policy", "record", "rua", "span"]),
    ("json", &[]),
    ("words", &["visible"]),
    ("heard", &["words"]),
    ("causes", &["dns", "evidence", "heard", "words"]),
    (
        "rules",
        &[
            "causes",
            "dane",
            "dns",
            "edit",
            "evidence",
            "facts",
            "heard",
            "lookalike",
            "name",
            "paste",
            "policy",
            "record",
            "rua",
            "span",
            "uri",
            "visible",
            "words",
        ],
    ),
    ("senders", &["name", "policy", "record", "span", "words"]),
    ("verdict", &["evidence", "facts", "policy"]),
    ("ready", &["evidence", "facts", "policy", "verdict", "words"]),
    ("command", &["dns", "evidence", "name"]),
    ("finding", &["rules", "span"]),
    (
        "report",
        &[
            "beside", "causes", "command", "dns", "evidence", "facts", "finding", "heard", "history", "name",
            "policy", "record", "rua", "rules", "ready", "senders", "span", "verdict", "words",
        ],
    ),
    ("history", &["evidence", "facts", "name", "plan", "policy", "record"]),
    ("tlsrpt", &["address", "name", "ready", "words"]),
    ("setup", &["address", "command", "lint", "name", "plan", "policy", "record", "rules", "words"]),
    ("plan", &["command", "dns", "evidence", "facts", "name", "policy", "ready", "record", "words"]),
    ("lint", &["edit", "finding", "name", "paste", "policy", "record", "rules", "senders", "span"]),
    ("look", &["evidence", "facts", "finding", "name", "record", "report", "rules"]),
    ("check", &["beside", "evidence", "facts", "name", "policy", "report"]),
    (
        "draft",
        &[
            "dns", "evidence", "facts", "lint", "paste", "policy", "record", "report", "span", "verdict",
            "words",
        ],
    ),
    // The browser host uses what any other host program can use.
    ("browser", &["*"]),
    ("wasm", &["*"]),
];

/// The folders whose files are parts of one module each.
const PARTS: [&str; 10] =
    ["evidence", "facts", "plan", "report", "rules", "senders", "setup", "tlsrpt", "verdict", "wasm"];

fn sources() -> Vec<(String, PathBuf)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for folder in PARTS.map(|part| src.join(part)).into_iter().chain([src.clone()]) {
        for entry in fs::read_dir(folder).expect("sources") {
            let path = entry.expect("an entry").path();
            let stem = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let part_of = |module: &&str| path.parent().is_some_and(|parent| parent.ends_with(module));
            let module = PARTS.into_iter().find(part_of).map_or(stem, str::to_owned);
            if path.extension().is_some_and(|extension| extension == "rs") && module != "lib" {
                found.push((module, path));
            }
        }
    }
    found
}

/// The text without its tests.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a source file");
    text.split("#[cfg(test)]").next().expect("a beginning").to_owned()
}

#[test]
fn modules_know_only_those_below_them() {
    let table: BTreeMap<&str, &[&str]> = TABLE.iter().copied().collect();
    let mention = regex::Regex::new(r"\bcrate::(\w+)").expect("a pattern");
    let braces = regex::Regex::new(r"\bcrate::\{([^}]*)\}").expect("a pattern");
    for (module, path) in sources() {
        let allowed = table.get(module.as_str()).unwrap_or_else(|| panic!("{module} is not in the table"));
        let text = code(&path);
        let mut known: BTreeSet<String> =
            mention.captures_iter(&text).map(|found| found[1].to_owned()).collect();
        for list in braces.captures_iter(&text) {
            let names =
                list[1].split(',').map(|name| name.trim().split("::").next().unwrap_or_default().to_owned());
            known.extend(names.filter(|name| !name.is_empty()));
        }
        known.remove(&module);
        for name in known {
            // Whoever makes a sentence makes it in the reader's language.
            let fine = name == "say" || allowed.contains(&"*") || allowed.contains(&name.as_str());
            assert!(fine, "{}: {module} may not import {name}", path.display());
        }
    }
}

#[test]
fn every_module_of_the_table_is_there() {
    let modules: BTreeSet<String> = sources().into_iter().map(|(module, _)| module).collect();
    for (module, _) in TABLE {
        assert!(modules.contains(*module), "{module}");
    }
}

/// The engine's native dependencies, theirs included: parsing and data, and nothing that does I/O.
#[test]
fn the_engine_has_no_io_crate() {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--package", "mta-sts", "--edges", "normal", "--prefix", "none", "--format", "{lib}"])
        .args(["--target", "x86_64-unknown-linux-gnu", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo tree");
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let text = String::from_utf8_lossy(&tree.stdout);
    let found: BTreeSet<&str> = text.lines().map(|line| line.trim_end_matches(" (*)").trim()).collect();
    let allowed = BTreeSet::from([
        "allocator_api2",
        "base64",
        "block_buffer",
        "cfg_if",
        "cpufeatures",
        "crypto_common",
        "digest",
        "equivalent",
        "foldhash",
        "hashbrown",
        "hashify",
        "hybrid_array",
        "imara_diff",
        "indexmap",
        "itoa",
        "mail_parser",
        "memchr",
        "mta_sts",
        "memchr",
        "nom",
        "proc_macro2",
        "quote",
        "rawzip",
        "serde",
        "serde_core",
        "serde_derive",
        "serde_json",
        "sha2",
        "syn",
        "typenum",
        "unicode_ident",
        "zmij",
    ]);
    let strangers: Vec<_> = found.difference(&allowed).collect();
    assert!(strangers.is_empty(), "{strangers:?}");
}

/// No clock, no files, no network, no threads and no async in the engine's own code.
#[test]
fn the_engine_does_no_io_and_has_no_clock() {
    for (module, path) in
        sources().into_iter().filter(|(module, _)| !["browser", "wasm"].contains(&module.as_str()))
    {
        let text = code(&path);
        for word in [
            "std::fs",
            "std::time",
            "std::io",
            "std::net::Tcp",
            "std::net::Udp",
            "std::thread",
            "std::env",
            "async fn",
            ".await",
        ] {
            assert!(!text.contains(word), "{}: {module} uses {word}", path.display());
        }
    }
}

/// Only one file of the page knows how the engine was packed, and one knows the build that a worker has to itself.
#[test]
fn the_page_reaches_the_engine_through_one_file() {
    let www = Path::new(env!("CARGO_MANIFEST_DIR")).join("www");
    for entry in fs::read_dir(www).expect("www") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "js") && !path.ends_with("engine.js") {
            let text = code(&path);
            let text = if path.ends_with("reader.js") { text.replace("/pkg-reports/", "") } else { text };
            assert!(!text.contains("/pkg"), "{}", path.display());
        }
    }
}
