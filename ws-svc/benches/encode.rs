//! The cost of encoding a batch of frames, which is paid once for all subscribers with one cursor.

use common::{
    message::{ChannelName, Envelope, Message, MessageId},
    transport::Encoder,
};
use divan::{Bencher, black_box};
use ws_svc::WsEncoder;

fn main() {
    divan::main();
}

/// Encodes messages of 100 bytes of text.
#[divan::bench(args = [1, 100])]
fn frames(bencher: Bencher<'_, '_>, messages: u64) {
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
    bencher.bench(|| WsEncoder(Envelope::Message).messages(black_box(&batch)));
}
