//! Carries publications to every hub, of this process and others.
//!
//! Publishing never touches a history: the broker gives a message its id, and every hub receives it
//! through [`Hub::deliver`](common::hub::Hub::deliver). So the path is the same with one process as
//! with many.

mod address;
mod error;
mod hubs;
mod idempotency;
mod memory;
mod publication;
mod redis;
#[cfg(test)]
mod test_hub;
mod tls;
mod unix_time;

pub use self::redis::Redis;
pub use address::{Address, AddressMistake, InvalidAddress, RedisAddress, SentinelAddress};
pub use error::BrokerError;
pub use memory::Memory;
pub use publication::{Publication, PublishAck};
pub use tls::{Tls, TlsError, TlsFiles};
pub use unix_time::unix_millis;

use common::{
    channels::ChannelLease,
    hub::Hub,
    message::{ChannelName, Cursor},
};

/// The way from publishers to hubs. Cloning copies a reference.
#[derive(Clone)]
pub enum Broker {
    /// Within this process.
    Memory(Memory),
    /// A Redis that many processes share.
    Redis(Redis),
}

impl Broker {
    /// Attaches a hub, which receives all messages from now on.
    pub fn attach(&self, hub: &Hub) {
        match self {
            Self::Memory(memory) => memory.attach(hub),
            Self::Redis(redis) => redis.attach(hub),
        }
    }

    /// Forgets unused channels. Must be called from time to time.
    pub async fn sweep(&self) {
        match self {
            Self::Memory(memory) => memory.sweep().await,
            Self::Redis(redis) => redis.sweep().await,
        }
    }

    /// Returns the time of the clock that gives messages their time, in milliseconds since 1970.
    pub fn now(&self) -> u64 {
        match self {
            Self::Memory(_) => unix_millis(),
            Self::Redis(redis) => redis.now(),
        }
    }

    /// Checks that the broker takes messages now.
    ///
    /// # Errors
    ///
    /// If Redis is not connected, or takes no messages.
    pub fn check(&self) -> Result<(), BrokerError> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::Redis(redis) => redis.check(),
        }
    }

    /// Returns whether messages outlive this process, which also means that other processes share
    /// the broker.
    pub fn outlives_process(&self) -> bool {
        match self {
            Self::Memory(_) => false,
            Self::Redis(_) => true,
        }
    }

    /// Returns whether this process has a channel, so that using it creates nothing here.
    pub fn has(&self, channel: &ChannelName) -> bool {
        match self {
            Self::Memory(memory) => memory.has(channel),
            Self::Redis(redis) => redis.has(channel),
        }
    }

    /// Opens a channel to read the messages that it has now.
    ///
    /// The memory broker does not create the channel for that; the lease of a missing one gets no
    /// messages.
    ///
    /// # Errors
    ///
    /// If Redis cannot open it.
    pub async fn peek(
        &self,
        hub: &Hub,
        channel: &ChannelName,
        after: Cursor,
    ) -> Result<ChannelLease, BrokerError> {
        match self {
            Self::Memory(memory) => Ok(memory.peek(hub, channel)),
            Self::Redis(redis) => open_in_redis(redis, hub, channel, after).await,
        }
    }

    /// Opens a channel to wait for its messages; creates it if it does not exist.
    ///
    /// Makes sure that every attached hub has its messages up to this cursor, which may come from a
    /// process that is ahead.
    ///
    /// # Errors
    ///
    /// If all channels are in use, or Redis cannot open this one.
    pub async fn open(
        &self,
        hub: &Hub,
        channel: &ChannelName,
        after: Cursor,
    ) -> Result<ChannelLease, BrokerError> {
        match self {
            Self::Memory(memory) => memory.open(hub, channel),
            Self::Redis(redis) => open_in_redis(redis, hub, channel, after).await,
        }
    }

    /// Publishes a message. Once this returns, a subscriber gets the message, or a reset if it left
    /// the history first.
    ///
    /// Keys and channels count on `account`; 0 is the service itself. In memory an account has a
    /// limit of keys. At the limit of channels, one of the account with the most idle channels is
    /// evicted.
    ///
    /// # Errors
    ///
    /// If there is no room for the channel or the key, the key was used for another body, or Redis
    /// does not take the message.
    pub async fn publish(
        &self,
        publication: Publication,
        account: u64,
    ) -> Result<PublishAck, BrokerError> {
        match self {
            Self::Memory(memory) => memory.publish(publication, account),
            Self::Redis(redis) => redis.publish(publication).await,
        }
    }
}

impl Address {
    /// Returns the most memory that the broker takes in this process beside its histories, in
    /// bytes: idempotency keys, or histories that are being loaded and messages that wait for them.
    pub fn most_memory(&self, channels: usize, history_bytes: usize) -> usize {
        match self {
            Self::Memory => idempotency::MAX_MEMORY,
            Self::Redis(_) => self::redis::most_memory(channels, history_bytes),
        }
    }
}

async fn open_in_redis(
    redis: &Redis,
    hub: &Hub,
    channel: &ChannelName,
    after: Cursor,
) -> Result<ChannelLease, BrokerError> {
    // Between the two calls a new channel may have evicted this one.
    for _ in 0..2 {
        redis.open(channel, after).await?;
        if let Some(lease) = hub.lease(channel) {
            return Ok(lease);
        }
    }
    Err(BrokerError::Unavailable)
}
