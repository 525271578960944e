//! The channels that this process receives, and which of them are evicted for new ones.

mod passes;

use super::{
    history_pages::HistoryPages,
    load_state::{LoadRequest, NextStep},
    replies::{Notification, StoredHistory},
    room::{Occupants, Room},
    subscription::{ChannelSubscription, Use},
    table::SubscriptionTable,
};
use crate::{BrokerError, hubs::Hubs};
use common::{
    hub::Hub,
    message::{ChannelName, Cursor, MessageId},
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

/// Which channels a pass loads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    All,
    /// Those that were not loaded on this connection.
    Outdated,
}

pub(super) struct Subscriptions {
    hubs: Hubs,
    channels: SubscriptionTable,
    room: Room,
    /// The number of loads that were begun.
    loads: u64,
}

impl Subscriptions {
    /// Creates subscriptions of at most `max_channels` channels. `main` is always one, for the
    /// compatibility endpoints.
    pub(super) fn new(max_channels: usize) -> Self {
        let mut channels = SubscriptionTable::default();
        channels.insert(&ChannelName::main(), ChannelSubscription::new(Use::Read));
        Self {
            hubs: Hubs::default(),
            channels,
            room: Room::new(max_channels),
            loads: 0,
        }
    }

    /// Adds a hub, which needs the whole history of every channel. Returns the channels to load.
    pub(super) fn attach(&mut self, hub: &Hub) -> Vec<ChannelName> {
        self.hubs.add(hub);
        let all = self.channels.next_piece(&mut 0, usize::MAX);
        let mut to_load = all.unwrap_or_default();
        to_load.retain(|channel| {
            let subscription = self.channels.get_mut(channel);
            subscription.is_some_and(|subscription| {
                subscription.needs_all = true;
                subscription.request_load() == NextStep::Load
            })
        });
        to_load
    }

    /// Prepares a channel for a new connection. Returns whether it is here, to be loaded.
    pub(super) fn restart(&mut self, channel: &ChannelName) -> bool {
        let Some(subscription) = self.channels.get_mut(channel) else {
            return false;
        };
        if subscription.reconnect() == NextStep::Nothing {
            let _ = subscription.request_load();
        }
        true
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
        let mut evicted = None;
        if !self.channels.contains(channel) {
            evicted = self.make_room(now)?;
            let subscription = ChannelSubscription::new(Use::Used);
            self.channels.insert(channel, subscription);
            self.room.add(channel.clone(), now);
        }
        let Self {
            hubs,
            channels,
            room,
            ..
        } = self;
        room.record_use(channel, now, &mut Occupants { channels, hubs });
        let subscription = channels
            .get_mut(channel)
            .expect("the channel was added above");
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

    fn make_room(&mut self, now: Instant) -> Result<Option<ChannelName>, BrokerError> {
        let mut occupants = Occupants {
            channels: &mut self.channels,
            hubs: &self.hubs,
        };
        self.room.make(&mut occupants, now)
    }

    /// Begins the loads of channels, without those that are no longer needed.
    pub(super) fn begin_loads(&mut self, channels: Vec<ChannelName>) -> Vec<HistoryPages> {
        let begin = |channel: ChannelName| {
            let request = self.begin_load(&channel)?;
            Some(HistoryPages::new(channel, request))
        };
        channels.into_iter().filter_map(begin).collect()
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

    /// Removes channels that are idle for a long time, and hubs that were dropped. Returns the
    /// channels to unsubscribe from, and whether there may be more.
    pub(super) fn sweep(&mut self, now: Instant) -> (Vec<ChannelName>, bool) {
        self.hubs.remove_dropped();
        let mut occupants = Occupants {
            channels: &mut self.channels,
            hubs: &self.hubs,
        };
        self.room.sweep(&mut occupants, now)
    }

    /// Returns whether a message with this id, which Redis has, is still to arrive here.
    pub(super) fn expects(&self, channel: &ChannelName, id: MessageId) -> bool {
        let subscription = self.channels.get(channel);
        subscription.is_some_and(|subscription| subscription.expects(id))
    }

    pub(super) fn contains(&self, channel: &ChannelName) -> bool {
        self.channels.contains(channel)
    }

    /// Returns how many channels there are.
    pub(super) fn len(&self) -> usize {
        self.channels.len()
    }

    /// Returns how many channels are used, and how many idle.
    #[cfg(test)]
    pub(super) fn counts(&self) -> [usize; 2] {
        self.room.counts()
    }

    /// Returns whether clients read this channel.
    pub(super) fn is_leased(&self, channel: &ChannelName) -> bool {
        self.hubs.is_leased(channel)
    }
}
