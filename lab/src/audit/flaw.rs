//! Everything that can be wrong, in words.

use super::body::Stamp;
use common::message::MessageId;
use serde::{Serialize, Serializer};
use std::fmt;

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// Messages were passed over without a word.
    Gap { expected: MessageId, got: MessageId },
    /// The same message once more.
    Duplicate { id: MessageId },
    /// A message that had been passed over came after later ones.
    OutOfOrder { id: MessageId, after: MessageId },
    /// Other bytes than were published.
    WrongBody { id: String, why: String },
    /// A reader that asked without a cursor is told that it begins elsewhere than at the last message.
    WrongHello {
        expected: MessageId,
        cursor: MessageId,
    },
    /// A reset that names another cursor than the reader's.
    WrongAfter { named: MessageId, cursor: MessageId },
    /// A reset, and then a message that is not the one it announced.
    WrongOldest { named: MessageId, got: MessageId },
    /// A reset though everything was still held.
    NeedlessReset { after: MessageId, oldest: MessageId },
    /// What was acknowledged and did not come in the time there was at the end.
    Missing { after: MessageId, head: MessageId },
    /// A service would not have this reader or this message, without cause.
    Refused { why: String },
    /// Sent again under its key, a message was published again.
    PublishedTwice {
        stamp: Stamp,
        first: MessageId,
        second: MessageId,
    },
    /// Two messages were acknowledged with the same id.
    SharedId {
        id: MessageId,
        first: Stamp,
        second: Stamp,
    },
    /// A message that nobody was told was published.
    Unacknowledged { id: MessageId, stamp: Stamp },
    /// No message has this id, though later ones were acknowledged.
    Hole { after: MessageId, next: MessageId },
    /// A publisher waits for each answer, and yet the ids are not in its order.
    PublishedOutOfOrder { id: MessageId, stamp: Stamp },
}

impl Flaw {
    /// Its name in the report.
    fn kind(&self) -> &'static str {
        match self {
            Self::Gap { .. } => "gap",
            Self::Duplicate { .. } => "duplicate",
            Self::OutOfOrder { .. } => "out-of-order",
            Self::WrongBody { .. } => "wrong-body",
            Self::WrongHello { .. } => "wrong-hello",
            Self::WrongAfter { .. } => "wrong-after",
            Self::WrongOldest { .. } => "wrong-oldest",
            Self::NeedlessReset { .. } => "needless-reset",
            Self::Missing { .. } => "missing",
            Self::Refused { .. } => "refused",
            Self::PublishedTwice { .. } => "published-twice",
            Self::SharedId { .. } => "shared-id",
            Self::Unacknowledged { .. } => "unacknowledged",
            Self::Hole { .. } => "hole",
            Self::PublishedOutOfOrder { .. } => "published-out-of-order",
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.kind())?;
        match self {
            Self::Gap { expected, got } => write!(
                f,
                "{expected} was to come, {got} came, and no reset between them"
            ),
            Self::Duplicate { id } => write!(f, "{id} came again"),
            Self::OutOfOrder { id, after } => write!(f, "{id} came after {after}"),
            Self::WrongBody { id, why } => write!(f, "{id}: {why}"),
            Self::WrongHello { expected, cursor } => {
                write!(
                    f,
                    "a reader without a cursor begins at {cursor}, not at {expected}"
                )
            }
            Self::WrongAfter { named, cursor } => {
                write!(f, "a reset after {named}, but the cursor was {cursor}")
            }
            Self::WrongOldest { named, got } => {
                write!(f, "a reset announced {named}, then came {got}")
            }
            Self::NeedlessReset { after, oldest } => {
                write!(
                    f,
                    "a reset from {after} to {oldest}, though what lies between was still to be held"
                )
            }
            Self::Missing { after, head } => {
                write!(f, "nothing came after {after}, though {head} was published")
            }
            Self::Refused { why } => f.write_str(why),
            Self::PublishedTwice {
                stamp,
                first,
                second,
            } => write!(f, "{stamp} is {first} and {second}"),
            Self::SharedId { id, first, second } => write!(f, "{id} is {first} and {second}"),
            Self::Unacknowledged { id, stamp } => {
                write!(f, "{id} is {stamp}, which nobody was told")
            }
            Self::Hole { after, next } => write!(f, "after {after} comes {next}"),
            Self::PublishedOutOfOrder { id, stamp } => {
                write!(f, "{stamp} is only {id}, behind later ones")
            }
        }
    }
}

impl Serialize for Flaw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
