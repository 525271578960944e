//! Removes messages of a channel, for their age or their memory.

use super::{channel::Channel, listed_size::SizeChange};

impl Channel {
    /// Returns the bytes of the history.
    pub(crate) fn bytes(&self) -> usize {
        self.history.lock().bytes()
    }

    /// Returns the time of the oldest message: see [`History::oldest_time`].
    pub(super) fn oldest_time(&self) -> Option<u64> {
        self.history.lock().oldest_time()
    }

    /// Removes old messages: see [`History::trim`].
    pub(super) fn trim(&self, now: u64) -> SizeChange {
        self.resize(|history| history.trim(now)).1
    }

    /// Removes the oldest messages: see [`History::shrink`].
    pub(super) fn shrink(&self, bytes: usize, kept: usize) -> SizeChange {
        self.resize(|history| history.shrink(bytes, kept)).1
    }
}
