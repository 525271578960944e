//! The feeds of a hub, by name and in an order that a look at all of them can be continued in.

use super::Channel;
use crate::message::ChannelName;
use slab::Slab;
use std::{collections::HashMap, sync::Arc};

/// How many are looked at at a time.
const SLICE: usize = 256;

#[derive(Default)]
pub(super) struct ChannelTable {
    places: HashMap<ChannelName, usize>,
    feeds: Slab<Arc<Channel>>,
}

impl ChannelTable {
    pub(super) fn len(&self) -> usize {
        self.feeds.len()
    }

    pub(super) fn get(&self, channel: &ChannelName) -> Option<&Arc<Channel>> {
        self.feeds.get(*self.places.get(channel)?)
    }

    /// Adds the feed of a channel that is not here.
    pub(super) fn insert(&mut self, feed: Arc<Channel>) {
        let channel = feed.name().clone();
        self.places.insert(channel, self.feeds.insert(feed));
    }

    pub(super) fn remove(&mut self, channel: &ChannelName) -> Option<Arc<Channel>> {
        let place = self.places.remove(channel)?;
        Some(self.feeds.remove(place))
    }

    /// Some feeds from a place on, and the place where the next ones begin; none if these are the last.
    pub(super) fn slice(&self, at: usize) -> (impl Iterator<Item = &Arc<Channel>>, Option<usize>) {
        let end = at.saturating_add(SLICE).min(self.feeds.capacity());
        let next = (end < self.feeds.capacity()).then_some(end);
        ((at..end).filter_map(|place| self.feeds.get(place)), next)
    }
}
