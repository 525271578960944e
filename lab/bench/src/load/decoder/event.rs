//! What a server sends to a subscriber of the load.

use crate::load::stamp::Stamp;
use memchr::memchr;
use std::time::Duration;
use wire::leading_number;

/// An event that a server has sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event<'a> {
    /// The stream is open.
    Opened,
    /// A message of this load, with its id if the server sends one.
    Message(Stamp, Option<MessageId>),
    /// The cursor to resume with.
    Cursor(&'a [u8]),
    /// A reset: the cursor is no longer valid.
    Reset,
    /// The end of a response, and whether the connection closes with it.
    Response { close: bool },
    /// The response to a publication on a WebSocket.
    Published { accepted: bool },
    /// Another text on a WebSocket.
    Text(&'a [u8]),
    /// A WebSocket ping. Its payload goes back in the pong.
    Ping(&'a [u8]),
    /// How long the subscriber should wait before it reconnects.
    ReconnectAfter(Duration),
}

/// The id of a message, as a server orders them: epoch and offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MessageId(pub(super) u64, pub(super) u64);

impl MessageId {
    /// Parses an id. Returns `None` if it is not `epoch-offset`.
    pub(super) fn parse(id: &[u8]) -> Option<Self> {
        let dash = memchr(b'-', id)?;
        Some(Self(
            leading_number(&id[..dash]),
            leading_number(&id[dash + 1..]),
        ))
    }
}
