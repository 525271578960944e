//! What the subscribers of a shard share, and what one of them uses while it is served.

use super::{shard_drain::ShardDrain, source::Source};
use crate::{
    budget::MemoryBudget,
    hub::{Timeouts, Wakeup},
    metrics::{Metrics, Sent},
    timers::{Clock, TimerQueue, WallTick, ticks},
    transport::EncodeCache,
};
use net::{SocketEvents, Tick};
use std::{mem, sync::Arc, time::Duration};

/// The size of the read buffer, which all subscribers of a shard share.
const READ_BUFFER: usize = 16 * 1024;
/// How long the last bytes of a stream may take, and how long a client may then be silent before
/// its connection is closed.
pub(super) const LINGER: Duration = Duration::from_secs(1);

/// Names a subscriber that may have left: its slot, and a serial that no other in this slot has.
#[derive(Clone, Copy)]
pub(crate) struct SubscriberKey {
    pub(crate) slot: u32,
    pub(crate) serial: u32,
}

#[derive(Clone, Copy)]
pub(crate) enum Timer {
    Heartbeat,
    Stalled,
    Linger,
    PollCheck,
    /// The message with this number has to be complete.
    Message(u32),
    TokenExpired,
    Drain,
}

/// What the subscribers of a shard share.
pub(crate) struct ShardState {
    pub(crate) encode_cache: EncodeCache,
    pub(super) buffer: Box<[u8]>,
    pub(crate) timers: TimerQueue<(SubscriberKey, Timer)>,
    pub(super) heartbeat: Tick,
    pub(super) stalled: Tick,
    pub(super) keep_alive: Tick,
    pub(crate) drain: Option<ShardDrain>,
    /// Sent since the metrics were last updated.
    pub(super) sent: Sent,
    pub(crate) wakeup: Arc<Wakeup>,
    pub(crate) sockets: SocketEvents,
    pub(crate) metrics: Arc<Metrics>,
}

impl ShardState {
    pub(crate) fn new(
        timeouts: Timeouts,
        wakeup: Arc<Wakeup>,
        sockets: SocketEvents,
        metrics: Arc<Metrics>,
        budget: MemoryBudget,
        clock: Clock,
    ) -> Self {
        Self {
            encode_cache: EncodeCache::new(budget),
            buffer: vec![0; READ_BUFFER].into(),
            timers: TimerQueue::new(clock),
            heartbeat: ticks(timeouts.heartbeat),
            stalled: ticks(timeouts.stalled),
            keep_alive: ticks(timeouts.keep_alive),
            drain: None,
            sent: Sent::default(),
            wakeup,
            sockets,
            metrics,
        }
    }

    pub(crate) fn arm(&mut self, after: Tick, key: SubscriberKey, timer: Timer) {
        if self.timers.arm(after, (key, timer)) {
            self.wakeup.wake();
        }
    }

    /// Returns when a token expires, on the wall clock; the end of time if there is none.
    pub(crate) fn expiry(&self, expires_in: Option<Duration>) -> WallTick {
        expires_in.map_or(WallTick::MAX, |left| {
            self.timers.wall_now() + WallTick::from(ticks(left))
        })
    }

    /// Adds what was sent to the metrics, once for many subscribers: all shards share the counters.
    pub(crate) fn update_metrics(&mut self) {
        self.metrics.count_delivery(mem::take(&mut self.sent));
    }
}

/// What a subscriber uses of its shard while it is served.
pub(crate) struct ShardContext<'a> {
    pub(crate) key: SubscriberKey,
    pub(crate) source: Source<'a>,
    pub(crate) shard: &'a mut ShardState,
}

impl ShardContext<'_> {
    pub(super) fn now(&self) -> Tick {
        self.shard.timers.now()
    }

    /// Returns the time until a token expires.
    pub(super) fn until_expiry(&self, expires: WallTick) -> Tick {
        let left = expires.saturating_sub(self.shard.timers.wall_now());
        Tick::try_from(left).unwrap_or(Tick::MAX)
    }

    pub(super) fn is_draining(&self) -> bool {
        self.shard.drain.is_some()
    }

    /// Arms a timer of this subscriber.
    pub(crate) fn arm(&mut self, after: Tick, timer: Timer) {
        self.shard.arm(after, self.key, timer);
    }
}
