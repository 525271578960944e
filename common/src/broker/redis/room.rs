//! Which channels are evicted for others: the idle ones, the least recently used first.

use super::subscription::ChannelSubscription;
use crate::{
    broker::{BrokerError, hubs::Hubs},
    message::ChannelName,
};
use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, Instant},
};

/// How long a channel stays subscribed that no client reads. Reading it again costs one load.
pub(super) const IDLE: Duration = Duration::from_secs(60);
/// How many channels that were released, and how many with waiting requests, are looked at to make
/// room for one.
const LOOKED_AT: usize = 256;

/// The subscriptions by the name of their channel.
pub(super) type SubscriptionByName = HashMap<ChannelName, ChannelSubscription>;

/// What became of a candidate for eviction.
enum Candidate {
    Evicted(ChannelName),
    /// A client reads it, or it was used since: then it is a candidate once more.
    Used,
    /// Requests wait for it. It stays a candidate.
    Awaited,
}

/// The room for channels.
pub(super) struct Room {
    max_channels: usize,
    /// Candidates for eviction, from the least recently used on, and since when they are idle.
    idle: VecDeque<(Instant, ChannelName)>,
}

impl Room {
    pub(super) fn new(max_channels: usize) -> Self {
        Self {
            max_channels,
            idle: VecDeque::new(),
        }
    }

    /// Adds a candidate for eviction.
    pub(super) fn add(&mut self, channel: ChannelName, idle_since: Instant) {
        self.idle.push_back((idle_since, channel));
    }

    #[cfg(test)]
    pub(super) fn candidates(&self) -> usize {
        self.idle.len()
    }

    /// Makes room for one channel. Returns the channel that was evicted.
    ///
    /// The cost does not depend on the number of channels, whether there is room or not: a candidate
    /// that was used is looked at once for each use.
    pub(super) fn make(
        &mut self,
        channels: &mut SubscriptionByName,
        hubs: &Hubs,
        now: Instant,
    ) -> Result<Option<ChannelName>, BrokerError> {
        let limit = self.max_channels;
        if channels.len() < limit {
            return Ok(None);
        }
        self.settle(LOOKED_AT, channels, hubs, now);
        let mut awaited = 0;
        while awaited < LOOKED_AT
            && let Some(candidate) = self.evict_oldest(channels, hubs, now)
        {
            match candidate {
                Candidate::Evicted(channel) => return Ok(Some(channel)),
                Candidate::Used => {}
                Candidate::Awaited => awaited += 1,
            }
        }
        Err(BrokerError::TooManyChannels { limit })
    }

    /// Evicts the channels that are idle for long.
    pub(super) fn sweep(
        &mut self,
        channels: &mut SubscriptionByName,
        hubs: &Hubs,
        now: Instant,
    ) -> Vec<ChannelName> {
        self.settle(usize::MAX, channels, hubs, now);
        let is_old = |(since, _): &(Instant, ChannelName)| now.duration_since(*since) >= IDLE;
        let mut evicted = Vec::new();
        while self.idle.front().is_some_and(is_old) {
            if let Some(Candidate::Evicted(channel)) = self.evict_oldest(channels, hubs, now) {
                evicted.push(channel);
            }
        }
        evicted
    }

    /// Makes channels whose last lease has ended candidates for eviction, at most `count` of them.
    fn settle(
        &mut self,
        count: usize,
        channels: &mut SubscriptionByName,
        hubs: &Hubs,
        now: Instant,
    ) {
        for channel in hubs.take_released(count) {
            if let Some(subscription) = channels.get_mut(&channel)
                && channel != ChannelName::main()
                && subscription.idle_since.is_none()
                && !hubs.is_leased(&channel)
            {
                subscription.idle_since = Some(now);
                self.add(channel, now);
            }
        }
    }

    /// Evicts the first candidate, unless it was used since, or is read or waited for. Returns `None`
    /// if there is none.
    fn evict_oldest(
        &mut self,
        channels: &mut SubscriptionByName,
        hubs: &Hubs,
        now: Instant,
    ) -> Option<Candidate> {
        let (since, channel) = self.idle.pop_front()?;
        let subscription = channels
            .get_mut(&channel)
            .filter(|subscription| subscription.idle_since == Some(since));
        let Some(subscription) = subscription else {
            return Some(Candidate::Used);
        };
        let is_awaited = subscription.has_waiters();
        if is_awaited || subscription.used > since {
            let used = if is_awaited { now } else { subscription.used };
            subscription.idle_since = Some(used);
            self.add(channel, used);
            return Some(if is_awaited {
                Candidate::Awaited
            } else {
                Candidate::Used
            });
        }
        let closed: Vec<_> = hubs.iter().map(|hub| hub.close_unused(&channel)).collect();
        if closed.contains(&false) {
            // Hubs that have closed it need the whole history next time. It is a candidate again
            // when its last lease ends.
            subscription.needs_all |= closed.contains(&true);
            subscription.idle_since = None;
            return Some(Candidate::Used);
        }
        channels.remove(&channel);
        Some(Candidate::Evicted(channel))
    }
}
