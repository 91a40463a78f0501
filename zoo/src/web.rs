//! Policy hosts, good and broken. Responses are written byte by byte, as no library sends what is
//! wrong here.

use std::io::{self, Write};
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::net::each_connection;
use crate::pki::Cert;

/// What the policy host of a domain does. In bodies, `{d}` stands for the domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Web {
    /// Does not exist.
    Nowhere,
    /// Refuses the connection.
    Refuses,
    /// Accepts, and answers TLS with something that is none.
    NoTls,
    /// Answers over TLS with that certificate.
    Serves(Cert, Answer),
}

/// What it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// 200, text/plain, that body.
    Policy(&'static str),
    /// 200, that media type, that body.
    Typed(&'static str, &'static str),
    /// That status, with an HTML page.
    Status(&'static str),
    /// A redirect to that address.
    Redirect(&'static str),
    /// 200, compressed though nobody asked.
    Gzip(&'static str),
    /// 200, and a body without end.
    Endless,
    /// 200, and a body that ends before its `Content-Length`.
    Truncated(&'static str),
    /// Nothing, ever.
    Silent,
}

impl Web {
    pub(crate) const fn cert(self) -> Cert {
        match self {
            Self::Serves(cert, _) => cert,
            _ => Cert::Good,
        }
    }
}

pub(crate) async fn serve(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    web: Web,
    domain: String,
    cors: bool,
) {
    let domain: Arc<str> = domain.into();
    each_connection(listener, |stream| {
        let (acceptor, domain) = (acceptor.clone(), Arc::clone(&domain));
        async move {
            match web {
                Web::Serves(_, answer) => {
                    let stream = acceptor.accept(stream).await?;
                    respond(stream, answer, &domain, cors).await
                }
                _ => no_tls(stream).await,
            }
        }
    })
    .await;
}

async fn no_tls(mut stream: TcpStream) -> io::Result<()> {
    let mut hello = [0; 512];
    if stream.read(&mut hello).await? > 0 {
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n").await?;
    }
    stream.shutdown().await
}

async fn respond(
    mut stream: TlsStream<TcpStream>,
    answer: Answer,
    domain: &str,
    cors: bool,
) -> io::Result<()> {
    let mut request: Vec<u8> = Vec::new();
    let mut buffer = [0; 1024];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") && request.len() < 16_384 {
        match stream.read(&mut buffer).await? {
            0 => return Ok(()),
            read => request.extend(&buffer[..read]),
        }
    }
    let fill = |body: &str| body.replace("{d}", domain);
    let (status, fields, body) = match answer {
        Answer::Policy(body) => {
            ("200 OK", "Content-Type: text/plain\r\n".to_owned(), fill(body).into_bytes())
        }
        Answer::Typed(media_type, body) => {
            ("200 OK", format!("Content-Type: {media_type}\r\n"), fill(body).into_bytes())
        }
        Answer::Status(status) => {
            let page = format!("<!doctype html><title>{status}</title><h1>{status}</h1>\n");
            (status, "Content-Type: text/html\r\n".to_owned(), page.into_bytes())
        }
        Answer::Redirect(target) => {
            ("301 Moved Permanently", format!("Location: {}\r\n", fill(target)), Vec::new())
        }
        Answer::Gzip(body) => {
            let fields = "Content-Type: text/plain\r\nContent-Encoding: gzip\r\n".to_owned();
            ("200 OK", fields, gzip(fill(body).as_bytes())?)
        }
        Answer::Truncated(body) => {
            let (length, body) = (fill(body).len() + 100, fill(body));
            let head = head("200 OK", "Content-Type: text/plain\r\n", length, cors);
            stream.write_all((head + &body).as_bytes()).await?;
            return stream.shutdown().await;
        }
        Answer::Endless => {
            let head = head("200 OK", "Content-Type: text/plain\r\n", 1 << 40, cors);
            stream.write_all(head.as_bytes()).await?;
            loop {
                stream.write_all(b"note: and so on and so on\n").await?;
            }
        }
        Answer::Silent => {
            while stream.read(&mut buffer).await? > 0 {}
            return Ok(());
        }
    };
    stream.write_all(head(status, &fields, body.len(), cors).as_bytes()).await?;
    stream.write_all(&body).await?;
    stream.shutdown().await
}

fn head(status: &str, fields: &str, length: usize, cors: bool) -> String {
    let cors = if cors { "Access-Control-Allow-Origin: *\r\n" } else { "" };
    format!("HTTP/1.1 {status}\r\n{fields}Content-Length: {length}\r\n{cors}Connection: close\r\n\r\n")
}

fn gzip(body: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body)?;
    encoder.finish()
}
