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

/// Returns how many messages one read returns of these: as many as fit, and at least one.
fn batch_length(messages: &[Message], limit: usize, bytes: usize) -> usize {
    let fits = |count: &usize| {
        let sizes = messages[..*count]
            .iter()
            .map(|message| message.json().len());
        *count == 1 || sizes.sum::<usize>() <= bytes
    };
    let counts = 1..=messages.len().min(limit);
    counts.take_while(fits).last().unwrap_or(0)
}

/// Reads after a cursor until `expected` was received, as a subscriber does.
fn read_all(
    history: &History,
    mut cursor: MessageId,
    limit: usize,
    bytes: usize,
    expected: &[Message],
) {
    let mut rest = expected;
    while !rest.is_empty() {
        let length = batch_length(rest, limit, bytes);
        let batch = HistoryRead::Messages(rest[..length].to_vec());
        assert_eq!(history.read(cursor, limit, bytes), batch);
        cursor = rest[length - 1].id;
        rest = &rest[length..];
    }
    assert_eq!(history.read(cursor, limit, bytes), HistoryRead::CaughtUp);
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
        read_all(&history, resume.cursor, limit, batch_bytes, &all[expected as usize..]);
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
        history.append(message(id(offset), time)).unwrap();
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

proptest! {
    /// A small history keeps its memory until it is empty. A larger one keeps room for as many
    /// messages as remain.
    #[test]
    fn a_history_that_shrinks_returns_its_memory(kept in 0..200_usize) {
        let retention = Retention { messages: 1000, bytes: usize::MAX, age: u64::MAX };
        let (mut history, _) = filled(retention, &[1; 1000]);
        let before = history.messages.capacity();
        history.shrink(usize::MAX, kept);
        prop_assert_eq!(history.messages.capacity(), 2 * kept);
        let (mut small, _) = filled(retention, &[1; 60]);
        let capacity = small.messages.capacity();
        small.shrink(usize::MAX, kept);
        prop_assert_eq!(capacity, 64, "not above four times the minimum");
        prop_assert_eq!(small.messages.capacity(), if kept == 0 { 0 } else { capacity });
        prop_assert!(before / 4 > 200);
    }
}

#[test]
fn a_history_returns_the_memory_of_messages_that_are_too_old() {
    let retention = Retention {
        messages: 1000,
        bytes: usize::MAX,
        age: 0,
    };
    let (mut history, _) = filled(retention, &[1; 1000]);
    history.trim(1);
    assert_eq!(history.messages.capacity(), 0);
}

#[test]
fn a_reset_has_the_cursor_to_continue_with() {
    let reset = Reset {
        after: id(3),
        oldest: id(9),
    };
    assert_eq!(reset.cursor(), id(8));
    assert_eq!(
        reset.json(),
        r#"{"after":"7-3","oldest":"7-9","cursor":"7-8"}"#
    );
}

#[test]
fn a_hello_announces_the_clients_own_cursor_before_a_reset() {
    let at = Resume::at(id(3));
    assert_eq!(at.announced_cursor(), id(3));
    assert_eq!(at.hello().fields(), r#""cursor":"7-3""#);
    let reset = Some(Reset {
        after: id(3),
        oldest: id(9),
    });
    let lost = Resume {
        cursor: id(8),
        reset,
    };
    assert_eq!(lost.announced_cursor(), id(3));
    assert_eq!(lost.hello().fields(), r#""cursor":"7-3","reset":true"#);
}
