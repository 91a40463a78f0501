//! The MTA-STS engine.
pub mod dns;
pub mod evidence;
pub mod name;
pub mod policy;
pub mod record;
pub mod span;
mod uri;
