//! What a run asks of whom.

pub(crate) use crate::lanes::Transport;

use crate::secrets::without_secrets;
use serde::{Deserialize, Serialize};

/// What was asked of whom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    /// What it belongs to; scenarios of one experiment are compared with one another.
    pub(crate) experiment: String,
    pub(crate) transport: Transport,
    pub(crate) manner: Manner,
    pub(crate) measures: Measures,
    pub(crate) server: Server,
    /// Connections that read at the same time, or that publish, where publications are measured.
    pub(crate) readers: u32,
    pub(crate) load: Load,
    /// Bytes of a message's text.
    pub(crate) payload_bytes: u32,
    /// Length of the measured part of a repetition.
    pub(crate) seconds: f64,
    /// What ran before it and was thrown away.
    pub(crate) warm_up_seconds: f64,
    pub(crate) link: Link,
}

/// In which way a client uses its transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Manner {
    /// As the client of this project does: with a cursor, kept alive, as many messages in an answer as there are.
    Usual,
    /// Long polling with one message in an answer.
    OnePerAnswer,
    /// Long polling that tells no cursor: it gets only what comes while a poll waits.
    NoCursor,
    /// A new connection for each request.
    NewConnection,
}

/// What one operation is; latency and costs are of one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Measures {
    /// A message, from the moment at which it was to be published until one reader has it.
    Delivery,
    /// A message, from a client's sending it until the client knows that it was taken.
    Publication,
    /// A connection, from the first packet until the client can read.
    Opening,
    /// A reader whose connection is cut, from then until it has a message that it missed.
    Comeback,
    /// Memory of connections that do nothing.
    Idle,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Server {
    /// The services of this project.
    Ours,
    /// A loop that does nothing but write the same bytes: what this kernel can do at most.
    Limit,
    /// Somebody else's server, at this address.
    Url(String),
}

impl Server {
    /// The same as it may stand in a result.
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
    /// Closed loop: so many messages are under way; the next is published when one has arrived everywhere.
    InFlight(u32),
    /// Open loop: so many messages a second on a schedule that waits for nobody.
    PerSecond(f64),
}

/// The simulated link between client and server; all 0 and none for bare loopback.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Link {
    /// Delay in each direction.
    pub(crate) delay_ms: f64,
    /// Most that is added to the delay at random.
    pub(crate) jitter_ms: f64,
    /// Bytes a second in each direction, if there is a limit.
    pub(crate) bytes_per_second: Option<u64>,
}
