//! How many bytes of messages the histories of a hub hold together. Above the limit the largest
//! history shrinks.

use super::{Channel, channel::SizeChange};
use parking_lot::Mutex;
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

/// Channels by their listed size and their address.
type ChannelsBySize = BTreeMap<(usize, usize), Arc<Channel>>;

pub(super) struct MemoryLedger {
    /// The most bytes of all histories.
    limit: usize,
    total: AtomicUsize,
    /// Every channel with messages, by about its size: see [`Channel::is_listed_well`].
    by_size: Mutex<ChannelsBySize>,
}

impl MemoryLedger {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            total: AtomicUsize::new(0),
            by_size: Mutex::default(),
        }
    }

    /// Returns the bytes of all histories.
    pub(super) fn total(&self) -> usize {
        self.total.load(Relaxed)
    }

    /// Records a change of a channel's size. Above the limit the largest histories lose their
    /// oldest messages; `channel` keeps its latest one.
    pub(super) fn record(&self, channel: &Arc<Channel>, change: SizeChange) {
        if change.is_none() {
            return;
        }
        self.add(change);
        if !channel.is_listed_well() {
            list(&mut self.by_size.lock(), channel);
        }
        if self.total() > self.limit {
            self.shrink_largest(channel);
        }
    }

    /// Removes a closed channel and its messages.
    pub(super) fn remove(&self, channel: &Arc<Channel>) {
        let mut by_size = self.by_size.lock();
        self.add(channel.shrink(usize::MAX, 0));
        list(&mut by_size, channel);
    }

    fn shrink_largest(&self, newest: &Arc<Channel>) {
        let mut spared = None;
        while let Some(excess @ 1..) = self.total().checked_sub(self.limit) {
            let Some(channel) = self.largest(spared) else {
                return;
            };
            let kept = usize::from(Arc::ptr_eq(&channel, newest));
            let change = channel.shrink(excess, kept);
            self.add(change);
            if change.is_none() {
                spared = Some(newest);
            } else if !channel.is_listed_well() {
                list(&mut self.by_size.lock(), &channel);
            }
        }
    }

    /// Returns the largest channel except `spared`, and corrects inexact entries on the way.
    fn largest(&self, spared: Option<&Arc<Channel>>) -> Option<Arc<Channel>> {
        let mut by_size = self.by_size.lock();
        let is_spared =
            |channel: &Arc<Channel>| spared.is_some_and(|spared| Arc::ptr_eq(spared, channel));
        loop {
            let (listed, channel) = by_size
                .iter()
                .rev()
                .find(|(_, channel)| !is_spared(channel))?;
            let channel = channel.clone();
            if listed.0 == channel.bytes() {
                return Some(channel);
            }
            list(&mut by_size, &channel);
        }
    }

    fn add(&self, SizeChange { before, after }: SizeChange) {
        // Wraps around when the size decreases.
        self.total.fetch_add(after.wrapping_sub(before), Relaxed);
    }
}

/// Lists a channel under its current size.
fn list(by_size: &mut ChannelsBySize, channel: &Arc<Channel>) {
    let bytes = channel.bytes();
    let address = Arc::as_ptr(channel).addr();
    by_size.remove(&(channel.set_listed_bytes(bytes), address));
    if bytes > 0 {
        by_size.insert((bytes, address), channel.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
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
        ledger.record(channel, channel.append(message).unwrap());
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
            let (ledger, channels) = (MemoryLedger::new(20_000), [channel(), channel(), channel(), channel()]);
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
}
