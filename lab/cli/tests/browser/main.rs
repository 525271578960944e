//! What visitors see, in a browser: the page over three services, services that go away, the pages of the original examples,
//! our own small ones, the keyboard, and what the page measures and says. Needs Chromium, Firefox and their drivers.
//!
//! Whatever is about the page runs in both (`engine.rs`); in Chromium alone runs what needs its developer tools, or what
//! would say nothing of a second browser.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod accessibility;
mod breakage;
mod browser;
mod caddy;
mod claims;
mod documents;
mod driver;
mod engine;
mod examples;
mod experiments;
mod fallback;
mod gated;
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
#[path = "../process/mod.rs"]
#[allow(dead_code, reason = "it is shared, and not everything is needed here")]
mod process;
mod questions;
mod recorded;
mod report;
mod shift;
mod shortcuts;
mod soak;
mod topology;

const TRANSPORTS: [&str; 3] = ["longpoll", "sse", "ws"];
