//! The subscribers of one shard. Each method handles one event and never awaits.

mod client_input;
mod poll;
mod shard_state;
mod stream;
mod subscriber;
mod subscriber_kind;
mod subscriber_table;
#[cfg(test)]
mod tests;

pub use poll::NewPoll;
pub(super) use shard_state::SubscriberKey;
pub use stream::NewStream;

use super::{
    Channel, PendingReply, Timeouts,
    drain::{Drain, ShardDrain},
    timer_queue::{Clock, ticks},
    wakeup::Wakeup,
};
use crate::{
    budget::MemoryBudget,
    metrics::Metrics,
    net::{ConnectionPermit, Reattached, SocketWriter},
};
use bytes::Bytes;
use client_input::ClientInput;
use poll::PollSubscriber;
use shard_state::{ShardContext, ShardState, Timer};
use std::{sync::Arc, time::Instant};
use stream::StreamSubscriber;
use subscriber::Subscriber;
use subscriber_kind::{Departure, SubscriberKind};
use subscriber_table::{FanOut, SubscriberTable};
use tokio::net::TcpStream;

/// How many subscribers are served before control traffic has its turn.
const FAN_OUT_STEP: usize = 256;

/// Gives a connection back to actix.
pub(super) type ReattachConnections = Box<dyn Fn(Reattached)>;

/// A reply that takes time, and the subscriber that awaits it.
pub(super) type AwaitedReply = (SubscriberKey, PendingReply);

pub(super) struct Subscribers {
    table: SubscriberTable,
    shard: ShardState,
    reattach: Option<ReattachConnections>,
}

impl Subscribers {
    pub(super) fn new(
        timeouts: Timeouts,
        wakeup: Arc<Wakeup>,
        metrics: Arc<Metrics>,
        budget: MemoryBudget,
        clock: Clock,
    ) -> Self {
        Self {
            table: SubscriberTable::new(wakeup.bit(), metrics.subscribers.clone()),
            shard: ShardState::new(timeouts, wakeup, metrics, budget, clock),
            reattach: None,
        }
    }

    /// Sets how a connection goes back to actix.
    pub(super) fn set_reattach(&mut self, reattach: ReattachConnections) {
        self.reattach = Some(reattach);
    }

    /// Gives a connection back to actix.
    pub(super) fn reattach(&self, connection: Reattached) {
        if let Some(reattach) = &self.reattach {
            reattach(connection);
        }
    }

    /// Adds a stream: sends its first bytes and everything after its cursor.
    pub(super) fn add_stream(&mut self, mut stream: NewStream) -> Option<AwaitedReply> {
        self.shard.timers.update();
        if let Some(reset) = stream.resume.reset {
            self.shard.metrics.resets.inc();
            let encoded = stream.encoder.reset(reset);
            stream.opening.extend_from_slice(&encoded);
        }
        let detached = stream.detached;
        let parts = [&detached.unwritten[..], &detached.headers, &stream.opening];
        let first = parts.concat().into();
        let subscriber = StreamSubscriber {
            writer: self.new_writer(detached.io, detached.permit),
            encoder: stream.encoder,
            input: ClientInput::new(stream.incoming, self.shard.timers.now()),
            cursor: stream.resume.cursor,
            expires: self.shard.expiry(stream.expires_in),
        };
        let kind = SubscriberKind::Stream(subscriber);
        self.add(kind, &stream.channel, &first, &detached.read_ahead)
    }

    /// Adds a poll that waits.
    pub(super) fn add_poll(&mut self, poll: NewPoll) {
        self.shard.timers.update();
        let detached = poll.detached;
        let subscriber = PollSubscriber::new(
            self.new_writer(detached.io, detached.permit),
            poll.template,
            poll.cursor,
            self.shard.expiry(poll.expires_in),
            &detached.read_ahead,
        );
        let kind = SubscriberKind::Poll(subscriber);
        self.add(kind, &poll.channel, &detached.unwritten, &[]);
    }

    /// Returns the writer of the subscriber that is added next.
    fn new_writer(&self, io: TcpStream, permit: ConnectionPermit) -> SocketWriter {
        let waker = self.shard.wakeup.waker(self.table.next_slot());
        SocketWriter::new(io, permit, waker, self.shard.timers.now())
    }

    fn add(
        &mut self,
        kind: SubscriberKind,
        channel: &Arc<Channel>,
        first: &Bytes,
        read_ahead: &[u8],
    ) -> Option<AwaitedReply> {
        let key = self.table.insert(kind, channel);
        self.serve(key, |subscriber, context| {
            subscriber.begin(first, read_ahead, context)
        })
    }

    /// Serves a socket that is ready to be read or written. Returns a reply that takes time.
    pub(super) fn serve_ready(&mut self, slot: u32) -> Option<AwaitedReply> {
        self.shard.timers.update();
        let key = self.table.key(slot)?;
        self.serve(key, Subscriber::serve)
    }

    /// Sends a stream the reply that it awaited, and continues to read from it.
    pub(super) fn send_reply(&mut self, key: SubscriberKey, reply: &Bytes) -> Option<AwaitedReply> {
        self.shard.timers.update();
        self.serve(key, |subscriber, context| subscriber.reply(reply, context))
    }

    /// Begins a fan-out to the subscribers of a channel.
    pub(super) fn begin_fan_out(&mut self, channel: &Arc<Channel>) -> FanOut {
        self.table.begin_fan_out(channel)
    }

    /// Serves the next subscribers of a fan-out. Returns false when it is complete.
    pub(super) fn continue_fan_out(&mut self, channel: &Channel, fan_out: &mut FanOut) -> bool {
        self.shard.timers.update();
        for _ in 0..FAN_OUT_STEP {
            let Some(key) = self.table.next(fan_out) else {
                break;
            };
            self.with_subscriber(key, |subscriber, context| {
                subscriber.pull(context).map_err(Departure::from)
            });
        }
        self.shard.update_metrics();
        if fan_out.is_complete() {
            self.shard.encode_cache.remove_channel(channel);
        }
        !fan_out.is_complete()
    }

    /// Returns when the first timer is due.
    pub(super) fn next_timer(&self) -> Option<Instant> {
        self.shard.timers.next_due()
    }

    /// Fires the timers that are due.
    pub(super) fn fire_timers(&mut self) {
        let due = self.shard.timers.take_due();
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

    fn serve(
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
    fn with_subscriber<T>(
        &mut self,
        key: SubscriberKey,
        operation: impl FnOnce(&mut Subscriber, &mut ShardContext<'_>) -> Result<T, Departure>,
    ) -> Option<T> {
        let (subscriber, channel) = self.table.get(key)?;
        let context = &mut ShardContext {
            key,
            channel,
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

    fn remove(&mut self, key: SubscriberKey, departure: Departure) {
        let Some((kind, channel)) = self.table.remove(key) else {
            return;
        };
        if !self.table.has_channel(&channel) {
            // Another channel may get its address.
            self.shard.encode_cache.remove_channel(&channel);
        }
        match departure {
            Departure::Reattach(read) => self.reattach(kind.into_writer().into_reattached(read)),
            Departure::Disconnect(reason) => self.shard.record_disconnect(&kind, &channel, reason),
        }
    }
}
