//! The latest id of a channel and its notification bits, without a lock.
//!
//! `tests/lost_wakeup.rs` compiles this file a second time, with loom's atomics, and checks every
//! interleaving.

use super::atomic::{AtomicU64, Ordering, fence};

/// The latest id of a channel, and two bits for each shard.
///
/// A message must not be missed between two threads. The publisher stores the latest id and then
/// reads the subscription bits; a shard sets its bit and then reads the latest id. The fence
/// between the two steps of each side guarantees that whichever comes second observes the first.
pub(crate) struct ChannelSignals {
    epoch: AtomicU64,
    offset: AtomicU64,
    /// The shards with subscribers of this channel.
    subscribed: AtomicU64,
    /// The shards that were notified and have not acknowledged it.
    notified: AtomicU64,
}

impl ChannelSignals {
    pub(crate) fn new(epoch: u64, offset: u64) -> Self {
        Self {
            epoch: AtomicU64::new(epoch),
            offset: AtomicU64::new(offset),
            subscribed: AtomicU64::new(0),
            notified: AtomicU64::new(0),
        }
    }

    /// Publisher, step 1: stores the latest id.
    pub(super) fn set_latest(&self, epoch: u64, offset: u64) {
        self.epoch.store(epoch, Ordering::Relaxed);
        self.offset.store(offset, Ordering::Relaxed);
        fence(Ordering::SeqCst);
    }

    /// Publisher, step 2: returns whether a shard has subscribers.
    pub(crate) fn is_subscribed(&self, shard: u64) -> bool {
        self.subscribed.load(Ordering::Relaxed) & shard != 0
    }

    /// Publisher, step 3: returns whether the shard has to be woken, since no earlier notification
    /// is still unacknowledged.
    pub(crate) fn set_notified(&self, shard: u64) -> bool {
        self.notified.fetch_or(shard, Ordering::AcqRel) & shard == 0
    }

    /// Shard, before it looks at the latest id for a new subscriber.
    pub(crate) fn subscribe(&self, shard: u64) {
        self.subscribed.fetch_or(shard, Ordering::Relaxed);
        fence(Ordering::SeqCst);
    }

    /// Shard, after its last subscriber.
    pub(crate) fn unsubscribe(&self, shard: u64) {
        self.subscribed.fetch_and(!shard, Ordering::Relaxed);
    }

    /// Shard, before it looks at the latest id for a fan-out: later messages notify it again.
    pub(crate) fn acknowledge(&self, shard: u64) {
        self.notified.fetch_and(!shard, Ordering::AcqRel);
    }

    /// Returns whether a cursor differs from the latest id.
    ///
    /// The result may be wrong while [`ChannelSignals::set_latest`] is half done. That does no harm:
    /// the publisher notifies the shards later.
    pub(super) fn has_news(&self, epoch: u64, offset: u64) -> bool {
        offset != self.offset() || epoch != self.epoch.load(Ordering::Relaxed)
    }

    /// Returns the latest offset.
    pub(crate) fn offset(&self) -> u64 {
        self.offset.load(Ordering::Relaxed)
    }
}
