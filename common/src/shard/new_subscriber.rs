//! What a service hands to a shard for a new subscriber.

use crate::{
    budget::BudgetShare,
    channel_set::ChannelSet,
    channels::ChannelLease,
    history::Resume,
    message::MessageId,
    transport::{Encoder, FrameHandler, PollTemplate},
};
use bytes::BytesMut;
use net::Detached;
use std::{rc::Rc, sync::Arc, time::Duration};

/// A stream whose socket was detached for a shard.
pub struct NewStream {
    /// The socket, and what actix has not written or has read ahead.
    pub detached: Detached,
    /// The channel.
    pub channel: ChannelLease,
    /// Encodes what the subscriber is sent.
    pub encoder: Arc<dyn Encoder>,
    /// Where it begins. A reset is sent before the first message.
    pub resume: Resume,
    /// The first bytes after the headers of the response.
    pub opening: BytesMut,
    /// Decodes what the client sends. `None` if that does not matter.
    pub incoming: Option<Box<dyn FrameHandler>>,
    /// The time until its token expires, if it does.
    pub expires_in: Option<Duration>,
}

/// A stream of several channels whose socket was detached for a shard.
pub struct NewSetStream {
    /// The socket, and what actix has not written or has read ahead.
    pub detached: Detached,
    /// The channels, and where to begin in each.
    pub set: ChannelSet,
    /// The share of the memory budget for bytes that the subscriber does not accept.
    pub share: BudgetShare,
    /// Encodes what the subscriber is sent.
    pub encoder: Arc<dyn Encoder>,
    /// The first bytes after the headers of the response.
    pub opening: BytesMut,
    /// Decodes what the client sends. `None` if that does not matter.
    pub incoming: Option<Box<dyn FrameHandler>>,
    /// The time until its token expires, if it does.
    pub expires_in: Option<Duration>,
}

/// A poll that waits for messages, whose socket was detached for a shard.
pub struct NewPoll {
    /// The socket.
    pub detached: Detached,
    /// The channel.
    pub channel: ChannelLease,
    /// The response, and the request that may follow.
    pub template: Rc<dyn PollTemplate>,
    /// The id of the last message it has.
    pub cursor: MessageId,
    /// The time until its token expires, if it does.
    pub expires_in: Option<Duration>,
}
