//! Carries what is published to every hub, ours included.
//!
//! Publishing never touches a log: the broker gives a message its id and every hub gets it back through
//! [`Hub::deliver`](crate::hub::Hub::deliver), so the path is the same with one process as with many.

mod address;
mod idempotency;
mod memory;
mod redis;

pub use self::redis::Redis;
pub use address::Address;
use idempotency::MOST_MEMORY as MOST_KEYS_MEMORY;
pub use memory::Memory;

use crate::{
    hub::{ChannelLease, Hub},
    message::{ChannelName, Cursor, MessageId},
};
use serde::Serialize;
use std::{fmt, time::SystemTime};

/// The way from publishers to hubs. Cloning copies a reference.
#[derive(Clone)]
pub enum Broker {
    /// Within this process.
    Memory(Memory),
    /// A Redis that many processes share.
    Redis(Redis),
}

/// A message as a client wants it published.
#[derive(Debug)]
pub struct Publication {
    /// Where.
    pub channel: ChannelName,
    /// The message: valid JSON.
    pub body: String,
    /// Publishing the same body again with the same key on the same channel gives the first result again, for five
    /// minutes; another body is refused.
    pub key: Option<String>,
    /// Who publishes, as a number: in memory a holder may have so many keys at a time, and whoever has most unread channels loses
    /// one when room is needed. 0 for the service itself.
    pub holder: u64,
}

/// The broker's word that a message will reach every reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PublishAck {
    /// Its place in the channel.
    pub id: MessageId,
    /// When it was accepted, in milliseconds since 1970.
    pub time: u64,
}

/// Why a broker cannot take a message, or open a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BrokerError {
    /// There are as many channels as allowed, and each is in use.
    TooManyChannels {
        /// How many are allowed.
        limit: usize,
    },
    /// This holder, or all together, have as many idempotency keys as are remembered.
    TooManyKeys {
        /// After how many seconds there may be room.
        seconds: u32,
    },
    /// The key was used with another body on this channel.
    KeyReused,
    /// The broker is there and takes no messages.
    Refuses {
        /// What it calls the reason.
        why: &'static str,
    },
    /// The broker is there and cannot use what it has for this channel; others may be well.
    Unusable {
        /// What it calls the reason.
        why: String,
    },
    /// The broker is away. Whether it took the message is not known: publish again, with the same key, to be sure.
    Unavailable,
}

impl Broker {
    /// From now on `hub` gets everything that is published.
    pub fn attach(&self, hub: &Hub) {
        match self {
            Self::Memory(memory) => memory.attach(hub),
            Self::Redis(redis) => redis.attach(hub),
        }
    }

    /// Forgets what nobody uses any more. To be called now and then.
    pub async fn sweep(&self) {
        match self {
            Self::Memory(memory) => memory.sweep().await,
            Self::Redis(redis) => redis.sweep(),
        }
    }

    /// The time by the clock that gives messages theirs, in milliseconds since 1970.
    pub fn now(&self) -> u64 {
        match self {
            Self::Memory(_) => unix_millis(),
            Self::Redis(redis) => redis.now(),
        }
    }

    /// Whether it takes messages now.
    pub fn check(&self) -> Result<(), BrokerError> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::Redis(redis) => redis.check(),
        }
    }

    /// Whether messages, and those who may read them, outlive this process.
    pub fn outlives_process(&self) -> bool {
        match self {
            Self::Memory(_) => false,
            Self::Redis(_) => true,
        }
    }

    /// Whether this process has a channel, so that reading it or publishing to it makes nothing new here.
    pub fn has(&self, channel: &ChannelName) -> bool {
        match self {
            Self::Memory(memory) => memory.has(channel),
            Self::Redis(redis) => redis.has(channel),
        }
    }

    /// Opens a channel to read what it holds, without waiting: one that is not stored may be answered from nothing.
    pub async fn peek(
        &self,
        hub: &Hub,
        channel: &ChannelName,
        after: Cursor,
    ) -> Result<ChannelLease, BrokerError> {
        match self {
            Self::Memory(memory) => Ok(memory.look(hub, channel)),
            Self::Redis(redis) => follow(redis, hub, channel, after).await,
        }
    }

    /// A channel for who waits for its messages: makes sure that every attached hub has it, `hub` among them, and has what is
    /// known at this cursor, which may come from a process that is ahead of this one.
    pub async fn open(
        &self,
        hub: &Hub,
        channel: &ChannelName,
        after: Cursor,
    ) -> Result<ChannelLease, BrokerError> {
        match self {
            Self::Memory(memory) => memory.open(hub, channel),
            Self::Redis(redis) => follow(redis, hub, channel, after).await,
        }
    }

    /// Publishes; once this returns, nothing short of the broker's own loss keeps the message from its readers.
    pub async fn publish(&self, publication: Publication) -> Result<PublishAck, BrokerError> {
        match self {
            Self::Memory(memory) => memory.publish(publication),
            Self::Redis(redis) => redis.publish(publication).await,
        }
    }
}

async fn follow(
    redis: &Redis,
    hub: &Hub,
    channel: &ChannelName,
    after: Cursor,
) -> Result<ChannelLease, BrokerError> {
    // Between the two steps a new channel may have taken the place of this one.
    for _ in 0..2 {
        redis.open(channel, after).await?;
        if let Some(lease) = hub.lease(channel) {
            return Ok(lease);
        }
    }
    Err(BrokerError::Unavailable)
}

/// The time, in milliseconds since 1970.
pub fn unix_millis() -> u64 {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

impl fmt::Display for BrokerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyChannels { limit } => {
                write!(f, "all {limit} channels are in use: use one that is, or come back later")
            }
            Self::TooManyKeys { seconds } => {
                write!(f, "more idempotency keys within five minutes than are remembered: come back in {seconds} s")
            }
            Self::KeyReused => f.write_str(
                "this key was used with another message on this channel within five minutes: a new message needs a new key",
            ),
            Self::Refuses { why } => {
                write!(f, "the broker takes no messages ({why}), so this one was not taken: come back in a moment")
            }
            Self::Unusable { why } => {
                write!(f, "the broker cannot use this channel ({why}): the service's log names the keys to mend")
            }
            Self::Unavailable => f.write_str(
                "the broker is away: come back in a moment; whether a message was taken is known by publishing it again \
                 with the same Idempotency-Key",
            ),
        }
    }
}
