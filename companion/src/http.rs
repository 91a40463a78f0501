//! One HTTPS GET over a connection that stands already: no redirect, no cookie, no coding, a bounded
//! body.

use std::error::Error as _;
use std::io;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::{http1, http2};
use hyper::header::{ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, HOST, HeaderMap, HeaderName, USER_AGENT};
use hyper::{Method, Request, Response, StatusCode, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use mta_sts::command::BROWSER_AGENT;
use mta_sts::evidence::{Field, MAX_FIELD_OCTETS, MAX_FIELDS};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_rustls::client::TlsStream;

/// How we call ourselves.
pub const AGENT: &str = concat!("mta-sts/", env!("CARGO_PKG_VERSION"));

/// Who we say that we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// Ourselves, by [`AGENT`].
    Own,
    /// A browser, by the User-Agent and the other fields that one sends along.
    Browser,
}

impl Identity {
    /// The header fields that say so. `accept` is what we ask for as ourselves.
    fn fields(self, accept: &str) -> Vec<(HeaderName, &str)> {
        match self {
            Self::Own => vec![(USER_AGENT, AGENT), (ACCEPT, accept)],
            Self::Browser => vec![
                (USER_AGENT, BROWSER_AGENT),
                (ACCEPT, "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
                (ACCEPT_LANGUAGE, "en-US,en;q=0.5"),
            ],
        }
    }
}

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
    /// The version of HTTP it came in.
    pub version: Version,
    /// The header fields.
    pub headers: HeaderMap,
    /// When they were there.
    pub head_at: Instant,
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
            // On the heap, as every future with a connection to come would have room for it.
            let handshake = Box::pin(http2::handshake(TokioExecutor::new(), TokioIo::new(stream)));
            let (sender, connection) = handshake.await.map_err(HttpError::of)?;
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
        identity: Identity,
        host: &str,
        path: &str,
        accept: &str,
        limit: usize,
    ) -> Result<Answer, HttpError> {
        let mut builder = Request::builder().method(Method::GET);
        for (name, value) in identity.fields(accept) {
            builder = builder.header(name, value);
        }
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
    let (parts, mut incoming) = response.into_parts();
    let (status, version, headers) = (parts.status, parts.version, parts.headers);
    let mut answer = Answer { status, version, headers, head_at: Instant::now(), body: Vec::new() };
    if status != StatusCode::OK {
        return Ok(answer);
    }
    while let Some(frame) = incoming.frame().await {
        if let Ok(data) = frame.map_err(HttpError::of)?.into_data() {
            answer.body.extend_from_slice(&data);
        }
        if answer.body.len() > limit {
            return Err(HttpError::TooLarge);
        }
    }
    Ok(answer)
}

impl Answer {
    /// A header field as text, control characters and all that is not ASCII kept as they can be.
    #[must_use]
    pub fn header(&self, name: HeaderName) -> Option<String> {
        let values: Vec<_> = self.headers.get_all(name).iter().collect();
        let joined: Vec<_> = values.iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        (!joined.is_empty()).then(|| joined.join(", "))
    }

    /// The header fields that evidence keeps, and how many more there are.
    #[must_use]
    pub fn fields(&self) -> (Vec<Field>, usize) {
        let (mut kept, mut octets) = (Vec::new(), 0);
        for (name, value) in &self.headers {
            octets += name.as_str().len() + value.len();
            if kept.len() == MAX_FIELDS || octets > MAX_FIELD_OCTETS {
                break;
            }
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            kept.push(Field { name: name.as_str().to_owned(), value });
        }
        let left_out = self.headers.len() - kept.len();
        (kept, left_out)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(fields: impl IntoIterator<Item = (String, String)>) -> Answer {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            let name: HeaderName = name.parse().expect("a name");
            headers.append(name, value.parse().expect("a value"));
        }
        let (status, version, head_at) = (StatusCode::OK, Version::HTTP_11, Instant::now());
        Answer { status, version, headers, head_at, body: Vec::new() }
    }

    #[test]
    fn header_fields_are_kept_up_to_a_bound() {
        let named = |count: usize, length: usize| {
            answer((0..count).map(move |index| (format!("x-{index}"), "v".repeat(length)))).fields()
        };
        assert_eq!((named(3, 10).0.len(), named(3, 10).1), (3, 0));
        assert_eq!((named(100, 1).0.len(), named(100, 1).1), (MAX_FIELDS, 36));
        // Each has 1 000 octets and a name of 3.
        assert_eq!((named(10, 1_000).0.len(), named(10, 1_000).1), (8, 2));
        let twice = answer([("a".into(), "1".into()), ("a".into(), "2".into())]).fields().0;
        assert_eq!(twice.iter().map(|field| field.value.as_str()).collect::<Vec<_>>(), ["1", "2"]);
    }
}
