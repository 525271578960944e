//! The scenarios, by subject. Each is an async function that panics if the service misbehaves.
//!
//! A new scenario is a function here and a line in `suite.rs`.

pub mod abuse;
pub mod access;
pub mod bad_publications;
pub mod channels;
pub mod connections;
pub mod cors;
pub mod cursors;
pub mod delivery;
pub mod disconnects;
pub mod ends;
pub mod idempotency;
pub mod limits;
pub mod logging;
pub mod open_files;
pub mod problems;
pub mod rates;
pub mod requests;
pub mod several;
pub mod several_limits;
pub mod signals;
pub mod task_refusals;
pub mod tasks;
pub mod token_keys;
