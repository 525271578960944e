//! The place of each message among those of all channels: subscribers of several need it to read
//! in order.

use super::{History, Reset};
use crate::message::{Message, MessageId};

/// What a subscriber of several channels gets next from one of them.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// There is no message after the cursor yet.
    CaughtUp,
    /// The message after the cursor, and its place.
    Message(Message, u64),
    /// Messages after the cursor are lost.
    Reset(Reset),
}

impl History {
    /// Gives new messages the places that `place_of` returns, in ascending order.
    pub fn place(&mut self, mut place_of: impl FnMut(&Message) -> u64) {
        let last = self.messages.iter().rposition(|entry| entry.place > 0);
        for entry in self.messages.range_mut(last.map_or(0, |last| last + 1)..) {
            entry.place = place_of(&entry.message);
        }
    }

    /// Returns what follows a cursor.
    pub(crate) fn next_after(&self, cursor: MessageId) -> Next {
        if !self.continues(cursor) {
            return Next::Reset(self.reset(cursor));
        }
        match self.messages.get(self.index_after(cursor)) {
            Some(entry) => Next::Message(entry.message.clone(), entry.place),
            None => Next::CaughtUp,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{history::Retention, message::ChannelName};

    const RETENTION: Retention = Retention {
        messages: 3,
        bytes: usize::MAX,
        age: u64::MAX,
    };

    fn id(offset: u64) -> MessageId {
        MessageId { epoch: 7, offset }
    }

    fn message(offset: u64) -> Message {
        Message::new(id(offset), &ChannelName::main(), "1", 9)
    }

    fn placed(history: &History, after: u64) -> Option<(u64, u64)> {
        match history.next_after(id(after)) {
            Next::Message(message, place) => Some((message.id.offset, place)),
            Next::CaughtUp => None,
            Next::Reset(reset) => Some((reset.oldest.offset, 0)),
        }
    }

    #[test]
    fn each_message_gets_one_place() {
        let mut history = History::new(id(0), RETENTION);
        let mut places = 40..;
        for offset in 1..=4 {
            history.append(message(offset)).unwrap();
            history.place(|_| places.next().unwrap());
        }
        history.place(|_| places.next().unwrap());
        assert_eq!(
            [0, 1, 2, 3, 4].map(|after| placed(&history, after)),
            [
                Some((2, 0)),
                Some((2, 41)),
                Some((3, 42)),
                Some((4, 43)),
                None
            ]
        );
    }

    #[test]
    fn a_restart_gives_new_places_in_order() {
        let mut history = History::new(id(0), RETENTION);
        history.append(message(1)).unwrap();
        let mut places = 1..;
        history.place(|_| places.next().unwrap());
        history.restart(id(3), vec![message(1), message(2), message(3)]);
        history.place(|_| places.next().unwrap());
        assert_eq!(
            [0, 1, 2, 3].map(|after| placed(&history, after)),
            [Some((1, 2)), Some((2, 3)), Some((3, 4)), None]
        );
    }
}
