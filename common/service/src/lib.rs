//! What every service consists of besides its transport:
//!
//! - [`config`]: the settings
//! - [`http`]: the requests of every service: publish, history, health, metrics
//! - `tasks`: long computations whose results are messages
//! - [`server`]: starts a service and stops it without loss
//!
//! A service's `main` calls [`server::main`] with its [`server::TransportService`]. The modules are
//! layers; `tests/layers.rs` of `common` has their order.

pub mod config;
pub mod http;
pub mod server;
mod tasks;

pub use config::Config;
