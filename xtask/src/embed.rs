//! The elements and the npm package as others have them: on pages of other origins, in projects that install the package, and in sites
//! that generators build by the recipes of `docs/embed.md`.

use std::path::PathBuf;

use crate::tests::{Browser, in_browser, install, which};
use crate::tools::{self, Tools};
use crate::{Outcome, execute, npm, root, target};

/// Makes the package out of what `cargo xtask page` has built, and tries all of it.
pub(crate) fn run(tools: &Tools, browser: &Browser) -> Outcome {
    npm::build(tools)?;
    let sources = root().join("tests/embed");
    let python = tools::python(&sources, &target().join("embed-python"))?;
    let hugo = hugo()?;
    let files = ["widget", "package", "docs"].map(|name| sources.join(format!("{name}.test.mjs")));
    execute(
        in_browser(browser, &sources)?
            .args(["--test", "--test-concurrency=1", "--test-reporter=spec"])
            .args(files)
            .env("EMBED_PYTHON", python)
            .env("HUGO", hugo),
    )
}

/// The one generator that neither npm nor pip has.
fn hugo() -> Outcome<PathBuf> {
    if let Some(found) = which(&["hugo"]) {
        return Ok(found);
    }
    install(&["hugo"], "the tests of embedding need Hugo")?;
    which(&["hugo"]).ok_or_else(|| "Hugo was installed and is not on the PATH".into())
}
