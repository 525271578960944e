//! The channels and subscribers of one service.
//!
//! - [`Hub`]: the channels; [`Hub::deliver`] appends a message, [`Hub::open`] and
//!   [`Hub::restart`] load a history
//! - [`Channel`]: one channel: its history, and which shards have subscribers of it
//! - [`Shard`]: the subscribers of one worker thread, each with its own cursor
//! - [`Encoder`]: what the hub needs of a transport
//!
//! Subscribers pull. A delivery only notifies the shards; each of them then fans out: it writes to
//! every subscriber what comes after its cursor. There is no queue per subscriber, and a slow
//! subscriber costs only its socket.

mod channel;
mod channel_signals;
mod channel_table;
mod drain;
mod encode_cache;
mod encoder;
mod frame_handler;
mod lease;
mod memory_ledger;
mod shard;
mod subscribers;
mod timer_queue;
mod wakeup;

pub use channel::Channel;
pub use encoder::{Disconnect, EncodedBatch, Encoder, PollTemplate};
pub use frame_handler::{Flow, FrameHandler, MESSAGE_TIMEOUT, PendingReply};
pub use lease::ChannelLease;
pub(crate) use lease::ReleasedChannels;
pub use shard::Shard;
pub use subscribers::{NewPoll, NewStream};
pub(crate) use wakeup::MAX_WORKERS;

use crate::{
    history::{History, OutOfSequence, Retention},
    message::{ChannelName, Message, MessageId},
    metrics::Metrics,
};
use channel_table::ChannelTable;
use drain::{Drain, HubDrain};
use prometheus_client::metrics::gauge::Gauge;
// `channel_signals` takes its atomics from here, and from loom in `tests/lost_wakeup.rs`.
use std::sync::atomic;
use std::{
    sync::{Arc, OnceLock, Weak},
    time::Duration,
};
use wakeup::Wakeups;

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
    channels: ChannelTable,
    /// Where channels report the end of their last lease, if the broker uses that.
    released: OnceLock<Arc<ReleasedChannels>>,
    wakeups: Wakeups,
    drain: HubDrain,
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
            channels: ChannelTable::new(memory_limit),
            released: OnceLock::new(),
            wakeups: Wakeups::default(),
            drain: HubDrain::default(),
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
        self.announce(&channel);
        self.0.channels.record(&channel, change);
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
        self.announce(&channel);
        self.0.channels.record(&channel, change);
    }

    /// Notifies the shards with subscribers of this channel, and waiting requests. The history is
    /// unlocked by now: the first thing they do is lock it.
    fn announce(&self, channel: &Arc<Channel>) {
        self.0.wakeups.notify_subscribed(channel);
        channel.notify_waiters();
    }

    /// Opens a channel. `backlog` ends with the message `latest`: see [`History::restart`]. Does
    /// nothing if the channel is open.
    pub fn open(&self, name: &ChannelName, latest: MessageId, backlog: Vec<Message>) {
        if self.channel(name).is_some() {
            return;
        }
        let history = History::new(latest, self.0.retention);
        let released = self.0.released.get().cloned();
        let channel = Arc::new(Channel::new(name.clone(), history, released));
        self.0.channels.insert(channel.clone());
        if !backlog.is_empty() {
            let change = channel.restart(latest, backlog);
            self.0.channels.record(&channel, change);
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
        self.0.channels.get(name)
    }

    /// Returns a lease of an open channel. The broker calls it while it cannot close the channel.
    pub fn lease(&self, name: &ChannelName) -> Option<ChannelLease> {
        self.channel(name).map(ChannelLease::from)
    }

    /// Returns whether an open channel has a lease.
    pub(crate) fn is_leased(&self, name: &ChannelName) -> bool {
        self.channel(name)
            .is_some_and(|channel| channel.is_leased())
    }

    /// Closes a channel that has no subscribers, and removes its messages.
    pub(crate) fn close(&self, name: &ChannelName) {
        self.0.channels.remove_unless(name, |_| false);
    }

    /// Closes a channel unless it has a lease. Returns whether it is closed.
    pub(crate) fn close_unused(&self, name: &ChannelName) -> bool {
        self.0.channels.remove_unless(name, Channel::is_leased)
    }

    /// Removes messages that are too old at `now`, in milliseconds since 1970.
    pub fn trim(&self, now: u64) {
        let Shared {
            channels, metrics, ..
        } = &*self.0;
        channels.trim(now);
        set_gauge(&metrics.channels, channels.len());
        set_gauge(&metrics.history_bytes, channels.bytes());
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
        self.0.drain.begin(Drain {
            spread,
            accept_for,
            ends_within,
        });
        self.0.metrics.draining.set(1);
        self.0.wakeups.wake_all();
    }

    /// Returns whether the service drains.
    pub fn is_draining(&self) -> bool {
        self.0.drain.current().is_some()
    }

    /// Waits for the moment at which a drain disconnects the caller, at once if one is running.
    ///
    /// Counts as a subscriber meanwhile. For requests that wait in actix: see
    /// [`Channel::changed_from`].
    pub async fn drained(&self) {
        let Shared { drain, metrics, .. } = &*self.0;
        if drain.wait(&metrics.subscribers).await {
            metrics.drained.inc();
        }
    }

    /// Waits until every shard has had another turn: forever, if a worker thread is stuck.
    pub(crate) async fn next_turn(&self) {
        self.0.wakeups.next_turn().await;
    }
}

fn set_gauge(gauge: &Gauge, value: usize) {
    gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
}
