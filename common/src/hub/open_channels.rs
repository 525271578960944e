//! Which channels of a hub exist: the broker opens and closes them, and looks at their leases.

use super::Hub;
use crate::{
    channels::{Channel, ChannelLease},
    history::History,
    message::{ChannelName, Message, MessageId},
};
use std::sync::Arc;

impl Hub {
    /// Opens a channel. `backlog` ends with the message `latest`: see [`History::restart`]. Does
    /// nothing if the channel is open.
    pub fn open(&self, name: &ChannelName, latest: MessageId, backlog: Vec<Message>) {
        if self.channel(name).is_some() {
            return;
        }
        let history = History::new(latest, self.0.retention.clone());
        let released = self.0.released.get().cloned();
        let channel = Arc::new(Channel::new(name.clone(), history, released));
        self.0.channels.insert(channel.clone());
        if !backlog.is_empty() {
            let change = channel.restart(latest, backlog, &self.0.order);
            self.0.channels.record_restart(&channel, change);
        }
    }

    /// Returns an empty stand-in for a channel that is not open. It never gets a message, so
    /// nothing may wait for one.
    pub fn absent_channel(&self, name: &ChannelName, latest: MessageId) -> Arc<Channel> {
        let history = History::new(latest, self.0.retention.clone());
        Channel::absent(name.clone(), history).into()
    }

    /// Returns a lease of an open channel. The broker calls it while it cannot close the channel.
    pub fn lease(&self, name: &ChannelName) -> Option<ChannelLease> {
        self.channel(name).map(ChannelLease::from)
    }

    /// Returns whether an open channel has a lease.
    pub fn is_leased(&self, name: &ChannelName) -> bool {
        self.channel(name)
            .is_some_and(|channel| channel.is_leased())
    }

    /// Closes a channel that has no subscribers, and removes its messages.
    pub fn close(&self, name: &ChannelName) {
        self.0.channels.remove_unless(name, |_| false);
    }

    /// Closes a channel unless it has a lease. Returns whether it is closed.
    pub fn close_unused(&self, name: &ChannelName) -> bool {
        self.0.channels.remove_unless(name, Channel::is_leased)
    }
}
