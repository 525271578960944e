//! What a gate is started with, wherever that is.

use super::{Entry, Gate, Link, Upstream, link::LONGEST};
use crate::{
    client::Base,
    lanes::{GATE_LANES, LANES, SHARED},
    units,
};
use clap::Args;
use common::net::listen;
use std::{
    io,
    net::{IpAddr, SocketAddr, TcpListener},
    time::Duration,
};

/// Where the gate listens.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct GatePorts {
    /// First of the gate's four ports: one for each lane, and one that is one origin for all; 0 for any free ones
    #[arg(long = "gate-port", value_name = "PORT", default_value_t = LANES[0].gate_port, help_heading = "Gate")]
    first: u16,
}

/// How the gate's links begin.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Beginning {
    /// How long bytes take through the gate, each way, until `gate link` changes it; 0 for no delay
    #[arg(long, value_name = "TIME", default_value = "50ms", value_parser = delay, help_heading = "Gate")]
    delay: Duration,
}

/// The services behind the gate, as `HOST:PORT`.
#[derive(Clone, Debug)]
pub(crate) struct Services(pub(crate) [String; 3]);

/// A gate beside a page whose services run elsewhere.
#[derive(Args, Clone, Debug)]
#[group(multiple = true)]
pub(crate) struct Beside {
    /// The long-polling service as the gate reaches it; with the other two, a gate is started in front of them
    #[arg(long, env = "GATE_LONGPOLL", value_name = "URL", required = false, value_parser = service,
        requires_all = ["gate_sse", "gate_ws"], help_heading = "Gate")]
    gate_longpoll: String,

    /// The SSE service as the gate reaches it
    #[arg(long, env = "GATE_SSE", value_name = "URL", required = false, value_parser = service,
        requires_all = ["gate_longpoll", "gate_ws"], help_heading = "Gate")]
    gate_sse: String,

    /// The WebSocket service as the gate reaches it
    #[arg(long, env = "GATE_WS", value_name = "URL", required = false, value_parser = service,
        requires_all = ["gate_longpoll", "gate_sse"], help_heading = "Gate")]
    gate_ws: String,
}

impl Beside {
    /// Starts it.
    pub(crate) fn start(
        self,
        host: IpAddr,
        ports: GatePorts,
        beginning: Beginning,
    ) -> io::Result<Gate> {
        let services = Services([self.gate_longpoll, self.gate_sse, self.gate_ws]);
        Gate::open_lanes(ports.bind(host)?, services, beginning.link())
    }
}

impl GatePorts {
    #[cfg(test)]
    pub(crate) fn any() -> Self {
        Self { first: 0 }
    }

    /// The four ports.
    pub(crate) fn all(self) -> [u16; 4] {
        [0, 1, 2, 3].map(|further| {
            if self.first == 0 {
                0
            } else {
                self.first.saturating_add(further)
            }
        })
    }

    /// Takes them.
    pub(crate) fn bind(self, host: IpAddr) -> io::Result<[TcpListener; 4]> {
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

impl Beginning {
    pub(crate) fn link(self) -> Link {
        Link::delayed(self.delay)
    }
}

impl Gate {
    /// The gate as users have it: one lane for each service, and one for all of them.
    pub(crate) fn open_lanes(
        listeners: [TcpListener; 4],
        services: Services,
        link: Link,
    ) -> io::Result<Self> {
        let each = services.0.clone().map(Upstream::Service);
        let upstreams = each.into_iter().chain([Upstream::Services(services.0)]);
        let entry = |((name, listener), upstream)| Entry {
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

/// The address of a service, as an argument: `HOST:PORT` of `http://HOST:PORT`.
pub(crate) fn service(text: &str) -> Result<String, String> {
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

/// A delay or a jitter, as an argument.
pub(super) fn delay(text: &str) -> Result<Duration, String> {
    let time = if text == "0" {
        Duration::ZERO
    } else {
        units::time(text)?
    };
    let most = format!(
        "at most {} s: what takes longer is an outage",
        LONGEST.as_secs()
    );
    (time <= LONGEST).then_some(time).ok_or(most)
}

/// The name of a lane, as an argument.
pub(super) fn lane(text: &str) -> Result<&'static str, String> {
    let found = GATE_LANES.into_iter().find(|name| *name == text);
    found.ok_or_else(|| {
        format!(
            "the lanes are {} and {SHARED}",
            LANES.map(|lane| lane.name).join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_a_host_and_a_port() {
        assert_eq!(service("http://sse:3000/").unwrap(), "sse:3000");
        assert_eq!(service("ws://[::1]:8080").unwrap(), "[::1]:8080");
        assert_eq!(service("http://[::1]").unwrap(), "[::1]:80");
        assert_eq!(service("http://a").unwrap(), "a:80");
        for wrong in ["http://a/b", "https://a", "a:80"] {
            assert!(service(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_ports_follow_each_other() {
        assert_eq!(GatePorts { first: 8001 }.all(), [8001, 8002, 8003, 8004]);
        assert_eq!(GatePorts::any().all(), [0; 4]);
    }

    #[test]
    fn a_delay_is_no_outage() {
        assert_eq!(
            (delay("0"), delay("50ms")),
            (Ok(Duration::ZERO), Ok(Duration::from_millis(50)))
        );
        assert!(delay("11s").is_err() && delay("1").is_err());
    }
}
