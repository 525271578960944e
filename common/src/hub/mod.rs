//! Where messages meet readers.
//!
//! - [`Hub`]: the channels of one service and their logs; [`Hub::deliver`] is the only way in
//! - [`Channel`]: one channel: its log, and which worker threads have readers of it
//! - [`Shard`]: the readers of one thread, each with a cursor of its own in a feed
//! - [`Encoder`]: what the hub needs to know of a transport
//!
//! Readers pull: a delivery only rings the workers, each of which then walks over its readers and gives every one what
//! is past its cursor. So there is no queue per reader, and a slow reader costs nothing but its socket.

mod channel;
mod channel_table;
mod coalesce;
mod disconnect;
mod encode_cache;
mod encoder;
mod lease;
mod memory_ledger;
mod poll_subscriber;
mod shard;
mod socket_writer;
mod stream_subscriber;
mod subscribers;
mod timer_queue;
mod wakeup;

pub use channel::Channel;
pub use encode_cache::EncodedBatch;
pub use encoder::{
    Disconnect, Encoder, Flow, FrameHandler, MESSAGE_TIMEOUT, PendingReply, PollTemplate,
};
pub use lease::ChannelLease;
pub(crate) use lease::ReleasedChannels;
pub use shard::{NewStream, ParkedPoll, Shard, WakeReason};
pub(crate) use wakeup::MAX_WORKERS;

use crate::{
    history::{History, OutOfSequence, Retention},
    message::{ChannelName, Message, MessageId},
    metrics::{DisconnectReason, Metrics},
};
use channel_table::ChannelTable;
use memory_ledger::MemoryLedger;
use std::{
    sync::{Arc, Mutex, MutexGuard, OnceLock, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak},
    time::Duration,
};
use tokio::time::sleep;
use wakeup::Wakeup;

/// Between two looks whether worker threads have had their turns.
const A_MOMENT: Duration = Duration::from_millis(10);

/// The channels of one service. Cloning copies a reference.
#[derive(Clone)]
pub struct Hub(Arc<Shared>);

/// See [`Hub::downgrade`].
#[derive(Clone)]
pub struct WeakHub(Weak<Shared>);

impl WeakHub {
    /// The hub, while its service lives.
    pub fn upgrade(&self) -> Option<Hub> {
        self.0.upgrade().map(Hub)
    }
}

struct Shared {
    feeds: RwLock<ChannelTable>,
    ledger: MemoryLedger,
    /// Where the broker hears that nobody reads a channel any more; none if it does not ask.
    departures: OnceLock<Arc<ReleasedChannels>>,
    /// A feed without messages, for readers that wait for nothing but the end.
    silent: Arc<Channel>,
    wakeups: Mutex<Vec<Arc<Wakeup>>>,
    /// Over how much time the readers are told to go; none while the service runs.
    draining: OnceLock<Drain>,
    retention: Retention,
    timeouts: Timeouts,
    metrics: Arc<Metrics>,
}

/// How long readers may be silent.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// Between two heartbeats on a stream.
    pub heartbeat: Duration,
    /// A socket that takes nothing for this long is cut.
    pub stalled: Duration,
    /// Between the answer to a poll and the next request on that connection.
    pub keep_alive: Duration,
}

/// How the readers of a service that stops are told to go.
#[derive(Clone, Copy)]
struct Drain {
    /// Over how much time.
    spread: Duration,
    /// For how long connections are accepted meanwhile.
    open: Duration,
    /// How long after that the service may take to end.
    ends_within: Duration,
}

impl Hub {
    /// A hub without channels that keeps at most `total` bytes of messages, and the newest one whatever its size.
    pub fn new(
        retention: Retention,
        total: usize,
        timeouts: Timeouts,
        metrics: Arc<Metrics>,
    ) -> Self {
        let silent = Channel::new(
            ChannelName::main(),
            History::new(
                MessageId {
                    epoch: 0,
                    offset: 0,
                },
                retention,
            ),
            false,
            None,
        );
        Self(Arc::new(Shared {
            feeds: RwLock::default(),
            ledger: MemoryLedger::new(total),
            departures: OnceLock::new(),
            silent: silent.into(),
            wakeups: Mutex::default(),
            draining: OnceLock::new(),
            retention,
            timeouts,
            metrics,
        }))
    }

    /// Begins a channel whose newest message is `latest`, with the messages that lead up to it (see [`History::restart`]); does
    /// nothing if it is there already.
    pub fn open(&self, channel: &ChannelName, latest: MessageId, backlog: Vec<Message>) {
        if self.channel(channel).is_some() {
            return;
        }
        let log = History::new(latest, self.0.retention);
        let feed = Arc::new(Channel::new(
            channel.clone(),
            log,
            true,
            self.0.departures.get().cloned(),
        ));
        self.feeds_mut().insert(feed.clone());
        if !backlog.is_empty() {
            self.0.ledger.note(&feed, feed.restart(latest, backlog));
        }
    }

    /// A feed for a channel that is not there: it holds nothing and ends where the channel will begin. It gets nothing either, so
    /// nobody may wait for it.
    pub fn absent_channel(&self, channel: &ChannelName, latest: MessageId) -> Arc<Channel> {
        Channel::new(
            channel.clone(),
            History::new(latest, self.0.retention),
            false,
            None,
        )
        .into()
    }

    /// From now on it is told there when a channel's last lease ends; before the first channel is opened.
    pub(crate) fn report_released_to(&self, departures: Arc<ReleasedChannels>) {
        let _ = self.0.departures.set(departures);
    }

    /// A reference that does not keep the hub.
    pub fn downgrade(&self) -> WeakHub {
        WeakHub(Arc::downgrade(&self.0))
    }

    /// Forgets messages that are too old at `now`, in milliseconds since 1970. Looks at some channels at a time: who opens
    /// one meanwhile does not wait for all of them.
    pub fn trim(&self, now: u64) {
        let mut from = Some(0);
        while let Some(at) = from {
            let feeds = self.feeds();
            let (slice, next) = feeds.slice(at);
            slice.for_each(|feed| self.0.ledger.note(feed, feed.trim(now)));
            from = next;
        }
        let channels = self.feeds().len();
        self.0
            .metrics
            .history_bytes
            .set(i64::try_from(self.0.ledger.held()).unwrap_or(i64::MAX));
        self.0
            .metrics
            .channels
            .set(i64::try_from(channels).unwrap_or(i64::MAX));
    }

    /// Forgets a channel that has no readers.
    pub fn close(&self, channel: &ChannelName) {
        let closed = self.feeds_mut().remove(channel);
        closed
            .into_iter()
            .for_each(|feed| self.0.ledger.strike(&feed));
    }

    /// Forgets a channel, unless somebody reads it or is about to; whether it is forgotten.
    pub fn close_unused(&self, channel: &ChannelName) -> bool {
        let mut feeds = self.feeds_mut();
        if feeds.get(channel).is_some_and(|feed| feed.is_leased()) {
            return false;
        }
        let closed = feeds.remove(channel);
        drop(feeds);
        closed
            .into_iter()
            .for_each(|feed| self.0.ledger.strike(&feed));
        true
    }

    /// A lease of the feed of a channel that a broker has opened; made while nobody can close the channel.
    pub fn lease(&self, channel: &ChannelName) -> Option<ChannelLease> {
        self.feeds().get(channel).cloned().map(ChannelLease::from)
    }

    /// The feed of a channel that a broker has opened.
    pub fn channel(&self, channel: &ChannelName) -> Option<Arc<Channel>> {
        self.feeds().get(channel).cloned()
    }

    /// Whether somebody reads a channel or is about to.
    pub(crate) fn is_leased(&self, channel: &ChannelName) -> bool {
        self.feeds()
            .get(channel)
            .is_some_and(|feed| feed.is_leased())
    }

    /// Takes the channel's next message from the broker and wakes whoever waits for it. A channel that is not open takes
    /// nothing. After a [`OutOfSequence`] the broker finds what is missing, or else restarts the channel.
    pub fn deliver(&self, channel: &ChannelName, message: Message) -> Result<(), OutOfSequence> {
        let Some(feed) = self.channel(channel) else {
            return Ok(());
        };
        let change = feed.append(message)?;
        self.ring(&feed);
        self.0.ledger.note(&feed, change);
        Ok(())
    }

    /// The channel has another history from now on (see [`History::restart`]). Every reader whose cursor is no part of it is
    /// told so: none waits for messages that will never come, and none takes those of one history for those of another.
    pub fn restart(&self, channel: &ChannelName, latest: MessageId, backlog: Vec<Message>) {
        let Some(feed) = self.channel(channel) else {
            return;
        };
        let change = feed.restart(latest, backlog);
        self.ring(&feed);
        self.0.ledger.note(&feed, change);
    }

    /// Tells every reader to go, spread evenly over `spread`, and lets no new one stay.
    pub fn drain(&self, spread: Duration) {
        self.drain_accepting(spread, spread, Duration::ZERO);
    }

    /// The same for a service that accepts connections for as long as `open` and ends within `ends_within` after that: subscribers are
    /// asked to reconnect when it has ended.
    pub(crate) fn drain_accepting(&self, spread: Duration, open: Duration, ends_within: Duration) {
        let _ = self.0.draining.set(Drain {
            spread,
            open,
            ends_within,
        });
        self.0.metrics.draining.set(1);
        self.wakeups()
            .iter()
            .for_each(|wakeup| wakeup.notify_shard());
    }

    /// Whether [`Hub::drain`] was called.
    pub fn is_draining(&self) -> bool {
        self.drain_that_runs().is_some()
    }

    /// Waits until every worker thread has had a turn from now on: for ever, if one is stuck.
    pub(crate) async fn next_turn(&self) {
        let mut late: Vec<_> = self
            .wakeups()
            .iter()
            .map(|wakeup| (wakeup.clone(), wakeup.turns()))
            .collect();
        late.iter().for_each(|(wakeup, _)| wakeup.notify_shard());
        while !late.is_empty() {
            sleep(A_MOMENT).await;
            late.retain(|(wakeup, turns)| wakeup.turns() == *turns);
        }
    }

    /// What this hub counts.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Wakes the workers that have readers of this feed. Its log is unlocked: the first act of a worker is to lock it.
    fn ring(&self, feed: &Arc<Channel>) {
        let wakeups = self.wakeups();
        wakeups
            .iter()
            .filter(|wakeup| feed.is_read_on(wakeup.bit()))
            .for_each(|wakeup| wakeup.ring(feed));
    }

    fn feeds(&self) -> RwLockReadGuard<'_, ChannelTable> {
        self.0.feeds.read().expect("no panic while opening")
    }

    fn feeds_mut(&self) -> RwLockWriteGuard<'_, ChannelTable> {
        self.0.feeds.write().expect("no panic while opening")
    }

    fn drain_that_runs(&self) -> Option<Drain> {
        self.0.draining.get().copied()
    }

    /// A bell for one more worker thread, with a number that no other has.
    fn new_wakeup(&self) -> Arc<Wakeup> {
        let mut wakeups = self.wakeups();
        let wakeup = Arc::new(Wakeup::new(wakeups.len()));
        wakeups.push(wakeup.clone());
        wakeup
    }

    fn wakeups(&self) -> MutexGuard<'_, Vec<Arc<Wakeup>>> {
        self.0.wakeups.lock().expect("no panic while ringing")
    }
}
