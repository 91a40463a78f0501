//! `mta-sts report`: TLS reports, summed up.

use std::io::{self, BufWriter, Write};
use std::mem;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, ValueEnum};
use mta_sts::tlsrpt::{Filter, time};

use super::{exit, print, safe_line};
use crate::report::{Reports, text};
use crate::text::Safe;

#[derive(Args)]
pub(super) struct ReportArgs {
    /// Reports (.json, .json.gz, .zip), mails (.eml, mbox), folders of them, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// How to write them: for a person, as data, or as a table with a line for each policy of each report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Only reports that end on this day or later: 2026-01-31, or 30d for the last 30 days
    #[arg(long, value_name = "DAY")]
    since: Option<String>,
    /// Only sessions of this policy domain
    #[arg(long)]
    domain: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Csv,
}

pub(super) fn run(args: &ReportArgs) -> Result<ExitCode, String> {
    if args.files.iter().filter(|file| *file == "-").count() > 1 {
        return Err("standard input (-) is given twice, and can be read once".into());
    }
    let since = args.since.as_deref().map(since).transpose()?;
    let domain = args.domain.as_ref().map(|domain| domain.trim_end_matches('.').to_lowercase());
    let filter = Filter { since, domain, ..Filter::default() };
    let reports = Reports::of(&args.files);
    let collection = &reports.collection;
    let summary = collection.summary(&filter);
    match args.format {
        Format::Text => {
            print(&text(collection, &filter, now()).split_inclusive('\n').map(safe_line).collect::<String>())?
        }
        Format::Json => {
            // There may be a lot of it. JSON has nothing in it that means something to a terminal.
            let mut out = BufWriter::new(io::stdout().lock());
            let written = serde_json::to_writer_pretty(&mut out, &summary).map_err(io::Error::from);
            match written.and_then(|()| writeln!(out)).and_then(|()| out.flush()) {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                    return Err(format!("cannot write: {error}"));
                }
                _ => {}
            }
        }
        Format::Csv => print(&collection.csv(&filter))?,
    }
    if let Some(why) = reports.why_none() {
        return Err(why);
    }
    if summary.reports.is_empty() {
        let domains: Vec<String> =
            collection.views(&Filter::default(), None).domains.into_iter().map(|row| row.name).collect();
        let line =
            format!("no report is of that time and domain: there are reports about {}", domains.join(", "));
        writeln!(anstream::stderr(), "{}", Safe(&line)).ok();
    }
    let failed = summary.totals.failed > 0;
    // What the process holds goes with it: to give it back piece by piece takes longer.
    mem::forget(reports);
    Ok(exit(failed))
}

/// In seconds since 1970.
fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
    i64::try_from(now).unwrap_or(i64::MAX)
}

/// The time that `--since` gives, in seconds since 1970.
fn since(text: &str) -> Result<i64, String> {
    let days = text.strip_suffix(['d', 'D']).and_then(|days| days.parse::<u32>().ok());
    if let Some(days) = days {
        return Ok(now() - i64::from(days) * 86_400);
    }
    time(text)
        .ok_or_else(|| format!("--since {text}: give a day such as 2026-01-31, or 30d for the last 30 days"))
}
