//! Removes the oldest messages: those that are too old, and those that need too much memory.

use super::{History, entry::Entry};
use std::collections::VecDeque;

/// Below this many messages a history does not return spare capacity.
const MIN_CAPACITY: usize = 16;

impl History {
    /// Removes messages that are older than the retention at `now`, in milliseconds since 1970.
    pub fn trim(&mut self, now: u64) {
        let since = now.saturating_sub(self.retention.age);
        let is_too_old = |entry: &Entry| entry.message.time < since;
        while self.messages.front().is_some_and(is_too_old) {
            self.remove_oldest();
        }
        self.release_capacity();
    }

    /// Removes the oldest messages until at least `bytes` are free or only `kept` messages remain.
    pub fn shrink(&mut self, bytes: usize, kept: usize) {
        let target = self.bytes.saturating_sub(bytes);
        while self.bytes > target && self.messages.len() > kept {
            self.remove_oldest();
        }
        self.release_capacity();
    }

    /// Returns the memory of removed messages. Spare capacity for as many messages as remain is
    /// kept, so that a history that fills up again does not grow from nothing. An empty one keeps
    /// none: most channels are idle.
    fn release_capacity(&mut self) {
        let used = self.messages.len();
        if used == 0 {
            self.messages = VecDeque::new();
        } else if self.messages.capacity() / 4 > used.max(MIN_CAPACITY) {
            self.messages.shrink_to(2 * used);
        }
    }
}
