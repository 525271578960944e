//! What reading a history gives.

use super::Reset;
use crate::message::{Message, MessageId};

/// The result of reading a history after a cursor.
#[derive(Debug, PartialEq, Eq)]
pub enum HistoryRead {
    /// There is no message after the cursor yet.
    CaughtUp,
    /// At least one message: the first ones after the cursor, without a gap.
    Messages(Vec<Message>),
    /// Messages after the cursor are lost: send the reset and continue at [`Reset::cursor`].
    Reset(Reset),
}

/// What a client gets at once that reads a history from some point on.
#[derive(Debug)]
pub struct NextMessages {
    /// The reset before the first message, if messages were lost.
    pub reset: Option<Reset>,
    /// The first messages, perhaps none.
    pub messages: Vec<Message>,
    /// The cursor of a client that has received them.
    pub cursor: MessageId,
    /// Whether the channel has ended there.
    pub is_end: bool,
}
