//! The JavaScript surface: each function converts, calls, and converts back.

#[cfg(feature = "browser")]
mod check;
#[cfg(all(any(feature = "lint-policy", feature = "lint-record"), not(feature = "mend")))]
mod findings;
#[cfg(all(feature = "look", not(feature = "mend")))]
mod look;
#[cfg(feature = "mend")]
mod mending;

#[cfg(feature = "reports")]
mod reports;
#[cfg(feature = "setup")]
mod setup;

#[cfg(feature = "browser")]
pub use self::check::{check, draft_against, read_domain, replay};
#[cfg(all(any(feature = "lint-policy", feature = "lint-record"), not(feature = "mend")))]
pub use self::findings::*;
#[cfg(all(feature = "look", not(feature = "mend")))]
pub use self::look::*;
#[cfg(feature = "mend")]
pub use self::mending::{fix_all, lint, names_in, senders, speak};
#[cfg(feature = "reports")]
pub use self::reports::Reports;
#[cfg(all(feature = "reports", not(feature = "mend")))]
pub use self::reports::speak;
#[cfg(feature = "setup")]
pub use self::setup::{planned, set_up, set_up_zip};

/// A small allocator: the standard one is a tenth of what a page loads to lint.
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
