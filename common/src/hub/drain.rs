//! Disconnects the subscribers of a service that is about to end.

use super::{Hub, Shared, hub_drain::Drain};
use std::time::Duration;

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
