//! Ports that do not answer, each in its way.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// An address at which nothing listens, so that a connection is refused.
pub(crate) async fn closed_port() -> io::Result<SocketAddr> {
    // Bound and let go: the kernel does not give the port out again soon.
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?.local_addr()
}

/// An address that never answers a connection attempt: a listener whose queue is full and whom
/// nobody empties, so that the kernel drops further attempts. The future holds it open.
pub(crate) async fn full_port() -> io::Result<(SocketAddr, impl Future<Output = ()> + use<>)> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    let listener = socket.listen(1)?;
    let at = listener.local_addr()?;
    // More than fit: the last ones hang in their attempt, which is what is wanted.
    let fill = (0..4).map(|_| tokio::spawn(TcpStream::connect(at))).collect::<Vec<_>>();
    Ok((at, async move {
        let _held = (listener, fill);
        std::future::pending::<()>().await;
    }))
}

/// Runs `serve` for every connection.
pub(crate) async fn each_connection<F>(listener: TcpListener, serve: impl Fn(TcpStream) -> F)
where
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    while let Ok((stream, _)) = listener.accept().await {
        let connection = serve(stream);
        tokio::spawn(async move {
            // A client that goes away is no matter of ours.
            connection.await.ok();
        });
    }
}
