//! Messages that arrived before those they follow.

use common::message::{Message, MessageId};
use std::collections::VecDeque;

/// The most bytes that wait in one channel. The newest message is kept whatever its size.
pub(super) const MAX_BYTES: usize = 128 * 1024;

/// Messages that wait until the history is loaded. The oldest are dropped first: a load brings them
/// anyway.
#[derive(Default)]
pub(super) struct PendingMessages {
    messages: VecDeque<Message>,
    bytes: usize,
    /// How many of them arrived before the last load began.
    before_load: usize,
}

impl PendingMessages {
    pub(super) fn push(&mut self, message: Message) {
        self.bytes += message.json().len();
        self.messages.push_back(message);
        while self.bytes > MAX_BYTES && self.messages.len() > 1 {
            if let Some(oldest) = self.messages.pop_front() {
                self.bytes -= oldest.json().len();
                self.before_load = self.before_load.saturating_sub(1);
            }
        }
    }

    /// Records that a load begins, which includes all messages that Redis has published.
    pub(super) fn begin_load(&mut self) {
        self.before_load = self.messages.len();
    }

    /// Returns the messages after this latest id of a load, oldest first. What arrived before
    /// the load and is not part of it, Redis does not have: loading again for that would never end.
    pub(super) fn into_messages_after(self, latest: MessageId) -> VecDeque<Message> {
        let mut messages = self.messages;
        messages.drain(..self.before_load.min(messages.len()));
        messages.retain(|message| message.id > latest);
        messages
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::message::{ChannelName, MessageId};

    #[test]
    fn only_what_arrived_during_a_load_can_be_after_it() {
        let mut pending = PendingMessages::default();
        let id = |offset| MessageId { epoch: 1, offset };
        let message = |offset| Message::new(id(offset), &ChannelName::main(), "1", 1);
        pending.push(message(9));
        pending.begin_load();
        (3..6).for_each(|offset| pending.push(message(offset)));
        let after = pending.into_messages_after(id(3));
        let offsets: Vec<_> = after.iter().map(|message| message.id.offset).collect();
        assert_eq!(offsets, [4, 5]);
    }

    #[test]
    fn pending_messages_are_limited_in_bytes() {
        let mut pending = PendingMessages::default();
        let body = format!("{:?}", "x".repeat(1000));
        for offset in 1..=1000 {
            let id = MessageId { epoch: 1, offset };
            pending.push(Message::new(id, &ChannelName::main(), &body, 1));
        }
        let bytes = pending.bytes;
        let none = MessageId {
            epoch: 1,
            offset: 0,
        };
        let messages = pending.into_messages_after(none);
        let held: usize = messages.iter().map(|message| message.json().len()).sum();
        assert!(held <= MAX_BYTES && held == bytes && held > MAX_BYTES / 2);
        let newest = messages.back().map(|newest| newest.id.offset);
        assert_eq!(newest, Some(1000));
    }
}
