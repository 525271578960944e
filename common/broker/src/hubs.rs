//! The hubs to which a broker delivers, and the channels that no client of theirs uses any more.

use common::{
    channels::ReleasedChannels,
    hub::{Hub, WeakHub},
    message::{ChannelName, Message},
};
use std::sync::Arc;

#[derive(Default)]
pub(super) struct Hubs {
    pub(super) hubs: Vec<WeakHub>,
    /// The channels of all hubs whose last lease has ended.
    released: Arc<ReleasedChannels>,
}

impl Hubs {
    /// Adds a hub, which must not have channels.
    pub(super) fn add(&mut self, hub: &Hub) {
        hub.report_released_to(self.released.clone());
        self.hubs.push(hub.downgrade());
    }

    /// Returns the hubs that were not dropped.
    pub(super) fn iter(&self) -> impl Iterator<Item = Hub> {
        self.hubs.iter().filter_map(WeakHub::upgrade)
    }

    pub(super) fn remove_dropped(&mut self) {
        self.hubs.retain(|hub| hub.upgrade().is_some());
    }

    /// Delivers a message to every hub, and returns whether all could take it.
    pub(super) fn deliver(&self, channel: &ChannelName, message: &Message) -> bool {
        // Counts, so that a hub with a gap does not keep the message from the hubs after it.
        let failed = self
            .iter()
            .filter(|hub| hub.deliver(channel, message.clone()).is_err());
        failed.count() == 0
    }

    /// Returns whether clients use a channel.
    pub(super) fn is_leased(&self, channel: &ChannelName) -> bool {
        self.iter().any(|hub| hub.is_leased(channel))
    }

    /// Returns whether the end of a channel is in its history.
    pub(super) fn has_ended(&self, channel: &ChannelName) -> bool {
        let mut channels = self.iter().filter_map(|hub| hub.channel(channel));
        channels.any(|channel| channel.has_ended())
    }

    /// Takes the channels whose last lease ended first, at most `count`. They may be leased again.
    pub(super) fn take_released(&self, count: usize) -> Vec<ChannelName> {
        let released = (0..count).map_while(|_| self.released.take());
        released.map(|channel| channel.name().clone()).collect()
    }
}
