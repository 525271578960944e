//! The readers of one worker thread, grouped by feed, with one set of timers. Plain bookkeeping: nothing here waits.

mod streams;
mod timers;

use super::{
    Change, Feed, Patience,
    bell::Bell,
    chunks::Chunks,
    socket::{Gone, Sent, Socket},
    wheel::{Tick, Wheel, ticks},
};
use crate::{message::Id, metrics::Metrics};
use slab::Slab;
use std::{collections::HashMap, mem, sync::Arc, task::Waker, time::Duration};

/// How many readers are served before control traffic gets its turn.
const STEP: usize = 256;

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
    WaitOver,
    Expired,
    Goodbye,
}

enum Kind {
    /// A stream, whose socket is ours.
    Socket(Socket),
    /// A held request, whose socket is actix's: it is only woken.
    Held { waker: Waker, position: Id, until: Tick, change: Option<Change> },
}

impl Kind {
    fn socket(&self) -> Option<&Socket> {
        match self {
            Self::Socket(socket) => Some(socket),
            Self::Held { .. } => None,
        }
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

#[derive(Default)]
struct Set {
    stalled: bool,
    linger: bool,
}

struct Group {
    feed: Arc<Feed>,
    slots: Vec<u32>,
    chunks: Chunks,
}

pub(super) struct Readers {
    readers: Slab<Reader>,
    groups: Slab<Group>,
    /// The group of a feed, by its address.
    by_feed: HashMap<usize, usize>,
    wheel: Wheel<(Key, Timer)>,
    serial: u32,
    scratch: Box<[u8]>,
    heartbeat: Tick,
    stalled: Tick,
    /// Whoever comes now is told to go at once.
    draining: bool,
    /// What was given since [`Readers::count`].
    sent: Sent,
    bell: Arc<Bell>,
    metrics: Arc<Metrics>,
}

/// Where a walk over a group stands. It goes backwards: a reader that leaves is replaced by the last one, and one that
/// comes is put last, so that each who was there when the walk began is met.
pub(super) struct Walk {
    feed: usize,
    left: usize,
}

impl Readers {
    pub(super) fn new(patience: Patience, bell: Arc<Bell>, metrics: Arc<Metrics>) -> Self {
        Self {
            readers: Slab::new(),
            groups: Slab::new(),
            by_feed: HashMap::new(),
            wheel: Wheel::new(),
            serial: 0,
            scratch: vec![0; 16 * 1024].into(),
            heartbeat: ticks(patience.heartbeat),
            stalled: ticks(patience.stalled),
            draining: false,
            sent: Sent::default(),
            bell,
            metrics,
        }
    }

    pub(super) fn wheel(&self) -> Option<std::time::Instant> {
        self.wheel.next()
    }

    /// Holds a request until there is something past a position.
    pub(super) fn hold(&mut self, feed: &Arc<Feed>, position: Id, wait: Duration, waker: Waker) -> Key {
        let until = self.wheel.now().saturating_add(ticks(wait));
        let key = self.insert(Kind::Held { waker, position, until, change: None }, feed);
        self.wait_on(key, until);
        key
    }

    /// What a held request was woken for; none if it has to wait on, now with this waker.
    pub(super) fn change(&mut self, key: Key, new: &Waker) -> Option<Change> {
        let Kind::Held { waker, change, .. } = &mut self.find(key)?.kind else { return None };
        if change.is_none() {
            waker.clone_from(new);
        }
        *change
    }

    /// Lets a held request go.
    pub(super) fn release(&mut self, key: Key) {
        if self.find(key).is_some() {
            self.remove(key.slot, None);
        }
    }

    /// Begins a walk over the readers of a feed.
    pub(super) fn walk(&self, feed: &Arc<Feed>) -> Walk {
        feed.answer_ring(self.bell.bit());
        let feed = address(feed);
        Walk { feed, left: self.group(feed).map_or(0, |group| group.slots.len()) }
    }

    /// Serves the next readers of a walk; false when it is done.
    pub(super) fn step(&mut self, walk: &mut Walk) -> bool {
        for _ in 0..STEP {
            let length = self.group(walk.feed).map_or(0, |group| group.slots.len());
            walk.left = walk.left.min(length);
            if walk.left == 0 {
                self.by_feed.get(&walk.feed).into_iter().for_each(|group| self.groups[*group].chunks.forget());
                self.count();
                return false;
            }
            walk.left -= 1;
            let slot = self.groups[self.by_feed[&walk.feed]].slots[walk.left];
            self.serve(slot);
        }
        true
    }

    /// Gives one reader what is past its position.
    fn serve(&mut self, slot: u32) {
        let Some(reader) = self.readers.get_mut(slot as usize) else { return };
        let Group { feed, chunks, .. } = &mut self.groups[reader.group];
        let now = self.wheel.now();
        match &mut reader.kind {
            Kind::Held { position, .. } if feed.has_news(*position) => {
                let key = Key { slot, serial: reader.serial };
                self.wake(key, Change::News);
            }
            Kind::Held { .. } => {}
            Kind::Socket(socket) => {
                let sent = socket.pull(feed, chunks, now);
                if let Ok(Sent { messages, bytes, resets }) = sent {
                    self.sent.messages += messages;
                    self.sent.bytes += bytes;
                    self.sent.resets += resets;
                }
                if socket.is_blocked() {
                    self.metrics.lag.observe(feed.behind(socket.position()) as f64);
                }
                self.settle(slot, sent);
            }
        }
    }

    /// Publishes what was given, once for many readers: counters are shared among the workers.
    fn count(&mut self) {
        let Sent { messages, bytes, resets } = mem::take(&mut self.sent);
        self.metrics.delivered.inc_by(messages);
        self.metrics.bytes.inc_by(bytes);
        self.metrics.resets.inc_by(resets);
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
        self.readers.insert(Reader { kind, serial, group, place, set: Set::default() });
        self.metrics.readers.inc();
        Key { slot, serial }
    }

    fn join(&mut self, feed: &Arc<Feed>) -> usize {
        let (groups, bit) = (&mut self.groups, self.bell.bit());
        *self.by_feed.entry(address(feed)).or_insert_with(|| {
            // Before the reader looks at the log: what is appended after that look rings this worker.
            feed.set_read_on(bit, true);
            groups.insert(Group { feed: feed.clone(), slots: Vec::new(), chunks: Chunks::default() })
        })
    }

    fn remove(&mut self, slot: u32, gone: Option<Gone>) {
        let Some(reader) = self.readers.try_remove(slot as usize) else { return };
        self.metrics.readers.dec();
        let group = &mut self.groups[reader.group];
        if let Some((gone, socket)) = gone.zip(reader.kind.socket()) {
            self.metrics.gone(gone);
            gone.log(self.metrics.transport, &group.feed, socket);
        }
        group.slots.swap_remove(reader.place);
        if let Some(moved) = group.slots.get(reader.place) {
            self.readers[*moved as usize].place = reader.place;
        }
        if group.slots.is_empty() {
            group.feed.set_read_on(self.bell.bit(), false);
            self.by_feed.remove(&address(&group.feed));
            self.groups.remove(reader.group);
        }
    }

    fn set_timer(&mut self, after: Tick, key: Key, timer: Timer) {
        if self.wheel.set(after, (key, timer)) {
            self.bell.ring_alone();
        }
    }

    fn find(&mut self, key: Key) -> Option<&mut Reader> {
        self.readers.get_mut(key.slot as usize).filter(|reader| reader.serial == key.serial)
    }

    fn group(&self, feed: usize) -> Option<&Group> {
        self.by_feed.get(&feed).map(|group| &self.groups[*group])
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        let left = mem::take(&mut self.readers).len();
        self.metrics.readers.dec_by(left as i64);
    }
}

fn address(feed: &Arc<Feed>) -> usize {
    Arc::as_ptr(feed).addr()
}
