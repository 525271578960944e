//! What the log costs: a message more, and a look behind a cursor.

use common::{
    history::{History, HistoryRead, Retention},
    message::{ChannelName, Message, MessageId},
};
use divan::{Bencher, black_box};

/// How many messages the log holds.
const HELD: u64 = 1000;
/// What a read for a stream takes at a time.
const CHUNK: usize = 16 * 1024;

fn main() {
    divan::main();
}

fn id(offset: u64) -> MessageId {
    MessageId { epoch: 7, offset }
}

/// A message of 100 bytes of text.
fn message(offset: u64) -> Message {
    Message::new(
        id(offset),
        &ChannelName::main(),
        &format!("{:?}", "x".repeat(100)),
        0,
    )
}

/// A log that forgets its oldest message for each new one.
fn full() -> History {
    let mut log = History::new(
        id(0),
        Retention {
            messages: HELD as usize,
            bytes: usize::MAX,
            age: u64::MAX,
        },
    );
    for offset in 1..=HELD {
        log.append(message(offset)).expect("the next one");
    }
    log
}

/// What a publication encodes before anything else.
#[divan::bench]
fn encode() -> Message {
    message(black_box(HELD))
}

/// One message into a full log, with the oldest that leaves it.
#[divan::bench]
fn append(bencher: Bencher<'_, '_>) {
    let (mut log, mut next) = (full(), HELD);
    let input = || {
        next += 1;
        message(next)
    };
    bencher
        .with_inputs(input)
        .bench_local_values(|message| log.append(message).expect("the next one"));
}

/// What a reader gets that lacks this many messages, up to what is encoded at a time.
#[divan::bench(args = [0, 1, 100])]
fn read_behind(bencher: Bencher<'_, '_>, behind: u64) {
    let log = full();
    bencher.bench(|| -> HistoryRead { log.read(black_box(id(HELD - behind)), usize::MAX, CHUNK) });
}
