//! The gate: a TCP proxy in front of any HTTP server, to see and to break its traffic.
//! docs/gate.md is its reference. It has no TLS, simulates no packet loss, which TCP hides from
//! programs, and generates no load.
//!
//! Each route of the gate has a port, an upstream and a link. The gate counts the bytes and
//! requests that pass, adds delay, jitter and a bandwidth limit, and injects faults.
//!
//! The gate runs on its own thread with its own runtime, so it shares no event loop with the
//! services it measures. All of its state lives on that thread, in cells without locks.
//! [`Gate`] is a handle that sends jobs to the thread.
//!
//! ```ignore
//! let gate = Gate::before(service.address(), Link::delayed(Duration::from_millis(50)))?;
//! let (before, cost) = (gate.counters().await, gate.cost().await);
//! run_load(gate.address()).await;
//! let (used, cost) = (gate.counters().await - before, gate.cost().await.since(&cost));
//! ```

mod accept;
mod amounts;
pub mod api;
pub mod args;
mod bad_gateway;
mod capture;
pub mod commands;
mod cost;
mod counters;
mod delay_line;
mod fault;
mod fault_request;
mod gate_connection;
mod gate_thread;
mod handle;
mod harmless_headers;
mod http_tracker;
mod link;
mod link_request;
pub mod measure;
mod parameters;
pub mod ports;
mod recorder;
mod relay;
mod relay_half;
mod request;
mod request_times;
mod reverse_proxy;
mod route;
mod routes;
mod show;
pub mod standalone;
mod state;
mod task_timer;
#[cfg(test)]
mod tests;
mod timers;
mod upstreams;

pub use cost::Cost;
pub use counters::Counters;
pub use handle::Gate;
pub use link::Link;

use routes::Routes;
use std::net::TcpListener;

/// Configuration of one route.
pub struct RouteConfig {
    /// Name of the route in the API.
    pub name: &'static str,
    /// Where clients connect.
    pub listener: TcpListener,
    /// Where their traffic goes.
    pub upstream: Upstream,
    /// Whether the route keeps the last bytes for `GET /gate/capture`.
    pub captured: bool,
}

/// The server side of a route.
#[derive(Clone, Debug)]
pub enum Upstream {
    /// `HOST:PORT` of one service.
    Service(String),
    /// All three services, behind one origin.
    Services(reverse_proxy::ServiceAddresses),
}
