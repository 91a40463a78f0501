//! The `mta-sts` binary; see [`companion::cli`].

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    companion::cli::main()
}

/// There is no such binary for wasm: the workspace only has to build there.
#[cfg(target_arch = "wasm32")]
fn main() {}
