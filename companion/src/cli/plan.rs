//! The command that plans a change.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::SystemTime;

use clap::{Args, ValueEnum};
use mta_sts::history::{cached, testing_since};
use mta_sts::plan::{NoPlan, Now, Plan, Wanted};
use mta_sts::{Host, Mode};

use super::network::{look, run_async};
use super::{exit, history, print};
use crate::options::Options;
use crate::{input, text};

#[derive(Args)]
pub(super) struct PlanArgs {
    /// The mail domain, the part after the @
    domain: String,
    /// The mode it is to have; none takes MTA-STS down
    #[arg(long, value_enum)]
    to: To,
    /// The MX hosts it is to have, where they change; may be repeated, or separated by commas
    #[arg(long, value_name = "HOST", value_delimiter = ',', num_args = 1.., value_parser = parse_host)]
    mx: Vec<Host>,
    /// The policy moves to another host or provider first
    #[arg(long)]
    new_policy_host: bool,
    /// The history that `check --history` keeps: what of it senders may still have is waited for
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,
    /// How to write the plan: for a person, as Markdown, as a calendar (RFC 5545), or as data
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Open the zoo of test domains, and plan for one of them (NAME.zoo.test)
    #[cfg_attr(feature = "zoo", arg(long))]
    #[cfg_attr(not(feature = "zoo"), arg(skip))]
    zoo: bool,
    #[command(flatten)]
    options: Options,
}

#[derive(Clone, Copy, ValueEnum)]
enum To {
    Testing,
    Enforce,
    None,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Markdown,
    Ical,
    Json,
}

/// Plans a change, to the exit code.
pub(super) fn run(args: PlanArgs) -> Result<ExitCode, String> {
    run_async(plan(args))
}

async fn plan(args: PlanArgs) -> Result<ExitCode, String> {
    let check = look(&args.domain, args.zoo, mta_sts::Check::quick, &args.options).await?;
    let now = Now::of(check.evidence(), &args.mx);
    let mut now = now.map_err(|why| match why {
        NoPlan::NoHosts { .. } => format!("there is no plan: {why}; --mx HOST names hosts to come"),
        NoPlan::NotSeen { .. } => format!("there is no plan: {why}"),
    })?;
    let mut held = Vec::new();
    if let Some(file) = &args.history {
        let history = history::read_and_add(file, check.evidence(), false)?;
        let mx: Vec<Host> = now.mx.iter().map(|(_, host)| host.clone()).collect();
        held = history::of_before(&history, &now.domain, &mx, now.at);
        now.cached = cached(&history, now.domain.as_str(), now.at);
        now.testing_since = testing_since(&history, now.domain.as_str(), now.at);
    }
    let mode = match args.to {
        To::Testing => Mode::Testing,
        To::Enforce => Mode::Enforce,
        To::None => Mode::None,
    };
    let mx = (!args.mx.is_empty()).then_some(args.mx);
    let plan = Plan::of(&now, &Wanted { mode, mx, moves_policy_host: args.new_policy_host });
    print(&match args.format {
        Format::Text => text::plan(&plan, &held),
        Format::Markdown => plan.markdown(),
        Format::Ical => plan.calendar(seconds_now()),
        Format::Json => text::json(&plan)?,
    })?;
    Ok(exit(false))
}

pub(super) fn seconds_now() -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.map_or(0, |now| i64::try_from(now.as_secs()).unwrap_or(i64::MAX))
}

pub(super) fn parse_host(text: &str) -> Result<Host, String> {
    let (domain, _) = input::domain(text)
        .map_err(|_| "this is no name of a mail host: write one as mx.example.com".to_owned())?;
    Ok(Host::new(domain.as_str()))
}
