//! The state that all servers of a broker have in common in this process.

use super::{
    clock::Clock, load_queue::CONCURRENT_LOADS, memory_usage::MemoryUsage,
    reported_errors::ReportedErrors, scripts::Scripts, subscriptions::Subscriptions,
    target::TIMEOUT,
};
use common::message::{ChannelName, MessageId};
use parking_lot::{Mutex, MutexGuard};
use tokio::{
    sync::{Notify, Semaphore},
    time::timeout,
};

pub(super) struct BrokerState {
    pub(super) scripts: Scripts,
    pub(super) memory_usage: MemoryUsage,
    pub(super) reported_errors: ReportedErrors,
    pub(super) clock: Clock,
    /// Has a permit for each history that may be loaded now.
    pub(super) loads: Semaphore,
    /// Notified after messages have arrived.
    pub(super) arrivals: Notify,
    subscriptions: Mutex<Subscriptions>,
    /// The most memory that all channels together may take in Redis, in bytes.
    pub(super) max_bytes: u64,
}

impl BrokerState {
    pub(super) fn new(scripts: Scripts, subscriptions: Subscriptions, max_bytes: u64) -> Self {
        Self {
            scripts,
            memory_usage: MemoryUsage::default(),
            reported_errors: ReportedErrors::default(),
            clock: Clock::default(),
            loads: Semaphore::new(CONCURRENT_LOADS),
            arrivals: Notify::new(),
            subscriptions: subscriptions.into(),
            max_bytes,
        }
    }

    /// The guard must not be held across an await.
    pub(super) fn subscriptions(&self) -> MutexGuard<'_, Subscriptions> {
        self.subscriptions.lock()
    }

    /// Waits until the hubs have a message that a node of a cluster has accepted, so that its
    /// publisher reads it from now on: the reply of the node is on another connection than the
    /// message. Ends at once if this process does not receive the channel, and after
    /// [`TIMEOUT`] if the message does not arrive: the connection may have broken.
    pub(super) async fn arrival(&self, channel: &ChannelName, id: MessageId) {
        let _ = timeout(TIMEOUT, async {
            loop {
                // Created before the check, so that no arrival is missed in between.
                let arrival = self.arrivals.notified();
                if !self.subscriptions().expects(channel, id) {
                    return;
                }
                arrival.await;
            }
        })
        .await;
    }

    /// Wakes those that wait, after messages have arrived or a channel has to be loaded.
    pub(super) fn report_arrival(&self) {
        self.arrivals.notify_waiters();
    }
}
