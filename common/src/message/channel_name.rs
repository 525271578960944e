//! A channel's name.

use std::{fmt, sync::Arc};

/// The longest name, in bytes.
const MAX: usize = 128;

/// The name of a channel: 1 to 128 of `A-Z a-z 0-9 . _ : -`. Needs no escaping in JSON, in a URL or in a log line.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ChannelName(Arc<str>);

/// A text that is no channel name.
#[derive(Debug, PartialEq, Eq)]
pub struct InvalidChannelName;

impl ChannelName {
    /// Takes a name as it came from outside.
    pub fn parse(name: &str) -> Result<Self, InvalidChannelName> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
        let valid = (1..=MAX).contains(&name.len()) && name.bytes().all(plain);
        valid.then(|| Self(name.into())).ok_or(InvalidChannelName)
    }

    /// The channel of every request that names none.
    pub fn main() -> Self {
        Self("main".into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ChannelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for InvalidChannelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a channel is 1 to {MAX} of A-Z a-z 0-9 . _ : -")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_the_protocol_allows() {
        for name in ["a", "main", "A-Z.a_z:0-9", &"x".repeat(MAX)] {
            assert_eq!(ChannelName::parse(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn refuses_everything_else() {
        for name in [
            "",
            " ",
            "a b",
            "ä",
            "a/b",
            "a\n",
            "a\"",
            &"x".repeat(MAX + 1),
        ] {
            assert_eq!(
                ChannelName::parse(name),
                Err(InvalidChannelName),
                "{name:?}"
            );
        }
    }
}
