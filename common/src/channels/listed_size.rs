//! The size of a channel's history: how an operation changed it, and what the memory ledger knows.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// How far a listed size may be off, beside a quarter, in bytes.
const SLACK: usize = 1024;

/// The bytes of a history before and after an operation.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub(crate) struct SizeChange {
    pub(super) before: usize,
    pub(super) after: usize,
}

/// The size under which the ledger lists a channel, in bytes.
#[derive(Default)]
pub(super) struct ListedSize(pub(super) AtomicUsize);

impl ListedSize {
    /// Returns whether it is exact enough for a history of this size. A small difference is
    /// accepted, so most publications need no lock.
    pub(super) fn fits(&self, bytes: usize) -> bool {
        let listed = self.0.load(Relaxed);
        let most = |size: usize| size + size / 4 + SLACK;
        (bytes == 0) == (listed == 0) && bytes <= most(listed) && listed <= most(bytes)
    }
}
