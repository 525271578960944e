//! The message and its names: [`ChannelName`], [`MessageId`], [`Cursor`].

mod channel_name;
mod id;

pub use channel_name::{ChannelName, InvalidChannelName};
pub use id::{Cursor, InvalidMessageId, MessageId};

use bytes::Bytes;
use std::ops::Range;

/// One accepted message, encoded once and shared by every reader: cloning copies a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Where it stands in its channel.
    pub id: MessageId,
    /// When the broker accepted it, in milliseconds since 1970.
    pub time: u64,
    json: Bytes,
    body: Range<usize>,
}

impl Message {
    /// Encodes `{"id":…,"channel":…,"message":…,"time":…}`. `body` is valid JSON; its line ends become
    /// spaces (they can only be white space), so that the text fits on one line of any transport.
    pub fn new(id: MessageId, channel: &ChannelName, body: &str, time: u64) -> Self {
        let head = format!(r#"{{"id":"{id}","channel":"{channel}","message":"#);
        let tail = format!(r#","time":{time}}}"#);
        let start = head.len();
        // Exact, since messages are held for long.
        let mut json = Vec::with_capacity(head.len() + body.len() + tail.len());
        json.extend_from_slice(head.as_bytes());
        json.extend(body.bytes().map(|byte| {
            if matches!(byte, b'\n' | b'\r') {
                b' '
            } else {
                byte
            }
        }));
        let body = start..json.len();
        json.extend_from_slice(tail.as_bytes());
        Self {
            id,
            time,
            json: json.into(),
            body,
        }
    }

    /// The whole message as one line of JSON.
    pub fn json(&self) -> &Bytes {
        &self.json
    }

    /// What was published, as one line of JSON.
    pub fn body(&self) -> &[u8] {
        &self.json[self.body.clone()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_pinned() {
        let id = MessageId {
            epoch: 1_795_340_000_123,
            offset: 42,
        };
        let channel = ChannelName::parse("main").unwrap();
        let message = Message::new(id, &channel, "{\"a\":\r\n[1]}", 1_795_340_000_125);
        assert_eq!(message.body(), b"{\"a\":  [1]}");
        assert_eq!(
            message.json(),
            r#"{"id":"1795340000123-42","channel":"main","message":{"a":  [1]},"time":1795340000125}"#
        );
    }
}
