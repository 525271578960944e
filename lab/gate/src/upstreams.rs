//! The servers behind a standalone gate, and the lanes that lead to them.

use super::{
    Gate, Link, RouteConfig, Upstream, args::service, ports::GatePorts,
    reverse_proxy::ServiceAddresses,
};
use anyhow::bail;
use clap::Args;
use std::{
    io,
    net::{IpAddr, TcpListener},
};
use support::transports::{GATE_LANES, SHARED};

/// Name of the lane of a gate with one server.
pub(super) const UPSTREAM: &str = "upstream";

/// URLs of the servers.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Upstreams {
    /// URL of the only server behind the gate, on one lane at the gate's first port
    #[arg(long, value_name = "URL", value_parser = service, conflicts_with_all = ["longpoll", "sse", "ws"])]
    upstream: Option<String>,

    /// URL of a long-polling server behind the gate, on the lane longpoll
    #[arg(long, value_name = "URL", value_parser = service)]
    longpoll: Option<String>,

    /// URL of an SSE server behind the gate, on the lane sse at the second port
    #[arg(long, value_name = "URL", value_parser = service)]
    sse: Option<String>,

    /// URL of a WebSocket server behind the gate, on the lane ws at the third port; with the other
    /// two, the lane shared at the fourth port is one origin for all three
    #[arg(long, value_name = "URL", value_parser = service)]
    ws: Option<String>,
}

/// A lane that a gate opens.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) name: &'static str,
    /// Which of the gate's ports it has, from 0.
    pub(super) port: usize,
    pub(super) upstream: Upstream,
}

impl Upstreams {
    /// Returns the lanes, each with the port that it has in a gate with all of them.
    ///
    /// # Errors
    ///
    /// There is no server.
    pub(super) fn lanes(self) -> anyhow::Result<Vec<Lane>> {
        if let Some(server) = self.upstream {
            return Ok(vec![Lane {
                name: UPSTREAM,
                port: 0,
                upstream: Upstream::Service(server),
            }]);
        }
        let lanes = service_lanes(&[self.longpoll, self.sse, self.ws]);
        if lanes.is_empty() {
            bail!(
                "a gate needs a server behind it: --upstream URL, or any of --longpoll, --sse and \
                 --ws; `gate --help` shows all options"
            );
        }
        Ok(lanes)
    }
}

/// Returns a lane for each service, and the shared one for all three.
pub(super) fn service_lanes(services: &[Option<String>; 3]) -> Vec<Lane> {
    let names = GATE_LANES.into_iter().enumerate();
    let lane = |((port, name), service): ((usize, &'static str), &Option<String>)| {
        Some(Lane {
            name,
            port,
            upstream: Upstream::Service(service.clone()?),
        })
    };
    let mut lanes: Vec<_> = names.zip(services).filter_map(lane).collect();
    if let [Some(longpoll), Some(sse), Some(ws)] = services {
        let services = [longpoll, sse, ws].map(String::clone);
        lanes.push(Lane {
            name: SHARED,
            port: lanes.len(),
            upstream: Upstream::Services(services),
        });
    }
    lanes
}

impl Gate {
    /// Starts a gate with these lanes on these of its ports.
    pub(super) fn open_lanes(
        lanes: Vec<Lane>,
        host: IpAddr,
        ports: GatePorts,
        link: Link,
    ) -> io::Result<Self> {
        let indices: Vec<_> = lanes.iter().map(|lane| lane.port).collect();
        let listeners = ports.bind(host, &indices)?;
        Self::start_lanes(lanes, listeners, link)
    }

    /// Starts a gate with one route for each service and one shared route.
    ///
    /// # Errors
    ///
    /// A listener is unusable, or no thread can be started.
    pub fn open_routes(
        listeners: [TcpListener; 4],
        services: ServiceAddresses,
        link: Link,
    ) -> io::Result<Self> {
        let lanes = service_lanes(&services.map(Some));
        Self::start_lanes(lanes, listeners.into(), link)
    }

    fn start_lanes(lanes: Vec<Lane>, listeners: Vec<TcpListener>, link: Link) -> io::Result<Self> {
        let entries = lanes.into_iter().zip(listeners);
        let entries = entries.map(|(lane, listener)| RouteConfig {
            name: lane.name,
            listener,
            upstream: lane.upstream,
            captured: true,
        });
        Self::start(entries.collect(), link)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lanes(upstreams: Upstreams) -> Vec<(&'static str, usize)> {
        let lanes = upstreams.lanes().unwrap();
        lanes.iter().map(|lane| (lane.name, lane.port)).collect()
    }

    #[test]
    fn each_lane_has_its_port_whatever_else_is_there() {
        let server = || Some("host:80".to_owned());
        let one = Upstreams {
            upstream: server(),
            ..Upstreams::default()
        };
        assert_eq!(lanes(one), [("upstream", 0)]);
        let two = Upstreams {
            longpoll: server(),
            ws: server(),
            ..Upstreams::default()
        };
        assert_eq!(lanes(two.clone()), [("longpoll", 0), ("ws", 2)]);
        let all = Upstreams {
            sse: server(),
            ..two
        };
        assert_eq!(
            lanes(all),
            [("longpoll", 0), ("sse", 1), ("ws", 2), ("shared", 3)]
        );
    }
}
