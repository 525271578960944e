//! The cost of encoding a batch of events, which is paid once for all subscribers with one cursor.

use common::{
    history::Hello,
    message::{ChannelName, Envelope, Message, MessageId},
};
use divan::{Bencher, black_box};
use sse_svc::SseEncoders;
use std::time::Duration;

fn main() {
    divan::main();
}

/// Encodes messages of 100 bytes of text.
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
    let hello = Hello {
        cursor: "7-0".to_owned(),
        has_reset: false,
    };
    let (encoder, _) =
        SseEncoders::new(Duration::ZERO).open(Some(&hello), Envelope::Message, false);
    bencher.bench(|| encoder.messages(black_box(&batch)));
}
