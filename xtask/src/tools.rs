//! What the builds need beside rustup, a C compiler, node and npm: installed where missing, in pinned
//! versions, under `target/tools`.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Outcome, cargo, execute, output, read, root, target, write};

const WASM_TARGET: &str = "wasm32-unknown-unknown";
const WASM_PACK: &str = "0.15.0";
/// The version of the `wasm-bindgen` crate in Cargo.toml: the two must be the same.
const WASM_BINDGEN: &str = "0.2.130";
const BINARYEN: &str = "132.0.0";
const TERSER: &str = "5.51.2";
const ESBUILD: &str = "0.28.2";

/// Everything that builds wasm.
pub(crate) struct Tools {
    /// `PATH` with our own tools in front.
    pub(crate) path: OsString,
}

impl Tools {
    /// Installs what is missing.
    pub(crate) fn ready() -> Outcome<Self> {
        let folder = target().join("tools");
        let npm = folder.join("npm");
        let mut places = vec![folder.join("bin"), npm.join("node_modules/.bin")];
        places.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
        let path = env::join_paths(places).map_err(|error| error.to_string())?;
        let tools = Self { path };

        for (kind, name) in [("target", WASM_TARGET), ("component", "rust-src")] {
            let installed =
                output(Command::new("rustup").args([kind, "list", "--installed"]).current_dir(root()));
            if !installed.is_some_and(|list| list.lines().any(|line| line == name)) {
                execute(Command::new("rustup").args([kind, "add", name]).current_dir(root()))?;
            }
        }
        tools.install(&folder, "wasm-bindgen", "wasm-bindgen-cli", WASM_BINDGEN, Speed::Run)?;
        tools.install(&folder, "wasm-pack", "wasm-pack", WASM_PACK, Speed::Compile)?;
        // 132.0.0 calls itself “version 132”.
        let major = BINARYEN.split('.').next().unwrap_or(BINARYEN);
        let version = format!("version {major}");
        for (program, version, package) in [
            ("wasm-opt", version.as_str(), format!("binaryen@{BINARYEN}")),
            ("terser", TERSER, format!("terser@{TERSER}")),
            ("esbuild", ESBUILD, format!("esbuild@{ESBUILD}")),
        ] {
            if !tools.has(program, version) {
                let quiet = ["install", "--no-fund", "--no-audit", "--loglevel=error"];
                execute(Command::new("npm").args(quiet).arg("--prefix").arg(&npm).arg(package))?;
            }
        }
        Ok(tools)
    }

    /// A command that finds our tools first.
    pub(crate) fn command(&self, program: &str) -> Command {
        // The path of the child is not yet in place when the program is looked for, so it is found here.
        let found = env::split_paths(&self.path).map(|place| place.join(program)).find(|file| file.is_file());
        let mut command = Command::new(found.unwrap_or_else(|| PathBuf::from(program)));
        command.env("PATH", &self.path).current_dir(root());
        command
    }

    fn has(&self, program: &str, version: &str) -> bool {
        let said = output(self.command(program).arg("--version"));
        said.is_some_and(|said| said.contains(version))
    }

    /// Installs a program of that version under `target/tools`, where it is missing.
    pub(crate) fn install_pinned(&self, program: &str, package: &str, version: &str) -> Outcome {
        self.install(&target().join("tools"), program, package, version, Speed::Compile)
    }

    fn install(&self, folder: &Path, program: &str, package: &str, version: &str, speed: Speed) -> Outcome {
        if self.has(program, version) {
            return Ok(());
        }
        let folder = folder.to_string_lossy().into_owned();
        println!("{package} {version} is not here: compiling it takes some minutes, once");
        // Not --locked: a lock file may name versions that a registry's mirror no longer has.
        let wanted = ["install", package, "--version", version, "--root", &folder, "--force"];
        let mut install = cargo();
        // With our path, so that cargo does not ask for it to be set.
        install.args(wanted).env("PATH", &self.path);
        if speed == Speed::Compile {
            install.arg("--debug").env("CARGO_PROFILE_DEV_DEBUG", "0");
        }
        execute(&mut install)
    }
}

/// A Python in an environment of its own at `place`, with what the `requirements.txt` in `sources` names. It is kept as long as that
/// says the same.
pub(crate) fn python(sources: &Path, place: &Path) -> Outcome<PathBuf> {
    let python = place.join("bin").join("python");
    let requirements = sources.join("requirements.txt");
    let wanted = read(&requirements)?;
    let mark = place.join("installed.txt");
    if fs::read_to_string(&mark).ok().as_ref() != Some(&wanted) {
        execute(Command::new("python3").args(["-m", "venv", "--clear"]).arg(place))?;
        execute(
            Command::new(&python)
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
                .arg(requirements),
        )?;
        write(&mark, &wanted)?;
    }
    Ok(python)
}

/// The folder of npm packages at `place`, with what the `package-lock.json` in `sources` names. It is kept as long as that says the
/// same.
pub(crate) fn node_modules(sources: &Path, place: &Path) -> Outcome<PathBuf> {
    let wanted = read(&sources.join("package-lock.json"))?;
    let mark = place.join("installed.json");
    if fs::read_to_string(&mark).ok().as_ref() != Some(&wanted) {
        fs::create_dir_all(place).map_err(|error| format!("{}: {error}", place.display()))?;
        write(&place.join("package.json"), &read(&sources.join("package.json"))?)?;
        write(&place.join("package-lock.json"), &wanted)?;
        let quiet = ["ci", "--ignore-scripts", "--no-fund", "--no-audit", "--loglevel=error", "--prefix"];
        execute(Command::new("npm").args(quiet).arg(place))?;
        write(&mark, &wanted)?;
    }
    Ok(place.join("node_modules"))
}

/// What a program we install is to be quick at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Speed {
    /// Being compiled: it does little itself.
    Compile,
    /// Its work.
    Run,
}
