//! The arguments of an audit.

use clap::Args;
use client::Base;
use common::{broker::Address, config::BrokerTlsSettings, message::ChannelName};
use std::{num::NonZeroUsize, path::PathBuf, str::FromStr, time::Duration};
use support::units;

/// Arguments of an audit.
#[derive(Args)]
pub struct Audit {
    /// How long to publish and inject faults; afterwards subscribers catch up
    #[arg(long, value_name = "TIME", default_value = "20s", value_parser = units::duration)]
    pub(super) duration: Duration,

    /// Subscribers on each transport at the start
    #[arg(long, value_name = "N", default_value = "20")]
    pub(super) readers: NonZeroUsize,

    /// Publishers; each uses all three services, and WebSocket frames as well
    #[arg(long, value_name = "N", default_value = "3")]
    pub(super) publishers: NonZeroUsize,

    /// Messages per second, of all publishers together
    #[arg(long, value_name = "N", default_value = "200")]
    pub(super) rate: NonZeroUsize,

    /// Approximate size of a message
    #[arg(long, value_name = "BYTES", default_value = "100")]
    pub(super) size: usize,

    /// Time between two faults; 0 for none
    #[arg(long, value_name = "TIME", default_value = "50ms", value_parser = units::duration)]
    pub(super) cut_every: Duration,

    /// Time between two restarts of a service; 0 for none
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = units::duration)]
    pub(super) restart_every: Duration,

    /// Broker of the services: memory, redis to start a redis-server and inject faults into it, or
    /// the URL of a Redis to use without faults
    #[arg(
        long,
        value_name = "BROKER",
        default_value = "memory",
        hide_env_values = true,
        conflicts_with = "longpoll"
    )]
    pub(super) broker: BrokerChoice,

    /// Time between two faults of the redis-server that the audit starts; 0 for none
    #[arg(long, value_name = "TIME", default_value = "4s", value_parser = units::duration)]
    pub(super) harm_every: Duration,

    /// Seed of the random choices, to repeat those of an earlier audit [default: random]
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,

    /// Messages that a service keeps in its history, or promises to keep [default: 10000; with
    /// --longpoll none is promised]
    #[arg(long, value_name = "N")]
    pub(super) history: Option<NonZeroUsize>,

    /// Also write the result as JSON; - prints it to standard output instead of the summary
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,

    #[command(flatten)]
    pub(super) others: Option<ExistingDeployment>,

    // Last, because its heading applies to the arguments after it.
    #[command(flatten)]
    pub(super) broker_tls: BrokerTlsSettings,
}

/// The broker of the audit's own services.
#[derive(Clone)]
pub(super) enum BrokerChoice {
    /// A broker in this process, which outlives the services.
    Memory,
    /// A Redis that the audit starts.
    OwnRedis,
    /// The Redis at this URL.
    Redis(String),
}

impl FromStr for BrokerChoice {
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

/// A running deployment to audit.
#[derive(Args)]
#[group(multiple = true)]
pub(super) struct ExistingDeployment {
    /// Address of the long-polling service; with the other two, audits them and starts none
    #[arg(long, value_name = "URL", required = false, requires_all = ["sse", "ws"], help_heading = "Another deployment")]
    pub(super) longpoll: Base,

    /// Address of the SSE service
    #[arg(long, value_name = "URL", required = false, requires_all = ["longpoll", "ws"], help_heading = "Another deployment")]
    pub(super) sse: Base,

    /// Address of the WebSocket service
    #[arg(long, value_name = "URL", required = false, requires_all = ["longpoll", "sse"], help_heading = "Another deployment")]
    pub(super) ws: Base,

    /// Channel to use; nothing else may publish to it [default: a new one]
    #[arg(long, requires = "longpoll", value_parser = client::channel, help_heading = "Another deployment")]
    pub(super) channel: Option<ChannelName>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Command;

    #[test]
    fn arguments_of_the_audit_itself_have_no_heading() {
        let command = Audit::augment_args(Command::new("audit"));
        for name in ["broker", "harm_every", "seed", "history", "json"] {
            let argument = command.get_arguments().find(|one| one.get_id() == name);
            assert_eq!(argument.unwrap().get_help_heading(), None, "{name}");
        }
    }
}
