//! The violations that an audit can find.

use super::body::Stamp;
use common::message::MessageId;
use serde::{Serialize, Serializer};
use std::fmt;

/// A broken promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Violation {
    /// Messages were skipped without a reset.
    Gap { expected: MessageId, got: MessageId },
    /// A message was delivered again.
    Duplicate { id: MessageId },
    /// A skipped message was delivered after later ones.
    OutOfOrder { id: MessageId, after: MessageId },
    /// The body differs from the published one.
    WrongBody { id: String, why: String },
    /// A stream without a cursor did not begin after the latest message.
    WrongOpening {
        expected: MessageId,
        cursor: MessageId,
    },
    /// A reset named a cursor other than the subscriber's.
    WrongAfter { named: MessageId, cursor: MessageId },
    /// The message after a reset was not the oldest one that the reset named.
    WrongOldest { named: MessageId, got: MessageId },
    /// A reset was sent although the history still held every message.
    NeedlessReset { after: MessageId, oldest: MessageId },
    /// An acknowledged message was not delivered before the end of the audit.
    Missing { after: MessageId, latest: MessageId },
    /// A service refused a subscriber or a message without cause.
    Refused { why: String },
    /// A retry with the same idempotency key was published as a second message.
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
    /// A message was delivered that no publisher had an acknowledgement for.
    Unacknowledged { id: MessageId, stamp: Stamp },
    /// An id has no message, although later messages were acknowledged.
    Hole { after: MessageId, next: MessageId },
    /// A publisher awaits each acknowledgement, but the ids are not in its order.
    PublishedOutOfOrder { id: MessageId, stamp: Stamp },
}

impl Violation {
    /// Returns the name of this violation in reports.
    fn kind(&self) -> &'static str {
        match self {
            Self::Gap { .. } => "gap",
            Self::Duplicate { .. } => "duplicate",
            Self::OutOfOrder { .. } => "out-of-order",
            Self::WrongBody { .. } => "wrong-body",
            Self::WrongOpening { .. } => "wrong-hello",
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

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.kind())?;
        match self {
            Self::Gap { expected, got } => {
                write!(f, "expected {expected}, got {got} without a reset")
            }
            Self::Duplicate { id } => write!(f, "{id} was delivered again"),
            Self::OutOfOrder { id, after } => write!(f, "{id} was delivered after {after}"),
            Self::WrongBody { id, why } => write!(f, "{id}: {why}"),
            Self::WrongOpening { expected, cursor } => {
                write!(
                    f,
                    "a stream without a cursor began at {cursor}, expected {expected}"
                )
            }
            Self::WrongAfter { named, cursor } => {
                write!(f, "a reset named the cursor {named}, expected {cursor}")
            }
            Self::WrongOldest { named, got } => {
                write!(f, "a reset named {named} as the oldest message, got {got}")
            }
            Self::NeedlessReset { after, oldest } => {
                write!(
                    f,
                    "a reset from {after} to {oldest}, although the history still held the messages between"
                )
            }
            Self::Missing { after, latest } => {
                write!(
                    f,
                    "got nothing after {after}, although {latest} was published"
                )
            }
            Self::Refused { why } => f.write_str(why),
            Self::PublishedTwice {
                stamp,
                first,
                second,
            } => write!(f, "{stamp} is {first} and {second}"),
            Self::SharedId { id, first, second } => write!(f, "{id} is {first} and {second}"),
            Self::Unacknowledged { id, stamp } => {
                write!(f, "{id} is {stamp}, which was not acknowledged")
            }
            Self::Hole { after, next } => write!(f, "{after} is followed by {next}"),
            Self::PublishedOutOfOrder { id, stamp } => {
                write!(f, "{stamp} has the id {id}, which is after later messages")
            }
        }
    }
}

impl Serialize for Violation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
