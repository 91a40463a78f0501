//! What `mta-sts serve` can be told.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use ipnet::IpNet;
use serde::Serialize;

use super::client::{Proxies, ProxyHeader};
use crate::options::{defaults, parse_range, parse_seconds};

/// Which part of the work a process does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Everything
    #[default]
    All,
    /// The page, policies, limits and cache; what dials port 25 is handed to a prober
    Front,
    /// What dials port 25, for a front that knows the secret
    Prober,
}

/// How much is done for one client, at one target, and at all.
#[derive(Args, Clone, Debug, PartialEq, Serialize)]
#[command(next_help_heading = "Limits")]
pub struct Limits {
    /// Steps of one client (an IPv4 address, an IPv6 /64) carried out at once; more wait
    #[arg(long, value_name = "N", default_value = "32")]
    pub client_steps: NonZeroU32,
    /// Steps one client may ask for in a minute; a check of 20 hosts with 16 addresses each has 961
    #[arg(long, value_name = "N", default_value = "1200")]
    pub client_rate: NonZeroU32,
    /// Steps one client may ask for at once, before the rate counts
    #[arg(long, value_name = "N", default_value = "2000")]
    pub client_burst: NonZeroU32,
    /// Steps carried out at once for one domain; more wait
    #[arg(long, value_name = "N", default_value = "24")]
    pub domain_steps: NonZeroU32,
    /// Probes of one address at once; more wait
    #[arg(long, value_name = "N", default_value = "2")]
    pub address_steps: NonZeroU32,
    /// Probes of one address in a minute, whatever the host is called; a check makes up to three
    #[arg(long, value_name = "N", default_value = "120")]
    pub address_rate: NonZeroU32,
    /// Connections to one address of policy hosts in a minute, whatever the domain
    #[arg(long, value_name = "N", default_value = "120")]
    pub policy_rate: NonZeroU32,
    /// Steps carried out at once, for all clients together; more wait
    #[arg(long, value_name = "N", default_value = "256")]
    pub max_steps: NonZeroU32,
    /// How long a step waits for its turn before it is refused
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = parse_seconds)]
    #[serde(serialize_with = "in_seconds")]
    pub queue: Duration,
    /// How long the result of a step is given to others who ask for the same; 0 keeps none
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = parse_keep)]
    #[serde(serialize_with = "in_seconds")]
    pub cache: Duration,
    /// Checks made for badges at once; more wait
    #[arg(long, value_name = "N", default_value = "8")]
    pub badge_checks: NonZeroU32,
    /// Badges of domains not looked at lately that one client may ask for in a minute
    #[arg(long, value_name = "N", default_value = "30")]
    pub badge_rate: NonZeroU32,
    /// How long a badge is given to all who ask for it; 0 keeps none
    #[arg(long, value_name = "SECONDS", default_value = "600", value_parser = parse_keep)]
    #[serde(serialize_with = "in_seconds")]
    pub badge_cache: Duration,
    /// Connections of clients at once; a quarter of them for one client, unless it is a trusted proxy
    #[arg(long, value_name = "N", default_value = "2048")]
    pub connections: NonZeroU32,
}

impl Default for Limits {
    /// What a command line without any of them gives.
    fn default() -> Self {
        defaults()
    }
}

fn in_seconds<S: serde::Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}

fn parse_keep(text: &str) -> Result<Duration, String> {
    if text == "0" { Ok(Duration::ZERO) } else { parse_seconds(text) }
}

/// Whom the server believes, and what it says of itself.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Running it for others")]
pub struct Operation {
    /// Which part of the work this process does
    #[arg(long, value_enum, default_value_t = Role::All)]
    pub role: Role,
    /// Where the prober is, for --role front: `http(s)://HOST[:PORT]`
    #[arg(long, value_name = "URL", required_if_eq("role", "front"))]
    pub prober: Option<String>,
    /// The secret that front and prober share, in a file [default: the variable MTA_STS_SECRET]
    #[arg(long, value_name = "FILE")]
    pub secret_file: Option<PathBuf>,
    /// Believe what a proxy at these addresses says of its clients; may be repeated
    #[arg(long, value_name = "CIDR", value_parser = parse_range)]
    pub trusted_proxy: Vec<IpNet>,
    /// The field in which that proxy says it
    #[arg(long, value_enum, default_value_t = ProxyHeader::XForwardedFor)]
    pub proxy_header: ProxyHeader,
    /// Domains, hosts and address ranges that are never dialled, one on a line; read again when it changes
    #[arg(long, value_name = "FILE")]
    pub opt_out: Option<PathBuf>,
    /// How to reach whoever runs this, for the page /probe: a mail address or a URL
    #[arg(long, value_name = "TEXT")]
    pub contact: Option<String>,
    /// When told to stop, give what runs this long to end
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = parse_seconds)]
    pub grace: Duration,
}

impl Operation {
    /// The proxies that are believed.
    #[must_use]
    pub fn proxies(&self) -> Proxies {
        Proxies { trusted: self.trusted_proxy.clone(), header: self.proxy_header }
    }
}
