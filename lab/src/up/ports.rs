//! All ports: all of them are taken before anything starts, and all that cannot be are reported together.

use crate::{
    gate,
    lanes::{LANES, PAGE_PORT},
};
use clap::Args;
use common::{config::first_address, net::listen};
use std::{
    io,
    net::{IpAddr, SocketAddr, TcpListener},
};

#[derive(Args, Clone, Debug)]
pub(super) struct Ports {
    /// Address to listen on; a name stands for its first address only, IPv4 before IPv6; 0.0.0.0 for all of this machine
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
    gate: gate::args::GatePorts,
}

/// What everything listens with.
pub(super) struct Listeners {
    /// In the order of the lanes.
    pub(super) services: [TcpListener; 3],
    pub(super) page: TcpListener,
    pub(super) gate: [TcpListener; 4],
}

/// A port that is wanted, and which flag moves it.
struct Wanted {
    port: u16,
    remedy: String,
}

impl Ports {
    pub(super) fn bind(&self) -> io::Result<Listeners> {
        let wanted = self.wanted();
        let bound = wanted.iter().map(|one| self.listen(one, &wanted));
        let (mut listeners, mut reasons) = (Vec::new(), Vec::new());
        bound.for_each(|bound| match bound {
            Ok(listener) => listeners.push(listener),
            Err(reason) => reasons.push(reason),
        });
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

    fn wanted(&self) -> Vec<Wanted> {
        let services = LANES
            .iter()
            .zip([self.longpoll_port, self.sse_port, self.ws_port])
            .map(|(lane, port)| Wanted {
                port,
                remedy: format!("--{}-port moves the {} service", lane.name, lane.label),
            });
        let page = Wanted {
            port: self.page_port,
            remedy: "--page-port moves the page".to_owned(),
        };
        let gate = self.gate.all().map(|port| Wanted {
            port,
            remedy: "--gate-port moves the gate".to_owned(),
        });
        services.chain([page]).chain(gate).collect()
    }

    fn listen(
        &self,
        Wanted { port, remedy }: &Wanted,
        all: &[Wanted],
    ) -> Result<TcpListener, String> {
        let address = SocketAddr::new(self.host, *port);
        let twice = all.iter().filter(|other| other.port == *port).count() > 1;
        listen(address).map_err(|error| match *port != 0 && twice {
            true => format!("{address} was given twice: {remedy}"),
            false => format!("{error}: {remedy}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_port_that_is_taken_is_named_with_its_remedy() {
        let other = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let taken = other.local_addr().unwrap().port();
        let (host, gate) = ("127.0.0.1".parse().unwrap(), gate::args::GatePorts::any());
        let ports = Ports {
            host,
            longpoll_port: 0,
            sse_port: taken,
            ws_port: 0,
            page_port: taken,
            gate,
        };
        let error = ports.bind().map(drop).unwrap_err().to_string();
        assert!(error.contains(&format!("127.0.0.1:{taken}")), "{error}");
        assert!(
            error.contains("--sse-port") && error.contains("--page-port"),
            "{error}"
        );
        assert!(
            !error.contains("--longpoll-port") && !error.contains("--ws-port"),
            "{error}"
        );
    }
}
