//! The name of a channel.

use std::{fmt, sync::Arc};
use thiserror::Error;

/// The longest name, in bytes.
const MAX_LENGTH: usize = 128;

/// The name of a channel: 1 to 128 bytes of `A-Z a-z 0-9 . _ : -`.
///
/// Needs no escaping in JSON, in a URL or in a log line.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ChannelName(Arc<str>);

/// A text that is not a channel name.
#[derive(Debug, PartialEq, Eq, Error)]
#[error("a channel is 1 to {MAX_LENGTH} of A-Z a-z 0-9 . _ : -")]
pub struct InvalidChannelName;

impl ChannelName {
    /// Parses a name.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidChannelName`] if the name is empty, too long or has another character.
    pub fn parse(name: &str) -> Result<Self, InvalidChannelName> {
        if is_name(name) {
            Ok(Self(name.into()))
        } else {
            Err(InvalidChannelName)
        }
    }

    /// The channel of a request that does not name one.
    pub fn main() -> Self {
        Self("main".into())
    }

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns whether a text is 1 to 128 bytes of `A-Z a-z 0-9 . _ : -`.
pub(super) fn is_name(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
    (1..=MAX_LENGTH).contains(&text.len()) && text.bytes().all(is_allowed)
}

impl fmt::Display for ChannelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_protocol_are_accepted() {
        for name in ["a", "main", "A-Z.a_z:0-9", &"x".repeat(MAX_LENGTH)] {
            assert_eq!(ChannelName::parse(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn all_other_texts_are_rejected() {
        let too_long = "x".repeat(MAX_LENGTH + 1);
        for name in ["", " ", "a b", "ä", "a/b", "a\n", "a\"", &too_long] {
            assert_eq!(
                ChannelName::parse(name),
                Err(InvalidChannelName),
                "{name:?}"
            );
        }
    }
}
