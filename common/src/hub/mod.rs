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
mod readers;
mod socket;
mod wheel;
mod wire;
mod worker;

pub(crate) use bell::MAX_WORKERS;
pub use feed::Feed;
pub(crate) use socket::Gone;
pub use wire::{Answer, Goodbye, Incoming, Then, Wire};
pub use worker::{Change, Newcomer, Worker};

use crate::{
    log::{Log, Retention},
    message::{Channel, Id, Message},
    metrics::Metrics,
};
use bell::Bell;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, RwLock, Weak},
    time::Duration,
};
use tokio::sync::watch;

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
    bells: Mutex<Vec<Arc<Bell>>>,
    /// Over how much time the readers are told to go; none while the service runs.
    draining: watch::Sender<Option<Duration>>,
    retention: Retention,
    /// The most bytes of messages in all channels.
    total: usize,
    patience: Patience,
    metrics: Arc<Metrics>,
}

/// How long readers may be silent.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// A stream on which nothing was written for this long gets a heartbeat.
    pub heartbeat: Duration,
    /// A socket that takes nothing for this long is cut.
    pub stalled: Duration,
}

impl Hub {
    /// A hub without channels that keeps at most `total` bytes of messages.
    pub fn new(retention: Retention, total: usize, patience: Patience, metrics: Arc<Metrics>) -> Self {
        Self(Arc::new(Shared {
            feeds: RwLock::default(),
            bells: Mutex::default(),
            draining: watch::Sender::new(None),
            retention,
            total,
            patience,
            metrics,
        }))
    }

    /// Begins a channel whose newest message is `head`; does nothing if it is there already.
    pub fn open(&self, channel: &Channel, head: Id) {
        let feed = || Arc::new(Feed::new(channel.clone(), Log::new(head, self.0.retention)));
        self.0.feeds.write().expect("no panic while opening").entry(channel.clone()).or_insert_with(feed);
    }

    /// A reference that does not keep the hub.
    pub fn downgrade(&self) -> WeakHub {
        WeakHub(Arc::downgrade(&self.0))
    }

    /// Forgets messages that are too old at `now`, in milliseconds since 1970, and in every channel those above its
    /// share of the total.
    pub fn trim(&self, now: u64) {
        let feeds = self.0.feeds.read().expect("no panic while opening");
        let share = self.0.total / feeds.len().max(1);
        let held = feeds.values().map(|feed| feed.trim(now, share)).sum::<usize>();
        self.0.metrics.held.set(i64::try_from(held).unwrap_or(i64::MAX));
        self.0.metrics.channels.set(i64::try_from(feeds.len()).unwrap_or(i64::MAX));
    }

    /// Forgets a channel that has no readers.
    pub fn close(&self, channel: &Channel) {
        self.0.feeds.write().expect("no panic while closing").remove(channel);
    }

    /// The feed of a channel that a broker has opened.
    pub fn feed(&self, channel: &Channel) -> Option<Arc<Feed>> {
        self.0.feeds.read().expect("no panic while opening").get(channel).cloned()
    }

    /// Takes the channel's next message from the broker and wakes whoever waits for it.
    pub fn deliver(&self, channel: &Channel, message: Message) {
        let Some(feed) = self.feed(channel) else { return };
        feed.append(message);
        // The log is unlocked again: a woken worker's first act is to lock it.
        let bells = self.0.bells.lock().expect("no panic while ringing");
        bells.iter().filter(|bell| feed.is_read_on(bell.bit())).for_each(|bell| bell.ring(&feed));
    }

    /// Tells every reader to go, spread evenly over `spread`, and lets no new one stay.
    pub fn drain(&self, spread: Duration) {
        self.0.draining.send_replace(Some(spread));
        self.0.bells.lock().expect("no panic while ringing").iter().for_each(|bell| bell.ring_alone());
    }

    /// Whether [`Hub::drain`] was called.
    pub fn is_draining(&self) -> bool {
        self.spread().is_some()
    }

    /// Resolves once [`Hub::drain`] was called.
    pub fn drained(&self) -> impl Future<Output = ()> + use<> {
        let mut draining = self.0.draining.subscribe();
        async move {
            // An error means that the hub is gone, which is an end as well.
            let _ = draining.wait_for(Option::is_some).await;
        }
    }

    /// What this hub counts.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    fn spread(&self) -> Option<Duration> {
        *self.0.draining.borrow()
    }

    /// A bell for one more worker thread, with a number that no other has.
    fn new_bell(&self) -> Arc<Bell> {
        let mut bells = self.0.bells.lock().expect("no panic while ringing");
        let bell = Arc::new(Bell::new(bells.len()));
        bells.push(bell.clone());
        bell
    }
}
