//! The server: the page, and two endpoints that carry out one step each. A step goes in as a query,
//! its outcome comes out as JSON, in the engine's own shape.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{FromRequestParts, OriginalUri, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use moka::future::Cache;
use mta_sts::evidence::Hello;
use mta_sts::{Domain, Host, Outcome, Step, Witness};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;
use tower_http::cors::{Any, CorsLayer};

use crate::native::Native;
use crate::{driver, page};

/// Most steps carried out at once; beyond that a client is asked to come back.
const MAX_STEPS: usize = 256;
/// How long the mail hosts of a domain, and the addresses of its policy host, are remembered, so that a check of many
/// addresses looks them up once.
const REMEMBER: Duration = Duration::from_secs(30);
/// Most domains whose hosts are remembered, of either kind.
const MAX_REMEMBERED: u64 = 10_000;

/// What the page may do: run its own code and wasm, and talk to any resolver, policy host and
/// companion over HTTPS.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
     img-src 'self' data:; connect-src 'self' https: http://localhost:* http://127.0.0.1:*; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The mail hosts of a domain, each with its addresses.
type MailHosts = Vec<(Host, Vec<IpAddr>)>;

/// What the server serves with.
pub struct Server {
    native: Arc<Native>,
    steps: Semaphore,
    hosts: Cache<Domain, Arc<MailHosts>>,
    /// The addresses of policy hosts.
    policy_hosts: Cache<Domain, Arc<Vec<IpAddr>>>,
    #[cfg(feature = "zoo")]
    zoo: Option<Arc<zoo::Zoo>>,
}

impl Server {
    /// A server that carries out steps with `native`.
    #[must_use]
    pub fn new(native: Arc<Native>) -> Self {
        Self {
            native,
            steps: Semaphore::new(MAX_STEPS),
            hosts: Cache::builder().max_capacity(MAX_REMEMBERED).time_to_live(REMEMBER).build(),
            policy_hosts: Cache::builder().max_capacity(MAX_REMEMBERED).time_to_live(REMEMBER).build(),
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

    /// Its routes.
    pub fn router(self) -> Router {
        let cors = || CorsLayer::new().allow_origin(Any).expose_headers([RETRY_AFTER]);
        let steps = Router::new()
            .route("/policy", get(policy))
            .route("/smtp", get(smtp))
            .fallback(no_endpoint)
            .method_not_allowed_fallback(not_allowed)
            .layer(cors());
        let router = Router::new()
            .nest("/v1", steps)
            .route("/healthz", get(async || "ok\n").layer(cors()))
            .route("/config.json", get(config));
        #[cfg(feature = "zoo")]
        let router = match self.zoo {
            Some(_) => router.route("/dns-query", get(zoo_dns)).route("/zoo.json", get(zoo_index)),
            None => router,
        };
        router.fallback(get(file)).with_state(Arc::new(self))
    }
}

/// Whether the page was there when this binary was built.
#[must_use]
pub const fn has_page() -> bool {
    !page::FILES.is_empty()
}

/// Serves until `shutdown`, and then lets what runs come to its end.
///
/// # Errors
/// A listener that fails.
pub async fn run(
    listener: TcpListener,
    server: Server,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, server.router()).with_graceful_shutdown(shutdown).await
}

/// A problem (RFC 9457).
#[derive(Debug, Serialize)]
struct Problem {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    detail: String,
}

impl Problem {
    fn new(status: StatusCode, code: &str, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:mta-sts:problem:{code}"),
            title,
            status: status.as_u16(),
            detail: detail.into(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = json(status, &self);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::TOO_MANY_REQUESTS {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

fn json(status: StatusCode, value: &impl Serialize) -> Response {
    let body = serde_json::to_vec(value).unwrap_or_default();
    let fields = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")];
    (status, fields, body).into_response()
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

async fn no_endpoint(OriginalUri(uri): OriginalUri) -> Problem {
    let detail = format!("{}: there are /v1/policy and /v1/smtp", uri.path());
    Problem::new(StatusCode::NOT_FOUND, "no-such-endpoint", "there is no such endpoint", detail)
}

async fn not_allowed(method: Method) -> Problem {
    let detail = format!("{method}: ask with GET");
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "the method is not allowed", detail)
}

fn bad_parameter(detail: String) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "bad-parameter", "a parameter is missing or wrong", detail)
}

/// What stands behind the `?`, or a problem that says why it cannot be read.
struct Parameters<T>(T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = Query::<T>::from_request_parts(parts, state).await;
        read.map(|Query(read)| Self(read)).map_err(|error| bad_parameter(error.body_text()))
    }
}

fn parameter<T, E: std::fmt::Display>(
    name: &'static str,
    given: Option<String>,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<T, Problem> {
    let given = given.ok_or_else(|| bad_parameter(format!("{name}: give it as ?{name}=…")))?;
    parse(&given).map_err(|error| bad_parameter(format!("{name}: {error}")))
}

async fn policy(
    State(server): State<Arc<Server>>,
    Parameters(query): Parameters<PolicyQuery>,
) -> Result<Response, Problem> {
    let domain = parameter("domain", query.domain, Domain::parse)?;
    let step = match (query.address, query.agent.as_deref()) {
        (None, None) => Step::Policy { domain },
        (None, Some("browser")) => Step::PolicyAsBrowser { domain },
        (Some(address), None) => {
            let address = parameter("address", Some(address), |address| address.parse::<IpAddr>())?;
            Step::PolicyAddress { domain, address }
        }
        (None, Some(_)) => return Err(bad_parameter("agent: it can be `browser` alone".into())),
        (Some(_), Some(_)) => return Err(bad_parameter("agent: not together with an address".into())),
    };
    let _permit = server.permit()?;
    if let Step::PolicyAddress { domain, address } = &step
        && !server.policy_host(domain.clone()).await.contains(address)
    {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "not-a-policy-host",
            "this is no address of the policy host",
            format!("the companion does not find {address} among the addresses of {}", domain.policy_host()),
        ));
    }
    Ok(server.carry_out(step).await)
}

async fn smtp(
    State(server): State<Arc<Server>>,
    Parameters(query): Parameters<SmtpQuery>,
) -> Result<Response, Problem> {
    let domain = parameter("domain", query.domain, Domain::parse)?;
    let host = parameter("host", query.host, |host| Ok::<_, String>(Host::new(host)))?;
    let address: IpAddr = parameter("address", query.address, |address| address.parse::<IpAddr>())?;
    // The lookup is work, too.
    let _permit = server.permit()?;
    let hosts = server.mail_hosts(domain.clone()).await;
    let known = hosts.iter().any(|(name, addresses)| *name == host && addresses.contains(&address));
    if !known {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "not-a-mail-host",
            "this is no mail host of the domain",
            format!(
                "the companion finds no host {host} with the address {address} among the mail hosts of {domain}"
            ),
        ));
    }
    let step = match query.hello {
        None => Step::Smtp { domain, host, address },
        Some(hello) => Step::Tls { domain, host, address, hello },
    };
    Ok(server.carry_out(step).await)
}

impl Server {
    async fn mail_hosts(&self, domain: Domain) -> Arc<MailHosts> {
        let native = Arc::clone(&self.native);
        // One lookup serves all that ask meanwhile. Finding none may be a resolver's bad moment, so that
        // is not remembered.
        let look_up = async {
            let hosts = driver::mail_hosts(&native, domain.clone()).await;
            (!hosts.is_empty()).then(|| Arc::new(hosts))
        };
        self.hosts.optionally_get_with(domain.clone(), look_up).await.unwrap_or_default()
    }

    async fn policy_host(&self, domain: Domain) -> Arc<Vec<IpAddr>> {
        let native = Arc::clone(&self.native);
        let host = domain.policy_host();
        // As with mail hosts: looked up once for all that ask, and nothing is remembered of a failure.
        let look_up =
            async move { native.addresses(&host, Instant::now() + native.timeout).await.ok().map(Arc::new) };
        self.policy_hosts.optionally_get_with(domain, look_up).await.unwrap_or_default()
    }

    /// Leave to carry out a step, for as long as it is held.
    fn permit(&self) -> Result<SemaphorePermit<'_>, Problem> {
        self.steps.try_acquire().map_err(|_| {
            let detail = format!("{MAX_STEPS} steps are under way; try again in a moment");
            Problem::new(StatusCode::TOO_MANY_REQUESTS, "busy", "the companion is busy", detail)
        })
    }

    async fn carry_out(&self, step: Step) -> Response {
        let entry = self.native.perform(step, Witness::Companion).await;
        json(StatusCode::OK, &Answer { took_ms: entry.took_ms, outcome: entry.outcome })
    }
}

/// What a step endpoint answers.
#[derive(Serialize)]
struct Answer {
    took_ms: u32,
    outcome: Outcome,
}

/// What the page is to start with.
#[derive(Serialize)]
struct PageConfig<'s> {
    /// Where the companion answers, relative to the page.
    companion: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    zoo: Option<PageZoo<'s>>,
}

#[derive(Serialize)]
struct PageZoo<'s> {
    /// Names with this suffix are asked for at `resolver`.
    suffix: &'static str,
    resolver: &'static str,
    domains: Vec<PageExample<'s>>,
}

#[derive(Serialize)]
struct PageExample<'s> {
    domain: String,
    sentence: &'s str,
}

async fn config(State(server): State<Arc<Server>>) -> Response {
    #[cfg(feature = "zoo")]
    let zoo = server.zoo.as_deref().map(|zoo| PageZoo {
        suffix: zoo::SUFFIX,
        resolver: "dns-query",
        domains: zoo
            .exhibits
            .iter()
            .map(|exhibit| PageExample { domain: exhibit.domain(), sentence: exhibit.sentence })
            .collect(),
    });
    #[cfg(not(feature = "zoo"))]
    let zoo = None;
    let _ = &server;
    json(StatusCode::OK, &PageConfig { companion: ".", zoo })
}

#[cfg(feature = "zoo")]
#[derive(Deserialize)]
struct DnsQuery {
    dns: Option<String>,
}

/// The zoo's resolver for the browser (RFC 8484 §4.1). It knows the zoo's names only.
#[cfg(feature = "zoo")]
async fn zoo_dns(
    State(server): State<Arc<Server>>,
    Parameters(query): Parameters<DnsQuery>,
) -> Result<Response, Problem> {
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    let query = parameter("dns", query.dns, |dns| BASE64_URL_SAFE_NO_PAD.decode(dns))?;
    let answer = server.zoo.as_ref().and_then(|zoo| zoo.answer(&query));
    let answer = answer.ok_or_else(|| bad_parameter("dns: this is no query".into()))?;
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

/// A file of the page.
async fn file(uri: Uri) -> Response {
    if !has_page() {
        let text = "This mta-sts was built before its page. Run `cargo xtask run` in the project to have both.\n\
                    The endpoints /v1/policy, /v1/smtp and /healthz work.\n";
        return (StatusCode::NOT_FOUND, [(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response();
    }
    let Some((name, bytes)) = page::find(uri.path()) else {
        return (StatusCode::NOT_FOUND, [(CONTENT_TYPE, "text/plain; charset=utf-8")], "not found\n")
            .into_response();
    };
    let fields = [
        (CONTENT_TYPE, page::media_type(name)),
        (CONTENT_SECURITY_POLICY, PAGE_POLICY),
        (CACHE_CONTROL, "no-cache"),
        (HeaderName::from_static("x-content-type-options"), "nosniff"),
        (HeaderName::from_static("referrer-policy"), "no-referrer"),
    ];
    (fields, bytes).into_response()
}
