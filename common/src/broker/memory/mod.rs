//! The broker of a single process.
//!
//! A channel is there while it has messages or somebody reads it. One that was never published to takes nothing but what its
//! readers take, and goes with the last of them.

mod channels;
mod forgotten;
#[cfg(test)]
mod model;
mod owners;
#[cfg(test)]
mod tests;

use super::{BrokerError, Publication, PublishAck, idempotency::IdempotencyKeys, unix_millis};
use crate::{
    hub::{ChannelLease, Hub, ReleasedChannels, WeakHub},
    message::{ChannelName, Message, MessageId},
};
use channels::Channels;
use std::{
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// A channel that nobody uses for this long is forgotten, also if there is room.
const FORGOTTEN: Duration = Duration::from_secs(60 * 60);

/// Up to how many milliseconds before now a broker says that its logs began. Brokers of several processes are often started
/// at the same moment; were their logs alike by name, a cursor of one would seem valid in the other.
const SKEW: u64 = 4096;

/// How many channels are looked at while the lock is held, and how long it is free until the next ones.
const SLICE: usize = 256;
const PAUSE: Duration = Duration::from_millis(1);

/// Numbers the messages of each channel and hands them to the hubs of this process.
#[derive(Clone)]
pub struct Memory(Arc<Mutex<State>>);

struct State {
    hubs: Vec<WeakHub>,
    channels: Channels,
    /// The feeds of all hubs whose last reader has left.
    departures: Arc<ReleasedChannels>,
    keys: IdempotencyKeys,
}

impl Memory {
    /// A broker for at most this many channels, of which `main` is one.
    pub fn new(max_channels: usize) -> Self {
        let skew = RandomState::new().hash_one(()) % SKEW;
        let beginning = MessageId {
            epoch: epoch(unix_millis(), skew),
            offset: 0,
        };
        let channels = Channels::new(max_channels, beginning);
        let state = State {
            hubs: Vec::new(),
            channels,
            departures: Arc::default(),
            keys: IdempotencyKeys::default(),
        };
        Self(Arc::new(state.into()))
    }

    /// The hub begins with what the others hold, so that a service can start again while this process goes on.
    pub(super) fn attach(&self, hub: &Hub) {
        let mut state = self.state();
        hub.report_released_to(state.departures.clone());
        let others: Vec<_> = state.hubs().collect();
        for (channel, position) in state.channels.iter() {
            let held = others
                .iter()
                .filter_map(|other| other.channel(channel))
                .map(|channel| channel.messages());
            hub.open(
                channel,
                position.head,
                held.max_by_key(Vec::len).unwrap_or_default(),
            );
        }
        state.hubs.push(hub.downgrade());
    }

    /// Whether a channel is there.
    pub(super) fn has(&self, channel: &ChannelName) -> bool {
        self.state().channels.has(channel)
    }

    /// What there is of a channel; it is not begun for that.
    pub(super) fn peek(&self, hub: &Hub, channel: &ChannelName) -> ChannelLease {
        let mut state = self.state();
        let lease = state.lease(hub, channel);
        lease.unwrap_or_else(|| {
            hub.absent_channel(channel, state.channels.beginning(channel))
                .into()
        })
    }

    /// Begins a channel that is not there. The lease is made under the lock: until then the channel could be forgotten.
    pub(super) fn open(
        &self,
        hub: &Hub,
        channel: &ChannelName,
    ) -> Result<ChannelLease, BrokerError> {
        let mut state = self.state();
        state.begin(channel, Instant::now())?;
        Ok(state
            .lease(hub, channel)
            .expect("each hub that is attached has all channels"))
    }

    /// All under one lock, so that every hub gets the messages of a channel in the order of their ids.
    pub(super) fn publish(&self, publication: Publication) -> Result<PublishAck, BrokerError> {
        let mut state = self.state();
        let Publication {
            channel,
            body,
            key,
            holder,
        } = publication;
        let now = Instant::now();
        let keyed = key.map(|key| state.keys.keyed(&channel, &key, &body));
        if let Some(keyed) = keyed
            && let Some(first) = state.keys.find(keyed, now)?
        {
            return Ok(first);
        }
        if keyed.is_some() {
            state.keys.admit(holder, now)?;
        }
        let id = state.next_id(&channel, holder, now)?;
        let accepted = PublishAck {
            id,
            time: unix_millis(),
        };
        let message = Message::new(accepted.id, &channel, &body, accepted.time);
        for hub in state.hubs() {
            hub.deliver(&channel, message.clone())
                .expect("all that a hub of this broker gets comes from here, in order");
        }
        if let Some(keyed) = keyed {
            state.keys.remember(keyed, holder, accepted, now);
        }
        Ok(accepted)
    }

    /// Forgets channels that nobody uses, some at a time: nobody who publishes meanwhile waits for all of them.
    pub(super) async fn sweep(&self) {
        while self.sweep_some(Instant::now()) {
            sleep(PAUSE).await;
        }
    }

    /// False if that was all.
    fn sweep_some(&self, now: Instant) -> bool {
        let mut state = self.state();
        state.hubs.retain(|hub| hub.upgrade().is_some());
        let settled = state.settle(now);
        let long_ago = now.checked_sub(FORGOTTEN);
        let forgotten = (0..SLICE)
            .map_while(|_| state.forget_unused(long_ago?))
            .count();
        settled.max(forgotten) == SLICE
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no panic while publishing")
    }
}

impl State {
    /// Begins a channel if it is not there; whether it was not.
    fn begin(&mut self, channel: &ChannelName, now: Instant) -> Result<bool, BrokerError> {
        if self.channels.has(channel) {
            return Ok(false);
        }
        self.make_room(now)?;
        let head = self.channels.begin(channel);
        self.hubs()
            .for_each(|hub| hub.open(channel, head, Vec::new()));
        Ok(true)
    }

    fn next_id(
        &mut self,
        channel: &ChannelName,
        owner: u64,
        now: Instant,
    ) -> Result<MessageId, BrokerError> {
        let is_new = self.begin(channel, now)?;
        let id = self.channels.append(channel, owner).expect("it was begun");
        match is_new {
            true => drop(self.channels.rest(channel, now)),
            false => self.channels.touch(channel, now),
        }
        Ok(id)
    }

    /// A lease of a channel that is there. The end of the last one makes it idle: see [`State::settle`].
    fn lease(&mut self, hub: &Hub, channel: &ChannelName) -> Option<ChannelLease> {
        let lease = hub.lease(channel)?;
        self.channels.lend(channel);
        Some(lease)
    }

    /// The hubs whose services live.
    fn hubs(&self) -> impl Iterator<Item = Hub> {
        self.hubs.iter().filter_map(WeakHub::upgrade)
    }

    fn is_read(&self, channel: &ChannelName) -> bool {
        self.hubs().any(|hub| hub.is_leased(channel))
    }

    /// Takes about the same time however many channels there are, whether there is room or not. If more readers than are settled
    /// here have left and come back since the last sweep, a channel behind them that nobody reads is not found until the next one.
    fn make_room(&mut self, now: Instant) -> Result<(), BrokerError> {
        self.settle(now);
        if self.channels.is_full() {
            let limit = self.channels.most();
            let channel = self
                .channels
                .first_to_go()
                .cloned()
                .ok_or(BrokerError::TooManyChannels { limit })?;
            self.forget(&channel);
        }
        Ok(())
    }

    /// Forgets the channel that has been idle for longest, if it was last used by then.
    fn forget_unused(&mut self, by: Instant) -> Option<()> {
        let channel = self.channels.unused(by)?.clone();
        self.forget(&channel);
        Some(())
    }

    /// Sees to channels whose last reader has left: silent ones go, others are idle from now on. Says how many there were.
    fn settle(&mut self, now: Instant) -> usize {
        let departures = self.departures.clone();
        let left = (0..SLICE).map_while(|_| departures.take());
        left.map(|channel| self.settle_one(channel.name(), now))
            .count()
    }

    fn settle_one(&mut self, channel: &ChannelName, now: Instant) {
        if !self.is_read(channel) && !self.channels.rest(channel, now) {
            self.forget(channel);
        }
    }

    fn forget(&mut self, channel: &ChannelName) {
        self.channels.forget(channel);
        self.hubs().for_each(|hub| hub.close(channel));
    }
}

/// The epoch of a log that begins at `now`. A clock without a battery may say that it is 1970.
fn epoch(now: u64, skew: u64) -> u64 {
    now.saturating_sub(skew)
}
