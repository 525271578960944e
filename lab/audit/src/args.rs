//! The arguments of an audit.

use super::jitter::JitterArgs;
use clap::{ArgGroup, Args, ValueEnum};
use client::Base;
use common::message::ChannelName;
use servers::broker_choice::BrokerChoice;
use service::config::BrokerTlsSettings;
use std::{num::NonZeroUsize, time::Duration};
use support::{json_file::JsonFile, units};

/// Arguments of an audit.
#[derive(Args)]
pub struct Audit {
    /// What disturbs the clients
    #[arg(long, value_enum, default_value_t = Profile::Faults)]
    pub(super) profile: Profile,

    /// How long to publish and inject faults; afterwards subscribers catch up
    #[arg(long, value_name = "TIME", default_value = "20s", value_parser = units::duration)]
    pub(super) duration: Duration,

    /// Subscribers on each transport [default: 20; 1000 with the profile jitter, at most 10000]
    #[arg(long, value_name = "N", value_parser = units::at_least_one::<NonZeroUsize>)]
    subscribers: Option<NonZeroUsize>,

    /// Publishers; each uses all three services, and WebSocket frames as well
    #[arg(long, value_name = "N", default_value = "3", value_parser = units::at_least_one::<NonZeroUsize>)]
    pub(super) publishers: NonZeroUsize,

    /// Messages per second, of all publishers together [default: 200; 2 with the profile jitter]
    #[arg(long, value_name = "N", value_parser = units::at_least_one::<NonZeroUsize>)]
    rate: Option<NonZeroUsize>,

    /// Approximate size of a message in bytes
    #[arg(long, value_name = "BYTES", default_value = "100")]
    pub(super) size: usize,

    /// Time between two faults; 0 for none
    #[arg(long, value_name = "TIME", default_value = "50ms", value_parser = units::duration)]
    pub(super) fault_every: Duration,

    /// Time between two restarts of a service; 0 for none
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = units::duration)]
    pub(super) restart_every: Duration,

    /// Broker of the services: memory, redis to start a redis-server and inject faults into it, or
    /// the URL of a Redis, which may lose its last messages if somebody else harms it
    #[arg(
        long,
        value_name = "BROKER",
        default_value = "memory",
        hide_env_values = true,
        conflicts_with = "address"
    )]
    pub(super) broker: BrokerChoice,

    /// Time between two faults of the redis-server that the audit starts; 0 for none
    #[arg(long, value_name = "TIME", default_value = "4s", value_parser = units::duration)]
    pub(super) harm_every: Duration,

    /// Seed of the random choices, to repeat those of an earlier audit [default: random]
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,

    /// Messages that a service keeps in its history, or promises to keep [default: 10000; with
    /// another deployment none is promised]
    #[arg(long, value_name = "N", value_parser = units::at_least_one::<NonZeroUsize>)]
    pub(super) history: Option<NonZeroUsize>,

    #[command(flatten)]
    pub(super) json: JsonFile,

    // Each of these has a heading, which applies to all arguments after it.
    #[command(flatten)]
    pub(super) others: Option<ExistingDeployment>,

    #[command(flatten)]
    pub(super) jitter: JitterArgs,

    #[command(flatten)]
    pub(super) broker_tls: BrokerTlsSettings,
}

impl Audit {
    /// Returns the number of subscribers on each transport.
    pub(super) fn subscribers(&self) -> usize {
        let default = match self.profile {
            Profile::Faults => 20,
            Profile::Jitter => 1000,
        };
        self.subscribers.map_or(default, NonZeroUsize::get)
    }

    /// Returns the number of messages per second.
    pub(super) fn rate(&self) -> f64 {
        let default = match self.profile {
            Profile::Faults => 200,
            Profile::Jitter => 2,
        };
        self.rate.map_or(default, NonZeroUsize::get) as f64
    }
}

/// What disturbs the clients of an audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Profile {
    /// Cuts, freezes, moves and restarts at random: is every message accounted for?
    Faults,
    /// Each client is cut and offline every few seconds: how much do naive and robust clients get,
    /// and how late?
    Jitter,
}

/// A running deployment to audit.
#[derive(Args)]
#[group(multiple = true)]
#[command(group = ArgGroup::new("address").multiple(true), next_help_heading = "Another deployment")]
pub(super) struct ExistingDeployment {
    /// Address of all three services, such as a proxy in front of them: audits them and starts none
    #[arg(long, value_name = "URL", group = "address", conflicts_with_all = ["longpoll", "sse", "ws"])]
    url: Option<Base>,

    /// Address of the long-polling service; transports without an address are left out
    #[arg(long, value_name = "URL", group = "address")]
    longpoll: Option<Base>,

    /// Address of the SSE service
    #[arg(long, value_name = "URL", group = "address")]
    sse: Option<Base>,

    /// Address of the WebSocket service
    #[arg(long, value_name = "URL", group = "address")]
    ws: Option<Base>,

    /// Channel to use; nothing else may publish to it [default: a new one]
    #[arg(long, requires = "address", value_parser = client::channel)]
    pub(super) channel: Option<ChannelName>,
}

impl ExistingDeployment {
    /// Returns the address of each service, in the order of the lanes.
    pub(super) fn bases(&self) -> [Option<Base>; 3] {
        [&self.longpoll, &self.sse, &self.ws].map(|base| base.clone().or_else(|| self.url.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Command;

    #[test]
    fn arguments_of_the_audit_itself_have_no_heading() {
        let command = Audit::augment_args(Command::new("audit"));
        for name in ["broker", "harm_every", "seed", "history", "file"] {
            let argument = command.get_arguments().find(|one| one.get_id() == name);
            assert_eq!(argument.unwrap().get_help_heading(), None, "{name}");
        }
    }
}
