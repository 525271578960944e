//! The channels of a broker: their latest ids, and which of them are evicted. Without hubs and
//! clock.
//!
//! A channel that is not here never had a message, or all of its messages were forgotten. It starts
//! after every id that it ever had, so that no id ever means two messages: see
//! [`ForgottenChannels`].

use super::{forgotten::ForgottenChannels, idle_by_account::IdleByAccount};
use crate::message::{ChannelName, MessageId};
use std::{
    collections::{BTreeMap, HashMap},
    time::Instant,
};

pub(super) struct Channels {
    channels: HashMap<ChannelName, ChannelState>,
    /// The channels that no client reads, by the number of their last use, and when that was. Never
    /// has `main`.
    idle: BTreeMap<u64, (Instant, ChannelName)>,
    idle_by_account: IdleByAccount,
    /// The number of uses so far.
    uses: u64,
    forgotten: ForgottenChannels,
    max_channels: usize,
}

pub(super) struct ChannelState {
    pub(super) latest: MessageId,
    /// The account that published its first message. `None` if it has never had one.
    pub(super) account: Option<u64>,
    /// The number of its last use. `None` if it is not idle.
    idle: Option<u64>,
}

impl Channels {
    /// Creates at most `max_channels` channels. `main` is always one, for the compatibility
    /// endpoints.
    pub(super) fn new(max_channels: usize, start: MessageId) -> Self {
        let main = ChannelState::new(start);
        Self {
            channels: HashMap::from([(ChannelName::main(), main)]),
            idle: BTreeMap::new(),
            idle_by_account: IdleByAccount::default(),
            uses: 0,
            forgotten: ForgottenChannels::new(max_channels, start),
            max_channels,
        }
    }

    /// Returns the latest id of a channel that is not here.
    pub(super) fn start_of(&self, channel: &ChannelName) -> MessageId {
        self.forgotten.last_id(channel)
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
            .insert(channel.clone(), ChannelState::new(start));
        start
    }

    /// Returns the id of the next message of a channel. The account of the first one owns the
    /// channel.
    pub(super) fn next_id(&mut self, channel: &ChannelName, account: u64) -> Option<MessageId> {
        let state = self.channels.get_mut(channel)?;
        state.latest.offset += 1;
        state.account.get_or_insert(account);
        Some(state.latest)
    }

    /// Records the use of a channel, if it is idle.
    pub(super) fn touch(&mut self, channel: &ChannelName, now: Instant) {
        let Some(state) = self.channels.get_mut(channel) else {
            return;
        };
        let (Some(number), Some(account)) = (state.idle, state.account) else {
            return;
        };
        if let Some(mut last) = self.idle.last_entry()
            && *last.key() == number
        {
            last.get_mut().0 = now;
            return;
        }
        if let Some((_, channel)) = self.idle.remove(&number) {
            self.uses += 1;
            state.idle = Some(self.uses);
            self.idle.insert(self.uses, (now, channel));
            self.idle_by_account.replace(account, number, self.uses);
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
        let Some(account) = state.account else {
            return false;
        };
        self.uses += 1;
        state.idle = Some(self.uses);
        self.idle.insert(self.uses, (now, channel.clone()));
        self.idle_by_account.add(account, self.uses);
        true
    }

    /// Makes a channel not idle: a client reads it until [`Channels::mark_idle`].
    pub(super) fn mark_leased(&mut self, channel: &ChannelName) {
        let Some(state) = self.channels.get_mut(channel) else {
            return;
        };
        if let (Some(number), Some(account)) = (state.idle.take(), state.account) {
            self.idle.remove(&number);
            self.idle_by_account.remove(account, number);
        }
    }

    /// Returns the idle channel to evict: the least recently used one of the account that has most
    /// of them.
    pub(super) fn next_to_evict(&self) -> Option<&ChannelName> {
        let number = self.idle_by_account.next()?;
        self.idle.get(&number).map(|(_, channel)| channel)
    }

    /// Returns the least recently used idle channel, if its last use was not after `by`.
    pub(super) fn unused_since(&self, by: Instant) -> Option<&ChannelName> {
        let (_, (used, channel)) = self.idle.first_key_value()?;
        (*used <= by).then_some(channel)
    }

    /// Forgets a channel.
    pub(super) fn forget(&mut self, channel: &ChannelName) {
        self.mark_leased(channel);
        let Some(state) = self.channels.remove(channel) else {
            return;
        };
        if state.account.is_some() {
            self.forgotten.add(channel, state.latest);
        }
    }
}

impl ChannelState {
    fn new(latest: MessageId) -> Self {
        Self {
            latest,
            account: None,
            idle: None,
        }
    }
}
