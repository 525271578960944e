//! `lab bench`: measures what a delivery costs on each transport, and reports it.
//!
//! - [`scenario`], [`experiments`]: what is measured
//! - [`run`]: how it is measured
//! - [`mod@processes`], [`scale`]: measurements of services as a whole, collected by [`facts`]
//! - [`result`], [`mod@file`]: the result of a run, and its file
//! - [`metrics`], [`stats`]: the figures in a result, and their confidence
//! - [`report`], [`mod@format`], [`output`]: how a result is presented
//! - [`claims`]: starts the program that judges claims by a result
//! - [`load`]: thousands of subscribers on one thread
//! - [`limit`]: the minimum cost of a server, as the reference of measurements
//! - [`broker`]: the cost of a message through memory and through Redis
//! - [`environment`]: where and when a run was made
//! - [`code`]: lines of code of the clients

pub mod broker;
pub mod claims;
pub(crate) mod code;
pub mod drain;
pub mod environment;
pub(crate) mod experiments;
mod facts;
pub(crate) mod file;
mod format;
pub mod limit;
pub mod load;
pub(crate) mod metrics;
mod output;
mod processes;
pub mod report;
pub(crate) mod result;
pub mod run;
mod scale;
pub(crate) mod scenario;
pub(crate) mod stats;
