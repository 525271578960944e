//! The services on a real Redis. Needs `redis-server`. Each test that injects faults starts its
//! own.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod certificates;
mod channels;
mod histories;
#[path = "../../../../longpoll-svc/tests/subscriber/mod.rs"]
mod longpoll;
mod losses;
mod missed;
mod on_redis;
mod outages;
mod reasons;
mod refusals;
mod room;
mod sharing;
#[path = "../../../../sse-svc/tests/subscriber/mod.rs"]
mod sse;
mod steps;
mod suite;
mod tcp;
mod tls;
mod tls_refusals;
mod tls_server;
#[path = "../../../../ws-svc/tests/subscriber/mod.rs"]
mod ws;

use servers::redis;
