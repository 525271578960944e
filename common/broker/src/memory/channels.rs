//! The channels of a broker: their latest ids, and which of them are evicted. Has no
//! hubs and no clock.
//!
//! A channel that is not here never had a message, or all of its messages were forgotten. It starts
//! after every id that it ever had, so that no id ever means two messages: see
//! [`ForgottenChannels`].

mod idle;

use super::{forgotten::ForgottenChannels, idle_by_account::IdleByAccount, use_times::UseTimes};
use common::message::{ChannelName, MessageId};
use std::{
    collections::{BTreeMap, HashMap},
    num::NonZeroU64,
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
