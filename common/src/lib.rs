//! The parts that the three services share, in the order in which a message passes them:
//!
//! - [`http`]: the requests of every service: publish, history, health, metrics
//! - [`broker`]: gives a message its id and carries it to the hub of every process
//! - [`hub`]: keeps the channels' histories and writes messages to the subscribers
//!
//! and what these are made of:
//!
//! - [`message`], [`history`]: plain data, without clock, socket or async
//! - [`budget`]: bounds the memory that clients make a process hold beside the histories
//! - [`net`]: listeners, limits on connections, and sockets that actix gives up
//! - [`logging`], [`metrics`], [`config`]: the log, the metrics and the settings of a service
//! - `tasks`: long computations whose results are messages
//! - `cluster`: several processes on one port
//! - [`server`]: starts a service and stops it without loss
//!
//! No module here depends on a transport: a service gives the hub a [`hub::Encoder`], and actix its
//! routes. The modules are layers; `tests/layers.rs` has their order.

pub mod broker;
pub mod budget;
mod cluster;
pub mod config;
pub mod history;
pub mod http;
pub mod hub;
pub mod logging;
pub mod message;
pub mod metrics;
pub mod net;
pub mod server;
mod tasks;

pub use config::Config;
