//! The page in a browser: over three services, during outages, with the keyboard, and its measurements;
//! also the pages of the original examples and our own small ones. Needs Chromium, Firefox and their
//! drivers.
//!
//! Most tests run in both browsers (`engine.rs`). Those that need Chromium's developer tools, or would
//! show nothing new in a second browser, run in Chromium alone.

#![allow(clippy::unwrap_used, reason = "a panic shows where a test failed")]

mod accessibility;
mod browser;
mod caddy;
mod claims;
mod documents;
mod driver;
mod engine;
mod examples;
mod experiments;
mod fallback;
mod faults;
mod first_message;
mod gated;
mod guide;
mod keyboard;
mod lanes;
mod limits;
mod looks;
mod outages;
mod packed;
mod page;
mod paper;
mod phone;
mod picture;
mod questions;
mod recorded;
mod report;
mod shift;
mod shortcuts;
mod soak;
mod tokens;
mod topology;

use system_tests::process;

const TRANSPORTS: [&str; 3] = ["longpoll", "sse", "ws"];
