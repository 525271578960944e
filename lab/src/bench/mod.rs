//! `lab bench`: what a delivery costs on each transport, and what is known about it afterwards.
//!
//! - [`scenario`]: what is asked of whom
//! - [`experiments`]: the list of all that is asked
//! - [`run`]: how it is found out
//! - [`result`]: what a run found out, as it is filled, written and read again
//! - [`histogram`]: the latencies in it
//! - [`mod@file`]: the file it is kept in
//! - [`figures`], [`stats`]: what is drawn from it, and how sure that is
//! - [`report`], [`words`]: what is shown of it
//! - [`claims`]: which of the usual claims it bears out
//! - [`environment`], [`code`]: where it ran, and what clients are made of

mod civil;
pub(crate) mod claims;
pub(crate) mod code;
pub(crate) mod environment;
pub(crate) mod experiments;
pub(crate) mod figures;
pub(crate) mod file;
pub(crate) mod histogram;
pub(crate) mod report;
pub(crate) mod result;
pub(crate) mod run;
pub(crate) mod scenario;
pub(crate) mod stats;
mod words;
