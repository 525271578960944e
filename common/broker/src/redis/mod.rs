//! The broker of many processes: a Redis or Valkey that they share.
//!
//! In Redis a channel is a stream and a small hash. Publishing is one script, which appends the
//! message and publishes it to all processes in one step. Receiving is pub/sub, which may lose
//! messages. So each message must be the next one; after a gap, on a new connection and for a new
//! channel the process loads the channel's history from Redis. A process has a copy of the channels
//! that its clients read; publishing needs none.
//!
//! - `connection`: connects, and reconnects; `locator`, `sentinels`: to which server
//! - `publish`: publishes, at the server that has the channel
//! - `servers`, `cluster`: which server has a channel; `shared` is the state of one
//! - `session`: the `connections` to one server; `commands` runs each `command` on them, `push_receiver`
//!   receives, `probe` checks Redis
//! - `subscriptions`, `subscription`, `table`, `load_state`, `room`: the channels that this
//!   process receives, without a socket
//! - `history_loader`, `load_queue`, `history_pages`: loads histories on a second connection
//! - `reload`: loads all channels again, without delaying loads that clients wait for
//! - `memory_limit`, `memory_usage`: keeps all channels together within a memory limit in Redis
//! - `scripts`, `replies`, `keys`: the scripts, what they return, and the names in Redis
//! - `errors`, `reported_errors`: what an error means, and logging it once
//! - `diagnosis`: why a connection fails

mod broker_state;
mod clock;
mod cluster;
mod command;
mod commands;
mod connection;
mod connections;
mod diagnosis;
mod errors;
mod history_loader;
mod history_pages;
mod keys;
mod load_queue;
mod load_state;
mod locator;
mod memory_limit;
mod memory_usage;
mod peer;
mod pending;
mod probe;
mod publish;
mod push_receiver;
mod reload;
mod replies;
mod reported_errors;
mod room;
mod scripts;
mod sentinels;
mod server;
mod servers;
mod session;
mod shared;
mod subscription;
mod subscriptions;
mod table;
mod target;
#[cfg(test)]
mod tests;
mod tls_error;

use super::{BrokerError, RedisAddress, Tls};
use broker_state::BrokerState;
use common::{
    history::Retention,
    hub::Hub,
    message::{ChannelName, Cursor},
};
use keys::Keys;
use load_state::NextStep;
use scripts::Scripts;
use servers::{ConnectedServer, Servers};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use subscriptions::{Loaded, Opening, Subscriptions};
use tokio::{task::yield_now, time::timeout};

/// How long a connection may be lost before requests fail.
const SHORT_OUTAGE: Duration = Duration::from_millis(500);
/// How long a request waits for a channel's history while Redis is connected: others may be loaded
/// first.
const LOAD_TIMEOUT: Duration = Duration::from_secs(20);

/// Returns the most memory that the broker takes in this process, in bytes: histories that are
/// being loaded, each as reply and as messages, and messages that wait for them.
pub(super) fn most_memory(channels: usize, history_bytes: usize) -> usize {
    (load_queue::CONCURRENT_LOADS * 2)
        .saturating_mul(history_bytes)
        .saturating_add(channels.saturating_mul(pending::MAX_BYTES))
}

/// Numbers messages in a Redis, and delivers all messages published there to the hubs of this
/// process.
#[derive(Clone)]
pub struct Redis {
    state: Arc<BrokerState>,
    servers: Servers,
}

impl Redis {
    /// Creates a broker that receives at most `max_channels` channels, which together take about
    /// `max_bytes` in Redis. `tls` is for an address with TLS.
    ///
    /// It connects in the background, now and after every loss of the connection, so Redis need not
    /// run yet. Must be called on a runtime.
    pub fn new(
        address: &RedisAddress,
        tls: Option<Tls>,
        prefix: &str,
        retention: Retention,
        max_channels: usize,
        max_bytes: usize,
    ) -> Self {
        let database = address.template().redis_settings().db();
        let is_cluster = matches!(address, RedisAddress::Cluster(_));
        let keys = Keys::new(prefix.to_owned(), database);
        let state = Arc::new(BrokerState::new(
            Scripts::new(keys, retention, is_cluster),
            Subscriptions::new(max_channels),
            u64::try_from(max_bytes).unwrap_or(u64::MAX),
        ));
        Self {
            servers: Servers::start(address, tls, &state),
            state,
        }
    }

    pub(super) fn attach(&self, hub: &Hub) {
        let channels = self.state.subscriptions().attach(hub);
        channels
            .iter()
            .for_each(|channel| self.servers.load(channel));
    }

    /// Returns whether this process receives a channel.
    pub(super) fn has(&self, channel: &ChannelName) -> bool {
        self.state.subscriptions().contains(channel)
    }

    /// Unsubscribes from channels that no client reads. Lets other tasks run in between.
    pub(super) async fn sweep(&self) {
        let mut has_more = true;
        while has_more {
            let unused;
            (unused, has_more) = self.state.subscriptions().sweep(Instant::now());
            unused
                .iter()
                .for_each(|channel| self.servers.unsubscribe(channel));
            yield_now().await;
        }
    }

    /// Returns the milliseconds since 1970 by the clock of Redis, which gives messages their time.
    pub(super) fn now(&self) -> u64 {
        self.state.clock.now()
    }

    /// Checks that Redis is connected and takes messages, as far as is known.
    ///
    /// # Errors
    ///
    /// If Redis is not connected, or takes no messages.
    pub(super) fn check(&self) -> Result<(), BrokerError> {
        self.servers.check()
    }

    /// Subscribes to a channel, and waits until the hubs have its history, at least up to this
    /// cursor.
    ///
    /// While Redis is disconnected, a channel that the hubs have stays open.
    ///
    /// # Errors
    ///
    /// If all channels are in use, Redis does not return the history in time, or the channel is
    /// unusable.
    pub(super) async fn open(
        &self,
        channel: &ChannelName,
        after: Cursor,
    ) -> Result<(), BrokerError> {
        // A load that was running may have read Redis before the cursor existed there. The next one
        // has not.
        for _ in 0..2 {
            let opening = self
                .state
                .subscriptions()
                .open(channel, after, Instant::now())?;
            let Opening::Loading {
                next,
                loaded,
                evicted,
            } = opening
            else {
                return Ok(());
            };
            if let Some(evicted) = evicted {
                self.servers.unsubscribe(&evicted);
            }
            if next == NextStep::Load {
                self.servers.load(channel);
            }
            self.wait_for(channel, loaded).await?;
        }
        Ok(())
    }

    /// Waits for a load, as long as Redis is connected.
    async fn wait_for(&self, channel: &ChannelName, loaded: Loaded) -> Result<(), BrokerError> {
        tokio::select! {
            result = timeout(LOAD_TIMEOUT, loaded) => match result {
                Ok(Ok(result)) => result,
                _ => Err(self.servers.unavailable(channel)),
            },
            error = self.outage(channel) => Err(error),
        }
    }

    /// Returns the server of a channel; during a short outage, waits for the next connection.
    async fn connected(&self, channel: &ChannelName) -> Result<ConnectedServer, BrokerError> {
        timeout(SHORT_OUTAGE, self.servers.connected(channel))
            .await
            .map_err(|_| self.servers.unavailable(channel))
    }

    /// Waits for an outage that is not short.
    async fn outage(&self, channel: &ChannelName) -> BrokerError {
        loop {
            self.servers.disconnected(channel).await;
            if let Err(error) = self.connected(channel).await {
                return error;
            }
        }
    }
}
