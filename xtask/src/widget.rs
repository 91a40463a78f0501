//! Builds the elements that other sites embed: scripts that carry wasm and style inside, so that a page that lets them run need
//! not let them fetch anything of theirs. A page loads a small script, and the rest is loaded when somebody asks for a check.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha384};
use zopfli::Format;

use crate::tools::Tools;
use crate::{Outcome, execute, output, page, read, root, target, text, write};

/// Where they are served from, beside the page.
pub(crate) const FOLDER: &str = "embed";

/// Builds of the engine, and what their scripts are called.
pub(crate) type Engines = &'static [(&'static str, &'static str)];

/// What checks and mends.
const CHECKS: Engines = &[("pkg-look", "engine-look"), ("pkg", "engine-check"), ("pkg-mend", "engine-mend")];
/// What lints and mends.
const LINTS: Engines =
    &[("pkg-policy", "engine-policy"), ("pkg-record", "engine-record"), ("pkg-mend", "engine-mend")];

/// What an element may load until the first finding shows, in bytes after `gzip -9`.
const BUDGET: usize = 60_000;

/// What is to be built, and for where.
pub(crate) struct Wanted<'w> {
    /// Where it goes, and where what it is made of is kept; what is there goes away.
    pub(crate) out: PathBuf,
    pub(crate) made: PathBuf,
    /// Modules, in groups that share what they have in common. The elements are among them.
    pub(crate) modules: Vec<Vec<PathBuf>>,
    /// The builds of the engine that come along with each group.
    pub(crate) engines: Vec<Engines>,
    /// A script that gives what is said of the rules in English: `why` each matters, by their codes.
    pub(crate) rules: String,
    /// A script that says where the page of the checker is.
    pub(crate) page: &'w str,
    /// What esbuild is told beside.
    pub(crate) options: &'w [&'w str],
}

/// Where what the elements are made of is kept.
fn made() -> PathBuf {
    target().join("widget")
}

/// A script of the elements.
pub(crate) fn source(name: &str) -> PathBuf {
    root().join("www/widget").join(name)
}

/// Builds the elements beside the page, which is one folder up.
pub(crate) fn build(tools: &Tools) -> Outcome {
    let out = root().join("www").join(FOLDER);
    // Each by itself: what both have in common would be many small files, and few pages have both.
    let modules = vec![vec![source("mta-sts-check.js")], vec![source("mta-sts-lint.js")]];
    let rules = why(&root().join("www/rules.json"))?;
    let wanted = Wanted {
        out: out.clone(),
        made: made(),
        modules,
        engines: vec![CHECKS, LINTS],
        rules,
        page: "export const page = new URL('../', import.meta.url).href;\n",
        options: &[],
    };
    build_wanted(tools, &wanted)?;
    let elements = ["--format=esm", "--external:./mta-sts-*"];
    esbuild(tools, [source("frame.js")], &[], &elements, &[with("--outdir=", &out)])?;
    write(&out.join("integrity.json"), &integrity(&out)?)
}

/// Builds modules and all that they load, and classic scripts that load the elements.
pub(crate) fn build_wanted(tools: &Tools, wanted: &Wanted<'_>) -> Outcome {
    let (out, made) = (fresh(&wanted.out)?, fresh(&wanted.made)?);
    let www = root().join("www");
    let module = |name: &str, text: &str| {
        let path = made.join(format!("{name}.js"));
        write(&path, text).map(|()| path)
    };
    let style = |name: &str, path: &Path| module(name, &style(tools, path)?);
    let rules = module("rules", &wanted.rules)?;
    let modules = [
        ("result-style", style("result-style", &www.join("result.css"))?),
        ("stages-style", style("stages-style", &www.join("stages.css"))?),
        ("details-style", style("details-style", &www.join("details.css"))?),
        ("editor-style", style("editor-style", &www.join("editor.css"))?),
        ("shell-style", style("shell-style", &source("shell.css"))?),
        ("whys", module("whys", &whys(&rules, &www)?)?),
        ("rules", rules),
    ];
    let beside = |own: &[(&'static str, PathBuf)]| [&modules[..], own].concat();

    for (index, (group, engines)) in wanted.modules.iter().zip(&wanted.engines).enumerate() {
        let own = [
            ("builds", module("builds", &builds(&made, &www, engines)?)?),
            ("page", module("page", wanted.page)?),
        ];
        let told = made.join(format!("written-{index}.json"));
        let parts = ["--splitting", "--format=esm", "--entry-names=[name]", "--chunk-names=[name]-[hash]"];
        let places = [with("--outdir=", &out), with("--metafile=", &told)];
        esbuild(tools, group.clone(), &beside(&own), &[&parts[..], wanted.options].concat(), &places)?;
    }

    let catalogues = fresh(&out.join("text"))?;
    let is_said_here = |name: &&String| ["page.", "engine."].iter().any(|part| name.starts_with(part));
    for name in scripts(&www.join("text"))?.iter().filter(is_said_here) {
        fs::copy(www.join("text").join(name), catalogues.join(name))
            .map_err(|error| format!("{name}: {error}"))?;
    }

    for name in ["mta-sts-check", "mta-sts-lint"] {
        // What is relative counts from nowhere in a classic script of another origin, and where it stands is known while it
        // runs alone.
        let script = format!("import(new URL('{name}.js', document.currentScript.src));\n");
        write(&out.join(format!("{name}-classic.js")), &script)?;
    }
    Ok(())
}

/// Bundles scripts; `modules` are what the names `mta-sts-…` in them stand for.
fn esbuild(
    tools: &Tools,
    entries: impl IntoIterator<Item = PathBuf>,
    modules: &[(&str, PathBuf)],
    options: &[&str],
    places: &[String],
) -> Outcome {
    execute(
        tools
            .command("esbuild")
            .args(entries)
            .args(["--bundle", "--minify", "--target=es2022", "--charset=utf8", "--legal-comments=none"])
            // The catalogues of other languages are asked for by readers of those alone.
            .args(["--log-level=warning", "--external:./text/*"])
            .arg("--define:BROUGHT=true")
            .args(options)
            .args(places)
            .args(modules.iter().map(|(name, path)| with(&format!("--alias:mta-sts-{name}="), path))),
    )
}

fn with(option: &str, path: &Path) -> String {
    format!("{option}{}", path.display())
}

/// An empty folder.
pub(crate) fn fresh(folder: &Path) -> Outcome<PathBuf> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(failed)?;
    }
    fs::create_dir_all(folder).map_err(failed)?;
    Ok(folder.to_owned())
}

/// A script with a style as a text, of which a sheet can be made.
fn style(tools: &Tools, path: &Path) -> Outcome<String> {
    let style = output(tools.command("esbuild").arg(path).args(["--minify", "--charset=utf8"]));
    let style = style.ok_or_else(|| format!("{}: esbuild cannot read it", path.display()))?;
    Ok(format!("export default {};\n", Value::from(style.trim())))
}

/// Writes a script for each build of the engine that carries it, and gives one that loads them by the names of the builds.
fn builds(made: &Path, www: &Path, engines: Engines) -> Outcome<String> {
    let mut script = String::from("export const builds = {\n");
    for (package, name) in engines {
        let folder = www.join(package);
        let said = page::prose_of(package).map_or(Ok("{}".into()), |file| read(&www.join(file)))?;
        let build = format!(
            "import {{ initSync, {names} }} from {};\nconst packed = '{}';\n{}\
             export async function started() {{\n  \
             initSync({{ module: await WebAssembly.compileStreaming(unpacked(packed)) }});\n  \
             return {{ {names} }};\n}}\n\
             export const prose = {};\n",
            quoted(&folder.join("mta_sts.js")),
            BASE64_STANDARD.encode(packed(&folder.join("mta_sts_bg.wasm"))?),
            read(&www.join("widget/packed.js"))?,
            said,
            names = functions(&folder)?.join(", "),
        );
        let path = made.join(format!("{name}.js"));
        write(&path, &build)?;
        script.push_str(&format!("  '{package}': () => import({}),\n", quoted(&path)));
    }
    for catalogue in text::catalogues()? {
        for file in page::PROSE.map(|file| text::file(file, Some(&catalogue))) {
            let path = made.join(file.replace(".json", ".js"));
            write(&path, &format!("export const prose = {};\n", read(&www.join(&file))?.trim()))?;
            script.push_str(&format!("  '{file}': () => import({}),\n", quoted(&path)));
        }
    }
    script.push_str("};\n");
    Ok(script)
}

/// What a build gives, by the declarations beside it: classes and functions, but for those that start it.
fn functions(folder: &Path) -> Outcome<Vec<String>> {
    let declared = read(&folder.join("mta_sts.d.ts"))?;
    let names = declared.lines().filter_map(|line| {
        let line = line.strip_prefix("export ")?;
        let rest = line.strip_prefix("function ").or_else(|| line.strip_prefix("class "))?;
        rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().map(str::to_owned)
    });
    Ok(names.filter(|name| name != "initSync").collect())
}

/// A file as gzip has it, by Zopfli: a twentieth smaller than by gzip itself, and packing takes longer, unpacking does not.
fn packed(path: &Path) -> Outcome<Vec<u8>> {
    let failed = |error: std::io::Error| format!("{}: {error} (cargo xtask page builds it)", path.display());
    let bytes = fs::read(path).map_err(failed)?;
    let mut packed = Vec::new();
    zopfli::compress(zopfli::Options::default(), Format::Gzip, bytes.as_slice(), &mut packed)
        .map_err(failed)?;
    Ok(packed)
}

/// Writes a script for each other language beside that of English, and gives one that loads them by the names of the languages.
fn whys(english: &Path, www: &Path) -> Outcome<String> {
    let mut script = format!("export const whys = {{\n  en: () => import({}),\n", quoted(english));
    for catalogue in text::catalogues()? {
        let file = text::file("rules.json", Some(&catalogue));
        let path = english.with_file_name(file.replace(".json", ".js"));
        write(&path, &why(&www.join(&file))?)?;
        script.push_str(&format!("  {}: () => import({}),\n", catalogue.language, quoted(&path)));
    }
    Ok(script + "};\n")
}

/// A script with why each rule matters.
fn why(rules: &Path) -> Outcome<String> {
    let rules: BTreeMap<String, Value> =
        serde_json::from_str(&read(rules)?).map_err(|error| error.to_string())?;
    let whys: Value = rules.iter().map(|(code, rule)| (code.clone(), rule["why"].clone())).collect();
    Ok(format!("export const why = {whys};\n"))
}

/// What a page says that wants to be sure to load these very files: an import map with a digest of each.
fn integrity(folder: &Path) -> Outcome<String> {
    let mut digests = BTreeMap::new();
    let catalogues = scripts(&folder.join("text"))?.into_iter().map(|name| format!("text/{name}"));
    for name in scripts(folder)?.into_iter().chain(catalogues) {
        let bytes = fs::read(folder.join(&name)).map_err(|error| format!("{name}: {error}"))?;
        digests
            .insert(format!("./{name}"), format!("sha384-{}", BASE64_STANDARD.encode(Sha384::digest(bytes))));
    }
    let map = serde_json::to_string_pretty(&json!({ "integrity": digests }));
    Ok(map.map_err(|error| error.to_string())? + "\n")
}

fn scripts(folder: &Path) -> Outcome<BTreeSet<String>> {
    let entries = fs::read_dir(folder)
        .map_err(|error| format!("{}: {error} (cargo xtask page builds it)", folder.display()))?;
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    Ok(names.filter(|name| name.ends_with(".js")).collect())
}

/// Prints what each element loads, and fails where that is too much.
pub(crate) fn size() -> Outcome {
    for (title, group, parts) in [
        ("<mta-sts-check>", 0, ["widget/check-view.js", "widget/engine-look.js"]),
        ("<mta-sts-lint>, a policy", 1, ["widget/lint-view.js", "widget/engine-policy.js"]),
        ("<mta-sts-lint>, a record", 1, ["widget/lint-view.js", "widget/engine-record.js"]),
    ] {
        let written = written(group).map_err(|why| format!("{why} (cargo xtask page builds it)"))?;
        let element = if group == 0 { "widget/mta-sts-check.js" } else { "widget/mta-sts-lint.js" };
        let mut files = BTreeSet::new();
        for source in [element].into_iter().chain(parts) {
            page::with_imports(&written, &page::script_of(&written, source)?, &mut files);
        }
        println!("{title:<28} {:>9} {:>9}", "bytes", "gzip -9");
        let names = files.iter().map(|file| file.rsplit('/').next().unwrap_or(file));
        let sum = page::table(&root().join("www").join(FOLDER), names, "until the first finding")?;
        println!();
        if sum > BUDGET {
            return Err(format!("{title} takes {sum} bytes until the first finding; it may take {BUDGET}"));
        }
    }
    Ok(())
}

/// What esbuild says of the modules of a group that it wrote last.
fn written(group: usize) -> Outcome<Value> {
    let told = made().join(format!("written-{group}.json"));
    serde_json::from_str(&read(&told)?).map_err(|error| error.to_string())
}

/// A path as a script writes it.
fn quoted(path: &Path) -> String {
    Value::from(path.to_string_lossy().into_owned()).to_string()
}
