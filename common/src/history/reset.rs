//! The loss signal.

use crate::message::{ChannelName, MessageId};
use std::fmt::Display;

/// The loss signal: some messages after `after` are not in the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reset {
    /// The cursor from which the subscriber cannot resume.
    pub after: MessageId,
    /// The oldest message in the history, or the next one to be published if the history is empty.
    pub oldest: MessageId,
}

impl Reset {
    /// Returns the subscriber's cursor after it received this reset.
    pub fn cursor(self) -> MessageId {
        self.oldest.previous()
    }

    /// Encodes `{"after":ID,"oldest":ID,"cursor":ID}`, the same on every transport.
    ///
    /// The cursor is [`Reset::cursor`]: a client that resumes with it does not get the reset again.
    pub fn json(self) -> String {
        let cursor = self.cursor();
        format!("{{{}}}", self.fields(&cursor))
    }

    /// Encodes the reset of one of several channels: it has `"channel"` first, and the combined
    /// cursor.
    pub fn json_of(self, channel: &ChannelName, cursor: &dyn Display) -> String {
        format!(r#"{{"channel":"{channel}",{}}}"#, self.fields(cursor))
    }

    fn fields(self, cursor: &dyn Display) -> String {
        let Self { after, oldest } = self;
        format!(r#""after":"{after}","oldest":"{oldest}","cursor":"{cursor}""#)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encodings_are_pinned() {
        let id = |epoch, offset| MessageId { epoch, offset };
        let reset = Reset {
            after: id(7, 1),
            oldest: id(8, 4),
        };
        assert_eq!(
            reset.json(),
            r#"{"after":"7-1","oldest":"8-4","cursor":"8-3"}"#
        );
        assert_eq!(
            reset.json_of(&ChannelName::main(), &"main@8-3,b@1-1"),
            r#"{"channel":"main","after":"7-1","oldest":"8-4","cursor":"main@8-3,b@1-1"}"#
        );
    }
}
