//! The broker of a single process.
//!
//! A channel exists while it has messages or clients read it. One that was never published to takes
//! no memory beside its leases, and is forgotten with the last of them.

mod channels;
mod forgotten;
mod idle_by_account;
#[cfg(test)]
mod model;
mod state;
#[cfg(test)]
mod tests;
mod use_times;

use super::{BrokerError, Publication, PublishAck, unix_millis};
use channels::Channels;
use common::{
    channels::ChannelLease,
    hub::Hub,
    message::{ChannelName, Message, MessageId},
};
use parking_lot::{Mutex, MutexGuard};
use state::{SLICE, State};
use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// How long a channel is kept without use, even if there is room.
const IDLE_TTL: Duration = Duration::from_secs(60 * 60);

/// The range of the random skew of epochs, in milliseconds. Brokers of several processes often
/// start at the same moment; with the same epoch, a cursor of one would seem valid in another.
const MAX_SKEW: u64 = 4096;

/// How many channels a sweep forgets before it releases the lock: each may have a full history to
/// free.
const FORGOTTEN_AT_ONCE: usize = 32;
/// How long a sweep then waits.
const PAUSE: Duration = Duration::from_millis(1);

/// Numbers the messages of each channel and delivers them to the hubs of this process.
#[derive(Clone)]
pub struct Memory(Arc<Mutex<State>>);

impl Memory {
    /// Creates a broker of at most `max_channels` channels, of which `main` is always one.
    pub fn new(max_channels: usize) -> Self {
        let skew = RandomState::new().hash_one(()) % MAX_SKEW;
        let start = MessageId {
            epoch: epoch(unix_millis(), skew),
            offset: 0,
        };
        let state = State::new(Channels::new(max_channels, start));
        Self(Arc::new(state.into()))
    }

    /// Attaches a hub with the messages that the others hold, so that a service can restart while
    /// this process runs.
    pub(super) fn attach(&self, hub: &Hub) {
        let mut state = self.state();
        state.hubs.add(hub);
        for (name, channel) in state.channels.iter() {
            let histories = state
                .hubs
                .iter()
                .filter_map(|other| Some(other.channel(name)?.messages()));
            let messages = histories.max_by_key(Vec::len).unwrap_or_default();
            hub.open(name, state.channels.latest(channel), messages);
        }
    }

    /// Returns whether a channel exists.
    pub(super) fn has(&self, channel: &ChannelName) -> bool {
        self.state().channels.contains(channel)
    }

    /// Returns a lease of a channel, or of an empty stand-in if the channel does not exist.
    pub(super) fn peek(&self, hub: &Hub, channel: &ChannelName) -> ChannelLease {
        let mut state = self.state();
        match state.lease(hub, channel) {
            Some(lease) => lease,
            None => hub
                .absent_channel(channel, state.channels.start_of(channel))
                .into(),
        }
    }

    /// Returns a lease of a channel, which is created if it does not exist.
    pub(super) fn open(
        &self,
        hub: &Hub,
        channel: &ChannelName,
    ) -> Result<ChannelLease, BrokerError> {
        // Under the same lock, since a channel without a lease may be forgotten.
        let mut state = self.state();
        state.create(channel, Instant::now())?;
        let lease = state.lease(hub, channel);
        Ok(lease.expect("every attached hub has all channels"))
    }

    /// Publishes under the lock, so that every hub receives the messages of a channel in the order
    /// of their ids.
    pub(super) fn publish(
        &self,
        publication: Publication,
        account: u64,
    ) -> Result<PublishAck, BrokerError> {
        let Publication {
            channel,
            body,
            attributes,
            key,
        } = publication;
        let mut state = self.state();
        let now = Instant::now();
        let keyed = key.map(|key| state.keys.keyed(&channel, &key, (&attributes, &body)));
        if let Some(keyed) = keyed {
            if let Some(first) = state.keys.find(keyed, now)? {
                return Ok(first);
            }
            state.keys.admit(account, now)?;
        }
        if state.has_ended(&channel) {
            return Err(BrokerError::Ended);
        }
        let ack = PublishAck {
            id: state.next_id(&channel, attributes.end, account, now)?,
            time: unix_millis(),
        };
        let message = Message::with_attributes(ack.id, &channel, &body, &attributes, ack.time);
        for hub in state.hubs.iter() {
            hub.deliver(&channel, message.clone())
                .expect("a hub receives messages only from here, in order");
        }
        if let Some(keyed) = keyed {
            state.keys.remember(keyed, account, ack, now);
        }
        Ok(ack)
    }

    /// Forgets unused channels, a slice at a time, so that publishers do not wait for all of them.
    pub(super) async fn sweep(&self) {
        while self.sweep_slice(Instant::now()) {
            sleep(PAUSE).await;
        }
    }

    /// Returns whether there may be more.
    fn sweep_slice(&self, now: Instant) -> bool {
        let mut state = self.state();
        state.hubs.remove_dropped();
        let settled = state.settle(now);
        let by = now.checked_sub(IDLE_TTL);
        let forget = |_| state.forget_unused(by?);
        let forgotten = (0..FORGOTTEN_AT_ONCE).map_while(forget).count();
        settled == SLICE || forgotten == FORGOTTEN_AT_ONCE
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock()
    }
}

/// Returns the epoch of a broker that starts at `now`. A clock without a battery may be at 1970.
fn epoch(now: u64, skew: u64) -> u64 {
    now.saturating_sub(skew)
}
