//! What this process knows of port 25: most home networks and clouds let no connection to it out, and
//! then a mail host that does not answer cannot be told from a network that blocks the port.

use std::io;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::Duration;

use mta_sts::Failure;
use mta_sts::dns::Kind;
use mta_sts::evidence::Lookup;
use serde::Serialize;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use crate::native::Native;

/// Whether connections to port 25 leave this network, over one address family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// Nothing shows it yet.
    Unknown,
    /// A host outside was reached.
    Open,
    /// The hosts it was tried at did not answer, or there is no route to them.
    Blocked,
}

/// How long a host that was reached proves that the port is open: a network may close it at any time.
const PROOF: Duration = Duration::from_secs(3600);

/// What is known of both families. It begins with nothing, and changes as hosts are reached.
#[derive(Debug, Default)]
pub struct Port25 {
    /// When a host was last reached over IPv4 and IPv6.
    reached: [Mutex<Option<Instant>>; 2],
    /// Whether the port was last found blocked over them.
    blocked: [AtomicBool; 2],
    /// The host at which the port was last found blocked over every family there is.
    blocked_at: RwLock<Option<String>>,
}

impl Port25 {
    /// What is known of the family of `address`.
    #[must_use]
    pub fn reach(&self, ipv6: bool) -> Reach {
        let family = usize::from(ipv6);
        let reached = *self.reached[family].lock().unwrap_or_else(PoisonError::into_inner);
        match self.blocked[family].load(Ordering::Relaxed) {
            _ if reached.is_some_and(|at| at.elapsed() < PROOF) => Reach::Open,
            true => Reach::Blocked,
            false => Reach::Unknown,
        }
    }

    /// Port 25 of `address`, which is outside, was reached: the network lets that family out.
    pub fn reached(&self, address: IpAddr) {
        let family = usize::from(address.is_ipv6());
        *self.reached[family].lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        self.blocked[family].store(false, Ordering::Relaxed);
        let blocked_at = self.blocked_at.read().unwrap_or_else(PoisonError::into_inner).is_some();
        if blocked_at {
            *self.blocked_at.write().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }

    /// Whether port 25 was reached over the family of `address`.
    #[must_use]
    pub fn is_proven(&self, address: IpAddr) -> bool {
        self.reach(address.is_ipv6()) == Reach::Open
    }

    /// Whether the port is known to be open, over either family.
    #[must_use]
    pub fn is_open_somewhere(&self) -> bool {
        self.reach(false) == Reach::Open || self.reach(true) == Reach::Open
    }

    /// What an attempt without an answer comes to: where the network is known to let nothing out to port 25, that is all
    /// it shows.
    #[must_use]
    pub fn silence(&self, address: IpAddr) -> Failure {
        if self.is_proven(address) {
            return Failure::ConnectTimeout { proven: true };
        }
        let blocked_at = self.blocked_at.read().unwrap_or_else(PoisonError::into_inner);
        match &*blocked_at {
            Some(tested) => Failure::PortBlocked { tested: tested.clone() },
            None => Failure::ConnectTimeout { proven: false },
        }
    }

    /// Takes up what the attempts of one check came to.
    fn learn(&self, attempts: &[Attempt]) {
        for ipv6 in [false, true] {
            let mut over = attempts.iter().filter(|attempt| attempt.address.is_ipv6() == ipv6).peekable();
            if over.peek().is_some() && self.reach(ipv6) != Reach::Open {
                let blocked = over.all(|attempt| attempt.came_to == CameTo::Nothing);
                self.blocked[usize::from(ipv6)].store(blocked, Ordering::Relaxed);
            }
        }
        // A refusal comes from somewhere, so it leaves the question open.
        let nothing = attempts.iter().all(|attempt| attempt.came_to == CameTo::Nothing);
        let tested = attempts.first().filter(|_| nothing && !self.is_open_somewhere());
        *self.blocked_at.write().unwrap_or_else(PoisonError::into_inner) =
            tested.map(|attempt| attempt.host.clone());
    }
}

/// A connection attempt to port 25 of a host that is sure to answer there.
#[derive(Debug)]
struct Attempt {
    host: String,
    address: IpAddr,
    came_to: CameTo,
}

#[derive(Debug, PartialEq, Eq)]
enum CameTo {
    /// No answer in time, or no route.
    Nothing,
    /// Connected, refused, or something else that does not show a network that swallows the port.
    Something,
}

impl Native {
    /// Connects to port 25 of each of `hosts`, at one address of each family, to learn whether this network lets that
    /// out. Gives one line for each address, for people to read; what was learned is kept in [`Port25`].
    pub async fn check_port25(&self, hosts: &[String]) -> Vec<String> {
        let mut lines = Vec::new();
        let mut attempts = Vec::new();
        for host in hosts {
            let (v4, v6) = tokio::join!(
                self.attempt(host, Kind::A, "IPv4", &self.port25),
                self.attempt(host, Kind::Aaaa, "IPv6", &self.port25)
            );
            if v4.is_none() && v6.is_none() {
                lines.push(format!("{host} has no address that can be looked up"));
            }
            for (line, attempt) in [v4, v6].into_iter().flatten() {
                lines.push(line);
                attempts.extend(attempt);
            }
        }
        self.port25.learn(&attempts);
        lines
    }

    async fn attempt(
        &self,
        host: &str,
        kind: Kind,
        family: &str,
        known: &Port25,
    ) -> Option<(String, Option<Attempt>)> {
        let deadline = Instant::now() + self.timeout;
        let Lookup::Found { records, .. } = self.lookup(host, kind, deadline).await else { return None };
        let address = records.iter().find_map(|record| record.data.address())?;
        let target = match self.guard.target(address, 25) {
            Ok(target) => target,
            Err(class) => return Some((format!("{host} ({address}) is {class} and was not dialled"), None)),
        };
        let connected = timeout_at(deadline, TcpStream::connect(target.at)).await;
        let unproven = format!("port 25 over {family} is not proven open: {host} ({address})");
        // The zoo's silence stands in for a network that lets nothing out, so that this can be tried; its answer shows
        // nothing of the network.
        let (line, came_to) = match connected {
            Ok(Ok(_)) if !target.outside => (
                format!("{host} ({address}) is in the zoo or a lab, which proves nothing of the network"),
                CameTo::Something,
            ),
            Ok(Ok(_)) => {
                known.reached(address);
                (format!("port 25 is open over {family}: {host} ({address}) answers"), CameTo::Something)
            }
            Ok(Err(error)) => (format!("{unproven}: {error}"), came_to(&error)),
            Err(_) => (format!("{unproven} does not answer"), CameTo::Nothing),
        };
        Some((line, Some(Attempt { host: host.to_owned(), address, came_to })))
    }
}

fn came_to(error: &io::Error) -> CameTo {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::TimedOut
        | Kind::NetworkUnreachable
        | Kind::HostUnreachable
        | Kind::AddrNotAvailable
        | Kind::NetworkDown
        | Kind::PermissionDenied => CameTo::Nothing,
        _ => CameTo::Something,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(address: &str, came_to: CameTo) -> Attempt {
        Attempt { host: "mx.example".into(), address: address.parse().expect(address), came_to }
    }

    #[test]
    fn silence_means_blocked_only_where_every_attempt_met_it() {
        use CameTo::{Nothing, Something};
        let (v4, v6) = ("198.51.100.1", "2001:db8::1");
        let address: IpAddr = v4.parse().expect("an address");
        for (attempts, blocked, families) in [
            (vec![], false, [Reach::Unknown, Reach::Unknown]),
            (vec![attempt(v4, Nothing)], true, [Reach::Blocked, Reach::Unknown]),
            (vec![attempt(v4, Nothing), attempt(v6, Nothing)], true, [Reach::Blocked, Reach::Blocked]),
            (vec![attempt(v4, Nothing), attempt(v6, Something)], false, [Reach::Blocked, Reach::Unknown]),
            (vec![attempt(v4, Nothing), attempt(v4, Something)], false, [Reach::Unknown, Reach::Unknown]),
        ] {
            let port = Port25::default();
            port.learn(&attempts);
            assert_eq!([port.reach(false), port.reach(true)], families, "{attempts:?}");
            let expected = match blocked {
                true => Failure::PortBlocked { tested: "mx.example".into() },
                false => Failure::ConnectTimeout { proven: false },
            };
            assert_eq!(port.silence(address), expected, "{attempts:?}");
        }
    }

    #[test]
    fn a_host_that_is_reached_ends_the_doubt() {
        let port = Port25::default();
        let address: IpAddr = "198.51.100.1".parse().expect("an address");
        port.learn(&[attempt("198.51.100.2", CameTo::Nothing)]);
        port.reached(address);
        assert_eq!(port.silence(address), Failure::ConnectTimeout { proven: true });
        // The other family is still not proven, and nothing says any more that it is blocked.
        let other = "2001:db8::1".parse().expect("an address");
        assert_eq!(port.silence(other), Failure::ConnectTimeout { proven: false });
        // A check that fails soon after does not undo what was reached.
        port.learn(&[attempt("198.51.100.2", CameTo::Nothing)]);
        assert_eq!(port.reach(false), Reach::Open);
        assert_eq!(port.silence(other), Failure::ConnectTimeout { proven: false });
    }
}
