//! Bytes that the kernel has not accepted yet.

use bytes::Bytes;
use std::mem;

/// The bytes that a socket has yet to send, at least one.
pub(super) struct Unsent {
    first: Bytes,
    /// Bytes to send after `first`, which may be shared with other subscribers and cannot grow.
    queued: Bytes,
}

impl Unsent {
    pub(super) fn new(bytes: Bytes) -> Self {
        Self {
            first: bytes,
            queued: Bytes::new(),
        }
    }

    /// Adds bytes after all others.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.queued = [&self.queued[..], bytes].concat().into();
    }

    /// Returns the bytes that are sent first.
    pub(super) fn first(&self) -> &[u8] {
        &self.first
    }

    /// Removes bytes that were sent. Returns whether some are left.
    pub(super) fn advance(&mut self, length: usize) -> bool {
        self.first = self.first.slice(length..);
        if self.first.is_empty() {
            // Replaced, since an empty slice would keep the whole batch in memory.
            self.first = mem::take(&mut self.queued);
        }
        !self.first.is_empty()
    }
}
