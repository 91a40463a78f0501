//! The native host: carries out the engine's steps with sockets of its own.

use std::io;
use std::net::IpAddr;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use mta_sts::dns::Kind;
use mta_sts::evidence::{Bytes, Evidence, Hello, HttpAnswer, Lookup};
use mta_sts::facts::looked_at;
use mta_sts::{Domain, Entry, Failure, Host, Outcome, Step, Witness};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use crate::guard::{Guard, Target};
use crate::http::Identity;
use crate::port25::Port25;
use crate::resolve::Resolver;
use crate::smtp::Probe;
use crate::tls::{Purpose, Tls};

/// Everything steps are carried out with.
pub struct Native {
    /// Asks DNS.
    pub resolver: Resolver,
    /// Makes TLS connections.
    pub tls: Tls,
    /// Which addresses may be dialled.
    pub guard: Guard,
    /// How long a step may take.
    pub timeout: Duration,
    /// The name we say EHLO with.
    pub ehlo_name: Option<String>,
    /// What is known of port 25.
    pub port25: Port25,
    /// Whether port 443 was reached by this process, over IPv4 and IPv6.
    pub reached_port_443: [AtomicBool; 2],
}

/// How long the fetch with a browser's User-Agent may take: it is made where the ordinary fetch failed, and all it may show is
/// that a browser gets its answer at once.
const AS_BROWSER: Duration = Duration::from_secs(10);
/// How long a further connection to a mail host may take: nobody's verdict waits for it.
const CLOSER: Duration = Duration::from_secs(10);

impl Native {
    /// Carries out a step and writes down what came of it.
    pub async fn perform(&self, step: Step, by: Witness) -> Entry {
        let begin = Instant::now();
        let deadline = begin + self.timeout;
        let mut via = None;
        let outcome = match &step {
            Step::Dns { name, rrtype, cd } => {
                via = Some(self.resolver.via(name));
                match self.resolver.ask(name, *rrtype, *cd, deadline).await {
                    Ok(message) => Outcome::Message(Bytes(message)),
                    Err(failure) => Outcome::Failed(failure),
                }
            }
            Step::Policy { domain } => fetched(self.fetch(domain, None, Identity::Own, deadline).await),
            Step::PolicyAddress { domain, address } => {
                fetched(self.fetch(domain, Some(*address), Identity::Own, deadline).await)
            }
            Step::PolicyAsBrowser { domain } => {
                let deadline = deadline.min(begin + AS_BROWSER);
                fetched(self.fetch(domain, None, Identity::Browser, deadline).await)
            }
            Step::Smtp { host, address, .. } => self.probe(Purpose::Smtp, host, *address, 25, deadline).await,
            Step::Tls { host, address, hello, .. } => {
                self.say_hello(*hello, host, *address, 25, deadline).await
            }
        };
        let took_ms = u32::try_from(begin.elapsed().as_millis()).unwrap_or(u32::MAX);
        Entry { step, by, via, took_ms, outcome }
    }

    /// What DNS says of a name, with every query that takes.
    pub async fn lookup(&self, name: &str, kind: Kind, deadline: Instant) -> Lookup {
        // The domain plays no part in a lookup; the evidence only needs to have one.
        let Ok(domain) = Domain::parse("lookup.invalid") else { unreachable!("it is a domain") };
        let mut evidence = Evidence::new(domain, 0);
        loop {
            let Lookup::Waiting(step) = evidence.lookup(name, kind) else {
                return evidence.lookup(name, kind);
            };
            let Step::Dns { name, rrtype, cd } = &step else { unreachable!("a lookup needs DNS only") };
            let outcome = match self.resolver.ask(name, *rrtype, *cd, deadline).await {
                Ok(message) => Outcome::Message(Bytes(message)),
                Err(failure) => Outcome::Failed(failure),
            };
            evidence.entries.push(Entry { step, by: Witness::Terminal, via: None, took_ms: 0, outcome });
        }
    }

    /// The addresses of a host that a check looks at, IPv6 first. One family is enough.
    ///
    /// # Errors
    /// There is none, or none can be looked up.
    pub async fn addresses(&self, host: &str, deadline: Instant) -> Result<Vec<IpAddr>, Failure> {
        let (addresses, failure) = self.addresses_so_far(host, deadline).await;
        if addresses.is_empty() { Err(failure.unwrap_or(Failure::NoAddress)) } else { Ok(addresses) }
    }

    /// The addresses of a host that a check looks at, IPv6 first; and where some may be missing, why.
    pub(crate) async fn addresses_so_far(
        &self,
        host: &str,
        deadline: Instant,
    ) -> (Vec<IpAddr>, Option<Failure>) {
        let lookups =
            tokio::join!(self.lookup(host, Kind::A, deadline), self.lookup(host, Kind::Aaaa, deadline));
        let mut families = [Vec::new(), Vec::new()];
        let mut failure = None;
        for (lookup, addresses) in [lookups.0, lookups.1].into_iter().zip(&mut families) {
            match lookup {
                Lookup::Found { records, .. } => {
                    addresses.extend(records.iter().filter_map(|record| record.data.address()));
                }
                Lookup::NoData { .. } | Lookup::Waiting(_) => {}
                Lookup::NxDomain { .. } => failure = failure.or(Some(Failure::NxDomain)),
                Lookup::Error(error) => failure = Some(Failure::Dns { rcode: error.rcode() }),
                Lookup::NotObserved(Failure::Timeout) => failure = Some(Failure::Dns { rcode: None }),
                Lookup::NotObserved(unreachable) => failure = Some(unreachable),
            }
        }
        let [v4, v6] = looked_at(families);
        (v6.into_iter().chain(v4).collect(), failure)
    }

    /// Probes one address of a mail host at `port`: all of a session, with the handshake for `purpose`.
    pub(crate) async fn probe(
        &self,
        purpose: Purpose,
        host: &Host,
        address: IpAddr,
        port: u16,
        deadline: Instant,
    ) -> Outcome {
        match self.connected(host, address, port, deadline).await {
            Ok((probe, stream)) => Outcome::Session(probe.run(purpose, stream).await),
            Err(failure) => Outcome::Failed(failure),
        }
    }

    /// Connects once more to an address whose probe gave its result, with another ClientHello.
    pub(crate) async fn say_hello(
        &self,
        hello: Hello,
        host: &Host,
        address: IpAddr,
        port: u16,
        deadline: Instant,
    ) -> Outcome {
        let deadline = deadline.min(Instant::now() + CLOSER);
        match hello {
            Hello::Nameless => self.probe(Purpose::Nameless, host, address, port, deadline).await,
            Hello::Tls12 => self.probe(Purpose::Tls12, host, address, port, deadline).await,
            Hello::Old => match self.connected(host, address, port, deadline).await {
                Ok((probe, stream)) => probe.ask_old_tls(stream).await,
                Err(failure) => Outcome::Failed(failure),
            },
        }
    }

    /// A connection to an address of a mail host, and what is to be done with it.
    async fn connected<'p>(
        &'p self,
        host: &'p Host,
        address: IpAddr,
        port: u16,
        deadline: Instant,
    ) -> Result<(Probe<'p>, TcpStream), Failure> {
        let target = self.guard.target(address, port);
        let target = target.map_err(|class| class.failure(address))?;
        let begun = Instant::now();
        let silence = || match port {
            25 => self.port25.silence(address),
            _ => Failure::ConnectTimeout { proven: false },
        };
        let stream = match timeout_at(deadline, TcpStream::connect(target.at)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                let proven = port == 25 && self.port25.is_proven(address);
                let failure = connect_failure(&error, proven);
                let silent = matches!(failure, Failure::ConnectTimeout { .. });
                return Err(if silent { silence() } else { failure });
            }
            Err(_) => return Err(silence()),
        };
        // Commands are short, and each waits for its reply. Without it they are only slower.
        stream.set_nodelay(true).ok();
        if let (Target { outside: true, .. }, 25) = (target, port) {
            self.port25.reached(address);
        }
        let ehlo_name = self.ehlo_name.as_deref();
        Ok((Probe { begun, host: host.as_str(), address, ehlo_name, tls: &self.tls, deadline }, stream))
    }
}

fn fetched(fetched: Result<HttpAnswer, Failure>) -> Outcome {
    match fetched {
        Ok(answer) => Outcome::Http(answer),
        Err(failure) => Outcome::Failed(failure),
    }
}

/// What an error of connect(2) means.
pub(crate) fn connect_failure(error: &io::Error, proven: bool) -> Failure {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::ConnectionRefused => Failure::Refused,
        Kind::ConnectionReset | Kind::ConnectionAborted => Failure::Closed,
        Kind::TimedOut => Failure::ConnectTimeout { proven },
        Kind::NetworkUnreachable
        | Kind::HostUnreachable
        | Kind::AddrNotAvailable
        | Kind::NetworkDown
        | Kind::PermissionDenied => Failure::NoRoute { proven },
        _ => Failure::Unreachable { detail: error.to_string() },
    }
}
