//! A message, and what names it: [`ChannelName`], [`MessageId`], [`Cursor`], [`EventName`].

mod attributes;
mod channel_list;
mod channel_name;
mod combined_cursor;
mod envelope;
mod event_name;
mod id;
mod quoted;

pub use attributes::{Attributes, InvalidAttributes};
pub use channel_list::{ChannelList, InvalidChannels, MAX_CHANNELS, MAX_NAMES, has_room};
pub use channel_name::{ChannelName, InvalidChannelName};
pub use combined_cursor::InvalidCursor;
pub(crate) use combined_cursor::write_cursor;
pub use envelope::Envelope;
pub use event_name::{EventName, InvalidEventName};
pub use id::{Cursor, InvalidMessageId, MessageId};
pub use quoted::Quoted;

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
    /// The length of the event's name; 0 without one.
    event: u8,
    is_end: bool,
}

/// What stands between the name of the event and the body.
const AFTER_EVENT: &str = r#"","message":"#;

impl Message {
    /// Encodes a message without attributes: see [`Message::with_attributes`].
    pub fn new(id: MessageId, channel: &ChannelName, body: &str, time: u64) -> Self {
        Self::with_attributes(id, channel, body, &Attributes::default(), time)
    }

    /// Encodes `{"id":…,"channel":…,"message":…,"time":…}`, with `"event":…` before the body if
    /// the message is an event, and `"end":true` last if it is the end of the channel.
    ///
    /// `body` is valid JSON. Its line breaks, which can only be white space, become spaces: every
    /// transport can send the message as one line.
    pub fn with_attributes(
        id: MessageId,
        channel: &ChannelName,
        body: &str,
        attributes: &Attributes,
        time: u64,
    ) -> Self {
        let event = attributes.event.as_ref().map(EventName::to_string);
        let prefix = match &event {
            Some(event) => {
                format!(r#"{{"id":"{id}","channel":"{channel}","event":"{event}{AFTER_EVENT}"#)
            }
            None => format!(r#"{{"id":"{id}","channel":"{channel}","message":"#),
        };
        let end = if attributes.end { r#","end":true"# } else { "" };
        let suffix = format!(r#","time":{time}{end}}}"#);
        let start = prefix.len();
        // The exact capacity: the history keeps messages for a long time.
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
            event: event.map_or(0, |event| event.len() as u8),
            is_end: attributes.end,
        }
    }

    /// Returns the whole message as one line of JSON.
    pub fn json(&self) -> &Bytes {
        &self.json
    }

    /// Returns the name of the event, if the message is one.
    pub fn event(&self) -> Option<&[u8]> {
        let end = self.body.start.checked_sub(AFTER_EVENT.len())?;
        let start = end.checked_sub(self.event.into())?;
        (self.event > 0).then(|| &self.json[start..end])
    }

    /// Returns whether it is the last message of its channel.
    pub fn is_end(&self) -> bool {
        self.is_end
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
        assert_eq!(message.event(), None);
        let attributes = Attributes {
            event: Some(EventName::parse("price").unwrap()),
            end: true,
        };
        let message = Message::with_attributes(id, &channel, "1", &attributes, 9);
        assert_eq!(message.event(), Some(&b"price"[..]));
        assert_eq!(
            *message.json(),
            r#"{"id":"1795340000123-42","channel":"main","event":"price","message":1,"time":9,"end":true}"#
        );
        assert!(message.is_end());
    }
}
