//! The load: thousands of readers on one thread, cheaper than any server they measure.
//!
//! A reader is a socket and a small state; there is no task, no timer and no buffer for it while it waits. Every message
//! carries a [`stamp`], so that each reader knows what it missed and how late a message is, whatever server it came from.
//!
//! - [`url`], [`target`]: whom it loads, and what is said to them
//! - [`wire`]: what they answer, read from pieces that end anywhere; no sockets
//! - [`seen`], [`pace`], [`counters`]: what a reader has had, what is published when, what is counted; no sockets
//! - [`connection`], [`reader`], [`publisher`]: the sockets
//! - [`engine`]: the loop that turns them

pub(crate) mod clock;
pub(crate) mod connection;
pub(crate) mod counters;
pub(crate) mod engine;
pub(crate) mod pace;
pub(crate) mod publisher;
pub(crate) mod reader;
mod seen;
pub(crate) mod stamp;
pub(crate) mod target;
#[cfg(test)]
mod tests;
pub(crate) mod url;
mod wire;
