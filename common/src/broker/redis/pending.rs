//! Messages that arrived before the ones they continue.

use crate::message::Message;
use std::collections::VecDeque;

/// The most bytes that wait in one channel. The newest message is kept whatever its size.
pub(super) const MAX_BYTES: usize = 128 * 1024;

/// Messages that wait for a history. The oldest are dropped first: what is missing is loaded
/// anyway.
#[derive(Default)]
pub(super) struct PendingMessages {
    messages: VecDeque<Message>,
    bytes: usize,
}

impl PendingMessages {
    pub(super) fn push(&mut self, message: Message) {
        self.bytes += message.json().len();
        self.messages.push_back(message);
        while self.bytes > MAX_BYTES && self.messages.len() > 1 {
            if let Some(oldest) = self.messages.pop_front() {
                self.bytes -= oldest.json().len();
            }
        }
    }

    /// Returns the messages, from the oldest on.
    pub(super) fn into_messages(self) -> VecDeque<Message> {
        self.messages
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{ChannelName, MessageId};

    #[test]
    fn pending_messages_are_limited_in_bytes() {
        let mut pending = PendingMessages::default();
        let body = format!("{:?}", "x".repeat(1000));
        for offset in 1..=1000 {
            let id = MessageId { epoch: 1, offset };
            pending.push(Message::new(id, &ChannelName::main(), &body, 1));
        }
        let bytes = pending.bytes;
        let messages = pending.into_messages();
        let held: usize = messages.iter().map(|message| message.json().len()).sum();
        assert!(held <= MAX_BYTES && held == bytes && held > MAX_BYTES / 2);
        let newest = messages.back().map(|newest| newest.id.offset);
        assert_eq!(newest, Some(1000));
    }
}
