//! The native host: carries out the engine's steps with sockets of its own.

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, LOCATION};
use mta_sts::dns::Kind;
use mta_sts::evidence::{Bytes, Evidence, Hello, HttpAnswer, Lookup};
use mta_sts::policy::MAX_BODY;
use mta_sts::{Domain, Entry, Failure, Host, Outcome, Step, Witness};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};

use crate::guard::{Guard, Target};
use crate::http::{Connection, HttpError};
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
}

/// How long one address of a policy host is tried before the next is tried beside it (RFC 8305 §5).
const NEXT_ADDRESS: Duration = Duration::from_millis(250);

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
            Step::Policy { domain } => match self.fetch(domain, deadline).await {
                Ok(answer) => Outcome::Http(answer),
                Err(failure) => Outcome::Failed(failure),
            },
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

    /// The addresses of a host, IPv6 first.
    pub(crate) async fn addresses(&self, host: &str, deadline: Instant) -> Result<Vec<IpAddr>, Failure> {
        let (v6, v4) =
            tokio::join!(self.lookup(host, Kind::Aaaa, deadline), self.lookup(host, Kind::A, deadline));
        let mut addresses = Vec::new();
        let mut failure = Failure::NoAddress;
        for lookup in [v6, v4] {
            match lookup {
                Lookup::Found { records, .. } => {
                    addresses.extend(records.iter().filter_map(|record| record.data.address()));
                }
                Lookup::NoData { .. } | Lookup::Waiting(_) => {}
                Lookup::NxDomain { .. } if failure == Failure::NoAddress => failure = Failure::NxDomain,
                Lookup::NxDomain { .. } => {}
                Lookup::Error(error) => failure = Failure::Dns { rcode: error.rcode() },
                Lookup::NotObserved(Failure::Timeout) => failure = Failure::Dns { rcode: None },
                Lookup::NotObserved(unreachable) => failure = unreachable,
            }
        }
        if addresses.is_empty() { Err(failure) } else { Ok(addresses) }
    }

    /// Fetches the policy body (RFC 8461 §3.3).
    async fn fetch(&self, domain: &Domain, deadline: Instant) -> Result<HttpAnswer, Failure> {
        let host = domain.policy_host();
        let addresses = self.addresses(&host, deadline).await?;
        let (stream, address) = self.connect_any(&addresses, deadline).await?;
        let connecting = self.tls.connect(Purpose::Https, &host, address, stream);
        let (stream, tls) = match timeout_at(deadline, connecting).await {
            Ok(Ok(connected)) => connected,
            Ok(Err(error)) => return Err(Failure::Tls { detail: error.detail }),
            Err(_) => return Err(Failure::Timeout),
        };
        if !tls.faults.is_empty() {
            return Err(Failure::Certificate { tls });
        }
        let asking = async {
            let mut connection = Connection::open(stream).await?;
            connection.get(&host, "/.well-known/mta-sts.txt", "text/plain, */*;q=0.1", MAX_BODY).await
        };
        let answer = match timeout_at(deadline, asking).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(HttpError::TooLarge)) => return Err(Failure::TooLarge),
            Ok(Err(HttpError::Closed)) => return Err(Failure::Closed),
            Ok(Err(HttpError::Malformed(detail))) => return Err(Failure::Malformed { detail }),
            Err(_) => return Err(Failure::Timeout),
        };
        Ok(HttpAnswer {
            status: answer.status.as_u16(),
            content_type: answer.header(CONTENT_TYPE),
            content_encoding: answer.header(CONTENT_ENCODING),
            location: answer.header(LOCATION),
            body: Bytes(answer.body),
            address: Some(address),
            tls: Some(tls),
        })
    }

    /// Connects to port 443 of the first address that answers, the next one tried a moment after the
    /// last (RFC 8305).
    async fn connect_any(
        &self,
        addresses: &[IpAddr],
        deadline: Instant,
    ) -> Result<(TcpStream, IpAddr), Failure> {
        let mut targets = Vec::new();
        let mut failure = None;
        for address in addresses {
            match self.guard.target(*address, 443) {
                Ok(target) => targets.push((target, *address)),
                Err(class) => {
                    failure.get_or_insert(class.failure(*address));
                }
            }
        }
        let mut tries = JoinSet::new();
        for (turn, (target, address)) in (0..).zip(targets) {
            tries.spawn(async move {
                sleep(NEXT_ADDRESS * turn).await;
                (timeout_at(deadline, TcpStream::connect(target.at)).await, address)
            });
        }
        while let Some(tried) = tries.join_next().await {
            let Ok((connected, address)) = tried else { continue };
            let this = match connected {
                Ok(Ok(stream)) => return Ok((stream, address)),
                Ok(Err(error)) => connect_failure(&error, false),
                Err(_) => Failure::ConnectTimeout { proven: false },
            };
            // A refusal says more than silence, and silence more than having no route.
            let weight = |failure: &Failure| match failure {
                Failure::Refused | Failure::Closed => 3,
                Failure::ConnectTimeout { .. } => 2,
                Failure::NoRoute { .. } => 1,
                _ => 0,
            };
            if failure.as_ref().is_none_or(|known| weight(known) < weight(&this)) {
                failure = Some(this);
            }
        }
        Err(failure.unwrap_or(Failure::NoAddress))
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
        // Reaching the zoo proves nothing of the network this machine is in.
        if let (Target { in_zoo: false, .. }, 25) = (target, port) {
            self.port25.reached(address);
        }
        let ehlo_name = self.ehlo_name.as_deref();
        Ok((Probe { begun, host: host.as_str(), address, ehlo_name, tls: &self.tls, deadline }, stream))
    }
}

/// What an error of connect(2) means.
fn connect_failure(error: &io::Error, proven: bool) -> Failure {
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
