//! The broker of many processes: a Redis or Valkey that they share.
//!
//! In Redis a channel is a stream and a small hash. Publishing is one script, which appends the
//! message and publishes it to all processes in one step. Receiving is pub/sub, which may lose
//! messages. So each message must be the next one; after a gap, on a new connection and for a new
//! channel the process loads the channel's history from Redis. A process has a copy of the channels
//! that its clients read; publishing needs none.
//!
//! - `connection`: connects, and reconnects
//! - `session`: one connection; `commands` subscribes on it, `push_receiver` receives, `probe`
//!   checks Redis
//! - `subscriptions`, `subscription`, `load_state`, `room`: the channels that this process
//!   receives, without a socket
//! - `history_loader`: loads histories on a second connection
//! - `memory_usage`: keeps all channels together within a memory limit in Redis
//! - `scripts`, `replies`, `keys`: the scripts, what they return, and the names in Redis
//! - `errors`, `reported_errors`: what an error means, and logging it once
//! - `diagnosis`: why a connection fails

mod clock;
mod commands;
mod connection;
mod diagnosis;
mod errors;
mod history_loader;
mod keys;
mod load_state;
mod memory_usage;
mod pending;
mod probe;
mod push_receiver;
mod replies;
mod reported_errors;
mod room;
mod scripts;
mod server;
mod session;
mod shared;
mod subscription;
mod subscriptions;
mod target;
#[cfg(test)]
mod tests;
mod tls_error;

use super::{BrokerError, Publication, PublishAck, Tls, address};
use crate::{
    history::Retention,
    hub::Hub,
    message::{ChannelName, Cursor},
};
use keys::Keys;
use redis::{ConnectionInfo, ProtocolVersion};
use replies::parse_ack;
use scripts::Scripts;
use shared::{Connected, Shared};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use subscriptions::{Loaded, Opening, Subscriptions};
use target::Target;
use tokio::{sync::mpsc::unbounded_channel, time::timeout};

/// How long a connection may be lost before requests fail.
const SHORT_OUTAGE: Duration = Duration::from_millis(500);
/// How long a request waits for a channel's history while Redis is connected: others may be loaded
/// first.
const LOAD_TIMEOUT: Duration = Duration::from_secs(20);

/// Returns the most memory that the broker takes in this process, in bytes: histories that are
/// being loaded, each as reply and as messages, and messages that wait for them.
pub(super) fn most_memory(channels: usize, history_bytes: usize) -> usize {
    (history_loader::CONCURRENT_LOADS * 2)
        .saturating_mul(history_bytes)
        .saturating_add(channels.saturating_mul(pending::MAX_BYTES))
}

/// Numbers messages in a Redis, and delivers all messages published there to the hubs of this
/// process.
#[derive(Clone)]
pub struct Redis(Arc<Shared>);

impl Redis {
    /// Creates a broker that receives at most `max_channels` channels, which together take about
    /// `max_bytes` in Redis. `tls` is for an address with TLS.
    ///
    /// It connects in the background, now and after every loss of the connection, so Redis need not
    /// run yet. Must be called on a runtime.
    pub fn new(
        info: &ConnectionInfo,
        tls: Option<Tls>,
        prefix: &str,
        retention: Retention,
        max_channels: usize,
        max_bytes: usize,
    ) -> Self {
        // RESP3 has replies and published messages on one connection.
        let settings = info
            .redis_settings()
            .clone()
            .set_protocol(ProtocolVersion::RESP3);
        let keys = Keys::new(prefix.to_owned(), settings.db());
        let target = Target::new(info.clone().set_redis_settings(settings), tls);
        let (commands, received) = unbounded_channel();
        let shared = Arc::new(Shared::new(
            address::shown(info.addr()),
            Scripts::new(keys, retention),
            Subscriptions::new(max_channels),
            u64::try_from(max_bytes).unwrap_or(u64::MAX),
            commands,
        ));
        tokio::spawn(connection::keep(target, Arc::downgrade(&shared), received));
        Self(shared)
    }

    pub(super) fn attach(&self, hub: &Hub) {
        let channels = self.0.subscriptions().attach(hub);
        self.0.load(channels);
    }

    /// Returns whether this process receives a channel.
    pub(super) fn has(&self, channel: &ChannelName) -> bool {
        self.0.subscriptions().contains(channel)
    }

    /// Unsubscribes from channels that no client reads.
    pub(super) fn sweep(&self) {
        let unused = self.0.subscriptions().sweep(Instant::now());
        unused
            .iter()
            .for_each(|channel| self.0.unsubscribe(channel));
    }

    /// Returns the milliseconds since 1970 by the clock of Redis, which gives messages their time.
    pub(super) fn now(&self) -> u64 {
        self.0.clock.now()
    }

    /// Checks that Redis is connected and takes messages, as far as is known.
    pub(super) fn check(&self) -> Result<(), BrokerError> {
        match self.0.write_refusal() {
            Some(why) => Err(BrokerError::Refuses { why }),
            None if self.0.connected.borrow().is_none() => Err(self.0.outage()),
            None => Ok(()),
        }
    }

    /// Subscribes to a channel, and waits until the hubs have its history, at least up to this
    /// cursor.
    ///
    /// While Redis is disconnected, a channel that the hubs have stays open.
    pub(super) async fn open(
        &self,
        channel: &ChannelName,
        after: Cursor,
    ) -> Result<(), BrokerError> {
        // A load that was running may have read Redis before the cursor existed there. The next one
        // has not.
        for _ in 0..2 {
            let opening = self
                .0
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
                self.0.unsubscribe(&evicted);
            }
            self.0.run(channel, next);
            self.wait_for(loaded).await?;
        }
        Ok(())
    }

    /// Publishes a message.
    ///
    /// # Errors
    ///
    /// After [`BrokerError::Unavailable`] it is not known whether Redis took the message. With a
    /// key it is safe to retry.
    pub(super) async fn publish(
        &self,
        publication: Publication,
    ) -> Result<PublishAck, BrokerError> {
        let Connected {
            mut connection,
            server,
        } = self.connected().await?;
        let call = self.0.scripts.append(&server.incarnation(), &publication);
        let reply: Result<String, _> = call.invoke_async(&mut connection).await;
        let (ack, size) = reply
            .and_then(|reply| parse_ack(&reply))
            .map_err(|error| self.0.broker_error(&publication.channel, &error))?;
        if let Some(size) = size {
            let bytes = publication.body.len();
            self.0.memory_usage.add(publication.channel, bytes, size);
        }
        Ok(ack)
    }

    /// Waits for a load, as long as Redis is connected.
    async fn wait_for(&self, loaded: Loaded) -> Result<(), BrokerError> {
        tokio::select! {
            result = timeout(LOAD_TIMEOUT, loaded) => match result {
                Ok(Ok(result)) => result,
                _ => Err(self.unavailable()),
            },
            error = self.outage() => Err(error),
        }
    }

    /// Returns the connection; during a short outage, waits for the next one.
    async fn connected(&self) -> Result<Connected, BrokerError> {
        let mut changes = self.0.connected.subscribe();
        match timeout(SHORT_OUTAGE, changes.wait_for(Option::is_some)).await {
            Ok(Ok(connected)) => connected.clone().ok_or(BrokerError::Unavailable),
            _ => Err(self.unavailable()),
        }
    }

    /// Waits for an outage that is not short.
    async fn outage(&self) -> BrokerError {
        let mut changes = self.0.connected.subscribe();
        loop {
            // Fails only without a sender, which `self` has.
            let _ = changes.wait_for(Option::is_none).await;
            if let Err(error) = self.connected().await {
                return error;
            }
        }
    }

    /// Returns the reason for a missing reply.
    fn unavailable(&self) -> BrokerError {
        self.check().err().unwrap_or(BrokerError::Unavailable)
    }
}
