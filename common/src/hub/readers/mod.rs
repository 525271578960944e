//! The readers of one worker thread, grouped by feed, with one set of timers. Plain bookkeeping: nothing here waits.

mod held;
mod pollers;
mod streams;
#[cfg(test)]
mod tests;
mod timers;
mod walk;

use super::{
    Feed, Gone, Lease, Patience,
    bell::Bell,
    chunks::Chunks,
    line::Line,
    poller::Poller,
    stream::Stream,
    wheel::{Clock, Tick, Wheel, ticks},
};
use crate::{
    budget::Budget,
    message::Id,
    metrics::{Metrics, Sent},
    server::Returned,
};
use held::Held;
use slab::Slab;
use std::{collections::HashMap, mem, sync::Arc};

/// Gives a socket back to actix.
pub(super) type GiveBack = Box<dyn Fn(Returned)>;

/// A reader that may be gone: its slot, and a serial number that no other reader of this worker had.
#[derive(Clone, Copy)]
pub(super) struct Key {
    slot: u32,
    serial: u32,
}

#[derive(Clone, Copy)]
enum Timer {
    Heartbeat,
    Stalled,
    Linger,
    Look,
    /// The message of this number is to be complete.
    Unfinished(u32),
    Expired,
    Goodbye,
}

enum Kind {
    /// Gets all that comes.
    Stream(Stream),
    /// Gets one answer to each request.
    Poller(Poller),
    /// A request whose socket is actix's: it is only woken.
    Held(Held),
}

impl Kind {
    fn line(&self) -> Option<&Line> {
        match self {
            Self::Stream(stream) => Some(&stream.line),
            Self::Poller(poller) => Some(&poller.line),
            Self::Held(_) => None,
        }
    }

    fn position(&self) -> Id {
        match self {
            Self::Stream(stream) => stream.position(),
            Self::Poller(poller) => poller.position,
            Self::Held(held) => held.position,
        }
    }

    /// Whether it is a reader now, and not between two requests.
    fn reads(&self) -> bool {
        !matches!(self, Self::Poller(poller) if !poller.waits())
    }
}

struct Reader {
    kind: Kind,
    serial: u32,
    group: usize,
    /// Where it stands in its group.
    place: usize,
    /// The timers that are set, once each.
    set: Set,
}

/// What is left of a reader, and what it read.
struct Removed {
    kind: Kind,
    feed: Arc<Feed>,
}

#[derive(Default)]
struct Set {
    stalled: bool,
    linger: bool,
    unfinished: bool,
}

struct Group {
    feed: Lease,
    slots: Vec<u32>,
    /// The newest offset when the latest walk began.
    walked: u64,
}

pub(super) struct Readers {
    readers: Slab<Reader>,
    groups: Slab<Group>,
    /// The group of a feed, by its address.
    by_feed: HashMap<usize, usize>,
    chunks: Chunks,
    wheel: Wheel<(Key, Timer)>,
    serial: u32,
    scratch: Box<[u8]>,
    heartbeat: Tick,
    stalled: Tick,
    keep_alive: Tick,
    /// When the last reader was told to go and no more connections are accepted; whoever comes before is told so at once.
    /// None while the service runs.
    draining: Option<Tick>,
    /// What was given since [`Readers::count`].
    sent: Sent,
    give_back: Option<GiveBack>,
    bell: Arc<Bell>,
    metrics: Arc<Metrics>,
}

impl Readers {
    pub(super) fn new(
        patience: Patience,
        bell: Arc<Bell>,
        metrics: Arc<Metrics>,
        budget: Budget,
        clock: Clock,
    ) -> Self {
        Self {
            readers: Slab::new(),
            groups: Slab::new(),
            by_feed: HashMap::new(),
            chunks: Chunks::new(budget),
            wheel: Wheel::new(clock),
            serial: 0,
            scratch: vec![0; 16 * 1024].into(),
            heartbeat: ticks(patience.heartbeat),
            stalled: ticks(patience.stalled),
            keep_alive: ticks(patience.keep_alive),
            draining: None,
            sent: Sent::default(),
            give_back: None,
            bell,
            metrics,
        }
    }

    /// Sets how a socket goes back to actix.
    pub(super) fn give_back_with(&mut self, give_back: GiveBack) {
        self.give_back = Some(give_back);
    }

    /// Gives a socket back to actix.
    pub(super) fn give_back(&self, returned: Returned) {
        if let Some(give_back) = &self.give_back {
            give_back(returned);
        }
    }

    pub(super) fn wheel(&self) -> Option<std::time::Instant> {
        self.wheel.next()
    }

    /// Publishes what was given, once for many readers: counters are shared among the workers.
    fn count(&mut self) {
        self.metrics.sent(mem::take(&mut self.sent));
    }

    fn next_slot(&self) -> u32 {
        u32::try_from(self.readers.vacant_key()).expect("fewer sockets than 2³²")
    }

    fn insert(&mut self, kind: Kind, feed: &Arc<Feed>) -> Key {
        self.serial = self.serial.wrapping_add(1);
        let (slot, serial) = (self.next_slot(), self.serial);
        let group = self.join(feed);
        let place = self.groups[group].slots.len();
        self.groups[group].slots.push(slot);
        self.metrics.readers.inc_by(kind.reads().into());
        self.readers.insert(Reader { kind, serial, group, place, set: Set::default() });
        Key { slot, serial }
    }

    fn join(&mut self, feed: &Arc<Feed>) -> usize {
        let (groups, bit) = (&mut self.groups, self.bell.bit());
        *self.by_feed.entry(address(feed)).or_insert_with(|| {
            // Before the reader looks at the log: what is appended after that look rings this worker.
            feed.set_read_on(bit, true);
            groups.insert(Group { feed: feed.clone().into(), slots: Vec::new(), walked: feed.offset() })
        })
    }

    /// Removes a reader for this reason.
    fn lose(&mut self, slot: u32, gone: Gone) {
        let Some(reader) = self.remove(slot) else { return };
        let Some(line) = reader.kind.line() else { return };
        // Between two requests it is no reader, and may leave when it likes.
        if !reader.kind.reads() && gone != Gone::Slow {
            return;
        }
        self.metrics.gone(gone);
        gone.log(self.metrics.transport, &reader.feed, line, reader.kind.position());
    }

    fn remove(&mut self, slot: u32) -> Option<Removed> {
        let reader = self.readers.try_remove(slot as usize)?;
        self.metrics.readers.dec_by(reader.kind.reads().into());
        let group = &mut self.groups[reader.group];
        let feed = Arc::clone(&group.feed);
        group.slots.swap_remove(reader.place);
        if let Some(moved) = group.slots.get(reader.place) {
            self.readers[*moved as usize].place = reader.place;
        }
        if group.slots.is_empty() {
            group.feed.set_read_on(self.bell.bit(), false);
            self.by_feed.remove(&address(&group.feed));
            // Another feed may get its address.
            self.chunks.forget(&group.feed);
            self.groups.remove(reader.group);
        }
        Some(Removed { kind: reader.kind, feed })
    }

    fn set_timer(&mut self, after: Tick, key: Key, timer: Timer) {
        if self.wheel.set(after, (key, timer)) {
            self.bell.ring_alone();
        }
    }

    fn find(&mut self, key: Key) -> Option<&mut Reader> {
        self.readers.get_mut(key.slot as usize).filter(|reader| reader.serial == key.serial)
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        let left = mem::take(&mut self.readers).iter().filter(|(_, reader)| reader.kind.reads()).count();
        self.metrics.readers.dec_by(left as i64);
    }
}

fn address(feed: &Arc<Feed>) -> usize {
    Arc::as_ptr(feed).addr()
}
