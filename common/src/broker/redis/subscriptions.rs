//! The channels that this process receives, and which of them are evicted for new ones.

use super::{
    load_state::{LoadRequest, NextStep},
    replies::{Notification, StoredHistory},
    room::{Room, SubscriptionByName},
    subscription::ChannelSubscription,
};
use crate::{
    broker::{BrokerError, hubs::Hubs},
    hub::Hub,
    message::{ChannelName, Cursor},
};
use std::time::Instant;
use tokio::sync::oneshot;

/// Receives the result of a load.
pub(super) type Loaded = oneshot::Receiver<Result<(), BrokerError>>;

/// Whether a channel can be read at once.
pub(super) enum Opening {
    Open,
    Loading {
        next: NextStep,
        loaded: Loaded,
        /// The channel that made room, to be unsubscribed from.
        evicted: Option<ChannelName>,
    },
}

pub(super) struct Subscriptions {
    hubs: Hubs,
    channels: SubscriptionByName,
    room: Room,
    /// The number of loads that were begun.
    loads: u64,
}

impl Subscriptions {
    /// Creates subscriptions of at most `max_channels` channels. `main` is always one, for the
    /// compatibility endpoints.
    pub(super) fn new(max_channels: usize) -> Self {
        let main = ChannelSubscription::new(Instant::now(), None);
        Self {
            hubs: Hubs::default(),
            channels: [(ChannelName::main(), main)].into(),
            room: Room::new(max_channels),
            loads: 0,
        }
    }

    /// Adds a hub, which needs the whole history of every channel. Returns the channels to load.
    pub(super) fn attach(&mut self, hub: &Hub) -> Vec<ChannelName> {
        self.hubs.add(hub);
        self.channels
            .values_mut()
            .for_each(|subscription| subscription.needs_all = true);
        self.request_all()
    }

    /// Prepares for a new connection. Returns the channels to load: all.
    pub(super) fn reconnect(&mut self) -> Vec<ChannelName> {
        self.channels
            .values_mut()
            .for_each(ChannelSubscription::reconnect);
        self.channels.keys().cloned().collect()
    }

    /// Requests a load of every channel. Returns those to load; the others are about to be loaded.
    pub(super) fn request_all(&mut self) -> Vec<ChannelName> {
        self.channels
            .iter_mut()
            .filter_map(
                |(channel, subscription)| match subscription.request_load() {
                    NextStep::Load => Some(channel.clone()),
                    NextStep::Nothing => None,
                },
            )
            .collect()
    }

    /// Subscribes to a channel, and returns whether a request with this cursor must wait for a
    /// load.
    ///
    /// # Errors
    ///
    /// If all channels are in use.
    pub(super) fn open(
        &mut self,
        channel: &ChannelName,
        after: Cursor,
        now: Instant,
    ) -> Result<Opening, BrokerError> {
        let is_new = !self.channels.contains_key(channel);
        let mut evicted = None;
        if is_new {
            evicted = self.room.make(&mut self.channels, &self.hubs, now)?;
            self.room.add(channel.clone(), now);
        }
        let subscription = self
            .channels
            .entry(channel.clone())
            .or_insert_with(|| ChannelSubscription::new(now, Some(now)));
        subscription.used = now;
        if !subscription.must_wait(after) {
            return Ok(Opening::Open);
        }
        let (waiter, loaded) = oneshot::channel();
        subscription.add_waiter(waiter);
        let next = subscription.request_load_for_cursor();
        Ok(Opening::Loading {
            next,
            loaded,
            evicted,
        })
    }

    /// Begins a load. Returns `None` if it is no longer needed.
    pub(super) fn begin_load(&mut self, channel: &ChannelName) -> Option<LoadRequest> {
        self.loads += 1;
        self.channels.get_mut(channel)?.begin_load(self.loads)
    }

    /// Receives what Redis published on a channel.
    pub(super) fn receive(
        &mut self,
        channel: &ChannelName,
        notification: Notification,
    ) -> NextStep {
        let Some(subscription) = self.channels.get_mut(channel) else {
            return NextStep::Nothing;
        };
        match notification {
            Notification::Message(message) => subscription.receive(channel, message, &self.hubs),
            Notification::NewEpoch => subscription.request_load(),
        }
    }

    /// Finishes a load with the history that Redis returned.
    pub(super) fn finish_load(
        &mut self,
        channel: &ChannelName,
        request: LoadRequest,
        stored: &StoredHistory,
    ) -> NextStep {
        match self.channels.get_mut(channel) {
            Some(subscription) => subscription.finish_load(channel, request, stored, &self.hubs),
            None => NextStep::Nothing,
        }
    }

    /// Ends a load with an error, or without a request the subscribing. Returns whether to
    /// unsubscribe.
    pub(super) fn fail_load(
        &mut self,
        channel: &ChannelName,
        request: Option<LoadRequest>,
        error: &BrokerError,
    ) -> bool {
        let number = request.map(|request| request.number);
        let is_unknown = self
            .channels
            .get_mut(channel)
            .is_some_and(|subscription| subscription.fail_load(number, error));
        let is_dropped = is_unknown && *channel != ChannelName::main();
        if is_dropped {
            self.channels.remove(channel);
        }
        is_dropped
    }

    /// Removes channels that are idle for long, and hubs that were dropped. Returns the channels to
    /// unsubscribe from.
    pub(super) fn sweep(&mut self, now: Instant) -> Vec<ChannelName> {
        self.hubs.remove_dropped();
        self.room.sweep(&mut self.channels, &self.hubs, now)
    }

    pub(super) fn contains(&self, channel: &ChannelName) -> bool {
        self.channels.contains_key(channel)
    }

    /// Returns how many channels may be candidates for eviction.
    #[cfg(test)]
    pub(super) fn candidates(&self) -> usize {
        self.room.candidates()
    }

    /// Returns the channels that clients read.
    pub(super) fn leased(&self) -> Vec<ChannelName> {
        self.channels
            .keys()
            .filter(|channel| self.is_leased(channel))
            .cloned()
            .collect()
    }

    /// Returns whether clients read this channel.
    pub(super) fn is_leased(&self, channel: &ChannelName) -> bool {
        self.hubs.is_leased(channel)
    }
}
