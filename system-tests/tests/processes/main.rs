//! A service of several processes as users run it: connections, failures, reloads and ends.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod cluster;
mod deaths;
mod ends;
#[path = "../process/mod.rs"]
#[allow(dead_code, reason = "it is shared, and not everything is needed here")]
mod process;
mod reloads;
mod starts;
mod together;

use servers::redis;
