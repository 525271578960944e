//! The name of an event.

use super::channel_name::is_name;
use std::fmt;
use thiserror::Error;

/// Names that a client could confuse with an event of the protocol or of its `EventSource`.
const RESERVED: [&str; 6] = ["hello", "reset", "end", "message", "open", "error"];

/// The name of an event: 1 to 128 bytes of `A-Z a-z 0-9 . _ : -`, and none that is reserved.
///
/// Needs no escaping in JSON and in an event stream.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EventName(Box<str>);

/// A text that is not an event name.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum InvalidEventName {
    /// It is empty, too long or has another character.
    #[error("an event is 1 to 128 of A-Z a-z 0-9 . _ : -")]
    Text,
    /// It is reserved.
    #[error(
        "reserved: hello, reset and end are events of the protocol; \
         message, open and error are events of EventSource"
    )]
    Reserved,
}

impl EventName {
    /// Parses a name.
    ///
    /// # Errors
    ///
    /// If the text is not a name, or is reserved.
    pub fn parse(name: &str) -> Result<Self, InvalidEventName> {
        if !is_name(name) {
            return Err(InvalidEventName::Text);
        }
        if RESERVED.contains(&name) {
            return Err(InvalidEventName::Reserved);
        }
        Ok(Self(name.into()))
    }
}

impl fmt::Display for EventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_names_and_other_texts_are_rejected() {
        let too_long = "x".repeat(129);
        for name in ["", "a b", "a\nid: 1", "ä", &too_long] {
            let invalid = EventName::parse(name);
            assert_eq!(invalid, Err(InvalidEventName::Text), "{name:?}");
        }
        for name in RESERVED {
            let invalid = EventName::parse(name).unwrap_err();
            assert_eq!(invalid, InvalidEventName::Reserved);
            assert!(invalid.to_string().contains(name), "{name}");
        }
        for name in ["datastar-patch-elements", "Reset", &too_long[1..]] {
            assert_eq!(EventName::parse(name).unwrap().to_string(), name);
        }
    }
}
