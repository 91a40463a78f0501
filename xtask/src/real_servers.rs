//! Real servers, and what is said of them: `tests/real-servers/run.py`.

use std::io::ErrorKind;
use std::process::Command;

use crate::{Outcome, cargo, execute, root, shown, target};

/// What the script ends with where a program is missing, or root's rights are.
const NOT_RUN: i32 = 77;

/// Builds the binary and runs every case. Where the programs are missing it says so and is no failure; `install` installs
/// them, with none of their services started.
pub(crate) fn run(install: bool) -> Outcome {
    execute(cargo().args(["build", "--package", "companion"]))?;
    let mut script = Command::new("python3");
    script.arg(root().join("tests/real-servers/run.py"));
    script.arg("--mta-sts").arg(target().join("debug").join("mta-sts"));
    if install {
        script.arg("--install");
    }
    let shown = shown(&script);
    println!("$ {shown}");
    let status = match script.status() {
        Ok(status) => status,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            println!("real servers: not run: there is no python3");
            return Ok(());
        }
        Err(error) => return Err(format!("{shown}: {error}")),
    };
    match status.code() {
        // It has said why.
        Some(0 | NOT_RUN) => Ok(()),
        _ => Err(format!("{shown}: {status}")),
    }
}
