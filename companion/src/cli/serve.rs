//! The command that serves: the page, and the steps a browser cannot carry out.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

#[cfg(feature = "zoo")]
use super::network::build;
use super::network::run_async;
use super::print;
use crate::dials::Dials;
use crate::log::LogOptions;
use crate::opt_out::OptOut;
use crate::options::Options;
use crate::serve::{self, Limits, Operation, Role, Server};

#[derive(Args)]
pub(super) struct ServeArgs {
    /// Listen here
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080", value_parser = parse_listen)]
    listen: SocketAddr,
    /// Open the zoo of test domains and offer them on the page
    #[cfg(feature = "zoo")]
    #[arg(long)]
    zoo: bool,
    /// Give counts for Prometheus here, at /metrics; nowhere unless told
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = parse_listen)]
    metrics_listen: Option<SocketAddr>,
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    limits: Limits,
    #[command(flatten)]
    operation: Operation,
    #[command(flatten)]
    log: LogOptions,
}

/// Serves until it is told to stop.
pub(super) fn run(args: ServeArgs) -> Result<ExitCode, String> {
    args.log.begin()?;
    run_async(run_serve(args))
}

async fn run_serve(mut args: ServeArgs) -> Result<ExitCode, String> {
    if let Some(path) = &args.operation.opt_out {
        args.options.opt_out = OptOut::open(path).map_err(|error| format!("--opt-out {error}"))?;
    }
    args.options.dials = Some(Arc::new(Dials::new(args.limits.policy_rate)));
    #[cfg(feature = "zoo")]
    let (native, zoo) = build(&args.options, args.zoo).await?;
    #[cfg(not(feature = "zoo"))]
    let native = args.options.build()?;

    let server = Server::with_limits(Arc::clone(&native), args.limits);
    #[cfg(feature = "zoo")]
    let server = match zoo {
        Some(zoo) => server.with_zoo(zoo),
        None => server,
    };
    let server = server.operated(&args.operation, args.log.log_clients)?;
    let (listener, at) = bind(args.listen, "--listen").await?;
    let metrics = match args.metrics_listen {
        Some(wanted) => Some(bind(wanted, "--metrics-listen").await?),
        None => None,
    };

    let role = args.operation.role;
    if !serve::has_page() && role != Role::Prober {
        let text =
            "this binary was built before the page, so there is only the API; `cargo xtask run` builds both";
        writeln!(anstream::stderr(), "mta-sts: {text}").ok();
    }
    #[cfg(feature = "zoo")]
    let hint = if args.zoo && serve::has_page() && role != Role::Prober { ZOO_HINT } else { "" };
    #[cfg(not(feature = "zoo"))]
    let hint = "";
    let host = if at.ip().is_loopback() || at.ip().is_unspecified() {
        "localhost".to_owned()
    } else {
        SocketAddr::new(at.ip(), 0).to_string().trim_end_matches(":0").to_owned()
    };
    let counts = match &metrics {
        Some((_, at)) => format!("counts are at http://{at}/metrics\n"),
        None => String::new(),
    };
    print(&format!("mta-sts serves on http://{host}:{}\n{counts}{hint}", at.port()))?;

    // They end with the server.
    let mut beside = JoinSet::new();
    if role != Role::Front {
        beside.spawn(serve::watch::port25(Arc::clone(&native), args.options.port25_check));
        beside.spawn(serve::watch::ehlo_name(native));
    }
    let metrics = metrics.map(|(listener, _)| listener);
    let ran = serve::run_with_metrics(listener, metrics, Arc::new(server), stop()).await;
    tracing::info!("stopped");
    ran.map(|()| ExitCode::SUCCESS).map_err(|error| error.to_string())
}

async fn bind(wanted: SocketAddr, flag: &str) -> Result<(TcpListener, SocketAddr), String> {
    let listener = TcpListener::bind(wanted)
        .await
        .map_err(|error| format!("{wanted}: {error}; {flag} ADDRESS:PORT takes another one"))?;
    let at = listener.local_addr().map_err(|error| error.to_string())?;
    Ok((listener, at))
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
    tracing::info!("told to stop: what runs may end");
}
