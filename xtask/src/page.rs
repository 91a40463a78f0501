//! Builds the page: the engine as wasm, and the rules' prose as a file of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use mta_sts::rules::{Rule, Sample};
use mta_sts::span;
use serde_json::json;

use crate::text::{self, Catalogue};
use crate::tools::Tools;
use crate::{Outcome, execute, offline, read, root, target, widget};

/// What `wasm-opt` may emit: what rustc emits today, and nothing more exotic.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// Small, and without what only tools read. The first kilobyte of memory is the end of the stack, which nothing is
/// addressed in by a constant.
const STRIPPED: [&str; 5] =
    ["-Oz", "--low-memory-unused", "--strip-debug", "--strip-producers", "--strip-target-features"];

/// The standard library is built along, for size, and with panics that stop at once and say nothing: a seventh less to
/// load. The stable compiler does that where it is told that it may.
const SMALL_STD: [&str; 5] = [
    "-Zbuild-std=std,panic_abort",
    "-Zbuild-std-features=optimize_for_size",
    "-Zpanic-immediate-abort",
    "--config",
    "profile.release.panic='immediate-abort'",
];

/// The builds of the engine: the one that looks at a domain first, the one that checks domains, those that only find, by the
/// kind of text, the one that mends as well, the one that makes what a domain publishes, and the one that reads TLS reports.
const PACKAGES: [(&str, &[&str]); 7] = [
    ("pkg-look", &["--no-default-features", "--features", "look"]),
    ("pkg", &["--no-default-features", "--features", "browser"]),
    ("pkg-setup", &["--no-default-features", "--features", "setup"]),
    ("pkg-policy", &["--no-default-features", "--features", "lint-policy"]),
    ("pkg-record", &["--no-default-features", "--features", "lint-record"]),
    ("pkg-mend", &["--no-default-features", "--features", "mend"]),
    ("pkg-reports", &["--no-default-features", "--features", "reports"]),
];

/// Where the scripts are served from: bundled and minified, out of `www/*.js`.
const SCRIPTS: &str = "pkg-page";

/// The worker that reads TLS reports. It shares no script with the page.
const READER: &str = "reader.js";

/// What a draft may load until its first finding shows: script, wasm, style and titles, in bytes after `gzip -9`.
const LINT_BUDGET: usize = 45_000;
/// The same for a first look at a domain.
const CHECK_BUDGET: usize = 75_000;

/// Builds the packages, `www/pkg-page`, `www/text`, `www/prose*.json`, `www/rules*.json` and `www/worker.js`.
pub(crate) fn build(tools: &Tools) -> Outcome {
    let www = root().join("www");
    for (package, features) in PACKAGES {
        build_package(tools, &www.join(package), features)?;
    }
    scripts(tools)
}

/// Builds what of the page is not wasm.
pub(crate) fn scripts(tools: &Tools) -> Outcome {
    let www = root().join("www");
    let catalogues = text::catalogues()?;
    for catalogue in &catalogues {
        catalogue.write(&www)?;
    }
    bundle(tools, &www)?;
    for catalogue in std::iter::once(None).chain(catalogues.iter().map(Some)) {
        write_prose(&www, catalogue)?;
        write_rules(&www, catalogue)?;
    }
    offline::build(tools, &www, SCRIPTS, &catalogues)?;
    widget::build(tools)?;
    execute(tools.command("node").arg(root().join("xtask/compress.mjs")).arg(www))
}

/// What a view of the page needs beside its scripts, before it can say anything.
const BESIDE: [(&str, &[&str]); 4] = [
    ("check", &["pkg-look/mta_sts.js", "pkg-look/mta_sts_bg.wasm", RECORD_PROSE]),
    ("draft", &["pkg-policy/mta_sts.js", "pkg-policy/mta_sts_bg.wasm", POLICY_PROSE]),
    ("setup", &["pkg-setup/mta_sts.js", "pkg-setup/mta_sts_bg.wasm"]),
    ("rules", &["rules.json"]),
];

/// The scripts of the page, each view with what it needs alone. The engine's own scripts stay where they are, as
/// they look for their wasm beside them. The first script is told what each view comes to, so that all of it is on
/// its way at once.
fn bundle(tools: &Tools, www: &Path) -> Outcome {
    let scripts = www.join(SCRIPTS);
    if scripts.exists() {
        fs::remove_dir_all(&scripts).map_err(|error| format!("{}: {error}", scripts.display()))?;
    }
    let told = target().join("page-scripts.json");
    // As a string: an object would become a script of its own.
    let esbuild = |parts: String| {
        let parts = json!(parts);
        let mut esbuild = tools.command("esbuild");
        esbuild
            .arg(www.join("app.js"))
            .arg(www.join(READER))
            .args(["--bundle", "--splitting", "--minify", "--format=esm", "--target=es2022"])
            .args(["--chunk-names=[name]-[hash]", "--charset=utf8", "--log-level=warning"])
            .arg(format!("--define:PARTS={parts}"))
            .arg("--define:BROUGHT=false")
            .arg(format!("--metafile={}", told.display()))
            .arg(format!("--outdir={}", scripts.display()));
        esbuild
    };
    execute(&mut esbuild("{}".into()))?;
    let written = serde_json::from_str(&read(&told)?).map_err(|error| error.to_string())?;
    let mut parts = BTreeMap::new();
    for (view, beside) in BESIDE {
        let mut files = BTreeSet::new();
        with_imports(&written, &script_of(&written, &format!("www/{view}.js"))?, &mut files);
        let files = files.into_iter().map(|file| file.trim_start_matches("www/").to_owned());
        parts.insert(view, files.chain(beside.iter().map(|file| (*file).to_owned())).collect::<Vec<_>>());
    }
    execute(&mut esbuild(json!(parts).to_string()))
}

/// The script that esbuild made of a source, by the end of its path.
pub(crate) fn script_of(written: &serde_json::Value, source: &str) -> Outcome<String> {
    let outputs = written["outputs"].as_object().into_iter().flatten();
    let is_of =
        |output: &serde_json::Value| output["entryPoint"].as_str().is_some_and(|path| path.ends_with(source));
    let mut made = outputs.filter(|(_, output)| is_of(output));
    made.next().map(|(name, _)| name.clone()).ok_or_else(|| format!("no script of {source}"))
}

/// A script and what it imports at once, theirs included.
pub(crate) fn with_imports(written: &serde_json::Value, name: &str, files: &mut BTreeSet<String>) {
    if !files.insert(name.to_owned()) {
        return;
    }
    for import in written["outputs"][name]["imports"].as_array().into_iter().flatten() {
        if let (Some(next), Some("import-statement")) = (import["path"].as_str(), import["kind"].as_str()) {
            with_imports(written, next, files);
        }
    }
}

/// The file of what the rules over policies say.
const POLICY_PROSE: &str = "prose-policy.json";
/// That of what the rules over records and their lookups say.
const RECORD_PROSE: &str = "prose-record.json";
pub(crate) const PROSE: [&str; 2] = [POLICY_PROSE, RECORD_PROSE];

/// Where it stands what the rules of a build say in general, if the build leaves that out.
pub(crate) fn prose_of(package: &str) -> Option<&'static str> {
    match package {
        "pkg-policy" => Some(POLICY_PROSE),
        "pkg-record" | "pkg-look" => Some(RECORD_PROSE),
        _ => None,
    }
}

/// What rules say in general, by their codes: title, section, fix. The builds that are loaded first leave them out: they
/// have the rules over texts and those over the lookups of records.
fn write_prose(www: &Path, catalogue: Option<&Catalogue>) -> Outcome {
    for file in PROSE {
        let of_policies = file == POLICY_PROSE;
        let rules = mta_sts::rules::all()
            .filter(|rule| rule.is_said_first() && rule.code.starts_with("policy-") == of_policies);
        let of = |rule: &Rule| {
            let [title, _, fix] = text::said(rule, catalogue);
            json!([title, rule.section, fix])
        };
        let prose: BTreeMap<&str, serde_json::Value> = rules.map(|rule| (rule.code, of(rule))).collect();
        write(&www.join(text::file(file, catalogue)), &json!(prose).to_string())?;
    }
    Ok(())
}

/// What `wasm-pack build --target web` does, but for one thing: with `cargo rustc` the crate is built as a
/// cdylib alone, and then LTO, which cargo drops for a crate that is an rlib too, takes a fifth off.
fn build_package(tools: &Tools, pkg: &Path, features: &[&str]) -> Outcome {
    let target = target();
    let compile = || {
        let mut compile = tools.command("cargo");
        compile
            .args(["rustc", "--package", "mta-sts", "--lib", "--crate-type", "cdylib", "--release"])
            .args(["--target", "wasm32-unknown-unknown", "--config", "wasm-pack.toml"])
            .args(features);
        compile
    };
    let small = execute(compile().args(SMALL_STD).env("RUSTC_BOOTSTRAP", "1"));
    if small.is_err() {
        println!("This compiler does not build the standard library for size: wasm is some 15% larger.");
        execute(&mut compile())?;
    }
    // What an earlier build left there is no part of this one.
    if pkg.exists() {
        fs::remove_dir_all(pkg).map_err(|error| format!("{}: {error}", pkg.display()))?;
    }
    let built = target.join("wasm32-unknown-unknown/release/mta_sts.wasm");
    execute(tools.command("wasm-bindgen").args(["--target", "web", "--out-dir"]).arg(pkg).arg(built))?;
    let wasm = pkg.join("mta_sts_bg.wasm");
    execute(tools.command("wasm-opt").args(STRIPPED).args(FEATURES).arg(&wasm).arg("-o").arg(&wasm))?;
    let script = pkg.join("mta_sts.js");
    execute(
        tools
            .command("terser")
            .arg(&script)
            .args(["--module", "--compress", "--mangle", "--output"])
            .arg(&script),
    )
}

/// What a rule says at length, by its code: fetched by the page when somebody asks why.
fn write_rules(www: &Path, catalogue: Option<&Catalogue>) -> Outcome {
    let rules: BTreeMap<&str, serde_json::Value> =
        mta_sts::rules::all().map(|rule| (rule.code, said(rule, catalogue))).collect();
    let path = www.join(text::file("rules.json", catalogue));
    write(&path, &(serde_json::to_string_pretty(&rules).map_err(|error| error.to_string())? + "\n"))
}

/// A file is left alone where nothing changed, so that the companion is not built anew.
pub(crate) fn write(path: &Path, text: &str) -> Outcome {
    if fs::read_to_string(path).is_ok_and(|known| known == text) {
        return Ok(());
    }
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

/// A rule for the page that lists them. The texts that set a rule off and do not are its examples, where
/// they are short enough to be read.
fn said(rule: &Rule, catalogue: Option<&Catalogue>) -> serde_json::Value {
    let text = |sample: Sample| match sample {
        Sample::Text(text) if text.len() <= 400 => Some(span::decode(text)),
        _ => None,
    };
    let [title, why, fix] = text::said(rule, catalogue);
    json!({
        "level": rule.level,
        "title": title,
        "section": rule.section,
        "why": why,
        "fix": fix,
        "bad": text(rule.fires_on),
        "good": text(rule.quiet_on),
    })
}

/// Prints what a visitor loads before the first finding, for each view. An error where that is more than it may be.
pub(crate) fn size() -> Outcome {
    let www = root().join("www");
    let told = read(&target().join("page-scripts.json"))
        .map_err(|why| format!("{why} (cargo xtask page builds it)"))?;
    let written = serde_json::from_str(&told).map_err(|error| error.to_string())?;
    for (title, view, package, own, most) in [
        ("linting a policy", "draft", "pkg-policy", &["editor.css", "draft.css"][..], Some(LINT_BUDGET)),
        ("linting a record", "draft", "pkg-record", &["editor.css", "draft.css"], Some(LINT_BUDGET)),
        ("a first look at a domain", "check", "pkg-look", &["stages.css"], Some(CHECK_BUDGET)),
        ("setting a domain up", "setup", "pkg-setup", &["details.css", "views.css"], None),
        ("reading TLS reports", "reports", "pkg-reports", &["details.css", "views.css", "reports.css"], None),
    ] {
        let mut scripts = BTreeSet::new();
        for view in ["app", view] {
            with_imports(&written, &script_of(&written, &format!("www/{view}.js"))?, &mut scripts);
        }
        let mut files: Vec<&str> = scripts.iter().map(|file| file.trim_start_matches("www/")).collect();
        let engine = ["mta_sts.js", "mta_sts_bg.wasm"].map(|file| format!("{package}/{file}"));
        files.extend(engine.iter().map(String::as_str));
        let reader = format!("{SCRIPTS}/{READER}");
        files.extend((view == "reports").then_some(reader.as_str()));
        println!("{title:<28} {:>9} {:>9}", "bytes", "gzip -9");
        let script = table(&www, files, "script and wasm")?;
        let styles = ["style.css", "result.css"].into_iter().chain(own.iter().copied());
        let style = table(&www, styles, "style")?;
        let titles = table(&www, prose_of(package), "titles")?;
        let sum = script + style + titles;
        println!("{:<38} {sum:>9}", "until the first finding");
        table(&www, ["index.html"], "the page itself")?;
        println!();
        if let Some(most) = most.filter(|most| sum > *most) {
            return Err(format!("{title} takes {sum} bytes until the first finding; it may take {most}"));
        }
    }
    widget::size()
}

/// Prints the sizes of some files and their sum, and gives the sum after gzip.
pub(crate) fn table<'f>(www: &Path, files: impl IntoIterator<Item = &'f str>, sum: &str) -> Outcome<usize> {
    let mut total = (0, 0);
    for name in files {
        let bytes = fs::read(www.join(name))
            .map_err(|error| format!("{name}: {error} (cargo xtask page builds it)"))?;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        let packed =
            encoder.write_all(&bytes).and_then(|()| encoder.finish()).map_err(|error| error.to_string())?;
        println!("{name:<28} {:>9} {:>9}", bytes.len(), packed.len());
        total = (total.0 + bytes.len(), total.1 + packed.len());
    }
    println!("  {sum:<26} {:>9} {:>9}", total.0, total.1);
    Ok(total.1)
}
