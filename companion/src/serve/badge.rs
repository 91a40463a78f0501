//! A domain's verdict as a small picture, for pages that show images and nothing else. Whoever loads such a page asks for
//! it, so one check serves all who ask for some minutes, and few checks are made for badges at once.

mod picture;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::extract::{ConnectInfo, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{FuturesUnordered, StreamExt};
use moka::Expiry;
use moka::future::Cache;
use mta_sts::facts::{MxLookup, RecordState};
use mta_sts::{Check, Delivery, Domain, Entry, Failure, Mode, Outcome, Report, Step, Witness};
use serde::Deserialize;
use tokio::time::{Instant, timeout};

use self::picture::Says;
use super::gate::Gate;
use super::problem::Problem;
use super::settings::Limits;
use super::{Parameters, Peer, Server, parameter};
use crate::input::domain;
use crate::names;

/// Most domains whose badges are kept, some hundred octets each.
const MAX_KEPT: u64 = 10_000;
/// How long who asks for a badge waits for the check. Those who fetch images for others wait no longer; the check goes on.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long a badge is kept that says nothing yet, in the hands of others as well.
const SHORTLY: Duration = Duration::from_secs(60);
/// How long a check for a badge stays inside the gate at most: some steps after one another, with the waits before them.
const STAY: Duration = Duration::from_secs(300);

/// The badges of this server.
pub(super) struct Badges {
    kept: Cache<Domain, Arc<Badge>>,
    /// How many checks are made for badges at once.
    checks: Arc<Gate>,
}

/// What a domain's badge says.
#[derive(Debug)]
struct Badge {
    says: Says,
    /// The verdict in one sentence.
    sentence: String,
    at: Instant,
    /// How long it is kept.
    keep: Duration,
}

/// A badge lives as long as it says.
struct AsItSays;

impl Expiry<Domain, Arc<Badge>> for AsItSays {
    fn expire_after_create(&self, _: &Domain, badge: &Arc<Badge>, _: std::time::Instant) -> Option<Duration> {
        Some(badge.keep)
    }
}

impl Badges {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            kept: Cache::builder().max_capacity(MAX_KEPT).expire_after(AsItSays).build(),
            checks: Gate::new(usize::try_from(limits.badge_checks.get()).unwrap_or(usize::MAX)),
        }
    }
}

impl Badge {
    fn of(report: &Report, keep: Duration) -> Self {
        let says = verdict(report);
        let keep = if says == Says::Unknown { keep.min(SHORTLY) } else { keep };
        // An entry that lives no time at all is still shared by all who wait for it.
        let keep = keep.max(Duration::from_nanos(1));
        Self { says, sentence: report.summary.clone(), at: Instant::now(), keep }
    }
}

/// The engine's verdict in a word or two.
fn verdict(report: &Report) -> Says {
    match (report.delivery, report.policy.mode, report.record.state) {
        (Delivery::Deliver, Some(Mode::Enforce), _) if report.has_error() => Says::EnforceInPart,
        (Delivery::Deliver, Some(Mode::Enforce), _) => Says::Enforce,
        (Delivery::Deliver, ..) => Says::Testing,
        (Delivery::DeliverAndReport, ..) => Says::TestingFailing,
        (Delivery::Refuse, ..) if report.mx_lookup == MxLookup::Null => Says::NoMail,
        (Delivery::Refuse, ..) => Says::Failing,
        (Delivery::NoSts, _, RecordState::Absent)
        | (Delivery::NoSts, Some(Mode::None), RecordState::Valid) => Says::None,
        // Something is published, and senders can make nothing of it.
        (Delivery::NoSts, ..) => Says::Failing,
        (Delivery::Unknown, ..) => Says::Unknown,
    }
}

#[derive(Deserialize)]
pub(super) struct BadgeQuery {
    domain: Option<String>,
}

/// The badge of a domain. Whatever goes wrong, the answer is a picture that says so.
pub(super) async fn badge(
    State(server): State<Arc<Server>>,
    ConnectInfo(peer): Peer,
    fields: HeaderMap,
    query: Result<Parameters<BadgeQuery>, Problem>,
) -> Response {
    let asked = query.and_then(|Parameters(query)| {
        parameter("domain", query.domain, |text| domain(text).map(|(domain, _)| domain))
    });
    let client = server.proxies.client(peer, &fields);
    let found = match asked {
        Ok(domain) => server.badge_for(client, domain).await,
        Err(problem) => Err(problem),
    };
    match found {
        Ok(Some(badge)) => {
            let left = badge.keep.saturating_sub(badge.at.elapsed()).as_secs();
            drawn(StatusCode::OK, badge.says, &badge.sentence, Some(left))
        }
        Ok(None) => {
            let sentence = "The check has not come to its end yet: load this picture again in a moment.";
            drawn(StatusCode::OK, Says::Unknown, sentence, None)
        }
        Err(problem) => {
            server.metrics.refused(problem.code());
            tracing::info!(status = problem.status, problem = problem.code(), "refused");
            problem_drawn(&problem)
        }
    }
}

fn problem_drawn(problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let says = if status == StatusCode::TOO_MANY_REQUESTS { Says::Busy } else { Says::Error };
    let mut response = drawn(status, says, &problem.sentence(), None);
    if let Some(seconds) = problem.retry_after() {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// A picture that others may keep for some seconds, or not at all.
fn drawn(status: StatusCode, says: Says, sentence: &str, keep: Option<u64>) -> Response {
    let keep = keep.map_or_else(|| "no-store".to_owned(), |seconds| format!("public, max-age={seconds}"));
    let fields = [
        (CONTENT_TYPE, "image/svg+xml; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'"),
        (CACHE_CONTROL, &keep),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ];
    (status, fields, says.drawn(sentence)).into_response()
}

impl Server {
    /// The badge of a domain; nothing where its check is still under way.
    ///
    /// # Errors
    /// The client asks for more than it may, or too many ask for badges.
    async fn badge_for(
        self: &Arc<Self>,
        client: super::Client,
        domain: Domain,
    ) -> Result<Option<Arc<Badge>>, Problem> {
        let deadline = self.counts.patience();
        let _pass = self.counts.client(client, deadline).await?;
        if let Some(badge) = self.badges.kept.get(&domain).await {
            return Ok(Some(badge));
        }
        self.counts.fresh_badge(client).await?;
        // In a task of its own, so that the check goes on when who asked for the picture has gone.
        let server = Arc::clone(self);
        let looking = self.steps.spawn(async move {
            let check = Box::pin(server.check_for_badge(&domain, deadline));
            server.badges.kept.try_get_with(domain.clone(), check).await
        });
        match timeout(PATIENCE, looking).await {
            Err(_) => Ok(None),
            Ok(Ok(Ok(badge))) => Ok(Some(badge)),
            Ok(Ok(Err(problem))) => Err(Problem::clone(&problem)),
            Ok(Err(_)) => Err(Problem::broken()),
        }
    }

    /// Checks a domain as far as its verdict goes: each address of a mail host once, the policy once.
    ///
    /// # Errors
    /// Too many badges are asked for.
    async fn check_for_badge(
        self: &Arc<Self>,
        domain: &Domain,
        deadline: Instant,
    ) -> Result<Arc<Badge>, Problem> {
        let _inside = self.badges.checks.enter(deadline, STAY).await.map_err(|wait| {
            let limit = format!("{} checks for badges are under way", self.limits.badge_checks);
            Problem::limit("badges-busy", "too many badges are asked for", &limit, wait)
        })?;
        let mut check = Check::new(domain.clone(), now()).quick();
        let mut steps = FuturesUnordered::new();
        loop {
            for step in check.next_steps() {
                if check.evidence().decides(&step) {
                    steps.push(self.entry(step));
                }
            }
            let Some(entry) = steps.next().await else { break };
            check.feed_with(entry, names::of);
        }
        Ok(Arc::new(Badge::of(&check.report(), self.limits.badge_cache)))
    }

    /// Carries a step out as for anybody who asks, within the same limits and with what is kept.
    async fn entry(self: &Arc<Self>, step: Step) -> Entry {
        let deadline = self.counts.patience();
        if matches!(step, Step::Dns { .. }) {
            return match self.counts.lookup(deadline).await {
                Ok(_place) => self.native.perform(step, Witness::Companion).await,
                Err(problem) => not_carried_out(step, &problem),
            };
        }
        match self.answer(step.clone(), None, deadline).await {
            Ok(kept) => kept.entry(step),
            Err(problem) => not_carried_out(step, &problem),
        }
    }
}

/// That our own limits kept us from looking says nothing of the domain.
fn not_carried_out(step: Step, problem: &Problem) -> Entry {
    let outcome = Outcome::Failed(Failure::Companion { detail: problem.sentence() });
    Entry { step, by: Witness::Companion, via: None, took_ms: 0, outcome }
}

fn now() -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.map_or(0, |now| i64::try_from(now.as_secs()).unwrap_or(i64::MAX))
}
