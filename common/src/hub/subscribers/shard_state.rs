//! What the subscribers of a shard share, and what one of them uses while it is served.

use super::subscriber_kind::SubscriberKind;
use crate::{
    budget::MemoryBudget,
    hub::{
        Channel, Timeouts,
        drain::ShardDrain,
        encode_cache::EncodeCache,
        timer_queue::{Clock, TimerQueue, ticks},
        wakeup::Wakeup,
    },
    metrics::{DisconnectReason, Metrics, Sent},
    net::Tick,
};
use std::{mem, sync::Arc, time::Duration};

/// The size of the read buffer, which all subscribers of a shard share.
const READ_BUFFER: usize = 16 * 1024;

/// Names a subscriber that may have left: its slot, and a serial that no other in this slot has.
#[derive(Clone, Copy)]
pub(in crate::hub) struct SubscriberKey {
    pub(super) slot: u32,
    pub(super) serial: u32,
}

#[derive(Clone, Copy)]
pub(super) enum Timer {
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
pub(super) struct ShardState {
    pub(super) encode_cache: EncodeCache,
    pub(super) buffer: Box<[u8]>,
    pub(super) timers: TimerQueue<(SubscriberKey, Timer)>,
    pub(super) heartbeat: Tick,
    pub(super) stalled: Tick,
    pub(super) keep_alive: Tick,
    pub(super) drain: Option<ShardDrain>,
    /// Sent since the metrics were last updated.
    pub(super) sent: Sent,
    pub(super) wakeup: Arc<Wakeup>,
    pub(super) metrics: Arc<Metrics>,
}

impl ShardState {
    pub(super) fn new(
        timeouts: Timeouts,
        wakeup: Arc<Wakeup>,
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
            metrics,
        }
    }

    pub(super) fn arm(&mut self, after: Tick, key: SubscriberKey, timer: Timer) {
        if self.timers.arm(after, (key, timer)) {
            self.wakeup.wake();
        }
    }

    /// Returns when a token expires, on the wall clock.
    pub(super) fn expiry(&self, expires_in: Option<Duration>) -> Tick {
        let ticks = expires_in.map_or(Tick::MAX, ticks);
        self.timers.wall_now().saturating_add(ticks)
    }

    /// Adds what was sent to the metrics, once for many subscribers: all shards share the counters.
    pub(super) fn update_metrics(&mut self) {
        self.metrics.count_delivery(mem::take(&mut self.sent));
    }

    /// Records and logs why a subscriber was disconnected.
    pub(super) fn record_disconnect(
        &self,
        kind: &SubscriberKind,
        channel: &Channel,
        reason: DisconnectReason,
    ) {
        // Between two requests a poll connection may end at any time.
        if !kind.is_counted() && reason != DisconnectReason::Slow {
            return;
        }
        self.metrics.disconnected(reason);
        let cause = match reason {
            DisconnectReason::Left => "closed by the peer",
            DisconnectReason::Ended => "stream ended",
            DisconnectReason::Slow => "too slow",
            DisconnectReason::Silent => "no reply to heartbeats",
        };
        log::debug!(
            "{}: disconnected {} from {}: {cause}, {} messages behind",
            self.metrics.transport,
            kind.writer().peer(),
            channel.name(),
            channel.messages_after(kind.cursor()),
        );
    }
}

/// What a subscriber uses of its shard while it is served.
pub(super) struct ShardContext<'a> {
    pub(super) key: SubscriberKey,
    pub(super) channel: &'a Channel,
    pub(super) shard: &'a mut ShardState,
}

impl ShardContext<'_> {
    pub(super) fn now(&self) -> Tick {
        self.shard.timers.now()
    }

    /// Returns the same on the wall clock: see [`TimerQueue::wall_now`].
    pub(super) fn wall_now(&self) -> Tick {
        self.shard.timers.wall_now()
    }

    pub(super) fn is_draining(&self) -> bool {
        self.shard.drain.is_some()
    }

    /// Arms a timer of this subscriber.
    pub(super) fn arm(&mut self, after: Tick, timer: Timer) {
        self.shard.arm(after, self.key, timer);
    }
}
