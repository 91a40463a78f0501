//! What is read: our own texts, the shared corpora where they are, and generated texts.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{Input, What, folder, generate};
use crate::{Outcome, read, root};

/// All inputs, each with a name of its own.
pub(crate) fn all() -> Outcome<Vec<Input>> {
    let mut inputs = own(&folder().join("texts.tsv"))?;
    let texts = inputs.len();
    let corpus = root().join("../shared/corpus");
    if corpus.is_dir() {
        corpora(&corpus, &mut inputs)?;
        println!("{texts} texts of our own, {} of the corpora", inputs.len() - texts);
    } else {
        println!("NOT RUN over the corpora, as there is no ../shared/corpus here; {texts} texts of our own");
    }
    inputs.extend(generate::all());
    for input in &mut inputs {
        // As DNS names are handed on: without the root's dot.
        if let What::Match(_, host) = &mut input.what
            && let Some(name) = host.strip_suffix('.')
        {
            *host = name.to_owned();
        }
    }
    Ok(inputs)
}

/// `tests/differential/texts.tsv`: kind, name, and one text, or several for records, with `\n`, `\r`,
/// `\t`, `\\` and `\xHH` for what a line cannot hold.
fn own(path: &Path) -> Outcome<Vec<Input>> {
    let mut inputs = Vec::new();
    for line in read(path)?.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut parts = line.split('\t');
        let (kind, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let texts: Vec<Vec<u8>> = parts.map(unescaped).collect();
        let what = match (kind, texts.as_slice()) {
            ("policy", [body]) => What::Policy(body.clone()),
            ("records", [_, ..]) => What::Records(texts),
            ("match", [pattern, host]) => What::Match(
                String::from_utf8_lossy(pattern).into_owned(),
                String::from_utf8_lossy(host).into_owned(),
            ),
            _ => return Err(format!("{}: {line}", path.display())),
        };
        inputs.push(Input { name: format!("{kind} {name}"), what });
    }
    Ok(inputs)
}

fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((plain, escaped)) = rest.split_once('\\') {
        bytes.extend(plain.bytes());
        let (one, length) = match escaped.bytes().next() {
            Some(b'n') => (b'\n', 1),
            Some(b'r') => (b'\r', 1),
            Some(b't') => (b'\t', 1),
            Some(b'x') => {
                (escaped.get(1..3).and_then(|hex| u8::from_str_radix(hex, 16).ok()).unwrap_or(b'?'), 3)
            }
            _ => (b'\\', 1),
        };
        bytes.push(one);
        rest = escaped.get(length..).unwrap_or_default();
    }
    bytes.extend(rest.bytes());
    bytes
}

/// Published policies and records, and other implementations' vectors.
fn corpora(corpus: &Path, inputs: &mut Vec<Input>) -> Outcome {
    for path in files(&corpus.join("policies"), "txt")? {
        let body = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        inputs.push(Input { name: format!("policies/{}", stem(&path)), what: What::Policy(body) });
    }
    for (number, line) in read(&corpus.join("records/records.tsv"))?.lines().enumerate().skip(1) {
        let parts: Vec<&str> = line.split('\t').collect();
        if let [_, "mta-sts", text, ..] = parts.as_slice() {
            let what = What::Records(vec![text.as_bytes().to_vec()]);
            inputs.push(Input { name: format!("records.tsv:{}", number + 1), what });
        }
    }
    for path in files(&corpus.join("vectors"), "jsonl")? {
        for (number, line) in read(&path)?.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let vector: Value =
                serde_json::from_str(line).map_err(|error| format!("{}: {error}", path.display()))?;
            let name = format!("vectors/{}:{}", stem(&path), number + 1);
            inputs.extend(what(&vector).into_iter().enumerate().map(|(index, what)| {
                let name = if index == 0 { name.clone() } else { format!("{name}.{index}") };
                Input { name, what }
            }));
        }
    }
    Ok(())
}

/// What a vector asks, as far as a text alone can.
fn what(vector: &Value) -> Vec<What> {
    let input = &vector["input"];
    let list = |value: &Value| -> Vec<Value> { value.as_array().cloned().unwrap_or_default() };
    let one = |what| vec![what];
    match vector["kind"].as_str().unwrap_or_default() {
        "txt" => one(What::Records(vec![text(input)])),
        "txt-rrset" => one(What::Records(list(input).iter().map(text).collect())),
        "txt-rrset-strings" => {
            let joined = |strings: &Value| list(strings).iter().flat_map(text).collect();
            one(What::Records(list(input).iter().map(joined).collect()))
        }
        "policy" => one(What::Policy(text(input))),
        "policy-bytes-hex" => {
            let digits = input.as_str().unwrap_or_default();
            let byte = |at| digits.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
            one(What::Policy((0..digits.len()).step_by(2).filter_map(byte).collect()))
        }
        "http-policy" => {
            one(What::Policy(input["body"].as_str().map_or_else(|| text(input), |body| body.into())))
        }
        "mx-match" => {
            let host = input["mx"].as_str().unwrap_or_default();
            // Names outside ASCII are made A-labels before they reach the engine.
            let ascii = |pattern: &Value| pattern.as_str().filter(|_| host.is_ascii()).map(str::to_owned);
            let patterns = list(&input["patterns"]);
            let patterns = patterns.iter().filter_map(ascii).filter(|pattern| pattern.is_ascii());
            patterns.map(|pattern| What::Match(pattern, host.to_owned())).collect()
        }
        _ => Vec::new(),
    }
}

/// A text of a vector: a string, or one told by its repetition.
fn text(input: &Value) -> Vec<u8> {
    if let Some(text) = input.as_str() {
        return text.into();
    }
    let part = |name: &str| input[name].as_str().unwrap_or_default();
    let count = input["count"].as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or_default();
    let repeated = [part("repeat"), part("then_repeat")].concat().repeat(count);
    [part("prefix"), part("body_prefix"), &repeated].concat().into()
}

fn files(folder: &Path, extension: &str) -> Outcome<Vec<std::path::PathBuf>> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|found| found == extension));
    paths.sort();
    Ok(paths)
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
