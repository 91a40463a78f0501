//! The native host of the MTA-STS engine: what the `mta-sts` binary is made of.
//!
//! [`native::Native`] carries out the engine's steps, [`driver::check`] runs a whole check, and
//! [`serve::Server`] offers single steps to a page over HTTP.
#![cfg(not(target_arch = "wasm32"))]

#[cfg(feature = "network")]
mod chain;
pub mod cli;
mod diagnostic;
#[cfg(feature = "network")]
pub mod dials;
#[cfg(feature = "network")]
pub mod driver;
mod excerpt;
pub mod explain;
#[cfg(feature = "network")]
mod fetch;
#[cfg(feature = "network")]
pub mod guard;
#[cfg(feature = "network")]
pub mod http;
pub mod input;
pub mod lint;
#[cfg(feature = "network")]
pub mod log;
pub mod names;
#[cfg(feature = "network")]
pub mod native;
#[cfg(feature = "network")]
mod old_tls;
#[cfg(feature = "network")]
pub mod opt_out;
#[cfg(feature = "network")]
pub mod options;
#[cfg(feature = "network")]
mod page;
#[cfg(feature = "network")]
pub mod port25;
#[cfg(feature = "network")]
mod ports;
#[cfg(feature = "network")]
pub mod probe;
#[cfg(feature = "network")]
mod remembered;
pub mod report;
#[cfg(feature = "network")]
pub mod resolve;
mod sarif;
#[cfg(feature = "network")]
pub mod serve;
#[cfg(feature = "network")]
pub mod smtp;
pub mod text;
#[cfg(feature = "network")]
pub mod tls;
#[cfg(feature = "network")]
pub mod trust;
