//! Makes the npm package, in `target/npm`: out of what the page is built of, and of the sources in `npm`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::tools::Tools;
use crate::widget::{self, Engines, Wanted};
use crate::{Outcome, read, root, target, write};

/// Every build of the engine.
const ENGINES: Engines = &[
    ("pkg-look", "engine-look"),
    ("pkg", "engine-check"),
    ("pkg-policy", "engine-policy"),
    ("pkg-record", "engine-record"),
    ("pkg-mend", "engine-mend"),
    ("pkg-setup", "engine-setup"),
];

/// What is taken as it is, besides the licences.
const SOURCES: [&str; 8] = [
    "README.md",
    "classes.d.ts",
    "custom-elements.json",
    "elements.d.ts",
    "index.d.ts",
    "setup.d.ts",
    "slim.d.ts",
    "types.d.ts",
];

/// Where the package is made.
pub(crate) fn folder() -> PathBuf {
    target().join("npm")
}

/// Makes the package, out of what `cargo xtask page` has built.
pub(crate) fn build(tools: &Tools) -> Outcome {
    let (out, sources, www) = (widget::fresh(&folder())?, root().join("npm"), root().join("www"));
    let elements = ["mta-sts-check.js", "mta-sts-lint.js", "classes.js"].map(widget::source);
    let modules =
        elements.into_iter().chain(["index.js", "setup.js", "slim.js"].map(|name| sources.join(name)));
    let wanted = Wanted {
        out: out.join("dist"),
        made: target().join("npm-made"),
        modules: vec![modules.collect()],
        engines: vec![ENGINES],
        rules: format!(
            "export const rules = {};\n\
             export const why = Object.fromEntries(Object.entries(rules).map(([code, rule]) => [code, rule.why]));\n",
            read(&www.join("rules.json"))?.trim()
        ),
        // No page is known to lie beside a package.
        page: "export const page = undefined;\n",
        // The engine's own scripts would look for their wasm beside them, and bundlers with them.
        options: &["--define:import.meta.url=undefined"],
    };
    widget::build_wanted(tools, &wanted)?;
    let elements = [("MtaStsCheck", "mta-sts-check"), ("MtaStsLint", "mta-sts-lint")];
    let elements = elements.map(|(class, name)| format!("export {{ {class} }} from './{name}.js';\n"));
    write(&wanted.out.join("elements.js"), &elements.concat())?;

    for name in SOURCES {
        copy(&sources.join(name), &out.join(name))?;
    }
    for name in ["LICENSE-APACHE", "LICENSE-MIT"] {
        copy(&root().join(name), &out.join(name))?;
    }
    for (package, name) in [("pkg", "engine.wasm"), ("pkg-mend", "lint.wasm")] {
        copy(&www.join(package).join("mta_sts_bg.wasm"), &out.join(name))?;
    }
    write(&out.join("package.json"), &manifest(&read(&sources.join("package.json"))?)?)
}

fn copy(from: &Path, to: &Path) -> Outcome {
    fs::copy(from, to).map(drop).map_err(|error| format!("{}: {error}", from.display()))
}

/// The package's own description, with the version of the crate, and with the repository that the workflow runs in, which a
/// statement of provenance is held against. As text: the order of its parts counts.
fn manifest(text: &str) -> Outcome<String> {
    let version = "  \"version\": \"0.0.0\",\n";
    if !text.contains(version) {
        return Err("npm/package.json does not leave the version to be filled in".into());
    }
    let mut lines = format!("  \"version\": \"{}\",\n", env!("CARGO_PKG_VERSION"));
    if let Ok(repository) = env::var("GITHUB_REPOSITORY") {
        let server = env::var("GITHUB_SERVER_URL").unwrap_or_else(|_| "https://github.com".into());
        for (name, value) in [
            ("repository", json!({ "type": "git", "url": format!("git+{server}/{repository}.git") })),
            ("homepage", json!(format!("{server}/{repository}#readme"))),
            ("bugs", json!(format!("{server}/{repository}/issues"))),
        ] {
            lines.push_str(&format!("  \"{name}\": {value},\n"));
        }
    }
    Ok(text.replace(version, &lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_description_has_the_version_of_the_crate() {
        let made = manifest(&read(&root().join("npm/package.json")).expect("a file")).expect("a description");
        let made: serde_json::Value = serde_json::from_str(&made).expect("JSON");
        assert_eq!(made["version"], env!("CARGO_PKG_VERSION"));
        assert!(manifest("{}").is_err());
    }
}
