//! Which histories shrink, and what they hold together.

use super::*;
use crate::{
    channels::accept_order::AcceptOrder,
    history::{History, Retention},
    message::{ChannelName, Message, MessageId},
};
use proptest::prelude::*;

const RETENTION: Retention = Retention {
    messages: 1000,
    bytes: usize::MAX,
    age: u64::MAX,
};

fn channel() -> Arc<Channel> {
    Channel::new(
        ChannelName::main(),
        History::new(
            MessageId {
                epoch: 7,
                offset: 0,
            },
            RETENTION,
        ),
        None,
    )
    .into()
}

fn publish(ledger: &MemoryLedger, channel: &Arc<Channel>, size: usize) {
    let message = Message::new(
        channel.latest().next(),
        &ChannelName::main(),
        &"1".repeat(size),
        0,
    );
    ledger.record(
        channel,
        channel.append(message, &AcceptOrder::default()).unwrap(),
    );
}

fn bytes(channels: &[Arc<Channel>]) -> Vec<usize> {
    channels.iter().map(|channel| channel.bytes()).collect()
}

#[test]
fn only_the_largest_histories_shrink() {
    let (ledger, channels) = (
        MemoryLedger::new(100_000),
        [channel(), channel(), channel()],
    );
    (0..20).for_each(|_| publish(&ledger, &channels[0], 100));
    let small = channels[0].bytes();
    for _ in 0..200 {
        publish(&ledger, &channels[1], 1000);
    }
    for _ in 0..200 {
        publish(&ledger, &channels[2], 1000);
    }
    let [first, second, third] = bytes(&channels)[..] else {
        panic!("three channels")
    };
    assert_eq!(first, small);
    assert!(
        second.min(third) > 35_000,
        "{second} and {third} share the rest"
    );
    assert!(
        (98_000..=100_000).contains(&ledger.total()),
        "{}",
        ledger.total()
    );
}

#[test]
fn the_latest_message_is_kept_whatever_its_size() {
    let (ledger, channels) = (MemoryLedger::new(1000), [channel(), channel()]);
    publish(&ledger, &channels[0], 100);
    publish(&ledger, &channels[1], 5000);
    assert_eq!(
        (channels[0].bytes(), channels[1].bytes()),
        (0, ledger.total())
    );
    assert_eq!(
        ledger.by_size.lock().len(),
        1,
        "empty channels are not listed"
    );
    publish(&ledger, &channels[0], 100);
    assert_eq!(
        (channels[0].bytes(), channels[1].bytes()),
        (ledger.total(), 0),
        "the latest message of another channel is not kept"
    );
}

proptest! {
    #[test]
    fn the_total_is_exact_and_below_the_limit(
        steps in prop::collection::vec((0..4_usize, 1..3000_usize, 0..8_u8), 1..200)
    ) {
        let ledger = MemoryLedger::new(20_000);
        let channels = [channel(), channel(), channel(), channel()];
        for (at, size, kind) in steps {
            match kind {
                0 => ledger.remove(&channels[at]),
                1 => ledger.record(&channels[at], channels[at].shrink(size, 0)),
                _ => publish(&ledger, &channels[at], size),
            }
            prop_assert_eq!(ledger.total(), bytes(&channels).iter().sum::<usize>());
            prop_assert!(ledger.total() <= 20_000);
            let listed = bytes(&channels).iter().filter(|bytes| **bytes > 0).count();
            prop_assert_eq!(ledger.by_size.lock().len(), listed);
        }
    }
}
