//! The broker of a single process.

use super::{Accepted, BrokerError, Publication, keys::Keys, unix_millis};
use crate::{
    hub::{Hub, WeakHub},
    message::{Channel, Id, Message},
};
use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

/// A channel that nobody uses for this long makes room for a new one when room is needed.
const IDLE: Duration = Duration::from_secs(60);
/// A channel that nobody uses for this long is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(60 * 60);

/// Up to how many milliseconds before now a log says that it began. Brokers of several processes are often asked for the
/// same channel at the same moment; were their logs alike by name, a cursor of one would seem valid in the other.
const SKEW: u64 = 4096;

/// Numbers the messages of each channel and hands them to the hubs of this process.
#[derive(Clone)]
pub struct Memory(Arc<Mutex<State>>);

struct State {
    hubs: Vec<WeakHub>,
    channels: HashMap<Channel, Position>,
    max_channels: usize,
    keys: Keys,
    /// The same for all its logs, so that one that begins anew begins later.
    skew: u64,
}

struct Position {
    head: Id,
    used: Instant,
}

impl Memory {
    /// A broker for at most this many channels, of which `main` is one.
    pub fn new(max_channels: usize) -> Self {
        let skew = RandomState::new().hash_one(()) % SKEW;
        let head = Id { epoch: epoch(unix_millis(), skew), offset: 0 };
        // The document's endpoints must find theirs, however many others there are.
        let channels = HashMap::from([(Channel::main(), Position { head, used: Instant::now() })]);
        let state = State { hubs: Vec::new(), channels, max_channels, keys: Keys::default(), skew };
        Self(Arc::new(state.into()))
    }

    /// The hub begins with what the others hold, so that a service can start again while this process goes on.
    pub(super) fn attach(&self, hub: &Hub) {
        let mut state = self.state();
        let others: Vec<_> = state.hubs().collect();
        for (channel, position) in &state.channels {
            let held = others.iter().filter_map(|other| other.feed(channel)).map(|feed| feed.held());
            hub.open(channel, position.head, held.max_by_key(Vec::len).unwrap_or_default());
        }
        state.hubs.push(hub.downgrade());
    }

    pub(super) fn open(&self, channel: &Channel) -> Result<(), BrokerError> {
        self.state().position(channel).map(|_| ())
    }

    /// All under one lock, so that every hub gets the messages of a channel in the order of their ids.
    pub(super) fn publish(&self, publication: Publication) -> Result<Accepted, BrokerError> {
        let mut state = self.state();
        let Publication { channel, body, key } = publication;
        let now = Instant::now();
        let keyed = key.map(|key| state.keys.keyed(&channel, &key, &body));
        if let Some(keyed) = keyed
            && let Some(first) = state.keys.find(keyed, now)?
        {
            return Ok(first);
        }
        let position = state.position(&channel)?;
        position.head.offset += 1;
        let accepted = Accepted { id: position.head, time: unix_millis() };
        let message = Message::new(accepted.id, &channel, &body, accepted.time);
        for hub in state.hubs() {
            hub.deliver(&channel, message.clone())
                .expect("all that a hub of this broker gets comes from here, in order");
        }
        if let Some(keyed) = keyed {
            state.keys.remember(keyed, accepted, now);
        }
        Ok(accepted)
    }

    pub(super) fn sweep(&self) {
        self.state().forget(FORGOTTEN);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no panic while publishing")
    }
}

impl State {
    fn position(&mut self, channel: &Channel) -> Result<&mut Position, BrokerError> {
        if !self.channels.contains_key(channel) {
            self.make_room()?;
            let head = Id { epoch: epoch(unix_millis(), self.skew), offset: 0 };
            self.hubs().for_each(|hub| hub.open(channel, head, Vec::new()));
            self.channels.insert(channel.clone(), Position { head, used: Instant::now() });
        }
        let position = self.channels.get_mut(channel).expect("it was just made");
        position.used = Instant::now();
        Ok(position)
    }

    /// The hubs whose services live.
    fn hubs(&self) -> impl Iterator<Item = Hub> {
        self.hubs.iter().filter_map(WeakHub::upgrade)
    }

    /// Forgets the channels that nobody used for so long, and the hubs that are gone.
    fn forget(&mut self, idle: Duration) {
        let hubs: Vec<_> = self.hubs().collect();
        self.hubs = hubs.iter().map(Hub::downgrade).collect();
        self.channels.retain(|channel, position| position.is_in_use(channel, &hubs, idle) || close(channel, &hubs));
    }

    fn make_room(&mut self) -> Result<(), BrokerError> {
        let limit = self.max_channels;
        if self.channels.len() >= limit {
            self.forget(IDLE);
        }
        if self.channels.len() < limit { Ok(()) } else { Err(BrokerError::TooManyChannels { limit }) }
    }
}

impl Position {
    fn is_in_use(&self, channel: &Channel, hubs: &[Hub], idle: Duration) -> bool {
        let is_read = |hub: &Hub| hub.feed(channel).is_some_and(|feed| feed.is_read());
        self.used.elapsed() < idle || *channel == Channel::main() || hubs.iter().any(is_read)
    }
}

/// The epoch of a log that begins at `now`. A clock without a battery may say that it is 1970.
fn epoch(now: u64, skew: u64) -> u64 {
    now.saturating_sub(skew)
}

/// Always false: the channel is not kept.
fn close(channel: &Channel, hubs: &[Hub]) -> bool {
    hubs.iter().for_each(|hub| hub.close(channel));
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        hub::Patience,
        log::{Read, Retention},
        message::After,
        metrics::Metrics,
    };

    fn hub() -> Hub {
        hub_of(10)
    }

    fn hub_of(messages: usize) -> Hub {
        let retention = Retention { messages, bytes: 10_000, age: u64::MAX };
        let [heartbeat, stalled, keep_alive] = [15, 20, 75].map(Duration::from_secs);
        let patience = Patience { heartbeat, stalled, keep_alive };
        Hub::new(retention, 1_000_000, patience, Arc::new(Metrics::new("test")))
    }

    fn publication(channel: &str, key: Option<&str>) -> Publication {
        let channel = Channel::parse(channel).unwrap();
        Publication { channel, body: "1".into(), key: key.map(str::to_owned) }
    }

    fn messages(hub: &Hub, channel: &str) -> Vec<u64> {
        let feed = hub.feed(&Channel::parse(channel).unwrap()).unwrap();
        match feed.read(feed.start(After::Start).position, 100, 100_000) {
            Read::Messages(batch) => batch.iter().map(|message| message.id.offset).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_hub_gets_every_message_in_order() {
        let (memory, hubs) = (Memory::new(10), [hub(), hub()]);
        hubs.iter().for_each(|hub| memory.attach(hub));
        let offsets: Vec<_> = (0..3).map(|_| memory.publish(publication("a", None)).unwrap().id.offset).collect();
        assert_eq!(offsets, [1, 2, 3]);
        hubs.iter().for_each(|hub| assert_eq!(messages(hub, "a"), [1, 2, 3]));
    }

    #[test]
    fn logs_of_two_brokers_are_not_taken_for_one() {
        let epoch = |memory: Memory| memory.publish(publication("a", None)).unwrap().id.epoch;
        let epochs: std::collections::HashSet<_> = (0..100).map(|_| epoch(Memory::new(2))).collect();
        assert!(epochs.len() > 80, "100 brokers began {} different logs at the same moment", epochs.len());
    }

    #[test]
    fn a_clock_in_1970_makes_an_epoch_that_is_a_small_number() {
        assert_eq!((epoch(0, SKEW - 1), epoch(SKEW, 1)), (0, SKEW - 1));
    }

    #[test]
    fn a_hub_that_comes_later_continues_where_the_others_are() {
        let memory = Memory::new(10);
        let first = memory.publish(publication("a", None)).unwrap();
        let late = hub();
        memory.attach(&late);
        assert_eq!(late.feed(&Channel::parse("a").unwrap()).unwrap().head(), first.id);
    }

    #[test]
    fn a_hub_that_comes_later_begins_with_what_the_others_hold() {
        let (memory, small, first) = (Memory::new(10), hub_of(2), hub());
        [&small, &first].into_iter().for_each(|hub| memory.attach(hub));
        (0..5).for_each(|_| assert!(memory.publish(publication("a", None)).is_ok()));
        let late = hub();
        memory.attach(&late);
        drop(first);
        memory.publish(publication("a", None)).unwrap();
        assert_eq!((messages(&small, "a"), messages(&late, "a")), (vec![5, 6], vec![1, 2, 3, 4, 5, 6]));
    }

    #[test]
    fn a_hub_that_is_gone_is_forgotten() {
        let (memory, gone) = (Memory::new(10), hub());
        memory.attach(&gone);
        drop(gone);
        memory.publish(publication("a", None)).unwrap();
        memory.sweep();
        assert!(memory.state().hubs.is_empty());
    }

    #[test]
    fn a_repeated_key_publishes_nothing() {
        let (memory, hub) = (Memory::new(10), hub());
        memory.attach(&hub);
        let first = memory.publish(publication("a", Some("k")));
        assert_eq!(memory.publish(publication("a", Some("k"))), first);
        assert_ne!(memory.publish(publication("a", Some("l"))), first);
        memory.publish(publication("b", Some("k"))).unwrap();
        let other = Publication { body: "2".into(), ..publication("a", Some("k")) };
        assert_eq!(memory.publish(other), Err(BrokerError::KeyReused));
        assert_eq!((messages(&hub, "a"), messages(&hub, "b")), (vec![1, 2], vec![1]));
    }

    #[test]
    fn channels_are_bounded_and_idle_ones_make_room() {
        let (memory, hub) = (Memory::new(3), hub());
        memory.attach(&hub);
        memory.publish(publication("a", None)).unwrap();
        memory.publish(publication("b", None)).unwrap();
        assert_eq!(memory.publish(publication("c", None)), Err(BrokerError::TooManyChannels { limit: 3 }));
        let long_ago = Instant::now().checked_sub(IDLE).unwrap();
        memory.state().channels.get_mut(&Channel::parse("a").unwrap()).unwrap().used = long_ago;
        memory.publish(publication("c", None)).unwrap();
        assert!(hub.feed(&Channel::parse("a").unwrap()).is_none());
        assert_eq!(messages(&hub, "b"), [1]);
    }
}
