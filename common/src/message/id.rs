//! Message ids and cursors. Both are written `epoch-offset`: the cursor of a client is the id of
//! the last message it received.

use serde::{Serialize, Serializer};
use std::{fmt, str::FromStr};
use thiserror::Error;

/// The id of a message in one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId {
    /// About when the broker or the channel began, in milliseconds since 1970.
    ///
    /// Tells a history that was lost from a short one, which offsets alone cannot.
    pub epoch: u64,
    /// Counts the messages of an epoch, from 1. A channel that was forgotten continues its count.
    pub offset: u64,
}

impl MessageId {
    /// Returns the id of the next message.
    pub fn next(self) -> Self {
        Self {
            offset: self.offset.saturating_add(1),
            ..self
        }
    }

    /// Returns the id of the message before this one: the cursor after which this message is next.
    pub fn previous(self) -> Self {
        Self {
            offset: self.offset.saturating_sub(1),
            ..self
        }
    }
}

/// Where a client wants to resume a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cursor {
    /// No cursor: only messages that are published from now on.
    Latest,
    /// `0`: every message in the history.
    Earliest,
    /// Every message after this one.
    After(MessageId),
}

/// A text that is neither a message id nor `0`.
#[derive(Debug, PartialEq, Eq, Error)]
#[error("a cursor is the id of a message, such as 1795340000123-42, or 0 for everything retained")]
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
            epoch: parse_decimal(epoch)?,
            offset: parse_decimal(offset)?,
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

/// Parses digits only: `u64::from_str` accepts a plus sign.
fn parse_decimal(digits: &str) -> Result<u64, InvalidMessageId> {
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        digits.parse().map_err(|_| InvalidMessageId)
    } else {
        Err(InvalidMessageId)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_that_are_not_ids_are_rejected() {
        let too_big = "18446744073709551616-1";
        for text in [
            "", "-", "1", "1-", "-1", "1-2-3", "+1-2", "1-+2", "a-b", " 1-2", "1-2 ", too_big,
        ] {
            assert_eq!(text.parse::<MessageId>(), Err(InvalidMessageId), "{text:?}");
            assert_eq!(text.parse::<Cursor>(), Err(InvalidMessageId), "{text:?}");
        }
        assert_eq!("0".parse(), Ok(Cursor::Earliest));
    }

    #[test]
    fn neighbours_differ_by_one_offset() {
        let id = |offset| MessageId { epoch: 7, offset };
        assert_eq!((id(4).next(), id(4).previous()), (id(5), id(3)));
        assert_eq!(
            (id(u64::MAX).next(), id(0).previous()),
            (id(u64::MAX), id(0))
        );
    }

    proptest! {
        #[test]
        fn an_id_is_parsed_from_its_text(epoch: u64, offset: u64) {
            let id = MessageId { epoch, offset };
            prop_assert_eq!(id.to_string().parse(), Ok(Cursor::After(id)));
        }
    }
}
