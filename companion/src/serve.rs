//! The server: the page, and two endpoints that carry out one step each. A step goes in as a query,
//! its outcome comes out as JSON, in the engine's own shape.

mod badge;
mod client;
mod gate;
mod limits;
mod listen;
mod metrics;
mod prober;
mod problem;
mod secret;
mod settings;
mod site;
mod status;
mod steps;
pub mod watch;

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::{ConnectInfo, FromRequestParts, OriginalUri, Query, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use mta_sts::evidence::Hello;
use mta_sts::{Domain, Host, Step};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::net::TcpListener;
use tokio::time::{Instant, timeout_at};
use tokio_util::task::TaskTracker;
use tower_http::cors::{Any, CorsLayer};

use self::badge::Badges;
use self::client::{Client, Proxies};
use self::limits::Counts;
use self::listen::Listening;
use self::metrics::Metrics;
use self::problem::{Problem, json};
use self::steps::Known;
use crate::native::Native;

pub use self::client::ProxyHeader;
pub use self::prober::Prober;
pub use self::secret::Secret;
pub use self::settings::{Limits, Operation, Role};
pub use self::site::has_page;

/// What the server serves with.
pub struct Server {
    native: Arc<Native>,
    role: Role,
    limits: Limits,
    counts: Counts,
    known: Known,
    badges: Badges,
    metrics: Metrics,
    proxies: Proxies,
    /// Who carries out SMTP steps, where this process does not.
    prober: Option<Prober>,
    /// What a front has to show, where this is the prober.
    secret: Option<Secret>,
    contact: Option<String>,
    grace: std::time::Duration,
    /// What is being carried out, whether somebody still waits for it or not.
    steps: TaskTracker,
    log_clients: bool,
    #[cfg(feature = "zoo")]
    zoo: Option<Arc<zoo::Zoo>>,
}

impl Server {
    /// A server that carries out steps with `native`, for everybody, within the usual limits.
    #[must_use]
    pub fn new(native: Arc<Native>) -> Self {
        Self::with_limits(native, Limits::default())
    }

    /// The same, within `limits`.
    #[must_use]
    pub fn with_limits(native: Arc<Native>, limits: Limits) -> Self {
        Self {
            counts: Counts::new(limits.clone(), native.timeout),
            known: Known::new(&limits),
            badges: Badges::new(&limits),
            limits,
            native,
            role: Role::All,
            metrics: Metrics::new(),
            proxies: Proxies::default(),
            prober: None,
            secret: None,
            contact: None,
            grace: std::time::Duration::from_secs(60),
            steps: TaskTracker::new(),
            log_clients: false,
            #[cfg(feature = "zoo")]
            zoo: None,
        }
    }

    /// The same, with a zoo to show and to ask.
    #[cfg(feature = "zoo")]
    #[must_use]
    pub fn with_zoo(self, zoo: Arc<zoo::Zoo>) -> Self {
        Self { zoo: Some(zoo), ..self }
    }

    /// The same, run as `operation` says. `log_clients` writes into the log who asks.
    ///
    /// # Errors
    /// A role without what it needs: the secret, or the prober's URL.
    pub fn operated(mut self, operation: &Operation, log_clients: bool) -> Result<Self, String> {
        let secret = || Secret::load(operation.secret_file.as_deref());
        match (operation.role, &operation.prober) {
            (Role::All | Role::Prober, Some(_)) => return Err("--prober goes with --role front".into()),
            (Role::All, None) if operation.secret_file.is_some() => {
                return Err("--secret-file goes with --role front or prober".into());
            }
            (Role::All, None) => {}
            (Role::Prober, None) => self.secret = Some(secret()?),
            (Role::Front, Some(url)) => {
                let native = Arc::clone(&self.native);
                self.prober = Some(Prober::new(url, secret()?, native, self.limits.queue)?);
            }
            (Role::Front, None) => return Err("--role front needs --prober URL".into()),
        }
        self.role = operation.role;
        self.proxies = operation.proxies();
        self.contact.clone_from(&operation.contact);
        self.grace = operation.grace;
        self.log_clients = log_clients;
        Ok(self)
    }

    fn router(self: &Arc<Self>) -> Router {
        let cors = || CorsLayer::new().allow_origin(Any).expose_headers([RETRY_AFTER]);
        let steps = Router::new().route("/smtp", get(smtp)).route("/status", get(status::status));
        let steps = match self.role {
            Role::Prober => steps,
            Role::All | Role::Front => steps.route("/policy", get(policy)).route("/badge", get(badge::badge)),
        };
        let steps = steps
            .fallback(no_endpoint)
            .method_not_allowed_fallback(not_allowed)
            .layer(middleware::from_fn_with_state(Arc::clone(self), only_with_secret))
            .layer(cors());
        let router = Router::new()
            .nest("/v1", steps)
            .route("/v1/", any(no_endpoint).layer(cors()))
            .route("/healthz", get(async || "ok\n").layer(cors()))
            .route("/probe", get(site::probe));
        let router = match self.role {
            Role::Prober => router,
            Role::All | Role::Front => {
                let router = router.route("/config.json", get(site::config));
                #[cfg(feature = "zoo")]
                let router = match self.zoo {
                    Some(_) => router
                        .route("/dns-query", get(zoo_dns).layer(cors()))
                        .route("/zoo.json", get(zoo_index)),
                    None => router,
                };
                router.fallback(get(site::file))
            }
        };
        router.layer(middleware::map_response(unsniffed)).with_state(Arc::clone(self))
    }
}

/// Serves until `shutdown`, and then lets what runs come to its end, for a bounded time.
///
/// # Errors
/// A listener that fails.
pub async fn run(
    listener: TcpListener,
    server: Server,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    run_with_metrics(listener, None, Arc::new(server), shutdown).await
}

/// The same, with the counts for Prometheus at `/metrics` of another listener.
///
/// # Errors
/// A listener that fails.
pub async fn run_with_metrics(
    listener: TcpListener,
    metrics: Option<TcpListener>,
    server: Arc<Server>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let mut beside = tokio::task::JoinSet::new();
    if let Some(metrics) = metrics {
        let router = Router::new().route("/metrics", get(counted)).with_state(Arc::clone(&server));
        let how = Listening {
            connections: 16,
            proxies: Proxies::default(),
            grace: std::time::Duration::ZERO,
            open: Default::default(),
        };
        beside.spawn(listen::serve(metrics, router, how, std::future::pending()));
    }
    let how = Listening {
        connections: usize::try_from(server.limits.connections.get()).unwrap_or(usize::MAX),
        proxies: server.proxies.clone(),
        grace: server.grace,
        open: server.metrics.connections.clone(),
    };
    let stopped = Arc::new(OnceLock::new());
    let shutdown = {
        let stopped = Arc::clone(&stopped);
        async move {
            shutdown.await;
            stopped.set(Instant::now()).ok();
        }
    };
    listen::serve(listener, server.router(), how, shutdown).await?;
    // Steps that nobody waits for any more, so that no mail host is left in the middle of a session.
    server.steps.close();
    let until = stopped.get().copied().unwrap_or_else(Instant::now) + server.grace;
    if timeout_at(until, server.steps.wait()).await.is_err() {
        tracing::warn!(steps = server.steps.len(), "not all steps ended in time");
    }
    Ok(())
}

async fn counted(State(server): State<Arc<Server>>) -> Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(CONTENT_TYPE, kind)], server.metrics.text()).into_response()
}

#[derive(Deserialize)]
struct PolicyQuery {
    domain: Option<String>,
    /// The one address to fetch from.
    address: Option<String>,
    /// `browser`, to be fetched with a browser's User-Agent.
    agent: Option<String>,
}

#[derive(Deserialize)]
struct SmtpQuery {
    domain: Option<String>,
    host: Option<String>,
    address: Option<String>,
    /// Another ClientHello than the first.
    hello: Option<Hello>,
}

/// What it says it is is what it is.
async fn unsniffed(mut response: Response) -> Response {
    let name = HeaderName::from_static("x-content-type-options");
    response.headers_mut().insert(name, HeaderValue::from_static("nosniff"));
    response
}

async fn no_endpoint(OriginalUri(uri): OriginalUri) -> Problem {
    let detail = format!("{}: there are /v1/policy, /v1/smtp, /v1/badge and /v1/status", uri.path());
    Problem::new(StatusCode::NOT_FOUND, "no-such-endpoint", "there is no such endpoint", detail)
}

async fn not_allowed(method: Method) -> Problem {
    let detail = format!("{method}: ask with GET");
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "the method is not allowed", detail)
}

/// A prober answers those who know the secret, and nobody else.
async fn only_with_secret(State(server): State<Arc<Server>>, request: Request, next: Next) -> Response {
    if server.secret.as_ref().is_some_and(|secret| !secret.is_shown(request.headers())) {
        let detail = "this server probes for its own front alone, which shows a secret";
        let problem = Problem::new(
            StatusCode::UNAUTHORIZED,
            "not-authorized",
            "the secret is missing or wrong",
            detail,
        );
        server.metrics.refused(problem.code());
        return problem.into_response();
    }
    next.run(request).await
}

/// What stands behind the `?`, or a problem that says why it cannot be read.
struct Parameters<T>(T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = Query::<T>::from_request_parts(parts, state).await;
        read.map(|Query(read)| Self(read)).map_err(|error| {
            let text = error.body_text();
            Problem::bad_parameter(text.trim_start_matches("Failed to deserialize query string: ").to_owned())
        })
    }
}

fn parameter<T, E: std::fmt::Display>(
    name: &'static str,
    given: Option<String>,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<T, Problem> {
    let given = given.ok_or_else(|| Problem::bad_parameter(format!("{name}: give it as ?{name}=…")))?;
    parse(&given).map_err(|error| Problem::bad_parameter(format!("{name}: {error}")))
}

type Peer = ConnectInfo<SocketAddr>;

fn policy_step(query: PolicyQuery) -> Result<Step, Problem> {
    let domain = parameter("domain", query.domain, Domain::parse)?;
    match (query.address, query.agent.as_deref()) {
        (None, None) => Ok(Step::Policy { domain }),
        (None, Some("browser")) => Ok(Step::PolicyAsBrowser { domain }),
        (Some(address), None) => {
            let address = parameter("address", Some(address), |address| address.parse::<IpAddr>())?;
            Ok(Step::PolicyAddress { domain, address })
        }
        (None, Some(_)) => Err(Problem::bad_parameter("agent: it can be `browser` alone".into())),
        (Some(_), Some(_)) => Err(Problem::bad_parameter("agent: not together with an address".into())),
    }
}

async fn policy(
    State(server): State<Arc<Server>>,
    ConnectInfo(peer): Peer,
    fields: HeaderMap,
    query: Result<Parameters<PolicyQuery>, Problem>,
) -> Response {
    let step = query.and_then(|Parameters(query)| policy_step(query));
    server.serve_step(step, peer, &fields).await
}

async fn smtp(
    State(server): State<Arc<Server>>,
    ConnectInfo(peer): Peer,
    fields: HeaderMap,
    query: Result<Parameters<SmtpQuery>, Problem>,
) -> Response {
    let step = query.and_then(|Parameters(query)| {
        let domain = parameter("domain", query.domain, Domain::parse)?;
        let host = parameter("host", query.host, |host| Ok::<_, String>(Host::new(host)))?;
        let address = parameter("address", query.address, |address| address.parse::<IpAddr>())?;
        Ok(match query.hello {
            None => Step::Smtp { domain, host, address },
            Some(hello) => Step::Tls { domain, host, address, hello },
        })
    });
    server.serve_step(step, peer, &fields).await
}

impl Server {
    async fn serve_step(
        self: &Arc<Self>,
        step: Result<Step, Problem>,
        peer: SocketAddr,
        fields: &HeaderMap,
    ) -> Response {
        let client = self.proxies.client(peer, fields);
        let answered = match step {
            Ok(step) => self.admit(client, step).await,
            Err(problem) => Err(problem),
        };
        let problem = match answered {
            Ok(response) => {
                if self.log_clients {
                    tracing::info!(client = %client.0, "answered");
                }
                return response;
            }
            Err(problem) => problem,
        };
        self.metrics.refused(problem.code());
        let (status, code) = (problem.status, problem.code());
        if self.log_clients {
            tracing::info!(client = %client.0, status, problem = code, "refused");
        } else {
            tracing::info!(status, problem = code, "refused");
        }
        problem.into_response()
    }

    async fn admit(self: &Arc<Self>, client: Client, step: Step) -> Result<Response, Problem> {
        let deadline = self.counts.patience();
        // A prober has one client, which counts its own clients.
        let pass = match self.role {
            Role::Prober => None,
            Role::All | Role::Front => Some(self.counts.client(client, deadline).await?),
        };
        let kept = self.answer(step, pass, deadline).await?;
        Ok(json(StatusCode::OK, &kept.answer()))
    }
}

#[cfg(feature = "zoo")]
#[derive(Deserialize)]
struct DnsQuery {
    dns: Option<String>,
}

/// The zoo's resolver for the browser (RFC 8484 §4.1), for pages that embed an element too. It knows the zoo's names only.
#[cfg(feature = "zoo")]
async fn zoo_dns(
    State(server): State<Arc<Server>>,
    Parameters(query): Parameters<DnsQuery>,
) -> Result<Response, Problem> {
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    let query = parameter("dns", query.dns, |dns| BASE64_URL_SAFE_NO_PAD.decode(dns))?;
    let answer = server.zoo.as_ref().and_then(|zoo| zoo.answer(&query));
    let answer = answer.ok_or_else(|| Problem::bad_parameter("dns: this is no query".into()))?;
    Ok(([(CONTENT_TYPE, "application/dns-message"), (CACHE_CONTROL, "no-store")], answer).into_response())
}

/// What tests need to know of the zoo.
#[cfg(feature = "zoo")]
async fn zoo_index(State(server): State<Arc<Server>>) -> Response {
    match &server.zoo {
        Some(zoo) => json(StatusCode::OK, &zoo.index()),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
