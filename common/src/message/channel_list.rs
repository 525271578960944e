//! The channels that one request names.

use super::{ChannelName, InvalidChannelName};
use std::fmt;
use thiserror::Error;

/// The most channels of one connection.
pub const MAX_CHANNELS: usize = 64;
/// The most bytes that the names of several channels have together.
///
/// An `EventSource` that reconnects sends them three times: in `channel`, in the `after` that its
/// page set, and in `Last-Event-ID`. A request has at most 8 KiB.
pub const MAX_NAMES: usize = 1024;

/// The channels of one request, at least one, all different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelList(Vec<ChannelName>);

/// Names that cannot be read over one connection.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum InvalidChannels {
    /// One of them is not a name.
    #[error("{name:?}: {invalid}")]
    Name {
        /// The text in place of a name.
        name: String,
        /// What is wrong with it.
        invalid: InvalidChannelName,
    },
    /// A channel occurs twice.
    #[error("{0} is repeated")]
    Repeated(ChannelName),
    /// More than [`MAX_CHANNELS`].
    #[error("expected at most {MAX_CHANNELS} channels")]
    TooMany,
    /// More than [`MAX_NAMES`].
    #[error("expected names of at most {MAX_NAMES} bytes together")]
    TooLong,
}

impl ChannelList {
    /// Parses names, at least one. Returns them in their order.
    ///
    /// # Errors
    ///
    /// If a name is invalid or repeated, or if there are too many.
    pub fn parse<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidChannels> {
        let mut list = Self(Vec::new());
        for name in names {
            let channel = ChannelName::parse(name).map_err(|invalid| InvalidChannels::Name {
                name: name.to_owned(),
                invalid,
            })?;
            list.has_room_for(&channel)?;
            list.0.push(channel);
        }
        Ok(list)
    }

    fn has_room_for(&self, channel: &ChannelName) -> Result<(), InvalidChannels> {
        if self.0.contains(channel) {
            return Err(InvalidChannels::Repeated(channel.clone()));
        }
        has_room(self.0.iter(), channel)
    }

    /// Returns the channels.
    pub fn as_slice(&self) -> &[ChannelName] {
        &self.0
    }
}

impl From<ChannelName> for ChannelList {
    fn from(channel: ChannelName) -> Self {
        Self(vec![channel])
    }
}

/// Writes the names with commas, as a request does.
impl fmt::Display for ChannelList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, channel) in self.0.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            write!(f, "{comma}{channel}")?;
        }
        Ok(())
    }
}

/// Checks that a connection with these channels may have one more.
///
/// # Errors
///
/// [`InvalidChannels::TooMany`] or [`InvalidChannels::TooLong`].
pub fn has_room<'a>(
    channels: impl Iterator<Item = &'a ChannelName>,
    more: &ChannelName,
) -> Result<(), InvalidChannels> {
    let (count, bytes) = channels.fold((1, more.as_str().len()), |(count, bytes), channel| {
        (count + 1, bytes + channel.as_str().len())
    });
    if count > MAX_CHANNELS {
        Err(InvalidChannels::TooMany)
    } else if bytes > MAX_NAMES {
        Err(InvalidChannels::TooLong)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(names: &str) -> Result<ChannelList, InvalidChannels> {
        ChannelList::parse(names.split(','))
    }

    fn refusal(names: &str) -> String {
        parse(names).unwrap_err().to_string()
    }

    fn names(count: usize, length: usize) -> String {
        let names = (0..count).map(|number| format!("{number:0length$}"));
        names.collect::<Vec<_>>().join(",")
    }

    #[test]
    fn channels_keep_their_order() {
        let list = parse("b,a,c").unwrap();
        let names: Vec<_> = list.as_slice().iter().map(ChannelName::as_str).collect();
        assert_eq!(names, ["b", "a", "c"]);
        assert_eq!(list.to_string(), "b,a,c");
    }

    #[test]
    fn a_mistake_is_named() {
        assert_eq!(refusal("a,b,a"), "a is repeated");
        let name = "a channel is 1 to 128 of A-Z a-z 0-9 . _ : -";
        assert_eq!(refusal("a,"), format!("\"\": {name}"));
        assert_eq!(refusal("a,b/c"), format!("\"b/c\": {name}"));
    }

    #[test]
    fn the_number_and_the_length_are_bounded() {
        assert!(parse(&names(MAX_CHANNELS, 16)).is_ok());
        assert_eq!(
            refusal(&names(MAX_CHANNELS + 1, 2)),
            "expected at most 64 channels"
        );
        assert_eq!(
            refusal(&names(MAX_CHANNELS, 17)),
            "expected names of at most 1024 bytes together"
        );
    }
}
