//! The other process that dials port 25 for this one: `serve --role prober`, asked over HTTP.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, AUTHORIZATION, HOST, USER_AGENT};
use hyper::{Request, Response, Uri, body::Incoming};
use hyper_util::rt::TokioIo;
use mta_sts::{Domain, Host, Outcome, Step};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::problem::Problem;
use super::secret::Secret;
use crate::guard::Class;
use crate::http::AGENT;
use crate::native::Native;

/// Most octets of an answer of the prober; a session with its certificates has some tens of thousands.
const MAX_ANSWER: usize = 1024 * 1024;

/// Asks the prober.
pub struct Prober {
    native: Arc<Native>,
    secret: Secret,
    https: bool,
    host: String,
    port: u16,
    /// How long an answer may take.
    patience: Duration,
}

/// What the prober answers where it has carried a step out.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    pub(super) took_ms: u32,
    #[serde(default)]
    pub(super) age_ms: u64,
    pub(super) outcome: Outcome,
}

impl Prober {
    /// The prober at `url`, `http(s)://HOST[:PORT]`. An answer may take the time of a step and `queue`, for which it may
    /// have to wait there.
    ///
    /// # Errors
    /// Not such a URL.
    pub fn new(url: &str, secret: Secret, native: Arc<Native>, queue: Duration) -> Result<Self, String> {
        let wrong = || format!("--prober {url}: write http://HOST[:PORT] or https://HOST[:PORT]");
        let uri: Uri = url.parse().map_err(|_| wrong())?;
        let https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(wrong()),
        };
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'));
        let host = authority.map(|authority| authority.host()).filter(|host| !host.is_empty());
        let host = host.ok_or_else(wrong)?.trim_start_matches('[').trim_end_matches(']').to_owned();
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err(wrong());
        }
        let port = uri.port_u16().unwrap_or(if https { 443 } else { 80 });
        // A step, the lookup before it, and the wait for its turn.
        let patience = native.timeout * 2 + queue + Duration::from_secs(5);
        let prober = Self { native, secret, https, host, port, patience };
        if let Ok(address) = prober.host.parse() {
            prober.may_show_secret(address).map_err(|why| format!("--prober {url}: {why}"))?;
        }
        Ok(prober)
    }

    /// Over plain HTTP anybody on the way reads the secret, so it goes to this machine alone, or into a range that was
    /// opened by hand.
    fn may_show_secret(&self, address: IpAddr) -> Result<(), String> {
        let open = || self.native.guard.allowed.iter().any(|range| range.contains(&address));
        if self.https || Class::of(address) == Some(Class::Loopback) || open() {
            return Ok(());
        }
        Err(format!("the secret is not sent to {address} over http; use https, or --allow-address"))
    }

    /// Has one address of a mail host connected to, for a step that does that.
    ///
    /// # Errors
    /// The prober's own problem, such as a limit, or that it cannot be reached.
    pub(super) async fn probe(&self, step: &Step) -> Result<Answer, Problem> {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let query = |domain: &Domain, host: &Host, address: IpAddr| {
            let (host, address) = (encoded(host.as_str()), encoded(&address.to_string()));
            format!("/v1/smtp?domain={domain}&host={host}&address={address}")
        };
        let path = match step {
            Step::Smtp { domain, host, address } => query(domain, host, *address),
            Step::Tls { domain, host, address, hello } => {
                format!("{}&hello={}", query(domain, host, *address), hello.as_str())
            }
            Step::Dns { .. }
            | Step::Policy { .. }
            | Step::PolicyAddress { .. }
            | Step::PolicyAsBrowser { .. } => {
                return Err(Problem::bad_parameter("this is no step of the prober's".into()));
            }
        };
        let deadline = Instant::now() + self.patience;
        let asking = async { self.ask(&path).await };
        let (status, body) = match timeout_at(deadline, asking).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(why)) => return Err(unreachable(&why)),
            Err(_) => return Err(unreachable("it does not answer in time")),
        };
        match status {
            StatusCode::OK => {
                serde_json::from_slice(&body).map_err(|_| unreachable("its answer is of another version"))
            }
            StatusCode::UNAUTHORIZED => Err(unreachable("it does not know this front's secret")),
            _ => {
                let problem = serde_json::from_slice::<Problem>(&body).ok();
                // Its status is what the answer will have, so it is not believed to be another one.
                let problem = problem.filter(|problem| problem.status == status.as_u16());
                Err(problem.unwrap_or_else(|| unreachable(&format!("it answers with status {status}"))))
            }
        }
    }

    async fn ask(&self, path: &str) -> Result<(StatusCode, Bytes), String> {
        let looked_up = tokio::net::lookup_host((self.host.as_str(), self.port)).await;
        let addresses: Vec<SocketAddr> = looked_up.map_err(|_| "its address cannot be looked up")?.collect();
        let mut last = "it has no address".to_owned();
        for at in addresses {
            self.may_show_secret(at.ip())?;
            match TcpStream::connect(at).await {
                Ok(stream) => return self.ask_over(stream, path).await,
                Err(error) => last = error.to_string(),
            }
        }
        Err(last)
    }

    async fn ask_over(&self, stream: TcpStream, path: &str) -> Result<(StatusCode, Bytes), String> {
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        if self.https {
            let stream = self.native.tls.connect_verified_http1(&self.host, stream).await?;
            self.exchange(stream, path).await
        } else {
            self.exchange(stream, path).await
        }
    }

    async fn exchange<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
        &self,
        stream: S,
        path: &str,
    ) -> Result<(StatusCode, Bytes), String> {
        let said = |error: hyper::Error| error.to_string();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(said)?;
        // The task ends with this exchange; an error shows at the request.
        let mut task = JoinSet::new();
        task.spawn(async move { connection.await.unwrap_or_default() });
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let request = Request::get(path)
            .header(HOST, format!("{host}:{}", self.port))
            .header(USER_AGENT, AGENT)
            .header(ACCEPT, "application/json")
            .header(AUTHORIZATION, self.secret.bearer())
            .body(Empty::<Bytes>::new())
            .map_err(|error| error.to_string())?;
        let response: Response<Incoming> = sender.send_request(request).await.map_err(said)?;
        let status = response.status();
        let body = Limited::new(response.into_body(), MAX_ANSWER).collect().await;
        let body = body.map_err(|_| "its answer is not whole, or too large")?;
        Ok((status, body.to_bytes()))
    }
}

fn unreachable(why: &str) -> Problem {
    let detail = format!("the server that probes mail hosts for this one: {why}");
    Problem::new(StatusCode::BAD_GATEWAY, "prober-unreachable", "the prober cannot be asked", detail)
}
