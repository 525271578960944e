//! Who reads a feed, and how its broker learns that nobody does any more.

use super::Feed;
use std::{
    collections::VecDeque,
    ops::Deref,
    sync::{Arc, Mutex},
};

/// A feed that somebody reads or is about to: its channel is not forgotten while there is one of these.
pub struct Lease(Arc<Feed>);

impl From<Arc<Feed>> for Lease {
    fn from(feed: Arc<Feed>) -> Self {
        feed.lend();
        Self(feed)
    }
}

impl Clone for Lease {
    fn clone(&self) -> Self {
        self.0.clone().into()
    }
}

impl Deref for Lease {
    type Target = Arc<Feed>;

    fn deref(&self) -> &Arc<Feed> {
        &self.0
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.0.take_back();
    }
}

/// Feeds whose last lease has ended, each once until it is taken: from readers on any thread to the broker, which has no part in
/// their going.
#[derive(Default)]
pub(crate) struct Departures(Mutex<VecDeque<Arc<Feed>>>);

impl Departures {
    /// The feed that has waited longest. Somebody may read it again by now.
    pub(crate) fn take(&self) -> Option<Arc<Feed>> {
        let feed = self.0.lock().expect("no panic while taking").pop_front()?;
        feed.departure_is_heard();
        Some(feed)
    }

    pub(super) fn tell(&self, feed: Arc<Feed>) {
        self.0.lock().expect("no panic while telling").push_back(feed);
    }
}
