//! What a service hands to a shard for a new subscriber.

use crate::{
    budget::BudgetShare,
    channel_set::ChannelSet,
    channels::ChannelLease,
    history::{Hello, Resume},
    message::MessageId,
    transport::{Encoder, FrameHandler, PollTemplate},
};
use bytes::Bytes;
use net::Detached;
use std::{rc::Rc, sync::Arc, time::Duration};

/// A stream whose socket was detached for a shard.
pub struct NewStream {
    /// The socket, and what actix has not written or has read ahead.
    pub detached: Detached,
    /// The channels, and where the stream begins in them.
    pub channels: StreamChannels,
    /// Encodes what the subscriber is sent.
    pub encoder: Arc<dyn Encoder>,
    /// The first bytes after the headers of the response.
    pub opening: Bytes,
    /// Decodes what the client sends. `None` if that does not matter.
    pub incoming: Option<Box<dyn FrameHandler>>,
    /// The time until its token expires, if it does.
    pub expires_in: Option<Duration>,
}

/// The channels of a stream, and where it begins in them.
pub enum StreamChannels {
    /// One channel. A reset is sent before the first message.
    One(ChannelLease, Resume),
    /// Several channels, and the share of the memory budget for bytes that the subscriber does not
    /// accept.
    Several(ChannelSet, BudgetShare),
}

impl StreamChannels {
    /// Returns what the stream's `hello` says.
    pub fn hello(&self) -> Hello {
        match self {
            Self::One(_, resume) => resume.hello(),
            Self::Several(set, _) => set.hello(),
        }
    }

    /// Returns whether the client has everything up to the end of each channel.
    pub fn has_ended(&self) -> bool {
        match self {
            Self::One(channel, resume) => resume.reset.is_none() && channel.ends_at(resume.cursor),
            Self::Several(set, _) => set.has_ended(),
        }
    }
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
