//! `lab up`: runs the three services and the page in one process, with one broker.

mod greeting;
mod ports;
mod services;
mod slot;

use crate::{
    page::{self, Controls, RestartSender, ServiceUrls, Web},
    topology::TopologyArgs,
};
use actix_web::{dev::ServerHandle, web};
use bench::environment::Settings;
use clap::Args;
use common::logging::{LogFormat, log_to_stderr};
use gate::Gate;
use greeting::Addresses;
use longpoll_svc::LongPoll;
use net::{Signals, shut_down_signal};
use ports::{Listeners, Ports};
use service::{Config, server::raise_open_files};
use services::RunningServices;
use sse_svc::Sse;
use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    num::NonZeroUsize,
    rc::Rc,
};
use support::console::print_line;

/// The arguments of `lab up`.
#[derive(Args, Debug)]
pub(crate) struct Up {
    #[command(flatten)]
    ports: Ports,
    #[command(flatten)]
    web: Web,
    #[command(flatten)]
    urls: ServiceUrls,
    #[command(flatten)]
    link: gate::args::InitialLink,
    #[command(flatten)]
    topology: TopologyArgs,
    #[command(flatten)]
    longpoll: LongPoll,
    #[command(flatten)]
    sse: Sse,
    #[command(flatten)]
    config: Config,
}

/// The running services, page and gate.
struct RunningLab {
    services: Rc<RunningServices>,
    page: ServerHandle,
    /// Held so that the gate ends with this value.
    _gate: web::Data<Gate>,
}

/// Starts everything, or nothing on an error, and runs until a signal.
pub(crate) async fn run(up: Up) -> io::Result<()> {
    let _log = log_to_stderr(LogFormat::default());
    let mut signals = shut_down_signal()?;
    let listeners = up.ports.bind()?;
    let addresses = Addresses::of(&listeners)?;
    let lab = RunningLab::start(listeners, up, &addresses)?;
    print_line(&addresses.greeting());
    signals.recv().await;
    lab.stop(&mut signals).await;
    Ok(())
}

impl RunningLab {
    fn start(listeners: Listeners, up: Up, addresses: &Addresses) -> io::Result<Self> {
        let Up {
            web,
            urls,
            link,
            topology,
            longpoll,
            sse,
            config,
            ..
        } = up;
        let behind = addresses.services.map(reachable);
        let gate = web::Data::new(Gate::open_routes(listeners.gate, behind, link.link())?);
        let visible = urls.or_ports(addresses.services.map(|address| address.port()));
        let (restarts, requests) = RestartSender::new();
        let topology = web::Data::new(topology.open(addresses.page.ip())?);
        let controls = Controls {
            gate: Some(gate.clone()),
            restarts: Some(restarts),
            topology,
        };
        let page = page::start(
            listeners.page,
            web.directory()?,
            visible,
            Settings::unpinned(config.server.workers() as u32),
            controls,
        )?;
        let services = Rc::new(RunningServices::start(
            listeners.services,
            longpoll,
            sse,
            &one_third(config, addresses),
        )?);
        actix_web::rt::spawn(services.clone().handle_restarts(requests));
        Ok(Self {
            services,
            page,
            _gate: gate,
        })
    }

    async fn stop(&self, signals: &mut Signals) {
        print_line(&format!(
            "Stopping: disconnecting {} subscribers. Press Ctrl-C again to stop at once.",
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

/// Returns the address at which the gate reaches a local listener.
fn reachable(address: SocketAddr) -> String {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port()).to_string()
}

/// Returns the settings of each service. Three services share the process and the page.
fn one_third(mut config: Config, addresses: &Addresses) -> Config {
    // The limit of open files applies to the process, so each service gets a third.
    let server = &mut config.server;
    server.max_connections = server
        .max_connections
        .or_else(|| NonZeroUsize::new(raise_open_files() / 3));
    server.tasks_inline = true;
    let mut missing = addresses.page_origins();
    missing.retain(|origin| !config.access.allows_origin(origin.as_bytes()));
    config.access.origins.extend(missing);
    config
}
