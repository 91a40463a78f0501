//! The JavaScript surface: each function converts, calls, and converts back.

#[cfg(feature = "browser")]
mod check;
#[cfg(all(any(feature = "lint-policy", feature = "lint-record"), not(feature = "mend")))]
mod findings;
#[cfg(feature = "mend")]
mod mending;

#[cfg(feature = "browser")]
pub use self::check::{check, draft_against, read_domain};
#[cfg(all(any(feature = "lint-policy", feature = "lint-record"), not(feature = "mend")))]
pub use self::findings::*;
#[cfg(feature = "mend")]
pub use self::mending::{fix_all, lint, names_in, senders};

/// A small allocator: the standard one is a tenth of what a page loads to lint.
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
