//! What the hub needs of a transport whose clients send: how bytes become replies.

use bytes::{Bytes, BytesMut};
use std::{pin::Pin, time::Duration};

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
    /// Await this and send its bytes. Reading continues while the handler is not full.
    PendingReply(PendingReply),
    /// Send the replies and end the stream.
    End,
}

/// The bytes of a reply that takes time.
pub type PendingReply = Pin<Box<dyn Future<Output = Bytes>>>;
