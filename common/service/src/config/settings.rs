//! The settings of a service, and the values that follow from several of them.

use super::{
    AccessSettings, BrokerTlsSettings, ChannelSettings, MessageSettings, ServerSettings,
    TokenSettings, value_parsers::on_or_off,
};
use broker::{Address, Broker, Memory, Redis, Tls, TlsError};
use clap::{Args, Command, FromArgMatches, builder::Resettable};
use common::hub::Timeouts;

/// The least number of new channels a minute by default. An office that reconnects after a restart
/// needs some at once.
const MIN_NEW_CHANNELS: u32 = 60;

/// Settings that every service has.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// Threads, connections and tasks.
    #[command(flatten)]
    pub server: ServerSettings,
    /// Pages, and the limits of each client.
    #[command(flatten)]
    pub access: AccessSettings,
    /// The key and the claims of tokens.
    #[command(flatten)]
    pub tokens: TokenSettings,
    /// Publishing and delivery.
    #[command(flatten)]
    pub messages: MessageSettings,
    /// Channels and their histories.
    #[command(flatten)]
    pub channels: ChannelSettings,
    #[allow(missing_docs, reason = "clap would take it for help")]
    #[command(flatten)]
    pub broker_tls: BrokerTlsSettings,

    /// Disable the compatibility endpoints: /poll and /events without a channel, the WebSockets /
    /// and /echo [default: off]
    #[arg(long, env, help_heading = "Compatibility", value_parser = on_or_off)]
    pub no_compat: bool,
}

impl Config {
    /// Parses these flags. Variables of the environment are ignored.
    ///
    /// # Panics
    ///
    /// Panics if a flag is wrong: the caller wrote the flags.
    pub fn from_flags(flags: &[&str]) -> Self {
        let command =
            Self::augment_args(Command::new("settings")).mut_args(|arg| arg.env(Resettable::Reset));
        let matches = command.try_get_matches_from(["settings"].iter().chain(flags));
        let settings = matches.and_then(|matches| Self::from_arg_matches(&matches));
        settings.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Returns how long subscribers may be silent.
    pub fn timeouts(&self) -> Timeouts {
        Timeouts {
            heartbeat: self.messages.heartbeat,
            stalled: self.messages.stalled,
            keep_alive: self.server.keep_alive,
        }
    }

    /// Reads and checks the files for TLS to the broker. Returns `None` for a broker without TLS.
    ///
    /// # Errors
    ///
    /// Returns an error if a file is unusable, or the broker has no TLS to use it for.
    pub(crate) fn load_broker_tls(&self) -> Result<Option<Tls>, TlsError> {
        self.messages.broker.load_tls(&self.broker_tls.files())
    }

    /// Returns how many channels a minute one address, and one token, may create; 0 for no limit.
    ///
    /// By default a client that creates channels needs four minutes to reach `--max-channels`.
    pub(crate) fn new_channels(&self) -> u32 {
        let quarter = u32::try_from(self.channels.max_channels.get() / 4).unwrap_or(u32::MAX);
        self.access
            .new_channels
            .unwrap_or_else(|| quarter.max(MIN_NEW_CHANNELS))
    }
}

impl TryFrom<&Config> for Broker {
    type Error = TlsError;

    /// Creates the broker that the settings name. Redis is connected on the runtime around it, from
    /// now on.
    fn try_from(config: &Config) -> Result<Self, TlsError> {
        let tls = config.load_broker_tls()?;
        let max_channels = config.channels.max_channels.get();
        Ok(match &config.messages.broker {
            Address::Memory => Self::Memory(Memory::new(max_channels)),
            Address::Redis(address) => Self::Redis(Redis::new(
                address,
                tls,
                &config.messages.broker_prefix,
                config.channels.retention(),
                max_channels,
                config.channels.history_total.get(),
            )),
        })
    }
}
