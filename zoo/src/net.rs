//! Ports that do not answer, each in its way.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// An address at which nothing listens, so that a connection is refused. The future keeps the port
/// bound, so that it is given to nobody else.
pub(crate) fn closed_port() -> io::Result<(SocketAddr, impl Future<Output = ()> + use<>)> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    Ok((socket.local_addr()?, holding(socket)))
}

async fn holding<T>(_held: T) {
    std::future::pending::<()>().await;
}

/// An address that never answers a connection attempt: a listener whose queue is full and whom
/// nobody empties, so that the kernel drops further attempts. The future holds it open.
pub(crate) fn full_port() -> io::Result<(SocketAddr, impl Future<Output = ()> + use<>)> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    let listener = socket.listen(1)?;
    let at = listener.local_addr()?;
    // More than fit: the last ones hang in their attempt, which is what is wanted.
    let fill = (0..4).map(|_| tokio::spawn(TcpStream::connect(at))).collect::<Vec<_>>();
    Ok((at, holding((listener, fill))))
}

/// Runs `serve` for every connection.
pub(crate) async fn each_connection<F>(listener: TcpListener, serve: impl Fn(TcpStream) -> F)
where
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    while let Ok((stream, _)) = listener.accept().await {
        // As mail servers have it. Without it a check only takes longer.
        stream.set_nodelay(true).ok();
        let connection = serve(stream);
        tokio::spawn(async move {
            // A client that goes away is no matter of ours.
            connection.await.ok();
        });
    }
}
