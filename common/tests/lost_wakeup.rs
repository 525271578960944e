//! No message is missed between a publisher and a shard: loom runs every interleaving that the
//! memory model allows.
//!
//! Run it alone with `cargo test -p common --test lost_wakeup`.

use loom::{
    model,
    sync::{Arc, atomic},
    thread,
};

#[allow(dead_code)]
#[path = "../src/hub/shard_bits.rs"]
mod shard_bits;

use shard_bits::ShardBits;

const SHARD: u64 = 1;
const EPOCH: u64 = 7;

fn channel() -> (Arc<ShardBits>, Arc<ShardBits>) {
    let bits = Arc::new(ShardBits::new(EPOCH, 0));
    (bits.clone(), bits)
}

/// Publishes message 1 as the hub does. Returns whether the shard is woken.
fn publish(bits: &ShardBits) -> bool {
    bits.set_latest(EPOCH, 1);
    bits.is_subscribed(SHARD) && bits.notify(SHARD)
}

#[test]
fn a_new_subscriber_observes_a_message_or_is_woken() {
    model(|| {
        let (shared, bits) = channel();
        let publisher = thread::spawn(move || publish(&shared));
        bits.subscribe(SHARD);
        let observes_message = bits.has_news(EPOCH, 0);
        let is_woken = publisher.join().unwrap();
        assert!(observes_message || is_woken, "the message is missed");
    });
}

#[test]
fn a_fan_out_observes_a_message_or_is_followed_by_another() {
    model(|| {
        let (shared, bits) = channel();
        bits.subscribe(SHARD);
        assert!(bits.notify(SHARD), "an earlier message");
        let publisher = thread::spawn(move || publish(&shared));
        bits.acknowledge(SHARD);
        let observes_message = bits.has_news(EPOCH, 0);
        let is_woken = publisher.join().unwrap();
        assert!(observes_message || is_woken, "the message is missed");
    });
}

#[test]
#[should_panic(expected = "the message is missed")]
fn a_publisher_must_store_the_latest_id_before_it_reads_the_bits() {
    model(|| {
        let (shared, bits) = channel();
        let publisher = thread::spawn(move || {
            let is_subscribed = shared.is_subscribed(SHARD);
            shared.set_latest(EPOCH, 1);
            is_subscribed && shared.notify(SHARD)
        });
        bits.subscribe(SHARD);
        let observes_message = bits.has_news(EPOCH, 0);
        let is_woken = publisher.join().unwrap();
        assert!(observes_message || is_woken, "the message is missed");
    });
}

#[test]
#[should_panic(expected = "the message is missed")]
fn a_shard_must_subscribe_before_it_reads_the_latest_id() {
    model(|| {
        let (shared, bits) = channel();
        let publisher = thread::spawn(move || publish(&shared));
        let observes_message = bits.has_news(EPOCH, 0);
        bits.subscribe(SHARD);
        let is_woken = publisher.join().unwrap();
        assert!(observes_message || is_woken, "the message is missed");
    });
}

#[test]
#[should_panic(expected = "the message is missed")]
fn a_shard_must_acknowledge_before_it_reads_the_latest_id() {
    model(|| {
        let (shared, bits) = channel();
        bits.subscribe(SHARD);
        assert!(bits.notify(SHARD), "an earlier message");
        let publisher = thread::spawn(move || publish(&shared));
        let observes_message = bits.has_news(EPOCH, 0);
        bits.acknowledge(SHARD);
        let is_woken = publisher.join().unwrap();
        assert!(observes_message || is_woken, "the message is missed");
    });
}
