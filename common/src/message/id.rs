//! Ids and cursors. Both are written `epoch-offset`, so that a reader's cursor is the id of the last message it saw.

use serde::{Serialize, Serializer};
use std::{fmt, str::FromStr};

/// A cursor in one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId {
    /// About when this channel's log began, or its broker, in milliseconds since 1970. An offset alone cannot tell a lost log from a short one.
    pub epoch: u64,
    /// One more for each message; the first of a log has 1, or the one behind the last that a forgotten log of the channel had.
    pub offset: u64,
}

impl MessageId {
    /// The id of the message after this one.
    pub fn next(self) -> Self {
        Self {
            offset: self.offset.saturating_add(1),
            ..self
        }
    }

    /// The id of the message before this one: the cursor of whoever is to get this one next.
    pub fn previous(self) -> Self {
        Self {
            offset: self.offset.saturating_sub(1),
            ..self
        }
    }
}

/// From where a reader wants a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cursor {
    /// No cursor: only what comes from now on.
    Latest,
    /// `0`: everything the log still holds.
    Earliest,
    /// Everything later than this message.
    After(MessageId),
}

/// A text that is neither an id nor `0`.
#[derive(Debug, PartialEq, Eq)]
pub struct InvalidMessageId;

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.epoch, self.offset)
    }
}

impl Serialize for MessageId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for MessageId {
    type Err = InvalidMessageId;

    fn from_str(text: &str) -> Result<Self, InvalidMessageId> {
        let (epoch, offset) = text.split_once('-').ok_or(InvalidMessageId)?;
        Ok(Self {
            epoch: decimal(epoch)?,
            offset: decimal(offset)?,
        })
    }
}

impl FromStr for Cursor {
    type Err = InvalidMessageId;

    fn from_str(text: &str) -> Result<Self, InvalidMessageId> {
        if text == "0" {
            Ok(Self::Earliest)
        } else {
            text.parse().map(Self::After)
        }
    }
}

impl fmt::Display for InvalidMessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a cursor is the id of a message, such as 1795340000123-42, or 0 for everything retained")
    }
}

/// `u64::from_str` would also take a plus sign.
fn decimal(digits: &str) -> Result<u64, InvalidMessageId> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits
        .parse()
        .ok()
        .filter(|_| plain)
        .ok_or(InvalidMessageId)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_what_is_no_id() {
        let too_big = "18446744073709551616-1";
        for text in [
            "", "-", "1", "1-", "-1", "1-2-3", "+1-2", "1-+2", "a-b", " 1-2", "1-2 ", too_big,
        ] {
            assert_eq!(text.parse::<MessageId>(), Err(InvalidMessageId), "{text:?}");
            assert_eq!(text.parse::<Cursor>(), Err(InvalidMessageId), "{text:?}");
        }
        assert_eq!("0".parse(), Ok(Cursor::Earliest));
    }

    proptest! {
        #[test]
        fn an_id_reads_back_what_it_writes(epoch: u64, offset: u64) {
            let id = MessageId { epoch, offset };
            prop_assert_eq!(id.to_string().parse(), Ok(Cursor::After(id)));
        }
    }
}
