//! Reads texts with mail-auth and mailrs-mta-sts, for `cargo xtask differential`: a line of JSON in, a
//! line of JSON out, by reader.

use std::io::{BufRead, Write};

use mail_auth::dns::TxtRecordParser;
use mail_auth::mta_sts::MtaStsRecord;
use mailrs_mta_sts::{Policy, PolicyMode, StsRecord, mx_matches};
use serde_json::{Map, Value, json};

fn main() {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let asked: Value = serde_json::from_str(&line.expect("a line")).expect("JSON");
        let text = |name: &str| asked[name].as_str().expect("a text");
        let mut answer = Map::new();
        match text("kind") {
            "policy" => {
                answer.insert("mailrs-mta-sts".into(), mailrs_policy(&bytes(text("hex"))));
            }
            "match" => {
                let taken = mx_matches(text("host"), text("pattern"));
                answer.insert("mailrs-mta-sts".into(), json!({ "match": taken }));
            }
            _ => {
                let texts: Vec<Vec<u8>> = asked["texts"]
                    .as_array()
                    .expect("texts")
                    .iter()
                    .map(|text| bytes(text.as_str().expect("hex")))
                    .collect();
                answer.insert("mail-auth".into(), mail_auth_records(&texts));
                // It reads one text; which one, among several, is its caller's to say.
                if let [one] = texts.as_slice() {
                    answer.insert("mailrs-mta-sts".into(), mailrs_record(one));
                }
            }
        }
        writeln!(out, "{}", Value::Object(answer)).expect("standard output");
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex")).collect()
}

/// The texts as its resolver hands them to the parser.
fn mail_auth_records(texts: &[Vec<u8>]) -> Value {
    match MtaStsRecord::parse_records(texts) {
        Ok(record) => json!({ "id": record.id }),
        Err(error) => json!({ "error": error.to_string() }),
    }
}

/// It takes text, so its caller has to refuse what is not UTF-8, or say what becomes of it.
fn mailrs_record(text: &[u8]) -> Value {
    let Ok(text) = std::str::from_utf8(text) else { return json!({ "error": "not UTF-8" }) };
    match StsRecord::parse(text) {
        Ok(record) => json!({ "id": record.id.as_str() }),
        Err(error) => json!({ "error": error.to_string() }),
    }
}

fn mailrs_policy(body: &[u8]) -> Value {
    let Ok(text) = std::str::from_utf8(body) else { return json!({ "error": "not UTF-8" }) };
    match Policy::parse(text) {
        Ok(policy) => {
            let mode = match policy.mode {
                PolicyMode::Enforce => "enforce",
                PolicyMode::Testing => "testing",
                PolicyMode::None => "none",
            };
            let mx: Vec<&str> = policy.mx.iter().map(|name| name.as_str()).collect();
            json!({ "mode": mode, "max_age": policy.max_age, "mx": mx })
        }
        Err(error) => json!({ "error": error.to_string() }),
    }
}
