//! What the rest of the broker asks of a session.

use common::message::ChannelName;
use redis::RedisError;

#[derive(Debug)]
pub(super) enum Command {
    /// Subscribe to a channel and load its history, or what is missing of it.
    Load(ChannelName),
    /// Load all channels, after those that clients wait for.
    LoadAll,
    /// The same without channels that were loaded in this session.
    LoadOutdated,
    /// Unsubscribe from a channel.
    Unsubscribe(ChannelName),
    /// Delete the messages of a channel.
    Forget(ChannelName),
    /// End the session, for which a command was refused.
    End(RedisError),
}
