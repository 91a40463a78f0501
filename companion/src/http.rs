//! One HTTPS GET over a connection that stands already: no redirect, no cookie, no coding, a bounded
//! body.

use std::error::Error as _;
use std::io;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::{http1, http2};
use hyper::header::{ACCEPT, ACCEPT_ENCODING, HOST, HeaderMap, HeaderName, USER_AGENT};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::client::TlsStream;

/// How we call ourselves.
pub const AGENT: &str = concat!("mta-sts/", env!("CARGO_PKG_VERSION"));

/// A connection that requests can be sent over.
pub enum Connection {
    /// HTTP/1.1, for one request.
    Http1(http1::SendRequest<Empty<Bytes>>, JoinSet<()>),
    /// HTTP/2, for any number at once.
    Http2(http2::SendRequest<Empty<Bytes>>, JoinSet<()>),
}

/// A whole response.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: StatusCode,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no whole response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpError {
    /// The body is larger than allowed.
    TooLarge,
    /// The connection ended too early.
    Closed,
    /// The other side does not speak HTTP as it should.
    Malformed(String),
}

impl Connection {
    /// Begins HTTP over `stream`, in the version agreed on there.
    ///
    /// # Errors
    /// An HTTP/2 connection that is not accepted.
    pub async fn open(stream: TlsStream<TcpStream>) -> Result<Self, HttpError> {
        let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        let mut task = JoinSet::new();
        // The task ends with the connection; an error shows at the request.
        if http2 {
            let io = TokioIo::new(stream);
            let (sender, connection) =
                http2::handshake(TokioExecutor::new(), io).await.map_err(HttpError::of)?;
            task.spawn(async move { connection.await.unwrap_or_default() });
            Ok(Self::Http2(sender, task))
        } else {
            let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(HttpError::of)?;
            task.spawn(async move { connection.await.unwrap_or_default() });
            Ok(Self::Http1(sender, task))
        }
    }

    /// Whether another request can be sent.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Http2(sender, _) if !sender.is_closed())
    }

    /// Asks for `path` of `host` and reads at most `limit` octets of the body. Where the status is not
    /// 200 the body is nothing anybody asked for: it is not waited for, and left empty.
    ///
    /// # Errors
    /// No whole response.
    pub async fn get(
        &mut self,
        host: &str,
        path: &str,
        accept: &str,
        limit: usize,
    ) -> Result<Answer, HttpError> {
        let builder = Request::builder().method(Method::GET).header(USER_AGENT, AGENT).header(ACCEPT, accept);
        let builder = builder.header(ACCEPT_ENCODING, "identity");
        let malformed = |error: hyper::http::Error| HttpError::Malformed(error.to_string());
        let response = match self {
            Self::Http1(sender, _) => {
                let request = builder.uri(path).header(HOST, host).body(Empty::new()).map_err(malformed)?;
                sender.send_request(request).await
            }
            Self::Http2(sender, _) => {
                let request =
                    builder.uri(format!("https://{host}{path}")).body(Empty::new()).map_err(malformed)?;
                let mut sender = sender.clone();
                sender.send_request(request).await
            }
        };
        read(response.map_err(HttpError::of)?, limit).await
    }
}

async fn read(response: Response<hyper::body::Incoming>, limit: usize) -> Result<Answer, HttpError> {
    let (parts, mut body) = response.into_parts();
    let mut read = Vec::new();
    if parts.status != StatusCode::OK {
        return Ok(Answer { status: parts.status, headers: parts.headers, body: read });
    }
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.map_err(HttpError::of)?.into_data() {
            read.extend_from_slice(&data);
        }
        if read.len() > limit {
            return Err(HttpError::TooLarge);
        }
    }
    Ok(Answer { status: parts.status, headers: parts.headers, body: read })
}

impl Answer {
    /// A header field as text, control characters and all that is not ASCII kept as they can be.
    #[must_use]
    pub fn header(&self, name: HeaderName) -> Option<String> {
        let values: Vec<_> = self.headers.get_all(name).iter().collect();
        let joined: Vec<_> = values.iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        (!joined.is_empty()).then(|| joined.join(", "))
    }
}

impl HttpError {
    fn of(error: hyper::Error) -> Self {
        let io = error.source().and_then(|source| source.downcast_ref::<io::Error>());
        if error.is_parse() || error.is_parse_too_large() {
            Self::Malformed(error.to_string())
        } else if io.is_some() || error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
            Self::Closed
        } else {
            match error.source() {
                // The body ended before its Content-Length, or inside a chunk.
                Some(source) if source.to_string().contains("end of file") => Self::Closed,
                Some(source) => Self::Malformed(format!("{error}: {source}")),
                None => Self::Malformed(error.to_string()),
            }
        }
    }
}
