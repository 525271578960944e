//! Runs scenarios: starts a server, loads it, and counts operations.
//!
//! - [`machine`], [`server`], [`gated_link`]: processors, the server under test, and the gate in
//!   front of it
//! - [`usage`]: clocks and counters, read before and after
//! - [`measurement`], [`operations`]: the frame of a repetition, and each operation in it
//! - [`command`], [`plan`], [`execute`]: the arguments, and the run in its order
//! - [`disturbances`]: reasons to doubt the figures

pub mod command;
mod disturbances;
mod execute;
pub(crate) mod gated_link;
mod machine;
mod measurement;
mod operations;
mod plan;
mod server;
mod usage;
