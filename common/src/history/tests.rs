//! The history against a plain model: a list of all messages that were ever appended.

use super::*;
use crate::message::ChannelName;
use proptest::prelude::*;

const EPOCH: u64 = 7;
const KEEP_ONE: Retention = Retention {
    messages: 1,
    bytes: 9999,
    age: u64::MAX,
};

fn id(offset: u64) -> MessageId {
    MessageId {
        epoch: EPOCH,
        offset,
    }
}

fn message(id: MessageId, time: u64) -> Message {
    Message::new(id, &ChannelName::main(), "1", time)
}

/// Returns a history to which `sizes.len()` messages were appended, and those messages.
fn filled(retention: Retention, sizes: &[usize]) -> (History, Vec<Message>) {
    let mut history = History::new(id(0), retention);
    let channel = ChannelName::main();
    let mut all = Vec::new();
    for (offset, size) in (1..).zip(sizes) {
        let body = format!("\"{}\"", "x".repeat(*size));
        let message = Message::new(id(offset), &channel, &body, 0);
        history.append(message.clone()).unwrap();
        all.push(message);
    }
    (history, all)
}

/// Returns how many of the latest messages the retention keeps.
fn kept(retention: Retention, all: &[Message]) -> usize {
    let mut bytes = 0;
    let fits = |message: &&Message| {
        bytes += message.json().len();
        bytes <= retention.bytes
    };
    all.iter()
        .rev()
        .take(retention.messages)
        .take_while(fits)
        .count()
        .max(all.len().min(1))
}

/// Reads all messages after a cursor, as a subscriber does.
fn read_all(history: &History, mut cursor: MessageId, limit: usize, bytes: usize) -> Vec<Message> {
    let mut received = Vec::new();
    while let HistoryRead::Messages(batch) = history.read(cursor, limit, bytes) {
        assert!(!batch.is_empty() && batch.len() <= limit);
        cursor = batch[batch.len() - 1].id;
        received.extend(batch);
    }
    received
}

proptest! {
    #[test]
    fn every_cursor_gets_all_later_messages_or_a_reset(
        messages in 1..20usize,
        bytes in 100..3000usize,
        sizes in proptest::collection::vec(0..300usize, 0..40),
        epoch in EPOCH - 1..=EPOCH + 1,
        offset in 0..50u64,
        limit in 1..10usize,
        batch_bytes in 1..1000usize,
    ) {
        let retention = Retention { messages, bytes, age: u64::MAX };
        let (history, all) = filled(retention, &sizes);
        let latest = all.len() as u64;
        let oldest = id(latest - kept(retention, &all) as u64 + 1);
        prop_assert_eq!((history.latest(), history.oldest()), (id(latest), oldest));

        let after = MessageId { epoch, offset };
        let resume = history.resume(Cursor::After(after));
        let is_valid = epoch == EPOCH && offset <= latest && offset + 1 >= oldest.offset;
        prop_assert_eq!(resume.reset, (!is_valid).then_some(Reset { after, oldest }));

        let expected = if is_valid { offset } else { oldest.offset - 1 };
        let received = read_all(&history, resume.cursor, limit, batch_bytes);
        prop_assert_eq!(&received[..], &all[expected as usize..]);
    }

    #[test]
    fn a_subscriber_too_far_behind_gets_a_reset(count in 2..40u64, at in 0..60u64) {
        let (history, _) = filled(KEEP_ONE, &vec![1; count as usize]);
        let reset = HistoryRead::Reset(Reset { after: id(at), oldest: id(count) });
        prop_assert_eq!(history.read(id(at), 1, 1) == reset, at + 1 < count || at > count);
    }
}

#[test]
fn the_oldest_message_of_an_empty_history_is_the_next_one() {
    let history = History::new(id(5), KEEP_ONE);
    assert_eq!((history.latest(), history.oldest()), (id(5), id(6)));
    let cursor = id(5);
    assert_eq!(history.resume(Cursor::Latest), Resume::at(cursor));
    assert_eq!(history.resume(Cursor::Earliest), Resume::at(cursor));
    assert_eq!(history.resume(Cursor::After(cursor)), Resume::at(cursor));
    let reset = Some(Reset {
        after: id(4),
        oldest: id(6),
    });
    assert_eq!(
        history.resume(Cursor::After(id(4))),
        Resume { cursor, reset }
    );
    assert_eq!(history.read(cursor, 1, 1), HistoryRead::CaughtUp);
}

#[test]
fn the_largest_offset_is_a_cursor_like_any_other() {
    let history = History::new(id(0), KEEP_ONE);
    let after = id(u64::MAX);
    assert_eq!(
        history.resume(Cursor::After(after)).reset,
        Some(Reset {
            after,
            oldest: id(1)
        })
    );
}

#[test]
fn messages_that_are_too_old_are_removed() {
    let mut history = History::new(
        id(0),
        Retention {
            messages: 100,
            bytes: 9999,
            age: 1000,
        },
    );
    let append = |history: &mut History, offset: u64, time: u64| {
        history.append(message(id(offset), time)).unwrap()
    };
    (1..=4).for_each(|offset| append(&mut history, offset, offset * 1000));
    history.trim(3000);
    assert_eq!(
        history.oldest(),
        id(2),
        "a message of exactly the maximum age is kept"
    );
    history.trim(4500);
    assert_eq!(history.oldest(), id(4));
    history.trim(9000);
    assert_eq!(
        (history.oldest(), history.latest(), history.bytes()),
        (id(5), id(4), 0)
    );
}

#[test]
fn a_history_shrinks_from_its_oldest_message() {
    let (mut history, all) = filled(
        Retention {
            messages: 100,
            bytes: 9999,
            age: u64::MAX,
        },
        &[1; 5],
    );
    let one = all[0].json().len();
    history.shrink(0, 1);
    assert_eq!((history.oldest(), history.bytes()), (id(1), 5 * one));
    history.shrink(one + 1, 1);
    assert_eq!((history.oldest(), history.bytes()), (id(3), 3 * one));
    history.shrink(usize::MAX, 1);
    assert_eq!(
        (history.oldest(), history.bytes()),
        (id(5), one),
        "the latest message is kept"
    );
    history.shrink(1, 0);
    assert_eq!(
        (history.oldest(), history.latest(), history.bytes()),
        (id(6), id(5), 0)
    );
    assert_eq!(history.resume(Cursor::After(id(5))).reset, None);
}

#[test]
fn a_history_that_shrinks_returns_its_memory() {
    let (mut history, _) = filled(
        Retention {
            messages: 1000,
            bytes: usize::MAX,
            age: u64::MAX,
        },
        &[1; 1000],
    );
    let before = history.messages.capacity();
    history.shrink(usize::MAX, 10);
    assert!(
        history.messages.capacity() < before / 10,
        "capacity {} of {before}",
        history.messages.capacity()
    );
}
