//! A standalone gate: in front of services that run elsewhere, with controls but no page.

use super::{
    Gate, api,
    args::{self, GatePorts, InitialLink},
};
use actix_web::{App, HttpServer, web::Data};
use clap::Args;
use common::{
    config::first_address,
    logging::{LogFormat, log_to_stderr},
    net::{listen, shut_down_signal},
};
use std::net::{IpAddr, SocketAddr};
use support::{console::local_url, transports::PAGE_PORT};

/// The services behind a standalone gate.
#[derive(Args)]
#[group(multiple = true)]
pub(super) struct StandaloneServices {
    /// URL of the long-polling service behind the gate
    #[arg(long, value_name = "URL", required = false, value_parser = args::service, requires_all = ["sse", "ws"])]
    longpoll: String,

    /// URL of the SSE service behind the gate
    #[arg(long, value_name = "URL", required = false, value_parser = args::service, requires_all = ["longpoll", "ws"])]
    sse: String,

    /// URL of the WebSocket service behind the gate
    #[arg(long, value_name = "URL", required = false, value_parser = args::service, requires_all = ["longpoll", "sse"])]
    ws: String,
}

/// Where a standalone gate listens.
#[derive(Args)]
pub(super) struct Standalone {
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

/// Runs the gate until a shutdown signal.
pub(super) async fn serve(
    services: StandaloneServices,
    standalone: Standalone,
) -> anyhow::Result<()> {
    let _log = log_to_stderr(LogFormat::default());
    let mut signals = shut_down_signal()?;
    let controls = listen(SocketAddr::new(standalone.host, standalone.port))
        .map_err(|error| anyhow::anyhow!("{error}; --port moves the controls"))?;
    let listeners = standalone.ports.bind(standalone.host)?;
    let addresses = [services.longpoll, services.sse, services.ws];
    let gate = Data::new(Gate::open_routes(
        listeners,
        addresses,
        standalone.beginning.link(),
    )?);
    for (name, address) in gate.addresses() {
        log::info!("gate: {name} on {}", local_url(*address));
    }
    log::info!("gate: controls on {}", local_url(controls.local_addr()?));
    let server = HttpServer::new(move || App::new().configure(api::routes(gate.clone())))
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
