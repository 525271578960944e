//! The log against a plain model: a list of everything ever appended, and the rules said again in words.

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

/// A log to which `sizes.len()` messages were appended, and those messages.
fn filled(retention: Retention, sizes: &[usize]) -> (History, Vec<Message>) {
    let mut log = History::new(id(0), retention);
    let channel = ChannelName::main();
    let body = |size: &usize| format!("\"{}\"", "x".repeat(*size));
    let nth = |(at, size)| Message::new(id(at as u64 + 1), &channel, &body(size), 0);
    let all: Vec<_> = sizes.iter().enumerate().map(nth).collect();
    all.iter()
        .cloned()
        .for_each(|message| log.append(message).unwrap());
    (log, all)
}

/// How many of the newest messages the retention keeps.
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

/// Reads as a reader does, to the end.
fn read_all(log: &History, mut cursor: MessageId, limit: usize, bytes: usize) -> Vec<Message> {
    let mut seen = Vec::new();
    while let HistoryRead::Messages(batch) = log.read(cursor, limit, bytes) {
        assert!(!batch.is_empty() && batch.len() <= limit);
        cursor = batch[batch.len() - 1].id;
        seen.extend(batch);
    }
    seen
}

proptest! {
    #[test]
    fn every_cursor_gets_all_that_is_later_or_a_reset(
        messages in 1..20usize,
        bytes in 100..3000usize,
        sizes in proptest::collection::vec(0..300usize, 0..40),
        epoch in EPOCH - 1..=EPOCH + 1,
        offset in 0..50u64,
        limit in 1..10usize,
        batch_bytes in 1..1000usize,
    ) {
        let retention = Retention { messages, bytes, age: u64::MAX };
        let (log, all) = filled(retention, &sizes);
        let latest = all.len() as u64;
        let oldest = id(latest - kept(retention, &all) as u64 + 1);
        prop_assert_eq!((log.latest(), log.oldest()), (id(latest), oldest));

        let after = MessageId { epoch, offset };
        let start = log.resume(Cursor::After(after));
        let known = epoch == EPOCH && offset <= latest && offset + 1 >= oldest.offset;
        prop_assert_eq!(start.reset, (!known).then_some(Reset { after, oldest }));

        let expected = if known { offset } else { oldest.offset - 1 };
        let seen = read_all(&log, start.cursor, limit, batch_bytes);
        prop_assert_eq!(&seen[..], &all[expected as usize..]);
    }

    #[test]
    fn a_reader_that_falls_out_is_told_what_it_lost(count in 2..40u64, at in 0..60u64) {
        let (log, _) = filled(KEEP_ONE, &vec![1; count as usize]);
        let lost = HistoryRead::Reset(Reset { after: id(at), oldest: id(count) });
        prop_assert_eq!(log.read(id(at), 1, 1) == lost, at + 1 < count || at > count);
    }
}

#[test]
fn a_log_that_holds_nothing_names_the_message_to_come() {
    let log = History::new(id(5), KEEP_ONE);
    assert_eq!((log.latest(), log.oldest()), (id(5), id(6)));
    let cursor = id(5);
    assert_eq!(
        log.resume(Cursor::Latest),
        Resume {
            cursor,
            reset: None
        }
    );
    assert_eq!(
        log.resume(Cursor::Earliest),
        Resume {
            cursor,
            reset: None
        }
    );
    assert_eq!(
        log.resume(Cursor::After(cursor)),
        Resume {
            cursor,
            reset: None
        }
    );
    let reset = Some(Reset {
        after: id(4),
        oldest: id(6),
    });
    assert_eq!(log.resume(Cursor::After(id(4))), Resume { cursor, reset });
    assert_eq!(log.read(cursor, 1, 1), HistoryRead::CaughtUp);
}

#[test]
fn the_largest_offset_is_only_a_cursor_from_the_future() {
    let log = History::new(id(0), KEEP_ONE);
    let after = id(u64::MAX);
    assert_eq!(
        log.resume(Cursor::After(after)).reset,
        Some(Reset {
            after,
            oldest: id(1)
        })
    );
}

#[test]
fn what_is_too_old_is_forgotten() {
    let mut log = History::new(
        id(0),
        Retention {
            messages: 100,
            bytes: 9999,
            age: 1000,
        },
    );
    let append =
        |log: &mut History, offset: u64, time: u64| log.append(message(id(offset), time)).unwrap();
    (1..=4).for_each(|offset| append(&mut log, offset, offset * 1000));
    log.trim(3000);
    assert_eq!(log.oldest(), id(2), "as old as allowed is not too old");
    log.trim(4500);
    assert_eq!(log.oldest(), id(4));
    log.trim(9000);
    assert_eq!((log.oldest(), log.latest(), log.bytes()), (id(5), id(4), 0));
}

#[test]
fn a_log_gives_its_oldest_messages() {
    let (mut log, all) = filled(
        Retention {
            messages: 100,
            bytes: 9999,
            age: u64::MAX,
        },
        &[1; 5],
    );
    let one = all[0].json().len();
    log.shrink(0, 1);
    assert_eq!((log.oldest(), log.bytes()), (id(1), 5 * one));
    log.shrink(one + 1, 1);
    assert_eq!((log.oldest(), log.bytes()), (id(3), 3 * one));
    log.shrink(usize::MAX, 1);
    assert_eq!(
        (log.oldest(), log.bytes()),
        (id(5), one),
        "the newest is kept"
    );
    log.shrink(1, 0);
    assert_eq!((log.oldest(), log.latest(), log.bytes()), (id(6), id(5), 0));
    assert_eq!(log.resume(Cursor::After(id(5))).reset, None);
}

#[test]
fn a_log_that_has_become_small_gives_its_memory_back() {
    let (mut log, _) = filled(
        Retention {
            messages: 1000,
            bytes: usize::MAX,
            age: u64::MAX,
        },
        &[1; 1000],
    );
    let before = log.messages.capacity();
    log.shrink(usize::MAX, 10);
    assert!(
        log.messages.capacity() < before / 10,
        "{} of {before} places",
        log.messages.capacity()
    );
}
