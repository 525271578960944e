//! What the frames of messages cost: once for all readers at one position.

use common::{
    hub::Wire,
    message::{Channel, Id, Message},
};
use divan::{Bencher, black_box};
use ws_svc::WsWire;

fn main() {
    divan::main();
}

/// The frames of so many messages of 100 bytes of text.
#[divan::bench(args = [1, 100])]
fn frames(bencher: Bencher<'_, '_>, messages: u64) {
    let text = format!("{:?}", "x".repeat(100));
    let batch: Vec<_> =
        (1..=messages).map(|offset| Message::new(Id { epoch: 7, offset }, &Channel::main(), &text, 0)).collect();
    bencher.bench(|| WsWire.messages(black_box(&batch)));
}
