//! The arguments of a topology, for `lab up` and `lab page`.

use super::Topology;
use anyhow::{Result, anyhow, ensure};
use broker::Address;
use clap::Args;
use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};
use support::units;

/// The arguments of a topology.
#[derive(Args, Clone, Debug)]
pub(crate) struct TopologyArgs {
    /// Port of the service that the page starts under "Threads and processes"; 0 for any free one
    #[arg(
        long,
        env = "TOPOLOGY_PORT",
        value_name = "PORT",
        default_value_t = 0,
        help_heading = "Page"
    )]
    topology_port: u16,

    /// Redis that several processes share, as redis://host:port [default: a redis-server is
    /// started]
    #[arg(long, env = "TOPOLOGY_BROKER", value_name = "URL", value_parser = redis, hide_env_values = true, help_heading = "Page")]
    topology_broker: Option<String>,

    /// Time without a request, as after the page is closed, until this service ends
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = units::duration, help_heading = "Page")]
    topology_forgotten_after: Duration,
}

impl TopologyArgs {
    /// Opens the topology on this host, without starting a service.
    pub(crate) fn open(self, host: IpAddr) -> io::Result<Topology> {
        Topology::open(
            SocketAddr::new(host, self.topology_port),
            self.topology_broker,
            self.topology_forgotten_after,
        )
    }
}

/// Parses the URL of a broker that processes can share.
fn redis(text: &str) -> Result<String> {
    let address = text.parse().map_err(|error| anyhow!("{error}"))?;
    ensure!(
        matches!(address, Address::Redis(_)),
        "expected redis://host:port: processes cannot share a memory broker"
    );
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_shared_broker_is_accepted() {
        assert_eq!(
            redis("redis://localhost:6379").unwrap(),
            "redis://localhost:6379"
        );
        for wrong in ["memory", "localhost:6379", ""] {
            assert!(
                redis(wrong).unwrap_err().to_string().contains("redis://"),
                "{wrong}"
            );
        }
    }
}
