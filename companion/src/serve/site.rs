//! What a browser is given: the page, what it starts with, and the page that says what knocks.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{
    ACCEPT_ENCODING, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETAG, HeaderMap, HeaderName, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::Server;
use super::problem::json;
use crate::page;

/// What the page may do: run its own code and wasm, and talk to any resolver, policy host and companion over HTTPS. No text becomes
/// code: the one URL of a script that it makes itself is that of its worker. The page says the same of itself, but for who may
/// frame it, which only a header can say.
macro_rules! page_policy {
    ($ancestors:literal) => {
        concat!(
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; ",
            "img-src 'self'; connect-src 'self' https: http://localhost:* http://127.0.0.1:*; worker-src 'self'; ",
            "form-action 'self'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types mta-sts-worker; ",
            "frame-ancestors ",
            $ancestors
        )
    };
}

const PLAIN: (HeaderName, &str) = (CONTENT_TYPE, "text/plain; charset=utf-8");

/// Whether the page was there when this binary was built.
#[must_use]
pub const fn has_page() -> bool {
    !page::FILES.is_empty()
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

pub(super) async fn config(State(server): State<Arc<Server>>) -> Response {
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

/// A file of the page.
pub(super) async fn file(uri: Uri, asked: HeaderMap) -> Response {
    if !has_page() {
        let text = "This mta-sts was built before its page. Run `cargo xtask run` in the project to have both.\n\
                    The endpoints /v1/policy, /v1/smtp, /v1/status and /healthz work.\n";
        return (StatusCode::NOT_FOUND, [PLAIN], text).into_response();
    }
    let Some(file) = page::File::find(uri.path()) else {
        return (StatusCode::NOT_FOUND, [PLAIN], "not found\n").into_response();
    };
    let field =
        |name| asked.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or_default();
    // Asked again each time, and sent again only where it changed; a file named after what is in it is not asked for again.
    let kept = if file.is_fixed() { "public, max-age=31536000, immutable" } else { "no-cache" };
    let fields = [
        (CONTENT_TYPE, page::media_type(file.name)),
        (CONTENT_SECURITY_POLICY, if file.is_framed() { page_policy!("*") } else { page_policy!("'none'") }),
        (CACHE_CONTROL, kept),
        (ETAG, file.tag),
        (VARY, "accept-encoding"),
        (HeaderName::from_static("referrer-policy"), "no-referrer"),
    ];
    // Modules are fetched with CORS, and a page that isolates itself takes what says that others may have it.
    let for_others = file.is_embedded().then_some([
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ]);
    if field(IF_NONE_MATCH).split(',').any(|tag| tag.trim() == file.tag) {
        return (StatusCode::NOT_MODIFIED, fields, for_others, ()).into_response();
    }
    let (bytes, coding) = file.packed(field(ACCEPT_ENCODING));
    let coding = coding.map(|coding| [(CONTENT_ENCODING, coding)]);
    (fields, for_others, coding, bytes).into_response()
}

/// What knocks at mail hosts, how often, and how not to be knocked at: for whoever finds it in a log.
pub(super) async fn probe(State(server): State<Arc<Server>>) -> Response {
    let limits = &server.limits;
    let name = server.native.ehlo_name.as_deref().unwrap_or("its address in brackets");
    let contact = match &server.contact {
        Some(contact) => format!("write to {contact} and name"),
        None => {
            "write to whoever runs\n  this host (its postmaster, or the contact of its address block) and name"
                .to_owned()
        }
    };
    let text = format!(
        "What connected to your server\n\
         =============================\n\n\
         This host runs mta-sts {version}, which checks the MTA-STS set-up (RFC 8461) of a mail domain when somebody\n\
         asks it to. Nobody else is tried, and nothing is scanned.\n\n\
         What it does\n\n\
         * It connects to port 25 of the hosts in the domain's MX records, says EHLO with {name},\n\
         \x20 asks for STARTTLS, looks at the certificate, says EHLO again and QUIT. It never says MAIL: no mail is sent.\n\
         \x20 Up to five such connections are made to one address in a check, one after another, to see which versions\n\
         \x20 of TLS are taken.\n\
         * It fetches https://mta-sts.DOMAIN/.well-known/mta-sts.txt, and follows no redirect: once, then once from each\n\
         \x20 of its addresses, and where it is turned away once more with the User-Agent of a browser, to see whether it\n\
         \x20 was for its name.\n\
         * It connects to no other port.\n\n\
         How often\n\n\
         * A result is kept for {cache} seconds and given to everybody who asks meanwhile.\n\
         * One address is probed {rate} times in a minute at most, and by {steps} probes at once. One that policies are\n\
         \x20 fetched from is connected to {policy_rate} times in a minute at most.\n\n\
         How not to be checked\n\n\
         \x20 To have a domain, a host or a range of addresses left alone, {contact} it.\n\
         \x20 It is then never dialled from here, whoever asks. A name covers what is dialled by that name; addresses\n\
         \x20 cover every name that leads to them.\n",
        version = env!("CARGO_PKG_VERSION"),
        cache = limits.cache.as_secs(),
        rate = limits.address_rate,
        steps = limits.address_steps,
        policy_rate = limits.policy_rate,
    );
    ([PLAIN, (CACHE_CONTROL, "no-cache")], text).into_response()
}
