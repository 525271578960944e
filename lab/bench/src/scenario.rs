//! Scenarios: what is measured, on which server, by which client.

pub(crate) use support::transports::Transport;

use serde::{Deserialize, Serialize};
use support::secrets::without_secrets;

/// What was measured, on which server, by which client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    /// The experiment it belongs to. Scenarios of one experiment are compared.
    pub(crate) experiment: String,
    pub(crate) transport: Transport,
    #[serde(rename = "manner")]
    pub(crate) variant: ClientVariant,
    #[serde(rename = "measures")]
    pub(crate) operation: Operation,
    pub(crate) server: Server,
    /// Concurrent connections of subscribers, or of publishers where publications are measured.
    pub(crate) readers: u32,
    pub(crate) load: Load,
    /// Bytes of a message's text.
    pub(crate) payload_bytes: u32,
    /// Length of the measured part of a repetition, in seconds.
    pub(crate) seconds: f64,
    /// Length of the discarded warm-up, in seconds.
    pub(crate) warm_up_seconds: f64,
    pub(crate) link: Link,
}

/// How a client uses its transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ClientVariant {
    /// As the client of this project does: with a cursor, keep-alive, and all pending messages in a
    /// response.
    Usual,
    /// Long polling with one message in a response.
    OnePerAnswer,
    /// Long polling without a cursor: it receives only messages published during a poll.
    NoCursor,
    /// A new connection for each request.
    NewConnection,
}

/// The operation that is measured. Latencies and costs refer to one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Operation {
    /// A message, from its scheduled publication until one subscriber has it.
    Delivery,
    /// A message, from its sending until the client has the acknowledgement.
    Publication,
    /// A connection, from its first packet until the client can receive messages.
    Opening,
    /// A subscriber whose connection is cut, from the cut until it has a message that it missed.
    #[serde(rename = "comeback")]
    Reconnect,
    /// Memory of idle connections.
    Idle,
    /// The traffic of a connection over which little or nothing is sent.
    Quiet,
    /// A text, from its sending on a WebSocket until the client has it back.
    Echo,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Server {
    /// The services of this project.
    Ours,
    /// A loop that only writes the same bytes: the upper bound on this kernel.
    Limit,
    /// Another server, at this address.
    Url(String),
    /// Another server that the run starts, with this name.
    Peer(String),
}

impl Server {
    /// Returns the server without secrets in its address.
    pub(crate) fn without_secrets(self) -> Self {
        match self {
            Self::Url(url) => Self::Url(without_secrets(&url)),
            ours => ours,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Load {
    /// Closed loop: this many messages are in flight, and the next one is published when one has
    /// reached every subscriber.
    InFlight(u32),
    /// Open loop: this many messages per second, on a fixed schedule.
    PerSecond(f64),
}

/// The simulated link between client and server. The default is plain loopback.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Link {
    /// Delay in each direction, in milliseconds.
    pub(crate) delay_ms: f64,
    /// The largest random addition to the delay, in milliseconds.
    pub(crate) jitter_ms: f64,
    /// Bandwidth limit in each direction, in bytes per second.
    pub(crate) bytes_per_second: Option<u64>,
}
