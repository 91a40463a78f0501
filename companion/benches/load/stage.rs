//! A resolver and mail servers of our own: many domains, each with twenty hosts, at addresses of loopback. What stands at
//! an address is seen in its second octet.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;

/// Hosts of each domain.
pub(crate) const HOSTS: u8 = 20;
/// The second octet of addresses at which nobody ever says a word.
const SILENT: u8 = 10;
/// And of those at which a server greets, and has no STARTTLS.
const FAST: u8 = 20;

/// The resolver's address, for as long as this is held.
pub(crate) struct Stage {
    pub(crate) resolver: SocketAddr,
    _tasks: JoinSet<()>,
}

/// The domain with that number, and one host of it with its address.
pub(crate) fn silent(domain: u8, host: u8) -> (String, String, Ipv4Addr) {
    names("silent", domain, host)
}

/// The same, at servers that answer at once.
pub(crate) fn fast(domain: u8, host: u8) -> (String, String, Ipv4Addr) {
    names("fast", domain, host)
}

fn names(kind: &str, domain: u8, host: u8) -> (String, String, Ipv4Addr) {
    let second = if kind == "fast" { FAST } else { SILENT };
    let name = format!("{kind}{domain}.load.test");
    (name.clone(), format!("mx{host}.{name}"), Ipv4Addr::new(127, second, domain, host + 1))
}

impl Stage {
    /// Opens it: port 25 of every address of loopback, for which leave is needed, and a port for DNS.
    pub(crate) async fn open() -> Result<Self, String> {
        let mail = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 25)).await.map_err(|error| {
            format!("port 25 cannot be bound here, which the stage is for: {error}; run it as root")
        })?;
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(|error| error.to_string())?;
        let resolver = socket.local_addr().map_err(|error| error.to_string())?;
        let mut tasks = JoinSet::new();
        tasks.spawn(resolve(socket));
        tasks.spawn(take_mail(mail));
        Ok(Self { resolver, _tasks: tasks })
    }
}

async fn take_mail(listener: TcpListener) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        // One that cannot be taken shows as a probe that fails.
        if let Ok((stream, _)) = listener.accept().await {
            connections.spawn(async move { talk(stream).await.unwrap_or_default() });
        }
    }
}

async fn talk(stream: TcpStream) -> io::Result<()> {
    let is_fast = matches!(stream.local_addr()?.ip().to_canonical(),
        IpAddr::V4(address) if address.octets()[1] == FAST);
    let mut stream = BufReader::new(stream);
    if is_fast {
        stream.write_all(b"220 fast ESMTP\r\n").await?;
    }
    let mut line = String::new();
    while stream.read_line(&mut line).await? > 0 {
        if is_fast {
            stream.write_all(b"250 fast\r\n").await?;
        }
        line.clear();
    }
    Ok(())
}

async fn resolve(socket: UdpSocket) {
    let mut query = [0; 1500];
    while let Ok((length, from)) = socket.recv_from(&mut query).await {
        if let Some(answer) = query.get(..length).and_then(answer) {
            // A query without an answer is asked again.
            socket.send_to(&answer, from).await.ok();
        }
    }
}

/// The answer to a query (RFC 1035 §4): the hosts of a domain, the address of a host, and nothing else.
fn answer(query: &[u8]) -> Option<Vec<u8>> {
    let mut labels = Vec::new();
    let mut at = 12;
    loop {
        let length = usize::from(*query.get(at)?);
        if length == 0 {
            break;
        }
        labels.push(String::from_utf8(query.get(at + 1..at + 1 + length)?.to_ascii_lowercase()).ok()?);
        at += 1 + length;
    }
    let question = query.get(12..at + 5)?;
    let kind = u16::from_be_bytes([*query.get(at + 1)?, *query.get(at + 2)?]);
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let mut records: Vec<Vec<u8>> = Vec::new();
    match (labels.as_slice(), kind) {
        ([domain, "load", "test"], 15) => {
            for host in 0..HOSTS {
                let mut data = vec![0, host];
                for label in [format!("mx{host}").as_str(), domain, "load", "test"] {
                    data.push(u8::try_from(label.len()).ok()?);
                    data.extend(label.as_bytes());
                }
                data.push(0);
                records.push(data);
            }
        }
        ([host, domain, "load", "test"], 1) => {
            let host: u8 = host.strip_prefix("mx")?.parse().ok()?;
            let kind = if domain.starts_with("fast") { "fast" } else { "silent" };
            let number: u8 = domain.strip_prefix(kind)?.parse().ok()?;
            records.push(names(kind, number, host).2.octets().to_vec());
        }
        _ => {}
    }
    let count = u8::try_from(records.len()).ok()?;
    let mut message = query.get(..2)?.to_vec();
    message.extend([0x81, 0x80, 0, 1, 0, count, 0, 0, 0, 0]);
    message.extend(question);
    for data in records {
        message.extend([0xc0, 12]);
        message.extend(kind.to_be_bytes());
        message.extend([0, 1, 0, 0, 1, 44]);
        message.extend(u16::try_from(data.len()).ok()?.to_be_bytes());
        message.extend(data);
    }
    Some(message)
}
