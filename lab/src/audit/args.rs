//! The arguments of an audit.

use crate::{
    client::{self, Base},
    units,
};
use clap::Args;
use common::{broker::Address, message::ChannelName};
use std::{num::NonZeroUsize, path::PathBuf, str::FromStr, time::Duration};

#[derive(Args)]
pub(crate) struct Audit {
    /// How long messages are published and faults made; afterwards everybody may catch up
    #[arg(long, value_name = "TIME", default_value = "20s", value_parser = units::time)]
    pub(super) duration: Duration,

    /// Readers on each transport, when it begins
    #[arg(long, value_name = "N", default_value = "20")]
    pub(super) readers: NonZeroUsize,

    /// Publishers; each of them uses all three services, and WebSocket frames too
    #[arg(long, value_name = "N", default_value = "3")]
    pub(super) publishers: NonZeroUsize,

    /// Messages a second, of all publishers together
    #[arg(long, value_name = "N", default_value = "200")]
    pub(super) rate: NonZeroUsize,

    /// About how many bytes a message has
    #[arg(long, value_name = "BYTES", default_value = "100")]
    pub(super) size: usize,

    /// Time between two faults; 0s for none
    #[arg(long, value_name = "TIME", default_value = "50ms", value_parser = units::time)]
    pub(super) cut_every: Duration,

    /// Time between two restarts of a service; 0s for none
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = units::time)]
    pub(super) restart_every: Duration,

    /// What is behind the own services: memory, redis for a redis-server that is started, and harmed too, or the URL of one that is not harmed
    #[arg(
        long,
        value_name = "BROKER",
        default_value = "memory",
        hide_env_values = true,
        conflicts_with = "longpoll"
    )]
    pub(super) broker: Behind,

    /// Time between two faults of the redis-server that was started; 0s for none
    #[arg(long, value_name = "TIME", default_value = "4s", value_parser = units::time)]
    pub(super) harm_every: Duration,

    /// Makes the same choices as an earlier audit [default: a new one]
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,

    /// Messages that a service keeps: what the own ones are told, or what others promise [default: 10000 for the own ones, nothing for others]
    #[arg(long, value_name = "N")]
    pub(super) history: Option<NonZeroUsize>,

    /// Also write the result as JSON; - for standard output, in place of the summary
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,

    #[command(flatten)]
    pub(super) others: Option<Others>,
}

/// What is behind the audit's own services.
#[derive(Clone)]
pub(super) enum Behind {
    /// One broker in this process, which outlives them.
    Memory,
    /// A Redis of the audit's own.
    OwnRedis,
    /// A Redis with this URL.
    Redis(String),
}

impl FromStr for Behind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "redis" => Ok(Self::OwnRedis),
            _ => text.parse().map(|address| match address {
                Address::Memory => Self::Memory,
                Address::Redis(_) => Self::Redis(text.to_owned()),
            }),
        }
    }
}

/// A deployment that is not the audit's own.
#[derive(Args)]
#[group(multiple = true)]
pub(super) struct Others {
    /// Audit the service at this address instead of own ones
    #[arg(long, value_name = "URL", required = false, requires_all = ["sse", "ws"], help_heading = "Another deployment")]
    pub(super) longpoll: Base,

    /// Its SSE service
    #[arg(long, value_name = "URL", required = false, requires_all = ["longpoll", "ws"], help_heading = "Another deployment")]
    pub(super) sse: Base,

    /// Its WebSocket service
    #[arg(long, value_name = "URL", required = false, requires_all = ["longpoll", "sse"], help_heading = "Another deployment")]
    pub(super) ws: Base,

    /// Channel to use, which nobody else publishes to [default: a new one]
    #[arg(long, requires = "longpoll", value_parser = client::channel, help_heading = "Another deployment")]
    pub(super) channel: Option<ChannelName>,
}
