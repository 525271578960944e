//! The open channels of a hub, and the memory that their histories take together.

use super::{
    channel::Channel, expiry_queue::ExpiryQueue, listed_size::SizeChange,
    memory_ledger::MemoryLedger,
};
use crate::message::ChannelName;
use parking_lot::RwLock;
use std::{
    borrow::Borrow,
    collections::HashSet,
    hash::{Hash, Hasher},
    sync::Arc,
};

/// How many channels a piece of a trim visits at most.
const PIECE: usize = 256;
/// After removing this many bytes of messages a piece ends.
const PIECE_BYTES: usize = 256 * 1024;

pub(crate) struct ChannelTable {
    channels: RwLock<HashSet<ByName>>,
    ledger: MemoryLedger,
    expiry: ExpiryQueue,
    /// The greatest age of a message, in milliseconds.
    age: u64,
}

impl ChannelTable {
    /// Creates an empty table. All histories together take at most `memory_limit` bytes, and no
    /// message becomes older than `age`, in milliseconds.
    pub(crate) fn new(memory_limit: usize, age: u64) -> Self {
        Self {
            channels: RwLock::default(),
            ledger: MemoryLedger::new(memory_limit),
            expiry: ExpiryQueue::default(),
            age,
        }
    }

    pub(crate) fn get(&self, name: &ChannelName) -> Option<Arc<Channel>> {
        let channels = self.channels.read();
        channels.get(name).map(|ByName(channel)| channel.clone())
    }

    /// Adds a channel whose name is new.
    pub(crate) fn insert(&self, channel: Arc<Channel>) {
        self.channels.write().insert(ByName(channel));
    }

    /// Removes a channel and its messages, unless `is_needed`. Returns whether it is not there.
    pub(crate) fn remove_unless(
        &self,
        name: &ChannelName,
        is_needed: impl FnOnce(&Channel) -> bool,
    ) -> bool {
        let mut channels = self.channels.write();
        if channels.get(name).is_some_and(|found| is_needed(&found.0)) {
            return false;
        }
        let removed = channels.take(name);
        drop(channels);
        if let Some(ByName(channel)) = removed {
            self.ledger.remove(&channel);
            self.expiry.remove(&channel);
        }
        true
    }

    /// Records that a message was appended to the history of a channel.
    pub(crate) fn record(&self, channel: &Arc<Channel>, change: SizeChange) {
        self.expiry.add(channel);
        self.ledger.record(channel, change);
    }

    /// Records that the history of a channel was replaced.
    pub(crate) fn record_restart(&self, channel: &Arc<Channel>, change: SizeChange) {
        self.expiry.update(channel);
        self.ledger.record(channel, change);
    }

    /// Removes messages that are too old at `now`, in milliseconds since 1970, from the channels
    /// that have had them for longest. Returns how many channels it visited; 0 if none has such a
    /// message.
    ///
    /// A piece takes well below a millisecond. It locks nothing while it frees messages: opening a
    /// channel would wait for that.
    pub(crate) fn trim_piece(&self, now: u64) -> usize {
        let since = now.saturating_sub(self.age);
        let (mut visited, mut removed) = (0, 0);
        while visited < PIECE
            && removed < PIECE_BYTES
            && let Some(channel) = self.expiry.take_before(since)
        {
            let change = channel.trim(now);
            if change.after > 0 {
                self.expiry.add(&channel);
            }
            self.ledger.record(&channel, change);
            visited += 1;
            removed += change.before.saturating_sub(change.after);
        }
        visited
    }

    pub(crate) fn len(&self) -> usize {
        self.channels.read().len()
    }

    /// Returns the bytes of all histories.
    pub(crate) fn bytes(&self) -> usize {
        self.ledger.total()
    }
}

/// A channel by its name, so that the table has no second copy of the name.
struct ByName(Arc<Channel>);

impl Borrow<ChannelName> for ByName {
    fn borrow(&self) -> &ChannelName {
        self.0.name()
    }
}

impl Hash for ByName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.name().hash(state);
    }
}

impl PartialEq for ByName {
    fn eq(&self, other: &Self) -> bool {
        self.0.name() == other.0.name()
    }
}

impl Eq for ByName {}

#[cfg(test)]
mod tests;
