//! What a check costs, in CPU and in round trips: `cargo xtask cpu` and `cargo xtask latency`. The servers it is made of run in
//! a process of their own.
#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it prints its figures")]

mod bare;
mod cpu;
mod delay;
mod latency;
mod servers;

use std::process::ExitCode;

fn main() -> ExitCode {
    // cargo adds a flag of its own.
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.to_string()),
    };
    // As a server's requests and the checks of a list run: as tasks, where the connections are looked after.
    let as_task = |task: tokio::task::JoinHandle<Result<(), String>>| {
        runtime.block_on(task).unwrap_or_else(|error| Err(error.to_string()))
    };
    let ran = match args.as_slice() {
        ["cpu"] => as_task(runtime.spawn(cpu::run())),
        ["profile"] => as_task(runtime.spawn(cpu::profile())),
        ["latency"] => runtime.block_on(latency::run()),
        [servers::COMMAND] => runtime.block_on(servers::run()),
        // `cargo bench` runs every bench, and this one is asked for by name.
        [] => Ok(()),
        _ => Err("cpu, or latency".to_owned()),
    };
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => failed(&message),
    }
}

fn failed(message: &str) -> ExitCode {
    eprintln!("check: {message}");
    ExitCode::FAILURE
}
