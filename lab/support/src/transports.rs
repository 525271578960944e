//! The three transports in the order of the page's lanes: names, and ports on one machine.

use clap::{ValueEnum, builder::PossibleValue};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// HTTP long polling.
    Longpoll,
    /// Server-Sent Events.
    Sse,
    /// WebSocket.
    Ws,
}

/// A lane of the page: a transport, and where it is served.
pub struct Lane {
    /// What this lane carries messages over.
    pub transport: Transport,
    /// Name in URLs, flags and results.
    pub name: &'static str,
    /// Name for people.
    pub label: &'static str,
    /// Port of its service.
    pub service_port: u16,
    /// Port of the gate in front of it.
    pub gate_port: u16,
}

/// All lanes.
pub const LANES: [Lane; 3] = [
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

/// Name of the gate's route that is one origin for all three services.
pub const SHARED: &str = "shared";
/// Port of the page and of the gate's API.
pub const PAGE_PORT: u16 = 8000;

/// Names of the gate's routes.
pub const GATE_LANES: [&str; 4] = [LANES[0].name, LANES[1].name, LANES[2].name, SHARED];

impl Transport {
    /// Returns the lane of this transport.
    pub fn lane(self) -> &'static Lane {
        &LANES[self as usize]
    }

    /// Returns the name on the command line.
    pub fn name(self) -> &'static str {
        self.lane().name
    }
}

impl ValueEnum for Transport {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Longpoll, Self::Sse, Self::Ws]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
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
