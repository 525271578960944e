//! The channels of a broker: their latest ids, and which of them are evicted. Has no
//! hubs and no clock.
//!
//! A channel that is not here never had a message, or all of its messages were forgotten. It starts
//! after every id that it ever had, so that no id ever means two messages: see
//! [`ForgottenChannels`].

use super::{forgotten::ForgottenChannels, idle_by_account::IdleByAccount, use_times::UseTimes};
use common::message::{ChannelName, MessageId};
use std::{
    collections::{BTreeMap, HashMap},
    num::NonZeroU64,
    time::Instant,
};

pub(super) struct Channels {
    channels: HashMap<ChannelName, ChannelState>,
    /// The epoch of all channels.
    epoch: u64,
    /// The channels that no client reads, by the number of their last use. Never has `main`.
    idle: BTreeMap<u64, ChannelName>,
    idle_by_account: IdleByAccount,
    use_times: UseTimes,
    /// The number of uses so far.
    uses: u64,
    forgotten: ForgottenChannels,
    max_channels: usize,
}

pub(super) struct ChannelState {
    /// The offset of its latest id.
    latest: u64,
    /// `None` if it has never had a message.
    published: Option<Published>,
    /// The number of its last use. `None` if it is not idle.
    idle: Option<NonZeroU64>,
}

/// What was published on a channel.
struct Published {
    /// The account of its first message.
    account: u64,
    /// Whether its latest message is its end, which may have left the history.
    has_end: bool,
}

impl Channels {
    /// Creates at most `max_channels` channels. `main` is always one, for the compatibility
    /// endpoints.
    pub(super) fn new(max_channels: usize, start: MessageId) -> Self {
        let main = ChannelState::new(start.offset);
        Self {
            channels: HashMap::from([(ChannelName::main(), main)]),
            epoch: start.epoch,
            idle: BTreeMap::new(),
            idle_by_account: IdleByAccount::default(),
            use_times: UseTimes::default(),
            uses: 0,
            forgotten: ForgottenChannels::new(max_channels, start),
            max_channels,
        }
    }

    /// Returns the latest id of a channel that is not here.
    pub(super) fn start_of(&self, channel: &ChannelName) -> MessageId {
        self.forgotten.last_id(channel)
    }

    /// Returns the latest id of a channel that is here.
    pub(super) fn latest(&self, state: &ChannelState) -> MessageId {
        self.id(state.latest)
    }

    fn id(&self, offset: u64) -> MessageId {
        MessageId {
            epoch: self.epoch,
            offset,
        }
    }

    pub(super) fn max_channels(&self) -> usize {
        self.max_channels
    }

    pub(super) fn is_full(&self) -> bool {
        self.channels.len() >= self.max_channels
    }

    pub(super) fn contains(&self, channel: &ChannelName) -> bool {
        self.channels.contains_key(channel)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&ChannelName, &ChannelState)> {
        self.channels.iter()
    }

    /// Creates a channel and returns its latest id. It is not idle until [`Channels::mark_idle`].
    pub(super) fn create(&mut self, channel: &ChannelName) -> MessageId {
        let start = self.start_of(channel);
        self.channels
            .insert(channel.clone(), ChannelState::new(start.offset));
        start
    }

    /// Returns whether the latest message of a channel is its end.
    pub(super) fn had_end(&self, channel: &ChannelName) -> bool {
        self.channels
            .get(channel)
            .and_then(|state| state.published.as_ref())
            .is_some_and(|published| published.has_end)
    }

    /// Returns the id of the next message of a channel. The account of the first one owns the
    /// channel.
    pub(super) fn next_id(
        &mut self,
        channel: &ChannelName,
        is_end: bool,
        account: u64,
    ) -> Option<MessageId> {
        let state = self.channels.get_mut(channel)?;
        state.latest += 1;
        let published = state.published.get_or_insert(Published {
            account,
            has_end: is_end,
        });
        published.has_end = is_end;
        let offset = state.latest;
        Some(self.id(offset))
    }

    /// Records the use of a channel, if it is idle.
    pub(super) fn touch(&mut self, channel: &ChannelName, now: Instant) {
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
    pub(super) fn mark_idle(&mut self, channel: &ChannelName, now: Instant) -> bool {
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

    /// Makes a channel not idle: a client reads it until [`Channels::mark_idle`].
    pub(super) fn mark_leased(&mut self, channel: &ChannelName) {
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
    pub(super) fn next_to_evict(&self) -> Option<&ChannelName> {
        let number = self.idle_by_account.next()?;
        self.idle.get(&number)
    }

    /// Returns the least recently used idle channel, if its last use was at `by` or before,
    /// to the second.
    pub(super) fn unused_since(&self, by: Instant) -> Option<&ChannelName> {
        let (number, channel) = self.idle.first_key_value()?;
        (self.use_times.of(*number)? <= by).then_some(channel)
    }

    /// Forgets a channel.
    pub(super) fn forget(&mut self, channel: &ChannelName) {
        self.mark_leased(channel);
        let Some(state) = self.channels.remove(channel) else {
            return;
        };
        if state.was_published() {
            self.forgotten.add(channel, self.id(state.latest));
        }
    }
}

impl ChannelState {
    fn new(latest: u64) -> Self {
        Self {
            latest,
            published: None,
            idle: None,
        }
    }

    /// Returns whether it has ever had a message.
    pub(super) fn was_published(&self) -> bool {
        self.published.is_some()
    }

    /// Returns the account that published its first message.
    fn account(&self) -> Option<u64> {
        self.published.as_ref().map(|published| published.account)
    }
}
