//! `lab bench`: measures what a delivery costs on each transport, and reports it.
//!
//! - [`scenario`], [`experiments`]: what is measured
//! - [`run`]: how it is measured
//! - [`mod@processes`], [`scale`], [`channels`], [`tokens`], [`collapse`]: measurements of services as
//!   a whole, in the frame of [`service_benchmark`]
//! - [`result`], [`mod@file`]: the result of a run, and its file
//! - [`metrics`], [`stats`]: the figures in a result, and their confidence
//! - [`report`], [`mod@format`], [`output`]: how a result is presented
//! - [`baseline`]: figures that are worse than in an earlier run
//! - [`claims`]: starts the program that judges claims by a result
//! - [`load`]: thousands of subscribers on one thread
//! - [`limit`]: the minimum cost of a server, as the reference of measurements
//! - [`peers`]: other servers that are measured too
//! - [`nginx`]: a service behind nginx and a link
//! - [`broker`]: the cost of a message through memory and through Redis
//! - [`environment`]: where and when a run was made
//! - [`code`]: lines of code of the clients

pub(crate) mod baseline;
pub mod broker;
mod channels;
pub mod claims;
pub(crate) mod code;
mod collapse;
pub mod drain;
pub mod environment;
pub(crate) mod experiments;
pub(crate) mod file;
mod format;
pub mod limit;
pub mod load;
pub(crate) mod metrics;
pub(crate) mod nginx;
mod output;
pub mod peers;
mod processes;
mod processors;
pub mod report;
pub(crate) mod result;
pub mod run;
mod scale;
pub(crate) mod scenario;
mod service_benchmark;
pub(crate) mod stats;
mod tokens;
