//! The native host of the MTA-STS engine: what the `mta-sts` binary is made of.
//!
//! [`native::Native`] carries out the engine's steps, [`driver::check`] runs a whole check, and
//! [`serve::Server`] offers single steps to a page over HTTP.
#![cfg(not(target_arch = "wasm32"))]

pub mod cli;
mod diagnostic;
pub mod driver;
mod excerpt;
pub mod guard;
pub mod http;
pub mod input;
pub mod lint;
pub mod native;
pub mod options;
mod page;
pub mod resolve;
mod sarif;
pub mod serve;
pub mod smtp;
pub mod text;
pub mod tls;
pub mod trust;
