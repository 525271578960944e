//! A standalone gate: in front of servers that run elsewhere, with controls but no page.

use super::{
    Gate,
    api::{self, MoreRoutes},
    args::InitialLink,
    ports::GatePorts,
    upstreams::Upstreams,
};
use actix_web::{App, HttpServer, web::Data};
use clap::Args;
use common::logging::{LogFormat, log_to_stderr};
use net::{listen, shut_down_signal};
use std::net::{IpAddr, SocketAddr};
use support::{arguments::first_address, console::local_url, transports::PAGE_PORT};

/// The servers behind a standalone gate, and where it listens.
#[derive(Args)]
pub struct Standalone {
    #[command(flatten)]
    upstreams: Upstreams,

    /// Address to listen on; a name stands for its first address, IPv4 before IPv6
    #[arg(long, default_value = "127.0.0.1", value_parser = first_address)]
    host: IpAddr,

    /// Port of the gate's controls; 0 for any free one
    #[arg(long, default_value_t = PAGE_PORT)]
    port: u16,

    #[command(flatten)]
    ports: GatePorts,

    #[command(flatten)]
    beginning: InitialLink,
}

impl Standalone {
    /// Runs the gate until a shutdown signal, with `more` routes beside its own.
    ///
    /// # Errors
    ///
    /// No server is given, or a port is in use.
    pub async fn run(self, more: MoreRoutes) -> anyhow::Result<()> {
        let lanes = self.upstreams.lanes()?;
        let _log = log_to_stderr(LogFormat::default());
        let mut signals = shut_down_signal()?;
        let controls = listen(SocketAddr::new(self.host, self.port))
            .map_err(|error| anyhow::anyhow!("{error}; --port moves the controls"))?;
        let gate = Gate::open_lanes(lanes, self.host, self.ports, self.beginning.link())?;
        let gate = Data::new(gate);
        for (name, address) in gate.addresses() {
            log::info!("gate: {name} on {}", local_url(*address));
        }
        log::info!("gate: controls on {}", local_url(controls.local_addr()?));
        let server = HttpServer::new(move || App::new().configure(api::routes(gate.clone(), more)))
            .workers(1)
            .disable_signals()
            .shutdown_timeout(1)
            .listen(controls)?
            .run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        signals.recv().await;
        handle.stop(false).await;
        Ok(())
    }
}
