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

    /// Returns what the stream's `hello` says.
    pub fn hello(&self) -> Hello {
        Hello {
            cursor: self.announced_cursor().to_string(),
            has_reset: self.reset.is_some(),
        }
    }
}

/// What the `hello` of a stream says: where the stream begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// The cursor before the first message, or the combined one of several channels.
    pub cursor: String,
    /// Whether a reset comes before the first message.
    pub has_reset: bool,
}

impl Hello {
    /// Encodes the fields: `"cursor":CURSOR`, and `"reset":true` before a reset.
    pub fn fields(&self) -> String {
        let reset = if self.has_reset {
            r#","reset":true"#
        } else {
            ""
        };
        format!(r#""cursor":"{}"{reset}"#, self.cursor)
    }
}
