//! Servers that are far away: what they are sent, and what they send, takes its time on the way.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

/// Where `at` is reached with `one_way` between, over TCP. The connection itself stands at once: that is the kernel's.
pub(crate) async fn tcp(
    at: SocketAddr,
    one_way: Duration,
    tasks: &mut JoinSet<()>,
) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let near = listener.local_addr()?;
    tasks.spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((client, _)) = listener.accept().await {
            connections.spawn(async move {
                // Where the server cannot be reached the client sees its end of the connection close.
                if let Ok(server) = TcpStream::connect(at).await {
                    let (from_client, to_client) = client.into_split();
                    let (from_server, to_server) = server.into_split();
                    tokio::join!(
                        carry(from_client, to_server, one_way),
                        carry(from_server, to_client, one_way)
                    );
                }
            });
        }
    });
    Ok(near)
}

/// Carries octets, each `late`, in order.
async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, late: Duration) {
    let (sender, mut receiver) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let reading = async move {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(length @ 1..) = from.read(&mut buffer).await {
            let octets = buffer.get(..length).unwrap_or_default().to_vec();
            if sender.send((Instant::now() + late, octets)).is_err() {
                return;
            }
        }
    };
    let writing = async move {
        while let Some((due, octets)) = receiver.recv().await {
            sleep_until(due).await;
            if to.write_all(&octets).await.is_err() {
                return;
            }
        }
    };
    tokio::join!(reading, writing);
}

/// Where the resolver `at` is reached with `one_way` between, over UDP.
pub(crate) async fn udp(
    at: SocketAddr,
    one_way: Duration,
    tasks: &mut JoinSet<()>,
) -> io::Result<SocketAddr> {
    let socket = std::sync::Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?);
    let near = socket.local_addr()?;
    tasks.spawn(async move {
        let mut queries = JoinSet::new();
        let mut buffer = vec![0; 1500];
        while let Ok((length, client)) = socket.recv_from(&mut buffer).await {
            let (query, socket) = (buffer.get(..length).unwrap_or_default().to_vec(), socket.clone());
            // A query that is lost is asked again.
            queries.spawn(async move { ask(&socket, client, at, &query, one_way).await.ok() });
        }
    });
    Ok(near)
}

async fn ask(
    near: &UdpSocket,
    client: SocketAddr,
    at: SocketAddr,
    query: &[u8],
    one_way: Duration,
) -> io::Result<()> {
    sleep(one_way).await;
    let far = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    far.send_to(query, at).await?;
    let mut answer = vec![0; 65_535];
    let length = far.recv(&mut answer).await?;
    sleep(one_way).await;
    near.send_to(answer.get(..length).unwrap_or_default(), client).await.map(|_| ())
}
