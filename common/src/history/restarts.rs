//! A log that begins anew under its readers, against a plain model: a map of every message that may be read.

use super::*;
use crate::message::ChannelName;
use proptest::prelude::*;
use std::collections::BTreeMap;

const RETENTION: Retention = Retention {
    messages: 6,
    bytes: usize::MAX,
    age: u64::MAX,
};

/// What may happen to a log and to one of its readers.
#[derive(Clone, Copy, Debug)]
enum Event {
    Append,
    /// The same history goes on so many messages later, of which the last few are known.
    Skip {
        messages: u64,
        known: u64,
    },
    /// Another history begins with so many messages.
    Restart {
        messages: u64,
    },
    /// The reader takes all that it can get, so many messages at a time.
    Read {
        limit: usize,
    },
}

struct Model {
    log: History,
    /// What may be read, and nothing else.
    held: BTreeMap<MessageId, Message>,
    latest: MessageId,
    /// Of the reader.
    cursor: MessageId,
}

fn message(id: MessageId) -> Message {
    Message::new(id, &ChannelName::main(), "1", id.epoch)
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => Just(Event::Append),
        1 => (1..9u64, 0..9u64).prop_map(|(messages, known)| Event::Skip { messages, known: known.min(messages) }),
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
            log: History::new(latest, RETENTION),
            held: BTreeMap::new(),
            latest,
            cursor: latest,
        }
    }

    fn happens(&mut self, event: Event) {
        let MessageId { epoch, offset } = self.latest;
        match event {
            Event::Append => {
                self.move_to(self.latest.next(), 1);
                self.log.append(message(self.latest)).unwrap();
            }
            Event::Skip { messages, known } => {
                self.held.clear();
                self.restart(
                    MessageId {
                        epoch,
                        offset: offset + messages,
                    },
                    known,
                );
            }
            Event::Restart { messages } => {
                self.held.clear();
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
        self.log
            .restart(latest, self.held.values().cloned().collect());
    }

    /// The last `known` messages up to this latest are known, if they are to be kept.
    fn move_to(&mut self, latest: MessageId, known: u64) {
        self.latest = latest;
        let new = (latest.offset - known + 1..=latest.offset)
            .map(|offset| MessageId { offset, ..latest });
        self.held.extend(new.map(|id| (id, message(id))));
        while self.held.len() > RETENTION.messages {
            self.held.pop_first();
        }
    }

    /// Every answer is true, and the last one is that nothing is left.
    fn read(&mut self, limit: usize) {
        let oldest = self
            .held
            .first_key_value()
            .map_or(self.latest.next(), |(id, _)| *id);
        let continues = (self.cursor == self.latest) | self.held.contains_key(&self.cursor.next());
        if let HistoryRead::Reset(reset) = self.log.read(self.cursor, limit, usize::MAX) {
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
        while let HistoryRead::Messages(batch) = self.log.read(self.cursor, limit, usize::MAX) {
            assert!(batch.len() <= limit);
            for message in batch {
                assert_eq!(Some(&message), self.held.get(&self.cursor.next()));
                self.cursor = message.id;
            }
        }
        assert_eq!(
            (self.log.read(self.cursor, limit, 1), self.cursor),
            (HistoryRead::CaughtUp, self.latest)
        );
    }
}

proptest! {
    #[test]
    fn a_reader_gets_what_is_held_or_a_reset_and_never_a_message_of_another_history(
        events in proptest::collection::vec(event(), 0..60)
    ) {
        let mut model = Model::new();
        events.into_iter().for_each(|event| model.happens(event));
        model.read(1);
    }

    #[test]
    fn only_the_next_message_is_appended(epoch in 0..3u64, offset in 0..9u64) {
        let (latest, id) = (MessageId { epoch: 1, offset: 4 }, MessageId { epoch, offset });
        let mut log = History::new(latest, RETENTION);
        let expected = latest.next();
        prop_assert_eq!(log.append(message(id)), if id == expected { Ok(()) } else { Err(OutOfSequence { expected }) });
        prop_assert_eq!(log.latest(), if id == expected { id } else { latest });
    }

    #[test]
    fn of_a_backlog_with_holes_only_what_leads_up_to_the_head_is_held(
        offsets in proptest::collection::btree_set(1..12u64, 0..12),
        latest in 0..14u64,
    ) {
        let latest = MessageId { epoch: 1, offset: latest };
        let mut log = History::new(MessageId { epoch: 0, offset: 9 }, Retention { messages: 100, ..RETENTION });
        log.restart(latest, offsets.iter().map(|offset| message(MessageId { offset: *offset, ..latest })).collect());
        let upto = offsets.last().copied().unwrap_or(0);
        let first = (1..=latest.offset).rev().take_while(|offset| upto == latest.offset && offsets.contains(offset)).last();
        let oldest = first.map_or(latest.next(), |offset| MessageId { offset, ..latest });
        prop_assert_eq!((log.latest(), log.oldest()), (latest, oldest));
    }
}
