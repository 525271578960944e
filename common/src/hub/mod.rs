//! Where published messages meet their subscribers.
//!
//! - [`Hub`]: the channels of one service; [`Hub::deliver`] is the only way in
//! - [`Channel`]: one channel: its history, and which shards have subscribers of it
//! - [`Shard`]: the subscribers of one worker thread, each with its own cursor
//! - [`Encoder`]: what the hub needs of a transport
//!
//! Subscribers pull. A delivery only notifies the shards; each of them then fans out: it writes to
//! every subscriber what comes after its cursor. There is no queue per subscriber, and a slow
//! subscriber costs only its socket.

mod channel;
mod encode_cache;
mod memory_ledger;
mod poll_subscriber;
mod shard;
mod shard_bits;
mod stream_subscriber;
mod subscribers;
mod timer_queue;

pub(crate) use channel::ReleasedChannels;
pub use channel::{Channel, ChannelLease};
pub use encode_cache::{Disconnect, EncodedBatch, Encoder, PollTemplate};
pub use poll_subscriber::ParkedPoll;
pub(crate) use shard::MAX_WORKERS;
pub use shard::Shard;
pub use stream_subscriber::{Flow, FrameHandler, MESSAGE_TIMEOUT, NewStream, PendingReply};

use crate::{
    history::{History, OutOfSequence, Retention},
    message::{ChannelName, Message, MessageId},
    metrics::Metrics,
};
use memory_ledger::MemoryLedger;
use parking_lot::{Mutex, RwLock};
use prometheus_client::metrics::gauge::Gauge;
use shard::Wakeup;
use slab::Slab;
use std::{
    collections::HashMap,
    // `shard_bits` takes its atomics from here, and from loom in `tests/lost_wakeup.rs`.
    sync::{
        Arc, OnceLock, Weak,
        atomic::{self, AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::{sync::Notify, time::sleep};

/// The pause between two checks whether the shards have had a turn.
const TURN_CHECK_INTERVAL: Duration = Duration::from_millis(10);
/// How many channels are trimmed while the table is locked.
const TRIMMED_AT_ONCE: usize = 256;
/// The golden section of 2³²: its multiples are spread evenly, for any number of them.
const GOLDEN: u32 = 0x9e37_79b9;

/// The channels of one service. Cloning copies a reference.
#[derive(Clone)]
pub struct Hub(Arc<Shared>);

/// A reference to a [`Hub`] that does not keep it alive: see [`Hub::downgrade`].
#[derive(Clone)]
pub struct WeakHub(Weak<Shared>);

impl WeakHub {
    /// Returns the hub while its service runs.
    pub fn upgrade(&self) -> Option<Hub> {
        self.0.upgrade().map(Hub)
    }
}

struct Shared {
    channels: RwLock<ChannelTable>,
    ledger: MemoryLedger,
    /// Where channels report the end of their last lease, if the broker uses that.
    released: OnceLock<Arc<ReleasedChannels>>,
    /// One for each shard.
    wakeups: Mutex<Vec<Arc<Wakeup>>>,
    /// Set when the service drains.
    drain: OnceLock<Drain>,
    drain_began: Notify,
    /// Spreads the ends of [`Hub::drained`] over a drain.
    drain_turn: AtomicU32,
    retention: Retention,
    timeouts: Timeouts,
    metrics: Arc<Metrics>,
}

/// How long subscribers may be silent or slow.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// Between two heartbeats of a stream.
    pub heartbeat: Duration,
    /// How long backpressure may last before the subscriber is disconnected.
    pub stalled: Duration,
    /// Between the response to a poll and the next request on the connection.
    pub keep_alive: Duration,
}

/// How a draining service disconnects its subscribers.
#[derive(Clone, Copy)]
struct Drain {
    /// The time over which disconnects are spread.
    spread: Duration,
    /// How long connections are still accepted.
    accept_for: Duration,
    /// How long after that the service may take to end.
    ends_within: Duration,
}

impl Hub {
    /// Creates a hub without channels. Its histories hold at most `memory_limit` bytes together;
    /// the latest message is kept whatever its size.
    pub fn new(
        retention: Retention,
        memory_limit: usize,
        timeouts: Timeouts,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self(Arc::new(Shared {
            channels: RwLock::default(),
            ledger: MemoryLedger::new(memory_limit),
            released: OnceLock::new(),
            wakeups: Mutex::default(),
            drain: OnceLock::new(),
            drain_began: Notify::new(),
            drain_turn: AtomicU32::new(0),
            retention,
            timeouts,
            metrics,
        }))
    }

    /// Returns a reference that does not keep the hub alive.
    pub fn downgrade(&self) -> WeakHub {
        WeakHub(Arc::downgrade(&self.0))
    }

    /// Returns the service's metrics.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Sets where channels report the end of their last lease. Called before the first
    /// [`Hub::open`].
    pub(crate) fn report_released_to(&self, released: Arc<ReleasedChannels>) {
        let _ = self.0.released.set(released);
    }

    /// Opens a channel whose latest id is `latest`, with the messages before it: see
    /// [`History::restart`]. Does nothing if the channel is open.
    pub fn open(&self, name: &ChannelName, latest: MessageId, backlog: Vec<Message>) {
        if self.channel(name).is_some() {
            return;
        }
        let history = History::new(latest, self.0.retention);
        let released = self.0.released.get().cloned();
        let channel = Arc::new(Channel::new(name.clone(), history, released));
        self.0.channels.write().insert(channel.clone());
        if !backlog.is_empty() {
            let change = channel.restart(latest, backlog);
            self.0.ledger.record(&channel, change);
        }
    }

    /// Returns an empty stand-in for a channel that is not open. It never gets a message, so
    /// nothing may wait for one.
    pub fn absent_channel(&self, name: &ChannelName, latest: MessageId) -> Arc<Channel> {
        let history = History::new(latest, self.0.retention);
        Channel::absent(name.clone(), history).into()
    }

    /// Returns an open channel.
    pub fn channel(&self, name: &ChannelName) -> Option<Arc<Channel>> {
        self.0.channels.read().get(name).cloned()
    }

    /// Returns a lease of an open channel. The broker calls it while it cannot close the channel.
    pub fn lease(&self, name: &ChannelName) -> Option<ChannelLease> {
        self.channel(name).map(ChannelLease::from)
    }

    /// Returns whether an open channel has a lease.
    pub(crate) fn is_leased(&self, name: &ChannelName) -> bool {
        let channels = self.0.channels.read();
        channels
            .get(name)
            .is_some_and(|channel| channel.is_leased())
    }

    /// Closes a channel that has no subscribers, and removes its messages.
    pub fn close(&self, name: &ChannelName) {
        let closed = self.0.channels.write().remove(name);
        if let Some(channel) = closed {
            self.0.ledger.remove(&channel);
        }
    }

    /// Closes a channel unless it has a lease. Returns whether it is closed.
    pub fn close_unused(&self, name: &ChannelName) -> bool {
        let mut channels = self.0.channels.write();
        if channels
            .get(name)
            .is_some_and(|channel| channel.is_leased())
        {
            return false;
        }
        let closed = channels.remove(name);
        drop(channels);
        if let Some(channel) = closed {
            self.0.ledger.remove(&channel);
        }
        true
    }

    /// Appends the channel's next message and notifies its subscribers. Does nothing if the channel
    /// is not open.
    ///
    /// # Errors
    ///
    /// Returns [`OutOfSequence`] if messages are missing before this one. The broker then delivers
    /// them, or restarts the channel.
    pub fn deliver(&self, name: &ChannelName, message: Message) -> Result<(), OutOfSequence> {
        let Some(channel) = self.channel(name) else {
            return Ok(());
        };
        let change = channel.append(message)?;
        self.notify(&channel);
        self.0.ledger.record(&channel, change);
        Ok(())
    }

    /// Replaces a channel's history: see [`History::restart`].
    ///
    /// Every subscriber whose cursor the new history does not continue gets a reset: none waits for
    /// messages that never come, and none mistakes messages of one history for those of another.
    pub fn restart(&self, name: &ChannelName, latest: MessageId, backlog: Vec<Message>) {
        let Some(channel) = self.channel(name) else {
            return;
        };
        let change = channel.restart(latest, backlog);
        self.notify(&channel);
        self.0.ledger.record(&channel, change);
    }

    /// Removes messages that are too old at `now`, in milliseconds since 1970.
    ///
    /// Locks the table for a few channels at a time, so that opening one does not wait for all.
    pub fn trim(&self, now: u64) {
        let mut next = Some(0);
        while let Some(from) = next {
            let channels = self.0.channels.read();
            let (slice, after) = channels.slice(from, TRIMMED_AT_ONCE);
            for channel in slice {
                self.0.ledger.record(channel, channel.trim(now));
            }
            next = after;
        }
        let channels = self.0.channels.read().len();
        set_gauge(&self.0.metrics.channels, channels);
        set_gauge(&self.0.metrics.history_bytes, self.0.ledger.total());
    }

    /// Drains: disconnects all subscribers, spread evenly over `spread`, and new ones at once.
    pub fn drain(&self, spread: Duration) {
        self.drain_accepting(spread, spread, Duration::ZERO);
    }

    /// Drains a service that accepts connections for `accept_for` and ends within `ends_within`
    /// after that. Subscribers are asked to reconnect when it has ended.
    pub(crate) fn drain_accepting(
        &self,
        spread: Duration,
        accept_for: Duration,
        ends_within: Duration,
    ) {
        let _ = self.0.drain.set(Drain {
            spread,
            accept_for,
            ends_within,
        });
        self.0.metrics.draining.set(1);
        self.0.drain_began.notify_waiters();
        for wakeup in self.0.wakeups.lock().iter() {
            wakeup.wake();
        }
    }

    /// Returns whether the service drains.
    pub fn is_draining(&self) -> bool {
        self.0.drain.get().is_some()
    }

    fn current_drain(&self) -> Option<Drain> {
        self.0.drain.get().copied()
    }

    /// Waits for the moment at which a drain disconnects the caller, at once if one is running.
    ///
    /// Counts as a subscriber meanwhile. For requests that wait in actix: see
    /// [`Channel::changed_from`].
    pub async fn drained(&self) {
        // Created before the check: a drain that begins after it wakes this.
        let began = self.0.drain_began.notified();
        if self.is_draining() {
            return;
        }
        let _counted = CountedSubscriber::new(self.0.metrics.clone());
        began.await;
        if let Some(drain) = self.current_drain() {
            let turn = self.0.drain_turn.fetch_add(GOLDEN, Ordering::Relaxed);
            sleep(drain.spread.mul_f64(f64::from(turn) / 2_f64.powi(32))).await;
        }
        self.0.metrics.drained.inc();
    }

    /// Waits until every shard has had another turn: forever, if a worker thread is stuck.
    pub(crate) async fn next_turn(&self) {
        let mut pending: Vec<_> = self
            .0
            .wakeups
            .lock()
            .iter()
            .map(|wakeup| (wakeup.clone(), wakeup.turns()))
            .collect();
        for (wakeup, _) in &pending {
            wakeup.wake();
        }
        while !pending.is_empty() {
            sleep(TURN_CHECK_INTERVAL).await;
            pending.retain(|(wakeup, turns)| wakeup.turns() == *turns);
        }
    }

    /// Notifies the shards with subscribers of this channel, and waiting requests. The history is
    /// unlocked by now: the first thing they do is lock it.
    fn notify(&self, channel: &Arc<Channel>) {
        for wakeup in self.0.wakeups.lock().iter() {
            if channel.is_subscribed_by(wakeup.bit()) {
                wakeup.notify(channel);
            }
        }
        channel.notify_waiters();
    }

    /// Creates the wakeup of one more shard, with the next number.
    fn new_wakeup(&self) -> Arc<Wakeup> {
        let mut wakeups = self.0.wakeups.lock();
        let wakeup = Arc::new(Wakeup::new(wakeups.len()));
        wakeups.push(wakeup.clone());
        wakeup
    }
}

fn set_gauge(gauge: &Gauge, value: usize) {
    gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
}

/// Counts one subscriber that no shard counts.
struct CountedSubscriber(Arc<Metrics>);

impl CountedSubscriber {
    fn new(metrics: Arc<Metrics>) -> Self {
        metrics.subscribers.inc();
        Self(metrics)
    }
}

impl Drop for CountedSubscriber {
    fn drop(&mut self) {
        self.0.subscribers.dec();
    }
}

/// Channels by name, and in an order in which a pass over all of them can be continued.
#[derive(Default)]
struct ChannelTable {
    keys: HashMap<ChannelName, usize>,
    channels: Slab<Arc<Channel>>,
}

impl ChannelTable {
    fn len(&self) -> usize {
        self.channels.len()
    }

    fn get(&self, name: &ChannelName) -> Option<&Arc<Channel>> {
        self.channels.get(*self.keys.get(name)?)
    }

    /// Adds a channel whose name is new.
    fn insert(&mut self, channel: Arc<Channel>) {
        let name = channel.name().clone();
        self.keys.insert(name, self.channels.insert(channel));
    }

    fn remove(&mut self, name: &ChannelName) -> Option<Arc<Channel>> {
        let key = self.keys.remove(name)?;
        Some(self.channels.remove(key))
    }

    /// Returns the channels with the next `count` keys, and where to continue unless that is all.
    fn slice(
        &self,
        from: usize,
        count: usize,
    ) -> (impl Iterator<Item = &Arc<Channel>>, Option<usize>) {
        let end = from.saturating_add(count).min(self.channels.capacity());
        let next = (end < self.channels.capacity()).then_some(end);
        ((from..end).filter_map(|key| self.channels.get(key)), next)
    }
}
