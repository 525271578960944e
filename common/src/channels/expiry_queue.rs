//! When the messages of channels expire: a sweep visits the channels whose oldest message is too
//! old, and no others.

use super::{
    channel::Channel,
    expiry::{Expiry, seconds},
};
use parking_lot::Mutex;
use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering::Relaxed},
};

/// Every channel with messages, by the time of its oldest one or an earlier time, and its address.
///
/// A message that leaves a history for others changes nothing here: the channel is visited too
/// early, once, and is then queued anew.
#[derive(Default)]
pub(super) struct ExpiryQueue(Mutex<BTreeMap<(u32, usize), Arc<Channel>>>);

impl ExpiryQueue {
    /// Adds a channel that has a message and is not queued. Most publications find it queued.
    pub(super) fn add(&self, channel: &Arc<Channel>) {
        if !channel.expiry.is_queued() {
            self.update(channel);
        }
    }

    /// Queues a channel whose history was replaced: its oldest message may be older than before.
    pub(super) fn update(&self, channel: &Arc<Channel>) {
        let mut queue = self.0.lock();
        let address = Arc::as_ptr(channel).addr();
        let time = channel.oldest_time().map_or(Expiry::NOT_QUEUED, seconds);
        let before = channel.expiry.0.swap(time, Relaxed);
        if before != time {
            queue.remove(&(before, address));
        }
        if time != Expiry::NOT_QUEUED {
            queue.insert((time, address), channel.clone());
        }
    }

    /// Removes a channel whose messages are removed.
    pub(super) fn remove(&self, channel: &Arc<Channel>) {
        let mut queue = self.0.lock();
        let time = channel.expiry.0.swap(Expiry::NOT_QUEUED, Relaxed);
        queue.remove(&(time, Arc::as_ptr(channel).addr()));
    }

    /// Takes the first channel, if all of its second is before `since`, in milliseconds. The caller
    /// trims it and then calls [`ExpiryQueue::add`] if messages remain.
    ///
    /// A message that is appended meanwhile is not forgotten: either the trim finds it, or its
    /// publisher finds that the channel is not queued. The lock of the history orders the two.
    pub(super) fn take_before(&self, since: u64) -> Option<Arc<Channel>> {
        let mut queue = self.0.lock();
        let first = queue.first_entry()?;
        if first.key().0 >= seconds(since) {
            return None;
        }
        let channel = first.remove();
        channel.expiry.0.store(Expiry::NOT_QUEUED, Relaxed);
        Some(channel)
    }
}
