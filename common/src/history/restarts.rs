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
    head: MessageId,
    /// Of the reader.
    position: MessageId,
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
        let head = MessageId {
            epoch: 1,
            offset: 0,
        };
        Self {
            log: History::new(head, RETENTION),
            held: BTreeMap::new(),
            head,
            position: head,
        }
    }

    fn happens(&mut self, event: Event) {
        let MessageId { epoch, offset } = self.head;
        match event {
            Event::Append => {
                self.move_to(self.head.next(), 1);
                self.log.append(message(self.head)).unwrap();
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

    fn restart(&mut self, head: MessageId, known: u64) {
        self.move_to(head, known);
        self.log
            .restart(head, self.held.values().cloned().collect());
    }

    /// The last `known` messages up to this head are known, if they are to be kept.
    fn move_to(&mut self, head: MessageId, known: u64) {
        self.head = head;
        let new =
            (head.offset - known + 1..=head.offset).map(|offset| MessageId { offset, ..head });
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
            .map_or(self.head.next(), |(id, _)| *id);
        let continues =
            (self.position == self.head) | self.held.contains_key(&self.position.next());
        if let Read::Lost(reset) = self.log.read(self.position, limit, usize::MAX) {
            assert!(!continues, "a needless {reset:?}");
            assert_eq!(
                reset,
                Reset {
                    after: self.position,
                    oldest
                }
            );
            self.position = reset.position();
        }
        while let Read::Messages(batch) = self.log.read(self.position, limit, usize::MAX) {
            assert!(batch.len() <= limit);
            for message in batch {
                assert_eq!(Some(&message), self.held.get(&self.position.next()));
                self.position = message.id;
            }
        }
        assert_eq!(
            (self.log.read(self.position, limit, 1), self.position),
            (Read::CaughtUp, self.head)
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
        let (head, id) = (MessageId { epoch: 1, offset: 4 }, MessageId { epoch, offset });
        let mut log = History::new(head, RETENTION);
        let expected = head.next();
        prop_assert_eq!(log.append(message(id)), if id == expected { Ok(()) } else { Err(OutOfSequence { expected }) });
        prop_assert_eq!(log.head(), if id == expected { id } else { head });
    }

    #[test]
    fn of_a_backlog_with_holes_only_what_leads_up_to_the_head_is_held(
        offsets in proptest::collection::btree_set(1..12u64, 0..12),
        head in 0..14u64,
    ) {
        let head = MessageId { epoch: 1, offset: head };
        let mut log = History::new(MessageId { epoch: 0, offset: 9 }, Retention { messages: 100, ..RETENTION });
        log.restart(head, offsets.iter().map(|offset| message(MessageId { offset: *offset, ..head })).collect());
        let upto = offsets.last().copied().unwrap_or(0);
        let first = (1..=head.offset).rev().take_while(|offset| upto == head.offset && offsets.contains(offset)).last();
        let oldest = first.map_or(head.next(), |offset| MessageId { offset, ..head });
        prop_assert_eq!((log.head(), log.oldest()), (head, oldest));
    }
}
