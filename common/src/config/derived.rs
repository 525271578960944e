//! Values that follow from several settings, or from a setting and the machine.

use super::Config;
use crate::{
    broker::{Address, Broker, Memory as MemoryBroker, Redis},
    history::Retention,
    hub::{MAX_WORKERS, Timeouts},
};
use std::{num::NonZeroUsize, thread::available_parallelism, time::Duration};

/// The least number of new channels a minute by default. An office that reconnects after a restart needs some at once.
const MIN_NEW_CHANNELS: u32 = 60;

impl Config {
    /// Returns how much of a channel is kept.
    pub fn retention(&self) -> Retention {
        Retention {
            messages: self.history.get(),
            bytes: self.history_bytes.get(),
            age: self.history_age.saturating_mul(1000),
        }
    }

    /// Returns the number of worker threads.
    pub fn workers(&self) -> usize {
        match self.workers {
            Some(workers) => workers as usize,
            None => available_parallelism()
                .map_or(1, NonZeroUsize::get)
                .min(MAX_WORKERS),
        }
    }

    /// Returns how long a stream may be silent before it gets a heartbeat.
    pub fn heartbeat(&self) -> Duration {
        Duration::from_secs(self.heartbeat)
    }

    /// Returns how long subscribers may be silent.
    pub fn timeouts(&self) -> Timeouts {
        Timeouts {
            heartbeat: self.heartbeat(),
            stalled: Duration::from_secs(self.stalled),
            keep_alive: Duration::from_secs(self.keep_alive),
        }
    }

    /// Returns how many channels a minute one address, and one token, may create; 0 for no limit.
    ///
    /// By default a client that creates channels needs four minutes to reach `--max-channels`.
    pub fn new_channels(&self) -> u32 {
        let quarter = u32::try_from(self.max_channels.get() / 4).unwrap_or(u32::MAX);
        self.new_channels
            .unwrap_or_else(|| quarter.max(MIN_NEW_CHANNELS))
    }

    /// Whether pages of this origin may use the service.
    pub fn allows_origin(&self, origin: &[u8]) -> bool {
        self.allows_any_origin() || self.names_origin(origin)
    }

    /// Whether pages of any origin may use the service.
    pub fn allows_any_origin(&self) -> bool {
        self.origins.iter().any(|allowed| allowed == "*")
    }

    /// Whether the settings name this origin. `*` does not.
    pub fn names_origin(&self, origin: &[u8]) -> bool {
        self.origins
            .iter()
            .any(|allowed| allowed != "*" && allowed.as_bytes() == origin)
    }
}

impl From<&Config> for Broker {
    /// Creates the broker that the settings name. Redis is connected on the runtime around it, from now on.
    fn from(config: &Config) -> Self {
        let max_channels = config.max_channels.get();
        match &config.broker {
            Address::Memory => Self::Memory(MemoryBroker::new(max_channels)),
            Address::Redis(info) => Self::Redis(Redis::new(
                info,
                &config.broker_prefix,
                config.retention(),
                max_channels,
                config.history_total.get(),
            )),
        }
    }
}
