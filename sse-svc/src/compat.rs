//! The compatibility endpoint: `GET /events` without a channel. Its events have no ids, so a client
//! cannot resume, and the heartbeat is a greeting.

use crate::{
    encoder::{COMMENT, last_line},
    framing::Framing,
};
use bytes::{BufMut, Bytes};
use common::{
    history::Reset,
    message::{Message, MessageId},
    transport::{Disconnect, Encoder},
};
use std::time::Duration;

const GREETING: &[u8] = b"data: {\"message\":\"Hello from server!\"}\n\n";

/// Encodes the streams of the compatibility endpoint.
pub(crate) struct CompatEncoder {
    pub(crate) framing: Framing,
    /// The time between two greetings; `None` sends none.
    pub(crate) greeting: Option<Duration>,
}

impl Encoder for CompatEncoder {
    fn messages(&self, batch: &[Message]) -> Bytes {
        let mut events = Vec::new();
        for message in batch {
            write_message(message.body(), &mut events);
        }
        self.framing.piece(&events)
    }

    /// Pages of the original example know no resets.
    fn reset(&self, _: Reset) -> Bytes {
        self.framing.piece(COMMENT)
    }

    fn heartbeat(&self) -> Bytes {
        let heartbeat = if self.greeting.is_some() {
            GREETING
        } else {
            COMMENT
        };
        self.framing.piece(heartbeat)
    }

    fn heartbeat_every(&self) -> Option<Duration> {
        self.greeting
    }

    /// Pages of the original example know no end: they would reconnect.
    fn end(&self, _: MessageId) -> Option<Bytes> {
        None
    }

    fn disconnect(&self, disconnect: Disconnect) -> Bytes {
        self.framing.last_piece(&last_line(disconnect))
    }
}

fn write_message(body: &[u8], out: &mut Vec<u8>) {
    out.put_slice(b"data: {\"message\":");
    out.put_slice(body);
    out.put_slice(b"}\n\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_of_a_message_are_pinned() {
        let mut out = Vec::new();
        write_message(b"\"hi\"", &mut out);
        assert_eq!(out, b"data: {\"message\":\"hi\"}\n\n");
    }
}
