//! Takes the messages of one service to its channels.
//!
//! - [`Hub::deliver`] appends a message; [`Hub::open`] and [`Hub::restart`] load a history
//! - [`Hub::drain`] asks the shards to disconnect their subscribers
//!
//! Subscribers pull. A delivery only notifies the shards; each of them then fans out: it writes to
//! every subscriber what comes after its cursor. There is no queue per subscriber, and a slow
//! subscriber costs only its socket.

mod drain;
mod hub_drain;
mod open_channels;
mod wakeup;

pub(crate) use hub_drain::Drain;
pub use wakeup::MAX_WORKERS;
pub(crate) use wakeup::Wakeup;

use crate::{
    channels::{AcceptOrder, Channel, ChannelTable, ReleasedChannels},
    history::{OutOfSequence, Retention},
    message::{ChannelName, Message, MessageId},
    metrics::Metrics,
};
use hub_drain::HubDrain;
use prometheus_client::metrics::gauge::Gauge;
use std::{
    sync::{Arc, OnceLock, Weak},
    time::Duration,
};
use tokio::time::sleep;
use wakeup::Wakeups;

/// Between two pieces of a trim, so that workers have their turn. 100,000 channels expire within a
/// second.
const TRIM_PAUSE: Duration = Duration::from_millis(1);

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
    order: AcceptOrder,
    /// Where channels report the end of their last lease, if the broker uses that.
    released: OnceLock<Arc<ReleasedChannels>>,
    wakeups: Wakeups,
    drain: HubDrain,
    retention: Arc<Retention>,
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
            channels: ChannelTable::new(memory_limit, retention.age),
            order: AcceptOrder::default(),
            released: OnceLock::new(),
            wakeups: Wakeups::default(),
            drain: HubDrain::default(),
            retention: retention.into(),
            timeouts,
            metrics,
        }))
    }

    /// Returns a reference that does not keep the hub alive.
    pub fn downgrade(&self) -> WeakHub {
        WeakHub(Arc::downgrade(&self.0))
    }

    /// Returns the service's metrics.
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.0.metrics
    }

    /// Returns how long subscribers may be silent or slow.
    pub(crate) fn timeouts(&self) -> Timeouts {
        self.0.timeouts
    }

    /// Returns the order of the messages of all channels.
    pub(crate) fn accept_order(&self) -> &AcceptOrder {
        &self.0.order
    }

    /// Returns what wakes one more shard.
    pub(crate) fn add_wakeup(&self) -> Arc<Wakeup> {
        self.0.wakeups.add()
    }

    /// Sets where channels report the end of their last lease. Called before the first
    /// [`Hub::open`].
    pub fn report_released_to(&self, released: Arc<ReleasedChannels>) {
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
        let change = channel.append(message, &self.0.order)?;
        self.announce(&channel);
        self.0.channels.record(&channel, change);
        Ok(())
    }

    /// Replaces a channel's history: see [`crate::history::History::restart`].
    ///
    /// Every subscriber whose cursor the new history does not continue gets a reset: none waits for
    /// messages that never come, and none mistakes messages of one history for those of another.
    pub fn restart(&self, name: &ChannelName, latest: MessageId, backlog: Vec<Message>) {
        let Some(channel) = self.channel(name) else {
            return;
        };
        let change = channel.restart(latest, backlog, &self.0.order);
        self.announce(&channel);
        self.0.channels.record_restart(&channel, change);
    }

    /// Notifies the shards with subscribers of this channel, and waiting requests. The history is
    /// unlocked by now: the first thing they do is lock it.
    fn announce(&self, channel: &Arc<Channel>) {
        self.0.wakeups.notify_subscribed(channel);
        channel.notify_waiters();
    }

    /// Returns an open channel.
    pub fn channel(&self, name: &ChannelName) -> Option<Arc<Channel>> {
        self.0.channels.get(name)
    }

    /// Removes messages that are too old at `now`, in milliseconds since 1970, a piece at a time.
    /// Channels without such messages cost nothing.
    ///
    /// Pauses in between. The allocator gives a freed block back to the thread that allocated it: a
    /// worker, whose next allocation sorts all of these blocks.
    pub async fn trim(&self, now: u64) {
        let Shared {
            channels, metrics, ..
        } = &*self.0;
        while channels.trim_piece(now) > 0 {
            sleep(TRIM_PAUSE).await;
        }
        set_gauge(&metrics.channels, channels.len());
        set_gauge(&metrics.history_bytes, channels.bytes());
    }

    /// Waits until every shard has had another turn: forever, if a worker thread is stuck.
    pub async fn next_turn(&self) {
        self.0.wakeups.next_turn().await;
    }
}

fn set_gauge(gauge: &Gauge, value: usize) {
    gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
}
