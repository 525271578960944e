//! The open channels of a hub, and the memory that their histories take together.

use super::{
    Channel,
    memory_ledger::{MemoryLedger, SizeChange},
};
use crate::message::ChannelName;
use parking_lot::RwLock;
use slab::Slab;
use std::{collections::HashMap, sync::Arc};

/// How many channels are trimmed while the table is locked.
const TRIMMED_AT_ONCE: usize = 256;

pub(super) struct ChannelTable {
    channels: RwLock<Channels>,
    ledger: MemoryLedger,
}

impl ChannelTable {
    /// Creates an empty table. All histories together take at most `memory_limit` bytes.
    pub(super) fn new(memory_limit: usize) -> Self {
        Self {
            channels: RwLock::default(),
            ledger: MemoryLedger::new(memory_limit),
        }
    }

    pub(super) fn get(&self, name: &ChannelName) -> Option<Arc<Channel>> {
        self.channels.read().get(name).cloned()
    }

    /// Adds a channel whose name is new.
    pub(super) fn insert(&self, channel: Arc<Channel>) {
        self.channels.write().insert(channel);
    }

    /// Removes a channel and its messages, unless `is_needed`. Returns whether it is not there.
    pub(super) fn remove_unless(
        &self,
        name: &ChannelName,
        is_needed: impl FnOnce(&Channel) -> bool,
    ) -> bool {
        let mut channels = self.channels.write();
        if channels.get(name).is_some_and(|channel| is_needed(channel)) {
            return false;
        }
        let removed = channels.remove(name);
        drop(channels);
        if let Some(channel) = removed {
            self.ledger.remove(&channel);
        }
        true
    }

    /// Records that the history of a channel grew or shrank.
    pub(super) fn record(&self, channel: &Arc<Channel>, change: SizeChange) {
        self.ledger.record(channel, change);
    }

    /// Removes messages that are too old at `now`, in milliseconds since 1970.
    ///
    /// Locks the table for a few channels at a time, so that opening one does not wait for all.
    pub(super) fn trim(&self, now: u64) {
        let mut next = Some(0);
        while let Some(from) = next {
            let channels = self.channels.read();
            let (slice, after) = channels.slice(from, TRIMMED_AT_ONCE);
            for channel in slice {
                self.ledger.record(channel, channel.trim(now));
            }
            next = after;
        }
    }

    pub(super) fn len(&self) -> usize {
        self.channels.read().slab.len()
    }

    /// Returns the bytes of all histories.
    pub(super) fn bytes(&self) -> usize {
        self.ledger.total()
    }
}

/// Channels by name, and in an order in which a pass over all of them can be continued.
#[derive(Default)]
struct Channels {
    keys: HashMap<ChannelName, usize>,
    slab: Slab<Arc<Channel>>,
}

impl Channels {
    fn get(&self, name: &ChannelName) -> Option<&Arc<Channel>> {
        self.slab.get(*self.keys.get(name)?)
    }

    fn insert(&mut self, channel: Arc<Channel>) {
        let name = channel.name().clone();
        self.keys.insert(name, self.slab.insert(channel));
    }

    fn remove(&mut self, name: &ChannelName) -> Option<Arc<Channel>> {
        let key = self.keys.remove(name)?;
        Some(self.slab.remove(key))
    }

    /// Returns the channels with the next `count` keys, and where to continue unless that is all.
    fn slice(
        &self,
        from: usize,
        count: usize,
    ) -> (impl Iterator<Item = &Arc<Channel>>, Option<usize>) {
        let end = from.saturating_add(count).min(self.slab.capacity());
        let next = (end < self.slab.capacity()).then_some(end);
        ((from..end).filter_map(|key| self.slab.get(key)), next)
    }
}
