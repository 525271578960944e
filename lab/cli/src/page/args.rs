//! `lab page`: serves the page alone, as in its container.

use super::{Controls, ServiceUrls, start};
use crate::topology::TopologyArgs;
use actix_web::web::Data;
use bench::environment::Settings;
use clap::Args;
use common::logging::{LogFormat, log_to_stderr};
use gate::{
    args::{GateServices, InitialLink},
    ports::GatePorts,
};
use net::{listen, shut_down_signal};
use service::http::health;
use std::{
    io,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    process::ExitCode,
};
use support::{
    arguments::first_address,
    console::local_url,
    transports::{LANES, PAGE_PORT},
};

/// The arguments of `lab page`.
#[derive(Args, Debug)]
pub(crate) struct Page {
    /// Address to listen on; of a name the first address, IPv4 before IPv6
    #[arg(long, env = "HOST", default_value = "127.0.0.1", value_parser = first_address, help_heading = "Server")]
    host: IpAddr,

    /// Port to listen on; 0 for any free one
    #[arg(long, env = "PORT", default_value_t = PAGE_PORT, help_heading = "Server")]
    port: u16,

    /// Port of the long-polling service as browsers see it
    #[arg(long, env = "LONGPOLL_PORT", value_name = "PORT", default_value_t = LANES[0].service_port, help_heading = "Page")]
    longpoll_port: u16,

    /// Port of the SSE service as browsers see it
    #[arg(long, env = "SSE_PORT", value_name = "PORT", default_value_t = LANES[1].service_port, help_heading = "Page")]
    sse_port: u16,

    /// Port of the WebSocket service as browsers see it
    #[arg(long, env = "WS_PORT", value_name = "PORT", default_value_t = LANES[2].service_port, help_heading = "Page")]
    ws_port: u16,

    #[command(flatten)]
    urls: ServiceUrls,

    #[command(flatten)]
    gate: Option<GateServices>,

    #[command(flatten)]
    gate_ports: GatePorts,

    #[command(flatten)]
    link: InitialLink,

    #[command(flatten)]
    topology: TopologyArgs,

    #[command(flatten)]
    web: Web,

    /// Check whether the page at this address is ready, and exit with 0 if it is
    #[arg(long)]
    check: bool,
}

/// The files of the page.
#[derive(Args, Clone, Debug)]
pub(crate) struct Web {
    /// Directory of the page [default: web/ of the source from which this was built]
    #[arg(
        long = "web",
        env = "WEB_DIR",
        value_name = "DIR",
        help_heading = "Page"
    )]
    directory: Option<PathBuf>,
}

impl Web {
    /// Returns the directory of the page.
    ///
    /// # Errors
    /// Returns an error if it does not contain a page.
    pub(crate) fn directory(&self) -> io::Result<PathBuf> {
        let built_from = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web");
        let directory = self.directory.clone().unwrap_or_else(built_from);
        if directory.join("index.html").is_file() {
            return Ok(directory);
        }
        let missing = format!(
            "no index.html in {}: set the page's directory with --web or WEB_DIR",
            directory.display()
        );
        Err(io::Error::new(io::ErrorKind::NotFound, missing))
    }
}

/// Serves the page until a signal.
pub(crate) async fn run(page: Page) -> ExitCode {
    let address = SocketAddr::new(page.host, page.port);
    if page.check {
        return health::check(&[address]);
    }
    let _log = log_to_stderr(LogFormat::default());
    match serve(page, address).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::error!("page: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(page: Page, address: SocketAddr) -> io::Result<()> {
    let mut signals = shut_down_signal()?;
    let directory = page.web.directory()?;
    let listener = listen(address).map_err(|error| {
        io::Error::new(
            error.kind(),
            format!("{error}; --port or PORT moves the page"),
        )
    })?;
    let address = listener.local_addr()?;
    let addresses = page
        .urls
        .or_ports([page.longpoll_port, page.sse_port, page.ws_port]);
    let gate = page
        .gate
        .map(|gate| gate.start(page.host, page.gate_ports, page.link))
        .transpose()?
        .map(Data::new);
    let topology = Data::new(page.topology.open(page.host)?);
    // The services run elsewhere, with unknown settings.
    let controls = Controls {
        gate: gate.clone(),
        restarts: None,
        topology,
    };
    let server = start(
        listener,
        directory,
        addresses,
        Settings::default(),
        controls,
    )?;
    log::info!("page: listening on http://{address}");
    for (name, address) in gate.iter().flat_map(|gate| gate.addresses()) {
        log::info!("gate: {name} on {}", local_url(*address));
    }
    signals.recv().await;
    tokio::select! {
        () = server.stop(true) => {}
        () = signals.recv() => server.stop(false).await,
    }
    log::info!("page: stopped");
    Ok(())
}
