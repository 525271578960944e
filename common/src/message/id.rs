//! Ids and cursors. Both are written `epoch-offset`, so that a reader's cursor is the id of the last message it saw.

use serde::{Serialize, Serializer};
use std::{fmt, str::FromStr};

/// A position in one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id {
    /// About when this channel's log began, or its broker, in milliseconds since 1970. An offset alone cannot tell a lost log from a short one.
    pub epoch: u64,
    /// One more for each message; the first of a log has 1, or the one behind the last that a forgotten log of the channel had.
    pub offset: u64,
}

impl Id {
    /// The id of the message after this one.
    pub fn next(self) -> Self {
        Self { offset: self.offset.saturating_add(1), ..self }
    }

    /// The id of the message before this one: the cursor of whoever is to get this one next.
    pub fn previous(self) -> Self {
        Self { offset: self.offset.saturating_sub(1), ..self }
    }
}

/// From where a reader wants a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// No cursor: only what comes from now on.
    Now,
    /// `0`: everything the log still holds.
    Start,
    /// Everything later than this message.
    Id(Id),
}

/// A text that is neither an id nor `0`.
#[derive(Debug, PartialEq, Eq)]
pub struct InvalidId;

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.epoch, self.offset)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for Id {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let (epoch, offset) = text.split_once('-').ok_or(InvalidId)?;
        Ok(Self { epoch: decimal(epoch)?, offset: decimal(offset)? })
    }
}

impl FromStr for After {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        if text == "0" { Ok(Self::Start) } else { text.parse().map(Self::Id) }
    }
}

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a cursor is the id of a message, such as 1795340000123-42, or 0 for everything retained")
    }
}

/// `u64::from_str` would also take a plus sign.
fn decimal(digits: &str) -> Result<u64, InvalidId> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| plain).ok_or(InvalidId)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_what_is_no_id() {
        let too_big = "18446744073709551616-1";
        for text in ["", "-", "1", "1-", "-1", "1-2-3", "+1-2", "1-+2", "a-b", " 1-2", "1-2 ", too_big] {
            assert_eq!(text.parse::<Id>(), Err(InvalidId), "{text:?}");
            assert_eq!(text.parse::<After>(), Err(InvalidId), "{text:?}");
        }
        assert_eq!("0".parse(), Ok(After::Start));
    }

    proptest! {
        #[test]
        fn an_id_reads_back_what_it_writes(epoch: u64, offset: u64) {
            let id = Id { epoch, offset };
            prop_assert_eq!(id.to_string().parse(), Ok(After::Id(id)));
        }
    }
}
