//! What a chunk of events costs: once for all readers at one position.

use common::{
    history::Resume,
    message::{ChannelName, Message, MessageId},
};
use divan::{Bencher, black_box};
use sse_svc::SseEncoders;
use std::time::Duration;

fn main() {
    divan::main();
}

/// The frames of so many messages of 100 bytes of text.
#[divan::bench(args = [1, 100])]
fn events(bencher: Bencher<'_, '_>, messages: u64) {
    let text = format!("{:?}", "x".repeat(100));
    let batch: Vec<_> = (1..=messages)
        .map(|offset| {
            Message::new(
                MessageId { epoch: 7, offset },
                &ChannelName::main(),
                &text,
                0,
            )
        })
        .collect();
    let start = Resume {
        cursor: MessageId {
            epoch: 7,
            offset: 0,
        },
        reset: None,
    };
    let (encoder, _) = SseEncoders::new(Duration::ZERO).pick(Some(&start), false);
    bencher.bench(|| encoder.messages(black_box(&batch)));
}
