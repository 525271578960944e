//! The ports of a gate.

use clap::Args;
use net::listen;
use std::{
    io,
    net::{IpAddr, SocketAddr, TcpListener},
};
use support::transports::LANES;

/// The gate's ports.
#[derive(Args, Clone, Copy, Debug)]
pub struct GatePorts {
    /// First of the gate's four ports: one for each service and one shared origin; 0 for
    /// any free ports
    #[arg(long = "gate-port", value_name = "PORT", default_value_t = LANES[0].gate_port, value_parser = first_port, help_heading = "Gate")]
    first: u16,
}

/// Parses the first of four consecutive ports.
fn first_port(text: &str) -> Result<u16, &'static str> {
    let port = text.parse().ok().filter(|port| *port <= u16::MAX - 3);
    port.ok_or("four ports are needed: expected a port from 0 to 65532")
}

impl GatePorts {
    /// Lets the kernel choose all ports.
    pub fn any() -> Self {
        Self { first: 0 }
    }

    /// Returns the four port numbers.
    pub fn all(self) -> [u16; 4] {
        [0, 1, 2, 3].map(|number| {
            if self.first == 0 {
                0
            } else {
                self.first.saturating_add(number)
            }
        })
    }

    /// Binds those of the four ports that have these indices.
    ///
    /// # Errors
    ///
    /// Names every port that could not be bound.
    pub(super) fn bind(self, host: IpAddr, indices: &[usize]) -> io::Result<Vec<TcpListener>> {
        let ports = self.all();
        let (mut listeners, mut reasons) = (Vec::new(), Vec::new());
        for index in indices {
            match listen(SocketAddr::new(host, ports[*index])) {
                Ok(listener) => listeners.push(listener),
                Err(error) => reasons.push(error.to_string()),
            }
        }
        if reasons.is_empty() {
            return Ok(listeners);
        }
        let reasons = reasons.join("; ");
        Err(io::Error::other(format!(
            "{reasons}; --gate-port moves the gate"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn the_ports_are_consecutive() {
        assert_eq!(GatePorts { first: 8001 }.all(), [8001, 8002, 8003, 8004]);
        assert_eq!(GatePorts::any().all(), [0; 4]);
    }

    #[test]
    fn all_four_ports_exist() {
        assert_eq!(first_port("65532"), Ok(65532));
        for wrong in ["65533", "70000", "-1", "x"] {
            assert!(first_port(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_the_ports_of_the_lanes_are_bound() {
        let taken = listen((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let first = taken.local_addr().unwrap().port();
        let ports = GatePorts { first };
        let error = ports.bind(Ipv4Addr::LOCALHOST.into(), &[0]).unwrap_err();
        assert!(error.to_string().contains("--gate-port"), "{error}");
        assert_eq!(
            ports.bind(Ipv4Addr::LOCALHOST.into(), &[]).unwrap().len(),
            0
        );
    }
}
