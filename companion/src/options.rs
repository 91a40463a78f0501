//! The options that `check` and `serve` share, and the native host they make.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Command};
use ipnet::IpNet;

use crate::dials::Dials;
use crate::guard::Guard;
use crate::native::Native;
use crate::opt_out::OptOut;
use crate::port25::Port25;
use crate::resolve::{Resolver, Upstream};
use crate::tls::Tls;
use crate::trust::Trust;

/// What steps are carried out with.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Ask this resolver instead of the system's: an IP, `IP:PORT`, or `https://…/dns-query`
    #[arg(long, value_name = "RESOLVER")]
    pub resolver: Option<Upstream>,

    /// Trust the certificates of this PEM file as well
    #[arg(long, value_name = "PEM")]
    pub ca_file: Vec<PathBuf>,

    /// Dial addresses of this range although they are not public, such as 10.0.0.0/8 (for a lab)
    #[arg(long, value_name = "CIDR", value_parser = parse_range)]
    pub allow_address: Vec<IpNet>,

    /// Give up a step after this time
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = parse_seconds)]
    pub timeout: Duration,

    /// Say EHLO with this name; it should resolve to this machine [default: the address]
    #[arg(long, value_name = "NAME", value_parser = parse_ehlo_name)]
    pub ehlo_name: Option<String>,

    /// First connect to port 25 of this host, to learn whether this network lets that out; may be
    /// repeated
    #[arg(long, value_name = "HOST", alias = "self-test")]
    pub port25_check: Vec<String>,

    /// What is never dialled, whoever asks.
    #[arg(skip)]
    pub opt_out: OptOut,

    /// How often one address is dialled on port 443, where that is bounded.
    #[arg(skip)]
    pub dials: Option<Arc<Dials>>,
}

impl Default for Options {
    /// What a command line without any of them gives.
    fn default() -> Self {
        defaults()
    }
}

/// What a command line gives that has none of these arguments, each of which can be left out.
pub(crate) fn defaults<T: Args>() -> T {
    let command = T::augment_args(Command::new("mta-sts"));
    let matches = command.try_get_matches_from(["mta-sts"]);
    match matches.and_then(|matches| T::from_arg_matches(&matches)) {
        Ok(arguments) => arguments,
        Err(_) => unreachable!("each can be left out"),
    }
}

/// An address, or a range of addresses.
pub(crate) fn parse_range(text: &str) -> Result<IpNet, String> {
    let single = || text.parse::<std::net::IpAddr>().map(IpNet::from);
    text.parse().or_else(|_| single()).map_err(|_| "write an address or a range, such as 10.0.0.0/8".into())
}

pub(crate) fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "write a number of seconds, such as 30".to_owned())?;
    let allowed = (0.05..=600.0).contains(&seconds);
    if allowed {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err("write between 0.05 and 600 seconds".into())
    }
}

/// A name is put into an SMTP command, so it may hold nothing that ends one.
fn parse_ehlo_name(text: &str) -> Result<String, String> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"-.[]:".contains(&b);
    if !text.is_empty() && text.len() <= 255 && text.bytes().all(fits) {
        Ok(text.to_owned())
    } else {
        Err("write a host name, such as probe.example.com".into())
    }
}

impl Options {
    /// The native host with these options, and the zoo's names, ports and authority where there is one.
    ///
    /// # Errors
    /// A file of trust anchors that cannot be used, or no resolver. The message names which.
    #[cfg(feature = "zoo")]
    pub fn build(&self, zoo: Option<&zoo::Zoo>) -> Result<Arc<Native>, String> {
        let mut trust = self.trust()?;
        if let Some(zoo) = zoo {
            trust.add_pem(zoo.ca_pem.as_bytes()).map_err(|error| format!("the zoo's authority: {error}"))?;
        }
        let table = zoo.map(|zoo| zoo.dial.clone()).unwrap_or_default();
        self.finish(trust, self.guard(table), zoo.map(|zoo| zoo.resolver))
    }

    /// The native host with these options.
    ///
    /// # Errors
    /// A file of trust anchors that cannot be used, or no resolver. The message names which.
    #[cfg(not(feature = "zoo"))]
    pub fn build(&self) -> Result<Arc<Native>, String> {
        self.finish(self.trust()?, self.guard(BTreeMap::new()), None)
    }

    fn guard(&self, table: BTreeMap<SocketAddr, SocketAddr>) -> Guard {
        let (allowed, opt_out, dials) =
            (self.allow_address.clone(), self.opt_out.clone(), self.dials.clone());
        Guard { allowed, opt_out, dials, table }
    }

    fn trust(&self) -> Result<Trust, String> {
        let mut trust = Trust::default();
        for path in &self.ca_file {
            let add = |error: io::Error| format!("--ca-file {}: {error}", path.display());
            trust.add_file(path).map_err(add)?;
        }
        Ok(trust)
    }

    fn finish(&self, trust: Trust, guard: Guard, zoo: Option<SocketAddr>) -> Result<Arc<Native>, String> {
        let upstream = match (&self.resolver, Upstream::of_system()) {
            (Some(upstream), _) => upstream.clone(),
            (None, Ok(upstream)) => upstream,
            // The zoo's own names need no other resolver.
            (None, Err(_)) if zoo.is_some() => Upstream::Dns(Vec::new()),
            (None, Err(error)) => {
                return Err(format!("no resolver: /etc/resolv.conf: {error}; name one with --resolver"));
            }
        };
        let tls = Tls::new(trust);
        Ok(Arc::new(Native {
            resolver: Resolver::new(upstream, zoo, tls.clone()),
            tls,
            guard,
            timeout: self.timeout,
            ehlo_name: self.ehlo_name.clone(),
            port25: Port25::default(),
            reached_port_443: Default::default(),
        }))
    }
}
