//! What a server says of itself.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::Server;
use super::problem::json;
use super::settings::{Limits, Role};
use crate::port25::Reach;

/// The answer to `GET /v1/status`.
#[derive(Serialize)]
struct Status<'s> {
    version: &'static str,
    role: Role,
    /// Whether connections to port 25 leave this network; on a front that is not known here, so there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    port25: Option<Port25Status>,
    /// The name said with EHLO; none where it is the address.
    ehlo_name: Option<&'s str>,
    /// Longest that a step takes once it has begun, in seconds.
    timeout: f64,
    /// Counts, rates per minute, and times in seconds.
    limits: &'s Limits,
}

#[derive(Serialize)]
struct Port25Status {
    ipv4: Reach,
    ipv6: Reach,
}

pub(super) async fn status(State(server): State<Arc<Server>>) -> Response {
    let port25 = &server.native.port25;
    let status = Status {
        version: env!("CARGO_PKG_VERSION"),
        role: server.role,
        port25: (server.role != Role::Front)
            .then(|| Port25Status { ipv4: port25.reach(false), ipv6: port25.reach(true) }),
        ehlo_name: server.native.ehlo_name.as_deref(),
        timeout: server.native.timeout.as_secs_f64(),
        limits: &server.limits,
    };
    json(StatusCode::OK, &status)
}
