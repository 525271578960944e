//! The subscribers of one shard, grouped by channel, with one queue of timers. Nothing here waits.

#[cfg(test)]
mod tests;

use super::{
    Channel, ChannelLease, Disconnect, MESSAGE_TIMEOUT, NewStream, ParkedPoll, PendingReply,
    Timeouts,
    encode_cache::EncodeCache,
    poll_subscriber::{PollInput, PollSubscriber},
    shard::Wakeup,
    stream_subscriber::{LINGER, StreamSubscriber},
    timer_queue::{Clock, TimerQueue, duration, ticks},
};
use crate::{
    budget::MemoryBudget,
    message::MessageId,
    metrics::{DisconnectReason, Metrics, Sent},
    net::{Reattached, SocketWriter, Tick},
};
use bytes::Bytes;
use prometheus_client::metrics::gauge::Gauge;
use slab::Slab;
use std::{
    collections::HashMap,
    mem,
    sync::Arc,
    time::{Duration, Instant},
};

/// How many subscribers are served before control traffic has its turn.
const FAN_OUT_STEP: usize = 256;
/// How many requests of one poll subscriber are served before others have their turn.
const REQUESTS_PER_TURN: usize = 4;
/// The size of the read buffer, which all subscribers of a shard share.
const READ_BUFFER: usize = 16 * 1024;
/// How often a waiting poll is checked.
const POLL_CHECK_INTERVAL: Duration = Duration::from_secs(5);
/// Added to the reconnect time of a drain, since timers fire late: a subscriber that reconnects too
/// early would be disconnected once more.
const RECONNECT_SLACK: Duration = Duration::from_millis(250);
/// The time over which subscribers reconnect after a drain.
const RECONNECT_SPREAD: Duration = Duration::from_secs(5);

/// Gives a connection back to actix.
pub(super) type Reattach = Box<dyn Fn(Reattached)>;

/// Names a subscriber that may have left: its slot, and a number that no other in this slot has.
#[derive(Clone, Copy)]
pub(super) struct SubscriberKey {
    slot: u32,
    serial: u32,
}

#[derive(Clone, Copy)]
enum Timer {
    Heartbeat,
    Stalled,
    Linger,
    PollCheck,
    /// The message with this number has to be complete.
    Message(u32),
    TokenExpired,
    Drain,
}

enum SubscriberKind {
    Stream(StreamSubscriber),
    Poll(PollSubscriber),
}

impl SubscriberKind {
    fn writer(&self) -> &SocketWriter {
        match self {
            Self::Stream(stream) => &stream.writer,
            Self::Poll(poll) => &poll.writer,
        }
    }

    fn cursor(&self) -> MessageId {
        match self {
            Self::Stream(stream) => stream.cursor(),
            Self::Poll(poll) => poll.cursor(),
        }
    }

    /// Returns whether it counts as a subscriber: a poll connection between two requests does not.
    fn is_counted(&self) -> bool {
        match self {
            Self::Stream(_) => true,
            Self::Poll(poll) => poll.is_waiting(),
        }
    }
}

struct Subscriber {
    kind: SubscriberKind,
    serial: u32,
    /// Its group, and its index there.
    group: usize,
    index: usize,
    armed: ArmedTimers,
}

/// Timers that are armed at most once.
#[derive(Default)]
struct ArmedTimers {
    stalled: bool,
    linger: bool,
    message: bool,
}

/// The subscribers of one channel.
struct ChannelGroup {
    channel: ChannelLease,
    slots: Vec<u32>,
    /// The latest offset when the last fan-out began.
    fanned_out: u64,
}

/// What a subscriber uses of its shard while it is served.
pub(super) struct ShardContext<'a> {
    pub(super) channel: &'a Channel,
    pub(super) encode_cache: &'a mut EncodeCache,
    pub(super) buffer: &'a mut [u8],
    pub(super) now: Tick,
    pub(super) wall_now: Tick,
    pub(super) is_draining: bool,
    /// Counts subscribers.
    pub(super) subscribers: &'a Gauge,
}

/// The progress of a fan-out.
///
/// It goes backwards through the group: a subscriber that leaves is replaced by the last one, and a
/// new one is added at the end. So it reaches everyone who was there when it began.
pub(super) struct FanOut {
    channel: usize,
    remaining: usize,
    has_several: bool,
}

impl FanOut {
    /// Returns whether more than one message was published since the fan-out before.
    pub(super) fn has_several(&self) -> bool {
        self.has_several
    }
}

/// A drain of this shard.
struct ShardDrain {
    /// When the last subscriber is disconnected and no more connections are accepted.
    ends: Tick,
    /// How long after that the service may take to end.
    ends_within: Duration,
}

pub(super) struct Subscribers {
    subscribers: Slab<Subscriber>,
    groups: Slab<ChannelGroup>,
    /// Groups by the address of their channel.
    group_by_channel: HashMap<usize, usize>,
    encode_cache: EncodeCache,
    timers: TimerQueue<(SubscriberKey, Timer)>,
    next_serial: u32,
    buffer: Box<[u8]>,
    heartbeat: Tick,
    stalled: Tick,
    keep_alive: Tick,
    drain: Option<ShardDrain>,
    /// Sent since the metrics were last updated.
    sent: Sent,
    reattach: Option<Reattach>,
    wakeup: Arc<Wakeup>,
    metrics: Arc<Metrics>,
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
            subscribers: Slab::new(),
            groups: Slab::new(),
            group_by_channel: HashMap::new(),
            encode_cache: EncodeCache::new(budget),
            timers: TimerQueue::new(clock),
            next_serial: 1,
            buffer: vec![0; READ_BUFFER].into(),
            heartbeat: ticks(timeouts.heartbeat),
            stalled: ticks(timeouts.stalled),
            keep_alive: ticks(timeouts.keep_alive),
            drain: None,
            sent: Sent::default(),
            reattach: None,
            wakeup,
            metrics,
        }
    }

    /// Sets how a connection goes back to actix.
    pub(super) fn set_reattach(&mut self, reattach: Reattach) {
        self.reattach = Some(reattach);
    }

    /// Gives a connection back to actix.
    pub(super) fn reattach(&self, connection: Reattached) {
        if let Some(reattach) = &self.reattach {
            reattach(connection);
        }
    }

    // New subscribers.

    /// Adds a stream: sends its first bytes and everything after its cursor.
    pub(super) fn add_stream(
        &mut self,
        stream: NewStream,
    ) -> Option<(SubscriberKey, PendingReply)> {
        let NewStream {
            detached,
            channel,
            encoder,
            resume,
            mut opening,
            frames,
            expires_in,
        } = stream;
        self.timers.update();
        if let Some(reset) = resume.reset {
            self.metrics.resets.inc();
            opening.extend_from_slice(&encoder.reset(reset));
        }
        let first = [&detached.unwritten[..], &detached.headers[..], &opening[..]];
        let first = first.concat().into();

        let now = self.timers.now();
        let expires = self.expiry(expires_in);
        let waker = self.wakeup.waker(self.next_slot());
        let writer = SocketWriter::new(detached.io, detached.permit, waker, now);
        let stream = StreamSubscriber::new(writer, encoder, resume.cursor, expires, now);
        let heartbeat = stream.heartbeat_interval(self.heartbeat);
        let key = self.insert(SubscriberKind::Stream(stream), &channel);
        self.arm(heartbeat, key, Timer::Heartbeat);
        if self.drain.is_some() {
            self.arm(0, key, Timer::Drain);
        }
        self.arm_expiry(expires, heartbeat, key);

        let reply = self.with_stream(key, |stream, context| {
            stream.begin(&first, frames, &detached.read_ahead, context.now)
        })?;
        match reply {
            Some(reply) => Some((key, reply)),
            None => self.serve_ready(key.slot),
        }
    }

    /// Adds a poll that waits.
    pub(super) fn add_poll(&mut self, poll: ParkedPoll) {
        let ParkedPoll {
            detached,
            channel,
            template,
            cursor,
            expires_in,
        } = poll;
        self.timers.update();
        let now = self.timers.now();
        let expires = self.expiry(expires_in);
        let waker = self.wakeup.waker(self.next_slot());
        let writer = SocketWriter::new(detached.io, detached.permit, waker, now);
        let mut poll = PollSubscriber::new(
            writer,
            template,
            cursor,
            self.keep_alive,
            expires,
            detached.read_ahead,
        );
        poll.wait(cursor, now, self.timers.wall_now());
        let left = poll.time_left(now).unwrap_or(0);
        let key = self.insert(SubscriberKind::Poll(poll), &channel);
        self.arm_poll_check(left, key);
        if self.drain.is_some() {
            self.arm(0, key, Timer::Drain);
        }
        self.with_poll(key, |poll, context| {
            poll.writer.send(&detached.unwritten, context.now)
        });
        // Once it is in its group: a message from now on notifies the shard.
        self.serve_poll(key);
    }

    /// Returns when a token expires, on the wall clock.
    fn expiry(&self, expires_in: Option<Duration>) -> Tick {
        let ticks = expires_in.map_or(Tick::MAX, ticks);
        self.timers.wall_now().saturating_add(ticks)
    }

    // Sockets.

    /// Serves a socket that is ready to be read or written. Returns a reply that takes time.
    pub(super) fn serve_ready(&mut self, slot: u32) -> Option<(SubscriberKey, PendingReply)> {
        self.timers.update();
        let subscriber = self.subscribers.get(slot as usize)?;
        let key = SubscriberKey {
            slot,
            serial: subscriber.serial,
        };
        if matches!(subscriber.kind, SubscriberKind::Poll(_)) {
            self.serve_poll(key);
            return None;
        }
        self.serve(slot);
        self.update_metrics();
        let reply = self.with_stream(key, |stream, context| stream.read(context))?;
        self.arm_message_timer(key);
        Some((key, reply?))
    }

    /// Sends a stream the reply that it awaited, and continues to read from it.
    pub(super) fn send_reply(
        &mut self,
        key: SubscriberKey,
        reply: &Bytes,
    ) -> Option<(SubscriberKey, PendingReply)> {
        self.timers.update();
        self.with_stream(key, |stream, context| stream.send_reply(reply, context.now))?;
        self.serve_ready(key.slot)
    }

    /// Responds to a poll if there is something, and takes its next request.
    fn serve_poll(&mut self, key: SubscriberKey) {
        for _ in 0..REQUESTS_PER_TURN {
            self.serve(key.slot);
            match self.with_poll(key, |poll, context| poll.read(context.buffer)) {
                Some(PollInput::Request(length)) => self.accept_request(key, length),
                Some(PollInput::ReadAhead) => self.reattach_poll(key, Bytes::new()),
                Some(PollInput::None) | None => return self.update_metrics(),
            }
        }
        self.update_metrics();
        self.with_poll(key, |poll, _| {
            poll.writer.request_turn();
            Ok(())
        });
    }

    fn accept_request(&mut self, key: SubscriberKey, length: usize) {
        let accepted = self.with_poll(key, |poll, context| Ok(poll.accept(length, context)));
        if accepted == Some(false) {
            let read = Bytes::copy_from_slice(&self.buffer[..length]);
            self.reattach_poll(key, read);
        }
    }

    fn reattach_poll(&mut self, key: SubscriberKey, read: Bytes) {
        let removed = self.remove(key.slot);
        if let Some((SubscriberKind::Poll(poll), _)) = removed {
            self.reattach(poll.into_reattached(read));
        }
    }

    /// Ends the wait of a poll: responds with what there is.
    ///
    /// Between two requests its connection is closed, or reattached when the service drains: actix
    /// then closes it.
    fn end_poll(&mut self, key: SubscriberKey) {
        let responded = self.with_poll(key, |poll, context| {
            if poll.is_waiting() {
                poll.respond_now(context).map(Some)
            } else if poll.writer.is_ready() {
                Ok(None)
            } else {
                Ok(Some(Sent::default()))
            }
        });
        match responded {
            Some(Some(sent)) => self.sent += sent,
            Some(None) if self.drain.is_some() => self.reattach_poll(key, Bytes::new()),
            Some(None) => drop(self.remove(key.slot)),
            None => {}
        }
        self.update_metrics();
    }

    // Fan-out.

    /// Begins a fan-out to the subscribers of a channel.
    pub(super) fn fan_out(&mut self, channel: &Arc<Channel>) -> FanOut {
        channel.acknowledge(self.wakeup.bit());
        let latest = channel.latest_offset();
        let mut fan_out = FanOut {
            channel: address(channel),
            remaining: 0,
            has_several: false,
        };
        let group = self.group_by_channel.get(&fan_out.channel);
        if let Some(group) = group.and_then(|group| self.groups.get_mut(*group)) {
            let before = mem::replace(&mut group.fanned_out, latest);
            fan_out.remaining = group.slots.len();
            fan_out.has_several = latest > before + 1;
        }
        fan_out
    }

    /// Serves the next subscribers of a fan-out. Returns false when it is complete.
    pub(super) fn fan_out_some(&mut self, fan_out: &mut FanOut) -> bool {
        self.timers.update();
        let group = self.group_by_channel.get(&fan_out.channel).copied();
        for _ in 0..FAN_OUT_STEP {
            // The group is removed with its last subscriber.
            let slots = group
                .and_then(|group| self.groups.get(group))
                .map_or(&[][..], |group| &group.slots);
            fan_out.remaining = fan_out.remaining.min(slots.len());
            let Some(next) = fan_out.remaining.checked_sub(1) else {
                break;
            };
            fan_out.remaining = next;
            self.serve(slots[next]);
        }
        self.update_metrics();
        if fan_out.remaining > 0 {
            return true;
        }
        if let Some(group) = group.and_then(|group| self.groups.get(group)) {
            self.encode_cache.remove_channel(&group.channel);
        }
        false
    }

    /// Sends one subscriber what comes after its cursor.
    fn serve(&mut self, slot: u32) {
        let Some(subscriber) = self.subscribers.get_mut(slot as usize) else {
            return;
        };
        let channel = &self.groups[subscriber.group].channel;
        let context = &mut ShardContext {
            channel,
            encode_cache: &mut self.encode_cache,
            buffer: &mut self.buffer,
            now: self.timers.now(),
            wall_now: self.timers.wall_now(),
            is_draining: self.drain.is_some(),
            subscribers: &self.metrics.subscribers,
        };
        let result = match &mut subscriber.kind {
            SubscriberKind::Stream(stream) => stream.pull(context),
            SubscriberKind::Poll(poll) => poll.pull(context),
        };
        self.sent += *result.as_ref().unwrap_or(&Sent::default());
        let writer = subscriber.kind.writer();
        if writer.is_blocked() {
            let behind = channel.messages_after(subscriber.kind.cursor());
            self.metrics.lag.observe(behind as f64);
        }
        if result.is_ok() && writer.is_ready() {
            return;
        }
        let key = SubscriberKey {
            slot,
            serial: subscriber.serial,
        };
        self.settle(key, result.map(drop));
    }

    /// Adds what was sent to the metrics, once for many subscribers: all shards share the counters.
    fn update_metrics(&mut self) {
        self.metrics.count_delivery(mem::take(&mut self.sent));
    }

    // Timers.

    /// Returns when the first timer is due.
    pub(super) fn next_timer(&self) -> Option<Instant> {
        self.timers.next_due()
    }

    /// Fires the timers that are due.
    pub(super) fn fire_timers(&mut self) {
        for (key, timer) in self.timers.take_due() {
            if self.find(key).is_some() {
                self.fire(key, timer);
            }
        }
    }

    fn fire(&mut self, key: SubscriberKey, timer: Timer) {
        match timer {
            Timer::Heartbeat => self.send_heartbeat(key),
            Timer::Stalled => self.check_stalled(key),
            Timer::Linger => self.check_linger(key),
            Timer::PollCheck => self.check_poll(key),
            Timer::Message(number) => self.check_message(key, number),
            Timer::TokenExpired => self.disconnect_stream(key, Disconnect::TokenExpired),
            Timer::Drain => self.disconnect_drained(key),
        }
    }

    fn arm(&mut self, after: Tick, key: SubscriberKey, timer: Timer) {
        if self.timers.arm(after, (key, timer)) {
            self.wakeup.wake();
        }
    }

    fn send_heartbeat(&mut self, key: SubscriberKey) {
        let Some(subscriber) = self.find(key) else {
            return;
        };
        // Batches that were encoded for subscribers that resumed are not kept for long.
        let group = subscriber.group;
        self.encode_cache
            .remove_channel(&self.groups[group].channel);
        let configured = self.heartbeat;
        let next = self.with_stream(key, |stream, context| {
            let next = stream.heartbeat(configured, context.now)?;
            Ok((next, stream.expires()))
        });
        if let Some((next, expires)) = next {
            self.arm(next, key, Timer::Heartbeat);
            self.arm_expiry(expires, next, key);
        }
    }

    /// Arms the timer of a token that expires before the next heartbeat.
    ///
    /// Timers cannot be cancelled: armed at once, it would outlive its connection by up to the
    /// lifetime of the token.
    fn arm_expiry(&mut self, expires: Tick, next_heartbeat: Tick, key: SubscriberKey) {
        let left = expires.saturating_sub(self.timers.wall_now());
        if left <= next_heartbeat {
            self.arm(left, key, Timer::TokenExpired);
        }
    }

    /// Arms the timer of a poll, in steps of 5 s.
    ///
    /// Timers cannot be cancelled: armed for the whole wait, it would outlive each of the many
    /// polls that get a response at once.
    fn arm_poll_check(&mut self, left: Tick, key: SubscriberKey) {
        self.arm(left.min(ticks(POLL_CHECK_INTERVAL)), key, Timer::PollCheck);
    }

    fn check_poll(&mut self, key: SubscriberKey) {
        let Some(subscriber) = self.find(key) else {
            return;
        };
        // Batches that were encoded for subscribers that resumed are not kept for long.
        let group = subscriber.group;
        self.encode_cache
            .remove_channel(&self.groups[group].channel);
        if self.poll_time_left(key).is_none() {
            // A message of this moment is encoded once for all polls.
            self.serve(key.slot);
        }
        if self.poll_time_left(key).is_none() {
            self.end_poll(key);
        }
        if let Some(left) = self.poll_time_left(key) {
            self.arm_poll_check(left, key);
        }
    }

    /// Returns the time until a poll has to be checked. Returns `None` if its deadline has passed.
    fn poll_time_left(&mut self, key: SubscriberKey) -> Option<Tick> {
        let now = self.timers.now();
        match &self.find(key)?.kind {
            SubscriberKind::Poll(poll) => poll.time_left(now),
            SubscriberKind::Stream(_) => None,
        }
    }

    /// Disconnects a subscriber under backpressure whose kernel has accepted nothing for too long.
    fn check_stalled(&mut self, key: SubscriberKey) {
        let now = self.timers.now();
        let stalled = self.stalled;
        let Some(subscriber) = self.find(key) else {
            return;
        };
        let writer = subscriber.kind.writer();
        let since_write = now.saturating_sub(writer.last_write());
        if !writer.is_blocked() {
            subscriber.armed.stalled = false;
        } else if since_write >= stalled {
            self.disconnect(key.slot, DisconnectReason::Slow);
        } else {
            self.arm(stalled - since_write, key, Timer::Stalled);
        }
    }

    /// Closes a connection after its last bytes, unless its client still sends: that one might not
    /// have received them.
    fn check_linger(&mut self, key: SubscriberKey) {
        let now = self.timers.now();
        let is_draining = self.drain.is_some();
        let Some(subscriber) = self.find(key) else {
            return;
        };
        let lingers = match &subscriber.kind {
            SubscriberKind::Stream(stream) => stream.lingers(now) && !is_draining,
            SubscriberKind::Poll(_) => false,
        };
        if lingers {
            self.arm(ticks(LINGER), key, Timer::Linger);
        } else {
            self.disconnect(key.slot, DisconnectReason::Ended);
        }
    }

    /// Arms the timer of an incomplete message, unless it is armed.
    fn arm_message_timer(&mut self, key: SubscriberKey) {
        let Some(subscriber) = self.find(key) else {
            return;
        };
        let SubscriberKind::Stream(stream) = &subscriber.kind else {
            return;
        };
        if let Some(number) = stream.unfinished_message()
            && !mem::replace(&mut subscriber.armed.message, true)
        {
            self.arm(ticks(MESSAGE_TIMEOUT), key, Timer::Message(number));
        }
    }

    /// Rejects a message that is still incomplete. A client that is not read cannot complete it.
    fn check_message(&mut self, key: SubscriberKey, number: u32) {
        let Some(subscriber) = self.find(key) else {
            return;
        };
        subscriber.armed.message = false;
        self.with_stream(key, |stream, context| {
            if stream.unfinished_message() == Some(number) && !stream.is_read_paused() {
                stream.give_up_message(context.now)?;
            }
            Ok(())
        });
        self.arm_message_timer(key);
    }

    // Disconnects.

    /// Disconnects all subscribers, spread evenly over `spread`. Connections are accepted for
    /// `accept_for`.
    pub(super) fn drain(&mut self, spread: Duration, accept_for: Duration, ends_within: Duration) {
        self.timers.update();
        let lasts = ticks(spread.max(accept_for));
        self.drain = Some(ShardDrain {
            ends: self.timers.now().saturating_add(lasts),
            ends_within,
        });
        // From now on responses close their connections.
        self.encode_cache.clear();
        let keys: Vec<_> = self
            .subscribers
            .iter()
            .map(|(slot, subscriber)| SubscriberKey {
                slot: slot as u32,
                serial: subscriber.serial,
            })
            .collect();
        let count = keys.len() as u32;
        for (index, key) in (0..).zip(keys) {
            self.arm(ticks(spread * index / count), key, Timer::Drain);
        }
    }

    /// Disconnects one subscriber of a draining service.
    fn disconnect_drained(&mut self, key: SubscriberKey) {
        let Some(drain) = &self.drain else {
            return;
        };
        let until_end = duration(drain.ends.saturating_sub(self.timers.now()));
        // Spread by the slot's number: a drain needs no randomness to keep subscribers apart.
        let spread = RECONNECT_SPREAD * (key.slot % 1000 * 7919 % 1000) / 1000;
        let reconnect_after = until_end + drain.ends_within + RECONNECT_SLACK + spread;
        let is_counted = self
            .find(key)
            .is_some_and(|subscriber| subscriber.kind.is_counted());
        self.metrics.drained.inc_by(is_counted.into());
        // Messages before the disconnect are sent before it.
        self.serve(key.slot);
        self.end_poll(key);
        self.disconnect_stream(key, Disconnect::Draining(reconnect_after));
    }

    fn disconnect_stream(&mut self, key: SubscriberKey, disconnect: Disconnect) {
        self.with_stream(key, |stream, context| {
            stream.disconnect(disconnect, context.now)
        });
    }

    /// Removes a subscriber, and records and logs why.
    fn disconnect(&mut self, slot: u32, reason: DisconnectReason) {
        let Some((kind, channel)) = self.remove(slot) else {
            return;
        };
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

    // Slots and groups.

    fn next_slot(&self) -> u32 {
        u32::try_from(self.subscribers.vacant_key()).expect("fewer sockets than 2³²")
    }

    fn insert(&mut self, kind: SubscriberKind, channel: &Arc<Channel>) -> SubscriberKey {
        let key = SubscriberKey {
            slot: self.next_slot(),
            serial: self.next_serial,
        };
        self.next_serial = self.next_serial.wrapping_add(1);
        let group = self.find_or_insert_group(channel);
        let slots = &mut self.groups[group].slots;
        let index = slots.len();
        slots.push(key.slot);
        self.metrics.subscribers.inc_by(kind.is_counted().into());
        self.subscribers.insert(Subscriber {
            kind,
            serial: key.serial,
            group,
            index,
            armed: ArmedTimers::default(),
        });
        key
    }

    fn find_or_insert_group(&mut self, channel: &Arc<Channel>) -> usize {
        let address = address(channel);
        if let Some(group) = self.group_by_channel.get(&address) {
            return *group;
        }
        // Before the subscriber reads the history: later messages notify this shard.
        channel.subscribe(self.wakeup.bit());
        let group = self.groups.insert(ChannelGroup {
            channel: channel.clone().into(),
            slots: Vec::new(),
            fanned_out: channel.latest_offset(),
        });
        self.group_by_channel.insert(address, group);
        group
    }

    /// Removes a subscriber. Returns what it was, and its channel.
    fn remove(&mut self, slot: u32) -> Option<(SubscriberKind, Arc<Channel>)> {
        let subscriber = self.subscribers.try_remove(slot as usize)?;
        let is_counted = subscriber.kind.is_counted();
        self.metrics.subscribers.dec_by(is_counted.into());
        let group = &mut self.groups[subscriber.group];
        let channel = Arc::clone(&group.channel);
        group.slots.swap_remove(subscriber.index);
        if let Some(moved) = group.slots.get(subscriber.index) {
            self.subscribers[*moved as usize].index = subscriber.index;
        }
        if group.slots.is_empty() {
            channel.unsubscribe(self.wakeup.bit());
            self.group_by_channel.remove(&address(&channel));
            // Another channel may get its address.
            self.encode_cache.remove_channel(&channel);
            self.groups.remove(subscriber.group);
        }
        Some((subscriber.kind, channel))
    }

    fn find(&mut self, key: SubscriberKey) -> Option<&mut Subscriber> {
        self.subscribers
            .get_mut(key.slot as usize)
            .filter(|subscriber| subscriber.serial == key.serial)
    }

    fn with_stream<T>(
        &mut self,
        key: SubscriberKey,
        operation: impl FnOnce(
            &mut StreamSubscriber,
            &mut ShardContext<'_>,
        ) -> Result<T, DisconnectReason>,
    ) -> Option<T> {
        self.with(key, |kind, context| match kind {
            SubscriberKind::Stream(stream) => Some(operation(stream, context)),
            SubscriberKind::Poll(_) => None,
        })
    }

    fn with_poll<T>(
        &mut self,
        key: SubscriberKey,
        operation: impl FnOnce(
            &mut PollSubscriber,
            &mut ShardContext<'_>,
        ) -> Result<T, DisconnectReason>,
    ) -> Option<T> {
        self.with(key, |kind, context| match kind {
            SubscriberKind::Poll(poll) => Some(operation(poll, context)),
            SubscriberKind::Stream(_) => None,
        })
    }

    /// Runs an operation on a subscriber, and settles its result. Returns `None` if there is no
    /// such subscriber, before or afterwards.
    fn with<T>(
        &mut self,
        key: SubscriberKey,
        operation: impl FnOnce(
            &mut SubscriberKind,
            &mut ShardContext<'_>,
        ) -> Option<Result<T, DisconnectReason>>,
    ) -> Option<T> {
        let subscriber = self
            .subscribers
            .get_mut(key.slot as usize)
            .filter(|subscriber| subscriber.serial == key.serial)?;
        let context = &mut ShardContext {
            channel: &self.groups[subscriber.group].channel,
            encode_cache: &mut self.encode_cache,
            buffer: &mut self.buffer,
            now: self.timers.now(),
            wall_now: self.timers.wall_now(),
            is_draining: self.drain.is_some(),
            subscribers: &self.metrics.subscribers,
        };
        let result = operation(&mut subscriber.kind, context)?;
        self.settle(key, result)
    }

    /// Disconnects a subscriber whose operation failed, or arms the timers that its state needs.
    fn settle<T>(&mut self, key: SubscriberKey, result: Result<T, DisconnectReason>) -> Option<T> {
        let value = match result {
            Ok(value) => value,
            Err(reason) => {
                self.disconnect(key.slot, reason);
                return None;
            }
        };
        let subscriber = self.find(key)?;
        let writer = subscriber.kind.writer();
        let armed = &mut subscriber.armed;
        let arm_stalled = writer.is_blocked() && !mem::replace(&mut armed.stalled, true);
        let arm_linger = writer.is_closing() && !mem::replace(&mut armed.linger, true);
        if arm_stalled {
            self.arm(self.stalled, key, Timer::Stalled);
        }
        if arm_linger {
            self.arm(ticks(LINGER), key, Timer::Linger);
        }
        Some(value)
    }
}

impl Drop for Subscribers {
    fn drop(&mut self) {
        let counted = mem::take(&mut self.subscribers)
            .iter()
            .filter(|(_, subscriber)| subscriber.kind.is_counted())
            .count();
        self.metrics.subscribers.dec_by(counted as i64);
    }
}

fn address(channel: &Arc<Channel>) -> usize {
    Arc::as_ptr(channel).addr()
}
