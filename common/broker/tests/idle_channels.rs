//! The memory of an idle channel, as counted by the allocator.
//!
//! This is a program of its own because it counts all its allocations.

#[path = "../src/test_hub.rs"]
#[allow(dead_code, reason = "unit tests use the rest")]
mod test_hub;

use broker::{Broker, Memory, Publication};
use common::{
    hub::Hub,
    message::{Attributes, ChannelName, Cursor, Message, MessageId},
};
use futures_util::FutureExt;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// So many that what is there once does not count, and hash tables are neither full nor half empty.
const CHANNELS: usize = 12_500;
/// What an allocator adds to a block: the size of the block, and the rest up to a multiple of 16
/// bytes.
const BLOCK_OVERHEAD: usize = 16;

fn channel_name(number: usize) -> ChannelName {
    ChannelName::parse(&format!("user-{number:06}")).expect("a channel name")
}

fn hub() -> Hub {
    test_hub::hub_with_age(1000, 1000)
}

/// A hub whose channels have a broker in memory.
fn hub_and_broker() -> (Hub, Broker) {
    let (hub, broker) = (hub(), Broker::Memory(Memory::new(CHANNELS + 1)));
    broker.attach(&hub);
    (hub, broker)
}

fn bytes() -> usize {
    let stats = dhat::HeapStats::get();
    stats.curr_bytes + stats.curr_blocks * BLOCK_OVERHEAD
}

/// Returns how many bytes each channel takes, if `add` adds one.
fn bytes_of_each<T>(add: impl FnMut(usize) -> T, then: impl FnOnce()) -> usize {
    let mut kept = Vec::with_capacity(CHANNELS);
    let before = bytes();
    kept.extend((0..CHANNELS).map(add));
    then();
    (bytes() - before) / CHANNELS
}

/// Completes a call of a broker in memory.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("no wait")
}

fn publish(broker: &Broker, channel: ChannelName) {
    let publication = Publication {
        channel,
        body: "1".into(),
        attributes: Attributes::default(),
        key: None,
    };
    at_once(broker.publish(publication, 0)).expect("room");
}

/// Removes all messages, as if they were old.
fn expire(hub: &Hub) {
    actix_rt::System::new().block_on(hub.trim(u64::MAX));
}

/// A channel with one message.
fn published() -> usize {
    let (_hub, broker) = hub_and_broker();
    bytes_of_each(|number| publish(&broker, channel_name(number)), || {})
}

/// A channel whose messages have expired.
fn expired() -> usize {
    let (hub, broker) = hub_and_broker();
    let publish = |number| publish(&broker, channel_name(number));
    bytes_of_each(publish, || expire(&hub))
}

/// A channel that a client reads and that has had no message.
fn read() -> usize {
    let (hub, broker) = hub_and_broker();
    let open = |number| {
        let name = channel_name(number);
        at_once(broker.open(&hub, &name, Cursor::Latest)).expect("room")
    };
    bytes_of_each(open, || {})
}

/// What a hub has of an idle channel, whatever the broker is.
fn in_hub() -> usize {
    let hub = hub();
    let open = |number| {
        let (name, id) = (
            channel_name(number),
            MessageId {
                epoch: 7,
                offset: 1,
            },
        );
        let backlog = vec![Message::new(id, &name, "1", 1)];
        hub.open(&name, id, backlog);
    };
    bytes_of_each(open, || expire(&hub))
}

#[test]
fn an_idle_channel_takes_at_most_400_bytes() {
    let _profiler = dhat::Profiler::builder().testing().build();
    let found = [expired(), read(), in_hub(), published()];
    let limits = [400, 330, 260, 750];
    assert!(
        found
            .iter()
            .zip(limits)
            .all(|(found, limit)| *found <= limit),
        "expired, read, in the hub, with a message: {found:?} of {limits:?}"
    );
}
