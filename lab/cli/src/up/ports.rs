//! Binds all ports before anything starts, and reports all failures together.

use anyhow::anyhow;
use clap::Args;
use net::listen;
use std::{
    io,
    net::{IpAddr, SocketAddr, TcpListener},
};
use support::{
    arguments::first_address,
    transports::{LANES, PAGE_PORT},
};

/// The arguments for host and ports.
#[derive(Args, Clone, Debug)]
pub(super) struct Ports {
    /// Address to listen on, 0.0.0.0 for all; of a name the first address, IPv4 before IPv6
    #[arg(long, default_value = "127.0.0.1", value_parser = first_address, help_heading = "Addresses")]
    pub(super) host: IpAddr,

    /// Port of the long-polling service; 0 for any free one
    #[arg(long, value_name = "PORT", default_value_t = LANES[0].service_port, help_heading = "Addresses")]
    longpoll_port: u16,

    /// Port of the SSE service; 0 for any free one
    #[arg(long, value_name = "PORT", default_value_t = LANES[1].service_port, help_heading = "Addresses")]
    sse_port: u16,

    /// Port of the WebSocket service; 0 for any free one
    #[arg(long, value_name = "PORT", default_value_t = LANES[2].service_port, help_heading = "Addresses")]
    ws_port: u16,

    /// Port of the page; 0 for any free one
    #[arg(long, value_name = "PORT", default_value_t = PAGE_PORT, help_heading = "Addresses")]
    page_port: u16,

    #[command(flatten)]
    gate: gate::ports::GatePorts,
}

/// The listeners of services, page and gate.
pub(super) struct Listeners {
    /// In the order of the lanes.
    pub(super) services: [TcpListener; 3],
    pub(super) page: TcpListener,
    pub(super) gate: [TcpListener; 4],
}

/// A requested port, and how to change it.
struct RequestedPort {
    port: u16,
    remedy: String,
}

impl Ports {
    pub(super) fn bind(&self) -> io::Result<Listeners> {
        let requested = self.requested();
        let bound = requested.iter().map(|one| self.listen(one, &requested));
        let mut listeners = Vec::new();
        let mut reasons = Vec::new();
        for bound in bound {
            match bound {
                Ok(listener) => listeners.push(listener),
                Err(reason) => reasons.push(reason.to_string()),
            }
        }
        let Ok([longpoll, sse, ws, page, gate @ ..]) = <[TcpListener; 8]>::try_from(listeners)
        else {
            return Err(io::Error::other(format!(
                "nothing was started:\n  {}",
                reasons.join("\n  ")
            )));
        };
        Ok(Listeners {
            services: [longpoll, sse, ws],
            page,
            gate,
        })
    }

    fn requested(&self) -> Vec<RequestedPort> {
        let services = LANES
            .iter()
            .zip([self.longpoll_port, self.sse_port, self.ws_port])
            .map(|(lane, port)| RequestedPort {
                port,
                remedy: format!("--{}-port moves the {} service", lane.name, lane.label),
            });
        let page = RequestedPort {
            port: self.page_port,
            remedy: "--page-port moves the page".to_owned(),
        };
        let gate = self.gate.all().map(|port| RequestedPort {
            port,
            remedy: "--gate-port moves the gate".to_owned(),
        });
        services.chain([page]).chain(gate).collect()
    }

    /// Listens on a port, or says why that is not possible and how to change it.
    fn listen(&self, one: &RequestedPort, all: &[RequestedPort]) -> anyhow::Result<TcpListener> {
        let RequestedPort { port, remedy } = one;
        let address = SocketAddr::new(self.host, *port);
        let twice = all.iter().filter(|other| other.port == *port).count() > 1;
        listen(address).map_err(|error| {
            if *port != 0 && twice {
                anyhow!("{address} was given twice: {remedy}")
            } else {
                anyhow!("{error}: {remedy}")
            }
        })
    }
}
