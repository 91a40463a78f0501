//! The server under load, and how much memory it has.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

/// A running server. It ends when this is dropped.
pub(crate) struct Serving {
    child: Child,
    pub(crate) at: SocketAddr,
    /// Where it gives its counts.
    pub(crate) counts: SocketAddr,
}

impl Serving {
    /// Starts the binary that the variable `MTA_STS` names, or that this was built with.
    pub(crate) fn start(args: &[&str]) -> Result<Self, String> {
        let binary = std::env::var("MTA_STS").unwrap_or_else(|_| env!("CARGO_BIN_EXE_mta-sts").to_owned());
        let mut command = Command::new(&binary);
        command.args(["serve", "--listen", "127.0.0.1:0", "--log-level", "warn"]);
        command.args(["--metrics-listen", "127.0.0.1:0"]).args(args).stdout(Stdio::piped());
        println!("$ {binary} serve {}", args.join(" "));
        let mut child = command.spawn().map_err(|error| format!("{binary}: {error}"))?;
        let mut out = BufReader::new(child.stdout.take().ok_or("no output")?);
        // It prints where it is, then where its counts are.
        let mut address = || {
            let mut line = String::new();
            out.read_line(&mut line).map_err(|error| error.to_string())?;
            let port =
                line.rsplit(':').next().unwrap_or_default().trim().trim_end_matches("/metrics").parse();
            let port = port.map_err(|_| format!("it does not start: {line}"))?;
            Ok::<_, String>(SocketAddr::from(([127, 0, 0, 1], port)))
        };
        let (at, counts) = (address()?, address()?);
        Ok(Self { child, at, counts })
    }

    /// Resident memory now (`VmRSS`) or at most so far (`VmHWM`), in MiB.
    pub(crate) fn memory(&self, which: &str) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(which)?.strip_prefix(':'))?;
        let kib: f64 = line.trim().trim_end_matches(" kB").parse().ok()?;
        Some(kib / 1024.0)
    }

    /// How many steps are being carried out.
    pub(crate) async fn under_way(&self) -> Result<usize, String> {
        let (_, text) = crate::asking::get(self.counts, "/metrics", "").await?;
        let line = text.lines().find_map(|line| line.strip_prefix("mta_sts_steps_under_way "));
        line.and_then(|count| count.parse().ok()).ok_or_else(|| "no such count".to_owned())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
