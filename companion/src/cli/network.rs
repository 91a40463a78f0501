//! The commands that look at somebody's set-up over the network: check a domain, probe a mail host.

use std::io::{self, IsTerminal, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use mta_sts::beside::{MAX_NAMED, Selector, SelectorError};
use mta_sts::history::held;
use mta_sts::tlsrpt::Refused;
use mta_sts::{Host, Outcome, Report};

use super::{COULD_NOT_RUN, exit, history, print};
use crate::native::Native;
use crate::options::Options;
use crate::probe::HostProbe;
use crate::report::Reports;
use crate::text::Safe;
use crate::{driver, input, text};

#[derive(Args)]
pub(super) struct CheckArgs {
    /// The mail domain, the part after the @
    #[arg(required_unless_present = "replay", conflicts_with = "replay")]
    domain: Option<String>,
    /// Look at what `--save` kept in this file instead of a domain; nothing is asked of anybody
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
    /// Keep what is published in this file, a line of JSON for each check, and say which policies senders may still have
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,
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
    /// Look for DKIM keys under this selector too, beside the common ones; may be repeated, or with commas
    #[arg(long = "dkim-selector", value_name = "NAME", value_delimiter = ',', value_parser = Selector::parse)]
    #[arg(conflicts_with_all = ["quick", "replay"])]
    dkim_selectors: Vec<Selector>,
    /// Exit with 1 where this does not hold, and with 0 where it does, whatever the findings are
    #[arg(long, value_enum)]
    expect: Option<Expectation>,
    /// TLS reports that count for whether the domain is ready for enforce: a file, a mail, an mbox or a folder of them, as
    /// `mta-sts report` reads them; may be repeated
    #[arg(long = "reports", value_name = "FILE")]
    reports: Vec<String>,
    /// Of these reports those of the last so many days count
    #[arg(long, value_name = "DAYS", default_value_t = 14, requires = "reports", value_parser = clap::value_parser!(u32).range(1..=3650))]
    reports_days: u32,
    /// Also write everything that was seen to this file, as JSON
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Open the zoo of test domains, and check one of them (NAME.zoo.test)
    #[cfg_attr(feature = "zoo", arg(long))]
    #[cfg_attr(not(feature = "zoo"), arg(skip))]
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

/// What a check can be held against.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Expectation {
    /// Mode enforce would refuse no mail: every mail host passes, and all was seen
    EnforceReady,
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

    check_port25(&native, &args.options).await;
    let (host, port) = args.target;
    let seen = HostProbe::run(&native, host, port, args.quick).await;
    print(&match args.format {
        Format::Text => seen.text(),
        Format::Json => text::json(&seen)?,
    })?;
    Ok(match (seen.has_failed(), seen.has_passed()) {
        (true, _) => exit(true),
        (false, true) => exit(false),
        // Nothing could be seen, as from a network that lets port 25 not out.
        (false, false) => ExitCode::from(COULD_NOT_RUN),
    })
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

pub(super) fn run_async(future: impl Future<Output = Result<ExitCode, String>>) -> Result<ExitCode, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| format!("cannot start: {error}"))?.block_on(future)
}

#[cfg(feature = "zoo")]
pub(super) async fn build(
    options: &Options,
    zoo: bool,
) -> Result<(Arc<Native>, Option<Arc<zoo::Zoo>>), String> {
    let zoo = if zoo {
        let zoo = zoo::Zoo::open().await.map_err(|error| format!("the zoo does not open: {error}"))?;
        Some(Arc::new(zoo))
    } else {
        None
    };
    Ok((options.build(zoo.as_deref())?, zoo))
}

async fn run_check(args: CheckArgs) -> Result<ExitCode, String> {
    if args.dkim_selectors.len() > MAX_NAMED {
        return Err(format!("--dkim-selector: {}", SelectorError::TooMany));
    }
    let check = match &args.replay {
        Some(file) => replayed(file)?,
        // Without one there is a domain.
        None => {
            let set = |check: mta_sts::Check| {
                let check = check.with_selectors(args.dkim_selectors);
                if args.quick { check.quick() } else { check }
            };
            look(&args.domain.unwrap_or_default(), args.zoo, set, &args.options).await?
        }
    };
    let domain = &check.evidence().domain;
    let mut report = check.report();
    if let Some(file) = &args.history {
        // What is replayed was seen before, so it is looked at beside the history and not written to it.
        let history = history::read_and_add(file, check.evidence(), args.replay.is_none())?;
        let mx: Vec<Host> = report.mx.iter().map(|mx| Host::new(&mx.host)).collect();
        report.held = held(&history, domain.as_str(), &mx, check.evidence().now);
    }
    if !args.reports.is_empty() {
        let reports = Reports::of(&args.reports);
        if let Some(why) = reports.why_none() {
            return Err(format!("--reports: {why}"));
        }
        for Refused { file, reason } in reports.collection.refused() {
            writeln!(anstream::stderr(), "{}", Safe(&format!("--reports: {file}: {reason}"))).ok();
        }
        let now = check.evidence().now;
        report.add_ready_items(reports.collection.ready_items(domain.as_str(), args.reports_days, now));
    }
    print(&match args.format {
        Format::Text => text::report(&report, args.verbose),
        Format::Json => text::json(&report)?,
    })?;
    if args.format == Format::Text && (args.expect.is_some() || !args.reports.is_empty()) {
        print(&text::ready(&report.ready))?;
    }
    if let Some(path) = &args.save {
        let saved = std::fs::write(path, text::json(check.evidence())?);
        saved.map_err(|error| format!("--save {}: {error}", path.display()))?;
    }
    if args.format == Format::Text && !args.verbose && io::stdout().is_terminal() {
        print(&format!("\n{}", text::hint(domain, args.options.resolver.as_ref())))?;
    }
    Ok(match args.expect {
        Some(Expectation::EnforceReady) => exit(!report.ready.ready),
        None => exit(report.has_error()),
    })
}

/// Most octets of a saved check: the largest there is, of 20 hosts with 16 addresses each, has some 20 MB.
const MAX_EVIDENCE: u64 = 256 * 1024 * 1024;

/// What was seen in a check that is over.
fn replayed(file: &Path) -> Result<mta_sts::Check, String> {
    let wrong = |error: &dyn std::fmt::Display| format!("--replay {}: {error}", file.display());
    let text = input::bounded(file, MAX_EVIDENCE).map_err(|error| wrong(&error))?;
    let text = text.ok_or_else(|| wrong(&format!("larger than {MAX_EVIDENCE} bytes, so no saved check")))?;
    let evidence = serde_json::from_slice(&text)
        .map_err(|error| wrong(&format!("{error}; it takes a file that `check --save` wrote")))?;
    Ok(mta_sts::Check::replay(evidence))
}

/// Checks a domain as it was typed, with the check as `set` has set it, and progress on standard error.
pub(super) async fn look(
    typed: &str,
    zoo: bool,
    set: impl FnOnce(mta_sts::Check) -> mta_sts::Check,
    options: &Options,
) -> Result<mta_sts::Check, String> {
    let (domain, notice) = input::domain(typed).map_err(|error| error.to_string())?;
    if let Some(notice) = notice {
        writeln!(anstream::stderr(), "{}", Safe(&notice)).ok();
    }
    #[cfg(feature = "zoo")]
    if !zoo && domain.as_str().ends_with(".zoo.test") {
        writeln!(anstream::stderr(), "{domain} is a test domain: add --zoo to open the zoo it lives in.")
            .ok();
    }
    #[cfg(feature = "zoo")]
    let (native, _zoo) = build(options, zoo).await?;
    #[cfg(not(feature = "zoo"))]
    let native = options.build()?;

    check_port25(&native, options).await;
    let bar = progress_bar();
    let check = driver::check(&native, domain, set, |check, under_way| {
        let done = check.evidence().entries.len();
        bar.set_message(format!("steps: {done} done, {} under way", under_way.len()));
    })
    .await;
    bar.finish_and_clear();
    match nothing_seen(&check, &check.report()) {
        Some(reason) => Err(format!("no resolver was reached: {reason}; name one with --resolver")),
        None => Ok(check),
    }
}

/// Tries port 25 at the hosts asked for, and says on standard error what came of it.
async fn check_port25(native: &Native, options: &Options) {
    for line in native.check_port25(&options.port25_check).await {
        writeln!(anstream::stderr(), "{}", Safe(&line)).ok();
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
