//! The project's own commands, all set-up included:
//!
//! - `cargo xtask run` builds page and companion and serves them with the zoo,
//! - `cargo xtask test` runs every check there is,
//! - `cargo xtask page` builds the page alone,
//! - `cargo xtask embed` tries the elements and the npm package as others have them,
//! - `cargo xtask npm` makes the npm package out of what `page` built,
//! - `cargo xtask widget` builds the elements for other sites, which `page` does too,
//! - `cargo xtask ci-files` tries the files by which others run the linter,
//! - `cargo xtask differential` compares the profiles of senders with the programs they describe,
//! - `cargo xtask hosting` runs and validates the files that `mta-sts generate` makes,
//! - `cargo xtask real-servers` holds what is said of Postfix, Exim, nginx, BIND and unbound against the zoo,
//! - `cargo xtask deny` holds the dependencies to `deny.toml`,
//! - `cargo xtask cpu` and `cargo xtask latency` measure a check against the handshakes and round trips in it,
//! - `cargo xtask load` and `cargo xtask tarpits` put a server under load and measure it,
//! - `cargo xtask reports` measures how TLS reports are summed up beside parsedmarc, `cargo xtask reports page` how the page does it,
//! - `cargo xtask fuzz SECONDS` runs each fuzz target that long, `cargo xtask miri` the parsers' tests under Miri,
//! - `cargo xtask speed` prints how long the page takes to be of use on a slow line,
//! - `cargo xtask size` prints what a visitor loads,
//! - `cargo xtask types` makes the npm package's types from the Rust definitions.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks to its terminal")]

mod ci_files;
mod dependencies;
mod differential;
mod embed;
mod hosting;
mod nightly;
mod npm;
mod offline;
mod page;
mod real_servers;
mod reports;
mod tests;
mod text;
mod tools;
mod types;
mod widget;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::LazyLock;
use std::time::Instant;

use crate::tools::Tools;

/// What went wrong, for a person to read.
type Outcome<T = ()> = Result<T, String>;

const USAGE: &str = "\
usage: cargo xtask <command>

  run [ARGS]   build everything and serve it on http://localhost:8080 (ARGS go to `mta-sts serve`)
  test         run every check: format, lints, native tests, wasm tests and page tests in a browser
  ci-files     try action.yml and .pre-commit-hooks.yaml (needs python3 and git; installs what tries them)
  page         build the page: the engine into www/pkg and www/pkg-*, the scripts into www/pkg-page
  scripts      build what of the page is not wasm: after a change to www/*.js
  embed        try the elements on pages of other origins and in sites that generators build, and the npm package in projects
               that install it, out of what `page` built (needs python3 and npm; installs the rest with apt-get)
  npm          make the npm package in target/npm, out of what `page` built
  widget       build the elements for other sites into www/embed, out of what `page` built
  differential compare the profiles of senders with the programs they describe
  deny         hold the licences and sources of all dependencies to deny.toml (installs cargo-deny)
  hosting      run the files that `mta-sts generate` makes for nginx, Apache and Caddy, and hold all others against their
               schemas and tools (needs python3 and npm; installs the rest with apt-get)
  real-servers [--install]
               run real servers on 127.0.0.0/8 and hold what is said of them against the zoo (as root, with python3)
  cpu          print the CPU of a check beside that of its handshakes
  latency      print the time to the verdict beside the round trips it needs
  load [--minutes N]  put `mta-sts serve` under a mixed load that long (10), and print what it took
  tarpits      have it probe a thousand servers that never answer, and print what it took (binds port 25)
  reports [page]
               print how fast 10,000 TLS reports are summed up beside parsedmarc, and with how much memory (installs it; needs
               python3); with `page`, how long 2,000 take in the browser, and how long the page is blocked
  fuzz SECONDS run each fuzz target that long (installs a nightly compiler)
  miri         run the parsers' tests under Miri (installs a nightly compiler)
  screenshots  make the README's pictures of the page in docs/images; `screenshots all` makes one of every state of it, at three
               widths, light and dark, in target/screenshots
  speed        print how long the page takes to be of use on a slow line, and fail where it takes longer than it may
  size         print what a visitor loads (after `cargo xtask page`), and fail where a draft, a check or a widget takes too much
  types        make the types of the npm package, npm/types.d.ts, from the Rust definitions
";

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let done = match args.split_first() {
        Some((command, rest)) if command == "run" => run(rest),
        Some((command, [])) if command == "test" => tests::run_all(),
        Some((command, [])) if command == "ci-files" => ci_files::run(),
        Some((command, [])) if command == "page" => Tools::ready().and_then(|tools| page::build(&tools)),
        Some((command, [])) if command == "speed" => tests::speed(),
        Some((command, [])) if command == "screenshots" => tests::screenshots(false),
        Some((command, [what])) if command == "screenshots" && what == "all" => tests::screenshots(true),
        Some((command, [])) if command == "scripts" => Tools::ready().and_then(|tools| page::scripts(&tools)),
        Some((command, [])) if command == "embed" => Tools::ready()
            .and_then(|tools| tests::Browser::ready().and_then(|browser| embed::run(&tools, &browser))),
        Some((command, [])) if command == "npm" => Tools::ready().and_then(|tools| npm::build(&tools)),
        Some((command, [])) if command == "widget" => Tools::ready().and_then(|tools| widget::build(&tools)),
        Some((command, [])) if command == "differential" => differential::run(),
        Some((command, [])) if command == "hosting" => hosting::run(),
        Some((command, [])) if command == "real-servers" => real_servers::run(false),
        Some((command, [install])) if command == "real-servers" && install == "--install" => {
            real_servers::run(true)
        }
        Some((command, [])) if command == "deny" => {
            Tools::ready().and_then(|tools| dependencies::judge(&tools))
        }
        Some((command, [])) if command == "cpu" || command == "latency" => {
            execute(cargo().args(["bench", "--workspace", "--bench", "check", "--", command]))
        }
        Some((command, rest)) if command == "load" || command == "tarpits" => bench(command, rest),
        Some((command, [])) if command == "reports" => reports::run(),
        Some((command, [what])) if command == "reports" && what == "page" => reports::in_browser(),
        Some((command, [seconds])) if command == "fuzz" => match seconds.parse() {
            Ok(seconds) => nightly::fuzz(seconds),
            Err(_) => Err(format!("{seconds} is no number of seconds")),
        },
        Some((command, [])) if command == "miri" => nightly::miri(),
        Some((command, [])) if command == "types" => types::update(),
        Some((command, [])) if command == "size" => page::size(),
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Builds everything and serves it, until Ctrl-C.
fn run(args: &[String]) -> Outcome {
    let tools = Tools::ready()?;
    page::build(&tools)?;
    execute(cargo().args(["build", "--release", "--package", "companion"]))?;
    let binary = target().join("release").join("mta-sts");
    execute(Command::new(binary).args(["serve", "--zoo"]).args(args))
}

/// Puts the release build of the server under load.
fn bench(which: &str, args: &[String]) -> Outcome {
    execute(cargo().args(["build", "--release", "--package", "companion"]))?;
    // What is measured is the release build; what asks it need not be one.
    let bench = ["bench", "--profile", "dev", "--workspace", "--bench", "load", "--", which];
    execute(cargo().args(bench).args(args).env("MTA_STS", target().join("release").join("mta-sts")))
}

/// The project's folder.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Where cargo builds.
fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Runs a command to its end, its output on ours. Before stands how many seconds this program has been running.
fn execute(command: &mut Command) -> Outcome {
    static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);
    let shown = shown(command);
    println!("[{} s] $ {shown}", BEGUN.elapsed().as_secs());
    let status = command.status().map_err(|error| format!("{shown}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{shown}: {status}")) }
}

/// What a command prints, where it can be run and succeeds.
fn output(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn read(path: &Path) -> Outcome<String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn write(path: &Path, text: &str) -> Outcome {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
