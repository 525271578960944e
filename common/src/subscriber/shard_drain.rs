//! When the subscribers of a draining shard are to reconnect.

use crate::{
    hub::Drain,
    timers::{duration, ticks},
};
use net::Tick;
use std::time::Duration;

/// Added to the reconnect time of a drain, since timers fire late: a subscriber that reconnects too
/// early would be disconnected once more.
const RECONNECT_SLACK: Duration = Duration::from_millis(250);
/// The time over which subscribers reconnect after a drain.
const RECONNECT_SPREAD: Duration = Duration::from_secs(5);

/// The drain of one shard.
pub(crate) struct ShardDrain {
    /// When the last subscriber is disconnected and no more connections are accepted.
    ends: Tick,
    /// How long after that the service may take to end.
    ends_within: Duration,
}

impl ShardDrain {
    pub(crate) fn new(drain: Drain, now: Tick) -> Self {
        let lasts = ticks(drain.spread.max(drain.accept_for));
        Self {
            ends: now.saturating_add(lasts),
            ends_within: drain.ends_within,
        }
    }

    /// Returns after how long the subscriber in a slot is to reconnect.
    pub(super) fn reconnect_after(&self, slot: u32, now: Tick) -> Duration {
        let until_end = duration(self.ends.saturating_sub(now));
        // Spread by the slot's number: a drain needs no randomness to keep subscribers apart.
        let spread = RECONNECT_SPREAD * (slot % 1000 * 7919 % 1000) / 1000;
        until_end + self.ends_within + RECONNECT_SLACK + spread
    }
}
