//! Uses of channels, by which a broker knows which ones to keep.

use super::channel::Channel;
use parking_lot::Mutex;
use std::{
    collections::VecDeque,
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

/// A use of a channel, by a subscriber or a request: a broker keeps channels that are leased.
pub struct ChannelLease(Arc<Channel>);

impl From<Arc<Channel>> for ChannelLease {
    fn from(channel: Arc<Channel>) -> Self {
        channel.leases.count.fetch_add(1, Ordering::SeqCst);
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
        let leases = &self.0.leases;
        let was_last = leases.count.fetch_sub(1, Ordering::SeqCst) == 1;
        if was_last
            && let Some(released) = &leases.released
            && !leases.is_reported.swap(true, Ordering::SeqCst)
        {
            released.0.lock().push_back(self.0.clone());
        }
    }
}

/// How many leases a channel has, and where the end of the last one is reported.
pub(super) struct Leases {
    count: AtomicU32,
    /// Whether the channel is in `released` and has not been taken yet.
    is_reported: AtomicBool,
    released: Option<Arc<ReleasedChannels>>,
}

impl Leases {
    pub(super) fn new(released: Option<Arc<ReleasedChannels>>) -> Self {
        Self {
            count: AtomicU32::new(0),
            is_reported: AtomicBool::new(false),
            released,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count.load(Ordering::SeqCst) == 0
    }
}

/// Channels whose last lease has ended, each once: from the shards to the broker.
#[derive(Default)]
pub struct ReleasedChannels(Mutex<VecDeque<Arc<Channel>>>);

impl ReleasedChannels {
    /// Removes the channel that was released first. It may have a lease again.
    pub fn take(&self) -> Option<Arc<Channel>> {
        let channel = self.0.lock().pop_front()?;
        // Before the broker looks for leases: a later release is reported again.
        channel.leases.is_reported.store(false, Ordering::SeqCst);
        Some(channel)
    }
}
