//! The bytes of all responses: fixed headers, and messages in the framing of the services.

use bytes::BytesMut;
use client::Transport;
use wire::{chunks::chunk, head};

/// The channel name in messages.
const CHANNEL: &str = "bench";

/// Returns the headers of a stream with its first bytes. A poll has none.
pub(super) fn opening(transport: Transport) -> &'static [u8] {
    match transport {
        Transport::Longpoll => b"",
        Transport::Sse => {
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n\
              39\r\nretry: 2000\nevent: hello\ndata: {\"cursor\":\"1-0\"}\nid: 1-0\n\n\r\n"
        }
        Transport::Ws => {
            b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
              Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\x81\x1a{\"hello\":{\"cursor\":\"1-0\"}}"
        }
    }
}

/// The response to a publication.
pub(super) const TAKEN: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

/// Encodes a message, the same for every transport. `text` is JSON.
pub(super) fn message(offset: u64, text: &[u8], time: u128) -> Vec<u8> {
    let before = format!(r#"{{"id":"1-{offset}","channel":"{CHANNEL}","message":"#);
    [
        before.as_bytes(),
        text,
        format!(r#","time":{time}}}"#).as_bytes(),
    ]
    .concat()
}

/// Encodes messages as frames of a stream or as a poll's response. `last` is the offset of the
/// last.
pub(super) fn framed(transport: Transport, messages: &[&[u8]], last: u64) -> Vec<u8> {
    match transport {
        Transport::Longpoll => poll_response(messages, last),
        Transport::Sse => chunk(&events(messages, last)),
        Transport::Ws => frames(messages),
    }
}

fn poll_response(messages: &[&[u8]], last: u64) -> Vec<u8> {
    let body = [
        b"{\"messages\":[",
        &*messages.join(&b","[..]),
        format!(r#"],"cursor":"1-{last}"}}"#).as_bytes(),
    ]
    .concat();
    let json = [("Content-Type", "application/json")];
    head::message("HTTP/1.1 200 OK", &json, &body)
}

fn events(messages: &[&[u8]], last: u64) -> Vec<u8> {
    let first = last + 1 - messages.len() as u64;
    let event = |(offset, message): (u64, &&[u8])| {
        [
            b"data: ",
            *message,
            format!("\nid: 1-{offset}\n\n").as_bytes(),
        ]
        .concat()
    };
    (first..).zip(messages).flat_map(event).collect()
}

fn frames(messages: &[&[u8]]) -> Vec<u8> {
    let mut frames = BytesMut::new();
    for message in messages {
        rfc6455::encode::text(message, &mut frames);
    }
    frames.to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_writes_what_the_services_write() {
        let hello = message(1, b"\"hi\"", 9);
        assert_eq!(
            hello,
            br#"{"id":"1-1","channel":"bench","message":"hi","time":9}"#
        );
        let event = String::from_utf8(framed(Transport::Sse, &[&hello], 1)).unwrap();
        assert_eq!(
            event,
            format!(
                "46\r\ndata: {}\nid: 1-1\n\n\r\n",
                String::from_utf8_lossy(&hello)
            )
        );
        assert_eq!(framed(Transport::Ws, &[&hello], 1)[..2], [0x81, 54]);
        let both = String::from_utf8(framed(Transport::Longpoll, &[&hello, &hello], 2)).unwrap();
        assert!(
            both.contains("Content-Length: 139\r\n") && both.ends_with(r#"}],"cursor":"1-2"}"#),
            "{both}"
        );
    }

    #[test]
    fn openings_have_the_lengths_they_say() {
        let first = opening(Transport::Sse)
            .rsplit(|byte| *byte == b'\r')
            .nth(1)
            .unwrap();
        assert_eq!(first.len() - 1, 0x39, "behind the line feed of its size");
        let hello = br#"{"hello":{"cursor":"1-0"}}"#;
        assert!(opening(Transport::Ws).ends_with(hello) && hello.len() == 0x1a);
    }
}
