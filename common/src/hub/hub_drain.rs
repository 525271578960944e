//! The drain of a hub, and when it disconnects requests that wait in actix.

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
