//! The channels that this process receives, and which of them make room for new ones.

use super::{
    replies::{KnownMessage, Notification, StoredHistory},
    subscription::ChannelSubscription,
};
use crate::{
    broker::BrokerError,
    hub::{Hub, WeakHub},
    message::{ChannelName, Cursor},
};
use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, Instant},
};
use tokio::sync::oneshot;

/// How long a channel stays subscribed that no client reads. Reading it again costs one load.
const IDLE: Duration = Duration::from_secs(60);
/// The time between two searches for channels that no client reads any more.
const SEARCH_INTERVAL: Duration = Duration::from_secs(10);
/// The same while there is no room for a new channel.
const SEARCH_INTERVAL_WHEN_FULL: Duration = Duration::from_millis(100);

/// What the caller must do next about a channel.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub(super) enum NextStep {
    Nothing,
    /// Load the channel's history: [`Subscriptions::begin_load`].
    Load,
}

/// Describes the history that a load must return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LoadRequest {
    /// Identifies the load.
    pub(super) number: u64,
    /// The newest message of every hub that has the channel.
    pub(super) last: Option<KnownMessage>,
    /// Whether a hub needs the whole history, and not just what comes after `last`.
    pub(super) all: bool,
}

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
    hubs: Vec<WeakHub>,
    channels: HashMap<ChannelName, ChannelSubscription>,
    max_channels: usize,
    /// Candidates for eviction, from the least recently used on, and since when they are idle.
    idle: VecDeque<(Instant, ChannelName)>,
    /// When idle channels were last searched for, and how long that took.
    last_search: (Instant, Duration),
    /// The number of loads that were begun.
    loads: u64,
}

impl Subscriptions {
    /// Creates subscriptions of at most `max_channels` channels. `main` is always one, for the compatibility endpoints.
    pub(super) fn new(max_channels: usize) -> Self {
        let main = ChannelSubscription::new(None);
        Self {
            hubs: Vec::new(),
            channels: HashMap::from([(ChannelName::main(), main)]),
            max_channels,
            idle: VecDeque::new(),
            last_search: (Instant::now(), Duration::ZERO),
            loads: 0,
        }
    }

    /// Adds a hub, which needs the whole history of every channel. Returns the channels to load.
    pub(super) fn attach(&mut self, hub: &Hub) -> Vec<ChannelName> {
        self.hubs.push(hub.downgrade());
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

    /// Subscribes to a channel, and returns whether a request with this cursor must wait for a load.
    ///
    /// # Errors
    ///
    /// If all channels are in use.
    pub(super) fn open(
        &mut self,
        channel: &ChannelName,
        after: Cursor,
    ) -> Result<Opening, BrokerError> {
        let is_new = !self.channels.contains_key(channel);
        let evicted = if is_new { self.make_room()? } else { None };
        let now = Instant::now();
        if is_new {
            self.idle.push_back((now, channel.clone()));
        }
        let subscription = self
            .channels
            .entry(channel.clone())
            .or_insert_with(|| ChannelSubscription::new(Some(now)));
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

    /// Ends a load with an error, or without a request the subscribing. Returns whether to unsubscribe.
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

    /// Removes channels that are idle for long, and hubs that were dropped. Returns the channels to unsubscribe from.
    pub(super) fn sweep(&mut self) -> Vec<ChannelName> {
        self.hubs.retain(|hub| hub.upgrade().is_some());
        self.find_idle(SEARCH_INTERVAL);
        let is_old = |(since, _): &(Instant, ChannelName)| since.elapsed() >= IDLE;
        let mut removed = Vec::new();
        while self.idle.front().is_some_and(is_old) {
            removed.extend(self.evict_oldest());
        }
        removed
    }

    pub(super) fn contains(&self, channel: &ChannelName) -> bool {
        self.channels.contains_key(channel)
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
        let opened = self
            .hubs
            .iter()
            .filter_map(|hub| hub.upgrade()?.channel(channel));
        opened.into_iter().any(|channel| channel.is_leased())
    }

    /// Makes room for one channel. Returns the channel that was evicted.
    ///
    /// The cost does not depend on the number of channels, whether there is room or not.
    fn make_room(&mut self) -> Result<Option<ChannelName>, BrokerError> {
        let limit = self.max_channels;
        if self.channels.len() < limit {
            return Ok(None);
        }
        if let Some(evicted) = self.evict() {
            return Ok(Some(evicted));
        }
        self.find_idle(SEARCH_INTERVAL_WHEN_FULL);
        match self.evict() {
            Some(evicted) => Ok(Some(evicted)),
            None => Err(BrokerError::TooManyChannels { limit }),
        }
    }

    /// Evicts the least recently used channel that no client reads.
    fn evict(&mut self) -> Option<ChannelName> {
        while !self.idle.is_empty() {
            let evicted = self.evict_oldest();
            if evicted.is_some() {
                return evicted;
            }
        }
        None
    }

    /// Evicts the first candidate, unless it was used since, or is read or waited for.
    fn evict_oldest(&mut self) -> Option<ChannelName> {
        let (since, channel) = self.idle.pop_front()?;
        let subscription = self
            .channels
            .get_mut(&channel)
            .filter(|subscription| subscription.idle_since == Some(since))?;
        if subscription.used > since {
            subscription.idle_since = Some(subscription.used);
            self.idle.push_back((subscription.used, channel));
            return None;
        }
        if subscription.has_waiters() {
            subscription.idle_since = None;
            return None;
        }
        let hubs: Vec<_> = self.hubs.iter().filter_map(WeakHub::upgrade).collect();
        let open = hubs
            .iter()
            .filter(|hub| !hub.close_unused(&channel))
            .count();
        if open > 0 {
            // Hubs that have closed it need the whole history next time.
            subscription.needs_all |= open < hubs.len();
            subscription.idle_since = None;
            return None;
        }
        self.channels.remove(&channel);
        Some(channel)
    }

    /// Makes channels that no client reads candidates for eviction.
    ///
    /// Does so at most once in `interval`, and takes at most 2 % of all time.
    fn find_idle(&mut self, interval: Duration) {
        let (searched, took) = self.last_search;
        if searched.elapsed() < interval.max(took.saturating_mul(50)) {
            return;
        }
        let now = Instant::now();
        let hubs: Vec<_> = self.hubs.iter().filter_map(WeakHub::upgrade).collect();
        let is_leased = |channel: &ChannelName| {
            hubs.iter().any(|hub| {
                hub.channel(channel)
                    .is_some_and(|channel| channel.is_leased())
            })
        };
        for (channel, subscription) in self
            .channels
            .iter_mut()
            .filter(|(_, subscription)| subscription.idle_since.is_none())
        {
            if *channel != ChannelName::main() && !is_leased(channel) {
                subscription.idle_since = Some(now);
                self.idle.push_back((now, channel.clone()));
            }
        }
        self.last_search = (now, now.elapsed());
    }
}
