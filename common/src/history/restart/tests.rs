//! A history that restarts while it has a subscriber, against a plain model: a map of all messages
//! that may be read.

use super::*;
use crate::{
    history::{HistoryRead, OutOfSequence, Reset, Retention},
    message::ChannelName,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

const RETENTION: Retention = Retention {
    messages: 6,
    bytes: usize::MAX,
    age: u64::MAX,
};

/// An operation on a history or its subscriber.
#[derive(Clone, Copy, Debug)]
enum Event {
    Append,
    /// The history jumps `messages` ahead; the last `known` of them are in the backlog.
    Skip {
        messages: u64,
        known: u64,
    },
    /// Another history of `messages` messages begins.
    Restart {
        messages: u64,
    },
    /// The subscriber reads to the end, at most `limit` messages at a time.
    Read {
        limit: usize,
    },
}

struct Model {
    history: History,
    /// Exactly the messages that may be read.
    available: BTreeMap<MessageId, Message>,
    latest: MessageId,
    /// The subscriber's cursor.
    cursor: MessageId,
}

fn message(id: MessageId) -> Message {
    Message::new(id, &ChannelName::main(), "1", id.epoch)
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => Just(Event::Append),
        1 => (1..9u64, 0..9u64).prop_map(|(messages, known)| {
            let known = known.min(messages);
            Event::Skip { messages, known }
        }),
        1 => (0..9u64).prop_map(|messages| Event::Restart { messages }),
        2 => (1..4usize).prop_map(|limit| Event::Read { limit }),
    ]
}

impl Model {
    fn new() -> Self {
        let latest = MessageId {
            epoch: 1,
            offset: 0,
        };
        Self {
            history: History::new(latest, RETENTION),
            available: BTreeMap::new(),
            latest,
            cursor: latest,
        }
    }

    fn apply(&mut self, event: Event) {
        let MessageId { epoch, offset } = self.latest;
        match event {
            Event::Append => {
                self.move_to(self.latest.next(), 1);
                self.history.append(message(self.latest)).unwrap();
            }
            Event::Skip { messages, known } => {
                self.available.clear();
                self.restart(
                    MessageId {
                        epoch,
                        offset: offset + messages,
                    },
                    known,
                );
            }
            Event::Restart { messages } => {
                self.available.clear();
                self.restart(
                    MessageId {
                        epoch: epoch + 1,
                        offset: messages,
                    },
                    messages,
                );
            }
            Event::Read { limit } => self.read(limit),
        }
    }

    fn restart(&mut self, latest: MessageId, known: u64) {
        self.move_to(latest, known);
        self.history
            .restart(latest, self.available.values().cloned().collect());
    }

    /// Moves the latest id. The last `known` messages up to it are available, as far as the
    /// retention keeps them.
    fn move_to(&mut self, latest: MessageId, known: u64) {
        self.latest = latest;
        let new = (latest.offset - known + 1..=latest.offset)
            .map(|offset| MessageId { offset, ..latest });
        self.available.extend(new.map(|id| (id, message(id))));
        while self.available.len() > RETENTION.messages {
            self.available.pop_first();
        }
    }

    /// Reads to the end and compares every result with the model.
    fn read(&mut self, limit: usize) {
        let oldest = self
            .available
            .first_key_value()
            .map_or(self.latest.next(), |(id, _)| *id);
        let continues =
            (self.cursor == self.latest) | self.available.contains_key(&self.cursor.next());
        if let HistoryRead::Reset(reset) = self.history.read(self.cursor, limit, usize::MAX) {
            assert!(!continues, "a needless {reset:?}");
            assert_eq!(
                reset,
                Reset {
                    after: self.cursor,
                    oldest
                }
            );
            self.cursor = reset.cursor();
        }
        while let HistoryRead::Messages(batch) = self.history.read(self.cursor, limit, usize::MAX) {
            assert!(batch.len() <= limit);
            for message in batch {
                assert_eq!(Some(&message), self.available.get(&self.cursor.next()));
                self.cursor = message.id;
            }
        }
        assert_eq!(
            (self.history.read(self.cursor, limit, 1), self.cursor),
            (HistoryRead::CaughtUp, self.latest)
        );
    }
}

proptest! {
    #[test]
    fn a_subscriber_never_gets_a_message_of_another_history(
        events in proptest::collection::vec(event(), 0..60)
    ) {
        let mut model = Model::new();
        events.into_iter().for_each(|event| model.apply(event));
        model.read(1);
    }

    #[test]
    fn only_the_next_message_is_appended(epoch in 0..3u64, offset in 0..9u64) {
        let (latest, id) = (MessageId { epoch: 1, offset: 4 }, MessageId { epoch, offset });
        let mut history = History::new(latest, RETENTION);
        let expected = latest.next();
        let refused = Err(OutOfSequence { expected });
        let result = if id == expected { Ok(()) } else { refused };
        prop_assert_eq!(history.append(message(id)), result);
        prop_assert_eq!(history.latest(), if id == expected { id } else { latest });
    }

    #[test]
    fn of_a_backlog_with_gaps_only_the_contiguous_end_is_kept(
        offsets in proptest::collection::btree_set(1..12u64, 0..12),
        latest in 0..14u64,
    ) {
        let latest = MessageId { epoch: 1, offset: latest };
        let retention = Retention { messages: 100, ..RETENTION };
        let mut history = History::new(MessageId { epoch: 0, offset: 9 }, retention);
        let id = |offset: u64| MessageId { offset, ..latest };
        history.restart(latest, offsets.iter().map(|offset| message(id(*offset))).collect());
        let upto = offsets.last().copied().unwrap_or(0);
        let is_kept = |offset: &u64| upto == latest.offset && offsets.contains(offset);
        let first = (1..=latest.offset).rev().take_while(is_kept).last();
        let oldest = first.map_or(latest.next(), id);
        prop_assert_eq!((history.latest(), history.oldest()), (latest, oldest));
    }
}
