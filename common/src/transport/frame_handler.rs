//! What a shard needs of a transport whose clients send: how bytes become replies.

use crate::{
    budget::BudgetShare,
    channel_set::ChannelSet,
    message::{ChannelName, InvalidChannels},
};
use bytes::{Bytes, BytesMut};
use std::{pin::Pin, time::Duration};
use thiserror::Error;

/// How long a client may take to complete a message; a request body has as long. The message of a
/// subscriber is checked this often, so it may take up to twice as long.
pub const MESSAGE_TIMEOUT: Duration = Duration::from_secs(10);

/// Decodes what one client sends. Transports that only send have none.
pub trait FrameHandler {
    /// Takes the next bytes, appends immediate replies to `replies`, and returns how to continue.
    ///
    /// Is also called while a reply is pending, and returns no second one then. Is called without
    /// bytes once that reply is sent, to continue with what was received before.
    fn receive(&mut self, bytes: &[u8], replies: &mut BytesMut) -> Flow;

    /// Returns whether the queue of requests is full: the client is not read until one is done.
    fn is_full(&self) -> bool;

    /// Returns whether a request waits for the reply to an earlier one.
    fn has_waiting_request(&self) -> bool {
        false
    }

    /// Returns a number for the message that has begun and is incomplete. Messages that follow each
    /// other have different numbers.
    fn unfinished(&self) -> Option<u32> {
        None
    }

    /// Rejects the incomplete message and ends the conversation after pending replies. If there are
    /// none, appends the last bytes to `last` and returns true.
    fn give_up(&mut self, _last: &mut BytesMut) -> bool {
        false
    }
}

/// How to continue after some bytes.
pub enum Flow {
    /// Read more.
    Read,
    /// Await this reply and send it. Reading continues while the handler is not full.
    PendingReply(PendingReply),
    /// Send the replies and end the stream.
    End,
}

/// A reply that takes time.
pub type PendingReply = Pin<Box<dyn Future<Output = Reply>>>;

/// A reply to a client.
pub enum Reply {
    /// Its bytes.
    Bytes(Bytes),
    /// Its bytes are known once the channels of the subscriber have changed.
    Change(Box<ChannelChange>),
}

/// A change to the channels of a subscriber.
pub struct ChannelChange {
    /// The change.
    pub change: Change,
    /// The share of the memory budget for bytes that the subscriber does not accept.
    pub share: BudgetShare,
    /// Encodes the reply. After a change it gets the fields of a `hello`.
    pub acknowledge: Box<dyn FnOnce(Result<String, ChangeError>) -> Bytes>,
}

/// What changes.
pub enum Change {
    /// Adds the one channel of this set.
    Subscribe(ChannelSet),
    /// Removes this channel.
    Unsubscribe(ChannelName),
}

/// Why the channels of a subscriber did not change.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum ChangeError {
    /// It has the channel.
    #[error("{0}: already subscribed")]
    AlreadySubscribed(ChannelName),
    /// It does not have the channel.
    #[error("{0}: not subscribed")]
    NotSubscribed(ChannelName),
    /// It has too many.
    #[error(transparent)]
    NoRoom(#[from] InvalidChannels),
}
