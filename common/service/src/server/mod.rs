//! Runs a service: from its settings and listeners to its end.
//!
//! This does what `actix_web::HttpServer` does inside, with one difference: sockets can be detached
//! from the connections (see [`detach`](net::detach)).

mod drain;
mod expiry_clock;
mod main;
mod memory_report;
mod open_files;
mod request_tracking;
mod run;
mod start;
mod upgrade;
mod worker;

pub use main::{Program, main};
pub use open_files::raise_open_files;
pub use start::start;
pub use upgrade::replay_request;

use crate::http::AppState;
use actix_server::ServerHandle;
use actix_web::web;
use net::ListeningSockets;
use std::net::SocketAddr;
use tokio::sync::watch;

/// The service of one transport: what it adds to this crate.
pub trait TransportService: clap::Args + Clone + Send + 'static {
    /// The transport's name in metrics and logs.
    const NAME: &'static str;
    /// The first line of the program's `--help`.
    const ABOUT: &'static str;
    /// The port to listen on by default.
    const PORT: u16;

    /// Adds the transport's routes.
    fn routes(&self, app: &mut web::ServiceConfig);
}

/// A running service.
pub struct Running {
    service: web::Data<AppState>,
    addresses: Vec<SocketAddr>,
    server: ServerHandle,
    sockets: ListeningSockets,
    /// Ends idle connections when it becomes true, and others after their response.
    closing: watch::Sender<bool>,
}

impl Running {
    /// Returns the address that the service listens on, the first of several.
    pub fn address(&self) -> SocketAddr {
        self.addresses[0]
    }

    /// Returns what the service's handlers share.
    pub fn service(&self) -> &AppState {
        &self.service
    }
}
