//! Requests, one on a connection.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longer than any answer may take.
const PATIENCE: Duration = Duration::from_secs(180);

/// The status and the body of the answer, as a client at `client` gets it through a proxy.
pub(crate) async fn get(at: SocketAddr, path: &str, client: &str) -> Result<(u16, String), String> {
    let asking = async {
        let mut stream = TcpStream::connect(at).await?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Forwarded-For: {client}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        std::io::Result::Ok(answer)
    };
    let answer = timeout(PATIENCE, asking).await.map_err(|_| "no answer".to_owned())?;
    let answer = answer.map_err(|error| error.to_string())?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no head")?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or("no status")?;
    Ok((status, body.to_owned()))
}

/// A client that sends half a head and then waits; how long until it is shown the door.
pub(crate) async fn dawdle(at: SocketAddr) -> Result<Duration, String> {
    let begun = std::time::Instant::now();
    let dawdling = async {
        let mut stream = TcpStream::connect(at).await?;
        stream.write_all(b"GET /v1/policy?domain=").await?;
        let mut answer = Vec::new();
        // Reset or closed, both end it.
        stream.read_to_end(&mut answer).await.ok();
        std::io::Result::Ok(())
    };
    let dawdled =
        timeout(PATIENCE, dawdling).await.map_err(|_| "a slow client is kept for ever".to_owned())?;
    dawdled.map(|()| begun.elapsed()).map_err(|error| error.to_string())
}
