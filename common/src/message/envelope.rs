//! Which part of a message a client is sent.

use super::Message;
use std::borrow::Cow;

/// Which part of a message a client is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Envelope {
    /// The whole message: see [`Message::json`].
    #[default]
    Message,
    /// Only what was published: see [`Message::payload`], and in a list [`Message::body`].
    None,
}

impl Envelope {
    /// Returns the message, or what was published, as an element of a JSON array. Returns `None` if
    /// nothing was published but the end of the channel.
    pub fn element(self, message: &Message) -> Option<&[u8]> {
        match self {
            Self::Message => Some(message.json()),
            Self::None => message.has_payload().then(|| message.body()),
        }
    }
}

impl Message {
    /// Returns whether something was published beside the end of the channel.
    pub fn has_payload(&self) -> bool {
        !self.is_end() || self.body() != b"null"
    }

    /// Returns what was published, for a client that does not expect JSON: the text of a string,
    /// and the JSON of any other value.
    pub fn payload(&self) -> Cow<'_, str> {
        let body = self.body();
        match serde_json::from_slice(body) {
            Ok(text) => Cow::Owned(text),
            Err(_) => String::from_utf8_lossy(body),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{ChannelName, MessageId};

    const ID: MessageId = MessageId {
        epoch: 7,
        offset: 1,
    };

    #[test]
    fn an_end_without_a_message_has_no_payload() {
        for (body, attributes, has_payload) in [
            ("null", "", true),
            ("null", "end", false),
            ("1", "end", true),
        ] {
            let attributes = attributes.parse().unwrap();
            let main = ChannelName::main();
            let message = Message::with_attributes(ID, &main, body, &attributes, 0);
            assert_eq!(message.has_payload(), has_payload, "{body}");
            let element = has_payload.then_some(body.as_bytes());
            assert_eq!(Envelope::None.element(&message), element);
            assert!(Envelope::Message.element(&message).is_some());
        }
    }

    #[test]
    fn a_payload_is_the_text_of_a_string_or_json() {
        for (body, payload) in [
            (r#""hi""#, "hi"),
            (r#""""#, ""),
            (r#""\u0000\ud83d\ude00\r\n\"""#, "\0😀\r\n\""),
            ("null", "null"),
            ("1.10", "1.10"),
            (r#"{"a": "\n"}"#, r#"{"a": "\n"}"#),
        ] {
            let message = Message::new(ID, &ChannelName::main(), body, 0);
            assert_eq!(message.payload(), payload, "{body}");
        }
    }
}
