//! The bytes of the stream's events (HTML standard §9.2.5).

use crate::framing::Framing;
use bytes::{BufMut, Bytes};
use common::{
    history::{Reset, Resume},
    hub::{Disconnect, Encoder},
    message::Message,
};
use std::time::Duration;

/// A comment line. No blank line follows: some clients would take it for the end of an event.
pub(crate) const COMMENT: &[u8] = b":\n";

/// A comment for people who debug; pages do not see comments.
const TOKEN_EXPIRED: &[u8] = b": token expired\n";

/// Encodes streams with ids, which a client can resume.
pub(crate) struct SseEncoder(pub(crate) Framing);

impl Encoder for SseEncoder {
    fn messages(&self, batch: &[Message]) -> Bytes {
        let mut events = Vec::new();
        for message in batch {
            write_message(message, &mut events);
        }
        self.0.piece(&events)
    }

    fn reset(&self, reset: Reset) -> Bytes {
        self.0.piece(&reset_event(reset))
    }

    fn heartbeat(&self) -> Bytes {
        self.0.piece(COMMENT)
    }

    fn disconnect(&self, disconnect: Disconnect) -> Bytes {
        self.0.last_piece(&last_line(disconnect))
    }
}

/// Writes an event whose data is the whole message. The id comes last: some clients store it as
/// soon as they have read its line, and would skip the message if the connection broke before the
/// rest.
fn write_message(message: &Message, out: &mut Vec<u8>) {
    out.put_slice(b"data: ");
    out.put_slice(message.json());
    out.put_slice(format!("\nid: {}\n\n", message.id).as_bytes());
}

/// Returns the `hello` event, which opens a stream and carries its cursor for clients that cannot
/// read headers. It has a name because some clients take an id without an event for an empty
/// message.
pub(crate) fn hello(resume: &Resume) -> Vec<u8> {
    format!(
        "event: hello\ndata: {{{}}}\nid: {}\n\n",
        resume.hello_fields(),
        resume.announced_cursor()
    )
    .into_bytes()
}

/// Returns the `reset` event. Its id moves the client's cursor, so that the client gets the reset
/// once.
fn reset_event(reset: Reset) -> Vec<u8> {
    format!(
        "event: reset\ndata: {}\nid: {}\n\n",
        reset.json(),
        reset.cursor()
    )
    .into_bytes()
}

/// Returns the `retry` line, which sets how long the browser waits before it reconnects.
pub(crate) fn retry(wait: Duration) -> Vec<u8> {
    format!("retry: {}\n", wait.as_millis()).into_bytes()
}

/// Returns the last line of a stream. A browser reconnects after either; with an expired token it
/// gets an error status then, and stops.
pub(crate) fn last_line(disconnect: Disconnect) -> Vec<u8> {
    match disconnect {
        Disconnect::Draining(wait) => retry(wait),
        Disconnect::TokenExpired => TOKEN_EXPIRED.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::message::{ChannelName, MessageId};

    fn id(epoch: u64, offset: u64) -> MessageId {
        MessageId { epoch, offset }
    }

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn the_bytes_of_a_message_are_pinned() {
        let mut out = Vec::new();
        let message = Message::new(id(7, 1), &ChannelName::main(), "\"hi\"", 9);
        write_message(&message, &mut out);
        assert_eq!(
            text(out),
            "data: {\"id\":\"7-1\",\"channel\":\"main\",\"message\":\"hi\",\"time\":9}\nid: 7-1\n\n"
        );
    }

    #[test]
    fn the_bytes_of_hello_reset_and_retry_are_pinned() {
        let lost = Reset {
            after: id(7, 1),
            oldest: id(8, 4),
        };
        let data = "{\"after\":\"7-1\",\"oldest\":\"8-4\",\"cursor\":\"8-3\"}";
        assert_eq!(
            text(reset_event(lost)),
            format!("event: reset\ndata: {data}\nid: 8-3\n\n")
        );
        let hello = |reset| {
            text(hello(&Resume {
                cursor: lost.cursor(),
                reset,
            }))
        };
        assert_eq!(
            hello(None),
            "event: hello\ndata: {\"cursor\":\"8-3\"}\nid: 8-3\n\n"
        );
        assert_eq!(
            hello(Some(lost)),
            "event: hello\ndata: {\"cursor\":\"7-1\",\"reset\":true}\nid: 7-1\n\n"
        );
        assert_eq!(retry(Duration::from_millis(1500)), b"retry: 1500\n");
    }
}
