//! The readers of one worker thread, grouped by feed, with one set of timers. Plain bookkeeping: nothing here waits.

mod fan_out;
mod pollers;
mod streams;
#[cfg(test)]
mod tests;
mod timers;
mod waiters;

use super::{
    Channel, ChannelLease, Timeouts, disconnect,
    encode_cache::EncodeCache,
    poll_subscriber::PollSubscriber,
    socket_writer::SocketWriter,
    stream_subscriber::StreamSubscriber,
    timer_queue::{Clock, Tick, TimerQueue, ticks},
    wakeup::Wakeup,
};
use crate::{
    budget::MemoryBudget,
    message::MessageId,
    metrics::{DisconnectReason, Metrics, Sent},
    net::Reattached,
};
use slab::Slab;
use std::{collections::HashMap, mem, sync::Arc, time::Duration};
use waiters::Waiter;

/// Gives a socket back to actix.
pub(super) type GiveBack = Box<dyn Fn(Reattached)>;

/// A reader that may be gone: its slot, and a serial number that no other reader of this worker had.
#[derive(Clone, Copy)]
pub(super) struct SubscriberKey {
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
    Disconnect,
}

enum SubscriberKind {
    /// Gets all that comes.
    Stream(StreamSubscriber),
    /// Gets one answer to each request.
    Poll(PollSubscriber),
    /// A request whose socket is actix's: it is only woken.
    Waiter(Waiter),
}

impl SubscriberKind {
    fn writer(&self) -> Option<&SocketWriter> {
        match self {
            Self::Stream(stream) => Some(&stream.writer),
            Self::Poll(poller) => Some(&poller.writer),
            Self::Waiter(_) => None,
        }
    }

    fn cursor(&self) -> MessageId {
        match self {
            Self::Stream(stream) => stream.cursor(),
            Self::Poll(poller) => poller.cursor,
            Self::Waiter(held) => held.cursor,
        }
    }

    /// Whether it is a reader now, and not between two requests.
    fn reads(&self) -> bool {
        !matches!(self, Self::Poll(poller) if !poller.waits())
    }
}

struct Subscriber {
    kind: SubscriberKind,
    serial: u32,
    group: usize,
    /// Where it stands in its group.
    place: usize,
    /// The timers that are set, once each.
    set: Set,
}

/// What is left of a reader, and what it read.
struct Removed {
    kind: SubscriberKind,
    feed: Arc<Channel>,
}

#[derive(Default)]
struct Set {
    stalled: bool,
    linger: bool,
    unfinished: bool,
}

struct ChannelGroup {
    feed: ChannelLease,
    slots: Vec<u32>,
    /// The newest offset when the latest walk began.
    walked: u64,
}

pub(super) struct Subscribers {
    subscribers: Slab<Subscriber>,
    groups: Slab<ChannelGroup>,
    /// The group of a feed, by its address.
    by_feed: HashMap<usize, usize>,
    encode_cache: EncodeCache,
    timers: TimerQueue<(SubscriberKey, Timer)>,
    serial: u32,
    scratch: Box<[u8]>,
    heartbeat: Tick,
    stalled: Tick,
    keep_alive: Tick,
    /// When the last reader was told to go and no more connections are accepted; whoever comes before is told so at once.
    /// None while the service runs.
    draining: Option<Tick>,
    /// How long after that the service may take to end.
    ends_within: Duration,
    /// What was given since [`Subscribers::count`].
    sent: Sent,
    give_back: Option<GiveBack>,
    wakeup: Arc<Wakeup>,
    metrics: Arc<Metrics>,
}

impl Subscribers {
    pub(super) fn new(
        timeouts: Timeouts,
        wakeup: Arc<Wakeup>,
        metrics: Arc<Metrics>,
        budget: MemoryBudget,
        clock: Clock,
    ) -> Self {
        Self {
            subscribers: Slab::new(),
            groups: Slab::new(),
            by_feed: HashMap::new(),
            encode_cache: EncodeCache::new(budget),
            timers: TimerQueue::new(clock),
            serial: 0,
            scratch: vec![0; 16 * 1024].into(),
            heartbeat: ticks(timeouts.heartbeat),
            stalled: ticks(timeouts.stalled),
            keep_alive: ticks(timeouts.keep_alive),
            draining: None,
            ends_within: Duration::ZERO,
            sent: Sent::default(),
            give_back: None,
            wakeup,
            metrics,
        }
    }

    /// Sets how a socket goes back to actix.
    pub(super) fn set_reattach(&mut self, give_back: GiveBack) {
        self.give_back = Some(give_back);
    }

    /// Gives a socket back to actix.
    pub(super) fn reattach(&self, returned: Reattached) {
        if let Some(give_back) = &self.give_back {
            give_back(returned);
        }
    }

    pub(super) fn timers(&self) -> Option<std::time::Instant> {
        self.timers.next()
    }

    /// Publishes what was given, once for many readers: counters are shared among the workers.
    fn count(&mut self) {
        self.metrics.count_delivery(mem::take(&mut self.sent));
    }

    fn next_slot(&self) -> u32 {
        u32::try_from(self.subscribers.vacant_key()).expect("fewer sockets than 2³²")
    }

    fn insert(&mut self, kind: SubscriberKind, feed: &Arc<Channel>) -> SubscriberKey {
        self.serial = self.serial.wrapping_add(1);
        let (slot, serial) = (self.next_slot(), self.serial);
        let group = self.join(feed);
        let place = self.groups[group].slots.len();
        self.groups[group].slots.push(slot);
        self.metrics.subscribers.inc_by(kind.reads().into());
        self.subscribers.insert(Subscriber {
            kind,
            serial,
            group,
            place,
            set: Set::default(),
        });
        SubscriberKey { slot, serial }
    }

    fn join(&mut self, feed: &Arc<Channel>) -> usize {
        let (groups, bit) = (&mut self.groups, self.wakeup.bit());
        *self.by_feed.entry(address(feed)).or_insert_with(|| {
            // Before the reader looks at the log: what is appended after that look rings this worker.
            feed.set_read_on(bit, true);
            groups.insert(ChannelGroup {
                feed: feed.clone().into(),
                slots: Vec::new(),
                walked: feed.offset(),
            })
        })
    }

    /// Removes a reader for this reason.
    fn lose(&mut self, slot: u32, gone: DisconnectReason) {
        let Some(subscriber) = self.remove(slot) else {
            return;
        };
        let Some(writer) = subscriber.kind.writer() else {
            return;
        };
        // Between two requests it is no reader, and may leave when it likes.
        if !subscriber.kind.reads() && gone != DisconnectReason::Slow {
            return;
        }
        self.metrics.disconnected(gone);
        disconnect::log(
            gone,
            self.metrics.transport,
            &subscriber.feed,
            writer,
            subscriber.kind.cursor(),
        );
    }

    fn remove(&mut self, slot: u32) -> Option<Removed> {
        let subscriber = self.subscribers.try_remove(slot as usize)?;
        self.metrics
            .subscribers
            .dec_by(subscriber.kind.reads().into());
        let group = &mut self.groups[subscriber.group];
        let feed = Arc::clone(&group.feed);
        group.slots.swap_remove(subscriber.place);
        if let Some(moved) = group.slots.get(subscriber.place) {
            self.subscribers[*moved as usize].place = subscriber.place;
        }
        if group.slots.is_empty() {
            group.feed.set_read_on(self.wakeup.bit(), false);
            self.by_feed.remove(&address(&group.feed));
            // Another feed may get its address.
            self.encode_cache.forget(&group.feed);
            self.groups.remove(subscriber.group);
        }
        Some(Removed {
            kind: subscriber.kind,
            feed,
        })
    }

    fn set_timer(&mut self, after: Tick, key: SubscriberKey, timer: Timer) {
        if self.timers.set(after, (key, timer)) {
            self.wakeup.notify_shard();
        }
    }

    fn find(&mut self, key: SubscriberKey) -> Option<&mut Subscriber> {
        self.subscribers
            .get_mut(key.slot as usize)
            .filter(|subscriber| subscriber.serial == key.serial)
    }
}

impl Drop for Subscribers {
    fn drop(&mut self) {
        let left = mem::take(&mut self.subscribers)
            .iter()
            .filter(|(_, subscriber)| subscriber.kind.reads())
            .count();
        self.metrics.subscribers.dec_by(left as i64);
    }
}

fn address(feed: &Arc<Channel>) -> usize {
    Arc::as_ptr(feed).addr()
}
