//! The violations that an audit can find.

use super::body::Stamp;
use common::message::MessageId;
use serde::{Serialize, Serializer};

/// A broken promise. Its text begins with the name that it has in reports.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Violation {
    /// Messages were skipped without a reset.
    #[error("gap: expected {expected}, got {got} without a reset")]
    Gap { expected: MessageId, got: MessageId },
    /// A message was delivered again.
    #[error("duplicate: {id} was delivered again")]
    Duplicate { id: MessageId },
    /// A skipped message was delivered after later ones.
    #[error("out-of-order: {id} was delivered after {after}")]
    OutOfOrder { id: MessageId, after: MessageId },
    /// The body differs from the published one.
    #[error("wrong-body: {id}: {why}")]
    WrongBody { id: String, why: String },
    /// A stream without a cursor did not begin after the latest message.
    #[error("wrong-hello: a stream without a cursor began at {cursor}, expected {expected}")]
    WrongOpening {
        expected: MessageId,
        cursor: MessageId,
    },
    /// A reset named a cursor other than the subscriber's.
    #[error("wrong-after: a reset named the cursor {named}, expected {cursor}")]
    WrongAfter { named: MessageId, cursor: MessageId },
    /// The message after a reset was not the oldest one that the reset named.
    #[error("wrong-oldest: a reset named {named} as the oldest message, got {got}")]
    WrongOldest { named: MessageId, got: MessageId },
    /// A reset was sent although the history still held every message.
    #[error(
        "needless-reset: a reset from {after} to {oldest}, although the history still held the \
         messages between"
    )]
    NeedlessReset { after: MessageId, oldest: MessageId },
    /// An acknowledged message was not delivered before the end of the audit.
    #[error("missing: got nothing after {after}, although {latest} was published")]
    Missing { after: MessageId, latest: MessageId },
    /// A service refused a subscriber or a message without cause.
    #[error("refused: {why}")]
    Refused { why: String },
    /// A retry with the same idempotency key was published as a second message.
    #[error("published-twice: {stamp} is {first} and {second}")]
    PublishedTwice {
        stamp: Stamp,
        first: MessageId,
        second: MessageId,
    },
    /// Two messages were acknowledged with the same id.
    #[error("shared-id: {id} is {first} and {second}")]
    SharedId {
        id: MessageId,
        first: Stamp,
        second: Stamp,
    },
    /// A message was delivered that no publisher had an acknowledgement for.
    #[error("unacknowledged: {id} is {stamp}, which was not acknowledged")]
    Unacknowledged { id: MessageId, stamp: Stamp },
    /// An id has no message, although later messages were acknowledged.
    #[error("hole: {after} is followed by {next}")]
    Hole { after: MessageId, next: MessageId },
    /// A publisher awaits each acknowledgement, but the ids are not in its order.
    #[error("published-out-of-order: {stamp} has the id {id}, which is after later messages")]
    PublishedOutOfOrder { id: MessageId, stamp: Stamp },
}

impl Serialize for Violation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
