//! A stub resolver: the engine's DNS messages over UDP, TCP and DoH. It asks one recursive resolver
//! and hands over what that one said, octet by octet.

use std::cell::RefCell;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use mta_sts::Failure;
use mta_sts::dns::{Kind, Message, Name, Query};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket, lookup_host};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout, timeout_at};

use crate::http::{Connection, Identity};
use crate::ports::Ports;
use crate::tls::Tls;

/// Where queries go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Upstream {
    /// Servers to ask over UDP, and over TCP where the answer does not fit; the next where one fails.
    Dns(Vec<SocketAddr>),
    /// A DoH server (RFC 8484).
    Doh {
        /// Its host.
        host: String,
        /// Its port.
        port: u16,
        /// The path of its resource.
        path: String,
    },
}

impl Upstream {
    /// The servers of `/etc/resolv.conf`.
    ///
    /// # Errors
    /// A file that cannot be read, or that names no server.
    pub fn of_system() -> io::Result<Self> {
        let config = std::fs::read("/etc/resolv.conf")?;
        let config = resolv_conf::Config::parse(config).map_err(io::Error::other)?;
        let servers: Vec<SocketAddr> =
            config.nameservers.iter().map(|server| SocketAddr::new(server.into(), 53)).collect();
        if servers.is_empty() { Err(io::Error::other("it names no server")) } else { Ok(Self::Dns(servers)) }
    }
}

impl FromStr for Upstream {
    type Err = String;

    /// `IP`, `IP:PORT`, or `https://…/dns-query`.
    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(rest) = text.strip_prefix("https://") {
            let (authority, path) = match rest.find('/') {
                Some(at) => (&rest[..at], &rest[at..]),
                None => (rest, "/dns-query"),
            };
            let (host, port) = match authority.rsplit_once(':') {
                Some((host, port)) if !port.ends_with(']') => {
                    (host, port.parse().map_err(|_| format!("{port} is no port"))?)
                }
                _ => (authority, 443),
            };
            if host.is_empty() {
                return Err("the URL has no host".into());
            }
            return Ok(Self::Doh { host: host.into(), port, path: path.into() });
        }
        let bare = text.trim_start_matches('[').trim_end_matches(']');
        match (text.parse::<SocketAddr>(), bare.parse::<IpAddr>()) {
            (Ok(server), _) => Ok(Self::Dns(vec![server])),
            (_, Ok(address)) => Ok(Self::Dns(vec![SocketAddr::new(address, 53)])),
            _ => Err("write an IP address, an IP address and a port, or https://…/dns-query".into()),
        }
    }
}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(servers) => {
                let shown: Vec<String> = servers
                    .iter()
                    .map(
                        |server| {
                            if server.port() == 53 { server.ip().to_string() } else { server.to_string() }
                        },
                    )
                    .collect();
                f.write_str(&shown.join(", "))
            }
            Self::Doh { host, port: 443, path } => write!(f, "https://{host}{path}"),
            Self::Doh { host, port, path } => write!(f, "https://{host}:{port}{path}"),
        }
    }
}

/// Asks.
#[derive(Clone)]
pub struct Resolver {
    upstream: Upstream,
    /// The zoo's resolver, for the zoo's names.
    zoo: Option<SocketAddr>,
    tls: Tls,
    doh: Arc<Mutex<Option<Connection>>>,
    ports: Arc<Ports>,
}

/// How long each try over UDP waits for an answer; then the next server is asked.
const TRIES: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8)];
/// All names of the zoo end with this.
const ZOO: &str = ".zoo.test";

impl Resolver {
    /// Asks `upstream`; names of the zoo are asked at `zoo`.
    #[must_use]
    pub fn new(upstream: Upstream, zoo: Option<SocketAddr>, tls: Tls) -> Self {
        Self { upstream, zoo, tls, doh: Arc::default(), ports: Arc::default() }
    }

    /// What is asked for a name, for people to read.
    #[must_use]
    pub fn via(&self, name: &str) -> String {
        if self.is_zoo(name) { "the zoo".into() } else { self.upstream.to_string() }
    }

    fn is_zoo(&self, name: &str) -> bool {
        self.zoo.is_some() && name.trim_end_matches('.').to_ascii_lowercase().ends_with(ZOO)
    }

    /// The answer to one query, as received.
    ///
    /// # Errors
    /// No answer in time, or no resolver to ask.
    pub async fn ask(&self, name: &str, kind: Kind, cd: bool, deadline: Instant) -> Result<Vec<u8>, Failure> {
        let name_given = name;
        let Ok(name) = Name::parse(name) else {
            return Err(Failure::Malformed { detail: format!("{name} is not a domain name") });
        };
        match (&self.upstream, self.zoo) {
            (_, Some(zoo)) if self.is_zoo(name_given) => {
                ask_servers(&self.ports, &[zoo], name, kind, cd, deadline).await
            }
            (Upstream::Dns(servers), _) => ask_servers(&self.ports, servers, name, kind, cd, deadline).await,
            (Upstream::Doh { host, port, path }, _) => {
                let query = Query { id: 0, name, kind, cd };
                let answer = timeout_at(deadline, self.ask_doh(host, *port, path, &query)).await;
                answer.unwrap_or(Err(Failure::Timeout))
            }
        }
    }

    async fn ask_doh(&self, host: &str, port: u16, path: &str, query: &Query) -> Result<Vec<u8>, Failure> {
        let unreachable = |detail: String| Failure::Unreachable { detail };
        let joint = if path.contains('?') { '&' } else { '?' };
        let path = format!("{path}{joint}dns={}", BASE64_URL_SAFE_NO_PAD.encode(query.encode()));
        let mut shared = self.doh.lock().await;
        if !shared.as_ref().is_some_and(Connection::is_open) {
            // On the heap: it happens once, and every future that asks would have room for it.
            *shared = Some(Box::pin(self.open_doh(host, port)).await.map_err(unreachable)?);
        }
        let authority = if port == 443 { host.to_owned() } else { format!("{host}:{port}") };
        let asked = match shared.as_mut() {
            // Over HTTP/2 the lock is let go, so that queries do not wait for each other.
            Some(Connection::Http2(sender, _)) => {
                let mut connection = Connection::Http2(sender.clone(), tokio::task::JoinSet::new());
                drop(shared);
                connection.get(Identity::Own, &authority, &path, MESSAGE, MAX_MESSAGE).await
            }
            Some(connection) => connection.get(Identity::Own, &authority, &path, MESSAGE, MAX_MESSAGE).await,
            None => return Err(unreachable("no connection".into())),
        };
        let answer = asked.map_err(|error| unreachable(format!("{error:?}")))?;
        if answer.status != 200 {
            return Err(unreachable(format!("HTTP status {}", answer.status.as_u16())));
        }
        let message =
            Message::parse(&answer.body).map_err(|error| Failure::Malformed { detail: error.to_string() })?;
        if query.is_answered_by(&message) {
            Ok(answer.body)
        } else {
            Err(Failure::Malformed { detail: "the answer is to another question".into() })
        }
    }

    async fn open_doh(&self, host: &str, port: u16) -> Result<Connection, String> {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let addresses = lookup_host((bare, port)).await.map_err(|error| error.to_string())?;
        let mut last = "it has no address".to_owned();
        for address in addresses {
            match TcpStream::connect(address).await {
                Ok(stream) => {
                    let stream = self.tls.connect_verified(bare, stream).await?;
                    return Connection::open(stream).await.map_err(|error| format!("{error:?}"));
                }
                Err(error) => last = error.to_string(),
            }
        }
        Err(last)
    }
}

const MESSAGE: &str = "application/dns-message";
const MAX_MESSAGE: usize = 65_535;

async fn ask_servers(
    ports: &Ports,
    servers: &[SocketAddr],
    name: Name,
    kind: Kind,
    cd: bool,
    deadline: Instant,
) -> Result<Vec<u8>, Failure> {
    let mut declined = None;
    let mut refused = None;
    let mut silent = false;
    for (wait, server) in TRIES.iter().zip(servers.iter().cycle()) {
        let until = deadline.min(Instant::now() + *wait);
        let query = Query { id: random_id(), name: name.clone(), kind, cd };
        match timeout_at(until, ask_udp(ports, *server, &query)).await {
            Ok(Ok((answer, Next::Done))) => return Ok(answer),
            Ok(Ok((answer, Next::OtherServer))) => {
                // One that declined does so again.
                if servers.len() == 1 || declined.is_some() {
                    return Ok(answer);
                }
                declined = Some(answer);
            }
            Ok(Ok((_, Next::Tcp))) => match timeout_at(deadline, ask_tcp(*server, &query)).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) => refused = Some(format!("over TCP: {error}")),
                Err(_) => silent = true,
            },
            Ok(Err(error)) => refused = Some(error.to_string()),
            Err(_) => silent = true,
        }
        if Instant::now() >= deadline {
            break;
        }
    }
    match (declined, refused) {
        (Some(answer), _) => Ok(answer),
        (None, Some(detail)) if !silent => Err(Failure::Unreachable { detail }),
        _ => Err(Failure::Timeout),
    }
}

/// An id nobody can guess, as the answer is trusted for repeating it (RFC 5452).
fn random_id() -> u16 {
    let mut id = [0; 2];
    // An id that is not random only makes guessing easier; the port is random, too.
    aws_lc_rs::rand::fill(&mut id).ok();
    u16::from_be_bytes(id)
}

/// What an answer over UDP leaves to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// Nothing.
    Done,
    /// To ask over TCP, as it did not fit.
    Tcp,
    /// To ask another server, as this one does not serve us.
    OtherServer,
}

impl Next {
    const fn behind(message: &Message) -> Self {
        match message.rcode {
            // NOTIMP, REFUSED
            4 | 5 => Self::OtherServer,
            _ if message.truncated => Self::Tcp,
            _ => Self::Done,
        }
    }
}

/// The answer over UDP, and what it leaves to be done.
async fn ask_udp(ports: &Ports, server: SocketAddr, query: &Query) -> io::Result<(Vec<u8>, Next)> {
    let port = ports.take(server).await?;
    port.socket.send(&query.encode()).await?;
    let (received, next) = loop {
        let received = receive(&port.socket).await?;
        // What cannot be read may come from anybody, and so may what answers another question: go on waiting.
        let Ok(message) = Message::parse(&received) else { continue };
        // A server that cannot read the query may not repeat it.
        let unread = message.id == query.id && message.question.is_none() && message.rcode != 0;
        if unread || query.is_answered_by(&message) {
            let next = Next::behind(&message);
            break (received, next);
        }
    };
    ports.give_back(port);
    Ok((received, next))
}

/// The next datagram. Room for the largest there may be is made once for each thread: made for each answer, it costs as much as
/// reading it.
async fn receive(socket: &UdpSocket) -> io::Result<Vec<u8>> {
    thread_local! {
        static ROOM: RefCell<Vec<u8>> = RefCell::new(vec![0; MAX_MESSAGE]);
    }
    loop {
        socket.readable().await?;
        let received = ROOM.with_borrow_mut(|room| {
            let length = socket.try_recv(room)?;
            Ok::<_, io::Error>(room.get(..length).map(<[u8]>::to_vec).unwrap_or_default())
        });
        match received {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            received => return received,
        }
    }
}

async fn ask_tcp(server: SocketAddr, query: &Query) -> io::Result<Vec<u8>> {
    let mut stream = timeout(Duration::from_secs(10), TcpStream::connect(server)).await??;
    let wire = query.encode();
    let length = u16::try_from(wire.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes(), wire.as_slice()].concat()).await?;
    let length = stream.read_u16().await?;
    let mut answer = vec![0; usize::from(length)];
    stream.read_exact(&mut answer).await?;
    match Message::parse(&answer) {
        Ok(message) if query.is_answered_by(&message) => Ok(answer),
        Ok(_) => Err(io::Error::other("the answer is to another question")),
        Err(_) => Ok(answer), // handed over, so that it is told apart from no answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolvers_are_written_as_addresses_or_urls() {
        for (text, shown) in [
            ("192.0.2.53", "192.0.2.53"),
            ("192.0.2.53:5353", "192.0.2.53:5353"),
            ("2001:db8::53", "2001:db8::53"),
            ("[2001:db8::53]", "2001:db8::53"),
            ("[2001:db8::53]:5353", "[2001:db8::53]:5353"),
            ("https://dns.example/dns-query", "https://dns.example/dns-query"),
            ("https://dns.example", "https://dns.example/dns-query"),
            ("https://dns.example:8443/q", "https://dns.example:8443/q"),
            ("https://[2001:db8::1]/dns-query", "https://[2001:db8::1]/dns-query"),
        ] {
            assert_eq!(
                text.parse::<Upstream>().map(|upstream| upstream.to_string()),
                Ok(shown.into()),
                "{text}"
            );
        }
        for text in
            ["", "dns.example", "http://dns.example/dns-query", "https://", "1.1.1.1:x", "https://a:x/"]
        {
            assert!(text.parse::<Upstream>().is_err(), "{text}");
        }
    }
}
