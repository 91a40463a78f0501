//! Counts for Prometheus. No label comes from a stranger, so there are only so many series.

use std::fmt::Write as _;
use std::time::Duration;

use mta_sts::evidence::{SmtpResult, SmtpStage};
use mta_sts::{Failure, Outcome, Step};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

type Labels = Vec<(&'static str, String)>;

/// All counts of a server.
pub(super) struct Metrics {
    registry: Registry,
    steps: Family<Labels, Counter>,
    durations: Family<Labels, Histogram>,
    guarded: Counter,
    refused: Family<Labels, Counter>,
    cache: Family<Labels, Counter>,
    under_way: Gauge,
    pub(super) connections: Gauge,
}

/// Where an answer came from.
#[derive(Clone, Copy, Debug)]
pub(super) enum From {
    /// It was kept from before.
    Cache,
    /// Somebody else asked for it at the same time.
    Shared,
    /// The step was carried out.
    Target,
}

impl From {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Cache => "hit",
            Self::Shared => "shared",
            Self::Target => "miss",
        }
    }
}

impl Metrics {
    pub(super) fn new() -> Self {
        let mut registry = Registry::with_prefix("mta_sts");
        let durations = Family::<Labels, Histogram>::new_with_constructor(|| {
            Histogram::new(exponential_buckets(0.005, 2.0, 14))
        });
        let metrics = Self {
            steps: Family::default(),
            durations,
            guarded: Counter::default(),
            refused: Family::default(),
            cache: Family::default(),
            under_way: Gauge::default(),
            connections: Gauge::default(),
            registry: Registry::default(),
        };
        registry.register(
            "steps",
            "Steps carried out, by result and the stage an SMTP session got to",
            metrics.steps.clone(),
        );
        registry.register_with_unit(
            "step_duration",
            "How long steps took",
            Unit::Seconds,
            metrics.durations.clone(),
        );
        registry.register(
            "guard_refusals",
            "Steps whose address is not public or opted out",
            metrics.guarded.clone(),
        );
        registry.register("refusals", "Requests answered with a problem", metrics.refused.clone());
        registry.register(
            "answers",
            "Answers by where they came from: hit, shared or miss",
            metrics.cache.clone(),
        );
        registry.register("steps_under_way", "Steps being carried out now", metrics.under_way.clone());
        registry.register("connections", "Connections of clients open now", metrics.connections.clone());
        Self { registry, ..metrics }
    }

    /// All of it, in the text format of OpenMetrics.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        if encode(&mut text, &self.registry).is_err() {
            // Only a broken encoder does this; a scraper takes the remark for what it is.
            text.clear();
            text.write_str("# EOF\n").ok();
        }
        text
    }

    /// A step begins; it ends when what this gives is dropped.
    pub(super) fn begin(&self) -> UnderWay<'_> {
        self.under_way.inc();
        UnderWay(&self.under_way)
    }

    /// A step was carried out.
    pub(super) fn done(&self, step: &Step, outcome: &Outcome, took: Duration) {
        let (step, result, stage) = words(step, outcome);
        let labels = vec![("step", step.into()), ("result", result.into()), ("stage", stage.into())];
        self.steps.get_or_create(&labels).inc();
        self.durations.get_or_create(&vec![("step", step.into())]).observe(took.as_secs_f64());
        if matches!(outcome, Outcome::Failed(Failure::Guarded { .. } | Failure::OptedOut { .. })) {
            self.guarded.inc();
        }
    }

    /// A step was answered.
    pub(super) fn answered(&self, from: From) {
        self.cache.get_or_create(&vec![("from", from.as_str().into())]).inc();
    }

    /// A request was answered with the problem of that code, one of ours.
    pub(super) fn refused(&self, code: &str) {
        self.refused.get_or_create(&vec![("problem", code.into())]).inc();
    }
}

/// A step that is being carried out.
pub(super) struct UnderWay<'m>(&'m Gauge);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// What counts call a step, what came of it, and the stage it got to.
pub(super) fn words(step: &Step, outcome: &Outcome) -> (&'static str, &'static str, &'static str) {
    let stage = match outcome {
        Outcome::Session(session) => match session.stage {
            SmtpStage::Connect => "connect",
            SmtpStage::Banner => "banner",
            SmtpStage::Ehlo => "ehlo",
            SmtpStage::Starttls => "starttls",
            SmtpStage::Handshake => "handshake",
            SmtpStage::EhloAfterTls => "ehlo-after-tls",
            SmtpStage::Done => "done",
        },
        _ => "",
    };
    match step {
        Step::Smtp { .. } => ("smtp", SmtpResult::of(outcome, false).as_str(), stage),
        Step::Policy { .. } | Step::PolicyAddress { .. } | Step::PolicyAsBrowser { .. } => {
            let what = match step {
                Step::PolicyAddress { .. } => "policy-address",
                Step::PolicyAsBrowser { .. } => "policy-as-browser",
                _ => "policy",
            };
            let result = match outcome {
                Outcome::Http(answer) => match answer.status {
                    200 => "ok",
                    404 | 410 => "absent",
                    300..400 => "redirect",
                    _ => "status",
                },
                Outcome::Failed(failure) => failed(failure),
                _ => "other",
            };
            (what, result, stage)
        }
        Step::Tls { .. } => {
            let result = match outcome {
                Outcome::OldTls(_) => "old-tls",
                _ => SmtpResult::of(outcome, false).as_str(),
            };
            ("tls", result, stage)
        }
        Step::Dns { .. } => ("dns", "other", stage),
    }
}

const fn failed(failure: &Failure) -> &'static str {
    match failure {
        Failure::NxDomain | Failure::NoAddress => "no-host",
        Failure::Dns { .. } => "dns-error",
        Failure::Guarded { .. } => "guarded",
        Failure::OptedOut { .. } => "opted-out",
        Failure::Companion { .. } => "limit",
        Failure::ConnectTimeout { .. } | Failure::Timeout => "timeout",
        Failure::NoRoute { .. } => "no-route",
        Failure::Refused => "refused",
        Failure::Closed => "closed",
        Failure::Tls { .. } => "tls",
        Failure::Certificate { .. } => "certificate",
        _ => "other",
    }
}
