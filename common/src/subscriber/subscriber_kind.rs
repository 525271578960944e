//! The two kinds of subscribers.

use super::{poll::PollSubscriber, stream::StreamSubscriber};
use crate::message::MessageId;
use net::SocketWriter;

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

    pub(crate) fn writer(&self) -> &SocketWriter {
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
