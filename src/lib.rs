//! The validator for MTA-STS (RFC 8461): is a domain's setup right, what will senders do with its
//! mail, and what exactly has to change.
//!
//! # Scope
//!
//! This crate is the engine. It reads records, policies and DNS messages, matches MX hosts, and turns
//! what was seen of a domain into findings and a verdict. It does no I/O, has no clock and is not
//! async: a host program looks where [`Check::next_steps`] says and feeds what it saw. The browser
//! (`wasm`, `browser`, compiled for wasm32 only) and the `mta-sts` binary are two such hosts.
//!
//! # Lint a text
//!
//! ```
//! let report = mta_sts::lint(mta_sts::LintKind::Record, b"v=STSv1; id=2026-01-01");
//! assert!(!report.valid);
//! assert_eq!(report.findings[0].fix.as_deref(), Some("Write `id=20260101`."));
//! ```
//!
//! # Read a policy as a sender does
//!
//! ```
//! use mta_sts::{Host, Mode, PolicyDoc};
//!
//! let doc = PolicyDoc::parse(b"version: STSv1\nmode: enforce\nmx: *.example.com\nmax_age: 604800\n");
//! let policy = doc.policy().expect("a valid policy");
//! assert_eq!(policy.mode, Mode::Enforce);
//! assert!(policy.mx[0].matches(&Host::new("MX1.example.com")));
//! assert!(!policy.mx[0].matches(&Host::new("example.com")));
//! ```
//!
//! # Check a domain
//!
//! See [`Check`].

mod address;
#[cfg(feature = "check")]
pub mod beside;
#[cfg(all(target_arch = "wasm32", feature = "browser"))]
mod browser;
#[cfg(feature = "check")]
mod causes;
#[cfg(feature = "check")]
mod check;
#[cfg(feature = "check")]
pub mod command;
#[cfg(feature = "check")]
pub mod dane;
#[cfg(feature = "check")]
pub mod dns;
#[cfg(feature = "check")]
pub mod draft;
mod edit;
#[cfg(feature = "check")]
pub mod evidence;
#[cfg(feature = "check")]
pub mod facts;
mod finding;
#[cfg(feature = "check")]
pub mod heard;
#[cfg(feature = "check")]
pub mod history;
#[cfg(any(
    test,
    all(
        target_arch = "wasm32",
        any(feature = "lint-policy", feature = "lint-record", feature = "look", feature = "mend")
    )
))]
mod json;
mod lint;
#[cfg(feature = "check")]
pub mod look;
mod lookalike;
pub mod name;
mod paste;
#[cfg(feature = "check")]
pub mod plan;
pub mod policy;
#[cfg(feature = "check")]
pub mod ready;
pub mod record;
#[cfg(feature = "check")]
pub mod report;
#[cfg(feature = "check")]
pub mod rua;
pub mod rules;
mod say;
pub mod senders;
#[cfg(feature = "setup")]
pub mod setup;
pub mod span;
#[cfg(feature = "reports")]
pub mod tlsrpt;
mod uri;
#[cfg(feature = "check")]
pub mod verdict;
mod visible;
#[cfg(target_arch = "wasm32")]
pub mod wasm;
mod words;

#[cfg(feature = "check")]
pub use check::Check;
#[cfg(feature = "check")]
pub use evidence::{Entry, Evidence, Failure, Outcome, Step, Witness};
pub use finding::{At, Edit, Finding, SCHEMA, Source};
pub use lint::{Fixed, Kind as LintKind, LintReport, fix_all, lint, lint_with};
pub use name::{Domain, DomainError, Host, MxPattern, Names};
pub use policy::{Mode, Policy, PolicyDoc};
pub use record::{Record, RecordDoc, RecordKind, Tlsrpt};
#[cfg(feature = "check")]
pub use report::Report;
pub use rules::Level;
#[cfg(feature = "check")]
pub use verdict::Delivery;
pub use visible::is_invisible;
