//! Other servers, measured beside those of this project. Each is described by one file in
//! `lab/peers`; docs/benchmark.md says how to write one.
//!
//! - [`definition`], [`requests`]: the file, and the requests that follow from it
//! - [`selection`]: the argument `--peers`, and what is not installed
//! - [`process`]: a running peer with all its processes
//! - [`launch`]: ends a peer with the benchmark

pub(crate) mod definition;
pub mod launch;
pub(crate) mod process;
mod requests;
pub(crate) mod selection;

pub(crate) use definition::Peer;
