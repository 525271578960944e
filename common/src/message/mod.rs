//! A message, and what names it: [`ChannelName`], [`MessageId`], [`Cursor`].

mod channel_name;
mod id;

pub use channel_name::{ChannelName, InvalidChannelName};
pub use id::{Cursor, InvalidMessageId, MessageId};

use bytes::Bytes;
use std::ops::Range;

/// One accepted message, encoded once and shared by all subscribers: cloning copies a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id in its channel.
    pub id: MessageId,
    /// When the broker accepted it, in milliseconds since 1970.
    pub time: u64,
    json: Bytes,
    body: Range<usize>,
}

impl Message {
    /// Encodes `{"id":…,"channel":…,"message":…,"time":…}`.
    ///
    /// `body` is valid JSON. Its line breaks, which can only be white space, become spaces: every
    /// transport can send the message as one line.
    pub fn new(id: MessageId, channel: &ChannelName, body: &str, time: u64) -> Self {
        let prefix = format!(r#"{{"id":"{id}","channel":"{channel}","message":"#);
        let suffix = format!(r#","time":{time}}}"#);
        let start = prefix.len();
        // The exact capacity: the history keeps messages for long.
        let mut json = Vec::with_capacity(prefix.len() + body.len() + suffix.len());
        json.extend_from_slice(prefix.as_bytes());
        json.extend(body.bytes().map(|byte| {
            if matches!(byte, b'\n' | b'\r') {
                b' '
            } else {
                byte
            }
        }));
        let body = start..json.len();
        json.extend_from_slice(suffix.as_bytes());
        Self {
            id,
            time,
            json: json.into(),
            body,
        }
    }

    /// Returns the whole message as one line of JSON.
    pub fn json(&self) -> &Bytes {
        &self.json
    }

    /// Returns the published body as one line of JSON.
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
            *message.json(),
            r#"{"id":"1795340000123-42","channel":"main","message":{"a":  [1]},"#.to_owned()
                + r#""time":1795340000125}"#
        );
    }
}
