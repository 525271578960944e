//! The topology over HTTP, as the page uses it: threads and processes that can be killed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod client;
#[allow(dead_code, reason = "it is shared, and not everything is needed here")]
#[path = "../../../../system-tests/tests/process/mod.rs"]
mod process;
mod processes;
mod refusals;
mod separate;
