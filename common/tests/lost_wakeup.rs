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
#[path = "../src/channels/channel_signals.rs"]
mod channel_signals;

use channel_signals::ChannelSignals;

const SHARD: u64 = 1;
const EPOCH: u64 = 7;

fn channel() -> (Arc<ChannelSignals>, Arc<ChannelSignals>) {
    let signals = Arc::new(ChannelSignals::new(EPOCH, 0));
    (signals.clone(), signals)
}

/// Publishes message 1 as the hub does. Returns whether the shard is woken.
fn publish(signals: &ChannelSignals) -> bool {
    signals.set_latest(EPOCH, 1);
    signals.is_subscribed(SHARD) && signals.set_notified(SHARD)
}

#[test]
fn a_new_subscriber_observes_a_message_or_is_woken() {
    model(|| {
        let (shared, signals) = channel();
        let publisher = thread::spawn(move || publish(&shared));
        signals.subscribe(SHARD);
        let observes_message = signals.has_news(EPOCH, 0);
        let is_woken = publisher.join().unwrap();
        assert!(observes_message || is_woken, "the message is missed");
    });
}

#[test]
fn a_fan_out_observes_a_message_or_is_followed_by_another() {
    model(|| {
        let (shared, signals) = channel();
        signals.subscribe(SHARD);
        assert!(signals.set_notified(SHARD), "an earlier message");
        let publisher = thread::spawn(move || publish(&shared));
        signals.acknowledge(SHARD);
        let observes_message = signals.has_news(EPOCH, 0);
        let is_woken = publisher.join().unwrap();
        assert!(observes_message || is_woken, "the message is missed");
    });
}

#[test]
#[should_panic(expected = "the message is missed")]
fn a_publisher_must_store_the_latest_id_before_it_reads_the_bits() {
    model(|| {
        let (shared, signals) = channel();
        let publisher = thread::spawn(move || {
            let is_subscribed = shared.is_subscribed(SHARD);
            shared.set_latest(EPOCH, 1);
            is_subscribed && shared.set_notified(SHARD)
        });
        signals.subscribe(SHARD);
        let observes_message = signals.has_news(EPOCH, 0);
        let is_woken = publisher.join().unwrap();
        assert!(observes_message || is_woken, "the message is missed");
    });
}

#[test]
#[should_panic(expected = "the message is missed")]
fn a_shard_must_subscribe_before_it_reads_the_latest_id() {
    model(|| {
        let (shared, signals) = channel();
        let publisher = thread::spawn(move || publish(&shared));
        let observes_message = signals.has_news(EPOCH, 0);
        signals.subscribe(SHARD);
        let is_woken = publisher.join().unwrap();
        assert!(observes_message || is_woken, "the message is missed");
    });
}

#[test]
#[should_panic(expected = "the message is missed")]
fn a_shard_must_acknowledge_before_it_reads_the_latest_id() {
    model(|| {
        let (shared, signals) = channel();
        signals.subscribe(SHARD);
        assert!(signals.set_notified(SHARD), "an earlier message");
        let publisher = thread::spawn(move || publish(&shared));
        let observes_message = signals.has_news(EPOCH, 0);
        signals.acknowledge(SHARD);
        let is_woken = publisher.join().unwrap();
        assert!(observes_message || is_woken, "the message is missed");
    });
}
