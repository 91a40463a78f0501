//! The files that `mta-sts generate` makes for web hosts and DNS tools: `tests/hosting/servers.py` runs what runs here, and
//! `tests/hosting/validate.py` holds every other against a schema, a linter or the tool's own parser (`docs/hosting.md`).

use std::fs;
use std::process::Command;

use crate::{Outcome, cargo, execute, output, root, shown, target, tools, write};

/// A label of 60 characters.
const LONG: &str = "a23456789-b23456789-c23456789-d23456789-e23456789-f234567890";

/// Generates for a short name and a long one, runs, and validates.
pub(crate) fn run() -> Outcome {
    execute(cargo().args(["build", "--package", "companion"]))?;
    let (sources, place) = (root().join("tests").join("hosting"), target().join("hosting"));
    let python = tools::python(&sources, &place.join("python"))?;
    tools::node_modules(&sources, &place)?;

    let made = place.join("made");
    if made.exists() {
        fs::remove_dir_all(&made).map_err(|error| format!("{}: {error}", made.display()))?;
    }
    fs::create_dir_all(&made).map_err(|error| format!("{}: {error}", made.display()))?;
    // Characters that mean something in one form or another, and a text that takes three strings of a TXT record.
    let reports = [
        format!("mailto:o'neill$tls+reports@{LONG}.example.net"),
        format!("https://reports.example.org/v1/{LONG}/{LONG}/{LONG}?domain=example.com&kind=tlsrpt"),
        format!("https://example.net/%7E{LONG}/{LONG}/{LONG}/{LONG}"),
    ];
    let sets = [
        ("short", "example.com".to_owned(), &[][..]),
        ("long", format!("{LONG}.division-of-mail.another-label.example.com"), &reports[..]),
    ];
    let mut folders = Vec::new();
    for (name, domain, reports) in sets {
        let folder = made.join(name);
        let mut generate = Command::new(target().join("debug").join("mta-sts"));
        generate.args(["generate", &domain, "--mx", "mx1.example.com,mail.example.net", "--host", "all"]);
        generate.args(["--format", "json", "--out"]).arg(&folder);
        generate.args(reports.iter().flat_map(|uri| ["--rua", uri.as_str()]));
        let said = output(&mut generate).ok_or_else(|| format!("{} fails", shown(&generate)))?;
        // Beside the files stands what they are to say.
        write(&made.join(format!("{name}.json")), &said)?;
        folders.push(folder);
    }

    // No bytecode beside the sources.
    execute(Command::new(&python).arg("-B").arg(sources.join("servers.py")).args(&folders))?;
    execute(Command::new(&python).arg("-B").arg(sources.join("validate.py")).arg(&place).args(&folders))
}
