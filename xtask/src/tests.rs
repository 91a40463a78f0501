//! Every check there is, with what it needs.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tools::Tools;
use crate::{
    Outcome, cargo, dependencies, differential, embed, execute, hosting, nightly, output, page, real_servers,
    root, target,
};

/// Runs them all; the first that fails ends it.
pub(crate) fn run_all() -> Outcome {
    let tools = Tools::ready()?;
    let browser = Browser::ready()?;
    let firefox = firefox()?;

    execute(cargo().args(["fmt", "--all", "--check"]))?;
    execute(cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    let wasm = ["clippy", "--package", "mta-sts", "--all-targets", "--target", "wasm32-unknown-unknown"];
    execute(cargo().args(wasm).args(["--", "-D", "warnings"]))?;
    for features in ["", "lint-policy", "lint-record", "look", "mend", "browser", "reports", "setup"] {
        for target in [&[][..], &["--target", "wasm32-unknown-unknown"]] {
            // Natively the workspace has these already.
            if ["browser", "reports", "setup"].contains(&features) && target.is_empty() {
                continue;
            }
            let lint = ["clippy", "--package", "mta-sts", "--no-default-features", "--features", features];
            execute(cargo().args(lint).args(target).args(["--", "-D", "warnings"]))?;
        }
    }
    let linter = ["clippy", "--package", "companion", "--no-default-features", "--", "-D", "warnings"];
    execute(cargo().args(linter))?;
    dependencies::judge(&tools)?;
    // The page goes into the binary, so it comes first.
    page::build(&tools)?;
    page::size()?;
    execute(cargo().args(["test", "--workspace"]))?;
    // A developer's machine keeps its mail server; one of CI is nobody's.
    real_servers::run(std::env::var_os("CI").is_some())?;
    hosting::run()?;
    differential::run()?;
    nightly::fuzz(nightly::SHORT)?;
    execute(cargo().args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))?;
    // wasm-pack reads webdriver.json at the top for the browser's flags.
    execute(
        tools
            .command("wasm-pack")
            .args(["test", "--headless", "--chrome", "--chromedriver"])
            .arg(&browser.driver),
    )?;

    let names = [
        "zoo", "page", "view", "draft", "setup", "reports", "safe", "hostile", "offline", "everyone",
        "keyboard", "text", "firefox",
    ];
    let files = names.map(|name| page_tests().join(format!("{name}.test.mjs")));
    let tests = ["--test", "--test-concurrency=1", "--test-reporter=spec"];
    let mut suites = in_browser(&browser, &page_tests())?;
    execute(suites.env("FIREFOX", firefox).args(tests).args(files))?;
    // A test does not go by the clock of a machine that others use: the times are told, and only a shift of the layout fails.
    execute(node(&browser).arg(page_tests().join("speed.mjs")).arg("told"))?;
    embed::run(&tools, &browser)
}

/// Prints how long the page takes to be of use on a slow line; an error where that is too long.
pub(crate) fn speed() -> Outcome {
    page::build(&Tools::ready()?)?;
    execute(&mut page_script(&Browser::ready()?, "speed.mjs")?)
}

/// Makes the README's pictures of the page, or with `all` one of every state of it under `target`.
pub(crate) fn screenshots(all: bool) -> Outcome {
    page::build(&Tools::ready()?)?;
    let folder = if all { target().join("screenshots") } else { root().join("docs/images") };
    let mut script = page_script(&Browser::ready()?, "screenshots.mjs")?;
    execute(script.arg(folder).args(all.then_some("all")))
}

/// A script beside the page's tests.
pub(crate) fn page_script(browser: &Browser, name: &str) -> Outcome<Command> {
    let mut node = in_browser(browser, &page_tests())?;
    node.arg(page_tests().join(name));
    Ok(node)
}

fn page_tests() -> PathBuf {
    root().join("tests/page")
}

/// Node, with what the tests in a folder need to drive a browser, and with a companion to serve the page.
pub(crate) fn in_browser(browser: &Browser, folder: &Path) -> Outcome<Command> {
    let quiet = ["ci", "--no-fund", "--no-audit", "--loglevel=error", "--prefix"];
    execute(Command::new("npm").args(quiet).arg(folder))?;
    execute(cargo().args(["build", "--package", "companion"]))?;
    Ok(node(browser))
}

/// Node, for what [`in_browser`] has made ready.
fn node(browser: &Browser) -> Command {
    let mut node = Command::new("node");
    node.env("MTA_STS", target().join("debug").join("mta-sts"))
        .env("CHROMIUM", &browser.chromium)
        .env("CERTUTIL", &browser.certutil);
    node
}

/// A browser, its driver, and the tool that fills its certificate store.
pub(crate) struct Browser {
    chromium: PathBuf,
    driver: PathBuf,
    certutil: PathBuf,
}

impl Browser {
    /// Finds them, and installs the system's packages where one is missing.
    pub(crate) fn ready() -> Outcome<Self> {
        if let Some(found) = Self::find() {
            return Ok(found);
        }
        let packages = ["chromium", "chromium-driver", "libnss3-tools"];
        install(&packages, "the page tests need Chromium, its chromedriver and certutil")?;
        Self::find().ok_or_else(|| "Chromium was installed and is not on the PATH".into())
    }

    fn find() -> Option<Self> {
        Some(Self {
            chromium: which(&["chromium", "chromium-browser", "google-chrome"])?,
            driver: which(&["chromedriver"])?,
            certutil: which(&["certutil"])?,
        })
    }
}

/// Finds the other browser of the page tests, and installs the system's package where it is missing.
fn firefox() -> Outcome<PathBuf> {
    let programs = ["firefox-esr", "firefox"];
    if let Some(found) = which(&programs) {
        return Ok(found);
    }
    install(&["firefox-esr"], "the page tests need Firefox as well as Chromium")?;
    which(&programs).ok_or_else(|| "Firefox was installed and is not on the PATH".into())
}

/// Installs packages of the system, which somebody needs.
pub(crate) fn install(packages: &[&str], need: &str) -> Outcome {
    if which(&["apt-get"]).is_none() {
        return Err(format!(
            "{need}, and this machine has no apt-get to install them with ({}): install them by hand, so that they are \
             on the PATH",
            packages.join(", ")
        ));
    }
    let root_user = output(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0");
    let apt = || {
        let mut command = Command::new(if root_user { "apt-get" } else { "sudo" });
        if !root_user {
            command.arg("apt-get");
        }
        command
    };
    execute(apt().args(["update", "--quiet", "--quiet"]))?;
    execute(apt().args(["install", "--yes", "--quiet", "--quiet", "--no-install-recommends"]).args(packages))
}

/// The first of these programs that is on the `PATH`.
pub(crate) fn which(programs: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let places: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let files = programs.iter().flat_map(|program| places.iter().map(move |place| place.join(program)));
    files.into_iter().find(|file| file.is_file())
}
