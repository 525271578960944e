//! What a topology is started with, wherever that is.

use super::Topology;
use crate::units;
use clap::Args;
use common::broker::Address;
use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

#[derive(Args, Clone, Debug)]
pub(crate) struct TopologyArgs {
    /// Port of the service that the page starts in processes of its own (Threads and processes); 0 for any free one
    #[arg(
        long,
        env = "TOPOLOGY_PORT",
        value_name = "PORT",
        default_value_t = 0,
        help_heading = "Page"
    )]
    topology_port: u16,

    /// Redis that several such processes share, as redis://host:port [default: a redis-server that is started for them]
    #[arg(long, env = "TOPOLOGY_BROKER", value_name = "URL", value_parser = redis, hide_env_values = true, help_heading = "Page")]
    topology_broker: Option<String>,

    /// It ends when nobody has asked for it for so long, as when the page is closed
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = units::time, help_heading = "Page")]
    topology_forgotten_after: Duration,
}

impl TopologyArgs {
    /// On this host. Nothing is started yet.
    pub(crate) fn open(self, host: IpAddr) -> io::Result<Topology> {
        Topology::open(
            SocketAddr::new(host, self.topology_port),
            self.topology_broker,
            self.topology_forgotten_after,
        )
    }
}

/// The address of a broker that processes can share.
fn redis(text: &str) -> Result<String, String> {
    match text.parse()? {
        Address::Redis(_) => Ok(text.to_owned()),
        Address::Memory => {
            Err("the memory of one process is not shared: allowed is redis://host:port".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_is_one_that_processes_can_share() {
        assert_eq!(
            redis("redis://localhost:6379").unwrap(),
            "redis://localhost:6379"
        );
        for wrong in ["memory", "localhost:6379", ""] {
            assert!(redis(wrong).unwrap_err().contains("redis://"), "{wrong}");
        }
    }
}
