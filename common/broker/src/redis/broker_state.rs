//! The state that all servers of a broker have in common in this process.

use super::{
    clock::Clock, load_queue::CONCURRENT_LOADS, memory_usage::MemoryUsage,
    reported_errors::ReportedErrors, scripts::Scripts, subscriptions::Subscriptions,
};
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::{Notify, Semaphore};

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
}
