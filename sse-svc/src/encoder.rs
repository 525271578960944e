//! The bytes of the stream's events (HTML standard §9.2.5).

use crate::framing::Framing;
use bytes::{BufMut, Bytes, BytesMut};
use common::{
    history::{Hello, Reset},
    message::{ChannelName, Envelope, Message, MessageId},
    transport::{Disconnect, Encoder, SetEncoder},
};
use std::{fmt::Display, time::Duration};

/// A comment line. No blank line follows: some clients would take it for the end of an event.
pub(crate) const COMMENT: &[u8] = b":\n";

/// A comment for people who debug; pages do not see comments.
const TOKEN_EXPIRED: &[u8] = b": token expired\n";

/// Encodes streams with ids, which a client can resume.
pub(crate) struct SseEncoder {
    pub(crate) framing: Framing,
    pub(crate) envelope: Envelope,
}

impl Encoder for SseEncoder {
    fn messages(&self, batch: &[Message]) -> Bytes {
        let mut events = Vec::new();
        for message in batch {
            write_message(message, self.envelope, &message.id, &mut events);
        }
        if events.is_empty() {
            // Only the end of the channel, and no payload. An empty chunk would end the body.
            return Bytes::new();
        }
        self.framing.piece(&events)
    }

    fn reset(&self, reset: Reset) -> Bytes {
        let mut event = Vec::new();
        write_reset(&reset.json(), &reset.cursor(), &mut event);
        self.framing.piece(&event)
    }

    fn heartbeat(&self) -> Bytes {
        self.framing.piece(COMMENT)
    }

    fn end(&self, cursor: MessageId) -> Option<Bytes> {
        Some(SetEncoder::end(self, &cursor))
    }

    fn disconnect(&self, disconnect: Disconnect) -> Bytes {
        self.framing.last_piece(&last_line(disconnect))
    }

    fn for_sets(&self) -> Option<&dyn SetEncoder> {
        Some(self)
    }
}

/// The id of each event is the combined cursor, with which a browser reconnects.
impl SetEncoder for SseEncoder {
    fn write_message(&self, message: &Message, cursor: &dyn Display, out: &mut BytesMut) {
        write_message(message, self.envelope, cursor, out);
    }

    fn write_reset(
        &self,
        channel: &ChannelName,
        reset: Reset,
        cursor: &dyn Display,
        out: &mut BytesMut,
    ) {
        write_reset(&reset.json_of(channel, cursor), cursor, out);
    }

    fn end(&self, cursor: &dyn Display) -> Bytes {
        self.framing.last_piece(&end_event(cursor))
    }

    fn frame(&self, encoded: BytesMut) -> Bytes {
        self.framing.piece(&encoded)
    }
}

/// Writes an event whose data is the message. The id comes last: some clients store it as
/// soon as they have read its line, and would skip the message if the connection broke before the
/// rest.
fn write_message(
    message: &Message,
    envelope: Envelope,
    cursor: &dyn Display,
    out: &mut impl BufMut,
) {
    if envelope == Envelope::None && !message.has_payload() {
        return;
    }
    if let Some(event) = message.event() {
        out.put_slice(b"event: ");
        out.put_slice(event);
        out.put_slice(b"\n");
    }
    match envelope {
        Envelope::Message => write_data(message.json(), out),
        Envelope::None => write_lines(message, out),
    }
    out.put_slice(format!("id: {cursor}\n\n").as_bytes());
}

/// Writes what was published, with a field for each of its lines: a client joins them by line
/// feeds.
fn write_lines(message: &Message, out: &mut impl BufMut) {
    let payload = message.payload().replace("\r\n", "\n");
    for line in payload.split(['\r', '\n']) {
        write_data(line.as_bytes(), out);
    }
}

fn write_data(line: &[u8], out: &mut impl BufMut) {
    out.put_slice(b"data: ");
    out.put_slice(line);
    out.put_u8(b'\n');
}

/// Returns the `hello` event, which opens a stream and carries its cursor for clients that cannot
/// read headers. It has a name because some clients take an id without an event for an empty
/// message.
pub(crate) fn hello_event(hello: &Hello) -> Vec<u8> {
    let (fields, cursor) = (hello.fields(), &hello.cursor);
    format!("event: hello\ndata: {{{fields}}}\nid: {cursor}\n\n").into_bytes()
}

/// Writes a `reset` event. Its id moves the client's cursor, so that the client gets the reset
/// once.
fn write_reset(json: &str, cursor: &dyn Display, out: &mut impl BufMut) {
    out.put_slice(format!("event: reset\ndata: {json}\nid: {cursor}\n\n").as_bytes());
}

/// Returns the `end` event. Its id is that of the end: a browser reconnects with it, and gets 204,
/// after which it stops (HTML standard §9.2.3).
fn end_event(cursor: &dyn Display) -> Vec<u8> {
    format!("event: end\ndata: {{\"cursor\":\"{cursor}\"}}\nid: {cursor}\n\n").into_bytes()
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
mod tests;
