//! Builds the page: the engine as wasm, and the rules' prose as a file of its own.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use crate::tools::Tools;
use crate::{Outcome, execute, root};

/// What `wasm-opt` may emit: what rustc emits today, and nothing more exotic.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// Builds `www/pkg` and `www/rules.json`.
pub(crate) fn build(tools: &Tools) -> Outcome {
    let www = root().join("www");
    let pkg = www.join("pkg");
    execute(
        tools
            .command("wasm-pack")
            .args(["build", "--release", "--target", "web", "--out-dir", "www/pkg", "--no-pack"])
            .args(["--", "--config", "wasm-pack.toml"]),
    )?;
    let wasm = pkg.join("mta_sts_bg.wasm");
    execute(tools.command("wasm-opt").arg("-Oz").args(FEATURES).arg(&wasm).arg("-o").arg(&wasm))?;
    write_rules(&www.join("rules.json"))
}

/// What a rule says at length, by its code: fetched by the page when somebody asks why.
fn write_rules(path: &Path) -> Outcome {
    let rules: BTreeMap<&str, serde_json::Value> =
        mta_sts::rules::all().map(|rule| (rule.code, json!({ "why": rule.why }))).collect();
    let text = serde_json::to_string_pretty(&rules).map_err(|error| error.to_string())? + "\n";
    // Left alone where nothing changed, so that the companion is not built anew.
    if fs::read_to_string(path).is_ok_and(|known| known == text) {
        return Ok(());
    }
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

/// Prints the size of everything a visitor loads before the first finding.
pub(crate) fn size() -> Outcome {
    let www = root().join("www");
    let mut files: Vec<_> =
        ["index.html", "style.css", "pkg/mta_sts.js", "pkg/mta_sts_bg.wasm"].map(String::from).into();
    for entry in fs::read_dir(&www).map_err(|error| error.to_string())? {
        let name = entry.map_err(|error| error.to_string())?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".js") {
            files.push(name);
        }
    }
    files.sort();
    let mut total = (0, 0);
    println!("{:<24} {:>9} {:>9}", "file", "bytes", "gzip -9");
    for name in files {
        let bytes = fs::read(www.join(&name))
            .map_err(|error| format!("{name}: {error} (cargo xtask page builds it)"))?;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        let packed =
            encoder.write_all(&bytes).and_then(|()| encoder.finish()).map_err(|error| error.to_string())?;
        println!("{name:<24} {:>9} {:>9}", bytes.len(), packed.len());
        total = (total.0 + bytes.len(), total.1 + packed.len());
    }
    println!("{:<24} {:>9} {:>9}", "together", total.0, total.1);
    Ok(())
}
