//! The load generator: thousands of subscribers on one thread, cheaper than any server it measures.
//!
//! A subscriber is a socket and a small state. While it waits it has no task, timer or buffer.
//! Every message carries a [`stamp`], so each subscriber knows which messages it missed and how
//! late a message is, whichever server it came from.
//!
//! - [`url`], [`target`]: the server, and the requests to it
//! - [`dialect`], [`template`]: how the requests to other servers differ
//! - [`storm`]: many clients that a gate cuts at once
//! - [`decoder`]: decodes responses, in pieces of any size; no sockets
//! - [`received`], [`pace`], [`counters`]: what arrived, when to publish, what is counted; no
//!   sockets
//! - [`connection`], [`reader`], [`publisher`]: the sockets
//! - [`engine`]: the event loop
pub(crate) mod clock;
pub(crate) mod connection;
pub(crate) mod counters;
mod decoder;
pub(crate) mod dialect;
pub(crate) mod engine;
pub(crate) mod pace;
pub(crate) mod publisher;
pub(crate) mod reader;
mod received;
pub(crate) mod stamp;
pub mod storm;
pub(crate) mod target;
mod template;
#[cfg(test)]
mod tests;
pub(crate) mod url;

/// The channel of a load.
pub(crate) const CHANNEL: &str = "bench";
/// Usual size of a message's text in bytes.
pub(crate) const SIZE: usize = 100;
