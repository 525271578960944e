//! The state of the broker, under its lock.

use super::channels::Channels;
use crate::{BrokerError, hubs::Hubs, idempotency::IdempotencyKeys};
use common::{
    channels::ChannelLease,
    hub::Hub,
    message::{ChannelName, MessageId},
};
use std::time::Instant;

/// How many channels a sweep looks at before it releases the lock.
pub(super) const SLICE: usize = 256;

pub(super) struct State {
    pub(super) hubs: Hubs,
    pub(super) channels: Channels,
    pub(super) keys: IdempotencyKeys,
}

impl State {
    pub(super) fn new(channels: Channels) -> Self {
        Self {
            hubs: Hubs::default(),
            channels,
            keys: IdempotencyKeys::default(),
        }
    }

    /// Creates a channel if it does not exist. Returns whether it created the channel.
    pub(super) fn create(
        &mut self,
        channel: &ChannelName,
        now: Instant,
    ) -> Result<bool, BrokerError> {
        if self.channels.contains(channel) {
            return Ok(false);
        }
        self.evict_if_full(now)?;
        let start = self.channels.create(channel);
        self.hubs
            .iter()
            .for_each(|hub| hub.open(channel, start, Vec::new()));
        Ok(true)
    }

    /// Returns whether a channel takes no messages: its end is in the history.
    pub(super) fn has_ended(&self, channel: &ChannelName) -> bool {
        self.channels.had_end(channel) && self.hubs.has_ended(channel)
    }

    /// Returns the id of the next message of a channel, which is created if it does not exist.
    pub(super) fn next_id(
        &mut self,
        channel: &ChannelName,
        is_end: bool,
        account: u64,
        now: Instant,
    ) -> Result<MessageId, BrokerError> {
        let is_new = self.create(channel, now)?;
        let id = self.channels.next_id(channel, is_end, account);
        if is_new {
            self.channels.mark_idle(channel, now);
        } else {
            self.channels.touch(channel, now);
        }
        Ok(id.expect("`create` has added the channel"))
    }

    /// Returns a lease of a channel that exists. Once the last one has ended, [`State::settle`]
    /// makes the channel idle.
    pub(super) fn lease(&mut self, hub: &Hub, channel: &ChannelName) -> Option<ChannelLease> {
        let lease = hub.lease(channel)?;
        self.channels.mark_leased(channel);
        Some(lease)
    }

    /// Handles channels whose last lease has ended: those that never had a message are forgotten,
    /// others become idle. Returns how many it handled, at most `SLICE`.
    pub(super) fn settle(&mut self, now: Instant) -> usize {
        let released = self.hubs.take_released(SLICE);
        for channel in &released {
            if !self.hubs.is_leased(channel) && !self.channels.mark_idle(channel, now) {
                self.forget(channel);
            }
        }
        released.len()
    }

    /// Forgets the least recently used idle channel, if its last use was not after `by`.
    pub(super) fn forget_unused(&mut self, by: Instant) -> Option<()> {
        let channel = self.channels.unused_since(by)?.clone();
        self.forget(&channel);
        Some(())
    }

    /// Evicts an idle channel if there is no room for another one.
    ///
    /// The cost does not depend on the number of channels, whether there is room or not. If more
    /// than `SLICE` channels were released and leased again since the last sweep, a channel
    /// released after them is only found by the next one.
    fn evict_if_full(&mut self, now: Instant) -> Result<(), BrokerError> {
        self.settle(now);
        if !self.channels.is_full() {
            return Ok(());
        }
        let Some(channel) = self.channels.next_to_evict().cloned() else {
            let limit = self.channels.max_channels();
            return Err(BrokerError::TooManyChannels { limit });
        };
        self.forget(&channel);
        Ok(())
    }

    fn forget(&mut self, channel: &ChannelName) {
        self.channels.forget(channel);
        self.hubs.iter().for_each(|hub| hub.close(channel));
    }
}
