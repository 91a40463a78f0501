//! What the dependencies are held to: `deny.toml`.

use crate::tools::Tools;
use crate::{Outcome, execute};

const CARGO_DENY: &str = "0.20.2";

/// Fails where a dependency has a licence or a source that is not allowed, or a known weakness. The last needs the database
/// of RustSec; where that cannot be reached, it says that nothing was looked up.
pub(crate) fn judge(tools: &Tools) -> Outcome {
    tools.install_pinned("cargo-deny", "cargo-deny", CARGO_DENY)?;
    let deny = |args: &[&str]| {
        let mut command = tools.command("cargo-deny");
        command.arg("--workspace").args(args);
        command
    };
    execute(&mut deny(&["check", "licenses", "bans", "sources"]))?;
    if execute(&mut deny(&["fetch", "db"])).is_err() {
        println!(
            "NOT CHECKED: known weaknesses of dependencies, as the database of RustSec cannot be reached from here"
        );
        return Ok(());
    }
    execute(&mut deny(&["check", "advisories"]))
}
