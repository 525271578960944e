//! The two kinds of subscribers, and how they leave.

use super::{poll::PollSubscriber, stream::StreamSubscriber};
use crate::message::MessageId;
use bytes::Bytes;
use net::{DisconnectReason, SocketWriter};

/// How a subscriber leaves its shard.
pub(crate) enum Departure {
    /// Its connection ends.
    Disconnect(DisconnectReason),
    /// Its connection goes back to actix, which processes these bytes first.
    Reattach(Bytes),
}

impl From<DisconnectReason> for Departure {
    fn from(reason: DisconnectReason) -> Self {
        Self::Disconnect(reason)
    }
}

pub(crate) enum SubscriberKind {
    Stream(StreamSubscriber),
    Poll(PollSubscriber),
}

impl SubscriberKind {
    /// Returns whether it counts as a subscriber: a poll connection between two requests does not.
    pub(crate) fn is_counted(&self) -> bool {
        match self {
            Self::Stream(_) => true,
            Self::Poll(poll) => poll.is_waiting,
        }
    }

    pub(super) fn writer(&self) -> &SocketWriter {
        match self {
            Self::Stream(stream) => &stream.writer,
            Self::Poll(poll) => &poll.writer,
        }
    }

    pub(crate) fn writer_mut(&mut self) -> &mut SocketWriter {
        match self {
            Self::Stream(stream) => &mut stream.writer,
            Self::Poll(poll) => &mut poll.writer,
        }
    }

    pub(crate) fn into_writer(self) -> SocketWriter {
        match self {
            Self::Stream(stream) => stream.writer,
            Self::Poll(poll) => poll.writer,
        }
    }

    pub(crate) fn cursor(&self) -> MessageId {
        match self {
            Self::Stream(stream) => stream.cursor,
            Self::Poll(poll) => poll.cursor,
        }
    }
}
