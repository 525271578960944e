//! Which channels are idle, in the order of their last uses.

use super::Channels;
use common::message::ChannelName;
use std::{num::NonZeroU64, time::Instant};

impl Channels {
    /// Records the use of a channel, if it is idle.
    pub(in crate::memory) fn touch(&mut self, channel: &ChannelName, now: Instant) {
        let Some(state) = self.channels.get_mut(channel) else {
            return;
        };
        let (Some(former), Some(account)) = (state.idle, state.account()) else {
            return;
        };
        let former = former.get();
        let is_last = self.idle.last_key_value().map(|(last, _)| *last) == Some(former);
        if is_last && self.use_times.is_recent(now) {
            return;
        }
        if let Some(channel) = self.idle.remove(&former) {
            self.uses += 1;
            state.idle = NonZeroU64::new(self.uses);
            self.idle.insert(self.uses, channel);
            self.idle_by_account.replace(account, former, self.uses);
            self.record_time(now);
        }
    }

    /// Makes a channel with messages idle, as the most recently used one. Returns false if it never
    /// had a message.
    pub(in crate::memory) fn mark_idle(&mut self, channel: &ChannelName, now: Instant) -> bool {
        let Some(state) = self.channels.get_mut(channel) else {
            return true;
        };
        if state.idle.is_some() || *channel == ChannelName::main() {
            return true;
        }
        let Some(account) = state.account() else {
            return false;
        };
        self.uses += 1;
        state.idle = NonZeroU64::new(self.uses);
        self.idle.insert(self.uses, channel.clone());
        self.idle_by_account.add(account, self.uses);
        self.record_time(now);
        true
    }

    /// Records the time of the last use, of a channel that is idle.
    fn record_time(&mut self, now: Instant) {
        let first = self.idle.first_key_value().map(|(first, _)| *first);
        self.use_times
            .record(now, self.uses, first.unwrap_or(self.uses));
    }

    /// Marks a channel as read by a client, until [`Channels::mark_idle`].
    pub(in crate::memory) fn mark_leased(&mut self, channel: &ChannelName) {
        let Some(state) = self.channels.get_mut(channel) else {
            return;
        };
        if let (Some(number), Some(account)) = (state.idle.take(), state.account()) {
            self.idle.remove(&number.get());
            self.idle_by_account.remove(account, number.get());
        }
    }

    /// Returns the idle channel to evict: the least recently used one of the account that has most
    /// of them.
    pub(in crate::memory) fn next_to_evict(&self) -> Option<&ChannelName> {
        let number = self.idle_by_account.next()?;
        self.idle.get(&number)
    }

    /// Returns the least recently used idle channel, if its last use was at `by` or before,
    /// to the second.
    pub(in crate::memory) fn unused_since(&self, by: Instant) -> Option<&ChannelName> {
        let (number, channel) = self.idle.first_key_value()?;
        (self.use_times.of(*number)? <= by).then_some(channel)
    }
}
