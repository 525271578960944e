//! A service of several processes as users run it: connections, failures, reloads and ends.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod cluster;
mod deaths;
mod ends;
mod reloads;
mod starts;
mod together;

use system_tests::process;

use servers::redis;
