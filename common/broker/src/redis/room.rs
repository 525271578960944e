//! Which channels are evicted for others: the idle ones, the least recently used first.
//!
//! A channel that a request uses is looked at a little later: only then is it known whether a client
//! reads it. The cost of every call does not depend on the number of channels.

use super::{
    subscription::{ChannelSubscription, Use},
    table::SubscriptionTable,
};
use crate::{BrokerError, hubs::Hubs};
use common::message::ChannelName;
use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};

/// How long a channel stays subscribed that no client reads. Reading it again costs one load.
pub(super) const IDLE: Duration = Duration::from_secs(60);
/// How many channels of each kind are looked at while the broker is locked: that were released, that
/// were used, that are evicted.
pub(super) const LOOKED_AT: usize = 256;
/// How many used channels are looked at for each use of one.
const LOOKED_AT_EACH_USE: usize = 2;
/// How long a request may take from the use of a channel to the lease.
const LEASED_WITHIN: Duration = Duration::from_secs(1);

/// The room for channels.
pub(super) struct Room {
    max_channels: usize,
    /// The channels that are [`Use::Used`], in the order of these uses.
    used: VecDeque<(Instant, ChannelName)>,
    /// The channels that are [`Use::Idle`], the least recently used first.
    idle: BTreeMap<(Instant, u64), ChannelName>,
    /// The number of channels that became idle.
    count: u64,
}

/// The channels that may be evicted, and the hubs whose clients read them.
pub(super) struct Occupants<'a> {
    pub(super) channels: &'a mut SubscriptionTable,
    pub(super) hubs: &'a Hubs,
}

impl Room {
    pub(super) fn new(max_channels: usize) -> Self {
        Self {
            max_channels,
            used: VecDeque::new(),
            idle: BTreeMap::new(),
            count: 0,
        }
    }

    /// Returns how many channels are used, and how many idle.
    #[cfg(test)]
    pub(super) fn counts(&self) -> [usize; 2] {
        [self.used.len(), self.idle.len()]
    }

    /// Records the use of a channel, which may be leased soon.
    pub(super) fn record_use(
        &mut self,
        channel: &ChannelName,
        now: Instant,
        occupants: &mut Occupants<'_>,
    ) {
        let settled = now.checked_sub(LEASED_WITHIN);
        for _ in 0..LOOKED_AT_EACH_USE {
            if self
                .used
                .front()
                .is_some_and(|(at, _)| Some(*at) <= settled)
            {
                self.look_at_used(occupants, now);
            }
        }
        let Some(subscription) = occupants.channels.get_mut(channel) else {
            return;
        };
        if let Use::Idle(since, number) = subscription.usage {
            self.idle.remove(&(since, number));
            subscription.usage = Use::Used;
            self.used.push_back((now, channel.clone()));
        }
    }

    /// Adds a channel that is used for the first time.
    pub(super) fn add(&mut self, channel: ChannelName, now: Instant) {
        self.used.push_back((now, channel));
    }

    /// Makes room for one channel. Returns the channel that was evicted.
    ///
    /// # Errors
    ///
    /// If no channel is idle. Of those that were used or released since, it looks at the first 256.
    pub(super) fn make(
        &mut self,
        occupants: &mut Occupants<'_>,
        now: Instant,
    ) -> Result<Option<ChannelName>, BrokerError> {
        let limit = self.max_channels;
        if occupants.channels.len() < limit {
            return Ok(None);
        }
        self.settle(occupants, now);
        for _ in 0..LOOKED_AT {
            if self.idle.is_empty() && !self.look_at_used(occupants, now) {
                break;
            }
            if let Some(evicted) = self.evict_oldest(occupants) {
                return Ok(Some(evicted));
            }
        }
        Err(BrokerError::TooManyChannels { limit })
    }

    /// Evicts channels that are idle for a long time. Returns them, and whether there may be more.
    pub(super) fn sweep(
        &mut self,
        occupants: &mut Occupants<'_>,
        now: Instant,
    ) -> (Vec<ChannelName>, bool) {
        let mut has_more = self.settle(occupants, now) == LOOKED_AT;
        let settled = now.checked_sub(LEASED_WITHIN);
        let mut looked_at = 0;
        while looked_at < LOOKED_AT
            && self
                .used
                .front()
                .is_some_and(|(at, _)| Some(*at) <= settled)
        {
            looked_at += 1;
            self.look_at_used(occupants, now);
        }
        has_more |= looked_at == LOOKED_AT;
        let mut evicted = Vec::new();
        for _ in 0..LOOKED_AT {
            let first = self.idle.first_key_value();
            if first.is_none_or(|((since, _), _)| now.duration_since(*since) < IDLE) {
                return (evicted, has_more);
            }
            evicted.extend(self.evict_oldest(occupants));
        }
        (evicted, true)
    }

    /// Makes channels whose last lease has ended candidates for eviction. Returns how many it
    /// looked at.
    fn settle(&mut self, occupants: &mut Occupants<'_>, now: Instant) -> usize {
        let released = occupants.hubs.take_released(LOOKED_AT);
        for channel in &released {
            if let Some(subscription) = occupants.channels.get_mut(channel)
                && *channel != ChannelName::main()
                && subscription.usage == Use::Read
                && !occupants.hubs.is_leased(channel)
            {
                self.add_idle(channel.clone(), now, subscription);
            }
        }
        released.len()
    }

    /// Looks at the channel that was used first: it is idle unless clients read it or wait for it.
    /// Returns whether there was one.
    fn look_at_used(&mut self, occupants: &mut Occupants<'_>, now: Instant) -> bool {
        let Some((at, channel)) = self.used.pop_front() else {
            return false;
        };
        let subscription = occupants.channels.get_mut(&channel);
        // It may have been removed, and added anew.
        let Some(subscription) = subscription.filter(|found| found.usage == Use::Used) else {
            return true;
        };
        if subscription.has_waiters() {
            self.used.push_back((now, channel));
        } else if occupants.hubs.is_leased(&channel) {
            subscription.usage = Use::Read;
        } else {
            self.add_idle(channel, at, subscription);
        }
        true
    }

    fn add_idle(
        &mut self,
        channel: ChannelName,
        since: Instant,
        subscription: &mut ChannelSubscription,
    ) {
        self.count += 1;
        subscription.usage = Use::Idle(since, self.count);
        self.idle.insert((since, self.count), channel);
    }

    /// Evicts the least recently used idle channel. Returns `None` if there is none, or if a client
    /// has come to read it.
    fn evict_oldest(&mut self, occupants: &mut Occupants<'_>) -> Option<ChannelName> {
        let ((since, number), channel) = self.idle.pop_first()?;
        let is_same = |found: &&mut ChannelSubscription| found.usage == Use::Idle(since, number);
        let subscription = occupants.channels.get_mut(&channel).filter(is_same)?;
        let closed: Vec<_> = occupants
            .hubs
            .iter()
            .map(|hub| hub.close_unused(&channel))
            .collect();
        if closed.contains(&false) {
            // Hubs that have closed it need the whole history next time. It is a candidate again
            // when its last lease ends.
            subscription.needs_all |= closed.contains(&true);
            subscription.usage = Use::Read;
            return None;
        }
        occupants.channels.remove(&channel);
        Some(channel)
    }
}
