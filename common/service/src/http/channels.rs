//! The channels that a request names.

use common::message::{ChannelList, ChannelName, Cursor, InvalidCursor};

/// The channels that a request names.
#[derive(Debug, PartialEq, Eq)]
pub enum Channels {
    /// `channel=a`.
    One(ChannelName),
    /// `channel=a,b` or `channel=a&channel=b`.
    Several(ChannelList),
}

impl Channels {
    /// Parses the cursor of these channels, and returns that of each.
    ///
    /// # Errors
    ///
    /// If it is not a cursor of these channels.
    pub fn parse_cursor(&self, text: &str) -> Result<Vec<Cursor>, InvalidCursor> {
        match self {
            Self::One(name) => Ok(vec![Cursor::parse_one(text, name)?]),
            Self::Several(list) => Cursor::parse_several(text, list.as_slice()),
        }
    }
}
