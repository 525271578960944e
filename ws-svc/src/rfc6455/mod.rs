//! RFC 6455 as a server needs it, once the handshake is done: client bytes in, messages out, and frames to answer with.
//!
//! `header` reads the first bytes of a frame, `frame` says whether it may come now, `payload` unmasks and checks what
//! follows, `message` puts fragments together, `decoder` runs them all; `encode` writes our own frames. No sockets, no clock, no extensions: whoever owns the connection brings the bytes,
//! decides when to ping, and answers a [`Violation`] with the close frame it names.

mod decoder;
pub(crate) mod encode;
mod frame;
mod header;
mod message;
mod payload;
#[cfg(test)]
mod properties;
#[cfg(test)]
pub(crate) mod spoken;

use std::fmt;

use bytes::Bytes;

pub(crate) use decoder::Decoder;

/// What a peer said, once complete.
///
/// Payloads may share memory with others that arrived in the same read: copy what is to be kept for long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Incoming {
    /// A text message.
    Text(Text),
    /// A binary message.
    Binary(Bytes),
    /// To be answered by a pong with the same payload.
    Ping(Bytes),
    /// The peer is alive. What it carries is of no use to us.
    Pong,
    /// The last thing a peer says, with its code and reason if it gave any.
    Close(Option<(u16, Text)>),
}

impl Incoming {
    /// How many bytes of payload it has, as far as they are kept.
    fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.0.len(),
            Self::Binary(bytes) | Self::Ping(bytes) => bytes.len(),
            Self::Pong | Self::Close(_) => 0,
        }
    }
}

/// Bytes that were found to be UTF-8 while they arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text(Bytes);

impl Text {
    /// The text; as the language cannot know what was checked before, it costs another look at every byte.
    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("was checked while it arrived")
    }

    /// The bytes as they are, for readers that do their own checking and for echoing.
    pub(crate) fn into_bytes(self) -> Bytes {
        self.0
    }
}

/// Why a connection must end; its text is the reason for the close frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Violation {
    /// A frame the protocol does not allow, or not here.
    Protocol(&'static str),
    /// Text, or the reason of a close, that is not UTF-8.
    InvalidUtf8,
    /// A message that is, or announces to become, longer than `limit` bytes.
    TooBig {
        /// The most a message may have.
        limit: usize,
    },
    /// A message for which there is no memory at the moment.
    NoRoom,
}

impl Violation {
    /// The close code that says so (section 7.4.1).
    pub(crate) fn code(self) -> u16 {
        match self {
            Self::Protocol(_) => 1002,
            Self::InvalidUtf8 => 1007,
            Self::TooBig { .. } => 1009,
            Self::NoRoom => 1013,
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Protocol(rule) => f.write_str(rule),
            Self::InvalidUtf8 => f.write_str("text must be UTF-8"),
            Self::TooBig { limit } => write!(f, "a message may have at most {limit} bytes"),
            Self::NoRoom => f.write_str("no room for a message of this size at the moment: come back later"),
        }
    }
}

impl std::error::Error for Violation {}

#[cfg(test)]
mod tests {
    use super::Violation;

    #[test]
    fn a_violation_names_its_close_code_and_a_reason_that_fits_a_close_frame() {
        let violations = [
            (Violation::Protocol("no such opcode"), 1002, "no such opcode"),
            (Violation::InvalidUtf8, 1007, "text must be UTF-8"),
            (Violation::TooBig { limit: 65536 }, 1009, "a message may have at most 65536 bytes"),
            (Violation::NoRoom, 1013, "no room for a message of this size at the moment: come back later"),
        ];
        for (violation, code, reason) in violations {
            assert_eq!((violation.code(), violation.to_string().as_str()), (code, reason));
        }
    }
}
