//! Who reads a feed, and how its broker learns that nobody does any more.

use super::Channel;
use std::{
    collections::VecDeque,
    ops::Deref,
    sync::{Arc, Mutex},
};

/// A feed that somebody reads or is about to: its channel is not forgotten while there is one of these.
pub struct ChannelLease(Arc<Channel>);

impl From<Arc<Channel>> for ChannelLease {
    fn from(feed: Arc<Channel>) -> Self {
        feed.lend();
        Self(feed)
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
        self.0.take_back();
    }
}

/// Feeds whose last lease has ended, each once until it is taken: from readers on any thread to the broker, which has no part in
/// their going.
#[derive(Default)]
pub(crate) struct ReleasedChannels(Mutex<VecDeque<Arc<Channel>>>);

impl ReleasedChannels {
    /// The feed that has waited longest. Somebody may read it again by now.
    pub(crate) fn take(&self) -> Option<Arc<Channel>> {
        let feed = self.0.lock().expect("no panic while taking").pop_front()?;
        feed.departure_is_heard();
        Some(feed)
    }

    pub(super) fn tell(&self, feed: Arc<Channel>) {
        self.0
            .lock()
            .expect("no panic while telling")
            .push_back(feed);
    }
}
