//! The topology over HTTP, as the page uses it: threads and processes that can be killed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod client;
mod processes;
mod refusals;
mod separate;

use system_tests::process;
