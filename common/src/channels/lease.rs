//! Uses of channels, by which a broker knows which ones to keep.

use super::channel::{Channel, ReleasedChannels};
use std::{
    ops::Deref,
    sync::{Arc, atomic::Ordering},
};

/// A use of a channel, by a subscriber or a request: a broker keeps channels that are leased.
pub struct ChannelLease(Arc<Channel>);

impl From<Arc<Channel>> for ChannelLease {
    fn from(channel: Arc<Channel>) -> Self {
        channel.begin_lease();
        Self(channel)
    }
}

impl Clone for ChannelLease {
    fn clone(&self) -> Self {
        self.0.clone().into()
    }
}

impl Deref for ChannelLease {
    type Target = Arc<Channel>;

    fn deref(&self) -> &Arc<Channel> {
        &self.0
    }
}

impl Drop for ChannelLease {
    fn drop(&mut self) {
        self.0.end_lease();
    }
}

impl Channel {
    /// Returns whether there is a lease.
    pub(crate) fn is_leased(&self) -> bool {
        self.leases.count.load(Ordering::SeqCst) > 0
    }

    /// Counts one more lease.
    fn begin_lease(&self) {
        self.leases.count.fetch_add(1, Ordering::SeqCst);
    }

    /// Counts one lease less, and reports the end of the last one.
    fn end_lease(self: &Arc<Self>) {
        let leases = &self.leases;
        let was_last = leases.count.fetch_sub(1, Ordering::SeqCst) == 1;
        if was_last
            && let Some(released) = &leases.released
            && !leases.is_reported.swap(true, Ordering::SeqCst)
        {
            released.0.lock().push_back(self.clone());
        }
    }
}

impl ReleasedChannels {
    /// Removes the channel that was released first. It may have a lease again.
    pub fn take(&self) -> Option<Arc<Channel>> {
        let channel = self.0.lock().pop_front()?;
        // Before the broker looks for leases: a later release is reported again.
        channel.leases.is_reported.store(false, Ordering::SeqCst);
        Some(channel)
    }
}
