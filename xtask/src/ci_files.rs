//! The files by which others run the linter: `action.yml` against GitHub's schema, `.pre-commit-hooks.yaml` by
//! pre-commit itself, on a good and a bad policy. What the action's steps do is tested in
//! `companion/tests/ci_files.rs`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Outcome, execute, output, root, shown, target};

const PRE_COMMIT: &str = "4.7.0";
const CHECK_JSONSCHEMA: &str = "0.39.0";

const GOOD: &str = "version: STSv1\nmode: enforce\nmx: mail.zoo.test\nmax_age: 604800\n";

/// Tries both files.
pub(crate) fn run() -> Outcome {
    let tools = installed()?;
    execute(
        Command::new(tools.join("check-jsonschema"))
            .args(["--builtin-schema", "vendor.github-actions"])
            .arg(root().join("action.yml")),
    )?;
    let manifest = root().join(".pre-commit-hooks.yaml");
    execute(Command::new(tools.join("pre-commit")).arg("validate-manifest").arg(manifest))?;

    // A repository such as the hooks are for. Its .git ends the search for one that starts in `target`.
    let folder = target().join("tools").join("hooked");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| error.to_string())?;
    }
    let policy = folder.join(".well-known").join("mta-sts.txt");
    fs::create_dir_all(folder.join(".well-known")).map_err(|error| error.to_string())?;
    let write = |path: &Path, text: &str| fs::write(path, text).map_err(|error| error.to_string());
    write(&folder.join("other.txt"), "no policy")?;
    write(&policy, GOOD)?;
    for args in [["init", "--quiet"], ["add", "--all"]] {
        execute(Command::new("git").args(args).current_dir(&folder))?;
    }
    let mut hook = hook(&tools, &folder);
    execute(&mut hook)?;

    write(&policy, &GOOD.replace("enforce", "enforced"))?;
    println!("$ {} (on a bad policy)", shown(&hook));
    let ran = hook.output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&ran.stdout);
    if ran.status.code() == Some(1) && said.contains("error[policy-mode]") && !said.contains("other.txt") {
        Ok(())
    } else {
        Err(format!("the hook does not fail on a bad policy as it should: {}\n{said}", ran.status))
    }
}

fn hook(tools: &Path, folder: &Path) -> Command {
    let mut command = Command::new(tools.join("pre-commit"));
    command.arg("try-repo").arg(root()).args(["mta-sts", "--all-files", "--color", "never"]);
    // Every try is a checkout of its own; what it depends on is built once.
    command.current_dir(folder).env("CARGO_TARGET_DIR", target().join("lint"));
    command
}

/// Where the tools are, installed where that is not done yet.
fn installed() -> Outcome<PathBuf> {
    let folder = target().join("tools").join("python");
    let programs = folder.join("bin");
    let has = |program: &str, version: &str| {
        output(Command::new(programs.join(program)).arg("--version"))
            .is_some_and(|said| said.split_whitespace().any(|word| word == version))
    };
    if !has("pre-commit", PRE_COMMIT) || !has("check-jsonschema", CHECK_JSONSCHEMA) {
        let made = execute(Command::new("python3").args(["-m", "venv"]).arg(&folder));
        made.map_err(|error| {
            format!("nothing was tried: this needs python3 with its module venv ({error})")
        })?;
        execute(
            Command::new(programs.join("pip"))
                .args(["install", "--quiet", "--disable-pip-version-check"])
                .arg(format!("pre-commit=={PRE_COMMIT}"))
                .arg(format!("check-jsonschema=={CHECK_JSONSCHEMA}")),
        )?;
    }
    Ok(programs)
}
