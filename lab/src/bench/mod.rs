//! `lab bench`: what a delivery costs on each transport, and what is known about it afterwards.
//!
//! - [`scenario`]: what is asked of whom
//! - [`experiments`]: the list of all that is asked
//! - [`run`]: how it is found out
//! - [`result`]: what a run found out, as it is filled, written and read again
//! - [`mod@processes`], [`scale`]: services as a whole: threads beside processes, and as many connections as there can be
//! - [`mod@file`]: the file it is kept in
//! - [`figures`], [`stats`]: what is drawn from it, and how sure that is
//! - [`report`], [`words`], [`output`]: what is shown of it, and where
//! - [`claims`]: which of the usual claims it bears out
//! - [`code`]: what clients are made of

pub(crate) mod claims;
pub(crate) mod code;
pub(crate) mod experiments;
pub(crate) mod figures;
pub(crate) mod file;
mod output;
mod processes;
pub(crate) mod report;
pub(crate) mod result;
pub(crate) mod run;
mod scale;
pub(crate) mod scenario;
pub(crate) mod stats;
mod words;
