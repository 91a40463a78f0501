//! What needs a nightly compiler: fuzzing (its instrumentation) and Miri. Nothing else does.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::tools::Tools;
use crate::{Outcome, execute, output, root, target};

const NIGHTLY: &str = "nightly-2026-06-01";
const CARGO_FUZZ: &str = "0.13.1";

/// The fuzz targets, each with the folders of the project whose files it begins with.
const TARGETS: [(&str, &[&str]); 7] = [
    ("policy", &["fuzz/seeds/policy"]),
    ("record", &["fuzz/seeds/record"]),
    ("tlsrpt", &["fuzz/seeds/tlsrpt"]),
    ("report", &["fuzz/seeds/report"]),
    ("mail", &["fuzz/seeds/mail", "fuzz/seeds/report"]),
    ("dns", &[]),
    ("fix_all", &["fuzz/seeds/policy", "fuzz/seeds/record", "fuzz/seeds/tlsrpt"]),
];

/// How long each target runs as one check of many, in seconds.
pub(crate) const SHORT: u32 = 15;

/// Runs every fuzz target for that many seconds, beginning with the texts under `fuzz/seeds`, the samples of the
/// rules, and the shared corpora where they are. A crash ends it with an error; its input lies in `fuzz/artifacts`
/// and belongs into `fuzz/seeds` once it is mended.
pub(crate) fn fuzz(seconds: u32) -> Outcome {
    toolchain(&[])?;
    let tools = Tools::ready()?;
    tools.install_pinned("cargo-fuzz", "cargo-fuzz", CARGO_FUZZ)?;
    let run = |args: &[&str]| {
        let mut command = tools.command("cargo-fuzz");
        command.arg("fuzz").args(args).arg("--fuzz-dir").arg(root().join("fuzz"));
        command.env("RUSTUP_TOOLCHAIN", NIGHTLY).env("CARGO_TARGET_DIR", target().join("fuzz"));
        command
    };
    execute(&mut run(&["build"]))?;
    for (name, seeds) in TARGETS {
        let corpus = target().join("fuzz-corpus").join(name);
        fs::create_dir_all(&corpus).map_err(|error| format!("{}: {error}", corpus.display()))?;
        samples(name, &corpus)?;
        let mut command = run(&["run", name]);
        command.arg(&corpus).args(seeds.iter().map(|folder| root().join(folder)));
        let shared = root().join("../shared/corpus/policies");
        if matches!(name, "policy" | "fix_all") && shared.is_dir() {
            command.arg(shared);
        }
        command.args(["--", "-max_len=4096", "-timeout=20", "-print_final_stats=1"]);
        execute(command.arg(format!("-max_total_time={seconds}")))?;
    }
    Ok(())
}

/// Writes the samples of the rules where the fuzzer begins.
fn samples(name: &str, corpus: &Path) -> Outcome {
    let rules = mta_sts::rules::all().filter(|rule| name == "fix_all" || rule.code.starts_with(name));
    for rule in rules {
        for (which, sample) in [("bad", rule.fires_on), ("good", rule.quiet_on)] {
            if let mta_sts::rules::Sample::Text(text) = sample {
                let file = corpus.join(format!("{}-{which}", rule.code));
                fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
            }
        }
    }
    Ok(())
}

/// Runs the tests of everything that reads strangers' bytes under Miri.
pub(crate) fn miri() -> Outcome {
    toolchain(&["miri", "rust-src"])?;
    let modules = [
        "policy::",
        "record::",
        "name::",
        "uri::",
        "span::",
        "edit::",
        "lookalike::",
        "paste::",
        "dns::",
        "rules::mend",
        "senders::",
    ];
    let mut command = Command::new("cargo");
    command.args(["miri", "test", "--package", "mta-sts", "--lib", "--"]).args(modules).current_dir(root());
    // The variable names the compiler for every cargo below, which `cargo +…` does for the first alone.
    command.env("RUSTUP_TOOLCHAIN", NIGHTLY).env_remove("CARGO").env_remove("RUSTC");
    execute(command.env("CARGO_TARGET_DIR", target().join("miri")))
}

/// Installs the compiler, where it is missing.
fn toolchain(components: &[&str]) -> Outcome {
    let listed =
        output(Command::new("rustup").args(["component", "list", "--installed", "--toolchain", NIGHTLY]));
    let has = |component: &&&str| {
        listed.as_deref().is_some_and(|listed| listed.lines().any(|line| line.starts_with(**component)))
    };
    if listed.is_some() && components.iter().all(|component| has(&component)) {
        return Ok(());
    }
    let mut command = Command::new("rustup");
    command.args(["toolchain", "install", NIGHTLY, "--profile", "minimal", "--no-self-update"]);
    for component in components {
        command.args(["--component", component]);
    }
    execute(&mut command)
}
