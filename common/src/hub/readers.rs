//! The readers of one worker thread, grouped by feed, with one set of timers. Plain bookkeeping: nothing here waits.

use super::{
    Answer, Feed, Goodbye, Incoming,
    bell::Bell,
    chunks::Chunks,
    socket::{Gone, Socket},
    wheel::{Tick, Wheel, ticks},
    worker::{Change, Newcomer},
};
use crate::metrics::Metrics;
use bytes::Bytes;
use slab::Slab;
use std::{collections::HashMap, mem, sync::Arc, task::Waker, time::Duration};

/// A socket that takes nothing for this long is cut.
const STALLED: Duration = Duration::from_secs(20);
/// A peer that must answer heartbeats and does not for this long is cut.
const SILENT: Duration = Duration::from_secs(30);
/// How long the last bytes of a stream may take.
const LINGER: Duration = Duration::from_secs(1);
/// How many readers are served before control traffic gets its turn.
const STEP: usize = 256;
/// The most that a draining service asks a reader to wait before it comes back.
const COMEBACK: Duration = Duration::from_secs(5);

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
    Goodbye,
}

enum Kind {
    /// A stream, whose socket is ours.
    Socket(Socket),
    /// A held request, whose socket is actix's: it is only woken.
    Held { waker: Waker, next: u64, change: Option<Change> },
}

struct Reader {
    kind: Kind,
    serial: u32,
    group: usize,
    /// Where it stands in its group.
    place: usize,
    /// The timers that are set, once each: whether the socket is blocked, and whether it is leaving.
    timed: (bool, bool),
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
    pub(super) fn new(heartbeat: Duration, bell: Arc<Bell>, metrics: Arc<Metrics>) -> Self {
        Self {
            readers: Slab::new(),
            groups: Slab::new(),
            by_feed: HashMap::new(),
            wheel: Wheel::new(),
            serial: 0,
            scratch: vec![0; 16 * 1024].into(),
            heartbeat: ticks(heartbeat),
            bell,
            metrics,
        }
    }

    pub(super) fn wheel(&self) -> Option<std::time::Instant> {
        self.wheel.next()
    }

    /// Takes a stream in: writes what it begins with and all that is past its position.
    pub(super) fn adopt(&mut self, newcomer: Newcomer) -> Option<(Key, Answer)> {
        let Newcomer { taken, feed, wire, start, mut opening, incoming } = newcomer;
        let now = self.wheel.now();
        if let Some(reset) = start.reset {
            opening.extend_from_slice(&wire.reset(reset));
        }
        let slot = self.next_slot();
        let beat = wire.heartbeat_every().map_or(self.heartbeat, ticks);
        let socket = Socket::new((taken.io, taken.connection), wire, self.bell.waker(slot), start.next, now);
        let key = self.insert(Kind::Socket(socket), &feed);
        self.set(beat, key, Timer::Heartbeat);
        self.open(slot, [&taken.head[..], &opening[..]].concat().into(), &taken.early, incoming)
    }

    /// Holds a request until its channel has something at or past an offset.
    pub(super) fn hold(&mut self, feed: &Arc<Feed>, next: u64, wait: Duration, waker: Waker) -> Key {
        let key = self.insert(Kind::Held { waker, next, change: None }, feed);
        self.set(ticks(wait), key, Timer::WaitOver);
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
                return false;
            }
            walk.left -= 1;
            let slot = self.groups[self.by_feed[&walk.feed]].slots[walk.left];
            self.serve(slot);
        }
        true
    }

    /// Looks after a socket that became ready to be read or written.
    pub(super) fn ready(&mut self, slot: u32) -> Option<(Key, Answer)> {
        let reader = self.readers.get_mut(slot as usize)?;
        let serial = reader.serial;
        if !matches!(reader.kind, Kind::Socket(_)) {
            return None;
        }
        self.serve(slot);
        let answer = self.with(slot, |socket, scratch, now| socket.read(scratch, now))??;
        Some((Key { slot, serial }, answer))
    }

    /// Gives a socket the answer it waited for.
    pub(super) fn answered(&mut self, key: Key, answer: Bytes) -> Option<(Key, Answer)> {
        self.find(key)?;
        self.with(key.slot, |socket, _, now| socket.answered(answer, now))?;
        self.ready(key.slot)
    }

    /// Fires the timers that are due.
    pub(super) fn fire(&mut self) {
        for (key, timer) in self.wheel.due() {
            if self.find(key).is_some() {
                self.fire_one(key, timer);
            }
        }
    }

    /// Sets a goodbye for every reader, spread evenly.
    pub(super) fn drain(&mut self, spread: Duration) {
        let keys: Vec<_> =
            self.readers.iter().map(|(slot, reader)| Key { slot: slot as u32, serial: reader.serial }).collect();
        let count = keys.len() as u32;
        for (at, key) in (0..).zip(keys) {
            self.set(ticks(spread * at / count), key, Timer::Goodbye);
        }
    }

    fn fire_one(&mut self, key: Key, timer: Timer) {
        match timer {
            Timer::Heartbeat => self.beat(key),
            Timer::Stalled => self.check_stalled(key),
            Timer::Linger => self.remove(key.slot, Some(Gone::Ended)),
            Timer::WaitOver => self.wake(key, Change::WaitOver),
            Timer::Goodbye => self.say_goodbye(key),
        }
    }

    fn beat(&mut self, key: Key) {
        let Some(socket) = self.socket(key.slot) else { return };
        let wire = socket.wire().clone();
        let (blocked, heard) = (socket.is_blocked() || socket.is_leaving(), socket.heard);
        if wire.expects_answers() && self.wheel.now().saturating_sub(heard) > ticks(SILENT) {
            return self.remove(key.slot, Some(Gone::Silent));
        }
        if !blocked {
            self.with(key.slot, |socket, _, now| socket.send(wire.heartbeat(), now));
        }
        self.set(wire.heartbeat_every().map_or(self.heartbeat, ticks), key, Timer::Heartbeat);
    }

    fn check_stalled(&mut self, key: Key) {
        let now = self.wheel.now();
        let Some(socket) = self.socket(key.slot) else { return };
        let (blocked, quiet) = (socket.is_blocked(), now.saturating_sub(socket.written));
        match blocked {
            true if quiet >= ticks(STALLED) => self.remove(key.slot, Some(Gone::Slow)),
            true => self.set(ticks(STALLED) - quiet, key, Timer::Stalled),
            false => self.readers[key.slot as usize].timed.0 = false,
        }
    }

    fn say_goodbye(&mut self, key: Key) {
        // Spread by the slot's number: a draining server needs no dice to keep its readers apart.
        let comeback = COMEBACK * (key.slot * 7919 % 1000) / 1000 + Duration::from_millis(500);
        self.wake(key, Change::Draining);
        self.with(key.slot, |socket, _, now| socket.leave(Goodbye::Draining(comeback), now));
    }

    fn wake(&mut self, key: Key, why: Change) {
        let Some(Reader { kind: Kind::Held { waker, change, .. }, .. }) = self.find(key) else { return };
        if change.is_none() {
            *change = Some(why);
            waker.wake_by_ref();
        }
    }

    /// Gives one reader what is past its position.
    fn serve(&mut self, slot: u32) {
        let Some(reader) = self.readers.get_mut(slot as usize) else { return };
        let Group { feed, chunks, .. } = &mut self.groups[reader.group];
        let now = self.wheel.now();
        match &mut reader.kind {
            Kind::Held { next, .. } if feed.has(*next) => {
                let key = Key { slot, serial: reader.serial };
                self.wake(key, Change::Message);
            }
            Kind::Held { .. } => {}
            Kind::Socket(socket) => {
                let sent = socket.pull(feed, chunks, now);
                self.metrics.delivered.inc_by(*sent.as_ref().unwrap_or(&0));
                self.settle(slot, sent);
            }
        }
    }

    /// Begins a socket's stream with its first bytes, and with what the peer said too early.
    fn open(
        &mut self,
        slot: u32,
        first: Bytes,
        early: &[u8],
        incoming: Option<Box<dyn Incoming>>,
    ) -> Option<(Key, Answer)> {
        let serial = self.readers[slot as usize].serial;
        let answer = self.with(slot, |socket, _, now| {
            socket.send(first, now)?;
            socket.listen(incoming, early, now)
        })?;
        match answer {
            Some(answer) => Some((Key { slot, serial }, answer)),
            None => self.ready(slot),
        }
    }

    /// Does something with a socket and sees to what follows; none if there is no such socket, or no longer.
    fn with<T>(&mut self, slot: u32, act: impl FnOnce(&mut Socket, &mut [u8], Tick) -> Result<T, Gone>) -> Option<T> {
        let now = self.wheel.now();
        let Kind::Socket(socket) = &mut self.readers.get_mut(slot as usize)?.kind else { return None };
        let result = act(socket, &mut self.scratch, now);
        self.settle(slot, result)
    }

    /// Removes a reader that is gone; sets the timers that its state asks for.
    fn settle<T>(&mut self, slot: u32, result: Result<T, Gone>) -> Option<T> {
        let value = match result {
            Ok(value) => value,
            Err(gone) => {
                self.remove(slot, Some(gone));
                return None;
            }
        };
        let reader = self.readers.get_mut(slot as usize)?;
        let Kind::Socket(socket) = &reader.kind else { return Some(value) };
        let wanted = (socket.is_blocked(), socket.is_leaving());
        let (blocked, leaving) = (wanted.0 && !reader.timed.0, wanted.1 && !reader.timed.1);
        reader.timed = (reader.timed.0 || wanted.0, wanted.1);
        let key = Key { slot, serial: reader.serial };
        if blocked {
            self.set(ticks(STALLED), key, Timer::Stalled);
        }
        if leaving {
            self.set(ticks(LINGER), key, Timer::Linger);
        }
        Some(value)
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
        self.readers.insert(Reader { kind, serial, group, place, timed: (false, false) });
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
        gone.inspect(|gone| self.metrics.gone(*gone));
        let group = &mut self.groups[reader.group];
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

    fn set(&mut self, after: Tick, key: Key, timer: Timer) {
        if self.wheel.set(after, (key, timer)) {
            self.bell.ring_alone();
        }
    }

    fn find(&mut self, key: Key) -> Option<&mut Reader> {
        self.readers.get_mut(key.slot as usize).filter(|reader| reader.serial == key.serial)
    }

    fn socket(&self, slot: u32) -> Option<&Socket> {
        match &self.readers.get(slot as usize)?.kind {
            Kind::Socket(socket) => Some(socket),
            Kind::Held { .. } => None,
        }
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
