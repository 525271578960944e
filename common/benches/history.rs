//! The cost of a history: appending a message, and reading after a cursor.

use common::{
    history::{History, HistoryRead, Retention},
    message::{ChannelName, Message, MessageId},
};
use divan::{Bencher, black_box};

/// How many messages the history keeps.
const MESSAGES: u64 = 1000;
/// How many bytes a stream reads at a time.
const BATCH_BYTES: usize = 16 * 1024;

fn main() {
    divan::main();
}

fn id(offset: u64) -> MessageId {
    MessageId { epoch: 7, offset }
}

/// Returns a message with 100 bytes of text.
fn message(offset: u64) -> Message {
    let body = format!("{:?}", "x".repeat(100));
    Message::new(id(offset), &ChannelName::main(), &body, 0)
}

/// Returns a history that removes its oldest message for each new one.
fn full_history() -> History {
    let retention = Retention {
        messages: MESSAGES as usize,
        bytes: usize::MAX,
        age: u64::MAX,
    };
    let mut history = History::new(id(0), retention);
    for offset in 1..=MESSAGES {
        history.append(message(offset)).expect("the next message");
    }
    history
}

/// Encodes a message, the first step of a publication.
#[divan::bench]
fn encode() -> Message {
    message(black_box(MESSAGES))
}

/// Appends one message to a full history, which removes the oldest.
#[divan::bench]
fn append(bencher: Bencher<'_, '_>) {
    let mut history = full_history();
    let mut latest = MESSAGES;
    let next = || {
        latest += 1;
        message(latest)
    };
    bencher
        .with_inputs(next)
        .bench_local_values(|message| history.append(message).expect("the next message"));
}

/// Reads for a subscriber that is this many messages behind.
#[divan::bench(args = [0, 1, 100])]
fn read(bencher: Bencher<'_, '_>, behind: u64) {
    let history = full_history();
    let cursor = id(MESSAGES - behind);
    bencher.bench(|| -> HistoryRead { history.read(black_box(cursor), usize::MAX, BATCH_BYTES) });
}
