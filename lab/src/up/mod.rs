//! `lab up`: the three services and the page in one process, with one broker behind them.

mod ports;
mod services;
mod slot;
mod words;

use crate::{
    console::print_line,
    environment::Settings,
    gate::{self, Gate},
    page::{self, Controls, Restarts, Urls, Web},
    topology::TopologyArgs,
};
use actix_web::{dev::ServerHandle, web};
use clap::Args;
use common::{
    Config,
    logging::{LogFormat, log_to_stderr},
    net::{Signals, shut_down_signal},
    server::raise_open_files,
};
use ports::{Listeners, Ports};
use services::Services;
use sse_svc::Sse;
use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    num::NonZeroUsize,
    process::ExitCode,
    rc::Rc,
};
use words::Addresses;

#[derive(Args, Debug)]
pub(crate) struct Up {
    #[command(flatten)]
    ports: Ports,
    #[command(flatten)]
    web: Web,
    #[command(flatten)]
    urls: Urls,
    #[command(flatten)]
    link: gate::args::InitialLink,
    #[command(flatten)]
    topology: TopologyArgs,
    #[command(flatten)]
    sse: Sse,
    #[command(flatten)]
    config: Config,
}

/// Everything that runs.
struct Lab {
    services: Rc<Services>,
    page: ServerHandle,
    /// Ends with the rest.
    _gate: web::Data<Gate>,
}

/// Starts everything or nothing, and ends with a signal.
pub(crate) async fn run(up: Up) -> ExitCode {
    let _log = log_to_stderr(LogFormat::default());
    match until_signal(up).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn until_signal(up: Up) -> io::Result<()> {
    let mut signals = shut_down_signal()?;
    let listeners = up.ports.bind()?;
    let addresses = Addresses::of(&listeners)?;
    let lab = Lab::start(listeners, up, &addresses)?;
    print_line(&addresses.greeting());
    signals.recv().await;
    lab.stop(&mut signals).await;
    Ok(())
}

impl Lab {
    fn start(listeners: Listeners, up: Up, addresses: &Addresses) -> io::Result<Self> {
        let Up {
            web,
            urls,
            link,
            topology,
            sse,
            config,
            ..
        } = up;
        let behind = addresses.services.map(reachable);
        let gate = web::Data::new(Gate::open_routes(listeners.gate, behind, link.link())?);
        let places = urls.or_ports(addresses.services.map(|address| address.port()));
        let (restarts, orders) = Restarts::new();
        let topology = web::Data::new(topology.open(addresses.page.ip())?);
        let controls = Controls {
            gate: Some(gate.clone()),
            restarts: Some(restarts),
            topology,
        };
        let page = page::start(
            listeners.page,
            web.directory()?,
            places,
            settings(&config),
            controls,
        )?;
        let services = Rc::new(Services::start(
            listeners.services,
            sse,
            &one_third(config, addresses),
        )?);
        actix_web::rt::spawn(services.clone().obey(orders));
        Ok(Self {
            services,
            page,
            _gate: gate,
        })
    }

    async fn stop(&self, signals: &mut Signals) {
        print_line(&format!(
            "Stopping; {} readers are told to go. Once more ends it at once.",
            self.services.readers()
        ));
        tokio::select! {
            _ = async { tokio::join!(self.services.stop(), self.page.stop(true)) } => print_line("Stopped."),
            () = signals.recv() => {
                tokio::join!(self.services.kill(), self.page.stop(false));
                print_line("Stopped at once.");
            }
        }
    }
}

/// What a result that is measured here is measured with.
fn settings(config: &Config) -> Settings {
    Settings {
        workers: config.workers() as u32,
        nodelay: true,
        pinning: None,
    }
}

/// Where the gate finds what listens here.
fn reachable(address: SocketAddr) -> String {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port()).to_string()
}

/// The settings of each of three services that share one process and one page.
fn one_third(mut config: Config, addresses: &Addresses) -> Config {
    // The limit of open files is the process's: none of them may take it all.
    config.max_connections = config
        .max_connections
        .or_else(|| NonZeroUsize::new(raise_open_files() / 3));
    let mut missing = addresses.page_origins();
    missing.retain(|origin| !config.allows_origin(origin.as_bytes()));
    config.origins.extend(missing);
    config.tasks_inline = true;
    config
}
