//! Where a subscriber begins.

use super::Reset;
use crate::message::MessageId;

/// Where a subscriber begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resume {
    /// The subscriber's cursor: it gets the messages after this one.
    pub cursor: MessageId,
    /// The reset to send before the first message.
    pub reset: Option<Reset>,
}

impl Resume {
    /// Returns a `Resume` without a reset.
    pub fn at(cursor: MessageId) -> Self {
        Self {
            cursor,
            reset: None,
        }
    }

    /// Returns the cursor to announce before the first event.
    ///
    /// Before a reset this is the client's own cursor: should the connection end in between, the
    /// client resumes with it and gets the reset again.
    pub fn announced_cursor(&self) -> MessageId {
        self.reset.map_or(self.cursor, |reset| reset.after)
    }

    /// Encodes the fields of a stream's hello: `"cursor":ID`, and `"reset":true` before a reset.
    pub fn hello_fields(&self) -> String {
        let reset = if self.reset.is_some() {
            r#","reset":true"#
        } else {
            ""
        };
        format!(r#""cursor":"{}"{reset}"#, self.announced_cursor())
    }
}
