//! When the expiry queue visits a channel.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// The time under which a channel is queued, in seconds since 1970.
pub(super) struct Expiry(pub(super) AtomicU32);

impl Expiry {
    /// No message has this time.
    pub(super) const NOT_QUEUED: u32 = u32::MAX;

    pub(super) fn is_queued(&self) -> bool {
        self.0.load(Relaxed) != Self::NOT_QUEUED
    }
}

impl Default for Expiry {
    fn default() -> Self {
        Self(AtomicU32::new(Self::NOT_QUEUED))
    }
}

/// Returns whole seconds of milliseconds. The channel of a message from after 2106 is queued under
/// the last second before.
pub(super) fn seconds(millis: u64) -> u32 {
    let seconds = u32::try_from(millis / 1000).unwrap_or(u32::MAX);
    seconds.min(Expiry::NOT_QUEUED - 1)
}
