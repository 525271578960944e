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
mod gather;
mod gone;
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
pub use wire::{Answer, Exchange, Goodbye, Incoming, Then, Wire};
pub use worker::{Change, Newcomer, Waiting, Worker};

use crate::{
    log::{Gap, Log, Retention},
    message::{Channel, Id, Message},
    metrics::Metrics,
};
use bell::Bell;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, RwLock, Weak},
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
    feeds: RwLock<HashMap<Channel, Arc<Feed>>>,
    /// A feed without messages, for readers that wait for nothing but the end.
    silent: Arc<Feed>,
    bells: Mutex<Vec<Arc<Bell>>>,
    /// Over how much time the readers are told to go; none while the service runs.
    draining: OnceLock<Drain>,
    retention: Retention,
    /// The most bytes of messages in all channels.
    total: usize,
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
    /// A hub without channels that keeps at most `total` bytes of messages.
    pub fn new(retention: Retention, total: usize, patience: Patience, metrics: Arc<Metrics>) -> Self {
        let silent = Feed::new(Channel::main(), Log::new(Id { epoch: 0, offset: 0 }, retention));
        Self(Arc::new(Shared {
            feeds: RwLock::default(),
            silent: silent.into(),
            bells: Mutex::default(),
            draining: OnceLock::new(),
            retention,
            total,
            patience,
            metrics,
        }))
    }

    /// Begins a channel whose newest message is `head`, with the messages that lead up to it (see [`Log::restart`]); does
    /// nothing if it is there already.
    pub fn open(&self, channel: &Channel, head: Id, backlog: Vec<Message>) {
        let mut feeds = self.0.feeds.write().expect("no panic while opening");
        if !feeds.contains_key(channel) {
            let mut log = Log::new(head, self.0.retention);
            log.restart(head, backlog);
            let feed = Feed::new(channel.clone(), log);
            feeds.insert(channel.clone(), Arc::new(feed));
            let share = self.share(feeds.len());
            feeds.values().for_each(|feed| feed.set_share(share));
        }
    }

    /// A reference that does not keep the hub.
    pub fn downgrade(&self) -> WeakHub {
        WeakHub(Arc::downgrade(&self.0))
    }

    /// Forgets messages that are too old at `now`, in milliseconds since 1970, and in every channel those above its
    /// share of the total.
    pub fn trim(&self, now: u64) {
        let feeds = self.0.feeds.read().expect("no panic while opening");
        let share = self.share(feeds.len());
        let held = feeds.values().map(|feed| feed.trim(now, share)).sum::<usize>();
        self.0.metrics.held.set(i64::try_from(held).unwrap_or(i64::MAX));
        self.0.metrics.channels.set(i64::try_from(feeds.len()).unwrap_or(i64::MAX));
    }

    /// Forgets a channel that has no readers.
    pub fn close(&self, channel: &Channel) {
        self.0.feeds.write().expect("no panic while closing").remove(channel);
    }

    /// Forgets a channel, unless somebody reads it or is about to; whether it is forgotten.
    pub fn close_unused(&self, channel: &Channel) -> bool {
        let mut feeds = self.0.feeds.write().expect("no panic while closing");
        let is_used = feeds.get(channel).is_some_and(|feed| feed.is_read() || Arc::strong_count(feed) > 1);
        if !is_used {
            feeds.remove(channel);
        }
        !is_used
    }

    /// The feed of a channel that a broker has opened.
    pub fn feed(&self, channel: &Channel) -> Option<Arc<Feed>> {
        self.0.feeds.read().expect("no panic while opening").get(channel).cloned()
    }

    /// Takes the channel's next message from the broker and wakes whoever waits for it. A channel that is not open takes
    /// nothing. After a [`Gap`] the broker finds what is missing, or else restarts the channel.
    pub fn deliver(&self, channel: &Channel, message: Message) -> Result<(), Gap> {
        let Some(feed) = self.feed(channel) else { return Ok(()) };
        feed.append(message)?;
        self.ring(&feed);
        Ok(())
    }

    /// The channel has another history from now on (see [`Log::restart`]). Every reader whose position is no part of it is
    /// told so: none waits for messages that will never come, and none takes those of one history for those of another.
    pub fn restart(&self, channel: &Channel, head: Id, backlog: Vec<Message>) {
        let Some(feed) = self.feed(channel) else { return };
        feed.restart(head, backlog);
        self.ring(&feed);
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

    /// How many bytes of messages each of so many channels may hold.
    fn share(&self, channels: usize) -> usize {
        self.0.total / channels.max(1)
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
