//! Where messages meet readers.
//!
//! - [`Hub`]: the channels of one service and their logs; [`Hub::deliver`] is the only way in
//! - [`Feed`]: one channel: its log, and which worker threads have readers of it
//! - [`Worker`]: the readers of one thread, each with a position of its own in a feed
//! - [`Wire`]: what the hub needs to know of a transport
//!
//! Readers pull: a delivery only rings the workers, each of which then walks over its readers and gives every one what
//! is past its position. So there is no queue per reader, and a slow reader costs nothing but its socket.

mod bell;
mod chunks;
mod feed;
mod feeds;
mod gather;
mod gone;
mod lease;
mod ledger;
mod line;
mod poller;
mod readers;
mod stream;
mod wheel;
mod wire;
mod worker;

pub(crate) use bell::MAX_WORKERS;
pub use chunks::Chunk;
pub use feed::Feed;
pub(crate) use gone::Gone;
pub(crate) use lease::Departures;
pub use lease::Lease;
pub use wire::{Answer, Exchange, Goodbye, Incoming, MESSAGE_TIMEOUT, Then, Wire};
pub use worker::{Change, Newcomer, Waiting, Worker};

use crate::{
    log::{Gap, Log, Retention},
    message::{Channel, Id, Message},
    metrics::Metrics,
};
use bell::Bell;
use feeds::Feeds;
use ledger::Ledger;
use std::{
    sync::{Arc, Mutex, MutexGuard, OnceLock, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak},
    time::Duration,
};
use tokio::time::sleep;

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
    feeds: RwLock<Feeds>,
    ledger: Ledger,
    /// Where the broker hears that nobody reads a channel any more; none if it does not ask.
    departures: OnceLock<Arc<Departures>>,
    /// A feed without messages, for readers that wait for nothing but the end.
    silent: Arc<Feed>,
    bells: Mutex<Vec<Arc<Bell>>>,
    /// Over how much time the readers are told to go; none while the service runs.
    draining: OnceLock<Drain>,
    retention: Retention,
    patience: Patience,
    metrics: Arc<Metrics>,
}

/// How long readers may be silent.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
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
}

impl Hub {
    /// A hub without channels that keeps at most `total` bytes of messages, and the newest one whatever its size.
    pub fn new(retention: Retention, total: usize, patience: Patience, metrics: Arc<Metrics>) -> Self {
        let silent = Feed::new(Channel::main(), Log::new(Id { epoch: 0, offset: 0 }, retention), false, None);
        Self(Arc::new(Shared {
            feeds: RwLock::default(),
            ledger: Ledger::new(total),
            departures: OnceLock::new(),
            silent: silent.into(),
            bells: Mutex::default(),
            draining: OnceLock::new(),
            retention,
            patience,
            metrics,
        }))
    }

    /// Begins a channel whose newest message is `head`, with the messages that lead up to it (see [`Log::restart`]); does
    /// nothing if it is there already.
    pub fn open(&self, channel: &Channel, head: Id, backlog: Vec<Message>) {
        if self.feed(channel).is_some() {
            return;
        }
        let log = Log::new(head, self.0.retention);
        let feed = Arc::new(Feed::new(channel.clone(), log, true, self.0.departures.get().cloned()));
        self.feeds_mut().insert(feed.clone());
        if !backlog.is_empty() {
            self.0.ledger.note(&feed, feed.restart(head, backlog));
        }
    }

    /// A feed for a channel that is not there: it holds nothing and ends where the channel will begin. It gets nothing either, so
    /// nobody may wait for it.
    pub fn nothing(&self, channel: &Channel, head: Id) -> Arc<Feed> {
        Feed::new(channel.clone(), Log::new(head, self.0.retention), false, None).into()
    }

    /// From now on it is told there when a channel's last lease ends; before the first channel is opened.
    pub(crate) fn tell_departures(&self, departures: Arc<Departures>) {
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
        self.0.metrics.held.set(i64::try_from(self.0.ledger.held()).unwrap_or(i64::MAX));
        self.0.metrics.channels.set(i64::try_from(channels).unwrap_or(i64::MAX));
    }

    /// Forgets a channel that has no readers.
    pub fn close(&self, channel: &Channel) {
        let closed = self.feeds_mut().remove(channel);
        closed.into_iter().for_each(|feed| self.0.ledger.strike(&feed));
    }

    /// Forgets a channel, unless somebody reads it or is about to; whether it is forgotten.
    pub fn close_unused(&self, channel: &Channel) -> bool {
        let mut feeds = self.feeds_mut();
        if feeds.get(channel).is_some_and(|feed| feed.is_read()) {
            return false;
        }
        let closed = feeds.remove(channel);
        drop(feeds);
        closed.into_iter().for_each(|feed| self.0.ledger.strike(&feed));
        true
    }

    /// A lease of the feed of a channel that a broker has opened; made while nobody can close the channel.
    pub fn lease(&self, channel: &Channel) -> Option<Lease> {
        self.feeds().get(channel).cloned().map(Lease::from)
    }

    /// The feed of a channel that a broker has opened.
    pub fn feed(&self, channel: &Channel) -> Option<Arc<Feed>> {
        self.feeds().get(channel).cloned()
    }

    /// Whether somebody reads a channel or is about to.
    pub(crate) fn is_read(&self, channel: &Channel) -> bool {
        self.feeds().get(channel).is_some_and(|feed| feed.is_read())
    }

    /// Takes the channel's next message from the broker and wakes whoever waits for it. A channel that is not open takes
    /// nothing. After a [`Gap`] the broker finds what is missing, or else restarts the channel.
    pub fn deliver(&self, channel: &Channel, message: Message) -> Result<(), Gap> {
        let Some(feed) = self.feed(channel) else { return Ok(()) };
        let change = feed.append(message)?;
        self.ring(&feed);
        self.0.ledger.note(&feed, change);
        Ok(())
    }

    /// The channel has another history from now on (see [`Log::restart`]). Every reader whose position is no part of it is
    /// told so: none waits for messages that will never come, and none takes those of one history for those of another.
    pub fn restart(&self, channel: &Channel, head: Id, backlog: Vec<Message>) {
        let Some(feed) = self.feed(channel) else { return };
        let change = feed.restart(head, backlog);
        self.ring(&feed);
        self.0.ledger.note(&feed, change);
    }

    /// Tells every reader to go, spread evenly over `spread`, and lets no new one stay.
    pub fn drain(&self, spread: Duration) {
        self.drain_open(spread, spread);
    }

    /// The same for a service that accepts connections for as long as `open`: readers are asked to come back after that.
    pub(crate) fn drain_open(&self, spread: Duration, open: Duration) {
        let _ = self.0.draining.set(Drain { spread, open });
        self.0.metrics.draining.set(1);
        self.bells().iter().for_each(|bell| bell.ring_alone());
    }

    /// Whether [`Hub::drain`] was called.
    pub fn is_draining(&self) -> bool {
        self.drain_that_runs().is_some()
    }

    /// Waits until every worker thread has had a turn from now on: for ever, if one is stuck.
    pub(crate) async fn turn(&self) {
        let mut late: Vec<_> = self.bells().iter().map(|bell| (bell.clone(), bell.turns())).collect();
        late.iter().for_each(|(bell, _)| bell.ring_alone());
        while !late.is_empty() {
            sleep(A_MOMENT).await;
            late.retain(|(bell, turns)| bell.turns() == *turns);
        }
    }

    /// What this hub counts.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Wakes the workers that have readers of this feed. Its log is unlocked: the first act of a worker is to lock it.
    fn ring(&self, feed: &Arc<Feed>) {
        let bells = self.bells();
        bells.iter().filter(|bell| feed.is_read_on(bell.bit())).for_each(|bell| bell.ring(feed));
    }

    fn feeds(&self) -> RwLockReadGuard<'_, Feeds> {
        self.0.feeds.read().expect("no panic while opening")
    }

    fn feeds_mut(&self) -> RwLockWriteGuard<'_, Feeds> {
        self.0.feeds.write().expect("no panic while opening")
    }

    fn drain_that_runs(&self) -> Option<Drain> {
        self.0.draining.get().copied()
    }

    /// A bell for one more worker thread, with a number that no other has.
    fn new_bell(&self) -> Arc<Bell> {
        let mut bells = self.bells();
        let bell = Arc::new(Bell::new(bells.len()));
        bells.push(bell.clone());
        bell
    }

    fn bells(&self) -> MutexGuard<'_, Vec<Arc<Bell>>> {
        self.0.bells.lock().expect("no panic while ringing")
    }
}
