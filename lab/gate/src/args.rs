//! Command line arguments of a gate, for all commands that start one.

use super::{
    Gate, Link,
    link::MAX_DELAY,
    parameters::{MAX_SECONDS, MIN_SECONDS},
    ports::GatePorts,
    upstreams::{UPSTREAM, service_lanes},
};
use anyhow::{Result, ensure};
use clap::Args;
use client::Base;
use service::config::InvalidDuration;
use std::{io, net::IpAddr, num::NonZeroU64, time::Duration};
use support::{transports::GATE_LANES, units};

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
    ///
    /// # Errors
    ///
    /// If a port is taken, or the system has no more sockets or threads.
    pub fn start(self, host: IpAddr, ports: GatePorts, beginning: InitialLink) -> io::Result<Gate> {
        let services = [self.gate_longpoll, self.gate_sse, self.gate_ws].map(Some);
        Gate::open_lanes(service_lanes(&services), host, ports, beginning.link())
    }
}

impl InitialLink {
    /// Returns the link that these arguments describe.
    pub fn link(self) -> Link {
        Link::delayed(self.delay)
    }
}

/// Parses the URL of a service, `http://HOST:PORT`, into `HOST:PORT`.
///
/// # Errors
///
/// If it is not such a URL.
pub fn service(text: &str) -> Result<String> {
    let base: Base = text.parse()?;
    let address = base.to_string();
    let authority = address.trim_start_matches("http://");
    ensure!(
        !authority.contains('/'),
        "the gate forwards bytes to http://HOST:PORT, and changes no path"
    );
    let port = authority.rsplit_once(':').map(|(_, port)| port);
    Ok(match port.map(str::parse::<u16>) {
        Some(Ok(_)) => authority.to_owned(),
        _ => format!("{authority}:80"),
    })
}

/// Parses a delay or a jitter.
pub(super) fn delay(text: &str) -> Result<Duration, InvalidDuration> {
    units::duration_within(Duration::ZERO..=MAX_DELAY)(text)
}

/// Parses a delay or a jitter, in milliseconds.
pub(super) fn delay_millis(text: &str) -> Result<f64, InvalidDuration> {
    delay(text).map(|delay| delay.as_secs_f64() * 1000.0)
}

/// Parses the time of a fault, in seconds.
pub(super) fn fault_seconds(text: &str) -> Result<f64, InvalidDuration> {
    let [shortest, longest] = [MIN_SECONDS, MAX_SECONDS].map(Duration::from_secs_f64);
    let time = units::duration_within(shortest..=longest)(text)?;
    Ok(time.as_secs_f64())
}

/// Parses a bandwidth, in bits a second.
pub(super) fn bits(text: &str) -> Result<u64, &'static str> {
    units::bandwidth(text).map(NonZeroU64::get)
}

/// Parses the name of a lane.
pub(super) fn lane(text: &str) -> Result<String> {
    let is_known = GATE_LANES.contains(&text) || text == UPSTREAM;
    ensure!(
        is_known,
        "the lanes are {}, or {UPSTREAM} of a gate with one server",
        GATE_LANES.join(", ")
    );
    Ok(text.to_owned())
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
    fn a_delay_has_an_upper_limit() {
        assert_eq!(
            (delay("0"), delay("50ms")),
            (Ok(Duration::ZERO), Ok(Duration::from_millis(50)))
        );
        assert!(delay("11s").is_err());
    }
}
