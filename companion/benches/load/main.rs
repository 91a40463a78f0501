//! `mta-sts serve` under load, as a process of its own: `cargo xtask load [--minutes N]` and `cargo xtask tarpits`.
#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it prints its figures")]

mod asking;
mod mixed;
mod serving;
mod stage;
mod tarpits;

use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    // cargo adds a flag of its own.
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.to_string()),
    };
    let ran = match args.as_slice() {
        ["load"] => runtime.block_on(mixed::run(Duration::from_secs(600))),
        ["load", "--minutes", minutes] => match minutes.parse::<f64>() {
            Ok(minutes) if (0.1..=1440.0).contains(&minutes) => {
                runtime.block_on(mixed::run(Duration::from_secs_f64(minutes * 60.0)))
            }
            _ => Err(format!("{minutes} is no number of minutes")),
        },
        ["tarpits"] => runtime.block_on(tarpits::run()),
        // `cargo bench` runs every bench, and this one is asked for by name.
        [] => Ok(()),
        _ => Err("load [--minutes N], or tarpits".to_owned()),
    };
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => failed(&message),
    }
}

fn failed(message: &str) -> ExitCode {
    eprintln!("load: {message}");
    ExitCode::FAILURE
}
