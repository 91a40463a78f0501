//! Policy hosts, good and broken. Responses are written byte by byte, as no library sends what is
//! wrong here.

use std::io::{self, Write};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::Full;
use hyper::Response;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
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
    /// Answers over TLS with that certificate, in HTTP/1.1.
    Serves(Cert, Answer),
    /// Answers with that policy, in HTTP/2 alone.
    ServesHttp2(&'static str),
    /// Answers in HTTP/1.1, and agrees on no protocol in TLS (RFC 7301).
    ServesWithoutAlpn(Answer),
    /// Does not answer a connection attempt.
    NeverConnects,
    /// Has an address that nobody may dial.
    Elsewhere(IpAddr),
}

/// One more address of a policy host, and what answers there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Also {
    /// Over IPv4.
    V4(Web),
    /// Over IPv6.
    V6(Web),
}

/// A policy host that is an alias, as hosting services ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Alias {
    /// The name it leads to.
    pub(crate) target: &'static str,
    /// Whether the certificate names that one instead of the policy host.
    pub(crate) own_certificate: bool,
}

/// What becomes of a client that the server does not like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Denial {
    /// It gets that status.
    Status(&'static str),
    /// The connection is reset.
    Reset,
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
    /// That status, with a page that never ends.
    EndlessStatus(&'static str),
    /// That status, and nothing of the page it announces.
    SilentStatus(&'static str),
    /// A redirect to that address, with a page of 100 KiB.
    Redirect(&'static str),
    /// 200, compressed though nobody asked.
    Gzip(&'static str),
    /// 200, and that policy, in chunks.
    Chunked(&'static str),
    /// 200, and that policy, byte by byte.
    ByteWise(&'static str),
    /// 200, and that policy, byte by byte, with so much time in between.
    Drips(Duration, &'static str),
    /// 200, and that policy, after so much time.
    After(Duration, &'static str),
    /// 200, and that policy, in HTTP/1.0: its end is that of the connection.
    Http10(&'static str),
    /// That status, with that body as plain text.
    StatusWith(&'static str, &'static str),
    /// 200, and that policy with an extension that makes it as many octets long.
    Padded(&'static str, usize),
    /// 200, and a body without end.
    Endless,
    /// 200, and a body that ends before its `Content-Length`.
    Truncated(&'static str),
    /// Nothing, ever.
    Silent,
    /// 200 and that policy to what calls itself Firefox. The browser of the page tests is another one, so it sees what a
    /// sender sees.
    FirefoxAlone(&'static str, Denial),
}

impl Web {
    pub(crate) const fn cert(self) -> Cert {
        match self {
            Self::Serves(cert, _) => cert,
            _ => Cert::Good,
        }
    }

    /// What is agreed on in TLS.
    pub(crate) const fn protocols(self) -> &'static [&'static [u8]] {
        match self {
            Self::ServesHttp2(_) => &[b"h2"],
            Self::ServesWithoutAlpn(_) => &[],
            _ => &[b"http/1.1"],
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
                Web::Serves(_, answer) | Web::ServesWithoutAlpn(answer) => {
                    let stream = acceptor.accept(stream).await?;
                    respond(stream, answer, &domain, cors).await
                }
                Web::ServesHttp2(body) => {
                    let stream = acceptor.accept(stream).await?;
                    respond_http2(stream, body.replace("{d}", &domain), cors).await
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

async fn respond_http2(stream: TlsStream<TcpStream>, body: String, cors: bool) -> io::Result<()> {
    let service = service_fn(|_| {
        let mut response = Response::builder().header("content-type", "text/plain");
        if cors {
            response = response.header("access-control-allow-origin", "*");
        }
        let response = response.body(Full::new(Bytes::from(body.clone())));
        async { response }
    });
    let mut server = http2::Builder::new(TokioExecutor::new());
    // The same answer is the same evidence.
    server.auto_date_header(false);
    server.serve_connection(TokioIo::new(stream), service).await.map_err(io::Error::other)
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
    let liked = String::from_utf8_lossy(&request).contains("Firefox/");
    let answer = match answer {
        Answer::FirefoxAlone(body, _) if liked => Answer::Policy(body),
        Answer::FirefoxAlone(_, Denial::Status(status)) => Answer::Status(status),
        Answer::FirefoxAlone(_, Denial::Reset) => return stream.get_ref().0.set_zero_linger(),
        answer => answer,
    };
    let (status, fields, body) = match answer {
        Answer::FirefoxAlone(..) => unreachable!("it stands for another answer"),
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
            ("301 Moved Permanently", format!("Location: {}\r\n", fill(target)), vec![b'.'; 100 * 1024])
        }
        Answer::Padded(body, size) => {
            let mut body = (fill(body) + "padding: ").into_bytes();
            body.resize(size, b'x');
            ("200 OK", "Content-Type: text/plain\r\n".to_owned(), body)
        }
        Answer::EndlessStatus(status) => {
            stream.write_all(head(status, "Content-Type: text/html\r\n", 1 << 40, cors).as_bytes()).await?;
            loop {
                stream.write_all(b"<p>and so on and so on</p>\n").await?;
            }
        }
        Answer::SilentStatus(status) => {
            stream.write_all(head(status, "Content-Type: text/html\r\n", 1000, cors).as_bytes()).await?;
            while stream.read(&mut buffer).await? > 0 {}
            return Ok(());
        }
        Answer::Chunked(body) => {
            let fields =
                format!("Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n{}", cors_field(cors));
            stream
                .write_all(format!("HTTP/1.1 200 OK\r\n{fields}Connection: close\r\n\r\n").as_bytes())
                .await?;
            for line in fill(body).split_inclusive('\n') {
                stream.write_all(format!("{:x}\r\n{line}\r\n", line.len()).as_bytes()).await?;
                stream.flush().await?;
            }
            stream.write_all(b"0\r\n\r\n").await?;
            return stream.shutdown().await;
        }
        Answer::ByteWise(body) => {
            let body = fill(body);
            let head = head("200 OK", "Content-Type: text/plain\r\n", body.len(), cors);
            return drip(stream, (head + &body).as_bytes(), Duration::ZERO).await;
        }
        Answer::Drips(pause, body) => {
            let body = fill(body);
            stream
                .write_all(head("200 OK", "Content-Type: text/plain\r\n", body.len(), cors).as_bytes())
                .await?;
            return drip(stream, body.as_bytes(), pause).await;
        }
        Answer::After(pause, body) => {
            tokio::time::sleep(pause).await;
            ("200 OK", "Content-Type: text/plain\r\n".to_owned(), fill(body).into_bytes())
        }
        Answer::Http10(body) => {
            let fields = format!("Content-Type: text/plain\r\n{}", cors_field(cors));
            stream.write_all(format!("HTTP/1.0 200 OK\r\n{fields}\r\n{}", fill(body)).as_bytes()).await?;
            return stream.shutdown().await;
        }
        Answer::StatusWith(status, body) => {
            (status, "Content-Type: text/plain\r\n".to_owned(), fill(body).into_bytes())
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

/// Sends every octet by itself.
async fn drip(mut stream: TlsStream<TcpStream>, octets: &[u8], pause: Duration) -> io::Result<()> {
    for octet in octets {
        stream.write_all(&[*octet]).await?;
        stream.flush().await?;
        tokio::time::sleep(pause).await;
    }
    stream.shutdown().await
}

fn head(status: &str, fields: &str, length: usize, cors: bool) -> String {
    let cors = cors_field(cors);
    format!("HTTP/1.1 {status}\r\n{fields}Content-Length: {length}\r\n{cors}Connection: close\r\n\r\n")
}

const fn cors_field(cors: bool) -> &'static str {
    if cors { "Access-Control-Allow-Origin: *\r\n" } else { "" }
}

fn gzip(body: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body)?;
    encoder.finish()
}
