//! What the three services share, in the order in which a message meets it:
//!
//! - [`http`]: requests of every service: publish, history, health, metrics; problems for every bad input
//! - [`broker`]: gives a message its id and carries it to every hub
//! - [`hub`]: keeps the channels' recent messages and writes them to the readers
//! - [`message`], [`history`]: the plain data in between; no clock, no socket, no async
//! - [`budget`]: bounds what clients make a process hold beside its messages
//! - `tasks`: long computations, whose results are messages
//! - [`server`]: starts actix, takes sockets over from it, ends well
//!
//! Nothing here knows a transport: a service gives the hub a [`hub::Encoder`] and actix its routes.

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
