//! Requests that wait in actix for a change of a channel.

use std::sync::OnceLock;
use tokio::sync::Notify;

/// Wakes requests that wait. Allocated by the first wait: most channels never have one.
#[derive(Default)]
pub(super) struct Waiters(OnceLock<Box<Notify>>);

impl Waiters {
    /// Waits while `is_unchanged`, which has to lock what the caller of [`Waiters::notify`] has
    /// changed under the same lock.
    pub(super) async fn wait_while(&self, is_unchanged: impl Fn() -> bool) {
        let notify = self.0.get_or_init(Box::default);
        loop {
            // Created before the check, whose lock orders this wait and a publisher: either the
            // change is seen here, or the publisher sees the `Notify` and wakes it.
            let notified = notify.notified();
            if !is_unchanged() {
                return;
            }
            notified.await;
        }
    }

    /// Wakes all that wait, for another check.
    pub(super) fn notify(&self) {
        if let Some(notify) = self.0.get() {
            notify.notify_waiters();
        }
    }
}
