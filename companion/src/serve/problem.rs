//! What cannot be done, as a problem (RFC 9457).

use std::borrow::Cow;
use std::time::Duration;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

/// A problem (RFC 9457). Its `detail` is a sentence for people; programs go by `type`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Problem {
    #[serde(rename = "type")]
    kind: String,
    title: Cow<'static, str>,
    pub(super) status: u16,
    detail: String,
    /// Whole seconds until another try may work, as in `Retry-After`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
}

impl Problem {
    pub(super) fn new(
        status: StatusCode,
        code: &str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            kind: format!("urn:mta-sts:problem:{code}"),
            title: Cow::Borrowed(title),
            status: status.as_u16(),
            detail: detail.into(),
            retry_after: None,
        }
    }

    /// A parameter that is missing or wrong.
    pub(super) fn bad_parameter(detail: String) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-parameter", "a parameter is missing or wrong", detail)
    }

    /// More than `limit` allows, which is over after `wait`.
    pub(super) fn limit(code: &str, title: &'static str, limit: &str, wait: Duration) -> Self {
        // Rounded up: a try that comes a moment too early would be refused again.
        let seconds = wait.as_millis().div_ceil(1000).max(1);
        let seconds = u64::try_from(seconds).unwrap_or(u64::MAX);
        let unit = if seconds == 1 { "second" } else { "seconds" };
        let detail = format!("{limit}; try again in {seconds} {unit}");
        let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, code, title, detail);
        Self { retry_after: Some(seconds), ..problem }
    }

    /// Something here does not work as it should.
    pub(super) fn broken() -> Self {
        let detail = "the step ended before its time";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "something is broken here", detail)
    }

    /// All of it in a sentence.
    pub(super) fn sentence(&self) -> String {
        format!("{}: {}", self.title, self.detail)
    }

    /// Whole seconds until another try may work.
    pub(super) const fn retry_after(&self) -> Option<u64> {
        self.retry_after
    }

    /// The last part of its type, which does not change.
    pub(super) fn code(&self) -> &str {
        self.kind.rsplit(':').next().unwrap_or_default()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = json(status, &self);
        let fields = response.headers_mut();
        fields.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            fields.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            fields.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// An answer in JSON, which nobody may keep.
pub(super) fn json(status: StatusCode, value: &impl Serialize) -> Response {
    let body = serde_json::to_vec(value).unwrap_or_default();
    let fields = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")];
    (status, fields, body).into_response()
}
