//! The settings that every service has.

use super::{
    Secret, origin,
    value_parsers::{key_prefix, publish_rate},
};
use crate::{broker::Address, hub::MAX_WORKERS};
use clap::{Args, Command, FromArgMatches, builder::Resettable};
use std::{num::NonZeroUsize, path::PathBuf};

/// Settings that every service has.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// Worker threads, 1 to 64 [default: one for each core]
    #[arg(long, env = "WORKERS", help_heading = "Server", value_parser = clap::value_parser!(u64).range(1..=MAX_WORKERS as u64))]
    pub workers: Option<u64>,

    /// Maximum of open connections; excess connections get 503 [default: the limit of open files, less a reserve]
    #[arg(
        long,
        env = "MAX_CONNECTIONS",
        help_heading = "Server",
        value_name = "N"
    )]
    pub max_connections: Option<NonZeroUsize>,

    /// Seconds for which a connection is kept open between two requests; longer than the proxy in front keeps it
    #[arg(long, env = "KEEP_ALIVE", help_heading = "Server", value_name = "SECONDS", default_value_t = 75, value_parser = clap::value_parser!(u64).range(1..=7200))]
    pub keep_alive: u64,

    /// Seconds for which a stopping service still accepts connections, while it is not ready and disconnects its subscribers
    #[arg(long, env = "DRAIN", help_heading = "Server", value_name = "SECONDS", default_value_t = 3, value_parser = clap::value_parser!(u64).range(0..=600))]
    pub drain: u64,

    /// Tasks (POST /tasks) that may wait or run at a time, and the same number of small ones, one of each address or token; 0 for none
    #[arg(
        long,
        env = "TASKS",
        help_heading = "Server",
        value_name = "N",
        default_value_t = 8
    )]
    pub tasks: usize,

    /// Let POST /tasks?inline=true compute on the event loop, where it blocks all subscribers of a worker thread, and let one client use all --tasks [default: off]
    #[arg(long, env = "TASKS_INLINE", help_heading = "Server", value_parser = clap::builder::BoolishValueParser::new())]
    pub tasks_inline: bool,

    /// Origins whose pages may use this service, comma-separated, or * for any
    #[arg(
        long,
        env = "ORIGINS",
        help_heading = "Access",
        value_name = "ORIGIN",
        value_delimiter = ',',
        value_parser = origin,
        default_value = "http://localhost:8000,http://127.0.0.1:8000"
    )]
    pub origins: Vec<String>,

    /// File with the key that verifies tokens: a public key in PEM (RS256, ES256) or a secret (HS256) [default: none, no token is needed]
    #[arg(
        long,
        env = "JWT_KEY_FILE",
        help_heading = "Access",
        value_name = "PATH",
        conflicts_with = "jwt_secret"
    )]
    pub jwt_key_file: Option<PathBuf>,

    /// The secret itself (HS256), at least 32 bytes; other users of the machine can see flags, but not the variable [default: none]
    #[arg(
        long,
        env = "JWT_SECRET",
        help_heading = "Access",
        value_name = "SECRET",
        hide_env_values = true
    )]
    pub jwt_secret: Option<Secret>,

    /// Audience that tokens must name (aud) [default: none; then a token with aud is refused]
    #[arg(
        long,
        env = "JWT_AUDIENCE",
        help_heading = "Access",
        value_name = "NAME"
    )]
    pub jwt_audience: Option<String>,

    /// Issuer that tokens must name (iss) [default: none, any issuer with the key]
    #[arg(long, env = "JWT_ISSUER", help_heading = "Access", value_name = "NAME")]
    pub jwt_issuer: Option<String>,

    /// Messages a second that one address, and one token, may publish on average; 0 for no limit
    #[arg(long, env = "PUBLISH_RATE", help_heading = "Access", value_name = "N", default_value = "0", value_parser = publish_rate)]
    pub publish_rate: f64,

    /// New channels a minute that one address, and one token, may create; 0 for no limit [default: a quarter of --max-channels, at least 60]
    #[arg(long, env = "NEW_CHANNELS", help_heading = "Access", value_name = "N")]
    pub new_channels: Option<u32>,

    /// Maximum of open connections of one address (of IPv6: one /64), 0 for no limit; behind a proxy all have the proxy's address
    #[arg(
        long,
        env = "MAX_CONNECTIONS_PER_ADDRESS",
        help_heading = "Access",
        value_name = "N",
        default_value_t = 0
    )]
    pub max_connections_per_address: usize,

    /// Number of your own proxies in front, whose X-Forwarded-For names the client's address; 0 to trust none
    #[arg(long, env = "TRUST_PROXY", help_heading = "Access", value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=16))]
    pub trust_proxy: u8,

    /// Where messages go: memory for one process, redis://user:password@host:port/db for several
    #[arg(
        long,
        env = "BROKER",
        help_heading = "Messages",
        value_name = "URL",
        default_value = "memory",
        hide_env_values = true
    )]
    pub broker: Address,

    /// Prefix of all keys in Redis
    #[arg(long, env = "BROKER_PREFIX", help_heading = "Messages", value_name = "TEXT", default_value = "trilane:", value_parser = key_prefix)]
    pub broker_prefix: String,

    /// Disable the compatibility endpoints: /poll and /events without a channel, the WebSockets / and /echo [default: off]
    #[arg(long, env = "NO_COMPAT", help_heading = "Compatibility", value_parser = clap::builder::BoolishValueParser::new())]
    pub no_compat: bool,

    /// Largest body of a publish request, and largest message on the WebSockets / and /echo, in bytes
    #[arg(long, env = "MAX_BODY", help_heading = "Messages", value_name = "BYTES", default_value_t = 64 * 1024, value_parser = clap::value_parser!(u64).range(1..=16 * 1024 * 1024))]
    pub max_body: u64,

    /// Memory budget for incomplete bodies and messages, and for what slow subscribers have not taken, in bytes; each connection has a little more
    #[arg(
        long,
        env = "BUFFERS",
        help_heading = "Messages",
        value_name = "BYTES",
        default_value = "33554432"
    )]
    pub buffers: NonZeroUsize,

    /// Messages kept in each channel
    #[arg(
        long,
        env = "HISTORY",
        help_heading = "Messages",
        value_name = "N",
        default_value = "1024"
    )]
    pub history: NonZeroUsize,

    /// Bytes of messages kept in each channel
    #[arg(
        long,
        env = "HISTORY_BYTES",
        help_heading = "Messages",
        value_name = "BYTES",
        default_value = "1048576"
    )]
    pub history_bytes: NonZeroUsize,

    /// Seconds for which a message is kept
    #[arg(long, env = "HISTORY_AGE", help_heading = "Messages", value_name = "SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(u64).range(1..))]
    pub history_age: u64,

    /// Bytes of messages kept in all channels together; the largest channels are trimmed first
    #[arg(
        long,
        env = "HISTORY_TOTAL",
        help_heading = "Messages",
        value_name = "BYTES",
        default_value = "268435456"
    )]
    pub history_total: NonZeroUsize,

    /// Maximum of channels with messages or subscribers; beyond it, the client that created most unread channels loses its least recently used one
    #[arg(
        long,
        env = "MAX_CHANNELS",
        help_heading = "Messages",
        value_name = "N",
        default_value = "1000"
    )]
    pub max_channels: NonZeroUsize,

    /// Seconds between two heartbeats on a stream
    #[arg(long, env = "HEARTBEAT", help_heading = "Messages", value_name = "SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub heartbeat: u64,

    /// Seconds after which a blocked subscriber is disconnected
    #[arg(long, env = "STALLED", help_heading = "Messages", value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub stalled: u64,
}

impl Config {
    /// Parses these flags. Variables of the environment are ignored.
    ///
    /// # Panics
    ///
    /// Panics if a flag is wrong: they are the caller's own.
    pub fn from_flags(flags: &[&str]) -> Self {
        let command =
            Self::augment_args(Command::new("settings")).mut_args(|arg| arg.env(Resettable::Reset));
        let matches = command.try_get_matches_from(["settings"].iter().chain(flags));
        let settings = matches.and_then(|matches| Self::from_arg_matches(&matches));
        settings.unwrap_or_else(|error| panic!("{error}"))
    }
}
