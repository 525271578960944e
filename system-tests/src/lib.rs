//! What the suites of this package and of `lab` share: `lab` as a process, requests over plain
//! sockets, and checkouts with stubs of tools.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

pub mod checkout;
pub mod http;
mod piped_text;
pub mod process;

use conformance::PATIENCE;
use std::{
    thread,
    time::{Duration, Instant},
};

/// Waits until there is a value, and fails the test after [`PATIENCE`].
///
/// # Panics
///
/// If there is none in time; `what` is in the message.
pub fn wait_for<T>(what: &str, mut value: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(value) = value() {
            return value;
        }
        assert!(began.elapsed() < PATIENCE, "waited too long for {what}");
        thread::sleep(Duration::from_millis(5));
    }
}
