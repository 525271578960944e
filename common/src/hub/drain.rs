//! How a draining service disconnects its subscribers.

use super::{Hub, Shared};
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

/// How a draining service disconnects its subscribers.
#[derive(Clone, Copy)]
pub(crate) struct Drain {
    /// The time over which disconnects are spread.
    pub(crate) spread: Duration,
    /// How long connections are still accepted.
    pub(crate) accept_for: Duration,
    /// How long after that the service may take to end.
    pub(crate) ends_within: Duration,
}

impl Hub {
    /// Drains: disconnects all subscribers, spread evenly over `spread`, and new ones at once.
    pub fn drain(&self, spread: Duration) {
        self.drain_accepting(spread, spread, Duration::ZERO);
    }

    /// Drains a service that accepts connections for `accept_for` and ends within `ends_within`
    /// after that. Subscribers are asked to reconnect when it has ended.
    pub fn drain_accepting(&self, spread: Duration, accept_for: Duration, ends_within: Duration) {
        self.0.drain.begin(Drain {
            spread,
            accept_for,
            ends_within,
        });
        self.0.metrics.draining.set(1);
        self.0.wakeups.wake_all();
    }

    /// Returns whether the service drains.
    pub fn is_draining(&self) -> bool {
        self.current_drain().is_some()
    }

    /// Returns the drain. Returns `None` while the service does not drain.
    pub(crate) fn current_drain(&self) -> Option<Drain> {
        self.0.drain.current()
    }

    /// Waits for the moment at which a drain disconnects the caller, at once if one is running.
    ///
    /// Counts as a subscriber meanwhile. For requests that wait in actix: see
    /// [`Channel::changed_from`](super::Channel::changed_from).
    pub async fn drained(&self) {
        let Shared { drain, metrics, .. } = &*self.0;
        if drain.wait(&metrics.subscribers).await {
            metrics.drained.inc();
        }
    }
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
