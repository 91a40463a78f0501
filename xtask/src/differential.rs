//! Holds every profile of `mta_sts::senders` that can be run against the program it describes: the
//! corpora, our own texts and generated ones are read by both, and must come to the same.
//!
//! What a profile does not predict stands in `tests/differential/exceptions.tsv`, by reader and input,
//! with the reason; an exception that is not needed fails the test.

mod generate;
mod inputs;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use mta_sts::Host;
use mta_sts::senders::{PROFILES, Profile};
use serde_json::{Value, json};

use crate::{Outcome, cargo, execute, read, root, target, tools};

/// Something to read.
pub(crate) struct Input {
    /// Its name, for the exceptions and the report.
    name: String,
    what: What,
}

/// What is to be read.
pub(crate) enum What {
    /// A policy body, served as `text/plain`.
    Policy(Vec<u8>),
    /// The texts of the TXT records at the name.
    Records(Vec<Vec<u8>>),
    /// Whether a pattern takes a host.
    Match(String, String),
}

/// Installs the readers, runs them, and compares.
pub(crate) fn run() -> Outcome {
    let runners = [python()?, node()?, rust()?];
    let inputs = inputs::all()?;
    let mut asked = String::new();
    for input in &inputs {
        let line = match &input.what {
            What::Policy(body) => json!({ "kind": "policy", "hex": hex(body) }),
            What::Records(texts) => {
                json!({ "kind": "records", "texts": texts.iter().map(|text| hex(text)).collect::<Vec<_>>() })
            }
            What::Match(pattern, host) => json!({ "kind": "match", "pattern": pattern, "host": host }),
        };
        asked.push_str(&line.to_string());
        asked.push('\n');
    }
    // All run at once; each is a process of its own.
    let asked = asked.as_str();
    let answers: Vec<Outcome<Vec<Value>>> = thread::scope(|scope| {
        let running: Vec<_> =
            runners.into_iter().map(|mut runner| scope.spawn(move || ask(&mut runner, asked))).collect();
        running
            .into_iter()
            .map(|one| one.join().unwrap_or_else(|_| Err("a reader's thread ended".into())))
            .collect()
    });
    let mut answered: Vec<BTreeMap<String, Value>> = inputs.iter().map(|_| BTreeMap::new()).collect();
    for lines in answers {
        let lines = lines?;
        if lines.len() != inputs.len() {
            return Err(format!("a reader answered {} of {} inputs", lines.len(), inputs.len()));
        }
        for (all, line) in answered.iter_mut().zip(lines) {
            let Value::Object(line) = line else { return Err(format!("no object: {line}")) };
            all.extend(line);
        }
    }
    compare(&inputs, &answered)
}

/// Compares every answer with what the profile of that name predicts.
fn compare(inputs: &[Input], answered: &[BTreeMap<String, Value>]) -> Outcome {
    let path = folder().join("exceptions.tsv");
    let exceptions = exceptions(&path)?;
    let mut used = BTreeSet::new();
    let mut wrong = Vec::new();
    // The others are read, too: the strict rules hold themselves against the documents as they go.
    for input in inputs {
        PROFILES
            .iter()
            .filter(|profile| !profile.run)
            .for_each(|profile| drop(predict(profile, &input.what)));
    }
    for profile in PROFILES.iter().filter(|profile| profile.run) {
        let mut counts = [0_usize; 3];
        let mut usable = 0_usize;
        for (input, answers) in inputs.iter().zip(answered) {
            let Some(answer) = answers.get(profile.name) else { continue };
            let predicted = predict(profile, &input.what);
            let index = match input.what {
                What::Policy(_) => 0,
                What::Records(_) => 1,
                What::Match(..) => 2,
            };
            counts[index] += 1;
            usable +=
                usize::from(answer.get("error").is_none() && answer.get("match") != Some(&false.into()));
            let same = match (predicted.get("error"), answer.get("error")) {
                (Some(_), Some(_)) => true,
                (None, None) => predicted.iter().all(|(key, value)| answer.get(key) == Some(value)),
                _ => false,
            };
            let key = (profile.name.to_owned(), input.name.clone());
            if same {
                continue;
            }
            if exceptions.contains_key(&key) {
                used.insert(key);
            } else {
                wrong.push(format!(
                    "{}, {}: {}\n  predicted {}\n  it says   {answer}",
                    profile.name,
                    input.name,
                    shown(&input.what),
                    Value::Object(predicted)
                ));
            }
        }
        let [policies, records, matches] = counts;
        let excepted = used.iter().filter(|(reader, _)| reader == profile.name).count();
        println!(
            "{:<26} {policies:>5} policies {records:>5} records {matches:>5} matches; {usable:>5} usable; {excepted} exceptions",
            [profile.name, " ", profile.version].concat(),
        );
        if counts.iter().sum::<usize>() < 1000 {
            wrong.push(format!("{}: hardly compared with anything", profile.name));
        }
    }
    // Where the corpora are not, what is excepted in them cannot be looked for.
    let known: BTreeSet<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
    let absent = |name: &str| name.contains('/') && !known.contains(name);
    for (reader, name) in exceptions.keys().filter(|key| !used.contains(*key) && !absent(&key.1)) {
        wrong.push(format!("{reader}, {name}: an exception that is not needed"));
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let few: Vec<&str> = wrong.iter().take(20).map(String::as_str).collect();
    Err(format!("{} predictions are wrong:\n{}", wrong.len(), few.join("\n")))
}

/// What a profile says, in the shape of a reader's answer.
fn predict(profile: &Profile, what: &What) -> serde_json::Map<String, Value> {
    let read = match what {
        What::Policy(body) => profile
            .policy(body)
            .map(|read| json!({ "mode": read.mode, "max_age": read.max_age, "mx": read.mx })),
        What::Records(texts) => profile.records(texts).map(|read| json!({ "id": read.id })),
        What::Match(pattern, host) => Ok(json!({ "match": profile.admits(pattern, &Host::new(host)) })),
    };
    match read.unwrap_or_else(|error| json!({ "error": error })) {
        Value::Object(map) => map,
        _ => serde_json::Map::new(),
    }
}

fn shown(what: &What) -> String {
    match what {
        What::Policy(body) => format!("b\"{}\"", body.escape_ascii()),
        What::Records(texts) => {
            texts.iter().map(|text| format!("b\"{}\"", text.escape_ascii())).collect::<Vec<_>>().join(", ")
        }
        What::Match(pattern, host) => format!("{pattern} {host}"),
    }
}

/// By reader and input: why the profile does not predict it.
fn exceptions(path: &Path) -> Outcome<BTreeMap<(String, String), String>> {
    let mut found = BTreeMap::new();
    for line in read(path)?.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let parts: Vec<&str> = line.splitn(3, '\t').collect();
        let [reader, input, reason] = parts.as_slice() else {
            return Err(format!("{}: no reader, input and reason: {line}", path.display()));
        };
        if reason.trim().is_empty() {
            return Err(format!("{}: no reason: {line}", path.display()));
        }
        found.insert(((*reader).to_owned(), (*input).to_owned()), (*reason).to_owned());
    }
    Ok(found)
}

/// Feeds a reader every line, and gives what it answered.
fn ask(runner: &mut Command, asked: &str) -> Outcome<Vec<Value>> {
    let shown = crate::shown(runner);
    let failed = |error: &dyn std::fmt::Display| format!("{shown}: {error}");
    let mut child =
        runner.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(|error| failed(&error))?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let (Some(mut stdin), Some(stdout)) = (stdin, stdout) else { return Err(failed(&"no pipes")) };
    let answers = thread::scope(|scope| {
        // A reader that ends early is told by how many lines it answered.
        scope.spawn(move || stdin.write_all(asked.as_bytes()).ok());
        let lines = BufReader::new(stdout).lines();
        lines
            .map(|line| {
                let line = line.map_err(|error| failed(&error))?;
                serde_json::from_str(&line).map_err(|error| failed(&format!("{error}: {line}")))
            })
            .collect::<Outcome<Vec<Value>>>()
    });
    let status = child.wait().map_err(|error| failed(&error))?;
    if status.success() { answers } else { Err(failed(&status)) }
}

/// checkdmarc and postfix-mta-sts-resolver, in an environment of their own.
fn python() -> Outcome<Command> {
    let sources = folder().join("python");
    let mut command = Command::new(tools::python(&sources, &place("python"))?);
    command.arg("-I").arg(sources.join("read.py"));
    Ok(command)
}

/// mailauth, lax and strict.
fn node() -> Outcome<Command> {
    let sources = folder().join("node");
    let modules = tools::node_modules(&sources, &place("node"))?;
    let mut command = Command::new("node");
    command.arg(sources.join("read.js")).env("NODE_PATH", modules);
    Ok(command)
}

/// mail-auth and mailrs-mta-sts, in a package apart from the workspace.
fn rust() -> Outcome<Command> {
    let (sources, place) = (folder().join("rust"), place("rust"));
    let build = ["build", "--quiet", "--ignore-rust-version", "--manifest-path"];
    execute(cargo().args(build).arg(sources.join("Cargo.toml")).arg("--target-dir").arg(&place))?;
    Ok(Command::new(place.join("debug").join("differential")))
}

/// Where runners, texts and exceptions stand.
fn folder() -> PathBuf {
    root().join("tests").join("differential")
}

/// Where a runner is installed.
fn place(runner: &str) -> PathBuf {
    target().join("differential").join(runner)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
