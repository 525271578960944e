//! The bytes of events (HTML standard §9.2.5) and of the chunks they travel in (RFC 9112 §7.1).

use bytes::{BufMut, Bytes, BytesMut};
use common::{log::Reset, message::Message};
use std::time::Duration;

/// How the body of a response is delimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// HTTP/1.1: in chunks.
    Chunked,
    /// HTTP/1.0: by the end of the connection.
    UntilClose,
}

impl Framing {
    /// Frames the next piece of a body, which is not empty.
    pub(crate) fn piece(self, body: &[u8]) -> Bytes {
        match self {
            Self::UntilClose => Bytes::copy_from_slice(body),
            Self::Chunked => {
                let mut chunk = BytesMut::with_capacity(body.len() + 20);
                chunk.put_slice(format!("{:x}\r\n", body.len()).as_bytes());
                chunk.put_slice(body);
                chunk.put_slice(b"\r\n");
                chunk.freeze()
            }
        }
    }

    /// Frames the last piece.
    pub(crate) fn last_piece(self, body: &[u8]) -> Bytes {
        let end: &[u8] = if self == Self::Chunked { b"0\r\n\r\n" } else { b"" };
        [&self.piece(body)[..], end].concat().into()
    }
}

/// A message of the shared protocol: the browser remembers its id, and its data is the whole message.
pub(crate) fn message(message: &Message, out: &mut Vec<u8>) {
    out.put_slice(format!("id: {}\ndata: ", message.id).as_bytes());
    out.put_slice(message.json());
    out.put_slice(b"\n\n");
}

/// A message as the founding document sends it.
pub(crate) fn bare_message(body: &[u8], out: &mut Vec<u8>) {
    out.put_slice(b"data: {\"message\":");
    out.put_slice(body);
    out.put_slice(b"}\n\n");
}

/// An event of its own: a page listens for it by name.
pub(crate) fn reset(reset: Reset) -> Vec<u8> {
    let Reset { after, oldest } = reset;
    format!("event: reset\ndata: {{\"after\":\"{after}\",\"oldest\":\"{oldest}\"}}\n\n").into_bytes()
}

/// How long the browser waits before it comes back.
pub(crate) fn retry(after: Duration) -> Vec<u8> {
    format!("retry: {}\n", after.as_millis()).into_bytes()
}

/// One line without a blank one after it, which some clients take for an event.
pub(crate) const COMMENT: &[u8] = b":\n";

/// For people: a page knows when its token expires.
pub(crate) const TOKEN_EXPIRED: &[u8] = b": token expired\n";

#[cfg(test)]
mod tests {
    use super::*;
    use common::message::{Channel, Id};

    fn hello() -> Message {
        Message::new(Id { epoch: 7, offset: 1 }, &Channel::main(), "\"hi\"", 9)
    }

    #[test]
    fn an_event_is_pinned() {
        let mut out = Vec::new();
        message(&hello(), &mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "id: 7-1\ndata: {\"id\":\"7-1\",\"channel\":\"main\",\"message\":\"hi\",\"time\":9}\n\n"
        );
    }

    #[test]
    fn a_bare_event_is_what_the_document_sends() {
        let mut out = Vec::new();
        bare_message(hello().body(), &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), "data: {\"message\":\"hi\"}\n\n");
    }

    #[test]
    fn a_reset_and_a_retry_are_pinned() {
        let lost = Reset { after: Id { epoch: 7, offset: 1 }, oldest: Id { epoch: 8, offset: 4 } };
        let text = String::from_utf8(reset(lost)).unwrap();
        assert_eq!(text, "event: reset\ndata: {\"after\":\"7-1\",\"oldest\":\"8-4\"}\n\n");
        assert_eq!(retry(Duration::from_millis(1500)), b"retry: 1500\n");
    }

    #[test]
    fn pieces_are_chunks_or_nothing_but_themselves() {
        assert_eq!(Framing::Chunked.piece(b"0123456789abcdef"), &b"10\r\n0123456789abcdef\r\n"[..]);
        assert_eq!(Framing::Chunked.last_piece(b":\n"), &b"2\r\n:\n\r\n0\r\n\r\n"[..]);
        assert_eq!(Framing::UntilClose.piece(b":\n"), &b":\n"[..]);
        assert_eq!(Framing::UntilClose.last_piece(b":\n"), &b":\n"[..]);
    }
}
