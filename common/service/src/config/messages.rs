//! Settings of messages: where they go, how large they are, and how many are kept.

use super::{
    duration::{LONGEST, MINUTE, SECOND, duration_within},
    value_parsers::{at_least_one, key_prefix, whole_number},
};
use broker::{Address, TlsFiles};
use clap::Args;
use common::history::Retention;
use std::{num::NonZeroUsize, path::PathBuf, time::Duration};

/// How messages are published and delivered.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Messages")]
pub struct MessageSettings {
    /// Where messages go: memory for one process, redis://user:password@host:port/db or
    /// unix:///path for several, redis+sentinel://host,host/master over failovers,
    /// redis+cluster://host,host, rediss… with TLS
    #[arg(
        long,
        env,
        value_name = "URL",
        default_value = "memory",
        hide_env_values = true
    )]
    pub broker: Address,

    /// Prefix of all keys in Redis
    #[arg(long, env, value_name = "TEXT", default_value = "trilane:", value_parser = key_prefix)]
    pub broker_prefix: String,

    /// Largest body of a publish request, and largest message on the WebSockets / and /echo, in
    /// bytes
    #[arg(long, env, value_name = "BYTES", default_value_t = 64 * 1024)]
    #[arg(value_parser = whole_number::<u64>(1..=16 * 1024 * 1024))]
    pub max_body: u64,

    /// Memory budget for incomplete bodies and messages, and for what slow subscribers have not
    /// taken, in bytes; each connection has a little more
    #[arg(long, env, value_name = "BYTES", default_value = "33554432")]
    #[arg(value_parser = at_least_one)]
    pub buffers: NonZeroUsize,

    /// Time between two heartbeats on a stream
    #[arg(long, env, value_name = "TIME", default_value = "15s")]
    #[arg(value_parser = duration_within(SECOND..=10 * MINUTE))]
    pub heartbeat: Duration,

    /// Time after which a blocked subscriber is disconnected
    #[arg(long, env, value_name = "TIME", default_value = "20s")]
    #[arg(value_parser = duration_within(SECOND..=10 * MINUTE))]
    pub stalled: Duration,
}

/// The certificates of connections to a Redis at rediss://.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Messages")]
pub struct BrokerTlsSettings {
    /// File with the root certificates (PEM) to trust for a broker at rediss:// [default: those of
    /// the system]
    #[arg(long, env, value_name = "FILE")]
    pub broker_ca: Option<PathBuf>,

    /// File with the certificate (PEM) to present to a broker at rediss://, and its chain [default:
    /// none]
    #[arg(long, env, value_name = "FILE")]
    pub broker_cert: Option<PathBuf>,

    /// File with the private key (PEM) of --broker-cert [default: none]
    #[arg(long, env, value_name = "FILE")]
    pub broker_key: Option<PathBuf>,
}

/// How many channels there may be, and how much of each is kept.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Messages")]
pub struct ChannelSettings {
    /// Messages kept in each channel
    #[arg(long, env, value_name = "N", default_value = "1024")]
    #[arg(value_parser = at_least_one)]
    pub history: NonZeroUsize,

    /// Bytes of messages kept in each channel
    #[arg(long, env, value_name = "BYTES", default_value = "1048576")]
    #[arg(value_parser = at_least_one)]
    pub history_bytes: NonZeroUsize,

    /// How long a message is kept
    #[arg(long, env, value_name = "TIME", default_value = "1h")]
    #[arg(value_parser = duration_within(SECOND..=LONGEST))]
    pub history_age: Duration,

    /// Bytes of messages kept in all channels together; the largest channels are trimmed first
    #[arg(long, env, value_name = "BYTES", default_value = "268435456")]
    #[arg(value_parser = at_least_one)]
    pub history_total: NonZeroUsize,

    /// Maximum of channels with messages or subscribers; beyond it, the least recently used idle
    /// channel of the client that created most of them is evicted
    #[arg(long, env, value_name = "N", default_value = "1000")]
    #[arg(value_parser = at_least_one)]
    pub max_channels: NonZeroUsize,
}

impl BrokerTlsSettings {
    /// Returns the files.
    pub fn files(&self) -> TlsFiles {
        TlsFiles {
            ca: self.broker_ca.clone(),
            certificate: self.broker_cert.clone(),
            key: self.broker_key.clone(),
        }
    }
}

impl ChannelSettings {
    /// Returns how much of a channel is kept.
    pub fn retention(&self) -> Retention {
        Retention {
            messages: self.history.get(),
            bytes: self.history_bytes.get(),
            age: u64::try_from(self.history_age.as_millis()).unwrap_or(u64::MAX),
        }
    }
}
