//! The settings of a service: each is a flag and a variable.

mod host;
mod listen;
mod origin;
mod parse;

pub use host::{Host, first_address};
pub use listen::Listen;
pub use origin::origin;
pub use parse::parse;

use crate::{
    broker::{Address, Broker, Memory as MemoryBroker, Redis},
    budget::COPIES,
    history::Retention,
    hub::{MAX_WORKERS, Timeouts},
    message::Message,
};
use clap::{Args, Command, FromArgMatches, builder::Resettable};
use std::{fmt, num::NonZeroUsize, path::PathBuf, thread::available_parallelism, time::Duration};

/// What a message takes beside its text, in bytes: its place in a log, which may have as many empty ones, and what the
/// allocator adds.
const PLACE: usize = 2 * size_of::<Message>() + 64;

/// What a connection takes at most, in bytes, beside what the budget counts: the buffers and the task that actix has for it,
/// a head, and what is free of the budget.
const CONNECTION: usize = 56 * 1024;
/// What a worker thread takes at most, in bytes: its stack, encodings that it remembers, and what its allocator keeps.
const WORKER: usize = 4 * 1024 * 1024;
/// What the program takes at most, in bytes.
const PROCESS: usize = 16 * 1024 * 1024;

/// What a process takes at most, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Messages that are kept, with idempotency keys.
    pub messages: usize,
    /// What is under way.
    pub buffers: usize,
    /// Connections.
    pub connections: usize,
    /// The program and its threads.
    pub process: usize,
}

impl Memory {
    /// The sum.
    pub fn all(&self) -> usize {
        [self.messages, self.buffers, self.connections, self.process]
            .into_iter()
            .fold(0, usize::saturating_add)
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mib = |bytes: usize| bytes.div_ceil(1024 * 1024);
        let Self {
            messages,
            buffers,
            connections,
            process,
        } = *self;
        let parts = [messages, buffers, connections, process].map(mib);
        let all = parts.into_iter().fold(0, usize::saturating_add);
        let [messages, buffers, connections, process] = parts;
        write!(
            f,
            "at most {all} MiB of memory: messages {messages}, what is under way {buffers}, connections {connections}, \
             the program {process}"
        )
    }
}

/// Settings that every service has.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// Worker threads, 1 to 64 [default: one for each core]
    #[arg(long, env = "WORKERS", help_heading = "Server", value_parser = clap::value_parser!(u64).range(1..=MAX_WORKERS as u64))]
    pub workers: Option<u64>,

    /// Most open connections; more are answered 503 [default: the limit of open files, less a reserve]
    #[arg(
        long,
        env = "MAX_CONNECTIONS",
        help_heading = "Server",
        value_name = "N"
    )]
    pub max_connections: Option<NonZeroUsize>,

    /// Seconds for which a connection is kept open between two requests; more than the proxy in front keeps it
    #[arg(long, env = "KEEP_ALIVE", help_heading = "Server", value_name = "SECONDS", default_value_t = 75, value_parser = clap::value_parser!(u64).range(1..=7200))]
    pub keep_alive: u64,

    /// Seconds for which a service that stops accepts connections yet: it is not ready, and tells its readers to go
    #[arg(long, env = "DRAIN", help_heading = "Server", value_name = "SECONDS", default_value_t = 3, value_parser = clap::value_parser!(u64).range(0..=600))]
    pub drain: u64,

    /// Tasks (POST /tasks) that may wait or run at a time, and as many small ones beside, one of each address or token; 0 for none
    #[arg(
        long,
        env = "TASKS",
        help_heading = "Server",
        value_name = "N",
        default_value_t = 8
    )]
    pub tasks: usize,

    /// Let POST /tasks?inline=true compute on the event loop, where it blocks every reader of a worker thread, and anybody use all --tasks [default: off]
    #[arg(long, env = "TASKS_INLINE", help_heading = "Server", value_parser = clap::builder::BoolishValueParser::new())]
    pub tasks_inline: bool,

    /// Origins whose pages may use this service, comma-separated, or * for any
    #[arg(
        long,
        env = "ORIGINS",
        help_heading = "Who may",
        value_name = "ORIGIN",
        value_delimiter = ',',
        value_parser = origin,
        default_value = "http://localhost:8000,http://127.0.0.1:8000"
    )]
    pub origins: Vec<String>,

    /// File with the key for tokens: a public key in PEM (RS256, ES256) or a secret (HS256) [default: none, everybody may]
    #[arg(
        long,
        env = "JWT_KEY_FILE",
        help_heading = "Who may",
        value_name = "PATH",
        conflicts_with = "jwt_secret"
    )]
    pub jwt_key_file: Option<PathBuf>,

    /// The secret itself (HS256), at least 32 bytes; flags can be seen by others, the variable cannot [default: none]
    #[arg(
        long,
        env = "JWT_SECRET",
        help_heading = "Who may",
        value_name = "SECRET",
        hide_env_values = true
    )]
    pub jwt_secret: Option<Secret>,

    /// Who tokens must be for (aud) [default: none; then a token with aud is refused]
    #[arg(
        long,
        env = "JWT_AUDIENCE",
        help_heading = "Who may",
        value_name = "NAME"
    )]
    pub jwt_audience: Option<String>,

    /// Who tokens must be from (iss) [default: none, anybody with the key]
    #[arg(
        long,
        env = "JWT_ISSUER",
        help_heading = "Who may",
        value_name = "NAME"
    )]
    pub jwt_issuer: Option<String>,

    /// Messages a second that one address, and one token, may publish on average; 0 for any number
    #[arg(long, env = "PUBLISH_RATE", help_heading = "Who may", value_name = "N", default_value = "0", value_parser = rate)]
    pub publish_rate: f64,

    /// New channels a minute that one address, and one token, may begin; 0 for any number [default: a quarter of --max-channels, at least 60]
    #[arg(long, env = "NEW_CHANNELS", help_heading = "Who may", value_name = "N")]
    pub new_channels: Option<u32>,

    /// Most open connections of one address (of IPv6: one /64), 0 for any number; behind a proxy all have the proxy's
    #[arg(
        long,
        env = "MAX_CONNECTIONS_PER_ADDRESS",
        help_heading = "Who may",
        value_name = "N",
        default_value_t = 0
    )]
    pub max_connections_per_address: usize,

    /// Proxies of yours in front, whose X-Forwarded-For says which address publishes; 0 to believe none
    #[arg(long, env = "TRUST_PROXY", help_heading = "Who may", value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=16))]
    pub trust_proxy: u8,

    /// Where messages go: memory for one process, redis://user:password@host:port/db for many
    #[arg(
        long,
        env = "BROKER",
        help_heading = "Messages",
        value_name = "URL",
        default_value = "memory",
        hide_env_values = true
    )]
    pub broker: Address,

    /// What the names of all keys in Redis begin with
    #[arg(long, env = "BROKER_PREFIX", help_heading = "Messages", value_name = "TEXT", default_value = "trilane:", value_parser = prefix)]
    pub broker_prefix: String,

    /// Take the founding documents' endpoints away: /poll and /events without a channel, the WebSockets / and /echo [default: off]
    #[arg(long, env = "NO_COMPAT", help_heading = "Who may", value_parser = clap::builder::BoolishValueParser::new())]
    pub no_compat: bool,

    /// Largest body of a publish request, and largest message on the WebSockets / and /echo, in bytes
    #[arg(long, env = "MAX_BODY", help_heading = "Messages", value_name = "BYTES", default_value_t = 64 * 1024, value_parser = clap::value_parser!(u64).range(1..=16 * 1024 * 1024))]
    pub max_body: u64,

    /// Bytes that incomplete bodies and messages, and what slow readers have not taken, may hold together, beside a little for each connection
    #[arg(
        long,
        env = "BUFFERS",
        help_heading = "Messages",
        value_name = "BYTES",
        default_value = "33554432"
    )]
    pub buffers: NonZeroUsize,

    /// Messages kept for each channel
    #[arg(
        long,
        env = "HISTORY",
        help_heading = "Messages",
        value_name = "N",
        default_value = "1024"
    )]
    pub history: NonZeroUsize,

    /// Bytes of messages kept for each channel
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

    /// Bytes of messages kept in all channels together; the largest channels give first
    #[arg(
        long,
        env = "HISTORY_TOTAL",
        help_heading = "Messages",
        value_name = "BYTES",
        default_value = "268435456"
    )]
    pub history_total: NonZeroUsize,

    /// Most channels at a time that have messages or readers; of whoever began most that nobody reads, the one not used for longest makes room
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

    /// Seconds after which a reader that takes nothing is cut
    #[arg(long, env = "STALLED", help_heading = "Messages", value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub stalled: u64,
}

/// A text that is never shown.
#[derive(Clone)]
pub struct Secret(String);

impl Config {
    /// How much of a channel is kept.
    pub fn retention(&self) -> Retention {
        let age = self.history_age.saturating_mul(1000);
        Retention {
            messages: self.history.get(),
            bytes: self.history_bytes.get(),
            age,
        }
    }

    /// The number of worker threads.
    pub fn workers(&self) -> usize {
        let cores = available_parallelism().map_or(1, NonZeroUsize::get);
        self.workers
            .map_or(cores.min(MAX_WORKERS), |workers| workers as usize)
    }

    /// How long a stream is silent before it gets a heartbeat.
    pub fn heartbeat(&self) -> Duration {
        Duration::from_secs(self.heartbeat)
    }

    /// How long readers may be silent.
    pub fn timeouts(&self) -> Timeouts {
        let [stalled, keep_alive] = [self.stalled, self.keep_alive].map(Duration::from_secs);
        Timeouts {
            heartbeat: self.heartbeat(),
            stalled,
            keep_alive,
        }
    }

    /// The most memory that this process can take with so many connections.
    pub fn most_memory(&self, connections: usize) -> Memory {
        Memory {
            messages: self.most_messages(),
            buffers: self.most_buffers(),
            connections: connections.saturating_mul(CONNECTION),
            process: PROCESS.saturating_add(
                self.workers()
                    .saturating_mul(WORKER + 2 * self.most_message()),
            ),
        }
    }

    /// The budget for what is under way: at least what four of the largest messages need, so that there is room for others.
    pub fn most_buffers(&self) -> usize {
        self.buffers.get().max(4 * COPIES * self.most_message())
    }

    fn most_message(&self) -> usize {
        self.max_body as usize + 1024
    }

    /// Those of the logs, their places in them, and what the broker keeps besides.
    fn most_messages(&self) -> usize {
        let channels = self.max_channels.get();
        let text = self
            .history_total
            .get()
            .min(channels.saturating_mul(self.history_bytes.get()));
        let places = channels
            .saturating_mul(self.history.get())
            .saturating_mul(PLACE);
        // The newest message is kept whatever its size.
        let newest = usize::try_from(self.max_body).unwrap_or(usize::MAX);
        let broker = self.broker.most_memory(channels, self.history_bytes.get());
        text.saturating_add(newest)
            .saturating_add(places)
            .saturating_add(broker)
    }

    /// How many channels a minute one address, and one token, may begin; 0 for any number. One that makes up channels needs
    /// four minutes to fill all places, and an office that comes back after a restart needs some at once.
    pub fn new_channels(&self) -> u32 {
        let quarter = u32::try_from(self.max_channels.get() / 4).unwrap_or(u32::MAX);
        self.new_channels.unwrap_or(quarter.max(60))
    }

    /// Whether requests need a token.
    pub fn wants_tokens(&self) -> bool {
        self.jwt_secret.is_some() || self.jwt_key_file.is_some()
    }

    /// Whether pages of this origin may use the service.
    pub fn allows_origin(&self, origin: &[u8]) -> bool {
        self.allows_any_origin() || self.names_origin(origin)
    }

    /// Whether pages of any origin may.
    pub fn allows_any_origin(&self) -> bool {
        self.origins.iter().any(|allowed| allowed == "*")
    }

    /// Whether pages of this origin may, and not just because those of any origin do.
    pub fn names_origin(&self, origin: &[u8]) -> bool {
        self.origins
            .iter()
            .any(|allowed| allowed != "*" && allowed.as_bytes() == origin)
    }

    /// The settings that these flags make, whatever the variables of the environment say.
    ///
    /// # Panics
    ///
    /// If a flag is no good: they are the caller's own.
    pub fn from_flags(flags: &[&str]) -> Self {
        let command =
            Self::augment_args(Command::new("settings")).mut_args(|arg| arg.env(Resettable::Reset));
        let matches = command.try_get_matches_from(["settings"].iter().chain(flags));
        let settings = matches.and_then(|matches| Self::from_arg_matches(&matches));
        settings.unwrap_or_else(|error| panic!("{error}"))
    }
}

impl From<&Config> for Broker {
    /// The broker that the settings name. One that connects does so on the runtime around it, from now on.
    fn from(config: &Config) -> Self {
        let most = config.max_channels.get();
        match &config.broker {
            Address::Memory => Self::Memory(MemoryBroker::new(most)),
            Address::Redis(info) => {
                let total = config.history_total.get();
                Self::Redis(Redis::new(
                    info,
                    &config.broker_prefix,
                    config.retention(),
                    most,
                    total,
                ))
            }
        }
    }
}

impl Secret {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// Messages a second: none, or from one in a quarter of an hour to a million.
fn rate(text: &str) -> Result<f64, &'static str> {
    let fits = |rate: &f64| *rate == 0.0 || (0.001..=1e6).contains(rate);
    text.parse()
        .ok()
        .filter(fits)
        .ok_or("0, or a number from 0.001 to 1000000")
}

/// The braces are for the channel's name between them.
fn prefix(text: &str) -> Result<String, &'static str> {
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"{}".contains(&byte);
    let fits = text.len() <= 64 && text.bytes().all(plain);
    fits.then(|| text.to_owned())
        .ok_or("at most 64 visible ASCII characters without braces")
}
