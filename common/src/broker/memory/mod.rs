//! The broker of a single process.
//!
//! A channel is there while it has messages or somebody reads it. One that was never published to takes nothing but what its
//! readers take, and goes with the last of them.

mod channels;
mod forgotten;
#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;

use super::{Accepted, BrokerError, Publication, keys::Keys, unix_millis};
use crate::{
    hub::{Departures, Hub, Lease, WeakHub},
    message::{Channel, Id, Message},
};
use channels::{Channels, Position};
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
    departures: Arc<Departures>,
    keys: Keys,
}

impl Memory {
    /// A broker for at most this many channels, of which `main` is one.
    pub fn new(max_channels: usize) -> Self {
        let skew = RandomState::new().hash_one(()) % SKEW;
        let beginning = Id { epoch: epoch(unix_millis(), skew), offset: 0 };
        let channels = Channels::new(max_channels, beginning);
        let state = State { hubs: Vec::new(), channels, departures: Arc::default(), keys: Keys::default() };
        Self(Arc::new(state.into()))
    }

    /// The hub begins with what the others hold, so that a service can start again while this process goes on.
    pub(super) fn attach(&self, hub: &Hub) {
        let mut state = self.state();
        hub.tell_departures(state.departures.clone());
        let others: Vec<_> = state.hubs().collect();
        for (channel, position) in state.channels.iter() {
            let held = others.iter().filter_map(|other| other.feed(channel)).map(|feed| feed.held());
            hub.open(channel, position.head, held.max_by_key(Vec::len).unwrap_or_default());
        }
        state.hubs.push(hub.downgrade());
    }

    /// Whether a channel is there.
    pub(super) fn has(&self, channel: &Channel) -> bool {
        self.state().channels.has(channel)
    }

    /// What there is of a channel; it is not begun for that.
    pub(super) fn look(&self, hub: &Hub, channel: &Channel) -> Lease {
        let mut state = self.state();
        let is_there = state.channels.touch(channel, Instant::now()).is_some();
        let lease = is_there.then(|| hub.lease(channel)).flatten();
        lease.unwrap_or_else(|| hub.nothing(channel, state.channels.beginning(channel)).into())
    }

    /// Begins a channel that is not there. The lease is made under the lock: until then the channel could be forgotten.
    pub(super) fn open(&self, hub: &Hub, channel: &Channel) -> Result<Lease, BrokerError> {
        let mut state = self.state();
        state.position(channel, Instant::now())?;
        Ok(hub.lease(channel).expect("each hub that is attached has all channels"))
    }

    /// All under one lock, so that every hub gets the messages of a channel in the order of their ids.
    pub(super) fn publish(&self, publication: Publication) -> Result<Accepted, BrokerError> {
        let mut state = self.state();
        let Publication { channel, body, key, holder } = publication;
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
        let position = state.position(&channel, now)?;
        position.head.offset += 1;
        position.is_silent = false;
        let accepted = Accepted { id: position.head, time: unix_millis() };
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
        let idle = (0..SLICE).map_while(|_| state.forget_idle(Some(long_ago?))).count();
        settled.max(idle) == SLICE
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no panic while publishing")
    }
}

impl State {
    fn position(&mut self, channel: &Channel, now: Instant) -> Result<&mut Position, BrokerError> {
        if !self.channels.has(channel) {
            self.make_room(now)?;
            let head = self.channels.begin(channel, now);
            self.hubs().for_each(|hub| hub.open(channel, head, Vec::new()));
        }
        Ok(self.channels.touch(channel, now).expect("it was just begun"))
    }

    /// The hubs whose services live.
    fn hubs(&self) -> impl Iterator<Item = Hub> {
        self.hubs.iter().filter_map(WeakHub::upgrade)
    }

    fn is_read(&self, channel: &Channel) -> bool {
        self.hubs().any(|hub| hub.is_read(channel))
    }

    /// Whoever has not been used for longest goes. Each look at one that is read is paid for by its reader, who came and leaves.
    fn make_room(&mut self, now: Instant) -> Result<(), BrokerError> {
        self.settle(now);
        while self.channels.is_full() {
            if self.forget_idle(None).is_none() && self.settle(now) == 0 {
                return Err(BrokerError::TooManyChannels { limit: self.channels.most() });
            }
        }
        Ok(())
    }

    /// Forgets the channel that has been idle for longest, unless it is read; none if there is none, or none that was last used
    /// by then.
    fn forget_idle(&mut self, by: Option<Instant>) -> Option<()> {
        let channel = self.channels.take_idle(by)?;
        if !self.is_read(&channel) {
            self.forget(&channel);
        }
        Some(())
    }

    /// Sees to channels whose last reader has left: silent ones go, others are idle from now on. Says how many there were.
    fn settle(&mut self, now: Instant) -> usize {
        let departures = self.departures.clone();
        let left = (0..SLICE).map_while(|_| departures.take());
        left.map(|feed| self.settle_one(feed.channel(), now)).count()
    }

    fn settle_one(&mut self, channel: &Channel, now: Instant) {
        let is_silent = self.channels.touch(channel, now).is_some_and(|position| position.is_silent);
        match is_silent && *channel != Channel::main() {
            _ if self.is_read(channel) => {}
            true => self.forget(channel),
            false => self.channels.rest(channel, now),
        }
    }

    fn forget(&mut self, channel: &Channel) {
        self.channels.forget(channel);
        self.hubs().for_each(|hub| hub.close(channel));
    }
}

/// The epoch of a log that begins at `now`. A clock without a battery may say that it is 1970.
fn epoch(now: u64, skew: u64) -> u64 {
    now.saturating_sub(skew)
}
