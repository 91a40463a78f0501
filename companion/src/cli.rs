//! The command line: check a domain, lint a text, serve the page.

#[cfg(feature = "network")]
mod generate;
#[cfg(feature = "network")]
mod history;
#[cfg(feature = "network")]
mod network;
#[cfg(feature = "network")]
mod plan;
mod report;
#[cfg(feature = "network")]
mod serve;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use mta_sts::{Level, LintKind, rules};

use crate::lint::{Given, Linted};
use crate::text::Safe;
use crate::{explain, lint};

#[derive(Parser)]
#[command(
    name = "mta-sts",
    version,
    about = "The validator for MTA-STS (RFC 8461)",
    propagate_version = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check a domain: its records, its policy, its mail hosts, and what senders do with its mail
    ///
    /// Exit code: 0 nothing of level error, 1 at least one error, 2 could not run.
    #[cfg(feature = "network")]
    Check(network::CheckArgs),
    /// Lint policies, MTA-STS records or TLSRPT records
    ///
    /// Exit code: 0 nothing of level error, 1 at least one error, 2 could not run.
    Lint(LintArgs),
    /// Say what a rule is about; without a code, list the rules
    Explain(ExplainArgs),
    /// Make what a domain publishes: the policy, the records, and files ready for a web host
    ///
    /// Exit code: 0 it is made, 2 it could not be.
    #[cfg(feature = "network")]
    Generate(Box<generate::GenerateArgs>),
    /// Plan the way to what a domain is to have: dated steps, of which none has mail refused
    ///
    /// Exit code: 0 there is a plan, 2 there is none.
    #[cfg(feature = "network")]
    Plan(plan::PlanArgs),
    /// Probe a mail host: each of its addresses, stage by stage
    ///
    /// Exit code: 0 every address that could be seen takes mail over verified TLS, 1 one does not, 2 none could be seen or it
    /// could not run.
    #[cfg(feature = "network")]
    Probe(network::ProbeArgs),
    /// Sum up TLS reports (RFC 8460): who saw which failure at which mail host, and what to do
    ///
    /// Exit code: 0 no session failed, 1 some did, 2 no report could be read or it could not run.
    Report(report::ReportArgs),
    /// Serve the page, and probe mail hosts for it
    #[cfg(feature = "network")]
    Serve(Box<serve::ServeArgs>),
}

#[derive(Args)]
struct LintArgs {
    /// Files, globs, or - for standard input
    #[arg(required_unless_present_any = ["record", "tlsrpt"], value_name = "FILE")]
    files: Vec<String>,
    /// What the files are; guessed from each text where this is not given
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// Lint this MTA-STS record as well; findings name it <record>
    #[arg(long, value_name = "TXT")]
    record: Option<String>,
    /// Lint this TLSRPT record as well; findings name it <tlsrpt>
    #[arg(long, value_name = "TXT")]
    tlsrpt: Option<String>,
    /// How to write the findings: for a person, as data (one text's report, or an array of { file, … } for
    /// several texts), as SARIF 2.1.0, or as commands of a GitHub workflow
    #[arg(long, value_enum, default_value_t = lint::Format::Text)]
    format: lint::Format,
    /// Rewrite the files with every edit that is sure to be right, and say what is left
    ///
    /// Standard input is rewritten to standard output, and what is left is said on standard error. A --record
    /// is in no file, so it is only linted.
    #[arg(long)]
    fix: bool,
    /// Exit with 1 from this level on
    #[arg(long, value_enum, default_value_t = FailLevel::Error)]
    level: FailLevel,
}

#[derive(Args)]
struct ExplainArgs {
    /// The code of a finding, such as policy-mode
    code: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailLevel {
    Error,
    Warning,
    Note,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Policy,
    Record,
    Tlsrpt,
}

const ERRORS_FOUND: u8 = 1;
const COULD_NOT_RUN: u8 = 2;

/// Runs the command the process was started with.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        Command::Lint(args) => run_lint(&args),
        Command::Explain(args) => run_explain(&args),
        #[cfg(feature = "network")]
        Command::Check(args) => network::check(args),
        #[cfg(feature = "network")]
        Command::Generate(args) => generate::run(*args),
        #[cfg(feature = "network")]
        Command::Plan(args) => plan::run(args),
        #[cfg(feature = "network")]
        Command::Probe(args) => network::probe(args),
        Command::Report(args) => report::run(&args),
        #[cfg(feature = "network")]
        Command::Serve(args) => serve::run(*args),
    };
    match done {
        Ok(code) => code,
        Err(message) => {
            // Nobody may be there to read it.
            writeln!(anstream::stderr(), "mta-sts: {}", Safe(&message)).ok();
            ExitCode::from(COULD_NOT_RUN)
        }
    }
}

/// Writes to standard output; a reader that has gone away, such as `head`, is no error.
fn print(text: &str) -> Result<(), String> {
    write(&mut anstream::stdout(), text.as_bytes())
}

/// A line with its end, safe for a terminal.
fn safe_line(line: &str) -> String {
    match line.strip_suffix("\r\n").or(line.strip_suffix('\n')) {
        Some(line) => format!("{}\n", Safe(line)),
        None => Safe(line).to_string(),
    }
}

fn write(out: &mut impl Write, bytes: &[u8]) -> Result<(), String> {
    match out.write_all(bytes) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(format!("cannot write: {error}")),
        _ => Ok(()),
    }
}

fn exit(errors: bool) -> ExitCode {
    if errors { ExitCode::from(ERRORS_FOUND) } else { ExitCode::SUCCESS }
}

fn run_lint(args: &LintArgs) -> Result<ExitCode, String> {
    let kind = args.kind.map(|kind| match kind {
        Kind::Policy => LintKind::Policy,
        Kind::Record => LintKind::Record,
        Kind::Tlsrpt => LintKind::Tlsrpt,
    });
    let level = match args.level {
        FailLevel::Error => Level::Error,
        FailLevel::Warning => Level::Warning,
        FailLevel::Note => Level::Note,
    };
    if args.files.iter().filter(|file| *file == "-").count() > 1 {
        return Err("standard input (-) is given twice, and can be read once".into());
    }
    let (mut linted, mut unread) = lint::lint_all(&args.files, kind);
    linted.extend(args.record.iter().map(|text| Linted::argument(LintKind::Record, text)));
    linted.extend(args.tlsrpt.iter().map(|text| Linted::argument(LintKind::Tlsrpt, text)));
    if args.fix {
        let (changed, unwritten) = lint::fix(&mut linted);
        for line in changed {
            writeln!(anstream::stderr(), "mta-sts: {}", Safe(&line)).ok();
        }
        unread.extend(unwritten);
    }
    let written = lint::written(&linted, &unread, args.format)?;
    match linted.iter().find(|one| args.fix && one.given == Given::Stdin) {
        Some(fixed) => {
            // As it is into a pipe or a file; strangers' text must not drive a terminal.
            if io::stdout().is_terminal() {
                let text = String::from_utf8_lossy(&fixed.text);
                print(&text.split_inclusive('\n').map(safe_line).collect::<String>())?;
            } else {
                write(&mut io::stdout(), &fixed.text)?;
            }
            anstream::stderr().write_all(written.as_bytes()).ok();
        }
        None => print(&written)?,
    }
    // What could be read was linted all the same.
    if !unread.is_empty() {
        return Err(unread.join("; "));
    }
    Ok(exit(lint::fails(&linted, level)))
}

fn run_explain(args: &ExplainArgs) -> Result<ExitCode, String> {
    let Some(code) = &args.code else {
        print(&explain::list())?;
        return Ok(ExitCode::SUCCESS);
    };
    let code = code.to_ascii_lowercase();
    match rules::explain(&code) {
        Some(rule) => print(&explain::rule(rule))?,
        None => {
            let near = explain::near(&code);
            let meant = if near.is_empty() { String::new() } else { format!(", but {}", near.join(", ")) };
            return Err(format!("there is no rule {code}{meant}; `mta-sts explain` lists them all"));
        }
    }
    Ok(ExitCode::SUCCESS)
}
