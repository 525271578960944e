//! How many bytes of messages the histories of a hub hold together. Above the limit the largest
//! history shrinks.

#[cfg(test)]
mod tests;

use super::{channel::Channel, listed_size::SizeChange};
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
    /// The most bytes that all histories may hold together.
    limit: usize,
    total: AtomicUsize,
    /// Every channel with messages. The size is not exact: see [`ListedSize::fits`].
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
        if change.before == change.after {
            return;
        }
        self.add(change);
        if !channel.listed_size.fits(change.after) {
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
            if change.before == change.after {
                spared = Some(newest);
            } else if !channel.listed_size.fits(change.after) {
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
    by_size.remove(&(channel.listed_size.0.swap(bytes, Relaxed), address));
    if bytes > 0 {
        by_size.insert((bytes, address), channel.clone());
    }
}
