//! The log of a server, on standard error. It names neither clients nor the domains they ask for, unless it is told to:
//! clients by a flag, domains by the level debug.

use std::io;

use clap::{Args, ValueEnum};
use tracing_subscriber::EnvFilter;

/// How the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    #[default]
    Text,
    /// An object on each line
    Json,
}

/// The log's options.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Log")]
pub struct LogOptions {
    /// How the log is written, on standard error
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    pub log: LogFormat,
    /// What is logged: error, warn, info, debug (which names domains) or trace [default: RUST_LOG, or info]
    #[arg(long, value_name = "LEVEL")]
    pub log_level: Option<tracing::level_filters::LevelFilter>,
    /// Write into the log who asks
    #[arg(long)]
    pub log_clients: bool,
}

impl LogOptions {
    /// Begins the log.
    ///
    /// # Errors
    /// `RUST_LOG` cannot be read, or there is a log already.
    pub fn begin(&self) -> Result<(), String> {
        let variable = std::env::var(EnvFilter::DEFAULT_ENV).ok().filter(|text| !text.is_empty());
        let filter = match (self.log_level, variable) {
            // Of what is beneath us only what goes wrong is of interest.
            (Some(level), _) => format!("warn,companion={level}"),
            (None, Some(variable)) => variable,
            (None, None) => "warn,companion=info".to_owned(),
        };
        let filter = EnvFilter::try_new(filter).map_err(|error| format!("RUST_LOG: {error}"))?;
        let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
        let colours =
            std::io::IsTerminal::is_terminal(&io::stderr()) && std::env::var_os("NO_COLOR").is_none();
        let begun = match self.log {
            LogFormat::Text => builder.with_ansi(colours).with_target(false).try_init(),
            LogFormat::Json => builder.json().flatten_event(true).with_target(false).try_init(),
        };
        begun.map_err(|error| error.to_string())
    }
}
