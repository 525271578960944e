//! A gate in front of services that run elsewhere, with its controls and without a page.

use super::{
    Gate, api,
    args::{self, Beginning, GatePorts, Services},
};
use crate::lanes::PAGE_PORT;
use actix_web::{App, HttpServer, web::Data};
use clap::Args;
use common::{
    config::first_address,
    logging::{LogFormat, log_to_stderr},
    net::{listen, shut_down_signal},
};
use std::{
    io,
    net::{IpAddr, SocketAddr},
};

/// The services behind a gate alone.
#[derive(Args)]
#[group(multiple = true)]
pub(super) struct Behind {
    /// The long-polling service behind it
    #[arg(long, value_name = "URL", required = false, value_parser = args::service, requires_all = ["sse", "ws"])]
    longpoll: String,

    /// The SSE service behind it
    #[arg(long, value_name = "URL", required = false, value_parser = args::service, requires_all = ["longpoll", "ws"])]
    sse: String,

    /// The WebSocket service behind it
    #[arg(long, value_name = "URL", required = false, value_parser = args::service, requires_all = ["longpoll", "sse"])]
    ws: String,
}

/// Where a gate alone listens.
#[derive(Args)]
pub(super) struct Alone {
    /// Address to listen on; a name stands for its first address only, IPv4 before IPv6
    #[arg(long, default_value = "127.0.0.1", value_parser = first_address)]
    host: IpAddr,

    /// Port of its controls; 0 for any free one
    #[arg(long, default_value_t = PAGE_PORT)]
    port: u16,

    #[command(flatten)]
    ports: GatePorts,

    #[command(flatten)]
    beginning: Beginning,
}

/// Runs it until a signal comes.
pub(super) async fn serve(behind: Behind, alone: Alone) -> io::Result<()> {
    let _log = log_to_stderr(LogFormat::default());
    let mut signals = shut_down_signal()?;
    let controls = listen(SocketAddr::new(alone.host, alone.port)).map_err(|error| {
        io::Error::new(error.kind(), format!("{error}; --port moves the controls"))
    })?;
    let listeners = alone.ports.bind(alone.host)?;
    let services = Services([behind.longpoll, behind.sse, behind.ws]);
    let gate = Data::new(Gate::open_lanes(
        listeners,
        services,
        alone.beginning.link(),
    )?);
    for (name, address) in gate.addresses() {
        log::info!("gate: {name} on {}", crate::console::local_url(*address));
    }
    log::info!(
        "gate: controls on {}",
        crate::console::local_url(controls.local_addr()?)
    );
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
