//! What a chunk of events costs: once for all readers at one position.

use common::{
    log::Start,
    message::{Channel, Id, Message},
};
use divan::{Bencher, black_box};
use sse_svc::Wires;
use std::time::Duration;

fn main() {
    divan::main();
}

/// The frames of so many messages of 100 bytes of text.
#[divan::bench(args = [1, 100])]
fn events(bencher: Bencher<'_, '_>, messages: u64) {
    let text = format!("{:?}", "x".repeat(100));
    let batch: Vec<_> =
        (1..=messages).map(|offset| Message::new(Id { epoch: 7, offset }, &Channel::main(), &text, 0)).collect();
    let start = Start { position: Id { epoch: 7, offset: 0 }, reset: None };
    let (wire, _) = Wires::new(Duration::ZERO).pick(Some(&start), false);
    bencher.bench(|| wire.messages(black_box(&batch)));
}
