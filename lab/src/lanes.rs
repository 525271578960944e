//! The three lanes, once for everything that goes through them in their order: names, and ports on one machine.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The ways a message can come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum Transport {
    Longpoll,
    Sse,
    Ws,
}

/// One way from a client to a service.
pub(crate) struct Lane {
    pub(crate) transport: Transport,
    /// In addresses, flags and results.
    pub(crate) name: &'static str,
    /// For people.
    pub(crate) label: &'static str,
    /// Where its service listens.
    pub(crate) service_port: u16,
    /// Where the gate listens in front of it.
    pub(crate) gate_port: u16,
}

/// All of them.
pub(crate) const LANES: [Lane; 3] = [
    Lane {
        transport: Transport::Longpoll,
        name: "longpoll",
        label: "long polling",
        service_port: 3000,
        gate_port: 8001,
    },
    Lane {
        transport: Transport::Sse,
        name: "sse",
        label: "SSE",
        service_port: 3001,
        gate_port: 8002,
    },
    Lane {
        transport: Transport::Ws,
        name: "ws",
        label: "WebSocket",
        service_port: 8080,
        gate_port: 8003,
    },
];

/// The gate's lane that is one origin for all three services, on the port after theirs.
pub(crate) const SHARED: &str = "shared";
/// Where the page is, and with it what controls the gate.
pub(crate) const PAGE_PORT: u16 = 8000;

/// The names of the gate's lanes.
pub(crate) const GATE_LANES: [&str; 4] = [LANES[0].name, LANES[1].name, LANES[2].name, SHARED];

impl Transport {
    pub(crate) fn lane(self) -> &'static Lane {
        &LANES[self as usize]
    }

    /// As it is given as an argument.
    pub(crate) fn name(self) -> &'static str {
        self.lane().name
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.lane().label)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_transport_has_its_lane() {
        for lane in LANES {
            assert_eq!(lane.transport.lane().name, lane.name);
        }
    }
}
