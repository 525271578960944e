//! How often batches are encoded, and what the cache keeps.

use super::*;
use crate::{
    channels::AcceptOrder,
    history::{History, Reset, Retention},
    message::{ChannelName, Message},
    transport::encoder::Disconnect,
};
use bytes::Bytes;
use proptest::prelude::*;
use std::{
    collections::HashSet,
    sync::atomic::{AtomicUsize, Ordering},
};

/// Encodes each message with a function, and counts the calls.
struct TestEncoder {
    encode: fn(&Message) -> Vec<u8>,
    calls: AtomicUsize,
}

impl TestEncoder {
    /// Encodes a message as its offset.
    fn offsets() -> Arc<Self> {
        Self::new(|message| vec![message.id.offset as u8])
    }

    /// Encodes messages as they are.
    fn plain() -> Arc<Self> {
        Self::new(|message| message.json().to_vec())
    }

    fn new(encode: fn(&Message) -> Vec<u8>) -> Arc<Self> {
        Arc::new(Self {
            encode,
            calls: AtomicUsize::new(0),
        })
    }
}

impl Encoder for TestEncoder {
    fn messages(&self, batch: &[Message]) -> Bytes {
        self.calls.fetch_add(1, Ordering::Relaxed);
        batch.iter().flat_map(self.encode).collect()
    }

    fn reset(&self, _: Reset) -> Bytes {
        Bytes::from_static(b"reset")
    }

    fn heartbeat(&self) -> Bytes {
        Bytes::new()
    }

    fn end(&self, _: MessageId) -> Option<Bytes> {
        None
    }

    fn disconnect(&self, _: Disconnect) -> Bytes {
        Bytes::new()
    }
}

fn unlimited_cache() -> EncodeCache {
    EncodeCache::new(MemoryBudget::new(1 << 20))
}

fn id(offset: u64) -> MessageId {
    MessageId { epoch: 7, offset }
}

/// Returns a channel with this many messages, of which its history keeps the last `kept`.
fn channel(messages: u64, kept: usize) -> Channel {
    let retention = Retention {
        messages: kept,
        bytes: 1 << 20,
        age: 1 << 40,
    };
    let channel = Channel::new(ChannelName::main(), History::new(id(0), retention), None);
    for offset in 1..=messages {
        append(&channel, offset, "1");
    }
    channel
}

/// Returns a channel with messages of 20 kB, each of which is a batch of its own.
fn channel_with_large_messages(messages: u64) -> Channel {
    let channel = channel(0, 1000);
    let body = format!("\"{}\"", "x".repeat(20_000));
    for offset in 1..=messages {
        append(&channel, offset, &body);
    }
    channel
}

fn append(channel: &Channel, offset: u64, body: &str) {
    let message = Message::new(id(offset), &ChannelName::main(), body, 0);
    let _ = channel
        .append(message, &AcceptOrder::default())
        .expect("the next message");
}

proptest! {
    #[test]
    fn each_cursor_is_encoded_once_in_a_fan_out(
        offsets in prop::collection::vec(0..=6_u64, 0..100)
    ) {
        let channel = channel(6, 10);
        let counting = TestEncoder::offsets();
        let encoder: Arc<dyn Encoder> = counting.clone();
        let mut cache = unlimited_cache();
        for offset in &offsets {
            let batch = cache.stream_batch(id(*offset), &encoder, &channel);
            let expected: Vec<_> = (*offset as u8 + 1..=6).collect();
            prop_assert_eq!(batch.map_or(&b""[..], |batch| &batch.bytes), &expected);
        }
        let behind: HashSet<_> = offsets.into_iter().filter(|offset| *offset < 6).collect();
        prop_assert_eq!(counting.calls.load(Ordering::Relaxed), behind.len());
    }
}

#[test]
fn two_encoders_do_not_share_batches() {
    let channel = channel(1, 1);
    let mut cache = unlimited_cache();
    let counting = [TestEncoder::offsets(), TestEncoder::offsets()];
    for encoder in counting.iter().chain(&counting) {
        let encoder: Arc<dyn Encoder> = encoder.clone();
        assert!(cache.stream_batch(id(0), &encoder, &channel).is_some());
    }
    assert_eq!(
        counting.map(|encoder| encoder.calls.load(Ordering::Relaxed)),
        [1, 1]
    );
}

#[test]
fn a_lost_cursor_continues_after_a_reset() {
    let channel = channel(6, 2);
    let mut cache = unlimited_cache();
    let encoder: Arc<dyn Encoder> = TestEncoder::offsets();
    let reset = cache
        .stream_batch(id(1), &encoder, &channel)
        .expect("a reset");
    assert_eq!(&reset.bytes[..], b"reset");
    assert_eq!(reset.cursor, id(4));
    assert_eq!(reset.sent.resets, 1);
    let rest = cache
        .stream_batch(id(4), &encoder, &channel)
        .expect("the rest");
    assert_eq!(rest.bytes, &[5, 6][..]);
}

#[test]
fn the_cache_is_bounded_in_bytes_and_cleared_by_channel() {
    let budget = MemoryBudget::new(1 << 30);
    let encoder: Arc<dyn Encoder> = TestEncoder::plain();
    let mut cache = EncodeCache::new(budget.clone());
    let channels: Vec<_> = (0..10).map(|_| channel_with_large_messages(8)).collect();
    for channel in &channels {
        for offset in 0..8 {
            assert!(cache.stream_batch(id(offset), &encoder, channel).is_some());
        }
    }
    let held = budget.held();
    assert!((MAX_BYTES / 2..=MAX_BYTES).contains(&held), "{held}");
    for channel in &channels {
        cache.remove_channel(channel);
    }
    assert_eq!(budget.held(), 0);
}

#[test]
fn unsent_bytes_take_a_share_of_the_budget_and_without_one_may_not_wait() {
    let budget = MemoryBudget::new(100_000);
    let encoder: Arc<dyn Encoder> = TestEncoder::plain();
    let mut cache = EncodeCache::new(budget.clone());
    let channel = channel_with_large_messages(4);
    let unsent: Vec<_> = (0..4)
        .map(|offset| {
            let batch = cache.stream_batch(id(offset), &encoder, &channel).unwrap();
            batch.bytes.clone()
        })
        .collect();
    cache.remove_channel(&channel);
    let held = budget.held();
    assert!((40_000..50_000).contains(&held), "{held}");
    let last = cache
        .stream_batch(id(3), &encoder, &channel)
        .expect("a batch without a share");
    assert_eq!((last.max_unsent(), &last.bytes), (BATCH_BYTES, &unsent[3]));
    drop(unsent);
    cache.remove_channel(&channel);
    let last = cache
        .stream_batch(id(3), &encoder, &channel)
        .expect("a batch with a share");
    assert_eq!(last.max_unsent(), usize::MAX);
}
