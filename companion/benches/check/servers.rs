//! The zoo in a process of its own, so that what it does is not counted as ours.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, stdin};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use companion::guard::Guard;
use companion::native::Native;
use companion::port25::Port25;
use companion::resolve::{Resolver, Upstream};
use companion::tls::Tls;
use companion::trust::Trust;
use serde::{Deserialize, Serialize};
use zoo::Zoo;

/// What this program is told to be the servers.
pub(crate) const COMMAND: &str = "servers";

/// What the other process says of itself.
#[derive(Serialize, Deserialize)]
struct Told {
    resolver: SocketAddr,
    ca_pem: String,
    /// Which address of the zoo listens where.
    dial: Vec<(SocketAddr, SocketAddr)>,
}

/// The other process. It ends when this is dropped.
pub(crate) struct Servers {
    child: Child,
    told: Told,
}

/// Is that process, until its standard input ends.
pub(crate) async fn run() -> Result<(), String> {
    let zoo = Zoo::open().await.map_err(|error| error.to_string())?;
    let dial = zoo.dial.iter().map(|(address, at)| (*address, *at)).collect();
    let told = Told { resolver: zoo.resolver, ca_pem: zoo.ca_pem.clone(), dial };
    println!("{}", serde_json::to_string(&told).map_err(|error| error.to_string())?);
    tokio::task::spawn_blocking(|| stdin().read_to_end(&mut Vec::new()).map(|_| ()))
        .await
        .map_err(|error| error.to_string())?
        .map_err(|error| error.to_string())
}

impl Servers {
    /// Starts it.
    pub(crate) fn start() -> Result<Self, String> {
        let said = |error: std::io::Error| error.to_string();
        let mut command = Command::new(std::env::current_exe().map_err(said)?);
        command.arg(COMMAND).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(said)?;
        let out = child.stdout.take().ok_or("no output")?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line).map_err(said)?;
        let told = serde_json::from_str(&line).map_err(|error| format!("the servers: {error}"))?;
        Ok(Self { child, told })
    }

    pub(crate) fn resolver(&self) -> SocketAddr {
        self.told.resolver
    }

    /// Which address of the zoo listens where.
    pub(crate) fn table(&self) -> BTreeMap<SocketAddr, SocketAddr> {
        self.told.dial.iter().copied().collect()
    }

    /// Trust in the zoo's authority, beside that of the system.
    pub(crate) fn trust(&self) -> Result<Trust, String> {
        let mut trust = Trust::default();
        trust.add_pem(self.told.ca_pem.as_bytes()).map_err(|error| error.to_string())?;
        Ok(trust)
    }

    /// What steps are carried out with: DNS at `resolver`, and addresses dialled by `table`.
    pub(crate) fn native(
        &self,
        resolver: SocketAddr,
        table: BTreeMap<SocketAddr, SocketAddr>,
    ) -> Result<Arc<Native>, String> {
        let tls = Tls::new(self.trust()?);
        Ok(Arc::new(Native {
            resolver: Resolver::new(Upstream::Dns(Vec::new()), Some(resolver), tls.clone()),
            tls,
            guard: Guard { table, ..Guard::default() },
            timeout: Duration::from_secs(30),
            ehlo_name: None,
            port25: Port25::default(),
            reached_port_443: Default::default(),
        }))
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
