//! The subscribers of one shard. Each method handles one event and never awaits.

use super::subscriber_table::SubscriberTable;
use crate::{
    budget::MemoryBudget,
    hub::{Drain, Hub, Wakeup},
    subscriber::{
        Departure, ShardContext, ShardDrain, ShardState, Subscriber, SubscriberKey, Timer,
    },
    timers::{Clock, ticks},
    transport::{ChannelChange, PendingReply, Reply},
};
use bytes::Bytes;
use net::{Reattached, SocketEvent, SocketEvents};
use std::{sync::Arc, time::Instant};

/// How many timers fire before control traffic has its turn.
const TIMER_STEP: usize = 256;

/// Gives a connection back to actix.
pub(super) type ReattachConnections = Box<dyn Fn(Reattached)>;

/// A reply that takes time, and the subscriber that awaits it.
pub(super) type AwaitedReply = (SubscriberKey, PendingReply);

pub(super) struct Subscribers {
    pub(super) table: SubscriberTable,
    pub(super) shard: ShardState,
    pub(super) reattach: Option<ReattachConnections>,
}

impl Subscribers {
    pub(super) fn new(
        hub: &Hub,
        wakeup: Arc<Wakeup>,
        sockets: SocketEvents,
        budget: MemoryBudget,
        clock: Clock,
    ) -> Self {
        let metrics = hub.metrics().clone();
        let gauge = metrics.subscribers.clone();
        Self {
            table: SubscriberTable::new(wakeup.bit(), gauge, hub.accept_order().clone()),
            shard: ShardState::new(hub.timeouts(), wakeup, sockets, metrics, budget, clock),
            reattach: None,
        }
    }

    /// Sets how a connection goes back to actix.
    pub(super) fn set_reattach(&mut self, reattach: ReattachConnections) {
        self.reattach = Some(reattach);
    }

    /// Serves a socket that is ready to be read or written. Returns a reply that takes time.
    pub(super) fn serve_ready(&mut self, event: SocketEvent) -> Option<AwaitedReply> {
        self.shard.timers.update();
        let key = self.table.key(event.slot)?;
        self.serve(key, |subscriber, context| {
            subscriber.kind.writer_mut().record(event);
            subscriber.serve(context)
        })
    }

    /// Sends a stream the reply that it awaited, and continues to read from it.
    pub(super) fn send_reply(&mut self, key: SubscriberKey, reply: Reply) -> Option<AwaitedReply> {
        self.shard.timers.update();
        let bytes = match reply {
            Reply::Bytes(bytes) => bytes,
            Reply::Change(change) => self.change_channels(key, *change)?,
        };
        self.serve(key, |subscriber, context| subscriber.reply(&bytes, context))
    }

    /// Changes the channels of a subscriber. Returns the bytes of the reply.
    fn change_channels(&mut self, key: SubscriberKey, change: ChannelChange) -> Option<Bytes> {
        let result = self.table.change(key, change.change, change.share)?;
        let result = result.map(|(fields, left)| {
            if let Some(channel) = left {
                self.forget_unread(&channel);
            }
            fields
        });
        Some((change.acknowledge)(result))
    }

    /// Returns when the first timer is due.
    pub(super) fn next_timer(&self) -> Option<Instant> {
        self.shard.timers.next_due()
    }

    /// Fires timers that are due. The others are due until the next calls: thousands of connections
    /// may have been opened in one tick.
    pub(super) fn fire_timers(&mut self) {
        let due = self.shard.timers.take_due(TIMER_STEP);
        if due.is_empty() {
            return;
        }
        // Batches that were encoded for subscribers that resumed are not kept for long.
        self.shard.encode_cache.clear();
        for (key, timer) in due {
            self.with_subscriber(key, |subscriber, context| subscriber.fire(timer, context));
        }
        self.shard.update_metrics();
    }

    /// Disconnects all subscribers, spread evenly, and new ones at once.
    pub(super) fn drain(&mut self, drain: Drain) {
        self.shard.timers.update();
        let now = self.shard.timers.now();
        self.shard.drain = Some(ShardDrain::new(drain, now));
        // From now on responses close their connections.
        self.shard.encode_cache.clear();
        let keys = self.table.keys();
        let count = keys.len() as u32;
        for (index, key) in (0..).zip(keys) {
            let after = ticks(drain.spread * index / count);
            self.shard.arm(after, key, Timer::Drain);
        }
    }

    pub(super) fn serve(
        &mut self,
        key: SubscriberKey,
        operation: impl FnOnce(
            &mut Subscriber,
            &mut ShardContext<'_>,
        ) -> Result<Option<PendingReply>, Departure>,
    ) -> Option<AwaitedReply> {
        let reply = self.with_subscriber(key, operation);
        self.shard.update_metrics();
        let reply = reply.flatten()?;
        Some((key, reply))
    }

    /// Runs an operation on a subscriber. Returns `None` if it is not here, or departs.
    pub(super) fn with_subscriber<T>(
        &mut self,
        key: SubscriberKey,
        operation: impl FnOnce(&mut Subscriber, &mut ShardContext<'_>) -> Result<T, Departure>,
    ) -> Option<T> {
        let (subscriber, source) = self.table.get(key)?;
        let context = &mut ShardContext {
            key,
            source,
            shard: &mut self.shard,
        };
        match operation(subscriber, context) {
            Ok(value) => {
                subscriber.arm_timers(context);
                Some(value)
            }
            Err(departure) => {
                self.remove(key, departure);
                None
            }
        }
    }
}
