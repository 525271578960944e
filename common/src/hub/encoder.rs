//! What the hub needs to know of a transport: how its bytes look, and what the peer's bytes mean.

use super::{Channel, EncodedBatch};
use crate::{
    history::Reset,
    message::{Cursor, Message, MessageId},
};
use bytes::{Bytes, BytesMut};
use std::{pin::Pin, time::Duration};

/// One transport's frames. A service makes one value for each kind of stream it offers and shares it among all readers
/// of that kind: what [`Encoder::messages`] gives for one reader is given to all others at the same cursor.
pub trait Encoder: Send + Sync + 'static {
    /// The frames of these messages, at least one.
    fn messages(&self, batch: &[Message]) -> Bytes;

    /// The frame of a [`Reset`].
    fn reset(&self, reset: Reset) -> Bytes;

    /// What to write after a while of silence, so that proxies and the peer know that the stream lives.
    fn heartbeat(&self) -> Bytes;

    /// How often, silence or not, where it differs from the service's setting.
    fn heartbeat_every(&self) -> Option<Duration> {
        None
    }

    /// Whether a peer that answers no heartbeat is taken for dead: such heartbeats come whatever else is written.
    fn expects_replies(&self) -> bool {
        false
    }

    /// The last bytes of a stream.
    fn disconnect(&self, disconnect: Disconnect) -> Bytes;
}

/// A request that is answered once and then may come again: how its transport answers it. Shared by all that make the
/// same request.
pub trait PollTemplate {
    /// Everything past `cursor`, or the empty answer. After the `last` answer the connection is closed.
    fn response(&self, feed: &Channel, cursor: MessageId, last: bool) -> EncodedBatch;

    /// A number for all that give the same answers: what is encoded for one of them is given to the others.
    fn encoding(&self) -> usize;

    /// How long the request waits for an answer that is not empty.
    fn wait(&self) -> Duration;

    /// The cursor, if these bytes are this very request with another cursor, and nothing else.
    fn matches(&self, said: &[u8]) -> Option<Cursor>;
}

/// Why the service ends a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disconnect {
    /// The service is stopping: come back after this time, which differs from reader to reader.
    Draining(Duration),
    /// The reader's token has expired: without a new one there is no use in coming back.
    TokenExpired,
}

/// How long a message that a peer has begun may take; a body has as long. A reader's message is looked at as often, so it may
/// have twice as long.
pub const MESSAGE_TIMEOUT: Duration = Duration::from_secs(10);

/// What one peer's bytes mean: the state of one conversation. Transports that only send have none.
pub trait FrameHandler {
    /// Takes the next bytes, appends what must be answered at once to `replies`, and says how to go on.
    /// It is called with bytes also while an answer is being worked out, and gives no second one then; with none, to go on, when
    /// that answer was given.
    fn receive(&mut self, bytes: &[u8], replies: &mut BytesMut) -> Flow;

    /// Whether as much waits for an answer as may: until one is given nothing is read, so that a peer cannot pile up work.
    fn is_full(&self) -> bool;

    /// The number of the message that has begun and is not complete; none between two messages. No two messages of a while have
    /// the same.
    fn unfinished(&self) -> Option<u32> {
        None
    }

    /// Gives that message up, which took too long: ends the conversation behind what is being worked out. If nothing is,
    /// appends the last bytes to `last` and says so.
    fn give_up(&mut self, _last: &mut BytesMut) -> bool {
        false
    }
}

/// How to go on after some bytes.
pub enum Flow {
    /// Read on.
    Read,
    /// Work this out and write what it gives. What the peer says meanwhile is read, as far as there is room.
    PendingReply(PendingReply),
    /// Write the replies and end the stream.
    End,
}

/// The bytes of an answer that takes time.
pub type PendingReply = Pin<Box<dyn Future<Output = Bytes>>>;
