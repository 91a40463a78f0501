//! The command that makes what a domain publishes: policy, records, and the files of a web host.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgGroup, Args, ValueEnum};
use mta_sts::plan::{NoPlan, Now};
use mta_sts::setup::{File, Hosting, SetUp, Wishes};
use mta_sts::{Domain, Host, Mode};

use super::network::{look, run_async};
use super::plan::{parse_host, seconds_now};
use super::{exit, print};
use crate::options::Options;
use crate::{input, text};

#[derive(Args)]
#[command(group(ArgGroup::new("hosts").args(["domain", "mx"]).required(true).multiple(true)))]
pub(super) struct GenerateArgs {
    /// The mail domain, the part after the @; its MX records are looked up where no --mx names hosts
    domain: Option<String>,
    /// The MX hosts, in place of a look at the domain; may be repeated, or separated by commas
    #[arg(long, value_name = "HOST", value_delimiter = ',', num_args = 1.., value_parser = parse_host)]
    mx: Vec<Host>,
    /// Make the files for this web host, or for `all` of them; may be repeated
    #[arg(long, value_name = "NAME", value_parser = hostings())]
    host: Vec<Vec<Hosting>>,
    /// The folder for the files; it is made where it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The mode; testing first, but a domain that enforces goes on
    #[arg(long, value_enum)]
    mode: Option<WantedMode>,
    /// Take a provider's own wider pattern where its guide gives one, as *.mail.protection.outlook.com
    #[arg(long)]
    provider_patterns: bool,
    /// Where reports go, as mailto:tlsrpt@example.com; may be repeated, or separated by commas
    #[arg(long, value_name = "URI", value_delimiter = ',')]
    rua: Vec<String>,
    /// How long resolvers may keep the records, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = Wishes::default().ttl)]
    ttl: u32,
    /// Overwrite files that are there and differ
    #[arg(long)]
    force: bool,
    /// How to write what was made to standard output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Open the zoo of test domains, and make files for one of them (NAME.zoo.test)
    #[cfg_attr(feature = "zoo", arg(long))]
    #[cfg_attr(not(feature = "zoo"), arg(skip))]
    zoo: bool,
    #[command(flatten)]
    options: Options,
}

#[derive(Clone, Copy, ValueEnum)]
enum WantedMode {
    Testing,
    Enforce,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Named where only hosts are: a domain that is nobody's (RFC 2606).
const NOBODY: &str = "example.com";

/// The names of web hosts, and `all`.
fn hostings() -> impl TypedValueParser<Value = Vec<Hosting>> {
    let names = Hosting::ALL.map(Hosting::key).into_iter().chain(["all"]);
    PossibleValuesParser::new(names).map(|name| {
        let wanted = Hosting::ALL.into_iter().filter(|hosting| name == "all" || hosting.key() == name);
        wanted.collect()
    })
}

/// Makes the files, to the exit code.
pub(super) fn run(args: GenerateArgs) -> Result<ExitCode, String> {
    run_async(generate(args))
}

async fn generate(args: GenerateArgs) -> Result<ExitCode, String> {
    let now = now(&args).await?;
    let mode = args.mode.map(|mode| match mode {
        WantedMode::Testing => Mode::Testing,
        WantedMode::Enforce => Mode::Enforce,
    });
    let wishes = Wishes { mode, wide: args.provider_patterns, reports: args.rua, ttl: args.ttl };
    let setup = SetUp::of(&now, &wishes).map_err(|why| why.to_string())?;
    let named = args.host.concat();
    let hostings: Vec<Hosting> = Hosting::ALL.into_iter().filter(|one| named.contains(one)).collect();
    let files = setup.files(&hostings);
    write_files(&args.out, &files, args.force)?;
    print(&match args.format {
        Format::Text => text::setup(&setup, &args.out, &files, hostings.is_empty()),
        Format::Json => text::json(&setup)?,
    })?;
    Ok(exit(false))
}

/// What the domain has now; where hosts are named nothing is asked of anybody.
async fn now(args: &GenerateArgs) -> Result<Now, String> {
    if args.mx.is_empty() {
        let domain = args.domain.as_deref().unwrap_or_default();
        let check = look(domain, args.zoo, mta_sts::Check::quick, &args.options).await?;
        return Now::of(check.evidence(), &[]).map_err(|why| match why {
            NoPlan::NoHosts { .. } => format!("{why}; --mx HOST names hosts to come"),
            NoPlan::NotSeen { .. } => format!("{why}; --mx HOST names the hosts, and then nobody is asked"),
        });
    }
    let domain = match &args.domain {
        Some(typed) => input::domain(typed).map_err(|error| error.to_string())?.0,
        None => {
            let notice =
                format!("No domain was named, so the files are for {NOBODY}: name yours in front of --mx.");
            writeln!(anstream::stderr(), "{notice}").ok();
            Domain::parse(NOBODY).map_err(|error| error.to_string())?
        }
    };
    Ok(Now::unseen(domain, seconds_now(), &args.mx))
}

/// Writes the files. Nothing is written where one of them is there and says something else.
fn write_files(folder: &Path, files: &[File], force: bool) -> Result<(), String> {
    let failed = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    if folder.exists() && !folder.is_dir() {
        return Err(format!("{} is a file and no folder", folder.display()));
    }
    let differs = |file: &&File| match fs::read(folder.join(&file.path)) {
        Ok(known) => known != file.text.as_bytes(),
        Err(error) => error.kind() != std::io::ErrorKind::NotFound,
    };
    let differing: Vec<&str> =
        files.iter().filter(differs).map(|file| file.path.as_str()).filter(|_| !force).collect();
    if !differing.is_empty() {
        return Err(format!(
            "{} holds other files of these names: {}; --force overwrites them (the id in them is new each time)",
            folder.display(),
            differing.join(", ")
        ));
    }
    for file in files {
        let path = folder.join(&file.path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| failed(parent, error))?;
        }
        fs::write(&path, &file.text).map_err(|error| failed(&path, error))?;
        #[cfg(unix)]
        if file.path.ends_with(".sh") {
            use std::os::unix::fs::PermissionsExt;
            let runs = fs::set_permissions(&path, fs::Permissions::from_mode(0o755));
            runs.map_err(|error| failed(&path, error))?;
        }
    }
    Ok(())
}
