//! Command line arguments of a gate, for all commands that start one.

use super::{Gate, Link, RouteConfig, Upstream, link::MAX_DELAY, reverse_proxy::ServiceAddresses};
use clap::Args;
use client::Base;
use common::{config::InvalidDuration, net::listen};
use std::{
    io,
    net::{IpAddr, SocketAddr, TcpListener},
    time::Duration,
};
use support::{
    lanes::{GATE_LANES, LANES, SHARED},
    units,
};

/// The gate's ports.
#[derive(Args, Clone, Copy, Debug)]
pub struct GatePorts {
    /// First of the gate's four ports: one for each service and one shared origin; 0 for
    /// any free ports
    #[arg(long = "gate-port", value_name = "PORT", default_value_t = LANES[0].gate_port, help_heading = "Gate")]
    first: u16,
}

/// The links of a gate that starts.
#[derive(Args, Clone, Copy, Debug)]
pub struct InitialLink {
    /// Delay through the gate, each way, until `gate link` changes it; 0 for none
    #[arg(long, value_name = "TIME", default_value = "50ms", value_parser = delay, help_heading = "Gate")]
    delay: Duration,
}

/// The services behind a gate that runs beside the page.
#[derive(Args, Clone, Debug)]
#[group(multiple = true)]
pub struct GateServices {
    /// URL at which the gate reaches the long-polling service; with the other two, starts a gate
    #[arg(long, env = "GATE_LONGPOLL", value_name = "URL", required = false, value_parser = service,
        requires_all = ["gate_sse", "gate_ws"], help_heading = "Gate")]
    gate_longpoll: String,

    /// URL at which the gate reaches the SSE service
    #[arg(long, env = "GATE_SSE", value_name = "URL", required = false, value_parser = service,
        requires_all = ["gate_longpoll", "gate_ws"], help_heading = "Gate")]
    gate_sse: String,

    /// URL at which the gate reaches the WebSocket service
    #[arg(long, env = "GATE_WS", value_name = "URL", required = false, value_parser = service,
        requires_all = ["gate_longpoll", "gate_sse"], help_heading = "Gate")]
    gate_ws: String,
}

impl GateServices {
    /// Starts the gate.
    pub fn start(self, host: IpAddr, ports: GatePorts, beginning: InitialLink) -> io::Result<Gate> {
        let services = [self.gate_longpoll, self.gate_sse, self.gate_ws];
        Gate::open_routes(ports.bind(host)?, services, beginning.link())
    }
}

impl GatePorts {
    /// Lets the kernel choose all ports.
    pub fn any() -> Self {
        Self { first: 0 }
    }

    /// Returns the four port numbers.
    pub fn all(self) -> [u16; 4] {
        [0, 1, 2, 3].map(|further| {
            if self.first == 0 {
                0
            } else {
                self.first.saturating_add(further)
            }
        })
    }

    /// Binds all four ports.
    ///
    /// # Errors
    ///
    /// Names every port that could not be bound.
    pub fn bind(self, host: IpAddr) -> io::Result<[TcpListener; 4]> {
        let bound = self.all().map(|port| listen(SocketAddr::new(host, port)));
        let reasons: Vec<_> = bound
            .iter()
            .filter_map(|bound| bound.as_ref().err())
            .map(ToString::to_string)
            .collect();
        let listeners: Vec<_> = bound.into_iter().flatten().collect();
        let explain = |_| {
            io::Error::other(format!(
                "{}; --gate-port moves the gate",
                reasons.join("; ")
            ))
        };
        listeners.try_into().map_err(explain)
    }
}

impl InitialLink {
    /// Returns the link that these arguments describe.
    pub fn link(self) -> Link {
        Link::delayed(self.delay)
    }
}

impl Gate {
    /// Starts a gate with one route for each service and one shared route.
    pub fn open_routes(
        listeners: [TcpListener; 4],
        services: ServiceAddresses,
        link: Link,
    ) -> io::Result<Self> {
        let each = services.clone().map(Upstream::Service);
        let upstreams = each.into_iter().chain([Upstream::Services(services)]);
        let entry = |((name, listener), upstream)| RouteConfig {
            name,
            listener,
            upstream,
            captured: true,
        };
        Self::start(
            GATE_LANES
                .into_iter()
                .zip(listeners)
                .zip(upstreams)
                .map(entry)
                .collect(),
            link,
        )
    }
}

/// Parses the URL of a service, `http://HOST:PORT`, into `HOST:PORT`.
pub fn service(text: &str) -> Result<String, String> {
    let base: Base = text.parse()?;
    let address = base.to_string();
    let authority = address.trim_start_matches("http://");
    match authority.split_once('/') {
        Some(_) => {
            Err("the gate forwards bytes to http://HOST:PORT, and changes no path".to_owned())
        }
        None if authority
            .rsplit_once(':')
            .is_some_and(|(_, port)| port.parse::<u16>().is_ok()) =>
        {
            Ok(authority.to_owned())
        }
        None => Ok(format!("{authority}:80")),
    }
}

/// Parses a delay or a jitter.
pub(super) fn delay(text: &str) -> Result<Duration, InvalidDuration> {
    units::duration_within(Duration::ZERO..=MAX_DELAY)(text)
}

/// Parses the name of a route.
pub(super) fn lane(text: &str) -> Result<&'static str, String> {
    let found = GATE_LANES.into_iter().find(|name| *name == text);
    found.ok_or_else(|| {
        format!(
            "the lanes are {} and {SHARED}",
            LANES.map(|route| route.name).join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_url_becomes_host_and_port() {
        assert_eq!(service("http://sse:3000/").unwrap(), "sse:3000");
        assert_eq!(service("ws://[::1]:8080").unwrap(), "[::1]:8080");
        assert_eq!(service("http://[::1]").unwrap(), "[::1]:80");
        assert_eq!(service("http://a").unwrap(), "a:80");
        for wrong in ["http://a/b", "https://a", "a:80"] {
            assert!(service(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_ports_are_consecutive() {
        assert_eq!(GatePorts { first: 8001 }.all(), [8001, 8002, 8003, 8004]);
        assert_eq!(GatePorts::any().all(), [0; 4]);
    }

    #[test]
    fn a_delay_has_an_upper_limit() {
        assert_eq!(
            (delay("0"), delay("50ms")),
            (Ok(Duration::ZERO), Ok(Duration::from_millis(50)))
        );
        assert!(delay("11s").is_err() && delay("1").is_err());
    }
}
