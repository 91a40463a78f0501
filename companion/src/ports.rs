//! The sockets DNS queries leave by. A query has a socket of its own while it is under way, from a port that the kernel chose at
//! random (RFC 5452 §4.5); afterwards the socket serves a few more, as opening one takes longer than asking.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::net::UdpSocket;

/// Most queries by one socket, and how long it is kept: a port must not be there long enough to be found out.
const QUERIES: u8 = 16;
const KEPT: Duration = Duration::from_secs(3);
/// Most sockets that are kept.
const MOST: usize = 64;

/// Sockets that wait for another query.
#[derive(Debug, Default)]
pub(crate) struct Ports {
    idle: Mutex<Vec<Port>>,
}

/// A socket connected to one server, so that nobody else's datagrams come in.
#[derive(Debug)]
pub(crate) struct Port {
    pub(crate) socket: UdpSocket,
    server: SocketAddr,
    opened: Instant,
    queries: u8,
}

impl Ports {
    /// A socket for a query to `server`, which is its caller's alone.
    ///
    /// # Errors
    /// None can be opened, or there is no way to the server.
    pub(crate) async fn take(&self, server: SocketAddr) -> io::Result<Port> {
        let kept = {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.retain(|port| port.opened.elapsed() < KEPT);
            let fits = idle.iter().position(|port| port.server == server);
            fits.map(|at| idle.swap_remove(at))
        };
        if let Some(port) = kept {
            return Ok(Port { queries: port.queries + 1, ..port });
        }
        let any: SocketAddr = if server.is_ipv4() {
            (Ipv4Addr::UNSPECIFIED, 0).into()
        } else {
            (Ipv6Addr::UNSPECIFIED, 0).into()
        };
        let socket = UdpSocket::bind(any).await?;
        socket.connect(server).await?;
        Ok(Port { socket, server, opened: Instant::now(), queries: 1 })
    }

    /// Takes back a socket whose query was answered. One that still waits for an answer is dropped instead.
    pub(crate) fn give_back(&self, port: Port) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if port.queries < QUERIES && idle.len() < MOST {
            idle.push(port);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_socket_serves_one_query_at_a_time_and_not_for_long() {
        let server = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let at = server.local_addr().expect("an address");
        let ports = Ports::default();
        let first = ports.take(at).await.expect("a socket");
        let second = ports.take(at).await.expect("a socket");
        let port = |port: &Port| port.socket.local_addr().expect("an address");
        assert_ne!(port(&first), port(&second), "both are under way");
        let known = port(&first);
        ports.give_back(first);
        drop(second);
        for _ in 1..QUERIES {
            let again = ports.take(at).await.expect("a socket");
            assert_eq!(port(&again), known);
            ports.give_back(again);
        }
        // The kernel may choose the same port, so it is the count that tells.
        assert_eq!(ports.take(at).await.expect("a socket").queries, 1);
    }

    #[tokio::test]
    async fn each_server_has_sockets_of_its_own() {
        let ports = Ports::default();
        let mut servers = Vec::new();
        for _ in 0..2 {
            let server = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
            let at = server.local_addr().expect("an address");
            let taken = ports.take(at).await.expect("a socket");
            assert_eq!((taken.socket.peer_addr().expect("a server"), taken.queries), (at, 1));
            ports.give_back(taken);
            servers.push(server);
        }
    }
}
