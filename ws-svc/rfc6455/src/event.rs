//! What a decoder returns.

use bytes::Bytes;

use crate::{CloseFrame, Utf8Bytes};

/// A complete message or a control frame.
///
/// The payload of a message may share memory with others that arrived in the same read: copy what
/// is to be kept for a long time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A text message (section 5.6).
    Text(Utf8Bytes),
    /// A binary message (section 5.6).
    Binary(Bytes),
    /// A ping, to be answered by a pong with the same payload (section 5.5.2).
    Ping(Bytes),
    /// A pong, solicited or not (section 5.5.3). Its payload is dropped.
    Pong,
    /// A close frame, after which a client sends nothing (section 5.5.1). `None` if its payload is
    /// empty.
    Close(Option<CloseFrame>),
}

impl Event {
    /// Returns the payload that this event keeps in memory, in bytes. The reason of a close, 123
    /// bytes at most, is not counted.
    pub fn payload_len(&self) -> usize {
        match self {
            Self::Text(text) => text.as_bytes().len(),
            Self::Binary(payload) | Self::Ping(payload) => payload.len(),
            Self::Pong | Self::Close(_) => 0,
        }
    }
}
