//! How a draining service disconnects its subscribers, and when they are to reconnect.

use super::timer_queue::{duration, ticks};
use crate::net::Tick;
use prometheus_client::metrics::gauge::Gauge;
use std::{
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::{sync::Notify, time::sleep};

/// The golden section of 2³²: its multiples are spread evenly, for any number of them.
const GOLDEN: u32 = 0x9e37_79b9;
/// Added to the reconnect time of a drain, since timers fire late: a subscriber that reconnects too
/// early would be disconnected once more.
const RECONNECT_SLACK: Duration = Duration::from_millis(250);
/// The time over which subscribers reconnect after a drain.
const RECONNECT_SPREAD: Duration = Duration::from_secs(5);

/// How a draining service disconnects its subscribers.
#[derive(Clone, Copy)]
pub(super) struct Drain {
    /// The time over which disconnects are spread.
    pub(super) spread: Duration,
    /// How long connections are still accepted.
    pub(super) accept_for: Duration,
    /// How long after that the service may take to end.
    pub(super) ends_within: Duration,
}

/// The drain of a hub, once it has begun.
#[derive(Default)]
pub(super) struct HubDrain {
    drain: OnceLock<Drain>,
    began: Notify,
    /// Spreads the ends of [`HubDrain::wait`] over a drain.
    turn: AtomicU32,
}

impl HubDrain {
    pub(super) fn begin(&self, drain: Drain) {
        let _ = self.drain.set(drain);
        self.began.notify_waiters();
    }

    /// Returns the drain. Returns `None` while the service does not drain.
    pub(super) fn current(&self) -> Option<Drain> {
        self.drain.get().copied()
    }

    /// Waits for the moment at which a drain disconnects the caller, which `subscribers` counts
    /// meanwhile. Returns false if a drain has begun before.
    pub(super) async fn wait(&self, subscribers: &Gauge) -> bool {
        // Created before the check: a drain that begins after it wakes this.
        let began = self.began.notified();
        if self.current().is_some() {
            return false;
        }
        let _counted = Counted::new(subscribers);
        began.await;
        if let Some(drain) = self.current() {
            let turn = self.turn.fetch_add(GOLDEN, Ordering::Relaxed);
            sleep(drain.spread.mul_f64(f64::from(turn) / 2_f64.powi(32))).await;
        }
        true
    }
}

/// Counts one in a gauge while it lives.
struct Counted<'a>(&'a Gauge);

impl<'a> Counted<'a> {
    fn new(gauge: &'a Gauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// The drain of one shard.
pub(super) struct ShardDrain {
    /// When the last subscriber is disconnected and no more connections are accepted.
    ends: Tick,
    /// How long after that the service may take to end.
    ends_within: Duration,
}

impl ShardDrain {
    pub(super) fn new(drain: Drain, now: Tick) -> Self {
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
