//! `lab bench` as users run it, at a small scale.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod arguments;
#[path = "../faulty_proxy/mod.rs"]
mod faulty_proxy;
mod measured;
mod nginx;
mod peers;
mod scenarios;
mod services;
