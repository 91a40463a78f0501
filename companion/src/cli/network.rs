//! The commands that use the network: check a domain, serve the page.

use std::io::{self, IsTerminal, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use mta_sts::{Host, Outcome, Report};
use tokio::net::TcpListener;

use super::{COULD_NOT_RUN, exit, print};
use crate::native::Native;
use crate::options::Options;
use crate::probe::HostProbe;
use crate::text::Safe;
use crate::{driver, input, serve, text};

#[derive(Args)]
pub(super) struct CheckArgs {
    /// The mail domain, the part after the @
    domain: String,
    /// How to write the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Show every step, and the command that repeats it by hand
    #[arg(long, short)]
    verbose: bool,
    /// Connect once to each address of a mail host and fetch the policy once: nothing of other TLS versions, without SNI, or of
    /// the policy host's other addresses
    #[arg(long)]
    quick: bool,
    /// Also write everything that was seen to this file, as JSON
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Open the zoo of test domains, and check one of them (NAME.zoo.test)
    #[cfg(feature = "zoo")]
    #[arg(long)]
    zoo: bool,
    #[command(flatten)]
    options: Options,
}

#[derive(Args)]
pub(super) struct ProbeArgs {
    /// The mail host, or an address of it in brackets; with another port than 25 behind a colon
    #[arg(value_name = "HOST[:PORT]", value_parser = parse_target)]
    target: (Host, u16),
    /// Make one connection to each address and no more: nothing of other TLS versions, or without SNI
    #[arg(long)]
    quick: bool,
    /// How to write what was seen
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Open the zoo of test domains, whose hosts are mx1.NAME.zoo.test
    #[cfg(feature = "zoo")]
    #[arg(long)]
    zoo: bool,
    #[command(flatten)]
    options: Options,
}

#[derive(Args)]
pub(super) struct ServeArgs {
    /// Listen here
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080", value_parser = parse_listen)]
    listen: SocketAddr,
    /// Open the zoo of test domains and offer them on the page
    #[cfg(feature = "zoo")]
    #[arg(long)]
    zoo: bool,
    #[command(flatten)]
    options: Options,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Checks a domain, to the exit code.
pub(super) fn check(args: CheckArgs) -> Result<ExitCode, String> {
    run_async(run_check(args))
}

/// Probes a mail host, to the exit code.
pub(super) fn probe(args: ProbeArgs) -> Result<ExitCode, String> {
    run_async(run_probe(args))
}

async fn run_probe(args: ProbeArgs) -> Result<ExitCode, String> {
    #[cfg(feature = "zoo")]
    let (native, _zoo) = build(&args.options, args.zoo).await?;
    #[cfg(not(feature = "zoo"))]
    let native = args.options.build()?;

    self_test(&native, &args.options).await;
    let (host, port) = args.target;
    let seen = HostProbe::run(&native, host, port, args.quick).await;
    print(&match args.format {
        Format::Text => seen.text(),
        Format::Json => text::json(&seen)?,
    })?;
    // Without an address nothing was probed.
    if seen.addresses.is_empty() { Ok(ExitCode::from(COULD_NOT_RUN)) } else { Ok(exit(!seen.is_ok())) }
}

/// `mx.example.com`, `mx.example.com:2525`, `192.0.2.1`, `[2001:db8::1]:2525`.
fn parse_target(text: &str) -> Result<(Host, u16), String> {
    let wrong = || {
        "write a host name, such as mx.example.com, with a port behind a colon where it is not 25".to_owned()
    };
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Ok((Host::new(&address.ip().to_string()), address.port()));
    }
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Ok((Host::new(&address.to_string()), SMTP));
    }
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) => (name, port.parse().ok().filter(|port| *port > 0).ok_or_else(wrong)?),
        None => (text, SMTP),
    };
    let (domain, _) = input::domain(name).map_err(|_| wrong())?;
    Ok((Host::new(domain.as_str()), port))
}

/// The port of mail from one server to another (RFC 5321 §4.5.4.2).
const SMTP: u16 = 25;

/// Serves until it is told to stop.
pub(super) fn serve(args: ServeArgs) -> Result<ExitCode, String> {
    run_async(run_serve(args))
}

fn run_async(future: impl Future<Output = Result<ExitCode, String>>) -> Result<ExitCode, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| format!("cannot start: {error}"))?.block_on(future)
}

#[cfg(feature = "zoo")]
async fn build(options: &Options, zoo: bool) -> Result<(Arc<Native>, Option<Arc<zoo::Zoo>>), String> {
    let zoo = if zoo {
        let zoo = zoo::Zoo::open().await.map_err(|error| format!("the zoo does not open: {error}"))?;
        Some(Arc::new(zoo))
    } else {
        None
    };
    Ok((options.build(zoo.as_deref())?, zoo))
}

async fn run_check(args: CheckArgs) -> Result<ExitCode, String> {
    let (domain, notice) = input::domain(&args.domain).map_err(|error| error.to_string())?;
    if let Some(notice) = notice {
        writeln!(anstream::stderr(), "{}", Safe(&notice)).ok();
    }
    #[cfg(feature = "zoo")]
    if !args.zoo && domain.as_str().ends_with(".zoo.test") {
        writeln!(anstream::stderr(), "{domain} is a test domain: add --zoo to open the zoo it lives in.")
            .ok();
    }
    #[cfg(feature = "zoo")]
    let (native, _zoo) = build(&args.options, args.zoo).await?;
    #[cfg(not(feature = "zoo"))]
    let native = args.options.build()?;

    self_test(&native, &args.options).await;
    let bar = progress_bar();
    let check = driver::check(&native, domain.clone(), args.quick, |done, under_way| {
        bar.set_message(format!("steps: {done} done, {under_way} under way"));
    })
    .await;
    bar.finish_and_clear();
    let report = check.report();
    if let Some(reason) = nothing_seen(&check, &report) {
        return Err(format!("no resolver was reached: {reason}; name one with --resolver"));
    }
    print(&match args.format {
        Format::Text => text::report(&report, args.verbose),
        Format::Json => text::json(&report)?,
    })?;
    if let Some(path) = &args.save {
        let saved = std::fs::write(path, text::json(check.evidence())?);
        saved.map_err(|error| format!("--save {}: {error}", path.display()))?;
    }
    if args.format == Format::Text && !args.verbose && io::stdout().is_terminal() {
        print(&format!("\n{}", text::hint(&domain, args.options.resolver.as_ref())))?;
    }
    Ok(exit(report.has_error()))
}

/// Runs the self-tests asked for, and says on standard error what came of them.
async fn self_test(native: &Native, options: &Options) {
    for host in &options.self_test {
        for line in native.self_test(host).await {
            writeln!(anstream::stderr(), "{}", Safe(&line)).ok();
        }
    }
}

/// Progress for a person who waits; nothing where standard error is no terminal.
fn progress_bar() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// Why no resolver was reached, where none was: then nothing was learned of the domain.
fn nothing_seen(check: &mta_sts::Check, report: &Report) -> Option<String> {
    let entries = &check.evidence().entries;
    if entries.iter().any(|entry| matches!(entry.outcome, Outcome::Message(_))) {
        return None;
    }
    let dns = report.steps.iter().find(|step| matches!(step.step, mta_sts::Step::Dns { .. }))?;
    dns.seen.first().map(|seen| match &seen.via {
        Some(via) => format!("{via}: {}", seen.text),
        None => seen.text.clone(),
    })
}

/// What to do first with a zoo.
#[cfg(feature = "zoo")]
const ZOO_HINT: &str = "
Open it in a browser and try
  enforce-good.zoo.test         all is well
  mx-expired-cert.zoo.test      an expired certificate at the mail host
  wildcard-two-labels.zoo.test  a pattern that admits less than it seems
or any real domain, where there is internet. Ctrl-C ends it.
";

/// An address and a port; a port alone, and `localhost`, mean this machine.
fn parse_listen(text: &str) -> Result<SocketAddr, String> {
    let text = text.strip_prefix("localhost:").unwrap_or(text);
    match text.parse::<u16>() {
        Ok(port) => Ok((Ipv4Addr::LOCALHOST, port).into()),
        Err(_) => text.parse().map_err(|_| "write an address and a port, such as 127.0.0.1:8080".into()),
    }
}

async fn run_serve(args: ServeArgs) -> Result<ExitCode, String> {
    #[cfg(feature = "zoo")]
    let (native, zoo) = build(&args.options, args.zoo).await?;
    #[cfg(not(feature = "zoo"))]
    let native = args.options.build()?;

    let listener = TcpListener::bind(args.listen)
        .await
        .map_err(|error| format!("{}: {error}; --listen ADDRESS:PORT takes another one", args.listen))?;
    let at = listener.local_addr().map_err(|error| error.to_string())?;
    self_test(&native, &args.options).await;
    let server = serve::Server::new(native);
    #[cfg(feature = "zoo")]
    let server = match zoo {
        Some(zoo) => server.with_zoo(zoo),
        None => server,
    };
    if !serve::has_page() {
        let text =
            "this binary was built before the page, so there is only the API; `cargo xtask run` builds both";
        writeln!(anstream::stderr(), "mta-sts: {text}").ok();
    }
    #[cfg(feature = "zoo")]
    let hint = if args.zoo && serve::has_page() { ZOO_HINT } else { "" };
    #[cfg(not(feature = "zoo"))]
    let hint = "";
    let host = if at.ip().is_loopback() || at.ip().is_unspecified() {
        "localhost".to_owned()
    } else {
        at.ip().to_string()
    };
    print(&format!("mta-sts serves on http://{host}:{}\n{hint}", at.port()))?;
    let ran = serve::run(listener, server, stop()).await;
    ran.map(|()| ExitCode::SUCCESS).map_err(|error| error.to_string())
}

/// Ends with Ctrl-C, or with SIGTERM where there is one.
async fn stop() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => signal.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        _ = terminate => {}
    }
}
