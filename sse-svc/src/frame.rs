//! The bytes of events (HTML standard §9.2.5) and of the chunks they travel in (RFC 9112 §7.1).

use bytes::{BufMut, Bytes, BytesMut};
use common::{
    history::{Reset, Resume},
    message::Message,
};
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
        let end: &[u8] = if self == Self::Chunked {
            b"0\r\n\r\n"
        } else {
            b""
        };
        [&self.piece(body)[..], end].concat().into()
    }
}

/// A message of the shared protocol: the browser remembers its id, and its data is the whole message. The id comes last, since
/// some clients remember it as soon as its line has come, and would not get a message whose rest did not follow.
pub(crate) fn message(message: &Message, out: &mut Vec<u8>) {
    out.put_slice(b"data: ");
    out.put_slice(message.json());
    out.put_slice(format!("\nid: {}\n\n", message.id).as_bytes());
}

/// A message as the founding document sends it.
pub(crate) fn compat_message(body: &[u8], out: &mut Vec<u8>) {
    out.put_slice(b"data: {\"message\":");
    out.put_slice(body);
    out.put_slice(b"}\n\n");
}

/// An event of its own, which opens a stream: where it begins, for clients that see no headers. An id without an event would do
/// for browsers, but some clients take it for an empty message.
pub(crate) fn hello(start: &Resume) -> Vec<u8> {
    format!(
        "event: hello\ndata: {{{}}}\nid: {}\n\n",
        start.hello_fields(),
        start.announced_cursor()
    )
    .into_bytes()
}

/// An event of its own: a page listens for it by name. Its id moves the reader, so that it is told once.
pub(crate) fn reset(reset: Reset) -> Vec<u8> {
    format!(
        "event: reset\ndata: {}\nid: {}\n\n",
        reset.json(),
        reset.cursor()
    )
    .into_bytes()
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
    use common::message::{ChannelName, MessageId};

    fn one() -> Message {
        Message::new(
            MessageId {
                epoch: 7,
                offset: 1,
            },
            &ChannelName::main(),
            "\"hi\"",
            9,
        )
    }

    #[test]
    fn an_event_is_pinned() {
        let mut out = Vec::new();
        message(&one(), &mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "data: {\"id\":\"7-1\",\"channel\":\"main\",\"message\":\"hi\",\"time\":9}\nid: 7-1\n\n"
        );
    }

    #[test]
    fn a_bare_event_is_what_the_document_sends() {
        let mut out = Vec::new();
        compat_message(one().body(), &mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "data: {\"message\":\"hi\"}\n\n"
        );
    }

    #[test]
    fn hello_reset_and_retry_are_pinned() {
        let lost = Reset {
            after: MessageId {
                epoch: 7,
                offset: 1,
            },
            oldest: MessageId {
                epoch: 8,
                offset: 4,
            },
        };
        let text = String::from_utf8(reset(lost)).unwrap();
        let data = "{\"after\":\"7-1\",\"oldest\":\"8-4\",\"cursor\":\"8-3\"}";
        assert_eq!(text, format!("event: reset\ndata: {data}\nid: 8-3\n\n"));
        let begins = |reset| {
            String::from_utf8(hello(&Resume {
                cursor: lost.cursor(),
                reset,
            }))
            .unwrap()
        };
        assert_eq!(
            begins(None),
            "event: hello\ndata: {\"cursor\":\"8-3\"}\nid: 8-3\n\n"
        );
        assert_eq!(
            begins(Some(lost)),
            "event: hello\ndata: {\"cursor\":\"7-1\",\"reset\":true}\nid: 7-1\n\n"
        );
        assert_eq!(retry(Duration::from_millis(1500)), b"retry: 1500\n");
    }

    #[test]
    fn pieces_are_chunks_or_nothing_but_themselves() {
        assert_eq!(
            Framing::Chunked.piece(b"0123456789abcdef"),
            &b"10\r\n0123456789abcdef\r\n"[..]
        );
        assert_eq!(
            Framing::Chunked.last_piece(b":\n"),
            &b"2\r\n:\n\r\n0\r\n\r\n"[..]
        );
        assert_eq!(Framing::UntilClose.piece(b":\n"), &b":\n"[..]);
        assert_eq!(Framing::UntilClose.last_piece(b":\n"), &b":\n"[..]);
    }
}
